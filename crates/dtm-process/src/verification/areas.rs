//! A verified round by area, for those who sign for it.
//!
//! Takes the figures that stand and the places that were verified; returns for every area of a level how many places and
//! people it has, how many questions are open, and a fingerprint of its figures: a signature is of the figures as they
//! stand, and no longer holds once the fingerprint is another. What each place stood at when it was signed tells which of
//! them changed ([`changes`]). O(figures log figures).

use super::VerifiedPlace;
use super::sources::persons;
use crate::codes::IDP_IND;
use dtm_model::{Atlas, BlobHash, Figure, How, Pcode, Ssid};
use serde::{Deserialize, Serialize};
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
    /// What each of its places stands at.
    pub places: BTreeMap<Ssid, PlaceStanding>,
}

/// What a place stands at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceStanding {
    /// Displaced persons; none where nothing is known of them.
    pub persons: Option<i64>,
    /// How that was reached.
    pub how: How,
    /// Of all of its figures.
    pub fingerprint: String,
}

/// A place that no longer stands at what was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The place.
    pub place: Ssid,
    /// What was signed; none where it came since.
    pub signed: Option<PlaceStanding>,
    /// What it stands at; none where it is gone.
    pub now: Option<PlaceStanding>,
}

/// The places that differ, in order.
pub fn changes(signed: &BTreeMap<Ssid, PlaceStanding>, now: &BTreeMap<Ssid, PlaceStanding>) -> Vec<Change> {
    let all: BTreeSet<&Ssid> = signed.keys().chain(now.keys()).collect();
    all.into_iter()
        .filter(|place| signed.get(*place) != now.get(*place))
        .map(|place| Change { place: place.clone(), signed: signed.get(place).cloned(), now: now.get(place).cloned() })
        .collect()
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
            fingerprint: fingerprint(places.values_mut().map(|figures| written(figures))),
            places: places.into_iter().map(|(place, mut figures)| (place.clone(), standing(&mut figures))).collect(),
            area,
        })
        .collect()
}

fn standing(figures: &mut [&Figure]) -> PlaceStanding {
    PlaceStanding {
        persons: persons(figures),
        how: whole(figures).how.clone(),
        fingerprint: fingerprint([written(figures)].into_iter()),
    }
}

/// The figure that stands for a place: that of everyone where there is one.
fn whole<'f>(figures: &[&'f Figure]) -> &'f Figure {
    let of_everyone = |figure: &&&Figure| figure.indicator == IDP_IND && figure.breakdown.is_everyone();
    figures.iter().find(of_everyone).unwrap_or(&figures[0])
}

/// The figures of a place, a line each.
fn written(figures: &mut [&Figure]) -> String {
    figures
        .sort_by(|a, b| (&a.indicator, &a.breakdown, a.observed_on).cmp(&(&b.indicator, &b.breakdown, b.observed_on)));
    let mut text = String::new();
    for Figure { place, indicator, breakdown, value, how, .. } in figures.iter() {
        let _ = writeln!(text, "{place}\t{indicator}\t{breakdown:?}\t{value}\t{how:?}");
    }
    text
}

fn fingerprint(places: impl Iterator<Item = String>) -> String {
    BlobHash::of(places.collect::<String>().as_bytes()).to_string()
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
    for figure in figures.iter().filter(|figure| figure.indicator == IDP_IND) {
        places.entry(&figure.place).or_default().push(figure);
    }
    let mut sums: BTreeMap<State, (u32, i64)> = BTreeMap::new();
    for figures in places.values() {
        let sum = sums.entry(State::of(&whole(figures).how)).or_default();
        (sum.0, sum.1) = (sum.0 + 1, sum.1 + persons(figures).unwrap_or(0));
    }
    State::ALL
        .map(|state| (state, sums.get(&state).map_or(0, |sum| sum.0), sums.get(&state).map_or(0, |sum| sum.1)))
        .into()
}
