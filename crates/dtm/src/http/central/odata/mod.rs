//! OData of a form's submissions: service document, `$metadata`, tables, single rows.
//!
//! Rows are read and written a portion at a time. A page of bounded length is answered whole, so that a mistake on the way
//! becomes a problem and the answer has an ETag; a table without `$top` is a stream.

mod rows;

pub(super) use rows::stream;

use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem, reader_language};
use crate::journey::export::Source;
use crate::journey::opening::Keyring;
use crate::world;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use dtm_capture::instance::Shape;
use dtm_capture::odata::{self, Field, Options, QueryError, Table};
use dtm_model::{Lang, RecordId, Text};
use dtm_store::Form;
use percent_encoding::percent_decode_str;
use rows::answer;
use std::sync::Arc;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/forms/{form}/{table}", get(table))
        .route("/v1/projects/{project}/forms/{form}/{table}/{*inside}", get(inside))
        .route("/v1/projects/{project}/forms/{form}/draft.svc", get(draft_service))
        .route("/v1/projects/{project}/forms/{form}/draft.svc/{table}", get(draft_table))
        .route("/v1/projects/{project}/forms/{form}/draft.svc/{table}/{*inside}", get(draft_inside))
}

/// A request, with what all of them need.
struct Asked {
    app: App,
    viewer: Viewer,
    parameters: Vec<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
}

type Parameters = Query<Vec<(String, String)>>;

/// The service document, from where `.svc` stands in the place of a form's id.
pub(super) async fn service(
    app: App,
    viewer: Viewer,
    project: i64,
    form: &str,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let asked = Asked { app, viewer, parameters: Vec::new(), uri, headers };
    service_document(asked, project, form, false).await
}

async fn draft_service(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form)): Path<(i64, String)>,
    Query(parameters): Parameters,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    service_document(Asked { app, viewer, parameters, uri, headers }, project, &form, true).await
}

async fn table(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form, table)): Path<(i64, String, String)>,
    Query(parameters): Parameters,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let asked = Asked { app, viewer, parameters, uri, headers };
    let Some(form) = form.strip_suffix(".svc") else { return asked.nothing(project, &form).await };
    resource(asked, project, form, false, &table, "").await
}

async fn inside(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form, table, inside)): Path<(i64, String, String, String)>,
    Query(parameters): Parameters,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    let asked = Asked { app, viewer, parameters, uri, headers };
    let Some(form) = form.strip_suffix(".svc") else { return asked.nothing(project, &form).await };
    resource(asked, project, form, false, &table, &inside).await
}

async fn draft_table(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form, table)): Path<(i64, String, String)>,
    Query(parameters): Parameters,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    resource(Asked { app, viewer, parameters, uri, headers }, project, &form, true, &table, "").await
}

async fn draft_inside(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form, table, inside)): Path<(i64, String, String, String)>,
    Query(parameters): Parameters,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Problem> {
    resource(Asked { app, viewer, parameters, uri, headers }, project, &form, true, &table, &inside).await
}

impl Asked {
    /// No address of OData; said only to those who may read submissions.
    async fn nothing(&self, project: i64, form: &str) -> Result<Response, Problem> {
        super::scoped(&self.app, &self.viewer, Verb::SubmissionRead, project, form).await?;
        Err(Problem::not_found())
    }

    /// The service's own address: everything up to `.svc`.
    fn root(&self) -> String {
        let path = self.uri.path();
        let end = path.find(".svc").map_or(path.len(), |at| at + 4);
        format!("{}{}", self.app.base_url(&self.headers), &path[..end])
    }

    /// Refuses what cannot be answered in JSON, or in XML where `xml` is what is asked.
    fn negotiate(&self, xml: bool) -> Result<(), Problem> {
        let version = self.headers.get("odata-maxversion").and_then(|value| value.to_str().ok());
        if version.and_then(|text| text.trim().parse::<f64>().ok()).is_some_and(|version| version < 4.0) {
            return Err(Problem::not_found());
        }
        let format = self.parameters.iter().find(|(name, _)| name == "$format").map(|(_, value)| value.as_str());
        let accept = self.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("*/*");
        let wanted = format.unwrap_or(accept);
        let known: &[&str] = if xml { &["xml", "*/*"] } else { &["json", "*/*"] };
        // Atom is XML, too, but not ours.
        let fits =
            known.iter().any(|known| wanted.contains(known)) && !(xml && wanted.trim() == "application/atom+xml");
        if fits || wanted.trim().is_empty() { Ok(()) } else { Err(unacceptable(wanted, xml)) }
    }
}

fn unacceptable(wanted: &str, xml: bool) -> Problem {
    let allowed = if xml { "application/xml" } else { "application/json" };
    let wanted: String = wanted.chars().take(100).collect();
    Problem::new(
        StatusCode::NOT_ACCEPTABLE,
        "odata_format",
        406.1,
        Text::both(
            format!("Requested format not acceptable; this resource allows: {allowed} (asked for: {wanted})."),
            format!("Format non disponible ; cette ressource existe en {allowed} (demandé : {wanted})."),
        ),
    )
}

pub(super) fn refused(error: &QueryError) -> Problem {
    let status = StatusCode::from_u16(error.central() as u16).unwrap_or(StatusCode::BAD_REQUEST);
    let message = Text::both(error.message(Lang::En), error.message(Lang::Fr));
    Problem::new(status, error.code(), error.central(), message)
}

/// The form, and its submissions as this viewer may see them: with the keys of their session, where they are to be read.
async fn source(
    asked: &Asked,
    project: i64,
    form: &str,
    draft: bool,
    reads: bool,
) -> Result<(Form, Arc<Source>, Arc<Shape>), Problem> {
    let (form, scope) = super::scoped(&asked.app, &asked.viewer, Verb::SubmissionRead, project, form).await?;
    let keys = match reads {
        true => asked.viewer.keys(&asked.app, &form, "odata").await?,
        false => Keyring::default(),
    };
    let source = Source::open(&asked.app, &form, scope, keys, draft, world::now()).await?;
    let shape = source.schemas.first().map(Shape::of).ok_or_else(Problem::not_found)?;
    Ok((form, Arc::new(source), Arc::new(shape)))
}

const ODATA_VERSION: (&str, &str) = ("odata-version", "4.0");

async fn service_document(asked: Asked, project: i64, form: &str, draft: bool) -> Result<Response, Problem> {
    let (_, _, shape) = source(&asked, project, form, draft, false).await?;
    asked.negotiate(false)?;
    let mut response = Json(odata::service_document(&shape, &asked.root())).into_response();
    let kind = HeaderValue::from_static("application/json; charset=utf-8; odata.metadata=minimal");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(([ODATA_VERSION], response).into_response())
}

/// `$metadata`, a table, or what lies inside of one row.
async fn resource(
    asked: Asked,
    project: i64,
    form: &str,
    draft: bool,
    table: &str,
    inside: &str,
) -> Result<Response, Problem> {
    if table == "$metadata" && inside.is_empty() {
        let lang = reader_language(&asked.headers);
        return Ok(metadata(&asked, project, form, draft).await.unwrap_or_else(|problem| xml_problem(&problem, lang)));
    }
    let (_, source, shape) = source(&asked, project, form, draft, true).await?;
    asked.negotiate(false)?;
    // Names are decoded once by the router; `Submissions('…')` names one submission.
    match table.strip_prefix("Submissions(").and_then(|rest| rest.strip_suffix(')')) {
        Some(quoted) => {
            let id = quoted.strip_prefix('\'').and_then(|id| id.strip_suffix('\'')).ok_or_else(Problem::not_found)?;
            single(&asked, &source, &shape, id, inside).await
        }
        None if inside.is_empty() => {
            let repeat = odata::table(&shape, table).ok_or_else(Problem::not_found)?;
            let options = Options::read(&asked.parameters, &Table { shape: &shape, repeat });
            let options = options.map_err(|error| refused(&error))?;
            answer(&asked, &source, shape, Page { repeat, options, table: table.to_owned(), one: None }).await
        }
        None => Err(Problem::not_found()),
    }
}

async fn metadata(asked: &Asked, project: i64, form: &str, draft: bool) -> Result<Response, Problem> {
    let (form, _, shape) = source(asked, project, form, draft, false).await?;
    asked.negotiate(true)?;
    let document = odata::metadata(&form.xml_form_id, &shape);
    Ok(([ODATA_VERSION, ("content-type", "application/xml; charset=utf-8")], document).into_response())
}

/// A problem as the clients that read `$metadata` expect it.
fn xml_problem(problem: &Problem, lang: Lang) -> Response {
    let message = problem.message.get(lang).replace('&', "&amp;").replace('<', "&lt;");
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error code=\"{}\">\n  <message>{message}</message>\n  <details></details>\n</error>",
        problem.central
    );
    (problem.status, [ODATA_VERSION, ("content-type", "text/xml; charset=utf-8")], body).into_response()
}

/// One page of a table.
struct Page {
    repeat: Option<usize>,
    options: Options,
    /// The table's name, for the context.
    table: String,
    /// The one submission that is asked for, and the turn of a repeat that the rows stand in.
    one: Option<(RecordId, Option<String>)>,
}

/// One submission, or a repeat in it: `Submissions('…')/children/child('…')/toys/toy`.
async fn single(
    asked: &Asked,
    source: &Arc<Source>,
    shape: &Arc<Shape>,
    id: &str,
    inside: &str,
) -> Result<Response, Problem> {
    let decoded = percent_decode_str(id).decode_utf8_lossy().into_owned();
    let store = &asked.app.store;
    let mut found = None;
    for id in [id, decoded.as_str()] {
        found = found.or(store.whole_submission(&source.form.id, source.all().draft, id).await?);
    }
    let head = found.filter(|head| head.deleted_at.is_none()).ok_or_else(Problem::not_found)?;
    let (mut names, mut above) = (vec!["Submissions".to_owned()], None);
    for step in inside.split('/').filter(|step| !step.is_empty()) {
        match step.split_once('(') {
            Some((name, id)) => {
                names.push(name.to_owned());
                above = Some(id.trim_end_matches(')').trim_matches('\'').to_owned());
            }
            None => names.push(step.to_owned()),
        }
    }
    // A turn that ends the address is shown itself.
    let ends_in_turn = inside.ends_with(')');
    let table = names.join(".");
    let repeat = odata::table(shape, &table).ok_or_else(Problem::not_found)?;
    let options = Options::read(&asked.parameters, &Table { shape, repeat }).map_err(|error| refused(&error))?;
    let mut page = Page { repeat, options, table, one: Some((head.record, above.clone().filter(|_| !ends_in_turn))) };
    if let (true, Some(turn)) = (ends_in_turn, above) {
        let find = |path: &str| (path == "__id").then_some(Field::Id);
        let quoted = turn.replace('\'', "''");
        page.options.filter =
            Some(odata::parse(&format!("__id eq '{quoted}'"), &find).map_err(|error| refused(&error.into()))?);
    }
    answer(asked, source, shape.clone(), page).await
}
