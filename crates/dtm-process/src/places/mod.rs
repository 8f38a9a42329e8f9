//! Areas with p-codes, and the places assessed within them.
//!
//! [`read_areas`] takes a GeoJSON, TopoJSON, Shapefile or CSV file and returns areas and outlines with the problems
//! met; [`check_hierarchy`] says what does not fit in an atlas; [`lookup`] finds an area by its code first and offers
//! names only as suggestions; [`read_places`] reads a list of localities and sites. Joins are made on p-codes, never
//! on names. [`compare_places`] and [`succession`] say what a file would change before it does, [`possible_duplicates`] which
//! places may be one. A file that is not what it says is an error; a faulty row or outline is a problem beside the rest.

mod differences;
mod duplicates;
mod gather;
mod geojson;
mod hierarchy;
mod list;
mod locate;
mod lookup;
mod position;
mod problem;
mod properties;
mod raw;
mod search;
mod shapes;
mod succession;
mod table;
mod topojson;

#[cfg(test)]
mod tests;

pub use differences::{Compared, Difference, compare_places, completed, counts_at, differences, kind_code};
pub use duplicates::{Duplicate, DuplicateRules, possible_duplicates};
pub use gather::{ReadAreas, read_areas, read_shapefile};
pub use hierarchy::check_hierarchy;
pub use list::read_places;
pub use locate::{Locator, lies_in};
pub use lookup::{Gazetteer, Lookup, Repair, lookup};
pub use position::{Country, Doubt, Doubted};
pub use problem::{PlaceFileError, PlaceProblem};
pub use raw::AreaOptions;
pub use search::{KINDS, STATES, Search, areas_named, is_adrift, kind_of};
pub use succession::{
    AreaChange, Becomes, End, Rehomed, Succession, area_differences, areas_from, rehomed, reparented, succession,
};
