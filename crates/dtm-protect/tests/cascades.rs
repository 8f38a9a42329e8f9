//! What little there is to hide stays little: a few people somewhere do not take the figures of everybody with them.
#![allow(clippy::unwrap_used)]

mod common;
mod world;

use common::candidate;
use dtm_model::TOTAL;
use dtm_protect::{Policy, Release, Why, release};
use std::collections::BTreeSet;
use world::{Kind, country};

fn of(seed: u64, kind: Kind) -> Release {
    release(candidate(country(seed, kind)), &Policy::public()).unwrap()
}

/// Few, all hidden, hidden totals of the country and of first-level areas.
fn tally(release: &Release) -> (usize, usize, usize, usize) {
    let mut seen = BTreeSet::new();
    let (mut few, mut all, mut national, mut first) = (0, 0, 0, 0);
    for hiding in release.hidden() {
        let key: Vec<&str> = hiding.key.iter().map(String::as_str).filter(|part| *part != TOTAL).collect();
        if !seen.insert((hiding.measure.as_str(), key.clone())) {
            continue;
        }
        all += 1;
        few += usize::from(hiding.why == Why::FewerThanMinimum);
        let part = matches!(hiding.measure.as_str(), "males" | "females" | "in_sites" | "in_host");
        national += usize::from(!part && key == ["XS"]);
        first += usize::from(!part && matches!(key.as_slice(), [area] if area.len() == 4));
    }
    (few, all, national, first)
}

const KINDS: [Kind; 6] = [
    Kind { small_communes: 1, small_cells: 0, mixed_in_ten: 2, places: true },
    Kind { small_communes: 0, small_cells: 6, mixed_in_ten: 2, places: true },
    Kind { small_communes: 3, small_cells: 6, mixed_in_ten: 2, places: true },
    Kind { small_communes: 2, small_cells: 3, mixed_in_ten: 0, places: true },
    Kind { small_communes: 2, small_cells: 3, mixed_in_ten: 8, places: false },
    Kind { small_communes: 3, small_cells: 10, mixed_in_ten: 5, places: true },
];

#[test]
fn figures() {
    for kind in KINDS {
        for seed in 0..4 {
            let before = std::time::Instant::now();
            let (few, all, national, first) = tally(&of(seed, kind));
            println!("{kind:?} seed {seed}: few {few}, hidden {all}, national totals {national}, first-level {first}, {:?}", before.elapsed());
        }
    }
}
