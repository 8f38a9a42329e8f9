//! Many entities at once: added, deleted, restored.

use super::{bodies, entity_id, found, success, unexpected_keys};
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use axum::Json;
use axum::extract::{Path, State};
use dtm_model::EntityId;
use dtm_store::EntityList;
use serde::Deserialize;
use serde_json::Value;

/// How many ids one request names at most.
const MOST: usize = 20_000;

/// Adds all entities of a body, or none.
pub(super) async fn create(
    app: &App,
    viewer: &Viewer,
    list: &EntityList,
    body: Value,
    agent: Option<&str>,
) -> Result<Json<Value>, Problem> {
    let Some(entities) = body["entities"].as_array() else {
        return Err(unexpected_keys(&["entities: [...]"], vec!["not an array".to_owned()]));
    };
    if entities.is_empty() {
        return Err(unexpected_keys(&["entities: [...]"], vec!["empty array".to_owned()]));
    }
    let source = bodies::source(&body, entities.len(), agent)?;
    let new = entities.iter().map(|entity| bodies::new_entity(list, entity)).collect::<Result<Vec<_>, _>>()?;
    drop(body);
    app.store.create_entities(list, &new, Some(source), agent, &viewer.stamp()).await?;
    Ok(success())
}

#[derive(Deserialize)]
pub(super) struct Ids {
    #[serde(alias = "uuids", alias = "entities")]
    ids: Vec<String>,
}

impl Ids {
    fn read(&self) -> Result<Vec<EntityId>, Problem> {
        if self.ids.len() > MOST {
            return Err(Problem::unexpected_value("ids", &self.ids.len().to_string()));
        }
        self.ids.iter().map(|id| entity_id(id)).collect()
    }
}

/// Moves entities to the trash.
pub(super) async fn delete(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
    Json(ids): Json<Ids>,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::EntityDelete, project, &name).await?;
    app.store.delete_entities(&list, &ids.read()?, &viewer.stamp()).await?;
    Ok(success())
}

/// Takes entities back from the trash.
pub(super) async fn restore(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, name)): Path<(i64, String)>,
    Json(ids): Json<Ids>,
) -> Result<Json<Value>, Problem> {
    let list = found(&app, &viewer, Verb::EntityRestore, project, &name).await?;
    app.store.restore_entities(&list, &ids.read()?, &viewer.stamp()).await?;
    Ok(success())
}
