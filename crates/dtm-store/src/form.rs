//! Forms, their versions and the files that go with them.

use crate::sql::{self, Columns, json as to_json, vals, word};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{BlobHash, ExerciseId, FormId, FormSchema, FormVersionId, Instant, OperationId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::any::AnyRow;

/// Whether phones may fetch a form and send to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FormState {
    /// Phones fetch it and send.
    Open,
    /// Phones that have it still send.
    Closing,
    /// Nothing is taken.
    Closed,
}

/// A form, across its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Its id.
    pub id: FormId,
    /// The operation it is unique in.
    pub operation: OperationId,
    /// The exercise it collects for.
    pub exercise: ExerciseId,
    /// The id phones know it by.
    pub xml_form_id: String,
    /// Its name in lists.
    pub name: String,
    /// Whether phones may fetch it and send to it.
    pub state: FormState,
    /// When it was made.
    pub created_at: Instant,
}

/// One version of a form.
#[derive(Clone, Debug, PartialEq)]
pub struct FormVersion {
    /// Its id.
    pub id: FormVersionId,
    /// The form.
    pub form: FormId,
    /// The version attribute, empty if there is none.
    pub version: String,
    /// The XForm, byte for byte as phones get it.
    pub xform: String,
    /// The MD5 of the XForm, as OpenRosa asks for it.
    pub xform_hash: String,
    /// The workbook it was converted from.
    pub source: Option<BlobHash>,
    /// The workbook's name.
    pub source_name: Option<String>,
    /// What it asks.
    pub schema: FormSchema,
    /// When it was added.
    pub created_at: Instant,
    /// When it was published; none for a draft.
    pub published_at: Option<Instant>,
}

/// The current version of a form.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedForm {
    /// The form.
    pub form: Form,
    /// The version published last.
    pub version: FormVersion,
}

/// A file that a form version needs beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormMedia {
    /// The name the form uses.
    pub name: String,
    /// Its content.
    pub hash: BlobHash,
    /// Bytes.
    pub size: u64,
    /// MIME type.
    pub content_type: String,
}

macro_rules! select_form {
    ($rest:literal) => {
        concat!(
            "SELECT f.id, f.operation_id, f.exercise_id, f.xml_form_id, f.name, f.state, f.created_at FROM forms f ",
            $rest
        )
    };
}

macro_rules! select_version {
    ($rest:literal) => {
        concat!(
            "SELECT v.id, v.form_id, v.version, v.xform, v.xform_hash, v.source_hash, v.source_name, v.form_schema, ",
            "v.created_at, v.published_at FROM form_versions v ",
            $rest
        )
    };
}

fn read_form(row: &AnyRow) -> Result<Form> {
    Ok(Form {
        id: row.parsed(0)?,
        operation: row.parsed(1)?,
        exercise: row.parsed(2)?,
        xml_form_id: row.text(3)?,
        name: row.text(4)?,
        state: row.word(5)?,
        created_at: row.instant(6)?,
    })
}

fn read_version(row: &AnyRow) -> Result<FormVersion> {
    Ok(FormVersion {
        id: row.parsed(0)?,
        form: row.parsed(1)?,
        version: row.text(2)?,
        xform: row.text(3)?,
        xform_hash: row.text(4)?,
        source: row.maybe_parsed(5)?,
        source_name: row.maybe_text(6)?,
        schema: row.json(7)?,
        created_at: row.instant(8)?,
        published_at: row.maybe_instant(9)?,
    })
}

impl Store {
    /// Adds a form without any version; its form id is unique in the operation of the exercise.
    pub async fn create_form(
        &self,
        id: &FormId,
        exercise: &ExerciseId,
        xml_form_id: &str,
        name: &str,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO forms (id, operation_id, exercise_id, xml_form_id, name, state, created_at) \
                   SELECT CAST($1 AS TEXT), operation_id, id, CAST($2 AS TEXT), CAST($3 AS TEXT), 'open', CAST($4 AS BIGINT) \
                   FROM exercises WHERE id = $5";
        write.must(sql, vals![id, xml_form_id, name, stamp.at, exercise], "exercise", exercise).await?;
        write.note("form.created", id, json!({ "exercise": exercise, "xml_form_id": xml_form_id }));
        write.commit().await
    }

    /// The form with this id.
    pub async fn form(&self, id: &FormId) -> Result<Option<Form>> {
        let row = sql::one(&mut *self.read().await?, select_form!("WHERE f.id = $1"), vals![id]).await?;
        row.as_ref().map(read_form).transpose()
    }

    /// The form of an operation that phones know by this id.
    pub async fn form_by_xml_id(&self, operation: &OperationId, xml_form_id: &str) -> Result<Option<Form>> {
        let sql = select_form!("WHERE f.operation_id = $1 AND f.xml_form_id = $2");
        let row = sql::one(&mut *self.read().await?, sql, vals![operation, xml_form_id]).await?;
        row.as_ref().map(read_form).transpose()
    }

    /// The forms of an exercise, by form id.
    pub async fn forms(&self, exercise: &ExerciseId) -> Result<Vec<Form>> {
        let sql = select_form!("WHERE f.exercise_id = $1");
        let rows = sql::all(&mut *self.read().await?, sql, vals![exercise]).await?;
        sql::sorted(&rows, read_form, |form| &form.xml_form_id)
    }

    /// Changes whether phones may fetch a form and send to it.
    pub async fn set_form_state(&self, id: &FormId, state: FormState, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        write.must("UPDATE forms SET state = $1 WHERE id = $2", vals![word(&state), id], "form", id).await?;
        write.note("form.state_changed", id, json!({ "state": state }));
        write.commit().await
    }

    /// Adds a version; with `published_at` it is public at once.
    pub async fn add_form_version(&self, version: &FormVersion, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO form_versions (id, form_id, version, xform, xform_hash, source_hash, source_name, \
                   form_schema, created_at, published_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)";
        let FormVersion { id, form, xform, xform_hash, source, source_name, .. } = version;
        let schema = to_json(&version.schema)?;
        let (made, published) = (version.created_at, version.published_at);
        let vals = vals![id, form, &version.version, xform, xform_hash, source, source_name, schema, made, published];
        write.run(sql, vals).await?;
        let detail = json!({ "form": form, "version": version.version, "source": source, "published": published });
        write.note("form_version.added", id, detail);
        write.commit().await
    }

    /// Makes a draft public. The version published last is the current one.
    pub async fn publish_form_version(&self, id: &FormVersionId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE form_versions SET published_at = $1 WHERE id = $2 AND published_at IS NULL";
        if write.run(sql, vals![stamp.at, id]).await? == 0 {
            let known = sql::one(write.conn(), "SELECT id FROM form_versions WHERE id = $1", vals![id]).await?;
            return Err(match known {
                Some(_) => StoreError::Conflict { what: "form_version_published" },
                None => StoreError::not_found("form version", id),
            });
        }
        write.note("form_version.published", id, Value::Null);
        write.commit().await
    }

    /// The versions of a form, oldest first.
    pub async fn form_versions(&self, form: &FormId) -> Result<Vec<FormVersion>> {
        let sql = select_version!("WHERE v.form_id = $1 ORDER BY v.created_at, v.id");
        let rows = sql::all(&mut *self.read().await?, sql, vals![form]).await?;
        rows.iter().map(read_version).collect()
    }

    /// The form version with this id.
    pub async fn form_version_by_id(&self, id: &FormVersionId) -> Result<Option<FormVersion>> {
        let row = sql::one(&mut *self.read().await?, select_version!("WHERE v.id = $1"), vals![id]).await?;
        row.as_ref().map(read_version).transpose()
    }

    /// The version of a form that a phone names, with its form; drafts included.
    pub async fn form_version(
        &self,
        operation: &OperationId,
        xml_form_id: &str,
        version: &str,
    ) -> Result<Option<PublishedForm>> {
        let Some(form) = self.form_by_xml_id(operation, xml_form_id).await? else { return Ok(None) };
        let sql = select_version!("WHERE v.form_id = $1 AND v.version = $2");
        let row = sql::one(&mut *self.read().await?, sql, vals![&form.id, version]).await?;
        let version = row.as_ref().map(read_version).transpose()?;
        Ok(version.map(|version| PublishedForm { form, version }))
    }

    /// Every form of an operation that has a published version, with the one published last, by form id.
    pub async fn published_forms(&self, operation: &OperationId) -> Result<Vec<PublishedForm>> {
        let mut conn = self.read().await?;
        let sql = select_form!("WHERE f.operation_id = $1");
        let forms = sql::all(&mut conn, sql, vals![operation]).await?;
        let forms = sql::sorted(&forms, read_form, |form| &form.xml_form_id)?;
        let mut published = Vec::new();
        for form in forms {
            let sql = select_version!(
                "WHERE v.form_id = $1 AND v.published_at IS NOT NULL ORDER BY v.published_at DESC, v.id DESC LIMIT 1"
            );
            if let Some(row) = sql::one(&mut conn, sql, vals![&form.id]).await? {
                published.push(PublishedForm { form, version: read_version(&row)? });
            }
        }
        Ok(published)
    }

    /// Adds or replaces a file that a form version needs.
    pub async fn put_form_media(&self, version: &FormVersionId, media: &FormMedia, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO form_media (form_version_id, name, hash, size, content_type) VALUES ($1,$2,$3,$4,$5) \
                   ON CONFLICT (form_version_id, name) DO UPDATE SET hash = excluded.hash, size = excluded.size, \
                   content_type = excluded.content_type";
        let size = i64::try_from(media.size).unwrap_or(i64::MAX);
        write.run(sql, vals![version, &media.name, &media.hash, size, &media.content_type]).await?;
        write.note("form_media.put", version, json!({ "name": media.name, "hash": media.hash }));
        write.commit().await
    }

    /// The files of a form version, by name.
    pub async fn form_media(&self, version: &FormVersionId) -> Result<Vec<FormMedia>> {
        let sql = "SELECT name, hash, size, content_type FROM form_media WHERE form_version_id = $1";
        let rows = sql::all(&mut *self.read().await?, sql, vals![version]).await?;
        let read = |row: &AnyRow| {
            Ok(FormMedia { name: row.text(0)?, hash: row.parsed(1)?, size: row.count(2)?, content_type: row.text(3)? })
        };
        sql::sorted(&rows, read, |media| &media.name)
    }
}
