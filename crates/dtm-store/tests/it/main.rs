//! Every test of the store runs on SQLite and on PostgreSQL.
#![allow(clippy::unwrap_used)]

mod audit;
mod blobs;
mod bring;
mod check_runs;
mod cleaning;
mod crash;
mod entities;
mod entity_areas;
mod events;
mod exports;
mod feedback;
mod forms;
mod grants;
mod jobs;
mod movements;
mod opening;
mod outbox;
mod people;
mod places;
mod plans;
mod points;
mod projects;
mod proofs;
mod publishers;
mod records;
mod released;
mod releases;
mod rounds;
mod severities;
mod sharing;
mod simulation;
mod submissions;
mod team_messages;
mod traces;
mod upgrade;
mod verification;

use dtm_store::{Result, StoreError};

/// The word of the conflict, or what came instead.
fn conflict<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(StoreError::Conflict { what }) => what.to_owned(),
        other => format!("{other:?}"),
    }
}

/// Whether the store says that there is no such thing.
fn is_missing<T>(result: Result<T>) -> bool {
    matches!(result, Err(StoreError::NotFound { .. }))
}
