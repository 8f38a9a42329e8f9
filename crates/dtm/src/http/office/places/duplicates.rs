//! Places that may be one and the same, side by side: an officer merges them, or says that they are two.

use super::{changed, kind_name, place_address, places_address, visible, whereabouts};
use crate::http::office::submissions::{posted, value};
use crate::http::office::{App, Desk, OperationHead, Pages, Said, said};
use crate::http::problem::Problem;
use crate::http::viewer::Verb;
use crate::journey::places::{self, Merge, Unkept};
use crate::world;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use dtm_model::{Operation, Ssid};
use dtm_process::places::{DuplicateRules, possible_duplicates};
use dtm_publish::words::{Arg, Words};
use serde::Deserialize;

/// How many pairs one page shows.
const EACH: usize = 50;

struct Side {
    href: String,
    ssid: String,
    name: String,
    kind: String,
    whereabouts: String,
}

struct Pair {
    one: Side,
    other: Side,
    told: String,
}

#[derive(Template)]
#[template(path = "office/places_duplicates.html")]
struct DuplicatesView {
    w: &'static Words,
    said: String,
    undo: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    places: String,
    here: String,
    today: String,
    pairs: Vec<Pair>,
    pages: Pages,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wanted {
    page: String,
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(wanted): Query<Wanted>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundUpdate, &slug).await?;
    show(&app, &desk, &operation, wanted, &told, Vec::new()).await
}

async fn show(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    wanted: Wanted,
    told: &Said,
    wrong: Vec<String>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let (places, atlas) = visible(app, desk, operation).await?;
    let distinct = app.store.distinct_places(&operation.id).await?;
    let found = possible_duplicates(&places, &atlas, &distinct, &DuplicateRules::default());
    let here = format!("{}/duplicates", places_address(operation));
    let (pages, shown) = Pages::cut(w, &here, &wanted.page, found.len(), EACH);
    let side = |ssid: &Ssid| -> Option<Side> {
        let place = places.iter().find(|place| place.ssid == *ssid)?;
        Some(Side {
            href: place_address(operation, ssid),
            ssid: ssid.to_string(),
            name: place.name.clone(),
            kind: kind_name(w, place.kind),
            whereabouts: whereabouts(w, &atlas, place),
        })
    };
    let pairs = found[shown].iter().filter_map(|pair| {
        let alike = w.percent((pair.name_likeness * 100.0).round() as i64, 100);
        let alike = w.t_args("places-alike", &[("share", Arg::from(alike))]);
        let told = match pair.distance_m {
            Some(metres) => format!("{} · {alike}", w.t_n("places-apart", i64::from(metres))),
            None => alike,
        };
        Some(Pair { one: side(&pair.place)?, other: side(&pair.other)?, told })
    });
    let view = DuplicatesView {
        w,
        mistakes: if wrong.is_empty() { None } else { Some((w.t("place-not-saved"), wrong)) },
        said: told.sentence(w),
        undo: told.undo("places-changed").to_owned(),
        operation: OperationHead::new(app, desk, operation).await?,
        places: places_address(operation),
        today: world::today().to_string(),
        pairs: pairs.collect(),
        pages,
        here,
    };
    desk.answer(&w.t("places-duplicates"), view.render(), view.mistakes.is_some())
}

/// Merges one place of a pair into the other, or says that they are two.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    body: String,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundUpdate, &slug).await?;
    let stamp = desk.viewer()?.stamp();
    let fields = posted(&body);
    let (places, _) = visible(&app, &desk, &operation).await?;
    let known = |field: &str| {
        let ssid = value(&fields, field);
        places.iter().find(|place| place.ssid.as_str() == ssid).cloned().ok_or_else(Problem::not_found)
    };
    let (one, other) = (known("one")?, known("other")?);
    let here = format!("{}/duplicates", places_address(&operation));
    let (gone, kept) = match value(&fields, "act") {
        "distinct" => {
            app.store.set_distinct(&operation.id, (&one.ssid, &other.ssid), true, &stamp).await?;
            return Ok(said(&here, "places-distinct", &[]).into_response());
        }
        "keep-one" => (other, one),
        "keep-other" => (one, other),
        _ => return Err(Problem::not_found()),
    };
    let day = value(&fields, "day").parse().unwrap_or_else(|_| world::today());
    let with = Merge { into: &kept, on: day, reason: "" };
    match places::merge(&app.store, &operation, &gone, with, desk.words(), &stamp).await {
        Ok(done) => Ok(changed(&here, done.n_changed, &stamp).into_response()),
        Err(Unkept::Wrong(wrong)) => {
            show(&app, &desk, &operation, Wanted::default(), &Said::default(), wrong.lines).await
        }
        Err(Unkept::Store(error)) => Err(error.into()),
    }
}
