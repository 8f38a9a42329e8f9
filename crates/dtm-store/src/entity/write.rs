//! Makes, changes, deletes and restores entities, one or many.

use super::EntityList;
use super::index::Findable;
use super::turn::{Turn, count_up};
use crate::open::Write;
use crate::sql::{self, Columns, Val, json as to_json, vals, word};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{EntityConflict, EntityId, Instant, RecordId, SubmissionId};
use serde_json::{Value, json};
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, HashSet};

/// How many entities one transaction adds at most; a larger upload becomes visible as one all the same.
const AT_ONCE: usize = 4000;

/// An entity to add.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEntity {
    /// Its id.
    pub id: EntityId,
    /// Its label.
    pub label: String,
    /// Its values.
    pub data: BTreeMap<String, String>,
}

/// What an update changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntityPatch {
    /// The new label, if it changes.
    pub label: Option<String>,
    /// The values that change.
    pub data: BTreeMap<String, String>,
    /// The version that must be the current one; without it the update is made whatever the version.
    pub base_version: Option<u32>,
    /// Settles a clash.
    pub resolve: bool,
    /// The program that asks.
    pub user_agent: Option<String>,
}

/// Entities that come in portions. What was added is unseen until [`EntityUpload::finish`], and taken away again when a
/// portion is refused or the upload is given up.
#[derive(Debug)]
pub struct EntityUpload {
    store: Store,
    list: EntityList,
    source: Option<Value>,
    user_agent: Option<String>,
    /// Those not written yet: an upload that fits one transaction is made in one.
    waiting: Vec<NewEntity>,
    /// The number of the upload, once something was written.
    number: Option<i64>,
    /// The places of what was written, first and last.
    places: Vec<(i64, i64)>,
    /// The values met that must be unique.
    keys: HashSet<(String, String)>,
}

impl EntityUpload {
    /// Adds a portion.
    pub async fn add(&mut self, mut entities: Vec<NewEntity>, stamp: &Stamp) -> Result<(), EntityError> {
        if self.waiting.len() + entities.len() > AT_ONCE {
            let waiting = std::mem::take(&mut self.waiting);
            self.stage(&waiting, stamp).await?;
        }
        while entities.len() > AT_ONCE {
            let rest = entities.split_off(AT_ONCE);
            self.stage(&entities, stamp).await?;
            entities = rest;
        }
        self.waiting.extend(entities);
        Ok(())
    }

    /// Writes a portion that stays unseen.
    async fn stage(&mut self, entities: &[NewEntity], stamp: &Stamp) -> Result<(), EntityError> {
        let staged = self.try_stage(entities, stamp).await;
        if staged.is_err() {
            self.drop_staged(stamp).await?;
        }
        staged
    }

    async fn try_stage(&mut self, entities: &[NewEntity], stamp: &Stamp) -> Result<(), EntityError> {
        if entities.is_empty() {
            return Ok(());
        }
        let mut write = self.store.write(stamp).await?;
        let mut turn = Turn::of(&mut write, &self.list.id).await?;
        let number = match self.number {
            Some(number) => number,
            None => add_source(&mut write, &turn, self.source.as_ref().unwrap_or(&Value::Null), false).await?,
        };
        let origin = Origin { source: Some(number), user_agent: self.user_agent.as_deref(), is_staged: true };
        let first = turn.last_seq() + 1;
        add(&mut write, &mut turn, entities, &mut self.keys, &origin, stamp).await?;
        write.note("entity.bulk.staged", &self.list.id, json!({ "n": entities.len(), "upload": number }));
        turn.save(&mut write).await?;
        write.commit().await?;
        self.number = Some(number);
        self.places.push((first, turn.last_seq()));
        Ok(())
    }

    async fn drop_staged(&mut self, stamp: &Stamp) -> Result<()> {
        match self.number.take() {
            Some(number) => self.store.drop_staged(number, stamp).await,
            None => Ok(()),
        }
    }

    /// Takes everything away again.
    pub async fn give_up(mut self, stamp: &Stamp) -> Result<()> {
        self.drop_staged(stamp).await
    }

    /// Has all that was added be there.
    pub async fn finish(mut self, stamp: &Stamp) -> Result<(), EntityError> {
        let waiting = std::mem::take(&mut self.waiting);
        if self.number.is_some() {
            self.stage(&waiting, stamp).await?;
            let shown = self.show(stamp).await;
            if shown.is_err() {
                self.drop_staged(stamp).await?;
            }
            return shown;
        }
        let mut write = self.store.write(stamp).await?;
        let mut turn = Turn::of(&mut write, &self.list.id).await?;
        let number = match &self.source {
            Some(detail) => Some(add_source(&mut write, &turn, detail, true).await?),
            None => None,
        };
        let origin = Origin { source: number, user_agent: self.user_agent.as_deref(), is_staged: false };
        add(&mut write, &mut turn, &waiting, &mut self.keys, &origin, stamp).await?;
        match (waiting.as_slice(), &self.source) {
            ([one], None) => write.note("entity.create", &one.id, json!({ "list": self.list.id })),
            (all, source) => {
                write.note("entity.bulk.create", &self.list.id, json!({ "n": all.len(), "source": source }));
            }
        }
        turn.save(&mut write).await?;
        Ok(write.commit().await?)
    }

    /// Shows what was staged, all at once.
    async fn show(&self, stamp: &Stamp) -> Result<(), EntityError> {
        let mut write = self.store.write(stamp).await?;
        let mut turn = Turn::of(&mut write, &self.list.id).await?;
        turn.change_all_parts(stamp.at);
        let changed = turn.change(stamp.at);
        let mut n = 0;
        for (first, last) in &self.places {
            let sql = "UPDATE entities SET deleted_at = NULL, changed = $1 WHERE list = $2 AND seq BETWEEN $3 AND $4 \
                       AND deleted_at = 0";
            let shown = write.run(sql, vals![changed, turn.number, *first, *last]).await?;
            if i64::try_from(shown).unwrap_or(0) != last - first + 1 {
                return Err(StoreError::corrupt("a staged upload").into());
            }
            n += last - first + 1;
        }
        write
            .run("UPDATE entity_sources SET done_at = $1 WHERE id = $2", vals![stamp.at, self.number.unwrap_or(0)])
            .await?;
        turn.n_entities += n;
        turn.last_entity_at = Some(stamp.at);
        turn.save(&mut write).await?;
        let detail = json!({ "n": n, "source": self.source, "upload": self.number });
        write.note("entity.bulk.create", &self.list.id, detail);
        Ok(write.commit().await?)
    }
}

/// Why entities were not changed. Nothing was.
#[derive(Clone, Debug, thiserror::Error)]
pub enum EntityError {
    /// The store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Entities of these ids are there already.
    #[error("entity `{}` is there already", .0.first().map_or("", EntityId::as_str))]
    Exists(Vec<EntityId>),
    /// These ids belong to entities that were deleted.
    #[error("entity `{}` was deleted", .0.first().map_or("", EntityId::as_str))]
    Deleted(Vec<EntityId>),
    /// Another entity has this value.
    #[error("another entity has this value of `{property}`")]
    NotUnique {
        /// The property.
        property: String,
        /// The entity that was to have it.
        id: EntityId,
    },
    /// It has another version by now.
    #[error("the current version is {current}")]
    Version {
        /// The current version.
        current: u32,
    },
    /// There is no clash to settle.
    #[error("there is no conflict")]
    NoConflict,
}

/// A version to write.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) label: String,
    pub(super) data: BTreeMap<String, String>,
    /// None where everything was sent.
    pub(super) received: Option<BTreeMap<String, String>>,
    pub(super) user_agent: Option<String>,
    pub(super) source: Option<i64>,
    pub(super) submission: Option<(SubmissionId, RecordId)>,
    pub(super) base_version: Option<u32>,
    pub(super) branch: Option<EntityId>,
    pub(super) trunk_version: Option<u32>,
    pub(super) branch_base: Option<u32>,
    pub(super) conflict: Option<EntityConflict>,
    pub(super) conflicting: Vec<String>,
    pub(super) forced: bool,
}

/// An entity as a writer has to know it.
pub(super) struct Current {
    pub(super) seq: i64,
    pub(super) id: EntityId,
    pub(super) owner: String,
    pub(super) version: u32,
    pub(super) label: String,
    pub(super) data: BTreeMap<String, String>,
    pub(super) conflict: Option<EntityConflict>,
    pub(super) deleted_at: Option<Instant>,
}

impl Current {
    pub(super) async fn find(write: &mut Write, list: i64, id: &EntityId) -> Result<Option<Current>> {
        let sql = "SELECT seq, uuid, version, label, data, conflict, deleted_at, created_by FROM entities \
                   WHERE list = $1 AND uuid = $2";
        let row = sql::one(write.conn(), sql, vals![list, id.as_str()]).await?;
        row.as_ref().map(Self::read).transpose()
    }

    fn read(row: &AnyRow) -> Result<Current> {
        Ok(Current {
            seq: row.int(0)?,
            id: row.parsed(1)?,
            version: row.small(2)?,
            label: row.text(3)?,
            data: row.json(4)?,
            conflict: maybe_word(row, 5)?,
            deleted_at: row.maybe_instant(6)?,
            owner: row.text(7)?,
        })
    }

    fn findable(&self) -> Findable<'_> {
        Findable { seq: self.seq, label: &self.label, data: &self.data, owner: &self.owner }
    }
}

/// An entity of an upload that was given up.
struct Staying {
    seq: i64,
    uuid: String,
    label: String,
    data: BTreeMap<String, String>,
    owner: String,
}

impl Staying {
    fn read(row: &AnyRow) -> Result<Staying> {
        Ok(Staying {
            seq: row.int(1)?,
            uuid: row.text(2)?,
            label: row.text(3)?,
            data: row.json(4)?,
            owner: row.text(5)?,
        })
    }

    fn findable(&self) -> Findable<'_> {
        Findable { seq: self.seq, label: &self.label, data: &self.data, owner: &self.owner }
    }
}

/// An enum stored as its word, or nothing.
pub(super) fn maybe_word<T: serde::de::DeserializeOwned>(row: &AnyRow, at: usize) -> Result<Option<T>> {
    row.maybe_text(at)?.map(|_| row.word(at)).transpose()
}

const VERSIONS: &str = "INSERT INTO entity_versions (list, uuid, version, label, data, received, made_at, made_by, \
                        user_agent, source_id, submission_id, record_id, base_version, branch_id, trunk_version, \
                        branch_base_version, conflict, conflicting, forced)";

const ENTITIES: &str =
    "INSERT INTO entities (list, seq, uuid, version, label, data, created_at, created_by, deleted_at, changed)";

fn version_row(list: i64, id: &EntityId, number: u32, draft: &Draft, stamp: &Stamp) -> Result<Vec<Val>> {
    let maybe_int = |number: Option<u32>| Val::Int(number.map(i64::from));
    let conflicting = match draft.conflicting.is_empty() {
        true => None,
        false => Some(to_json(&draft.conflicting)?),
    };
    let (submission, record) = draft.submission.clone().unzip();
    let mut row = vals![list, id.as_str(), number, &draft.label, to_json(&draft.data)?];
    row.extend(vals![draft.received.as_ref().map(to_json).transpose()?, stamp.at, &stamp.by, &draft.user_agent]);
    row.extend([Val::Int(draft.source), Val::from(&submission), Val::from(&record), maybe_int(draft.base_version)]);
    row.push(Val::Text(draft.branch.as_ref().map(ToString::to_string)));
    row.extend([maybe_int(draft.trunk_version), maybe_int(draft.branch_base)]);
    row.push(Val::Text(draft.conflict.map(|conflict| word(&conflict))));
    row.extend(vals![conflicting, draft.forced]);
    Ok(row)
}

/// Adds an entity with its first version.
pub(super) async fn make(
    write: &mut Write,
    turn: &mut Turn,
    id: &EntityId,
    draft: &Draft,
    stamp: &Stamp,
) -> Result<()> {
    let (seq, changed) = (turn.seq(), turn.change(stamp.at));
    let mut row = vals![turn.number, seq, id.as_str(), 1_i64, &draft.label, to_json(&draft.data)?];
    row.extend(vals![stamp.at, &stamp.by, None::<Instant>, changed]);
    sql::insert(write.conn(), ENTITIES, "", vec![row]).await?;
    sql::insert(write.conn(), VERSIONS, "", vec![version_row(turn.number, id, 1, draft, stamp)?]).await?;
    let new = Findable { seq, label: &draft.label, data: &draft.data, owner: &stamp.by };
    turn.index(write, &[new]).await?;
    turn.n_entities += 1;
    turn.last_entity_at = Some(stamp.at);
    Ok(())
}

/// Adds a version to an entity.
pub(super) async fn revise(
    write: &mut Write,
    turn: &mut Turn,
    current: &Current,
    draft: &Draft,
    stamp: &Stamp,
) -> Result<()> {
    let number = current.version + 1;
    let row = version_row(turn.number, &current.id, number, draft, stamp)?;
    sql::insert(write.conn(), VERSIONS, "", vec![row]).await?;
    // A clash never becomes smaller by itself.
    let conflict = current.conflict.max(draft.conflict);
    if current.conflict.is_none() && conflict.is_some() {
        turn.n_conflicts += 1;
    }
    let sql = "UPDATE entities SET version = $1, label = $2, data = $3, conflict = $4, updated_at = $5, changed = $6 \
               WHERE list = $7 AND uuid = $8";
    let mut vals = vals![number, &draft.label, to_json(&draft.data)?, conflict.map(|conflict| word(&conflict))];
    vals.extend(vals![stamp.at, turn.change(stamp.at), turn.number, current.id.as_str()]);
    write.run(sql, vals).await?;
    let after = Findable { label: &draft.label, data: &draft.data, ..current.findable() };
    turn.index_again(write, current.findable(), after).await?;
    Ok(())
}

/// Takes an entity's clash as settled.
pub(super) async fn settle(write: &mut Write, turn: &mut Turn, current: &Current, at: Instant) -> Result<()> {
    let sql = "UPDATE entities SET conflict = NULL, updated_at = $1, changed = $2 WHERE list = $3 AND uuid = $4";
    let vals = vals![at, turn.change(at), turn.number, current.id.as_str()];
    write.run(sql, vals).await?;
    let sql = "UPDATE entity_versions SET resolved_at = $1 WHERE list = $2 AND uuid = $3 \
               AND conflict IS NOT NULL AND resolved_at IS NULL";
    write.run(sql, vals![at, turn.number, current.id.as_str()]).await?;
    turn.n_conflicts -= 1;
    turn.index_again(write, current.findable(), current.findable()).await
}

impl Store {
    /// Adds entities: all of them or none. `source` is what is kept of where they come from.
    pub async fn create_entities(
        &self,
        list: &EntityList,
        entities: &[NewEntity],
        source: Option<Value>,
        user_agent: Option<&str>,
        stamp: &Stamp,
    ) -> Result<(), EntityError> {
        let mut upload = self.upload_entities(list, source, user_agent);
        for portion in entities.chunks(AT_ONCE) {
            upload.add(portion.to_vec(), stamp).await?;
        }
        upload.finish(stamp).await
    }

    /// Begins to add entities that come in portions: all of them become visible at the end, or none.
    pub fn upload_entities(&self, list: &EntityList, source: Option<Value>, user_agent: Option<&str>) -> EntityUpload {
        EntityUpload {
            store: self.clone(),
            list: list.clone(),
            source,
            user_agent: user_agent.map(str::to_owned),
            waiting: Vec::new(),
            number: None,
            places: Vec::new(),
            keys: HashSet::new(),
        }
    }

    /// Takes away what an upload staged that was given up.
    async fn drop_staged(&self, number: i64, stamp: &Stamp) -> Result<()> {
        loop {
            let mut write = self.write(stamp).await?;
            let sql = "SELECT e.list, e.seq, e.uuid, e.label, e.data, e.created_by FROM entity_versions v \
                       JOIN entities e ON e.list = v.list \
                       AND e.uuid = v.uuid WHERE v.source_id = $1 AND e.deleted_at = 0 LIMIT $2";
            let rows = sql::all(write.conn(), sql, vals![number, AT_ONCE as i64]).await?;
            let Some(list) = rows.first().map(|row| row.int(0)).transpose()? else {
                write.run("DELETE FROM entity_sources WHERE id = $1", vals![number]).await?;
                write.note("entity.bulk.dropped", number, Value::Null);
                return write.commit().await;
            };
            let gone = rows.iter().map(Staying::read).collect::<Result<Vec<_>>>()?;
            if let Some(mut turn) = Turn::numbered(&mut write, list).await? {
                let findable: Vec<Findable<'_>> = gone.iter().map(Staying::findable).collect();
                turn.unindex(&mut write, &findable).await?;
            }
            for gone in gone.chunks(250) {
                for table in ["entity_versions", "entities"] {
                    let sql = format!("DELETE FROM {table} WHERE list = $1 AND uuid IN ({})", sql::list(2, gone.len()));
                    let mut vals = vals![list];
                    vals.extend(gone.iter().map(|one| Val::from(&one.uuid)));
                    sql::run(write.conn(), sql, vals).await?;
                }
            }
            write.note("entity.bulk.dropped", number, json!({ "n": gone.len() }));
            write.commit().await?;
        }
    }

    /// Changes an entity, and settles its clash if that is asked.
    pub async fn update_entity(
        &self,
        list: &EntityList,
        id: &EntityId,
        patch: &EntityPatch,
        stamp: &Stamp,
    ) -> Result<(), EntityError> {
        let mut write = self.write(stamp).await?;
        let mut turn = Turn::of(&mut write, &list.id).await?;
        let current = living(&mut write, &turn, id).await?;
        if patch.resolve && current.conflict.is_none() {
            return Err(EntityError::NoConflict);
        }
        if patch.base_version.is_some_and(|base| base != current.version) {
            return Err(EntityError::Version { current: current.version });
        }
        let mut received = patch.data.clone();
        received.extend(patch.label.iter().map(|label| ("label".to_owned(), label.clone())));
        if !received.is_empty() {
            let mut data = current.data.clone();
            data.extend(patch.data.clone());
            if let Some(property) = turn.clash(&mut write, &data, Some(current.seq)).await? {
                return Err(EntityError::NotUnique { property, id: id.clone() });
            }
            let draft = Draft {
                label: patch.label.clone().unwrap_or_else(|| current.label.clone()),
                data,
                received: Some(received),
                user_agent: patch.user_agent.clone(),
                base_version: Some(current.version),
                ..Draft::default()
            };
            revise(&mut write, &mut turn, &current, &draft, stamp).await?;
            let detail = json!({ "list": list.id, "version": current.version + 1 });
            write.note("entity.update.version", id, detail);
        }
        if patch.resolve {
            settle(&mut write, &mut turn, &current, stamp.at).await?;
            write.note("entity.update.resolve", id, json!({ "list": list.id }));
        }
        turn.save(&mut write).await?;
        Ok(write.commit().await?)
    }

    /// Deletes entities; those not there, or deleted already, are passed over. Returns those it deleted.
    pub async fn delete_entities(
        &self,
        list: &EntityList,
        ids: &[EntityId],
        stamp: &Stamp,
    ) -> Result<Vec<EntityId>, EntityError> {
        let mut write = self.write(stamp).await?;
        let mut turn = Turn::of(&mut write, &list.id).await?;
        let mut deleted = Vec::new();
        for id in ids {
            let current = Current::find(&mut write, turn.number, id).await?;
            let Some(current) = current.filter(|current| current.deleted_at.is_none()) else { continue };
            let sql = "UPDATE entities SET deleted_at = $1, changed = $2 WHERE list = $3 AND uuid = $4";
            let vals = vals![stamp.at, turn.change(stamp.at), turn.number, id.as_str()];
            write.run(sql, vals).await?;
            turn.unindex(&mut write, &[current.findable()]).await?;
            turn.n_entities -= 1;
            turn.n_deleted += 1;
            turn.n_conflicts -= i64::from(current.conflict.is_some());
            deleted.push(current.id);
        }
        note_many(&mut write, ["entity.delete", "entity.bulk.delete"], list, &deleted);
        turn.save(&mut write).await?;
        write.commit().await?;
        Ok(deleted)
    }

    /// Takes entities back from the trash; those not deleted are passed over. Returns those it restored.
    pub async fn restore_entities(
        &self,
        list: &EntityList,
        ids: &[EntityId],
        stamp: &Stamp,
    ) -> Result<Vec<EntityId>, EntityError> {
        let mut write = self.write(stamp).await?;
        let mut turn = Turn::of(&mut write, &list.id).await?;
        let mut restored = Vec::new();
        for id in ids {
            let current = Current::find(&mut write, turn.number, id).await?;
            let in_trash = |current: &Current| current.deleted_at.is_some_and(|at| at.as_millis() > 0);
            let Some(current) = current.filter(in_trash) else { continue };
            if let Some(property) = turn.clash(&mut write, &current.data, Some(current.seq)).await? {
                return Err(EntityError::NotUnique { property, id: id.clone() });
            }
            let sql = "UPDATE entities SET deleted_at = NULL, updated_at = $1, changed = $2 \
                       WHERE list = $3 AND uuid = $4";
            let vals = vals![stamp.at, turn.change(stamp.at), turn.number, id.as_str()];
            write.run(sql, vals).await?;
            turn.index(&mut write, &[current.findable()]).await?;
            turn.n_entities += 1;
            turn.n_deleted -= 1;
            turn.n_conflicts += i64::from(current.conflict.is_some());
            restored.push(current.id);
        }
        note_many(&mut write, ["entity.restore", "entity.bulk.restore"], list, &restored);
        turn.save(&mut write).await?;
        write.commit().await?;
        Ok(restored)
    }

    /// Removes for good what was deleted before this moment, with all its versions, and what an upload left behind that
    /// was broken off before it. Only the ids stay, so that phones are told and nothing new takes them.
    pub async fn purge_entities(&self, before: Instant, stamp: &Stamp) -> Result<u64> {
        let sql = "SELECT id FROM entity_sources WHERE done_at IS NULL AND made_at < $1";
        let left = sql::all(&mut *self.read().await?, sql, vals![before]).await?;
        for row in left {
            self.drop_staged(row.int(0)?, stamp).await?;
        }
        let mut n_purged = 0;
        loop {
            let mut write = self.write(stamp).await?;
            let sql =
                "SELECT list, uuid FROM entities WHERE deleted_at > 0 AND deleted_at < $1 ORDER BY list LIMIT 1000";
            let rows = sql::all(write.conn(), sql, vals![before]).await?;
            let Some(list) = rows.first().map(|row| row.int(0)).transpose()? else { return Ok(n_purged) };
            let mut n = 0_i64;
            let mut turn = Turn::numbered(&mut write, list).await?;
            for row in &rows {
                if row.int(0)? != list {
                    break;
                }
                let uuid = row.text(1)?;
                for sql in [
                    "DELETE FROM entity_versions WHERE list = $1 AND uuid = $2",
                    "DELETE FROM entity_waiting WHERE list = $1 AND uuid = $2",
                    "DELETE FROM entities WHERE list = $1 AND uuid = $2",
                ] {
                    write.run(sql, vals![list, &uuid]).await?;
                }
                let changed = turn.as_mut().map_or(0, |turn| turn.change(stamp.at));
                let sql = "INSERT INTO entity_tombstones (list, uuid, changed, purged_at) VALUES ($1, $2, $3, $4)";
                write.run(sql, vals![list, &uuid, changed, stamp.at]).await?;
                n += 1;
            }
            if let Some(turn) = &mut turn {
                turn.n_deleted -= n;
                turn.save(&mut write).await?;
            }
            let subject = turn.as_ref().map_or_else(|| list.to_string(), |turn| turn.id.to_string());
            write.note("entity.purge", subject, json!({ "n": n }));
            write.commit().await?;
            n_purged += n.unsigned_abs();
        }
    }
}

/// Where added entities come from.
struct Origin<'a> {
    source: Option<i64>,
    user_agent: Option<&'a str>,
    is_staged: bool,
}

async fn add_source(write: &mut Write, turn: &Turn, detail: &Value, done: bool) -> Result<i64> {
    let number = count_up(write).await?;
    let at = write.at();
    let sql = "INSERT INTO entity_sources (id, list, detail, made_at, done_at) VALUES ($1, $2, $3, $4, $5)";
    write.run(sql, vals![number, turn.number, detail.to_string(), at, done.then_some(at)]).await?;
    Ok(number)
}

/// Adds entities in this transaction. `keys` collects the unique values of the whole upload.
async fn add(
    write: &mut Write,
    turn: &mut Turn,
    entities: &[NewEntity],
    keys: &mut HashSet<(String, String)>,
    origin: &Origin<'_>,
    stamp: &Stamp,
) -> Result<(), EntityError> {
    let mut met = HashSet::new();
    if let Some(twice) = entities.iter().find(|entity| !met.insert(&entity.id)) {
        return Err(EntityError::Exists(vec![twice.id.clone()]));
    }
    let ids: Vec<&EntityId> = entities.iter().map(|entity| &entity.id).collect();
    let (there, deleted) = turn.taken(write, &ids).await?;
    if !deleted.is_empty() {
        return Err(EntityError::Deleted(deleted));
    }
    if !there.is_empty() {
        return Err(EntityError::Exists(there));
    }
    if let Some((property, id)) = turn.clash_of_many(write, entities, keys).await? {
        return Err(EntityError::NotUnique { property, id });
    }
    let (mut rows, mut versions, mut found) = (Vec::new(), Vec::new(), Vec::new());
    let deleted_at = origin.is_staged.then(|| Instant::from_millis(0));
    let list = turn.number;
    for entity in entities {
        let (seq, changed) = (turn.seq(), turn.change(stamp.at));
        let data = to_json(&entity.data)?;
        let mut row = vals![list, seq, entity.id.as_str(), 1_i64, &entity.label, &data];
        row.extend(vals![stamp.at, &stamp.by, deleted_at, changed]);
        rows.push(row);
        let draft = Draft {
            label: entity.label.clone(),
            data: entity.data.clone(),
            user_agent: origin.user_agent.map(str::to_owned),
            source: origin.source,
            ..Draft::default()
        };
        versions.push(version_row(list, &entity.id, 1, &draft, stamp)?);
        found.push(Findable { seq, label: &entity.label, data: &entity.data, owner: &stamp.by });
    }
    sql::insert(write.conn(), ENTITIES, "", rows).await?;
    sql::insert(write.conn(), VERSIONS, "", versions).await?;
    turn.index(write, &found).await?;
    if !origin.is_staged {
        turn.n_entities += i64::try_from(entities.len()).unwrap_or(i64::MAX);
        turn.last_entity_at = Some(stamp.at);
    }
    Ok(())
}

async fn living(write: &mut Write, turn: &Turn, id: &EntityId) -> Result<Current> {
    let current = Current::find(write, turn.number, id).await?;
    let current = current.filter(|current| current.deleted_at.is_none());
    current.ok_or_else(|| StoreError::not_found("entity", id))
}

/// Notes what was done to one entity or to many.
fn note_many(write: &mut Write, [one, many]: [&'static str; 2], list: &EntityList, ids: &[EntityId]) {
    match ids {
        [] => {}
        [id] => write.note(one, id, json!({ "list": list.id })),
        ids => write.note(many, &list.id, json!({ "entities": ids })),
    }
}
