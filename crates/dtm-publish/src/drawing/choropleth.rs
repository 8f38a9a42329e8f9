//! A map of areas shaded by class.

use super::canvas::{Anchor, Canvas, Frame, Svg, escape, n, text_width};
use super::outline::{Shape, outline, path};
use super::palette::{Fill, MUTED, SEQUENTIAL, mostly_carried};
use crate::borders::{P, twice_area};
use crate::words::{Arg, Words};
use dtm_protect::ReleasedCell;
use geo::MultiPolygon;
use std::collections::BTreeMap;

/// Grid steps to a px: borders are drawn to half a px.
const GRAIN: f64 = 2.0;

/// One area of a map.
#[derive(Clone, Debug)]
pub struct MapArea<'a> {
    /// Its name, said when pointed at.
    pub name: &'a str,
    /// Its outline.
    pub shape: &'a MultiPolygon<f64>,
    /// What it belongs to (its parent's code): borders between groups are drawn stronger.
    pub group: &'a str,
    /// Its figure.
    pub cell: ReleasedCell,
    /// Where a click leads.
    pub href: Option<String>,
}

/// A map shaded by class.
#[derive(Clone, Debug)]
pub struct Choropleth<'a> {
    /// Size, language, description.
    pub frame: Frame<'a>,
    /// The areas.
    pub areas: Vec<MapArea<'a>>,
    /// Lower bounds of all classes but the first, ascending, at most four; see [`class_breaks`].
    pub breaks: Vec<i64>,
    /// What is counted, above the legend.
    pub legend: &'a str,
    /// Names of the groups, written on the map where there is room.
    pub group_names: BTreeMap<&'a str, &'a str>,
}

/// Lower bounds of classes 2 to 5: quantiles of the positive values, rounded to 1, 2 or 5 times a power of ten.
/// Pass the values of all rounds, so that their maps compare.
pub fn class_breaks(values: impl IntoIterator<Item = i64>) -> Vec<i64> {
    let mut values: Vec<i64> = values.into_iter().filter(|value| *value > 0).collect();
    values.sort_unstable();
    let mut breaks = Vec::new();
    for part in 1..SEQUENTIAL.len() {
        let Some(quantile) = values.get(values.len() * part / SEQUENTIAL.len()) else { break };
        let at = nice(*quantile);
        if at > breaks.last().copied().unwrap_or(1) && values.first().is_some_and(|least| at > *least) {
            breaks.push(at);
        }
    }
    breaks
}

/// The nearest of 1, 2, 5 × 10ⁿ, by ratio.
fn nice(value: i64) -> i64 {
    let mut best = 1_i64;
    let mut power = 1_i64;
    let off = |candidate: i64| (value as f64 / candidate as f64).ln().abs();
    while power <= value {
        for step in [1, 2, 5, 10] {
            let candidate = power.saturating_mul(step);
            if off(candidate) < off(best) {
                best = candidate;
            }
        }
        power = power.saturating_mul(10);
        if power == i64::MAX {
            break;
        }
    }
    best
}

/// Draws the map with its legend and a scale.
pub fn choropleth(spec: &Choropleth<'_>) -> Svg {
    let words = Words::of(spec.frame.lang);
    let width = spec.frame.width;
    let mut canvas = Canvas::new(spec.frame);
    let shapes: Vec<Shape<'_>> = spec.areas.iter().map(|a| Shape { shape: a.shape, group: a.group }).collect();
    let Some(outlines) = outline(&shapes, (width * GRAIN) as i32, (width * 1.1 * GRAIN) as i32, 2.3) else {
        canvas.muted(width / 2.0, 30.0, Anchor::Middle, &words.t("drawing-empty"));
        return canvas.finish(50.0);
    };
    let mut by_fill: BTreeMap<Fill, Vec<usize>> = BTreeMap::new();
    for (at, area) in spec.areas.iter().enumerate() {
        by_fill.entry(Fill::of(area.cell.value, &spec.breaks)).or_default().push(at);
    }
    let scale = n(1.0 / GRAIN * 10.0).parse::<f64>().unwrap_or(5.0) / 10.0;
    canvas.put(format_args!("<g transform=\"scale({scale})\" stroke-linejoin=\"round\"><g stroke=\"#fff\">"));
    for (fill, members) in &by_fill {
        let edge = if *fill == Fill::Zero { " stroke=\"#C4CCDA\"" } else { "" };
        canvas.put(format_args!("<g fill=\"{}\"{edge}>", fill.paint(spec.frame.id)));
        for at in members {
            draw_area(&mut canvas, &spec.areas[*at], &outlines.rings[*at], words);
        }
        canvas.raw("</g>");
    }
    canvas.raw("</g>");
    let carried: Vec<Vec<P>> = spec
        .areas
        .iter()
        .zip(&outlines.rings)
        .filter(|(area, _)| mostly_carried(&area.cell))
        .flat_map(|(_, rings)| rings.iter().cloned())
        .collect();
    if !carried.is_empty() {
        let d = path(&carried, true);
        canvas.put(format_args!("<path fill=\"url(#{}-c)\" pointer-events=\"none\" d=\"{d}\"/>", spec.frame.id));
    }
    let borders = path(&outlines.borders, false);
    canvas.put(format_args!("<path fill=\"none\" stroke=\"{MUTED}\" stroke-width=\"1.6\" d=\"{borders}\"/></g>"));
    let height = f64::from(outlines.height) / GRAIN;
    name_groups(&mut canvas, spec, &outlines.rings);
    let bottom = legend(&mut canvas, spec, height + 18.0, &by_fill, !carried.is_empty(), words);
    scale_bar(&mut canvas, height, outlines.km_per_step * GRAIN, words);
    canvas.finish(bottom)
}

fn draw_area(canvas: &mut Canvas<'_>, area: &MapArea<'_>, rings: &[Vec<P>], words: &Words) {
    let mut said = words.pair(area.name, &words.value(area.cell.value));
    match area.cell.carried {
        Some(0) => {}
        Some(carried) => said = format!("{said}, {}", words.t_n("drawing-carried", carried)),
        None => said = format!("{said}, {}", words.t("carried-withheld")),
    }
    let drawn = format!("<path d=\"{}\"><title>{}</title></path>", path(rings, true), escape(&said));
    match &area.href {
        Some(href) => canvas.put(format_args!("<a href=\"{}\" tabindex=\"-1\">{drawn}</a>", escape(href))),
        None => canvas.raw(&drawn),
    }
}

/// Writes each group's name at the middle of its largest area's surroundings, moving or skipping names that would overlap.
fn name_groups(canvas: &mut Canvas<'_>, spec: &Choropleth<'_>, rings: &[Vec<Vec<P>>]) {
    let mut sums: BTreeMap<&str, (f64, f64, f64)> = BTreeMap::new();
    for (area, rings) in spec.areas.iter().zip(rings) {
        if let Some(ring) = rings.first() {
            let weight = twice_area(ring) as f64;
            let count = ring.len().max(1) as f64;
            let x = ring.iter().map(|p| f64::from(p.0)).sum::<f64>() / count;
            let y = ring.iter().map(|p| f64::from(p.1)).sum::<f64>() / count;
            let sum = sums.entry(area.group).or_default();
            *sum = (sum.0 + weight, sum.1 + weight * x, sum.2 + weight * y);
        }
    }
    let mut placed: Vec<(f64, f64, f64)> = Vec::new();
    let mut largest_first: Vec<_> = sums.into_iter().filter(|(_, sum)| sum.0 > 0.0).collect();
    largest_first.sort_by(|a, b| b.1.0.total_cmp(&a.1.0).then(a.0.cmp(b.0)));
    let mut names = String::new();
    for (group, (weight, x, y)) in largest_first {
        let Some(name) = spec.group_names.get(group) else { continue };
        let half = text_width(name, 9.5) / 2.0;
        let wanted = x / weight / GRAIN;
        let x = wanted.clamp(half + 2.0, (spec.frame.width - half - 2.0).max(half + 2.0));
        let y = y / weight / GRAIN + 3.0;
        let free = |y: &f64| {
            !placed.iter().any(|(px, py, phalf)| (py - y).abs() < 10.0 && (px - x).abs() < half + phalf + 3.0)
        };
        // A name in the way of a larger area's steps aside by a line, up or down.
        let Some(y) = [y, y + 11.0, y - 11.0].into_iter().find(free) else { continue };
        placed.push((x, y, half));
        names.push_str(&format!("<text x=\"{}\" y=\"{}\">{}</text>", n(x), n(y), escape(name)));
    }
    if !names.is_empty() {
        canvas.put(format_args!(
            "<g font-size=\"9.5\" font-weight=\"600\" text-anchor=\"middle\" stroke=\"#fff\" stroke-width=\"2.5\" \
             stroke-linejoin=\"round\" paint-order=\"stroke\" pointer-events=\"none\">{names}</g>"
        ));
    }
}

/// What a class holds, in words: `1 – 999`, `5,000 and more`.
pub(crate) fn class_label(words: &Words, breaks: &[i64], class: usize) -> String {
    let from = if class == 0 { 1 } else { breaks[class - 1] };
    match breaks.get(class) {
        Some(next) => words.t_args("drawing-class-range", &[("from", Arg::from(from)), ("to", Arg::from(next - 1))]),
        None => words.t_args("drawing-class-from", &[("from", Arg::from(from))]),
    }
}

/// Draws the legend from `top` down and returns where it ends.
fn legend(
    canvas: &mut Canvas<'_>,
    spec: &Choropleth<'_>,
    top: f64,
    by_fill: &BTreeMap<Fill, Vec<usize>>,
    carried: bool,
    words: &Words,
) -> f64 {
    let (id, width) = (spec.frame.id, spec.frame.width);
    canvas.bold(2.0, top, Anchor::Start, spec.legend);
    let mut entries: Vec<(String, String)> = Vec::new();
    for class in 0..=spec.breaks.len() {
        entries.push((Fill::Class(class).paint(id), class_label(words, &spec.breaks, class)));
    }
    for (fill, key) in [(Fill::Zero, "state-zero"), (Fill::Nothing, "state-nothing"), (Fill::Hidden, "state-hidden")] {
        if by_fill.contains_key(&fill) {
            entries.push((fill.paint(id), words.t(key)));
        }
    }
    if carried {
        entries.push((format!("url(#{id}-c)"), words.t("state-carried")));
    }
    let (mut x, mut y) = (2.0, top + 10.0);
    for (paint, text) in entries {
        let size = 22.0 + text_width(&text, 10.0) + 12.0;
        if x > 2.0 && x + size > width + 8.0 {
            (x, y) = (2.0, y + 18.0);
        }
        canvas.rect(x, y, 16.0, 11.0, &format!("fill=\"{paint}\" stroke=\"#9AA3B2\" stroke-width=\".6\""));
        canvas.styled(x + 21.0, y + 9.5, Anchor::Start, " font-size=\"10\"", &text);
        x += size;
    }
    y + 18.0
}

pub(super) fn scale_bar(canvas: &mut Canvas<'_>, bottom: f64, km_per_px: f64, words: &Words) {
    let most = 90.0 * km_per_px;
    let mut km = 1.0_f64;
    for step in [2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0] {
        if step <= most {
            km = step;
        }
    }
    let (length, right) = (km / km_per_px, canvas.frame.width - 4.0);
    let label = words.t_n("drawing-km", km as i64);
    canvas.put(format_args!(
        "<path d=\"M{} {}v4h{}v-4\" fill=\"none\" stroke=\"{MUTED}\"/>",
        n(right - length),
        n(bottom - 2.0),
        n(length)
    ));
    canvas.styled(
        right - length / 2.0,
        bottom - 4.0,
        Anchor::Middle,
        &format!(" font-size=\"9\" fill=\"{MUTED}\""),
        &label,
    );
}
