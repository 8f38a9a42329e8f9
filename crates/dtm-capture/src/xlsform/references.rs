//! Whether every reference `${name}` of the sheets names one row of the survey.
//!
//! Every cell counts, those of rows that are switched off and of columns that nobody reads as well: what looks like a
//! reference and is none is a slip. Only rows that were written can be referred to, not what is generated from them.

use super::cells::{Column, Grid};
use super::expression::{mentions, scan_text};
use super::problem::Problems;
use std::collections::HashMap;

/// How often each name was given in the survey, and one row of it.
#[derive(Debug, Default)]
pub(super) struct Given {
    names: HashMap<String, Vec<u32>>,
}

impl Given {
    /// Counts a row.
    pub(super) fn add(&mut self, name: &str, row: u32) {
        match self.names.get_mut(name) {
            Some(rows) => rows.push(row),
            None => drop(self.names.insert(name.to_owned(), vec![row])),
        }
    }

    /// Notes the references in these columns that are malformed, or name nothing or several rows.
    pub(super) fn check(&self, grid: &Grid<'_>, wanted: impl Fn(&Column) -> bool, problems: &mut Problems) {
        let columns: Vec<usize> = grid.columns.iter().filter(|c| wanted(c)).map(|column| column.index).collect();
        for row in grid.row_indexes() {
            for column in &columns {
                let Some(cell) = grid.cell(row, *column).filter(|cell| mentions(&cell.text)) else { continue };
                for reference in scan_text(&cell, problems) {
                    match self.names.get(reference.name).map(Vec::as_slice) {
                        Some([_]) => {}
                        Some(rows) => {
                            let rows: Vec<String> = rows.iter().take(5).map(u32::to_string).collect();
                            problems.note_other("reference_ambiguous", cell.at, reference.name, &rows.join(", "));
                        }
                        None => {
                            let suggestion = problems.suggest(reference.name, self.names.keys().map(String::as_str));
                            problems.note_with("reference_unknown", cell.at, reference.name, "", suggestion);
                        }
                    }
                }
            }
        }
    }
}
