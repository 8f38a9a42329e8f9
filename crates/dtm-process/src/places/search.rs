//! Looks for places and areas by what people know of them.
//!
//! Takes a piece of a name (or another name, or a code), a kind, an area, how a place stands; returns what fits. Names are
//! compared without accents, hyphens and capitals. A place is also found by the name of an area it lies in.

use super::differences::kind_code;
use crate::folding::plain;
use dtm_model::{Area, Atlas, Pcode, Place, PlaceKind};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Every kind of place.
pub const KINDS: [PlaceKind; 3] = [PlaceKind::Site, PlaceKind::HostCommunity, PlaceKind::FlowPoint];
/// How places can be asked to stand. The first holds where nothing is said.
pub const STATES: [&str; 5] = ["open", "closed", "all", "nowhere", "adrift"];

/// The kind of place of this word.
pub fn kind_of(code: &str) -> Option<PlaceKind> {
    KINDS.into_iter().find(|kind| kind_code(*kind) == code)
}

/// Which places somebody looks for. What is empty narrows nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Search {
    /// A piece of a name or code, of the place or of an area around it.
    pub q: String,
    /// The word of a kind.
    pub kind: String,
    /// The code of an area, of any level.
    pub area: String,
    /// One of [`STATES`].
    pub state: String,
}

impl Search {
    /// The first thing asked for that there is not, by its name.
    pub fn unknown(&self) -> Option<(&'static str, &str)> {
        let kind = (!self.kind.is_empty() && kind_of(&self.kind).is_none()).then_some(("kind", self.kind.as_str()));
        let state = !self.state.is_empty() && !STATES.contains(&self.state.as_str());
        kind.or(state.then_some(("state", self.state.as_str())))
    }

    /// The places that fit, in their order.
    pub fn of<'a>(&self, places: &'a [Place], atlas: &Atlas) -> Vec<&'a Place> {
        let text = plain(&self.q);
        let holds = |name: &str| plain(name).contains(&text);
        let named: BTreeSet<&Pcode> = match text.is_empty() {
            true => BTreeSet::new(),
            false => atlas.areas().filter(|area| has_name(area, holds)).map(|area| &area.pcode).collect(),
        };
        let lies_so = |place: &Place| {
            (0..=4).any(|level| atlas.ancestor(&place.area, level).is_some_and(|area| named.contains(&area.pcode)))
        };
        let is_named = |place: &Place| {
            std::iter::once(&place.name)
                .chain(&place.aliases)
                .chain([&place.ssid.0, &place.area.0])
                .any(|name| holds(name))
        };
        let within = [Pcode::from(self.area.as_str())];
        let fits = |place: &&Place| {
            self.stands_so(place, atlas)
                && (self.kind.is_empty() || self.kind == kind_code(place.kind))
                && (self.area.is_empty() || atlas.is_within(&place.area, &within))
                && (text.is_empty() || is_named(place) || lies_so(place))
        };
        places.iter().filter(fits).collect()
    }

    fn stands_so(&self, place: &Place, atlas: &Atlas) -> bool {
        match self.state.as_str() {
            "closed" => place.closed_on.is_some(),
            "all" => true,
            "nowhere" => place.position.is_none() && place.closed_on.is_none(),
            "adrift" => is_adrift(place, atlas),
            _ => place.closed_on.is_none(),
        }
    }
}

/// Whether the area of a place that stands ended, or is known to nobody.
pub fn is_adrift(place: &Place, atlas: &Atlas) -> bool {
    place.closed_on.is_none() && atlas.area(&place.area).is_none_or(|area| area.valid_to.is_some())
}

fn has_name(area: &Area, holds: impl Fn(&str) -> bool) -> bool {
    let names = area.name.iter().map(|(_, name)| name).chain(area.aliases.values().map(String::as_str));
    names.chain([area.pcode.as_str()]).any(holds)
}

/// The areas below the country with this text in a name, another spelling or the code: those called just so first, then
/// those that begin so; the higher level first.
pub fn areas_named<'a>(atlas: &'a Atlas, text: &str) -> Vec<&'a Area> {
    let text = plain(text);
    if text.is_empty() {
        return Vec::new();
    }
    let holding = atlas.areas().filter(|area| area.level > 0 && has_name(area, |name| plain(name).contains(&text)));
    let mut found: Vec<&Area> = holding.collect();
    found.sort_by_cached_key(|area| {
        let is = has_name(area, |name| plain(name) == text);
        let begins = has_name(area, |name| plain(name).starts_with(&text));
        (!is, !begins, area.valid_to.is_some(), area.level, area.pcode.clone())
    });
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::{Ssid, Text};
    use std::collections::BTreeMap;

    fn area(pcode: &str, level: u8, parent: &str, name: &str) -> Area {
        Area {
            pcode: pcode.into(),
            level,
            parent: Some(parent.into()),
            name: Text::new().with("fr", name),
            aliases: BTreeMap::new(),
            valid_from: None,
            valid_to: None,
            became: Vec::new(),
        }
    }

    fn place(ssid: &str, name: &str, area: &str) -> Place {
        Place {
            ssid: Ssid::from(ssid),
            kind: PlaceKind::Site,
            name: name.to_owned(),
            area: area.into(),
            site_type: None,
            position: None,
            opened_on: None,
            closed_on: None,
            aliases: Vec::new(),
            merged_into: None,
        }
    }

    fn country() -> Atlas {
        let areas = [
            area("XS01", 1, "XS", "Ouest"),
            area("XS0101", 2, "XS01", "Léogâne"),
            area("XS0102", 2, "XS01", "Petit-Goâve"),
            area("XS0103", 2, "XS01", "Grand-Goâve"),
        ];
        Atlas::new(areas, [])
    }

    fn found(q: &str, state: &str) -> Vec<String> {
        let closed = Place { closed_on: "2026-01-01".parse().ok(), ..place("S3", "Ecole nationale", "XS0102") };
        let places = [place("S1", "Camp Lespwa", "XS0101"), place("S2", "Boyer", "XS0999"), closed];
        let search = Search { q: q.to_owned(), state: state.to_owned(), ..Search::default() };
        search.of(&places, &country()).into_iter().map(|place| place.ssid.to_string()).collect()
    }

    #[test]
    fn a_place_is_found_by_its_name_its_code_or_the_area_around_it_without_accents() {
        assert_eq!(found("leogane", ""), ["S1"]);
        assert_eq!(found("OUEST", "all"), ["S1", "S3"]);
        assert_eq!(found("école", "closed"), ["S3"]);
        assert_eq!(found("s2", ""), ["S2"]);
        assert_eq!(found("", "adrift"), ["S2"]);
        assert_eq!(Search { kind: "camp".to_owned(), ..Search::default() }.unknown(), Some(("kind", "camp")));
    }

    #[test]
    fn areas_called_just_so_come_before_those_that_only_hold_the_text() {
        let atlas = country();
        let codes =
            |text: &str| areas_named(&atlas, text).iter().map(|area| area.pcode.to_string()).collect::<Vec<_>>();
        assert_eq!(codes("goave"), ["XS0102", "XS0103"]);
        assert_eq!(codes("Grand Goave"), ["XS0103"]);
        assert_eq!(codes("xs01")[0], "XS01");
        assert!(codes(" - ").is_empty());
    }
}
