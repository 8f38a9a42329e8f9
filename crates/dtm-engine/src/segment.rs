//! Writes columns as Parquet bytes and reads them back.
//!
//! Takes record batches of one schema and returns the bytes of a Parquet file (zstd, statistics on every column), which
//! the caller keeps in its object store. Format: Apache Parquet 2, arrow schema embedded so that types come back.

use crate::SegmentError;
use crate::batch::{ID, RECORD, records_back};
use arrow::array::{Array, AsArray, BooleanArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use bytes::Bytes;
use dtm_model::{Record, RecordId};
use parquet::arrow::arrow_reader::{ArrowPredicateFn, ArrowReaderOptions, ParquetRecordBatchReaderBuilder, RowFilter};
use parquet::arrow::{ArrowWriter, ProjectionMask};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::PageIndexPolicy;
use parquet::file::properties::WriterProperties;
use std::collections::HashSet;

/// Rows of one row group: small enough that statistics let a query skip most of a file.
const ROWS_PER_GROUP: usize = 128 * 1024;

/// Writes batches of one schema as a Parquet file. No batches make no file.
pub fn write(batches: &[RecordBatch]) -> Result<Bytes, SegmentError> {
    let Some(first) = batches.first() else {
        return Err(SegmentError::NoColumn("any"));
    };
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .build();
    let mut writer = ArrowWriter::try_new(Vec::new(), first.schema(), Some(properties))?;
    for batch in batches {
        writer.write(batch)?;
    }
    Ok(Bytes::from(writer.into_inner()?))
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
