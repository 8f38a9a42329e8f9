//! What a power cut leaves of files, worked out from a journal of all that was done to them.
//!
//! What was synced is there. Of what was written since, each sector may be there or not; of names that were made, changed
//! or taken since their folder was synced, the first so many may be there.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Chance that is the same for the same seed.
pub(super) struct Chance(pub(super) u64);

impl Chance {
    pub(super) fn below(&mut self, n: usize) -> usize {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

/// A change of a file's content.
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

#[derive(Default)]
struct File {
    durable: Vec<u8>,
    /// What was done since, in order; how much of it the sync that is under way will make durable.
    pending: Vec<Change>,
    in_sync: usize,
}

/// A change of names.
enum Naming {
    Is(PathBuf, u64),
    Goes(PathBuf),
}

#[derive(Default)]
struct Disk {
    files: HashMap<u64, File>,
    /// The names in use, and every name that ever was.
    now: HashMap<PathBuf, u64>,
    seen: HashSet<PathBuf>,
    /// The names that are durable, and those that are durably gone.
    names: HashMap<PathBuf, u64>,
    gone: HashSet<PathBuf>,
    /// What was done to names since, in order.
    pending: Vec<Naming>,
}

impl Change {
    fn make(&self, content: &mut Vec<u8>) {
        match self {
            Change::Write(at, data) => {
                if content.len() < at + data.len() {
                    content.resize(at + data.len(), 0);
                }
                content[*at..at + data.len()].copy_from_slice(data);
            }
            Change::Length(length) => content.resize(*length, 0),
        }
    }
}

impl Naming {
    fn path(&self) -> &Path {
        match self {
            Naming::Is(path, _) | Naming::Goes(path) => path,
        }
    }
}

/// Writes into `into` what a power cut after this part of the journal leaves of the folder `data`, which was as `before`
/// when the journal began.
pub(super) fn cut(journal: &[u8], data: &Path, before: &Path, into: &Path, chance: &mut Chance) {
    let mut disk = Disk::default();
    let mut rest = journal;
    while rest.len() >= 40 {
        let number = |at: usize| u64::from_ne_bytes(rest[at * 8..at * 8 + 8].try_into().unwrap());
        let (kind, file, offset) = (number(0) as u8, number(1), number(2) as usize);
        let (name_length, length) = (number(3) as usize, number(4) as usize);
        let Some(body) = rest.get(40..40 + name_length + length) else { break };
        let (name, content) = body.split_at(name_length);
        let name = PathBuf::from(String::from_utf8_lossy(name).into_owned());
        rest = &rest[40 + name_length + length..];
        disk.take(kind, file, offset, name, content, data, before);
    }
    disk.write(data, before, into, chance);
}

impl Disk {
    #[allow(clippy::too_many_arguments)]
    fn take(&mut self, kind: u8, file: u64, offset: usize, name: PathBuf, content: &[u8], data: &Path, before: &Path) {
        match kind {
            b'C' if self.now.get(&name) == Some(&file) => {}
            b'C' => {
                // A file that was there before the journal began keeps its content.
                let old = name.strip_prefix(data).ok().filter(|_| self.seen.insert(name.clone()));
                match old.and_then(|rest| fs::read(before.join(rest)).ok()) {
                    Some(durable) => {
                        self.files.insert(file, File { durable, ..File::default() });
                        self.names.insert(name.clone(), file);
                    }
                    None => {
                        self.files.insert(file, File::default());
                        self.pending.push(Naming::Is(name.clone(), file));
                    }
                }
                self.now.insert(name, file);
            }
            b'W' => self.files.entry(file).or_default().pending.push(Change::Write(offset, content.to_vec())),
            b'T' => self.files.entry(file).or_default().pending.push(Change::Length(offset)),
            b'B' => {
                if let Some(file) = self.files.get_mut(&file) {
                    file.in_sync = file.pending.len();
                }
            }
            b'S' => {
                if let Some(file) = self.files.get_mut(&file) {
                    let n = file.in_sync.min(file.pending.len());
                    for change in file.pending.drain(..n) {
                        change.make(&mut file.durable);
                    }
                    file.in_sync = 0;
                }
                let (synced, later) =
                    self.pending.drain(..).partition::<Vec<_>, _>(|naming| naming.path().parent() == Some(&name));
                self.pending = later;
                synced.iter().for_each(|naming| self.name(naming));
            }
            b'R' => {
                let to = PathBuf::from(String::from_utf8_lossy(content).into_owned());
                let Some(file) = self.now.remove(&name) else { return };
                self.seen.insert(to.clone());
                self.now.insert(to.clone(), file);
                self.pending.extend([Naming::Is(to, file), Naming::Goes(name)]);
            }
            b'U' => {
                self.now.remove(&name);
                self.pending.push(Naming::Goes(name));
            }
            other => panic!("a record of the kind {other}"),
        }
    }

    /// A change of names becomes durable.
    fn name(&mut self, naming: &Naming) {
        match naming {
            Naming::Is(path, file) => {
                self.names.insert(path.clone(), *file);
                self.gone.remove(path);
            }
            Naming::Goes(path) => {
                self.names.remove(path);
                self.gone.insert(path.clone());
            }
        }
    }

    fn write(mut self, data: &Path, before: &Path, into: &Path, chance: &mut Chance) {
        crate::office::copy(before, into);
        let n = chance.below(self.pending.len() + 1);
        let pending = std::mem::take(&mut self.pending);
        pending.iter().take(n).for_each(|naming| self.name(naming));
        for path in &self.gone {
            let _ = fs::remove_file(into.join(path.strip_prefix(data).unwrap()));
        }
        for (path, file) in &self.names {
            let file = &self.files[file];
            let mut content = file.durable.clone();
            for change in &file.pending {
                match change {
                    Change::Write(at, bytes) => {
                        for (n, sector) in bytes.chunks(512).enumerate() {
                            if chance.below(2) == 0 {
                                Change::Write(at + n * 512, sector.to_vec()).make(&mut content);
                            }
                        }
                    }
                    length => {
                        if chance.below(2) == 0 {
                            length.make(&mut content);
                        }
                    }
                }
            }
            let target = into.join(path.strip_prefix(data).unwrap());
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::write(target, content).unwrap();
        }
        // Not a file of its own kind: it is made anew from the log.
        let _ = fs::remove_file(into.join("dtm.db-shm"));
    }
}
