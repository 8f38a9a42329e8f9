//! The cleaning log for programs: out as JSON, CSV or workbook, in as a filled log, looked at or applied, and taken back.

use super::rounds::round;
use crate::http::office::must_be_open;
use crate::http::table_file;
use crate::http::viewer::{Verb, Viewer};
use crate::http::{App, Problem, reader_language};
use crate::journey::{RoundOf, cleaning};
use crate::spreadsheet::{self, Kind, Table};
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use dtm_model::{BatchId, Lang, Text};
use dtm_process::corrections::{LogLine, LogProblem, read_log, word, write_log};
use dtm_store::BatchKind;
use serde::Deserialize;
use serde_json::{Value, json};

/// The largest log that is taken.
const LARGEST: usize = 30_000_000;
/// Problems told one by one.
const MOST_PROBLEMS: usize = 1_000;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/v1/projects/{project}/exercises/{exercise}/rounds/{round}/corrections",
            get(list).post(bring).layer(DefaultBodyLimit::max(LARGEST)),
        )
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/corrections.csv", get(csv))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/corrections.xlsx", get(xlsx))
        .route("/v1/projects/{project}/exercises/{exercise}/rounds/{round}/corrections/{batch}/undo", post(undo))
}

/// Rows as a file of a round, to be kept under a name.
pub(crate) fn log_file(of: RoundOf<'_>, kind: Kind, lines: Vec<Vec<String>>, what: &str) -> Result<Response, Problem> {
    let plain = |text: &str| -> String {
        text.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '_' }).collect()
    };
    let name =
        [of.operation.slug.as_str(), of.exercise.slug.as_str(), of.round.label.as_str(), what].map(plain).join("-");
    table_file(&Table::of_texts("log", lines), kind, &format!("{name}.{}", kind.ending()))
}

type Address = (i64, String, String);

#[derive(Deserialize, Default)]
#[serde(default)]
struct Asked {
    /// `yes` for every entry, those that were undone included.
    all: String,
    /// `yes` to apply what fits.
    apply: String,
    /// What the log is called.
    name: String,
}

async fn lines(
    app: &App,
    viewer: &Viewer,
    (project, slug, label): &Address,
    asked: &Asked,
) -> Result<(dtm_model::Operation, dtm_model::Exercise, dtm_model::Round, Vec<LogLine>), Problem> {
    let (operation, exercise, round) = round(app, viewer, Verb::SubmissionRead, (*project, slug, label)).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    viewer.saw(app, format!("{}/corrections", round.id)).await;
    let lines = cleaning::lines(&app.store, of, asked.all == "yes").await?;
    Ok((operation, exercise, round, lines))
}

fn line_json(line: &LogLine) -> Value {
    json!({
        "uuid": line.uuid, "question": line.question, "oldValue": line.old, "newValue": line.new,
        "changeType": word(line.change), "issue": line.issue, "checkId": line.check, "reason": line.reason,
        "by": line.by, "at": line.at, "source": line.source,
    })
}

async fn list(
    State(app): State<App>,
    viewer: Viewer,
    Path(address): Path<Address>,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, Problem> {
    let (_, _, _, lines) = lines(&app, &viewer, &address, &asked).await?;
    Ok(Json(lines.iter().map(line_json).collect()))
}

async fn as_file(
    app: &App,
    viewer: &Viewer,
    address: &Address,
    asked: &Asked,
    kind: Kind,
) -> Result<Response, Problem> {
    let (operation, exercise, round, lines) = lines(app, viewer, address, asked).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    log_file(of, kind, write_log(&lines, &[]), "cleaning-log")
}

async fn csv(
    State(app): State<App>,
    viewer: Viewer,
    Path(address): Path<Address>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    as_file(&app, &viewer, &address, &asked, Kind::Csv).await
}

async fn xlsx(
    State(app): State<App>,
    viewer: Viewer,
    Path(address): Path<Address>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    as_file(&app, &viewer, &address, &asked, Kind::Xlsx).await
}

/// The same words in both languages, as a problem holds them.
fn both(of: impl Fn(Lang) -> String) -> Text {
    Text::both(of(Lang::En), of(Lang::Fr))
}

fn problem_json(problem: &LogProblem, lang: Lang) -> Value {
    json!({
        "row": problem.row, "column": problem.column.map(|column| column + 1), "code": problem.code,
        "message": problem.message(lang),
    })
}

/// What a log would do, or did.
pub(crate) fn fitted_json(fitted: &cleaning::Fitted, batch: Option<&BatchId>, lang: Lang) -> Value {
    let changes: serde_json::Map<String, Value> =
        fitted.by_change().into_iter().map(|(change, n)| (word(change).to_owned(), n.into())).collect();
    let problems: Vec<Value> =
        fitted.problems.iter().take(MOST_PROBLEMS).map(|problem| problem_json(problem, lang)).collect();
    json!({
        "fits": fitted.entries.len(), "changes": changes, "alreadySo": fitted.n_already_so,
        "undecided": fitted.n_undecided, "overtaken": fitted.overtaken.len(), "addedColumns": fitted.added_columns,
        "problemCount": fitted.problems.len(), "problems": problems, "batchId": batch,
    })
}

/// Looks at a filled log, or applies what of it fits.
async fn bring(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, slug, label)): Path<Address>,
    Query(asked): Query<Asked>,
    body: Bytes,
) -> Result<Json<Value>, Problem> {
    let (operation, exercise, round) = round(&app, &viewer, Verb::SubmissionReview, (project, &slug, &label)).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let fallback = if kind.starts_with("text/") { "log.csv" } else { "log.xlsx" };
    let name = if asked.name.trim().is_empty() { fallback } else { asked.name.trim() };
    let unreadable =
        |text: Text| Problem::bad_request("no_log", text.get(Lang::En).to_owned(), text.get(Lang::Fr).to_owned());
    let lines = spreadsheet::read(&body, name).map_err(|error| unreadable(both(|lang| error.message(lang))))?;
    let log = read_log(&lines).map_err(|error| unreadable(both(|lang| error.message(lang))))?;
    let lang = reader_language(&headers);
    if asked.apply != "yes" {
        let fitted = cleaning::fit(&app.store, of, &log).await?;
        return Ok(Json(fitted_json(&fitted, None, lang)));
    }
    must_be_open(&round)?;
    let stamp = viewer.stamp();
    let batch = cleaning::new_batch(of, BatchKind::Log, name, &stamp);
    app.store.add_batch(&batch, &stamp).await?;
    let applied = cleaning::apply_log(&app.store, of, &batch, &log, (&viewer.user.email, &stamp)).await?;
    Ok(Json(fitted_json(&applied.fitted, Some(&applied.batch), lang)))
}

/// Takes a batch back.
async fn undo(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    Path((project, slug, label, batch)): Path<(i64, String, String, String)>,
) -> Result<Json<Value>, Problem> {
    let (_, _, round) = round(&app, &viewer, Verb::SubmissionReview, (project, &slug, &label)).await?;
    must_be_open(&round)?;
    let id: BatchId = batch.parse().map_err(|_| Problem::not_found())?;
    let batch = app.store.batch(&id).await?.filter(|batch| batch.round == round.id).ok_or_else(Problem::not_found)?;
    if batch.applied_at.is_none() || batch.undone_at.is_some() {
        return Err(Problem::not_found());
    }
    let signed = (viewer.user.email.as_str(), &viewer.stamp());
    let (n_undone, n_stay) = cleaning::undo(&app.store, &batch, signed, reader_language(&headers)).await?;
    Ok(Json(json!({ "undone": n_undone, "stay": n_stay })))
}
