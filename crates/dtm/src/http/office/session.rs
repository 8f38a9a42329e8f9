//! Signing in and out, and the language of the office.

use super::super::central::authenticate;
use super::super::guard;
use super::super::problem::Problem;
use super::super::viewer::{Viewer, cookie_line};
use super::{App, Desk, LANGUAGE, local};
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
}

#[derive(Deserialize, Default)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

fn show(desk: &Desk, next: &str, email: &str, problem: &str) -> Result<Response, Problem> {
    let view = SignInView { w: desk.words(), next: local(next), email, problem };
    desk.page(&desk.words().t("office-sign-in"), view.render())
}

pub(super) async fn page(desk: Desk, Query(next): Query<Next>) -> Result<Response, Problem> {
    if desk.viewer.is_some() {
        return Ok(Redirect::to(local(&next.next)).into_response());
    }
    show(&desk, &next.next, "", "")
}

#[derive(Deserialize)]
pub(super) struct Credentials {
    email: String,
    password: String,
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
    let address = guard::client_address(&app, &headers, peer.ip());
    match authenticate(&app, address, &given.email, given.password).await {
        Ok((token, _)) => {
            let cookie = [(header::SET_COOKIE, cookie_line(&token, app.is_secure()))];
            Ok((cookie, Redirect::to(local(&given.next))).into_response())
        }
        Err(problem) if matches!(problem.status, StatusCode::UNAUTHORIZED | StatusCode::TOO_MANY_REQUESTS) => {
            let mut response = show(&desk, &given.next, &given.email, problem.message.get(desk.lang))?;
            *response.status_mut() = problem.status;
            if let Some(seconds) = problem.retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            Ok(response)
        }
        Err(other) => Err(other),
    }
}

pub(super) async fn sign_out(State(app): State<App>, viewer: Viewer) -> Result<Response, Problem> {
    app.store.close_session(&viewer.token_hash, &viewer.stamp()).await?;
    Ok(([(header::SET_COOKIE, cookie_line("", app.is_secure()))], Redirect::to("/office/sign-in")).into_response())
}

#[derive(Deserialize)]
pub(super) struct Choice {
    to: String,
    #[serde(default)]
    next: String,
}

pub(super) async fn language(State(app): State<App>, Query(choice): Query<Choice>) -> Result<Response, Problem> {
    let lang = Lang::from_code(&choice.to).ok_or_else(Problem::not_found)?;
    let secure = if app.is_secure() { " Secure;" } else { "" };
    let cookie = format!("{LANGUAGE}={}; Path=/; HttpOnly; SameSite=Lax;{secure} Max-Age=31536000", lang.code());
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(local(&choice.next))).into_response())
}
