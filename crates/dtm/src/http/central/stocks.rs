//! Where the people of a round came from; stock and flow of its areas; and the movements that people know of.

use super::JsonBody;
use super::rounds::round;
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem, reader_language};
use crate::journey::stocks::{self, NewMovement, movement_json};
use crate::journey::{RoundOf, origins};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use dtm_model::{Exercise, MovementId, Operation, Round};
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/origins", get(show_origins))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/stocks", get(show))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/movements", post(add))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/movements/{movement}", delete(withdraw))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/movements/{movement}/restore", post(restore))
}

type Address = (i64, String, String);

/// A round whose figures this reader may see before anything is hidden: that is for those to whom every record is open.
async fn figures_of(
    app: &App,
    viewer: &Viewer,
    (project, exercise, label): Address,
) -> Result<(Operation, Exercise, Round), Problem> {
    let found = round(app, viewer, Verb::RoundRead, (project, &exercise, &label)).await?;
    viewer.may(Verb::SubmissionList, On::Project(&found.0.id))?;
    Ok(found)
}

async fn show_origins(
    State(app): State<App>,
    viewer: Viewer,
    Path(address): Path<Address>,
) -> Result<Json<Value>, Problem> {
    let (operation, exercise, round) = figures_of(&app, &viewer, address).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let seen = origins::of(&app.store, &app.blobs, of).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(origins::json(&seen)))
}

async fn show(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path(address): Path<Address>,
) -> Result<Json<Value>, Problem> {
    let (operation, exercise, round) = figures_of(&app, &viewer, address).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let seen = stocks::of(&app.store, &app.blobs, of, reader_language(&headers)).await?;
    Ok(Json(stocks::json(&seen.ok_or_else(Problem::not_found)?)))
}

fn refused(error: anyhow::Error) -> Problem {
    Problem::mistaken("movement_not_so", 400.61, error)
}

async fn add(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, exercise, label)): Path<Address>,
    JsonBody(new): JsonBody<NewMovement>,
) -> Result<Json<Value>, Problem> {
    let (operation, exercise, round) = round(&app, &viewer, Verb::RoundUpdate, (project, &exercise, &label)).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let added = stocks::add(&app.store, of, &new, reader_language(&headers), &viewer.stamp()).await;
    Ok(Json(movement_json(&added.map_err(refused)?)))
}

async fn turn(
    app: &App,
    viewer: &Viewer,
    (project, exercise, label, movement): (i64, String, String, String),
    is_withdrawn: bool,
) -> Result<Json<Value>, Problem> {
    let (_, _, round) = round(app, viewer, Verb::RoundUpdate, (project, &exercise, &label)).await?;
    let id: MovementId = movement.parse().map_err(|_| Problem::not_found())?;
    app.store.withdraw_movement(&round.id, &id, is_withdrawn, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

async fn withdraw(
    State(app): State<App>,
    viewer: Viewer,
    Path(address): Path<(i64, String, String, String)>,
) -> Result<Json<Value>, Problem> {
    turn(&app, &viewer, address, true).await
}

async fn restore(
    State(app): State<App>,
    viewer: Viewer,
    Path(address): Path<(i64, String, String, String)>,
) -> Result<Json<Value>, Problem> {
    turn(&app, &viewer, address, false).await
}
