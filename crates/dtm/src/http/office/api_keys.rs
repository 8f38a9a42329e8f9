//! Keys of the public APIs: whose they are, what they may, how much they are used. A key is shown once, when it is made.
//! For administrators.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::{App, Desk, Said, said};
use crate::cli::create_key;
use crate::http::dtm_api::{PER_DAY, PER_MINUTE};
use crate::world;
use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum::{Form, Router, routing::get};
use chrono::Days;
use dtm_model::ApiKeyId;
use dtm_publish::words::Words;
use dtm_store::{ApiKey, Product};
use serde::Deserialize;

/// Days whose use is shown.
const DAYS: u64 = 30;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/office/keys", get(page).post(act))
}

struct Line {
    id: String,
    name: String,
    product: String,
    made_on: String,
    withdrawn_on: String,
    allowed: String,
    used: String,
    last: String,
}

#[derive(Template)]
#[template(path = "office/api_keys.html")]
struct KeysView {
    w: &'static Words,
    said: String,
    /// The key that was just made: shown this once.
    fresh: Option<(String, String)>,
    mistake: String,
    given: NewKey,
    usual: (String, String),
    good: Vec<Line>,
    withdrawn: Vec<Line>,
}

#[derive(Deserialize, Default, Clone)]
#[serde(default)]
struct NewKey {
    act: String,
    id: String,
    name: String,
    product: String,
    per_minute: String,
    per_day: String,
}

async fn line(app: &App, w: &'static Words, key: &ApiKey) -> Result<Line, Problem> {
    let uses = app.store.api_key_uses(&key.id).await?;
    let since = world::today().checked_sub_days(Days::new(DAYS)).unwrap_or_default();
    let recent: u64 = uses.iter().filter(|(day, _)| *day > since).map(|(_, n)| n).sum();
    let allowed = [("per-minute", key.per_minute.unwrap_or(PER_MINUTE)), ("per-day", key.per_day.unwrap_or(PER_DAY))]
        .map(|(name, n)| (name, w.number(i64::from(n)).into()));
    Ok(Line {
        id: key.id.to_string(),
        name: key.name.clone(),
        product: w.label("keys-product", crate::cli::product_code(key.product).as_str()),
        made_on: w.date(key.created_at.date()),
        withdrawn_on: key.revoked_at.map(|at| w.date(at.date())).unwrap_or_default(),
        allowed: w.t_args("keys-allowed", &allowed),
        used: w.t_n("keys-used", i64::try_from(recent).unwrap_or(i64::MAX)),
        last: uses.last().map_or_else(|| w.t("keys-never"), |(day, _)| w.date(*day)),
    })
}

async fn view(
    app: &App,
    desk: &Desk,
    told: &Said,
    fresh: Option<(String, String)>,
    given: NewKey,
    mistake: String,
) -> Result<Response, Problem> {
    let w = desk.words();
    let (mut good, mut withdrawn) = (Vec::new(), Vec::new());
    for key in app.store.api_keys().await? {
        let list = if key.revoked_at.is_some() { &mut withdrawn } else { &mut good };
        list.push(line(app, w, &key).await?);
    }
    let usual = (w.number(i64::from(PER_MINUTE)), w.number(i64::from(PER_DAY)));
    let view = KeysView { w, said: told.sentence(w), fresh, mistake, given, usual, good, withdrawn };
    desk.page(&w.t("keys-title"), view.render())
}

async fn page(State(app): State<App>, desk: Desk, Query(told): Query<Said>) -> Result<Response, Problem> {
    desk.must(Verb::ConfigRead, On::Site)?;
    view(&app, &desk, &told, None, NewKey::default(), String::new()).await
}

/// A number of calls; none where nothing is given.
fn allowance(text: &str) -> Result<Option<u32>, ()> {
    match text.trim() {
        "" => Ok(None),
        text => text.parse().map_err(|_| ()).and_then(|n| if n > 0 { Ok(Some(n)) } else { Err(()) }),
    }
}

/// Makes a key or withdraws one.
async fn act(State(app): State<App>, desk: Desk, Form(given): Form<NewKey>) -> Result<Response, Problem> {
    let viewer = desk.must(Verb::ConfigSet, On::Site)?;
    let (w, stamp) = (desk.words(), viewer.stamp());
    match given.act.as_str() {
        "add" => {
            let name = given.name.trim();
            let wrong = |key: &str| w.t(key);
            let product = match given.product.as_str() {
                "displacement" => Product::Displacement,
                "hna" => Product::Hna,
                _ => return Err(Problem::unexpected_value("product", &given.product)),
            };
            let allowed = allowance(&given.per_minute).and_then(|minute| Ok((minute, allowance(&given.per_day)?)));
            let mistake = match &allowed {
                _ if name.is_empty() || name.chars().count() > 120 => wrong("keys-name-wrong"),
                Err(()) => wrong("keys-allowance-wrong"),
                Ok(_) => String::new(),
            };
            let Ok(allowed) = allowed else { return view(&app, &desk, &Said::default(), None, given, mistake).await };
            if !mistake.is_empty() {
                return view(&app, &desk, &Said::default(), None, given, mistake).await;
            }
            let (key, secret) = create_key(&app.store, name, product, allowed, &stamp).await?;
            view(&app, &desk, &Said::default(), Some((key.name, secret)), NewKey::default(), String::new()).await
        }
        "withdraw" => {
            let id: ApiKeyId = given.id.parse().map_err(|_| Problem::not_found())?;
            app.store.revoke_api_key(&id, &stamp).await?;
            Ok(said("/office/keys", "keys-withdrawn", &[]).into_response())
        }
        _ => Err(Problem::unexpected_value("act", &given.act)),
    }
}
