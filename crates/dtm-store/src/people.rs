//! People who sign in, and their sessions.

use crate::sql::{self, Columns, vals};
use crate::{NewMessage, Result, Stamp, Store, StoreError};
use dtm_model::{Grant, Instant, Lang, UserId};
use serde_json::{Value, json};
use sqlx::any::AnyRow;

/// A person who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their e-mail address, in lower case.
    pub email: String,
    /// Their name.
    pub name: String,
    /// The hash of their password, as argon2 writes it; empty where they sign in elsewhere.
    pub password_hash: String,
    /// When they were added.
    pub created_at: Instant,
    /// The language they chose.
    pub language: Option<Lang>,
    /// When what is kept of them was last changed.
    pub updated_at: Option<Instant>,
    /// When they were removed; none while they may sign in.
    pub removed_at: Option<Instant>,
    /// When they last signed in.
    pub signed_in_at: Option<Instant>,
    /// Whether their password is one that somebody else gave them, to be replaced.
    pub one_time: bool,
    /// Since when a second factor is asked of them.
    pub totp_since: Option<Instant>,
}

impl User {
    /// A new person, who has never signed in.
    pub fn new(id: UserId, email: &str, name: &str, password_hash: String, at: Instant) -> Self {
        Self {
            id,
            email: email.trim().to_lowercase(),
            name: name.trim().to_owned(),
            password_hash,
            created_at: at,
            language: None,
            updated_at: None,
            removed_at: None,
            signed_in_at: None,
            one_time: false,
            totp_since: None,
        }
    }
}

/// A session of a person, as they see it in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of its token.
    pub token_hash: String,
    /// When it was opened.
    pub opened_at: Instant,
    /// When it ends.
    pub expires_at: Instant,
    /// What it was opened with, as that told of itself.
    pub client: String,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT u.id, u.email, u.name, u.password_hash, u.created_at, u.language, u.updated_at, u.removed_at, ",
            "u.signed_in_at, u.one_time, u.totp_since FROM users u ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<User> {
    Ok(User {
        id: row.parsed(0)?,
        email: row.text(1)?,
        name: row.text(2)?,
        password_hash: row.text(3)?,
        created_at: row.instant(4)?,
        language: row.maybe_text(5)?.as_deref().and_then(Lang::from_code),
        updated_at: row.maybe_instant(6)?,
        removed_at: row.maybe_instant(7)?,
        signed_in_at: row.maybe_instant(8)?,
        one_time: row.flag(9)?,
        totp_since: row.maybe_instant(10)?,
    })
}

impl Store {
    /// Adds a person with what they may do, and has these messages sent. Addresses are compared in lower case.
    pub async fn create_user(
        &self,
        user: &User,
        grants: &[Grant],
        messages: &[NewMessage],
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let email = user.email.trim().to_lowercase();
        let sql = "INSERT INTO users (id, email, name, password_hash, created_at, language, one_time) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7)";
        let language = user.language.map(|lang| lang.code().to_owned());
        let vals = vals![&user.id, email, &user.name, &user.password_hash, user.created_at, language, user.one_time];
        write.run(sql, vals).await?;
        write.note("user.created", &user.id, Value::Null);
        for grant in grants {
            write.give(grant, &stamp.by).await?;
        }
        write.post(messages).await?;
        write.commit().await
    }

    /// The person with this e-mail address, removed ones included.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        let email = email.trim().to_lowercase();
        let row = sql::one(&mut *self.read().await?, select!("WHERE u.email = $1"), vals![email]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The person with this id, removed ones included.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>> {
        let row = sql::one(&mut *self.read().await?, select!("WHERE u.id = $1"), vals![id]).await?;
        row.as_ref().map(read).transpose()
    }

    /// Everybody who was not removed, by e-mail address.
    pub async fn users(&self) -> Result<Vec<User>> {
        let rows = sql::all(&mut *self.read().await?, select!("WHERE u.removed_at IS NULL"), vals![]).await?;
        sql::sorted(&rows, read, |user| &user.email)
    }

    /// Everybody who was removed, by e-mail address.
    pub async fn removed_users(&self) -> Result<Vec<User>> {
        let rows = sql::all(&mut *self.read().await?, select!("WHERE u.removed_at IS NOT NULL"), vals![]).await?;
        sql::sorted(&rows, read, |user| &user.email)
    }

    /// How many people there are or were.
    pub async fn count_users(&self) -> Result<u64> {
        self.count("SELECT count(*) FROM users", vals![]).await
    }

    /// Changes what a person is called, where they are written to, and their language.
    pub async fn update_user(
        &self,
        id: &UserId,
        name: &str,
        email: &str,
        language: Option<Lang>,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let language = language.map(|lang| lang.code().to_owned());
        let sql = "UPDATE users SET name = $1, email = $2, language = $3, updated_at = $4 WHERE id = $5 AND removed_at IS NULL";
        let vals = vals![name.trim(), email.trim().to_lowercase(), language, stamp.at, id];
        write.must(sql, vals, "user", id).await?;
        write.note("user.updated", id, Value::Null);
        write.commit().await
    }

    /// Removes a person: they can no longer sign in, and their programs neither. What they did stays theirs, and what
    /// they were given waits for [`Store::restore_user`].
    pub async fn remove_user(&self, id: &UserId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE users SET removed_at = $1 WHERE id = $2 AND removed_at IS NULL";
        write.must(sql, vals![stamp.at, id], "user", id).await?;
        write.run("DELETE FROM sessions WHERE user_id = $1", vals![id]).await?;
        write.run("DELETE FROM sign_ins WHERE user_id = $1", vals![id]).await?;
        write.note("user.removed", id, Value::Null);
        write.must_keep_an_administrator().await?;
        write.commit().await
    }

    /// Takes a removed person back.
    pub async fn restore_user(&self, id: &UserId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE users SET removed_at = NULL WHERE id = $1 AND removed_at IS NOT NULL";
        write.must(sql, vals![id], "user", id).await?;
        write.note("user.restored", id, Value::Null);
        write.commit().await
    }

    /// Changes a password and ends that person's sessions but `keep`. A one-time password is to be replaced by its
    /// owner at the next sign-in. These messages are sent.
    pub async fn set_password(
        &self,
        user: &UserId,
        password_hash: &str,
        one_time: bool,
        keep: Option<&str>,
        messages: &[NewMessage],
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE users SET password_hash = $1, one_time = $2, updated_at = $3 WHERE id = $4";
        write.must(sql, vals![password_hash, one_time, stamp.at, user], "user", user).await?;
        let sql = "DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2";
        write.run(sql, vals![user, keep.unwrap_or("")]).await?;
        write.run("DELETE FROM sign_ins WHERE user_id = $1", vals![user]).await?;
        write.note("user.password_changed", user, json!({ "oneTime": one_time }));
        write.post(messages).await?;
        write.commit().await
    }

    /// Opens a session that ends at `expires_at`; only the hash of its token is kept. Sessions long over are dropped.
    pub async fn open_session(
        &self,
        token_hash: &str,
        user: &UserId,
        client: &str,
        expires_at: Instant,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        write.run("DELETE FROM sessions WHERE expires_at <= $1", vals![stamp.at]).await?;
        let sql = "INSERT INTO sessions (token_hash, user_id, opened_at, expires_at, client) VALUES ($1,$2,$3,$4,$5)";
        write.run(sql, vals![token_hash, user, stamp.at, expires_at, client]).await?;
        write.run("UPDATE users SET signed_in_at = $1 WHERE id = $2", vals![stamp.at, user]).await?;
        write.note("session.opened", user, Value::Null);
        write.commit().await
    }

    /// Whose session this is, if it has not ended.
    pub async fn session(&self, token_hash: &str, now: Instant) -> Result<Option<User>> {
        let sql = select!(
            "JOIN sessions s ON s.user_id = u.id WHERE s.token_hash = $1 AND s.expires_at > $2 AND u.removed_at IS NULL"
        );
        let row = sql::one(&mut *self.read().await?, sql, vals![token_hash, now]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The sessions of a person that have not ended, newest first.
    pub async fn sessions_of(&self, user: &UserId, now: Instant) -> Result<Vec<Session>> {
        let sql = "SELECT token_hash, opened_at, expires_at, client FROM sessions \
                   WHERE user_id = $1 AND expires_at > $2 ORDER BY opened_at DESC";
        let rows = sql::all(&mut *self.read().await?, sql, vals![user, now]).await?;
        let read = |row: &AnyRow| {
            let (token_hash, client) = (row.text(0)?, row.text(3)?);
            Ok(Session { token_hash, opened_at: row.instant(1)?, expires_at: row.instant(2)?, client })
        };
        rows.iter().map(read).collect()
    }

    /// Ends a session; one that is over already is no error.
    pub async fn close_session(&self, token_hash: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "SELECT user_id FROM sessions WHERE token_hash = $1";
        let Some(row) = sql::one(write.conn(), sql, vals![token_hash]).await? else { return Ok(()) };
        write.run("DELETE FROM sessions WHERE token_hash = $1", vals![token_hash]).await?;
        write.note("session.closed", row.text(0)?, Value::Null);
        write.commit().await
    }

    /// Ends every session of a person but `keep`.
    pub async fn close_sessions(&self, user: &UserId, keep: &str, stamp: &Stamp) -> Result<u64> {
        let mut write = self.write(stamp).await?;
        let sql = "DELETE FROM sessions WHERE user_id = $1 AND token_hash <> $2";
        let n = write.run(sql, vals![user, keep]).await?;
        write.note("session.all_closed", user, json!({ "n": n }));
        write.commit().await?;
        Ok(n)
    }

    pub(crate) async fn count(&self, sql: &'static str, vals: Vec<sql::Val>) -> Result<u64> {
        let row = sql::one(&mut *self.read().await?, sql, vals).await?;
        row.ok_or_else(|| StoreError::corrupt("a count without a row"))?.count(0)
    }
}
