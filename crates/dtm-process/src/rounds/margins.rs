//! Fits a table of origins and destinations to known margins.
//!
//! Takes a seed (what was observed, or an earlier table), how many left every origin and how many came to every
//! destination; returns the table that has these margins and keeps the seed's cross-ratios: iterative proportional
//! fitting, f ← f·margin/sum by rows and columns in turn (Deming and Stephan 1940). A zero of the seed is a way nobody
//! can take and stays zero. O(rows·columns) a turn.
//!
//! Not every seed can be fitted. Margins whose sums differ, and zeros that leave an origin or a group of origins too few
//! destinations, are found before and named: by the largest flow that the allowed ways can carry. Margins that can only
//! be met with further cells at zero make the turns creep; the fit then says that it did not converge and how far off it
//! is.

use dtm_model::Lang;
use serde::Serialize;
use std::collections::VecDeque;

/// When to stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitOptions {
    /// The largest error of a margin, as a share of the sum of all.
    pub tolerance: f64,
    /// Most turns.
    pub most_turns: u32,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self { tolerance: 1e-12, most_turns: 10_000 }
    }
}

/// A fitted table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// The cells, row by row.
    pub cells: Vec<Vec<f64>>,
    /// Turns taken.
    pub turns: u32,
    /// The largest difference of a margin, in persons.
    pub largest_error: f64,
    /// Whether the margins are met. Where not, the cells must not be published as if they were.
    pub converged: bool,
}

/// Why a seed cannot be fitted to the margins.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FitError {
    /// The table has another shape than the margins.
    #[error("the seed has not one row an origin and one column a destination")]
    Shape,
    /// A number is negative or not finite.
    #[error("the seed or a margin has a number that is negative or none")]
    NotACount,
    /// As many must leave as arrive.
    #[error("{rows} left, but {columns} arrived")]
    SumsDiffer {
        /// Sum over origins.
        rows: f64,
        /// Sum over destinations.
        columns: f64,
    },
    /// The zeros of the seed leave some origins too few ways.
    #[error("{people} people of some origins have no destination left")]
    NoWay {
        /// The rows concerned, from 0.
        rows: Vec<usize>,
        /// The only columns that they can reach, from 0.
        columns: Vec<usize>,
        /// How many people too many.
        people: f64,
    },
}

impl FitError {
    /// Says why, in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        let whole = |number: &f64| crate::wording::rounded(*number, lang);
        match (self, lang) {
            (Self::Shape, Lang::En) => "The table needs one row an origin and one column a destination".into(),
            (Self::Shape, Lang::Fr) => {
                "Le tableau doit avoir une ligne par origine et une colonne par destination".into()
            }
            (Self::NotACount, Lang::En) => "The table or a margin has a number that is no count".into(),
            (Self::NotACount, Lang::Fr) => {
                "Le tableau ou une marge contient un nombre qui n’est pas un effectif".into()
            }
            (Self::SumsDiffer { rows, columns }, Lang::En) => {
                format!("The margins differ: {} left, {} arrived", whole(rows), whole(columns))
            }
            (Self::SumsDiffer { rows, columns }, Lang::Fr) => {
                format!("Les marges diffèrent : départs {}, arrivées {}", whole(rows), whole(columns))
            }
            (Self::NoWay { rows, people, .. }, Lang::En) => {
                format!(
                    "{} people from {} origin(s) have no destination left that the table allows",
                    whole(people),
                    rows.len()
                )
            }
            (Self::NoWay { rows, people, .. }, Lang::Fr) => format!(
                "{} personnes venant de {} origine(s) n’ont plus de destination que le tableau permette",
                whole(people),
                rows.len()
            ),
        }
    }
}

/// Fits `seed` to the margins.
pub fn fit(seed: &[Vec<f64>], rows: &[f64], columns: &[f64], options: &FitOptions) -> Result<Fit, FitError> {
    if seed.len() != rows.len() || seed.iter().any(|row| row.len() != columns.len()) {
        return Err(FitError::Shape);
    }
    let counts = seed.iter().flatten().chain(rows).chain(columns);
    if counts.into_iter().any(|number| !number.is_finite() || *number < 0.0) {
        return Err(FitError::NotACount);
    }
    let (sum_rows, sum_columns) = (rows.iter().sum::<f64>(), columns.iter().sum::<f64>());
    let scale = sum_rows.max(sum_columns).max(f64::MIN_POSITIVE);
    if (sum_rows - sum_columns).abs() > 1e-9 * scale {
        return Err(FitError::SumsDiffer { rows: sum_rows, columns: sum_columns });
    }
    if let Some(blocked) = blocked(seed, rows, columns, scale) {
        return Err(blocked);
    }
    let mut cells = seed.to_vec();
    let mut fitted = Fit { cells: Vec::new(), turns: 0, largest_error: 0.0, converged: false };
    loop {
        fitted.largest_error = largest_error(&cells, rows, columns);
        fitted.converged = fitted.largest_error <= options.tolerance * scale;
        if fitted.converged || fitted.turns >= options.most_turns {
            fitted.cells = cells;
            return Ok(fitted);
        }
        for (row, margin) in cells.iter_mut().zip(rows) {
            let sum: f64 = row.iter().sum();
            let factor = if sum > 0.0 { margin / sum } else { 0.0 };
            row.iter_mut().for_each(|cell| *cell *= factor);
        }
        for (at, margin) in columns.iter().enumerate() {
            let sum: f64 = cells.iter().map(|row| row[at]).sum();
            let factor = if sum > 0.0 { margin / sum } else { 0.0 };
            cells.iter_mut().for_each(|row| row[at] *= factor);
        }
        fitted.turns += 1;
    }
}

fn largest_error(cells: &[Vec<f64>], rows: &[f64], columns: &[f64]) -> f64 {
    let of_rows = cells.iter().zip(rows).map(|(row, margin)| (row.iter().sum::<f64>() - margin).abs());
    let of_columns =
        columns.iter().enumerate().map(|(at, margin)| (cells.iter().map(|row| row[at]).sum::<f64>() - margin).abs());
    of_rows.chain(of_columns).fold(0.0, f64::max)
}

/// The origins that the zeros of the seed block, if the allowed ways cannot carry all people: a largest flow by
/// shortest augmenting paths, and the origins that can still send at its end.
fn blocked(seed: &[Vec<f64>], rows: &[f64], columns: &[f64], scale: f64) -> Option<FitError> {
    let (n_rows, n_columns) = (rows.len(), columns.len());
    let mut left: Vec<f64> = rows.to_vec();
    let mut room: Vec<f64> = columns.to_vec();
    let mut sent = vec![vec![0.0; n_columns]; n_rows];
    let nothing = 1e-12 * scale;
    loop {
        // Search from every row that has people left; a column is left again along what was sent to it.
        let mut row_from: Vec<Option<usize>> = vec![None; n_rows];
        let mut column_from: Vec<Option<usize>> = vec![None; n_columns];
        let mut seen_row: Vec<bool> = left.iter().map(|left| *left > nothing).collect();
        let mut queue: VecDeque<usize> = (0..n_rows).filter(|row| seen_row[*row]).collect();
        let mut reached = None;
        'search: while let Some(row) = queue.pop_front() {
            for column in 0..n_columns {
                if seed[row][column] <= 0.0 || column_from[column].is_some() {
                    continue;
                }
                column_from[column] = Some(row);
                if room[column] > nothing {
                    reached = Some(column);
                    break 'search;
                }
                for back in 0..n_rows {
                    if !seen_row[back] && sent[back][column] > nothing {
                        (seen_row[back], row_from[back]) = (true, Some(column));
                        queue.push_back(back);
                    }
                }
            }
        }
        let Some(reached) = reached else {
            let people: f64 = left.iter().filter(|left| **left > nothing).sum();
            return (people > 1e-9 * scale).then(|| FitError::NoWay {
                rows: (0..n_rows).filter(|row| seen_row[*row] && rows[*row] > 0.0).collect(),
                columns: (0..n_columns).filter(|column| column_from[*column].is_some()).collect(),
                people,
            });
        };
        // Walk back to find how many can be sent, then send them.
        let mut path = Vec::new();
        let mut column = reached;
        let mut amount = room[reached];
        let start = loop {
            let Some(row) = column_from[column] else { break 0 };
            path.push((row, column));
            match row_from[row] {
                Some(before) => {
                    amount = amount.min(sent[row][before]);
                    column = before;
                }
                None => break row,
            }
        };
        amount = amount.min(left[start]);
        for (row, column) in &path {
            sent[*row][*column] += amount;
            if let Some(before) = row_from[*row] {
                sent[*row][before] -= amount;
            }
        }
        left[start] -= amount;
        room[reached] -= amount;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{close, reference};
    use proptest::prelude::*;

    fn table(value: &serde_json::Value) -> Vec<Vec<f64>> {
        value.as_array().unwrap().iter().map(list).collect()
    }

    fn list(value: &serde_json::Value) -> Vec<f64> {
        value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
    }

    #[test]
    fn tables_with_structural_zeros_are_fitted_as_in_the_reference() {
        let Some(expected) = reference() else { return };
        for case in expected["ipf"].as_array().unwrap() {
            let fitted =
                fit(&table(&case["seed"]), &list(&case["row"]), &list(&case["col"]), &FitOptions::default()).unwrap();
            assert!(fitted.converged);
            for (ours, theirs) in fitted.cells.iter().flatten().zip(table(&case["fit"]).iter().flatten()) {
                close(*ours, *theirs, 1e-7);
                assert_eq!(*ours == 0.0, *theirs == 0.0, "zeros stay, and only they");
            }
        }
    }

    /// A seed of equal cells gives independence: row·column/total.
    #[test]
    fn a_seed_that_knows_nothing_gives_proportions() {
        let fitted = fit(&vec![vec![1.0; 2]; 2], &[30.0, 70.0], &[40.0, 60.0], &FitOptions::default()).unwrap();
        assert_eq!(fitted.cells, [[12.0, 18.0], [28.0, 42.0]]);
    }

    #[test]
    fn margins_that_cannot_be_met_are_named() {
        let options = FitOptions::default();
        let error = |seed: &[Vec<f64>], rows: &[f64], columns: &[f64]| fit(seed, rows, columns, &options).unwrap_err();
        let ones = vec![vec![1.0; 2]; 2];
        assert_eq!(error(&ones, &[5.0], &[2.0, 3.0]), FitError::Shape);
        assert_eq!(error(&ones, &[5.0, -1.0], &[2.0, 2.0]), FitError::NotACount);
        let differ = error(&ones, &[1500.0, 500.0], &[1200.0, 900.0]);
        assert_eq!(differ.message(Lang::En), "The margins differ: 2,000 left, 2,100 arrived");
        assert_eq!(differ.message(Lang::Fr), "Les marges diffèrent : départs 2\u{202f}000, arrivées 2\u{202f}100");
        // Rows 0 and 1 can only go to column 0, which takes 30 of their 40.
        let seed = [vec![1.0, 0.0], vec![1.0, 0.0], vec![1.0, 1.0]];
        let blocked = error(&seed, &[20.0, 20.0, 10.0], &[30.0, 20.0]);
        assert_eq!(blocked, FitError::NoWay { rows: vec![0, 1], columns: vec![0], people: 10.0 });
        assert!(blocked.message(Lang::Fr).starts_with("10 personnes"));
    }

    /// Only the diagonal can meet these margins, but the seed allows (0, 1): the turns creep towards it.
    #[test]
    fn a_fit_that_creeps_says_that_it_did_not_converge() {
        let seed = [vec![1.0, 1.0], vec![0.0, 1.0]];
        let creeping =
            fit(&seed, &[10.0, 10.0], &[10.0, 10.0], &FitOptions { most_turns: 50, ..FitOptions::default() });
        let creeping = creeping.unwrap();
        assert!(!creeping.converged && creeping.largest_error > 0.05 && creeping.turns == 50);
    }

    proptest! {
        #[test]
        fn margins_are_met_and_zeros_kept(
            cells in prop::collection::vec(prop::collection::vec((0.0f64..100.0, prop::bool::weighted(0.8)), 4), 1..6),
            factors in prop::collection::vec(0.1f64..10.0, 9)
        ) {
            let seed: Vec<Vec<f64>> =
                cells.iter().map(|row| row.iter().map(|(v, keep)| if *keep { v + 0.1 } else { 0.0 }).collect()).collect();
            // Margins of a table with the same zeros can always be met.
            let other: Vec<Vec<f64>> = seed
                .iter()
                .enumerate()
                .map(|(r, row)| row.iter().enumerate().map(|(c, v)| v * factors[(r * 4 + c * 3) % 9]).collect())
                .collect();
            let rows: Vec<f64> = other.iter().map(|row| row.iter().sum()).collect();
            let columns: Vec<f64> = (0..4).map(|c| other.iter().map(|row| row[c]).sum()).collect();
            let fitted = fit(&seed, &rows, &columns, &FitOptions::default()).unwrap();
            prop_assert!(fitted.converged);
            for (ours, theirs) in fitted.cells.iter().flatten().zip(seed.iter().flatten()) {
                prop_assert_eq!(*ours > 0.0, *theirs > 0.0);
            }
        }
    }
}
