//! Outlines: walks around the cells of each area and returns polygons that tile exactly.
//!
//! Each side between two cells gives one point and each meeting of three third-level areas another, whichever area is
//! walked around; so neighbours share their points, and an area has exactly the points of its children's outer sides.

use crate::land::{COLUMNS, Land, ROWS, SEA, corner};
use crate::noise::{lattice, mix};
use geo::{Coord, LineString, MultiPolygon, Polygon};

/// Middle of the country.
const ORIGIN: (f64, f64) = (-30.15, 19.80);
const KM_PER_DEGREE_LAT: f64 = 110.69;
/// At 19.8° north.
const KM_PER_DEGREE_LON: f64 = 104.80;

/// Degrees of a point on the lattice plane, rounded to about a metre.
pub(crate) fn degrees((x, y): (f64, f64)) -> Coord<f64> {
    let round = |degrees: f64| (degrees * 1e5).round() / 1e5;
    Coord { x: round(ORIGIN.0 + x / KM_PER_DEGREE_LON), y: round(ORIGIN.1 + y / KM_PER_DEGREE_LAT) }
}

/// One outline per label of this level, by label - 1.
pub(crate) fn outlines(land: &Land, seed: u64, level: usize) -> Vec<MultiPolygon<f64>> {
    let labels = &land.labels[level];
    let finest = &land.labels[3];
    let n_labels = labels.iter().copied().max().unwrap_or(0) as usize;
    let mut rings: Vec<Vec<Vec<Coord<f64>>>> = vec![Vec::new(); n_labels];
    let mut walked = vec![[false; 4]; labels.len()];
    for start in 0..labels.len() {
        if labels[start] == SEA {
            continue;
        }
        for side in 0..4 {
            if !walked[start][side] && across(labels, start, side) != labels[start] {
                let ring = walk(labels, finest, seed, (start, side), &mut walked);
                rings[labels[start] as usize - 1].push(ring);
            }
        }
    }
    rings.into_iter().map(assemble).collect()
}

/// Steps from a cell: bottom, right, top, left.
const STEPS: [(i64, i64); 4] = [(0, -1), (1, 0), (0, 1), (-1, 0)];

fn label_at(labels: &[u16], column: i64, row: i64) -> u16 {
    if column < 0 || row < 0 || column >= COLUMNS as i64 || row >= ROWS as i64 {
        return SEA;
    }
    labels[row as usize * COLUMNS + column as usize]
}

/// The label on the other side of a cell's side.
fn across(labels: &[u16], cell: usize, side: usize) -> u16 {
    let (column, row) = ((cell % COLUMNS) as i64, (cell / COLUMNS) as i64);
    label_at(labels, column + STEPS[side].0, row + STEPS[side].1)
}

/// Walks counter-clockwise with the area on the left until the walk is back at its start.
fn walk(labels: &[u16], finest: &[u16], seed: u64, start: (usize, usize), walked: &mut [[bool; 4]]) -> Vec<Coord<f64>> {
    let label = labels[start.0];
    let mut ring = Vec::new();
    let (mut cell, mut side) = start;
    loop {
        walked[cell][side] = true;
        let (column, row) = ((cell % COLUMNS) as i64, (cell / COLUMNS) as i64);
        ring.push(degrees(point_on_side(seed, column as usize, row as usize, side)));
        // The corner at the end of the side, and the four cells around it.
        let end = match side {
            0 => (column + 1, row),
            1 => (column + 1, row + 1),
            2 => (column, row + 1),
            _ => (column, row),
        };
        if is_junction(finest, end) {
            ring.push(degrees(corner(seed, end.0 as usize, end.1 as usize)));
        }
        let ahead = STEPS[(side + 1) % 4];
        let left = (column + ahead.0, row + ahead.1);
        let right = (left.0 + STEPS[side].0, left.1 + STEPS[side].1);
        if label_at(labels, left.0, left.1) != label {
            side = (side + 1) % 4;
        } else if label_at(labels, right.0, right.1) != label {
            cell = left.1 as usize * COLUMNS + left.0 as usize;
        } else {
            cell = right.1 as usize * COLUMNS + right.0 as usize;
            side = (side + 3) % 4;
        }
        if (cell, side) == start {
            return ring;
        }
    }
}

/// Whether three or more third-level areas (or two and the sea) meet in this corner.
fn is_junction(finest: &[u16], (column, row): (i64, i64)) -> bool {
    let around = [(-1, -1), (0, -1), (0, 0), (-1, 0)].map(|(c, r)| label_at(finest, column + c, row + r));
    (0..4).filter(|at| around[*at] != around[(at + 1) % 4]).count() > 2
}

/// The point of the outline on one side of a cell, the same seen from either cell.
fn point_on_side(seed: u64, column: usize, row: usize, side: usize) -> (f64, f64) {
    // Each side is named by the cell it is the bottom (0) or left (1) of.
    let (c, r, upright) = match side {
        0 => (column, row, false),
        1 => (column + 1, row, true),
        2 => (column, row + 1, false),
        _ => (column, row, true),
    };
    let along = 0.3 + 0.4 * lattice(seed ^ mix(20 + upright as u64), c as i64, r as i64);
    let from = corner(seed, c, r);
    let to = if upright { corner(seed, c, r + 1) } else { corner(seed, c + 1, r) };
    (from.0 + (to.0 - from.0) * along, from.1 + (to.1 - from.1) * along)
}

/// Twice the signed area of a ring.
fn twice_area(ring: &[Coord<f64>]) -> f64 {
    let mut sum = 0.0;
    for (at, here) in ring.iter().enumerate() {
        let next = ring[(at + 1) % ring.len()];
        sum += here.x * next.y - next.x * here.y;
    }
    sum
}

/// Whether a ring holds a point (even-odd rule).
pub(crate) fn holds(ring: &[Coord<f64>], at: Coord<f64>) -> bool {
    let mut inside = false;
    for (index, a) in ring.iter().enumerate() {
        let b = ring[(index + 1) % ring.len()];
        if (a.y > at.y) != (b.y > at.y) && at.x < (b.x - a.x) * (at.y - a.y) / (b.y - a.y) + a.x {
            inside = !inside;
        }
    }
    inside
}

/// Puts rings together: those that run counter-clockwise are outer, the others lie in one of them.
fn assemble(rings: Vec<Vec<Coord<f64>>>) -> MultiPolygon<f64> {
    let (mut outer, inner): (Vec<_>, Vec<_>) = rings.into_iter().partition(|ring| twice_area(ring) > 0.0);
    outer.sort_by(|a, b| twice_area(b).total_cmp(&twice_area(a)));
    let mut holes: Vec<Vec<LineString<f64>>> = vec![Vec::new(); outer.len()];
    for hole in inner {
        let owner = outer.iter().rposition(|ring| holds(ring, hole[0])).unwrap_or(0);
        holes[owner].push(closed(hole));
    }
    MultiPolygon(outer.into_iter().zip(holes).map(|(ring, holes)| Polygon::new(closed(ring), holes)).collect())
}

fn closed(mut ring: Vec<Coord<f64>>) -> LineString<f64> {
    if let Some(first) = ring.first().copied() {
        ring.push(first);
    }
    LineString(ring)
}
