//! Positions that can hardly be meant, and what was probably meant instead.
//!
//! Takes the degrees as somebody wrote them and the outlines of a country; says whether they are no position, lie at 0, 0
//! (what a device gives that found none), or lie outside the country. The usual slips (latitude and longitude in each
//! other's place, a sign forgotten) are tried in that order; the first that leads into the area, else into the country, is
//! what was probably meant. Without outlines only the first two are told.

use super::locate::lies_in;
use dtm_model::{Atlas, Pcode, Point};
use geo::{BoundingRect, Coord, Rect};

/// Degrees around a country that still count as it: outlines are drawn by different hands, and islands left out.
const AROUND: f64 = 0.2;

/// Why a position can hardly be meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// No latitude from -90 to 90 and longitude from -180 to 180.
    NoPosition,
    /// 0, 0.
    Zero,
    /// Outside the country.
    Elsewhere,
}

impl Doubt {
    /// The word used in keys.
    pub fn code(self) -> &'static str {
        match self {
            Doubt::NoPosition => "none",
            Doubt::Zero => "zero",
            Doubt::Elsewhere => "elsewhere",
        }
    }
}

/// A position that can hardly be meant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Doubted {
    /// Why.
    pub doubt: Doubt,
    /// What was probably meant.
    pub meant: Option<Point>,
}

/// The ground of a country, ready for many positions.
pub struct Country<'a> {
    atlas: &'a Atlas,
    bounds: Option<Rect<f64>>,
}

impl<'a> Country<'a> {
    /// Prepares the outlines of an atlas.
    pub fn new(atlas: &'a Atlas) -> Self {
        let outlines = atlas.areas().filter_map(|area| atlas.boundary(&area.pcode)?.shape.bounding_rect());
        let join = |a: Rect<f64>, b: Rect<f64>| {
            let (low, high) = ((a.min(), b.min()), (a.max(), b.max()));
            Rect::new(
                Coord { x: low.0.x.min(low.1.x), y: low.0.y.min(low.1.y) },
                Coord { x: high.0.x.max(high.1.x), y: high.0.y.max(high.1.y) },
            )
        };
        Self { atlas, bounds: outlines.reduce(join) }
    }

    /// The box around all outlines; none where there are none.
    pub fn bounds(&self) -> Option<Rect<f64>> {
        self.bounds
    }

    fn holds(&self, at: Point) -> bool {
        self.bounds.is_none_or(|bounds| {
            let (low, high) = (bounds.min(), bounds.max());
            (low.x - AROUND..=high.x + AROUND).contains(&at.lon) && (low.y - AROUND..=high.y + AROUND).contains(&at.lat)
        })
    }

    /// Why these degrees can hardly be meant as the position of something in this area; none where they can.
    pub fn doubt(&self, area: Option<&Pcode>, lat: f64, lon: f64) -> Option<Doubted> {
        let doubt = match () {
            () if !is_position(lat, lon) => Doubt::NoPosition,
            () if lat == 0.0 && lon == 0.0 => return Some(Doubted { doubt: Doubt::Zero, meant: None }),
            () if !self.holds(Point { lon, lat }) => Doubt::Elsewhere,
            () => return None,
        };
        let slips = [(lon, lat), (lat, -lon), (-lat, lon), (lon, -lat), (-lon, lat), (-lat, -lon)];
        let likely = slips.into_iter().filter(|(lat, lon)| is_position(*lat, *lon) && (*lat, *lon) != (0.0, 0.0));
        let mut likely = likely.map(|(lat, lon)| Point { lon, lat }).filter(|at| self.holds(*at));
        let first = likely.clone().next();
        let inside = area.and_then(|area| likely.find(|at| lies_in(self.atlas, area, *at) == Some(true)));
        Some(Doubted { doubt, meant: inside.or(first.filter(|_| self.bounds.is_some() || doubt == Doubt::NoPosition)) })
    }
}

fn is_position(lat: f64, lon: f64) -> bool {
    lat.is_finite() && lon.is_finite() && lat.abs() <= 90.0 && lon.abs() <= 180.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::{Area, Boundary, Text};
    use geo::{LineString, MultiPolygon, Polygon};
    use std::collections::BTreeMap;

    fn haiti() -> Atlas {
        let area = Area {
            pcode: "HT01".into(),
            level: 1,
            parent: None,
            name: Text::new(),
            aliases: BTreeMap::new(),
            valid_from: None,
            valid_to: None,
            became: Vec::new(),
        };
        let (w, s, e, n) = (-74.5, 18.0, -71.6, 20.1);
        let ring = LineString::from(vec![(w, s), (e, s), (e, n), (w, n), (w, s)]);
        let shape = MultiPolygon(vec![Polygon::new(ring, Vec::new())]);
        Atlas::new([area], [Boundary { pcode: "HT01".into(), shape }])
    }

    fn check(atlas: &Atlas, lat: f64, lon: f64) -> String {
        match Country::new(atlas).doubt(Some(&"HT01".into()), lat, lon) {
            None => "fine".to_owned(),
            Some(Doubted { doubt, meant: Some(at) }) => format!("{}: {}, {}?", doubt.code(), at.lat, at.lon),
            Some(Doubted { doubt, meant: None }) => doubt.code().to_owned(),
        }
    }

    #[test]
    fn degrees_in_each_others_place_and_signs_forgotten_are_told_with_what_was_meant() {
        let atlas = haiti();
        assert_eq!(check(&atlas, 18.54, -72.34), "fine");
        assert_eq!(check(&atlas, -72.34, 18.54), "elsewhere: 18.54, -72.34?");
        assert_eq!(check(&atlas, 18.54, 72.34), "elsewhere: 18.54, -72.34?");
        assert_eq!(check(&atlas, 72.34, 18.54), "elsewhere: 18.54, -72.34?");
        assert_eq!(check(&atlas, 0.0, 0.0), "zero");
        assert_eq!(check(&atlas, 48.85, 2.35), "elsewhere");
        assert_eq!(check(&atlas, 17.9, -72.0), "fine", "a coast is drawn by many hands");
    }

    #[test]
    fn without_outlines_only_what_is_no_position_is_doubted() {
        let none = Atlas::default();
        assert_eq!(check(&none, -72.34, 18.54), "fine");
        assert_eq!(check(&none, 118.5, 12.0), "none: 12, 118.5?");
        assert_eq!(check(&none, f64::NAN, 12.0), "none");
    }
}
