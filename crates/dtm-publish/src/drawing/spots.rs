//! A map of single places within the outlines of areas.
//!
//! For those who may know where a place is: the office, not a release. Places that would cover each other become one
//! larger dot that says how many they are, so that thousands of them stay a light page.

use super::canvas::{Anchor, Canvas, Frame, Svg, escape, n};
use super::choropleth::scale_bar;
use super::outline::{Outlines, Shape, outline, path};
use super::palette::{CATEGORICAL, INK, LINE, MUTED};
use crate::words::{Arg, Words};
use dtm_model::{PlaceKind, Point};
use geo::{LineString, MultiPolygon, Polygon};
use std::collections::{BTreeMap, BTreeSet};

/// Grid steps to a px.
const GRAIN: f64 = 2.0;
/// Px within which places become one dot.
const TOGETHER: f64 = 9.0;
/// Names that a dot of several places says.
const NAMED: usize = 5;
/// Degrees around places that lie in no outline.
const AROUND: f64 = 0.01;

/// What stands on a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpotKind {
    /// A place.
    Place(PlaceKind),
    /// A record with a finding that keeps its round from being cleared.
    Blocking,
    /// A record with a finding that somebody must confirm.
    ToConfirm,
    /// Any other record.
    Record,
}

impl From<PlaceKind> for SpotKind {
    fn from(kind: PlaceKind) -> Self {
        SpotKind::Place(kind)
    }
}

/// A place or a record on the map.
#[derive(Clone, Debug)]
pub struct Spot {
    /// What is said when it is pointed at.
    pub name: String,
    /// Where it is.
    pub at: Point,
    /// What it is.
    pub kind: SpotKind,
    /// Whether it closed: drawn hollow.
    pub is_closed: bool,
    /// Whether the map is about it: drawn larger, and never with others.
    pub is_meant: bool,
    /// Where a click leads.
    pub href: Option<String>,
}

/// An area around the places.
#[derive(Clone, Debug)]
pub struct Ground<'a> {
    /// Its name, said when pointed at.
    pub name: &'a str,
    /// Its outline.
    pub shape: &'a MultiPolygon<f64>,
    /// Where a click leads.
    pub href: Option<String>,
}

/// A map of places.
#[derive(Clone, Debug)]
pub struct Spots<'a> {
    /// Size, language, description.
    pub frame: Frame<'a>,
    /// The areas below them; the map is as large as these.
    pub ground: Vec<Ground<'a>>,
    /// The places; those outside the map are not drawn.
    pub spots: Vec<Spot>,
}

fn colour(kind: SpotKind) -> &'static str {
    match kind {
        SpotKind::Place(PlaceKind::Site) => CATEGORICAL[4],
        SpotKind::Place(PlaceKind::HostCommunity) => CATEGORICAL[0],
        SpotKind::Place(PlaceKind::FlowPoint) => CATEGORICAL[2],
        SpotKind::Blocking => CATEGORICAL[4],
        SpotKind::ToConfirm => CATEGORICAL[1],
        SpotKind::Record => CATEGORICAL[0],
    }
}

fn word(kind: SpotKind) -> &'static str {
    match kind {
        SpotKind::Place(PlaceKind::Site) => "drawing-spot-site",
        SpotKind::Place(PlaceKind::HostCommunity) => "drawing-spot-host",
        SpotKind::Place(PlaceKind::FlowPoint) => "drawing-spot-flow",
        SpotKind::Blocking => "drawing-spot-blocking",
        SpotKind::ToConfirm => "drawing-spot-confirm",
        SpotKind::Record => "drawing-spot-record",
    }
}

/// A box around the places, where no outline is known.
fn around(spots: &[Spot]) -> Option<MultiPolygon<f64>> {
    let bound = |of: fn(&Spot) -> f64| {
        spots.iter().map(of).fold(None, |ends: Option<(f64, f64)>, at| {
            let (least, most) = ends.unwrap_or((at, at));
            Some((least.min(at), most.max(at)))
        })
    };
    let ((west, east), (south, north)) = bound(|spot| spot.at.lon).zip(bound(|spot| spot.at.lat))?;
    let (w, e, s, n) = (west - AROUND, east + AROUND, south - AROUND, north + AROUND);
    let ring = LineString::from(vec![(w, s), (e, s), (e, n), (w, n), (w, s)]);
    Some(MultiPolygon(vec![Polygon::new(ring, Vec::new())]))
}

fn outlines(spec: &Spots<'_>) -> Option<Outlines> {
    let width = (spec.frame.width * GRAIN) as i32;
    let fitting = |shapes: &[Shape<'_>]| outline(shapes, width, (f64::from(width) * 1.1) as i32, 2.3);
    let shapes: Vec<Shape<'_>> = spec.ground.iter().map(|one| Shape { shape: one.shape, group: one.name }).collect();
    if let Some(found) = fitting(&shapes) {
        return Some(found);
    }
    let shape = around(&spec.spots)?;
    fitting(&[Shape { shape: &shape, group: "" }])
}

/// The position that a click at this px of the map means.
pub fn position_at(spec: &Spots<'_>, x: f64, y: f64) -> Option<Point> {
    Some(outlines(spec)?.position(x * GRAIN, y * GRAIN))
}

/// Places that are drawn as one dot.
struct Dot<'a> {
    x: f64,
    y: f64,
    spots: Vec<&'a Spot>,
}

/// Where dots become one: those that the map is about are each alone.
type Cell = (bool, i64, i64);
/// A place and where it is drawn.
type Placed<'a> = (f64, f64, &'a Spot);

fn dots<'a>(spec: &'a Spots<'_>, outlines: &Outlines, height: f64) -> Vec<Dot<'a>> {
    let mut cells: BTreeMap<Cell, Vec<Placed<'_>>> = BTreeMap::new();
    let mut apart = 0;
    for spot in &spec.spots {
        let (x, y) = outlines.point(spot.at);
        let (x, y) = (f64::from(x) / GRAIN, f64::from(y) / GRAIN);
        if !(0.0..=spec.frame.width).contains(&x) || !(0.0..=height).contains(&y) {
            continue;
        }
        apart += i64::from(spot.is_meant);
        let cell = match spot.is_meant {
            true => (true, apart, 0),
            false => (false, (x / TOGETHER) as i64, (y / TOGETHER) as i64),
        };
        cells.entry(cell).or_default().push((x, y, spot));
    }
    let dot = |of: Vec<Placed<'a>>| {
        let count = of.len().max(1) as f64;
        let (x, y) = of.iter().fold((0.0, 0.0), |sum, (x, y, _)| (sum.0 + x / count, sum.1 + y / count));
        Dot { x, y, spots: of.into_iter().map(|(.., spot)| spot).collect() }
    };
    cells.into_values().map(dot).collect()
}

/// Draws the map with its legend and a scale.
pub fn spots(spec: &Spots<'_>) -> Svg {
    draw_map(spec, None)
}

/// The same of what is no place: every dot is one of these.
pub fn spots_of(spec: &Spots<'_>, what: &str) -> Svg {
    draw_map(spec, Some(what))
}

fn draw_map(spec: &Spots<'_>, what: Option<&str>) -> Svg {
    let words = Words::of(spec.frame.lang);
    let mut canvas = Canvas::new(spec.frame);
    let Some(outlines) = outlines(spec) else {
        canvas.muted(spec.frame.width / 2.0, 30.0, Anchor::Middle, &words.t("drawing-empty"));
        return canvas.finish(50.0);
    };
    let height = f64::from(outlines.height) / GRAIN;
    canvas.put(format_args!("<g transform=\"scale({})\" stroke-linejoin=\"round\">", 1.0 / GRAIN));
    for (area, rings) in spec.ground.iter().zip(&outlines.rings) {
        let d = path(rings, true);
        let drawn = format!(
            "<path fill=\"#F6F8FB\" stroke=\"{LINE}\" stroke-width=\"2\" d=\"{d}\"><title>{}</title></path>",
            escape(area.name)
        );
        link(&mut canvas, area.href.as_deref(), &drawn);
    }
    let borders = path(&outlines.borders, false);
    canvas.put(format_args!("<path fill=\"none\" stroke=\"{MUTED}\" stroke-width=\"1.2\" d=\"{borders}\"/></g>"));
    let mut kinds = BTreeSet::new();
    let dots = dots(spec, &outlines, height);
    for dot in &dots {
        kinds.extend(dot.spots.iter().map(|spot| spot.kind));
        draw(&mut canvas, dot, words);
    }
    let closed = dots.iter().any(|dot| dot.spots.iter().all(|spot| spot.is_closed));
    let bottom = legend(&mut canvas, height + 14.0, (&kinds, what), closed, words);
    scale_bar(&mut canvas, height, outlines.km_per_step * GRAIN, words);
    canvas.finish(bottom)
}

fn link(canvas: &mut Canvas<'_>, href: Option<&str>, drawn: &str) {
    match href {
        Some(href) => canvas.put(format_args!("<a href=\"{}\" tabindex=\"-1\">{drawn}</a>", escape(href))),
        None => canvas.raw(drawn),
    }
}

fn draw(canvas: &mut Canvas<'_>, dot: &Dot<'_>, words: &Words) {
    let Some(first) = dot.spots.first() else { return };
    let paint = colour(first.kind);
    let (x, y) = (n(dot.x), n(dot.y));
    if let [spot] = dot.spots[..] {
        let radius = if spot.is_meant { 6.5 } else { 4.0 };
        let fill = if spot.is_closed { "#fff" } else { paint };
        let edge = match (spot.is_meant, spot.is_closed) {
            (true, _) => INK,
            (false, true) => paint,
            (false, false) => "#fff",
        };
        let drawn = format!(
            "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{fill}\" stroke=\"{edge}\" stroke-width=\"1.4\">\
             <title>{}</title></circle>",
            escape(&spot.name)
        );
        return link(canvas, spot.href.as_deref(), &drawn);
    }
    let count = dot.spots.len();
    let mut names: Vec<&str> = dot.spots.iter().take(NAMED).map(|spot| spot.name.as_str()).collect();
    if count > NAMED {
        names.push("…");
    }
    let said = words
        .t_args("drawing-spots", &[("n", Arg::from(count as i64)), ("names", Arg::from(names.join(", ").as_str()))]);
    let radius = n(5.0 + (count as f64).ln() * 1.6);
    canvas.put(format_args!(
        "<g><title>{}</title><circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" fill=\"{paint}\" fill-opacity=\".85\" \
         stroke=\"#fff\" stroke-width=\"1.2\"/><text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" font-size=\"8\" \
         font-weight=\"700\" fill=\"#fff\">{count}</text></g>",
        escape(&said),
        n(dot.y + 2.8)
    ));
}

/// Draws which dot is what, from `top` down, and returns where it ends.
fn legend(
    canvas: &mut Canvas<'_>,
    top: f64,
    (kinds, what): (&BTreeSet<SpotKind>, Option<&str>),
    closed: bool,
    words: &Words,
) -> f64 {
    let mut y = top;
    let mut entry = |fill: &str, edge: &str, text: &str| {
        canvas.put(format_args!(
            "<circle cx=\"8\" cy=\"{}\" r=\"4\" fill=\"{fill}\" stroke=\"{edge}\" stroke-width=\"1.4\"/>",
            n(y)
        ));
        canvas.styled(18.0, y + 3.5, Anchor::Start, " font-size=\"10\"", text);
        y += 15.0;
    };
    for kind in kinds {
        entry(colour(*kind), "#fff", &what.map_or_else(|| words.t(word(*kind)), str::to_owned));
    }
    if closed {
        entry("#fff", MUTED, &words.t("drawing-spot-closed"));
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::Lang;

    fn square() -> MultiPolygon<f64> {
        let ring = LineString::from(vec![(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)]);
        MultiPolygon(vec![Polygon::new(ring, Vec::new())])
    }

    fn spot(name: &str, lon: f64, lat: f64) -> Spot {
        let at = Point { lon, lat };
        Spot { name: name.to_owned(), at, kind: PlaceKind::Site.into(), is_closed: false, is_meant: false, href: None }
    }

    fn map<'a>(shape: &'a MultiPolygon<f64>, spots: Vec<Spot>) -> Spots<'a> {
        let frame = Frame::new("m", "Places", "Where they are", Lang::En);
        Spots { frame, ground: vec![Ground { name: "Nord & Sud", shape, href: None }], spots }
    }

    #[test]
    fn places_on_one_spot_are_one_dot_with_their_number_and_one_far_off_is_its_own() {
        let shape = square();
        let many = (0..7).map(|n| spot(&format!("Camp {n}"), 0.5, 0.5)).chain([spot("<Alone>", 0.9, 0.1)]);
        let drawn = spots(&map(&shape, many.collect())).0;
        assert!(drawn.contains(">7</text>") && drawn.contains("Camp 0, Camp 1, Camp 2, Camp 3, Camp 4, …"));
        assert!(drawn.contains("<title>&lt;Alone&gt;</title>") && drawn.contains("Nord &amp; Sud"));
    }

    #[test]
    fn a_click_means_the_position_that_was_drawn_there() {
        let shape = square();
        let spec = map(&shape, vec![spot("A", 0.25, 0.75)]);
        let drawn = spots(&spec).0;
        let number = |name: &str| -> f64 {
            let from = drawn.find(name).unwrap() + name.len();
            drawn[from..].split('"').next().unwrap().parse().unwrap()
        };
        let at = position_at(&spec, number("cx=\""), number("cy=\"")).unwrap();
        assert!((at.lon - 0.25).abs() < 0.005 && (at.lat - 0.75).abs() < 0.005, "{at:?}");
    }

    #[test]
    fn places_without_any_outline_are_still_a_map() {
        let frame = Frame::new("m", "Places", "Where they are", Lang::Fr);
        let spec = Spots { frame, ground: Vec::new(), spots: vec![spot("A", -72.3, 18.5)] };
        assert!(spots(&spec).0.contains("<title>A</title>"));
        assert!(!spots(&Spots { spots: Vec::new(), ..spec }).0.contains("circle"));
    }
}
