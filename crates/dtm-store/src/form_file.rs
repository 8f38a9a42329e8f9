//! What a form needs beside it: files, and entity lists that it reads in place of a file.

use crate::sql::{self, Columns, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{BlobHash, FormVersionId, Instant};
use serde_json::json;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// A file that a form version has beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormMedia {
    /// The name the form uses.
    pub name: String,
    /// Its content.
    pub hash: BlobHash,
    /// The MD5 of its content, as OpenRosa asks for it; none where it was not noted.
    pub md5: Option<String>,
    /// Bytes.
    pub size: u64,
    /// MIME type.
    pub content_type: String,
}

/// What stands behind a name that a form uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormFile {
    /// The name the form uses.
    pub name: String,
    /// The file, if it is one.
    pub media: Option<FormMedia>,
    /// The name of the entity list, if it is one.
    pub list: Option<String>,
    /// When it was put or linked, where that was noted.
    pub changed_at: Option<Instant>,
}

fn read(row: &AnyRow) -> Result<FormFile> {
    let media = FormMedia {
        name: row.text(0)?,
        hash: row.parsed(1)?,
        size: row.count(2)?,
        content_type: row.text(3)?,
        md5: row.maybe_text(4)?,
    };
    Ok(FormFile { name: media.name.clone(), media: Some(media), list: None, changed_at: row.maybe_instant(5)? })
}

impl Store {
    /// Adds or replaces a file that a form version needs; it takes the place of an entity list under that name.
    pub async fn put_form_media(&self, version: &FormVersionId, media: &FormMedia, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO form_media (form_version_id, name, hash, size, content_type, md5, put_at) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7) \
                   ON CONFLICT (form_version_id, name) DO UPDATE SET hash = excluded.hash, size = excluded.size, \
                   content_type = excluded.content_type, md5 = excluded.md5, put_at = excluded.put_at";
        let size = i64::try_from(media.size).unwrap_or(i64::MAX);
        let vals = vals![version, &media.name, &media.hash, size, &media.content_type, &media.md5, stamp.at];
        write.run(sql, vals).await?;
        let sql = "DELETE FROM form_lists WHERE form_version_id = $1 AND name = $2";
        write.run(sql, vals![version, &media.name]).await?;
        write.note("form_media.put", version, json!({ "name": media.name, "hash": media.hash }));
        write.commit().await
    }

    /// Takes a file, or the link to an entity list, from a form version.
    pub async fn remove_form_file(&self, version: &FormVersionId, name: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let mut n_gone = 0;
        for sql in [
            "DELETE FROM form_media WHERE form_version_id = $1 AND name = $2",
            "DELETE FROM form_lists WHERE form_version_id = $1 AND name = $2",
        ] {
            n_gone += write.run(sql, vals![version, name]).await?;
        }
        if n_gone == 0 {
            return Err(StoreError::not_found("file of a form", name));
        }
        write.note("form_media.removed", version, json!({ "name": name }));
        write.commit().await
    }

    /// Lets a form version read an entity list under this name, in place of a file.
    pub async fn link_form_list(&self, version: &FormVersionId, name: &str, list: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "DELETE FROM form_media WHERE form_version_id = $1 AND name = $2";
        write.run(sql, vals![version, name]).await?;
        let sql = "INSERT INTO form_lists (form_version_id, name, list, linked_at) VALUES ($1,$2,$3,$4) \
                   ON CONFLICT (form_version_id, name) DO UPDATE SET list = excluded.list, linked_at = excluded.linked_at";
        write.run(sql, vals![version, name, list, stamp.at]).await?;
        write.note("form_list.linked", version, json!({ "name": name, "list": list }));
        write.commit().await
    }

    /// The files of a form version, by name.
    pub async fn form_media(&self, version: &FormVersionId) -> Result<Vec<FormMedia>> {
        Ok(self.form_files(version).await?.into_iter().filter_map(|file| file.media).collect())
    }

    /// The files and entity lists of a form version, by name.
    pub async fn form_files(&self, version: &FormVersionId) -> Result<Vec<FormFile>> {
        let mut conn = self.read().await?;
        let sql = "SELECT name, hash, size, content_type, md5, put_at FROM form_media WHERE form_version_id = $1";
        let mut files = BTreeMap::new();
        for row in sql::all(&mut conn, sql, vals![version]).await? {
            let file = read(&row)?;
            files.insert(file.name.clone(), file);
        }
        let sql = "SELECT name, list, linked_at FROM form_lists WHERE form_version_id = $1";
        for row in sql::all(&mut conn, sql, vals![version]).await? {
            let name = row.text(0)?;
            let file = FormFile {
                name: name.clone(),
                media: None,
                list: Some(row.text(1)?),
                changed_at: Some(row.instant(2)?),
            };
            files.insert(name, file);
        }
        Ok(files.into_values().collect())
    }
}
