//! Sessions: a password becomes a token that lasts a day.

use crate::http::viewer::{SESSION_MS, Viewer, cookie_line};
use crate::http::{App, Problem, guard};
use crate::{secrets, world};
use axum::extract::{ConnectInfo, DefaultBodyLimit, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use std::net::{IpAddr, SocketAddr};
use tokio::sync::Semaphore;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/sessions", post(sign_in).layer(DefaultBodyLimit::max(16 << 10)))
        .route("/v1/sessions/current", delete(sign_out))
}

#[derive(Deserialize)]
struct Credentials {
    email: String,
    password: String,
}

/// Passwords checked at once; each check takes 19 MB and a core for a while.
static CHECKS: Semaphore = Semaphore::const_new(4);

/// Checks a password without telling how it failed, and slows guessing: by account and address, so that nobody else
/// can lock an owner out, and by address whatever the account.
pub(crate) async fn authenticate(
    app: &App,
    address: IpAddr,
    email: &str,
    password: String,
) -> Result<(String, dtm_store::User), Problem> {
    let email = email.trim().to_lowercase();
    let now = world::now();
    let who = (address, email.chars().take(320).collect());
    // Counted before the check, so that guesses sent at once are counted too.
    app.sign_ins.count(&who, now).map_err(Problem::slow_down)?;
    if let Some(seconds) = app.strangers.is_over(&address, now) {
        return Err(Problem::slow_down(seconds));
    }
    let user = match email.contains('\0') {
        true => None,
        false => app.store.user_by_email(&email).await?,
    };
    let user = user.filter(|user| user.removed_at.is_none());
    let hash = user.as_ref().map(|user| user.password_hash.clone()).filter(|hash| !hash.is_empty());
    let turn = CHECKS.acquire().await;
    let matches = tokio::task::spawn_blocking(move || secrets::password_matches(&password, hash.as_deref()))
        .await
        .map_err(Problem::internal)?;
    drop(turn);
    let Some(user) = user.filter(|_| matches) else {
        let _ = app.strangers.count(&address, now);
        return Err(Problem::wrong_sign_in());
    };
    app.sign_ins.forget(&who);
    let token = secrets::token();
    let expires = dtm_model::Instant::from_millis(now.as_millis() + SESSION_MS);
    app.store
        .open_session(
            &secrets::hash_token(&token),
            &user.id,
            "",
            expires,
            &dtm_store::Stamp::new(now, format!("user:{}", user.id)),
        )
        .await?;
    Ok((token, user))
}

async fn sign_in(
    State(app): State<App>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(given): Json<Credentials>,
) -> Result<Response, Problem> {
    let address = guard::client_address(&app, &headers, peer.ip());
    let (token, _) = authenticate(&app, address, &given.email, given.password).await?;
    let now = world::now();
    let expires = dtm_model::Instant::from_millis(now.as_millis() + SESSION_MS);
    let body = json!({ "token": token, "createdAt": now.to_string(), "expiresAt": expires.to_string() });
    Ok(([(header::SET_COOKIE, cookie_line(&token, app.is_secure()))], Json(body)).into_response())
}

async fn sign_out(State(app): State<App>, viewer: Viewer) -> Result<Response, Problem> {
    app.store.close_session(&viewer.token_hash, &viewer.stamp()).await?;
    Ok(([(header::SET_COOKIE, cookie_line("", app.is_secure()))], Json(json!({ "success": true }))).into_response())
}
