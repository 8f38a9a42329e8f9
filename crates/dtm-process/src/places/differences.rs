//! What a list of places would change in those that are known.
//!
//! Takes the places that are known and those of a file; returns, for each of the file, whether it is new, the same, or in
//! which of its facts it differs. A fact that the file leaves empty changes nothing, so that a list of names and codes
//! does not wipe out positions: [`completed`] gives the place as it would then stand.

use dtm_model::{Place, PlaceKind, Ssid};
use std::collections::BTreeMap;

/// A fact of a place that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The fact: `kind`, `name`, `area`, `site_type`, `position`, `opened_on`, `closed_on`, `aliases`, `merged_into`.
    pub fact: &'static str,
    /// What it was; empty for nothing.
    pub old: String,
    /// What it is; empty for nothing.
    pub new: String,
}

/// A place of a file, held against those known.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    /// The place as it would stand.
    pub place: Place,
    /// Whether nobody knew it.
    pub is_new: bool,
    /// In what it differs from what is known; nothing for a new one.
    pub differences: Vec<Difference>,
}

/// The word of a kind of place, as files and keys have it.
pub fn kind_code(kind: PlaceKind) -> &'static str {
    match kind {
        PlaceKind::Site => "site",
        PlaceKind::HostCommunity => "host_community",
        PlaceKind::FlowPoint => "flow_point",
    }
}

/// The facts of a place as text, in the order they are shown.
fn facts(place: &Place) -> [(&'static str, String); 9] {
    let day = |day: Option<chrono::NaiveDate>| day.map(|day| day.to_string()).unwrap_or_default();
    let position = place.position.map(|at| format!("{:.6}, {:.6}", at.lat, at.lon)).unwrap_or_default();
    [
        ("name", place.name.clone()),
        ("kind", kind_code(place.kind).to_owned()),
        ("area", place.area.to_string()),
        ("site_type", place.site_type.clone().unwrap_or_default()),
        ("position", position),
        ("opened_on", day(place.opened_on)),
        ("closed_on", day(place.closed_on)),
        ("aliases", place.aliases.join("; ")),
        ("merged_into", place.merged_into.as_ref().map(ToString::to_string).unwrap_or_default()),
    ]
}

/// In what two states of a place differ.
pub fn differences(old: &Place, new: &Place) -> Vec<Difference> {
    let pairs = facts(old).into_iter().zip(facts(new));
    pairs
        .filter(|((_, old), (_, new))| old != new)
        .map(|((fact, old), (_, new))| Difference { fact, old, new })
        .collect()
}

/// The place of a file, with what the file leaves empty taken from what is known. A name it had stays as another name.
pub fn completed(mut place: Place, known: &Place) -> Place {
    place.site_type = place.site_type.or_else(|| known.site_type.clone());
    place.position = place.position.or(known.position);
    place.opened_on = place.opened_on.or(known.opened_on);
    place.closed_on = place.closed_on.or(known.closed_on);
    place.merged_into = place.merged_into.or_else(|| known.merged_into.clone());
    let mut aliases = known.aliases.clone();
    for name in std::mem::take(&mut place.aliases).into_iter().chain([known.name.clone()]) {
        if name != place.name && !aliases.contains(&name) {
            aliases.push(name);
        }
    }
    aliases.retain(|name| *name != place.name);
    place.aliases = aliases;
    place
}

/// Holds the places of a file against those known, in the file's order.
pub fn compare_places(known: &[Place], file: Vec<Place>) -> Vec<Compared> {
    let known: BTreeMap<&Ssid, &Place> = known.iter().map(|place| (&place.ssid, place)).collect();
    file.into_iter()
        .map(|place| match known.get(&place.ssid) {
            None => Compared { place, is_new: true, differences: Vec::new() },
            Some(old) => {
                let place = completed(place, old);
                let differences = differences(old, &place);
                Compared { place, is_new: false, differences }
            }
        })
        .collect()
}

/// The place at which what is said of `place` on this day counts: itself, or the one it was merged into by then.
/// Follows a chain of merges as far as eight places.
pub fn counts_at<'a>(places: &'a BTreeMap<Ssid, Place>, place: &'a Ssid, day: chrono::NaiveDate) -> &'a Ssid {
    let mut at = place;
    for _ in 0..8 {
        let Some(known) = places.get(at) else { return at };
        let gone = known.closed_on.is_none_or(|closed| day >= closed);
        match known.merged_into.as_ref().filter(|_| gone) {
            Some(next) if next != place => at = next,
            _ => return at,
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::Point;

    fn place(ssid: &str, name: &str) -> Place {
        Place {
            ssid: ssid.into(),
            kind: PlaceKind::Site,
            name: name.to_owned(),
            area: "XS0101".into(),
            site_type: None,
            position: None,
            opened_on: None,
            closed_on: None,
            aliases: Vec::new(),
            merged_into: None,
        }
    }

    fn day(text: &str) -> chrono::NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_list_of_new_names_keeps_positions_and_the_names_of_before() {
        let known = Place {
            position: Some(Point { lon: -72.3, lat: 18.5 }),
            aliases: vec!["Teren Golf".to_owned()],
            ..place("S1", "Golf")
        };
        let compared = compare_places(&[known], vec![place("S1", "Terrain Golf"), place("S2", "Boyer")]);
        let told: Vec<String> =
            compared[0].differences.iter().map(|d| format!("{}: {} → {}", d.fact, d.old, d.new)).collect();
        assert_eq!(told, ["name: Golf → Terrain Golf", "aliases: Teren Golf → Teren Golf; Golf"]);
        assert!(compared[0].place.position.is_some() && compared[1].is_new);
    }

    #[test]
    fn people_of_a_merged_site_count_where_they_went_from_the_day_it_closed() {
        let gone = |ssid: &str, into: &str, on: &str| Place {
            merged_into: Some(into.into()),
            closed_on: Some(day(on)),
            ..place(ssid, ssid)
        };
        let places = [gone("A", "B", "2026-03-01"), gone("B", "C", "2026-06-01"), place("C", "C")];
        let places: BTreeMap<Ssid, Place> = places.into_iter().map(|place| (place.ssid.clone(), place)).collect();
        let at = |on: &str| counts_at(&places, &"A".into(), day(on)).to_string();
        assert_eq!([at("2026-02-28"), at("2026-03-01"), at("2026-06-01")], ["A", "B", "C"]);
        assert_eq!(counts_at(&places, &"Z".into(), day("2026-06-01")).as_str(), "Z");
    }

    #[test]
    fn two_places_merged_into_each_other_end_somewhere() {
        let into = |ssid: &str, other: &str| Place { merged_into: Some(other.into()), ..place(ssid, ssid) };
        let places: BTreeMap<Ssid, Place> =
            [into("A", "B"), into("B", "A")].into_iter().map(|place| (place.ssid.clone(), place)).collect();
        assert_eq!(counts_at(&places, &"A".into(), day("2026-06-01")).as_str(), "B");
    }
}
