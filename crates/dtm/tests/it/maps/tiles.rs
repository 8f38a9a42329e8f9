//! Vector tiles, their description and their style.

use super::{World, features, json, numbers, open, rows};
use crate::program::has;
use crate::verification;
use serde_json::Value;
use std::collections::BTreeSet;
use std::f64::consts::PI;

/// The most that a tile may take on its way.
const LARGEST: usize = 60_000;

/// The tile of a zoom that this point lies in.
fn tile_at([lon, lat]: [f64; 2], zoom: u32) -> (u32, u32) {
    let n = f64::from(1_u32 << zoom);
    let x = (lon + 180.0) / 360.0 * n;
    let y = (1.0 - lat.to_radians().tan().asinh() / PI) / 2.0 * n;
    (x.floor() as u32, y.floor() as u32)
}

/// West, south, east, north of what the tiles show.
fn bounds(about: &Value) -> [f64; 4] {
    let bounds: Vec<f64> = about["bounds"].as_array().unwrap().iter().map(|side| side.as_f64().unwrap()).collect();
    bounds.try_into().unwrap()
}

#[test]
fn gdal_reads_tiles_with_the_names_and_numbers_of_the_datasets() {
    if !has("ogr2ogr", &["--version"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let about = json("/tiles/xso.json");
    let [west, south, east, north] = bounds(&about);
    for zoom in [5, 8] {
        let (x, y) = tile_at([(west + east) / 2.0, (south + north) / 2.0], zoom);
        let tile = open(&format!("/tiles/xso/all/{zoom}/{x}/{y}.mvt"));
        assert_eq!(tile.header("content-type"), Some("application/vnd.mapbox-vector-tile"));
        let file = folder.path().join(format!("{y}.mvt"));
        std::fs::write(&file, tile.body).unwrap();
        let source = format!("MVT:{}", file.display());
        let at = [format!("Z={zoom}"), format!("X={x}"), format!("Y={y}")];
        let options = ["-oo", &at[0], "-oo", &at[1], "-oo", &at[2], "-t_srs", "EPSG:4326"];
        for (layer, key) in [("areas_1", "area"), ("areas_2", "area"), ("places", "place")] {
            let drawn = features(&source, layer, &options);
            assert!(!drawn.is_empty(), "nothing of {layer} at zoom {zoom}");
            let known = rows(layer);
            let expected = numbers(&known, key);
            assert!(!expected.is_empty());
            for (name, told) in numbers(drawn.iter().map(|one| &one["properties"]), key) {
                assert_eq!(expected.get(&name), Some(&told), "{name:?} at zoom {zoom}");
            }
            if layer == "places" {
                let margin = (east - west) / 10.0;
                for point in drawn.iter().map(|one| &one["geometry"]["coordinates"]) {
                    let (lon, lat) = (point[0].as_f64().unwrap(), point[1].as_f64().unwrap());
                    assert!((west - margin..east + margin).contains(&lon), "{point}");
                    assert!((south - margin..north + margin).contains(&lat), "{point}");
                }
            }
        }
    }
}

#[test]
fn no_tile_is_larger_than_a_thin_line_takes_in_three_seconds() {
    let [west, south, east, north] = bounds(&json("/tiles/xso.json"));
    let (mut n, mut n_empty) = (0, 0);
    for zoom in 0..=9 {
        let (left, top) = tile_at([west, north], zoom);
        let (right, bottom) = tile_at([east, south], zoom);
        for (x, y) in (left..=right).flat_map(|x| (top..=bottom).map(move |y| (x, y))) {
            let path = format!("/tiles/xso/all/{zoom}/{x}/{y}.mvt");
            let tile = World::get().open(&path, &[("Accept-Encoding", "gzip")]);
            assert!([200, 204].contains(&tile.status), "{path}: {}", tile.status);
            assert!(tile.body.len() <= LARGEST, "{path} takes {} bytes", tile.body.len());
            assert!(tile.status == 204 || tile.header("content-encoding") == Some("gzip"), "{path}");
            n += 1;
            n_empty += usize::from(tile.status == 204);
        }
    }
    assert!(n - n_empty > 15, "{n} tiles, {n_empty} of them empty");
}

#[test]
fn a_tile_that_has_not_changed_is_not_sent_again() {
    let about = json("/tiles/xso.json");
    let template = about["tiles"][0].as_str().unwrap().strip_prefix(&World::get().url()).unwrap().to_owned();
    let [west, south, east, north] = bounds(&about);
    let (x, y) = tile_at([(west + east) / 2.0, (south + north) / 2.0], 6);
    let path = template.replace("{z}", "6").replace("{x}", &x.to_string()).replace("{y}", &y.to_string());
    let first = open(&path);
    assert_eq!(first.header("cache-control"), Some("public, max-age=604800, immutable"));
    let tag = first.header("etag").unwrap();
    let again = World::get().open(&path, &[("If-None-Match", tag)]);
    assert_eq!((again.status, again.body.len()), (304, 0));
    let gzipped = World::get().open(&path, &[("If-None-Match", tag), ("Accept-Encoding", "gzip")]);
    assert_eq!(gzipped.status, 200, "the same tile in another encoding is another answer");
    // Without the stamp, or with another, the tile is right and to be asked about again.
    let plain = open(&format!("/tiles/xso/all/6/{x}/{y}.mvt?v=yesterday"));
    assert_eq!((plain.header("cache-control"), &plain.body), (Some("public, no-cache"), &first.body));
}

#[test]
fn tiles_that_are_not_there_are_told_from_those_where_nothing_lies() {
    for path in [
        "/tiles/xso/rivers/6/20/20.mvt",
        "/tiles/nowhere/all/6/20/20.mvt",
        "/tiles/nowhere.json",
        "/tiles/xso",
        "/tiles/xso.json?layer=rivers",
        "/tiles/xso.json?round=99",
        "/tiles/nowhere/style.json",
        "/tiles/xso/all/99/0/0.mvt",
        "/tiles/xso/all/2/9/0.mvt",
        "/tiles/xso/all/2/0/zero.mvt",
    ] {
        assert_eq!(open(path).status, 404, "{path}");
    }
    let empty = open("/tiles/xso/all/8/0/0.mvt");
    assert_eq!((empty.status, empty.body.len()), (204, 0));
    let earlier = json("/tiles/xso.json?round=1");
    assert!(earlier["tiles"][0].as_str().unwrap().ends_with("&round=1"), "{earlier}");
}

#[test]
fn the_description_and_the_style_fit_each_other() {
    let about = json("/tiles/xso.json");
    assert_eq!((&about["tilejson"], &about["scheme"]), (&"3.0.0".into(), &"xyz".into()));
    let [west, south, east, north] = bounds(&about);
    let center: Vec<f64> = about["center"].as_array().unwrap().iter().map(|part| part.as_f64().unwrap()).collect();
    assert!(west < center[0] && center[0] < east && south < center[1] && center[1] < north, "{about}");
    assert!(["{z}", "{x}", "{y}"].iter().all(|part| about["tiles"][0].as_str().unwrap().contains(part)));
    let layers = about["vector_layers"].as_array().unwrap();
    let names: Vec<&str> = layers.iter().map(|layer| layer["id"].as_str().unwrap()).collect();
    assert_eq!(names, super::LAYERS.map(|layer| layer.0));
    let fields: BTreeSet<&String> =
        layers.iter().flat_map(|layer| layer["fields"].as_object().unwrap().keys()).collect();
    let mut legends = Vec::new();
    for lang in ["en", "fr"] {
        let style = json(&format!("/tiles/xso/style.json?lang={lang}"));
        assert_eq!(style["version"], 8);
        assert_eq!(style["sources"]["dtm"]["url"], format!("{}/tiles/xso.json", World::get().url()));
        let drawn = style["layers"].as_array().unwrap();
        let ids: BTreeSet<&str> = drawn.iter().map(|layer| layer["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), drawn.len(), "two layers of one name");
        for layer in drawn.iter().filter(|layer| layer["type"] != "background") {
            assert!(names.contains(&layer["source-layer"].as_str().unwrap()), "{layer}");
            assert_eq!(layer["source"], "dtm");
        }
        let told = style.to_string();
        let asked = told.split("[\"get\",\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        let unknown: Vec<String> = asked.filter(|name| !fields.contains(name)).collect();
        assert!(unknown.is_empty(), "the style asks for what no tile has: {unknown:?}");
        let labels = drawn.iter().filter_map(|layer| layer["metadata"]["dtm:label"].as_str());
        legends.push(labels.map(str::to_owned).collect::<BTreeSet<_>>());
    }
    assert_ne!(legends[0], legends[1], "the legend is in the reader's language");
}

#[test]
fn a_new_version_of_a_round_has_tiles_of_its_own() {
    let office = {
        let mut office = verification::published();
        office.start(&[]);
        office
    };
    let stamp = || {
        let about = office.get("/tiles/xso.json", &[]).json();
        let tiles = about["tiles"][0].as_str().unwrap_or_else(|| panic!("no tiles: {about}")).to_owned();
        tiles.split("?v=").nth(1).unwrap().to_owned()
    };
    let first = stamp();
    assert_eq!(stamp(), first, "what did not change keeps its address");
    let cached = |stamp: &str| {
        let tile = office.get(&format!("/tiles/xso/all/0/0/0.mvt?v={stamp}"), &[]);
        tile.header("cache-control").unwrap().to_owned()
    };
    assert!(cached(&first).contains("immutable"));
    let reason = ["--reason", "A site was doubled", "--reason-fr", "Un site était compté deux fois"];
    office.run(&[&["release", "make"], &verification::NAME[..], &reason].concat());
    let second = stamp();
    assert_ne!(first, second);
    assert!(cached(&second).contains("immutable"));
    assert_eq!(cached(&first), "public, no-cache", "yesterday's address is not kept for good with today's tile");
    for one in office.run(&["release", "list", "-o", "xso"]).as_array().unwrap() {
        office.run(&["release", "withdraw", one["id"].as_str().unwrap(), "--reason", "a mistake"]);
    }
    for path in ["/tiles/xso.json", "/tiles/xso/all/0/0/0.mvt", "/tiles/xso/style.json", "/ogc/collections/xso.areas_0"]
    {
        assert_eq!(office.get(path, &[]).status, 404, "{path} of what was withdrawn");
    }
}
