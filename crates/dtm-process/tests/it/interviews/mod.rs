//! A sample survey of 632 interviews on water, with what the R packages cleaningtools and cluster say of it.
//!
//! Where our rule is the reference's rule, its figures are met exactly; where the reference rounds on the way, within
//! the rounding, as said beside each test.

mod log;
mod methods;
mod review;

use dtm_model::{Choice, Field, FieldKind, FormSchema, Text};
use dtm_process::answers::AnswerTable;
use std::collections::BTreeMap;

pub(crate) type Row = BTreeMap<String, String>;

/// The rows of a file of the reference, by header; none where the shared data are absent.
pub(crate) fn rows(file: &str) -> Option<Vec<Row>> {
    let path = crate::haiti::shared(&format!("reference/cleaning/{file}"))?;
    let mut reader = csv::Reader::from_path(path).unwrap();
    Some(reader.deserialize().map(|row| row.unwrap()).collect())
}

/// Header and cells of a file of the reference, as they stand there.
pub(crate) fn cells(file: &str) -> Option<(Vec<String>, Vec<Vec<String>>)> {
    let path = crate::haiti::shared(&format!("reference/cleaning/{file}"))?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(path).unwrap();
    let mut rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect::<Vec<_>>());
    Some((rows.next()?, rows.collect()))
}

/// What the phone notes by itself.
const NOTED: [&str; 6] = ["start", "end", "today", "audit", "deviceid", "note"];

/// The form, read off its survey and choices sheets.
pub(crate) fn form() -> Option<FormSchema> {
    let (survey, choices) = (rows("survey.csv")?, rows("choices.csv")?);
    let mut fields = Vec::new();
    for row in &survey {
        let mut words = row["type"].split_whitespace();
        let (kind, list) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let kind_of = match kind {
            "integer" => FieldKind::Integer,
            "decimal" => FieldKind::Decimal,
            "select_one" => FieldKind::SelectOne,
            "select_multiple" => FieldKind::SelectMultiple,
            "geopoint" => FieldKind::Geopoint,
            "date" | "today" => FieldKind::Date,
            "start" | "end" => FieldKind::DateTime,
            "begin_group" => FieldKind::Group,
            "audit" => FieldKind::File,
            "text" | "deviceid" | "note" => FieldKind::Text,
            _ => continue,
        };
        let of_list = choices.iter().filter(|choice| !list.is_empty() && choice["list_name"] == list);
        let words = if NOTED.contains(&kind) { "" } else { row["label::English (en)"].as_str() };
        fields.push(Field {
            path: row["name"].clone(),
            kind: kind_of,
            label: Text::default().with("en", words),
            hxl: None,
            choices: of_list.map(|choice| Choice { name: choice["name"].clone(), label: Text::default() }).collect(),
        });
    }
    Some(FormSchema {
        xml_form_id: "water".into(),
        version: String::new(),
        title: "Water".into(),
        root: "data".into(),
        fields,
        media: Vec::new(),
        encrypted: false,
        client_editable: false,
        entities: None,
        on_arrival: None,
    })
}

/// The raw answers as a table, and each row's uuid.
pub(crate) fn raw() -> Option<(AnswerTable, Vec<String>)> {
    let (header, rows) = cells("raw_data.csv")?;
    let table = AnswerTable::of_sheet(&form()?, &header, rows);
    let uuids = table.column("X_uuid").unwrap();
    let uuids = (0..table.n_rows()).map(|row| uuids.text(row).unwrap().to_owned()).collect();
    Some((table, uuids))
}
