//! Makes products from a release: pages, drawings, files and documents.
//!
//! In: a [`dtm_protect::Release`] and public reference data (areas and outlines). Out: text and bytes. Nothing here can
//! reach a submission, a record or an unprotected figure: the functions take `&Release` and nothing else.

#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod drawing;
pub mod factsheet;
pub mod files;
pub mod page;
pub mod words;
