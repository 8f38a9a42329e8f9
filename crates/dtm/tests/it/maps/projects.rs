//! QGIS projects and styles, opened by QGIS itself.

use super::{World, all_rows, open, rows};
use crate::program::{checkout, has};
use serde_json::Value;
use std::io::Read;
use std::path::Path;
use std::process::Command;

/// The Python that Debian's QGIS is for.
const PYTHON: &str = "/usr/bin/python3";

fn qgis_is_here() -> bool {
    has(PYTHON, &["-c", "import qgis.core"])
}

/// What a script of QGIS says of a folder, a line of JSON each.
fn qgis(script: &str, arguments: &[&str]) -> Vec<Value> {
    let script = checkout().join("crates/dtm/tests/it").join(script);
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(PYTHON);
    command.arg(script).args(arguments).env("QT_QPA_PLATFORM", "offscreen").env("LC_ALL", "C.UTF-8");
    let output = command.env("HOME", home.path()).env("PYTHONDONTWRITEBYTECODE", "1").output().unwrap();
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.success(), "{err}\n{out}");
    out.lines().filter(|line| line.starts_with('{')).map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn fetch(folder: &Path, path: &str, name: &str) {
    let answer = open(path);
    assert_eq!(answer.status, 200, "{path}");
    std::fs::write(folder.join(name), answer.body).unwrap();
}

#[test]
fn qgis_opens_both_projects_with_every_layer_and_draws_them() {
    if !qgis_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fetch(folder.path(), "/en/xso/qgis.qgs", "live-en.qgs");
    fetch(folder.path(), "/fr/xso/qgis.qgs", "live-fr.qgs");
    fetch(folder.path(), "/en/xso/styles/areas_1.qml", "areas_1.qml");
    let packed = open("/fr/xso/qgis.zip");
    assert_eq!((packed.status, packed.header("content-type")), (200, Some("application/zip")));
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(packed.body)).unwrap();
    for at in 0..zip.len() {
        let mut file = zip.by_index(at).unwrap();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        std::fs::write(folder.path().join(file.name().unwrap().as_ref()), content).unwrap();
    }
    let told = qgis("qgis_projects.py", &[folder.path().to_str().unwrap()]);
    let layers: Vec<&Value> = told.iter().filter(|one| one.get("layer").is_some()).collect();
    assert_eq!(layers.len(), 3 * super::LAYERS.len(), "{told:#?}");
    for one in &layers {
        assert_eq!(one["valid"], true, "{one}");
        assert_eq!(one["features"], one["drawn"], "each feature is drawn by one rule of the style: {one}");
    }
    for (project, provider) in [("live-en", "OAPIF"), ("live-fr", "OAPIF"), ("dtm-xso", "ogr")] {
        let of_project: Vec<&&Value> = layers.iter().filter(|one| one["project"] == project).collect();
        assert!(of_project.iter().all(|one| one["provider"] == provider), "{of_project:?}");
        let mut counted: Vec<u64> = of_project.iter().map(|one| one["features"].as_u64().unwrap()).collect();
        let mut expected = super::LAYERS.map(|layer| rows(layer.0).len() as u64).to_vec();
        counted.sort_unstable();
        expected.sort_unstable();
        assert_eq!(counted, expected, "{project}");
        let picture = told.iter().find(|one| one["project"] == project && one.get("painted").is_some()).unwrap();
        let (painted, colours) = (picture["painted"].as_f64().unwrap(), picture["colours"].as_u64().unwrap());
        assert!(painted > 0.1 && colours >= 5, "{project} is blank: {picture}");
    }
    let names = |project: &str| {
        let of_project = layers.iter().filter(|one| one["project"] == project);
        of_project.map(|one| one["layer"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(names("live-en").contains(&"Places of assessment".to_owned()));
    assert!(names("dtm-xso").contains(&"Lieux évalués".to_owned()));
}

#[test]
fn a_geopackage_alone_is_drawn_in_its_style_the_newest_round_and_the_finest_level() {
    if !qgis_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    fetch(folder.path(), "/en/xso/data/areas.gpkg", "areas.gpkg");
    fetch(folder.path(), "/en/xso/data/places.gpkg?exercise=mobility", "places.gpkg");
    let told = qgis("qgis_projects.py", &[folder.path().to_str().unwrap()]);
    for (dataset, condition) in [("areas", ""), ("places", "exercise=mobility")] {
        let all = all_rows(dataset, condition);
        // Of three exercises the baseline has most figures.
        let of_baseline = || all.iter().filter(|row| row["exercise"] == "mobility");
        let newest = of_baseline().map(|row| row["reported_on"].as_str().unwrap()).max().unwrap();
        let of_newest: Vec<&Value> = of_baseline().filter(|row| row["reported_on"] == newest).collect();
        let finest = of_newest.iter().map(|row| row["area_level"].as_u64()).max().unwrap();
        let expected = of_newest.iter().filter(|row| row["area_level"].as_u64() == finest).count();
        let one = told.iter().find(|one| one["package"] == dataset).unwrap();
        assert_eq!((&one["valid"], &one["renderer"]), (&true.into(), &"RuleRenderer".into()), "{one}");
        assert_eq!((&one["features"], &one["drawn"]), (&all.len().into(), &expected.into()), "{one}");
        assert!(expected > 0 && expected < all.len());
    }
}

#[test]
fn qgis_draws_the_tiles_in_their_style() {
    if !qgis_is_here() {
        return;
    }
    let told = qgis("qgis_tiles.py", &[&format!("{}/tiles/xso", World::get().url())]);
    let [told] = &told[..] else { panic!("{told:?}") };
    assert_eq!((&told["converted"], &told["valid"]), (&true.into(), &true.into()), "{told}");
    assert_eq!(told["warnings"], Value::Array(Vec::new()), "{told}");
    assert!(told["painted"].as_f64().unwrap() > 0.1 && told["colours"].as_u64().unwrap() >= 5, "blank: {told}");
}
