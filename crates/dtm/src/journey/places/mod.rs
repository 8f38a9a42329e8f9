//! The places of an operation and the areas of its country: looked up, changed, brought from files.

mod bring;
mod site_types;

pub(crate) use bring::{AreasRead, AreasTaken, From, ListRead, read_areas, read_list, take_areas, take_list};
pub(crate) use site_types::SiteTypes;
