//! A dataset as columns: Parquet with zstd.
//!
//! In: a [`Dataset`]. Out: a Parquet file, written in portions of [`PORTION`] rows so that memory stays flat. Words are text, closed lists are dictionaries of their codes, numbers are Int64 or Float64, days Date32, yes
//! and no Boolean; nothing is null. A column keeps its label per language, unit, HXL tag and choices beside it, and the
//! sentence `comment`, which SQL shows. A dataset with shapes has one more column, `geometry`, in WKB, and the metadata
//! of GeoParquet 1.1.0 (<https://geoparquet.org/releases/v1.1.0/>).

use super::wkb::{self, Bounds};
use super::{About, Out, WriteError};
use crate::dataset::{Column, Dataset, Datum, Kind, Row, Shape};
use arrow::array::{
    ArrayRef, BinaryBuilder, BooleanBuilder, Date32Builder, DictionaryArray, Float64Builder, Int32Builder,
    Int64Builder, RecordBatch, StringArray, StringBuilder,
};
use arrow::datatypes::{DataType, Field, Int32Type, Schema, SchemaRef};
use arrow::error::ArrowError;
use chrono::NaiveDate;
use dtm_model::{Lang, Text};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Rows of one batch at most.
const PORTION: usize = 8192;
/// Rows of one row group of a file at most: queries skip whole groups.
const GROUP: usize = 128 * 1024;
/// The column of shapes.
const GEOMETRY: &str = "geometry";

/// The columns of a dataset as Arrow knows them.
fn schema(dataset: &Dataset<'_>) -> SchemaRef {
    let key: BTreeSet<&str> = dataset.key().map(|column| column.name.as_str()).collect();
    let mut fields: Vec<Field> =
        dataset.columns().iter().map(|column| field(column, key.contains(column.name.as_str()))).collect();
    if dataset.has_shapes() {
        let comment = "Where the row is, as WKB, WGS 84 / Où se trouve la ligne, en WKB, WGS 84";
        let about = HashMap::from([("comment".to_owned(), comment.to_owned())]);
        fields.push(Field::new(GEOMETRY, DataType::Binary, true).with_metadata(about));
    }
    let mut about = HashMap::from([("comment".to_owned(), both(dataset.title()))]);
    for lang in Lang::ALL {
        about.insert(format!("title_{}", lang.code()), dataset.title().get(lang).to_owned());
        about.insert(format!("how_to_sum_{}", lang.code()), dataset.how_to_sum().get(lang).to_owned());
    }
    Arc::new(Schema::new_with_metadata(fields, about))
}

/// Writes the dataset as Parquet, GeoParquet where it has shapes, and says how many rows it wrote.
pub(super) fn write(dataset: &Dataset<'_>, about: &About, out: &mut dyn Out) -> Result<u64, WriteError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(GROUP))
        .set_created_by("dtm".to_owned())
        .build();
    let mut writer = ArrowWriter::try_new(out, schema(dataset), Some(properties))?;
    let (mut n_rows, mut extent) = (0, Extent::default());
    for portion in portions(dataset) {
        let (batch, part) = portion?;
        writer.write(&batch)?;
        n_rows += batch.num_rows() as u64;
        extent.add(part);
    }
    let lines = about.lines(dataset).iter().map(|line| format!("{}: {}\n", line.heading, line.text)).collect();
    writer.append_key_value_metadata(KeyValue::new("about".to_owned(), Some(lines)));
    if dataset.has_shapes() {
        writer.append_key_value_metadata(KeyValue::new("geo".to_owned(), extent.to_json()));
    }
    writer.close()?;
    Ok(n_rows)
}

/// Which kinds of shapes there are, and how far they reach.
#[derive(Default)]
struct Extent {
    kinds: BTreeSet<&'static str>,
    bounds: Option<Bounds>,
}

impl Extent {
    fn see(&mut self, shape: &Shape<'_>) {
        self.kinds.insert(match shape {
            Shape::Area(_) => "MultiPolygon",
            Shape::Point(_) => "Point",
        });
        wkb::widen(&mut self.bounds, shape);
    }

    fn add(&mut self, other: Extent) {
        self.kinds.extend(other.kinds);
        if let Some([west, south, east, north]) = other.bounds {
            let [w, s, e, n] = self.bounds.get_or_insert([west, south, east, north]);
            (*w, *s, *e, *n) = (w.min(west), s.min(south), e.max(east), n.max(north));
        }
    }

    fn to_json(&self) -> String {
        let mut column = json!({ "encoding": "WKB", "geometry_types": self.kinds });
        if let Some(bounds) = self.bounds {
            column["bbox"] = json!(bounds);
        }
        json!({ "version": "1.1.0", "primary_column": GEOMETRY, "columns": { GEOMETRY: column } }).to_string()
    }
}

fn portions(dataset: &Dataset<'_>) -> impl Iterator<Item = Result<(RecordBatch, Extent), ArrowError>> {
    let schema = schema(dataset);
    let mut rows = dataset.rows().peekable();
    std::iter::from_fn(move || {
        rows.peek()?;
        let mut portion = Portion::new(dataset);
        for row in rows.by_ref().take(PORTION) {
            portion.add(&row);
        }
        Some(portion.finish(schema.clone()))
    })
}

/// Rows that become a batch.
struct Portion {
    columns: Vec<Building>,
    shapes: Option<BinaryBuilder>,
    extent: Extent,
}

enum Building {
    Text(StringBuilder),
    Choice(Int32Builder, ArrayRef),
    Integer(Int64Builder),
    Decimal(Float64Builder),
    Date(Date32Builder),
    Flag(BooleanBuilder),
}

impl Portion {
    fn new(dataset: &Dataset<'_>) -> Portion {
        Portion {
            columns: dataset.columns().iter().map(Building::of).collect(),
            shapes: dataset.has_shapes().then(BinaryBuilder::new),
            extent: Extent::default(),
        }
    }

    fn add(&mut self, row: &Row<'_>) {
        for (column, cell) in self.columns.iter_mut().zip(&row.cells) {
            column.add(cell);
        }
        if let Some(shapes) = &mut self.shapes {
            shapes.append_option(row.shape.as_ref().map(wkb::write));
            if let Some(shape) = &row.shape {
                self.extent.see(shape);
            }
        }
    }

    fn finish(self, schema: SchemaRef) -> Result<(RecordBatch, Extent), ArrowError> {
        let mut columns = self.columns.into_iter().map(Building::finish).collect::<Result<Vec<_>, _>>()?;
        if let Some(mut shapes) = self.shapes {
            columns.push(Arc::new(shapes.finish()));
        }
        Ok((RecordBatch::try_new(schema, columns)?, self.extent))
    }
}

impl Building {
    fn of(column: &Column) -> Building {
        match &column.kind {
            Kind::Text => Building::Text(StringBuilder::new()),
            Kind::Choice(choices) => {
                let codes: StringArray = choices.iter().map(|choice| Some(choice.code.as_str())).collect();
                Building::Choice(Int32Builder::new(), Arc::new(codes))
            }
            Kind::Integer => Building::Integer(Int64Builder::new()),
            Kind::Decimal => Building::Decimal(Float64Builder::new()),
            Kind::Date => Building::Date(Date32Builder::new()),
            Kind::Flag => Building::Flag(BooleanBuilder::new()),
        }
    }

    /// Adds a cell; one that is not of the column's kind is nothing.
    fn add(&mut self, cell: &Datum<'_>) {
        match (self, cell) {
            (Building::Text(column), Datum::Text(text)) => column.append_value(text),
            (Building::Choice(column, codes), Datum::Choice(at)) => {
                column.append_option((*at < codes.len()).then_some(*at as i32));
            }
            (Building::Integer(column), Datum::Integer(number)) => column.append_value(*number),
            (Building::Decimal(column), Datum::Decimal(number)) => column.append_value(*number),
            (Building::Decimal(column), Datum::Integer(number)) => column.append_value(*number as f64),
            (Building::Date(column), Datum::Date(day)) => {
                column.append_value((*day - NaiveDate::default()).num_days() as i32);
            }
            (Building::Flag(column), Datum::Flag(yes)) => column.append_value(*yes),
            (Building::Text(column), _) => column.append_null(),
            (Building::Choice(column, _), _) => column.append_null(),
            (Building::Integer(column), _) => column.append_null(),
            (Building::Decimal(column), _) => column.append_null(),
            (Building::Date(column), _) => column.append_null(),
            (Building::Flag(column), _) => column.append_null(),
        }
    }

    fn finish(self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Building::Text(mut column) => Arc::new(column.finish()),
            Building::Choice(mut column, codes) => {
                Arc::new(DictionaryArray::<Int32Type>::try_new(column.finish(), codes)?)
            }
            Building::Integer(mut column) => Arc::new(column.finish()),
            Building::Decimal(mut column) => Arc::new(column.finish()),
            Building::Date(mut column) => Arc::new(column.finish()),
            Building::Flag(mut column) => Arc::new(column.finish()),
        })
    }
}

fn field(column: &Column, is_key: bool) -> Field {
    let kind = match &column.kind {
        Kind::Text => DataType::Utf8,
        Kind::Choice(_) => DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)),
        Kind::Integer => DataType::Int64,
        Kind::Decimal => DataType::Float64,
        Kind::Date => DataType::Date32,
        Kind::Flag => DataType::Boolean,
    };
    let mut about = HashMap::from([("hxl".to_owned(), column.tag.clone()), ("comment".to_owned(), comment(column))]);
    if is_key {
        about.insert("key".to_owned(), "true".to_owned());
    }
    for lang in Lang::ALL {
        about.insert(format!("label_{}", lang.code()), column.label.get(lang).to_owned());
        if let Some(unit) = &column.unit {
            about.insert(format!("unit_{}", lang.code()), unit.get(lang).to_owned());
        }
        if !column.choices().is_empty() {
            let labels: serde_json::Map<_, _> =
                column.choices().iter().map(|choice| (choice.code.clone(), json!(choice.label.get(lang)))).collect();
            about.insert(format!("choices_{}", lang.code()), serde_json::Value::Object(labels).to_string());
        }
    }
    Field::new(&column.name, kind, true).with_metadata(about)
}

/// The column in one line: its label in both languages, what it counts, its tag.
fn comment(column: &Column) -> String {
    let mut words = both(&column.label);
    if let Some(unit) = &column.unit {
        words += &format!(" [{}]", both(unit));
    }
    if !column.tag.is_empty() {
        words += &format!(" {}", column.tag);
    }
    words
}

fn both(text: &Text) -> String {
    let (en, fr) = (text.get(Lang::En), text.get(Lang::Fr));
    if en == fr { en.to_owned() } else { format!("{en} / {fr}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{self, Form};
    use crate::files::tests::{atlas, released};
    use arrow::util::display::{ArrayFormatter, FormatOptions};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    /// Writes the dataset and returns the file's metadata of shapes, and every batch in it.
    fn written(name: &str) -> (Option<serde_json::Value>, Vec<RecordBatch>) {
        let (release, atlas) = (released(), atlas());
        let dataset = dataset::of(name, &[&release], &atlas, &Form::every_language()).unwrap().unwrap();
        let mut file = std::io::Cursor::new(Vec::new());
        let n_rows = write(&dataset, &About::new(Lang::En), &mut file).unwrap();
        assert_eq!(n_rows, dataset.rows().count() as u64);
        let file = ParquetRecordBatchReaderBuilder::try_new(bytes::Bytes::from(file.into_inner())).unwrap();
        let about = file.metadata().file_metadata().key_value_metadata().cloned().unwrap_or_default();
        let geo = about.into_iter().find(|pair| pair.key == "geo").and_then(|pair| pair.value);
        (geo.map(|text| serde_json::from_str(&text).unwrap()), file.build().unwrap().map(Result::unwrap).collect())
    }

    #[test]
    fn every_cell_reads_back_as_the_dataset_has_it() {
        let (release, atlas) = (released(), atlas());
        for name in dataset::names(&[&release]) {
            let dataset = dataset::of(&name, &[&release], &atlas, &Form::every_language()).unwrap().unwrap();
            let (_, batches) = written(&name);
            let formats = FormatOptions::default();
            let mut cells = Vec::new();
            for batch in &batches {
                for row in 0..batch.num_rows() {
                    for (at, column) in dataset.columns().iter().enumerate() {
                        let shown = ArrayFormatter::try_new(batch.column(at), &formats).unwrap();
                        let shown = shown.value(row).to_string();
                        cells.push(match column.kind {
                            Kind::Flag if !shown.is_empty() => (if shown == "true" { "1" } else { "0" }).to_owned(),
                            Kind::Decimal if !shown.is_empty() => shown.parse::<f64>().unwrap().to_string(),
                            _ => shown,
                        });
                    }
                }
            }
            let expected: Vec<String> = dataset
                .rows()
                .flat_map(|row| {
                    let cells = row.cells.iter().zip(dataset.columns());
                    cells.map(|(cell, column)| cell.plain(column).into_owned()).collect::<Vec<_>>()
                })
                .collect();
            assert!(!expected.is_empty(), "{name} has rows");
            assert_eq!(cells, expected, "{name}");
        }
    }

    #[test]
    fn columns_have_types_and_say_what_they_are() {
        let (release, atlas) = (released(), atlas());
        let dataset = dataset::of("areas", &[&release], &atlas, &Form::every_language()).unwrap().unwrap();
        let (_, batches) = written("areas");
        let schema = batches[0].schema();
        let kind = |name: &str| schema.field_with_name(name).unwrap().data_type().to_string();
        let kinds = ["area", "area_level", "idp_ind", "idp_ind_state"].map(kind);
        assert_eq!(kinds, ["Utf8", "Int64", "Int64", "Dictionary(Int32, Utf8)"]);
        for column in dataset.columns() {
            let about = schema.field_with_name(&column.name).unwrap().metadata();
            assert_eq!(
                (about["hxl"].as_str(), about["label_fr"].as_str()),
                (column.tag.as_str(), column.label.get(Lang::Fr))
            );
            assert!(about["comment"].contains(column.label.get(Lang::En)) && about["comment"].contains(&column.tag));
        }
        let state = schema.field_with_name("idp_ind_state").unwrap().metadata();
        assert!(state["choices_en"].contains("\"hidden\":"), "{state:?}");
    }

    #[test]
    fn shapes_are_geoparquet() {
        let (geo, batches) = written("areas");
        let geo = geo.unwrap();
        assert_eq!((&geo["version"], &geo["primary_column"]), (&json!("1.1.0"), &json!("geometry")));
        let column = &geo["columns"]["geometry"];
        assert_eq!((&column["encoding"], &column["geometry_types"]), (&json!("WKB"), &json!(["MultiPolygon"])));
        let bounds: Vec<f64> = serde_json::from_value(column["bbox"].clone()).unwrap();
        assert!(bounds.len() == 4 && bounds[0] < bounds[2] && bounds[1] < bounds[3], "{bounds:?}");
        let shapes = batches[0].column_by_name(GEOMETRY).unwrap();
        assert!(shapes.null_count() < shapes.len());
        let (geo, _) = written("displacement");
        assert_eq!(geo, None);
    }
}
