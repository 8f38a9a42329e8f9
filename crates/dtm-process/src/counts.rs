//! Reading counts of one place: the total, and the cells that make it up.
//!
//! Forms count the same people in several ways: a total, a total per sex, a cell per sex and age, children without
//! sex. In go the counts of one indicator at one place; out come those that partition the people, so that nobody is
//! counted twice. Observations and figures are read alike.

use dtm_model::{Breakdown, Figure, Observation, Sex};

/// A number of people with the part of them it counts.
pub(crate) trait Count {
    /// The indicator's code.
    fn indicator(&self) -> &str;
    /// Which of the people.
    fn breakdown(&self) -> &Breakdown;
    /// The number as observed.
    fn value(&self) -> f64;
    /// The number in whole persons or households.
    fn whole(&self) -> i64 {
        self.value().round() as i64
    }
}

impl Count for Observation {
    fn indicator(&self) -> &str {
        &self.indicator
    }
    fn breakdown(&self) -> &Breakdown {
        &self.breakdown
    }
    fn value(&self) -> f64 {
        self.value
    }
}

impl Count for Figure {
    fn indicator(&self) -> &str {
        &self.indicator
    }
    fn breakdown(&self) -> &Breakdown {
        &self.breakdown
    }
    fn value(&self) -> f64 {
        self.value
    }
}

/// Returns the counts of everyone, whatever their reason and origin.
pub(crate) fn everyone<'c, C: Count>(counts: &[&'c C], indicator: &str) -> Vec<&'c C> {
    counts.iter().copied().filter(|count| count.indicator() == indicator && count.breakdown().is_everyone()).collect()
}

/// Returns the total of everyone; none where no total was reported.
pub(crate) fn total<C: Count>(counts: &[&C], indicator: &str) -> Option<i64> {
    let counts = everyone(counts, indicator);
    (!counts.is_empty()).then(|| counts.iter().map(|count| count.whole()).sum())
}

/// Returns the cells that partition the people by sex and age.
///
/// Cells with sex and age come first. A total per sex joins only where that sex has no cells with age; a count per age
/// without sex (children) only where that age has no cells with sex and no total per sex was needed.
pub(crate) fn sex_age_cells<'c, C: Count>(counts: &[&'c C], indicator: &str) -> Vec<&'c C> {
    let of_sex_or_age =
        || counts.iter().copied().filter(|count| count.indicator() == indicator && !count.breakdown().is_everyone());
    let crossed = |sex: Option<Sex>, age: Option<&str>| {
        of_sex_or_age().any(|count| {
            let breakdown = count.breakdown();
            breakdown.sex.is_some()
                && breakdown.age.is_some()
                && sex.is_none_or(|sex| breakdown.sex == Some(sex))
                && age.is_none_or(|age| breakdown.age.as_deref() == Some(age))
        })
    };
    let mut cells: Vec<&C> = of_sex_or_age()
        .filter(|count| match (count.breakdown().sex, count.breakdown().age.as_deref()) {
            (Some(_), Some(_)) => true,
            (Some(sex), None) => !crossed(Some(sex), None),
            _ => false,
        })
        .collect();
    if cells.iter().all(|cell| cell.breakdown().age.is_some()) {
        cells.extend(of_sex_or_age().filter(|count| match (count.breakdown().sex, count.breakdown().age.as_deref()) {
            (None, Some(age)) => !crossed(None, Some(age)),
            _ => false,
        }));
    }
    cells
}

/// Returns the totals per sex that were reported as such, without age.
pub(crate) fn sex_totals<'c, C: Count>(counts: &[&'c C], indicator: &str) -> Vec<&'c C> {
    let total_of_a_sex = |count: &&&'c C| {
        count.indicator() == indicator && count.breakdown().sex.is_some() && count.breakdown().age.is_none()
    };
    counts.iter().filter(total_of_a_sex).copied().collect()
}
