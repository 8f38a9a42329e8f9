//! Findings of checks and their resolution, and the cleaning log.

use crate::sql::{self, Columns, Val, json as to_json, list, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{BlobHash, Change, Correction, Finding, FindingId, Instant, OperationId, RecordId, RoundId};
use serde_json::json;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// A finding as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredFinding {
    /// Its id, kept while the same finding recurs.
    pub id: FindingId,
    /// The finding.
    pub finding: Finding,
    /// When it was resolved; none while it is open.
    pub resolved_at: Option<Instant>,
    /// Who resolved it.
    pub resolved_by: Option<String>,
    /// How.
    pub resolution: Option<String>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, body, resolved_at, resolved_by, resolution FROM findings ", $rest)
    };
}

fn read(row: &AnyRow) -> Result<StoredFinding> {
    Ok(StoredFinding {
        id: row.parsed(0)?,
        finding: row.json(1)?,
        resolved_at: row.maybe_instant(2)?,
        resolved_by: row.maybe_text(3)?,
        resolution: row.maybe_text(4)?,
    })
}

impl Store {
    /// Puts what the checks found in place of what they found before. A finding that recurs word for word keeps its id
    /// and its resolution.
    pub async fn replace_findings(
        &self,
        round: &RoundId,
        findings: Vec<(FindingId, Finding)>,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut found = BTreeMap::new();
        for (id, finding) in &findings {
            let body = to_json(finding)?;
            found.entry(BlobHash::of(body.as_bytes()).to_string()).or_insert((id, body));
        }
        let n_found = found.len();
        let mut write = self.write(stamp).await?;
        let sql = "SELECT body_hash FROM findings WHERE round_id = $1";
        let mut gone = Vec::new();
        for row in sql::all(write.conn(), sql, vals![round]).await? {
            let hash = row.text(0)?;
            if found.remove(&hash).is_none() {
                gone.push(hash);
            }
        }
        let n_gone = gone.len();
        for gone in gone.chunks(256) {
            let sql = format!("DELETE FROM findings WHERE round_id = $1 AND body_hash IN ({})", list(2, gone.len()));
            let mut vals = vals![round];
            vals.extend(gone.iter().map(Val::from));
            sql::run(write.conn(), sql, vals).await?;
        }
        let rows: Vec<_> = found.into_iter().map(|(hash, (id, body))| vals![id, round, body, hash]).collect();
        let n_new = rows.len();
        sql::insert(write.conn(), "INSERT INTO findings (id, round_id, body, body_hash)", "", rows).await?;
        write.note("findings.replaced", round, json!({ "findings": n_found, "new": n_new, "gone": n_gone }));
        write.commit().await
    }

    /// The findings of a round, by id.
    pub async fn findings(&self, round: &RoundId) -> Result<Vec<StoredFinding>> {
        let rows = sql::all(&mut *self.read().await?, select!("WHERE round_id = $1 ORDER BY id"), vals![round]).await?;
        rows.iter().map(read).collect()
    }

    /// The finding with this id.
    pub async fn finding(&self, id: &FindingId) -> Result<Option<StoredFinding>> {
        let row = sql::one(&mut *self.read().await?, select!("WHERE id = $1"), vals![id]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The operation that a finding belongs to.
    pub async fn operation_of_finding(&self, id: &FindingId) -> Result<Option<OperationId>> {
        let sql = "SELECT e.operation_id FROM findings f JOIN rounds r ON r.id = f.round_id \
                   JOIN exercises e ON e.id = r.exercise_id WHERE f.id = $1";
        let row = sql::one(&mut *self.read().await?, sql, vals![id]).await?;
        row.map(|row| row.parsed(0)).transpose()
    }

    /// Says how a finding was resolved.
    pub async fn resolve_finding(&self, id: &FindingId, note: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE findings SET resolved_at = $1, resolved_by = $2, resolution = $3 WHERE id = $4";
        write.must(sql, vals![stamp.at, &stamp.by, note, id], "finding", id).await?;
        write.note("finding.resolved", id, json!({ "note": note }));
        write.commit().await
    }

    /// Adds entries to the cleaning log; an entry that takes a record out or back in marks it.
    pub async fn add_corrections(&self, round: &RoundId, corrections: Vec<Correction>, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let mut rows = Vec::with_capacity(corrections.len());
        for correction in &corrections {
            rows.push(vals![&correction.id, round, &correction.record, correction.at, to_json(correction)?]);
        }
        let head = "INSERT INTO corrections (id, round_id, record_id, at, body)";
        sql::insert(write.conn(), head, "", rows).await?;
        for correction in &corrections {
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
        write.commit().await
    }

    /// The cleaning log of a round, oldest entry first.
    pub async fn corrections(&self, round: &RoundId) -> Result<Vec<Correction>> {
        let sql = "SELECT body FROM corrections WHERE round_id = $1 ORDER BY at, id";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round]).await?;
        rows.iter().map(|row| row.json(0)).collect()
    }

    /// The entries about one record, oldest first.
    pub async fn corrections_of(&self, record: &RecordId) -> Result<Vec<Correction>> {
        let sql = "SELECT body FROM corrections WHERE record_id = $1 ORDER BY at, id";
        let rows = sql::all(&mut *self.read().await?, sql, vals![record]).await?;
        rows.iter().map(|row| row.json(0)).collect()
    }

    /// Says where a version of a round's observations, figures or tables lies.
    pub async fn put_round_data(
        &self,
        round: &RoundId,
        kind: &str,
        version: u32,
        hash: &BlobHash,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO round_data (round_id, kind, version, hash, made_at) VALUES ($1,$2,$3,$4,$5) \
                   ON CONFLICT (round_id, kind, version) DO UPDATE SET hash = excluded.hash, made_at = excluded.made_at";
        write.run(sql, vals![round, kind, version, hash, stamp.at]).await?;
        write.note("round_data.put", round, json!({ "kind": kind, "version": version, "hash": hash }));
        write.commit().await
    }

    /// The newest version of a round's observations, figures or tables.
    pub async fn round_data(&self, round: &RoundId, kind: &str) -> Result<Option<(u32, BlobHash)>> {
        let sql =
            "SELECT version, hash FROM round_data WHERE round_id = $1 AND kind = $2 ORDER BY version DESC LIMIT 1";
        let row = sql::one(&mut *self.read().await?, sql, vals![round, kind]).await?;
        row.map(|row| Ok::<_, StoreError>((row.small(0)?, row.parsed(1)?))).transpose()
    }
}
