//! Entity lists: making them, what they are, which properties they have, who gets which entities.

use super::wire::{FormsAs, filter_json, list_json, whole_list_json};
use super::{found, name_problem, odata, problem, success};
use crate::http::central::{Extended, JsonBody, Paging, number, operation};
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use crate::journey::entities as journey;
use crate::world;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use dtm_model::{EntityListId, FieldKind, Operation, is_list_name, is_property_name};
use dtm_store::{AccessFilter, AppUser, EntityList, EntityProperty};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Deserialize)]
pub(super) struct ListQuery {
    deleted: Option<String>,
}

/// The lists of a project, or those in its trash.
pub(super) async fn list(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    Query(query): Query<ListQuery>,
    extended: Extended,
    paging: Paging,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::DatasetList, project).await?;
    let deleted = query.deleted.as_deref() == Some("true");
    let lists = app.store.entity_lists(&operation.id, deleted).await?;
    Ok(Json(paging.cut(lists).iter().map(|list| list_json(project, list, extended.0)).collect()))
}

/// A list with its properties and the forms that use it.
pub(super) async fn show(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
    headers: HeaderMap,
    extended: Extended,
) -> Result<Response, Problem> {
    if let Some(name) = name.strip_suffix(".svc") {
        return odata::service(&app, &viewer, project, name, &headers).await;
    }
    let list = found(&app, &viewer, Verb::DatasetRead, project, &name).await?;
    Ok(whole(&app, project, &list, &headers, extended).await?.into_response())
}

async fn whole(
    app: &App,
    project: i64,
    list: &EntityList,
    headers: &HeaderMap,
    Extended(extended): Extended,
) -> Result<Json<Value>, Problem> {
    let feeds = app.store.entity_feeds(list).await?;
    let linked = journey::linked_forms(&app.store, list).await?;
    let linked: Vec<_> =
        linked.into_iter().map(|form| super::wire::Linked { xml_form_id: form.xml_form_id, name: form.name }).collect();
    Ok(Json(whole_list_json(project, list, &feeds, &linked, FormsAs::of(headers), extended)))
}

async fn again(app: &App, operation: &Operation, name: &str) -> Result<EntityList, Problem> {
    app.store.entity_list(&operation.id, name).await?.ok_or_else(Problem::not_found)
}

/// Makes a list without entities.
pub(super) async fn create(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    headers: HeaderMap,
    extended: Extended,
    JsonBody(body): JsonBody<Value>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::DatasetCreate, project).await?;
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
    if !is_list_name(name) {
        return Err(Problem::unexpected_value("name", name));
    }
    let flags = [flag(&body, "approvalRequired")?.unwrap_or(false), flag(&body, "ownerOnly")?.unwrap_or(false)];
    let id = world::fresh(EntityListId::new);
    if let Err(error) = app.store.create_entity_list(&id, &operation.id, name, flags, &viewer.stamp()).await {
        let similar = app.store.similar_entity_list(&operation.id, name).await?;
        return Err(name_problem(error, "datasets", name, similar.as_ref().map(|list| list.name.as_str())));
    }
    whole(&app, project, &again(&app, &operation, name).await?, &headers, extended).await
}

#[derive(Deserialize)]
pub(super) struct UpdateQuery {
    convert: Option<String>,
}

/// Changes whether submissions need approval, whether phones see only their own, and (ours) which property holds the
/// p-code of an entity; with `convert` the submissions that
/// wait for approval make their entities.
pub(super) async fn update(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
    Query(query): Query<UpdateQuery>,
    headers: HeaderMap,
    extended: Extended,
    JsonBody(body): JsonBody<Value>,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::DatasetUpdate, project, &name).await?;
    let convert = match query.convert.as_deref() {
        None => None,
        Some("true") => Some(true),
        Some("false") => Some(false),
        Some(other) => return Err(Problem::unexpected_value("convert", other)),
    };
    let approval = flag(&body, "approvalRequired")?;
    if approval == Some(false) && convert.is_none() {
        let n = app.store.count_pending_entities(&list).await?;
        if n > 0 {
            return Err(problem(
                "pending_submissions",
                400.29,
                format!("There are {n} pending submissions: say with `convert` whether they make entities."),
                format!("{n} soumissions sont en attente : dites avec `convert` si elles créent des entités."),
                json!({ "count": n }),
            ));
        }
    }
    let flags = [approval.unwrap_or(list.approval_required), flag(&body, "ownerOnly")?.unwrap_or(list.owner_only)];
    let area = match body.get("areaProperty") {
        None => None,
        Some(Value::Null) => Some(None),
        Some(Value::String(name)) if list.property(name).is_some() => Some(Some(name.as_str())),
        Some(other) => return Err(Problem::unexpected_value("areaProperty", &other.to_string())),
    };
    app.store.set_entity_list(&list, flags, &viewer.stamp()).await?;
    if let Some(area) = area {
        app.store.set_entity_area(&list, area, &viewer.stamp()).await?;
    }
    if approval == Some(false) && convert == Some(true) {
        app.store.convert_pending_entities(&list, &viewer.stamp()).await?;
    }
    let operation = operation(&app, &viewer, Verb::DatasetRead, project).await?;
    whole(&app, project, &again(&app, &operation, &name).await?, &headers, extended).await
}

/// Moves a list to the trash, unless forms still use it.
pub(super) async fn remove(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::DatasetDelete, project, &name).await?;
    let mut users: Vec<String> = app
        .store
        .entity_feeds(&list)
        .await?
        .into_iter()
        .filter(|feed| feed.current)
        .map(|feed| feed.xml_form_id)
        .collect();
    users.extend(journey::linked_forms(&app.store, &list).await?.into_iter().map(|form| form.xml_form_id));
    if !users.is_empty() {
        users.sort();
        users.dedup();
        return Err(problem(
            "list_in_use",
            409.21,
            format!("Forms use this list: {}.", users.join(", ")),
            format!("Des formulaires utilisent cette liste : {}.", users.join(", ")),
            json!({ "forms": users }),
        ));
    }
    app.store.delete_entity_list(&list, &viewer.stamp()).await?;
    Ok(success())
}

fn flag(body: &Value, key: &str) -> Result<Option<bool>, Problem> {
    match body.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(flag)) => Ok(Some(*flag)),
        Some(other) => Err(Problem::unexpected_value(key, &other.to_string())),
    }
}

/// Adds a property; `type` is ours, text without it.
pub(super) async fn add_property(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
    JsonBody(body): JsonBody<Value>,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::DatasetUpdate, project, &name).await?;
    let property = body.get("name").and_then(Value::as_str).unwrap_or_default();
    if !is_property_name(property) {
        return Err(Problem::unexpected_value("name", property));
    }
    let kind = kind(&body)?.unwrap_or(FieldKind::Text);
    if let Err(error) = app.store.add_entity_property(&list, property, kind, &viewer.stamp()).await {
        return Err(name_problem(error, "ds_properties", property, None));
    }
    Ok(success())
}

fn kind(body: &Value) -> Result<Option<FieldKind>, Problem> {
    let Some(word) = body.get("type").filter(|word| !word.is_null()) else { return Ok(None) };
    let kind: FieldKind =
        serde_json::from_value(word.clone()).map_err(|_| Problem::unexpected_value("type", &word.to_string()))?;
    match kind {
        FieldKind::Group | FieldKind::Repeat => Err(Problem::unexpected_value("type", &word.to_string())),
        kind => Ok(Some(kind)),
    }
}

/// Changes what a property is: `type`, `unique`, `indexed`.
pub(super) async fn set_property(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name, property)): Path<(i64, String, String)>,
    JsonBody(body): JsonBody<Value>,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::DatasetUpdate, project, &name).await?;
    let known = list.property(&property).ok_or_else(Problem::not_found)?.clone();
    let changed = EntityProperty {
        kind: kind(&body)?.unwrap_or(known.kind),
        unique: flag(&body, "unique")?.unwrap_or(known.unique),
        indexed: flag(&body, "indexed")?.unwrap_or(known.indexed),
        ..known
    };
    app.store.set_entity_property(&list, &changed, &viewer.stamp()).await?;
    Ok(success())
}

/// Removes a property that no form feeds and no entity has a value of.
pub(super) async fn remove_property(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name, property)): Path<(i64, String, String)>,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::DatasetUpdate, project, &name).await?;
    list.property(&property).ok_or_else(Problem::not_found)?;
    let feeds = app.store.entity_feeds(&list).await?;
    let forms: Vec<&str> = feeds
        .iter()
        .filter(|feed| feed.current && feed.feed.saves.iter().any(|save| save.property == property))
        .map(|feed| feed.xml_form_id.as_str())
        .collect();
    let (n, some) = app.store.entities_with_value(&list, &property).await?;
    if !forms.is_empty() || n > 0 {
        let entities: Vec<Value> = some.iter().map(|row| json!({ "uuid": row.id, "label": row.label })).collect();
        return Err(problem(
            "property_in_use",
            409.22,
            format!("The property is in use: {} forms feed it and {n} entities have a value.", forms.len()),
            format!(
                "La propriété est utilisée : {} formulaires l’alimentent et {n} entités ont une valeur.",
                forms.len()
            ),
            json!({ "forms": forms, "totalCount": n, "entities": entities }),
        ));
    }
    app.store.delete_entity_property(&list, &property, &viewer.stamp()).await?;
    Ok(success())
}

/// The rule by which phones get entities, or nothing.
pub(super) async fn show_filter(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    Ok(Json(filter_json(&found(&app, &viewer, Verb::DatasetRead, project, &name).await?)))
}

#[derive(Deserialize)]
pub(super) struct FilterBody {
    #[serde(rename = "datasetProperty", default)]
    dataset_property: String,
    #[serde(rename = "actorProperty", default)]
    actor_property: String,
}

/// Sets the rule by which phones get entities.
pub(super) async fn set_filter(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
    JsonBody(body): JsonBody<FilterBody>,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::DatasetUpdate, project, &name).await?;
    if body.dataset_property.is_empty() || body.actor_property.is_empty() {
        return Err(Problem::unexpected_value("datasetProperty/actorProperty", ""));
    }
    let rule = AccessFilter { property: body.dataset_property, actor_property: body.actor_property };
    app.store.set_access_filter(&list, Some(&rule), &viewer.stamp()).await?;
    Ok(Json(json!({ "datasetProperty": rule.property, "actorProperty": rule.actor_property })))
}

/// Takes the rule away: phones get every entity again.
pub(super) async fn remove_filter(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::DatasetUpdate, project, &name).await?;
    app.store.set_access_filter(&list, None, &viewer.stamp()).await?;
    Ok(success())
}

/// The properties that phones of a project may have.
pub(super) async fn actor_properties(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::ProjectRead, project).await?;
    let names = app.store.actor_properties(&operation.id).await?;
    Ok(Json(names.into_iter().map(|name| json!({ "name": name })).collect()))
}

/// Whether a property of phones may have this name.
pub(crate) fn is_actor_property_name(name: &str) -> bool {
    is_property_name(name) && !name.eq_ignore_ascii_case("displayname")
}

/// Adds a property that phones of a project may have.
pub(super) async fn add_actor_property(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    JsonBody(body): JsonBody<Value>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::ProjectUpdate, project).await?;
    let name = body.get("name").and_then(Value::as_str).unwrap_or_default();
    if !is_actor_property_name(name) {
        return Err(Problem::unexpected_value("name", name));
    }
    if let Err(error) = app.store.add_actor_property(&operation.id, name, &viewer.stamp()).await {
        return Err(name_problem(error, "actor_properties", name, None));
    }
    Ok(success())
}

/// A phone of a project by its number.
async fn phone(app: &App, operation: &Operation, named: &str) -> Result<AppUser, Problem> {
    let phones = app.store.app_users(&operation.id).await?;
    let found =
        phones.into_iter().find(|phone| number(&phone.id).to_string() == named || phone.id.to_string() == named);
    found.ok_or_else(Problem::not_found)
}

/// The properties a phone has.
pub(super) async fn actor_values(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, actor)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::FieldKeyList, project).await?;
    let phone = phone(&app, &operation, &actor).await?;
    Ok(Json(json!(app.store.actor_property_values(&phone.id.to_string()).await?)))
}

/// Sets properties of a phone; a blank one is taken away.
pub(super) async fn set_actor_values(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, actor)): Path<(i64, String)>,
    JsonBody(values): JsonBody<BTreeMap<String, Option<String>>>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::FieldKeyCreate, project).await?;
    let phone = phone(&app, &operation, &actor).await?;
    let known = app.store.actor_properties(&operation.id).await?;
    if let Some(unknown) = values.keys().find(|name| !known.contains(name)) {
        return Err(problem(
            "unknown_property",
            400.23,
            format!("Could not find a property named `{unknown}`."),
            format!("Il n’y a pas de propriété nommée `{unknown}`."),
            json!({ "property": unknown }),
        ));
    }
    if values.values().flatten().any(|value| value.len() > 1000) {
        return Err(Problem::missing("properties"));
    }
    let values = values.into_iter().map(|(name, value)| (name, value.unwrap_or_default().trim().to_owned())).collect();
    let actor = phone.id.to_string();
    app.store.set_actor_properties(&operation.id, &actor, &values, &viewer.stamp()).await?;
    Ok(Json(json!(app.store.actor_property_values(&actor).await?)))
}
