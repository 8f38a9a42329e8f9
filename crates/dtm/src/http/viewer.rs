//! Who asks: extractors that turn a cookie, a bearer token or a phone's key into a person or a phone.

use super::App;
use super::problem::Problem;
use crate::{secrets, world};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
pub(crate) use dtm_model::Verb;
use dtm_model::{FormId, OperationId};
use dtm_store::{Role, Stamp, User};

/// Cookie over TLS, and where the server is reached without (a laptop on its own).
const COOKIES: [&str; 2] = ["__Host-dtm", "dtm"];

/// How long a sign-in lasts.
pub(crate) const SESSION_MS: i64 = 24 * 3_600_000;

/// What an act would touch.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On<'a> {
    /// Everything on this server.
    Site,
    /// An operation and all in it.
    Project(&'a OperationId),
    /// One form of an operation.
    Form(&'a OperationId, &'a FormId),
}

/// A person who has signed in.
#[derive(Clone)]
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

    /// Refuses what this person may not do there.
    pub(crate) async fn may(&self, _app: &App, verb: Verb, _on: On<'_>) -> Result<(), Problem> {
        use Verb::*;
        self.must_be(match verb {
            ProjectRead | FormList | FormRead | DatasetRead | DatasetList | RoundRead => Role::Viewer,
            SubmissionList | SubmissionRead | SubmissionReview | EntityList | EntityRead => Role::Reviewer,
            ProjectCreate | ProjectDelete | UserCreate | UserList | UserRead | UserUpdate | UserDelete | AuditRead => {
                Role::Admin
            }
            _ => Role::Officer,
        })
    }

    /// Notes in the audit log that this person looked at what is about people. A log that cannot be written (a full
    /// disk) does not keep a reviewer from reading.
    pub(crate) async fn saw(&self, app: &App, subject: impl std::fmt::Display) {
        if let Err(error) = app.store.note_seen(&subject.to_string(), &self.stamp()).await {
            tracing::error!(%error, %subject, "a view could not be noted in the audit log");
        }
    }

    /// The name under which the audit log keeps what this person does.
    pub(crate) fn stamp(&self) -> Stamp {
        Stamp::new(world::now(), format!("user:{}", self.user.id))
    }
}

/// The session token a request carries, as a bearer or by cookie.
fn session_token(headers: &HeaderMap, secure: bool) -> Option<String> {
    if let Some(token) = bearer(headers) {
        return Some(token.to_owned());
    }
    // Over TLS only the cookie that no neighbouring site can set counts.
    let name = COOKIES[usize::from(!secure)];
    cookies(headers).find(|(known, _)| *known == name).map(|(_, token)| token.to_owned())
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    Some(headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?.trim())
}

pub(crate) fn has_bearer(headers: &HeaderMap) -> bool {
    bearer(headers).is_some()
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

pub(crate) fn has_session_cookie(headers: &HeaderMap) -> bool {
    cookies(headers).any(|(name, _)| COOKIES.contains(&name))
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
        let token = session_token(&parts.headers, app.is_secure()).ok_or_else(Problem::sign_in)?;
        let token_hash = secrets::hash_token(&token);
        let user = app.store.session(&token_hash, world::now()).await?.ok_or_else(Problem::sign_in)?;
        let viewer = Viewer { role: user.role, user, token_hash };
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
