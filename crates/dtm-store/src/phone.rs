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
    /// Its token, sealed; none where the server has no key of its own.
    pub token_sealed: Option<String>,
    /// When it was made.
    pub created_at: Instant,
    /// Who made it, where that was noted.
    pub created_by: Option<String>,
    /// When it was withdrawn; none while it is good.
    pub revoked_at: Option<Instant>,
    /// When it ends by itself.
    pub expires_at: Option<Instant>,
    /// Whether it is kept to one phone: `device_id`, or the first that uses it.
    pub binds: bool,
    /// The phone it is kept to.
    pub device_id: Option<String>,
    /// When it was last used, within the hour.
    pub seen_at: Option<Instant>,
}

impl AppUser {
    /// Whether the access is good at this moment.
    pub fn is_good(&self, now: Instant) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| now < at)
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, operation_id, name, token_hash, created_at, revoked_at, token_sealed, created_by, expires_at, ",
            "binds, device_id, seen_at FROM app_users ",
            $rest
        )
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
        token_sealed: row.maybe_text(6)?,
        created_by: row.maybe_text(7)?,
        expires_at: row.maybe_instant(8)?,
        binds: row.flag(9)?,
        device_id: row.maybe_text(10)?,
        seen_at: row.maybe_instant(11)?,
    })
}

impl Store {
    /// Adds the access of a phone.
    pub async fn create_app_user(&self, phone: &AppUser, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO app_users (id, operation_id, name, token_hash, token_sealed, created_at, created_by, \
                   expires_at, binds, device_id) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)";
        let AppUser { id, operation, name, token_hash, token_sealed, created_by, device_id, .. } = phone;
        let (made, ends) = (phone.created_at, phone.expires_at);
        let vals = vals![id, operation, name, token_hash, token_sealed, made, created_by, ends, phone.binds, device_id];
        write.run(sql, vals).await?;
        write.note("app_user.created", &phone.id, json!({ "operation": phone.operation }));
        write.commit().await
    }

    /// The access with this token, withdrawn ones included.
    pub async fn app_user_by_token(&self, token_hash: &str) -> Result<Option<AppUser>> {
        let row = sql::one(&mut *self.read().await?, select!("WHERE token_hash = $1"), vals![token_hash]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The access with this id, withdrawn ones included.
    pub async fn app_user(&self, id: &AppUserId) -> Result<Option<AppUser>> {
        let row = sql::one(&mut *self.read().await?, select!("WHERE id = $1"), vals![id]).await?;
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

    /// Keeps an access to the phone that uses it first. Returns the phone it is kept to: another may have been quicker.
    pub async fn bind_app_user(&self, id: &AppUserId, device_id: &str, stamp: &Stamp) -> Result<Option<String>> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE app_users SET device_id = $1 WHERE id = $2 AND binds = 1 AND device_id IS NULL";
        if write.run(sql, vals![device_id, id]).await? > 0 {
            write.note("app_user.bound", id, json!({}));
            write.commit().await?;
            return Ok(Some(device_id.to_owned()));
        }
        let row = sql::one(write.conn(), select!("WHERE id = $1"), vals![id]).await?;
        let known = row.as_ref().map(read).transpose()?.ok_or_else(|| StoreError::not_found("app user", id))?;
        Ok(known.device_id)
    }

    /// Changes when an access ends and whether it is kept to one phone; a phone it was kept to is let go.
    pub async fn limit_app_user(
        &self,
        id: &AppUserId,
        expires_at: Option<Instant>,
        binds: bool,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE app_users SET expires_at = $1, binds = $2, device_id = NULL WHERE id = $3";
        write.must(sql, vals![expires_at, binds, id], "app user", id).await?;
        write.note("app_user.limited", id, json!({ "expires_at": expires_at, "binds": binds }));
        write.commit().await
    }

    /// Notes that an access was used; once an hour is enough.
    pub async fn app_user_seen(&self, phone: &AppUser, now: Instant) -> Result<()> {
        const HOUR_MS: i64 = 3_600_000;
        if phone.seen_at.is_some_and(|at| now.as_millis() - at.as_millis() < HOUR_MS) {
            return Ok(());
        }
        let mut aside = self.aside().await?;
        sql::run(aside.conn(), "UPDATE app_users SET seen_at = $1 WHERE id = $2", vals![now, &phone.id]).await?;
        aside.commit().await
    }

    /// The phones of an operation, oldest first.
    pub async fn app_users(&self, operation: &OperationId) -> Result<Vec<AppUser>> {
        let sql = select!("WHERE operation_id = $1 ORDER BY id");
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        rows.iter().map(read).collect()
    }
}
