//! The records of a release as a dataset: one row a record, in the order and under the names that the release gave them.
//!
//! An answer of several choices becomes one column of yes and no for each, a position becomes two columns. Every row says
//! under which agreement it left.

use super::table::{languages, name_columns};
use super::{Body, Choice, Column, Datum, Form, Kind, Role, Row, Rows, names};
use dtm_model::{Lang, Text};
use dtm_protect::{RecordChoice, RecordColumn, RecordField, Release, ReleasedRecords};
use std::sync::Arc;

/// The dataset's name.
pub(super) const NAME: &str = "records";

/// The dataset, if any release has records. Releases that ask other things do not stand below each other: the fields are
/// those of the first.
pub(super) fn body<'a>(releases: &[&'a Release], form: &Form) -> Option<Body<'a>> {
    let first = releases.iter().find_map(|release| release.records())?;
    let labels = form.labels;
    let mut columns = vec![
        Column::new(
            "record",
            Text::both("Record, under this agreement only", "Enregistrement, propre à cet accord"),
            "#meta+id",
            Kind::Text,
            Role::Key,
        ),
        Column::new("agreement", Text::both("Agreement", "Accord"), "#meta+agreement", Kind::Text, Role::Attribute),
    ];
    for (field, column) in first.fields.iter().zip(&first.columns) {
        of_field(&mut columns, field, column, form);
    }
    let shapes: Arc<Vec<(RecordField, std::mem::Discriminant<RecordColumn>)>> = Arc::new(
        first.fields.iter().zip(&first.columns).map(|(f, c)| (f.clone(), std::mem::discriminant(c))).collect(),
    );
    let releases = releases.to_vec();
    let rows = move |at: usize| -> Rows<'a> {
        let alike = |records: &&'a ReleasedRecords| {
            let theirs = records.fields.iter().zip(&records.columns);
            theirs.map(|(f, c)| (f, std::mem::discriminant(c))).eq(shapes.iter().map(|(f, d)| (f, *d)))
        };
        let Some(records) = releases[at].records().filter(alike) else { return Box::new(std::iter::empty()) };
        Box::new((0..records.ids.len()).map(move |row| {
            let mut cells = vec![Datum::text(records.ids[row].as_str()), Datum::text(records.agreement.as_str())];
            for column in &records.columns {
                cells_of(&mut cells, column, row, languages(labels));
            }
            Row { cells, shape: None, release: at }
        }))
    };
    Some(Body {
        name: NAME.to_owned(),
        title: names::table(NAME),
        how_to_sum: Text::both(
            "One row is one record; answers that were taken out for protection are empty.",
            "Une ligne est un enregistrement ; les réponses retirées par protection sont vides.",
        ),
        columns,
        has_head: true,
        has_shapes: false,
        rows: Box::new(rows),
    })
}

fn choices(choices: &[RecordChoice]) -> Vec<Choice> {
    choices.iter().map(|choice| Choice { code: choice.code.clone(), label: choice.label.clone() }).collect()
}

/// A column name that may hold the code of a choice.
fn flag_name(field: &str, code: &str) -> String {
    let code: String = code.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    format!("{field}_{code}")
}

fn of_field(columns: &mut Vec<Column>, field: &RecordField, column: &RecordColumn, form: &Form) {
    let plain = |kind| Column::new(field.name.clone(), field.label.clone(), field.hxl.clone(), kind, Role::Attribute);
    match column {
        RecordColumn::Text { .. } => columns.push(plain(Kind::Text)),
        RecordColumn::Integer { .. } => columns.push(plain(Kind::Integer)),
        RecordColumn::Decimal { .. } => columns.push(plain(Kind::Decimal)),
        RecordColumn::Date { .. } => columns.push(plain(Kind::Date)),
        RecordColumn::Choice { choices: offered, .. } => {
            columns.push(plain(Kind::Choice(choices(offered))));
            name_columns(columns, form.labels, &field.name, &field.label, &field.hxl, Role::LabelOfChoice);
        }
        RecordColumn::Choices { choices: offered, .. } => {
            for choice in offered {
                let label = [Lang::En, Lang::Fr].into_iter().fold(Text::new(), |text, lang| {
                    text.with(lang.code(), format!("{}: {}", field.label.get(lang), choice.label.get(lang)))
                });
                let name = flag_name(&field.name, &choice.code);
                columns.push(Column::new(name, label, field.hxl.clone(), Kind::Flag, Role::Attribute));
            }
        }
        RecordColumn::Point { .. } => {
            for (end, en, fr, tag) in
                [("lon", "longitude", "longitude", "#geo+lon"), ("lat", "latitude", "latitude", "#geo+lat")]
            {
                let label = Text::both(
                    format!("{} ({en})", field.label.get(Lang::En)),
                    format!("{} ({fr})", field.label.get(Lang::Fr)),
                );
                columns.push(Column::new(format!("{}_{end}", field.name), label, tag, Kind::Decimal, Role::Attribute));
            }
        }
    }
}

fn cells_of<'a>(cells: &mut Vec<Datum<'a>>, column: &'a RecordColumn, row: usize, named_in: &[Lang]) {
    match column {
        RecordColumn::Text { values } => cells.push(Datum::word(values[row].as_deref())),
        RecordColumn::Integer { values } => cells.push(Datum::count(values[row])),
        RecordColumn::Decimal { values } => cells.push(values[row].map_or(Datum::Nothing, Datum::Decimal)),
        RecordColumn::Date { values } => cells.push(values[row].map_or(Datum::Nothing, Datum::Date)),
        RecordColumn::Choice { choices, values } => {
            let chosen = values[row].map(|at| at as usize);
            cells.push(chosen.map_or(Datum::Nothing, Datum::Choice));
            for lang in named_in {
                let choice = chosen.and_then(|at| choices.get(at));
                cells.push(Datum::word(choice.map(|choice| choice.label.get(*lang))));
            }
        }
        RecordColumn::Choices { choices, values } => {
            for at in 0..choices.len() as u32 {
                let said = values[row].as_ref().map(|chosen| Datum::Flag(chosen.contains(&at)));
                cells.push(said.unwrap_or(Datum::Nothing));
            }
        }
        RecordColumn::Point { values } => {
            let degrees = |degrees: Option<f64>| degrees.map_or(Datum::Nothing, Datum::Decimal);
            cells.extend([degrees(values[row].map(|at| at.lon)), degrees(values[row].map(|at| at.lat))]);
        }
    }
}
