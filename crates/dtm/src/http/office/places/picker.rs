//! The map on which somebody shows where a place is: each click sets the position and leads nearer. It is a picture that
//! sends where it was clicked, so it needs no script; one for telephones and one for wide screens, of which one is seen.

use super::spot;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use dtm_model::{Area, Atlas, Lang, Operation, Pcode, Place, PlaceKind, Point};
use dtm_publish::drawing::{Frame, Spot, Window, clicked, through};
use dtm_publish::words::Words;

/// The pictures: the name under which a click is sent, the class that shows it, its width in px.
const PICTURES: [(&str, &str, f64); 2] = [("small", "narrow-only", 300.0), ("large", "wide", 520.0)];
/// Areas that are drawn at most.
const MOST_AREAS: usize = 60;
/// Places around that are drawn at most.
const MOST_PLACES: usize = 1000;
/// Degrees of latitude that are seen around a position that is known.
const NEAR: f64 = 0.08;

/// A picture in the form.
pub(super) struct Picture {
    pub(super) name: &'static str,
    pub(super) class: &'static str,
    pub(super) source: String,
}

/// What the form shows of the map.
pub(super) struct Picker {
    pub(super) pictures: Vec<Picture>,
    /// What is seen, to come back with the click.
    pub(super) window: String,
}

/// What is asked of the map.
pub(super) enum Asked {
    /// Nothing: the form is about something else.
    Nothing,
    Clicked(Option<Point>),
    Nearer,
    Farther,
}

fn frame(lang: Lang, width: f64) -> Frame<'static> {
    // A picture in a form is described by the form, which says what a click does.
    Frame::new("pick", "", "", lang).with_width(width)
}

/// A window as the form carries it.
fn written(window: Window) -> String {
    format!("{} {} {}", window.at.lat, window.at.lon, window.span)
}

fn read(text: &str) -> Option<Window> {
    let numbers: Vec<f64> = text.split(' ').filter_map(|number| number.parse().ok()).collect();
    match numbers[..] {
        [lat, lon, span] => Some(Window::new(Point { lon, lat }, span)),
        _ => None,
    }
}

/// What the posted form asks of the map.
pub(super) fn asked(lang: Lang, act: &str, field: impl Fn(&str) -> Option<f64>, window: &str) -> Asked {
    for (name, _, width) in PICTURES {
        if let Some((x, y)) = field(&format!("{name}.x")).zip(field(&format!("{name}.y"))) {
            return Asked::Clicked(read(window).and_then(|seen| clicked(frame(lang, width), seen, x, y)));
        }
    }
    match act {
        "nearer" => Asked::Nearer,
        "farther" => Asked::Farther,
        _ => Asked::Nothing,
    }
}

/// What is seen after that: around the position where there is one, else the area, else the country.
pub(super) fn seen(atlas: &Atlas, area: &str, at: Option<Point>, asked: &Asked, before: &str) -> Option<Window> {
    let area = Pcode::from(area);
    let of_area = || Window::around(atlas.boundary(&area).map(|own| &own.shape));
    let country = || Window::around(atlas.areas().filter_map(|area| atlas.boundary(&area.pcode)).map(|own| &own.shape));
    let near = |at| Window::new(at, NEAR);
    match (asked, read(before)) {
        (Asked::Clicked(Some(to)), Some(before)) => Some(before.nearer(*to)),
        (Asked::Nearer, Some(before)) => Some(before.nearer(at.unwrap_or(before.at))),
        (Asked::Farther, Some(before)) => Some(before.farther(at.unwrap_or(before.at))),
        (Asked::Clicked(None), Some(before)) => Some(before),
        _ => at.map(near).or_else(of_area).or_else(country),
    }
}

/// The outlines of the lowest level of which few enough are seen.
fn ground(atlas: &Atlas, window: Window) -> Vec<&Area> {
    let touching = |level: u8| {
        let standing = atlas.level(level).filter(|area| area.valid_to.is_none());
        standing.filter(|area| atlas.boundary(&area.pcode).is_some_and(|own| window.touches(&own.shape))).collect()
    };
    let levels = [4, 3, 2, 1, 0].into_iter().map(touching);
    levels.into_iter().find(|areas: &Vec<&Area>| !areas.is_empty() && areas.len() <= MOST_AREAS).unwrap_or_default()
}

impl Picker {
    /// The map seen through a window, with the places around and the position that is written; none where there is no
    /// window, as nothing is drawn of the country and no position is known.
    pub(super) fn new(
        w: &Words,
        lang: Lang,
        (operation, atlas): (&Operation, &Atlas),
        (places, known): (&[Place], Option<&Place>),
        (window, at): (Option<Window>, Option<Point>),
    ) -> Option<Self> {
        let window = window?;
        let drawn = ground(atlas, window);
        let shapes = drawn.iter().filter_map(|area| Some((w.text(&area.name), &atlas.boundary(&area.pcode)?.shape)));
        let shapes: Vec<_> = shapes.collect();
        let others = places.iter().filter(|place| known.is_none_or(|known| known.ssid != place.ssid));
        let others = others.filter(|place| place.position.is_some_and(|at| window.shows(at)));
        let mut marks: Vec<Spot> = others.filter_map(|place| spot(operation, place, None)).take(MOST_PLACES).collect();
        marks.extend(at.filter(|at| window.shows(*at)).map(|at| Spot {
            name: String::new(),
            at,
            kind: known.map_or(PlaceKind::Site, |known| known.kind).into(),
            is_closed: false,
            is_meant: true,
            href: None,
        }));
        let picture = |(name, class, width): (&'static str, &'static str, f64)| {
            let svg = through(frame(lang, width), window, &shapes, marks.clone()).0;
            Picture { name, class, source: format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg)) }
        };
        Some(Self { pictures: PICTURES.map(picture).into(), window: written(window) })
    }
}
