//! Interviews that hardly differ: for each, the other one with the fewest different answers.
//!
//! All answers count as categories, capitals and blanks at the ends aside; «not answered» is one of them. The distance of
//! two interviews is the number of questions they answer differently, which is Gower's distance of categories times the
//! number of questions (`check_soft_duplicates` of the R package cleaningtools).
//!
//! Few interviews are compared pair by pair. Of many, only pairs that differ in at most so many questions are looked
//! for, without the square of their number: the questions are dealt into t + s parts, and a pair with at most t
//! differences agrees on at least s whole parts (the pigeonhole principle), so that it is enough to compare interviews
//! that agree on some s parts. That loses nothing. A larger s makes more but smaller blocks; which is cheapest is tried
//! on a sample. Only blocks too large even so are not compared whole, and how many pairs that left out is told.

mod blocks;
mod own;
mod rows;

pub use own::{OwnAlike, OwnOptions, alike_to_own};
pub use rows::Rows;

use crate::answers::AnswerTable;

/// How near duplicates are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NearOptions {
    /// Among many interviews, pairs that differ in more questions are not looked for.
    pub at_most: u32,
    /// Every pair is compared while pairs times questions stay below this.
    pub every_pair_up_to: u64,
    /// Blocks with more interviews are not compared whole.
    pub most_in_block: usize,
    /// Forms with fewer questions cannot tell people apart, and none of their interviews is called alike.
    pub least_questions: usize,
}

impl Default for NearOptions {
    fn default() -> Self {
        Self { at_most: 7, every_pair_up_to: 1_500_000_000, most_in_block: 2_000, least_questions: 20 }
    }
}

/// What was compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Every pair, so that the nearest is known of each.
    EveryPair,
    /// Pairs that differ in at most so many questions; an interview without such a partner has none.
    AtMost(u32),
}

/// The interview nearest to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Near {
    /// In how many questions the two differ.
    pub n_different: u32,
    /// The nearest interview; the first of several.
    pub row: u32,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct NearFound {
    /// The nearest to each interview.
    pub nearest: Vec<Option<Near>>,
    /// The nearest of the same enumerator to each interview, where enumerators are known.
    pub nearest_own: Vec<Option<Near>>,
    /// What was compared.
    pub comparison: Comparison,
    /// How many pairs were compared, those met in several blocks each time.
    pub n_compared: u64,
    /// How many pairs were at most left out, as their blocks were too large.
    pub n_left_out: u64,
    /// The interviews as they were compared.
    pub rows: Rows,
}

impl NearFound {
    /// In how many questions two interviews differ.
    pub fn n_different(&self, a: usize, b: usize) -> u32 {
        self.rows.n_different(a, b)
    }

    /// How many of the questions an interview answers.
    pub fn n_answered(&self, row: usize) -> usize {
        self.rows.n_answered(row)
    }
}

/// Finds the nearest to each interview by these questions. `enumerators` says who asked, by a number for each row.
pub fn nearest(
    table: &AnswerTable,
    columns: &[usize],
    enumerators: Option<&[u32]>,
    options: &NearOptions,
) -> NearFound {
    let rows = Rows::of(table, columns);
    let mut search = Search::new(rows.len(), enumerators);
    let n = rows.len() as u64;
    let cost = n * n.saturating_sub(1) / 2 * rows.n_columns() as u64;
    let comparison = if cost <= options.every_pair_up_to {
        for a in 0..rows.len() {
            for b in a + 1..rows.len() {
                search.met(a, b, rows.n_different(a, b));
            }
        }
        Comparison::EveryPair
    } else {
        let at_most = options.at_most.min(rows.n_columns().saturating_sub(1) as u32);
        blocks::search(&rows, at_most, options.most_in_block, &mut search);
        Comparison::AtMost(at_most)
    };
    let Search { nearest, nearest_own, n_compared, n_left_out, .. } = search;
    NearFound { nearest, nearest_own, comparison, n_compared, n_left_out, rows }
}

/// The nearest met so far.
struct Search<'a> {
    enumerators: Option<&'a [u32]>,
    nearest: Vec<Option<Near>>,
    nearest_own: Vec<Option<Near>>,
    n_compared: u64,
    n_left_out: u64,
}

impl<'a> Search<'a> {
    fn new(n_rows: usize, enumerators: Option<&'a [u32]>) -> Self {
        let own = if enumerators.is_some() { n_rows } else { 0 };
        Self { enumerators, nearest: vec![None; n_rows], nearest_own: vec![None; own], n_compared: 0, n_left_out: 0 }
    }

    fn met(&mut self, a: usize, b: usize, n_different: u32) {
        self.n_compared += 1;
        let is_own = self.enumerators.is_some_and(|who| who.get(a).is_some() && who.get(a) == who.get(b));
        for (at, other) in [(a, b), (b, a)] {
            let near = Near { n_different, row: other as u32 };
            keep_nearer(&mut self.nearest[at], near);
            if is_own {
                keep_nearer(&mut self.nearest_own[at], near);
            }
        }
    }
}

fn keep_nearer(known: &mut Option<Near>, near: Near) {
    if known.is_none_or(|known| near < known) {
        *known = Some(near);
    }
}

#[cfg(test)]
mod tests;
