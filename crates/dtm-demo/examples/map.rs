//! Draws the demo country as SVG on standard output: `cargo run -p dtm-demo --example map -- 1 > map.svg`.
#![allow(clippy::print_stdout)]
use dtm_demo::World;
use std::fmt::Write;

fn main() {
    let seed = std::env::args().nth(1).and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let start = std::time::Instant::now();
    let world = World::generate(seed, 1, chrono::NaiveDate::from_ymd_opt(2026, 11, 21).expect("a day"));
    eprintln!("{:?}", start.elapsed());
    let mut svg =
        String::from("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 900 1150' style='background:#DCE9F5'>");
    let project = |at: &geo::Coord<f64>| ((at.x + 31.0) * 0.94 * 520.0, (20.87 - at.y) * 520.0);
    let fills =
        ["#cfe3c8", "#f3e0b5", "#d8d0ea", "#f2c9c3", "#c8e0e8", "#e8e3a8", "#d5d5d5", "#f5cfe0", "#bfe0d2", "#e6d2b8"];
    for (level, width) in [(1usize, 0.0), (3, 0.35), (2, 0.8), (1, 1.8)] {
        for boundary in world.boundaries() {
            let code = boundary.pcode.as_str();
            let of = match code.len() {
                2 => 0,
                4 => 1,
                6 => 2,
                _ => 3,
            };
            if of != level {
                continue;
            }
            let mut d = String::new();
            for polygon in &boundary.shape {
                for ring in std::iter::once(polygon.exterior()).chain(polygon.interiors()) {
                    for (i, at) in ring.0.iter().enumerate() {
                        let (x, y) = project(at);
                        let _ = write!(d, "{}{x:.1} {y:.1}", if i == 0 { "M" } else { "L" });
                    }
                    d.push('Z');
                }
            }
            let fill = if width == 0.0 { fills[code[2..4].parse::<usize>().unwrap_or(0) % 10] } else { "none" };
            let _ = write!(
                svg,
                "<path d='{d}' fill='{fill}' stroke='#445' stroke-width='{width}' stroke-linejoin='round'/>"
            );
        }
    }
    for area in world.areas().iter().filter(|area| area.level == 1) {
        let boundary = world.boundaries().iter().find(|b| b.pcode == area.pcode).expect("has an outline");
        use geo::Centroid;
        if let Some(at) = boundary.shape.centroid() {
            let (x, y) = project(&at.0);
            let _ = write!(
                svg,
                "<text x='{x:.0}' y='{y:.0}' font-size='15' font-family='sans-serif' font-weight='600' text-anchor='middle'>{}</text>",
                area.name.get(dtm_model::Lang::Fr)
            );
        }
    }
    svg.push_str("</svg>");
    println!("{svg}");
}
