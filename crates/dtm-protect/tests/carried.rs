//! How much of a number is carried beside numbers that are hidden: what is shown of it tells of no hidden number.
#![allow(clippy::unwrap_used)]

mod common;

use common::{candidate, table, text};
use dtm_model::FigureTable;
use dtm_protect::{Policy, Release, Value, release};
use expect_test::{Expect, expect};
use std::collections::BTreeMap;

/// Places by name with their number and whether it is carried; areas and reasons follow. Every other place has fled conflict.
fn sums(places: &[(&str, i64, bool)]) -> Vec<FigureTable> {
    let mut areas: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    let mut reasons: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for (at, (place, value, is_carried)) in places.iter().enumerate() {
        let carried = if *is_carried { *value } else { 0 };
        let add = |to: &mut BTreeMap<String, (i64, i64)>, key: String| {
            let sum = to.entry(key).or_default();
            *sum = (sum.0 + value, sum.1 + carried);
        };
        let reason = ["conflict", "insecurity"][at % 2];
        for area in ["XS", &place[..4], &place[..6]] {
            add(&mut areas, area.to_owned());
            add(&mut reasons, format!("{area}/*"));
            add(&mut reasons, format!("{area}/{reason}"));
        }
    }
    let lines = |sums: &BTreeMap<String, (i64, i64)>| -> String {
        sums.iter().map(|(key, (value, carried))| format!("{key} {value}c{carried}\n")).collect()
    };
    let places: String = places
        .iter()
        .map(|(place, value, is_carried)| format!("{place} {value}c{}\n", if *is_carried { *value } else { 0 }))
        .collect();
    vec![
        table("areas", &format!("area idp_ind\n{}", lines(&areas))),
        table("places", &format!("place idp_ind\n{places}")),
        table("reasons", &format!("area/reason idp_ind\n{}", lines(&reasons))),
    ]
}

fn check(places: &[(&str, i64, bool)], expected: Expect) {
    let made = release(candidate(sums(places)[..2].to_vec()), &Policy::public()).unwrap();
    expected.assert_eq(&made.tables().iter().map(text).collect::<String>());
}

#[test]
fn where_one_of_two_hidden_places_is_carried_their_areas_do_not_say_how_much_is() {
    check(
        &[("XS0101-a", 37, true), ("XS0101-b", 3, false), ("XS0102-c", 500, true), ("XS0201-d", 900, false)],
        expect![[r#"
            area     idp_ind
            XS        1440c?
            XS01       540c?
            XS0101      40c?
            XS0102   500c500
            XS02         900
            XS0201       900
            place      idp_ind
            XS0101-a         x
            XS0101-b         *
            XS0102-c   500c500
            XS0201-d       900
        "#]],
    );
}

#[test]
fn where_all_or_none_of_the_hidden_places_are_carried_their_areas_say_so() {
    check(
        &[
            ("XS0101-a", 37, true),
            ("XS0101-b", 3, true),
            ("XS0102-c", 500, true),
            ("XS0201-d", 900, false),
            ("XS0202-e", 2, false),
            ("XS0202-f", 60, false),
        ],
        expect![[r#"
            area     idp_ind
            XS      1502c540
            XS01     540c540
            XS0101     40c40
            XS0102   500c500
            XS02         962
            XS0201       900
            XS0202        62
            place      idp_ind
            XS0101-a         x
            XS0101-b         *
            XS0102-c   500c500
            XS0201-d       900
            XS0202-e         *
            XS0202-f         x
        "#]],
    );
}

#[test]
fn releases_that_were_stored_before_read_as_they_did() {
    let places = [("XS0101-a", 370, true), ("XS0101-b", 30, false)];
    let made = release(candidate(sums(&places)), &Policy::public()).unwrap();
    let stored = String::from_utf8(made.to_bytes()).unwrap();
    assert!(stored.contains("\"carried\":370") && !stored.contains("\"carried\":null"), "{stored}");
    assert_eq!(Release::reopen(stored.as_bytes()).unwrap(), made);
}

/// A dice that always falls alike.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// A reader who knows which hidden places were reached tries every number that they may have beside the shown numbers: what
/// is shown of the carried parts is the same for all, so it rules none out.
#[test]
fn whatever_the_hidden_numbers_are_the_carried_parts_read_the_same() {
    let (mut n_shown, mut n_withheld, mut n_tried) = (0, 0, 0);
    for seed in 0..40 {
        let mut dice = Dice(seed * 7919 + 5);
        let mut places: Vec<(String, i64, bool)> = Vec::new();
        for area in ["XS0101", "XS0102", "XS0103", "XS0201", "XS0202"] {
            for n in 0..=dice.below(4) {
                let value = match dice.below(5) {
                    0 => 1 + dice.below(4) as i64,
                    1 => 5 + dice.below(20) as i64,
                    _ => 50 + dice.below(600) as i64,
                };
                places.push((format!("{area}-{n}"), value, dice.below(3) == 0));
            }
        }
        let told = |values: &[i64]| {
            let places: Vec<(&str, i64, bool)> = places
                .iter()
                .zip(values)
                .map(|((place, _, is_carried), value)| (place.as_str(), *value, *is_carried))
                .collect();
            sums(&places)
        };
        let true_values: Vec<i64> = places.iter().map(|(_, value, _)| *value).collect();
        let made = release(candidate(told(&true_values)), &Policy::public()).unwrap();
        for cell in made.tables().iter().flat_map(|table| &table.rows).map(|row| row.cells[0]) {
            match cell.carried {
                Some(carried) => n_shown += i32::from(carried > 0),
                None => n_withheld += 1,
            }
        }
        let of_places = made.table("places").unwrap();
        let hidden: Vec<usize> = (0..places.len())
            .filter(|&at| matches!(of_places.value(&[places[at].0.as_str()], "idp_ind"), Value::Hidden(_)))
            .collect();
        // Two or four hidden places give and take, so that sums stay.
        let pairs: Vec<(usize, usize)> =
            hidden.iter().enumerate().flat_map(|(i, a)| hidden[i + 1..].iter().map(move |b| (*a, *b))).collect();
        let moves = pairs.iter().flat_map(|pair| pairs.iter().map(move |other| [*pair, *other]));
        for pairs in moves {
            for steps in [[1, 0], [-2, 0], [1, -1], [1, 1], [3, -2], [-1, 4]] {
                let mut values = true_values.clone();
                for ((a, b), step) in pairs.into_iter().zip(steps) {
                    values[a] += step;
                    values[b] -= step;
                }
                if values.iter().any(|value| *value < 0) {
                    continue;
                }
                let other = told(&values);
                let cells = || {
                    other.iter().zip(made.tables()).flat_map(|(other, seen)| {
                        assert_eq!(other.name, seen.name);
                        let mut rows = other.rows.clone();
                        rows.sort_by(|a, b| a.key.cmp(&b.key));
                        rows.into_iter().zip(&seen.rows)
                    })
                };
                let agrees = cells().all(|(row, seen)| {
                    row.key == seen.key
                        && seen.cells[0].value.number().is_none_or(|shown| row.cells[0].value == Some(shown))
                });
                if !agrees {
                    continue;
                }
                n_tried += 1;
                for (row, seen) in cells().filter(|(_, seen)| seen.cells[0].value.number().is_some()) {
                    let shown = seen.cells[0].carried;
                    assert!(
                        shown.is_none_or(|carried| carried == row.cells[0].carried),
                        "seed {seed}: {:?} shows {shown:?}, which would be {}",
                        row.key,
                        row.cells[0].carried
                    );
                }
            }
        }
    }
    // The trial is of something: much is shown, some is withheld, and there were alternatives.
    assert!(n_shown > 150 && n_withheld > 25 && n_tried > 150, "{n_shown} {n_withheld} {n_tried}");
}
