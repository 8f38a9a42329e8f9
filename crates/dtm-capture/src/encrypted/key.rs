//! The RSA key pair of encrypted forms, as ODK uses it: 2048 bits or more, OAEP with SHA-256.
//!
//! Phones differ in the hash of the mask (MGF1): some take SHA-256, some SHA-1; both are understood.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use rsa::rand_core::{CryptoRng, Error, RngCore};
use rsa::traits::PublicKeyParts;
use rsa::{Oaep, RsaPrivateKey, RsaPublicKey};
use sha2::Sha256;

/// Bits of a key made here.
const BITS: usize = 2048;
/// The largest key taken, so that no upload can keep a core busy.
const MAX_BITS: usize = 4096;

/// A private key with its public half.
#[derive(Clone)]
pub struct KeyPair(RsaPrivateKey);

impl std::fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyPair(…)")
    }
}

/// The half that forms carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey(RsaPublicKey);

/// Chance handed in by the caller.
struct Chance<F>(F);

impl<F: FnMut(&mut [u8])> RngCore for Chance<F> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        (self.0)(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        (self.0)(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, dest: &mut [u8]) {
        (self.0)(dest);
    }

    fn try_fill_bytes(&mut self, dest: &mut [u8]) -> Result<(), Error> {
        (self.0)(dest);
        Ok(())
    }
}

impl<F: FnMut(&mut [u8])> CryptoRng for Chance<F> {}

impl KeyPair {
    /// Makes a pair; `fill` supplies chance, which must not be guessable.
    pub fn generate(fill: impl FnMut(&mut [u8])) -> Option<Self> {
        RsaPrivateKey::new(&mut Chance(fill), BITS).ok().map(Self)
    }

    /// Reads a private key in PKCS#8, PEM or DER.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let key = match std::str::from_utf8(bytes) {
            Ok(text) if text.contains("-----BEGIN") => RsaPrivateKey::from_pkcs8_pem(text.trim()).ok(),
            _ => RsaPrivateKey::from_pkcs8_der(bytes).ok(),
        };
        key.filter(|key| key.size() * 8 <= MAX_BITS && key.validate().is_ok()).map(Self)
    }

    /// The private key in PKCS#8 DER. Keep it encrypted.
    pub fn to_der(&self) -> Option<Vec<u8>> {
        self.0.to_pkcs8_der().ok().map(|der| der.as_bytes().to_vec())
    }

    /// The half that forms carry.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.to_public_key())
    }

    pub(super) fn decrypt(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let paddings =
            [Oaep::new_with_mgf_hash::<Sha256, Sha256>(), Oaep::new_with_mgf_hash::<Sha256, sha1_of_oaep::Sha1>()];
        paddings.into_iter().find_map(|padding| self.0.decrypt(padding, bytes).ok())
    }
}

impl PublicKey {
    /// Reads what a form carries: base64 of the X.509 key, with or without the lines of a PEM.
    pub fn read(text: &str) -> Option<Self> {
        let lines = text.lines().filter(|line| !line.contains("-----"));
        let base64: String = lines.flat_map(str::split_whitespace).collect();
        let key = RsaPublicKey::from_public_key_der(&STANDARD.decode(base64).ok()?).ok()?;
        (key.size() * 8 <= MAX_BITS).then_some(Self(key))
    }

    /// As a form carries it.
    pub fn to_base64(&self) -> Option<String> {
        self.0.to_public_key_der().ok().map(|der| STANDARD.encode(der.as_bytes()))
    }

    pub(super) fn encrypt(&self, bytes: &[u8], fill: impl FnMut(&mut [u8])) -> Option<Vec<u8>> {
        let padding = Oaep::new_with_mgf_hash::<Sha256, Sha256>();
        self.0.encrypt(&mut Chance(fill), padding, bytes).ok()
    }
}
