//! How the low and high of places become those of an area.
//!
//! Takes what the figures of a place give as its total; returns how far that total may lie below and above ([`Reach`]), and
//! adds such reaches up. Rules:
//!
//! - *Within a place* all parts (reasons, origins) are shares of one number that is too low or too high as a whole: their
//!   lows are added up, and their highs.
//! - *Between places* errors do not go together: the distances from best to low add up as squares, and so do those from
//!   best to high. The root of the sum of squares is how uncorrelated errors propagate through a sum (JCGM 100:2008, *Guide
//!   to the expression of uncertainty in measurement*, 5.1.2). To add all lows and all highs would say that every source
//!   of the country errs the same way, which makes the widest range there is and one that is hardly ever met.
//! - A place that nobody weighed, as one record was taken as it is, has no range of its own. In a sum it errs as one source
//!   does (a quarter, [`CombineRules::floor_sd`]; where it is carried, growing with the root of the rounds since): else an
//!   area would look the surer the fewer of its places were looked into.
//! - A round in which no figure has a range has none in its tables.
//!
//! Errors that places share (an average household of the same area, one informant for several places) go together after
//! all; of these a range of many places says too little.

use crate::sheet::Part;
use crate::verification::{CombineRules, SourceFigure, combine};
use dtm_model::{Figure, How, RoundLabel};
use std::collections::BTreeSet;

/// What ranges are added up with.
#[derive(Clone, Copy, Debug)]
pub struct RangeInput<'a> {
    /// How far one source errs.
    pub rules: &'a CombineRules,
    /// The rounds before that figures may be carried from, the newest first.
    pub earlier: &'a [RoundLabel],
}

/// How far a number may lie below and above the best figure, squared.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Reach {
    below: f64,
    above: f64,
}

impl Reach {
    fn between(best: f64, (low, high): (f64, f64)) -> Self {
        let squared = |distance: f64| distance.max(0.0).powi(2);
        Self { below: squared(best - low), above: squared(high - best) }
    }

    /// This and another that has nothing to do with it.
    pub(super) fn and(self, other: Reach) -> Self {
        Self { below: self.below + other.below, above: self.above + other.above }
    }

    /// Low and high around the best figure, in whole persons; none where there is nothing between them.
    pub(super) fn around(self, best: Option<i64>) -> Option<(i64, i64)> {
        let best = best?;
        let ends = (best - self.below.sqrt().round() as i64, best + self.above.sqrt().round() as i64);
        (ends != (best, best)).then_some((ends.0.max(0), ends.1))
    }
}

/// Which indicators of a round have ranges, and what the others of their places err by.
pub(super) struct Ranges<'a> {
    indicators: BTreeSet<&'a str>,
    input: Option<RangeInput<'a>>,
}

impl<'a> Ranges<'a> {
    pub(super) fn of(figures: &'a [Figure], input: Option<RangeInput<'a>>) -> Self {
        let ranged = figures.iter().filter(|figure| figure.range.is_some());
        Self { indicators: ranged.map(|figure| figure.indicator.as_str()).collect(), input }
    }

    /// How far the total that these figures of one place make up may lie off.
    pub(super) fn of_place(&self, parts: &[Part<'_>]) -> Reach {
        let (Some(input), Some(first)) = (self.input, parts.first()) else { return Reach::default() };
        if !self.indicators.contains(first.figure.indicator.as_str()) {
            return Reach::default();
        }
        let best = parts.iter().map(|part| part.value() as f64).sum();
        if parts.iter().all(|part| part.figure.range.is_none()) {
            return one_source(best, first.figure, &input);
        }
        let ends = parts.iter().map(|part| part.figure.range.unwrap_or((part.value() as f64, part.value() as f64)));
        Reach::between(best, ends.fold((0.0, 0.0), |sum, end| (sum.0 + end.0, sum.1 + end.1)))
    }
}

/// What one source errs by that nobody weighed.
fn one_source(best: f64, figure: &Figure, input: &RangeInput<'_>) -> Reach {
    let rounds_old = match &figure.how {
        How::Carried { from } => input.earlier.iter().position(|round| round == from).map_or(1, |at| at as u32 + 1),
        How::Reported | How::Triangulated | How::Estimated => 0,
    };
    let told = SourceFigure { source: String::new(), value: best, credibility: 1.0, rounds_old, range: None };
    combine([&told], input.rules).map_or(Reach::default(), |said| Reach::between(best, (said.low, said.high)))
}
