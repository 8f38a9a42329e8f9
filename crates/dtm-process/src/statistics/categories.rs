//! How varied the answers to a question with choices are, and how far two sets of answers lie apart.

/// Shannon's entropy in bits of these counts: 0 where all gave the same answer, 1 for two answers given equally often.
pub fn entropy(counts: &[u64]) -> f64 {
    let total: u64 = counts.iter().sum();
    let bits = |count: &u64| {
        let share = *count as f64 / total as f64;
        -share * share.log2()
    };
    counts.iter().filter(|count| **count > 0).map(bits).sum()
}

/// The divergence of Jensen and Shannon in bits between two counts of the same categories: 0 where the shares are the
/// same, 1 where no category occurs in both. None where one of them counts nothing.
pub fn divergence(these: &[u64], others: &[u64]) -> Option<f64> {
    let (n_these, n_others): (u64, u64) = (these.iter().sum(), others.iter().sum());
    if n_these == 0 || n_others == 0 {
        return None;
    }
    let half = |share: f64, middle: f64| if share > 0.0 { 0.5 * share * (share / middle).log2() } else { 0.0 };
    let categories = these.len().max(others.len());
    let share = |counts: &[u64], at: usize, n: u64| counts.get(at).copied().unwrap_or(0) as f64 / n as f64;
    let sum: f64 = (0..categories)
        .map(|at| {
            let (p, q) = (share(these, at, n_these), share(others, at, n_others));
            half(p, (p + q) / 2.0) + half(q, (p + q) / 2.0)
        })
        .sum();
    Some(sum.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_answer_only_has_no_entropy_and_four_equal_ones_two_bits() {
        assert_eq!(entropy(&[9, 0]), 0.0);
        assert_eq!(entropy(&[5, 5, 5, 5]), 2.0);
    }

    #[test]
    fn divergence_goes_from_the_same_shares_to_nothing_in_common() {
        assert_eq!(divergence(&[1, 3], &[10, 30]), Some(0.0));
        assert_eq!(divergence(&[7, 0], &[0, 2]), Some(1.0));
        assert_eq!(divergence(&[0, 0], &[1, 1]), None);
        // p = (1, 0), q = (1/2, 1/2): ½·1·log2(4/3) + ½(½·log2(2/3) + ½·log2(2)) = 0.311278…
        assert!((divergence(&[4], &[1, 1]).unwrap() - 0.311_278_124_459).abs() < 1e-9);
    }
}
