//! Passwords and tokens. The store never sees either, only their hashes.

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use sha2::{Digest, Sha256};

/// The shortest password accepted.
pub(crate) const MIN_PASSWORD: usize = 10;

/// A secret of 64 characters out of `A-Z a-z 0-9 ! $` (6 bits each), as ODK clients expect it in addresses.
pub(crate) fn token() -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!$";
    crate::world::random::<64>().iter().map(|byte| ALPHABET[usize::from(byte & 63)] as char).collect()
}

/// Whether a text has the shape of a token.
pub(crate) fn looks_like_token(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'!' | b'$'))
}

/// A password a person can type from paper: five groups of four letters and digits that are not mistaken for each other.
pub(crate) fn one_time_password() -> String {
    const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789X";
    let letters: Vec<char> =
        crate::world::random::<20>().iter().map(|byte| ALPHABET[usize::from(byte & 31)] as char).collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// What the store keeps of a token.
pub(crate) fn hash_token(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// What the store keeps of a password (argon2id). Slow on purpose: call it off the async threads.
pub(crate) fn hash_password(password: &str) -> anyhow::Result<String> {
    Ok(Argon2::default().hash_password(password.as_bytes()).map_err(|e| anyhow::anyhow!("{e}"))?.to_string())
}

/// Stands in where there is no account, so that an unknown address takes as long as a wrong password.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9i$\
        kJ1dVh2l1nK7b8bqjIcD3mXrV3o2lqkZCq3Y5mXcV0Q";

/// Whether the password is the one hashed. A missing hash costs as much time as a wrong password.
pub(crate) fn password_matches(password: &str, hash: Option<&str>) -> bool {
    let Ok(parsed) = PasswordHash::new(hash.unwrap_or(NOBODY)) else { return false };
    Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok() && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_recognised_by_its_hash_and_no_other() {
        let hash = hash_password("correct horse battery").unwrap();
        assert!(password_matches("correct horse battery", Some(&hash)));
        assert!(!password_matches("correct horse battery!", Some(&hash)));
        assert!(!password_matches("correct horse battery", None));
    }

    #[test]
    fn an_unknown_account_is_checked_against_a_hash_that_costs_as_much_as_a_real_one() {
        let stand_in = PasswordHash::new(NOBODY).unwrap();
        let real = hash_password("correct horse battery").unwrap();
        let real = PasswordHash::new(&real).unwrap();
        assert_eq!((stand_in.algorithm, &stand_in.params), (real.algorithm, &real.params));
    }

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let (a, b) = (token(), token());
        assert!(looks_like_token(&a) && looks_like_token(&b) && a != b);
        assert!(!looks_like_token("short") && !looks_like_token(&a.replace(&a[0..1], "/")));
        assert_eq!(one_time_password().len(), 24);
    }
}
