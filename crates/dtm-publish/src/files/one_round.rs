//! The downloads of one round's page, at addresses that name the round already.
//!
//! Their columns are those of a dataset without what the address says: operation, exercise, round, date, version.

use super::{About, Format, WriteError};
use crate::dataset::{self, Dataset, Form};
use dtm_model::{Atlas, Lang};
use dtm_protect::Release;
use std::io::Cursor;
use std::path::Path;

/// The columns that the address of a round makes superfluous, and those that came later than these downloads.
const LEFT_OUT: [&str; 7] = ["operation", "exercise", "round", "reported_on", "version", "area_level", "area_parent"];

/// The dataset without what every row of a round repeats; the rows of the public API stay as that has them.
pub(super) fn narrowed(dataset: Dataset<'_>) -> Dataset<'_> {
    let is_api = dataset.name() == dataset::API_ROWS;
    dataset.only(|column| is_api || !LEFT_OUT.contains(&column.name.as_str()))
}

/// The table of this name in a small file; none if the release has no such table.
///
/// # Errors
/// See [`WriteError`].
pub fn table(
    release: &Release,
    name: &str,
    atlas: &Atlas,
    lang: Lang,
    format: Format,
) -> Result<Option<Vec<u8>>, WriteError> {
    let dataset = dataset::of(name, &[release], atlas, &Form::named(lang))?;
    let Some(dataset) = dataset.map(narrowed) else { return Ok(None) };
    let mut out = Cursor::new(Vec::new());
    format.write(&dataset, &About::new(lang), Path::new(""), &mut out)?;
    Ok(Some(out.into_inner()))
}

/// The dataset of this name as GeoJSON, with names in every language; none if the release has no such dataset.
///
/// # Errors
/// See [`WriteError`].
pub fn features(release: &Release, name: &str, atlas: &Atlas, lang: Lang) -> Result<Option<Vec<u8>>, WriteError> {
    let Some(dataset) = dataset::of(name, &[release], atlas, &Form::every_language())? else { return Ok(None) };
    let mut out = Cursor::new(Vec::new());
    Format::GeoJson.write(&dataset, &About::new(lang), Path::new(""), &mut out)?;
    Ok(Some(out.into_inner()))
}
