//! Submissions that the server seals as they arrive: what stays readable, and the envelope around the rest.
//!
//! In: a submission in clear, the form's public key and the paths of the answers that stay readable. Out: an envelope as a
//! phone makes one, holding the whole submission byte for byte, and beside it a copy of the readable answers in
//! `readable`, an element that other programs pass over. Files are sealed each on its own, as they may come one after the
//! other: a line that names the format, a line with the file's own AES-256 key under the form's RSA key in base64, then
//! nonce and content under AES-256-GCM, bound to the file's name. Nothing here writes anything down. Decision:
//! `docs/decisions/0016-encrypted-on-arrival.md`.

use super::{Clear, KEY_BYTES, KeyPair, PublicKey, SealError, SealedParts, seal};
use crate::submission::{Envelope, SubmissionError};
use crate::xform::NAMESPACE;
use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, Key, KeyInit, Nonce};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, Writer};
use std::collections::BTreeSet;

/// How a file sealed on its own begins.
const FILE_MAGIC: &[u8] = b"DTM-SEALED-FILE 1\n";
/// Bytes of a nonce.
const NONCE_BYTES: usize = 12;

/// Seals a submission. `envelope` is what it says about itself; `fill` supplies chance.
pub fn seal_on_arrival(
    xml: &str,
    envelope: &Envelope,
    readable: &BTreeSet<String>,
    public: &PublicKey,
    fill: impl FnMut(&mut [u8]),
) -> Result<SealedParts, SealError> {
    let open = pruned(xml, readable)?;
    let name = crate::submission::open(open.as_bytes())?.instance_name;
    // The name that its content would give it would tell whether a guess of the content is right.
    let instance_id = envelope.instance_id.as_deref().ok_or(SealError::Missing("instanceID"))?;
    let clear = Clear {
        form_id: &envelope.form_id,
        version: &envelope.version,
        instance_id,
        deprecated_id: envelope.deprecated_id.as_deref(),
        instance_name: name.as_deref(),
        readable: Some(&open),
        xml: xml.as_bytes(),
        files: &[],
    };
    seal(clear, public, fill)
}

/// The readable answers of an envelope, as the submission that they would be alone; none where it has none.
pub fn readable_part(envelope: &str) -> Option<&str> {
    let begin = format!("<readable xmlns=\"{NAMESPACE}\">");
    let from = envelope.find(&begin)? + begin.len();
    let to = envelope.rfind("</readable>")?;
    envelope.get(from..to)
}

/// How the readable answers stand in an envelope.
pub(super) fn readable_element(open: Option<&str>) -> String {
    open.map_or(String::new(), |open| format!("<readable xmlns=\"{NAMESPACE}\">{open}</readable>"))
}

/// Seals a file on its own.
pub fn seal_file(
    name: &str,
    content: &[u8],
    public: &PublicKey,
    mut fill: impl FnMut(&mut [u8]),
) -> Result<Vec<u8>, SealError> {
    let (mut key, mut nonce) = ([0; KEY_BYTES], [0; NONCE_BYTES]);
    fill(&mut key);
    fill(&mut nonce);
    let locked = public.encrypt(&key, fill).ok_or(SealError::WrongKey)?;
    let cipher = Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(&key));
    let payload = Payload { msg: content, aad: name.as_bytes() };
    let sealed = cipher.encrypt(Nonce::from_slice(&nonce), payload);
    let sealed = sealed.map_err(|_| SealError::Damaged(name.to_owned()))?;
    Ok([FILE_MAGIC, STANDARD.encode(locked).as_bytes(), b"\n", &nonce, &sealed].concat())
}

/// Whether a file was sealed on its own.
pub fn is_sealed_file(bytes: &[u8]) -> bool {
    bytes.starts_with(FILE_MAGIC)
}

/// Opens a file that was sealed on its own; `name` is the one it had in clear.
pub fn open_sealed_file(name: &str, bytes: &[u8], pair: &KeyPair) -> Result<Vec<u8>, SealError> {
    let damaged = || SealError::Damaged(name.to_owned());
    let rest = bytes.strip_prefix(FILE_MAGIC).ok_or_else(damaged)?;
    let end = rest.iter().take(4096).position(|byte| *byte == b'\n').ok_or_else(damaged)?;
    let (locked, rest) = (&rest[..end], &rest[end + 1..]);
    let (nonce, sealed) = rest.split_at_checked(NONCE_BYTES).ok_or_else(damaged)?;
    let key = pair.decrypt(&STANDARD.decode(locked).map_err(|_| damaged())?).ok_or(SealError::WrongKey)?;
    let key: [u8; KEY_BYTES] = key.try_into().map_err(|_| SealError::WrongKey)?;
    let cipher = Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(&key));
    cipher.decrypt(Nonce::from_slice(nonce), Payload { msg: sealed, aad: name.as_bytes() }).map_err(|_| damaged())
}

/// The submission with nothing in it but readable answers and what stands around them.
fn pruned(xml: &str, readable: &BTreeSet<String>) -> Result<String, SealError> {
    let around: BTreeSet<&str> =
        readable.iter().flat_map(|path| path.match_indices('/').map(|(at, _)| &path[..at])).collect();
    let mut reader = Reader::from_str(xml.strip_prefix('\u{FEFF}').unwrap_or(xml));
    let mut writer = Writer::new(Vec::new());
    let mut open: Vec<Standing> = Vec::new();
    let malformed = |at: u64, detail: String| {
        SealError::Envelope(SubmissionError::Xml(crate::xml::XmlError::Malformed { at, detail }))
    };
    loop {
        let at = reader.buffer_position();
        let event = reader.read_event().map_err(|error| malformed(at, error.to_string()))?;
        let is_empty = matches!(event, Event::Empty(_));
        let says = open.last().is_some_and(|here| here.keeps == Keeps::Text);
        match event {
            Event::Eof => break,
            Event::Start(start) | Event::Empty(start) => {
                let here = Standing::of(&start, open.last(), readable, &around);
                if let Some(kept) = here.element(&start, open.is_empty()) {
                    put(&mut writer, if is_empty { Event::Empty(kept) } else { Event::Start(kept) });
                }
                if !is_empty {
                    open.push(here);
                }
            }
            Event::End(end) => {
                let closed = open.pop();
                if closed.is_some_and(|here| here.keeps != Keeps::Nothing) {
                    put(&mut writer, Event::End(end));
                }
            }
            text @ (Event::Text(_) | Event::CData(_) | Event::GeneralRef(_)) if says => put(&mut writer, text),
            _ => {}
        }
    }
    String::from_utf8(writer.into_inner()).map_err(|_| SealError::Missing("readable"))
}

fn put(writer: &mut Writer<Vec<u8>>, event: Event<'_>) {
    writer.write_event(event).expect("writing to memory does not fail");
}

/// What is kept of an element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keeps {
    Nothing,
    /// The element, as something readable may stand in it.
    Place,
    /// The element and its text.
    Text,
}

/// An element that is open.
struct Standing {
    path: String,
    keeps: Keeps,
}

impl Standing {
    fn of(
        start: &BytesStart<'_>,
        above: Option<&Standing>,
        readable: &BTreeSet<String>,
        around: &BTreeSet<&str>,
    ) -> Standing {
        let Some(above) = above else { return Standing { path: String::new(), keeps: Keeps::Place } };
        if above.keeps != Keeps::Place {
            // What stands in something unknown, or inside of an answer, is nobody's to read.
            return Standing { path: String::new(), keeps: Keeps::Nothing };
        }
        let name = start.local_name();
        let path = match above.path.as_str() {
            "" => name.as_ref().to_owned(),
            path => format!("{path}/{}", name.as_ref()),
        };
        let is_template = start.attributes().flatten().any(|one| one.key.local_name().as_ref() == "template");
        let keeps = match () {
            _ if is_template => Keeps::Nothing,
            _ if readable.contains(&path) => Keeps::Text,
            _ if around.contains(path.as_str()) || is_entity(&path) => Keeps::Place,
            _ => Keeps::Nothing,
        };
        Standing { path, keeps }
    }

    /// The element as it is kept, with the attributes that matter: the root says which form it is and names its
    /// namespaces, an entity which one it is.
    fn element<'a>(&self, start: &BytesStart<'a>, is_root: bool) -> Option<BytesStart<'a>> {
        if self.keeps == Keeps::Nothing {
            return None;
        }
        let mut kept = BytesStart::new(start.name().as_ref().to_owned());
        let matters = |name: &str| {
            name == "xmlns"
                || name.starts_with("xmlns:")
                || (is_root && matches!(name, "id" | "version"))
                || (!is_root && is_entity(&self.path))
        };
        for attribute in start.attributes().flatten().filter(|attribute| matters(attribute.key.as_ref())) {
            kept.push_attribute(attribute);
        }
        // The envelope's own namespace ends here.
        if is_root && start.attributes().flatten().all(|attribute| attribute.key.as_ref() != "xmlns") {
            kept.push_attribute(("xmlns", ""));
        }
        Some(kept)
    }
}

/// Whether an entity's block stands here.
fn is_entity(path: &str) -> bool {
    path == "meta/entity" || path.ends_with("/meta/entity")
}
