//! The places of a round: who goes where until when, what came in, what is late, why a place was not reached.

use super::super::problem::Problem;
use super::super::scope::places_of_round;
use super::super::viewer::{On, Verb};
use super::clock::Clock;
use super::submissions::{posted, value, values};
use super::{App, Desk, Pages, RoundHead, Said, round_address, said};
use crate::journey::RoundOf;
use crate::journey::progress::Progress;
use crate::journey::supervision::{Covered, coverage_by_area, coverage_by_team, grouped};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use dtm_model::{Atlas, Operation, Pcode, Ssid, TeamId, Unreached, Visit, WhyUnreached};
use dtm_process::rounds::{Counts, PlaceProgress, Standing};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// How many places one page shows.
const EACH: usize = 100;
/// The longest note on why a place was not reached.
const LONGEST_NOTE: usize = 1000;

/// A place in the list.
struct Line {
    ssid: String,
    name: String,
    area: String,
    standing: &'static str,
    is_found: bool,
    due: String,
    team: String,
    records: u32,
    last: String,
    findings: i64,
    why: String,
    note: String,
}

/// How many places of something stand where: the name, its address, done in percent, and counts as shown.
pub(super) struct CountLine {
    pub(super) name: String,
    /// The area above, where the line is the first of it.
    pub(super) above: Option<String>,
    pub(super) href: String,
    pub(super) counts: Counts,
    pub(super) percent: u32,
}

#[derive(Template)]
#[template(path = "office/visits.html")]
struct VisitsView {
    w: &'static Words,
    said: String,
    round: RoundHead,
    here: String,
    back: String,
    as_of: String,
    /// The standings with their numbers: code, number, whether it is chosen.
    standings: Vec<(&'static str, String, bool)>,
    all_chosen: bool,
    /// P-code and name of the areas that places lie in, and whether it is chosen.
    areas: Vec<(String, String, bool)>,
    teams: Vec<(String, String, bool)>,
    no_team_chosen: bool,
    whys: [&'static str; 8],
    narrowed: bool,
    lines: Vec<Line>,
    pages: Pages,
    may_plan: bool,
    by_area: Vec<CountLine>,
    by_team: Vec<CountLine>,
    teams_href: String,
}

/// Which places the page shows.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wanted {
    standing: String,
    area: String,
    team: String,
    page: String,
}

impl Wanted {
    /// The address of the list with this choice; the page apart.
    fn address(&self, here: &str) -> String {
        links::with_query(here, &[("standing", &self.standing), ("area", &self.area), ("team", &self.team)])
    }

    fn fits(&self, place: &PlaceProgress, areas: &Areas) -> bool {
        let team = place.team.as_ref().map(ToString::to_string).unwrap_or_default();
        (self.standing.is_empty() || self.standing == place.standing.code())
            && (self.area.is_empty() || areas.of(&place.place) == self.area)
            && (self.team.is_empty() || self.team == team || (self.team == "none" && team.is_empty()))
    }
}

/// The first-level areas that places lie in, for lists that officers think in.
pub(super) struct Areas<'a> {
    progress: &'a Progress,
    atlas: &'a Atlas,
}

impl<'a> Areas<'a> {
    pub(super) fn new(progress: &'a Progress, atlas: &'a Atlas) -> Self {
        Self { progress, atlas }
    }

    /// The p-code of the area that a place is counted in; empty for an unknown place.
    fn of(&self, place: &Ssid) -> String {
        self.progress.area_of(place, self.atlas).map(|area| area.to_string()).unwrap_or_default()
    }

    fn name(&self, w: &Words, pcode: &str) -> String {
        match self.atlas.area(&Pcode::from(pcode)) {
            Some(area) => w.text(&area.name).to_owned(),
            None if pcode.is_empty() => w.t("visits-area-unknown"),
            None => pcode.to_owned(),
        }
    }

    /// The places of each area, counted, by name.
    pub(super) fn counted(&self, w: &Words, here: &str) -> Vec<CountLine> {
        let covered = coverage_by_area(self.progress, self.atlas, w);
        grouped(covered).map(|covered| count_line(covered, here, "area")).collect()
    }
}

/// Counted places as a line, with the address of the list of them.
fn count_line((covered, above): (Covered, Option<String>), here: &str, by: &str) -> CountLine {
    let Covered { key, name, counts, .. } = covered;
    let href = if key.is_empty() { String::new() } else { format!("{here}?{by}={}", links::encode(&key)) };
    CountLine { name, above, href, percent: counts.percent_done().unwrap_or(0), counts }
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    Query(wanted): Query<Wanted>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundRead, (&operation, &exercise, &round)).await?;
    let w = desk.words();
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let (progress, atlas) = places_of_round(&app, desk.viewer()?, of).await?;
    let areas = Areas::new(&progress, &atlas);
    let here = format!("{}/places", round_address(&operation, &exercise, &round));
    let counts = progress.counts();
    let notes: BTreeMap<&Ssid, &Unreached> =
        progress.visits.iter().filter_map(|visit| Some((&visit.place, visit.unreached.as_ref()?))).collect();
    let mut fitting: Vec<&PlaceProgress> = progress.places.iter().filter(|place| wanted.fits(place, &areas)).collect();
    let name = |place: &Ssid| progress.known.get(place).map_or_else(|| place.to_string(), |known| known.name.clone());
    fitting.sort_by_cached_key(|place| (place.standing, areas.of(&place.place), name(&place.place)));
    let address = wanted.address(&here);
    let (pages, shown) = Pages::cut(w, &address, &wanted.page, fitting.len(), EACH);
    let team_of = |place: &PlaceProgress| {
        let team = progress.teams.iter().find(|team| Some(&team.id) == place.team.as_ref());
        team.map(|team| team.name.clone()).unwrap_or_default()
    };
    let line = |place: &&PlaceProgress| Line {
        ssid: place.place.to_string(),
        name: name(&place.place),
        area: areas.name(w, &areas.of(&place.place)),
        standing: place.standing.code(),
        is_found: !place.is_planned,
        due: w.date(place.due_on),
        team: team_of(place),
        records: place.reached.records,
        last: place.reached.last_on.map(|day| w.date(day)).unwrap_or_default(),
        findings: i64::from(place.reached.findings),
        why: place.why.map(|why| w.label("visits-why", why.code())).unwrap_or_default(),
        note: notes.get(&place.place).map(|told| told.note.clone()).unwrap_or_default(),
    };
    let known_areas: BTreeSet<String> = progress.places.iter().map(|place| areas.of(&place.place)).collect();
    let mut known_areas: Vec<(String, String, bool)> = known_areas
        .into_iter()
        .filter(|pcode| !pcode.is_empty())
        .map(|pcode| (pcode.clone(), areas.name(w, &pcode), pcode == wanted.area))
        .collect();
    known_areas.sort_by(|a, b| a.1.cmp(&b.1));
    let view = VisitsView {
        w,
        said: told.sentence(w),
        round: RoundHead::new(w, &operation, &exercise, &round),
        as_of: progress.as_of.map(|at| Clock::of(w, &operation).text(at)).unwrap_or_default(),
        standings: Standing::ALL
            .iter()
            .map(|standing| {
                let code = standing.code();
                (code, w.number(i64::from(counts.of(*standing))), wanted.standing == code)
            })
            .collect(),
        all_chosen: wanted.standing.is_empty(),
        areas: known_areas,
        teams: progress
            .teams
            .iter()
            .map(|team| (team.id.to_string(), team.name.clone(), team.id.to_string() == wanted.team))
            .collect(),
        no_team_chosen: wanted.team == "none",
        whys: WhyUnreached::ALL.map(WhyUnreached::code),
        narrowed: address != here,
        lines: fitting[shown].iter().map(line).collect(),
        pages,
        may_plan: desk.can(Verb::RoundUpdate, On::Project(&operation.id)),
        by_area: areas.counted(w, &here),
        by_team: grouped(coverage_by_team(&progress, w)).map(|one| count_line(one, &here, "team")).collect(),
        teams_href: format!("/office/o/{}/teams", links::encode(&operation.slug)),
        back: address,
        here,
    };
    desk.page(&w.t("visits-title"), view.render())
}

/// Plans the places that were ticked, takes them off the plan, or says why they were not reached.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::RoundUpdate, (&operation, &exercise, &round)).await?;
    let stamp = desk.viewer()?.stamp();
    let fields = posted(&body);
    let field = |wanted: &str| value(&fields, wanted).trim();
    let here = format!("{}/places", round_address(&operation, &exercise, &round));
    let back = Some(field("back")).filter(|back| back.starts_with(&here)).unwrap_or(&here);
    let act = field("act");
    let mut places: Vec<Ssid> = values(&fields, "place").map(Ssid::from).collect();
    if act == "plan-all" {
        let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
        let (progress, _) = places_of_round(&app, desk.viewer()?, of).await?;
        let planned: BTreeSet<&Ssid> = progress.visits.iter().map(|visit| &visit.place).collect();
        let open = progress.places.iter().map(|place| &place.place).filter(|place| !planned.contains(place));
        places = open.cloned().collect();
    }
    if places.is_empty() {
        return Ok(said(back, "none-ticked", &[]).into_response());
    }
    let n = places.len() as i64;
    let (what, n) = match act {
        "plan" | "plan-all" => {
            let team = team_named(&app, &operation, field("team")).await?;
            let due_on = field("due").parse::<NaiveDate>().ok();
            let visits: Vec<Visit> =
                places.into_iter().map(|place| Visit { place, team: team.clone(), due_on, unreached: None }).collect();
            app.store.plan_visits(&round.id, &visits, &stamp).await?;
            ("visits-planned", n)
        }
        "drop" => ("visits-dropped", app.store.drop_visits(&round.id, &places, &stamp).await? as i64),
        "unreached" => {
            let why = WhyUnreached::from_code(field("why")).ok_or_else(Problem::not_found)?;
            let note: String = field("note").chars().take(LONGEST_NOTE).collect();
            let told = Unreached { why, note, by: stamp.by.clone(), at: stamp.at };
            for place in &places {
                app.store.set_unreached(&round.id, place, Some(&told), &stamp).await?;
            }
            ("visits-unreached", n)
        }
        "reachable" => {
            for place in &places {
                app.store.set_unreached(&round.id, place, None, &stamp).await?;
            }
            ("visits-reachable", n)
        }
        _ => return Err(Problem::not_found()),
    };
    Ok(said(back, what, &[n]).into_response())
}

/// The team of this id in this operation; none for nobody.
async fn team_named(app: &App, operation: &Operation, id: &str) -> Result<Option<TeamId>, Problem> {
    if id.is_empty() {
        return Ok(None);
    }
    let teams = app.store.teams(&operation.id).await?;
    let team = teams.into_iter().find(|team| team.id.to_string() == id);
    Ok(Some(team.ok_or_else(Problem::not_found)?.id))
}
