//! Flow monitoring: who passed each point, the time observed, estimates, plans and notes.

use super::{JsonBody, operation};
use crate::cli::Mistakes;
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem, reader_language};
use crate::journey::flows::{self, BYS, FlowBook, FlowPlan, MOST_DAYS, ShiftNote};
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use chrono::NaiveDate;
use dtm_model::{PointNoteId, Ssid};
use dtm_process::flows::{By, EntryPointReport, Period};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/flows", get(list))
        .route("/v1/projects/{project}/flow-points", get(list_points))
        .route("/v1/projects/{project}/flow-points/{ssid}/estimate", get(estimate))
        .route("/v1/projects/{project}/flow-points/{ssid}/state", post(set_state))
        .route("/v1/projects/{project}/flow-plan", get(show_plan).put(set_plan))
        .route("/v1/projects/{project}/flow-shifts", get(list_shifts).post(add_shift))
        .route("/v1/projects/{project}/flow-shifts/{note}", delete(remove_shift))
}

#[derive(Deserialize, Default)]
struct Wanted {
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    period: Option<String>,
    by: Option<String>,
}

impl Wanted {
    async fn book(&self, app: &App, viewer: &Viewer, project: i64) -> Result<FlowBook, Problem> {
        let operation = operation(app, viewer, Verb::SubmissionList, project).await?;
        let usual = flows::usual_days(&app.store, &operation).await?;
        let (from, to) = (self.from.unwrap_or(usual.0), self.to.unwrap_or(usual.1));
        if to < from || (to - from).num_days() > MOST_DAYS {
            return Err(Problem::unexpected_value("to", &to.to_string()));
        }
        Ok(FlowBook::of(&app.store, &app.blobs, &operation, (from, to), &app.registries).await?)
    }

    fn period(&self) -> Result<Period, Problem> {
        match self.period.as_deref() {
            None | Some("day") => Ok(Period::Day),
            Some("week") => Ok(Period::Week),
            Some(other) => Err(Problem::unexpected_value("period", other)),
        }
    }

    fn by(&self) -> Result<By, Problem> {
        let Some(wanted) = self.by.as_deref() else { return Ok(By::All) };
        let known = BYS.into_iter().find(|(_, code)| *code == wanted);
        known.map(|(by, _)| by).ok_or_else(|| Problem::unexpected_value("by", wanted))
    }
}

/// People who passed, a row for each point, period and value.
async fn list(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Problem> {
    let (period, by) = (wanted.period()?, wanted.by()?);
    let book = wanted.book(&app, &viewer, project).await?;
    Ok(Json(book.rows_json(period, by)))
}

async fn list_points(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(wanted.book(&app, &viewer, project).await?.points_json()))
}

async fn estimate(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, ssid)): Path<(i64, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Problem> {
    let book = wanted.book(&app, &viewer, project).await?;
    let point = Ssid(ssid);
    if !book.all_points().contains(&point) {
        return Err(Problem::not_found());
    }
    match book.estimate(&point) {
        Ok(made) => Ok(Json(json!(made))),
        Err(error) => Err(refused(vec![error.message(reader_language(&headers)).to_owned()])),
    }
}

fn refused(lines: Vec<String>) -> Problem {
    Problem::mistaken("flow_not_so", 409.47, Mistakes { lines }.into())
}

async fn show_plan(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
) -> Result<Json<FlowPlan>, Problem> {
    let operation = operation(&app, &viewer, Verb::SubmissionList, project).await?;
    Ok(Json(flows::plan(&app.store, &operation).await?))
}

async fn set_plan(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path(project): Path<i64>,
    JsonBody(new): JsonBody<FlowPlan>,
) -> Result<Json<FlowPlan>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundUpdate, project).await?;
    let problems = new.problems(reader_language(&headers));
    if !problems.is_empty() {
        return Err(refused(problems));
    }
    flows::keep_plan(&app.store, &operation, &new, &viewer.stamp()).await?;
    Ok(Json(new))
}

async fn list_shifts(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Problem> {
    let book = wanted.book(&app, &viewer, project).await?;
    let kept = book.noted.iter().filter(|note| !note.removed);
    Ok(Json(kept.map(|note| flows::shift_json(&note.id, &note.says)).collect()))
}

async fn add_shift(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    JsonBody(new): JsonBody<ShiftNote>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundUpdate, project).await?;
    if new.shift.from == new.shift.to {
        return Err(Problem::unexpected_value("to", &new.shift.to.to_string()));
    }
    let id = flows::note_shift(&app.store, &operation, &new, &viewer.stamp()).await?;
    Ok(Json(flows::shift_json(&id, &new)))
}

async fn remove_shift(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, note)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundUpdate, project).await?;
    let id: PointNoteId = note.parse().map_err(|_| Problem::not_found())?;
    app.store.remove_point_note(&operation.id, &id, true, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

#[derive(Deserialize)]
struct NewState {
    kind: dtm_process::flows::EntryPointKind,
    state: dtm_process::flows::EntryPointState,
    on: NaiveDate,
}

async fn set_state(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, ssid)): Path<(i64, String)>,
    JsonBody(NewState { kind, state, on }): JsonBody<NewState>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::RoundUpdate, project).await?;
    let report = EntryPointReport { point: Ssid(ssid), kind, on, state };
    flows::note_state(&app.store, &operation, &report, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}
