//! Sources of a round's places, decisions between them, and signatures for areas.

use super::{JsonBody, rounds};
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem, reader_language};
use crate::journey::RoundOf;
use crate::journey::verification::{self, NewDecision, NewSource, Wish, choose, sign, withdraw};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use dtm_model::{Exercise, Operation, Pcode, Round};
use dtm_process::verification::VerificationRules;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/verification", get(show))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/verification/sources", post(add_source))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/verification/decisions", post(decide))
        .route(
            "/v1/projects/{project}/exercises/{exercise}/rounds/{round}/verification/entries/{entry}/undo",
            post(undo),
        )
        .route(
            "/v1/projects/{project}/exercises/{exercise}/rounds/{round}/verification/signatures",
            post(add_signatures),
        )
        .route(
            "/v1/projects/{project}/exercises/{exercise}/rounds/{round}/verification/signatures/{area}/withdraw",
            post(withdraw_signature),
        )
        .route("/v1/projects/{project}/exercises/{exercise}/verification-rules", get(show_rules).put(set_rules))
}

fn refused(error: anyhow::Error) -> Problem {
    Problem::mistaken("verification_not_so", 409.48, error)
}

type Address = (i64, String, String);

async fn told(
    app: &App,
    viewer: &Viewer,
    headers: &HeaderMap,
    (operation, exercise, round): (&Operation, &Exercise, &Round),
) -> Result<Json<Value>, Problem> {
    let reads = viewer.areas(Verb::SubmissionList, On::Project(&operation.id))?;
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let of = RoundOf { operation, exercise, round };
    let seen = verification::of(&app.store, &app.blobs, of, &atlas, reads.as_deref()).await?;
    let seen = seen.ok_or_else(Problem::not_found)?;
    Ok(Json(seen.json(reader_language(headers))))
}

/// How a settled round was verified: states, places with their sources, areas with their signatures.
async fn show(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, slug, label)): Path<Address>,
) -> Result<Json<Value>, Problem> {
    let (operation, exercise, round) = rounds::round(&app, &viewer, Verb::RoundRead, (project, &slug, &label)).await?;
    told(&app, &viewer, &headers, (&operation, &exercise, &round)).await
}

async fn carry_out(
    app: &App,
    viewer: &Viewer,
    headers: &HeaderMap,
    (project, slug, label): Address,
    wish: Wish,
) -> Result<Json<Value>, Problem> {
    let (operation, exercise, round) = rounds::round(app, viewer, Verb::RoundUpdate, (project, &slug, &label)).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let lang = reader_language(headers);
    let done = verification::act(&app.store, &app.blobs, of, wish, lang, &viewer.stamp()).await;
    match done.map_err(refused)? {
        true => told(app, viewer, headers, (&operation, &exercise, &round)).await,
        false => Err(Problem::not_found()),
    }
}

/// Adds a source of a place: a partner's figure, a registration list, a call.
async fn add_source(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path(address): Path<Address>,
    JsonBody(new): JsonBody<NewSource>,
) -> Result<Json<Value>, Problem> {
    carry_out(&app, &viewer, &headers, address, Wish::Add(new)).await
}

/// Decides between the sources of a place.
async fn decide(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path(address): Path<Address>,
    JsonBody(new): JsonBody<NewDecision>,
) -> Result<Json<Value>, Problem> {
    carry_out(&app, &viewer, &headers, address, Wish::Decide(new)).await
}

/// Takes a source or a decision back.
async fn undo(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, slug, label, entry)): Path<(i64, String, String, String)>,
) -> Result<Json<Value>, Problem> {
    let entry = entry.parse().map_err(|_| Problem::not_found());
    match entry {
        Ok(entry) => carry_out(&app, &viewer, &headers, (project, slug, label), Wish::Undo(entry)).await,
        Err(problem) => {
            rounds::round(&app, &viewer, Verb::RoundUpdate, (project, &slug, &label)).await?;
            Err(problem)
        }
    }
}

#[derive(Deserialize)]
struct NewSignatures {
    areas: Vec<Pcode>,
    #[serde(default)]
    note: String,
}

/// Signs for the figures of areas as they stand.
async fn add_signatures(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, slug, label)): Path<Address>,
    JsonBody(NewSignatures { areas, note }): JsonBody<NewSignatures>,
) -> Result<Json<Value>, Problem> {
    let (operation, exercise, round) = rounds::round(&app, &viewer, Verb::RoundRead, (project, &slug, &label)).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let atlas = viewer.must_sign(&app, &operation, &areas).await?;
    let (lang, stamp) = (reader_language(&headers), viewer.stamp());
    sign(&app.store, &app.blobs, of, (&atlas, &areas, &note), lang, &stamp).await.map_err(refused)?;
    told(&app, &viewer, &headers, (&operation, &exercise, &round)).await
}

#[derive(Deserialize)]
struct Withdrawn {
    reason: String,
}

/// Withdraws the signature of an area, with a reason.
async fn withdraw_signature(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, slug, label, area)): Path<(i64, String, String, String)>,
    JsonBody(Withdrawn { reason }): JsonBody<Withdrawn>,
) -> Result<Json<Value>, Problem> {
    let (operation, exercise, round) = rounds::round(&app, &viewer, Verb::RoundRead, (project, &slug, &label)).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let (area, lang, stamp) = (Pcode(area), reader_language(&headers), viewer.stamp());
    viewer.must_sign(&app, &operation, std::slice::from_ref(&area)).await?;
    withdraw(&app.store, of, (&area, &reason), lang, &stamp).await.map_err(refused)?;
    told(&app, &viewer, &headers, (&operation, &exercise, &round)).await
}

async fn rules_json(app: &App, exercise: &Exercise) -> Result<Json<Value>, Problem> {
    let (chosen, rules) = verification::chosen(&app.store, exercise).await?;
    Ok(Json(json!({ "version": chosen.map_or(0, |chosen| chosen.version), "rules": rules })))
}

/// What an exercise chose about verification; what is proposed where nobody chose.
async fn show_rules(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, slug)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let (_, exercise) = rounds::exercise(&app, &viewer, Verb::SubmissionList, project, &slug).await?;
    rules_json(&app, &exercise).await
}

#[derive(Deserialize)]
struct NewRules {
    version: i64,
    reason: String,
    rules: VerificationRules,
}

/// Chooses anew, with a reason, where nobody has since the version named.
async fn set_rules(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, slug)): Path<(i64, String)>,
    JsonBody(NewRules { version, reason, rules }): JsonBody<NewRules>,
) -> Result<Json<Value>, Problem> {
    let (_, exercise) = rounds::exercise(&app, &viewer, Verb::RoundUpdate, project, &slug).await?;
    let (lang, stamp) = (reader_language(&headers), viewer.stamp());
    choose(&app.store, &exercise, (version, &rules, &reason), lang, &stamp).await.map_err(refused)?;
    rules_json(&app, &exercise).await
}
