//! The versions of submissions, read back byte for byte or said to be damaged, and their files.
//!
//! What holds for all versions of a submission (its review, the trash) is in `review.rs`.

use crate::sql::{self, Columns, Val, list, vals};
use crate::{Result, Stamp, Store, StoreError, SubmissionFile};
use dtm_model::{AppUserId, BlobHash, FormId, FormVersionId, Instant, RecordId, RoundId, SubmissionId};
use serde_json::json;
use sqlx::any::AnyRow;
use std::collections::HashMap;

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
    /// Whether it only tries a draft out.
    pub draft: bool,
    /// The phone's own name for it.
    pub instance_id: String,
    /// The instance it replaces.
    pub deprecated_id: Option<String>,
    /// A name for people.
    pub instance_name: Option<String>,
    /// The phone.
    pub device_id: Option<String>,
    /// The program that sent it.
    pub user_agent: Option<String>,
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

/// A file of a version: one that its answers name, come or missing, or one that came beside them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedFile {
    /// Its name.
    pub name: String,
    /// Whether the answers name it.
    pub expected: bool,
    /// The file, once it came.
    pub file: Option<SubmissionFile>,
}

/// How many files a version names, and how many of those are here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FileCounts {
    /// Named by the answers.
    pub expected: u64,
    /// Named and here.
    pub present: u64,
}

/// How many ids one look-up names at most.
const AT_ONCE: usize = 256;

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
                    record_id, superseded_by, xml_hash, received_at, received_by, draft, instance_name, user_agent";

/// What of a submission was not purged.
const KEPT: &str = "purged_at IS NULL";

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
        draft: row.flag(13)?,
        instance_name: row.maybe_text(14)?,
        user_agent: row.maybe_text(15)?,
    })
}

fn read_whole(row: &AnyRow) -> Result<StoredSubmission> {
    let (head, xml) = (read_head(row)?, row.text(16)?);
    if BlobHash::of(xml.as_bytes()) != head.xml_hash {
        return Err(StoreError::corrupt(format!("the XML of submission {}", head.id)));
    }
    Ok(StoredSubmission { head, xml })
}

impl SubmissionFilter {
    /// The conditions, and the values they name from `$1` on.
    fn conditions(&self) -> (String, Vec<Val>) {
        let (mut conditions, mut vals) = (vec![KEPT.to_owned(), "draft = 0".to_owned()], Vec::new());
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
    /// The submission with this id, checked against its hash; none once it was purged.
    pub async fn submission(&self, id: &SubmissionId) -> Result<Option<StoredSubmission>> {
        let sql = format!("{HEAD}, xml FROM submissions WHERE id = $1 AND {KEPT}");
        let row = sql::one(&mut *self.read().await?, sql, vals![id]).await?;
        row.as_ref().map(read_whole).transpose()
    }

    /// What is known of the version of a form with this instance id, real or of a draft.
    pub async fn submission_by_instance(
        &self,
        form: &FormId,
        draft: bool,
        instance_id: &str,
    ) -> Result<Option<SubmissionHead>> {
        let sql = format!("{HEAD} FROM submissions WHERE form_id = $1 AND draft = $2 AND instance_id = $3 AND {KEPT}");
        let row = sql::one(&mut *self.read().await?, sql, vals![form, draft, instance_id]).await?;
        row.as_ref().map(read_head).transpose()
    }

    /// Whether a version of a form with this instance id is here, or was before it was purged.
    pub async fn was_submitted(&self, form: &FormId, draft: bool, instance_id: &str) -> Result<bool> {
        let sql = "SELECT 1 FROM submissions WHERE form_id = $1 AND draft = $2 AND instance_id = $3";
        Ok(sql::one(&mut *self.read().await?, sql, vals![form, draft, instance_id]).await?.is_some())
    }

    /// A page of submissions by id, which is by arrival, after `after`; those of drafts left aside.
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
        let sql = format!("{HEAD} FROM submissions WHERE record_id = $1 AND {KEPT} ORDER BY id");
        let rows = sql::all(&mut *self.read().await?, sql, vals![record]).await?;
        rows.iter().map(read_head).collect()
    }

    /// What is known of these versions, by id.
    pub async fn submission_heads(&self, ids: &[SubmissionId]) -> Result<HashMap<SubmissionId, SubmissionHead>> {
        let (mut found, mut conn) = (HashMap::new(), self.read().await?);
        for ids in ids.chunks(AT_ONCE) {
            let sql = format!("{HEAD} FROM submissions WHERE id IN ({})", list(1, ids.len()));
            for row in sql::all(&mut conn, sql, ids.iter().map(Val::from).collect()).await? {
                let head = read_head(&row)?;
                found.insert(head.id.clone(), head);
            }
        }
        Ok(found)
    }

    /// The files that came with a submission, by name.
    pub async fn submission_files(&self, id: &SubmissionId) -> Result<Vec<SubmissionFile>> {
        let files = self.expected_files(id).await?;
        Ok(files.into_iter().filter_map(|file| file.file).collect())
    }

    /// The files that a version names and those that came beside them, by name.
    pub async fn expected_files(&self, id: &SubmissionId) -> Result<Vec<ExpectedFile>> {
        let sql = "SELECT name, hash, size, content_type, expected FROM submission_files WHERE submission_id = $1";
        let rows = sql::all(&mut *self.read().await?, sql, vals![id]).await?;
        let read = |row: &AnyRow| {
            let name = row.text(0)?;
            let hash: Option<BlobHash> = row.maybe_parsed(1)?;
            let (size, content_type) = (row.count(2)?, row.text(3)?);
            let file = hash.map(|hash| SubmissionFile { name: name.clone(), hash, size, content_type });
            Ok(ExpectedFile { name, expected: row.flag(4)?, file })
        };
        sql::sorted(&rows, read, |file| &file.name)
    }

    /// The files that came with each of these versions, by name.
    pub async fn files_of(&self, ids: &[SubmissionId]) -> Result<HashMap<SubmissionId, Vec<SubmissionFile>>> {
        let (mut found, mut conn) = (HashMap::<SubmissionId, Vec<SubmissionFile>>::new(), self.read().await?);
        for ids in ids.chunks(AT_ONCE) {
            let sql = format!(
                "SELECT submission_id, name, hash, size, content_type FROM submission_files \
                 WHERE hash IS NOT NULL AND submission_id IN ({}) ORDER BY submission_id, name",
                list(1, ids.len())
            );
            for row in sql::all(&mut conn, sql, ids.iter().map(Val::from).collect()).await? {
                let (name, hash) = (row.text(1)?, row.parsed(2)?);
                let file = SubmissionFile { name, hash, size: row.count(3)?, content_type: row.text(4)? };
                found.entry(row.parsed(0)?).or_default().push(file);
            }
        }
        Ok(found)
    }

    /// How many files these versions name, and how many of those are here. Versions that name none are left out.
    pub async fn file_counts(&self, ids: &[SubmissionId]) -> Result<HashMap<SubmissionId, FileCounts>> {
        let (mut found, mut conn) = (HashMap::new(), self.read().await?);
        for ids in ids.chunks(AT_ONCE) {
            let sql = format!(
                "SELECT submission_id, count(*), count(hash) FROM submission_files \
                 WHERE expected = 1 AND submission_id IN ({}) GROUP BY submission_id",
                list(1, ids.len())
            );
            for row in sql::all(&mut conn, sql, ids.iter().map(Val::from).collect()).await? {
                found.insert(row.parsed(0)?, FileCounts { expected: row.count(1)?, present: row.count(2)? });
            }
        }
        Ok(found)
    }

    /// Puts a file that a version names, in place of one that came before; a name that it does not know is not found.
    pub async fn put_submission_file(&self, id: &SubmissionId, file: &SubmissionFile, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "SELECT hash FROM submission_files WHERE submission_id = $1 AND name = $2";
        let Some(row) = sql::one(write.conn(), sql, vals![id, &file.name]).await? else {
            return Err(StoreError::not_found("file", &file.name));
        };
        let before = row.maybe_text(0)?;
        let sql = "UPDATE submission_files SET hash = $1, size = $2, content_type = $3 WHERE submission_id = $4 AND name = $5";
        let size = i64::try_from(file.size).unwrap_or(i64::MAX);
        write.run(sql, vals![&file.hash, size, &file.content_type, id, &file.name]).await?;
        write.note("submission.file_put", id, json!({ "name": file.name, "hash": file.hash, "before": before }));
        write.commit().await
    }

    /// Takes a file away from a version: one that it names is then missing, another is gone. The content stays until the
    /// submission is purged.
    pub async fn clear_submission_file(&self, id: &SubmissionId, name: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "SELECT hash FROM submission_files WHERE submission_id = $1 AND name = $2";
        let Some(row) = sql::one(write.conn(), sql, vals![id, name]).await? else {
            return Err(StoreError::not_found("file", name));
        };
        let before = row.maybe_text(0)?;
        write
            .run(
                "DELETE FROM submission_files WHERE submission_id = $1 AND name = $2 AND expected = 0",
                vals![id, name],
            )
            .await?;
        let sql = "UPDATE submission_files SET hash = NULL, size = 0, content_type = '' \
                   WHERE submission_id = $1 AND name = $2";
        write.run(sql, vals![id, name]).await?;
        write.note("submission.file_cleared", id, json!({ "name": name, "before": before }));
        write.commit().await
    }

    /// How many submissions a round has, every version counted.
    pub async fn count_submissions(&self, round: &RoundId) -> Result<u64> {
        self.count("SELECT count(*) FROM submissions WHERE round_id = $1", vals![round]).await
    }

    /// How many submissions a form has, each counted once; test submissions and those in the trash left aside.
    pub async fn count_form_submissions(&self, form: &FormId) -> Result<u64> {
        let sql = "SELECT count(*) FROM records WHERE form_id = $1 AND draft = 0 AND deleted_at IS NULL";
        self.count(sql, vals![form]).await
    }
}
