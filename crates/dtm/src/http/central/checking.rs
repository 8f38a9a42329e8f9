//! How far the checks are with a round, what their last runs changed, and stopping them.

use super::rounds::round;
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use crate::journey::check_runs::Standing;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/checking", get(show))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/checking/stop", post(stop))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/checking/resume", post(resume))
}

type Address = (i64, String, String);

/// Whether the checks are stopped, and their last runs.
async fn show(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, exercise, label)): Path<Address>,
) -> Result<Json<Value>, Problem> {
    let (_, _, round) = round(&app, &viewer, Verb::SubmissionRead, (project, &exercise, &label)).await?;
    Ok(Json(Standing::of(&app.store, &round.id).await?.json()))
}

async fn turn(app: &App, viewer: &Viewer, address: Address, is_stopped: bool) -> Result<Json<Value>, Problem> {
    let (project, exercise, label) = address;
    let (_, _, round) = round(app, viewer, Verb::RoundUpdate, (project, &exercise, &label)).await?;
    app.store.stop_checks(&round.id, is_stopped, &viewer.stamp()).await?;
    Ok(Json(Standing::of(&app.store, &round.id).await?.json()))
}

async fn stop(State(app): State<App>, viewer: Viewer, Path(address): Path<Address>) -> Result<Json<Value>, Problem> {
    turn(&app, &viewer, address, true).await
}

async fn resume(State(app): State<App>, viewer: Viewer, Path(address): Path<Address>) -> Result<Json<Value>, Problem> {
    turn(&app, &viewer, address, false).await
}
