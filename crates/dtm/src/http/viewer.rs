//! Who asks: extractors that turn a cookie, a bearer token or a phone's key into a person or a phone.

use super::App;
use super::problem::Problem;
use crate::{secrets, world};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use dtm_store::User;

/// Cookie over TLS, and where the server is reached without (a laptop on its own).
const COOKIES: [&str; 2] = ["__Host-dtm", "dtm"];

/// How long a sign-in lasts.
pub(crate) const SESSION_MS: i64 = 24 * 3_600_000;

/// What a person may do, from the least to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    /// Sees released and unreleased figures, not records.
    Viewer,
    /// Sees records and findings, makes corrections.
    Reviewer,
    /// Runs rounds, forms, phones, releases.
    Officer,
    /// Also people and keys.
    Admin,
}

impl Role {
    pub(crate) const ALL: [Role; 4] = [Role::Viewer, Role::Reviewer, Role::Officer, Role::Admin];

    pub(crate) fn code(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Reviewer => "reviewer",
            Role::Officer => "officer",
            Role::Admin => "admin",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.code() == code)
    }
}

/// A person who has signed in.
#[derive(Clone, Debug)]
pub(crate) struct Viewer {
    pub(crate) user: User,
    pub(crate) role: Role,
    pub(crate) token_hash: String,
}

impl Viewer {
    /// Refuses those below this role.
    pub(crate) fn must_be(&self, least: Role) -> Result<(), Problem> {
        if self.role >= least { Ok(()) } else { Err(Problem::forbidden()) }
    }

    /// The name under which the audit log keeps what this person does.
    pub(crate) fn stamp(&self) -> dtm_store::Stamp {
        dtm_store::Stamp { at: world::now(), by: format!("user:{}", self.user.id) }
    }
}

/// The session token a request carries, by cookie or as a bearer.
pub(crate) fn session_token(headers: &HeaderMap) -> Option<String> {
    cookie_token(headers).or_else(|| {
        let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
        Some(value.strip_prefix("Bearer ")?.trim().to_owned())
    })
}

fn cookie_token(headers: &HeaderMap) -> Option<String> {
    headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|line| line.split(';')).find_map(
        |pair| {
            let (name, value) = pair.trim().split_once('=')?;
            COOKIES.contains(&name).then(|| value.to_owned())
        },
    )
}

pub(crate) fn has_session_cookie(headers: &HeaderMap) -> bool {
    cookie_token(headers).is_some()
}

/// The Set-Cookie line that begins a session, or ends it when the token is empty.
pub(crate) fn cookie_line(token: &str, secure: bool) -> String {
    let (name, flag) = if secure { (COOKIES[0], " Secure;") } else { (COOKIES[1], "") };
    let age = if token.is_empty() { 0 } else { SESSION_MS / 1000 };
    format!("{name}={token}; Path=/; HttpOnly; SameSite=Lax;{flag} Max-Age={age}")
}

impl FromRequestParts<App> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        if let Some(viewer) = parts.extensions.get::<Viewer>() {
            return Ok(viewer.clone());
        }
        let token = session_token(&parts.headers).ok_or_else(Problem::sign_in)?;
        let token_hash = secrets::hash_token(&token);
        let user = app.store.session(&token_hash, world::now()).await?.ok_or_else(Problem::sign_in)?;
        let role = Role::from_code(&user.role).ok_or_else(Problem::forbidden)?;
        let viewer = Viewer { user, role, token_hash };
        parts.extensions.insert(viewer.clone());
        Ok(viewer)
    }
}

/// Somebody, signed in or not.
pub(crate) struct Anybody(pub(crate) Option<Viewer>);

impl FromRequestParts<App> for Anybody {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self(Viewer::from_request_parts(parts, app).await.ok()))
    }
}
