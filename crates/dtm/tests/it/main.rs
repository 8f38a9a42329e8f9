//! Whole stories on the built program and on its router.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

mod accounts;
mod bring;
mod browser;
mod dataout;
mod edges;
mod encrypted;
mod entities;
mod form_tools;
mod forms;
mod haiti;
mod hostile;
mod kill;
mod logic;
mod malawi;
mod office;
mod openid;
mod past_rounds;
mod phones;
mod program;
mod submissions;
mod web;
mod web_forms;
