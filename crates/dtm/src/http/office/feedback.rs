//! What readers say of what an operation publishes: who is served and how well, what they hold for wrong, and the answers.

use super::super::problem::Problem;
use super::super::viewer::Verb;
use super::submissions::{posted, value};
use super::{App, Desk, OperationHead, Said, operation_address, said};
use crate::http::public::READERS;
use crate::journey::feedback::{Opinions, told};
use crate::journey::outbox;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Router, routing::get};
use dtm_model::{FeedbackId, Operation};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use dtm_store::{Feedback, FeedbackKind, StoreError};

/// The longest answer, in characters.
const LONGEST: usize = 4_000;
/// Words of readers shown on the page; all of them are in the file.
const SHOWN: usize = 100;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/office/o/{operation}/feedback", get(page).post(act))
        .route("/office/o/{operation}/feedback.csv", get(csv))
}

/// Opinions in a row of a table.
struct Line {
    name: String,
    /// The page, where the row is one.
    href: Option<String>,
    n: String,
    share: String,
    partly: String,
    not_useful: String,
    corrections: String,
}

/// What one reader wrote.
struct Voice {
    id: String,
    page: String,
    href: String,
    kind: String,
    reader: String,
    words: String,
    given_on: String,
    wants_answer: bool,
    /// Words and day of the answer.
    answer: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "office/feedback.html")]
struct FeedbackView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    here: String,
    /// Label, number and note of each key figure.
    keys: Vec<(String, String, String)>,
    /// Headings and rows: by page, by reader.
    tables: [(String, Vec<Line>); 2],
    open: Vec<Voice>,
    voices: Vec<Voice>,
}

fn reader_name(reader: &str, w: &Words) -> String {
    match READERS.contains(&reader) {
        true => w.label("feedback-reader", reader),
        false => w.t("feedback-reader-none"),
    }
}

fn page_name(product: &str, w: &Words) -> String {
    if product.is_empty() { w.t("feedback-first-page") } else { product.to_owned() }
}

fn voice(one: Feedback, operation: &Operation, w: &Words) -> Voice {
    Voice {
        id: one.id.to_string(),
        page: page_name(&one.product, w),
        href: format!("{}{}", links::country(w.lang(), &operation.slug), one.product),
        kind: w.label("feedback", one.kind.code()),
        reader: if one.reader.is_empty() { String::new() } else { reader_name(&one.reader, w) },
        words: one.words,
        given_on: w.date(one.given_at.date()),
        wants_answer: one.contact.is_some(),
        answer: one.answer.map(|answer| (answer.words, w.date(answer.at.date()))),
    }
}

async fn show(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    told_words: String,
    mistakes: Vec<String>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let feedback = app.store.feedback(&operation.id).await?;
    let opinions = told(&feedback);
    let line = |name: String, href: Option<String>, of: &Opinions| Line {
        name,
        href,
        n: w.number(of.n()),
        share: if of.n() > 0 { w.percent(of.useful, of.n()) } else { w.t("value-nothing") },
        partly: w.number(of.partly),
        not_useful: w.number(of.not_useful),
        corrections: w.number(of.corrections),
    };
    let n = opinions.all.n();
    let (days, days_note) = match opinions.answered {
        Some((n, days)) => (w.number(days), w.t_n("feedback-days-of", n)),
        None => (w.t("value-nothing"), w.t("feedback-days-none")),
    };
    let share = if n > 0 { w.percent(opinions.all.useful, n) } else { w.t("value-nothing") };
    let keys = vec![
        (w.t("feedback-n"), w.number(feedback.len() as i64), String::new()),
        (w.t("feedback-share"), share, w.t_n("feedback-share-of", n)),
        (w.t("feedback-open"), w.number(opinions.n_open), String::new()),
        (w.t("feedback-days"), days, days_note),
    ];
    let is_open = |one: &Feedback| one.kind == FeedbackKind::Correction && one.answer.is_none();
    let (open, rest): (Vec<_>, Vec<_>) = feedback.into_iter().partition(is_open);
    let country = links::country(w.lang(), &operation.slug);
    let products = opinions.by_product.iter();
    let products =
        products.map(|(product, of)| line(page_name(product, w), Some(format!("{country}{product}")), of)).collect();
    let readers = opinions.by_reader.iter().map(|(reader, of)| line(reader_name(reader, w), None, of)).collect();
    let is_wrong = !mistakes.is_empty();
    let view = FeedbackView {
        w,
        said: told_words,
        mistakes: is_wrong.then(|| (w.t("office-not-yet"), mistakes)),
        operation: OperationHead::new(app, desk, operation).await?,
        here: format!("{}/feedback", operation_address(operation)),
        keys,
        tables: [(w.t("feedback-by-product"), products), (w.t("feedback-by-reader"), readers)],
        open: open.into_iter().map(|one| voice(one, operation, w)).collect(),
        voices: rest
            .into_iter()
            .filter(|one| !one.words.is_empty())
            .take(SHOWN)
            .map(|one| voice(one, operation, w))
            .collect(),
    };
    desk.answer(&w.t("feedback-office-title"), view.render(), is_wrong)
}

async fn page(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    show(&app, &desk, &operation, told.sentence(desk.words()), Vec::new()).await
}

/// Answers a reader: the answer is kept and sent where one is wanted, the address forgotten.
async fn act(State(app): State<App>, desk: Desk, Path(slug): Path<String>, body: String) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    let (w, stamp) = (desk.words(), desk.viewer()?.stamp());
    let fields = posted(&body);
    let id = value(&fields, "id")
        .parse::<FeedbackId>()
        .map_err(|_| Problem::unexpected_value("id", value(&fields, "id")))?;
    let words = value(&fields, "answer").trim().to_owned();
    if words.is_empty() || words.chars().count() > LONGEST {
        return show(&app, &desk, &operation, String::new(), vec![w.t("feedback-too-long")]).await;
    }
    let found = app.store.feedback_by_id(&id).await?.filter(|one| one.operation == operation.id);
    let one = found.ok_or_else(Problem::not_found)?;
    let mails: Vec<_> = one
        .contact
        .as_deref()
        .and_then(|to| {
            let theirs = Words::of(one.lang);
            let args = [("operation", theirs.text(&operation.name).into())];
            let subject = theirs.t_args("feedback-mail-subject", &args);
            outbox::mail(&app, Some(&operation.id), to, one.lang, subject, words.clone())
        })
        .into_iter()
        .collect();
    match app.store.answer_feedback(&one.id, &words, &mails, &stamp).await {
        Err(StoreError::Conflict { .. }) => {
            show(&app, &desk, &operation, String::new(), vec![w.t("feedback-too-late")]).await
        }
        other => {
            other?;
            let here = format!("{}/feedback", operation_address(&operation));
            Ok(said(&here, "feedback-said-answered", &[]).into_response())
        }
    }
}

/// Every opinion as a row; addresses are in no file.
async fn csv(State(app): State<App>, desk: Desk, Path(slug): Path<String>) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::ProjectUpdate, &slug).await?;
    let mut out = csv::Writer::from_writer(Vec::new());
    let head = ["given_on", "page", "opinion", "reader", "words", "language", "answered_on", "answer"];
    out.write_record(head).map_err(Problem::internal)?;
    for one in app.store.feedback(&operation.id).await? {
        let (answered_on, answer) = match one.answer {
            Some(answer) => (answer.at.date().to_string(), answer.words),
            None => (String::new(), String::new()),
        };
        // Words of strangers never become a formula.
        let plain =
            |text: String| if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{text}") } else { text };
        let row = [
            one.given_at.date().to_string(),
            one.product,
            one.kind.code().to_owned(),
            one.reader,
            plain(one.words),
            one.lang.code().to_owned(),
            answered_on,
            plain(answer),
        ];
        out.write_record(row).map_err(Problem::internal)?;
    }
    let name = format!("attachment; filename=\"dtm-{}-readers.csv\"", operation.slug);
    let headers = [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, out.into_inner().map_err(Problem::internal)?).into_response())
}
