//! App users: the access of phones, and what each may fill.

use super::assignments::new_grant;
use super::{Extended, JsonBody, Paging, created_by, given, moment, number, operation};
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use crate::vault::Vault;
use crate::world;
use axum::extract::{Path, State};
use axum::routing::{delete, get};
use axum::{Json, Router};
use dtm_model::{AppUserId, Held, Instant, Operation, Role};
use dtm_store::AppUser;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/app-users", get(list_app_users).post(create_app_user))
        .route("/v1/projects/{project}/app-users/{id}", delete(revoke_app_user).patch(limit_app_user))
}

fn app_user_json(project: i64, user: &AppUser, token: Option<&str>) -> Value {
    json!({
        "id": number(&user.id), "projectId": project, "type": "field_key", "displayName": user.name, "token": token,
        "createdAt": user.created_at.to_string(), "updatedAt": null, "deletedAt": user.revoked_at.map(|at| at.to_string()),
        "expiresAt": user.expires_at.map(|at| at.to_string()), "keptToDevice": user.binds, "deviceId": user.device_id,
    })
}

/// The token of an access that is good, where the server can still read it.
pub(crate) fn token(app: &App, user: &AppUser) -> Option<String> {
    let token = app.vault.open_for(&user.id, user.token_sealed.as_deref());
    token.filter(|_| user.is_good(world::now()))
}

async fn list_app_users(
    State(app): State<App>,
    viewer: Viewer,
    Extended(extended): Extended,
    paging: Paging,
    Path(project): Path<i64>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::FieldKeyList, project).await?;
    let mut list = Vec::new();
    for user in paging.cut(app.store.app_users(&operation.id).await?) {
        let mut json = app_user_json(project, &user, token(&app, &user).as_deref());
        if extended {
            json["createdBy"] = created_by(&app, user.created_by.as_deref()).await?;
            json["lastUsed"] = user.seen_at.map(|at| at.to_string()).into();
        }
        list.push(json);
    }
    Ok(Json(list.into()))
}

/// A phone to be let in. When it ends and whether it is kept to one phone are ours.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewAppUser {
    display_name: String,
    #[serde(default, deserialize_with = "given")]
    expires_at: Option<Option<String>>,
    #[serde(default)]
    kept_to_device: bool,
    device_id: Option<String>,
}

/// What limits the access of a phone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) expires_at: Option<Instant>,
    /// Whether it is kept to one phone: this one, or the first that uses it.
    pub(crate) binds: bool,
    pub(crate) device_id: Option<String>,
}

/// Makes the access of a phone that may fill every form of an operation, those still to come included.
pub(crate) async fn new_app_user(
    store: &dtm_store::Store,
    vault: &Vault,
    operation: &Operation,
    name: &str,
    stamp: &dtm_store::Stamp,
) -> anyhow::Result<(AppUser, String)> {
    new_app_user_within(store, vault, operation, name, Limits::default(), stamp).await
}

/// The same, within limits.
pub(crate) async fn new_app_user_within(
    store: &dtm_store::Store,
    vault: &Vault,
    operation: &Operation,
    name: &str,
    limits: Limits,
    stamp: &dtm_store::Stamp,
) -> anyhow::Result<(AppUser, String)> {
    let (user, token) = new_access(store, vault, operation, name, limits, stamp).await?;
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
    limits: Limits,
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
        expires_at: limits.expires_at,
        binds: limits.binds || limits.device_id.is_some(),
        device_id: limits.device_id,
        seen_at: None,
    };
    store.create_app_user(&user, stamp).await?;
    Ok((user, fresh.token))
}

async fn create_app_user(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    JsonBody(new): JsonBody<NewAppUser>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::FieldKeyCreate, project).await?;
    if new.display_name.trim().is_empty() || new.display_name.len() > 200 {
        return Err(Problem::bad_request(
            "bad_name",
            "The name is empty or too long.",
            "Le nom est vide ou trop long.",
        ));
    }
    let limits = Limits {
        expires_at: moment("expiresAt", new.expires_at, None)?,
        binds: new.kept_to_device,
        device_id: new.device_id.filter(|id| !id.is_empty() && id.len() <= 255),
    };
    let name = new.display_name.trim();
    let (user, token) = new_access(&app.store, &app.vault, &operation, name, limits, &viewer.stamp()).await?;
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

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Limit {
    #[serde(default, deserialize_with = "given")]
    expires_at: Option<Option<String>>,
    kept_to_device: Option<bool>,
}

/// Changes when an access ends and whether it is kept to one phone; the phone it was kept to is let go.
async fn limit_app_user(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
    JsonBody(limit): JsonBody<Limit>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::FieldKeyCreate, project).await?;
    let id = app_user(&app, &operation, &id).await?;
    let find = async || -> Result<AppUser, Problem> {
        let users = app.store.app_users(&operation.id).await?;
        users.into_iter().find(|user| user.id == id).ok_or_else(Problem::not_found)
    };
    let before = find().await?;
    let expires_at = moment("expiresAt", limit.expires_at, before.expires_at)?;
    let binds = limit.kept_to_device.unwrap_or(before.binds);
    app.store.limit_app_user(&id, expires_at, binds, &viewer.stamp()).await?;
    let after = find().await?;
    Ok(Json(app_user_json(project, &after, token(&app, &after).as_deref())))
}

/// The phone that a client names by its number.
pub(super) async fn app_user(app: &App, operation: &Operation, named: &str) -> Result<AppUserId, Problem> {
    let users = app.store.app_users(&operation.id).await?;
    let found = users.into_iter().find(|user| number(&user.id).to_string() == named || user.id.to_string() == named);
    found.map(|user| user.id).ok_or_else(Problem::not_found)
}
