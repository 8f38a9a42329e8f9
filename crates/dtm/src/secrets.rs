//! Passwords and tokens. The store never sees either, only their hashes.

use argon2::{Argon2, PasswordHash, PasswordHasher, PasswordVerifier};
use sha2::{Digest, Sha256};

/// The shortest password accepted.
pub(crate) const MIN_PASSWORD: usize = 10;
/// The longest password accepted, in bytes; hashing takes no longer for it, and nobody types more.
pub(crate) const MAX_PASSWORD: usize = 512;

/// Why a password is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weak {
    TooShort,
    TooLong,
    /// It is the e-mail address, or a part of it.
    IsAddress,
    /// It is among those that are tried first.
    Common,
}

/// Words that common passwords are made of. What is left of a password without them, digits and signs must be
/// something.
const COMMON: &[&str] = &[
    "password",
    "passwort",
    "motdepasse",
    "azerty",
    "qwerty",
    "qwertz",
    "uiop",
    "asdf",
    "ghjkl",
    "zxcvbn",
    "welcome",
    "bienvenue",
    "bonjour",
    "letmein",
    "iloveyou",
    "jetaime",
    "admin",
    "administrator",
    "administrateur",
    "changeme",
    "default",
    "secret",
    "master",
    "login",
    "football",
    "baseball",
    "superman",
    "batman",
    "princess",
    "sunshine",
    "monkey",
    "dragon",
    "shadow",
    "soleil",
    "doudou",
    "loulou",
    "marseille",
    "computer",
    "internet",
    "whatever",
    "trustno",
    "starwars",
    "michael",
    "jordan",
    "charlie",
    "liverpool",
    "chocolate",
    "chocolat",
    "displacement",
    "tracking",
    "matrix",
    "deplacement",
    "migration",
    "iom",
    "oim",
    "dtm",
    "test",
    "user",
    "hello",
    "abc",
    "qaz",
    "wsx",
];

/// Whether a new password is accepted for this person: long rather than odd, and none that everybody tries.
pub(crate) fn is_weak(password: &str, email: &str) -> Option<Weak> {
    if password.len() > MAX_PASSWORD {
        return Some(Weak::TooLong);
    }
    if password.chars().count() < MIN_PASSWORD {
        return Some(Weak::TooShort);
    }
    let plain: String = password.to_lowercase().chars().filter(|c| !c.is_whitespace()).collect();
    let email = email.trim().to_lowercase();
    let name = email.split('@').next().unwrap_or("");
    let rest_of = |part: &str| plain.replacen(part, "", 1).chars().filter(|c| c.is_alphabetic()).count();
    if !email.is_empty() && (plain.contains(&email) || (name.len() >= 4 && plain.contains(name) && rest_of(name) < 4)) {
        return Some(Weak::IsAddress);
    }
    let mut letters = plain.clone();
    for word in COMMON {
        letters = letters.replace(word, "");
    }
    let different: std::collections::BTreeSet<char> = plain.chars().collect();
    let steps = |by: i64| {
        plain.chars().zip(plain.chars().skip(1)).all(|(a, b)| i64::from(b as u32) - i64::from(a as u32) == by)
    };
    let is_number = plain.chars().all(|c| !c.is_alphabetic());
    let is_common = different.len() < 5 || steps(1) || steps(-1);
    let is_made_of_common = !is_number && letters.chars().filter(|c| c.is_alphabetic()).count() < 2;
    let is_plain_number = is_number && plain.len() < 14;
    (is_common || is_made_of_common || is_plain_number).then_some(Weak::Common)
}

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
    fn a_password_that_everybody_tries_is_refused_and_a_sentence_is_not() {
        let weak = |password: &str| is_weak(password, "amina.diallo@example.org");
        for (password, expected) in [
            ("short", Weak::TooShort),
            ("amina.diallo@example.org", Weak::IsAddress),
            ("amina.diallo2026!", Weak::IsAddress),
            ("password123", Weak::Common),
            ("Motdepasse2026!", Weak::Common),
            ("azertyuiop", Weak::Common),
            ("aaaaaaaaaaaa", Weak::Common),
            ("1234567890", Weak::Common),
            ("abcdefghijkl", Weak::Common),
            ("DTM2026!!!!!", Weak::Common),
            ("20261122000", Weak::Common),
        ] {
            assert_eq!(weak(password), Some(expected), "{password}");
        }
        assert_eq!(weak(&"x1y2".repeat(200)), Some(Weak::TooLong));
        for good in ["four goats on a hill", "sorelia-demo", "a password of a test", "Xk3-Pq9-vvT-02", "кошка на крыше"]
        {
            assert_eq!(weak(good), None, "{good}");
        }
        assert_eq!(is_weak(&one_time_password(), "a@b.org"), None);
    }

    #[test]
    fn tokens_are_long_and_never_the_same() {
        let (a, b) = (token(), token());
        assert!(looks_like_token(&a) && looks_like_token(&b) && a != b);
        assert!(!looks_like_token("short") && !looks_like_token(&a.replace(&a[0..1], "/")));
        assert_eq!(one_time_password().len(), 24);
    }
}
