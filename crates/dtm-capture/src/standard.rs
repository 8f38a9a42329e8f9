//! The standard forms of DTM, made to measure, and a check of any form against the data dictionary.
//!
//! In: a tool, the data dictionary, the operation's areas and places, and what the officer chose: languages, questions
//! more or fewer, their order and wording. Out: a [`Draft`], rows of an XLSForm that the officer can go on editing,
//! written as a workbook by [`Draft::workbook`]. The outlines of the forms are data (`standard/outlines`); which of
//! their questions are Core is the dictionary's word, and those cannot be left out. [`align`] says where a form departs
//! from the dictionary. Codes, types and Core marks: DTM Data Dictionary; wording: ours.

mod alignment;
mod book;
mod draft;
mod outline;
#[cfg(test)]
mod tests;

pub use alignment::{Departure, What, align};
pub use draft::{Draft, Need, Offer, Order, OrderError, Row, draft};
pub use outline::{Outline, Question, Section, TOOLS, outline};
