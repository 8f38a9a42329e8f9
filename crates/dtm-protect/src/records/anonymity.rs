//! How many records share their keys, and which keys must go so that enough do.
//!
//! In: for every record the code of each key (quasi-identifier), 0 where it is missing. Out: in how many records each
//! record's combination occurs, and the records with as few codes taken out as a greedy search finds, so that every
//! combination occurs at least k times. A missing code matches every code, as in sdcMicro (`freqCalc`, alpha = 1): nobody
//! can say that it is not theirs. Taking a code out never makes a combination rarer, so one pass is enough.
//!
//! The search (local suppression; Sweeney 2002, Templ et al. 2015) takes the rarest combinations first. Of the smallest sets of
//! keys that make one frequent enough it takes the set that helps most others which are rare too, then the one that holds the
//! keys named last.

use std::collections::{BTreeMap, HashMap};

/// The keys of records, one code a key.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Where the bits of each key lie.
    bits: Vec<u128>,
    shifts: Vec<u32>,
    /// The codes of each record, packed.
    records: Vec<u128>,
}

/// More keys, or more values of them, than can be counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the keys have too many values together")]
pub struct TooManyKeys;

/// The most keys that are looked at together.
const MAX_KEYS: usize = 12;

/// What is known of the records with one combination.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    /// Their number, or the sum of their weights.
    all: f64,
    /// How many of them are rare and wait for their turn.
    waiting: u64,
}

/// Records by combination, for every set of missing keys, and summed over keys as they are asked for.
struct Counts<'a> {
    bits: &'a [u128],
    every: u32,
    /// By the set of missing keys, then by the set of keys that count.
    tables: BTreeMap<u32, BTreeMap<u32, HashMap<u128, Tally>>>,
}

impl Keys {
    /// Takes the codes of each key, one for every record; 0 is missing.
    ///
    /// # Errors
    /// More keys or values than can be counted together.
    pub fn new(columns: &[Vec<u32>]) -> Result<Keys, TooManyKeys> {
        if columns.len() > MAX_KEYS {
            return Err(TooManyKeys);
        }
        let (mut bits, mut shifts, mut used) = (Vec::new(), Vec::new(), 0);
        for column in columns {
            let width = 32 - column.iter().max().copied().unwrap_or(0).leading_zeros();
            if used + width > 128 {
                return Err(TooManyKeys);
            }
            let ones = (1u128 << width) - 1;
            bits.push(if width == 0 { 0 } else { ones << used });
            shifts.push(used.min(127));
            used += width;
        }
        let n = columns.first().map_or(0, Vec::len);
        let pack = |record: usize| {
            columns
                .iter()
                .zip(&shifts)
                .fold(0u128, |packed, (column, shift)| packed | u128::from(column[record]) << shift)
        };
        let records = (0..n).map(pack).collect();
        Ok(Keys { bits, shifts, records })
    }

    /// The code of a key of a record; 0 is missing.
    pub fn code(&self, record: usize, key: usize) -> u32 {
        ((self.records[record] & self.bits[key]) >> self.shifts[key]) as u32
    }

    /// How many records have the combination of each record; the sum of their weights where there are some.
    pub fn frequencies(&self, weights: Option<&[f64]>) -> Vec<f64> {
        let groups = self.groups(weights);
        let mut counts = Counts::of(&self.bits, groups.iter().map(|(packed, weight)| (*packed, *weight)));
        let known: HashMap<u128, f64> =
            groups.keys().map(|packed| (*packed, counts.tally(*packed, self.missing(*packed)).all)).collect();
        self.records.iter().map(|packed| known[packed]).collect()
    }

    fn groups(&self, weights: Option<&[f64]>) -> BTreeMap<u128, f64> {
        let mut groups: HashMap<u128, f64> = HashMap::new();
        for (at, packed) in self.records.iter().enumerate() {
            *groups.entry(*packed).or_default() += weights.map_or(1.0, |weights| weights[at]);
        }
        groups.into_iter().collect()
    }

    /// The set of keys that are missing.
    fn missing(&self, packed: u128) -> u32 {
        missing(&self.bits, packed)
    }

    /// Takes out codes until every combination occurs at least `k` times. Nothing is left of any key where there are fewer
    /// than `k` records.
    pub fn suppress(&self, k: u32) -> Keys {
        let k = f64::from(k);
        let groups = self.groups(None);
        let mut counts = Counts::of(&self.bits, groups.iter().map(|(packed, weight)| (*packed, *weight)));
        let mut waiting: Vec<(f64, u128)> = Vec::new();
        for packed in groups.keys() {
            let found = counts.tally(*packed, self.missing(*packed)).all;
            if found < k {
                waiting.push((found, *packed));
            }
        }
        waiting.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (_, packed) in &waiting {
            counts.add(*packed, Tally { all: 0.0, waiting: 1 });
        }
        let mut left: HashMap<u128, u128> = HashMap::new();
        for (_, packed) in waiting {
            counts.take(packed, Tally { all: 0.0, waiting: 1 });
            let missing = self.missing(packed);
            if counts.tally(packed, missing).all >= k {
                continue;
            }
            let out = missing | self.fewest_out(&mut counts, packed, missing, k);
            let kept = packed & only(&self.bits, counts.every & !out);
            let moved = Tally { all: groups[&packed], waiting: 0 };
            counts.take(packed, moved);
            counts.add(kept, moved);
            left.insert(packed, kept);
        }
        let records = self.records.iter().map(|packed| left.get(packed).copied().unwrap_or(*packed)).collect();
        Keys { records, ..self.clone() }
    }

    /// The set of keys to take out of a combination that is too rare.
    fn fewest_out(&self, counts: &mut Counts<'_>, packed: u128, missing: u32, k: f64) -> u32 {
        let mut sets: Vec<u32> = (1..=counts.every).filter(|set| set & missing == 0).collect();
        sets.sort_by_key(|set| (set.count_ones(), *set));
        let mut best: Option<((u64, u32, f64), u32)> = None;
        for set in sets {
            if best.is_some_and(|(_, best)| best.count_ones() < set.count_ones()) {
                break;
            }
            let found = counts.tally(packed, missing | set);
            // Of sets that help alike, the one with the keys named last; of such, the one that leaves most told.
            let worth = (found.waiting, set, -found.all);
            if found.all >= k && best.is_none_or(|(most, _)| worth.partial_cmp(&most).is_some_and(|o| o.is_gt())) {
                best = Some((worth, set));
            }
        }
        best.map_or(counts.every & !missing, |(_, set)| set)
    }
}

fn missing(bits: &[u128], packed: u128) -> u32 {
    bits.iter().enumerate().fold(0, |set, (at, bits)| if packed & bits == 0 { set | 1 << at } else { set })
}

/// The bits of these keys.
fn only(bits: &[u128], set: u32) -> u128 {
    bits.iter().enumerate().fold(0, |all, (at, bits)| if set & 1 << at == 0 { all } else { all | bits })
}

impl<'a> Counts<'a> {
    fn of(bits: &'a [u128], groups: impl Iterator<Item = (u128, f64)>) -> Self {
        let mut counts = Counts { bits, every: (1 << bits.len()) - 1, tables: BTreeMap::new() };
        for (packed, weight) in groups {
            counts.add(packed, Tally { all: weight, waiting: 0 });
        }
        counts
    }

    fn add(&mut self, packed: u128, more: Tally) {
        self.change(packed, |tally| {
            tally.all += more.all;
            tally.waiting += more.waiting;
        });
    }

    fn take(&mut self, packed: u128, less: Tally) {
        self.change(packed, |tally| {
            tally.all -= less.all;
            tally.waiting = tally.waiting.saturating_sub(less.waiting);
        });
    }

    fn change(&mut self, packed: u128, change: impl Fn(&mut Tally)) {
        let missing = missing(self.bits, packed);
        let tables = self.tables.entry(missing).or_default();
        tables.entry(self.every & !missing).or_default();
        for (set, table) in tables {
            change(table.entry(packed & only(self.bits, *set)).or_default());
        }
    }

    /// What matches a combination, were these keys of it missing.
    fn tally(&mut self, packed: u128, missing: u32) -> Tally {
        let mut sum = Tally::default();
        for (theirs, tables) in &mut self.tables {
            let set = self.every & !(missing | theirs);
            let bits = only(self.bits, set);
            if !tables.contains_key(&set) {
                let mut table: HashMap<u128, Tally> = HashMap::new();
                for (packed, tally) in &tables[&(self.every & !theirs)] {
                    let entry = table.entry(packed & bits).or_default();
                    entry.all += tally.all;
                    entry.waiting += tally.waiting;
                }
                tables.insert(set, table);
            }
            if let Some(tally) = tables[&set].get(&(packed & bits)) {
                sum.all += tally.all;
                sum.waiting += tally.waiting;
            }
        }
        sum
    }
}
