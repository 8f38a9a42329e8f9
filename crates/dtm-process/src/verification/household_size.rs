//! How many people a household has, where only households were counted.
//!
//! Takes places where both households and persons are known, and the atlas; returns the average size for any place: its
//! own where it was counted, drawn towards the commune's, which is drawn towards the department's, which is drawn
//! towards the country's. Each step is (n·x + k·parent)/(n + k) with n households at that step and k = 10, so a site of
//! three households says little and one of a thousand speaks for itself. Where a step has no household the size of the
//! step above stands. O(places × levels).

use dtm_model::{Atlas, Pcode, Ssid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Households and the persons in them, counted at one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SizeSample {
    /// The place.
    pub place: Ssid,
    /// The smallest area it is known to lie in.
    pub area: Pcode,
    /// Households counted.
    pub households: f64,
    /// Persons in them.
    pub persons: f64,
}

/// The smallest step that has households of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SizeFrom {
    /// The place itself.
    Place,
    /// The area of level 2.
    Admin2,
    /// The area of level 1.
    Admin1,
    /// The country.
    Country,
}

/// The average household of a place.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HouseholdSize {
    /// Persons a household.
    pub persons: f64,
    /// The smallest step that has households of its own.
    pub from: SizeFrom,
    /// How many households that step rests on.
    pub n_households: f64,
}

impl HouseholdSize {
    /// Persons in so many households, in whole persons. The figure is derived: mark it as estimated.
    pub fn persons_in(&self, households: u64) -> u64 {
        (households as f64 * self.persons).round() as u64
    }
}

/// Average sizes of all places and areas.
#[derive(Clone, Debug, PartialEq)]
pub struct HouseholdSizes {
    country: HouseholdSize,
    by_area: BTreeMap<Pcode, HouseholdSize>,
    by_place: BTreeMap<Ssid, HouseholdSize>,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    households: f64,
    persons: f64,
}

impl Sum {
    fn add(&mut self, sample: &SizeSample) {
        self.households += sample.households;
        self.persons += sample.persons;
    }

    /// The size at this step, drawn towards the one above.
    fn drawn_to(&self, above: &HouseholdSize, from: SizeFrom, k: f64) -> HouseholdSize {
        let persons = (self.persons + k * above.persons) / (self.households + k);
        HouseholdSize { persons, from, n_households: self.households }
    }
}

/// Works out average household sizes. `k` is the weight of the step above, in households (10). None where no place
/// counted both; places with a number that is negative or not finite, or with fewer persons than households, do not
/// take part.
pub fn household_sizes(samples: &[SizeSample], atlas: &Atlas, k: f64) -> Option<HouseholdSizes> {
    let sound = |sample: &&SizeSample| {
        sample.households > 0.0 && sample.persons >= sample.households && sample.persons.is_finite()
    };
    let mut country = Sum::default();
    let mut areas: BTreeMap<(u8, &Pcode), Sum> = BTreeMap::new();
    let mut places: BTreeMap<&Ssid, (&Pcode, Sum)> = BTreeMap::new();
    for sample in samples.iter().filter(sound) {
        country.add(sample);
        for level in [1, 2] {
            if let Some(area) = atlas.ancestor(&sample.area, level) {
                areas.entry((level, &area.pcode)).or_default().add(sample);
            }
        }
        places.entry(&sample.place).or_insert((&sample.area, Sum::default())).1.add(sample);
    }
    if country.households <= 0.0 {
        return None;
    }
    let k = if k.is_finite() { k.max(0.0) } else { 0.0 };
    let mut sizes = HouseholdSizes {
        country: HouseholdSize {
            persons: country.persons / country.households,
            from: SizeFrom::Country,
            n_households: country.households,
        },
        by_area: BTreeMap::new(),
        by_place: BTreeMap::new(),
    };
    // Level 1 comes before level 2 in the order of keys.
    for ((level, pcode), sum) in areas {
        let parent = if level == 2 { atlas.ancestor(pcode, 1) } else { None };
        let above = parent.and_then(|parent| sizes.by_area.get(&parent.pcode)).copied().unwrap_or(sizes.country);
        let from = if level == 2 { SizeFrom::Admin2 } else { SizeFrom::Admin1 };
        sizes.by_area.insert(pcode.clone(), sum.drawn_to(&above, from, k));
    }
    for (place, (area, sum)) in places {
        let above = sizes.of_area(area, atlas);
        sizes.by_place.insert(place.clone(), sum.drawn_to(&above, SizeFrom::Place, k));
    }
    Some(sizes)
}

impl HouseholdSizes {
    /// The average household of a place that lies in this area.
    pub fn of(&self, place: &Ssid, area: &Pcode, atlas: &Atlas) -> HouseholdSize {
        self.by_place.get(place).copied().unwrap_or_else(|| self.of_area(area, atlas))
    }

    /// The average household of an area: its own, else that of the smallest area around it.
    pub fn of_area(&self, area: &Pcode, atlas: &Atlas) -> HouseholdSize {
        let around = [2, 1].into_iter().filter_map(|level| atlas.ancestor(area, level));
        around.filter_map(|area| self.by_area.get(&area.pcode)).copied().next().unwrap_or(self.country)
    }
}
