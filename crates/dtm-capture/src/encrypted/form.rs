//! Puts a public key into an XForm, so that phones send envelopes. All other bytes stay as they were.

use super::PublicKey;
use crate::xml::XmlError;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, Writer};

/// Why a form cannot be given a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormKeyError {
    /// The form is not XML that we take.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// There is no model with an instance in it.
    #[error("the form has no model with an instance")]
    NoInstance,
    /// The form names its submissions nowhere.
    #[error("an encrypted form needs an instanceID, and this one has none")]
    NoInstanceId,
    /// The form carries a key of its own, which stays.
    #[error("the form carries a public key of its own")]
    OwnKey,
}

/// Returns the form with the key in its `submission` element and, at the end of its version, `suffix`: a form with a
/// key is another form than the one without.
pub fn with_public_key(xform: &str, key: &PublicKey, suffix: &str) -> Result<String, FormKeyError> {
    let key = key.to_base64().ok_or(FormKeyError::NoInstance)?;
    let mut reader = Reader::from_str(xform);
    reader.config_mut().check_end_names = true;
    let mut writer = Writer::new(Vec::with_capacity(xform.len() + key.len() + 100));
    let mut path: Vec<String> = Vec::new();
    let (mut root_seen, mut is_named, mut has_submission) = (false, false, false);
    let malformed = |at: u64, detail: String| FormKeyError::Xml(XmlError::Malformed { at, detail });
    // A form that has no `submission` gets one where its model ends.
    let fresh = format!("<submission base64RsaPublicKey=\"{key}\"/>");
    loop {
        let at = reader.buffer_position();
        let event = reader.read_event().map_err(|error| malformed(at, error.to_string()))?;
        let below: Vec<&str> = path.iter().map(String::as_str).collect();
        let in_model = below == ["html", "head", "model"];
        let at_root = below == ["html", "head", "model", "instance"] && !root_seen;
        let is_empty = matches!(event, Event::Empty(_));
        match event {
            Event::Eof => break,
            Event::Start(start) | Event::Empty(start) => {
                let name = start.local_name().as_ref().to_owned();
                is_named |= name == "instanceID";
                let start = match name.as_str() {
                    "submission" if in_model => {
                        has_submission = true;
                        keyed(&start, &key)?
                    }
                    _ if at_root => {
                        root_seen = true;
                        reversioned(&start, suffix)
                    }
                    _ => start,
                };
                if is_empty {
                    put(&mut writer, Event::Empty(start));
                } else {
                    path.push(name);
                    put(&mut writer, Event::Start(start));
                }
            }
            Event::End(end) => {
                if in_model && !has_submission {
                    writer.get_mut().extend_from_slice(fresh.as_bytes());
                }
                path.pop();
                put(&mut writer, Event::End(end));
            }
            other => put(&mut writer, other),
        }
    }
    if !root_seen {
        return Err(FormKeyError::NoInstance);
    }
    if !is_named {
        return Err(FormKeyError::NoInstanceId);
    }
    String::from_utf8(writer.into_inner()).map_err(|_| FormKeyError::NoInstance)
}

fn put(writer: &mut Writer<Vec<u8>>, event: Event<'_>) {
    writer.write_event(event).expect("writing to memory does not fail");
}

/// The `submission` element with our key; one that has a key already is not ours to change.
fn keyed<'a>(start: &BytesStart<'a>, key: &str) -> Result<BytesStart<'a>, FormKeyError> {
    if crate::xml::attribute(start, "base64RsaPublicKey").is_some_and(|own| !own.trim().is_empty()) {
        return Err(FormKeyError::OwnKey);
    }
    let mut start = start.to_owned();
    start.push_attribute(("base64RsaPublicKey", key));
    Ok(start)
}

/// The root of the instance with the suffix at the end of its version.
fn reversioned<'a>(start: &BytesStart<'a>, suffix: &str) -> BytesStart<'a> {
    let name = start.name().as_ref().to_owned();
    let mut renewed = BytesStart::new(name);
    let mut is_versioned = false;
    for attribute in start.attributes().flatten() {
        if attribute.key.local_name().as_ref() == "version" {
            let version = crate::xml::attribute(start, "version").unwrap_or_default();
            renewed.push_attribute((attribute.key.as_ref(), format!("{version}{suffix}").as_str()));
            is_versioned = true;
        } else {
            renewed.push_attribute(attribute);
        }
    }
    if !is_versioned {
        renewed.push_attribute(("version", suffix));
    }
    renewed
}
