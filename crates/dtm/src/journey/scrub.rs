//! Looks whether what is kept is still what was kept: every file against its hash, every submission and form against
//! theirs, the audit log along its chain, and whether every file that a row names is there.
//!
//! `dtm check` does it when asked; a server does it every night by itself and says in the audit log what it found.

use crate::http::App;
use crate::world;
use anyhow::Result;
use dtm_model::{BlobHash, SubmissionId};
use dtm_store::{Blobs, Stamp, Store, StoreError};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

/// How long a server runs before it looks for the first time; then it looks once a day.
const FIRST: Duration = Duration::from_secs(3600);
const EVERY: Duration = Duration::from_secs(24 * 3600);

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) n_files: u64,
    pub(crate) n_bytes: u64,
    pub(crate) n_rows: u64,
    pub(crate) n_entries: i64,
    /// Files that are not what was put.
    pub(crate) damaged: Vec<BlobHash>,
    /// Files that a row names and that are not there.
    pub(crate) missing: Vec<BlobHash>,
    /// Submissions whose XML is not what arrived.
    pub(crate) submissions: Vec<SubmissionId>,
    /// Form versions that are not what was published, by form and version.
    pub(crate) forms: Vec<String>,
    /// The entry at or before which the audit log was changed.
    pub(crate) audit_broken_at: Option<i64>,
    /// What the database says of its own file.
    pub(crate) database: Vec<String>,
}

impl Found {
    /// Whether everything is as it was.
    pub(crate) fn is_sound(&self) -> bool {
        let Self { damaged, missing, submissions, forms, audit_broken_at, database, .. } = self;
        [damaged, missing].iter().all(|files| files.is_empty())
            && submissions.is_empty()
            && forms.is_empty()
            && audit_broken_at.is_none()
            && database.is_empty()
    }

    /// For programs and the audit log.
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "sound": self.is_sound(), "files": self.n_files, "bytes": self.n_bytes, "submissionsRead": self.n_rows,
            "entries": self.n_entries, "audit": self.audit_broken_at.is_none(), "auditBrokenAt": self.audit_broken_at,
            "damaged": self.damaged, "missing": self.missing, "submissions": self.submissions, "forms": self.forms,
            "database": self.database,
        })
    }
}

/// Reads everything once.
pub(crate) async fn look(store: &Store, blobs: &Blobs) -> Result<Found> {
    let mut found = Found::default();
    let evidence = store.verify_submissions().await?;
    (found.n_rows, found.submissions, found.database) = (evidence.n_rows, evidence.submissions, evidence.database);
    let mut forms = Vec::new();
    for id in store.form_version_ids().await? {
        match store.form_version_by_id(&id).await {
            Ok(_) => {}
            Err(StoreError::Corrupt { what }) => forms.push(what),
            Err(error) => return Err(error.into()),
        }
    }
    found.forms = forms;
    // Rows first: a file that they name was put before them, so it must be in the list that is made now.
    let named = store.files_of_evidence().await?;
    let (mut n_files, mut n_bytes) = (0, 0);
    found.damaged = blobs
        .scrub(|bytes| {
            n_files += 1;
            n_bytes += bytes;
        })
        .await?;
    (found.n_files, found.n_bytes) = (n_files, n_bytes);
    let here: BTreeSet<BlobHash> = blobs.list().await?.into_iter().collect();
    found.missing = named.into_iter().filter(|hash| !here.contains(hash)).collect();
    if !found.missing.is_empty() {
        // A purge may have removed them meanwhile, rows and all.
        let still: BTreeSet<BlobHash> = store.files_of_evidence().await?.into_iter().collect();
        found.missing.retain(|hash| still.contains(hash));
    }
    let chain = store.verify_audit().await?;
    (found.n_entries, found.audit_broken_at) = (chain.n_entries, chain.broken_at);
    Ok(found)
}

/// Starts the job in the background.
pub(crate) fn spawn(app: App) {
    tokio::spawn(async move {
        tokio::time::sleep(FIRST).await;
        loop {
            if let Err(error) = look_and_tell(&app).await {
                tracing::error!(%error, "what is kept could not be read through; it is tried again tomorrow");
            }
            tokio::time::sleep(EVERY).await;
        }
    });
}

async fn look_and_tell(app: &App) -> Result<()> {
    let found = look(&app.store, &app.blobs).await?;
    if !found.is_sound() {
        tracing::error!(found = %found.to_json(), "what is kept is damaged: `dtm check` names it, a backup has it whole");
    }
    app.store.note_check(found.to_json(), &Stamp::new(world::now(), "job:check")).await?;
    Ok(())
}
