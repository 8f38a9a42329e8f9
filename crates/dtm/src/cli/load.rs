//! Areas, places, tables, published rounds and the dictionary.

use super::bring::{FromCentral, FromFolder, FromKobo};
use super::process::{RoundName, find_operation};
use super::{Caller, Report, file_name, read_file, read_text};
use crate::journey::{load, past, places, settle};
use anyhow::Result;
use chrono::NaiveDate;
use dtm_capture::table;
use dtm_process::places::{AreaChange, AreaOptions, Becomes, PlaceProblem};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Examples below the help of `dtm import`.
pub(crate) const IMPORTS: &str = "\
Examples
  From another server (secrets stand in the environment, where others do not see them; run again to go on):
    DTM_IMPORT_PASSWORD=… dtm import central https://central.example.org --project 4 --email me@example.org -o hti
    DTM_IMPORT_TOKEN=…    dtm import kobo https://kf.example.org --project aBcDeFgH -o hti
  From an export or a folder (Central's and Kobo's tables, Briefcase, filled forms with their files):
    dtm import submissions submissions.csv.zip -o hti --form site
    dtm import submissions ~/instances -o hti --round 5
  From files:
    dtm import areas hti_admin.geojson -o hti
    dtm import places sites.csv -o hti
    dtm import table round3.xlsx -o hti -e mobility --round 3

docs/moving-here.md says what comes over and what does not.";

/// Files
#[derive(clap::Subcommand)]
pub(crate) enum Import {
    /// Areas and outlines: GeoJSON, TopoJSON, zipped Shapefile or CSV with p-codes
    Areas {
        /// The file
        file: PathBuf,
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// Level of the areas, 0 to 4 (else as the file tells)
        #[arg(long)]
        level: Option<u8>,
        /// Column or property of the p-codes (else recognised)
        #[arg(long)]
        pcode: Option<String>,
        /// Column or property of the parents' p-codes (else recognised, or read off the code)
        #[arg(long)]
        parent: Option<String>,
        /// Column or property of the names in a language: en=ADM2_EN
        #[arg(long, value_parser = parse_pair)]
        name: Vec<(String, String)>,
        /// First day of what is new; areas that the file has no more end the day before, and their places move
        #[arg(long, value_name = "DATE")]
        from: Option<NaiveDate>,
        /// Only say what would change
        #[arg(long)]
        preview: bool,
    },
    /// Localities, sites and flow monitoring points: CSV or a spreadsheet with ssid, name, kind, area, lon, lat, opened_on,
    /// closed_on, site_type, aliases; an empty cell changes nothing
    Places {
        /// The file
        file: PathBuf,
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// Only say what would change
        #[arg(long)]
        preview: bool,
    },
    /// The rows of a spreadsheet, into a round
    Table {
        /// The file (.xlsx, .xls, .ods, .csv)
        file: PathBuf,
        #[command(flatten)]
        name: RoundName,
        /// Mapping of its columns (TOML); drafted from HXL tags and dictionary names when there is none
        #[arg(long)]
        mapping: Option<PathBuf>,
        /// Name of the sheet (else the first that holds a table)
        #[arg(long)]
        sheet: Option<String>,
        /// How many rows stand above the data (else found by looking)
        #[arg(long)]
        header_rows: Option<u32>,
    },
    /// A project of an ODK Central server: forms, submissions with files and reviews, entities; can be run again
    Central(FromCentral),
    /// A project of a KoboToolbox server: form versions, submissions with files and reviews; can be run again
    Kobo(FromKobo),
    /// A folder, archive or table exported elsewhere: forms, filled forms with files, tables; can be run again
    Submissions(FromFolder),
    /// Answers of the public DTM API (admin 0, 1 and 2), as rounds that were published before
    PastRounds {
        /// The answers as saved (JSON), any levels together
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Who published them
        #[arg(
            long,
            default_value = "International Organization for Migration (IOM), Displacement Tracking Matrix (DTM)"
        )]
        source: String,
    },
}

fn parse_pair(text: &str) -> Result<(String, String), String> {
    text.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned())).ok_or_else(|| "LANG=COLUMN".to_owned())
}

fn messages(problems: &[PlaceProblem], caller: &Caller) -> Vec<String> {
    problems.iter().map(|problem| problem.message(caller.lang)).collect()
}

/// What a file of areas would change, a line an area.
fn areas_preview(read: &places::AreasRead, caller: &Caller) -> Report {
    let said = |change: &AreaChange| match &change.becomes {
        Becomes::New => caller.say("new".to_owned(), "nouvelle".to_owned()),
        Becomes::Changed(differences) => {
            let told = differences.iter().map(|d| format!("{}: {} → {}", d.fact, d.old, d.new));
            told.collect::<Vec<_>>().join("; ")
        }
        Becomes::Ended(became) => {
            let told = became.iter().map(|(pcode, share)| format!(" {pcode} ({:.0} %)", share * 100.0));
            let ended = caller.say("ended →".to_owned(), "prend fin →".to_owned());
            format!("{ended}{}", told.collect::<String>())
        }
    };
    let changes = &read.succession.changes;
    let mut text = caller.say(
        format!("{} areas in the file; {} change.", read.areas.len(), changes.len()),
        format!("{} zones dans le fichier ; {} changent.", read.areas.len(), changes.len()),
    );
    for change in changes {
        text += &format!("\n  {} {}", change.pcode, said(change));
    }
    let changes: Vec<_> =
        changes.iter().map(|change| json!({ "area": change.pcode, "becomes": said(change) })).collect();
    Report::new(
        text,
        json!({ "areas": read.areas.len(), "changes": changes, "remarks": messages(&read.problems, caller) }),
    )
}

/// Lines of remarks below a first sentence, the first hundred of them.
fn with_remarks(first: String, remarks: &[String], caller: &Caller) -> String {
    const SHOWN: usize = 100;
    let mut text = first;
    for remark in remarks.iter().take(SHOWN) {
        text += &format!("\n  {remark}");
    }
    if let Some(more) = remarks.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        text += &caller.say(
            format!("\n  and {more} more (--json lists all)"),
            format!("\n  et {more} autres (--json les liste tous)"),
        );
    }
    text
}

impl Import {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, blobs) = caller.place.open().await?;
        let stamp = caller.stamp();
        match self {
            Import::Areas { file, operation, level, pcode, parent, name, from, preview } => {
                let operation = find_operation(&store, &operation).await?;
                let options =
                    AreaOptions { level, pcode, parent, names: BTreeMap::from_iter(name), ..AreaOptions::default() };
                let (bytes, name) = (read_file(&file)?, file_name(&file));
                let read = places::read_areas(&store, &operation, bytes, &name, options, caller.lang).await?;
                if preview {
                    return Ok(areas_preview(&read, caller));
                }
                let ends = match from {
                    Some(_) => read.succession.ended().map(|(pcode, _)| pcode.clone()).collect(),
                    None => BTreeSet::new(),
                };
                let from = places::From { day: from, ends };
                let taken = places::take_areas(&store, &operation, read, &from, &name, &stamp).await?;
                let remarks = messages(&taken.problems, caller);
                let places::AreasTaken { n_areas, n_boundaries, n_ended, n_moved, unplaced, .. } = taken;
                let mut first = caller.say(
                    format!("{n_areas} areas and {n_boundaries} outlines."),
                    format!("{n_areas} zones et {n_boundaries} contours."),
                );
                if n_ended > 0 {
                    first += &caller.say(
                        format!(" {n_ended} areas ended; {n_moved} places moved, {} wait for an area.", unplaced.len()),
                        format!(
                            " {n_ended} zones ont pris fin ; {n_moved} lieux déplacés, {} sans nouvelle zone.",
                            unplaced.len()
                        ),
                    );
                }
                let json = json!({
                    "areas": n_areas, "outlines": n_boundaries, "ended": n_ended, "places_moved": n_moved,
                    "places_without_area": unplaced, "remarks": remarks,
                });
                Ok(Report::new(with_remarks(first, &remarks, caller), json))
            }
            Import::Places { file, operation, preview } => {
                let operation = find_operation(&store, &operation).await?;
                let (bytes, name) = (read_file(&file)?, file_name(&file));
                let read = places::read_list(&store, &operation, bytes, &name, caller.lang).await?;
                let remarks = messages(&read.problems, caller);
                let (n_new, n_changed, n_same) = read.counts();
                if !preview {
                    places::take_list(&store, &operation, read, &name, &stamp).await?;
                }
                let first = caller.say(
                    format!("{n_new} new places, {n_changed} changed, {n_same} as they were."),
                    format!("{n_new} nouveaux lieux, {n_changed} modifiés, {n_same} inchangés."),
                );
                let json = json!({
                    "places": n_new + n_changed + n_same, "new": n_new, "changed": n_changed, "taken": !preview,
                    "remarks": remarks,
                });
                Ok(Report::new(with_remarks(first, &remarks, caller), json))
            }
            Import::Table { file, name, mapping, sheet, header_rows } => {
                let (_, exercise, round) = name.find(&store).await?;
                let mapping = match mapping {
                    Some(path) => Some(read_text(&path)?),
                    None => None,
                };
                let options = table::TableOptions { sheet, header_rows, decimal_comma: None };
                let loaded = load::rows(
                    &store,
                    &blobs,
                    &exercise,
                    &round,
                    load::TableFile {
                        bytes: read_file(&file)?,
                        file_name: &file_name(&file),
                        options,
                        mapping_text: mapping.as_deref(),
                    },
                    caller.lang,
                    &stamp,
                )
                .await?;
                let first = caller.say(
                    format!("{} rows × {} columns; {} rows are new.", loaded.n_rows, loaded.n_columns, loaded.n_new),
                    format!(
                        "{} lignes × {} colonnes ; {} lignes sont nouvelles.",
                        loaded.n_rows, loaded.n_columns, loaded.n_new
                    ),
                );
                let json = json!({
                    "file": loaded.file, "rows": loaded.n_rows, "columns": loaded.n_columns, "new": loaded.n_new, "remarks": loaded.remarks,
                });
                Ok(Report::new(with_remarks(first, &loaded.remarks, caller), json))
            }
            Import::Central(from) => from.run(caller).await,
            Import::Kobo(from) => from.run(caller).await,
            Import::Submissions(from) => from.run(caller).await,
            Import::PastRounds { files, source } => {
                let mut answers = Vec::new();
                for path in &files {
                    answers.push((file_name(path), read_file(path)?));
                }
                let levels = past::read_answers(&answers, caller.lang)?;
                let loaded = past::rounds(&store, &blobs, &levels, &source, caller.lang, &stamp).await?;
                let first = caller.say(
                    format!(
                        "{} rounds of {}; {} were here already.",
                        loaded.n_rounds,
                        loaded.operations.join(", "),
                        loaded.n_known
                    ),
                    format!(
                        "{} cycles de {} ; {} étaient déjà là.",
                        loaded.n_rounds,
                        loaded.operations.join(", "),
                        loaded.n_known
                    ),
                );
                let json = json!({
                    "rounds": loaded.n_rounds, "known": loaded.n_known, "operations": loaded.operations, "remarks": loaded.remarks,
                });
                Ok(Report::new(with_remarks(first, &loaded.remarks, caller), json))
            }
        }
    }
}

/// Indicators
#[derive(clap::Subcommand)]
pub(crate) enum DictionaryCommand {
    /// List the indicators
    List {
        /// Only those whose code or label holds this text
        #[arg(default_value = "")]
        search: String,
    },
    /// Extend the built-in dictionary from a full export (.xlsx or .csv)
    Import {
        /// The file
        file: PathBuf,
    },
}

impl DictionaryCommand {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, _) = caller.place.open().await?;
        match self {
            DictionaryCommand::List { search } => {
                let wanted = search.to_lowercase();
                let dictionary = settle::dictionary(&store).await?;
                let found: Vec<_> = dictionary
                    .iter()
                    .filter(|entry| {
                        entry.code.contains(&wanted) || entry.label.get(caller.lang).to_lowercase().contains(&wanted)
                    })
                    .collect();
                let lines: Vec<String> =
                    found.iter().map(|entry| format!("{:<40} {}", entry.code, entry.label.get(caller.lang))).collect();
                Ok(Report::new(lines.join("\n"), json!(found)))
            }
            DictionaryCommand::Import { file } => {
                let (n, remarks) =
                    load::dictionary(&store, &read_file(&file)?, &file_name(&file), caller.lang, &caller.stamp())
                        .await?;
                let first = caller.say(format!("{n} indicators."), format!("{n} indicateurs."));
                Ok(Report::new(with_remarks(first, &remarks, caller), json!({ "indicators": n, "remarks": remarks })))
            }
        }
    }
}
