//! From a sheet of sampled households to sex-age cells that add up to a total.
//!
//! Takes the members of some households of a place by sex and age; returns the share of every cell with its standard
//! error. People of one household resemble each other, so the household is the unit: the share is the ratio estimator
//! p = Σyᵢ/Σxᵢ over households, and its variance (1 − f)·n/(n − 1)·Σzᵢ², zᵢ = (yᵢ − p·xᵢ)/Σx, by linearisation (Cochran
//! 1977, ch. 6; the same as R's survey package gives for one-stage clusters of equal weight). Shares are laid over the
//! total of a round by largest remainders, so cells add up. The pyramid of an area is the mean of its places' shares,
//! weighted by their people. O(households × cells).

use crate::apportion;
use dtm_model::{Breakdown, Sex};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One sex and age group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SexAgeCell {
    /// Sex.
    pub sex: Sex,
    /// Age group in completed years: `0`, `1-5`, `18-59`, `60+`.
    pub age: String,
}

impl SexAgeCell {
    /// The breakdown of a figure about this cell.
    pub fn breakdown(&self) -> Breakdown {
        Breakdown { sex: Some(self.sex), age: Some(self.age.clone()), ..Breakdown::default() }
    }
}

/// The members of one household.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct SampledHousehold {
    /// How many in each cell; a cell not named has nobody.
    pub members: BTreeMap<SexAgeCell, u32>,
}

/// How large a sheet must be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SexAgeRules {
    /// Fewest households…
    pub least_households: u32,
    /// …or this share of the households of the place…
    pub least_share: f64,
    /// …with at least so many persons.
    pub least_persons: u32,
}

impl Default for SexAgeRules {
    fn default() -> Self {
        Self { least_households: 15, least_share: 0.05, least_persons: 50 }
    }
}

/// Whether a sheet is large enough to speak for its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adequacy {
    /// It is.
    Enough,
    /// Too few households or persons: use the shares of the area instead.
    TooSmall,
}

/// The share of one cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CellShare {
    /// The cell.
    pub cell: SexAgeCell,
    /// Its share of all people, 0 to 1.
    pub share: f64,
    /// Standard error of the share; none with a single household.
    pub se: Option<f64>,
}

/// The shares of a place or area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SexAgeSheet {
    /// The cells in order; the shares add up to 1.
    pub shares: Vec<CellShare>,
    /// Households they rest on.
    pub n_households: u32,
    /// Persons they rest on.
    pub n_persons: u32,
    /// Whether these are enough.
    pub adequacy: Adequacy,
}

/// Works out the shares of a place. `households_present` is how many households live there, where known: a sheet that
/// takes in many of them is surer. None where nobody was listed.
pub fn sex_age_sheet(
    households: &[SampledHousehold],
    households_present: Option<u32>,
    rules: &SexAgeRules,
) -> Option<SexAgeSheet> {
    let sizes: Vec<f64> =
        households.iter().map(|household| household.members.values().map(|n| f64::from(*n)).sum()).collect();
    let persons: f64 = sizes.iter().sum();
    if persons <= 0.0 {
        return None;
    }
    let cells: BTreeSet<&SexAgeCell> = households.iter().flat_map(|household| household.members.keys()).collect();
    let shares = cells.into_iter().map(|cell| {
        let clusters: Vec<(f64, f64)> = households
            .iter()
            .zip(&sizes)
            .map(|(household, size)| (household.members.get(cell).map_or(0.0, |n| f64::from(*n)), *size))
            .collect();
        let (share, se) = cluster_ratio(&clusters, households_present);
        CellShare { cell: cell.clone(), share, se }
    });
    let n = households.len() as u32;
    let by_share = households_present.map_or(f64::INFINITY, |present| rules.least_share * f64::from(present));
    let enough =
        (n >= rules.least_households || f64::from(n) >= by_share.max(1.0)) && persons >= f64::from(rules.least_persons);
    Some(SexAgeSheet {
        shares: shares.collect(),
        n_households: n,
        n_persons: persons as u32,
        adequacy: if enough { Adequacy::Enough } else { Adequacy::TooSmall },
    })
}

/// The ratio Σy/Σx over clusters and its standard error; none with a single cluster. `of` is how many clusters there
/// are in all.
pub(super) fn cluster_ratio(clusters: &[(f64, f64)], of: Option<u32>) -> (f64, Option<f64>) {
    let (y, x) = clusters.iter().fold((0.0, 0.0), |(y, x), cluster| (y + cluster.0, x + cluster.1));
    let ratio = y / x;
    let n = clusters.len() as f64;
    let sampled = of.map_or(0.0, |of| (n / f64::from(of)).min(1.0));
    let squares: f64 = clusters.iter().map(|(y, size)| ((y - ratio * size) / x).powi(2)).sum();
    let se = (clusters.len() > 1).then(|| ((1.0 - sampled) * n / (n - 1.0) * squares).sqrt());
    (ratio, se)
}

impl SexAgeSheet {
    /// Lays the shares over a total: whole persons in every cell, which add up to it.
    pub fn apply(&self, total: u64) -> Vec<(&SexAgeCell, u64)> {
        let weights: Vec<f64> = self.shares.iter().map(|share| share.share).collect();
        let parts = apportion(total, &weights).unwrap_or_else(|| vec![0; weights.len()]);
        self.shares.iter().map(|share| &share.cell).zip(parts).collect()
    }
}

/// The people of a place and its shares.
#[derive(Clone, Copy, Debug)]
pub struct PlaceShares<'s> {
    /// People at the place.
    pub people: f64,
    /// Its shares.
    pub sheet: &'s SexAgeSheet,
}

/// The shares of an area: Σ people·share / Σ people over its places that have a sheet, with standard error
/// √Σ people²·se² / Σ people (places are sampled apart from each other). None where no people stand behind a sheet.
/// An error is known only where that of every place is.
pub fn population_weighted(places: &[PlaceShares]) -> Option<SexAgeSheet> {
    let places: Vec<&PlaceShares> =
        places.iter().filter(|place| place.people.is_finite() && place.people > 0.0).collect();
    let people: f64 = places.iter().map(|place| place.people).sum();
    if people <= 0.0 {
        return None;
    }
    let cells: BTreeSet<&SexAgeCell> =
        places.iter().flat_map(|place| place.sheet.shares.iter().map(|share| &share.cell)).collect();
    let shares = cells.into_iter().map(|cell| {
        // A place whose sheet does not have the cell has nobody in it, as far as the sheet knows.
        let (mut sum, mut variance) = (0.0, Some(0.0));
        for place in &places {
            let found = place.sheet.shares.binary_search_by(|share| share.cell.cmp(cell)).ok();
            let share = found.map(|at| &place.sheet.shares[at]);
            sum += place.people * share.map_or(0.0, |share| share.share);
            let se = share.map_or(Some(0.0), |share| share.se);
            variance = variance.zip(se).map(|(variance, se)| variance + (place.people * se).powi(2));
        }
        CellShare {
            cell: cell.clone(),
            share: sum / people,
            se: variance.map(|variance: f64| variance.sqrt() / people),
        }
    });
    let all_enough = places.iter().all(|place| place.sheet.adequacy == Adequacy::Enough);
    Some(SexAgeSheet {
        shares: shares.collect(),
        n_households: places.iter().map(|place| place.sheet.n_households).sum(),
        n_persons: places.iter().map(|place| place.sheet.n_persons).sum(),
        adequacy: if all_enough { Adequacy::Enough } else { Adequacy::TooSmall },
    })
}
