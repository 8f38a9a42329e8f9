//! Columnar records, observations and figures, and SQL over them.
//!
//! In: records, observations and figures as other stages made them, Parquet bytes that the caller read from its object
//! store. Out: Parquet bytes to keep, and answers to read-only SQL. No path, address or clock is known here: what the
//! engine can see is what it was given. A cluster can take the same plans when one machine is outgrown.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod batch;
pub mod columns;
pub mod figures;
pub mod ordered;
pub mod segment;
pub mod shelf;
pub mod sql;

mod catalog;
mod deep;
mod engine;
mod pool;
mod show;
mod statement;
mod versions;

pub use engine::{Engine, EngineError, Rows};
pub use show::{to_json_rows, to_text_table};
pub use versions::Segment;

/// Bytes are not a segment of ours, or a column is missing in it.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// Not Parquet, or not readable as such.
    #[error("the segment is not readable Parquet")]
    Parquet(#[from] parquet::errors::ParquetError),
    /// A column cannot be read as what it should hold.
    #[error("the segment's columns do not fit")]
    Arrow(#[from] arrow::error::ArrowError),
    /// A column is missing.
    #[error("the segment has no column `{0}`")]
    NoColumn(&'static str),
    /// Bytes are not what was written.
    #[error("the ordered columns are damaged: {0}")]
    Damaged(String),
    /// A value cannot be what it should be.
    #[error("row {row} of column `{column}` holds `{value}`")]
    Value {
        /// The column.
        column: &'static str,
        /// The row, from 0.
        row: usize,
        /// What it holds.
        value: String,
    },
}
