//! Capture: forms in, submissions in.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod workbook;
pub mod xlsform;
pub mod language;
pub mod openrosa;
pub mod settings_qr;
pub mod submission;
pub mod table;
pub mod xform;
pub mod xml;
