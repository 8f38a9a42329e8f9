//! By what entities are found: their values, the words of their labels, the areas they lie in; and which parts of a list
//! have changed for whom.
//!
//! All of it is derived from the entities and can be made again. A value is kept as a key that sorts as the value does
//! ([`index_key`]), blank ones too, so that a list comes sorted by a property without being read whole. An entity lies in
//! the area that its p-code names and in each area around it; a p-code that the country does not have lies nowhere.

use super::turn::Turn;
use super::{LABEL, search};
use crate::open::Write;
use crate::sql::{self, Columns, list, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{Area, FieldKind, Pcode, index_key};
use sqlx::AnyConnection;
use std::collections::{BTreeMap, BTreeSet};

/// How many areas lie around one another at most: the levels, and one to see a circle in bad data.
const LEVELS: usize = 6;
/// How many entities are made findable in one step.
const AT_ONCE: i64 = 2000;

/// An entity as far as it is found.
#[derive(Clone, Copy)]
pub(super) struct Findable<'a> {
    pub(super) seq: i64,
    pub(super) label: &'a str,
    pub(super) data: &'a BTreeMap<String, String>,
    /// Who made it.
    pub(super) owner: &'a str,
}

const VALUES: &str = "INSERT INTO entity_values (list, property, value, seq)";
const WORDS: &str = "INSERT INTO entity_words (list, word, seq)";
const AREAS: &str = "INSERT INTO entity_areas (list, area, seq)";
/// What was filled before is left as it is.
const UNLESS_THERE: &str = "ON CONFLICT DO NOTHING";

impl Turn {
    /// The properties by which an entity is found, with the keys of these values.
    fn keys(&self, label: &str, data: &BTreeMap<String, String>) -> Vec<(&str, String)> {
        let found = self.properties.iter().filter(|property| property.indexed || property.unique);
        let key = |kind, value: &str| index_key(kind, value).unwrap_or_default();
        let of_property =
            found.map(|known| (known.name.as_str(), key(known.kind, data.get(&known.name).map_or("", String::as_str))));
        [(LABEL, key(FieldKind::Text, label))].into_iter().chain(of_property).collect()
    }

    /// The values that no other entity may have.
    pub(super) fn unique_keys(&self, data: &BTreeMap<String, String>) -> Vec<(&str, String)> {
        let unique = self.properties.iter().filter(|property| property.unique);
        unique
            .filter_map(|property| Some((property.name.as_str(), index_key(property.kind, data.get(&property.name)?)?)))
            .collect()
    }

    /// The area that an entity with these values lies in, and those around it.
    async fn areas(&mut self, conn: &mut AnyConnection, data: &BTreeMap<String, String>) -> Result<Vec<String>> {
        let Some(code) = self.area_property.as_ref().and_then(|property| data.get(property)) else {
            return Ok(Vec::new());
        };
        let code = code.trim();
        if let Some(known) = self.around.get(code) {
            return Ok(known.clone());
        }
        let mut line: Vec<String> = Vec::new();
        let mut next = Some(code.to_owned());
        while let Some(code) = next.take().filter(|code| line.len() < LEVELS && !line.contains(code)) {
            let sql = "SELECT a.body FROM areas a JOIN operations o ON o.admin0 = a.admin0 \
                       JOIN entity_lists l ON l.operation_id = o.id WHERE l.number = $1 AND a.pcode = $2";
            let row = sql::one(conn, sql, vals![self.number, &code]).await?;
            let Some(area) = row.map(|row| row.json::<Area>(0)).transpose()? else { break };
            next = area.parent.map(|parent| parent.0);
            line.push(code);
        }
        self.around.insert(code.to_owned(), line.clone());
        Ok(line)
    }

    /// Notes that the parts of the list changed that an entity belongs to.
    async fn touch(&mut self, conn: &mut AnyConnection, entity: Findable<'_>) -> Result<()> {
        let areas = self.areas(conn, entity.data).await?;
        self.parts.extend(areas.into_iter().map(|area| (AREA.to_owned(), area)));
        self.parts.insert((OWNER.to_owned(), entity.owner.to_owned()));
        for name in &self.sharing {
            let kind = self.properties.iter().find(|known| known.name == *name).map_or(FieldKind::Text, |it| it.kind);
            let key = entity.data.get(name).and_then(|value| index_key(kind, value));
            self.parts.extend(key.map(|key| (with_value(name), key)));
        }
        Ok(())
    }

    /// Makes living entities findable.
    pub(super) async fn index(&mut self, write: &mut Write, entities: &[Findable<'_>]) -> Result<()> {
        let number = self.number;
        let (mut values, mut words, mut areas) = (Vec::new(), Vec::new(), Vec::new());
        for entity in entities {
            let Findable { seq, label, data, .. } = *entity;
            values.extend(self.keys(label, data).into_iter().map(|(name, key)| vals![number, name, key, seq]));
            words.extend(search::keys(label).into_iter().map(|word| vals![number, word, seq]));
            let around = self.areas(write.conn(), data).await?;
            areas.extend(around.into_iter().map(|area| vals![number, area, seq]));
            self.touch(write.conn(), *entity).await?;
        }
        sql::insert(write.conn(), VALUES, "", values).await?;
        sql::insert(write.conn(), WORDS, "", words).await?;
        sql::insert(write.conn(), AREAS, "", areas).await?;
        Ok(())
    }

    /// Finds an entity by what it says now and no longer by what it said.
    pub(super) async fn index_again(
        &mut self,
        write: &mut Write,
        before: Findable<'_>,
        after: Findable<'_>,
    ) -> Result<()> {
        let (number, seq) = (self.number, after.seq);
        let (old, new) = (self.keys(before.label, before.data), self.keys(after.label, after.data));
        for ((property, _), (_, key)) in old.iter().zip(&new).filter(|(old, new)| old != new) {
            let sql = "UPDATE entity_values SET value = $1 WHERE list = $2 AND property = $3 AND seq = $4";
            sql::run(write.conn(), sql, vals![key, number, *property, seq]).await?;
        }
        let (old, new) = (search::keys(before.label), search::keys(after.label));
        for word in old.difference(&new) {
            let sql = "DELETE FROM entity_words WHERE list = $1 AND word = $2 AND seq = $3";
            sql::run(write.conn(), sql, vals![number, *word, seq]).await?;
        }
        let words = new.difference(&old).map(|word| vals![number, *word, seq]).collect();
        sql::insert(write.conn(), WORDS, "", words).await?;
        let old: BTreeSet<String> = self.areas(write.conn(), before.data).await?.into_iter().collect();
        let new: BTreeSet<String> = self.areas(write.conn(), after.data).await?.into_iter().collect();
        for area in old.difference(&new) {
            let sql = "DELETE FROM entity_areas WHERE list = $1 AND area = $2 AND seq = $3";
            sql::run(write.conn(), sql, vals![number, area, seq]).await?;
        }
        let areas = new.difference(&old).map(|area| vals![number, area, seq]).collect();
        sql::insert(write.conn(), AREAS, "", areas).await?;
        self.touch(write.conn(), before).await?;
        self.touch(write.conn(), after).await
    }

    /// Takes entities out of what can be found.
    pub(super) async fn unindex(&mut self, write: &mut Write, gone: &[Findable<'_>]) -> Result<()> {
        let number = self.number;
        let found = self.properties.iter().filter(|property| property.indexed || property.unique);
        let names: Vec<String> =
            [LABEL.to_owned()].into_iter().chain(found.map(|property| property.name.clone())).collect();
        for property in names {
            for gone in gone.chunks(250) {
                let places = list(3, gone.len());
                let sql = format!("DELETE FROM entity_values WHERE list = $1 AND property = $2 AND seq IN ({places})");
                let mut vals = vals![number, &property];
                vals.extend(gone.iter().map(|entity| sql::Val::from(entity.seq)));
                sql::run(write.conn(), sql, vals).await?;
            }
        }
        let words =
            gone.iter().flat_map(|entity| search::keys(entity.label).into_iter().map(move |word| (word, entity.seq)));
        delete_pairs(write.conn(), "entity_words", "word", number, words.collect()).await?;
        let mut areas = Vec::new();
        for entity in gone {
            areas.extend(self.areas(write.conn(), entity.data).await?.into_iter().map(|area| (area, entity.seq)));
            self.touch(write.conn(), *entity).await?;
        }
        delete_pairs(write.conn(), "entity_areas", "area", number, areas).await
    }
}

/// Deletes rows that a value and a place in the list name.
async fn delete_pairs<T: Into<sql::Val>>(
    conn: &mut AnyConnection,
    table: &'static str,
    column: &'static str,
    number: i64,
    pairs: Vec<(T, i64)>,
) -> Result<()> {
    let mut pairs = pairs.into_iter().peekable();
    while pairs.peek().is_some() {
        let mut vals = vals![number];
        let mut places = Vec::new();
        for (value, seq) in pairs.by_ref().take(100) {
            places.push(format!("(${}, ${})", vals.len() + 1, vals.len() + 2));
            vals.extend([value.into(), seq.into()]);
        }
        let places = places.join(",");
        let sql = format!("DELETE FROM {table} WHERE list = $1 AND ({column}, seq) IN (VALUES {places})");
        sql::run(conn, sql, vals).await?;
    }
    Ok(())
}

/// The kind of a part of a list: the entities in an area.
pub(super) const AREA: &str = "area";
/// The kind of a part of a list: the entities that somebody made.
pub(super) const OWNER: &str = "owner";

/// The kind of a part of a list: the entities with a value of this property.
pub(super) fn with_value(property: &str) -> String {
    format!("p:{property}")
}

/// What of a list is made findable.
pub(super) enum Fill<'a> {
    /// A property, or the label.
    Value(&'a str),
    /// Where entities lie.
    Areas,
}

/// Makes the living entities of a list findable, those of uploads that are not complete yet as well, step by step from
/// this place on; returns where to go on, none at the end.
pub(super) async fn fill(
    conn: &mut AnyConnection,
    turn: &mut Turn,
    what: &Fill<'_>,
    after: i64,
) -> Result<Option<i64>> {
    let sql = "SELECT seq, label, data FROM entities WHERE list = $1 AND seq > $2 \
               AND (deleted_at IS NULL OR deleted_at = 0) ORDER BY seq LIMIT $3";
    let rows = sql::all(conn, sql, vals![turn.number, after, AT_ONCE]).await?;
    let Some(last) = rows.last() else { return Ok(None) };
    let last = last.int(0)?;
    let mut filled = Vec::new();
    for row in &rows {
        let (seq, label, data): (i64, String, BTreeMap<String, String>) = (row.int(0)?, row.text(1)?, row.json(2)?);
        match what {
            Fill::Value(property) => {
                let keys = turn.keys(&label, &data).into_iter().filter(|(name, _)| name == property);
                filled.extend(keys.map(|(name, key)| vals![turn.number, name, key, seq]));
            }
            Fill::Areas => {
                let around = turn.areas(conn, &data).await?;
                filled.extend(around.into_iter().map(|area| vals![turn.number, area, seq]));
            }
        }
    }
    let head = if matches!(what, Fill::Areas) { AREAS } else { VALUES };
    sql::insert(conn, head, UNLESS_THERE, filled).await?;
    Ok(Some(last))
}

/// The same from the beginning to the end.
pub(super) async fn fill_all(write: &mut Write, turn: &mut Turn, what: Fill<'_>) -> Result<()> {
    let mut after = Some(0);
    while let Some(from) = after {
        after = fill(write.conn(), turn, &what, from).await?;
    }
    Ok(())
}

impl Store {
    /// Fills what a new version of the program keeps of lists to find entities by. Does nothing once that is done.
    pub async fn fill_entity_values(&self, stamp: &Stamp) -> Result<()> {
        let sql = "SELECT number FROM entity_lists WHERE values_ready = 0 AND deleted_at IS NULL ORDER BY number";
        let waiting = sql::all(&mut *self.read().await?, sql, vals![]).await?;
        for row in waiting {
            let number = row.int(0)?;
            let (mut after, mut n_entities) = (Some(0), 0);
            let mut names: Option<Vec<String>> = None;
            while let Some(from) = after {
                let mut write = self.write(stamp).await?;
                let Some(mut turn) = Turn::numbered(&mut write, number).await? else { break };
                let names = names.get_or_insert_with(|| {
                    let found = turn.properties.iter().filter(|property| property.indexed || property.unique);
                    [LABEL.to_owned()].into_iter().chain(found.map(|property| property.name.clone())).collect()
                });
                for name in names.iter() {
                    after = fill(write.conn(), &mut turn, &Fill::Value(name), from).await?;
                }
                n_entities = turn.n_entities;
                if after.is_none() {
                    write.run("UPDATE entity_lists SET values_ready = 1 WHERE number = $1", vals![number]).await?;
                    write.note("dataset.indexed", &turn.id, serde_json::json!({ "n": n_entities }));
                }
                write.commit().await?;
            }
            tracing::debug!(number, n_entities, "entities of a list can be found and sorted by their values");
        }
        Ok(())
    }

    /// Finds out anew where the entities of a country's lists lie, after its areas changed.
    pub(crate) async fn place_entities(&self, admin0: &Pcode, stamp: &Stamp) -> Result<()> {
        let sql = "SELECT l.number FROM entity_lists l JOIN operations o ON o.id = l.operation_id \
                   WHERE o.admin0 = $1 AND l.area_property IS NOT NULL AND l.deleted_at IS NULL ORDER BY l.number";
        let lists = sql::all(&mut *self.read().await?, sql, vals![admin0]).await?;
        for row in lists {
            let mut write = self.write(stamp).await?;
            let turn = Turn::numbered(&mut write, row.int(0)?).await?;
            let mut turn = turn.ok_or_else(|| StoreError::corrupt("a list without its row"))?;
            turn.place_all(&mut write).await?;
            turn.save(&mut write).await?;
            write.note("dataset.placed", &turn.id, serde_json::json!({ "areas": admin0 }));
            write.commit().await?;
        }
        Ok(())
    }
}

impl Turn {
    /// Finds out where all entities lie.
    pub(super) async fn place_all(&mut self, write: &mut Write) -> Result<()> {
        self.around.clear();
        write.run("DELETE FROM entity_areas WHERE list = $1", vals![self.number]).await?;
        fill_all(write, self, Fill::Areas).await?;
        self.change_all_parts(write.at());
        Ok(())
    }
}
