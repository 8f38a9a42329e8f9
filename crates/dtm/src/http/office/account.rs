//! One's own account: name and language, password, second factor, sessions, tokens of one's programs.

use super::super::central::{make_token, replace_password};
use super::super::problem::Problem;
use super::super::sign_in;
use super::super::viewer::{Due, Viewer};
use super::clock::{Clock, Moment};
use super::session::language_cookie;
use super::{App, Desk, Said, people, said};
use crate::{secrets, totp, world};
use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use dtm_model::Lang;
use dtm_publish::words::Words;
use serde::Deserialize;

/// How many codes there are for when the device is lost.
const RECOVERY_CODES: usize = 8;

/// A session in the list.
struct SessionLine {
    client: String,
    since: Moment,
    here: bool,
}

/// A token in the list.
struct TokenLine {
    id: String,
    name: String,
    scope: String,
    until: String,
    used: String,
    /// The word for its state, when it is no longer good.
    over: &'static str,
}

/// What is shown once: codes, a token, a QR code.
#[derive(Default)]
struct Fresh {
    /// The QR code of the second factor as SVG, and its secret.
    factor: Option<(String, String)>,
    codes: Vec<String>,
    token: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "office/account.html")]
struct AccountView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    due: &'static str,
    name: String,
    email: String,
    roles: Vec<String>,
    language: &'static str,
    has_password: bool,
    factor_since: String,
    codes_left: String,
    sessions: Vec<SessionLine>,
    tokens: Vec<TokenLine>,
    fresh: Fresh,
}

async fn view(app: &App, desk: &Desk, viewer: &Viewer, fresh: Fresh) -> Result<AccountView, Problem> {
    let w = desk.words();
    // What was just changed is read anew.
    let user = app.store.user(&viewer.user.id).await?.ok_or_else(Problem::sign_in)?;
    let now = world::now();
    let operations = app.store.operations().await?;
    let mut roles = Vec::new();
    for grant in viewer.grants.iter() {
        roles.push(people::grant_words(app, w, grant, &operations).await?);
    }
    let sessions = app.store.sessions_of(&user.id, now).await?;
    let tokens = app.store.api_tokens(&user.id).await?;
    let codes_left = app.store.count_recovery_codes(&user.id).await?;
    Ok(AccountView {
        w,
        said: String::new(),
        mistakes: None,
        due: match viewer.due {
            Some(Due::Password) if user.one_time => "account-password-due",
            Some(Due::SecondFactor) if user.totp_since.is_none() => "account-factor-due",
            _ => "",
        },
        name: user.name,
        email: user.email,
        roles,
        language: user.language.unwrap_or(desk.lang).code(),
        has_password: !user.password_hash.is_empty(),
        factor_since: user.totp_since.map(|at| w.date(at.date())).unwrap_or_default(),
        codes_left: w.t_n("account-codes-left", codes_left as i64),
        sessions: sessions
            .into_iter()
            .map(|session| SessionLine {
                here: session.token_hash == viewer.token_hash,
                since: Clock::utc(w).moment(session.opened_at),
                client: if session.client.is_empty() { w.t("account-client-unknown") } else { session.client },
            })
            .collect(),
        tokens: tokens
            .into_iter()
            .map(|token| TokenLine {
                id: token.id.to_string(),
                name: token.name,
                scope: match token.verbs.as_slice() {
                    [scope] if scope == "read" => w.t("account-scope-read"),
                    [scope] if scope == "all" => w.t("account-scope-all"),
                    verbs => verbs.join(", "),
                },
                until: w.date(token.expires_at.date()),
                used: token.used_at.map_or_else(|| w.t("account-token-unused"), |at| w.date(at.date())),
                over: match (token.revoked_at, token.expires_at <= now) {
                    (Some(_), _) => "account-token-revoked",
                    (None, true) => "account-token-over",
                    (None, false) => "",
                },
            })
            .collect(),
        fresh,
    })
}

/// A QR code as an SVG element.
fn qr(payload: &str) -> Result<String, Problem> {
    let code = qrcode::QrCode::with_error_correction_level(payload.as_bytes(), qrcode::EcLevel::M)
        .map_err(Problem::internal)?;
    let svg = code
        .render::<qrcode::render::svg::Color<'_>>()
        .min_dimensions(220, 220)
        .dark_color(qrcode::render::svg::Color("#14213D"))
        .light_color(qrcode::render::svg::Color("#FFFFFF"))
        .build();
    // The renderer writes a whole document; a page wants the element alone.
    Ok(svg.split_once("?>").map_or(svg.clone(), |(_, element)| element.to_owned()))
}

pub(super) async fn page(State(app): State<App>, desk: Desk, Query(told): Query<Said>) -> Result<Response, Problem> {
    let viewer = desk.person()?;
    let mut view = view(&app, &desk, viewer, Fresh::default()).await?;
    view.said = told.sentence(desk.words());
    desk.page(&desk.words().t("account"), view.render())
}

#[derive(Deserialize)]
pub(super) struct Act {
    act: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    old: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    again: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    days: String,
    #[serde(default)]
    id: String,
}

/// What became of an act: a sentence on the page it leads back to, or something shown once.
enum Done {
    Said(&'static str),
    Shown(Fresh),
}

pub(super) async fn act(State(app): State<App>, desk: Desk, Form(act): Form<Act>) -> Result<Response, Problem> {
    let viewer = desk.person()?;
    viewer.must_be_in_person()?;
    let w = desk.words();
    match perform(&app, &desk, viewer, &act).await {
        Ok(Done::Said(what)) => {
            let mut response = said("/office/account", what, &[]).into_response();
            if act.act == "profile"
                && let Some(lang) = Lang::from_code(&act.language)
                && let Ok(cookie) = language_cookie(lang, app.is_secure()).parse()
            {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
            Ok(response)
        }
        Ok(Done::Shown(fresh)) => desk.page(&w.t("account"), view(&app, &desk, viewer, fresh).await?.render()),
        Err(problem) if problem.status.is_client_error() && problem.status != StatusCode::NOT_FOUND => {
            let fresh = match act.act.as_str() {
                // The code may be typed again for the same secret.
                "factor-confirm" => offer(&app, viewer).await?,
                _ => Fresh::default(),
            };
            let mut view = view(&app, &desk, viewer, fresh).await?;
            view.mistakes = Some((problem.sentence(desk.lang), Vec::new()));
            let mut response = desk.page(&w.t("account"), view.render())?;
            *response.status_mut() =
                if problem.status == StatusCode::TOO_MANY_REQUESTS { problem.status } else { StatusCode::BAD_REQUEST };
            Ok(response)
        }
        Err(other) => Err(other),
    }
}

/// The secret being set up, to be scanned.
async fn offer(app: &App, viewer: &Viewer) -> Result<Fresh, Problem> {
    let Some(known) = app.store.totp(&viewer.user.id).await?.filter(|known| known.since.is_none()) else {
        return Ok(Fresh::default());
    };
    let site = app.public_url.as_deref().and_then(|url| url.split("://").nth(1)).unwrap_or("dtm");
    let secret = sign_in::open_secret(app, &viewer.user.id, &known.secret);
    let code = qr(&totp::address(&secret, &viewer.user.email, site))?;
    Ok(Fresh { factor: Some((code, secret)), ..Fresh::default() })
}

async fn perform(app: &App, desk: &Desk, viewer: &Viewer, act: &Act) -> Result<Done, Problem> {
    let (user, stamp) = (&viewer.user, viewer.stamp());
    match act.act.as_str() {
        "profile" => {
            if act.name.chars().count() > 200 {
                return Err(Problem::bad_request("bad_name", "The name is too long.", "Le nom est trop long."));
            }
            let language = Lang::from_code(&act.language).or(Some(desk.lang));
            app.store.update_user(&user.id, &act.name, &user.email, language, &stamp).await?;
            Ok(Done::Said("account-saved"))
        }
        "password" if act.new != act.again => Err(Problem::not_alike()),
        "password" => {
            replace_password(app, viewer, act.old.clone(), act.new.clone()).await?;
            Ok(Done::Said("account-password-changed"))
        }
        "factor-begin" => {
            let secret = sign_in::seal_secret(app, &user.id, &totp::fresh_secret());
            app.store.begin_totp(&user.id, &secret, &stamp).await?;
            Ok(Done::Shown(offer(app, viewer).await?))
        }
        "factor-confirm" => {
            let who = (std::net::IpAddr::from([0, 0, 0, 0]), format!("code:{}", user.id));
            app.sign_ins.count(&who, world::now()).map_err(Problem::slow_down)?;
            let known = app.store.totp(&user.id).await?.ok_or_else(Problem::not_found)?;
            let secret = sign_in::open_secret(app, &user.id, &known.secret);
            let step = totp::matching_step(&secret, &act.code, world::now().as_millis(), known.step);
            let step = step.ok_or_else(Problem::wrong_code)?;
            let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| secrets::one_time_password()).collect();
            let hashes: Vec<String> = codes.iter().map(|code| sign_in::recovery_hash(code)).collect();
            app.store.confirm_totp(&user.id, step, &hashes, &stamp).await?;
            app.store.close_sessions(&user.id, &viewer.token_hash, &stamp).await?;
            app.sign_ins.forget(&who);
            Ok(Done::Shown(Fresh { codes, ..Fresh::default() }))
        }
        "factor-off" => {
            sign_in::check_code(app, user, &act.code).await?;
            app.store.drop_totp(&user.id, &stamp).await?;
            Ok(Done::Said("account-factor-dropped"))
        }
        "sessions-end" => {
            app.store.close_sessions(&user.id, &viewer.token_hash, &stamp).await?;
            Ok(Done::Said("account-sessions-ended"))
        }
        "token-new" => {
            let scope = if act.scope == "all" { "all" } else { "read" };
            let days = act.days.trim().parse().unwrap_or(0);
            let (token, secret) = make_token(app, viewer, &act.name, vec![scope.to_owned()], &[], days).await?;
            Ok(Done::Shown(Fresh { token: Some((token.name, secret)), ..Fresh::default() }))
        }
        "token-revoke" => {
            let id = act.id.parse().map_err(|_| Problem::not_found())?;
            app.store.revoke_api_token(&id, &user.id, &stamp).await?;
            Ok(Done::Said("account-token-withdrawn"))
        }
        _ => Err(Problem::not_found()),
    }
}
