//! The places of an operation and the areas of its country: looked up, changed, brought from files.

mod areas;
mod bring;
mod site_types;
mod told;
mod written;

pub(crate) use areas::{NewCode, WrittenArea, change_area, recode_area, spellings, undo_areas};
pub(crate) use bring::{AreasRead, AreasTaken, From, ListRead, read_areas, read_list, take_areas, take_list};
pub(crate) use site_types::SiteTypes;
pub(crate) use told::{area_json, area_past_json, place_json, place_past_json};
pub(crate) use written::{Merge, Unkept, Written, Wrong, add, area_meant, change, merge};
