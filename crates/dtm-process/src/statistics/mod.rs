//! Small statistics that several methods share: quantiles, tails of distributions, spread of categories.
//!
//! In go plain numbers, out come plain numbers; nothing here knows what they count. Definitions are those of R, so that a
//! figure can be checked there: [`quantile`] is `quantile(type = 7)`, [`hinges`] are those of `boxplot.stats`,
//! [`standard_deviation`] divides by n − 1. Medians and robust spreads are [`crate::spread`]'s. What cannot be said of too few numbers is none.

mod categories;
mod tails;

pub use categories::{divergence, entropy};
pub use tails::{benjamini_hochberg, binomial_upper_tail, chi_squared_upper_tail};

/// The arithmetic mean; none of no numbers.
pub fn mean(numbers: &[f64]) -> Option<f64> {
    (!numbers.is_empty()).then(|| numbers.iter().sum::<f64>() / numbers.len() as f64)
}

/// The standard deviation of a sample (n − 1); none below two numbers.
pub fn standard_deviation(numbers: &[f64]) -> Option<f64> {
    let mean = mean(numbers).filter(|_| numbers.len() > 1)?;
    let squares: f64 = numbers.iter().map(|number| (number - mean).powi(2)).sum();
    Some((squares / (numbers.len() - 1) as f64).sqrt())
}

/// The value below which this share of the numbers lies, between neighbours in a straight line. The numbers are sorted.
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let at = share.clamp(0.0, 1.0) * last as f64;
    let (below, part) = (at.floor() as usize, at.fract());
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    Some(if part == 0.0 { low } else { low + part * (high - low) })
}

/// The lower and upper hinge: the medians of the lower and of the upper half, the middle number in both.
pub fn hinges(sorted: &[f64]) -> Option<(f64, f64)> {
    let n = sorted.len();
    let half = n.div_ceil(2);
    Some((quantile(sorted.get(..half)?, 0.5)?, quantile(sorted.get(n - half..)?, 0.5)?))
}

/// The numbers from the smallest to the largest.
pub fn sorted(numbers: &[f64]) -> Vec<f64> {
    let mut sorted = numbers.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: Option<f64>, expected: f64) {
        assert!(found.is_some_and(|found| (found - expected).abs() < 1e-9), "{found:?} is not {expected}");
    }

    #[test]
    fn quantiles_and_hinges_are_those_of_r() {
        // R: quantile(c(1,2,4,8,16), .05) = 1.2; fivenum(c(1,2,4,8,16,32)) = 1 2 6 16 32; fivenum(1:5) has hinges 2 and 4.
        near(quantile(&[1.0, 2.0, 4.0, 8.0, 16.0], 0.05), 1.2);
        assert_eq!(hinges(&[1.0, 2.0, 4.0, 8.0, 16.0, 32.0]), Some((2.0, 16.0)));
        assert_eq!(hinges(&[1.0, 2.0, 3.0, 4.0, 5.0]), Some((2.0, 4.0)));
        assert_eq!((hinges(&[]), quantile(&[], 0.5)), (None, None));
    }

    #[test]
    fn one_number_has_no_spread_and_two_divide_by_one() {
        assert_eq!(standard_deviation(&[7.0]), None);
        near(standard_deviation(&[1.0, 3.0]), 2f64.sqrt());
    }
}
