//! Where the middle of some numbers lies, and how far they spread.
//!
//! Takes numbers in any order; not finite ones are left out. Errors of counts have long tails, so the middle is the
//! median and the spread the median absolute deviation, scaled to agree with a standard deviation where errors are
//! normal (Hampel 1974). Where more than half of the numbers are equal, the deviation is zero and the mean absolute
//! deviation stands in for it, scaled likewise (Iglewicz and Hoaglin 1993).

/// Makes the median absolute deviation of normal errors their standard deviation.
const MAD_TO_SD: f64 = 1.4826;
/// Makes the mean absolute deviation of normal errors their standard deviation: √(π/2).
const MEAN_DEVIATION_TO_SD: f64 = 1.2533;

/// The middle and spread of some numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    /// The median.
    pub(crate) median: f64,
    /// The spread, on the scale of a standard deviation; zero where all numbers are equal.
    pub(crate) scale: f64,
}

impl Spread {
    /// The middle and spread of some numbers; none without any. O(n log n).
    pub(crate) fn of(values: &[f64]) -> Option<Self> {
        let middle = median(values)?;
        let deviations: Vec<f64> =
            values.iter().filter(|value| value.is_finite()).map(|value| (value - middle).abs()).collect();
        let mad = MAD_TO_SD * median(&deviations)?;
        let scale = match mad > 0.0 {
            true => mad,
            false => MEAN_DEVIATION_TO_SD * deviations.iter().sum::<f64>() / deviations.len() as f64,
        };
        Some(Self { median: middle, scale })
    }

    /// How many spreads a number lies from the middle; none where the numbers do not spread.
    pub(crate) fn z(&self, value: f64) -> Option<f64> {
        (self.scale > 0.0).then(|| (value - self.median) / self.scale)
    }
}

/// The median; none without any number.
pub(crate) fn median(values: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len();
    match n {
        0 => None,
        n if n % 2 == 1 => Some(sorted[n / 2]),
        n => Some((sorted[n / 2 - 1] + sorted[n / 2]) / 2.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{close, reference};
    use crate::statistics::{hinges, quantile, sorted};

    /// R on its data set of the lengths of rivers.
    #[test]
    fn the_lengths_of_rivers_have_the_spread_and_the_outliers_of_the_reference() {
        let Some(expected) = reference() else { return };
        let rivers = &expected["outliers"][0];
        let list = |name: &str| -> Vec<f64> {
            rivers[name].as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
        };
        let lengths = list("x");
        let spread = Spread::of(&lengths).unwrap();
        close(spread.median, rivers["median"].as_f64().unwrap(), 1e-12);
        close(spread.scale, rivers["mad_1.4826"].as_f64().unwrap(), 1e-9);
        let odd = |(_, length): &(f64, &f64)| spread.z(**length).unwrap().abs() > 3.5;
        let positions: Vec<f64> = (1..).map(f64::from).zip(&lengths).filter(odd).map(|(at, _)| at).collect();
        assert_eq!(positions, list("robust_z_over_3.5"));

        let in_order = sorted(&lengths);
        assert_eq!([0.25, 0.5, 0.75].map(|share| quantile(&in_order, share).unwrap()), list("quantile_type7")[..]);
        let (low, high) = hinges(&in_order).unwrap();
        assert_eq!([low, high], [list("tukey_hinges")[1], list("tukey_hinges")[3]]);
        let reach = 1.5 * (high - low);
        let beyond = lengths.iter().copied().filter(|length| *length < low - reach || *length > high + reach);
        assert_eq!(beyond.collect::<Vec<_>>(), list("fence_outliers"));
    }

    /// The median of 1, 2, 4, 8, 100 is 4; the deviations 3, 2, 0, 4, 96 have the median 3.
    #[test]
    fn one_wild_number_moves_neither_the_middle_nor_the_spread() {
        let spread = Spread::of(&[100.0, 1.0, 8.0, 2.0, 4.0, f64::NAN]).unwrap();
        assert_eq!(spread, Spread { median: 4.0, scale: 3.0 * 1.4826 });
        assert!(spread.z(100.0).unwrap() > 3.5);
    }

    /// Four of five are equal: the mean deviation is 10/5 = 2.
    #[test]
    fn where_most_are_equal_the_mean_deviation_stands_in() {
        let spread = Spread::of(&[5.0, 5.0, 5.0, 5.0, 15.0]).unwrap();
        assert_eq!(spread.scale, 2.0 * 1.2533);
        assert_eq!(Spread::of(&[5.0, 5.0]).unwrap().z(9.0), None);
        assert_eq!(Spread::of(&[]), None);
    }
}
