//! Which rows of a dataset are wanted: columns and the values they may have.
//!
//! `area=HT01&area=HT02&sex=female` takes the rows of either area whose sex is female. Values are compared with the plain
//! text of a cell, so codes of choices are given, not labels; a value that a closed list does not hold is refused rather
//! than answered with nothing.

use super::{Column, Kind, Row};
use dtm_model::Lang;
use std::collections::{BTreeMap, BTreeSet};

/// Columns and the values wanted of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    wanted: BTreeMap<String, BTreeSet<String>>,
}

/// Why a filter does not fit a dataset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterProblem {
    /// There is no such column.
    #[error("there is no column `{column}`: columns are {known}")]
    Column {
        /// What was given.
        column: String,
        /// The columns there are.
        known: String,
    },
    /// The column takes other values.
    #[error("`{column}` cannot be `{value}`: it is one of {known}")]
    Value {
        /// The column.
        column: String,
        /// What was given.
        value: String,
        /// What it may be.
        known: String,
    },
}

impl FilterProblem {
    /// What to tell the reader.
    pub fn message(&self, lang: Lang) -> String {
        match (lang, self) {
            (Lang::En, problem) => problem.to_string(),
            (Lang::Fr, FilterProblem::Column { column, known }) => {
                format!("il n’y a pas de colonne `{column}` : les colonnes sont {known}")
            }
            (Lang::Fr, FilterProblem::Value { column, value, known }) => {
                format!("`{column}` ne peut pas valoir `{value}` : valeurs possibles : {known}")
            }
        }
    }
}

impl Filter {
    /// A filter of these columns and values; values of one column are alternatives.
    pub fn new<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Filter {
        let mut wanted: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (column, value) in pairs {
            wanted.entry(column.to_owned()).or_default().insert(value.to_owned());
        }
        Filter { wanted }
    }

    /// Whether every row is wanted.
    pub fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// The columns and their values, sorted.
    pub fn iter(&self) -> impl Iterator<Item = (&str, impl Iterator<Item = &str>)> {
        self.wanted.iter().map(|(column, values)| (column.as_str(), values.iter().map(String::as_str)))
    }

    /// The filter in one line, as it stands in an address: `area=HT01&area=HT02`; empty where there is none.
    pub fn line(&self) -> String {
        let pairs = self.wanted.iter().flat_map(|(column, values)| values.iter().map(move |value| (column, value)));
        pairs.map(|(column, value)| format!("{column}={value}")).collect::<Vec<_>>().join("&")
    }

    /// Finds the columns it names.
    pub(super) fn bind(&self, columns: &[Column]) -> Result<Bound, FilterProblem> {
        let known = || columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ");
        let mut bound = Vec::new();
        for (name, values) in &self.wanted {
            let at = columns.iter().position(|column| column.name == *name);
            let at = at.ok_or_else(|| FilterProblem::Column { column: name.clone(), known: known() })?;
            if let Kind::Choice(choices) = &columns[at].kind
                && let Some(odd) = values.iter().find(|value| choices.iter().all(|choice| choice.code != **value))
            {
                let known = choices.iter().map(|choice| choice.code.as_str()).collect::<Vec<_>>().join(", ");
                return Err(FilterProblem::Value { column: name.clone(), value: odd.clone(), known });
            }
            bound.push((at, values.clone()));
        }
        Ok(Bound(bound))
    }
}

/// A filter that knows the positions of its columns.
pub(super) struct Bound(Vec<(usize, BTreeSet<String>)>);

impl Bound {
    pub(super) fn takes(&self, row: &Row<'_>, columns: &[Column]) -> bool {
        self.0.iter().all(|(at, values)| values.contains(row.cells[*at].plain(&columns[*at]).as_ref()))
    }
}
