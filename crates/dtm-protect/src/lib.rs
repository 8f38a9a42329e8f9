//! Disclosure control, and the only maker of a [`Release`].
//!
//! In: tables of figures as processing settled them, and a [`Policy`]. Out: a [`Release`], in which every number may be
//! shown to the policy's audience, with a list of what was hidden and why. Nothing else in the workspace can make one.

mod release;

pub use release::{Heading, Hiding, ReleasedCell, ReleasedPlace, ReleasedRow, ReleasedTable, Release, Value, Why};
