//! What a check noticed, and what was corrected.

use crate::{CorrectionId, Instant, RecordId, Ssid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// To be confirmed with the enumerator or the key informant.
    Confirm,
    /// The record does not count until this is resolved.
    Block,
}

/// Something a check noticed. The check's own page explains it in the reader's language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The check's id, such as `households_exceed_individuals`.
    pub check: String,
    /// Weight.
    pub severity: Severity,
    /// The record, unless the finding is about a table or a round as a whole.
    pub record: Option<RecordId>,
    /// The place, where known.
    pub place: Option<Ssid>,
    /// The question or column, where one is to blame.
    pub question: Option<String>,
    /// What was met, by the names that the check's message uses (`households`, `individuals`, `value`, `row`).
    pub facts: BTreeMap<String, String>,
}

/// What a correction does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Puts another value.
    ChangeResponse,
    /// Empties the answer.
    BlankResponse,
    /// Takes the whole record out.
    RemoveSurvey,
    /// Takes a record that was taken out back in.
    RestoreSurvey,
    /// Looked at, left as it is.
    NoAction,
}

/// An entry of the cleaning log. Raw data never change: clean data are raw data and corrections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Correction {
    /// Its id.
    pub id: CorrectionId,
    /// The record corrected.
    pub record: RecordId,
    /// The question or column; none when the whole record is removed.
    pub question: Option<String>,
    /// The value before.
    pub old: Option<String>,
    /// The value after.
    pub new: Option<String>,
    /// What it does.
    pub change: Change,
    /// What was noticed, in words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub issue: String,
    /// Why it is done.
    pub reason: String,
    /// The check that led to it, if one did.
    pub check: Option<String>,
    /// Who made it.
    pub by: String,
    /// When.
    pub at: Instant,
    /// The log it was brought from, such as a file's name; none where it was made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}
