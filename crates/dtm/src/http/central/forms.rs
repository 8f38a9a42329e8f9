//! Forms: the list, bringing a new one, its state and schedule, the trash, the mapping.

use super::form_links::link_id;
use super::{Extended, JsonBody, Paging, created_by, exercise, number, operation, rejected};
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem, reader_language};
use crate::journey::forms;
use crate::world;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use dtm_model::Lang;
use dtm_store::{Form, FormHead, FormState, FormVersion, Schedule, StoreError};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/forms", get(list_forms).post(create_form))
        .route("/v1/projects/{project}/forms/{form}", get(show_form).patch(change_form).delete(trash_form))
        .route("/v1/projects/{project}/forms/{form}/restore", post(restore_form))
}

/// A form as Central's `Form`. One that was never published shows its draft.
pub(super) fn form_json(project: i64, head: &FormHead) -> Value {
    let form = &head.form;
    let version = head.published.as_ref().or(head.draft.as_ref());
    json!({
        "id": number(&form.id), "projectId": project, "xmlFormId": form.xml_form_id, "name": form.name,
        "version": version.map(|version| &version.version), "hash": version.map(|version| &version.xform_hash),
        "state": form.state_at(world::now()), "enketoId": head.published.as_ref().map(|_| link_id(&form.id)),
        "enketoOnceId": null, "keyId": null,
        "webformsEnabled": true, "createdAt": form.created_at.to_string(),
        "updatedAt": form.updated_at.map(|at| at.to_string()), "deletedAt": form.deleted_at.map(|at| at.to_string()),
        "publishedAt": head.published.as_ref().and_then(|version| version.published_at).map(|at| at.to_string()),
        "opensAt": form.schedule.opens_at.map(|at| at.to_string()),
        "closesAt": form.schedule.closes_at.map(|at| at.to_string()),
    })
}

/// The type of the workbook that a version came from, by its name.
fn workbook_type(name: Option<&str>) -> Option<&'static str> {
    let ending = name?.rsplit('.').next()?.to_ascii_lowercase();
    match ending.as_str() {
        "xlsx" | "xlsm" => Some("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        "xls" => Some("application/vnd.ms-excel"),
        "ods" => Some("application/vnd.oasis.opendocument.spreadsheet"),
        "csv" => Some("text/csv"),
        _ => None,
    }
}

async fn extended_json(app: &App, project: i64, head: &FormHead) -> Result<Value, Problem> {
    let mut json = form_json(project, head);
    let activity = app.store.form_activity(&head.form.id).await?;
    let version = head.published.as_ref().or(head.draft.as_ref());
    let links = app.store.public_links(&head.form.id).await?;
    let now = world::now();
    json["submissions"] = activity.submissions.into();
    json["reviewStates"] = json!({
        "received": activity.received, "hasIssues": activity.has_issues, "edited": activity.edited,
        "approved": activity.approved, "rejected": activity.rejected,
    });
    json["lastSubmission"] = activity.last_submission.map(|at| at.to_string()).into();
    json["createdBy"] = created_by(app, head.form.created_by.as_deref()).await?;
    json["excelContentType"] = workbook_type(version.and_then(|version| version.source_name.as_deref())).into();
    json["publicLinks"] = links.iter().filter(|link| link.is_good(now)).count().into();
    json["entityRelated"] = version.is_some_and(|version| version.feeds_entities).into();
    Ok(json)
}

#[derive(Deserialize)]
struct ListQuery {
    #[serde(default)]
    deleted: Option<String>,
}

async fn list_forms(
    State(app): State<App>,
    viewer: Viewer,
    Extended(extended): Extended,
    paging: Paging,
    Query(query): Query<ListQuery>,
    Path(project): Path<i64>,
) -> Result<Json<Value>, Problem> {
    // Whoever was given single forms sees the project, and in it those forms.
    let operation = operation(&app, &viewer, Verb::ProjectRead, project).await?;
    let mut heads = Vec::new();
    if query.deleted.as_deref() == Some("true") {
        viewer.may(Verb::FormRestore, On::Project(&operation.id))?;
        for form in app.store.trashed_forms(&operation.id).await? {
            heads.push(app.store.form_head(form).await?);
        }
    } else {
        heads = app.store.form_heads(&operation.id).await?;
        heads.retain(|head| {
            let verb = if head.published.is_some() { Verb::FormList } else { Verb::FormUpdate };
            viewer.can(verb, On::Form(&operation.id, &head.form.id))
        });
        heads.sort_by_key(|head| head.form.name.to_lowercase());
    }
    let mut list = Vec::new();
    for head in paging.cut(heads) {
        list.push(match extended {
            true => extended_json(&app, project, &head).await?,
            false => form_json(project, &head),
        });
    }
    Ok(Json(list.into()))
}

async fn show_form(
    State(app): State<App>,
    reader: super::FormReader,
    Extended(extended): Extended,
    Path((project, form)): Path<(i64, String)>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    if let Some(id) = form.strip_suffix(".svc") {
        let super::FormReader::Person(viewer) = reader else { return Err(Problem::not_found()) };
        return super::odata::service(app, *viewer, project, id, headers, uri).await;
    }
    if let Some((id, ending)) = form.rsplit_once('.').filter(|(_, ending)| ["xml", "xlsx", "xls"].contains(ending)) {
        let form = reader.form(&app, Verb::FormRead, project, id).await?;
        let version = app.store.current_version(&form.id).await?.ok_or_else(Problem::not_found)?;
        return definition(&app, version, ending).await;
    }
    let form = reader.form(&app, Verb::FormRead, project, &form).await?;
    let head = app.store.form_head(form).await?;
    if !extended {
        return Ok(Json(form_json(project, &head)).into_response());
    }
    let mut json = extended_json(&app, project, &head).await?;
    if let super::FormReader::Person(viewer) = &reader
        && viewer.can(Verb::FormUpdate, On::Form(&head.form.operation, &head.form.id))
    {
        json["publishNotes"] = match app.store.current_version(&head.form.id).await? {
            Some(version) => super::versions::publish_notes(&app, &version).await?,
            None => Value::Null,
        };
    }
    Ok(Json(json).into_response())
}

/// A version as phones get it, or the workbook it came from.
pub(super) async fn definition(app: &App, version: FormVersion, ending: &str) -> Result<Response, Problem> {
    if ending == "xml" {
        return Ok(([(header::CONTENT_TYPE, "application/xml")], version.xform).into_response());
    }
    let kind = workbook_type(version.source_name.as_deref()).ok_or_else(Problem::not_found)?;
    let is_xls = kind == "application/vnd.ms-excel";
    let (Some(source), true) = (&version.source, is_xls == (ending == "xls")) else {
        return Err(Problem::not_found());
    };
    let name = format!("{}.{ending}", version.schema.xml_form_id);
    let about = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, super::attachments::disposition(&name)),
    ];
    Ok((about, app.blobs.get(source).await?).into_response())
}

/// What the address says about bringing a form. Words, as clients spell them: `False`, `true`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BringQuery {
    pub(super) exercise: Option<String>,
    publish: Option<String>,
    ignore_warnings: Option<String>,
}

fn is_yes(word: Option<&String>) -> bool {
    word.is_some_and(|word| word.eq_ignore_ascii_case("true"))
}

impl BringQuery {
    fn publishes(&self) -> bool {
        is_yes(self.publish.as_ref())
    }
}

/// The name a form is brought under: the stem stands in for a form id where the workbook gives none.
fn brought_name(headers: &HeaderMap) -> String {
    let stem = headers
        .get("x-xlsform-formid-fallback")
        .and_then(|value| value.to_str().ok())
        .map(|text| percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned())
        .unwrap_or_else(|| "form".to_owned());
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let ending = match kind.split(';').next().unwrap_or("").trim() {
        "application/xml" | "text/xml" => "xml",
        "application/vnd.ms-excel" => "xls",
        "application/vnd.oasis.opendocument.spreadsheet" => "ods",
        "text/csv" => "csv",
        _ => "xlsx",
    };
    format!("{stem}.{ending}")
}

/// Reads what was brought; its mistakes are Central's 400.15.
pub(super) async fn read_brought(headers: &HeaderMap, body: Bytes) -> Result<forms::Reading, Problem> {
    let read = forms::read(&brought_name(headers), body.to_vec(), reader_language(headers)).await;
    read.map_err(|error| match error.downcast::<crate::cli::Mistakes>() {
        Ok(mistakes) => Problem::form_mistakes(&mistakes.lines, &[]),
        Err(other) => rejected("form_invalid", 400.15, other),
    })
}

/// Stops a form that somebody should look at first, unless they said that they did.
pub(super) async fn heed_warnings(
    app: &App,
    query: &BringQuery,
    form: Option<&Form>,
    operation: &dtm_model::OperationId,
    reading: &forms::Reading,
    lang: Lang,
) -> Result<(), Problem> {
    if is_yes(query.ignore_warnings.as_ref()) {
        return Ok(());
    }
    let mut workflow = Vec::new();
    let mut lines = reading.warnings.clone();
    let id = &reading.schema.xml_form_id;
    if form.is_none() && app.store.trashed_forms(operation).await?.iter().any(|form| form.xml_form_id == *id) {
        workflow.push(json!({ "type": "deletedFormExists", "details": { "xmlFormId": id } }));
        lines.push(match lang {
            Lang::En => format!("a form of the id `{id}` lies in the trash; it cannot be restored while this one is there"),
            Lang::Fr => format!("un formulaire d’identifiant `{id}` est dans la corbeille ; il ne pourra pas être repris tant que celui-ci existe"),
        });
    }
    if let Some(form) = form
        && let Some(current) = app.store.current_version(&form.id).await?
    {
        let lost = forms::lost_fields(&current.schema, &reading.schema);
        if !lost.is_empty() {
            let names = lost.join(", ");
            lines.push(match lang {
                Lang::En => format!("questions of the published version are no longer there: {names}"),
                Lang::Fr => format!("des questions de la version publiée n’y sont plus : {names}"),
            });
            workflow.push(json!({ "type": "structureChanged", "details": lost }));
        }
    }
    if reading.warnings.is_empty() && workflow.is_empty() {
        return Ok(());
    }
    Err(Problem::form_warnings(&reading.warnings, &workflow, lines))
}

/// Endings of addresses: a form whose id ends so could not be asked for.
const ENDINGS: [&str; 4] = [".xml", ".xls", ".xlsx", ".svc"];

async fn create_form(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    Query(query): Query<BringQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::FormCreate, project).await?;
    let stamp = viewer.stamp();
    let reading = read_brought(&headers, body).await?;
    let id = reading.schema.xml_form_id.clone();
    if ENDINGS.iter().any(|ending| id.ends_with(ending)) {
        return Err(Problem::unexpected_value("formId", &id));
    }
    if app.store.form_by_xml_id(&operation.id, &id).await?.is_some() {
        return Err(taken(&id));
    }
    heed_warnings(&app, &query, None, &operation.id, &reading, reader_language(&headers)).await?;
    let exercise = match &query.exercise {
        Some(slug) => exercise(&app, &operation, Some(slug)).await?,
        None => forms::home(&app.store, &operation.id, &stamp).await?,
    };
    let form = forms::create(&app.store, &exercise, &reading.schema, &stamp).await.map_err(|error| match error
        .downcast_ref::<StoreError>(
    ) {
        Some(StoreError::Conflict { what: "form_id" }) => taken(&id),
        _ => error.into(),
    })?;
    let draft = forms::put_draft(&app.store, &app.blobs, &app.vault, &form, reading, &stamp).await?;
    super::attachments::link_lists(&app, &operation.id, &draft, &stamp).await?;
    if query.publishes() {
        forms::publish(&app.store, draft, None, &stamp).await?;
    }
    let form = app.store.form(&form.id).await?.ok_or_else(Problem::not_found)?;
    let head = app.store.form_head(form).await?;
    let mut json = form_json(project, &head);
    if !query.publishes() {
        json["draftToken"] = super::drafts::token(&app, &head.form).await?.into();
    }
    Ok(Json(json))
}

/// A form of this id is there already.
fn taken(id: &str) -> Problem {
    let mut problem = Problem::conflict(
        "form_id_taken",
        409.3,
        format!("The project has a form «{id}» already. To change it, bring this as its draft."),
        format!("Le projet a déjà un formulaire « {id} ». Pour le modifier, apportez celui-ci comme brouillon."),
    );
    problem.facts = Some(Box::new(json!({ "fields": ["projectId", "xmlFormId"], "values": [null, id] })));
    problem
}

/// What may be changed of a form. `opensAt` and `closesAt` are ours; null takes them back.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    state: Option<String>,
    name: Option<String>,
    #[serde(default, deserialize_with = "super::given")]
    opens_at: Option<Option<String>>,
    #[serde(default, deserialize_with = "super::given")]
    closes_at: Option<Option<String>>,
}

async fn change_form(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form)): Path<(i64, String)>,
    JsonBody(change): JsonBody<Change>,
) -> Result<Json<Value>, Problem> {
    let form = super::form(&app, &viewer, Verb::FormUpdate, project, &form).await?;
    let stamp = viewer.stamp();
    if let Some(word) = &change.state {
        let state = FormState::from_code(word).ok_or_else(|| Problem::unexpected_value("state", word))?;
        if state != form.state_at(stamp.at) {
            app.store.set_form_state(&form.id, state, &stamp).await?;
        }
    }
    if let Some(name) = change.name.as_deref().map(str::trim).filter(|name| !name.is_empty() && name.len() <= 500) {
        app.store.rename_form(&form.id, name, &stamp).await?;
    }
    if change.opens_at.is_some() || change.closes_at.is_some() {
        let now = app.store.form(&form.id).await?.ok_or_else(Problem::not_found)?.schedule;
        let schedule = Schedule {
            opens_at: super::moment("opensAt", change.opens_at, now.opens_at)?,
            closes_at: super::moment("closesAt", change.closes_at, now.closes_at)?,
        };
        if let (Some(opens), Some(closes)) = (schedule.opens_at, schedule.closes_at)
            && closes <= opens
        {
            return Err(Problem::bad_request(
                "schedule_backwards",
                "The form would close before it opens.",
                "Le formulaire fermerait avant d’ouvrir.",
            ));
        }
        app.store.schedule_form(&form.id, schedule, &stamp).await?;
    }
    let form = app.store.form(&form.id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(form_json(project, &app.store.form_head(form).await?)))
}

async fn trash_form(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let form = super::form(&app, &viewer, Verb::FormDelete, project, &form).await?;
    app.store.trash_form(&form.id, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

/// Takes a form back from the trash; it is named by its number, as its form id may be another's by now.
async fn restore_form(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, named)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::FormRestore, project).await?;
    let trashed = app.store.trashed_forms(&operation.id).await?;
    let form = trashed.into_iter().find(|form| number(&form.id).to_string() == named || form.id.to_string() == named);
    let form = form.ok_or_else(Problem::not_found)?;
    app.store.restore_form(&form.id, &viewer.stamp()).await.map_err(|error| match error {
        StoreError::Conflict { what: "form_id" } => taken(&form.xml_form_id),
        other => other.into(),
    })?;
    Ok(Json(json!({ "success": true })))
}
