//! Reads TopoJSON (Bostock and Metcalf's specification): shared borders are arcs, stored once.
//!
//! With a `transform`, positions are whole numbers counted from the position before; each is the running sum times the
//! scale plus the translation. A ring names its arcs in turn, `~i` meaning arc `i` backwards, and the first position
//! of an arc is the last of the one before it.

use super::geojson::{Nest, texts};
use super::problem::PlaceFileError;
use super::raw::{MAX_POINTS, RawArea, Rings};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Topology {
    objects: BTreeMap<String, Object>,
    arcs: Vec<Vec<Nest>>,
    #[serde(default)]
    transform: Option<Transform>,
}

#[derive(Deserialize)]
struct Transform {
    scale: [f64; 2],
    translate: [f64; 2],
}

#[derive(Deserialize)]
struct Object {
    #[serde(rename = "type", default)]
    kind: Option<String>,
    #[serde(default)]
    properties: Option<Map<String, Value>>,
    #[serde(default)]
    arcs: Option<Value>,
    #[serde(default)]
    geometries: Vec<Object>,
}

type Arc = Vec<[f64; 2]>;

/// Whether the document calls itself a topology, told from its beginning or by its arcs.
pub(super) fn is_topology(bytes: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Kind {
        #[serde(rename = "type")]
        kind: String,
    }
    let head = &bytes[..bytes.len().min(2000)];
    let named = String::from_utf8_lossy(head).replace(char::is_whitespace, "");
    if named.contains("\"type\":\"FeatureCollection\"") {
        return false;
    }
    named.contains("\"type\":\"Topology\"")
        || serde_json::from_slice::<Kind>(bytes).is_ok_and(|kind| kind.kind == "Topology")
}

/// Reads the geometries of the object that has most of them.
pub(super) fn read(bytes: &[u8], name: &str) -> Result<Vec<RawArea>, PlaceFileError> {
    let malformed = |detail: String| PlaceFileError::Malformed { name: name.to_owned(), format: "TopoJSON", detail };
    let topology: Topology = serde_json::from_slice(bytes).map_err(|error| malformed(error.to_string()))?;
    let arcs: Vec<Arc> = topology.arcs.iter().map(|arc| positions(arc, topology.transform.as_ref())).collect();
    let largest = topology.objects.into_values().max_by_key(|object| object.geometries.len());
    let Some(object) = largest else { return Err(malformed("no objects".to_owned())) };
    let geometries = if object.geometries.is_empty() { vec![object] } else { object.geometries };
    let mut points = 0;
    let mut rows = Vec::new();
    for (at, geometry) in geometries.into_iter().enumerate() {
        let shape = shape(&geometry, &arcs, &mut points).map_err(malformed)?;
        if points > MAX_POINTS {
            return Err(PlaceFileError::TooLarge { name: name.to_owned(), what: format!("over {MAX_POINTS} points") });
        }
        let properties = texts(geometry.properties.unwrap_or_default());
        rows.push(RawArea { row: at + 1, properties, shape });
    }
    Ok(rows)
}

fn positions(arc: &[Nest], transform: Option<&Transform>) -> Arc {
    let (mut x, mut y) = (0.0, 0.0);
    arc.iter()
        .map(|position| {
            let Nest::Position([a, b]) = *position else { return [f64::NAN, f64::NAN] };
            let Some(Transform { scale, translate }) = transform else { return [a, b] };
            (x, y) = (x + a, y + b);
            [x * scale[0] + translate[0], y * scale[1] + translate[1]]
        })
        .collect()
}

fn shape(geometry: &Object, arcs: &[Arc], points: &mut usize) -> Result<Option<Vec<Rings>>, String> {
    let polygons: Vec<Vec<Vec<i64>>> = match (geometry.kind.as_deref(), &geometry.arcs) {
        (Some("Polygon"), Some(value)) => vec![Deserialize::deserialize(value).map_err(|error| error.to_string())?],
        (Some("MultiPolygon"), Some(value)) => Deserialize::deserialize(value).map_err(|error| error.to_string())?,
        _ => return Ok(None),
    };
    let mut shape = Vec::new();
    for polygon in polygons {
        let mut rings = Rings::new();
        for indices in polygon {
            let ring = ring(&indices, arcs, *points)?;
            *points += ring.len();
            rings.push(ring);
        }
        shape.push(rings);
    }
    Ok(Some(shape))
}

/// Strings arcs together. Stops once there are more points than any file may have: few bytes can name an arc often.
fn ring(indices: &[i64], arcs: &[Arc], points: usize) -> Result<Vec<[f64; 2]>, String> {
    let mut ring: Vec<[f64; 2]> = Vec::new();
    for index in indices {
        let backwards = *index < 0;
        let at = if backwards { !*index } else { *index };
        let arc = usize::try_from(at).ok().and_then(|at| arcs.get(at)).ok_or_else(|| format!("no arc {index}"))?;
        let skip = usize::from(!ring.is_empty());
        if backwards {
            ring.extend(arc.iter().rev().skip(skip));
        } else {
            ring.extend(arc.iter().skip(skip));
        }
        if points + ring.len() > MAX_POINTS {
            return Err(format!("over {MAX_POINTS} points"));
        }
    }
    Ok(ring)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arcs_are_summed_scaled_and_read_backwards_where_the_index_says_so() {
        let text = r#"{"type":"Topology","transform":{"scale":[0.5,2],"translate":[10,20]},
            "arcs":[[[0,0],[2,0],[0,1]],[[0,0],[0,1],[2,0]]],
            "objects":{"geom":{"type":"GeometryCollection","geometries":[
                {"type":"Polygon","arcs":[[0,-2]],"properties":{"admin1Pcode":"XS01"}}]}}}"#;
        assert!(is_topology(text.as_bytes()));
        let rows = read(text.as_bytes(), "x.topojson").unwrap();
        let shape = rows[0].shape.as_ref().unwrap();
        assert_eq!(shape[0][0], [[10.0, 20.0], [11.0, 20.0], [11.0, 22.0], [10.0, 22.0], [10.0, 20.0]]);
    }

    #[test]
    fn an_arc_that_is_not_there_is_said() {
        let text = r#"{"type":"Topology","arcs":[],"objects":{"a":{"type":"Polygon","arcs":[[9]]}}}"#;
        let error = read(text.as_bytes(), "x.topojson").err().unwrap();
        assert_eq!(error.to_string(), "`x.topojson` is not readable as TopoJSON (no arc 9)");
    }
}
