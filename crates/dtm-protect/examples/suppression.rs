//! How long k-anonymity of many records takes: `cargo run --release -p dtm-protect --example suppression -- 1000000`.
//!
//! Records are made up: six keys as a household survey has them (area, sex, age band, month, kind of place, size), some of
//! their values rare. Prints seconds and what was taken out.
#![allow(clippy::print_stdout, clippy::disallowed_methods)]

use dtm_protect::anonymity::Keys;

/// A dice that always falls alike.
struct Dice(u64);

impl Dice {
    /// A number below n; small ones come more often.
    fn small(&mut self, n: u64) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let even = (self.0 >> 11) as f64 / (1u64 << 53) as f64;
        ((even * even * n as f64) as u64).min(n - 1) as u32
    }
}

fn main() {
    let n: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let mut dice = Dice(7);
    let sizes = [140, 2, 17, 12, 4, 15];
    let columns: Vec<Vec<u32>> = sizes.iter().map(|size| (0..n).map(|_| dice.small(*size) + 1).collect()).collect();
    let Ok(keys) = Keys::new(&columns) else { return };
    let watch = std::time::Instant::now();
    let rare = keys.frequencies(None).iter().filter(|found| **found < 5.0).count();
    println!("{n} records, {rare} share their keys with fewer than 5: counted in {:.1?}", watch.elapsed());
    let watch = std::time::Instant::now();
    let after = keys.suppress(5);
    println!("5-anonymous in {:.1?}", watch.elapsed());
    let cells = (0..n).flat_map(|record| (0..sizes.len()).map(move |key| (record, key)));
    let taken = cells.filter(|(record, key)| after.code(*record, *key) == 0).count();
    let left = after.frequencies(None).iter().filter(|found| **found < 5.0).count();
    println!("{taken} answers taken out, {left} records left below 5");
}
