//! One place: what is known of it, where it lies, what was done to it; corrected, closed, merged, taken back.

use super::duplicates::merge;
use super::{
    area_name, changed, find, ground, kind_name, map, place_address, places_address, short, spot, told, whereabouts,
};
use crate::http::office::clock::{Clock, Moment};
use crate::http::office::submissions::{Names, posted, value};
use crate::http::office::{App, Desk, OperationHead, Said, said};
use crate::http::problem::Problem;
use crate::http::viewer::{On, Verb};
use crate::world;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use dtm_model::{Atlas, Instant, Operation, Pcode, Place, PlaceKind, Point, Ssid};
use dtm_process::places::{differences, kind_code, lies_in};
use dtm_publish::words::{Arg, Words};

/// How many states of a place the page shows.
const SHOWN: u32 = 50;
/// Areas that are offered while a code is written.
const OFFERED: usize = 3000;
/// Places around this one on the map.
const AROUND: usize = 500;

/// What a form says of a place, as it was written.
#[derive(Default)]
struct Written {
    ssid: String,
    name: String,
    aliases: String,
    kind: String,
    area: String,
    site_type: String,
    lat: String,
    lon: String,
    opened_on: String,
    closed_on: String,
    reason: String,
}

impl Written {
    fn of(place: &Place) -> Self {
        let day = |day: Option<NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
        Self {
            ssid: place.ssid.to_string(),
            name: place.name.clone(),
            aliases: place.aliases.join("; "),
            kind: kind_code(place.kind).to_owned(),
            area: place.area.to_string(),
            site_type: place.site_type.clone().unwrap_or_default(),
            lat: place.position.map(|at| at.lat.to_string()).unwrap_or_default(),
            lon: place.position.map(|at| at.lon.to_string()).unwrap_or_default(),
            opened_on: day(place.opened_on),
            closed_on: day(place.closed_on),
            reason: String::new(),
        }
    }

    fn posted(body: &str) -> Self {
        let fields = posted(body);
        let field = |name: &str| short(value(&fields, name));
        Self {
            ssid: field("ssid"),
            name: field("name"),
            aliases: field("aliases"),
            kind: field("kind"),
            area: field("area"),
            site_type: field("site_type"),
            lat: field("lat").replace(',', "."),
            lon: field("lon").replace(',', "."),
            opened_on: field("opened_on"),
            closed_on: field("closed_on"),
            reason: field("reason"),
        }
    }

    /// The place it says, or everything that is wrong with it. `known` is the place as it was.
    fn read(&self, w: &Words, atlas: &Atlas, known: Option<&Place>) -> Result<Place, Vec<String>> {
        let mut wrong = Vec::new();
        let kind = [PlaceKind::Site, PlaceKind::HostCommunity, PlaceKind::FlowPoint];
        let kind = kind.into_iter().find(|kind| kind_code(*kind) == self.kind);
        if self.name.is_empty() {
            wrong.push(w.t("place-no-name"));
        }
        if kind.is_none() {
            wrong.push(w.t("place-no-kind"));
        }
        let area = Pcode::from(self.area.as_str());
        let kept = known.is_some_and(|known| known.area == area);
        if !kept && atlas.area(&area).is_none_or(|area| area.valid_to.is_some()) {
            wrong.push(w.t_args("place-no-area", &[("area", Arg::from(self.area.as_str()))]));
        }
        let mut day = |written: &str, key: &str| match written.parse::<NaiveDate>() {
            Ok(day) => Some(day),
            Err(_) if written.is_empty() => None,
            Err(_) => {
                wrong.push(w.pair(&w.label("place-fact", key), &w.t("place-no-day")));
                None
            }
        };
        let (opened_on, closed_on) = (day(&self.opened_on, "opened_on"), day(&self.closed_on, "closed_on"));
        if opened_on.zip(closed_on).is_some_and(|(opened, closed)| closed < opened) {
            wrong.push(w.t("place-closed-first"));
        }
        let degrees = |written: &str, most: f64| written.parse::<f64>().ok().filter(|d| d.abs() <= most);
        let position = match (self.lat.is_empty(), self.lon.is_empty()) {
            (true, true) => None,
            _ => match degrees(&self.lon, 180.0).zip(degrees(&self.lat, 90.0)) {
                Some((lon, lat)) => Some(Point { lon, lat }),
                None => {
                    wrong.push(w.t("place-no-position"));
                    None
                }
            },
        };
        let aliases = self.aliases.split(';').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned);
        match kind {
            Some(kind) if wrong.is_empty() => Ok(Place {
                ssid: known.map_or_else(|| Ssid::from(self.ssid.as_str()), |known| known.ssid.clone()),
                kind,
                name: self.name.clone(),
                area,
                site_type: Some(self.site_type.clone()).filter(|text| !text.is_empty()),
                position,
                opened_on,
                closed_on,
                aliases: aliases.collect(),
                // A place that opens again is itself again.
                merged_into: known.and_then(|known| known.merged_into.clone()).filter(|_| closed_on.is_some()),
            }),
            _ => Err(wrong),
        }
    }
}

/// The form of a place, for a new one and for one that is known.
struct PlaceForm {
    given: Written,
    /// Code, name and whether it is chosen.
    kinds: Vec<(&'static str, String, bool)>,
    /// Codes and names of areas to choose from.
    areas: Vec<(String, String)>,
    is_new: bool,
}

impl PlaceForm {
    fn new(w: &Words, atlas: &Atlas, given: Written, is_new: bool) -> Self {
        let kinds = ["site", "host_community", "flow_point"];
        let areas = atlas.areas().filter(|area| area.level > 0 && area.valid_to.is_none());
        Self {
            kinds: kinds.map(|code| (code, w.label("place-kind", code), code == given.kind)).to_vec(),
            areas: areas.take(OFFERED).map(|area| (area.pcode.to_string(), area_name(w, area))).collect(),
            given,
            is_new,
        }
    }
}

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

/// A state the place had.
struct Past {
    when: Moment,
    who: String,
    what: Vec<String>,
    why: String,
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
    /// Names and values of what is known.
    facts: Vec<(String, String)>,
    remarks: Vec<String>,
    merged: Option<(String, String)>,
    map: String,
    form: PlaceForm,
    today: String,
    history: Vec<Past>,
    may_change: bool,
}

async fn show_new(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    given: Written,
    mistakes: Option<Vec<String>>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let view = NewView {
        w,
        mistakes: mistakes.map(|lines| (w.t("place-not-saved"), lines)),
        operation: OperationHead::new(app, desk, operation).await?,
        places: places_address(operation),
        here: format!("{}/new", places_address(operation)),
        form: PlaceForm::new(w, &atlas, given, true),
    };
    desk.answer(&w.t("place-new"), view.render(), view.mistakes.is_some())
}

pub(super) async fn blank(State(app): State<App>, desk: Desk, Path(slug): Path<String>) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundUpdate, &slug).await?;
    show_new(&app, &desk, &operation, Written::default(), None).await
}

/// Adds a place. Without an id it gets one that is made of its area's code.
pub(super) async fn add(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    body: String,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundUpdate, &slug).await?;
    let w = desk.words();
    let mut given = Written::posted(&body);
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let known = app.store.places(&operation.id).await?;
    if given.ssid.is_empty() && !given.area.is_empty() {
        let taken = |ssid: &String| known.iter().any(|place| place.ssid.0 == *ssid);
        let ids = (1..).map(|n| format!("{}-S{n:03}", given.area));
        given.ssid = ids.into_iter().find(|ssid| !taken(ssid)).unwrap_or_default();
    }
    let mut read = given.read(w, &atlas, None);
    if known.iter().any(|place| place.ssid.0 == given.ssid) {
        let taken = w.t_args("place-taken", &[("ssid", Arg::from(given.ssid.as_str()))]);
        read = Err(read.err().unwrap_or_default().into_iter().chain([taken]).collect());
    }
    match read {
        Ok(place) => {
            let stamp = desk.viewer()?.stamp();
            let (reason, address) = (given.reason.as_str(), place_address(&operation, &place.ssid));
            app.store.change_places(&operation.id, &[place], reason, &stamp).await?;
            Ok(changed(&address, 1, &stamp).into_response())
        }
        Err(wrong) => show_new(&app, &desk, &operation, given, Some(wrong)).await,
    }
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((slug, ssid)): Path<(String, String)>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundRead, &slug).await?;
    show(&app, &desk, &operation, &ssid, None, &told).await
}

async fn show(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    ssid: &str,
    refused: Option<(Written, Vec<String>)>,
    said: &Said,
) -> Result<Response, Problem> {
    let w = desk.words();
    let (place, places, atlas) = find(app, desk, operation, ssid).await?;
    let may_change = desk.can(Verb::RoundUpdate, On::Project(&operation.id));
    let (given, mistakes) = refused.unzip();
    let merged = place.merged_into.as_ref().map(|into| {
        let name = places.iter().find(|other| other.ssid == *into).map(|other| other.name.clone());
        (name.unwrap_or_else(|| into.to_string()), place_address(operation, into))
    });
    let view = PlaceView {
        w,
        said: said.sentence(w),
        undo: if may_change { said.undo("places-changed").to_owned() } else { String::new() },
        mistakes: mistakes.map(|lines| (w.t("place-not-saved"), lines)),
        operation: OperationHead::new(app, desk, operation).await?,
        places: places_address(operation),
        here: place_address(operation, &place.ssid),
        name: place.name.clone(),
        facts: facts(w, &atlas, &place),
        remarks: remarks(w, &atlas, &place),
        merged,
        map: around(w, desk, operation, &atlas, &place, &places),
        form: PlaceForm::new(w, &atlas, given.unwrap_or_else(|| Written::of(&place)), false),
        today: world::today().to_string(),
        history: history(app, w, operation, &place.ssid).await?,
        may_change,
    };
    desk.answer(&place.name, view.render(), view.mistakes.is_some())
}

fn facts(w: &Words, atlas: &Atlas, place: &Place) -> Vec<(String, String)> {
    let day = |day: Option<NaiveDate>| day.map(|day| w.date(day)).unwrap_or_default();
    let position = place.position.map(|at| format!("{}, {}", w.decimal(at.lat, 5), w.decimal(at.lon, 5)));
    let facts = [
        ("ssid", place.ssid.to_string()),
        ("kind", kind_name(w, place.kind)),
        ("site_type", place.site_type.clone().unwrap_or_default()),
        ("area", format!("{} ({})", whereabouts(w, atlas, place), place.area)),
        ("position", position.unwrap_or_default()),
        ("opened_on", day(place.opened_on)),
        ("closed_on", day(place.closed_on)),
        ("aliases", place.aliases.join("; ")),
    ];
    let known = facts.into_iter().filter(|(_, value)| !value.is_empty());
    known.map(|(fact, value)| (w.label("place-fact", fact), value)).collect()
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
fn around(w: &Words, desk: &Desk, operation: &Operation, atlas: &Atlas, place: &Place, places: &[Place]) -> String {
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

async fn history(app: &App, w: &'static Words, operation: &Operation, ssid: &Ssid) -> Result<Vec<Past>, Problem> {
    let versions = app.store.place_history(&operation.id, ssid, SHOWN + 1).await?;
    let (clock, mut names) = (Clock::of(w, operation), Names::new(app));
    let mut history = Vec::new();
    for (at, version) in versions.iter().take(SHOWN as usize).enumerate() {
        let before = versions.get(at + 1).and_then(|before| before.place.as_ref());
        let what = match (before, &version.place) {
            (Some(before), Some(place)) => told(w, &differences(before, place)),
            (_, None) => vec![w.t("place-taken-back")],
            (None, Some(_)) => vec![w.t("place-added")],
        };
        let is_known = version.at.as_millis() > 0;
        history.push(Past {
            when: if is_known { clock.moment(version.at) } else { Moment::default() },
            who: if version.by.is_empty() { String::new() } else { names.of(&version.by).await? },
            what,
            why: version.reason.clone(),
        });
    }
    Ok(history)
}

/// Saves what was written, merges the place into another, or takes the last change back.
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
    let fields = posted(&body);
    let field = |name: &str| value(&fields, name).trim();
    let again = |wrong: String| {
        let written = Written::of(&place);
        async { show(&app, &desk, &operation, &ssid, Some((written, vec![wrong])), &Said::default()).await }
    };
    match field("act") {
        "undo" => {
            let at = field("undo").parse::<i64>().map_err(|_| Problem::not_found())?;
            let n = app.store.undo_places(&operation.id, Instant::from_millis(at), "", &stamp).await?;
            let is_left = app.store.place(&operation.id, &place.ssid).await?.is_some();
            let back = if is_left { address } else { places_address(&operation) };
            Ok(said(&back, "places-undone", &[n as i64]).into_response())
        }
        "merge" => {
            let into = others.into_iter().find(|other| other.ssid.as_str() == field("into"));
            let into = into.filter(|into| into.ssid != place.ssid && into.merged_into.is_none());
            let Some(into) = into else {
                return again(w.t_args("place-no-other", &[("ssid", Arg::from(field("into")))])).await;
            };
            let Ok(day) = field("day").parse::<NaiveDate>() else { return again(w.t("place-no-day")).await };
            let reason = short(field("reason"));
            let n = merge(&app, &operation, place.clone(), into, day, &reason, &stamp).await?;
            Ok(changed(&address, n, &stamp).into_response())
        }
        "save" => {
            let given = Written::posted(&body);
            match given.read(w, &atlas, Some(&place)) {
                Ok(new) => {
                    let done = app.store.change_places(&operation.id, &[new], &given.reason, &stamp).await?;
                    match done.n_changed {
                        0 => Ok(said(&address, "places-same", &[]).into_response()),
                        n => Ok(changed(&address, n, &stamp).into_response()),
                    }
                }
                Err(wrong) => show(&app, &desk, &operation, &ssid, Some((given, wrong)), &Said::default()).await,
            }
        }
        _ => Err(Problem::not_found()),
    }
}
