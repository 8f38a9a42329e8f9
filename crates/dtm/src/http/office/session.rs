//! Signing in and out, and the language of the office.

use super::super::central::Appearance;
use super::super::guard;
use super::super::problem::Problem;
use super::super::sign_in::{self, Begun, Visitor};
use super::super::viewer::{Viewer, cookie_line, cookie_value};
use super::{App, Desk, LANGUAGE, Said, local};
use askama::Template;
use axum::Form;
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use dtm_model::Lang;
use dtm_publish::words::Words;
use serde::Deserialize;
use std::net::SocketAddr;

#[derive(Template)]
#[template(path = "office/sign_in.html")]
struct SignInView<'a> {
    w: &'static Words,
    next: &'a str,
    email: &'a str,
    problem: &'a str,
    /// The ticket of a sign-in that waits for its second step; empty for the first.
    ticket: &'a str,
    /// Whether people may sign in with a provider.
    provider: bool,
    /// Whether a forgotten password is replaced by mail.
    mails: bool,
    said: &'a str,
    /// What an administrator had it show.
    shown: Appearance,
}

#[derive(Deserialize, Default)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

struct Shown<'a> {
    next: &'a str,
    email: &'a str,
    problem: &'a str,
    ticket: &'a str,
    said: &'a str,
}

async fn show(app: &App, desk: &Desk, shown: &Shown<'_>) -> Result<Response, Problem> {
    let Shown { next, email, problem, ticket, said } = *shown;
    let mails = app.outward.mail.is_some();
    let provider = app.provider().is_some();
    let view = SignInView {
        w: desk.words(),
        next: local(next),
        email,
        problem,
        ticket,
        provider,
        mails,
        said,
        shown: Appearance::of(app).await?,
    };
    desk.page(&desk.words().t("office-sign-in"), view.render())
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Query(next): Query<Next>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    if desk.viewer.is_some() {
        return Ok(Redirect::to(local(&next.next)).into_response());
    }
    let said = told.sentence(desk.words());
    show(&app, &desk, &Shown { next: &next.next, email: "", problem: "", ticket: "", said: &said }).await
}

#[derive(Deserialize)]
pub(super) struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    /// The second step: its ticket and the code.
    #[serde(default)]
    ticket: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn sign_in(
    State(app): State<App>,
    desk: Desk,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(given): Form<Credentials>,
) -> Result<Response, Problem> {
    let from = Visitor { address: guard::client_address(&app, &headers, peer.ip()), headers: &headers };
    let begun = match given.ticket.as_str() {
        "" => sign_in::begin(&app, from, &given.email, given.password).await,
        ticket => sign_in::finish(&app, from, ticket, &given.code).await.map(Begun::Open),
    };
    match begun {
        Ok(begun) => lead_on(&app, &desk, begun, &given.next).await,
        Err(problem) if matches!(problem.status, StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS) => {
            // A code may be typed again; whatever else failed begins anew.
            let ticket = if problem.code == "sign_in_over" { "" } else { &given.ticket };
            let said = problem.sentence(desk.lang);
            let mut response =
                show(&app, &desk, &Shown { next: &given.next, email: &given.email, problem: &said, ticket, said: "" })
                    .await?;
            *response.status_mut() = problem.status;
            if let Some(seconds) = problem.retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            Ok(response)
        }
        Err(other) => Err(other),
    }
}

/// With an open session to where they wanted to go, else to the second step.
async fn lead_on(app: &App, desk: &Desk, begun: Begun, next: &str) -> Result<Response, Problem> {
    match begun {
        Begun::Open(token) => {
            let cookie = [(header::SET_COOKIE, cookie_line(&token, app.is_secure()))];
            Ok((cookie, Redirect::to(local(next))).into_response())
        }
        Begun::SecondStep(ticket) => {
            show(app, desk, &Shown { next, email: "", problem: "", ticket: &ticket, said: "" }).await
        }
    }
}

/// The cookie that binds a sign-in at the provider to this browser.
const STATE: &str = "dtm-state";

fn state_cookie(state: &str, secure: bool) -> String {
    let secure = if secure { " Secure;" } else { "" };
    let age = if state.is_empty() { 0 } else { 600 };
    format!("{STATE}={state}; Path=/office/sign-in; HttpOnly; SameSite=Lax;{secure} Max-Age={age}")
}

/// Leads to the provider.
pub(super) async fn to_provider(
    State(app): State<App>,
    headers: HeaderMap,
    Query(next): Query<Next>,
) -> Result<Response, Problem> {
    let provider = app.provider().ok_or_else(Problem::not_found)?;
    let (address, state) = provider.begin(&app, &app.base_url(&headers), local(&next.next)).await?;
    Ok(([(header::SET_COOKIE, state_cookie(&state, app.is_secure()))], Redirect::to(&address)).into_response())
}

#[derive(Deserialize)]
pub(super) struct Told {
    #[serde(default)]
    code: String,
    #[serde(default)]
    state: String,
}

/// Where the provider leads back to.
pub(super) async fn from_provider(
    State(app): State<App>,
    desk: Desk,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Query(told): Query<Told>,
) -> Result<Response, Problem> {
    let provider = app.provider().ok_or_else(Problem::not_found)?;
    let is_ours = !told.state.is_empty() && cookie_value(&headers, STATE) == Some(told.state.as_str());
    let ended = match is_ours && !told.code.is_empty() {
        true => provider.end(&app, &app.base_url(&headers), &told.state, told.code).await,
        false => Err(Problem::sign_in_over()),
    };
    let from = Visitor { address: guard::client_address(&app, &headers, peer.ip()), headers: &headers };
    let mut response = match ended {
        Ok((user, next)) => lead_on(&app, &desk, sign_in::go_on(&app, &from, &user).await?, &next).await?,
        Err(problem) => {
            let said = problem.sentence(desk.lang);
            let mut response =
                show(&app, &desk, &Shown { next: "", email: "", problem: &said, ticket: "", said: "" }).await?;
            *response.status_mut() = problem.status;
            response
        }
    };
    if let Ok(cookie) = state_cookie("", app.is_secure()).parse() {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

pub(super) async fn sign_out(State(app): State<App>, viewer: Viewer) -> Result<Response, Problem> {
    app.open_keys.close(&viewer.token_hash);
    app.store.close_session(&viewer.token_hash, &viewer.stamp()).await?;
    Ok(([(header::SET_COOKIE, cookie_line("", app.is_secure()))], Redirect::to("/office/sign-in")).into_response())
}

#[derive(Deserialize)]
pub(super) struct Choice {
    to: String,
    #[serde(default)]
    next: String,
}

/// The Set-Cookie line that keeps a language.
pub(super) fn language_cookie(lang: Lang, secure: bool) -> String {
    let secure = if secure { " Secure;" } else { "" };
    format!("{LANGUAGE}={}; Path=/; HttpOnly; SameSite=Lax;{secure} Max-Age=31536000", lang.code())
}

pub(super) async fn language(State(app): State<App>, Query(choice): Query<Choice>) -> Result<Response, Problem> {
    let lang = Lang::from_code(&choice.to).ok_or_else(Problem::not_found)?;
    let cookie = language_cookie(lang, app.is_secure());
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(local(&choice.next))).into_response())
}
