//! Tables of figures on their way to a release: what processing hands to protection.

use crate::{Text, Unit};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The key of a margin: all values of that dimension together.
pub const TOTAL: &str = "*";

/// What a table's rows are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dim {
    /// P-code; areas of several levels stand in one table, each the sum of those below.
    Area,
    /// `female`, `male`.
    Sex,
    /// Age group.
    Age,
    /// Reason of displacement.
    Reason,
    /// P-code of the first-level area of origin; `unknown` where not reported.
    Origin,
    /// Place (SSID).
    Place,
    /// Day, ISO 8601.
    Day,
    /// Direction of a flow.
    Direction,
    /// Population group of a household (`idp`, `host_community`); `unknown` where not reported.
    Group,
    /// An answer that households gave: a key of [`FigureTable::needs`].
    Need,
}

/// What an answer of households is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// The indicator that was asked, whose dissemination class rules it.
    pub indicator: String,
    /// The sector, by the code of its word.
    pub sector: String,
    /// What was asked.
    pub asked: Text,
    /// What was answered.
    pub answer: Text,
}

/// One number column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measure {
    /// Stable name in keys and files: `idp_ind`, `idp_hh`, `returnee_ind`, `males`, `in_sites`, `places`.
    pub name: String,
    /// The indicator it comes from, whose dissemination class rules it.
    pub indicator: String,
    /// What it counts.
    pub unit: Unit,
    /// Name of the measure of the same row this is a part of (`in_sites` and `in_host` are parts of `idp_ind`).
    /// The parts of one whole add up to it, so hiding one part may call for hiding another.
    pub part_of: Option<String>,
}

/// One number, before protection. Nothing, zero and carried are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, Default)]
pub struct Cell {
    /// The number; none where nothing was collected.
    pub value: Option<i64>,
    /// How much of it is carried from an earlier round.
    pub carried: i64,
    /// How many places contribute.
    pub n_places: u32,
    /// The largest single contribution, for dominance rules.
    pub largest: i64,
    /// Low and high, where the round weighed its sources: the number lies between them four times in five.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<(i64, i64)>,
}

/// One row: its key, in the order of the table's dimensions, and one cell a measure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableRow {
    /// Values of the dimensions; [`TOTAL`] for a margin.
    pub key: Vec<String>,
    /// Cells, in the order of the measures.
    pub cells: Vec<Cell>,
}

/// A table with its margins. Rows are sorted by key; no key occurs twice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FigureTable {
    /// Stable name: `areas`, `sex_age`, `displacement`, `places`, `flows`, `needs`.
    pub name: String,
    /// Dimensions.
    pub dims: Vec<Dim>,
    /// Measures.
    pub measures: Vec<Measure>,
    /// For dimensions with levels: each value and the value it is part of (`HT0111` → `HT01` → `HT`).
    pub parents: BTreeMap<String, String>,
    /// Rows.
    pub rows: Vec<TableRow>,
    /// What the keys of [`Dim::Need`] say.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub needs: BTreeMap<String, Need>,
}

impl FigureTable {
    /// The position of this measure.
    pub fn measure(&self, name: &str) -> Option<usize> {
        self.measures.iter().position(|measure| measure.name == name)
    }

    /// The row with this key, found by bisection.
    pub fn row(&self, key: &[&str]) -> Option<&TableRow> {
        let found = self.rows.binary_search_by(|row| row.key.iter().map(String::as_str).cmp(key.iter().copied()));
        found.ok().map(|at| &self.rows[at])
    }
}
