//! Reads submissions back, byte for byte, or says that they are damaged.

use crate::sql::{self, Columns, Val, vals};
use crate::{Result, Store, StoreError, SubmissionFile};
use dtm_model::{AppUserId, BlobHash, FormId, FormVersionId, Instant, RecordId, RoundId, SubmissionId};
use sqlx::any::AnyRow;

/// What is known of a submission beside its XML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubmissionHead {
    /// Its id.
    pub id: SubmissionId,
    /// The form.
    pub form: FormId,
    /// The version it was filled on.
    pub form_version: FormVersionId,
    /// The round it belongs to, if any.
    pub round: Option<RoundId>,
    /// The phone's own name for it.
    pub instance_id: String,
    /// The instance it replaces.
    pub deprecated_id: Option<String>,
    /// The phone.
    pub device_id: Option<String>,
    /// The access it came through.
    pub app_user: Option<AppUserId>,
    /// The record its answers went into.
    pub record: RecordId,
    /// The submission that replaced it, if one did.
    pub superseded_by: Option<SubmissionId>,
    /// The SHA-256 of its XML.
    pub xml_hash: BlobHash,
    /// When it arrived.
    pub received_at: Instant,
    /// Who sent it.
    pub received_by: String,
}

/// A submission with its XML as received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredSubmission {
    /// What is known of it.
    pub head: SubmissionHead,
    /// The XML, byte for byte.
    pub xml: String,
}

/// Which submissions to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubmissionFilter {
    /// Only of this form.
    pub form: Option<FormId>,
    /// Only of this round.
    pub round: Option<RoundId>,
    /// Leaves out those that were replaced.
    pub current_only: bool,
}

const HEAD: &str = "SELECT id, form_id, form_version_id, round_id, instance_id, deprecated_id, device_id, app_user_id, \
                    record_id, superseded_by, xml_hash, received_at, received_by";

fn read_head(row: &AnyRow) -> Result<SubmissionHead> {
    Ok(SubmissionHead {
        id: row.parsed(0)?,
        form: row.parsed(1)?,
        form_version: row.parsed(2)?,
        round: row.maybe_parsed(3)?,
        instance_id: row.text(4)?,
        deprecated_id: row.maybe_text(5)?,
        device_id: row.maybe_text(6)?,
        app_user: row.maybe_parsed(7)?,
        record: row.parsed(8)?,
        superseded_by: row.maybe_parsed(9)?,
        xml_hash: row.parsed(10)?,
        received_at: row.instant(11)?,
        received_by: row.text(12)?,
    })
}

fn read_whole(row: &AnyRow) -> Result<StoredSubmission> {
    let (head, xml) = (read_head(row)?, row.text(13)?);
    if BlobHash::of(xml.as_bytes()) != head.xml_hash {
        return Err(StoreError::corrupt(format!("the XML of submission {}", head.id)));
    }
    Ok(StoredSubmission { head, xml })
}

impl SubmissionFilter {
    /// The conditions, and the values they name from `$1` on.
    fn conditions(&self) -> (String, Vec<Val>) {
        let (mut conditions, mut vals) = (vec!["1 = 1".to_owned()], Vec::new());
        if let Some(form) = &self.form {
            vals.push(form.into());
            conditions.push(format!("form_id = ${}", vals.len()));
        }
        if let Some(round) = &self.round {
            vals.push(round.into());
            conditions.push(format!("round_id = ${}", vals.len()));
        }
        if self.current_only {
            conditions.push("superseded_by IS NULL".to_owned());
        }
        (conditions.join(" AND "), vals)
    }
}

impl Store {
    /// The submission with this id, checked against its hash.
    pub async fn submission(&self, id: &SubmissionId) -> Result<Option<StoredSubmission>> {
        let sql = format!("{HEAD}, xml FROM submissions WHERE id = $1");
        let row = sql::one(&mut *self.read().await?, sql, vals![id]).await?;
        row.as_ref().map(read_whole).transpose()
    }

    /// The submission of a form with this instance id, checked against its hash.
    pub async fn submission_by_instance(&self, form: &FormId, instance_id: &str) -> Result<Option<StoredSubmission>> {
        let sql = format!("{HEAD}, xml FROM submissions WHERE form_id = $1 AND instance_id = $2");
        let row = sql::one(&mut *self.read().await?, sql, vals![form, instance_id]).await?;
        row.as_ref().map(read_whole).transpose()
    }

    /// A page of submissions by id, which is by arrival, after `after`.
    pub async fn submissions(
        &self,
        filter: &SubmissionFilter,
        after: Option<&SubmissionId>,
        limit: u32,
    ) -> Result<Vec<SubmissionHead>> {
        let (mut conditions, mut vals) = filter.conditions();
        if let Some(after) = after {
            vals.push(after.into());
            conditions.push_str(&format!(" AND id > ${}", vals.len()));
        }
        vals.push(limit.into());
        let sql = format!("{HEAD} FROM submissions WHERE {conditions} ORDER BY id LIMIT ${}", vals.len());
        let rows = sql::all(&mut *self.read().await?, sql, vals).await?;
        rows.iter().map(read_head).collect()
    }

    /// All versions of a record's submission, oldest first.
    pub async fn submissions_of(&self, record: &RecordId) -> Result<Vec<SubmissionHead>> {
        let sql = format!("{HEAD} FROM submissions WHERE record_id = $1 ORDER BY id");
        let rows = sql::all(&mut *self.read().await?, sql, vals![record]).await?;
        rows.iter().map(read_head).collect()
    }

    /// The files of a submission, by name.
    pub async fn submission_files(&self, id: &SubmissionId) -> Result<Vec<SubmissionFile>> {
        let sql = "SELECT name, hash, size, content_type FROM submission_files WHERE submission_id = $1";
        let rows = sql::all(&mut *self.read().await?, sql, vals![id]).await?;
        let read = |row: &AnyRow| {
            Ok(SubmissionFile {
                name: row.text(0)?,
                hash: row.parsed(1)?,
                size: row.count(2)?,
                content_type: row.text(3)?,
            })
        };
        sql::sorted(&rows, read, |file| &file.name)
    }

    /// How many submissions a round has.
    pub async fn count_submissions(&self, round: &RoundId) -> Result<u64> {
        self.count("SELECT count(*) FROM submissions WHERE round_id = $1", vals![round]).await
    }

    /// How many submissions a form has.
    pub async fn count_form_submissions(&self, form: &FormId) -> Result<u64> {
        self.count("SELECT count(*) FROM submissions WHERE form_id = $1", vals![form]).await
    }
}
