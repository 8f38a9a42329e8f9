//! What the patterns mean, said below a drawing where they occur in it.

use super::canvas::{Anchor, Canvas, text_width};
use super::palette::{Fill, LINE, mostly_carried};
use crate::words::Words;
use dtm_protect::{ReleasedCell, Value};

/// Marks a rectangle `[x, y, width, height]` as carried from an earlier round.
pub(super) fn mark_carried(canvas: &mut Canvas<'_>, [x, y, width, height]: [f64; 4]) {
    let id = canvas.frame.id;
    canvas.rect(x, y, width, height, "fill=\"#fff\" fill-opacity=\".45\"");
    canvas.rect(x, y, width, height, &format!("fill=\"url(#{id}-c)\""));
}

/// Says each state that occurs among the cells, in lines that fit, from this height on; the height at which that ends.
pub(super) fn say_states<'c>(canvas: &mut Canvas<'_>, cells: impl Iterator<Item = &'c ReleasedCell>, y: f64) -> f64 {
    let (id, width) = (canvas.frame.id, canvas.frame.width);
    let words = Words::of(canvas.frame.lang);
    let (mut hidden, mut nothing, mut carried) = (false, false, false);
    for cell in cells {
        hidden |= matches!(cell.value, Value::Hidden(_));
        nothing |= cell.value == Value::Nothing;
        carried |= mostly_carried(cell);
    }
    let known = [
        (hidden, Fill::Hidden.paint(id), "state-hidden"),
        (nothing, Fill::Nothing.paint(id), "state-nothing"),
        (carried, format!("url(#{id}-c)"), "state-carried"),
    ];
    let (mut x, mut y, mut end) = (0.0, y, y);
    for (_, paint, key) in known.iter().filter(|(occurs, ..)| *occurs) {
        let text = words.t(key);
        let size = 21.0 + text_width(&text, 10.0) + 12.0;
        if x > 0.0 && x + size > width {
            (x, y) = (0.0, y + 16.0);
        }
        canvas.rect(x, y, 16.0, 10.0, &format!("fill=\"{paint}\" stroke=\"{LINE}\" stroke-width=\".6\""));
        canvas.styled(x + 21.0, y + 9.0, Anchor::Start, " font-size=\"10\"", &text);
        x += size;
        end = y + 18.0;
    }
    end
}
