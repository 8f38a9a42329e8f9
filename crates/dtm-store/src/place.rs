//! Areas with their outlines, and the places of an operation.

use crate::sql::{self, Columns, json as to_json, vals};
use crate::{Result, Store, StoreError};
use dtm_model::{Area, Atlas, Boundary, OperationId, Pcode, Place, Ssid};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

/// A GeoJSON geometry, as far as outlines need it.
#[derive(Serialize, Deserialize)]
#[serde(tag = "type")]
enum Outline {
    MultiPolygon { coordinates: Vec<Rings> },
}

type Rings = Vec<Vec<[f64; 2]>>;

pub(crate) fn to_geojson(shape: &geo::MultiPolygon<f64>) -> Result<String> {
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
