//! People who may have been counted at two places.
//!
//! Takes the figures of a round and the places; returns pairs of places that may speak of the same people, with the most
//! that can have been counted twice. A pair is either *near* (two kilometres apart at most) or *alike in name* within one
//! area of level 2 (Jaro–Winkler above .9: the same place under two names), and its numbers are within a tenth of each
//! other, persons and, where both know them, households. A site and a host community side by side are the usual case:
//! families of the site who sleep with hosts. Nothing is taken away; an officer decides.
//! O(places·log places), plus the pairs of like size in one area.

use crate::codes::{IDP_HH, IDP_IND};
use crate::folding::plain;
use crate::near::near_pairs;
use dtm_model::{Atlas, Figure, Pcode, Place, Setting, Ssid};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};

/// Thresholds of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DoubleCountRules {
    /// Metres within which two places are near.
    pub near_m: f64,
    /// Likeness of names from which on they may be the same, 0 to 1.
    pub name_likeness: f64,
    /// How far numbers may differ, as a share of the larger.
    pub numbers_apart: f64,
    /// Persons below which a pair is left alone.
    pub at_least: i64,
}

impl Default for DoubleCountRules {
    fn default() -> Self {
        Self { near_m: 2000.0, name_likeness: 0.9, numbers_apart: 0.1, at_least: 20 }
    }
}

/// A pair of places that may speak of the same people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DoubleCount {
    /// One place.
    pub place: Ssid,
    /// The other; its id is the later of the two.
    pub other: Ssid,
    /// Persons at the one.
    pub persons: i64,
    /// Persons at the other.
    pub persons_other: i64,
    /// Metres between them, where both have a position and they are near.
    pub distance_m: Option<u32>,
    /// Likeness of their names, where that is what makes them alike.
    pub name_likeness: Option<f64>,
    /// Whether one is a site and the other a host community.
    pub site_and_hosts: bool,
}

impl DoubleCount {
    /// The most that can have been counted twice: the smaller number.
    pub fn at_most(&self) -> i64 {
        self.persons.min(self.persons_other)
    }
}

struct Counted<'a> {
    place: &'a Place,
    /// Its name in the form in which names are compared.
    name: String,
    setting: Option<Setting>,
    persons: i64,
    households: Option<i64>,
}

/// Finds pairs of places that may speak of the same displaced people, the most people first, then by their ids.
pub fn double_counts(
    figures: &[Figure],
    places: &[Place],
    atlas: &Atlas,
    rules: &DoubleCountRules,
) -> Vec<DoubleCount> {
    let counted = counted(figures, places, rules);
    let similar = |a: &Counted, b: &Counted| {
        let alike = |a: i64, b: i64| (a - b).abs() as f64 <= rules.numbers_apart * a.max(b) as f64;
        alike(a.persons, b.persons) && a.households.zip(b.households).is_none_or(|(a, b)| alike(a, b))
    };
    let mut pairs: BTreeMap<(usize, usize), (Option<u32>, Option<f64>)> = BTreeMap::new();
    let positions: Vec<_> = counted.iter().map(|counted| counted.place.position).collect();
    for (a, b, metres) in near_pairs(&positions, rules.near_m) {
        if similar(&counted[a], &counted[b]) {
            pairs.entry((a, b)).or_default().0 = Some(metres.round() as u32);
        }
    }
    for (a, b) in of_like_size_in_one_area(&counted, atlas, rules) {
        if similar(&counted[a], &counted[b]) {
            let likeness = strsim::jaro_winkler(&counted[a].name, &counted[b].name);
            if likeness > rules.name_likeness {
                pairs.entry((a, b)).or_default().1 = Some(likeness);
            }
        }
    }
    let mut found: Vec<DoubleCount> = pairs
        .into_iter()
        .map(|((a, b), (distance_m, name_likeness))| {
            let (a, b) = (&counted[a], &counted[b]);
            DoubleCount {
                place: a.place.ssid.clone(),
                other: b.place.ssid.clone(),
                persons: a.persons,
                persons_other: b.persons,
                distance_m,
                name_likeness,
                site_and_hosts: a.setting.is_some() && b.setting.is_some() && a.setting != b.setting,
            }
        })
        .collect();
    found.sort_by(|a, b| b.at_most().cmp(&a.at_most()).then_with(|| (&a.place, &a.other).cmp(&(&b.place, &b.other))));
    found
}

/// Places with enough people, in order of their ids.
fn counted<'a>(figures: &[Figure], places: &'a [Place], rules: &DoubleCountRules) -> Vec<Counted<'a>> {
    let mut sums: HashMap<&Ssid, (Option<Setting>, i64, Option<i64>)> = HashMap::new();
    for figure in figures.iter().filter(|figure| figure.breakdown.is_everyone()) {
        let (setting, persons, households) = sums.entry(&figure.place).or_insert((figure.setting, 0, None));
        *setting = figure.setting;
        if figure.indicator == IDP_IND {
            *persons += figure.value.round() as i64;
        } else if figure.indicator == IDP_HH {
            *households = Some(households.unwrap_or(0) + figure.value.round() as i64);
        }
    }
    let mut counted: Vec<Counted> = places
        .iter()
        .filter_map(|place| {
            let (setting, persons, households) = *sums.get(&place.ssid)?;
            (persons >= rules.at_least.max(1)).then(|| Counted {
                place,
                name: plain(&place.name),
                setting,
                persons,
                households,
            })
        })
        .collect();
    counted.sort_by(|a, b| a.place.ssid.cmp(&b.place.ssid));
    counted.dedup_by(|a, b| a.place.ssid == b.place.ssid);
    counted
}

/// Pairs within an area of level 2 whose persons are within the tolerance: those between are next to each other when
/// places are sorted by persons.
fn of_like_size_in_one_area(counted: &[Counted], atlas: &Atlas, rules: &DoubleCountRules) -> Vec<(usize, usize)> {
    let mut areas: BTreeMap<&Pcode, Vec<usize>> = BTreeMap::new();
    for (at, counted) in counted.iter().enumerate() {
        let area = atlas.ancestor(&counted.place.area, 2).map_or(&counted.place.area, |area| &area.pcode);
        areas.entry(area).or_default().push(at);
    }
    let mut pairs = Vec::new();
    for mut of_area in areas.into_values() {
        of_area.sort_by_key(|at| counted[*at].persons);
        for (nth, a) in of_area.iter().enumerate() {
            let most = counted[*a].persons as f64 / (1.0 - rules.numbers_apart.clamp(0.0, 0.99));
            let like = of_area[nth + 1..].iter().take_while(|b| counted[**b].persons as f64 <= most + 1e-9);
            pairs.extend(like.map(|b| (*a.min(b), *a.max(b))));
        }
    }
    pairs
}
