//! One place: what is known of it, where it lies, what was done to it; corrected, closed, merged, taken back.

use super::form::{Around, PlaceForm, Posted};
use super::history::{self, Past, SHOWN, Step};
use super::{
    Fact, Teller, area_address, changed, find, ground, kind_name, map, place_address, places_address, short, spot,
    visible, whereabouts,
};
use crate::http::office::submissions::{posted as fields_of, value};
use crate::http::office::{App, Desk, OperationHead, Said, said};
use crate::http::problem::Problem;
use crate::http::viewer::{On, Verb};
use crate::journey::places::{self, Merge, SiteTypes, Unkept, Written, Wrong};
use crate::world;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use dtm_model::{Atlas, Instant, Operation, Pcode, Place, Ssid};
use dtm_process::places::{Search, differences, lies_in};
use dtm_publish::words::{Arg, Words};
use dtm_store::PlaceVersion;

/// Places that are offered where a name was written.
const OFFERED: usize = 12;
/// Places around this one on the map.
const AROUND: usize = 500;

#[derive(Template)]
#[template(path = "office/place_new.html")]
struct NewView {
    w: &'static Words,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    places: String,
    here: String,
    form: PlaceForm,
}

#[derive(Template)]
#[template(path = "office/place.html")]
struct PlaceView {
    w: &'static Words,
    said: String,
    undo: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    places: String,
    here: String,
    name: String,
    is_closed: bool,
    facts: Vec<Fact>,
    remarks: Vec<String>,
    merged: Option<(String, String)>,
    map: String,
    form: PlaceForm,
    /// Whether the form was used just now.
    is_open: bool,
    /// Ids and names of places to merge into.
    others: Vec<(String, String)>,
    today: String,
    history: Vec<Past>,
    may_change: bool,
}

async fn show_new(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    (posted, wrong): (Posted, Option<Wrong>),
) -> Result<Response, Problem> {
    let w = desk.words();
    let (places, atlas) = visible(app, desk, operation).await?;
    let types = SiteTypes::known(&app.store).await?;
    let around = Around { operation, atlas: &atlas, places: &places, known: None, types: &types };
    let form = PlaceForm::new(w, desk.lang, &around, posted, wrong.as_ref());
    let view = NewView {
        w,
        mistakes: wrong.map(|wrong| (w.t("place-not-saved"), wrong.lines)),
        operation: OperationHead::new(app, desk, operation).await?,
        places: places_address(operation),
        here: format!("{}/new", places_address(operation)),
        form,
    };
    desk.answer(&w.t("place-new"), view.render(), view.mistakes.is_some())
}

pub(super) async fn blank(State(app): State<App>, desk: Desk, Path(slug): Path<String>) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundUpdate, &slug).await?;
    show_new(&app, &desk, &operation, (Posted::read("", desk.lang), None)).await
}

/// Adds a place.
pub(super) async fn add(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    body: String,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundUpdate, &slug).await?;
    let (w, stamp) = (desk.words(), desk.viewer()?.stamp());
    let mut posted = Posted::read(&body, desk.lang);
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    if posted.only_asks() {
        posted.take_over(w, &atlas);
        return show_new(&app, &desk, &operation, (posted, None)).await;
    }
    match places::add(&app.store, &operation, &atlas, &posted.written, w, &stamp).await {
        Ok(place) => Ok(changed(&place_address(&operation, &place.ssid), 1, &stamp).into_response()),
        Err(Unkept::Wrong(wrong)) => show_new(&app, &desk, &operation, (posted, Some(wrong))).await,
        Err(Unkept::Store(error)) => Err(error.into()),
    }
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((slug, ssid)): Path<(String, String)>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundRead, &slug).await?;
    show(&app, &desk, &operation, &ssid, Shown::default(), &told).await
}

/// What a page about a place shows beside what is known of it.
#[derive(Default)]
struct Shown {
    /// The form as it came back.
    posted: Option<Posted>,
    wrong: Option<Wrong>,
    /// Places that what was written may mean, to merge into.
    others: Vec<Ssid>,
}

async fn show(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    ssid: &str,
    Shown { posted, wrong, others }: Shown,
    said: &Said,
) -> Result<Response, Problem> {
    let w = desk.words();
    let (place, places, atlas) = find(app, desk, operation, ssid).await?;
    let may_change = desk.can(Verb::RoundUpdate, On::Project(&operation.id));
    let types = SiteTypes::known(&app.store).await?;
    let around = Around { operation, atlas: &atlas, places: &places, known: Some(&place), types: &types };
    let is_open = posted.is_some();
    let form = match posted {
        Some(posted) => PlaceForm::new(w, desk.lang, &around, posted, wrong.as_ref()),
        None => PlaceForm::of(w, desk.lang, &around, Written::of(&place)),
    };
    let merged = place.merged_into.as_ref().map(|into| {
        let name = places.iter().find(|other| other.ssid == *into).map(|other| other.name.clone());
        (name.unwrap_or_else(|| into.to_string()), place_address(operation, into))
    });
    let offered = others.into_iter().filter_map(|ssid| {
        let other = places.iter().find(|other| other.ssid == ssid)?;
        Some((ssid.to_string(), format!("{} · {} ({ssid})", other.name, whereabouts(w, &atlas, other))))
    });
    let teller = Teller { w, lang: desk.lang, atlas: &atlas, types: &types };
    let view = PlaceView {
        w,
        said: said.sentence(w),
        undo: if may_change { said.undo("places-changed").to_owned() } else { String::new() },
        mistakes: wrong.map(|wrong| (w.t("place-not-saved"), wrong.lines)),
        operation: OperationHead::new(app, desk, operation).await?,
        places: places_address(operation),
        here: place_address(operation, &place.ssid),
        name: place.name.clone(),
        is_closed: place.closed_on.is_some(),
        facts: facts(&teller, operation, &place),
        remarks: remarks(w, &atlas, &place),
        merged,
        map: around_map(w, desk, operation, &atlas, &place, &places),
        form,
        is_open,
        others: offered.collect(),
        today: world::today().to_string(),
        history: past(app, desk, &teller, operation, &place.ssid).await?,
        may_change,
    };
    desk.answer(&place.name, view.render(), view.mistakes.is_some())
}

fn facts(teller: &Teller<'_>, operation: &Operation, place: &Place) -> Vec<Fact> {
    let w = teller.w;
    let day = |day: Option<NaiveDate>| day.map(|day| w.date(day)).unwrap_or_default();
    let position = place.position.map(|at| format!("{}, {}", w.decimal(at.lat, 5), w.decimal(at.lon, 5)));
    let area = match teller.atlas.area(&place.area) {
        Some(_) => area_address(operation, &place.area),
        None => String::new(),
    };
    let facts = [
        ("ssid", place.ssid.to_string(), String::new()),
        ("kind", kind_name(w, place.kind), String::new()),
        ("site_type", place.site_type.as_deref().map(|code| teller.site_type(code)).unwrap_or_default(), String::new()),
        ("area", format!("{} ({})", whereabouts(w, teller.atlas, place), place.area), area),
        ("position", position.unwrap_or_default(), String::new()),
        ("opened_on", day(place.opened_on), String::new()),
        ("closed_on", day(place.closed_on), String::new()),
        ("aliases", place.aliases.join("; "), String::new()),
    ];
    Fact::known(w, "place-fact", facts)
}

/// What somebody should look at.
fn remarks(w: &Words, atlas: &Atlas, place: &Place) -> Vec<String> {
    let mut remarks = Vec::new();
    match atlas.area(&place.area) {
        None => remarks.push(w.t_args("place-no-area", &[("area", Arg::from(place.area.as_str()))])),
        Some(area) if area.valid_to.is_some() => {
            let became = area.became.iter().map(Pcode::as_str).collect::<Vec<_>>().join(", ");
            remarks.push(w.t_args("place-area-ended", &[("became", Arg::from(became))]));
        }
        Some(area) => {
            let outside = place.position.and_then(|at| lies_in(atlas, &area.pcode, at)) == Some(false);
            if outside {
                remarks.push(w.t("place-outside"));
            }
        }
    }
    remarks
}

/// The place on a map of the second-level area it lies in, with the others there.
fn around_map(w: &Words, desk: &Desk, operation: &Operation, atlas: &Atlas, place: &Place, places: &[Place]) -> String {
    if place.position.is_none() {
        return String::new();
    }
    let above = [2, 1].into_iter().find_map(|level| atlas.ancestor(&place.area, level));
    let near = |other: &&Place| {
        other.ssid != place.ssid
            && above.is_some_and(|above| atlas.is_within(&other.area, std::slice::from_ref(&above.pcode)))
    };
    let others = places.iter().filter(near).filter(|other| other.closed_on.is_none()).take(AROUND);
    let spots = others.chain([place]).filter_map(|one| spot(operation, one, Some(&place.ssid))).collect();
    map(w, desk, above.map(|above| ground(w, atlas, operation, Some(above))).unwrap_or_default(), spots)
}

async fn past(
    app: &App,
    desk: &Desk,
    teller: &Teller<'_>,
    operation: &Operation,
    ssid: &Ssid,
) -> Result<Vec<Past>, Problem> {
    let w = teller.w;
    let versions = app.store.place_history(&operation.id, ssid, SHOWN as u32 + 1).await?;
    let state = |(at, version): (usize, &PlaceVersion)| {
        let before = versions.get(at + 1).and_then(|before| before.place.as_ref());
        Step {
            what: match (before, &version.place) {
                (Some(before), Some(place)) => teller.told(&differences(before, place)),
                (_, None) => vec![w.t("place-taken-back")],
                (None, Some(_)) => vec![w.t("place-added")],
            },
            why: version.reason.clone(),
            by: version.by.clone(),
            at: version.at,
            is_gone: version.place.is_none(),
        }
    };
    let states = versions.iter().enumerate().map(state).collect();
    history::told(app, w, operation, &desk.viewer()?.stamp().by, states).await
}

/// The place that somebody wrote the id or a name of, or those it may mean.
fn place_meant<'a>(places: &'a [Place], atlas: &Atlas, text: &str, own: &Ssid) -> Result<&'a Place, Vec<Ssid>> {
    if let Some(exact) = places.iter().find(|other| other.ssid.as_str() == text) {
        return Ok(exact);
    }
    let search = Search { q: text.to_owned(), ..Search::default() };
    let like = if text.is_empty() { Vec::new() } else { search.of(places, atlas) };
    Err(like.into_iter().filter(|other| other.ssid != *own).take(OFFERED).map(|other| other.ssid.clone()).collect())
}

/// Saves what was written, closes or opens the place, merges it into another, or takes the last change back.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((slug, ssid)): Path<(String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundUpdate, &slug).await?;
    let (w, stamp) = (desk.words(), desk.viewer()?.stamp());
    let (place, others, atlas) = find(&app, &desk, &operation, &ssid).await?;
    let address = place_address(&operation, &place.ssid);
    let mut posted = Posted::read(&body, desk.lang);
    if posted.only_asks() {
        posted.take_over(w, &atlas);
        let shown = Shown { posted: Some(posted), ..Shown::default() };
        return show(&app, &desk, &operation, &ssid, shown, &Said::default()).await;
    }
    let fields = fields_of(&body);
    let field = |name: &str| value(&fields, name).trim();
    let reason = short(field("reason"));
    let (written, posted) = match field("act") {
        "undo" => {
            let at = field("undo").parse::<i64>().map_err(|_| Problem::not_found())?;
            let n = app.store.undo_places(&operation.id, Instant::from_millis(at), "", &stamp).await?;
            let is_left = app.store.place(&operation.id, &place.ssid).await?.is_some();
            let back = if is_left { address } else { places_address(&operation) };
            return Ok(said(&back, "places-undone", &[n as i64]).into_response());
        }
        "merge" => {
            let chosen = Some(field("into_id")).filter(|id| !id.is_empty()).unwrap_or(field("into"));
            let refused = |line: String, others: Vec<Ssid>| Shown {
                wrong: Some(Wrong { lines: vec![line], ..Wrong::default() }),
                others,
                posted: None,
            };
            let shown = match (place_meant(&others, &atlas, chosen, &place.ssid), field("day").parse()) {
                (Err(like), _) if like.is_empty() => {
                    refused(w.t_args("place-no-other", &[("ssid", Arg::from(chosen))]), Vec::new())
                }
                (Err(like), _) => refused(w.t_args("place-which", &[("name", Arg::from(chosen))]), like),
                (Ok(_), Err(_)) => refused(w.t("place-no-day"), Vec::new()),
                (Ok(into), Ok(on)) => {
                    let with = Merge { into, on, reason: &reason };
                    match places::merge(&app.store, &operation, &place, with, w, &stamp).await {
                        Ok(done) => return Ok(changed(&address, done.n_changed, &stamp).into_response()),
                        Err(Unkept::Wrong(wrong)) => Shown { wrong: Some(wrong), ..Shown::default() },
                        Err(Unkept::Store(error)) => return Err(error.into()),
                    }
                }
            };
            return show(&app, &desk, &operation, &ssid, shown, &Said::default()).await;
        }
        "close" => (Written { closed_on: field("closed_on").to_owned(), reason, ..Written::of(&place) }, None),
        "reopen" => (Written { closed_on: String::new(), reason, ..Written::of(&place) }, None),
        "save" | "sure" => (posted.written.clone(), Some(posted)),
        _ => return Err(Problem::not_found()),
    };
    match places::change(&app.store, &operation, (&atlas, &place), &written, w, &stamp).await {
        Ok(done) if done.n_changed == 0 => Ok(said(&address, "places-same", &[]).into_response()),
        Ok(done) => Ok(changed(&address, done.n_changed, &stamp).into_response()),
        Err(Unkept::Wrong(wrong)) => {
            let shown = Shown { posted, wrong: Some(wrong), others: Vec::new() };
            show(&app, &desk, &operation, &ssid, shown, &Said::default()).await
        }
        Err(Unkept::Store(error)) => Err(error.into()),
    }
}
