//! Typed answers that have settled move from the store into Parquet segments, and small segments into larger ones.
//!
//! Memory stays the same however much waits: [`PORTION`] records are read and written at a time, and a segment ends at
//! [`SEGMENT`] records or [`SEGMENT_BYTES`] of files. Phones wait for [`TOGETHER`] records at most, for that many change
//! in one transaction. A segment may hold a row whose record lies elsewhere by now: a row counts only for the record that
//! names its segment. That is how an edit on the way, or a crash, does no harm.

use super::locate::Located;
use crate::http::App;
use crate::world;
use anyhow::Result;
use dtm_engine::segment::{self, Tables};
use dtm_engine::{SegmentError, batch, ordered};
use dtm_model::{BlobHash, Field, FieldKind, FormSchema, FormVersionId, Record, RecordId};
use dtm_store::{Blobs, ORDERED, Sealing, Segment, Span, Stamp, Store, StoreError};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::mpsc;

/// Fewer hot records than this are left where they are: a segment is worth a file only when it holds something, and so
/// many can still be looked through one by one.
const WORTH_SEALING: u32 = 1000;
/// Records read and written at a time.
const PORTION: u32 = 500;
/// Records of one segment at most.
const SEGMENT: u64 = 50_000;
/// Bytes of the files of one segment, about, at most.
const SEGMENT_BYTES: usize = 48 << 20;
/// Records sealed in one transaction.
const TOGETHER: usize = 1000;
/// A segment with fewer records is small; so many small ones are put together.
const SMALL: u64 = SEGMENT / 8;
const MANY: usize = 8;
/// How often the job looks.
const EVERY: Duration = Duration::from_secs(10);
/// Every so many times it also asks whether what the areas of records rest on has changed.
const LOCATE_EVERY: u64 = 30;

/// Starts the job that seals in the background. Two servers may run it at once: what one has sealed, the other finds
/// changed and leaves.
pub(crate) fn spawn(app: App) {
    tokio::spawn(async move {
        for turn in 0_u64.. {
            tokio::time::sleep(EVERY).await;
            let locates = turn.is_multiple_of(LOCATE_EVERY);
            if let Err(error) = all(&app.store, &app.blobs, WORTH_SEALING, locates).await {
                tracing::warn!(%error, "sealing records into Parquet failed; they stay in the store and it is tried again");
            }
        }
    });
}

/// Seals every form version with at least this many hot records, and where it is time finds out where all records lie;
/// returns how many records were sealed.
pub(crate) async fn all(store: &Store, blobs: &Blobs, at_least: u32, locates: bool) -> Result<u64> {
    let mut n_sealed = 0;
    let narrows = store.narrows_to_areas().await?;
    for operation in store.operations().await? {
        for exercise in store.exercises(&operation.id).await? {
            for form in store.forms(&exercise.id).await? {
                let versions = store.form_versions(&form.id).await?;
                let mut waits = false;
                for version in &versions {
                    waits |= store.has_hot_records(&version.id, at_least).await?;
                }
                if !waits && !locates {
                    continue;
                }
                let located = match narrows {
                    true => Some(Located::of(store, &operation, &exercise, &form).await?),
                    false => None,
                };
                for version in versions {
                    while store.has_hot_records(&version.id, at_least).await? {
                        let sealed = one(store, blobs, &version.id, located.as_ref()).await?;
                        n_sealed += sealed;
                        if sealed == 0 {
                            break;
                        }
                    }
                    while merge(store, blobs, &version.id).await? {}
                    order(store, blobs, &version.id).await?;
                }
                if let Some(located) = located {
                    located.bring_up_to_date(store, blobs).await?;
                }
            }
        }
    }
    Ok(n_sealed)
}

/// A segment while it is written.
struct Writing {
    version: FormVersionId,
    tables: Tables,
    n: u64,
    span: Option<Span>,
}

impl Writing {
    async fn begin(store: &Store, version: &FormVersionId) -> Result<Option<Self>> {
        let form = store.form_version_by_id(version).await?;
        Ok(form.map(|form| Self { version: version.clone(), tables: Tables::new(form.schema), n: 0, span: None }))
    }

    async fn add(mut self, records: Vec<Record>) -> Result<Self> {
        self.n += records.len() as u64;
        let ids = records.iter().map(|record| &record.id);
        self.span = Span::of(self.span.iter().flat_map(|span| [&span.first, &span.last]).chain(ids));
        let (tables, added) = tokio::task::spawn_blocking(move || {
            let added = self.tables.add(&records);
            (self.tables, added)
        })
        .await?;
        added?;
        Ok(Self { tables, ..self })
    }

    fn is_full(&self) -> bool {
        self.n >= SEGMENT || self.tables.size() >= SEGMENT_BYTES
    }

    /// Ends the files, keeps them, and makes them known. The table of the records comes first.
    async fn end(self, store: &Store, blobs: &Blobs, stamp: &Stamp) -> Result<Segment> {
        let paths = in_order(self.tables.schema());
        let (written, ordered) = tokio::task::spawn_blocking(move || -> Result<_> {
            let written = self.tables.finish()?;
            let ordered = ordered::write(&written[0].bytes, &paths)?;
            Ok((written, ordered))
        })
        .await??;
        let mut tables = Vec::with_capacity(written.len());
        for table in written {
            // The store keeps the form's own table under no name.
            let name = if table.name == batch::ROOT { String::new() } else { table.name };
            let (hash, form_version) = (blobs.put(table.bytes).await?, self.version.clone());
            let (n_rows, made_at, span) = (table.n_rows, stamp.at, self.span.clone());
            tables.push(Segment { hash, form_version, table: name, n_rows, made_at, span });
        }
        tables.push(Segment { hash: blobs.put(ordered).await?, table: ORDERED.to_owned(), ..tables[0].clone() });
        store.add_segment(&tables, stamp).await?;
        Ok(tables.swap_remove(0))
    }
}

/// The questions whose answers are kept in order beside a segment: all that can be chosen and sorted by, asked once a
/// submission.
fn in_order(schema: &FormSchema) -> Vec<String> {
    let repeats: Vec<String> = schema
        .fields
        .iter()
        .filter(|field| field.kind == FieldKind::Repeat)
        .map(|field| format!("{}/", field.path))
        .collect();
    let is_asked = |field: &&Field| {
        !matches!(
            field.kind,
            FieldKind::Group | FieldKind::Repeat | FieldKind::Geopoint | FieldKind::Geotrace | FieldKind::Geoshape
        ) && !repeats.iter().any(|repeat| field.path.starts_with(repeat))
    };
    let paths: BTreeSet<&String> = schema.fields.iter().filter(is_asked).map(|field| &field.path).collect();
    paths.into_iter().cloned().collect()
}

/// Puts the columns of segments in order that were made without. Until then they are read from the segment itself.
async fn order(store: &Store, blobs: &Blobs, version: &FormVersionId) -> Result<()> {
    let segments = store.unordered_segments(version).await?;
    let schema = match segments.is_empty() {
        true => None,
        false => store.form_version_by_id(version).await?.map(|version| version.schema),
    };
    let Some(schema) = schema else { return Ok(()) };
    let stamp = Stamp::new(world::now(), "job:seal");
    for segment in segments {
        let (bytes, paths) = (blobs.get(&segment).await?, in_order(&schema));
        let ordered = tokio::task::spawn_blocking(move || ordered::write(&bytes, &paths)).await??;
        let ordered = blobs.put(ordered).await?;
        if !store.add_ordered(&segment, &ordered, &stamp).await? {
            super::purge::remove(store, blobs, &ordered, &stamp).await?;
        }
    }
    Ok(())
}

/// Seals one segment's worth of the hot records of a form version.
async fn one(store: &Store, blobs: &Blobs, version: &FormVersionId, located: Option<&Located>) -> Result<u64> {
    let Some(mut writing) = Writing::begin(store, version).await? else { return Ok(0) };
    let mut sealings = Vec::new();
    let mut after: Option<RecordId> = None;
    while !writing.is_full() {
        let hot = store.hot_records(version, after.as_ref(), PORTION).await?;
        let Some(last) = hot.last() else { break };
        after = Some(last.record.id.clone());
        let answers = hot.iter().map(|stored| &stored.record.answers);
        let mut areas = located.map(|located| located.areas_of(answers).into_iter());
        sealings.extend(hot.iter().map(|stored| Sealing {
            record: stored.record.id.clone(),
            edition: stored.edition,
            area: areas.as_mut().and_then(Iterator::next),
        }));
        writing = writing.add(hot.into_iter().map(|stored| stored.record).collect()).await?;
    }
    if sealings.is_empty() {
        return Ok(0);
    }
    let stamp = Stamp::new(world::now(), "job:seal");
    let segment = writing.end(store, blobs, &stamp).await?;
    let located_by = located.map(Located::fingerprint);
    let mut n_sealed = 0;
    for some in sealings.chunks(TOGETHER) {
        n_sealed += store.seal(&segment, some, located_by, &stamp).await?;
    }
    if n_sealed == 0 {
        let rows: Vec<RecordId> = sealings.into_iter().map(|sealing| sealing.record).collect();
        forget(store, blobs, &segment.hash, &rows, &stamp).await?;
    }
    Ok(n_sealed)
}

/// Puts small segments of a form version together; whether there were enough of them.
async fn merge(store: &Store, blobs: &Blobs, version: &FormVersionId) -> Result<bool> {
    let mut small = store.segments(version).await?;
    small.retain(|segment| segment.table.is_empty() && segment.n_rows < SMALL);
    small.truncate(MANY);
    if small.len() < MANY {
        return Ok(false);
    }
    let Some(mut writing) = Writing::begin(store, version).await? else { return Ok(false) };
    let stamp = Stamp::new(world::now(), "job:seal");
    let mut moving: Vec<(BlobHash, Vec<RecordId>)> = Vec::new();
    for segment in &small {
        let mut rows = Vec::new();
        let mut portions = portions(blobs, &segment.hash).await?;
        while let Some(portion) = portions.recv().await {
            let portion = portion?;
            let ids: Vec<RecordId> = portion.iter().map(|record| record.id.clone()).collect();
            let lying = store.lying_in(&segment.hash, &ids).await?;
            // What is in the trash may have to go for good: it goes back into the store, where nothing keeps it.
            let trashed = |record: &&Record| lying.get(&record.id) == Some(&true);
            let back: Vec<Record> = portion.iter().filter(trashed).cloned().collect();
            if !back.is_empty() {
                store.unseal(&segment.hash, &back, &stamp).await?;
            }
            rows.extend(ids);
            let kept: Vec<Record> =
                portion.into_iter().filter(|record| lying.get(&record.id) == Some(&false)).collect();
            if !kept.is_empty() {
                writing = writing.add(kept).await?;
            }
        }
        moving.push((segment.hash.clone(), rows));
    }
    if writing.n > 0 {
        let whole = writing.end(store, blobs, &stamp).await?;
        for (from, records) in &moving {
            for some in records.chunks(TOGETHER) {
                store.move_records(from, &whole, some, &stamp).await?;
            }
        }
    }
    for (from, rows) in &moving {
        // Where a record went to the trash on the way, its segment stays until the next time.
        if !forget(store, blobs, from, rows, &stamp).await? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The records of a segment in portions, read as they are taken.
async fn portions(blobs: &Blobs, segment: &BlobHash) -> Result<mpsc::Receiver<Result<Vec<Record>, SegmentError>>> {
    let bytes = blobs.get(segment).await?;
    let (sender, portions) = mpsc::channel(1);
    tokio::task::spawn_blocking(move || {
        let taken =
            segment::each_portion(&bytes, PORTION as usize, |portion| sender.blocking_send(Ok(portion)).is_ok());
        if let Err(error) = taken {
            let _ = sender.blocking_send(Err(error));
        }
    });
    Ok(portions)
}

/// Forgets a segment in which none of its rows' records lies any more, and removes its files; whether that was so.
async fn forget(store: &Store, blobs: &Blobs, segment: &BlobHash, rows: &[RecordId], stamp: &Stamp) -> Result<bool> {
    let contents = match store.drop_segment(segment, rows, stamp).await {
        Ok(contents) => contents,
        Err(StoreError::Conflict { what: "segment_in_use" }) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    for hash in contents {
        super::purge::remove(store, blobs, &hash, stamp).await?;
    }
    Ok(true)
}
