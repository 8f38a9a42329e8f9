//! Shapes as well-known binary (OGC 06-103r4, little-endian): what GeoParquet and databases hold.

use crate::dataset::Shape;
use geo::{LineString, MultiPolygon, Polygon};

/// Least and greatest longitude and latitude: west, south, east, north.
pub(super) type Bounds = [f64; 4];

const LITTLE_ENDIAN: u8 = 1;
const POINT: u32 = 1;
const POLYGON: u32 = 3;
const MULTI_POLYGON: u32 = 6;

/// Writes a shape; outlines are always multi-polygons, so that a column holds one type.
pub(super) fn write(shape: &Shape<'_>) -> Vec<u8> {
    let mut bytes = Vec::new();
    match shape {
        Shape::Point(point) => {
            head(&mut bytes, POINT);
            pair(&mut bytes, point.lon, point.lat);
        }
        Shape::Area(outline) => {
            head(&mut bytes, MULTI_POLYGON);
            count(&mut bytes, outline.0.len());
            outline.0.iter().for_each(|part| polygon(&mut bytes, part));
        }
    }
    bytes
}

/// The bounds of a shape, put around those so far.
pub(super) fn widen(bounds: &mut Option<Bounds>, shape: &Shape<'_>) {
    match shape {
        Shape::Point(point) => reach(bounds, point.lon, point.lat),
        Shape::Area(outline) => corners(outline).for_each(|(x, y)| reach(bounds, x, y)),
    }
}

fn corners(outline: &MultiPolygon<f64>) -> impl Iterator<Item = (f64, f64)> {
    outline.0.iter().flat_map(|part| part.exterior().coords()).map(|corner| (corner.x, corner.y))
}

fn reach(bounds: &mut Option<Bounds>, x: f64, y: f64) {
    let [west, south, east, north] = bounds.get_or_insert([x, y, x, y]);
    (*west, *south, *east, *north) = (west.min(x), south.min(y), east.max(x), north.max(y));
}

fn polygon(bytes: &mut Vec<u8>, polygon: &Polygon<f64>) {
    head(bytes, POLYGON);
    count(bytes, 1 + polygon.interiors().len());
    ring(bytes, polygon.exterior());
    polygon.interiors().iter().for_each(|hole| ring(bytes, hole));
}

fn ring(bytes: &mut Vec<u8>, ring: &LineString<f64>) {
    count(bytes, ring.0.len());
    ring.0.iter().for_each(|corner| pair(bytes, corner.x, corner.y));
}

fn head(bytes: &mut Vec<u8>, kind: u32) {
    bytes.push(LITTLE_ENDIAN);
    bytes.extend(kind.to_le_bytes());
}

fn count(bytes: &mut Vec<u8>, n: usize) {
    bytes.extend(u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes());
}

fn pair(bytes: &mut Vec<u8>, x: f64, y: f64) {
    bytes.extend(x.to_le_bytes());
    bytes.extend(y.to_le_bytes());
}
