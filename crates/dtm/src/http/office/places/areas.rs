//! The areas of an operation's country: which stand, which ended and what they became; new boundaries, shown before they
//! change anything; other spellings.

use super::problems::Problems;
use super::upload::{Named, keep, kept, mistakes};
use super::{Teller, area_address, area_name, areas_address, place_address, places_address};
use crate::http::office::submissions::{posted, value, values};
use crate::http::office::upload::{Parts, Upload};
use crate::http::office::{App, Desk, OperationHead, Pages, Said, said, said_with};
use crate::http::problem::Problem;
use crate::http::viewer::{On, Verb};
use crate::journey::places::{self, AreasRead, From, SiteTypes, spellings};
use crate::world;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use dtm_model::{Area, Atlas, Instant, Operation, Pcode};
use dtm_process::places::{AreaOptions, Becomes, areas_named};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// How many areas one page shows.
const EACH: usize = 50;
/// How many changes and problems a preview tells.
const TOLD: usize = 500;

struct Line {
    pcode: String,
    name: String,
    within: String,
    aliases: String,
    since: String,
    until: String,
    became: String,
    n_places: String,
    /// The list of its places.
    places: String,
    href: String,
}

#[derive(Template)]
#[template(path = "office/areas.html")]
struct AreasView {
    w: &'static Words,
    said: String,
    undo: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    here: String,
    /// Level, its number of areas and whether it is chosen.
    levels: Vec<(u8, String, bool)>,
    level: u8,
    q: String,
    /// The areas of the first level to narrow a long list to: code, name, whether it is chosen.
    firsts: Vec<(String, String, bool)>,
    narrowed: bool,
    lines: Vec<Line>,
    pages: Pages,
    may_change: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wanted {
    level: Option<u8>,
    q: String,
    within: String,
    page: String,
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(wanted): Query<Wanted>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundRead, &slug).await?;
    show(&app, &desk, &operation, wanted, &told, None).await
}

async fn show(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    wanted: Wanted,
    told: &Said,
    mistakes: Option<(String, Vec<String>)>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let (places, atlas) = super::visible(app, desk, operation).await?;
    let mut n_places: BTreeMap<Pcode, i64> = BTreeMap::new();
    for place in places.iter().filter(|place| place.closed_on.is_none()) {
        for level in 0..=4 {
            if let Some(area) = atlas.ancestor(&place.area, level) {
                *n_places.entry(area.pcode.clone()).or_default() += 1;
            }
        }
    }
    let counts = (0..=4).map(|level| (level, atlas.level(level).count())).filter(|(_, n)| *n > 0);
    let counts: Vec<(u8, usize)> = counts.collect();
    let first = counts.iter().map(|(level, _)| *level).find(|level| *level > 0).unwrap_or(0);
    let level = wanted.level.unwrap_or(first);
    let within = [Pcode::from(wanted.within.as_str())];
    let areas: Vec<&Area> = match wanted.q.trim() {
        "" => atlas.level(level).collect(),
        text => areas_named(&atlas, text).into_iter().filter(|area| area.level == level).collect(),
    };
    let lies_there = |area: &&Area| wanted.within.is_empty() || atlas.is_within(&area.pcode, &within);
    let areas: Vec<&Area> = areas.into_iter().filter(lies_there).collect();
    let here = areas_address(operation);
    let level_code = level.to_string();
    let address = links::with_query(&here, &[("level", &level_code), ("q", &wanted.q), ("within", &wanted.within)]);
    let (pages, shown) = Pages::cut(w, &address, &wanted.page, areas.len(), EACH);
    let mut firsts: Vec<(String, String, bool)> = match level > 1 && atlas.level(level).count() > EACH / 2 {
        true => {
            atlas.level(1).map(|area| (area.pcode.to_string(), area_name(w, area), area.pcode == within[0])).collect()
        }
        false => Vec::new(),
    };
    firsts.sort_by(|a, b| a.1.cmp(&b.1));
    let day = |day: Option<NaiveDate>| day.map(|day| w.date(day)).unwrap_or_default();
    let line = |area: &&Area| {
        let parent = area.parent.as_ref().and_then(|parent| atlas.area(parent));
        let became: Vec<&str> = area.became.iter().map(Pcode::as_str).collect();
        Line {
            pcode: area.pcode.to_string(),
            name: area_name(w, area),
            within: parent.map(|parent| area_name(w, parent)).unwrap_or_default(),
            aliases: spellings(area).join("; "),
            since: day(area.valid_from),
            until: day(area.valid_to),
            became: became.join(", "),
            n_places: w.number(n_places.get(&area.pcode).copied().unwrap_or(0)),
            places: links::with_query(&places_address(operation), &[("area", area.pcode.as_str())]),
            href: area_address(operation, &area.pcode),
        }
    };
    let may_change = desk.can(Verb::ProjectUpdate, On::Project(&operation.id));
    let view = AreasView {
        w,
        said: told.sentence(w),
        undo: if may_change {
            ["areas-changed", "areas-taken"].map(|what| told.undo(what)).concat()
        } else {
            String::new()
        },
        mistakes,
        operation: OperationHead::new(app, desk, operation).await?,
        levels: counts.iter().map(|(of, n)| (*of, w.number(*n as i64), *of == level)).collect(),
        lines: areas[shown].iter().map(line).collect(),
        pages,
        may_change,
        level,
        firsts,
        narrowed: !wanted.q.is_empty() || !wanted.within.is_empty(),
        q: wanted.q,
        here,
    };
    desk.answer(&w.t("areas-title"), view.render(), view.mistakes.is_some())
}

/// Takes the reader's last change of areas back, with the places that went along.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    body: String,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    let (stamp, fields) = (desk.viewer()?.stamp(), posted(&body));
    let at = value(&fields, "undo").parse::<i64>().map_err(|_| Problem::not_found())?;
    let undone = places::undo_areas(&app.store, &operation, Instant::from_millis(at), &stamp).await?;
    let numbers = [undone.n_areas as i64, undone.n_places as i64];
    Ok(said(&areas_address(&operation), "areas-undone", &numbers).into_response())
}

pub(super) async fn upload(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    parts: Parts,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    match Upload::read(parts).await?.file {
        Some(file) => keep(&app, &areas_address(&operation), file).await,
        None => refuse(&app, &desk, &operation, vec![desk.words().t("places-no-file")]).await,
    }
}

async fn refuse(app: &App, desk: &Desk, operation: &Operation, lines: Vec<String>) -> Result<Response, Problem> {
    let mistakes = Some((desk.words().t("places-not-read"), lines));
    show(app, desk, operation, Wanted::default(), &Said::default(), mistakes).await
}

async fn read(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    file: &str,
    name: &str,
) -> Result<Result<AreasRead, Response>, Problem> {
    let bytes = kept(app, file).await?;
    match places::read_areas(&app.store, operation, bytes, name, AreaOptions::default(), desk.lang).await {
        Ok(read) => Ok(Ok(read)),
        Err(error) => Ok(Err(refuse(app, desk, operation, mistakes(error)?).await?)),
    }
}

/// An area that would be new or otherwise.
struct Change {
    pcode: String,
    name: String,
    told: Vec<String>,
}

/// An area that the file has no more.
struct Ending {
    pcode: String,
    name: String,
    how: String,
    /// What it became, with the share of its ground.
    became: Vec<String>,
    n_places: i64,
    /// Areas that lie in it and go along.
    n_below: i64,
    /// Id, name and address of its places whose new area nobody can tell.
    unplaced: Vec<(String, String)>,
    is_likely: bool,
}

#[derive(Template)]
#[template(path = "office/areas_upload.html")]
struct PreviewView {
    w: &'static Words,
    operation: OperationHead,
    areas: String,
    here: String,
    file: String,
    today: String,
    n_areas: i64,
    n_outlines: i64,
    n_new: i64,
    fresh: Vec<Change>,
    n_changed: i64,
    changed: Vec<Change>,
    endings: Vec<Ending>,
    problems: Problems,
}

pub(super) async fn preview(
    State(app): State<App>,
    desk: Desk,
    Path((slug, file)): Path<(String, String)>,
    Query(named): Query<Named>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    let w = desk.words();
    let read = match read(&app, &desk, &operation, &file, &named.name).await? {
        Ok(read) => read,
        Err(page) => return Ok(page),
    };
    let known = app.store.places(&operation.id).await?;
    let all: BTreeSet<Pcode> = read.succession.ended().map(|(pcode, _)| pcode.clone()).collect();
    let rehomed = read.rehomed(&known, &all);
    let in_file = Atlas::new(read.areas.iter().cloned(), std::iter::empty());
    let name = |pcode: &Pcode| {
        let area = in_file.area(pcode).or_else(|| read.before.area(pcode));
        area.map(|area| area_name(w, area)).unwrap_or_default()
    };
    let types = SiteTypes::known(&app.store).await?;
    let teller = Teller { w, lang: desk.lang, atlas: &read.before, types: &types };
    let (mut fresh, mut changed, mut endings) = (Vec::new(), Vec::new(), Vec::new());
    for change in &read.succession.changes {
        let pcode = &change.pcode;
        let line = |told| Change { pcode: pcode.to_string(), name: name(pcode), told };
        match &change.becomes {
            Becomes::New => fresh.push(line(Vec::new())),
            Becomes::Changed(differences) => changed.push(line(teller.told_of("area-fact", differences))),
            Becomes::Ended(became) => {
                let its = || rehomed.iter().filter(|one| one.from == *pcode);
                let adrift = its().filter(|one| one.to.is_none());
                let share = |(pcode, share): &(Pcode, f64)| {
                    let percent = w.percent((share * 100.0).round() as i64, 100);
                    format!("{} ({pcode}) {percent}", name(pcode))
                };
                endings.push(Ending {
                    pcode: pcode.to_string(),
                    name: name(pcode),
                    how: w.label("areas-end", read.succession.end(became).code()),
                    became: became.iter().map(share).collect(),
                    n_places: its().count() as i64,
                    n_below: read.before.children(pcode).filter(|below| below.valid_to.is_none()).count() as i64,
                    unplaced: adrift.map(|one| (one.ssid.to_string(), place_address(&operation, &one.ssid))).collect(),
                    is_likely: !became.is_empty(),
                });
            }
        }
    }
    let areas = areas_address(&operation);
    let (n_new, n_changed) = (fresh.len() as i64, changed.len() as i64);
    fresh.truncate(TOLD);
    changed.truncate(TOLD);
    let view = PreviewView {
        w,
        operation: OperationHead::new(&app, &desk, &operation).await?,
        here: format!("{areas}/upload/{file}?name={}", links::encode(&named.name)),
        areas,
        file: named.name,
        today: world::today().to_string(),
        n_areas: read.areas.len() as i64,
        n_outlines: read.boundaries.len() as i64,
        n_new,
        fresh,
        n_changed,
        changed,
        endings,
        problems: Problems::new(&teller, &read.problems),
    };
    desk.page(&w.t("areas-preview"), view.render())
}

/// Takes the areas over; those that were ticked end.
pub(super) async fn take(
    State(app): State<App>,
    desk: Desk,
    Path((slug, file)): Path<(String, String)>,
    Query(named): Query<Named>,
    body: String,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    let read = match read(&app, &desk, &operation, &file, &named.name).await? {
        Ok(read) => read,
        Err(page) => return Ok(page),
    };
    let (stamp, fields) = (desk.viewer()?.stamp(), posted(&body));
    let ends: BTreeSet<Pcode> = values(&fields, "ends").map(Pcode::from).collect();
    let day = value(&fields, "from").parse::<NaiveDate>().ok();
    if day.is_none() && !ends.is_empty() {
        return refuse(&app, &desk, &operation, vec![desk.words().t("areas-no-day")]).await;
    }
    let from = From { day, ends };
    let taken = places::take_areas(&app.store, &operation, read, &from, &named.name, &stamp).await;
    let taken = taken.map_err(Problem::internal)?;
    let numbers = [taken.n_areas as i64, taken.n_moved as i64];
    let back = match taken.unplaced.is_empty() {
        true => areas_address(&operation),
        false => format!("{}?state=adrift", places_address(&operation)),
    };
    let numbers = [("n", numbers[0]), ("m", numbers[1]), ("undo", stamp.at.as_millis())];
    Ok(said_with(&back, "areas-taken", &numbers).into_response())
}
