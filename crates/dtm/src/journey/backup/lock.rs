//! What closes and opens a backup: a passphrase, argon2id, and AES-256-GCM over the whole stream.
//!
//! The file begins with a line that names it and 16 bytes of salt. The key is argon2id(passphrase, salt) with 64 MiB, three
//! passes and one lane, so that guessing costs. What follows are segments of 64 KiB, each sealed under a nonce of its
//! number (11 bytes, big endian) and a byte that is 1 for the last one: segments cannot be changed, moved, or cut off
//! (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015). Why not age: `docs/decisions/0018`.

use aes_gcm::aead::AeadInPlace;
use aes_gcm::{Aes256Gcm, Key, KeyInit, Nonce};
use anyhow::{Context, Result, anyhow, ensure};
use argon2::{Algorithm, Argon2, Params, Version};
use std::io::{self, Read, Write};

const NAME: &[u8; 13] = b"dtm-backup-1\n";
const SALT: usize = 16;
const SEGMENT: usize = 64 << 10;
const TAG: usize = 16;
/// The shortest passphrase taken.
const SHORTEST: usize = 12;

/// The passphrase of a backup.
pub(crate) struct Lock(String);

impl Lock {
    /// A passphrase that is long enough.
    pub(crate) fn new(passphrase: Option<String>) -> Result<Self> {
        let words = passphrase.context("a backup is encrypted: give its passphrase in DTM_BACKUP_PASSPHRASE")?;
        ensure!(words.chars().count() >= SHORTEST, "the passphrase has fewer than {SHORTEST} characters");
        Ok(Self(words))
    }

    fn cipher(&self, salt: &[u8]) -> Result<Aes256Gcm> {
        let params = Params::new(64 << 10, 3, 1, Some(32)).map_err(|error| anyhow!("{error}"))?;
        let mut key = [0; 32];
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        argon.hash_password_into(self.0.as_bytes(), salt, &mut key).map_err(|error| anyhow!("{error}"))?;
        Ok(Aes256Gcm::new(Key::<Aes256Gcm>::from_slice(&key)))
    }

    /// Encrypts what is written from now on. The salt is chance: no two backups have the same key.
    pub(super) fn close<W: Write>(&self, mut out: W, salt: [u8; SALT]) -> Result<Closing<W>> {
        out.write_all(NAME)?;
        out.write_all(&salt)?;
        Ok(Closing { cipher: self.cipher(&salt)?, number: 0, held: Vec::with_capacity(SEGMENT + TAG), out })
    }

    /// Decrypts what is read from now on.
    pub(super) fn open<R: Read>(&self, mut input: R) -> Result<Opening<R>> {
        let mut head = [0; NAME.len() + SALT];
        input.read_exact(&mut head).context("not a backup: the file is too short")?;
        let (name, salt) = head.split_at(NAME.len());
        ensure!(name == NAME, "not a backup of dtm");
        let (mut ahead, cipher) = (Vec::new(), self.cipher(salt)?);
        fill(&mut input, &mut ahead)?;
        let mut opening = Opening { cipher, number: 0, ahead, input, open: Vec::new(), read: 0, is_over: false };
        opening
            .next_segment()
            .map_err(|_| anyhow!("the passphrase is another, or the file is damaged at its beginning"))?;
        Ok(opening)
    }
}

fn nonce(number: u64, is_last: bool) -> Nonce<aes_gcm::aead::consts::U12> {
    let mut bytes = [0; 12];
    bytes[3..11].copy_from_slice(&number.to_be_bytes());
    bytes[11] = u8::from(is_last);
    bytes.into()
}

/// Seals what is written into it; not whole before [`Closing::finish`].
pub(super) struct Closing<W> {
    cipher: Aes256Gcm,
    number: u64,
    held: Vec<u8>,
    out: W,
}

impl<W: Write> Closing<W> {
    fn seal(&mut self, is_last: bool) -> io::Result<()> {
        let sealed = self.cipher.encrypt_in_place(&nonce(self.number, is_last), b"", &mut self.held);
        sealed.map_err(|_| io::Error::other("a segment could not be encrypted"))?;
        self.number += 1;
        self.out.write_all(&self.held)?;
        self.held.clear();
        Ok(())
    }

    /// Writes the last segment, and gives back what was written into.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Closing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full segment waits until more comes: the last one is sealed otherwise.
        if self.held.len() == SEGMENT {
            self.seal(false)?;
        }
        let n = bytes.len().min(SEGMENT - self.held.len());
        self.held.extend_from_slice(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Opens what is read through it; what was changed or cut off fails.
pub(super) struct Opening<R> {
    cipher: Aes256Gcm,
    number: u64,
    /// The next segment, still sealed.
    ahead: Vec<u8>,
    input: R,
    open: Vec<u8>,
    read: usize,
    is_over: bool,
}

/// Reads a sealed segment, or what there is of one.
fn fill(input: &mut impl Read, into: &mut Vec<u8>) -> io::Result<()> {
    into.clear();
    input.take((SEGMENT + TAG) as u64).read_to_end(into)?;
    Ok(())
}

impl<R: Read> Opening<R> {
    fn next_segment(&mut self) -> io::Result<()> {
        self.open = std::mem::take(&mut self.ahead);
        fill(&mut self.input, &mut self.ahead)?;
        self.is_over = self.ahead.is_empty();
        let opened = self.cipher.decrypt_in_place(&nonce(self.number, self.is_over), b"", &mut self.open);
        opened.map_err(|_| io::Error::other("the backup is damaged or cut off"))?;
        self.number += 1;
        self.read = 0;
        Ok(())
    }
}

impl<R: Read> Read for Opening<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.read == self.open.len() {
            if self.is_over {
                return Ok(0);
            }
            self.next_segment()?;
        }
        let n = into.len().min(self.open.len() - self.read);
        into[..n].copy_from_slice(&self.open[self.read..self.read + n]);
        self.read += n;
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_closed_opens_with_its_passphrase_alone_and_only_whole() {
        let lock = |words: &str| Lock::new(Some(words.to_owned())).unwrap();
        let read = |lock: &Lock, bytes: &[u8]| -> Result<Vec<u8>> {
            let mut content = Vec::new();
            lock.open(bytes)?.read_to_end(&mut content)?;
            Ok(content)
        };
        let ours = lock("four goats on a hill");
        // Nothing, less than a segment, a whole one, one and a bit, two.
        for length in [0, 10, SEGMENT, SEGMENT + 1, 2 * SEGMENT] {
            let content: Vec<u8> = (0..length).map(|n| ((n * n) >> 3) as u8).collect();
            let mut closing = ours.close(Vec::new(), [7; SALT]).unwrap();
            closing.write_all(&content).unwrap();
            let sealed = closing.finish().unwrap();
            assert_eq!(read(&ours, &sealed).unwrap(), content, "{length}");
            assert!(read(&lock("five goats on a hill"), &sealed).is_err());
            for cut in [sealed.len() - 1, NAME.len() + SALT, 5] {
                assert!(read(&ours, &sealed[..cut]).is_err(), "{length} cut off at {cut}");
            }
            if length > SEGMENT {
                let whole_segments = NAME.len() + SALT + SEGMENT + TAG;
                assert!(read(&ours, &sealed[..whole_segments]).is_err(), "the last segment is missing");
            }
            for at in [0, NAME.len() + 1, sealed.len() - 1] {
                let mut other = sealed.clone();
                other[at] ^= 1;
                assert!(read(&ours, &other).is_err(), "{length} changed at {at}");
            }
        }
        assert!(Lock::new(Some("short".to_owned())).is_err() && Lock::new(None).is_err());
    }
}
