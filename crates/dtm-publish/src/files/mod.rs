//! Files and answers for other programs.
//!
//! In: a [`Dataset`](crate::dataset::Dataset), a [`Format`], what the file is to say of itself ([`About`]). Out: the file,
//! written row by row, so that memory does not grow with the rows; equal rows in every format. Codes or labels, long or
//! wide, which rows: all that is the dataset's form and no matter of a writer. Besides: the rows of the public DTM API,
//! the CSV that HDX makes of them, the downloads of a round's page. Zero, nothing, hidden and carried stay four
//! different things.
//!
//! A format is added by a variant of [`Format`], its facts and a function like those in `csv` or `stata`.
//!
//! A file is made from a release; figures that did not pass protection do not fit:
//! ```no_run
//! fn export(release: &dtm_protect::Release, atlas: &dtm_model::Atlas) -> String {
//!     dtm_publish::files::hxl::csv(&[release], atlas, |_| true)
//! }
//! ```
//! ```compile_fail,E0308
//! fn export(tables: &Vec<dtm_model::FigureTable>, atlas: &dtm_model::Atlas) -> String {
//!     dtm_publish::files::hxl::csv(&[tables], atlas, |_| true)
//! }
//! ```
//! ```compile_fail,E0308
//! fn export(tables: &Vec<dtm_model::FigureTable>, atlas: &dtm_model::Atlas) {
//!     let mut out = std::io::Cursor::new(Vec::new());
//!     dtm_publish::files::xlsx::workbook(tables, atlas, dtm_model::Lang::En, "/tmp".as_ref(), &mut out).unwrap();
//! }
//! ```
//! ```compile_fail,E0308
//! fn export(candidate: &dtm_protect::Candidate, atlas: &dtm_model::Atlas) -> Vec<dtm_publish::files::dtm_api::Row> {
//!     dtm_publish::files::dtm_api::rows(candidate, atlas, 2)
//! }
//! ```

mod about;
mod columnar;
mod csv;
pub mod dtm_api;
mod flat_geobuf;
mod format;
pub mod geojson;
pub mod geopackage;
pub mod hna;
pub mod hxl;
mod json;
pub mod one_round;
mod shapefile;
mod spss;
mod stata;
mod variables;
mod wkb;
pub mod xlsx;

pub use about::{About, Line};
pub(crate) use csv::lines;
pub use format::Format;

/// Where a file is written to: something that is filled from the start and can be gone back in.
pub trait Out: std::io::Write + std::io::Seek + Send {}

impl<T: std::io::Write + std::io::Seek + Send> Out for T {}

/// Why a dataset was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The format holds shapes and the dataset has none.
    #[error("`{dataset}` has no shapes, which this format needs")]
    NoShapes {
        /// The dataset.
        dataset: String,
    },
    /// More rows than the format can hold.
    #[error("{rows} rows are more than the {most} that this format can hold")]
    TooManyRows {
        /// How many there are.
        rows: u64,
        /// How many fit.
        most: u64,
    },
    /// What it was written to failed.
    #[error("the file could not be written")]
    Io(#[from] std::io::Error),
    /// A format's own writer failed.
    #[error("the file could not be put together: {0}")]
    Format(String),
    /// The rows asked for cannot be had.
    #[error(transparent)]
    Filter(#[from] crate::dataset::FilterProblem),
}

impl From<::csv::Error> for WriteError {
    fn from(error: ::csv::Error) -> Self {
        WriteError::Io(error.into())
    }
}

impl From<rust_xlsxwriter::XlsxError> for WriteError {
    fn from(error: rust_xlsxwriter::XlsxError) -> Self {
        match error {
            rust_xlsxwriter::XlsxError::IoError(error) => WriteError::Io(error),
            error => WriteError::Format(error.to_string()),
        }
    }
}

impl From<parquet::errors::ParquetError> for WriteError {
    fn from(error: parquet::errors::ParquetError) -> Self {
        WriteError::Format(error.to_string())
    }
}

impl From<arrow::error::ArrowError> for WriteError {
    fn from(error: arrow::error::ArrowError) -> Self {
        WriteError::Format(error.to_string())
    }
}

impl From<serde_json::Error> for WriteError {
    fn from(error: serde_json::Error) -> Self {
        WriteError::Io(error.into())
    }
}

#[cfg(test)]
mod round_trip;
#[cfg(test)]
pub(crate) mod tests;

/// Whether a spreadsheet takes this text for a formula.
fn would_run(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}
