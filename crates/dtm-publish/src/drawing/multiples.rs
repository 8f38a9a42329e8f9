//! Many small drawings on one scale: the trend of each area beside the others.

use super::canvas::{Anchor, Canvas, Frame, Svg, escape, fit, n};
use super::palette::{LINE, MUTED, PRIMARY, SOFT, mostly_carried};
use super::states::{mark_carried, say_states};
use super::trend::TrendPoint;
use crate::words::Words;
use dtm_protect::Value;

/// One small drawing.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What it is of.
    pub label: String,
    /// Its rounds, by date.
    pub points: Vec<TrendPoint>,
}

/// Small trends on one scale and over the same time.
#[derive(Clone, Debug)]
pub struct Multiples<'a> {
    /// Size, language, description.
    pub frame: Frame<'a>,
    /// The drawings, row by row.
    pub panels: Vec<Panel>,
}

const PANEL: f64 = 112.0;
const HEIGHT: f64 = 74.0;
const LINE_TOP: f64 = 30.0;
const BASE: f64 = 60.0;

/// Draws the panels: the last figure in words, the line since the first round, gaps where there is no figure.
pub fn multiples(spec: &Multiples<'_>) -> Svg {
    let words = Words::of(spec.frame.lang);
    let width = spec.frame.width;
    let mut canvas = Canvas::new(spec.frame);
    let points = || spec.panels.iter().flat_map(|panel| &panel.points);
    let days = points().map(|point| point.day).min().zip(points().map(|point| point.day).max());
    let Some((first, last)) = days else {
        canvas.muted(width / 2.0, 30.0, Anchor::Middle, &words.t("drawing-empty"));
        return canvas.finish(50.0);
    };
    let most = points().filter_map(|point| point.cell.value.number()).max().unwrap_or(0).max(1) as f64;
    let per_row = (width / PANEL).floor().max(1.0);
    let panel_width = width / per_row;
    let span = ((last - first).num_days() as f64).max(1.0);
    for (at, panel) in spec.panels.iter().enumerate() {
        let (column, row) = (at as f64 % per_row, (at as f64 / per_row).floor());
        let (x, y) = (column * panel_width, row * HEIGHT);
        let reach = panel_width - 14.0;
        let place = |point: &TrendPoint, number: i64| {
            let along = (point.day - first).num_days() as f64 / span;
            (x + along * reach, y + BASE - (BASE - LINE_TOP) * number as f64 / most)
        };
        canvas.styled(x, y + 11.0, Anchor::Start, " font-weight=\"600\"", &fit(&panel.label, 11.0, reach));
        if let Some(point) = panel.points.last() {
            let style = format!(" font-size=\"10\" fill=\"{MUTED}\"");
            canvas.styled(x, y + 23.0, Anchor::Start, &style, &fit(&words.value(point.cell.value), 10.0, reach));
        }
        canvas.put(format_args!(
            "<path d=\"M{} {}h{}\" stroke=\"{LINE}\" fill=\"none\"/>",
            n(x),
            n(y + BASE),
            n(reach)
        ));
        for run in panel.points.split(|point| point.cell.value.number().is_none()).filter(|run| !run.is_empty()) {
            let line: Vec<(f64, f64)> =
                run.iter().filter_map(|point| Some(place(point, point.cell.value.number()?))).collect();
            draw_line(&mut canvas, &line, y + BASE);
        }
        for point in panel.points.iter().filter(|point| mostly_carried(&point.cell)) {
            let (x, y) = place(point, point.cell.value.number().unwrap_or(0));
            mark_carried(&mut canvas, [x - 3.0, y - 3.0, 6.0, 6.0]);
        }
        for point in panel.points.iter().filter(|point| point.cell.value.number().is_none()) {
            let pattern = if point.cell.value == Value::Nothing { "n" } else { "h" };
            let said = words.pair(&point.label, &words.value(point.cell.value));
            canvas.put(format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"6\" height=\"{}\" fill=\"url(#{}-{pattern})\"><title>{}</title></rect>",
                n((place(point, 0).0 - 3.0).max(x)),
                n(y + LINE_TOP),
                n(BASE - LINE_TOP),
                spec.frame.id,
                escape(&said)
            ));
        }
    }
    let rows = (spec.panels.len() as f64 / per_row).ceil();
    let style = format!(" font-size=\"10\" fill=\"{MUTED}\"");
    let time = words.t_args(
        "drawing-same-scale",
        &[("from", words.month_short(first).into()), ("to", words.month_short(last).into())],
    );
    canvas.styled(0.0, rows * HEIGHT + 8.0, Anchor::Start, &style, &time);
    let end = say_states(&mut canvas, points().map(|point| &point.cell), rows * HEIGHT + 16.0);
    canvas.finish(end)
}

fn draw_line(canvas: &mut Canvas<'_>, line: &[(f64, f64)], base: f64) {
    let (Some(first), Some(last)) = (line.first(), line.last()) else { return };
    let path: Vec<String> = line.iter().map(|(x, y)| format!("{} {}", n(*x), n(*y))).collect();
    canvas.put(format_args!(
        "<path fill=\"{SOFT}\" fill-opacity=\".4\" d=\"M{} {}L{}V{}z\"/><path fill=\"none\" stroke=\"{PRIMARY}\" stroke-width=\"1.5\" d=\"M{}\"/>",
        n(first.0),
        n(base),
        path.join("L"),
        n(base),
        path.join("L")
    ));
    canvas.put(format_args!("<circle cx=\"{}\" cy=\"{}\" r=\"2.2\" fill=\"{PRIMARY}\"/>", n(last.0), n(last.1)));
}
