//! Processing from end to end on real tables: records → mapping → checks → figures → tables.
//!
//! For Haiti, round 3, the published rows of the DTM API are the oracle, at every level and field by field.

#![allow(clippy::unwrap_used)]

mod haiti;
mod history;
mod interviews;
mod malawi;

use dtm_model::{FigureTable, How, Pcode, Round, RoundLabel, RoundState, Severity, TOTAL};
use dtm_process::rounds::{
    AnomalyInput, AnomalyRules, DoubleCountRules, Query, RoundInput, absent_as_zero, anomalies, consolidate,
    double_counts, explain, origin_table,
};
use dtm_process::tables::{MalesFemales, TableInput, TableOptions, tabulate};
use dtm_process::{api_import, checks, codes, dictionary, mapping};
use std::collections::{BTreeMap, BTreeSet};

struct Haiti {
    atlas: dtm_model::Atlas,
    applied: mapping::AppliedAll,
    records: Vec<dtm_model::Record>,
    questions: BTreeMap<String, String>,
    settled: dtm_process::rounds::Consolidated,
    observations: Vec<dtm_model::Observation>,
}

const COUNTRY: &str = "HT";

fn settle() -> Option<Haiti> {
    let (atlas, records) = (haiti::atlas("hti", COUNTRY)?, haiti::records()?);
    let mapping = mapping::Mapping::from_toml(include_str!("../../../../tests/mappings/haiti-zmpp-r3.toml"));
    let mapping = mapping.unwrap_or_else(|problems| panic!("{problems:?}"));
    let applied = mapping::apply_all(&mapping, &dictionary::builtin(), &atlas, &records);
    let mut observations = applied.observations.clone();
    observations.extend(absent_as_zero(&mapping, &applied.visits, &applied.places));
    let label = RoundLabel::from("3");
    let settled = consolidate(&RoundInput {
        label: &label,
        starts_on: "2023-02-14".parse().unwrap(),
        ends_on: "2023-03-16".parse().unwrap(),
        scope: &[],
        observations: &observations,
        places: &applied.places,
        atlas: &atlas,
        earlier: &[],
        carry_rounds: 2,
    });
    let questions = checks::questions_of(&mapping);
    Some(Haiti { atlas, applied, records, questions, settled, observations })
}

fn tables(haiti: &Haiti, males_females: MalesFemales) -> Vec<FigureTable> {
    let options = TableOptions { males_females, ..TableOptions::default() };
    let country = Pcode::from(COUNTRY);
    tabulate(&TableInput {
        figures: &haiti.settled.figures,
        atlas: &haiti.atlas,
        country: &country,
        options,
        ranges: None,
    })
}

#[test]
fn the_real_table_of_haiti_becomes_the_published_figures() {
    let Some(haiti) = settle() else { return };
    let coverage = haiti.settled.coverage;
    assert_eq!((coverage.planned, coverage.reached, coverage.carried), (459, 459, 0));
    assert!(haiti.settled.findings.is_empty(), "no place reports twice");
    assert!(haiti.settled.figures.iter().all(|figure| figure.how == How::Reported && figure.records.len() == 1));

    let made = tables(&haiti, MalesFemales::FromSexAge);
    let areas = &made[0];
    let value = |area: &str, measure: &str| {
        areas.row(&[area]).unwrap().cells[areas.measure(measure).unwrap()].value.unwrap_or_default()
    };
    let country = ["idp_hh", "idp_ind", "returnee_hh", "returnee_ind", "in_sites", "in_host", "places"];
    assert_eq!(country.map(|measure| value("HT", measure)), [28_415, 127_977, 9_469, 45_864, 48_762, 79_215, 287]);

    // The seven communes of the metropolitan area, as published.
    let communes = [
        ("HT0111", 61_817),
        ("HT0112", 31_299),
        ("HT0117", 11_686),
        ("HT0113", 7_820),
        ("HT0118", 7_147),
        ("HT0131", 6_055),
        ("HT0114", 2_153),
    ];
    for (commune, people) in communes {
        assert_eq!(value(commune, "idp_ind"), people, "{commune}");
    }
    assert_eq!(value("HT01", "idp_ind"), 127_977);
    // Nothing was collected in the other departments, which is not zero.
    assert_eq!(areas.row(&["HT02"]).unwrap().cells[0].value, None);

    // Every measure adds up from level to level.
    let sum = |level_length: usize, at: usize| -> i64 {
        let of_level = areas.rows.iter().filter(|row| row.key[0].len() == level_length);
        of_level.filter_map(|row| row.cells[at].value).sum()
    };
    for at in 0..areas.measures.len() {
        let sums = ["HT".len(), "HT01".len(), "HT0111".len(), "HT0111-01".len()].map(|length| sum(length, at));
        assert!(sums.iter().all(|level| *level == sums[0]), "{}: {sums:?}", areas.measures[at].name);
    }

    // The twelve cells by sex and age.
    let sex_age = &made[1];
    let of_country = sex_age.rows.iter().filter(|row| row.key[0] == "HT" && row.key[1..].iter().all(|k| k != TOTAL));
    assert_eq!(of_country.count(), 12);
    assert_eq!(sex_age.row(&["HT", TOTAL, TOTAL]).unwrap().cells[0].value, Some(127_977));
    assert_eq!(made[3].rows.len(), 459, "every place has a row");
}

#[test]
fn the_rows_of_the_public_api_come_out_at_every_level_field_by_field() {
    let Some(haiti) = settle() else { return };
    let Some(answers) = haiti::api_answers() else { return };
    let read = |level: usize| api_import::read(&answers[level], level as u8).unwrap();
    let published = api_import::to_past_rounds(&read(0), &read(1), &read(2));
    let round_3 = published.iter().find(|past| past.operation == "Countrywide monitoring" && past.round == 3).unwrap();

    // The API's rows of this round know no sexes, though the table has twelve cells: they were made from totals alone.
    let ours = tables(&haiti, MalesFemales::OnlyAsReported);
    let rows = |table: &FigureTable| -> BTreeMap<Vec<String>, [Option<i64>; 3]> {
        let detail = table.rows.iter().filter(|row| row.key.iter().all(|part| part != TOTAL));
        detail.map(|row| (row.key.clone(), [0, 2, 3].map(|at| row.cells[at].value))).collect()
    };
    let (ours, theirs) = (rows(&ours[2]), rows(round_3.table("displacement").unwrap()));
    assert_eq!(ours.keys().filter(|key| key[0].len() == "HT0111".len()).count(), 16);
    assert_eq!(ours, theirs);

    // With the switch, males and females stand in every row, and make up its people.
    let from_cells = tables(&haiti, MalesFemales::FromSexAge);
    for (key, [people, males, females]) in rows(&from_cells[2]) {
        assert_eq!(males.zip(females).map(|(males, females)| males + females), people, "{key:?}");
    }
}

#[test]
fn checks_run_over_the_real_round_without_blocking_a_record() {
    let Some(haiti) = settle() else { return };
    let stamp = dtm_model::Instant::default();
    let round = Round {
        id: dtm_model::RoundId::new(stamp, [0; 10]),
        exercise: dtm_model::ExerciseId::new(stamp, [0; 10]),
        label: RoundLabel::from("3"),
        starts_on: "2023-02-14".parse().unwrap(),
        ends_on: "2023-03-16".parse().unwrap(),
        reported_on: "2023-03-31".parse().unwrap(),
        scope: Vec::new(),
        state: RoundState::Verifying,
    };
    let findings = checks::run_round(&checks::RoundContext {
        round: &round,
        today: "2023-04-01".parse().unwrap(),
        records: &haiti.records,
        observations: &haiti.observations,
        places: &haiti.applied.places,
        atlas: &haiti.atlas,
        previous: None,
        questions: &haiti.questions,
    });
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    findings.iter().for_each(|finding| *counts.entry(&finding.check).or_default() += 1);
    assert!(findings.iter().all(|finding| finding.severity < Severity::Block), "{counts:?}");
    // One site counts as many households as persons; one place has a sentence where its origin should be.
    expect_test::expect![[r#"{"household_size": 1, "origin_missing": 1, "reason_missing": 1}"#]]
        .assert_eq(&format!("{counts:?}"));
}

#[test]
fn a_published_number_is_walked_back_to_its_rows() {
    let Some(haiti) = settle() else { return };
    let made = tables(&haiti, MalesFemales::FromSexAge);
    let country = Pcode::from(COUNTRY);
    let key = ["HT0111", "insecurity", "HT01"];
    let query = Query { dims: &made[2].dims, key: &key, measure: "idp_ind", males_females: MalesFemales::FromSexAge };
    let explained = explain(&haiti.settled.figures, &haiti.observations, &haiti.atlas, &country, &query);
    assert_eq!(explained.total, made[2].row(&key).unwrap().cells[0].value);
    let behind: i64 = explained.observations.iter().map(|observation| observation.value as i64).sum();
    assert_eq!(explained.total, Some(behind));
    let records: BTreeSet<_> = explained.records.iter().collect();
    assert_eq!(records.len(), explained.places.len(), "one record speaks for each place");
    assert!(explained.figures.iter().all(|figure| figure.indicator == codes::IDP_IND));
}

/// What an officer is shown of round 3 before clearing it: places that look alike, and where people come from.
#[test]
fn the_real_round_is_looked_at_before_it_is_cleared() {
    let Some(haiti) = settle() else { return };
    let found = anomalies(&AnomalyInput {
        figures: &haiti.settled.figures,
        earlier: &[],
        places: &haiti.applied.places,
        atlas: &haiti.atlas,
        rules: AnomalyRules::default(),
    });
    let shown: Vec<String> =
        found.iter().map(|anomaly| format!("{} {}", anomaly.code(), anomaly.message(dtm_model::Lang::En))).collect();
    let double =
        double_counts(&haiti.settled.figures, &haiti.applied.places, &haiti.atlas, &DoubleCountRules::default());
    let table = origin_table(&haiti.settled.figures, codes::IDP_IND, &haiti.atlas, 1);
    assert_eq!(table.people.iter().flatten().sum::<i64>(), 127_977);
    let origins: Vec<String> =
        table.origins.iter().zip(&table.people).map(|(origin, row)| format!("{origin} {}", row[0])).collect();
    expect_test::expect![[r#"
        heaped 87 of 242 figures are multiples of 50: they are rough estimates
        2 possible double counts
        from HT01 124041, HT06 3500, HT09 296, unknown 140
    "#]]
    .assert_eq(&format!(
        "{}\n{} possible double counts\nfrom {}\n",
        shown.join("\n"),
        double.len(),
        origins.join(", ")
    ));
}
