//! Summed views of a dataset: a measure by some of its columns.
//!
//! A released table holds its margins, so a sum is looked up where the release has it, and added up only where it has not.
//! Rules: rounds and assessments are never added up, each stands by itself; without an area the rows of the widest level count,
//! with the codes of a level those of that level; a margin is taken before its parts; where a part is hidden and there is no
//! margin, the sum is hidden, too, and what is known is that it is at least the shown parts.

use super::{Column, Dataset, Datum, Role};
use dtm_model::{Lang, TOTAL};
use std::collections::BTreeMap;

/// One sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summed {
    /// Values of the columns it is told apart by, in their order.
    pub key: Vec<String>,
    /// The sum; none where it is hidden or nothing was collected.
    pub value: Option<i64>,
    /// Whether parts of it are hidden.
    pub hidden: bool,
    /// The sum of the parts that are shown.
    pub at_least: i64,
    /// How much of the shown parts is carried from an earlier round; none where that is not told.
    pub carried: Option<i64>,
}

/// The sums of a measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    /// The columns the sums are told apart by: those asked for, after those that are never added up.
    pub by: Vec<String>,
    /// The sums, by key.
    pub rows: Vec<Summed>,
}

/// Why there is no such sum.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SumProblem {
    /// The column is none that tells rows apart.
    #[error("`{column}` does not tell rows apart: sums are by {known}")]
    Column {
        /// What was given.
        column: String,
        /// The columns there are.
        known: String,
    },
    /// The column is none that counts.
    #[error("`{column}` cannot be added up: measures are {known}")]
    Measure {
        /// What was given.
        column: String,
        /// The measures there are.
        known: String,
    },
}

impl SumProblem {
    /// What to tell the reader.
    pub fn message(&self, lang: Lang) -> String {
        match (lang, self) {
            (Lang::En, problem) => problem.to_string(),
            (Lang::Fr, SumProblem::Column { column, known }) => {
                format!("`{column}` ne distingue pas de lignes : les sommes se font par {known}")
            }
            (Lang::Fr, SumProblem::Measure { column, known }) => {
                format!("`{column}` ne s’additionne pas : les mesures sont {known}")
            }
        }
    }
}

/// Columns whose values are never added up.
pub(super) const SERIES: [&str; 8] =
    ["exercise", "round", "reported_on", "version", "roundNumber", "reportingDate", "assessmentType", "need"];
/// Columns that say the level of a row's area.
const LEVELS: [&str; 2] = ["area_level", "adminLevel"];
/// Columns that name an area, and the level that they call for.
const AREAS: [(&str, Option<&str>); 3] = [("area", None), ("admin1Pcode", Some("1")), ("admin2Pcode", Some("2"))];

/// What one margin or set of parts came to.
#[derive(Clone, Copy, Default)]
struct Part {
    sum: i64,
    n_shown: usize,
    hidden: bool,
    carried: Option<i64>,
}

/// The sums of a measure of a wide dataset by these columns.
///
/// # Errors
/// Columns that do not tell rows apart, and measures that are none.
pub fn sum(dataset: &Dataset<'_>, by: &[&str], measure: &str) -> Result<Sums, SumProblem> {
    let columns = dataset.columns();
    let position = |name: &str| columns.iter().position(|column| column.name == name);
    let named = |wanted: &dyn Fn(&Column) -> bool| {
        let names = columns.iter().filter(|column| wanted(column)).map(|column| column.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let is_key = |column: &Column| column.role == Role::Key || LEVELS.contains(&column.name.as_str());
    let is_measure = Column::adds_up;
    let at_measure = position(measure)
        .filter(|at| is_measure(&columns[*at]))
        .ok_or_else(|| SumProblem::Measure { column: measure.to_owned(), known: named(&is_measure) })?;
    let mut keys: Vec<usize> = SERIES.iter().filter_map(|name| position(name)).collect();
    for name in by {
        let at = position(name).filter(|at| is_key(&columns[*at]));
        let at = at.ok_or_else(|| SumProblem::Column { column: (*name).to_owned(), known: named(&is_key) })?;
        if !keys.contains(&at) {
            keys.push(at);
        }
    }
    let level = LEVELS.iter().find_map(|name| position(name));
    let of_level = AREAS.iter().filter(|(name, _)| by.contains(name)).map(|(_, level)| *level).max();
    // Without an area, one level alone is added up: the widest.
    let widest = of_level.is_none() && level.is_some_and(|at| !keys.contains(&at));
    let folded: Vec<usize> = (0..columns.len())
        .filter(|at| columns[*at].role == Role::Key && !keys.contains(at))
        .filter(|at| !AREAS.iter().any(|(name, _)| columns[*at].name == *name))
        .collect();
    let state = position(&format!("{measure}_state"));
    let carried = position(&format!("{measure}_carried"));
    // For each key, by the level of the rows and by which of the other columns are margins.
    let mut groups: BTreeMap<Vec<String>, BTreeMap<(i64, u32), Part>> = BTreeMap::new();
    for row in dataset.rows() {
        let plain = |at: usize| row.cells[at].plain(&columns[at]).into_owned();
        let at_level = level.map_or(0, |at| if let Datum::Integer(level) = row.cells[at] { level } else { 0 });
        if let Some(Some(wanted)) = of_level
            && wanted != at_level.to_string()
        {
            continue;
        }
        let key: Vec<String> = keys.iter().map(|at| plain(*at)).collect();
        // A margin of a column that was asked for would be counted beside its parts.
        if key.iter().any(|value| value == TOTAL) {
            continue;
        }
        let margins = folded.iter().enumerate().fold(0u32, |mask, (bit, at)| {
            if bit < 32 && row.cells[*at].plain(&columns[*at]) == TOTAL { mask | 1 << bit } else { mask }
        });
        let part = groups.entry(key).or_default().entry((if widest { at_level } else { 0 }, margins)).or_default();
        match row.cells[at_measure] {
            Datum::Integer(number) => {
                let of = carried.map_or(Some(0), |at| match row.cells[at] {
                    Datum::Integer(carried) => Some(carried),
                    _ => None,
                });
                part.carried = if part.n_shown == 0 { of } else { part.carried.zip(of).map(|(a, b)| a + b) };
                part.sum += number;
                part.n_shown += 1;
            }
            _ => part.hidden |= state.is_some_and(|at| plain(at) == "hidden"),
        }
    }
    let chosen = groups.into_iter().filter_map(|(key, parts)| {
        let level = parts.keys().map(|(level, _)| *level).min()?;
        let parts = parts.into_iter().filter(|((at, _), _)| *at == level);
        let (_, part) = parts.max_by_key(|((_, margins), _)| (margins.count_ones(), *margins))?;
        Some(Summed {
            key,
            value: (!part.hidden && part.n_shown > 0).then_some(part.sum),
            hidden: part.hidden,
            at_least: part.sum,
            carried: part.carried.filter(|_| part.n_shown > 0),
        })
    });
    Ok(Sums { by: keys.iter().map(|at| columns[*at].name.clone()).collect(), rows: chosen.collect() })
}
