//! The cleaning log of a round on the command line.

use super::process::RoundName;
use super::{Absent, Caller, Mistakes, Report, file_name, read_file};
use crate::http::fitted_json;
use crate::journey::{RoundOf, cleaning};
use crate::spreadsheet::{self, Kind, Table};
use anyhow::{Context, Result};
use dtm_model::{BatchId, RoundState};
use dtm_process::corrections::{read_log, word, write_log};
use dtm_store::{BatchKind, Store};
use serde_json::json;
use std::path::{Path, PathBuf};

/// The cleaning log: out as a sheet, in as a filled one
#[derive(clap::Subcommand)]
pub(crate) enum Log {
    /// Write the log in the layout that IMPACT and REACH keep
    Export {
        #[command(flatten)]
        name: RoundName,
        /// The file (.xlsx or .csv)
        file: PathBuf,
        /// Every entry, those that were undone included
        #[arg(long)]
        all: bool,
    },
    /// Hold a filled log against the records, and apply what fits
    Import {
        #[command(flatten)]
        name: RoundName,
        /// The file (.xlsx, .xls, .ods or .csv)
        file: PathBuf,
        /// Apply what fits; without, only what would happen is told
        #[arg(long)]
        apply: bool,
    },
    /// Take back what one import did
    Undo {
        #[command(flatten)]
        name: RoundName,
        /// The id that the import told
        batch: String,
    },
}

pub(super) fn kind_of(file: &Path, caller: &Caller) -> Result<Kind> {
    Kind::of(&file_name(file)).ok_or_else(|| {
        Mistakes::one(caller.say("name a file that ends in .xlsx or .csv", "nommez un fichier en .xlsx ou .csv"))
    })
}

impl Log {
    pub(crate) async fn run(self, store: &Store, caller: &Caller) -> Result<Report> {
        match self {
            Log::Export { name, file, all } => {
                let (operation, exercise, round) = name.find(store).await?;
                let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
                let kind = kind_of(&file, caller)?;
                let lines = cleaning::lines(store, of, all).await?;
                std::fs::write(&file, Table::of_texts("log", write_log(&lines, &[])).file(kind)?)
                    .with_context(|| format!("cannot write {}", file.display()))?;
                let n = lines.len();
                let text = caller
                    .say(format!("{n} lines in {}.", file.display()), format!("{n} lignes dans {}.", file.display()));
                Ok(Report::new(text, json!({ "lines": n })))
            }
            Log::Import { name, file, apply } => import(store, &name, &file, apply, caller).await,
            Log::Undo { name, batch } => {
                let (_, _, round) = name.find(store).await?;
                let id: BatchId = batch.parse().map_err(|_| absent(caller))?;
                let found = store.batch(&id).await?.filter(|batch| batch.round == round.id);
                let batch = found.filter(|batch| batch.applied_at.is_some() && batch.undone_at.is_none());
                let batch = batch.ok_or_else(|| absent(caller))?;
                let stamp = caller.stamp();
                let (n, stay) = cleaning::undo(store, &batch, (&stamp.by, &stamp), caller.lang).await?;
                let text = caller.say(
                    format!("{n} entries taken back; {stay} stay, as somebody spoke since."),
                    format!("{n} entrées reprises ; {stay} restent, quelqu’un s’étant prononcé depuis."),
                );
                Ok(Report::new(text, json!({ "undone": n, "stay": stay })))
            }
        }
    }
}

fn absent(caller: &Caller) -> anyhow::Error {
    Absent(
        caller
            .say("no such import to take back in this round", "pas d’importation de ce nom à reprendre dans ce cycle"),
    )
    .into()
}

async fn import(store: &Store, name: &RoundName, file: &Path, apply: bool, caller: &Caller) -> Result<Report> {
    let (operation, exercise, round) = name.find(store).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let lines = spreadsheet::read(&read_file(file)?, &file_name(file))
        .map_err(|error| Mistakes::one(error.message(caller.lang)))?;
    let log = read_log(&lines).map_err(|error| Mistakes::one(error.message(caller.lang)))?;
    let (fitted, batch) = if apply {
        if round.state >= RoundState::Cleared {
            return Err(Mistakes::one(caller.say(
                "the round is cleared; move it back first, with a reason",
                "le cycle est validé ; faites-le d’abord revenir en arrière, avec un motif",
            )));
        }
        let stamp = caller.stamp();
        let batch = cleaning::new_batch(of, BatchKind::Log, &file_name(file), &stamp);
        store.add_batch(&batch, &stamp).await?;
        let applied = cleaning::apply_log(store, of, &batch, &log, (&stamp.by, &stamp)).await?;
        (applied.fitted, Some(applied.batch))
    } else {
        (cleaning::fit(store, of, &log).await?, None)
    };
    let mut text: Vec<String> =
        fitted.by_change().iter().map(|(change, n)| format!("{n:>7} {}", word(*change))).collect();
    let counts = [
        (fitted.n_already_so, "say what is so already", "disent ce qui est déjà"),
        (fitted.n_undecided, "are not decided yet", "ne sont pas encore décidées"),
        (
            fitted.overtaken.len(),
            "speak of what somebody changed meanwhile",
            "parlent de ce que quelqu’un a changé entre-temps",
        ),
        (fitted.problems.len(), "do not fit", "ne conviennent pas"),
    ];
    text.extend(counts.iter().filter(|(n, ..)| *n > 0).map(|(n, en, fr)| format!("{n:>7} {}", caller.say(*en, *fr))));
    text.extend(fitted.problems.iter().take(100).map(|problem| format!("  {}", problem.message(caller.lang))));
    if let Some(batch) = &batch {
        text.push(caller.say(
            format!("Applied; `dtm round log undo … {batch}` takes it back."),
            format!("Appliqué ; `dtm round log undo … {batch}` le reprend."),
        ));
    }
    let exit = if fitted.problems.is_empty() && fitted.overtaken.is_empty() { 0 } else { 5 };
    Ok(Report::new(text.join("\n"), fitted_json(&fitted, batch.as_ref(), caller.lang)).exit(exit))
}

/// Writes the answers of a form's records in a round, as they arrived or with the log applied.
pub(super) async fn answers(
    store: &Store,
    blobs: &dtm_store::Blobs,
    (name, form, file): (&RoundName, &str, &Path),
    is_clean: bool,
    caller: &Caller,
) -> Result<Report> {
    let (operation, exercise, round) = name.find(store).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let kind = kind_of(file, caller)?;
    let sheet = cleaning::answers(store, blobs, of, form, is_clean).await?.ok_or_else(|| {
        Absent(
            caller.say(format!("no records of a form «{form}»"), format!("pas de fiches d’un formulaire « {form} »")),
        )
    })?;
    let n = sheet.rows.len();
    let lines: Vec<Vec<String>> = std::iter::once(sheet.header).chain(sheet.rows).collect();
    let bytes = Table::of_texts("answers", lines).file(kind)?;
    std::fs::write(file, bytes).with_context(|| format!("cannot write {}", file.display()))?;
    let text =
        caller.say(format!("{n} records in {}.", file.display()), format!("{n} fiches dans {}.", file.display()));
    Ok(Report::new(text, json!({ "records": n })))
}
