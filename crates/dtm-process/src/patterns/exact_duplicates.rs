//! Records that give the same answers to chosen questions.

use crate::answers::AnswerTable;
use std::collections::HashMap;

/// A record that says what an earlier one said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExactDuplicate {
    /// The later record.
    pub row: usize,
    /// The first record that gave these answers.
    pub first: usize,
}

/// The records that answer all of these questions as an earlier record does, blanks included.
///
/// Records that answer none of the questions are no duplicates of each other.
pub fn exact_duplicates(table: &AnswerTable, columns: &[usize]) -> Vec<ExactDuplicate> {
    let codes: Vec<&[u32]> = columns.iter().map(|at| table.columns()[*at].codes()).collect();
    let mut first_of: HashMap<Vec<u32>, usize> = HashMap::new();
    let mut found = Vec::new();
    for row in 0..table.n_rows() {
        let answers: Vec<u32> = codes.iter().map(|codes| codes[row]).collect();
        if answers.iter().all(|code| *code == 0) {
            continue;
        }
        let first = *first_of.entry(answers).or_insert(row);
        if first != row {
            found.push(ExactDuplicate { row, first });
        }
    }
    found
}
