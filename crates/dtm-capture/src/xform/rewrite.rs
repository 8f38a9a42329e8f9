//! Changes one thing in an XForm: its public key, so that phones send envelopes or the server seals what arrives, the
//! questions that stay readable then, or its version. All other bytes stay as they were.

use super::on_arrival::{ARRIVAL_KEY, NAMESPACE, READABLE};
use crate::encrypted::PublicKey;
use crate::xml::XmlError;
use dtm_model::Lang;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, Writer};
use std::collections::BTreeSet;

/// Why a form cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RewriteError {
    /// The form is not XML that we take.
    #[error(transparent)]
    Xml(#[from] XmlError),
    /// There is no model with an instance in it.
    #[error("the form has no model with an instance")]
    NoInstance,
    /// The form names its submissions nowhere.
    #[error("an encrypted form needs an instanceID, and this one has none")]
    NoInstanceId,
    /// The form carries a public key that is none.
    #[error("the form's public key cannot be read: it is an RSA key in X.509, base64")]
    BadKey,
    /// The form carries a key of its own, which stays.
    #[error("the form carries a public key of its own")]
    OwnKey,
}

impl RewriteError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match (self, lang) {
            (RewriteError::Xml(error), _) => error.message(lang),
            (_, Lang::En) => self.to_string(),
            (RewriteError::NoInstance, _) => "le formulaire n’a pas de modèle avec une instance".to_owned(),
            (RewriteError::NoInstanceId, _) => {
                "un formulaire chiffré a besoin d’un instanceID, et celui-ci n’en a pas".to_owned()
            }
            (RewriteError::BadKey, _) => {
                "la clé publique du formulaire est illisible : c’est une clé RSA en X.509, base64".to_owned()
            }
            (RewriteError::OwnKey, _) => "le formulaire porte déjà sa propre clé publique".to_owned(),
        }
    }
}

/// What becomes of the version.
#[derive(Clone, Copy)]
enum Version<'a> {
    /// This stands at its end.
    Suffix(&'a str),
    /// This stands in its place.
    Whole(&'a str),
}

/// What becomes of the key.
#[derive(Clone, Copy)]
enum Key<'a> {
    /// Nothing.
    Kept,
    /// Phones encrypt with this one.
    OnPhone(&'a str),
    /// The server encrypts with this one; phones send in clear, also where the form had told them to encrypt.
    OnArrival(&'a str),
}

impl Key<'_> {
    /// The `submission` element of a form that has none; nothing where the key is kept.
    fn element(self) -> String {
        match self {
            Key::Kept => String::new(),
            Key::OnPhone(key) => format!("<submission base64RsaPublicKey=\"{key}\"/>"),
            Key::OnArrival(key) => format!("<submission xmlns:dtm=\"{NAMESPACE}\" {ARRIVAL_KEY}=\"{key}\"/>"),
        }
    }

    /// The `submission` element with the key. One for phones that has a key already is not ours to change.
    fn on<'s>(self, start: BytesStart<'s>) -> Result<BytesStart<'s>, RewriteError> {
        match self {
            Key::Kept => Ok(start),
            Key::OnPhone(key) => {
                if crate::xml::attribute(&start, "base64RsaPublicKey").is_some_and(|own| !own.trim().is_empty()) {
                    return Err(RewriteError::OwnKey);
                }
                let mut start = with_attribute(&start, ARRIVAL_KEY, None);
                start.push_attribute(("base64RsaPublicKey", key));
                Ok(start)
            }
            Key::OnArrival(key) => {
                let mut renewed = BytesStart::new(start.name().as_ref().to_owned());
                let gone = |name: &str| matches!(name, "base64RsaPublicKey" | ARRIVAL_KEY | "xmlns:dtm");
                for attribute in start.attributes().flatten().filter(|attribute| !gone(attribute.key.as_ref())) {
                    renewed.push_attribute(attribute);
                }
                renewed.push_attribute(("xmlns:dtm", NAMESPACE));
                renewed.push_attribute((ARRIVAL_KEY, key));
                Ok(renewed)
            }
        }
    }
}

/// Returns the form with the key in its `submission` element and, at the end of its version, `suffix`: a form with a
/// key is another form than the one without.
pub fn with_public_key(xform: &str, key: &PublicKey, suffix: &str) -> Result<String, RewriteError> {
    let key = key.to_base64().ok_or(RewriteError::NoInstance)?;
    rewrite(xform, Key::OnPhone(&key), Version::Suffix(suffix))
}

/// Returns the form with a key that the server encrypts submissions with as they arrive, and `suffix` at the end of its
/// version. Phones send in clear, also where the form had told them to encrypt.
pub fn with_arrival_key(xform: &str, key: &PublicKey, suffix: &str) -> Result<String, RewriteError> {
    let key = key.to_base64().ok_or(RewriteError::NoInstance)?;
    rewrite(xform, Key::OnArrival(&key), Version::Suffix(suffix))
}

/// Returns the form with these questions declared readable, by their paths below the root `root`, and no others.
pub fn with_readable(xform: &str, root: &str, readable: &BTreeSet<String>) -> Result<String, RewriteError> {
    let mut missing = readable.clone();
    let (mut told, model_end) = with_elements(xform, |path, start| {
        Ok(match (path.len(), start.local_name().as_ref()) {
            (0, "html") => with_attribute(&start, "xmlns:dtm", Some(NAMESPACE)),
            (3, "bind") => {
                let nodeset = crate::xml::attribute(&start, "nodeset").unwrap_or_default();
                let below = nodeset.trim().strip_prefix('/').and_then(|path| path.strip_prefix(root));
                let below = below.and_then(|path| path.strip_prefix('/')).unwrap_or_default();
                missing.remove(below);
                with_attribute(&start, READABLE, readable.contains(below).then_some("yes"))
            }
            _ => start,
        })
    })?;
    if let Some(at) = model_end {
        let bind = |path: &String| {
            let nodeset = format!("/{root}/{path}");
            format!("<bind nodeset=\"{}\" {READABLE}=\"yes\"/>", quick_xml::escape::escape(nodeset.as_str()))
        };
        told.insert_str(at, &missing.iter().map(bind).collect::<String>());
    }
    Ok(told)
}

/// The element with this attribute set, or without it; untouched where it says so already.
fn with_attribute<'a>(start: &BytesStart<'a>, name: &str, value: Option<&str>) -> BytesStart<'a> {
    let has = start.attributes().flatten().any(|attribute| attribute.key.as_ref() == name);
    if !has && value.is_none() {
        return start.to_owned();
    }
    let mut renewed = BytesStart::new(start.name().as_ref().to_owned());
    for attribute in start.attributes().flatten().filter(|attribute| attribute.key.as_ref() != name) {
        renewed.push_attribute(attribute);
    }
    if let Some(value) = value {
        renewed.push_attribute((name, value));
    }
    renewed
}

/// Returns the form under another version.
pub fn with_version(xform: &str, version: &str) -> Result<String, RewriteError> {
    rewrite(xform, Key::Kept, Version::Whole(version))
}

/// The public key that a form gives phones, as it writes it.
pub fn public_key(xform: &str) -> Option<String> {
    key_of(xform, "base64RsaPublicKey")
}

/// The public key that the server seals submissions of a form with as they arrive.
pub fn arrival_key(xform: &str) -> Option<String> {
    key_of(xform, "arrival-key")
}

fn key_of(xform: &str, attribute: &str) -> Option<String> {
    let mut reader = Reader::from_str(xform);
    let mut path: Vec<String> = Vec::new();
    loop {
        let event = reader.read_event().ok()?;
        let is_empty = matches!(event, Event::Empty(_));
        match event {
            Event::Eof => return None,
            Event::Start(start) | Event::Empty(start) => {
                let name = start.local_name().as_ref().to_owned();
                if name == "submission" && path == ["html", "head", "model"] {
                    let key = crate::xml::attribute(&start, attribute).unwrap_or_default();
                    return Some(key.trim().to_owned()).filter(|key| !key.is_empty());
                }
                if !is_empty {
                    path.push(name);
                }
            }
            Event::End(_) => {
                path.pop();
            }
            _ => {}
        }
    }
}

fn rewrite(xform: &str, key: Key<'_>, version: Version<'_>) -> Result<String, RewriteError> {
    let (mut root_seen, mut is_named, mut has_submission) = (false, false, false);
    let (mut told, model_end) = with_elements(xform, |path, start| {
        let is_submission = start.local_name().as_ref() == "submission";
        is_named |= start.local_name().as_ref() == "instanceID";
        if is_submission && path == ["html", "head", "model"] {
            has_submission = true;
            return key.on(start);
        }
        if !root_seen && path == ["html", "head", "model", "instance"] {
            root_seen = true;
            return Ok(reversioned(&start, version));
        }
        Ok(start)
    })?;
    if !root_seen {
        return Err(RewriteError::NoInstance);
    }
    if !matches!(key, Key::Kept) && !is_named {
        return Err(RewriteError::NoInstanceId);
    }
    // A form that has no `submission` gets one where its model ends.
    if let Some(at) = model_end.filter(|_| !has_submission) {
        told.insert_str(at, &key.element());
    }
    Ok(told)
}

/// Returns the form with its elements as `renew` gives them back, each told the names of those it stands in, and where
/// the end of its model stands in it.
fn with_elements<'x>(
    xform: &'x str,
    mut renew: impl FnMut(&[String], BytesStart<'x>) -> Result<BytesStart<'x>, RewriteError>,
) -> Result<(String, Option<usize>), RewriteError> {
    let mut reader = Reader::from_str(xform);
    let mut writer = Writer::new(Vec::with_capacity(xform.len() + 1000));
    let mut path: Vec<String> = Vec::new();
    let mut model_end = None;
    let malformed = |at: u64, detail: String| RewriteError::Xml(XmlError::Malformed { at, detail });
    loop {
        let at = reader.buffer_position();
        match reader.read_event().map_err(|error| malformed(at, error.to_string()))? {
            Event::Eof => break,
            Event::Empty(start) => put(&mut writer, Event::Empty(renew(&path, start)?)),
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_owned();
                put(&mut writer, Event::Start(renew(&path, start)?));
                path.push(name);
            }
            Event::End(end) => {
                if path == ["html", "head", "model"] {
                    model_end.get_or_insert(writer.get_ref().len());
                }
                path.pop();
                put(&mut writer, Event::End(end));
            }
            other => put(&mut writer, other),
        }
    }
    let told = String::from_utf8(writer.into_inner()).map_err(|_| RewriteError::NoInstance)?;
    Ok((told, model_end))
}

fn put(writer: &mut Writer<Vec<u8>>, event: Event<'_>) {
    writer.write_event(event).expect("writing to memory does not fail");
}

/// The root of the instance under its new version.
fn reversioned<'a>(start: &BytesStart<'a>, version: Version<'_>) -> BytesStart<'a> {
    let renew = |old: String| match version {
        Version::Suffix(suffix) => old + suffix,
        Version::Whole(whole) => whole.to_owned(),
    };
    let name = start.name().as_ref().to_owned();
    let mut renewed = BytesStart::new(name);
    let mut is_versioned = false;
    for attribute in start.attributes().flatten() {
        if attribute.key.local_name().as_ref() == "version" {
            let old = crate::xml::attribute(start, "version").unwrap_or_default();
            renewed.push_attribute((attribute.key.as_ref(), renew(old).as_str()));
            is_versioned = true;
        } else {
            renewed.push_attribute(attribute);
        }
    }
    if !is_versioned {
        renewed.push_attribute(("version", renew(String::new()).as_str()));
    }
    renewed
}
