//! What the checks noticed in a round: listed, resolved, opened again.

use super::rounds::round;
use super::{JsonBody, Paging};
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem, reader_language};
use crate::journey::naming::Naming;
use crate::journey::settle;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use axum::{Json, Router};
use dtm_model::{FindingId, RoundId};
use dtm_store::{FindingsTogether, WantedFindings};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/findings", get(list))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/findings/kinds", get(kinds))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/findings/resolve", post(resolve))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/findings/reopen", post(reopen))
}

type Address = (i64, String, String);

/// The most findings of one answer, and of one request.
const MOST: u32 = 1_000;
/// The longest note.
const LONGEST_NOTE: usize = 1_000;

#[derive(Deserialize, Default)]
struct Wanted {
    severity: Option<String>,
    check: Option<String>,
    state: Option<String>,
}

impl Wanted {
    fn of_store(&self) -> Result<WantedFindings<'_>, Problem> {
        let severity = match self.severity.as_deref() {
            None => None,
            Some(code) => Some(settle::severity_of(code).ok_or_else(|| Problem::unexpected_value("severity", code))?),
        };
        let resolved = match self.state.as_deref() {
            None => None,
            Some("open") => Some(false),
            Some("resolved") => Some(true),
            Some(other) => return Err(Problem::unexpected_value("state", other)),
        };
        Ok(WantedFindings { severity, check: self.check.as_deref(), resolved })
    }
}

/// The findings of a round, the open ones first, those that weigh most first among them.
async fn list(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    paging: Paging,
    Path((project, exercise, label)): Path<Address>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Problem> {
    // A finding tells answers, so it is for those who see all of them.
    let (operation, _, round) = round(&app, &viewer, Verb::SubmissionRead, (project, &exercise, &label)).await?;
    let limit = paging.limit.unwrap_or(MOST).min(MOST);
    let findings = app.store.findings_page(&round.id, wanted.of_store()?, paging.offset, limit).await?;
    let naming = Naming::of(&app.store, &operation.id, findings.iter().map(|stored| &stored.finding)).await?;
    let lang = reader_language(&headers);
    Ok(Json(findings.iter().map(|stored| settle::finding_json(stored, &naming, lang)).collect()))
}

/// How many each check found.
async fn kinds(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, exercise, label)): Path<Address>,
) -> Result<Json<Value>, Problem> {
    let (_, _, round) = round(&app, &viewer, Verb::SubmissionRead, (project, &exercise, &label)).await?;
    let lang = reader_language(&headers);
    let kinds = app.store.finding_kinds(&round.id).await?;
    let told = kinds.iter().map(|kind| {
        let (title, why) = settle::kind_of(&kind.check, lang);
        json!({
            "check": kind.check, "title": title, "why": why,
            "severity": settle::severity_code(kind.count.severity),
            "open": kind.count.open, "resolved": kind.count.resolved,
        })
    });
    Ok(Json(told.collect()))
}

/// Findings by their ids, or those of one check.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Which {
    #[serde(default)]
    ids: Vec<FindingId>,
    check: Option<String>,
    #[serde(default)]
    note: String,
}

impl Which {
    fn of_store(&self) -> Result<FindingsTogether<'_>, Problem> {
        match &self.check {
            Some(check) if self.ids.is_empty() => Ok(FindingsTogether::Check(check)),
            None if (1..=MOST as usize).contains(&self.ids.len()) => Ok(FindingsTogether::Named(&self.ids)),
            _ => Err(Problem::unexpected_value("ids", &self.ids.len().to_string())),
        }
    }
}

async fn reviewed(app: &App, viewer: &Viewer, (project, exercise, label): Address) -> Result<RoundId, Problem> {
    Ok(round(app, viewer, Verb::SubmissionReview, (project, &exercise, &label)).await?.2.id)
}

async fn resolve(
    State(app): State<App>,
    viewer: Viewer,
    Path(address): Path<Address>,
    JsonBody(which): JsonBody<Which>,
) -> Result<Json<Value>, Problem> {
    let round = reviewed(&app, &viewer, address).await?;
    let note = which.note.trim();
    if note.is_empty() || note.chars().count() > LONGEST_NOTE {
        return Err(Problem::unexpected_value("note", note));
    }
    let n = app.store.resolve_findings(&round, which.of_store()?, note, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true, "count": n })))
}

async fn reopen(
    State(app): State<App>,
    viewer: Viewer,
    Path(address): Path<Address>,
    JsonBody(which): JsonBody<Which>,
) -> Result<Json<Value>, Problem> {
    let round = reviewed(&app, &viewer, address).await?;
    let n = app.store.reopen_findings(&round, which.of_store()?, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true, "count": n })))
}
