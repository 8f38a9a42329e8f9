//! The lists beside a form: secondary instances written in the form or brought as files, and tables that are looked up.
//!
//! CSV gives an item a row, GeoJSON an item a feature (its position under `geometry`), XML stands as it is. A list whose
//! file is not there, or is too large, is known by name only: what depends on it is then left undecided.

use crate::xml::{MAX_ELEMENTS, Node, Tree};
use crate::xpath::{Builder, Document, MAX_FILE_BYTES, Names, csv_rows};
use serde_json::Value as Json;

/// Nodes that all lists of a form may have together.
const MAX_NODES: usize = 3_000_000;
/// Reads files into lists, up to a common size.
pub(super) struct Reader<'a> {
    pub(super) names: &'a mut Names,
    pub(super) n_nodes: usize,
}

impl Reader<'_> {
    /// The list in an element of the form.
    pub(super) fn inline(&mut self, tree: &Tree, root: &Node) -> Option<Document> {
        let mut builder = Builder::default();
        let mut queue = vec![(None, root)];
        while let Some((parent, node)) = queue.pop() {
            let at = self.add(&mut builder, parent, &node.name, &node.text)?;
            for (name, value) in &node.attributes {
                self.add(&mut builder, Some(at), &format!("@{}", local(name)), value)?;
            }
            queue.extend(node.children.iter().rev().map(|child| (Some(at), tree.node(*child))));
        }
        Some(builder.finish())
    }

    /// The list in a file, by the ending of its name.
    pub(super) fn file(&mut self, name: &str, bytes: &[u8]) -> Option<Document> {
        if bytes.len() > MAX_FILE_BYTES {
            return None;
        }
        match name.rsplit('.').next().unwrap_or("").to_ascii_lowercase().as_str() {
            "csv" => self.csv(bytes),
            "geojson" | "json" => self.geojson(bytes),
            _ => {
                let tree = Tree::read(bytes, MAX_ELEMENTS).ok()?;
                self.inline(&tree, tree.root())
            }
        }
    }

    fn csv(&mut self, bytes: &[u8]) -> Option<Document> {
        let (header, rows) = csv_rows(bytes)?;
        let mut builder = Builder::default();
        let root = self.add(&mut builder, None, "root", "")?;
        for row in rows {
            let item = self.add(&mut builder, Some(root), "item", "")?;
            for (column, cell) in header.iter().zip(row.iter().map(String::as_str).chain(std::iter::repeat(""))) {
                self.add(&mut builder, Some(item), column, cell)?;
            }
        }
        Some(builder.finish())
    }

    fn geojson(&mut self, bytes: &[u8]) -> Option<Document> {
        let json: Json = serde_json::from_slice(bytes).ok()?;
        let mut builder = Builder::default();
        let root = self.add(&mut builder, None, "root", "")?;
        for feature in json.get("features")?.as_array()? {
            let item = self.add(&mut builder, Some(root), "item", "")?;
            self.add(&mut builder, Some(item), "geometry", &feature.get("geometry").map(geometry).unwrap_or_default())?;
            if let Some(id) = feature.get("id") {
                self.add(&mut builder, Some(item), "id", &plain(id))?;
            }
            for (name, value) in feature.get("properties").and_then(Json::as_object).into_iter().flatten() {
                self.add(&mut builder, Some(item), name, &plain(value))?;
            }
        }
        Some(builder.finish())
    }

    fn add(&mut self, builder: &mut Builder, parent: Option<u32>, name: &str, text: &str) -> Option<u32> {
        self.n_nodes += 1;
        (self.n_nodes <= MAX_NODES).then(|| builder.add(parent, self.names.number(local(name)), text))
    }
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

fn plain(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        other => other.to_string(),
    }
}

/// A point, line or outline as phones write positions: latitude first.
fn geometry(geometry: &Json) -> String {
    let place = |position: &Json| {
        let (lon, lat) = (position.get(0)?.as_f64()?, position.get(1)?.as_f64()?);
        Some(format!("{lat} {lon} 0 0"))
    };
    let coordinates = geometry.get("coordinates");
    let line = match geometry.get("type").and_then(Json::as_str) {
        Some("Point") => return coordinates.and_then(place).unwrap_or_default(),
        Some("LineString") => coordinates,
        Some("Polygon") => coordinates.and_then(|rings| rings.get(0)),
        _ => None,
    };
    let places = line.and_then(Json::as_array).into_iter().flatten().filter_map(place);
    places.collect::<Vec<_>>().join("; ")
}
