//! GeoJSON (RFC 7946), written one feature at a time.
//!
//! A number that is shown is a number, one that is hidden or was not collected is null; `…_state` tells which. What has
//! no position that may be shown has none here either: its geometry is null. Outer rings run against the clock.

use super::json::Object;
use super::{About, Out, WriteError};
use crate::dataset::{Column, Dataset, Role, Row, Shape};
use dtm_model::Lang;
use serde_json::json;
use std::io::Write;

/// Writes the dataset as a collection of features.
pub(super) fn write(dataset: &Dataset<'_>, about: &About, out: &mut dyn Out) -> Result<u64, WriteError> {
    let mut out = std::io::BufWriter::with_capacity(1 << 16, out);
    let mut head = json!({
        "type": "FeatureCollection", "title": about.title(dataset), "language": about.lang().code(),
        "filter": about.filter(dataset), "how_to_sum": dataset.how_to_sum().get(about.lang()),
        "address": about.address(), "this_copy": about.watermark(),
    });
    if let [release] = dataset.releases() {
        let heading = release.heading();
        head["operation"] = json!(heading.operation_name.get(Lang::En));
        head["country"] = json!(heading.country.get(Lang::En));
        head["round"] = json!(heading.round.as_str());
        head["reported_on"] = json!(heading.reported_on.to_string());
        head["version"] = json!(release.version());
    }
    let head = head.to_string();
    write!(out, "{},\"features\":[", head.strip_suffix('}').unwrap_or_default())?;
    let mut n = 0;
    for row in dataset.rows() {
        if n > 0 {
            out.write_all(b",")?;
        }
        feature(dataset.columns(), &row, &mut out)?;
        n += 1;
    }
    out.write_all(b"]}")?;
    out.flush()?;
    Ok(n)
}

/// Stands for a row for ever: its exercise, its round, and what tells it apart in that.
pub fn feature_id(columns: &[Column], row: &Row<'_>) -> String {
    let said_by_all = ["operation", "reported_on", "version"];
    let keys = columns
        .iter()
        .zip(&row.cells)
        .filter(|(column, _)| column.role == Role::Key && !said_by_all.contains(&column.name.as_str()));
    let parts: Vec<_> = keys.map(|(column, cell)| cell.plain(column)).collect();
    parts.join(":")
}

/// Writes a row as a feature.
///
/// # Errors
/// Where what it is written to fails.
pub fn feature(columns: &[Column], row: &Row<'_>, out: &mut impl Write) -> Result<(), std::io::Error> {
    write!(out, "{{\"type\":\"Feature\",\"id\":{},\"geometry\":", json!(feature_id(columns, row)))?;
    match row.shape {
        None => out.write_all(b"null")?,
        Some(Shape::Point(at)) => {
            write!(out, "{{\"type\":\"Point\",\"coordinates\":[{},{}]}}", at.lon, at.lat)?;
        }
        Some(Shape::Area(outline)) => self::outline(outline, out)?,
    }
    out.write_all(b",\"properties\":")?;
    serde_json::to_writer(&mut *out, &Object { cells: &row.cells, columns })?;
    out.write_all(b"}")
}

fn outline(shape: &geo::MultiPolygon<f64>, out: &mut impl Write) -> Result<(), std::io::Error> {
    let single = shape.0.len() == 1;
    let kind = if single { "Polygon" } else { "MultiPolygon" };
    write!(out, "{{\"type\":\"{kind}\",\"coordinates\":{}", if single { "" } else { "[" })?;
    for (at, polygon) in shape.iter().enumerate() {
        out.write_all(if at > 0 { b",[" } else { b"[" })?;
        for (at, ring) in rings(polygon).enumerate() {
            if at > 0 {
                out.write_all(b",")?;
            }
            let mut before = b'[';
            ring.points(at > 0, |x, y| {
                out.write_all(&[before])?;
                before = b',';
                write!(out, "[{},{}]", rounded(x), rounded(y))
            })?;
            out.write_all(if before == b'[' { b"[]" } else { b"]" })?;
        }
        out.write_all(b"]")?;
    }
    out.write_all(if single { b"}" } else { b"]}" })
}

/// To five decimals: about a metre.
fn rounded(degrees: f64) -> f64 {
    (degrees * 1e5).round() / 1e5 + 0.0
}

/// A ring of an outline, and which way it runs.
pub(super) struct Ring<'a> {
    line: &'a geo::LineString<f64>,
    clockwise: bool,
}

/// The outer ring of a polygon, then its holes.
pub(super) fn rings(polygon: &geo::Polygon<f64>) -> impl Iterator<Item = Ring<'_>> {
    let lines = std::iter::once(polygon.exterior()).chain(polygon.interiors());
    lines.map(|line| {
        let twice_area: f64 = line.lines().map(|side| side.start.x * side.end.y - side.end.x * side.start.y).sum();
        Ring { line, clockwise: twice_area < 0.0 }
    })
}

impl Ring<'_> {
    /// How many points it has, the first once more at its end.
    pub(super) fn len(&self) -> usize {
        self.line.0.len()
    }

    /// Passes the points in order, clockwise or against the clock.
    pub(super) fn points<E>(&self, clockwise: bool, mut take: impl FnMut(f64, f64) -> Result<(), E>) -> Result<(), E> {
        match self.clockwise == clockwise {
            true => self.line.coords().try_for_each(|point| take(point.x, point.y)),
            false => self.line.coords().rev().try_for_each(|point| take(point.x, point.y)),
        }
    }
}
