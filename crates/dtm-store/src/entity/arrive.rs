//! Submissions make and change entities: when they arrive, when they are approved, when what they wait for has come, and
//! by force when that has taken too long.
//!
//! All of it happens in the transaction of its cause, and none of it can refuse a submission: what cannot be followed is
//! kept as a trouble of the list, with its reason.

use super::EntityList;
use super::thread::{Life, Link, Next, next};
use super::turn::{Turn, count_up};
use super::write::{Current, Draft, make, maybe_word, revise};
use crate::intake::NewSubmission;
use crate::open::Write;
use crate::sql::{self, Columns, json as to_json, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{
    EntityChange, EntityId, EntityRefusal, FormId, Instant, OperationId, RecordId, RefusedEntity, SubmissionId,
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, VecDeque};

/// A submission just stored that speaks of entities.
pub(crate) struct Arrival<'a> {
    pub(crate) new: &'a NewSubmission,
    pub(crate) form: FormId,
    pub(crate) record: RecordId,
    /// Whether it replaces an earlier version of itself.
    pub(crate) is_edit: bool,
}

/// Where a change comes from.
#[derive(Clone)]
struct Origin {
    submission: SubmissionId,
    record: RecordId,
    /// Who sent it, and when it is done.
    stamp: Stamp,
    user_agent: Option<String>,
    /// When it began to wait, if it did.
    held_at: Option<Instant>,
}

/// What a waiting row holds.
#[derive(Serialize, Deserialize)]
struct Held {
    change: EntityChange,
    user_agent: Option<String>,
}

/// How far a change may go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// As it came.
    Plain,
    /// Its submission was approved.
    Approved,
    /// It waited too long.
    Forced,
}

const BRANCH: &str = "branch";
const APPROVAL: &str = "approval";

/// Follows what submissions just stored say about entities.
pub(crate) async fn arrived(write: &mut Write, arrivals: Vec<Arrival<'_>>) -> Result<()> {
    let mut turns = Turns::default();
    for arrival in arrivals {
        let Arrival { new, form, record, is_edit } = arrival;
        if is_edit {
            let sql = "SELECT version FROM entity_versions WHERE record_id = $1 LIMIT 1";
            if sql::one(write.conn(), sql, vals![&record]).await?.is_some() {
                // An entity was made of an earlier version; what becomes of it is decided by people.
                continue;
            }
            for sql in
                ["DELETE FROM entity_waiting WHERE record_id = $1", "DELETE FROM entity_errors WHERE record_id = $1"]
            {
                write.run(sql, vals![&record]).await?;
            }
        }
        let row = sql::one(write.conn(), "SELECT operation_id FROM forms WHERE id = $1", vals![&form]).await?;
        let operation: OperationId = row.ok_or_else(|| StoreError::not_found("form", &form))?.parsed(0)?;
        let origin = Origin {
            submission: new.id.clone(),
            record,
            stamp: new.stamp.clone(),
            user_agent: new.user_agent.clone(),
            held_at: None,
        };
        for RefusedEntity { list, id, why } in &new.entities.refused {
            trouble(write, &operation, list, id, why, &origin).await?;
        }
        for change in &new.entities.changes {
            match turns.named(write, &operation, &change.list).await? {
                Some(turn) => follow(write, turn, &operation, change.clone(), origin.clone(), How::Plain).await?,
                None => {
                    let why = EntityRefusal::UnknownList;
                    trouble(write, &operation, &change.list, change.id.as_str(), &why, &origin).await?;
                }
            }
        }
    }
    turns.save(write).await
}

/// Makes the entities of a submission that was approved.
pub(crate) async fn approved(write: &mut Write, record: &RecordId) -> Result<()> {
    let sql = format!("{WAITING} WHERE w.record_id = $1 AND w.reason = '{APPROVAL}' ORDER BY w.id");
    let rows = sql::all(write.conn(), sql, vals![record]).await?;
    release(write, &rows, How::Approved).await
}

/// The lists that a transaction has begun to change.
#[derive(Default)]
struct Turns(BTreeMap<(String, String), Option<Turn>>);

impl Turns {
    async fn named(&mut self, write: &mut Write, operation: &OperationId, name: &str) -> Result<Option<&mut Turn>> {
        let key = (operation.to_string(), name.to_owned());
        if !self.0.contains_key(&key) {
            let turn = Turn::named(write, operation, name).await?;
            self.0.insert(key.clone(), turn);
        }
        Ok(self.0.get_mut(&key).and_then(Option::as_mut))
    }

    async fn save(&self, write: &mut Write) -> Result<()> {
        for turn in self.0.values().flatten() {
            turn.save(write).await?;
        }
        Ok(())
    }
}

/// Follows a change, and those that waited for it.
async fn follow(
    write: &mut Write,
    turn: &mut Turn,
    operation: &OperationId,
    change: EntityChange,
    origin: Origin,
    how: How,
) -> Result<()> {
    let mut queue = VecDeque::from([(change, origin, how)]);
    while let Some((change, origin, how)) = queue.pop_front() {
        if !follow_one(write, turn, operation, &change, &origin, how).await? {
            continue;
        }
        let sql = format!("{WAITING} WHERE w.list = $1 AND w.uuid = $2 AND w.reason = '{BRANCH}' ORDER BY w.id");
        for row in sql::all(write.conn(), sql, vals![turn.number, change.id.as_str()]).await? {
            let waiting = Waiting::read(&row, write.at())?;
            write.run("DELETE FROM entity_waiting WHERE id = $1", vals![waiting.id]).await?;
            queue.push_back((waiting.held.change, waiting.origin, How::Plain));
        }
    }
    Ok(())
}

/// Follows one change; returns whether it made a version.
async fn follow_one(
    write: &mut Write,
    turn: &mut Turn,
    operation: &OperationId,
    change: &EntityChange,
    origin: &Origin,
    how: How,
) -> Result<bool> {
    let current = Current::find(write, turn.number, &change.id).await?;
    let life = match &current {
        Some(current) if current.deleted_at.is_some() => Life::Deleted,
        Some(_) => Life::Open,
        None => {
            let sql = "SELECT uuid FROM entity_tombstones WHERE list = $1 AND uuid = $2";
            let grave = sql::one(write.conn(), sql, vals![turn.number, change.id.as_str()]).await?;
            if grave.is_some() { Life::Deleted } else { Life::Open }
        }
    };
    let links = match (&current, life) {
        (Some(current), Life::Open) => read_links(write, turn.number, &current.id).await?,
        _ => Vec::new(),
    };
    let link = match next(&links, life, change, how == How::Forced) {
        Next::Version(link) => link,
        Next::Wait => {
            hold(write, turn, change, origin, BRANCH).await?;
            return Ok(false);
        }
        Next::Refused(why) => {
            trouble(write, operation, &turn.name, change.id.as_str(), &why, origin).await?;
            return Ok(false);
        }
    };
    let current = current.filter(|_| !links.is_empty());
    if current.is_none() && turn.approval_required && how == How::Plain {
        hold(write, turn, change, origin, APPROVAL).await?;
        return Ok(false);
    }
    if let Some(property) = turn.clash(write, &link.data, current.as_ref().map(|current| current.seq)).await? {
        let why = EntityRefusal::NotUnique { property };
        trouble(write, operation, &turn.name, change.id.as_str(), &why, origin).await?;
        return Ok(false);
    }
    let draft = Draft {
        label: link.label,
        data: link.data,
        received: Some(link.received),
        user_agent: origin.user_agent.clone(),
        source: None,
        submission: Some((origin.submission.clone(), origin.record.clone())),
        base_version: link.base_version,
        branch: link.branch,
        trunk_version: link.trunk_version,
        branch_base: link.branch_base,
        conflict: link.conflict,
        conflicting: link.conflicting,
        forced: link.forced,
    };
    let detail = json!({ "list": turn.id, "submission": origin.submission });
    match &current {
        None => {
            make(write, turn, &change.id, &draft, &origin.stamp).await?;
            write.note_as(&origin.stamp, "entity.create", &change.id, detail);
        }
        Some(current) => {
            revise(write, turn, current, &draft, &origin.stamp).await?;
            write.note_as(&origin.stamp, "entity.update.version", &change.id, detail);
        }
    }
    Ok(true)
}

async fn read_links(write: &mut Write, list: i64, id: &EntityId) -> Result<Vec<Link>> {
    let sql = "SELECT label, data, received, base_version, branch_id, trunk_version, branch_base_version, conflict, \
               conflicting, forced FROM entity_versions WHERE list = $1 AND uuid = $2 ORDER BY version";
    let rows = sql::all(write.conn(), sql, vals![list, id.as_str()]).await?;
    rows.iter().map(read_link).collect()
}

fn read_link(row: &AnyRow) -> Result<Link> {
    let number = |at: usize| -> Result<Option<u32>> { Ok(row.maybe_int(at)?.and_then(|n| u32::try_from(n).ok())) };
    let (label, data): (String, BTreeMap<String, String>) = (row.text(0)?, row.json(1)?);
    let received = match row.maybe_text(2)? {
        Some(_) => row.json(2)?,
        None => data.clone().into_iter().chain([("label".to_owned(), label.clone())]).collect(),
    };
    Ok(Link {
        label,
        data,
        received,
        base_version: number(3)?,
        branch: row.maybe_parsed(4)?,
        trunk_version: number(5)?,
        branch_base: number(6)?,
        conflict: maybe_word(row, 7)?,
        conflicting: row.maybe_text(8)?.map(|_| row.json(8)).transpose()?.unwrap_or_default(),
        forced: row.flag(9)?,
    })
}

async fn hold(write: &mut Write, turn: &Turn, change: &EntityChange, origin: &Origin, reason: &str) -> Result<()> {
    let id = count_up(write).await?;
    let held = Held { change: change.clone(), user_agent: origin.user_agent.clone() };
    let sql = "INSERT INTO entity_waiting (id, reason, list, uuid, submission_id, record_id, body, held_at, held_by) \
               VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9)";
    let mut vals = vals![id, reason, turn.number, change.id.as_str(), &origin.submission, &origin.record];
    vals.extend(vals![to_json(&held)?, origin.held_at.unwrap_or(origin.stamp.at), &origin.stamp.by]);
    write.run(sql, vals).await?;
    if origin.held_at.is_none() && reason == BRANCH {
        let detail = json!({ "list": turn.id, "entity": change.id });
        write.note_as(&origin.stamp, "submission.backlog.hold", &origin.submission, detail);
    }
    Ok(())
}

async fn trouble(
    write: &mut Write,
    operation: &OperationId,
    list: &str,
    entity: &str,
    why: &EntityRefusal,
    origin: &Origin,
) -> Result<()> {
    let id = count_up(write).await?;
    let sql = "INSERT INTO entity_errors (id, operation_id, list_name, uuid, submission_id, record_id, why, met_at) \
               VALUES ($1,$2,$3,$4,$5,$6,$7,$8)";
    let mut vals = vals![id, operation, list, entity, &origin.submission, &origin.record];
    vals.extend(vals![to_json(why)?, origin.stamp.at]);
    write.run(sql, vals).await?;
    let detail = json!({ "list": list, "entity": entity, "why": why });
    write.note_as(&origin.stamp, "entity.error", &origin.submission, detail);
    Ok(())
}

const WAITING: &str =
    "SELECT w.id, w.list, w.body, w.submission_id, w.record_id, w.held_at, w.held_by FROM entity_waiting w";

/// A change that waits.
struct Waiting {
    id: i64,
    list: i64,
    held: Held,
    origin: Origin,
}

impl Waiting {
    /// Reads a row; what becomes of it will have been done at this moment by who sent it.
    fn read(row: &AnyRow, at: Instant) -> Result<Waiting> {
        let held: Held = row.json(2)?;
        Ok(Waiting {
            id: row.int(0)?,
            list: row.int(1)?,
            origin: Origin {
                submission: row.parsed(3)?,
                record: row.parsed(4)?,
                stamp: Stamp::new(at, row.text(6)?),
                user_agent: held.user_agent.clone(),
                held_at: row.maybe_instant(5)?,
            },
            held,
        })
    }
}

/// Follows changes that waited, in an order in which the links of a branch follow one another.
async fn release(write: &mut Write, rows: &[AnyRow], how: How) -> Result<()> {
    let mut waiting = rows.iter().map(|row| Waiting::read(row, write.at())).collect::<Result<Vec<_>>>()?;
    waiting.sort_by_key(|one| (one.list, one.held.change.branch.clone(), one.held.change.base_version, one.id));
    for Waiting { id, list, held, origin } in waiting {
        // One that waited for another of these is gone by now.
        if write.run("DELETE FROM entity_waiting WHERE id = $1", vals![id]).await? == 0 {
            continue;
        }
        let Some(mut turn) = Turn::numbered(write, list).await? else { continue };
        let sql = "SELECT operation_id FROM entity_lists WHERE number = $1";
        let row = sql::one(write.conn(), sql, vals![list]).await?;
        let operation = row.ok_or_else(|| StoreError::corrupt("a list without its row"))?.parsed(0)?;
        if how == How::Forced {
            let detail = json!({ "list": turn.id, "entity": held.change.id });
            write.note("submission.backlog.force", &origin.submission, detail);
        }
        follow(write, &mut turn, &operation, held.change, origin, how).await?;
        turn.save(write).await?;
    }
    Ok(())
}

/// Submissions whose review does not stand in the way of their entities being made.
const NOT_JUDGED: &str = "JOIN records r ON r.id = w.record_id WHERE w.list = $1 AND w.reason = 'approval' \
                          AND r.deleted_at IS NULL AND (r.review_state IS NULL OR r.review_state IN ('edited', 'hasIssues'))";

impl Store {
    /// How many submissions wait for their approval before they make entities of a list.
    pub async fn count_pending_entities(&self, list: &EntityList) -> Result<u64> {
        let sql = format!("SELECT count(DISTINCT w.record_id) FROM entity_waiting w {NOT_JUDGED}");
        let row = sql::one(&mut *self.read().await?, sql, vals![list.number]).await?;
        row.ok_or_else(|| StoreError::corrupt("a count without a row"))?.count(0)
    }

    /// How many offline updates of a list wait for what they are based on.
    pub async fn count_held_entities(&self, list: &EntityList) -> Result<u64> {
        self.count("SELECT count(*) FROM entity_waiting WHERE list = $1 AND reason = 'branch'", vals![list.number])
            .await
    }

    /// Makes the entities of submissions that wait for their approval, once a list no longer asks for it.
    pub async fn convert_pending_entities(&self, list: &EntityList, stamp: &Stamp) -> Result<u64> {
        let mut n = 0;
        loop {
            let mut write = self.write(stamp).await?;
            let sql = format!("{WAITING} {NOT_JUDGED} ORDER BY w.id LIMIT 200");
            let rows = sql::all(write.conn(), sql, vals![list.number]).await?;
            if rows.is_empty() {
                return Ok(n);
            }
            release(&mut write, &rows, How::Approved).await?;
            write.note("dataset.converted", &list.id, json!({ "n": rows.len() }));
            write.commit().await?;
            n += rows.len() as u64;
        }
    }

    /// Applies offline updates by force that began to wait before this moment.
    pub async fn force_entities(&self, before: Instant, stamp: &Stamp) -> Result<u64> {
        let mut n = 0;
        loop {
            let mut write = self.write(stamp).await?;
            let sql = format!(
                "{WAITING} WHERE w.reason = '{BRANCH}' AND w.held_at < $1 AND w.uuid = (SELECT o.uuid FROM entity_waiting o \
                 WHERE o.reason = '{BRANCH}' AND o.held_at < $1 ORDER BY o.held_at, o.id LIMIT 1)"
            );
            let rows = sql::all(write.conn(), sql, vals![before]).await?;
            if rows.is_empty() {
                return Ok(n);
            }
            release(&mut write, &rows, How::Forced).await?;
            write.commit().await?;
            n += rows.len() as u64;
        }
    }
}
