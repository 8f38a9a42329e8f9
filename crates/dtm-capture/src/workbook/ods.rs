//! Reads OpenDocument spreadsheets.
//!
//! Cell by cell, so that a repeat count of a million costs a message and not the memory. What a cell holds is taken
//! from its value, not from how it is shown; notes beside a cell are left out. Format: ODF 1.3 part 3, §9.

use super::{Collector, WorkbookError, broken, text_of_duration, text_of_number};
use crate::xml::{Step, XmlError, walk};
use quick_xml::XmlVersion;
use quick_xml::events::BytesStart;

/// Elements of a content part; with the limit on unpacked bytes this is out of reach of honest files.
const MAX_ELEMENTS: usize = 40_000_000;
/// Rows and columns of a sheet.
const MAX_INDEX: usize = 1 << 20;

enum Fault {
    Xml(XmlError),
    Workbook(WorkbookError),
}

impl From<XmlError> for Fault {
    fn from(error: XmlError) -> Self {
        Fault::Xml(error)
    }
}

/// A cell under way.
#[derive(Default)]
struct Cell {
    repeat: usize,
    kind: String,
    value: String,
    paragraphs: Vec<String>,
}

#[derive(Default)]
struct State {
    /// Elements that are open, as far as they matter.
    open: Vec<Part>,
    row: usize,
    row_repeat: usize,
    column: usize,
    cells: Vec<(usize, usize, String)>,
    cell: Option<Cell>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Table,
    Row,
    Cell,
    Paragraph,
    Note,
    Other,
}

/// Reads the content part into the collector.
pub(super) fn read(content: &[u8], collector: &mut Collector<'_>) -> Result<(), WorkbookError> {
    let file_name = collector.file_name;
    let mut state = State::default();
    let walked = walk::<Fault>(content, MAX_ELEMENTS, |step| match step {
        Step::Open(start) => state.opens(start, collector).map_err(Fault::Workbook),
        Step::Text(text) => {
            state.text(text);
            Ok(())
        }
        Step::Close => state.closes(collector).map_err(Fault::Workbook),
    });
    walked.map_err(|fault| match fault {
        Fault::Xml(error) => broken(file_name, error),
        Fault::Workbook(error) => error,
    })
}

fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = start.try_get_attribute(name).ok().flatten()?;
    attribute.normalized_value(XmlVersion::Explicit1_0).ok().map(|value| value.into_owned())
}

fn count(start: &BytesStart<'_>, name: &str) -> usize {
    attribute(start, name).and_then(|text| text.parse().ok()).unwrap_or(1).clamp(1, MAX_INDEX)
}

impl State {
    fn opens(&mut self, start: &BytesStart<'_>, collector: &mut Collector<'_>) -> Result<(), WorkbookError> {
        let inside = self.open.last().copied().unwrap_or(Part::Other);
        let part = match (start.name().0, inside) {
            (_, Part::Note) => Part::Note,
            ("office:annotation", _) => Part::Note,
            // A table inside of a cell is a picture of a table.
            ("table:table", _) if self.cell.is_none() => {
                collector.open_sheet(&attribute(start, "table:name").unwrap_or_default())?;
                (self.row, self.column) = (0, 0);
                Part::Table
            }
            ("table:table-row", _) if self.cell.is_none() && self.open.contains(&Part::Table) => {
                (self.row_repeat, self.column) = (count(start, "table:number-rows-repeated"), 0);
                self.cells.clear();
                Part::Row
            }
            ("table:table-cell" | "table:covered-table-cell", Part::Row) => {
                let kind = attribute(start, "office:value-type").unwrap_or_default();
                let value = match kind.as_str() {
                    "float" | "percentage" | "currency" => "office:value",
                    "date" => "office:date-value",
                    "time" => "office:time-value",
                    "boolean" => "office:boolean-value",
                    _ => "office:string-value",
                };
                self.cell = Some(Cell {
                    repeat: count(start, "table:number-columns-repeated"),
                    value: attribute(start, value).unwrap_or_default(),
                    kind,
                    paragraphs: Vec::new(),
                });
                Part::Cell
            }
            ("text:p" | "text:h", Part::Cell) => {
                self.cell.iter_mut().for_each(|cell| cell.paragraphs.push(String::new()));
                Part::Paragraph
            }
            ("text:s", Part::Paragraph) => {
                self.text(&" ".repeat(count(start, "text:c").min(1000)));
                Part::Paragraph
            }
            ("text:tab", Part::Paragraph) => {
                self.text("\t");
                Part::Paragraph
            }
            ("text:line-break", Part::Paragraph) => {
                self.text("\n");
                Part::Paragraph
            }
            (_, Part::Paragraph) => Part::Paragraph,
            _ => Part::Other,
        };
        self.open.push(part);
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if self.open.last() == Some(&Part::Paragraph)
            && let Some(paragraph) = self.cell.as_mut().and_then(|cell| cell.paragraphs.last_mut())
        {
            paragraph.push_str(text);
        }
    }

    fn closes(&mut self, collector: &mut Collector<'_>) -> Result<(), WorkbookError> {
        match self.open.pop() {
            Some(Part::Cell) => {
                if let Some(cell) = self.cell.take() {
                    let (repeat, text) = (cell.repeat, cell.into_text());
                    if !text.trim().is_empty() {
                        self.cells.push((self.column, repeat, text));
                    }
                    self.column = (self.column + repeat).min(MAX_INDEX);
                }
            }
            Some(Part::Row) => {
                if !self.cells.is_empty() {
                    let in_row = self.cells.iter().map(|(_, repeat, _)| repeat).sum::<usize>();
                    collector.allow(in_row.saturating_mul(self.row_repeat))?;
                    for row in self.row..self.row + self.row_repeat {
                        for (column, repeat, text) in &self.cells {
                            for column in *column..column + repeat {
                                collector.put(row, column, text.clone())?;
                            }
                        }
                    }
                }
                self.row = (self.row + self.row_repeat).min(MAX_INDEX);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Cell {
    fn into_text(self) -> String {
        match self.kind.as_str() {
            "float" | "percentage" | "currency" => match self.value.parse::<f64>() {
                Ok(number) if number.is_finite() => text_of_number(number),
                _ => self.value,
            },
            "date" => self.value.strip_suffix("T00:00:00").unwrap_or(&self.value).to_owned(),
            "time" => text_of_duration(&self.value).unwrap_or(self.value),
            "boolean" => self.value.to_uppercase(),
            _ if self.value.is_empty() => self.paragraphs.join("\n"),
            _ => self.value,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Workbook, tests::zip_of};

    fn read(table: &str) -> Result<Workbook, super::WorkbookError> {
        let namespaces = ["office", "table", "text"].map(|prefix| format!("xmlns:{prefix}=\"{prefix}\"")).join(" ");
        let content = format!(
            "<office:document-content {namespaces}><table:table table:name=\"data\">{table}</table:table></office:document-content>"
        );
        Workbook::read(&zip_of(&[("content.xml", content.as_bytes())]), "places.ods")
    }

    #[test]
    fn an_open_document_is_read_by_value() {
        let workbook = read(
            r#"<table:table-row table:number-rows-repeated="2"/>
            <table:table-row>
                <table:table-cell table:number-columns-repeated="2"/>
                <table:table-cell office:value-type="float" office:value="12.0"><text:p>12,00</text:p></table:table-cell>
                <table:table-cell office:value-type="date" office:date-value="2023-02-20T00:00:00"><text:p>20 fév.</text:p></table:table-cell>
                <table:table-cell office:value-type="time" office:time-value="PT10H05M00S"/>
                <table:table-cell office:value-type="boolean" office:boolean-value="true"/>
                <table:table-cell office:value-type="string" table:number-columns-repeated="2"><office:annotation><text:p>a note</text:p></office:annotation><text:p>Camp<text:s text:c="2"/>n<text:span>ord</text:span></text:p><text:p>B</text:p></table:table-cell>
                <table:table-cell table:number-columns-repeated="16000"/>
            </table:table-row>
            <table:table-row table:number-rows-repeated="1048000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>"#,
        );
        let rows = &workbook.unwrap().sheets[0].rows;
        let expected = ["", "", "12", "2023-02-20", "10:05:00", "TRUE", "Camp  nord\nB", "Camp  nord\nB"];
        assert_eq!(rows, &vec![vec![], vec![], expected.map(str::to_owned).to_vec()]);
    }

    #[test]
    fn a_repeated_cell_cannot_fill_the_memory() {
        let error = read(
            r#"<table:table-row table:number-rows-repeated="1048576"><table:table-cell office:value-type="string" table:number-columns-repeated="16384"><text:p>x</text:p></table:table-cell></table:table-row>"#,
        );
        assert_eq!(error.unwrap_err().code(), "workbook_too_large");
    }
}
