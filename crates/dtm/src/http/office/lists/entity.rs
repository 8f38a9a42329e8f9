//! One entity with its versions: changed, settled, deleted, restored.

use super::{conflict_words, find, find_for, list_address};
use crate::http::office::clock::{Clock, Moment};
use crate::http::office::{App, Desk, OperationHead, Said, said};
use crate::http::problem::Problem;
use crate::http::viewer::{On, Verb};
use askama::Template;
use axum::extract::{Form, Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dtm_model::{EntityId, Operation};
use dtm_publish::words::Words;
use dtm_store::{EntityError, EntityList, EntityPatch, EntitySource, EntityVersion};

struct VersionLine {
    number: u32,
    when: Moment,
    who: String,
    source: String,
    changes: Vec<(String, String, String)>,
    conflict: String,
    clashing: String,
    is_resolved: bool,
}

#[derive(Template)]
#[template(path = "office/entity.html")]
struct EntityView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    list: String,
    list_href: String,
    here: String,
    id: String,
    label: String,
    version: u32,
    is_deleted: bool,
    conflict: String,
    values: Vec<(String, String)>,
    versions: Vec<VersionLine>,
    may_update: bool,
    may_delete: bool,
}

/// One entity, with every version and what it changed.
pub(super) async fn entity(
    State(app): State<App>,
    desk: Desk,
    Path((slug, name, id)): Path<(String, String, String)>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let (operation, list, access) = find_for(&app, &desk, Verb::EntityRead, &slug, &name).await?;
    let id: EntityId = id.parse().map_err(|_| Problem::not_found())?;
    if !access.is_everything() {
        app.store.entity_for(&list, &id, false, &access).await?.ok_or_else(Problem::not_found)?;
    }
    desk.viewer()?.saw(&app, &id).await;
    show_entity(&app, &desk, &operation, &list, &id, told.sentence(desk.words()), None).await
}

async fn show_entity(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    list: &EntityList,
    id: &EntityId,
    told: String,
    mistake: Option<String>,
) -> Result<Response, Problem> {
    let (w, on) = (desk.words(), On::Project(&operation.id));
    let found = match app.store.entity(list, id, false).await? {
        Some(entity) => entity,
        None => app.store.entity(list, id, true).await?.ok_or_else(Problem::not_found)?,
    };
    let versions = app.store.entity_versions(list, id).await?;
    let mut lines = Vec::new();
    for (at, version) in versions.iter().enumerate() {
        lines.push(
            version_line(app, Clock::of(w, operation), version, at.checked_sub(1).and_then(|at| versions.get(at)))
                .await?,
        );
    }
    lines.reverse();
    let names = list.properties.iter().map(|property| property.name.clone());
    let value = |name: String| (name.clone(), found.version.data.get(&name).cloned().unwrap_or_default());
    let is_mistake = mistake.is_some();
    let view = EntityView {
        w,
        said: told,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        operation: OperationHead::new(app, desk, operation).await?,
        list: list.name.clone(),
        list_href: list_address(operation, list),
        here: format!("{}/{id}", list_address(operation, list)),
        id: id.to_string(),
        version: found.version.number,
        is_deleted: found.deleted_at.is_some(),
        conflict: conflict_words(w, found.conflict),
        values: names.map(value).collect(),
        label: found.version.label.clone(),
        versions: lines,
        may_update: desk.can(Verb::EntityUpdate, on),
        may_delete: desk.can(Verb::EntityDelete, on),
    };
    let mut response = desk.page(&found.version.label, view.render())?;
    if is_mistake {
        *response.status_mut() = StatusCode::CONFLICT;
    }
    Ok(response)
}

async fn version_line(
    app: &App,
    clock: Clock,
    version: &EntityVersion,
    before: Option<&EntityVersion>,
) -> Result<VersionLine, Problem> {
    let w = clock.words();
    let source = match &version.source {
        EntitySource::Api => String::new(),
        EntitySource::Upload(detail) => {
            let detail: serde_json::Value = serde_json::from_str(detail).unwrap_or_default();
            detail["name"].as_str().unwrap_or_default().to_owned()
        }
        EntitySource::Submission { record, .. } => {
            app.store.submission_of_record(record).await?.map(|whole| whole.instance_id).unwrap_or_default()
        }
    };
    let old = |name: &str| before.and_then(|before| before.data.get(name)).cloned().unwrap_or_default();
    let mut changes: Vec<(String, String, String)> = version
        .data
        .iter()
        .map(|(name, new)| (name.clone(), old(name), new.clone()))
        .filter(|(_, old, new)| old != new)
        .collect();
    let was = before.map_or(String::new(), |before| before.label.clone());
    if was != version.label {
        changes.insert(0, (w.t("office-entity-label"), was, version.label.clone()));
    }
    let who = match version.made_by.split_once(':') {
        Some(("user", id)) => match id.parse() {
            Ok(id) => app.store.user(&id).await?.map(|user| if user.name.is_empty() { user.email } else { user.name }),
            Err(_) => None,
        },
        Some(("app-user", id)) => match id.parse() {
            Ok(id) => app.store.app_user(&id).await?.map(|phone| phone.name),
            Err(_) => None,
        },
        _ => None,
    };
    Ok(VersionLine {
        number: version.number,
        when: clock.moment(version.made_at),
        who: who.unwrap_or_else(|| version.made_by.clone()),
        source,
        changes,
        conflict: conflict_words(w, version.conflict),
        clashing: version.conflicting.join(", "),
        is_resolved: version.resolved_at.is_some(),
    })
}

/// Changes, settles, deletes or restores an entity.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path((slug, name, id)): Path<(String, String, String)>,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, Problem> {
    let field = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).map_or("", |(_, value)| value.as_str());
    let verb = match field("act") {
        "delete" => Verb::EntityDelete,
        "restore" => Verb::EntityRestore,
        _ => Verb::EntityUpdate,
    };
    let (operation, list) = find(&app, &desk, verb, &slug, &name).await?;
    let stamp = desk.viewer()?.stamp();
    let id: EntityId = id.parse().map_err(|_| Problem::not_found())?;
    let here = format!("{}/{id}", list_address(&operation, &list));
    let done = match field("act") {
        "delete" => app.store.delete_entities(&list, std::slice::from_ref(&id), &stamp).await.map(|_| "entity-deleted"),
        "restore" => {
            app.store.restore_entities(&list, std::slice::from_ref(&id), &stamp).await.map(|_| "entity-restored")
        }
        "resolve" => {
            let patch = EntityPatch { resolve: true, ..EntityPatch::default() };
            app.store.update_entity(&list, &id, &patch, &stamp).await.map(|()| "entity-settled")
        }
        _ => {
            let entity = app.store.entity(&list, &id, false).await?.ok_or_else(Problem::not_found)?;
            let label = field("label").trim();
            if label.is_empty() {
                let told = desk.words().t("office-entity-no-label");
                return show_entity(&app, &desk, &operation, &list, &id, String::new(), Some(told)).await;
            }
            let changed = fields.iter().filter_map(|(name, value)| {
                let name = name.strip_prefix("p.")?;
                let known = entity.version.data.get(name).map_or("", String::as_str);
                // A browser sends line ends of its own.
                let value = value.replace("\r\n", "\n");
                (list.property(name).is_some() && known != value).then(|| (name.to_owned(), value))
            });
            let patch = EntityPatch {
                data: changed.collect(),
                label: (label != entity.version.label).then(|| label.to_owned()),
                base_version: Some(field("version").parse().unwrap_or(0)),
                ..EntityPatch::default()
            };
            app.store.update_entity(&list, &id, &patch, &stamp).await.map(|()| "entity-saved")
        }
    };
    match done {
        Ok(what) => Ok(said(&here, what, &[]).into_response()),
        Err(EntityError::Store(error)) => Err(error.into()),
        Err(error) => {
            let problem: Problem = error.into();
            let told = problem.sentence(desk.lang);
            show_entity(&app, &desk, &operation, &list, &id, String::new(), Some(told)).await
        }
    }
}
