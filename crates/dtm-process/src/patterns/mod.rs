//! What is odd about a record only beside the others: methods over the answers of many records at once.
//!
//! In goes an [`crate::answers::AnswerTable`], or what a method needs of it; out come plain facts about rows and
//! questions. Nothing here judges: [`crate::checks`] makes findings of the facts, with words and one proposed action.
//! Thresholds are arguments, with the values in use as defaults, so that a method note can print them.

pub mod audit;
pub mod distances;
pub mod dont_know;
pub mod durations;
pub mod enumerators;
pub mod exact_duplicates;
pub mod gower;
pub mod heaping;
pub mod missing;
pub mod near_duplicates;
pub mod other_answers;
pub mod outliers;
pub mod personal_columns;
pub mod positions;

/// Whole numbers in a group of records: how many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct Share {
    /// How many.
    pub n: u64,
    /// Of how many.
    pub of: u64,
}

impl Share {
    /// The share, from 0 to 1; none of none.
    pub fn value(self) -> Option<f64> {
        (self.of > 0).then(|| self.n as f64 / self.of as f64)
    }
}
