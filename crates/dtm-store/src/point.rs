//! Flow monitoring points: the plan of an operation, and what people noted about its points.
//!
//! What a plan or a note says is the caller's: kept here as JSON. A note that was removed stays, and can be put back.

use crate::sql::{self, Columns, vals};
use crate::{Result, Stamp, Store};
use chrono::NaiveDate;
use dtm_model::{Instant, OperationId, PointNoteId};
use serde_json::json;
use sqlx::any::AnyRow;

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoteKind {
    /// Somebody watched a point.
    Shift,
    /// The state of a point of entry.
    State,
}

impl NoteKind {
    fn code(self) -> &'static str {
        match self {
            Self::Shift => "shift",
            Self::State => "state",
        }
    }
}

/// A note about a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PointNote {
    /// Its id.
    pub id: PointNoteId,
    /// The day it is about.
    pub day: NaiveDate,
    /// What it says, as JSON.
    pub body: String,
    /// Who noted it.
    pub by: String,
    /// When.
    pub at: Instant,
    /// Whether it was removed.
    pub removed: bool,
}

fn read(row: &AnyRow) -> Result<PointNote> {
    Ok(PointNote {
        id: row.parsed(0)?,
        day: row.parsed(1)?,
        body: row.text(2)?,
        by: row.text(3)?,
        at: row.instant(4)?,
        removed: row.maybe_instant(5)?.is_some(),
    })
}

impl Store {
    /// Sets what is to be watched in an operation.
    pub async fn put_flow_plan(&self, operation: &OperationId, body: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO flow_plans (operation_id, body) VALUES ($1,$2) \
                   ON CONFLICT (operation_id) DO UPDATE SET body = excluded.body";
        write.run(sql, vals![operation, body]).await?;
        write.note("flows.planned", operation, json!({}));
        write.commit().await
    }

    /// What is to be watched in an operation; none where nobody planned.
    pub async fn flow_plan(&self, operation: &OperationId) -> Result<Option<String>> {
        let sql = "SELECT body FROM flow_plans WHERE operation_id = $1";
        let row = sql::one(&mut *self.read().await?, sql, vals![operation]).await?;
        row.map(|row| row.text(0)).transpose()
    }

    /// Keeps a note about a point.
    pub async fn note_point(
        &self,
        operation: &OperationId,
        kind: NoteKind,
        (id, day, body): (&PointNoteId, NaiveDate, &str),
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO point_notes (id, operation_id, kind, noted_for, body, noted_by, noted_at) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7)";
        write.run(sql, vals![id, operation, kind.code(), day, body, &stamp.by, stamp.at]).await?;
        write.note("point.noted", id, json!({ "operation": operation, "kind": kind.code() }));
        write.commit().await
    }

    /// Removes a note, or puts it back.
    pub async fn remove_point_note(
        &self,
        operation: &OperationId,
        id: &PointNoteId,
        is_removed: bool,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let (by, at) = (is_removed.then(|| stamp.by.clone()), is_removed.then_some(stamp.at));
        let sql = "UPDATE point_notes SET removed_by = $1, removed_at = $2 WHERE id = $3 AND operation_id = $4";
        write.must(sql, vals![by, at, id, operation], "note", id).await?;
        write.note("point.note_removed", id, json!({ "operation": operation, "removed": is_removed }));
        write.commit().await
    }

    /// The notes of a kind about some days, by day, those that were removed too.
    pub async fn point_notes(
        &self,
        operation: &OperationId,
        kind: NoteKind,
        (from, to): (NaiveDate, NaiveDate),
    ) -> Result<Vec<PointNote>> {
        let sql = "SELECT id, noted_for, body, noted_by, noted_at, removed_at FROM point_notes \
                   WHERE operation_id = $1 AND kind = $2 AND noted_for >= $3 AND noted_for <= $4";
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation, kind.code(), from, to]).await?;
        let mut notes: Vec<PointNote> = rows.iter().map(read).collect::<Result<_>>()?;
        notes.sort_by(|a, b| (a.day, &a.id).cmp(&(b.day, &b.id)));
        Ok(notes)
    }
}
