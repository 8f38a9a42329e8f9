//! Whether a position lies in the outline of an area, with a margin for coarse outlines and drifting GPS.

use dtm_model::{Area, Atlas, Boundary, Pcode, Point};
use geo::{Contains, LinesIter};

/// How far outside an outline a position may lie.
pub(super) const MARGIN_M: f64 = 1_000.0;

const METRES_PER_DEGREE: f64 = 111_195.0;

/// The smallest area holding `pcode` whose outline is known.
pub(super) fn smallest_outlined<'a>(atlas: &'a Atlas, pcode: &Pcode) -> Option<(&'a Area, &'a Boundary)> {
    let outlined = |area: &'a Area| atlas.boundary(&area.pcode).map(|boundary| (area, boundary));
    (0..=4).rev().find_map(|level| atlas.ancestor(pcode, level).and_then(outlined))
}

/// How many metres a position lies outside an outline; 0 inside. Exact enough over the few kilometres that matter:
/// degrees are taken as a flat grid around the position.
pub(super) fn metres_outside(boundary: &Boundary, point: Point) -> f64 {
    if boundary.shape.contains(&geo::Point::new(point.lon, point.lat)) {
        return 0.0;
    }
    let across = METRES_PER_DEGREE * point.lat.to_radians().cos();
    let flat = |corner: geo::Coord<f64>| ((corner.x - point.lon) * across, (corner.y - point.lat) * METRES_PER_DEGREE);
    let to_line = |line: geo::Line<f64>| {
        let ((ax, ay), (bx, by)) = (flat(line.start), flat(line.end));
        let (dx, dy) = (bx - ax, by - ay);
        let length = dx * dx + dy * dy;
        let along = if length > 0.0 { (-(ax * dx + ay * dy) / length).clamp(0.0, 1.0) } else { 0.0 };
        (ax + along * dx).hypot(ay + along * dy)
    };
    boundary.shape.lines_iter().map(to_line).fold(f64::INFINITY, f64::min)
}

/// The area of this level whose outline holds the position.
pub(super) fn holding(atlas: &Atlas, level: u8, point: Point) -> Option<&Area> {
    let at = geo::Point::new(point.lon, point.lat);
    atlas.level(level).find(|area| atlas.boundary(&area.pcode).is_some_and(|boundary| boundary.shape.contains(&at)))
}

/// Whether these are degrees of latitude and longitude at all.
pub(super) fn on_earth(point: Point) -> bool {
    (-90.0..=90.0).contains(&point.lat) && (-180.0..=180.0).contains(&point.lon)
}

/// The same numbers read the other way round.
pub(super) fn swapped(point: Point) -> Point {
    Point { lon: point.lat, lat: point.lon }
}
