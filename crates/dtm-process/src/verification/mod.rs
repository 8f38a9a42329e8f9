//! Verification: from what several people say of a place to one figure with a range.
//!
//! [`credibility`] weighs a key informant, [`combine`] makes one number of several with a low and a high, [`triangulate`]
//! decides whether they agree, who must be called back and which figure stands, [`household_sizes`] and [`SexAgeSheet`]
//! turn households into people and people into sex-age cells that add up. [`verify_round`] does all of it for a whole round,
//! with what officers decided, and [`area_standings`] says what there is to sign. Who the informants are and what they
//! said comes from the records and from statements; what an exercise chooses is [`VerificationRules`].

mod areas;
mod combine;
mod credibility;
mod household_size;
mod households;
mod round;
mod rules;
mod samples;
mod sex_age;
mod sources;
mod triangulate;

pub use areas::{AreaStanding, Change, PlaceStanding, State, area_standings, by_state, changes};
pub use combine::{CombineRules, Combined, SourceFigure, combine};
pub use credibility::{
    Basis, Credibility, CredibilityRules, Informant, Marked, Proximity, Reliability, credibility, track_record,
};
pub use household_size::{HouseholdSize, HouseholdSizes, SizeFrom, SizeSample, household_sizes};
pub use households::SizeUsed;
pub use round::{Decision, VerificationInput, VerifiedPlace, VerifiedRound, track_records, verify_round};
pub use rules::VerificationRules;
pub use samples::{SampledSheet, SheetUsed};
pub use sex_age::{
    Adequacy, CellShare, PlaceShares, SampledHousehold, SexAgeCell, SexAgeRules, SexAgeSheet, population_weighted,
    sex_age_sheet,
};
pub use sources::{PlaceSource, SourceKind, Speaker, Standing, Statement};
pub use triangulate::{CallBack, Previous, Reason, Settled, TriangulationRules, triangulate};

#[cfg(test)]
mod tests;
