//! Smooth random fields over the plane, and the hash behind them.
//!
//! Only additions, multiplications and square roots are used, so that a seed gives the same country on every machine.

/// Spreads the bits of a number (the finisher of SplitMix64).
pub(crate) fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// A number in 0..1 that belongs to this lattice point.
pub(crate) fn lattice(seed: u64, x: i64, y: i64) -> f64 {
    let bits = mix(seed ^ mix((x as u64).wrapping_mul(0x8DA6_B343) ^ ((y as u64) << 32)));
    (bits >> 11) as f64 / (1u64 << 53) as f64
}

/// Value noise in -1..1, smooth between lattice points.
fn value(seed: u64, x: f64, y: f64) -> f64 {
    let (fx, fy) = (x.floor(), y.floor());
    let (ix, iy) = (fx as i64, fy as i64);
    let ease = |t: f64| t * t * (3.0 - 2.0 * t);
    let (tx, ty) = (ease(x - fx), ease(y - fy));
    let low = lattice(seed, ix, iy) * (1.0 - tx) + lattice(seed, ix + 1, iy) * tx;
    let high = lattice(seed, ix, iy + 1) * (1.0 - tx) + lattice(seed, ix + 1, iy + 1) * tx;
    2.0 * (low * (1.0 - ty) + high * ty) - 1.0
}

/// Octaves of value noise added up, each at twice the frequency and half the height of the one before.
pub(crate) fn fractal(seed: u64, x: f64, y: f64, octaves: u32) -> f64 {
    let (mut sum, mut height, mut scale, mut total) = (0.0, 1.0, 1.0, 0.0);
    for octave in 0..octaves {
        sum += height * value(seed.wrapping_add(octave as u64 * 7919), x * scale, y * scale);
        total += height;
        height *= 0.5;
        scale *= 2.0;
    }
    sum / total
}

/// A hill of height 1 at the centre that falls to 0 at `reach`.
pub(crate) fn hill((x, y): (f64, f64), (cx, cy): (f64, f64), reach: f64) -> f64 {
    let near = 1.0 - ((x - cx) * (x - cx) + (y - cy) * (y - cy)) / (reach * reach);
    if near > 0.0 { near * near } else { 0.0 }
}
