//! Projects: a project is an operation, under its number. One made here has no country yet, and an exercise of its own.

use super::assignments::Wanted;
use super::datasets::list_json;
use super::forms::form_json;
use super::{Extended, JsonBody, Paging, given, made_at};
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem};
use crate::journey::{forms, plan};
use crate::world;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use dtm_model::{Held, Lang, Operation, OperationId, Pcode, Text};
use dtm_store::{Form, FormState, Project, StoreError};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects", get(list).post(create))
        .route("/v1/projects/{project}", get(show).patch(change).put(replace).delete(trash))
        .route("/v1/projects/{project}/restore", post(restore))
}

fn project_json(project: &Project) -> Value {
    let operation = &project.operation;
    json!({
        "id": project.number, "name": operation.name.get(Lang::En), "description": project.description,
        "archived": (!operation.active).then_some(true), "keyId": null, "timeZone": operation.time_zone,
        "createdAt": made_at(&operation.id).map(|at| at.to_string()),
        "updatedAt": project.updated_at.map(|at| at.to_string()),
        "deletedAt": project.deleted_at.map(|at| at.to_string()),
    })
}

async fn extended_json(app: &App, viewer: &Viewer, project: &Project) -> Result<Value, Problem> {
    let mut json = project_json(project);
    let id = &project.operation.id;
    let counts = app.store.project_counts(id, world::now()).await?;
    json["forms"] = counts.forms.into();
    json["appUsers"] = counts.app_users.into();
    json["lastSubmission"] = counts.last_submission.map(|at| at.to_string()).into();
    json["datasets"] = app.store.entity_lists(id, false).await?.len().into();
    json["verbs"] = viewer.verbs(On::Project(id)).into_iter().map(Verb::code).collect::<Vec<_>>().into();
    Ok(json)
}

#[derive(Deserialize)]
struct ListQuery {
    forms: Option<String>,
    datasets: Option<String>,
    deleted: Option<String>,
}

async fn list(
    State(app): State<App>,
    viewer: Viewer,
    Extended(extended): Extended,
    paging: Paging,
    Query(query): Query<ListQuery>,
) -> Result<Json<Value>, Problem> {
    let yes = |word: &Option<String>| word.as_deref() == Some("true");
    let trashed = yes(&query.deleted);
    let verb = if trashed { Verb::ProjectDelete } else { Verb::ProjectRead };
    let mut projects = app.store.projects(trashed).await?;
    projects.retain(|project| viewer.can(verb, On::Project(&project.operation.id)));
    projects.sort_by_key(|project| (!project.operation.active, project.operation.name.get(Lang::En).to_lowercase()));
    let mut all = Vec::new();
    for project in paging.cut(projects) {
        let id = &project.operation.id;
        let mut json = match extended || yes(&query.forms) {
            true => extended_json(&app, &viewer, &project).await?,
            false => project_json(&project),
        };
        if yes(&query.forms) {
            let mut heads = app.store.form_heads(id).await?;
            heads.retain(|head| head.published.is_some() && viewer.can(Verb::FormList, On::Form(id, &head.form.id)));
            json["formList"] = heads.iter().map(|head| form_json(project.number, head)).collect::<Vec<_>>().into();
        }
        if yes(&query.datasets) && viewer.can(Verb::DatasetList, On::Project(id)) {
            let lists = app.store.entity_lists(id, false).await?;
            json["datasetList"] = lists.iter().map(|list| list_json(project.number, list, true)).collect();
        }
        all.push(json);
    }
    Ok(Json(all.into()))
}

/// The project of a number, for those who may do this in it.
async fn known(app: &App, viewer: &Viewer, verb: Verb, number: i64) -> Result<Project, Problem> {
    let operation = super::operation(app, viewer, verb, number).await?;
    let found = app.store.project(number).await?;
    found.filter(|project| project.operation.id == operation.id).ok_or_else(Problem::not_found)
}

async fn show(
    State(app): State<App>,
    viewer: Viewer,
    Extended(extended): Extended,
    Path(number): Path<i64>,
) -> Result<Json<Value>, Problem> {
    let project = known(&app, &viewer, Verb::ProjectRead, number).await?;
    Ok(Json(if extended { extended_json(&app, &viewer, &project).await? } else { project_json(&project) }))
}

#[derive(Deserialize)]
struct NewProject {
    name: String,
    description: Option<String>,
}

const LONGEST_DESCRIPTION: usize = 50_000;

/// A name that people read, within bounds.
fn sound_name(name: &str) -> Result<&str, Problem> {
    let name = name.trim();
    match name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        true => {
            Err(Problem::bad_request("bad_name", "The name is empty or too long.", "Le nom est vide ou trop long."))
        }
        false => Ok(name),
    }
}

fn sound_description(text: Option<String>) -> Result<Option<String>, Problem> {
    match text {
        Some(text) if text.len() > LONGEST_DESCRIPTION => Err(Problem::bad_request(
            "description_too_long",
            "The description is too long.",
            "La description est trop longue.",
        )),
        text => Ok(text.filter(|text| !text.is_empty())),
    }
}

/// A short name for addresses, from the name: letters and digits, the rest dashes.
fn slug_of(name: &str) -> String {
    let folded = name.chars().flat_map(char::to_lowercase).map(|c| match c {
        'à' | 'â' | 'ä' | 'á' | 'ã' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' | 'í' => 'i',
        'ô' | 'ö' | 'ó' | 'õ' => 'o',
        'û' | 'ü' | 'ù' | 'ú' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        c => c,
    });
    let dashed: String = folded.map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let parts: Vec<&str> = dashed.split('-').filter(|part| !part.is_empty()).collect();
    let slug: String = parts.join("-").chars().take(40).collect();
    let slug = slug.trim_matches('-');
    if slug.is_empty() || Operation::is_reserved(slug) {
        format!("project-{slug}").trim_matches('-').to_owned()
    } else {
        slug.to_owned()
    }
}

async fn create(
    State(app): State<App>,
    viewer: Viewer,
    JsonBody(new): JsonBody<NewProject>,
) -> Result<Json<Value>, Problem> {
    viewer.may(Verb::ProjectCreate, On::Site)?;
    let name = sound_name(&new.name)?;
    let description = sound_description(new.description)?;
    let stamp = viewer.stamp();
    let slug = slug_of(name);
    let mut operation = Operation {
        id: world::fresh(OperationId::new),
        slug: slug.clone(),
        name: Text::new().with("en", name),
        admin0: Pcode(String::new()),
        iso3: String::new(),
        country: Text::new(),
        active: true,
        time_zone: None,
    };
    let mut number = Err(StoreError::Conflict { what: "operation_slug" });
    for attempt in 2..1000 {
        number = app.store.create_operation(&operation, &stamp).await;
        match number {
            Err(StoreError::Conflict { what: "operation_slug" }) => operation.slug = format!("{slug}-{attempt}"),
            _ => break,
        }
    }
    let number = number?;
    if description.is_some() {
        app.store.update_project(&operation.id, &operation.name, description.as_deref(), true, &stamp).await?;
    }
    forms::home(&app.store, &operation.id, &stamp).await?;
    let project = app.store.project(number).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(project_json(&project)))
}

#[derive(Deserialize)]
struct Change {
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    description: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    archived: Option<Option<bool>>,
    /// Ours: the zone in which the operation's people read moments.
    #[serde(default, rename = "timeZone", deserialize_with = "given")]
    time_zone: Option<Option<String>>,
}

async fn change(
    State(app): State<App>,
    viewer: Viewer,
    Path(number): Path<i64>,
    JsonBody(change): JsonBody<Change>,
) -> Result<Json<Value>, Problem> {
    let project = known(&app, &viewer, Verb::ProjectUpdate, number).await?;
    let operation = &project.operation;
    let name = match &change.name {
        Some(name) => operation.name.clone().with("en", sound_name(name)?),
        None => operation.name.clone(),
    };
    let description = match change.description {
        Some(given) => sound_description(given)?,
        None => project.description.clone(),
    };
    let active = change.archived.map_or(operation.active, |archived| !archived.unwrap_or(false));
    let zone = change.time_zone.map(Option::unwrap_or_default);
    if let Some(zone) = zone.as_deref().filter(|zone| !zone.is_empty() && plan::zone(zone).is_none()) {
        return Err(Problem::unexpected_value("timeZone", zone));
    }
    let stamp = viewer.stamp();
    app.store.update_project(&operation.id, &name, description.as_deref(), active, &stamp).await?;
    if let Some(zone) = zone {
        let operation = Operation { name, active, ..operation.clone() };
        plan::set_time_zone(&app.store, &operation, &zone, Lang::default(), &stamp).await?;
    }
    let project = app.store.project(number).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(project_json(&project)))
}

#[derive(Deserialize)]
struct Replacement {
    name: String,
    description: Option<String>,
    archived: Option<bool>,
    forms: Option<Vec<FormReplacement>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct FormReplacement {
    xml_form_id: String,
    state: Option<String>,
    assignments: Option<Vec<Assigned>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Assigned {
    role_id: Value,
    actor_ids: Vec<i64>,
}

/// Says everything about a project anew: what is not given is empty. Where forms are given, all of them are, each with
/// its state and with who holds which role on it.
async fn replace(
    state: State<App>,
    viewer: Viewer,
    Path(number): Path<i64>,
    JsonBody(new): JsonBody<Replacement>,
) -> Result<Json<Value>, Problem> {
    let app = state.0.clone();
    let project = known(&app, &viewer, Verb::ProjectUpdate, number).await?;
    if let Some(forms) = &new.forms {
        replace_forms(&app, &viewer, &project.operation, forms).await?;
    }
    let all = Change {
        name: Some(new.name),
        description: Some(new.description),
        archived: Some(new.archived),
        time_zone: None,
    };
    change(state, viewer, Path(number), JsonBody(all)).await
}

/// Sets states and roles of every form of a project; nothing is changed before all of it is understood.
async fn replace_forms(
    app: &App,
    viewer: &Viewer,
    operation: &Operation,
    wanted: &[FormReplacement],
) -> Result<(), Problem> {
    viewer.may(Verb::AssignmentCreate, On::Project(&operation.id))?;
    viewer.may(Verb::AssignmentDelete, On::Project(&operation.id))?;
    let mut forms: BTreeMap<String, Form> = BTreeMap::new();
    for head in app.store.form_heads(&operation.id).await? {
        forms.insert(head.form.xml_form_id.clone(), head.form);
    }
    let named: BTreeSet<&String> = wanted.iter().map(|form| &form.xml_form_id).collect();
    if named.len() != wanted.len() || !named.into_iter().eq(forms.keys()) {
        return Err(other_forms());
    }
    let mut changes = Vec::new();
    for FormReplacement { xml_form_id, state, assignments } in wanted {
        let Some(form) = forms.get(xml_form_id) else { return Err(other_forms()) };
        let state = match state {
            Some(word) => Some(FormState::from_code(word).ok_or_else(|| Problem::unexpected_value("state", word))?),
            None => None,
        };
        let held = Held::Form(operation.id.clone(), form.id.clone());
        let roles = match assignments {
            Some(all) => {
                let all: Vec<_> = all.iter().map(|one| (one.role_id.clone(), one.actor_ids.clone())).collect();
                Some(Wanted::read(app, &held, &all).await?)
            }
            None => None,
        };
        changes.push((form, state, held, roles));
    }
    let stamp = viewer.stamp();
    for (form, state, held, roles) in changes {
        if let Some(state) = state.filter(|state| *state != form.state_at(stamp.at)) {
            app.store.set_form_state(&form.id, state, &stamp).await?;
        }
        if let Some(roles) = roles {
            roles.settle(app, viewer, &held).await?;
        }
    }
    Ok(())
}

fn other_forms() -> Problem {
    Problem::new(
        StatusCode::NOT_IMPLEMENTED,
        "other_forms",
        501.2,
        Text::both(
            "This can neither add nor remove forms: name every form of the project once.",
            "Ceci ne peut ni ajouter ni retirer de formulaires : nommez chaque formulaire du projet une fois.",
        ),
    )
}

async fn trash(State(app): State<App>, viewer: Viewer, Path(number): Path<i64>) -> Result<Json<Value>, Problem> {
    let project = known(&app, &viewer, Verb::ProjectDelete, number).await?;
    app.store.trash_project(&project.operation.id, &viewer.stamp()).await.map_err(|error| match error {
        StoreError::Conflict { what: "project_released" } => Problem::conflict(
            "project_released",
            409.3,
            "Figures of this project are public and must stay traceable. Archive it, or withdraw the releases first.",
            "Des chiffres de ce projet sont publics et doivent rester traçables. Archivez-le, ou retirez d’abord les publications.",
        ),
        other => other.into(),
    })?;
    Ok(Json(json!({ "success": true })))
}

async fn restore(State(app): State<App>, viewer: Viewer, Path(number): Path<i64>) -> Result<Json<Value>, Problem> {
    viewer.may(Verb::ProjectDelete, On::Site)?;
    let project = app.store.project(number).await?.filter(|project| project.deleted_at.is_some());
    let project = project.ok_or_else(Problem::not_found)?;
    app.store.restore_project(&project.operation.id, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_gets_a_short_name_that_hides_no_address() {
        assert_eq!(slug_of("Réponse aux inondations, été 2026"), "reponse-aux-inondations-ete-2026");
        assert_eq!(slug_of("Office"), "project-office");
        assert_eq!(slug_of("تتبع"), "project");
        assert_eq!(slug_of(&"very long ".repeat(20)).len(), 39);
    }
}
