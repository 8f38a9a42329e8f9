//! Settles the figures of one round.
//!
//! Takes the observations of the round, the places of the operation and the figures of earlier rounds; returns one
//! figure for each place, indicator and breakdown, with how it was reached. Rules:
//!
//! - One record speaks for a place: the latest assessment ([`super::latest_of_each_place`]).
//! - A place nobody could reach, in the round's scope or outside of it, keeps the last figures collected there, marked
//!   as carried and with the round they are from, for `carry_rounds` rounds; then it leaves the total, as people have
//!   likely moved.
//! - A place that closed before the round ended and was not assessed again has nobody left: zero in the first round
//!   after, nothing from then on. It is never carried.
//! - At a flow monitoring point every registry entry counts, added up by day and direction; nothing is carried.
//!
//! Blocked records do not count: the caller leaves their observations out.

use super::latest_of_each_place;
use crate::checks;
use crate::codes::{FLOW_PARTS, FLOW_PERSONS};
use crate::counts::{Count, total};
use chrono::NaiveDate;
use dtm_model::{
    Atlas, Breakdown, Figure, Finding, How, Observation, Pcode, Place, PlaceKind, RecordId, RoundLabel, Ssid,
};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// What a round is settled from.
#[derive(Clone, Copy, Debug)]
pub struct RoundInput<'a> {
    /// The round's label.
    pub label: &'a RoundLabel,
    /// First day of collection.
    pub starts_on: NaiveDate,
    /// Last day of collection.
    pub ends_on: NaiveDate,
    /// The areas the round covers; empty means the whole country.
    pub scope: &'a [Pcode],
    /// What the round's records say.
    pub observations: &'a [Observation],
    /// All places known to the operation; those open in the round and within its scope are planned.
    pub places: &'a [Place],
    /// The areas, to know what lies within the scope.
    pub atlas: &'a Atlas,
    /// Figures of earlier rounds, the newest first.
    pub earlier: &'a [(RoundLabel, Vec<Figure>)],
    /// Rounds a place's last count is carried for when it cannot be reached.
    pub carry_rounds: u8,
}

/// A settled round.
#[derive(Clone, Debug, PartialEq)]
pub struct Consolidated {
    /// The figures, by place, indicator and breakdown.
    pub figures: Vec<Figure>,
    /// What was noticed on the way.
    pub findings: Vec<Finding>,
    /// How many places were reached.
    pub coverage: Coverage,
}

/// How many places a round covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Coverage {
    /// Places that were to be assessed, those found on the way included.
    pub planned: u32,
    /// Places assessed in this round.
    pub reached: u32,
    /// Places whose figures are carried from an earlier round.
    pub carried: u32,
    /// Places that had figures in the round before and left the total unreached.
    pub dropped: u32,
    /// Places that are zero because they closed.
    pub closed: u32,
}

/// Settles the figures of a round.
pub fn consolidate(input: &RoundInput) -> Consolidated {
    let (flows, stocks): (Vec<&Observation>, Vec<&Observation>) =
        input.observations.iter().partition(|observation| observation.setting.is_none());
    let (kept, superseded) = latest_of_each_place(stocks);
    let mut findings: Vec<Finding> = superseded.iter().map(checks::several_records).collect();
    let reached: BTreeSet<&Ssid> = kept.iter().map(|observations| &observations[0].place).collect();
    let mut figures: Vec<Figure> = kept.iter().flat_map(|observations| reported(observations)).collect();
    let flow_points: BTreeSet<&Ssid> = flows.iter().map(|observation| &observation.place).collect();
    figures.extend(flow_figures(&flows));

    let mut coverage = Coverage { reached: (reached.len() + flow_points.len()) as u32, ..Coverage::default() };
    let known: HashMap<&Ssid, &Place> = input.places.iter().map(|place| (&place.ssid, place)).collect();
    // Flow monitoring points are planned in rounds of a registry, all other places in the others.
    let fits = |place: &&Place| match place.kind {
        PlaceKind::FlowPoint => !flow_points.is_empty(),
        _ => !reached.is_empty() || flow_points.is_empty(),
    };
    let planned = input
        .places
        .iter()
        .filter(fits)
        .filter(|place| is_expected(place, (input.starts_on, input.ends_on), input.scope, input.atlas))
        .map(|place| &place.ssid);
    coverage.planned =
        planned.chain(reached.iter().copied()).chain(flow_points.iter().copied()).collect::<HashSet<_>>().len() as u32;

    for (place, last) in last_figures(input, &reached) {
        let closed = known.get(place).and_then(|place| place.closed_on).filter(|closed| *closed <= input.ends_on);
        if let Some(closed_on) = closed {
            let still_counted = last.in_last_round && last.figures.iter().any(|figure| figure.value > 0.0);
            let zeros = if still_counted { closed_to_zero(&last, closed_on) } else { Vec::new() };
            coverage.closed += u32::from(!zeros.is_empty());
            figures.extend(zeros);
        } else if last.age <= usize::from(input.carry_rounds) {
            coverage.carried += 1;
            let from = last.round;
            findings.push(checks::place_carried(place, from));
            figures.extend(last.figures.iter().map(|figure| {
                let how = How::Carried { from: from.clone() };
                Figure { how, ..(*figure).clone() }
            }));
        } else if last.in_last_round {
            coverage.dropped += 1;
            findings.push(checks::place_left_the_total(place, last.round));
        }
    }
    figures.sort_by(|a, b| {
        let key = |f: &Figure| f.observed_on;
        (&a.place, &a.indicator, &a.breakdown, key(a)).cmp(&(&b.place, &b.indicator, &b.breakdown, key(b)))
    });
    checks::sort(&mut findings);
    Consolidated { figures, findings, coverage }
}

/// Whether a place was to be assessed: it stands between these days, and lies within the scope.
pub(super) fn is_expected(place: &Place, days: (NaiveDate, NaiveDate), scope: &[Pcode], atlas: &Atlas) -> bool {
    let stands =
        place.opened_on.is_none_or(|opened| opened <= days.1) && place.closed_on.is_none_or(|closed| closed >= days.0);
    let in_scope = scope.is_empty()
        || scope.contains(&place.area)
        || (0..=4).any(|level| atlas.ancestor(&place.area, level).is_some_and(|area| scope.contains(&area.pcode)));
    stands && in_scope
}

/// One figure for each indicator and breakdown of a place's record; counts under the same heading are added.
fn reported(observations: &[&Observation]) -> Vec<Figure> {
    let mut figures: BTreeMap<(&str, &Breakdown), Figure> = BTreeMap::new();
    for observation in observations {
        figures
            .entry((&observation.indicator, &observation.breakdown))
            .and_modify(|figure| figure.value += observation.value)
            .or_insert_with(|| figure_of(observation));
    }
    figures.into_values().collect()
}

fn figure_of(observation: &Observation) -> Figure {
    Figure {
        place: observation.place.clone(),
        area: observation.area.clone(),
        setting: observation.setting,
        indicator: observation.indicator.clone(),
        breakdown: observation.breakdown.clone(),
        value: observation.value,
        how: How::Reported,
        observed_on: observation.observed_on,
        records: vec![observation.record.clone()],
        range: None,
    }
}

/// Registry entries added up by place, day, indicator and breakdown. Entries that count men, women, boys and girls but
/// give no total get their total here, so that every group is in [`FLOW_PERSONS`] once.
fn flow_figures(observations: &[&Observation]) -> Vec<Figure> {
    type Key<'o> = (&'o Ssid, &'o RecordId, NaiveDate);
    let mut entries: BTreeMap<Key, Vec<&Observation>> = BTreeMap::new();
    for observation in observations {
        entries
            .entry((&observation.place, &observation.record, observation.observed_on))
            .or_default()
            .push(observation);
    }
    let mut figures: BTreeMap<(Ssid, String, Breakdown, NaiveDate), Figure> = BTreeMap::new();
    let mut add = |figure: Figure| {
        let key = (figure.place.clone(), figure.indicator.clone(), figure.breakdown.clone(), figure.observed_on);
        figures
            .entry(key)
            .and_modify(|sum| {
                sum.value += figure.value;
                if sum.records.last() != figure.records.last() {
                    sum.records.extend(figure.records.iter().cloned());
                }
            })
            .or_insert(figure);
    };
    for entry in entries.values() {
        entry.iter().for_each(|observation| add(figure_of(observation)));
        if total(entry, FLOW_PERSONS).is_none() {
            entry.iter().filter(|count| is_part_of_flow(count)).for_each(|count| {
                let mut figure = figure_of(count);
                figure.indicator = FLOW_PERSONS.to_owned();
                (figure.breakdown.sex, figure.breakdown.age) = (None, None);
                add(figure);
            });
        }
    }
    figures.into_values().collect()
}

fn is_part_of_flow(count: &Observation) -> bool {
    FLOW_PARTS.iter().any(|(code, _, _)| count.indicator() == *code)
        || (count.indicator() == FLOW_PERSONS && !count.breakdown().is_everyone())
}

/// The last figures that were collected at a place.
struct Last<'a> {
    round: &'a RoundLabel,
    /// 1 where they are from the round just before.
    age: usize,
    /// Whether the round just before still counted the place.
    in_last_round: bool,
    figures: Vec<&'a Figure>,
}

/// The newest figures collected (not carried) at each place that was not reached, in order of place.
fn last_figures<'a>(input: &RoundInput<'a>, reached: &BTreeSet<&Ssid>) -> BTreeMap<&'a Ssid, Last<'a>> {
    let mut last: BTreeMap<&Ssid, Last> = BTreeMap::new();
    for (at, (round, figures)) in input.earlier.iter().enumerate() {
        for figure in figures.iter().filter(|figure| figure.setting.is_some() && !reached.contains(&figure.place)) {
            // What is carried in an earlier round tells where the count is from, should that round itself be absent.
            let (from, age) = match &figure.how {
                How::Carried { from } => match input.earlier.iter().position(|(label, _)| label == from) {
                    Some(at) => (&input.earlier[at].0, at + 1),
                    None => (from, usize::MAX),
                },
                _ => (round, at + 1),
            };
            let entry = last.entry(&figure.place).or_insert_with(|| Last {
                round: from,
                age,
                in_last_round: at == 0,
                figures: Vec::new(),
            });
            if entry.round == from && !entry.figures.iter().any(|known| same_heading(known, figure)) {
                entry.figures.push(figure);
            }
        }
    }
    last
}

fn same_heading(a: &Figure, b: &Figure) -> bool {
    a.indicator == b.indicator && a.breakdown == b.breakdown
}

/// Zero for every total the place had, as the register of places says that it closed.
fn closed_to_zero(last: &Last, closed_on: NaiveDate) -> Vec<Figure> {
    let totals = last.figures.iter().filter(|figure| figure.breakdown.is_everyone());
    let mut zeros: BTreeMap<&str, Figure> = BTreeMap::new();
    for figure in totals {
        zeros.entry(&figure.indicator).or_insert_with(|| Figure {
            breakdown: Breakdown::default(),
            value: 0.0,
            how: How::Triangulated,
            observed_on: closed_on,
            records: Vec::new(),
            range: None,
            ..(*figure).clone()
        });
    }
    zeros.into_values().collect()
}
