//! Reads GeoJSON (RFC 7946): a feature collection, one feature, or a bare polygon.

use super::problem::PlaceFileError;
use super::raw::{MAX_POINTS, RawArea, Rings};
use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::fmt;

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    features: Vec<Feature>,
    #[serde(default)]
    properties: Option<Map<String, Value>>,
    #[serde(default)]
    geometry: Option<Geometry>,
    #[serde(default)]
    coordinates: Option<Nest>,
}

#[derive(Deserialize)]
struct Feature {
    #[serde(default)]
    properties: Option<Map<String, Value>>,
    #[serde(default)]
    geometry: Option<Geometry>,
}

#[derive(Deserialize)]
struct Geometry {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    coordinates: Option<Nest>,
    #[serde(default)]
    geometries: Vec<Geometry>,
}

/// Coordinates of any geometry in little memory, nested as deep as they come.
pub(super) enum Nest {
    Number(f64),
    Position([f64; 2]),
    List(Vec<Nest>),
}

impl<'de> Deserialize<'de> for Nest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NestVisitor)
    }
}

struct NestVisitor;

impl<'de> Visitor<'de> for NestVisitor {
    type Value = Nest;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("coordinates")
    }

    fn visit_f64<E>(self, number: f64) -> Result<Nest, E> {
        Ok(Nest::Number(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Nest, E> {
        Ok(Nest::Number(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Nest, E> {
        Ok(Nest::Number(number as f64))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Nest, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        // Height and measure are left out.
        Ok(match list[..] {
            [Nest::Number(lon), Nest::Number(lat), ..] => Nest::Position([lon, lat]),
            _ => Nest::List(list),
        })
    }
}

/// Reads the features. The reader of JSON bounds the depth.
pub(super) fn read(bytes: &[u8], name: &str) -> Result<Vec<RawArea>, PlaceFileError> {
    let malformed = |detail: String| PlaceFileError::Malformed { name: name.to_owned(), format: "GeoJSON", detail };
    let document: Document = serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
    let features = match document.kind.as_str() {
        "FeatureCollection" => document.features,
        "Feature" => vec![Feature { properties: document.properties, geometry: document.geometry }],
        "Polygon" | "MultiPolygon" => {
            let geometry = Geometry { kind: document.kind, coordinates: document.coordinates, geometries: Vec::new() };
            vec![Feature { properties: None, geometry: Some(geometry) }]
        }
        other => return Err(malformed(format!("type `{}`", other.chars().take(40).collect::<String>()))),
    };
    let mut points = 0;
    let mut rows = Vec::new();
    for (at, feature) in features.into_iter().enumerate() {
        let mut polygons = Vec::new();
        if let Some(geometry) = feature.geometry {
            collect(geometry, &mut polygons);
        }
        points += polygons.iter().flatten().map(Vec::len).sum::<usize>();
        if points > MAX_POINTS {
            return Err(PlaceFileError::TooLarge { name: name.to_owned(), what: format!("over {MAX_POINTS} points") });
        }
        rows.push(RawArea {
            row: at + 1,
            properties: texts(feature.properties.unwrap_or_default()),
            shape: (!polygons.is_empty()).then_some(polygons),
        });
    }
    Ok(rows)
}

fn collect(geometry: Geometry, polygons: &mut Vec<Rings>) {
    let mut waiting = vec![geometry];
    while let Some(geometry) = waiting.pop() {
        let coordinates = geometry.coordinates.unwrap_or(Nest::List(Vec::new()));
        match (geometry.kind.as_str(), coordinates) {
            ("Polygon", polygon) => polygons.push(rings(polygon)),
            ("MultiPolygon", Nest::List(list)) => polygons.extend(list.into_iter().map(rings)),
            ("GeometryCollection", _) => waiting.extend(geometry.geometries),
            _ => {}
        }
    }
}

/// What is nested otherwise than a polygon becomes positions that no outline accepts.
fn rings(polygon: Nest) -> Rings {
    let position = |nest: Nest| match nest {
        Nest::Position(position) => position,
        _ => [f64::NAN, f64::NAN],
    };
    let ring = |nest: Nest| match nest {
        Nest::List(positions) => positions.into_iter().map(position).collect(),
        _ => vec![[f64::NAN, f64::NAN]],
    };
    match polygon {
        Nest::List(rings) => rings.into_iter().map(ring).collect(),
        _ => vec![vec![[f64::NAN, f64::NAN]]],
    }
}

/// Properties as text; nothing stands for null and for what is itself a structure.
pub(super) fn texts(properties: Map<String, Value>) -> Vec<(String, String)> {
    let text = |value: Value| match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    };
    properties.into_iter().map(|(name, value)| (name, text(value).unwrap_or_default())).collect()
}
