//! People counted at two points of one route.
//!
//! Takes passages and the travel time between points; returns for every leg how many of those seen at its end were
//! probably seen at its start before. A group at the end matches one at the start where nationalities, origin and
//! destination are the same, the size is within a tenth (or one person), and it comes as much later as the way takes, give
//! or take. Each group is matched once, the closest in time first. Some match by chance: how many is measured by matching
//! with the clock set off by one and two days each way, and taken away. What is left is an expectation for the sum of the
//! two points, never a reason to delete an entry. O(n log n + candidates).

use super::Passage;
use super::plan::minute;
use chrono::Datelike;
use dtm_model::Ssid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The way from one point to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Where it starts.
    pub from: Ssid,
    /// Where it ends.
    pub to: Ssid,
    /// Minutes it takes.
    pub minutes: u32,
    /// Minutes that may be more or less.
    pub give_or_take: u32,
}

/// How alike groups must be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RouteRules {
    /// How far sizes may differ, as a share of the larger; one person always.
    pub sizes_apart: f64,
}

impl Default for RouteRules {
    fn default() -> Self {
        Self { sizes_apart: 0.1 }
    }
}

/// People seen twice on a leg.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeenTwice {
    /// Where the leg starts.
    pub from: Ssid,
    /// Where it ends.
    pub to: Ssid,
    /// People seen at its end at a known time.
    pub persons_at_end: u64,
    /// Of these, people in groups that match one at the start.
    pub matched: u64,
    /// Groups that match.
    pub matched_groups: u32,
    /// People that match by chance, on average.
    pub by_chance: f64,
}

impl SeenTwice {
    /// People expected to be counted twice: those that match beyond chance.
    pub fn expected(&self) -> f64 {
        (self.matched as f64 - self.by_chance).max(0.0)
    }

    /// The same as a share of those seen at the end; none where nobody was.
    pub fn share(&self) -> Option<f64> {
        (self.persons_at_end > 0).then(|| self.expected() / self.persons_at_end as f64)
    }
}

/// What makes two groups the same kind of group.
type Kind<'p> = (Vec<&'p str>, Option<&'p str>, Option<&'p str>);

struct Group<'p> {
    kind: Kind<'p>,
    /// Minutes since the beginning of the calendar.
    at: i64,
    persons: u32,
}

/// Days by which the clock is set off to see what matches by chance.
const OFF_DAYS: [i64; 4] = [-2, -1, 1, 2];
const DAY: i64 = 24 * 60;

/// Estimates who was seen twice, leg by leg in the order given.
pub fn seen_twice(passages: &[Passage], legs: &[Leg], rules: &RouteRules) -> Vec<SeenTwice> {
    let mut points: BTreeMap<&Ssid, Vec<Group>> = BTreeMap::new();
    for passage in passages {
        let Some(time) = passage.time.filter(|_| !passage.some_time_after) else { continue };
        let mut nationalities: Vec<&str> =
            passage.nationalities.iter().map(|(nationality, _)| nationality.as_str()).collect();
        nationalities.sort_unstable();
        nationalities.dedup();
        points.entry(&passage.point).or_default().push(Group {
            kind: (nationalities, passage.origin.as_deref(), passage.destination.as_deref()),
            at: i64::from(passage.day.num_days_from_ce()) * DAY + i64::from(minute(time)),
            persons: passage.persons,
        });
    }
    // By kind, then by time, so that those that may match lie together.
    points.values_mut().for_each(|groups| {
        groups.sort_by(|a, b| (&a.kind, a.at, a.persons).cmp(&(&b.kind, b.at, b.persons)));
    });
    let none = Vec::new();
    legs.iter()
        .map(|leg| {
            let start = points.get(&leg.from).unwrap_or(&none);
            let end = points.get(&leg.to).unwrap_or(&none);
            let (matched, matched_groups) = matched(start, end, leg, rules, 0);
            let chance: u64 = OFF_DAYS.iter().map(|days| self::matched(start, end, leg, rules, days * DAY).0).sum();
            SeenTwice {
                from: leg.from.clone(),
                to: leg.to.clone(),
                persons_at_end: end.iter().map(|group| u64::from(group.persons)).sum(),
                matched,
                matched_groups,
                by_chance: chance as f64 / OFF_DAYS.len() as f64,
            }
        })
        .collect()
}

/// People and groups at the end that match one at the start, with the clock set off by so many minutes.
fn matched(start: &[Group], end: &[Group], leg: &Leg, rules: &RouteRules, off: i64) -> (u64, u32) {
    let (travel, give) = (i64::from(leg.minutes) + off, i64::from(leg.give_or_take));
    // How far from the expected time, which group at the start, which at the end.
    let mut candidates: Vec<(i64, usize, usize)> = Vec::new();
    for (s, left) in start.iter().enumerate() {
        let earliest = left.at + travel - give;
        let first = end.partition_point(|group| (&group.kind, group.at) < (&left.kind, earliest));
        let same = end[first..]
            .iter()
            .take_while(|group| group.kind == left.kind && group.at <= left.at + travel + give)
            .enumerate();
        let alike = same.filter(|(_, group)| alike(left.persons, group.persons, rules));
        candidates.extend(alike.map(|(nth, group)| ((group.at - left.at - travel).abs(), s, first + nth)));
    }
    candidates.sort_unstable();
    let (mut used_start, mut used_end) = (vec![false; start.len()], vec![false; end.len()]);
    let (mut persons, mut groups) = (0, 0);
    for (_, s, e) in candidates {
        if !used_start[s] && !used_end[e] {
            (used_start[s], used_end[e]) = (true, true);
            // As many were seen twice as the smaller of the two groups has.
            persons += u64::from(start[s].persons.min(end[e].persons));
            groups += 1;
        }
    }
    (persons, groups)
}

fn alike(a: u32, b: u32, rules: &RouteRules) -> bool {
    let apart = a.abs_diff(b);
    apart <= 1 || f64::from(apart) <= rules.sizes_apart * f64::from(a.max(b))
}
