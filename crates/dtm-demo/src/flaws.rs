//! Mistakes made on purpose: what enumerators get wrong, so that the checks have something to find.

use crate::story::{Count, dice};
use rand::Rng;

/// A mistake planted in a submission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flaw {
    /// Households and individuals stand in each other's field.
    HouseholdsExceedIndividuals,
    /// The year of the assessment is next year.
    FutureDate,
    /// Longitude stands before latitude.
    SwappedCoordinates,
    /// The cells by sex and age do not add up to the individuals.
    SumDiffers,
    /// A zero too many.
    TenTimes,
    /// The place is reported a second time in the same round.
    ReportsTwice,
}

/// The mistake of this place and round, if there is one; about three reports in a hundred have one.
pub(crate) fn flaw(seed: u64, place: usize, round: usize, count: &Count) -> Option<Flaw> {
    if count.individuals < 20 || count.households * 2 > count.individuals {
        return None;
    }
    match dice(seed, place, round, 2).random_range(0..1000) {
        0..6 => Some(Flaw::HouseholdsExceedIndividuals),
        6..11 => Some(Flaw::FutureDate),
        11..16 => Some(Flaw::SwappedCoordinates),
        16..23 => Some(Flaw::SumDiffers),
        23..26 if count.individuals > 60 && count.individuals < 900 => Some(Flaw::TenTimes),
        26..32 => Some(Flaw::ReportsTwice),
        _ => None,
    }
}
