//! Shares a whole number out so that the parts are whole and add up to it.
//!
//! Takes a whole and one weight for each part; returns one whole number for each part. Every part gets the whole part
//! of its share, and what is left goes one by one to the parts with the largest remainders (Hamilton's method). Of equal
//! remainders the larger weight comes first, then the earlier part, so that the same input gives the same parts.

/// Shares `whole` out by `weights`; none where no weight is positive or one is not a number. O(n log n).
pub fn apportion(whole: u64, weights: &[f64]) -> Option<Vec<u64>> {
    let sum: f64 = weights.iter().sum();
    if !sum.is_finite() || sum <= 0.0 || weights.iter().any(|weight| *weight < 0.0) {
        return None;
    }
    let quotas: Vec<f64> = weights.iter().map(|weight| whole as f64 * (weight / sum)).collect();
    let mut parts: Vec<u64> = quotas.iter().map(|quota| quota.floor() as u64).collect();
    let mut order: Vec<usize> = (0..weights.len()).filter(|at| weights[*at] > 0.0).collect();
    order.sort_by(|a, b| {
        let remainder = |at: usize| quotas[at] - quotas[at].floor();
        remainder(*b).total_cmp(&remainder(*a)).then_with(|| weights[*b].total_cmp(&weights[*a])).then_with(|| a.cmp(b))
    });
    // Rounding of the quotas can give a unit too many for very large wholes; it is taken back from the last in order.
    let mut given: u64 = parts.iter().sum();
    for at in order.iter().rev().cycle().take(order.len() * 2) {
        if given > whole && parts[*at] > 0 {
            parts[*at] -= 1;
            given -= 1;
        }
    }
    for at in order.iter().cycle().take(whole.saturating_sub(given) as usize) {
        parts[*at] += 1;
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 100 over 47, 16, 15, 11, 9, 2 seats of 1000 votes each: 10 units have quotas 4.7, 1.6, 1.5, 1.1, 0.9, 0.2; the
    /// whole parts give 7, and the remainders .9, .7, .6 take the other three.
    #[test]
    fn what_is_left_goes_to_the_largest_remainders() {
        let parts = apportion(10, &[47.0, 16.0, 15.0, 11.0, 9.0, 2.0]);
        assert_eq!(parts.unwrap(), [5, 2, 1, 1, 1, 0]);
    }

    #[test]
    fn equal_remainders_are_settled_by_weight_and_order() {
        assert_eq!(apportion(1, &[1.0, 1.0]).unwrap(), [1, 0]);
        assert_eq!(apportion(5, &[0.0, 0.0, 3.0]).unwrap(), [0, 0, 5]);
        assert_eq!(apportion(5, &[0.0, 0.0]), None);
        assert_eq!(apportion(5, &[f64::NAN, 1.0]), None);
        assert_eq!(apportion(5, &[-1.0, 2.0]), None);
    }

    proptest! {
        #[test]
        fn the_parts_add_up_and_none_is_a_unit_from_its_share(
            whole in 0u64..10_000_000, weights in prop::collection::vec(0.0f64..1000.0, 1..30)
        ) {
            prop_assume!(weights.iter().sum::<f64>() > 0.0);
            let parts = apportion(whole, &weights).unwrap();
            prop_assert_eq!(parts.iter().sum::<u64>(), whole);
            let sum: f64 = weights.iter().sum();
            for (part, weight) in parts.iter().zip(&weights) {
                prop_assert!((*part as f64 - whole as f64 * weight / sum).abs() < 1.0 + 1e-6);
            }
        }
    }
}
