//! Systems that an operation tells what happens in it, and the messages that go out. What ODK Central does not have, in the
//! same manner. A hook's address and secret are for those who manage the operation; the secret is shown once.

use super::{JsonBody, operation};
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem};
use crate::journey::outbox;
use crate::world;
use axum::extract::{Path, Query, State};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use dtm_model::{HookId, MessageId, Operation};
use dtm_store::{Hook, Message, Posted};
use reqwest::Url;
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/projects/{project}/hooks", get(list).post(add))
        .route("/v1/projects/{project}/hooks/{id}", delete(remove))
        .route("/v1/projects/{project}/hooks/{id}/test", post(test))
        .route("/v1/outbox", get(messages))
        .route("/v1/outbox/{id}", delete(drop_message))
        .route("/v1/outbox/{id}/retry", post(retry))
}

/// The longest name, and the longest address.
const LONGEST_NAME: usize = 100;
const LONGEST_ADDRESS: usize = 2000;
/// Hooks of one operation.
const MOST: usize = 20;
/// Messages in one answer.
const MOST_MESSAGES: u32 = 500;

fn hook_json(hook: &Hook) -> Value {
    json!({
        "id": hook.id, "name": hook.name, "address": hook.address, "events": hook.events,
        "createdAt": hook.created_at.to_string(),
    })
}

async fn list(State(app): State<App>, viewer: Viewer, Path(project): Path<i64>) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::ProjectUpdate, project).await?;
    Ok(Json(app.store.hooks(&operation.id).await?.iter().map(hook_json).collect()))
}

/// Why a system cannot be told.
fn refused(en: &'static str, fr: &'static str) -> Problem {
    Problem::bad_request("bad_hook", en, fr)
}

/// Adds a system to an operation. Returns it with the secret that signs what it is told.
pub(crate) async fn add_hook(
    app: &App,
    viewer: &Viewer,
    operation: &Operation,
    name: &str,
    address: &str,
    events: Vec<String>,
) -> Result<(Hook, String), Problem> {
    let (name, address) = (name.trim(), address.trim());
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(refused("Give a name of at most 100 characters.", "Donnez un nom d’au plus 100 caractères."));
    }
    let url = Url::parse(address).ok().filter(|url| url.host_str().is_some() && address.len() <= LONGEST_ADDRESS);
    let reach = app.outward.hooks;
    let is_clear = |url: &Url| url.scheme() == "http" && reach.allows_clear();
    let sound =
        url.as_ref().filter(|url| url.scheme() == "https" || is_clear(url)).filter(|url| reach.allows(url).is_ok());
    if sound.is_none() {
        return Err(refused(
            "Give an address that begins with https:// and is not of this server’s own network.",
            "Donnez une adresse qui commence par https:// et n’est pas du réseau de ce serveur.",
        ));
    }
    if events.iter().any(|event| !outbox::EVENTS.contains(&event.as_str())) {
        return Err(refused("There is no event of that name.", "Il n’y a pas d’événement de ce nom."));
    }
    if app.store.hooks(&operation.id).await?.len() >= MOST {
        return Err(refused(
            "An operation tells 20 systems at most. Remove one first.",
            "Une opération prévient au plus 20 systèmes. Retirez-en un d’abord.",
        ));
    }
    let (id, secret, stamp) = (world::fresh(HookId::new), outbox::new_secret(), viewer.stamp());
    let secret_sealed = app.vault.seal(&id, &secret).ok_or_else(|| {
        refused(
            "This server has no key to seal secrets with: set DTM_SECRET_KEY.",
            "Ce serveur n’a pas de clé pour sceller des secrets : définissez DTM_SECRET_KEY.",
        )
    })?;
    let hook = Hook {
        id,
        operation: operation.id.clone(),
        name: name.to_owned(),
        address: address.to_owned(),
        events,
        secret_sealed,
        created_at: stamp.at,
    };
    app.store.add_hook(&hook, &stamp).await?;
    Ok((hook, secret))
}

#[derive(Deserialize)]
struct NewHook {
    name: String,
    address: String,
    #[serde(default)]
    events: Vec<String>,
}

async fn add(
    State(app): State<App>,
    viewer: Viewer,
    Path(project): Path<i64>,
    JsonBody(new): JsonBody<NewHook>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::ProjectUpdate, project).await?;
    let (hook, secret) = add_hook(&app, &viewer, &operation, &new.name, &new.address, new.events).await?;
    let mut body = hook_json(&hook);
    body["secret"] = secret.into();
    Ok(Json(body))
}

/// The hook of an operation that an address names.
pub(crate) async fn find_hook(app: &App, operation: &Operation, named: &str) -> Result<Hook, Problem> {
    let id: HookId = named.parse().map_err(|_| Problem::not_found())?;
    let hook = app.store.hook(&id).await?;
    hook.filter(|hook| hook.operation == operation.id).ok_or_else(Problem::not_found)
}

async fn remove(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, hook)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::ProjectUpdate, project).await?;
    let hook = find_hook(&app, &operation, &hook).await?;
    app.store.remove_hook(&hook.id, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

async fn test(
    State(app): State<App>,
    viewer: Viewer,
    Path((project, hook)): Path<(i64, String)>,
) -> Result<Json<Value>, Problem> {
    let operation = operation(&app, &viewer, Verb::ProjectUpdate, project).await?;
    let hook = find_hook(&app, &operation, &hook).await?;
    app.store.post(&[outbox::test_call(&operation, &hook)], &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default)]
    state: String,
}

/// A message without its text.
fn message_json(message: &Message) -> Value {
    let moment = |at: Option<dtm_model::Instant>| at.map(|at| at.to_string());
    json!({
        "id": message.message.id, "kind": message.message.kind, "recipient": message.message.recipient,
        "subject": message.message.subject, "createdAt": message.created_at.to_string(), "tries": message.tries,
        "nextAt": moment(message.next_at), "sentAt": moment(message.sent_at), "givenUpAt": moment(message.given_up_at),
        "problem": message.problem, "answer": message.answer,
    })
}

async fn messages(
    State(app): State<App>,
    viewer: Viewer,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Problem> {
    viewer.may(Verb::OutboxRead, On::Site)?;
    let wanted = match wanted.state.as_str() {
        "" | "waiting" => Posted::Waiting,
        "sent" => Posted::Sent,
        "givenUp" => Posted::GivenUp,
        other => return Err(Problem::unexpected_value("state", other)),
    };
    Ok(Json(app.store.messages(wanted, MOST_MESSAGES).await?.iter().map(message_json).collect()))
}

fn message(named: &str) -> Result<MessageId, Problem> {
    named.parse().map_err(|_| Problem::not_found())
}

async fn retry(State(app): State<App>, viewer: Viewer, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    viewer.may(Verb::OutboxUpdate, On::Site)?;
    match app.store.retry_messages(Some(&message(&id)?), &viewer.stamp()).await? {
        0 => Err(Problem::not_found()),
        _ => Ok(Json(json!({ "success": true }))),
    }
}

async fn drop_message(State(app): State<App>, viewer: Viewer, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    viewer.may(Verb::OutboxUpdate, On::Site)?;
    app.store.drop_message(&message(&id)?, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}
