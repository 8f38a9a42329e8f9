//! Submissions that lay in the trash for 30 days are removed for good: rows, files, and what of them was sealed.

use crate::http::App;
use crate::world;
use anyhow::Result;
use bytes::Bytes;
use dtm_engine::{batch, segment};
use dtm_model::{BlobHash, Instant, Record, RecordId};
use dtm_store::{Blobs, Span, Stamp, Store};
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
/// goes back to the store, and is sealed anew later. Only segments are read between whose records one of these lies.
async fn unseal(store: &Store, blobs: &Blobs, due: &[RecordId], stamp: &Stamp) -> Result<()> {
    for version in store.form_versions_of(due).await? {
        let segments = store.segments(&version).await?;
        for segment in segments.into_iter().filter(|segment| segment.table.is_empty() && segment.may_hold(due)) {
            let found = Found::read(blobs.get(&segment.hash).await?, due).await?;
            let records = match found {
                Found::Records(records) => records,
                Found::Nothing(Some(span)) if segment.span.is_none() => {
                    store.note_span(&segment.hash, &span, stamp).await?;
                    continue;
                }
                Found::Nothing(_) => continue,
            };
            store.unseal(&segment.hash, &records, stamp).await?;
            let rows: Vec<RecordId> = records.into_iter().map(|record| record.id).collect();
            for hash in store.drop_segment(&segment.hash, &rows, stamp).await? {
                remove(store, blobs, &hash, stamp).await?;
            }
        }
    }
    Ok(())
}

/// What a segment holds of some records.
enum Found {
    /// At least one of them: these are all of its records.
    Records(Vec<Record>),
    /// None of them; between which records those lie that it holds.
    Nothing(Option<Span>),
}

impl Found {
    async fn read(bytes: Bytes, wanted: &[RecordId]) -> Result<Found> {
        let wanted: HashSet<RecordId> = wanted.iter().cloned().collect();
        let read = tokio::task::spawn_blocking(move || -> Result<Found> {
            let ids = segment::ids(&bytes)?;
            if ids.iter().any(|id| wanted.contains(id)) {
                return Ok(Found::Records(batch::records_back(&segment::read(&bytes)?)?));
            }
            Ok(Found::Nothing(Span::of(&ids)))
        });
        read.await?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journey::seal;
    use dtm_testkit::{Office, TestStore, meddle, office, on_both_databases, stamp, submission};

    /// Three segments of two submissions each: their files, and all records, oldest first.
    async fn sealed(store: &TestStore, blobs: &Blobs) -> (Office, Vec<BlobHash>, Vec<RecordId>) {
        let (office, mut records) = (office(store).await, Vec::new());
        for n in 0..6 {
            let new = submission(&office, &format!("uuid:{n}"), n);
            records.push(new.record.id.clone());
            store.submit(new).await.unwrap();
            if n % 2 == 1 {
                assert_eq!(seal::all(store, blobs, 1, false).await.unwrap(), 2);
            }
        }
        let mut segments = Vec::new();
        for record in records.iter().step_by(2) {
            segments.push(store.segment_of(record).await.unwrap().unwrap());
        }
        (office, segments, records)
    }

    async fn is_hot(store: &Store, record: &RecordId) -> bool {
        store.record(record).await.unwrap().is_some()
    }

    #[test]
    fn only_the_segments_are_read_that_may_hold_what_is_purged() {
        on_both_databases(async |store| {
            let folder = tempfile::tempdir().unwrap();
            let blobs = Blobs::open(&folder.path().display().to_string(), &Default::default()).await.unwrap();
            let (_, segments, records) = sealed(&store, &blobs).await;
            // Whoever reads one of the others fails.
            blobs.remove(&segments[0]).await.unwrap();
            blobs.remove(&segments[2]).await.unwrap();
            store.trash_submission(&records[2], &stamp()).await.unwrap();
            assert_eq!(older_than(&store, &blobs, 0).await.unwrap(), 1);
            assert!(is_hot(&store, &records[3]).await, "its neighbour lies in the store again");
            assert!(!blobs.exists(&segments[1]).await.unwrap());
            assert_eq!(store.segment_of(&records[0]).await.unwrap().as_ref(), Some(&segments[0]));
        });
    }

    #[test]
    fn an_older_version_of_what_is_purged_goes_too_and_segments_of_before_are_looked_through_once() {
        on_both_databases(async |store| {
            let folder = tempfile::tempdir().unwrap();
            let blobs = Blobs::open(&folder.path().display().to_string(), &Default::default()).await.unwrap();
            let (office, segments, records) = sealed(&store, &blobs).await;
            meddle_with_spans(&store);
            let edit = dtm_store::NewSubmission {
                deprecated_id: Some("uuid:0".to_owned()),
                ..submission(&office, "uuid:edit", 9)
            };
            store.submit(edit).await.unwrap();
            assert_eq!(seal::all(&store, &blobs, 1, false).await.unwrap(), 1);
            store.trash_submission(&records[0], &stamp()).await.unwrap();
            assert_eq!(older_than(&store, &blobs, 0).await.unwrap(), 1);
            assert!(!blobs.exists(&segments[0]).await.unwrap(), "it held the version before the edit");
            assert!(is_hot(&store, &records[1]).await);
            let mut left = store.segments(&office.version).await.unwrap();
            // Beside each lie its columns in order; those of what was dropped went with it.
            assert_eq!(left.iter().filter(|one| one.table == dtm_store::ORDERED).count(), 2);
            left.retain(|one| one.table.is_empty());
            assert_eq!(left.iter().map(|one| &one.hash).collect::<Vec<_>>(), segments[1..].iter().collect::<Vec<_>>());
            assert!(left.iter().all(|segment| segment.may_hold(&records[2..]) && !segment.may_hold(&records[..2])));
        });
    }

    /// Makes the segments those of a version that noted no spans.
    fn meddle_with_spans(store: &TestStore) {
        let url = store.url.clone();
        std::thread::spawn(move || meddle(&url, "UPDATE segments SET first_record = NULL, last_record = NULL"))
            .join()
            .unwrap();
    }
}
