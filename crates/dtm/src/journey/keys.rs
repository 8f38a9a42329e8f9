//! Keys of encrypted forms: made under a passphrase, put into forms, opened for a session.
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
use dtm_capture::encrypted::{KeyPair, Opened, SealError, Sealed};
use dtm_capture::xform;
use dtm_model::{FormKeyId, FormVersionId, Instant, OperationId, SubmissionId};
use dtm_store::{Blobs, FormKey, FormVersion, KeyUse, Stamp, Store};
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

/// A form with the key of its operation, if that has one and the form has none of its own; and the key it carries.
pub(crate) async fn keyed(
    store: &Store,
    operation: &OperationId,
    xform: &str,
    stamp: &Stamp,
) -> Result<(Option<String>, Option<FormKeyId>)> {
    if let Some(own) = xform::public_key(xform) {
        let known = store.form_key_by_public(operation, &own).await?;
        let key = match known {
            Some(key) => key.id,
            None => {
                let key = FormKey {
                    id: world::fresh(FormKeyId::new),
                    operation: operation.clone(),
                    public_key: own,
                    managed: false,
                    sealed: None,
                    hint: String::new(),
                    created_at: stamp.at,
                };
                store.add_form_key(&key, stamp).await?;
                key.id
            }
        };
        return Ok((None, Some(key)));
    }
    let Some(key) = store.managed_form_key(operation).await? else { return Ok((None, None)) };
    let public = dtm_capture::encrypted::PublicKey::read(&key.public_key).context("the key cannot be read")?;
    let suffix = format!("[encrypted:{}]", short(&key.id));
    Ok((Some(xform::with_public_key(xform, &public, &suffix)?), Some(key.id)))
}

/// Gives the operation's key to every form that phones may fetch: a new version of each, published at once.
pub(crate) async fn give_to_forms(store: &Store, operation: &OperationId, stamp: &Stamp) -> Result<()> {
    for published in store.published_forms(operation).await? {
        let (Some(xform), Some(key)) = keyed(store, operation, &published.version.xform, stamp).await? else {
            continue;
        };
        let schema = xform::read(&xform)?;
        let version = FormVersion {
            id: world::fresh(FormVersionId::new),
            version: schema.version.clone(),
            xform_hash: dtm_capture::openrosa::md5(xform.as_bytes()),
            xform,
            schema,
            created_at: stamp.at,
            published_at: Some(stamp.at),
            published_by: Some(stamp.by.clone()),
            ..published.version.clone()
        };
        store.add_form_version(&version, stamp).await?;
        for file in store.form_files(&published.version.id).await? {
            match (file.media, file.list) {
                (Some(media), _) => store.put_form_media(&version.id, &media, stamp).await?,
                (None, Some(list)) => store.link_form_list(&version.id, &file.name, &list, stamp).await?,
                (None, None) => {}
            }
        }
        store.set_version_key(&version.id, &key, stamp).await?;
    }
    Ok(())
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
    /// Opens a key for a session; false where the passphrase is another. Either is noted.
    pub(crate) async fn open(
        &self,
        store: &Store,
        key: &FormKey,
        session: &str,
        passphrase: String,
        stamp: &Stamp,
    ) -> Result<bool> {
        let pair = unlocked(key, passphrase).await?;
        let used = if pair.is_some() { KeyUse::Unlocked } else { KeyUse::Refused };
        store.note_key_use(&key.id, used, &key.operation.to_string(), stamp).await?;
        let Some(pair) = pair else { return Ok(false) };
        let until = Instant::from_millis(stamp.at.as_millis() + OPEN_MS);
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, (_, until)| *until > stamp.at);
        if open.len() < MAX_OPEN {
            open.insert((session.to_owned(), key.id.clone()), (Arc::new(pair), until));
        }
        Ok(true)
    }

    /// The key, while this session has it open.
    pub(crate) fn get(&self, session: &str, key: &FormKeyId, now: Instant) -> Option<Arc<KeyPair>> {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (pair, until) = open.get(&(session.to_owned(), key.clone()))?;
        (*until > now).then(|| pair.clone())
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

/// The private half of a key, if this is its passphrase.
pub(crate) async fn unlocked(key: &FormKey, passphrase: String) -> Result<Option<KeyPair>> {
    let Some(sealed) = key.sealed.clone() else { return Ok(None) };
    tokio::task::spawn_blocking(move || unlock(&sealed, &passphrase)).await?
}

/// Opens an encrypted submission. Blobs are read as they are needed.
pub(crate) async fn opened(
    store: &Store,
    blobs: &Blobs,
    submission: &SubmissionId,
    xml: &str,
    pair: &Arc<KeyPair>,
) -> Result<Result<Opened, SealError>> {
    let sealed = match Sealed::read(xml.as_bytes()) {
        Ok(sealed) => sealed,
        Err(error) => return Ok(Err(error)),
    };
    let mut files = HashMap::new();
    for file in store.submission_files(submission).await? {
        files.insert(file.name, blobs.get(&file.hash).await?);
    }
    let pair = pair.clone();
    let work = move || sealed.open(&pair, |name| files.get(name).map(|bytes| bytes.to_vec()));
    Ok(tokio::task::spawn_blocking(work).await?)
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
