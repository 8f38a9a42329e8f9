//! Supervision of a round: the work of enumerators and teams, the planned places, messages to teams.

use super::JsonBody;
use super::rounds::round;
use crate::http::scope::places_of_round;
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem, reader_language, supervised};
use crate::journey::RoundOf;
use crate::journey::supervision::{
    self, Asked, Group, Within, about_json, coverage_by_area, coverage_by_team, coverage_json, message_json,
};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use dtm_model::{TeamId, TeamMessageId};
use dtm_publish::words::Words;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/supervision", get(show))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/coverage", get(coverage))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/messages", get(list).post(write))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/messages/{message}", delete(withdraw))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/messages/{message}/restore", post(restore))
}

type Address = (i64, String, String);

#[derive(Deserialize, Default)]
struct Wanted {
    group: Option<String>,
    days: Option<String>,
    form: Option<String>,
}

impl Wanted {
    fn asked(self) -> Result<Asked, Problem> {
        let group = self.group.unwrap_or_default();
        let days = self.days.unwrap_or_default();
        Ok(Asked {
            by: Group::of(&group).ok_or_else(|| Problem::unexpected_value("group", &group))?,
            within: Within::of(&days).ok_or_else(|| Problem::unexpected_value("days", &days))?,
            form: self.form,
        })
    }
}

/// The work of enumerators or teams, each measure with its denominator and what is usual.
async fn show(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, exercise, label)): Path<Address>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Problem> {
    let asked = wanted.asked()?;
    let (operation, exercise, round) = round(&app, &viewer, Verb::RoundRead, (project, &exercise, &label)).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let book = supervised::book(&app, &viewer, of, asked).await?;
    Ok(Json(about_json(&book, Words::of(reader_language(&headers)))))
}

/// The planned places of teams and areas: visited, not visited and why, open.
async fn coverage(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, exercise, label)): Path<Address>,
) -> Result<Json<Value>, Problem> {
    let (operation, exercise, round) = round(&app, &viewer, Verb::RoundRead, (project, &exercise, &label)).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let (progress, atlas) = places_of_round(&app, &viewer, of).await?;
    let w = Words::of(reader_language(&headers));
    Ok(Json(coverage_json(&coverage_by_team(&progress, w), &coverage_by_area(&progress, &atlas, w))))
}

async fn list(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, exercise, label)): Path<Address>,
) -> Result<Json<Value>, Problem> {
    let (operation, _, round) = round(&app, &viewer, Verb::RoundRead, (project, &exercise, &label)).await?;
    // They speak of places and of people, so they are for those who see some of the records.
    if !viewer.can_partly(Verb::SubmissionList, On::Project(&operation.id)) {
        return Err(Problem::forbidden());
    }
    Ok(Json(app.store.team_messages(&round.id).await?.iter().map(message_json).collect()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewMessage {
    text: String,
    team_id: Option<TeamId>,
}

fn refused(error: anyhow::Error) -> Problem {
    Problem::mistaken("message_not_so", 400.47, error)
}

async fn write(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, exercise, label)): Path<Address>,
    JsonBody(NewMessage { text, team_id }): JsonBody<NewMessage>,
) -> Result<Json<Value>, Problem> {
    let (operation, exercise, round) = round(&app, &viewer, Verb::RoundUpdate, (project, &exercise, &label)).await?;
    let teams = app.store.teams(&operation.id).await?;
    let team = match &team_id {
        Some(id) => {
            let found = teams.iter().find(|team| team.id == *id);
            Some(found.ok_or_else(|| Problem::unexpected_value("teamId", &id.to_string()))?)
        }
        None => None,
    };
    let (of, lang) = (RoundOf { operation: &operation, exercise: &exercise, round: &round }, reader_language(&headers));
    let written = supervision::write_message(&app, of, team, &text, lang, &viewer.stamp()).await;
    let (message, n_mails) = written.map_err(refused)?;
    let mut told = message_json(&message);
    told["mails"] = n_mails.into();
    Ok(Json(told))
}

async fn turn(
    app: &App,
    viewer: &Viewer,
    (project, exercise, label, message): (i64, String, String, String),
    is_withdrawn: bool,
) -> Result<Json<Value>, Problem> {
    let (_, _, round) = round(app, viewer, Verb::RoundUpdate, (project, &exercise, &label)).await?;
    let id: TeamMessageId = message.parse().map_err(|_| Problem::not_found())?;
    app.store.withdraw_team_message(&round.id, &id, is_withdrawn, &viewer.stamp()).await?;
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
