//! Boundaries made small enough for a page.
//!
//! In: the outlines of areas in degrees. Out: rings of whole grid points, and the lines between areas. Outlines are
//! projected (equirectangular at the middle latitude: true to scale for one country), put on a grid and thinned with
//! their neighbours' ([`crate::borders`]). Rings that vanish are dropped, but an area never does: it stays as a small square.

use crate::borders::{Borders, P, distance2, ring_on_grid, twice_area};
use dtm_model::Point;
use geo::MultiPolygon;
use std::collections::{BTreeMap, BTreeSet};

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
    let mut all = Borders::of(raw.iter().flatten().map(Vec::as_slice), tolerance);
    let mut users: BTreeMap<Vec<P>, BTreeSet<(&str, usize)>> = BTreeMap::new();
    let mut rings = Vec::with_capacity(raw.len());
    for (at, area) in raw.iter().enumerate() {
        let mut uses = |arc: &[P]| {
            users.entry(arc.to_vec()).or_default().insert((shapes[at].group, at));
        };
        let mut kept: Vec<Vec<P>> = area.iter().map(|ring| all.thin(ring, &mut uses)).collect();
        kept.retain(|ring| ring.len() >= 3);
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
        .filter_map(|(arc, _)| all.arc(&arc).map(<[P]>::to_vec))
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
    let on_grid = |line: &geo::LineString<f64>| {
        let points = line.0.iter().filter(|c| c.x.is_finite() && c.y.is_finite());
        ring_on_grid(points.map(|c| frame.point(c.x, c.y)))
    };
    let mut rings: Vec<Vec<P>> = lines.map(on_grid).filter(|ring| !ring.is_empty()).collect();
    rings.sort_by_key(|ring| std::cmp::Reverse(twice_area(ring)));
    rings
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
