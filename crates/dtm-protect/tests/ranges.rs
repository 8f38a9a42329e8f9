//! Low and high beside numbers that are hidden: what is shown stays as it is whatever the hidden numbers are.
#![allow(clippy::unwrap_used)]

mod common;

use common::{candidate, table};
use dtm_model::{FigureTable, TableRow};
use dtm_protect::{Policy, Release, ReleasedTable, Value, release};
use expect_test::{Expect, expect};
use std::collections::BTreeMap;

/// A dice that always falls alike.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

/// Gives totals of places their range, and areas what follows: `reaches` says how far below and above each place may lie.
fn with_ranges(mut tables: Vec<FigureTable>, reaches: &BTreeMap<String, (f64, f64)>) -> Vec<FigureTable> {
    for table in &mut tables {
        let at = table.measure("idp_ind").unwrap();
        for TableRow { key, cells } in &mut table.rows {
            let within = reaches.iter().filter(|(place, _)| place.starts_with(&key[0]));
            let (below, above) = within.fold((0.0, 0.0), |sum, (_, d)| (sum.0 + d.0 * d.0, sum.1 + d.1 * d.1));
            let value = cells[at].value.unwrap();
            let ends = (value - below.sqrt().round() as i64, value + above.sqrt().round() as i64);
            cells[at].range = (ends != (value, value)).then_some((ends.0.max(0), ends.1));
        }
    }
    tables
}

/// Places by name with their number and how far each may lie below and above; areas follow from the names.
fn sums(places: &[(&str, i64, f64, f64)]) -> Vec<FigureTable> {
    let mut areas: BTreeMap<&str, i64> = BTreeMap::new();
    for (place, value, ..) in places {
        for area in ["XS", &place[..4], &place[..6]] {
            *areas.entry(area).or_default() += value;
        }
    }
    let areas: String = areas.into_iter().map(|(area, value)| format!("{area} {value}\n")).collect();
    let listed: String = places.iter().map(|(place, value, ..)| format!("{place} {value}\n")).collect();
    let tables =
        vec![table("areas", &format!("area idp_ind\n{areas}")), table("places", &format!("place idp_ind\n{listed}"))];
    with_ranges(
        tables,
        &places.iter().map(|(place, _, below, above)| ((*place).to_owned(), (*below, *above))).collect(),
    )
}

fn text(table: &ReleasedTable) -> String {
    let row = |row: &dtm_protect::ReleasedRow| {
        let number = match row.cells[0].value {
            Value::Number(number) => number.to_string(),
            Value::Nothing => "-".to_owned(),
            Value::Hidden(_) => "hidden".to_owned(),
        };
        let range = row.cells[0].range.map_or(String::new(), |(low, high)| format!(" {low}–{high}"));
        format!("{} {number}{range}\n", row.key[0])
    };
    table.rows.iter().map(row).collect()
}

fn check(places: &[(&str, i64, f64, f64)], expected: Expect) -> Release {
    let made = release(candidate(sums(places)), &Policy::public()).unwrap();
    expected.assert_eq(&made.tables().iter().map(text).collect::<String>());
    made
}

#[test]
fn where_nothing_is_hidden_ranges_are_rounded_and_shown() {
    check(
        &[("XS0101-a", 1200, 250.0, 340.0), ("XS0101-b", 300, 60.0, 90.0), ("XS0201-c", 90, 20.0, 31.0)],
        expect![[r#"
            XS 1590 1300–2000
            XS01 1500 1200–1900
            XS0101 1500 1200–1900
            XS02 90 70–130
            XS0201 90 70–130
            XS0101-a 1200 900–1600
            XS0101-b 300 240–390
            XS0201-c 90 70–130
        "#]],
    );
}

#[test]
fn a_hidden_number_has_no_range_and_the_range_of_its_area_would_tell_of_it() {
    // 40 − 37 = 3: the three people at b hide 37 at a, and what is left of the range of XS0101 is that of both.
    check(
        &[("XS0101-a", 37, 10.0, 14.0), ("XS0101-b", 3, 1.0, 2.0), ("XS0201-c", 900, 200.0, 300.0)],
        expect![[r#"
            XS 940 700–1300
            XS01 40
            XS0101 40
            XS02 900 700–1200
            XS0201 900 700–1200
            XS0101-a hidden
            XS0101-b hidden
            XS0201-c 900 700–1200
        "#]],
    );
}

#[test]
fn a_range_that_hidden_numbers_cannot_move_stays() {
    check(
        &[
            ("XS0101-a", 40_000, 9_000.0, 12_000.0),
            ("XS0101-b", 3, 1.0, 2.0),
            ("XS0101-d", 12, 3.0, 5.0),
            ("XS0201-c", 90_000, 20_000.0, 30_000.0),
        ],
        expect![[r#"
            XS 130015 100000–170000
            XS01 40015 31000–55000
            XS0101 40015 31000–55000
            XS02 90000 70000–120000
            XS0201 90000 70000–120000
            XS0101-a 40000 31000–55000
            XS0101-b hidden
            XS0101-d hidden
            XS0201-c 90000 70000–120000
        "#]],
    );
}

#[test]
fn who_shows_no_ranges_shows_none() {
    let places = [("XS0101-a", 1200, 250.0, 340.0)];
    let policy = Policy { ranges: false, ..Policy::public() };
    let made = release(candidate(sums(&places)), &policy).unwrap();
    assert!(!made.has_ranges());
    let with = release(candidate(sums(&places)), &Policy::public()).unwrap();
    assert!(with.has_ranges());
    let (with, without) = (String::from_utf8(with.to_bytes()).unwrap(), String::from_utf8(made.to_bytes()).unwrap());
    assert!(with.contains("\"range\":[") && !with.contains("\"ranges\""), "what is usual is not said: {with}");
    assert!(!without.contains("\"range\":[") && without.contains("\"ranges\":false"), "{without}");
    let back = Release::reopen(with.as_bytes()).unwrap();
    assert!(back.has_ranges());
}

/// A reader who knows how ranges are made tries every number that the hidden places may have beside all that is shown.
#[test]
fn whatever_the_hidden_numbers_are_the_ranges_read_the_same() {
    let (mut n_hidden, mut n_shown, mut n_withheld, mut n_tried) = (0, 0, 0, 0);
    for seed in 0..60 {
        let mut dice = Dice(seed * 7919 + 3);
        let areas = ["XS0101", "XS0102", "XS0103", "XS0201", "XS0202"];
        let mut places: Vec<(String, i64)> = Vec::new();
        for area in areas {
            for n in 0..=dice.below(3) {
                let value = match dice.below(6) {
                    0 => 1 + dice.below(4) as i64,
                    1 => 5 + dice.below(20) as i64,
                    2 => 2_000 + dice.below(9_000) as i64,
                    _ => 50 + dice.below(600) as i64,
                };
                places.push((format!("{area}-{n}"), value));
            }
        }
        // The reader knows how wide a range is for a number.
        let reach = |value: i64| (value as f64 * 0.27, value as f64 * 0.38);
        let told = |values: &[i64]| {
            let places: Vec<(&str, i64, f64, f64)> = places
                .iter()
                .zip(values)
                .map(|((place, _), value)| (place.as_str(), *value, reach(*value).0, reach(*value).1))
                .collect();
            sums(&places)
        };
        let true_values: Vec<i64> = places.iter().map(|(_, value)| *value).collect();
        let made = release(candidate(told(&true_values)), &Policy::public()).unwrap();
        let of_places = made.table("places").unwrap();
        let hidden: Vec<usize> = (0..places.len())
            .filter(|&at| matches!(of_places.value(&[places[at].0.as_str()], "idp_ind"), Value::Hidden(_)))
            .collect();
        n_hidden += hidden.len();
        for row in &made.table("areas").unwrap().rows {
            match row.cells[0].range {
                Some(_) => n_shown += 1,
                None if row.cells[0].value.number().is_some() => n_withheld += 1,
                None => {}
            }
        }
        // Two hidden places at a time give and take, so that sums stay.
        for (i, &a) in hidden.iter().enumerate() {
            for &b in &hidden[i + 1..] {
                for step in [1, 2, 3, 10, 100] {
                    let mut values = true_values.clone();
                    values[a] += step;
                    values[b] -= step;
                    if values[b] < 0 || values[a] > 2 * true_values[a] {
                        continue;
                    }
                    let other = told(&values);
                    let shown = |row: &TableRow, table: &ReleasedTable| {
                        table.row(&[row.key[0].as_str()]).map(|row| row.cells[0])
                    };
                    let is_possible = other.iter().all(|table| {
                        let seen = made.table(&table.name).unwrap();
                        table.rows.iter().all(|row| {
                            let number = shown(row, seen).and_then(|cell| cell.value.number());
                            number.is_none() || number == row.cells[0].value
                        })
                    });
                    if !is_possible {
                        continue;
                    }
                    n_tried += 1;
                    // The same numbers shown and hidden, the other ranges: what would be shown of them?
                    for table in &other {
                        let seen = made.table(&table.name).unwrap();
                        for row in &table.rows {
                            let Some(cell) = shown(row, seen).filter(|cell| cell.range.is_some()) else { continue };
                            let alone = FigureTable { rows: vec![row.clone()], ..table.clone() };
                            let again = release(candidate(vec![alone]), &Policy::public()).unwrap();
                            let again = again.tables()[0].rows[0].cells[0].range;
                            assert_eq!(again, cell.range, "seed {seed}: {} tells of {:?}", row.key[0], places[a]);
                        }
                    }
                }
            }
        }
    }
    // The trial is of something: numbers are hidden, some ranges stay and some are withheld.
    assert!(
        n_hidden > 50 && n_shown > 100 && n_withheld > 10 && n_tried > 50,
        "{n_hidden} {n_shown} {n_withheld} {n_tried}"
    );
}
