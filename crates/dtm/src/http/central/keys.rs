//! The key of a project: from then on its forms are encrypted on the phone.

use super::{JsonBody, operation};
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use crate::journey::keys::{self, MIN_PASSPHRASE};
use axum::extract::{Path, State};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/projects/{project}/key", post(manage))
}

#[derive(Deserialize)]
struct Passphrase {
    passphrase: String,
    #[serde(default)]
    hint: Option<String>,
}

/// Makes the project's key and gives it to every form that is open.
async fn manage(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    JsonBody(given): JsonBody<Passphrase>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::ProjectUpdate, project).await?;
    if given.passphrase.chars().count() < MIN_PASSPHRASE || given.passphrase.len() > 1000 {
        return Err(Problem::passphrase_short());
    }
    if app.store.managed_form_key(&operation.id).await?.is_some() {
        return Err(Problem::key_exists());
    }
    let hint: String = given.hint.unwrap_or_default().chars().take(200).collect();
    keys::manage(&app.store, &operation.id, given.passphrase, &hint, &viewer.stamp()).await?;
    keys::give_to_forms(&app.store, &operation.id, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}
