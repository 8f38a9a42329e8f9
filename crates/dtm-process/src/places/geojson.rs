//! Reads GeoJSON (RFC 7946): a feature collection, one feature, or a bare polygon.

use super::gather::{MAX_POINTS, RawArea};
use super::problem::PlaceFileError;
use super::shapes::Rings;
use serde::Deserialize;
use serde_json::{Map, Value};

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    features: Vec<Feature>,
    #[serde(default)]
    properties: Option<Map<String, Value>>,
    #[serde(default)]
    geometry: Option<Geometry>,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    coordinates: Option<Value>,
}

#[derive(Deserialize)]
struct Feature {
    #[serde(default)]
    properties: Option<Map<String, Value>>,
    #[serde(default)]
    geometry: Option<Geometry>,
}

type Position = Vec<f64>;

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Geometry {
    Polygon {
        coordinates: Vec<Vec<Position>>,
    },
    MultiPolygon {
        coordinates: Vec<Vec<Vec<Position>>>,
    },
    GeometryCollection {
        geometries: Vec<Geometry>,
    },
    #[serde(other)]
    Other,
}

/// Reads the features. The reader of JSON bounds the depth.
pub(super) fn read(bytes: &[u8], name: &str) -> Result<Vec<RawArea>, PlaceFileError> {
    let malformed = |detail: String| PlaceFileError::Malformed { name: name.to_owned(), format: "GeoJSON", detail };
    let document: Document = serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
    let features = match document.kind.as_str() {
        "FeatureCollection" => document.features,
        "Feature" => vec![Feature { properties: document.properties, geometry: document.geometry }],
        "Polygon" | "MultiPolygon" => {
            let mut bare = Map::new();
            bare.insert("type".into(), document.kind.into());
            bare.insert("coordinates".into(), document.coordinates.unwrap_or_default());
            let geometry = serde_json::from_value(bare.into()).map_err(|error| malformed(error.to_string()))?;
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
        match geometry {
            Geometry::Polygon { coordinates } => polygons.push(rings(coordinates)),
            Geometry::MultiPolygon { coordinates } => polygons.extend(coordinates.into_iter().map(rings)),
            Geometry::GeometryCollection { geometries } => waiting.extend(geometries),
            Geometry::Other => {}
        }
    }
}

fn rings(rings: Vec<Vec<Position>>) -> Rings {
    // A position without two numbers becomes one that no outline accepts.
    let pair = |position: Position| match position[..] {
        [lon, lat, ..] => [lon, lat],
        _ => [f64::NAN, f64::NAN],
    };
    rings.into_iter().map(|ring| ring.into_iter().map(pair).collect()).collect()
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
