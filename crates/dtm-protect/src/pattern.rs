//! Finds the cheapest set of numbers that hide each other.
//!
//! In: the numbers, the sums, and one hidden number. Out: a *pattern*, a set of numbers and a direction for each, such
//! that all sums still hold when every one of them moves a step its way, and each stays within what its published
//! reason tells for as many steps as the policy asks. Who sees none of them cannot say which step is the true one, so
//! no attack of the [audit](crate::audit), by algebra or by bounds, gets at any number of the pattern.
//!
//! A pattern is grown from the number to protect: an unbalanced sum is balanced by one more of its members, which may
//! unbalance other sums. Many half-grown patterns are kept and only the most promising grow on (a beam search), so that
//! closing a rectangle over several tables is preferred to hiding line by line, which rarely comes back to where it
//! started. Method: the corner points of Repsilber's hypercubes and the network patterns of Kelly, Golden and Assad, for
//! sums of any shape; Hundepool et al., *Statistical Disclosure Control* (2012), section 4.4.

use crate::numbers::{Number, Numbers};
use crate::{Policy, audit};
use std::collections::HashSet;

/// What it costs to use a number that is hidden anyway: next to nothing, but fewer are better.
const HIDDEN_ALREADY: u64 = 1_000;

/// No pattern has more members; a country with one small commune needs about a hundred.
const MAX_MEMBERS: usize = 600;

/// How far to look, and what not to touch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// How many half-grown patterns are kept.
    pub(crate) width: usize,
    /// In how many ways each of them grows.
    pub(crate) branches: usize,
    /// Numbers that are a greater loss than this stay shown.
    pub(crate) greatest_loss: u64,
    /// Asks for no more steps than this, whatever the policy says: with 1, algebra alone is kept from getting at it.
    pub(crate) most_steps: i64,
    /// How many members of half-grown patterns are looked at.
    pub(crate) patience: usize,
}

/// A sum that does not hold yet.
#[derive(Clone, Copy, Debug)]
struct Unbalanced {
    line: usize,
    by: i8,
    /// How many members could balance it, and the least loss among them.
    choices: usize,
    least: u64,
}

/// A half-grown pattern.
#[derive(Clone, Debug)]
struct Growing {
    members: Vec<(usize, i8)>,
    unbalanced: Vec<Unbalanced>,
    cost: u64,
    /// The cost with what the unbalanced sums are likely to add.
    likely: u64,
    low: i64,
    high: i64,
    /// The same for the same members, in whatever order they came.
    mark: u64,
}

/// Finds a pattern around this number, if there is one within this effort.
pub(crate) fn find(
    numbers: &Numbers,
    at: usize,
    policy: &Policy,
    (effort, hope): (Effort, u64),
    patience: &mut usize,
) -> Option<Vec<usize>> {
    let needed = audit::steps(&numbers.numbers[at], policy).2.min(effort.most_steps);
    let allowed = effort.patience.min(*patience);
    let mut search =
        Search { numbers, policy, effort, hope, needed, patience: allowed, member: vec![0; numbers.numbers.len()] };
    let start = Growing {
        members: Vec::new(),
        unbalanced: Vec::new(),
        cost: 0,
        likely: 0,
        low: -search.needed,
        high: search.needed,
        mark: 0,
    };
    let mut beam = vec![search.grown(&start, at, 1)?];
    let mut best: Option<Growing> = None;
    for _ in 0..MAX_MEMBERS {
        let mut next: Vec<Growing> = Vec::new();
        for growing in beam {
            if growing.unbalanced.is_empty() {
                if best.as_ref().is_none_or(|best| growing.cost < best.cost) {
                    best = Some(growing);
                }
                continue;
            }
            search.grow(&growing, &mut next);
        }
        let limit = best.as_ref().map_or(u64::MAX, |best| best.cost);
        next.retain(|growing| growing.cost < limit);
        next.sort_by_key(|growing| (growing.likely, growing.mark));
        let mut seen = HashSet::new();
        next.retain(|growing| seen.insert(growing.mark));
        next.truncate(effort.width);
        if next.is_empty() {
            break;
        }
        beam = next;
    }
    *patience -= allowed - search.patience;
    best.map(|best| best.members.into_iter().map(|(at, _)| at).collect())
}

struct Search<'a> {
    numbers: &'a Numbers,
    policy: &'a Policy,
    effort: Effort,
    hope: u64,
    /// How many steps there must be.
    needed: i64,
    patience: usize,
    /// Direction of the members of the pattern that is being grown; 0 for all others.
    member: Vec<i8>,
}

impl Search<'_> {
    fn loss(&self, number: &Number) -> Option<u64> {
        match number.hidden {
            Some(_) => Some(HIDDEN_ALREADY),
            // A zero tells that nobody is there, and has no room below.
            None if number.value == 0 || number.loss > self.effort.greatest_loss => None,
            None => Some(number.loss),
        }
    }

    /// Adds the best ways to balance one more sum.
    fn grow(&mut self, growing: &Growing, next: &mut Vec<Growing>) {
        // The sum with the fewest ways out decides most; of these, the one with the dearest.
        let Some(open) = growing.unbalanced.iter().min_by_key(|open| (open.choices, u64::MAX - open.least, open.line))
        else {
            return;
        };
        let line = &self.numbers.lines[open.line];
        let effort = growing.members.len() + line.parts.len();
        let Some(left) = self.patience.checked_sub(effort) else { return };
        self.patience = left;
        for &(at, direction) in &growing.members {
            self.member[at] = direction;
        }
        let mut ways: Vec<Growing> = Vec::new();
        for at in line.members().filter(|&at| self.member[at] == 0) {
            let direction = if at == line.whole { open.by.signum() } else { -open.by.signum() };
            ways.extend(self.grown(growing, at, direction));
        }
        for &(at, _) in &growing.members {
            self.member[at] = 0;
        }
        ways.sort_by_key(|way| (way.likely, way.mark));
        ways.truncate(self.effort.branches);
        next.extend(ways);
    }

    /// The pattern with one more member; none where that leaves too few steps or a sum that cannot be balanced.
    fn grown(&self, growing: &Growing, at: usize, direction: i8) -> Option<Growing> {
        let number = &self.numbers.numbers[at];
        let loss = self.loss(number)?;
        let (down, up, _) = audit::steps(number, self.policy);
        let (down, up) = if direction > 0 { (down, up) } else { (-up, -down) };
        let (low, high) = (growing.low.max(down), growing.high.min(up));
        if high - low + 1 < self.needed {
            return None;
        }
        let mut unbalanced = growing.unbalanced.clone();
        for &line in &number.lines {
            let is_whole = self.numbers.lines[line].whole == at;
            let by = if is_whole { -direction } else { direction };
            let known = unbalanced.iter().position(|open| open.line == line);
            let by = by + known.map_or(0, |known| unbalanced[known].by);
            if let Some(known) = known {
                unbalanced.swap_remove(known);
            }
            if by != 0 {
                let (choices, least) = self.ways_out(line, at);
                if choices == 0 {
                    return None;
                }
                unbalanced.push(Unbalanced { line, by, choices, least });
            }
        }
        let cost = growing.cost + loss;
        let likely = cost + unbalanced.iter().map(|open| open.least).sum::<u64>() / self.hope;
        let mut members = growing.members.clone();
        members.push((at, direction));
        let mark = growing.mark.wrapping_add(mark_of(at, direction));
        Some(Growing { members, unbalanced, cost, likely, low, high, mark })
    }

    /// How many other members could balance this sum, and the least loss among them.
    fn ways_out(&self, line: usize, at: usize) -> (usize, u64) {
        let others = self.numbers.lines[line].members().filter(|&other| other != at && self.member[other] == 0);
        let losses = others.filter_map(|other| self.loss(&self.numbers.numbers[other]));
        losses.fold((0, u64::MAX), |(n, least), loss| (n + 1, least.min(loss)))
    }
}

/// Looks like chance and is always the same (splitmix64).
fn mark_of(at: usize, direction: i8) -> u64 {
    let mut z = (2 * at as u64 + u64::from(direction > 0) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
