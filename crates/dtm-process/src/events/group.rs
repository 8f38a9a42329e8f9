//! Reports of one event, put together.
//!
//! Two reports belong together where they have the same cause, happened within some days of each other and in the same
//! area of a level, or speak of people near each other; and so on from report to report, so that an event that goes on
//! stays one. A later report about the same place stands for the earlier ones, as people are counted again; places add
//! up. A place that is not registered goes by its name in its area, capitals and accents aside.
//!
//! What a person decided rules: reports that were put into one event stay in it, and reports of two such events are never
//! put together, however alike they are.
//!
//! The key of an event is that of the report it was first known by: it stays when reports come late, or when two events
//! turn out to be one (the other key is then named as absorbed). O(reports·log reports).

use super::EventReport;
use crate::folding::plain;
use crate::near::near_pairs;
use chrono::NaiveDate;
use dtm_model::{Atlas, Pcode, RecordId, Ssid};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// When reports belong together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GroupingRules {
    /// Days between two reports of one event, at most.
    pub gap_days: u32,
    /// The level of the area that an event happens in.
    pub level: u8,
    /// Metres between people of one event who are in different areas; 0 to go by areas alone.
    pub near_m: f64,
}

impl Default for GroupingRules {
    fn default() -> Self {
        Self { gap_days: 7, level: 2, near_m: 5000.0 }
    }
}

/// What is known of reports from before.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Earlier {
    /// To which event a report belonged when events were last put together.
    pub known: BTreeMap<RecordId, RecordId>,
    /// In which event a person put a report.
    pub pinned: BTreeMap<RecordId, RecordId>,
}

/// What an event brought to one place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventPlace {
    /// The place, where it is registered.
    pub place: Option<Ssid>,
    /// What a place is called that is not; none where only the area is known.
    pub name: Option<String>,
    /// The area.
    pub area: Pcode,
    /// Persons, by the last report.
    pub persons: u64,
    /// Persons that a report vouches for which somebody checked: by the last of these, at most `persons`.
    #[serde(default)]
    pub low: u64,
    /// Persons, by the report that says most.
    #[serde(default)]
    pub high: u64,
    /// Households, by the last report that knows them.
    pub households: Option<u64>,
    /// The day of the last report.
    pub reported_on: NaiveDate,
    /// Reports about it.
    pub n_reports: u32,
}

/// A day on which an event was reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventDay {
    /// The day.
    pub on: NaiveDate,
    /// Reports of this day, in order.
    pub reports: Vec<RecordId>,
    /// Persons known by the end of the day, the last report of every place.
    pub persons: u64,
    /// Places known by then.
    pub places: u32,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Its key.
    pub key: RecordId,
    /// Keys of events it took in.
    pub absorbed: Vec<RecordId>,
    /// The cause, by its code.
    pub cause: String,
    /// Areas it happened in, of the level of the rules.
    pub areas: Vec<Pcode>,
    /// The first day it happened.
    pub first_on: NaiveDate,
    /// The last day it happened.
    pub last_on: NaiveDate,
    /// Places that people came to, by place and area.
    pub places: Vec<EventPlace>,
    /// Days of reports, in order.
    pub timeline: Vec<EventDay>,
}

impl Event {
    /// Persons displaced, as known by the last report of every place.
    pub fn persons(&self) -> u64 {
        self.places.iter().map(|place| place.persons).sum()
    }

    /// Persons displaced, as far as reports were checked.
    pub fn low(&self) -> u64 {
        self.places.iter().map(|place| place.low).sum()
    }

    /// Persons displaced, if of every place the report is right that says most.
    pub fn high(&self) -> u64 {
        self.places.iter().map(|place| place.high).sum()
    }

    /// The reports, in order of their days.
    pub fn reports(&self) -> impl Iterator<Item = &RecordId> {
        self.timeline.iter().flat_map(|day| &day.reports)
    }

    /// Households displaced, where they are known.
    pub fn households(&self) -> u64 {
        self.places.iter().filter_map(|place| place.households).sum()
    }

    /// Persons known by the end of a day.
    pub fn persons_by(&self, on: NaiveDate) -> u64 {
        self.timeline.iter().take_while(|day| day.on <= on).last().map_or(0, |day| day.persons)
    }
}

/// Puts reports together. Events come by first day, then by key.
pub fn group_events(reports: &[EventReport], atlas: &Atlas, rules: &GroupingRules, earlier: &Earlier) -> Vec<Event> {
    // The order and the number of copies in which reports come must not matter.
    let unique: BTreeMap<&RecordId, &EventReport> = reports.iter().map(|report| (&report.record, report)).collect();
    let mut reports: Vec<&EventReport> = unique.into_values().collect();
    reports.sort_by(|a, b| (a.happened_on, &a.record).cmp(&(b.happened_on, &b.record)));
    let happened_in = |report: &EventReport| {
        atlas
            .ancestor(&report.happened_in, rules.level)
            .map_or_else(|| report.happened_in.clone(), |area| area.pcode.clone())
    };
    let areas: Vec<Pcode> = reports.iter().map(|report| happened_in(report)).collect();
    let close_in_time = |a: usize, b: usize| {
        (reports[a].happened_on - reports[b].happened_on).num_days().unsigned_abs() <= u64::from(rules.gap_days)
    };

    let pins: Vec<Option<&RecordId>> = reports.iter().map(|report| earlier.pinned.get(&report.record)).collect();
    let mut together = Together::new(pins.clone());
    let mut first_pinned: BTreeMap<&RecordId, usize> = BTreeMap::new();
    for (at, pin) in pins.iter().enumerate() {
        if let Some(pin) = pin {
            together.join(*first_pinned.entry(pin).or_insert(at), at);
        }
    }
    let mut last: BTreeMap<(&str, &Pcode), usize> = BTreeMap::new();
    for (at, report) in reports.iter().enumerate() {
        if let Some(before) = last.insert((&report.cause, &areas[at]), at).filter(|before| close_in_time(*before, at)) {
            together.join(before, at);
        }
    }
    if rules.near_m > 0.0 {
        let positions: Vec<_> = reports.iter().map(|report| report.position).collect();
        for (a, b, _) in near_pairs(&positions, rules.near_m) {
            if reports[a].cause == reports[b].cause && close_in_time(a, b) {
                together.join(a, b);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for at in 0..reports.len() {
        groups.entry(together.first(at)).or_default().push(at);
    }
    let mut events: Vec<Event> = groups
        .into_values()
        .map(|members| {
            let areas: BTreeSet<&Pcode> = members.iter().map(|at| &areas[*at]).collect();
            let members: Vec<&EventReport> = members.iter().map(|at| reports[*at]).collect();
            event(&members, areas.into_iter().cloned().collect(), earlier)
        })
        .collect();
    keep_keys_apart(&mut events);
    events.sort_by(|a, b| (a.first_on, &a.key).cmp(&(b.first_on, &b.key)));
    events
}

/// An event of reports that are sorted by day and record.
fn event(reports: &[&EventReport], areas: Vec<Pcode>, earlier: &Earlier) -> Event {
    let pin = reports.iter().find_map(|report| earlier.pinned.get(&report.record));
    // The key of an event that a person made is no other's.
    let is_free = |key: &&RecordId| Some(*key) == pin || !earlier.pinned.values().any(|pinned| pinned == *key);
    let known = reports.iter().filter_map(|report| earlier.known.get(&report.record)).filter(is_free);
    let mut keys: BTreeSet<&RecordId> = known.collect();
    let first = reports.iter().map(|report| &report.record).min();
    let key = pin.or_else(|| keys.first().copied()).or(first).cloned();
    keys.retain(|other| Some(*other) != key.as_ref());
    let mut by_report_day: Vec<&EventReport> = reports.to_vec();
    by_report_day.sort_by(|a, b| (a.reported_on, &a.record).cmp(&(b.reported_on, &b.record)));

    let mut places: BTreeMap<(Option<&Ssid>, &Pcode, Option<String>), EventPlace> = BTreeMap::new();
    let mut timeline: Vec<EventDay> = Vec::new();
    for report in by_report_day {
        // A registered place is one wherever a report says it lies.
        let area = if report.place.is_some() { place_area(reports, report) } else { &report.area };
        let name = report.place_name.as_deref().map(plain);
        let place = places.entry((report.place.as_ref(), area, name)).or_insert_with(|| EventPlace {
            place: report.place.clone(),
            name: report.place_name.clone(),
            area: area.clone(),
            persons: 0,
            low: 0,
            high: 0,
            households: None,
            reported_on: report.reported_on,
            n_reports: 0,
        });
        place.persons = report.persons;
        place.low = if report.checked { report.persons } else { place.low.min(report.persons) };
        place.high = place.high.max(report.persons);
        place.households = report.households.or(place.households);
        place.reported_on = report.reported_on;
        place.n_reports += 1;
        let persons = places.values().map(|place| place.persons).sum();
        let n_places = places.len() as u32;
        match timeline.last_mut().filter(|day| day.on == report.reported_on) {
            Some(day) => {
                day.reports.push(report.record.clone());
                (day.persons, day.places) = (persons, n_places);
            }
            None => timeline.push(EventDay {
                on: report.reported_on,
                reports: vec![report.record.clone()],
                persons,
                places: n_places,
            }),
        }
    }
    let first = reports.first();
    Event {
        key: key.unwrap_or_else(|| RecordId::new(dtm_model::Instant::default(), [0; 10])),
        absorbed: keys.into_iter().cloned().collect(),
        cause: first.map(|report| report.cause.clone()).unwrap_or_default(),
        areas,
        first_on: first.map(|report| report.happened_on).unwrap_or_default(),
        last_on: reports.last().map(|report| report.happened_on).unwrap_or_default(),
        places: places.into_values().collect(),
        timeline,
    }
}

/// The area of a registered place: that of its first report.
fn place_area<'r>(reports: &[&'r EventReport], report: &'r EventReport) -> &'r Pcode {
    reports.iter().find(|other| other.place == report.place).map_or(&report.area, |first| &first.area)
}

/// Where an event falls apart again, its key stays with the part that has the most persons; the others take that of
/// their first report that is the key of none.
fn keep_keys_apart(events: &mut [Event]) {
    let mut taken: BTreeSet<RecordId> = events.iter().map(|event| event.key.clone()).collect();
    let mut holders: BTreeMap<RecordId, usize> = BTreeMap::new();
    for at in 0..events.len() {
        let key = events[at].key.clone();
        let Some(holder) = holders.get(&key).copied() else {
            holders.insert(key, at);
            continue;
        };
        let (loser, winner) = if events[at].persons() > events[holder].persons() { (holder, at) } else { (at, holder) };
        let first = events[loser].reports().filter(|report| !taken.contains(report)).min().cloned();
        if let Some(first) = first {
            taken.insert(first.clone());
            holders.insert(first.clone(), loser);
            events[loser].key = first;
        }
        holders.insert(key, winner);
    }
}

/// Which reports are together: each points towards the first of its group. A group that a person put into an event never
/// joins one of another event.
struct Together<'p> {
    towards: Vec<usize>,
    /// The event of a group, at its first.
    pins: Vec<Option<&'p RecordId>>,
}

impl<'p> Together<'p> {
    fn new(pins: Vec<Option<&'p RecordId>>) -> Self {
        Self { towards: (0..pins.len()).collect(), pins }
    }

    fn first(&mut self, at: usize) -> usize {
        let mut first = at;
        while self.towards[first] != first {
            // Halving the path keeps it short.
            self.towards[first] = self.towards[self.towards[first]];
            first = self.towards[first];
        }
        first
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.first(a), self.first(b));
        let (first, other) = (a.min(b), a.max(b));
        if let (Some(one), Some(another)) = (self.pins[first], self.pins[other])
            && one != another
        {
            return;
        }
        self.towards[other] = first;
        self.pins[first] = self.pins[first].or(self.pins[other]);
    }
}
