//! Which positions lie near each other.
//!
//! Takes positions and a distance in metres; returns each pair once with its distance, in order of the positions. The
//! points are looked up in a tree (R*-tree) as points of the unit sphere, so the poles and the date line are places like
//! any other; distances are along a sphere of the Earth's mean radius. O(n log n) plus the pairs; a point with very many
//! neighbours looks at its nearest [`MOST_NEIGHBOURS`] only.

use dtm_model::Point;
use rstar::RTree;
use rstar::primitives::GeomWithData;

/// Mean radius of the Earth.
const EARTH_M: f64 = 6_371_008.8;
/// More neighbours than these are not looked at: a thousand places on one spot are a fault of the positions.
pub(crate) const MOST_NEIGHBOURS: usize = 64;

/// Returns the pairs of positions at most `within_m` metres apart: the two indices, the smaller first, and the metres.
pub(crate) fn near_pairs(positions: &[Option<Point>], within_m: f64) -> Vec<(usize, usize, f64)> {
    let on_sphere = |point: &Point| {
        let (lon, lat) = (point.lon.to_radians(), point.lat.to_radians());
        [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
    };
    let known: Vec<(usize, [f64; 3])> = positions
        .iter()
        .enumerate()
        .filter_map(|(at, point)| point.as_ref().map(|point| (at, on_sphere(point))))
        .filter(|(_, point)| point.iter().all(|part| part.is_finite()))
        .collect();
    let tree = RTree::bulk_load(known.iter().map(|(at, point)| GeomWithData::new(*point, *at)).collect());
    let farthest = chord(within_m.max(0.0)).powi(2) * (1.0 + 1e-12);
    let mut pairs = Vec::new();
    for (at, point) in &known {
        let near = tree
            .nearest_neighbor_iter_with_distance_2(point)
            .take_while(|(_, squared)| *squared <= farthest)
            .take(MOST_NEIGHBOURS);
        pairs.extend(near.filter(|(other, _)| other.data != *at).map(|(other, squared)| {
            let metres = 2.0 * EARTH_M * (squared.sqrt() / 2.0).min(1.0).asin();
            ((*at).min(other.data), (*at).max(other.data), metres)
        }));
    }
    // A pair is seen from both ends, except where one end has too many neighbours.
    pairs.sort_by_key(|(a, b, _)| (*a, *b));
    pairs.dedup_by_key(|(a, b, _)| (*a, *b));
    pairs
}

/// The straight line through the unit sphere under an arc of this many metres.
fn chord(metres: f64) -> f64 {
    2.0 * (metres / EARTH_M / 2.0).min(std::f64::consts::FRAC_PI_2).sin()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lat: f64, lon: f64) -> Option<Point> {
        Some(Point { lon, lat })
    }

    /// A hundredth of a degree along a meridian is 1,112 m; along the parallel of 60° half of it.
    #[test]
    fn pairs_are_found_with_their_distance_across_the_date_line_too() {
        let points = [at(0.0, 0.0), None, at(0.01, 0.0), at(0.03, 0.0), at(60.0, 179.995), at(60.0, -179.995)];
        let pairs: Vec<(usize, usize, i64)> =
            near_pairs(&points, 2000.0).into_iter().map(|(a, b, metres)| (a, b, metres.round() as i64)).collect();
        assert_eq!(pairs, [(0, 2, 1112), (4, 5, 556)]);
        assert!(near_pairs(&points, 1000.0).iter().all(|(a, ..)| *a == 4));
    }
}
