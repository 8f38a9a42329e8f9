//! Tests of capture from the outside: real forms, and forms written as tables.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod pyxform;
mod real_forms;
mod small_forms;
