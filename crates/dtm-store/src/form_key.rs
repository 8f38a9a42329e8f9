//! Keys of encrypted forms. The private half comes here encrypted under a passphrase, and leaves so.

use crate::sql::{self, Columns, vals};
use crate::{Result, Stamp, Store};
use dtm_model::{FormId, FormKeyId, FormVersionId, Instant, OperationId};
use serde_json::json;
use sqlx::any::AnyRow;

/// A key of encrypted forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormKey {
    /// Its id.
    pub id: FormKeyId,
    /// The operation whose forms carry it.
    pub operation: OperationId,
    /// The public half, as forms carry it.
    pub public_key: String,
    /// Whether the forms of the operation get it by themselves.
    pub managed: bool,
    /// The private half under a passphrase; none for a key that a form brought with it.
    pub sealed: Option<String>,
    /// What reminds of the passphrase.
    pub hint: String,
    /// When it was made.
    pub created_at: Instant,
}

/// What was done with a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyUse {
    /// The passphrase was right; the key is open for a session.
    Unlocked,
    /// The passphrase was wrong.
    Refused,
    /// The key is closed again.
    Locked,
    /// Something was read with it.
    Used,
}

const SELECT: &str = "SELECT DISTINCT k.id, k.operation_id, k.public_key, k.managed, k.sealed, k.hint, k.created_at \
                      FROM form_keys k";

fn read(row: &AnyRow) -> Result<FormKey> {
    Ok(FormKey {
        id: row.parsed(0)?,
        operation: row.parsed(1)?,
        public_key: row.text(2)?,
        managed: row.flag(3)?,
        sealed: row.maybe_text(4)?,
        hint: row.text(5)?,
        created_at: row.instant(6)?,
    })
}

impl Store {
    /// Adds a key. A second managed key of an operation is a conflict.
    pub async fn add_form_key(&self, key: &FormKey, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO form_keys (id, operation_id, public_key, managed, sealed, hint, created_at) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7)";
        let vals = vals![&key.id, &key.operation, &key.public_key, key.managed, &key.sealed, &key.hint, key.created_at];
        write.run(sql, vals).await?;
        write.note("form_key.created", &key.id, json!({ "operation": key.operation, "managed": key.managed }));
        write.commit().await
    }

    /// The key that the forms of an operation get by themselves.
    pub async fn managed_form_key(&self, operation: &OperationId) -> Result<Option<FormKey>> {
        let sql = format!("{SELECT} WHERE k.operation_id = $1 AND k.managed = 1");
        sql::one(&mut *self.read().await?, sql, vals![operation]).await?.as_ref().map(read).transpose()
    }

    /// The keys of an operation, its own first, then those that forms brought with them.
    pub async fn form_keys(&self, operation: &OperationId) -> Result<Vec<FormKey>> {
        let sql = format!("{SELECT} WHERE k.operation_id = $1");
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        let mut keys = sql::sorted(&rows, read, |key| &key.id)?;
        keys.sort_by_key(|key| !key.managed);
        Ok(keys)
    }

    /// The key with this id.
    pub async fn form_key(&self, id: &FormKeyId) -> Result<Option<FormKey>> {
        let sql = format!("{SELECT} WHERE k.id = $1");
        sql::one(&mut *self.read().await?, sql, vals![id]).await?.as_ref().map(read).transpose()
    }

    /// The key of an operation with this public half.
    pub async fn form_key_by_public(&self, operation: &OperationId, public_key: &str) -> Result<Option<FormKey>> {
        let sql = format!("{SELECT} WHERE k.operation_id = $1 AND k.public_key = $2");
        sql::one(&mut *self.read().await?, sql, vals![operation, public_key]).await?.as_ref().map(read).transpose()
    }

    /// The keys that versions of a form carry, in the order they were made.
    pub async fn keys_of_form(&self, form: &FormId) -> Result<Vec<FormKey>> {
        let sql = format!("{SELECT} JOIN form_versions v ON v.key_id = k.id WHERE v.form_id = $1");
        let rows = sql::all(&mut *self.read().await?, sql, vals![form]).await?;
        sql::sorted(&rows, read, |key| &key.id)
    }

    /// Notes which key a form version carries.
    pub async fn set_version_key(&self, version: &FormVersionId, key: &FormKeyId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE form_versions SET key_id = $1 WHERE id = $2";
        write.must(sql, vals![key, version], "form version", version).await?;
        write.note("form.keyed", version, json!({ "key": key }));
        write.commit().await
    }

    /// The key that a form version carries.
    pub async fn key_of_version(&self, version: &FormVersionId) -> Result<Option<FormKey>> {
        let sql = format!("{SELECT} JOIN form_versions v ON v.key_id = k.id WHERE v.id = $1");
        sql::one(&mut *self.read().await?, sql, vals![version]).await?.as_ref().map(read).transpose()
    }

    /// Notes that somebody unlocked a key, or used one that was, on a subject.
    pub async fn note_key_use(&self, key: &FormKeyId, used: KeyUse, on: &str, stamp: &Stamp) -> Result<()> {
        let action = match used {
            KeyUse::Unlocked => "form_key.unlocked",
            KeyUse::Refused => "form_key.refused",
            KeyUse::Locked => "form_key.locked",
            KeyUse::Used => "form_key.used",
        };
        let mut write = self.write(stamp).await?;
        write.note(action, key, json!({ "on": on }));
        write.commit().await
    }
}
