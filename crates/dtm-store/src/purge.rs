//! Removes submissions for good, 30 days after they were moved to the trash.
//!
//! What goes: the XML of every version, the names of phones and programs, files, answers, corrections, findings, comments.
//! What stays is a trace without content: one row a version with its instance id, so that a phone which sends it again is
//! told that it was deleted, and the audit log, which never held answers. The hash of the XML goes too, and with its salt
//! the log's tells nothing any more. Decision: `docs/decisions/0012-what-a-purge-removes.md`.
//!
//! Content of files is shared by hash. A removal and a submission that brings the same content at that moment could cross:
//! `purged_blobs` says when content was removed, and intake asks a phone to send again what it put before that.

use crate::record::stored_answers;
use crate::sql::{self, Columns, Val, list, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{BlobHash, FormVersionId, Instant, Record, RecordId};
use serde_json::json;
use std::collections::BTreeSet;

/// How many records one transaction takes out of a segment; phones wait for it.
const AT_ONCE: usize = 250;

impl Store {
    /// The submissions that went to the trash before this moment, those first that lie there longest.
    pub async fn due_for_purge(&self, before: Instant, limit: u32) -> Result<Vec<RecordId>> {
        let sql =
            "SELECT id FROM records WHERE deleted_at IS NOT NULL AND deleted_at < $1 ORDER BY deleted_at, id LIMIT $2";
        let rows = sql::all(&mut *self.read().await?, sql, vals![before, limit]).await?;
        rows.iter().map(|row| row.parsed(0)).collect()
    }

    /// The form versions that the versions of these submissions were filled on.
    pub async fn form_versions_of(&self, records: &[RecordId]) -> Result<BTreeSet<FormVersionId>> {
        let (mut found, mut conn) = (BTreeSet::new(), self.read().await?);
        for ids in records.chunks(AT_ONCE) {
            let sql =
                format!("SELECT DISTINCT form_version_id FROM submissions WHERE record_id IN ({})", list(1, ids.len()));
            for row in sql::all(&mut conn, sql, ids.iter().map(Val::from).collect()).await? {
                found.insert(row.parsed(0)?);
            }
        }
        Ok(found)
    }

    /// Takes records out of a segment, so that their answers lie in the store again. One that has a newer version, or
    /// lies in another segment, is left as it is.
    pub async fn unseal(&self, segment: &BlobHash, records: &[Record], stamp: &Stamp) -> Result<()> {
        for some in records.chunks(AT_ONCE) {
            let mut write = self.write(stamp).await?;
            for record in some {
                let sql = "UPDATE records SET answers = $1, segment = NULL, area = NULL WHERE id = $2 AND segment = $3";
                write.run(sql, vals![stored_answers(&record.answers)?, &record.id, segment]).await?;
            }
            write.note("records.unsealed", segment, json!({ "records": some.len() }));
            write.commit().await?;
        }
        Ok(())
    }

    /// Forgets a segment in which none of the records whose rows it has lies any more, with its other tables. Returns their content, to be removed.
    pub async fn drop_segment(&self, segment: &BlobHash, rows: &[RecordId], stamp: &Stamp) -> Result<Vec<BlobHash>> {
        let mut write = self.write(stamp).await?;
        for ids in rows.chunks(AT_ONCE) {
            let sql = format!("SELECT 1 FROM records WHERE segment = $1 AND id IN ({}) LIMIT 1", list(2, ids.len()));
            let mut vals = vals![segment];
            vals.extend(ids.iter().map(Val::from));
            if sql::one(write.conn(), sql, vals).await?.is_some() {
                return Err(StoreError::Conflict { what: "segment_in_use" });
            }
        }
        let rows = sql::all(write.conn(), "SELECT hash FROM segments WHERE root = $1", vals![segment]).await?;
        let hashes: BTreeSet<BlobHash> = rows.iter().map(|row| row.parsed(0)).collect::<Result<_>>()?;
        write.run("DELETE FROM segments WHERE root = $1", vals![segment]).await?;
        write.note("segment.dropped", segment, json!({ "tables": hashes.len() }));
        write.commit().await?;
        Ok(hashes.into_iter().collect())
    }

    /// Removes submissions that lie in the trash, for good. Returns the content of their files; some of it may be needed
    /// elsewhere, see [`Store::may_remove_blob`].
    pub async fn purge(&self, records: &[RecordId], stamp: &Stamp) -> Result<Vec<BlobHash>> {
        let mut write = self.write(stamp).await?;
        let mut contents = BTreeSet::new();
        for record in records {
            let sql = "SELECT form_id FROM records WHERE id = $1 AND deleted_at IS NOT NULL";
            // Taken back meanwhile: it stays.
            let Some(row) = sql::one(write.conn(), sql, vals![record]).await? else { continue };
            let form = row.maybe_text(0)?;
            let sql = "SELECT f.hash FROM submission_files f JOIN submissions s ON s.id = f.submission_id \
                       WHERE s.record_id = $1";
            let rows = sql::all(write.conn(), sql, vals![record]).await?;
            let n_files = rows.len();
            for row in &rows {
                contents.extend(row.maybe_parsed::<BlobHash>(0)?);
            }
            let sql =
                "DELETE FROM submission_files WHERE submission_id IN (SELECT id FROM submissions WHERE record_id = $1)";
            write.run(sql, vals![record]).await?;
            let sql = "UPDATE submissions SET xml = '', xml_hash = $1, xml_salt = NULL, instance_name = NULL, \
                       device_id = NULL, user_agent = NULL, mark = NULL, purged_at = $2 WHERE record_id = $3";
            let n_versions = write.run(sql, vals![&BlobHash::of(b""), stamp.at, record]).await?;
            for sql in [
                "DELETE FROM findings WHERE record_id = $1",
                "DELETE FROM corrections WHERE record_id = $1",
                "DELETE FROM submission_comments WHERE record_id = $1",
                "DELETE FROM entity_waiting WHERE record_id = $1",
                "DELETE FROM entity_errors WHERE record_id = $1",
                "DELETE FROM records WHERE id = $1",
            ] {
                write.run(sql, vals![record]).await?;
            }
            write.note("submission.purged", record, json!({ "form": form, "versions": n_versions, "files": n_files }));
        }
        // A log that somebody is looking at may speak of them: it is to be brought again.
        write.run("UPDATE correction_batches SET sheet = NULL WHERE sheet IS NOT NULL", vals![]).await?;
        for hash in &contents {
            let sql =
                "INSERT INTO purged_blobs (hash, at) VALUES ($1,$2) ON CONFLICT (hash) DO UPDATE SET at = excluded.at";
            write.run(sql, vals![hash, stamp.at]).await?;
        }
        write.commit().await?;
        Ok(contents.into_iter().collect())
    }

    /// Whether nothing names this content any more. From now on, who brings the same content must bring it again.
    pub async fn may_remove_blob(&self, hash: &BlobHash, stamp: &Stamp) -> Result<bool> {
        let mut write = self.write(stamp).await?;
        let mut is_named = false;
        for sql in [
            "SELECT 1 FROM submission_files WHERE hash = $1 LIMIT 1",
            "SELECT 1 FROM form_media WHERE hash = $1 LIMIT 1",
            "SELECT 1 FROM form_versions WHERE source_hash = $1 LIMIT 1",
            "SELECT 1 FROM records WHERE source_file = $1 LIMIT 1",
            "SELECT 1 FROM segments WHERE hash = $1 LIMIT 1",
            "SELECT 1 FROM round_data WHERE hash = $1 LIMIT 1",
            "SELECT 1 FROM releases WHERE blob = $1 LIMIT 1",
            "SELECT 1 FROM agreements WHERE blob = $1 LIMIT 1",
        ] {
            is_named |= sql::one(write.conn(), sql, vals![hash]).await?.is_some();
        }
        if is_named {
            write.run("DELETE FROM purged_blobs WHERE hash = $1", vals![hash]).await?;
        } else {
            let sql =
                "INSERT INTO purged_blobs (hash, at) VALUES ($1,$2) ON CONFLICT (hash) DO UPDATE SET at = excluded.at";
            write.run(sql, vals![hash, stamp.at]).await?;
            write.note("blob.removed", hash, json!({}));
        }
        write.commit().await?;
        Ok(!is_named)
    }

    /// Content that was to be removed after this moment: a crash may have come between.
    pub async fn removed_blobs(&self, after: Instant) -> Result<Vec<BlobHash>> {
        let sql = "SELECT hash FROM purged_blobs WHERE at > $1 ORDER BY hash";
        let rows = sql::all(&mut *self.read().await?, sql, vals![after]).await?;
        rows.iter().map(|row| row.parsed(0)).collect()
    }
}
