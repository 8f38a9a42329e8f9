//! Exercises, rounds and their places: what ODK Central does not have, under the same addresses and in the same manner.

use super::{JsonBody, number, operation};
use crate::http::scope::places_of_round;
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem, reader_language};
use crate::journey::{RoundOf, plan, settle, supervision};
use crate::world;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::routing::{get, put};
use axum::{Json, Router};
use chrono::NaiveDate;
use dtm_model::{
    AppUserId, AssessmentType, Exercise, Operation, Pcode, Place, Round, RoundLabel, RoundState, Ssid, Team, TeamId,
    Text, Tool, Unreached, Visit, WhyUnreached,
};
use dtm_process::rounds::{PlaceProgress, Standing};
use dtm_store::StoreError;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/exercises", get(list_exercises).post(add_exercise))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds", get(list_rounds).post(plan_round))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}", get(show_round).patch(move_round))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/places", get(list_places))
        .route(
            "/v1/projects/{project}/exercises/{exercise}/rounds/{round}/places/{ssid}",
            put(plan_place).delete(drop_place),
        )
        .route("/v1/projects/{project}/teams", get(list_teams).post(add_team))
        .route("/v1/projects/{project}/teams/{team}", put(change_team).delete(remove_team))
}

/// The longest note, reason and name of a team.
const LONGEST_NOTE: usize = 1000;
const LONGEST_NAME: usize = 100;

fn round_json(round: &Round) -> Value {
    json!({
        "label": round.label, "startsOn": round.starts_on, "endsOn": round.ends_on, "reportedOn": round.reported_on,
        "scope": round.scope, "state": round.state,
    })
}

fn exercise_json(exercise: &Exercise) -> Value {
    json!({
        "slug": exercise.slug, "name": exercise.name, "tool": exercise.tool.code(),
        "assessmentType": exercise.assessment.code(), "carryRounds": exercise.carry_rounds,
    })
}

fn place_json(place: &PlaceProgress, known: Option<&Place>, visit: Option<&Visit>) -> Value {
    let unreached = visit.and_then(|visit| visit.unreached.as_ref());
    json!({
        "ssid": place.place, "name": known.map(|known| &known.name), "area": known.map(|known| &known.area),
        "standing": place.standing, "planned": place.is_planned, "teamId": place.team, "dueOn": place.due_on,
        "unreached": unreached.map(|told| json!({ "why": told.why, "note": told.note, "at": told.at.to_string() })),
        "records": place.reached.records, "lastOn": place.reached.last_on, "findings": place.reached.findings,
    })
}

pub(super) async fn exercise(
    app: &App,
    viewer: &Viewer,
    verb: Verb,
    project: i64,
    slug: &str,
) -> Result<(Operation, Exercise), Problem> {
    let operation = operation(app, viewer, verb, project).await?;
    let exercise = app.store.exercise_by_slug(&operation.id, slug).await?.ok_or_else(Problem::not_found)?;
    Ok((operation, exercise))
}

pub(super) async fn round(
    app: &App,
    viewer: &Viewer,
    verb: Verb,
    (project, slug, label): (i64, &str, &str),
) -> Result<(Operation, Exercise, Round), Problem> {
    let (operation, exercise) = exercise(app, viewer, verb, project, slug).await?;
    let round = app.store.round_by_label(&exercise.id, &RoundLabel::from(label)).await?;
    Ok((operation, exercise, round.ok_or_else(Problem::not_found)?))
}

async fn list_exercises(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundRead, project).await?;
    Ok(Json(app.store.exercises(&operation.id).await?.iter().map(exercise_json).collect()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewExercise {
    slug: String,
    name: Text,
    tool: String,
    assessment_type: Option<AssessmentType>,
    #[serde(default = "two_rounds")]
    carry_rounds: u8,
}

/// Rounds for which the last count of a place that cannot be reached is kept, where nothing is said.
fn two_rounds() -> u8 {
    2
}

async fn add_exercise(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path(project): Path<i64>,
    JsonBody(new): JsonBody<NewExercise>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::ProjectUpdate, project).await?;
    let NewExercise { slug, name, tool, assessment_type, carry_rounds } = new;
    let tool = Tool::from_code(&tool).ok_or_else(|| Problem::unexpected_value("tool", &tool))?;
    let assessment = assessment_type.unwrap_or(tool.assessment());
    let new = plan::NewExercise { slug, name, tool, assessment, carry_rounds };
    let added = plan::exercise(&app.store, &operation, new, reader_language(&headers), &viewer.stamp()).await;
    let added = added.map_err(|error| Problem::mistaken("exercise_not_so", 409.61, error))?;
    Ok(Json(exercise_json(&added)))
}

async fn list_rounds(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, slug)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let (_, exercise) = exercise(&app, &viewer, Verb::RoundRead, project, &slug).await?;
    Ok(Json(app.store.rounds(&exercise.id).await?.iter().map(round_json).collect()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewRound {
    label: String,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    reported_on: Option<NaiveDate>,
    #[serde(default)]
    scope: Vec<Pcode>,
}

fn refused(error: anyhow::Error) -> Problem {
    Problem::mistaken("round_not_ready", 409.41, error)
}

async fn plan_round(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, slug)): Path<(i64, String)>,
    JsonBody(new): JsonBody<NewRound>,
) -> Result<Json<Value>, Problem> {
    let (operation, exercise) = exercise(&app, &viewer, Verb::RoundUpdate, project, &slug).await?;
    let NewRound { label, starts_on, ends_on, reported_on, scope } = new;
    let new = plan::NewRound { label, starts_on, ends_on, reported_on, scope };
    let planned = plan::round(&app.store, &operation, &exercise, new, reader_language(&headers), &viewer.stamp()).await;
    Ok(Json(round_json(&planned.map_err(refused)?)))
}

/// A round with the counts of its places.
async fn show_round(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, slug, label)): Path<(i64, String, String)>,
) -> Result<Json<Value>, Problem> {
    let (operation, exercise, round) = round(&app, &viewer, Verb::RoundRead, (project, &slug, &label)).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let (seen, _) = places_of_round(&app, &viewer, of).await?;
    let mut shown = round_json(&round);
    shown["places"] = json!(seen.counts());
    let sees_everywhere = viewer.sees_everywhere(On::Project(&operation.id));
    shown["late"] = sees_everywhere.then_some(seen.n_late).into();
    shown["asOf"] = seen.as_of.map(|at| at.to_string()).into();
    Ok(Json(shown))
}

#[derive(Deserialize)]
struct Move {
    state: RoundState,
    #[serde(default)]
    reason: String,
}

async fn move_round(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, slug, label)): Path<(i64, String, String)>,
    JsonBody(Move { state, reason }): JsonBody<Move>,
) -> Result<Json<Value>, Problem> {
    let (operation, exercise, round) = round(&app, &viewer, Verb::RoundUpdate, (project, &slug, &label)).await?;
    if state == RoundState::Published {
        // A round is published by a release.
        return Err(Problem::unexpected_value("state", "published"));
    }
    let reason: String = reason.trim().chars().take(LONGEST_NOTE).collect();
    let (of, lang) = (RoundOf { operation: &operation, exercise: &exercise, round: &round }, reader_language(&headers));
    settle::before_move(&app.store, &app.blobs, of, state, &reason, lang).await.map_err(refused)?;
    app.store.move_round(&round.id, round.state, state, &reason, &viewer.stamp()).await?;
    Ok(Json(round_json(&Round { state, ..round })))
}

#[derive(Deserialize, Default)]
struct Wanted {
    standing: Option<String>,
}

async fn list_places(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, slug, label)): Path<(i64, String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Problem> {
    let (operation, exercise, round) = round(&app, &viewer, Verb::RoundRead, (project, &slug, &label)).await?;
    let standing = match wanted.standing.as_deref() {
        Some(code) => Some(Standing::from_code(code).ok_or_else(|| Problem::unexpected_value("standing", code))?),
        None => None,
    };
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let (seen, _) = places_of_round(&app, &viewer, of).await?;
    let visits: BTreeMap<&Ssid, &Visit> = seen.visits.iter().map(|visit| (&visit.place, visit)).collect();
    let fitting = seen.places.iter().filter(|place| standing.is_none_or(|standing| standing == place.standing));
    let list = fitting.map(|place| place_json(place, seen.known.get(&place.place), visits.get(&place.place).copied()));
    Ok(Json(list.collect()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PlannedPlace {
    team_id: Option<String>,
    due_on: Option<NaiveDate>,
    unreached: Option<Told>,
}

#[derive(Deserialize)]
struct Told {
    why: WhyUnreached,
    #[serde(default)]
    note: String,
}

/// Puts a place on the plan of a round, or changes what the plan says of it.
async fn plan_place(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, slug, label, ssid)): Path<(i64, String, String, String)>,
    JsonBody(new): JsonBody<PlannedPlace>,
) -> Result<Json<Value>, Problem> {
    let (operation, _, round) = round(&app, &viewer, Verb::RoundUpdate, (project, &slug, &label)).await?;
    let (place, stamp) = (Ssid(ssid), viewer.stamp());
    let team = match &new.team_id {
        Some(id) => Some(team_of(&app, &operation, id).await?.id),
        None => None,
    };
    let told = new.unreached.map(|told| Unreached {
        why: told.why,
        note: told.note.trim().chars().take(LONGEST_NOTE).collect(),
        by: stamp.by.clone(),
        at: stamp.at,
    });
    let visit = Visit { place: place.clone(), team, due_on: new.due_on, unreached: None };
    app.store.plan_visits(&round.id, &[visit], &stamp).await?;
    app.store.set_unreached(&round.id, &place, told.as_ref(), &stamp).await?;
    Ok(Json(json!({ "success": true })))
}

async fn drop_place(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, slug, label, ssid)): Path<(i64, String, String, String)>,
) -> Result<Json<Value>, Problem> {
    let (_, _, round) = round(&app, &viewer, Verb::RoundUpdate, (project, &slug, &label)).await?;
    match app.store.drop_visits(&round.id, &[Ssid(ssid)], &viewer.stamp()).await? {
        0 => Err(Problem::not_found()),
        _ => Ok(Json(json!({ "success": true }))),
    }
}

fn team_json(team: &Team) -> Value {
    let phones: Vec<i64> = team.phones.iter().map(number).collect();
    json!({ "id": team.id, "name": team.name, "appUserIds": phones, "addresses": team.addresses })
}

async fn team_of(app: &App, operation: &Operation, id: &str) -> Result<Team, Problem> {
    let teams = app.store.teams(&operation.id).await?;
    teams.into_iter().find(|team| team.id.to_string() == id).ok_or_else(Problem::not_found)
}

async fn list_teams(State(app): State<App>, viewer: Viewer, Path(project): Path<i64>) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::FieldKeyList, project).await?;
    Ok(Json(app.store.teams(&operation.id).await?.iter().map(team_json).collect()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewTeam {
    name: String,
    #[serde(default)]
    app_user_ids: Vec<i64>,
    #[serde(default)]
    addresses: Vec<String>,
}

async fn put_team(
    app: &App,
    viewer: &Viewer,
    operation: &Operation,
    id: TeamId,
    new: NewTeam,
) -> Result<Json<Value>, Problem> {
    let name = new.name.trim().to_owned();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Problem::unexpected_value("name", &name));
    }
    let known = app.store.app_users(&operation.id).await?;
    let phone = |wanted: &i64| -> Result<AppUserId, Problem> {
        let found = known.iter().find(|phone| number(&phone.id) == *wanted);
        Ok(found.ok_or_else(|| Problem::unexpected_value("appUserIds", &wanted.to_string()))?.id.clone())
    };
    let phones = new.app_user_ids.iter().map(phone).collect::<Result<Vec<_>, _>>()?;
    let addresses = supervision::addresses(&new.addresses.join(" "))
        .map_err(|address| Problem::unexpected_value("addresses", &address))?;
    let team = Team { id, operation: operation.id.clone(), name, phones, addresses };
    match app.store.put_team(&team, &viewer.stamp()).await {
        Ok(()) => Ok(Json(team_json(&team))),
        Err(StoreError::Conflict { what: "team_name" }) => Err(Problem::conflict(
            "team_exists",
            409.3,
            "There is a team of this name already.",
            "Il y a déjà une équipe de ce nom.",
        )),
        Err(error) => Err(error.into()),
    }
}

async fn add_team(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    JsonBody(new): JsonBody<NewTeam>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::FieldKeyCreate, project).await?;
    put_team(&app, &viewer, &operation, world::fresh(TeamId::new), new).await
}

async fn change_team(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, team)): Path<(i64, String)>,
    JsonBody(new): JsonBody<NewTeam>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::FieldKeyCreate, project).await?;
    let team = team_of(&app, &operation, &team).await?;
    put_team(&app, &viewer, &operation, team.id, new).await
}

async fn remove_team(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, team)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::FieldKeyCreate, project).await?;
    let team = team_of(&app, &operation, &team).await?;
    app.store.remove_team(&team.id, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}
