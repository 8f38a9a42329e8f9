//! Encryption of an operation's forms: switched on once, opened with a passphrase or a private key for a while; and which
//! form is encrypted where.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::clock::{Clock, Moment};
use super::{App, Desk, OperationHead, Said, said};
use crate::journey::keys::{self, MIN_PASSPHRASE};
use crate::world;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use dtm_capture::openrosa::url_part;
use dtm_model::{FormSchema, Operation};
use dtm_publish::words::{Arg, Words};
use dtm_store::{FormKey, KeyUse};
use serde::Deserialize;

/// A key: the operation's, or one that forms brought with them.
struct KeyLine {
    id: String,
    managed: bool,
    since: Moment,
    hint: String,
    /// The forms that carry it now.
    forms: String,
    /// Until when this session has it open; empty while it is closed.
    open_until: String,
}

/// How a form is encrypted.
struct FormLine {
    name: String,
    how: String,
    /// Where the questions that stay readable are chosen; empty for those who may not.
    href: String,
}

#[derive(Template)]
#[template(path = "office/encryption.html")]
struct EncryptionView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    operation: OperationHead,
    here: String,
    is_on: bool,
    keys: Vec<KeyLine>,
    forms: Vec<FormLine>,
    any_open: bool,
    may_switch_on: bool,
    may_unlock: bool,
    minutes: String,
    shortest: usize,
}

/// How a form is encrypted, in a sentence.
fn how(schema: &FormSchema, w: &Words) -> String {
    let n = schema.on_arrival.as_ref().map_or(0, |on_arrival| on_arrival.n_readable());
    match (schema.encrypted, n, schema.sealing()) {
        (true, ..) => w.t("encryption-how-phone"),
        (false, 0, _) => w.t("encryption-how-not"),
        (false, n, Some(_)) => w.t_n("encryption-how-arrival", n as i64),
        (false, n, None) => w.t_n("encryption-how-later", n as i64),
    }
}

async fn show(
    app: &App,
    desk: &Desk,
    operation: &Operation,
    told: String,
    mistake: Option<String>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let clock = Clock::of(w, operation);
    let viewer = desk.viewer()?;
    let head = OperationHead::new(app, desk, operation).await?;
    let published = app.store.published_forms(&operation.id).await?;
    let mut keys = Vec::new();
    for key in app.store.form_keys(&operation.id).await? {
        let mut carriers = Vec::new();
        for form in &published {
            let carried = app.store.key_of_version(&form.version.id).await?;
            if carried.is_some_and(|carried| carried.id == key.id) {
                carriers.push(form.version.schema.title.as_str());
            }
        }
        let open_until = app.open_keys.until(&viewer.token_hash, &key.id, world::now());
        keys.push(KeyLine {
            since: clock.moment(key.created_at),
            forms: carriers.join(", "),
            open_until: open_until.map(|until| clock.text(until)).unwrap_or_default(),
            hint: key.hint,
            managed: key.managed,
            id: key.id.to_string(),
        });
    }
    let here = format!("{}/encryption", head.here);
    let forms = published.iter().map(|form| {
        let may = desk.can(Verb::FormUpdate, On::Form(&operation.id, &form.form.id));
        FormLine {
            name: form.version.schema.title.clone(),
            how: how(&form.version.schema, w),
            href: match may {
                true => format!("{}/forms/{}/readable", head.here, url_part(&form.form.xml_form_id)),
                false => String::new(),
            },
        }
    });
    let view = EncryptionView {
        w,
        said: told,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        here,
        forms: forms.collect(),
        is_on: keys.iter().any(|key| key.managed),
        any_open: keys.iter().any(|key| !key.open_until.is_empty()),
        operation: head,
        keys,
        may_switch_on: desk.can(Verb::ProjectUpdate, On::Project(&operation.id)),
        may_unlock: desk.can(Verb::SubmissionUnlock, On::Project(&operation.id)) && !viewer.token_hash.is_empty(),
        minutes: w.number(keys::OPEN_MS / 60_000),
        shortest: MIN_PASSPHRASE,
    };
    desk.answer(&w.t("encryption-title"), view.render(), view.mistakes.is_some())
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
    /// The key to open; the operation's own where none is named.
    #[serde(default)]
    key: String,
    /// A passphrase, or a private key.
    #[serde(default)]
    passphrase: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    hint: String,
    #[serde(default)]
    sure: String,
}

/// Switches encryption on, opens a key for this session, or closes all that it has open.
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
    let known = app.store.form_keys(&operation.id).await?;
    let managed = known.iter().find(|key| key.managed);
    match given.act.as_str() {
        "on" if managed.is_some() => Err(Problem::key_exists()),
        "on" => {
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
        "unlock" => {
            let wanted = |key: &&FormKey| key.id.to_string() == given.key;
            let key = if given.key.is_empty() { managed } else { known.iter().find(wanted) };
            let key = key.ok_or_else(Problem::not_found)?;
            viewer.must_be_in_person()?;
            // Guesses are counted as those of passwords are.
            let (secret, who) = (format!("key:{}", key.id), viewer.user.id.to_string());
            app.guess(&secret, &who)?;
            match app.open_keys.open(&app.store, key, &viewer.token_hash, given.passphrase, &stamp).await? {
                true => {
                    app.guessed(&secret, &who);
                    Ok(said(&here, "unlocked", &[]).into_response())
                }
                false => refuse(w.t(if key.managed { "encryption-wrong" } else { "encryption-wrong-key" })).await,
            }
        }
        "lock" => {
            for key in known.iter().filter(|key| app.open_keys.until(&viewer.token_hash, &key.id, stamp.at).is_some()) {
                app.store.note_key_use(&key.id, KeyUse::Locked, &operation.id.to_string(), &stamp).await?;
            }
            app.open_keys.close(&viewer.token_hash);
            Ok(said(&here, "locked", &[]).into_response())
        }
        _ => Err(Problem::not_found()),
    }
}
