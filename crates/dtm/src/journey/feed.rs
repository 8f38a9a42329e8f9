//! Jobs that follow what happens: each looks from time to time what the audit log says since it last looked, so that it does
//! not matter which way something came or which server took it.
//!
//! A job is at rest a multiple of the time that it worked, so that much work does not keep the server from phones. Two
//! servers may run the same job at once: what both make is the same.

use crate::http::App;
use anyhow::Result;
use dtm_model::RoundId;
use dtm_store::Store;
use std::collections::BTreeSet;
use std::time::Duration;

/// A job in the background.
pub(crate) trait Job: Default + Send + 'static {
    /// How often it looks.
    const EVERY: Duration;
    /// How long it rests for each moment that it worked.
    const REST: u32;
    /// What is logged when a turn fails.
    const UNDONE: &'static str;

    /// Does what is to be done since the last turn.
    fn turn(&mut self, app: &App) -> impl Future<Output = Result<()>> + Send;
}

/// Starts a job.
pub(crate) fn spawn<J: Job>(app: App) {
    tokio::spawn(async move {
        let mut job = J::default();
        loop {
            tokio::time::sleep(J::EVERY).await;
            let began = tokio::time::Instant::now();
            if let Err(error) = job.turn(&app).await {
                tracing::warn!(%error, "{}", J::UNDONE);
            }
            tokio::time::sleep(began.elapsed() * J::REST).await;
        }
    });
}

/// What happened since a job last looked.
pub(crate) enum News {
    /// Nothing at all.
    Nothing,
    /// The job never looked before.
    Everything,
    /// These rounds were touched; none where only other things happened.
    Rounds(BTreeSet<RoundId>),
}

/// How far a job has read the audit log.
#[derive(Default)]
pub(crate) struct Feed {
    seen: Option<i64>,
}

impl Feed {
    /// What happened since the last time.
    pub(crate) async fn news(&mut self, store: &Store) -> Result<News> {
        let Some(began) = self.seen else {
            self.seen = Some(store.audit_end().await?);
            return Ok(News::Everything);
        };
        let (mut after, mut rounds) = (began, BTreeSet::new());
        loop {
            let (end, touched) = store.rounds_touched(after).await?;
            rounds.extend(touched);
            if end == after {
                break;
            }
            after = end;
        }
        self.seen = Some(after);
        Ok(if after == began { News::Nothing } else { News::Rounds(rounds) })
    }
}
