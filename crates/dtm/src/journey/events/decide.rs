//! What a person decides about an event, and what stands in the way.

use super::{Board, gather};
use crate::cli::Mistakes;
use crate::world;
use anyhow::Result;
use dtm_model::{EventDecisionId, Lang, Operation, RecordId};
use dtm_process::events::{Decided, Decision};
use dtm_store::{Blobs, Stamp, Store};
use std::collections::BTreeSet;

/// The longest name of an event.
const LONGEST_NAME: usize = 120;
/// The longest reason.
const LONGEST_REASON: usize = 1000;

/// What somebody wants of an event.
pub(crate) enum Wish {
    /// To call it so; by its cause and area where the name is empty.
    Name(String),
    /// To take in another event.
    Merge(RecordId),
    /// To set these reports apart as an event of their own.
    Split(Vec<RecordId>),
    /// To expect nothing more of it.
    Close(String),
    /// To go on with it.
    Reopen(String),
}

/// Keeps a decision and puts the reports together by it. Returns the key of the event it leads to; none where there is no
/// such event.
pub(crate) async fn decide(
    store: &Store,
    blobs: &Blobs,
    operation: &Operation,
    (key, wish): (&RecordId, Wish),
    lang: Lang,
    stamp: &Stamp,
) -> Result<Option<RecordId>> {
    let say = |en: &str, fr: &str| Mistakes::one(if lang == Lang::En { en } else { fr });
    let cut = |text: String, most: usize| text.trim().chars().take(most).collect::<String>();
    let board = Board::of(store, &operation.id).await?;
    let Some(kept) = board.find(key) else { return Ok(None) };
    let event = kept.event.key.clone();
    let reports: Vec<RecordId> = kept.event.reports().cloned().collect();
    let (decision, leads_to) = match wish {
        Wish::Name(name) => (Decision::Named { name: cut(name, LONGEST_NAME) }, event.clone()),
        Wish::Close(reason) => (Decision::Closed { reason: cut(reason, LONGEST_REASON) }, event.clone()),
        Wish::Reopen(reason) => (Decision::Reopened { reason: cut(reason, LONGEST_REASON) }, event.clone()),
        Wish::Merge(other) => {
            let Some(other) = board.find(&other).filter(|other| other.event.key != event) else {
                return Err(say("choose another event to take in", "choisissez un autre événement à intégrer"));
            };
            let records = reports.into_iter().chain(other.event.reports().cloned()).collect();
            (Decision::Merged { other: other.event.key.clone(), records }, event.clone())
        }
        Wish::Split(chosen) => {
            let chosen: BTreeSet<RecordId> = chosen.into_iter().collect();
            let (moved, kept): (Vec<_>, Vec<_>) = reports.into_iter().partition(|report| chosen.contains(report));
            if moved.is_empty() || kept.is_empty() {
                return Err(say(
                    "choose some of the reports, not all of them",
                    "choisissez une partie des rapports, pas tous",
                ));
            }
            let to = world::fresh(RecordId::new);
            (Decision::Split { to: to.clone(), moved, kept }, to)
        }
    };
    let kind = decision.code();
    let body = serde_json::to_string(&Decided { event: event.clone(), decision })?;
    let id = world::fresh(EventDecisionId::new);
    store.decide_event(&operation.id, (&id, &event), (kind, &body), stamp).await?;
    gather(store, blobs, operation, stamp).await?;
    Ok(Some(leads_to))
}

/// Takes a decision back.
pub(crate) async fn undo(
    store: &Store,
    blobs: &Blobs,
    operation: &Operation,
    decision: &EventDecisionId,
    stamp: &Stamp,
) -> Result<()> {
    store.undo_event_decision(&operation.id, decision, stamp).await?;
    gather(store, blobs, operation, stamp).await?;
    Ok(())
}
