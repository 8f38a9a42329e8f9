//! Operations, exercises and rounds.

use crate::{ExerciseId, OperationId, Pcode, RoundId, Text};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;
use std::fmt;

/// A DTM programme in a country or crisis.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Its id.
    pub id: OperationId,
    /// The short name in addresses, such as `hti`.
    pub slug: String,
    /// Its name per language; the public API prints the English one.
    pub name: Text,
    /// The country's area code in the gazetteer.
    pub admin0: Pcode,
    /// ISO 3166-1 alpha-3 code, which the public API prints.
    pub iso3: String,
    /// The country's name per language.
    pub country: Text,
    /// Whether rounds are still collected.
    pub active: bool,
    /// The time zone in which its people read moments, by its name in the zone table (`America/Port-au-Prince`); none
    /// for UTC.
    pub time_zone: Option<String>,
}

impl Operation {
    /// Whether this short name would hide an address of the server's own.
    pub fn is_reserved(slug: &str) -> bool {
        [
            "api", "api-docs", "assets", "glossary", "health", "help", "hna", "method", "office", "request", "search",
            "v1", "v2", "v3",
        ]
        .contains(&slug)
    }
}

/// A tool of the DTM methodology.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tool {
    /// Baseline area assessment.
    B1,
    /// Baseline sub-area assessment.
    B2,
    /// Multi-sectoral location or site assessment.
    Msla,
    /// Emergency event tracking.
    Ett,
    /// Flow monitoring registry.
    Fmr,
    /// Flow monitoring survey of travellers.
    Fms,
    /// Registration of households and individuals.
    Registration,
    /// Intentions survey of households.
    Intentions,
    /// Any other survey.
    Survey,
}

impl Tool {
    /// Every tool.
    pub const ALL: [Tool; 9] = [
        Tool::B1,
        Tool::B2,
        Tool::Msla,
        Tool::Ett,
        Tool::Fmr,
        Tool::Fms,
        Tool::Registration,
        Tool::Intentions,
        Tool::Survey,
    ];

    /// The word used in addresses, files and on the command line.
    pub fn code(self) -> &'static str {
        match self {
            Tool::B1 => "b1",
            Tool::B2 => "b2",
            Tool::Msla => "msla",
            Tool::Ett => "ett",
            Tool::Fmr => "fmr",
            Tool::Fms => "fms",
            Tool::Registration => "registration",
            Tool::Intentions => "intentions",
            Tool::Survey => "survey",
        }
    }

    /// The tool of this word.
    pub fn from_code(code: &str) -> Option<Tool> {
        Tool::ALL.into_iter().find(|tool| tool.code() == code)
    }

    /// What the public API calls an assessment made with it, where nobody says otherwise.
    pub fn assessment(self) -> AssessmentType {
        match self {
            Tool::Ett => AssessmentType::Ett,
            Tool::B1 | Tool::B2 => AssessmentType::Ba,
            _ => AssessmentType::Sa,
        }
    }
}

/// How the public API names the kind of assessment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum AssessmentType {
    /// Baseline.
    Ba,
    /// Site, multi-sectoral location or needs monitoring assessment.
    Sa,
    /// Emergency or event tracking.
    Ett,
}

impl AssessmentType {
    /// The two or three letters of the public API.
    pub fn code(self) -> &'static str {
        match self {
            AssessmentType::Ba => "BA",
            AssessmentType::Sa => "SA",
            AssessmentType::Ett => "ETT",
        }
    }
}

/// One tool run in an operation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Exercise {
    /// Its id.
    pub id: ExerciseId,
    /// The operation it belongs to.
    pub operation: OperationId,
    /// The short name in addresses, such as `mobility`.
    pub slug: String,
    /// Its name per language.
    pub name: Text,
    /// The tool.
    pub tool: Tool,
    /// How the public API names it.
    pub assessment: AssessmentType,
    /// Rounds a place's last count is carried for when it cannot be reached.
    pub carry_rounds: u8,
}

/// The words of addresses below an operation's page in the office. An exercise of such a short name would share its
/// addresses with these pages.
const PAGES: [&str; 60] = [
    "analysis",
    "answers",
    "archive",
    "area",
    "areas",
    "at",
    "batches",
    "bring",
    "calls",
    "changes",
    "checking",
    "checks",
    "classes",
    "corrections",
    "data",
    "disputes",
    "download",
    "duplicates",
    "edit",
    "encryption",
    "events",
    "feedback",
    "files",
    "fill",
    "findings",
    "forms",
    "hooks",
    "lists",
    "mapping",
    "mappings",
    "messages",
    "needs",
    "new",
    "opened",
    "origins",
    "others",
    "people",
    "phones",
    "place",
    "places",
    "plan",
    "points",
    "properties",
    "publisher",
    "readable",
    "records",
    "restore",
    "return",
    "review",
    "rules",
    "sharing",
    "sheet",
    "stocks",
    "submissions",
    "supervision",
    "tables",
    "teams",
    "upload",
    "verification",
    "versions",
];

impl Exercise {
    /// Whether this short name would hide an exercise behind pages of its operation.
    pub fn is_reserved(slug: &str) -> bool {
        PAGES.contains(&slug)
    }

    /// The short names that are reserved, in order.
    pub fn reserved() -> &'static [&'static str] {
        &PAGES
    }
}

/// The name of a round: «5.1», «0». Sorts by its numbers, then as text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoundLabel(pub String);

impl RoundLabel {
    /// The label as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The whole number the public API prints: the digits the label begins with, 0 where there are none.
    pub fn number(&self) -> i64 {
        let digits: String = self.0.trim().chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(0)
    }

    fn key(&self) -> Vec<u64> {
        let whole = self.0.split_whitespace().next().unwrap_or("");
        whole.split('.').map(|part| part.parse().unwrap_or(u64::MAX)).collect()
    }
}

impl From<&str> for RoundLabel {
    fn from(label: &str) -> Self {
        Self(label.to_owned())
    }
}

impl Ord for RoundLabel {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key().cmp(&other.key()).then_with(|| self.0.cmp(&other.0))
    }
}

impl PartialOrd for RoundLabel {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for RoundLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a round stands. It moves one step forward, or one step back while it is not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoundState {
    /// Being prepared.
    Planned,
    /// Phones may send.
    Collecting,
    /// Closed to phones; findings are being resolved.
    Verifying,
    /// Figures are settled.
    Cleared,
    /// A release of it is public.
    Published,
}

impl RoundState {
    /// Every state in order.
    pub const ALL: [RoundState; 5] = [
        RoundState::Planned,
        RoundState::Collecting,
        RoundState::Verifying,
        RoundState::Cleared,
        RoundState::Published,
    ];

    /// The word used in files, addresses and the store.
    pub fn code(self) -> &'static str {
        match self {
            RoundState::Planned => "planned",
            RoundState::Collecting => "collecting",
            RoundState::Verifying => "verifying",
            RoundState::Cleared => "cleared",
            RoundState::Published => "published",
        }
    }

    /// The state of this word.
    pub fn from_code(code: &str) -> Option<RoundState> {
        RoundState::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether a round may move from here to `next`.
    pub fn may_become(self, next: RoundState) -> bool {
        let (here, there) = (self as i8, next as i8);
        self != RoundState::Published && (there - here).abs() == 1
    }
}

/// One collection of an exercise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// Its id.
    pub id: RoundId,
    /// The exercise it belongs to.
    pub exercise: ExerciseId,
    /// Its label.
    pub label: RoundLabel,
    /// First day of collection.
    pub starts_on: NaiveDate,
    /// Last day of collection.
    pub ends_on: NaiveDate,
    /// The date its figures are reported for.
    pub reported_on: NaiveDate,
    /// The areas it covers; empty means the whole country.
    pub scope: Vec<Pcode>,
    /// Where it stands.
    pub state: RoundState,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_round_stands_between_its_neighbours() {
        let mut labels: Vec<RoundLabel> = ["10", "5.1", "6", "5", "0"].map(RoundLabel::from).into();
        labels.sort();
        assert_eq!(labels, ["0", "5", "5.1", "6", "10"].map(RoundLabel::from));
        assert_eq!(RoundLabel::from("5.1").number(), 5);
    }

    #[test]
    fn a_published_round_stays_published() {
        assert!(RoundState::Collecting.may_become(RoundState::Verifying));
        assert!(RoundState::Verifying.may_become(RoundState::Collecting));
        assert!(!RoundState::Planned.may_become(RoundState::Cleared));
        assert!(!RoundState::Published.may_become(RoundState::Cleared));
    }
}
