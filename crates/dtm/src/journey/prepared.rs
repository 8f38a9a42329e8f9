//! Files of datasets, made once and kept while there is room.
//!
//! A file is written row by row into a scratch file without a name, hashed, and served from there as often as somebody asks:
//! so its length and checksum are known before the first byte leaves, a part of it can be asked for, and memory stays flat.
//! Releases do not change, so a file that was made stays right; a new release has another key. What was not asked for
//! longest goes first.

use crate::world;
use anyhow::{Context, Result};
use bytes::Bytes;
use dtm_publish::files::Out;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OnceCell, Semaphore};

/// Bytes that files may take together before the least needed go.
const ROOM: u64 = 2 << 30;
/// Files that are kept at most: each holds a descriptor.
const MOST: usize = 200;
/// Files that are made at the same time.
const AT_ONCE: usize = 2;

/// A file ready to be sent.
pub(crate) struct PreparedFile {
    file: Mutex<File>,
    /// Its length in bytes.
    pub(crate) length: u64,
    /// The hash of its bytes.
    pub(crate) sha256: [u8; 32],
}

impl PreparedFile {
    /// The bytes from an offset on, at most so many.
    pub(crate) fn read(&self, offset: u64, most: usize) -> std::io::Result<Bytes> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::with_capacity(most.min(1 << 20));
        Read::by_ref(&mut *file).take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes.into())
    }
}

type Slot = Arc<OnceCell<Arc<PreparedFile>>>;

/// The files that are kept.
pub(crate) struct Prepared {
    kept: Mutex<Kept>,
    making: Semaphore,
}

#[derive(Default)]
struct Kept {
    files: HashMap<String, (u64, Slot)>,
    asked: u64,
}

impl Default for Prepared {
    fn default() -> Self {
        Prepared { kept: Mutex::default(), making: Semaphore::new(AT_ONCE) }
    }
}

impl Prepared {
    /// The file of this key; `make` writes it where it is not kept. Who asks for one that is being made waits for it.
    pub(crate) async fn file<F>(&self, key: String, make: F) -> Result<Arc<PreparedFile>>
    where
        F: FnOnce(&mut dyn Out) -> Result<()> + Send + 'static,
    {
        let slot = self.slot(&key);
        let made = slot
            .get_or_try_init(|| async {
                let _one = self.making.acquire().await.context("nothing more is made")?;
                tokio::task::spawn_blocking(move || write(make)).await?.map(Arc::new)
            })
            .await;
        let made = match made {
            Ok(made) => made.clone(),
            Err(error) => {
                self.kept.lock().unwrap_or_else(PoisonError::into_inner).files.remove(&key);
                return Err(error);
            }
        };
        self.make_room();
        Ok(made)
    }

    /// The file of this key, if it is ready; nothing is made, and whether it is asked for is not counted.
    pub(crate) fn ready(&self, key: &str) -> Option<Arc<PreparedFile>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.files.get(key).and_then(|(_, slot)| slot.get().cloned())
    }

    fn slot(&self, key: &str) -> Slot {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.asked += 1;
        let asked = kept.asked;
        let (at, slot) = kept.files.entry(key.to_owned()).or_default();
        *at = asked;
        slot.clone()
    }

    /// Lets go of what was asked for longest ago. Who reads such a file keeps it until the end.
    fn make_room(&self) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let size = |slot: &Slot| slot.get().map_or(0, |file| file.length);
        let mut total: u64 = kept.files.values().map(|(_, slot)| size(slot)).sum();
        while (total > ROOM || kept.files.len() > MOST) && kept.files.len() > 1 {
            let ready = kept.files.iter().filter(|(_, (_, slot))| slot.initialized());
            let Some(oldest) = ready.min_by_key(|(_, (at, _))| *at).map(|(key, _)| key.clone()) else { break };
            if let Some((_, slot)) = kept.files.remove(&oldest) {
                total -= size(&slot);
            }
        }
    }
}

fn write(make: impl FnOnce(&mut dyn Out) -> Result<()>) -> Result<PreparedFile> {
    let mut out = BufWriter::with_capacity(256 << 10, world::scratch()?);
    make(&mut out)?;
    out.flush()?;
    let mut file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
    file.seek(SeekFrom::Start(0))?;
    let mut hash = Sha256::new();
    let length = std::io::copy(&mut file, &mut hash)?;
    Ok(PreparedFile { file: Mutex::new(file), length, sha256: hash.finalize().into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &'static str) -> impl FnOnce(&mut dyn Out) -> Result<()> + Send + 'static {
        move |out| Ok(out.write_all(text.as_bytes())?)
    }

    #[tokio::test]
    async fn a_file_is_made_once_and_any_part_of_it_can_be_read() {
        let prepared = Prepared::default();
        let first = prepared.file("a".to_owned(), said("displaced")).await.unwrap();
        let again = prepared.file("a".to_owned(), said("something else")).await.unwrap();
        assert_eq!(again.read(0, 100).unwrap(), "displaced");
        assert_eq!((again.length, again.sha256), (9, first.sha256));
        assert_eq!(first.read(3, 4).unwrap(), "plac");
        assert_eq!(first.read(20, 4).unwrap(), "");
        assert_eq!(prepared.ready("a").map(|file| file.sha256), Some(first.sha256));
        assert!(prepared.ready("b").is_none(), "looking for a file does not make it");
        assert!(prepared.ready("b").is_none());
    }

    #[tokio::test]
    async fn a_file_that_could_not_be_made_is_tried_again() {
        let prepared = Prepared::default();
        let failed = prepared.file("a".to_owned(), |_| anyhow::bail!("the disk is full")).await;
        assert!(failed.is_err());
        assert_eq!(prepared.file("a".to_owned(), said("made")).await.unwrap().length, 4);
    }

    #[tokio::test]
    async fn what_was_not_asked_for_longest_goes_first() {
        let prepared = Prepared::default();
        for n in 0..MOST + 5 {
            prepared.file(n.to_string(), said("x")).await.unwrap();
            prepared.file("0".to_owned(), said("x")).await.unwrap();
        }
        let kept = prepared.kept.lock().unwrap();
        assert_eq!(kept.files.len(), MOST);
        assert!(kept.files.contains_key("0") && !kept.files.contains_key("1"));
    }
}
