//! The factsheet: one round on two pages of A4, as an accessible PDF in the reader's language.
//!
//! In: releases, areas with outlines, a language. Out: a tagged PDF (PDF/UA-1), the same bytes for the same release.
//! Titles, numbers and drawings are those of the public page: the sentences are bound to their conditions by
//! [`crate::page::message`], and the drawings are vectors made by [`crate::drawing`].

mod typeset;
mod values;

#[cfg(test)]
mod tests;

pub use typeset::FactsheetError;

use crate::words::Words;
use dtm_model::{Atlas, Lang};
use dtm_protect::Release;

/// What a factsheet is made from.
#[derive(Clone, Copy)]
pub struct Factsheet<'a> {
    /// The round it is about.
    pub current: &'a Release,
    /// The newest versions of the rounds before, in any order.
    pub earlier: &'a [&'a Release],
    /// Areas and outlines.
    pub atlas: &'a Atlas,
    /// Its language.
    pub lang: Lang,
}

/// Makes the factsheet. It takes some tenths of a second of computing: call it off the threads that serve requests.
pub fn pdf(factsheet: &Factsheet<'_>) -> Result<Vec<u8>, FactsheetError> {
    let (sheet, drawings) = values::sheet(factsheet, Words::of(factsheet.lang));
    let json = serde_json::to_vec(&sheet)?;
    let mut files: Vec<(&str, &[u8])> = vec![(typeset::VALUES, &json)];
    files.extend(drawings.iter().map(|(name, svg)| (*name, svg.as_bytes())));
    let current = factsheet.current;
    let ident = format!("{}/{}", current.id(), factsheet.lang.code());
    typeset::typeset(&files, ident, current.made_at())
}
