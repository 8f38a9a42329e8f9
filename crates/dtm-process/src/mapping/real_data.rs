//! The real tables of Haiti and Malawi; skipped where the shared data are absent.

use super::tests::record;
use super::*;
use crate::dictionary::builtin;
use crate::places::{AreaOptions, read_areas};
use dtm_model::{Answer, Answers, Area, Atlas, Boundary, FieldKind, Observation, Record};
use expect_test::expect;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::PathBuf;

/// A file of the shared test data, where they are present.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let beside = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared"));
    let found = std::env::var_os("DTM_SHARED").map_or(beside, PathBuf::from).join("data").join(path);
    if !found.exists() {
        eprintln!("skipped: shared data not found");
    }
    found.exists().then_some(found)
}

/// Reads a CSV with its header in one row, as the table reader of capture names columns and types cells.
fn table(path: PathBuf, label_row: usize, header_rows: usize) -> (QuestionSet, Vec<Record>) {
    let text = std::fs::read_to_string(path).unwrap();
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let mut taken: HashMap<String, u32> = HashMap::new();
    let tags = (header_rows > 2).then(|| &rows[header_rows - 1]);
    let mut columns = Vec::new();
    for (at, label) in rows[label_row].iter().enumerate() {
        let hxl = tags.and_then(|tags| tags.get(at)).filter(|tag| tag.starts_with('#'));
        let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
        // A section title over a column without label is its label.
        let label = if label.is_empty() { rows[0][at].trim().to_owned() } else { label };
        let n = taken.entry(label.clone()).or_default();
        *n += 1;
        let name = if *n == 1 { label } else { format!("{label} ({n})") };
        columns.push(Question::column(name, hxl, None::<FieldKind>));
    }
    let answer = |cell: &str| match (cell.parse(), cell.parse()) {
        (Ok(whole), _) => Answer::Integer(whole),
        (_, Ok(number)) if f64::is_finite(number) => Answer::Decimal(number),
        _ => match chrono::NaiveDate::parse_from_str(cell, "%Y-%m-%d") {
            Ok(date) if cell.len() == 10 => Answer::Date(date),
            _ => Answer::Text(cell.to_owned()),
        },
    };
    let records = rows.iter().enumerate().skip(header_rows).map(|(at, row)| {
        let cells = columns.iter().zip(row).filter(|(_, cell)| !cell.trim().is_empty());
        let values = cells.map(|(column, cell)| (column.name.clone(), answer(cell.trim()))).collect();
        record(at as u32 + 1, Answers { values, ..Answers::default() })
    });
    let records = records.collect();
    (QuestionSet::of_columns(columns), records)
}

fn haiti() -> Option<Atlas> {
    let mut areas: Vec<Area> = Vec::new();
    let mut boundaries: Vec<Boundary> = Vec::new();
    for level in [1, 2, 3] {
        let name = format!("hti_adm{level}.topojson");
        let bytes = std::fs::read(shared(&format!("boundaries/{name}"))?).unwrap();
        let options = AreaOptions { level: Some(level), country: Some("HT".into()), ..AreaOptions::default() };
        let read = read_areas(&bytes, &name, &options).unwrap();
        areas.extend(read.areas);
        boundaries.extend(read.boundaries);
    }
    areas.push(Area { pcode: "HT".into(), level: 0, parent: None, ..areas[0].clone() });
    Some(Atlas::new(areas, boundaries))
}

fn total(observations: &[Observation], indicator: &str, which: impl Fn(&Observation) -> bool) -> f64 {
    let counted = observations.iter().filter(|o| o.indicator == indicator && o.breakdown.is_everyone() && which(o));
    counted.map(|observation| observation.value).sum()
}

#[test]
fn the_haiti_table_gives_the_published_totals_and_the_sixteen_rows_of_the_api() {
    let (Some(path), Some(atlas)) = (shared("haiti-zmpp-r3/round-3-zmpp.csv"), haiti()) else { return };
    let (questions, records) = table(path, 1, 3);
    let text = include_str!("../../../../tests/mappings/haiti-zmpp-r3.toml");
    let mapping = Mapping::from_toml(text).unwrap_or_else(|problems| {
        panic!("{}", problems.iter().map(|p| p.message(dtm_model::Lang::En)).collect::<Vec<_>>().join("\n"))
    });
    let dictionary = builtin();
    assert_eq!(check(&mapping, &questions, &dictionary), []);
    let applied = apply_all(&mapping, &dictionary, &atlas, &records);
    let observations = &applied.observations;
    let everywhere = |_: &Observation| true;
    assert_eq!(total(observations, "m0309_loc_num_idp_hh", everywhere), 28_415.0);
    assert_eq!(total(observations, "m0310_loc_num_idp_ind", everywhere), 127_977.0);
    assert_eq!(total(observations, "m0847_loc_num_return_idp_hh", everywhere), 9_469.0);
    assert_eq!(total(observations, "m0851_loc_num_return_idp_ind", everywhere), 45_864.0);
    let on = |setting| move |o: &Observation| o.setting == Some(setting);
    assert_eq!(total(observations, "m0310_loc_num_idp_ind", on(dtm_model::Setting::Site)), 48_762.0);
    assert_eq!(total(observations, "m0310_loc_num_idp_ind", on(dtm_model::Setting::HostCommunity)), 79_215.0);

    // Every row is a place of its own.
    assert_eq!((applied.places.len(), applied.visits.len(), records.len()), (459, 459, 459));
    assert!(applied.places.iter().all(|place| place.area.as_str().len() == "HT0111-01".len()));
    assert_eq!(applied.places.iter().filter(|place| place.site_type.is_some()).count(), 51);
    assert_eq!(applied.places.iter().filter(|place| place.opened_on.is_some()).count(), 50);

    let mut cells: BTreeMap<(String, String, String), f64> = BTreeMap::new();
    for o in observations.iter().filter(|o| o.indicator == "m0310_loc_num_idp_ind" && o.breakdown.is_everyone()) {
        let commune = atlas.ancestor(&o.area, 2).unwrap().pcode.0.clone();
        let origin = o.breakdown.origin.as_ref().map_or("unknown".to_owned(), |origin| origin.0.clone());
        *cells.entry((commune, o.breakdown.reason.clone().unwrap(), origin)).or_default() += o.value;
    }
    let api = std::fs::read(shared("dtm-api/displacement-admin2-admin0pcode-hti.json").unwrap()).unwrap();
    let api: serde_json::Value = serde_json::from_slice(&api).unwrap();
    let mut published = BTreeMap::new();
    for row in api["result"].as_array().unwrap() {
        if row["operation"] != "Countrywide monitoring" || row["roundNumber"] != 3 {
            continue;
        }
        let reason = match row["displacementReason"].as_str().unwrap() {
            "Insecurity" => "insecurity",
            "Other reason" => "other",
            "Natural disaster" => "natural_disaster",
            "No reason for displacement reported" => "not_reported",
            other => panic!("{other}"),
        };
        let origin = row["idpOriginAdmin1Pcode"].as_str().unwrap().replace("Not available", "unknown");
        let key = (row["admin2Pcode"].as_str().unwrap().to_owned(), reason.to_owned(), origin);
        published.insert(key, row["numPresentIdpInd"].as_f64().unwrap());
    }
    assert_eq!(published.len(), 16);
    assert_eq!(cells, published);

    let said: Vec<String> =
        applied.findings.iter().map(|f| notice(&f.check).unwrap().message(f, dtm_model::Lang::En)).collect();
    let said_of = |what: &str| said.iter().any(|line| line.contains(what));
    assert!(said_of("oui (236) / Oui (51)"), "{said:#?}");
    assert!(said_of("Le reste des indicateurs n'ont pas été collectés"), "{said:#?}");
    assert!(said_of("Désastre (0) / desastre (2)"), "{said:#?}");
    assert!(said_of("Relocalisation par les autorités (0) / relocalisation par les autorités (1)"), "{said:#?}");
    assert!(said_of("«autrerais»"), "{said:#?}");
    assert!(applied.findings.len() < 10, "{said:#?}");
    assert!(applied.findings.iter().all(|finding| finding.severity < dtm_model::Severity::Block));
}

#[test]
fn the_twelve_cells_of_sex_and_age_add_up_to_most_of_the_haiti_total() {
    let (Some(path), Some(atlas)) = (shared("haiti-zmpp-r3/round-3-zmpp.csv"), haiti()) else { return };
    let (_, records) = table(path, 1, 3);
    let mapping = Mapping::from_toml(include_str!("../../../../tests/mappings/haiti-zmpp-r3.toml")).unwrap();
    let applied = apply_all(&mapping, &builtin(), &atlas, &records);
    let cells: Vec<&Observation> = applied
        .observations
        .iter()
        .filter(|o| o.indicator == "m0310_loc_num_idp_ind" && !o.breakdown.is_everyone())
        .collect();
    let kinds: BTreeSet<_> = cells.iter().map(|o| (o.breakdown.sex, o.breakdown.age.clone())).collect();
    assert_eq!(kinds.len(), 12);
    let sum: f64 = cells.iter().map(|o| o.value).sum();
    assert!((sum - 127_977.0).abs() < 1_000.0, "{sum}");
}

#[test]
fn the_malawi_mapping_is_drafted_from_names_alone() {
    let Some(path) = shared("malawi-b2/survey.csv") else { return };
    let (questions, records) = table(path, 0, 1);
    let mut areas = Vec::new();
    for level in [1, 2, 3] {
        let name = format!("mwi_adm{level}.topojson");
        let bytes = std::fs::read(shared(&format!("boundaries/{name}")).unwrap()).unwrap();
        let options = AreaOptions { level: Some(level), country: Some("MW".into()), ..AreaOptions::default() };
        areas.extend(read_areas(&bytes, &name, &options).unwrap().areas);
    }
    let atlas = Atlas::new(areas, []);
    let dictionary = builtin();
    let sample: Vec<&Answers> = records.iter().take(100).map(|record| &record.answers).collect();
    let Draft { mapping, coverage } = draft(&questions, &dictionary, &sample);
    assert_eq!(mapping.words.missing, ["NULL", "NaT"]);
    assert_eq!(Mapping::from_toml(&mapping.to_toml()).unwrap(), mapping);
    assert_eq!(check(&mapping, &questions, &dictionary), []);
    let applied = apply_all(&mapping, &dictionary, &atlas, &records);
    let idps: Vec<&Observation> = applied
        .observations
        .iter()
        .filter(|o| o.indicator == "m0310_loc_num_idp_ind" && o.breakdown.is_everyone())
        .collect();
    assert_eq!(idps.len(), 444);
    assert_eq!(idps.iter().map(|o| o.value).sum::<f64>(), 139_312.0);
    let part = |age: &str, sex| -> f64 {
        let of = |o: &&Observation| {
            o.indicator == "m0310_loc_num_idp_ind" && o.breakdown.age.as_deref() == Some(age) && o.breakdown.sex == sex
        };
        applied.observations.iter().filter(of).map(|o| o.value).sum()
    };
    assert_eq!(part("18+", Some(Sex::Male)), 35_568.0);
    assert_eq!(part("18+", Some(Sex::Female)), 50_581.0);
    assert_eq!(part("0-17", None), 53_163.0);
    assert_eq!(total(&applied.observations, "m0851_loc_num_return_idp_ind", |_| true), 182_051.0);
    assert_eq!(total(&applied.observations, "m0847_loc_num_return_idp_hh", |_| true), 49_105.0);
    assert_eq!(total(&applied.observations, "m1537_loc_num_arrivals_hh", |_| true), 28_422.0);
    // Dates are carried as they stand; that one lies in the future is for a check that knows the day.
    assert_eq!(applied.visits.iter().map(|visit| visit.observed_on).max().unwrap().to_string(), "2025-11-15");
    assert!(coverage.unfed.contains(&"m0309_loc_num_idp_hh".to_owned()));
    assert!(coverage.unused.contains(&"m1470_meta_enum_sex".to_owned()));
}

#[test]
fn the_haiti_mapping_is_drafted_as_far_as_tags_and_labels_go() {
    let (Some(path), Some(atlas)) = (shared("haiti-zmpp-r3/round-3-zmpp.csv"), haiti()) else { return };
    let (questions, records) = table(path, 1, 3);
    let sample: Vec<&Answers> = records.iter().map(|record| &record.answers).collect();
    let dictionary = builtin();
    let Draft { mapping, .. } = draft(&questions, &dictionary, &sample);
    assert_eq!(check(&mapping, &questions, &dictionary), []);
    expect![[r#"

        [words]
        not_applicable = "Pas applicable aux communautés hôtes"

        [place]
        ssid = ["P-code du site", "P-code admin4 (Quartier)"]
        without_ssid = "area_and_name"
        name = ["Nom du site", "Nom du Quartier"]
        area = ["P-code admin3 (Section_communale)", "P-code admin2 (Commune)", "p-code admin1 (Département)", "Country Code"]

        [place.kind]
        question = "Type de lieu évalué"
        blank = "host_community"
        [place.kind.values]
        "Communauté hôte" = "host_community"
        "Site" = "site"

        [date]
        question = ["Date évaluation", "Reported Date"]

        [group.idp]
        measures = [
            { indicator = "m0309_loc_num_idp_hh", question = "Ménages déplacés internes" },
            { indicator = "m0310_loc_num_idp_ind", question = "Personnes déplacées internes (PDI)" },
        ]
    "#]]
    .assert_eq(&mapping.to_toml());
    let applied = apply_all(&mapping, &dictionary, &atlas, &records);
    assert_eq!(total(&applied.observations, "m0309_loc_num_idp_hh", |_| true), 28_415.0);
    assert_eq!(total(&applied.observations, "m0310_loc_num_idp_ind", |_| true), 127_977.0);
}
