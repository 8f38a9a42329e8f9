//! Mapbox Vector Tiles, version 2.1, written by hand: a tile is few kinds of protobuf message.
//!
//! In: layers of features with tags and geometry in steps of the tile's own grid. Out: the bytes of a tile, without
//! compression. <https://github.com/mapbox/vector-tile-spec/tree/master/2.1>

use crate::borders::P;

/// Grid steps of a tile's side.
pub(crate) const EXTENT: i32 = 4096;

/// A value of a tag, as a tile holds it.
pub(crate) fn value(written: Tag<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    match written {
        Tag::Text(text) => bytes(&mut out, 1, text.as_bytes()),
        Tag::Decimal(number) => {
            varint(&mut out, key(3, 1));
            out.extend_from_slice(&number.to_le_bytes());
        }
        Tag::Integer(number) if number >= 0 => number_field(&mut out, 5, number as u64),
        Tag::Integer(number) => number_field(&mut out, 6, zigzag(number)),
        Tag::Flag(yes) => number_field(&mut out, 7, u64::from(yes)),
    }
    out
}

/// What a tag may say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Tag<'a> {
    Text(&'a str),
    Integer(i64),
    Decimal(f64),
    Flag(bool),
}

/// What a feature looks like, in steps of the tile's grid, y downwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Geometry {
    Point(P),
    /// Polygons: of each the outer ring, then its holes, without closing points.
    Polygons(Vec<Vec<Vec<P>>>),
}

/// One layer on its way into a tile. Keys and values are known to the caller by number; only those used are written.
pub(crate) struct LayerWriter<'a> {
    name: &'a str,
    keys: &'a [String],
    values: &'a [Vec<u8>],
    key_at: Vec<Option<u32>>,
    value_at: std::collections::HashMap<u32, u32>,
    written_keys: Vec<u8>,
    written_values: Vec<u8>,
    n_keys: u32,
    features: Vec<u8>,
}

impl<'a> LayerWriter<'a> {
    /// A layer without features.
    pub(crate) fn new(name: &'a str, keys: &'a [String], values: &'a [Vec<u8>]) -> Self {
        Self {
            name,
            keys,
            values,
            key_at: vec![None; keys.len()],
            value_at: std::collections::HashMap::new(),
            written_keys: Vec::new(),
            written_values: Vec::new(),
            n_keys: 0,
            features: Vec::new(),
        }
    }

    /// Adds a feature with these pairs of key and value.
    pub(crate) fn feature(&mut self, tags: &[(u32, u32)], geometry: &Geometry) {
        let mut numbers = Vec::new();
        for (key, value) in tags {
            varint(&mut numbers, u64::from(self.key(*key)));
            varint(&mut numbers, u64::from(self.value(*value)));
        }
        let mut feature = Vec::new();
        bytes(&mut feature, 2, &numbers);
        let (kind, commands) = commands(geometry);
        number_field(&mut feature, 3, kind);
        bytes(&mut feature, 4, &commands);
        bytes(&mut self.features, 2, &feature);
    }

    fn key(&mut self, at: u32) -> u32 {
        if let Some(known) = self.key_at[at as usize] {
            return known;
        }
        let new = self.n_keys;
        self.n_keys += 1;
        self.key_at[at as usize] = Some(new);
        bytes(&mut self.written_keys, 3, self.keys[at as usize].as_bytes());
        new
    }

    fn value(&mut self, at: u32) -> u32 {
        let next = self.value_at.len() as u32;
        let known = *self.value_at.entry(at).or_insert(next);
        if known == next {
            bytes(&mut self.written_values, 4, &self.values[at as usize]);
        }
        known
    }

    /// Writes the layer, if it has features.
    pub(crate) fn finish(self, tile: &mut Vec<u8>) {
        if self.features.is_empty() {
            return;
        }
        let mut layer = Vec::with_capacity(self.features.len() + self.written_values.len() + 64);
        number_field(&mut layer, 15, 2);
        bytes(&mut layer, 1, self.name.as_bytes());
        layer.extend(self.features);
        layer.extend(self.written_keys);
        layer.extend(self.written_values);
        number_field(&mut layer, 5, EXTENT as u64);
        bytes(tile, 3, &layer);
    }
}

const MOVE_TO: u64 = 1;
const LINE_TO: u64 = 2;
const CLOSE_PATH: u64 = 7;

/// The kind of a geometry and its drawing commands: relative, zigzag, as in section 4.3 of the specification.
fn commands(geometry: &Geometry) -> (u64, Vec<u8>) {
    let mut out = Vec::new();
    let mut pen = (0, 0);
    let mut go = |out: &mut Vec<u8>, to: P| {
        varint(out, zigzag(i64::from(to.0) - i64::from(pen.0)));
        varint(out, zigzag(i64::from(to.1) - i64::from(pen.1)));
        pen = to;
    };
    let command = |id: u64, count: usize| id | (count as u64) << 3;
    match geometry {
        Geometry::Point(at) => {
            varint(&mut out, command(MOVE_TO, 1));
            go(&mut out, *at);
            (1, out)
        }
        Geometry::Polygons(polygons) => {
            for ring in polygons.iter().flatten().filter(|ring| ring.len() >= 3) {
                varint(&mut out, command(MOVE_TO, 1));
                go(&mut out, ring[0]);
                varint(&mut out, command(LINE_TO, ring.len() - 1));
                ring[1..].iter().for_each(|point| go(&mut out, *point));
                varint(&mut out, command(CLOSE_PATH, 1));
            }
            (3, out)
        }
    }
}

fn key(field: u64, wire: u64) -> u64 {
    field << 3 | wire
}

fn number_field(out: &mut Vec<u8>, field: u64, number: u64) {
    varint(out, key(field, 0));
    varint(out, number);
}

fn bytes(out: &mut Vec<u8>, field: u64, content: &[u8]) {
    varint(out, key(field, 2));
    varint(out, content.len() as u64);
    out.extend_from_slice(content);
}

fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_polygon_of_the_specification_is_written_as_it_says() {
        // Section 4.3.5.5 of the specification: moveTo(3,6) lineTo(8,12) lineTo(20,34) closePath.
        let triangle = Geometry::Polygons(vec![vec![vec![(3, 6), (8, 12), (20, 34)]]]);
        assert_eq!(commands(&triangle), (3, vec![9, 6, 12, 18, 10, 12, 24, 44, 15]));
        // Section 4.3.5.1: moveTo(25,17).
        assert_eq!(commands(&Geometry::Point((25, 17))), (1, vec![9, 50, 34]));
    }

    #[test]
    fn keys_and_values_are_written_once_and_only_where_used() {
        let keys = ["round".to_owned(), "unused".to_owned(), "idp_ind".to_owned()];
        let values = [value(Tag::Text("5.1")), value(Tag::Integer(300)), value(Tag::Text("nobody says this"))];
        let mut layer = LayerWriter::new("places", &keys, &values);
        layer.feature(&[(0, 0), (2, 1)], &Geometry::Point((1, 2)));
        layer.feature(&[(0, 0)], &Geometry::Point((3, 4)));
        let mut tile = Vec::new();
        layer.finish(&mut tile);
        let count = |text: &str| tile.windows(text.len()).filter(|window| *window == text.as_bytes()).count();
        assert_eq!((count("round"), count("idp_ind"), count("unused")), (1, 1, 0));
        assert_eq!((count("5.1"), count("nobody")), (1, 0));
        assert_eq!(value(Tag::Integer(300)), [0x28, 0xac, 0x02]);
        assert_eq!(value(Tag::Integer(-1)), [0x30, 0x01]);
        assert_eq!(value(Tag::Flag(true)), [0x38, 0x01]);
    }

    #[test]
    fn a_layer_without_features_is_not_written() {
        let mut tile = Vec::new();
        LayerWriter::new("places", &[], &[]).finish(&mut tile);
        assert!(tile.is_empty());
    }
}
