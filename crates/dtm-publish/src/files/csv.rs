//! CSV as RFC 4180 has it.

use super::{Out, WriteError, would_run};
use crate::dataset::{Column, Dataset, Datum};
use std::borrow::Cow;
use std::io::Write;

/// Whom the file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Programs: names, then rows, every text exactly as it is.
    Exact,
    /// Programs that know HXL: tags under the names.
    Tagged,
    /// A person with a spreadsheet: starts with a byte order mark so that accents show, has tags under the names, and a
    /// text that a spreadsheet would run as a formula starts with an apostrophe.
    ForSpreadsheets,
}

/// Writes the dataset.
pub(super) fn write(dataset: &Dataset<'_>, kind: Kind, out: &mut dyn Out) -> Result<u64, WriteError> {
    if kind == Kind::ForSpreadsheets {
        out.write_all("\u{feff}".as_bytes())?;
    }
    let mut lines = lines(out);
    let columns = dataset.columns();
    lines.write_record(columns.iter().map(|column| &column.name))?;
    if kind != Kind::Exact {
        lines.write_record(columns.iter().map(|column| &column.tag))?;
    }
    let mut n = 0;
    for row in dataset.rows() {
        for (cell, column) in row.cells.iter().zip(columns) {
            lines.write_field(text(cell, column, kind).as_bytes())?;
        }
        lines.write_record(None::<&[u8]>)?;
        n += 1;
    }
    lines.flush()?;
    Ok(n)
}

fn text<'a>(cell: &'a Datum<'_>, column: &'a Column, kind: Kind) -> Cow<'a, str> {
    let plain = cell.plain(column);
    // A number is no text, even a negative one.
    let is_text = matches!(cell, Datum::Text(_) | Datum::Choice(_));
    if kind == Kind::ForSpreadsheets && is_text && would_run(&plain) {
        return Cow::Owned(format!("'{plain}"));
    }
    plain
}

/// A writer of lines that end as HDX's do.
pub(crate) fn lines<W: Write>(out: W) -> ::csv::Writer<W> {
    ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).flexible(true).from_writer(out)
}
