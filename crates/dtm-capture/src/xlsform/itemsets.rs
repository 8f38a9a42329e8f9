//! The external_choices sheet as the file that phones look choices up in.
//!
//! In: the sheet. Out: `itemsets.csv` as pyxform writes it, every cell in quotes. Unlike there a blank cell keeps its
//! place, so that the cells after it stay under their own headers.

use super::cells::Page;
use csv::{QuoteStyle, Terminator, WriterBuilder};

/// The sheet as CSV; none where it has no header.
pub(super) fn write(page: Page<'_>) -> Option<String> {
    let is_filled = |row: &&Vec<String>| row.iter().any(|cell| !cell.trim().is_empty());
    let mut rows = page.sheet.rows.iter().filter(is_filled);
    let header = rows.next()?;
    let columns: Vec<usize> = (0..header.len()).filter(|column| !header[*column].trim().is_empty()).collect();
    let mut csv =
        WriterBuilder::new().quote_style(QuoteStyle::Always).terminator(Terminator::CRLF).from_writer(Vec::new());
    for row in std::iter::once(header).chain(rows) {
        let cells = columns.iter().map(|column| row.get(*column).map_or("", |cell| cell.trim()));
        csv.write_record(cells).ok()?;
    }
    String::from_utf8(csv.into_inner().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use crate::workbook::Workbook;
    use crate::xlsform::convert;

    const FORM: &str = "
| survey |
| | type | name | label | choice_filter |
| | text | state | State | |
| | select_one_external cities | city | City | state=${state} |
| | select_one yn | ok | OK | |
| choices |
| | list_name | name | label |
| | yn | y | Yes |
| external_choices |
| | list_name | name | label::English (en) | state | pop |
| | cities | a1 | Alpha \"one\" | xs01 | |
| | cities | b1 | Bravo, the | | 7 |
";

    fn itemsets(form: &str) -> Option<String> {
        let workbook = Workbook::read(form.as_bytes(), "form.md").unwrap();
        let conversion = convert(&workbook, "form");
        assert!(conversion.xform.is_some(), "{:?}", conversion.problems);
        conversion.itemsets
    }

    #[test]
    fn choices_that_a_phone_looks_up_become_a_file_beside_the_form() {
        let expected = "\"list_name\",\"name\",\"label::English (en)\",\"state\",\"pop\"\r\n\
                        \"cities\",\"a1\",\"Alpha \"\"one\"\"\",\"xs01\",\"\"\r\n\
                        \"cities\",\"b1\",\"Bravo, the\",\"\",\"7\"\r\n";
        assert_eq!(itemsets(FORM).as_deref(), Some(expected));
    }

    #[test]
    fn a_form_that_looks_nothing_up_has_no_such_file() {
        let other = FORM.lines().filter(|line| !line.contains("select_one_external"));
        assert_eq!(itemsets(&other.collect::<Vec<_>>().join("\n")), None);
    }
}
