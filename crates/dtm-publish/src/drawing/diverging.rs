//! Bars to both sides of zero: what rose and what fell since the round before.

use super::canvas::{Anchor, Canvas, Frame, Svg, fit, n, text_width};
use super::palette::{FALL, INK, RISE, mostly_carried};
use super::states::{mark_carried, say_states};
use crate::words::Words;
use dtm_protect::{ReleasedCell, Value};

/// A figure before and now.
#[derive(Clone, Debug)]
pub struct Change {
    /// What it stands for.
    pub label: String,
    /// In the round before.
    pub before: ReleasedCell,
    /// In this round.
    pub now: ReleasedCell,
}

/// Changes beside each other.
#[derive(Clone, Debug)]
pub struct Diverging<'a> {
    /// Size, language, description.
    pub frame: Frame<'a>,
    /// The changes, from the top.
    pub changes: Vec<Change>,
}

/// Draws a bar to the right for more people, to the left for fewer; a change that cannot be told is a stub with its reason.
pub fn diverging(spec: &Diverging<'_>) -> Svg {
    let words = Words::of(spec.frame.lang);
    let width = spec.frame.width;
    let mut canvas = Canvas::new(spec.frame);
    if spec.changes.is_empty() {
        canvas.muted(width / 2.0, 30.0, Anchor::Middle, &words.t("drawing-empty"));
        return canvas.finish(50.0);
    }
    let by = |change: &Change| Some(change.now.value.number()?.saturating_sub(change.before.value.number()?));
    let differences: Vec<Option<i64>> = spec.changes.iter().map(by).collect();
    let most = differences.iter().flatten().map(|by| by.unsigned_abs()).max().unwrap_or(0).max(1) as f64;
    let middle = width / 2.0;
    let end = 22.0 + 33.0 * spec.changes.len() as f64;
    canvas.styled(
        middle - 5.0,
        11.0,
        Anchor::End,
        &format!(" font-size=\"10\" fill=\"{FALL}\""),
        &words.t("drawing-fewer"),
    );
    canvas.styled(
        middle + 5.0,
        11.0,
        Anchor::Start,
        &format!(" font-size=\"10\" fill=\"{RISE}\""),
        &words.t("drawing-more"),
    );
    for (at, (change, by)) in spec.changes.iter().zip(&differences).enumerate() {
        let y = 18.0 + 33.0 * at as f64;
        let said = said(change, *by, words);
        canvas.text(0.0, y + 11.0, Anchor::Start, &fit(&change.label, 11.0, width - text_width(&said, 11.0) - 14.0));
        canvas.bold(width, y + 11.0, Anchor::End, &said);
        canvas.rect(0.0, y + 15.0, width, 10.0, "fill=\"#F1F4F9\" rx=\"2\"");
        match by {
            Some(by) => {
                let length = middle * by.unsigned_abs() as f64 / most;
                let (x, colour) = if *by < 0 { (middle - length, FALL) } else { (middle, RISE) };
                canvas.rect(x, y + 15.0, length, 10.0, &format!("fill=\"{colour}\""));
                // What was not counted again has no change of its own.
                if mostly_carried(&change.now) {
                    mark_carried(&mut canvas, [x.min(middle - 7.0), y + 15.0, length.max(14.0), 10.0]);
                }
            }
            None => {
                let hidden = [change.now, change.before].iter().any(|cell| matches!(cell.value, Value::Hidden(_)));
                let pattern = if hidden { "h" } else { "n" };
                let id = spec.frame.id;
                canvas.rect(middle - 13.0, y + 15.0, 26.0, 10.0, &format!("fill=\"url(#{id}-{pattern})\""));
            }
        }
    }
    canvas.put(format_args!("<path d=\"M{} 16V{}\" stroke=\"{INK}\" fill=\"none\"/>", n(middle), n(end - 6.0)));
    let states = say_states(&mut canvas, spec.changes.iter().flat_map(|change| [&change.before, &change.now]), end);
    canvas.finish(states)
}

/// A change in words: the difference with its sign and the share of before, or why there is none.
fn said(change: &Change, by: Option<i64>, words: &Words) -> String {
    let Some(by) = by else {
        let missing = if change.now.value.number().is_none() { change.now } else { change.before };
        return words.value(missing.value);
    };
    let share = change.before.value.number().zip(change.now.value.number()).and_then(|(a, b)| words.change(a, b));
    match share {
        Some(share) if by != 0 => format!("{} ({share})", words.difference(by)),
        _ => words.difference(by),
    }
}
