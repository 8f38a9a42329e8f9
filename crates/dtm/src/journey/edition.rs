//! What the public sees of an operation today: the newest version of each round, and the areas to draw it on.

use super::editions::PUBLIC;
use crate::http::App;
use anyhow::Result;
use dtm_model::{Atlas, Instant, Operation, Publisher, RoundLabel, Tool};
use dtm_protect::Release;
use dtm_publish::document::Component;
use dtm_store::ReleaseRow;
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
    /// Who publishes, and under which licence.
    pub(crate) publisher: Publisher,
    /// Whether rounds are still collected.
    pub(crate) active: bool,
}

impl Edition {
    /// The release of this round.
    pub(crate) fn round(&self, label: &RoundLabel) -> Option<&Arc<Release>> {
        self.main.iter().rev().find(|release| release.heading().round == *label)
    }

    /// The same with this version in the place of the newest of its round.
    pub(crate) fn showing(mut self, version: &Arc<Release>) -> Edition {
        let of = |release: &Release| (release.heading().exercise.clone(), release.heading().round.clone());
        for release in self.main.iter_mut().chain(&mut self.all) {
            if of(release) == of(version) {
                *release = version.clone();
            }
        }
        self
    }

    /// What a page shows: the rounds of its exercise, oldest first, and the newest releases of flow monitoring and of
    /// emergency tracking.
    pub(crate) fn shown(&self) -> Vec<&Release> {
        self.main.iter().chain(&self.flows).chain(&self.emergency).map(Arc::as_ref).collect()
    }

    /// The rounds of the same exercise, oldest first.
    pub(crate) fn rounds_of(&self, current: &Release) -> Vec<&Release> {
        let exercise = &current.heading().exercise;
        self.all.iter().map(Arc::as_ref).filter(|release| release.heading().exercise == *exercise).collect()
    }

    /// The rounds of the same exercise before this one, oldest first.
    pub(crate) fn before(&self, current: &Release) -> Vec<&Release> {
        self.rounds_of(current).into_iter().take_while(|release| release.id() != current.id()).collect()
    }

    /// Rounds of a component, oldest first.
    pub(crate) fn of(&self, component: Component) -> impl DoubleEndedIterator<Item = &Arc<Release>> {
        self.all.iter().filter(move |release| Component::of(release) == Some(component))
    }

    /// What is published beside the rounds that the pages are about.
    pub(crate) fn components(&self) -> Vec<Component> {
        let main = self.main.last().and_then(|release| Component::of(release));
        let has = |component: &Component| main != Some(*component) && self.of(*component).next().is_some();
        Component::ALL.into_iter().filter(has).collect()
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
    of_these(app, operation, all).await
}

/// The editions of all these operations, in their order.
pub(crate) async fn of_all(app: &App, operations: &[Operation]) -> Result<Vec<Edition>> {
    let mut editions = Vec::with_capacity(operations.len());
    for operation in operations {
        editions.push(of(app, operation).await?);
    }
    Ok(editions)
}

/// The edition as it was at this moment; none where something of it was withdrawn since.
pub(crate) async fn at(app: &App, operation: &Operation, moment: Instant) -> Result<Option<Edition>> {
    match app.editions.published_at(&app.store, &app.blobs, operation, moment).await? {
        Some(all) => of_these(app, operation, all).await.map(Some),
        None => Ok(None),
    }
}

/// The edition that these releases make.
pub(crate) async fn of_these(app: &App, operation: &Operation, all: Vec<Arc<Release>>) -> Result<Edition> {
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
        publisher: app.store.publisher(&operation.id).await?.unwrap_or_default(),
        active: operation.active,
        all,
    })
}

/// Every version that was published of the rounds of this label, withdrawn ones too, with what the store knows of it.
pub(crate) async fn versions(
    app: &App,
    operation: &Operation,
    label: &RoundLabel,
) -> Result<Vec<(ReleaseRow, Arc<Release>)>> {
    let mut versions = Vec::new();
    for row in app.store.releases(&operation.id).await? {
        if row.audience == PUBLIC {
            let release = app.editions.open(&app.blobs, &row).await?;
            if release.heading().round == *label {
                versions.push((row, release));
            }
        }
    }
    versions.sort_by_key(|(row, _)| row.version);
    Ok(versions)
}
