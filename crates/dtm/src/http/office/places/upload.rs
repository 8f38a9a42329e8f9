//! A list of places from a file: what it would change is shown first, and done when somebody says so.

use super::problems::Problems;
use super::{Teller, changed, place_address, places_address};
use crate::cli::Mistakes;
use crate::http::office::submissions::{posted, value};
use crate::http::office::upload::{File, Parts, Upload};
use crate::http::office::{App, Desk, OperationHead, Said};
use crate::http::problem::Problem;
use crate::http::viewer::{On, Verb};
use crate::journey::places::{self, ListRead, SiteTypes};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use dtm_model::{BlobHash, Operation};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use serde::Deserialize;

/// How many rows and problems a preview tells.
const TOLD: usize = 300;
/// Keeps a file for its preview, and leads there.
pub(super) async fn keep(app: &App, address: &str, file: File) -> Result<Response, Problem> {
    let hash = app.blobs.put(file.bytes).await?;
    Ok(Redirect::to(&format!("{address}/upload/{hash}?name={}", links::encode(&file.name))).into_response())
}

/// A file that was kept for its preview.
pub(super) async fn kept(app: &App, hash: &str) -> Result<Vec<u8>, Problem> {
    let hash: BlobHash = hash.parse().map_err(|_| Problem::not_found())?;
    Ok(app.blobs.get(&hash).await.map_err(|_| Problem::not_found())?.to_vec())
}

/// What is wrong with a file, in the reader's language.
pub(super) fn mistakes(error: anyhow::Error) -> Result<Vec<String>, Problem> {
    match error.downcast::<Mistakes>() {
        Ok(mistakes) => Ok(mistakes.lines),
        Err(error) => Err(Problem::internal(error)),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Named {
    pub(super) name: String,
}

pub(super) async fn upload(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    parts: Parts,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundUpdate, &slug).await?;
    match Upload::read(parts).await?.file {
        Some(file) => keep(&app, &places_address(&operation), file).await,
        None => refuse(&app, &desk, &operation, vec![desk.words().t("places-no-file")]).await,
    }
}

async fn refuse(app: &App, desk: &Desk, operation: &Operation, lines: Vec<String>) -> Result<Response, Problem> {
    let mistakes = Some((desk.words().t("places-not-read"), lines));
    super::list::show(app, desk, operation, Default::default(), &Said::default(), mistakes).await
}

struct Row {
    href: String,
    ssid: String,
    name: String,
    is_new: bool,
    differences: Vec<String>,
}

#[derive(Template)]
#[template(path = "office/places_upload.html")]
struct PreviewView {
    w: &'static Words,
    operation: OperationHead,
    places: String,
    here: String,
    file: String,
    n_new: i64,
    n_changed: i64,
    n_same: i64,
    rows: Vec<Row>,
    n_more: i64,
    problems: Problems,
}

/// Reads the list; or the page that says why it cannot be read.
async fn read(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    file: &str,
    name: &str,
) -> Result<Result<ListRead, Response>, Problem> {
    let bytes = kept(app, file).await?;
    match places::read_list(&app.store, operation, bytes, name, desk.lang).await {
        Ok(read) => Ok(Ok(read)),
        Err(error) => Ok(Err(refuse(app, desk, operation, mistakes(error)?).await?)),
    }
}

pub(super) async fn preview(
    State(app): State<App>,
    desk: Desk,
    Path((slug, file)): Path<(String, String)>,
    Query(named): Query<Named>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundUpdate, &slug).await?;
    let w = desk.words();
    let read = match read(&app, &desk, &operation, &file, &named.name).await? {
        Ok(read) => read,
        Err(page) => return Ok(page),
    };
    if read.compared.is_empty() {
        let lines = read.problems.iter().take(TOLD).map(|problem| w.typeset(&problem.message(desk.lang))).collect();
        return refuse(&app, &desk, &operation, lines).await;
    }
    let (n_new, n_changed, n_same) = read.counts();
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let types = SiteTypes::known(&app.store).await?;
    let teller = Teller { w, lang: desk.lang, atlas: &atlas, types: &types };
    let touched = || read.compared.iter().filter(|one| one.is_new || !one.differences.is_empty());
    let row = |one: &dtm_process::places::Compared| Row {
        href: if one.is_new { String::new() } else { place_address(&operation, &one.place.ssid) },
        ssid: one.place.ssid.to_string(),
        name: one.place.name.clone(),
        is_new: one.is_new,
        differences: teller.told(&one.differences),
    };
    let places = places_address(&operation);
    let view = PreviewView {
        w,
        operation: OperationHead::new(&app, &desk, &operation).await?,
        here: format!("{places}/upload/{file}?name={}", links::encode(&named.name)),
        places,
        file: named.name,
        n_new: n_new as i64,
        n_changed: n_changed as i64,
        n_same: n_same as i64,
        rows: touched().take(TOLD).map(row).collect(),
        n_more: touched().count().saturating_sub(TOLD) as i64,
        problems: Problems::new(&teller, &read.problems),
    };
    desk.page(&w.t("places-preview"), view.render())
}

/// Takes the list over.
pub(super) async fn take(
    State(app): State<App>,
    desk: Desk,
    Path((slug, file)): Path<(String, String)>,
    Query(named): Query<Named>,
    body: String,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::RoundUpdate, &slug).await?;
    let read = match read(&app, &desk, &operation, &file, &named.name).await? {
        Ok(read) => read,
        Err(page) => return Ok(page),
    };
    // Who sees some areas only brings places of these only.
    if let Some(areas) = desk.viewer()?.areas_seen(On::Project(&operation.id)) {
        let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
        if read.compared.iter().any(|one| !atlas.is_within(&one.place.area, &areas)) {
            return Err(Problem::forbidden());
        }
    }
    let stamp = desk.viewer()?.stamp();
    let written = super::short(value(&posted(&body), "reason"));
    let reason = if written.is_empty() { named.name } else { written };
    let done = places::take_list(&app.store, &operation, read, &reason, &stamp).await.map_err(Problem::internal)?;
    Ok(changed(&places_address(&operation), done.n_new + done.n_changed, &stamp).into_response())
}
