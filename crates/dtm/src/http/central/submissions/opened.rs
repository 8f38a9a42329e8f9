//! An encrypted submission in clear, for a session that has its key open: what editing in the browser begins with. Each use
//! stands in the audit log, and no cache keeps an answer.

use super::Which;
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use crate::journey::opening::{self, FileOpener, Keyring};
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use dtm_capture::encrypted::SealError;
use dtm_model::Lang;
use dtm_store::{Form, StoredSubmission};
use serde_json::{Value, json};

/// The newest version that the address names, with the keys for it.
async fn found(app: &App, viewer: &Viewer, which: &Which) -> Result<(StoredSubmission, Keyring), Problem> {
    let scene = which.scene(app, viewer, Verb::SubmissionUnlock).await?;
    let whole = which.whole(app, &scene).await?;
    let stored = app.store.submission(&whole.current).await?.ok_or_else(Problem::not_found)?;
    Ok((stored, keys(app, viewer, &scene.form).await?))
}

/// The keys that this session has open for a form; a refusal where there are none.
async fn keys(app: &App, viewer: &Viewer, form: &Form) -> Result<Keyring, Problem> {
    let ring = viewer.keys(app, form, "edit").await?;
    if ring.is_empty() { Err(Problem::not_opened()) } else { Ok(ring) }
}

fn refused(error: &SealError) -> Problem {
    Problem::conflict(error.code(), 409.1, error.message(Lang::En), error.message(Lang::Fr))
}

const PRIVATE: [(header::HeaderName, &str); 2] =
    [(header::CACHE_CONTROL, "no-store"), (header::CONTENT_DISPOSITION, "attachment")];

pub(super) async fn xml(State(app): State<App>, viewer: Viewer, which: Which) -> Result<Response, Problem> {
    let (stored, ring) = found(&app, &viewer, &which).await?;
    let opened = opening::one(&app.store, &app.blobs, &ring, &stored.head.id, &stored.xml).await?;
    let opened = opened.map_err(|error| refused(&error))?;
    viewer.saw(&app, &stored.head.id).await;
    Ok((PRIVATE, [(header::CONTENT_TYPE, "application/xml")], opened.xml).into_response())
}

/// Its files, under the names they had before they were encrypted.
pub(super) async fn list(State(app): State<App>, viewer: Viewer, which: Which) -> Result<Json<Value>, Problem> {
    let (stored, _) = found(&app, &viewer, &which).await?;
    let files = app.store.expected_files(&stored.head.id).await?;
    let line = |file: &dtm_store::ExpectedFile| json!({ "name": opening::clear_name(&file.name), "exists": file.file.is_some() });
    Ok(Json(files.iter().filter(|file| file.name != opening::ANSWERS).map(line).collect::<Vec<_>>().into()))
}

pub(super) async fn file(State(app): State<App>, viewer: Viewer, which: Which) -> Result<Response, Problem> {
    let (stored, ring) = found(&app, &viewer, &which).await?;
    let wanted = which.name.as_deref().unwrap_or_default();
    let files = app.store.submission_files(&stored.head.id).await?;
    let file =
        files.into_iter().find(|file| file.name != opening::ANSWERS && opening::clear_name(&file.name) == wanted);
    let file = file.ok_or_else(Problem::not_found)?;
    let bytes = app.blobs.get(&file.hash).await?;
    viewer.saw(&app, format!("{}/{}", stored.head.id, file.name)).await;
    let work = move || FileOpener::of(&ring, &stored.xml).map(|opener| opener.open(&file.name, bytes.to_vec()));
    let opened = tokio::task::spawn_blocking(work).await.map_err(Problem::internal)?;
    let clear = opened.ok_or_else(Problem::not_opened)?.map_err(|error| refused(&error))?;
    Ok((PRIVATE, [(header::CONTENT_TYPE, "application/octet-stream")], clear).into_response())
}
