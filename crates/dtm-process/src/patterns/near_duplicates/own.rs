//! Whether an enumerator's interviews are more alike than interviews of different enumerators are.
//!
//! Neighbours give like answers, so a fixed number of differences says little. Each interview is held against some of
//! the same enumerator's own and against as many of others, taken evenly from all; the smallest number of differences to
//! its own is placed among the smallest numbers to others, of all interviews. A low percentile says: hardly ever do two
//! people ask and get answers as like as these two interviews of one person. The numbers compared are the same on both
//! sides, so that one who asks many is not suspect for it.

use super::{Near, Rows};
use std::collections::BTreeMap;

/// How an enumerator's own interviews are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnOptions {
    /// Each interview is compared with at most so many of the same enumerator, the next ones in order, and as many of others.
    pub most_compared: usize,
}

impl Default for OwnOptions {
    fn default() -> Self {
        Self { most_compared: 50 }
    }
}

/// How like an interview is to another of the same enumerator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OwnAlike {
    /// The nearest of the same enumerator.
    pub near: Near,
    /// With how many it was compared, on either side.
    pub n_compared: usize,
    /// The share of all interviews whose nearest among others' is nearer than that, ties counted half.
    pub percentile: f64,
}

/// Holds each interview against the same enumerator's own; none for one who asked once, and where nobody else asked.
pub fn alike_to_own(rows: &Rows, enumerators: &[u32], options: &OwnOptions) -> Vec<Option<OwnAlike>> {
    let n = rows.len().min(enumerators.len());
    let mut of: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    (0..n).for_each(|row| of.entry(enumerators[row]).or_default().push(row));
    let mut own: Vec<Option<(Near, usize)>> = vec![None; rows.len()];
    let mut to_others: Vec<u32> = Vec::with_capacity(n);
    for mine in of.values().filter(|mine| mine.len() > 1) {
        let n_compared = (mine.len() - 1).min(options.most_compared).min(n - mine.len());
        for (at, row) in mine.iter().enumerate() {
            // The next ones, and round again from the first.
            let others = (1..=n_compared).map(|ahead| mine[(at + ahead) % mine.len()]);
            let near = others.map(|other| Near { n_different: rows.n_different(*row, other), row: other as u32 }).min();
            own[*row] = near.map(|near| (near, n_compared));
            to_others.extend(nearest_of_others(rows, enumerators, *row, n, n_compared));
        }
    }
    to_others.sort_unstable();
    let place = |near: Near| {
        let below = to_others.partition_point(|other| *other < near.n_different);
        let up_to = to_others.partition_point(|other| *other <= near.n_different);
        (below + up_to) as f64 / 2.0 / to_others.len() as f64
    };
    let with_place = |(near, n_compared)| OwnAlike { near, n_compared, percentile: place(near) };
    own.into_iter().map(|own| own.filter(|_| !to_others.is_empty()).map(with_place)).collect()
}

/// The smallest number of differences to so many interviews of others, taken evenly from all.
fn nearest_of_others(rows: &Rows, enumerators: &[u32], row: usize, n: usize, n_compared: usize) -> Option<u32> {
    let step = (n / (n_compared + 1)).max(1);
    let all = (1..n).map(|turn| (row + turn * step + turn * step / n) % n);
    let others = all.filter(|other| enumerators[*other] != enumerators[row]);
    others.take(n_compared).map(|other| rows.n_different(row, other)).min()
}
