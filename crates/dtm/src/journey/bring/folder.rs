//! From a folder or an archive of filled forms, as ODK Collect, Briefcase and Kobo's media archive lay them out: each in
//! a folder of its own, the answers in one XML file and their files beside it.

use super::{Attached, Brought, Come, Here, Shelf, Taken};
use anyhow::{Context, Result, bail};
use axum::body::Bytes;
use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

/// The most bytes an archive may unpack to.
const MAX_UNPACKED: u64 = 20 << 30;
/// The most files an archive or folder may hold.
const MAX_FILES: usize = 500_000;

/// Filled forms on this machine.
pub(crate) enum Folder<'a> {
    Directory(&'a Path),
    Archive(&'a Path),
}

/// One folder: its files by name.
type Files = BTreeMap<String, Bytes>;

impl<'a> Folder<'a> {
    pub(crate) fn open(path: &'a Path) -> Self {
        if path.is_dir() { Folder::Directory(path) } else { Folder::Archive(path) }
    }

    /// Brings every filled form over; the forms themselves must be here.
    pub(crate) async fn bring(&self, here: &Here<'_>) -> Result<Brought> {
        let mut brought = Brought::default();
        let mut shelf = Shelf::default();
        let mut n = 0;
        let mut each = |name: String, files: Files| {
            n += 1;
            (n, name, files)
        };
        match self {
            Folder::Directory(root) => {
                let mut waiting = vec![root.to_path_buf()];
                let mut seen = 0;
                while let Some(folder) = waiting.pop() {
                    let mut files = Files::new();
                    for entry in
                        std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?
                    {
                        let entry = entry?;
                        seen += 1;
                        if seen > MAX_FILES {
                            bail!("more than {MAX_FILES} files");
                        }
                        // Links could lead out of the folder, or round in it.
                        let kind = entry.file_type()?;
                        if kind.is_dir() {
                            waiting.push(entry.path());
                        } else if kind.is_file() && entry.metadata()?.len() <= crate::http::MAX_BODY as u64 {
                            let name = entry.file_name().to_string_lossy().into_owned();
                            files.insert(name, std::fs::read(entry.path())?.into());
                        }
                    }
                    let (at, name, files) = each(folder.display().to_string(), files);
                    take(here, &mut shelf, at, &name, files, &mut brought).await?;
                }
            }
            Folder::Archive(path) => {
                let file = std::fs::File::open(path).with_context(|| format!("cannot read {}", path.display()))?;
                let mut archive = zip::ZipArchive::new(file).context("this is no archive (.zip)")?;
                if archive.len() > MAX_FILES {
                    bail!("more than {MAX_FILES} files");
                }
                let mut folders: BTreeMap<String, Vec<usize>> = BTreeMap::new();
                for at in 0..archive.len() {
                    let entry = archive.by_index_raw(at)?;
                    if entry.is_file() {
                        let name = entry.name()?;
                        let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
                        folders.entry(folder).or_default().push(at);
                    }
                }
                let mut unpacked = 0;
                for (name, entries) in folders {
                    let mut files = Files::new();
                    for at in entries {
                        let entry = archive.by_index(at)?;
                        let name = entry.name()?.rsplit('/').next().unwrap_or_default().to_owned();
                        let mut bytes = Vec::new();
                        // What an archive says of its sizes is not believed.
                        entry.take(crate::http::MAX_BODY as u64 + 1).read_to_end(&mut bytes)?;
                        unpacked += bytes.len() as u64;
                        if unpacked > MAX_UNPACKED {
                            bail!("the archive unpacks to too much");
                        }
                        if bytes.len() > crate::http::MAX_BODY {
                            brought
                                .trouble(here.say(format!("{name}: too large"), format!("{name} : trop volumineux")));
                        } else {
                            files.insert(name, bytes.into());
                        }
                    }
                    let (at, name, files) = each(name, files);
                    take(here, &mut shelf, at, &name, files, &mut brought).await?;
                }
            }
        }
        Ok(brought)
    }
}

/// A folder holds one filled form with its files, or several forms without.
async fn take(
    here: &Here<'_>,
    shelf: &mut Shelf,
    n: usize,
    name: &str,
    mut files: Files,
    brought: &mut Brought,
) -> Result<()> {
    if n.is_multiple_of(100) {
        (here.progress)(name);
    }
    let answers: Vec<String> = files.keys().filter(|name| name.to_lowercase().ends_with(".xml")).cloned().collect();
    let xmls: Vec<(String, Bytes)> =
        answers.into_iter().filter_map(|name| files.remove(&name).map(|bytes| (name, bytes))).collect();
    let alone = xmls.len() == 1;
    for (xml_name, xml) in xmls {
        let attached = if alone { std::mem::take(&mut files) } else { Files::new() };
        let files = attached.into_iter().map(|(name, bytes)| Attached {
            content_type: content_type(&name).to_owned(),
            name,
            bytes,
        });
        let come = Come { xml, files: files.collect(), at: crate::world::now(), device_id: None, sender: None };
        match here.take(shelf, come, brought).await {
            Ok(Taken::Known(_)) => brought.known += 1,
            Ok(Taken::New(_)) => {}
            Err(error) => brought.trouble(format!("{name}/{xml_name}: {error:#}")),
        }
    }
    Ok(())
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase().as_str() {
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
