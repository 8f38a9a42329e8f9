//! Origins, stocks and flows of a round on the command line.

use super::log::kind_of;
use super::process::RoundName;
use super::{Caller, Report};
use crate::journey::stocks::{self, NewMovement};
use crate::journey::{RoundOf, origins};
use anyhow::{Context, Result};
use dtm_model::MovementId;
use dtm_publish::words::Words;
use dtm_store::{Blobs, Store};
use std::path::PathBuf;

/// Who should be in each area by what is known since the round before, who is, and what nothing explains
#[derive(clap::Subcommand)]
pub(crate) enum Stocks {
    /// The account of each area, and the movements written down
    List {
        #[command(flatten)]
        name: RoundName,
    },
    /// Write a movement down
    Add {
        #[command(flatten)]
        name: RoundName,
        #[command(flatten)]
        movement: NewMovement,
    },
    /// Withdraw a movement
    Withdraw {
        #[command(flatten)]
        name: RoundName,
        /// The movement, as `list` names it
        movement: MovementId,
    },
    /// Let a withdrawn movement stand again
    Restore {
        #[command(flatten)]
        name: RoundName,
        /// The movement, as `list` names it
        movement: MovementId,
    },
}

/// Something that a command does to the movements of a round.
enum Act {
    Nothing,
    Add(NewMovement),
    Turn(MovementId, bool),
}

impl Stocks {
    pub(super) async fn run(self, store: &Store, blobs: &Blobs, caller: &Caller) -> Result<Report> {
        let (name, act) = match self {
            Stocks::List { name } => (name, Act::Nothing),
            Stocks::Add { name, movement } => (name, Act::Add(movement)),
            Stocks::Withdraw { name, movement } => (name, Act::Turn(movement, true)),
            Stocks::Restore { name, movement } => (name, Act::Turn(movement, false)),
        };
        let (operation, exercise, round) = name.find(store).await?;
        let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
        let stamp = caller.stamp();
        match act {
            Act::Nothing => {}
            Act::Add(movement) => {
                stocks::add(store, of, &movement, caller.lang, &stamp).await?;
            }
            Act::Turn(id, is_withdrawn) => store.withdraw_movement(&round.id, &id, is_withdrawn, &stamp).await?,
        }
        let w = Words::of(caller.lang);
        Ok(match stocks::of(store, blobs, of, caller.lang).await? {
            Some(seen) => stocks::report(&seen, w),
            None => Report::new(w.t("stocks-none"), serde_json::Value::Null).exit(5),
        })
    }
}

/// Where the people of a round came from; as a table in a file, where one is named.
pub(super) async fn origins(
    store: &Store,
    blobs: &Blobs,
    name: &RoundName,
    table: Option<PathBuf>,
    caller: &Caller,
) -> Result<Report> {
    let (operation, exercise, round) = name.find(store).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let w = Words::of(caller.lang);
    let Some(seen) = origins::of(store, blobs, of).await? else {
        return Ok(Report::new(w.t("office-not-settled"), serde_json::Value::Null).exit(5));
    };
    if let Some(path) = table {
        let bytes = origins::table(&seen, w).file(kind_of(&path, caller)?)?;
        std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(origins::report(&seen, w))
}
