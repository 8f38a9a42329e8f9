//! Writes a draft as an XLSForm workbook that an officer likes to go on editing.

use super::draft::{Draft, Offer, Row};
use crate::language;
use dtm_model::Text;
use rust_xlsxwriter::{Color, DocProperties, ExcelDateTime, Format, FormatAlign, Workbook, Worksheet, XlsxError};
use std::collections::BTreeSet;

type Cells<'a, T> = (String, f64, Box<dyn Fn(&T) -> String + 'a>);

impl Draft {
    /// The workbook: survey, choices, settings. The same draft gives the same bytes.
    pub fn workbook(&self) -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        // Excel wants a day of making; the form's version tells when it was really made.
        book.set_properties(
            &DocProperties::new().set_title(&self.title).set_creation_datetime(&ExcelDateTime::from_ymd(2000, 1, 1)?),
        );
        let head = Format::new().set_bold().set_background_color(Color::RGB(0xE8EEF4)).set_align(FormatAlign::Top);
        let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
        let group = wrapped.clone().set_bold().set_background_color(Color::RGB(0xF5F5F0));
        let survey = book.add_worksheet();
        survey.set_name("survey")?;
        let is_group = |row: &Row| row.kind.starts_with("begin_") || row.kind.starts_with("end_");
        self.write(
            survey,
            &self.survey_columns(),
            &self.rows,
            &head,
            |row| if is_group(row) { &group } else { &wrapped },
        )?;
        let choices = book.add_worksheet();
        choices.set_name("choices")?;
        self.write(choices, &self.choice_columns(), &self.choices, &head, |_| &wrapped)?;
        let settings = book.add_worksheet();
        settings.set_name("settings")?;
        let pairs = [
            ("form_title", self.title.clone()),
            ("form_id", self.form_id.clone()),
            ("version", self.version.clone()),
            ("default_language", self.languages.first().map_or(String::new(), |code| language::named(code))),
            ("instance_name", self.instance_name.clone()),
        ];
        for (at, (name, value)) in pairs.iter().filter(|(_, value)| !value.is_empty()).enumerate() {
            settings.write_with_format(0, at as u16, *name, &head)?;
            settings.write(1, at as u16, value)?;
            settings.set_column_width(at as u16, 28)?;
        }
        book.save_to_buffer()
    }

    fn write<'f, T>(
        &self,
        sheet: &mut Worksheet,
        columns: &[Cells<'_, T>],
        rows: &[T],
        head: &Format,
        look: impl Fn(&T) -> &'f Format,
    ) -> Result<(), XlsxError> {
        // Columns that nothing stands in would only be in the way.
        let used = columns
            .iter()
            .enumerate()
            .filter(|(at, (_, _, cell))| *at < 2 || rows.iter().any(|row| !cell(row).is_empty()));
        for (at, (_, (title, width, cell))) in used.enumerate() {
            let at = at as u16;
            sheet.write_with_format(0, at, title, head)?;
            sheet.set_column_width(at, *width)?;
            for (line, row) in rows.iter().enumerate() {
                let text = cell(row);
                if !text.is_empty() {
                    sheet.write_string_with_format(line as u32 + 1, at, text, look(row))?;
                }
            }
        }
        sheet.set_freeze_panes(1, 2)?;
        Ok(())
    }

    fn survey_columns(&self) -> Vec<Cells<'_, Row>> {
        fn plain<'a>(title: &str, width: f64, cell: fn(&Row) -> &String) -> Cells<'a, Row> {
            (title.to_owned(), width, Box::new(move |row| cell(row).clone()))
        }
        let mut columns: Vec<Cells<'_, Row>> =
            vec![plain("type", 24.0, |row| &row.kind), plain("name", 34.0, |row| &row.name)];
        columns.extend(self.texts("label", 44.0, |row: &Row| &row.label));
        columns.extend(self.texts("hint", 30.0, |row: &Row| &row.hint));
        columns.push(("required".to_owned(), 9.0, Box::new(|row| if row.required { "yes" } else { "" }.to_owned())));
        columns.push(plain("relevant", 34.0, |row| &row.relevant));
        columns.push(plain("constraint", 30.0, |row| &row.constraint));
        columns.extend(self.texts("constraint_message", 30.0, |row: &Row| &row.constraint_message));
        columns.push(plain("choice_filter", 30.0, |row| &row.choice_filter));
        columns.push(plain("calculation", 34.0, |row| &row.calculation));
        columns.push(plain("repeat_count", 24.0, |row| &row.repeat_count));
        columns.push(plain("appearance", 14.0, |row| &row.appearance));
        columns.push(plain("parameters", 18.0, |row| &row.parameters));
        columns.push(plain("hxl", 26.0, |row| &row.hxl));
        columns
    }

    fn choice_columns(&self) -> Vec<Cells<'_, Offer>> {
        let mut columns: Vec<Cells<'_, Offer>> = vec![
            ("list_name".to_owned(), 30.0, Box::new(|offer| offer.list.clone())),
            ("name".to_owned(), 24.0, Box::new(|offer| offer.name.clone())),
        ];
        columns.extend(self.texts("label", 44.0, |offer: &Offer| &offer.label));
        let under: BTreeSet<String> = self.choices.iter().flat_map(|offer| offer.under.keys().cloned()).collect();
        for column in under {
            let name = column.clone();
            let cell = move |offer: &Offer| offer.under.get(&column).cloned().unwrap_or_default();
            columns.push((name, 14.0, Box::new(cell)));
        }
        columns
    }

    /// A column per language.
    fn texts<'a, T: 'a>(&'a self, title: &str, width: f64, text: fn(&T) -> &Text) -> Vec<Cells<'a, T>> {
        let one = |code: &'a String| -> Cells<'a, T> {
            let cell = move |row: &T| {
                let found = text(row).iter().find(|(known, _)| known == code);
                found.map_or(String::new(), |(_, words)| words.to_owned())
            };
            (format!("{title}::{}", language::named(code)), width, Box::new(cell))
        };
        self.languages.iter().map(one).collect()
    }
}
