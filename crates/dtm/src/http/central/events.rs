//! Emergency events, their alerts and the rules that raise them.

use super::{JsonBody, operation};
use crate::cli::Mistakes;
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem, reader_language};
use crate::journey::events::{self, Board, EventRules, KeptEvent, Wish};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use dtm_model::{EventDecisionId, Lang, Operation, RecordId};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/events", get(list))
        .route("/v1/projects/{project}/events/{event}", get(show).patch(change))
        .route("/v1/projects/{project}/events/{event}/merge", post(merge))
        .route("/v1/projects/{project}/events/{event}/split", post(split))
        .route("/v1/projects/{project}/event-decisions/{decision}/undo", post(undo))
        .route("/v1/projects/{project}/event-alerts", get(list_alerts))
        .route("/v1/projects/{project}/event-rules", get(show_rules).put(set_rules))
}

fn event_id(text: &str) -> Result<RecordId, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

#[derive(Deserialize, Default)]
struct Wanted {
    state: Option<String>,
}

async fn list(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path(project): Path<i64>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::SubmissionList, project).await?;
    let only_closed = match wanted.state.as_deref() {
        None | Some("all") => None,
        Some("open") => Some(false),
        Some("closed") => Some(true),
        Some(other) => return Err(Problem::unexpected_value("state", other)),
    };
    let board = Board::of(&app.store, &operation.id).await?;
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let fits = |kept: &KeptEvent| only_closed.is_none_or(|closed| board.is_closed(kept) == closed);
    Ok(Json(board.listed(&atlas, reader_language(&headers), fits)))
}

async fn told(app: &App, operation: &Operation, key: &RecordId, lang: Lang) -> Result<Json<Value>, Problem> {
    let board = Board::of(&app.store, &operation.id).await?;
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let kept = board.find(key).ok_or_else(Problem::not_found)?;
    Ok(Json(board.whole(kept, &atlas, lang)))
}

async fn show(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, event)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::SubmissionList, project).await?;
    told(&app, &operation, &event_id(&event)?, reader_language(&headers)).await
}

fn refused(error: anyhow::Error) -> Problem {
    Problem::mistaken("event_not_so", 409.42, error)
}

/// Decides one thing after the other about an event of an operation that this person may decide in.
async fn decide(
    app: &App,
    viewer: &Viewer,
    headers: &HeaderMap,
    (operation, event): (&Operation, &str),
    wishes: Vec<Wish>,
) -> Result<Json<Value>, Problem> {
    let (mut key, lang) = (event_id(event)?, reader_language(headers));
    for wish in wishes {
        let done = events::decide(&app.store, &app.blobs, operation, (&key, wish), lang, &viewer.stamp()).await;
        key = done.map_err(refused)?.ok_or_else(Problem::not_found)?;
    }
    told(app, operation, &key, lang).await
}

#[derive(Deserialize)]
struct EventChange {
    name: Option<String>,
    open: Option<bool>,
    #[serde(default)]
    reason: String,
}

/// Names an event, closes it or opens it again.
async fn change(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, event)): Path<(i64, String)>,
    JsonBody(EventChange { name, open, reason }): JsonBody<EventChange>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundUpdate, project).await?;
    let mut wishes: Vec<Wish> = name.map(Wish::Name).into_iter().collect();
    wishes.extend(open.map(|open| if open { Wish::Reopen(reason) } else { Wish::Close(reason) }));
    decide(&app, &viewer, &headers, (&operation, &event), wishes).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Merge {
    event_id: String,
}

async fn merge(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, event)): Path<(i64, String)>,
    JsonBody(other): JsonBody<Merge>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundUpdate, project).await?;
    let other = event_id(&other.event_id).map_err(|_| Problem::unexpected_value("eventId", &other.event_id))?;
    decide(&app, &viewer, &headers, (&operation, &event), vec![Wish::Merge(other)]).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Split {
    record_ids: Vec<RecordId>,
}

async fn split(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, event)): Path<(i64, String)>,
    JsonBody(Split { record_ids }): JsonBody<Split>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundUpdate, project).await?;
    decide(&app, &viewer, &headers, (&operation, &event), vec![Wish::Split(record_ids)]).await
}

async fn undo(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, decision)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundUpdate, project).await?;
    let decision: EventDecisionId = decision.parse().map_err(|_| Problem::not_found())?;
    events::undo(&app.store, &app.blobs, &operation, &decision, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

async fn list_alerts(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path(project): Path<i64>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::SubmissionList, project).await?;
    let board = Board::of(&app.store, &operation.id).await?;
    let lang = reader_language(&headers);
    Ok(Json(board.alerts.iter().map(|alert| board.alert_json(alert, lang)).collect()))
}

async fn show_rules(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
) -> Result<Json<EventRules>, Problem> {
    let operation = operation(&app, &viewer, Verb::SubmissionList, project).await?;
    Ok(Json(events::rules(&app.store, &operation.id).await?))
}

async fn set_rules(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path(project): Path<i64>,
    JsonBody(new): JsonBody<EventRules>,
) -> Result<Json<EventRules>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundUpdate, project).await?;
    let (lang, stamp) = (reader_language(&headers), viewer.stamp());
    let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
    let lines = new.problems(&atlas, lang);
    if !lines.is_empty() {
        return Err(refused(Mistakes { lines }.into()));
    }
    let body = serde_json::to_string(&new).map_err(Problem::internal)?;
    app.store.put_event_rules(&operation.id, &body, &stamp).await?;
    events::gather(&app.store, &app.blobs, &operation, &stamp).await?;
    events::alert(&app, &operation, &stamp).await?;
    Ok(Json(new))
}
