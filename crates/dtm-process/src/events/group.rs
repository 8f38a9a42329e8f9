//! Reports of one event, put together.
//!
//! Two reports belong together where they have the same cause, happened within some days of each other and in the same
//! area of a level, or speak of people near each other; and so on from report to report, so that an event that goes on
//! stays one. A later report about the same place stands for the earlier ones, as people are counted again; places add
//! up. A place that is not registered goes by its name in its area, capitals and accents aside.
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

    /// Households displaced, where they are known.
    pub fn households(&self) -> u64 {
        self.places.iter().filter_map(|place| place.households).sum()
    }

    /// Persons known by the end of a day.
    pub fn persons_by(&self, on: NaiveDate) -> u64 {
        self.timeline.iter().take_while(|day| day.on <= on).last().map_or(0, |day| day.persons)
    }
}

/// Puts reports together. `known` says to which event a report belonged when events were last put together. Events come
/// by first day, then by key.
pub fn group_events(
    reports: &[EventReport],
    atlas: &Atlas,
    rules: &GroupingRules,
    known: &BTreeMap<RecordId, RecordId>,
) -> Vec<Event> {
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

    let mut together = Together::new(reports.len());
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
            event(&members, areas.into_iter().cloned().collect(), known)
        })
        .collect();
    keep_keys_apart(&mut events);
    events.sort_by(|a, b| (a.first_on, &a.key).cmp(&(b.first_on, &b.key)));
    events
}

/// An event of reports that are sorted by day and record.
fn event(reports: &[&EventReport], areas: Vec<Pcode>, known: &BTreeMap<RecordId, RecordId>) -> Event {
    let keys: BTreeSet<&RecordId> = reports.iter().filter_map(|report| known.get(&report.record)).collect();
    let mut keys = keys.into_iter().cloned();
    let key = keys.next().or_else(|| reports.iter().map(|report| report.record.clone()).min());
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
            households: None,
            reported_on: report.reported_on,
            n_reports: 0,
        });
        place.persons = report.persons;
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
        absorbed: keys.collect(),
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
/// their first report.
fn keep_keys_apart(events: &mut [Event]) {
    let mut holders: BTreeMap<RecordId, usize> = BTreeMap::new();
    for at in 0..events.len() {
        let key = events[at].key.clone();
        let Some(holder) = holders.get(&key).copied() else {
            holders.insert(key, at);
            continue;
        };
        let (loser, winner) = if events[at].persons() > events[holder].persons() { (holder, at) } else { (at, holder) };
        let first = events[loser].timeline.iter().flat_map(|day| &day.reports).min().cloned();
        if let Some(first) = first {
            events[loser].key = first;
        }
        holders.insert(key, winner);
    }
}

/// Which reports are together: each points towards the first of its group.
struct Together {
    towards: Vec<usize>,
}

impl Together {
    fn new(n: usize) -> Self {
        Self { towards: (0..n).collect() }
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
        self.towards[a.max(b)] = a.min(b);
    }
}
