//! Logs that fit, logs that do not, and «other» given its place.

use super::*;
use crate::answers::form_with;
use dtm_model::{Choice, Field, FieldKind, FormSchema, Instant, Lang, Source, SubmissionId, Text};
use expect_test::{Expect, expect};
use proptest::prelude::*;

fn form() -> FormSchema {
    let field = |path: &str, kind, choices: &[&str]| Field {
        path: path.to_owned(),
        kind,
        label: Text::both(path, path),
        hxl: None,
        choices: choices.iter().map(|name| Choice { name: (*name).to_owned(), label: Text::default() }).collect(),
    };
    form_with(vec![
        field("site/idp_ind", FieldKind::Integer, &[]),
        field("site/assessed_on", FieldKind::Date, &[]),
        field("site/shelter", FieldKind::SelectOne, &["tent", "house", "school", "other"]),
        field("site/shelter_other", FieldKind::Text, &[]),
        field("needs", FieldKind::SelectMultiple, &["food", "water", "health", "other"]),
        field("needs_other", FieldKind::Text, &[]),
    ])
}

fn record() -> Record {
    let text = |text: &str| Answer::Text(text.to_owned());
    let answers = [
        ("site/idp_ind", Answer::Integer(130)),
        ("site/assessed_on", Answer::Date("2024-05-03".parse().unwrap())),
        ("site/shelter", Answer::Choices(vec!["other".into()])),
        ("site/shelter_other", text("salle de classe")),
        ("needs", Answer::Choices(vec!["food".into(), "other".into()])),
        ("needs_other", text("seeds")),
    ];
    Record {
        id: RecordId::new(Instant::from_millis(1), [1; 10]),
        source: Source::Submission { id: SubmissionId::new(Instant::from_millis(1), [1; 10]) },
        answers: Answers {
            values: answers.into_iter().map(|(path, answer)| (path.to_owned(), answer)).collect(),
            repeats: BTreeMap::new(),
        },
    }
}

/// A log of one record `u1`, a line each: question, old value, new value, change type, apart by bars.
fn check(lines: &str, expect: Expect) {
    let mut rows = vec![["uuid", "question", "old_value", "new_value", "change_type"].map(str::to_owned).to_vec()];
    for line in lines.trim().lines() {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let uuid = if cells[0] == "nobody" { "u9" } else { "u1" };
        rows.push([uuid, cells[0], cells[1], cells[2], cells[3]].map(str::to_owned).to_vec());
    }
    let (record, form) = (record(), form());
    let find = |uuid: &str| (uuid == "u1").then_some(Known { record: &record, is_out: false });
    let fitted = fit_log(&read_log(&rows).unwrap(), &form, find);
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let mut said: Vec<String> = fitted
        .entries
        .iter()
        .map(|entry| {
            let question = text(&entry.question);
            format!("{question}: {} -> {} ({})", text(&entry.old), text(&entry.new), word(entry.change))
        })
        .collect();
    said.extend(fitted.problems.iter().map(|problem| problem.message(Lang::En)));
    if fitted.n_already_so > 0 {
        said.push(format!("already so: {}", fitted.n_already_so));
    }
    expect.assert_eq(&said.join("\n"));
    assert!(fitted.problems.iter().all(|problem| !problem.message(Lang::Fr).contains(['{', '?'])));
    // What fits, applied, changes what it says and nothing else.
    let log: Vec<Correction> = (2..).zip(&fitted.entries).map(|(at, entry)| signed(entry, at)).collect();
    let clean = apply(&record, &log);
    let changed = diff(&record, clean.as_ref());
    let wanted = fitted.entries.iter().filter(|entry| entry.change != Change::NoAction);
    assert_eq!(changed.len(), wanted.count(), "{changed:?}");
}

fn signed(entry: &FittedEntry, at: i64) -> Correction {
    let at = Instant::from_millis(at);
    entry.signed(dtm_model::CorrectionId::new(at, [0; 10]), "officer", at, "log.xlsx")
}

#[test]
fn lines_that_fit_become_entries_by_the_path_of_their_question() {
    check(
        "
idp_ind          | 130        | 1300       | change_response
site/assessed_on | 2024-05-03 | 2024-05-02 | change_response
shelter_other    |            | NA         | blank_response
duration         | 4 mins     | NA         | no_action
idp_ind          | 130        | 130        | change_response
",
        expect![[r#"
            site/idp_ind: 130 -> 1300 (change_response)
            site/assessed_on: 2024-05-03 -> 2024-05-02 (change_response)
            site/shelter_other: salle de classe -> - (blank_response)
            duration: 4 mins -> - (no_action)
            already so: 1"#]],
    );
}

#[test]
fn what_does_not_fit_is_told_with_its_cell_and_changes_nothing() {
    check(
        "
nobody      | 130   | 131     | change_response
idp_hh      | 1     | 2       | change_response
idp_ind     | 120   | 131     | change_response
idp_ind     | 130   | many    | change_response
assessed_on |       | 3/5     | change_response
shelter     | other | shcool  | change_response
needs       |       | food zz | change_response
idp_ind     |       |         | change_response
idp_ind     |       | 1       | chnge
needs.water |       | maybe   | change_response
",
        expect![[r#"
            cell A2: no record is named u9
            cell B3: there is no question idp_hh
            cell C4: the log says that idp_ind is «120», but it is «130»
            cell D5: «many» cannot be an answer to idp_ind: a whole number is asked for
            cell D6: «3/5» cannot be an answer to assessed_on: a date like 2024-05-31 is asked for
            cell D7: «shcool» is no choice of shelter; «school» is
            cell D8: «zz» is no choice of needs
            cell D9: there is no new value for idp_ind; write blank_response to empty it
            cell E10: «chnge» is no type of change; change_response, blank_response, remove_survey and no_action are
            cell D11: «maybe» says neither that needs.water was chosen nor that it was not; write TRUE or FALSE"#]],
    );
}

#[test]
fn single_choices_become_one_entry_of_their_question() {
    check(
        "needs.water | FALSE | TRUE | change_response\nneeds/other | 1 | 0 | change_response",
        expect!["needs: food other -> food water (change_response)"],
    );
    check(
        "needs.food | TRUE | FALSE | change_response\nneeds.other | TRUE | FALSE | change_response",
        expect!["needs: food other -> - (blank_response)"],
    );
    check(
        "needs.food | FALSE | TRUE | change_response",
        expect!["cell C2: the log says that needs.food is «FALSE», but it is «TRUE»"],
    );
    // The same said twice, by the question and by its choice, is said once; said in two ways, it is told.
    check(
        "needs | | water food other | change_response\nneeds.water | | TRUE | change_response",
        expect!["needs: food other -> water food other (change_response)"],
    );
    check(
        "needs | | water | change_response\nneeds.water | | TRUE | change_response",
        expect![[r#"
        needs: food other -> water (change_response)
        cell D3: the choices of needs changed one by one give «food other water», and another line puts «water»"#]],
    );
}

#[test]
fn one_answer_is_not_changed_to_two() {
    check(
        "idp_ind | 130 | 131 | change_response\nidp_ind | 130 | 132 | change_response",
        expect![[r#"
        site/idp_ind: 130 -> 131 (change_response)
        cell D3: another line changes site/idp_ind of the same record to «131»"#]],
    );
}

#[test]
fn a_record_is_taken_out_and_an_undecided_line_waits() {
    check(" | | | remove_survey", expect!["-: - -> - (remove_survey)"]);
    let rows = [vec!["uuid", "question", "new_value", "change_type"], vec!["u1", "idp_ind", "2", ""]];
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| (*cell).to_owned()).collect()).collect();
    assert_eq!(read_log(&rows).unwrap().undecided, [2]);
    assert_eq!(read_log(&[vec!["uuid".to_owned()]]), Err(LogError::NoColumn("question")));
}

#[test]
fn other_finds_its_question_by_name() {
    let found: Vec<(String, String)> =
        other_questions(&form()).into_iter().map(|other| (other.select, other.text)).collect();
    let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
    assert_eq!(found, [pair("site/shelter", "site/shelter_other"), pair("needs", "needs_other")]);
}

#[test]
fn words_given_their_place_leave_no_other_behind() {
    let (record, form) = (record(), form());
    let others = other_questions(&form);
    let said = |about: &OtherQuestion, decided: &Recode| -> String {
        let changes = recode(&record, &form, about, decided).unwrap();
        let value = |value: &Option<String>| value.clone().unwrap_or_else(|| "-".to_owned());
        let said: Vec<String> = changes.iter().map(|d| format!("{} -> {}", value(&d.old), value(&d.new))).collect();
        said.join(", ")
    };
    let existing = |name: &str| Recode::Existing(vec![name.to_owned()]);
    assert_eq!(said(&others[0], &existing("school")), "other -> school, salle de classe -> -");
    assert_eq!(said(&others[1], &existing("food")), "food other -> food, seeds -> -");
    assert_eq!(said(&others[1], &Recode::New("seeds".into())), "food other -> food seeds, seeds -> -");
    assert_eq!(said(&others[1], &Recode::Invalid), "food other -> food, seeds -> -");
    assert!(recode(&record, &form, &others[0], &existing("hotel")).is_err());
    assert!(recode(&record, &form, &others[0], &Recode::New("tent".into())).is_err());
    let two = Recode::Existing(vec!["tent".into(), "house".into()]);
    assert!(recode(&record, &form, &others[0], &two).is_err());
}

/// A sheet with a question of several choices, its single columns and a number, all in agreement.
fn sheet(rows: &[(Vec<bool>, u32)]) -> Sheet {
    let header = ["_uuid", "needs", "needs/food", "needs/water", "needs/health", "idp_ind"].map(str::to_owned).to_vec();
    let row = |(at, (chosen, people)): (usize, &(Vec<bool>, u32))| {
        let names: Vec<&str> =
            ["food", "water", "health"].into_iter().zip(chosen).filter(|(_, is)| **is).map(|(name, _)| name).collect();
        let single = |is: &bool| if names.is_empty() { "" } else { if *is { "1" } else { "0" } }.to_owned();
        let mut cells = vec![format!("u{at}"), names.join(" ")];
        cells.extend(chosen.iter().map(single));
        cells.push(people.to_string());
        cells
    };
    Sheet::new(header, rows.iter().enumerate().map(row).collect())
}

proptest! {
    #[test]
    fn applying_the_difference_of_two_sheets_gives_the_second(
        raw in prop::collection::vec((prop::collection::vec(any::<bool>(), 3), 0u32..50), 1..8),
        edits in prop::collection::vec((0usize..8, 1usize..6, "[0-9]{1,3}|NA|"), 0..12),
        gone in prop::collection::btree_set(0usize..8, 0..3),
    ) {
        let raw = sheet(&raw);
        let mut clean = raw.clone();
        for (row, column, value) in edits {
            if let Some(cells) = clean.rows.get_mut(row) {
                cells[column] = value;
            }
        }
        let mut at = 0;
        clean.rows.retain(|_| { at += 1; !gone.contains(&(at - 1)) });
        let diff = diff_sheets(&raw, &clean).unwrap();
        let (made, problems) = apply_to_sheet(&raw, &diff.lines, None);
        prop_assert_eq!(problems, vec![]);
        prop_assert_eq!(diff_sheets(&made, &clean).unwrap().lines, vec![]);
        let read = read_log(&write_log(&diff.lines, &[])).unwrap();
        let again: Vec<LogLine> = read.lines.into_iter().map(|line| LogLine { row: 0, ..line }).collect();
        prop_assert_eq!(again, diff.lines);
    }

    #[test]
    fn choices_never_disagree_after_a_log_whichever_side_it_speaks_of(
        raw in prop::collection::vec((prop::collection::vec(any::<bool>(), 3), 0u32..50), 1..6),
        edits in prop::collection::vec((0usize..6, 0usize..4, any::<bool>()), 0..8),
    ) {
        let raw = sheet(&raw);
        let lines: Vec<LogLine> = edits.iter().map(|(row, what, is)| {
            let (question, new) = match what {
                0 => ("needs", if *is { "food health" } else { "water" }),
                1 => ("needs/food", if *is { "1" } else { "0" }),
                2 => ("needs/water", if *is { "1" } else { "0" }),
                _ => ("needs/health", if *is { "1" } else { "0" }),
            };
            LogLine::new(&format!("u{row}"), Some(question), None, Some(new), Change::ChangeResponse)
        }).collect();
        let (made, _) = apply_to_sheet(&raw, &lines, Some(&form()));
        prop_assert_eq!(choices_that_disagree(&made, &form()), vec![]);
    }
}
