//! A form as rows of an XLSForm, written as a workbook and filled in as a phone would.
//!
//! One list of rows makes both the workbook and the submissions, so they cannot disagree.

use rust_xlsxwriter::{DocProperties, ExcelDateTime, Format, Workbook, XlsxError};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// One row of the survey sheet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Row {
    kind: &'static str,
    pub(crate) name: &'static str,
    label: (&'static str, &'static str),
    hint: (&'static str, &'static str),
    required: bool,
    relevant: &'static str,
    constraint: &'static str,
    constraint_message: (&'static str, &'static str),
    choice_filter: &'static str,
    calculation: &'static str,
    appearance: &'static str,
    parameters: &'static str,
    hxl: &'static str,
}

/// A question.
pub(crate) fn ask(kind: &'static str, name: &'static str, en: &'static str, fr: &'static str) -> Row {
    Row { kind, name, label: (en, fr), ..Row::default() }
}

/// Something the phone fills in itself.
pub(crate) fn auto(kind: &'static str, name: &'static str) -> Row {
    Row { kind, name, ..Row::default() }
}

/// The end of a group or repeat.
pub(crate) fn end(kind: &'static str) -> Row {
    Row { kind, ..Row::default() }
}

impl Row {
    pub(crate) fn required(mut self) -> Row {
        self.required = true;
        self
    }
    pub(crate) fn hint(mut self, en: &'static str, fr: &'static str) -> Row {
        self.hint = (en, fr);
        self
    }
    pub(crate) fn relevant(mut self, expression: &'static str) -> Row {
        self.relevant = expression;
        self
    }
    pub(crate) fn constraint(mut self, expression: &'static str, en: &'static str, fr: &'static str) -> Row {
        self.constraint = expression;
        self.constraint_message = (en, fr);
        self
    }
    pub(crate) fn choices_where(mut self, expression: &'static str) -> Row {
        self.choice_filter = expression;
        self
    }
    pub(crate) fn calculation(mut self, expression: &'static str) -> Row {
        self.calculation = expression;
        self
    }
    pub(crate) fn appearance(mut self, appearance: &'static str) -> Row {
        self.appearance = appearance;
        self
    }
    pub(crate) fn parameters(mut self, parameters: &'static str) -> Row {
        self.parameters = parameters;
        self
    }
    pub(crate) fn hxl(mut self, tag: &'static str) -> Row {
        self.hxl = tag;
        self
    }
}

/// One row of the choices sheet; `under` names the columns a choice filter looks at.
#[derive(Clone, Debug)]
pub(crate) struct Offer {
    pub(crate) list: &'static str,
    pub(crate) name: String,
    pub(crate) label: (String, String),
    pub(crate) under: Vec<(&'static str, String)>,
}

/// A choice with fixed wording.
pub(crate) fn choice(list: &'static str, name: &str, en: &str, fr: &str) -> Offer {
    Offer { list, name: name.to_owned(), label: (en.to_owned(), fr.to_owned()), under: Vec::new() }
}

/// A whole form.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) id: &'static str,
    pub(crate) version: String,
    pub(crate) title: &'static str,
    pub(crate) instance_name: &'static str,
    pub(crate) survey: Vec<Row>,
    pub(crate) choices: Vec<Offer>,
}

/// What was answered on one phone: values by question, turns by repeat, and what was not relevant.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filled {
    pub(crate) values: BTreeMap<&'static str, String>,
    pub(crate) repeats: BTreeMap<&'static str, Vec<BTreeMap<&'static str, String>>>,
    /// Questions and groups that the form did not show; a phone leaves them out.
    pub(crate) skipped: BTreeSet<&'static str>,
}

impl Filled {
    pub(crate) fn set(&mut self, name: &'static str, value: impl ToString) {
        self.values.insert(name, value.to_string());
    }
}

impl Form {
    /// The path of a question below the root, such as `place/m0303_meta_adm1_pcode`.
    pub(crate) fn path(&self, name: &str) -> Option<String> {
        let mut groups: Vec<&str> = Vec::new();
        for row in &self.survey {
            match row.kind {
                "begin_group" | "begin_repeat" => groups.push(row.name),
                "end_group" | "end_repeat" => {
                    groups.pop();
                }
                _ if row.name == name => {
                    groups.push(name);
                    return Some(groups.join("/"));
                }
                _ => {}
            }
        }
        None
    }

    /// The submission as a phone sends it.
    pub(crate) fn fill(&self, filled: &Filled, instance_id: &str, instance_name: &str) -> String {
        let mut xml = String::with_capacity(4096);
        xml.push_str("<?xml version='1.0' ?>");
        let _ = write!(
            xml,
            "<data xmlns:jr=\"http://openrosa.org/javarosa\" xmlns:orx=\"http://openrosa.org/xforms\" id=\"{}\" version=\"{}\">",
            self.id, self.version
        );
        self.write_rows(&mut xml, filled, 0..self.survey.len());
        xml.push_str("<meta><instanceID>");
        xml.push_str(instance_id);
        xml.push_str("</instanceID><instanceName>");
        escape(&mut xml, instance_name);
        xml.push_str("</instanceName></meta></data>");
        xml
    }

    /// Writes rows from left to right; groups nest no deeper than the form's own list says.
    fn write_rows(&self, xml: &mut String, filled: &Filled, rows: std::ops::Range<usize>) {
        let mut at = rows.start;
        while at < rows.end {
            let row = &self.survey[at];
            match row.kind {
                "begin_group" if filled.skipped.contains(row.name) => at = self.end_of(at),
                "begin_group" => {
                    let _ = write!(xml, "<{}>", row.name);
                }
                "end_group" => {
                    let _ = write!(xml, "</{}>", self.opened_by(at));
                }
                "begin_repeat" => {
                    let end = self.end_of(at);
                    for turn in filled.repeats.get(row.name).into_iter().flatten() {
                        let _ = write!(xml, "<{}>", row.name);
                        for row in &self.survey[at + 1..end] {
                            leaf(xml, row.name, turn.get(row.name).map_or("", String::as_str));
                        }
                        let _ = write!(xml, "</{}>", row.name);
                    }
                    at = end;
                }
                _ if filled.skipped.contains(row.name) => {}
                _ => leaf(xml, row.name, filled.values.get(row.name).map_or("", String::as_str)),
            }
            at += 1;
        }
    }

    /// The row that ends the group or repeat begun here.
    fn end_of(&self, begin: usize) -> usize {
        let mut depth = 0;
        for (at, row) in self.survey.iter().enumerate().skip(begin) {
            depth += row.kind.starts_with("begin_") as i32 - row.kind.starts_with("end_") as i32;
            if depth == 0 {
                return at;
            }
        }
        self.survey.len()
    }

    /// The name of the group ended here.
    fn opened_by(&self, end: usize) -> &'static str {
        let mut depth = 0;
        for row in self.survey[..=end].iter().rev() {
            depth += row.kind.starts_with("end_") as i32 - row.kind.starts_with("begin_") as i32;
            if depth == 0 {
                return row.name;
            }
        }
        ""
    }

    /// The workbook: survey, choices, settings.
    pub(crate) fn workbook(&self, made_on: chrono::NaiveDate) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        // The time of making is given, so that the same world has the same bytes.
        use chrono::Datelike;
        let made = ExcelDateTime::from_ymd(made_on.year() as u16, made_on.month() as u8, made_on.day() as u8)?;
        book.set_properties(&DocProperties::new().set_title(self.title).set_creation_datetime(&made));
        let bold = Format::new().set_bold();
        self.write_survey(&mut book, &bold)?;
        self.write_choices(&mut book, &bold)?;
        let sheet = book.add_worksheet();
        sheet.set_name("settings")?;
        let settings = [
            ("form_title", self.title),
            ("form_id", self.id),
            ("version", &self.version),
            ("default_language", "English (en)"),
            ("instance_name", self.instance_name),
        ];
        for (column, (name, value)) in settings.iter().enumerate() {
            sheet.write_with_format(0, column as u16, *name, &bold)?;
            sheet.write(1, column as u16, *value)?;
        }
        book.save_to_buffer()
    }

    fn write_survey(&self, book: &mut Workbook, bold: &Format) -> Result<(), XlsxError> {
        const COLUMNS: [&str; 16] = [
            "type",
            "name",
            "label::English (en)",
            "label::French (fr)",
            "hint::English (en)",
            "hint::French (fr)",
            "required",
            "relevant",
            "constraint",
            "constraint_message::English (en)",
            "constraint_message::French (fr)",
            "choice_filter",
            "calculation",
            "appearance",
            "parameters",
            "hxl",
        ];
        let sheet = book.add_worksheet();
        sheet.set_name("survey")?;
        for (column, name) in COLUMNS.iter().enumerate() {
            sheet.write_with_format(0, column as u16, *name, bold)?;
        }
        for (at, row) in self.survey.iter().enumerate() {
            let cells = [
                row.kind,
                row.name,
                row.label.0,
                row.label.1,
                row.hint.0,
                row.hint.1,
                if row.required { "yes" } else { "" },
                row.relevant,
                row.constraint,
                row.constraint_message.0,
                row.constraint_message.1,
                row.choice_filter,
                row.calculation,
                row.appearance,
                row.parameters,
                row.hxl,
            ];
            for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                sheet.write(at as u32 + 1, column as u16, *cell)?;
            }
        }
        sheet.set_freeze_panes(1, 2)?;
        Ok(())
    }

    fn write_choices(&self, book: &mut Workbook, bold: &Format) -> Result<(), XlsxError> {
        let sheet = book.add_worksheet();
        sheet.set_name("choices")?;
        let mut columns = vec!["list_name", "name", "label::English (en)", "label::French (fr)"];
        for choice in &self.choices {
            for (column, _) in &choice.under {
                if !columns.contains(column) {
                    columns.push(column);
                }
            }
        }
        for (at, column) in columns.iter().enumerate() {
            sheet.write_with_format(0, at as u16, *column, bold)?;
        }
        for (at, choice) in self.choices.iter().enumerate() {
            let row = at as u32 + 1;
            sheet.write(row, 0, choice.list)?;
            sheet.write(row, 1, &choice.name)?;
            sheet.write(row, 2, &choice.label.0)?;
            sheet.write(row, 3, &choice.label.1)?;
            for (column, value) in &choice.under {
                let column = columns.iter().position(|name| name == column).expect("all columns were collected above");
                sheet.write(row, column as u16, value)?;
            }
        }
        sheet.set_freeze_panes(1, 2)?;
        Ok(())
    }
}

fn leaf(xml: &mut String, name: &str, value: &str) {
    xml.push('<');
    xml.push_str(name);
    if value.is_empty() {
        xml.push_str("/>");
        return;
    }
    xml.push('>');
    escape(xml, value);
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
}

fn escape(xml: &mut String, text: &str) {
    if !text.contains(['&', '<', '>']) {
        xml.push_str(text);
        return;
    }
    for letter in text.chars() {
        match letter {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            other => xml.push(other),
        }
    }
}
