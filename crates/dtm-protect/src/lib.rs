//! Disclosure control, and the only maker of a [`Release`].
//!
//! In: tables of figures as processing settled them, records, and a [`Policy`]. Out: a [`Release`], in which every number
//! and every answer may be shown to the policy's audience, with a list of what was hidden and why. Nothing else in the workspace can make one:
//! ```no_run
//! fn made(candidate: dtm_protect::Candidate) -> Result<dtm_protect::Release, dtm_protect::ProtectError> {
//!     dtm_protect::release(candidate, &dtm_protect::Policy::public())
//! }
//! ```
//! ```compile_fail,E0451
//! fn by_hand(like: dtm_protect::Release) -> dtm_protect::Release {
//!     dtm_protect::Release { tables: Vec::new(), ..like }
//! }
//! ```
//! ```compile_fail,E0277
//! fn read(text: &str) -> dtm_protect::Release {
//!     serde_json::from_str(text).unwrap()
//! }
//! ```
//! ```compile_fail,E0616
//! fn changed(mut release: dtm_protect::Release) {
//!     release.hidden.clear();
//! }
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod audit;
mod carried;
mod gate;
mod loss;
mod needs;
mod numbers;
mod pattern;
mod places;
mod policy;
mod ranges;
mod records;
mod release;
mod stored;
mod suppress;

pub use gate::{Candidate, ProtectError, release};
pub use policy::{PlacePolicy, Policy, Position};
pub use records::{
    DatePrecision, Exposure, Meaning, RecordArea, RecordChoice, RecordColumn, RecordField, RecordPolicy,
    RecordsCandidate, ReleasedRecords, Risk, anonymity,
};
pub use release::{Heading, Hiding, Release, ReleasedCell, ReleasedPlace, ReleasedRow, ReleasedTable, Value, Why};
pub use stored::ReopenError;
