//! The checks of many records at once over the sample survey, and the profiles of its sixteen enumerators.

use super::{form, raw, rows};
use dtm_model::{Instant, Lang, RecordId};
use dtm_process::checks::{AnswersContext, Proposal, Roles, message, proposal, run_answers};
use dtm_process::patterns::enumerators::{Measure, Work, profiles};
use std::collections::BTreeMap;

#[test]
fn every_finding_says_itself_in_both_languages_and_proposes_one_action() {
    let (Some((table, _)), Some(form)) = (raw(), form()) else { return };
    let records: Vec<RecordId> =
        (0..table.n_rows()).map(|row| RecordId::new(Instant::from_millis(row as i64), [0; 10])).collect();
    let roles = Roles::of(&form);
    assert_eq!(roles.enumerator.as_deref(), Some("enumerator_num"));
    let findings = run_answers(&AnswersContext::new(&form, &table, &records, &roles));
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    findings.iter().for_each(|finding| *counts.entry(&finding.check).or_default() += 1);
    expect_test::expect![[r#"
        {
            "dont_know_often": 6,
            "interview_at_night": 42,
            "interviews_overlap": 106,
            "much_missing": 58,
            "other_to_recode": 301,
            "outlier": 182,
            "personal_question": 7,
        }"#]]
    .assert_eq(&format!("{counts:#?}"));
    for finding in &findings {
        let said = [Lang::En, Lang::Fr].map(|lang| message(finding, lang));
        assert!(said.iter().all(|said| !said.contains('?') && !said.contains(['{', '['])), "{said:?}");
        assert!(finding.check == "personal_question" || proposal(finding).is_some(), "{finding:?}");
    }
    // The household tank that the team corrected from 70,000 litres to 7,000.
    let tank =
        findings.iter().find(|finding| finding.facts.get("value").is_some_and(|value| value == "70000")).unwrap();
    let Some(Proposal::Correct { old, new, .. }) = proposal(tank) else { panic!("{tank:?}") };
    assert_eq!((old.as_deref(), new.as_deref()), (Some("70000"), Some("7000")));
}

#[test]
fn the_work_of_sixteen_enumerators_is_measured_with_denominators_and_as_the_reference_counts_it() {
    let (Some((table, uuids)), Some(form)) = (raw(), form()) else { return };
    let records: Vec<RecordId> = Vec::new();
    let context = AnswersContext::new(&form, &table, &records, &Roles::of(&form));
    let work = Work::of(&table, &context.enumerators, &context.interviews, &context.others);
    assert!(work.gates.iter().any(|(at, no)| table.columns()[*at].question == "hh_hosting" && no == "no"));
    assert_eq!(work.ages.len(), 2);
    let profiles = profiles(&table, &work);
    assert_eq!((profiles.len(), profiles.iter().map(|profile| profile.n_interviews).sum::<u64>()), (16, 632));
    assert!(profiles.iter().all(|profile| profile.parts.iter().all(|part| part.of > 0 && part.usual.is_some())));
    assert!(profiles.iter().any(|profile| profile.part(Measure::RoundAges).is_some()));
    // The durations of the reference, enumerator by enumerator.
    let mut expected: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let by_uuid: BTreeMap<String, f64> = rows("expected_duration.csv")
        .unwrap()
        .into_iter()
        .map(|row| (row["uuid"].clone(), row["duration_minutes"].parse().unwrap()))
        .collect();
    for (row, uuid) in uuids.iter().enumerate() {
        let who = &context.enumerator_names[context.enumerators[row] as usize];
        expected.entry(who).or_default().push(by_uuid[uuid]);
    }
    for profile in &profiles {
        let minutes = expected.get_mut(context.enumerator_names[profile.enumerator as usize].as_str()).unwrap();
        minutes.sort_by(f64::total_cmp);
        let (n, part) = (minutes.len(), profile.part(Measure::Minutes).unwrap());
        assert_eq!((n as u64, profile.n_interviews), (part.of, part.of));
        let median = (minutes[(n - 1) / 2] + minutes[n / 2]) / 2.0;
        // The reference rounds to hundredths.
        assert!((part.value - median).abs() <= 0.011, "{} {median}", part.value);
    }
}
