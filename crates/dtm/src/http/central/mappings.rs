//! The mappings of an exercise for programs: listed, looked at, tried, kept in versions. Whoever keeps one names the
//! version that they changed, so that nobody undoes another's unseen.

use super::{JsonBody, operation, published, rejected};
use crate::http::samples::Samples;
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem, reader_language};
use crate::journey::mapping::{self, Keeping, Kept, LONGEST_REASON, Mapped, Workbench};
use crate::journey::settle;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use dtm_model::{Lang, Text};
use dtm_process::mapping::{Mapping, MappingProblem};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/forms/{form}/mapping", put(put_text).get(show_text))
        .route("/v1/projects/{project}/exercises/{exercise}/mappings", get(list))
        .route("/v1/projects/{project}/exercises/{exercise}/mappings/{form}", get(show).put(keep))
        .route("/v1/projects/{project}/exercises/{exercise}/mappings/{form}/try", post(try_it))
        .route("/v1/projects/{project}/exercises/{exercise}/mappings/{form}/versions", get(versions))
        .route("/v1/projects/{project}/exercises/{exercise}/mappings/{form}/versions/{version}", get(version))
}

/// Records that each mapping of a list is looked at with.
const LOOKED_AT: usize = 500;

/// The text of a form's mapping, kept whatever stood.
async fn put_text(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form)): Path<(i64, String)>,
    headers: HeaderMap,
    text: String,
) -> Result<Json<Value>, Problem> {
    let form = published(&app, &viewer, Verb::FormUpdate, project, &form).await?.form;
    let operation = app.store.operation(&form.operation).await?.ok_or_else(Problem::not_found)?;
    let mapped = mapping::of_form(&app.store, &operation, form).await?.ok_or_else(Problem::not_found)?;
    let keeping = Keeping { text: &text, reason: "", after: None };
    let lang = reader_language(&headers);
    match mapping::keep(&app.store, &mapped, keeping, lang, &viewer.stamp()).await {
        Ok(Kept::Version(version)) => Ok(Json(json!({ "version": version }))),
        Ok(Kept::Since(_)) => Err(changed_since()),
        Err(error) => Err(rejected("mapping_invalid", 400.8, error)),
    }
}

async fn show_text(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, form)): Path<(i64, String)>,
) -> Result<Response, Problem> {
    let form = published(&app, &viewer, Verb::SubmissionReview, project, &form).await?;
    let stored = app.store.mapping(&form.form.exercise, &form.form.xml_form_id).await?;
    let (_, text) = stored.ok_or_else(Problem::not_found)?;
    Ok(([(header::CONTENT_TYPE, "application/toml; charset=utf-8")], text).into_response())
}

/// What a mapping of an address is for; `table` stands for imported tables.
async fn find(
    app: &App,
    viewer: &Viewer,
    verb: Verb,
    (project, exercise, form): (i64, &str, &str),
) -> Result<Mapped, Problem> {
    let operation = operation(app, viewer, verb, project).await?;
    let exercise = app.store.exercise_by_slug(&operation.id, exercise).await?.ok_or_else(Problem::not_found)?;
    mapping::named(&app.store, &operation, &exercise, form).await?.ok_or_else(Problem::not_found)
}

async fn bench(app: &App, mapped: Mapped, at_most: usize) -> Result<Workbench, Problem> {
    let atlas = app.editions.atlas(&app.store, &mapped.operation.admin0).await?;
    Ok(Workbench::of(&app.store, &app.blobs, mapped, atlas, at_most).await?)
}

/// A mapping with its version, where one is kept.
async fn mapping_json(app: &App, viewer: &Viewer, bench: &Workbench, lang: Lang) -> Result<Value, Problem> {
    let samples = Samples::of(app, viewer, &bench.mapped).await?;
    let text = bench.text();
    let mut told = mapping::look_json(bench, &bench.look(&text), &samples, lang);
    let version = match &bench.stands {
        Some(version) => mapping::version_json(version),
        None => json!({ "version": 0, "reason": "", "madeBy": null, "madeAt": null }),
    };
    if let (Value::Object(told), Value::Object(version)) = (&mut told, version) {
        told.extend(version);
        told.insert("text".to_owned(), text.into());
    }
    Ok(told)
}

async fn list(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, exercise)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::SubmissionReview, project).await?;
    let exercise = app.store.exercise_by_slug(&operation.id, &exercise).await?.ok_or_else(Problem::not_found)?;
    let mut all = Vec::new();
    for mapped in mapping::all(&app.store, &operation, &exercise).await? {
        let bench = bench(&app, mapped, LOOKED_AT).await?;
        let look = bench.look(&bench.text());
        all.push(json!({
            "form": bench.mapped.key, "name": bench.mapped.form.as_ref().map(|form| &form.name),
            "version": bench.version(), "fed": look.n_fed(), "unfed": look.coverage.unfed.len(),
            "unused": look.coverage.unused.len(), "unmapped": look.n_open(), "problems": look.problems.len(),
        }));
    }
    Ok(Json(all.into()))
}

async fn show(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, exercise, form)): Path<(i64, String, String)>,
) -> Result<Json<Value>, Problem> {
    let mapped = find(&app, &viewer, Verb::SubmissionReview, (project, &exercise, &form)).await?;
    let bench = bench(&app, mapped, mapping::MOST_RECORDS).await?;
    Ok(Json(mapping_json(&app, &viewer, &bench, reader_language(&headers)).await?))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewMapping {
    /// The version that was changed, 0 where there was none.
    #[serde(default)]
    version: u32,
    reason: String,
    text: Option<String>,
    /// An earlier version to return to, in place of a text.
    return_to: Option<u32>,
}

/// Keeps a mapping as a new version: a text, or an earlier version again.
async fn keep(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, exercise, form)): Path<(i64, String, String)>,
    JsonBody(new): JsonBody<NewMapping>,
) -> Result<Json<Value>, Problem> {
    let mapped = find(&app, &viewer, Verb::FormUpdate, (project, &exercise, &form)).await?;
    let lang = reader_language(&headers);
    let reason = new.reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
        return Err(Problem::unexpected_value("reason", reason));
    }
    let text = match (new.text, new.return_to) {
        (Some(text), None) => text,
        (None, Some(version)) => mapped.version(&app.store, version).await?.ok_or_else(Problem::not_found)?.text,
        _ => return Err(Problem::unexpected_value("text", "")),
    };
    let keeping = Keeping { text: &text, reason, after: Some(new.version) };
    match mapping::keep(&app.store, &mapped, keeping, lang, &viewer.stamp()).await {
        Ok(Kept::Version(_)) => {}
        Ok(Kept::Since(_)) => return Err(changed_since()),
        Err(error) => return Err(rejected("mapping_invalid", 400.8, error)),
    }
    let bench = bench(&app, mapped, mapping::MOST_RECORDS).await?;
    Ok(Json(mapping_json(&app, &viewer, &bench, lang).await?))
}

#[derive(Deserialize)]
struct Tryable {
    text: String,
}

/// Says what a mapping would make of the newest records; keeps nothing.
async fn try_it(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, exercise, form)): Path<(i64, String, String)>,
    JsonBody(Tryable { text }): JsonBody<Tryable>,
) -> Result<Json<Value>, Problem> {
    let mapped = find(&app, &viewer, Verb::FormUpdate, (project, &exercise, &form)).await?;
    let lang = reader_language(&headers);
    let mapping = Mapping::from_toml(&text).map_err(|problems| senseless(&problems))?;
    let bench = bench(&app, mapped, mapping::MOST_RECORDS).await?;
    let samples = Samples::of(&app, &viewer, &bench.mapped).await?;
    let mut told = mapping::look_json(&bench, &bench.look(&text), &samples, lang);
    let tried = mapping::try_it(&app.store, &app.blobs, &bench, &mapping, &viewer.stamp()).await?;
    told["tried"] = tried.map_or(Value::Null, |tried| mapping::tried_json(&bench, &tried, &samples, lang));
    Ok(Json(told))
}

async fn versions(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, exercise, form)): Path<(i64, String, String)>,
) -> Result<Json<Value>, Problem> {
    let mapped = find(&app, &viewer, Verb::SubmissionReview, (project, &exercise, &form)).await?;
    let versions = mapped.versions(&app.store).await?;
    Ok(Json(versions.iter().map(mapping::version_json).collect()))
}

#[derive(Deserialize, Default)]
struct Against {
    /// The version it is held against; the one before without.
    against: Option<u32>,
}

/// A version with its text, and what is otherwise in it than in another.
async fn version(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, exercise, form, version)): Path<(i64, String, String, String)>,
    Query(held): Query<Against>,
) -> Result<Json<Value>, Problem> {
    let mapped = find(&app, &viewer, Verb::SubmissionReview, (project, &exercise, &form)).await?;
    let version: u32 = version.parse().map_err(|_| Problem::not_found())?;
    let kept = mapped.version(&app.store, version).await?.ok_or_else(Problem::not_found)?;
    let against = held.against.unwrap_or(version.saturating_sub(1));
    let before = match against {
        0 => None,
        against => Some(mapped.version(&app.store, against).await?.ok_or_else(Problem::not_found)?),
    };
    let dictionary = settle::dictionary(&app.store).await?;
    let changes = before.map(|before| mapping::differences(&before.text, &kept.text, &dictionary));
    let mut told = mapping::version_json(&kept);
    told["text"] = kept.text.into();
    told["against"] = against.into();
    told["changes"] = mapping::changes_json(&changes.unwrap_or_default(), reader_language(&headers));
    Ok(Json(told))
}

fn changed_since() -> Problem {
    Problem::conflict(
        "mapping_changed_since",
        409.95,
        "Somebody kept another version of the mapping meanwhile; ask for it, take over what you want, and keep yours again.",
        "Quelqu’un a gardé une autre version de la correspondance entre-temps ; demandez-la, reprenez ce que vous voulez et gardez la vôtre à nouveau.",
    )
}

/// A text that is no mapping, with every mistake and its line.
fn senseless(problems: &[MappingProblem]) -> Problem {
    let told = |lang| problems.iter().map(|problem| problem.message(lang)).collect::<Vec<_>>().join("; ");
    let message = Text::both(told(Lang::En), told(Lang::Fr));
    let mut problem = Problem::new(StatusCode::BAD_REQUEST, "mapping_invalid", 400.8, message);
    problem.facts = Some(Box::new(json!({ "problems": mapping::problems_json(problems, Lang::En) })));
    problem
}
