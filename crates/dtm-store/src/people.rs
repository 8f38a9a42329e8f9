//! People who sign in, and their sessions.

use crate::sql::{self, Columns, vals, word};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{Instant, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::any::AnyRow;

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks.
    Viewer,
    /// Resolves findings and corrects.
    Reviewer,
    /// Runs rounds and releases.
    Officer,
    /// Manages people and keys as well.
    Admin,
}

impl Role {
    /// Every role, the one that may least first.
    pub const ALL: [Role; 4] = [Role::Viewer, Role::Reviewer, Role::Officer, Role::Admin];

    /// The word used in forms and files.
    pub fn code(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Reviewer => "reviewer",
            Role::Officer => "officer",
            Role::Admin => "admin",
        }
    }

    /// The role of this word.
    pub fn from_code(code: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.code() == code)
    }
}

/// A person who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their e-mail address, in lower case.
    pub email: String,
    /// Their name.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// The hash of their password, as argon2 writes it.
    pub password_hash: String,
    /// When they were added.
    pub created_at: Instant,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT u.id, u.email, u.name, u.role, u.password_hash, u.created_at FROM users u ", $rest)
    };
}

fn read(row: &AnyRow) -> Result<User> {
    Ok(User {
        id: row.parsed(0)?,
        email: row.text(1)?,
        name: row.text(2)?,
        role: row.word(3)?,
        password_hash: row.text(4)?,
        created_at: row.instant(5)?,
    })
}

impl Store {
    /// Adds a person. Addresses are compared in lower case.
    pub async fn create_user(&self, user: &User, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let email = user.email.trim().to_lowercase();
        let sql = "INSERT INTO users (id, email, name, role, password_hash, created_at) VALUES ($1,$2,$3,$4,$5,$6)";
        let role = word(&user.role);
        write.run(sql, vals![&user.id, email, &user.name, &role, &user.password_hash, user.created_at]).await?;
        write.note("user.created", &user.id, json!({ "role": role }));
        write.commit().await
    }

    /// The person with this e-mail address.
    pub async fn user_by_email(&self, email: &str) -> Result<Option<User>> {
        let email = email.trim().to_lowercase();
        let row = sql::one(&mut *self.read().await?, select!("WHERE u.email = $1"), vals![email]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The person with this id.
    pub async fn user(&self, id: &UserId) -> Result<Option<User>> {
        let row = sql::one(&mut *self.read().await?, select!("WHERE u.id = $1"), vals![id]).await?;
        row.as_ref().map(read).transpose()
    }

    /// Everybody, by e-mail address.
    pub async fn users(&self) -> Result<Vec<User>> {
        let rows = sql::all(&mut *self.read().await?, select!(""), vals![]).await?;
        sql::sorted(&rows, read, |user| &user.email)
    }

    /// How many people there are.
    pub async fn count_users(&self) -> Result<u64> {
        self.count("SELECT count(*) FROM users", vals![]).await
    }

    /// Changes a password and ends that person's sessions.
    pub async fn set_password(&self, user: &UserId, password_hash: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE users SET password_hash = $1 WHERE id = $2";
        write.must(sql, vals![password_hash, user], "user", user).await?;
        write.run("DELETE FROM sessions WHERE user_id = $1", vals![user]).await?;
        write.note("user.password_changed", user, Value::Null);
        write.commit().await
    }

    /// Changes what a person may do.
    pub async fn set_role(&self, user: &UserId, role: Role, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let role = word(&role);
        write.must("UPDATE users SET role = $1 WHERE id = $2", vals![&role, user], "user", user).await?;
        write.note("user.role_changed", user, json!({ "role": role }));
        write.commit().await
    }

    /// Opens a session that ends at `expires_at`; only the hash of its token is kept. Sessions long over are dropped.
    pub async fn open_session(
        &self,
        token_hash: &str,
        user: &UserId,
        expires_at: Instant,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        write.run("DELETE FROM sessions WHERE expires_at <= $1", vals![stamp.at]).await?;
        let sql = "INSERT INTO sessions (token_hash, user_id, opened_at, expires_at) VALUES ($1,$2,$3,$4)";
        write.run(sql, vals![token_hash, user, stamp.at, expires_at]).await?;
        write.note("session.opened", user, Value::Null);
        write.commit().await
    }

    /// Whose session this is, if it has not ended.
    pub async fn session(&self, token_hash: &str, now: Instant) -> Result<Option<User>> {
        let sql = select!("JOIN sessions s ON s.user_id = u.id WHERE s.token_hash = $1 AND s.expires_at > $2");
        let row = sql::one(&mut *self.read().await?, sql, vals![token_hash, now]).await?;
        row.as_ref().map(read).transpose()
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

    pub(crate) async fn count(&self, sql: &'static str, vals: Vec<sql::Val>) -> Result<u64> {
        let row = sql::one(&mut *self.read().await?, sql, vals).await?;
        row.ok_or_else(|| StoreError::corrupt("a count without a row"))?.count(0)
    }
}
