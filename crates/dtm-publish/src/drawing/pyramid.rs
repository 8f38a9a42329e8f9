//! The pyramid of sex and age.

use super::canvas::{Anchor, Canvas, Frame, Svg, n, text_width};
use super::palette::{FEMALE, INK, MALE, mostly_carried};
use crate::words::Words;
use dtm_protect::{ReleasedCell, Value};

/// One age group.
#[derive(Clone, Debug)]
pub struct PyramidRow {
    /// Its name.
    pub label: String,
    /// Women or girls of that age.
    pub female: ReleasedCell,
    /// Men or boys of that age.
    pub male: ReleasedCell,
}

/// Age groups by sex.
#[derive(Clone, Debug)]
pub struct Pyramid<'a> {
    /// Size, language, description.
    pub frame: Frame<'a>,
    /// Age groups, youngest first.
    pub rows: Vec<PyramidRow>,
    /// The whole that shares are said of.
    pub whole: Option<i64>,
}

/// Draws the pyramid: women to the left, men to the right, the oldest on top.
pub fn pyramid(spec: &Pyramid<'_>) -> Svg {
    let words = Words::of(spec.frame.lang);
    let width = spec.frame.width;
    let mut canvas = Canvas::new(spec.frame);
    if spec.rows.is_empty() {
        canvas.muted(width / 2.0, 30.0, Anchor::Middle, &words.t("drawing-empty"));
        return canvas.finish(50.0);
    }
    let middle = width / 2.0;
    let widest = spec.rows.iter().map(|row| text_width(&row.label, 11.0)).fold(40.0, f64::max);
    let lane = (230.0 / spec.rows.len() as f64).clamp(22.0, 38.0);
    let (gap, figure) = ((widest / 2.0 + 7.0).min(middle / 2.0), 34.0);
    let longest = middle - gap - figure;
    let most = spec
        .rows
        .iter()
        .flat_map(|row| [row.female.value.number(), row.male.value.number()])
        .flatten()
        .max()
        .unwrap_or(0)
        .max(1) as f64;
    canvas.styled(middle - gap, 11.0, Anchor::End, " font-weight=\"600\" fill=\"#1F6098\"", &words.sex("female"));
    canvas.styled(
        middle + gap,
        11.0,
        Anchor::Start,
        &format!(" font-weight=\"600\" fill=\"{MALE}\""),
        &words.sex("male"),
    );
    for (at, row) in spec.rows.iter().rev().enumerate() {
        let y = 20.0 + lane * at as f64;
        canvas.text(middle, y + lane / 2.0 + 1.0, Anchor::Middle, &row.label);
        let share = |number| spec.whole.map_or_else(|| words.short(number), |whole| words.percent(number, whole));
        for (cell, colour, x, direction) in
            [(&row.female, FEMALE, middle - gap, -1.0), (&row.male, MALE, middle + gap, 1.0)]
        {
            let text = match cell.value {
                Value::Number(0) => "0".to_owned(),
                Value::Number(number) => share(number),
                state => words.value(state),
            };
            side(&mut canvas, cell, colour, [x, y, direction, lane - 6.0], longest / most, &text);
        }
    }
    canvas.finish(22.0 + lane * spec.rows.len() as f64)
}

/// One bar from `[x, y]` outward (`direction` −1 or 1), `scale` px long a person, with its words beside it.
fn side(
    canvas: &mut Canvas<'_>,
    cell: &ReleasedCell,
    colour: &str,
    [x, y, direction, height]: [f64; 4],
    scale: f64,
    text: &str,
) {
    let id = canvas.frame.id;
    let left = |length: f64| if direction < 0.0 { x - length } else { x };
    let length = match cell.value {
        Value::Number(0) => {
            canvas.put(format_args!("<path d=\"M{} {}v{}\" stroke=\"{INK}\"/>", n(x), n(y), n(height)));
            0.0
        }
        Value::Number(number) => {
            let length = (scale * number as f64).max(1.0);
            canvas.rect(left(length), y, length, height, &format!("fill=\"{colour}\""));
            if mostly_carried(cell) {
                canvas.rect(left(length), y, length, height, "fill=\"#fff\" fill-opacity=\".45\"");
                canvas.rect(left(length), y, length, height, &format!("fill=\"url(#{id}-c)\""));
            }
            length
        }
        state => {
            let pattern = if state == Value::Nothing { "n" } else { "h" };
            canvas.rect(left(26.0), y, 26.0, height, &format!("fill=\"url(#{id}-{pattern})\""));
            26.0
        }
    };
    let anchor = if direction < 0.0 { Anchor::End } else { Anchor::Start };
    canvas.text(x + direction * (length + 4.0), y + height / 2.0 + 4.0, anchor, text);
}
