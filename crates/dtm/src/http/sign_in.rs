//! How somebody proves who they are, whatever the way in: password and second step, Basic, a token of a program.
//!
//! A wrong password, an unknown address and a removed person answer alike and after the same work. Guesses are counted
//! by address and account, and by address alone, so that nobody can lock an owner out; codes of the second step are
//! counted by account, as only those who know the password get to guess them.

use super::problem::Problem;
use super::{App, guard};
use crate::{secrets, totp, world};
use axum::http::{HeaderMap, StatusCode, header};
use base64::Engine;
use dtm_model::{Instant, Text, UserId};
use dtm_store::{ApiToken, Stamp, User};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use tokio::sync::Semaphore;

/// How long a sign-in lasts.
pub(crate) const SESSION_MS: i64 = 24 * 3_600_000;
/// How long a sign-in may wait for its second step.
const STEP_MS: i64 = 10 * 60_000;
/// What the tokens of programs begin with, so that one found somewhere is known for what it is.
pub(crate) const API_TOKEN: &str = "dtm_";

/// Passwords checked at once; each check takes 19 MB and a core for a while.
static CHECKS: Semaphore = Semaphore::const_new(4);

/// Where a request comes from, and with what.
pub(crate) struct Visitor<'a> {
    pub(crate) address: IpAddr,
    pub(crate) headers: &'a HeaderMap,
}

/// What became of a password that was right.
pub(crate) enum Begun {
    /// A session is open; this is its token.
    Open(String),
    /// The second factor is asked for; this ticket leads on.
    SecondStep(String),
}

/// Checks a password without telling how it failed, and slows guessing.
pub(crate) async fn check_password(app: &App, address: IpAddr, email: &str, password: String) -> Result<User, Problem> {
    let email = email.trim().to_lowercase();
    let now = world::now();
    let who: (IpAddr, String) = (address, email.chars().take(320).collect());
    // Counted before the check, so that guesses sent at once are counted too.
    app.sign_ins.count(&who, now).map_err(Problem::slow_down)?;
    if let Some(seconds) = app.strangers.is_over(&address, now) {
        return Err(Problem::slow_down(seconds));
    }
    // Who guesses from many addresses gets few tries from each; so does the owner, who needs one.
    if app.besieged.is_over(&who.1, now).is_some() {
        app.few_tries.count(&who, now).map_err(Problem::slow_down)?;
    }
    let user = match email.contains('\0') || password.len() > secrets::MAX_PASSWORD {
        true => None,
        false => app.store.user_by_email(&email).await?,
    };
    let user = user.filter(|user| user.removed_at.is_none());
    let hash = user.as_ref().map(|user| user.password_hash.clone()).filter(|hash| !hash.is_empty());
    let matches = password_matches(password, hash).await?;
    let Some(user) = user.filter(|_| matches) else {
        let _ = app.strangers.count(&address, now);
        let _ = app.besieged.count(&who.1, now);
        return Err(Problem::wrong_sign_in());
    };
    app.sign_ins.forget(&who);
    app.few_tries.forget(&who);
    Ok(user)
}

/// Whether the password is the one hashed, off the threads that answer requests.
pub(crate) async fn password_matches(password: String, hash: Option<String>) -> Result<bool, Problem> {
    let turn = CHECKS.acquire().await;
    let check = move || secrets::password_matches(&password, hash.as_deref());
    let matches = tokio::task::spawn_blocking(check).await.map_err(Problem::internal);
    drop(turn);
    matches
}

/// Checks a password and opens a session, or asks for the second step.
pub(crate) async fn begin(app: &App, from: Visitor<'_>, email: &str, password: String) -> Result<Begun, Problem> {
    let user = check_password(app, from.address, email, password).await?;
    go_on(app, &from, &user).await
}

/// Opens a session for somebody who proved who they are, or asks for the second step first.
pub(crate) async fn go_on(app: &App, from: &Visitor<'_>, user: &User) -> Result<Begun, Problem> {
    if user.totp_since.is_none() {
        return Ok(Begun::Open(open(app, from, user).await?));
    }
    let ticket = secrets::token();
    app.store.begin_sign_in(&secrets::hash_token(&ticket), Some(&user.id), "second step", world::now()).await?;
    Ok(Begun::SecondStep(ticket))
}

/// Takes the code of the second step and opens the session.
pub(crate) async fn finish(app: &App, from: Visitor<'_>, ticket: &str, code: &str) -> Result<String, Problem> {
    let now = world::now();
    let hash = secrets::hash_token(ticket);
    let since = Instant::from_millis(now.as_millis() - STEP_MS);
    let pending = app.store.pending_sign_in(&hash, since).await?.filter(|pending| pending.body == "second step");
    let user = pending.and_then(|pending| pending.user).ok_or_else(Problem::sign_in_over)?;
    let user =
        app.store.user(&user).await?.filter(|user| user.removed_at.is_none()).ok_or_else(Problem::sign_in_over)?;
    check_code(app, &user, code).await?;
    if !app.store.use_ticket(&hash).await? {
        return Err(Problem::sign_in_over());
    }
    open(app, &from, &user).await
}

/// Checks a code of the second factor, or one of the codes for when the device is lost.
pub(crate) async fn check_code(app: &App, user: &User, code: &str) -> Result<(), Problem> {
    let now = world::now();
    let who = (IpAddr::from([0, 0, 0, 0]), format!("code:{}", user.id));
    app.sign_ins.count(&who, now).map_err(Problem::slow_down)?;
    let known = app.store.totp(&user.id).await?.ok_or_else(Problem::wrong_code)?;
    let secret = open_secret(app, &user.id, &known.secret);
    let good = match totp::matching_step(&secret, code, now.as_millis(), known.step) {
        Some(step) => app.store.use_totp_step(&user.id, step).await?,
        None if is_recovery_code(code) => {
            let stamp = Stamp::new(now, format!("user:{}", user.id));
            app.store.use_recovery_code(&user.id, &recovery_hash(code), &stamp).await?
        }
        None => false,
    };
    if !good {
        return Err(Problem::wrong_code());
    }
    app.sign_ins.forget(&who);
    Ok(())
}

/// The secret of a second factor as it is kept: sealed with the server's key, where there is one.
pub(crate) fn seal_secret(app: &App, user: &UserId, secret: &str) -> String {
    app.vault.seal(user, secret).unwrap_or_else(|| secret.to_owned())
}

/// The secret of a second factor, as it was made. Sealed with a key that is gone, it fits no code.
pub(crate) fn open_secret(app: &App, user: &UserId, kept: &str) -> String {
    match kept.starts_with("1.") {
        true => app.vault.open_for(user, Some(kept)).unwrap_or_default(),
        false => kept.to_owned(),
    }
}

fn is_recovery_code(code: &str) -> bool {
    code.trim().len() >= 20
}

/// What the store keeps of a recovery code, however it was typed.
pub(crate) fn recovery_hash(code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    secrets::hash_token(&plain.to_lowercase())
}

/// Opens a session and returns its token.
pub(crate) async fn open(app: &App, from: &Visitor<'_>, user: &User) -> Result<String, Problem> {
    let token = secrets::token();
    let now = world::now();
    let expires = Instant::from_millis(now.as_millis() + SESSION_MS);
    let stamp = Stamp::new(now, format!("user:{}", user.id));
    let client = client_name(from.headers);
    app.store.open_session(&secrets::hash_token(&token), &user.id, &client, expires, &stamp).await?;
    Ok(token)
}

/// What a client calls itself, in a word or two: enough to tell sessions apart, not enough to follow anybody.
fn client_name(headers: &HeaderMap) -> String {
    let told = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or("");
    const CLIENTS: [(&str, &str); 6] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("pyODK", "pyodk"),
    ];
    const SYSTEMS: [(&str, &str); 5] =
        [("Android", "Android"), ("iPhone", "iPhone"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux")];
    let find =
        |known: &[(&str, &'static str)]| known.iter().find(|(sign, _)| told.contains(sign)).map(|(_, name)| *name);
    match (find(&CLIENTS), find(&SYSTEMS)) {
        (Some(client), Some(system)) => format!("{client}, {system}"),
        (Some(client), None) => client.to_owned(),
        _ => {
            told.split(['/', ' ']).next().unwrap_or("").chars().filter(|c| c.is_ascii_alphanumeric()).take(40).collect()
        }
    }
}

/// Passwords that were right a moment ago, so that a client that sends one with every request does not wait for it
/// every time. Kept under a hash with the salt of this process, together with the hash that was matched.
pub(crate) struct Remembered {
    salt: [u8; 32],
    seen: Mutex<HashMap<[u8; 32], (UserId, String, i64)>>,
}

const REMEMBERED: usize = 10_000;
const REMEMBERED_MS: i64 = 5 * 60_000;

impl Default for Remembered {
    fn default() -> Self {
        Self { salt: world::random(), seen: Mutex::default() }
    }
}

impl Remembered {
    fn key(&self, credentials: &str) -> [u8; 32] {
        Sha256::new().chain_update(self.salt).chain_update(credentials.as_bytes()).finalize().into()
    }

    fn find(&self, key: &[u8; 32], now: i64) -> Option<(UserId, String)> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (user, hash, until) = seen.get(key)?;
        (*until > now).then(|| (user.clone(), hash.clone()))
    }

    fn keep(&self, key: [u8; 32], user: &User, now: i64) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= REMEMBERED {
            seen.clear();
        }
        seen.insert(key, (user.id.clone(), user.password_hash.clone(), now + REMEMBERED_MS));
    }
}

/// Somebody who sends address and password with the request (HTTP Basic). Where the server is reached by TLS it must be
/// TLS, and whoever has a second factor uses a token instead.
pub(crate) async fn by_basic(app: &App, from: Visitor<'_>, credentials: &str) -> Result<User, Problem> {
    let is_tls = from.headers.get("x-forwarded-proto").is_some_and(|value| value.as_bytes() == b"https");
    if app.is_secure() && !is_tls {
        return Err(Problem::https_only());
    }
    let now = world::now().as_millis();
    let key = app.remembered.key(credentials);
    if let Some((user, hash)) = app.remembered.find(&key, now)
        && let Some(user) = app.store.user(&user).await?
        && user.removed_at.is_none()
        && user.password_hash == hash
        && user.totp_since.is_none()
    {
        return Ok(user);
    }
    let decoded = base64::engine::general_purpose::STANDARD.decode(credentials).ok();
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or_else(Problem::wrong_sign_in)?;
    let (email, password) = text.split_once(':').ok_or_else(Problem::wrong_sign_in)?;
    let user = check_password(app, from.address, email, password.to_owned()).await?;
    if user.totp_since.is_some() {
        return Err(Problem::second_factor());
    }
    app.remembered.keep(key, &user, now);
    Ok(user)
}

/// The token of a program, and whose it is.
pub(crate) async fn by_api_token(app: &App, token: &str) -> Result<(ApiToken, User), Problem> {
    const HOUR_MS: i64 = 3_600_000;
    let now = world::now();
    let found = app.store.api_token(&secrets::hash_token(token), now).await?.ok_or_else(Problem::sign_in)?;
    let user = app.store.user(&found.user).await?.filter(|user| user.removed_at.is_none());
    let user = user.ok_or_else(Problem::sign_in)?;
    if found.used_at.is_none_or(|at| now.as_millis() - at.as_millis() > HOUR_MS)
        && let Err(error) = app.store.used_api_token(&found.id, now).await
    {
        tracing::warn!(%error, "the use of a token could not be noted");
    }
    Ok((found, user))
}

/// The address behind a request whose connection is known.
pub(crate) fn address_of(app: &App, parts: &axum::http::request::Parts) -> IpAddr {
    let peer = parts.extensions.get::<axum::extract::ConnectInfo<std::net::SocketAddr>>();
    let peer = peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0.ip());
    guard::client_address(app, &parts.headers, peer)
}

/// Refuses a weak password, saying how.
pub(crate) fn must_be_strong(password: &str, email: &str) -> Result<(), Problem> {
    use secrets::Weak;
    let Some(weak) = secrets::is_weak(password, email) else { return Ok(()) };
    let (code, central, en, fr) = match weak {
        Weak::TooShort => (
            "password_too_short",
            400.21,
            "The password needs at least 10 characters. A short sentence is good.",
            "Le mot de passe doit avoir au moins 10 caractères. Une courte phrase convient bien.",
        ),
        Weak::TooLong => ("password_too_long", 400.38, "The password is too long.", "Le mot de passe est trop long."),
        Weak::IsAddress => (
            "password_is_address",
            400.44,
            "The password must not be made of the e-mail address.",
            "Le mot de passe ne doit pas être formé de l’adresse électronique.",
        ),
        Weak::Common => (
            "password_common",
            400.44,
            "This password is one of those that are tried first. A short sentence is better.",
            "Ce mot de passe est de ceux que l’on essaie en premier. Une courte phrase vaut mieux.",
        ),
    };
    Err(Problem::new(StatusCode::BAD_REQUEST, code, central, Text::both(en, fr)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_named_in_a_word_or_two() {
        let name =
            |told: &str| client_name(&HeaderMap::from_iter([(header::USER_AGENT, told.parse().expect("a header"))]));
        assert_eq!(name("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"), "Firefox, Linux");
        assert_eq!(
            name(
                "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
            ),
            "Chrome, Android"
        );
        assert_eq!(name("curl/8.5.0"), "curl");
        assert_eq!(name("<b>x</b>"), "bx");
        assert_eq!(client_name(&HeaderMap::new()), "");
    }

    #[test]
    fn a_recovery_code_is_known_however_it_is_typed() {
        assert_eq!(recovery_hash("abcd-efgh-jkmn-pqrs-tuvw"), recovery_hash(" ABCD efgh jkmn pqrs TUVW "));
        assert_ne!(recovery_hash("abcd-efgh-jkmn-pqrs-tuvw"), recovery_hash("abcd-efgh-jkmn-pqrs-tuvx"));
        assert!(is_recovery_code("abcd-efgh-jkmn-pqrs-tuvw") && !is_recovery_code("123456"));
    }
}
