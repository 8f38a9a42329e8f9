//! From records to settled figures: places, dictionary, mapping, checks, corrections, rounds and tables.
//!
//! Records come in; [`mapping`] turns them into observations, [`checks`] notices what is odd, [`corrections`]
//! make clean data of raw, [`rounds`] settle figures and compare them with the round before, [`tables`] add them up for
//! protection. [`verification`] makes one figure of what several people say; [`flows`], [`events`] and [`needs`] are about
//! who passes, what happens between rounds and what people lack. [`answers`] puts the answers of many records side by
//! side, and [`patterns`] looks at them together, with the [`statistics`] that takes. [`api_import`] brings back what was
//! published before. Nothing here reads a clock, a file or a database.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod answers;
pub mod api_import;
mod apportion;
mod asked;
pub mod checks;
pub mod codes;
pub mod corrections;
mod counts;
pub mod dictionary;
pub mod events;
pub mod flows;
mod folding;
pub mod mapping;
mod near;
pub mod needs;
pub mod patterns;
pub mod places;
pub mod rounds;
pub mod rule_sheet;
#[cfg(test)]
mod sample;
mod sheet;
mod spread;
pub mod statistics;
pub mod tables;
pub mod verification;
mod wording;

pub use apportion::apportion;
