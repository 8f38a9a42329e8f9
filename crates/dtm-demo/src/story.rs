//! What happened: how many people every place held in every round.
//!
//! The crisis is old in round 1. A shock in round 4 nearly doubles it, violence in the capital's region drives it up again
//! in 5.1, and in round 7 some of the displaced go home, and more in round 8. Round 5 leaves three regions out.

use crate::calendar::{LABELS, OVER, PARTIAL};
use crate::noise::mix;
use crate::places::{Region, Spot};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Age groups of the form, youngest first.
pub(crate) const N_AGES: usize = 6;

/// What the key informants of a place said in one round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) households: i64,
    pub(crate) individuals: i64,
    /// Women and girls, then men and boys, by age; they add up to the individuals.
    pub(crate) cells: [[i64; N_AGES]; 2],
    pub(crate) returnee_households: i64,
    pub(crate) returnees: i64,
    pub(crate) reason: &'static str,
}

/// What became of a place in a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Visit {
    /// It was assessed.
    Counted(Count),
    /// It was to be assessed and could not be reached.
    NotReached,
    /// It did not exist yet, is closed, or lies outside the round's scope.
    NotPlanned,
}

/// Households per region and round, as a multiple of the first round's level.
fn level(region: Region, round: usize) -> f64 {
    let levels = match region {
        Region::Capital => [1.00, 1.10, 1.18, 1.92, 2.02, 2.75, 2.62, 1.98, 1.90],
        Region::Near => [0.74, 0.82, 0.92, 1.52, 1.78, 2.38, 2.62, 2.30, 2.18],
        Region::Far => [0.72, 0.78, 0.86, 1.42, 1.62, 1.88, 2.20, 2.05, 1.98],
    };
    levels[round]
}

/// Returnee households per household of displaced people.
const RETURNS: [f64; LABELS.len()] = [0.16, 0.18, 0.24, 0.11, 0.12, 0.08, 0.30, 0.88, 0.97];

/// Shares of the twelve cells in thousandths.
const SHARES: [[i64; N_AGES]; 2] = [[16, 78, 88, 75, 245, 28], [16, 76, 86, 68, 198, 26]];

/// The dice of one place and round; the same each time they are taken up.
pub(crate) fn dice(seed: u64, place: usize, round: usize, salt: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(mix(seed ^ mix(((place as u64) << 8 | round as u64) ^ mix(salt))))
}

/// What the teams found at a place in a round.
pub(crate) fn visit(seed: u64, place: usize, spot: &Spot, round: usize, n_regions: usize) -> Visit {
    let outside = round == PARTIAL && spot.adm1 + 3 >= n_regions;
    if round < spot.opens || spot.closes.is_some_and(|closes| round > closes) || outside {
        return Visit::NotPlanned;
    }
    let mut rng = dice(seed, place, round, 1);
    let unreachable = match (spot.region, round) {
        (_, 0) => 0.0,
        (Region::Capital, 5) => 0.09,
        (Region::Near, 5) => 0.05,
        // Rain has cut roads.
        (_, OVER) => 0.06,
        _ => 0.025,
    };
    if rng.random_bool(unreachable) {
        return Visit::NotReached;
    }
    Visit::Counted(count(&mut rng, spot, round))
}

fn count(rng: &mut ChaCha8Rng, spot: &Spot, round: usize) -> Count {
    let empty = spot.closes == Some(round) || spot.households == 0.0;
    let wobble = 0.88 + 0.24 * rng.random::<f64>();
    let households =
        if empty { 0 } else { (spot.households * level(spot.region, round) * wobble).round().max(1.0) as i64 };
    // About five to a household, fewer in places that just opened and where a single family lives.
    let persons = match households {
        1 => 2.6 + 1.2 * rng.random::<f64>(),
        _ if spot.opens == round => 4.2 + rng.random::<f64>(),
        _ => 4.5 + rng.random::<f64>(),
    };
    let individuals = (households as f64 * persons).round() as i64;
    let returnee_households =
        (spot.households * level(spot.region, round) * spot.returns * RETURNS[round] * wobble).round() as i64;
    let returnees = (returnee_households as f64 * (4.6 + 0.8 * rng.random::<f64>())).round() as i64;
    let reason = if rng.random_bool(0.05) { "insecurity" } else { spot.reason };
    Count { households, individuals, cells: divide(rng, individuals), returnee_households, returnees, reason }
}

/// Divides people into the twelve cells by uneven shares, largest remainders first, so that nobody is lost.
pub(crate) fn divide(rng: &mut ChaCha8Rng, individuals: i64) -> [[i64; N_AGES]; 2] {
    let mut shares = [[0i64; N_AGES]; 2];
    let mut total = 0;
    for (sex, row) in SHARES.iter().enumerate() {
        for (age, share) in row.iter().enumerate() {
            shares[sex][age] = share * rng.random_range(82..=118);
            total += shares[sex][age];
        }
    }
    let mut cells = [[0i64; N_AGES]; 2];
    let mut remainders = Vec::with_capacity(2 * N_AGES);
    let mut given = 0;
    for sex in 0..2 {
        for age in 0..N_AGES {
            let product = individuals * shares[sex][age];
            cells[sex][age] = product / total;
            given += cells[sex][age];
            remainders.push((product % total, sex, age));
        }
    }
    remainders.sort_unstable_by(|a, b| b.cmp(a));
    for (_, sex, age) in remainders.into_iter().take((individuals - given) as usize) {
        cells[sex][age] += 1;
    }
    cells
}
