//! What was done to the places of an operation: every state of each, who made it so and why; and how to take it back.

use crate::open::Write;
use crate::sql::{self, Columns, Val, json as to_json, list, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{Instant, OperationId, Place, Ssid};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// How many places one statement names at most.
const AT_ONCE: usize = 256;
/// How many places an audit entry names.
const NAMED: usize = 20;

/// A state of a place.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaceVersion {
    /// Counts from one.
    pub version: i64,
    /// The place as it was from then on; none where it was taken back.
    pub place: Option<Place>,
    /// Why; empty where nobody said.
    pub reason: String,
    /// Who changed it, as the audit log names them; empty for places of before states were kept.
    pub by: String,
    /// When; the same for all that was changed together.
    pub at: Instant,
}

/// What became of places that were given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PlacesChanged {
    /// Places that nobody knew.
    pub n_new: usize,
    /// Places that are otherwise now.
    pub n_changed: usize,
}

/// Writes places as they stand and the states that they have with it.
async fn insert(write: &mut Write, places: Vec<Vec<Val>>, versions: Vec<Vec<Val>>) -> Result<()> {
    let head = "INSERT INTO places (operation_id, ssid, area, body)";
    let tail = "ON CONFLICT (operation_id, ssid) DO UPDATE SET area = excluded.area, body = excluded.body";
    sql::insert(write.conn(), head, tail, places).await?;
    let head = "INSERT INTO place_versions (operation_id, ssid, version, body, reason, changed_by, changed_at)";
    sql::insert(write.conn(), head, "", versions).await?;
    Ok(())
}

impl Store {
    /// Adds or replaces places that came by themselves: found by a round, made with a demo.
    pub async fn put_places(&self, operation: &OperationId, places: &[Place], stamp: &Stamp) -> Result<()> {
        self.write_places("places.put", operation, places, "", stamp).await.map(drop)
    }

    /// Adds or replaces places because somebody said so, and why. Those that are as given stay without a new state.
    /// Open rounds of the operation are derived anew from it.
    pub async fn change_places(
        &self,
        operation: &OperationId,
        places: &[Place],
        reason: &str,
        stamp: &Stamp,
    ) -> Result<PlacesChanged> {
        self.write_places("places.changed", operation, places, reason, stamp).await
    }

    async fn write_places(
        &self,
        action: &'static str,
        operation: &OperationId,
        places: &[Place],
        reason: &str,
        stamp: &Stamp,
    ) -> Result<PlacesChanged> {
        let last: BTreeMap<&Ssid, &Place> = places.iter().map(|place| (&place.ssid, place)).collect();
        let nowhere = |place: &Place| place.position.is_some_and(|at| !(at.lon.is_finite() && at.lat.is_finite()));
        if last.values().any(|place| nowhere(place)) {
            return Err(StoreError::Conflict { what: "place_position" });
        }
        let mut write = self.write(stamp).await?;
        let mut changed = PlacesChanged::default();
        let (mut rows, mut versions, mut named) = (Vec::new(), Vec::new(), Vec::new());
        let ssids: Vec<&Ssid> = last.keys().copied().collect();
        for ssids in ssids.chunks(AT_ONCE) {
            let mut known: BTreeMap<String, Place> = BTreeMap::new();
            let sql =
                format!("SELECT ssid, body FROM places WHERE operation_id = $1 AND ssid IN ({})", list(2, ssids.len()));
            let asked = || std::iter::once(operation.into()).chain(ssids.iter().map(|ssid| (*ssid).into())).collect();
            for row in sql::all(write.conn(), sql, asked()).await? {
                known.insert(row.text(0)?, row.json(1)?);
            }
            let sql = format!(
                "SELECT ssid, max(version) FROM place_versions WHERE operation_id = $1 AND ssid IN ({}) GROUP BY ssid",
                list(2, ssids.len())
            );
            let mut newest: BTreeMap<String, i64> = BTreeMap::new();
            for row in sql::all(write.conn(), sql, asked()).await? {
                newest.insert(row.text(0)?, row.int(1)?);
            }
            for ssid in ssids {
                let place = last[ssid];
                match known.get(ssid.as_str()) {
                    Some(known) if known == place => continue,
                    Some(_) => changed.n_changed += 1,
                    None => changed.n_new += 1,
                }
                let (body, version) = (to_json(place)?, newest.get(ssid.as_str()).copied().unwrap_or(0) + 1);
                rows.push(vals![operation, *ssid, &place.area, &body]);
                versions.push(vals![operation, *ssid, version, body, reason, &stamp.by, stamp.at]);
                if named.len() < NAMED {
                    named.push((*ssid).clone());
                }
            }
        }
        if rows.is_empty() {
            return Ok(changed);
        }
        insert(&mut write, rows, versions).await?;
        let PlacesChanged { n_new, n_changed } = changed;
        write.note(action, operation, json!({ "new": n_new, "changed": n_changed, "ssids": named, "reason": reason }));
        write.commit().await?;
        Ok(changed)
    }

    /// Takes back what this person did to places at that moment: each gets the state it had before, and one that was new
    /// is known no more. A place that was changed since stays as it is. Returns how many were taken back.
    pub async fn undo_places(
        &self,
        operation: &OperationId,
        at: Instant,
        reason: &str,
        stamp: &Stamp,
    ) -> Result<usize> {
        let mut write = self.write(stamp).await?;
        let sql = "SELECT v.ssid, v.version, b.body FROM place_versions v LEFT JOIN place_versions b \
                   ON b.operation_id = v.operation_id AND b.ssid = v.ssid AND b.version = v.version - 1 \
                   WHERE v.operation_id = $1 AND v.changed_at = $2 AND v.changed_by = $3 AND NOT EXISTS \
                   (SELECT 1 FROM place_versions n WHERE n.operation_id = v.operation_id AND n.ssid = v.ssid \
                   AND n.version > v.version) ORDER BY v.ssid";
        let found = sql::all(write.conn(), sql, vals![operation, at, &stamp.by]).await?;
        let (mut rows, mut versions) = (Vec::new(), Vec::new());
        for row in &found {
            let (ssid, version) = (row.text(0)?, row.int(1)?);
            let body = row.maybe_text(2)?.unwrap_or_default();
            if body.is_empty() {
                let sql = "DELETE FROM places WHERE operation_id = $1 AND ssid = $2";
                write.run(sql, vals![operation, &ssid]).await?;
            } else {
                let place: Place = row.json(2)?;
                rows.push(vals![operation, &ssid, &place.area, &body]);
            }
            versions.push(vals![operation, &ssid, version + 1, body, reason, &stamp.by, stamp.at]);
        }
        let n = versions.len();
        if n == 0 {
            return Ok(0);
        }
        insert(&mut write, rows, versions).await?;
        write.note("places.changed", operation, json!({ "undone": n, "of": at.as_millis(), "reason": reason }));
        write.commit().await?;
        Ok(n)
    }

    /// A mark that changes whenever places of an operation do: how many states there are, and when the newest came.
    pub async fn places_mark(&self, operation: &OperationId) -> Result<(i64, i64)> {
        let sql = "SELECT count(*), coalesce(max(changed_at), 0) FROM place_versions WHERE operation_id = $1";
        let row = sql::one(&mut *self.read().await?, sql, vals![operation]).await?;
        row.map_or(Ok((0, 0)), |row| Ok((row.int(0)?, row.int(1)?)))
    }

    /// The states a place had, newest first, at most `limit`.
    pub async fn place_history(&self, operation: &OperationId, ssid: &Ssid, limit: u32) -> Result<Vec<PlaceVersion>> {
        let sql = "SELECT version, body, reason, changed_by, changed_at FROM place_versions \
                   WHERE operation_id = $1 AND ssid = $2 ORDER BY version DESC LIMIT $3";
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation, ssid, limit]).await?;
        rows.iter()
            .map(|row| {
                Ok(PlaceVersion {
                    version: row.int(0)?,
                    place: if row.text(1)?.is_empty() { None } else { Some(row.json(1)?) },
                    reason: row.text(2)?,
                    by: row.text(3)?,
                    at: Instant::from_millis(row.int(4)?),
                })
            })
            .collect()
    }

    /// Says that two places are two, however alike, or takes that back.
    pub async fn set_distinct(
        &self,
        operation: &OperationId,
        (one, other): (&Ssid, &Ssid),
        are_two: bool,
        stamp: &Stamp,
    ) -> Result<()> {
        let (one, other) = (one.min(other), one.max(other));
        let mut write = self.write(stamp).await?;
        if are_two {
            let sql = "INSERT INTO distinct_places (operation_id, ssid, other, decided_by, decided_at) \
                       VALUES ($1,$2,$3,$4,$5) ON CONFLICT (operation_id, ssid, other) DO NOTHING";
            write.run(sql, vals![operation, one, other, &stamp.by, stamp.at]).await?;
        } else {
            let sql = "DELETE FROM distinct_places WHERE operation_id = $1 AND ssid = $2 AND other = $3";
            write.run(sql, vals![operation, one, other]).await?;
        }
        write.note("places.distinct", operation, json!({ "places": [one, other], "two": are_two }));
        write.commit().await
    }

    /// The pairs of places that somebody said are two, the earlier id first.
    pub async fn distinct_places(&self, operation: &OperationId) -> Result<BTreeSet<(Ssid, Ssid)>> {
        let sql = "SELECT ssid, other FROM distinct_places WHERE operation_id = $1";
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        rows.iter().map(|row| Ok((Ssid(row.text(0)?), Ssid(row.text(1)?)))).collect()
    }
}
