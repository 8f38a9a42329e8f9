//! Which of the planned places were visited, by team and by area, and why the others were not.

use crate::cli::{Caller, Report};
use crate::journey::progress::Progress;
use dtm_model::{Atlas, WhyUnreached};
use dtm_process::rounds::{self, Counts, PlaceProgress};
use dtm_publish::words::Words;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Some places of a round: how many stand where, and the reasons of those not reached.
#[derive(Clone, Debug)]
pub(crate) struct Covered {
    /// The team's id, `none` for no team, or the p-code of the area; empty for places of no known area.
    pub(crate) key: String,
    pub(crate) name: String,
    /// The name of the first-level area that an area lies in; empty for a team, and for an area of that level.
    pub(crate) above: String,
    pub(crate) counts: Counts,
    pub(crate) whys: BTreeMap<WhyUnreached, u32>,
}

impl Covered {
    fn of(key: String, name: String, places: &[&PlaceProgress]) -> Self {
        let mut whys: BTreeMap<WhyUnreached, u32> = BTreeMap::new();
        let unreached = places.iter().filter(|place| place.standing == rounds::Standing::Unreached);
        for why in unreached.filter_map(|place| place.why) {
            *whys.entry(why).or_default() += 1;
        }
        Self { key, name, above: String::new(), counts: rounds::count(places.iter().copied()), whys }
    }

    /// Places of which nothing came and nobody said why.
    pub(crate) fn n_open(&self) -> u32 {
        self.counts.late + self.counts.waiting
    }
}

/// The planned places of each team, those of nobody last; teams without any are left out.
pub(crate) fn coverage_by_team(progress: &Progress, w: &Words) -> Vec<Covered> {
    let teams = progress.teams.iter().map(Some).chain([None]);
    let covered = teams.map(|team| {
        let id = team.map(|team| &team.id);
        let planned = |place: &&PlaceProgress| place.is_planned && place.team.as_ref() == id;
        let places: Vec<&PlaceProgress> = progress.places.iter().filter(planned).collect();
        let key = id.map_or_else(|| super::NO_TEAM.to_owned(), ToString::to_string);
        Covered::of(key, team.map_or_else(|| w.t("visits-no-team"), |team| team.name.clone()), &places)
    });
    covered.filter(|covered| covered.counts.planned > 0).collect()
}

/// The places of each area of second level, by name within those of the first.
pub(crate) fn coverage_by_area(progress: &Progress, atlas: &Atlas, w: &Words) -> Vec<Covered> {
    let mut by_area: BTreeMap<String, Vec<&PlaceProgress>> = BTreeMap::new();
    for place in &progress.places {
        let area = progress.area_of(&place.place, atlas);
        by_area.entry(area.map(|area| area.to_string()).unwrap_or_default()).or_default().push(place);
    }
    let name = |pcode: &str| match atlas.area(&pcode.into()) {
        Some(area) => w.text(&area.name).to_owned(),
        None if pcode.is_empty() => w.t("visits-area-unknown"),
        None => pcode.to_owned(),
    };
    let above = |pcode: &str| match atlas.ancestor(&pcode.into(), 1) {
        Some(area) if area.pcode.as_str() != pcode => w.text(&area.name).to_owned(),
        _ => String::new(),
    };
    let of = |(pcode, places): (String, Vec<&PlaceProgress>)| Covered {
        above: above(&pcode),
        ..Covered::of(pcode.clone(), name(&pcode), &places)
    };
    let mut covered: Vec<Covered> = by_area.into_iter().map(of).collect();
    covered.sort_by(|a, b| (&a.above, &a.name).cmp(&(&b.above, &b.name)));
    covered
}

/// Coverage, each with the area above it where that is another than the one before.
pub(crate) fn grouped(covered: Vec<Covered>) -> impl Iterator<Item = (Covered, Option<String>)> {
    let mut last = String::new();
    covered.into_iter().map(move |one| {
        let is_new = one.above != last;
        last.clone_from(&one.above);
        let above = is_new.then(|| one.above.clone());
        (one, above)
    })
}

/// Coverage as programs read it.
pub(crate) fn coverage_json(by_team: &[Covered], by_area: &[Covered]) -> Value {
    let line = |covered: &Covered| {
        let whys: BTreeMap<&str, u32> = covered.whys.iter().map(|(why, n)| (why.code(), *n)).collect();
        json!({
            "key": covered.key, "name": covered.name, "planned": covered.counts.planned,
            "visited": covered.counts.reached, "notVisited": covered.counts.unreached, "reasons": whys,
            "open": covered.n_open(), "late": covered.counts.late,
        })
    };
    let lines = |all: &[Covered]| all.iter().map(line).collect::<Vec<_>>();
    json!({ "teams": lines(by_team), "areas": lines(by_area) })
}

/// What the command says.
pub(crate) fn coverage_report(progress: &Progress, atlas: &Atlas, caller: &Caller) -> Report {
    let w = Words::of(caller.lang);
    let (by_team, by_area) = (coverage_by_team(progress, w), coverage_by_area(progress, atlas, w));
    let line = |covered: &Covered| {
        let whys: Vec<String> =
            covered.whys.iter().map(|(why, n)| format!("{} {n}", w.label("visits-why", why.code()))).collect();
        let Covered { name, counts, .. } = covered;
        format!(
            "{:>5} {:>5} {:>5} {:>5}  {name}  {}",
            counts.planned,
            counts.reached,
            counts.unreached,
            covered.n_open(),
            whys.join(", ")
        )
    };
    let heads =
        ["visits-planned-n", "supervise-visited", "supervise-not-visited", "supervise-open"].map(|key| w.t(key));
    let lines = by_team.iter().chain(&by_area).map(line);
    let text: Vec<String> = std::iter::once(heads.join(" | ")).chain(lines).collect();
    Report::new(text.join("\n"), coverage_json(&by_team, &by_area))
}
