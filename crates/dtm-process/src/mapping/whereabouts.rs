//! The area a record speaks of, as far as its mapping tells, for those who may see some areas only.
//!
//! The area of a known place counts before what the record says about it; then the first question that holds a p-code
//! counts, the smallest area first, and last the position. Where nothing tells, there is no area, and whoever is
//! narrowed to areas does not see the record.

use super::values::{on_earth, read_position};
use super::{Mapping, PositionMapping};
use crate::places::{Gazetteer, Locator, Lookup};
use dtm_model::{Answers, Atlas, Pcode, Point, Ssid};
use std::cell::OnceCell;
use std::collections::HashMap;

/// Tells the area of many records.
pub struct Whereabouts<'a> {
    mapping: &'a Mapping,
    atlas: &'a Atlas,
    places: &'a HashMap<Ssid, Pcode>,
    gazetteer: OnceCell<Gazetteer<'a>>,
    locator: OnceCell<Locator>,
}

impl<'a> Whereabouts<'a> {
    /// Prepares for records of this mapping; `places` are those known by their id, with their area.
    pub fn new(mapping: &'a Mapping, atlas: &'a Atlas, places: &'a HashMap<Ssid, Pcode>) -> Self {
        Self { mapping, atlas, places, gazetteer: OnceCell::new(), locator: OnceCell::new() }
    }

    /// The area these answers speak of.
    pub fn area_of(&self, answers: &Answers) -> Option<Pcode> {
        let place = &self.mapping.place;
        let text = |question: &String| answers.get(question).map(|answer| answer.to_text().trim().to_owned());
        let known = place.ssid.iter().filter_map(text).find(|text| !text.is_empty());
        if let Some(area) = known.and_then(|ssid| self.places.get(&Ssid(ssid))) {
            return Some(area.clone());
        }
        let coded = place.area.iter().filter_map(text).find_map(|text| self.coded(text));
        coded.or_else(|| {
            let locator = self.locator.get_or_init(|| Locator::new(self.atlas));
            locator.area_at(self.atlas, self.position(answers)?)
        })
    }

    /// Whether these answers speak of one of these areas or of one below them.
    pub fn is_within(&self, answers: &Answers, areas: &[Pcode]) -> bool {
        let Some(area) = self.area_of(answers) else { return false };
        (0..=area_level(self.atlas, &area))
            .any(|level| self.atlas.ancestor(&area, level).is_some_and(|above| areas.contains(&above.pcode)))
            || areas.contains(&area)
    }

    fn coded(&self, text: String) -> Option<Pcode> {
        let code = Pcode(text);
        if self.atlas.area(&code).is_some() {
            return Some(code);
        }
        match self.gazetteer.get_or_init(|| Gazetteer::new(self.atlas)).lookup(code.as_str(), None) {
            Lookup::Code(pcode) | Lookup::Repaired(pcode, _) | Lookup::Alias(pcode) => Some(pcode),
            Lookup::Suggestions(_) => None,
        }
    }

    fn position(&self, answers: &Answers) -> Option<Point> {
        match self.mapping.place.position.as_ref()? {
            PositionMapping::One { question } => read_position(answers.get(question)?),
            PositionMapping::Two { lat, lon } => on_earth(answers.get(lat)?.number()?, answers.get(lon)?.number()?),
        }
    }
}

fn area_level(atlas: &Atlas, pcode: &Pcode) -> u8 {
    atlas.area(pcode).map_or(0, |area| area.level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::{Answer, Area, Text};

    fn area(pcode: &str, level: u8, parent: Option<&str>) -> Area {
        Area {
            pcode: pcode.into(),
            level,
            parent: parent.map(Pcode::from),
            name: Text::both(pcode, pcode),
            aliases: Default::default(),
            valid_from: None,
            valid_to: None,
            became: Vec::new(),
        }
    }

    #[test]
    fn a_record_is_within_the_branch_of_its_place_its_code_or_nowhere() {
        let atlas = Atlas::new(
            [
                area("XS", 0, None),
                area("XS01", 1, Some("XS")),
                area("XS0101", 2, Some("XS01")),
                area("XS02", 1, Some("XS")),
            ],
            [],
        );
        let places = HashMap::from([(Ssid::from("S-1"), Pcode::from("XS02"))]);
        let mut mapping = Mapping::default();
        mapping.place.ssid = vec!["ssid".to_owned()];
        mapping.place.area = vec!["adm2".to_owned(), "adm1".to_owned()];
        let whereabouts = Whereabouts::new(&mapping, &atlas, &places);
        let within = |pairs: &[(&str, &str)], areas: &[&str]| {
            let mut answers = Answers::default();
            for (question, text) in pairs {
                answers.values.insert(format!("place/{question}"), Answer::Text((*text).to_owned()));
            }
            let areas: Vec<Pcode> = areas.iter().map(|code| Pcode::from(*code)).collect();
            whereabouts.is_within(&answers, &areas)
        };
        assert!(within(&[("adm2", "XS0101")], &["XS01"]), "a whole branch");
        assert!(within(&[("adm2", "xs0101")], &["XS0101"]), "as codes are written in the field");
        assert!(within(&[("adm2", "XS0101")], &["XS"]));
        assert!(!within(&[("adm2", "XS0101")], &["XS02"]));
        assert!(within(&[("adm1", "XS01")], &["XS01"]));
        assert!(!within(&[("adm1", "XS01")], &["XS0101"]), "the whole is not within its part");
        assert!(!within(&[("ssid", "S-1"), ("adm2", "XS0101")], &["XS01"]), "the list of places knows better");
        assert!(within(&[("ssid", "S-1"), ("adm2", "XS0101")], &["XS02"]));
        assert!(!within(&[], &["XS"]), "nobody narrowed to areas sees what lies nowhere");
    }
}
