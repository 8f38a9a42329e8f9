//! A verified round by area, for those who sign for it.
//!
//! Takes the figures that stand and the places that were verified; returns for every area of a level how many places and
//! people it has, how many questions are open, and a fingerprint of its figures: a signature is of the figures as they
//! stand, and no longer holds once the fingerprint is another. O(figures log figures).

use super::VerifiedPlace;
use super::sources::persons;
use dtm_model::{Atlas, BlobHash, Figure, How, Pcode, Ssid};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// An area of a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AreaStanding {
    /// The area; that of a place outside of every known area is its own.
    pub area: Pcode,
    /// Places with figures.
    pub n_places: u32,
    /// Places about which somebody is to be asked.
    pub n_open: u32,
    /// Displaced persons.
    pub persons: i64,
    /// What is signed.
    pub fingerprint: String,
}

/// The areas of a level that have figures, in order.
pub fn area_standings(figures: &[Figure], places: &[VerifiedPlace], atlas: &Atlas, level: u8) -> Vec<AreaStanding> {
    let open: BTreeSet<&Ssid> = places.iter().filter(|place| place.is_open()).map(|place| &place.place).collect();
    let mut areas: BTreeMap<Pcode, BTreeMap<&Ssid, Vec<&Figure>>> = BTreeMap::new();
    for figure in figures {
        let area = atlas.ancestor(&figure.area, level).map_or(&figure.area, |area| &area.pcode);
        if !areas.contains_key(area) {
            areas.insert(area.clone(), BTreeMap::new());
        }
        if let Some(places) = areas.get_mut(area) {
            places.entry(&figure.place).or_default().push(figure);
        }
    }
    areas
        .into_iter()
        .map(|(area, mut places)| AreaStanding {
            n_places: places.len() as u32,
            n_open: places.keys().filter(|place| open.contains(*place)).count() as u32,
            persons: places.values().filter_map(|figures| persons(figures)).sum(),
            fingerprint: fingerprint(&mut places),
            area,
        })
        .collect()
}

fn fingerprint(places: &mut BTreeMap<&Ssid, Vec<&Figure>>) -> String {
    let mut text = String::new();
    for figures in places.values_mut() {
        figures.sort_by(|a, b| {
            (&a.indicator, &a.breakdown, a.observed_on).cmp(&(&b.indicator, &b.breakdown, b.observed_on))
        });
        for Figure { place, indicator, breakdown, value, how, .. } in figures.iter() {
            let _ = writeln!(text, "{place}\t{indicator}\t{breakdown:?}\t{value}\t{how:?}");
        }
    }
    BlobHash::of(text.as_bytes()).to_string()
}

/// How a number was reached, without the round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Collected in this round.
    Reported,
    /// Settled between several sources.
    Triangulated,
    /// Carried from an earlier round.
    Carried,
    /// Computed where nothing was counted.
    Estimated,
}

impl State {
    /// Every state, the firmest first.
    pub const ALL: [State; 4] = [State::Reported, State::Triangulated, State::Carried, State::Estimated];

    /// The state of a figure.
    pub fn of(how: &How) -> State {
        match how {
            How::Reported => State::Reported,
            How::Triangulated => State::Triangulated,
            How::Carried { .. } => State::Carried,
            How::Estimated => State::Estimated,
        }
    }

    /// The word used in answers and words of pages.
    pub fn code(self) -> &'static str {
        match self {
            State::Reported => "reported",
            State::Triangulated => "triangulated",
            State::Carried => "carried",
            State::Estimated => "estimated",
        }
    }
}

/// How many places, and how many displaced persons, are in each state; states without a place are there with zero.
pub fn by_state(figures: &[Figure]) -> Vec<(State, u32, i64)> {
    let mut places: BTreeMap<&Ssid, Vec<&Figure>> = BTreeMap::new();
    for figure in figures.iter().filter(|figure| figure.indicator == crate::codes::IDP_IND) {
        places.entry(&figure.place).or_default().push(figure);
    }
    let mut sums: BTreeMap<State, (u32, i64)> = BTreeMap::new();
    for figures in places.values() {
        let whole = figures.iter().find(|figure| figure.breakdown.is_everyone()).unwrap_or(&figures[0]);
        let sum = sums.entry(State::of(&whole.how)).or_default();
        (sum.0, sum.1) = (sum.0 + 1, sum.1 + persons(figures).unwrap_or(0));
    }
    State::ALL
        .map(|state| (state, sums.get(&state).map_or(0, |sum| sum.0), sums.get(&state).map_or(0, |sum| sum.1)))
        .into()
}
