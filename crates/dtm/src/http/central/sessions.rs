//! Sessions: a password, and a second factor where there is one, becomes a token that lasts a day.
//!
//! As in ODK Central, with one field more: accounts with a second factor send its code (or a recovery code) as `totp`.
//! Without it the answer is 401 `second_factor_required`.

use super::JsonBody;
use super::users::in_session;
use crate::http::sign_in::{self, Begun, SESSION_MS, Visitor};
use crate::http::viewer::{Viewer, cookie_line};
use crate::http::{App, Problem, guard};
use crate::{secrets, world};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use dtm_model::Instant;
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::SocketAddr;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/sessions", post(sign_in).layer(DefaultBodyLimit::max(16 << 10)))
        .route("/v1/sessions/restore", get(restore))
        .route("/v1/sessions/current", delete(sign_out))
        .route("/v1/sessions/{session}", delete(end))
}

#[derive(Deserialize)]
struct Credentials {
    email: Option<String>,
    password: Option<String>,
    #[serde(default)]
    totp: Option<String>,
}

fn session_json(token: Option<&str>, opened_at: Instant, expires_at: Instant) -> Value {
    let mut body = json!({ "createdAt": opened_at.to_string(), "expiresAt": expires_at.to_string() });
    if let Some(token) = token {
        body["token"] = token.into();
    }
    body
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

async fn sign_in(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    JsonBody(given): JsonBody<Credentials>,
) -> Result<Response, Problem> {
    let (Some(email), Some(password)) = (filled(given.email), filled(given.password)) else {
        return Err(Problem::missing_of(&["email", "password"]));
    };
    let from = || Visitor { address: guard::client_address(&app, &headers, peer.ip()), headers: &headers };
    let token = match (sign_in::begin(&app, from(), &email, password).await?, given.totp) {
        (Begun::Open(token), _) => token,
        (Begun::SecondStep(ticket), Some(code)) => sign_in::finish(&app, from(), &ticket, &code).await?,
        (Begun::SecondStep(_), None) => return Err(Problem::second_factor()),
    };
    let now = world::now();
    let body = session_json(Some(&token), now, Instant::from_millis(now.as_millis() + SESSION_MS));
    Ok(([(header::SET_COOKIE, cookie_line(&token, app.is_secure()))], Json(body)).into_response())
}

/// The session that a cookie carries, without its token.
async fn restore(State(app): State<App>, viewer: Viewer) -> Result<Json<Value>, Problem> {
    in_session(&viewer)?;
    let sessions = app.store.sessions_of(&viewer.user.id, world::now()).await?;
    let session = sessions.into_iter().find(|session| session.token_hash == viewer.token_hash);
    let session = session.ok_or_else(Problem::not_found)?;
    Ok(Json(session_json(None, session.opened_at, session.expires_at)))
}

async fn sign_out(State(app): State<App>, viewer: Viewer) -> Result<Response, Problem> {
    app.open_keys.close(&viewer.token_hash);
    app.store.close_session(&viewer.token_hash, &viewer.stamp()).await?;
    Ok(([(header::SET_COOKIE, cookie_line("", app.is_secure()))], Json(json!({ "success": true }))).into_response())
}

/// Ends a session of one's own by its token. Nobody is told whether another's exists.
async fn end(State(app): State<App>, viewer: Viewer, Path(token): Path<String>) -> Result<Json<Value>, Problem> {
    let hash = secrets::hash_token(&token);
    let sessions = app.store.sessions_of(&viewer.user.id, world::now()).await?;
    if !sessions.iter().any(|session| session.token_hash == hash) {
        return Err(Problem::forbidden());
    }
    app.store.close_session(&hash, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}
