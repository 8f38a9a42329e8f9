//! How people prove who they are besides a password: second factor, recovery codes, an OpenID provider; and sign-ins
//! that wait for their next step.

use crate::sql::{self, Columns, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{Instant, UserId};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What is kept of a person's second factor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Totp {
    /// The secret their device shares with the server, in base 32.
    pub secret: String,
    /// Since when it is asked for; none while it is being set up.
    pub since: Option<Instant>,
    /// The last step that was used, so that no code is good twice.
    pub step: i64,
}

/// A sign-in that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingSignIn {
    /// Who is signing in, where it is known.
    pub user: Option<UserId>,
    /// What the next step needs, as JSON.
    pub body: String,
    /// When it began.
    pub began_at: Instant,
}

impl Store {
    /// The second factor of a person, set up or being set up.
    pub async fn totp(&self, user: &UserId) -> Result<Option<Totp>> {
        let sql = "SELECT totp_secret, totp_since, totp_step FROM users WHERE id = $1 AND totp_secret IS NOT NULL";
        let row = sql::one(&mut *self.read().await?, sql, vals![user]).await?;
        let read = |row: &sqlx::any::AnyRow| {
            Ok(Totp { secret: row.text(0)?, since: row.maybe_instant(1)?, step: row.int(2)? })
        };
        row.as_ref().map(read).transpose()
    }

    /// Begins to set up a second factor; one that is in use is not replaced.
    pub async fn begin_totp(&self, user: &UserId, secret: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE users SET totp_secret = $1, totp_step = 0 WHERE id = $2 AND totp_since IS NULL";
        if write.run(sql, vals![secret, user]).await? == 0 {
            return Err(StoreError::Conflict { what: "second_factor" });
        }
        write.note("user.second_factor_begun", user, Value::Null);
        write.commit().await
    }

    /// Asks for the second factor from now on. `codes` are the hashes of codes for when the device is lost.
    pub async fn confirm_totp(&self, user: &UserId, step: i64, codes: &[String], stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE users SET totp_since = $1, totp_step = $2 \
                   WHERE id = $3 AND totp_since IS NULL AND totp_secret IS NOT NULL";
        if write.run(sql, vals![stamp.at, step, user]).await? == 0 {
            return Err(StoreError::Conflict { what: "second_factor" });
        }
        write.run("DELETE FROM recovery_codes WHERE user_id = $1", vals![user]).await?;
        let rows = codes.iter().map(|code| vals![user, code]).collect();
        sql::insert(write.conn(), "INSERT INTO recovery_codes (user_id, code_hash)", "", rows).await?;
        write.note("user.second_factor_on", user, json!({ "codes": codes.len() }));
        write.commit().await
    }

    /// Stops asking for a second factor.
    pub async fn drop_totp(&self, user: &UserId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE users SET totp_secret = NULL, totp_since = NULL, totp_step = 0 WHERE id = $1";
        write.must(sql, vals![user], "user", user).await?;
        write.run("DELETE FROM recovery_codes WHERE user_id = $1", vals![user]).await?;
        write.note("user.second_factor_off", user, Value::Null);
        write.commit().await
    }

    /// Uses up a step, and says whether it was still to be used: no code is good twice, whoever comes first.
    pub async fn use_totp_step(&self, user: &UserId, step: i64) -> Result<bool> {
        let mut aside = self.aside().await?;
        let sql = "UPDATE users SET totp_step = $1 WHERE id = $2 AND totp_step < $1";
        let n = sql::run(aside.conn(), sql, vals![step, user]).await?;
        aside.commit().await?;
        Ok(n > 0)
    }

    /// Uses up a recovery code, and says whether it was good.
    pub async fn use_recovery_code(&self, user: &UserId, code_hash: &str, stamp: &Stamp) -> Result<bool> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE recovery_codes SET used_at = $1 WHERE user_id = $2 AND code_hash = $3 AND used_at IS NULL";
        if write.run(sql, vals![stamp.at, user, code_hash]).await? == 0 {
            return Ok(false);
        }
        write.note("user.recovery_code_used", user, Value::Null);
        write.commit().await?;
        Ok(true)
    }

    /// How many recovery codes a person has left.
    pub async fn count_recovery_codes(&self, user: &UserId) -> Result<u64> {
        self.count("SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL", vals![user]).await
    }

    /// Keeps a sign-in until its next step, under the hash of its ticket; those of yesterday are dropped.
    pub async fn begin_sign_in(&self, ticket_hash: &str, user: Option<&UserId>, body: &str, at: Instant) -> Result<()> {
        const DAY_MS: i64 = 24 * 3_600_000;
        let mut aside = self.aside().await?;
        let old = Instant::from_millis(at.as_millis() - DAY_MS);
        sql::run(aside.conn(), "DELETE FROM sign_ins WHERE began_at < $1", vals![old]).await?;
        let sql = "INSERT INTO sign_ins (ticket_hash, user_id, body, began_at) VALUES ($1,$2,$3,$4)";
        sql::run(aside.conn(), sql, vals![ticket_hash, &user.cloned(), body, at]).await?;
        aside.commit().await
    }

    /// The sign-in of this ticket, if it began after `since`.
    pub async fn pending_sign_in(&self, ticket_hash: &str, since: Instant) -> Result<Option<PendingSignIn>> {
        let sql = "SELECT user_id, body, began_at FROM sign_ins WHERE ticket_hash = $1 AND began_at > $2";
        let row = sql::one(&mut *self.read().await?, sql, vals![ticket_hash, since]).await?;
        row.map(|row| Ok(PendingSignIn { user: row.maybe_parsed(0)?, body: row.text(1)?, began_at: row.instant(2)? }))
            .transpose()
    }

    /// Uses up a ticket, and says whether it was there: of two that come with it, one goes on.
    pub async fn use_ticket(&self, ticket_hash: &str) -> Result<bool> {
        let mut aside = self.aside().await?;
        let n = sql::run(aside.conn(), "DELETE FROM sign_ins WHERE ticket_hash = $1", vals![ticket_hash]).await?;
        aside.commit().await?;
        Ok(n > 0)
    }

    /// The person that an OpenID provider knows by this subject.
    pub async fn user_of_identity(&self, issuer: &str, subject: &str) -> Result<Option<UserId>> {
        let sql = "SELECT user_id FROM identities WHERE issuer = $1 AND subject = $2";
        let row = sql::one(&mut *self.read().await?, sql, vals![issuer, subject]).await?;
        row.map(|row| row.parsed(0)).transpose()
    }

    /// Remembers that a provider knows a person by this subject.
    pub async fn link_identity(&self, issuer: &str, subject: &str, user: &UserId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO identities (issuer, subject, user_id, linked_at) VALUES ($1,$2,$3,$4)";
        write.run(sql, vals![issuer, subject, user, stamp.at]).await?;
        write.note("user.identity_linked", user, json!({ "issuer": issuer }));
        write.commit().await
    }

    /// What an administrator decided for the whole server, by name.
    pub async fn policies(&self) -> Result<BTreeMap<String, String>> {
        let rows = sql::all(&mut *self.read().await?, "SELECT name, value FROM policies", vals![]).await?;
        rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
    }

    /// Decides something for the whole server.
    pub async fn set_policy(&self, name: &str, value: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO policies (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
        write.run(sql, vals![name, value]).await?;
        write.note("policy.set", name, json!({ "value": value }));
        write.commit().await
    }
}
