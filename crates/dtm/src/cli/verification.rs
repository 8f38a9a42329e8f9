//! Sources of places, decisions between them, and signatures for areas, on the command line.

use super::process::RoundName;
use super::{Absent, Caller, Report, say};
use crate::journey::RoundOf;
use crate::journey::verification::{self, NewDecision, NewSource, Wish, choose, sign, withdraw};
use anyhow::Result;
use dtm_model::{Pcode, VerificationEntryId};
use dtm_process::verification::VerificationRules;
use dtm_store::{Blobs, Store};
use serde_json::json;
use std::path::PathBuf;

/// What a round's sources say of its places, and what is decided between them
#[derive(clap::Subcommand)]
pub(crate) enum Sources {
    /// Every place with more to tell than one record: low, best, high, sources, and the areas to sign
    List {
        #[command(flatten)]
        name: RoundName,
    },
    /// Add a source: a partner's figure, a registration list, a call
    Add {
        #[command(flatten)]
        name: RoundName,
        #[command(flatten)]
        source: NewSource,
    },
    /// Decide about a place: take a source, combine all, ask again, or enter a figure
    Decide {
        #[command(flatten)]
        name: RoundName,
        #[command(flatten)]
        decision: NewDecision,
    },
    /// Take a source or a decision back
    Undo {
        #[command(flatten)]
        name: RoundName,
        /// The entry, as `list` names it
        entry: VerificationEntryId,
    },
    /// Choose how the rounds of the exercise are verified, from a JSON file; show it where none is given
    Rules {
        #[command(flatten)]
        name: RoundName,
        /// The file
        file: Option<PathBuf>,
        /// Why
        #[arg(long, default_value = "")]
        reason: String,
    },
}

/// Sign for the figures of areas
#[derive(clap::Subcommand)]
pub(crate) enum Sign {
    /// Sign for areas as their figures stand
    Areas {
        #[command(flatten)]
        name: RoundName,
        /// P-codes of the areas
        #[arg(required = true)]
        areas: Vec<String>,
        /// More words; wanted where an area has open questions
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Withdraw the signature of an area
    Withdraw {
        #[command(flatten)]
        name: RoundName,
        /// P-code of the area
        area: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

/// The round as its officers see it now.
async fn shown(store: &Store, blobs: &Blobs, of: RoundOf<'_>, caller: &Caller) -> Result<Report> {
    let atlas = store.atlas(&of.operation.admin0).await?;
    Ok(match verification::of(store, blobs, of, &atlas, None).await? {
        Some(seen) => verification::report(&seen, &atlas, caller),
        None => {
            let told = caller.say("The round was never settled.", "Le cycle n’a jamais été consolidé.");
            Report::new(told, json!({ "settled": false })).exit(5)
        }
    })
}

impl Sources {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, blobs) = caller.place.open().await?;
        let (name, wish) = match self {
            Sources::List { name } => (name, None),
            Sources::Add { name, source } => (name, Some(Wish::Add(source))),
            Sources::Decide { name, decision } => (name, Some(Wish::Decide(decision))),
            Sources::Undo { name, entry } => (name, Some(Wish::Undo(entry))),
            Sources::Rules { name, file, reason } => return rules(&store, name, file, &reason, caller).await,
        };
        let (operation, exercise, round) = name.find(&store).await?;
        let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
        if let Some(wish) = wish
            && !verification::act(&store, &blobs, of, wish, caller.lang, &caller.stamp()).await?
        {
            return Err(Absent(say("no such place or entry", "pas de tel lieu ou de telle entrée")).into());
        }
        shown(&store, &blobs, of, caller).await
    }
}

async fn rules(store: &Store, name: RoundName, file: Option<PathBuf>, reason: &str, caller: &Caller) -> Result<Report> {
    let (_, exercise, _) = name.find(store).await?;
    let (chosen, mut rules) = verification::chosen(store, &exercise).await?;
    if let Some(file) = file {
        rules = serde_json::from_slice::<VerificationRules>(&std::fs::read(file)?)?;
        let after = chosen.map_or(0, |chosen| chosen.version);
        choose(store, &exercise, (after, &rules, reason), caller.lang, &caller.stamp()).await?;
    }
    Ok(Report::new(serde_json::to_string_pretty(&rules)?, serde_json::to_value(&rules)?))
}

impl Sign {
    pub(crate) async fn run(self, caller: &Caller) -> Result<Report> {
        let (store, blobs) = caller.place.open().await?;
        let (lang, stamp) = (caller.lang, caller.stamp());
        match self {
            Sign::Areas { name, areas, note } => {
                let (operation, exercise, round) = name.find(&store).await?;
                let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
                let atlas = store.atlas(&operation.admin0).await?;
                let areas: Vec<Pcode> = areas.into_iter().map(Pcode).collect();
                sign(&store, &blobs, of, (&atlas, &areas, &note), lang, &stamp).await?;
                shown(&store, &blobs, of, caller).await
            }
            Sign::Withdraw { name, area, reason } => {
                let (operation, exercise, round) = name.find(&store).await?;
                let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
                withdraw(&store, of, (&Pcode(area), &reason), lang, &stamp).await?;
                shown(&store, &blobs, of, caller).await
            }
        }
    }
}
