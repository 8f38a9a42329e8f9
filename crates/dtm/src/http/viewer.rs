//! Who asks: extractors that turn a cookie, a bearer token or a phone's key into a person or a phone.

use super::App;
use super::problem::Problem;
use super::scope::{Origin, Scope};
use super::sign_in::{self, SESSION_MS};
use crate::journey::opening::Keyring;
use crate::{secrets, world};
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use dtm_model::{Atlas, Exercise, Grant, Held, Operation, OperationId, Pcode, Role, Sees, Sight};
pub(crate) use dtm_model::{On, Verb};
use dtm_store::{ApiToken, Form, Stamp, User};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Cookie over TLS, and where the server is reached without (a laptop on its own).
const COOKIES: [&str; 2] = ["__Host-dtm", "dtm"];

/// A person who has signed in, and what they were given.
#[derive(Clone)]
pub(crate) struct Viewer {
    pub(crate) user: User,
    pub(crate) grants: Arc<[Grant]>,
    /// The hash of the session's token; empty where no session is open.
    pub(crate) token_hash: String,
    /// The token of a program that acts in this person's name, and narrows what they may.
    token: Option<Arc<ApiToken>>,
    /// What this person has to do before anything else; until then they may nothing.
    pub(crate) due: Option<Due>,
    /// What the request says about itself, for the audit log.
    notes: Option<Arc<str>>,
}

/// What a request says about itself in `X-Action-Notes`, percent-encoded; the audit log keeps it with all that the
/// request changes.
fn notes(headers: &HeaderMap) -> Option<Arc<str>> {
    const LONGEST: usize = 2_000;
    let given = headers.get("x-action-notes")?;
    let text = percent_encoding::percent_decode(given.as_bytes()).decode_utf8_lossy();
    let text: String = text.trim().chars().filter(|c| !c.is_control() || *c == '\n').take(LONGEST).collect();
    (!text.is_empty()).then(|| text.into())
}

/// What somebody has to do before anything else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Replace the password that somebody else gave them.
    Password,
    /// Set up a second factor, as this server asks of their role.
    SecondFactor,
}

/// The name of the policy that says of whom a second factor is asked.
pub(crate) const SECOND_FACTOR: &str = "second_factor";

/// Where an address leads, as far as it leads: to the form, else to its operation, else to the server alone. Who may not
/// do a thing there is refused alike whether what the address names exists or not.
pub(crate) fn reached<'a>(operation: Option<&'a Operation>, form: Option<&'a Form>) -> On<'a> {
    match (operation, form) {
        (_, Some(form)) => On::Form(&form.operation, &form.id),
        (Some(operation), None) => On::Project(&operation.id),
        (None, None) => On::Site,
    }
}

/// Whether a token's scope holds this act there.
fn holds(token: &ApiToken, verb: Verb, on: On<'_>) -> bool {
    let in_scope = token.verbs.iter().any(|scope| match scope.as_str() {
        "all" => true,
        "read" => verb.only_reads(),
        scope => scope == verb.code(),
    });
    let in_place = token.operations.is_empty()
        || match on {
            On::Site => false,
            On::Project(operation) | On::Form(operation, _) => token.operations.contains(operation),
        };
    in_scope && in_place
}

impl Viewer {
    /// Whether this person may do this there, wholly: acts on rows are refused to those who may do them on some rows
    /// only; ask for their [`Scope`].
    pub(crate) fn can(&self, verb: Verb, on: On<'_>) -> bool {
        self.is_free(verb, on) && self.grants.iter().any(|grant| grant.allows(verb, on))
    }

    /// Whether nothing but their roles keeps this person from doing this there.
    fn is_free(&self, verb: Verb, on: On<'_>) -> bool {
        self.due.is_none() && self.token.as_ref().is_none_or(|token| holds(token, verb, on))
    }

    /// The refusal that says what to do, where there is something.
    fn refusal(&self) -> Problem {
        self.due.map_or_else(Problem::forbidden, Due::problem)
    }

    /// Refuses programs that act in this person's name: passwords, second factors and tokens are for the person.
    pub(crate) fn must_be_in_person(&self) -> Result<(), Problem> {
        if self.token_hash.is_empty() { Err(Problem::in_person()) } else { Ok(()) }
    }

    async fn with_grants(app: &App, user: User, token_hash: String, token: Option<ApiToken>) -> Result<Self, Problem> {
        let grants: Arc<[Grant]> = app.store.grants_of(&user.id).await?.into();
        let leads = grants.iter().any(|grant| matches!(grant.role, Role::Admin | Role::Manager));
        let due = if user.one_time {
            Some(Due::Password)
        } else if leads && user.totp_since.is_none() && app.asks_second_factor(&grants).await? {
            Some(Due::SecondFactor)
        } else {
            None
        };
        Ok(Self { user, grants, token_hash, token: token.map(Arc::new), due, notes: None })
    }

    /// Refuses what this person may not do there. See [`Viewer::can`].
    pub(crate) fn may(&self, verb: Verb, on: On<'_>) -> Result<(), Problem> {
        if self.can(verb, on) { Ok(()) } else { Err(self.refusal()) }
    }

    /// The answer to somebody who names what is not there: only those who could reach any such thing there are told.
    pub(crate) fn absent(&self, verb: Verb, on: On<'_>) -> Problem {
        if self.can_partly(verb, on) { Problem::not_found() } else { self.refusal() }
    }

    /// Whether this person may do this on some rows there at least.
    pub(crate) fn can_partly(&self, verb: Verb, on: On<'_>) -> bool {
        self.is_free(verb, on) && self.grants.iter().any(|grant| grant.sight(verb, on).is_some())
    }

    /// Whether some role shows this person the figures of every area there.
    pub(crate) fn sees_everywhere(&self, on: On<'_>) -> bool {
        let mut sights = self.grants.iter().filter_map(|grant| grant.sight(Verb::RoundRead, on));
        sights.any(|sight| sight.areas.is_empty())
    }

    /// The areas whose places and figures this person sees there; none where some role shows all of them.
    pub(crate) fn areas_seen(&self, on: On<'_>) -> Option<Vec<Pcode>> {
        joined(
            self.grants.iter().filter_map(|grant| grant.sight(Verb::RoundRead, on)).map(|sight| sight.areas).collect(),
        )
    }

    /// The rows and answers of a form that this person may do this with; a refusal where there are none.
    pub(crate) async fn scope(&self, app: &App, verb: Verb, form: &Form) -> Result<Scope, Problem> {
        let sights = self.sights(verb, On::Form(&form.operation, &form.id))?;
        let (operation, exercise) = self.place(app, form).await?;
        let origin =
            Origin { operation: &operation, exercise: &exercise, form_key: &form.xml_form_id, form: Some(&form.id) };
        Scope::new(app, sights, self.actor(), &origin).await
    }

    /// The same for the tables that were imported into an exercise.
    pub(crate) async fn scope_of_tables(
        &self,
        app: &App,
        verb: Verb,
        operation: &Operation,
        exercise: &Exercise,
    ) -> Result<Scope, Problem> {
        let sights = self.sights(verb, On::Project(&operation.id))?;
        let origin = Origin { operation, exercise, form_key: crate::journey::settle::TABLE_FORM, form: None };
        Scope::new(app, sights, self.actor(), &origin).await
    }

    fn sights(&self, verb: Verb, on: On<'_>) -> Result<Vec<Sight>, Problem> {
        let sights: Vec<Sight> = match self.is_free(verb, on) {
            true => self.grants.iter().filter_map(|grant| grant.sight(verb, on)).collect(),
            false => Vec::new(),
        };
        if sights.is_empty() { Err(self.refusal()) } else { Ok(sights) }
    }

    /// The areas in which this person may do this to rows that no form describes (entities); none where some role gives
    /// all of them. What nobody classified is secret, so a role that shows less than everything shows nothing here.
    pub(crate) fn areas(&self, verb: Verb, on: On<'_>) -> Result<Option<Vec<Pcode>>, Problem> {
        let sights = self.sights(verb, on)?.into_iter().filter(|sight| sight.sees == Sees::Secret && !sight.own_only);
        let areas: Vec<Vec<Pcode>> = sights.map(|sight| sight.areas).collect();
        if areas.is_empty() { Err(self.refusal()) } else { Ok(joined(areas)) }
    }

    /// Refuses who may not sign for all of these areas: a role that is narrowed to areas signs for these alone.
    pub(crate) async fn must_sign(
        &self,
        app: &App,
        operation: &Operation,
        areas: &[Pcode],
    ) -> Result<Arc<Atlas>, Problem> {
        let mine = self.areas(Verb::RoundSign, On::Project(&operation.id))?;
        let atlas = app.editions.atlas(&app.store, &operation.admin0).await?;
        let is_mine = |area: &Pcode| mine.as_ref().is_none_or(|mine| atlas.is_within(area, mine));
        if areas.iter().all(is_mine) { Ok(atlas) } else { Err(Problem::forbidden()) }
    }

    /// The areas in which this person fills in forms of an operation; none where some role gives all of them.
    pub(crate) fn areas_to_fill(&self, operation: &OperationId) -> Option<Vec<Pcode>> {
        let fills = self.grants.iter().filter(|grant| grant.role.may(Verb::SubmissionCreate));
        let here = fills.filter(|grant| match &grant.held {
            Held::Site => true,
            Held::Project(held) | Held::Form(held, _) => held == operation,
        });
        joined(here.map(|grant| grant.areas.clone()).collect())
    }

    async fn place(&self, app: &App, form: &Form) -> Result<(Operation, Exercise), Problem> {
        let operation = app.store.operation(&form.operation).await?.ok_or_else(Problem::not_found)?;
        let exercise = app.store.exercise(&form.exercise).await?.ok_or_else(Problem::not_found)?;
        Ok((operation, exercise))
    }

    /// Everything this person may do at a place, for clients that ask beforehand.
    pub(crate) fn verbs(&self, on: On<'_>) -> Vec<Verb> {
        Verb::ALL.iter().copied().filter(|verb| self.can_partly(*verb, on)).collect()
    }

    /// The keys that this session has open for the submissions of a form, about to be used for this; the use is noted.
    pub(crate) async fn keys(&self, app: &App, form: &Form, what: &str) -> Result<Keyring, Problem> {
        if !self.can(Verb::SubmissionUnlock, On::Form(&form.operation, &form.id)) {
            return Ok(Keyring::default());
        }
        let ring = Keyring::of_session(app, &form.id, &self.token_hash).await?;
        ring.note(&app.store, &format!("{}/{what}", form.id), &self.stamp()).await?;
        Ok(ring)
    }

    /// The name under which this person stands in the audit log and beside what they sent.
    pub(crate) fn actor(&self) -> String {
        format!("user:{}", self.user.id)
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
        Stamp::new(world::now(), self.actor()).with_notes(self.notes.clone())
    }
}

/// The areas of several roles together; none where one of them is not narrowed.
fn joined(areas: Vec<Vec<Pcode>>) -> Option<Vec<Pcode>> {
    let narrowed = areas.iter().all(|areas| !areas.is_empty());
    narrowed.then(|| areas.into_iter().flatten().collect::<BTreeSet<_>>().into_iter().collect())
}

impl Due {
    /// The refusal that says what is due.
    pub(crate) fn problem(self) -> Problem {
        match self {
            Due::Password => Problem::password_due(),
            Due::SecondFactor => Problem::second_factor_due(),
        }
    }
}

impl App {
    /// Whether a second factor is asked of people with these roles.
    pub(crate) async fn asks_second_factor(&self, grants: &[Grant]) -> Result<bool, Problem> {
        let policies = self.store.policies().await?;
        Ok(match policies.get(SECOND_FACTOR).map(String::as_str) {
            Some("managers") => grants.iter().any(|grant| matches!(grant.role, Role::Admin | Role::Manager)),
            Some("admins") => grants.iter().any(|grant| grant.role == Role::Admin),
            _ => false,
        })
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

/// The credentials of HTTP Basic, still encoded.
fn basic(headers: &HeaderMap) -> Option<&str> {
    Some(headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?.trim())
}

pub(crate) fn has_bearer(headers: &HeaderMap) -> bool {
    bearer(headers).is_some()
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='))
}

/// The value of a cookie.
pub(crate) fn cookie_value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    cookies(headers).find(|(known, _)| *known == name).map(|(_, value)| value)
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
        let credentials = basic(&parts.headers).filter(|_| parts.uri.path().starts_with("/v1/")).map(str::to_owned);
        let mut viewer = if let Some(credentials) = credentials {
            let from = sign_in::Visitor { address: sign_in::address_of(app, parts), headers: &parts.headers };
            let user = sign_in::by_basic(app, from, &credentials).await?;
            Viewer::with_grants(app, user, String::new(), None).await?
        } else {
            let token = session_token(&parts.headers, app.is_secure()).ok_or_else(Problem::sign_in)?;
            if token.starts_with(sign_in::API_TOKEN) {
                let (token, user) = sign_in::by_api_token(app, &token).await?;
                Viewer::with_grants(app, user, String::new(), Some(token)).await?
            } else {
                let token_hash = secrets::hash_token(&token);
                let user = app.store.session(&token_hash, world::now()).await?.ok_or_else(Problem::sign_in)?;
                Viewer::with_grants(app, user, token_hash, None).await?
            }
        };
        viewer.notes = notes(&parts.headers);
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
