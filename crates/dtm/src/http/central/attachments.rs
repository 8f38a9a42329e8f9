//! What a form needs beside it: the names its definition uses, and the file or entity list behind each.

use super::drafts::draft;
use super::{FormReader, JsonBody, form};
use crate::http::sender::Sender;
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use crate::journey::entities;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use dtm_model::OperationId;
use dtm_store::{EntityList, FormFile, FormMedia, FormVersion, Stamp};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/forms/{form}/attachments", get(list))
        .route("/v1/projects/{project}/forms/{form}/attachments/{name}", get(show))
        .route("/v1/projects/{project}/forms/{form}/draft/attachments", get(list_draft))
        .route(
            "/v1/projects/{project}/forms/{form}/draft/attachments/{name}",
            get(show_draft).post(put).delete(remove).patch(link),
        )
}

/// The kind of a file, as Central tells pictures, sounds and films from the rest.
fn kind(name: &str) -> &'static str {
    let ending = name.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
    match ending.as_str() {
        "png" | "jpg" | "jpeg" | "gif" | "svg" | "webp" | "bmp" => "image",
        "mp3" | "wav" | "ogg" | "m4a" | "amr" | "aac" | "flac" => "audio",
        "mp4" | "mov" | "webm" | "3gp" | "avi" | "mkv" => "video",
        _ => "file",
    }
}

fn file_json(name: &str, file: Option<&FormFile>) -> Value {
    let media = file.and_then(|file| file.media.as_ref());
    let list = file.and_then(|file| file.list.as_ref());
    json!({
        "name": name, "type": kind(name), "hash": media.and_then(|media| media.md5.as_deref()),
        "exists": file.is_some(), "blobExists": media.is_some(), "datasetExists": list.is_some(),
        "updatedAt": file.and_then(|file| file.changed_at).map(|at| at.to_string()),
    })
}

/// Every name that a version uses, and what stands behind it.
pub(super) async fn list_json(app: &App, version: &FormVersion) -> Result<Value, Problem> {
    let files = app.store.form_files(&version.id).await?;
    let line = |name: &String| file_json(name, files.iter().find(|file| file.name == *name));
    Ok(version.schema.media.iter().map(line).collect::<Vec<_>>().into())
}

/// How a browser is told to keep a file rather than to show it.
pub(super) fn disposition(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_graphic() && !"\"\\".contains(c) { c } else { '_' }).collect();
    let encoded = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// The file behind a name, as a download.
pub(crate) async fn content(app: &App, version: &FormVersion, name: &str) -> Result<Response, Problem> {
    let files = app.store.form_files(&version.id).await?;
    let file = files.into_iter().find(|file| file.name == name).and_then(|file| file.media);
    let file = file.ok_or_else(Problem::not_found)?;
    let bytes = app.blobs.get(&file.hash).await?;
    let md5 = file.md5.clone().unwrap_or_else(|| dtm_capture::openrosa::md5(&bytes));
    let octets = HeaderValue::from_static("application/octet-stream");
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(&file.content_type).unwrap_or(octets));
    if let Ok(line) = HeaderValue::from_str(&disposition(name)) {
        headers.insert(header::CONTENT_DISPOSITION, line);
    }
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{md5}\"")) {
        headers.insert(header::ETAG, tag);
    }
    Ok(response)
}

/// The entity list that a form version reads under this name.
pub(super) async fn list_read(
    app: &App,
    operation: &OperationId,
    version: &FormVersion,
    name: &str,
) -> Result<Option<EntityList>, Problem> {
    let lists = entities::linked_lists(&app.store, operation, version).await?;
    Ok(lists.into_iter().find(|(read, _)| read == name).map(|(_, list)| list))
}

/// The entity list that a form means by this name, if the project has it.
async fn list_of(app: &App, operation: &OperationId, name: &str) -> Result<Option<String>, Problem> {
    let Some(stem) = name.strip_suffix(".csv") else { return Ok(None) };
    Ok(app.store.entity_list(operation, stem).await?.map(|list| list.name))
}

/// Lets a new draft read the entity lists of its project that bear the names it uses, where it has no file for them.
pub(crate) async fn link_lists(
    app: &App,
    operation: &OperationId,
    draft: &FormVersion,
    stamp: &Stamp,
) -> Result<(), Problem> {
    let files = app.store.form_files(&draft.id).await?;
    for name in draft.schema.media.iter().filter(|name| files.iter().all(|file| file.name != **name)) {
        if let Some(list) = list_of(app, operation, name).await? {
            app.store.link_form_list(&draft.id, name, &list, stamp).await?;
        }
    }
    Ok(())
}

async fn list(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let form = super::published(&app, &viewer, Verb::FormRead, project, &id).await?;
    Ok(Json(list_json(&app, &form.version).await?))
}

async fn show(
    State(app): State<App>,
    reader: FormReader,
    sender: Result<Sender, Problem>,
    headers: HeaderMap,
    Path((project, id, name)): Path<(i64, String, String)>,
) -> Result<Response, Problem> {
    let form = reader.form(&app, Verb::FormRead, project, &id).await?;
    let version = app.store.current_version(&form.id).await?.ok_or_else(Problem::not_found)?;
    match list_read(&app, &form.operation, &version, &name).await? {
        Some(list) => super::attachment(&app, &sender?, &list, &headers).await,
        None => content(&app, &version, &name).await,
    }
}

async fn list_draft(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let (_, draft) = draft(&app, &viewer, Verb::FormUpdate, project, &id).await?;
    Ok(Json(list_json(&app, &draft).await?))
}

async fn show_draft(
    State(app): State<App>,
    viewer: Viewer,
    sender: Result<Sender, Problem>,
    headers: HeaderMap,
    Path((project, id, name)): Path<(i64, String, String)>,
) -> Result<Response, Problem> {
    let (form, draft) = draft(&app, &viewer, Verb::FormUpdate, project, &id).await?;
    match list_read(&app, &form.operation, &draft, &name).await? {
        Some(list) => super::attachment(&app, &sender?, &list, &headers).await,
        None => content(&app, &draft, &name).await,
    }
}

/// The draft whose definition uses this name.
async fn draft_that_needs(
    app: &App,
    viewer: &Viewer,
    project: i64,
    id: &str,
    name: &str,
) -> Result<FormVersion, Problem> {
    let (_, draft) = draft(app, viewer, Verb::FormUpdate, project, id).await?;
    if draft.schema.media.iter().any(|known| known == name) { Ok(draft) } else { Err(Problem::not_found()) }
}

/// Keeps a file with a draft.
pub(crate) async fn keep(
    app: &App,
    draft: &FormVersion,
    name: &str,
    content_type: &str,
    body: Bytes,
    stamp: &Stamp,
) -> Result<(), Problem> {
    let media = FormMedia {
        name: name.to_owned(),
        md5: Some(dtm_capture::openrosa::md5(&body)),
        size: body.len() as u64,
        hash: app.blobs.put(body).await?,
        content_type: content_type.chars().take(255).collect(),
    };
    Ok(app.store.put_form_media(&draft.id, &media, stamp).await?)
}

async fn put(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id, name)): Path<(i64, String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let draft = draft_that_needs(&app, &viewer, project, &id, &name).await?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    keep(&app, &draft, &name, kind.unwrap_or("application/octet-stream"), body, &viewer.stamp()).await?;
    let files = app.store.form_files(&draft.id).await?;
    let mut json = file_json(&name, files.iter().find(|file| file.name == name));
    json["success"] = true.into();
    Ok(Json(json))
}

async fn remove(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id, name)): Path<(i64, String, String)>,
) -> Result<Json<Value>, Problem> {
    let draft = draft_that_needs(&app, &viewer, project, &id, &name).await?;
    app.store.remove_form_file(&draft.id, &name, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

#[derive(Deserialize)]
struct Link {
    dataset: bool,
}

fn no_data_file(name: &str) -> Problem {
    let mut problem = Problem::bad_request(
        "no_data_file",
        format!("`{name}` is no data file: only those can be linked to an entity list."),
        format!("`{name}` n’est pas un fichier de données : seuls ceux-ci peuvent être reliés à une liste d’entités."),
    );
    problem.central = 400.26;
    problem
}

/// Links a name to the entity list of that name, or takes the link back.
async fn link(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id, name)): Path<(i64, String, String)>,
    JsonBody(wanted): JsonBody<Link>,
) -> Result<Json<Value>, Problem> {
    let draft = draft_that_needs(&app, &viewer, project, &id, &name).await?;
    let stamp = viewer.stamp();
    if !wanted.dataset {
        app.store.remove_form_file(&draft.id, &name, &stamp).await?;
    } else {
        if kind(&name) != "file" {
            return Err(no_data_file(&name));
        }
        let form = form(&app, &viewer, Verb::FormUpdate, project, &id).await?;
        let list = list_of(&app, &form.operation, &name).await?.ok_or_else(Problem::not_found)?;
        app.store.link_form_list(&draft.id, &name, &list, &stamp).await?;
    }
    let files = app.store.form_files(&draft.id).await?;
    Ok(Json(file_json(&name, files.iter().find(|file| file.name == name))))
}
