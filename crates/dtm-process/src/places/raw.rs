//! What a file of areas is read into before anybody knows which column is what, how to read it, and how large it may be.

use dtm_model::Pcode;
use std::collections::BTreeMap;

/// No country's boundaries come in a larger file.
pub(super) const MAX_BYTES: usize = 256 << 20;
/// More areas than the admin 4 level of any country.
pub(super) const MAX_AREAS: usize = 250_000;
/// More corners than can be drawn or kept.
pub(super) const MAX_POINTS: usize = 20_000_000;

/// How to read a file of areas. What is not said is recognised from the usual spellings of COD-AB.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AreaOptions {
    /// The level of the areas, 0 to 4.
    pub level: Option<u8>,
    /// Code of the country's own area (`HT`), the parent of the first level.
    pub country: Option<String>,
    /// The column of p-codes.
    pub pcode: Option<String>,
    /// The column of the parents' p-codes.
    pub parent: Option<String>,
    /// The columns of names, by language code.
    pub names: BTreeMap<String, String>,
    /// Language of a column of names that does not tell its own; English if none is said.
    pub language: Option<String>,
    /// Codes that are known already, among them those of the level above.
    pub known: Vec<Pcode>,
}

/// The rings of one polygon, the outer one first.
/// One polygon: its rings, each a list of [longitude, latitude], the outer one first where the format says so.
pub(super) type Rings = Vec<Vec<[f64; 2]>>;

/// One row or feature as it stands in a file.
#[derive(Default)]
pub(super) struct RawArea {
    /// Feature or row number, from 1, as its file counts.
    pub(super) row: usize,
    pub(super) properties: Vec<(String, String)>,
    pub(super) shape: Option<Vec<Rings>>,
}

impl RawArea {
    pub(super) fn get(&self, column: &str) -> Option<&str> {
        let found = self.properties.iter().find(|(name, _)| name == column);
        found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}
