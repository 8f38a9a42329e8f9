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

/// Does something with a folder for what has to be put aside, which is gone afterwards.
pub(crate) fn in_scratch_folder<T>(work: impl FnOnce(&std::path::Path) -> T) -> std::io::Result<T> {
    let folder = std::env::temp_dir().join(format!("dtm-{}", hex::encode(random::<16>())));
    std::fs::create_dir(&folder)?;
    let done = work(&folder);
    std::fs::remove_dir_all(&folder)?;
    Ok(done)
}

/// Where files are put aside.
pub(crate) fn scratch_place() -> std::path::PathBuf {
    std::env::temp_dir()
}

/// This very program, to run it once more.
pub(crate) fn program() -> std::io::Result<std::path::PathBuf> {
    std::env::current_exe()
}

/// What processes have used, with those they started. Nothing where the system does not tell (it does on Linux).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Used {
    /// Milliseconds of processor time.
    pub(crate) cpu_ms: u64,
    /// The most memory that the largest of them had at once, in megabytes.
    pub(crate) peak_mb: u64,
}

/// What these processes and those below them have used until now.
pub(crate) fn used(roots: &[u32]) -> Option<Used> {
    /// Ticks a second, the same on every Linux.
    const TICKS: u64 = 100;
    let mut parents: Vec<(u32, u32, u64)> = Vec::new();
    for entry in std::fs::read_dir("/proc").ok()?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        // The name stands in brackets and may hold anything.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
        let number = |at: usize| fields.get(at).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
        let ticks = (11..15).map(number).sum::<u64>();
        parents.push((pid, number(1) as u32, ticks));
    }
    let mut all: Vec<u32> = roots.to_vec();
    let mut at = 0;
    while at < all.len() {
        let below = parents.iter().filter(|(pid, parent, _)| *parent == all[at] && !all.contains(pid));
        all.extend(below.map(|(pid, ..)| *pid).collect::<Vec<_>>());
        at += 1;
    }
    let mut used = Used::default();
    for (pid, _, ticks) in parents.into_iter().filter(|(pid, ..)| all.contains(pid)) {
        used.cpu_ms += ticks * 1000 / TICKS;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = peak.and_then(|text| text.split_whitespace().next()?.parse::<u64>().ok());
        used.peak_mb = used.peak_mb.max(kilobytes.unwrap_or(0) / 1024);
    }
    Some(used)
}
