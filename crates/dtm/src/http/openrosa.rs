//! What ODK Collect and KoboCollect speak: form list, form, manifest, media, submission.
//!
//! Statuses and headers follow the OpenRosa 1.0 specifications as Collect uses them: 204 to HEAD, 201 for a submission
//! that is stored, 403 (never 401, which would make a phone ask for a password) for an unknown key.

use super::central::{self, attachments};
use super::problem::Problem;
use super::sender::Sender;
use super::{App, guard};
use crate::journey::entities;
use crate::journey::intake::{self, Arrival, FilePart, MayEdit, Opened};
use crate::world;
use axum::Router;
use axum::body::Bytes;
use axum::extract::multipart::MultipartRejection;
use axum::extract::{Multipart, Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use dtm_capture::openrosa::{self, FormListEntry, MediaFile};
use dtm_model::Text;
use dtm_store::{Form, FormHead, FormState, FormVersion};
use serde::Deserialize;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/key/{token}/projects/{project}/formList", get(form_list))
        .route("/v1/key/{token}/projects/{project}/forms/{form}", get(form))
        .route("/v1/key/{token}/projects/{project}/forms/{form}/manifest", get(manifest))
        .route("/v1/key/{token}/projects/{project}/forms/{form}/attachments/{name}", get(media))
        .route(
            "/v1/key/{token}/projects/{project}/submission",
            get(before_submission).head(before_submission).post(submission),
        )
        .route("/v1/test/{token}/projects/{project}/forms/{form}/draft/formList", get(form_list))
        .route("/v1/test/{token}/projects/{project}/forms/{form}/draft.xml", get(draft))
        .route("/v1/test/{token}/projects/{project}/forms/{form}/draft/manifest", get(manifest))
        .route("/v1/test/{token}/projects/{project}/forms/{form}/draft/attachments/{name}", get(media))
        .route(
            "/v1/test/{token}/projects/{project}/forms/{form}/draft/submission",
            get(before_submission).head(before_submission).post(submission),
        )
        .route("/v1/projects/{project}/forms/{form}/draft/formList", get(form_list))
        .route("/v1/projects/{project}/forms/{form}/draft/manifest", get(manifest))
        .route(
            "/v1/projects/{project}/forms/{form}/draft/submission",
            get(before_submission).head(before_submission).post(submission),
        )
        .route("/v1/projects/{project}/formList", get(form_list))
        .route("/v1/projects/{project}/forms/{form}/manifest", get(manifest))
        .route("/v1/projects/{project}/submission", get(before_submission).head(before_submission).post(submission))
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
    sender: Sender,
    headers: HeaderMap,
    Query(query): Query<FormListQuery>,
) -> Result<Response, Problem> {
    speaks_openrosa(&headers)?;
    let mut entries = Vec::new();
    let heads = match &sender.draft {
        Some((form, _)) => vec![app.store.form_head(form.clone()).await?],
        None => app.store.form_heads(&sender.operation.id).await?,
    };
    for FormHead { form, published, draft } in heads {
        let wanted = query.form_id.as_ref().is_none_or(|wanted| *wanted == form.xml_form_id);
        let is_open = sender.draft.is_some() || form.state_at(world::now()) == FormState::Open;
        let version = if sender.draft.is_some() { draft } else { published };
        let Some(version) = version.filter(|_| wanted && is_open) else { continue };
        if !sender.may_fill(&app, &form).await? {
            continue;
        }
        let at = place(&sender, &form.xml_form_id);
        entries.push(FormListEntry {
            name: if form.name.is_empty() { form.xml_form_id.clone() } else { form.name },
            md5: version.xform_hash,
            download_url: format!("{at}.xml"),
            manifest_url: version.needs_files.then(|| format!("{at}/manifest")),
            version: version.version,
            form_id: form.xml_form_id,
        });
    }
    Ok(xml("text/xml; charset=utf-8", openrosa::form_list(&entries)))
}

/// Where a form's addresses begin for this sender.
fn place(sender: &Sender, xml_form_id: &str) -> String {
    let draft = if sender.draft.is_some() { "/draft" } else { "" };
    format!("{}/forms/{}{draft}", sender.base, openrosa::url_part(xml_form_id))
}

/// The form that an address names.
#[derive(Deserialize)]
struct NamedForm {
    form: String,
}

async fn form(State(app): State<App>, sender: Sender, Path(named): Path<NamedForm>) -> Result<Response, Problem> {
    let id = named.form.strip_suffix(".xml").ok_or_else(Problem::not_found)?;
    let (_, version) = found(&app, &sender, id).await?;
    Ok(xml("application/xml", version.xform))
}

async fn draft(State(app): State<App>, sender: Sender, Path(named): Path<NamedForm>) -> Result<Response, Problem> {
    let (_, version) = found(&app, &sender, &named.form).await?;
    Ok(xml("application/xml", version.xform))
}

async fn manifest(
    State(app): State<App>,
    sender: Sender,
    headers: HeaderMap,
    Path(named): Path<NamedForm>,
) -> Result<Response, Problem> {
    speaks_openrosa(&headers)?;
    let (form, version) = found(&app, &sender, &named.form).await?;
    let at = place(&sender, &form.xml_form_id);
    let mut files = Vec::new();
    for media in app.store.form_media(&version.id).await? {
        files.push(MediaFile {
            download_url: format!("{at}/attachments/{}", openrosa::url_part(&media.name)),
            md5: match media.md5 {
                Some(md5) => md5,
                None => openrosa::md5(&app.blobs.get(&media.hash).await?),
            },
            filename: media.name,
            integrity_url: None,
        });
    }
    for (name, list) in entities::linked_lists(&app.store, &sender.operation.id, &version).await? {
        files.push(MediaFile {
            download_url: format!("{at}/attachments/{}", openrosa::url_part(&name)),
            md5: central::attachment_hash(&app, &sender, &list).await?,
            filename: name,
            // A tester's address leads to the draft alone: there the list is a file.
            integrity_url: sender
                .draft
                .is_none()
                .then(|| format!("{}/datasets/{}/integrity", sender.base, openrosa::url_part(&list.name))),
        });
    }
    Ok(xml("text/xml; charset=utf-8", openrosa::manifest(&files)))
}

/// The file of a form that an address names.
#[derive(Deserialize)]
struct NamedFile {
    form: String,
    name: String,
}

async fn media(
    State(app): State<App>,
    sender: Sender,
    headers: HeaderMap,
    Path(named): Path<NamedFile>,
) -> Result<Response, Problem> {
    let (_, version) = found(&app, &sender, &named.form).await?;
    let lists = entities::linked_lists(&app.store, &sender.operation.id, &version).await?;
    if let Some((_, list)) = lists.iter().find(|(name, _)| *name == named.name) {
        return central::attachment(&app, &sender, list, &headers).await;
    }
    attachments::content(&app, &version, &named.name).await
}

/// The form that an address names, in the version this sender gets.
async fn found(app: &App, sender: &Sender, id: &str) -> Result<(Form, FormVersion), Problem> {
    let (form, version) = match &sender.draft {
        Some((form, version)) => (form.clone(), Some(version.clone())),
        None => {
            let form = app.store.form_by_xml_id(&sender.operation.id, id).await?.ok_or_else(Problem::not_found)?;
            let version = app.store.current_version(&form.id).await?;
            (form, version)
        }
    };
    sender.must_fill(app, &form).await?;
    Ok((form, version.ok_or_else(Problem::not_found)?))
}

async fn before_submission(_sender: Sender, headers: HeaderMap) -> Result<Response, Problem> {
    speaks_openrosa(&headers)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn submission(
    State(app): State<App>,
    sender: Sender,
    headers: HeaderMap,
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
    let opened = match &sender.draft {
        Some((form, draft)) => Opened::on_draft(form, draft, &xml)?,
        None => Opened::read(&app.store, &app.versions, &sender.operation.id, &xml).await?,
    };
    sender.must_fill(&app, &opened.form).await?;
    let arrival = Arrival {
        app_user: sender.app_user().cloned(),
        stamp: sender.stamp(),
        user_agent: super::user_agent(&headers),
        may_edit: match opened.envelope.deprecated_id {
            Some(_) => sender.may_edit(&opened.form),
            None => MayEdit::Nothing,
        },
        device_id: sender.device_id,
        mark: app.vault.mark(&xml),
        xml,
        files,
    };
    let in_clear = opened.in_clear(&arrival.xml);
    let receipt = intake::receive(&app.store, &app.blobs, opened, arrival).await?;
    app.logics.examine_soon(&app.store, &app.blobs, &receipt, in_clear);
    let message = Text::both("Received and stored. Thank you.", "Reçu et enregistré. Merci.");
    let lang = super::reader_language(&headers);
    let body = openrosa::response(message.get(lang), "submit_success");
    let about = [(header::CONTENT_TYPE, "text/xml; charset=utf-8"), (header::CONTENT_LANGUAGE, lang.code())];
    Ok((StatusCode::CREATED, about, body).into_response())
}

fn xml(content_type: &'static str, body: String) -> Response {
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}
