//! Gathers small areas into larger ones, so that each is one piece where the sea allows it.

use crate::nearest::square;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Position of a label in an order.
pub(crate) fn rank(order: &[u16], label: u16) -> usize {
    order.iter().position(|other| *other == label).expect("every label is in its order")
}

/// Groups points into `k` groups of neighbours (k-means from random first centres); groups count from 1.
pub(crate) fn cluster(points: &[(f64, f64)], k: usize, rng: &mut ChaCha8Rng) -> Vec<u16> {
    // Each first centre is the farthest from those before out of a handful of candidates.
    let mut middles = vec![points[rng.random_range(0..points.len())]];
    while middles.len() < k {
        let far = |at: &(f64, f64)| middles.iter().map(|middle| square(*middle, *at)).fold(f64::INFINITY, f64::min);
        let candidates: Vec<(f64, f64)> = (0..12).map(|_| points[rng.random_range(0..points.len())]).collect();
        let next = candidates.iter().max_by(|a, b| far(a).total_cmp(&far(b))).copied();
        middles.push(next.expect("there are twelve candidates"));
    }
    let mut group = vec![0u16; points.len()];
    for _ in 0..6 {
        let mut sums = vec![(0.0, 0.0, 0.0); k];
        for (point, group) in points.iter().zip(&mut group) {
            let nearest = (0..k).min_by(|a, b| square(middles[*a], *point).total_cmp(&square(middles[*b], *point)));
            let nearest = nearest.expect("k is positive");
            *group = nearest as u16 + 1;
            sums[nearest] = (sums[nearest].0 + point.0, sums[nearest].1 + point.1, sums[nearest].2 + 1.0);
        }
        for (middle, (x, y, n)) in middles.iter_mut().zip(sums) {
            if n > 0.0 {
                *middle = (x / n, y / n);
            }
        }
    }
    // A group may have ended empty.
    let mut used: Vec<u16> = group.clone();
    used.sort_unstable();
    used.dedup();
    group.iter().map(|name| rank(&used, *name) as u16 + 1).collect()
}

/// Gives members that touch another group but not the bulk of their own to the group they border most.
pub(crate) fn reunite(group: &mut [u16], borders: &[((u16, u16), usize)]) {
    for _ in 0..20 {
        // Pieces of each group, by joining members that border each other.
        let mut piece: Vec<usize> = (0..group.len()).collect();
        loop {
            let mut joined = false;
            for ((a, b), _) in borders {
                let (a, b) = (*a as usize - 1, *b as usize - 1);
                if group[a] == group[b] && piece[a] != piece[b] {
                    let low = piece[a].min(piece[b]);
                    (piece[a], piece[b]) = (low, low);
                    joined = true;
                }
            }
            if !joined {
                break;
            }
        }
        let mut size = vec![0usize; group.len()];
        for name in &piece {
            size[*name] += 1;
        }
        // The largest piece of each group; of equal ones, the first.
        let mut bulk = vec![usize::MAX; group.len() + 2];
        for name in &piece {
            let of = &mut bulk[group[*name] as usize];
            if *of == usize::MAX || size[*name] > size[*of] {
                *of = *name;
            }
        }
        let stray = (0..group.len()).find_map(|member| {
            if bulk[group[member] as usize] == piece[member] {
                return None;
            }
            let mut around: Vec<(u16, usize)> = Vec::new();
            for ((a, b), n) in borders {
                let (a, b) = (*a as usize - 1, *b as usize - 1);
                if piece[a] == piece[member] && group[b] != group[member] {
                    match around.iter_mut().find(|(name, _)| *name == group[b]) {
                        Some((_, sum)) => *sum += n,
                        None => around.push((group[b], *n)),
                    }
                }
            }
            let most = around.into_iter().max_by_key(|(name, n)| (*n, u16::MAX - *name))?;
            Some((piece[member], most.0))
        });
        let Some((name, goes_to)) = stray else { return };
        for member in 0..group.len() {
            if piece[member] == name {
                group[member] = goes_to;
            }
        }
    }
}
