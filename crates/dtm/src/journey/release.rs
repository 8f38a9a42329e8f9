//! A settled round becomes a release: the candidate is put together, protection decides, the result is kept for ever.

use super::settle::{self, Coverage};
use super::{PUBLIC, RoundOf, outbox};
use crate::cli::Mistakes;
use crate::world;
use anyhow::{Context, Result};
use dtm_model::{Dissemination, Exercise, FigureTable, Lang, Operation, Place, ReleaseId, Round, RoundState, Text};
use dtm_protect::{Candidate, Heading, Policy, Release};
use dtm_publish::page::links;
use dtm_store::{Blobs, NewMessage, ReleaseRow, Stamp, Store};
use serde_json::json;
use std::collections::BTreeMap;

/// What a release is called for, put together from what the round settled on.
pub(crate) fn heading(operation: &Operation, exercise: &Exercise, round: &Round, coverage: Coverage) -> Heading {
    Heading {
        operation: operation.slug.clone(),
        operation_name: operation.name.clone(),
        country: operation.country.clone(),
        iso3: operation.iso3.clone(),
        admin0: operation.admin0.clone(),
        exercise: exercise.slug.clone(),
        tool: exercise.tool,
        assessment: exercise.assessment,
        round: round.label.clone(),
        starts_on: round.starts_on,
        ends_on: round.ends_on,
        reported_on: round.reported_on,
        n_places_planned: coverage.planned,
        n_places_reached: coverage.reached,
        n_places_carried: coverage.carried,
    }
}

/// The tables and places a release of this round would be made from.
pub(crate) struct Draft {
    pub(crate) tables: Vec<FigureTable>,
    pub(crate) places: Vec<Place>,
    pub(crate) coverage: Coverage,
    pub(crate) classes: BTreeMap<String, Dissemination>,
}

pub(crate) async fn draft(store: &Store, blobs: &Blobs, operation: &Operation, round: &Round) -> Result<Option<Draft>> {
    let Some((tables, coverage)) = settle::tables_of_round(store, blobs, round).await? else { return Ok(None) };
    let named: std::collections::BTreeSet<&str> = tables
        .iter()
        .filter(|table| table.dims.contains(&dtm_model::Dim::Place))
        .flat_map(|table| table.rows.iter().map(|row| row.key[0].as_str()))
        .collect();
    let places = store.places(&operation.id).await?;
    let places = places.into_iter().filter(|place| named.contains(place.ssid.as_str())).collect();
    let classes =
        settle::dictionary(store).await?.iter().map(|entry| (entry.code.clone(), entry.dissemination)).collect();
    Ok(Some(Draft { tables, places, coverage, classes }))
}

/// Makes a release of a cleared round, or a new version of a published one, and publishes it.
pub(crate) async fn make(
    store: &Store,
    blobs: &Blobs,
    of: RoundOf<'_>,
    policy: &Policy,
    reason: Text,
    lang: Lang,
    stamp: &Stamp,
) -> Result<Release> {
    let RoundOf { operation, exercise, round } = of;
    let refuse = |en: String, fr: String| Err(Mistakes::one(if lang == Lang::En { en } else { fr }));
    if round.state < RoundState::Cleared {
        let state = round.state.code();
        return refuse(
            format!("round {} is {state}: clear it before it is released", round.label),
            format!("le cycle {} est {state} : validez-le avant de le diffuser", round.label),
        );
    }
    let version = store
        .releases_of(&round.id)
        .await?
        .iter()
        .filter(|row| row.audience == policy.audience)
        .map(|row| row.version + 1)
        .max()
        .unwrap_or(1);
    if version > 1 && reason.iter().all(|(_, words)| words.trim().is_empty()) {
        return refuse(
            format!("round {} was released already: a new version needs a reason (--reason, --reason-fr)", round.label),
            format!(
                "le cycle {} est déjà diffusé : une nouvelle version demande une raison (--reason, --reason-fr)",
                round.label
            ),
        );
    }
    let Some(draft) = draft(store, blobs, operation, round).await? else {
        return refuse(
            "the round has no figures yet: settle it first (`dtm round settle`)".to_owned(),
            "le cycle n’a pas encore de chiffres : consolidez-le d’abord (`dtm round settle`)".to_owned(),
        );
    };
    let candidate = Candidate {
        records: None,
        id: world::fresh(ReleaseId::new),
        heading: heading(operation, exercise, round, draft.coverage),
        version,
        reason,
        made_at: stamp.at,
        tables: draft.tables,
        api_ids: BTreeMap::new(),
        places: draft.places,
        classes: draft.classes,
    };
    keep(store, blobs, of, candidate, policy, stamp).await
}

/// Lets protection decide on a candidate and keeps what it made.
pub(crate) async fn keep(
    store: &Store,
    blobs: &Blobs,
    of: RoundOf<'_>,
    candidate: Candidate,
    policy: &Policy,
    stamp: &Stamp,
) -> Result<Release> {
    let RoundOf { operation, exercise, round } = of;
    let policy = policy.clone();
    let (release, policy) = tokio::task::spawn_blocking(move || {
        let release = dtm_protect::release(candidate, &policy);
        release.map(|release| (release, policy))
    })
    .await?
    .context("protection refuses this release")?;
    let blob = blobs.put(release.to_bytes()).await?;
    let row = ReleaseRow {
        id: release.id().clone(),
        operation: operation.id.clone(),
        exercise: exercise.id.clone(),
        round: round.id.clone(),
        version: release.version(),
        audience: release.audience().to_owned(),
        policy: serde_json::to_value(&policy)?,
        blob,
        reason: serde_json::to_value(release.reason())?,
        made_at: release.made_at(),
        withdrawn_at: None,
        withdrawn_why: None,
    };
    let messages = told(store, &release, None).await?;
    store.put_release(&row, round.state == RoundState::Cleared, &messages, stamp).await?;
    Ok(release)
}

/// The calls that tell other systems of a public release: that it is there, that it takes the place of another, or that it was
/// withdrawn and why.
async fn told(store: &Store, release: &Release, withdrawn: Option<&str>) -> Result<Vec<NewMessage>> {
    let heading = release.heading();
    if release.audience() != PUBLIC {
        return Ok(Vec::new());
    }
    let Some(operation) = store.operation_by_slug(&heading.operation).await? else { return Ok(Vec::new()) };
    let event = match (withdrawn, release.version()) {
        (Some(_), _) => "release.withdrawn",
        (None, 1) => "release.published",
        (None, _) => "release.corrected",
    };
    let page = links::round(Lang::En, &heading.operation, &heading.round);
    let data = json!({
        "release": release.id().to_string(),
        "exercise": heading.exercise,
        "round": heading.round.as_str(),
        "reportedOn": heading.reported_on.to_string(),
        "version": release.version(),
        "reason": withdrawn.unwrap_or_else(|| release.reason().get(Lang::En)),
        "page": links::of_version(&page, release.version()),
        "changes": (withdrawn.is_none() && release.version() > 1)
            .then(|| links::of_version(&format!("{page}/changes.csv"), release.version())),
        "rows": format!("/v1/published/{}/datasets/areas/rows?release={}", heading.operation, release.id()),
    });
    Ok(outbox::calls(store, &operation.id, event, &data).await?)
}

/// Withdraws a release with a reason. What is left at its addresses is when it was withdrawn, and why.
pub(crate) async fn withdraw(
    store: &Store,
    blobs: &Blobs,
    row: &ReleaseRow,
    reason: &str,
    stamp: &Stamp,
) -> Result<()> {
    let release = Release::reopen(&blobs.get(&row.blob).await?)?;
    let messages = told(store, &release, Some(reason)).await?;
    Ok(store.withdraw_release(&row.id, reason, &messages, stamp).await?)
}
