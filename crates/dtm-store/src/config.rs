//! What an administrator set for the whole server, by key: a value, or a file such as a logo.

use crate::sql::{self, Columns, vals};
use crate::{Result, Stamp, Store};
use dtm_model::{BlobHash, Instant};
use serde_json::{Value, json};
use sqlx::any::AnyRow;

/// Something that was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Its key.
    pub name: String,
    /// What was set.
    pub content: ConfigContent,
    /// When.
    pub set_at: Instant,
}

/// What was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfigContent {
    /// A value, as JSON.
    Value(String),
    /// A file and its media type.
    File {
        /// Where it lies.
        hash: BlobHash,
        /// What it is, such as `image/png`.
        media: String,
    },
}

const COLUMNS: &str = "name, value, hash, media, set_at";

fn read(row: &AnyRow) -> Result<Config> {
    let content = match row.maybe_parsed(2)? {
        Some(hash) => ConfigContent::File { hash, media: row.maybe_text(3)?.unwrap_or_default() },
        None => ConfigContent::Value(row.maybe_text(1)?.unwrap_or_default()),
    };
    Ok(Config { name: row.text(0)?, content, set_at: row.instant(4)? })
}

impl Store {
    /// Sets something for the whole server.
    pub async fn set_config(&self, name: &str, content: &ConfigContent, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let (value, hash, media) = match content {
            ConfigContent::Value(value) => (Some(value.clone()), None, None),
            ConfigContent::File { hash, media } => (None, Some(hash.as_str().to_owned()), Some(media.clone())),
        };
        let sql = "INSERT INTO configs (name, value, hash, media, set_at) VALUES ($1,$2,$3,$4,$5) \
                   ON CONFLICT (name) DO UPDATE SET value = excluded.value, hash = excluded.hash, \
                   media = excluded.media, set_at = excluded.set_at";
        write.run(sql, vals![name, &value, &hash, media, stamp.at]).await?;
        write.note("config.set", name, json!({ "value": value, "hash": hash }));
        write.commit().await
    }

    /// Takes it back; nothing happens where nothing was set.
    pub async fn unset_config(&self, name: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        if write.run("DELETE FROM configs WHERE name = $1", vals![name]).await? > 0 {
            write.note("config.unset", name, Value::Null);
        }
        write.commit().await
    }

    /// What was set under a key.
    pub async fn config(&self, name: &str) -> Result<Option<Config>> {
        let sql = format!("SELECT {COLUMNS} FROM configs WHERE name = $1");
        let row = sql::one(&mut *self.read().await?, sql, vals![name]).await?;
        row.as_ref().map(read).transpose()
    }

    /// Everything that was set, by key.
    pub async fn configs(&self) -> Result<Vec<Config>> {
        let sql = format!("SELECT {COLUMNS} FROM configs ORDER BY name");
        let rows = sql::all(&mut *self.read().await?, sql, vals![]).await?;
        rows.iter().map(read).collect()
    }
}
