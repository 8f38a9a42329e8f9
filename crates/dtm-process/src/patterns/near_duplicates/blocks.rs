//! Near duplicates among many interviews: only those that agree on enough whole parts of the form are compared.

use super::{Rows, Search};
use std::collections::HashMap;

/// So many parts at most must agree; more makes too many kinds of blocks.
const MOST_AGREEING: usize = 4;

/// How many interviews are tried out to find the cheapest way.
const SAMPLE: usize = 4_096;

/// What sorting one interview into a block costs, measured in comparisons of two interviews.
const SORTING: f64 = 4.0;

/// Compares the interviews that may differ in at most `at_most` questions.
pub(super) fn search(rows: &Rows, at_most: u32, most_in_block: usize, search: &mut Search) {
    let (mut groups, first) = identical(rows);
    for group in groups.values_mut() {
        same_answers(group, search);
    }
    // Of interviews that are the same in everything, one stands for all, and each enumerator's first for theirs.
    let mut standing: Vec<u32> = (0..rows.len() as u32).filter(|row| stands(*row, &groups, &first, search)).collect();
    standing.sort_unstable();
    let plan = Plan::cheapest(rows, at_most as usize, &standing);
    let parts = plan.part_hashes(rows, &standing);
    let mut keyed: Vec<(u64, u32)> = Vec::with_capacity(standing.len());
    for agreeing in choose(plan.n_parts, plan.n_agreeing) {
        keyed.clear();
        keyed.extend((0..standing.len()).map(|at| (key(&parts, plan.n_parts, at, &agreeing), standing[at])));
        keyed.sort_unstable();
        for block in keyed.chunk_by(|a, b| a.0 == b.0).filter(|block| block.len() > 1) {
            compare(rows, block, at_most, most_in_block, search);
        }
    }
    // What the one that stands for others found holds for them too.
    for (of, group) in &groups {
        let found = (search.nearest[*of as usize], group);
        let Some(near) = found.0 else { continue };
        for row in group {
            super::keep_nearer(&mut search.nearest[*row as usize], near);
        }
    }
}

/// The interviews that are the same in every answer, by the first of them, and the first for each interview.
fn identical(rows: &Rows) -> (HashMap<u32, Vec<u32>>, Vec<u32>) {
    let mut by_hash: Vec<(u64, u32)> =
        (0..rows.len()).map(|row| (hash(rows.row(row).iter().copied()), row as u32)).collect();
    by_hash.sort_unstable();
    let mut first: Vec<u32> = (0..rows.len() as u32).collect();
    let mut groups: HashMap<u32, Vec<u32>> = HashMap::new();
    for alike in by_hash.chunk_by(|a, b| a.0 == b.0).filter(|alike| alike.len() > 1) {
        // Different interviews share a hash hardly ever.
        let mut firsts: Vec<u32> = Vec::new();
        for (_, row) in alike {
            match firsts.iter().find(|known| rows.row(**known as usize) == rows.row(*row as usize)) {
                Some(known) => {
                    first[*row as usize] = *known;
                    groups.entry(*known).or_insert_with(|| vec![*known]).push(*row);
                }
                None => firsts.push(*row),
            }
        }
    }
    (groups, first)
}

/// Interviews that differ in nothing: each one's partner is the first of the others.
fn same_answers(group: &mut [u32], search: &mut Search) {
    group.sort_unstable();
    for row in &group[1..] {
        search.met(group[0] as usize, *row as usize, 0);
    }
    let Some(enumerators) = search.enumerators else { return };
    let mut by_enumerator: Vec<(u32, u32)> =
        group.iter().filter_map(|row| Some((*enumerators.get(*row as usize)?, *row))).collect();
    by_enumerator.sort_unstable();
    for own in by_enumerator.chunk_by(|a, b| a.0 == b.0) {
        for (_, row) in &own[1..] {
            search.met(own[0].1 as usize, *row as usize, 0);
        }
    }
}

/// Whether an interview is compared with those that are not the same: of the same ones, the first of each enumerator.
fn stands(row: u32, groups: &HashMap<u32, Vec<u32>>, first: &[u32], search: &Search) -> bool {
    let Some(group) = groups.get(&first[row as usize]) else { return true };
    match search.enumerators {
        None => group[0] == row,
        Some(who) => {
            let own = who.get(row as usize);
            group.iter().find(|other| who.get(**other as usize) == own) == Some(&row)
        }
    }
}

fn compare(rows: &Rows, block: &[(u64, u32)], at_most: u32, most_in_block: usize, search: &mut Search) {
    let mut members: Vec<usize> = block.iter().map(|(_, row)| *row as usize).collect();
    let n = members.len();
    let reach = if n <= most_in_block {
        n
    } else {
        // Neighbours in the order of their answers agree on the questions that tell most apart.
        members.sort_unstable_by(|a, b| rows.row(*a).cmp(rows.row(*b)));
        let reach = (most_in_block / 2).max(1);
        let left = (n - reach - 1) as u64;
        search.n_left_out += left * (left + 1) / 2;
        reach
    };
    for (at, a) in members.iter().enumerate() {
        for b in members[at + 1..].iter().take(reach) {
            match rows.n_different_at_most(*a, *b, at_most) {
                Some(n_different) => search.met(*a, *b, n_different),
                None => search.n_compared += 1,
            }
        }
    }
}

/// How the questions are dealt into parts, and on how many of the parts a pair must agree.
struct Plan {
    n_parts: usize,
    n_agreeing: usize,
    /// The part of each column.
    part_of: Vec<usize>,
}

impl Plan {
    fn new(rows: &Rows, at_most: usize, n_agreeing: usize) -> Self {
        let n_parts = at_most + n_agreeing;
        let (mut part_of, mut bits) = (Vec::with_capacity(rows.n_columns()), vec![(0.0f64, 0usize); n_parts]);
        // Columns come with the most telling first; each goes to the part that tells least so far.
        for told in rows.bits() {
            let least = (0..n_parts).min_by(|a, b| bits[*a].0.total_cmp(&bits[*b].0).then(bits[*a].1.cmp(&bits[*b].1)));
            let least = least.unwrap_or_default();
            bits[least] = (bits[least].0 + told, bits[least].1 + 1);
            part_of.push(least);
        }
        Self { n_parts, n_agreeing, part_of }
    }

    fn cheapest(rows: &Rows, at_most: usize, standing: &[u32]) -> Self {
        let step = standing.len().div_ceil(SAMPLE).max(1);
        let sample: Vec<u32> = standing.iter().copied().step_by(step).collect();
        let times = standing.len() as f64 / sample.len().max(1) as f64;
        let costs = (1..=MOST_AGREEING).map(|n_agreeing| {
            let plan = Plan::new(rows, at_most, n_agreeing);
            let parts = plan.part_hashes(rows, &sample);
            let (mut n_kinds, mut n_pairs) = (0.0, 0.0);
            for agreeing in choose(plan.n_parts, n_agreeing) {
                let mut keys: Vec<u64> = (0..sample.len()).map(|at| key(&parts, plan.n_parts, at, &agreeing)).collect();
                keys.sort_unstable();
                let pairs = |block: &[u64]| (block.len() * (block.len() - 1) / 2) as f64;
                n_pairs += keys.chunk_by(|a, b| a == b).map(pairs).sum::<f64>() * times * times;
                n_kinds += 1.0;
            }
            (n_kinds * standing.len() as f64 * SORTING + n_pairs, plan)
        });
        let cheapest = costs.min_by(|a, b| a.0.total_cmp(&b.0));
        cheapest.map_or_else(|| Plan::new(rows, at_most, 1), |(_, plan)| plan)
    }

    /// A hash of every part of these interviews.
    fn part_hashes(&self, rows: &Rows, of: &[u32]) -> Vec<u64> {
        let mut hashes = vec![0u64; of.len() * self.n_parts];
        for (at, row) in of.iter().enumerate() {
            let parts = &mut hashes[at * self.n_parts..(at + 1) * self.n_parts];
            for (code, part) in rows.row(*row as usize).iter().zip(&self.part_of) {
                parts[*part] = mixed(parts[*part], u64::from(*code));
            }
        }
        hashes
    }
}

fn key(parts: &[u64], n_parts: usize, at: usize, agreeing: &[usize]) -> u64 {
    agreeing.iter().fold(0, |key, part| mixed(key, parts[at * n_parts + part]))
}

fn hash(codes: impl Iterator<Item = u32>) -> u64 {
    codes.fold(0, |hash, code| mixed(hash, u64::from(code)))
}

fn mixed(hash: u64, value: u64) -> u64 {
    let mixed = (hash ^ value.wrapping_add(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    mixed ^ (mixed >> 29)
}

/// Every way to choose `k` of `n`.
fn choose(n: usize, k: usize) -> Vec<Vec<usize>> {
    let mut chosen: Vec<usize> = (0..k).collect();
    let mut all = Vec::new();
    if k > n {
        return all;
    }
    loop {
        all.push(chosen.clone());
        let Some(at) = (0..k).rev().find(|at| chosen[*at] < n - k + at) else { return all };
        chosen[at] += 1;
        for next in at + 1..k {
            chosen[next] = chosen[next - 1] + 1;
        }
    }
}
