//! Submissions as GeoJSON features.
//!
//! Takes the questions about places that were asked for (one: the form's first outside of repeats) and submissions, and
//! returns features: one for each submission that answered, its id the instanceID. Several questions make a collection of
//! geometries, the turns of a repeat a geometry of many parts. What is no place on earth, no line or no closed area makes
//! no feature. Format: RFC 7946; the shape of it is ODK Central's.

use crate::instance::{Instance, Shape};
use crate::odata::GeoText;
use dtm_model::FieldKind;

/// The questions about places whose answers are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeoFields {
    nodes: Vec<usize>,
    /// Whether the features say which question they answer.
    single: bool,
}

fn is_place(kind: FieldKind) -> bool {
    matches!(kind, FieldKind::Geopoint | FieldKind::Geotrace | FieldKind::Geoshape)
}

impl GeoFields {
    /// Finds the questions: those of these paths (`/site/where`), all of them for `all`, else the first that is asked once
    /// a submission. A path that names no such question finds none.
    pub fn find(shape: &Shape, paths: &[String]) -> Option<GeoFields> {
        let places = || (0..shape.nodes().len()).filter(|at| is_place(shape.node(*at).kind));
        if paths.is_empty() {
            let nodes: Vec<usize> = places().find(|at| shape.node(*at).repeat.is_none()).into_iter().collect();
            return Some(GeoFields { nodes, single: true });
        }
        if paths.iter().any(|path| path == "all") {
            return Some(GeoFields { nodes: places().collect(), single: false });
        }
        let named = |path: &String| {
            let at = shape.at(path.trim_start_matches('/'))?;
            is_place(shape.node(at).kind).then_some(at)
        };
        let nodes = paths.iter().map(named).collect::<Option<Vec<_>>>()?;
        Some(GeoFields { single: nodes.len() == 1, nodes })
    }

    /// The feature of a submission, if it says anything about these places.
    pub fn feature(&self, shape: &Shape, instance: &Instance, instance_id: &str) -> Option<String> {
        let geometries: Vec<String> =
            self.nodes.iter().filter_map(|node| self.geometry(shape, instance, *node)).collect();
        let geometry = match geometries.len() {
            0 => return None,
            1 if self.single => geometries.into_iter().next()?,
            _ => format!("{{\"type\":\"GeometryCollection\",\"geometries\":[{}]}}", geometries.join(",")),
        };
        let properties = match self.nodes.first().filter(|_| self.single) {
            Some(node) => serde_json::json!({ "fieldpath": format!("/{}", shape.node(*node).path) }),
            None => serde_json::Value::Null,
        };
        let id = serde_json::Value::from(instance_id);
        Some(format!("{{\"type\":\"Feature\",\"id\":{id},\"geometry\":{geometry},\"properties\":{properties}}}"))
    }

    fn geometry(&self, shape: &Shape, instance: &Instance, node: usize) -> Option<String> {
        let kind = shape.node(node).kind;
        let items = (0..instance.items().len()).filter(|at| instance.items()[*at].node == node);
        let mut places =
            items.filter_map(|at| GeoText::read(kind, instance.text(at)).filter(GeoText::is_sound)).peekable();
        places.peek()?;
        if shape.node(node).repeat.is_none() {
            return places.next().map(|place| place.geometry());
        }
        let places: Vec<GeoText> = places.collect();
        let parts: Vec<String> = places.iter().map(GeoText::coordinates).collect();
        let name = places.first()?.geometry_type();
        Some(format!("{{\"type\":\"Multi{name}\",\"coordinates\":[{}]}}", parts.join(",")))
    }
}

/// The feature of an entity whose property `geometry` says where it is; its shape tells what it is.
pub fn entity_feature(id: &str, text: &str) -> Option<String> {
    let n_parts = text.split(';').filter(|part| !part.trim().is_empty()).count();
    let of = |kind| GeoText::read(kind, text).filter(GeoText::is_sound);
    let place = match n_parts {
        1 => of(FieldKind::Geopoint),
        _ => of(FieldKind::Geoshape).or_else(|| of(FieldKind::Geotrace)),
    }?;
    let id = serde_json::Value::from(id);
    Some(format!("{{\"type\":\"Feature\",\"id\":{id},\"properties\":null,\"geometry\":{}}}", place.geometry()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::instance::tests::schema;

    const FORM: &str = "a group\na/way geotrace\na/where geopoint\nr repeat\nr/where geopoint\nr/area geoshape\nname";
    const XML: &str = "<data><a><way>51 1 1 0; 52 2 2 0</way><where>50 0 0 0</where></a>
        <r><where>60 0</where><area>1 2;3 4;5 6;1 2</area></r><r><where>70 0</where><area>1 2;3 4</area></r></data>";

    fn check(paths: &[&str], expected: Option<&str>) {
        let shape = Shape::of(&schema(FORM));
        let mut instance = Instance::default();
        instance.read(XML, &shape).unwrap();
        let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
        let fields = GeoFields::find(&shape, &paths);
        assert_eq!(fields.and_then(|fields| fields.feature(&shape, &instance, "u")).as_deref(), expected);
    }

    #[test]
    fn the_first_place_of_the_form_is_shown_unless_others_are_asked_for() {
        check(
            &[],
            Some(
                r#"{"type":"Feature","id":"u","geometry":{"type":"LineString","coordinates":[[1,51,1],[2,52,2]]},"properties":{"fieldpath":"/a/way"}}"#,
            ),
        );
        check(
            &["/r/where"],
            Some(
                r#"{"type":"Feature","id":"u","geometry":{"type":"MultiPoint","coordinates":[[0,60],[0,70]]},"properties":{"fieldpath":"/r/where"}}"#,
            ),
        );
        check(
            &["all"],
            Some(
                r#"{"type":"Feature","id":"u","geometry":{"type":"GeometryCollection","geometries":[{"type":"LineString","coordinates":[[1,51,1],[2,52,2]]},{"type":"Point","coordinates":[0,50,0]},{"type":"MultiPoint","coordinates":[[0,60],[0,70]]},{"type":"MultiPolygon","coordinates":[[[[2,1],[4,3],[6,5],[2,1]]]]}]},"properties":null}"#,
            ),
        );
        check(&["/name"], None);
        check(&["/nowhere"], None);
    }

    #[test]
    fn the_shape_of_an_entity_tells_what_it_is() {
        for (text, expected) in [
            ("1 2 3 0", Some(r#"{"type":"Point","coordinates":[2,1,3]}"#)),
            ("1 2; 1 2 3", Some(r#"{"type":"LineString","coordinates":[[2,1],[2,1,3]]}"#)),
            ("1 2; 3 4; 5 6; 1 2", Some(r#"{"type":"Polygon","coordinates":[[[2,1],[4,3],[6,5],[2,1]]]}"#)),
            ("1 2 not-an-altitude", None),
            ("100 200", None),
        ] {
            let expected = expected
                .map(|geometry| format!(r#"{{"type":"Feature","id":"e","properties":null,"geometry":{geometry}}}"#));
            assert_eq!(entity_feature("e", text), expected, "{text}");
        }
    }
}
