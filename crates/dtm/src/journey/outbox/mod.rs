//! Messages to the outside: mails, and calls of other systems (webhooks).
//!
//! [`mail`] and [`calls`] make messages, the store writes them in the transaction of what causes them, and a job sends them,
//! so that no request waits for a mail server. What is hindered is tried again, less and less often for a day, and then given
//! up, which the page of messages tells. A message can go out twice (the server ended between sending and saying so): calls
//! carry its id, by which the other side knows it again.

mod call;
mod letter;
mod mime;

pub(crate) use call::{EVENTS, new_secret};
pub(crate) use letter::Mail;
pub(crate) use mime::Mailbox;

use crate::http::App;
use crate::smtp::Refusal;
use crate::world;
use anyhow::Result;
use dtm_model::{Instant, Lang, MessageId, Operation, OperationId};
use dtm_publish::words::Words;
use dtm_store::{Hook, Message, MessageKind, NewMessage, Stamp, Store, StoreError};
use futures::StreamExt;
use serde_json::{Value, json};
use std::time::Duration;

/// How often the job looks.
const EVERY: Duration = Duration::from_secs(2);
/// How many messages are taken at once, how many of them are under way together, and how long they are held.
const AT_ONCE: u32 = 16;
const TOGETHER: usize = 4;
const LEASE_MS: i64 = 15 * 60_000;
/// How long after each try the next one comes, in minutes; after the last the message is given up.
const WAITS_MIN: [i64; 7] = [1, 5, 15, 60, 180, 360, 720];
/// How long the list remembers what went out or was given up.
const DAYS: i64 = 30;

/// What a system is told that is only tried.
const TEST: &str = "test";

/// What hindered a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Hindrance {
    /// A stable word: `outbox-problem-…` says it to people.
    code: &'static str,
    /// The number the other side answered with.
    answer: Option<i64>,
    /// Whether another try is of no use.
    is_final: bool,
}

impl Hindrance {
    fn passing(code: &'static str) -> Self {
        Self { code, answer: None, is_final: false }
    }

    fn lasting(code: &'static str) -> Self {
        Self { code, answer: None, is_final: true }
    }
}

/// What became of a try.
enum Outcome {
    Sent,
    /// Nobody here has the address. Whoever asked is not told, and the list does not tell either.
    ForNobody,
    Hindered(Hindrance),
}

impl From<Result<(), Hindrance>> for Outcome {
    fn from(tried: Result<(), Hindrance>) -> Self {
        tried.map_or_else(Outcome::Hindered, |()| Outcome::Sent)
    }
}

impl From<Refusal> for Hindrance {
    fn from(refusal: Refusal) -> Self {
        let (code, answer, is_final) = match refusal {
            Refusal::Unreachable => ("unreachable", None, false),
            Refusal::NotPrivate => ("not-private", None, false),
            Refusal::NotLetIn(number) => ("not-let-in", Some(number), false),
            Refusal::Later(number) => ("later", Some(number), false),
            Refusal::Never(number) => ("never", Some(number), true),
        };
        Self { code, answer: answer.map(i64::from), is_final }
    }
}

/// A mail to be sent; none where this server sends no mail. Neither subject nor text may hold what only one person is to
/// know: the list of messages shows the subject, and the text waits in the database.
pub(crate) fn mail(
    app: &App,
    operation: Option<&OperationId>,
    to: &str,
    lang: Lang,
    subject: String,
    body: String,
) -> Option<NewMessage> {
    app.outward.mail.as_ref()?;
    Some(message(MessageKind::Mail, operation, to, lang, subject, body))
}

/// A mail with a link to set a password, to whoever has this address; none where this server sends no mail. The link is made
/// when the mail is sent.
pub(crate) fn link_mail(app: &App, kind: MessageKind, to: &str, lang: Lang) -> Option<NewMessage> {
    app.outward.mail.as_ref()?;
    Some(message(kind, None, &to.trim().to_lowercase(), lang, String::new(), String::new()))
}

/// A call of every system that hears of this event in the operation. `data` says what happened, in counts and ids: no
/// answers, nothing about people.
pub(crate) async fn calls(
    store: &Store,
    operation: &OperationId,
    event: &str,
    data: &Value,
) -> Result<Vec<NewMessage>, StoreError> {
    let hooks = store.hooks(operation).await?;
    let heard: Vec<_> = hooks.into_iter().filter(|hook| hook.hears(event)).collect();
    if heard.is_empty() {
        return Ok(Vec::new());
    }
    let Some(operation) = store.operation(operation).await? else { return Ok(Vec::new()) };
    let body = call_body(&operation, event, data);
    Ok(heard.iter().map(|hook| call(&operation, hook, event, &body)).collect())
}

fn call_body(operation: &Operation, event: &str, data: &Value) -> String {
    json!({ "type": event, "timestamp": world::now().to_string(), "operation": operation.slug, "data": data })
        .to_string()
}

fn call(operation: &Operation, hook: &Hook, event: &str, body: &str) -> NewMessage {
    let (id, lang) = (hook.id.to_string(), Lang::default());
    message(MessageKind::Hook, Some(&operation.id), &id, lang, event.to_owned(), body.to_owned())
}

/// A letter to oneself, to try the mail server.
pub(crate) fn test_mail(app: &App, to: &str, lang: Lang) -> Option<NewMessage> {
    let w = Words::of(lang);
    let server = app.public_url.clone().unwrap_or_default();
    let body = w.t_args("mail-test-body", &[("server", server.into())]);
    mail(app, None, to, lang, w.t("mail-test-subject"), body)
}

/// A call to try a system.
pub(crate) fn test_call(operation: &Operation, hook: &Hook) -> NewMessage {
    call(operation, hook, TEST, &call_body(operation, TEST, &json!({})))
}

fn message(
    kind: MessageKind,
    operation: Option<&OperationId>,
    to: &str,
    lang: Lang,
    subject: String,
    body: String,
) -> NewMessage {
    let id = world::fresh(MessageId::new);
    NewMessage { id, kind, operation: operation.cloned(), recipient: to.to_owned(), lang, subject, body }
}

/// Starts the job in the background. Several servers may run it: a message is held by one.
pub(crate) fn spawn(app: App) {
    tokio::spawn(async move {
        let mut swept_on = None;
        loop {
            tokio::time::sleep(EVERY).await;
            if let Err(error) = send_due(&app).await {
                tracing::warn!(%error, "messages could not be looked for");
            }
            if swept_on != Some(world::today()) {
                swept_on = Some(world::today());
                let before = Instant::from_millis(world::now().as_millis() - DAYS * 86_400_000);
                if let Err(error) = app.store.sweep_outbox(before).await {
                    tracing::warn!(%error, "old messages could not be dropped");
                }
            }
        }
    });
}

/// Sends what is due.
async fn send_due(app: &App) -> Result<()> {
    loop {
        let now = world::now();
        let until = Instant::from_millis(now.as_millis() + LEASE_MS);
        let taken = app.store.take_messages(now, until, AT_ONCE).await?;
        if taken.is_empty() {
            return Ok(());
        }
        let send = |message| async move {
            if let Err(error) = send(app, &message).await {
                tracing::warn!(%error, message = %message.message.id, "what became of a message could not be noted");
            }
        };
        futures::stream::iter(taken).for_each_concurrent(TOGETHER, send).await;
    }
}

/// Sends one message and notes what became of it.
async fn send(app: &App, held: &Message) -> Result<()> {
    let Message { message, tries, .. } = held;
    let outcome = match message.kind {
        MessageKind::Hook => call::send(app, message).await?,
        MessageKind::Mail | MessageKind::Reset | MessageKind::Invitation => letter::send(app, message).await?,
    };
    let now = world::now();
    let Hindrance { code, answer, is_final } = match outcome {
        Outcome::Sent => return Ok(app.store.sent_message(&message.id, now).await?),
        Outcome::ForNobody => return Ok(app.store.forget_message(&message.id).await?),
        Outcome::Hindered(hindrance) => hindrance,
    };
    let again_at = again_at(now, *tries).filter(|_| !is_final);
    if again_at.is_none() {
        tracing::warn!(message = %message.id, problem = code, "a message to the outside is given up");
    }
    let stamp = Stamp::new(now, "job:outbox");
    Ok(app.store.hindered_message(&message.id, code, answer, again_at, &stamp).await?)
}

/// When a message is tried again that was tried so often.
fn again_at(now: Instant, tries: u32) -> Option<Instant> {
    let wait = WAITS_MIN.get(usize::try_from(tries.max(1) - 1).ok()?)?;
    Some(Instant::from_millis(now.as_millis() + wait * 60_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_tried_less_and_less_often_for_a_day() {
        let now = Instant::from_millis(0);
        let waits: Vec<i64> = (1..=8).map_while(|tries| again_at(now, tries)).map(Instant::as_millis).collect();
        assert!(waits.is_sorted() && waits.len() == 7, "{waits:?}");
        let hours = waits.iter().sum::<i64>() / 3_600_000;
        assert_eq!(hours, 22);
        assert_eq!(again_at(now, 8), None);
    }
}
