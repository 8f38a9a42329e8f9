//! Time-based one-time passwords (RFC 6238 on the HOTP of RFC 4226): SHA-1, six digits, steps of 30 seconds, as every
//! authenticator app has them. A code of the step before or after is good as well, for clocks that go wrong a little.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

const STEP_S: i64 = 30;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A new secret of 160 bits, in base 32.
pub(crate) fn fresh_secret() -> String {
    base32(&crate::world::random::<20>())
}

fn base32(bytes: &[u8]) -> String {
    let bit = |at: usize| (bytes[at / 8] >> (7 - at % 8)) & 1;
    let digit = |five: usize| (0..5).fold(0, |value, i| (value << 1) | usize::from(bit(five * 5 + i)));
    (0..bytes.len() * 8 / 5).map(|five| BASE32[digit(five)] as char).collect()
}

fn bytes_of(text: &str) -> Vec<u8> {
    let (mut bits, mut n_bits, mut bytes) = (0_u32, 0, Vec::new());
    for letter in text.bytes() {
        let Some(value) = BASE32.iter().position(|known| *known == letter.to_ascii_uppercase()) else { continue };
        bits = (bits << 5) | value as u32;
        n_bits += 5;
        if n_bits >= 8 {
            n_bits -= 8;
            bytes.push((bits >> n_bits) as u8);
        }
    }
    bytes
}

/// The code of a step: six digits.
fn code(secret: &[u8], step: i64) -> String {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret) else { return String::new() };
    mac.update(&step.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let offset = usize::from(digest[digest.len() - 1] & 0xf);
    let four = [digest[offset] & 0x7f, digest[offset + 1], digest[offset + 2], digest[offset + 3]];
    format!("{:06}", u32::from_be_bytes(four) % 1_000_000)
}

/// The step that a code is good for at this moment (milliseconds UTC), if it is good for one after `used`.
pub(crate) fn matching_step(secret: &str, given: &str, now_ms: i64, used: i64) -> Option<i64> {
    let given: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    let secret = bytes_of(secret);
    if secret.is_empty() {
        return None;
    }
    let now = now_ms.div_euclid(1000 * STEP_S);
    // All three are compared, whichever fits.
    let fits = [now - 1, now, now + 1].map(|step| (step, step > used && is_same(&code(&secret, step), &given)));
    fits.into_iter().find(|(_, fits)| *fits).map(|(step, _)| step)
}

fn is_same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.len() == 6 && a.bytes().zip(b.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

/// What the QR code holds that an authenticator app scans.
pub(crate) fn address(secret: &str, email: &str, site: &str) -> String {
    let encode =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let (site, email) = (encode(site), encode(email));
    format!("otpauth://totp/{site}:{email}?secret={secret}&issuer={site}&algorithm=SHA1&digits=6&period=30")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, for SHA-1; the last six of its eight digits.
        let secret = b"12345678901234567890";
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(secret, seconds / STEP_S), expected, "at {seconds}");
            let text = base32(secret);
            assert_eq!(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
            assert_eq!(matching_step(&text, expected, seconds * 1000, 0), Some(seconds / STEP_S));
        }
    }

    #[test]
    fn a_code_is_good_for_a_minute_and_a_half_and_never_twice() {
        let secret = base32(b"12345678901234567890");
        let now = 1_111_111_111_000;
        let step = now / 30_000;
        let given = code(&bytes_of(&secret), step);
        for (at, good) in [(-2, false), (-1, true), (0, true), (1, true), (2, false)] {
            assert_eq!(matching_step(&secret, &given, now + at * 30_000, 0).is_some(), good, "{at} steps later");
        }
        assert_eq!(matching_step(&secret, &given, now, step), None);
        assert_eq!(matching_step(&secret, &format!("{} {}", &given[..3], &given[3..]), now, 0), Some(step));
        for wrong in ["", "12345", "0000000", "abcdef"] {
            assert_eq!(matching_step(&secret, wrong, now, 0), None);
        }
    }

    #[test]
    fn base_32_is_read_back_as_it_was_written() {
        for bytes in [&b"12345678901234567890"[..], &[0, 255, 1, 254, 7], &[9; 20]] {
            assert_eq!(bytes_of(&base32(bytes)), bytes);
        }
        assert_eq!(fresh_secret().len(), 32);
    }
}
