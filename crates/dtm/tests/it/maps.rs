//! The map of what is released, opened by the programs that people have: GDAL and QGIS. Features, tiles, files and projects
//! show the rows of the datasets, and a number that is hidden stands in none of them.

mod projects;
mod tiles;

use crate::browser::{Answer, World};
use crate::program::{has, python};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Every layer of the demo's operation: its dataset, what makes it a part of that, the column that names its rows.
const LAYERS: [(&str, &str, &str, &str); 5] = [
    ("areas_0", "areas", "area_level=0", "area"),
    ("areas_1", "areas", "area_level=1", "area"),
    ("areas_2", "areas", "area_level=2", "area"),
    ("places", "places", "kind=site&kind=host_community", "place"),
    ("flow_points", "places", "kind=flow_point", "place"),
];

/// Runs a program of GDAL that has nothing to warn of, and returns what it says.
fn gdal(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).env("LC_ALL", "C.UTF-8").output().unwrap();
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.success() && err.trim().is_empty(), "{program} {args:?}\n{err}");
    out
}

/// The features of a layer as GDAL reads them from a source.
fn features(source: &str, layer: &str, options: &[&str]) -> Vec<Value> {
    let said = gdal(
        "ogr2ogr",
        &[&["-f", "GeoJSONSeq", "-mapFieldType", "Date=String,DateTime=String", "/vsistdout/", source, layer], options]
            .concat(),
    );
    said.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn open(path: &str) -> Answer {
    World::get().open(path, &[])
}

fn json(path: &str) -> Value {
    let answer = open(path);
    assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
    serde_json::from_slice(&answer.body).unwrap()
}

/// The rows of a dataset in all rounds, a page after the other.
fn all_rows(dataset: &str, condition: &str) -> Vec<Value> {
    let address = format!("/v1/published/xso/datasets/{dataset}/rows?limit=2000&names=every&{condition}");
    let (mut rows, mut after) = (Vec::new(), String::new());
    loop {
        let mut page = json(&format!("{address}{after}"));
        let Value::Array(more) = page["rows"].take() else { panic!("{address} has no rows") };
        rows.extend(more);
        let Some(next) = page["next"].as_str() else { break rows };
        after = format!("&after={next}");
    }
}

/// Of which exercise and round a row is.
fn round_of(row: &Value) -> (&str, &str) {
    (row["exercise"].as_str().unwrap(), row["round"].as_str().unwrap())
}

/// The rows that a layer shows when nobody asks for a round: those of the newest.
fn rows(layer: &str) -> Vec<Value> {
    let (_, dataset, condition, _) = LAYERS.into_iter().find(|known| known.0 == layer).unwrap();
    let mut rows = all_rows(dataset, condition);
    // Flow monitoring and emergency tracking speak of the same areas; their map is the baseline's.
    let exercise = if layer == "flow_points" { "flows" } else { "mobility" };
    rows.retain(|row| row["exercise"] == exercise);
    let newest = rows.iter().max_by_key(|row| row["reported_on"].as_str().unwrap().to_owned()).unwrap();
    let (exercise, round) = round_of(newest);
    let (exercise, round) = (exercise.to_owned(), round.to_owned());
    rows.retain(|row| round_of(row) == (&exercise, &round));
    assert!(!rows.is_empty(), "{layer}");
    rows
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || *value == ""
}

/// The numbers of the rows by name, and how each stands: `("XS01", "idp_ind") → ("shown", 745)`.
fn numbers<'a>(
    rows: impl IntoIterator<Item = &'a Value>,
    key: &str,
) -> BTreeMap<(String, String), (String, Option<i64>)> {
    let mut all = BTreeMap::new();
    for row in rows {
        for (column, state) in row.as_object().unwrap() {
            let Some(measure) = column.strip_suffix("_state") else { continue };
            let name = row[key].as_str().unwrap_or_else(|| panic!("no {key}: {row}")).to_owned();
            let value = row.get(measure).filter(|value| !is_nothing(value)).map(|value| value.as_i64().unwrap());
            let state = state.as_str().unwrap().to_owned();
            assert_eq!(value.is_some(), state == "shown", "{measure} of {row}");
            let beside = ["carried", "low", "high"].map(|end| row.get(format!("{measure}_{end}")).cloned());
            let told = beside.into_iter().flatten().any(|value| !is_nothing(&value));
            assert!(state == "shown" || !told, "beside {measure} more is told than that it is {state}: {row}");
            all.insert((name, measure.to_owned()), (state, value));
        }
    }
    all
}

/// The same numbers stand in the features as in the rows; says how many of them are hidden.
fn same_numbers(features: &[Value], rows: &[Value], key: &str, what: &str) -> usize {
    let found = numbers(features.iter().map(|feature| &feature["properties"]), key);
    let mut expected = numbers(rows, key);
    // A layer has no column of what its exercise did not count.
    expected.retain(|name, (state, _)| state != "nothing" || found.contains_key(name));
    let apart: Vec<_> = expected.iter().filter(|(name, told)| found.get(*name) != Some(*told)).collect();
    assert!(apart.is_empty() && found.len() == expected.len(), "{what}: {apart:?}");
    expected.values().filter(|(state, _)| state == "hidden").count()
}

/// The address that GDAL takes of our features.
fn ogc() -> String {
    format!("OAPIF:{}/ogc", World::get().url())
}

#[test]
fn gdal_finds_every_layer_with_the_rows_of_its_dataset() {
    if !has("ogrinfo", &["--version"]) {
        return;
    }
    let listed = gdal("ogrinfo", &["-ro", &ogc()]);
    let mut n_hidden = 0;
    for (layer, _, _, key) in LAYERS {
        let name = format!("xso.{layer}");
        assert!(listed.contains(&format!(": {name}")), "{name} is not listed: {listed}");
        let rows = rows(layer);
        let told = gdal("ogrinfo", &["-ro", "-so", &ogc(), &name]);
        assert!(told.contains(&format!("Feature Count: {}\n", rows.len())), "{} rows: {told}", rows.len());
        let features = features(&ogc(), &name, &[]);
        assert_eq!(features.len(), rows.len(), "{name}");
        n_hidden += same_numbers(&features, &rows, key, &name);
        let drawn = features.iter().filter(|feature| !feature["geometry"].is_null()).count();
        assert!(drawn > 0, "nothing of {name} lies anywhere");
    }
    assert!(n_hidden > 0, "the demo hides numbers, or nothing is tested here");
    assert_eq!(listed.lines().filter(|line| line.contains(": xso.")).count(), LAYERS.len(), "{listed}");
}

#[test]
fn pages_of_features_follow_each_other_and_repeat_nothing() {
    let expected: BTreeSet<String> =
        rows("areas_2").iter().map(|row| row["area"].as_str().unwrap().to_owned()).collect();
    let mut path = "/ogc/collections/xso.areas_2/items?limit=7".to_owned();
    let (mut met, mut n_pages) = (Vec::new(), 0);
    loop {
        let page = json(&path);
        assert_eq!(page["numberMatched"], expected.len());
        assert_eq!(page["numberReturned"], page["features"].as_array().unwrap().len());
        met.extend(page["features"].as_array().unwrap().iter().map(|one| one["properties"]["area"].clone()));
        n_pages += 1;
        let next = page["links"].as_array().unwrap().iter().find(|link| link["rel"] == "next");
        let Some(next) = next.and_then(|link| link["href"].as_str()) else { break };
        path = next.strip_prefix(&World::get().url()).unwrap().to_owned();
    }
    assert_eq!(n_pages, expected.len().div_ceil(7));
    assert_eq!(met.len(), expected.len());
    assert_eq!(met.iter().map(|area| area.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>(), expected);
    if has("ogr2ogr", &["--version"]) {
        let by_gdal = features(&ogc(), "xso.areas_2", &["-oo", "PAGE_SIZE=7"]);
        assert_eq!(by_gdal.len(), expected.len());
    }
}

#[test]
fn a_window_and_a_day_are_answered_with_what_lies_in_them() {
    let places = rows("places");
    let degrees = |row: &Value| Some((row["longitude"].as_f64()?, row["latitude"].as_f64()?));
    let mut positions: Vec<(f64, f64)> = places.iter().filter_map(degrees).collect();
    positions.sort_by(|a, b| a.0.total_cmp(&b.0));
    // From the westernmost place to the one in the middle, and everything from south to north.
    let (west, east) = (positions[0].0, positions[positions.len() / 2].0);
    let within = positions.iter().filter(|(lon, _)| (west..=east).contains(lon)).count();
    assert!(0 < within && within < positions.len());
    let [w, e] = [west, east].map(|lon| format!("{lon}"));
    let window = format!("/ogc/collections/xso.places/items?bbox={w},-90,{e},90");
    assert_eq!(json(&window)["numberMatched"], within);
    assert_eq!(json("/ogc/collections/xso.places/items?bbox=-179,-90,-178,-89")["numberMatched"], 0);
    if has("ogr2ogr", &["--version"]) {
        assert_eq!(features(&ogc(), "xso.places", &["-spat", &w, "-90", &e, "90"]).len(), within);
    }

    let mut all = all_rows("areas", "area_level=1");
    all.retain(|row| row["exercise"] == "mobility");
    let days: BTreeSet<&str> = all.iter().map(|row| row["reported_on"].as_str().unwrap()).collect();
    let (first, last) = (*days.first().unwrap(), *days.last().unwrap());
    assert!(days.len() > 3);
    let of =
        |asked: &str| json(&format!("/ogc/collections/xso.areas_1/items?datetime={asked}"))["numberMatched"].clone();
    let count = |wanted: &dyn Fn(&str) -> bool| {
        Value::from(all.iter().filter(|row| wanted(row["reported_on"].as_str().unwrap())).count())
    };
    assert_eq!(of(first), count(&|day| day == first));
    assert_eq!(of(&format!("{first}T00:00:00Z/..")), all.len());
    assert_eq!(of(&format!("{first}/{last}")), all.len());
    assert_eq!(of(&format!("../{first}")), count(&|day| day <= first));
    assert_eq!(of("1999-01-01"), 0);
}

#[test]
fn what_features_do_not_know_is_refused() {
    for (path, status) in [
        ("/ogc/collections/xso.places/items?colour=red", 400),
        ("/ogc/collections/xso.places/items?limit=none", 400),
        ("/ogc/collections/xso.places/items?bbox=1,2,3", 400),
        ("/ogc/collections/xso.places/items?datetime=yesterday", 400),
        ("/ogc/collections?colour=red", 400),
        ("/ogc/conformance?colour=red", 400),
        ("/ogc/collections/xso.places/items/nothing", 404),
        ("/ogc/collections/xso.rivers", 404),
        ("/ogc/collections/nowhere.places/items", 404),
        ("/ogc/nothing", 404),
    ] {
        let answer = open(path);
        assert_eq!(answer.status, status, "{path}");
        let problem: Value = serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert!(answer.header("content-type").unwrap().starts_with("application/problem+json"), "{path}");
        assert!(problem["code"].is_number() && problem["title"].as_str().is_some_and(|why| !why.is_empty()), "{path}");
    }
    let api = json("/ogc/api");
    assert_eq!(
        (&api["openapi"], &api["servers"][0]["url"]),
        (&"3.0.3".into(), &format!("{}/ogc", World::get().url()).into())
    );
    let classes = json("/ogc/conformance");
    let core = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core";
    assert!(classes["conformsTo"].as_array().unwrap().iter().any(|class| class == core));
}

#[test]
fn a_feature_stays_at_its_address() {
    let page = json("/ogc/collections/xso.areas_1/items?limit=1");
    let (first, id) = (&page["features"][0], page["features"][0]["id"].as_str().unwrap());
    let alone = json(&format!("/ogc/collections/xso.areas_1/items/{id}"));
    assert_eq!((&alone["id"], &alone["properties"]), (&first["id"], &first["properties"]));
    let links: Vec<&Value> = alone["links"].as_array().unwrap().iter().map(|link| &link["rel"]).collect();
    assert_eq!(links, ["self", "collection"]);
    let answer = open("/ogc/collections/xso.areas_1/items?limit=1");
    let tag = answer.header("etag").unwrap();
    let again = World::get().open("/ogc/collections/xso.areas_1/items?limit=1", &[("If-None-Match", tag)]);
    assert_eq!((again.status, again.body.len()), (304, 0));
}

/// The rows of a GeoParquet file as DuckDB has them, a line of JSON each.
const OF_PARQUET: &str = r#"
import duckdb, json, sys
path = sys.argv[1]
db = duckdb.connect()
[(geo,)] = db.execute("SELECT value FROM parquet_kv_metadata(?) WHERE key = 'geo'", [path]).fetchall()
geo = json.loads(geo)
assert geo["version"] == "1.1.0" and geo["columns"]["geometry"]["encoding"] == "WKB", geo
read = db.execute("SELECT * FROM read_parquet(?)", [path])
columns = [column[0] for column in read.description]
for row in read.fetchall():
    row = dict(zip(columns, row))
    row["geometry"] = None if row["geometry"] is None else "some"
    print(json.dumps({name: str(value) if hasattr(value, "isoformat") else value for name, value in row.items()}))
"#;

#[test]
fn files_with_shapes_hold_the_rows_of_their_dataset_and_gdal_has_nothing_to_warn_of() {
    if !has("ogrinfo", &["--version"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut n_hidden = 0;
    for (dataset, key) in [("areas", "area"), ("places", "place")] {
        let mut rows = all_rows(dataset, "round=6");
        rows.retain(|row| row["exercise"] == "mobility");
        for ending in ["gpkg", "fgb", "geojson", "shp.zip"] {
            let file = kept(folder.path(), dataset, ending);
            let source = match ending {
                "shp.zip" => format!("/vsizip/{file}/{dataset}.shp"),
                _ => file.clone(),
            };
            let told = gdal("ogrinfo", &["-ro", "-so", &source, dataset]);
            assert!(told.contains(&format!("Feature Count: {}\n", rows.len())), "{} rows: {told}", rows.len());
            let features = features(&source, dataset, &[]);
            assert_eq!(features.len(), rows.len(), "{dataset}.{ending}");
            let placed = |one: &&Value| !one["geometry"].is_null();
            assert!(features.iter().any(|feature| placed(&feature)), "{dataset}.{ending}");
            // Names of columns are cut in Shapefiles.
            if ending != "shp.zip" {
                n_hidden += same_numbers(&features, &rows, key, ending);
            }
        }
        if let Some(python) = python("duckdb") {
            let file = kept(folder.path(), dataset, "parquet");
            let read = Command::new(python).args(["-c", OF_PARQUET, &file]).output().unwrap();
            assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
            let said = String::from_utf8(read.stdout).unwrap();
            let found: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            assert_eq!(numbers(&found, key), numbers(&rows, key), "{dataset}.parquet");
            assert!(found.iter().any(|row| row["geometry"] == "some"), "{dataset}.parquet");
        }
    }
    assert!(n_hidden > 0, "round 6 of the demo hides numbers, or nothing is tested here");
}

/// A file of a dataset of round 6, fetched into this folder.
fn kept(folder: &Path, dataset: &str, ending: &str) -> String {
    let answer = open(&format!("/en/xso/6/data/{dataset}.{ending}?exercise=mobility"));
    assert_eq!(answer.status, 200, "{dataset}.{ending}: {}", String::from_utf8_lossy(&answer.body));
    let file = folder.join(format!("{dataset}.{ending}"));
    std::fs::write(&file, answer.body).unwrap();
    file.to_str().unwrap().to_owned()
}
