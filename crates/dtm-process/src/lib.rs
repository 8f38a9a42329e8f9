//! From records to settled figures: places, dictionary, mapping, checks, corrections, rounds and tables.
//!
//! Records come in; [`mapping`] turns them into observations, [`checks`] notices what is odd, [`corrections`]
//! make clean data of raw, [`rounds`] settle figures and compare them with the round before, [`tables`] add them up for
//! protection. [`api_import`] brings back what was published before. Nothing here reads a clock, a file or a database.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod api_import;
pub mod checks;
pub mod codes;
pub mod corrections;
mod counts;
pub mod dictionary;
mod folding;
pub mod mapping;
pub mod places;
pub mod rounds;
mod sheet;
pub mod tables;
mod wording;
