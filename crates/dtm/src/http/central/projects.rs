//! Projects: a project is an operation, under its number.

use super::{made_at, operation};
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem};
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use dtm_model::Operation;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/projects", get(projects)).route("/v1/projects/{project}", get(project))
}

fn project_json(operation: &Operation, number: i64) -> Value {
    json!({
        "id": number, "name": operation.name.get(dtm_model::Lang::En), "description": null, "archived": !operation.active,
        "keyId": null, "createdAt": made_at(&operation.id).map(|at| at.to_string()), "updatedAt": null,
    })
}

async fn projects(State(app): State<App>, viewer: Viewer) -> Result<Json<Value>, Problem> {
    let mut all = Vec::new();
    for operation in app.store.operations().await? {
        if viewer.may(&app, Verb::ProjectRead, On::Project(&operation.id)).await.is_err() {
            continue;
        }
        all.push(project_json(&operation, app.store.project_of(&operation.id).await?.unwrap_or(0)));
    }
    Ok(Json(all.into()))
}

async fn project(State(app): State<App>, viewer: Viewer, Path(project): Path<i64>) -> Result<Json<Value>, Problem> {
    Ok(Json(project_json(&operation(&app, &viewer, Verb::ProjectRead, project).await?, project)))
}
