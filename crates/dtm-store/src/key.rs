//! Keys of the public APIs, and how much each is used.

use crate::sql::{self, Columns, vals, word};
use crate::{Result, Stamp, Store, StoreError};
use chrono::NaiveDate;
use dtm_model::{ApiKeyId, Instant};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::any::AnyRow;

/// What a key opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Product {
    /// The DTM API of displacement figures.
    Displacement,
    /// The API of humanitarian needs assessments.
    Hna,
}

/// A key of the public API, of which only the hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Whom it was made for.
    pub name: String,
    /// What it opens.
    pub product: Product,
    /// The hash of the key.
    pub key_hash: String,
    /// When it was made.
    pub created_at: Instant,
    /// When it was withdrawn; none while it is good.
    pub revoked_at: Option<Instant>,
    /// Calls allowed in a minute, where that is not the usual number.
    pub per_minute: Option<u32>,
    /// Calls allowed in a day (UTC), where that is not the usual number.
    pub per_day: Option<u32>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, name, product, key_hash, created_at, revoked_at, per_minute, per_day FROM api_keys ", $rest)
    };
}

fn small(number: Option<i64>) -> Option<u32> {
    number.and_then(|number| u32::try_from(number).ok())
}

fn read(row: &AnyRow) -> Result<ApiKey> {
    Ok(ApiKey {
        id: row.parsed(0)?,
        name: row.text(1)?,
        product: row.word(2)?,
        key_hash: row.text(3)?,
        created_at: row.instant(4)?,
        revoked_at: row.maybe_instant(5)?,
        per_minute: small(row.maybe_int(6)?),
        per_day: small(row.maybe_int(7)?),
    })
}

impl Store {
    /// Adds a key.
    pub async fn create_api_key(&self, key: &ApiKey, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let product = word(&key.product);
        let sql = "INSERT INTO api_keys (id, name, product, key_hash, created_at, per_minute, per_day) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7)";
        write
            .run(
                sql,
                vals![
                    &key.id,
                    &key.name,
                    &product,
                    &key.key_hash,
                    key.created_at,
                    key.per_minute.map(i64::from),
                    key.per_day.map(i64::from)
                ],
            )
            .await?;
        write.note(
            "api_key.created",
            &key.id,
            json!({ "product": product, "per_minute": key.per_minute, "per_day": key.per_day }),
        );
        write.commit().await
    }

    /// The key with this hash, withdrawn ones included.
    pub async fn api_key_by_hash(&self, key_hash: &str) -> Result<Option<ApiKey>> {
        let row = sql::one(&mut *self.read().await?, select!("WHERE key_hash = $1"), vals![key_hash]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The key with this id, withdrawn ones included.
    pub async fn api_key(&self, id: &ApiKeyId) -> Result<Option<ApiKey>> {
        let row = sql::one(&mut *self.read().await?, select!("WHERE id = $1"), vals![id]).await?;
        row.as_ref().map(read).transpose()
    }

    /// All keys, oldest first.
    pub async fn api_keys(&self) -> Result<Vec<ApiKey>> {
        let rows = sql::all(&mut *self.read().await?, select!("ORDER BY id"), vals![]).await?;
        rows.iter().map(read).collect()
    }

    /// Withdraws a key; a second time is a conflict.
    pub async fn revoke_api_key(&self, id: &ApiKeyId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE api_keys SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL";
        if write.run(sql, vals![stamp.at, id]).await? == 0 {
            let known = sql::one(write.conn(), select!("WHERE id = $1"), vals![id]).await?;
            return Err(match known {
                Some(_) => StoreError::Conflict { what: "api_key_revoked" },
                None => StoreError::not_found("API key", id),
            });
        }
        write.note("api_key.revoked", id, Value::Null);
        write.commit().await
    }

    /// Counts one use of a key, and says how many there were that day.
    pub async fn count_use(&self, key: &ApiKeyId, day: NaiveDate) -> Result<u64> {
        let mut aside = self.aside().await?;
        let sql = "INSERT INTO api_key_uses (key_id, day, n) VALUES ($1, $2, 1) \
                   ON CONFLICT (key_id, day) DO UPDATE SET n = api_key_uses.n + 1 RETURNING n";
        let row = sql::one(aside.conn(), sql, vals![key, day]).await?;
        let n = row.ok_or_else(|| StoreError::not_found("API key", key))?.count(0)?;
        aside.commit().await?;
        Ok(n)
    }

    /// How often a key was used, by day.
    pub async fn api_key_uses(&self, key: &ApiKeyId) -> Result<Vec<(NaiveDate, u64)>> {
        let sql = "SELECT day, n FROM api_key_uses WHERE key_id = $1 ORDER BY day";
        let rows = sql::all(&mut *self.read().await?, sql, vals![key]).await?;
        rows.iter().map(|row| Ok((row.parsed(0)?, row.count(1)?))).collect()
    }
}
