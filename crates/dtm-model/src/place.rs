//! Where people are: areas with p-codes, and the places assessed within them.

use crate::Text;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
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
    /// What it became: one area under a new code, or joined with others, or the several it was split into.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub became: Vec<Pcode>,
}

impl Area {
    /// Whether it stood on this day; an unknown beginning is always past.
    pub fn stands_on(&self, day: NaiveDate) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && self.valid_to.is_none_or(|to| to >= day)
    }
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
    /// Other names it goes by.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The place that it turned out to be or that took its people in: what is said of it from the day it closed counts
    /// there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<Ssid>,
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

    /// The areas as they stood on a day, with all outlines. An area whose parent goes by another code on that day lies in
    /// what its parent became by then, or had been.
    pub fn on(&self, day: NaiveDate) -> Cow<'_, Atlas> {
        if self.areas.values().all(|area| area.stands_on(day)) {
            return Cow::Borrowed(self);
        }
        let standing = self.areas.iter().filter(|(_, area)| area.stands_on(day));
        let of_its_time = |area: &Area| {
            let mut area = area.clone();
            let parent = area.parent.as_ref().and_then(|parent| self.areas.get(parent));
            if let Some(parent) = parent.filter(|parent| !parent.stands_on(day)) {
                let other = self.heir(&parent.pcode, day).or_else(|| self.forerunner(&parent.pcode, day));
                area.parent = other.map_or(area.parent, |other| Some(other.pcode.clone()));
            }
            area
        };
        let areas = standing.map(|(pcode, area)| (pcode.clone(), of_its_time(area))).collect();
        Cow::Owned(Self { areas, boundaries: self.boundaries.clone() })
    }

    /// The area that stood on a day and became this one, as far back as eight times. None where several became it.
    fn forerunner(&self, pcode: &Pcode, day: NaiveDate) -> Option<&Area> {
        let mut at = pcode;
        for _ in 0..8 {
            let mut before = self.areas.values().filter(|area| area.became.contains(at));
            let (only, None) = (before.next()?, before.next()) else { return None };
            if only.stands_on(day) {
                return Some(only);
            }
            at = &only.pcode;
        }
        None
    }

    /// The area that a code meant on a day: itself where it stood, else the only one it became, as far as eight times.
    /// None where it became several or nobody knows what.
    pub fn heir(&self, pcode: &Pcode, day: NaiveDate) -> Option<&Area> {
        let mut area = self.areas.get(pcode)?;
        for _ in 0..8 {
            match &area.became[..] {
                _ if area.stands_on(day) => return Some(area),
                [only] => area = self.areas.get(only)?,
                _ => return None,
            }
        }
        None
    }

    /// The areas directly under this one, by code.
    pub fn children<'a>(&'a self, pcode: &'a Pcode) -> impl Iterator<Item = &'a Area> {
        self.areas.values().filter(move |area| area.parent.as_ref() == Some(pcode))
    }

    /// Whether an area is one of these or lies in one of them.
    pub fn is_within(&self, area: &Pcode, areas: &[Pcode]) -> bool {
        let above = |level| self.ancestor(area, level).is_some_and(|above| areas.contains(&above.pcode));
        areas.contains(area) || (0..=4).any(above)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn area(pcode: &str, from: Option<&str>, to: Option<&str>, became: &[&str]) -> Area {
        Area {
            pcode: pcode.into(),
            level: 2,
            parent: None,
            name: Text::new(),
            aliases: BTreeMap::new(),
            valid_from: from.map(day),
            valid_to: to.map(day),
            became: became.iter().map(|pcode| Pcode::from(*pcode)).collect(),
        }
    }

    #[test]
    fn an_old_code_means_what_it_became_from_the_day_on() {
        let atlas = Atlas::new(
            [
                area("OLD", None, Some("2026-06-30"), &["NEW"]),
                area("NEW", Some("2026-07-01"), None, &[]),
                area("CUT", None, Some("2026-06-30"), &["A", "B"]),
            ],
            [],
        );
        let heir = |pcode: &str, on: &str| atlas.heir(&pcode.into(), day(on)).map(|area| area.pcode.to_string());
        assert_eq!(heir("OLD", "2026-06-30").as_deref(), Some("OLD"));
        assert_eq!(heir("OLD", "2026-07-01").as_deref(), Some("NEW"));
        assert_eq!(heir("CUT", "2026-07-01"), None);
        let standing = |on: &str| atlas.on(day(on)).areas().map(|area| area.pcode.to_string()).collect::<Vec<_>>();
        assert_eq!(standing("2026-06-30"), ["CUT", "OLD"]);
        assert_eq!(standing("2026-07-01"), ["NEW"]);
    }

    #[test]
    fn a_part_lies_in_what_its_parent_was_called_at_the_time() {
        let part = |pcode: &str, parent: &str| Area { parent: Some(parent.into()), ..area(pcode, None, None, &[]) };
        let atlas = Atlas::new(
            [
                area("OLD", None, Some("2026-06-30"), &["NEW"]),
                area("NEW", Some("2026-07-01"), None, &[]),
                area("CUT", None, Some("2026-06-30"), &["A", "B"]),
                area("A", Some("2026-07-01"), None, &[]),
                area("B", Some("2026-07-01"), None, &[]),
                part("left-behind", "OLD"),
                part("moved", "NEW"),
                part("of-a-half", "A"),
            ],
            [],
        );
        let parents = |on: &str| {
            let atlas = atlas.on(day(on));
            let parent = |code: &str| atlas.area(&code.into()).unwrap().parent.as_ref().unwrap().to_string();
            ["left-behind", "moved", "of-a-half"].map(parent)
        };
        assert_eq!(parents("2026-06-30"), ["OLD", "OLD", "CUT"]);
        assert_eq!(parents("2026-07-01"), ["NEW", "NEW", "A"]);
    }
}
