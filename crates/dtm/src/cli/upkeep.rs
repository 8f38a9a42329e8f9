//! Looking after an instance: SQL, verification, the audit log, completions, the manual page.

use super::process::RoundName;
use super::{Caller, Mistakes, Report, command};
use crate::journey::{purge, settle};
use crate::world;
use anyhow::Result;
use dtm_engine as show;
use serde_json::{Value, json};
use std::fmt::Write;

/// Read-only SQL over the records, observations and figures of a round
#[derive(clap::Args)]
pub(crate) struct Query {
    #[command(flatten)]
    name: RoundName,
    /// SELECT over the tables `observations`, `figures`, and one table a form and repeat
    sql: String,
    /// The most rows to print
    #[arg(long, default_value_t = 10_000)]
    limit: usize,
}

impl Query {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, blobs) = caller.place.open().await?;
        let (operation, _, round) = self.name.find(&store).await?;
        let engine = settle::engine_of_round(&store, &blobs, &operation, &round).await?;
        let rows =
            engine.query(&self.sql, self.limit).await.map_err(|error| Mistakes::one(error.message(caller.lang)))?;
        let json = show::to_json_rows(&rows.batches)?;
        Ok(Report::new(show::to_text_table(&rows.batches)?, Value::Array(json)))
    }
}

/// Remove submissions for good that lie in the trash
#[derive(clap::Args)]
pub(crate) struct Purge {
    /// Those moved there more than this many days ago
    #[arg(long, default_value_t = purge::DAYS)]
    days: u32,
}

impl Purge {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, blobs) = caller.place.open().await?;
        let n = purge::older_than(&store, &blobs, self.days).await?;
        let text = caller.say(
            format!("{n} submissions were removed for good."),
            format!("{n} soumissions ont été supprimées pour de bon."),
        );
        Ok(Report::new(text, json!({ "purged": n })))
    }
}

/// The audit log
#[derive(clap::Args)]
pub(crate) struct Audit {
    /// Show entries after this number
    #[arg(long, default_value_t = 0)]
    after: i64,
    /// How many entries
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

impl Audit {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, _) = caller.place.open().await?;
        let entries = store.audit(self.after, self.limit.clamp(1, 10_000)).await?;
        let lines: Vec<String> = entries
            .iter()
            .map(|e| format!("{:>6} {} {:<24} {:<28} {}", e.seq, e.at, e.action, e.actor, e.subject))
            .collect();
        let json: Vec<Value> = entries
            .iter()
            .map(|e| json!({ "seq": e.seq, "at": e.at.to_string(), "by": e.actor, "action": e.action, "subject": e.subject, "hash": e.hash }))
            .collect();
        Ok(Report::new(lines.join("\n"), json.into()))
    }
}

/// Print completions for a shell
#[derive(clap::Args)]
pub(crate) struct Completions {
    /// bash, zsh, fish, elvish or powershell
    shell: clap_complete::Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Result<Report> {
        let mut bytes = Vec::new();
        clap_complete::generate(self.shell, &mut command(), "dtm", &mut bytes);
        Ok(Report {
            json: json!({ "completions": String::from_utf8_lossy(&bytes) }),
            bytes: Some(bytes),
            ..Report::default()
        })
    }
}

/// The manual page: the program's, then each command's.
pub(crate) fn man() -> Result<Report> {
    let mut bytes = Vec::new();
    let mut program = command();
    program.build();
    clap_mangen::Man::new(program.clone()).render(&mut bytes)?;
    for sub in program.get_subcommands() {
        let mut text = String::new();
        writeln!(text, ".SH \"DTM {}\"", sub.get_name().to_uppercase())?;
        bytes.extend_from_slice(text.as_bytes());
        let man = clap_mangen::Man::new(sub.clone());
        man.render_synopsis_section(&mut bytes)?;
        man.render_description_section(&mut bytes)?;
        man.render_options_section(&mut bytes)?;
        if sub.has_subcommands() {
            man.render_subcommands_section(&mut bytes)?;
        }
    }
    Ok(Report { json: json!({ "man": String::from_utf8_lossy(&bytes) }), bytes: Some(bytes), ..Report::default() })
}

/// A line of a table for people.
pub(crate) fn row(cells: &[String]) -> String {
    cells.iter().map(|cell| format!("{cell:>14}")).collect::<Vec<_>>().join(" ")
}

/// Milliseconds since a stopwatch was started.
pub(crate) fn millis(since: std::time::Instant) -> f64 {
    (world::stopwatch() - since).as_secs_f64() * 1000.0
}
