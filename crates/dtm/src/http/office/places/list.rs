//! The places of an operation: narrowed, on a map, for a spreadsheet; and the last change taken back.

use super::{area_name, ground, kind_name, map, place_address, places_address, spot, visible, whereabouts};
use crate::http::office::submissions::{posted, value};
use crate::http::office::{App, Desk, OperationHead, Pages, Said, operation_address, said};
use crate::http::problem::Problem;
use crate::http::table_file;
use crate::http::viewer::{On, Verb};
use crate::journey::phone_list;
use crate::journey::places::SiteTypes;
use crate::spreadsheet::{Cell, Kind, Table};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use dtm_model::{Atlas, Instant, Operation, Pcode, Place, Point};
use dtm_process::places::{DuplicateRules, KINDS, STATES, Search, is_adrift, kind_code, possible_duplicates};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use serde::Deserialize;
use std::collections::BTreeSet;

/// How many places one page shows.
const EACH: usize = 50;
/// Places that one map draws at most.
const MOST_SPOTS: usize = 20_000;

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct PageOf {
    page: String,
}

/// The address of a list narrowed so.
fn address(here: &str, search: &Search) -> String {
    let Search { q, kind, area, state } = search;
    links::with_query(here, &[("q", q), ("kind", kind), ("area", area), ("state", state)])
}

struct Line {
    href: String,
    name: String,
    ssid: String,
    whereabouts: String,
    kind: String,
    site_type: String,
    opened: String,
    closed: String,
    merged: String,
    has_position: bool,
}

#[derive(Template)]
#[template(path = "office/places.html")]
struct PlacesView {
    w: &'static Words,
    said: String,
    undo: String,
    /// The moment at which boundaries were taken that left places adrift.
    undo_areas: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    here: String,
    csv: String,
    q: String,
    /// Code, name and whether it is chosen.
    kinds: Vec<(&'static str, String, bool)>,
    states: Vec<(&'static str, String, bool)>,
    areas: Vec<(String, String, bool)>,
    narrowed: bool,
    map: String,
    total: String,
    lines: Vec<Line>,
    pages: Pages,
    may_change: bool,
    /// The list of these places that phones use; none where there is none.
    phones: Option<String>,
    may_begin: bool,
    n_duplicates: i64,
    n_adrift: i64,
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(search): Query<Search>,
    Query(page): Query<PageOf>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundRead, &slug).await?;
    show(&app, &desk, &operation, (search, &page.page), &told, None).await
}

pub(super) async fn show(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    (search, page): (Search, &str),
    told: &Said,
    mistakes: Option<(String, Vec<String>)>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let (places, atlas) = visible(app, desk, operation).await?;
    let here = places_address(operation);
    let mut fitting = search.of(&places, &atlas);
    fitting.sort_by_cached_key(|place| (whereabouts(w, &atlas, place), place.name.to_lowercase(), place.ssid.clone()));
    let address_of_all = address(&here, &search);
    let (pages, shown) = Pages::cut(w, &address_of_all, page, fitting.len(), EACH);
    let within = atlas.area(&Pcode::from(search.area.as_str()));
    let spots = fitting.iter().filter_map(|place| spot(operation, place, None)).take(MOST_SPOTS).collect();
    let may_change = desk.can(Verb::RoundUpdate, On::Project(&operation.id));
    let n_duplicates = match may_change {
        true => {
            let distinct = app.store.distinct_places(&operation.id).await?;
            possible_duplicates(&places, &atlas, &distinct, &DuplicateRules::default()).len()
        }
        false => 0,
    };
    let types = SiteTypes::known(&app.store).await?;
    let day = |day: Option<NaiveDate>| day.map(|day| w.date(day)).unwrap_or_default();
    let line = |place: &&Place| Line {
        href: place_address(operation, &place.ssid),
        name: place.name.clone(),
        ssid: place.ssid.to_string(),
        whereabouts: whereabouts(w, &atlas, place),
        kind: kind_name(w, place.kind),
        site_type: place.site_type.as_deref().map(|code| types.name(desk.lang, code)).unwrap_or_default(),
        opened: day(place.opened_on),
        closed: day(place.closed_on),
        merged: place.merged_into.as_ref().map(ToString::to_string).unwrap_or_default(),
        has_position: place.position.is_some(),
    };
    let chosen = |codes: &[&'static str], label: &str, now: &str| -> Vec<(&'static str, String, bool)> {
        codes.iter().map(|code| (*code, w.label(label, code), *code == now)).collect()
    };
    let view = PlacesView {
        w,
        said: told.sentence(w),
        undo: if may_change { told.undo("places-changed").to_owned() } else { String::new() },
        undo_areas: if may_change { told.undo("areas-taken").to_owned() } else { String::new() },
        mistakes,
        operation: OperationHead::new(app, desk, operation).await?,
        csv: address(&format!("{here}/list.csv"), &search),
        kinds: chosen(&KINDS.map(kind_code), "place-kind", &search.kind),
        states: chosen(&STATES, "places-state", &search.state),
        areas: areas_of(w, &atlas, &places, &search.area),
        narrowed: address_of_all != here,
        map: map(w, desk, ground(w, &atlas, operation, within), spots),
        total: w.t_n("places-n", fitting.len() as i64),
        lines: fitting[shown].iter().map(line).collect(),
        pages,
        may_change,
        phones: phone_list::find(&app.store, &operation.id)
            .await?
            .map(|list| format!("{}/lists/{}", operation_address(operation), links::encode(&list.name))),
        may_begin: desk.can(Verb::DatasetCreate, On::Project(&operation.id)),
        n_duplicates: n_duplicates as i64,
        n_adrift: places.iter().filter(|place| is_adrift(place, &atlas)).count() as i64,
        q: search.q,
        here,
    };
    desk.answer(&w.t("places-title"), view.render(), view.mistakes.is_some())
}

/// The areas that a list of places can be narrowed to from where it is: those around the area that is chosen, itself, and
/// those just below it that places lie in, by name. So a country of many hundred areas is walked level by level.
fn areas_of(w: &Words, atlas: &Atlas, places: &[Place], chosen: &str) -> Vec<(String, String, bool)> {
    let chosen = atlas.area(&Pcode::from(chosen)).filter(|area| area.level > 0);
    let level = chosen.map_or(0, |area| area.level);
    let within =
        |place: &&Place| chosen.is_none_or(|chosen| atlas.is_within(&place.area, std::slice::from_ref(&chosen.pcode)));
    let below = places.iter().filter(within).filter_map(|place| atlas.ancestor(&place.area, level + 1));
    let below: BTreeSet<&Pcode> = below.map(|area| &area.pcode).collect();
    let mut below: Vec<(String, String, bool)> = below
        .into_iter()
        .filter_map(|pcode| Some((pcode.to_string(), area_name(w, atlas.area(pcode)?), false)))
        .collect();
    below.sort_by(|a, b| a.1.cmp(&b.1));
    let mut areas = Vec::new();
    if let Some(chosen) = chosen {
        let above = (1..level).filter_map(|level| atlas.ancestor(&chosen.pcode, level));
        areas.extend(above.map(|area| (area.pcode.to_string(), format!("‹ {}", area_name(w, area)), false)));
        areas.push((chosen.pcode.to_string(), area_name(w, chosen), true));
        below.iter_mut().for_each(|(_, name, _)| *name = format!("› {name}"));
    }
    areas.extend(below);
    areas
}

/// The places that the page shows, as the list that can be brought back.
pub(super) async fn download(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(search): Query<Search>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundRead, &slug).await?;
    let (places, atlas) = visible(&app, &desk, &operation).await?;
    let rows = search.of(&places, &atlas).into_iter().map(cells).collect();
    let table = Table { name: "places", headings: COLUMNS.map(str::to_owned).to_vec(), rows };
    table_file(&table, Kind::Csv, &format!("places-{}.csv", links::encode(&operation.slug)))
}

/// The columns of a list of places, as it is brought.
const COLUMNS: [&str; 10] =
    ["ssid", "name", "kind", "area", "lon", "lat", "opened_on", "closed_on", "site_type", "aliases"];

fn cells(place: &Place) -> Vec<Cell> {
    let day = |day: Option<NaiveDate>| Cell::from(day.map(|day| day.to_string()));
    let degrees = |part: fn(Point) -> f64| place.position.map_or(Cell::Nothing, |at| Cell::Number(part(at)));
    vec![
        place.ssid.as_str().into(),
        place.name.as_str().into(),
        kind_code(place.kind).into(),
        place.area.as_str().into(),
        degrees(|at| at.lon),
        degrees(|at| at.lat),
        day(place.opened_on),
        day(place.closed_on),
        place.site_type.clone().into(),
        place.aliases.join("; ").into(),
    ]
}

/// Takes the reader's last change of places back.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    body: String,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundUpdate, &slug).await?;
    let fields = posted(&body);
    let (here, stamp) = (places_address(&operation), desk.viewer()?.stamp());
    match value(&fields, "act") {
        "phones" => {
            desk.must(Verb::DatasetCreate, On::Project(&operation.id))?;
            let w = desk.words();
            if phone_list::begin(&app.store, &operation, &stamp).await?.is_none() {
                let mistakes = Some((w.t("places-phones-taken"), Vec::new()));
                return show(&app, &desk, &operation, Default::default(), &Said::default(), mistakes).await;
            }
            return Ok(said(&here, "places-phones-begun", &[]).into_response());
        }
        "no-phones" => {
            desk.must(Verb::DatasetUpdate, On::Project(&operation.id))?;
            if let Some(list) = phone_list::find(&app.store, &operation.id).await? {
                app.store.follow_places(&list, false, &stamp).await?;
            }
            return Ok(said(&here, "places-phones-ended", &[]).into_response());
        }
        _ => {}
    }
    let at = value(&fields, "undo").parse::<i64>().map_err(|_| Problem::not_found())?;
    let n = app.store.undo_places(&operation.id, Instant::from_millis(at), "", &stamp).await?;
    Ok(said(&here, "places-undone", &[n as i64]).into_response())
}
