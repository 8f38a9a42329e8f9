//! The cleaning log: entries one by one and many together, what several people wanted of one answer, and undoing.
//!
//! Entries that are made together belong to a [`Batch`], so that they can be taken back together. Nothing is ever taken out
//! of the log: undoing adds entries. What somebody wanted of an answer that another had changed meanwhile is kept as a
//! [`Dispute`] until an officer chooses.

use crate::sql::{self, Columns, Val, json as to_json, list, vals, word};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{BatchId, Change, Correction, DisputeId, FormId, Instant, RecordId, RoundId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// How many ids one look-up names at most.
const AT_ONCE: usize = 256;

/// What made several entries together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchKind {
    /// A log that was brought.
    Log,
    /// What checks proposed, taken for several records.
    Proposals,
    /// Words under «other» given their place.
    Recoding,
}

/// Entries that were made together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// The round.
    pub round: RoundId,
    /// What made it.
    pub kind: BatchKind,
    /// What it is called, such as the name of a file.
    pub name: String,
    /// The log as it was read, while somebody looks at it.
    pub sheet: Option<String>,
    /// How many entries it made.
    pub n_entries: u64,
    /// Who made it.
    pub made_by: String,
    /// When.
    pub made_at: Instant,
    /// When its entries came into the log; none while it is looked at.
    pub applied_at: Option<Instant>,
    /// When it was taken back.
    pub undone_at: Option<Instant>,
}

/// An entry about an answer that somebody else had changed meanwhile.
#[derive(Clone, Debug, PartialEq)]
pub struct Dispute {
    /// Its id.
    pub id: DisputeId,
    /// The batch that brought it.
    pub batch: BatchId,
    /// What was wanted; its old value is what who wanted it had seen.
    pub wanted: Correction,
    /// When somebody chose; none while it is open.
    pub settled_at: Option<Instant>,
    /// Who.
    pub settled_by: Option<String>,
    /// Whether what was wanted was taken.
    pub taken: bool,
}

/// Entries on their way into the log, and how many their records had when they were looked at.
#[derive(Clone, Debug, Default)]
pub struct Entering {
    /// The entries.
    pub entries: Vec<Correction>,
    /// Those about answers that somebody else has changed.
    pub disputes: Vec<(DisputeId, Correction)>,
    /// Of each record, how many entries there were.
    pub seen: BTreeMap<RecordId, u64>,
}

const BATCH: &str = "SELECT id, round_id, kind, name, sheet, n_entries, made_by, made_at, applied_at, undone_at \
                     FROM correction_batches";

fn read_batch(row: &AnyRow) -> Result<Batch> {
    Ok(Batch {
        id: row.parsed(0)?,
        round: row.parsed(1)?,
        kind: row.word(2)?,
        name: row.text(3)?,
        sheet: row.maybe_text(4)?,
        n_entries: row.count(5)?,
        made_by: row.text(6)?,
        made_at: row.instant(7)?,
        applied_at: row.maybe_instant(8)?,
        undone_at: row.maybe_instant(9)?,
    })
}

fn read_dispute(row: &AnyRow) -> Result<Dispute> {
    Ok(Dispute {
        id: row.parsed(0)?,
        batch: row.parsed(1)?,
        wanted: row.json(2)?,
        settled_at: row.maybe_instant(3)?,
        settled_by: row.maybe_text(4)?,
        taken: row.maybe_int(5)? == Some(1),
    })
}

impl Store {
    /// Adds entries to the cleaning log; an entry that takes a record out or back in marks it.
    pub async fn add_corrections(&self, round: &RoundId, corrections: Vec<Correction>, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        enter(&mut write, round, None, &corrections).await?;
        write.commit().await
    }

    /// Notes a batch that somebody is looking at, or is about to make.
    pub async fn add_batch(&self, batch: &Batch, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO correction_batches (id, round_id, kind, name, sheet, n_entries, made_by, made_at) \
                   VALUES ($1,$2,$3,$4,$5,0,$6,$7)";
        let vals = vals![&batch.id, &batch.round, word(&batch.kind), &batch.name, &batch.sheet, &stamp.by, stamp.at];
        write.run(sql, vals).await?;
        write.note("corrections.read", &batch.id, json!({ "round": batch.round, "kind": batch.kind }));
        write.commit().await
    }

    /// Adds entries of a batch to the log. Where a record got other entries since they were looked at, nothing is
    /// added: the conflict `corrections`.
    pub async fn enter_batch(&self, batch: &Batch, entering: &Entering, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let records: Vec<&RecordId> = entering.seen.keys().collect();
        for ids in records.chunks(AT_ONCE) {
            let sql = format!(
                "SELECT record_id, count(*) FROM corrections WHERE record_id IN ({}) GROUP BY record_id",
                list(1, ids.len())
            );
            let mut counts: BTreeMap<RecordId, u64> = BTreeMap::new();
            for row in sql::all(write.conn(), sql, ids.iter().map(|id| Val::from(*id)).collect()).await? {
                counts.insert(row.parsed(0)?, row.count(1)?);
            }
            if ids.iter().any(|id| counts.get(id).copied().unwrap_or(0) != entering.seen[*id]) {
                return Err(StoreError::Conflict { what: "corrections" });
            }
        }
        enter(&mut write, &batch.round, Some(&batch.id), &entering.entries).await?;
        let rows = entering.disputes.iter().map(|(id, wanted)| {
            write.note("correction.disputed", id, json!({ "record": wanted.record, "question": wanted.question }));
            Ok(vals![id, &batch.round, &wanted.record, &batch.id, to_json(wanted)?])
        });
        let rows = rows.collect::<Result<Vec<_>>>()?;
        let head = "INSERT INTO correction_disputes (id, round_id, record_id, batch_id, body)";
        sql::insert(write.conn(), head, "", rows).await?;
        let n_entries = i64::try_from(entering.entries.len()).unwrap_or(i64::MAX);
        let sql = "UPDATE correction_batches SET n_entries = n_entries + $1 WHERE id = $2";
        write.must(sql, vals![n_entries, &batch.id], "batch", &batch.id).await?;
        write.commit().await
    }

    /// Says that all entries of a batch are in the log; the sheet they came from goes.
    pub async fn end_batch(&self, batch: &BatchId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE correction_batches SET applied_at = $1, sheet = NULL WHERE id = $2 AND applied_at IS NULL";
        write.must(sql, vals![stamp.at, batch], "batch", batch).await?;
        write.note("corrections.applied", batch, json!({}));
        write.commit().await
    }

    /// Drops a batch that was only looked at.
    pub async fn drop_batch(&self, batch: &BatchId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "DELETE FROM correction_batches WHERE id = $1 AND applied_at IS NULL AND n_entries = 0";
        write.must(sql, vals![batch], "batch", batch).await?;
        write.note("corrections.dropped", batch, json!({}));
        write.commit().await
    }

    /// Takes a batch back with the entries that undo its own.
    pub async fn undo_batch(&self, batch: &Batch, undoing: &[Correction], stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE correction_batches SET undone_at = $1 \
                   WHERE id = $2 AND applied_at IS NOT NULL AND undone_at IS NULL";
        write.must(sql, vals![stamp.at, &batch.id], "batch", &batch.id).await?;
        enter(&mut write, &batch.round, None, undoing).await?;
        write.note("corrections.undone", &batch.id, json!({ "entries": undoing.len() }));
        write.commit().await
    }

    /// A batch.
    pub async fn batch(&self, id: &BatchId) -> Result<Option<Batch>> {
        let row = sql::one(&mut *self.read().await?, format!("{BATCH} WHERE id = $1"), vals![id]).await?;
        row.as_ref().map(read_batch).transpose()
    }

    /// The last batches of a round, the newest first.
    pub async fn batches(&self, round: &RoundId, limit: u32) -> Result<Vec<Batch>> {
        let sql = format!("{BATCH} WHERE round_id = $1 ORDER BY id DESC LIMIT $2");
        let rows = sql::all(&mut *self.read().await?, sql, vals![round, limit]).await?;
        rows.iter().map(read_batch).collect()
    }

    /// The entries of a batch, oldest first.
    pub async fn corrections_of_batch(&self, batch: &BatchId) -> Result<Vec<Correction>> {
        let sql = "SELECT body FROM corrections WHERE batch_id = $1 ORDER BY at, id";
        let rows = sql::all(&mut *self.read().await?, sql, vals![batch]).await?;
        rows.iter().map(|row| row.json(0)).collect()
    }

    /// The cleaning log of a round, oldest entry first.
    pub async fn corrections(&self, round: &RoundId) -> Result<Vec<Correction>> {
        let sql = "SELECT body FROM corrections WHERE round_id = $1 ORDER BY at, id";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round]).await?;
        rows.iter().map(|row| row.json(0)).collect()
    }

    /// How many entries the log of a round has.
    pub async fn count_corrections(&self, round: &RoundId) -> Result<u64> {
        self.count("SELECT count(*) FROM corrections WHERE round_id = $1", vals![round]).await
    }

    /// A page of the log of a round, the newest entries first.
    pub async fn corrections_page(&self, round: &RoundId, skip: u32, limit: u32) -> Result<Vec<Correction>> {
        let sql = "SELECT body FROM corrections WHERE round_id = $1 ORDER BY at DESC, id DESC LIMIT $2 OFFSET $3";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round, limit, skip]).await?;
        rows.iter().map(|row| row.json(0)).collect()
    }

    /// The entries about one record, oldest first.
    pub async fn corrections_of(&self, record: &RecordId) -> Result<Vec<Correction>> {
        self.corrections_of_records(std::slice::from_ref(record)).await
    }

    /// The entries about these records, oldest first.
    pub async fn corrections_of_records(&self, records: &[RecordId]) -> Result<Vec<Correction>> {
        let (mut found, mut conn) = (Vec::new(), self.read().await?);
        for ids in records.chunks(AT_ONCE) {
            let sql =
                format!("SELECT body FROM corrections WHERE record_id IN ({}) ORDER BY at, id", list(1, ids.len()));
            for row in sql::all(&mut conn, sql, ids.iter().map(Val::from).collect()).await? {
                found.push(row.json(0)?);
            }
        }
        Ok(found)
    }

    /// The records of a round that phones or files named so, in any of their versions, by that name.
    pub async fn records_named(
        &self,
        round: &RoundId,
        form: &FormId,
        names: &[String],
    ) -> Result<BTreeMap<String, RecordId>> {
        let (mut found, mut conn) = (BTreeMap::new(), self.read().await?);
        for names in names.chunks(AT_ONCE) {
            let sql = format!(
                "SELECT s.instance_id, r.id FROM submissions s JOIN records r ON r.id = s.record_id \
                 WHERE s.form_id = $1 AND s.draft = 0 AND r.round_id = $2 AND r.deleted_at IS NULL \
                 AND s.instance_id IN ({})",
                list(3, names.len())
            );
            let mut vals = vals![form, round];
            vals.extend(names.iter().map(Val::from));
            for row in sql::all(&mut conn, sql, vals).await? {
                found.insert(row.text(0)?, row.parsed(1)?);
            }
        }
        Ok(found)
    }

    /// What several people wanted of one answer in a round, the open ones first.
    pub async fn disputes(&self, round: &RoundId, limit: u32) -> Result<Vec<Dispute>> {
        let sql = "SELECT id, batch_id, body, settled_at, settled_by, taken FROM correction_disputes \
                   WHERE round_id = $1 ORDER BY CASE WHEN settled_at IS NULL THEN 0 ELSE 1 END, id LIMIT $2";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round, limit]).await?;
        rows.iter().map(read_dispute).collect()
    }

    /// One of them, with its round.
    pub async fn dispute(&self, id: &DisputeId) -> Result<Option<(RoundId, Dispute)>> {
        let sql = "SELECT id, batch_id, body, settled_at, settled_by, taken, round_id FROM correction_disputes \
                   WHERE id = $1";
        let row = sql::one(&mut *self.read().await?, sql, vals![id]).await?;
        row.map(|row| Ok((row.parsed(6)?, read_dispute(&row)?))).transpose()
    }

    /// Chooses: with an entry, what was wanted comes into the log; without, what stands stays.
    pub async fn settle_dispute(
        &self,
        round: &RoundId,
        id: &DisputeId,
        taken: Option<&Correction>,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE correction_disputes SET settled_at = $1, settled_by = $2, taken = $3 \
                   WHERE id = $4 AND settled_at IS NULL";
        write.must(sql, vals![stamp.at, &stamp.by, taken.is_some(), id], "dispute", id).await?;
        if let Some(entry) = taken {
            enter(&mut write, round, None, std::slice::from_ref(entry)).await?;
        }
        write.note("correction.dispute_settled", id, json!({ "taken": taken.is_some() }));
        write.commit().await
    }
}

async fn enter(
    write: &mut crate::open::Write,
    round: &RoundId,
    batch: Option<&BatchId>,
    corrections: &[Correction],
) -> Result<()> {
    let mut rows = Vec::with_capacity(corrections.len());
    for correction in corrections {
        let batch = batch.map(ToString::to_string);
        rows.push(vals![&correction.id, round, &correction.record, correction.at, to_json(correction)?, batch]);
    }
    let head = "INSERT INTO corrections (id, round_id, record_id, at, body, batch_id)";
    sql::insert(write.conn(), head, "", rows).await?;
    for correction in corrections {
        if matches!(correction.change, Change::RemoveSurvey | Change::RestoreSurvey) {
            let sql = "UPDATE records SET removed = $1 WHERE id = $2";
            let is_out = correction.change == Change::RemoveSurvey;
            write.must(sql, vals![is_out, &correction.record], "record", &correction.record).await?;
        }
        // The values stay in the log itself, which has its own rules of access.
        let detail =
            json!({ "record": correction.record, "question": correction.question, "change": correction.change });
        write.note("correction.added", &correction.id, detail);
    }
    Ok(())
}
