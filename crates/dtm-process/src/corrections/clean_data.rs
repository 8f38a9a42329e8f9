//! The answers of records as a sheet, one line a record, in the columns that survey tools export: what the cleaning log is
//! applied to elsewhere, and what it leads to.
//!
//! Questions are named by their last name where only one has it, else by their path; beside a question with several
//! choices stands a column a choice. What is asked in a repeat has no single answer for a record and is left out.

use super::Sheet;
use crate::answers::TableBuilder;
use dtm_model::{FieldKind, FormSchema, Record};
use std::collections::BTreeMap;

impl Sheet {
    /// The answers of these records, each under its name. `joint` stands between a question and its single choices.
    pub fn of_records<'a>(
        form: &FormSchema,
        records: impl IntoIterator<Item = (&'a str, &'a Record)>,
        joint: &str,
    ) -> Sheet {
        let mut builder = TableBuilder::new(form);
        let mut names = Vec::new();
        for (name, record) in records {
            names.push(name);
            builder.push(&record.answers);
        }
        let table = builder.finish();
        let mut times: BTreeMap<&str, usize> = BTreeMap::new();
        table.columns().iter().for_each(|column| *times.entry(column.name()).or_default() += 1);
        let mut sheet = Sheet {
            header: vec!["uuid".to_owned()],
            rows: names.iter().map(|name| vec![(*name).to_owned()]).collect(),
        };
        // The phone's own name for the record stands first already.
        let columns = table.columns().iter().filter(|column| !column.question.starts_with("meta/"));
        for column in columns {
            let name = if times[column.name()] == 1 { column.name() } else { &column.question };
            sheet.header.push(name.to_owned());
            for (row, cells) in sheet.rows.iter_mut().enumerate() {
                cells.push(column.text(row).unwrap_or_default().to_owned());
            }
            if column.kind != Some(FieldKind::SelectMultiple) {
                continue;
            }
            let field = form.fields.iter().find(|field| field.path == column.question);
            for choice in field.iter().flat_map(|field| &field.choices) {
                sheet.header.push(format!("{name}{joint}{}", choice.name));
                for (row, cells) in sheet.rows.iter_mut().enumerate() {
                    let said = column.text(row);
                    let chosen = said.map(|said| said.split(' ').any(|name| name == choice.name));
                    cells.push(chosen.map_or("", |chosen| if chosen { "TRUE" } else { "FALSE" }).to_owned());
                }
            }
        }
        sheet
    }
}
