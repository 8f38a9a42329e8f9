//! Where interviews were held: near their site, and not all on one spot.
//!
//! In go the positions that phones took, with their accuracy where it is known, who asked, and the site's own position;
//! out come, by enumerator, the median distance to the site and how many interviews were held on one spot. A camp, a
//! market or an office where people come to be asked looks the same as a desk, so these are questions to ask.

use super::Share;
use super::distances::metres_between;
use crate::spread::median;
use dtm_model::Point;
use std::collections::{BTreeMap, HashMap};

/// Where one interview was held.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Position {
    /// Who asked.
    pub enumerator: u32,
    /// Where the phone was; none where it did not say.
    pub at: Option<Point>,
    /// How far off that may be.
    pub accuracy_m: Option<f64>,
    /// Where the site is.
    pub site: Option<Point>,
}

/// One enumerator's positions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Positions {
    /// Interviews with a position.
    pub with_position: Share,
    /// Of these, as many as were held within ten metres of one of them, the most on any one spot.
    pub on_one_spot: Share,
    /// Of these, as many as have a position that another one has to the last digit.
    pub identical: Share,
    /// Of those with an accuracy, as many as are worse than twenty metres.
    pub inaccurate: Share,
    /// The median distance from the middle of their own interviews.
    pub spread_m: Option<f64>,
    /// The median distance to the site.
    pub metres_to_site: Option<f64>,
    /// Of those whose site is known, as many as are farther than asked.
    pub far_from_site: Share,
}

/// What counts as one spot, as inaccurate and as far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PositionOptions {
    /// Interviews this close are on one spot.
    pub spot_m: f64,
    /// A position that may be farther off is inaccurate.
    pub accuracy_m: f64,
    /// Farther from the site is far.
    pub far_m: f64,
}

impl Default for PositionOptions {
    fn default() -> Self {
        Self { spot_m: 10.0, accuracy_m: 20.0, far_m: 500.0 }
    }
}

/// The positions of each enumerator.
pub fn positions(all: &[Position], options: &PositionOptions) -> BTreeMap<u32, Positions> {
    let mut of: BTreeMap<u32, Vec<&Position>> = BTreeMap::new();
    all.iter().for_each(|position| of.entry(position.enumerator).or_default().push(position));
    of.into_iter().map(|(enumerator, own)| (enumerator, look(&own, options))).collect()
}

fn look(own: &[&Position], options: &PositionOptions) -> Positions {
    let points: Vec<Point> = own.iter().filter_map(|position| position.at).collect();
    let accuracies: Vec<f64> =
        own.iter().filter_map(|position| position.accuracy_m.filter(|_| position.at.is_some())).collect();
    let to_site: Vec<f64> =
        own.iter().filter_map(|position| Some(metres_between(position.at?, position.site?))).collect();
    let share = |n: usize, of: usize| Share { n: n as u64, of: of as u64 };
    let mut same: HashMap<(u64, u64), usize> = HashMap::new();
    points.iter().for_each(|point| *same.entry((point.lat.to_bits(), point.lon.to_bits())).or_default() += 1);
    Positions {
        with_position: share(points.len(), own.len()),
        on_one_spot: share(most_on_one_spot(&points, options.spot_m), points.len()),
        identical: share(same.values().filter(|n| **n > 1).sum(), points.len()),
        inaccurate: share(accuracies.iter().filter(|m| **m > options.accuracy_m).count(), accuracies.len()),
        spread_m: spread(&points),
        metres_to_site: median(&to_site),
        far_from_site: share(to_site.iter().filter(|m| **m > options.far_m).count(), to_site.len()),
    }
}

/// The median distance from the point in the middle, by latitude and by longitude; none of a single one.
fn spread(points: &[Point]) -> Option<f64> {
    let middle = |of: fn(&Point) -> f64| median(&points.iter().map(of).collect::<Vec<_>>());
    let middle = Point { lon: middle(|point| point.lon)?, lat: middle(|point| point.lat)? };
    let away: Vec<f64> = points.iter().map(|point| metres_between(*point, middle)).collect();
    median(&away).filter(|_| points.len() > 1)
}

/// The most interviews held within so many metres of one of them, by a grid of that width: only neighbours are compared.
fn most_on_one_spot(points: &[Point], spot_m: f64) -> usize {
    const METRES_PER_DEGREE: f64 = 111_195.0;
    let cell = |point: &Point| {
        let lat = (point.lat * METRES_PER_DEGREE / spot_m).floor();
        // Cells grow wider towards the equator by the whole degree, so that neighbours share a width.
        let wide = METRES_PER_DEGREE * point.lat.round().to_radians().cos().max(0.01);
        (lat as i64, (point.lon * wide / spot_m).floor() as i64)
    };
    let mut grid: HashMap<(i64, i64), Vec<&Point>> = HashMap::new();
    points.iter().for_each(|point| grid.entry(cell(point)).or_default().push(point));
    let near = |point: &Point| {
        let (row, column) = cell(point);
        let around = (-1..=1).flat_map(|down| (-2..=2).map(move |right| (row + down, column + right)));
        let there = around.filter_map(|cell| grid.get(&cell)).flatten();
        there.filter(|other| metres_between(*point, ***other) <= spot_m).take(COUNTED).count()
    };
    points.iter().map(near).max().unwrap_or(0)
}

/// On one spot no more are counted: ten thousand interviews at one desk are no worse than a thousand.
const COUNTED: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(enumerator: u32, lat: f64, lon: f64) -> Position {
        let site = Some(Point { lat: 18.5, lon: -72.3 });
        Position { enumerator, at: Some(Point { lat, lon }), accuracy_m: Some(5.0), site }
    }

    #[test]
    fn interviews_at_one_desk_are_told_from_interviews_at_doors() {
        let mut all: Vec<Position> = (0..20).map(|n| at(1, 18.5 + f64::from(n) * 0.0003, -72.3)).collect();
        all.extend((0..20).map(|n| at(2, 18.6 + f64::from(n % 4) * 0.00001, -72.3)));
        all.push(Position { enumerator: 2, ..Position::default() });
        let found = positions(&all, &PositionOptions::default());
        // Doors 33 m apart in a row of twenty: the one in the middle of the distances is five away.
        assert!((found[&1].spread_m.unwrap() - 5.0 * 33.36).abs() < 1.0, "{:?}", found[&1].spread_m);
        assert_eq!(found[&1].on_one_spot, Share { n: 1, of: 20 });
        assert_eq!(found[&2].on_one_spot, Share { n: 20, of: 20 });
        assert_eq!((found[&1].identical.n, found[&2].identical.n), (0, 20));
        assert_eq!(found[&2].with_position, Share { n: 20, of: 21 });
        assert_eq!(found[&2].far_from_site, Share { n: 20, of: 20 });
        assert_eq!(found[&2].metres_to_site.map(|metres| (metres / 10.0).round() * 10.0), Some(11_120.0));
    }
}
