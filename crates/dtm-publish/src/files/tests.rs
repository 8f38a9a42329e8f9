use super::dtm_api::{self, ApiProblem, Query, Version};
use super::*;
use crate::dataset::{self, Filter, Form};
use chrono::NaiveDate;
use dtm_model::{
    Area, AssessmentType, Atlas, Boundary, Cell, Dim, Dissemination, FigureTable, Instant, Lang, Measure, Pcode, Place,
    PlaceKind, Point, ReleaseId, RoundLabel, Ssid, TableRow, Text, Tool, Unit,
};
use dtm_protect::{Candidate, Heading, Policy, Release, release};
use expect_test::expect;
use std::collections::BTreeMap;

pub(crate) fn atlas() -> Atlas {
    let area = |pcode: &str, en: &str, fr: &str, aliases: &[(&str, &str)]| Area {
        pcode: Pcode::from(pcode),
        level: (pcode.len() / 2 - 1) as u8,
        parent: (pcode.len() > 2).then(|| Pcode::from(&pcode[..pcode.len() - 2])),
        name: Text::both(en, fr),
        aliases: aliases.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect(),
        valid_from: None,
        valid_to: None,
        became: Vec::new(),
    };
    let areas = [
        area("XS", "Sorelia", "Sorélie", &[]),
        area("XS01", "North", "Nord", &[]),
        area("XS02", "=South", "Sud", &[]),
        area("XS0101", "Bel-Air", "Bel-Air", &[("dtm-api", "Bel Air")]),
        area("XS0201", "Ford, the \"old\"", "Gué", &[]),
    ];
    // Clockwise, as many boundary files have it.
    let shape = vec![(0.0, 0.0), (0.0, 2.0), (2.123456789, 2.0), (0.0, 0.0)];
    Atlas::new(
        areas,
        [Boundary {
            pcode: Pcode::from("XS01"),
            shape: geo::MultiPolygon(vec![geo::Polygon::new(shape.into(), vec![])]),
        }],
    )
}

fn table(name: &str, dims: &[Dim], measures: &[&str], rows: &[(&str, &[Option<i64>])]) -> FigureTable {
    let of = |code: &str| (code.to_owned(), code[..code.len() - 2].to_owned());
    FigureTable {
        name: name.to_owned(),
        dims: dims.to_vec(),
        measures: measures
            .iter()
            .map(|name| Measure {
                name: (*name).to_owned(),
                indicator: "m0310_loc_num_idp_ind".to_owned(),
                unit: Unit::Persons,
                part_of: ["males", "females"].contains(name).then(|| "idp_ind".to_owned()),
            })
            .collect(),
        parents: ["XS01", "XS02", "XS0101", "XS0201"].map(of).into_iter().collect(),
        rows: rows
            .iter()
            .map(|(key, cells)| TableRow {
                key: key.split('/').map(str::to_owned).collect(),
                cells: cells.iter().map(|value| Cell { value: *value, ..Cell::default() }).collect(),
            })
            .collect(),
        needs: BTreeMap::new(),
    }
}

pub(crate) fn candidate() -> Candidate {
    let day = |day| NaiveDate::from_ymd_opt(2024, 5, day).unwrap();
    let n = |numbers: [i64; 3]| numbers.map(Some);
    let displacement: Vec<(&str, [Option<i64>; 3])> = vec![
        ("XS/*/*", n([463, 213, 250])),
        ("XS/conflict/XS01", n([60, 20, 40])),
        ("XS/insecurity/unknown", n([20, 10, 10])),
        ("XS/natural_disaster/unknown", n([380, 183, 197])),
        ("XS/other/unknown", n([3, 0, 3])),
        ("XS0101/conflict/XS01", n([60, 20, 40])),
        ("XS0201/natural_disaster/unknown", [Some(380), Some(183), None]),
    ];
    let displacement: Vec<(&str, &[Option<i64>])> =
        displacement.iter().map(|(key, cells)| (*key, cells.as_slice())).collect();
    let areas: [(&str, &[Option<i64>]); 5] = [
        ("XS", &[Some(463)]),
        ("XS01", &[Some(83)]),
        ("XS02", &[Some(380)]),
        ("XS0101", &[None]),
        ("XS0201", &[Some(0)]),
    ];
    Candidate {
        records: None,
        id: ReleaseId::new(Instant::from_millis(1_700_000_000_000), [7; 10]),
        heading: Heading {
            operation: "xso".to_owned(),
            operation_name: Text::both("Countrywide monitoring", "Suivi national"),
            country: Text::both("Sorelia", "Sorélie"),
            iso3: "XSO".to_owned(),
            admin0: Pcode::from("XS"),
            exercise: "mobility".to_owned(),
            tool: Tool::B2,
            assessment: AssessmentType::Ba,
            round: RoundLabel::from("5.1"),
            starts_on: day(1),
            ends_on: day(20),
            reported_on: day(31),
            n_places_planned: 450,
            n_places_reached: 440,
            n_places_carried: 10,
        },
        version: 1,
        reason: Text::new(),
        made_at: Instant::from_millis(1_700_000_000_000),
        tables: vec![
            table("areas", &[Dim::Area], &["idp_ind"], &areas),
            table(
                "displacement",
                &[Dim::Area, Dim::Reason, Dim::Origin],
                &["idp_ind", "males", "females"],
                &displacement,
            ),
        ],
        api_ids: BTreeMap::from([(vec!["XS0101".into(), "conflict".into(), "XS01".into()], 33176)]),
        places: vec![Place {
            ssid: Ssid::from("XS0101-001"),
            kind: PlaceKind::Site,
            name: "Lycée =1+1".to_owned(),
            area: Pcode::from("XS0101"),
            site_type: Some("camp".to_owned()),
            position: Some(Point { lon: -72.3456, lat: 18.5432 }),
            opened_on: None,
            closed_on: None,
            aliases: Vec::new(),
            merged_into: None,
        }],
        classes: BTreeMap::from([("m0310_loc_num_idp_ind".to_owned(), Dissemination::Public)]),
    }
}

pub(crate) fn released() -> Release {
    release(candidate(), &Policy::public()).unwrap()
}

fn call(pairs: &[(&str, &str)]) -> Result<Query, ApiProblem> {
    Query::parse(pairs.iter().copied())
}

#[test]
fn the_api_serves_rows_in_its_own_order_of_fields() {
    let answer = call(&[("admin0pcode", "xso"), ("FromRoundNumber", "0"), ("ToRoundNumber", "0")]).unwrap();
    let rows = answer.answer(&[&released()], &atlas(), 2);
    let v3: Vec<_> = rows.iter().map(|row| row.json(Version::V3)).collect();
    expect![[r#"
        {
          "result": [
            {
              "id": 33176,
              "operation": "Countrywide monitoring",
              "admin0Name": "Sorelia",
              "admin0Pcode": "XSO",
              "admin1Name": "North",
              "admin1Pcode": "XS01",
              "admin2Name": "Bel Air",
              "admin2Pcode": "XS0101",
              "numPresentIdpInd": 60,
              "reportingDate": "2024-05-31T00:00:00",
              "yearReportingDate": 2024,
              "monthReportingDate": 5,
              "roundNumber": 5,
              "displacementReason": "Conflict",
              "numberMales": 20,
              "numberFemales": 40,
              "idpOriginAdmin1Name": "North",
              "idpOriginAdmin1Pcode": "XS01",
              "assessmentType": "BA"
            },
            {
              "id": 1293378806,
              "operation": "Countrywide monitoring",
              "admin0Name": "Sorelia",
              "admin0Pcode": "XSO",
              "admin1Name": "=South",
              "admin1Pcode": "XS02",
              "admin2Name": "Ford, the \"old\"",
              "admin2Pcode": "XS0201",
              "numPresentIdpInd": 380,
              "reportingDate": "2024-05-31T00:00:00",
              "yearReportingDate": 2024,
              "monthReportingDate": 5,
              "roundNumber": 5,
              "displacementReason": "Natural disaster",
              "numberMales": null,
              "numberFemales": null,
              "idpOriginAdmin1Name": "Not available",
              "idpOriginAdmin1Pcode": "Not available",
              "assessmentType": "BA"
            }
          ],
          "statusCode": 200,
          "isSuccess": true,
          "errorMessages": [],
          "totalRecordsCount": 2
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&dtm_api::envelope(v3)).unwrap());
    let v2: Vec<_> = rows.iter().take(1).map(|row| row.json(Version::V2)).collect();
    expect![[r#"
        [
          {
            "id": 33176,
            "operation": "Countrywide monitoring",
            "admin0Name": "Sorelia",
            "admin0Pcode": "XSO",
            "admin1Name": "North",
            "admin1Pcode": "XS01",
            "admin2Name": "Bel Air",
            "admin2Pcode": "XS0101",
            "numPresentIdpInd": 60,
            "reportingDate": "2024-05-31T00:00:00",
            "yearReportingDate": 2024,
            "monthReportingDate": 5,
            "roundNumber": 5,
            "assessmentType": "BA"
          }
        ]"#]]
    .assert_eq(&serde_json::to_string_pretty(&v2).unwrap());
}

#[test]
fn the_country_has_an_id_in_version_two_only() {
    let rows = dtm_api::rows(&released(), &atlas(), 0);
    assert!(rows.iter().all(|row| row.json(Version::V3).get("id").is_none()));
    assert!(rows.iter().all(|row| row.json(Version::V2)["id"].as_i64().unwrap() > 0));
}

#[test]
fn a_hidden_row_is_no_row() {
    let reasons: Vec<_> = dtm_api::rows(&released(), &atlas(), 0)
        .iter()
        .map(|row| row.json(Version::V3)["displacementReason"].clone())
        .collect();
    assert!(!reasons.contains(&"Other reason".into()), "{reasons:?}");
}

#[test]
fn rows_that_were_public_are_served_as_they_were() {
    let mut candidate = candidate();
    let row = candidate.tables[1].rows.iter_mut().find(|row| row.key[0] == "XS0101").unwrap();
    row.cells[1].value = Some(7);
    let before = release(candidate.clone(), &Policy::already_public("IOM DTM API v3")).unwrap();
    let row = dtm_api::rows(&before, &atlas(), 2)[0].json(Version::V3);
    assert_eq!((&row["id"], &row["numberMales"], &row["numberFemales"]), (&33176.into(), &7.into(), &40.into()));
    let ours = release(candidate, &Policy::public()).unwrap();
    let row = dtm_api::rows(&ours, &atlas(), 2)[0].json(Version::V3);
    assert!(row["numberMales"].is_null() && row["numberFemales"].is_null());
}

#[test]
fn a_call_that_cannot_be_answered_is_told_why() {
    let told = |pairs: &[(&str, &str)]| call(pairs).unwrap_err().message(Lang::En);
    assert_eq!(told(&[]), "one of Operation, CountryName, Admin0Pcode is required");
    assert_eq!(
        told(&[("CountryName", "Haiti"), ("FromReportingDate", "31/05/2024")]),
        "FromReportingDate must be a date in the form YYYY-MM-DD, not `31/05/2024`"
    );
    assert_eq!(
        told(&[("Operation", "x"), ("FromReportingDate", "2024-02-01"), ("ToReportingDate", "2024-01-01")]),
        "FromReportingDate must not be after ToReportingDate"
    );
    assert_eq!(
        told(&[("Operation", "x"), ("FromRoundNumber", "six")]),
        "FromRoundNumber must be a whole number, 0 or larger, not `six`"
    );
    assert_eq!(
        call(&[]).unwrap_err().message(Lang::Fr),
        "un des paramètres Operation, CountryName, Admin0Pcode est nécessaire"
    );
    let failure = serde_json::to_value(dtm_api::failure(500, vec![])).unwrap();
    assert_eq!(failure["errorMessages"][0], "the call failed with status 500");
}

#[test]
fn a_call_narrows_by_round_date_and_area() {
    let count = |pairs: &[(&str, &str)], level| call(pairs).unwrap().answer(&[&released()], &atlas(), level).len();
    assert_eq!(count(&[("CountryName", "sorelia")], 2), 2);
    assert_eq!(count(&[("CountryName", "Sorelia"), ("Admin1Pcode", "XS01")], 2), 1);
    assert_eq!(count(&[("CountryName", "Sorelia"), ("Admin2Name", "bel air")], 2), 1);
    assert_eq!(count(&[("CountryName", "Sorelia"), ("FromRoundNumber", "6")], 2), 0);
    assert_eq!(count(&[("CountryName", "Sorelia"), ("ToReportingDate", "2024-05-31")], 2), 2);
    assert_eq!(count(&[("CountryName", "Sorelia"), ("ToReportingDate", "2024-05-30")], 2), 0);
    assert_eq!(count(&[("Operation", "Elsewhere")], 2), 0);
}

#[test]
fn the_lists_name_countries_and_operations_once() {
    let (release, atlas) = (released(), atlas());
    let countries = dtm_api::country_list(&[&release, &release], &atlas);
    assert_eq!(serde_json::to_string(&countries).unwrap(), r#"[{"admin0Name":"Sorelia","admin0Pcode":"XSO"}]"#);
    let operations = dtm_api::operation_list(&[&release, &release], &atlas, |slug| slug == "xso");
    assert_eq!(
        serde_json::to_string(&operations).unwrap(),
        r#"[{"operation":"Countrywide monitoring","operationStatus":"Active","admin0Name":"Sorelia","admin0Pcode":"XSO"}]"#
    );
}

#[test]
fn the_hxl_file_has_names_then_tags_then_rows() {
    expect![[r#"
        id,operation,admin0Name,admin0Pcode,admin1Name,admin1Pcode,admin2Name,admin2Pcode,adminLevel,numPresentIdpInd,reportingDate,yearReportingDate,monthReportingDate,roundNumber,displacementReason,numberMales,numberFemales,idpOriginAdmin1Name,idpOriginAdmin1Pcode,assessmentType,operationStatus
        #id+code,#operation+name,#country+name,#country+code,#adm1+name,#adm1+code,#adm2+name,#adm2+code,#adm+level,#affected+idps,#date+reported,#date+year+reported,#date+month+reported,#round+code,#cause+type,#affected+idps+m,#affected+idps+f,#adm1+name+origin,#adm1+code+origin,#assessment+type,#operation+status
        ,Countrywide monitoring,Sorelia,XSO,,,,,0,60,2024-05-31T00:00:00,2024,5,5,Conflict,20,40,North,XS01,BA,Inactive
        ,Countrywide monitoring,Sorelia,XSO,,,,,0,380,2024-05-31T00:00:00,2024,5,5,Natural disaster,183,197,Not available,Not available,BA,Inactive
        33176,Countrywide monitoring,Sorelia,XSO,North,XS01,Bel Air,XS0101,2,60,2024-05-31T00:00:00,2024,5,5,Conflict,20,40,North,XS01,BA,Inactive
        1293378806,Countrywide monitoring,Sorelia,XSO,=South,XS02,"Ford, the ""old""",XS0201,2,380,2024-05-31T00:00:00,2024,5,5,Natural disaster,,,Not available,Not available,BA,Inactive
    "#]].assert_eq(&hxl::csv(&[&released()], &atlas(), |_| false).replace("\r\n", "\n"));
}

#[test]
fn zero_nothing_and_hidden_are_told_apart_in_csv() {
    let csv = |lang, format| {
        String::from_utf8(one_round::table(&released(), "areas", &atlas(), lang, format).unwrap().unwrap()).unwrap()
    };
    expect![[r#"
        area,area_name,idp_ind,idp_ind_state,idp_ind_carried
        #adm+code,#adm+name,#affected+idps+ind,#status+idps+ind,#affected+idps+ind+carried
        XS,Sorelia,463,shown,0
        XS01,North,83,shown,0
        XS0101,Bel-Air,,nothing,
        XS02,=South,380,shown,0
        XS0201,"Ford, the ""old""",0,shown,0
    "#]]
    .assert_eq(&csv(Lang::En, Format::HxlCsv).replace("\r\n", "\n"));
    let guarded = csv(Lang::En, Format::CsvForSpreadsheets);
    assert!(guarded.starts_with('\u{feff}') && guarded.contains("XS02,'=South,"), "{guarded}");
    assert!(csv(Lang::Fr, Format::HxlCsv).contains("XS,Sorélie,463"));
    let broken_down =
        one_round::table(&released(), "displacement", &atlas(), Lang::En, Format::HxlCsv).unwrap().unwrap();
    let broken_down = String::from_utf8(broken_down).unwrap();
    assert!(broken_down.contains("XS,Sorelia,other,Other reason,unknown,Not reported,,hidden,,"), "{broken_down}");
    assert!(one_round::table(&released(), "nowhere", &atlas(), Lang::En, Format::Csv).unwrap().is_none());
}

#[test]
fn a_table_as_json_describes_its_columns() {
    let json = one_round::table(&released(), "areas", &atlas(), Lang::Fr, Format::Json).unwrap().unwrap();
    let json: serde_json::Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["columns"][2]["label"], "Personnes déplacées internes");
    assert_eq!(json["rows"][0]["idp_ind"], 463);
    assert_eq!(json["rows"].as_array().unwrap().len(), 5);
}

#[test]
fn outlines_run_counter_clockwise_and_places_stand_where_the_release_says() {
    let every = Form::every_language();
    let read = |name| {
        let file = written(name, &every, Format::GeoJson, Lang::En);
        serde_json::from_slice::<serde_json::Value>(&file).unwrap()
    };
    let areas = read("areas");
    let features = areas["features"].as_array().unwrap();
    let north = features.iter().find(|feature| feature["properties"]["area"] == "XS01").unwrap();
    assert_eq!(north["geometry"].to_string(), r#"{"type":"Polygon","coordinates":[[[0,0],[2.12346,2],[0,2],[0,0]]]}"#);
    assert!(north["id"].as_str().unwrap().ends_with(":XS01"), "{north}");
    let places = read("places");
    assert_eq!(places["features"][0]["geometry"]["coordinates"].to_string(), "[-72.3,18.5]");
    assert_eq!(places["features"][0]["properties"]["position_coarsened"], true);
    assert_eq!(places["features"][0]["properties"]["area"], "XS0101");
}

#[test]
fn the_workbook_is_the_same_every_time_and_in_both_languages() {
    for lang in Lang::ALL {
        let book = || {
            let mut out = std::io::Cursor::new(Vec::new());
            xlsx::workbook(&released(), &atlas(), lang, &std::env::temp_dir(), &mut out).unwrap();
            out.into_inner()
        };
        let bytes = book();
        assert_eq!(bytes, book());
        assert!(bytes.starts_with(b"PK"));
    }
}

/// A dataset of the release in this format.
pub(crate) fn written(name: &str, form: &Form, format: Format, lang: Lang) -> Vec<u8> {
    let (release, atlas) = (released(), atlas());
    let dataset = dataset::of(name, &[&release], &atlas, form).unwrap().unwrap();
    let about = About::new(lang).at("https://dtm.example/en/xso/data").marked("for the tests");
    let mut out = std::io::Cursor::new(Vec::new());
    let n = format.write(&dataset, &about, &std::env::temp_dir(), &mut out).unwrap();
    assert_eq!(n as usize, dataset.rows().count());
    out.into_inner()
}

#[test]
fn a_dataset_as_csv_is_exact_for_programs_and_harmless_in_spreadsheets() {
    let form = Form { filter: Filter::new([("area_level", "1")]), ..Form::named(Lang::En) };
    let text = |format| String::from_utf8(written("areas", &form, format, Lang::En)).unwrap().replace("\r\n", "\n");
    expect![[r#"
        operation,exercise,round,reported_on,version,area,area_name,area_level,area_parent,idp_ind,idp_ind_state,idp_ind_carried
        xso,mobility,5.1,2024-05-31,1,XS01,North,1,XS,83,shown,0
        xso,mobility,5.1,2024-05-31,1,XS02,=South,1,XS,380,shown,0
    "#]]
    .assert_eq(&text(Format::Csv));
    assert!(text(Format::HxlCsv).contains("\n#operation+code,#activity+code,#round+code,"));
    let guarded = text(Format::CsvForSpreadsheets);
    assert!(guarded.starts_with('\u{feff}') && guarded.contains(",XS02,'=South,1,"), "{guarded}");
}

#[test]
fn a_file_says_what_was_asked_for_in_words() {
    let form = Form { filter: Filter::new([("reason", "conflict"), ("area", "XS")]), ..Form::named(Lang::Fr) };
    let json: serde_json::Value =
        serde_json::from_slice(&written("displacement", &form, Format::Json, Lang::Fr)).unwrap();
    assert_eq!(json["filter"], "Zone : code [area] = XS ; Raison du déplacement : code [reason] = Conflit (conflict)");
    assert_eq!(json["rows"][0]["idp_ind"], 60);
    assert_eq!(json["rows"][0]["reason_name"], "Conflit");
    assert_eq!(json["this_copy"], "for the tests");
}
