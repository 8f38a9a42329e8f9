//! The rules by which the needs of an operation's places are judged: each upload is a version, and none is ever lost.

use crate::sql::{self, Columns, vals};
use crate::{Result, Stamp, Store};
use dtm_model::{Instant, OperationId};
use serde_json::json;
use sqlx::any::AnyRow;

/// A version of the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSheet {
    /// Its number, from 1.
    pub version: u32,
    /// The name of the file it came in.
    pub file_name: String,
    /// The rules, as CSV.
    pub body: String,
    /// Who uploaded it.
    pub by: String,
    /// When.
    pub at: Instant,
}

fn read(row: &AnyRow) -> Result<StoredSheet> {
    Ok(StoredSheet {
        version: row.small(0)?,
        file_name: row.text(1)?,
        body: row.text(2)?,
        by: row.text(3)?,
        at: row.instant(4)?,
    })
}

impl Store {
    /// Keeps the next version of the rules, and returns its number.
    pub async fn put_severity_sheet(
        &self,
        operation: &OperationId,
        file_name: &str,
        body: &str,
        stamp: &Stamp,
    ) -> Result<u32> {
        let mut write = self.write(stamp).await?;
        let sql = "SELECT max(version) FROM severity_sheets WHERE operation_id = $1";
        let row = sql::one(write.conn(), sql, vals![operation]).await?;
        let last = row.map(|row| row.maybe_int(0)).transpose()?.flatten().unwrap_or(0);
        let sql = "INSERT INTO severity_sheets (operation_id, version, file_name, body, uploaded_by, uploaded_at) \
                   VALUES ($1,$2,$3,$4,$5,$6)";
        write.run(sql, vals![operation, last + 1, file_name, body, &stamp.by, stamp.at]).await?;
        write.note("severity.sheet_put", operation, json!({ "version": last + 1, "file": file_name }));
        write.commit().await?;
        Ok(u32::try_from(last + 1).unwrap_or(u32::MAX))
    }

    /// The versions of the rules, the newest first.
    pub async fn severity_sheets(&self, operation: &OperationId) -> Result<Vec<StoredSheet>> {
        let sql = "SELECT version, file_name, body, uploaded_by, uploaded_at FROM severity_sheets \
                   WHERE operation_id = $1 ORDER BY version DESC";
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        rows.iter().map(read).collect()
    }
}
