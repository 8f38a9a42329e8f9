//! Typed answers, and where they came from.

use crate::{BlobHash, Point, RecordId, SubmissionId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Where a record came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Source {
    /// A phone or a web form.
    Submission {
        /// The submission as stored.
        id: SubmissionId,
    },
    /// A row of an imported table.
    Row {
        /// The file as stored.
        file: BlobHash,
        /// The file's name when it was imported.
        name: String,
        /// The sheet, empty for CSV.
        sheet: String,
        /// The row as a spreadsheet numbers it, from 1.
        row: u32,
    },
}

/// What the phone's log of an interview says of its time, question by question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timing {
    /// Milliseconds on questions; breaks between them, and the last page, left out.
    pub answering_ms: i64,
    /// Milliseconds with the form open.
    pub open_ms: i64,
    /// Questions that were looked at.
    pub n_questions: u32,
    /// Of these, those that were on the screen for too short to be read out.
    pub n_quick: u32,
    /// Questions whose answer was changed after the form had been left; none where the log tells no answers.
    pub n_changed_later: Option<u32>,
}

/// One answer. What could not be read as its type is kept as sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "t", content = "v", rename_all = "snake_case")]
pub enum Answer {
    /// Text, or any type kept as text.
    Text(String),
    /// Whole number.
    Integer(i64),
    /// Number with a fraction.
    Decimal(f64),
    /// Calendar day.
    Date(NaiveDate),
    /// Instant as sent, ISO 8601.
    DateTime(String),
    /// Position.
    Point(Point),
    /// Choices made, in the order sent.
    Choices(Vec<String>),
    /// Not readable as the type the form asks for.
    Unreadable(String),
}

impl Answer {
    /// The number, where it is one.
    pub fn number(&self) -> Option<f64> {
        match self {
            Answer::Integer(n) => Some(*n as f64),
            Answer::Decimal(n) => Some(*n),
            Answer::Text(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite()),
            _ => None,
        }
    }

    /// The answer as it would be written in a table.
    pub fn to_text(&self) -> String {
        match self {
            Answer::Text(text) | Answer::DateTime(text) | Answer::Unreadable(text) => text.clone(),
            Answer::Integer(n) => n.to_string(),
            Answer::Decimal(n) => n.to_string(),
            Answer::Date(date) => date.to_string(),
            Answer::Point(point) => format!("{} {}", point.lat, point.lon),
            Answer::Choices(names) => names.join(" "),
        }
    }
}

/// The answers of one record or of one turn of a repeat. A question not answered is absent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Answers {
    /// By field path for forms, by column name for tables.
    pub values: BTreeMap<String, Answer>,
    /// Turns of each repeat, by the repeat's path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub repeats: BTreeMap<String, Vec<Answers>>,
}

impl Answers {
    /// The answer at this path, or of the only question of this name.
    pub fn get(&self, name: &str) -> Option<&Answer> {
        if let Some(answer) = self.values.get(name) {
            return Some(answer);
        }
        let mut named = self.values.iter().filter(|(path, _)| path.rsplit('/').next() == Some(name));
        match (named.next(), named.next()) {
            (Some((_, answer)), None) => Some(answer),
            _ => None,
        }
    }
}

/// The typed answers of the current version of a submission, or of a table's row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Its id, the same through all versions.
    pub id: RecordId,
    /// Where it came from.
    pub source: Source,
    /// What was answered.
    pub answers: Answers,
}
