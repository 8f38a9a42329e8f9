//! One area: what is known of it, what lies in it, what was done to it; corrected, ended, given a new code, taken back.

use super::form::in_full;
use super::history::{self, Past, SHOWN, Step};
use super::{
    Fact, Teller, area_address, area_name, areas_address, find_area, ground, map, places_address, short, spot, visible,
};
use crate::http::office::submissions::{posted, value};
use crate::http::office::{App, Desk, OperationHead, Said, said, said_with};
use crate::http::problem::Problem;
use crate::http::viewer::{On, Verb};
use crate::journey::places::{self, NewCode, SiteTypes, Unkept, WrittenArea, spellings};
use crate::world;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use dtm_model::{Area, Atlas, Instant, Operation, Pcode, Place};
use dtm_process::places::area_differences;
use dtm_publish::page::links;
use dtm_publish::words::{Arg, Words};
use dtm_store::{AreaVersion, Stamp};

/// Places that its map draws at most.
const MOST_SPOTS: usize = 2000;

#[derive(Template)]
#[template(path = "office/area.html")]
struct AreaView {
    w: &'static Words,
    said: String,
    undo: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    areas: String,
    here: String,
    name: String,
    facts: Vec<Fact>,
    /// What it ended as.
    ended: String,
    map: String,
    /// Addresses, names and codes of the areas in it.
    below: Vec<(String, String, String)>,
    n_below: i64,
    given: WrittenArea,
    stands: bool,
    is_country: bool,
    today: String,
    history: Vec<Past>,
    may_change: bool,
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((slug, pcode)): Path<(String, String)>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundRead, &slug).await?;
    show(&app, &desk, &operation, &Pcode(pcode), (None, Vec::new()), &told).await
}

async fn show(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    pcode: &Pcode,
    (given, wrong): (Option<WrittenArea>, Vec<String>),
    told: &Said,
) -> Result<Response, Problem> {
    let w = desk.words();
    let (places, atlas) = visible(app, desk, operation).await?;
    let area = find_area(&atlas, pcode)?;
    let types = SiteTypes::known(&app.store).await?;
    let teller = Teller { w, lang: desk.lang, atlas: &atlas, types: &types };
    let within: Vec<&Place> = places
        .iter()
        .filter(|place| place.closed_on.is_none() && atlas.is_within(&place.area, std::slice::from_ref(pcode)))
        .collect();
    let spots = within.iter().filter_map(|place| spot(operation, place, None)).take(MOST_SPOTS).collect();
    let mut below: Vec<(String, String, String)> = atlas
        .children(pcode)
        .filter(|below| below.valid_to.is_none())
        .map(|below| (area_address(operation, &below.pcode), area_name(w, below), below.pcode.to_string()))
        .collect();
    below.sort_by(|a, b| a.1.cmp(&b.1));
    let may_change = desk.can(Verb::ProjectUpdate, On::Project(&operation.id));
    let became: Vec<String> = area.became.iter().map(|heir| teller.area(heir.as_str())).collect();
    let view = AreaView {
        w,
        said: told.sentence(w),
        undo: if may_change { told.undo("areas-changed").to_owned() } else { String::new() },
        mistakes: if wrong.is_empty() { None } else { Some((w.t("place-not-saved"), wrong)) },
        operation: OperationHead::new(app, desk, operation).await?,
        areas: format!("{}?level={}", areas_address(operation), area.level),
        here: area_address(operation, pcode),
        name: area_name(w, area),
        facts: facts(w, operation, &atlas, area, within.len()),
        ended: match (area.valid_to, became.is_empty()) {
            (None, _) => String::new(),
            (Some(day), true) => w.t_args("area-ended", &[("day", Arg::from(w.date(day)))]),
            (Some(day), false) => {
                w.t_args("area-ended-as", &[("day", Arg::from(w.date(day))), ("became", Arg::from(became.join("; ")))])
            }
        },
        map: drawn(w, desk, operation, &atlas, area, spots),
        n_below: below.len() as i64,
        below,
        given: given.unwrap_or_else(|| WrittenArea::of(area)),
        stands: area.valid_to.is_none(),
        is_country: area.level == 0,
        today: world::today().to_string(),
        history: past(app, desk, &teller, operation, pcode).await?,
        may_change,
    };
    desk.answer(&area_name(w, area), view.render(), view.mistakes.is_some())
}

/// The area and what is just below it, with its places.
fn drawn(
    w: &Words,
    desk: &Desk,
    operation: &Operation,
    atlas: &Atlas,
    area: &Area,
    spots: Vec<dtm_publish::drawing::Spot>,
) -> String {
    if atlas.boundary(&area.pcode).is_none() && spots.is_empty() {
        return String::new();
    }
    map(w, desk, ground(w, atlas, operation, Some(area)), spots)
}

fn facts(w: &Words, operation: &Operation, atlas: &Atlas, area: &Area, n_places: usize) -> Vec<Fact> {
    let day = |day: Option<NaiveDate>| day.map(|day| w.date(day)).unwrap_or_default();
    let names: Vec<&str> = area.name.iter().map(|(_, name)| name).collect();
    let parent = area.parent.as_ref();
    let places = links::with_query(&places_address(operation), &[("area", area.pcode.as_str())]);
    let facts = [
        ("pcode", area.pcode.to_string(), String::new()),
        ("level", area.level.to_string(), String::new()),
        (
            "name",
            if names.iter().any(|name| *name != names[0]) { names.join(" / ") } else { String::new() },
            String::new(),
        ),
        (
            "parent",
            parent.and_then(|parent| in_full(w, atlas, parent)).unwrap_or_default(),
            parent.map(|parent| area_address(operation, parent)).unwrap_or_default(),
        ),
        ("aliases", spellings(area).join("; "), String::new()),
        ("valid_from", day(area.valid_from), String::new()),
        ("valid_to", day(area.valid_to), String::new()),
        ("places", w.number(n_places as i64), if n_places > 0 { places } else { String::new() }),
    ];
    Fact::known(w, "area-fact", facts)
}

async fn past(
    app: &App,
    desk: &Desk,
    teller: &Teller<'_>,
    operation: &Operation,
    pcode: &Pcode,
) -> Result<Vec<Past>, Problem> {
    let w = teller.w;
    let versions = app.store.area_history(&operation.admin0, pcode, SHOWN as u32 + 1).await?;
    let state = |(at, version): (usize, &AreaVersion)| {
        let before = versions.get(at + 1).and_then(|before| before.area.as_ref());
        let mut what = match (before, &version.area) {
            (Some(before), Some(area)) => teller.told_of("area-fact", &area_differences(before, area)),
            (_, None) => vec![w.t("place-taken-back")],
            (None, Some(_)) => vec![w.t("place-added")],
        };
        if version.is_redrawn && before.is_some() && version.area.is_some() {
            what.push(w.t("area-redrawn"));
        }
        Step {
            what,
            why: version.reason.clone(),
            by: version.by.clone(),
            at: version.at,
            is_gone: version.area.is_none(),
        }
    };
    let states = versions.iter().enumerate().map(state).collect();
    history::told(app, w, operation, &desk.viewer()?.stamp().by, states).await
}

/// Leads to a page that says that areas were saved, with the way to take it back.
fn saved(address: &str, stamp: &Stamp) -> Response {
    said_with(address, "areas-changed", &[("n", 1), ("undo", stamp.at.as_millis())]).into_response()
}

/// Saves what was written, gives the area a new code, lets it stand again, or takes the last change back.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((slug, pcode)): Path<(String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    let (w, stamp, fields) = (desk.words(), desk.viewer()?.stamp(), posted(&body));
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let pcode = Pcode(pcode);
    let area = find_area(&atlas, &pcode)?;
    let here = area_address(&operation, &pcode);
    let field = |name: &str| short(value(&fields, name));
    let about = (&*atlas, area);
    let (written, done) = match value(&fields, "act") {
        "undo" => {
            let at = value(&fields, "undo").parse::<i64>().map_err(|_| Problem::not_found())?;
            let undone = places::undo_areas(&app.store, &operation, Instant::from_millis(at), &stamp).await?;
            let is_left = app.store.atlas(&operation.admin0).await?.area(&pcode).is_some();
            let back = if is_left { here } else { areas_address(&operation) };
            let numbers = [undone.n_areas as i64, undone.n_places as i64];
            return Ok(said(&back, "areas-undone", &numbers).into_response());
        }
        "recode" => {
            let (code, reason) = (field("code"), field("reason"));
            let Ok(from) = value(&fields, "from").parse::<NaiveDate>() else {
                let wrong = (None, vec![w.t("place-no-day")]);
                return show(&app, &desk, &operation, &pcode, wrong, &Said::default()).await;
            };
            let new = NewCode { code: &code, from, reason: &reason };
            match places::recode_area(&app.store, &operation, about, new, w, &stamp).await {
                Ok(new) => return Ok(saved(&area_address(&operation, &new), &stamp)),
                Err(unkept) => (None, Err(unkept)),
            }
        }
        "save" => {
            let written = WrittenArea {
                name_en: field("name_en"),
                name_fr: field("name_fr"),
                aliases: field("aliases"),
                parent: field("parent"),
                valid_from: field("valid_from"),
                valid_to: field("valid_to"),
                became: field("became"),
                reason: field("reason"),
            };
            let done = places::change_area(&app.store, &operation, about, &written, w, &stamp).await;
            (Some(written), done)
        }
        "stands" => {
            let (valid_to, became) = (String::new(), String::new());
            let written = WrittenArea { valid_to, became, reason: field("reason"), ..WrittenArea::of(area) };
            (None, places::change_area(&app.store, &operation, about, &written, w, &stamp).await)
        }
        _ => return Err(Problem::not_found()),
    };
    match done {
        Ok(done) if done.n_changed == 0 => Ok(said(&here, "places-same", &[]).into_response()),
        Ok(_) => Ok(saved(&here, &stamp)),
        Err(Unkept::Wrong(wrong)) => {
            show(&app, &desk, &operation, &pcode, (written, wrong.lines), &Said::default()).await
        }
        Err(Unkept::Store(error)) => Err(error.into()),
    }
}
