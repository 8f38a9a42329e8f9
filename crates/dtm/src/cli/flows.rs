//! Flow monitoring and needs on the command line.

use super::process::{RoundName, find_operation};
use super::{Caller, Mistakes, Report};
use crate::journey::flows::{self, BYS, FlowBook};
use crate::journey::registries::Registries;
use crate::journey::{RoundOf, needs};
use anyhow::{Context, Result};
use chrono::NaiveDate;
use dtm_model::Ssid;
use dtm_process::flows::{By, Period};
use serde_json::json;
use std::path::PathBuf;

/// Which days of which operation a command is about.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct FlowDays {
    /// Short name of the operation
    #[arg(long, short, value_name = "OPERATION")]
    operation: String,
    /// First day (else the last four weeks of the registry)
    #[arg(long)]
    from: Option<NaiveDate>,
    /// Last day
    #[arg(long)]
    to: Option<NaiveDate>,
}

/// Flow monitoring: who passed the points while somebody watched
#[derive(clap::Subcommand)]
pub(crate) enum FlowCommand {
    /// People by point and day or week, with the hours observed
    Show {
        #[command(flatten)]
        days: FlowDays,
        /// By week
        #[arg(long)]
        weekly: bool,
        /// all, direction, origin, destination, nationality, sex-age, mode or reason
        #[arg(long, default_value = "all", value_parser = parse_by)]
        by: By,
    },
    /// The points with what was seen, watched and planned
    Points {
        #[command(flatten)]
        days: FlowDays,
    },
    /// An estimate of all who passed a point, with its variance
    Estimate {
        #[command(flatten)]
        days: FlowDays,
        /// Id of the point
        point: String,
    },
}

fn parse_by(word: &str) -> Result<By, String> {
    let known = BYS.into_iter().find(|(_, code)| *code == word);
    known.map(|(by, _)| by).ok_or_else(|| BYS.map(|(_, code)| code).join(", "))
}

/// What places lack, by rules of severity
#[derive(clap::Subcommand)]
pub(crate) enum NeedsCommand {
    /// The heat table of a round: places and sectors
    Show {
        #[command(flatten)]
        name: RoundName,
        /// worse-half, worst or median
        #[arg(long, default_value = "worse-half")]
        method: String,
        /// An earlier version of the rules
        #[arg(long)]
        version: Option<u32>,
    },
    /// Bring the next version of the rules, a CSV or XLSX sheet
    Rules {
        /// Short name of the operation
        #[arg(long, short)]
        operation: String,
        /// The sheet; the rules in force are printed without one
        file: Option<PathBuf>,
    },
}

impl FlowDays {
    async fn book(&self, caller: &Caller) -> Result<FlowBook> {
        let (store, blobs) = caller.place.open().await?;
        let operation = find_operation(&store, &self.operation).await?;
        let usual = flows::usual_days(&store, &operation).await?;
        let days = (self.from.unwrap_or(usual.0), self.to.unwrap_or(usual.1));
        FlowBook::of(&store, &blobs, &operation, days, &Registries::default()).await
    }
}

fn hours(minutes: Option<u32>) -> String {
    minutes.map_or_else(|| "?".to_owned(), |minutes| format!("{}:{:02}", minutes / 60, minutes % 60))
}

impl FlowCommand {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        match self {
            FlowCommand::Show { days, weekly, by } => {
                let book = days.book(caller).await?;
                let period = if weekly { Period::Week } else { Period::Day };
                let rows = book.rows(period, by);
                let line = |row: &dtm_process::flows::FlowRow| {
                    let (point, observed) = (&row.point, hours(row.observed_min));
                    format!(
                        "{:<12} {}  {:<20} {:>7}  {observed:>6} h",
                        point.as_str(),
                        row.starts_on,
                        row.value,
                        row.persons
                    )
                };
                let lines: Vec<String> = rows.iter().map(line).collect();
                Ok(Report::new(lines.join("\n"), book.rows_json(period, by)))
            }
            FlowCommand::Points { days } => {
                let book = days.book(caller).await?;
                let told = book.points_json();
                let lines: Vec<String> = book
                    .hours()
                    .values()
                    .map(|time| {
                        let (observed, planned) = (hours(Some(time.observed_min)), hours(Some(time.planned_min)));
                        format!("{:<12} {}  {observed} h / {planned} h", time.point.as_str(), book.name(&time.point))
                    })
                    .collect();
                Ok(Report::new(lines.join("\n"), told))
            }
            FlowCommand::Estimate { days, point } => {
                let book = days.book(caller).await?;
                let made = book.estimate(&Ssid(point)).map_err(|error| Mistakes::one(error.message(caller.lang)))?;
                let range = match made.low.zip(made.high) {
                    Some((low, high)) => format!("{low:.0}–{high:.0}"),
                    None => "?".to_owned(),
                };
                let text = caller.say(
                    format!("Seen {}, estimated {:.0} ({range}).", made.seen, made.estimate),
                    format!("Vus {}, estimés {:.0} ({range}).", made.seen, made.estimate),
                );
                Ok(Report::new(text, json!(made)))
            }
        }
    }
}

impl NeedsCommand {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, blobs) = caller.place.open().await?;
        match self {
            NeedsCommand::Show { name, method, version } => {
                let (operation, exercise, round) = name.find(&store).await?;
                let method = needs::method(Some(&method)).ok_or_else(|| {
                    Mistakes::one(caller.say("worse-half, worst or median", "worse-half, worst ou median"))
                })?;
                let rules = needs::rules(&store, &operation, version, caller.lang).await?;
                let atlas = store.atlas(&operation.admin0).await?;
                let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
                let seen = needs::of(&store, &blobs, of, rules, (&atlas, needs::LEVEL), method).await?;
                let mut lines = vec![seen.table.sectors.join(" | ")];
                lines.extend(seen.table.rows.iter().map(|row| {
                    let cells = row.cells.iter().map(|cell| cell.map_or_else(|| "–".to_owned(), |n| n.to_string()));
                    format!("{:<16} {}", row.place.as_str(), cells.collect::<Vec<_>>().join(" "))
                }));
                Ok(Report::new(lines.join("\n"), seen.json()))
            }
            NeedsCommand::Rules { operation, file: None } => {
                let operation = find_operation(&store, &operation).await?;
                let rules = needs::rules(&store, &operation, None, caller.lang).await?;
                let json = json!({ "version": rules.version.as_ref().map(|sheet| sheet.version), "rules": rules.read.sheet.rules });
                let body =
                    rules.version.map_or_else(|| dtm_process::needs::standard_sheet(caller.lang), |sheet| sheet.body);
                Ok(Report::new(body.trim_end(), json))
            }
            NeedsCommand::Rules { operation, file: Some(path) } => {
                let operation = find_operation(&store, &operation).await?;
                let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let version = needs::upload(&store, &operation, (&name, &bytes), caller.lang, &caller.stamp()).await?;
                let text =
                    caller.say(format!("Version {version} of the rules."), format!("Version {version} des règles."));
                Ok(Report::new(text, json!({ "version": version })))
            }
        }
    }
}
