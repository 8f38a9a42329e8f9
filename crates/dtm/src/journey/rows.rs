//! Rows of text as a workbook or as CSV, for people with a spreadsheet, and back.
//!
//! Whatever a cell says, no spreadsheet runs it: cells of a workbook are texts, and in CSV what would begin a formula gets
//! an apostrophe before it, which is taken off again when the file comes back.

use anyhow::Result;
use dtm_capture::flat::neutral;
use dtm_capture::workbook::{Workbook, WorkbookError};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook as Book};

/// A file of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowFile {
    Xlsx,
    Csv,
}

impl RowFile {
    /// The kind that a name's ending says.
    pub(crate) fn of(name: &str) -> Option<Self> {
        match name.rsplit('.').next()?.to_ascii_lowercase().as_str() {
            "xlsx" => Some(RowFile::Xlsx),
            "csv" => Some(RowFile::Csv),
            _ => None,
        }
    }

    pub(crate) fn content_type(self) -> &'static str {
        match self {
            RowFile::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            RowFile::Csv => "text/csv; charset=utf-8",
        }
    }

    /// The rows in this kind of file; the first is the header.
    pub(crate) fn write(self, sheet: &str, rows: &[Vec<String>]) -> Result<Vec<u8>> {
        match self {
            RowFile::Csv => csv(rows),
            RowFile::Xlsx => xlsx(sheet, rows),
        }
    }
}

fn csv(rows: &[Vec<String>]) -> Result<Vec<u8>> {
    // The mark has accents show in a spreadsheet.
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer("\u{feff}".as_bytes().to_vec());
    for row in rows {
        writer.write_record(row.iter().map(|cell| neutral(cell).into_owned()))?;
    }
    Ok(writer.into_inner()?)
}

/// What a cell of a spreadsheet holds at most.
const LONGEST_CELL: usize = 32_767;

fn xlsx(sheet: &str, rows: &[Vec<String>]) -> Result<Vec<u8>> {
    let mut book = Book::new();
    // The same rows make the same file.
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    book.set_properties(&DocProperties::new().set_creation_datetime(&made));
    let bold = Format::new().set_bold();
    let page = book.add_worksheet();
    page.set_name(sheet)?;
    page.set_freeze_panes(1, 0)?;
    let columns = rows.first().map_or(0, Vec::len);
    for (at, header) in (0_u16..).zip(rows.first().into_iter().flatten()) {
        page.set_column_width(at, (header.chars().count() + 4).clamp(12, 40) as f64)?;
    }
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            let short: String = cell.chars().take(LONGEST_CELL).collect();
            match row {
                0 => page.write_string_with_format(row, column, short, &bold)?,
                _ => page.write_string(row, column, short)?,
            };
        }
    }
    if columns > 0 && !rows.is_empty() {
        page.autofilter(0, 0, rows.len().saturating_sub(1) as u32, columns.saturating_sub(1) as u16)?;
    }
    Ok(book.save_to_buffer()?)
}

/// The rows of the first sheet that has any, guards taken off.
pub(crate) fn read(bytes: &[u8], name: &str) -> Result<Vec<Vec<String>>, WorkbookError> {
    let book = Workbook::read(bytes, name)?;
    let mut rows = book.sheets.into_iter().map(|sheet| sheet.rows).find(|rows| !rows.is_empty()).unwrap_or_default();
    for cell in rows.iter_mut().flatten() {
        if cell.starts_with('\'') && neutral(&cell[1..]) == *cell {
            cell.remove(0);
        }
    }
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_run_is_written_as_text_and_read_back_as_it_was() {
        let rows: Vec<Vec<String>> =
            [["uuid", "new_value"], ["u1", "=1+1"], ["u2", "-5"], ["u3", "@SUM(A1)"], ["u4", "Eau, «potable»"]]
                .iter()
                .map(|row| row.map(str::to_owned).to_vec())
                .collect();
        for kind in [RowFile::Csv, RowFile::Xlsx] {
            let bytes = kind.write("log", &rows).unwrap();
            let name = if kind == RowFile::Csv { "log.csv" } else { "log.xlsx" };
            assert_eq!(read(&bytes, name).unwrap(), rows, "{name}");
        }
        let text = String::from_utf8(RowFile::Csv.write("log", &rows).unwrap()).unwrap();
        assert!(text.contains("u1,'=1+1\n") && text.contains("u2,-5\n"), "{text}");
    }
}
