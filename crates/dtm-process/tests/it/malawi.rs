//! The real baseline of Malawi: a mapping drafted from dictionary names, and what the checks say of its dates.

use crate::haiti::{atlas, table};
use dtm_model::{Answers, Pcode, Round, RoundLabel, RoundState};
use dtm_process::mapping::{Question, QuestionSet, apply_all, draft};
use dtm_process::rounds::{RoundInput, consolidate};
use dtm_process::tables::{TableInput, TableOptions, tabulate};
use dtm_process::{checks, dictionary};
use std::collections::BTreeSet;

#[test]
fn malawi_is_settled_from_dictionary_names_alone_and_its_future_date_is_found() {
    let Some((columns, records)) = table("malawi-b2/survey.csv", 0, 1) else { return };
    let Some(atlas) = atlas("mwi", "MW") else { return };
    let questions = QuestionSet::of_columns(columns.into_iter().map(|name| Question::column(name, None::<&str>, None)));
    let dictionary = dictionary::builtin();
    let sample: Vec<&Answers> = records.iter().take(100).map(|record| &record.answers).collect();
    let mapping = draft(&questions, &dictionary, &sample).mapping;
    let applied = apply_all(&mapping, &dictionary, &atlas, &records);
    let label = RoundLabel::from("1");
    // The export is of 16 June 2025; its round ends then.
    let (starts_on, ends_on) = ("2024-10-29".parse().unwrap(), "2025-06-16".parse().unwrap());
    let settled = consolidate(&RoundInput {
        label: &label,
        starts_on,
        ends_on,
        scope: &[],
        observations: &applied.observations,
        places: &applied.places,
        atlas: &atlas,
        earlier: &[],
        carry_rounds: 2,
    });
    let country = Pcode::from("MW");
    let options = TableOptions::default();
    let made =
        tabulate(&TableInput { figures: &settled.figures, atlas: &atlas, country: &country, options, ranges: None });
    let row = made[0].row(&["MW"]).unwrap();
    assert_eq!((row.cells[0].value, row.cells[0].n_places), (Some(139_312), 444));
    // Men, women and children make the total; the children's sex is not known.
    let of = |sex: &str, age: &str| made[1].row(&["MW", sex, age]).unwrap().cells[0].value.unwrap();
    assert_eq!([of("male", "18+"), of("female", "18+"), of("unknown", "0-17")], [35_568, 50_581, 53_163]);
    assert!(settled.findings.is_empty(), "no place reports twice");

    let stamp = dtm_model::Instant::default();
    let round = Round {
        id: dtm_model::RoundId::new(stamp, [0; 10]),
        exercise: dtm_model::ExerciseId::new(stamp, [0; 10]),
        label: label.clone(),
        starts_on,
        ends_on,
        reported_on: ends_on,
        scope: Vec::new(),
        state: RoundState::Verifying,
    };
    let findings = checks::run_round(&checks::RoundContext {
        round: &round,
        today: ends_on,
        records: &records,
        observations: &applied.observations,
        places: &applied.places,
        atlas: &atlas,
        previous: None,
        questions: &checks::questions_of(&mapping),
    });
    // Many positions lie tens of kilometres away, all of some areas together: the codes are of another edition than the
    // outlines. The finding says where the position really lies.
    let outside = findings.iter().filter(|finding| finding.check == "position_outside_area");
    assert!(outside.clone().any(|finding| finding.facts.contains_key("lies_in")));
    assert_eq!(outside.count(), 108);
    assert_eq!(findings.iter().filter(|finding| finding.check == "sex_age_differs").count(), 0);
    let dates: BTreeSet<&str> =
        findings.iter().filter(|f| f.check == "date_in_future").map(|f| f.facts["date"].as_str()).collect();
    assert_eq!(dates, BTreeSet::from(["2025-11-15"]));
}
