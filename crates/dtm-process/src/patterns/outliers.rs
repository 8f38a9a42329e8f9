//! Numbers far from the others.
//!
//! Three rules, each on the numbers as they are or on ln(x + 1): further than so many standard deviations from the mean
//! (the rule of the R package cleaningtools, on both scales); a robust z by the median absolute deviation; outside the
//! fences of Tukey's box plot. The rules are tried in turn and a number is told once, by the first that it breaks. Of
//! counts, the last two look at what was counted: a place without people is no outlier among places with some, and many
//! such places do not make the others look large (what became zero, or was, other checks tell). Where
//! groups are given, such as areas or kinds of site, a number is held against its own group when that has enough
//! numbers, else against all.

use crate::answers::{AnswerTable, Column};
use crate::spread::Spread;
use crate::statistics::{hinges, mean, sorted, standard_deviation};
use dtm_model::FieldKind;
use std::collections::{BTreeMap, BTreeSet};

/// How far is too far.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Far {
    /// More than so many standard deviations (n − 1) from the mean.
    Deviations(f64),
    /// A robust z above this: 1.4826 median absolute deviations, else 1.2533 mean absolute deviations.
    RobustZ(f64),
    /// So many times the distance of the hinges beyond a hinge.
    Fences(f64),
}

/// On which scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// As answered.
    AsIs,
    /// ln(x + 1); numbers that have none stay out.
    Log,
    /// ln(x + 1) for whole numbers none of which is negative, else as answered. Zeros of such counts stay out: «nobody» is
    /// an answer of another kind than «few», and where it is one of many it says nothing of the others.
    LogForCounts,
}

/// What is looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct OutlierOptions {
    /// The rules, tried in turn.
    pub rules: Vec<(Far, Scale)>,
    /// Questions with fewer different numbers stay out: a scale from 1 to 5 has no outliers.
    pub least_different: usize,
    /// A number is held against its own group when the group has so many numbers.
    pub least_in_group: usize,
}

impl OutlierOptions {
    /// Three standard deviations as answered, then on the log scale: the rule of cleaningtools.
    pub fn deviations() -> Self {
        let rules = vec![(Far::Deviations(3.0), Scale::AsIs), (Far::Deviations(3.0), Scale::Log)];
        Self { rules, least_different: 0, least_in_group: 20 }
    }
}

impl Default for OutlierOptions {
    /// A robust z of 3.5, counts on the log scale, for questions with five different numbers or more.
    fn default() -> Self {
        Self { rules: vec![(Far::RobustZ(3.5), Scale::LogForCounts)], least_different: 5, least_in_group: 20 }
    }
}

/// A number far from the others.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlier {
    /// The record.
    pub row: usize,
    /// The question's column.
    pub column: usize,
    /// The number.
    pub value: f64,
    /// The rule it breaks.
    pub far: Far,
    /// Whether it was told on the log scale.
    pub on_log_scale: bool,
    /// Numbers from here are usual.
    pub usual_from: f64,
    /// Numbers up to here are usual.
    pub usual_to: f64,
    /// With how many numbers it was compared, itself included.
    pub compared_with: usize,
    /// The group it was compared within; none where it was compared with all.
    pub group: Option<u32>,
}

/// The columns that outliers are looked for in unless others are wished: those whose answers are numbers, the choices of
/// questions with several left out.
pub fn numeric_columns(table: &AnswerTable) -> Vec<usize> {
    table.positions(|column| column.kind.is_some() && column.is_number() && column.child_of.is_none())
}

/// Finds the outliers in these columns, by column and record. `groups` says the group of each record, if there are any.
pub fn outliers(
    table: &AnswerTable,
    columns: &[usize],
    groups: Option<&[u32]>,
    options: &OutlierOptions,
) -> Vec<Outlier> {
    let mut found = Vec::new();
    for &at in columns {
        let column = &table.columns()[at];
        let answered: Vec<(usize, f64)> =
            (0..table.n_rows()).filter_map(|row| Some((row, column.number(row)?))).collect();
        let different: BTreeSet<u64> = answered.iter().map(|(_, number)| number.to_bits()).collect();
        if different.len() < options.least_different {
            continue;
        }
        let mut told: BTreeMap<usize, Outlier> = BTreeMap::new();
        for &(far, scale) in &options.rules {
            let scaled = scaled(column, &answered, scale);
            for outlier in beyond(at, &scaled, groups, far, options.least_in_group) {
                told.entry(outlier.row).or_insert(outlier);
            }
        }
        found.extend(told.into_values());
    }
    found
}

/// Numbers on a scale.
struct Scaled {
    is_log: bool,
    /// Row, number, number on the scale.
    numbers: Vec<(usize, f64, f64)>,
}

fn scaled(column: &Column, answered: &[(usize, f64)], scale: Scale) -> Scaled {
    let is_count = || column.kind == Some(FieldKind::Integer) && answered.iter().all(|(_, number)| *number >= 0.0);
    let is_log = scale == Scale::Log || scale == Scale::LogForCounts && is_count();
    let is_counted = |number: f64| scale != Scale::LogForCounts || !is_log || number > 0.0;
    let on_scale = |number: f64| if is_log { (number + 1.0).ln() } else { number };
    let answered = answered.iter().filter(|(_, number)| is_counted(*number));
    let numbers = answered.map(|(row, number)| (*row, *number, on_scale(*number)));
    Scaled { is_log, numbers: numbers.filter(|(_, _, number)| number.is_finite()).collect() }
}

fn beyond(column: usize, scaled: &Scaled, groups: Option<&[u32]>, far: Far, least_in_group: usize) -> Vec<Outlier> {
    let usual = |numbers: &[f64]| usual_range(numbers, far).map(|range| (range, numbers.len()));
    let all: Vec<f64> = scaled.numbers.iter().map(|(_, _, number)| *number).collect();
    let of_all = usual(&all);
    let mut members: BTreeMap<u32, Vec<f64>> = BTreeMap::new();
    for (row, _, number) in &scaled.numbers {
        if let Some(group) = groups.and_then(|groups| groups.get(*row)) {
            members.entry(*group).or_default().push(*number);
        }
    }
    members.retain(|_, numbers| numbers.len() >= least_in_group);
    let of_groups: BTreeMap<u32, _> = members.iter().map(|(group, numbers)| (*group, usual(numbers))).collect();
    let unscaled = |number: f64| if scaled.is_log { number.exp() - 1.0 } else { number };
    let mut found = Vec::new();
    for &(row, value, number) in &scaled.numbers {
        let own = groups.and_then(|groups| groups.get(row)).filter(|group| of_groups.contains_key(group)).copied();
        let range = own.map_or(of_all, |group| of_groups[&group]);
        let Some(((from, to), compared_with)) = range.filter(|((from, to), _)| !(*from..=*to).contains(&number)) else {
            continue;
        };
        let (usual_from, usual_to) = (unscaled(from), unscaled(to));
        let on_log_scale = scaled.is_log;
        found.push(Outlier { row, column, value, far, on_log_scale, usual_from, usual_to, compared_with, group: own });
    }
    found
}

/// What is usual among these numbers; none where all are the same, or too few to tell.
fn usual_range(numbers: &[f64], far: Far) -> Option<(f64, f64)> {
    let (low, high, step) = match far {
        Far::Deviations(times) => {
            let (mean, deviation) = (mean(numbers)?, standard_deviation(numbers)?);
            (mean, mean, times * deviation)
        }
        Far::RobustZ(most) => {
            let spread = Spread::of(numbers)?;
            (spread.median, spread.median, most * spread.scale)
        }
        Far::Fences(times) => {
            let (lower, upper) = hinges(&sorted(numbers))?;
            (lower, upper, times * (upper - lower))
        }
    };
    (step > 0.0).then_some((low - step, high + step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::AnswerTable;

    fn table(numbers: &[i64]) -> AnswerTable {
        let rows = numbers.iter().map(|number| vec![number.to_string()]);
        AnswerTable::of_sheet(&crate::answers::form_of(&[("litres", FieldKind::Integer)]), &["litres".to_owned()], rows)
    }

    fn found(numbers: &[i64], groups: Option<&[u32]>, far: Far, scale: Scale) -> Vec<(usize, f64, f64)> {
        let options = OutlierOptions { rules: vec![(far, scale)], least_different: 0, least_in_group: 4 };
        let rounded = |number: f64| (number * 100.0).round() / 100.0;
        let found = outliers(&table(numbers), &[0], groups, &options);
        found.iter().map(|o| (o.row, rounded(o.usual_from), rounded(o.usual_to))).collect()
    }

    #[test]
    fn tukeys_fences_stand_one_and_a_half_boxes_away() {
        // Hinges 2 and 5: fences at 2 − 4.5 and 5 + 4.5.
        assert_eq!(found(&[1, 2, 3, 4, 5, 10], None, Far::Fences(1.5), Scale::AsIs), [(5, -2.5, 9.5)]);
        assert_eq!(found(&[1, 2, 3, 4, 5, 9], None, Far::Fences(1.5), Scale::AsIs), []);
    }

    #[test]
    fn one_wild_number_among_few_hides_from_the_standard_deviation_but_not_from_the_median() {
        let litres = [20, 21, 19, 22, 18, 20_000];
        assert_eq!(found(&litres, None, Far::Deviations(3.0), Scale::AsIs), []);
        // Median 20.5, deviations .5 .5 1.5 1.5 2.5 …, so ± 3.5 · 1.4826 · 1.5.
        assert_eq!(found(&litres, None, Far::RobustZ(3.5), Scale::AsIs), [(5, 12.72, 28.28)]);
    }

    #[test]
    fn a_number_usual_in_all_is_odd_in_its_own_group() {
        let people = [5, 6, 5, 4, 90, 95, 88, 91, 92, 93, 5];
        let towns = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1];
        assert_eq!(found(&people, Some(&towns), Far::Fences(1.5), Scale::AsIs), [(10, 83.75, 97.75)]);
        assert_eq!(found(&people, None, Far::Fences(1.5), Scale::AsIs), []);
    }

    #[test]
    fn where_most_say_the_same_the_one_who_differs_a_little_is_no_outlier_by_itself() {
        // Nine say 5 and one says 6: the mean deviation of 0.1 stands in, and 6 is eight of them away.
        let says = [5, 5, 5, 5, 5, 5, 5, 5, 5, 6];
        assert_eq!(found(&says, None, Far::RobustZ(3.5), Scale::AsIs).len(), 1);
        assert_eq!(found(&says[..9], None, Far::RobustZ(3.5), Scale::AsIs), [], "all the same");
    }

    #[test]
    fn a_place_without_people_is_no_outlier_and_many_of_them_do_not_make_the_others_large() {
        let rule = (Far::RobustZ(3.5), Scale::LogForCounts);
        let told = |numbers: &[i64]| -> Vec<f64> {
            let options = OutlierOptions { rules: vec![rule], least_different: 5, least_in_group: 20 };
            outliers(&table(numbers), &[0], None, &options).iter().map(|outlier| outlier.value).collect()
        };
        let no_number: [f64; 0] = [];
        let persons = [120, 80, 200, 150, 95, 310, 60, 175, 140, 230];
        assert_eq!(told(&[&persons[..], &[0]].concat()), no_number, "one place was empty");
        assert_eq!(told(&[&persons[..], &[0; 30]].concat()), no_number, "most places were empty");
        assert_eq!(told(&[&persons[..], &[0; 30], &[25_000]].concat()), [25_000.0], "and a wild number still is one");
        assert_eq!(told(&[&persons[..], &[-1, 0, 0]].concat()), no_number, "with a negative number it is no count");
    }

    #[test]
    fn the_first_rule_tells_a_number_and_the_second_does_not_repeat_it() {
        let mut litres = vec![20; 40];
        litres.extend([1_000, 1]);
        let all = outliers(&table(&litres), &[0], None, &OutlierOptions::deviations());
        assert_eq!(all.iter().map(|o| (o.value, o.on_log_scale)).collect::<Vec<_>>(), [(1_000.0, false), (1.0, true)]);
    }
}
