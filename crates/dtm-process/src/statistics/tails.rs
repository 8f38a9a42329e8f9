//! How likely a count or a sum of squares is to be this high by chance.
//!
//! The incomplete beta and gamma functions by continued fractions and series (Abramowitz and Stegun 6.5 and 26.5, in the
//! forms of Lentz); the several tests of one question are held together by the rule of Benjamini and Hochberg (1995).

const SMALL: f64 = 1e-300;
const CLOSE: f64 = 1e-14;
const STEPS: usize = 10_000;

/// The chance of at least `k` successes in `n` independent tries of chance `p`: exact, not by a normal curve.
pub fn binomial_upper_tail(k: u64, n: u64, p: f64) -> f64 {
    match k {
        0 => 1.0,
        k if k > n => 0.0,
        _ if p <= 0.0 => 0.0,
        _ if p >= 1.0 => 1.0,
        k => incomplete_beta(k as f64, (n - k + 1) as f64, p),
    }
}

/// The chance of a chi-squared sum at least this high with these degrees of freedom.
pub fn chi_squared_upper_tail(sum: f64, degrees: usize) -> f64 {
    if sum <= 0.0 || degrees == 0 { 1.0 } else { upper_gamma(degrees as f64 / 2.0, sum / 2.0) }
}

/// What each chance becomes when so many were looked at: the share of false alarms among those as low or lower.
pub fn benjamini_hochberg(chances: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..chances.len()).collect();
    order.sort_by(|a, b| chances[*b].total_cmp(&chances[*a]).then(b.cmp(a)));
    let (mut held, mut least) = (vec![1.0; chances.len()], 1.0f64);
    for (rank, at) in (1..=chances.len()).rev().zip(order) {
        least = least.min(chances[at] * (chances.len() as f64 / rank as f64));
        held[at] = least;
    }
    held
}

/// The logarithm of the gamma function, by the approximation of Lanczos with nine terms.
fn ln_gamma(x: f64) -> f64 {
    const TERMS: [f64; 9] = [
        0.999_999_999_999_809_9,
        676.520_368_121_885_1,
        -1_259.139_216_722_402_8,
        771.323_428_777_653_1,
        -176.615_029_162_140_6,
        12.507_343_278_686_905,
        -0.138_571_095_265_720_12,
        9.984_369_578_019_572e-6,
        1.505_632_735_149_311_6e-7,
    ];
    let x = x - 1.0;
    let base = x + 7.5;
    let sum: f64 = TERMS.iter().enumerate().map(|(k, term)| if k == 0 { *term } else { term / (x + k as f64) }).sum();
    0.5 * (2.0 * std::f64::consts::PI).ln() + (x + 0.5) * base.ln() - base + sum.ln()
}

/// The regularised incomplete beta function.
fn incomplete_beta(a: f64, b: f64, x: f64) -> f64 {
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    let share = if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(a, b, x) / a
    } else {
        1.0 - front * beta_fraction(b, a, 1.0 - x) / b
    };
    share.clamp(0.0, 1.0)
}

fn beta_fraction(a: f64, b: f64, x: f64) -> f64 {
    let away = |value: f64| if value.abs() < SMALL { SMALL } else { value };
    let (mut c, mut d) = (1.0, 1.0 / away(1.0 - (a + b) * x / (a + 1.0)));
    let mut value = d;
    for step in 1..STEPS {
        let m = step as f64;
        for term in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            value *= c * d;
        }
        if (c * d - 1.0).abs() < CLOSE {
            break;
        }
    }
    value
}

/// The regularised upper incomplete gamma function.
fn upper_gamma(a: f64, x: f64) -> f64 {
    let front = (a * x.ln() - x - ln_gamma(a)).exp();
    if x < a + 1.0 {
        let (mut term, mut sum) = (1.0 / a, 1.0 / a);
        for step in 1..STEPS {
            term *= x / (a + step as f64);
            sum += term;
            if term < sum * CLOSE {
                break;
            }
        }
        return (1.0 - front * sum).clamp(0.0, 1.0);
    }
    let away = |value: f64| if f64::abs(value) < SMALL { SMALL } else { value };
    let mut b = x + 1.0 - a;
    let (mut c, mut d) = (1.0 / SMALL, 1.0 / b);
    let mut value = d;
    for step in 1..STEPS {
        let term = -(step as f64) * (step as f64 - a);
        b += 2.0;
        d = 1.0 / away(term * d + b);
        c = away(b + term / c);
        value *= c * d;
        if (c * d - 1.0).abs() < CLOSE {
            break;
        }
    }
    (front * value).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-10, "{found} is not {expected}");
    }

    #[test]
    fn tails_are_those_of_tables() {
        // Three or more heads in five: (10 + 5 + 1) / 32.
        near(binomial_upper_tail(3, 5, 0.5), 0.5);
        near(binomial_upper_tail(5, 5, 0.1), 1e-5);
        // R: pbinom(11, 40, .1, lower.tail = FALSE); pchisq(16.919, 9, lower.tail = FALSE) is the 5 % point of tables.
        near(binomial_upper_tail(1, 40, 0.1), 1.0 - 0.9f64.powi(40));
        assert!((chi_squared_upper_tail(16.918_977_604_620_45, 9) - 0.05).abs() < 1e-9);
        near(chi_squared_upper_tail(2.0, 2), (-1.0f64).exp());
        assert_eq!((binomial_upper_tail(0, 5, 0.2), binomial_upper_tail(6, 5, 0.2)), (1.0, 0.0));
    }

    #[test]
    fn many_tests_raise_the_bar() {
        // R: p.adjust(c(.01, .04, .03, .5), "BH") = 0.04 0.05333 0.05333 0.5
        let held = benjamini_hochberg(&[0.01, 0.04, 0.03, 0.5]);
        for (held, expected) in held.iter().zip([0.04, 0.16 / 3.0, 0.16 / 3.0, 0.5]) {
            near(*held, expected);
        }
    }

    proptest! {
        #[test]
        fn a_binomial_tail_is_the_sum_of_its_terms(n in 1u64..60, k in 0u64..60, p in 0.001..0.999f64) {
            let choose = |k: u64| (0..k).map(|i| (n - i) as f64 / (i + 1) as f64).product::<f64>();
            let sum: f64 = (k..=n).map(|k| choose(k) * p.powi(k as i32) * (1.0 - p).powi((n - k) as i32)).sum();
            prop_assert!((binomial_upper_tail(k, n, p) - sum).abs() < 1e-9);
        }

        #[test]
        fn held_chances_keep_their_order_and_never_fall(chances in prop::collection::vec(0.0..1.0f64, 0..20)) {
            let held = benjamini_hochberg(&chances);
            for (a, ha) in chances.iter().zip(&held) {
                prop_assert!(ha >= a && *ha <= 1.0);
                prop_assert!(chances.iter().zip(&held).all(|(b, hb)| a > b || ha <= hb));
            }
        }
    }
}
