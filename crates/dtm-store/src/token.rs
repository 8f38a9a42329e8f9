//! Tokens with which a person's programs sign in: in that person's name, for some acts, for a time.

use crate::sql::{self, Columns, json as to_json, vals};
use crate::{Result, Stamp, Store};
use dtm_model::{ApiTokenId, Instant, OperationId, UserId};
use serde_json::{Value, json};
use sqlx::any::AnyRow;

/// A token, of which the hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiToken {
    /// Its id.
    pub id: ApiTokenId,
    /// Whose it is; it may never do more than they may.
    pub user: UserId,
    /// What it is for.
    pub name: String,
    /// The hash of the token.
    pub token_hash: String,
    /// The codes of the acts it may do; `read` for all that only read, `all` for all.
    pub verbs: Vec<String>,
    /// The operations it is limited to; empty for all.
    pub operations: Vec<OperationId>,
    /// When it was made.
    pub created_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
    /// When it was last used, to the hour.
    pub used_at: Option<Instant>,
    /// When it was withdrawn.
    pub revoked_at: Option<Instant>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, name, token_hash, verbs, operations, created_at, expires_at, used_at, revoked_at ",
            "FROM api_tokens ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<ApiToken> {
    Ok(ApiToken {
        id: row.parsed(0)?,
        user: row.parsed(1)?,
        name: row.text(2)?,
        token_hash: row.text(3)?,
        verbs: row.json(4)?,
        operations: row.json(5)?,
        created_at: row.instant(6)?,
        expires_at: row.instant(7)?,
        used_at: row.maybe_instant(8)?,
        revoked_at: row.maybe_instant(9)?,
    })
}

impl Store {
    /// Adds a token.
    pub async fn create_api_token(&self, token: &ApiToken, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO api_tokens (id, user_id, name, token_hash, verbs, operations, created_at, expires_at) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7,$8)";
        let (verbs, operations) = (to_json(&token.verbs)?, to_json(&token.operations)?);
        let hash = &token.token_hash;
        let vals =
            vals![&token.id, &token.user, &token.name, hash, verbs, operations, token.created_at, token.expires_at];
        write.run(sql, vals).await?;
        write.note("api_token.created", &token.id, json!({ "user": token.user, "verbs": token.verbs }));
        write.commit().await
    }

    /// The token with this hash, if it is good now.
    pub async fn api_token(&self, token_hash: &str, now: Instant) -> Result<Option<ApiToken>> {
        let sql = select!("WHERE token_hash = $1 AND revoked_at IS NULL AND expires_at > $2");
        let row = sql::one(&mut *self.read().await?, sql, vals![token_hash, now]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The tokens of a person, oldest first, withdrawn ones included.
    pub async fn api_tokens(&self, user: &UserId) -> Result<Vec<ApiToken>> {
        let rows = sql::all(&mut *self.read().await?, select!("WHERE user_id = $1 ORDER BY id"), vals![user]).await?;
        rows.iter().map(read).collect()
    }

    /// Notes that a token was used.
    pub async fn used_api_token(&self, id: &ApiTokenId, at: Instant) -> Result<()> {
        let mut aside = self.aside().await?;
        sql::run(aside.conn(), "UPDATE api_tokens SET used_at = $1 WHERE id = $2", vals![at, id]).await?;
        aside.commit().await
    }

    /// Withdraws a token of this person.
    pub async fn revoke_api_token(&self, id: &ApiTokenId, user: &UserId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE api_tokens SET revoked_at = $1 WHERE id = $2 AND user_id = $3 AND revoked_at IS NULL";
        write.must(sql, vals![stamp.at, id, user], "API token", id).await?;
        write.note("api_token.revoked", id, Value::Null);
        write.commit().await
    }
}
