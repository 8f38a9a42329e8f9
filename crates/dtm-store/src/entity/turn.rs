//! A list while a transaction changes it: its counters are read once and written back once.

use super::list::read_properties;
use super::{EntityProperty, NewEntity};
use crate::open::Write;
use crate::sql::{self, Columns, list, vals};
use crate::{Result, StoreError};
use dtm_model::{EntityId, EntityListId, Instant, OperationId};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A list whose turn it is.
pub(super) struct Turn {
    pub(super) number: i64,
    pub(super) id: EntityListId,
    pub(super) name: String,
    pub(super) approval_required: bool,
    pub(super) properties: Vec<EntityProperty>,
    /// The property that holds the p-code of an entity.
    pub(super) area_property: Option<String>,
    /// Properties whose values decide which phone has an entity.
    pub(super) sharing: Vec<String>,
    /// The areas around each area that was asked for.
    pub(super) around: HashMap<String, Vec<String>>,
    /// The parts of the list that changed, each by its kind and its value.
    pub(super) parts: BTreeSet<(String, String)>,
    /// The change since which every part counts as changed.
    pub(super) parts_since: i64,
    pub(super) n_entities: i64,
    pub(super) n_deleted: i64,
    pub(super) n_conflicts: i64,
    pub(super) last_entity_at: Option<Instant>,
    changes: i64,
    next_seq: i64,
    changed_at: Instant,
}

const SELECT: &str = "SELECT number, id, name, approval_required, n_entities, n_deleted, n_conflicts, last_entity_at, \
                      changes, next_seq, changed_at, area_property, parts_since FROM entity_lists \
                      WHERE deleted_at IS NULL AND";

impl Turn {
    /// The list with this id.
    pub(super) async fn of(write: &mut Write, id: &EntityListId) -> Result<Turn> {
        let found = Self::find(write, format!("{SELECT} id = $1"), vals![id]).await?;
        found.ok_or_else(|| StoreError::not_found("entity list", id))
    }

    /// The list of this name.
    pub(super) async fn named(write: &mut Write, operation: &OperationId, name: &str) -> Result<Option<Turn>> {
        let sql = format!("{SELECT} operation_id = $1 AND live_name = $2 AND name = $3");
        Self::find(write, sql, vals![operation, name.to_lowercase(), name]).await
    }

    /// The list of this number.
    pub(super) async fn numbered(write: &mut Write, number: i64) -> Result<Option<Turn>> {
        Self::find(write, format!("{SELECT} number = $1"), vals![number]).await
    }

    async fn find(write: &mut Write, sql: String, vals: Vec<sql::Val>) -> Result<Option<Turn>> {
        let Some(row) = sql::one(write.conn(), sql, vals).await? else { return Ok(None) };
        let number = row.int(0)?;
        let sql = "SELECT property FROM entity_access_filters WHERE list = $1";
        let sharing = sql::all(write.conn(), sql, vals![number]).await?;
        Ok(Some(Turn {
            area_property: row.maybe_text(11)?,
            parts_since: row.int(12)?,
            sharing: sharing.iter().map(|row| row.text(0)).collect::<Result<_>>()?,
            around: HashMap::new(),
            parts: BTreeSet::new(),
            number,
            id: row.parsed(1)?,
            name: row.text(2)?,
            approval_required: row.flag(3)?,
            properties: read_properties(write.conn(), number).await?,
            n_entities: row.int(4)?,
            n_deleted: row.int(5)?,
            n_conflicts: row.int(6)?,
            last_entity_at: row.maybe_instant(7)?,
            changes: row.int(8)?,
            next_seq: row.int(9)?,
            changed_at: row.instant(10)?,
        }))
    }

    /// The number of the next change.
    pub(super) fn change(&mut self, at: Instant) -> i64 {
        self.changes += 1;
        self.changed_at = self.changed_at.max(at);
        self.changes
    }

    /// The place of the next entity.
    pub(super) fn seq(&mut self) -> i64 {
        self.next_seq += 1;
        self.next_seq
    }

    /// The place of the entity added last.
    pub(super) fn last_seq(&self) -> i64 {
        self.next_seq
    }

    /// Has every part of the list count as changed.
    pub(super) fn change_all_parts(&mut self, at: Instant) {
        self.parts_since = self.change(at);
    }

    /// Writes the counters back.
    pub(super) async fn save(&self, write: &mut Write) -> Result<()> {
        let parts = self.parts.iter().map(|(kind, value)| vals![self.number, kind, value, self.changes]);
        let head = "INSERT INTO entity_parts (list, kind, value, changed)";
        let tail = "ON CONFLICT (list, kind, value) DO UPDATE SET changed = excluded.changed";
        sql::insert(write.conn(), head, tail, parts.collect()).await?;
        let sql = "UPDATE entity_lists SET changes = $1, next_seq = $2, n_entities = $3, n_deleted = $4, \
                   n_conflicts = $5, last_entity_at = $6, changed_at = $7, parts_since = $8 WHERE number = $9";
        let vals = vals![
            self.changes,
            self.next_seq,
            self.n_entities,
            self.n_deleted,
            self.n_conflicts,
            self.last_entity_at,
            self.changed_at,
            self.parts_since,
            self.number
        ];
        write.run(sql, vals).await?;
        Ok(())
    }

    /// The property whose value another living entity has and that must be unique.
    pub(super) async fn clash(
        &self,
        write: &mut Write,
        data: &BTreeMap<String, String>,
        own: Option<i64>,
    ) -> Result<Option<String>> {
        for (property, key) in self.unique_keys(data) {
            let sql =
                "SELECT seq FROM entity_values WHERE list = $1 AND property = $2 AND value = $3 AND seq <> $4 LIMIT 1";
            let vals = vals![self.number, property, key, own.unwrap_or(0)];
            if sql::one(write.conn(), sql, vals).await?.is_some() {
                return Ok(Some(property.to_owned()));
            }
        }
        Ok(None)
    }

    /// The first of these entities with a value that another has and that must be unique, and the property. `keys`
    /// collects the values of the whole upload.
    pub(super) async fn clash_of_many(
        &self,
        write: &mut Write,
        entities: &[NewEntity],
        keys: &mut HashSet<(String, String)>,
    ) -> Result<Option<(String, EntityId)>> {
        let mut wanted: HashMap<&str, Vec<(String, &EntityId)>> = HashMap::new();
        for entity in entities {
            for (property, key) in self.unique_keys(&entity.data) {
                if !keys.insert((property.to_owned(), key.clone())) {
                    return Ok(Some((property.to_owned(), entity.id.clone())));
                }
                wanted.entry(property).or_default().push((key, &entity.id));
            }
        }
        for (property, keys) in wanted {
            for keys in keys.chunks(250) {
                let places = list(3, keys.len());
                let sql = format!(
                    "SELECT value FROM entity_values WHERE list = $1 AND property = $2 AND value IN ({places}) LIMIT 1"
                );
                let mut vals = vals![self.number, property];
                vals.extend(keys.iter().map(|(key, _)| sql::Val::from(key)));
                if let Some(row) = sql::one(write.conn(), sql, vals).await? {
                    let taken = row.text(0)?;
                    let id = keys.iter().find(|(key, _)| *key == taken).map(|(_, id)| (*id).clone());
                    return Ok(id.map(|id| (property.to_owned(), id)));
                }
            }
        }
        Ok(None)
    }

    /// Which of these ids are taken: those there, and those that were deleted or are gone for good.
    pub(super) async fn taken(&self, write: &mut Write, ids: &[&EntityId]) -> Result<(Vec<EntityId>, Vec<EntityId>)> {
        let (mut there, mut deleted) = (Vec::new(), Vec::new());
        for ids in ids.chunks(250) {
            let places = list(2, ids.len());
            let sql = format!(
                "SELECT uuid, deleted_at FROM entities WHERE list = $1 AND uuid IN ({places}) UNION ALL \
                 SELECT uuid, purged_at FROM entity_tombstones WHERE list = $1 AND uuid IN ({places})"
            );
            let mut vals = vals![self.number];
            vals.extend(ids.iter().map(|id| sql::Val::from(id.as_str())));
            for row in sql::all(write.conn(), sql, vals).await? {
                let gone = row.maybe_int(1)?.is_some_and(|at| at > 0);
                if gone { &mut deleted } else { &mut there }.push(row.parsed(0)?);
            }
        }
        Ok((there, deleted))
    }
}

/// The next number of this kind of row.
pub(super) async fn count_up(write: &mut Write) -> Result<i64> {
    let sql = "UPDATE counters SET n = n + 1 WHERE name = 'entity' RETURNING n";
    let row = sql::one(write.conn(), sql, vals![]).await?;
    row.ok_or_else(|| StoreError::corrupt("the counter of entity rows is missing"))?.int(0)
}
