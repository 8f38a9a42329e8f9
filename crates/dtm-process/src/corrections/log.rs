//! The cleaning log as a sheet, in the layout that IMPACT and REACH keep and many data teams with them.
//!
//! One line a change: `uuid`, `question`, `old_value`, `new_value`, `change_type` (`change_response`, `blank_response`,
//! `remove_survey`, `no_action`), `issue`, `check_id`, and what a team adds. Columns are told by their names, with the
//! variants met in the field; their order does not count, and others are passed over. A line whose change type is blank
//! is not decided yet. `variable_added` names a column that the clean data have and the raw data lack.

use super::problem::{LogProblem, Part};
use crate::answers::clean_header;
use crate::folding::plain;
use crate::wording::facts;
use dtm_model::{Change, Correction};
use serde::{Deserialize, Serialize};

/// A log has no more lines than this.
const MAX_LINES: usize = 1_000_000;

/// The columns written, in this order.
pub const COLUMNS: [&str; 12] = [
    "uuid",
    "question",
    "old_value",
    "new_value",
    "change_type",
    "issue",
    "check_id",
    "check_binding",
    "reason",
    "by",
    "at",
    "source",
];

/// One line of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// The line as a spreadsheet numbers it, from 1; 0 where it comes from no sheet.
    pub row: usize,
    /// The record, by the name that its phone or its file gave it.
    pub uuid: String,
    /// The question or column, as the log names it.
    pub question: Option<String>,
    /// The value before.
    pub old: Option<String>,
    /// The value after.
    pub new: Option<String>,
    /// What is done.
    pub change: Change,
    /// What was noticed.
    pub issue: String,
    /// The check that noticed it.
    pub check: Option<String>,
    /// Why it is done.
    pub reason: String,
    /// Who did it.
    pub by: Option<String>,
    /// When, as written.
    pub at: Option<String>,
    /// Where the line was first written, such as the name of a file.
    pub source: Option<String>,
}

impl LogLine {
    /// The line of a change, with nothing said of why.
    pub fn new(uuid: &str, question: Option<&str>, old: Option<&str>, new: Option<&str>, change: Change) -> Self {
        Self {
            row: 0,
            uuid: uuid.to_owned(),
            question: question.map(str::to_owned),
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
            change,
            issue: String::new(),
            check: None,
            reason: String::new(),
            by: None,
            at: None,
            source: None,
        }
    }

    /// The line of an entry of our log; `uuid` is the name that the record's phone or file gave it.
    pub fn of(entry: &Correction, uuid: &str) -> Self {
        Self {
            row: 0,
            uuid: uuid.to_owned(),
            question: entry.question.clone(),
            old: entry.old.clone(),
            new: entry.new.clone(),
            change: entry.change,
            issue: entry.issue.clone(),
            check: entry.check.clone(),
            reason: entry.reason.clone(),
            by: Some(entry.by.clone()).filter(|by| !by.is_empty()),
            at: Some(entry.at.to_string()),
            source: entry.source.clone(),
        }
    }

    fn cells(&self) -> Vec<String> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        // What binds the lines of one issue together.
        let bound = self.check.as_ref().or(self.question.as_ref()).map(|about| format!("{about} ~/~ {}", self.uuid));
        vec![
            self.uuid.clone(),
            text(&self.question),
            text(&self.old),
            text(&self.new),
            word(self.change).to_owned(),
            self.issue.clone(),
            text(&self.check),
            text(&bound),
            self.reason.clone(),
            text(&self.by),
            text(&self.at),
            text(&self.source),
        ]
    }
}

/// A log as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CleaningLog {
    /// The lines, in the order of the sheet.
    pub lines: Vec<LogLine>,
    /// Columns that the clean data have and the raw data lack.
    pub added_columns: Vec<String>,
    /// Lines that nobody has decided yet, by their row.
    pub undecided: Vec<usize>,
    /// Lines that could not be read, and why.
    pub problems: Vec<LogProblem>,
    /// Which column of the sheet holds what.
    pub(super) places: Vec<(Part, usize)>,
}

impl CleaningLog {
    /// Some of its lines, in the same columns; what could not be read is left aside.
    pub fn with_lines(&self, lines: Vec<LogLine>) -> Self {
        Self { lines, places: self.places.clone(), ..Self::default() }
    }

    /// The column of the sheet that holds this part of a line, counted from 0.
    pub(super) fn place(&self, part: Part) -> Option<usize> {
        self.places.iter().find(|(known, _)| *known == part).map(|(_, at)| *at)
    }
}

/// Why a sheet is no log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// A column without which a log says nothing is missing.
    #[error("the sheet has no column {0}")]
    NoColumn(&'static str),
    /// More lines than a log has.
    #[error("the sheet has more than {MAX_LINES} lines")]
    TooLong,
}

impl LogError {
    /// Says it in the reader's language.
    pub fn message(&self, lang: dtm_model::Lang) -> String {
        match (self, lang) {
            (LogError::NoColumn(name), dtm_model::Lang::En) => {
                format!("the sheet has no column {name}, so it is no cleaning log")
            }
            (LogError::NoColumn(name), dtm_model::Lang::Fr) => {
                format!("la feuille n’a pas de colonne {name} ; ce n’est pas un journal de nettoyage")
            }
            (LogError::TooLong, dtm_model::Lang::En) => format!("the sheet has more than {MAX_LINES} lines"),
            (LogError::TooLong, dtm_model::Lang::Fr) => format!("la feuille a plus de {MAX_LINES} lignes"),
        }
    }
}

/// The names that a column goes by, in the shape in which names are compared.
const NAMES: &[(Part, &[&str])] = &[
    (Part::Uuid, &["uuid", "x uuid", "instanceid", "meta instanceid", "key"]),
    (Part::Question, &["question", "questions", "question name", "variable"]),
    (Part::Old, &["old value", "old", "value"]),
    (Part::New, &["new value", "new"]),
    (Part::Change, &["change type", "type of change", "changetype"]),
    (Part::Issue, &["issue", "description"]),
    (Part::Check, &["check id"]),
    (Part::Reason, &["reason", "comment", "comments", "feedback", "explanation"]),
    (Part::By, &["by", "who", "checked by", "cleaned by"]),
    (Part::At, &["at", "reported date", "date of change", "when"]),
    (Part::Source, &["source"]),
];

/// Reads a log; the first row names the columns.
pub fn read_log<Row: AsRef<[String]>>(rows: &[Row]) -> Result<CleaningLog, LogError> {
    let header: Vec<String> = rows
        .first()
        .map(|header| header.as_ref().iter().map(|name| plain(clean_header(name))).collect())
        .unwrap_or_default();
    let find = |names: &[&str]| names.iter().find_map(|name| header.iter().position(|column| column == name));
    let places: Vec<(Part, usize)> = NAMES.iter().filter_map(|(part, names)| Some((*part, find(names)?))).collect();
    let mut log = CleaningLog { places, ..CleaningLog::default() };
    for (part, name) in
        [(Part::Uuid, "uuid"), (Part::Question, "question"), (Part::New, "new_value"), (Part::Change, "change_type")]
    {
        log.place(part).ok_or(LogError::NoColumn(name))?;
    }
    if rows.len() > MAX_LINES {
        return Err(LogError::TooLong);
    }
    for (row, cells) in (2..).zip(&rows[1..]) {
        read_line(&mut log, row, cells.as_ref());
    }
    Ok(log)
}

fn read_line(log: &mut CleaningLog, row: usize, cells: &[String]) {
    let cell = |part| {
        let text = log.place(part).and_then(|at| cells.get(at)).map_or("", |cell| cell.trim());
        Some(text).filter(|text| !text.is_empty() && *text != "NA").map(str::to_owned)
    };
    if cells.iter().all(|cell| cell.trim().is_empty()) {
        return;
    }
    let said = cell(Part::Change).map(|word| plain(&word).replace(' ', "_"));
    let change = match said.as_deref() {
        None => {
            log.undecided.push(row);
            return;
        }
        Some("variable_added") => {
            let column = cell(Part::Question);
            log.added_columns.extend(column);
            return;
        }
        Some(said) => change_of(said),
    };
    let problem =
        |part, code, fact: &str| LogProblem { row, column: log.place(part), code, facts: facts([("value", &fact)]) };
    let (uuid, question) = (cell(Part::Uuid), cell(Part::Question));
    let needs_question = matches!(change, Some(Change::ChangeResponse | Change::BlankResponse));
    let found = match (change, uuid) {
        (None, _) => Err(problem(Part::Change, "unknown_change", &cell(Part::Change).unwrap_or_default())),
        (_, None) => Err(problem(Part::Uuid, "no_uuid", "")),
        (Some(_), Some(_)) if needs_question && question.is_none() => Err(problem(Part::Question, "no_question", "")),
        (Some(Change::ChangeResponse), Some(_)) if cell(Part::New).is_none() => {
            Err(problem(Part::New, "no_new_value", question.as_deref().unwrap_or_default()))
        }
        (Some(change), Some(uuid)) => Ok(LogLine {
            row,
            uuid,
            question,
            old: cell(Part::Old),
            new: cell(Part::New),
            change,
            issue: cell(Part::Issue).unwrap_or_default(),
            check: cell(Part::Check),
            reason: cell(Part::Reason).unwrap_or_default(),
            by: cell(Part::By),
            at: cell(Part::At),
            source: cell(Part::Source),
        }),
    };
    match found {
        Ok(line) => log.lines.push(line),
        Err(problem) => log.problems.push(problem),
    }
}

/// Writes a log, its header first.
pub fn write_log(lines: &[LogLine], added_columns: &[String]) -> Vec<Vec<String>> {
    let mut rows = vec![COLUMNS.map(str::to_owned).to_vec()];
    rows.extend(lines.iter().map(LogLine::cells));
    rows.extend(added_columns.iter().map(|column| {
        let mut cells = LogLine::new("all", Some(column), None, None, Change::NoAction).cells();
        cells[4] = "variable_added".to_owned();
        cells
    }));
    rows
}

/// The word for a change.
pub fn word(change: Change) -> &'static str {
    match change {
        Change::ChangeResponse => "change_response",
        Change::BlankResponse => "blank_response",
        Change::RemoveSurvey => "remove_survey",
        Change::RestoreSurvey => "restore_survey",
        Change::NoAction => "no_action",
    }
}

fn change_of(word: &str) -> Option<Change> {
    match word {
        // An answer given where there was none is added; it is put like any other.
        "change_response" | "change" | "add" | "add_response" => Some(Change::ChangeResponse),
        "blank_response" | "blank" => Some(Change::BlankResponse),
        "remove_survey" | "remove" | "deletion" | "delete" => Some(Change::RemoveSurvey),
        "restore_survey" => Some(Change::RestoreSurvey),
        "no_action" | "no_change" => Some(Change::NoAction),
        _ => None,
    }
}
