//! A part of a map on which somebody shows where something is, nearer with every click.
//!
//! In: a middle, how much of the ground is seen, the areas and places around. Out: the drawing, and the position that a click
//! on it means. Areas are cut at the edge of what is seen, so that the drawing stays small however near it is.

use super::canvas::{Frame, Svg};
use super::spots::{Ground, Spot, Spots, position_at, spots};
use dtm_model::Point;
use geo::{BooleanOps, BoundingRect, Coord, MultiPolygon, Rect};

/// Degrees of latitude that are seen at the nearest: some 500 m.
const NEAREST: f64 = 0.0045;
/// Degrees of latitude that are seen at the farthest.
const FARTHEST: f64 = 60.0;
/// How much nearer one click leads.
const STEP: f64 = 4.0;
/// Degrees from the equator beyond which no map is drawn.
const LAST_LATITUDE: f64 = 80.0;

/// What is seen of the ground: a square on the ground around its middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    /// Its middle.
    pub at: Point,
    /// Degrees of latitude from its lower to its upper edge.
    pub span: f64,
}

impl Window {
    /// The window around a middle, as near as it may be.
    pub fn new(at: Point, span: f64) -> Self {
        let sound = |degrees: f64, most: f64| if degrees.is_finite() { degrees.clamp(-most, most) } else { 0.0 };
        let at = Point { lon: sound(at.lon, 179.0), lat: sound(at.lat, LAST_LATITUDE) };
        Self { at, span: if span.is_finite() { span.clamp(NEAREST, FARTHEST) } else { FARTHEST } }
    }

    /// The window in which all these outlines are seen; none where there are none.
    pub fn around<'a>(shapes: impl IntoIterator<Item = &'a MultiPolygon<f64>>) -> Option<Self> {
        let bounds = shapes.into_iter().filter_map(|shape| shape.bounding_rect());
        let whole = bounds.reduce(|a, b| {
            let least = Coord { x: a.min().x.min(b.min().x), y: a.min().y.min(b.min().y) };
            Rect::new(least, Coord { x: a.max().x.max(b.max().x), y: a.max().y.max(b.max().y) })
        })?;
        let at = Point { lon: whole.center().x, lat: whole.center().y };
        let across = whole.width() * at.lat.to_radians().cos();
        Some(Self::new(at, whole.height().max(across) * 1.06))
    }

    /// The window that a click at this position leads to.
    pub fn nearer(self, at: Point) -> Self {
        Self::new(at, self.span / STEP)
    }

    /// The window that shows more around a position.
    pub fn farther(self, at: Point) -> Self {
        Self::new(at, self.span * STEP)
    }

    fn rect(self) -> Rect<f64> {
        let tall = self.span / 2.0;
        let broad = tall / self.at.lat.to_radians().cos();
        let Point { lon, lat } = self.at;
        Rect::new(Coord { x: lon - broad, y: lat - tall }, Coord { x: lon + broad, y: lat + tall })
    }

    /// Whether a position is seen.
    pub fn shows(self, at: Point) -> bool {
        let rect = self.rect();
        (rect.min().x..=rect.max().x).contains(&at.lon) && (rect.min().y..=rect.max().y).contains(&at.lat)
    }

    /// The part of an outline that is seen; none where none is.
    fn part(self, shape: &MultiPolygon<f64>) -> Option<MultiPolygon<f64>> {
        let (rect, bounds) = (self.rect(), shape.bounding_rect()?);
        let apart = bounds.max().x < rect.min().x
            || bounds.min().x > rect.max().x
            || bounds.max().y < rect.min().y
            || bounds.min().y > rect.max().y;
        let inside = bounds.min().x >= rect.min().x
            && bounds.max().x <= rect.max().x
            && bounds.min().y >= rect.min().y
            && bounds.max().y <= rect.max().y;
        match (apart, inside) {
            (true, _) => None,
            (_, true) => Some(shape.clone()),
            _ => Some(shape.intersection(&MultiPolygon(vec![rect.to_polygon()]))).filter(|part| !part.0.is_empty()),
        }
    }

    /// Whether some of an outline's box is seen.
    pub fn touches(self, shape: &MultiPolygon<f64>) -> bool {
        let rect = self.rect();
        shape.bounding_rect().is_some_and(|bounds| {
            bounds.max().x >= rect.min().x
                && bounds.min().x <= rect.max().x
                && bounds.max().y >= rect.min().y
                && bounds.min().y <= rect.max().y
        })
    }
}

/// The position that a click at this px of a drawing of this width means; none beside the map.
pub fn clicked(frame: Frame<'_>, window: Window, x: f64, y: f64) -> Option<Point> {
    let whole = MultiPolygon(vec![window.rect().to_polygon()]);
    let ground = vec![Ground { name: "", shape: &whole, href: None }];
    let at = position_at(&Spots { frame, ground, spots: Vec::new() }, x, y)?;
    window.shows(at).then_some(at)
}

/// Draws what is seen through a window: areas with their names, places, and what is meant.
pub fn through(frame: Frame<'_>, window: Window, areas: &[(&str, &MultiPolygon<f64>)], marks: Vec<Spot>) -> Svg {
    let whole = MultiPolygon(vec![window.rect().to_polygon()]);
    let parts: Vec<(&str, MultiPolygon<f64>)> =
        areas.iter().filter_map(|(name, shape)| Some((*name, window.part(shape)?))).collect();
    let drawn = parts.iter().map(|(name, shape)| Ground { name, shape, href: None });
    let ground = std::iter::once(Ground { name: "", shape: &whole, href: None }).chain(drawn).collect();
    spots(&Spots { frame, ground, spots: marks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::{Lang, PlaceKind};
    use geo::{LineString, Polygon};

    fn country() -> MultiPolygon<f64> {
        let (w, s, e, n) = (-74.5, 18.0, -71.6, 20.1);
        MultiPolygon(vec![Polygon::new(LineString::from(vec![(w, s), (e, s), (e, n), (w, n), (w, s)]), Vec::new())])
    }

    fn mark(at: Point) -> Spot {
        let kind = PlaceKind::Site.into();
        Spot { name: "here".to_owned(), at, kind, is_closed: false, is_meant: true, href: None }
    }

    /// Where on a drawing the mark is.
    fn drawn_at(svg: &str) -> (f64, f64) {
        let number = |name: &str| -> f64 {
            let from = svg.find(name).unwrap() + name.len();
            svg[from..].split('"').next().unwrap().parse().unwrap()
        };
        (number("cx=\""), number("cy=\""))
    }

    #[test]
    fn clicks_lead_from_a_country_to_a_yard() {
        let (shape, meant) = (country(), Point { lon: -72.3388, lat: 18.5392 });
        let frame = Frame::new("m", "Map", "Map", Lang::En).with_width(300.0);
        let mut window = Window::around([&shape]).unwrap();
        for _ in 0..6 {
            let svg = through(frame, window, &[("Ouest", &shape)], vec![mark(meant)]).0;
            let (x, y) = drawn_at(&svg);
            let at = clicked(frame, window, x, y).unwrap();
            let close = window.span / 300.0;
            assert!(
                (at.lon - meant.lon).abs() < close * 2.0 && (at.lat - meant.lat).abs() < close,
                "{at:?} {window:?}"
            );
            assert!(svg.len() < 4000, "{}", svg.len());
            window = window.nearer(at);
        }
        assert_eq!(window.span, NEAREST);
        assert!(window.farther(meant).span > NEAREST);
    }

    #[test]
    fn beside_the_map_is_nowhere_and_no_window_is_out_of_this_world() {
        let frame = Frame::new("m", "Map", "Map", Lang::En).with_width(300.0);
        let window = Window::around([&country()]).unwrap();
        assert_eq!(clicked(frame, window, 150.0, 320.0), None);
        assert_eq!(Window::around(std::iter::empty::<&MultiPolygon<f64>>()), None);
        for (lat, lon, span) in [(f64::NAN, 1e300, f64::NAN), (-90.0, 540.0, 0.0), (90.0, -180.0, 1e9)] {
            let window = Window::new(Point { lon, lat }, span);
            let drawn = through(frame, window, &[("all", &country())], Vec::new()).0;
            assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{window:?}");
        }
    }
}
