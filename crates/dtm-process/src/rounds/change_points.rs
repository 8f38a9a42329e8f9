//! Where a series of numbers changes its level.
//!
//! Three methods, for three questions:
//!
//! - [`segment`] takes a whole series and finds the best breaks of its mean for every number of breaks, by dynamic
//!   programming over segments of a least length, and the number by BIC (Bai and Perron 2003; the criterion counts one
//!   mean a segment, the breaks and the variance). O(breaks·n²) time, O(breaks·n) memory.
//! - [`pelt`] does the same for long series without a limit to the number of breaks: pruned exact search (Killick,
//!   Fearnhead and Eckley 2012) under the modified BIC (Zhang and Siegmund 2007), the noise taken from the differences of
//!   neighbours. Usually O(n), O(n²) at worst.
//! - [`Cusum`] looks at numbers as they come, for events between rounds (Page 1954): it adds up what exceeds the
//!   expected level by more than half a standard deviation, and alarms where that passes five.
//!
//! Positions are of the last number before a change, from 1, as strucchange counts them.

use crate::spread::median;
use serde::Serialize;

/// The best way to cut a series into some segments.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Segmentation {
    /// The last position before each break, from 1.
    pub breaks: Vec<usize>,
    /// Sum of squared residuals.
    pub rss: f64,
    /// Bayesian information criterion; the smaller, the better.
    pub bic: f64,
    /// F statistic against no break at all; none for no break.
    pub f: Option<f64>,
    /// The mean of every segment.
    pub means: Vec<f64>,
}

/// All ways that were tried, and the best.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Segmentations {
    /// By number of breaks, from none.
    pub by_breaks: Vec<Segmentation>,
    /// The number of breaks with the least BIC; of equals the smaller.
    pub best: usize,
}

/// Why a series cannot be cut.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    /// A value is not a finite number.
    #[error("value {0} of the series is not a number")]
    NotANumber(usize),
    /// Too few or too many values.
    #[error("a series of {n} values cannot be cut; it takes {least} to {most}")]
    Length {
        /// How many there are.
        n: usize,
        /// Fewest.
        least: usize,
        /// Most.
        most: usize,
    },
}

/// Longer series take [`pelt`].
const LONGEST: usize = 10_000;

/// Cuts a series into segments of constant mean, each of at least `share` of its length (.15 is usual), with at most
/// `most_breaks` breaks.
pub fn segment(series: &[f64], share: f64, most_breaks: usize) -> Result<Segmentations, SeriesError> {
    finite(series)?;
    let n = series.len();
    if !(4..=LONGEST).contains(&n) {
        return Err(SeriesError::Length { n, least: 4, most: LONGEST });
    }
    let least = ((share.clamp(0.0, 0.5) * n as f64).floor() as usize).max(2);
    let sums = Sums::of(series);
    let most_breaks = most_breaks.min(n / least - 1);

    // best[m][end]: the least residual of the first `end` values in m + 1 segments, and where the last one begins.
    let mut best: Vec<Vec<(f64, usize)>> = vec![vec![(f64::INFINITY, 0); n + 1]; most_breaks + 1];
    for (end, cell) in best[0].iter_mut().enumerate().skip(least) {
        *cell = (sums.residual(0, end), 0);
    }
    for m in 1..=most_breaks {
        let (fewer, more) = best.split_at_mut(m);
        for (end, cell) in more[0].iter_mut().enumerate().skip((m + 1) * least) {
            let starts = fewer[m - 1].iter().enumerate().take(end - least + 1).skip(m * least);
            for (start, (residual, _)) in starts {
                let residual = residual + sums.residual(start, end);
                if residual < cell.0 {
                    *cell = (residual, start);
                }
            }
        }
    }
    let none = best[0][n].0;
    let by_breaks: Vec<Segmentation> = (0..=most_breaks)
        .map(|m| {
            let mut breaks = Vec::with_capacity(m);
            let mut end = n;
            for level in (1..=m).rev() {
                end = best[level][end].1;
                breaks.push(end);
            }
            breaks.reverse();
            let rss = best[m][n].0;
            let degrees = n as f64 - m as f64 - 1.0;
            let f = (m > 0 && rss > 0.0).then(|| (none - rss) / m as f64 / (rss / degrees));
            Segmentation { means: sums.means(&breaks), bic: bic(rss, n, m), f, breaks, rss }
        })
        .collect();
    let best = (0..by_breaks.len())
        .min_by(|a, b| by_breaks[*a].bic.total_cmp(&by_breaks[*b].bic).then_with(|| a.cmp(b)))
        .unwrap_or_default();
    Ok(Segmentations { by_breaks, best })
}

/// −2 log likelihood of normal errors + ln n for each of m + 1 means, m breaks and a variance.
fn bic(rss: f64, n: usize, breaks: usize) -> f64 {
    let n = n as f64;
    n * ((rss / n).ln() + 1.0 + (2.0 * std::f64::consts::PI).ln()) + n.ln() * 2.0 * (breaks as f64 + 1.0)
}

fn finite(series: &[f64]) -> Result<(), SeriesError> {
    match series.iter().position(|value| !value.is_finite()) {
        Some(at) => Err(SeriesError::NotANumber(at + 1)),
        None => Ok(()),
    }
}

/// Running sums, from which the residual of any segment follows at once.
struct Sums {
    /// Sum and sum of squares of the first values, taken from their common mean so that large levels lose no digits.
    sums: Vec<(f64, f64)>,
    centre: f64,
}

impl Sums {
    fn of(series: &[f64]) -> Self {
        let centre = series.iter().sum::<f64>() / series.len().max(1) as f64;
        let mut sums = Vec::with_capacity(series.len() + 1);
        let mut sum = (0.0, 0.0);
        sums.push(sum);
        for value in series {
            let value = value - centre;
            sum = (sum.0 + value, sum.1 + value * value);
            sums.push(sum);
        }
        Self { sums, centre }
    }

    /// Squared residuals about the mean of the values from `start` up to, not including, `end`.
    fn residual(&self, start: usize, end: usize) -> f64 {
        let (sum, squares) = (self.sums[end].0 - self.sums[start].0, self.sums[end].1 - self.sums[start].1);
        let residual = squares - sum * sum / (end - start) as f64;
        // What is left of the subtraction of equal numbers is no residual.
        if residual > 1e-14 * self.sums[self.sums.len() - 1].1 { residual } else { 0.0 }
    }

    fn means(&self, breaks: &[usize]) -> Vec<f64> {
        let ends = breaks.iter().copied().chain([self.sums.len() - 1]);
        let starts = [0].into_iter().chain(breaks.iter().copied());
        starts
            .zip(ends)
            .map(|(start, end)| self.centre + (self.sums[end].0 - self.sums[start].0) / (end - start) as f64)
            .collect()
    }
}

/// Finds the breaks of the mean of a long series; the last position before each, from 1. Segments have at least
/// `least` values, two at fewest. A series without noise between neighbours is cut wherever it changes.
pub fn pelt(series: &[f64], least: usize) -> Result<Vec<usize>, SeriesError> {
    finite(series)?;
    let (n, least) = (series.len(), least.max(2));
    if n < 2 * least {
        return Ok(Vec::new());
    }
    let sums = Sums::of(series);
    let variance = noise(series);
    let cost = |start: usize, end: usize| sums.residual(start, end) / variance + ((end - start) as f64).ln();
    let penalty = 3.0 * (n as f64).ln();
    // Cutting a segment in two adds at most ln(n/4) to the terms of length, by which a start must be worse to be pruned.
    let slack = (n as f64 / 4.0).ln().max(0.0);
    let mut best = vec![(f64::INFINITY, 0); n + 1];
    best[0] = (-penalty, 0);
    // Where the last segment may begin, and the last end for which that must still be tried.
    let mut starts: Vec<(usize, usize)> = vec![(0, n)];
    for end in least..=n {
        let of_all = |(start, _): &(usize, usize)| (best[*start].0 + cost(*start, end), *start);
        let found = starts.iter().map(of_all).fold((f64::INFINITY, 0), |a, b| if b.0 < a.0 { b } else { a });
        best[end] = (found.0 + penalty, found.1);
        // A start that is worse than a break here stays so once a segment from here is long enough.
        for (start, until) in &mut starts {
            if best[*start].0 + cost(*start, end) > best[end].0 + slack {
                *until = (*until).min(end + least - 1);
            }
        }
        starts.retain(|(_, until)| *until > end);
        if end + 1 >= 2 * least {
            starts.push((end + 1 - least, n));
        }
    }
    let mut breaks = Vec::new();
    let mut end = best[n].1;
    while end > 0 {
        breaks.push(end);
        end = best[end].1;
    }
    breaks.reverse();
    Ok(breaks)
}

/// The variance of the noise: the differences of neighbours have twice it, and breaks among them are few, so their
/// median absolute deviation is scaled (by 1.4826/√2). Where most neighbours are equal the mean square stands in.
fn noise(series: &[f64]) -> f64 {
    let differences: Vec<f64> = series.windows(2).map(|pair| (pair[1] - pair[0]).abs()).collect();
    let robust = median(&differences).map_or(0.0, |mad| 1.4826 * mad / std::f64::consts::SQRT_2);
    if robust > 0.0 {
        return robust * robust;
    }
    let squares = differences.iter().map(|d| d * d).sum::<f64>() / (2.0 * differences.len().max(1) as f64);
    if squares > 0.0 { squares * 1e-6 } else { 1.0 }
}

/// A watch on a series as it comes in.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, serde::Deserialize)]
pub struct Cusum {
    /// The expected level.
    pub mean: f64,
    /// The expected standard deviation; above zero.
    pub sd: f64,
    /// What a value may exceed the level by without being added, in standard deviations; .5 finds a shift of one.
    pub allowance: f64,
    /// Where the sum alarms, in standard deviations; 5 is usual.
    pub limit: f64,
    /// What has added up above the level, in standard deviations.
    pub above: f64,
    /// What has added up below it.
    pub below: f64,
    /// Values since the sum above left zero: where a change began, should it alarm.
    pub n_above: u32,
    /// Values since the sum below left zero.
    pub n_below: u32,
}

/// What a watch says of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Alarm {
    /// The level rose, the given number of values ago.
    Rise(u32),
    /// The level fell, the given number of values ago.
    Fall(u32),
}

impl Cusum {
    /// A watch on a level, with allowance .5 and limit 5.
    pub fn new(mean: f64, sd: f64) -> Self {
        Self { mean, sd, allowance: 0.5, limit: 5.0, above: 0.0, below: 0.0, n_above: 0, n_below: 0 }
    }

    /// Takes the next value; says so where it alarms. A value that is not finite, or a deviation that is not positive,
    /// changes nothing. After an alarm the sums go on; a caller that has seen to it starts a new watch.
    pub fn take(&mut self, value: f64) -> Option<Alarm> {
        let off = (value - self.mean) / self.sd;
        if !off.is_finite() || self.sd <= 0.0 {
            return None;
        }
        self.above = (self.above + off - self.allowance).max(0.0);
        self.below = (self.below - off - self.allowance).max(0.0);
        self.n_above = if self.above > 0.0 { self.n_above + 1 } else { 0 };
        self.n_below = if self.below > 0.0 { self.n_below + 1 } else { 0 };
        if self.above > self.limit {
            Some(Alarm::Rise(self.n_above))
        } else if self.below > self.limit {
            Some(Alarm::Fall(self.n_below))
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{close, reference};
    use proptest::prelude::*;

    /// strucchange on the flow of the Nile at Aswan, 1871–1970: one break, after 1898.
    #[test]
    fn the_flow_of_the_nile_breaks_once_as_in_the_reference() {
        let Some(expected) = reference() else { return };
        let nile = &expected["breakpoints_nile"];
        let list = |name: &str| -> Vec<f64> {
            nile[name].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
        };
        let found = segment(&list("y"), nile["h"].as_f64().unwrap(), 5).unwrap();
        for (ours, theirs) in found.by_breaks.iter().zip(list("rss")) {
            close(ours.rss, theirs, 1e-6 * theirs);
        }
        assert_eq!(found.by_breaks.len(), list("rss").len());
        assert_eq!(found.best as u64, nile["best_breaks"].as_u64().unwrap());
        let best = &found.by_breaks[found.best];
        assert_eq!(best.breaks, [nile["breakpoints_best"].as_u64().unwrap() as usize]);
        close(best.bic, nile["bic"].as_f64().unwrap(), 1e-8);
        // The same break without a limit to their number.
        assert_eq!(pelt(&list("y"), 2).unwrap(), best.breaks);
    }

    /// Levels 10 (× 4) and 20 (× 4) with ±1: every residual is 1, so 8 with the break and 8 + 8·25 without.
    #[test]
    fn one_step_is_found_where_it_is() {
        let series = [9.0, 11.0, 9.0, 11.0, 19.0, 21.0, 19.0, 21.0];
        let found = segment(&series, 0.25, 3).unwrap();
        assert_eq!((found.best, found.by_breaks[0].rss, found.by_breaks[1].rss), (1, 208.0, 8.0));
        assert_eq!((&found.by_breaks[1].breaks[..], &found.by_breaks[1].means[..]), (&[4][..], &[10.0, 20.0][..]));
        // F = 200/1 / (8/6).
        assert_eq!(found.by_breaks[1].f, Some(150.0));
        assert_eq!(segment(&[1.0, 2.0], 0.15, 3).unwrap_err(), SeriesError::Length { n: 2, least: 4, most: LONGEST });
        assert_eq!(segment(&[1.0, f64::NAN, 1.0, 1.0], 0.15, 3).unwrap_err(), SeriesError::NotANumber(2));
        assert_eq!(segment(&[7.0; 12], 0.15, 3).unwrap().best, 0, "a series that stands still has no break");
    }

    proptest! {
        /// Pruning loses nothing: the search over all starts finds the same cost.
        #[test]
        fn pruned_search_is_exact(steps in prop::collection::vec((-50i32..50, 2usize..15), 1..6), least in 2usize..4) {
            let series: Vec<f64> = steps
                .iter()
                .flat_map(|(level, n)| (0..*n).map(move |at| f64::from(*level) + ((at * 7919) % 13) as f64 / 4.0))
                .collect();
            let (n, sums, variance) = (series.len(), Sums::of(&series), noise(&series));
            prop_assume!(n >= 2 * least);
            let cost = |a: usize, b: usize| sums.residual(a, b) / variance + ((b - a) as f64).ln();
            let penalty = 3.0 * (n as f64).ln();
            let mut best = vec![f64::INFINITY; n + 1];
            best[0] = -penalty;
            for end in least..=n {
                for start in 0..=end - least {
                    best[end] = best[end].min(best[start] + cost(start, end) + penalty);
                }
            }
            let found = pelt(&series, least).unwrap();
            let ends: Vec<usize> = found.iter().copied().chain([n]).collect();
            let starts = [0].into_iter().chain(found.iter().copied());
            let total: f64 = starts.zip(&ends).map(|(a, b)| cost(a, *b) + penalty).sum::<f64>() - penalty;
            prop_assert!((total - best[n]).abs() <= 1e-6 * (1.0 + best[n].abs()), "{} {}", total, best[n]);
        }
    }

    /// Montgomery, Introduction to Statistical Quality Control, the example of the tabular cusum: mean 10, deviation 1,
    /// K = .5, H = 5; the 29th value alarms with a sum of 5.28, seven values after the shift began.
    #[test]
    fn the_textbook_watch_alarms_at_its_29th_value() {
        let series = [
            9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40, 10.08, 9.37,
            10.62, 10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52,
        ];
        let mut watch = Cusum::new(10.0, 1.0);
        let alarms: Vec<Option<Alarm>> = series[..29].iter().map(|value| watch.take(*value)).collect();
        assert_eq!(alarms.iter().position(Option::is_some), Some(28));
        assert_eq!(alarms[28], Some(Alarm::Rise(7)));
        close(watch.above, 5.28, 1e-9);
        assert_eq!(Cusum::new(10.0, 0.0).take(99.0), None);
    }
}
