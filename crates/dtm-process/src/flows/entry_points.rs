//! Points of entry: which are open, and since when.
//!
//! Takes reports (on this day this point was in this state); returns the state of every point on a day with the age of
//! the report, the spells a point went through, and how many points of each kind are in which state. The last report
//! up to the day counts; one older than a limit is marked as old, since a border may have closed since. Of two reports
//! of one day the later in the list counts. O(reports·log reports).

use chrono::NaiveDate;
use dtm_model::{Lang, Ssid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Kind of a point of entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryPointKind {
    /// On land.
    Land,
    /// A port or landing place.
    Sea,
    /// An airport.
    Air,
    /// A transit point within the country.
    Internal,
}

/// State of a point of entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryPointState {
    /// Open for entry and exit.
    Open,
    /// Open with restrictions: hours, papers, some travellers only.
    Partly,
    /// Goods only.
    GoodsOnly,
    /// Closed for entry.
    ClosedForEntry,
    /// Closed for exit.
    ClosedForExit,
    /// Closed.
    Closed,
    /// Not known.
    Unknown,
}

impl EntryPointState {
    /// The state in the reader's language.
    pub fn words(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::Open, Lang::En) => "open",
            (Self::Open, Lang::Fr) => "ouvert",
            (Self::Partly, Lang::En) => "partly open",
            (Self::Partly, Lang::Fr) => "partiellement ouvert",
            (Self::GoodsOnly, Lang::En) => "goods only",
            (Self::GoodsOnly, Lang::Fr) => "marchandises seulement",
            (Self::ClosedForEntry, Lang::En) => "closed for entry",
            (Self::ClosedForEntry, Lang::Fr) => "fermé à l’entrée",
            (Self::ClosedForExit, Lang::En) => "closed for exit",
            (Self::ClosedForExit, Lang::Fr) => "fermé à la sortie",
            (Self::Closed, Lang::En) => "closed",
            (Self::Closed, Lang::Fr) => "fermé",
            (Self::Unknown, Lang::En) => "not known",
            (Self::Unknown, Lang::Fr) => "non connu",
        }
    }
}

/// One report about a point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryPointReport {
    /// The point.
    pub point: Ssid,
    /// Its kind.
    pub kind: EntryPointKind,
    /// The day it is about.
    pub on: NaiveDate,
    /// The state.
    pub state: EntryPointState,
}

/// The state of a point on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryStatus {
    /// The point.
    pub point: Ssid,
    /// Its kind, by the last report.
    pub kind: EntryPointKind,
    /// Its state.
    pub state: EntryPointState,
    /// First day of reports that say so without a break.
    pub since: NaiveDate,
    /// The day of the last report.
    pub reported_on: NaiveDate,
    /// Whether that report is older than the limit.
    pub old: bool,
}

/// The state of every point on a day, by its id. `old_after_days` is the age from which on a report is old.
pub fn entry_status(reports: &[EntryPointReport], on: NaiveDate, old_after_days: u32) -> Vec<EntryStatus> {
    let mut points: Vec<EntryStatus> = Vec::new();
    for spells in spells_by_point(reports, on).into_values() {
        let Some(last) = spells.into_iter().next_back() else { continue };
        let age = (on - last.reported_on).num_days();
        points.push(EntryStatus { old: age > i64::from(old_after_days), ..last });
    }
    points
}

/// The spells of every point up to a day, by point and time: each state with its first and last report.
pub fn entry_spells(reports: &[EntryPointReport], up_to: NaiveDate) -> Vec<EntryStatus> {
    spells_by_point(reports, up_to).into_values().flatten().collect()
}

fn spells_by_point(reports: &[EntryPointReport], up_to: NaiveDate) -> BTreeMap<&Ssid, Vec<EntryStatus>> {
    let mut by_point: BTreeMap<&Ssid, BTreeMap<NaiveDate, &EntryPointReport>> = BTreeMap::new();
    for report in reports.iter().filter(|report| report.on <= up_to) {
        by_point.entry(&report.point).or_default().insert(report.on, report);
    }
    let spells = |reports: BTreeMap<NaiveDate, &EntryPointReport>| {
        let mut spells: Vec<EntryStatus> = Vec::new();
        for (on, report) in reports {
            match spells.last_mut() {
                Some(last) if last.state == report.state => (last.reported_on, last.kind) = (on, report.kind),
                _ => spells.push(EntryStatus {
                    point: report.point.clone(),
                    kind: report.kind,
                    state: report.state,
                    since: on,
                    reported_on: on,
                    old: false,
                }),
            }
        }
        spells
    };
    by_point.into_iter().map(|(point, reports)| (point, spells(reports))).collect()
}

/// How many points of a kind are in a state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntrySummary {
    /// The kind.
    pub kind: EntryPointKind,
    /// The state.
    pub state: EntryPointState,
    /// How many points.
    pub n: u32,
    /// Of these, points whose last report is old.
    pub n_old: u32,
}

/// Counts points by kind and state.
pub fn entry_summary(points: &[EntryStatus]) -> Vec<EntrySummary> {
    let mut counts: BTreeMap<(EntryPointKind, EntryPointState), (u32, u32)> = BTreeMap::new();
    for point in points {
        let (n, n_old) = counts.entry((point.kind, point.state)).or_default();
        *n += 1;
        *n_old += u32::from(point.old);
    }
    counts.into_iter().map(|((kind, state), (n, n_old))| EntrySummary { kind, state, n, n_old }).collect()
}
