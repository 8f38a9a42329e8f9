//! Writes columns as Parquet bytes and reads them back.
//!
//! Takes record batches of one schema and returns the bytes of a Parquet file (zstd, statistics on every column), which
//! the caller keeps in its object store. Format: Apache Parquet 2, arrow schema embedded so that types come back.
//!
//! [`Tables`] writes the tables of a form version a portion of records at a time: what it holds is the compressed files
//! so far and [`OPEN_BYTES`] of columns in work for each table, however many records there are.

use crate::SegmentError;
use crate::batch::{self, ID, RECORD, records_back};
use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use bytes::Bytes;
use dtm_model::{FormSchema, Record, RecordId};
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowFilter};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::properties::WriterProperties;
use std::collections::HashSet;

/// Rows of one row group: small enough that statistics let a query skip most of a file.
const ROWS_PER_GROUP: usize = 128 * 1024;

/// Bytes of columns that are gathered before they are written out as a row group.
pub const OPEN_BYTES: usize = 16 << 20;

/// Writes batches of one schema as a Parquet file. No batches make no file.
pub fn write(batches: &[RecordBatch]) -> Result<Bytes, SegmentError> {
    let Some(first) = batches.first() else {
        return Err(SegmentError::NoColumn("any"));
    };
    let mut writer = writer(first)?;
    for batch in batches {
        writer.write(batch)?;
    }
    Ok(Bytes::from(writer.into_inner()?))
}

fn writer(first: &RecordBatch) -> Result<ArrowWriter<Vec<u8>>, SegmentError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .build();
    Ok(ArrowWriter::try_new(Vec::new(), first.schema(), Some(properties))?)
}

/// The tables of one form version while they are written.
pub struct Tables {
    schema: FormSchema,
    open: Vec<OpenTable>,
}

struct OpenTable {
    name: String,
    n_rows: u64,
    writer: ArrowWriter<Vec<u8>>,
}

/// A table that was written.
pub struct Written {
    /// Its name, as [`crate::batch::records`] gives it.
    pub name: String,
    /// Rows.
    pub n_rows: u64,
    /// The Parquet file.
    pub bytes: Bytes,
}

impl Tables {
    /// Begins the tables of a form version.
    pub fn new(schema: FormSchema) -> Self {
        Self { schema, open: Vec::new() }
    }

    /// The form version.
    pub fn schema(&self) -> &FormSchema {
        &self.schema
    }

    /// Adds records; none of them may have been added before.
    pub fn add(&mut self, records: &[Record]) -> Result<(), SegmentError> {
        for (at, (name, rows)) in batch::records(&self.schema, records).into_iter().enumerate() {
            if at == self.open.len() {
                self.open.push(OpenTable { name, n_rows: 0, writer: writer(&rows)? });
            }
            let table = &mut self.open[at];
            table.writer.write(&rows)?;
            table.n_rows += rows.num_rows() as u64;
            if table.writer.in_progress_size() > OPEN_BYTES {
                table.writer.flush()?;
            }
        }
        Ok(())
    }

    /// Bytes that the files have so far, about.
    pub fn size(&self) -> usize {
        self.open.iter().map(|table| table.writer.bytes_written() + table.writer.in_progress_size()).sum()
    }

    /// Ends the files. The table of the records comes first.
    pub fn finish(self) -> Result<Vec<Written>, SegmentError> {
        let end = |table: OpenTable| {
            let bytes = Bytes::from(table.writer.into_inner()?);
            Ok(Written { name: table.name, n_rows: table.n_rows, bytes })
        };
        self.open.into_iter().map(end).collect()
    }
}

/// Calls `each` with the records of a root table, a portion at a time, until it says that it has enough.
pub fn each_portion(
    bytes: &Bytes,
    portion: usize,
    mut each: impl FnMut(Vec<Record>) -> bool,
) -> Result<(), SegmentError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes.clone())?;
    let whole = ProjectionMask::columns(builder.parquet_schema(), [RECORD]);
    for batch in builder.with_projection(whole).with_batch_size(portion).build()? {
        if !each(records_back(&[batch?])?) {
            break;
        }
    }
    Ok(())
}

/// Reads the ids of the records of a root table, and nothing else.
pub fn ids(bytes: &Bytes) -> Result<Vec<RecordId>, SegmentError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(bytes.clone())?;
    let only = ProjectionMask::columns(builder.parquet_schema(), [ID]);
    let mut ids = Vec::new();
    for batch in builder.with_projection(only).build()? {
        let column = cast(batch?.column(0), &DataType::Utf8)?;
        for id in column.as_string::<i32>().iter().map(Option::unwrap_or_default) {
            let wrong = |_| SegmentError::Value { column: ID, row: ids.len(), value: id.to_owned() };
            ids.push(id.parse().map_err(wrong)?);
        }
    }
    Ok(ids)
}

/// Reads all batches of a Parquet file.
pub fn read(bytes: &Bytes) -> Result<Vec<RecordBatch>, SegmentError> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes.clone())?.build()?;
    Ok(reader.collect::<Result<Vec<_>, _>>()?)
}

/// Reads these records of a root table, and of the file only the pages that hold them. Unknown ones are left out.
pub fn some_records(bytes: &Bytes, ids: &HashSet<&RecordId>) -> Result<Vec<Record>, SegmentError> {
    let wanted: HashSet<String> = ids.iter().map(ToString::to_string).collect();
    let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
    let builder = ParquetRecordBatchReaderBuilder::try_new_with_options(bytes.clone(), options)?;
    let columns = |names: &[&'static str]| ProjectionMask::columns(builder.parquet_schema(), names.iter().copied());
    let is_wanted = move |batch: RecordBatch| {
        let ids = cast(batch.column(0), &DataType::Utf8)?;
        let ids = ids.as_string::<i32>();
        Ok((0..ids.len())
            .map(|row| Some(ids.is_valid(row) && wanted.contains(ids.value(row))))
            .collect::<BooleanArray>())
    };
    let filter = RowFilter::new(vec![Box::new(ArrowPredicateFn::new(columns(&[ID]), is_wanted))]);
    let whole = columns(&[RECORD]);
    let reader = builder.with_projection(whole).with_row_filter(filter).build()?;
    records_back(&reader.collect::<Result<Vec<_>, _>>()?)
}
