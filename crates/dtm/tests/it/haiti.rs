//! Round 3 in the metropolitan area of Port-au-Prince (`data/haiti-zmpp-r3`), from the public spreadsheet to published
//! figures. The story is told in `docs/walk-through.md`; here its commands are run as they stand there, and what comes
//! out is compared with the rows of the public DTM API, field by field, and with the sums of the sheet's own columns.

use crate::program::{Program, checkout, shared_data};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

#[test]
fn the_walk_through_turns_the_spreadsheet_of_haiti_into_the_figures_that_were_published() {
    let Some(shared) = shared_data() else { return };
    let dtm = Program::new();
    let page = std::fs::read_to_string(checkout().join("docs/walk-through.md")).unwrap();
    let (story, new_version) = page.split_once("\n## Males and females").unwrap();
    walk(&dtm, &shared, story);
    the_totals_hold_at_every_level(&dtm);
    places_without_displaced_people_were_reached(&dtm);
    what_is_odd_in_the_sheet_is_found(&dtm);
    a_number_is_walked_back_to_rows_of_the_file(&dtm, &shared);
    the_rows_of_the_public_api_are_served(&dtm, &shared);
    the_exports_hold_the_figures(&dtm);
    what_cannot_be_is_refused_with_the_reason(&dtm, &shared);
    walk(&dtm, &shared, new_version);
    males_and_females_come_from_the_cells_where_the_mapping_says_so(&dtm);
}

/// Runs the commands of the page in the order they stand there. Each must end well and print the lines shown below it,
/// in their order; `…` stands for what the page leaves out.
fn walk(dtm: &Program, shared: &Path, page: &str) {
    let out = dtm.folder().join("out");
    std::fs::create_dir_all(&out).unwrap();
    let commands = commands(page);
    assert!(!commands.is_empty());
    for (line, shown) in commands {
        let output = dtm.shell(&line, &[("FILES", shared), ("OUT", &out)]);
        let [said, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        assert!(output.status.success(), "$ {line}\n{said}\n{err}");
        let mut rest = said.lines();
        for expected in shown.iter().filter(|line| line.trim() != "…") {
            assert!(rest.any(|line| fits(line, expected)), "$ {line}\ndoes not print «{expected}», but\n{said}");
        }
    }
}

/// Each command of the blocks marked `console`, with the lines shown below it.
fn commands(page: &str) -> Vec<(String, Vec<&str>)> {
    let mut commands: Vec<(String, Vec<&str>)> = Vec::new();
    let (mut in_block, mut continued) = (false, false);
    for line in page.lines() {
        if line.starts_with("```") {
            in_block = line == "```console";
        } else if in_block && continued {
            let command = &mut commands.last_mut().unwrap().0;
            command.push('\n');
            command.push_str(line);
            continued = line.ends_with('\\');
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| in_block) {
            commands.push((command.to_owned(), Vec::new()));
            continued = line.ends_with('\\');
        } else if in_block && !line.trim().is_empty() {
            commands.last_mut().unwrap().1.push(line);
        }
    }
    commands
}

/// Whether a line is the one shown, in which `…` may stand for anything and blanks for any number of blanks.
fn fits(line: &str, shown: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (line, shown) = (plain(line), plain(shown));
    let mut rest = line.as_str();
    for (at, part) in shown.split('…').enumerate() {
        match rest.find(part) {
            Some(0) => rest = &rest[part.len()..],
            Some(from) if at > 0 => rest = &rest[from + part.len()..],
            _ => return false,
        }
    }
    rest.is_empty() || shown.ends_with('…')
}

/// Every measure adds up from level to level, to the sum of its column in the sheet.
fn the_totals_hold_at_every_level(dtm: &Program) {
    let published = [
        ("idp_hh", 28_415),
        ("idp_ind", 127_977),
        ("returnee_hh", 9_469),
        ("returnee_ind", 45_864),
        ("in_sites", 48_762),
        ("in_host", 79_215),
    ];
    let exported = std::fs::read(dtm.folder().join("out/haiti.geojson")).unwrap();
    let areas: Value = serde_json::from_slice(&exported).unwrap();
    let areas: Vec<&Value> = areas["features"].as_array().unwrap().iter().map(|area| &area["properties"]).collect();
    for (measure, count) in published {
        for (level, n_areas) in [(0, 1), (1, 10), (2, 140)] {
            let of_level = || areas.iter().filter(|area| area["area_level"] == level);
            assert_eq!(of_level().count(), n_areas, "areas of level {level}");
            let sum: i64 = of_level().filter_map(|area| area[measure].as_i64()).sum();
            assert_eq!(sum, count, "{measure} of level {level}");
        }
    }
    // Seven communes were assessed; of the others nothing is known, which is not zero.
    let known = areas.iter().filter(|area| area["area_level"] == 2 && area["idp_ind_state"] == "shown");
    assert_eq!(known.count(), 7);
    assert!(areas.iter().all(|area| area["idp_ind_state"] == "shown" || area["idp_ind"].is_null()));
}

fn places_without_displaced_people_were_reached(dtm: &Program) {
    let settled = dtm.tell("round settle -o hti -e zmpp -r 3");
    let coverage = ["planned", "reached", "carried"].map(|part| settled["coverage"][part].as_u64().unwrap());
    assert_eq!(coverage, [459, 459, 0]);
    let releases = dtm.tell("release list -o hti");
    let id = releases.as_array().unwrap().iter().find(|row| row["round"] == "3").unwrap()["id"].as_str().unwrap();
    let release = dtm.tell(&format!("release show {id}"));
    assert_eq!(release["tables"]["places"], 459);
    // Nothing that the public API shows is hidden: only the households of places that have a few of them.
    for hidden in release["hidings"].as_array().unwrap() {
        assert_eq!((&hidden["table"], &hidden["measure"]), (&"places".into(), &"idp_hh".into()), "{hidden}");
    }
}

fn what_is_odd_in_the_sheet_is_found(dtm: &Program) {
    let findings = dtm.tell("round findings -o hti -e zmpp -r 3");
    let said: Vec<&str> = findings.as_array().unwrap().iter().map(|one| one["message"].as_str().unwrap()).collect();
    let is_said = |parts: &[&str]| said.iter().any(|line| parts.iter().all(|part| line.contains(part)));
    assert!(is_said(&["Présence des PDI ?", "oui (236)", "Oui (51)"]), "{said:#?}");
    assert!(is_said(&["P_code departement_provenance", "Le reste des indicateurs", "not a p-code"]), "{said:#?}");
    assert!(is_said(&["Raison d'avoir initialement fui", "autrerais"]), "{said:#?}");
    // In French too, as the officers there speak it.
    let french = dtm.tell("--lang fr round findings -o hti -e zmpp -r 3");
    assert!(french.as_array().unwrap().iter().zip(&said).all(|(one, english)| one["message"] != **english));
}

/// The cells of the sheet by the number of their row, read without our own readers.
fn sheet(shared: &Path) -> BTreeMap<u64, csv::StringRecord> {
    let path = shared.join("haiti-zmpp-r3/round-3-zmpp.csv");
    let rows = csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap().into_records();
    (1..).zip(rows.map(Result::unwrap)).collect()
}

fn a_number_is_walked_back_to_rows_of_the_file(dtm: &Program, shared: &Path) {
    let sheet = sheet(shared);
    let column = |label: &str| sheet[&2].iter().position(|cell| cell.trim() == label).unwrap();
    let people = column("Personnes déplacées internes (PDI)");
    let commune = column("P-code admin2 (Commune)");
    let behind = dtm.tell("explain -o hti -e zmpp -r 3 --key HT0111");
    let mut rows = BTreeSet::new();
    for record in behind["records"].as_array().unwrap() {
        let source = &record["source"];
        assert_eq!(source["from"], "row");
        assert_eq!(source["name"], "round-3-zmpp-dataset_public-hdx2.xlsx");
        rows.insert(source["row"].as_u64().unwrap());
    }
    assert!(rows.iter().all(|row| sheet[row][commune] == *"HT0111"), "{rows:?}");
    let counted: i64 = rows.iter().filter_map(|row| sheet[row][people].parse::<i64>().ok()).sum();
    assert_eq!((behind["total"].as_i64(), counted), (Some(61_817), 61_817));
}

const QUERY: &str = "Operation=Countrywide%20monitoring&Admin0Pcode=HTI&FromRoundNumber=3&ToRoundNumber=3";

/// Without its id, which is the API's own for its rows and ours for ours.
fn without_id(mut row: Value) -> String {
    row.as_object_mut().unwrap().remove("id");
    row.to_string()
}

fn the_rows_of_the_public_api_are_served(dtm: &Program, shared: &Path) {
    let key = dtm.tell("key add test");
    let server = dtm.serve();
    for (level, n_rows) in [(0, 6), (1, 6), (2, 16)] {
        let path = shared.join(format!("dtm-api/displacement-admin{level}-admin0pcode-hti.json"));
        let recorded: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let of_round = |row: &&Value| row["operation"] == "Countrywide monitoring" && row["roundNumber"] == 3;
        let recorded: BTreeSet<String> =
            recorded["result"].as_array().unwrap().iter().filter(of_round).cloned().map(without_id).collect();
        let served = server.api_rows(key["key"].as_str().unwrap(), level, QUERY);
        assert_eq!(served.iter().filter_map(|row| row["numPresentIdpInd"].as_i64()).sum::<i64>(), 127_977);
        assert_eq!((served.len(), recorded.len()), (n_rows, n_rows), "level {level}");
        assert_eq!(served.into_iter().map(without_id).collect::<BTreeSet<_>>(), recorded, "level {level}");
    }
    for language in ["en", "fr"] {
        let (status, page) = server.get(&format!("/{language}/hti"), &[]);
        assert_eq!(status, 200);
        // The newest round of the past is the one shown.
        assert!(page.contains(if language == "en" { "1,287,593" } else { "1\u{202f}287\u{202f}593" }), "{page}");
    }
}

fn the_exports_hold_the_figures(dtm: &Program) {
    let read = |name: &str| std::fs::read(dtm.folder().join("out").join(name)).unwrap();
    let hxl = String::from_utf8(read("haiti.csv")).unwrap();
    let mut rows = csv::Reader::from_reader(hxl.as_bytes());
    let column = rows.headers().unwrap().iter().position(|name| name == "numPresentIdpInd").unwrap();
    let level = rows.headers().unwrap().iter().position(|name| name == "adminLevel").unwrap();
    let communes: Vec<i64> = rows
        .records()
        .map(Result::unwrap)
        .filter(|row| row[level] == *"2")
        .map(|row| row[column].parse().unwrap())
        .collect();
    assert_eq!((communes.len(), communes.iter().sum::<i64>()), (16, 127_977));
    assert!(read("haiti.xlsx").starts_with(b"PK"));
    assert!(read("haiti.pdf").starts_with(b"%PDF"));
}

fn what_cannot_be_is_refused_with_the_reason(dtm: &Program, shared: &Path) {
    let table = shared.join("haiti-zmpp-r3/round-3-zmpp-dataset_public-hdx2.xlsx");
    let (table, out) = (table.display(), dtm.folder().join("out"));
    let (exit, reasons) = dtm.refuse(&format!("import table -o hti -e zmpp -r 3 \"{table}\""));
    assert_eq!((exit, reasons), (4, vec!["round 3 is published: it takes no more data".to_owned()]));

    let mapping = std::fs::read_to_string(checkout().join("tests/mappings/haiti-zmpp-r3.toml")).unwrap();
    let wrong = out.join("wrong.toml");
    std::fs::write(&wrong, mapping.replace("\"Ménages déplacés internes\"", "\"Ménages déplacés interne\"")).unwrap();
    let (exit, reasons) = dtm.refuse(&format!("mapping check --table \"{}\" \"{table}\"", wrong.display()));
    assert_eq!((exit, reasons.len()), (4, 1), "{reasons:?}");
    assert!(reasons[0].contains("did you mean `Ménages déplacés internes`?"), "{reasons:?}");

    let broken = out.join("broken.xlsx");
    std::fs::write(&broken, &std::fs::read(dtm.folder().join("out/haiti.xlsx")).unwrap()[..20_000]).unwrap();
    let (exit, _) = dtm.refuse(&format!("mapping check --table \"{}\" \"{}\"", wrong.display(), broken.display()));
    assert_eq!(exit, 4);
    let (exit, reasons) =
        dtm.refuse("round add -o hti -e zmpp -r 4 --starts 2023-05-01 --ends 2023-05-31 --scope HT99");
    assert_eq!((exit, reasons), (4, vec!["no area has the p-code HT99".to_owned()]));
    let (exit, reasons) = dtm.refuse("explain -o hti -e zmpp -r 3 --key HT0111 --measure idp_in");
    assert_eq!((exit, reasons.len()), (3, 1));
    let (exit, reasons) = dtm.refuse("release make -o hti -e zmpp -r 3");
    assert_eq!((exit, reasons.len()), (4, 1), "a new version without a reason: {reasons:?}");
}

fn males_and_females_come_from_the_cells_where_the_mapping_says_so(dtm: &Program) {
    let key = dtm.tell("key add another");
    let rows = dtm.serve().api_rows(key["key"].as_str().unwrap(), 2, QUERY);
    let count = |row: &Value, field: &str| row[field].as_i64().unwrap();
    for row in &rows {
        assert_eq!(count(row, "numberMales") + count(row, "numberFemales"), count(row, "numPresentIdpInd"), "{row}");
    }
    let sum = |field: &str| rows.iter().map(|row| count(row, field)).sum::<i64>();
    assert_eq!((rows.len(), sum("numPresentIdpInd")), (16, 127_977));
    // The page shows the first version no more, but says that there was one, and why there is another.
    let explained = dtm.tell("explain -o hti -e zmpp -r 3 --table displacement --key \"HT|*|*\" --measure males");
    assert_eq!(explained["total"], sum("numberMales"));
}
