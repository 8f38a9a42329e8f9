//! Files and answers for other programs.
//!
//! In: a [`dtm_protect::Release`], the atlas, a language. Out: the rows of the public DTM API, CSV with HXL tags, CSV
//! and JSON of each table, an Excel workbook, GeoJSON. Zero, nothing, hidden and carried stay four different things.
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
//! fn export(tables: &Vec<dtm_model::FigureTable>, atlas: &dtm_model::Atlas) -> Vec<u8> {
//!     dtm_publish::files::xlsx::workbook(tables, atlas, dtm_model::Lang::En).unwrap()
//! }
//! ```
//! ```compile_fail,E0308
//! fn export(candidate: &dtm_protect::Candidate, atlas: &dtm_model::Atlas) -> Vec<dtm_publish::files::dtm_api::Row> {
//!     dtm_publish::files::dtm_api::rows(candidate, atlas, 2)
//! }
//! ```

pub mod dtm_api;
pub mod geojson;
pub mod hxl;
mod names;
pub mod tables;
pub mod xlsx;

#[cfg(test)]
mod tests;

/// Whom a CSV file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flavour {
    /// Programs: every text exactly as it is.
    Exact,
    /// A person with a spreadsheet: starts with a byte order mark so that accents show, and a text that a spreadsheet
    /// would run as a formula starts with an apostrophe.
    ForSpreadsheets,
}

impl Flavour {
    fn text(self, text: &str) -> String {
        match self {
            Flavour::ForSpreadsheets if would_run(text) => format!("'{text}"),
            _ => text.to_owned(),
        }
    }

    fn start(self) -> &'static str {
        match self {
            Flavour::Exact => "",
            Flavour::ForSpreadsheets => "\u{feff}",
        }
    }
}

/// Whether a spreadsheet takes this text for a formula.
fn would_run(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}
