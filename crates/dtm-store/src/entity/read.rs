//! Reads entities: pages, downloads, what changed since, one with its versions.

use super::filter::{Access, Asked, EntityFilter, EntityOrder, EntityPlace};
use super::index::{AREA, OWNER, with_value};
use super::search::Terms;
use super::write::maybe_word;
use super::{EntityList, EntitySource, EntityTrouble, EntityVersion, StoredEntity};
use crate::sql::{self, Columns, Val, vals};
use crate::{Result, Store, StoreError};
use dtm_model::{EntityConflict, EntityId, Instant, index_key};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::str::FromStr;

/// How many of the newest entities are compared with a search before the index of words is asked.
const LOOKED_AT: u32 = 4000;

/// How many times as many the index of words is asked for at most.
const LOOKS: u32 = 10;

/// An entity as downloads carry it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityRow {
    /// Its place in the list.
    pub seq: i64,
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// Its label.
    pub label: String,
    /// Its values.
    pub data: BTreeMap<String, String>,
    /// When it was made.
    pub created_at: Instant,
    /// Who made it.
    pub created_by: String,
    /// When it changed last.
    pub updated_at: Option<Instant>,
    /// When it was deleted.
    pub deleted_at: Option<Instant>,
    /// How it clashes, if it does.
    pub conflict: Option<EntityConflict>,
    changed: i64,
}

/// A place in the changes of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    change: i64,
    seq: i64,
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.change, self.seq)
    }
}

impl FromStr for Mark {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (change, seq) = text.split_once('.').unwrap_or((text, "0"));
        Ok(Self { change: change.parse()?, seq: seq.parse()? })
    }
}

/// What changed after a mark.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntityDelta {
    /// Entities that are new or different.
    pub rows: Vec<EntityRow>,
    /// Entities that are no longer to be had.
    pub gone: Vec<String>,
    /// Where to go on from.
    pub next: Mark,
    /// Whether there is more.
    pub more: bool,
}

/// Whether an entity that a phone knows is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityState {
    /// The entity.
    pub id: String,
    /// Whether it was deleted.
    pub deleted: bool,
}

const ROW: &str = "e.seq, e.uuid, e.version, e.label, e.data, e.created_at, e.created_by, e.updated_at, e.deleted_at, \
                   e.changed, e.conflict";
const VERSION: &str = "v.version, v.label, v.data, v.received, v.made_at, v.made_by, v.user_agent, v.submission_id, \
                       v.record_id, v.base_version, v.branch_id, v.trunk_version, v.branch_base_version, v.conflict, \
                       v.conflicting, v.resolved_at, s.detail";
const OF_VERSION: &str = "LEFT JOIN entity_sources s ON s.id = v.source_id";

fn read_row(row: &AnyRow) -> Result<EntityRow> {
    Ok(EntityRow {
        seq: row.int(0)?,
        id: row.text(1)?,
        version: row.small(2)?,
        label: row.text(3)?,
        data: row.json(4)?,
        created_at: row.instant(5)?,
        created_by: row.text(6)?,
        updated_at: row.maybe_instant(7)?,
        deleted_at: row.maybe_instant(8)?,
        changed: row.int(9)?,
        conflict: maybe_word(row, 10)?,
    })
}

/// Reads the columns of [`VERSION`] from this one on.
fn read_version(row: &AnyRow, at: usize) -> Result<EntityVersion> {
    let maybe_small = |at: usize| -> Result<Option<u32>> {
        let number = row.maybe_int(at)?;
        number.map(|number| u32::try_from(number).map_err(|_| StoreError::corrupt("a version"))).transpose()
    };
    let (label, data): (String, BTreeMap<String, String>) = (row.text(at + 1)?, row.json(at + 2)?);
    let received = match row.maybe_text(at + 3)? {
        Some(_) => row.json(at + 3)?,
        None => data.clone().into_iter().chain([("label".to_owned(), label.clone())]).collect(),
    };
    let source = match (row.maybe_parsed(at + 7)?, row.maybe_parsed(at + 8)?, row.maybe_text(at + 16)?) {
        (Some(id), Some(record), _) => EntitySource::Submission { id, record },
        (_, _, Some(detail)) => EntitySource::Upload(detail),
        _ => EntitySource::Api,
    };
    Ok(EntityVersion {
        number: row.small(at)?,
        label,
        data,
        received,
        made_at: row.instant(at + 4)?,
        made_by: row.text(at + 5)?,
        user_agent: row.maybe_text(at + 6)?,
        source,
        base_version: maybe_small(at + 9)?,
        branch: row.maybe_parsed(at + 10)?,
        trunk_version: maybe_small(at + 11)?,
        branch_base_version: maybe_small(at + 12)?,
        conflict: maybe_word(row, at + 13)?,
        conflicting: row.maybe_text(at + 14)?.map(|_| row.json(at + 14)).transpose()?.unwrap_or_default(),
        resolved_at: row.maybe_instant(at + 15)?,
    })
}

/// How many columns [`ROW`] has.
const ROW_WIDTH: usize = 11;

impl Store {
    /// A page of entities, newest first, before this place; with their current version.
    pub async fn entities(
        &self,
        list: &EntityList,
        filter: &EntityFilter,
        before: Option<i64>,
        limit: u32,
        offset: u64,
    ) -> Result<Vec<StoredEntity>> {
        let mut conn = self.read().await?;
        let mut asked = Asked::new(list, filter);
        if let Some(text) = &filter.search {
            let Some(terms) = Terms::of(text) else { return Ok(Vec::new()) };
            let wanted = usize::try_from(offset).unwrap_or(usize::MAX).saturating_add(limit as usize);
            let found = find(&mut conn, list, filter, &terms, before, wanted).await?;
            let page: Vec<i64> = found.into_iter().skip(offset as usize).take(limit as usize).collect();
            if page.is_empty() {
                return Ok(Vec::new());
            }
            let places: Vec<String> = page.iter().map(|seq| asked.place(*seq)).collect();
            asked.conditions.push_str(&format!(" AND e.seq IN ({})", places.join(",")));
            return read_entities(&mut conn, asked, None, limit, 0).await;
        }
        read_entities(&mut conn, asked, before, limit, offset).await
    }

    /// A page of entities as downloads carry them, newest first.
    pub async fn entity_rows(
        &self,
        list: &EntityList,
        filter: &EntityFilter,
        before: Option<i64>,
        limit: u32,
    ) -> Result<Vec<EntityRow>> {
        let (sql, vals) = Asked::new(list, filter).page(ROW, before, limit, 0);
        let rows = sql::all(&mut *self.read().await?, sql, vals).await?;
        rows.iter().map(read_row).collect()
    }

    /// The same in any order, after this place; each with its place.
    pub async fn entity_rows_by(
        &self,
        list: &EntityList,
        filter: &EntityFilter,
        order: &EntityOrder,
        after: Option<&EntityPlace>,
        limit: u32,
    ) -> Result<Vec<(EntityPlace, EntityRow)>> {
        let (sql, vals) = Asked::new(list, filter).ordered(ROW, order, after, limit);
        let rows = sql::all(&mut *self.read().await?, sql, vals).await?;
        let read = |row: &AnyRow| {
            let read = read_row(row)?;
            Ok((EntityPlace { seq: read.seq, key: row.text(ROW_WIDTH)? }, read))
        };
        rows.iter().map(read).collect()
    }

    /// Where an entity stands in an order; none if it is not there.
    pub async fn entity_place(
        &self,
        list: &EntityList,
        id: &EntityId,
        order: &EntityOrder,
    ) -> Result<Option<EntityPlace>> {
        let mut conn = self.read().await?;
        let sql = "SELECT seq FROM entities WHERE list = $1 AND uuid = $2";
        let Some(row) = sql::one(&mut conn, sql, vals![list.number, id.as_str()]).await? else { return Ok(None) };
        let seq = row.int(0)?;
        let EntityOrder::By { property, .. } = order else { return Ok(Some(EntityPlace { seq, key: String::new() })) };
        let sql = "SELECT value FROM entity_values WHERE list = $1 AND property = $2 AND seq = $3";
        let row = sql::one(&mut conn, sql, vals![list.number, property, seq]).await?;
        row.map(|row| Ok(EntityPlace { seq, key: row.text(0)? })).transpose()
    }

    /// The place of the entity before which this many come, the newest first; none where there are fewer.
    pub async fn entity_at(&self, list: &EntityList, filter: &EntityFilter, before_it: u64) -> Result<Option<i64>> {
        let (sql, vals) = Asked::new(list, filter).page("e.seq", None, 1, before_it);
        let row = sql::one(&mut *self.read().await?, sql, vals).await?;
        row.map(|row| row.int(0)).transpose()
    }

    /// How many entities there are of this kind; a search is not counted.
    pub async fn count_entities(&self, list: &EntityList, filter: &EntityFilter) -> Result<u64> {
        let plain = EntityFilter { search: None, ..filter.clone() };
        if plain == EntityFilter::default() {
            return Ok(list.n_entities);
        }
        let Asked { from, conditions, vals, .. } = Asked::new(list, &plain);
        let row = sql::one(&mut *self.read().await?, format!("SELECT count(*) {from} {conditions}"), vals).await?;
        row.ok_or_else(|| StoreError::corrupt("a count without a row"))?.count(0)
    }

    /// A text that is the same as long as what somebody may have of a list is. It costs the same however large the list
    /// is: what changed last is known of each part.
    pub async fn entity_list_mark(&self, list: &EntityList, access: &Access) -> Result<String> {
        if access.is_everything() {
            return Ok(format!("{}:{}", list.id, list.changes));
        }
        let mut conn = self.read().await?;
        let sql = "SELECT parts_since FROM entity_lists WHERE number = $1";
        let row = sql::one(&mut conn, sql, vals![list.number]).await?;
        let since = row.ok_or_else(|| StoreError::not_found("entity list", &list.id))?.int(0)?;
        let kind = |name: &str| list.property(name).map_or(dtm_model::FieldKind::Text, |property| property.kind);
        let mut parts: Vec<(String, Vec<String>)> = Vec::new();
        parts.extend(access.owner.iter().map(|owner| (OWNER.to_owned(), vec![owner.clone()])));
        parts.extend(access.areas.iter().map(|areas| (AREA.to_owned(), areas.clone())));
        parts.extend(
            access
                .values
                .iter()
                .map(|(name, value)| (with_value(name), vec![index_key(kind(name), value).unwrap_or_default()])),
        );
        // An entity that somebody has belongs to every part, so a change of it is the last one in none of them earlier.
        let mut latest = i64::MAX;
        for (kind, values) in parts {
            let mut changed = since;
            for values in values.chunks(250) {
                let places = sql::list(3, values.len());
                let sql = format!(
                    "SELECT max(changed) FROM entity_parts WHERE list = $1 AND kind = $2 AND value IN ({places})"
                );
                let mut vals = vals![list.number, &kind];
                vals.extend(values.iter().map(Val::from));
                let row = sql::one(&mut conn, sql, vals).await?;
                changed = changed.max(row.map(|row| row.maybe_int(0)).transpose()?.flatten().unwrap_or(0));
            }
            latest = latest.min(changed);
        }
        let properties: Vec<&str> = list.properties.iter().map(|property| property.name.as_str()).collect();
        Ok(format!("{}:{latest}:{properties:?}:{access:?}", list.id))
    }

    /// What changed in a list after a mark, in the order it changed.
    pub async fn entity_changes(
        &self,
        list: &EntityList,
        access: &Access,
        since: Mark,
        limit: u32,
    ) -> Result<EntityDelta> {
        let mut conn = self.read().await?;
        // One more than asked for tells whether there is more.
        let wanted = i64::from(limit) + 1;
        let sql = format!(
            "SELECT {ROW} FROM entities e WHERE e.list = $1 AND (e.changed > $2 OR (e.changed = $2 AND e.seq > $3)) \
             AND (e.deleted_at IS NULL OR e.deleted_at > 0) ORDER BY e.changed, e.seq LIMIT $4"
        );
        let rows = sql::all(&mut conn, sql, vals![list.number, since.change, since.seq, wanted]).await?;
        let rows = rows.iter().map(read_row).collect::<Result<Vec<_>>>()?;
        let sql =
            "SELECT changed, uuid FROM entity_tombstones WHERE list = $1 AND changed > $2 ORDER BY changed LIMIT $3";
        let graves = sql::all(&mut conn, sql, vals![list.number, since.change, wanted]).await?;
        let mut met: Vec<(Mark, Result<EntityRow, String>)> =
            rows.into_iter().map(|row| (Mark { change: row.changed, seq: row.seq }, Ok(row))).collect();
        for grave in &graves {
            met.push((Mark { change: grave.int(0)?, seq: 0 }, Err(grave.text(1)?)));
        }
        met.sort_by_key(|(mark, _)| *mark);
        let more = met.len() > limit as usize;
        met.truncate(limit as usize);
        let places: Vec<i64> = met.iter().filter_map(|(_, what)| what.as_ref().ok().map(|row| row.seq)).collect();
        let theirs = had(&mut conn, list, access, &places).await?;
        let mut delta =
            EntityDelta { next: met.last().map_or(since, |(mark, _)| *mark), more, ..EntityDelta::default() };
        for (_, what) in met {
            match what {
                Ok(row) if theirs.contains(&row.seq) => delta.rows.push(row),
                Ok(row) => delta.gone.push(row.id),
                Err(id) => delta.gone.push(id),
            }
        }
        Ok(delta)
    }

    /// Whether entities that a phone knows are still there; those never there are left out.
    pub async fn entity_states(&self, list: &EntityList, ids: &[EntityId]) -> Result<Vec<EntityState>> {
        let mut conn = self.read().await?;
        let mut states = Vec::new();
        for ids in ids.chunks(250) {
            let places = sql::list(2, ids.len());
            let sql = format!(
                "SELECT uuid, deleted_at FROM entities WHERE list = $1 AND uuid IN ({places}) \
                 AND (deleted_at IS NULL OR deleted_at > 0) UNION ALL \
                 SELECT uuid, purged_at FROM entity_tombstones WHERE list = $1 AND uuid IN ({places})"
            );
            let mut vals = vals![list.number];
            vals.extend(ids.iter().map(|id| Val::from(id.as_str())));
            for row in sql::all(&mut conn, sql, vals).await? {
                states.push(EntityState { id: row.text(0)?, deleted: row.maybe_int(1)?.is_some() });
            }
        }
        states.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(states)
    }

    /// One entity, in the trash or not.
    pub async fn entity(&self, list: &EntityList, id: &EntityId, deleted: bool) -> Result<Option<StoredEntity>> {
        self.entity_for(list, id, deleted, &Access::default()).await
    }

    /// The same, if it is one that somebody may have.
    pub async fn entity_for(
        &self,
        list: &EntityList,
        id: &EntityId,
        deleted: bool,
        access: &Access,
    ) -> Result<Option<StoredEntity>> {
        let filter = EntityFilter { deleted, access: access.clone(), ..EntityFilter::default() };
        let mut asked = Asked::new(list, &filter);
        let place = asked.place(id.as_str());
        asked.conditions.push_str(&format!(" AND e.uuid = {place}"));
        Ok(read_entities(&mut *self.read().await?, asked, None, 1, 0).await?.pop())
    }

    /// Every version of an entity, oldest first.
    pub async fn entity_versions(&self, list: &EntityList, id: &EntityId) -> Result<Vec<EntityVersion>> {
        let sql = format!(
            "SELECT {VERSION} FROM entity_versions v {OF_VERSION} WHERE v.list = $1 AND v.uuid = $2 ORDER BY v.version"
        );
        let rows = sql::all(&mut *self.read().await?, sql, vals![list.number, id.as_str()]).await?;
        rows.iter().map(|row| read_version(row, 0)).collect()
    }

    /// Everybody who made an entity of the list, as far as somebody may have it.
    pub async fn entity_creators(&self, list: &EntityList, access: &Access) -> Result<Vec<String>> {
        let mut conn = self.read().await?;
        let (mut creators, mut after) = (Vec::new(), String::new());
        loop {
            let sql = "SELECT min(created_by) FROM entities WHERE list = $1 AND created_by > $2";
            let row = sql::one(&mut conn, sql, vals![list.number, &after]).await?;
            let Some(next) = row.map(|row| row.maybe_text(0)).transpose()?.flatten() else { break };
            let filter = EntityFilter { access: access.clone(), ..EntityFilter::default() };
            let mut asked = Asked::new(list, &filter);
            let place = asked.place(&next);
            asked.conditions.push_str(&format!(" AND e.created_by = {place}"));
            let (sql, vals) = asked.page("e.seq", None, 1, 0);
            if sql::one(&mut conn, sql, vals).await?.is_some() {
                creators.push(next.clone());
            }
            after = next;
        }
        creators.sort();
        Ok(creators)
    }

    /// A few entities that have a value of this property, and how many there are.
    pub async fn entities_with_value(&self, list: &EntityList, property: &str) -> Result<(u64, Vec<EntityRow>)> {
        let (mut n, mut some, mut before) = (0, Vec::new(), None);
        loop {
            let rows = self.entity_rows(list, &EntityFilter::default(), before, 2000).await?;
            let Some(last) = rows.last() else { return Ok((n, some)) };
            before = Some(last.seq);
            let filled = |row: &EntityRow| row.data.get(property).is_some_and(|value| !value.trim().is_empty());
            for row in rows.into_iter().filter(filled) {
                n += 1;
                if some.len() < 3 {
                    some.push(row);
                }
            }
        }
    }

    /// Entity blocks of submissions that could not be followed, newest first.
    pub async fn entity_troubles(&self, list: &EntityList, limit: u32) -> Result<Vec<EntityTrouble>> {
        let sql = "SELECT list_name, uuid, submission_id, why, met_at FROM entity_errors \
                   WHERE operation_id = $1 AND list_name = $2 ORDER BY id DESC LIMIT $3";
        let rows = sql::all(&mut *self.read().await?, sql, vals![&list.operation, &list.name, limit]).await?;
        rows.iter()
            .map(|row| {
                Ok(EntityTrouble {
                    list: row.text(0)?,
                    entity: row.text(1)?,
                    submission: row.parsed(2)?,
                    why: row.json(3)?,
                    at: row.instant(4)?,
                })
            })
            .collect()
    }
}

/// Which of the entities at these places somebody may have.
async fn had(conn: &mut AnyConnection, list: &EntityList, access: &Access, places: &[i64]) -> Result<HashSet<i64>> {
    let filter = EntityFilter { access: access.clone(), ..EntityFilter::default() };
    let mut had = HashSet::new();
    for places in places.chunks(250) {
        let mut asked = Asked::new(list, &filter);
        let wanted: Vec<String> = places.iter().map(|seq| asked.place(*seq)).collect();
        asked.conditions.push_str(&format!(" AND e.seq IN ({})", wanted.join(",")));
        let (sql, vals) = asked.page("e.seq", None, 250, 0);
        for row in sql::all(conn, sql, vals).await? {
            had.insert(row.int(0)?);
        }
    }
    Ok(had)
}

async fn read_entities(
    conn: &mut AnyConnection,
    asked: Asked,
    before: Option<i64>,
    limit: u32,
    offset: u64,
) -> Result<Vec<StoredEntity>> {
    let page = "e.list, e.seq, e.uuid, e.version, e.created_at, e.created_by, e.updated_at, e.deleted_at, e.conflict";
    let (page, vals) = asked.page(page, before, limit, offset);
    // The page is found before its versions are read, so that what an offset passes over is not.
    let sql = format!(
        "SELECT e.seq, e.uuid, e.created_at, e.created_by, e.updated_at, e.deleted_at, e.conflict, {VERSION} \
         FROM ({page}) e JOIN entity_versions v ON v.list = e.list AND v.uuid = e.uuid AND v.version = e.version \
         {OF_VERSION} ORDER BY e.seq DESC"
    );
    let rows = sql::all(conn, sql, vals).await?;
    rows.iter()
        .map(|row| {
            Ok(StoredEntity {
                seq: row.int(0)?,
                id: row.parsed(1)?,
                created_at: row.instant(2)?,
                created_by: row.text(3)?,
                updated_at: row.maybe_instant(4)?,
                deleted_at: row.maybe_instant(5)?,
                conflict: maybe_word(row, 6)?,
                version: read_version(row, 7)?,
            })
        })
        .collect()
}

/// The places of entities whose label is meant, newest first. The newest are looked at first: where many are meant,
/// that fills the page, and where few are, the index of words is short.
async fn find(
    conn: &mut AnyConnection,
    list: &EntityList,
    filter: &EntityFilter,
    terms: &Terms,
    before: Option<i64>,
    wanted: usize,
) -> Result<Vec<i64>> {
    let meant = |rows: &[AnyRow]| -> Result<Vec<i64>> {
        let mut found = Vec::new();
        for row in rows {
            if terms.meet(&row.text(1)?) {
                found.push(row.int(0)?);
            }
        }
        Ok(found)
    };
    let (sql, vals) = Asked::new(list, filter).page("e.seq, e.label", before, LOOKED_AT, 0);
    let rows = sql::all(conn, sql, vals).await?;
    let found = meant(&rows)?;
    // Words of deleted entities are not kept.
    if found.len() >= wanted || rows.len() < LOOKED_AT as usize || filter.deleted {
        return Ok(found);
    }
    let Some((from, to)) = rarest(conn, list, terms).await? else { return Ok(found) };
    let (mut found, mut before) = (Vec::new(), before);
    for _ in 0..LOOKS {
        let mut asked = Asked::new(list, filter);
        let (from, to) = (asked.place(from), asked.place(to));
        let words = format!("SELECT DISTINCT seq FROM entity_words WHERE list = $1 AND word BETWEEN {from} AND {to}");
        asked.from.push_str(&format!(" JOIN ({words}) w ON w.seq = e.seq"));
        let (sql, vals) = asked.page("e.seq, e.label", before, LOOKED_AT, 0);
        let rows = sql::all(conn, sql, vals).await?;
        found.extend(meant(&rows)?);
        before = rows.last().map(|row| row.int(0)).transpose()?;
        if found.len() >= wanted || rows.len() < LOOKED_AT as usize {
            break;
        }
    }
    Ok(found)
}

/// The numbers between which the term lies that the fewest words begin with.
async fn rarest(conn: &mut AnyConnection, list: &EntityList, terms: &Terms) -> Result<Option<(i64, i64)>> {
    let mut rarest: Option<((i64, i64), i64)> = None;
    for (from, to) in terms.ranges() {
        let sql =
            "SELECT count(*) FROM (SELECT seq FROM entity_words WHERE list = $1 AND word BETWEEN $2 AND $3 LIMIT $4) w";
        let most = rarest.map_or(20 * i64::from(LOOKED_AT), |(_, n)| n);
        let row = sql::one(conn, sql, vals![list.number, from, to, most]).await?;
        let n = row.map_or(Ok(0), |row| row.int(0))?;
        if rarest.is_none_or(|(_, least)| n < least) {
            rarest = Some(((from, to), n));
        }
    }
    Ok(rarest.map(|(range, _)| range))
}
