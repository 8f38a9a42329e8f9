//! What was done to the areas of a country: every state of each, who made it so and why; and how to take it back.

use crate::open::Write;
use crate::place::to_geojson;
use crate::sql::{self, Columns, Val, json as to_json, list, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{Area, Boundary, Instant, Pcode};
use serde_json::json;
use std::collections::BTreeMap;

/// How many areas one statement names at most.
const AT_ONCE: usize = 256;
/// How many areas an audit entry names.
const NAMED: usize = 20;

/// A state of an area.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaVersion {
    /// Counts from one.
    pub version: i64,
    /// The area as it was from then on; none where it was taken back.
    pub area: Option<Area>,
    /// Whether it was drawn otherwise from then on.
    pub is_redrawn: bool,
    /// Why; empty where nobody said.
    pub reason: String,
    /// Who changed it, as the audit log names them; empty for areas of before states were kept.
    pub by: String,
    /// When; the same for all that was changed together.
    pub at: Instant,
}

/// What became of areas that were given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AreasChanged {
    /// Areas that nobody knew.
    pub n_new: usize,
    /// Areas that are otherwise now, or drawn otherwise.
    pub n_changed: usize,
}

/// What is to be written together: areas, outlines, and the states that areas have with it.
#[derive(Default)]
struct Rows {
    areas: Vec<Vec<Val>>,
    outlines: Vec<Vec<Val>>,
    versions: Vec<Vec<Val>>,
}

impl Rows {
    async fn write(self, write: &mut Write) -> Result<()> {
        let head = "INSERT INTO areas (admin0, pcode, level, body)";
        let tail = "ON CONFLICT (admin0, pcode) DO UPDATE SET level = excluded.level, body = excluded.body";
        sql::insert(write.conn(), head, tail, self.areas).await?;
        let head = "INSERT INTO boundaries (admin0, pcode, geojson)";
        let tail = "ON CONFLICT (admin0, pcode) DO UPDATE SET geojson = excluded.geojson";
        sql::insert(write.conn(), head, tail, self.outlines).await?;
        let head =
            "INSERT INTO area_versions (admin0, pcode, version, body, outline_before, reason, changed_by, changed_at)";
        sql::insert(write.conn(), head, "", self.versions).await?;
        Ok(())
    }
}

/// A column of the areas of these codes, as text.
async fn texts(write: &mut Write, sql: &str, admin0: &Pcode, codes: &[&Pcode]) -> Result<BTreeMap<String, String>> {
    let sql = format!("{sql} WHERE admin0 = $1 AND pcode IN ({})", list(2, codes.len()));
    let asked = std::iter::once(admin0.into()).chain(codes.iter().map(|pcode| (*pcode).into())).collect();
    let rows = sql::all(write.conn(), sql, asked).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

/// Writes those of these areas and outlines that are otherwise than known, each with a new state.
async fn write_areas(
    write: &mut Write,
    admin0: &Pcode,
    (areas, outlines): (&BTreeMap<&Pcode, &Area>, &BTreeMap<&Pcode, String>),
    reason: &str,
    stamp: &Stamp,
) -> Result<(AreasChanged, Vec<Pcode>)> {
    let (mut changed, mut rows, mut named) = (AreasChanged::default(), Rows::default(), Vec::new());
    let mut codes: Vec<&Pcode> = areas.keys().chain(outlines.keys()).copied().collect();
    codes.sort_unstable();
    codes.dedup();
    for codes in codes.chunks(AT_ONCE) {
        let known = texts(write, "SELECT pcode, body FROM areas", admin0, codes).await?;
        let drawn = texts(write, "SELECT pcode, geojson FROM boundaries", admin0, codes).await?;
        let sql = format!(
            "SELECT pcode, max(version) FROM area_versions WHERE admin0 = $1 AND pcode IN ({}) GROUP BY pcode",
            list(2, codes.len())
        );
        let asked = std::iter::once(admin0.into()).chain(codes.iter().map(|pcode| (*pcode).into())).collect();
        let newest = sql::all(write.conn(), sql, asked).await?;
        let newest: BTreeMap<String, i64> =
            newest.iter().map(|row| Ok((row.text(0)?, row.int(1)?))).collect::<Result<_>>()?;
        for pcode in codes {
            let (was, drawn) = (known.get(pcode.as_str()), drawn.get(pcode.as_str()));
            let outline = outlines.get(pcode).filter(|outline| Some(*outline) != drawn);
            if let Some(outline) = outline {
                rows.outlines.push(vals![admin0, *pcode, outline]);
            }
            let area = match areas.get(pcode) {
                Some(area) => Some((to_json(area)?, i64::from(area.level))),
                None => None,
            };
            let is_other = match (&area, was) {
                (Some((body, _)), Some(was)) => body != was,
                (Some(_), None) => true,
                (None, _) => false,
            };
            let Some(body) = area.as_ref().map(|(body, _)| body).or(was) else { continue };
            if !is_other && outline.is_none() {
                continue;
            }
            match was {
                None => changed.n_new += 1,
                Some(_) => changed.n_changed += 1,
            }
            let version = newest.get(pcode.as_str()).copied().unwrap_or(0) + 1;
            let before = outline.map(|_| drawn.cloned().unwrap_or_default());
            rows.versions.push(vals![admin0, *pcode, version, body, before, reason, &stamp.by, stamp.at]);
            if let Some((body, level)) = area {
                rows.areas.push(vals![admin0, *pcode, level, body]);
            }
            if named.len() < NAMED {
                named.push((*pcode).clone());
            }
        }
    }
    rows.write(write).await?;
    Ok((changed, named))
}

impl Store {
    /// Adds or replaces areas and outlines that came by themselves: with a demo, with rounds of before.
    pub async fn put_areas(
        &self,
        admin0: &Pcode,
        areas: &[Area],
        boundaries: &[Boundary],
        stamp: &Stamp,
    ) -> Result<()> {
        self.change_areas(admin0, areas, boundaries, "", stamp).await.map(drop)
    }

    /// Adds or replaces areas of a country and outlines of some of them because somebody said so, and why. Those that are as
    /// given stay without a new state.
    pub async fn change_areas(
        &self,
        admin0: &Pcode,
        areas: &[Area],
        boundaries: &[Boundary],
        reason: &str,
        stamp: &Stamp,
    ) -> Result<AreasChanged> {
        // Where the same area is given twice, the last one counts.
        let areas: BTreeMap<&Pcode, &Area> = areas.iter().map(|area| (&area.pcode, area)).collect();
        let mut outlines = BTreeMap::new();
        for boundary in boundaries {
            outlines.insert(&boundary.pcode, to_geojson(&boundary.shape)?);
        }
        let mut write = self.write(stamp).await?;
        let (changed, named) = write_areas(&mut write, admin0, (&areas, &outlines), reason, stamp).await?;
        let AreasChanged { n_new, n_changed } = changed;
        let detail = json!({
            "areas": areas.len(), "boundaries": outlines.len(), "new": n_new, "changed": n_changed, "pcodes": named,
            "reason": reason,
        });
        write.note("areas.put", admin0, detail);
        write.commit().await?;
        if !areas.is_empty() {
            self.place_entities(admin0, stamp).await?;
        }
        Ok(changed)
    }

    /// Adds other spellings to areas: the area, the source of the spelling (such as `dtm-api`), the spelling.
    pub async fn put_aliases(&self, admin0: &Pcode, aliases: &[(Pcode, String, String)], stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        let mut spelled: BTreeMap<&Pcode, Area> = BTreeMap::new();
        for (pcode, key, spelling) in aliases {
            if !spelled.contains_key(pcode) {
                let sql = "SELECT body FROM areas WHERE admin0 = $1 AND pcode = $2";
                let row = sql::one(write.conn(), sql, vals![admin0, pcode]).await?;
                spelled.insert(pcode, row.ok_or_else(|| StoreError::not_found("area", pcode))?.json(0)?);
            }
            if let Some(area) = spelled.get_mut(pcode) {
                area.aliases.insert(key.clone(), spelling.clone());
            }
        }
        let areas = spelled.iter().map(|(pcode, area)| (*pcode, area)).collect();
        write_areas(&mut write, admin0, (&areas, &BTreeMap::new()), "", stamp).await?;
        write.note("areas.aliases_put", admin0, json!({ "aliases": aliases.len() }));
        write.commit().await
    }

    /// Takes back what this person did to areas at that moment: each gets the state and the outline it had before, and one
    /// that was new is known no more. An area that was changed since, and a new one in which places lie by now, stay as
    /// they are. Returns how many were taken back.
    pub async fn undo_areas(&self, admin0: &Pcode, at: Instant, reason: &str, stamp: &Stamp) -> Result<usize> {
        let mut write = self.write(stamp).await?;
        let sql = "SELECT v.pcode, v.version, b.body, v.outline_before FROM area_versions v LEFT JOIN area_versions b \
                   ON b.admin0 = v.admin0 AND b.pcode = v.pcode AND b.version = v.version - 1 \
                   WHERE v.admin0 = $1 AND v.changed_at = $2 AND v.changed_by = $3 AND NOT EXISTS \
                   (SELECT 1 FROM area_versions n WHERE n.admin0 = v.admin0 AND n.pcode = v.pcode \
                   AND n.version > v.version) ORDER BY v.pcode";
        let found = sql::all(write.conn(), sql, vals![admin0, at, &stamp.by]).await?;
        let mut rows = Rows::default();
        for row in &found {
            let (pcode, version) = (row.text(0)?, row.int(1)?);
            let (body, outline) = (row.maybe_text(2)?.unwrap_or_default(), row.maybe_text(3)?);
            let code = Pcode(pcode.clone());
            if body.is_empty() {
                let sql = "SELECT 1 FROM places WHERE area = $1";
                if sql::one(write.conn(), sql, vals![&pcode]).await?.is_some() {
                    continue;
                }
                write.run("DELETE FROM areas WHERE admin0 = $1 AND pcode = $2", vals![admin0, &pcode]).await?;
            } else {
                let area: Area = row.json(2)?;
                rows.areas.push(vals![admin0, &pcode, i64::from(area.level), &body]);
            }
            let drawn = match outline {
                Some(before) => {
                    let drawn = texts(&mut write, "SELECT pcode, geojson FROM boundaries", admin0, &[&code]).await?;
                    if before.is_empty() {
                        let sql = "DELETE FROM boundaries WHERE admin0 = $1 AND pcode = $2";
                        write.run(sql, vals![admin0, &pcode]).await?;
                    } else {
                        rows.outlines.push(vals![admin0, &pcode, before]);
                    }
                    Some(drawn.into_values().next().unwrap_or_default())
                }
                None => None,
            };
            rows.versions.push(vals![admin0, &pcode, version + 1, body, drawn, reason, &stamp.by, stamp.at]);
        }
        let n = rows.versions.len();
        if n == 0 {
            return Ok(0);
        }
        rows.write(&mut write).await?;
        write.note("areas.put", admin0, json!({ "undone": n, "of": at.as_millis(), "reason": reason }));
        write.commit().await?;
        self.place_entities(admin0, stamp).await?;
        Ok(n)
    }

    /// The states an area had, newest first, at most `limit`.
    pub async fn area_history(&self, admin0: &Pcode, pcode: &Pcode, limit: u32) -> Result<Vec<AreaVersion>> {
        let sql = "SELECT version, body, CASE WHEN outline_before IS NULL THEN 0 ELSE 1 END, reason, changed_by, changed_at \
                   FROM area_versions WHERE admin0 = $1 AND pcode = $2 ORDER BY version DESC LIMIT $3";
        let rows = sql::all(&mut *self.read().await?, sql, vals![admin0, pcode, limit]).await?;
        rows.iter()
            .map(|row| {
                Ok(AreaVersion {
                    version: row.int(0)?,
                    area: if row.text(1)?.is_empty() { None } else { Some(row.json(1)?) },
                    is_redrawn: row.flag(2)?,
                    reason: row.text(3)?,
                    by: row.text(4)?,
                    at: Instant::from_millis(row.int(5)?),
                })
            })
            .collect()
    }
}
