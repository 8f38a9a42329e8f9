//! How many people there are, where several lists each miss some.
//!
//! Takes how many people stand on each combination of lists (two registrations, a registration and a head count, lists
//! of several partners); returns the number of all, those on no list included, with its error.
//!
//! - [`chapman`]: two lists, N = (n₁ + 1)(n₂ + 1)/(m + 1) − 1 with variance
//!   (n₁ + 1)(n₂ + 1)(n₁ − m)(n₂ − m)/((m + 1)²(m + 2)) (Chapman 1951, Seber 1970). The lists must be independent.
//! - [`log_linear`]: three to five lists, Poisson log-linear models of the counts with every set of dependences between
//!   two lists (Fienberg 1972; Cormack 1989), fitted by reweighted least squares; each model weighs exp(−ΔAIC/2) and the
//!   variance takes in that the models differ (Burnham and Anderson 2002). O(models · cells · parameters²): at most
//!   1,024 models of 31 cells.
//!
//! Records must have been linked before; a link that was missed makes two people of one and the number too large.

use serde::Serialize;

/// Two lists and those on both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TwoLists {
    /// The estimate of Chapman.
    pub people: f64,
    /// Its variance.
    pub variance: f64,
    /// The estimate and 1.96 standard errors either way, not below those known.
    pub ci95: (f64, f64),
    /// n₁·n₂/m, biased where few are on both; none where nobody is.
    pub lincoln_petersen: Option<f64>,
}

/// Estimates from two lists of `n1` and `n2` people with `both` on both; none where `both` exceeds a list.
pub fn chapman(n1: u64, n2: u64, both: u64) -> Option<TwoLists> {
    if both > n1.min(n2) {
        return None;
    }
    let (first, second, m) = (n1 as f64, n2 as f64, both as f64);
    let people = (first + 1.0) * (second + 1.0) / (m + 1.0) - 1.0;
    let variance = (first + 1.0) * (second + 1.0) * (first - m) * (second - m) / ((m + 1.0).powi(2) * (m + 2.0));
    let reach = 1.959_963_984_540_054 * variance.sqrt();
    let known = first + second - m;
    Some(TwoLists {
        people,
        variance,
        ci95: ((people - reach).max(known), people + reach),
        lincoln_petersen: (both > 0).then(|| first * second / m),
    })
}

/// One log-linear model.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Model {
    /// Pairs of lists that may depend on each other, from 0.
    pub dependent: Vec<(usize, usize)>,
    /// All people, by this model.
    pub people: f64,
    /// Standard error.
    pub se: f64,
    /// Akaike's criterion; the smaller, the better.
    pub aic: f64,
    /// Weight among the models, 0 to 1.
    pub weight: f64,
}

/// The averaged estimate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SeveralLists {
    /// All people, averaged over the models.
    pub people: f64,
    /// Standard error, with what the models differ by.
    pub se: f64,
    /// The estimate and 1.96 standard errors either way, not below those known.
    pub ci95: (f64, f64),
    /// People on at least one list.
    pub known: u64,
    /// The models that could be fitted and say something (their error is smaller than their number), the weightiest first.
    pub models: Vec<Model>,
}

/// Why lists give no estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListsError {
    /// There are two to five lists.
    #[error("an estimate takes two to five lists, these are {0}")]
    Number(usize),
    /// There must be a count for each combination.
    #[error("the counts have another number of combinations than the lists")]
    Combinations,
    /// No model could be fitted: too few people on more than one list.
    #[error("too few people stand on more than one list")]
    NothingInCommon,
}

/// Estimates from two to five lists. `counts[c]` is how many people stand on exactly the lists whose bits are set in
/// `c` (`0b101` = on the first and the third); `counts[0]`, those on none, is not looked at.
pub fn log_linear(n_lists: usize, counts: &[u64]) -> Result<SeveralLists, ListsError> {
    if !(2..=5).contains(&n_lists) {
        return Err(ListsError::Number(n_lists));
    }
    if counts.len() != 1 << n_lists {
        return Err(ListsError::Combinations);
    }
    let pairs: Vec<(usize, usize)> = (0..n_lists).flat_map(|a| (a + 1..n_lists).map(move |b| (a, b))).collect();
    let known: u64 = counts[1..].iter().sum();
    // Two lists cannot show their own dependence.
    let sets = if n_lists == 2 { 1 } else { 1u32 << pairs.len() };
    let mut models: Vec<Model> = (0..sets)
        .filter_map(|set| {
            let dependent: Vec<(usize, usize)> =
                pairs.iter().enumerate().filter(|(at, _)| set >> at & 1 == 1).map(|(_, pair)| *pair).collect();
            model(n_lists, counts, known, dependent)
        })
        .collect();
    let least = models.iter().map(|model| model.aic).fold(f64::INFINITY, f64::min);
    let sum: f64 = models.iter().map(|model| (-(model.aic - least) / 2.0).exp()).sum();
    if models.is_empty() || !sum.is_finite() {
        return Err(ListsError::NothingInCommon);
    }
    models.iter_mut().for_each(|model| model.weight = (-(model.aic - least) / 2.0).exp() / sum);
    models.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.dependent.cmp(&b.dependent)));
    let people: f64 = models.iter().map(|model| model.weight * model.people).sum();
    let se: f64 =
        models.iter().map(|model| model.weight * (model.se.powi(2) + (model.people - people).powi(2)).sqrt()).sum();
    let ci95 = ((people - 1.96 * se).max(known as f64), people + 1.96 * se);
    Ok(SeveralLists { people, se, ci95, known, models })
}

/// Fits ln E(count) = a + Σ bᵢ·on(i) + Σ cᵢⱼ·on(i)·on(j); exp(a) is those on no list.
fn model(n_lists: usize, counts: &[u64], known: u64, dependent: Vec<(usize, usize)>) -> Option<Model> {
    let on = |combination: usize, list: usize| f64::from(combination >> list & 1 == 1);
    let rows: Vec<Vec<f64>> = (1..counts.len())
        .map(|combination| {
            let lists = (0..n_lists).map(|list| on(combination, list));
            let pairs = dependent.iter().map(|(a, b)| on(combination, *a) * on(combination, *b));
            [1.0].into_iter().chain(lists).chain(pairs).collect()
        })
        .collect();
    let counts: Vec<f64> = counts[1..].iter().map(|count| *count as f64).collect();
    let fitted = poisson(&rows, &counts)?;
    let missing = fitted.coefficients[0].exp();
    let variance = missing + missing.powi(2) * fitted.variance_of_first;
    let people = known as f64 + missing;
    let se = variance.sqrt();
    let aic = -2.0 * fitted.log_likelihood + 2.0 * rows[0].len() as f64;
    // Where nobody is on two lists that depend on each other the number can be anything: such a model says nothing.
    (people.is_finite() && se <= people).then_some(Model { dependent, people, se, aic, weight: 0.0 })
}

struct Poisson {
    coefficients: Vec<f64>,
    variance_of_first: f64,
    log_likelihood: f64,
}

/// Poisson regression with log link by iteratively reweighted least squares; none where it does not settle.
fn poisson(rows: &[Vec<f64>], counts: &[f64]) -> Option<Poisson> {
    let n = rows.first()?.len();
    if rows.len() < n {
        return None;
    }
    let mut expected: Vec<f64> = counts.iter().map(|count| count.max(0.1)).collect();
    let mut coefficients = vec![0.0; n];
    for _ in 0..200 {
        let mut normal = vec![vec![0.0; n + 1]; n];
        for ((row, count), mu) in rows.iter().zip(counts).zip(&expected) {
            let working = mu.ln() + (count - mu) / mu;
            for a in 0..n {
                for b in 0..n {
                    normal[a][b] += mu * row[a] * row[b];
                }
                normal[a][n] += mu * row[a] * working;
            }
        }
        let next = solve(normal)?;
        let moved = next.iter().zip(&coefficients).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        coefficients = next;
        for (row, mu) in rows.iter().zip(&mut expected) {
            let log: f64 = row.iter().zip(&coefficients).map(|(x, b)| x * b).sum();
            *mu = log.clamp(-25.0, 25.0).exp();
        }
        if moved < 1e-10 {
            let log_likelihood =
                counts.iter().zip(&expected).map(|(count, mu)| count * mu.ln() - mu - ln_factorial(*count)).sum();
            return Some(Poisson {
                variance_of_first: first_of_inverse(rows, &expected)?,
                coefficients,
                log_likelihood,
            });
        }
    }
    None
}

/// The first element of the inverse of the information: the solution of I·v = e₁.
fn first_of_inverse(rows: &[Vec<f64>], expected: &[f64]) -> Option<f64> {
    let n = rows.first()?.len();
    let mut information = vec![vec![0.0; n + 1]; n];
    for (row, mu) in rows.iter().zip(expected) {
        for a in 0..n {
            for b in 0..n {
                information[a][b] += mu * row[a] * row[b];
            }
        }
    }
    information[0][n] = 1.0;
    solve(information).map(|column| column[0])
}

/// Solves a system of equations, the right side in the last column; none where it is singular.
fn solve(mut system: Vec<Vec<f64>>) -> Option<Vec<f64>> {
    let n = system.len();
    for at in 0..n {
        let pivot = (at..n).max_by(|a, b| system[*a][at].abs().total_cmp(&system[*b][at].abs()))?;
        system.swap(at, pivot);
        if system[at][at].abs() < 1e-12 {
            return None;
        }
        let (done, below) = system.split_at_mut(at + 1);
        for row in below {
            let factor = row[at] / done[at][at];
            row.iter_mut().zip(&done[at]).skip(at).for_each(|(cell, above)| *cell -= factor * above);
        }
    }
    let mut solution = vec![0.0; n];
    for at in (0..n).rev() {
        let known: f64 = (at + 1..n).map(|column| system[at][column] * solution[column]).sum();
        solution[at] = (system[at][n] - known) / system[at][at];
    }
    solution.iter().all(|value| value.is_finite()).then_some(solution)
}

fn ln_factorial(n: f64) -> f64 {
    // The counts are whole; sums of logarithms are exact enough and short for lists of people.
    if n < 256.0 {
        return (2..=n as u32).map(|k| f64::from(k).ln()).sum();
    }
    let n1 = n + 1.0;
    (n1 - 0.5) * n1.ln() - n1 + 0.918_938_533_204_672_8 + 1.0 / (12.0 * n1) - 1.0 / (360.0 * n1.powi(3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{close, reference};

    #[test]
    fn two_lists_give_the_numbers_of_the_reference() {
        let Some(expected) = reference() else { return };
        for case in expected["chapman"].as_array().unwrap() {
            let number = |name: &str| case[name].as_f64().unwrap();
            let ours = chapman(number("n1") as u64, number("n2") as u64, number("m") as u64).unwrap();
            close(ours.people, number("N_chapman"), 1e-9);
            close(ours.variance, number("var"), 1e-6);
            close(ours.ci95.0, case["ci95"][0].as_f64().unwrap(), 1e-6);
            close(ours.ci95.1, case["ci95"][1].as_f64().unwrap(), 1e-6);
            close(ours.lincoln_petersen.unwrap(), number("N_lincoln_petersen"), 1e-9);
        }
    }

    /// 9·19/(2) = 85.5 − 1; and those on both cannot be more than those on one.
    #[test]
    fn two_small_lists() {
        assert_eq!(chapman(8, 18, 1).unwrap().people, 84.5);
        assert_eq!(chapman(8, 18, 0).unwrap().lincoln_petersen, None);
        assert_eq!(chapman(8, 18, 9), None);
    }

    /// Two independent lists: exp(a) = n₁₀·n₀₁/n₁₁ = 30·20/10 = 60, so 120 in all.
    #[test]
    fn two_lists_as_a_log_linear_model_are_those_of_lincoln_and_petersen() {
        let two = log_linear(2, &[0, 30, 20, 10]).unwrap();
        close(two.people, 120.0, 1e-6);
        assert_eq!(two.models.len(), 1);
    }

    /// Counts by lists CBA: 001 → 60, 010 → 49, 011 → 4, 100 → 142, 101 → 112, 110 → 30, 111 → 10. Where every pair may
    /// depend, those on none are n₁₁₁·n₁·n₂·n₃/(n₁₂·n₁₃·n₂₃); where A depends on B and on C, B and C are independent of
    /// each other without A: n₂·n₃/n₂₃.
    #[test]
    fn three_lists_give_the_closed_forms_and_their_average() {
        let counts = [0, 60, 49, 4, 142, 112, 30, 10];
        let three = log_linear(3, &counts).unwrap();
        assert_eq!((three.models.len(), three.known), (8, 407));
        let of = |dependent: &[(usize, usize)]| {
            three.models.iter().find(|model| model.dependent == dependent).unwrap().people - 407.0
        };
        close(of(&[(0, 1), (0, 2), (1, 2)]), 10.0 * 60.0 * 49.0 * 142.0 / (4.0 * 112.0 * 30.0), 1e-5);
        close(of(&[(0, 1), (0, 2)]), 49.0 * 142.0 / 30.0, 1e-5);
        // B alone is independent of A and C together: on B only × on A or C, not B, over both.
        close(of(&[(0, 2)]), 49.0 * (60.0 + 142.0 + 112.0) / (4.0 + 30.0 + 10.0), 1e-5);
        close(three.models.iter().map(|model| model.weight).sum::<f64>(), 1.0, 1e-12);
        assert!(three.models.windows(2).all(|pair| pair[0].weight >= pair[1].weight));
        let range = three.models.iter().fold((f64::MAX, 0f64), |(a, b), m| (a.min(m.people), b.max(m.people)));
        assert!(range.0 <= three.people && three.people <= range.1 && three.ci95.0 >= 407.0);
    }

    #[test]
    fn lists_without_anybody_in_common_give_no_number() {
        let few = log_linear(3, &[0, 60, 49, 0, 142, 112, 30, 10]).unwrap();
        assert!(few.models.iter().all(|model| model.se <= model.people), "a model that says nothing takes no part");
        assert_eq!(log_linear(1, &[0, 1]).unwrap_err(), ListsError::Number(1));
        assert_eq!(log_linear(3, &[0; 4]).unwrap_err(), ListsError::Combinations);
        assert_eq!(log_linear(2, &[0, 30, 20, 0]).unwrap_err(), ListsError::NothingInCommon);
    }
}
