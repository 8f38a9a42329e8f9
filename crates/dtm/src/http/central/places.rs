//! The places of an operation and the areas of its country: looked up, changed, merged, taken back.

use super::{JsonBody, Paging, created_by, given, operation};
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem, reader_language};
use crate::journey::places::{self, Merge, NewCode, SiteTypes, Unkept, Written, WrittenArea};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::NaiveDate;
use dtm_model::{Area, Atlas, Instant, Operation, Pcode, Place, Ssid};
use dtm_process::places::{DuplicateRules, Search, areas_named, possible_duplicates};
use dtm_publish::words::Words;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/places", get(list).post(add))
        .route("/v1/projects/{project}/places/{ssid}", get(show).patch(change))
        .route("/v1/projects/{project}/places/{ssid}/merge", post(merge))
        .route("/v1/projects/{project}/place-changes/{change}/undo", post(undo))
        .route("/v1/projects/{project}/place-duplicates", get(list_duplicates).post(set_distinct))
        .route("/v1/projects/{project}/areas", get(list_areas))
        .route("/v1/projects/{project}/areas/{area}", get(show_area).patch(change_area))
        .route("/v1/projects/{project}/areas/{area}/recode", post(recode_area))
        .route("/v1/projects/{project}/area-changes/{change}/undo", post(undo_areas))
}

/// How many states of a place or an area are told.
const STATES: u32 = 200;
/// The longest text of a place.
const LONGEST: usize = 300;

fn unkept(unkept: Unkept) -> Problem {
    Problem::mistaken("place_not_so", 409.62, unkept.into())
}

fn area_unkept(unkept: Unkept) -> Problem {
    Problem::mistaken("area_not_so", 409.63, unkept.into())
}

/// The places of an operation that this person sees, with the areas.
async fn seen(app: &App, viewer: &Viewer, operation: &Operation) -> Result<(Vec<Place>, Arc<Atlas>), Problem> {
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let mut places = app.store.places(&operation.id).await?;
    if let Some(areas) = viewer.areas_seen(On::Project(&operation.id)) {
        places.retain(|place| atlas.is_within(&place.area, &areas));
    }
    Ok((places, atlas))
}

async fn one(app: &App, viewer: &Viewer, operation: &Operation, ssid: &str) -> Result<(Place, Arc<Atlas>), Problem> {
    let (places, atlas) = seen(app, viewer, operation).await?;
    let place = places.into_iter().find(|place| place.ssid.as_str() == ssid).ok_or_else(Problem::not_found)?;
    Ok((place, atlas))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct After {
    /// The id of the last of the page before.
    after: String,
}

/// The places that fit, by their id.
async fn list(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    paging: Paging,
    Path(project): Path<i64>,
    Query(search): Query<Search>,
    Query(After { after }): Query<After>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundRead, project).await?;
    if let Some((name, value)) = search.unknown() {
        return Err(Problem::unexpected_value(name, value));
    }
    let (places, atlas) = seen(&app, &viewer, &operation).await?;
    let (types, lang) = (SiteTypes::known(&app.store).await?, reader_language(&headers));
    let further: Vec<&Place> =
        search.of(&places, &atlas).into_iter().filter(|place| place.ssid.as_str() > after.as_str()).collect();
    Ok(Json(paging.cut(further).into_iter().map(|place| places::place_json(place, &atlas, &types, lang)).collect()))
}

/// States with the people who made them.
async fn by_actors(app: &App, mut history: Vec<Value>) -> Result<Value, Problem> {
    for past in &mut history {
        past["by"] = created_by(app, past["by"].as_str()).await?;
    }
    Ok(history.into())
}

/// A place with what was done to it.
async fn told(app: &App, headers: &HeaderMap, operation: &Operation, ssid: &Ssid) -> Result<Json<Value>, Problem> {
    let place = app.store.place(&operation.id, ssid).await?.ok_or_else(Problem::not_found)?;
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let types = SiteTypes::known(&app.store).await?;
    let history = app.store.place_history(&operation.id, ssid, STATES).await?;
    let mut told = places::place_json(&place, &atlas, &types, reader_language(headers));
    told["history"] = by_actors(app, places::place_past_json(&history)).await?;
    Ok(Json(told))
}

async fn show(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, ssid)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundRead, project).await?;
    let (place, _) = one(&app, &viewer, &operation, &ssid).await?;
    told(&app, &headers, &operation, &place.ssid).await
}

#[derive(Deserialize)]
struct Position {
    lat: f64,
    lon: f64,
}

/// What is said of a place; what is missing stays as it is, what is null is taken away.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Said {
    ssid: Option<String>,
    name: Option<String>,
    aliases: Option<Vec<String>>,
    kind: Option<String>,
    area: Option<String>,
    #[serde(deserialize_with = "given")]
    site_type: Option<Option<String>>,
    #[serde(deserialize_with = "given")]
    position: Option<Option<Position>>,
    #[serde(deserialize_with = "given")]
    opened_on: Option<Option<NaiveDate>>,
    #[serde(deserialize_with = "given")]
    closed_on: Option<Option<NaiveDate>>,
    reason: String,
    /// Whether the position is meant though it lies outside the country.
    sure: bool,
}

impl Said {
    /// What was written before, with what is said now.
    fn over(self, before: Written) -> Written {
        let day = |said: Option<Option<NaiveDate>>, before: String| match said {
            Some(day) => day.map(|day| day.to_string()).unwrap_or_default(),
            None => before,
        };
        let (lat, lon) = match self.position {
            Some(Some(at)) => (at.lat.to_string(), at.lon.to_string()),
            Some(None) => (String::new(), String::new()),
            None => (before.lat, before.lon),
        };
        Written {
            ssid: self.ssid.map_or(before.ssid, |text| short(&text)),
            name: self.name.map_or(before.name, |text| short(&text)),
            aliases: self.aliases.map_or(before.aliases, |names| names.join("; ")),
            kind: self.kind.unwrap_or(before.kind),
            area: self.area.unwrap_or(before.area),
            site_type: self.site_type.map_or(before.site_type, |text| short(&text.unwrap_or_default())),
            lat,
            lon,
            opened_on: day(self.opened_on, before.opened_on),
            closed_on: day(self.closed_on, before.closed_on),
            reason: short(&self.reason),
            is_sure: self.sure,
        }
    }
}

/// A text without what no name holds, no longer than it may be.
fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect::<String>().trim().to_owned()
}

fn words(headers: &HeaderMap) -> &'static Words {
    Words::of(reader_language(headers))
}

async fn add(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path(project): Path<i64>,
    JsonBody(said): JsonBody<Said>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundUpdate, project).await?;
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let written = said.over(Written::default());
    let added = places::add(&app.store, &operation, &atlas, &written, words(&headers), &viewer.stamp()).await;
    told(&app, &headers, &operation, &added.map_err(unkept)?.ssid).await
}

/// Corrects, closes or opens a place.
async fn change(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, ssid)): Path<(i64, String)>,
    JsonBody(said): JsonBody<Said>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundUpdate, project).await?;
    let (place, atlas) = one(&app, &viewer, &operation, &ssid).await?;
    let written = said.over(Written::of(&place));
    let about = (&*atlas, &place);
    let changed = places::change(&app.store, &operation, about, &written, words(&headers), &viewer.stamp()).await;
    changed.map_err(unkept)?;
    told(&app, &headers, &operation, &place.ssid).await
}

#[derive(Deserialize)]
struct MergeSaid {
    into: String,
    on: NaiveDate,
    #[serde(default)]
    reason: String,
}

async fn merge(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, ssid)): Path<(i64, String)>,
    JsonBody(MergeSaid { into, on, reason }): JsonBody<MergeSaid>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundUpdate, project).await?;
    let (gone, _) = one(&app, &viewer, &operation, &ssid).await?;
    let other = app.store.place(&operation.id, &Ssid(into.clone())).await?;
    let other = other.ok_or_else(|| Problem::unexpected_value("into", &into))?;
    let with = Merge { into: &other, on, reason: &short(&reason) };
    let merged = places::merge(&app.store, &operation, &gone, with, words(&headers), &viewer.stamp()).await;
    merged.map_err(unkept)?;
    told(&app, &headers, &operation, &gone.ssid).await
}

/// The moment that a change is named by.
fn moment(change: &str) -> Result<Instant, Problem> {
    change.parse().map(Instant::from_millis).map_err(|_| Problem::not_found())
}

/// Takes back what this person did to places in one change.
async fn undo(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, change)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundUpdate, project).await?;
    let n = app.store.undo_places(&operation.id, moment(&change)?, "", &viewer.stamp()).await?;
    Ok(Json(json!({ "undone": n })))
}

/// Pairs of places that may be one.
async fn list_duplicates(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundUpdate, project).await?;
    let (places, atlas) = seen(&app, &viewer, &operation).await?;
    let distinct = app.store.distinct_places(&operation.id).await?;
    let pairs = possible_duplicates(&places, &atlas, &distinct, &DuplicateRules::default());
    let pair = |pair: &dtm_process::places::Duplicate| {
        json!({
            "one": pair.place, "other": pair.other, "nameLikeness": pair.name_likeness, "metres": pair.distance_m,
        })
    };
    Ok(Json(pairs.iter().map(pair).collect()))
}

#[derive(Deserialize)]
struct Distinct {
    one: String,
    other: String,
    distinct: bool,
}

/// Says that two places are two, or takes that back.
async fn set_distinct(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    JsonBody(Distinct { one, other, distinct }): JsonBody<Distinct>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundUpdate, project).await?;
    let pair = (Ssid(one), Ssid(other));
    for ssid in [&pair.0, &pair.1] {
        app.store.place(&operation.id, ssid).await?.ok_or_else(Problem::not_found)?;
    }
    app.store.set_distinct(&operation.id, (&pair.0, &pair.1), distinct, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct WantedAreas {
    q: String,
    level: Option<u8>,
    within: String,
    /// The code of the last of the page before.
    after: String,
}

/// The areas of the operation's country, by their code.
async fn list_areas(
    State(app): State<App>,
    viewer: Viewer,
    paging: Paging,
    Path(project): Path<i64>,
    Query(wanted): Query<WantedAreas>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundRead, project).await?;
    let (seen, atlas) = seen(&app, &viewer, &operation).await?;
    let named: Option<BTreeSet<&Pcode>> = match wanted.q.trim() {
        "" => None,
        text => Some(areas_named(&atlas, text).into_iter().map(|area| &area.pcode).collect()),
    };
    let within = [Pcode::from(wanted.within.as_str())];
    let fits = |area: &&Area| {
        wanted.level.is_none_or(|level| area.level == level)
            && named.as_ref().is_none_or(|named| named.contains(&area.pcode))
            && (wanted.within.is_empty() || atlas.is_within(&area.pcode, &within))
            && area.pcode.as_str() > wanted.after.as_str()
    };
    let counts = n_places(&seen);
    let told = |area: &Area| places::area_json(area, counts.get(&area.pcode).copied().unwrap_or(0));
    Ok(Json(paging.cut(atlas.areas().filter(fits).collect()).into_iter().map(told).collect()))
}

/// How many places that stand lie in each area itself.
fn n_places(places: &[Place]) -> BTreeMap<&Pcode, usize> {
    let mut counts = BTreeMap::new();
    for place in places.iter().filter(|place| place.closed_on.is_none()) {
        *counts.entry(&place.area).or_default() += 1;
    }
    counts
}

/// An area with what was done to it.
async fn area_told(app: &App, viewer: &Viewer, operation: &Operation, pcode: &Pcode) -> Result<Json<Value>, Problem> {
    let (seen, atlas) = seen(app, viewer, operation).await?;
    let area = atlas.area(pcode).ok_or_else(Problem::not_found)?;
    let history = app.store.area_history(&operation.admin0, pcode, STATES).await?;
    let mut told = places::area_json(area, n_places(&seen).get(pcode).copied().unwrap_or(0));
    told["history"] = by_actors(app, places::area_past_json(&history)).await?;
    Ok(Json(told))
}

async fn show_area(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, area)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundRead, project).await?;
    area_told(&app, &viewer, &operation, &Pcode(area)).await
}

/// What is said of an area; what is missing stays as it is, what is null is taken away.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct AreaSaid {
    name: Option<BTreeMap<String, String>>,
    aliases: Option<Vec<String>>,
    parent: Option<String>,
    #[serde(deserialize_with = "given")]
    valid_from: Option<Option<NaiveDate>>,
    #[serde(deserialize_with = "given")]
    valid_to: Option<Option<NaiveDate>>,
    became: Option<Vec<String>>,
    reason: String,
}

impl AreaSaid {
    fn over(self, before: WrittenArea) -> WrittenArea {
        let day = |said: Option<Option<NaiveDate>>, before: String| match said {
            Some(day) => day.map(|day| day.to_string()).unwrap_or_default(),
            None => before,
        };
        let name = |lang: &str, before: String| match &self.name {
            Some(names) => names.get(lang).map(|name| short(name)).unwrap_or(before),
            None => before,
        };
        WrittenArea {
            name_en: name("en", before.name_en),
            name_fr: name("fr", before.name_fr),
            aliases: self.aliases.map_or(before.aliases, |names| names.join("; ")),
            parent: self.parent.unwrap_or(before.parent),
            valid_from: day(self.valid_from, before.valid_from),
            valid_to: day(self.valid_to, before.valid_to),
            became: self.became.map_or(before.became, |codes| codes.join("; ")),
            reason: short(&self.reason),
        }
    }
}

/// An operation whose areas this person may change, with one of them.
async fn area_to_change(
    app: &App,
    viewer: &Viewer,
    project: i64,
    area: &str,
) -> Result<(Operation, Arc<Atlas>, Area), Problem> {
    let operation = operation(app, viewer, Verb::ProjectUpdate, project).await?;
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let area = atlas.area(&Pcode::from(area)).cloned().ok_or_else(Problem::not_found)?;
    Ok((operation, atlas, area))
}

async fn change_area(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, area)): Path<(i64, String)>,
    JsonBody(said): JsonBody<AreaSaid>,
) -> Result<Json<Value>, Problem> {
    let (operation, atlas, area) = area_to_change(&app, &viewer, project, &area).await?;
    let written = said.over(WrittenArea::of(&area));
    let about = (&*atlas, &area);
    let changed = places::change_area(&app.store, &operation, about, &written, words(&headers), &viewer.stamp()).await;
    changed.map_err(area_unkept)?;
    area_told(&app, &viewer, &operation, &area.pcode).await
}

#[derive(Deserialize)]
struct Recode {
    code: String,
    from: NaiveDate,
    #[serde(default)]
    reason: String,
}

/// Gives an area a new code from a day on.
async fn recode_area(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, area)): Path<(i64, String)>,
    JsonBody(Recode { code, from, reason }): JsonBody<Recode>,
) -> Result<Json<Value>, Problem> {
    let (operation, atlas, area) = area_to_change(&app, &viewer, project, &area).await?;
    let new = NewCode { code: code.trim(), from, reason: &short(&reason) };
    let about = (&*atlas, &area);
    let recoded = places::recode_area(&app.store, &operation, about, new, words(&headers), &viewer.stamp()).await;
    area_told(&app, &viewer, &operation, &recoded.map_err(area_unkept)?).await
}

/// Takes back what this person did to areas in one change, and to the places that went along.
async fn undo_areas(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, change)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::ProjectUpdate, project).await?;
    let undone = places::undo_areas(&app.store, &operation, moment(&change)?, &viewer.stamp()).await?;
    Ok(Json(json!({ "undone": undone.n_areas, "places": undone.n_places })))
}
