//! What the rules of forms said about submissions.
//!
//! An examination belongs to a record and stays until what was looked at changes. Where the record has a round, its
//! findings stand among the round's at once; where it has none, they are found by the record.

use crate::finding::{INSERT, row_of};
use crate::sql::{self, Columns, Val, json as to_json, list, vals};
use crate::{Result, Stamp, Store};
use dtm_model::{BlobHash, Finding, FindingId, RecordId, RoundId};
use serde_json::json;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// What the rules of a form said about a record's submission.
#[derive(Clone, Debug, PartialEq)]
pub struct Examination {
    /// The record.
    pub record: RecordId,
    /// Its round, if it has one.
    pub round: Option<RoundId>,
    /// A fingerprint of what was looked at.
    pub looked_at: String,
    /// What was found.
    pub findings: Vec<Finding>,
}

fn read(row: &AnyRow) -> Result<Examination> {
    Ok(Examination {
        record: row.parsed(0)?,
        round: row.maybe_parsed(1)?,
        looked_at: row.text(2)?,
        findings: row.json(3)?,
    })
}

impl Store {
    /// Keeps examinations in place of earlier ones of the same records, and puts their findings among those of the
    /// rounds: new ones under these ids, while those that are no longer found go.
    pub async fn put_examinations(
        &self,
        examinations: &[Examination],
        mut id: impl FnMut() -> FindingId,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        for examination in examinations {
            let Examination { record, round, looked_at, findings } = examination;
            // A record that was purged meanwhile is not examined.
            if sql::one(write.conn(), "SELECT id FROM records WHERE id = $1", vals![record]).await?.is_none() {
                continue;
            }
            let mut found: BTreeMap<String, &Finding> = BTreeMap::new();
            for finding in findings {
                found.insert(BlobHash::of(to_json(finding)?.as_bytes()).to_string(), finding);
            }
            let sql = "SELECT record_id, round_id, looked_at, findings FROM examinations WHERE record_id = $1";
            let before = sql::one(write.conn(), sql, vals![record]).await?.as_ref().map(read).transpose()?;
            if let Some(Examination { round: Some(round), findings, .. }) = before {
                let mut gone = Vec::new();
                for finding in &findings {
                    let hash = BlobHash::of(to_json(finding)?.as_bytes()).to_string();
                    gone.extend(Some(hash).filter(|hash| !found.contains_key(hash)));
                }
                for gone in gone.chunks(256) {
                    let sql =
                        format!("DELETE FROM findings WHERE round_id = $1 AND body_hash IN ({})", list(2, gone.len()));
                    let mut vals = vals![&round];
                    vals.extend(gone.iter().map(Val::from));
                    sql::run(write.conn(), sql, vals).await?;
                }
            }
            if let Some(round) = round {
                let rows = found.into_values().map(|finding| Ok(row_of(&id(), round, finding, None)?.1));
                let tail = "ON CONFLICT (round_id, body_hash) DO NOTHING";
                sql::insert(write.conn(), INSERT, tail, rows.collect::<Result<_>>()?).await?;
            }
            let sql = "INSERT INTO examinations (record_id, round_id, looked_at, findings, examined_at) \
                       VALUES ($1,$2,$3,$4,$5) ON CONFLICT (record_id) DO UPDATE SET round_id = excluded.round_id, \
                       looked_at = excluded.looked_at, findings = excluded.findings, examined_at = excluded.examined_at";
            write.run(sql, vals![record, round, looked_at, to_json(findings)?, stamp.at]).await?;
            write.note("record.examined", record, json!({ "findings": findings.len() }));
        }
        write.commit().await
    }

    /// What the rules of its form said about a record, if it was examined.
    pub async fn examination(&self, record: &RecordId) -> Result<Option<Examination>> {
        let sql = "SELECT record_id, round_id, looked_at, findings FROM examinations WHERE record_id = $1";
        sql::one(&mut *self.read().await?, sql, vals![record]).await?.as_ref().map(read).transpose()
    }

    /// The examinations of a round's records.
    pub async fn examinations(&self, round: &RoundId) -> Result<BTreeMap<RecordId, Examination>> {
        let sql = "SELECT record_id, round_id, looked_at, findings FROM examinations WHERE round_id = $1";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round]).await?;
        rows.iter().map(|row| read(row).map(|examination| (examination.record.clone(), examination))).collect()
    }
}
