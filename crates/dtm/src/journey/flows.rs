//! Flow monitoring of an operation: who passed its points while somebody watched, beside what was to be watched.
//!
//! Passages are the records of its registries, corrections applied; time observed is that of the shifts that forms tell and
//! people note. What a counter counted stands beside the registry and is never added to it. Only rounds that meet the days
//! asked for are read, each once ([`Registries`]).

use super::registries::Registries;
use crate::world;
use anyhow::{Context, Result};
use chrono::{Days, NaiveDate};
use dtm_model::{Lang, Operation, Place, PlaceKind, PointNoteId, RecordId, Ssid, TeamId, Text, Tool};
use dtm_process::flows::{
    By, EntryPointReport, EntryStatus, Extrapolation, ExtrapolationError, ExtrapolationRules, FlowRow, Leg,
    ObservationPlan, ObservedTime, Passage, PassageFault, Period, PointHours, RouteRules, SeenTwice, Shift, Slot,
    entry_status, extrapolate, flows, plan_problems, point_hours, seen_twice,
};
use dtm_store::{Blobs, NoteKind, PointNote, Stamp, Store};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A report about a point of entry is old after so many days.
const OLD_AFTER_DAYS: u32 = 14;
/// How far back the state of a point of entry is looked for.
const STATE_DAYS: u64 = 3 * 366;
/// Days that a page shows where nobody asks for others.
const DAYS_SHOWN: u64 = 28;
/// More days are not looked at at once.
pub(crate) const MOST_DAYS: i64 = 1100;

/// What is to be watched in an operation, and how far its points lie apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct FlowPlan {
    pub(crate) watch: ObservationPlan,
    pub(crate) legs: Vec<Leg>,
}

impl Default for FlowPlan {
    fn default() -> Self {
        let slot = |name: &str, from: u32, to: u32| Slot { name: name.to_owned(), from: hour(from), to: hour(to) };
        let slots = vec![slot("morning", 6, 12), slot("afternoon", 12, 18)];
        Self { watch: ObservationPlan { slots, planned: Vec::new() }, legs: Vec::new() }
    }
}

fn hour(hour: u32) -> chrono::NaiveTime {
    chrono::NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default()
}

impl FlowPlan {
    /// What is wrong with it, in the reader's language.
    pub(crate) fn problems(&self, lang: Lang) -> Vec<String> {
        plan_problems(&self.watch).iter().map(|problem| problem.message(lang)).collect()
    }
}

/// A shift that somebody noted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct ShiftNote {
    #[serde(flatten)]
    pub(crate) shift: Shift,
    #[serde(default)]
    pub(crate) team: Option<TeamId>,
    /// People that a counter counted in the shift.
    #[serde(default)]
    pub(crate) counted: Option<u32>,
}

/// A note of either kind, read.
pub(crate) struct Noted<T> {
    pub(crate) id: PointNoteId,
    pub(crate) says: T,
    pub(crate) by: String,
    pub(crate) removed: bool,
}

fn noted<T: serde::de::DeserializeOwned>(notes: Vec<PointNote>) -> Result<Vec<Noted<T>>> {
    let read = |note: PointNote| {
        let says = serde_json::from_str(&note.body).context("a note about a point")?;
        Ok(Noted { id: note.id, says, by: note.by, removed: note.removed })
    };
    notes.into_iter().map(read).collect()
}

/// What is known of the flows of an operation over some days.
pub(crate) struct FlowBook {
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) points: Vec<Place>,
    pub(crate) passages: Vec<Passage>,
    pub(crate) faults: Vec<(RecordId, PassageFault)>,
    pub(crate) plan: FlowPlan,
    pub(crate) observed: ObservedTime,
    /// Shifts that people noted, those they removed too.
    pub(crate) noted: Vec<Noted<ShiftNote>>,
    /// The state of points of entry on the last day.
    pub(crate) states: Vec<EntryStatus>,
    /// The words of the forms for codes, by what people are told apart by.
    words: BTreeMap<(By, String), Text>,
}

/// The days shown where nobody asks for others: the last weeks in which a registry collected.
pub(crate) async fn usual_days(store: &Store, operation: &Operation) -> Result<(NaiveDate, NaiveDate)> {
    let mut last = None;
    for exercise in store.exercises(&operation.id).await?.iter().filter(|exercise| exercise.tool == Tool::Fmr) {
        let rounds = store.rounds(&exercise.id).await?;
        last = last.max(rounds.iter().map(|round| round.ends_on).max());
    }
    let to = last.unwrap_or_else(world::today).min(world::today());
    Ok((to.checked_sub_days(Days::new(DAYS_SHOWN - 1)).unwrap_or(to), to))
}

/// The plan of an operation.
pub(crate) async fn plan(store: &Store, operation: &Operation) -> Result<FlowPlan> {
    match store.flow_plan(&operation.id).await? {
        Some(body) => serde_json::from_str(&body).context("the plan of flow monitoring"),
        None => Ok(FlowPlan::default()),
    }
}

impl FlowBook {
    /// Reads what is known over some days.
    pub(crate) async fn of(
        store: &Store,
        blobs: &Blobs,
        operation: &Operation,
        (from, to): (NaiveDate, NaiveDate),
        registries: &Registries,
    ) -> Result<Self> {
        let is_within = |day: NaiveDate| (from..=to).contains(&day);
        let (mut passages, mut faults, mut watched) = (Vec::new(), Vec::new(), Vec::new());
        let mut words = BTreeMap::new();
        for exercise in store.exercises(&operation.id).await?.iter().filter(|exercise| exercise.tool == Tool::Fmr) {
            let only_approved = store.counts_only_approved(&exercise.id).await?;
            for round in store.rounds(&exercise.id).await? {
                if round.ends_on < from || round.starts_on > to {
                    continue;
                }
                let registry = registries.of(store, blobs, &round, only_approved).await?;
                passages.extend(registry.passages.iter().filter(|passage| is_within(passage.day)).cloned());
                faults.extend(registry.faults.iter().cloned());
                watched.extend(registry.shifts.iter().filter(|shift| is_within(shift.day)).cloned());
                for (code, word) in &registry.words {
                    words.entry(code.clone()).or_insert_with(|| word.clone());
                }
            }
        }
        passages
            .sort_by(|a: &Passage, b| (&a.point, a.day, a.time, &a.record).cmp(&(&b.point, b.day, b.time, &b.record)));
        let notes = store.point_notes(&operation.id, NoteKind::Shift, (from, to)).await?;
        let noted = noted::<ShiftNote>(notes)?;
        watched.extend(noted.iter().filter(|note| !note.removed).map(|note| note.says.shift.clone()));
        let since = to.checked_sub_days(Days::new(STATE_DAYS)).unwrap_or(to);
        let states =
            self::noted::<EntryPointReport>(store.point_notes(&operation.id, NoteKind::State, (since, to)).await?)?;
        let states: Vec<EntryPointReport> =
            states.into_iter().filter(|note| !note.removed).map(|note| note.says).collect();
        let places = store.places(&operation.id).await?;
        Ok(Self {
            from,
            to,
            points: places.into_iter().filter(|place| place.kind == PlaceKind::FlowPoint).collect(),
            passages,
            faults,
            plan: plan(store, operation).await?,
            observed: ObservedTime::of(&watched),
            noted,
            states: entry_status(&states, to, OLD_AFTER_DAYS),
            words,
        })
    }

    /// The same of one point alone.
    pub(crate) fn at(mut self, point: &Ssid) -> Self {
        self.passages.retain(|passage| passage.point == *point);
        self
    }

    /// Rows of point, period and value.
    pub(crate) fn rows(&self, period: Period, by: By) -> Vec<FlowRow> {
        flows(&self.passages, &self.observed, period, by)
    }

    /// Time planned and watched, by point.
    pub(crate) fn hours(&self) -> BTreeMap<Ssid, PointHours> {
        let rows = point_hours(&self.plan.watch, &self.observed, self.from, self.to);
        rows.into_iter().map(|row| (row.point.clone(), row)).collect()
    }

    /// People that counters counted at a point, by the first day of each period.
    pub(crate) fn counted(&self, point: &Ssid, period: Period) -> BTreeMap<NaiveDate, u64> {
        let mut sums = BTreeMap::new();
        for note in self.noted.iter().filter(|note| !note.removed && note.says.shift.point == *point) {
            if let Some(counted) = note.says.counted {
                *sums.entry(period.start(note.says.shift.day)).or_default() += u64::from(counted);
            }
        }
        sums
    }

    /// The legs of the plan, with who was probably counted at both ends.
    pub(crate) fn seen_twice(&self) -> Vec<SeenTwice> {
        seen_twice(&self.passages, &self.plan.legs, &RouteRules::default())
    }

    /// An estimate of all who passed a point, where there can be one.
    pub(crate) fn estimate(&self, point: &Ssid) -> Result<Extrapolation, ExtrapolationError> {
        let days = (self.from, self.to);
        let slots = &self.plan.watch.slots;
        extrapolate(point, &self.passages, &self.observed, slots, days, &ExtrapolationRules::default())
    }

    /// The words of the forms for a value; none where no form has any.
    pub(crate) fn words(&self, by: By, code: &str) -> Option<&Text> {
        self.words.get(&(by, code.to_owned()))
    }

    /// The name of a point, or its id.
    pub(crate) fn name<'a>(&'a self, point: &'a Ssid) -> &'a str {
        self.points.iter().find(|place| place.ssid == *point).map_or(point.as_str(), |place| place.name.as_str())
    }

    /// Points that are known, planned or were watched, in order.
    pub(crate) fn all_points(&self) -> Vec<Ssid> {
        let seen = self.passages.iter().map(|passage| passage.point.clone());
        let known = self.points.iter().map(|place| place.ssid.clone());
        let mut all: Vec<Ssid> = known.chain(seen).chain(self.hours().into_keys()).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// What people may be told apart by, as addresses, files and words name it.
pub(crate) const BYS: [(By, &str); 8] = [
    (By::All, "all"),
    (By::Direction, "direction"),
    (By::Origin, "origin"),
    (By::Destination, "destination"),
    (By::Nationality, "nationality"),
    (By::SexAge, "sex-age"),
    (By::Mode, "mode"),
    (By::Reason, "reason"),
];

impl FlowBook {
    /// The rows as programs read them.
    pub(crate) fn rows_json(&self, period: Period, by: By) -> Value {
        let row = |row: &FlowRow| {
            json!({
                "ssid": row.point, "startsOn": row.starts_on, "value": row.value, "persons": row.persons,
                "groups": row.groups, "observedMinutes": row.observed_min,
            })
        };
        self.rows(period, by).iter().map(row).collect()
    }

    /// The points as programs read them.
    pub(crate) fn points_json(&self) -> Value {
        let hours = self.hours();
        let point = |point: &Ssid| {
            let here = self.passages.iter().filter(|passage| passage.point == *point);
            let (persons, groups) = here.fold((0, 0), |(n, groups), one| (n + u64::from(one.persons), groups + 1));
            let time = hours.get(point);
            let state = self.states.iter().find(|state| state.point == *point);
            let known = self.points.iter().find(|place| place.ssid == *point);
            json!({
                "ssid": point, "name": known.map(|place| &place.name), "persons": persons, "groups": groups,
                "counted": self.counted(point, Period::Week).values().sum::<u64>(),
                "observedMinutes": time.map(|time| time.observed_min).filter(|minutes| *minutes > 0),
                "plannedMinutes": time.map_or(0, |time| time.planned_min),
                "keptMinutes": time.map_or(0, |time| time.kept_min), "state": state.map(|state| state.state),
                "stateOn": state.map(|state| state.reported_on), "stateOld": state.map(|state| state.old),
            })
        };
        self.all_points().iter().map(point).collect()
    }
}

/// A shift that was noted, as programs read it.
pub(crate) fn shift_json(id: &PointNoteId, note: &ShiftNote) -> Value {
    let Shift { point, day, from, to } = &note.shift;
    json!({ "id": id, "point": point, "day": day, "from": from, "to": to, "team": note.team, "counted": note.counted })
}

/// Keeps the plan of an operation.
pub(crate) async fn keep_plan(store: &Store, operation: &Operation, plan: &FlowPlan, stamp: &Stamp) -> Result<()> {
    Ok(store.put_flow_plan(&operation.id, &serde_json::to_string(plan)?, stamp).await?)
}

/// Keeps a shift that somebody watched.
pub(crate) async fn note_shift(
    store: &Store,
    operation: &Operation,
    note: &ShiftNote,
    stamp: &Stamp,
) -> Result<PointNoteId> {
    let id = world::fresh(PointNoteId::new);
    let body = serde_json::to_string(note)?;
    store.note_point(&operation.id, NoteKind::Shift, (&id, note.shift.day, &body), stamp).await?;
    Ok(id)
}

/// Keeps the state of a point of entry.
pub(crate) async fn note_state(
    store: &Store,
    operation: &Operation,
    report: &EntryPointReport,
    stamp: &Stamp,
) -> Result<PointNoteId> {
    let id = world::fresh(PointNoteId::new);
    let body = serde_json::to_string(report)?;
    store.note_point(&operation.id, NoteKind::State, (&id, report.on, &body), stamp).await?;
    Ok(id)
}
