//! Reads a list of localities, sites and flow monitoring points.
//!
//! Columns: `ssid`, `name`, `kind`, `area`, `lon`, `lat`, `opened_on`, `closed_on`, `site_type`, `aliases` (several with
//! semicolons), in any order. A row without id, area or kind is left out and said; a faulty date or position is dropped
//! from the place and said.

use super::locate::lies_in;
use super::lookup::{Gazetteer, Lookup};
use super::position::{Country, Doubt, Doubted};
use super::problem::PlaceProblem;
use crate::folding::plain;
use chrono::NaiveDate;
use dtm_model::{Atlas, Pcode, Place, PlaceKind, Point, Ssid};
use std::collections::BTreeMap;
use std::fmt::Display;

/// Reads places from the text of a CSV file with a header.
pub fn read_places(csv: &str, atlas: &Atlas) -> (Vec<Place>, Vec<PlaceProblem>) {
    let (gazetteer, country) = (Gazetteer::new(atlas), Country::new(atlas));
    let mut reading = Reading { gazetteer, country, atlas, problems: Vec::new() };
    let mut rows = csv::ReaderBuilder::new().flexible(true).from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let header: Vec<String> = match rows.headers() {
        Ok(header) => header.iter().map(|name| plain(name).replace(' ', "_")).collect(),
        Err(error) => {
            reading.note("unreadable_row", &[("row", &1), ("detail", &error)]);
            return (Vec::new(), reading.problems);
        }
    };
    for column in ["ssid", "area", "kind"] {
        if !header.iter().any(|name| name == column) {
            reading.note("missing_column", &[("column", &column)]);
        }
    }
    if !reading.problems.is_empty() {
        return (Vec::new(), reading.problems);
    }
    let mut places: BTreeMap<Ssid, (u64, Place)> = BTreeMap::new();
    for record in rows.records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let row = error.position().map_or(0, csv::Position::line);
                reading.note("unreadable_row", &[("row", &row), ("detail", &error)]);
                continue;
            }
        };
        let row = record.position().map_or(0, csv::Position::line);
        let cell = |column: &str| {
            let at = header.iter().position(|name| name == column)?;
            record.get(at).map(str::trim).filter(|cell| !cell.is_empty() && !cell.starts_with('#'))
        };
        // The row of HXL tags, or an empty one.
        if header.iter().all(|column| cell(column).is_none()) {
            continue;
        }
        let Some(place) = reading.place(row, &cell) else { continue };
        if let Some((first, _)) = places.get(&place.ssid) {
            reading.note("duplicate_ssid", &[("row", &row), ("ssid", &place.ssid), ("first", first)]);
            continue;
        }
        places.insert(place.ssid.clone(), (row, place));
    }
    (places.into_values().map(|(_, place)| place).collect(), reading.problems)
}

/// Names apart by semicolons.
fn several(cell: &str) -> Vec<String> {
    cell.split(';').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

struct Reading<'a> {
    gazetteer: Gazetteer<'a>,
    country: Country<'a>,
    atlas: &'a Atlas,
    problems: Vec<PlaceProblem>,
}

impl<'a> Reading<'a> {
    fn note(&mut self, code: &'static str, pairs: &[(&str, &dyn Display)]) {
        let facts = pairs.iter().map(|(name, fact)| ((*name).to_owned(), fact.to_string())).collect();
        self.problems.push(PlaceProblem::new(code, facts));
    }

    fn place<'c>(&mut self, row: u64, cell: &impl Fn(&str) -> Option<&'c str>) -> Option<Place> {
        let Some(ssid) = cell("ssid") else {
            self.note("no_ssid", &[("row", &row)]);
            return None;
        };
        let kind = match plain(cell("kind").unwrap_or_default()).as_str() {
            "site" => PlaceKind::Site,
            "host community" | "communaute hote" | "locality" | "localite" => PlaceKind::HostCommunity,
            "flow point" | "flow monitoring point" | "fmp" | "point de suivi des flux" => PlaceKind::FlowPoint,
            _ => {
                let kind = cell("kind").unwrap_or_default();
                self.note("unknown_kind", &[("row", &row), ("kind", &kind), ("ssid", &ssid)]);
                return None;
            }
        };
        let area = self.area(row, ssid, cell("area").unwrap_or_default())?;
        let position = self.position(row, ssid, &area, cell("lon"), cell("lat"));
        let opened_on = self.day(row, ssid, cell("opened_on"));
        let closed_on = self.day(row, ssid, cell("closed_on"));
        if let (Some(opened), Some(closed)) = (opened_on, closed_on)
            && closed < opened
        {
            let pairs: &[(&str, &dyn Display)] =
                &[("row", &row), ("ssid", &ssid), ("opened_on", &opened), ("closed_on", &closed)];
            self.note("closed_before_opened", pairs);
        }
        Some(Place {
            ssid: Ssid(ssid.to_owned()),
            kind,
            name: cell("name").unwrap_or(ssid).to_owned(),
            area,
            site_type: cell("site_type").map(str::to_owned),
            position,
            opened_on,
            closed_on,
            aliases: cell("aliases").map(several).unwrap_or_default(),
            merged_into: None,
        })
    }

    fn area(&mut self, row: u64, ssid: &str, written: &str) -> Option<Pcode> {
        match self.gazetteer.lookup(written, None) {
            Lookup::Code(pcode) => Some(pcode),
            Lookup::Repaired(pcode, how) => Some(self.repaired(row, written, pcode, how.code())),
            Lookup::Alias(pcode) => Some(self.repaired(row, written, pcode, "alias")),
            Lookup::Suggestions(near) => {
                match near.first() {
                    Some((pcode, name, _)) => {
                        let nearest = format!("{pcode} ({name})");
                        let pairs: &[(&str, &dyn Display)] =
                            &[("row", &row), ("area", &written), ("ssid", &ssid), ("nearest", &nearest)];
                        self.note("unknown_area_name", pairs);
                    }
                    None => self.note("unknown_area", &[("row", &row), ("area", &written), ("ssid", &ssid)]),
                }
                None
            }
        }
    }

    /// Tells that an area was read otherwise than written, and how.
    fn repaired(&mut self, row: u64, written: &str, pcode: Pcode, how: &str) -> Pcode {
        self.note("area_repaired", &[("row", &row), ("area", &written), ("pcode", &pcode), ("how", &how)]);
        pcode
    }

    fn position(&mut self, row: u64, ssid: &str, area: &Pcode, lon: Option<&str>, lat: Option<&str>) -> Option<Point> {
        if lon.is_none() && lat.is_none() {
            return None;
        }
        let degrees = |text: Option<&str>| text?.parse::<f64>().ok();
        let Some((lat, lon)) = degrees(lat).zip(degrees(lon)) else {
            self.note("odd_position", &[("row", &row), ("ssid", &ssid)]);
            return None;
        };
        match self.country.doubt(Some(area), lat, lon) {
            None => {}
            Some(Doubted { meant: Some(at), .. }) => {
                let (written, meant) = (format!("{lat}, {lon}"), format!("{}, {}", at.lat, at.lon));
                let pairs: &[(&str, &dyn Display)] =
                    &[("row", &row), ("ssid", &ssid), ("written", &written), ("meant", &meant)];
                self.note("position_meant", pairs);
                return None;
            }
            Some(Doubted { doubt: Doubt::Elsewhere, .. }) => {
                let written = format!("{lat}, {lon}");
                self.note("position_elsewhere", &[("row", &row), ("ssid", &ssid), ("written", &written)]);
                return None;
            }
            Some(_) => {
                self.note("odd_position", &[("row", &row), ("ssid", &ssid)]);
                return None;
            }
        }
        let position = Point { lon, lat };
        if lies_in(self.atlas, area, position) == Some(false) {
            self.note("position_outside_area", &[("row", &row), ("ssid", &ssid), ("area", area)]);
        }
        Some(position)
    }

    fn day(&mut self, row: u64, ssid: &str, written: Option<&str>) -> Option<NaiveDate> {
        let written = written?;
        let day = written.parse().ok();
        if day.is_none() {
            self.note("odd_date", &[("row", &row), ("ssid", &ssid), ("value", &written)]);
        }
        day
    }
}
