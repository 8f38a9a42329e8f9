//! Events beside the round that comes after them.
//!
//! Takes the events between two rounds and the figures of both; returns for every area that people came to how many the
//! events reported, how the round's figures changed, and what of that change the events explain: the smaller of the two,
//! where there are more people than before. What is left of the change is the residual; what is left of the events was
//! not found by the round (people moved on, or were counted elsewhere). Nothing is added to a figure. Where all figures
//! of an area are carried or absent the round cannot say anything, and neither do we. O(figures·log figures).

use super::Event;
use dtm_model::{Atlas, Figure, How, Pcode, RecordId, Ssid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What one event brought to an area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventPart {
    /// The event.
    pub event: RecordId,
    /// Persons, by its last reports.
    pub persons: i64,
}

/// A place that events name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceReconciliation {
    /// The place.
    pub place: Ssid,
    /// Persons that came, by the events.
    pub reported: i64,
    /// Persons in the round before; none where it has no figure.
    pub before: Option<i64>,
    /// Persons in the round after; none where it has no figure.
    pub after: Option<i64>,
    /// Whether the figure after is carried.
    pub carried: bool,
}

/// An area that people came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AreaReconciliation {
    /// The area.
    pub area: Pcode,
    /// Persons that came, by the events.
    pub reported: i64,
    /// What each event brought, in order of their keys.
    pub events: Vec<EventPart>,
    /// Persons in the round before.
    pub before: i64,
    /// Persons in the round after.
    pub after: i64,
    /// Of these, persons whose figure is carried.
    pub carried: i64,
    /// What of the change the events explain; none where the round after counted nobody anew in the area.
    pub explained: Option<i64>,
    /// The places that events name, in order.
    pub places: Vec<PlaceReconciliation>,
}

impl AreaReconciliation {
    /// The change from round to round.
    pub fn change(&self) -> i64 {
        self.after - self.before
    }

    /// What of the change no event explains.
    pub fn residual(&self) -> Option<i64> {
        self.explained.map(|explained| self.change() - explained)
    }

    /// What of the events the round did not find.
    pub fn not_found(&self) -> Option<i64> {
        self.explained.map(|explained| self.reported - explained)
    }
}

#[derive(Clone, Copy, Default)]
struct Stock {
    persons: i64,
    carried: i64,
    n_counted: u32,
}

/// Sets the events between two rounds beside the figures of an indicator in both, by areas of a level, in order. The
/// caller gives the events that happened after the round before and up to the round after.
pub fn reconcile_events(
    events: &[Event],
    before: &[Figure],
    after: &[Figure],
    indicator: &str,
    atlas: &Atlas,
    level: u8,
) -> Vec<AreaReconciliation> {
    let area_of = |area: &Pcode| atlas.ancestor(area, level).map_or_else(|| area.clone(), |area| area.pcode.clone());
    let stocks = |figures: &[Figure]| {
        let mut areas: BTreeMap<Pcode, Stock> = BTreeMap::new();
        let mut places: BTreeMap<Ssid, Stock> = BTreeMap::new();
        for figure in figures.iter().filter(|figure| figure.indicator == indicator && figure.breakdown.is_everyone()) {
            let carried = matches!(figure.how, How::Carried { .. });
            let persons = figure.value.round() as i64;
            for stock in
                [areas.entry(area_of(&figure.area)).or_default(), places.entry(figure.place.clone()).or_default()]
            {
                stock.persons += persons;
                stock.carried += if carried { persons } else { 0 };
                stock.n_counted += u32::from(!carried);
            }
        }
        (areas, places)
    };
    let (areas_before, places_before) = stocks(before);
    let (areas_after, places_after) = stocks(after);

    let mut rows: BTreeMap<Pcode, AreaReconciliation> = BTreeMap::new();
    let mut named: BTreeMap<(Pcode, &Ssid), i64> = BTreeMap::new();
    let mut sorted: Vec<&Event> = events.iter().collect();
    sorted.sort_by(|a, b| a.key.cmp(&b.key));
    for event in sorted {
        for place in event.places.iter().filter(|place| place.persons > 0) {
            let (area, persons) = (area_of(&place.area), place.persons as i64);
            let row = rows.entry(area.clone()).or_insert_with(|| AreaReconciliation {
                reported: 0,
                events: Vec::new(),
                before: areas_before.get(&area).map_or(0, |stock| stock.persons),
                after: areas_after.get(&area).map_or(0, |stock| stock.persons),
                carried: areas_after.get(&area).map_or(0, |stock| stock.carried),
                explained: None,
                places: Vec::new(),
                area: area.clone(),
            });
            row.reported += persons;
            match row.events.last_mut().filter(|part| part.event == event.key) {
                Some(part) => part.persons += persons,
                None => row.events.push(EventPart { event: event.key.clone(), persons }),
            }
            if let Some(place) = &place.place {
                *named.entry((area, place)).or_default() += persons;
            }
        }
    }
    for ((area, place), reported) in named {
        let Some(row) = rows.get_mut(&area) else { continue };
        let after = places_after.get(place);
        row.places.push(PlaceReconciliation {
            place: place.clone(),
            reported,
            before: places_before.get(place).map(|stock| stock.persons),
            after: after.map(|stock| stock.persons),
            carried: after.is_some_and(|stock| stock.n_counted == 0),
        });
    }
    for row in rows.values_mut() {
        let counted = areas_after.get(&row.area).is_some_and(|stock| stock.n_counted > 0);
        row.explained = counted.then(|| row.reported.min(row.change().max(0)));
    }
    rows.into_values().collect()
}
