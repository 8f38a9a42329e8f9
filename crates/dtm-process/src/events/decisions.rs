//! What people decided about events, replayed.
//!
//! Takes decisions in order of time, those left out that were taken back; returns where reports were put, what events are
//! called and which are closed. Events are put together anew whenever reports come, so that a decision names reports and
//! not figures: it holds whatever comes later. O(decisions·log reports).

use dtm_model::RecordId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Decision {
    /// The event is called so; by its cause and area again where the name is empty.
    Named {
        /// The name.
        name: String,
    },
    /// Another event is the same.
    Merged {
        /// The key of the other.
        other: RecordId,
        /// The reports of both.
        records: Vec<RecordId>,
    },
    /// Some reports are about something else.
    Split {
        /// The key of the event they make.
        to: RecordId,
        /// These reports.
        moved: Vec<RecordId>,
        /// The reports that stay.
        kept: Vec<RecordId>,
    },
    /// Nothing more is expected of it.
    Closed {
        /// Why.
        reason: String,
    },
    /// It goes on.
    Reopened {
        /// Why.
        reason: String,
    },
}

impl Decision {
    /// The word that stands for its kind.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Named { .. } => "named",
            Self::Merged { .. } => "merged",
            Self::Split { .. } => "split",
            Self::Closed { .. } => "closed",
            Self::Reopened { .. } => "reopened",
        }
    }
}

/// A decision and the event it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The key of the event; of a merge, that of the one that stays.
    pub event: RecordId,
    /// The decision.
    pub decision: Decision,
}

/// Where decisions lead.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Decisions {
    /// In which event a person put a report.
    pub pinned: BTreeMap<RecordId, RecordId>,
    /// What events are called.
    pub names: BTreeMap<RecordId, String>,
    /// The events that are closed, with the reason.
    pub closed: BTreeMap<RecordId, String>,
    /// Events that were merged into others.
    pub merged: BTreeMap<RecordId, RecordId>,
}

impl Decisions {
    /// Replays decisions, the earliest first.
    pub fn replay<'d>(decided: impl IntoIterator<Item = &'d Decided>) -> Self {
        let mut state = Self::default();
        for Decided { event, decision } in decided {
            match decision {
                Decision::Named { name } if name.is_empty() => drop(state.names.remove(event)),
                Decision::Named { name } => drop(state.names.insert(event.clone(), name.clone())),
                Decision::Merged { other, records } => {
                    state.pin(records, event);
                    state.merged.insert(other.clone(), event.clone());
                }
                Decision::Split { to, moved, kept } => {
                    state.pin(moved, to);
                    state.pin(kept, event);
                }
                Decision::Closed { reason } => drop(state.closed.insert(event.clone(), reason.clone())),
                Decision::Reopened { .. } => drop(state.closed.remove(event)),
            }
        }
        state
    }

    fn pin(&mut self, records: &[RecordId], event: &RecordId) {
        self.pinned.extend(records.iter().map(|record| (record.clone(), event.clone())));
    }
}
