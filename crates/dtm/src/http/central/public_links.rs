//! Public links: an address by which anybody fills one form, once or as often as they like, until it ends.

use super::{Extended, JsonBody, created_by, form, given, moment, new_grant, number};
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use crate::world;
use axum::extract::{Path, State};
use axum::routing::{delete, get};
use axum::{Json, Router};
use dtm_model::{Held, Instant, PublicLinkId, Role};
use dtm_store::{Form, PublicLink, Stamp};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/forms/{form}/public-links", get(list).post(create))
        .route("/v1/projects/{project}/forms/{form}/public-links/{id}", delete(revoke))
}

/// The token of a link that is good, where the server can still read it.
pub(crate) fn token(app: &App, link: &PublicLink) -> Option<String> {
    let token = app.vault.open_for(&link.id, link.token_sealed.as_deref());
    token.filter(|_| link.is_good(world::now()))
}

fn link_json(link: &PublicLink, token: Option<&str>) -> Value {
    json!({
        "id": number(&link.id), "type": "public_link",
        "displayName": link.name, "once": link.once, "token": token, "createdAt": link.created_at.to_string(),
        "updatedAt": null, "deletedAt": link.revoked_at.map(|at| at.to_string()),
        "expiresAt": link.expires_at.map(|at| at.to_string()),
    })
}

async fn list(
    State(app): State<App>,
    viewer: Viewer,
    Extended(extended): Extended,
    Path((project, id)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let form = form(&app, &viewer, Verb::PublicLinkList, project, &id).await?;
    let mut list = Vec::new();
    for link in app.store.public_links(&form.id).await? {
        let mut json = link_json(&link, token(&app, &link).as_deref());
        if extended {
            json["createdBy"] = created_by(&app, Some(&link.created_by)).await?;
        }
        list.push(json);
    }
    Ok(Json(list.into()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewLink {
    display_name: String,
    once: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    expires_at: Option<Option<String>>,
}

/// Makes a link and returns its token.
pub(crate) async fn new_link(
    app: &App,
    form: &Form,
    name: &str,
    once: bool,
    expires_at: Option<Instant>,
    stamp: &Stamp,
) -> Result<(PublicLink, String), Problem> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 {
        return Err(Problem::bad_request(
            "bad_name",
            "The name is empty or too long.",
            "Le nom est vide ou trop long.",
        ));
    }
    let id = world::fresh(PublicLinkId::new);
    let fresh = app.vault.token(&id);
    let link = PublicLink {
        id,
        form: form.id.clone(),
        name: name.to_owned(),
        once,
        token_hash: fresh.hash,
        token_sealed: fresh.sealed,
        created_at: stamp.at,
        created_by: stamp.by.clone(),
        expires_at,
        revoked_at: None,
    };
    app.store.create_public_link(&link, stamp).await?;
    let held = Held::Form(form.operation.clone(), form.id.clone());
    app.store.give(&new_grant(&link.id, Role::PublicLink, held, stamp.at), stamp).await?;
    Ok((link, fresh.token))
}

async fn create(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
    JsonBody(new): JsonBody<NewLink>,
) -> Result<Json<Value>, Problem> {
    let form = form(&app, &viewer, Verb::PublicLinkCreate, project, &id).await?;
    let expires_at = moment("expiresAt", new.expires_at, None)?;
    let stamp = viewer.stamp();
    let (link, token) = new_link(&app, &form, &new.display_name, new.once.unwrap_or(false), expires_at, &stamp).await?;
    Ok(Json(link_json(&link, Some(&token))))
}

async fn revoke(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id, named)): Path<(i64, String, String)>,
) -> Result<Json<Value>, Problem> {
    let form = form(&app, &viewer, Verb::PublicLinkDelete, project, &id).await?;
    let links = app.store.public_links(&form.id).await?;
    let link = links.into_iter().find(|link| number(&link.id).to_string() == named || link.id.to_string() == named);
    let link = link.ok_or_else(Problem::not_found)?;
    app.store.revoke_public_link(&link.id, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}
