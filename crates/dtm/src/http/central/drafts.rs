//! Drafts: a form's next version, tried out with a token before it is published.

use super::forms::{BringQuery, definition, form_json, heed_warnings, read_brought};
use super::{Extended, form, versions};
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem, reader_language};
use crate::journey::forms;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use dtm_store::{Form, FormVersion, StoreError};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/forms/{form}/draft", get(show).post(bring).delete(discard))
        .route("/v1/projects/{project}/forms/{form}/draft.xml", get(xml))
        .route("/v1/projects/{project}/forms/{form}/draft.xlsx", get(xlsx))
        .route("/v1/projects/{project}/forms/{form}/draft.xls", get(xls))
        .route("/v1/projects/{project}/forms/{form}/draft/publish", post(publish))
        .route("/v1/projects/{project}/forms/{form}/draft/fields", get(fields))
}

/// The draft of a form of a project, for those who may do this with it.
pub(super) async fn draft(
    app: &App,
    viewer: &Viewer,
    verb: Verb,
    project: i64,
    xml_form_id: &str,
) -> Result<(Form, FormVersion), Problem> {
    let form = form(app, viewer, verb, project, xml_form_id).await?;
    let draft = app.store.draft(&form.id).await?.ok_or_else(Problem::not_found)?;
    Ok((form, draft.version))
}

/// The token that lets testers in, where the server can still read it.
pub(crate) async fn token(app: &App, form: &Form) -> Result<Option<String>, Problem> {
    let draft = app.store.draft(&form.id).await?;
    Ok(draft.and_then(|draft| app.vault.open_for(&form.id, draft.token_sealed.as_deref())))
}

async fn show(
    State(app): State<App>,
    viewer: Viewer,
    Extended(extended): Extended,
    Path((project, id)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let (form, draft) = draft(&app, &viewer, Verb::FormUpdate, project, &id).await?;
    let token = token(&app, &form).await?;
    let head = app.store.form_head(form).await?;
    let mut json = form_json(project, &head);
    json["name"] = draft.schema.title.into();
    json["version"] = draft.version.into();
    json["hash"] = draft.xform_hash.into();
    json["publishedAt"] = Value::Null;
    json["draftToken"] = token.into();
    if extended {
        json["submissions"] = app.store.count_tests(&draft.id).await?.into();
    }
    Ok(Json(json))
}

/// Brings a draft; without a body, a copy of what is published.
async fn bring(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
    Query(query): Query<BringQuery>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let form = form(&app, &viewer, Verb::FormUpdate, project, &id).await?;
    let stamp = viewer.stamp();
    if body.is_empty() {
        let current = app.store.current_version(&form.id).await?.ok_or_else(nothing_to_copy)?;
        forms::copy_draft(&app.store, &app.vault, current, &stamp).await?;
        return Ok(Json(json!({ "success": true })));
    }
    let reading = read_brought(&headers, body).await?;
    if reading.schema.xml_form_id != form.xml_form_id {
        return Err(other_form(&reading.schema.xml_form_id, &form.xml_form_id));
    }
    if let Some(current) = app.store.current_version(&form.id).await?
        && let Some(change) = forms::type_change(&current.schema, &reading.schema)
    {
        return Err(Problem::field_type_changed(&change.path, change.was, change.is));
    }
    heed_warnings(&app, &query, Some(&form), &form.operation, &reading, reader_language(&headers)).await?;
    let draft = forms::put_draft(&app.store, &app.blobs, &app.vault, &form, reading, &stamp).await?;
    super::attachments::link_lists(&app, &form.operation, &draft, &stamp).await?;
    Ok(Json(json!({ "success": true })))
}

fn nothing_to_copy() -> Problem {
    let mut problem = Problem::bad_request(
        "nothing_published",
        "Nothing is published yet that a draft could be copied from: send the form itself.",
        "Rien n’est encore publié dont on pourrait tirer un brouillon : envoyez le formulaire lui-même.",
    );
    problem.central = 400.2;
    problem
}

fn other_form(brought: &str, wanted: &str) -> Problem {
    let mut problem = Problem::bad_request(
        "another_form",
        format!("What was sent is the form «{brought}», not «{wanted}»."),
        format!("Ce qui a été envoyé est le formulaire « {brought} », et non « {wanted} »."),
    );
    problem.facts =
        Some(Box::new(json!({ "field": "xmlFormId", "value": brought, "reason": format!("must be {wanted}") })));
    problem
}

async fn discard(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let (form, _) = draft(&app, &viewer, Verb::FormUpdate, project, &id).await?;
    if app.store.current_version(&form.id).await?.is_none() {
        return Err(Problem::conflict(
            "only_a_draft",
            409.7,
            "The form is nothing but this draft: delete the form instead.",
            "Le formulaire n’est que ce brouillon : supprimez plutôt le formulaire.",
        ));
    }
    app.store.discard_draft(&form.id, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

#[derive(Deserialize)]
struct PublishQuery {
    version: Option<String>,
}

async fn publish(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
    Query(query): Query<PublishQuery>,
) -> Result<Json<Value>, Problem> {
    let (_, draft) = draft(&app, &viewer, Verb::FormUpdate, project, &id).await?;
    publish_draft(&app, draft, query.version.as_deref(), &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

/// Publishes a draft; a version that is taken already is Central's 409.6.
pub(crate) async fn publish_draft(
    app: &App,
    draft: FormVersion,
    version: Option<&str>,
    stamp: &dtm_store::Stamp,
) -> Result<FormVersion, Problem> {
    let (id, version) = (draft.schema.xml_form_id.clone(), version.map(str::trim));
    if version.is_some_and(|version| version.len() > 255 || version.chars().any(char::is_control)) {
        return Err(Problem::unexpected_value("version", version.unwrap_or_default()));
    }
    let named = version.unwrap_or(&draft.version).to_owned();
    forms::publish(&app.store, draft, version, stamp).await.map_err(|error| match error.downcast_ref::<StoreError>() {
        Some(StoreError::Conflict { what: "form_version" }) => {
            let mut problem = Problem::conflict(
                "version_taken",
                409.6,
                format!("The form «{id}» has a published version «{named}» already: give another version."),
                format!("Le formulaire « {id} » a déjà une version publiée « {named} » : donnez une autre version."),
            );
            problem.facts = Some(Box::new(json!({ "xmlFormId": id, "version": named })));
            problem
        }
        _ => error.into(),
    })
}

async fn xml(state: State<App>, viewer: Viewer, path: Path<(i64, String)>) -> Result<Response, Problem> {
    file(state, viewer, path, "xml").await
}

async fn xlsx(state: State<App>, viewer: Viewer, path: Path<(i64, String)>) -> Result<Response, Problem> {
    file(state, viewer, path, "xlsx").await
}

async fn xls(state: State<App>, viewer: Viewer, path: Path<(i64, String)>) -> Result<Response, Problem> {
    file(state, viewer, path, "xls").await
}

async fn file(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
    ending: &str,
) -> Result<Response, Problem> {
    let (_, draft) = draft(&app, &viewer, Verb::FormUpdate, project, &id).await?;
    definition(&app, draft, ending).await
}

async fn fields(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, id)): Path<(i64, String)>,
    Query(query): Query<versions::FieldsQuery>,
) -> Result<Json<Value>, Problem> {
    let (_, draft) = draft(&app, &viewer, Verb::FormUpdate, project, &id).await?;
    Ok(Json(versions::fields_json(&draft.schema, query.is_odata())))
}
