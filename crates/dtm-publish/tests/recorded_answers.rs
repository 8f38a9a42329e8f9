//! Rows recorded from the public DTM API, released as already public, come out as they went in.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use chrono::NaiveDate;
use dtm_model::{
    Area, AssessmentType, Atlas, Cell, Dim, FigureTable, Instant, Measure, Pcode, ReleaseId, RoundLabel, TableRow,
    Text, Tool, Unit,
};
use dtm_protect::{Candidate, Heading, Policy, Release, release};
use dtm_publish::files::dtm_api::{self, Query, Version};
use dtm_publish::files::hxl;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

fn data() -> Option<PathBuf> {
    #[allow(clippy::disallowed_methods)] // A test says where its data are.
    let shared = std::env::var("DTM_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|_| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"));
    let folder = shared.join("data/dtm-api");
    if !folder.is_dir() {
        println!("skipped: shared data not found");
        return None;
    }
    Some(folder)
}

fn recorded(folder: &std::path::Path, name: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    let answer: Value = serde_json::from_str(&text).unwrap();
    answer["result"].as_array().unwrap().clone()
}

fn word<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or("")
}

/// One release a round, as an import makes them: operation, date, round and kind of assessment.
fn releases(rows: &[Value], country: &str) -> (Vec<Release>, Atlas) {
    let mut areas: BTreeMap<Pcode, Area> = BTreeMap::new();
    let mut add = |pcode: &str, level: u8, parent: Option<&str>, name: &str| {
        areas.entry(Pcode::from(pcode)).or_insert_with(|| Area {
            pcode: Pcode::from(pcode),
            level,
            parent: parent.map(Pcode::from),
            name: Text::new().with("en", name),
            aliases: BTreeMap::from([("dtm-api".to_owned(), name.to_owned())]),
            valid_from: None,
            valid_to: None,
            became: Vec::new(),
        });
    };
    let mut rounds: BTreeMap<(String, String, i64, String), Vec<&Value>> = BTreeMap::new();
    for row in rows {
        add(country, 0, None, word(row, "admin0Name"));
        if row["admin1Pcode"].is_string() {
            add(word(row, "admin1Pcode"), 1, Some(country), word(row, "admin1Name"));
        }
        if row["admin2Pcode"].is_string() {
            add(word(row, "admin2Pcode"), 2, Some(word(row, "admin1Pcode")), word(row, "admin2Name"));
        }
        if word(row, "idpOriginAdmin1Pcode") != "Not available" {
            add(word(row, "idpOriginAdmin1Pcode"), 1, Some(country), word(row, "idpOriginAdmin1Name"));
        }
        let round = row["roundNumber"].as_i64().unwrap();
        let key = (word(row, "operation"), word(row, "reportingDate"), round, word(row, "assessmentType"));
        rounds.entry((key.0.into(), key.1.into(), key.2, key.3.into())).or_default().push(row);
    }
    let release_of = |((operation, date, round, assessment), rows): ((String, String, i64, String), Vec<&Value>)| {
        let day = NaiveDate::parse_from_str(&date[..10], "%Y-%m-%d").unwrap();
        let measure = |name: &str, part_of: Option<&str>| Measure {
            name: name.to_owned(),
            indicator: "m0310_loc_num_idp_ind".to_owned(),
            unit: Unit::Persons,
            part_of: part_of.map(str::to_owned),
        };
        let mut table = FigureTable {
            name: "displacement".to_owned(),
            dims: vec![Dim::Area, Dim::Reason, Dim::Origin],
            measures: vec![
                measure("idp_ind", None),
                measure("males", Some("idp_ind")),
                measure("females", Some("idp_ind")),
            ],
            parents: BTreeMap::new(),
            rows: Vec::new(),
            needs: BTreeMap::new(),
        };
        let mut api_ids = BTreeMap::new();
        for row in &rows {
            let area = ["admin2Pcode", "admin1Pcode"].iter().find_map(|field| row[*field].as_str()).unwrap_or(country);
            let origin = word(row, "idpOriginAdmin1Pcode").replace("Not available", "unknown");
            let key = vec![area.to_owned(), word(row, "displacementReason").to_owned(), origin];
            if let Some(id) = row["id"].as_i64() {
                api_ids.insert(key.clone(), id);
            }
            let cell = |field: &str| Cell { value: row[field].as_i64(), ..Cell::default() };
            let cells = vec![cell("numPresentIdpInd"), cell("numberMales"), cell("numberFemales")];
            table.rows.push(TableRow { key, cells });
        }
        let candidate = Candidate {
            records: None,
            id: ReleaseId::new(Instant::from_millis(0), [0; 10]),
            heading: Heading {
                operation: operation.to_lowercase(),
                operation_name: Text::new().with("en", operation),
                country: Text::new().with("en", word(rows[0], "admin0Name")),
                iso3: word(rows[0], "admin0Pcode").to_owned(),
                admin0: Pcode::from(country),
                exercise: assessment.to_lowercase(),
                tool: Tool::B2,
                assessment: match assessment.as_str() {
                    "SA" => AssessmentType::Sa,
                    "ETT" => AssessmentType::Ett,
                    _ => AssessmentType::Ba,
                },
                round: RoundLabel(round.to_string()),
                starts_on: day,
                ends_on: day,
                reported_on: day,
                n_places_planned: 0,
                n_places_reached: 0,
                n_places_carried: 0,
            },
            version: 1,
            reason: Text::new(),
            made_at: Instant::from_millis(0),
            tables: vec![table],
            api_ids,
            places: Vec::new(),
            classes: BTreeMap::new(),
        };
        let made = release(candidate, &Policy::already_public("IOM DTM API v3")).unwrap();
        Release::reopen(&made.to_bytes()).unwrap()
    };
    let releases = rounds.into_iter().map(release_of).collect();
    (releases, Atlas::new(areas.into_values(), []))
}

fn check(country: &str, iso3: &str) {
    let Some(folder) = data() else { return };
    let read =
        |level: u8| recorded(&folder, &format!("displacement-admin{level}-admin0pcode-{}.json", iso3.to_lowercase()));
    let answers: Vec<Vec<Value>> = (0..=2).map(read).collect();
    let (releases, atlas) = releases(&answers.concat(), country);
    let releases: Vec<&Release> = releases.iter().collect();
    let query = Query::parse([("Admin0Pcode", iso3)]).unwrap();
    for (level, recorded) in (0u8..).zip(&answers) {
        let served: Vec<Value> =
            query.answer(&releases, &atlas, level).iter().map(|row| row.json(Version::V3)).collect();
        assert_eq!(served.len(), recorded.len());
        // Field by field and in the order of the fields; the order of rows within a date is not part of the promise.
        let lines = |rows: &[Value]| rows.iter().map(Value::to_string).collect::<BTreeSet<String>>();
        let missing: Vec<String> = lines(recorded).difference(&lines(&served)).cloned().collect();
        assert_eq!(missing, Vec::<String>::new());
        let dates = |rows: &[Value]| rows.iter().map(|row| row["reportingDate"].clone()).collect::<Vec<_>>();
        assert_eq!(dates(&served), dates(recorded));
    }
    let statuses: BTreeMap<String, bool> = recorded(&folder, "displacement-operation-list.json")
        .iter()
        .filter(|row| row["admin0Pcode"] == iso3)
        .map(|row| (word(row, "operation").to_lowercase(), word(row, "operationStatus") == "Active"))
        .collect();
    let ours = hxl::csv(&releases, &atlas, |operation| statuses[operation]);
    let theirs = std::fs::read_to_string(folder.join("global-iom-dtm-from-api-admin-0-to-2.csv")).unwrap();
    let head = |text: &str| text.split_inclusive('\n').take(2).collect::<String>();
    assert_eq!(head(&ours), head(&theirs));
    let of_country = |text: &str| -> BTreeSet<String> {
        let mark = format!(",{iso3},");
        text.split_inclusive('\n').filter(|line| line.contains(&mark)).map(str::to_owned).collect()
    };
    let missing: Vec<String> = of_country(&theirs).difference(&of_country(&ours)).cloned().collect();
    assert_eq!(missing, Vec::<String>::new());
    assert_eq!(of_country(&theirs).len(), ours.lines().count() - 2);
    let countries = dtm_api::country_list(&releases, &atlas);
    assert!(recorded(&folder, "displacement-country-list.json").contains(&countries[0]));
}

#[test]
fn haiti_is_served_as_recorded_and_as_hdx_files_it() {
    check("HT", "HTI");
}

#[test]
fn chad_is_served_as_recorded_and_as_hdx_files_it() {
    check("TD", "TCD");
}
