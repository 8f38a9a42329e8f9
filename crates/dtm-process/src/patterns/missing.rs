//! How much of a record has no answer.
//!
//! The share of the questions looked at that a record leaves without an answer, and the records whose share lies more
//! than so many standard deviations from the mean, as it is or as ln(share + 1): the rule of the R package
//! cleaningtools. Questions that the form's logic passes over count as not answered, so that an interview which takes
//! the short way through the form stands out.

use super::Share;
use crate::answers::AnswerTable;
use crate::statistics::{mean, standard_deviation};

/// The share of these questions without an answer, by record.
pub fn missing_shares(table: &AnswerTable, columns: &[usize]) -> Vec<Share> {
    let mut shares = vec![Share { n: 0, of: columns.len() as u64 }; table.n_rows()];
    for &at in columns {
        for (share, code) in shares.iter_mut().zip(table.columns()[at].codes()) {
            share.n += u64::from(*code == 0);
        }
    }
    shares
}

/// The records whose share lies more than so many standard deviations from the mean, below it or above.
pub fn unusual(shares: &[Share], deviations: f64) -> Vec<usize> {
    let as_is: Vec<f64> = shares.iter().map(|share| share.value().unwrap_or(0.0)).collect();
    let on_log_scale: Vec<f64> = as_is.iter().map(|share| share.ln_1p()).collect();
    let usual = |numbers: &[f64]| {
        let (mean, deviation) = (mean(numbers)?, standard_deviation(numbers)?);
        Some((mean, deviations * deviation))
    };
    let scales = [usual(&as_is).zip(Some(&as_is)), usual(&on_log_scale).zip(Some(&on_log_scale))];
    let is_far =
        |row: &usize| scales.iter().flatten().any(|((mean, most), numbers)| (numbers[*row] - mean).abs() > *most);
    (0..shares.len()).filter(is_far).collect()
}
