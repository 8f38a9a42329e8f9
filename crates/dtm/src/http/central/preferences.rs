//! What clients remember for the person who uses them.

use super::{JsonBody, operation};
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::put;
use axum::{Json, Router};
use dtm_model::Text;
use dtm_store::Preference;
use serde_json::{Map, Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/user-preferences/site/{name}", put(set_for_site).delete(forget_for_site))
        .route("/v1/user-preferences/project/{project}/{name}", put(set_for_project).delete(forget_for_project))
}

/// The longest a name, and a value as JSON, may be.
const LONGEST_NAME: usize = 100;
const LONGEST_VALUE: usize = 10_000;

/// Everything that is remembered for a person, as the extended `users/current` shows it.
pub(super) async fn of(app: &App, viewer: &Viewer) -> Result<Value, Problem> {
    let (mut site, mut projects) = (Map::new(), Map::new());
    for Preference { project, name, value } in app.store.preferences(&viewer.user.id).await? {
        let value = serde_json::from_str(&value).unwrap_or(Value::Null);
        match project {
            None => site.insert(name, value),
            Some(project) => {
                let of_project = projects.entry(project.to_string()).or_insert_with(|| json!({}));
                of_project.as_object_mut().and_then(|known| known.insert(name, value))
            }
        };
    }
    Ok(json!({ "site": site, "projects": projects }))
}

async fn set(
    app: &App,
    viewer: &Viewer,
    project: Option<i64>,
    name: String,
    body: &Value,
) -> Result<Json<Value>, Problem> {
    let given = body.get("propertyValue").ok_or_else(no_value)?;
    let value = given.to_string();
    if name.len() > LONGEST_NAME || value.len() > LONGEST_VALUE || body.as_object().is_some_and(|body| body.len() > 1) {
        return Err(Problem::unexpected_value("propertyValue", &name));
    }
    let preference = Preference { project, name, value };
    match app.store.set_preference(&viewer.user.id, &preference, &viewer.stamp()).await? {
        true => Ok(Json(json!({ "success": true }))),
        false => Err(Problem::unexpected_value("propertyName", &preference.name)),
    }
}

fn no_value() -> Problem {
    let message = Text::both("`propertyValue` is missing.", "`propertyValue` manque.");
    let mut problem = Problem::new(StatusCode::BAD_REQUEST, "unknown_property", 400.23, message);
    problem.facts = Some(Box::new(json!({ "property": "propertyValue" })));
    problem
}

async fn forget(app: &App, viewer: &Viewer, project: Option<i64>, name: &str) -> Result<Json<Value>, Problem> {
    match app.store.forget_preference(&viewer.user.id, project, name, &viewer.stamp()).await? {
        true => Ok(Json(json!({ "success": true }))),
        false => Err(Problem::not_found()),
    }
}

async fn set_for_site(
    State(app): State<App>,
    viewer: Viewer,
    Path(name): Path<String>,
    JsonBody(body): JsonBody<Value>,
) -> Result<Json<Value>, Problem> {
    set(&app, &viewer, None, name, &body).await
}

async fn forget_for_site(
    State(app): State<App>,
    viewer: Viewer,
    Path(name): Path<String>,
) -> Result<Json<Value>, Problem> {
    forget(&app, &viewer, None, &name).await
}

async fn set_for_project(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
    JsonBody(body): JsonBody<Value>,
) -> Result<Json<Value>, Problem> {
    operation(&app, &viewer, Verb::ProjectRead, project).await?;
    set(&app, &viewer, Some(project), name, &body).await
}

async fn forget_for_project(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    operation(&app, &viewer, Verb::ProjectRead, project).await?;
    forget(&app, &viewer, Some(project), &name).await
}
