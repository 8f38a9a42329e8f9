//! What is wrong with a workbook, shown against its rows: each row concerned as it stands in the sheet, with the cells at
//! fault marked.

use dtm_capture::workbook::{Workbook, column_letter};
use dtm_capture::xlsform::{self, Severity};
use dtm_model::Lang;
use dtm_publish::words::Words;
use std::collections::BTreeMap;

/// A cell of a row, and whether it is at fault.
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) bad: bool,
}

/// A row with something to say about it.
pub(super) struct Row {
    pub(super) number: u32,
    pub(super) cells: Vec<Cell>,
    /// What is said, and whether it keeps the form from being stored.
    pub(super) notes: Vec<(String, bool)>,
}

/// The rows of one sheet that are concerned.
pub(super) struct Part {
    pub(super) name: String,
    /// Letters over the columns.
    pub(super) letters: Vec<String>,
    /// What the sheet's first row calls them.
    pub(super) heads: Vec<String>,
    pub(super) rows: Vec<Row>,
    /// What is said about the sheet as a whole or a column.
    pub(super) notes: Vec<(String, bool)>,
    /// Says how many rows are left out, as nobody reads so many; empty where none is.
    pub(super) more: String,
}

/// Rows shown of a sheet, columns of a row, characters of a cell.
const ROWS: usize = 60;
const COLUMNS: usize = 12;
const LETTERS: usize = 80;

/// The rows of a workbook that are concerned, sheet by sheet; nothing for what is no workbook.
pub(super) fn read(bytes: &[u8], file_name: &str, lang: Lang) -> Vec<Part> {
    let Ok(workbook) = Workbook::read(bytes, file_name) else { return Vec::new() };
    let stem = file_name.rsplit_once('.').map_or(file_name, |(stem, _)| stem);
    let problems = xlsform::convert(&workbook, stem).problems;
    let mut by_sheet: BTreeMap<&str, Vec<&xlsform::Problem>> = BTreeMap::new();
    for problem in &problems {
        by_sheet.entry(&problem.sheet).or_default().push(problem);
    }
    by_sheet.into_iter().map(|(name, problems)| part(&workbook, name, &problems, lang)).collect()
}

fn part(workbook: &Workbook, name: &str, problems: &[&xlsform::Problem], lang: Lang) -> Part {
    // A form in one sheet is taken apart by the converter; its places are still those of that sheet.
    let lone = if let [only] = workbook.sheets.as_slice() { Some(only) } else { None };
    let sheet = workbook.sheet(name).or(lone);
    let line = |row: usize| sheet.and_then(|sheet| sheet.rows.get(row)).cloned().unwrap_or_default();
    let n_rows = sheet.map_or(0, |sheet| sheet.rows.len());
    let names = |row: &usize| line(*row).iter().any(|cell| ["type", "list_name", "list name"].contains(&cell.trim()));
    let first = (0..n_rows.min(5)).find(names);
    let first = first.or_else(|| (0..n_rows).find(|row| line(*row).iter().any(|cell| !cell.is_empty())));
    let heads = line(first.unwrap_or(0));
    // Columns that hold nothing where something is said are left out, those at fault never.
    let concerned: Vec<u32> = problems.iter().filter_map(|problem| problem.row).collect();
    let at_fault =
        |column: usize| problems.iter().any(|problem| problem.column.as_deref() == Some(&column_letter(column)));
    let holds = |column: usize| {
        concerned.iter().any(|row| line(*row as usize - 1).get(column).is_some_and(|cell| !cell.trim().is_empty()))
    };
    let widest = concerned.iter().map(|row| line(*row as usize - 1).len()).max().unwrap_or(0).max(heads.len());
    let mut columns: Vec<usize> = (0..widest).filter(|column| at_fault(*column)).take(COLUMNS).collect();
    columns.extend((0..widest).filter(|column| !at_fault(*column) && holds(*column)).take(COLUMNS - columns.len()));
    columns.sort_unstable();
    let w = Words::of(lang);
    let (mut rows, mut notes): (BTreeMap<u32, Row>, Vec<_>) = (BTreeMap::new(), Vec::new());
    for problem in problems {
        let note = (w.typeset(&problem.message(lang)), problem.severity == Severity::Error);
        let Some(number) = problem.row else {
            notes.push((w.pair(&problem.location(), &note.0), note.1));
            continue;
        };
        let row = rows.entry(number).or_insert_with(|| {
            let cells = line(number as usize - 1);
            let cell = |column: &usize| {
                let text = cells.get(*column).map_or("", |cell| cell.trim());
                let cut = text.char_indices().nth(LETTERS).map(|(end, _)| format!("{}…", &text[..end]));
                Cell { text: cut.unwrap_or_else(|| text.to_owned()), bad: false }
            };
            Row { number, cells: columns.iter().map(cell).collect(), notes: Vec::new() }
        });
        for (cell, column) in row.cells.iter_mut().zip(&columns) {
            cell.bad |= problem.column.as_deref() == Some(&column_letter(*column));
        }
        row.notes.push(note);
    }
    let more = rows.len().saturating_sub(ROWS);
    Part {
        name: name.to_owned(),
        letters: columns.iter().map(|column| column_letter(*column)).collect(),
        heads: columns.iter().map(|column| heads.get(*column).cloned().unwrap_or_default()).collect(),
        rows: rows.into_values().take(ROWS).collect(),
        notes,
        more: if more == 0 { String::new() } else { w.t_n("office-sheet-more", more as i64) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_shown_as_it_stands_with_the_cell_at_fault_marked() {
        let csv = "survey,,,\n,type,name,label\n,integr,n_hh,Households\n,text,site,Site\n";
        let parts = read(csv.as_bytes(), "b.csv", Lang::En);
        let part = parts.iter().find(|part| !part.rows.is_empty()).unwrap();
        let row = &part.rows[0];
        assert_eq!(row.number, 3);
        let shown: Vec<(&str, bool)> = row.cells.iter().map(|cell| (cell.text.as_str(), cell.bad)).collect();
        assert_eq!(shown, [("integr", true), ("n_hh", false), ("Households", false)]);
        assert!(row.notes[0].0.contains("integr") && row.notes[0].1);
        assert!(read(b"<h:html/>", "b.xml", Lang::En).is_empty());
    }
}
