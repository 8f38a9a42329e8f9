//! Places that may be one and the same.
//!
//! Takes the places of an operation; returns pairs of the same kind that stand, the likeliest first. A pair is looked at
//! where the two lie within [`DuplicateRules::near_m`] of each other or share the beginning of a word of their names
//! within one area of level 2. It is told where the names are alike (Jaro–Winkler, Winkler 1990, of the words in the
//! alphabet's order, so that «Camp Lespwa» and «Lespwa, camp» are one; the best of names and aliases), the less so the
//! farther apart they are, or where they stand on one spot. Whether they are the same, an officer says.
//! O(places·log places), plus the pairs that share a rare word's beginning in one area.

use crate::folding::plain;
use crate::near::near_pairs;
use dtm_model::{Atlas, Place, Ssid};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Thresholds of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DuplicateRules {
    /// Metres within which two places are on one spot, whatever their names.
    pub same_spot_m: f64,
    /// Metres within which a middling likeness of names is enough.
    pub near_m: f64,
    /// That middling likeness, 0 to 1.
    pub like_when_near: f64,
    /// Likeness from which on two places of one area may be the same however far apart they are said to be.
    pub like: f64,
}

impl Default for DuplicateRules {
    fn default() -> Self {
        Self { same_spot_m: 25.0, near_m: 1000.0, like_when_near: 0.85, like: 0.94 }
    }
}

/// A pair of places that may be one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Duplicate {
    /// One place.
    pub place: Ssid,
    /// The other; its id is the later of the two.
    pub other: Ssid,
    /// Metres between them, where both have a position and they are near.
    pub distance_m: Option<u32>,
    /// Likeness of their names, 0 to 1.
    pub name_likeness: f64,
}

/// How many places of one area may share a word's beginning before it is too common to compare all of them.
const COMMON: usize = 60;
/// Letters that begin a word.
const BEGINNING: usize = 3;

/// A name's words in the alphabet's order, as names are compared.
fn sorted_words(name: &str) -> String {
    let plain = plain(name);
    let mut words: Vec<&str> = plain.split_whitespace().collect();
    words.sort_unstable();
    words.join(" ")
}

/// Finds the pairs of places that may be one, the likeliest first, then by their ids. Places that closed or were merged
/// are left out, and the pairs that somebody said are two (`distinct`, the earlier id first).
pub fn possible_duplicates(
    places: &[Place],
    atlas: &Atlas,
    distinct: &BTreeSet<(Ssid, Ssid)>,
    rules: &DuplicateRules,
) -> Vec<Duplicate> {
    let mut standing: Vec<&Place> =
        places.iter().filter(|place| place.closed_on.is_none() && place.merged_into.is_none()).collect();
    standing.sort_by(|a, b| a.ssid.cmp(&b.ssid));
    let names: Vec<Vec<String>> = standing
        .iter()
        .map(|place| std::iter::once(&place.name).chain(&place.aliases).map(|name| sorted_words(name)).collect())
        .collect();
    let positions: Vec<_> = standing.iter().map(|place| place.position).collect();
    let near: HashMap<(usize, usize), f64> =
        near_pairs(&positions, rules.near_m.max(rules.same_spot_m)).into_iter().map(|(a, b, m)| ((a, b), m)).collect();
    let mut looked_at: BTreeSet<(usize, usize)> = near.keys().copied().collect();
    looked_at.extend(sharing_a_word(&standing, &names, atlas));
    let mut found: Vec<Duplicate> = looked_at
        .into_iter()
        .filter(|(a, b)| standing[*a].kind == standing[*b].kind)
        .filter_map(|(a, b)| {
            let pairs = names[a].iter().flat_map(|one| names[b].iter().map(move |other| (one, other)));
            let name_likeness = pairs.map(|(one, other)| strsim::jaro_winkler(one, other)).fold(0.0, f64::max);
            let metres = near.get(&(a, b)).copied();
            let told = name_likeness >= rules.like
                || metres.is_some_and(|m| m <= rules.same_spot_m)
                || metres.is_some_and(|m| m <= rules.near_m && name_likeness >= rules.like_when_near);
            let pair = (standing[a].ssid.clone(), standing[b].ssid.clone());
            (told && !distinct.contains(&pair)).then(|| Duplicate {
                place: pair.0,
                other: pair.1,
                distance_m: metres.map(|m| m.round() as u32),
                name_likeness,
            })
        })
        .collect();
    let far = |pair: &Duplicate| pair.distance_m.unwrap_or(u32::MAX);
    found.sort_by(|a, b| {
        let by_name = b.name_likeness.total_cmp(&a.name_likeness);
        by_name.then(far(a).cmp(&far(b))).then_with(|| (&a.place, &a.other).cmp(&(&b.place, &b.other)))
    });
    found
}

/// Pairs within an area of level 2 (or the smallest above) of which a word begins alike.
fn sharing_a_word(standing: &[&Place], names: &[Vec<String>], atlas: &Atlas) -> BTreeSet<(usize, usize)> {
    let mut by_beginning: BTreeMap<(String, String), Vec<usize>> = BTreeMap::new();
    for (at, place) in standing.iter().enumerate() {
        let above = [2, 1].into_iter().find_map(|level| atlas.ancestor(&place.area, level));
        let area = above.map_or(&place.area, |area| &area.pcode).to_string();
        let words = names[at].iter().flat_map(|name| name.split(' '));
        let beginnings: BTreeSet<String> =
            words.filter(|word| !word.is_empty()).map(|word| word.chars().take(BEGINNING).collect()).collect();
        for beginning in beginnings {
            by_beginning.entry((area.clone(), beginning)).or_default().push(at);
        }
    }
    let mut pairs = BTreeSet::new();
    for at in by_beginning.values().filter(|at| at.len() <= COMMON) {
        for (n, one) in at.iter().enumerate() {
            pairs.extend(at[n + 1..].iter().map(|other| (*one, *other)));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::{Area, Pcode, PlaceKind, Point, Text};
    use expect_test::{Expect, expect};

    fn atlas() -> Atlas {
        let area = |pcode: &str, level, parent: Option<&str>| Area {
            pcode: pcode.into(),
            level,
            parent: parent.map(Pcode::from),
            name: Text::new().with("fr", pcode),
            aliases: BTreeMap::new(),
            valid_from: None,
            valid_to: None,
            became: Vec::new(),
        };
        Atlas::new(
            [
                area("XS", 0, None),
                area("XS01", 1, Some("XS")),
                area("XS0101", 2, Some("XS01")),
                area("XS0102", 2, Some("XS01")),
            ],
            [],
        )
    }

    /// Lines of `ssid kind area lat,lon name; alias`.
    fn check(places: &str, distinct: &[(&str, &str)], expected: Expect) {
        let read = |line: &str| {
            let mut parts = line.trim().splitn(5, ' ');
            let mut next = || parts.next().unwrap_or_default();
            let (ssid, kind, area, at, names) = (next(), next(), next(), next(), next());
            let mut names = names.split(';').map(|name| name.trim().to_owned());
            let position =
                at.split_once(',').map(|(lat, lon)| Point { lat: lat.parse().unwrap(), lon: lon.parse().unwrap() });
            Place {
                ssid: ssid.into(),
                kind: if kind == "site" { PlaceKind::Site } else { PlaceKind::HostCommunity },
                name: names.next().unwrap(),
                area: area.into(),
                site_type: None,
                position,
                opened_on: None,
                closed_on: None,
                aliases: names.collect(),
                merged_into: None,
            }
        };
        let places: Vec<Place> = places.lines().map(str::trim).filter(|line| !line.is_empty()).map(read).collect();
        let distinct = distinct.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect();
        let found = possible_duplicates(&places, &atlas(), &distinct, &DuplicateRules::default());
        let lines = found.iter().map(|pair| {
            let metres = pair.distance_m.map_or_else(|| "far".to_owned(), |m| format!("{m} m"));
            format!("{} {} {metres} {:.2}\n", pair.place, pair.other, pair.name_likeness)
        });
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn two_names_of_one_site_are_found_in_whatever_order_its_words_stand() {
        check(
            "S1 site XS0101 18.50000,-72.30000 Camp Lespwa\n\
             S2 site XS0101 18.50300,-72.30000 Lespwa, camp\n\
             S3 site XS0101 18.60000,-72.30000 Place Boyer",
            &[],
            expect![[r#"
                S1 S2 334 m 1.00
            "#]],
        );
    }

    #[test]
    fn one_spot_is_told_whatever_the_names_but_a_site_and_the_hosts_around_it_are_two() {
        check(
            "S1 site XS0101 18.50000,-72.30000 Lycée Alexandre Pétion\n\
             S2 site XS0101 18.50010,-72.30000 Cour des soeurs\n\
             S3 host XS0101 18.50000,-72.30000 Bel Air",
            &[],
            expect![[r#"
                S1 S2 11 m 0.50
            "#]],
        );
    }

    #[test]
    fn an_old_name_counts_and_another_commune_does_not() {
        check(
            "S1 site XS0101 - Delmas 33; Terrain Golf\n\
             S2 site XS0101 - Terain Golf\n\
             S3 site XS0102 - Terrain Golf",
            &[],
            expect![[r#"
                S1 S2 far 0.98
            "#]],
        );
    }

    #[test]
    fn what_an_officer_called_two_is_not_asked_again() {
        let places = "S1 site XS0101 - Terrain Golf\nS2 site XS0101 - Terrain Golf";
        check(places, &[("S1", "S2")], expect![""]);
    }
}
