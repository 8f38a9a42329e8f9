//! The release: an immutable, disclosure-checked set of figures, places and records.

use crate::Policy;
use crate::records::ReleasedRecords;
use chrono::NaiveDate;
use dtm_model::{
    AssessmentType, Dim, Dissemination, Instant, Measure, Need, Pcode, PlaceKind, Point, ReleaseId, RoundLabel, Ssid,
    TOTAL, Text, Tool,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a release is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heading {
    /// Short name of the operation in addresses.
    pub operation: String,
    /// Name of the operation.
    pub operation_name: Text,
    /// Name of the country.
    pub country: Text,
    /// ISO 3166-1 alpha-3 code.
    pub iso3: String,
    /// The country's area code in the gazetteer.
    pub admin0: Pcode,
    /// Short name of the exercise in addresses.
    pub exercise: String,
    /// The tool.
    pub tool: Tool,
    /// How the public API names the assessment.
    pub assessment: AssessmentType,
    /// The round.
    pub round: RoundLabel,
    /// First day of collection.
    pub starts_on: NaiveDate,
    /// Last day of collection.
    pub ends_on: NaiveDate,
    /// The date the figures are reported for.
    pub reported_on: NaiveDate,
    /// Places that were to be assessed.
    pub n_places_planned: u32,
    /// Places assessed in this round.
    pub n_places_reached: u32,
    /// Places whose figures are carried from an earlier round.
    pub n_places_carried: u32,
}

/// Why a number is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// It counts fewer than the policy's minimum.
    FewerThanMinimum,
    /// It would give another hidden number away.
    Complementary,
    /// One place makes up more of it than the policy allows.
    Dominated,
    /// Its indicator's dissemination class is above the audience.
    Class,
}

/// A number as the audience may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Shown; zero is a number like any other.
    Number(i64),
    /// Nothing was collected.
    Nothing,
    /// Collected, not shown.
    Hidden(Why),
}

impl Value {
    /// The number, where it is shown.
    pub fn number(self) -> Option<i64> {
        match self {
            Value::Number(number) => Some(number),
            Value::Nothing | Value::Hidden(_) => None,
        }
    }
}

/// One cell of a released table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleasedCell {
    /// The number, or why there is none.
    pub value: Value,
    /// How much of it is carried from an earlier round; 0 where the value is hidden. None where saying so would tell of
    /// a hidden number.
    pub carried: Option<i64>,
    /// Low and high around it; none where the round gave none, and where they would tell of a hidden number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(i64, i64)>,
}

impl From<Value> for ReleasedCell {
    fn from(value: Value) -> Self {
        Self { value, carried: Some(0), range: None }
    }
}

impl ReleasedCell {
    /// How much of it is known to be carried from an earlier round.
    pub fn known_carried(&self) -> i64 {
        self.carried.unwrap_or(0)
    }
}

/// One row of a released table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleasedRow {
    /// Values of the dimensions; [`TOTAL`] for a margin.
    pub key: Vec<String>,
    /// Cells, in the order of the measures.
    pub cells: Vec<ReleasedCell>,
    /// The id the row already has in the public DTM API, where it was imported from there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_id: Option<i64>,
}

/// A released table. Rows are sorted by key; no key occurs twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleasedTable {
    /// Stable name: `areas`, `sex_age`, `displacement`, `places`, `flows`, `needs`.
    pub name: String,
    /// Dimensions.
    pub dims: Vec<Dim>,
    /// Measures.
    pub measures: Vec<Measure>,
    /// For dimensions with levels: each value and the value it is part of.
    pub parents: BTreeMap<String, String>,
    /// Rows.
    pub rows: Vec<ReleasedRow>,
    /// What the keys of [`Dim::Need`] say.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub needs: BTreeMap<String, Need>,
}

impl ReleasedTable {
    /// The position of this measure.
    pub fn measure(&self, name: &str) -> Option<usize> {
        self.measures.iter().position(|measure| measure.name == name)
    }

    /// The row with this key, found by bisection.
    pub fn row(&self, key: &[&str]) -> Option<&ReleasedRow> {
        let found = self.rows.binary_search_by(|row| row.key.iter().map(String::as_str).cmp(key.iter().copied()));
        found.ok().map(|at| &self.rows[at])
    }

    /// The value of one cell; [`Value::Nothing`] where the table has no such row or measure.
    pub fn value(&self, key: &[&str], measure: &str) -> Value {
        match (self.row(key), self.measure(measure)) {
            (Some(row), Some(at)) => row.cells[at].value,
            _ => Value::Nothing,
        }
    }

    /// Whether any number of this measure has a low and a high.
    pub fn has_ranges(&self, measure: usize) -> bool {
        self.rows.iter().any(|row| row.cells[measure].range.is_some())
    }

    /// The rows without any margin.
    pub fn detail(&self) -> impl Iterator<Item = &ReleasedRow> {
        self.rows.iter().filter(|row| row.key.iter().all(|part| part != TOTAL))
    }
}

/// A place as the audience may see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReleasedPlace {
    /// Its identifier.
    pub ssid: Ssid,
    /// Site, host community or flow monitoring point.
    pub kind: PlaceKind,
    /// Its name.
    pub name: String,
    /// The smallest area the policy names.
    pub area: Pcode,
    /// Site type of the dictionary.
    pub site_type: Option<String>,
    /// Where it is, as precisely as the policy allows; none when withheld.
    pub position: Option<Point>,
    /// Whether the position was made coarser.
    pub coarsened: bool,
}

/// One entry of the list of what was hidden.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hiding {
    /// The table.
    pub table: String,
    /// The row's key.
    pub key: Vec<String>,
    /// The measure.
    pub measure: String,
    /// Why.
    pub why: Why,
}

/// A disclosure-checked, immutable set of figures, places and records, for a named audience under a named policy.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Release {
    pub(crate) id: ReleaseId,
    pub(crate) heading: Heading,
    pub(crate) version: u32,
    pub(crate) reason: Text,
    pub(crate) policy: Policy,
    pub(crate) classes: BTreeMap<String, Dissemination>,
    pub(crate) made_at: Instant,
    pub(crate) tables: Vec<ReleasedTable>,
    pub(crate) places: Vec<ReleasedPlace>,
    pub(crate) hidden: Vec<Hiding>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) records: Option<ReleasedRecords>,
}

impl Release {
    /// Its id.
    pub fn id(&self) -> &ReleaseId {
        &self.id
    }

    /// What it is about.
    pub fn heading(&self) -> &Heading {
        &self.heading
    }

    /// 1 for the first release of a round; each revision adds one.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Why this version exists; empty for the first.
    pub fn reason(&self) -> &Text {
        &self.reason
    }

    /// Whom it is for.
    pub fn audience(&self) -> &str {
        &self.policy.audience
    }

    /// The policy it was made under.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The dissemination class of each indicator that was considered, by its code.
    pub fn classes(&self) -> &BTreeMap<String, Dissemination> {
        &self.classes
    }

    /// Who had published the figures before, where they were taken over as they stood.
    pub fn already_public(&self) -> Option<&str> {
        self.policy.already_public.as_deref()
    }

    /// When it was made.
    pub fn made_at(&self) -> Instant {
        self.made_at
    }

    /// All tables.
    pub fn tables(&self) -> &[ReleasedTable] {
        &self.tables
    }

    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&ReleasedTable> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// Whether some number has a low and a high.
    pub fn has_ranges(&self) -> bool {
        self.tables.iter().any(|table| (0..table.measures.len()).any(|measure| table.has_ranges(measure)))
    }

    /// The places, by id.
    pub fn places(&self) -> &[ReleasedPlace] {
        &self.places
    }

    /// Its records; a release for the public has none.
    pub fn records(&self) -> Option<&ReleasedRecords> {
        self.records.as_ref()
    }

    /// What was hidden and why. An entry with an empty key is a whole column that was left out.
    pub fn hidden(&self) -> &[Hiding] {
        &self.hidden
    }
}
