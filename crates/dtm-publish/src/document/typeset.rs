//! Sets a document as PDF with Typst: a fixed template, its values as JSON beside it, drawings as SVG.
//!
//! Values reach the template only as data of virtual files, so no text can become markup or code. The PDF is tagged and
//! conforms to PDF/UA-1. Fonts are those that come with Typst; nothing is read from the machine.

use super::Drawn;
use chrono::{Datelike, Timelike};
use dtm_model::Instant;
use serde::Serialize;
use std::collections::HashMap;
use std::sync::LazyLock;
use typst::diag::{FileError, FileResult, SourceDiagnostic};
use typst::foundations::{Bytes, Datetime, Duration, Smart};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt, World};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

/// The family that documents and their drawings are set in.
const FAMILY: &str = "Libertinus Serif";
/// The file that a template reads its values from.
const VALUES: &str = "values.json";
/// A round on two pages of A4.
pub(super) const FACTSHEET: &str = include_str!("factsheet.typ");
/// Any document, block by block.
pub(super) const REPORT: &str = include_str!("report.typ");

static LIBRARY: LazyLock<LazyHash<Library>> = LazyLock::new(|| LazyHash::new(Library::default()));
static FONTS: LazyLock<(LazyHash<FontBook>, Vec<Font>)> = LazyLock::new(|| {
    let fonts: Vec<Font> = typst_assets::fonts().flat_map(|data| Font::iter(Bytes::new(data))).collect();
    (LazyHash::new(FontBook::from_fonts(&fonts)), fonts)
});

/// Why no PDF came out. All are faults of ours, for the log: no release can cause them.
#[derive(Debug, thiserror::Error)]
pub enum TypesetError {
    /// The values cannot be written.
    #[error("the values of the document could not be written as JSON")]
    Values(#[from] serde_json::Error),
    /// The template does not fit the values.
    #[error("the document could not be typeset: {0}")]
    Typeset(String),
    /// The document breaks a rule of PDF/UA-1.
    #[error("the document could not be written as an accessible PDF: {0}")]
    Export(String),
}

/// What Typst may see: the template, the values, the drawings.
struct Desk {
    main: Source,
    files: HashMap<FileId, Bytes>,
}

fn file_id(name: &str) -> FileId {
    let path = VirtualPath::new(name).expect("names of a document's files are plain");
    FileId::new(RootedPath::new(VirtualRoot::Project, path))
}

impl World for Desk {
    fn library(&self) -> &LazyHash<Library> {
        &LIBRARY
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &FONTS.0
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() { Ok(self.main.clone()) } else { Err(FileError::AccessDenied) }
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        self.files.get(&id).cloned().ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        FONTS.1.get(index).cloned()
    }

    fn today(&self, _offset: Option<Duration>) -> Option<Datetime> {
        // The clock is not a document's business; dates are among the values.
        None
    }
}

/// Typesets the template with its values and drawings beside it.
pub(super) fn typeset<'a>(
    template: &str,
    values: &impl Serialize,
    drawings: impl Iterator<Item = &'a Drawn>,
    ident: String,
    made_at: Instant,
) -> Result<Vec<u8>, TypesetError> {
    let mut files = HashMap::from([(file_id(VALUES), Bytes::new(serde_json::to_vec(values)?))]);
    files.extend(drawings.map(|drawn| (file_id(drawn.file), Bytes::new(with_family(drawn.svg.as_str()).into_bytes()))));
    let desk = Desk { main: Source::new(file_id("main.typ"), template.to_owned()), files };
    let document = typst::compile::<PagedDocument>(&desk).output.map_err(|list| TypesetError::Typeset(said(&list)))?;
    let made = made_at.to_utc();
    let timestamp = Datetime::from_ymd_hms(
        made.year(),
        made.month() as u8,
        made.day() as u8,
        made.hour() as u8,
        made.minute() as u8,
        made.second() as u8,
    );
    let options = PdfOptions {
        ident: Smart::Custom(ident),
        creator: Smart::Custom(Some("dtm".to_owned())),
        timestamp: timestamp.map(Timestamp::new_utc),
        standards: PdfStandards::new(&[PdfStandard::Ua_1]).expect("PDF/UA-1 alone conflicts with nothing"),
        ..PdfOptions::default()
    };
    let pdf = typst_pdf::pdf(&document, &options).map_err(|list| TypesetError::Export(said(&list)));
    // Typst remembers results of earlier runs; old ones go, so that memory stays level.
    typst::comemo::evict(4);
    pdf
}

fn said(list: &[SourceDiagnostic]) -> String {
    let messages: Vec<String> = list
        .iter()
        .map(|one| {
            let hints: Vec<&str> = one.hints.iter().map(|hint| hint.v.as_str()).collect();
            if hints.is_empty() { one.message.to_string() } else { format!("{} ({})", one.message, hints.join("; ")) }
        })
        .collect();
    messages.join("; ")
}

/// The drawing with the document's type in place of the reader's.
fn with_family(svg: &str) -> String {
    const ATTRIBUTE: &str = "font-family=\"";
    let Some(from) = svg.find(ATTRIBUTE).map(|at| at + ATTRIBUTE.len()) else { return svg.to_owned() };
    let Some(length) = svg[from..].find('"') else { return svg.to_owned() };
    format!("{}{FAMILY}{}", &svg[..from], &svg[from + length..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawing_is_set_in_the_type_of_the_document() {
        let svg = "<svg viewBox=\"0 0 360 240\" font-family=\"system-ui, sans-serif\" font-size=\"11\"><g/></svg>";
        let set = with_family(svg);
        assert!(set.contains(&format!("font-family=\"{FAMILY}\" font-size")), "{set}");
    }
}
