//! Single columns of sealed records, for looking at every record without reading it whole.
//!
//! Takes the Parquet bytes of a root table and the paths of questions, and returns their values beside the ids of the
//! records, in the order of the file. Nothing but these columns is decoded.

use crate::SegmentError;
use crate::batch::{self, ID};
use arrow::array::{Array, ArrayRef, AsArray, new_null_array};
use arrow::compute::{cast, concat};
use arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type, TimestampMillisecondType};
use bytes::Bytes;
use chrono::NaiveDate;
use dtm_model::{Answers, FormSchema, Record, RecordId};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use std::borrow::Cow;
use std::collections::HashMap;

/// Values of some questions, one for each record.
#[derive(Clone, Debug)]
pub struct Columns {
    ids: Vec<u128>,
    columns: HashMap<String, ArrayRef>,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell<'a> {
    /// No answer, or none of the question's type.
    Empty,
    /// A whole number.
    Int(i64),
    /// A number.
    Number(f64),
    /// Text.
    Text(&'a str),
    /// A calendar day.
    Day(NaiveDate),
    /// An instant, milliseconds UTC.
    Millis(i64),
    /// Choices made, with blanks between them.
    Choices(Cow<'a, str>),
}

/// Reads the columns of these questions; one that the table does not have is empty throughout.
pub fn read(bytes: &Bytes, paths: &[String]) -> Result<Columns, SegmentError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes.clone())?;
    let schema = builder.schema().clone();
    let wanted = schema
        .fields()
        .iter()
        .enumerate()
        .filter(|(_, field)| field.name() == ID || paths.iter().any(|path| path == field.name()));
    let roots: Vec<usize> = wanted.map(|(at, _)| at).collect();
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots);
    let mut ids = Vec::new();
    let mut parts: HashMap<String, Vec<ArrayRef>> = HashMap::new();
    for batch in builder.with_projection(mask).with_batch_size(16 * 1024).build()? {
        let batch = batch?;
        let column = batch.column_by_name(ID).ok_or(SegmentError::NoColumn(ID))?;
        let column = cast(column, &DataType::Utf8)?;
        for (row, id) in column.as_string::<i32>().iter().enumerate() {
            let text = id.unwrap_or_default();
            let wrong = |_| SegmentError::Value { column: ID, row, value: text.chars().take(80).collect() };
            ids.push(text.parse::<RecordId>().map_err(wrong)?.number());
        }
        for path in paths {
            if let Some(column) = batch.column_by_name(path) {
                parts.entry(path.clone()).or_default().push(column.clone());
            }
        }
    }
    let mut columns = HashMap::new();
    for (path, parts) in parts {
        let parts: Vec<&dyn Array> = parts.iter().map(AsRef::as_ref).collect();
        columns.insert(path, concat(&parts)?);
    }
    for path in paths.iter().filter(|path| !columns.contains_key(*path)).cloned().collect::<Vec<_>>() {
        columns.insert(path, new_null_array(&DataType::Null, ids.len()));
    }
    Ok(Columns { ids, columns })
}

impl Columns {
    /// The same columns of records that lie in no file.
    pub fn of(schema: &FormSchema, records: &[Record], paths: &[String]) -> Self {
        let answers: Vec<&Answers> = records.iter().map(|record| &record.answers).collect();
        let asked = schema.fields.iter().filter(|field| paths.contains(&field.path));
        let mut columns: HashMap<String, ArrayRef> = asked.flat_map(|field| batch::question(field, &answers)).collect();
        for path in paths.iter().filter(|path| !columns.contains_key(*path)).cloned().collect::<Vec<_>>() {
            columns.insert(path, new_null_array(&DataType::Null, records.len()));
        }
        Self { ids: records.iter().map(|record| record.id.number()).collect(), columns }
    }

    /// The ids of the records, as numbers that sort as the ids do.
    pub fn ids(&self) -> &[u128] {
        &self.ids
    }

    /// The value of a question in a row.
    pub fn cell(&self, path: &str, row: usize) -> Cell<'_> {
        self.column(path).map_or(Cell::Empty, |column| column.cell(row))
    }

    /// The values of a question, for those who ask for many; nothing if its column was not read.
    pub fn column(&self, path: &str) -> Option<Column<'_>> {
        self.columns.get(path).map(Column)
    }

    /// The values of each question.
    pub fn all(&self) -> impl Iterator<Item = (&str, Column<'_>)> {
        self.columns.iter().map(|(path, column)| (path.as_str(), Column(column)))
    }
}

/// The values of one question.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a>(&'a ArrayRef);

impl<'a> Column<'a> {
    /// The value in a row.
    pub fn cell(&self, row: usize) -> Cell<'a> {
        let column = self.0;
        if column.is_null(row) {
            return Cell::Empty;
        }
        match column.data_type() {
            DataType::Int64 => Cell::Int(column.as_primitive::<Int64Type>().value(row)),
            DataType::Float64 => Cell::Number(column.as_primitive::<Float64Type>().value(row)),
            DataType::Utf8 => Cell::Text(column.as_string::<i32>().value(row)),
            DataType::Timestamp(_, _) => Cell::Millis(column.as_primitive::<TimestampMillisecondType>().value(row)),
            DataType::Date32 => {
                let days = i64::from(column.as_primitive::<Date32Type>().value(row));
                let day = NaiveDate::default().checked_add_signed(chrono::TimeDelta::days(days));
                day.map_or(Cell::Empty, Cell::Day)
            }
            DataType::List(_) => {
                let names = column.as_list::<i32>().value(row);
                let Some(names) = names.as_string_opt::<i32>() else { return Cell::Empty };
                Cell::Choices(names.iter().flatten().collect::<Vec<_>>().join(" ").into())
            }
            // A question that the table does not have.
            _ => Cell::Empty,
        }
    }
}
