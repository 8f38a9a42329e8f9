//! Makes products from a release: pages, drawings, files and documents.
//!
//! In: a [`dtm_protect::Release`] and public reference data (areas and outlines). Out: text and bytes. Nothing here can
//! reach a submission, a record or an unprotected figure: the functions take `&Release` and nothing else.

#![cfg_attr(test, allow(clippy::unwrap_used))]

mod borders;
pub mod catalogue;
pub mod dataset;
pub mod document;
pub mod drawing;
pub mod errata;
pub mod files;
pub mod maps;
pub mod page;
pub mod snippets;
pub mod words;
