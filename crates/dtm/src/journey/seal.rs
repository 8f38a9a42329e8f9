//! Typed answers of rounds that are settled for good move from the store into Parquet segments.

use crate::http::App;
use crate::world;
use anyhow::Result;
use dtm_engine::{batch, segment};
use dtm_model::{FormVersionId, Record};
use dtm_store::{Blobs, Segment, Stamp, Store, StoreError, StoredRecord};
use std::time::Duration;

/// Fewer hot records than this are left where they are: a segment is worth a file only when it holds something.
const WORTH_SEALING: usize = 1000;
/// Records in one segment.
const SEGMENT: u32 = 50_000;
/// How often the job looks.
const EVERY: Duration = Duration::from_secs(60);

/// Starts the job that seals in the background. Two servers may run it at once: what one has sealed, the other finds
/// changed and leaves.
pub(crate) fn spawn(app: App) {
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(EVERY).await;
            if let Err(error) = all(&app.store, &app.blobs, WORTH_SEALING).await {
                tracing::warn!(%error, "sealing records into Parquet failed; they stay in the store and it is tried again");
            }
        }
    });
}

/// Seals every form version with at least this many hot records; returns how many records were sealed.
pub(crate) async fn all(store: &Store, blobs: &Blobs, at_least: usize) -> Result<usize> {
    let mut sealed = 0;
    for operation in store.operations().await? {
        for exercise in store.exercises(&operation.id).await? {
            for form in store.forms(&exercise.id).await? {
                for version in store.form_versions(&form.id).await? {
                    sealed += one(store, blobs, &version.id, at_least).await?;
                }
            }
        }
    }
    Ok(sealed)
}

async fn one(store: &Store, blobs: &Blobs, version: &FormVersionId, at_least: usize) -> Result<usize> {
    let hot = store.hot_records(version, SEGMENT).await?;
    if hot.len() < at_least.max(1) {
        return Ok(0);
    }
    let Some(form) = store.form_version_by_id(version).await? else { return Ok(0) };
    let records: Vec<Record> = hot.iter().map(|stored: &StoredRecord| stored.record.clone()).collect();
    let tables = tokio::task::spawn_blocking(move || -> Result<Vec<_>> {
        let mut tables = Vec::new();
        for (name, rows) in batch::records(&form.schema, &records) {
            let n_rows = rows.num_rows() as u64;
            // The store keeps the form's own table under no name.
            let name = if name == batch::ROOT { String::new() } else { name };
            tables.push((name, n_rows, segment::write(&[rows])?));
        }
        Ok(tables)
    })
    .await??;
    let mut segments = Vec::with_capacity(tables.len());
    let stamp = Stamp::new(world::now(), "job:seal");
    for (table, n_rows, bytes) in tables {
        let hash = blobs.put(bytes).await?;
        segments.push(Segment { hash, form_version: version.clone(), table, n_rows, made_at: stamp.at });
    }
    // The root table comes first: it is the one that gives records back.
    segments.sort_by(|a, b| a.table.cmp(&b.table));
    let editions: Vec<_> = hot.iter().map(|stored| (stored.record.id.clone(), stored.edition)).collect();
    match store.seal_tables(&segments, &editions, &stamp).await {
        Ok(()) => Ok(editions.len()),
        Err(StoreError::Conflict { .. }) => Ok(0),
        Err(other) => Err(other.into()),
    }
}
