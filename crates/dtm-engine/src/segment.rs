//! Writes columns as Parquet bytes and reads them back.
//!
//! Takes record batches of one schema and returns the bytes of a Parquet file (zstd, statistics on every column), which
//! the caller keeps in its object store. Format: Apache Parquet 2, arrow schema embedded so that types come back.

use crate::SegmentError;
use arrow::array::RecordBatch;
use bytes::Bytes;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

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
