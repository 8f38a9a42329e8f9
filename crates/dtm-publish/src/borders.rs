//! Borders that neighbours share, thinned once for both.
//!
//! In: rings of whole grid points, of all areas of a map. Out: the same rings with fewer points. Rings are cut into arcs
//! where three areas meet, and every arc is thinned once by Douglas and Peucker's method, whichever side asks first, so
//! that neighbours keep sharing their border and no gap opens between them.

use std::collections::{HashMap, HashSet};

/// A point of the grid.
pub(crate) type P = (i32, i32);

/// The borders of all areas of a map, thinned as they are asked for.
pub(crate) struct Borders {
    junctions: HashSet<P>,
    tolerance: f64,
    thinned: HashMap<Vec<P>, Vec<P>>,
}

impl Borders {
    /// Finds where the borders of these rings meet; arcs will be thinned to this many grid steps.
    pub(crate) fn of<'a>(rings: impl Iterator<Item = &'a [P]>, tolerance: f64) -> Self {
        Self { junctions: junctions(rings), tolerance, thinned: HashMap::new() }
    }

    /// The ring with fewer points, perhaps too few to enclose anything; `passes` is told every arc that it runs along.
    pub(crate) fn thin(&mut self, ring: &[P], mut passes: impl FnMut(&[P])) -> Vec<P> {
        let mut outline: Vec<P> = Vec::new();
        for arc in arcs(ring, &self.junctions) {
            let (key, turned) = canonical(arc);
            passes(&key);
            let tolerance = self.tolerance;
            let thinned = self.thinned.entry(key).or_insert_with_key(|arc| thin(arc, tolerance));
            let all_but_last = thinned.len().saturating_sub(1);
            match turned {
                false => outline.extend(&thinned[..all_but_last]),
                true => outline.extend(thinned.iter().rev().take(all_but_last)),
            }
        }
        outline
    }

    /// An arc that a ring runs along, thinned.
    pub(crate) fn arc(&self, arc: &[P]) -> Option<&[P]> {
        self.thinned.get(arc).map(Vec::as_slice)
    }
}

/// The points as a ring on the grid, without its closing point, repeated points and needles (there and back).
pub(crate) fn ring_on_grid(points: impl Iterator<Item = P>) -> Vec<P> {
    let mut ring: Vec<P> = Vec::new();
    for point in points {
        if ring.last() == Some(&point) {
            continue;
        }
        if ring.len() >= 2 && ring[ring.len() - 2] == point {
            ring.pop();
            continue;
        }
        ring.push(point);
    }
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    ring
}

/// Points where a border forks: met with other neighbours by another ring.
fn junctions<'a>(rings: impl Iterator<Item = &'a [P]>) -> HashSet<P> {
    let mut met: HashMap<P, (P, P)> = HashMap::new();
    let mut found = HashSet::new();
    for ring in rings {
        for (at, point) in ring.iter().enumerate() {
            let before = ring[(at + ring.len() - 1) % ring.len()];
            let after = ring[(at + 1) % ring.len()];
            let sides = (before.min(after), before.max(after));
            if *met.entry(*point).or_insert(sides) != sides {
                found.insert(*point);
            }
        }
    }
    found
}

/// The ring cut at its junctions; a ring without any is cut at its least point and the point farthest from that.
fn arcs(ring: &[P], junctions: &HashSet<P>) -> Vec<Vec<P>> {
    let mut cuts: Vec<usize> = (0..ring.len()).filter(|at| junctions.contains(&ring[*at])).collect();
    if cuts.len() < 2 {
        let start = cuts.first().copied().or_else(|| (0..ring.len()).min_by_key(|at| ring[*at])).unwrap_or(0);
        let far = (0..ring.len()).max_by_key(|at| (distance2(ring[start], ring[*at]), ring[*at])).unwrap_or(0);
        cuts = if far == start { vec![start] } else { vec![start.min(far), start.max(far)] };
    }
    let mut parts = Vec::with_capacity(cuts.len());
    for (at, from) in cuts.iter().enumerate() {
        let to = if at + 1 < cuts.len() { cuts[at + 1] } else { cuts[0] + ring.len() };
        parts.push((*from..=to).map(|at| ring[at % ring.len()]).collect());
    }
    parts
}

/// The arc in the one direction that both its neighbours agree on, and whether it was turned for that.
fn canonical(arc: Vec<P>) -> (Vec<P>, bool) {
    let turned: Vec<P> = arc.iter().rev().copied().collect();
    if turned < arc { (turned, true) } else { (arc, false) }
}

/// Douglas and Peucker's thinning, with a stack of its own instead of recursion.
fn thin(arc: &[P], tolerance: f64) -> Vec<P> {
    let mut keep = vec![false; arc.len()];
    let mut spans = vec![(0, arc.len().saturating_sub(1))];
    while let Some((from, to)) = spans.pop() {
        keep[from] = true;
        keep[to] = true;
        let mut farthest = (tolerance, 0);
        for at in from + 1..to {
            let off = off_line(arc[at], arc[from], arc[to]);
            if off > farthest.0 {
                farthest = (off, at);
            }
        }
        if farthest.1 > 0 {
            spans.push((from, farthest.1));
            spans.push((farthest.1, to));
        }
    }
    arc.iter().zip(keep).filter(|(_, keep)| *keep).map(|(point, _)| *point).collect()
}

fn off_line(p: P, a: P, b: P) -> f64 {
    let (px, py) = (f64::from(p.0 - a.0), f64::from(p.1 - a.1));
    let (dx, dy) = (f64::from(b.0 - a.0), f64::from(b.1 - a.1));
    let length2 = dx * dx + dy * dy;
    let along = if length2 > 0.0 { ((px * dx + py * dy) / length2).clamp(0.0, 1.0) } else { 0.0 };
    ((px - along * dx).powi(2) + (py - along * dy).powi(2)).sqrt()
}

pub(crate) fn distance2(a: P, b: P) -> i64 {
    let (dx, dy) = (i64::from(a.0) - i64::from(b.0), i64::from(a.1) - i64::from(b.1));
    dx * dx + dy * dy
}

pub(crate) fn twice_area(ring: &[P]) -> i64 {
    let mut sum = 0;
    for (at, a) in ring.iter().enumerate() {
        let b = ring[(at + 1) % ring.len()];
        sum += i64::from(a.0) * i64::from(b.1) - i64::from(b.0) * i64::from(a.1);
    }
    sum.abs()
}
