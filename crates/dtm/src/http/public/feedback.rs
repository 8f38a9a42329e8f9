//! Readers say whether what is published serves them, and what they hold for wrong. Nobody is asked who they are; an address
//! for an answer is kept until the answer.

use super::Published;
use crate::http::problem::Problem;
use crate::http::{App, guard};
use crate::journey::feedback::told;
use crate::world;
use askama::Template;
use axum::Router;
use axum::extract::{ConnectInfo, Form, Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use dtm_model::{FeedbackId, Instant, Lang, Operation};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use dtm_store::{Feedback, FeedbackKind, Stamp, StoreError};
use serde::Deserialize;
use std::net::SocketAddr;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/{lang}/{operation}/feedback", get(page).post(say))
}

/// The longest words, and the longest address of a page.
const LONGEST: usize = 4000;
const LONGEST_ADDRESS: usize = 200;
/// How long after an opinion its reason can be added, in milliseconds.
const HOUR: i64 = 3_600_000;
/// Shares are told of at least so many readers.
const FEW: i64 = 5;
/// Whom readers may say that they work for.
pub(crate) const READERS: [&str; 8] = ["government", "un", "ngo", "donor", "media", "research", "affected", "other"];

/// What the address or the form says.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
struct Given {
    /// The page, below the operation.
    on: String,
    kind: String,
    /// The opinion that is explained.
    id: String,
    reader: String,
    words: String,
    contact: String,
    said: String,
}

impl Given {
    /// Without what no address of ours holds and no text needs.
    fn tidy(mut self) -> Given {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-~%".contains(c);
        let is_ours = self.on.starts_with('/') && !self.on.starts_with("//");
        if !is_ours || self.on.len() > LONGEST_ADDRESS || !self.on.chars().all(is_plain) {
            self.on.clear();
        }
        if !READERS.contains(&self.reader.as_str()) {
            self.reader.clear();
        }
        for text in [&mut self.words, &mut self.contact] {
            *text = text.trim().replace('\0', "");
        }
        self
    }

    fn kind(&self) -> Option<FeedbackKind> {
        FeedbackKind::from_code(&self.kind)
    }
}

#[derive(Template)]
#[template(path = "request/feedback.html")]
struct FeedbackView {
    w: &'static Words,
    operation: String,
    back: String,
    here: String,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    given: Given,
    /// The page that is meant, as a link.
    about: Option<(String, String)>,
    kinds: Vec<(&'static str, String)>,
    readers: Vec<(&'static str, String)>,
    /// Whether an opinion stands already and only its reason is asked.
    explains: bool,
    is_wrong_figure: bool,
    /// What others said, and how soon they were answered.
    so_far: Vec<String>,
}

async fn show(
    app: &App,
    lang: Lang,
    operation: &Operation,
    given: Given,
    mistakes: Vec<String>,
) -> Result<Response, Problem> {
    let w = Words::of(lang);
    let opinions = told(&app.store.feedback(&operation.id).await?);
    let n = opinions.all.n();
    let mut so_far = Vec::new();
    if n >= FEW {
        let share = w.percent(opinions.all.useful, n);
        so_far.push(w.t_args("feedback-so-far", &[("n", n.into()), ("share", share.into())]));
    }
    if let Some((_, days)) = opinions.answered {
        so_far.push(w.t_n("feedback-answered-in", days));
    }
    let said = match given.said.as_str() {
        "thanks" => "feedback-thanks",
        "why" => "feedback-thanks-why",
        "late" => "feedback-too-late",
        _ => "",
    };
    let is_wrong = !mistakes.is_empty();
    let country = links::country(lang, &operation.slug);
    let view = FeedbackView {
        w,
        operation: w.text(&operation.name).to_owned(),
        back: country.clone(),
        here: links::feedback(lang, &operation.slug),
        said: if said.is_empty() { String::new() } else { w.t(said) },
        mistakes: is_wrong.then(|| (w.t("request-mistakes"), mistakes)),
        about: Some(given.on.clone()).filter(|on| !on.is_empty()).map(|on| (format!("{country}{on}"), on)),
        kinds: FeedbackKind::ALL.map(|kind| (kind.code(), w.label("feedback", kind.code()))).to_vec(),
        readers: READERS.map(|reader| (reader, w.label("feedback-reader", reader))).to_vec(),
        explains: !given.id.is_empty(),
        is_wrong_figure: given.kind() == Some(FeedbackKind::Correction),
        so_far,
        given,
    };
    let path = format!("/{}/feedback", links::encode(&operation.slug));
    let mut response = super::requests::private(lang, &path, &w.t("feedback-title"), view.render())?;
    if is_wrong {
        *response.status_mut() = StatusCode::BAD_REQUEST;
    }
    Ok(response)
}

async fn page(
    State(app): State<App>,
    Path((lang, slug)): Path<(String, String)>,
    Query(given): Query<Given>,
) -> Result<Response, Problem> {
    let lang = Lang::from_code(&lang).ok_or_else(Problem::not_found)?;
    let operation = Published::now(&app, &slug).await?.operation;
    show(&app, lang, &operation, given.tidy(), Vec::new()).await
}

/// What is wrong with what was written.
fn mistakes(given: &Given, w: &Words) -> Vec<String> {
    let mut wrong = Vec::new();
    if given.id.is_empty() && given.kind().is_none() {
        wrong.push(w.t("feedback-choose"));
    }
    if !given.contact.is_empty() && !crate::http::looks_like_address(&given.contact) {
        wrong.push(w.t("feedback-bad-contact"));
    }
    if given.words.chars().count() > LONGEST || given.contact.chars().count() > LONGEST_ADDRESS {
        wrong.push(w.t("feedback-too-long"));
    }
    wrong
}

async fn say(
    State(app): State<App>,
    Path((lang, slug)): Path<(String, String)>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Result<Response, Problem> {
    let lang = Lang::from_code(&lang).ok_or_else(Problem::not_found)?;
    let operation = Published::now(&app, &slug).await?.operation;
    let given = given.tidy();
    let w = Words::of(lang);
    let here = links::feedback(lang, &operation.slug);
    let back = |pairs: &[(&str, &str)]| {
        let all: Vec<(&str, &str)> = [("on", given.on.as_str())].into_iter().chain(pairs.iter().copied()).collect();
        Redirect::to(&links::with_query(&here, &all)).into_response()
    };
    let wrong = mistakes(&given, w);
    if !wrong.is_empty() {
        return show(&app, lang, &operation, given, wrong).await;
    }
    // What is wrong has to be said in words: the button only opens the form.
    if given.id.is_empty() && given.kind() == Some(FeedbackKind::Correction) && given.words.is_empty() {
        return Ok(back(&[("kind", "correction")]));
    }
    let from = guard::client_address(&app, &headers, peer.ip());
    app.guess("feedback", &from.to_string())?;
    let now = world::now();
    let stamp = Stamp::new(now, "anybody");
    let contact = Some(given.contact.clone()).filter(|contact| !contact.is_empty());
    if !given.id.is_empty() {
        let found = match given.id.parse::<FeedbackId>() {
            Ok(id) => app.store.feedback_by_id(&id).await?,
            Err(_) => None,
        };
        let is_fresh = |one: &Feedback| now.as_millis() - one.given_at.as_millis() < HOUR;
        let Some(one) = found.filter(|one| one.operation == operation.id && is_fresh(one)) else {
            return Ok(back(&[("said", "late")]));
        };
        return match app.store.say_why(&one.id, &given.reader, &given.words, contact.as_deref(), &stamp).await {
            Err(StoreError::Conflict { .. }) => Ok(back(&[("said", "late")])),
            other => other.map(|()| back(&[("said", "why")])).map_err(Problem::from),
        };
    }
    let Some(kind) = given.kind() else { return Err(Problem::not_found()) };
    let feedback = opinion(&operation, &given, (kind, contact), lang, now);
    app.store.give_feedback(&feedback, &stamp).await?;
    let id = feedback.id.to_string();
    Ok(match feedback.words.is_empty() {
        true => back(&[("said", "thanks"), ("id", &id), ("kind", kind.code())]),
        false => back(&[("said", "why")]),
    })
}

fn opinion(
    operation: &Operation,
    given: &Given,
    (kind, contact): (FeedbackKind, Option<String>),
    lang: Lang,
    now: Instant,
) -> Feedback {
    Feedback {
        id: world::fresh(FeedbackId::new),
        operation: operation.id.clone(),
        product: given.on.clone(),
        kind,
        reader: given.reader.clone(),
        words: given.words.clone(),
        contact,
        lang,
        given_at: now,
        answer: None,
    }
}
