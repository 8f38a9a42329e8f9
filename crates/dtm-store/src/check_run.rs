//! The checks going over a round: how far they are, what they changed, and whether somebody stopped them.
//!
//! How far a run is, is written as it goes and changes nothing, so the log has no entry of it; what it found is in the
//! log with the findings ([`Store::replace_findings`]).

use crate::sql::{self, Columns, json as to_json, vals};
use crate::{Result, Stamp, Store};
use dtm_model::{CheckRunId, Instant, RoundId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// So many runs of a round are kept.
const KEPT: u32 = 20;

/// What became of the findings of one check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// Findings that were not there before.
    pub new: u64,
    /// Findings that are there no more.
    pub gone: u64,
}

/// One run of the checks over a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckRun {
    /// Its id.
    pub id: CheckRunId,
    /// When it began.
    pub began_at: Instant,
    /// Who began it, or which job.
    pub began_by: String,
    /// Submissions that it has gone over.
    pub n_done: u64,
    /// Submissions that it goes over.
    pub n_all: u64,
    /// When it came to its end; none while it runs, and of one that came to none.
    pub ended_at: Option<Instant>,
    /// What became of the findings, by check.
    pub changes: BTreeMap<String, Replaced>,
}

fn read(row: &AnyRow) -> Result<CheckRun> {
    Ok(CheckRun {
        id: row.parsed(0)?,
        began_at: row.instant(1)?,
        began_by: row.text(2)?,
        n_done: row.count(3)?,
        n_all: row.count(4)?,
        ended_at: row.maybe_instant(5)?,
        changes: row.json(6)?,
    })
}

impl Store {
    /// Notes that the checks begin to go over a round with so many submissions.
    pub async fn begin_check_run(&self, round: &RoundId, id: &CheckRunId, n_all: u64, stamp: &Stamp) -> Result<()> {
        let mut aside = self.aside().await?;
        let sql = "INSERT INTO check_runs (id, round_id, began_at, began_by, n_done, n_all, changes) \
                   VALUES ($1,$2,$3,$4,0,$5,'{}')";
        sql::run(aside.conn(), sql, vals![id, round, stamp.at, &stamp.by, n_all as i64]).await?;
        let sql = "DELETE FROM check_runs WHERE round_id = $1 AND id NOT IN \
                   (SELECT id FROM check_runs WHERE round_id = $1 ORDER BY began_at DESC, id DESC LIMIT $2)";
        sql::run(aside.conn(), sql, vals![round, KEPT]).await?;
        aside.commit().await
    }

    /// Notes how far a run is. Tells whether it is to go on.
    pub async fn advance_check_run(&self, id: &CheckRunId, round: &RoundId, n_done: u64) -> Result<bool> {
        let mut aside = self.aside().await?;
        sql::run(aside.conn(), "UPDATE check_runs SET n_done = $1 WHERE id = $2", vals![n_done as i64, id]).await?;
        let stopped = sql::one(aside.conn(), "SELECT 1 FROM check_stops WHERE round_id = $1", vals![round]).await?;
        aside.commit().await?;
        Ok(stopped.is_none())
    }

    /// Notes that a run came to its end, and what became of the findings.
    pub async fn end_check_run(
        &self,
        id: &CheckRunId,
        changes: &BTreeMap<String, Replaced>,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut aside = self.aside().await?;
        let sql = "UPDATE check_runs SET ended_at = $1, changes = $2, n_done = n_all WHERE id = $3";
        sql::run(aside.conn(), sql, vals![stamp.at, to_json(changes)?, id]).await?;
        aside.commit().await
    }

    /// The last runs over a round, the newest first.
    pub async fn check_runs(&self, round: &RoundId) -> Result<Vec<CheckRun>> {
        let sql = "SELECT id, began_at, began_by, n_done, n_all, ended_at, changes FROM check_runs \
                   WHERE round_id = $1 ORDER BY began_at DESC, id DESC LIMIT $2";
        let rows = sql::all(&mut *self.read().await?, sql, vals![round, KEPT]).await?;
        rows.iter().map(read).collect()
    }

    /// Stops the checks of a round, or lets them go on. What they have done by then stays done.
    pub async fn stop_checks(&self, round: &RoundId, is_stopped: bool, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let n = match is_stopped {
            true => {
                let sql = "INSERT INTO check_stops (round_id, stopped_at, stopped_by) VALUES ($1,$2,$3) \
                           ON CONFLICT (round_id) DO NOTHING";
                write.run(sql, vals![round, stamp.at, &stamp.by]).await?
            }
            false => write.run("DELETE FROM check_stops WHERE round_id = $1", vals![round]).await?,
        };
        if n == 0 {
            return Ok(());
        }
        let action = if is_stopped { "checks.stopped" } else { "checks.resumed" };
        write.note(action, round, json!({}));
        write.commit().await
    }

    /// Who stopped the checks of a round, and when; none where they go on.
    pub async fn checks_stopped(&self, round: &RoundId) -> Result<Option<(String, Instant)>> {
        let sql = "SELECT stopped_by, stopped_at FROM check_stops WHERE round_id = $1";
        let row = sql::one(&mut *self.read().await?, sql, vals![round]).await?;
        row.map(|row| Ok((row.text(0)?, row.instant(1)?))).transpose()
    }
}
