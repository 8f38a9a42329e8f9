//! Digests and base64.

use super::{Call, Function};
use crate::xpath::value::bounded;
use crate::xpath::{Value, XPathError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

pub(super) fn call(call: &Call<'_, '_>) -> Result<Value, XPathError> {
    match call.function {
        Function::Digest => digest(call),
        Function::Base64Decode => {
            let text: String = call.text(0)?.chars().filter(|char| !char.is_ascii_whitespace()).collect();
            let bytes = STANDARD.decode(text).unwrap_or_default();
            bounded(String::from_utf8_lossy(&bytes).into_owned())
        }
        _ => Err(XPathError::Unsupported("extract-signed".to_owned())),
    }
}

fn digest(call: &Call<'_, '_>) -> Result<Value, XPathError> {
    let (text, algorithm) = (call.text(0)?, call.text(1)?);
    call.ground.budget.spend(1 + text.len() / 8)?;
    let bytes = text.as_bytes();
    let digest = match algorithm.to_ascii_lowercase().replace('-', "").as_str() {
        "md5" => Md5::digest(bytes).to_vec(),
        "sha1" => <Sha1 as sha1::Digest>::digest(bytes).to_vec(),
        "sha256" => Sha256::digest(bytes).to_vec(),
        "sha384" => Sha384::digest(bytes).to_vec(),
        "sha512" => Sha512::digest(bytes).to_vec(),
        _ => return Err(XPathError::Unsupported(algorithm.to_string())),
    };
    let encoding = if call.arguments.len() > 2 { call.text(2)?.to_ascii_lowercase() } else { "base64".to_owned() };
    match encoding.as_str() {
        "hex" => Ok(hex::encode(digest).into()),
        "base64" => Ok(STANDARD.encode(digest).into()),
        _ => Err(XPathError::Unsupported(encoding)),
    }
}
