//! Entities one by one: read, made, changed, deleted, restored, with their versions and what was done to them.

use super::wire::{diffs_json, entity_json, versions_json};
use super::{bodies, bulk, entity_id, found, problem, success};
use crate::http::central::submissions::Actors;
use crate::http::central::{Extended, Paging};
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use dtm_store::{EntityFilter, EntityList, EntityPatch, StoredEntity};
use serde::Deserialize;
use serde_json::{Value, json};

/// How many entities are read at once.
const PAGE: u32 = 1000;
/// How many entities a list without `limit` holds at most; more are asked for by page, or downloaded.
const MOST: usize = 250_000;

#[derive(Deserialize, Default)]
pub(super) struct ListQuery {
    #[serde(default)]
    deleted: Option<String>,
    #[serde(default)]
    conflict: Option<String>,
    #[serde(default)]
    search: Option<String>,
}

/// The program that asks, for versions to remember.
pub(super) fn agent(headers: &HeaderMap) -> Option<String> {
    let agent = headers.get(header::USER_AGENT)?.to_str().ok()?.trim();
    (!agent.is_empty()).then(|| agent.chars().take(255).collect())
}

/// The entities of a list, newest first.
pub(super) async fn list(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
    Query(query): Query<ListQuery>,
    extended: Extended,
    paging: Paging,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::EntityList, project, &name).await?;
    let filter = EntityFilter {
        deleted: query.deleted.as_deref() == Some("true"),
        conflict: query.conflict.as_deref() == Some("true"),
        search: query.search.filter(|text| !text.trim().is_empty()),
        ..EntityFilter::default()
    };
    let mut all: Vec<StoredEntity> = Vec::new();
    let wanted = paging.limit.map_or(MOST, |limit| (limit as usize).min(MOST));
    while all.len() < wanted {
        let limit = PAGE.min(u32::try_from(wanted - all.len()).unwrap_or(PAGE));
        let (before, offset) = match all.last() {
            Some(last) => (Some(last.seq), 0),
            None => (None, u64::from(paging.offset)),
        };
        let page = app.store.entities(&list, &filter, before, limit, offset).await?;
        let is_last = page.len() < limit as usize;
        all.extend(page);
        if is_last {
            break;
        }
    }
    let mut actors = extended.0.then(|| Actors::new(&app));
    let mut rows = Vec::with_capacity(all.len());
    for entity in &all {
        rows.push(entity_json(entity, false, actors.as_mut()).await?);
    }
    Ok(Json(rows.into()))
}

#[derive(Deserialize)]
pub(super) struct OneQuery {
    deleted: Option<String>,
}

/// One entity with its values.
pub(super) async fn show(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name, uuid)): Path<(i64, String, String)>,
    Query(query): Query<OneQuery>,
    extended: Extended,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::EntityRead, project, &name).await?;
    let deleted = query.deleted.as_deref() == Some("true");
    let entity = app.store.entity(&list, &entity_id(&uuid)?, deleted).await?.ok_or_else(Problem::not_found)?;
    viewer.saw(&app, &entity.id).await;
    whole(&app, &entity, extended).await
}

async fn whole(app: &App, entity: &StoredEntity, extended: Extended) -> Result<Json<Value>, Problem> {
    let mut actors = extended.0.then(|| Actors::new(app));
    Ok(Json(entity_json(entity, true, actors.as_mut()).await?))
}

async fn again(app: &App, list: &EntityList, uuid: &str, extended: Extended) -> Result<Json<Value>, Problem> {
    let entity = app.store.entity(list, &entity_id(uuid)?, false).await?.ok_or_else(Problem::not_found)?;
    whole(app, &entity, extended).await
}

/// Adds one entity, or many with `entities` and `source`.
pub(super) async fn create(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
    headers: HeaderMap,
    extended: Extended,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::EntityCreate, project, &name).await?;
    let body = json_body(&body)?;
    let agent = agent(&headers);
    if body.get("entities").is_some_and(|entities| !entities.is_null()) {
        return bulk::create(&app, &viewer, &list, body, agent.as_deref()).await;
    }
    let new = bodies::new_entity(&list, &body)?;
    let uuid = new.id.to_string();
    app.store.create_entities(&list, &[new], None, agent.as_deref(), &viewer.stamp()).await?;
    again(&app, &list, &uuid, extended).await
}

/// The body as JSON; nothing stands for an empty object.
fn json_body(body: &[u8]) -> Result<Value, Problem> {
    if body.trim_ascii().is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(body).map_err(|_| {
        problem(
            "unparseable",
            400.1,
            format!("Could not parse the given data ({} chars) as json.", body.len()),
            format!("Les données ({} octets) ne sont pas du JSON lisible.", body.len()),
            json!({ "format": "json", "rawLength": body.len() }),
        )
    })
}

#[derive(Deserialize)]
pub(super) struct UpdateQuery {
    force: Option<String>,
    #[serde(rename = "baseVersion")]
    base_version: Option<String>,
    resolve: Option<String>,
}

/// Changes an entity; the client says which version it knows, or that it does not matter.
pub(super) async fn update(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name, uuid)): Path<(i64, String, String)>,
    Query(query): Query<UpdateQuery>,
    headers: HeaderMap,
    extended: Extended,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::EntityUpdate, project, &name).await?;
    let id = entity_id(&uuid)?;
    let body = json_body(&body)?;
    let is = |flag: &Option<String>| flag.as_deref() == Some("true") || flag.as_deref() == Some("True");
    let (force, resolve) = (is(&query.force), is(&query.resolve));
    let current = app.store.entity(&list, &id, false).await?.ok_or_else(Problem::not_found)?;
    let base_version = match (&query.base_version, force) {
        (_, true) => None,
        // What is no number is no version the entity ever had.
        (given, false) => Some(given.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0)),
    };
    let mut patch = EntityPatch { base_version, resolve, user_agent: agent(&headers), ..EntityPatch::default() };
    let is_empty = body.as_object().is_some_and(serde_json::Map::is_empty);
    // Central tells the outdated version before it looks at the body.
    if base_version.is_some_and(|base| base != current.version.number) || (resolve && current.conflict.is_none()) {
        app.store.update_entity(&list, &id, &patch, &viewer.stamp()).await?;
    }
    if !(resolve && is_empty) {
        let sent = bodies::sent(&list, &body)?;
        patch.label = sent.label;
        patch.data = sent.data;
    }
    app.store.update_entity(&list, &id, &patch, &viewer.stamp()).await?;
    again(&app, &list, &uuid, extended).await
}

/// Moves an entity to the trash.
pub(super) async fn remove(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name, uuid)): Path<(i64, String, String)>,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::EntityDelete, project, &name).await?;
    let gone = app.store.delete_entities(&list, &[entity_id(&uuid)?], &viewer.stamp()).await?;
    if gone.is_empty() { Err(Problem::not_found()) } else { Ok(success()) }
}

/// Takes an entity back from the trash.
pub(super) async fn restore(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name, uuid)): Path<(i64, String, String)>,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::EntityRestore, project, &name).await?;
    let back = app.store.restore_entities(&list, &[entity_id(&uuid)?], &viewer.stamp()).await?;
    if back.is_empty() { Err(Problem::not_found()) } else { Ok(success()) }
}

#[derive(Deserialize)]
pub(super) struct VersionsQuery {
    #[serde(rename = "relevantToConflict")]
    relevant: Option<String>,
}

/// Every version of an entity, oldest first.
pub(super) async fn versions(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name, uuid)): Path<(i64, String, String)>,
    Query(query): Query<VersionsQuery>,
) -> Result<Json<Value>, Problem> {
    let (_, versions) = read_versions(&app, &viewer, project, &name, &uuid).await?;
    Ok(Json(versions_json(&app, &versions, query.relevant.as_deref() == Some("true")).await?))
}

/// What each version changed.
pub(super) async fn diffs(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name, uuid)): Path<(i64, String, String)>,
) -> Result<Json<Value>, Problem> {
    let (_, versions) = read_versions(&app, &viewer, project, &name, &uuid).await?;
    Ok(Json(diffs_json(&versions)))
}

async fn read_versions(
    app: &App,
    viewer: &Viewer,
    project: i64,
    name: &str,
    uuid: &str,
) -> Result<(StoredEntity, Vec<dtm_store::EntityVersion>), Problem> {
    let list = found(app, viewer, Verb::EntityRead, project, name).await?;
    let id = entity_id(uuid)?;
    let entity = app.store.entity(&list, &id, false).await?.ok_or_else(Problem::not_found)?;
    viewer.saw(app, &entity.id).await;
    let versions = app.store.entity_versions(&list, &id).await?;
    Ok((entity, versions))
}

/// What was done to an entity, newest first.
pub(super) async fn audits(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name, uuid)): Path<(i64, String, String)>,
    paging: Paging,
) -> Result<Json<Value>, Problem> {
    let (entity, versions) = read_versions(&app, &viewer, project, &name, &uuid).await?;
    let mut actors = Actors::new(&app);
    let mut lines = Vec::new();
    let first = versions.first();
    let mut entries: Vec<(String, String, String)> = Vec::new();
    for entry in app.store.audit_of(entity.id.as_str()).await? {
        if entry.action.starts_with("entity.") {
            entries.push((entry.action, entry.actor, entry.at.to_string()));
        }
    }
    // An entity of an upload stands in the entry of the whole upload.
    if let Some(first) = first.filter(|_| !entries.iter().any(|(action, ..)| action == "entity.create")) {
        entries.insert(0, ("entity.create".to_owned(), first.made_by.clone(), first.made_at.to_string()));
    }
    for (action, actor, at) in paging.cut(entries.into_iter().rev().collect()) {
        let who = actors.json(&actor).await?;
        lines.push(json!({
            "actorId": who["id"], "action": action, "acteeId": entity.id, "loggedAt": at, "notes": null,
            "details": { "entity": { "uuid": entity.id, "dataset": name } }, "actor": who,
        }));
    }
    Ok(Json(lines.into()))
}

/// Everybody who made an entity of the list.
pub(super) async fn creators(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::EntityRead, project, &name).await?;
    let mut actors = Actors::new(&app);
    let mut all = Vec::new();
    for by in app.store.entity_creators(&list).await? {
        all.push(actors.json(&by).await?);
    }
    Ok(Json(all.into()))
}
