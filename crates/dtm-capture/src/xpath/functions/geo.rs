//! Functions on positions: areas, distances, and whether a position lies inside a shape.
//!
//! On a sphere of the radius that JavaRosa takes, and by its formulas, since the figures are compared with the phone's.

use super::{Call, Function};
use crate::xpath::{Value, XPathError};

/// The radius of the earth at the equator, in metres.
const RADIUS_M: f64 = 6_378_100.0;

/// Latitude and longitude in degrees.
type Place = (f64, f64);

pub(super) fn call(call: &Call<'_, '_>) -> Result<Value, XPathError> {
    match call.function {
        Function::Geofence => {
            let (place, fence) = (places(&call.text(0)?)?, places(&call.text(1)?)?);
            let place = place.first().ok_or(XPathError::NotAPosition)?;
            call.ground.budget.spend(fence.len())?;
            Ok(Value::Truth(is_inside(*place, &fence)))
        }
        Function::Intersects => {
            let line = places(&call.text(0)?)?;
            call.ground.budget.spend(line.len().saturating_mul(line.len()))?;
            Ok(Value::Truth(crosses_itself(&line)))
        }
        Function::Area => Ok(area_m2(&line(call)?).into()),
        _ => Ok(length_m(&line(call)?).into()),
    }
}

/// The positions that the arguments hold: those of one trace or shape, or one of each point.
fn line(call: &Call<'_, '_>) -> Result<Vec<Place>, XPathError> {
    let values = call.values(0)?;
    let mut line = Vec::new();
    for value in &values {
        let text = value.text();
        call.ground.budget.spend(1 + text.len() / 8)?;
        if values.len() > 1 && text.trim().is_empty() {
            return Err(XPathError::NotAPosition);
        }
        line.extend(places(&text)?);
    }
    Ok(line)
}

fn places(text: &str) -> Result<Vec<Place>, XPathError> {
    let parts = text.split(';').map(str::trim).filter(|part| !part.is_empty());
    let place = |part: &str| {
        let mut numbers =
            part.split_whitespace().map(|number| number.parse::<f64>().ok().filter(|number| number.is_finite()));
        numbers.next().flatten().zip(numbers.next().flatten()).ok_or(XPathError::NotAPosition)
    };
    parts.map(place).collect()
}

/// The area of the triangles between the first point and each side, on a plane through the first point.
fn area_m2(line: &[Place]) -> f64 {
    let Some(((first_lat, first_lon), rest)) = line.split_first().filter(|_| line.len() >= 3) else { return 0.0 };
    let metres_a_degree = 2.0 * RADIUS_M * std::f64::consts::PI / 360.0;
    let flat: Vec<(f64, f64)> = rest
        .iter()
        .map(|(lat, lon)| {
            ((lon - first_lon) * metres_a_degree * lat.to_radians().cos(), (lat - first_lat) * metres_a_degree)
        })
        .collect();
    let twice: f64 = flat.windows(2).map(|pair| pair[0].1 * pair[1].0 - pair[0].0 * pair[1].1).sum();
    (twice / 2.0).abs()
}

/// The length along the line, by the spherical law of cosines.
fn length_m(line: &[Place]) -> f64 {
    let between = |a: Place, b: Place| {
        let (a_lat, b_lat, turn) = (a.0.to_radians(), b.0.to_radians(), (a.1 - b.1).to_radians());
        // Rounding may carry the cosine of no distance just past one.
        (a_lat.sin() * b_lat.sin() + a_lat.cos() * b_lat.cos() * turn.cos()).clamp(-1.0, 1.0).acos() * RADIUS_M
    };
    line.windows(2).map(|pair| between(pair[0], pair[1])).fold(0.0, |sum, length| sum + length)
}

/// Whether a ray from the place crosses the fence an odd number of times.
fn is_inside((lat, lon): Place, fence: &[Place]) -> bool {
    let crosses = |pair: &&[Place]| {
        let (a, b) = (pair[0], pair[1]);
        (b.0 > lat) != (a.0 > lat) && lon < (a.1 - b.1) * (lat - b.0) / (a.0 - b.0) + b.1
    };
    fence.windows(2).filter(crosses).count() % 2 == 1
}

/// Whether two sides of a line that are not neighbours meet.
fn crosses_itself(line: &[Place]) -> bool {
    let side = |a: Place, b: Place, c: Place| (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0);
    let meet = |(a, b): (Place, Place), (c, d): (Place, Place)| {
        side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0
    };
    let sides: Vec<(Place, Place)> = line.windows(2).map(|pair| (pair[0], pair[1])).collect();
    let later = |at: usize| sides.iter().skip(at + 2);
    sides.iter().enumerate().any(|(at, first)| later(at).any(|second| meet(*first, *second)))
}
