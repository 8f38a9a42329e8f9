//! Files come in: tables, indicators, mappings.

use super::columns;
use super::settle::{self, TABLE_FORM};
use crate::cli::Mistakes;
use crate::world;
use anyhow::Result;
use dtm_capture::{table, workbook::Workbook};
use dtm_model::{BlobHash, Exercise, Indicator, Lang, MappingId, RecordId, Round, RoundState};
use dtm_process::mapping::{self, Mapping, Question, QuestionSet};
use dtm_store::{Blobs, Stamp, Store};

/// A spreadsheet as it is brought.
pub(crate) struct TableFile<'a> {
    pub(crate) bytes: Vec<u8>,
    pub(crate) file_name: &'a str,
    pub(crate) options: table::TableOptions,
    /// The mapping of its columns; the exercise's own where none is given.
    pub(crate) mapping_text: Option<&'a str>,
}

/// What importing a table gave.
pub(crate) struct TableLoaded {
    pub(crate) file: BlobHash,
    pub(crate) n_rows: usize,
    pub(crate) n_new: u64,
    pub(crate) n_columns: usize,
    pub(crate) remarks: Vec<String>,
}

/// Brings the rows of a spreadsheet into a round. Every row keeps the file's hash and its number as its source; the
/// file itself is kept too.
pub(crate) async fn rows(
    store: &Store,
    blobs: &Blobs,
    exercise: &Exercise,
    round: &Round,
    brought: TableFile<'_>,
    lang: Lang,
    stamp: &Stamp,
) -> Result<TableLoaded> {
    let TableFile { bytes, file_name, options, mapping_text } = brought;
    if !matches!(round.state, RoundState::Planned | RoundState::Collecting | RoundState::Verifying) {
        return Err(Mistakes::one(match lang {
            Lang::En => format!("round {} is {}: it takes no more data", round.label, round.state.code()),
            Lang::Fr => format!("le cycle {} est {} : il ne prend plus de données", round.label, round.state.code()),
        }));
    }
    let name = file_name.to_owned();
    let (read, bytes) = tokio::task::spawn_blocking(move || {
        let read = Workbook::read(&bytes, &name)
            .map_err(|error| Mistakes::one(error.message(lang)))
            .and_then(|book| table::read(&book, &options).map_err(|error| Mistakes::one(error.message(lang))));
        (read, bytes)
    })
    .await?;
    let table = read?;
    if let Some(text) = mapping_text {
        let dictionary = settle::dictionary(store).await?;
        let mapping = read_mapping(text, lang)?;
        let problems = mapping::check(&mapping, &questions(&table), &dictionary);
        if !problems.is_empty() {
            return Err(Mistakes { lines: problems.iter().map(|problem| problem.message(lang)).collect() }.into());
        }
        store.put_mapping(&world::fresh(MappingId::new), &exercise.id, TABLE_FORM, text, stamp).await?;
    }
    let file = blobs.put(bytes).await?;
    let records = table::to_records(&table, &file, file_name, &table.sheet, |_| world::fresh(RecordId::new));
    let n_new = store.put_imported(&round.id, &file, file_name, &records, stamp).await?;
    settle::keep_notes(store, blobs, round, &file, &table.notes, stamp).await?;
    columns::keep_columns(store, blobs, round, (&file, &table), stamp).await?;
    let remarks = table.notes.iter().map(|note| settle::message(note, lang)).collect();
    Ok(TableLoaded { file, n_rows: records.len(), n_new, n_columns: table.columns.len(), remarks })
}

/// The columns of a table as a mapping addresses them.
pub(crate) fn questions(table: &table::Table) -> QuestionSet {
    QuestionSet::of_columns(
        table.columns.iter().map(|column| Question::column(&column.name, column.hxl.as_deref(), None)),
    )
}

/// Reads a mapping, with every mistake in it.
pub(crate) fn read_mapping(text: &str, lang: Lang) -> Result<Mapping> {
    Mapping::from_toml(text)
        .map_err(|problems| Mistakes { lines: problems.iter().map(|problem| problem.message(lang)).collect() }.into())
}

/// The entries of an export of the whole dictionary, and what was odd in it.
pub(crate) fn read_dictionary(bytes: &[u8], file_name: &str, lang: Lang) -> Result<(Vec<Indicator>, Vec<String>)> {
    let book = Workbook::read(bytes, file_name).map_err(|error| Mistakes::one(error.message(lang)))?;
    let sheet = book.sheets.first().filter(|sheet| !sheet.rows.is_empty()).ok_or_else(|| {
        Mistakes::one(match lang {
            Lang::En => "the file has no rows",
            Lang::Fr => "le fichier n’a pas de lignes",
        })
    })?;
    let (entries, problems) = dtm_process::dictionary::from_rows(&sheet.rows[0], &sheet.rows[1..]);
    let problems: Vec<String> = problems.iter().map(|problem| problem.message(lang)).collect();
    if entries.is_empty() {
        return Err(Mistakes { lines: problems }.into());
    }
    Ok((entries, problems))
}

/// Extends the dictionary from a full export.
pub(crate) async fn dictionary(
    store: &Store,
    bytes: &[u8],
    file_name: &str,
    lang: Lang,
    stamp: &Stamp,
) -> Result<(usize, Vec<String>)> {
    let (entries, problems) = read_dictionary(bytes, file_name, lang)?;
    store.put_indicators(&entries, stamp).await?;
    Ok((entries.len(), problems))
}
