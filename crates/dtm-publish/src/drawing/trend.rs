//! A figure over the rounds.

use super::canvas::{Anchor, Canvas, Frame, Svg, escape, n, text_width};
use super::palette::{INK, MUTED, PRIMARY, SOFT};
use crate::words::Words;
use chrono::NaiveDate;
use dtm_protect::{ReleasedCell, Value};

/// One round.
#[derive(Clone, Debug)]
pub struct TrendPoint {
    /// The round's label, as written on the axis: `R5.1`.
    pub label: String,
    /// The date its figures are reported for; it decides where the point stands.
    pub day: NaiveDate,
    /// Its figure.
    pub cell: ReleasedCell,
    /// Whether fewer than nine in ten of its places were reached, so that its figure compares with care.
    pub partial: bool,
}

/// A figure over the rounds.
#[derive(Clone, Debug)]
pub struct Trend<'a> {
    /// Size, language, description.
    pub frame: Frame<'a>,
    /// The rounds, by date.
    pub points: Vec<TrendPoint>,
}

/// Where a figure is on the sheet.
struct Mark<'a> {
    x: f64,
    y: f64,
    carried_y: f64,
    point: &'a TrendPoint,
}

const TOP: f64 = 26.0;
const BASE: f64 = 168.0;

/// Draws the line, its carried part hatched, each round labelled where there is room, the last one always.
pub fn trend(spec: &Trend<'_>) -> Svg {
    let words = Words::of(spec.frame.lang);
    let width = spec.frame.width;
    let mut canvas = Canvas::new(spec.frame);
    let (Some(first), Some(last)) = (spec.points.first(), spec.points.last()) else {
        canvas.muted(width / 2.0, 30.0, Anchor::Middle, &words.t("drawing-empty"));
        return canvas.finish(50.0);
    };
    let most = spec.points.iter().filter_map(|point| point.cell.value.number()).max().unwrap_or(0);
    let step = tick_step(most);
    let ceiling = ((most as f64 / step as f64).ceil() * step as f64).max(1.0);
    let (left, right) = (30.0, width - 24.0);
    let days = (last.day - first.day).num_days();
    let x_of = |day: NaiveDate| match days {
        0 => (left + right) / 2.0,
        days => left + 14.0 + (right - left - 14.0) * (day - first.day).num_days() as f64 / days as f64,
    };
    let y_of = |number: f64| BASE - (BASE - TOP) * number / ceiling;
    for tick in (0..).map(|at| at * step).take_while(|tick| *tick as f64 <= ceiling).take(8) {
        let y = y_of(tick as f64);
        if tick > 0 {
            canvas.rule(left, y, width, y);
        }
        let text = words.short(tick);
        canvas.styled(left - 4.0, y + 3.0, Anchor::End, &format!(" font-size=\"9\" fill=\"{MUTED}\""), &text);
    }
    let marks: Vec<Mark<'_>> = spec
        .points
        .iter()
        .map(|point| {
            let number = point.cell.value.number().unwrap_or(0) as f64;
            let reported = number - point.cell.known_carried() as f64;
            Mark { x: x_of(point.day), y: y_of(number), carried_y: y_of(reported), point }
        })
        .collect();
    // A round without a figure breaks the line: nothing is drawn across it.
    for run in marks.split(|mark| mark.point.cell.value.number().is_none()).filter(|run| !run.is_empty()) {
        draw_run(&mut canvas, run);
    }
    canvas.put(format_args!("<path d=\"M{} {}H{}\" stroke=\"{MUTED}\" fill=\"none\"/>", n(left), n(BASE), n(width)));
    for mark in &marks {
        draw_mark(&mut canvas, mark, words);
    }
    label_values(&mut canvas, &marks, words);
    label_rounds(&mut canvas, &marks, words);
    let mut bottom = BASE + 42.0;
    let id = spec.frame.id;
    let mut entries: Vec<(String, &str)> = Vec::new();
    if spec.points.iter().any(|point| point.cell.known_carried() > 0) {
        entries.push((format!("url(#{id}-c)"), "drawing-carried-part"));
    }
    if spec.points.iter().any(|point| matches!(point.cell.value, Value::Hidden(_))) {
        entries.push((format!("url(#{id}-h)"), "state-hidden"));
    }
    if spec.points.iter().any(|point| point.cell.value == Value::Nothing) {
        entries.push((format!("url(#{id}-n)"), "state-nothing"));
    }
    if spec.points.iter().any(|point| point.partial) {
        entries.push(("#fff".to_owned(), "drawing-partial"));
    }
    let mut x = left;
    for (paint, key) in entries {
        let text = words.t(key);
        let size = 21.0 + text_width(&text, 10.0) + 12.0;
        if x > left && x + size > width {
            (x, bottom) = (left, bottom + 16.0);
        }
        if key == "drawing-partial" {
            canvas.put(format_args!(
                "<circle cx=\"{}\" cy=\"{}\" r=\"3.5\" fill=\"{paint}\" stroke=\"{PRIMARY}\" stroke-width=\"1.5\"/>",
                n(x + 8.0),
                n(bottom - 3.5)
            ));
        } else {
            canvas.rect(
                x,
                bottom - 9.0,
                16.0,
                10.0,
                &format!("fill=\"{paint}\" stroke=\"#9AA3B2\" stroke-width=\".6\""),
            );
        }
        canvas.styled(x + 21.0, bottom, Anchor::Start, " font-size=\"10\"", &text);
        x += size;
    }
    canvas.finish(bottom + 8.0)
}

/// The least step of 1, 2 or 5 × 10ⁿ that needs no more than five ticks.
fn tick_step(most: i64) -> i64 {
    let mut power = 1_i64;
    loop {
        for step in [1, 2, 5].map(|step| power.saturating_mul(step)) {
            if step.saturating_mul(5) >= most {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

fn draw_run(canvas: &mut Canvas<'_>, run: &[Mark<'_>]) {
    let id = canvas.frame.id;
    let line: Vec<String> = run.iter().map(|mark| format!("{} {}", n(mark.x), n(mark.y))).collect();
    let Some(first) = run.first() else { return };
    canvas.put(format_args!(
        "<path fill=\"{SOFT}\" fill-opacity=\".4\" d=\"M{} {BASE}L{}V{BASE}z\"/>",
        n(first.x),
        line.join("L")
    ));
    if run.iter().any(|mark| mark.point.cell.known_carried() > 0) {
        let floor: Vec<String> = run.iter().rev().map(|mark| format!("{} {}", n(mark.x), n(mark.carried_y))).collect();
        canvas.put(format_args!("<path fill=\"url(#{id}-c)\" d=\"M{}L{}z\"/>", line.join("L"), floor.join("L")));
    }
    canvas.put(format_args!(
        "<path fill=\"none\" stroke=\"{PRIMARY}\" stroke-width=\"2\" stroke-linejoin=\"round\" d=\"M{}\"/>",
        line.join("L")
    ));
}

fn draw_mark(canvas: &mut Canvas<'_>, mark: &Mark<'_>, words: &Words) {
    let id = canvas.frame.id;
    let when = format!("{}, {}", mark.point.label, words.month(mark.point.day));
    let said = words.pair(&when, &words.value(mark.point.cell.value));
    let title = format!("<title>{}</title>", escape(&said));
    match mark.point.cell.value {
        Value::Number(_) => {
            let fill = if mark.point.partial { "#fff" } else { PRIMARY };
            canvas.put(format_args!(
                "<circle cx=\"{}\" cy=\"{}\" r=\"3.5\" fill=\"{fill}\" stroke=\"{PRIMARY}\" stroke-width=\"1.5\">{title}</circle>",
                n(mark.x),
                n(mark.y)
            ));
        }
        state => {
            let pattern = if state == Value::Nothing { "n" } else { "h" };
            canvas.put(format_args!(
                "<rect x=\"{}\" y=\"{TOP}\" width=\"12\" height=\"{}\" fill=\"url(#{id}-{pattern})\">{title}</rect>",
                n(mark.x - 6.0),
                n(BASE - TOP)
            ));
        }
    }
}

/// Writes figures above their points: the last, the first and the highest before the others, none over another.
fn label_values(canvas: &mut Canvas<'_>, marks: &[Mark<'_>], words: &Words) {
    let highest = marks.iter().max_by_key(|mark| mark.point.cell.value.number()).map(|mark| mark.x);
    let last = marks.len().saturating_sub(1);
    let mut order: Vec<usize> = (0..marks.len()).collect();
    order.sort_by_key(|at| match *at {
        at if at == last => 0,
        at if Some(marks[at].x) == highest => 1,
        0 => 2,
        at => 3 + (last - at),
    });
    let mut placed: Vec<(f64, f64, f64)> = Vec::new();
    for at in order {
        let mark = &marks[at];
        let Some(number) = mark.point.cell.value.number() else { continue };
        let text = if at == last { words.number(number) } else { words.short(number) };
        let size = if at == last { 12.0 } else { 9.5 };
        let half = text_width(&text, size) * if at == last { 0.55 } else { 0.5 } + 2.0;
        // Beside a line that climbs, the label leans away from it.
        let climbs = marks.get(at + 1).is_some_and(|next| next.y < mark.y - 8.0);
        let lean = if climbs { half * 0.6 } else { 0.0 };
        let x = (mark.x - lean).clamp(30.0 + half, canvas.frame.width - half);
        let y = mark.y - 8.0;
        let taken = placed.iter().any(|(px, py, phalf)| (py - y).abs() < 12.0 && (px - x).abs() < half + phalf + 2.0);
        // A label stands free when the line beside it does not climb through it.
        let crossed = marks.iter().any(|other| (other.x - x).abs() < half && (y - 10.0..y + 2.0).contains(&other.y));
        if at != last && (taken || crossed) {
            continue;
        }
        placed.push((x, y, half));
        let weight = if at == last { " font-weight=\"600\"" } else { "" };
        canvas.styled(x, y, Anchor::Middle, &format!(" font-size=\"{}\"{weight} fill=\"{INK}\"", n(size)), &text);
    }
}

/// Writes the rounds below the axis, and a month under the first, the last and each that has room.
fn label_rounds(canvas: &mut Canvas<'_>, marks: &[Mark<'_>], words: &Words) {
    let last = marks.len().saturating_sub(1);
    for (y, font, month) in [(BASE + 12.0, 10.0, false), (BASE + 23.0, 9.0, true)] {
        let mut placed: Vec<(f64, f64)> = Vec::new();
        let mut order: Vec<usize> = (0..marks.len()).collect();
        order.sort_by_key(|at| if *at == last { 0 } else { 1 + at });
        for at in order {
            let mark = &marks[at];
            let text = if month { words.month_short(mark.point.day) } else { mark.point.label.clone() };
            let half = text_width(&text, font) / 2.0;
            let x = mark.x.min(canvas.frame.width - half);
            if placed.iter().any(|(px, phalf)| (px - x).abs() < half + phalf + 4.0) {
                continue;
            }
            placed.push((x, half));
            canvas.styled(x, y, Anchor::Middle, &format!(" font-size=\"{}\" fill=\"{MUTED}\"", n(font)), &text);
        }
    }
}
