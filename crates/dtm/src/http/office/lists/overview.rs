//! The lists of an operation, and a new one.

use super::{access_to_read, clashes, counted, list_address, lists_address};
use crate::http::office::{App, Desk, OperationHead};
use crate::http::problem::Problem;
use crate::http::viewer::{On, Verb};
use crate::world;
use askama::Template;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use dtm_model::{EntityListId, Operation, is_list_name};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use dtm_store::{Access, EntityFilter};
use serde::Deserialize;

struct ListLine {
    name: String,
    href: String,
    entities: String,
    /// Words, empty where nothing clashes.
    conflicts: String,
    properties: String,
}

#[derive(Template)]
#[template(path = "office/lists.html")]
struct ListsView {
    w: &'static Words,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    here: String,
    lists: Vec<ListLine>,
    may_create: bool,
}

/// The lists of an operation.
pub(super) async fn lists(State(app): State<App>, desk: Desk, Path(slug): Path<String>) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::DatasetList, &slug).await?;
    show_lists(&app, &desk, &operation, None).await
}

async fn show_lists(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    mistake: Option<String>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let lists = app.store.entity_lists(&operation.id, false).await?;
    let access = access_to_read(desk, operation);
    let mut lines = Vec::new();
    for list in lists {
        // Those narrowed to areas are told how much of it is theirs.
        let n = match access.as_ref().filter(|access| !access.is_everything()) {
            Some(access) => {
                let filter = EntityFilter { access: access.clone(), ..EntityFilter::default() };
                app.store.count_entities(&list, &filter).await?
            }
            None => list.n_entities,
        };
        let sees_all = access.as_ref().is_some_and(Access::is_everything);
        lines.push(ListLine {
            href: list_address(operation, &list),
            entities: w.t_n("office-list-entities", counted(n)),
            conflicts: clashes(w, if sees_all { list.n_conflicts } else { 0 }),
            properties: list.properties.iter().map(|property| property.name.as_str()).collect::<Vec<_>>().join(", "),
            name: list.name,
        });
    }
    let view = ListsView {
        w,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        operation: OperationHead::new(app, desk, operation).await?,
        here: lists_address(operation),
        lists: lines,
        may_create: desk.can(Verb::DatasetCreate, On::Project(&operation.id)),
    };
    desk.answer(&w.t("office-lists"), view.render(), view.mistakes.is_some())
}

#[derive(Deserialize)]
pub(super) struct NewList {
    name: String,
}

/// Makes a list.
pub(super) async fn create(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Form(new): Form<NewList>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::DatasetCreate, &slug).await?;
    let (w, name) = (desk.words(), new.name.trim());
    if !is_list_name(name) {
        return show_lists(&app, &desk, &operation, Some(w.t("office-list-name-bad"))).await;
    }
    if app.store.similar_entity_list(&operation.id, name).await?.is_some() {
        return show_lists(&app, &desk, &operation, Some(w.t("office-list-taken"))).await;
    }
    let id = world::fresh(EntityListId::new);
    app.store.create_entity_list(&id, &operation.id, name, [false, false], &desk.viewer()?.stamp()).await?;
    Ok(Redirect::to(&format!("{}/{}", lists_address(&operation), links::encode(name))).into_response())
}
