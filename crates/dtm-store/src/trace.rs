//! What phones noted about interviews beside the answers: the accuracy of positions, and the time by the log they kept.
//!
//! A trace is made from the newest version of a submission and its log, and is no longer it when one of them changes.

use crate::sql::{self, Columns, json as to_json, vals};
use crate::{Result, Stamp, Store};
use dtm_model::{BlobHash, FormVersionId, RecordId, RoundId, SubmissionId, Timing};
use serde_json::json;
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, HashMap};

/// The name under which phones send the log of an interview.
const LOG: &str = "audit.csv";

/// A record whose trace is to be made, or made anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untraced {
    /// The record.
    pub record: RecordId,
    /// Its newest version.
    pub submission: SubmissionId,
    /// The form it answers.
    pub form_version: FormVersionId,
    /// The log that came with it.
    pub log: Option<BlobHash>,
}

/// What a phone noted about an interview.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// How many metres positions may be off, by question.
    pub accuracies: BTreeMap<String, f64>,
    /// The time by the phone's log.
    pub timing: Option<Timing>,
}

fn read_untraced(row: &AnyRow) -> Result<Untraced> {
    Ok(Untraced {
        record: row.parsed(0)?,
        submission: row.parsed(1)?,
        form_version: row.parsed(2)?,
        log: row.maybe_parsed(3)?,
    })
}

impl Store {
    /// The records of a round whose traces are to be made, the newest first, at most `limit`.
    pub async fn untraced(&self, round: &RoundId, limit: u32) -> Result<Vec<Untraced>> {
        let sql = "SELECT r.id, r.submission_id, s.form_version_id, f.hash FROM records r \
                   JOIN submissions s ON s.id = r.submission_id \
                   LEFT JOIN submission_files f ON f.submission_id = r.submission_id AND f.name = $1 \
                   LEFT JOIN interview_traces t ON t.record_id = r.id \
                   WHERE r.round_id = $2 AND r.deleted_at IS NULL AND s.purged_at IS NULL \
                   AND (t.record_id IS NULL OR t.submission_id <> r.submission_id OR t.log_hash <> COALESCE(f.hash, '')) \
                   ORDER BY r.id DESC LIMIT $3";
        let rows = sql::all(&mut *self.read().await?, sql, vals![LOG, round, limit]).await?;
        rows.iter().map(read_untraced).collect()
    }

    /// Keeps the traces of records of a round. One that was purged meanwhile is passed over.
    pub async fn put_traces(&self, round: &RoundId, traces: &[(Untraced, Trace)], stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        for (of, trace) in traces {
            let timing = trace.timing.as_ref().map(to_json).transpose()?;
            let log = of.log.as_ref().map(ToString::to_string).unwrap_or_default();
            let sql = "INSERT INTO interview_traces (record_id, submission_id, log_hash, accuracies, timing) \
                       SELECT id, $2, $3, $4, $5 FROM records WHERE id = $1 \
                       ON CONFLICT (record_id) DO UPDATE SET submission_id = excluded.submission_id, \
                       log_hash = excluded.log_hash, accuracies = excluded.accuracies, timing = excluded.timing";
            write.run(sql, vals![&of.record, &of.submission, log, to_json(&trace.accuracies)?, timing]).await?;
        }
        write.note("interviews.traced", round, json!({ "records": traces.len() }));
        write.commit().await
    }

    /// What phones noted about the interviews of a round.
    pub async fn traces(&self, round: &RoundId) -> Result<HashMap<RecordId, Trace>> {
        let sql = "SELECT t.record_id, t.accuracies, t.timing FROM records r \
                   JOIN interview_traces t ON t.record_id = r.id WHERE r.round_id = $1";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round]).await?;
        let read = |row: &AnyRow| {
            let timing = row.maybe_text(2)?.as_deref().map(serde_json::from_str).transpose();
            let timing = timing.ok().flatten();
            Ok((row.parsed(0)?, Trace { accuracies: row.json(1)?, timing }))
        };
        rows.iter().map(read).collect()
    }
}
