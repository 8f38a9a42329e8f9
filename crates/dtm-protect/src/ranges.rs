//! Low and high beside the numbers that are shown.
//!
//! In: the tables, their numbers with what is hidden of them, the policy. Out: the tables with the ranges that may be shown.
//!
//! A range tells of more than its own number. The low and high of an area are made of those of the places in it, so a reader
//! who knows how they are made may take the ranges of the places that are shown out of that of their area, and what is left
//! is that of the hidden ones; and since a range grows with its number, the hidden number is known nearly. Rules:
//!
//! - A hidden number has no range.
//! - Only totals of areas and places have one. Reasons, origins, sexes and ages are parts of a total, of which its range
//!   tells nothing.
//! - Low and high are rounded away from the number, to a step of at most half their distance from it (1, 5, 10, 50, …). A
//!   low that would be below the policy's minimum is zero.
//! - A range is shown only where it would read the same had the hidden numbers in it no range at all, or one of twice theirs
//!   (or as far as the policy's minimum, where that is more), in any combination. So all that is shown of ranges stays as it
//!   is whatever the hidden numbers are between nobody and twice as many, and nothing can be computed from it.
//!
//! Ranges of areas are distances that add up as squares, `D² = Σd²` over places that no two areas share, so leaving hidden
//! ones out and doubling them gives the least and the greatest `D`; rounding steps divide each other, so what both round to
//! is what all between round to. Numbers that overlap are counted each, which errs on the safe side. What a range being
//! withheld tells is that some hidden number could have moved it, no more.

use crate::Policy;
use crate::numbers::Numbers;
use dtm_model::{Cell, Dim, FigureTable, Unit};
use std::collections::{BTreeMap, BTreeSet};

/// Distances from a number to its low and high.
type Reach = (f64, f64);

/// Leaves the ranges that may be shown, rounded; those of figures that others published before stay as they are.
pub(crate) fn cover(tables: &mut [FigureTable], numbers: &Numbers, policy: &Policy) {
    let any = tables.iter().flat_map(|table| &table.rows).flat_map(|row| &row.cells).any(|cell| cell.range.is_some());
    if !any || (policy.ranges && policy.already_public.is_some()) {
        return;
    }
    let totals = totals(tables, numbers);
    for (i, table) in tables.iter_mut().enumerate() {
        // What is in sites is a part of all: places may be of the one by their name and of the other by what was reported.
        let wholes: Vec<Option<usize>> =
            table.measures.iter().map(|measure| table.measure(measure.part_of.as_deref()?)).collect();
        for (r, row) in table.rows.iter_mut().enumerate() {
            let number = |m: usize| numbers.at.get(i).and_then(|rows| rows[r][m]).filter(|_| policy.ranges);
            for (m, cell) in row.cells.iter_mut().enumerate() {
                // A share is no total: its range tells of the sample, and goes where the share is not shown.
                if table.measures[m].unit == Unit::Share {
                    cell.range.take_if(|_| !policy.ranges);
                    continue;
                }
                let whole = wholes[m].and_then(number);
                cell.range = number(m).and_then(|at| shown((at, whole), cell, &totals, numbers));
            }
        }
    }
}

/// The numbers that are totals of areas and places, and how far each may lie off. One without a range of its own may lie off
/// as far as it is large.
fn totals(tables: &[FigureTable], numbers: &Numbers) -> BTreeMap<usize, Reach> {
    let mut totals: BTreeMap<usize, Reach> = BTreeMap::new();
    for (table, rows) in tables.iter().zip(&numbers.at) {
        if !matches!(table.dims.as_slice(), [Dim::Area] | [Dim::Place]) {
            continue;
        }
        for (cell, at) in table.rows.iter().zip(rows).flat_map(|(row, at)| row.cells.iter().zip(at)) {
            if let (Some(at), Some(reach)) = (at, reach(cell)) {
                let known = totals.entry(*at).or_default();
                *known = (known.0.max(reach.0), known.1.max(reach.1));
            }
        }
    }
    totals
}

fn reach(cell: &Cell) -> Option<Reach> {
    let value = cell.value?;
    let (low, high) = cell.range.unwrap_or((0, value.saturating_mul(2)));
    Some((value.saturating_sub(low) as f64, high.saturating_sub(value) as f64))
}

/// The range of a number as it may be shown; none where it has none, is hidden, or would tell of a hidden one.
fn shown(
    (at, whole): (usize, Option<usize>),
    cell: &Cell,
    totals: &BTreeMap<usize, Reach>,
    numbers: &Numbers,
) -> Option<(i64, i64)> {
    let number = &numbers.numbers[at];
    let (low, high) = cell.range.filter(|_| number.hidden.is_none() && totals.contains_key(&at))?;
    let hidden = hidden_within([Some(at), whole], totals, numbers);
    let minimum = number.minimum;
    let least_and_greatest = |own: i64, side: fn(&Reach) -> f64| {
        // Ends are whole numbers: half a person more or less is within their rounding.
        let (mut least, mut greatest) = ((own as f64 - 0.5).max(0.0).powi(2), (own as f64 + 0.5).powi(2));
        for one in &hidden {
            let reach = side(&totals[one]) + 0.5;
            least -= reach.powi(2);
            greatest += (2.0 * reach).max(minimum as f64).powi(2) - reach.powi(2);
        }
        (least.max(0.0).sqrt(), greatest.max(0.0).sqrt())
    };
    let (below, above) = (number.value.saturating_sub(low), high.saturating_sub(number.value));
    let low = |below: f64| low_end(number.value, below, minimum);
    let high = |above: f64| high_end(number.value, above);
    if !hidden.is_empty() {
        let (least_below, greatest_below) = least_and_greatest(below, |reach| reach.0);
        let (least_above, greatest_above) = least_and_greatest(above, |reach| reach.1);
        if low(least_below) != low(greatest_below) || high(least_above) != high(greatest_above) {
            return None;
        }
    }
    Some((low(below as f64), high(above as f64)))
}

/// The hidden totals among these and what they are made of.
fn hidden_within(these: [Option<usize>; 2], totals: &BTreeMap<usize, Reach>, numbers: &Numbers) -> Vec<usize> {
    let mut waiting: Vec<usize> = these.into_iter().flatten().filter(|at| totals.contains_key(at)).collect();
    let mut seen: BTreeSet<usize> = waiting.iter().copied().collect();
    while let Some(whole) = waiting.pop() {
        let lines = numbers.numbers[whole].lines.iter().map(|&line| &numbers.lines[line]);
        for part in lines.filter(|line| line.whole == whole).flat_map(|line| &line.parts) {
            if totals.contains_key(part) && seen.insert(*part) {
                waiting.push(*part);
            }
        }
    }
    seen.into_iter().filter(|&at| numbers.numbers[at].hidden.is_some()).collect()
}

/// The largest of 1, 5, 10, 50, … that is at most half of a distance. Each divides the next, so the farther an end lies, the
/// farther it is rounded.
fn step(distance: f64) -> i64 {
    let mut step = 1i64;
    let mut is_five = false;
    loop {
        let next = step.saturating_mul(if is_five { 2 } else { 5 });
        if next as f64 > distance / 2.0 || next == i64::MAX {
            return step;
        }
        (step, is_five) = (next, !is_five);
    }
}

fn low_end(value: i64, below: f64, minimum: i64) -> i64 {
    let step = step(below);
    let low = (value - below.ceil() as i64).div_euclid(step) * step;
    if low < minimum { 0 } else { low }
}

fn high_end(value: i64, above: f64) -> i64 {
    let step = step(above);
    let high = value.saturating_add(above.ceil() as i64);
    high.saturating_add(step - 1).div_euclid(step) * step
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_rounded_away_from_the_number_by_at_most_half_their_distance() {
        let ends = |value, reach: f64| (low_end(value, reach, 5), high_end(value, reach));
        assert_eq!(ends(127_977, 2_300.0), (125_000, 131_000));
        assert_eq!(ends(1_234, 45.0), (1_180, 1_280));
        assert_eq!(ends(100, 9.0), (91, 109));
        assert_eq!(ends(12, 4.0), (8, 16));
        assert_eq!(ends(8, 5.0), (0, 13), "three people are fewer than the minimum");
        assert_eq!(ends(0, 0.0), (0, 0));
    }

    #[test]
    fn the_farther_an_end_lies_the_farther_it_is_rounded() {
        for value in [0, 7, 250, 9_999, 1_000_000] {
            let ends = (0..20_000).map(|reach| f64::from(reach) / 3.0);
            let ends: Vec<(i64, i64)> = ends.map(|d| (low_end(value, d, 5), high_end(value, d))).collect();
            assert!(ends.is_sorted_by(|a, b| a.0 >= b.0 && a.1 <= b.1), "{value}");
        }
    }
}
