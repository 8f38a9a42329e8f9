//! App users: the access of phones, and what each may fill.

use super::assignments::new_grant;
use super::{number, operation};
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use crate::vault::Vault;
use crate::world;
use axum::extract::{Path, State};
use axum::routing::{delete, get};
use axum::{Json, Router};
use dtm_model::{AppUserId, Held, Operation, Role};
use dtm_store::AppUser;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/app-users", get(list_app_users).post(create_app_user))
        .route("/v1/projects/{project}/app-users/{id}", delete(revoke_app_user))
}

fn app_user_json(project: i64, user: &AppUser, token: Option<&str>) -> Value {
    json!({
        "id": number(&user.id), "projectId": project, "type": "field_key", "displayName": user.name, "token": token,
        "createdAt": user.created_at.to_string(), "updatedAt": null, "deletedAt": user.revoked_at.map(|at| at.to_string()),
    })
}

async fn list_app_users(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::FieldKeyList, project).await?;
    let users = app.store.app_users(&operation.id).await?;
    let now = world::now();
    let token =
        |user: &AppUser| app.vault.open_for(&user.id, user.token_sealed.as_deref()).filter(|_| user.is_good(now));
    Ok(Json(users.iter().map(|user| app_user_json(project, user, token(user).as_deref())).collect::<Vec<_>>().into()))
}

#[derive(Deserialize)]
struct NewAppUser {
    #[serde(rename = "displayName")]
    display_name: String,
}

/// Makes the access of a phone that may fill every form of an operation, those still to come included.
pub(crate) async fn new_app_user(
    store: &dtm_store::Store,
    vault: &Vault,
    operation: &Operation,
    name: &str,
    stamp: &dtm_store::Stamp,
) -> anyhow::Result<(AppUser, String)> {
    let (user, token) = new_access(store, vault, operation, name, stamp).await?;
    let held = Held::Project(operation.id.clone());
    store.give(&new_grant(&user.id, Role::AppUser, held, stamp.at), stamp).await?;
    Ok((user, token))
}

/// Makes a phone's access, to which forms are assigned one by one; the store keeps the hash of its token, and the token
/// sealed.
async fn new_access(
    store: &dtm_store::Store,
    vault: &Vault,
    operation: &Operation,
    name: &str,
    stamp: &dtm_store::Stamp,
) -> anyhow::Result<(AppUser, String)> {
    let id = world::fresh(AppUserId::new);
    let fresh = vault.token(&id);
    let user = AppUser {
        id,
        operation: operation.id.clone(),
        name: name.to_owned(),
        token_hash: fresh.hash,
        token_sealed: fresh.sealed,
        created_at: stamp.at,
        created_by: Some(stamp.by.clone()),
        revoked_at: None,
        expires_at: None,
        binds: false,
        device_id: None,
        seen_at: None,
    };
    store.create_app_user(&user, stamp).await?;
    Ok((user, fresh.token))
}

async fn create_app_user(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    Json(new): Json<NewAppUser>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::FieldKeyCreate, project).await?;
    if new.display_name.trim().is_empty() || new.display_name.len() > 200 {
        return Err(Problem::bad_request(
            "bad_name",
            "The name is empty or too long.",
            "Le nom est vide ou trop long.",
        ));
    }
    let (user, token) =
        new_access(&app.store, &app.vault, &operation, new.display_name.trim(), &viewer.stamp()).await?;
    Ok(Json(app_user_json(project, &user, Some(&token))))
}

async fn revoke_app_user(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::FieldKeyDelete, project).await?;
    let id = app_user(&app, &operation, &id).await?;
    app.store.revoke_app_user(&id, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

/// The phone that a client names by its number.
pub(super) async fn app_user(app: &App, operation: &Operation, named: &str) -> Result<AppUserId, Problem> {
    let users = app.store.app_users(&operation.id).await?;
    let found = users.into_iter().find(|user| number(&user.id).to_string() == named || user.id.to_string() == named);
    found.map(|user| user.id).ok_or_else(Problem::not_found)
}
