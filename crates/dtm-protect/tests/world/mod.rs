//! Countries made up by the throw of a dice that always falls alike: ten first-level areas of fourteen communes, places
//! with people by sex, age, reason and origin, and a few communes where next to nobody is.

use dtm_model::{Cell, Dim, FigureTable, Measure, TOTAL, TableRow, Unit};
use std::collections::BTreeMap;

const SEXES: [&str; 2] = ["female", "male"];
const AGES: [&str; 6] = ["0-4", "5-11", "12-17", "18-59", "60-79", "80+"];
const REASONS: [&str; 5] = ["conflict", "insecurity", "natural_disaster", "not_reported", "other"];

/// What is special about a country.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kind {
    /// Communes with one to four people.
    pub small_communes: usize,
    /// Communes where one or two of a sex and age are found, several times.
    pub small_cells: usize,
    /// Out of ten places, how many have people of several reasons and origins.
    pub mixed_in_ten: u64,
    /// Whether there is a table of places.
    pub places: bool,
}

pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[derive(Default)]
struct Cubes {
    areas: BTreeMap<Vec<String>, Vec<i64>>,
    sex_age: BTreeMap<Vec<String>, Vec<i64>>,
    displacement: BTreeMap<Vec<String>, Vec<i64>>,
    places: BTreeMap<Vec<String>, Vec<i64>>,
    parents: BTreeMap<String, String>,
}

fn add(cube: &mut BTreeMap<Vec<String>, Vec<i64>>, key: &[&str], counts: &[i64]) {
    let key = key.iter().map(|part| (*part).to_owned()).collect();
    let sums = cube.entry(key).or_insert_with(|| vec![0; counts.len()]);
    sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
}

impl Cubes {
    /// Adds people of one reason and origin in one place, by sex and age.
    fn add(&mut self, place: &str, commune: &str, site: bool, why: (&str, &str), people: &[[i64; 6]; 2]) {
        let persons: i64 = people.iter().flatten().sum();
        let households = (persons + 4) / 5;
        let of_sex = [people[0].iter().sum::<i64>(), people[1].iter().sum()];
        let returnees = persons / 3 / 5 * 5;
        let in_sites = if site { persons } else { 0 };
        add(&mut self.places, &[place], &[persons, households]);
        for area in [commune, &commune[..4], "XS"] {
            let counts = [persons, households, in_sites, persons - in_sites, returnees, returnees / 5, 0];
            add(&mut self.areas, &[area], &counts);
            for reason in [why.0, TOTAL] {
                for origin in [why.1, TOTAL] {
                    let counts = [persons, households, of_sex[1], of_sex[0]];
                    add(&mut self.displacement, &[area, reason, origin], &counts);
                }
            }
            for (sex, ages) in SEXES.iter().zip(people) {
                for (age, &count) in AGES.iter().zip(ages) {
                    for key in [[area, sex, age], [area, sex, TOTAL], [area, TOTAL, age], [area, TOTAL, TOTAL]] {
                        add(&mut self.sex_age, &key, &[count]);
                    }
                }
            }
        }
    }
}

/// The tables of a country.
pub fn country(seed: u64, kind: Kind) -> Vec<FigureTable> {
    let mut dice = Dice(seed.wrapping_mul(977).wrapping_add(5));
    let mut cubes = Cubes::default();
    let communes: Vec<String> = (0..140).map(|i| format!("XS{:02}{:02}", i / 14 + 1, i % 14 + 1)).collect();
    let pick = |dice: &mut Dice, n: usize| -> Vec<usize> { (0..n).map(|_| dice.below(140) as usize).collect() };
    let small = pick(&mut dice, kind.small_communes);
    let thin = pick(&mut dice, kind.small_cells);
    for (i, commune) in communes.iter().enumerate() {
        cubes.parents.insert(commune.clone(), commune[..4].to_owned());
        cubes.parents.insert(commune[..4].to_owned(), "XS".to_owned());
        let n_places = if small.contains(&i) { 1 } else { 2 + dice.below(4) };
        for place in 0..n_places {
            let ssid = format!("{commune}-{place}");
            cubes.parents.insert(ssid.clone(), commune.clone());
            let parts = if dice.below(10) < kind.mixed_in_ten && !small.contains(&i) { 3 } else { 1 };
            for _ in 0..parts {
                let origin = match dice.below(4) {
                    0 => format!("XS{:02}", dice.below(10) + 1),
                    1 => "unknown".to_owned(),
                    _ => commune[..4].to_owned(),
                };
                let reason = REASONS[[0, 0, 0, 1, 1, 2, 2, 3, 4][dice.below(9) as usize]];
                let mut people = [[0; 6]; 2];
                if small.contains(&i) {
                    for _ in 0..=dice.below(4) {
                        people[dice.below(2) as usize][dice.below(6) as usize] += 1;
                    }
                } else {
                    let size = 20 + dice.below(300) as i64;
                    for ages in &mut people {
                        for (share, count) in [9, 12, 10, 30, 7, 5].into_iter().zip(ages) {
                            *count = (size * (share + dice.below(5) as i64) / 90).max(5);
                        }
                    }
                }
                cubes.add(&ssid, commune, place % 2 == 0, (reason, &origin), &people);
            }
        }
        for _ in thin.iter().filter(|&&at| at == i) {
            // Everybody of one sex and age in the commune, but one or two, turns out to be of the other ages.
            let (sex, age) = (SEXES[dice.below(2) as usize], AGES[dice.below(6) as usize]);
            let other = if age == "18-59" { "12-17" } else { "18-59" };
            let few = 1 + dice.below(2) as i64;
            let excess = cubes.sex_age[&vec![commune.clone(), sex.to_owned(), age.to_owned()]][0] - few;
            if excess <= 0 {
                continue;
            }
            for area in [commune.as_str(), &commune[..4], "XS"] {
                for sex in [sex, TOTAL] {
                    add(&mut cubes.sex_age, &[area, sex, age], &[-excess]);
                    add(&mut cubes.sex_age, &[area, sex, other], &[excess]);
                }
            }
        }
    }
    tables(cubes, kind)
}

fn measure(name: &str, unit: Unit, part_of: Option<&str>) -> Measure {
    let (name, indicator) = (name.to_owned(), format!("i_{name}"));
    Measure { name, indicator, unit, part_of: part_of.map(str::to_owned) }
}

fn tables(cubes: Cubes, kind: Kind) -> Vec<FigureTable> {
    let build = |name: &str, dims: &[Dim], measures: Vec<Measure>, cube: BTreeMap<Vec<String>, Vec<i64>>| {
        let cell = |value: i64| Cell { value: Some(value), ..Cell::default() };
        let row = |(key, sums): (Vec<String>, Vec<i64>)| TableRow { key, cells: sums.into_iter().map(cell).collect() };
        let rows = cube.into_iter().map(row).collect();
        FigureTable {
            name: name.to_owned(),
            dims: dims.to_vec(),
            measures,
            parents: cubes.parents.clone(),
            rows,
            needs: BTreeMap::new(),
        }
    };
    let persons = || measure("idp_ind", Unit::Persons, None);
    let households = || measure("idp_hh", Unit::Households, None);
    let part = |name| measure(name, Unit::Persons, Some("idp_ind"));
    let of_areas = vec![
        persons(),
        households(),
        part("in_sites"),
        part("in_host"),
        measure("returnee_ind", Unit::Persons, None),
        measure("returnee_hh", Unit::Households, None),
        measure("places", Unit::Places, None),
    ];
    let of_displacement = vec![persons(), households(), part("males"), part("females")];
    let mut tables = vec![
        build("areas", &[Dim::Area], of_areas, cubes.areas),
        build("sex_age", &[Dim::Area, Dim::Sex, Dim::Age], vec![persons()], cubes.sex_age),
        build("displacement", &[Dim::Area, Dim::Reason, Dim::Origin], of_displacement, cubes.displacement),
    ];
    if kind.places {
        tables.push(build("places", &[Dim::Place], vec![persons(), households()], cubes.places));
    }
    tables
}
