//! JSON: what the dataset is, its columns, its rows as objects, written one row at a time.
//!
//! A dataset of one release says its round, version, date and policy at the top; one of several lists them in `releases`.

use super::{About, Out, WriteError};
use crate::dataset::{Column, Dataset, Datum};
use dtm_model::Lang;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};
use std::io::Write;

/// Writes the dataset.
pub(super) fn write(dataset: &Dataset<'_>, about: &About, out: &mut dyn Out) -> Result<u64, WriteError> {
    let head = Value::Object(head(dataset, about)).to_string();
    let head = head.strip_suffix('}').unwrap_or_default();
    let mut out = std::io::BufWriter::with_capacity(1 << 16, out);
    write!(out, "{head},\"rows\":[")?;
    let mut n = 0;
    for row in dataset.rows() {
        if n > 0 {
            out.write_all(b",")?;
        }
        serde_json::to_writer(&mut out, &Object { cells: &row.cells, columns: dataset.columns() })?;
        n += 1;
    }
    out.write_all(b"]}")?;
    out.flush()?;
    Ok(n)
}

fn head(dataset: &Dataset<'_>, about: &About) -> Map<String, Value> {
    let lang = about.lang();
    let mut head = Map::new();
    let mut say = |name: &str, value: Value| _ = head.insert(name.to_owned(), value);
    if let [release] = dataset.releases() {
        let heading = release.heading();
        say("release", json!(release.id().to_string()));
        say("version", json!(release.version()));
        say("operation", json!(heading.operation_name.get(lang)));
        say("country", json!(heading.country.get(lang)));
        say("round", json!(heading.round.as_str()));
        say("reported_on", json!(heading.reported_on.to_string()));
        say("policy", json!(release.policy().name));
    } else {
        if let Some(release) = dataset.releases().last() {
            say("operation", json!(release.heading().operation_name.get(lang)));
            say("country", json!(release.heading().country.get(lang)));
        }
        let releases = dataset.releases().iter().map(|release| {
            let heading = release.heading();
            json!({
                "release": release.id().to_string(), "version": release.version(), "exercise": heading.exercise,
                "round": heading.round.as_str(), "reported_on": heading.reported_on.to_string(),
                "policy": release.policy().name,
            })
        });
        say("releases", releases.collect());
    }
    say("language", json!(lang.code()));
    say("table", json!(dataset.name()));
    say("title", json!(dataset.title().get(lang)));
    say("filter", json!(about.filter(dataset)));
    say("how_to_sum", json!(dataset.how_to_sum().get(lang)));
    say("address", json!(about.address()));
    if let Some(watermark) = about.watermark() {
        say("this_copy", json!(watermark));
    }
    say("columns", dataset.columns().iter().map(|column| described(column, lang)).collect());
    head
}

fn described(column: &Column, lang: Lang) -> Value {
    let unit = column.unit.as_ref().map(|unit| unit.get(lang));
    let mut described =
        json!({ "name": column.name, "label": column.label.get(lang), "hxl": column.tag, "unit": unit });
    if !column.choices().is_empty() {
        let choices = column.choices().iter().map(|choice| (choice.code.clone(), json!(choice.label.get(lang))));
        described["values"] = Value::Object(choices.collect());
    }
    described
}

/// A row as an object.
pub(super) struct Object<'a> {
    pub(super) cells: &'a [Datum<'a>],
    pub(super) columns: &'a [Column],
}

impl Serialize for Object<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.cells.len()))?;
        for (column, cell) in self.columns.iter().zip(self.cells) {
            match cell {
                Datum::Nothing => object.serialize_entry(&column.name, &None::<()>)?,
                Datum::Integer(number) => object.serialize_entry(&column.name, number)?,
                Datum::Decimal(number) => object.serialize_entry(&column.name, number)?,
                Datum::Flag(yes) => object.serialize_entry(&column.name, yes)?,
                cell => object.serialize_entry(&column.name, &cell.plain(column))?,
            }
        }
        object.end()
    }
}
