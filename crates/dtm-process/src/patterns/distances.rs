//! Distances on the ground.

use dtm_model::Point;

/// Metres of the mean radius of the earth.
const RADIUS_M: f64 = 6_371_008.8;

/// Metres between two positions along a great circle (haversine, which is exact enough at a few metres).
pub fn metres_between(here: Point, there: Point) -> f64 {
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let across = here.lat.to_radians().cos() * there.lat.to_radians().cos() * half(here.lon, there.lon);
    2.0 * RADIUS_M * (half(here.lat, there.lat) + across).sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_latitude_is_111_km_and_a_millionth_eleven_centimetres() {
        let at = |lat, lon| Point { lon, lat };
        assert_eq!(metres_between(at(18.0, -72.0), at(19.0, -72.0)).round(), 111_195.0);
        assert!((metres_between(at(0.0, 0.0), at(0.000_001, 0.0)) - 0.111).abs() < 0.001);
        assert!((metres_between(at(60.0, 0.0), at(60.0, 1.0)) - 55_597.0).abs() < 10.0, "half as wide at 60 degrees");
        assert_eq!(metres_between(at(5.0, 5.0), at(5.0, 5.0)), 0.0);
    }
}
