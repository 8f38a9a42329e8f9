//! Draws the demo country as SVG on standard output: `cargo run -p dtm-demo --example map -- 2026 > map.svg`.
#![allow(clippy::print_stdout)]

use dtm_demo::World;
use dtm_model::{Lang, PlaceKind};
use geo::Centroid;
use std::fmt::Write;

const FILLS: [&str; 10] =
    ["#cfe3c8", "#f3e0b5", "#d8d0ea", "#f2c9c3", "#c8e0e8", "#e8e3a8", "#d5d5d5", "#f5cfe0", "#bfe0d2", "#e6d2b8"];

fn main() -> std::fmt::Result {
    let seed = std::env::args().nth(1).and_then(|seed| seed.parse().ok()).unwrap_or(2026);
    let today = chrono::NaiveDate::from_ymd_opt(2026, 11, 21).expect("a day of the calendar");
    let world = World::generate(seed, 1, today);
    let atlas = world.atlas();
    let project = |lon: f64, lat: f64| ((lon + 31.0) * 0.94 * 520.0, (20.87 - lat) * 520.0);
    let mut svg =
        String::from("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 900 1150' style='background:#DCE9F5'>");
    // Fills first, then borders, the finest first.
    for (level, width) in [(1, 0.0), (3, 0.35), (2, 0.8), (1, 1.8)] {
        for (index, area) in atlas.level(level).enumerate() {
            let Some(boundary) = atlas.boundary(&area.pcode) else { continue };
            let fill = if width == 0.0 { FILLS[index % FILLS.len()] } else { "none" };
            write!(svg, "<path fill='{fill}' stroke='#445' stroke-width='{width}' stroke-linejoin='round' d='")?;
            for polygon in &boundary.shape {
                for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
                    for (at, corner) in ring.0.iter().enumerate() {
                        let (x, y) = project(corner.x, corner.y);
                        write!(svg, "{}{x:.1} {y:.1}", if at == 0 { "M" } else { "L" })?;
                    }
                    svg.push('Z');
                }
            }
            svg.push_str("'/>");
        }
    }
    for place in world.places() {
        let Some(at) = place.position else { continue };
        let (x, y) = project(at.lon, at.lat);
        let (radius, fill) = match place.kind {
            PlaceKind::Site => (2.6, "#9C3D00"),
            PlaceKind::HostCommunity => (1.6, "#0B4A9E"),
            PlaceKind::FlowPoint => (6.0, "#F2A900"),
        };
        write!(svg, "<circle cx='{x:.1}' cy='{y:.1}' r='{radius}' fill='{fill}'/>")?;
    }
    for area in atlas.level(1) {
        let Some(middle) = atlas.boundary(&area.pcode).and_then(|boundary| boundary.shape.centroid()) else { continue };
        let (x, y) = project(middle.x(), middle.y());
        let name = area.name.get(Lang::Fr);
        write!(
            svg,
            "<text x='{x:.0}' y='{y:.0}' font-size='15' font-family='sans-serif' font-weight='600' text-anchor='middle' stroke='#fff' stroke-width='3' paint-order='stroke'>{name}</text>"
        )?;
    }
    svg.push_str("</svg>");
    println!("{svg}");
    Ok(())
}
