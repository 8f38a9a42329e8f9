//! Rounds that are collected or verified are kept settled: a while after something came, was corrected or reviewed, the
//! checks have run over it and the round's page is right again.

use super::feed::{Feed, Job, News};
use super::settle;
use crate::http::App;
use crate::world;
use anyhow::Result;
use dtm_model::{RoundId, RoundState};
use dtm_store::Stamp;
use std::collections::BTreeSet;
use std::time::Duration;

/// A round with more records is settled when somebody asks for it: it takes memory that a phone may need.
const MOST_RECORDS: u64 = 50_000;

/// Settles what was touched; at first, whatever is collected or verified.
#[derive(Default)]
pub(crate) struct Settling {
    feed: Feed,
    waiting: BTreeSet<RoundId>,
}

impl Job for Settling {
    const EVERY: Duration = Duration::from_secs(10);
    const REST: u32 = 20;
    const UNDONE: &'static str = "a round could not be settled; it is tried again when something comes";

    async fn turn(&mut self, app: &App) -> Result<()> {
        match self.feed.news(&app.store).await? {
            News::Nothing => {}
            News::Rounds(touched) => self.waiting.extend(touched),
            News::Everything => {
                for operation in app.store.operations().await? {
                    for exercise in app.store.exercises(&operation.id).await? {
                        self.waiting.extend(app.store.rounds(&exercise.id).await?.into_iter().map(|round| round.id));
                    }
                }
            }
        }
        while let Some(round) = self.waiting.pop_first() {
            settle_if_open(app, &round).await?;
        }
        Ok(())
    }
}

/// Settles a round that is collected or verified and has records.
async fn settle_if_open(app: &App, round: &RoundId) -> Result<()> {
    let Some(round) = app.store.round(round).await? else { return Ok(()) };
    let is_open = matches!(round.state, RoundState::Collecting | RoundState::Verifying);
    if !is_open || !(1..=MOST_RECORDS).contains(&app.store.count_records(&round.id).await?) {
        return Ok(());
    }
    // Who stopped the checks lets them go on, and this hears of it.
    if app.store.checks_stopped(&round.id).await?.is_some() {
        return Ok(());
    }
    let Some(exercise) = app.store.exercise(&round.exercise).await? else { return Ok(()) };
    let Some(operation) = app.store.operation(&exercise.operation).await? else { return Ok(()) };
    let stamp = Stamp::new(world::now(), "job:settle");
    let settled = settle::settle(&app.store, &app.blobs, &operation, &exercise, &round, world::today(), &stamp).await;
    match settled {
        Err(_) if app.store.checks_stopped(&round.id).await?.is_some() => Ok(()),
        settled => settled.map(|_| ()),
    }
}
