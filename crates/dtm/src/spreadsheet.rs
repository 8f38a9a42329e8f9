//! A table for a spreadsheet, as CSV or XLSX: no cell is taken for a formula, and numbers are numbers.

use rust_xlsxwriter::{Format, Workbook, XlsxError};

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
    /// The kind of file by the ending of its name.
    pub(crate) fn of(ending: &str) -> Option<Self> {
        match ending {
            "csv" => Some(Kind::Csv),
            "xlsx" => Some(Kind::Xlsx),
            _ => None,
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

/// A text that no spreadsheet takes for a formula.
pub(crate) fn harmless(text: &str) -> String {
    let begins = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if begins && text.parse::<f64>().is_err() { format!("'{text}") } else { text.to_owned() }
}

impl Table {
    /// The bytes of the file.
    pub(crate) fn file(&self, kind: Kind) -> anyhow::Result<Vec<u8>> {
        match kind {
            Kind::Csv => self.csv(),
            Kind::Xlsx => Ok(self.xlsx()?),
        }
    }

    fn csv(&self) -> anyhow::Result<Vec<u8>> {
        let mut sheet = csv::Writer::from_writer(Vec::new());
        sheet.write_record(&self.headings)?;
        for row in &self.rows {
            sheet.write_record(row.iter().map(|cell| match cell {
                Cell::Text(text) => harmless(text),
                Cell::Number(number) => number.to_string(),
                Cell::Nothing => String::new(),
            }))?;
        }
        Ok(sheet.into_inner()?)
    }

    fn xlsx(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let bold = Format::new().set_bold();
        let sheet = book.add_worksheet().set_name(self.name)?;
        for (column, heading) in (0..).zip(&self.headings) {
            sheet.write_string_with_format(0, column, heading, &bold)?;
        }
        for (line, row) in (1..).zip(&self.rows) {
            for (column, cell) in (0..).zip(row) {
                match cell {
                    // Written as a text, it is one, whatever it begins with.
                    Cell::Text(text) => drop(sheet.write_string(line, column, text)?),
                    Cell::Number(number) => drop(sheet.write_number(line, column, *number)?),
                    Cell::Nothing => {}
                }
            }
        }
        sheet.set_freeze_panes(1, 0)?;
        book.save_to_buffer()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_taken_for_a_formula() {
        let table = Table {
            name: "x",
            headings: vec!["point".to_owned(), "persons".to_owned()],
            rows: vec![vec!["=1+1".into(), 7_u64.into()], vec!["-12".into(), Cell::Nothing]],
        };
        assert_eq!(String::from_utf8(table.file(Kind::Csv).unwrap()).unwrap(), "point,persons\n'=1+1,7\n-12,\n");
        assert!(table.file(Kind::Xlsx).unwrap().starts_with(b"PK"));
    }
}
