//! Attacks a release as a patient reader would, before anybody else can.
//!
//! In: the numbers, the sums, and what is hidden. Out: the hidden numbers that can still be worked out. Two attacks:
//!
//! *Algebra.* The sums with everything shown moved to one side are a linear system in the hidden numbers. A hidden
//! number is determined by it exactly when every solution of the homogeneous system is zero there, so one random
//! solution tells: the system is brought to echelon form over the integers modulo 2⁶¹ − 1, line by line with the
//! sparsest pivot, the free numbers get pseudo-random values, the others follow. A number that is determined is never
//! missed; a false alarm has a chance of 2⁻⁶¹ and costs one more hidden number. (All coefficients are 1 and −1; that
//! the prime divides a minor of such a system is not a practical concern.)
//!
//! *Bounds.* A reader knows that no number is negative and, from the published reasons, that some lie between one and
//! the minimum while others, hidden for their sake, do not. These bounds are narrowed along every sum until they stand
//! still.

use crate::numbers::{Number, Numbers};
use crate::{Policy, Why};
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

const PRIME: u64 = (1 << 61) - 1;

fn times(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    let folded = (product as u64 & PRIME) + (product >> 61) as u64;
    if folded >= PRIME { folded - PRIME } else { folded }
}

fn plus(a: u64, b: u64) -> u64 {
    let sum = a + b;
    if sum >= PRIME { sum - PRIME } else { sum }
}

fn minus(a: u64) -> u64 {
    if a == 0 { 0 } else { PRIME - a }
}

fn inverse(a: u64) -> u64 {
    let (mut power, mut exponent, mut result) = (a, PRIME - 2, 1);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = times(result, power);
        }
        power = times(power, power);
        exponent >>= 1;
    }
    result
}

/// A number between 1 and the prime that looks like chance and is always the same (splitmix64).
fn arbitrary(seed: usize) -> u64 {
    let mut z = (seed as u64).wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) % (PRIME - 1) + 1
}

/// One equation: hidden number to coefficient, none of them zero.
type Equation = BTreeMap<usize, u64>;

/// The hidden numbers that the sums determine.
pub(crate) fn determined(numbers: &Numbers) -> Vec<usize> {
    determined_by(numbers.unknown_sums())
}

/// The unknowns that these sums determine; each is a whole, if it is unknown, and its unknown parts.
pub(crate) fn determined_by(sums: impl Iterator<Item = (Option<usize>, Vec<usize>)>) -> Vec<usize> {
    let mut equations: Vec<Equation> = Vec::new();
    for (whole, parts) in sums {
        let mut equation: Equation = BTreeMap::new();
        for (at, coefficient) in parts.into_iter().map(|at| (at, 1)).chain(whole.map(|at| (at, minus(1)))) {
            let sum = plus(equation.remove(&at).unwrap_or(0), coefficient);
            if sum != 0 {
                equation.insert(at, sum);
            }
        }
        if !equation.is_empty() {
            equations.push(equation);
        }
    }
    let solved = echelon(equations);
    let mut solution: HashMap<usize, u64> = HashMap::new();
    let mut found = Vec::new();
    for (pivot, equation) in solved.into_iter().rev() {
        let mut sum = 0;
        for (&at, &factor) in equation.iter().filter(|(at, _)| **at != pivot) {
            let value = *solution.entry(at).or_insert_with(|| arbitrary(at));
            sum = plus(sum, times(factor, value));
        }
        let value = times(minus(sum), inverse(equation[&pivot]));
        if value == 0 {
            found.push(pivot);
        }
        solution.insert(pivot, value);
    }
    found
}

/// Brings the equations to echelon form; each result is an equation and its pivot, which no later one contains.
fn echelon(mut equations: Vec<Equation>) -> Vec<(usize, Equation)> {
    let mut columns: HashMap<usize, BTreeSet<usize>> = HashMap::new();
    for (row, equation) in equations.iter().enumerate() {
        for &at in equation.keys() {
            columns.entry(at).or_default().insert(row);
        }
    }
    let mut solved = Vec::with_capacity(equations.len());
    let mut by_length: BTreeSet<(usize, usize)> =
        equations.iter().enumerate().map(|(row, equation)| (equation.len(), row)).collect();
    // Numbers in one equation only come first: solving for them changes no other equation.
    let mut alone: BTreeSet<usize> = columns.iter().filter(|(_, rows)| rows.len() == 1).map(|(&at, _)| at).collect();
    loop {
        let (pivot, row) = if let Some(at) = alone.pop_first() {
            match columns.get(&at).and_then(|rows| (rows.len() == 1).then(|| rows.first().copied()).flatten()) {
                Some(row) => (at, row),
                None => continue,
            }
        } else if let Some(&(_, row)) = by_length.first() {
            let rarest = equations[row].keys().copied().min_by_key(|at| (columns[at].len(), *at));
            (rarest.expect("equations that became empty are no longer listed"), row)
        } else {
            return solved;
        };
        let equation = std::mem::take(&mut equations[row]);
        by_length.remove(&(equation.len(), row));
        for at in equation.keys() {
            if let Some(rows) = columns.get_mut(at) {
                rows.remove(&row);
                if rows.len() == 1 {
                    alone.insert(*at);
                }
            }
        }
        let scale = inverse(equation[&pivot]);
        for other in columns.remove(&pivot).unwrap_or_default() {
            by_length.remove(&(equations[other].len(), other));
            let factor = minus(times(equations[other][&pivot], scale));
            for (&at, &coefficient) in &equation {
                let before = equations[other].get(&at).copied().unwrap_or(0);
                let after = plus(before, times(factor, coefficient));
                if after == 0 {
                    equations[other].remove(&at);
                } else {
                    equations[other].insert(at, after);
                }
                if at != pivot && (before == 0) != (after == 0) {
                    let rows = columns.entry(at).or_default();
                    if after == 0 {
                        rows.remove(&other)
                    } else {
                        rows.insert(other)
                    };
                    if rows.len() == 1 {
                        alone.insert(at);
                    }
                }
            }
            if !equations[other].is_empty() {
                by_length.insert((equations[other].len(), other));
            }
        }
        solved.push((pivot, equation));
    }
}

/// Larger than any count, and small enough to be added up.
const UNBOUNDED: i128 = i64::MAX as i128;

/// How often one line is looked at: bounds that creep along in steps of one are left where they are by then. What is
/// pinned down exactly, algebra finds as well.
const MAX_VISITS: u16 = 64;

/// The least and the most a hidden number can be, as far as is known.
type Bounds = (i128, i128);

/// What the published reason alone tells about a hidden number.
fn told(number: &Number) -> Option<Bounds> {
    number.hidden.map(|why| told_by(number, why))
}

fn told_by(number: &Number, why: Why) -> Bounds {
    let minimum = i128::from(number.minimum);
    match why {
        Why::FewerThanMinimum => (1, minimum - 1),
        // Hidden for another's sake: a reader may guess that it is not below the minimum itself, and mostly be right.
        _ if number.value >= number.minimum => (minimum, UNBOUNDED),
        _ => (0, UNBOUNDED),
    }
}

/// How many values a number hidden for this reason must be able to have.
fn needed(number: &Number, why: Why, policy: &Policy) -> i128 {
    let (low, high) = told_by(number, why);
    let needed = match why {
        Why::FewerThanMinimum => i128::from(policy.min_possible),
        _ => 2,
    };
    needed.min(high - low + 1)
}

/// Whether these bounds are narrower than the policy allows for a hidden number.
fn too_narrow(number: &Number, (low, high): Bounds, policy: &Policy) -> bool {
    number.hidden.is_some_and(|why| high - low + 1 < needed(number, why, policy))
}

/// How far below and above its true value this number could be for all that its reason tells, if it is hidden, or would
/// be hidden for another's sake; and how many values it must be able to have.
pub(crate) fn steps(number: &Number, policy: &Policy) -> (i64, i64, i64) {
    let why = number.hidden.unwrap_or(Why::Complementary);
    let (low, high) = told_by(number, why);
    let step = |bound: i128| i64::try_from(bound - i128::from(number.value)).unwrap_or(i64::MAX);
    (step(low), step(high), i64::try_from(needed(number, why, policy)).unwrap_or(i64::MAX))
}

/// Whether this sum by itself gives one of its hidden members away.
pub(crate) fn gives_away(numbers: &Numbers, line: usize, policy: &Policy) -> bool {
    let narrowed = tighten(numbers, line, |at| told(&numbers.numbers[at]));
    narrowed.into_iter().any(|(at, bounds)| too_narrow(&numbers.numbers[at], bounds, policy))
}

/// The hidden numbers whose bounds are narrower than the policy allows. What such a number would tell about others is
/// not followed up, so that the few that need covering are found, not all that hang on them; none are left when none
/// are found. Each comes with the line that narrowed it too far.
pub(crate) fn narrow(numbers: &Numbers, policy: &Policy) -> Vec<(usize, usize)> {
    let mut bounds: Vec<Option<Bounds>> = numbers.numbers.iter().map(told).collect();
    let hidden = |at: usize| numbers.numbers[at].hidden.is_some();
    let mut queue: VecDeque<usize> =
        (0..numbers.lines.len()).filter(|&line| numbers.lines[line].members().any(hidden)).collect();
    let mut waiting = vec![false; numbers.lines.len()];
    queue.iter().for_each(|&line| waiting[line] = true);
    let mut visits = vec![0u16; numbers.lines.len()];
    let mut found = BTreeMap::new();
    while let Some(line) = queue.pop_front() {
        waiting[line] = false;
        visits[line] += 1;
        if visits[line] > MAX_VISITS {
            continue;
        }
        for (at, narrowed) in tighten(numbers, line, |at| bounds[at]) {
            if found.contains_key(&at) {
                continue;
            }
            if too_narrow(&numbers.numbers[at], narrowed, policy) {
                found.insert(at, line);
                bounds[at] = told(&numbers.numbers[at]);
                continue;
            }
            bounds[at] = Some(narrowed);
            for &other in &numbers.numbers[at].lines {
                if other != line && !std::mem::replace(&mut waiting[other], true) {
                    queue.push_back(other);
                }
            }
        }
    }
    found.into_iter().collect()
}

/// The hidden members of one line whose bounds become narrower by it, with their new bounds.
fn tighten(numbers: &Numbers, line: usize, bounds: impl Fn(usize) -> Option<Bounds>) -> Vec<(usize, Bounds)> {
    let line = &numbers.lines[line];
    // parts − whole = 0: the shown members give a constant, each hidden one an interval.
    let mut shown: i128 = 0;
    let mut hidden: Vec<(usize, bool, Bounds)> = Vec::new();
    for &part in &line.parts {
        match bounds(part) {
            Some(bounds) => hidden.push((part, true, bounds)),
            None => shown += i128::from(numbers.numbers[part].value),
        }
    }
    match bounds(line.whole) {
        Some((low, high)) => hidden.push((line.whole, false, (-high, -low))),
        None => shown -= i128::from(numbers.numbers[line.whole].value),
    }
    let (mut low, mut high, mut n_below, mut n_above) = (shown, shown, 0, 0);
    for (_, _, (l, h)) in &hidden {
        if *l <= -UNBOUNDED {
            n_below += 1
        } else {
            low += l
        }
        if *h >= UNBOUNDED { n_above += 1 } else { high += h }
    }
    let mut narrowed = Vec::new();
    for (at, is_part, (l, h)) in hidden {
        // What the others can be at least and at most, if that is known at all.
        let others_low = match (n_below, l <= -UNBOUNDED) {
            (0, _) => Some(low - l),
            (1, true) => Some(low),
            _ => None,
        };
        let others_high = match (n_above, h >= UNBOUNDED) {
            (0, _) => Some(high - h),
            (1, true) => Some(high),
            _ => None,
        };
        let new = (others_high.map_or(l, |others| l.max(-others)), others_low.map_or(h, |others| h.min(-others)));
        if new != (l, h) {
            narrowed.push((at, if is_part { new } else { (-new.1, -new.0) }));
        }
    }
    narrowed
}
