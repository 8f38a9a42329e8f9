//! What the server is told on its command line or by the environment.
//!
//! Keys: `--data` (`DTM_DATA`) the folder of the embedded database and blobs; `--database` (`DTM_DATABASE`) a
//! PostgreSQL address in its place; `--blobs` (`DTM_BLOBS`) a folder or `s3://bucket/prefix` (with `AWS_*`);
//! `DTM_SECRET_KEY` the key that seals tokens, where several servers share one database;
//! `--public-url` (`DTM_PUBLIC_URL`) the address people reach it by, when a proxy stands before it;
//! `--sql-listen` (`DTM_SQL_LISTEN`) where SQL clients are listened for, with `--sql-certificate` and `--sql-certificate-key`
//! (`DTM_SQL_CERTIFICATE`, `DTM_SQL_CERTIFICATE_KEY`) for those on other machines;
//! `DTM_SMTP_URL` and `DTM_MAIL_FROM` the mail server and the sender, where it sends mail.

use crate::vault::{SERVER_KEY, Vault};
use anyhow::{Context, Result};
use dtm_store::{Blobs, Stamp, Store};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Where data live.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Place {
    /// Folder of the embedded database and the files
    #[arg(long, global = true, env = "DTM_DATA", default_value = "dtm-data", value_name = "DIR")]
    pub(crate) data: PathBuf,
    /// PostgreSQL address (postgres://…) in place of the embedded database
    #[arg(long, global = true, env = "DTM_DATABASE", value_name = "URL", hide_env_values = true)]
    pub(crate) database: Option<String>,
    /// Folder or bucket (s3://bucket/prefix) for files, in place of a folder beside the database
    #[arg(long, global = true, env = "DTM_BLOBS", value_name = "URL")]
    pub(crate) blobs: Option<String>,
}

impl Place {
    /// The key that seals tokens: of the environment, or beside the embedded database or files.
    pub(crate) fn vault(&self) -> Result<Vault> {
        let keeps_data = self.database.is_none() || self.blobs.is_none();
        if keeps_data {
            std::fs::create_dir_all(&self.data)
                .with_context(|| format!("cannot make the data folder {}", self.data.display()))?;
        }
        Vault::open(keeps_data.then_some(self.data.as_path()))
    }

    /// The folder of data, made on first use where anything is kept in it; the address of the database; and that of files.
    async fn addresses(&self) -> Result<(String, String)> {
        let data = std::path::absolute(&self.data).context("the data folder's path")?;
        if self.database.is_none() || self.blobs.is_none() {
            tokio::fs::create_dir_all(&data)
                .await
                .with_context(|| format!("cannot make the data folder {}", data.display()))?;
            keep_private(&data);
        }
        let url = match &self.database {
            Some(url) => url.clone(),
            None => format!("sqlite://{}", data.join("dtm.db").display()),
        };
        let blobs = match &self.blobs {
            Some(url) => url.clone(),
            None => data.join("blobs").display().to_string(),
        };
        Ok((url, blobs))
    }

    /// Opens the store, making and migrating it on first use, and the blobs beside it.
    pub(crate) async fn open(&self) -> Result<(Store, Blobs)> {
        let (url, blobs) = self.addresses().await?;
        let store = Store::open(&url).await.context("cannot open the database")?;
        let stamp = Stamp::new(crate::world::now(), "dtm");
        store.ensure_instance(&uuid_text(), &stamp).await.context("cannot name this instance")?;
        store.fill_entity_values(&stamp).await.context("cannot bring the entity lists up to date")?;
        let blobs = Blobs::open(&blobs, &bucket_options()).await.context("cannot open the place for files")?;
        Ok((store, blobs))
    }

    /// The address of the database and the blobs, for a backup that is put there; the database is left as it is.
    pub(crate) async fn empty(&self) -> Result<(String, Blobs)> {
        let (url, blobs) = self.addresses().await?;
        let blobs = Blobs::open(&blobs, &bucket_options()).await.context("cannot open the place for files")?;
        Ok((url, blobs))
    }

    /// The server's key beside the data, as it stands in its file.
    pub(crate) fn server_key(&self) -> Result<Option<Vec<u8>>> {
        match std::fs::read(self.data.join(SERVER_KEY)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).context("cannot read the server's key"),
        }
    }

    /// Puts the server's key of a backup beside the data.
    pub(crate) fn keep_server_key(&self, bytes: &[u8]) -> Result<()> {
        std::fs::create_dir_all(&self.data)?;
        let text = std::str::from_utf8(bytes).context("the server's key of the backup")?;
        crate::vault::keep(&self.data.join(SERVER_KEY), text).context("cannot keep the server's key of the backup")
    }
}

fn uuid_text() -> String {
    crate::world::fresh(dtm_model::OperationId::new).to_string()
}

/// What S3 clients commonly find in the environment.
fn bucket_options() -> BTreeMap<String, String> {
    [
        ("AWS_ACCESS_KEY_ID", "aws_access_key_id"),
        ("AWS_SECRET_ACCESS_KEY", "aws_secret_access_key"),
        ("AWS_SESSION_TOKEN", "aws_session_token"),
        ("AWS_REGION", "aws_region"),
        ("AWS_ENDPOINT_URL", "aws_endpoint"),
        ("AWS_ALLOW_HTTP", "aws_allow_http"),
    ]
    .into_iter()
    .filter_map(|(variable, key)| Some((key.to_owned(), crate::world::env(variable)?)))
    .collect()
}

/// Only the owner may look into the data folder.
fn keep_private(folder: &std::path::Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if let Err(error) = std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)) {
            tracing::warn!(%error, "cannot close the data folder to other users of this machine");
        }
    }
    #[cfg(not(unix))]
    let _ = folder;
}
