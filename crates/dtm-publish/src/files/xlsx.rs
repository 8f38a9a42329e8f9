//! Datasets as one Excel workbook.
//!
//! Sheets: `README`, what it is and how to read it; `Data`, the rows, with HXL tags in the second row, frozen and
//! filtered (and a sheet for each further dataset); `Dictionary`, every column of every sheet and every choice, in both
//! languages. Sheet and column names are the same in every language, so that a program reads either edition; words
//! follow the language. No formulas; numbers are numbers, days are days; a text that looks like a formula is marked as
//! text. Rows go through a file in the scratch folder, so memory does not grow with them.

use super::{About, Line, Out, WriteError, would_run};
use crate::dataset::{self, Column, Dataset, Datum, Form, Kind};
use chrono::Datelike;
use dtm_model::{Atlas, Lang, Text};
use dtm_protect::Release;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, Worksheet, XlsxError};
use std::path::Path;

/// The rows that a sheet holds under its names and tags.
const MOST_ROWS: u64 = 1_048_576 - 2;

/// Writes one dataset.
pub(super) fn write(
    dataset: &Dataset<'_>,
    about: &About,
    scratch: &Path,
    out: &mut dyn Out,
) -> Result<u64, WriteError> {
    let book = Book {
        title: about.title(dataset),
        lines: about.lines(dataset),
        lang: about.lang(),
        sheets: vec![("Data".to_owned(), dataset)],
    };
    book.write(scratch, out)
}

/// A release with all its datasets: `Data`, the rows of the public DTM API, and one sheet for each table.
///
/// # Errors
/// See [`WriteError`].
pub fn workbook(
    release: &Release,
    atlas: &Atlas,
    lang: Lang,
    scratch: &Path,
    out: &mut dyn Out,
) -> Result<u64, WriteError> {
    let about = About::new(lang);
    let datasets = dataset::all(&[release], atlas, &Form::named(lang))?;
    let datasets: Vec<Dataset<'_>> = datasets.into_iter().map(super::one_round::narrowed).collect();
    let sheets = datasets.iter().map(|dataset| {
        let name = if dataset.name() == dataset::API_ROWS {
            "Data".to_owned()
        } else {
            dataset.name().chars().take(31).collect()
        };
        (name, dataset)
    });
    let heading = release.heading();
    let title = format!("{} – {} – {}", heading.country.get(lang), heading.operation_name.get(lang), heading.round);
    let mut lines = about.releases(&[release]);
    lines.push(about.empty_cell());
    Book { title, lines, lang, sheets: sheets.collect() }.write(scratch, out)
}

/// What is written.
struct Book<'b, 'a> {
    title: String,
    lines: Vec<Line>,
    lang: Lang,
    sheets: Vec<(String, &'b Dataset<'a>)>,
}

impl Book<'_, '_> {
    fn write(self, scratch: &Path, out: &mut dyn Out) -> Result<u64, WriteError> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(scratch)?;
        // The moment of the newest release, not of the download: the same releases give the same bytes.
        let releases = self.sheets.iter().flat_map(|(_, dataset)| dataset.releases());
        let made_at = releases.map(|release| release.made_at().as_millis()).max().unwrap_or_default();
        let made_at = ExcelDateTime::from_timestamp(made_at.div_euclid(1000))?;
        workbook.set_properties(&DocProperties::new().set_title(&self.title).set_creation_datetime(&made_at));
        let looks = Looks::new();
        read_me(workbook.add_worksheet().set_name("README")?, &self, &looks)?;
        let mut n = 0;
        for (name, dataset) in &self.sheets {
            n += rows(workbook.add_worksheet_with_constant_memory()?.set_name(name)?, dataset, &looks)?;
        }
        dictionary(workbook.add_worksheet().set_name("Dictionary")?, &self, &looks)?;
        workbook.save_to_writer(out)?;
        Ok(n)
    }
}

/// The formats of the workbook.
struct Looks {
    header: Format,
    tag: Format,
    number: Format,
    day: Format,
    as_text: Format,
    title: Format,
    wrapped: Format,
}

impl Looks {
    fn new() -> Self {
        Self {
            header: Format::new().set_bold().set_background_color(0x0A2F6B).set_font_color(0xFFFFFF),
            tag: Format::new().set_italic().set_font_color(0x52607A),
            number: Format::new().set_num_format("#,##0"),
            day: Format::new().set_num_format("yyyy-mm-dd"),
            as_text: Format::new().set_quote_prefix(),
            title: Format::new().set_bold().set_font_size(14),
            wrapped: Format::new().set_text_wrap(),
        }
    }
}

/// Names, tags, rows; frozen and filtered.
fn rows(sheet: &mut Worksheet, dataset: &Dataset<'_>, looks: &Looks) -> Result<u64, WriteError> {
    let columns = dataset.columns();
    for (at, column) in (0u16..).zip(columns) {
        sheet.set_column_width(at, (column.name.len().max(column.tag.len()) as f64 + 3.0).min(32.0))?;
    }
    for (at, column) in (0u16..).zip(columns) {
        sheet.write_string_with_format(0, at, &column.name, &looks.header)?;
    }
    for (at, column) in (0u16..).zip(columns) {
        sheet.write_string_with_format(1, at, &column.tag, &looks.tag)?;
    }
    let mut last = 1;
    for row in dataset.rows() {
        if u64::from(last) > MOST_ROWS {
            return Err(WriteError::TooManyRows { rows: dataset.rows().count() as u64, most: MOST_ROWS });
        }
        last += 1;
        for ((at, cell), column) in (0u16..).zip(&row.cells).zip(columns) {
            write_cell(sheet, (last, at), cell, column, looks)?;
        }
    }
    sheet.set_freeze_panes(2, 0)?;
    if let Some(width) = u16::try_from(columns.len()).ok().and_then(|width| width.checked_sub(1)) {
        sheet.autofilter(0, 0, last, width)?;
    }
    sheet.set_repeat_rows(0, 1)?;
    on_paper(sheet);
    Ok(u64::from(last - 1))
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, at): (u32, u16),
    cell: &Datum<'_>,
    column: &Column,
    looks: &Looks,
) -> Result<(), XlsxError> {
    match cell {
        Datum::Nothing => {}
        // Thousands are set apart in counts, not in years and identifiers.
        Datum::Integer(count) if column.unit.is_some() => {
            sheet.write_number_with_format(row, at, *count as f64, &looks.number)?;
        }
        Datum::Integer(count) => _ = sheet.write_number(row, at, *count as f64)?,
        Datum::Decimal(number) => _ = sheet.write_number(row, at, *number)?,
        Datum::Flag(yes) => _ = sheet.write_boolean(row, at, *yes)?,
        Datum::Date(day) => {
            let (month, of_month) = (u8::try_from(day.month()), u8::try_from(day.day()));
            match (u16::try_from(day.year()), month, of_month) {
                (Ok(year @ 1900..=9999), Ok(month), Ok(of_month)) => {
                    let day = ExcelDateTime::from_ymd(year, month, of_month)?;
                    sheet.write_datetime_with_format(row, at, &day, &looks.day)?;
                }
                // Excel's calendar begins in 1900.
                _ => _ = sheet.write_string(row, at, day.to_string())?,
            }
        }
        Datum::Text(_) | Datum::Choice(_) => {
            let text = cell.plain(column);
            if would_run(&text) {
                sheet.write_string_with_format(row, at, text, &looks.as_text)?;
            } else {
                sheet.write_string(row, at, text)?;
            }
        }
    }
    Ok(())
}

/// On A4 across, all columns on one page.
fn on_paper(sheet: &mut Worksheet) {
    sheet.set_paper_size(9).set_landscape().set_print_fit_to_pages(1, 0);
}

fn read_me(sheet: &mut Worksheet, book: &Book<'_, '_>, looks: &Looks) -> Result<(), XlsxError> {
    sheet.write_string_with_format(0, 0, &book.title, &looks.title)?;
    let said = |sheet: &mut Worksheet, row: u32, heading: &str, text: &str| -> Result<(), XlsxError> {
        sheet.write_string(row, 0, heading)?;
        let look = if would_run(text) { &looks.as_text } else { &looks.wrapped };
        sheet.write_string_with_format(row, 1, text, look)?;
        Ok(())
    };
    let mut row = 2;
    for line in &book.lines {
        said(sheet, row, &line.heading, &line.text)?;
        row += 1;
    }
    let heading = Text::both("Sheet", "Feuille");
    for (name, dataset) in &book.sheets {
        let text = format!("{name} – {}. {}", dataset.title().get(book.lang), dataset.how_to_sum().get(book.lang));
        said(sheet, row, heading.get(book.lang), &text)?;
        row += 1;
    }
    let text = Text::both(
        "Dictionary – every column and what it may hold",
        "Dictionary – chaque colonne et ce qu’elle peut contenir",
    );
    said(sheet, row, heading.get(book.lang), text.get(book.lang))?;
    sheet.set_column_width(0, 36)?;
    // Wide enough for the longest line: the height of a row does not follow its text.
    sheet.set_column_width(1, 125)?;
    on_paper(sheet);
    Ok(())
}

/// Every column, then every choice of it.
fn dictionary(sheet: &mut Worksheet, book: &Book<'_, '_>, looks: &Looks) -> Result<(), XlsxError> {
    let headers = match book.lang {
        Lang::En => ["sheet", "column", "value", "HXL tag", "holds", "meaning (en)", "meaning (fr)", "unit"],
        Lang::Fr => [
            "feuille",
            "colonne",
            "valeur",
            "étiquette HXL",
            "contient",
            "signification (en)",
            "signification (fr)",
            "unité",
        ],
    };
    for (at, header) in (0u16..).zip(headers) {
        sheet.write_string_with_format(0, at, header, &looks.header)?;
    }
    let mut row = 1;
    let mut write = |cells: [&str; 8]| -> Result<(), XlsxError> {
        for (at, text) in (0u16..).zip(cells).filter(|(_, text)| !text.is_empty()) {
            if would_run(text) {
                sheet.write_string_with_format(row, at, text, &looks.as_text)?;
            } else {
                sheet.write_string(row, at, text)?;
            }
        }
        row += 1;
        Ok(())
    };
    for (name, dataset) in &book.sheets {
        for column in dataset.columns() {
            let (en, fr) = (column.label.get(Lang::En), column.label.get(Lang::Fr));
            let unit = column.unit.as_ref().map_or("", |unit| unit.get(book.lang));
            write([name, &column.name, "", &column.tag, holds(&column.kind).get(book.lang), en, fr, unit])?;
            for choice in column.choices() {
                let (en, fr) = (choice.label.get(Lang::En), choice.label.get(Lang::Fr));
                write([name, &column.name, &choice.code, "", "", en, fr, ""])?;
            }
        }
    }
    for (at, width) in (0u16..).zip([16.0, 28.0, 18.0, 30.0, 16.0, 70.0, 70.0, 16.0]) {
        sheet.set_column_width(at, width)?;
    }
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_repeat_rows(0, 0)?;
    on_paper(sheet);
    Ok(())
}

fn holds(kind: &Kind) -> Text {
    match kind {
        Kind::Text => Text::both("text", "texte"),
        Kind::Choice(_) => Text::both("one of these values", "une de ces valeurs"),
        Kind::Integer => Text::both("whole number", "nombre entier"),
        Kind::Decimal => Text::both("number", "nombre"),
        Kind::Date => Text::both("day", "jour"),
        Kind::Flag => Text::both("yes or no", "oui ou non"),
    }
}
