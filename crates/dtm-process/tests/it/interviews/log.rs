use super::{cells, form, rows};
use dtm_model::Change;
use dtm_process::corrections::{
    LogLine, Sheet, apply_to_sheet, choices_that_disagree, diff_sheets, read_log, write_log,
};
use std::collections::{BTreeMap, BTreeSet};

fn sheet(file: &str) -> Option<Sheet> {
    let (header, rows) = cells(file)?;
    Some(Sheet::new(header, rows))
}

fn counted(lines: &[LogLine]) -> BTreeMap<Change, usize> {
    let mut counts = BTreeMap::new();
    lines.iter().for_each(|line| *counts.entry(line.change).or_default() += 1);
    counts
}

#[test]
fn the_log_between_raw_and_clean_is_that_of_the_reference_and_leads_from_one_to_the_other() {
    let (Some(raw), Some(clean)) = (sheet("raw_data.csv"), sheet("clean_data.csv")) else { return };
    let diff = diff_sheets(&raw, &clean).unwrap();
    let expected = [(Change::ChangeResponse, 52), (Change::BlankResponse, 3), (Change::RemoveSurvey, 54)];
    assert_eq!(counted(&diff.lines), expected.into());
    let number = |value: &str| value.parse::<f64>().map_or_else(|_| value.to_owned(), |number| number.to_string());
    let of_line = |line: &LogLine| {
        let value = |value: &Option<String>| number(value.as_deref().unwrap_or_default());
        let question = line.question.clone().unwrap_or_default();
        [line.uuid.clone(), question, value(&line.old), value(&line.new)]
    };
    let found: BTreeSet<_> = diff.lines.iter().map(of_line).collect();
    let expected = rows("expected_cleaning_log_raw_vs_clean.csv").unwrap();
    let (added, expected): (Vec<_>, Vec<_>) = expected.iter().partition(|row| row["change_type"] == "variable_added");
    let of_row = |row: &&super::Row| {
        [row["uuid"].clone(), row["question"].clone(), number(&row["old_value"]), number(&row["new_value"])]
    };
    assert_eq!(found, expected.iter().map(of_row).collect());
    let added: BTreeSet<&String> = added.iter().map(|row| &row["question"]).collect();
    assert_eq!(diff.added_columns.iter().collect::<BTreeSet<_>>(), added);
    assert!(diff.added_records.is_empty() && diff.dropped_columns.is_empty());

    // There and back: the log applied to the raw sheet leaves nothing to be done.
    let (made, problems) = apply_to_sheet(&raw, &diff.lines, None);
    assert_eq!(problems, []);
    assert_eq!(made.rows.len(), 578);
    let left = diff_sheets(&made, &clean).unwrap();
    assert_eq!((left.lines, left.added_records), (Vec::new(), Vec::new()));

    // Through a file and back: the same log.
    let written = write_log(&diff.lines, &diff.added_columns);
    let read = read_log(&written).unwrap();
    assert_eq!((read.problems.len(), read.added_columns), (0, diff.added_columns));
    let without_row = |line: &LogLine| LogLine { row: 0, ..line.clone() };
    assert_eq!(read.lines.iter().map(without_row).collect::<Vec<_>>(), diff.lines);
}

#[test]
fn single_choices_follow_their_question_where_the_form_is_known() {
    let (Some(raw), Some(clean), Some(form)) = (sheet("raw_data.csv"), sheet("clean_data.csv"), form()) else { return };
    let before = choices_that_disagree(&raw, &form);
    // The reference's clean data changed single choices and left their question as it was.
    let in_clean = choices_that_disagree(&clean, &form);
    assert_eq!((before.len(), in_clean.len()), (0, 4), "{in_clean:?}");
    let diff = diff_sheets(&raw, &clean).unwrap();
    let (made, problems) = apply_to_sheet(&raw, &diff.lines, Some(&form));
    assert_eq!(problems, []);
    assert_eq!(choices_that_disagree(&made, &form), []);
    // Beside the four questions that follow their choices, all is as in the clean data; a question none of whose choices
    // is left has no answer, and its single columns none.
    let left = diff_sheets(&made, &clean).unwrap();
    let mut questions: Vec<&str> = left.lines.iter().filter_map(|line| line.question.as_deref()).collect();
    assert!(questions.iter().all(|question| ["treat_drink_water_how", "water_sources"].contains(&name_of(question))));
    questions.retain(|question| !question.contains('.'));
    questions.sort_unstable();
    assert_eq!(questions, ["treat_drink_water_how", "treat_drink_water_how", "water_sources", "water_sources"]);
}

fn name_of(column: &str) -> &str {
    column.split('.').next().unwrap_or(column)
}

#[test]
fn a_log_kept_by_hand_is_read_and_what_does_not_fit_the_raw_data_is_told() {
    let (Some((header, rows)), Some(raw)) = (cells("cleaning_log.csv"), sheet("raw_data.csv")) else { return };
    let all: Vec<Vec<String>> = std::iter::once(header).chain(rows).collect();
    let log = read_log(&all).unwrap();
    assert!(log.undecided.is_empty() && log.problems.is_empty(), "{:?}", log.problems);
    let expected =
        [(Change::ChangeResponse, 48), (Change::BlankResponse, 3), (Change::RemoveSurvey, 55), (Change::NoAction, 620)];
    assert_eq!(counted(&log.lines), expected.into());
    assert_eq!(log.lines[0].at.as_deref(), Some("06/07/2021"), "the first column, its header without the mark");
    assert_eq!(log.lines[0].reason, "mistake during data entering");
    let (made, problems) = apply_to_sheet(&raw, &log.lines, None);
    let codes: BTreeMap<&str, usize> = problems.iter().fold(BTreeMap::new(), |mut codes, problem| {
        *codes.entry(problem.code).or_default() += 1;
        codes
    });
    expect_test::expect![[r#"{"old_differs": 4}, 578 rows"#]]
        .assert_eq(&format!("{codes:?}, {} rows", made.rows.len()));
}

#[test]
fn a_log_filled_in_the_template_is_read_whole() {
    let Some(path) = crate::haiti::shared("data/cleaning-log/cleaning_log_filled.csv") else { return };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap();
    let all: Vec<Vec<String>> = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let log = read_log(&all).unwrap();
    assert!(log.problems.is_empty() && log.undecided.is_empty());
    let expected = [(Change::ChangeResponse, 34), (Change::RemoveSurvey, 102), (Change::NoAction, 674)];
    assert_eq!(counted(&log.lines), expected.into());
    let recoded = log.lines.iter().filter(|line| line.issue == "recode other").count();
    assert_eq!((log.lines.len(), recoded), (810, 451));
}
