//! From where to where: ribbons from areas of origin to areas of presence.

use super::canvas::{Anchor, Canvas, Frame, Svg, fit, n};
use super::palette::{CATEGORICAL, MUTED};
use crate::words::Words;
use dtm_protect::{ReleasedCell, Value};
use std::collections::BTreeMap;

/// People who came from one area and are now in another.
#[derive(Clone, Debug)]
pub struct Stream {
    /// Name of the area of origin.
    pub from: String,
    /// Name of the area of presence.
    pub to: String,
    /// How many.
    pub cell: ReleasedCell,
}

/// All streams of a round.
#[derive(Clone, Debug)]
pub struct OriginDestination<'a> {
    /// Size, language, description.
    pub frame: Frame<'a>,
    /// Heading of the origins.
    pub from_title: &'a str,
    /// Heading of the areas of presence.
    pub to_title: &'a str,
    /// The streams.
    pub streams: Vec<Stream>,
    /// How many areas stand on their own on each side; the rest are summed.
    pub most: usize,
}

/// One side: names with their totals, largest first, the rest summed under one name at the end.
struct Side {
    names: Vec<(String, i64)>,
    place: BTreeMap<String, usize>,
}

impl Side {
    fn new(totals: BTreeMap<String, i64>, most: usize, words: &Words) -> Side {
        let mut names: Vec<(String, i64)> = totals.into_iter().collect();
        names.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let rest = if names.len() > most + 1 { names.split_off(most) } else { Vec::new() };
        let mut place: BTreeMap<String, usize> =
            names.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
        if !rest.is_empty() {
            let at = names.len();
            names.push((words.t_n("drawing-others", rest.len() as i64), rest.iter().map(|(_, sum)| sum).sum()));
            place.extend(rest.into_iter().map(|(name, _)| (name, at)));
        }
        Side { names, place }
    }
}

/// Draws the streams as ribbons whose width is the number of people.
pub fn origin_destination(spec: &OriginDestination<'_>) -> Svg {
    let words = Words::of(spec.frame.lang);
    let width = spec.frame.width;
    let id = spec.frame.id;
    let mut canvas = Canvas::new(spec.frame);
    let (mut from, mut to) = (BTreeMap::new(), BTreeMap::new());
    for stream in &spec.streams {
        if let Some(number) = stream.cell.value.number().filter(|number| *number > 0) {
            *from.entry(stream.from.clone()).or_insert(0) += number;
            *to.entry(stream.to.clone()).or_insert(0) += number;
        }
    }
    let n_hidden = spec.streams.iter().filter(|stream| matches!(stream.cell.value, Value::Hidden(_))).count();
    let total: i64 = from.values().sum();
    if total == 0 {
        let said = spec.streams.iter().map(|stream| stream.cell.value).min_by_key(|value| match value {
            Value::Hidden(_) => 0,
            Value::Number(_) => 1,
            Value::Nothing => 2,
        });
        let (key, pattern) = match said {
            Some(Value::Hidden(_)) => ("state-hidden", Some("h")),
            Some(Value::Number(_)) => ("drawing-all-zero", None),
            _ => ("state-nothing", Some("n")),
        };
        if let Some(pattern) = pattern {
            canvas.rect(0.0, 4.0, width, 14.0, &format!("fill=\"url(#{id}-{pattern})\""));
        }
        canvas.muted(width / 2.0, 34.0, Anchor::Middle, &words.t(key));
        return canvas.finish(44.0);
    }
    let (left, right) = (Side::new(from, spec.most, words), Side::new(to, spec.most, words));
    let rows = left.names.len().max(right.names.len());
    let (label, node, pad) = (width * 0.29, 7.0, 9.0);
    let height = 34.0 * rows as f64;
    let unit = (height - pad * rows as f64) / total as f64;
    let top = 24.0;
    canvas.bold(label - 4.0, 11.0, Anchor::End, spec.from_title);
    canvas.bold(width - label + 4.0, 11.0, Anchor::Start, spec.to_title);
    let place = |side: &Side| {
        // Every node keeps room for its two lines of text, however thin it is.
        let mut y = top;
        let mut tops = Vec::new();
        for (_, sum) in &side.names {
            tops.push(y);
            y += (*sum as f64 * unit).max(18.0) + pad;
        }
        (tops, y)
    };
    let ((left_tops, left_end), (right_tops, right_end)) = (place(&left), place(&right));
    let mut matrix: BTreeMap<(usize, usize), (i64, i64)> = BTreeMap::new();
    for stream in &spec.streams {
        if let (Some(number), Some(a), Some(b)) =
            (stream.cell.value.number(), left.place.get(&stream.from), right.place.get(&stream.to))
        {
            let sum = matrix.entry((*a, *b)).or_default();
            *sum = (sum.0 + number, sum.1 + stream.cell.known_carried());
        }
    }
    let (x1, x2) = (label + node, width - label - node);
    let middle = (x1 + x2) / 2.0;
    let mut left_pen = left_tops.clone();
    let mut right_pen = right_tops.clone();
    for ((a, b), (number, carried)) in matrix.iter().filter(|(_, (number, _))| *number > 0) {
        let thick = (*number as f64 * unit).max(0.4);
        let (ya, yb) = (left_pen[*a], right_pen[*b]);
        left_pen[*a] += *number as f64 * unit;
        right_pen[*b] += *number as f64 * unit;
        let d = format!(
            "M{x1} {}C{m} {0} {m} {} {x2} {1}V{}C{m} {2} {m} {} {x1} {3}z",
            n(ya),
            n(yb),
            n(yb + thick),
            n(ya + thick),
            x1 = n(x1),
            x2 = n(x2),
            m = n(middle),
        );
        let colour = CATEGORICAL[a % CATEGORICAL.len()];
        let said = words.pair(&format!("{} → {}", left.names[*a].0, right.names[*b].0), &words.number(*number));
        canvas.put(format_args!(
            "<path fill=\"{colour}\" fill-opacity=\".45\" d=\"{d}\"><title>{}</title></path>",
            super::canvas::escape(&said)
        ));
        if carried.saturating_mul(2) >= *number && *carried > 0 {
            canvas.put(format_args!("<path fill=\"url(#{id}-c)\" d=\"{d}\"/>"));
        }
    }
    let mut ends = |side: &Side, tops: &[f64], right_side: bool| {
        for (at, ((name, sum), y)) in side.names.iter().zip(tops).enumerate() {
            let colour = if right_side { MUTED } else { CATEGORICAL[at % CATEGORICAL.len()] };
            let x = if right_side { x2 } else { x1 - node };
            canvas.rect(x, *y, node, (*sum as f64 * unit).max(1.0), &format!("fill=\"{colour}\""));
            let (x, anchor) =
                if right_side { (x2 + node + 4.0, Anchor::Start) } else { (x1 - node - 4.0, Anchor::End) };
            canvas.text(x, y + 8.5, anchor, &fit(name, 11.0, label - 5.0));
            canvas.styled(x, y + 19.5, anchor, &format!(" font-size=\"10\" fill=\"{MUTED}\""), &words.number(*sum));
        }
    };
    ends(&left, &left_tops, false);
    ends(&right, &right_tops, true);
    let mut bottom = left_end.max(right_end) + 4.0;
    if n_hidden > 0 {
        canvas.rect(0.0, bottom, 16.0, 10.0, &format!("fill=\"{}\"", super::Fill::Hidden.paint(id)));
        let said = words.t_n("drawing-streams-hidden", n_hidden as i64);
        canvas.styled(21.0, bottom + 9.0, Anchor::Start, " font-size=\"10\"", &said);
        bottom += 16.0;
    }
    if matrix.values().any(|(number, carried)| *carried > 0 && carried.saturating_mul(2) >= *number) {
        canvas.rect(0.0, bottom, 16.0, 10.0, &format!("fill=\"url(#{id}-c)\""));
        canvas.styled(21.0, bottom + 9.0, Anchor::Start, " font-size=\"10\"", &words.t("state-carried"));
        bottom += 16.0;
    }
    canvas.finish(bottom)
}
