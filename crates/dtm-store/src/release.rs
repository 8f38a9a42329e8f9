//! Releases: which version of a round is public, for whom, under which policy. The figures themselves lie among the blobs.

use crate::operation::move_round;
use crate::sql::{self, Columns, vals};
use crate::{NewMessage, Result, Stamp, Store, StoreError};
use dtm_model::{BlobHash, ExerciseId, Instant, OperationId, ReleaseId, RoundId, RoundState};
use serde_json::{Value, json};
use sqlx::any::AnyRow;

/// A release as the store knows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ReleaseRow {
    /// Its id.
    pub id: ReleaseId,
    /// The operation.
    pub operation: OperationId,
    /// The exercise.
    pub exercise: ExerciseId,
    /// The round.
    pub round: RoundId,
    /// From 1; each revision adds one.
    pub version: u32,
    /// Whom it is for.
    pub audience: String,
    /// The policy it was made under.
    pub policy: Value,
    /// The release itself.
    pub blob: BlobHash,
    /// Why this version exists, per language.
    pub reason: Value,
    /// When it was made.
    pub made_at: Instant,
    /// When it was withdrawn; none while it stands.
    pub withdrawn_at: Option<Instant>,
    /// Why it was withdrawn.
    pub withdrawn_why: Option<String>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, operation_id, exercise_id, round_id, version, audience, policy, blob, reason, made_at, ",
            "withdrawn_at, withdrawn_why FROM releases r ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<ReleaseRow> {
    Ok(ReleaseRow {
        id: row.parsed(0)?,
        operation: row.parsed(1)?,
        exercise: row.parsed(2)?,
        round: row.parsed(3)?,
        version: row.small(4)?,
        audience: row.text(5)?,
        policy: row.json(6)?,
        blob: row.parsed(7)?,
        reason: row.json(8)?,
        made_at: row.instant(9)?,
        withdrawn_at: row.maybe_instant(10)?,
        withdrawn_why: row.maybe_text(11)?,
    })
}

impl Store {
    /// Adds a release. With `publishes`, a cleared round becomes published in the same transaction; a round that is
    /// published already may get another version. A round in any other state is the conflict `round_state`.
    pub async fn put_release(
        &self,
        release: &ReleaseRow,
        publishes: bool,
        messages: &[NewMessage],
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let ReleaseRow { id, operation, exercise, round, audience, blob, made_at, .. } = release;
        let version = release.version;
        let sql = "INSERT INTO releases (id, operation_id, exercise_id, round_id, version, audience, policy, blob, \
                   reason, made_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10)";
        let (policy, reason) = (release.policy.to_string(), release.reason.to_string());
        let vals = vals![id, operation, exercise, round, version, audience, policy, blob, reason, *made_at];
        write.run(sql, vals).await?;
        let detail =
            json!({ "round": round, "version": version, "audience": audience, "blob": blob, "reason": release.reason });
        write.note("release.made", id, detail);
        if publishes {
            let row = sql::one(write.conn(), "SELECT state FROM rounds WHERE id = $1", vals![round]).await?;
            let state: RoundState = row.ok_or_else(|| StoreError::not_found("round", round))?.word(0)?;
            if state != RoundState::Published {
                if state != RoundState::Cleared {
                    return Err(StoreError::Conflict { what: "round_state" });
                }
                move_round(write.conn(), round, state, RoundState::Published).await?;
                let detail = json!({ "from": state, "to": RoundState::Published, "release": id });
                write.note("round.moved", round, detail);
            }
        }
        write.post(messages).await?;
        write.commit().await
    }

    /// The releases of an operation, newest first, withdrawn ones included.
    pub async fn releases(&self, operation: &OperationId) -> Result<Vec<ReleaseRow>> {
        let sql = select!("WHERE operation_id = $1 ORDER BY made_at DESC, id DESC");
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        rows.iter().map(read).collect()
    }

    /// The releases of a round, by version, withdrawn ones included.
    pub async fn releases_of(&self, round: &RoundId) -> Result<Vec<ReleaseRow>> {
        let sql = select!("WHERE round_id = $1 ORDER BY version, audience");
        let rows = sql::all(&mut *self.read().await?, sql, vals![round]).await?;
        rows.iter().map(read).collect()
    }

    /// The release with this id.
    pub async fn release(&self, id: &ReleaseId) -> Result<Option<ReleaseRow>> {
        let row = sql::one(&mut *self.read().await?, select!("WHERE id = $1"), vals![id]).await?;
        row.as_ref().map(read).transpose()
    }

    /// For each round of an operation, the newest version for this audience that was not withdrawn.
    pub async fn latest_releases(&self, operation: &OperationId, audience: &str) -> Result<Vec<ReleaseRow>> {
        let sql = select!(
            "WHERE operation_id = $1 AND audience = $2 AND withdrawn_at IS NULL AND version = (SELECT max(version) \
             FROM releases n WHERE n.round_id = r.round_id AND n.audience = r.audience AND n.withdrawn_at IS NULL) \
             ORDER BY made_at, id"
        );
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation, audience]).await?;
        rows.iter().map(read).collect()
    }

    /// Withdraws a release; a second time is the conflict `release_withdrawn`.
    pub async fn withdraw_release(
        &self,
        id: &ReleaseId,
        reason: &str,
        messages: &[NewMessage],
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE releases SET withdrawn_at = $1, withdrawn_why = $2 WHERE id = $3 AND withdrawn_at IS NULL";
        if write.run(sql, vals![stamp.at, reason, id]).await? == 0 {
            let known = sql::one(write.conn(), "SELECT id FROM releases WHERE id = $1", vals![id]).await?;
            return Err(match known {
                Some(_) => StoreError::Conflict { what: "release_withdrawn" },
                None => StoreError::not_found("release", id),
            });
        }
        write.note("release.withdrawn", id, json!({ "reason": reason }));
        write.post(messages).await?;
        write.commit().await
    }
}
