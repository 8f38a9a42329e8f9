//! The grid of web maps: where positions lie on it, and what of an outline lies in a tile.
//!
//! In: WGS 84 degrees. Out: steps of the grid of one zoom, on which a tile's side has [`EXTENT`](super::mvt::EXTENT)
//! steps. Projection: spherical Mercator (EPSG:3857), which ends near 85 degrees. Rings are clipped by Sutherland and
//! Hodgman's method, which may leave edges along the side of the tile; they lie outside of what is shown.

use super::mvt::EXTENT;
use crate::borders::P;
use std::f64::consts::PI;

/// The deepest zoom with tiles of its own; clients enlarge these.
pub const MAX_ZOOM: u8 = 14;
/// Steps around a tile that its content reaches over, so that lines and symbols at its side are whole.
const MARGIN: i32 = 64;

/// A position in the square of the world, 0 to 1 from the north-west corner; none where the map does not reach.
pub(crate) fn in_world(lon: f64, lat: f64) -> Option<(f64, f64)> {
    if !(lon.is_finite() && lat.is_finite() && lat.abs() <= 90.0) {
        return None;
    }
    let sin = lat.clamp(-85.051_128_78, 85.051_128_78).to_radians().sin();
    let y = 0.5 - ((1.0 + sin) / (1.0 - sin)).ln() / (4.0 * PI);
    Some(((lon + 180.0) / 360.0, y)).filter(|(x, _)| (0.0..=1.0).contains(x))
}

/// The step of the grid of this zoom.
pub(crate) fn on_grid((x, y): (f64, f64), zoom: u8) -> P {
    let steps = f64::from(EXTENT) * f64::from(1_u32 << zoom.min(MAX_ZOOM));
    ((x * steps).round() as i32, (y * steps).round() as i32)
}

/// A tile of the web's map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TileAt {
    /// Zoom: 0 shows the world in one tile.
    pub zoom: u8,
    /// Column from the west.
    pub x: u32,
    /// Row from the north.
    pub y: u32,
}

impl TileAt {
    /// The tile at these numbers; none where there is none.
    pub fn new(zoom: u8, x: u32, y: u32) -> Option<Self> {
        let side = 1_u32.checked_shl(u32::from(zoom))?;
        (zoom <= MAX_ZOOM && x < side && y < side).then_some(Self { zoom, x, y })
    }

    /// The corner of the tile on the grid of its zoom.
    pub(crate) fn corner(self) -> P {
        (self.x as i32 * EXTENT, self.y as i32 * EXTENT)
    }

    /// What the tile and its margin cover on the grid of its zoom.
    pub(crate) fn reach(self) -> Reach {
        let (x, y) = self.corner();
        Reach { west: x - MARGIN, north: y - MARGIN, east: x + EXTENT + MARGIN, south: y + EXTENT + MARGIN }
    }
}

/// A rectangle of the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reach {
    pub(crate) west: i32,
    pub(crate) north: i32,
    pub(crate) east: i32,
    pub(crate) south: i32,
}

impl Reach {
    /// The smallest that holds these points.
    pub(crate) fn around<'a>(points: impl IntoIterator<Item = &'a P>) -> Option<Self> {
        points.into_iter().fold(None, |so_far: Option<Self>, &(x, y)| {
            let all = so_far.unwrap_or(Reach { west: x, north: y, east: x, south: y });
            Some(Reach {
                west: all.west.min(x),
                north: all.north.min(y),
                east: all.east.max(x),
                south: all.south.max(y),
            })
        })
    }

    pub(crate) fn holds(&self, (x, y): P) -> bool {
        (self.west..=self.east).contains(&x) && (self.north..=self.south).contains(&y)
    }

    fn holds_all(&self, other: &Reach) -> bool {
        self.holds((other.west, other.north)) && self.holds((other.east, other.south))
    }

    pub(crate) fn meets(&self, other: &Reach) -> bool {
        self.west <= other.east && other.west <= self.east && self.north <= other.south && other.north <= self.south
    }

    /// What of a ring lies within; perhaps nothing.
    pub(crate) fn clip(&self, ring: &[P]) -> Vec<P> {
        let Some(around) = Reach::around(ring).filter(|around| self.meets(around)) else { return Vec::new() };
        if self.holds_all(&around) {
            return ring.to_vec();
        }
        let mut left = ring.to_vec();
        for side in [Side::West, Side::East, Side::North, Side::South] {
            left = self.cut(&left, side);
        }
        left.dedup();
        while left.len() > 1 && left.first() == left.last() {
            left.pop();
        }
        left
    }

    fn cut(&self, ring: &[P], side: Side) -> Vec<P> {
        let inside = |p: &P| match side {
            Side::West => p.0 >= self.west,
            Side::East => p.0 <= self.east,
            Side::North => p.1 >= self.north,
            Side::South => p.1 <= self.south,
        };
        let crossing = |a: P, b: P| match side {
            Side::West => (self.west, between(a.1, b.1, self.west, a.0, b.0)),
            Side::East => (self.east, between(a.1, b.1, self.east, a.0, b.0)),
            Side::North => (between(a.0, b.0, self.north, a.1, b.1), self.north),
            Side::South => (between(a.0, b.0, self.south, a.1, b.1), self.south),
        };
        let mut out = Vec::with_capacity(ring.len() + 4);
        for (at, point) in ring.iter().enumerate() {
            let before = ring[(at + ring.len() - 1) % ring.len()];
            if inside(point) != inside(&before) {
                // From the lesser end on, so that neighbours on either side of a border cut it at the same step.
                let (a, b) = if before < *point { (before, *point) } else { (*point, before) };
                out.push(crossing(a, b));
            }
            if inside(point) {
                out.push(*point);
            }
        }
        out
    }
}

#[derive(Clone, Copy)]
enum Side {
    West,
    East,
    North,
    South,
}

/// Where between `from` and `to` a line is when its other coordinate, which goes from `a` to `b`, is `at`.
fn between(from: i32, to: i32, at: i32, a: i32, b: i32) -> i32 {
    let part = (f64::from(at) - f64::from(a)) / (f64::from(b) - f64::from(a));
    (f64::from(from) + part * (f64::from(to) - f64::from(from))).round() as i32
}

/// Twice the area within a ring, positive where it runs clockwise as seen (y downwards).
pub(crate) fn twice_signed_area(ring: &[P]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter().zip(next).map(|(a, b)| i64::from(a.0) * i64::from(b.1) - i64::from(b.0) * i64::from(a.1)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_world_fills_its_square() {
        let at = |lon, lat| on_grid(in_world(lon, lat).unwrap(), 0);
        assert_eq!(at(-180.0, 85.051_128_78), (0, 0));
        assert_eq!(at(0.0, 0.0), (2048, 2048));
        assert_eq!(at(180.0, -85.051_128_78), (4096, 4096));
        assert_eq!(at(0.0, 90.0), (2048, 0));
        assert_eq!(in_world(181.0, 0.0), None);
        assert_eq!(in_world(f64::NAN, 0.0), None);
    }

    #[test]
    fn there_is_no_tile_outside_of_the_world_or_too_deep() {
        assert!(TileAt::new(0, 0, 0).is_some());
        assert!(TileAt::new(3, 7, 7).is_some());
        for (zoom, x, y) in [(0, 1, 0), (3, 8, 0), (3, 0, 8), (15, 0, 0), (32, 0, 0), (255, 0, 0)] {
            assert_eq!(TileAt::new(zoom, x, y), None, "{zoom}/{x}/{y}");
        }
    }

    #[test]
    fn what_sticks_out_is_cut_off() {
        let reach = Reach { west: 0, north: 0, east: 10, south: 10 };
        assert_eq!(reach.clip(&[(5, 5), (15, 5), (15, 8), (5, 8)]), [(5, 5), (10, 5), (10, 8), (5, 8)]);
        assert_eq!(reach.clip(&[(20, 20), (30, 20), (30, 30)]), []);
        // A ring around the whole tile fills it.
        assert_eq!(twice_signed_area(&reach.clip(&[(-5, -5), (15, -5), (15, 15), (-5, 15)])), 200);
    }

    proptest! {
        #[test]
        fn nothing_lies_outside_after_clipping_and_no_area_is_won(
            ring in prop::collection::vec((-100..200_i32, -100..200_i32), 3)
        ) {
            let reach = Reach { west: 0, north: 0, east: 100, south: 100 };
            let clipped = reach.clip(&ring);
            prop_assert!(clipped.iter().all(|point| reach.holds(*point)));
            // Steps are whole: each cut may shift a corner by half a one.
            let rounding = 6 * 300;
            prop_assert!(twice_signed_area(&clipped).abs() <= twice_signed_area(&ring).abs() + rounding);
            if ring.iter().all(|point| reach.holds(*point)) {
                prop_assert_eq!(clipped, ring);
            }
        }
    }
}
