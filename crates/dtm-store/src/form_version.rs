//! Versions of a form, and the one draft it may have.
//!
//! A draft is tried out by whoever has its token; what they send never counts and goes when the draft does. Files and
//! entity lists that the version before had under the same names go on with the new one.

use crate::open::Write;
use crate::sql::{self, Columns, json as to_json, vals};
use crate::{Form, Result, Stamp, Store, StoreError};
use dtm_model::{BlobHash, FormId, FormSchema, FormVersionId, Instant, OperationId};
use md5::{Digest, Md5};
use serde_json::json;
use sqlx::any::AnyRow;
use std::collections::HashMap;

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
    /// Who published it, where that was noted.
    pub published_by: Option<String>,
}

/// The current version of a form.
#[derive(Clone, Debug, PartialEq)]
pub struct PublishedForm {
    /// The form.
    pub form: Form,
    /// The version published last.
    pub version: FormVersion,
}

/// The draft of a form.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What is being tried out.
    pub version: FormVersion,
    /// The hash of the token that testers have.
    pub token_hash: Option<String>,
    /// The token, sealed; none where the server has no key of its own.
    pub token_sealed: Option<String>,
}

/// What lists say of a version, without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionHead {
    /// Its id.
    pub id: FormVersionId,
    /// The form.
    pub form: FormId,
    /// The version attribute.
    pub version: String,
    /// The MD5 of the XForm.
    pub xform_hash: String,
    /// The name of the workbook it was converted from.
    pub source_name: Option<String>,
    /// Whether it needs files beside it.
    pub needs_files: bool,
    /// Whether its submissions make or change entities.
    pub feeds_entities: bool,
    /// When it was added.
    pub created_at: Instant,
    /// When it was published; none for a draft.
    pub published_at: Option<Instant>,
}

/// A form with what lists say of its current version and of its draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormHead {
    /// The form.
    pub form: Form,
    /// The version published last.
    pub published: Option<VersionHead>,
    /// The draft.
    pub draft: Option<VersionHead>,
}

/// The hash of an XForm as phones are told it, in hexadecimal digits.
fn md5_of(xform: &str) -> String {
    let digest = Md5::digest(xform.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

macro_rules! select_version {
    ($rest:literal) => {
        concat!(
            "SELECT v.id, v.form_id, coalesce(v.draft_version, v.version), v.xform, v.xform_hash, v.source_hash, ",
            "v.source_name, v.form_schema, v.created_at, v.published_at, v.published_by, v.token_hash, v.token_sealed ",
            "FROM form_versions v ",
            $rest
        )
    };
}

macro_rules! select_head {
    ($rest:literal) => {
        concat!(
            "SELECT v.id, v.form_id, coalesce(v.draft_version, v.version), v.xform_hash, v.source_name, v.files, ",
            "v.created_at, v.published_at, CASE WHEN v.form_schema LIKE '%\"entities\":{%' THEN 1 ELSE 0 END ",
            "FROM form_versions v ",
            $rest
        )
    };
}

/// What is stored, if the XForm is still the one that its hash was taken of: what phones are told before they fetch it.
fn read(row: &AnyRow) -> Result<FormVersion> {
    let (id, xform, xform_hash): (FormVersionId, _, _) = (row.parsed(0)?, row.text(3)?, row.text(4)?);
    if md5_of(&xform) != xform_hash {
        return Err(StoreError::corrupt(format!("the XForm of form version {id}")));
    }
    Ok(FormVersion {
        id,
        form: row.parsed(1)?,
        version: row.text(2)?,
        xform,
        xform_hash,
        source: row.maybe_parsed(5)?,
        source_name: row.maybe_text(6)?,
        schema: row.json(7)?,
        created_at: row.instant(8)?,
        published_at: row.maybe_instant(9)?,
        published_by: row.maybe_text(10)?,
    })
}

fn read_head(row: &AnyRow) -> Result<VersionHead> {
    Ok(VersionHead {
        id: row.parsed(0)?,
        form: row.parsed(1)?,
        version: row.text(2)?,
        xform_hash: row.text(3)?,
        source_name: row.maybe_text(4)?,
        needs_files: row.maybe_text(5)?.is_none_or(|names| names != "[]"),
        created_at: row.instant(6)?,
        published_at: row.maybe_instant(7)?,
        feeds_entities: row.flag(8)?,
    })
}

impl Store {
    /// Adds a version; with `published_at` it is public at once and leaves the form's draft as it is, else it takes the
    /// draft's place, whose test submissions go. Files and lists of the version before go on under the same names.
    pub async fn add_form_version(&self, version: &FormVersion, stamp: &Stamp) -> Result<()> {
        self.add_version(version, None, stamp).await
    }

    /// Adds a draft that whoever has this token can try out: its hash, and the token sealed.
    pub async fn add_draft(
        &self,
        version: &FormVersion,
        token_hash: &str,
        token_sealed: Option<&str>,
        stamp: &Stamp,
    ) -> Result<()> {
        self.add_version(version, Some((token_hash, token_sealed)), stamp).await
    }

    async fn add_version(
        &self,
        version: &FormVersion,
        token: Option<(&str, Option<&str>)>,
        stamp: &Stamp,
    ) -> Result<()> {
        let FormVersion { id, form, xform, xform_hash, source, source_name, schema, published_at, .. } = version;
        let mut write = self.write(stamp).await?;
        let is_draft = published_at.is_none();
        let mut before = write.version_before(form).await?;
        before.retain(|(_, was_draft)| is_draft || !was_draft);
        let sql = "INSERT INTO form_versions (id, form_id, version, draft_version, xform, xform_hash, source_hash, \
                   source_name, form_schema, created_at, published_at, published_by, files) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13)";
        let vals = vals![
            id,
            form,
            if is_draft { draft_name(id) } else { version.version.clone() },
            is_draft.then(|| version.version.clone()),
            xform,
            xform_hash,
            source,
            source_name,
            to_json(schema)?,
            version.created_at,
            *published_at,
            published_at.map(|_| stamp.by.clone()),
            to_json(&schema.media)?,
        ];
        write.run(sql, vals).await?;
        for (from, _) in &before {
            write.carry_files(from, id, &schema.media).await?;
        }
        for (old, _) in before.iter().filter(|(_, was_draft)| *was_draft) {
            write.drop_draft(old).await?;
        }
        if let Some((hash, sealed)) = token {
            // The draft before may have had the same token: its testers go on with the new one.
            let sql = "UPDATE form_versions SET token_hash = $1, token_sealed = $2 WHERE id = $3";
            write.run(sql, vals![hash, sealed.map(str::to_owned), id]).await?;
        }
        if !is_draft {
            write.name_form(form, &schema.title, stamp).await?;
            crate::entity::published(&mut write, form, id, schema).await?;
        }
        let detail = json!({ "form": form, "version": version.version, "source": source, "published": published_at });
        write.note("form_version.added", id, detail);
        write.commit().await
    }

    /// Makes a draft public. The version published last is the current one.
    pub async fn publish_form_version(&self, id: &FormVersionId, stamp: &Stamp) -> Result<()> {
        let version = self.form_version_by_id(id).await?.ok_or_else(|| StoreError::not_found("form version", id))?;
        self.publish_draft(&version, stamp).await
    }

    /// Makes a draft public with this text and this version, and forgets what was sent to try it out. A version of this
    /// name may be published already: that is the conflict `form_version`.
    pub async fn publish_draft(&self, draft: &FormVersion, stamp: &Stamp) -> Result<()> {
        let FormVersion { id, form, version, xform, xform_hash, schema, .. } = draft;
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE form_versions SET version = $1, draft_version = NULL, xform = $2, xform_hash = $3, \
                   form_schema = $4, published_at = $5, published_by = $6, token_hash = NULL, token_sealed = NULL \
                   WHERE id = $7 AND published_at IS NULL";
        let vals = vals![version, xform, xform_hash, to_json(schema)?, stamp.at, &stamp.by, id];
        if write.run(sql, vals).await? == 0 {
            let known = sql::one(write.conn(), "SELECT id FROM form_versions WHERE id = $1", vals![id]).await?;
            return Err(match known {
                Some(_) => StoreError::Conflict { what: "form_version_published" },
                None => StoreError::not_found("form version", id),
            });
        }
        write.drop_tests(id).await?;
        write.name_form(form, &schema.title, stamp).await?;
        crate::entity::published(&mut write, form, id, schema).await?;
        write.note("form_version.published", id, json!({ "version": version }));
        write.commit().await
    }

    /// Throws the draft of a form away, with what was sent to try it out.
    pub async fn discard_draft(&self, form: &FormId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        if write.drop_drafts(form).await? == 0 {
            return Err(StoreError::not_found("draft of form", form));
        }
        write.commit().await
    }

    /// The draft of a form.
    pub async fn draft(&self, form: &FormId) -> Result<Option<Draft>> {
        let sql = select_version!(
            "WHERE v.form_id = $1 AND v.published_at IS NULL ORDER BY v.created_at DESC, v.id DESC LIMIT 1"
        );
        let row = sql::one(&mut *self.read().await?, sql, vals![form]).await?;
        let draft = |row: AnyRow| {
            Ok(Draft { version: read(&row)?, token_hash: row.maybe_text(11)?, token_sealed: row.maybe_text(12)? })
        };
        row.map(draft).transpose()
    }

    /// The draft that the holder of this token may try out.
    pub async fn draft_by_token(&self, token_hash: &str) -> Result<Option<FormVersion>> {
        let sql = select_version!("WHERE v.token_hash = $1 AND v.published_at IS NULL");
        let row = sql::one(&mut *self.read().await?, sql, vals![token_hash]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The versions of a form, oldest first, its draft last.
    pub async fn form_versions(&self, form: &FormId) -> Result<Vec<FormVersion>> {
        let sql = select_version!("WHERE v.form_id = $1 ORDER BY v.created_at, v.id");
        let rows = sql::all(&mut *self.read().await?, sql, vals![form]).await?;
        rows.iter().map(read).collect()
    }

    /// The form version with this id.
    pub async fn form_version_by_id(&self, id: &FormVersionId) -> Result<Option<FormVersion>> {
        let row = sql::one(&mut *self.read().await?, select_version!("WHERE v.id = $1"), vals![id]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The version of a form that was published last.
    pub async fn current_version(&self, form: &FormId) -> Result<Option<FormVersion>> {
        let sql = select_version!(
            "WHERE v.form_id = $1 AND v.published_at IS NOT NULL ORDER BY v.published_at DESC, v.id DESC LIMIT 1"
        );
        let row = sql::one(&mut *self.read().await?, sql, vals![form]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The published version of a form that a phone names, with its form.
    pub async fn form_version(
        &self,
        operation: &OperationId,
        xml_form_id: &str,
        version: &str,
    ) -> Result<Option<PublishedForm>> {
        let Some(form) = self.form_by_xml_id(operation, xml_form_id).await? else { return Ok(None) };
        let sql = select_version!("WHERE v.form_id = $1 AND v.version = $2 AND v.published_at IS NOT NULL");
        let row = sql::one(&mut *self.read().await?, sql, vals![&form.id, version]).await?;
        let version = row.as_ref().map(read).transpose()?;
        Ok(version.map(|version| PublishedForm { form, version }))
    }

    /// Every form of an operation that has a published version, with the one published last, by form id.
    pub async fn published_forms(&self, operation: &OperationId) -> Result<Vec<PublishedForm>> {
        let mut published = Vec::new();
        for form in self.forms_of(operation).await? {
            if let Some(version) = self.current_version(&form.id).await? {
                published.push(PublishedForm { form, version });
            }
        }
        Ok(published)
    }

    /// The forms of an operation as lists show them, by form id; those in the trash left out.
    pub async fn form_heads(&self, operation: &OperationId) -> Result<Vec<FormHead>> {
        let sql = select_head!(
            "JOIN forms f ON f.id = v.form_id WHERE f.operation_id = $1 AND f.deleted_at IS NULL AND \
             (v.published_at IS NULL OR NOT EXISTS (SELECT 1 FROM form_versions w WHERE w.form_id = v.form_id AND \
             (w.published_at > v.published_at OR (w.published_at = v.published_at AND w.id > v.id)))) \
             ORDER BY v.created_at, v.id"
        );
        let forms = self.forms_of(operation).await?;
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        heads(forms, &rows)
    }

    /// How many submissions try this draft out.
    pub async fn count_tests(&self, draft: &FormVersionId) -> Result<u64> {
        self.count("SELECT count(*) FROM records WHERE form_version_id = $1 AND draft = 1", vals![draft]).await
    }

    /// A form as lists show it, in the trash or not.
    pub async fn form_head(&self, form: Form) -> Result<FormHead> {
        let sql = select_head!("WHERE v.form_id = $1 ORDER BY v.published_at, v.created_at, v.id");
        let rows = sql::all(&mut *self.read().await?, sql, vals![&form.id]).await?;
        let one = heads(vec![form], &rows)?.pop();
        one.ok_or_else(|| StoreError::corrupt("a form vanished while it was read"))
    }
}

/// Puts the versions to their forms; of several the last row counts.
fn heads(forms: Vec<Form>, rows: &[AnyRow]) -> Result<Vec<FormHead>> {
    let (mut published, mut drafts) = (HashMap::new(), HashMap::new());
    for row in rows {
        let head = read_head(row)?;
        let of = if head.published_at.is_some() { &mut published } else { &mut drafts };
        of.insert(head.form.clone(), head);
    }
    let head = |form: Form| FormHead { published: published.remove(&form.id), draft: drafts.remove(&form.id), form };
    Ok(forms.into_iter().map(head).collect())
}

/// What a draft's row holds in place of its version, which `draft_version` keeps.
fn draft_name(id: &FormVersionId) -> String {
    format!(" {id}")
}

impl Write {
    /// The versions whose files go on with a new one, and whether each is a draft: the drafts, then the current version.
    async fn version_before(&mut self, form: &FormId) -> Result<Vec<(FormVersionId, bool)>> {
        let sql = "SELECT id FROM form_versions WHERE form_id = $1 AND published_at IS NULL ORDER BY created_at DESC, id DESC";
        let mut before = Vec::new();
        for row in sql::all(self.conn(), sql, vals![form]).await? {
            before.push((row.parsed(0)?, true));
        }
        let sql = "SELECT id FROM form_versions WHERE form_id = $1 AND published_at IS NOT NULL \
                   ORDER BY published_at DESC, id DESC LIMIT 1";
        if let Some(row) = sql::one(self.conn(), sql, vals![form]).await? {
            before.push((row.parsed(0)?, false));
        }
        Ok(before)
    }

    /// Copies what the new version needs and does not have yet.
    async fn carry_files(&mut self, from: &FormVersionId, to: &FormVersionId, names: &[String]) -> Result<()> {
        for name in names {
            let sql = "INSERT INTO form_media (form_version_id, name, hash, size, content_type, md5, put_at) \
                       SELECT CAST($1 AS TEXT), m.name, m.hash, m.size, m.content_type, m.md5, m.put_at FROM form_media m \
                       WHERE m.form_version_id = $2 AND m.name = $3 \
                       AND NOT EXISTS (SELECT 1 FROM form_media h WHERE h.form_version_id = $4 AND h.name = m.name) \
                       AND NOT EXISTS (SELECT 1 FROM form_lists l WHERE l.form_version_id = $5 AND l.name = m.name)";
            self.run(sql, vals![to, from, name, to, to]).await?;
            let sql = "INSERT INTO form_lists (form_version_id, name, list, linked_at) \
                       SELECT CAST($1 AS TEXT), m.name, m.list, m.linked_at FROM form_lists m \
                       WHERE m.form_version_id = $2 AND m.name = $3 \
                       AND NOT EXISTS (SELECT 1 FROM form_media h WHERE h.form_version_id = $4 AND h.name = m.name) \
                       AND NOT EXISTS (SELECT 1 FROM form_lists l WHERE l.form_version_id = $5 AND l.name = m.name)";
            self.run(sql, vals![to, from, name, to, to]).await?;
        }
        Ok(())
    }

    /// Drops what drafts a form has; returns how many.
    pub(crate) async fn drop_drafts(&mut self, form: &FormId) -> Result<usize> {
        let mut drafts = self.version_before(form).await?;
        drafts.retain(|(_, is_draft)| *is_draft);
        for (id, _) in &drafts {
            self.drop_draft(id).await?;
        }
        Ok(drafts.len())
    }

    async fn drop_draft(&mut self, id: &FormVersionId) -> Result<()> {
        self.drop_tests(id).await?;
        self.run("DELETE FROM form_media WHERE form_version_id = $1", vals![id]).await?;
        self.run("DELETE FROM form_lists WHERE form_version_id = $1", vals![id]).await?;
        self.run("DELETE FROM form_versions WHERE id = $1 AND published_at IS NULL", vals![id]).await?;
        self.note("form_version.discarded", id, json!({}));
        Ok(())
    }

    /// Forgets what was sent to try a draft out.
    async fn drop_tests(&mut self, draft: &FormVersionId) -> Result<()> {
        for sql in [
            "DELETE FROM submission_comments WHERE record_id IN (SELECT id FROM records WHERE form_version_id = $1 AND draft = 1)",
            "DELETE FROM submission_files WHERE submission_id IN \
             (SELECT id FROM submissions WHERE form_version_id = $1 AND draft = 1)",
            "DELETE FROM submissions WHERE form_version_id = $1 AND draft = 1",
            "DELETE FROM submission_comments WHERE record_id IN \
             (SELECT id FROM records WHERE form_version_id = $1 AND draft = 1)",
            "DELETE FROM records WHERE form_version_id = $1 AND draft = 1",
        ] {
            self.run(sql, vals![draft]).await?;
        }
        Ok(())
    }

    /// A form is called as its newest version says.
    async fn name_form(&mut self, form: &FormId, name: &str, stamp: &Stamp) -> Result<()> {
        let sql = "UPDATE forms SET name = $1, updated_at = $2 WHERE id = $3";
        self.must(sql, vals![name, stamp.at, form], "form", form).await
    }
}
