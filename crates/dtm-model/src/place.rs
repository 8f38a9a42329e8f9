//! Where people are: areas with p-codes, and the places assessed within them.

use crate::Text;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The code of an area, such as `HT0111`; the country's own is its ISO3 code in public rows.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pcode(pub String);

impl Pcode {
    /// The code as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Pcode {
    fn from(code: &str) -> Self {
        Self(code.to_owned())
    }
}

impl fmt::Display for Pcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An administrative unit, as it stood between two dates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Its code; joins are made on it, never on a name.
    pub pcode: Pcode,
    /// 0 the country, 1 to 4 the levels below.
    pub level: u8,
    /// The area one level up; none for the country.
    pub parent: Option<Pcode>,
    /// Official name per language.
    pub name: Text,
    /// Other spellings met in data, the one of the public DTM API under the key `dtm-api`.
    #[serde(default)]
    pub aliases: BTreeMap<String, String>,
    /// First day it was valid, if known.
    pub valid_from: Option<NaiveDate>,
    /// Last day it was valid; none while it stands.
    pub valid_to: Option<NaiveDate>,
}

/// The outline of an area, longitude first, WGS 84 degrees.
#[derive(Clone, Debug, PartialEq)]
pub struct Boundary {
    /// The area it outlines.
    pub pcode: Pcode,
    /// Its polygons.
    pub shape: geo::MultiPolygon<f64>,
}

/// A position, WGS 84 degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
}

/// DTM's own identifier of a place of assessment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ssid(pub String);

impl Ssid {
    /// The identifier as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Ssid {
    fn from(ssid: &str) -> Self {
        Self(ssid.to_owned())
    }
}

impl fmt::Display for Ssid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What kind of place is assessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaceKind {
    /// Displaced people live together on a site.
    Site,
    /// Displaced people live among the residents of a locality.
    HostCommunity,
    /// A flow monitoring point.
    FlowPoint,
}

/// A locality, site or flow monitoring point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// Its identifier.
    pub ssid: Ssid,
    /// Site, host community or flow monitoring point.
    pub kind: PlaceKind,
    /// Its name as people there say it.
    pub name: String,
    /// The smallest area it is known to lie in.
    pub area: Pcode,
    /// Site type of the dictionary (`camp`, `collective_centre`, `informal_settlement`, …).
    pub site_type: Option<String>,
    /// Where it is, if known. Restricted unless a policy says otherwise.
    pub position: Option<Point>,
    /// First day it held displaced people, if known.
    pub opened_on: Option<NaiveDate>,
    /// The day it closed; none while it stands.
    pub closed_on: Option<NaiveDate>,
}

/// The areas of a country with their outlines: public reference data that every stage may see.
#[derive(Clone, Debug, Default)]
pub struct Atlas {
    areas: BTreeMap<Pcode, Area>,
    boundaries: BTreeMap<Pcode, Boundary>,
}

impl Atlas {
    /// Collects areas and the outlines known for them.
    pub fn new(areas: impl IntoIterator<Item = Area>, boundaries: impl IntoIterator<Item = Boundary>) -> Self {
        Self {
            areas: areas.into_iter().map(|area| (area.pcode.clone(), area)).collect(),
            boundaries: boundaries.into_iter().map(|boundary| (boundary.pcode.clone(), boundary)).collect(),
        }
    }

    /// The area with this code.
    pub fn area(&self, pcode: &Pcode) -> Option<&Area> {
        self.areas.get(pcode)
    }

    /// The outline of the area with this code.
    pub fn boundary(&self, pcode: &Pcode) -> Option<&Boundary> {
        self.boundaries.get(pcode)
    }

    /// All areas, by code.
    pub fn areas(&self) -> impl Iterator<Item = &Area> {
        self.areas.values()
    }

    /// The areas of one level, by code.
    pub fn level(&self, level: u8) -> impl Iterator<Item = &Area> {
        self.areas.values().filter(move |area| area.level == level)
    }

    /// The areas directly under this one, by code.
    pub fn children<'a>(&'a self, pcode: &'a Pcode) -> impl Iterator<Item = &'a Area> {
        self.areas.values().filter(move |area| area.parent.as_ref() == Some(pcode))
    }

    /// The area of this level that holds `pcode`, or is it; none if the chain of parents does not reach it.
    pub fn ancestor(&self, pcode: &Pcode, level: u8) -> Option<&Area> {
        let mut area = self.areas.get(pcode)?;
        // A chain of parents longer than the five levels is a cycle in bad data.
        for _ in 0..=5 {
            if area.level == level {
                return Some(area);
            }
            area = self.areas.get(area.parent.as_ref()?)?;
        }
        None
    }
}
