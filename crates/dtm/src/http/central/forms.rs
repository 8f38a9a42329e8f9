//! Forms: upload, versions, the files they need, the mapping.

use super::{Extended, Paging, exercise, operation, published, rejected};
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem, reader_language};
use crate::journey::{forms, load};
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use dtm_store::FormMedia;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/forms", get(list_forms).post(create_form))
        .route("/v1/projects/{project}/forms/{form}", get(show_form))
        .route("/v1/projects/{project}/forms/{form}/draft/publish", post(publish_form))
        .route("/v1/projects/{project}/forms/{form}/draft/attachments/{name}", post(put_attachment))
        .route("/v1/projects/{project}/forms/{form}/attachments", get(list_attachments))
        .route("/v1/projects/{project}/forms/{form}/mapping", put(put_mapping).get(show_mapping))
}

fn form_json(project: i64, form: &dtm_store::PublishedForm) -> Value {
    json!({
        "projectId": project, "xmlFormId": form.form.xml_form_id, "name": form.form.name, "version": form.version.version,
        "hash": form.version.xform_hash, "state": form.form.state, "enketoId": null, "keyId": null,
        "createdAt": form.version.created_at.to_string(), "updatedAt": null,
        "publishedAt": form.version.published_at.map(|at| at.to_string()),
    })
}

async fn list_forms(
    State(app): State<App>,
    viewer: Viewer,
    Extended(extended): Extended,
    paging: Paging,
    Path(project): Path<i64>,
) -> Result<Json<Value>, Problem> {
    // Whoever was given single forms sees the project, and in it those forms.
    let operation = operation(&app, &viewer, Verb::ProjectRead, project).await?;
    let mut forms = app.store.published_forms(&operation.id).await?;
    forms.retain(|form| viewer.can(Verb::FormList, On::Form(&operation.id, &form.form.id)));
    let mut list = Vec::new();
    for form in paging.cut(forms) {
        let mut json = form_json(project, &form);
        if extended {
            json["submissions"] = app.store.count_form_submissions(&form.form.id).await?.into();
        }
        list.push(json);
    }
    Ok(Json(list.into()))
}

async fn show_form(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form)): Path<(i64, String)>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    if let Some(id) = form.strip_suffix(".svc") {
        return super::odata::service(app, viewer, project, id, headers, uri).await;
    }
    if let Some(id) = form.strip_suffix(".xml") {
        let form = published(&app, &viewer, Verb::FormRead, project, id).await?;
        return Ok(([(header::CONTENT_TYPE, "application/xml")], form.version.xform).into_response());
    }
    Ok(Json(form_json(project, &published(&app, &viewer, Verb::FormRead, project, &form).await?)).into_response())
}

#[derive(Deserialize)]
struct CreateFormQuery {
    exercise: Option<String>,
    #[serde(default)]
    publish: Option<String>,
}

async fn create_form(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    Query(query): Query<CreateFormQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::FormCreate, project).await?;
    let exercise = exercise(&app, &operation, query.exercise.as_deref()).await?;
    let publish = query.publish.is_some_and(|word| word.eq_ignore_ascii_case("true"));
    let stem = headers
        .get("x-xlsform-formid-fallback")
        .and_then(|value| value.to_str().ok())
        .map(|text| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned())
        .unwrap_or_else(|| "form".to_owned());
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let extension = match kind.split(';').next().unwrap_or("").trim() {
        "application/xml" | "text/xml" => "xml",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.oasis.opendocument.spreadsheet" => "ods",
        _ => "xlsx",
    };
    let uploaded = forms::upload(
        &app.store,
        &app.blobs,
        &exercise,
        forms::Upload {
            file_name: &format!("{stem}.{extension}"),
            bytes: body.to_vec(),
            publish,
            lang: reader_language(&headers),
        },
        viewer.stamp(),
    )
    .await
    .map_err(|error| rejected("form_invalid", 400.15, error))?;
    Ok(Json(json!({
        "projectId": project, "xmlFormId": uploaded.version.schema.xml_form_id, "name": uploaded.version.schema.title,
        "version": uploaded.version.version, "hash": uploaded.version.xform_hash, "state": "open",
        "createdAt": viewer.stamp().at.to_string(), "updatedAt": null, "enketoId": null, "keyId": null,
        "publishedAt": uploaded.version.published_at.map(|at| at.to_string()), "warnings": uploaded.warnings,
    })))
}

async fn publish_form(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let form = super::form(&app, &viewer, Verb::FormUpdate, project, &form).await?;
    let draft =
        app.store.form_versions(&form.id).await?.into_iter().rev().find(|version| version.published_at.is_none());
    let draft = draft.ok_or_else(Problem::not_found)?;
    app.store.publish_form_version(&draft.id, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

/// Keeps a file that a form needs beside it, with the draft, or with the published version where there is no draft.
async fn put_attachment(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form, name)): Path<(i64, String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let form = super::form(&app, &viewer, Verb::FormUpdate, project, &form).await?;
    let versions = app.store.form_versions(&form.id).await?;
    let draft = versions.iter().rev().find(|version| version.published_at.is_none()).or(versions.last());
    let version = draft.filter(|version| version.schema.media.contains(&name)).ok_or_else(Problem::not_found)?;
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = FormMedia {
        name,
        md5: Some(dtm_capture::openrosa::md5(&body)),
        size: body.len() as u64,
        hash: app.blobs.put(body).await?,
        content_type: content_type.unwrap_or("application/octet-stream").to_owned(),
    };
    app.store.put_form_media(&version.id, &media, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

/// The files a published form needs, and whether each is here.
async fn list_attachments(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let form = published(&app, &viewer, Verb::FormRead, project, &form).await?;
    let here = app.store.form_media(&form.version.id).await?;
    let list: Vec<Value> = form
        .version
        .schema
        .media
        .iter()
        .map(|name| {
            let exists = here.iter().any(|file| file.name == *name);
            json!({
                "name": name, "type": "file", "hash": null, "exists": exists, "blobExists": exists,
                "datasetExists": false, "updatedAt": null,
            })
        })
        .collect();
    Ok(Json(list.into()))
}

async fn put_mapping(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form)): Path<(i64, String)>,
    headers: HeaderMap,
    text: String,
) -> Result<Json<Value>, Problem> {
    let form = published(&app, &viewer, Verb::FormUpdate, project, &form).await?;
    let version = load::store_mapping(
        &app.store,
        &form.form.exercise,
        &form.form.xml_form_id,
        &text,
        reader_language(&headers),
        &viewer.stamp(),
    )
    .await
    .map_err(|error| rejected("mapping_invalid", 400.8, error))?;
    Ok(Json(json!({ "version": version })))
}

async fn show_mapping(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form)): Path<(i64, String)>,
) -> Result<Response, Problem> {
    let form = published(&app, &viewer, Verb::SubmissionReview, project, &form).await?;
    let stored = app.store.mapping(&form.form.exercise, &form.form.xml_form_id).await?;
    let (_, text) = stored.ok_or_else(Problem::not_found)?;
    Ok(([(header::CONTENT_TYPE, "application/toml; charset=utf-8")], text).into_response())
}
