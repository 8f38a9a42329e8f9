//! Whatever the figures: nothing hidden can be worked out, and nothing shown is wrong.
#![allow(clippy::unwrap_used)]

mod common;

use common::candidate;
use dtm_model::{Cell, Dim, FigureTable, Measure, TOTAL, TableRow, Unit};
use dtm_protect::{Policy, Release, Value, Why, release};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

const AREAS: [&str; 5] = ["XS0101", "XS0102", "XS0201", "XS0202", "XS0203"];
const SEXES: [&str; 2] = ["female", "male"];
const AGES: [&str; 3] = ["0-17", "18-59", "60+"];

fn measure(name: &str, unit: Unit, part_of: Option<&str>) -> Measure {
    let (name, indicator) = (name.to_owned(), format!("i_{name}"));
    Measure { name, indicator, unit, part_of: part_of.map(str::to_owned) }
}

fn parents() -> BTreeMap<String, String> {
    let of = |area: &str| (area.to_owned(), area[..area.len() - 2].to_owned());
    AREAS.iter().map(|area| of(area)).chain([of("XS01"), of("XS02")]).collect()
}

/// A table of areas, and one by sex and age, of the same people.
fn tables(counts: &[i64]) -> Vec<FigureTable> {
    let mut cube: BTreeMap<Vec<String>, i64> = BTreeMap::new();
    for (i, count) in counts.iter().enumerate() {
        let (area, rest) = (AREAS[i / 6], i % 6);
        let (sex, age) = (SEXES[rest / 3], AGES[rest % 3]);
        for area in [area, &area[..4], "XS"] {
            for sex in [sex, TOTAL] {
                for age in [age, TOTAL] {
                    *cube.entry(vec![area.to_owned(), sex.to_owned(), age.to_owned()]).or_default() += count;
                }
            }
        }
    }
    let cell = |value: i64| Cell { value: Some(value), carried: value / 2, n_places: 1, largest: value, range: None };
    let mut areas = Vec::new();
    for (key, &value) in cube.iter().filter(|(key, _)| key[1] == TOTAL && key[2] == TOTAL) {
        let in_sites = cube[&vec![key[0].clone(), "male".to_owned(), TOTAL.to_owned()]];
        areas.push(TableRow {
            key: vec![key[0].clone()],
            cells: vec![cell(value), cell(in_sites), cell(value - in_sites)],
        });
    }
    let of_areas = vec![
        measure("idp_ind", Unit::Persons, None),
        measure("in_sites", Unit::Persons, Some("idp_ind")),
        measure("in_host", Unit::Persons, Some("idp_ind")),
    ];
    let rows = cube.into_iter().map(|(key, value)| TableRow { key, cells: vec![cell(value)] }).collect();
    let sex_age = vec![measure("idp_ind", Unit::Persons, None)];
    let dims = vec![Dim::Area, Dim::Sex, Dim::Age];
    vec![
        FigureTable {
            name: "areas".into(),
            dims: vec![Dim::Area],
            measures: of_areas,
            parents: parents(),
            rows: areas,
            needs: BTreeMap::new(),
        },
        FigureTable {
            name: "sex_age".into(),
            dims,
            measures: sex_age,
            parents: parents(),
            rows,
            needs: BTreeMap::new(),
        },
    ]
}

/// A number by its name: measure, and the values of the dimensions that are no margins.
type Name = (String, Vec<String>);

fn name(measure: &str, key: &[String]) -> Name {
    (measure.to_owned(), key.iter().filter(|part| *part != TOTAL).cloned().collect())
}

/// Every sum a reader can write down: the whole and its parts.
fn sums(release: &Release) -> Vec<(Name, Vec<Name>)> {
    let mut sums = Vec::new();
    for table in release.tables() {
        for measure in &table.measures {
            for row in &table.rows {
                for at in 0..row.key.len() {
                    let is_part = |other: &Vec<String>| {
                        let same = (0..other.len()).all(|i| i == at || other[i] == row.key[i]);
                        let below = match table.dims[at] {
                            Dim::Area => table.parents.get(&other[at]) == Some(&row.key[at]),
                            _ => row.key[at] == TOTAL && other[at] != TOTAL,
                        };
                        same && below
                    };
                    let parts = table.rows.iter().filter(|other| is_part(&other.key));
                    let parts: Vec<Name> = parts.map(|other| name(&measure.name, &other.key)).collect();
                    if !parts.is_empty() {
                        sums.push((name(&measure.name, &row.key), parts));
                    }
                }
                let parts = table.measures.iter().filter(|part| part.part_of.as_ref() == Some(&measure.name));
                let parts: Vec<Name> = parts.map(|part| name(&part.name, &row.key)).collect();
                if !parts.is_empty() {
                    sums.push((name(&measure.name, &row.key), parts));
                }
            }
        }
    }
    sums
}

fn values(release: &Release) -> BTreeMap<Name, Value> {
    let mut values = BTreeMap::new();
    for table in release.tables() {
        for row in &table.rows {
            for (measure, cell) in table.measures.iter().zip(&row.cells) {
                let before = values.insert(name(&measure.name, &row.key), cell.value);
                let same = before.is_none_or(|before| before.number() == cell.value.number());
                assert!(same, "{:?} differs between tables", row.key);
            }
        }
    }
    values
}

/// Plain Gauss-Jordan over fractions: the numbers of which an equation has nothing but that number left.
fn solvable(sums: &[(Name, Vec<Name>)], values: &BTreeMap<Name, Value>) -> Vec<Name> {
    let hidden: Vec<&Name> =
        values.iter().filter(|(_, value)| value.number().is_none()).map(|(name, _)| name).collect();
    let column = |name: &Name| hidden.iter().position(|other| *other == name);
    let mut matrix: Vec<Vec<(i128, i128)>> = Vec::new();
    for (whole, parts) in sums {
        let mut row = vec![(0, 1); hidden.len()];
        for part in parts {
            if let Some(at) = column(part) {
                row[at] = (1, 1);
            }
        }
        if let Some(at) = column(whole) {
            row[at] = (-1, 1);
        }
        matrix.push(row);
    }
    let reduce = |(a, b): (i128, i128)| {
        let (mut x, mut y) = (a.abs(), b.abs());
        while y != 0 {
            (x, y) = (y, x % y);
        }
        let x = x.max(1) * b.signum();
        (a / x, b / x)
    };
    let mut rank = 0;
    for at in 0..hidden.len() {
        let Some(pivot) = (rank..matrix.len()).find(|&row| matrix[row][at].0 != 0) else { continue };
        matrix.swap(rank, pivot);
        let (a, b) = matrix[rank][at];
        matrix[rank].iter_mut().for_each(|cell| *cell = reduce((cell.0 * b, cell.1 * a)));
        let row = matrix[rank].clone();
        for (other, cells) in matrix.iter_mut().enumerate() {
            let (c, d) = cells[at];
            if other != rank && c != 0 {
                for (cell, of) in cells.iter_mut().zip(&row) {
                    *cell = reduce((cell.0 * of.1 * d - of.0 * c * cell.1, cell.1 * of.1 * d));
                }
            }
        }
        rank += 1;
    }
    let alone = matrix.iter().filter_map(|row| {
        let mut left = row.iter().enumerate().filter(|(_, cell)| cell.0 != 0);
        match (left.next(), left.next()) {
            (Some((at, _)), None) => Some(hidden[at].clone()),
            _ => None,
        }
    });
    alone.collect()
}

fn few() -> impl Strategy<Value = i64> {
    prop_oneof![3 => Just(0), 3 => 1..5i64, 4 => 5..200i64]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_hidden_number_can_be_worked_out(counts in proptest::collection::vec(few(), 30)) {
        let before = tables(&counts);
        let release = release(candidate(before.clone()), &Policy::public()).unwrap();
        let (sums, values) = (sums(&release), values(&release));
        prop_assert_eq!(solvable(&sums, &values), Vec::<Name>::new());
        for (table, truth) in release.tables().iter().zip(&before) {
            for (row, true_row) in table.rows.iter().zip(&truth.rows) {
                for ((cell, true_cell), measure) in row.cells.iter().zip(&true_row.cells).zip(&table.measures) {
                    let truth = true_cell.value.unwrap();
                    let few = measure.unit == Unit::Persons && (1..5).contains(&truth);
                    match cell.value {
                        Value::Number(number) => prop_assert!(number == truth && !few),
                        Value::Hidden(_) => prop_assert!(cell.carried == Some(0)),
                        Value::Nothing => prop_assert!(false),
                    }
                }
            }
        }
        for (whole, parts) in &sums {
            let shown: Option<i64> = parts.iter().map(|part| values[part].number()).sum();
            if let (Some(sum), Some(whole)) = (shown, values[whole].number()) {
                prop_assert_eq!(sum, whole);
            }
        }
    }

    /// Every set of counts that fits what is shown is tried, on a table small enough for that.
    #[test]
    fn a_small_number_could_have_been_another(counts in proptest::collection::vec(prop_oneof![Just(0), 1..5i64, 5..9i64], 4)) {
        let mut rows = vec![("XS".to_owned(), counts.iter().sum())];
        rows.extend(counts.iter().enumerate().map(|(i, count)| (format!("XS{:02}", i + 1), *count)));
        let table = FigureTable {
            name: "areas".into(),
            dims: vec![Dim::Area],
            measures: vec![measure("idp_ind", Unit::Persons, None)],
            parents: (1..=4).map(|i| (format!("XS{i:02}"), "XS".to_owned())).collect(),
            rows: rows.into_iter().map(|(area, value)| {
                TableRow { key: vec![area], cells: vec![Cell { value: Some(value), ..Cell::default() }] }
            }).collect(),
            needs: BTreeMap::new(),
        };
        let release = release(candidate(vec![table]), &Policy::public()).unwrap();
        let shown: Vec<Value> = release.tables()[0].rows.iter().map(|row| row.cells[0].value).collect();
        let kept_back = shown.iter().zip([counts.iter().sum::<i64>()].iter().chain(&counts))
            .any(|(value, truth)| *value == Value::Hidden(Why::Complementary) && *truth < 5);
        let fits = |value: Value, guess: i64| match value {
            Value::Number(number) => number == guess,
            Value::Hidden(Why::FewerThanMinimum) => (1..5).contains(&guess),
            _ => guess >= if kept_back { 0 } else { 5 },
        };
        let mut possible: Vec<BTreeSet<i64>> = vec![BTreeSet::new(); 5];
        let range = |value: Value| value.number().map_or(0..=16, |number| number..=number);
        for a in range(shown[1]) { for b in range(shown[2]) { for c in range(shown[3]) { for d in range(shown[4]) {
            let guess = [a + b + c + d, a, b, c, d];
            if guess.iter().zip(&shown).all(|(guess, value)| fits(*value, *guess)) {
                for (at, guess) in guess.into_iter().enumerate() { possible[at].insert(guess); }
            }
        }}}}
        for (at, value) in shown.iter().enumerate() {
            if value.number().is_none() {
                prop_assert!(possible[at].len() >= 2, "{:?} {:?} {:?}", counts, shown, possible);
            }
        }
    }
}

#[test]
fn a_hidden_number_is_nowhere_in_the_stored_release() {
    // No count but the hidden ones has these digits.
    let mut counts = vec![70; 30];
    counts[7] = 3;
    let mut before = tables(&counts);
    for table in &mut before {
        for cell in table.rows.iter_mut().flat_map(|row| &mut row.cells) {
            // As if every household had a million: the digits stand out, the sums still hold.
            cell.value = cell.value.map(|value| value * 1_000_003);
            (cell.carried, cell.largest) = (0, cell.value.unwrap());
        }
    }
    let policy = Policy { min_persons: 50_000_000, ..Policy::public() };
    let release = release(candidate(before), &policy).unwrap();
    let bytes = String::from_utf8(release.to_bytes()).unwrap();
    assert!(!release.hidden().is_empty());
    assert!(!bytes.contains("3000009"));
    let again = Release::reopen(bytes.as_bytes()).unwrap();
    assert_eq!(again, release);
    assert_eq!(again.to_bytes(), bytes.as_bytes());
}

#[test]
fn a_stored_release_that_changed_is_not_opened() {
    let release = release(candidate(tables(&[50; 30])), &Policy::public()).unwrap();
    let text = String::from_utf8(release.to_bytes()).unwrap();
    let told = |text: &str| Release::reopen(text.as_bytes()).unwrap_err().to_string();
    assert!(told(&text.replace("1500", "1600")).starts_with("stored release is damaged"));
    assert!(told(&text.replacen("\"version\":1", "\"version\":2", 1)).contains("format 2"));
    assert_eq!(told("{}"), "not a stored release");
    assert_eq!(told(""), "not a stored release");
    assert!(told(&text[..text.len() - 1]).starts_with("stored release is damaged"));
}

/// The size of a country: 151 areas, six reasons or sexes and ages, eleven origins, many of them small.
#[test]
fn a_whole_country_is_protected() {
    let mut areas = Vec::new();
    for first in 0..10 {
        for second in 0..14 {
            areas.push(format!("XS{first:02}{second:02}"));
        }
    }
    let mut seed = 42u64;
    let mut chance = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (seed >> 33) as i64
    };
    let build = |name: &str, dims: [Dim; 3], second: usize, third: usize, chance: &mut dyn FnMut() -> i64| {
        let mut cube: BTreeMap<Vec<String>, [i64; 4]> = BTreeMap::new();
        for area in &areas {
            for b in 0..second {
                for c in 0..third {
                    let people = match chance() % 10 {
                        0..5 => 0,
                        5 => chance() % 5,
                        _ => chance() % 900,
                    };
                    let males = people * (chance() % 5 + 3) / 10;
                    let counts = [people, (people + 4) / 5, males, people - males];
                    if people == 0 && c > 0 {
                        continue;
                    }
                    for area in [area.as_str(), &area[..4], "XS"] {
                        for b in [format!("b{b}"), TOTAL.to_owned()] {
                            for c in [format!("c{c}"), TOTAL.to_owned()] {
                                let sums = cube.entry(vec![area.to_owned(), b.clone(), c]).or_default();
                                sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
                            }
                        }
                    }
                }
            }
        }
        let mut parents = BTreeMap::new();
        for area in &areas {
            parents.insert(area.clone(), area[..4].to_owned());
            parents.insert(area[..4].to_owned(), "XS".to_owned());
        }
        let measures = vec![
            measure("idp_ind", Unit::Persons, None),
            measure("idp_hh", Unit::Households, None),
            measure("males", Unit::Persons, Some("idp_ind")),
            measure("females", Unit::Persons, Some("idp_ind")),
        ];
        let rows = cube.into_iter().map(|(key, sums)| {
            let cells = sums.iter().map(|&value| Cell { value: Some(value), ..Cell::default() }).collect();
            TableRow { key, cells }
        });
        FigureTable {
            name: name.to_owned(),
            dims: dims.to_vec(),
            measures,
            parents,
            rows: rows.collect(),
            needs: BTreeMap::new(),
        }
    };
    let displacement = build("displacement", [Dim::Area, Dim::Reason, Dim::Origin], 6, 11, &mut chance);
    let mut sex_age = build("sex_age", [Dim::Area, Dim::Sex, Dim::Age], 2, 6, &mut chance);
    sex_age.measures.truncate(1);
    sex_age.rows.iter_mut().for_each(|row| row.cells.truncate(1));
    let release = release(candidate(vec![displacement, sex_age]), &Policy::public()).unwrap();
    let n_few = release.hidden().iter().filter(|hiding| hiding.why == Why::FewerThanMinimum).count();
    assert!(n_few > 500, "{n_few}");
    assert!(release.hidden().len() < 5 * n_few, "{} for {n_few}", release.hidden().len());
}
