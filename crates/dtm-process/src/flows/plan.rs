//! Which hours are to be watched at a flow monitoring point, and which were.
//!
//! A plan cuts the day into slots that do not overlap (morning, afternoon, night) and names for every point the days of
//! the week and slots to be watched. Shifts say when somebody was there; two people at once watch the same minutes, so
//! shifts are joined before they are added up, and a shift past midnight counts on both days. Everything is whole
//! minutes. O(shifts·log shifts).

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Timelike, Weekday};
use dtm_model::{Lang, Ssid};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Minutes of a day.
const DAY: u32 = 24 * 60;

/// A part of the day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Its name, such as `morning`.
    pub name: String,
    /// When it begins.
    pub from: NaiveTime,
    /// When it ends; `00:00` is the end of the day.
    pub to: NaiveTime,
}

impl Slot {
    /// Its first minute of the day, and the one after its last.
    pub(super) fn minutes(&self) -> (u32, u32) {
        (minute(self.from), end_minute(self.to))
    }
}

/// Minutes since midnight.
pub(super) fn minute(time: NaiveTime) -> u32 {
    time.hour() * 60 + time.minute()
}

fn end_minute(time: NaiveTime) -> u32 {
    match minute(time) {
        0 => DAY,
        at => at,
    }
}

/// A slot of a day of the week to be watched at a point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedSlot {
    /// The point.
    pub point: Ssid,
    /// The day of the week, `Mon` to `Sun`.
    pub weekday: Weekday,
    /// Name of the slot.
    pub slot: String,
}

/// What is to be watched.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ObservationPlan {
    /// The parts of the day.
    pub slots: Vec<Slot>,
    /// What is planned, by point, day of the week and slot.
    pub planned: Vec<PlannedSlot>,
}

/// What is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum PlanProblem {
    /// A slot ends before it begins. A night is two slots, before and after midnight.
    SlotEndsBeforeItBegins {
        /// The slot.
        slot: String,
    },
    /// Two slots overlap or bear one name.
    SlotsOverlap {
        /// One.
        slot: String,
        /// The other.
        other: String,
    },
    /// A slot is planned that the plan does not have.
    UnknownSlot {
        /// The slot.
        slot: String,
        /// The point that it is planned for.
        point: Ssid,
    },
}

impl PlanProblem {
    /// Says what is wrong, in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::SlotEndsBeforeItBegins { slot }, Lang::En) => {
                format!("“{slot}” ends before it begins; cut a night in two at midnight")
            }
            (Self::SlotEndsBeforeItBegins { slot }, Lang::Fr) => {
                format!("« {slot} » finit avant de commencer ; coupez une nuit en deux à minuit")
            }
            (Self::SlotsOverlap { slot, other }, Lang::En) => format!("“{slot}” and “{other}” overlap"),
            (Self::SlotsOverlap { slot, other }, Lang::Fr) => format!("« {slot} » et « {other} » se chevauchent"),
            (Self::UnknownSlot { slot, point }, Lang::En) => {
                format!("Point {point} is planned for “{slot}”, which is not a slot of this plan")
            }
            (Self::UnknownSlot { slot, point }, Lang::Fr) => {
                format!("Le point {point} est prévu pour « {slot} », qui n’est pas une tranche de ce plan")
            }
        }
    }
}

/// Says what is wrong with a plan; nothing where it can be used.
pub fn plan_problems(plan: &ObservationPlan) -> Vec<PlanProblem> {
    let mut problems = Vec::new();
    for (at, slot) in plan.slots.iter().enumerate() {
        let (from, to) = slot.minutes();
        if to <= from {
            problems.push(PlanProblem::SlotEndsBeforeItBegins { slot: slot.name.clone() });
        }
        let meets = |other: &&Slot| {
            let (start, end) = other.minutes();
            (from < end && start < to) || other.name == slot.name
        };
        if let Some(other) = plan.slots[..at].iter().find(meets) {
            problems.push(PlanProblem::SlotsOverlap { slot: other.name.clone(), other: slot.name.clone() });
        }
    }
    let known: BTreeSet<&str> = plan.slots.iter().map(|slot| slot.name.as_str()).collect();
    let unknown = plan.planned.iter().filter(|planned| !known.contains(planned.slot.as_str()));
    problems.extend(
        unknown.map(|planned| PlanProblem::UnknownSlot { slot: planned.slot.clone(), point: planned.point.clone() }),
    );
    problems
}

/// Somebody watched a point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// The point.
    pub point: Ssid,
    /// The day it began.
    pub day: NaiveDate,
    /// When it began.
    pub from: NaiveTime,
    /// When it ended; not after `from` means on the next day.
    pub to: NaiveTime,
}

/// Minutes watched, by point and day.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ObservedTime {
    /// Stretches of minutes that do not touch, in order.
    stretches: BTreeMap<Ssid, BTreeMap<NaiveDate, Vec<(u32, u32)>>>,
}

impl ObservedTime {
    /// Joins shifts.
    pub fn of(shifts: &[Shift]) -> Self {
        let mut stretches: BTreeMap<Ssid, BTreeMap<NaiveDate, Vec<(u32, u32)>>> = BTreeMap::new();
        for shift in shifts {
            let (from, to) = (minute(shift.from), minute(shift.to));
            let of_point = stretches.entry(shift.point.clone()).or_default();
            let mut add = |day: NaiveDate, from: u32, to: u32| {
                if to > from {
                    of_point.entry(day).or_default().push((from, to));
                }
            };
            if to > from {
                add(shift.day, from, to);
            } else {
                add(shift.day, from, DAY);
                if let Some(next) = shift.day.checked_add_days(Days::new(1)) {
                    add(next, 0, to);
                }
            }
        }
        stretches.values_mut().flat_map(BTreeMap::values_mut).for_each(join);
        Self { stretches }
    }

    /// Minutes watched at a point on a day; none where no shift was recorded.
    pub fn minutes(&self, point: &Ssid, day: NaiveDate) -> Option<u32> {
        self.stretches.get(point)?.get(&day).map(|stretches| length(stretches))
    }

    /// Minutes watched at a point on a day within a stretch of the day.
    pub(super) fn minutes_within(&self, point: &Ssid, day: NaiveDate, (start, end): (u32, u32)) -> u32 {
        let stretches = self.stretches.get(point).and_then(|days| days.get(&day)).map_or(&[][..], Vec::as_slice);
        stretches.iter().map(|(from, to)| (*to).min(end).saturating_sub((*from).max(start))).sum()
    }

    /// Points and days with a shift, in order.
    pub fn days(&self) -> impl Iterator<Item = (&Ssid, NaiveDate, u32)> {
        let days = |(point, days): (_, &'_ BTreeMap<NaiveDate, Vec<(u32, u32)>>)| {
            days.iter().map(move |(day, stretches)| (point, *day, length(stretches))).collect::<Vec<_>>()
        };
        self.stretches.iter().flat_map(days)
    }
}

fn length(stretches: &[(u32, u32)]) -> u32 {
    stretches.iter().map(|(from, to)| to - from).sum()
}

fn join(stretches: &mut Vec<(u32, u32)>) {
    stretches.sort_unstable();
    let mut joined: Vec<(u32, u32)> = Vec::with_capacity(stretches.len());
    for (from, to) in stretches.drain(..) {
        match joined.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    *stretches = joined;
}

/// Time planned and watched at a point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointHours {
    /// The point.
    pub point: Ssid,
    /// Minutes that were to be watched.
    pub planned_min: u32,
    /// Of these, minutes that were.
    pub kept_min: u32,
    /// All minutes watched, those not planned too.
    pub observed_min: u32,
    /// Days with a shift.
    pub days_observed: u32,
}

impl PointHours {
    /// The share of the plan that was kept; none without a plan.
    pub fn kept_share(&self) -> Option<f64> {
        (self.planned_min > 0).then(|| f64::from(self.kept_min) / f64::from(self.planned_min))
    }
}

/// Longest stretch of days that is looked at.
pub(super) const MOST_DAYS: usize = 3660;

/// The days from the first to the last, ten years at most.
pub(super) fn days(from: NaiveDate, to: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    from.iter_days().take_while(move |day| *day <= to).take(MOST_DAYS)
}

/// Sets plan and shifts side by side over some days, one row for every point that is planned or was watched.
pub fn point_hours(plan: &ObservationPlan, observed: &ObservedTime, from: NaiveDate, to: NaiveDate) -> Vec<PointHours> {
    let slots: BTreeMap<&str, (u32, u32)> = plan
        .slots
        .iter()
        .map(|slot| (slot.name.as_str(), slot.minutes()))
        .filter(|(_, (from, to))| to > from)
        .collect();
    let mut rows: BTreeMap<&Ssid, PointHours> = BTreeMap::new();
    let empty = |point: &Ssid| PointHours {
        point: point.clone(),
        planned_min: 0,
        kept_min: 0,
        observed_min: 0,
        days_observed: 0,
    };
    for planned in &plan.planned {
        let Some(slot) = slots.get(planned.slot.as_str()) else { continue };
        let row = rows.entry(&planned.point).or_insert_with(|| empty(&planned.point));
        for day in days(from, to).filter(|day| day.weekday() == planned.weekday) {
            row.planned_min += slot.1 - slot.0;
            row.kept_min += observed.minutes_within(&planned.point, day, *slot);
        }
    }
    for (point, _, minutes) in observed.days().filter(|(_, day, _)| (from..=to).contains(day)) {
        let row = rows.entry(point).or_insert_with(|| empty(point));
        row.observed_min += minutes;
        row.days_observed += 1;
    }
    rows.into_values().collect()
}
