//! A table for people with a spreadsheet, as CSV or XLSX, and back.
//!
//! Whatever a cell says, no spreadsheet runs it: texts are written as texts in a workbook, and in CSV what would begin a
//! formula gets an apostrophe before it, which is taken off again when the file comes back. Numbers are numbers.

use dtm_capture::flat::neutral;
use dtm_capture::workbook::{Workbook, WorkbookError};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook as Book, XlsxError};

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell {
    Text(String),
    Number(f64),
    Nothing,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Cell::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell::Text(text)
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Cell::Number(number as f64)
    }
}

impl<C: Into<Cell>> From<Option<C>> for Cell {
    fn from(cell: Option<C>) -> Self {
        cell.map_or(Cell::Nothing, Into::into)
    }
}

/// Which file is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Csv,
    Xlsx,
}

impl Kind {
    /// The kind of file that the ending of a name says.
    pub(crate) fn of(name: &str) -> Option<Self> {
        match name.rsplit('.').next()?.to_ascii_lowercase().as_str() {
            "csv" => Some(Kind::Csv),
            "xlsx" => Some(Kind::Xlsx),
            _ => None,
        }
    }

    /// The kind that is asked for where the name is this one and an ending.
    pub(crate) fn asked(name: &str, stem: &str) -> Option<Self> {
        let kind = Self::of(name)?;
        (name.strip_prefix(stem)?.strip_prefix('.')? == kind.ending()).then_some(kind)
    }

    pub(crate) fn ending(self) -> &'static str {
        match self {
            Kind::Csv => "csv",
            Kind::Xlsx => "xlsx",
        }
    }

    pub(crate) fn media_type(self) -> &'static str {
        match self {
            Kind::Csv => "text/csv; charset=utf-8",
            Kind::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// A table under headings.
pub(crate) struct Table {
    pub(crate) name: &'static str,
    pub(crate) headings: Vec<String>,
    pub(crate) rows: Vec<Vec<Cell>>,
}

/// By this mark spreadsheets know that a file is UTF-8, so that accents show.
const MARK: &[u8] = "\u{feff}".as_bytes();
/// What a cell of a workbook holds at most, in characters.
const LONGEST_CELL: usize = 32_767;

impl Table {
    /// A table of texts; the first row is its headings.
    pub(crate) fn of_texts(name: &'static str, rows: Vec<Vec<String>>) -> Self {
        let mut rows = rows.into_iter();
        let headings = rows.next().unwrap_or_default();
        Self { name, headings, rows: rows.map(|row| row.into_iter().map(Cell::Text).collect()).collect() }
    }

    /// The bytes of the file; the same table makes the same file.
    pub(crate) fn file(&self, kind: Kind) -> anyhow::Result<Vec<u8>> {
        match kind {
            Kind::Csv => self.csv(),
            Kind::Xlsx => Ok(self.xlsx()?),
        }
    }

    fn csv(&self) -> anyhow::Result<Vec<u8>> {
        let mut sheet = csv::WriterBuilder::new().flexible(true).from_writer(MARK.to_vec());
        sheet.write_record(self.headings.iter().map(|heading| neutral(heading).into_owned()))?;
        for row in &self.rows {
            sheet.write_record(row.iter().map(|cell| match cell {
                Cell::Text(text) => neutral(text).into_owned(),
                Cell::Number(number) => number.to_string(),
                Cell::Nothing => String::new(),
            }))?;
        }
        Ok(sheet.into_inner()?)
    }

    fn xlsx(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Book::new();
        let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
        book.set_properties(&DocProperties::new().set_creation_datetime(&made));
        let bold = Format::new().set_bold();
        let short = |text: &str| -> String { text.chars().take(LONGEST_CELL).collect() };
        let sheet = book.add_worksheet().set_name(self.name)?;
        for (column, heading) in (0..).zip(&self.headings) {
            sheet.write_string_with_format(0, column, short(heading), &bold)?;
            sheet.set_column_width(column, (heading.chars().count() + 4).clamp(12, 40) as f64)?;
        }
        for (line, row) in (1..).zip(&self.rows) {
            for (column, cell) in (0..).zip(row) {
                match cell {
                    // Written as a text, it is one, whatever it begins with.
                    Cell::Text(text) => drop(sheet.write_string(line, column, short(text))?),
                    Cell::Number(number) => drop(sheet.write_number(line, column, *number)?),
                    Cell::Nothing => {}
                }
            }
        }
        sheet.set_freeze_panes(1, 0)?;
        if let Some(last) = self.headings.len().checked_sub(1) {
            sheet.autofilter(0, 0, self.rows.len() as u32, last as u16)?;
        }
        book.save_to_buffer()
    }
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
        let table = Table::of_texts("log", rows.clone());
        for kind in [Kind::Csv, Kind::Xlsx] {
            let name = format!("log.{}", kind.ending());
            assert_eq!(read(&table.file(kind).unwrap(), &name).unwrap(), rows, "{name}");
        }
    }

    #[test]
    fn numbers_are_numbers_and_accents_show() {
        let table = Table {
            name: "x",
            headings: vec!["point".to_owned(), "persons".to_owned()],
            rows: vec![vec!["=1+1".into(), 7_u64.into()], vec!["-12".into(), Cell::Nothing]],
        };
        let text = String::from_utf8(table.file(Kind::Csv).unwrap()).unwrap();
        assert_eq!(text, "\u{feff}point,persons\n'=1+1,7\n-12,\n");
    }
}
