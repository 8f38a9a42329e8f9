use super::*;
use std::collections::BTreeSet;

// Tests may ask where the shared data lie.
#[allow(clippy::disallowed_methods)]
fn answer(country: &str, level: u8) -> Option<Vec<u8>> {
    let shared = std::env::var("DTM_SHARED")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").to_owned());
    let file = format!("data/dtm-api/displacement-admin{level}-admin0pcode-{country}.json");
    let found = std::fs::read(std::path::Path::new(&shared).join(file)).ok();
    if found.is_none() {
        let _ = std::io::Write::write_all(&mut std::io::stderr(), b"skipped: shared data not found\n");
    }
    found
}

fn levels(country: &str) -> Option<[Vec<ApiRow>; 3]> {
    let read_level = |level| answer(country, level).map(|bytes| read(&bytes, level).unwrap());
    Some([read_level(0)?, read_level(1)?, read_level(2)?])
}

/// Makes the API's rows of a past round again, the way a serving side does: from the tables, ids and names alone.
fn served(past: &PastRound, level: u8) -> Vec<ApiRow> {
    let table = past.table("displacement").unwrap();
    let depth = |area: &str| {
        let mut depth = 0;
        let mut at = area;
        while let Some(parent) = table.parents.get(at) {
            (at, depth) = (parent, depth + 1);
        }
        depth
    };
    let name = |code: &str| past.names[&Pcode::from(code)].clone();
    let rows = table.rows.iter().filter(|row| row.key.iter().all(|part| part != TOTAL) && depth(&row.key[0]) == level);
    rows.map(|row| {
        let [area, reason, origin] = [&row.key[0], &row.key[1], &row.key[2]];
        let above = table.parents.get(area);
        let (admin1, admin2) = match level {
            0 => (None, None),
            1 => (Some(area), None),
            _ => (above, Some(area)),
        };
        let reason = API_REASONS.iter().find(|(_, code)| code == reason).map_or(reason.as_str(), |(words, _)| words);
        let (origin_name, origin) =
            if origin == UNKNOWN { (NOT_AVAILABLE.to_owned(), NOT_AVAILABLE) } else { (name(origin), origin.as_str()) };
        ApiRow {
            id: past.api_ids.get(&row.key).copied(),
            operation: past.operation.clone(),
            admin0_name: past.country.clone(),
            admin0_pcode: past.iso3.clone(),
            admin1_name: admin1.map(|code| name(code)),
            admin1_pcode: admin1.cloned(),
            admin2_name: admin2.map(|code| name(code)),
            admin2_pcode: admin2.cloned(),
            num_present_idp_ind: row.cells[0].value.unwrap(),
            reporting_date: format!("{}T00:00:00", past.reported_on),
            round_number: past.round,
            displacement_reason: reason.to_owned(),
            number_males: row.cells[2].value,
            number_females: row.cells[3].value,
            idp_origin_admin1_name: origin_name,
            idp_origin_admin1_pcode: origin.to_owned(),
            assessment_type: past.assessment,
            level,
        }
    })
    .collect()
}

#[test]
fn recorded_answers_of_haiti_and_chad_come_back_equal_field_by_field() {
    for (country, n_rounds) in [("hti", 58), ("tcd", 29)] {
        let Some([admin0, admin1, admin2]) = levels(country) else { return };
        let rounds = to_past_rounds(&admin0, &admin1, &admin2);
        assert_eq!(rounds.len(), n_rounds);
        for (level, published) in [(0, admin0), (1, admin1), (2, admin2)] {
            let text = |rows: &[ApiRow]| -> BTreeSet<String> {
                rows.iter().map(|row| serde_json::to_string(row).unwrap()).collect()
            };
            let served: Vec<ApiRow> = rounds.iter().flat_map(|past| served(past, level)).collect();
            assert_eq!(served.len(), published.len());
            assert_eq!(text(&served), text(&published));
        }
        assert!(rounds.iter().all(|past| past.oddities.is_empty()), "Haiti and Chad are published without oddities");
    }
}

#[test]
fn a_row_is_written_as_the_api_writes_it() {
    let Some(bytes) = answer("hti", 2) else { return };
    let envelope: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    for (row, published) in read(&bytes, 2).unwrap().iter().zip(envelope["result"].as_array().unwrap()) {
        let mut written = serde_json::to_value(row).unwrap();
        let mut published = published.clone();
        for field in ["yearReportingDate", "monthReportingDate"] {
            published.as_object_mut().unwrap().shift_remove(field);
        }
        assert_eq!(
            written.as_object_mut().unwrap().keys().collect::<Vec<_>>(),
            published.as_object().unwrap().keys().collect::<Vec<_>>()
        );
        assert_eq!(written, published);
    }
}

/// Haiti, published totals: 127,977 in round 3 and 1,287,593 in round 10; round 2 was assessed in two ways.
#[test]
fn the_totals_of_haiti_are_those_published() {
    let Some([admin0, admin1, admin2]) = levels("hti") else { return };
    let rounds = to_past_rounds(&admin0, &admin1, &admin2);
    let total = |round: i64, assessment| {
        let of_round = |past: &&PastRound| {
            past.operation == "Countrywide monitoring" && past.round == round && past.assessment == assessment
        };
        let past = rounds.iter().find(of_round).unwrap();
        let areas = past.table("areas").unwrap();
        assert_eq!(
            areas.row(&["HT"]).unwrap().cells[0].value,
            past.table("displacement").unwrap().row(&["HT", "*", "*"]).unwrap().cells[0].value
        );
        areas.row(&["HT"]).unwrap().cells[0].value.unwrap()
    };
    use AssessmentType::{Ba, Sa};
    assert_eq!([total(0, Sa), total(3, Ba), total(10, Ba)], [27_750, 127_977, 1_287_593]);
    assert_eq!([total(2, Ba), total(2, Sa)], [155_166, 39_492]);
}

fn row(level: u8, code: &str, people: i64, reason: &str, origin: &str) -> ApiRow {
    ApiRow {
        id: (level > 0).then_some(7),
        operation: "Floods".into(),
        admin0_name: "Sorelia".into(),
        admin0_pcode: "XSO".into(),
        admin1_name: (level > 0).then(|| "Alpha".into()),
        admin1_pcode: (level > 0).then(|| "XS01".into()),
        admin2_name: (level > 1).then(|| "Bravo".into()),
        admin2_pcode: (level > 1).then(|| code.into()),
        num_present_idp_ind: people,
        reporting_date: "2024-03-31T00:00:00".into(),
        round_number: 1,
        displacement_reason: reason.into(),
        number_males: None,
        number_females: None,
        idp_origin_admin1_name: if origin == "XS01" { "Alpha".into() } else { origin.into() },
        idp_origin_admin1_pcode: origin.into(),
        assessment_type: AssessmentType::Ba,
        level,
    }
}

#[test]
fn words_of_reasons_that_are_not_ours_pass_through_unchanged() {
    let rows = [row(2, "XS0101", 4, "Conflict; Insecurity", NOT_AVAILABLE), row(2, "XS0102", 5, "conflit", "XS01")];
    let past = to_past_rounds(&[], &[], &rows).remove(0);
    assert_eq!(past.admin0, Pcode::from("XS"));
    let table = past.table("displacement").unwrap();
    assert!(table.row(&["XS0101", "Conflict; Insecurity", UNKNOWN]).is_some());
    assert!(table.row(&["XS0102", "conflit", "XS01"]).is_some());
    assert_eq!(served(&past, 2), rows.map(|row| ApiRow { id: Some(7), ..row }));
}

#[test]
fn a_margin_knows_no_sexes_where_one_of_its_rows_does_not() {
    let with = ApiRow { number_males: Some(1), number_females: Some(3), ..row(2, "XS0101", 4, "Conflict", "XS01") };
    let rows = [with, row(2, "XS0101", 5, "Insecurity", "XS01")];
    let past = to_past_rounds(&[], &[], &rows).remove(0);
    let table = past.table("displacement").unwrap();
    let values = |reason| {
        table.row(&["XS0101", reason, "XS01"]).unwrap().cells.iter().map(|cell| cell.value).collect::<Vec<_>>()
    };
    assert_eq!(values("conflict"), [Some(4), None, Some(1), Some(3)]);
    assert_eq!(values(TOTAL), [Some(9), None, None, None]);
}

#[test]
fn repeated_rows_are_added_and_levels_that_disagree_are_named() {
    let rows = [row(2, "XS0101", 4, "Conflict", "XS01"), row(2, "XS0101", 5, "Conflict", "XS01")];
    let past = to_past_rounds(&[row(0, "", 10, "Conflict", "XS01")], &[], &rows).remove(0);
    assert_eq!(
        past.table("displacement").unwrap().row(&["XS0101", "conflict", "XS01"]).unwrap().cells[0].value,
        Some(9)
    );
    let said: Vec<String> = past.oddities.iter().map(|oddity| oddity.message(Lang::En)).collect();
    assert_eq!(
        said,
        ["Two rows for XS0101, conflict, XS01; added up", "The levels have different totals (0: 10, 2: 9)"]
    );
}

#[test]
fn a_failed_answer_and_a_broken_row_are_told_apart() {
    let failed = br#"{"result":null,"statusCode":401,"isSuccess":false,"errorMessages":["Access denied"]}"#;
    assert_eq!(read(failed, 0).unwrap_err().to_string(), "the answer reports a failure: Access denied");
    assert_eq!(read(b"<html>", 0).unwrap_err().message(Lang::Fr), "Ce n’est pas une réponse de l’API DTM");
    let broken = br#"{"result":[{"id":1}],"isSuccess":true}"#;
    assert!(read(broken, 1).unwrap_err().message(Lang::En).starts_with("Row 1 cannot be read: "));
}

#[test]
fn a_reason_written_like_our_code_is_served_in_the_words_of_the_api() {
    let past = to_past_rounds(&[], &[], &[row(2, "XS0101", 4, "conflict", "XS01")]).remove(0);
    assert_eq!(served(&past, 2)[0].displacement_reason, "Conflict");
    assert_eq!(past.oddities[0].message(Lang::En), "«conflict» is served as «Conflict»");
}
