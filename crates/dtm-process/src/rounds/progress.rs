//! Where a round stands while it is collected: which of its places are ready, flagged, late, missing or out of reach.
//!
//! In go the visits that were planned, what came in so far and the day; out comes one line for each place, and counts. A
//! place that was planned by nobody and reached all the same is there, too, marked as found on the way.

use super::consolidate::is_expected;
use chrono::NaiveDate;
use dtm_model::{Atlas, Pcode, Place, Ssid, TeamId, Visit, WhyUnreached};
use std::collections::{BTreeMap, BTreeSet};

/// What came in about a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Reached {
    /// Records that speak of it.
    pub records: u32,
    /// The day of the last assessment.
    pub last_on: Option<NaiveDate>,
    /// Open findings about it that block or want to be confirmed.
    pub findings: u32,
}

/// Where a place stands in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Nothing came, and its day has passed.
    Late,
    /// Something came, and a check wants an answer.
    Flagged,
    /// Nothing came yet.
    Waiting,
    /// Somebody said why it was not reached.
    Unreached,
    /// Assessed, and nothing is open.
    Ready,
}

impl Standing {
    /// Every standing, what needs somebody first.
    pub const ALL: [Standing; 5] =
        [Standing::Late, Standing::Flagged, Standing::Waiting, Standing::Unreached, Standing::Ready];

    /// The word used in addresses and words of pages.
    pub fn code(self) -> &'static str {
        match self {
            Standing::Late => "late",
            Standing::Flagged => "flagged",
            Standing::Waiting => "waiting",
            Standing::Unreached => "unreached",
            Standing::Ready => "ready",
        }
    }

    /// The standing of this word.
    pub fn from_code(code: &str) -> Option<Standing> {
        Standing::ALL.into_iter().find(|standing| standing.code() == code)
    }
}

/// What progress is seen from.
#[derive(Clone, Copy, Debug)]
pub struct ProgressInput<'a> {
    /// First and last day of collection.
    pub days: (NaiveDate, NaiveDate),
    /// Today.
    pub today: NaiveDate,
    /// The areas the round covers; empty means the whole country.
    pub scope: &'a [Pcode],
    /// The visits that were planned. Where there are none, every place that stands within the scope is expected.
    pub visits: &'a [Visit],
    /// Why places were not reached where no visit was planned stands with a visit, too.
    pub places: &'a [Place],
    /// The areas, to know what lies within the scope.
    pub atlas: &'a Atlas,
    /// What came in.
    pub reached: &'a BTreeMap<Ssid, Reached>,
}

/// One place of a round.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct PlaceProgress {
    /// The place.
    pub place: Ssid,
    /// Where it stands.
    pub standing: Standing,
    /// Whether it was expected; else it was found on the way.
    pub is_planned: bool,
    /// Who goes.
    pub team: Option<TeamId>,
    /// The day it is due.
    pub due_on: NaiveDate,
    /// Why it was not reached.
    pub why: Option<WhyUnreached>,
    /// What came in.
    pub reached: Reached,
}

/// How many places stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Counts {
    /// Places expected.
    pub planned: u32,
    /// Places of which something came, those found on the way included.
    pub reached: u32,
    /// Assessed, nothing open.
    pub ready: u32,
    /// Assessed, a check wants an answer.
    pub flagged: u32,
    /// Not there though the day has passed.
    pub late: u32,
    /// Not there yet.
    pub waiting: u32,
    /// Out of reach, with a reason.
    pub unreached: u32,
    /// Reached though not expected.
    pub found: u32,
}

impl Counts {
    fn add(&mut self, place: &PlaceProgress) {
        self.planned += u32::from(place.is_planned);
        self.found += u32::from(!place.is_planned);
        self.reached += u32::from(place.reached.records > 0);
        match place.standing {
            Standing::Ready => self.ready += 1,
            Standing::Flagged => self.flagged += 1,
            Standing::Late => self.late += 1,
            Standing::Waiting => self.waiting += 1,
            Standing::Unreached => self.unreached += 1,
        }
    }

    /// How many places stand there.
    pub fn of(&self, standing: Standing) -> u32 {
        match standing {
            Standing::Late => self.late,
            Standing::Flagged => self.flagged,
            Standing::Waiting => self.waiting,
            Standing::Unreached => self.unreached,
            Standing::Ready => self.ready,
        }
    }

    /// The share of expected places that are accounted for (ready, flagged or out of reach with a reason), whole percent.
    pub fn percent_done(&self) -> Option<u32> {
        let all = self.planned + self.found;
        (all > 0).then(|| 100 * (all - self.late - self.waiting) / all)
    }
}

/// Counts the places of a list.
pub fn count<'a>(places: impl IntoIterator<Item = &'a PlaceProgress>) -> Counts {
    places.into_iter().fold(Counts::default(), |mut counts, place| {
        counts.add(place);
        counts
    })
}

/// Says where each place of a round stands, by place. O((visits + places + reached) log).
pub fn progress(input: &ProgressInput) -> Vec<PlaceProgress> {
    let (starts_on, ends_on) = input.days;
    let visits: BTreeMap<&Ssid, &Visit> = input.visits.iter().map(|visit| (&visit.place, visit)).collect();
    let expected: BTreeSet<&Ssid> = if visits.is_empty() {
        let stands = |place: &&Place| is_expected(place, (starts_on, ends_on), input.scope, input.atlas);
        input.places.iter().filter(stands).map(|place| &place.ssid).collect()
    } else {
        visits.keys().copied().collect()
    };
    let all: BTreeSet<&Ssid> = expected.iter().copied().chain(input.reached.keys()).collect();
    all.into_iter()
        .map(|place| {
            let visit = visits.get(place);
            let due_on = visit.and_then(|visit| visit.due_on).unwrap_or(ends_on);
            let unreached = visit.and_then(|visit| visit.unreached.as_ref());
            let reached = input.reached.get(place).cloned().unwrap_or_default();
            let standing = match &reached {
                Reached { records: 0, .. } if unreached.is_some() => Standing::Unreached,
                Reached { records: 0, .. } if due_on < input.today => Standing::Late,
                Reached { records: 0, .. } => Standing::Waiting,
                Reached { findings: 0, .. } => Standing::Ready,
                _ => Standing::Flagged,
            };
            PlaceProgress {
                place: place.clone(),
                standing,
                is_planned: expected.contains(place),
                team: visit.and_then(|visit| visit.team.clone()),
                due_on,
                why: unreached.map(|unreached| unreached.why).filter(|_| reached.records == 0),
                reached,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::{Instant, PlaceKind, Unreached};

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).unwrap()
    }

    fn place(ssid: &str, area: &str) -> Place {
        Place {
            ssid: Ssid::from(ssid),
            kind: PlaceKind::Site,
            name: ssid.to_owned(),
            area: Pcode::from(area),
            site_type: None,
            position: None,
            opened_on: None,
            closed_on: None,
            aliases: Vec::new(),
            merged_into: None,
        }
    }

    fn visit(ssid: &str, due: Option<u32>, why: Option<WhyUnreached>) -> Visit {
        let told = |why| Unreached { why, note: String::new(), by: "user:x".to_owned(), at: Instant::from_millis(0) };
        Visit { place: Ssid::from(ssid), team: None, due_on: due.map(day), unreached: why.map(told) }
    }

    /// The places a, b, c… of a round of 1 to 20 March, seen on the 10th: each line is a place and where it stands.
    fn check(visits: &[Visit], places: &[Place], reached: &[(&str, u32, u32)], expected: &str) -> Counts {
        let reached = reached.iter().map(|(place, records, findings)| {
            (Ssid::from(*place), Reached { records: *records, last_on: None, findings: *findings })
        });
        let atlas = Atlas::default();
        let seen = progress(&ProgressInput {
            days: (day(1), day(20)),
            today: day(10),
            scope: &[],
            visits,
            places,
            atlas: &atlas,
            reached: &reached.collect(),
        });
        let told = |one: &PlaceProgress| {
            let found = if one.is_planned { "" } else { " (found)" };
            format!("{} {}{found}", one.place, one.standing.code())
        };
        assert_eq!(seen.iter().map(told).collect::<Vec<_>>().join("\n"), expected.trim());
        count(&seen)
    }

    #[test]
    fn a_place_is_late_on_the_day_after_it_was_due_and_not_before() {
        let visits = [visit("a", Some(9), None), visit("b", Some(10), None), visit("c", None, None)];
        check(&visits, &[], &[], "a late\nb waiting\nc waiting");
    }

    #[test]
    fn a_reason_accounts_for_a_place_until_something_comes_after_all() {
        let visits =
            [visit("a", Some(9), Some(WhyUnreached::Insecurity)), visit("b", None, Some(WhyUnreached::NoRoad))];
        let counts = check(&visits, &[], &[("b", 1, 0)], "a unreached\nb ready");
        assert_eq!((counts.percent_done(), counts.reached), (Some(100), 1));
    }

    #[test]
    fn what_a_check_asks_about_is_flagged_until_it_is_answered() {
        let counts = check(&[visit("a", None, None)], &[], &[("a", 1, 2)], "a flagged");
        assert_eq!((counts.flagged, counts.ready), (1, 0));
    }

    #[test]
    fn without_planned_visits_every_place_that_stands_is_expected() {
        let mut closed = place("c", "XX01");
        closed.closed_on = NaiveDate::from_ymd_opt(2025, 12, 31);
        let places = [place("a", "XX01"), place("b", "XX02"), closed];
        check(&[], &places, &[("a", 1, 0), ("z", 1, 0)], "a ready\nb waiting\nz ready (found)");
    }

    #[test]
    fn a_round_that_expects_nothing_has_no_share() {
        assert_eq!(check(&[], &[], &[], "").percent_done(), None);
    }
}
