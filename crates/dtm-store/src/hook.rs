//! Addresses of other systems that an operation tells what happens in it (webhooks).

use crate::sql::{self, Columns, json as to_json, vals};
use crate::{Result, Stamp, Store};
use dtm_model::{HookId, Instant, OperationId};
use serde_json::{Value, json};
use sqlx::any::AnyRow;

/// Another system that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Its id.
    pub id: HookId,
    /// The operation it is told of.
    pub operation: OperationId,
    /// What people call it.
    pub name: String,
    /// Where it is called.
    pub address: String,
    /// The events it is told; all of them if empty.
    pub events: Vec<String>,
    /// The secret that signs what it is told, sealed for the hook's id.
    pub secret_sealed: String,
    /// When it was added.
    pub created_at: Instant,
}

const COLUMNS: &str = "id, operation_id, name, address, events, secret_sealed, created_at";

fn read(row: &AnyRow) -> Result<Hook> {
    Ok(Hook {
        id: row.parsed(0)?,
        operation: row.parsed(1)?,
        name: row.text(2)?,
        address: row.text(3)?,
        events: row.json(4)?,
        secret_sealed: row.text(5)?,
        created_at: row.instant(6)?,
    })
}

impl Hook {
    /// Whether it is told of this event.
    pub fn hears(&self, event: &str) -> bool {
        self.events.is_empty() || self.events.iter().any(|wanted| wanted == event)
    }
}

impl Store {
    /// Adds an address that is told what happens.
    pub async fn add_hook(&self, hook: &Hook, stamp: &Stamp) -> Result<()> {
        let Hook { id, operation, name, address, events, secret_sealed, created_at } = hook;
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO hooks (id, operation_id, name, address, events, secret_sealed, created_at) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7)";
        write.run(sql, vals![id, operation, name, address, to_json(events)?, secret_sealed, *created_at]).await?;
        // The address itself may let in whoever knows it.
        write.note("hook.added", id, json!({ "operation": operation, "name": name, "events": events }));
        write.commit().await
    }

    /// Removes it. What was not yet sent to it is given up when its turn comes.
    pub async fn remove_hook(&self, id: &HookId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE hooks SET removed_at = $1, secret_sealed = '' WHERE id = $2 AND removed_at IS NULL";
        write.must(sql, vals![stamp.at, id], "hook", id).await?;
        write.note("hook.removed", id, Value::Null);
        write.commit().await
    }

    /// Those of an operation, by name.
    pub async fn hooks(&self, operation: &OperationId) -> Result<Vec<Hook>> {
        let sql = format!("SELECT {COLUMNS} FROM hooks WHERE operation_id = $1 AND removed_at IS NULL");
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        sql::sorted(&rows, read, |hook| &hook.name)
    }

    /// One that was not removed.
    pub async fn hook(&self, id: &HookId) -> Result<Option<Hook>> {
        let sql = format!("SELECT {COLUMNS} FROM hooks WHERE id = $1 AND removed_at IS NULL");
        let row = sql::one(&mut *self.read().await?, sql, vals![id]).await?;
        row.as_ref().map(read).transpose()
    }
}
