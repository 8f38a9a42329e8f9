//! Sets two rounds side by side.
//!
//! Takes the figures of two rounds and one indicator; returns the change of every place, and for every area the raw
//! change taken apart: what new places brought, what lost coverage took away, what changed where people were counted
//! both times, and what moved where at least one of the two counts is carried. The four parts add up to the raw change.
//! The like-for-like change, over the places counted both times, is always given beside the raw one.

use crate::counts::Count;
use dtm_model::{Atlas, Figure, How, Pcode, Ssid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a place moved from one round to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceMove {
    /// It has a figure now and had none.
    New,
    /// It had a figure and has none now.
    Vanished,
    /// It had people and has none left.
    Emptied,
    /// More people than before.
    Up,
    /// Fewer people than before.
    Down,
    /// The same number.
    Same,
    /// Not counted this time: the figure is the earlier one.
    Carried,
}

/// One place in two rounds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceChange {
    /// The place.
    pub place: Ssid,
    /// The smallest area it is known to lie in.
    pub area: Pcode,
    /// The figure before; none where there was none.
    pub before: Option<i64>,
    /// The figure now; none where there is none.
    pub after: Option<i64>,
    /// Whether it was counted in both rounds, nothing carried.
    pub counted_twice: bool,
    /// How it moved.
    pub moved: PlaceMove,
}

/// What the raw change is made of. The parts add up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Decomposition {
    /// Brought by places that had no figure before.
    pub new_places: i64,
    /// Taken away by places that have no figure now; zero or less.
    pub lost_coverage: i64,
    /// Change where people were counted both times.
    pub reassessed: i64,
    /// Change where one of the two figures is carried.
    pub carried: i64,
}

impl Decomposition {
    /// The raw change.
    pub fn sum(&self) -> i64 {
        self.new_places + self.lost_coverage + self.reassessed + self.carried
    }
}

/// The change over places counted in both rounds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LikeForLike {
    /// How many places.
    pub n_places: u32,
    /// Their sum before.
    pub before: i64,
    /// Their sum now.
    pub after: i64,
}

/// Two rounds side by side, for one indicator and one area.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Comparison {
    /// The sum before; none without any figure.
    pub before: Option<i64>,
    /// The sum now; none without any figure.
    pub after: Option<i64>,
    /// What the raw change is made of.
    pub parts: Decomposition,
    /// The change over places counted both times.
    pub like_for_like: LikeForLike,
    /// How many places moved how.
    pub moves: BTreeMap<PlaceMove, u32>,
    /// Every place, in order of its id; only at the top.
    pub places: Vec<PlaceChange>,
    /// The same by area, for every level that the atlas knows; only at the top.
    pub areas: BTreeMap<Pcode, Comparison>,
}

impl Comparison {
    /// The sum now less the sum before.
    pub fn raw_change(&self) -> i64 {
        self.after.unwrap_or(0) - self.before.unwrap_or(0)
    }

    fn add(&mut self, change: &PlaceChange) {
        let sum = |sum: &mut Option<i64>, value: Option<i64>| {
            if let Some(value) = value {
                *sum = Some(sum.unwrap_or(0) + value);
            }
        };
        sum(&mut self.before, change.before);
        sum(&mut self.after, change.after);
        let (before, after) = (change.before.unwrap_or(0), change.after.unwrap_or(0));
        let part = match (change.before, change.after) {
            (None, _) => &mut self.parts.new_places,
            (_, None) => &mut self.parts.lost_coverage,
            _ if change.counted_twice => &mut self.parts.reassessed,
            _ => &mut self.parts.carried,
        };
        *part += after - before;
        if change.counted_twice {
            self.like_for_like.n_places += 1;
            self.like_for_like.before += before;
            self.like_for_like.after += after;
        }
        *self.moves.entry(change.moved).or_default() += 1;
    }
}

/// Compares the totals of an indicator, place by place and summed by area.
pub fn compare(previous: &[Figure], current: &[Figure], indicator: &str, atlas: &Atlas) -> Comparison {
    let mut places: BTreeMap<&Ssid, (&Pcode, Side, Side)> = BTreeMap::new();
    let totals = |figure: &&Figure| figure.indicator == indicator && figure.breakdown.is_everyone();
    for figure in previous.iter().filter(totals) {
        places.entry(&figure.place).or_insert((&figure.area, Side::default(), Side::default())).1.add(figure);
    }
    for figure in current.iter().filter(totals) {
        let place = places.entry(&figure.place).or_insert((&figure.area, Side::default(), Side::default()));
        // Where a place was moved to another area, both its figures count where it is now.
        place.0 = &figure.area;
        place.2.add(figure);
    }
    let mut top = Comparison::default();
    for (place, (area, before, after)) in places {
        let change = PlaceChange {
            place: place.clone(),
            area: area.clone(),
            before: before.value,
            after: after.value,
            counted_twice: before.counted() && after.counted(),
            moved: moved(&before, &after),
        };
        top.add(&change);
        for level in 0..=3 {
            if let Some(area) = atlas.ancestor(area, level) {
                top.areas.entry(area.pcode.clone()).or_default().add(&change);
            }
        }
        top.places.push(change);
    }
    top
}

/// The figure of a place on one side of the comparison.
#[derive(Default)]
struct Side {
    value: Option<i64>,
    carried: bool,
}

impl Side {
    fn add(&mut self, figure: &Figure) {
        self.value = Some(self.value.unwrap_or(0) + figure.whole());
        self.carried |= matches!(figure.how, How::Carried { .. });
    }

    fn counted(&self) -> bool {
        self.value.is_some() && !self.carried
    }
}

fn moved(before: &Side, after: &Side) -> PlaceMove {
    match (before.value, after.value) {
        (None, _) => PlaceMove::New,
        (_, None) => PlaceMove::Vanished,
        _ if after.carried => PlaceMove::Carried,
        (Some(before), Some(0)) if before > 0 => PlaceMove::Emptied,
        (Some(before), Some(after)) if after > before => PlaceMove::Up,
        (Some(before), Some(after)) if after < before => PlaceMove::Down,
        _ => PlaceMove::Same,
    }
}
