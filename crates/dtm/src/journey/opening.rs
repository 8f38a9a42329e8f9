//! Opens encrypted submissions for those who hold their keys: for a session that unlocked them, or for one export.
//!
//! Answers and files in clear live in memory only and are stored nowhere. Opening costs an RSA operation a submission, so
//! many are opened on all cores at once. Which key a submission was made for is found by trying: a reader holds few.

use super::keys;
use crate::http::{App, Problem};
use crate::world;
use dtm_capture::encrypted::{self, KeyPair, SealError, Sealed, SubmissionKey};
use dtm_model::{FormId, FormKeyId, SubmissionId};
use dtm_store::{Blobs, FormKey, KeyUse, Stamp, Store, StoreError, SubmissionFile};
use futures::StreamExt;
use std::collections::HashMap;
use std::sync::Arc;

/// Blobs fetched at once.
const FETCHED_AT_ONCE: usize = 8;

/// The keys that one reader holds for the submissions of a form.
#[derive(Clone, Default)]
pub(crate) struct Keyring(Vec<(FormKeyId, Arc<KeyPair>)>);

impl Keyring {
    /// The keys of a form that this session has open.
    pub(crate) async fn of_session(app: &App, form: &FormId, session: &str) -> Result<Keyring, StoreError> {
        if session.is_empty() || !app.open_keys.any(session, world::now()) {
            return Ok(Keyring::default());
        }
        let keys = app.store.keys_of_form(form).await?;
        let open = keys.into_iter().filter_map(|key| {
            let pair = app.open_keys.get(session, &key.id, world::now())?;
            Some((key.id, pair))
        });
        Ok(Keyring(open.collect()))
    }

    /// Whether nothing can be opened.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the key that this passphrase, or this private key, opens; false where it opens another. Noted either way.
    pub(crate) async fn add(
        &mut self,
        store: &Store,
        key: &FormKey,
        secret: String,
        on: &str,
        stamp: &Stamp,
    ) -> anyhow::Result<bool> {
        let Some(pair) = keys::tried(store, key, secret, on, stamp).await? else { return Ok(false) };
        self.0.retain(|(known, _)| *known != key.id);
        self.0.push((key.id.clone(), pair));
        Ok(true)
    }

    /// Notes that something was read with these keys.
    pub(crate) async fn note(&self, store: &Store, on: &str, stamp: &Stamp) -> Result<(), StoreError> {
        for (key, _) in &self.0 {
            store.note_key_use(key, KeyUse::Used, on, stamp).await?;
        }
        Ok(())
    }

    /// The envelope and the key that opens it. Takes a while: call it off the async threads.
    fn unlock(&self, envelope: &str) -> Result<Lock, SealError> {
        let sealed = Sealed::read(envelope.as_bytes())?;
        let found = self.0.iter().find_map(|(_, pair)| Some((sealed.unlock(pair).ok()?, pair.clone())));
        let (key, pair) = found.ok_or(SealError::WrongKey)?;
        Ok(Lock { sealed, key, pair })
    }
}

/// An envelope with the keys that open it.
struct Lock {
    sealed: Sealed,
    key: SubmissionKey,
    pair: Arc<KeyPair>,
}

/// The name that a file had before it was encrypted.
pub(crate) fn clear_name(name: &str) -> &str {
    name.strip_suffix(".enc").unwrap_or(name)
}

impl Lock {
    /// A file in clear, under the name it had.
    fn open(&self, name: &str, bytes: Vec<u8>) -> Result<Vec<u8>, SealError> {
        match encrypted::is_sealed_file(&bytes) {
            true => encrypted::open_sealed_file(clear_name(name), &bytes, &self.pair),
            false => self.sealed.open_file(&self.key, name, bytes),
        }
    }
}

/// A submission in clear.
pub(crate) struct Opened {
    pub(crate) xml: String,
    /// Whether the phone signed what was found; none where that cannot be said.
    pub(crate) signed: Option<bool>,
}

/// An encrypted version, as it lies here.
#[derive(Clone)]
pub(crate) struct Closed {
    pub(crate) version: SubmissionId,
    pub(crate) envelope: String,
    pub(crate) files: Vec<SubmissionFile>,
}

/// How many bytes the encrypted answers of an envelope have.
pub(crate) fn size_of_answers(files: &[SubmissionFile]) -> u64 {
    files.iter().filter(|file| file.name == ANSWERS).map(|file| file.size).sum()
}

/// Whether the encrypted answers have arrived.
pub(crate) fn has_answers(files: &[SubmissionFile]) -> bool {
    files.iter().any(|file| file.name == ANSWERS)
}

/// What clients call the encrypted answers.
pub(crate) const ANSWERS: &str = "submission.xml.enc";

/// The XML of these versions in clear; those that the keys do not open, or that are damaged, are left out.
pub(crate) async fn answers(
    blobs: &Blobs,
    ring: &Keyring,
    closed: Vec<Closed>,
) -> Result<HashMap<SubmissionId, String>, StoreError> {
    let fetched = futures::stream::iter(closed.into_iter().map(|one| async move {
        let Some(file) = one.files.iter().find(|file| file.name == ANSWERS) else { return Ok(None) };
        Ok::<_, StoreError>(Some((one.version, one.envelope, blobs.get(&file.hash).await?)))
    }));
    let fetched: Vec<_> = fetched.buffered(FETCHED_AT_ONCE).collect().await;
    let mut waiting = Vec::with_capacity(fetched.len());
    for one in fetched {
        waiting.extend(one?);
    }
    let n_cores = std::thread::available_parallelism().map_or(1, usize::from);
    let share = waiting.len().div_ceil(n_cores).max(1);
    let mut tasks = Vec::new();
    while !waiting.is_empty() {
        let rest = waiting.split_off(share.min(waiting.len()));
        let (ring, mine) = (ring.clone(), std::mem::replace(&mut waiting, rest));
        tasks.push(tokio::task::spawn_blocking(move || {
            let open = |(version, envelope, bytes): (SubmissionId, String, bytes::Bytes)| {
                let lock = ring.unlock(&envelope).ok()?;
                let clear = lock.open(lock.sealed.xml_file(), bytes.to_vec()).ok()?;
                Some((version, String::from_utf8(clear).ok()?))
            };
            mine.into_iter().filter_map(open).collect::<Vec<_>>()
        }));
    }
    let mut opened = HashMap::new();
    for task in tasks {
        opened.extend(task.await.map_err(|error| StoreError::Other(Arc::new(std::io::Error::other(error))))?);
    }
    Ok(opened)
}

/// One version in clear, its signature looked at. Files that came later than it bear none.
pub(crate) async fn one(
    store: &Store,
    blobs: &Blobs,
    ring: &Keyring,
    version: &SubmissionId,
    envelope: &str,
) -> Result<Result<Opened, SealError>, Problem> {
    let mut files = HashMap::new();
    let sealed = match Sealed::read(envelope.as_bytes()) {
        Ok(sealed) => sealed,
        Err(error) => return Ok(Err(error)),
    };
    for file in store.submission_files(version).await?.into_iter().filter(|file| sealed.names(&file.name)) {
        files.insert(file.name, blobs.get(&file.hash).await?);
    }
    let (ring, envelope) = (ring.clone(), envelope.to_owned());
    let work = move || {
        let lock = ring.unlock(&envelope)?;
        let whole = sealed.open(&lock.pair, |name| files.get(name).map(|bytes| bytes.to_vec()));
        let (xml, signed) = match whole {
            Ok(opened) => (opened.xml, opened.signed),
            // A photo that is missing or damaged does not take the answers with it.
            Err(SealError::FileMissing(name) | SealError::Damaged(name)) if name != lock.sealed.xml_file() => {
                let bytes = files.get(lock.sealed.xml_file()).map(|bytes| bytes.to_vec());
                let bytes = bytes.ok_or_else(|| SealError::FileMissing(lock.sealed.xml_file().to_owned()))?;
                (lock.open(lock.sealed.xml_file(), bytes)?, None)
            }
            Err(error) => return Err(error),
        };
        let xml = String::from_utf8(xml).map_err(|_| SealError::Damaged(lock.sealed.xml_file().to_owned()))?;
        Ok(Opened { xml, signed })
    };
    tokio::task::spawn_blocking(work).await.map_err(Problem::internal)
}

/// Opens files of one version, one after the other.
pub(crate) struct FileOpener(Arc<Lock>);

impl FileOpener {
    /// Files of this version; none where no key opens it. Takes a while: call it off the async threads.
    pub(crate) fn of(ring: &Keyring, envelope: &str) -> Option<FileOpener> {
        ring.unlock(envelope).ok().map(|lock| FileOpener(Arc::new(lock)))
    }

    /// A file in clear, by the name it has here.
    pub(crate) fn open(&self, name: &str, bytes: Vec<u8>) -> Result<Vec<u8>, SealError> {
        self.0.open(name, bytes)
    }
}
