//! Submissions as a whole, across their versions: their list, their review, the trash, and what reviewers say of them.
//!
//! What is here never changes an answer or a version. A submission in the trash counts nowhere and can be taken back; one
//! that is purged is gone but for the trace that `purge.rs` leaves.

use crate::sql::{self, Columns, Val, list, vals, word};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{FormId, FormVersionId, Instant, RecordId, RoundId, SubmissionId, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::any::AnyRow;
use std::collections::{HashMap, HashSet};

/// What a reviewer, or an edit, made of a submission. One that nobody has looked at yet has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ReviewState {
    /// Something is to be asked.
    HasIssues,
    /// A newer version came after the last review.
    Edited,
    /// It is good.
    Approved,
    /// It does not count.
    Rejected,
}

impl ReviewState {
    /// Every state.
    pub const ALL: [ReviewState; 4] =
        [ReviewState::HasIssues, ReviewState::Edited, ReviewState::Approved, ReviewState::Rejected];

    /// The word used on the wire.
    pub fn code(self) -> &'static str {
        match self {
            ReviewState::HasIssues => "hasIssues",
            ReviewState::Edited => "edited",
            ReviewState::Approved => "approved",
            ReviewState::Rejected => "rejected",
        }
    }

    /// The state of this word.
    pub fn from_code(code: &str) -> Option<ReviewState> {
        ReviewState::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// What became of submissions that somebody reviewed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reviewed {
    /// How many have the state now.
    pub n_changed: u64,
    /// Those that somebody else changed since they were looked at.
    pub overtaken: Vec<RecordId>,
}

/// A submission as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Submission {
    /// The record that holds its typed answers.
    pub record: RecordId,
    /// The form.
    pub form: FormId,
    /// Whether it only tries a draft out.
    pub draft: bool,
    /// The round it belongs to, if any.
    pub round: Option<RoundId>,
    /// The form version that its newest version was filled on.
    pub form_version: FormVersionId,
    /// Its newest version.
    pub current: SubmissionId,
    /// The instance id of its first version, which stands for the whole.
    pub instance_id: String,
    /// Who sent the first version: `user:…`, `app-user:…`, `public-link:…`.
    pub submitter: String,
    /// The phone that sent the first version.
    pub device_id: Option<String>,
    /// When the first version arrived.
    pub created_at: Instant,
    /// When it was last edited, reviewed, or moved to or from the trash.
    pub updated_at: Option<Instant>,
    /// What the review made of it; none as received.
    pub review_state: Option<ReviewState>,
    /// When it was moved to the trash.
    pub deleted_at: Option<Instant>,
    /// Who shall review it.
    pub assigned_to: Option<UserId>,
    /// How often it was edited.
    pub edits: i64,
    /// Whether a correction took its record out.
    pub removed: bool,
}

/// Which submissions to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Of this form.
    pub form: FormId,
    /// Those that try a draft out, instead of the real ones.
    pub draft: bool,
    /// Those in the trash, instead of the others.
    pub deleted: bool,
    /// Only of this round.
    pub round: Option<RoundId>,
    /// Only in one of these states, none standing for «as received»; all when empty.
    pub states: Vec<Option<ReviewState>>,
    /// Only of these submitters; of anybody when empty.
    pub submitters: Vec<String>,
    /// Only those that this person shall review.
    pub assigned_to: Option<UserId>,
    /// Only those that may be theirs who see some rows only; each is still to be looked at.
    pub near: Option<Near>,
}

/// Rows that somebody who sees some rows only may find theirs: those that lie in some areas, those of which it is not known
/// yet, and those that they sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// P-codes of the areas, all below them too.
    pub areas: Vec<String>,
    /// Who sent them.
    pub sender: Option<String>,
}

impl Near {
    /// The condition; its values are added to `vals`.
    pub(crate) fn sql(&self, vals: &mut Vec<Val>) -> String {
        let mut any = Vec::new();
        if !self.areas.is_empty() {
            any.push("area IS NULL".to_owned());
            any.push(format!("area IN ({})", list(vals.len() + 1, self.areas.len())));
            vals.extend(self.areas.iter().map(Val::from));
        }
        if let Some(sender) = &self.sender {
            vals.push(sender.into());
            any.push(format!("submitter = ${}", vals.len()));
        }
        if any.is_empty() { "1 = 0".to_owned() } else { format!("({})", any.join(" OR ")) }
    }
}

impl Wanted {
    /// The real submissions of a form that are not in the trash.
    pub fn of(form: &FormId) -> Self {
        Self {
            form: form.clone(),
            draft: false,
            deleted: false,
            round: None,
            states: Vec::new(),
            submitters: Vec::new(),
            assigned_to: None,
            near: None,
        }
    }

    /// Whether it wants some of a form's submissions only.
    pub fn narrows(&self) -> bool {
        let Self { form, draft, deleted, .. } = self;
        *self != Self { draft: *draft, deleted: *deleted, ..Self::of(form) }
    }

    /// The conditions, and the values they name from `$1` on.
    pub(crate) fn conditions(&self) -> (String, Vec<Val>) {
        let mut vals = vals![&self.form];
        // Written out, so that the index of what is real and not in the trash is found.
        let (draft, trash) = (i32::from(self.draft), if self.deleted { "IS NOT NULL" } else { "IS NULL" });
        let mut conditions = format!("form_id = $1 AND draft = {draft} AND deleted_at {trash}");
        let mut add = |text: &str, val: Val| {
            vals.push(val);
            format!(" AND {text} = ${}", vals.len())
        };
        if let Some(round) = &self.round {
            conditions += &add("round_id", round.into());
        }
        if let Some(person) = &self.assigned_to {
            conditions += &add("assigned_to", person.into());
        }
        if !self.submitters.is_empty() {
            conditions += &format!(" AND submitter IN ({})", list(vals.len() + 1, self.submitters.len()));
            vals.extend(self.submitters.iter().map(Val::from));
        }
        if !self.states.is_empty() {
            let words: Vec<String> = self.states.iter().flatten().map(word).collect();
            let mut any = Vec::new();
            if self.states.contains(&None) {
                any.push("review_state IS NULL".to_owned());
            }
            if !words.is_empty() {
                any.push(format!("review_state IN ({})", list(vals.len() + 1, words.len())));
                vals.extend(words.into_iter().map(Val::from));
            }
            conditions += &format!(" AND ({})", any.join(" OR "));
        }
        if let Some(near) = &self.near {
            conditions += &format!(" AND {}", near.sql(&mut vals));
        }
        (conditions, vals)
    }
}

/// What somebody wrote about a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// When.
    pub at: Instant,
    /// Who, as the audit log names them.
    pub actor: String,
    /// What.
    pub body: String,
}

/// The longest comment, in bytes.
pub const LONGEST_COMMENT: usize = 20_000;

pub(crate) const WHOLE: &str = "SELECT id, form_id, draft, round_id, form_version_id, submission_id, instance_id, submitter, device_id, \
                     created_at, updated_at, review_state, deleted_at, assigned_to, edition, removed FROM records";

pub(crate) fn read(row: &AnyRow) -> Result<Submission> {
    let state = row.maybe_text(11)?;
    let state = match state.as_deref() {
        None => None,
        Some(code) => {
            Some(ReviewState::from_code(code).ok_or_else(|| StoreError::corrupt(format!("review state `{code}`")))?)
        }
    };
    Ok(Submission {
        record: row.parsed(0)?,
        form: row.parsed(1)?,
        draft: row.flag(2)?,
        round: row.maybe_parsed(3)?,
        form_version: row.parsed(4)?,
        current: row.parsed(5)?,
        instance_id: row.text(6)?,
        submitter: row.text(7)?,
        device_id: row.maybe_text(8)?,
        created_at: row.instant(9)?,
        updated_at: row.maybe_instant(10)?,
        review_state: state,
        deleted_at: row.maybe_instant(12)?,
        assigned_to: row.maybe_parsed(13)?,
        edits: row.int(14)? - 1,
        removed: row.flag(15)?,
    })
}

/// How many ids one statement names at most.
const AT_ONCE: usize = 256;

impl Store {
    /// A page of submissions, the newest first: those before `before`, after `skip` of them.
    pub async fn list_submissions(
        &self,
        wanted: &Wanted,
        before: Option<&RecordId>,
        skip: u32,
        limit: u32,
    ) -> Result<Vec<Submission>> {
        let (conditions, vals) = wanted.conditions();
        self.newest(conditions, vals, before, u64::from(skip), limit).await
    }

    /// The newest submissions that meet these conditions, before `before`, after `skip` of them. What is skipped is
    /// passed over in an index.
    pub(crate) async fn newest(
        &self,
        mut conditions: String,
        mut vals: Vec<Val>,
        before: Option<&RecordId>,
        skip: u64,
        limit: u32,
    ) -> Result<Vec<Submission>> {
        if let Some(before) = before {
            vals.push(before.into());
            conditions.push_str(&format!(" AND id < ${}", vals.len()));
        }
        if skip > 0 {
            vals.push(i64::try_from(skip).unwrap_or(i64::MAX).into());
            let first =
                format!("SELECT id FROM records WHERE {conditions} ORDER BY id DESC LIMIT 1 OFFSET ${}", vals.len());
            conditions.push_str(&format!(" AND id <= ({first})"));
        }
        vals.push(limit.into());
        let sql = format!("{WHOLE} WHERE {conditions} ORDER BY id DESC LIMIT ${}", vals.len());
        let rows = sql::all(&mut *self.read().await?, sql, vals).await?;
        rows.iter().map(read).collect()
    }

    /// The records of the submissions that are wanted, where they are no more than this; nothing where they are.
    pub async fn wanted_few(&self, wanted: &Wanted, most: u32) -> Result<Option<HashSet<RecordId>>> {
        let (conditions, vals) = wanted.conditions();
        self.few(&conditions, vals, most).await
    }

    /// The records that fulfil these conditions, where they are no more than this.
    pub(crate) async fn few(
        &self,
        conditions: &str,
        mut vals: Vec<Val>,
        most: u32,
    ) -> Result<Option<HashSet<RecordId>>> {
        vals.push((most + 1).into());
        let sql = format!("SELECT id FROM records WHERE {conditions} LIMIT ${}", vals.len());
        let rows = sql::all(&mut *self.read().await?, sql, vals).await?;
        if rows.len() > most as usize {
            return Ok(None);
        }
        rows.iter().map(|row| row.parsed(0)).collect::<Result<_>>().map(Some)
    }

    /// Those of these submissions that are wanted, the newest first.
    pub async fn submissions_among(&self, wanted: &Wanted, records: &[RecordId]) -> Result<Vec<Submission>> {
        let (mut found, mut conn) = (Vec::new(), self.read().await?);
        for ids in records.chunks(AT_ONCE) {
            let (conditions, mut vals) = wanted.conditions();
            let sql = format!("{WHOLE} WHERE {conditions} AND id IN ({})", list(vals.len() + 1, ids.len()));
            vals.extend(ids.iter().map(Val::from));
            for row in sql::all(&mut conn, sql, vals).await? {
                found.push(read(&row)?);
            }
        }
        found.sort_by(|a: &Submission, b| b.record.cmp(&a.record));
        Ok(found)
    }

    /// A page of submissions, the oldest first: those after `after`.
    pub async fn list_submissions_up(
        &self,
        wanted: &Wanted,
        after: Option<&RecordId>,
        limit: u32,
    ) -> Result<Vec<Submission>> {
        let (mut conditions, mut vals) = wanted.conditions();
        if let Some(after) = after {
            vals.push(after.into());
            conditions.push_str(&format!(" AND id > ${}", vals.len()));
        }
        vals.push(limit.into());
        let sql = format!("{WHOLE} WHERE {conditions} ORDER BY id LIMIT ${}", vals.len());
        let rows = sql::all(&mut *self.read().await?, sql, vals).await?;
        rows.iter().map(read).collect()
    }

    /// How many submissions there are of those wanted.
    pub async fn count_wanted(&self, wanted: &Wanted) -> Result<u64> {
        let (conditions, vals) = wanted.conditions();
        let sql = format!("SELECT count(*) FROM records WHERE {conditions}");
        let row = sql::one(&mut *self.read().await?, sql, vals).await?;
        row.ok_or_else(|| StoreError::corrupt("a count without a row"))?.count(0)
    }

    /// The submission whose first version has this instance id, in the trash or not.
    pub async fn whole_submission(&self, form: &FormId, draft: bool, instance_id: &str) -> Result<Option<Submission>> {
        let Some(head) = self.submission_by_instance(form, draft, instance_id).await? else { return Ok(None) };
        let whole = self.submission_of_record(&head.record).await?;
        Ok(whole.filter(|whole| whole.instance_id == instance_id))
    }

    /// The submission that a record's answers come from; none for a row of a table.
    pub async fn submission_of_record(&self, record: &RecordId) -> Result<Option<Submission>> {
        let sql = format!("{WHOLE} WHERE id = $1 AND submission_id IS NOT NULL");
        let row = sql::one(&mut *self.read().await?, sql, vals![record]).await?;
        row.as_ref().map(read).transpose()
    }

    /// The submissions of these records, in no order; rows of tables and unknown ones left out.
    pub async fn submissions_of_records(&self, records: &[RecordId]) -> Result<Vec<Submission>> {
        let (mut found, mut conn) = (Vec::new(), self.read().await?);
        for ids in records.chunks(AT_ONCE) {
            let sql = format!("{WHOLE} WHERE submission_id IS NOT NULL AND id IN ({})", list(1, ids.len()));
            for row in sql::all(&mut conn, sql, ids.iter().map(Val::from).collect()).await? {
                found.push(read(&row)?);
            }
        }
        Ok(found)
    }

    /// Everybody who sent something to a form, as the audit log names them.
    pub async fn submitters(&self, form: &FormId, draft: bool) -> Result<Vec<String>> {
        let sql = "SELECT DISTINCT submitter FROM records WHERE form_id = $1 AND draft = $2 AND deleted_at IS NULL";
        let rows = sql::all(&mut *self.read().await?, sql, vals![form, draft]).await?;
        sql::sorted(&rows, |row| row.text(0), |name: &String| name)
    }

    /// Says what the review made of submissions; those in the trash are left aside. Returns how many were changed.
    pub async fn review(&self, records: &[RecordId], state: Option<ReviewState>, stamp: &Stamp) -> Result<u64> {
        Ok(self.review_as_seen(records, state, None, stamp).await?.n_changed)
    }

    /// The same by somebody who looked at the submissions at a moment: those that were reviewed otherwise or edited since
    /// are left as they are.
    pub async fn review_as_seen(
        &self,
        records: &[RecordId],
        state: Option<ReviewState>,
        looked_at: Option<Instant>,
        stamp: &Stamp,
    ) -> Result<Reviewed> {
        let mut write = self.write(stamp).await?;
        let mut reviewed = Reviewed::default();
        let code = state.map(|state| word(&state));
        for record in records {
            let sql = "SELECT review_state, updated_at FROM records \
                       WHERE id = $1 AND submission_id IS NOT NULL AND deleted_at IS NULL";
            let Some(known) = sql::one(write.conn(), sql, vals![record]).await? else { continue };
            let before = known.maybe_text(0)?;
            let changed_at = known.maybe_instant(1)?;
            let is_overtaken = looked_at.zip(changed_at).is_some_and(|(looked, changed)| changed >= looked);
            if is_overtaken && before != code {
                reviewed.overtaken.push(record.clone());
                continue;
            }
            let sql = "UPDATE records SET review_state = $1, updated_at = $2 WHERE id = $3 AND deleted_at IS NULL";
            if write.run(sql, vals![code.clone(), stamp.at, record]).await? > 0 {
                reviewed.n_changed += 1;
                write.note("submission.reviewed", record, json!({ "reviewState": state, "before": before }));
                if state == Some(ReviewState::Approved) {
                    crate::entity::approved(&mut write, record).await?;
                }
            }
        }
        write.commit().await?;
        Ok(reviewed)
    }

    /// What this person reviewed at this moment, as far as nothing was done to it since: each submission with the state it
    /// had before. Only the newest part of the log is looked through, as a review is taken back soon or not at all.
    pub async fn reviewed_at(&self, actor: &str, at: Instant) -> Result<Vec<(Submission, Option<ReviewState>)>> {
        const LOOKED_THROUGH: i64 = 20_000;
        let sql = "SELECT subject, detail FROM audit WHERE seq > (SELECT seq FROM audit_head WHERE one = 1) - $1 \
                   AND at = $2 AND actor = $3 AND action = 'submission.reviewed'";
        let rows = sql::all(&mut *self.read().await?, sql, vals![LOOKED_THROUGH, at, actor]).await?;
        let mut before: HashMap<RecordId, Option<ReviewState>> = HashMap::new();
        for row in &rows {
            let detail: Value = row.json(1)?;
            before.insert(row.parsed(0)?, detail["before"].as_str().and_then(ReviewState::from_code));
        }
        let records: Vec<RecordId> = before.keys().cloned().collect();
        let found = self.submissions_of_records(&records).await?;
        let untouched = found.into_iter().filter(|whole| whole.updated_at == Some(at) && whole.deleted_at.is_none());
        let with_state = |whole: Submission| {
            let was = before.get(&whole.record).copied().flatten();
            (whole, was)
        };
        Ok(untouched.map(with_state).collect())
    }

    /// Says who shall review submissions; nobody, with none. Returns how many were changed.
    pub async fn assign_reviewer(&self, records: &[RecordId], to: Option<&UserId>, stamp: &Stamp) -> Result<u64> {
        let mut write = self.write(stamp).await?;
        let mut n_changed = 0;
        let person = to.map(ToString::to_string);
        for record in records {
            let sql = "UPDATE records SET assigned_to = $1 WHERE id = $2 AND submission_id IS NOT NULL AND deleted_at IS NULL";
            if write.run(sql, vals![person.clone(), record]).await? > 0 {
                n_changed += 1;
                write.note("submission.assigned", record, json!({ "to": to }));
            }
        }
        write.commit().await?;
        Ok(n_changed)
    }

    /// Moves a submission to the trash, from where it can be taken back until it is purged.
    pub async fn trash_submission(&self, record: &RecordId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE records SET deleted_at = $1, updated_at = $1 \
                   WHERE id = $2 AND submission_id IS NOT NULL AND deleted_at IS NULL";
        write.must(sql, vals![stamp.at, record], "submission", record).await?;
        write.note("submission.deleted", record, json!({}));
        write.commit().await
    }

    /// Takes a submission back from the trash.
    pub async fn restore_submission(&self, record: &RecordId, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE records SET deleted_at = NULL, updated_at = $1 WHERE id = $2 AND deleted_at IS NOT NULL";
        write.must(sql, vals![stamp.at, record], "submission", record).await?;
        write.note("submission.restored", record, json!({}));
        write.commit().await
    }

    /// Writes something about a submission; `id` is fresh.
    pub async fn add_comment(&self, id: &str, record: &RecordId, body: &str, stamp: &Stamp) -> Result<()> {
        if body.len() > LONGEST_COMMENT {
            return Err(StoreError::Conflict { what: "comment_too_long" });
        }
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO submission_comments (id, record_id, at, actor, body) VALUES ($1,$2,$3,$4,$5)";
        write.run(sql, vals![id, record, stamp.at, &stamp.by, body]).await?;
        // What was written may name people: it stays out of the audit log, which is kept for ever.
        write.note("submission.commented", record, json!({ "comment": id }));
        write.commit().await
    }

    /// What was written about a submission, the newest first.
    pub async fn comments(&self, record: &RecordId) -> Result<Vec<Comment>> {
        let sql = "SELECT at, actor, body FROM submission_comments WHERE record_id = $1 ORDER BY id DESC";
        let rows = sql::all(&mut *self.read().await?, sql, vals![record]).await?;
        rows.iter().map(|row| Ok(Comment { at: row.instant(0)?, actor: row.text(1)?, body: row.text(2)? })).collect()
    }

    /// Whether only approved records of an exercise count in its figures.
    pub async fn counts_only_approved(&self, exercise: &dtm_model::ExerciseId) -> Result<bool> {
        let sql = "SELECT only_approved FROM exercises WHERE id = $1";
        let row = sql::one(&mut *self.read().await?, sql, vals![exercise]).await?;
        row.map_or(Ok(false), |row| row.flag(0))
    }

    /// Says whether only approved records of an exercise count in its figures.
    pub async fn count_only_approved(&self, exercise: &dtm_model::ExerciseId, only: bool, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE exercises SET only_approved = $1 WHERE id = $2";
        write.must(sql, vals![only, exercise], "exercise", exercise).await?;
        write.note("exercise.review_rule_set", exercise, json!({ "onlyApproved": only }));
        write.commit().await
    }
}
