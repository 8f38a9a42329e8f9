//! temporary
use dtm_model::{Atlas, Lang}; use dtm_protect::Release;
pub(crate) mod hxl { use super::*; pub(crate) fn csv(_: &[&Release], _: &Atlas) -> String { String::new() } }
pub(crate) mod geojson { use super::*; pub(crate) fn areas(_: &Release, _: &Atlas) -> String { String::new() } pub(crate) fn places(_: &Release, _: &Atlas) -> String { String::new() } }
pub(crate) mod xlsx { use super::*; pub(crate) fn workbook(_: &Release, _: &Atlas, _: Lang) -> anyhow::Result<Vec<u8>> { Ok(vec![]) } }
