//! What the public sees of an operation today: the newest version of each round, and the areas to draw it on.

use super::editions::PUBLIC;
use crate::http::App;
use anyhow::Result;
use dtm_model::{Atlas, Operation, RoundLabel, Tool};
use dtm_protect::Release;
use std::sync::Arc;

/// An operation's published rounds.
pub(crate) struct Edition {
    /// Rounds of the exercise the pages are about, oldest first.
    pub(crate) main: Vec<Arc<Release>>,
    /// The newest release of flow monitoring.
    pub(crate) flows: Option<Arc<Release>>,
    /// The newest release of emergency tracking.
    pub(crate) emergency: Option<Arc<Release>>,
    /// Rounds of every exercise.
    pub(crate) all: Vec<Arc<Release>>,
    pub(crate) atlas: Arc<Atlas>,
    /// Whether rounds are still collected.
    pub(crate) active: bool,
}

impl Edition {
    /// The release of this round.
    pub(crate) fn round(&self, label: &RoundLabel) -> Option<&Arc<Release>> {
        self.main.iter().rev().find(|release| release.heading().round == *label)
    }

    /// What a page shows: the rounds of its exercise, oldest first, and the newest releases of flow monitoring and of
    /// emergency tracking.
    pub(crate) fn shown(&self) -> Vec<&Release> {
        self.main.iter().chain(&self.flows).chain(&self.emergency).map(Arc::as_ref).collect()
    }

    /// The rounds before this one, oldest first.
    pub(crate) fn before(&self, current: &Release) -> Vec<&Release> {
        self.main.iter().map(Arc::as_ref).take_while(|release| release.id() != current.id()).collect()
    }
}

/// Which exercise the pages are about: a baseline before a site assessment before the tracking of events.
fn weight(release: &Release) -> u8 {
    match release.heading().tool {
        Tool::B2 => 0,
        Tool::B1 => 1,
        Tool::Msla => 2,
        Tool::Ett => 3,
        Tool::Registration | Tool::Intentions | Tool::Survey => 4,
        Tool::Fmr | Tool::Fms => 5,
    }
}

/// Puts the edition of an operation together.
pub(crate) async fn of(app: &App, operation: &Operation) -> Result<Edition> {
    let all = app.editions.published(&app.store, &app.blobs, operation).await?;
    let stocks = all.iter().filter(|release| !matches!(release.heading().tool, Tool::Fmr | Tool::Fms));
    let exercise = stocks.min_by_key(|release| weight(release)).map(|release| release.heading().exercise.clone());
    Ok(Edition {
        main: all.iter().filter(|release| Some(&release.heading().exercise) == exercise.as_ref()).cloned().collect(),
        flows: all.iter().rev().find(|release| release.heading().tool == Tool::Fmr).cloned(),
        emergency: all
            .iter()
            .rev()
            .find(|release| {
                release.heading().tool == Tool::Ett && Some(&release.heading().exercise) != exercise.as_ref()
            })
            .cloned(),
        atlas: app.editions.atlas(&app.store, &operation.admin0).await?,
        active: operation.active,
        all,
    })
}

/// All versions of the release of a round, oldest first, without those that were withdrawn.
pub(crate) async fn versions(app: &App, current: &Release) -> Result<Vec<Arc<Release>>> {
    let Some(row) = app.store.release(current.id()).await? else { return Ok(Vec::new()) };
    let mut versions = Vec::new();
    for row in app.store.releases_of(&row.round).await? {
        if row.audience == PUBLIC && row.withdrawn_at.is_none() {
            versions.push(app.editions.open(&app.blobs, &row).await?);
        }
    }
    versions.sort_by_key(|release| release.version());
    Ok(versions)
}
