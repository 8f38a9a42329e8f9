//! Rounds: from observations to settled figures, and from one round to the next.
//!
//! [`consolidate`] settles the figures of a round, [`compare`] sets two rounds side by side, [`explain`] walks one cell
//! of a table back to its figures, observations and records. [`absent_as_zero`] turns «nobody here» into counts of zero
//! before a round is settled.

mod absent;
mod compare;
mod consolidate;
mod explain;
mod latest;

pub use absent::absent_as_zero;
pub use compare::{Comparison, Decomposition, LikeForLike, PlaceChange, PlaceMove, compare};
pub use consolidate::{Consolidated, Coverage, RoundInput, consolidate};
pub use explain::{Explained, Query, explain};
pub(crate) use latest::Superseded;
use latest::latest_of_each_place;

#[cfg(test)]
mod tests;
