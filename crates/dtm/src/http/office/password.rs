//! A password that was forgotten, or is still to be chosen: asking for a link, and the page that the link leads to.

use super::super::guard;
use super::super::password;
use super::super::problem::Problem;
use super::{App, Desk, Said, said};
use askama::Template;
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Form, Router, routing::get};
use dtm_publish::words::Words;
use serde::Deserialize;
use std::net::SocketAddr;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/office/forgotten", get(page).post(ask))
        .route("/office/password/{token}", get(choose).post(set))
}

#[derive(Template)]
#[template(path = "office/forgotten.html")]
struct ForgottenView {
    w: &'static Words,
    said: String,
    problem: String,
    /// Whether this server sends mail.
    mails: bool,
}

fn show(app: &App, desk: &Desk, said: String, problem: Option<&Problem>) -> Result<Response, Problem> {
    let w = desk.words();
    let mails = app.outward.mail.is_some();
    let view =
        ForgottenView { w, said, problem: problem.map(|one| one.sentence(desk.lang)).unwrap_or_default(), mails };
    let mut response = desk.page(&w.t("password-forgotten"), view.render())?;
    if let Some(problem) = problem {
        *response.status_mut() = problem.status;
        if let Some(seconds) = problem.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
    }
    Ok(response)
}

async fn page(State(app): State<App>, desk: Desk, Query(told): Query<Said>) -> Result<Response, Problem> {
    show(&app, &desk, told.sentence(desk.words()), None)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Address {
    email: String,
}

/// Has a link mailed, and says so alike whether anybody has the address.
async fn ask(
    State(app): State<App>,
    desk: Desk,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Form(given): Form<Address>,
) -> Result<Response, Problem> {
    let from = guard::client_address(&app, &headers, peer.ip());
    match password::mail_link(&app, from, &given.email, desk.lang).await {
        Ok(true) => Ok(said("/office/forgotten", "password-link-mailed", &[]).into_response()),
        Ok(false) => show(&app, &desk, String::new(), Some(&Problem::no_mail())),
        Err(problem) if problem.status == StatusCode::TOO_MANY_REQUESTS => {
            show(&app, &desk, String::new(), Some(&problem))
        }
        Err(other) => Err(other),
    }
}

#[derive(Template)]
#[template(path = "office/password.html")]
struct PasswordView {
    w: &'static Words,
    here: String,
    email: String,
    problem: String,
}

/// The page that a link leads to. Looking at it does not use the link up: mail programs look at links, too.
async fn choose(State(app): State<App>, desk: Desk, Path(token): Path<String>) -> Result<Response, Problem> {
    ask_for_one(&app, &desk, &token, None).await
}

async fn ask_for_one(app: &App, desk: &Desk, token: &str, problem: Option<&Problem>) -> Result<Response, Problem> {
    let w = desk.words();
    let owner = match password::owner(app, token).await {
        Ok(owner) => owner,
        // A link that was used, or is too old: another can be asked for.
        Err(over) if over.code == "sign_in_over" => return show(app, desk, String::new(), Some(&Problem::link_over())),
        Err(other) => return Err(other),
    };
    let view = PasswordView {
        w,
        here: format!("/office/password/{}", dtm_publish::page::links::encode(token)),
        email: owner.email,
        problem: problem.map(|one| one.sentence(desk.lang)).unwrap_or_default(),
    };
    let mut response = desk.page(&w.t("password-choose"), view.render())?;
    if let Some(problem) = problem {
        *response.status_mut() = problem.status;
    }
    // The address is a secret: it goes nowhere with the next page.
    let none = header::HeaderValue::from_static("no-referrer");
    response.headers_mut().insert(header::REFERRER_POLICY, none);
    Ok(response)
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct NewPassword {
    new: String,
    again: String,
}

/// Sets the password, ends all sessions of its owner, and leads to the sign-in.
async fn set(
    State(app): State<App>,
    desk: Desk,
    Path(token): Path<String>,
    Form(given): Form<NewPassword>,
) -> Result<Response, Problem> {
    let done = match given.new == given.again {
        true => password::set(&app, &token, given.new).await,
        false => Err(Problem::not_alike()),
    };
    match done {
        Ok(()) => Ok(said("/office/sign-in", "password-set", &[]).into_response()),
        Err(problem) if problem.status == StatusCode::BAD_REQUEST || problem.code == "sign_in_over" => {
            ask_for_one(&app, &desk, &token, Some(&problem)).await
        }
        Err(other) => Err(other),
    }
}
