//! Entities one by one: read, made, changed, deleted, restored, with their versions and what was done to them.

use super::wire::{diffs_json, entity_json, versions_json};
use super::{bodies, bulk, entity_id, found, found_for, success};
use crate::http::central::submissions::Actors;
use crate::http::central::{Extended, JsonBody, Paging, body};
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use dtm_store::{EntityFilter, EntityList, EntityPatch, StoredEntity};
use serde::Deserialize;
use serde_json::{Value, json};

/// How many entities are read at once.
const PAGE: u32 = 1000;

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
) -> Result<Response, Problem> {
    let (list, access) = found_for(&app, &viewer, Verb::EntityList, project, &name).await?;
    let filter = EntityFilter {
        access,
        deleted: query.deleted.as_deref() == Some("true"),
        conflict: query.conflict.as_deref() == Some("true"),
        search: query.search.filter(|text| !text.trim().is_empty()),
        ..EntityFilter::default()
    };
    let pages = Pages { app, list, filter, extended: extended.0, offset: u64::from(paging.offset), before: None };
    let left = paging.limit.unwrap_or(u32::MAX);
    // The first page is read before anything is answered, so that what goes wrong is told.
    let (first, next) = pages.next(left).await?;
    let body = format!("[{first}");
    let rest = futures::stream::try_unfold(next, |next| async move {
        let Some((pages, left)) = next else { return Ok::<_, std::io::Error>(None) };
        let (rows, next) = pages.next(left).await.map_err(|problem| std::io::Error::other(problem.code))?;
        let comma = if rows.is_empty() { "" } else { "," };
        Ok(Some((Bytes::from(format!("{comma}{rows}")), next)))
    });
    let (start, end) = (futures::stream::iter([Ok(Bytes::from(body))]), futures::stream::iter([Ok(Bytes::from("]"))]));
    let body = Body::from_stream(futures::StreamExt::chain(futures::StreamExt::chain(start, rest), end));
    Ok(([(header::CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response())
}

/// A list that is written while it is read, page by page.
struct Pages {
    app: App,
    list: EntityList,
    filter: EntityFilter,
    extended: bool,
    offset: u64,
    before: Option<i64>,
}

impl Pages {
    /// The rows of a page with commas between them, and how to go on while there is more.
    async fn next(mut self, left: u32) -> Result<(String, Option<(Pages, u32)>), Problem> {
        let limit = PAGE.min(left);
        let offset = if self.before.is_some() { 0 } else { self.offset };
        let page = self.app.store.entities(&self.list, &self.filter, self.before, limit, offset).await?;
        let mut actors = self.extended.then(|| Actors::new(&self.app));
        let mut rows = String::new();
        for entity in &page {
            if !rows.is_empty() {
                rows.push(',');
            }
            rows.push_str(&entity_json(entity, false, actors.as_mut()).await?.to_string());
        }
        drop(actors);
        let is_last = page.len() < limit as usize || limit == left;
        self.before = page.last().map(|last| last.seq);
        Ok((rows, (!is_last).then_some((self, left - limit))))
    }
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
    let (list, access) = found_for(&app, &viewer, Verb::EntityRead, project, &name).await?;
    let deleted = query.deleted.as_deref() == Some("true");
    let entity = app.store.entity_for(&list, &entity_id(&uuid)?, deleted, &access).await?;
    let entity = entity.ok_or_else(Problem::not_found)?;
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
    let agent = agent(&headers);
    if let Some(head) = bulk::Head::read(&body) {
        return bulk::create(&app, &viewer, &list, head, body, agent.as_deref()).await;
    }
    let new = bodies::new_entity(&list, &body::read(&body)?)?;
    let uuid = new.id.to_string();
    app.store.create_entities(&list, &[new], None, agent.as_deref(), &viewer.stamp()).await?;
    again(&app, &list, &uuid, extended).await
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
    JsonBody(body): JsonBody<Value>,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::EntityUpdate, project, &name).await?;
    let id = entity_id(&uuid)?;
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
    let (list, access) = found_for(app, viewer, Verb::EntityRead, project, name).await?;
    let id = entity_id(uuid)?;
    let entity = app.store.entity_for(&list, &id, false, &access).await?.ok_or_else(Problem::not_found)?;
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
    let mut entries: Vec<(String, String, String, Option<String>)> = Vec::new();
    for entry in app.store.audit_of(entity.id.as_str()).await? {
        if entry.action.starts_with("entity.") {
            let (_, notes) = entry.facts();
            entries.push((entry.action, entry.actor, entry.at.to_string(), notes));
        }
    }
    // An entity of an upload stands in the entry of the whole upload.
    if let Some(first) = first.filter(|_| !entries.iter().any(|(action, ..)| action == "entity.create")) {
        entries.insert(0, ("entity.create".to_owned(), first.made_by.clone(), first.made_at.to_string(), None));
    }
    for (action, actor, at, notes) in paging.cut(entries.into_iter().rev().collect()) {
        let who = actors.json(&actor).await?;
        lines.push(json!({
            "actorId": who["id"], "action": action, "acteeId": entity.id, "loggedAt": at, "notes": notes,
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
    let (list, access) = found_for(&app, &viewer, Verb::EntityRead, project, &name).await?;
    let mut actors = Actors::new(&app);
    let mut all = Vec::new();
    for by in app.store.entity_creators(&list, &access).await? {
        all.push(actors.json(&by).await?);
    }
    Ok(Json(all.into()))
}
