//! The files of a submission: which it names, which came, adding and clearing them.

use super::Which;
use crate::http::central::attachments::disposition;
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem};
use crate::journey::intake::{self, FilePart, keep_file};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// The files a version names, and those that came beside them (`extra`).
pub(super) async fn list(State(app): State<App>, viewer: Viewer, which: Which) -> Result<Json<Value>, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionRead).await?;
    let whole = which.whole(&app, &scene).await?;
    let head = which.head(&app, &whole).await?;
    let files = app.store.expected_files(&head.id).await?;
    let file = |file: &dtm_store::ExpectedFile| {
        let mut json = json!({ "name": file.name, "exists": file.file.is_some() });
        if !file.expected {
            json["extra"] = true.into();
        }
        json
    };
    Ok(Json(files.iter().map(file).collect::<Vec<_>>().into()))
}

pub(super) async fn read(State(app): State<App>, viewer: Viewer, which: Which) -> Result<Response, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionRead).await?;
    let whole = which.whole(&app, &scene).await?;
    let head = which.head(&app, &whole).await?;
    let files = app.store.submission_files(&head.id).await?;
    let file = files.into_iter().find(|file| Some(&file.name) == which.name.as_ref()).ok_or_else(Problem::not_found)?;
    let bytes = app.blobs.get(&file.hash).await?;
    viewer.saw(&app, format!("{}/{}", head.id, file.name)).await;
    let kind = HeaderValue::from_str(&file.content_type);
    let octets = HeaderValue::from_static("application/octet-stream");
    let headers = [
        (header::CONTENT_TYPE, kind.unwrap_or(octets)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_str(&disposition(&file.name)).map_err(Problem::internal)?),
        (header::ETAG, HeaderValue::from_str(&format!("\"{}\"", file.hash)).map_err(Problem::internal)?),
    ];
    Ok((headers, bytes).into_response())
}

/// Puts a file that the newest version names.
pub(super) async fn put(
    State(app): State<App>,
    viewer: Viewer,
    which: Which,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Json<Value>, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionUpdate).await?;
    let whole = which.whole(&app, &scene).await?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let name = which.name.clone().unwrap_or_default();
    // Asked before the content is kept: what nobody expects shall not fill the disk.
    let known = app.store.expected_files(&whole.current).await?;
    let is_known = |name: &str| known.iter().any(|file| file.name == name);
    let mut part = FilePart { name, content_type: kind.unwrap_or("application/octet-stream").to_owned(), bytes };
    // The answers are no file that anybody brings.
    if part.name != "submission.xml" && !is_known(&part.name) && is_known(&format!("{}.enc", part.name)) {
        let version = app.store.form_version_by_id(&whole.form_version).await?.ok_or_else(Problem::not_found)?;
        part = intake::sealed_for(&version.schema, part).await?;
    }
    if !is_known(&part.name) {
        return Err(Problem::not_found());
    }
    let file = keep_file(&app.blobs, part).await?;
    app.store.put_submission_file(&whole.current, &file, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

/// Takes a file away from the newest version. Its content stays until the submission is purged.
pub(super) async fn clear(State(app): State<App>, viewer: Viewer, which: Which) -> Result<Json<Value>, Problem> {
    let scene = which.scene(&app, &viewer, Verb::SubmissionUpdate).await?;
    let whole = which.whole(&app, &scene).await?;
    let name = which.name.as_deref().unwrap_or_default();
    app.store.clear_submission_file(&whole.current, name, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}
