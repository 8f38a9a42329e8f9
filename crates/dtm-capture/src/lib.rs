//! Capture: forms in, submissions in, tables in.
//!
//! In: workbooks, XForms and submission XML as people and phones send them. Out: a form's XForm and schema, the envelope
//! and typed answers of a submission, the rows of a table, and the documents that phones expect. What cannot be read is
//! an error with words for the sender; what is odd is kept, with a note. Nothing here stores, fetches or knows the time.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod edits;
pub mod encrypted;
pub mod entities;
pub mod flat;
pub mod geo_features;
pub mod instance;
pub mod kobo;
pub mod language;
pub mod logic;
pub mod odata;
pub mod openrosa;
pub mod settings_qr;
pub mod standard;
pub mod submission;
pub mod table;
pub mod tabled;
pub mod workbook;
pub mod xform;
pub mod xlsform;
pub mod xml;
pub mod xpath;
