//! Supervision of a round on the command line.

use super::log::kind_of;
use super::process::RoundName;
use super::{Caller, Report};
use crate::journey::supervision::{self, Asked};
use crate::journey::{RoundOf, progress};
use crate::world;
use anyhow::{Context, Result};
use dtm_publish::words::Words;
use dtm_store::{Blobs, Store};
use std::path::PathBuf;

/// The work of enumerators or teams; as a table in a file, where one is named.
pub(super) async fn supervise(
    store: &Store,
    blobs: &Blobs,
    name: &RoundName,
    asked: Asked,
    table: Option<PathBuf>,
    caller: &Caller,
) -> Result<Report> {
    let (operation, exercise, round) = name.find(store).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let book = supervision::gather(store, blobs, of, world::today()).await?.book(asked).await?;
    if let Some(path) = table {
        let bytes = supervision::table(&book, Words::of(caller.lang)).file(kind_of(&path, caller)?)?;
        std::fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(supervision::report(&book, caller))
}

/// The planned places by team and area.
pub(super) async fn coverage(store: &Store, blobs: &Blobs, name: &RoundName, caller: &Caller) -> Result<Report> {
    let (operation, exercise, round) = name.find(store).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let atlas = store.atlas(&operation.admin0).await?;
    let now = progress::of(store, blobs, of, &atlas, world::today()).await?;
    Ok(supervision::coverage_report(&now, &atlas, caller))
}

/// What was written to the teams.
pub(super) async fn messages(store: &Store, name: &RoundName, caller: &Caller) -> Result<Report> {
    let (operation, _, round) = name.find(store).await?;
    let (messages, teams) = (store.team_messages(&round.id).await?, store.teams(&operation.id).await?);
    Ok(supervision::messages_report(&messages, &teams, caller))
}
