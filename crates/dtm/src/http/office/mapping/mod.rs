//! The mapping of a form or of imported tables, to be looked at, changed, tried and kept.
//!
//! A page holds the mapping that is being worked on in its one form, as text, so that every button works without scripts
//! and nothing is kept before somebody says so: [`act`] puts what was filled in into the text, does what the button asks,
//! and shows the page again. What somebody else kept meanwhile is told, and what was typed stays.

mod filled;
mod overview;
mod shown;
mod versions;

use self::filled::Filled;
use self::shown::Working;
use super::super::central::named;
use super::super::problem::Problem;
use super::super::samples::Samples;
use super::super::viewer::{On, Verb, reached};
use super::form;
use super::submissions::posted;
use super::upload::{Parts, Upload};
use super::{App, Desk, Said, operation_address, said};
use crate::cli::Mistakes;
use crate::journey::mapping::{self, Keeping, Kept, Mapped, Workbench};
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use dtm_model::Operation;
use dtm_publish::page::links;
use serde::Deserialize;

/// The largest page that comes back: a mapping and what is filled in beside it.
const MAX_PAGE: usize = 4 << 20;

pub(super) fn routes() -> Router<App> {
    // Tables have an address of their own below the operation, with a last part that no page of a round has.
    Router::new()
        .route("/office/o/{operation}/mappings", get(overview::page))
        .route("/office/o/{operation}/forms/{form}/mapping", get(page).post(act))
        .route("/office/o/{operation}/forms/{form}/mapping/upload", post(upload))
        .route("/office/o/{operation}/forms/{form}/mapping/versions", get(versions::page).post(versions::act))
        .route("/office/o/{operation}/forms/{form}/mapping/{file}", get(file))
        .route("/office/o/{operation}/tables/{exercise}/mapping", get(page).post(act))
        .route("/office/o/{operation}/tables/{exercise}/mapping/upload", post(upload))
        .route("/office/o/{operation}/tables/{exercise}/mapping/versions", get(versions::page).post(versions::act))
        .route("/office/o/{operation}/tables/{exercise}/mapping/{file}", get(file))
        .layer(DefaultBodyLimit::max(MAX_PAGE))
}

/// What an address names: a form, or the tables of an exercise, and a file of their mapping.
#[derive(Deserialize)]
struct Address {
    operation: String,
    #[serde(default)]
    form: String,
    #[serde(default)]
    exercise: String,
    #[serde(default)]
    file: String,
}

/// Who reads answers may look at mappings; who changes forms may change them.
const READS: Verb = Verb::SubmissionReview;
const CHANGES: Verb = Verb::FormUpdate;

/// The page of a mapping.
fn address(mapped: &Mapped) -> String {
    match &mapped.form {
        Some(of) => format!("{}/mapping", form::address(&mapped.operation, of)),
        None => {
            let exercise = links::encode(&mapped.exercise.slug);
            format!("{}/tables/{exercise}/mapping", operation_address(&mapped.operation))
        }
    }
}

/// What the mapping of an address is for, for those who may do this with it.
async fn find(app: &App, desk: &Desk, verb: Verb, at: &Address) -> Result<Mapped, Problem> {
    desk.viewer()?;
    if at.form.is_empty() {
        let operation = desk.operation(app, verb, &at.operation).await?;
        let exercise = app.store.exercise_by_slug(&operation.id, &at.exercise).await?.ok_or_else(Problem::not_found)?;
        return Ok(mapping::of_tables(&operation, &exercise));
    }
    let (operation, form) = named(app, app.store.operation_by_slug(&at.operation).await?, &at.form).await?;
    desk.must(verb, reached(operation.as_ref(), form.as_ref()))?;
    let (operation, form) = operation.zip(form).ok_or_else(Problem::not_found)?;
    mapping::of_form(&app.store, &operation, form).await?.ok_or_else(Problem::not_found)
}

/// Whether the reader may change this mapping.
fn may_change(desk: &Desk, mapped: &Mapped) -> bool {
    desk.can(
        CHANGES,
        match &mapped.form {
            Some(form) => On::Form(&form.operation, &form.id),
            None => On::Project(&mapped.operation.id),
        },
    )
}

async fn bench_of(app: &App, mapped: Mapped) -> Result<Workbench, Problem> {
    let atlas = app.editions.atlas(&app.store, &mapped.operation.admin0).await?;
    Ok(Workbench::of(&app.store, &app.blobs, mapped, atlas, mapping::MOST_RECORDS).await?)
}

async fn show(app: &App, desk: &Desk, bench: &Workbench, working: Working) -> Result<Response, Problem> {
    let samples = Samples::of(app, desk.viewer()?, &bench.mapped).await?;
    shown::page(app, desk, bench, &samples, working).await
}

/// What of the questions a page shows.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    list: String,
    search: String,
    page: String,
}

async fn page(
    State(app): State<App>,
    desk: Desk,
    Path(at): Path<Address>,
    Query(Asked { list, search, page }): Query<Asked>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let bench = bench_of(&app, find(&app, &desk, READS, &at).await?).await?;
    let working = Working { said: told.sentence(desk.words()), list, search, page, ..Working::new(&bench) };
    show(&app, &desk, &bench, working).await
}

/// Puts what was filled in into the mapping that is worked on, and does what the button asks.
async fn act(State(app): State<App>, desk: Desk, Path(at): Path<Address>, body: String) -> Result<Response, Problem> {
    let bench = bench_of(&app, find(&app, &desk, CHANGES, &at).await?).await?;
    let mut filled = Filled::read(&posted(&body), &bench);
    if let Some(key) = filled.mistake {
        filled.working.mistakes = Some((desk.words().t(key), Vec::new()));
        return show(&app, &desk, &bench, filled.working).await;
    }
    match filled.button.as_str() {
        "keep" => return keep(&app, &desk, &bench, filled.working).await,
        "try" => {
            if let Some(mapping) = &bench.look(&filled.working.text).mapping {
                let stamp = desk.viewer()?.stamp();
                filled.working.tried = mapping::try_it(&app.store, &app.blobs, &bench, mapping, &stamp).await?;
                filled.working.is_tried = true;
            }
        }
        _ => {}
    }
    show(&app, &desk, &bench, filled.working).await
}

async fn keep(app: &App, desk: &Desk, bench: &Workbench, mut working: Working) -> Result<Response, Problem> {
    let w = desk.words();
    if working.reason.trim().is_empty() {
        working.mistakes = Some((w.t("mapping-no-reason"), Vec::new()));
        return show(app, desk, bench, working).await;
    }
    let keeping = Keeping { text: &working.text, reason: &working.reason, after: Some(working.after) };
    match mapping::keep(&app.store, &bench.mapped, keeping, desk.lang, &desk.viewer()?.stamp()).await {
        Ok(Kept::Version(version)) if version == working.after => {
            Ok(said(&address(&bench.mapped), "mapping-same", &[]).into_response())
        }
        Ok(Kept::Version(version)) => {
            Ok(said(&address(&bench.mapped), "mapping-kept", &[i64::from(version)]).into_response())
        }
        Ok(Kept::Since(newer)) => {
            // What the other changed is told, so that it can be taken over before this one is kept.
            let before = bench.mapped.version(&app.store, working.after).await?.map(|version| version.text);
            let changes = before.map(|text| mapping::differences(&text, &newer.text, &bench.dictionary));
            let lines =
                changes.unwrap_or_default().iter().map(|change| w.typeset(&change.message(desk.lang))).collect();
            working.mistakes = Some((shown::kept_since(app, desk, &bench.mapped, &newer).await?, lines));
            working.after = newer.version;
            show(app, desk, bench, working).await
        }
        Err(error) => {
            let Mistakes { lines } = error.downcast::<Mistakes>()?;
            let lines = lines.iter().map(|line| w.typeset(line)).collect();
            working.mistakes = Some((w.t("mapping-refused"), lines));
            show(app, desk, bench, working).await
        }
    }
}

/// Shows a mapping that was brought as a file, to be looked at before it is kept.
async fn upload(
    State(app): State<App>,
    desk: Desk,
    Path(at): Path<Address>,
    parts: Parts,
) -> Result<Response, Problem> {
    let mapped = find(&app, &desk, CHANGES, &at).await?;
    let brought = Upload::read(parts).await?.file.map(|file| file.bytes).unwrap_or_default();
    let bench = bench_of(&app, mapped).await?;
    let mut working = Working::new(&bench);
    match String::from_utf8(brought.into()) {
        Ok(text) if !text.trim().is_empty() => working.text = filled::tidy(&text),
        _ => working.mistakes = Some((desk.words().t("mapping-no-file"), Vec::new())),
    }
    show(&app, &desk, &bench, working).await
}

/// A version as a file: `3.toml`.
async fn file(State(app): State<App>, desk: Desk, Path(at): Path<Address>) -> Result<Response, Problem> {
    let mapped = find(&app, &desk, READS, &at).await?;
    let version = at.file.strip_suffix(".toml").and_then(|version| version.parse().ok());
    let version = version.ok_or_else(Problem::not_found)?;
    let kept = mapped.version(&app.store, version).await?.ok_or_else(Problem::not_found)?;
    let about = [
        (header::CONTENT_TYPE, "application/toml; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"mapping-{version}.toml\"")),
    ];
    Ok((about, kept.text).into_response())
}

/// Where the mappings of an operation are listed.
pub(super) fn overview_address(operation: &Operation) -> String {
    format!("{}/mappings", operation_address(operation))
}
