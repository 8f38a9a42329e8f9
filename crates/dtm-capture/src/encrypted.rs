//! Encrypted forms: the envelope that phones send, opened with the key, and forms that tell phones to send one.
//!
//! In: the XML of an envelope and the files beside it. Out: the submission's XML and files in clear. A form asks for
//! envelopes by a public key, which `xform::with_public_key` puts into it. A phone makes a new AES-256 key for each submission, encrypts every file with it
//! (CFB, PKCS#5 padding) and the key itself with the form's RSA key (OAEP, SHA-256). The initialisation vector starts
//! as MD5(instanceID ‖ key); before each file one of its bytes goes up by one, the first before the first file, and so
//! on around; the files are taken in the order in which the envelope names them, the XML last. The signature holds the
//! MD5 of every clear file, so that a file taken away or exchanged is noticed. Nothing here draws chance of its own.
//! The server seals in the same way what may not lie about in clear once it has arrived (`arrival`).
//! Source: the ODK encrypted-forms specification, `CAPTURE.md` §3.1.

mod arrival;
mod key;

pub use arrival::{is_sealed_file, open_sealed_file, readable_part, seal_file, seal_on_arrival};
pub use key::{KeyPair, PublicKey};

use crate::submission::SubmissionError;
use crate::xml::{self, MAX_ELEMENTS, Step};
use aes::cipher::{AsyncStreamCipher, KeyIvInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dtm_model::Lang;
use md5::{Digest, Md5};

/// Length of the key of one submission, in bytes.
const KEY_BYTES: usize = 32;

/// Why an envelope cannot be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The envelope is not XML that we take.
    #[error(transparent)]
    Envelope(#[from] SubmissionError),
    /// The envelope lacks a part.
    #[error("the envelope has no `{0}`")]
    Missing(&'static str),
    /// The private key does not fit: the submission was made for another key, or the envelope is damaged.
    #[error("the key does not open this submission")]
    WrongKey,
    /// A file did not arrive yet.
    #[error("the encrypted file `{0}` has not arrived")]
    FileMissing(String),
    /// A file cannot be decrypted.
    #[error("the encrypted file `{0}` is damaged")]
    Damaged(String),
    /// What was decrypted is not what the phone signed.
    #[error("the files are not those that the phone signed")]
    Unsigned,
}

impl SealError {
    /// A stable word for this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            SealError::Envelope(error) => error.code(),
            SealError::Missing(_) => "sealed_incomplete",
            SealError::WrongKey => "sealed_wrong_key",
            SealError::FileMissing(_) => "sealed_file_missing",
            SealError::Damaged(_) => "sealed_damaged",
            SealError::Unsigned => "sealed_unsigned",
        }
    }

    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            SealError::Envelope(error) => error.message(lang),
            SealError::Missing(what) => format!("l’enveloppe n’a pas de `{what}`"),
            SealError::WrongKey => "la clé n’ouvre pas cette soumission".to_owned(),
            SealError::FileMissing(name) => format!("le fichier chiffré `{name}` n’est pas arrivé"),
            SealError::Damaged(name) => format!("le fichier chiffré `{name}` est endommagé"),
            SealError::Unsigned => "les fichiers ne sont pas ceux que le téléphone a signés".to_owned(),
        }
    }
}

/// An envelope as a phone sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    form_id: String,
    version: String,
    instance_id: String,
    /// As written, which is what the signature covers.
    key_text: String,
    encrypted_key: Vec<u8>,
    signature: Option<Vec<u8>>,
    media: Vec<String>,
    xml_file: String,
}

/// A submission in clear. Its files carry the names that the answers use.
#[derive(Clone, PartialEq, Eq)]
pub struct Opened {
    /// The submission's XML.
    pub xml: Vec<u8>,
    /// Name and content of each file.
    pub files: Vec<(String, Vec<u8>)>,
    /// Whether the phone signed what was found; none where the envelope carries no signature.
    pub signed: Option<bool>,
}

impl std::fmt::Debug for Opened {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opened {{ {} files, signed: {:?} }}", self.files.len(), self.signed)
    }
}

/// The key of one submission.
#[derive(Clone)]
pub struct SubmissionKey([u8; KEY_BYTES]);

impl Sealed {
    /// Reads an envelope.
    pub fn read(bytes: &[u8]) -> Result<Self, SealError> {
        let envelope = crate::submission::open(bytes)?;
        let (mut path, mut text): (Vec<String>, String) = (Vec::new(), String::new());
        let [mut key, mut signature, mut xml_file] = [const { String::new() }; 3];
        let mut media = Vec::new();
        xml::walk(bytes, MAX_ELEMENTS, |step| {
            match step {
                Step::Open(start) => {
                    path.push(start.local_name().as_ref().to_owned());
                    text.clear();
                }
                Step::Text(more) => text.push_str(more),
                Step::Close => {
                    let names: Vec<&str> = path.iter().skip(1).map(String::as_str).collect();
                    let text = std::mem::take(&mut text).trim().to_owned();
                    match names[..] {
                        ["base64EncryptedKey"] => key = text,
                        ["base64EncryptedElementSignature"] => signature = text,
                        ["encryptedXmlFile"] => xml_file = text,
                        ["media", "file"] => media.push(text),
                        _ => {}
                    }
                    path.pop();
                }
            }
            Ok::<(), SubmissionError>(())
        })?;
        let decode = |text: &str| STANDARD.decode(text.split_whitespace().collect::<String>()).ok();
        let some = |text: String, what| if text.is_empty() { Err(SealError::Missing(what)) } else { Ok(text) };
        let key_text = some(key, "base64EncryptedKey")?;
        Ok(Self {
            form_id: envelope.form_id,
            version: envelope.version,
            instance_id: envelope.instance_id.ok_or(SealError::Missing("instanceID"))?,
            encrypted_key: decode(&key_text).ok_or(SealError::WrongKey)?,
            key_text,
            signature: decode(&signature).filter(|bytes| !bytes.is_empty()),
            media,
            xml_file: some(xml_file, "encryptedXmlFile")?,
        })
    }

    /// The key of this submission, if the private key is the one it was made for.
    pub fn unlock(&self, pair: &KeyPair) -> Result<SubmissionKey, SealError> {
        let key = pair.decrypt(&self.encrypted_key).ok_or(SealError::WrongKey)?;
        Ok(SubmissionKey(key.try_into().map_err(|_| SealError::WrongKey)?))
    }

    /// Opens the submission. `file` returns the content of a file that came with it, by name.
    pub fn open(&self, pair: &KeyPair, mut file: impl FnMut(&str) -> Option<Vec<u8>>) -> Result<Opened, SealError> {
        let key = self.unlock(pair)?;
        let mut vectors = Vectors::new(&self.instance_id, &key);
        let mut opened = Opened { xml: Vec::new(), files: Vec::new(), signed: None };
        for name in &self.media {
            let bytes = file(name).ok_or_else(|| SealError::FileMissing(name.clone()))?;
            let clear = vectors.decrypt(&key, bytes).ok_or_else(|| SealError::Damaged(name.clone()))?;
            opened.files.push((name.strip_suffix(".enc").unwrap_or(name).to_owned(), clear));
        }
        let bytes = file(&self.xml_file).ok_or_else(|| SealError::FileMissing(self.xml_file.clone()))?;
        opened.xml = vectors.decrypt(&key, bytes).ok_or_else(|| SealError::Damaged(self.xml_file.clone()))?;
        opened.signed = self.signature.as_ref().map(|signature| {
            let told = pair.decrypt(signature);
            told.is_some_and(|told| told == self.digest(&opened))
        });
        Ok(opened)
    }

    /// The file that holds the answers.
    pub fn xml_file(&self) -> &str {
        &self.xml_file
    }

    /// Whether the envelope names this file.
    pub fn names(&self, file: &str) -> bool {
        file == self.xml_file || self.media.iter().any(|name| name == file)
    }

    /// One file in clear, by the name that the envelope gives it. Those before it only move the vector.
    pub fn open_file(&self, key: &SubmissionKey, name: &str, bytes: Vec<u8>) -> Result<Vec<u8>, SealError> {
        let mut vectors = Vectors::new(&self.instance_id, key);
        for known in self.media.iter().chain([&self.xml_file]) {
            if known == name {
                return vectors.decrypt(key, bytes).ok_or_else(|| SealError::Damaged(name.to_owned()));
            }
            vectors.turn();
        }
        Err(SealError::FileMissing(name.to_owned()))
    }

    /// What the phone signs: the MD5 of the envelope's facts and of each file in clear.
    fn digest(&self, opened: &Opened) -> Vec<u8> {
        let mut text = format!("{}\n", self.form_id);
        if !self.version.is_empty() {
            text.push_str(&format!("{}\n", self.version));
        }
        text.push_str(&format!("{}\n{}\n", self.key_text, self.instance_id));
        let xml = ("submission.xml", &opened.xml);
        let files = opened.files.iter().map(|(name, bytes)| (name.as_str(), bytes)).chain([xml]);
        for (name, bytes) in files {
            text.push_str(&format!("{name}::{}\n", hex::encode(Md5::digest(bytes))));
        }
        Md5::digest(text.as_bytes()).to_vec()
    }
}

/// The initialisation vectors of a submission's files, one after the other.
struct Vectors {
    bytes: [u8; 16],
    n: usize,
}

impl Vectors {
    fn new(instance_id: &str, key: &SubmissionKey) -> Self {
        let digest = Md5::new().chain_update(instance_id.as_bytes()).chain_update(key.0).finalize();
        Self { bytes: digest.into(), n: 0 }
    }

    fn turn(&mut self) {
        let byte = &mut self.bytes[self.n % 16];
        *byte = byte.wrapping_add(1);
        self.n += 1;
    }

    fn decrypt(&mut self, key: &SubmissionKey, mut bytes: Vec<u8>) -> Option<Vec<u8>> {
        self.turn();
        cfb_mode::Decryptor::<aes::Aes256>::new(&key.0.into(), &self.bytes.into()).decrypt(&mut bytes);
        let padding = usize::from(*bytes.last()?);
        let is_padding = (1..=16).contains(&padding)
            && padding <= bytes.len()
            && bytes.iter().rev().take(padding).all(|byte| usize::from(*byte) == padding);
        is_padding.then(|| {
            bytes.truncate(bytes.len() - padding);
            bytes
        })
    }

    fn encrypt(&mut self, key: &SubmissionKey, clear: &[u8]) -> Vec<u8> {
        self.turn();
        let padding = 16 - clear.len() % 16;
        let mut bytes = clear.to_vec();
        bytes.extend(std::iter::repeat_n(padding as u8, padding));
        cfb_mode::Encryptor::<aes::Aes256>::new(&key.0.into(), &self.bytes.into()).encrypt(&mut bytes);
        bytes
    }
}

/// A submission in clear, about to be sealed.
#[derive(Clone, Copy, Debug)]
pub struct Clear<'a> {
    /// The form.
    pub form_id: &'a str,
    /// Its version.
    pub version: &'a str,
    /// The submission's own name.
    pub instance_id: &'a str,
    /// The instance it replaces, which stays readable.
    pub deprecated_id: Option<&'a str>,
    /// A name for people that stays readable.
    pub instance_name: Option<&'a str>,
    /// The answers that stay readable, as a submission of their own.
    pub readable: Option<&'a str>,
    /// The XML of the answers.
    pub xml: &'a [u8],
    /// Files beside it, in order.
    pub files: &'a [(String, Vec<u8>)],
}

/// An envelope and the encrypted files that go with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedParts {
    /// The envelope's XML.
    pub xml: String,
    /// Name and content of each encrypted file, the answers last.
    pub files: Vec<(String, Vec<u8>)>,
}

/// Seals a submission as a phone would. `fill` supplies chance.
pub fn seal(clear: Clear<'_>, public: &PublicKey, mut fill: impl FnMut(&mut [u8])) -> Result<SealedParts, SealError> {
    let mut key = SubmissionKey([0; KEY_BYTES]);
    fill(&mut key.0);
    let encrypted_key = public.encrypt(&key.0, &mut fill).ok_or(SealError::WrongKey)?;
    let mut vectors = Vectors::new(clear.instance_id, &key);
    let mut files: Vec<(String, Vec<u8>)> =
        clear.files.iter().map(|(name, bytes)| (format!("{name}.enc"), vectors.encrypt(&key, bytes))).collect();
    let media: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
    files.push(("submission.xml.enc".to_owned(), vectors.encrypt(&key, clear.xml)));
    let sealed = Sealed {
        form_id: clear.form_id.to_owned(),
        version: clear.version.to_owned(),
        instance_id: clear.instance_id.to_owned(),
        key_text: STANDARD.encode(&encrypted_key),
        encrypted_key,
        signature: None,
        media,
        xml_file: "submission.xml.enc".to_owned(),
    };
    let opened = Opened { xml: clear.xml.to_vec(), files: clear.files.to_vec(), signed: None };
    let signature = public.encrypt(&sealed.digest(&opened), &mut fill).ok_or(SealError::WrongKey)?;
    Ok(SealedParts { xml: sealed.to_xml(clear, &signature), files })
}

impl Sealed {
    fn to_xml(&self, clear: Clear<'_>, signature: &[u8]) -> String {
        let text = |text: &str| quick_xml::escape::escape(text).into_owned();
        let element = |name: &str, value: Option<&str>| {
            value.map_or(String::new(), |value| format!("<{name}>{}</{name}>", text(value)))
        };
        let replaced = element("deprecatedID", clear.deprecated_id);
        let name = element("instanceName", clear.instance_name);
        let media: String =
            self.media.iter().map(|name| format!("<media><file>{}</file></media>", text(name))).collect();
        format!(
            "<?xml version=\"1.0\"?><data id=\"{}\" version=\"{}\" instanceID=\"{}\" encrypted=\"yes\" \
             xmlns=\"http://opendatakit.org/submissions\"><base64EncryptedKey>{}</base64EncryptedKey>\
             <meta xmlns=\"http://openrosa.org/xforms\"><instanceID>{}</instanceID>{replaced}{name}</meta>{media}\
             <encryptedXmlFile>{}</encryptedXmlFile>\
             <base64EncryptedElementSignature>{}</base64EncryptedElementSignature>{}</data>",
            text(&self.form_id),
            text(&self.version),
            text(&self.instance_id),
            self.key_text,
            text(&self.instance_id),
            text(&self.xml_file),
            STANDARD.encode(signature),
            arrival::readable_element(clear.readable),
        )
    }
}

#[cfg(test)]
mod tests;
