//! What several sources say of one number, and the range that they come to.
//!
//! These numbers are for those who verify them, before any release: they are plain values, not released cells.

use super::canvas::{Anchor, Canvas, Frame, Svg, fit, n, text_width};
use super::palette::{INK, LINE, MUTED, PRIMARY, SOFT};
use crate::words::Words;

/// What one source says.
#[derive(Clone, Debug)]
pub struct RangeMark {
    /// The source.
    pub label: String,
    /// Its number.
    pub value: f64,
    /// What it calls low and high itself.
    pub range: Option<(f64, f64)>,
    /// Whether the settled number rests on it.
    pub counts: bool,
}

/// The number that stands.
#[derive(Clone, Debug)]
pub struct Settled {
    /// What it is called.
    pub label: String,
    /// Low, best and high; low and high are the best where there is no range.
    pub low: f64,
    /// The best.
    pub best: f64,
    /// High.
    pub high: f64,
}

/// Sources beside each other on one scale from zero.
#[derive(Clone, Debug)]
pub struct Ranges<'a> {
    /// Size, language, description.
    pub frame: Frame<'a>,
    /// The sources, from the top.
    pub marks: Vec<RangeMark>,
    /// What they come to, drawn below.
    pub settled: Option<Settled>,
}

/// Draws a dot for every source, filled where it counts, and a bar from low to high with a mark at the best.
pub fn ranges(spec: &Ranges<'_>) -> Svg {
    let words = Words::of(spec.frame.lang);
    let width = spec.frame.width;
    let mut canvas = Canvas::new(spec.frame);
    let ends = spec.marks.iter().flat_map(|mark| [mark.value, mark.range.map_or(0.0, |range| range.1)]);
    let ends = ends.chain(spec.settled.iter().map(|settled| settled.high));
    let most = ends.filter(|end| end.is_finite()).fold(1.0, f64::max);
    let at = |value: f64| 6.0 + (width - 12.0) * (value.max(0.0) / most).min(1.0);
    let height = 34.0 * (spec.marks.len() + usize::from(spec.settled.is_some())) as f64;
    if let Some(settled) = &spec.settled {
        let (low, high) = (at(settled.low), at(settled.high));
        canvas.rect(low, 0.0, (high - low).max(1.0), height, "fill=\"#F1F4F9\"");
    }
    let mut y = 0.0;
    let head = |canvas: &mut Canvas<'_>, y: f64, label: &str, number: &str, strong: bool| {
        let room = width - text_width(number, 11.0) - 12.0;
        let label = fit(label, 11.0, room);
        if strong {
            canvas.bold(0.0, y + 11.0, Anchor::Start, &label);
        } else {
            canvas.text(0.0, y + 11.0, Anchor::Start, &label);
        }
        canvas.bold(width, y + 11.0, Anchor::End, number);
        canvas.put(format_args!("<path d=\"M0 {}H{}\" stroke=\"{LINE}\" fill=\"none\"/>", n(y + 22.0), n(width)));
    };
    for mark in &spec.marks {
        head(&mut canvas, y, &mark.label, &words.decimal(mark.value, 0), false);
        if let Some((low, high)) = mark.range {
            canvas.put(format_args!(
                "<path d=\"M{} {}H{}\" stroke=\"{MUTED}\" stroke-width=\"2\" fill=\"none\"/>",
                n(at(low)),
                n(y + 22.0),
                n(at(high))
            ));
        }
        let fill = if mark.counts { PRIMARY } else { "#fff" };
        canvas.put(format_args!(
            "<circle cx=\"{}\" cy=\"{}\" r=\"4.5\" fill=\"{fill}\" stroke=\"{PRIMARY}\" stroke-width=\"1.5\"/>",
            n(at(mark.value)),
            n(y + 22.0)
        ));
        y += 34.0;
    }
    if let Some(settled) = &spec.settled {
        let best = words.decimal(settled.best, 0);
        let number = match settled.low < settled.high {
            true => format!("{best} ({} – {})", words.decimal(settled.low, 0), words.decimal(settled.high, 0)),
            false => best,
        };
        head(&mut canvas, y, &settled.label, &number, true);
        let (low, high) = (at(settled.low), at(settled.high));
        canvas.rect(low, y + 17.0, (high - low).max(1.0), 10.0, &format!("fill=\"{SOFT}\" rx=\"2\""));
        let best = at(settled.best);
        canvas.put(format_args!(
            "<path d=\"M{} {}v16\" stroke=\"{INK}\" stroke-width=\"3\" fill=\"none\"/>",
            n(best),
            n(y + 14.0)
        ));
        y += 34.0;
    }
    canvas.finish(y.max(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::Lang;

    fn drawn(marks: &[(f64, bool)], settled: Option<(f64, f64, f64)>) -> Svg {
        let mark = |(value, counts): &(f64, bool)| RangeMark {
            label: "Partner <b>".to_owned(),
            value: *value,
            range: None,
            counts: *counts,
        };
        let settled = settled.map(|(low, best, high)| Settled { label: "Estimated".to_owned(), low, best, high });
        let frame = Frame::new("r", "Sources", "What they say", Lang::En);
        ranges(&Ranges { frame, marks: marks.iter().map(mark).collect(), settled })
    }

    #[test]
    fn a_source_that_counts_is_filled_and_the_range_lies_on_the_scale_of_the_largest() {
        let svg = drawn(&[(100.0, true), (400.0, false)], Some((150.0, 200.0, 300.0)));
        // 348 px for 400 persons, from 6 px on.
        assert!(svg.as_str().contains("<circle cx=\"93\" cy=\"22\" r=\"4.5\" fill=\"#0B4A9E\""), "{svg}");
        assert!(svg.as_str().contains("<circle cx=\"354\" cy=\"56\" r=\"4.5\" fill=\"#fff\""), "{svg}");
        assert!(svg.as_str().contains("<rect x=\"136.5\" y=\"85\" width=\"130.5\" height=\"10\""), "{svg}");
        assert!(svg.as_str().contains("200 (150 – 300)") && !svg.as_str().contains("<b>"), "{svg}");
    }

    #[test]
    fn nothing_said_is_an_empty_sheet() {
        assert!(drawn(&[], None).as_str().starts_with("<svg"));
    }
}
