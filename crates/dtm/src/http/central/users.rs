//! People, as Central's clients know them.

use super::{Extended, number};
use crate::http::viewer::{On, Viewer};
use crate::http::{App, Problem};
use axum::routing::get;
use axum::{Json, Router};
use dtm_model::Verb;
use dtm_store::User;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/users/current", get(current))
}

/// A person as Central's `User`.
pub(super) fn actor_json(user: &User) -> Value {
    json!({
        "id": number(&user.id), "type": "user",
        "displayName": if user.name.is_empty() { &user.email } else { &user.name }, "email": user.email,
        "createdAt": user.created_at.to_string(), "updatedAt": user.updated_at.map(|at| at.to_string()),
        "deletedAt": user.removed_at.map(|at| at.to_string()),
        "lastLoginAt": user.signed_in_at.map(|at| at.to_string()),
    })
}

/// The person that an address names by number, id or e-mail address.
pub(super) async fn find(app: &App, named: &str) -> Result<User, Problem> {
    let users = app.store.users().await?;
    let found = users.into_iter().find(|user| {
        number(&user.id).to_string() == named || user.id.to_string() == named || user.email == named.to_lowercase()
    });
    found.ok_or_else(Problem::not_found)
}

async fn current(viewer: Viewer, Extended(extended): Extended) -> Json<Value> {
    let mut body = actor_json(&viewer.user);
    if extended {
        body["verbs"] = viewer.verbs(On::Site).into_iter().map(Verb::code).collect::<Vec<_>>().into();
        body["preferences"] = json!({ "site": {}, "projects": {} });
    }
    Json(body)
}
