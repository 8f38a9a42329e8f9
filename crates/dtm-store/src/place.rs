//! Areas with their outlines, and the places of an operation.

use crate::sql::{self, Columns, json as to_json, vals};
use crate::{Result, Stamp, Store, StoreError};
use dtm_model::{Area, Atlas, Boundary, OperationId, Pcode, Place, Ssid};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// A GeoJSON geometry, as far as outlines need it.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type")]
enum Outline {
    MultiPolygon { coordinates: Vec<Rings> },
}

type Rings = Vec<Vec<[f64; 2]>>;

fn to_geojson(shape: &geo::MultiPolygon<f64>) -> Result<String> {
    let finite = |line: &geo::LineString<f64>| line.coords().all(|c| c.x.is_finite() && c.y.is_finite());
    // JSON has no word for numbers that are none; such an outline could not be read back.
    if !shape.0.iter().all(|polygon| finite(polygon.exterior()) && polygon.interiors().iter().all(finite)) {
        return Err(StoreError::Conflict { what: "boundary_coordinates" });
    }
    let ring = |line: &geo::LineString<f64>| -> Vec<[f64; 2]> { line.coords().map(|c| [c.x, c.y]).collect() };
    let rings = |polygon: &geo::Polygon<f64>| -> Rings {
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect()
    };
    to_json(&Outline::MultiPolygon { coordinates: shape.0.iter().map(rings).collect() })
}

fn from_geojson(text: &str) -> Result<geo::MultiPolygon<f64>> {
    let damaged = |error: serde_json::Error| StoreError::corrupt(format!("outline of an area ({error})"));
    let Outline::MultiPolygon { coordinates } = serde_json::from_str(text).map_err(damaged)?;
    let polygon = |rings: Rings| {
        let mut rings = rings.into_iter().map(geo::LineString::from);
        let exterior = rings.next().unwrap_or_else(|| geo::LineString::new(Vec::new()));
        geo::Polygon::new(exterior, rings.collect())
    };
    Ok(geo::MultiPolygon(coordinates.into_iter().map(polygon).collect()))
}

fn read_place(row: &AnyRow) -> Result<Place> {
    row.json(0)
}

impl Store {
    /// Adds or replaces areas of a country and outlines of some of them.
    pub async fn put_areas(
        &self,
        admin0: &Pcode,
        areas: &[Area],
        boundaries: &[Boundary],
        stamp: &Stamp,
    ) -> Result<()> {
        let mut area_rows = Vec::with_capacity(areas.len());
        for area in Atlas::new(areas.iter().cloned(), []).areas() {
            area_rows.push(vals![admin0, &area.pcode, i64::from(area.level), to_json(area)?]);
        }
        // One statement must not meet the same area twice: the last outline counts.
        let last: BTreeMap<_, _> = boundaries.iter().map(|one| (&one.pcode, &one.shape)).collect();
        let mut boundary_rows = Vec::with_capacity(last.len());
        for (pcode, shape) in last {
            boundary_rows.push(vals![admin0, pcode, to_geojson(shape)?]);
        }
        let mut write = self.write(stamp).await?;
        let head = "INSERT INTO areas (admin0, pcode, level, body)";
        let tail = "ON CONFLICT (admin0, pcode) DO UPDATE SET level = excluded.level, body = excluded.body";
        sql::insert(write.conn(), head, tail, area_rows).await?;
        let head = "INSERT INTO boundaries (admin0, pcode, geojson)";
        let tail = "ON CONFLICT (admin0, pcode) DO UPDATE SET geojson = excluded.geojson";
        sql::insert(write.conn(), head, tail, boundary_rows).await?;
        write.note("areas.put", admin0, json!({ "areas": areas.len(), "boundaries": boundaries.len() }));
        write.commit().await?;
        if areas.is_empty() { Ok(()) } else { self.place_entities(admin0, stamp).await }
    }

    /// A number that grows whenever areas, outlines or spellings of a country change; 0 where there are none.
    pub async fn atlas_edition(&self, admin0: &Pcode) -> Result<i64> {
        let sql = "SELECT max(seq) FROM audit WHERE subject = $1 AND action IN ('areas.put', 'areas.aliases_put')";
        let row = sql::one(&mut *self.read().await?, sql, vals![admin0]).await?;
        Ok(row.map(|row| row.maybe_int(0)).transpose()?.flatten().unwrap_or(0))
    }

    /// The areas of a country with their outlines.
    pub async fn atlas(&self, admin0: &Pcode) -> Result<Atlas> {
        let mut conn = self.read().await?;
        let sql = "SELECT body FROM areas WHERE admin0 = $1";
        let areas = sql::all(&mut conn, sql, vals![admin0]).await?;
        let areas: Vec<Area> = areas.iter().map(|row| row.json(0)).collect::<Result<_>>()?;
        let sql = "SELECT pcode, geojson FROM boundaries WHERE admin0 = $1";
        let rows = sql::all(&mut conn, sql, vals![admin0]).await?;
        let mut boundaries = Vec::with_capacity(rows.len());
        for row in &rows {
            boundaries.push(Boundary { pcode: Pcode(row.text(0)?), shape: from_geojson(&row.text(1)?)? });
        }
        Ok(Atlas::new(areas, boundaries))
    }

    /// Adds other spellings to areas: the area, the source of the spelling (such as `dtm-api`), the spelling.
    pub async fn put_aliases(&self, admin0: &Pcode, aliases: &[(Pcode, String, String)], stamp: &Stamp) -> Result<()> {
        let mut write = self.write(stamp).await?;
        for (pcode, key, spelling) in aliases {
            let sql = "SELECT body FROM areas WHERE admin0 = $1 AND pcode = $2";
            let row = sql::one(write.conn(), sql, vals![admin0, pcode]).await?;
            let mut area: Area = row.ok_or_else(|| StoreError::not_found("area", pcode))?.json(0)?;
            area.aliases.insert(key.clone(), spelling.clone());
            let sql = "UPDATE areas SET body = $1 WHERE admin0 = $2 AND pcode = $3";
            write.run(sql, vals![to_json(&area)?, admin0, pcode]).await?;
        }
        write.note("areas.aliases_put", admin0, json!({ "aliases": aliases.len() }));
        write.commit().await
    }

    /// The places of an operation, by identifier.
    pub async fn places(&self, operation: &OperationId) -> Result<Vec<Place>> {
        let sql = "SELECT body FROM places WHERE operation_id = $1";
        let rows = sql::all(&mut *self.read().await?, sql, vals![operation]).await?;
        sql::sorted(&rows, read_place, |place| &place.ssid)
    }

    /// The place of an operation with this identifier.
    pub async fn place(&self, operation: &OperationId, ssid: &Ssid) -> Result<Option<Place>> {
        let sql = "SELECT body FROM places WHERE operation_id = $1 AND ssid = $2";
        let row = sql::one(&mut *self.read().await?, sql, vals![operation, ssid]).await?;
        row.as_ref().map(read_place).transpose()
    }
}
