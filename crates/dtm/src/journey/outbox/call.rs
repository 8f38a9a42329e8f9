//! Calls of other systems, in the manner of Standard Webhooks: JSON by POST, with the message's id, the moment, and a
//! signature (HMAC-SHA256 over id, moment and body) by which the other side knows that it was us.

use super::{Hindrance, Outcome};
use crate::http::App;
use crate::world;
use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dtm_store::NewMessage;
use hmac_of_sha2::{Hmac, Mac};
use reqwest::{StatusCode, Url, redirect};
use sha2::Sha256;
use std::time::Duration;

/// What other systems can be told of: what happened, by the word they are told.
pub(crate) const EVENTS: [&str; 4] = ["alert.raised", "release.published", "release.corrected", "release.withdrawn"];

/// What secrets begin with, as libraries that check signatures expect.
const SECRET: &str = "whsec_";
/// How long the other side may take to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A fresh secret that signs calls.
pub(crate) fn new_secret() -> String {
    format!("{SECRET}{}", STANDARD.encode(world::random::<32>()))
}

/// The signature of a call.
fn signature(secret: &str, id: &str, seconds: i64, body: &str) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix(SECRET)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{seconds}.{body}").as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

/// Calls the system that a message is for.
pub(super) async fn send(app: &App, message: &NewMessage) -> Result<Outcome> {
    let hook = match message.recipient.parse() {
        Ok(id) => app.store.hook(&id).await?,
        Err(_) => None,
    };
    let Some(hook) = hook else { return Ok(Outcome::Hindered(Hindrance::lasting("hook-gone"))) };
    let Some(secret) = app.vault.open_for(&hook.id, Some(&hook.secret_sealed)) else {
        return Ok(Outcome::Hindered(Hindrance::passing("no-key")));
    };
    Ok(post(app, &hook.address, &secret, message).await.into())
}

async fn post(app: &App, address: &str, secret: &str, message: &NewMessage) -> Result<(), Hindrance> {
    let reach = app.outward.hooks;
    let url = Url::parse(address).map_err(|_| Hindrance::lasting("address"))?;
    reach.allows(&url).map_err(|_| Hindrance::lasting("not-public"))?;
    // Whoever is told does not send us on: the signature is for them.
    let client = reach.client().timeout(PATIENCE).redirect(redirect::Policy::none()).build();
    let client = client.map_err(|_| Hindrance::passing("unreachable"))?;
    let (id, seconds) = (message.id.to_string(), world::now().as_millis() / 1000);
    let signature = signature(secret, &id, seconds, &message.body).ok_or(Hindrance::passing("no-key"))?;
    let request = client
        .post(url)
        .header("content-type", "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", seconds.to_string())
        .header("webhook-signature", signature)
        .body(message.body.clone());
    let status = request.send().await.map_err(|_| Hindrance::passing("unreachable"))?.status();
    if status.is_success() {
        return Ok(());
    }
    let is_final = status == StatusCode::GONE;
    Err(Hindrance { code: "refused", answer: Some(status.as_u16().into()), is_final })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of the Standard Webhooks specification.
    #[test]
    fn a_signature_is_what_other_libraries_expect() {
        let signed = signature(
            "whsec_plJ3nmyCDGBKInavdOK15jsl",
            "msg_loFOjxBNrRLzqYUf",
            1_731_705_121,
            r#"{"event_type":"ping","data":{"success":true}}"#,
        );
        assert_eq!(signed.as_deref(), Some("v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="));
        assert_eq!(signature("no secret", "x", 1, ""), None);
        assert!(new_secret().starts_with(SECRET) && new_secret() != new_secret());
    }
}
