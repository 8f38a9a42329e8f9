//! Vector tiles of released layers.
//!
//! In: the rows of layers, as their releases show them. Out: tiles of at most [`LARGEST`] bytes, compressed. Outlines are
//! thinned with their neighbours' for each zoom. A tile that would be larger is generalised by rule until it fits:
//! outlines get coarser, specks go, and of places that stand close together the one with the largest first figure stays.
//! An area does not vanish by being small as long as the tile has room: it stays as a speck. Nothing is in a tile that
//! is not in the rows: a number that is hidden or was not collected has no tag, and its `…_state` says why.

use super::layers::LayerId;
use super::mvt::{self, EXTENT, Geometry, LayerWriter, Tag};
use super::world::{MAX_ZOOM, Reach, TileAt, in_world, on_grid, twice_signed_area};
use crate::borders::{Borders, P, ring_on_grid, twice_area};
use crate::dataset::{Column, Dataset, Datum, Role, Shape};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value as Json, json};
use std::collections::HashMap;
use std::io::Write;
use std::sync::OnceLock;

/// The most that a compressed tile takes.
pub const LARGEST: usize = 60_000;
/// How far outlines are thinned, in grid steps; a tile drawn at 512 px has 8 of these to a pixel.
const TOLERANCE: f64 = 5.0;
/// After so many coarser attempts hardly anything is left.
const ATTEMPTS: u32 = 8;

/// The layers of an operation, ready to be cut into tiles.
pub struct Tiles {
    layers: Vec<Layer>,
    bounds: Option<[f64; 4]>,
}

struct Layer {
    id: LayerId,
    name: String,
    keys: Vec<String>,
    fields: Map<String, Json>,
    values: Vec<Vec<u8>>,
    areas: Vec<Area>,
    points: Vec<Spot>,
    /// The outlines of each zoom, thinned when it is first asked for.
    thinned: [OnceLock<Vec<Outline>>; MAX_ZOOM as usize + 1],
}

/// An area: its tags, and the rings of its polygons in the square of the world.
struct Area {
    tags: Vec<(u32, u32)>,
    polygons: Vec<Vec<Vec<(f64, f64)>>>,
}

struct Spot {
    tags: Vec<(u32, u32)>,
    at: (f64, f64),
    /// Where it lies on the curve that keeps what is near together.
    along: u64,
    figure: i64,
}

/// The polygons of an area on the grid of one zoom.
struct Outline {
    polygons: Vec<Vec<Vec<P>>>,
    reach: Option<Reach>,
}

impl Tiles {
    /// Reads the rows of these layers once.
    pub fn of(layers: &[(LayerId, Dataset<'_>)]) -> Self {
        let mut bounds = None;
        let layers = layers.iter().map(|(id, dataset)| Layer::of(*id, dataset, &mut bounds)).collect();
        Self { layers, bounds }
    }

    /// The layers, in the order in which they are drawn.
    pub fn ids(&self) -> impl Iterator<Item = LayerId> + '_ {
        self.layers.iter().map(|layer| layer.id)
    }

    /// What TileJSON says of the tiles: layers with their fields, zooms, bounds.
    pub fn described(&self, only: Option<LayerId>) -> Map<String, Json> {
        let layers = self.layers.iter().filter(|layer| only.is_none_or(|only| only == layer.id));
        let layers: Vec<Json> = layers
            .map(|layer| {
                json!({ "id": layer.name, "description": layer.id.title().get(dtm_model::Lang::En), "minzoom": 0,
                    "maxzoom": MAX_ZOOM, "fields": layer.fields })
            })
            .collect();
        let mut described = Map::new();
        described.insert("minzoom".to_owned(), json!(0));
        described.insert("maxzoom".to_owned(), json!(MAX_ZOOM));
        if let Some(bounds) = self.bounds {
            described.insert("bounds".to_owned(), json!(bounds));
            let middle = [(bounds[0] + bounds[2]) / 2.0, (bounds[1] + bounds[3]) / 2.0];
            described.insert("center".to_owned(), json!([middle[0], middle[1], 6]));
        }
        described.insert("vector_layers".to_owned(), json!(layers));
        described
    }

    /// One tile with one layer or all of them, compressed with gzip; empty where nothing lies there.
    pub fn tile(&self, only: Option<LayerId>, at: TileAt) -> Vec<u8> {
        for attempt in 0..=ATTEMPTS {
            let mut tile = Vec::new();
            for layer in self.layers.iter().filter(|layer| only.is_none_or(|only| only == layer.id)) {
                layer.cut(at, attempt, &mut tile);
            }
            if tile.is_empty() {
                return tile;
            }
            let compressed = compressed(&tile);
            if compressed.len() <= LARGEST {
                return compressed;
            }
        }
        Vec::new()
    }
}

fn compressed(tile: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(tile.len() / 2), Compression::default());
    // Writing to memory does not fail.
    encoder.write_all(tile).and_then(|()| encoder.finish()).unwrap_or_default()
}

/// Columns that tiles carry: what tells rows apart, names, figures and how they stand.
fn is_carried(column: &Column) -> bool {
    match column.role {
        Role::Mark => column.name.ends_with("_state") || column.name == "position_coarsened",
        _ => !["operation", "longitude", "latitude"].contains(&column.name.as_str()),
    }
}

impl Layer {
    fn of(id: LayerId, dataset: &Dataset<'_>, bounds: &mut Option<[f64; 4]>) -> Self {
        let columns: Vec<(usize, &Column)> =
            dataset.columns().iter().enumerate().filter(|(_, column)| is_carried(column)).collect();
        let first_figure = dataset.columns().iter().position(|column| column.role == Role::Measure);
        let fields = columns.iter().map(|(_, column)| {
            let kind = match column.kind {
                crate::dataset::Kind::Integer | crate::dataset::Kind::Decimal => "Number",
                crate::dataset::Kind::Flag => "Boolean",
                _ => "String",
            };
            (column.name.clone(), json!(kind))
        });
        let mut layer = Self {
            id,
            name: id.name(),
            keys: columns.iter().map(|(_, column)| column.name.clone()).collect(),
            fields: fields.collect(),
            values: Vec::new(),
            areas: Vec::new(),
            points: Vec::new(),
            thinned: std::array::from_fn(|_| OnceLock::new()),
        };
        let mut known: HashMap<Vec<u8>, u32> = HashMap::new();
        for row in dataset.rows() {
            let Some(shape) = row.shape else { continue };
            let mut tags = Vec::with_capacity(columns.len());
            for (key, (at, column)) in columns.iter().enumerate() {
                let Some(written) = tag(&row.cells[*at], column) else { continue };
                let next = layer.values.len() as u32;
                let value = *known.entry(written).or_insert_with_key(|written| {
                    layer.values.push(written.clone());
                    next
                });
                tags.push((key as u32, value));
            }
            match shape {
                Shape::Area(outline) => {
                    let polygons = in_the_world(outline, bounds);
                    layer.areas.push(Area { tags, polygons });
                }
                Shape::Point(point) => {
                    let Some(at) = in_world(point.lon, point.lat) else { continue };
                    reach_to(bounds, point.lon, point.lat);
                    let figure = match first_figure.map(|at| &row.cells[at]) {
                        Some(Datum::Integer(figure)) => *figure,
                        _ => -1,
                    };
                    layer.points.push(Spot { tags, at, along: along(on_grid(at, MAX_ZOOM)), figure });
                }
            }
        }
        layer.points.sort_by_key(|spot| spot.along);
        layer
    }

    /// Writes what of this layer lies in a tile, coarser with every attempt.
    fn cut(&self, at: TileAt, attempt: u32, tile: &mut Vec<u8>) {
        let mut writer = LayerWriter::new(&self.name, &self.keys, &self.values);
        let (reach, corner) = (at.reach(), at.corner());
        let coarser;
        let outlines = match attempt {
            0 => self.thinned[usize::from(at.zoom)].get_or_init(|| self.thin(at.zoom, TOLERANCE)),
            _ => {
                coarser = self.thin(at.zoom, TOLERANCE * 2_f64.powi(attempt as i32));
                &coarser
            }
        };
        // Specks go from the second attempt on: below 2, 8, 32, … steps squared, and so on fourfold.
        let least = if attempt > 1 { 2_i64 << (2 * attempt).min(60) } else { 0 };
        for (area, outline) in self.areas.iter().zip(outlines) {
            if !outline.reach.is_some_and(|around| around.meets(&reach)) {
                continue;
            }
            let polygons: Vec<Vec<Vec<P>>> =
                outline.polygons.iter().filter_map(|polygon| clipped(polygon, &reach, corner, least)).collect();
            if !polygons.is_empty() {
                writer.feature(&area.tags, &Geometry::Polygons(polygons));
            }
        }
        for spot in self.spots(at, attempt) {
            let (x, y) = on_grid(spot.at, at.zoom);
            writer.feature(&spot.tags, &Geometry::Point((x - corner.0, y - corner.1)));
        }
        writer.finish(tile);
    }

    /// The outlines on the grid of this zoom.
    fn thin(&self, zoom: u8, tolerance: f64) -> Vec<Outline> {
        let on_the_grid = |ring: &Vec<(f64, f64)>| ring_on_grid(ring.iter().map(|at| on_grid(*at, zoom)));
        let all: Vec<Vec<Vec<Vec<P>>>> = self
            .areas
            .iter()
            .map(|area| area.polygons.iter().map(|rings| rings.iter().map(on_the_grid).collect()).collect())
            .collect();
        let rings = all.iter().flatten().flatten().filter(|ring| !ring.is_empty()).map(Vec::as_slice);
        let mut borders = Borders::of(rings, if zoom == MAX_ZOOM { 1.0 } else { tolerance });
        let mut thin = |ring: &Vec<P>| if ring.is_empty() { Vec::new() } else { borders.thin(ring, |_| ()) };
        let outlines = all.iter().map(|area| {
            let polygons = area.iter().map(|rings| rings.iter().map(&mut thin).collect::<Vec<_>>());
            let mut polygons: Vec<Vec<Vec<P>>> = polygons
                .filter(|rings| rings.first().is_some_and(|outer| outer.len() >= 3 && twice_area(outer) > 0))
                .collect();
            if polygons.is_empty()
                && let Some((x, y)) = area.iter().flatten().flatten().next()
            {
                // Too small for this zoom: it stays as a speck.
                polygons.push(vec![vec![(*x, *y), (x + 2, *y), (x + 2, y + 2), (*x, y + 2)]]);
            }
            let reach = Reach::around(polygons.iter().flatten().flatten());
            Outline { polygons, reach }
        });
        outlines.collect()
    }

    /// The points in a tile and its margin; of those that stand close together the largest, from the first attempt on.
    fn spots(&self, at: TileAt, attempt: u32) -> Vec<&Spot> {
        let reach = at.reach();
        let side = 1_i64 << at.zoom;
        let mut found: Vec<&Spot> = Vec::new();
        for (dx, dy) in [(0, 0), (-1, -1), (0, -1), (1, -1), (-1, 0), (1, 0), (-1, 1), (0, 1), (1, 1)] {
            let (x, y) = (i64::from(at.x) + dx, i64::from(at.y) + dy);
            if !(0..side).contains(&x) || !(0..side).contains(&y) {
                continue;
            }
            let all = self.in_square(at.zoom, x as u32, y as u32);
            found.extend(all.iter().filter(|spot| reach.holds(on_grid(spot.at, at.zoom))));
        }
        if attempt == 0 {
            return found;
        }
        let cell = 16_i32 << attempt;
        let mut largest: HashMap<P, &Spot> = HashMap::new();
        for spot in found {
            let (x, y) = on_grid(spot.at, at.zoom);
            let kept = largest.entry((x / cell, y / cell)).or_insert(spot);
            if spot.figure > kept.figure {
                *kept = spot;
            }
        }
        let mut kept: Vec<&Spot> = largest.into_values().collect();
        kept.sort_by_key(|spot| (spot.along, spot.figure));
        kept
    }

    /// The points of a square of this zoom: they follow each other on the curve.
    fn in_square(&self, zoom: u8, x: u32, y: u32) -> &[Spot] {
        // Bits of the curve below the square: two for each zoom and each step within a tile.
        let below = 2 * (u32::from(MAX_ZOOM - zoom) + EXTENT.trailing_zeros());
        let first = interleaved(x, y) << below;
        let from = self.points.partition_point(|spot| spot.along < first);
        let to = self.points.partition_point(|spot| spot.along >> below <= first >> below);
        &self.points[from..to]
    }
}

/// A polygon cut to a tile, in the tile's own steps; none where nothing of it is left.
fn clipped(polygon: &[Vec<P>], reach: &Reach, corner: P, least: i64) -> Option<Vec<Vec<P>>> {
    let mut rings = polygon.iter().enumerate().filter_map(|(at, ring)| {
        let mut cut = reach.clip(ring);
        let area = twice_signed_area(&cut);
        if area == 0 || area.abs() < least {
            return None;
        }
        // Outer rings run clockwise as seen, holes against the clock.
        if (area > 0) != (at == 0) {
            cut.reverse();
        }
        for point in &mut cut {
            *point = (point.0 - corner.0, point.1 - corner.1);
        }
        Some((at, cut))
    });
    let (0, outer) = rings.next()? else { return None };
    Some(std::iter::once(outer).chain(rings.map(|(_, ring)| ring)).collect())
}

/// The rings of an outline in the square of the world.
fn in_the_world(outline: &geo::MultiPolygon<f64>, bounds: &mut Option<[f64; 4]>) -> Vec<Vec<Vec<(f64, f64)>>> {
    let mut ring = |line: &geo::LineString<f64>| {
        let points = line.0.iter().filter_map(|point| {
            let at = in_world(point.x, point.y)?;
            reach_to(bounds, point.x, point.y);
            Some(at)
        });
        points.collect::<Vec<_>>()
    };
    let mut polygon = |polygon: &geo::Polygon<f64>| {
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(&mut ring).collect::<Vec<_>>()
    };
    outline.iter().map(&mut polygon).collect()
}

/// What the rows of a dataset cover: west, south, east, north in degrees.
pub fn bounds(dataset: &Dataset<'_>) -> Option<[f64; 4]> {
    let mut bounds = None;
    for row in dataset.rows() {
        match row.shape {
            Some(Shape::Point(at)) => reach_to(&mut bounds, at.lon, at.lat),
            Some(Shape::Area(outline)) => {
                let points = outline.iter().flat_map(|polygon| polygon.exterior());
                points.for_each(|point| reach_to(&mut bounds, point.x, point.y));
            }
            None => {}
        }
    }
    bounds
}

fn reach_to(bounds: &mut Option<[f64; 4]>, lon: f64, lat: f64) {
    let [west, south, east, north] = bounds.unwrap_or([lon, lat, lon, lat]);
    *bounds = Some([west.min(lon), south.min(lat), east.max(lon), north.max(lat)]);
}

/// A cell as the value of a tag; none where it is absent.
fn tag(cell: &Datum<'_>, column: &Column) -> Option<Vec<u8>> {
    let written = match cell {
        Datum::Nothing => return None,
        Datum::Integer(number) => Tag::Integer(*number),
        Datum::Decimal(number) => Tag::Decimal(*number),
        Datum::Flag(yes) => Tag::Flag(*yes),
        Datum::Text(_) | Datum::Choice(_) | Datum::Date(_) => return Some(mvt::value(Tag::Text(&cell.plain(column)))),
    };
    Some(mvt::value(written))
}

/// Where a step of the finest grid lies on Morton's curve; the last row and column belong to the tile before.
fn along((x, y): P) -> u64 {
    let last = (EXTENT << MAX_ZOOM) - 1;
    interleaved(x.clamp(0, last) as u32, y.clamp(0, last) as u32)
}

fn interleaved(x: u32, y: u32) -> u64 {
    let spread = |number: u32| {
        let mut bits = u64::from(number);
        for (shift, mask) in [
            (16, 0x0000_ffff_0000_ffff),
            (8, 0x00ff_00ff_00ff_00ff),
            (4, 0x0f0f_0f0f_0f0f_0f0f),
            (2, 0x3333_3333_3333_3333),
            (1, 0x5555_5555_5555_5555_u64),
        ] {
            bits = (bits | bits << shift) & mask;
        }
        bits
    };
    spread(x) | spread(y) << 1
}
