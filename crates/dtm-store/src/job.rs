//! Work to do later. A job may run twice: whoever takes it holds a lease, and when the lease ends another may take it.

use crate::sql::{self, Columns, vals};
use crate::{Result, Store, StoreError};
use dtm_model::{BlobHash, Instant};
use sqlx::any::AnyRow;

/// A job that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// What to do.
    pub kind: String,
    /// On what, as JSON.
    pub payload: String,
    /// How often it was taken, this time included.
    pub attempts: u32,
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// For its hour.
    Waiting,
    /// Somebody holds it.
    Running,
    /// Given up.
    Failed,
}

/// A job in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredJob {
    /// The job.
    pub job: Job,
    /// Where it stands.
    pub state: JobState,
    /// When it is due.
    pub run_at: Instant,
    /// When the lease ends, while it runs.
    pub lease_until: Option<Instant>,
    /// What went wrong last.
    pub error: Option<String>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, kind, payload, attempts, state, run_at, lease_until, error FROM jobs ", $rest)
    };
}

fn read(row: &AnyRow) -> Result<StoredJob> {
    Ok(StoredJob {
        job: Job { id: row.int(0)?, kind: row.text(1)?, payload: row.text(2)?, attempts: row.small(3)? },
        state: row.word(4)?,
        run_at: row.instant(5)?,
        lease_until: row.maybe_instant(6)?,
        error: row.maybe_text(7)?,
    })
}

impl Store {
    /// Asks for a job. The same job already waiting is not doubled, only moved to the earlier hour. Returns its number.
    pub async fn enqueue(&self, kind: &str, payload: &str, run_at: Instant) -> Result<i64> {
        let mut aside = self.aside().await?;
        let sql = "UPDATE counters SET n = n + 1 WHERE name = 'job' RETURNING n";
        let row = sql::one(aside.conn(), sql, vals![]).await?;
        let id = row.ok_or_else(|| StoreError::corrupt("the counter of jobs is missing"))?.int(0)?;
        let sql = "INSERT INTO jobs (id, kind, payload, payload_hash, state, run_at, attempts) \
                   VALUES ($1, $2, $3, $4, 'waiting', $5, 0) \
                   ON CONFLICT (kind, payload_hash) WHERE state = 'waiting' DO UPDATE SET run_at = \
                   CASE WHEN excluded.run_at < jobs.run_at THEN excluded.run_at ELSE jobs.run_at END RETURNING id";
        let hash = BlobHash::of(payload.as_bytes());
        let row = sql::one(aside.conn(), sql, vals![id, kind, payload, &hash, run_at]).await?;
        let id = row.ok_or_else(|| StoreError::corrupt("a job without a number"))?.int(0)?;
        aside.commit().await?;
        Ok(id)
    }

    /// Takes the next job that is due, or whose lease is over, and holds it until `lease_until`.
    pub async fn take_job(&self, now: Instant, lease_until: Instant) -> Result<Option<Job>> {
        let mut aside = self.aside().await?;
        let sql = self.core.dialect.next_job();
        let Some(row) = sql::one(aside.conn(), sql, vals![now]).await? else { return Ok(None) };
        let sql = "UPDATE jobs SET state = 'running', lease_until = $1, attempts = attempts + 1 WHERE id = $2";
        let id = row.int(0)?;
        sql::run(aside.conn(), sql, vals![lease_until, id]).await?;
        let row = sql::one(aside.conn(), select!("WHERE id = $1"), vals![id]).await?;
        let job = read(&row.ok_or_else(|| StoreError::corrupt("a job vanished while it was taken"))?)?.job;
        aside.commit().await?;
        Ok(Some(job))
    }

    /// Says that a job is done; one that is gone already is no error.
    pub async fn finish_job(&self, id: i64) -> Result<()> {
        let mut aside = self.aside().await?;
        sql::run(aside.conn(), "DELETE FROM jobs WHERE id = $1", vals![id]).await?;
        aside.commit().await
    }

    /// Says what went wrong, and when to try again; without that the job is given up and stays in the list. When the
    /// same job has been asked for anew meanwhile, that one stands for both.
    pub async fn fail_job(&self, id: i64, error: &str, retry_at: Option<Instant>) -> Result<()> {
        let mut aside = self.aside().await?;
        let sql = "DELETE FROM jobs WHERE id = $1 AND EXISTS (SELECT 1 FROM jobs w WHERE w.state = 'waiting' \
                   AND w.id <> jobs.id AND w.kind = jobs.kind AND w.payload_hash = jobs.payload_hash)";
        if sql::run(aside.conn(), sql, vals![id]).await? == 0 {
            let state = if retry_at.is_some() { "waiting" } else { "failed" };
            let sql = "UPDATE jobs SET state = $1, run_at = coalesce($2, run_at), lease_until = NULL, error = $3 \
                       WHERE id = $4";
            // An error message may quote anything, and NUL must not keep it from being noted.
            let error = error.replace('\0', "\u{fffd}");
            if sql::run(aside.conn(), sql, vals![state, retry_at, error, id]).await? == 0 {
                return Err(StoreError::not_found("job", id));
            }
        }
        aside.commit().await
    }

    /// All jobs, the next one first.
    pub async fn jobs(&self) -> Result<Vec<StoredJob>> {
        let rows = sql::all(&mut *self.read().await?, select!("ORDER BY run_at, id"), vals![]).await?;
        rows.iter().map(read).collect()
    }
}
