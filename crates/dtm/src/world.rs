//! The clock, chance and the environment: the only file that reads them.

#![allow(clippy::disallowed_methods)]

use chrono::NaiveDate;
use dtm_model::Instant;

/// The present moment.
pub(crate) fn now() -> Instant {
    Instant::from_millis(chrono::Utc::now().timestamp_millis())
}

/// Today in UTC.
pub(crate) fn today() -> NaiveDate {
    now().date()
}

/// Seconds since the process began to care, for measuring.
pub(crate) fn stopwatch() -> std::time::Instant {
    std::time::Instant::now()
}

/// This many random bytes from the operating system.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::RngCore::fill_bytes(&mut rand::rng(), &mut bytes);
    bytes
}

/// Fills bytes with chance from the operating system.
pub(crate) fn fill(bytes: &mut [u8]) {
    rand::RngCore::fill_bytes(&mut rand::rng(), bytes);
}

/// A new id: `fresh(RoundId::new)`.
pub(crate) fn fresh<T>(make: impl FnOnce(Instant, [u8; 10]) -> T) -> T {
    make(now(), random())
}

/// A variable of the environment, if it is set and not empty.
pub(crate) fn env(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A file for what an export has to put aside. It has no name any more and is gone when it is closed.
pub(crate) fn scratch() -> std::io::Result<std::fs::File> {
    let path = std::env::temp_dir().join(format!("dtm-{}", hex::encode(random::<16>())));
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path)?;
    std::fs::remove_file(&path)?;
    Ok(file)
}

/// A folder for what a command has to put aside; whoever asks removes it.
pub(crate) fn scratch_folder() -> std::io::Result<std::path::PathBuf> {
    let path = std::env::temp_dir().join(format!("dtm-{}", hex::encode(random::<16>())));
    std::fs::create_dir(&path)?;
    Ok(path)
}
