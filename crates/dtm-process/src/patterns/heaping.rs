//! Numbers that end in 0 and 5 too often: guessed, rounded, or made up.
//!
//! Three measures. The chi-squared of the last digits against equal shares, for counts large enough that their last
//! digit means nothing. Whipple's index for ages: five times the share of ages ending in 0 or 5 among those from 23 to
//! 62, in percent, 100 where nobody rounds and 500 where all do (United Nations, Methods of Appraisal of Quality of Basic
//! Data, 1955). Myers' blended index: how much the last digits of ages from 10 to 89 depart from equal shares once the
//! falling number of old people is evened out, from 0 to 90 (Myers, 1940).

use super::Share;
use crate::statistics::chi_squared_upper_tail;

/// The last digits of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LastDigits {
    /// How many numbers end in each digit.
    pub counts: [u64; 10],
    /// The chi-squared of nine degrees of freedom.
    pub chi_squared: f64,
    /// The chance of one as high where every digit is as likely.
    pub chance: f64,
}

/// The last digits of the numbers of at least `least`; none below fifty of them, where the test says nothing.
pub fn last_digits(numbers: impl IntoIterator<Item = f64>, least: u64) -> Option<LastDigits> {
    let mut counts = [0u64; 10];
    for number in whole(numbers).filter(|number| *number >= least) {
        counts[(number % 10) as usize] += 1;
    }
    let n: u64 = counts.iter().sum();
    if n < 50 {
        return None;
    }
    let expected = n as f64 / 10.0;
    let chi_squared = counts.iter().map(|count| (*count as f64 - expected).powi(2) / expected).sum();
    Some(LastDigits { counts, chi_squared, chance: chi_squared_upper_tail(chi_squared, 9) })
}

/// The ages from 23 to 62 that end in 0 or 5.
pub fn round_ages(ages: impl IntoIterator<Item = f64>) -> Share {
    whole(ages)
        .filter(|age| (23..=62).contains(age))
        .fold(Share::default(), |share, age| Share { n: share.n + u64::from(age % 5 == 0), of: share.of + 1 })
}

/// The numbers of ten and more that end in 0 or 5; a fifth do where nobody rounds.
pub fn round_counts(numbers: impl IntoIterator<Item = f64>) -> Share {
    whole(numbers)
        .filter(|number| *number >= 10)
        .fold(Share::default(), |share, number| Share { n: share.n + u64::from(number % 5 == 0), of: share.of + 1 })
}

/// Whipple's index of these ages.
pub fn whipple(ages: impl IntoIterator<Item = f64>) -> Option<f64> {
    round_ages(ages).value().map(|share| 500.0 * share)
}

/// Myers' blended index of these ages.
pub fn myers(ages: impl IntoIterator<Item = f64>) -> Option<f64> {
    let (mut from_10, mut from_20) = ([0u64; 10], [0u64; 10]);
    for age in whole(ages).filter(|age| (10..90).contains(age)) {
        from_10[(age % 10) as usize] += u64::from(age < 80);
        from_20[(age % 10) as usize] += u64::from(age >= 20);
    }
    // The digit d is counted d + 1 times from ten on and 9 − d times from twenty on.
    let blended: Vec<f64> =
        (0..10).map(|d| ((d as u64 + 1) * from_10[d] + (9 - d as u64) * from_20[d]) as f64).collect();
    let all: f64 = blended.iter().sum();
    (all > 0.0).then(|| blended.iter().map(|count| (count / all - 0.1).abs() * 100.0).sum::<f64>() / 2.0)
}

fn whole(numbers: impl IntoIterator<Item = f64>) -> impl Iterator<Item = u64> {
    numbers.into_iter().filter(|number| *number >= 0.0 && number.fract() == 0.0 && *number < 1e15).map(|n| n as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_as_they_are_do_not_heap_and_rounded_ones_do() {
        let even = || (0..100).flat_map(|age| [f64::from(age)]);
        assert_eq!(whipple(even()), Some(100.0));
        assert!(myers(even()).unwrap() < 1e-9);
        let rounded = || (0..100).map(|age| f64::from(age / 5 * 5));
        assert_eq!(whipple(rounded()), Some(500.0));
        assert!((myers(rounded()).unwrap() - 80.0).abs() < 3.0);
        assert_eq!(whipple([1.0, 90.0]), None);
    }

    #[test]
    fn last_digits_are_held_against_equal_shares() {
        // 40 of 60 end in 0, 20 in 5: (34² + 14² + 8·6²) / 6.
        let heaped = (0..60).map(|n| if n < 40 { 120.0 } else { 135.0 });
        let digits = last_digits(heaped, 10).unwrap();
        assert!((digits.chi_squared - (34.0f64.powi(2) + 14.0f64.powi(2) + 8.0 * 36.0) / 6.0).abs() < 1e-9);
        assert!(digits.chance < 1e-9);
        let even = last_digits((100..200).map(f64::from), 10).unwrap();
        assert_eq!((even.chi_squared, even.chance), (0.0, 1.0));
        assert_eq!(last_digits([1.0; 100], 10), None, "small numbers say nothing by their last digit");
    }
}
