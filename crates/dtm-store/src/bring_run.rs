//! Runs that bring a project over from another server. Whoever carries one out holds a lease; when that ends, because the
//! server ended, another goes on. The secret to ask there with leaves with the end of a run.

use crate::sql::{self, Columns, vals, word};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{BlobHash, BringRunId, ExerciseId, Instant, Lang, OperationId, RoundId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::any::AnyRow;

/// Where a run stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BringState {
    /// The server is known; the project is to be chosen.
    Choosing,
    /// Somebody carries it out, or will.
    Running,
    /// Somebody asked it to stop.
    Stopping,
    /// It stopped before its end, and can go on.
    Stopped,
    /// It came to its end.
    Done,
}

/// A run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BringRun {
    /// Its id.
    pub id: BringRunId,
    /// Where it brings to.
    pub operation: OperationId,
    /// The kind of the other server.
    pub kind: String,
    /// The address of the other server.
    pub address: String,
    /// The project there, once it is chosen.
    pub project: Option<String>,
    /// What that is called.
    pub project_name: String,
    /// Only these forms; all if empty.
    pub forms: Vec<String>,
    /// The exercise its forms belong to.
    pub exercise: Option<ExerciseId>,
    /// The round its submissions belong to.
    pub round: Option<RoundId>,
    /// The language of its report.
    pub lang: Lang,
    /// Where it stands.
    pub state: BringState,
    /// What it did last.
    pub said: String,
    /// What came, as JSON.
    pub report: Option<String>,
    /// The secret, sealed for the run's id.
    pub secret_sealed: Option<String>,
    /// When it was asked for.
    pub created_at: Instant,
    /// By whom.
    pub created_by: String,
    /// When it was heard of last.
    pub updated_at: Instant,
}

const COLUMNS: &str = "id, operation_id, kind, address, project, project_name, forms, exercise_id, round_id, lang, state, \
                       said, report, secret_sealed, created_at, created_by, updated_at";

fn read(row: &AnyRow) -> Result<BringRun> {
    Ok(BringRun {
        id: row.parsed(0)?,
        operation: row.parsed(1)?,
        kind: row.text(2)?,
        address: row.text(3)?,
        project: row.maybe_text(4)?,
        project_name: row.text(5)?,
        forms: row.json(6)?,
        exercise: row.maybe_parsed(7)?,
        round: row.maybe_parsed(8)?,
        lang: row.word(9)?,
        state: row.word(10)?,
        said: row.text(11)?,
        report: row.maybe_text(12)?,
        secret_sealed: row.maybe_text(13)?,
        created_at: row.instant(14)?,
        created_by: row.text(15)?,
        updated_at: row.instant(16)?,
    })
}

impl Store {
    /// Notes a run whose project is still to be chosen, with the pieces of the archive that it brings from, if it does.
    pub async fn add_bring_run(&self, run: &BringRun, pieces: &[BlobHash], stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO bring_runs (id, operation_id, kind, address, project, project_name, forms, exercise_id, \
                   round_id, lang, state, said, report, secret_sealed, created_at, created_by, updated_at) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)";
        let forms = serde_json::to_string(&run.forms).map_err(|_| StoreError::corrupt("forms of a run"))?;
        let mut vals = vals![&run.id, &run.operation, &run.kind, &run.address, &run.project, &run.project_name, forms];
        vals.extend(vals![&run.exercise, &run.round, word(&run.lang), word(&run.state), &run.said]);
        vals.extend(vals![&run.report, &run.secret_sealed, stamp.at, &stamp.by, stamp.at]);
        write.run(sql, vals).await?;
        let rows = (0_i64..).zip(pieces).map(|(at, piece)| vals![&run.id, at, piece]).collect();
        sql::insert(write.conn(), "INSERT INTO bring_pieces (run_id, at, hash)", "", rows).await?;
        write.note("bring.asked", &run.id, json!({ "kind": run.kind, "address": run.address }));
        write.commit().await
    }

    /// The pieces of the archive that a run brings from, in order; none once it is over.
    pub async fn bring_pieces(&self, id: &BringRunId) -> Result<Vec<BlobHash>> {
        let sql = "SELECT hash FROM bring_pieces WHERE run_id = $1 ORDER BY at";
        let rows = sql::all(&mut *self.read().await?, sql, vals![id]).await?;
        rows.iter().map(|row| row.parsed(0)).collect()
    }

    /// Forgets the pieces of a run's archive; they can be removed then.
    pub async fn forget_bring_pieces(&self, id: &BringRunId) -> Result<()> {
        let mut aside = self.aside().await?;
        sql::run(aside.conn(), "DELETE FROM bring_pieces WHERE run_id = $1", vals![id]).await?;
        aside.commit().await
    }

    /// The runs of an operation, the newest first.
    pub async fn bring_runs(&self, operation: &OperationId) -> Result<Vec<BringRun>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM bring_runs WHERE operation_id = $1 ORDER BY created_at DESC, id DESC LIMIT 50"
        );
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        rows.iter().map(read).collect()
    }

    /// A run of an operation.
    pub async fn bring_run(&self, operation: &OperationId, id: &BringRunId) -> Result<Option<BringRun>> {
        let sql = format!("SELECT {COLUMNS} FROM bring_runs WHERE operation_id = $1 AND id = $2");
        let row = sql::one(&mut *self.read().await?, sql, vals![operation, id]).await?;
        row.as_ref().map(read).transpose()
    }

    /// Starts a run, or has it go on, with what was chosen.
    pub async fn start_bring_run(&self, run: &BringRun, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let forms = serde_json::to_string(&run.forms).map_err(|_| StoreError::corrupt("forms of a run"))?;
        let sql = "UPDATE bring_runs SET project = $1, project_name = $2, forms = $3, exercise_id = $4, round_id = $5, \
                   secret_sealed = $6, state = 'running', lease_until = NULL, updated_at = $7 \
                   WHERE id = $8 AND state IN ('choosing', 'stopped', 'done')";
        let mut vals = vals![&run.project, &run.project_name, forms, &run.exercise, &run.round];
        vals.extend(vals![&run.secret_sealed, stamp.at, &run.id]);
        write.must(sql, vals, "run", &run.id).await?;
        write.note("bring.started", &run.id, json!({ "project": run.project, "forms": run.forms }));
        write.commit().await
    }

    /// Asks a run to stop; one that nobody carries out stops at once, and gives its secret up.
    pub async fn stop_bring_run(&self, id: &BringRunId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE bring_runs SET updated_at = $1, \
                   secret_sealed = CASE WHEN state = 'running' AND lease_until > $1 THEN secret_sealed ELSE NULL END, \
                   state = CASE WHEN state = 'running' AND lease_until > $1 THEN 'stopping' ELSE 'stopped' END \
                   WHERE id = $2 AND state IN ('choosing', 'running', 'stopping')";
        write.must(sql, vals![stamp.at, id], "run", id).await?;
        write.note("bring.stopped", id, serde_json::Value::Null);
        write.commit().await
    }

    /// Takes a run that nobody carries out, and holds it until `lease_until`.
    pub async fn take_bring_run(&self, now: Instant, lease_until: Instant) -> Result<Option<BringRun>> {
        let mut aside = self.aside().await?;
        let sql = format!(
            "SELECT {COLUMNS} FROM bring_runs WHERE state IN ('running', 'stopping') \
             AND (lease_until IS NULL OR lease_until <= $1) ORDER BY created_at LIMIT 1"
        );
        let Some(row) = sql::one(aside.conn(), sql, vals![now]).await? else { return Ok(None) };
        let run = read(&row)?;
        let sql = "UPDATE bring_runs SET lease_until = $1 WHERE id = $2 AND (lease_until IS NULL OR lease_until <= $3)";
        if sql::run(aside.conn(), sql, vals![lease_until, &run.id, now]).await? == 0 {
            return Ok(None);
        }
        aside.commit().await?;
        Ok(Some(run))
    }

    /// Says what a run is doing, and holds it longer. Whether it is to go on.
    pub async fn tell_bring_run(
        &self,
        id: &BringRunId,
        said: &str,
        now: Instant,
        lease_until: Instant,
    ) -> Result<bool> {
        let mut aside = self.aside().await?;
        let sql = "UPDATE bring_runs SET said = $1, updated_at = $2, lease_until = $3 WHERE id = $4 RETURNING state";
        let said = said.replace('\0', "\u{fffd}");
        let row = sql::one(aside.conn(), sql, vals![said, now, lease_until, id]).await?;
        let state = row.map(|row| row.word::<BringState>(0)).transpose()?;
        aside.commit().await?;
        Ok(state == Some(BringState::Running))
    }

    /// Ends a run with its report, and gives its secret up.
    pub async fn end_bring_run(&self, id: &BringRunId, state: BringState, report: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE bring_runs SET state = $1, report = $2, secret_sealed = NULL, lease_until = NULL, \
                   updated_at = $3 WHERE id = $4";
        write.must(sql, vals![word(&state), report.replace('\0', "\u{fffd}"), stamp.at, id], "run", id).await?;
        write.note("bring.ended", id, json!({ "state": state }));
        write.commit().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_states_do_not_change() {
        let words =
            [BringState::Choosing, BringState::Running, BringState::Stopping, BringState::Stopped, BringState::Done]
                .map(|state| word(&state));
        assert_eq!(words, ["choosing", "running", "stopping", "stopped", "done"]);
    }
}
