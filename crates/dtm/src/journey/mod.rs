//! The journey, wired: what arrives is stored, what is stored is settled, what is settled is released.
//!
//! Each file is one step: load from the store, call a stage's plain functions, save in one transaction.

pub(crate) mod analysis;
pub(crate) mod archive;
pub(crate) mod backup;
pub(crate) mod bring;
pub(crate) mod check_runs;
pub(crate) mod choose;
pub(crate) mod ckan;
pub(crate) mod cleaning;
mod columns;
pub(crate) mod current;
pub(crate) mod decide;
pub(crate) mod demo;
pub(crate) mod edition;
mod editions;
pub(crate) mod entities;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod feed;
pub(crate) mod feedback;
pub(crate) mod flows;
pub(crate) mod forms;
pub(crate) mod intake;
pub(crate) mod keys;
pub(crate) mod load;
pub(crate) mod locate;
pub(crate) mod logic;
pub(crate) mod mapping;
pub(crate) mod maps;
pub(crate) mod naming;
pub(crate) mod needs;
pub(crate) mod news;
pub(crate) mod opening;
pub(crate) mod ordered;
pub(crate) mod origins;
pub(crate) mod outbox;
pub(crate) mod own_rules;
pub(crate) mod past;
pub(crate) mod phone_list;
pub(crate) mod places;
pub(crate) mod plan;
mod prepared;
pub(crate) mod progress;
pub(crate) mod purge;
pub(crate) mod quality;
pub(crate) mod reach;
pub(crate) mod recheck;
pub(crate) mod records;
pub(crate) mod registries;
pub(crate) mod release;
pub(crate) mod released;
pub(crate) mod scrub;
pub(crate) mod seal;
pub(crate) mod settle;
pub(crate) mod sharing;
mod sift;
pub(crate) mod standard;
pub(crate) mod stocks;
pub(crate) mod submissions;
pub(crate) mod supervision;
mod traces;
pub(crate) mod trash;
pub(crate) mod verification;
pub(crate) mod verify;

pub(crate) use editions::{Editions, PUBLIC};
pub(crate) use prepared::{Prepared, PreparedFile};

use dtm_model::{Exercise, Operation, Round};

/// A round, with the exercise and the operation it belongs to.
#[derive(Clone, Copy)]
pub(crate) struct RoundOf<'a> {
    pub(crate) operation: &'a Operation,
    pub(crate) exercise: &'a Exercise,
    pub(crate) round: &'a Round,
}
