//! The baseline of Malawi (`data/malawi-b2`): its columns bear the names of the data dictionary, so nobody writes a
//! mapping. The expected numbers are those of its PROVENANCE.md.

use crate::program::{Program, shared_data};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn malawi_is_settled_from_dictionary_names_alone_and_its_odd_cells_are_found() {
    let Some(shared) = shared_data() else { return };
    let shared = shared.display();
    let dtm = Program::new();
    dtm.tell("operation add mwi --name Malawi --country Malawi --iso3 MWI --admin0 MW");
    dtm.tell("operation exercise -o mwi b2 --name \"Baseline sub-area assessment\" --tool b2");
    for level in 1..=3 {
        dtm.tell(&format!("import areas -o mwi \"{shared}/boundaries/mwi_adm{level}.topojson\" --level {level}"));
    }
    dtm.tell("round add -o mwi -r 1 --starts 2024-10-29 --ends 2025-06-16");
    let loaded = dtm.tell(&format!("import table -o mwi -r 1 \"{shared}/malawi-b2/survey.csv\""));
    assert_eq!((&loaded["rows"], &loaded["columns"]), (&776.into(), &151.into()), "{loaded}");

    // The export is of 16 June 2025: a later day was still to come.
    let settled = dtm.tell("round settle -o mwi -r 1 --as-of 2025-06-16");
    assert_eq!(settled["idps"], 139_312);
    assert_eq!(settled["blocking"], 0);
    let behind = dtm.tell("explain -o mwi -r 1 --key MW");
    assert_eq!(behind["total"], 139_312);
    for list in ["figures", "observations", "records"] {
        assert_eq!(behind[list].as_array().unwrap().len(), 444, "{list}");
    }
    // Men, women and children make the total; the children's sex is not known.
    let of = |key: &str| dtm.tell(&format!("explain -o mwi -r 1 --table sex_age --key \"MW|{key}\""))["total"].clone();
    assert_eq!(["male|18+", "female|18+", "unknown|0-17"].map(of), [35_568, 50_581, 53_163].map(Value::from));

    let findings = dtm.tell("round findings -o mwi -r 1");
    let findings = findings.as_array().unwrap();
    let mut n_of: BTreeMap<&str, usize> = BTreeMap::new();
    for found in findings {
        *n_of.entry(found["finding"]["check"].as_str().unwrap()).or_default() += 1;
    }
    expect_test::expect![[r#"
        {
            "date_in_future": 1,
            "missing_value_word": 132,
            "pcode_repaired": 1,
            "place_without_ssid": 1,
            "position_outside_area": 108,
            "unknown_pcode": 1,
            "value_not_in_mapping": 1,
        }"#]]
    .assert_eq(&format!("{n_of:#?}"));
    let left_over: BTreeSet<&str> =
        findings.iter().filter_map(|found| found["finding"]["facts"]["word"].as_str()).collect();
    assert_eq!(left_over, BTreeSet::from(["NULL", "NaT"]));
    let future: Vec<&str> = findings
        .iter()
        .filter(|found| found["finding"]["check"] == "date_in_future")
        .map(|found| found["finding"]["facts"]["date"].as_str().unwrap())
        .collect();
    assert_eq!(future, ["2025-11-15"]);
}
