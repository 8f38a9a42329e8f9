//! Submissions, as Central lists them.

use super::{number, published};
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use dtm_store::SubmissionFilter;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/forms/{form}/submissions", get(submissions))
        .route("/v1/projects/{project}/forms/{form}/submissions/{instance}", get(submission))
}

#[derive(Deserialize)]
struct Paging {
    after: Option<String>,
    limit: Option<u32>,
}

async fn submissions(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form)): Path<(i64, String)>,
    Query(paging): Query<Paging>,
) -> Result<Json<Value>, Problem> {
    let form = published(&app, &viewer, Verb::SubmissionList, project, &form).await?;
    let after = match paging.after {
        Some(text) => Some(text.parse().map_err(|_| {
            Problem::bad_request(
                "bad_page",
                "`after` is not a submission id.",
                "`after` n’est pas un identifiant de soumission.",
            )
        })?),
        None => None,
    };
    // Clients that name no limit expect all.
    let filter = SubmissionFilter { form: Some(form.form.id.clone()), ..SubmissionFilter::default() };
    let mut rows = app.store.submissions(&filter, after.as_ref(), paging.limit.unwrap_or(1000).clamp(1, 1000)).await?;
    while paging.limit.is_none() {
        let more = app.store.submissions(&filter, rows.last().map(|row| &row.id), 1000).await?;
        if more.is_empty() || rows.is_empty() {
            break;
        }
        rows.extend(more);
    }
    let list: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "id": row.id, "instanceId": row.instance_id,
                "submitterId": row.app_user.as_ref().map_or(0, number), "deviceId": row.device_id,
                "createdAt": row.received_at.to_string(), "updatedAt": null, "reviewState": null,
            })
        })
        .collect();
    Ok(Json(list.into()))
}

async fn submission(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form, instance)): Path<(i64, String, String)>,
) -> Result<Response, Problem> {
    let form = published(&app, &viewer, Verb::SubmissionRead, project, &form).await?;
    let instance = instance.strip_suffix(".xml").ok_or_else(Problem::not_found)?;
    let whole =
        app.store.submission_by_instance(&form.form.id, false, instance).await?.ok_or_else(Problem::not_found)?;
    let whole = app.store.submission(&whole.id).await?.ok_or_else(Problem::not_found)?;
    viewer.saw(&app, &whole.head.id).await;
    Ok(([(header::CONTENT_TYPE, "application/xml")], whole.xml).into_response())
}
