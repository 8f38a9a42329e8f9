//! The figures of one place, sorted by what each contributes to the tables.
//!
//! In go the figures of one place in one round; out comes, for every measure of the agreed tables, which figures make
//! it up and under which reason, origin, sex and age. [`crate::tables`] adds the parts up and [`crate::rounds::explain`]
//! walks them back, so a cell and its explanation cannot differ.
//!
//! Rules. A total is the sum of the counts of everyone; where a place reports no total, its sex-age cells stand for it.
//! Households and sexes reported without reason and origin take those of the place when it has exactly one.

use crate::codes::{IDP_HH, IDP_IND, NOT_REPORTED, RETURNEE_HH, RETURNEE_IND, UNKNOWN};
use crate::counts::{Count, everyone, sex_age_cells, sex_totals};
use dtm_model::{Figure, How, Sex};
use serde::{Deserialize, Serialize};

/// Where the columns `males` and `females` come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum MalesFemales {
    /// Totals per sex as reported, else the sum of the sex-age cells.
    #[default]
    FromSexAge,
    /// Only totals per sex that were reported as such; the public API's own rows are made so.
    OnlyAsReported,
}

/// One figure and what it contributes to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part<'f> {
    pub(crate) figure: &'f Figure,
    pub(crate) reason: &'f str,
    pub(crate) origin: &'f str,
    pub(crate) sex: Option<Sex>,
    pub(crate) age: Option<&'f str>,
}

impl Part<'_> {
    /// The count in whole persons or households.
    pub(crate) fn value(&self) -> i64 {
        self.figure.whole()
    }

    /// How much of it is carried from an earlier round.
    pub(crate) fn carried(&self) -> i64 {
        match self.figure.how {
            How::Carried { .. } => self.value(),
            _ => 0,
        }
    }
}

/// What one place contributes.
#[derive(Debug, Default)]
pub(crate) struct Sheet<'f> {
    pub(crate) idp_ind: Vec<Part<'f>>,
    pub(crate) idp_hh: Vec<Part<'f>>,
    pub(crate) returnee_ind: Vec<Part<'f>>,
    pub(crate) returnee_hh: Vec<Part<'f>>,
    pub(crate) sex_age: Vec<Part<'f>>,
    pub(crate) sexes: Vec<Part<'f>>,
}

impl<'f> Sheet<'f> {
    /// Sorts the figures of one place.
    pub(crate) fn of(figures: &[&'f Figure], males_females: MalesFemales) -> Self {
        let cells = sex_age_cells(figures, IDP_IND);
        let totals = everyone(figures, IDP_IND);
        let people = if totals.is_empty() { &cells } else { &totals };
        let idp_ind: Vec<Part> = people.iter().map(|figure| part(figure, None)).collect();

        // The reason and origin of the place, if it has one of each only.
        let mut keys: Vec<(&str, &str)> = idp_ind.iter().map(|part| (part.reason, part.origin)).collect();
        keys.sort_unstable();
        keys.dedup();
        let only = if let [only] = keys[..] { Some(only) } else { None };

        let reported_per_sex = sex_totals(figures, IDP_IND);
        let sexes: Vec<&Figure> = match males_females {
            MalesFemales::OnlyAsReported => reported_per_sex,
            MalesFemales::FromSexAge if !reported_per_sex.is_empty() => reported_per_sex,
            MalesFemales::FromSexAge => cells.iter().copied().filter(|cell| cell.breakdown.sex.is_some()).collect(),
        };
        let all = |figures: &[&'f Figure]| figures.iter().map(|figure| part(figure, only)).collect();
        Self {
            idp_hh: all(&everyone(figures, IDP_HH)),
            returnee_ind: all(&everyone(figures, RETURNEE_IND)),
            returnee_hh: all(&everyone(figures, RETURNEE_HH)),
            sex_age: all(&cells),
            sexes: all(&sexes),
            idp_ind,
        }
    }
}

fn part<'f>(figure: &'f Figure, only: Option<(&'f str, &'f str)>) -> Part<'f> {
    let breakdown = &figure.breakdown;
    let (reason, origin) = match (&breakdown.reason, &breakdown.origin, only) {
        (None, None, Some(only)) => only,
        (reason, origin, _) => {
            (reason.as_deref().unwrap_or(NOT_REPORTED), origin.as_ref().map_or(UNKNOWN, |origin| origin.as_str()))
        }
    };
    Part { figure, reason, origin, sex: breakdown.sex, age: breakdown.age.as_deref() }
}

/// Calls `then` with the figures of each place, one place after the other in order of their ids.
pub(crate) fn for_each_place<'f>(
    figures: &'f [Figure],
    keep: impl Fn(&Figure) -> bool,
    mut then: impl FnMut(&[&'f Figure]),
) {
    let mut kept: Vec<&Figure> = figures.iter().filter(|figure| keep(figure)).collect();
    if !kept.is_sorted_by(|a, b| a.place <= b.place) {
        kept.sort_by(|a, b| a.place.cmp(&b.place));
    }
    for of_place in kept.chunk_by(|a, b| a.place == b.place) {
        then(of_place);
    }
}
