//! Boundaries made small enough for a page.
//!
//! In: the outlines of areas in degrees. Out: rings of whole grid points, and the lines between areas. Outlines are
//! projected (equirectangular at the middle latitude: true to scale for one country), put on a grid, cut into arcs
//! where three areas meet, and every arc is thinned once by Douglas and Peucker's method, so that neighbours keep
//! sharing their border. Rings that vanish are dropped, but an area never does: it stays as a small square.

use dtm_model::Point;
use geo::{LineString, MultiPolygon};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A point of the grid.
pub(super) type P = (i32, i32);

/// One area to outline.
pub(super) struct Shape<'a> {
    pub(super) shape: &'a MultiPolygon<f64>,
    /// What the area belongs to: borders between groups are drawn stronger.
    pub(super) group: &'a str,
}

/// Outlines on the grid.
pub(super) struct Outlines {
    /// Height of the grid; its width is what was asked.
    pub(super) height: i32,
    /// Rings of each area, in the order given.
    pub(super) rings: Vec<Vec<Vec<P>>>,
    /// Borders between groups, and coasts.
    pub(super) borders: Vec<Vec<P>>,
    /// Kilometres in one grid step.
    pub(super) km_per_step: f64,
    projection: Projection,
}

impl Outlines {
    /// Where on the grid a position lies; perhaps outside of it.
    pub(super) fn point(&self, at: Point) -> P {
        self.projection.point(at.lon, at.lat)
    }

    /// The position at a point of the grid.
    pub(super) fn position(&self, x: f64, y: f64) -> Point {
        let Projection { west, north, x_scale, y_scale, left, .. } = self.projection;
        Point { lon: west + (x - left) / x_scale, lat: north - (y - 2.0) / y_scale }
    }
}

/// Puts the shapes on a grid this wide, or narrower so that it is no higher than `max_height`.
pub(super) fn outline(shapes: &[Shape<'_>], width: i32, max_height: i32, tolerance: f64) -> Option<Outlines> {
    let frame = Projection::fitting(shapes, f64::from(width), f64::from(max_height))?;
    let raw: Vec<Vec<Vec<P>>> = shapes.iter().map(|shape| rings_on_grid(shape.shape, &frame)).collect();
    let junctions = junctions(&raw);
    let mut thinned: HashMap<Vec<P>, Vec<P>> = HashMap::new();
    let mut users: BTreeMap<Vec<P>, BTreeSet<(&str, usize)>> = BTreeMap::new();
    let mut rings = Vec::with_capacity(raw.len());
    for (at, area) in raw.iter().enumerate() {
        let mut kept = Vec::new();
        for ring in area {
            let mut outline: Vec<P> = Vec::new();
            for arc in arcs(ring, &junctions) {
                let (key, turned) = canonical(arc);
                let thin = thinned.entry(key.clone()).or_insert_with(|| thin(&key, tolerance)).clone();
                users.entry(key).or_default().insert((shapes[at].group, at));
                let mut part = thin;
                if turned {
                    part.reverse();
                }
                part.pop();
                outline.extend(part);
            }
            if outline.len() >= 3 {
                kept.push(outline);
            }
        }
        // The largest ring says that the area is there; specks beside it are dropped.
        let largest = kept.iter().map(|ring| twice_area(ring)).max().unwrap_or(0);
        kept.retain(|ring| twice_area(ring) == largest || twice_area(ring) >= 12);
        if largest == 0 {
            kept = area.first().and_then(|ring| ring.first()).map(|p| vec![square(*p)]).unwrap_or_default();
        }
        rings.push(kept);
    }
    let borders = users
        .into_iter()
        .filter(|(_, users)| users.len() < 2 || users.iter().map(|(group, _)| group).collect::<BTreeSet<_>>().len() > 1)
        .filter_map(|(key, _)| thinned.get(&key).cloned())
        .filter(|arc| arc.len() > 2 || arc.windows(2).any(|w| distance2(w[0], w[1]) > 4))
        .collect();
    Some(Outlines {
        height: frame.height.ceil() as i32,
        rings,
        borders,
        km_per_step: frame.km_per_step,
        projection: frame,
    })
}

struct Projection {
    west: f64,
    north: f64,
    x_scale: f64,
    y_scale: f64,
    left: f64,
    height: f64,
    km_per_step: f64,
}

impl Projection {
    fn fitting(shapes: &[Shape<'_>], width: f64, max_height: f64) -> Option<Projection> {
        let (mut west, mut east, mut south, mut north) = (f64::MAX, f64::MIN, f64::MAX, f64::MIN);
        for line in shapes.iter().flat_map(|s| &s.shape.0).map(|polygon| polygon.exterior()) {
            for c in line.0.iter().filter(|c| c.x.is_finite() && c.y.is_finite()) {
                (west, east) = (west.min(c.x), east.max(c.x));
                (south, north) = (south.min(c.y), north.max(c.y));
            }
        }
        if west >= east || south >= north {
            return None;
        }
        let shrink = ((south + north) / 2.0).to_radians().cos().max(0.05);
        let inner = width - 4.0;
        let y_scale = (inner / ((east - west) * shrink)).min((max_height - 4.0) / (north - south));
        let x_scale = y_scale * shrink;
        Some(Projection {
            west,
            north,
            x_scale,
            y_scale,
            left: 2.0 + (inner - (east - west) * x_scale) / 2.0,
            height: (north - south) * y_scale + 4.0,
            km_per_step: 111.32 / y_scale,
        })
    }

    fn point(&self, x: f64, y: f64) -> P {
        (
            (self.left + (x - self.west) * self.x_scale).round() as i32,
            (2.0 + (self.north - y) * self.y_scale).round() as i32,
        )
    }
}

fn rings_on_grid(shape: &MultiPolygon<f64>, frame: &Projection) -> Vec<Vec<P>> {
    let lines = shape.0.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
    let mut rings: Vec<Vec<P>> = lines.map(|line| ring_on_grid(line, frame)).filter(|ring| !ring.is_empty()).collect();
    rings.sort_by_key(|ring| std::cmp::Reverse(twice_area(ring)));
    rings
}

/// The ring without its closing point, repeated points and needles (there and back).
fn ring_on_grid(line: &LineString<f64>, frame: &Projection) -> Vec<P> {
    let mut ring: Vec<P> = Vec::new();
    for c in line.0.iter().filter(|c| c.x.is_finite() && c.y.is_finite()) {
        let point = frame.point(c.x, c.y);
        if ring.last() == Some(&point) {
            continue;
        }
        if ring.len() >= 2 && ring[ring.len() - 2] == point {
            ring.pop();
            continue;
        }
        ring.push(point);
    }
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    ring
}

/// Points where a border forks: met with other neighbours by another ring.
fn junctions(areas: &[Vec<Vec<P>>]) -> BTreeSet<P> {
    let mut met: HashMap<P, (P, P)> = HashMap::new();
    let mut found = BTreeSet::new();
    for ring in areas.iter().flatten() {
        for (at, point) in ring.iter().enumerate() {
            let before = ring[(at + ring.len() - 1) % ring.len()];
            let after = ring[(at + 1) % ring.len()];
            let sides = (before.min(after), before.max(after));
            if *met.entry(*point).or_insert(sides) != sides {
                found.insert(*point);
            }
        }
    }
    found
}

/// The ring cut at its junctions; a ring without any is cut at its least point and the point farthest from that.
fn arcs(ring: &[P], junctions: &BTreeSet<P>) -> Vec<Vec<P>> {
    let mut cuts: Vec<usize> = (0..ring.len()).filter(|at| junctions.contains(&ring[*at])).collect();
    if cuts.len() < 2 {
        let start = cuts.first().copied().or_else(|| (0..ring.len()).min_by_key(|at| ring[*at])).unwrap_or(0);
        let far = (0..ring.len()).max_by_key(|at| (distance2(ring[start], ring[*at]), ring[*at])).unwrap_or(0);
        cuts = if far == start { vec![start] } else { vec![start.min(far), start.max(far)] };
    }
    let mut parts = Vec::with_capacity(cuts.len());
    for (at, from) in cuts.iter().enumerate() {
        let to = if at + 1 < cuts.len() { cuts[at + 1] } else { cuts[0] + ring.len() };
        parts.push((*from..=to).map(|at| ring[at % ring.len()]).collect());
    }
    parts
}

/// The arc in the one direction that both its neighbours agree on, and whether it was turned for that.
fn canonical(arc: Vec<P>) -> (Vec<P>, bool) {
    let turned: Vec<P> = arc.iter().rev().copied().collect();
    if turned < arc { (turned, true) } else { (arc, false) }
}

/// Douglas and Peucker's thinning, with a stack of its own instead of recursion.
fn thin(arc: &[P], tolerance: f64) -> Vec<P> {
    let mut keep = vec![false; arc.len()];
    let mut spans = vec![(0, arc.len().saturating_sub(1))];
    while let Some((from, to)) = spans.pop() {
        keep[from] = true;
        keep[to] = true;
        let mut farthest = (tolerance, 0);
        for at in from + 1..to {
            let off = off_line(arc[at], arc[from], arc[to]);
            if off > farthest.0 {
                farthest = (off, at);
            }
        }
        if farthest.1 > 0 {
            spans.push((from, farthest.1));
            spans.push((farthest.1, to));
        }
    }
    arc.iter().zip(keep).filter(|(_, keep)| *keep).map(|(point, _)| *point).collect()
}

fn off_line(p: P, a: P, b: P) -> f64 {
    let (px, py) = (f64::from(p.0 - a.0), f64::from(p.1 - a.1));
    let (dx, dy) = (f64::from(b.0 - a.0), f64::from(b.1 - a.1));
    let length2 = dx * dx + dy * dy;
    let along = if length2 > 0.0 { ((px * dx + py * dy) / length2).clamp(0.0, 1.0) } else { 0.0 };
    ((px - along * dx).powi(2) + (py - along * dy).powi(2)).sqrt()
}

fn distance2(a: P, b: P) -> i64 {
    let (dx, dy) = (i64::from(a.0 - b.0), i64::from(a.1 - b.1));
    dx * dx + dy * dy
}

pub(super) fn twice_area(ring: &[P]) -> i64 {
    let mut sum = 0;
    for (at, a) in ring.iter().enumerate() {
        let b = ring[(at + 1) % ring.len()];
        sum += i64::from(a.0) * i64::from(b.1) - i64::from(b.0) * i64::from(a.1);
    }
    sum.abs()
}

fn square((x, y): P) -> Vec<P> {
    vec![(x - 1, y - 1), (x + 1, y - 1), (x + 1, y + 1), (x - 1, y + 1)]
}

/// The rings as path data: relative, with as few separators as SVG allows.
pub(super) fn path(rings: &[Vec<P>], closed: bool) -> String {
    let mut d = String::new();
    for ring in rings {
        let mut pen = P::default();
        for (at, point) in ring.iter().enumerate() {
            match at {
                0 => {
                    d.push('M');
                    pair(&mut d, *point, false);
                }
                _ => {
                    if at == 1 {
                        d.push('l');
                    }
                    pair(&mut d, (point.0 - pen.0, point.1 - pen.1), at > 1);
                }
            }
            pen = *point;
        }
        if closed {
            d.push('z');
        }
    }
    d
}

fn pair(d: &mut String, (x, y): P, follows: bool) {
    if follows && x >= 0 {
        d.push(' ');
    }
    d.push_str(&x.to_string());
    if y >= 0 {
        d.push(' ');
    }
    d.push_str(&y.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::polygon;

    /// Two squares side by side with a notched border between them.
    fn pair_of_squares() -> [MultiPolygon<f64>; 2] {
        [
            MultiPolygon(vec![polygon![
                (x: 0., y: 0.), (x: 1., y: 0.), (x: 1.02, y: 0.3), (x: 0.98, y: 0.7), (x: 1., y: 1.), (x: 0., y: 1.)
            ]]),
            MultiPolygon(vec![polygon![
                (x: 1., y: 0.), (x: 2., y: 0.), (x: 2., y: 1.), (x: 1., y: 1.), (x: 0.98, y: 0.7), (x: 1.02, y: 0.3)
            ]]),
        ]
    }

    #[test]
    fn neighbours_keep_sharing_their_border() {
        let shapes = pair_of_squares();
        let [a, b] = [Shape { shape: &shapes[0], group: "A" }, Shape { shape: &shapes[1], group: "B" }];
        let outlines = outline(&[a, b], 200, 200, 1.0).unwrap();
        let left: BTreeSet<P> = outlines.rings[0][0].iter().copied().collect();
        let right: BTreeSet<P> = outlines.rings[1][0].iter().copied().collect();
        // Both ends of the border and its two bends.
        assert_eq!(left.intersection(&right).count(), 4);
        // Two coasts and the border between the groups.
        assert_eq!(outlines.borders.len(), 3);
    }

    #[test]
    fn a_border_within_a_group_is_not_drawn_again() {
        let shapes = pair_of_squares();
        let [a, b] = [Shape { shape: &shapes[0], group: "A" }, Shape { shape: &shapes[1], group: "A" }];
        assert_eq!(outline(&[a, b], 200, 200, 1.0).unwrap().borders.len(), 2);
    }

    #[test]
    fn an_area_too_small_to_see_stays_as_a_dot() {
        let shapes = pair_of_squares();
        let speck = MultiPolygon(vec![polygon![(x: 1.5, y: 1.5), (x: 1.5001, y: 1.5), (x: 1.5, y: 1.5001)]]);
        let outlines =
            outline(&[Shape { shape: &shapes[0], group: "A" }, Shape { shape: &speck, group: "A" }], 200, 200, 1.0)
                .unwrap();
        assert_eq!(outlines.rings[1][0].len(), 4);
    }

    #[test]
    fn path_data_has_no_needless_separators() {
        assert_eq!(path(&[vec![(10, 20), (13, 18), (8, 25)]], true), "M10 20l3-2-5 7z");
    }
}
