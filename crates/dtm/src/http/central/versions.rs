//! Published versions of a form: the list, each with its text, workbook, fields and files.

use super::attachments::{self, list_json};
use super::forms::{definition, form_json};
use super::{Extended, created_by, form};
use crate::http::sender::Sender;
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem};
use crate::journey::forms::type_name;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use dtm_capture::odata::identifier;
use dtm_model::{FieldKind, FormSchema};
use dtm_store::{FormHead, FormVersion};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/forms/{form}/fields", get(fields))
        .route("/v1/projects/{project}/forms/{form}/versions", get(list))
        .route("/v1/projects/{project}/forms/{form}/versions/{version}", get(show))
        .route("/v1/projects/{project}/forms/{form}/versions/{version}/fields", get(fields_of))
        .route("/v1/projects/{project}/forms/{form}/versions/{version}/attachments", get(files_of))
        .route("/v1/projects/{project}/forms/{form}/versions/{version}/attachments/{name}", get(file_of))
}

fn version_json(project: i64, head: &FormHead, version: &FormVersion) -> Value {
    let mut json = form_json(project, head);
    json["name"] = version.schema.title.clone().into();
    json["version"] = version.version.clone().into();
    json["hash"] = version.xform_hash.clone().into();
    json["publishedAt"] = version.published_at.map(|at| at.to_string()).into();
    json
}

/// The version that an address names; `___` stands for the empty one, as in Central.
async fn published_version(
    app: &App,
    viewer: &Viewer,
    project: i64,
    id: &str,
    named: &str,
) -> Result<(FormHead, FormVersion), Problem> {
    let form = form(app, viewer, Verb::FormRead, project, id).await?;
    let named = if named == "___" { "" } else { named };
    let found = app.store.form_version(&form.operation, &form.xml_form_id, named).await?;
    let found = found.ok_or_else(Problem::not_found)?;
    Ok((app.store.form_head(found.form).await?, found.version))
}

/// What whoever published a version said about it.
pub(super) async fn publish_notes(app: &App, version: &FormVersion) -> Result<Value, Problem> {
    let entries = app.store.audit_of(&version.id.to_string()).await?;
    let published = entries.iter().rfind(|entry| entry.action == "form_version.published");
    Ok(published.and_then(|entry| entry.facts().1).into())
}

async fn list(
    State(app): State<App>,
    viewer: Viewer,
    Extended(extended): Extended,
    Path((project, id)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let form = form(&app, &viewer, Verb::FormRead, project, &id).await?;
    let mut versions = app.store.form_versions(&form.id).await?;
    versions.retain(|version| version.published_at.is_some());
    versions.sort_by_key(|version| std::cmp::Reverse((version.published_at, version.id.clone())));
    let head = app.store.form_head(form).await?;
    let mut list = Vec::new();
    for version in &versions {
        let mut json = version_json(project, &head, version);
        if extended {
            json["publishedBy"] = created_by(&app, version.published_by.as_deref()).await?;
            if viewer.can(Verb::FormUpdate, On::Form(&head.form.operation, &head.form.id)) {
                json["publishNotes"] = publish_notes(&app, version).await?;
            }
        }
        list.push(json);
    }
    Ok(Json(list.into()))
}

async fn show(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id, named)): Path<(i64, String, String)>,
) -> Result<Response, Problem> {
    let file = named.rsplit_once('.').filter(|(_, ending)| ["xml", "xlsx", "xls"].contains(ending));
    if let Some((version, ending)) = file {
        let (_, version) = published_version(&app, &viewer, project, &id, version).await?;
        return definition(&app, version, ending).await;
    }
    let (head, version) = published_version(&app, &viewer, project, &id, &named).await?;
    Ok(Json(version_json(project, &head, &version)).into_response())
}

#[derive(Deserialize)]
pub(super) struct FieldsQuery {
    odata: Option<String>,
}

impl FieldsQuery {
    pub(super) fn is_odata(&self) -> bool {
        self.odata.as_ref().is_some_and(|word| word.eq_ignore_ascii_case("true"))
    }
}

/// The fields of a form as Central lists them; with `odata`, under the names that OData gives them.
pub(super) fn fields_json(schema: &FormSchema, odata: bool) -> Value {
    let named = |name: &str| if odata { identifier(name) } else { name.to_owned() };
    let line = |field: &dtm_model::Field| {
        let path: Vec<String> = field.path.split('/').map(&named).collect();
        json!({
            "path": format!("/{}", path.join("/")), "name": named(field.name()), "type": type_name(field.kind),
            "binary": (field.kind == FieldKind::File).then_some(true),
            "selectMultiple": (field.kind == FieldKind::SelectMultiple).then_some(true),
        })
    };
    schema.fields.iter().map(line).collect::<Vec<_>>().into()
}

async fn fields(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
    Query(query): Query<FieldsQuery>,
) -> Result<Json<Value>, Problem> {
    let form = super::published(&app, &viewer, Verb::FormRead, project, &id).await?;
    Ok(Json(fields_json(&form.version.schema, query.is_odata())))
}

async fn fields_of(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id, named)): Path<(i64, String, String)>,
    Query(query): Query<FieldsQuery>,
) -> Result<Json<Value>, Problem> {
    let (_, version) = published_version(&app, &viewer, project, &id, &named).await?;
    Ok(Json(fields_json(&version.schema, query.is_odata())))
}

async fn files_of(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id, named)): Path<(i64, String, String)>,
) -> Result<Json<Value>, Problem> {
    let (_, version) = published_version(&app, &viewer, project, &id, &named).await?;
    Ok(Json(list_json(&app, &version).await?))
}

async fn file_of(
    State(app): State<App>,
    viewer: Viewer,
    sender: Result<Sender, Problem>,
    headers: HeaderMap,
    Path((project, id, named, name)): Path<(i64, String, String, String)>,
) -> Result<Response, Problem> {
    let (head, version) = published_version(&app, &viewer, project, &id, &named).await?;
    match attachments::list_read(&app, &head.form.operation, &version, &name).await? {
        Some(list) => super::attachment(&app, &sender?, &list, &headers).await,
        None => attachments::content(&app, &version, &name).await,
    }
}
