//! Mappings: drafted, checked, kept, tried, and their versions.

use super::process::{find_exercise, find_operation};
use super::{Absent, Caller, Mistakes, Report, file_name, read_file, read_text, say};
use crate::http::Samples;
use crate::journey::mapping::{self as mappings, Keeping, Kept, Mapped, Tried, Workbench};
use crate::journey::{forms, load, settle};
use anyhow::Result;
use dtm_capture::{table, workbook::Workbook, xform};
use dtm_process::mapping::{self, QuestionSet};
use dtm_store::{Store, StoredMapping};
use serde_json::json;
use std::path::PathBuf;
use std::sync::Arc;

/// Mappings
#[derive(clap::Subcommand)]
pub(crate) enum MappingCommand {
    /// Draft a mapping from dictionary names and HXL tags, and print it
    Draft {
        /// Spreadsheet with data, XLSForm or XForm
        file: PathBuf,
        /// Read the file as a table of data, not as a form
        #[arg(long)]
        table: bool,
    },
    /// Check a mapping against the form or table it is for
    Check {
        /// The mapping (TOML)
        mapping: PathBuf,
        /// Spreadsheet with data, XLSForm or XForm
        file: PathBuf,
        /// Read the file as a table of data, not as a form
        #[arg(long)]
        table: bool,
    },
    /// Keep a mapping for a form, or for imported tables
    Store {
        /// The mapping (TOML)
        mapping: PathBuf,
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// Short name of the exercise
        #[arg(long, short)]
        exercise: Option<String>,
        /// Id of the form; left out for imported tables
        #[arg(long)]
        form: Option<String>,
        /// Why; it stays in the history
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Print the mapping in force, or an earlier version
    Show {
        #[command(flatten)]
        name: MappingName,
        /// The version (else the newest)
        #[arg(long)]
        version: Option<u32>,
    },
    /// List the versions, with what each changed
    Versions {
        #[command(flatten)]
        name: MappingName,
    },
    /// Say what a changed mapping would make of the newest records, and keep nothing
    Try {
        /// The mapping (TOML)
        mapping: PathBuf,
        #[command(flatten)]
        name: MappingName,
    },
    /// Return to an earlier version, as a new version that equals it
    Return {
        /// The version to return to
        version: u32,
        #[command(flatten)]
        name: MappingName,
        /// Why; it stays in the history
        #[arg(long)]
        reason: String,
    },
}

/// Which mapping a command is about.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct MappingName {
    /// Short name of the operation
    #[arg(long, short)]
    operation: String,
    /// Short name of the exercise; may be left out where the operation has one
    #[arg(long, short)]
    exercise: Option<String>,
    /// Id of the form; left out for imported tables
    #[arg(long)]
    form: Option<String>,
}

impl MappingName {
    async fn find(&self, store: &Store) -> Result<Mapped> {
        let operation = find_operation(store, &self.operation).await?;
        let exercise = find_exercise(store, &operation, self.exercise.as_deref()).await?;
        let key = self.form.as_deref().unwrap_or(settle::TABLE_FORM);
        let found = mappings::named(store, &operation, &exercise, key).await?;
        found.ok_or_else(|| {
            let (en, fr) = (
                format!("no form «{key}» in {}", exercise.slug),
                format!("pas de formulaire « {key} » dans {}", exercise.slug),
            );
            Absent(say(en, fr)).into()
        })
    }
}

/// A version by its number, or the newest one.
async fn version_of(store: &Store, mapped: &Mapped, version: Option<u32>) -> Result<StoredMapping> {
    let found = match version {
        Some(version) => mapped.version(store, version).await?,
        None => mapped.stands(store).await?,
    };
    found.ok_or_else(|| {
        Absent(say("there is no such version of the mapping", "il n’y a pas cette version de la correspondance")).into()
    })
}

/// What a mapping would change, in lines.
fn tried_text(caller: &Caller, tried: &Tried) -> String {
    let number = |n: Option<f64>| n.map_or_else(|| "–".to_owned(), |n| n.to_string());
    let mut text = caller.say(
        format!(
            "Tried on {} records of round {}; {} say something else.",
            tried.n_records, tried.round.label, tried.n_changed
        ),
        format!(
            "Essayée sur {} enregistrements du cycle {} ; {} disent autre chose.",
            tried.n_records, tried.round.label, tried.n_changed
        ),
    );
    for line in &tried.figures {
        let of = mappings::dimension(&line.of);
        let name = format!("{} {} {}", line.indicator, of.0, of.1);
        text += &format!("\n  {:<60} {} → {}", name.trim(), number(line.before), number(line.after));
    }
    for line in &tried.notices {
        let (severity, [before, after]) = (settle::severity_code(line.severity), line.n);
        text += &format!("\n  {severity:<8} {:<32} {before} → {after}", line.check);
    }
    text
}

/// The questions of a form or the columns of a table, and some answers to learn from.
fn questions(
    file: &std::path::Path,
    as_table: bool,
    caller: &Caller,
) -> Result<(QuestionSet, Vec<dtm_model::Answers>)> {
    let bytes = read_file(file)?;
    if as_table {
        let book =
            Workbook::read(&bytes, &file_name(file)).map_err(|error| Mistakes::one(error.message(caller.lang)))?;
        let read = table::read(&book, &table::TableOptions::default())
            .map_err(|error| Mistakes::one(error.message(caller.lang)))?;
        let sample = read.rows.iter().take(500).map(|row| row.answers.clone()).collect();
        return Ok((load::questions(&read), sample));
    }
    let translated = forms::translate(&bytes, &file_name(file), caller.lang)?;
    if translated.xform.is_empty() {
        return Err(Mistakes { lines: translated.errors }.into());
    }
    let schema = xform::read(&translated.xform).map_err(|error| Mistakes::one(error.message(caller.lang)))?;
    Ok((QuestionSet::of_form(&schema), Vec::new()))
}

impl MappingCommand {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        match self {
            MappingCommand::Draft { file, table } => {
                let (questions, answers) = questions(&file, table, caller)?;
                let sample: Vec<_> = answers.iter().collect();
                let draft = mapping::draft(&questions, &dtm_process::dictionary::builtin(), &sample);
                let toml = draft.mapping.to_toml();
                let mut report = Report::new(
                    "",
                    json!({ "mapping": toml, "fed": draft.coverage.fed.iter().map(|feed| &feed.question).collect::<Vec<_>>(), "unused": draft.coverage.unused, "unfed": draft.coverage.unfed }),
                );
                let c = &draft.coverage;
                report.notes.push(caller.say(
                    format!("{} indicators are fed; {} questions are unused; Core indicators nothing feeds: {}", c.fed.len(), c.unused.len(), c.unfed.join(", ")),
                    format!("{} indicateurs sont alimentés ; {} questions ne servent pas ; indicateurs de base sans source : {}", c.fed.len(), c.unused.len(), c.unfed.join(", ")),
                ));
                report.bytes = Some(toml.into_bytes());
                Ok(report)
            }
            MappingCommand::Check { mapping, file, table } => {
                let (questions, _) = questions(&file, table, caller)?;
                let mapping = load::read_mapping(&read_text(&mapping)?, caller.lang)?;
                let problems = mapping::check(&mapping, &questions, &dtm_process::dictionary::builtin());
                if !problems.is_empty() {
                    return Err(Mistakes {
                        lines: problems.iter().map(|problem| problem.message(caller.lang)).collect(),
                    }
                    .into());
                }
                Ok(Report::new(
                    caller.say("The mapping fits.", "La correspondance convient."),
                    json!({ "problems": [] }),
                ))
            }
            MappingCommand::Store { mapping, operation, exercise, form, reason } => {
                let (store, _) = caller.place.open().await?;
                let mapped = MappingName { operation, exercise, form }.find(&store).await?;
                let text = read_text(&mapping)?;
                keep(&store, &mapped, Keeping { text: &text, reason: &reason, after: None }, caller).await
            }
            MappingCommand::Show { name, version } => {
                let (store, _) = caller.place.open().await?;
                let mapped = name.find(&store).await?;
                let kept = version_of(&store, &mapped, version).await?;
                let mut json = mappings::version_json(&kept);
                json["text"] = kept.text.as_str().into();
                let mut report = Report::new("", json);
                report.bytes = Some(kept.text.into_bytes());
                Ok(report)
            }
            MappingCommand::Versions { name } => {
                let (store, _) = caller.place.open().await?;
                let mapped = name.find(&store).await?;
                let dictionary = settle::dictionary(&store).await?;
                let versions = mapped.versions(&store).await?;
                let (mut text, mut json) = (String::new(), Vec::new());
                for (at, version) in versions.iter().enumerate() {
                    let before = versions.get(at + 1).map(|before| before.text.as_str());
                    let changes = before.map(|before| mappings::differences(before, &version.text, &dictionary));
                    let changes = changes.unwrap_or_default();
                    text +=
                        &format!("{:>3} {} {} {}\n", version.version, version.made_at, version.made_by, version.reason);
                    for change in &changes {
                        text += &format!("      {}\n", change.message(caller.lang));
                    }
                    let mut told = mappings::version_json(version);
                    told["changes"] = mappings::changes_json(&changes, caller.lang);
                    json.push(told);
                }
                Ok(Report::new(text.trim_end(), json.into()))
            }
            MappingCommand::Try { mapping, name } => {
                let (store, blobs) = caller.place.open().await?;
                let mapped = name.find(&store).await?;
                let tried = load::read_mapping(&read_text(&mapping)?, caller.lang)?;
                let atlas = Arc::new(store.atlas(&mapped.operation.admin0).await?);
                let bench = Workbench::of(&store, &blobs, mapped, atlas, mappings::MOST_RECORDS).await?;
                match mappings::try_it(&store, &blobs, &bench, &tried, &caller.stamp()).await? {
                    Some(tried) => {
                        let json = mappings::tried_json(&bench, &tried, &Samples::Everything, caller.lang);
                        Ok(Report::new(tried_text(caller, &tried), json))
                    }
                    None => Ok(Report::new(
                        caller.say("No record came yet.", "Aucun enregistrement n’est encore arrivé."),
                        serde_json::Value::Null,
                    )),
                }
            }
            MappingCommand::Return { version, name, reason } => {
                let (store, _) = caller.place.open().await?;
                let mapped = name.find(&store).await?;
                let text = version_of(&store, &mapped, Some(version)).await?.text;
                keep(&store, &mapped, Keeping { text: &text, reason: &reason, after: None }, caller).await
            }
        }
    }
}

/// Keeps a mapping, whatever stood.
async fn keep(store: &Store, mapped: &Mapped, keeping: Keeping<'_>, caller: &Caller) -> Result<Report> {
    let version = match mappings::keep(store, mapped, keeping, caller.lang, &caller.stamp()).await? {
        Kept::Version(version) => version,
        Kept::Since(newer) => newer.version,
    };
    Ok(Report::new(
        caller.say(
            format!("Version {version} of the mapping is kept."),
            format!("La version {version} de la correspondance est gardée."),
        ),
        json!({ "version": version }),
    ))
}
