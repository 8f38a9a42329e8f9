//! Horizontal bars, labelled directly.

use super::canvas::{Anchor, Canvas, Frame, Svg, fit, n, text_width};
use super::palette::{LINE, PRIMARY, mostly_carried};
use crate::words::Words;
use dtm_protect::{ReleasedCell, Value};

/// One bar.
#[derive(Clone, Debug)]
pub struct Bar<'a> {
    /// What it stands for.
    pub label: String,
    /// Its figure.
    pub cell: ReleasedCell,
    /// A colour of its own; the primary blue where none is given.
    pub colour: Option<&'a str>,
}

/// A list of bars.
#[derive(Clone, Debug)]
pub struct Bars<'a> {
    /// Size, language, description.
    pub frame: Frame<'a>,
    /// The bars, from the top.
    pub bars: Vec<Bar<'a>>,
    /// What its numbers are.
    pub reading: Reading,
}

/// What the numbers of a drawing are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Counts.
    Count,
    /// Counts, each said with its share of this whole.
    PartOf(i64),
    /// Shares, in the parts of [`dtm_model::Unit::Share`].
    Share,
}

/// Draws the bars: label above, figure and share at the end.
pub fn bars(spec: &Bars<'_>) -> Svg {
    let words = Words::of(spec.frame.lang);
    let width = spec.frame.width;
    let mut canvas = Canvas::new(spec.frame);
    if spec.bars.is_empty() {
        canvas.muted(width / 2.0, 30.0, Anchor::Middle, &words.t("drawing-empty"));
        return canvas.finish(50.0);
    }
    let most = spec.bars.iter().filter_map(|bar| bar.cell.value.number()).max().unwrap_or(0).max(1) as f64;
    let mut y = 0.0;
    for bar in &spec.bars {
        let figure = match (bar.cell.value, spec.reading) {
            (Value::Number(number), Reading::PartOf(whole)) if whole > 0 => {
                format!("{} · {}", words.number(number), words.percent(number, whole))
            }
            (value, Reading::Share) => words.share(value),
            (value, _) => words.value(value),
        };
        let room = width - text_width(&figure, 11.0) - 12.0;
        canvas.text(0.0, y + 11.0, Anchor::Start, &fit(&bar.label, 11.0, room));
        canvas.bold(width, y + 11.0, Anchor::End, &figure);
        mark(&mut canvas, &bar.cell, bar.colour.unwrap_or(PRIMARY), [0.0, y + 16.0, width, 10.0], most);
        y += 35.0;
    }
    canvas.finish(y - 7.0)
}

/// A bar in its lane `[x, y, width, height]`: filled, or the state's pattern where there is no number.
pub(super) fn mark(canvas: &mut Canvas<'_>, cell: &ReleasedCell, colour: &str, lane: [f64; 4], most: f64) {
    let id = canvas.frame.id;
    let [x, y, width, height] = lane;
    canvas.rect(x, y, width, height, "fill=\"#F1F4F9\" rx=\"2\"");
    match cell.value {
        Value::Number(0) => {
            canvas.put(format_args!("<path d=\"M{} {}v{}\" stroke=\"#14213D\"/>", n(x + 0.5), n(y), n(height)));
        }
        Value::Number(number) => {
            let length = (width * number as f64 / most).clamp(1.0, width);
            canvas.rect(x, y, length, height, &format!("fill=\"{colour}\" rx=\"2\""));
            let carried = (width * cell.known_carried() as f64 / most).clamp(0.0, length);
            if cell.known_carried() > 0 && (carried >= 2.0 || mostly_carried(cell)) {
                canvas.rect(x + length - carried, y, carried, height, "fill=\"#fff\" fill-opacity=\".55\"");
                canvas.rect(x + length - carried, y, carried, height, &format!("fill=\"url(#{id}-c)\""));
            }
        }
        Value::Nothing => {
            canvas.rect(x, y, width, height, &format!("fill=\"url(#{id}-n)\" stroke=\"{LINE}\" rx=\"2\""));
        }
        Value::Hidden(_) => {
            canvas.rect(x, y, width, height, &format!("fill=\"url(#{id}-h)\" stroke=\"{LINE}\" rx=\"2\""));
        }
    }
}
