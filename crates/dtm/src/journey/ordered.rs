//! The columns of sealed answers in order, kept in memory while they are asked about.
//!
//! Beside a segment lies a file of which only the head, the ids and the columns asked about are read. Where it is still to
//! be made (an earlier version sealed the segment), or is damaged, the columns are read from the segment and put in order
//! here: slower, with the same outcome.

use crate::http::{App, Problem};
use dtm_engine::columns::{self, Columns};
use dtm_engine::ordered::{Column, Head, Table};
use dtm_model::{BlobHash, FormSchema, Record, RecordId};
use dtm_store::{LyingSegment, StoreError};
use futures::{StreamExt, TryStreamExt};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes of columns that are kept.
const KEPT_BYTES: usize = 128 << 20;
/// Bytes that are read of a file to have its head, mostly.
const HEAD_BYTES: u64 = 16 << 10;
/// Segments that are read at once.
const AT_ONCE: usize = 8;

/// The code of the problem that a segment is no longer there.
pub(super) const GONE: &str = "segment_gone";

/// Columns of segments that were asked about lately.
#[derive(Default)]
pub(crate) struct Ordered(Mutex<HashMap<BlobHash, Kept>>);

#[derive(Clone)]
struct Kept {
    head: Option<Arc<Head>>,
    table: Arc<Table>,
}

impl Ordered {
    /// These columns of each segment, in the order of the segments.
    pub(super) async fn of(app: &App, segments: &[LyingSegment], paths: &[String]) -> Result<Vec<Arc<Table>>, Problem> {
        let paths: Arc<[String]> = paths.into();
        let tables: Vec<_> =
            segments.iter().map(|segment| Self::one(app.clone(), segment.clone(), paths.clone())).collect();
        futures::stream::iter(tables).buffered(AT_ONCE).try_collect().await
    }

    async fn one(app: App, segment: LyingSegment, paths: Arc<[String]>) -> Result<Arc<Table>, Problem> {
        let app = &app;
        let kept = app.columns.0.lock().unwrap_or_else(PoisonError::into_inner).get(&segment.hash).cloned();
        let missing: Vec<String> = match &kept {
            Some(kept) => paths.iter().filter(|path| kept.table.column(path).is_none()).cloned().collect(),
            None => paths.to_vec(),
        };
        if let Some(kept) = kept.as_ref().filter(|_| missing.is_empty()) {
            return Ok(kept.table.clone());
        }
        let read = match &segment.ordered {
            Some(file) => match from_file(app, file, kept.as_ref(), &missing).await {
                Ok(read) => read,
                Err(StoreError::NotFound { .. }) => return Err(gone()),
                Err(StoreError::Corrupt { what }) => {
                    tracing::error!(%what, file = %file, "columns in order are damaged; they are read from their segment");
                    from_segment(app, &segment.hash, missing).await?
                }
                Err(error) => return Err(error.into()),
            },
            None => from_segment(app, &segment.hash, missing).await?,
        };
        let table = Arc::new(match &kept {
            Some(kept) => read.1.with(&kept.table),
            None => read.1,
        });
        let now = Kept { head: read.0, table: table.clone() };
        let mut all = app.columns.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.values().map(|kept| kept.table.size()).sum::<usize>() + table.size() > KEPT_BYTES {
            all.clear();
        }
        all.insert(segment.hash.clone(), now);
        Ok(table)
    }
}

fn gone() -> Problem {
    Problem { code: GONE, ..Problem::not_found() }
}

type Read = (Option<Arc<Head>>, Table);

async fn from_file(app: &App, file: &BlobHash, kept: Option<&Kept>, paths: &[String]) -> Result<Read, StoreError> {
    let damaged = |error: dtm_engine::SegmentError| StoreError::Corrupt { what: format!("blob {file}: {error}") };
    let head = match kept.and_then(|kept| kept.head.clone()) {
        Some(head) => head,
        None => {
            let mut start = app.blobs.get_part(file, 0..HEAD_BYTES).await?;
            let length = Head::reaches_to(&start).map_err(damaged)?;
            if length > start.len() {
                start = app.blobs.get_part(file, 0..length as u64).await?;
            }
            Arc::new(Head::read(&start).map_err(damaged)?)
        }
    };
    let ids = match kept.filter(|kept| kept.head.is_some()) {
        Some(kept) => kept.table.ids().clone(),
        None => head.ids(app.blobs.get_part(file, head.range_of_ids()).await?).map_err(damaged)?,
    };
    let mut columns = HashMap::new();
    for path in paths {
        let column = match head.range_of(path) {
            Some(range) => head.column(path, app.blobs.get_part(file, range).await?).map_err(damaged)?,
            None => Column::empty(head.n_rows()),
        };
        columns.insert(path.clone(), column);
    }
    Ok((Some(head), Table::new(ids, columns)))
}

async fn from_segment(app: &App, segment: &BlobHash, paths: Vec<String>) -> Result<Read, Problem> {
    let bytes = app.blobs.get(segment).await.map_err(|error| match error {
        StoreError::NotFound { .. } => gone(),
        error => error.into(),
    })?;
    let read = tokio::task::spawn_blocking(move || columns::read(&bytes, &paths).map(|columns| Table::of(&columns)));
    Ok((None, read.await.map_err(Problem::internal)?.map_err(Problem::internal)?))
}

/// The same columns of records that are not sealed, those of a form version together.
pub(super) async fn of_unsealed(app: &App, records: &[RecordId], paths: &[String]) -> Result<Vec<Arc<Table>>, Problem> {
    let mut of_versions: Vec<(Arc<FormSchema>, Vec<Record>)> = Vec::new();
    for one in super::records::these(&app.store, records).await? {
        let Some(schema) = one.schema else { continue };
        match of_versions.iter_mut().find(|(known, _)| Arc::ptr_eq(known, &schema)) {
            Some((_, records)) => records.push(one.record),
            None => of_versions.push((schema, vec![one.record])),
        }
    }
    let tables = of_versions.iter().map(|(schema, records)| Table::of(&Columns::of(schema, records, paths)));
    Ok(tables.map(Arc::new).collect())
}
