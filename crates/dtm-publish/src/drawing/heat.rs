//! A table in colours: areas by sector, origins by destinations, weeks by reason.

use super::canvas::{Anchor, Canvas, Frame, Svg, escape, fit, n, text_width};
use super::palette::{Fill, MUTED, mostly_carried};
use super::states::{mark_carried, say_states};
use crate::words::Words;
use dtm_protect::{ReleasedCell, Value};

/// Rows and columns of figures, darker where there are more.
#[derive(Clone, Debug)]
pub struct HeatTable<'a> {
    /// Size, language, description.
    pub frame: Frame<'a>,
    /// What the rows are, and what the columns are: `From`, `To`.
    pub titles: (&'a str, &'a str),
    /// Names of the columns.
    pub columns: Vec<String>,
    /// Names of the rows with their figures, one a column; none where there is no such figure.
    pub rows: Vec<(String, Vec<Option<ReleasedCell>>)>,
    /// Lower bounds of all classes but the first, the same in every round.
    pub breaks: Vec<i64>,
}

const ROW: f64 = 22.0;

/// Draws the table: the figure in every cell, its state by pattern where there is none.
pub fn heat_table(spec: &HeatTable<'_>) -> Svg {
    let words = Words::of(spec.frame.lang);
    let (width, id) = (spec.frame.width, spec.frame.id);
    let mut canvas = Canvas::new(spec.frame);
    if spec.rows.is_empty() || spec.columns.is_empty() {
        canvas.muted(width / 2.0, 30.0, Anchor::Middle, &words.t("drawing-empty"));
        return canvas.finish(50.0);
    }
    let names = spec.rows.iter().map(|(name, _)| text_width(name, 11.0)).fold(40.0, f64::max);
    let left = names.min(width * 0.32) + 8.0;
    let step = (width - left) / spec.columns.len() as f64;
    // Names that do not fit above their column lean, and take the height they need.
    let longest = spec.columns.iter().map(|name| text_width(name, 10.0)).fold(0.0, f64::max);
    let leans = longest > step - 4.0;
    let top = if leans { (longest.min(92.0) * 0.71 + 16.0).max(30.0) } else { 30.0 };
    let style = format!(" font-size=\"10\" fill=\"{MUTED}\"");
    canvas.styled(left, 10.0, Anchor::Start, &style, &format!("{} →", spec.titles.1));
    canvas.styled(0.0, top - 5.0, Anchor::Start, &style, &fit(&format!("{} ↓", spec.titles.0), 10.0, left));
    for (at, name) in spec.columns.iter().enumerate() {
        let x = left + step * (at as f64 + 0.5);
        if leans {
            let turned = format!(" font-size=\"10\" transform=\"rotate(-45 {} {})\"", n(x), n(top - 5.0));
            canvas.styled(x, top - 5.0, Anchor::Start, &turned, &fit(name, 10.0, 92.0));
        } else {
            canvas.styled(x, top - 5.0, Anchor::Middle, " font-size=\"10\"", name);
        }
    }
    for (row, (name, cells)) in spec.rows.iter().enumerate() {
        let y = top + ROW * row as f64;
        canvas.text(0.0, y + 15.0, Anchor::Start, &fit(name, 11.0, left - 6.0));
        for (column, cell) in cells.iter().enumerate() {
            let x = left + step * column as f64;
            let Some(cell) = cell else {
                canvas.muted(x + step / 2.0, y + 15.0, Anchor::Middle, "–");
                continue;
            };
            let fill = Fill::of(cell.value, &spec.breaks);
            let column = spec.columns.get(column).map_or("", String::as_str);
            let title = escape(&words.pair(&format!("{name} · {column}"), &words.value(cell.value)));
            canvas.put(format_args!(
                "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" stroke=\"#fff\"><title>{title}</title></rect>",
                n(x),
                n(y),
                n(step),
                n(ROW),
                fill.paint(id)
            ));
            if mostly_carried(cell) {
                mark_carried(&mut canvas, [x, y + ROW - 6.0, step, 5.0]);
            }
            let Value::Number(number) = cell.value else { continue };
            let text = words.short(number);
            if text_width(&text, 10.0) + 2.0 <= step {
                let ink = if matches!(fill, Fill::Class(class) if class >= 3) { " fill=\"#fff\"" } else { "" };
                canvas.styled(x + step / 2.0, y + 15.0, Anchor::Middle, &format!(" font-size=\"10\"{ink}"), &text);
            }
        }
    }
    let bottom = top + ROW * spec.rows.len() as f64;
    let end = say_states(&mut canvas, spec.rows.iter().flat_map(|(_, cells)| cells.iter().flatten()), bottom + 8.0);
    canvas.finish(end)
}
