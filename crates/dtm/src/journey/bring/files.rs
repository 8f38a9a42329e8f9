//! The files of a folder or an archive, by their names, within bounds. A name is a key here and leads nowhere else.

use super::Here;
use anyhow::{Context, Result, bail};
use axum::body::Bytes;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The most files an archive or folder may hold.
const MAX_FILES: usize = 500_000;

/// Where the files are.
enum Place {
    Directory(PathBuf),
    Archive { archive: Mutex<zip::ZipArchive<std::fs::File>>, entries: BTreeMap<String, usize> },
}

/// Files on this machine.
pub(super) struct Files {
    place: Place,
    /// Where there is one file only, its folder's other files are none of ours.
    only: Option<String>,
}

/// The folder of a path, and the name in it.
pub(super) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}

/// The ending of a name, in small letters.
pub(super) fn ending(name: &str) -> String {
    name.rsplit_once('.').map_or(String::new(), |(_, ending)| ending.to_ascii_lowercase())
}

impl Files {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let cannot = || format!("cannot read {}", path.display());
        if path.is_dir() {
            return Ok(Self { place: Place::Directory(path.to_path_buf()), only: None });
        }
        let file = std::fs::File::open(path).with_context(cannot)?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if ending(&name) != "zip" {
            let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            return Ok(Self { place: Place::Directory(folder.to_path_buf()), only: Some(name) });
        }
        Self::archive(file)
    }

    /// The files of an archive that is open.
    pub(super) fn archive(file: std::fs::File) -> Result<Self> {
        let mut archive = zip::ZipArchive::new(file).context("this is no archive (.zip)")?;
        if archive.len() > MAX_FILES {
            bail!("more than {MAX_FILES} files");
        }
        let mut entries = BTreeMap::new();
        for at in 0..archive.len() {
            let entry = archive.by_index_raw(at)?;
            if entry.is_file() {
                // Names are keys here and lead to no file of ours.
                entries.insert(entry.name()?.replace('\\', "/"), at);
            }
        }
        Ok(Self { place: Place::Archive { archive: Mutex::new(archive), entries }, only: None })
    }

    /// The names of all files.
    pub(super) fn names(&self) -> Result<Vec<String>> {
        if let Some(only) = &self.only {
            return Ok(vec![only.clone()]);
        }
        let root = match &self.place {
            Place::Archive { entries, .. } => {
                let is_ours = |name: &&String| !name.split('/').any(|part| part == "__MACOSX" || part.starts_with('.'));
                return Ok(entries.keys().filter(is_ours).cloned().collect());
            }
            Place::Directory(root) => root,
        };
        let (mut waiting, mut names) = (vec![(root.clone(), String::new())], Vec::new());
        while let Some((folder, above)) = waiting.pop() {
            for entry in std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
                let entry = entry?;
                // Links could lead out of the folder, or round in it.
                let kind = entry.file_type()?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let path = if above.is_empty() { name } else { format!("{above}/{name}") };
                if kind.is_dir() {
                    waiting.push((entry.path(), path));
                } else if kind.is_file() {
                    names.push(path);
                }
                if names.len() > MAX_FILES {
                    bail!("more than {MAX_FILES} files");
                }
            }
        }
        names.sort();
        Ok(names)
    }

    /// At most so much of a file.
    pub(super) fn read(&self, name: &str, most: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match &self.place {
            Place::Directory(root) => {
                std::fs::File::open(root.join(name))?.take(most).read_to_end(&mut bytes)?;
            }
            Place::Archive { archive, entries } => {
                let at = *entries.get(name).context("it is not in the archive")?;
                let mut archive = archive.lock().map_err(|_| anyhow::anyhow!("the archive cannot be read"))?;
                // What an archive says of its sizes is not believed.
                archive.by_index(at)?.take(most).read_to_end(&mut bytes)?;
            }
        }
        Ok(bytes)
    }

    /// A whole file, within the bounds of one.
    pub(super) fn whole(&self, here: &Here<'_>, name: &str) -> Result<Bytes> {
        let most = crate::http::MAX_BODY as u64;
        let bytes = self.read(name, most + 1)?;
        if bytes.len() as u64 > most {
            bail!(here.say("too large", "trop volumineux"));
        }
        Ok(bytes.into())
    }
}

pub(super) fn content_type(name: &str) -> &'static str {
    match ending(name).as_str() {
        "jpg" | "jpeg" => "image/jpeg",
        "png" => "image/png",
        "mp4" => "video/mp4",
        "m4a" | "aac" => "audio/mp4",
        "mp3" => "audio/mpeg",
        "amr" => "audio/amr",
        "3gp" | "3gpp" => "video/3gpp",
        "csv" => "text/csv",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    }
}
