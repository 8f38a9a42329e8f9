//! `dtm backup`, `dtm restore` and `dtm check`: what keeps an instance whole.

use super::{Caller, Mistakes, Report};
use crate::journey::backup::{self, Holds, Lock};
use crate::journey::scrub;
use crate::world;
use anyhow::{Context, Result};
use serde_json::json;
use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter};
use std::path::{Path, PathBuf};

/// The variable that holds the passphrase of a backup.
const PASSPHRASE: &str = "DTM_BACKUP_PASSPHRASE";

/// Write everything into one file, encrypted with DTM_BACKUP_PASSPHRASE, while the server goes on
#[derive(clap::Args)]
pub(crate) struct Backup {
    /// The file to write; one that is there already is not touched
    file: PathBuf,
}

impl Backup {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let lock = Lock::new(world::env(PASSPHRASE))?;
        let (store, blobs) = caller.place.open().await?;
        if self.file.exists() {
            let name = self.file.display();
            return Err(Mistakes::one(caller.say(
                format!("{name} is there already; a backup never writes over another"),
                format!("{name} existe déjà ; une sauvegarde n’en écrase jamais une autre"),
            )));
        }
        let unfinished = self.file.with_extension("unfinished");
        let out = BufWriter::with_capacity(1 << 20, private_file(&unfinished)?);
        let written = async {
            let (holds, out) = backup::make(&store, &blobs, caller.place.server_key()?, &lock, out).await?;
            let file = out.into_inner().context("writing the backup")?;
            file.sync_all()?;
            let n_bytes = file.metadata()?.len();
            fs::rename(&unfinished, &self.file)?;
            Ok::<(Holds, u64), anyhow::Error>((holds, n_bytes))
        };
        let (holds, n_bytes) = written.await.inspect_err(|_| drop(fs::remove_file(&unfinished)))?;
        let detail = json!({ "rows": holds.rows.values().sum::<u64>(), "files": holds.files, "bytes": n_bytes });
        store.note_backup(false, detail, &caller.stamp()).await?;
        Ok(told(&holds, n_bytes, caller))
    }
}

fn told(holds: &Holds, n_bytes: u64, caller: &Caller) -> Report {
    let n_rows: u64 = holds.rows.values().sum();
    let mut lines = vec![caller.say(
        format!("{n_rows} rows and {} files, {n_bytes} bytes", holds.files),
        format!("{n_rows} lignes et {} fichiers, {n_bytes} octets", holds.files),
    )];
    lines.extend(holds.damaged.iter().map(|hash| {
        caller.say(
            format!("damaged here, and not in the backup: {hash}"),
            format!("endommagé ici, et absent de la sauvegarde : {hash}"),
        )
    }));
    let json = json!({ "rows": holds.rows, "files": holds.files, "bytes": n_bytes, "damaged": holds.damaged });
    Report::new(lines.join("\n"), json).exit(if holds.damaged.is_empty() { 0 } else { 5 })
}

/// Make a backup live again, in an empty folder or database; DTM_BACKUP_PASSPHRASE opens it
#[derive(clap::Args)]
pub(crate) struct Restore {
    /// The backup
    file: PathBuf,
}

impl Restore {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let lock = Lock::new(world::env(PASSPHRASE))?;
        let input = File::open(&self.file).with_context(|| format!("cannot read {}", self.file.display()))?;
        let n_bytes = input.metadata()?.len();
        let (url, blobs) = caller.place.empty().await?;
        let (holds, server_key) =
            backup::restore(BufReader::with_capacity(1 << 20, input), &lock, &url, &blobs).await?;
        if let Some(bytes) = server_key {
            caller.place.keep_server_key(&bytes)?;
        }
        let (store, _) = caller.place.open().await?;
        let detail = json!({ "rows": holds.rows.values().sum::<u64>(), "files": holds.files });
        store.note_backup(true, detail, &caller.stamp()).await?;
        Ok(told(&holds, n_bytes, caller))
    }
}

/// A new file that only its owner reads.
fn private_file(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).with_context(|| format!("cannot write {}", path.display()))
}

/// Verify files, database and audit log
#[derive(clap::Args)]
pub(crate) struct Check {}

impl Check {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, blobs) = caller.place.open().await?;
        let found = scrub::look(&store, &blobs).await?;
        let mut lines = Vec::new();
        for hash in &found.damaged {
            lines.push(caller.say(format!("damaged file: {hash}"), format!("fichier endommagé : {hash}")));
        }
        for hash in &found.missing {
            lines.push(caller.say(format!("missing file: {hash}"), format!("fichier manquant : {hash}")));
        }
        for id in &found.submissions {
            lines.push(caller.say(
                format!("submission {id} is not what arrived"),
                format!("la soumission {id} n’est plus ce qui est arrivé"),
            ));
        }
        for what in &found.forms {
            lines.push(caller.say(format!("damaged: {what}"), format!("endommagé : {what}")));
        }
        for line in &found.database {
            lines.push(caller.say(format!("the database file: {line}"), format!("le fichier de la base : {line}")));
        }
        if let Some(seq) = found.audit_broken_at {
            lines.push(caller.say(
                format!("the audit log was changed at or before entry {seq}"),
                format!("le journal d’audit a été modifié à l’entrée {seq} ou avant"),
            ));
        }
        if found.is_sound() {
            lines.push(caller.say(
                "Files, submissions and audit log are sound.",
                "Les fichiers, les soumissions et le journal d’audit sont intacts.",
            ));
        }
        Ok(Report::new(lines.join("\n"), found.to_json()).exit(if found.is_sound() { 0 } else { 5 }))
    }
}
