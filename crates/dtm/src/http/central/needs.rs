//! What places of a round lack, and the rules behind it.

use super::operation;
use crate::cli::Mistakes;
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem, reader_language};
use crate::journey::{RoundOf, needs};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::routing::get;
use axum::{Json, Router};
use dtm_model::RoundLabel;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/needs", get(show))
        .route("/v1/projects/{project}/severity-sheets", get(list_sheets).post(add_sheet))
}

#[derive(Deserialize, Default)]
struct Wanted {
    method: Option<String>,
    version: Option<u32>,
}

/// The heat table of a round and the shares of its areas.
async fn show(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, slug, label)): Path<(i64, String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::SubmissionList, project).await?;
    let exercise = app.store.exercise_by_slug(&operation.id, &slug).await?.ok_or_else(Problem::not_found)?;
    let round = app.store.round_by_label(&exercise.id, &RoundLabel(label)).await?.ok_or_else(Problem::not_found)?;
    let method = needs::method(wanted.method.as_deref())
        .ok_or_else(|| Problem::unexpected_value("method", wanted.method.as_deref().unwrap_or_default()))?;
    let rules = needs::rules(&app.store, &operation, wanted.version, reader_language(&headers)).await?;
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let seen = needs::of(&app.store, &app.blobs, of, rules, (&atlas, needs::LEVEL), method).await?;
    Ok(Json(seen.json()))
}

async fn list_sheets(State(app): State<App>, viewer: Viewer, Path(project): Path<i64>) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::SubmissionList, project).await?;
    let sheets = app.store.severity_sheets(&operation.id).await?;
    let told = sheets.iter().map(|sheet| {
        json!({ "version": sheet.version, "fileName": sheet.file_name, "by": sheet.by, "at": sheet.at.to_string() })
    });
    Ok(Json(told.collect()))
}

/// Keeps a sheet, given as CSV, as the next version.
async fn add_sheet(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path(project): Path<i64>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundUpdate, project).await?;
    let lang = reader_language(&headers);
    match needs::upload(&app.store, &operation, ("severity.csv", &body), lang, &viewer.stamp()).await {
        Ok(version) => Ok(Json(json!({ "version": version }))),
        Err(error) => match error.downcast::<Mistakes>() {
            Ok(mistakes) => Err(super::rejected("bad_sheet", 400.46, mistakes.into())),
            Err(other) => Err(other.into()),
        },
    }
}
