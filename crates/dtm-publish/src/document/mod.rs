//! Documents: what people print, send round and stand before. One content, written as PDF, Word and PowerPoint.
//!
//! In: a release, the rounds before it, areas with outlines, a language. Out: a [`Document`] (blocks of text, key
//! figures, drawings and tables) and its writers: [`pdf()`] (tagged, PDF/UA-1), [`word`] (headings, captions, alternative
//! texts, tables that can be edited) and [`slides`] (a message a slide, charts that can be edited). Titles, numbers and
//! drawings are those of the public page: the sentences are bound to their conditions by [`crate::page::message`], and
//! the drawings are made by [`crate::drawing`]. The same release gives the same bytes.
//!
//! The factsheet is a round on two pages of A4, laid out by a template of its own.

mod bulletin;
mod content;
mod needs;
mod package;
mod site;
mod slides;
mod typeset;
mod word;

#[cfg(test)]
mod tests;

pub use content::report;
pub use package::PackageError;
pub use site::site_profile;
pub use slides::slides;
pub use typeset::TypesetError;
pub use word::word;

use crate::dataset::hna;
use crate::drawing::{Reading, Svg};
use crate::words::Words;
use chrono::Datelike;
use dtm_model::{Atlas, Instant, Lang, Tool};
use dtm_protect::Release;
use serde::Serialize;

/// What a document about a round is made from.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    /// The round it is about.
    pub current: &'a Release,
    /// The newest versions of the rounds before, in any order.
    pub earlier: &'a [&'a Release],
    /// Areas and outlines.
    pub atlas: &'a Atlas,
    /// Its language.
    pub lang: Lang,
}

/// What a round is about that is no stock of displaced people: it has pages of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Component {
    /// Movements observed at flow monitoring points.
    Flows,
    /// Emergencies tracked between rounds.
    Events,
    /// What households answered of their needs.
    Needs,
}

impl Component {
    /// All of them.
    pub const ALL: [Component; 3] = [Component::Flows, Component::Events, Component::Needs];

    /// What a release is about, where it is one of these.
    pub fn of(release: &Release) -> Option<Component> {
        match release.heading().tool {
            Tool::Fmr => Some(Component::Flows),
            Tool::Ett => Some(Component::Events),
            _ => release.table(hna::TABLE).map(|_| Component::Needs),
        }
    }

    /// Its name in addresses.
    pub fn slug(self) -> &'static str {
        match self {
            Component::Flows => "flows",
            Component::Events => "events",
            Component::Needs => "needs",
        }
    }
}

/// A document in one language, ready to be written.
#[derive(Clone, Debug, Serialize)]
pub struct Document {
    #[serde(rename = "lang", serialize_with = "code")]
    pub(crate) lang: Lang,
    /// What it is: «Round report».
    pub(crate) kind: String,
    /// Its message.
    pub(crate) title: String,
    /// Its name among other files.
    pub(crate) document_title: String,
    pub(crate) keywords: Vec<String>,
    pub(crate) country: String,
    pub(crate) operation: String,
    pub(crate) round: String,
    pub(crate) dates: String,
    pub(crate) blocks: Vec<Block>,
    pub(crate) source: String,
    pub(crate) disclaimer: String,
    pub(crate) made: Made,
    #[serde(skip)]
    pub(crate) made_at: Instant,
    /// The same for the same content.
    #[serde(skip)]
    pub(crate) ident: String,
}

/// A part of a document.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "block", rename_all = "snake_case")]
pub(crate) enum Block {
    /// Begins a section.
    Heading { text: String },
    /// A paragraph.
    Text { text: String },
    /// Sentences, each of its own.
    Points { items: Vec<String> },
    /// Key figures, with the headings of figure, number and note.
    Keys { columns: [String; 3], items: Vec<Key> },
    /// Drawings that belong together.
    Figures { items: Vec<Drawn> },
    /// A table.
    Table(Table),
    /// How zero, nothing, hidden and carried look.
    States { items: Vec<State> },
    /// Terms and what is said of them.
    Facts { items: Vec<Entry> },
}

/// A number in its state, ready to be set.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Shown {
    pub(crate) text: String,
    pub(crate) state: &'static str,
    /// Low and high, where there are.
    pub(crate) range: String,
}

/// A key figure.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Key {
    pub(crate) label: String,
    pub(crate) cell: Shown,
    pub(crate) note: String,
    pub(crate) direction: &'static str,
    pub(crate) first: bool,
}

/// A drawing with its heading, and the numbers behind it where a chart can be made of them.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Drawn {
    /// The name of the figure on the page of the round.
    pub(crate) name: &'static str,
    pub(crate) file: &'static str,
    pub(crate) heading: String,
    pub(crate) sub: String,
    pub(crate) alt: String,
    /// Width over height.
    pub(crate) aspect: f64,
    #[serde(skip)]
    pub(crate) svg: Svg,
    #[serde(skip)]
    pub(crate) chart: Option<Chart>,
}

/// The numbers of a chart.
#[derive(Clone, Debug)]
pub(crate) struct Chart {
    pub(crate) shape: Shape,
    pub(crate) categories: Vec<String>,
    /// Name and numbers of each series, nothing where no number is shown.
    pub(crate) series: Vec<(String, Vec<Option<f64>>)>,
    /// What its numbers are: a share is told as a part of one.
    pub(crate) reading: Reading,
    /// What is not in it and why: «Nord: hidden».
    pub(crate) absent: Vec<String>,
}

/// How a chart is drawn by the program that opens it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A line over categories in time.
    Line,
    /// Bars beside their labels, the first above.
    Bars,
    /// Columns over categories in time.
    Columns,
}

/// A table: its rows are as long as its columns.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Table {
    pub(crate) caption: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<Shown>>,
    /// What it leaves out.
    pub(crate) note: String,
}

#[derive(Clone, Debug, Serialize)]
pub(crate) struct Column {
    pub(crate) label: String,
    pub(crate) numeric: bool,
}

/// A term and what is said of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    pub(crate) term: String,
    pub(crate) text: String,
}

/// A state of a number and its meaning.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct State {
    pub(crate) cell: Shown,
    pub(crate) meaning: String,
}

/// The day a document was made on.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Made {
    year: i32,
    month: u32,
    day: u32,
}

impl Made {
    fn at(instant: Instant) -> Made {
        let day = instant.date();
        Made { year: day.year(), month: day.month(), day: day.day() }
    }
}

impl Shown {
    /// Words or a number as they are.
    pub(crate) fn plain(text: impl Into<String>) -> Shown {
        Shown { text: text.into(), state: "number", range: String::new() }
    }

    /// The number with its range behind it.
    pub(crate) fn whole(&self) -> String {
        if self.range.is_empty() { self.text.clone() } else { format!("{} {}", self.text, self.range) }
    }
}

impl Document {
    fn drawings(&self) -> impl Iterator<Item = &Drawn> {
        self.blocks.iter().flat_map(|block| match block {
            Block::Figures { items } => items.as_slice(),
            _ => &[],
        })
    }
}

fn code<S: serde::Serializer>(lang: &Lang, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(lang.code())
}

/// Makes the factsheet of a round as PDF. It takes some tenths of a second of computing: call it off the threads that
/// serve requests.
pub fn factsheet(of: &Sources<'_>) -> Result<Vec<u8>, TypesetError> {
    let sheet = content::sheet(of, Words::of(of.lang));
    let drawings = sheet.map.iter().chain(&sheet.charts);
    let ident = format!("{}/{}", of.current.id(), of.lang.code());
    typeset::typeset(typeset::FACTSHEET, &sheet, drawings, ident, of.current.made_at())
}

/// Writes a document as PDF, with the same care for time as [`factsheet`].
pub fn pdf(document: &Document) -> Result<Vec<u8>, TypesetError> {
    let ident = document.ident.clone();
    typeset::typeset(typeset::REPORT, document, document.drawings(), ident, document.made_at)
}
