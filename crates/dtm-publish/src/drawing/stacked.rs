//! Bars of parts: what a whole is made of, bar by bar.

use super::canvas::{Anchor, Canvas, Frame, Svg, escape, fit, n, text_width};
use super::palette::{CATEGORICAL, INK, LINE, mostly_carried};
use super::states::{mark_carried, say_states};
use crate::words::Words;
use dtm_protect::{ReleasedCell, Value};

/// One bar and its parts.
#[derive(Clone, Debug)]
pub struct StackedBar {
    /// What it stands for.
    pub label: String,
    /// Its parts, one for each of the names, in their order; none where there is no such part.
    pub parts: Vec<Option<ReleasedCell>>,
}

/// Bars on one scale, or each to a hundred percent.
#[derive(Clone, Debug)]
pub struct Stacked<'a> {
    /// Size, language, description.
    pub frame: Frame<'a>,
    /// Names of the parts, seven at most to be told apart by colour.
    pub names: Vec<String>,
    /// The bars, from the top.
    pub bars: Vec<StackedBar>,
    /// Whether each bar is drawn as long as the others, and parts as shares of it.
    pub shares: bool,
}

/// Width of the stub that stands for a part without a number.
const STUB: f64 = 12.0;

/// Draws the bars with a legend above; a part that is hidden or missing is a stub at the end of its bar, never a length.
pub fn stacked(spec: &Stacked<'_>) -> Svg {
    let words = Words::of(spec.frame.lang);
    let width = spec.frame.width;
    let mut canvas = Canvas::new(spec.frame);
    if spec.bars.is_empty() {
        canvas.muted(width / 2.0, 30.0, Anchor::Middle, &words.t("drawing-empty"));
        return canvas.finish(50.0);
    }
    let sum = |bar: &StackedBar| bar.parts.iter().flatten().filter_map(|cell| cell.value.number()).sum::<i64>();
    let stubs = |bar: &StackedBar| {
        bar.parts.iter().flatten().filter(|cell| cell.value.number().is_none()).count() as f64 * STUB
    };
    let most = spec.bars.iter().map(sum).max().unwrap_or(0).max(1);
    let room = width - spec.bars.iter().map(stubs).fold(0.0, f64::max);
    let mut y = legend(&mut canvas, spec) + 6.0;
    for bar in &spec.bars {
        let total = sum(bar);
        let incomplete = bar.parts.iter().flatten().any(|cell| matches!(cell.value, Value::Hidden(_)));
        let said = match (total, incomplete) {
            (0, true) => words.t("state-hidden"),
            (_, true) => format!("≥ {}", words.number(total)),
            (0, false) if bar.parts.iter().flatten().all(|cell| cell.value == Value::Nothing) => {
                words.t("state-nothing")
            }
            _ => words.number(total),
        };
        canvas.text(0.0, y + 11.0, Anchor::Start, &fit(&bar.label, 11.0, width - text_width(&said, 11.0) - 14.0));
        canvas.bold(width, y + 11.0, Anchor::End, &said);
        let scale = room / if spec.shares { total.max(1) } else { most } as f64;
        draw_bar(&mut canvas, spec, bar, (y + 16.0, scale, total), words);
        y += 37.0;
    }
    let end = say_states(&mut canvas, spec.bars.iter().flat_map(|bar| bar.parts.iter().flatten()), y);
    canvas.finish(end)
}

/// One bar at this height and scale (px a person); parts that are wide enough say their share.
fn draw_bar(canvas: &mut Canvas<'_>, spec: &Stacked<'_>, bar: &StackedBar, at: (f64, f64, i64), words: &Words) {
    let (y, scale, total) = at;
    let id = spec.frame.id;
    canvas.rect(0.0, y, spec.frame.width, 14.0, "fill=\"#F1F4F9\"");
    let mut x = 0.0;
    for (part, cell) in bar.parts.iter().enumerate() {
        let Some(cell) = cell else { continue };
        let name = spec.names.get(part).map_or("", String::as_str);
        let title = escape(&words.pair(name, &words.value(cell.value)));
        let (paint, length) = match cell.value {
            Value::Number(number) => (CATEGORICAL[part % CATEGORICAL.len()].to_owned(), number.max(0) as f64 * scale),
            Value::Nothing => (format!("url(#{id}-n)"), STUB),
            Value::Hidden(_) => (format!("url(#{id}-h)"), STUB),
        };
        if length <= 0.0 {
            // Zero is a mark without a length.
            canvas.put(format_args!(
                "<path d=\"M{} {}v14\" stroke=\"{INK}\"><title>{title}</title></path>",
                n(x + 0.5),
                n(y)
            ));
            continue;
        }
        canvas.put(format_args!(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"14\" fill=\"{paint}\" stroke=\"#fff\" stroke-width=\".8\"><title>{title}</title></rect>",
            n(x),
            n(y),
            n(length)
        ));
        if mostly_carried(cell) {
            mark_carried(canvas, [x, y, length, 14.0]);
        }
        if let Some(number) = cell.value.number() {
            let share = words.percent(number, total);
            if text_width(&share, 10.0) + 6.0 < length {
                // Okabe-Ito's light tones carry ink, its dark ones white.
                let ink = if [0, 2, 4, 6].contains(&(part % CATEGORICAL.len())) { "#fff" } else { "#14213D" };
                let style = format!(" font-size=\"10\" font-weight=\"600\" fill=\"{ink}\"");
                canvas.styled(x + length / 2.0, y + 10.5, Anchor::Middle, &style, &share);
            }
        }
        x += length;
    }
}

/// Names beside their colours, in lines that fit; the height they take.
fn legend(canvas: &mut Canvas<'_>, spec: &Stacked<'_>) -> f64 {
    let (mut x, mut y) = (0.0, 4.0);
    for (part, name) in spec.names.iter().enumerate() {
        let paint = CATEGORICAL[part % CATEGORICAL.len()];
        let name = fit(name, 10.0, spec.frame.width - 20.0);
        let size = 17.0 + text_width(&name, 10.0) + 12.0;
        if x > 0.0 && x + size - 12.0 > spec.frame.width {
            (x, y) = (0.0, y + 16.0);
        }
        canvas.rect(x, y, 12.0, 10.0, &format!("fill=\"{paint}\" stroke=\"{LINE}\" stroke-width=\".6\""));
        canvas.styled(x + 17.0, y + 9.0, Anchor::Start, " font-size=\"10\"", &name);
        x += size;
    }
    y + 16.0
}
