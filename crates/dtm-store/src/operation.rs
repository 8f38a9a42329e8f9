//! Operations, their exercises, and the rounds with their states.

use crate::sql::{self, Columns, json as to_json, vals, word};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{Exercise, ExerciseId, Operation, OperationId, Pcode, Round, RoundId, RoundLabel, RoundState};
use serde_json::json;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

macro_rules! select_operation {
    ($rest:literal) => {
        concat!("SELECT id, slug, name, admin0, iso3, country, active, time_zone, project FROM operations ", $rest)
    };
}

macro_rules! select_exercise {
    ($rest:literal) => {
        concat!("SELECT id, operation_id, slug, name, tool, assessment, carry_rounds FROM exercises ", $rest)
    };
}

macro_rules! select_round {
    ($rest:literal) => {
        concat!("SELECT id, exercise_id, label, starts_on, ends_on, reported_on, scope, state FROM rounds ", $rest)
    };
}

pub(crate) fn read_operation(row: &AnyRow) -> Result<Operation> {
    Ok(Operation {
        id: row.parsed(0)?,
        slug: row.text(1)?,
        name: row.json(2)?,
        admin0: Pcode(row.text(3)?),
        iso3: row.text(4)?,
        country: row.json(5)?,
        active: row.flag(6)?,
        time_zone: row.maybe_text(7)?,
    })
}

fn read_exercise(row: &AnyRow) -> Result<Exercise> {
    Ok(Exercise {
        id: row.parsed(0)?,
        operation: row.parsed(1)?,
        slug: row.text(2)?,
        name: row.json(3)?,
        tool: row.word(4)?,
        assessment: row.word(5)?,
        carry_rounds: u8::try_from(row.int(6)?).map_err(|_| StoreError::corrupt("rounds to carry"))?,
    })
}

fn read_round(row: &AnyRow) -> Result<Round> {
    Ok(Round {
        id: row.parsed(0)?,
        exercise: row.parsed(1)?,
        label: RoundLabel(row.text(2)?),
        starts_on: row.parsed(3)?,
        ends_on: row.parsed(4)?,
        reported_on: row.parsed(5)?,
        scope: row.json(6)?,
        state: row.word(7)?,
    })
}

impl Store {
    /// Adds an operation and gives it the next project number of the OpenRosa addresses, from 1.
    pub async fn create_operation(&self, operation: &Operation, stamp: &Stamp) -> Result<i64> {
        let mut write = self.write(stamp).await?;
        let row = sql::one(write.conn(), "SELECT max(project) FROM operations", vals![]).await?;
        let last = row.map(|row| row.maybe_int(0)).transpose()?.flatten();
        let project = last.unwrap_or(0) + 1;
        let sql = "INSERT INTO operations (id, project, slug, name, admin0, iso3, country, active, time_zone) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)";
        let Operation { id, slug, name, admin0, iso3, country, active, time_zone } = operation;
        let (name, country) = (to_json(name)?, to_json(country)?);
        write.run(sql, vals![id, project, slug, name, admin0, iso3, country, *active, time_zone]).await?;
        write.note("operation.created", id, json!({ "slug": slug, "project": project }));
        write.commit().await?;
        Ok(project)
    }

    /// Changes the names of an operation, and whether it is active.
    pub async fn update_operation(&self, operation: &Operation, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE operations SET slug = $1, name = $2, admin0 = $3, iso3 = $4, country = $5, active = $6, \
                   time_zone = $7 WHERE id = $8";
        let Operation { id, slug, name, admin0, iso3, country, active, time_zone } = operation;
        let vals = vals![slug, to_json(name)?, admin0, iso3, to_json(country)?, *active, time_zone, id];
        write.must(sql, vals, "operation", id).await?;
        write.note("operation.changed", id, json!({ "slug": slug, "active": active, "timeZone": time_zone }));
        write.commit().await
    }

    /// All operations, by slug; those in the trash left out.
    pub async fn operations(&self) -> Result<Vec<Operation>> {
        let sql = select_operation!("WHERE deleted_at IS NULL");
        let rows = sql::all(&mut *self.read().await?, sql, vals![]).await?;
        sql::sorted(&rows, read_operation, |operation| &operation.slug)
    }

    /// The operation with this id, in the trash or not.
    pub async fn operation(&self, id: &OperationId) -> Result<Option<Operation>> {
        let row = sql::one(&mut *self.read().await?, select_operation!("WHERE id = $1"), vals![id]).await?;
        row.as_ref().map(read_operation).transpose()
    }

    /// The operation with this short name.
    pub async fn operation_by_slug(&self, slug: &str) -> Result<Option<Operation>> {
        let sql = select_operation!("WHERE slug = $1 AND deleted_at IS NULL");
        let row = sql::one(&mut *self.read().await?, sql, vals![slug]).await?;
        row.as_ref().map(read_operation).transpose()
    }

    /// The operation with this project number.
    pub async fn operation_by_project(&self, project: i64) -> Result<Option<Operation>> {
        let sql = select_operation!("WHERE project = $1 AND deleted_at IS NULL");
        let row = sql::one(&mut *self.read().await?, sql, vals![project]).await?;
        row.as_ref().map(read_operation).transpose()
    }

    /// The project number of an operation.
    pub async fn project_of(&self, operation: &OperationId) -> Result<Option<i64>> {
        let sql = "SELECT project FROM operations WHERE id = $1";
        let row = sql::one(&mut *self.read().await?, sql, vals![operation]).await?;
        row.map(|row| row.int(0)).transpose()
    }

    /// Adds an exercise.
    pub async fn create_exercise(&self, exercise: &Exercise, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO exercises (id, operation_id, slug, name, tool, assessment, carry_rounds) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7)";
        let Exercise { id, operation, slug, name, tool, assessment, carry_rounds } = exercise;
        let vals = vals![id, operation, slug, to_json(name)?, word(tool), word(assessment), i64::from(*carry_rounds)];
        write.run(sql, vals).await?;
        write.note("exercise.created", id, json!({ "operation": operation, "slug": slug, "tool": tool }));
        write.commit().await
    }

    /// The exercises of an operation, by slug.
    pub async fn exercises(&self, operation: &OperationId) -> Result<Vec<Exercise>> {
        let sql = select_exercise!("WHERE operation_id = $1");
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        sql::sorted(&rows, read_exercise, |exercise| &exercise.slug)
    }

    /// The exercise with this id.
    pub async fn exercise(&self, id: &ExerciseId) -> Result<Option<Exercise>> {
        let row = sql::one(&mut *self.read().await?, select_exercise!("WHERE id = $1"), vals![id]).await?;
        row.as_ref().map(read_exercise).transpose()
    }

    /// The exercise of an operation with this short name.
    pub async fn exercise_by_slug(&self, operation: &OperationId, slug: &str) -> Result<Option<Exercise>> {
        let sql = select_exercise!("WHERE operation_id = $1 AND slug = $2");
        let row = sql::one(&mut *self.read().await?, sql, vals![operation, slug]).await?;
        row.as_ref().map(read_exercise).transpose()
    }

    /// Adds a round.
    pub async fn create_round(&self, round: &Round, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO rounds (id, exercise_id, label, starts_on, ends_on, reported_on, scope, state) \
                   VALUES ($1,$2,$3,$4,$5,$6,$7,$8)";
        let Round { id, exercise, label, starts_on, ends_on, reported_on, scope, state } = round;
        let vals = vals![id, exercise, label, *starts_on, *ends_on, *reported_on, to_json(scope)?, state.code()];
        write.run(sql, vals).await?;
        let detail = json!({ "exercise": exercise, "label": label, "state": state, "scope": scope });
        write.note("round.created", id, detail);
        write.commit().await
    }

    /// The rounds of an exercise, by label.
    pub async fn rounds(&self, exercise: &ExerciseId) -> Result<Vec<Round>> {
        let sql = select_round!("WHERE exercise_id = $1");
        let rows = sql::all(&mut *self.read().await?, sql, vals![exercise]).await?;
        sql::sorted(&rows, read_round, |round| &round.label)
    }

    /// The round with this id.
    pub async fn round(&self, id: &RoundId) -> Result<Option<Round>> {
        let row = sql::one(&mut *self.read().await?, select_round!("WHERE id = $1"), vals![id]).await?;
        row.as_ref().map(read_round).transpose()
    }

    /// The round of an exercise with this label.
    pub async fn round_by_label(&self, exercise: &ExerciseId, label: &RoundLabel) -> Result<Option<Round>> {
        let sql = select_round!("WHERE exercise_id = $1 AND label = $2");
        let row = sql::one(&mut *self.read().await?, sql, vals![exercise, label]).await?;
        row.as_ref().map(read_round).transpose()
    }

    /// Moves a round from one state to a neighbouring one. `round_step` is the conflict when the step is not allowed,
    /// `round_state` when the round is somewhere else by now.
    pub async fn move_round(
        &self,
        id: &RoundId,
        from: RoundState,
        to: RoundState,
        reason: &str,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        move_round(write.conn(), id, from, to).await?;
        let detail = json!({ "from": from, "to": to, "reason": reason });
        write.note("round.moved", id, detail);
        write.commit().await
    }
}

/// Moves a round within a transaction.
pub(crate) async fn move_round(conn: &mut AnyConnection, id: &RoundId, from: RoundState, to: RoundState) -> Result<()> {
    if !from.may_become(to) {
        return Err(StoreError::Conflict { what: "round_step" });
    }
    let sql = "UPDATE rounds SET state = $1 WHERE id = $2 AND state = $3";
    if sql::run(conn, sql, vals![to.code(), id, from.code()]).await? > 0 {
        return Ok(());
    }
    match sql::one(conn, "SELECT id FROM rounds WHERE id = $1", vals![id]).await? {
        Some(_) => Err(StoreError::Conflict { what: "round_state" }),
        None => Err(StoreError::not_found("round", id)),
    }
}
