//! Disclosure control, and the only maker of a [`Release`].
//!
//! In: tables of figures as processing settled them, and a [`Policy`]. Out: a [`Release`], in which every number may be
//! shown to the policy's audience, with a list of what was hidden and why. Nothing else in the workspace can make one.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod audit;
mod gate;
mod numbers;
mod places;
mod policy;
mod release;
mod stored;
mod suppress;

pub use gate::{Candidate, ProtectError, release};
pub use policy::{PlacePolicy, Policy, Position};
pub use release::{Heading, Hiding, Release, ReleasedCell, ReleasedPlace, ReleasedRow, ReleasedTable, Value, Why};
pub use stored::ReopenError;
