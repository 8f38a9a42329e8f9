//! The command line: a table of contents of the journey.

mod bench;
mod bring;
mod capture;
mod demo;
mod events;
mod explain;
mod export;
mod flows;
mod hdx;
mod keep;
mod load;
mod log;
mod mapping;
mod people;
mod places;
mod process;
mod protect;
mod quality;
mod serve;
mod sharing;
mod standard;
mod stocks;
mod supervise;
mod upkeep;
mod verification;

pub(crate) use capture::phone_url;
pub(crate) use people::{create_key, product_code};
pub(crate) use serve::create_user_with;
pub(crate) use upkeep::{millis, row};

use crate::settings::Place;
use clap::{CommandFactory, Parser, Subcommand};
use dtm_model::Lang;
use serde_json::Value;
use std::sync::OnceLock;

const CONTENTS: &str = "\
See it
  demo         A server with a complete operation of a fictional country
  serve        The server, on your own data

Capture: what comes in
  form         Forms: convert, check, upload, publish
  phone        Access of phones (app users), with their QR codes
  import       Projects of ODK Central and Kobo, exports; areas, places, tables from files

Process: from what was sent to figures
  operation    Operations and their exercises
  dictionary   The indicators known here
  place        Sites, host communities, flow monitoring points: look up, close, merge
  mapping      Which question feeds which indicator
  round        Rounds: open, close, check, settle, compare
  event        Emergency events between rounds, their alerts
  quality      Checks: thresholds, and what the questions of a form stand for
  flow         Flow monitoring: who passed, hours observed, estimates
  needs        What places lack, by rules of severity

Protect: what may be seen
  release      Make, list, inspect and withdraw releases
  sharing      Requests of partners, agreements, whose copy a file is

Publish: what goes out
  export       A product of a round, or datasets in any format
  hdx          The entry of an operation on HDX: show it, push it
  explain      The records and submissions behind a number

Keep
  user         People who sign in
  key          Keys of the public API
  query        Read-only SQL over records and figures
  backup       Everything in one encrypted file, while the server goes on
  restore      A backup lives again, in an empty place
  check        Verify files, database and audit log
  purge        Remove submissions for good that lie in the trash
  audit        The audit log
  bench        Measure this machine
  completions  Completions for your shell
  man          The manual page";

const AFTER: &str = "\
Every command takes --json for programs and --lang en|fr for people.
Exit codes: 0 done; 1 failed; 2 the command line is wrong; 3 not found; 4 the input has mistakes, each listed;
5 done, and there is something to look at.";

/// The Displacement Tracking Matrix as software: captures, processes, protects and publishes information on displaced
/// and mobile people.
#[derive(Parser)]
#[command(
    name = "dtm",
    version,
    help_template = "{about-with-newline}\n{usage-heading} {usage}\n\n{before-help}\n\nOptions\n{options}{after-help}"
)]
#[command(before_help = CONTENTS, before_long_help = CONTENTS, after_help = AFTER, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Print JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Language of what is printed: en or fr (else as the environment says); for `form new` the form's languages
    #[arg(long, global = true, value_parser = parse_languages, value_name = "LANG")]
    pub(crate) lang: Option<String>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// A language, or several. One alone must be a language of ours; among several the first that is one is printed in.
fn parse_languages(codes: &str) -> Result<String, String> {
    let is_code =
        |code: &str| code.trim().len() >= 2 && code.trim().chars().all(|c| c.is_ascii_alphabetic() || c == '-');
    codes.split(',').all(is_code).then(|| codes.to_owned()).ok_or_else(|| "en or fr".to_owned())
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve a complete operation of a fictional country, to look at and to train with
    Demo(demo::Demo),
    /// Serve your own operations
    Serve(serve::Serve),
    /// Forms: convert, check, upload, publish
    #[command(subcommand)]
    Form(capture::Form),
    /// Access of phones, with their QR codes
    #[command(subcommand)]
    Phone(capture::Phone),
    /// Bring in projects of ODK Central and KoboToolbox, exports and folders; areas, places, tables, published rounds
    #[command(subcommand, after_help = load::IMPORTS)]
    Import(load::Import),
    /// Operations and their exercises
    #[command(subcommand)]
    Operation(process::Operation),
    /// The indicators known here
    #[command(subcommand)]
    Dictionary(load::DictionaryCommand),
    /// Places: sites, host communities, flow monitoring points
    #[command(subcommand)]
    Place(places::PlaceCommand),
    /// Which question feeds which indicator
    #[command(subcommand)]
    Mapping(mapping::MappingCommand),
    /// Rounds: open, close, check, settle, compare
    #[command(subcommand)]
    Round(process::RoundCommand),
    /// Emergency events: what was reported between rounds, put together
    #[command(subcommand)]
    Event(events::EventCommand),
    /// Checks: thresholds, and what the questions of a form stand for
    #[command(subcommand)]
    Quality(quality::Quality),
    /// Flow monitoring: who passed the points while somebody watched
    #[command(subcommand)]
    Flow(flows::FlowCommand),
    /// What places lack, by rules of severity
    #[command(subcommand)]
    Needs(flows::NeedsCommand),
    /// Make, list, inspect and withdraw releases
    #[command(subcommand)]
    Release(protect::ReleaseCommand),
    /// Requests of partners for what is not public, agreements, whose copy a file is
    #[command(subcommand)]
    Sharing(sharing::SharingCommand),
    /// Write what is released: a product of a round, or datasets in any format
    Export(export::Export),
    /// The entry of an operation on HDX: show it, push it
    #[command(subcommand)]
    Hdx(hdx::Hdx),
    /// Show the records and submissions behind a number
    Explain(explain::Explain),
    /// People who sign in
    #[command(subcommand)]
    User(people::UserCommand),
    /// Keys of the public API
    #[command(subcommand)]
    Key(people::KeyCommand),
    /// Read-only SQL over records and figures of a round
    Query(upkeep::Query),
    /// Write everything into one encrypted file
    Backup(keep::Backup),
    /// Make a backup live again, in an empty place
    Restore(keep::Restore),
    /// Verify files, database and audit log
    Check(keep::Check),
    /// Remove submissions for good that lie in the trash
    Purge(upkeep::Purge),
    /// Print the audit log
    Audit(upkeep::Audit),
    /// Measure this machine
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Print completions for a shell
    Completions(upkeep::Completions),
    /// Print the manual page
    Man,
}

/// What a command says at its end.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// For people.
    pub(crate) text: String,
    /// For programs.
    pub(crate) json: Value,
    /// 0, or 4 when the input has mistakes, or 5 when there is something to look at.
    pub(crate) exit: u8,
    /// Bytes for standard output in place of text (a form, a file).
    pub(crate) bytes: Option<Vec<u8>>,
    /// Lines for standard error.
    pub(crate) notes: Vec<String>,
}

impl Report {
    pub(crate) fn new(text: impl Into<String>, json: Value) -> Self {
        Self { text: text.into(), json, ..Self::default() }
    }

    pub(crate) fn exit(mut self, exit: u8) -> Self {
        self.exit = exit;
        self
    }
}

/// What commands need to know of how they were called.
#[derive(Clone)]
pub(crate) struct Caller {
    pub(crate) place: Place,
    pub(crate) lang: Lang,
    /// The languages named on the command line, as written.
    pub(crate) languages: Option<String>,
}

impl Caller {
    /// One of two wordings, in the caller's language.
    pub(crate) fn say(&self, en: impl Into<String>, fr: impl Into<String>) -> String {
        match self.lang {
            Lang::En => en.into(),
            Lang::Fr => fr.into(),
        }
    }

    /// What the audit log keeps of who did it.
    pub(crate) fn stamp(&self) -> dtm_store::Stamp {
        dtm_store::Stamp::new(crate::world::now(), "command line")
    }
}

/// The input holds mistakes that the person can mend; each is a line.
#[derive(Debug, thiserror::Error)]
#[error("{}", lines.join("\n"))]
pub(crate) struct Mistakes {
    pub(crate) lines: Vec<String>,
}

impl Mistakes {
    pub(crate) fn one(line: impl Into<String>) -> anyhow::Error {
        Self { lines: vec![line.into()] }.into()
    }
}

/// Something named on the command line is not there.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Absent(pub(crate) String);

impl Cli {
    pub(crate) async fn run(self) -> anyhow::Result<Report> {
        let told = self.lang.as_deref().unwrap_or_default();
        let lang =
            told.split(',').find_map(|code| Lang::from_code(code.trim())).unwrap_or_else(language_of_environment);
        let caller = Caller { place: self.place, lang, languages: self.lang };
        let _ = LANGUAGE.set(caller.lang);
        match self.command {
            Command::Demo(command) => command.run(&caller).await,
            Command::Serve(command) => command.run(&caller).await,
            Command::Form(command) => command.run(&caller).await,
            Command::Phone(command) => command.run(&caller).await,
            Command::Import(command) => command.run(&caller).await,
            Command::Operation(command) => command.run(&caller).await,
            Command::Dictionary(command) => command.run(&caller).await,
            Command::Place(command) => command.run(&caller).await,
            Command::Mapping(command) => command.run(&caller).await,
            Command::Round(command) => command.run(&caller).await,
            Command::Event(command) => command.run(&caller).await,
            Command::Quality(command) => command.run(&caller).await,
            Command::Flow(command) => command.run(&caller).await,
            Command::Needs(command) => command.run(&caller).await,
            Command::Release(command) => command.run(&caller).await,
            Command::Sharing(command) => command.run(&caller).await,
            Command::Export(command) => command.run(&caller).await,
            Command::Hdx(command) => command.run(&caller).await,
            Command::Explain(command) => command.run(&caller).await,
            Command::User(command) => command.run(&caller).await,
            Command::Key(command) => command.run(&caller).await,
            Command::Query(command) => command.run(&caller).await,
            Command::Backup(command) => command.run(&caller).await,
            Command::Restore(command) => command.run(&caller).await,
            Command::Check(command) => command.run(&caller).await,
            Command::Purge(command) => command.run(&caller).await,
            Command::Audit(command) => command.run(&caller).await,
            Command::Bench(command) => command.run(&caller).await,
            Command::Completions(command) => command.run(),
            Command::Man => upkeep::man(),
        }
    }
}

pub(crate) fn language_of_environment() -> Lang {
    ["LC_ALL", "LC_MESSAGES", "LANG"]
        .into_iter()
        .find_map(crate::world::env)
        .and_then(|value| Lang::from_code(value.get(..2)?))
        .unwrap_or_default()
}

/// The language of what this run of the program prints.
static LANGUAGE: OnceLock<Lang> = OnceLock::new();

/// One of two wordings, in the language of this run.
pub(crate) fn say(en: impl Into<String>, fr: impl Into<String>) -> String {
    match LANGUAGE.get().copied().unwrap_or_default() {
        Lang::En => en.into(),
        Lang::Fr => fr.into(),
    }
}

/// Reads a text file named on the command line.
pub(crate) fn read_text(path: &std::path::Path) -> anyhow::Result<String> {
    String::from_utf8(read_file(path)?).map_err(|_| {
        let name = path.display();
        Mistakes::one(say(format!("{name} is not UTF-8 text"), format!("{name} n’est pas du texte UTF-8")))
    })
}

/// Reads a file named on the command line.
pub(crate) fn read_file(path: &std::path::Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Absent(say(format!("no file at {}", path.display()), format!("pas de fichier à {}", path.display()))).into()
        }
        _ => anyhow::Error::new(error).context(format!("cannot read {}", path.display())),
    })
}

/// The last part of a path, for messages and records of origin.
pub(crate) fn file_name(path: &std::path::Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

pub(crate) fn command() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_contents_names_every_command() {
        command().debug_assert();
        for sub in command().get_subcommands() {
            assert!(
                CONTENTS.contains(&format!("\n  {} ", sub.get_name())),
                "{} is not in the contents",
                sub.get_name()
            );
        }
    }
}
