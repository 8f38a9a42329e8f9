//! Forms: what phones know them by, whether they are open, and the trash.

use crate::sql::{self, Columns, vals, word};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{ExerciseId, FormId, Instant, OperationId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::any::AnyRow;

/// Whether phones may fetch a form and send to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FormState {
    /// Phones fetch it and send.
    Open,
    /// Phones that have it still send.
    Closing,
    /// Nothing is taken.
    Closed,
}

impl FormState {
    /// Every state.
    pub const ALL: [FormState; 3] = [FormState::Open, FormState::Closing, FormState::Closed];

    /// The word used on the wire and in files.
    pub fn code(self) -> &'static str {
        match self {
            FormState::Open => "open",
            FormState::Closing => "closing",
            FormState::Closed => "closed",
        }
    }

    /// The state of this word.
    pub fn from_code(code: &str) -> Option<FormState> {
        FormState::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// When a form opens and closes by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// From when on it is offered; until then it is closed.
    pub opens_at: Option<Instant>,
    /// From when on it is no longer offered; phones that have it still send.
    pub closes_at: Option<Instant>,
}

/// A form, across its versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// Its id.
    pub id: FormId,
    /// The operation it is unique in.
    pub operation: OperationId,
    /// The exercise it collects for.
    pub exercise: ExerciseId,
    /// The id phones know it by.
    pub xml_form_id: String,
    /// Its name in lists.
    pub name: String,
    /// Whether phones may fetch it and send to it, as somebody decided; [`Form::state_at`] heeds the schedule.
    pub state: FormState,
    /// When it opens and closes by itself.
    pub schedule: Schedule,
    /// When it was made.
    pub created_at: Instant,
    /// Who made it, where that was noted.
    pub created_by: Option<String>,
    /// When it was last changed, if it was.
    pub updated_at: Option<Instant>,
    /// When it was put into the trash.
    pub deleted_at: Option<Instant>,
}

impl Form {
    /// Whether phones may fetch the form and send to it at this moment.
    pub fn state_at(&self, now: Instant) -> FormState {
        let Schedule { opens_at, closes_at } = self.schedule;
        match self.state {
            FormState::Open if opens_at.is_some_and(|at| now < at) => FormState::Closed,
            FormState::Open if closes_at.is_some_and(|at| at <= now) => FormState::Closing,
            state => state,
        }
    }
}

macro_rules! select_form {
    ($rest:literal) => {
        concat!(
            "SELECT f.id, f.operation_id, f.exercise_id, coalesce(f.trashed_id, f.xml_form_id), f.name, f.state, ",
            "f.created_at, f.created_by, f.updated_at, f.deleted_at, f.opens_at, f.closes_at FROM forms f ",
            $rest
        )
    };
}

fn read(row: &AnyRow) -> Result<Form> {
    Ok(Form {
        id: row.parsed(0)?,
        operation: row.parsed(1)?,
        exercise: row.parsed(2)?,
        xml_form_id: row.text(3)?,
        name: row.text(4)?,
        state: row.word(5)?,
        created_at: row.instant(6)?,
        created_by: row.maybe_text(7)?,
        updated_at: row.maybe_instant(8)?,
        deleted_at: row.maybe_instant(9)?,
        schedule: Schedule { opens_at: row.maybe_instant(10)?, closes_at: row.maybe_instant(11)? },
    })
}

/// What the row of a form in the trash holds in place of its form id: form ids neither begin nor end with a blank.
fn trash_name(id: &FormId) -> String {
    format!(" {id}")
}

/// What came in on a form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FormActivity {
    /// Submissions, those in the trash left out.
    pub submissions: u64,
    /// When the newest one arrived.
    pub last_submission: Option<Instant>,
    /// Those nobody has looked at.
    pub received: u64,
    /// Those with issues.
    pub has_issues: u64,
    /// Those that were edited.
    pub edited: u64,
    /// Those that were approved.
    pub approved: u64,
    /// Those that were rejected.
    pub rejected: u64,
}

impl Store {
    /// What came in on a form.
    pub async fn form_activity(&self, form: &FormId) -> Result<FormActivity> {
        let sql = "SELECT review_state, count(*), max(created_at) FROM records \
                   WHERE form_id = $1 AND draft = 0 AND deleted_at IS NULL GROUP BY review_state";
        let mut activity = FormActivity::default();
        for row in sql::all(&mut *self.read().await?, sql, vals![form]).await? {
            let n = row.count(1)?;
            activity.submissions += n;
            activity.last_submission = activity.last_submission.max(row.maybe_instant(2)?);
            *match row.maybe_text(0)?.as_deref().unwrap_or_default() {
                "hasIssues" => &mut activity.has_issues,
                "edited" => &mut activity.edited,
                "approved" => &mut activity.approved,
                "rejected" => &mut activity.rejected,
                _ => &mut activity.received,
            } += n;
        }
        Ok(activity)
    }

    /// Adds a form without any version; its form id is unique in the operation of the exercise.
    pub async fn create_form(
        &self,
        id: &FormId,
        exercise: &ExerciseId,
        xml_form_id: &str,
        name: &str,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO forms (id, operation_id, exercise_id, xml_form_id, name, state, created_at, created_by) \
                   SELECT CAST($1 AS TEXT), operation_id, id, CAST($2 AS TEXT), CAST($3 AS TEXT), 'open', \
                   CAST($4 AS BIGINT), CAST($5 AS TEXT) FROM exercises WHERE id = $6";
        write.must(sql, vals![id, xml_form_id, name, stamp.at, &stamp.by, exercise], "exercise", exercise).await?;
        write.note("form.created", id, json!({ "exercise": exercise, "xml_form_id": xml_form_id }));
        write.commit().await
    }

    /// The form with this id, in the trash or not.
    pub async fn form(&self, id: &FormId) -> Result<Option<Form>> {
        let row = sql::one(&mut *self.read().await?, select_form!("WHERE f.id = $1"), vals![id]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The form of an operation that phones know by this id; one in the trash is known to none.
    pub async fn form_by_xml_id(&self, operation: &OperationId, xml_form_id: &str) -> Result<Option<Form>> {
        let sql = select_form!("WHERE f.operation_id = $1 AND f.xml_form_id = $2 AND f.deleted_at IS NULL");
        let row = sql::one(&mut *self.read().await?, sql, vals![operation, xml_form_id]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The forms of an exercise, by form id; those in the trash left out.
    pub async fn forms(&self, exercise: &ExerciseId) -> Result<Vec<Form>> {
        let sql = select_form!("WHERE f.exercise_id = $1 AND f.deleted_at IS NULL");
        let rows = sql::all(&mut *self.read().await?, sql, vals![exercise]).await?;
        sql::sorted(&rows, read, |form| &form.xml_form_id)
    }

    /// The forms of an operation, by form id; those in the trash left out.
    pub async fn forms_of(&self, operation: &OperationId) -> Result<Vec<Form>> {
        let sql = select_form!("WHERE f.operation_id = $1 AND f.deleted_at IS NULL");
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        sql::sorted(&rows, read, |form| &form.xml_form_id)
    }

    /// The forms of an operation that lie in the trash, the one that lies there longest first.
    pub async fn trashed_forms(&self, operation: &OperationId) -> Result<Vec<Form>> {
        let sql = select_form!("WHERE f.operation_id = $1 AND f.trashed_id IS NOT NULL ORDER BY f.deleted_at, f.id");
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        rows.iter().map(read).collect()
    }

    /// The forms that went into the trash before this moment, wherever they are.
    pub async fn forms_trashed_before(&self, moment: Instant) -> Result<Vec<Form>> {
        let sql = select_form!("WHERE f.trashed_id IS NOT NULL AND f.deleted_at < $1 ORDER BY f.deleted_at, f.id");
        let rows = sql::all(&mut *self.read().await?, sql, vals![moment]).await?;
        rows.iter().map(read).collect()
    }

    /// Changes whether phones may fetch a form and send to it. A schedule that has passed is forgotten, as the decision
    /// made now stands.
    pub async fn set_form_state(&self, id: &FormId, state: FormState, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE forms SET state = $1, updated_at = $2, \
                   opens_at = CASE WHEN opens_at > $3 AND $4 = 'open' THEN NULL ELSE opens_at END, \
                   closes_at = CASE WHEN closes_at <= $5 THEN NULL ELSE closes_at END WHERE id = $6";
        let vals = vals![word(&state), stamp.at, stamp.at, word(&state), stamp.at, id];
        write.must(sql, vals, "form", id).await?;
        write.note("form.state_changed", id, json!({ "state": state }));
        write.commit().await
    }

    /// Sets when a form opens and closes by itself.
    pub async fn schedule_form(&self, id: &FormId, schedule: Schedule, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE forms SET opens_at = $1, closes_at = $2, updated_at = $3 WHERE id = $4";
        let Schedule { opens_at, closes_at } = schedule;
        write.must(sql, vals![opens_at, closes_at, stamp.at, id], "form", id).await?;
        write.note("form.scheduled", id, json!({ "opens_at": opens_at, "closes_at": closes_at }));
        write.commit().await
    }

    /// Changes the name of a form in lists, until the next version brings its own.
    pub async fn rename_form(&self, id: &FormId, name: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE forms SET name = $1, updated_at = $2 WHERE id = $3";
        write.must(sql, vals![name, stamp.at, id], "form", id).await?;
        write.note("form.renamed", id, json!({ "name": name }));
        write.commit().await
    }

    /// Puts a form into the trash: no phone knows it any more, and its form id is free for another.
    pub async fn trash_form(&self, id: &FormId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE forms SET deleted_at = $1, trashed_id = xml_form_id, xml_form_id = $2 \
                   WHERE id = $3 AND deleted_at IS NULL";
        write.must(sql, vals![stamp.at, trash_name(id), id], "form", id).await?;
        write.note("form.trashed", id, json!({}));
        write.commit().await
    }

    /// Takes a form back from the trash. Another form may have its form id by now: that is the conflict `form_id`.
    pub async fn restore_form(&self, id: &FormId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE forms SET deleted_at = NULL, xml_form_id = trashed_id, trashed_id = NULL \
                   WHERE id = $1 AND trashed_id IS NOT NULL";
        if write.run(sql, vals![id]).await? == 0 {
            return Err(StoreError::not_found("form in the trash", id));
        }
        write.note("form.restored", id, json!({}));
        write.commit().await
    }

    /// Empties a form that lies in the trash for good: its submissions go into their own trash, as old as the form lay in
    /// this one, its draft and its public links end, and nothing takes it back. What it asked stays, for the audit and for
    /// phones that send again. A form that figures which are public rest on is left as it is: then this is false.
    pub async fn purge_form(&self, id: &FormId, stamp: &Stamp) -> Result<bool> {
        let mut write = self.write(stamp).await?;
        let sql = "SELECT deleted_at FROM forms WHERE id = $1 AND trashed_id IS NOT NULL";
        let Some(row) = sql::one(write.conn(), sql, vals![id]).await? else {
            return Err(StoreError::not_found("form in the trash", id));
        };
        let since = row.instant(0)?;
        let sql = "SELECT 1 FROM releases l WHERE l.withdrawn_at IS NULL AND l.round_id IN \
                   (SELECT s.round_id FROM submissions s WHERE s.form_id = $1 AND s.round_id IS NOT NULL) LIMIT 1";
        if sql::one(write.conn(), sql, vals![id]).await?.is_some() {
            return Ok(false);
        }
        write.drop_drafts(id).await?;
        let sql = "UPDATE records SET deleted_at = $1 WHERE form_id = $2 AND draft = 0 AND deleted_at IS NULL";
        let n = write.run(sql, vals![since, id]).await?;
        let sql =
            "UPDATE public_links SET revoked_at = $1, token_sealed = NULL WHERE form_id = $2 AND revoked_at IS NULL";
        write.run(sql, vals![stamp.at, id]).await?;
        write.run("UPDATE forms SET trashed_id = NULL WHERE id = $1", vals![id]).await?;
        write.note("form.purged", id, json!({ "submissions": n }));
        write.commit().await?;
        Ok(true)
    }
}
