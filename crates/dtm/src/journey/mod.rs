//! The journey, wired: what arrives is stored, what is stored is settled, what is settled is released.
//!
//! Each file is one step: load from the store, call a stage's plain functions, save in one transaction.

pub(crate) mod demo;
pub(crate) mod edition;
mod editions;
pub(crate) mod explain;
pub(crate) mod forms;
pub(crate) mod intake;
pub(crate) mod load;
pub(crate) mod past;
pub(crate) mod records;
pub(crate) mod release;
pub(crate) mod seal;
pub(crate) mod settle;

pub(crate) use editions::Editions;
