//! Rounds that are collected or verified are kept settled: a while after something came, was corrected or reviewed, the
//! checks have run over it and the round's page is right again.
//!
//! What happened is read from the audit log, so that it does not matter which way it came or which server took it. A round
//! that takes long to settle is settled less often: the job is at rest twenty times as long as it worked.

use super::settle;
use crate::http::App;
use crate::world;
use anyhow::Result;
use dtm_model::{RoundId, RoundState};
use dtm_store::Stamp;
use std::collections::BTreeSet;
use std::time::Duration;

/// How often the job looks.
const EVERY: Duration = Duration::from_secs(10);
/// A round with more records is settled when somebody asks for it: it takes memory that a phone may need.
const MOST_RECORDS: u64 = 50_000;
/// How long it rests for each moment that it worked.
const REST: u32 = 20;

/// Starts the job in the background. Two servers may run it at once: what both settle comes out the same.
pub(crate) fn spawn(app: App) {
    tokio::spawn(async move {
        let mut seen = None;
        let mut waiting = BTreeSet::new();
        loop {
            tokio::time::sleep(EVERY).await;
            let began = tokio::time::Instant::now();
            if let Err(error) = turn(&app, &mut seen, &mut waiting).await {
                tracing::warn!(%error, "a round could not be settled; it is tried again when something comes");
            }
            tokio::time::sleep(began.elapsed() * REST).await;
        }
    });
}

/// Settles what was touched since the last turn; in the first turn, whatever is collected or verified.
async fn turn(app: &App, seen: &mut Option<i64>, waiting: &mut BTreeSet<RoundId>) -> Result<()> {
    match seen {
        None => {
            *seen = Some(app.store.audit_end().await?);
            for operation in app.store.operations().await? {
                for exercise in app.store.exercises(&operation.id).await? {
                    waiting.extend(app.store.rounds(&exercise.id).await?.into_iter().map(|round| round.id));
                }
            }
        }
        Some(after) => loop {
            let (end, touched) = app.store.rounds_touched(*after).await?;
            waiting.extend(touched);
            if end == *after {
                break;
            }
            *after = end;
        },
    }
    while let Some(round) = waiting.pop_first() {
        settle_if_open(app, &round).await?;
    }
    Ok(())
}

/// Settles a round that is collected or verified and has records.
async fn settle_if_open(app: &App, round: &RoundId) -> Result<()> {
    let Some(round) = app.store.round(round).await? else { return Ok(()) };
    let is_open = matches!(round.state, RoundState::Collecting | RoundState::Verifying);
    if !is_open || !(1..=MOST_RECORDS).contains(&app.store.count_records(&round.id).await?) {
        return Ok(());
    }
    let Some(exercise) = app.store.exercise(&round.exercise).await? else { return Ok(()) };
    let Some(operation) = app.store.operation(&exercise.operation).await? else { return Ok(()) };
    let stamp = Stamp::new(world::now(), "job:settle");
    settle::settle(&app.store, &app.blobs, &operation, &exercise, &round, world::today(), &stamp).await?;
    Ok(())
}
