//! Entity lists in the office: the lists of an operation, one list with its entities, one entity with its versions.

mod download;
mod entity;
mod list;
mod overview;
mod settings;
mod upload;

use super::{App, Desk};
use crate::http::problem::Problem;
use crate::http::viewer::{On, Verb};
use crate::journey::entities::access_of_areas;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use dtm_model::{EntityConflict, Operation};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use dtm_store::{Access, EntityList};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/office/o/{operation}/lists", get(overview::lists).post(overview::create))
        .route("/office/o/{operation}/lists/{list}", get(list::list).post(settings::settings))
        .route(
            "/office/o/{operation}/lists/{list}/upload",
            post(upload::upload).layer(DefaultBodyLimit::max(upload::MAX_FILE)),
        )
        .route("/office/o/{operation}/lists/{list}/download", get(download::download))
        .route("/office/o/{operation}/lists/{list}/{entity}", get(entity::entity).post(entity::act))
}

fn lists_address(operation: &Operation) -> String {
    format!("/office/o/{}/lists", links::encode(&operation.slug))
}

fn list_address(operation: &Operation, list: &EntityList) -> String {
    format!("{}/{}", lists_address(operation), links::encode(&list.name))
}

fn counted(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

fn clashes(w: &Words, n: u64) -> String {
    if n == 0 { String::new() } else { w.t_n("office-list-conflicts", counted(n)) }
}

async fn find(app: &App, desk: &Desk, verb: Verb, slug: &str, name: &str) -> Result<(Operation, EntityList), Problem> {
    let operation = desk.operation(app, verb, slug).await?;
    let list = app.store.entity_list(&operation.id, name).await?.ok_or_else(Problem::not_found)?;
    Ok((operation, list))
}

fn conflict_words(w: &Words, conflict: Option<EntityConflict>) -> String {
    match conflict {
        None => String::new(),
        Some(EntityConflict::Soft) => w.t("office-entity-soft"),
        Some(EntityConflict::Hard) => w.t("office-entity-hard"),
    }
}

/// A list with what this person may have of it: those narrowed to areas have what lies in them.
async fn find_for(
    app: &App,
    desk: &Desk,
    verb: Verb,
    slug: &str,
    name: &str,
) -> Result<(Operation, EntityList, Access), Problem> {
    let operation = desk.operation(app, Verb::DatasetRead, slug).await?;
    let areas = desk.viewer()?.areas(verb, On::Project(&operation.id))?;
    let list = app.store.entity_list(&operation.id, name).await?.ok_or_else(Problem::not_found)?;
    Ok((operation, list, access_of_areas(areas)))
}

/// What the reader may have of the lists of an operation; none where they may have nothing.
fn access_to_read(desk: &Desk, operation: &Operation) -> Option<Access> {
    let areas = desk.viewer.as_ref()?.areas(Verb::EntityList, On::Project(&operation.id)).ok()?;
    Some(access_of_areas(areas))
}
