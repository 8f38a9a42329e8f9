//! People who passed, by day or week and by what is known of them.
//!
//! Takes passages and the time observed; returns rows of point × period × value, each with people, groups and the
//! minutes somebody watched in that period: without them a number of people says nothing. A point that was watched and
//! saw nobody has a row of zero; one that was not watched has none, and a row without any shift on record says so. The
//! parts of a breakdown add up to all people: who is not in any part stands under `unknown`. O(passages·log passages).

use super::{ObservedTime, Passage};
use crate::codes::UNKNOWN;
use chrono::{Datelike, Days, NaiveDate};
use dtm_model::Ssid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What people are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Nothing: all people.
    All,
    /// Direction.
    Direction,
    /// Where they come from.
    Origin,
    /// Where they go.
    Destination,
    /// Nationality.
    Nationality,
    /// Sex and age group, as `female 18+`.
    SexAge,
    /// Means of transport.
    Mode,
    /// Main reason.
    Reason,
}

/// What a row is about in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// A day.
    Day,
    /// A week from Monday to Sunday.
    Week,
}

impl Period {
    /// The first day of the period this day lies in.
    pub fn start(self, day: NaiveDate) -> NaiveDate {
        match self {
            Period::Day => day,
            Period::Week => {
                let since = u64::from(day.weekday().num_days_from_monday());
                day.checked_sub_days(Days::new(since)).unwrap_or(day)
            }
        }
    }
}

/// People of one kind who passed a point in one period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlowRow {
    /// The point.
    pub point: Ssid,
    /// First day of the period.
    pub starts_on: NaiveDate,
    /// The value people are told apart by; `*` for all.
    pub value: String,
    /// People.
    pub persons: u64,
    /// Groups with any of them.
    pub groups: u32,
    /// Minutes somebody watched the point in the period; none where no shift is on record.
    pub observed_min: Option<u32>,
}

impl FlowRow {
    /// People an hour of observation; none where nobody is known to have watched.
    pub fn per_hour(&self) -> Option<f64> {
        self.observed_min.filter(|minutes| *minutes > 0).map(|minutes| self.persons as f64 * 60.0 / f64::from(minutes))
    }
}

/// Adds up who passed, by point, period and value.
pub fn flows(passages: &[Passage], observed: &ObservedTime, period: Period, by: By) -> Vec<FlowRow> {
    let mut minutes: BTreeMap<(&Ssid, NaiveDate), u32> = BTreeMap::new();
    for (point, day, watched) in observed.days() {
        *minutes.entry((point, period.start(day))).or_default() += watched;
    }
    let mut sums: BTreeMap<(&Ssid, NaiveDate, String), (u64, u32)> = BTreeMap::new();
    if by == By::All {
        for (point, starts_on) in minutes.keys() {
            sums.insert((point, *starts_on, dtm_model::TOTAL.to_owned()), (0, 0));
        }
    }
    for passage in passages {
        let starts_on = period.start(passage.day);
        for (value, persons) in parts(passage, by) {
            let sum = sums.entry((&passage.point, starts_on, value)).or_default();
            sum.0 += u64::from(persons);
            sum.1 += 1;
        }
    }
    let row = |((point, starts_on, value), (persons, groups)): ((&Ssid, NaiveDate, String), (u64, u32))| FlowRow {
        point: point.clone(),
        starts_on,
        value,
        persons,
        groups,
        observed_min: minutes.get(&(point, starts_on)).copied(),
    };
    sums.into_iter().map(row).collect()
}

/// The people of a group by value; they add up to all of them.
fn parts(passage: &Passage, by: By) -> Vec<(String, u32)> {
    let one = |value: &Option<String>| vec![(value.clone().unwrap_or_else(|| UNKNOWN.to_owned()), passage.persons)];
    let listed: Vec<(String, u32)> = match by {
        By::All => return vec![(dtm_model::TOTAL.to_owned(), passage.persons)],
        By::Direction => return one(&passage.direction),
        By::Origin => return one(&passage.origin),
        By::Destination => return one(&passage.destination),
        By::Mode => return one(&passage.mode),
        By::Reason => return one(&passage.reason),
        By::Nationality => passage.nationalities.clone(),
        By::SexAge => passage.parts.iter().map(|(sex, age, n)| (format!("{} {age}", sex.code()), *n)).collect(),
    };
    // A value named twice in one group is one part of it.
    let mut parts: BTreeMap<String, u32> = BTreeMap::new();
    for (value, persons) in listed {
        *parts.entry(value).or_default() += persons;
    }
    let rest = passage.persons.saturating_sub(parts.values().sum());
    if rest > 0 {
        *parts.entry(UNKNOWN.to_owned()).or_default() += rest;
    }
    parts.into_iter().collect()
}
