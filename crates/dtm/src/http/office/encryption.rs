//! Encryption of an operation's forms: switched on once, opened with the passphrase for a while.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::{App, Desk, OperationHead, Said, moment, said};
use crate::journey::keys::{self, MIN_PASSPHRASE};
use crate::world;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dtm_model::Operation;
use dtm_publish::words::{Arg, Words};
use dtm_store::{FormKey, KeyUse};
use serde::Deserialize;

/// The key of the operation.
struct KeyLine {
    id: String,
    since: String,
    hint: String,
    /// Until when this session has it open; empty while it is closed.
    open_until: String,
}

#[derive(Template)]
#[template(path = "office/encryption.html")]
struct EncryptionView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    here: String,
    key: Option<KeyLine>,
    may_switch_on: bool,
    may_unlock: bool,
    minutes: String,
    shortest: usize,
}

async fn show(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    told: String,
    mistake: Option<String>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let viewer = desk.viewer()?;
    let head = OperationHead::new(app, desk, operation).await?;
    let key = app.store.managed_form_key(&operation.id).await?;
    let line = |key: FormKey| KeyLine {
        since: moment(w, key.created_at),
        open_until: app
            .open_keys
            .until(&viewer.token_hash, &key.id, world::now())
            .map(|until| moment(w, until))
            .unwrap_or_default(),
        hint: key.hint,
        id: key.id.to_string(),
    };
    let view = EncryptionView {
        w,
        said: told,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        here: format!("{}/encryption", head.here),
        operation: head,
        key: key.map(line),
        may_switch_on: desk.can(Verb::ProjectUpdate, On::Project(&operation.id)),
        may_unlock: desk.can(Verb::SubmissionUnlock, On::Project(&operation.id)) && !viewer.token_hash.is_empty(),
        minutes: w.number(keys::OPEN_MS / 60_000),
        shortest: MIN_PASSPHRASE,
    };
    let status = if view.mistakes.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let mut response = desk.page(&w.t("encryption-title"), view.render())?;
    *response.status_mut() = status;
    Ok(response)
}

fn sentence(w: &Words, told: &Said) -> String {
    match told.word() {
        "keyed" => w.t("encryption-said-on"),
        "unlocked" => w.t("encryption-said-unlocked"),
        "locked" => w.t("encryption-said-locked"),
        _ => String::new(),
    }
}

/// Whether forms are encrypted, and whether this session has them open.
pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let operation = desk.operation(&app, Verb::SubmissionRead, &slug).await?;
    let told = sentence(desk.words(), &told);
    show(&app, &desk, &operation, told, None).await
}

#[derive(Deserialize)]
pub(super) struct Act {
    act: String,
    #[serde(default)]
    passphrase: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    hint: String,
    #[serde(default)]
    sure: String,
}

/// Switches encryption on, opens the key for this session, or closes it.
pub(super) async fn act(
    State(app): State<App>,
    desk: Desk,
    Path(slug): Path<String>,
    Form(given): Form<Act>,
) -> Result<Response, Problem> {
    let verb = if given.act == "on" { Verb::ProjectUpdate } else { Verb::SubmissionUnlock };
    let operation = desk.operation(&app, verb, &slug).await?;
    let (w, viewer) = (desk.words(), desk.viewer()?);
    let stamp = viewer.stamp();
    let here = format!("{}/encryption", super::operation_address(&operation));
    let refuse = |mistake: String| show(&app, &desk, &operation, String::new(), Some(mistake));
    let key = app.store.managed_form_key(&operation.id).await?;
    match (given.act.as_str(), key) {
        ("on", Some(_)) => Err(Problem::key_exists()),
        ("on", None) => {
            if given.passphrase.chars().count() < MIN_PASSPHRASE || given.passphrase.len() > 1000 {
                return refuse(w.t_args("encryption-too-short", &[("n", Arg::from(MIN_PASSPHRASE as i64))])).await;
            }
            if given.passphrase != given.again {
                return refuse(w.t("encryption-differs")).await;
            }
            if given.sure != "yes" {
                return refuse(w.t("encryption-not-sure")).await;
            }
            let hint: String = given.hint.trim().chars().take(200).collect();
            keys::manage(&app.store, &operation.id, given.passphrase, &hint, &stamp).await?;
            keys::give_to_forms(&app.store, &operation.id, &stamp).await?;
            Ok(said(&here, "keyed", &[]).into_response())
        }
        ("unlock", Some(key)) => {
            if viewer.token_hash.is_empty() {
                return Err(Problem::forbidden());
            }
            // Guesses are counted as those of passwords are.
            app.guess(&format!("key:{}", key.id), &viewer.user.id.to_string())?;
            match app.open_keys.open(&app.store, &key, &viewer.token_hash, given.passphrase, &stamp).await? {
                true => Ok(said(&here, "unlocked", &[]).into_response()),
                false => refuse(w.t("encryption-wrong")).await,
            }
        }
        ("lock", Some(key)) => {
            app.open_keys.close(&viewer.token_hash);
            let subject = operation.id.to_string();
            app.store.note_key_use(&key.id, KeyUse::Locked, &subject, &stamp).await?;
            Ok(said(&here, "locked", &[]).into_response())
        }
        _ => Err(Problem::not_found()),
    }
}
