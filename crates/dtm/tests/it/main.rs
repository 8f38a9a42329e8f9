//! Whole stories on the built program and on its router.

mod edges;
mod haiti;
mod hostile;
mod kill;
mod malawi;
mod office;
mod past_rounds;
mod phones;
mod program;
mod web;
