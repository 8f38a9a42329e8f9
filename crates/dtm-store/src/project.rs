//! Projects: operations as clients of ODK Central know them, with a number, a description and a trash.

use crate::operation::read_operation;
use crate::sql::{self, Columns, json as to_json, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{Instant, Operation, OperationId, Text};
use serde_json::json;
use sqlx::any::AnyRow;

/// An operation under its number.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    /// The operation.
    pub operation: Operation,
    /// Its number in addresses.
    pub number: i64,
    /// What it is for, in Markdown.
    pub description: Option<String>,
    /// When it was last changed, if it was.
    pub updated_at: Option<Instant>,
    /// When it was put into the trash.
    pub deleted_at: Option<Instant>,
}

/// How much there is in a project.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProjectCounts {
    /// Forms outside the trash.
    pub forms: u64,
    /// The access of phones that is good.
    pub app_users: u64,
    /// When the newest submission arrived.
    pub last_submission: Option<Instant>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, slug, name, admin0, iso3, country, active, time_zone, project, description, updated_at, deleted_at ",
            "FROM operations ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<Project> {
    Ok(Project {
        operation: read_operation(row)?,
        number: row.int(8)?,
        description: row.maybe_text(9)?,
        updated_at: row.maybe_instant(10)?,
        deleted_at: row.maybe_instant(11)?,
    })
}

impl Store {
    /// The projects by number: those outside the trash, or those in it.
    pub async fn projects(&self, trashed: bool) -> Result<Vec<Project>> {
        let sql = match trashed {
            false => select!("WHERE deleted_at IS NULL ORDER BY project"),
            true => select!("WHERE deleted_at IS NOT NULL ORDER BY project"),
        };
        let rows = sql::all(&mut *self.read().await?, sql, vals![]).await?;
        rows.iter().map(read).collect()
    }

    /// The project with this number, in the trash or not.
    pub async fn project(&self, number: i64) -> Result<Option<Project>> {
        let row = sql::one(&mut *self.read().await?, select!("WHERE project = $1"), vals![number]).await?;
        row.as_ref().map(read).transpose()
    }

    /// How much there is in a project.
    pub async fn project_counts(&self, operation: &OperationId, now: Instant) -> Result<ProjectCounts> {
        let sql = "SELECT count(*) FROM forms WHERE operation_id = $1 AND deleted_at IS NULL";
        let forms = self.count(sql, vals![operation]).await?;
        let sql = "SELECT count(*) FROM app_users WHERE operation_id = $1 AND revoked_at IS NULL \
                   AND (expires_at IS NULL OR expires_at > $2)";
        let app_users = self.count(sql, vals![operation, now]).await?;
        // The newest of a form is the last by id, which an index gives; ids sort by arrival.
        let sql = "SELECT max(last) FROM (SELECT (SELECT r.created_at FROM records r WHERE r.form_id = f.id AND r.draft = 0 \
                   ORDER BY r.id DESC LIMIT 1) AS last FROM forms f WHERE f.operation_id = $1 AND f.deleted_at IS NULL) newest";
        let row = sql::one(&mut *self.read().await?, sql, vals![operation]).await?;
        let last_submission = row.map(|row| row.maybe_instant(0)).transpose()?.flatten();
        Ok(ProjectCounts { forms, app_users, last_submission })
    }

    /// Changes what people read about a project, and whether it is archived.
    pub async fn update_project(
        &self,
        operation: &OperationId,
        name: &Text,
        description: Option<&str>,
        active: bool,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE operations SET name = $1, description = $2, active = $3, updated_at = $4 WHERE id = $5";
        let vals = vals![to_json(name)?, description.map(str::to_owned), active, stamp.at, operation];
        write.must(sql, vals, "operation", operation).await?;
        write.note("operation.changed", operation, json!({ "active": active }));
        write.commit().await
    }

    /// Puts a project into the trash: nobody reaches it or its forms until it is restored. One whose figures are public
    /// stays, for they must be traceable: the conflict `project_released`.
    pub async fn trash_project(&self, operation: &OperationId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "SELECT 1 FROM releases WHERE operation_id = $1 AND withdrawn_at IS NULL LIMIT 1";
        if sql::one(write.conn(), sql, vals![operation]).await?.is_some() {
            return Err(StoreError::Conflict { what: "project_released" });
        }
        let sql = "UPDATE operations SET deleted_at = $1 WHERE id = $2 AND deleted_at IS NULL";
        write.must(sql, vals![stamp.at, operation], "operation", operation).await?;
        write.note("operation.trashed", operation, json!({}));
        write.commit().await
    }

    /// Takes a project back from the trash.
    pub async fn restore_project(&self, operation: &OperationId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE operations SET deleted_at = NULL WHERE id = $1 AND deleted_at IS NOT NULL";
        write.must(sql, vals![operation], "operation in the trash", operation).await?;
        write.note("operation.restored", operation, json!({}));
        write.commit().await
    }
}
