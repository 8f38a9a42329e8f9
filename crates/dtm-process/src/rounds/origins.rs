//! Who came from where: origins and destinations as one table.
//!
//! Takes the figures of a round; returns a table of the people present in every area by the area they came from, and
//! what each area lost and gained by it. Figures speak of the origin of most people of a place; whoever came from
//! nowhere known stands under `unknown`. Where the margins are known from elsewhere (a registration, a survey), the
//! table is the seed for [`super::fit`]. O(figures).

use super::margins::{Fit, FitError, FitOptions, fit};
use crate::codes::UNKNOWN;
use dtm_model::{Atlas, Figure, Pcode};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// People by where they came from and where they are.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OriginTable {
    /// Areas people came from, in order; `unknown` is among them where some did not say.
    pub origins: Vec<String>,
    /// Areas they are in, in order.
    pub destinations: Vec<Pcode>,
    /// People, one row an origin, one column a destination.
    pub people: Vec<Vec<i64>>,
}

/// What an area lost and gained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
pub struct OriginBalance {
    /// People in it who came from other areas.
    pub from_elsewhere: i64,
    /// People of it who are in other areas.
    pub gone_elsewhere: i64,
    /// People of it who are displaced within it.
    pub within: i64,
}

impl OriginBalance {
    /// Gained less lost.
    pub fn net(&self) -> i64 {
        self.from_elsewhere - self.gone_elsewhere
    }
}

/// Adds up an indicator by origin and destination, destinations at this level of the atlas; origins are as reported.
pub fn origin_table(figures: &[Figure], indicator: &str, atlas: &Atlas, level: u8) -> OriginTable {
    let mut cells: BTreeMap<(&str, &Pcode), i64> = BTreeMap::new();
    for figure in figures.iter().filter(|figure| figure.indicator == indicator && figure.breakdown.is_everyone()) {
        let origin = figure.breakdown.origin.as_ref().map_or(UNKNOWN, |origin| origin.as_str());
        let destination = atlas.ancestor(&figure.area, level).map_or(&figure.area, |area| &area.pcode);
        *cells.entry((origin, destination)).or_default() += figure.value.round() as i64;
    }
    let origins: BTreeSet<&str> = cells.keys().map(|(origin, _)| *origin).collect();
    let destinations: BTreeSet<&Pcode> = cells.keys().map(|(_, destination)| *destination).collect();
    let row = |origin: &&str| {
        destinations.iter().map(|destination| cells.get(&(*origin, *destination)).copied().unwrap_or(0)).collect()
    };
    OriginTable {
        people: origins.iter().map(row).collect(),
        origins: origins.into_iter().map(str::to_owned).collect(),
        destinations: destinations.into_iter().cloned().collect(),
    }
}

impl OriginTable {
    /// What every area lost and gained, areas without either left out. Unknown origins take no part.
    pub fn balances(&self) -> BTreeMap<Pcode, OriginBalance> {
        let mut balances: BTreeMap<Pcode, OriginBalance> = BTreeMap::new();
        for (origin, row) in self.origins.iter().zip(&self.people).filter(|(origin, _)| *origin != UNKNOWN) {
            let origin = Pcode(origin.clone());
            for (destination, people) in self.destinations.iter().zip(row).filter(|(_, people)| **people != 0) {
                if *destination == origin {
                    balances.entry(origin.clone()).or_default().within += people;
                } else {
                    balances.entry(origin.clone()).or_default().gone_elsewhere += people;
                    balances.entry(destination.clone()).or_default().from_elsewhere += people;
                }
            }
        }
        balances
    }

    /// The table fitted to known margins, in the order of its origins and destinations.
    pub fn fit(&self, left: &[f64], arrived: &[f64], options: &FitOptions) -> Result<Fit, FitError> {
        let seed: Vec<Vec<f64>> =
            self.people.iter().map(|row| row.iter().map(|people| *people as f64).collect()).collect();
        fit(&seed, left, arrived, options)
    }
}
