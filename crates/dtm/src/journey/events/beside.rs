//! Events beside a round: what they reported since the round before, and what of its change they explain.

use super::Board;
use crate::journey::{RoundOf, settle};
use anyhow::Result;
use dtm_model::{Atlas, Lang, RecordId, RoundLabel, Tool};
use dtm_process::codes::IDP_IND;
use dtm_process::events::{AreaReconciliation, Event, reconcile_events};
use dtm_store::{Blobs, Store};

/// The events since the round before.
pub(crate) struct Beside {
    /// The round before.
    pub(crate) since: RoundLabel,
    /// Key and title of the events.
    pub(crate) events: Vec<(RecordId, String)>,
    /// What they and the figures say, by area.
    pub(crate) areas: Vec<AreaReconciliation>,
}

/// Sets the events that happened after the round before beside a round; none where the round counts no stock, was not
/// settled, has no round before it, or nothing happened. An event that people put aside by closing it is there all the
/// same: what it reported was reported.
pub(crate) async fn beside(
    store: &Store,
    blobs: &Blobs,
    of: RoundOf<'_>,
    atlas: &Atlas,
    lang: Lang,
) -> Result<Option<Beside>> {
    let RoundOf { operation, exercise, round } = of;
    if !matches!(exercise.tool, Tool::B1 | Tool::B2 | Tool::Msla) {
        return Ok(None);
    }
    let Some(after) = settle::figures_of_round(store, blobs, round).await? else { return Ok(None) };
    let Some((since, before)) = settle::earlier_figures(store, blobs, exercise, round, 1).await?.pop() else {
        return Ok(None);
    };
    let Some(round_before) = store.round_by_label(&exercise.id, &since).await? else { return Ok(None) };
    let board = Board::of(store, &operation.id).await?;
    let between = |event: &Event| event.first_on > round_before.ends_on && event.first_on <= round.ends_on;
    let kept: Vec<_> = board.events.iter().filter(|kept| between(&kept.event)).collect();
    if kept.is_empty() {
        return Ok(None);
    }
    let level = super::rules(store, &operation.id).await?.grouping.level;
    let events: Vec<Event> = kept.iter().map(|kept| kept.event.clone()).collect();
    Ok(Some(Beside {
        since,
        events: kept.iter().map(|kept| (kept.event.key.clone(), board.title(kept, atlas, lang))).collect(),
        areas: reconcile_events(&events, &before, &after, IDP_IND, atlas, level),
    }))
}
