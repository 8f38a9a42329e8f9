//! GeoJSON (RFC 7946) of areas with their figures, and of places.
//!
//! A number that is shown is a number, one that is hidden or was not collected is null; `…_state` tells which. A place
//! stands where the release says, which may be coarser than where it is, or nowhere.

use super::names;
use dtm_model::{Atlas, Dim, Lang, Pcode, PlaceKind};
use dtm_protect::{Release, Value};
use geo::orient::{Direction, Orient};
use serde_json::{Map, Value as Json, json};

/// The areas of table `areas`, each with its outline and figures; none where the release has no such table.
pub fn areas(release: &Release, atlas: &Atlas) -> Option<Json> {
    let table = release.table("areas").filter(|table| table.dims == [Dim::Area])?;
    let features = table.rows.iter().map(|row| {
        let pcode = Pcode::from(row.key[0].as_str());
        let mut properties = Map::new();
        properties.insert("pcode".to_owned(), json!(pcode));
        for lang in Lang::ALL {
            let name = names::value(Dim::Area, pcode.as_str(), atlas, lang);
            properties.insert(format!("name_{}", lang.code()), json!(name));
        }
        let area = atlas.area(&pcode);
        properties.insert("level".to_owned(), json!(area.map(|area| area.level)));
        properties.insert("parent".to_owned(), json!(table.parents.get(pcode.as_str())));
        for (at, (measure, cell)) in table.measures.iter().zip(&row.cells).enumerate() {
            let (number, state) = match cell.value {
                Value::Number(number) => (Some(number), "shown"),
                Value::Nothing => (None, "nothing"),
                Value::Hidden(_) => (None, "hidden"),
            };
            properties.insert(measure.name.clone(), json!(number));
            properties.insert(format!("{}_state", measure.name), json!(state));
            properties.insert(format!("{}_carried", measure.name), json!(number.map(|_| cell.carried)));
            if table.has_ranges(at) {
                properties.insert(format!("{}_low", measure.name), json!(cell.range.map(|range| range.0)));
                properties.insert(format!("{}_high", measure.name), json!(cell.range.map(|range| range.1)));
            }
        }
        let geometry = atlas.boundary(&pcode).map_or(Json::Null, |boundary| outline(&boundary.shape));
        json!({ "type": "Feature", "id": pcode, "geometry": geometry, "properties": properties })
    });
    Some(collection(release, features.collect()))
}

/// The places of the release; those without a position have none here either.
pub fn places(release: &Release, atlas: &Atlas) -> Json {
    let table = release.table("places").filter(|table| table.dims == [Dim::Place]);
    let features = release.places().iter().map(|place| {
        let kind = match place.kind {
            PlaceKind::Site => "site",
            PlaceKind::HostCommunity => "host_community",
            PlaceKind::FlowPoint => "flow_point",
        };
        let mut properties = Map::new();
        properties.insert("ssid".to_owned(), json!(place.ssid));
        properties.insert("name".to_owned(), json!(place.name));
        properties.insert("kind".to_owned(), json!(kind));
        properties.insert("site_type".to_owned(), json!(place.site_type));
        properties.insert("area".to_owned(), json!(place.area));
        for lang in Lang::ALL {
            let name = names::value(Dim::Area, place.area.as_str(), atlas, lang);
            properties.insert(format!("area_name_{}", lang.code()), json!(name));
        }
        properties.insert("position_coarsened".to_owned(), json!(place.coarsened));
        if let Some(table) = table {
            for measure in &table.measures {
                let (number, state) = match table.value(&[place.ssid.as_str()], &measure.name) {
                    Value::Number(number) => (Some(number), "shown"),
                    Value::Nothing => (None, "nothing"),
                    Value::Hidden(_) => (None, "hidden"),
                };
                properties.insert(measure.name.clone(), json!(number));
                properties.insert(format!("{}_state", measure.name), json!(state));
            }
        }
        let geometry =
            place.position.map_or(Json::Null, |at| json!({ "type": "Point", "coordinates": [at.lon, at.lat] }));
        json!({ "type": "Feature", "id": place.ssid, "geometry": geometry, "properties": properties })
    });
    collection(release, features.collect())
}

fn collection(release: &Release, features: Vec<Json>) -> Json {
    let heading = release.heading();
    json!({
        "type": "FeatureCollection",
        "operation": heading.operation_name.get(Lang::En),
        "country": heading.country.get(Lang::En),
        "round": heading.round.as_str(),
        "reported_on": heading.reported_on.to_string(),
        "version": release.version(),
        "features": features,
    })
}

/// The outline with outer rings counter-clockwise, to five decimals: about a metre.
fn outline(shape: &geo::MultiPolygon<f64>) -> Json {
    let ring = |ring: &geo::LineString<f64>| -> Vec<[f64; 2]> {
        let rounded = |degrees: f64| (degrees * 1e5).round() / 1e5;
        ring.coords().map(|point| [rounded(point.x), rounded(point.y)]).collect()
    };
    let polygons: Vec<Vec<Vec<[f64; 2]>>> = shape
        .orient(Direction::Default)
        .iter()
        .map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect())
        .collect();
    match polygons.as_slice() {
        [one] => json!({ "type": "Polygon", "coordinates": one }),
        several => json!({ "type": "MultiPolygon", "coordinates": several }),
    }
}
