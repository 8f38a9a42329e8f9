//! What ODK Collect and KoboCollect speak: form list, form, manifest, media, submission.
//!
//! Statuses and headers follow the OpenRosa 1.0 specifications as Collect uses them: 204 to HEAD, 201 for a submission
//! that is stored, 403 (never 401, which would make a phone ask for a password) for an unknown key.

use super::problem::Problem;
use super::{App, guard};
use crate::journey::intake::{self, Arrival, FilePart};
use crate::{secrets, world};
use axum::Router;
use axum::body::Bytes;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{FromRequestParts, Multipart, Path, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dtm_capture::openrosa::{self, FormListEntry, MediaFile};
use dtm_model::{Operation, Text};
use dtm_store::{AppUser, FormState};
use serde::Deserialize;

const KEY: &str = "/v1/key/{token}/projects/{project}";

pub(crate) fn routes() -> Router<App> {
    let at = |rest: &str| format!("{KEY}{rest}");
    Router::new()
        .route(&at("/formList"), get(form_list))
        .route(&at("/forms/{file}"), get(form))
        .route(&at("/forms/{id}/manifest"), get(manifest))
        .route(&at("/forms/{id}/attachments/{name}"), get(media))
        .route(&at("/submission"), get(before_submission).head(before_submission).post(submission))
        .layer(from_fn(openrosa_headers))
}

/// Puts the OpenRosa headers on every answer.
async fn openrosa_headers(request: axum::extract::Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-openrosa-version"), HeaderValue::from_static("1.0"));
    headers
        .insert(HeaderName::from_static("x-openrosa-accept-content-length"), HeaderValue::from(guard::MAX_BODY as u64));
    headers.entry(header::CONTENT_LANGUAGE).or_insert(HeaderValue::from_static("en"));
    response
}

/// A phone with a valid key, in the operation it was made for.
struct Phone {
    app_user: AppUser,
    operation: Operation,
    /// `http://host/v1/key/…/projects/1`
    base: String,
}

impl FromRequestParts<App> for Phone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let refused = || {
            Problem::new(
                StatusCode::FORBIDDEN,
                "unknown_key",
                403.1,
                Text::both(
                    "This phone’s access is not known or was withdrawn. Ask your supervisor for a new QR code.",
                    "L’accès de ce téléphone est inconnu ou a été retiré. Demandez un nouveau code QR à votre superviseur.",
                ),
            )
        };
        let Path(path) = Path::<std::collections::HashMap<String, String>>::from_request_parts(parts, app)
            .await
            .map_err(|_| Problem::not_found())?;
        let (Some(token), Some(project)) = (path.get("token"), path.get("project")) else {
            return Err(Problem::not_found());
        };
        if !secrets::looks_like_token(token) {
            return Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "bad_key",
                401.2,
                Text::both("The key in the address is not well formed.", "La clé dans l’adresse est mal formée."),
            ));
        }
        let app_user = app.store.app_user_by_token(&secrets::hash_token(token)).await?.ok_or_else(refused)?;
        let project_number: i64 = project.parse().map_err(|_| Problem::not_found())?;
        let operation = app.store.operation_by_project(project_number).await?.ok_or_else(Problem::not_found)?;
        if app_user.revoked_at.is_some() || app_user.operation != operation.id {
            return Err(refused());
        }
        let base = format!("{}/v1/key/{token}/projects/{project}", app.base_url(&parts.headers));
        Ok(Self { app_user, operation, base })
    }
}

/// Collect always says which protocol it speaks; pages and form files do not need it.
fn speaks_openrosa(headers: &HeaderMap) -> Result<(), Problem> {
    match headers.get("x-openrosa-version").map(HeaderValue::as_bytes) {
        Some(b"1.0") => Ok(()),
        _ => Err(Problem::bad_request(
            "openrosa_version",
            "The header «X-OpenRosa-Version: 1.0» is missing.",
            "L’en-tête « X-OpenRosa-Version: 1.0 » manque.",
        )),
    }
}

#[derive(Deserialize)]
struct FormListQuery {
    #[serde(rename = "formID")]
    form_id: Option<String>,
}

async fn form_list(
    State(app): State<App>,
    phone: Phone,
    headers: HeaderMap,
    Query(query): Query<FormListQuery>,
) -> Result<Response, Problem> {
    speaks_openrosa(&headers)?;
    let forms = app.store.published_forms(&phone.operation.id).await?;
    let entries: Vec<FormListEntry> = forms
        .into_iter()
        .filter(|form| form.form.state == FormState::Open)
        .filter(|form| query.form_id.as_ref().is_none_or(|wanted| *wanted == form.form.xml_form_id))
        .map(|form| {
            let id = percent_encoding::utf8_percent_encode(&form.form.xml_form_id, percent_encoding::NON_ALPHANUMERIC);
            FormListEntry {
                name: if form.form.name.is_empty() { form.form.xml_form_id.clone() } else { form.form.name.clone() },
                md5: form.version.xform_hash.clone(),
                download_url: format!("{}/forms/{id}.xml", phone.base),
                manifest_url: (!form.version.schema.media.is_empty())
                    .then(|| format!("{}/forms/{id}/manifest", phone.base)),
                version: form.version.version.clone(),
                form_id: form.form.xml_form_id,
            }
        })
        .collect();
    Ok(xml("text/xml; charset=utf-8", openrosa::form_list(&entries)))
}

async fn form(
    State(app): State<App>,
    phone: Phone,
    Path((_, _, file)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    let id = file.strip_suffix(".xml").ok_or_else(Problem::not_found)?;
    let form = published(&app, &phone, id).await?;
    Ok(xml("application/xml", form.version.xform))
}

async fn manifest(
    State(app): State<App>,
    phone: Phone,
    headers: HeaderMap,
    Path((_, _, id)): Path<(String, String, String)>,
) -> Result<Response, Problem> {
    speaks_openrosa(&headers)?;
    let form = published(&app, &phone, &id).await?;
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let mut files = Vec::new();
    for media in app.store.form_media(&form.version.id).await? {
        files.push(MediaFile {
            download_url: format!("{}/forms/{}/attachments/{}", phone.base, encode(&id), encode(&media.name)),
            md5: openrosa::md5(&app.blobs.get(&media.hash).await?),
            filename: media.name,
            integrity_url: None,
        });
    }
    Ok(xml("text/xml; charset=utf-8", openrosa::manifest(&files)))
}

async fn media(
    State(app): State<App>,
    phone: Phone,
    Path((_, _, id, name)): Path<(String, String, String, String)>,
) -> Result<Response, Problem> {
    let form = published(&app, &phone, &id).await?;
    let files = app.store.form_media(&form.version.id).await?;
    let file = files.into_iter().find(|file| file.name == name).ok_or_else(Problem::not_found)?;
    let bytes = app.blobs.get(&file.hash).await?;
    Ok(([(header::CONTENT_TYPE, "application/octet-stream"), (header::CONTENT_DISPOSITION, "attachment")], bytes)
        .into_response())
}

async fn published(app: &App, phone: &Phone, id: &str) -> Result<dtm_store::PublishedForm, Problem> {
    let forms = app.store.published_forms(&phone.operation.id).await?;
    forms.into_iter().find(|form| form.form.xml_form_id == id).ok_or_else(Problem::not_found)
}

async fn before_submission(_phone: Phone, headers: HeaderMap) -> Result<Response, Problem> {
    speaks_openrosa(&headers)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

#[derive(Deserialize)]
struct SubmissionQuery {
    #[serde(rename = "deviceID")]
    device_id: Option<String>,
}

async fn submission(
    State(app): State<App>,
    phone: Phone,
    headers: HeaderMap,
    Query(query): Query<SubmissionQuery>,
    parts: Result<Multipart, MultipartRejection>,
) -> Result<Response, Problem> {
    speaks_openrosa(&headers)?;
    let mut parts = parts.map_err(|_| {
        Problem::bad_request(
            "not_multipart",
            "A submission comes as multipart/form-data.",
            "Une soumission arrive en multipart/form-data.",
        )
    })?;
    let mut xml: Option<Bytes> = None;
    let mut files = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(|error| Problem::of_multipart(&error))? {
        let field = part.name().unwrap_or_default().to_owned();
        let name = part.file_name().filter(|name| !name.is_empty()).unwrap_or(&field).to_owned();
        let content_type = part.content_type().unwrap_or("application/octet-stream").to_owned();
        let bytes = part.bytes().await.map_err(|error| Problem::of_multipart(&error))?;
        if field == "xml_submission_file" {
            xml = Some(bytes);
        } else if files.len() < intake::MAX_FILES {
            files.push(FilePart { name, content_type, bytes });
        } else {
            return Err(Problem::bad_request("too_many_files", "Too many files.", "Trop de fichiers."));
        }
    }
    let xml = xml.ok_or_else(|| {
        Problem::bad_request(
            "no_submission",
            "The part xml_submission_file is missing.",
            "La partie xml_submission_file manque.",
        )
    })?;
    let arrival = Arrival {
        operation: phone.operation.id.clone(),
        app_user: Some(phone.app_user.id.clone()),
        by: format!("app-user:{}", phone.app_user.id),
        device_id: query.device_id,
        xml,
        files,
        at: world::now(),
    };
    intake::receive(&app.store, &app.blobs, &app.versions, arrival).await?;
    let message = Text::both("Received and stored. Thank you.", "Reçu et enregistré. Merci.");
    let lang = super::reader_language(&headers);
    let body = openrosa::response(message.get(lang), "submit_success");
    let about = [(header::CONTENT_TYPE, "text/xml; charset=utf-8"), (header::CONTENT_LANGUAGE, lang.code())];
    Ok((StatusCode::CREATED, about, body).into_response())
}

fn xml(content_type: &'static str, body: String) -> Response {
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}
