//! Submissions that lay in the trash for 30 days are removed for good: rows, files, and what of them was sealed.

use crate::http::App;
use crate::world;
use anyhow::Result;
use dtm_engine::{batch, segment};
use dtm_model::{BlobHash, Instant, Record, RecordId};
use dtm_store::{Blobs, Stamp, Store};
use std::collections::HashSet;
use std::time::Duration;

/// How long a submission can be taken back from the trash.
pub(crate) const DAYS: u32 = 30;
/// How often the job looks.
const EVERY: Duration = Duration::from_secs(3600);
/// Submissions removed at once.
const AT_ONCE: u32 = 200;
/// How long a removal that a crash cut off is tried again.
const AGAIN_MS: i64 = 2 * 86_400_000;

/// Starts the job in the background. Two servers may run it at once: what one removed, the other no longer finds.
pub(crate) fn spawn(app: App) {
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            if let Err(error) = older_than(&app.store, &app.blobs, DAYS).await {
                tracing::warn!(%error, "removing old submissions from the trash failed; it is tried again");
            }
        }
    });
}

/// Removes what was moved to the trash more than this many days ago; returns how many submissions went.
pub(crate) async fn older_than(store: &Store, blobs: &Blobs, days: u32) -> Result<usize> {
    let now = world::now();
    let stamp = Stamp::new(now, "job:purge");
    let before = Instant::from_millis(now.as_millis() - i64::from(days) * 86_400_000);
    let mut n_purged = 0;
    loop {
        let due = store.due_for_purge(before, AT_ONCE).await?;
        if due.is_empty() {
            break;
        }
        unseal(store, blobs, &due, &stamp).await?;
        let contents = store.purge(&due, &stamp).await?;
        for hash in &contents {
            remove(store, blobs, hash, &stamp).await?;
        }
        n_purged += due.len();
    }
    for hash in store.removed_blobs(Instant::from_millis(now.as_millis() - AGAIN_MS)).await? {
        if blobs.exists(&hash).await? {
            remove(store, blobs, &hash, &stamp).await?;
        }
    }
    Ok(n_purged)
}

/// Removes content that nothing names any more.
pub(crate) async fn remove(store: &Store, blobs: &Blobs, hash: &BlobHash, stamp: &Stamp) -> Result<()> {
    if store.may_remove_blob(hash, stamp).await? {
        blobs.remove(hash).await?;
    }
    Ok(())
}

/// Takes the segments apart that hold answers of these records, older versions of them included. What else lies in them
/// goes back to the store, and is sealed anew later.
async fn unseal(store: &Store, blobs: &Blobs, due: &[RecordId], stamp: &Stamp) -> Result<()> {
    let due: HashSet<RecordId> = due.iter().cloned().collect();
    let ids: Vec<RecordId> = due.iter().cloned().collect();
    for version in store.form_versions_of(&ids).await? {
        for segment in store.segments(&version).await?.into_iter().filter(|segment| segment.table.is_empty()) {
            let bytes = blobs.get(&segment.hash).await?;
            let due = due.clone();
            let records = tokio::task::spawn_blocking(move || -> Result<Option<Vec<Record>>> {
                let wanted = due.iter().collect();
                if segment::some_records(&bytes, &wanted)?.is_empty() {
                    return Ok(None);
                }
                Ok(Some(batch::records_back(&segment::read(&bytes)?)?))
            });
            let Some(records) = records.await?? else { continue };
            store.unseal(&segment.hash, &records, stamp).await?;
            let rows: Vec<RecordId> = records.into_iter().map(|record| record.id).collect();
            for hash in store.drop_segment(&segment.hash, &rows, stamp).await? {
                remove(store, blobs, &hash, stamp).await?;
            }
        }
    }
    Ok(())
}
