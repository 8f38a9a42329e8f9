//! What a list and its properties are: changed here, shown on the list's page.

use super::list::{Asked, show_list};
use super::{find, list_address};
use crate::http::office::{App, Desk, said};
use crate::http::problem::Problem;
use crate::http::viewer::Verb;
use axum::extract::{Form, Path, State};
use axum::response::{IntoResponse, Response};
use dtm_store::{AccessFilter, EntityProperty};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct Settings {
    act: String,
    #[serde(default)]
    approval: Option<String>,
    #[serde(default)]
    owner: Option<String>,
    #[serde(default)]
    property: String,
    #[serde(default)]
    unique: Option<String>,
    #[serde(default)]
    indexed: Option<String>,
    /// The property of phones that a rule compares.
    #[serde(default)]
    own: String,
}

/// Changes the settings of a list or of a property.
pub(super) async fn settings(
    State(app): State<App>,
    desk: Desk,
    Path((slug, name)): Path<(String, String)>,
    Form(set): Form<Settings>,
) -> Result<Response, Problem> {
    let (operation, list) = find(&app, &desk, Verb::DatasetUpdate, &slug, &name).await?;
    let stamp = desk.viewer()?.stamp();
    let known = |name: &str| list.property(name).cloned().ok_or_else(Problem::not_found);
    match set.act.as_str() {
        "property" => {
            let known = known(&set.property)?;
            let changed = EntityProperty { unique: set.unique.is_some(), indexed: set.indexed.is_some(), ..known };
            if let Err(error) = app.store.set_entity_property(&list, &changed, &stamp).await {
                let problem: Problem = error.into();
                let mistakes = Some((problem.sentence(desk.lang), Vec::new()));
                return show_list(&app, &desk, &operation, &list, Asked::default(), String::new(), mistakes).await;
            }
        }
        "area" => {
            let property = if set.property.is_empty() { None } else { Some(known(&set.property)?.name) };
            app.store.set_entity_area(&list, property.as_deref(), &stamp).await?;
        }
        "access" => {
            let rule = match set.property.is_empty() {
                true => None,
                false => Some(AccessFilter { property: known(&set.property)?.name, actor_property: set.own }),
            };
            let own = app.store.actor_properties(&operation.id).await?;
            if rule.as_ref().is_some_and(|rule| !own.contains(&rule.actor_property)) {
                return Err(Problem::not_found());
            }
            // One rule at a time; what stood before goes.
            app.store.set_access_filter(&list, None, &stamp).await?;
            if rule.is_some() {
                app.store.set_access_filter(&list, rule.as_ref(), &stamp).await?;
            }
        }
        _ => {
            let opens = list.approval_required && set.approval.is_none();
            app.store.set_entity_list(&list, [set.approval.is_some(), set.owner.is_some()], &stamp).await?;
            if opens {
                app.store.convert_pending_entities(&list, &stamp).await?;
            }
        }
    }
    Ok(said(&list_address(&operation, &list), "list-saved", &[]).into_response())
}
