//! Columns by day.

use super::canvas::{Anchor, Canvas, Frame, Svg, n};
use super::palette::{INK, PRIMARY};
use crate::words::Words;
use chrono::NaiveDate;
use dtm_protect::{ReleasedCell, Value};

/// One day.
#[derive(Clone, Debug)]
pub struct Column {
    /// The day.
    pub day: NaiveDate,
    /// Its figure.
    pub cell: ReleasedCell,
}

/// Figures by day.
#[derive(Clone, Debug)]
pub struct Columns<'a> {
    /// Size, language, description.
    pub frame: Frame<'a>,
    /// The days in order; a day that is missing stays empty.
    pub columns: Vec<Column>,
}

/// Draws one column a day, on a common scale from zero.
pub fn columns(spec: &Columns<'_>) -> Svg {
    let words = Words::of(spec.frame.lang);
    let (width, id) = (spec.frame.width, spec.frame.id);
    let mut canvas = Canvas::new(spec.frame);
    let (Some(first), Some(last)) = (spec.columns.first(), spec.columns.last()) else {
        canvas.muted(width / 2.0, 30.0, Anchor::Middle, &words.t("drawing-empty"));
        return canvas.finish(50.0);
    };
    let (top, base) = (18.0, 100.0);
    let most = spec.columns.iter().filter_map(|column| column.cell.value.number()).max().unwrap_or(0).max(1) as f64;
    let days = ((last.day - first.day).num_days() + 1).max(1) as f64;
    let step = width / days;
    let gap = if step > 4.0 { 1.0 } else { 0.0 };
    let mut bars = String::new();
    for column in &spec.columns {
        let x = (column.day - first.day).num_days() as f64 * step;
        match column.cell.value {
            Value::Number(number) if number > 0 => {
                let height = (base - top) * number as f64 / most;
                bars.push_str(&format!("M{} {}h{}v{}h-{2}z", n(x), n(base - height), n(step - gap), n(height)));
            }
            Value::Number(_) => bars.push_str(&format!("M{} {}h{}v1h-{2}z", n(x), n(base - 1.0), n(step - gap))),
            Value::Nothing => canvas.rect(x, base - 12.0, step - gap, 12.0, &format!("fill=\"url(#{id}-n)\"")),
            Value::Hidden(_) => canvas.rect(x, base - 12.0, step - gap, 12.0, &format!("fill=\"url(#{id}-h)\"")),
        }
    }
    canvas.put(format_args!("<path fill=\"{PRIMARY}\" d=\"{bars}\"/>"));
    canvas.put(format_args!("<path d=\"M0 {b}h{w}\" stroke=\"{INK}\" fill=\"none\"/>", b = n(base), w = n(width)));
    if let Some(peak) = spec.columns.iter().rev().max_by_key(|column| column.cell.value.number())
        && let Some(number) = peak.cell.value.number()
    {
        let x = ((peak.day - first.day).num_days() as f64 + 0.5) * step;
        let anchor = match x {
            x if x < 40.0 => Anchor::Start,
            x if x > width - 40.0 => Anchor::End,
            _ => Anchor::Middle,
        };
        canvas.bold(x, top - 5.0, anchor, &words.number(number));
    }
    canvas.muted(0.0, base + 14.0, Anchor::Start, &words.date(first.day));
    if last.day > first.day {
        canvas.muted(width, base + 14.0, Anchor::End, &words.date(last.day));
    }
    canvas.finish(base + 20.0)
}
