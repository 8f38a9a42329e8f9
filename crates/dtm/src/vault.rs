//! Seals what has to be read again: the tokens of phones, of public links and of drafts, for their QR codes.
//!
//! AES-256-GCM under the server's own key, which lies beside the data and never in the database: `server.key` in the data
//! folder, or `DTM_SECRET_KEY` where several servers share one database. Whoever takes the database alone has no token.
//! A server without a key keeps hashes only, and shows a token once. Why: `docs/decisions/0009`. Links that work for a while are
//! signed with a key made from the server's.

use crate::{secrets, world};
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, Key, KeyInit, Nonce};
use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use hmac_of_sha2::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::path::Path;

/// The file of the server's key, in the data folder.
pub(crate) const SERVER_KEY: &str = "server.key";

/// The server's key, if it has one.
#[derive(Clone)]
pub(crate) struct Vault {
    key: Option<ServerKey>,
    /// What links are signed with; chance where there is no key, so that they work as long as this process runs.
    links: [u8; 32],
}

#[derive(Clone)]
struct ServerKey {
    cipher: Aes256Gcm,
    /// What marks are made with; it tells nothing about the cipher's key.
    marks: [u8; 32],
}

/// A fresh secret, and what the store keeps of it.
pub(crate) struct FreshToken {
    pub(crate) token: String,
    pub(crate) hash: String,
    pub(crate) sealed: Option<String>,
}

impl Vault {
    /// The key of the environment, else the one in this folder, made on first use; none where there is neither.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Self> {
        if let Some(words) = world::env("DTM_SECRET_KEY") {
            anyhow::ensure!(words.len() >= 32, "DTM_SECRET_KEY is shorter than 32 characters");
            return Ok(Self::of(&Sha256::digest(words.as_bytes()).into()));
        }
        let Some(folder) = folder else { return Ok(Self::without_key()) };
        let path = folder.join(SERVER_KEY);
        match std::fs::read_to_string(&path) {
            Ok(text) => {
                let bytes = hex::decode(text.trim()).ok().and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
                let key = bytes.with_context(|| format!("{} does not hold a key", path.display()))?;
                Ok(Self::of(&key))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key: [u8; 32] = world::random();
                match keep(&path, &hex::encode(key)) {
                    Ok(()) => Ok(Self::of(&key)),
                    // Another process was quicker: its key is the one.
                    Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Self::open(Some(folder)),
                    Err(error) => {
                        Err(error).with_context(|| format!("cannot keep the server's key in {}", path.display()))
                    }
                }
            }
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// A vault that opens and seals nothing.
    pub(crate) fn without_key() -> Self {
        Self { key: None, links: world::random() }
    }

    fn of(key: &[u8; 32]) -> Self {
        let marks = Sha256::digest([&b"dtm: marks of submissions"[..], key].concat()).into();
        let links = Sha256::digest([&b"dtm: links that work for a while"[..], key].concat()).into();
        Self { key: Some(ServerKey { cipher: Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(key)), marks }), links }
    }

    fn mac(&self, line: &str) -> Hmac<Sha256> {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&self.links).expect("a key of any length is taken");
        mac.update(line.as_bytes());
        mac
    }

    /// Signs what stands in a link (HMAC with SHA-256, in hexadecimal).
    pub(crate) fn sign(&self, line: &str) -> String {
        hex::encode(self.mac(line).finalize().into_bytes())
    }

    /// Whether we signed this; takes as long whatever is wrong with the signature.
    pub(crate) fn has_signed(&self, line: &str, signature: &str) -> bool {
        hex::decode(signature).is_ok_and(|signature| self.mac(line).verify_slice(&signature).is_ok())
    }

    /// A mark by which the same bytes are recognised, and from which nobody without this key learns whether they guessed
    /// them: the key's own short name, and a keyed hash. Empty where there is no key.
    pub(crate) fn mark(&self, bytes: &[u8]) -> String {
        let Some(key) = &self.key else { return String::new() };
        let name = Sha256::digest(key.marks);
        // The inner hash has one length, so that nothing can be put at its end.
        let keyed = Sha256::new().chain_update(key.marks).chain_update(Sha256::digest(bytes)).finalize();
        format!("{}:{}", hex::encode(&name[..4]), hex::encode(&keyed[..16]))
    }

    /// A fresh token for what has this id.
    pub(crate) fn token(&self, id: &impl std::fmt::Display) -> FreshToken {
        let token = secrets::token();
        FreshToken { hash: secrets::hash_token(&token), sealed: self.seal(id, &token), token }
    }

    /// Seals a secret of what has this id, so that it opens for that alone.
    pub(crate) fn seal(&self, id: &impl std::fmt::Display, secret: &str) -> Option<String> {
        let nonce: [u8; 12] = world::random();
        let (id, cipher) = (id.to_string(), &self.key.as_ref()?.cipher);
        let payload = Payload { msg: secret.as_bytes(), aad: id.as_bytes() };
        let sealed = cipher.encrypt(Nonce::from_slice(&nonce), payload).ok()?;
        Some(format!("1.{}", STANDARD_NO_PAD.encode([&nonce[..], &sealed].concat())))
    }

    /// Opens what was sealed for this id; none where the key is another, or there is none.
    pub(crate) fn open_for(&self, id: &impl std::fmt::Display, sealed: Option<&str>) -> Option<String> {
        let bytes = STANDARD_NO_PAD.decode(sealed?.strip_prefix("1.")?).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(12)?;
        let id = id.to_string();
        let payload = Payload { msg: sealed, aad: id.as_bytes() };
        String::from_utf8(self.key.as_ref()?.cipher.decrypt(Nonce::from_slice(nonce), payload).ok()?).ok()
    }
}

/// Writes a file that only its owner reads, whole or not at all, and never over another.
pub(crate) fn keep(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let fresh = path.with_extension(format!("new-{}", hex::encode(world::random::<8>())));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&fresh).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    let linked = written.and_then(|()| std::fs::hard_link(&fresh, path));
    let _ = std::fs::remove_file(&fresh);
    linked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_for_what_it_was_sealed_for_and_with_the_key_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(Some(folder.path())).unwrap();
        let sealed = vault.seal(&"phone one", "a token").unwrap();
        assert!(!sealed.contains("token"));
        let again = Vault::open(Some(folder.path())).unwrap();
        assert_eq!(again.open_for(&"phone one", Some(&sealed)).as_deref(), Some("a token"));
        assert_eq!(again.open_for(&"phone two", Some(&sealed)), None);
        let elsewhere = tempfile::tempdir().unwrap();
        assert_eq!(Vault::open(Some(elsewhere.path())).unwrap().open_for(&"phone one", Some(&sealed)), None);
        assert_eq!(vault.mark(b"answers"), again.mark(b"answers"));
        assert_ne!(vault.mark(b"answers"), again.mark(b"other answers"));
        let none = Vault::open(None).unwrap();
        assert_eq!(none.mark(b"answers"), "");
        assert_eq!((none.seal(&"phone one", "a token"), none.open_for(&"phone one", Some(&sealed))), (None, None));
    }
}
