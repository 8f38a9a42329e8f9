//! How far two records lie apart when some questions are numbers, some ranks and some categories.
//!
//! Gower's general distance (Biometrics 27, 1971), as `cluster::daisy` computes it: the mean over the traits that both
//! records have of |x − y| / range for numbers and for ranks, of 0 or 1 for categories. A trait of which only presence
//! tells something, such as «has a latrine», is left out where neither has it.

/// What is known of one trait of every record; none where a record does not say.
#[derive(Clone, Debug, PartialEq)]
pub enum Trait {
    /// A number.
    Number(Vec<Option<f64>>),
    /// A place in an order, such as the level of a service; only the order counts.
    Rank(Vec<Option<u32>>),
    /// A category, by any code.
    Category(Vec<Option<u32>>),
    /// Whether something is there; two records without it are not alike for that.
    Presence(Vec<Option<bool>>),
}

/// Distances between records by their traits.
#[derive(Clone, Debug)]
pub struct Gower {
    traits: Vec<Scaled>,
}

#[derive(Clone, Debug)]
enum Scaled {
    /// Numbers from 0 to 1.
    Number(Vec<Option<f64>>),
    Category(Vec<Option<u32>>),
    Presence(Vec<Option<bool>>),
}

impl Gower {
    /// Takes the traits of all records; numbers and ranks are scaled to their range.
    pub fn new(traits: Vec<Trait>) -> Self {
        let scaled = traits.into_iter().map(|one| match one {
            Trait::Number(numbers) => Scaled::Number(to_range(numbers)),
            Trait::Rank(ranks) => {
                let mut order: Vec<u32> = ranks.iter().flatten().copied().collect();
                order.sort_unstable();
                order.dedup();
                let place = |rank: u32| order.binary_search(&rank).unwrap_or_default() as f64;
                Scaled::Number(to_range(ranks.into_iter().map(|rank| rank.map(place)).collect()))
            }
            Trait::Category(codes) => Scaled::Category(codes),
            Trait::Presence(present) => Scaled::Presence(present),
        });
        Self { traits: scaled.collect() }
    }

    /// The distance of two records, from 0 to 1; none where they have no trait in common.
    pub fn distance(&self, a: usize, b: usize) -> Option<f64> {
        let (mut sum, mut weight) = (0.0, 0.0);
        for one in &self.traits {
            let apart = match one {
                Scaled::Number(numbers) => pair(numbers, a, b).map(|(x, y)| (x - y).abs()),
                Scaled::Category(codes) => pair(codes, a, b).map(|(x, y)| f64::from(u8::from(x != y))),
                Scaled::Presence(present) => {
                    pair(present, a, b).filter(|(x, y)| *x || *y).map(|(x, y)| f64::from(u8::from(x != y)))
                }
            };
            if let Some(apart) = apart {
                sum += apart;
                weight += 1.0;
            }
        }
        (weight > 0.0).then(|| sum / weight)
    }
}

fn pair<T: Copy>(values: &[Option<T>], a: usize, b: usize) -> Option<(T, T)> {
    values.get(a).copied().flatten().zip(values.get(b).copied().flatten())
}

fn to_range(numbers: Vec<Option<f64>>) -> Vec<Option<f64>> {
    let known = || numbers.iter().flatten().copied();
    let (low, high) = (known().fold(f64::INFINITY, f64::min), known().fold(f64::NEG_INFINITY, f64::max));
    let range = if high > low { high - low } else { 1.0 };
    numbers.into_iter().map(|number| number.map(|number| (number - low) / range)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_does_not_say_does_not_count() {
        let gower = Gower::new(vec![
            Trait::Number(vec![Some(0.0), Some(10.0), Some(5.0), None]),
            Trait::Category(vec![Some(1), Some(1), Some(2), Some(2)]),
            Trait::Presence(vec![Some(false), Some(false), Some(true), None]),
        ]);
        assert_eq!(gower.distance(0, 1), Some(0.5), "one apart, one alike, nothing there in both");
        assert_eq!(gower.distance(0, 2), Some((0.5 + 1.0 + 1.0) / 3.0));
        assert_eq!(gower.distance(2, 3), Some(0.0));
        assert_eq!(Gower::new(Vec::new()).distance(0, 1), None);
    }
}
