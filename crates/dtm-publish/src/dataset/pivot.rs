//! A measure by rows and columns, each of them a column of a dataset.
//!
//! Numbers are those of [`super::sum`], so nothing is counted twice. What would put several rounds or kinds of assessment
//! into one cell is refused.

use super::sum::{SERIES, Summed, sum};
use super::{Dataset, SumProblem};
use dtm_model::Lang;
use dtm_protect::{ReleasedCell, Value, Why};
use std::collections::BTreeMap;

/// A table of figures: a row and a column for each value that occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pivot {
    /// Values of the column that the rows are told apart by, as in the dataset.
    pub rows: Vec<String>,
    /// Values of the column that the columns are told apart by; one empty value where there is none.
    pub columns: Vec<String>,
    /// The figures, row by row; none where the dataset has no such row.
    pub cells: Vec<Vec<Option<ReleasedCell>>>,
    /// Where a figure is hidden, the sum of its parts that are shown.
    pub at_least: BTreeMap<(usize, usize), i64>,
}

/// Why there is no such table.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PivotProblem {
    /// The measure cannot be summed like that.
    #[error(transparent)]
    Sum(#[from] SumProblem),
    /// A cell would add up what was counted one after the other.
    #[error(
        "people are counted again in each `{column}`, so {known} are not added up: put `{column}` in rows or columns, or choose one"
    )]
    Series {
        /// What tells the parts apart.
        column: String,
        /// Some of its values.
        known: String,
    },
}

impl PivotProblem {
    /// What to tell the reader.
    pub fn message(&self, lang: Lang) -> String {
        match (lang, self) {
            (lang, PivotProblem::Sum(problem)) => problem.message(lang),
            (Lang::En, problem) => problem.to_string(),
            (Lang::Fr, PivotProblem::Series { column, known }) => format!(
                "les personnes sont comptées à nouveau dans chaque `{column}`, {known} ne s’additionnent donc pas : \
                 mettez `{column}` en lignes ou en colonnes, ou choisissez-en une valeur"
            ),
        }
    }
}

/// A measure of a wide dataset by the values of one column, and of a second one across.
///
/// # Errors
/// Columns that do not tell rows apart, measures that are none, and tables that would add up rounds.
pub fn pivot(dataset: &Dataset<'_>, rows: &str, columns: Option<&str>, measure: &str) -> Result<Pivot, PivotProblem> {
    let by: Vec<&str> = std::iter::once(rows).chain(columns).collect();
    let sums = sum(dataset, &by, measure)?;
    let position = |name: &str| sums.by.iter().position(|column| column == name);
    let (at_row, at_column) = (position(rows), columns.and_then(position));
    let mut table = Pivot { rows: Vec::new(), columns: Vec::new(), cells: Vec::new(), at_least: BTreeMap::new() };
    let mut found: BTreeMap<(usize, usize), &Summed> = BTreeMap::new();
    for summed in &sums.rows {
        let of = |at: Option<usize>| at.map_or("", |at| summed.key[at].as_str());
        let place = (placed(&mut table.rows, of(at_row)), placed(&mut table.columns, of(at_column)));
        if let Some(other) = found.insert(place, summed) {
            return Err(series(&sums.by, &other.key, &summed.key));
        }
    }
    table.cells = vec![vec![None; table.columns.len()]; table.rows.len()];
    for ((row, column), summed) in found {
        table.cells[row][column] = Some(cell(summed));
        if summed.hidden && summed.at_least > 0 {
            table.at_least.insert((row, column), summed.at_least);
        }
    }
    Ok(table)
}

/// The position of a value, which is added where it is new.
fn placed(values: &mut Vec<String>, value: &str) -> usize {
    values.iter().position(|known| known == value).unwrap_or_else(|| {
        values.push(value.to_owned());
        values.len() - 1
    })
}

/// The sum as pages show figures.
fn cell(summed: &Summed) -> ReleasedCell {
    let value = match summed.value {
        Some(number) => Value::Number(number),
        None if summed.hidden => Value::Hidden(Why::Complementary),
        None => Value::Nothing,
    };
    ReleasedCell { value, carried: summed.carried, range: None }
}

/// Which series two sums of one cell differ in.
fn series(by: &[String], one: &[String], other: &[String]) -> PivotProblem {
    let differs = |at: &usize| one[*at] != other[*at] && SERIES.contains(&by[*at].as_str());
    // The round says more than its day or its version.
    let positions = SERIES.iter().filter_map(|name| by.iter().position(|known| known == name));
    let at = positions.into_iter().find(differs).unwrap_or(0);
    PivotProblem::Series { column: by[at].clone(), known: format!("{}, {}…", one[at], other[at]) }
}
