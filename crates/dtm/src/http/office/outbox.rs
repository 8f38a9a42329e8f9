//! Messages to the outside: which wait, which were given up and why, which went out; sending again, dropping, and a letter to
//! oneself to try the mail server. For administrators.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::clock::{Clock, Moment};
use super::{App, Desk, Said, said};
use crate::journey::outbox;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::{Form, Router, routing::get};
use dtm_model::MessageId;
use dtm_publish::words::Words;
use dtm_store::{Message, MessageKind, Posted};
use serde::Deserialize;

/// Messages of each kind on the page.
const LINES: u32 = 100;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/office/outbox", get(page).post(act))
}

/// A message in a list.
struct Line {
    id: String,
    /// What it is, in words.
    kind: String,
    to: String,
    subject: String,
    since: Moment,
    tries: String,
    /// When it is tried next, or went out.
    at: Moment,
    problem: String,
}

#[derive(Template)]
#[template(path = "office/outbox.html")]
struct OutboxView {
    w: &'static Words,
    said: String,
    /// The mail server and the sender; empty where no mail is sent.
    host: String,
    from: String,
    me: String,
    waiting: Vec<Line>,
    given_up: Vec<Line>,
    sent: Vec<Line>,
    counts: String,
}

/// What hindered a message, in words.
fn problem_words(w: &Words, message: &Message) -> String {
    let Some(problem) = &message.problem else { return String::new() };
    let words = w.label("outbox-problem", problem);
    match message.answer {
        Some(answer) => w.t_args("outbox-answered", &[("what", words.into()), ("answer", answer.to_string().into())]),
        None => words,
    }
}

async fn lines(app: &App, w: &'static Words, wanted: Posted) -> Result<Vec<Line>, Problem> {
    let clock = Clock::utc(w);
    let mut lines = Vec::new();
    for message in app.store.messages(wanted, LINES).await? {
        let (kind, to) = match message.message.kind {
            MessageKind::Hook => {
                let hook = match message.message.recipient.parse() {
                    Ok(id) => app.store.hook(&id).await?,
                    Err(_) => None,
                };
                ("hook", hook.map_or_else(|| w.t("outbox-hook-gone"), |hook| hook.name))
            }
            MessageKind::Mail => ("mail", message.message.recipient.clone()),
            MessageKind::Reset => ("reset", message.message.recipient.clone()),
            MessageKind::Invitation => ("invitation", message.message.recipient.clone()),
        };
        let at = message.next_at.or(message.sent_at).or(message.given_up_at);
        lines.push(Line {
            id: message.message.id.to_string(),
            kind: w.label("outbox-kind", kind),
            to,
            since: clock.moment(message.created_at),
            tries: w.t_n("outbox-tries", i64::from(message.tries)),
            at: at.map(|at| clock.moment(at)).unwrap_or_default(),
            problem: problem_words(w, &message),
            subject: message.message.subject,
        });
    }
    Ok(lines)
}

/// What waits, what was given up, what went out.
async fn page(State(app): State<App>, desk: Desk, Query(told): Query<Said>) -> Result<Response, Problem> {
    let viewer = desk.must(Verb::OutboxRead, On::Site)?;
    let w = desk.words();
    let counts = app.store.count_messages().await?;
    let number = |n: u64| w.number(i64::try_from(n).unwrap_or(i64::MAX)).into();
    let mail = app.outward.mail.as_ref();
    let view = OutboxView {
        w,
        said: told.sentence(w),
        host: mail.map(|mail| mail.host().to_owned()).unwrap_or_default(),
        from: mail.map(outbox::Mail::from).unwrap_or_default(),
        me: viewer.user.email.clone(),
        waiting: lines(&app, w, Posted::Waiting).await?,
        given_up: lines(&app, w, Posted::GivenUp).await?,
        sent: lines(&app, w, Posted::Sent).await?,
        counts: w.t_args(
            "outbox-counts",
            &[
                ("waiting", number(counts.n_waiting)),
                ("up", number(counts.n_given_up)),
                ("sent", number(counts.n_sent)),
            ],
        ),
    };
    desk.page(&w.t("outbox"), view.render())
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Act {
    act: String,
    id: String,
}

/// Has messages sent again, drops one, or writes a letter to whoever asks.
async fn act(State(app): State<App>, desk: Desk, Form(given): Form<Act>) -> Result<Response, Problem> {
    let viewer = desk.must(Verb::OutboxUpdate, On::Site)?;
    let stamp = viewer.stamp();
    let id = || given.id.parse::<MessageId>().map_err(|_| Problem::not_found());
    let (what, n) = match given.act.as_str() {
        "retry" => ("outbox-retried", app.store.retry_messages(Some(&id()?), &stamp).await?),
        "retry-all" => ("outbox-retried", app.store.retry_messages(None, &stamp).await?),
        "drop" => {
            app.store.drop_message(&id()?, &stamp).await?;
            ("outbox-dropped", 1)
        }
        "test" => {
            let sent = outbox::test_mail(&app, &viewer.user.email, desk.lang);
            let letter = sent.ok_or_else(Problem::no_mail)?;
            app.store.post(&[letter], &stamp).await?;
            ("outbox-test-written", 1)
        }
        _ => return Err(Problem::not_found()),
    };
    Ok(said("/office/outbox", what, &[i64::try_from(n).unwrap_or(0)]).into_response())
}
