//! App users: the access of a phone to one operation, by a token of which the hash is kept.

use crate::sql::{self, Columns, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{AppUserId, Instant, OperationId};
use serde_json::{Value, json};
use sqlx::any::AnyRow;

/// The access of a phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppUser {
    /// Its id.
    pub id: AppUserId,
    /// The operation it collects for.
    pub operation: OperationId,
    /// Name of the phone or the enumerator.
    pub name: String,
    /// The hash of its token.
    pub token_hash: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was withdrawn; none while it is good.
    pub revoked_at: Option<Instant>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, operation_id, name, token_hash, created_at, revoked_at FROM app_users ", $rest)
    };
}

fn read(row: &AnyRow) -> Result<AppUser> {
    Ok(AppUser {
        id: row.parsed(0)?,
        operation: row.parsed(1)?,
        name: row.text(2)?,
        token_hash: row.text(3)?,
        created_at: row.instant(4)?,
        revoked_at: row.maybe_instant(5)?,
    })
}

impl Store {
    /// Adds the access of a phone.
    pub async fn create_app_user(&self, phone: &AppUser, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO app_users (id, operation_id, name, token_hash, created_at) VALUES ($1,$2,$3,$4,$5)";
        let vals = vals![&phone.id, &phone.operation, &phone.name, &phone.token_hash, phone.created_at];
        write.run(sql, vals).await?;
        write.note("app_user.created", &phone.id, json!({ "operation": phone.operation }));
        write.commit().await
    }

    /// The access with this token, withdrawn ones included.
    pub async fn app_user_by_token(&self, token_hash: &str) -> Result<Option<AppUser>> {
        let row = sql::one(&mut *self.read().await?, select!("WHERE token_hash = $1"), vals![token_hash]).await?;
        row.as_ref().map(read).transpose()
    }

    /// Withdraws the access of a phone; a second time is a conflict.
    pub async fn revoke_app_user(&self, id: &AppUserId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE app_users SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
        if write.run(sql, vals![stamp.at, id]).await? == 0 {
            let known = sql::one(write.conn(), select!("WHERE id = $1"), vals![id]).await?;
            return Err(match known {
                Some(_) => StoreError::Conflict { what: "app_user_revoked" },
                None => StoreError::not_found("app user", id),
            });
        }
        write.note("app_user.revoked", id, Value::Null);
        write.commit().await
    }

    /// The phones of an operation, oldest first.
    pub async fn app_users(&self, operation: &OperationId) -> Result<Vec<AppUser>> {
        let sql = select!("WHERE operation_id = $1 ORDER BY id");
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        rows.iter().map(read).collect()
    }
}
