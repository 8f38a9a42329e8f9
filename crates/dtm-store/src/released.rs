//! The datasets of releases as files: which lies where. All of it is derived, so the audit log has no entry of it.

use crate::sql::{self, Columns, vals};
use crate::{Result, Store};
use dtm_model::{BlobHash, OperationId, ReleaseId};
use sqlx::any::AnyRow;

/// A dataset of a release as a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReleasedDataset {
    /// The release.
    pub release: ReleaseId,
    /// The dataset's name.
    pub name: String,
    /// The file.
    pub blob: BlobHash,
    /// Rows in it.
    pub n_rows: u64,
    /// Bytes of it.
    pub n_bytes: u64,
    /// The edition of the atlas whose names and outlines are in it.
    pub atlas: i64,
    /// The way it was written.
    pub layout: i64,
}

fn read(row: &AnyRow) -> Result<ReleasedDataset> {
    Ok(ReleasedDataset {
        release: row.parsed(0)?,
        name: row.text(1)?,
        blob: row.parsed(2)?,
        n_rows: row.count(3)?,
        n_bytes: row.count(4)?,
        atlas: row.int(5)?,
        layout: row.int(6)?,
    })
}

impl Store {
    /// Puts the datasets of a release in place of those that were there.
    pub async fn put_released_datasets(&self, release: &ReleaseId, datasets: &[ReleasedDataset]) -> Result<()> {
        let mut aside = self.aside().await?;
        sql::run(aside.conn(), "DELETE FROM released_datasets WHERE release_id = $1", vals![release]).await?;
        for one in datasets {
            let sql = "INSERT INTO released_datasets (release_id, name, blob, n_rows, n_bytes, atlas, layout) \
                       VALUES ($1,$2,$3,$4,$5,$6,$7)";
            let (n_rows, n_bytes) = (one.n_rows as i64, one.n_bytes as i64);
            let vals = vals![release, &one.name, &one.blob, n_rows, n_bytes, one.atlas, one.layout];
            sql::run(aside.conn(), sql, vals).await?;
        }
        aside.commit().await
    }

    /// The datasets of the releases of an operation, by release and name, those of withdrawn ones included.
    pub async fn released_datasets(&self, operation: &OperationId) -> Result<Vec<ReleasedDataset>> {
        let sql = "SELECT d.release_id, d.name, d.blob, d.n_rows, d.n_bytes, d.atlas, d.layout \
                   FROM released_datasets d JOIN releases r ON r.id = d.release_id WHERE r.operation_id = $1 \
                   ORDER BY d.release_id, d.name";
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        rows.iter().map(read).collect()
    }
}
