//! Verification: from what several people say of a place to one figure with a range.
//!
//! [`credibility`] weighs a key informant, [`combine`] makes one number of several with a low and a high, [`triangulate`]
//! decides whether they agree, who must be called back and which figure stands, [`verify_places`] does so for a whole
//! round, [`household_sizes`] and [`SexAgeSheet`] turn households into people and people into sex-age cells that add up.
//! All of it is plain numbers; who the informants are and what they said comes from the records.

mod combine;
mod credibility;
mod household_size;
mod round;
mod sex_age;
mod triangulate;

pub use combine::{CombineRules, Combined, SourceFigure, combine};
pub use credibility::{Basis, Credibility, CredibilityRules, Informant, Proximity, credibility, track_record};
pub use household_size::{HouseholdSize, HouseholdSizes, SizeFrom, SizeSample, household_sizes};
pub use round::{VerificationInput, verify_places, with_settled};
pub use sex_age::{
    Adequacy, CellShare, PlaceShares, SampledHousehold, SexAgeCell, SexAgeRules, SexAgeSheet, population_weighted,
    sex_age_sheet,
};
pub use triangulate::{CallBack, Previous, Reason, Settled, TriangulationRules, triangulate};

#[cfg(test)]
mod tests;
