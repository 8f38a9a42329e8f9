//! Places of assessment as an audience may see them.

use crate::records::RecordArea;
use crate::release::{Heading, Hiding, ReleasedPlace, ReleasedTable};
use crate::{Policy, Position};
use dtm_model::{Dim, FigureTable, Pcode, Place, Point, Ssid};
use std::collections::{BTreeMap, HashMap};

/// The longest chain of parents followed; longer ones are cycles in bad data.
const MAX_DEPTH: u8 = 8;

/// Which area lies in which, over all tables, and so on which level each one is.
pub(crate) struct Ladder {
    parents: BTreeMap<String, String>,
    levels: HashMap<String, u8>,
}

impl Ladder {
    pub(crate) fn of(tables: &[FigureTable], heading: &Heading) -> Self {
        let with_areas = tables.iter().filter(|table| table.dims.contains(&Dim::Area));
        let parents: BTreeMap<String, String> =
            with_areas.flat_map(|table| table.parents.iter().map(|(a, b)| (a.clone(), b.clone()))).collect();
        Self::climbed(parents, &heading.admin0)
    }

    fn climbed(parents: BTreeMap<String, String>, country: &Pcode) -> Self {
        let mut levels = HashMap::from([(country.0.clone(), 0)]);
        for area in parents.keys().chain(parents.values()) {
            let (mut top, mut depth) = (area, 0);
            while let Some(above) = parents.get(top).filter(|_| depth < MAX_DEPTH && *top != country.0) {
                (top, depth) = (above, depth + 1);
            }
            // Where the chain does not reach the country, it is taken to end below it.
            let under_country = u8::from(*top != country.0);
            levels.insert(area.clone(), depth + under_country);
        }
        Self { parents, levels }
    }

    /// The ladder of these areas.
    pub(crate) fn of_areas(areas: &[RecordArea], country: &Pcode) -> Self {
        let parents = areas.iter().filter_map(|area| Some((area.code.clone(), area.parent.clone()?)));
        Self::climbed(parents.collect(), country)
    }

    /// The level of this area, if it is known.
    pub(crate) fn level(&self, area: &str) -> Option<u8> {
        self.levels.get(area).copied()
    }

    /// The area itself, or the one around it that is not below this level.
    pub(crate) fn up_to<'a>(&'a self, area: &'a str, smallest: u8) -> Option<&'a str> {
        let mut area = area;
        for _ in 0..=MAX_DEPTH {
            if self.level(area)? <= smallest {
                return Some(area);
            }
            area = self.parents.get(area)?;
        }
        None
    }
}

/// Lists the places, by identifier, as precisely as the policy allows.
pub(crate) fn list(places: Vec<Place>, ladder: &Ladder, policy: &Policy, country: &Pcode) -> Vec<ReleasedPlace> {
    if !policy.places.listed {
        return Vec::new();
    }
    let show = |place: Place| {
        let (position, coarsened) = match (policy.places.position, place.position) {
            (Position::Withheld, _) | (_, None) => (None, false),
            (Position::Exact, Some(point)) => (Some(point), false),
            (Position::Coarsened { decimals }, Some(point)) => (Some(round(point, decimals)), true),
        };
        // An area nobody knows the size of is not named.
        let area =
            ladder.up_to(place.area.as_str(), policy.smallest_level).map_or_else(|| country.clone(), Pcode::from);
        let (ssid, kind, name, site_type) = (place.ssid, place.kind, place.name, place.site_type);
        ReleasedPlace { ssid, kind, name, area, site_type, position, coarsened }
    };
    let mut listed: Vec<ReleasedPlace> = places.into_iter().map(show).collect();
    listed.sort_by(|a, b| a.ssid.cmp(&b.ssid));
    listed
}

pub(crate) fn round(point: Point, decimals: u8) -> Point {
    let scale = 10f64.powi(i32::from(decimals.min(9)));
    // Adding zero turns −0 into 0.
    let to_grid = |degrees: f64| (degrees * scale).round() / scale + 0.0;
    Point { lon: to_grid(point.lon), lat: to_grid(point.lat) }
}

/// Puts running numbers in the place of names and identifiers, in lists and tables alike.
///
/// Identifiers often hold the code of a smaller area than the policy names. The order of the numbers follows the
/// shown figures of the places only, so that it tells nothing that is not shown anyway.
pub(crate) fn number(places: &mut [ReleasedPlace], tables: &mut [ReleasedTable], hidden: &mut [Hiding]) {
    let mut shown: BTreeMap<String, Vec<(Option<i64>, String)>> = BTreeMap::new();
    for place in places.iter() {
        shown.entry(place.ssid.0.clone()).or_default().push((None, place.area.0.clone()));
    }
    for table in tables.iter() {
        let Some(at) = table.dims.iter().position(|dim| *dim == Dim::Place) else { continue };
        for row in table.rows.iter().filter(|row| row.key[at] != dtm_model::TOTAL) {
            let others = row.key.iter().enumerate().filter(|(i, _)| *i != at).map(|(_, part)| part.as_str());
            let others = others.collect::<Vec<_>>().join("/");
            let figures = shown.entry(row.key[at].clone()).or_default();
            figures.extend(row.cells.iter().map(|cell| (cell.value.number(), others.clone())));
        }
    }
    let mut order: Vec<_> = shown.into_iter().map(|(ssid, shown)| (shown, ssid)).collect();
    order.sort();
    let width = order.len().to_string().len();
    let numbers: BTreeMap<String, String> =
        order.into_iter().enumerate().map(|(i, (_, ssid))| (ssid, format!("P{:0width$}", i + 1))).collect();
    let rename = |ssid: &mut String| {
        if let Some(number) = numbers.get(ssid.as_str()) {
            ssid.clone_from(number);
        }
    };
    for place in places.iter_mut() {
        let Ssid(ssid) = &mut place.ssid;
        rename(ssid);
        place.name.clear();
    }
    places.sort_by(|a, b| a.ssid.cmp(&b.ssid));
    let mut dims_of: BTreeMap<String, usize> = BTreeMap::new();
    for table in tables.iter_mut() {
        let Some(at) = table.dims.iter().position(|dim| *dim == Dim::Place) else { continue };
        dims_of.insert(table.name.clone(), at);
        table.rows.iter_mut().for_each(|row| rename(&mut row.key[at]));
        table.rows.sort_by(|a, b| a.key.cmp(&b.key));
        table.parents = std::mem::take(&mut table.parents)
            .into_iter()
            .map(|(mut value, above)| {
                rename(&mut value);
                (value, above)
            })
            .collect();
    }
    for hiding in hidden.iter_mut() {
        if let Some(part) = dims_of.get(&hiding.table).and_then(|at| hiding.key.get_mut(*at)) {
            rename(part);
        }
    }
}
