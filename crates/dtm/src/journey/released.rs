//! What is public, as tables: the datasets of each standing release lie as Parquet among the blobs, and all of them
//! together are one database for SQL.
//!
//! Files are made from releases by a job, and by whoever asks before the job came by, so that a release, a new version and
//! a withdrawal are seen at once. A release never changes; its file is made again only when the areas' names or
//! outlines change, or when we write files another way ([`LAYOUT`]). Making it twice does no harm.

use super::editions::PUBLIC;
use super::feed::Job;
use crate::http::App;
use anyhow::Result;
use dtm_engine::shelf::{Footers, Room, Sheet, SheetFile, Shelf};
use dtm_model::{Lang, Operation, ReleaseId};
use dtm_publish::dataset::{self, Form};
use dtm_publish::files::{About, Format};
use dtm_store::{ReleaseRow, ReleasedDataset};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// The way files are written; another number makes all of them again.
const LAYOUT: i64 = 1;
/// What queries may take.
const ROOM: Room = Room { memory_all: 256 << 20, memory_each: 128 << 20, threads: 2 };
/// Schemas that are not an operation's.
const RESERVED: [&str; 3] = ["public", "pg_catalog", "information_schema"];

/// The database of what is public, and what it was made from.
#[derive(Default)]
pub(crate) struct Shelves {
    footers: Footers,
    current: Mutex<Option<Current>>,
}

struct Current {
    /// How far the log was read; nothing was released since when it is no longer.
    log_end: i64,
    standing: Vec<Standing>,
    shelf: Arc<Shelf>,
}

/// An operation with its standing releases, oldest first, and the edition of its atlas.
#[derive(PartialEq)]
struct Standing {
    operation: Operation,
    releases: Vec<ReleaseRow>,
    atlas: i64,
}

async fn standing(app: &App) -> Result<Vec<Standing>> {
    let mut all = Vec::new();
    for operation in app.store.operations().await? {
        let releases = app.store.latest_releases(&operation.id, PUBLIC).await?;
        let atlas = app.store.atlas_edition(&operation.admin0).await?;
        if !releases.is_empty() {
            all.push(Standing { operation, releases, atlas });
        }
    }
    Ok(all)
}

/// The database of what is public now.
pub(crate) async fn shelf(app: &App) -> Result<Arc<Shelf>> {
    // The log first: what happens after it was read is seen the next time.
    let log_end = app.store.audit_end().await?;
    let mut current = app.shelves.current.lock().await;
    if let Some(current) = &*current
        && current.log_end >= log_end
    {
        return Ok(current.shelf.clone());
    }
    let standing = standing(app).await?;
    if let Some(current) = &mut *current
        && current.standing == standing
    {
        current.log_end = log_end;
        return Ok(current.shelf.clone());
    }
    let sheets = sheets(app, &standing).await?;
    let shelf = Arc::new(Shelf::open(app.blobs.reader()?, &sheets, &app.shelves.footers, ROOM).await?);
    *current = Some(Current { log_end, standing, shelf: shelf.clone() });
    Ok(shelf)
}

/// The tables, one schema an operation.
async fn sheets(app: &App, standing: &[Standing]) -> Result<Vec<Sheet>> {
    let mut tables: BTreeMap<(String, String), Vec<SheetFile>> = BTreeMap::new();
    let mut schemas: BTreeMap<String, &Operation> = BTreeMap::new();
    for one in standing {
        let slug = &one.operation.slug;
        let name = slug.replace('-', "_");
        let is_taken = RESERVED.contains(&name.as_str()) || schemas.contains_key(&name);
        let schema = if is_taken { format!("operation_{slug}") } else { name };
        schemas.insert(schema.clone(), &one.operation);
        let files = files(app, one).await?;
        // The newest first: its columns come first.
        for release in one.releases.iter().rev() {
            for file in files.get(&release.id).into_iter().flatten() {
                let sheet = tables.entry((schema.clone(), file.name.clone())).or_default();
                sheet.push(SheetFile { path: app.blobs.location(&file.blob), n_bytes: file.n_bytes });
            }
        }
    }
    Ok(tables.into_iter().map(|((schema, name), files)| Sheet { schema, name, files }).collect())
}

/// The files of the standing releases of an operation, made where they are not there yet.
async fn files(app: &App, of: &Standing) -> Result<BTreeMap<ReleaseId, Vec<ReleasedDataset>>> {
    let mut files: BTreeMap<ReleaseId, Vec<ReleasedDataset>> = BTreeMap::new();
    for file in app.store.released_datasets(&of.operation.id).await? {
        files.entry(file.release.clone()).or_default().push(file);
    }
    for row in &of.releases {
        let is_made = files
            .get(&row.id)
            .is_some_and(|files| files.iter().all(|file| (file.atlas, file.layout) == (of.atlas, LAYOUT)));
        if !is_made {
            let made = make(app, of, row).await?;
            app.store.put_released_datasets(&row.id, &made).await?;
            files.insert(row.id.clone(), made);
        }
    }
    Ok(files)
}

/// Writes the datasets of a release.
async fn make(app: &App, of: &Standing, row: &ReleaseRow) -> Result<Vec<ReleasedDataset>> {
    let release = app.editions.open(&app.blobs, row).await?;
    let atlas = app.editions.atlas(&app.store, &of.operation.admin0).await?;
    // Parquet is written straight through: no scratch folder is needed.
    let scratch = std::path::PathBuf::new();
    let written = tokio::task::spawn_blocking(move || -> Result<_> {
        let mut written = Vec::new();
        for dataset in dataset::all(&[release.as_ref()], &atlas, &Form::every_language())? {
            let mut file = std::io::Cursor::new(Vec::new());
            let n_rows = Format::Parquet.write(&dataset, &About::new(Lang::En), &scratch, &mut file)?;
            written.push((dataset.name().to_owned(), n_rows, file.into_inner()));
        }
        Ok(written)
    })
    .await??;
    let mut made = Vec::with_capacity(written.len());
    for (name, n_rows, bytes) in written {
        let n_bytes = bytes.len() as u64;
        let blob = app.blobs.put(bytes).await?;
        let (release, atlas) = (row.id.clone(), of.atlas);
        made.push(ReleasedDataset { release, name, blob, n_rows, n_bytes, atlas, layout: LAYOUT });
    }
    Ok(made)
}

/// Makes the files of what was released since it last looked; at first, of everything.
#[derive(Default)]
pub(crate) struct Shelving {
    log_end: Option<i64>,
}

impl Job for Shelving {
    const EVERY: Duration = Duration::from_secs(10);
    const REST: u32 = 5;
    const UNDONE: &'static str = "the files of released datasets could not be made; it is tried again";

    async fn turn(&mut self, app: &App) -> Result<()> {
        let log_end = app.store.audit_end().await?;
        if self.log_end == Some(log_end) {
            return Ok(());
        }
        for one in standing(app).await? {
            files(app, &one).await?;
        }
        self.log_end = Some(log_end);
        Ok(())
    }
}
