//! Interviews laid out for comparison: one row of codes each, the questions that tell most apart first.

use crate::answers::AnswerTable;

/// How many answers are compared between two looks at whether it is enough.
const STRETCH: usize = 16;

/// Interviews as rows of codes.
#[derive(Clone, Debug)]
pub struct Rows {
    n_rows: usize,
    /// By column, how much it tells apart, in bits; the most first.
    bits: Vec<f64>,
    codes: Vec<u32>,
}

impl Rows {
    /// The answers to these questions. Answers that differ in capitals and blanks at the ends only are the same.
    pub fn of(table: &AnswerTable, columns: &[usize]) -> Self {
        let n_rows = table.n_rows();
        let mut folded: Vec<(f64, Vec<u32>)> = columns
            .iter()
            .map(|at| {
                let (codes, n_codes) = table.columns()[*at].folded_codes();
                (bits(&codes, n_codes), codes)
            })
            .collect();
        folded.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut codes = vec![0; n_rows * folded.len()];
        for (at, (_, of_column)) in folded.iter().enumerate() {
            for (row, code) in of_column.iter().enumerate() {
                codes[row * folded.len() + at] = *code;
            }
        }
        Self { n_rows, bits: folded.into_iter().map(|(bits, _)| bits).collect(), codes }
    }

    /// How many interviews there are.
    pub fn len(&self) -> usize {
        self.n_rows
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.n_rows == 0
    }

    /// How many questions are compared.
    pub fn n_columns(&self) -> usize {
        self.bits.len()
    }

    /// How much each column tells apart, in bits.
    pub(super) fn bits(&self) -> &[f64] {
        &self.bits
    }

    /// The codes of one interview.
    pub(super) fn row(&self, row: usize) -> &[u32] {
        let n = self.bits.len();
        &self.codes[row * n..(row + 1) * n]
    }

    /// How many questions an interview answers.
    pub fn n_answered(&self, row: usize) -> usize {
        self.row(row).iter().filter(|code| **code > 0).count()
    }

    /// In how many questions two interviews differ.
    pub fn n_different(&self, a: usize, b: usize) -> u32 {
        count(self.row(a), self.row(b))
    }

    /// In how many questions two interviews differ, if in no more than so many.
    pub(super) fn n_different_at_most(&self, a: usize, b: usize, most: u32) -> Option<u32> {
        let mut n = 0;
        for (a, b) in self.row(a).chunks(STRETCH).zip(self.row(b).chunks(STRETCH)) {
            n += count(a, b);
            if n > most {
                return None;
            }
        }
        Some(n)
    }
}

fn count(a: &[u32], b: &[u32]) -> u32 {
    a.iter().zip(b).map(|(a, b)| u32::from(a != b)).sum()
}

/// Minus the logarithm of the chance that two interviews give the same answer.
fn bits(codes: &[u32], n_codes: usize) -> f64 {
    let mut counts = vec![0u64; n_codes];
    codes.iter().for_each(|code| counts[*code as usize] += 1);
    let n = codes.len() as f64;
    let same: f64 = counts.iter().map(|count| (*count as f64 / n).powi(2)).sum();
    if same > 0.0 { -same.log2() } else { 0.0 }
}
