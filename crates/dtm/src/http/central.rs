//! The ODK Central REST API, as far as capture needs it: sign in, projects, forms, publishing, app users, submissions.
//!
//! A project is an operation, under its number. Where Central has no word (an operation runs several exercises), the
//! query parameter `exercise` names it; without one the operation's first exercise is meant.

use super::guard;
use super::problem::Problem;
use super::viewer::{SESSION_MS, Viewer, cookie_line};
use super::{App, reader_language};
use crate::cli::Mistakes;
use crate::journey::{forms, load};
use crate::{secrets, world};
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use dtm_model::{AppUserId, Exercise, Instant, Operation, Text};
use dtm_store::Role;
use dtm_store::{AppUser, FormMedia, Stamp, SubmissionFilter};
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::{IpAddr, SocketAddr};
use tokio::sync::Semaphore;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/sessions", post(sign_in).layer(DefaultBodyLimit::max(16 << 10)))
        .route("/v1/sessions/current", delete(sign_out))
        .route("/v1/users/current", get(current_user))
        .route("/v1/projects", get(projects))
        .route("/v1/projects/{project}", get(project))
        .route("/v1/projects/{project}/forms", get(list_forms).post(create_form))
        .route("/v1/projects/{project}/forms/{form}", get(show_form))
        .route("/v1/projects/{project}/forms/{form}/draft/publish", post(publish_form))
        .route("/v1/projects/{project}/forms/{form}/draft/attachments/{name}", post(put_attachment))
        .route("/v1/projects/{project}/forms/{form}/attachments", get(list_attachments))
        .route("/v1/projects/{project}/forms/{form}/assignments/{role}/{actor}", post(assign))
        .route("/v1/projects/{project}/forms/{form}/mapping", put(put_mapping).get(show_mapping))
        .route("/v1/projects/{project}/forms/{form}/submissions", get(submissions))
        .route("/v1/projects/{project}/forms/{form}/submissions/{instance}", get(submission))
        .route("/v1/projects/{project}/app-users", get(list_app_users).post(create_app_user))
        .route("/v1/projects/{project}/app-users/{id}", delete(revoke_app_user))
}

#[derive(Deserialize)]
struct Credentials {
    email: String,
    password: String,
}

/// Passwords checked at once; each check takes 19 MB and a core for a while.
static CHECKS: Semaphore = Semaphore::const_new(4);

/// Checks a password without telling how it failed, and slows guessing: by account and address, so that nobody else
/// can lock an owner out, and by address whatever the account.
pub(crate) async fn authenticate(
    app: &App,
    address: IpAddr,
    email: &str,
    password: String,
) -> Result<(String, dtm_store::User), Problem> {
    let email = email.trim().to_lowercase();
    let now = world::now();
    let who = (address, email.chars().take(320).collect());
    // Counted before the check, so that guesses sent at once are counted too.
    app.sign_ins.count(&who, now).map_err(Problem::slow_down)?;
    if let Some(seconds) = app.strangers.is_over(&address, now) {
        return Err(Problem::slow_down(seconds));
    }
    let user = match email.contains('\0') {
        true => None,
        false => app.store.user_by_email(&email).await?,
    };
    let hash = user.as_ref().map(|user| user.password_hash.clone());
    let turn = CHECKS.acquire().await;
    let matches = tokio::task::spawn_blocking(move || secrets::password_matches(&password, hash.as_deref()))
        .await
        .map_err(Problem::internal)?;
    drop(turn);
    let Some(user) = user.filter(|_| matches) else {
        let _ = app.strangers.count(&address, now);
        return Err(Problem::wrong_sign_in());
    };
    app.sign_ins.forget(&who);
    let token = secrets::token();
    let expires = dtm_model::Instant::from_millis(now.as_millis() + SESSION_MS);
    app.store
        .open_session(&secrets::hash_token(&token), &user.id, expires, &Stamp::new(now, format!("user:{}", user.id)))
        .await?;
    Ok((token, user))
}

async fn sign_in(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(given): Json<Credentials>,
) -> Result<Response, Problem> {
    let address = guard::client_address(&app, &headers, peer.ip());
    let (token, _) = authenticate(&app, address, &given.email, given.password).await?;
    let now = world::now();
    let expires = dtm_model::Instant::from_millis(now.as_millis() + SESSION_MS);
    let body = json!({ "token": token, "createdAt": now.to_string(), "expiresAt": expires.to_string() });
    Ok(([(header::SET_COOKIE, cookie_line(&token, app.is_secure()))], Json(body)).into_response())
}

async fn sign_out(State(app): State<App>, viewer: Viewer) -> Result<Response, Problem> {
    app.store.close_session(&viewer.token_hash, &viewer.stamp()).await?;
    Ok(([(header::SET_COOKIE, cookie_line("", app.is_secure()))], Json(json!({ "success": true }))).into_response())
}

async fn current_user(viewer: Viewer) -> Json<Value> {
    let user = viewer.user;
    Json(json!({
        "id": number(&user.id), "type": "user", "displayName": if user.name.is_empty() { &user.email } else { &user.name },
        "email": user.email, "createdAt": user.created_at.to_string(), "updatedAt": null,
    }))
}

/// The number that stands for one of our ids where clients expect a whole number: its last 48 bits, which are random.
fn number(id: &impl std::fmt::Display) -> i64 {
    let text = id.to_string();
    i64::from_str_radix(text.rsplit('-').next().unwrap_or_default(), 16).unwrap_or_default()
}

/// When an id was made: its first 48 bits say.
pub(crate) fn made_at(id: &impl std::fmt::Display) -> Option<Instant> {
    let digits: String = id.to_string().chars().filter(|c| *c != '-').take(12).collect();
    i64::from_str_radix(&digits, 16).ok().map(Instant::from_millis)
}

fn project_json(operation: &Operation, number: i64) -> Value {
    json!({
        "id": number, "name": operation.name.get(dtm_model::Lang::En), "description": null, "archived": !operation.active,
        "keyId": null, "createdAt": made_at(&operation.id).map(|at| at.to_string()), "updatedAt": null,
    })
}

async fn projects(State(app): State<App>, viewer: Viewer) -> Result<Json<Value>, Problem> {
    viewer.must_be(Role::Viewer)?;
    let mut all = Vec::new();
    for operation in app.store.operations().await? {
        all.push(project_json(&operation, app.store.project_of(&operation.id).await?.unwrap_or(0)));
    }
    Ok(Json(all.into()))
}

/// The operation behind a project number.
async fn operation(app: &App, project: i64) -> Result<Operation, Problem> {
    app.store.operation_by_project(project).await?.ok_or_else(Problem::not_found)
}

async fn project(State(app): State<App>, viewer: Viewer, Path(project): Path<i64>) -> Result<Json<Value>, Problem> {
    viewer.must_be(Role::Viewer)?;
    Ok(Json(project_json(&operation(&app, project).await?, project)))
}

fn form_json(project: i64, form: &dtm_store::PublishedForm) -> Value {
    json!({
        "projectId": project, "xmlFormId": form.form.xml_form_id, "name": form.form.name, "version": form.version.version,
        "hash": form.version.xform_hash, "state": form.form.state, "enketoId": null, "keyId": null,
        "createdAt": form.version.created_at.to_string(), "updatedAt": null,
        "publishedAt": form.version.published_at.map(|at| at.to_string()),
    })
}

async fn list_forms(State(app): State<App>, viewer: Viewer, Path(project): Path<i64>) -> Result<Json<Value>, Problem> {
    viewer.must_be(Role::Viewer)?;
    let operation = operation(&app, project).await?;
    let forms = app.store.published_forms(&operation.id).await?;
    Ok(Json(forms.iter().map(|form| form_json(project, form)).collect::<Vec<_>>().into()))
}

async fn published(app: &App, project: i64, xml_form_id: &str) -> Result<dtm_store::PublishedForm, Problem> {
    let operation = operation(app, project).await?;
    forms::published(&app.store, &operation.id, xml_form_id).await?.ok_or_else(Problem::not_found)
}

async fn show_form(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form)): Path<(i64, String)>,
) -> Result<Response, Problem> {
    viewer.must_be(Role::Viewer)?;
    if let Some(id) = form.strip_suffix(".xml") {
        let form = published(&app, project, id).await?;
        return Ok(([(header::CONTENT_TYPE, "application/xml")], form.version.xform).into_response());
    }
    Ok(Json(form_json(project, &published(&app, project, &form).await?)).into_response())
}

#[derive(Deserialize)]
struct CreateFormQuery {
    exercise: Option<String>,
    #[serde(default)]
    publish: Option<String>,
}

/// The exercise a request means: the one it names, else the operation's first.
async fn exercise(app: &App, operation: &Operation, slug: Option<&str>) -> Result<Exercise, Problem> {
    let exercises = app.store.exercises(&operation.id).await?;
    let found = match slug {
        Some(slug) => exercises.into_iter().find(|exercise| exercise.slug == slug),
        None => exercises.into_iter().next(),
    };
    found.ok_or_else(|| {
        Problem::bad_request("no_exercise", "The operation has no such exercise.", "L’opération n’a pas cet exercice.")
    })
}

/// A problem that lists every mistake of an uploaded file.
pub(crate) fn rejected(code: &'static str, central: f64, error: anyhow::Error) -> Problem {
    match error.downcast::<Mistakes>() {
        Ok(mistakes) => {
            let mut problem = Problem::new(
                StatusCode::BAD_REQUEST,
                code,
                central,
                Text::both(
                    "The file has mistakes; nothing was stored. Each is listed below.",
                    "Le fichier contient des erreurs ; rien n’a été enregistré. Elles sont toutes listées ci-dessous.",
                ),
            );
            problem.details = mistakes.lines.into_iter().map(Value::from).collect();
            problem
        }
        Err(other) => other.into(),
    }
}

async fn create_form(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    Query(query): Query<CreateFormQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    viewer.must_be(Role::Officer)?;
    let operation = operation(&app, project).await?;
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
    viewer.must_be(Role::Officer)?;
    let operation = operation(&app, project).await?;
    let form = app.store.form_by_xml_id(&operation.id, &form).await?.ok_or_else(Problem::not_found)?;
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
    viewer.must_be(Role::Officer)?;
    let operation = operation(&app, project).await?;
    let form = app.store.form_by_xml_id(&operation.id, &form).await?.ok_or_else(Problem::not_found)?;
    let versions = app.store.form_versions(&form.id).await?;
    let draft = versions.iter().rev().find(|version| version.published_at.is_none()).or(versions.last());
    let version = draft.filter(|version| version.schema.media.contains(&name)).ok_or_else(Problem::not_found)?;
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = FormMedia {
        name,
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
    viewer.must_be(Role::Viewer)?;
    let form = published(&app, project, &form).await?;
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
    viewer.must_be(Role::Officer)?;
    let form = published(&app, project, &form).await?;
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
    viewer.must_be(Role::Reviewer)?;
    let form = published(&app, project, &form).await?;
    let stored = app.store.mapping(&form.form.exercise, &form.form.xml_form_id).await?;
    let (_, text) = stored.ok_or_else(Problem::not_found)?;
    Ok(([(header::CONTENT_TYPE, "application/toml; charset=utf-8")], text).into_response())
}

#[derive(Deserialize)]
struct Paging {
    after: Option<String>,
    limit: Option<u32>,
}

async fn submissions(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form)): Path<(i64, String)>,
    Query(paging): Query<Paging>,
) -> Result<Json<Value>, Problem> {
    viewer.must_be(Role::Reviewer)?;
    let form = published(&app, project, &form).await?;
    let after = match paging.after {
        Some(text) => Some(text.parse().map_err(|_| {
            Problem::bad_request(
                "bad_page",
                "`after` is not a submission id.",
                "`after` n’est pas un identifiant de soumission.",
            )
        })?),
        None => None,
    };
    // Clients that name no limit expect all.
    let filter = SubmissionFilter { form: Some(form.form.id.clone()), ..SubmissionFilter::default() };
    let mut rows = app.store.submissions(&filter, after.as_ref(), paging.limit.unwrap_or(1000).clamp(1, 1000)).await?;
    while paging.limit.is_none() {
        let more = app.store.submissions(&filter, rows.last().map(|row| &row.id), 1000).await?;
        if more.is_empty() || rows.is_empty() {
            break;
        }
        rows.extend(more);
    }
    let list: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "id": row.id, "instanceId": row.instance_id,
                "submitterId": row.app_user.as_ref().map_or(0, number), "deviceId": row.device_id,
                "createdAt": row.received_at.to_string(), "updatedAt": null, "reviewState": null,
            })
        })
        .collect();
    Ok(Json(list.into()))
}

async fn submission(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form, instance)): Path<(i64, String, String)>,
) -> Result<Response, Problem> {
    viewer.must_be(Role::Reviewer)?;
    let form = published(&app, project, &form).await?;
    let instance = instance.strip_suffix(".xml").ok_or_else(Problem::not_found)?;
    let whole = app.store.submission_by_instance(&form.form.id, instance).await?.ok_or_else(Problem::not_found)?;
    viewer.saw(&app, &whole.head.id).await;
    Ok(([(header::CONTENT_TYPE, "application/xml")], whole.xml).into_response())
}

fn app_user_json(project: i64, user: &AppUser, token: Option<&str>) -> Value {
    json!({
        "id": number(&user.id), "projectId": project, "type": "field_key", "displayName": user.name, "token": token,
        "createdAt": user.created_at.to_string(), "updatedAt": null, "deletedAt": user.revoked_at.map(|at| at.to_string()),
    })
}

async fn list_app_users(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
) -> Result<Json<Value>, Problem> {
    viewer.must_be(Role::Officer)?;
    let operation = operation(&app, project).await?;
    let users = app.store.app_users(&operation.id).await?;
    Ok(Json(users.iter().map(|user| app_user_json(project, user, None)).collect::<Vec<_>>().into()))
}

#[derive(Deserialize)]
struct NewAppUser {
    #[serde(rename = "displayName")]
    display_name: String,
}

/// Makes a phone's access; the token is known only now, the store keeps its hash.
pub(crate) async fn new_app_user(
    store: &dtm_store::Store,
    operation: &Operation,
    name: &str,
    stamp: &dtm_store::Stamp,
) -> anyhow::Result<(AppUser, String)> {
    let token = secrets::token();
    let user = AppUser {
        id: world::fresh(AppUserId::new),
        operation: operation.id.clone(),
        name: name.to_owned(),
        token_hash: secrets::hash_token(&token),
        created_at: stamp.at,
        revoked_at: None,
    };
    store.create_app_user(&user, stamp).await?;
    Ok((user, token))
}

async fn create_app_user(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    Json(new): Json<NewAppUser>,
) -> Result<Json<Value>, Problem> {
    viewer.must_be(Role::Officer)?;
    let operation = operation(&app, project).await?;
    if new.display_name.trim().is_empty() || new.display_name.len() > 200 {
        return Err(Problem::bad_request(
            "bad_name",
            "The name is empty or too long.",
            "Le nom est vide ou trop long.",
        ));
    }
    let (user, token) = new_app_user(&app.store, &operation, new.display_name.trim(), &viewer.stamp()).await?;
    Ok(Json(app_user_json(project, &user, Some(&token))))
}

async fn revoke_app_user(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    viewer.must_be(Role::Officer)?;
    let operation = operation(&app, project).await?;
    let id = app_user(&app, &operation, &id).await?;
    app.store.revoke_app_user(&id, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

/// The phone that a client names by its number.
async fn app_user(app: &App, operation: &Operation, named: &str) -> Result<AppUserId, Problem> {
    let users = app.store.app_users(&operation.id).await?;
    let found = users.into_iter().find(|user| number(&user.id).to_string() == named || user.id.to_string() == named);
    found.map(|user| user.id).ok_or_else(Problem::not_found)
}

/// Role 2 fills forms. Every phone of an operation may fill each of its forms, so there is nothing to add.
async fn assign(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form, role, actor)): Path<(i64, String, String, String)>,
) -> Result<Json<Value>, Problem> {
    viewer.must_be(Role::Officer)?;
    let operation = operation(&app, project).await?;
    app.store.form_by_xml_id(&operation.id, &form).await?.ok_or_else(Problem::not_found)?;
    app_user(&app, &operation, &actor).await?;
    if role != "2" && role != "app-user" {
        return Err(Problem::not_found());
    }
    Ok(Json(json!({ "success": true })))
}
