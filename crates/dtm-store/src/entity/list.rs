//! Entity lists: their properties, the forms that feed them, and which phone may have which entities.

use super::index::{Fill, fill_all};
use super::turn::{Turn, count_up};
use super::{AccessFilter, EntityList, EntityProperty, StoredFeed};
use crate::open::Write;
use crate::sql::{self, Columns, Val, json as to_json, vals, word};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{
    BlobHash, EntityListId, FieldKind, FormId, FormSchema, FormVersionId, Instant, OperationId, area_depth,
};
use serde_json::{Value, json};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

const SELECT: &str = "SELECT number, id, operation_id, name, approval_required, owner_only, created_at, deleted_at, \
                      changed_at, changes, n_entities, n_conflicts, last_entity_at, area_property, follows_places \
                      FROM entity_lists WHERE";

fn read_list(row: &AnyRow) -> Result<EntityList> {
    Ok(EntityList {
        number: row.int(0)?,
        id: row.parsed(1)?,
        operation: row.parsed(2)?,
        name: row.text(3)?,
        approval_required: row.flag(4)?,
        owner_only: row.flag(5)?,
        created_at: row.instant(6)?,
        deleted_at: row.maybe_instant(7)?,
        changed_at: row.instant(8)?,
        changes: row.int(9)?,
        n_entities: row.count(10)?,
        n_conflicts: row.count(11)?,
        last_entity_at: row.maybe_instant(12)?,
        area_property: row.maybe_text(13)?,
        follows_places: row.flag(14)?,
        properties: Vec::new(),
        filters: Vec::new(),
    })
}

pub(super) async fn read_properties(conn: &mut AnyConnection, list: i64) -> Result<Vec<EntityProperty>> {
    let sql = "SELECT name, kind, is_unique, indexed, published_at FROM entity_properties WHERE list = $1 ORDER BY seq";
    let rows = sql::all(conn, sql, vals![list]).await?;
    rows.iter()
        .map(|row| {
            Ok(EntityProperty {
                name: row.text(0)?,
                kind: row.word(1)?,
                unique: row.flag(2)?,
                indexed: row.flag(3)?,
                published_at: row.instant(4)?,
            })
        })
        .collect()
}

impl Store {
    /// Adds a list without entities. Its name is unique in the operation, whatever the case of its letters.
    pub async fn create_entity_list(
        &self,
        id: &EntityListId,
        operation: &OperationId,
        name: &str,
        [approval_required, owner_only]: [bool; 2],
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        add_list(&mut write, id, operation, name, [approval_required, owner_only]).await?;
        write.commit().await
    }

    /// The lists of an operation by name, or those of its trash.
    pub async fn entity_lists(&self, operation: &OperationId, deleted: bool) -> Result<Vec<EntityList>> {
        let state = if deleted { "deleted_at IS NOT NULL" } else { "deleted_at IS NULL" };
        let mut conn = self.read().await?;
        let rows = sql::all(&mut conn, format!("{SELECT} operation_id = $1 AND {state}"), vals![operation]).await?;
        let mut lists = sql::sorted(&rows, read_list, |list| &list.name)?;
        for list in &mut lists {
            fill(&mut conn, list).await?;
        }
        Ok(lists)
    }

    /// The list of this name.
    pub async fn entity_list(&self, operation: &OperationId, name: &str) -> Result<Option<EntityList>> {
        let sql = format!("{SELECT} operation_id = $1 AND live_name = $2 AND name = $3");
        self.find_list(sql, vals![operation, name.to_lowercase(), name]).await
    }

    /// The list whose name is the same but for the case of its letters.
    pub async fn similar_entity_list(&self, operation: &OperationId, name: &str) -> Result<Option<EntityList>> {
        self.find_list(format!("{SELECT} operation_id = $1 AND live_name = $2"), vals![operation, name.to_lowercase()])
            .await
    }

    /// The lists that follow the places of their operation, of this operation or of all.
    pub async fn lists_of_places(&self, operation: Option<&OperationId>) -> Result<Vec<EntityList>> {
        let mut sql = format!("{SELECT} follows_places = 1 AND deleted_at IS NULL");
        let mut vals = Vec::new();
        if let Some(operation) = operation {
            sql += " AND operation_id = $1";
            vals = vals![operation];
        }
        let mut conn = self.read().await?;
        let rows = sql::all(&mut conn, sql, vals).await?;
        let mut lists = sql::sorted(&rows, read_list, |list| &list.id)?;
        for list in &mut lists {
            fill(&mut conn, list).await?;
        }
        Ok(lists)
    }

    async fn find_list(&self, sql: String, vals: Vec<Val>) -> Result<Option<EntityList>> {
        let mut conn = self.read().await?;
        let Some(row) = sql::one(&mut conn, sql, vals).await? else { return Ok(None) };
        let mut list = read_list(&row)?;
        fill(&mut conn, &mut list).await?;
        Ok(Some(list))
    }

    /// Changes whether submissions must be approved before they make entities, and whether phones see only their own.
    pub async fn set_entity_list(
        &self,
        list: &EntityList,
        [approval_required, owner_only]: [bool; 2],
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let mut turn = Turn::of(&mut write, &list.id).await?;
        // What phones may have changes, and so must the mark by which they know what they have.
        turn.change_all_parts(stamp.at);
        turn.save(&mut write).await?;
        let sql = "UPDATE entity_lists SET approval_required = $1, owner_only = $2 WHERE number = $3";
        write.run(sql, vals![approval_required, owner_only, list.number]).await?;
        let detail = json!({ "approvalRequired": approval_required, "ownerOnly": owner_only });
        write.note("dataset.update", &list.id, detail);
        write.commit().await
    }

    /// Says that a list is made of the operation's places from now on, or no longer.
    pub async fn follow_places(&self, list: &EntityList, follows: bool, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE entity_lists SET follows_places = $1 WHERE number = $2";
        write.run(sql, vals![follows, list.number]).await?;
        write.note("dataset.update", &list.id, json!({ "followsPlaces": follows }));
        write.commit().await
    }

    /// Moves a list to the trash, with its entities.
    pub async fn delete_entity_list(&self, list: &EntityList, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "UPDATE entity_lists SET deleted_at = $1, live_name = NULL WHERE number = $2 AND deleted_at IS NULL";
        write.must(sql, vals![stamp.at, list.number], "entity list", &list.name).await?;
        write.run("DELETE FROM entity_waiting WHERE list = $1", vals![list.number]).await?;
        write.note("dataset.delete", &list.id, json!({ "name": list.name }));
        write.commit().await
    }

    /// Adds a property; its name is unique in the list, whatever the case of its letters.
    pub async fn add_entity_property(
        &self,
        list: &EntityList,
        name: &str,
        kind: FieldKind,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let mut turn = Turn::of(&mut write, &list.id).await?;
        add_property(&mut write, &mut turn, name, kind).await?;
        guess_area(&mut write, &mut turn, &[name]).await?;
        turn.change_all_parts(stamp.at);
        turn.save(&mut write).await?;
        write.note("dataset.update", &list.id, json!({ "properties": [name] }));
        write.commit().await
    }

    /// Changes what a property is: its type, whether it must be unique, whether entities are found by it. Refused
    /// where entities have the same value of what must be unique.
    pub async fn set_entity_property(&self, list: &EntityList, property: &EntityProperty, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let mut turn = Turn::of(&mut write, &list.id).await?;
        let EntityProperty { name, kind, unique, .. } = property;
        // Which phone has an entity is found by the property's values.
        let indexed = &(property.indexed || turn.sharing.contains(name));
        let sql = "UPDATE entity_properties SET kind = $1, is_unique = $2, indexed = $3 WHERE list = $4 AND name = $5";
        write.must(sql, vals![word(kind), *unique, *indexed, turn.number, name], "property", name).await?;
        let was = turn.properties.iter().find(|known| known.name == *name).cloned();
        turn.properties = read_properties(write.conn(), turn.number).await?;
        let same = was.is_some_and(|was| was.kind == *kind && (was.indexed || was.unique) == (*indexed || *unique));
        if !same {
            let sql = "DELETE FROM entity_values WHERE list = $1 AND property = $2";
            write.run(sql, vals![turn.number, name]).await?;
            if *indexed || *unique {
                fill_all(&mut write, &mut turn, Fill::Value(name)).await?;
            }
        }
        if *unique {
            let sql = "SELECT value FROM entity_values WHERE list = $1 AND property = $2 AND value <> '' \
                       GROUP BY value HAVING count(*) > 1 LIMIT 1";
            if sql::one(write.conn(), sql, vals![turn.number, name]).await?.is_some() {
                return Err(StoreError::Conflict { what: "entity_property_not_unique" });
            }
        }
        turn.change_all_parts(stamp.at);
        turn.save(&mut write).await?;
        let detail = json!({ "property": name, "kind": kind, "unique": unique, "indexed": indexed });
        write.note("dataset.update", &list.id, detail);
        write.commit().await
    }

    /// Removes a property that no entity has a value of.
    pub async fn delete_entity_property(&self, list: &EntityList, name: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let mut turn = Turn::of(&mut write, &list.id).await?;
        for sql in [
            "DELETE FROM entity_values WHERE list = $1 AND property = $2",
            "DELETE FROM entity_access_filters WHERE list = $1 AND property = $2",
            "UPDATE entity_lists SET area_property = NULL WHERE number = $1 AND area_property = $2",
        ] {
            write.run(sql, vals![turn.number, name]).await?;
        }
        if turn.area_property.take_if(|property| property == name).is_some() {
            turn.place_all(&mut write).await?;
        }
        let sql = "DELETE FROM entity_properties WHERE list = $1 AND name = $2";
        write.must(sql, vals![turn.number, name], "property", name).await?;
        turn.change_all_parts(stamp.at);
        turn.save(&mut write).await?;
        write.note("dataset.update.property.delete", &list.id, json!({ "properties": [name] }));
        write.commit().await
    }

    /// Says which property holds the p-code of an entity, or that none does.
    pub async fn set_entity_area(&self, list: &EntityList, property: Option<&str>, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let mut turn = Turn::of(&mut write, &list.id).await?;
        if let Some(unknown) = property.filter(|name| turn.properties.iter().all(|known| known.name != *name)) {
            return Err(StoreError::not_found("property", unknown));
        }
        set_area(&mut write, &mut turn, property).await?;
        turn.place_all(&mut write).await?;
        turn.save(&mut write).await?;
        write.note("dataset.update", &list.id, json!({ "areaProperty": property }));
        write.commit().await
    }

    /// Sets by which property of its own a phone gets entities, or takes the rule away.
    pub async fn set_access_filter(
        &self,
        list: &EntityList,
        filter: Option<&AccessFilter>,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let mut turn = Turn::of(&mut write, &list.id).await?;
        match filter {
            Some(filter) => {
                let sql = "SELECT name FROM actor_properties WHERE operation_id = $1 AND name = $2";
                if sql::one(write.conn(), sql, vals![&list.operation, &filter.actor_property]).await?.is_none() {
                    return Err(StoreError::not_found("actor property", &filter.actor_property));
                }
                let sql = "INSERT INTO entity_access_filters (list, property, actor_property) VALUES ($1, $2, $3) \
                           ON CONFLICT (list, property) DO UPDATE SET actor_property = excluded.actor_property";
                write.run(sql, vals![turn.number, &filter.property, &filter.actor_property]).await?;
                let known = turn.properties.iter_mut().find(|known| known.name == filter.property);
                let known = known.ok_or_else(|| StoreError::not_found("property", &filter.property))?;
                if !known.indexed {
                    let was = known.unique;
                    known.indexed = true;
                    let sql = "UPDATE entity_properties SET indexed = 1 WHERE list = $1 AND name = $2";
                    write.run(sql, vals![turn.number, &filter.property]).await?;
                    if !was {
                        fill_all(&mut write, &mut turn, Fill::Value(&filter.property)).await?;
                    }
                }
            }
            None => {
                write.run("DELETE FROM entity_access_filters WHERE list = $1", vals![turn.number]).await?;
            }
        }
        turn.change_all_parts(stamp.at);
        turn.save(&mut write).await?;
        let rule =
            filter.map(|filter| json!({ "datasetProperty": filter.property, "actorProperty": filter.actor_property }));
        write.note("dataset.update", &list.id, json!({ "accessFilter": rule }));
        write.commit().await
    }

    /// Adds a property that app users and public links of an operation may have.
    pub async fn add_actor_property(&self, operation: &OperationId, name: &str, stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let sql = "INSERT INTO actor_properties (operation_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        if write.run(sql, vals![operation, name]).await? == 0 {
            return Err(StoreError::Conflict { what: "actor_property_name" });
        }
        write.note("actor_property.create", operation, json!({ "name": name }));
        write.commit().await
    }

    /// The properties that app users and public links of an operation may have, by name.
    pub async fn actor_properties(&self, operation: &OperationId) -> Result<Vec<String>> {
        let sql = "SELECT name FROM actor_properties WHERE operation_id = $1";
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        sql::sorted(&rows, |row| row.text(0), |name| name)
    }

    /// Sets properties of an app user or public link; an empty value takes one away.
    pub async fn set_actor_properties(
        &self,
        operation: &OperationId,
        actor: &str,
        values: &BTreeMap<String, String>,
        stamp: &Stamp,
    ) -> Result<()> {
        let mut write = self.write(stamp).await?;
        for (name, value) in values {
            let sql = "SELECT name FROM actor_properties WHERE operation_id = $1 AND name = $2";
            if sql::one(write.conn(), sql, vals![operation, name]).await?.is_none() {
                return Err(StoreError::not_found("actor property", name));
            }
            write.run("DELETE FROM actor_property_values WHERE actor = $1 AND name = $2", vals![actor, name]).await?;
            if !value.is_empty() {
                let sql = "INSERT INTO actor_property_values (actor, name, value) VALUES ($1, $2, $3)";
                write.run(sql, vals![actor, name, value]).await?;
            }
        }
        write.note("actor_property.set", actor, json!({ "properties": values.keys().collect::<Vec<_>>() }));
        write.commit().await
    }

    /// The properties of an app user or public link.
    pub async fn actor_property_values(&self, actor: &str) -> Result<BTreeMap<String, String>> {
        let sql = "SELECT name, value FROM actor_property_values WHERE actor = $1";
        let rows = sql::all(&mut *self.read().await?, sql, vals![actor]).await?;
        rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
    }

    /// The properties of every app user of an operation, by their id.
    pub async fn app_user_properties(
        &self,
        operation: &OperationId,
    ) -> Result<BTreeMap<String, BTreeMap<String, String>>> {
        let sql = "SELECT v.actor, v.name, v.value FROM actor_property_values v JOIN app_users a ON a.id = v.actor \
                   WHERE a.operation_id = $1";
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        let mut all: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for row in &rows {
            all.entry(row.text(0)?).or_default().insert(row.text(1)?, row.text(2)?);
        }
        Ok(all)
    }

    /// The form versions that feed a list, newest first.
    pub async fn entity_feeds(&self, list: &EntityList) -> Result<Vec<StoredFeed>> {
        let sql = "SELECT x.form_version_id, f.xml_form_id, f.name, x.body, v.form_id, \
                   (SELECT c.id FROM form_versions c WHERE c.form_id = v.form_id AND c.published_at IS NOT NULL \
                   ORDER BY c.published_at DESC, c.id DESC LIMIT 1) FROM entity_feeds x \
                   JOIN form_versions v ON v.id = x.form_version_id JOIN forms f ON f.id = v.form_id \
                   WHERE x.list = $1 ORDER BY v.published_at DESC, v.id DESC";
        let rows = sql::all(&mut *self.read().await?, sql, vals![list.number]).await?;
        rows.iter()
            .map(|row| {
                let form_version: FormVersionId = row.parsed(0)?;
                Ok(StoredFeed {
                    current: row.maybe_text(5)?.is_some_and(|id| id == form_version.to_string()),
                    form_version,
                    xml_form_id: row.text(1)?,
                    form_name: row.text(2)?,
                    feed: row.json(3)?,
                })
            })
            .collect()
    }
}

/// Has this property hold the p-codes of entities.
async fn set_area(write: &mut Write, turn: &mut Turn, property: Option<&str>) -> Result<()> {
    let sql = "UPDATE entity_lists SET area_property = $1 WHERE number = $2";
    write.run(sql, vals![property.map(str::to_owned), turn.number]).await?;
    turn.area_property = property.map(str::to_owned);
    Ok(())
}

/// Takes a new property that is called a p-code, the deepest level of several, for what says where entities lie, unless
/// another one does. No entity has a value of it yet.
async fn guess_area(write: &mut Write, turn: &mut Turn, new: &[&str]) -> Result<()> {
    let deepest = new.iter().filter_map(|name| Some((area_depth(name)?, *name))).max_by_key(|(depth, _)| *depth);
    match deepest.filter(|_| turn.area_property.is_none()) {
        Some((_, name)) => set_area(write, turn, Some(name)).await,
        None => Ok(()),
    }
}

async fn fill(conn: &mut AnyConnection, list: &mut EntityList) -> Result<()> {
    list.properties = read_properties(conn, list.number).await?;
    let sql = "SELECT property, actor_property FROM entity_access_filters WHERE list = $1";
    let rows = sql::all(conn, sql, vals![list.number]).await?;
    let read = |row: &AnyRow| Ok(AccessFilter { property: row.text(0)?, actor_property: row.text(1)? });
    list.filters = sql::sorted(&rows, read, |filter| &filter.property)?;
    Ok(())
}

async fn add_list(
    write: &mut Write,
    id: &EntityListId,
    operation: &OperationId,
    name: &str,
    [approval_required, owner_only]: [bool; 2],
) -> Result<()> {
    let (number, at) = (count_up(write).await?, write.at());
    let sql = "INSERT INTO entity_lists (number, id, operation_id, name, live_name, approval_required, owner_only, \
               created_at, changed_at, changes, next_seq, n_entities, n_deleted, n_conflicts, values_ready) \
               VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,0,0,0,0,0,1)";
    let mut vals = vals![number, id, operation, name, name.to_lowercase(), approval_required, owner_only];
    vals.extend(vals![at, at]);
    write.run(sql, vals).await?;
    write.note("dataset.create", id, json!({ "name": name, "properties": Value::Array(Vec::new()) }));
    Ok(())
}

async fn add_property(write: &mut Write, turn: &mut Turn, name: &str, kind: FieldKind) -> Result<()> {
    let (number, at) = (count_up(write).await?, write.at());
    let sql = "INSERT INTO entity_properties (list, seq, name, folded, kind, is_unique, indexed, published_at) \
               VALUES ($1, $2, $3, $4, $5, 0, 0, $6)";
    write.run(sql, vals![turn.number, number, name, name.to_lowercase(), word(&kind), at]).await?;
    turn.properties.push(EntityProperty {
        name: name.to_owned(),
        kind,
        unique: false,
        indexed: false,
        published_at: at,
    });
    Ok(())
}

/// Makes the lists that a published form version feeds, or adds the properties they lack, and remembers that it feeds
/// them. Refused where a name exists in other letters.
pub(crate) async fn published(
    write: &mut Write,
    form: &FormId,
    version: &FormVersionId,
    schema: &FormSchema,
) -> Result<()> {
    let Some(entities) = &schema.entities else { return Ok(()) };
    let row = sql::one(write.conn(), "SELECT operation_id FROM forms WHERE id = $1", vals![form]).await?;
    let operation: OperationId = row.ok_or_else(|| StoreError::not_found("form", form))?.parsed(0)?;
    for feed in &entities.feeds {
        let mut turn = match Turn::named(write, &operation, &feed.list).await? {
            Some(turn) => turn,
            None => {
                let id = id_of(version, &feed.list, write.at());
                add_list(write, &id, &operation, &feed.list, [false, false]).await?;
                Turn::of(write, &id).await?
            }
        };
        let known: Vec<String> = turn.properties.iter().map(|property| property.name.clone()).collect();
        let new: Vec<_> = feed.saves.iter().filter(|save| !known.contains(&save.property)).collect();
        for save in &new {
            add_property(write, &mut turn, &save.property, save.kind).await?;
        }
        if !new.is_empty() {
            let names: Vec<&str> = new.iter().map(|save| save.property.as_str()).collect();
            guess_area(write, &mut turn, &names).await?;
            turn.change_all_parts(write.at());
            turn.save(write).await?;
            write.note("dataset.update", &turn.id, json!({ "properties": names }));
        }
        let sql = "INSERT INTO entity_feeds (list, form_version_id, body) VALUES ($1, $2, $3) \
                   ON CONFLICT (list, form_version_id) DO UPDATE SET body = excluded.body";
        write.run(sql, vals![turn.number, version, to_json(feed)?]).await?;
    }
    Ok(())
}

/// The id of a list that a form version makes; the store draws no chance, so it follows from what made it.
fn id_of(version: &FormVersionId, list: &str, at: Instant) -> EntityListId {
    let digest = BlobHash::of(format!("{version}\n{list}").as_bytes());
    let mut random = [0; 10];
    for (byte, digits) in random.iter_mut().zip(digest.as_str().as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).unwrap_or_default();
        *byte = u8::from_str_radix(digits, 16).unwrap_or_default();
    }
    EntityListId::new(at, random)
}
