//! People, as Central's clients know them, and the tokens of one's own programs.
//!
//! Where this server sends mail, whoever is added without a password is mailed an invitation, and
//! `POST /v1/users/reset/initiate` mails a link, answering alike for known and unknown addresses. Where it sends none, the
//! administrator is shown what to pass on: a `oneTimePassword`, and the `token` of a link that is good for a day and once;
//! whoever is no administrator is told to ask one.

use super::assignments::kept_administrator;
use super::{Extended, JsonBody, number};
use crate::http::sign_in::{self, API_TOKEN};
use crate::http::viewer::{Anybody, On, Viewer};
use crate::http::{App, Problem, guard, password, reader_language};
use crate::journey::outbox;
use crate::{secrets, world};
use axum::extract::{ConnectInfo, Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{delete, get, post, put};
use axum::{Json, Router};
use dtm_model::{ApiTokenId, Instant, Lang, Text, UserId, Verb};
use dtm_store::{ApiToken, MessageKind, User};
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::SocketAddr;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/v1/users", get(list).post(create))
        .route("/v1/users/current", get(current))
        .route("/v1/users/current/tokens", get(tokens).post(new_token))
        .route("/v1/users/current/tokens/{id}", delete(revoke_token))
        .route("/v1/users/reset/initiate", post(begin_reset))
        .route("/v1/users/reset/verify", post(finish_reset))
        .route("/v1/users/{user}", get(show).patch(change).delete(remove))
        .route("/v1/users/{user}/password", put(change_password))
}

/// A person as Central's `User`.
pub(super) fn actor_json(user: &User) -> Value {
    json!({
        "id": number(&user.id), "type": "user",
        "displayName": if user.name.is_empty() { &user.email } else { &user.name }, "email": user.email,
        "createdAt": user.created_at.to_string(), "updatedAt": user.updated_at.map(|at| at.to_string()),
        "deletedAt": user.removed_at.map(|at| at.to_string()),
        "lastLoginAt": user.signed_in_at.map(|at| at.to_string()),
    })
}

/// The person that an address names by number, id or e-mail address.
pub(super) async fn find(app: &App, named: &str) -> Result<User, Problem> {
    let users = app.store.users().await?;
    let found = users.into_iter().find(|user| {
        number(&user.id).to_string() == named || user.id.to_string() == named || user.email == named.to_lowercase()
    });
    found.ok_or_else(Problem::not_found)
}

/// Refuses those without a session of their own.
pub(super) fn in_session(viewer: &Viewer) -> Result<(), Problem> {
    viewer.must_be_in_person()
}

async fn current(State(app): State<App>, viewer: Viewer, Extended(extended): Extended) -> Result<Json<Value>, Problem> {
    let mut body = actor_json(&viewer.user);
    if extended {
        body["verbs"] = viewer.verbs(On::Site).into_iter().map(Verb::code).collect::<Vec<_>>().into();
        body["preferences"] = super::preferences::of(&app, &viewer).await?;
    }
    Ok(Json(body))
}

#[derive(Deserialize)]
struct Sought {
    #[serde(default)]
    q: String,
}

/// Everybody, for administrators; whoever gives roles in an operation finds people by their whole address.
async fn list(State(app): State<App>, viewer: Viewer, Query(sought): Query<Sought>) -> Result<Json<Value>, Problem> {
    let wanted = sought.q.trim().to_lowercase();
    let lists = viewer.can(Verb::UserList, On::Site);
    let gives = viewer.grants.iter().any(|grant| viewer.can(Verb::AssignmentCreate, grant.held.on()));
    if !lists && !gives {
        viewer.may(Verb::UserList, On::Site)?;
    }
    let mut users = app.store.users().await?;
    users.retain(|user| match lists {
        true => wanted.is_empty() || user.email.contains(&wanted) || user.name.to_lowercase().contains(&wanted),
        false => user.email == wanted,
    });
    Ok(Json(users.iter().map(actor_json).collect::<Vec<_>>().into()))
}

#[derive(Deserialize)]
struct NewUser {
    email: String,
    #[serde(default)]
    password: Option<String>,
    #[serde(default, rename = "displayName")]
    display_name: String,
}

/// Whether a text can be an e-mail address.
pub(crate) fn looks_like_address(text: &str) -> bool {
    let text = text.trim();
    let parts = text.split_once('@');
    parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'))
        && text.len() <= 320
        && !text.chars().any(|c| c.is_whitespace() || c.is_control())
}

fn bad_address() -> Problem {
    Problem::bad_request("bad_email", "This is not an e-mail address.", "Ce n’est pas une adresse électronique.")
}

fn bad_name() -> Problem {
    Problem::bad_request("bad_name", "The name is too long.", "Le nom est trop long.")
}

/// How somebody who was added comes to their password.
pub(crate) enum Welcome {
    /// It was given with them.
    Given,
    /// A link was mailed to them.
    Mailed,
    /// It is to be passed on, and replaced by its owner.
    OneTime(String),
}

/// Adds a person without any role.
pub(crate) async fn add_person(
    app: &App,
    viewer: &Viewer,
    email: &str,
    name: &str,
    password: Option<String>,
    lang: Lang,
) -> Result<(User, Welcome), Problem> {
    if !looks_like_address(email) {
        return Err(bad_address());
    }
    if name.chars().count() > 200 {
        return Err(bad_name());
    }
    let given = password.filter(|password| !password.is_empty());
    if let Some(password) = &given {
        sign_in::must_be_strong(password, email)?;
    }
    let stamp = viewer.stamp();
    let user = |hash, one_time| User { one_time, ..User::new(world::fresh(UserId::new), email, name, hash, stamp.at) };
    let invitation = outbox::link_mail(app, MessageKind::Invitation, email, lang);
    let (secret, messages, welcome) = match (given, invitation) {
        (Some(password), _) => (password, Vec::new(), Welcome::Given),
        (None, Some(invitation)) => (secrets::one_time_password(), vec![invitation], Welcome::Mailed),
        (None, None) => {
            let password = secrets::one_time_password();
            (password.clone(), Vec::new(), Welcome::OneTime(password))
        }
    };
    let user = user(hashed(secret).await?, !matches!(welcome, Welcome::Given));
    app.store.create_user(&user, &[], &messages, &stamp).await?;
    Ok((user, welcome))
}

/// The hash of a new password, made off the threads that answer requests.
pub(crate) async fn hashed(password: String) -> Result<String, Problem> {
    let hash = tokio::task::spawn_blocking(move || secrets::hash_password(&password)).await;
    Ok(hash.map_err(Problem::internal)??)
}

async fn create(
    State(app): State<App>,
    viewer: Viewer,
    headers: HeaderMap,
    JsonBody(new): JsonBody<NewUser>,
) -> Result<Json<Value>, Problem> {
    viewer.may(Verb::UserCreate, On::Site)?;
    let lang = reader_language(&headers);
    let (user, welcome) = add_person(&app, &viewer, &new.email, &new.display_name, new.password, lang).await?;
    let mut body = actor_json(&user);
    if let Welcome::OneTime(password) = welcome {
        body["oneTimePassword"] = password.into();
    }
    Ok(Json(body))
}

/// The person an address names, for themselves and for those who may do this with people.
async fn theirs(app: &App, viewer: &Viewer, verb: Verb, named: &str) -> Result<User, Problem> {
    let is_self = [number(&viewer.user.id).to_string(), viewer.user.id.to_string()].contains(&named.to_owned());
    if !is_self {
        viewer.may(verb, On::Site)?;
    } else if verb != Verb::UserRead {
        viewer.must_be_in_person()?;
    }
    find(app, named).await
}

async fn show(State(app): State<App>, viewer: Viewer, Path(user): Path<String>) -> Result<Json<Value>, Problem> {
    Ok(Json(actor_json(&theirs(&app, &viewer, Verb::UserRead, &user).await?)))
}

#[derive(Deserialize)]
struct Change {
    #[serde(default)]
    email: Option<String>,
    #[serde(default, rename = "displayName")]
    display_name: Option<String>,
}

async fn change(
    State(app): State<App>,
    viewer: Viewer,
    Path(user): Path<String>,
    JsonBody(change): JsonBody<Change>,
) -> Result<Json<Value>, Problem> {
    let user = theirs(&app, &viewer, Verb::UserUpdate, &user).await?;
    let email = change.email.unwrap_or_else(|| user.email.clone());
    let name = change.display_name.unwrap_or_else(|| user.name.clone());
    if !looks_like_address(&email) {
        return Err(bad_address());
    }
    if name.chars().count() > 200 {
        return Err(bad_name());
    }
    // The address decides who a provider's account is linked to: it is not for its owner alone to say.
    if email.trim().to_lowercase() != user.email {
        viewer.may(Verb::UserUpdate, On::Site)?;
    }
    app.store.update_user(&user.id, &name, &email, user.language, &viewer.stamp()).await?;
    Ok(Json(actor_json(&find(&app, &user.id.to_string()).await?)))
}

async fn remove(State(app): State<App>, viewer: Viewer, Path(user): Path<String>) -> Result<Json<Value>, Problem> {
    viewer.may(Verb::UserDelete, On::Site)?;
    let user = find(&app, &user).await?;
    app.store.remove_user(&user.id, &viewer.stamp()).await.map_err(kept_administrator)?;
    Ok(Json(json!({ "success": true })))
}

#[derive(Deserialize)]
struct Passwords {
    old: String,
    new: String,
}

/// Replaces one's own password: the old one has to be right, and all other sessions end.
pub(crate) async fn replace_password(app: &App, viewer: &Viewer, old: String, new: String) -> Result<(), Problem> {
    viewer.must_be_in_person()?;
    let user = &viewer.user;
    let who = (std::net::IpAddr::from([0, 0, 0, 0]), format!("old:{}", user.id));
    app.sign_ins.count(&who, world::now()).map_err(Problem::slow_down)?;
    let hash = Some(user.password_hash.clone()).filter(|hash| !hash.is_empty());
    if !sign_in::password_matches(old.clone(), hash).await? {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "wrong_old_password",
            401.2,
            Text::both("The old password is not right.", "L’ancien mot de passe n’est pas le bon."),
        ));
    }
    sign_in::must_be_strong(&new, &user.email)?;
    if old == new {
        return Err(Problem::bad_request(
            "same_password",
            "The new password is the old one.",
            "Le nouveau mot de passe est l’ancien.",
        ));
    }
    app.sign_ins.forget(&who);
    app.store
        .set_password(&user.id, &hashed(new).await?, false, Some(&viewer.token_hash), &[], &viewer.stamp())
        .await?;
    Ok(())
}

async fn change_password(
    State(app): State<App>,
    viewer: Viewer,
    Path(user): Path<String>,
    JsonBody(given): JsonBody<Passwords>,
) -> Result<Json<Value>, Problem> {
    let user = theirs(&app, &viewer, Verb::UserUpdate, &user).await?;
    if user.id != viewer.user.id {
        // Nobody knows another's old password; an administrator resets it.
        return Err(Problem::forbidden());
    }
    replace_password(&app, &viewer, given.old, given.new).await?;
    Ok(Json(json!({ "success": true })))
}

/// Gives a person a password that is good for one sign-in, and ends their sessions.
pub(crate) async fn one_time_password(app: &App, viewer: &Viewer, user: &User) -> Result<String, Problem> {
    let password = secrets::one_time_password();
    app.store.set_password(&user.id, &hashed(password.clone()).await?, true, None, &[], &viewer.stamp()).await?;
    Ok(password)
}

#[derive(Deserialize)]
struct Reset {
    email: String,
}

#[derive(Deserialize, Default)]
struct ResetHow {
    #[serde(default)]
    invalidate: String,
}

async fn begin_reset(
    State(app): State<App>,
    Anybody(viewer): Anybody,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Query(how): Query<ResetHow>,
    headers: HeaderMap,
    JsonBody(reset): JsonBody<Reset>,
) -> Result<Json<Value>, Problem> {
    let lang = reader_language(&headers);
    let invalidate = how.invalidate.eq_ignore_ascii_case("true");
    if app.outward.mail.is_some() {
        if !invalidate {
            let from = guard::client_address(&app, &headers, peer.ip());
            password::mail_link(&app, from, &reset.email, lang).await?;
        } else {
            let viewer = viewer.ok_or_else(Problem::sign_in)?;
            viewer.may(Verb::UserUpdate, On::Site)?;
            let user = find(&app, reset.email.trim()).await?;
            password::replace_by_mail(&app, &viewer, &user, lang).await?;
        }
        return Ok(Json(json!({ "success": true })));
    }
    let Some(viewer) = viewer.filter(|viewer| viewer.can(Verb::UserUpdate, On::Site)) else {
        return Err(Problem::no_mail());
    };
    let user = find(&app, reset.email.trim()).await?;
    if invalidate {
        one_time_password(&app, &viewer, &user).await?;
    }
    let (token, expires) = password::token(&app, &user).await?;
    Ok(Json(json!({ "success": true, "token": token, "expiresAt": expires.to_string(), "mailed": false })))
}

#[derive(Deserialize)]
struct NewPassword {
    new: String,
}

/// Sets the password with the token of a reset as bearer.
async fn finish_reset(
    State(app): State<App>,
    headers: HeaderMap,
    JsonBody(given): JsonBody<NewPassword>,
) -> Result<Json<Value>, Problem> {
    let told = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = told.and_then(|text| text.strip_prefix("Bearer ")).ok_or_else(Problem::sign_in)?;
    password::set(&app, token, given.new).await?;
    Ok(Json(json!({ "success": true })))
}

/// A token as a list shows it; itself only when it is made.
fn token_json(token: &ApiToken) -> Value {
    json!({
        "id": token.id, "name": token.name, "verbs": token.verbs, "operations": token.operations,
        "createdAt": token.created_at.to_string(), "expiresAt": token.expires_at.to_string(),
        "usedAt": token.used_at.map(|at| at.to_string()), "revokedAt": token.revoked_at.map(|at| at.to_string()),
    })
}

async fn tokens(State(app): State<App>, viewer: Viewer) -> Result<Json<Value>, Problem> {
    viewer.must_be_in_person()?;
    Ok(Json(app.store.api_tokens(&viewer.user.id).await?.iter().map(token_json).collect::<Vec<_>>().into()))
}

#[derive(Deserialize)]
struct NewToken {
    name: String,
    #[serde(default)]
    verbs: Vec<String>,
    /// Numbers of projects; none for all.
    #[serde(default)]
    projects: Vec<i64>,
    #[serde(default)]
    days: Option<i64>,
}

/// The longest a token may live, in days.
pub(crate) const LONGEST_TOKEN: i64 = 366;

/// Makes a token for one's programs. It is shown once; the store keeps its hash.
pub(crate) async fn make_token(
    app: &App,
    viewer: &Viewer,
    name: &str,
    verbs: Vec<String>,
    projects: &[i64],
    days: i64,
) -> Result<(ApiToken, String), Problem> {
    viewer.must_be_in_person()?;
    if let Some(due) = viewer.due {
        return Err(due.problem());
    }
    let name = name.trim();
    let known = |verb: &String| ["read", "all"].contains(&verb.as_str()) || Verb::from_code(verb).is_some();
    let sound = !name.is_empty() && name.chars().count() <= 100 && (1..=LONGEST_TOKEN).contains(&days);
    if !sound || verbs.is_empty() || !verbs.iter().all(known) {
        return Err(Problem::bad_request(
            "bad_token",
            "A token has a name, a scope (`read`, `all`, or verbs) and 1 to 366 days.",
            "Un jeton a un nom, une portée (`read`, `all` ou des verbes) et de 1 à 366 jours.",
        ));
    }
    let mut operations = Vec::new();
    for project in projects {
        operations.push(app.store.operation_by_project(*project).await?.ok_or_else(Problem::not_found)?.id);
    }
    let secret = format!("{API_TOKEN}{}", secrets::token().replace(['!', '$'], "0"));
    let stamp = viewer.stamp();
    let token = ApiToken {
        id: world::fresh(ApiTokenId::new),
        user: viewer.user.id.clone(),
        name: name.to_owned(),
        token_hash: secrets::hash_token(&secret),
        verbs,
        operations,
        created_at: stamp.at,
        expires_at: Instant::from_millis(stamp.at.as_millis() + days * 24 * 3_600_000),
        used_at: None,
        revoked_at: None,
    };
    app.store.create_api_token(&token, &stamp).await?;
    Ok((token, secret))
}

async fn new_token(
    State(app): State<App>,
    viewer: Viewer,
    JsonBody(new): JsonBody<NewToken>,
) -> Result<Json<Value>, Problem> {
    let verbs = if new.verbs.is_empty() { vec!["read".to_owned()] } else { new.verbs };
    let (token, secret) = make_token(&app, &viewer, &new.name, verbs, &new.projects, new.days.unwrap_or(90)).await?;
    let mut body = token_json(&token);
    body["token"] = secret.into();
    Ok(Json(body))
}

async fn revoke_token(State(app): State<App>, viewer: Viewer, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    viewer.must_be_in_person()?;
    let id: ApiTokenId = id.parse().map_err(|_| Problem::not_found())?;
    app.store.revoke_api_token(&id, &viewer.user.id, &viewer.stamp()).await?;
    Ok(Json(json!({ "success": true })))
}
