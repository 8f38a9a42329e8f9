//! Links to set a password: good for a day and once. They are mailed where this server sends mail, else an administrator
//! passes them on. Whoever asks for one is answered alike and after the same work, whether there is such a person or not:
//! all that the request does is to write a message, and the job that sends it looks for the person.

use super::problem::Problem;
use super::sign_in;
use super::viewer::Viewer;
use super::{App, central};
use crate::journey::outbox;
use crate::{secrets, world};
use dtm_model::{Instant, Lang};
use dtm_store::{MessageKind, Stamp, StoreError, User};
use std::net::IpAddr;

/// How long a link is good.
const GOOD_MS: i64 = 24 * 3_600_000;
/// What waits behind a link.
const RESET: &str = "password reset";

/// The token of a link that sets this person's password, and when it ends.
pub(crate) async fn token(app: &App, user: &User) -> Result<(String, Instant), StoreError> {
    let (token, now) = (secrets::token(), world::now());
    app.store.begin_sign_in(&secrets::hash_token(&token), Some(&user.id), RESET, now).await?;
    Ok((token, Instant::from_millis(now.as_millis() + GOOD_MS)))
}

/// A link that sets this person's password, for a mail to them. It leads to the address that the settings tell, never to the
/// one that a request came to.
pub(crate) async fn link(app: &App, user: &User) -> Result<String, StoreError> {
    let base = app.public_url.as_deref().unwrap_or_default();
    Ok(format!("{base}/office/password/{}", token(app, user).await?.0))
}

/// Whose password a token sets.
pub(crate) async fn owner(app: &App, token: &str) -> Result<User, Problem> {
    let since = Instant::from_millis(world::now().as_millis() - GOOD_MS);
    let pending = app.store.pending_sign_in(&secrets::hash_token(token.trim()), since).await?;
    let user = pending.filter(|pending| pending.body == RESET).and_then(|pending| pending.user);
    let user = app.store.user(&user.ok_or_else(Problem::sign_in_over)?).await?;
    user.filter(|user| user.removed_at.is_none()).ok_or_else(Problem::sign_in_over)
}

/// Sets the password of a token's owner, uses the token up and ends all of the owner's sessions.
pub(crate) async fn set(app: &App, token: &str, new: String) -> Result<(), Problem> {
    let user = owner(app, token).await?;
    sign_in::must_be_strong(&new, &user.email)?;
    let hash = central::hashed(new).await?;
    if !app.store.use_ticket(&secrets::hash_token(token.trim())).await? {
        return Err(Problem::sign_in_over());
    }
    let stamp = Stamp::new(world::now(), format!("user:{}", user.id));
    app.store.set_password(&user.id, &hash, false, None, &[], &stamp).await?;
    Ok(())
}

/// Has a link mailed to whoever has this address here; false where this server sends no mail. Requests are counted by where
/// they come from; an address that was written to often enough is not written to again for a while, which nobody is told.
pub(crate) async fn mail_link(app: &App, from: IpAddr, email: &str, lang: Lang) -> Result<bool, Problem> {
    if app.outward.mail.is_none() {
        return Ok(false);
    }
    app.guess("password link", &from.to_string())?;
    let email = email.trim().to_lowercase();
    if central::looks_like_address(&email)
        && app.guess("password link to", &email).is_ok()
        && let Some(message) = outbox::link_mail(app, MessageKind::Reset, &email, lang)
    {
        app.store.post(&[message], &Stamp::new(world::now(), "anybody")).await?;
    }
    Ok(true)
}

/// Takes a person's password away, and has them mailed a link to set another; false where this server sends no mail.
pub(crate) async fn replace_by_mail(app: &App, viewer: &Viewer, user: &User, lang: Lang) -> Result<bool, Problem> {
    let Some(message) = outbox::link_mail(app, MessageKind::Reset, &user.email, lang) else { return Ok(false) };
    let nobody_knows = central::hashed(secrets::one_time_password()).await?;
    app.store.set_password(&user.id, &nobody_knows, true, None, &[message], &viewer.stamp()).await?;
    Ok(true)
}
