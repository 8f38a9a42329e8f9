use super::*;
use dtm_model::{CorrectionId, Instant, Source};
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn record_id(n: u8) -> RecordId {
    RecordId::new(Instant::from_millis(1_000), [n; 10])
}

fn record(answers: &[(&str, Answer)]) -> Record {
    Record {
        id: record_id(1),
        source: Source::Submission { id: dtm_model::SubmissionId::new(Instant::from_millis(1), [1; 10]) },
        answers: Answers {
            values: answers.iter().map(|(key, answer)| ((*key).to_owned(), answer.clone())).collect(),
            repeats: BTreeMap::new(),
        },
    }
}

fn site() -> Record {
    let mut site = record(&[
        ("location/idp_hh", Answer::Integer(500)),
        ("location/idp_ind", Answer::Integer(130)),
        ("location/name", Answer::Text("Institut Monfort".into())),
        ("assessed_on", Answer::Date("2023-02-20".parse().unwrap())),
        ("needs", Answer::Choices(vec!["food".into(), "water".into()])),
        ("elders", Answer::Unreadable("a dozen".into())),
    ]);
    let member = |age| Answers { values: [("age".to_owned(), Answer::Integer(age))].into(), ..Answers::default() };
    let household = |path: &str, ages: &[i64]| Answers {
        values: [(path.to_owned(), Answer::Text("tent".into()))].into(),
        repeats: [("member".to_owned(), ages.iter().copied().map(member).collect())].into(),
    };
    site.answers.repeats = [(
        "household".to_owned(),
        vec![household("household/shelter", &[30, 4]), household("household/shelter", &[61])],
    )]
    .into();
    site
}

fn correction(question: &str, new: Option<&str>, change: Change, at: i64) -> Correction {
    Correction {
        id: CorrectionId::new(Instant::from_millis(at), [0; 10]),
        record: record_id(1),
        question: (!question.is_empty()).then(|| question.to_owned()),
        old: None,
        new: new.map(str::to_owned),
        change,
        issue: String::new(),
        reason: "called back".into(),
        check: None,
        by: "officer".into(),
        at: Instant::from_millis(at),
        source: None,
    }
}

/// One correction a line: `question = new`, `question =` to blank, `remove`.
fn log(lines: &str) -> Vec<Correction> {
    (1..)
        .zip(lines.lines().map(str::trim).filter(|line| !line.is_empty()))
        .map(|(at, line)| match line.split_once('=') {
            Some((question, new)) if new.trim().is_empty() => {
                correction(question.trim(), None, Change::BlankResponse, at)
            }
            Some((question, new)) => correction(question.trim(), Some(new.trim()), Change::ChangeResponse, at),
            None => correction("", None, Change::RemoveSurvey, at),
        })
        .collect()
}

fn check(lines: &str, expect: Expect) {
    let (raw, corrections) = (site(), log(lines));
    let clean = apply(&raw, &corrections);
    let differences = diff(&raw, clean.as_ref());
    let shown: Vec<String> = differences
        .iter()
        .map(|d| {
            let old = d.old.as_deref().unwrap_or("-");
            format!("{}: {old} -> {}", d.question.as_deref().unwrap_or("record"), d.new.as_deref().unwrap_or("-"))
        })
        .collect();
    expect.assert_eq(&shown.join("\n"));
    assert_eq!(again(&raw, &differences), clean, "applying the difference gives the clean record");
    assert_eq!(raw, site(), "what arrived is untouched");
}

fn again(raw: &Record, differences: &[Difference]) -> Option<Record> {
    let corrections: Vec<Correction> = (1..)
        .zip(differences)
        .map(|(at, d)| correction(d.question.as_deref().unwrap_or(""), d.new.as_deref(), d.change, at))
        .collect();
    apply(raw, &corrections)
}

#[test]
fn a_corrected_number_stays_a_number() {
    check(
        "location/idp_hh = 130\nlocation/idp_ind = 500",
        expect![[r#"
        location/idp_hh: 500 -> 130
        location/idp_ind: 130 -> 500"#]],
    );
    let clean = apply(&site(), &log("idp_hh = 130")).unwrap();
    assert_eq!(clean.answers.get("idp_hh"), Some(&Answer::Integer(130)));
}

#[test]
fn a_question_may_be_named_without_its_groups() {
    check("idp_hh = 130", expect!["location/idp_hh: 500 -> 130"]);
}

#[test]
fn the_last_correction_of_a_question_wins() {
    check("idp_hh = 13\nidp_hh = 130", expect!["location/idp_hh: 500 -> 130"]);
}

#[test]
fn a_blanked_answer_is_gone_and_can_be_given_again() {
    check("elders =", expect!["elders: a dozen -> -"]);
    check("elders =\nelders = 12", expect!["elders: a dozen -> 12"]);
}

#[test]
fn an_answer_can_be_added_where_there_was_none() {
    check("chief = known", expect!["chief: - -> known"]);
}

#[test]
fn dates_and_choices_are_read_as_such_and_nonsense_stays_visible() {
    check(
        "assessed_on = 2023-02-21\nneeds = food  health\nidp_ind = many",
        expect![[r#"
        assessed_on: 2023-02-20 -> 2023-02-21
        location/idp_ind: 130 -> many
        needs: food water -> food health"#]],
    );
    let clean = apply(&site(), &log("idp_ind = many")).unwrap();
    assert_eq!(clean.answers.get("idp_ind"), Some(&Answer::Unreadable("many".into())));
}

#[test]
fn turns_of_repeats_are_corrected_by_their_number() {
    check(
        "household[2]/member[1]/age = 16\nhousehold[1]/shelter = house",
        expect![[r#"
        household[1]/shelter: tent -> house
        household[2]/member[1]/age: 61 -> 16"#]],
    );
    check("household[9]/member[1]/age = 16", expect![""]);
}

#[test]
fn a_removed_record_is_gone_whatever_else_the_log_says() {
    check("idp_hh = 130\nremove\nidp_ind = 500", expect!["record: - -> -"]);
}

#[test]
fn corrections_of_other_records_and_no_action_change_nothing() {
    let mut other = log("idp_hh = 1");
    other[0].record = record_id(2);
    other.push(correction("idp_hh", Some("7"), Change::NoAction, 3));
    assert_eq!(apply(&site(), &other), Some(site()));
}

proptest! {
    #[test]
    fn applying_the_difference_gives_the_clean_record(
        raw in prop::collection::btree_map("[abc]", any_answer(), 0..4),
        edits in prop::collection::vec(("[abcd]", prop::option::of("[ -~]{0,12}|[0-9]{1,4}(\\.[0-9])?|2023-0[1-9]-1[0-9]")), 0..6),
    ) {
        let mut raw_record = record(&[]);
        raw_record.answers.values = raw;
        let corrections: Vec<Correction> = (1..).zip(&edits).map(|(at, (question, new))| {
            let change = if new.is_some() { Change::ChangeResponse } else { Change::BlankResponse };
            correction(question, new.as_deref(), change, at)
        }).collect();
        let clean = apply(&raw_record, &corrections);
        let differences = diff(&raw_record, clean.as_ref());
        prop_assert_eq!(again(&raw_record, &differences), clean);
    }
}

fn any_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        "[ -~]{1,8}".prop_map(Answer::Text),
        any::<i32>().prop_map(|n| Answer::Integer(n.into())),
        (-1e6..1e6f64).prop_map(Answer::Decimal),
        (0..20_000i32).prop_map(|days| Answer::Date(chrono::NaiveDate::from_epoch_days(days).unwrap())),
        "[a-z]{1,4}( [a-z]{1,4}){0,2}".prop_map(|names| Answer::Choices(names.split(' ').map(str::to_owned).collect())),
        "[a-z ]{1,8}".prop_map(Answer::Unreadable),
        (-90.0..90.0f64, -180.0..180.0f64).prop_map(|(lat, lon)| Answer::Point(Point { lon, lat })),
    ]
}

/// The cleaning log of a sample survey: 716 households of which 632 agreed to the interview, and what the R package
/// that ships them finds between raw and clean.
#[test]
// Tests may ask where the shared data lie.
#[allow(clippy::disallowed_methods)]
fn a_real_cleaning_log_is_found_again_between_its_raw_and_clean_data() {
    let folder = std::env::var("DTM_SHARED")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").to_owned());
    let folder = std::path::Path::new(&folder).join("reference/cleaning");
    if !folder.exists() {
        let mut out = std::io::stderr();
        let _ = std::io::Write::write_all(&mut out, b"skipped: shared data not found\n");
        return;
    }
    let rows = |file: &str| -> Vec<BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(folder.join(file)).unwrap();
        reader.deserialize().map(|row| row.unwrap()).collect()
    };
    let (raw, clean) = (rows("raw_data.csv"), rows("clean_data.csv"));
    let ids: BTreeMap<String, RecordId> = (1u64..)
        .zip(&raw)
        .map(|(n, row)| (row["X_uuid"].clone(), RecordId::new(Instant::from_millis(n as i64), [0; 10])))
        .collect();
    let asked: BTreeSet<&String> = raw.iter().flat_map(BTreeMap::keys).collect();
    // One of the files writes 3e+05 where the other has 300000.
    let typed = |value: &str| value.parse().map_or_else(|_| Answer::Text(value.to_owned()), Answer::Decimal);
    let record = |row: &BTreeMap<String, String>| {
        // Columns that only the clean file has are no corrections of answers.
        let answered = row.iter().filter(|(key, value)| asked.contains(key) && !value.is_empty() && *value != "NA");
        let mut made = super::tests::record(&[]);
        made.id = ids[&row["X_uuid"]].clone();
        made.answers.values = answered.map(|(key, value)| (key.clone(), typed(value))).collect();
        made
    };
    // A number given where there was no answer has nothing to take its type from, and is text.
    let texts = |record: &Record| -> Vec<(String, String)> {
        record.answers.values.iter().map(|(key, answer)| (key.clone(), answer.to_text())).collect()
    };
    let clean: BTreeMap<RecordId, Record> =
        clean.iter().map(record).map(|record| (record.id.clone(), record)).collect();
    let mut found: BTreeMap<Change, BTreeSet<(RecordId, String)>> = BTreeMap::new();
    for raw in raw.iter().map(record) {
        for d in diff(&raw, clean.get(&raw.id)) {
            found.entry(d.change).or_default().insert((d.record, d.question.unwrap_or_default()));
        }
        // What is found between the two, applied to the raw record, gives the clean one.
        let differences = diff(&raw, clean.get(&raw.id));
        let log: Vec<Correction> = (1..)
            .zip(&differences)
            .map(|(at, d)| Correction {
                record: raw.id.clone(),
                ..correction(d.question.as_deref().unwrap_or(""), d.new.as_deref(), d.change, at)
            })
            .collect();
        assert_eq!(apply(&raw, &log).as_ref().map(texts), clean.get(&raw.id).map(texts));
    }
    let mut expected: BTreeMap<Change, BTreeSet<(RecordId, String)>> = BTreeMap::new();
    for row in rows("expected_cleaning_log_raw_vs_clean.csv") {
        let change = match row["change_type"].as_str() {
            "change_response" => Change::ChangeResponse,
            "blank_response" => Change::BlankResponse,
            "remove_survey" => Change::RemoveSurvey,
            // The columns added.
            _ => continue,
        };
        let question = if change == Change::RemoveSurvey { String::new() } else { row["question"].clone() };
        expected.entry(change).or_default().insert((ids[&row["uuid"]].clone(), question));
    }
    let counts = |log: &BTreeMap<Change, BTreeSet<_>>| -> Vec<(Change, usize)> {
        log.iter().map(|(change, entries)| (*change, entries.len())).collect()
    };
    assert_eq!(counts(&found), counts(&expected));
    assert_eq!(found, expected);
}

#[test]
fn a_record_taken_out_comes_back_with_its_corrections() {
    let raw = site();
    let mut entries = log("location/idp_hh = 510\nremove");
    assert!(apply(&raw, &entries).is_none());
    assert_eq!(removal(&entries).map(|entry| entry.at), Some(Instant::from_millis(2)));
    entries.push(correction("", None, Change::RestoreSurvey, 3));
    assert!(removal(&entries).is_none());
    let clean = apply(&raw, &entries).unwrap();
    assert_eq!(answer_to(&clean, "location/idp_hh"), Some(&Answer::Integer(510)));
}

#[test]
fn a_question_in_a_turn_is_found_by_its_position() {
    let raw = site();
    assert_eq!(answer_to(&raw, "household[1]/member[2]/age"), Some(&Answer::Integer(4)));
    assert_eq!(answer_to(&raw, "household[2]/member[2]/age"), None);
    assert!(has_turns_of(&raw, "household[2]/member[1]/age") && !has_turns_of(&raw, "household[2]/member[2]/age"));
    assert_eq!(path_of("household[2]/member[1]/age"), "household/member/age");
    assert_eq!(path_of("location/idp_hh"), "location/idp_hh");
}
