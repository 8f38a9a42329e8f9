//! The columns of imported tables as their files have them: in their order, with the HXL tags that stand above them. They
//! are kept when a table comes, so that its mapping can be drafted and shown without reading the file again.

use super::settle::{keep, kept};
use anyhow::{Context, Result};
use dtm_capture::table;
use dtm_model::{BlobHash, Record, Round, Source};
use dtm_process::mapping::{Question, QuestionSet};
use dtm_store::{Blobs, Stamp, Store};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Under which name they are kept with a round.
const KIND: &str = "import_columns";

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Column {
    name: String,
    hxl: Option<String>,
}

/// Keeps the columns of a file that brings rows into a round.
pub(crate) async fn keep_columns(
    store: &Store,
    blobs: &Blobs,
    round: &Round,
    (file, table): (&BlobHash, &table::Table),
    stamp: &Stamp,
) -> Result<()> {
    let columns: Vec<Column> =
        table.columns.iter().map(|column| Column { name: column.name.clone(), hxl: column.hxl.clone() }).collect();
    let mut known = of_round(store, blobs, round).await?;
    if known.get(file) == Some(&columns) {
        return Ok(());
    }
    known.insert(file.clone(), columns);
    keep(store, blobs, round, KIND, serde_json::to_vec(&known)?.into(), stamp).await
}

async fn of_round(store: &Store, blobs: &Blobs, round: &Round) -> Result<BTreeMap<BlobHash, Vec<Column>>> {
    match kept(store, blobs, round, KIND).await? {
        Some(bytes) => serde_json::from_slice(&bytes).context("the kept columns of imports"),
        None => Ok(BTreeMap::new()),
    }
}

/// The columns of these rows of a round, as questions: those of their files, then what only rows name.
pub(crate) async fn questions<'r>(
    store: &Store,
    blobs: &Blobs,
    round: &Round,
    rows: impl IntoIterator<Item = &'r Record> + Clone,
) -> Result<QuestionSet> {
    let mut files: Vec<&BlobHash> = Vec::new();
    for row in rows.clone() {
        if let Source::Row { file, .. } = &row.source
            && !files.contains(&file)
        {
            files.push(file);
        }
    }
    let known = of_round(store, blobs, round).await?;
    // The last file stands for the round; what earlier ones had beside it follows.
    let columns = files.iter().rev().filter_map(|file| known.get(*file)).flatten();
    let tagged = columns.map(|column| Question::column(&column.name, column.hxl.as_deref(), None));
    let names: BTreeSet<&str> =
        rows.into_iter().flat_map(|row| row.answers.values.keys().map(String::as_str)).collect();
    Ok(QuestionSet::of_columns(tagged.chain(names.into_iter().map(|name| Question::column(name, None, None)))))
}
