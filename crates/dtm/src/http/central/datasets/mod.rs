//! Entity lists («datasets» on the wire) and their entities.
//!
//! Values travel as text, as Central has them. What Central has no word for — types, uniqueness, what changed since — has
//! addresses and keys of its own beside.

mod bodies;
mod bulk;
mod download;
mod effects;
mod entities;
mod lists;
mod looking;
mod odata;
mod wire;

pub(crate) use download::{attachment, attachment_hash};
pub(crate) use lists::is_actor_property_name;
pub(crate) use wire::list_json;

use super::operation;
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem};
use crate::journey::entities as journey;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, patch, post};
use dtm_model::{EntityId, Text};
use dtm_store::{Access, EntityError, EntityList, StoreError};
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/datasets", get(lists::list).post(lists::create))
        .route("/v1/projects/{project}/datasets/{list}", get(lists::show).patch(lists::update).delete(lists::remove))
        .route("/v1/projects/{project}/datasets/{list}/properties", post(lists::add_property))
        .route(
            "/v1/projects/{project}/datasets/{list}/properties/{property}",
            patch(lists::set_property).delete(lists::remove_property),
        )
        .route(
            "/v1/projects/{project}/datasets/{list}/access-filter",
            get(lists::show_filter).put(lists::set_filter).delete(lists::remove_filter),
        )
        .route("/v1/projects/{project}/forms/{form}/dataset-diff", get(effects::of_form))
        .route("/v1/projects/{project}/forms/{form}/draft/dataset-diff", get(effects::of_draft))
        .route("/v1/projects/{project}/actor-properties", get(lists::actor_properties).post(lists::add_actor_property))
        .route(
            "/v1/projects/{project}/app-users/{actor}/properties",
            get(lists::actor_values).put(lists::set_actor_values),
        )
        .route("/v1/projects/{project}/datasets/{list}/Entities", get(odata::rows))
        .route("/v1/projects/{project}/datasets/{list}/$metadata", get(odata::metadata))
        .route("/v1/projects/{project}/trash/datasets/{number}/entities.csv", get(download::csv_of_trashed))
        .route("/v1/projects/{project}/datasets/{list}/entities.csv", get(download::csv))
        .route("/v1/projects/{project}/datasets/{list}/entities.geojson", get(download::geojson))
        .route("/v1/projects/{project}/datasets/{list}/changes", get(download::changes))
        .route("/v1/projects/{project}/datasets/{list}/integrity", get(download::integrity))
        .route("/v1/key/{token}/projects/{project}/datasets/{list}/integrity", get(download::integrity))
        .route("/v1/key/{token}/projects/{project}/datasets/{list}/changes", get(download::changes))
        .route("/v1/projects/{project}/datasets/{list}/entities", get(entities::list).post(entities::create))
        .route("/v1/projects/{project}/datasets/{list}/entities/creators", get(entities::creators))
        .route("/v1/projects/{project}/datasets/{list}/entities/bulk-delete", post(bulk::delete))
        .route("/v1/projects/{project}/datasets/{list}/entities/bulk-restore", post(bulk::restore))
        .route(
            "/v1/projects/{project}/datasets/{list}/entities/{entity}",
            get(entities::show).patch(entities::update).delete(entities::remove),
        )
        .route("/v1/projects/{project}/datasets/{list}/entities/{entity}/restore", post(entities::restore))
        .route("/v1/projects/{project}/datasets/{list}/entities/{entity}/versions", get(entities::versions))
        .route("/v1/projects/{project}/datasets/{list}/entities/{entity}/diffs", get(entities::diffs))
        .route("/v1/projects/{project}/datasets/{list}/entities/{entity}/audits", get(entities::audits))
}

/// A list of a project, for those who may do this in it.
async fn found(app: &App, viewer: &Viewer, verb: Verb, project: i64, name: &str) -> Result<EntityList, Problem> {
    let operation = operation(app, viewer, verb, project).await?;
    app.store.entity_list(&operation.id, name).await?.ok_or_else(Problem::not_found)
}

/// A list of a project with what this person may have of it: those narrowed to areas have what lies in them.
async fn found_for(
    app: &App,
    viewer: &Viewer,
    verb: Verb,
    project: i64,
    name: &str,
) -> Result<(EntityList, Access), Problem> {
    let operation = app.store.operation_by_project(project).await?;
    let on = operation.as_ref().map_or(On::Site, |operation| On::Project(&operation.id));
    let access = journey::access_of_areas(viewer.areas(verb, on)?);
    let operation = operation.ok_or_else(Problem::not_found)?;
    let list = app.store.entity_list(&operation.id, name).await?.ok_or_else(Problem::not_found)?;
    Ok((list, access))
}

/// The id that an address names.
fn entity_id(text: &str) -> Result<EntityId, Problem> {
    text.parse().map_err(|_| Problem::wrong_type("uuid", "a version 4 UUID", "un UUID de version 4"))
}

/// What clients read after an act that gives nothing back.
fn success() -> axum::Json<Value> {
    axum::Json(json!({ "success": true }))
}

fn problem(code: &'static str, central: f64, en: impl Into<String>, fr: impl Into<String>, details: Value) -> Problem {
    let status = StatusCode::from_u16(central as u16).unwrap_or(StatusCode::BAD_REQUEST);
    let mut problem = Problem::new(status, code, central, Text::both(en, fr));
    problem.facts = Some(Box::new(details));
    problem
}

fn unexpected_keys(expected: &[&str], actual: Vec<String>) -> Problem {
    problem(
        "unexpected_attributes",
        400.31,
        format!("Expected: {}. Got: {}.", expected.join(", "), actual.join(", ")),
        format!("Attendu : {}. Reçu : {}.", expected.join(", "), actual.join(", ")),
        json!({ "expected": expected, "actual": actual }),
    )
}

fn invalid_entity(en: impl Into<String>, fr: impl Into<String>) -> Problem {
    let en = en.into();
    let details = json!({ "reason": en.clone() });
    problem("entity_invalid", 400.28, en, fr, details)
}

impl From<EntityError> for Problem {
    fn from(error: EntityError) -> Self {
        let ids = |ids: &[EntityId]| ids.iter().take(20).map(EntityId::as_str).collect::<Vec<_>>().join(", ");
        match error {
            EntityError::Store(error) => error.into(),
            EntityError::Exists(taken) => problem(
                "entity_exists",
                409.3,
                format!("Entities of these ids are there already: {}.", ids(&taken)),
                format!("Des entités de ces identifiants existent déjà : {}.", ids(&taken)),
                json!({ "fields": ["uuid"], "values": taken }),
            ),
            EntityError::Deleted(gone) => problem(
                "entity_deleted",
                409.19,
                format!("These ids belong to deleted entities and cannot be used: {}.", ids(&gone)),
                format!("Ces identifiants appartiennent à des entités supprimées : {}.", ids(&gone)),
                json!({ "entityUuids": gone }),
            ),
            EntityError::NotUnique { property, id } => problem(
                "entity_value_taken",
                409.3,
                format!("Another entity has the same value of `{property}` as {id}; in this list each has its own."),
                format!(
                    "Une autre entité a la même valeur de `{property}` que {id} ; dans cette liste, chacune a la sienne."
                ),
                json!({ "fields": [property], "values": [id] }),
            ),
            EntityError::Version { current } => problem(
                "entity_version",
                409.15,
                format!("The current version of the entity is {current}. Read it again, or ask with `force=true`."),
                format!("La version actuelle de l’entité est {current}. Relisez-la, ou demandez avec `force=true`."),
                json!({ "current": current.to_string() }),
            ),
            EntityError::NoConflict => problem(
                "entity_no_conflict",
                400.32,
                "The entity has no conflict to settle.",
                "L’entité n’a pas de conflit à régler.",
                Value::Null,
            ),
        }
    }
}

/// The problem of a name that exists in other letters, or exactly.
fn name_problem(error: StoreError, table: &str, given: &str, current: Option<&str>) -> Problem {
    match error {
        StoreError::Conflict { what: "entity_list_name" | "entity_property_name" | "actor_property_name" } => {
            match current.filter(|current| *current != given) {
                Some(current) => problem(
                    "name_in_other_letters",
                    409.16,
                    format!("`{current}` exists; `{given}` differs from it only in the case of its letters."),
                    format!("`{current}` existe ; `{given}` n’en diffère que par la casse."),
                    json!({ "current": current, "provided": given }),
                ),
                None => problem(
                    "name_taken",
                    409.3,
                    format!("`{given}` exists already."),
                    format!("`{given}` existe déjà."),
                    json!({ "table": table, "fields": ["name"], "values": [given] }),
                ),
            }
        }
        other => other.into(),
    }
}
