//! Places beside sectors, and what share of an area is in severe conditions.
//!
//! The heat table has one row a place and one cell a sector: its severity, or nothing where nothing was answered. Shares
//! are of places and of people, each with its own denominator: places (people) with an answer in that sector. A place
//! whose people are not known counts among places only. O(places·sectors).

use super::{SectorMethod, SeveritySheet, severities};
use dtm_model::{Answers, Atlas, Pcode, Ssid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A place that was assessed.
#[derive(Clone, Copy, Debug)]
pub struct AssessedPlace<'a> {
    /// The place.
    pub place: &'a Ssid,
    /// The smallest area it is known to lie in.
    pub area: &'a Pcode,
    /// Displaced people there, as settled; none where not known.
    pub people: Option<u64>,
    /// Its answers, corrections applied.
    pub answers: &'a Answers,
}

/// One place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeatRow {
    /// The place.
    pub place: Ssid,
    /// The smallest area it is known to lie in.
    pub area: Pcode,
    /// Displaced people there; none where not known.
    pub people: Option<u64>,
    /// Severity by sector, in the table's order; none where nothing was answered.
    pub cells: Vec<Option<u8>>,
}

impl HeatRow {
    /// How many sectors are at least so severe.
    pub fn n_severe(&self, at_least: u8) -> usize {
        self.cells.iter().flatten().filter(|severity| **severity >= at_least).count()
    }
}

/// Places beside sectors.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeatTable {
    /// The sectors, in the order of the sheet.
    pub sectors: Vec<String>,
    /// The places, by id.
    pub rows: Vec<HeatRow>,
}

/// Makes the heat table.
pub fn heat_table(
    sheet: &SeveritySheet,
    places: &[AssessedPlace],
    questions: &BTreeMap<String, String>,
    method: SectorMethod,
) -> HeatTable {
    let mut rows: Vec<HeatRow> = places
        .iter()
        .map(|assessed| HeatRow {
            place: assessed.place.clone(),
            area: assessed.area.clone(),
            people: assessed.people,
            cells: severities(sheet, assessed.answers, questions, method)
                .into_iter()
                .map(|sector| sector.severity)
                .collect(),
        })
        .collect();
    rows.sort_by(|a, b| a.place.cmp(&b.place));
    HeatTable { sectors: sheet.sectors().into_iter().map(str::to_owned).collect(), rows }
}

/// Places and people by severity, of one sector in one area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SevereShare {
    /// The area.
    pub area: Pcode,
    /// The sector.
    pub sector: String,
    /// Places of each severity, 1 to 5.
    pub places: [u32; 5],
    /// People in them.
    pub people: [u64; 5],
    /// Places without an answer in this sector.
    pub places_without: u32,
    /// Places with an answer whose people are not known: they are in `places`, and not in `people`.
    pub people_unknown: u32,
}

impl SevereShare {
    /// The share of places with an answer that are at least so severe, 0 to 1.
    pub fn of_places(&self, at_least: u8) -> Option<f64> {
        share(self.places.map(u64::from), at_least)
    }

    /// The share of people in places with an answer that live in places at least so severe, 0 to 1.
    pub fn of_people(&self, at_least: u8) -> Option<f64> {
        share(self.people, at_least)
    }
}

fn share(by_severity: [u64; 5], at_least: u8) -> Option<f64> {
    let all: u64 = by_severity.iter().sum();
    let from = usize::from(at_least.clamp(1, 5)) - 1;
    (all > 0).then(|| by_severity[from..].iter().sum::<u64>() as f64 / all as f64)
}

/// Counts places and people by severity for every area of a level and every sector, areas in order.
pub fn severe_shares(table: &HeatTable, atlas: &Atlas, level: u8) -> Vec<SevereShare> {
    let mut areas: BTreeMap<&Pcode, Vec<&HeatRow>> = BTreeMap::new();
    for row in &table.rows {
        let area = atlas.ancestor(&row.area, level).map_or(&row.area, |area| &area.pcode);
        areas.entry(area).or_default().push(row);
    }
    let mut shares = Vec::with_capacity(areas.len() * table.sectors.len());
    for (area, rows) in areas {
        for (at, sector) in table.sectors.iter().enumerate() {
            let mut share = SevereShare {
                area: area.clone(),
                sector: sector.clone(),
                places: [0; 5],
                people: [0; 5],
                places_without: 0,
                people_unknown: 0,
            };
            for row in &rows {
                let Some(severity) = row.cells[at] else {
                    share.places_without += 1;
                    continue;
                };
                let class = usize::from(severity.clamp(1, 5)) - 1;
                share.places[class] += 1;
                match row.people {
                    Some(people) => share.people[class] += people,
                    None => share.people_unknown += 1,
                }
            }
            shares.push(share);
        }
    }
    shares
}
