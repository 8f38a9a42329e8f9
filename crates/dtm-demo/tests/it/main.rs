//! What the demo world promises to those who build on it.
#![allow(clippy::unwrap_used)]

mod country;
mod crisis;
mod forms;

use chrono::NaiveDate;
use dtm_demo::World;
use std::sync::OnceLock;

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 21).unwrap()
}

/// The world of the demo itself, made once for all tests.
fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| World::generate(2026, 1, today()))
}
