//! Sources of places, decisions between them, and signatures for areas, on the command line.

use super::process::RoundName;
use super::{Absent, Caller, Report, say};
use crate::journey::RoundOf;
use crate::journey::verification::{self, NewDecision, NewSource, Wish, choose, sign, withdraw};
use anyhow::Result;
use chrono::NaiveDate;
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
        /// Id of the place
        #[arg(long)]
        place: String,
        /// key_informant, observation, registration_list, partner, call, other
        #[arg(long)]
        kind: String,
        /// The organisation, or the id of an informant; never the name of a person
        #[arg(long, default_value = "")]
        who: String,
        /// The informant's role
        #[arg(long, default_value = "")]
        role: String,
        /// resident, visitor, neighbouring, remote
        #[arg(long, default_value = "")]
        proximity: String,
        /// list, count, estimate, hearsay
        #[arg(long, default_value = "")]
        basis: String,
        /// Persons
        #[arg(long)]
        individuals: Option<f64>,
        /// Households
        #[arg(long)]
        households: Option<f64>,
        /// Low, as the source says
        #[arg(long)]
        low: Option<f64>,
        /// High, as the source says
        #[arg(long)]
        high: Option<f64>,
        /// The day it speaks of
        #[arg(long)]
        date: NaiveDate,
        /// More words
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Decide about a place: take a source, combine all, ask again, or enter a figure
    Decide {
        #[command(flatten)]
        name: RoundName,
        /// Id of the place
        #[arg(long)]
        place: String,
        /// take, combine, ask, enter
        decision: String,
        /// The source to take, as `list` names it
        #[arg(long, default_value = "")]
        source: String,
        /// Persons, where a figure is entered
        #[arg(long)]
        individuals: Option<f64>,
        /// Low
        #[arg(long)]
        low: Option<f64>,
        /// High
        #[arg(long)]
        high: Option<f64>,
        /// Why, where a figure is entered
        #[arg(long, default_value = "")]
        reason: String,
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
    Ok(match verification::of(store, blobs, of, &atlas).await? {
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
            Sources::Add {
                name,
                place,
                kind,
                who,
                role,
                proximity,
                basis,
                individuals,
                households,
                low,
                high,
                date,
                note,
            } => {
                let (ssid, date) = (place, Some(date));
                let new = NewSource {
                    ssid,
                    kind,
                    name: who,
                    role,
                    proximity,
                    basis,
                    individuals,
                    households,
                    low,
                    high,
                    date,
                    note,
                };
                (name, Some(Wish::Add(new)))
            }
            Sources::Decide { name, place, decision, source, individuals, low, high, reason } => {
                let new = NewDecision { ssid: place, decision, source, individuals, low, high, reason };
                (name, Some(Wish::Decide(new)))
            }
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
