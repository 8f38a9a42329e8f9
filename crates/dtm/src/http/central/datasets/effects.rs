//! What a form does to the entity lists of its project: which it feeds, and which properties from its questions.

use crate::http::central::{drafts, operation, published};
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use axum::Json;
use axum::extract::{Path, State};
use dtm_model::{FormSchema, OperationId};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// The lists and properties, and which of them publishing would make.
async fn effects(app: &App, operation: &OperationId, schema: &FormSchema) -> Result<Json<Value>, Problem> {
    let mut saved: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for feed in schema.entities.iter().flat_map(|form| &form.feeds) {
        saved.entry(&feed.list).or_default().extend(feed.saves.iter().map(|save| save.property.as_str()));
    }
    let mut lists = Vec::new();
    for (name, saves) in saved {
        let known = app.store.entity_list(operation, name).await?;
        let there: BTreeSet<&str> =
            known.iter().flat_map(|list| &list.properties).map(|property| property.name.as_str()).collect();
        let property =
            |name: &&str| json!({ "name": name, "isNew": !there.contains(name), "inForm": saves.contains(name) });
        let properties: Vec<Value> = saves.union(&there).map(property).collect();
        lists.push(json!({ "name": name, "isNew": known.is_none(), "properties": properties }));
    }
    Ok(Json(lists.into()))
}

/// What the published version does.
pub(super) async fn of_form(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let form = published(&app, &viewer, Verb::FormRead, project, &id).await?;
    let operation = operation(&app, &viewer, Verb::DatasetList, project).await?;
    effects(&app, &operation.id, &form.version.schema).await
}

/// What publishing the draft would do.
pub(super) async fn of_draft(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let (form, draft) = drafts::draft(&app, &viewer, Verb::FormUpdate, project, &id).await?;
    effects(&app, &form.operation, &draft.schema).await
}
