use super::{cells, raw, rows};
use dtm_model::FieldKind;
use dtm_process::answers::{Column, Moment};
use dtm_process::patterns::audit::{AuditLog, minutes};
use dtm_process::patterns::durations::Interview;
use dtm_process::patterns::exact_duplicates::exact_duplicates;
use dtm_process::patterns::missing::{missing_shares, unusual};
use dtm_process::patterns::near_duplicates::{Comparison, NearOptions, nearest};
use dtm_process::patterns::outliers::{OutlierOptions, numeric_columns, outliers};
use dtm_process::patterns::personal_columns::personal_columns;
use std::collections::BTreeSet;

fn said() -> serde_json::Value {
    let path = crate::haiti::shared("reference/cleaning/expected.json").unwrap();
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn texts(list: &serde_json::Value) -> BTreeSet<String> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_header_loses_its_mark_and_every_question_knows_its_type() {
    let Some((table, _)) = raw() else { return };
    assert_eq!((table.n_rows(), table.columns().len()), (632, 348));
    assert_eq!(table.columns()[0].question, "start");
    assert_eq!(table.columns().iter().filter(|column| column.child_of.is_some()).count(), 188);
    // A group bears the name of a question in it.
    assert_eq!(table.column("water_sources").unwrap().kind, Some(FieldKind::SelectMultiple));
}

#[test]
fn outliers_are_those_of_the_reference() {
    let Some((table, uuids)) = raw() else { return };
    let found = outliers(&table, &numeric_columns(&table), None, &OutlierOptions::deviations());
    let found: BTreeSet<(String, String, String, String)> = found
        .iter()
        .map(|outlier| {
            let scale = if outlier.on_log_scale { "log" } else { "normal" };
            let (uuid, column) = (uuids[outlier.row].clone(), &table.columns()[outlier.column]);
            (uuid, format!("outlier ({scale} distribution)"), column.question.clone(), outlier.value.to_string())
        })
        .collect();
    let number = |text: &str| text.parse::<f64>().unwrap().to_string();
    let expected: BTreeSet<_> = rows("expected_outliers_sf3.csv")
        .unwrap()
        .iter()
        .map(|row| (row["uuid"].clone(), row["issue"].clone(), row["question"].clone(), number(&row["old_value"])))
        .collect();
    assert_eq!(expected.len(), 129);
    assert_eq!(found, expected);
}

#[test]
fn shares_of_missing_answers_are_those_of_the_reference() {
    let Some((table, uuids)) = raw() else { return };
    // The reference leaves the one question with a fraction out.
    let columns = table.positions(|column| {
        column.kind == Some(FieldKind::Date) && column.is_asked
            || column.is_substance() && column.kind != Some(FieldKind::Decimal)
    });
    let shares = missing_shares(&table, &columns);
    let expected = rows("expected_percentage_missing.csv").unwrap();
    for (share, row) in shares.iter().zip(&expected) {
        let expected: f64 = row["percentage_missing"].parse().unwrap();
        assert!((share.value().unwrap() - expected).abs() < 1e-12, "{share:?} {row:?}");
    }
    let flagged: BTreeSet<String> = unusual(&shares, 2.0).into_iter().map(|row| uuids[row].clone()).collect();
    assert_eq!(flagged, texts(&said()["percentage_missing_flagged"]));
}

#[test]
fn durations_are_those_of_the_reference_within_its_rounding() {
    let Some((table, _)) = raw() else { return };
    let column = |name: &str| table.column(name).unwrap();
    for (row, expected) in rows("expected_duration.csv").unwrap().iter().enumerate() {
        let (started, ended) = (column("start").moment(row), column("end").moment(row));
        let minutes = Interview { started, ended, ..Interview::default() }.minutes().unwrap();
        let expected: f64 = expected["duration_minutes"].parse().unwrap();
        // The reference drops the fraction of seconds and rounds each end to hundredths of a minute.
        assert!((minutes - expected).abs() < 1.0 / 60.0 + 0.01, "{minutes} is not {expected}");
        let hundredths = |moment: Moment| {
            let seconds = moment.at.as_millis().div_euclid(1000);
            seconds.div_euclid(60) * 100 + (seconds.rem_euclid(60) as f64 / 0.6).round() as i64
        };
        let as_there = hundredths(ended.unwrap()) - hundredths(started.unwrap());
        assert!((as_there as f64 / 100.0 - expected).abs() < 1e-6, "{as_there} is not {expected}");
    }
}

#[test]
fn time_spent_on_questions_is_that_of_the_reference() {
    let Some(expected) = rows("audits/expected_sum_all.csv") else { return };
    assert_eq!(expected.len(), 6);
    for row in expected {
        let path = crate::haiti::shared(&format!("reference/cleaning/audits/{}.csv", row["uuid"])).unwrap();
        let log = AuditLog::read(&std::fs::read(path).unwrap()).unwrap();
        assert_eq!(log.answering_ms().to_string(), row["duration_ms"]);
        assert_eq!(format!("{:.1}", minutes(log.answering_ms())), row["duration_minutes"]);
    }
}

#[test]
fn nearest_interviews_are_those_of_the_reference() {
    let Some((table, uuids)) = raw() else { return };
    let columns = table.positions(Column::is_substance);
    assert_eq!(columns.len(), 148);
    let found = nearest(&table, &columns, None, &NearOptions::default());
    assert_eq!(found.comparison, Comparison::EveryPair);
    let expected = rows("expected_soft_duplicates.csv").unwrap();
    assert_eq!(expected.len(), 632);
    let row_of = |uuid: &str| uuids.iter().position(|known| known == uuid).unwrap();
    let dont_know =
        |row: usize| columns.iter().filter(|at| table.columns()[**at].text(row) == Some("dont_know")).count();
    for row in expected {
        let at = row_of(&row["uuid"]);
        let near = found.nearest[at].unwrap();
        assert_eq!(near.n_different.to_string(), row["number_different_columns"], "{row:?}");
        // Several may be as near; the reference names one of them.
        let theirs = row_of(&row["id_most_similar_survey"]);
        assert_eq!(found.n_different(at, theirs), near.n_different);
        assert_eq!(found.n_answered(at).to_string(), row["num_cols_not_NA"]);
        assert_eq!(row["total_columns_compared"], columns.len().to_string());
        assert_eq!(dont_know(at).to_string(), row["num_cols_dont_know"]);
    }
    assert!(found.nearest.iter().flatten().all(|near| near.n_different > 7), "none is flagged at 7");
}

#[test]
fn records_alike_in_five_questions_are_those_of_the_reference() {
    let Some((table, uuids)) = raw() else { return };
    let said = &said()["duplicates_on_5_columns"];
    let columns: Vec<usize> = said["columns"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| table.position(name.as_str().unwrap()).unwrap())
        .collect();
    let found: BTreeSet<String> =
        exact_duplicates(&table, &columns).into_iter().map(|duplicate| uuids[duplicate.row].clone()).collect();
    assert_eq!(found, texts(&said["uuids"]));
}

#[test]
fn columns_with_personal_names_are_those_of_the_reference_and_two_more() {
    let Some((table, _)) = raw() else { return };
    let found: BTreeSet<String> =
        personal_columns(&table).into_iter().map(|(at, _)| table.columns()[at].question.clone()).collect();
    let mut expected = texts(&said()["pii_columns"]);
    // The reference passes over the telephone and over questions with several choices.
    expected.extend(["deviceid", "water_supply_other_neighbourhoods_how"].map(str::to_owned));
    assert_eq!(found, expected);
}

#[test]
fn distances_between_flowers_are_those_of_the_reference() {
    use dtm_process::patterns::gower::{Gower, Trait};
    let (Some((_, flowers)), Some((_, expected))) = (cells("flower.csv"), cells("flower_gower_asymm3.csv")) else {
        return;
    };
    let numbers = |at: usize| flowers.iter().map(|row| row[at].parse().ok()).collect::<Vec<Option<f64>>>();
    let categories = |at: usize| flowers.iter().map(|row| Some(row[at].parse().unwrap())).collect::<Vec<Option<u32>>>();
    let traits = vec![
        Trait::Category(categories(0)),
        Trait::Category(categories(1)),
        Trait::Presence(categories(2).into_iter().map(|code| code.map(|code| code == 1)).collect()),
        Trait::Category(categories(3)),
        Trait::Rank(categories(4)),
        Trait::Rank(categories(5)),
        Trait::Number(numbers(6)),
        Trait::Number(numbers(7)),
    ];
    let gower = Gower::new(traits);
    for (a, row) in expected.iter().enumerate() {
        for (b, cell) in row.iter().enumerate() {
            let expected: f64 = cell.parse().unwrap();
            assert!((gower.distance(a, b).unwrap() - expected).abs() < 1e-9, "{a} {b}");
        }
    }
}
