//! What is published, kept ready in memory: releases never change, so one that was read stays read.

use anyhow::Result;
use dtm_model::{Atlas, Instant, Operation, Pcode, ReleaseId, RoundId};
use dtm_protect::Release;
use dtm_store::{Blobs, ReleaseRow, Store};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Releases and atlases already read.
#[derive(Default)]
pub(crate) struct Editions {
    releases: Mutex<HashMap<ReleaseId, Arc<Release>>>,
    atlases: Mutex<HashMap<Pcode, (i64, Arc<Atlas>)>>,
}

/// The audience of the public pages and API.
pub(crate) const PUBLIC: &str = "public";

/// How many releases stay in memory; the least needed go first when there are more.
const KEPT: usize = 400;

impl Editions {
    /// The newest version of every published round of an operation, oldest round first.
    pub(crate) async fn published(
        &self,
        store: &Store,
        blobs: &Blobs,
        operation: &Operation,
    ) -> Result<Vec<Arc<Release>>> {
        let rows = store.latest_releases(&operation.id, PUBLIC).await?;
        self.in_order(blobs, rows).await
    }

    /// What was published at this moment: releases do not change, so who pages through rows goes on in what was there
    /// when the first page was read. None where something of it was withdrawn since.
    pub(crate) async fn published_at(
        &self,
        store: &Store,
        blobs: &Blobs,
        operation: &Operation,
        at: Instant,
    ) -> Result<Option<Vec<Arc<Release>>>> {
        let mut newest: HashMap<RoundId, ReleaseRow> = HashMap::new();
        for row in store.releases(&operation.id).await? {
            if row.audience != PUBLIC || row.made_at > at || row.withdrawn_at.is_some_and(|withdrawn| withdrawn <= at) {
                continue;
            }
            if newest.get(&row.round).is_none_or(|known| known.version < row.version) {
                newest.insert(row.round.clone(), row);
            }
        }
        if newest.values().any(|row| row.withdrawn_at.is_some()) {
            return Ok(None);
        }
        self.in_order(blobs, newest.into_values().collect()).await.map(Some)
    }

    async fn in_order(&self, blobs: &Blobs, rows: Vec<ReleaseRow>) -> Result<Vec<Arc<Release>>> {
        let mut releases = Vec::with_capacity(rows.len());
        for row in &rows {
            releases.push(self.open(blobs, row).await?);
        }
        releases.sort_by_key(|release| {
            let heading = release.heading();
            (heading.reported_on, heading.round.clone(), heading.exercise.clone(), release.version())
        });
        Ok(releases)
    }

    /// One release, checked when it is read.
    pub(crate) async fn open(&self, blobs: &Blobs, row: &ReleaseRow) -> Result<Arc<Release>> {
        if let Some(release) = self.releases.lock().unwrap_or_else(PoisonError::into_inner).get(&row.id) {
            return Ok(release.clone());
        }
        let bytes = blobs.get(&row.blob).await?;
        let release = Arc::new(Release::reopen(&bytes)?);
        let mut kept = self.releases.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.clear();
        }
        kept.insert(row.id.clone(), release.clone());
        Ok(release)
    }

    /// The areas of a country with their outlines, read again when they were changed.
    pub(crate) async fn atlas(&self, store: &Store, admin0: &Pcode) -> Result<Arc<Atlas>> {
        let edition = store.atlas_edition(admin0).await?;
        if let Some((kept, atlas)) = self.atlases.lock().unwrap_or_else(PoisonError::into_inner).get(admin0)
            && *kept == edition
        {
            return Ok(atlas.clone());
        }
        let atlas = Arc::new(store.atlas(admin0).await?);
        self.atlases.lock().unwrap_or_else(PoisonError::into_inner).insert(admin0.clone(), (edition, atlas.clone()));
        Ok(atlas)
    }
}
