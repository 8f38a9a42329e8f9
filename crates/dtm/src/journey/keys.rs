//! Keys of encrypted forms: made under a passphrase, put into forms, opened for a session.
//!
//! A form that keeps some questions readable does not give its key to phones: the server seals what arrives.
//!
//! The private half is kept encrypted (AES-256-GCM) under a key that argon2id derives from the passphrase, which is kept
//! nowhere. Opened, it stays in memory only, for one session and a limited time; opening and every use stand in the
//! audit log.

use crate::world;
use aes_gcm::aead::Aead;
use aes_gcm::{Aes256Gcm, Key, KeyInit, Nonce};
use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dtm_capture::encrypted::{KeyPair, PublicKey};
use dtm_capture::xform::{self, RewriteError};
use dtm_model::{FormKeyId, FormVersionId, Instant, OperationId};
use dtm_store::{FormKey, FormVersion, KeyUse, Stamp, Store};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How long a key stays open.
pub(crate) const OPEN_MS: i64 = 30 * 60_000;
/// The shortest passphrase.
pub(crate) const MIN_PASSPHRASE: usize = 10;
/// Keys open at once, over all sessions.
const MAX_OPEN: usize = 1000;

/// A private half at rest.
#[derive(Serialize, Deserialize)]
struct AtRest {
    kdf: String,
    m_kib: u32,
    t: u32,
    p: u32,
    salt: String,
    nonce: String,
    sealed: String,
}

/// Derives a key from a passphrase. Slow on purpose: call it off the async threads.
fn derive(passphrase: &str, salt: &[u8], (m, t, p): (u32, u32, u32)) -> Result<[u8; 32]> {
    let params = argon2::Params::new(m, t, p, Some(32)).map_err(|error| anyhow::anyhow!("{error}"))?;
    let argon = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut key = [0; 32];
    argon.hash_password_into(passphrase.as_bytes(), salt, &mut key).map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(key)
}

fn cipher(key: &[u8; 32]) -> Aes256Gcm {
    Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(key))
}

/// Encrypts a private key under a passphrase.
fn lock(pair: &KeyPair, passphrase: &str) -> Result<String> {
    const COST: (u32, u32, u32) = (64 << 10, 3, 1);
    let (salt, nonce) = (world::random::<16>(), world::random::<12>());
    let der = pair.to_der().context("the key cannot be written")?;
    let sealed = cipher(&derive(passphrase, &salt, COST)?).encrypt(Nonce::from_slice(&nonce), &der[..]);
    Ok(serde_json::to_string(&AtRest {
        kdf: "argon2id".to_owned(),
        m_kib: COST.0,
        t: COST.1,
        p: COST.2,
        salt: STANDARD.encode(salt),
        nonce: STANDARD.encode(nonce),
        sealed: STANDARD.encode(sealed.map_err(|_| anyhow::anyhow!("the key cannot be encrypted"))?),
    })?)
}

/// Opens a private key; none where the passphrase is another.
fn unlock(at_rest: &str, passphrase: &str) -> Result<Option<KeyPair>> {
    let at_rest: AtRest = serde_json::from_str(at_rest)?;
    let nonce = STANDARD.decode(&at_rest.nonce)?;
    anyhow::ensure!(at_rest.kdf == "argon2id" && nonce.len() == 12, "the key is kept in a way that is not known");
    let key = derive(passphrase, &STANDARD.decode(&at_rest.salt)?, (at_rest.m_kib, at_rest.t, at_rest.p))?;
    let der = cipher(&key).decrypt(Nonce::from_slice(&nonce), &STANDARD.decode(&at_rest.sealed)?[..]);
    Ok(der.ok().and_then(|der| KeyPair::read(&der)))
}

/// Makes the key that the forms of an operation get by themselves from now on.
pub(crate) async fn manage(
    store: &Store,
    operation: &OperationId,
    passphrase: String,
    hint: &str,
    stamp: &Stamp,
) -> Result<FormKey> {
    let made = tokio::task::spawn_blocking(move || -> Result<(String, String)> {
        let pair = KeyPair::generate(world::fill).context("no key could be made")?;
        let public = pair.public().to_base64().context("the key cannot be written")?;
        Ok((public, lock(&pair, &passphrase)?))
    });
    let (public_key, sealed) = made.await??;
    let key = FormKey {
        id: world::fresh(FormKeyId::new),
        operation: operation.clone(),
        public_key,
        managed: true,
        sealed: Some(sealed),
        hint: hint.to_owned(),
        created_at: stamp.at,
    };
    store.add_form_key(&key, stamp).await?;
    Ok(key)
}

/// A form as it is published: with the key of its operation, if that has one and the form has none of its own; and the
/// key it carries. Phones get the key, unless the form keeps some questions readable: then they send in clear, and the
/// server seals what arrives.
pub(crate) async fn keyed(
    store: &Store,
    operation: &OperationId,
    xform: &str,
    stamp: &Stamp,
) -> Result<(Option<String>, Option<FormKeyId>)> {
    let keeps_readable = xform::read(xform)?.on_arrival.is_some_and(|on_arrival| on_arrival.keeps_readable());
    let (for_phones, for_arrival) = (xform::public_key(xform), xform::arrival_key(xform));
    if let Some(own) = for_phones.clone().or(for_arrival) {
        let public = PublicKey::read(&own).filter(|_| keeps_readable || for_phones.is_none());
        let key = own_key(store, operation, &own, stamp).await?;
        let rewritten = match (keeps_readable, for_phones.is_some()) {
            (true, true) => Some(xform::with_arrival_key(xform, &public.ok_or(RewriteError::BadKey)?, "")?),
            (false, false) => Some(xform::with_public_key(xform, &public.ok_or(RewriteError::BadKey)?, "")?),
            (true, false) if public.is_none() => return Err(RewriteError::BadKey.into()),
            _ => None,
        };
        return Ok((rewritten, Some(key)));
    }
    let Some(key) = store.managed_form_key(operation).await? else { return Ok((None, None)) };
    let public = PublicKey::read(&key.public_key).context("the key cannot be read")?;
    let suffix = format!("[encrypted:{}]", short(&key.id));
    let rewritten = match keeps_readable {
        true => xform::with_arrival_key(xform, &public, &suffix)?,
        false => xform::with_public_key(xform, &public, &suffix)?,
    };
    Ok((Some(rewritten), Some(key.id)))
}

/// The key that a form brought with it, noted where it is new.
async fn own_key(store: &Store, operation: &OperationId, own: &str, stamp: &Stamp) -> Result<FormKeyId> {
    let public_key = PublicKey::read(own).and_then(|key| key.to_base64()).unwrap_or_else(|| own.to_owned());
    for text in [own, &public_key] {
        if let Some(known) = store.form_key_by_public(operation, text).await? {
            return Ok(known.id);
        }
    }
    let key = FormKey {
        id: world::fresh(FormKeyId::new),
        operation: operation.clone(),
        public_key,
        managed: false,
        sealed: None,
        hint: String::new(),
        created_at: stamp.at,
    };
    store.add_form_key(&key, stamp).await?;
    Ok(key.id)
}

/// The key that the text of a form carries, for phones or for what arrives, noted where it is new.
pub(crate) async fn carried(
    store: &Store,
    operation: &OperationId,
    xform: &str,
    stamp: &Stamp,
) -> Result<Option<FormKeyId>> {
    match xform::public_key(xform).or_else(|| xform::arrival_key(xform)) {
        Some(own) => Ok(Some(own_key(store, operation, &own, stamp).await?)),
        None => Ok(None),
    }
}

/// Gives the operation's key to every form that phones may fetch: a new version of each, published at once.
pub(crate) async fn give_to_forms(store: &Store, operation: &OperationId, stamp: &Stamp) -> Result<()> {
    for published in store.published_forms(operation).await? {
        give_to_form(store, operation, &published.version, stamp).await?;
    }
    Ok(())
}

/// Publishes a version anew with the operation's key, under its name and that of the key. Whether there was anything to
/// do: the operation has a key, the version has none, and was not published so before.
pub(crate) async fn give_to_form(
    store: &Store,
    operation: &OperationId,
    published: &FormVersion,
    stamp: &Stamp,
) -> Result<bool> {
    let (Some(xform), Some(key)) = keyed(store, operation, &published.xform, stamp).await? else { return Ok(false) };
    let schema = xform::read(&xform)?;
    if store.form_version(operation, &schema.xml_form_id, &schema.version).await?.is_some() {
        return Ok(false);
    }
    let version = FormVersion {
        id: world::fresh(FormVersionId::new),
        version: schema.version.clone(),
        xform_hash: dtm_capture::openrosa::md5(xform.as_bytes()),
        xform,
        schema,
        created_at: stamp.at,
        published_at: Some(stamp.at),
        published_by: Some(stamp.by.clone()),
        ..published.clone()
    };
    store.add_form_version(&version, stamp).await?;
    for file in store.form_files(&published.id).await? {
        match (file.media, file.list) {
            (Some(media), _) => store.put_form_media(&version.id, &media, stamp).await?,
            (None, Some(list)) => store.link_form_list(&version.id, &file.name, &list, stamp).await?,
            (None, None) => {}
        }
    }
    store.set_version_key(&version.id, &key, stamp).await?;
    Ok(true)
}

/// The end of a key's id, which tells forms with one key from those with another.
fn short(id: &FormKeyId) -> String {
    let text = id.to_string();
    text.rsplit('-').next().unwrap_or_default().to_owned()
}

/// A session and a key it opened.
type Holder = (String, FormKeyId);

/// Keys that are open: in memory only, each for the session that opened it.
#[derive(Default)]
pub(crate) struct OpenKeys(Mutex<HashMap<Holder, (Arc<KeyPair>, Instant)>>);

impl OpenKeys {
    /// Opens a key for a session with its passphrase, or with the private key itself; false where it is another. Either is
    /// noted.
    pub(crate) async fn open(
        &self,
        store: &Store,
        key: &FormKey,
        session: &str,
        secret: String,
        stamp: &Stamp,
    ) -> Result<bool> {
        let Some(pair) = tried(store, key, secret, &key.operation.to_string(), stamp).await? else { return Ok(false) };
        let until = Instant::from_millis(stamp.at.as_millis() + OPEN_MS);
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, (_, until)| *until > stamp.at);
        if open.len() < MAX_OPEN {
            open.insert((session.to_owned(), key.id.clone()), (pair, until));
        }
        Ok(true)
    }

    /// The key, while this session has it open.
    pub(crate) fn get(&self, session: &str, key: &FormKeyId, now: Instant) -> Option<Arc<KeyPair>> {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (pair, until) = open.get(&(session.to_owned(), key.clone()))?;
        (*until > now).then(|| pair.clone())
    }

    /// Whether this session has any key open.
    pub(crate) fn any(&self, session: &str, now: Instant) -> bool {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.iter().any(|((holder, _), (_, until))| holder == session && *until > now)
    }

    /// Until when this session has the key open.
    pub(crate) fn until(&self, session: &str, key: &FormKeyId, now: Instant) -> Option<Instant> {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(&(session.to_owned(), key.clone())).map(|(_, until)| *until).filter(|until| *until > now)
    }

    /// Closes every key of a session.
    pub(crate) fn close(&self, session: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|(holder, _), _| holder != session);
    }
}

/// The private half of a key, if the secret is its passphrase or the private key itself (PKCS#8, PEM). The try is noted.
pub(crate) async fn tried(
    store: &Store,
    key: &FormKey,
    secret: String,
    on: &str,
    stamp: &Stamp,
) -> Result<Option<Arc<KeyPair>>> {
    let (sealed, public) = (key.sealed.clone(), key.public_key.clone());
    let work = move || -> Result<Option<KeyPair>> {
        let pair = match (secret.contains("-----BEGIN"), sealed) {
            (true, _) => KeyPair::read(secret.as_bytes()),
            (false, Some(sealed)) => unlock(&sealed, &secret)?,
            (false, None) => None,
        };
        Ok(pair.filter(|pair| PublicKey::read(&public) == Some(pair.public())))
    };
    let pair = tokio::task::spawn_blocking(work).await??;
    let used = if pair.is_some() { KeyUse::Unlocked } else { KeyUse::Refused };
    store.note_key_use(&key.id, used, on, stamp).await?;
    Ok(pair.map(Arc::new))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_at_rest_opens_with_its_passphrase_and_with_no_other() {
        let pair = KeyPair::generate(world::fill).unwrap();
        let at_rest = lock(&pair, "river stone lantern").unwrap();
        let opened = unlock(&at_rest, "river stone lantern").unwrap().unwrap();
        assert_eq!(opened.public(), pair.public());
        assert!(unlock(&at_rest, "river stone lanterns").unwrap().is_none());
        assert!(!at_rest.contains(&STANDARD.encode(&pair.to_der().unwrap()[..30])));
    }
}
