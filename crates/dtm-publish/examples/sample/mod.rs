//! A small country that nobody lives in, and eight rounds of its displacement, released under the public policy.
//!
//! For looking at pages and for testing them; the demo world proper is generated elsewhere, through the whole journey.

#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

use chrono::{Days, NaiveDate};
use dtm_model::*;
use dtm_protect::{Candidate, Heading, Policy, Release};
use geo::{Coord, LineString, MultiPolygon, Polygon};
use std::collections::BTreeMap;

const COLUMNS: usize = 14;
const ROWS: usize = 10;
const NAMES: [&str; 20] = [
    "Valbrune",
    "Port-Selam",
    "Anse-Claire",
    "Montorin",
    "Belle-Rive",
    "Karso",
    "Tamarel",
    "Haute-Sève",
    "Lomara",
    "Grand-Cap",
    "Orvane",
    "Petite-Source",
    "Zanvier",
    "Marémont",
    "Sablon",
    "Côte-Rouge",
    "Fond-d’Or",
    "Dorsale",
    "Les Ifs",
    "Nakiri",
];

/// A number between 0 and 1 that is always the same for the same keys.
fn chance(keys: &[u64]) -> f64 {
    let mut hash = 0x9e37_79b9_7f4a_7c15_u64;
    for key in keys {
        hash = (hash ^ key.wrapping_mul(0xbf58_476d_1ce4_e5b9)).rotate_left(29).wrapping_mul(0x94d0_49bb_1331_11eb);
        hash ^= hash >> 31;
    }
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

fn first_level(at: usize) -> usize {
    (at / COLUMNS / 2) * 2 + (at % COLUMNS) / 7
}

pub fn code(at: usize) -> String {
    let group = first_level(at);
    let within = (at / COLUMNS % 2) * 7 + at % COLUMNS % 7 + 1;
    format!("XS{:02}{within:02}", group + 1)
}

/// Corners of the grid bent into an island, with borders that wander between them.
fn corner(column: usize, row: usize) -> Coord {
    let (u, v) = (column as f64 / COLUMNS as f64 * 2.0 - 1.0, row as f64 / ROWS as f64 * 2.0 - 1.0);
    let (x, y) = (u * (1.0 - v * v / 2.4).sqrt(), v * (1.0 - u * u / 2.4).sqrt());
    let shift = |salt| (chance(&[column as u64, row as u64, salt]) - 0.5) * 0.09;
    Coord { x: 21.0 + 1.9 * (x + shift(1) + 0.16 * y), y: 12.0 + 1.25 * (y + shift(2) - 0.12 * x * x) }
}

fn side(from: (usize, usize), to: (usize, usize)) -> Vec<Coord> {
    let turned = to < from;
    let (a, b) = if turned { (to, from) } else { (from, to) };
    let (p, q) = (corner(a.0, a.1), corner(b.0, b.1));
    let mut points = vec![p, q];
    let mut rough = 0.30;
    for depth in 0..4_u64 {
        let mut finer = Vec::new();
        for (at, pair) in points.windows(2).enumerate() {
            let off = (chance(&[a.0 as u64, a.1 as u64, b.0 as u64, b.1 as u64, depth, at as u64]) - 0.5) * rough;
            let (dx, dy) = (pair[1].x - pair[0].x, pair[1].y - pair[0].y);
            finer.push(pair[0]);
            finer.push(Coord {
                x: (pair[0].x + pair[1].x) / 2.0 - dy * off,
                y: (pair[0].y + pair[1].y) / 2.0 + dx * off,
            });
        }
        finer.push(q);
        points = finer;
        rough *= 1.1;
    }
    if turned {
        points.reverse();
    }
    points
}

pub fn atlas() -> Atlas {
    let area = |code: &str, level, parent: Option<&str>, name: String| Area {
        pcode: code.into(),
        level,
        parent: parent.map(Pcode::from),
        name: Text::new().with("en", name),
        aliases: BTreeMap::new(),
        valid_from: None,
        valid_to: None,
        became: Vec::new(),
    };
    let mut areas = vec![Area { name: Text::both("Sorelia", "Sorélie"), ..area("XS", 0, None, String::new()) }];
    let mut boundaries = Vec::new();
    let mut groups: BTreeMap<String, Vec<Polygon>> = BTreeMap::new();
    for (group, name) in NAMES.iter().enumerate().take(10) {
        areas.push(area(&format!("XS{:02}", group + 1), 1, Some("XS"), (*name).to_owned()));
    }
    for at in 0..COLUMNS * ROWS {
        let (column, row) = (at % COLUMNS, at / COLUMNS);
        let corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)];
        let mut ring = Vec::new();
        for step in 0..4 {
            let mut points = side(corners[step], corners[(step + 1) % 4]);
            points.pop();
            ring.extend(points);
        }
        ring.push(ring[0]);
        let polygon = Polygon::new(LineString::new(ring), vec![]);
        let code = code(at);
        groups.entry(code[..4].to_owned()).or_default().push(polygon.clone());
        let suffix = ["", "-Nord", "-Sud", " la Vallée", "-Haut", "-Bas", " du Lac"][at / NAMES.len()];
        areas.push(area(&code, 2, Some(&code[..4]), format!("{}{suffix}", NAMES[at % NAMES.len()])));
        boundaries.push(Boundary { pcode: code.as_str().into(), shape: MultiPolygon(vec![polygon]) });
    }
    boundaries.extend(
        groups.into_iter().map(|(code, all)| Boundary { pcode: code.as_str().into(), shape: MultiPolygon(all) }),
    );
    Atlas::new(areas, boundaries)
}

fn measure(name: &str, indicator: &str, unit: Unit, part_of: Option<&str>) -> Measure {
    Measure { name: name.into(), indicator: indicator.into(), unit, part_of: part_of.map(str::to_owned) }
}

/// Adds a cell to a row of a table under construction.
fn add(rows: &mut BTreeMap<Vec<String>, Vec<Cell>>, key: &[&str], width: usize, at: usize, number: i64, carried: bool) {
    let row =
        rows.entry(key.iter().map(|part| (*part).to_owned()).collect()).or_insert_with(|| vec![Cell::default(); width]);
    let cell = &mut row[at];
    cell.value = Some(cell.value.unwrap_or(0) + number);
    cell.carried += if carried { number } else { 0 };
    cell.n_places += 1;
    cell.largest = cell.largest.max(number);
}

fn table(name: &str, dims: &[Dim], measures: Vec<Measure>, rows: BTreeMap<Vec<String>, Vec<Cell>>) -> FigureTable {
    let mut parents = BTreeMap::new();
    for at in 0..COLUMNS * ROWS {
        let code = code(at);
        parents.insert(code[..4].to_owned(), "XS".to_owned());
        parents.insert(code.clone(), code[..4].to_owned());
    }
    FigureTable {
        name: name.into(),
        dims: dims.to_vec(),
        measures,
        parents,
        rows: rows.into_iter().map(|(key, cells)| TableRow { key, cells }).collect(),
        needs: BTreeMap::new(),
    }
}

const ROUNDS: [(&str, u64, f64); 8] = [
    ("1", 0, 0.12),
    ("2", 120, 0.2),
    ("3", 230, 0.24),
    ("4", 340, 0.36),
    ("5", 470, 0.45),
    ("5.1", 540, 0.62),
    ("6", 650, 0.83),
    ("7", 790, 1.0),
];

/// The tables of a round. Areas 33, 34 have no assessment, some are empty, some small; round 5 reached half the country.
fn tables(round: usize) -> Vec<FigureTable> {
    let size = ROUNDS[round].2;
    let (mut areas, mut sex_age, mut displacement, mut flows) =
        (BTreeMap::new(), BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    for at in 0..COLUMNS * ROWS {
        let code = code(at);
        if matches!(at, 33 | 34 | 61) {
            areas.insert(vec![code], vec![Cell::default(); 7]);
            continue;
        }
        let weight = chance(&[at as u64, 7]);
        let centre = if first_level(at) == 4 { 5.0 } else { 1.0 };
        let idp = match at % 17 {
            3 => 0,
            5 => 1 + at as i64 % 4,
            _ => {
                (weight.powi(4) * 30_000.0 * size * centre * (0.8 + 0.4 * chance(&[at as u64, round as u64]))) as i64
                    + 6
            }
        };
        let carried = (round == 4 && first_level(at) < 4) || (round == 7 && at % 23 == 1);
        let (hh, sites) = ((idp as f64 / 4.6).ceil() as i64, (idp as f64 * (0.15 + 0.4 * weight)) as i64);
        let returnees = (idp as f64 * 0.3 * chance(&[at as u64, 9])) as i64;
        for area in ["XS", &code[..4], &code] {
            for (m, number) in
                [idp, hh, sites, idp - sites, returnees, returnees / 5, i64::from(idp > 0)].into_iter().enumerate()
            {
                add(&mut areas, &[area], 7, m, number, carried && m < 6);
            }
            if area.len() > 4 {
                // Tables by area and anything else stop at the first level: enough to look at, and quick to protect.
                continue;
            }
            let mut left = idp;
            for (a, (age, share)) in
                [("0", 0.03), ("1-5", 0.15), ("6-11", 0.18), ("12-17", 0.17), ("18-59", 0.40), ("60+", 1.0)]
                    .into_iter()
                    .enumerate()
            {
                let group = if age == "60+" { left } else { (idp as f64 * share) as i64 };
                left -= group;
                let female = (group as f64 * (0.52 + 0.01 * a as f64)) as i64;
                for (sex, number) in [("female", female), ("male", group - female)] {
                    for key in [[area, sex, age], [area, sex, TOTAL], [area, TOTAL, age], [area, TOTAL, TOTAL]] {
                        add(&mut sex_age, &key, 1, 0, number, carried);
                    }
                }
            }
            let reasons = [("insecurity", 0.58), ("conflict", 0.2), ("natural_disaster", 0.15), ("not_reported", 1.0)];
            let mut rest = idp;
            for (reason, share) in reasons {
                let part = if share >= 1.0 { rest } else { (idp as f64 * share) as i64 };
                rest -= part;
                let away = (part as f64 * 0.35) as i64;
                for (origin, number) in [("XS05", away), (&code[..4], part - away)] {
                    for key in
                        [[area, reason, origin], [area, reason, TOTAL], [area, TOTAL, origin], [area, TOTAL, TOTAL]]
                    {
                        add(&mut displacement, &key, 2, 0, number, carried);
                        add(&mut displacement, &key, 2, 1, (number as f64 / 4.6).ceil() as i64, carried);
                    }
                }
            }
        }
    }
    for day in 0..60_u64 {
        let date = (NaiveDate::from_ymd_opt(2026, 8, 1).unwrap() + Days::new(day)).to_string();
        for point in ["FMP-01", "FMP-02", "FMP-03"] {
            for (direction, size) in [("in", 90.0), ("out", 60.0)] {
                let number =
                    (size * (0.4 + chance(&[day, point.len() as u64, size as u64, point.as_bytes()[5].into()]))) as i64;
                for p in [point, TOTAL] {
                    for d in [date.as_str(), TOTAL] {
                        for w in [direction, TOTAL] {
                            add(&mut flows, &[p, d, w], 1, 0, number, false);
                        }
                    }
                }
            }
        }
    }
    let idp = || measure("idp_ind", "m0310_loc_num_idp_ind", Unit::Persons, None);
    let hh = || measure("idp_hh", "m0309_loc_num_idp_hh", Unit::Households, None);
    vec![
        table(
            "areas",
            &[Dim::Area],
            vec![
                idp(),
                hh(),
                measure("in_sites", "m0310_loc_num_idp_ind", Unit::Persons, Some("idp_ind")),
                measure("in_host", "m0310_loc_num_idp_ind", Unit::Persons, Some("idp_ind")),
                measure("returnee_ind", "m0851", Unit::Persons, None),
                measure("returnee_hh", "m0847", Unit::Households, None),
                measure("places", "m0310_loc_num_idp_ind", Unit::Places, None),
            ],
            areas,
        ),
        table("sex_age", &[Dim::Area, Dim::Sex, Dim::Age], vec![idp()], sex_age),
        table("displacement", &[Dim::Area, Dim::Reason, Dim::Origin], vec![idp(), hh()], displacement),
        table(
            "flows",
            &[Dim::Place, Dim::Day, Dim::Direction],
            vec![measure("persons", "m0701", Unit::Persons, None)],
            flows,
        ),
    ]
}

/// One version of a round's release; version 2 corrects nothing but says why it exists.
pub fn release(round: usize, version: u32) -> Release {
    dtm_protect::release(candidate(round, version), &Policy::public()).unwrap()
}

fn candidate(round: usize, version: u32) -> Candidate {
    let (label, day, _) = ROUNDS[round];
    let starts_on = NaiveDate::from_ymd_opt(2024, 8, 5).unwrap() + Days::new(day);
    let ends_on = starts_on + Days::new(18);
    let at = |date: NaiveDate| Instant::from_millis(date.and_hms_opt(9, 0, 0).unwrap().and_utc().timestamp_millis());
    let mut tables = tables(round);
    if version > 1 {
        let row = tables[0].rows.iter_mut().find(|row| row.key == ["XS0303"]).unwrap();
        row.cells[4].value = row.cells[4].value.map(|value| value + 40);
    }
    Candidate {
        records: None,
        id: ReleaseId::new(at(ends_on), [round as u8, version as u8, 0, 0, 0, 0, 0, 0, 0, 1]),
        heading: Heading {
            operation: "xso".into(),
            operation_name: Text::both("Countrywide monitoring", "Suivi national"),
            country: Text::both("Sorelia", "Sorélie"),
            iso3: "XSO".into(),
            admin0: "XS".into(),
            exercise: "mobility".into(),
            tool: Tool::B2,
            assessment: AssessmentType::Ba,
            round: label.into(),
            starts_on,
            ends_on,
            reported_on: ends_on,
            n_places_planned: 452,
            n_places_reached: if round == 4 { 241 } else { 431 },
            n_places_carried: if round == 4 { 198 } else { 17 },
        },
        version,
        reason: if version > 1 {
            Text::both("A late report from Karso was added.", "Un rapport tardif de Karso a été ajouté.")
        } else {
            Text::new()
        },
        made_at: at(ends_on + Days::new(12 + u64::from(version) * 3)),
        tables,
        api_ids: BTreeMap::new(),
        places: Vec::new(),
        classes: ["m0310_loc_num_idp_ind", "m0309_loc_num_idp_hh", "m0851", "m0847", "m0701"]
            .map(|code| (code.to_owned(), Dissemination::Public))
            .into(),
    }
}

/// An emergency of a few days after round 7: eight areas of one region, one of them with too few people to be shown.
#[allow(dead_code)]
pub fn emergency() -> Release {
    let starts_on = NaiveDate::from_ymd_opt(2026, 11, 2).unwrap();
    let at = Instant::from_millis(starts_on.and_hms_opt(9, 0, 0).unwrap().and_utc().timestamp_millis() + 700_000_000);
    let (mut areas, mut displacement) = (BTreeMap::new(), BTreeMap::new());
    for (number, place) in (0..COLUMNS * ROWS).filter(|place| first_level(*place) == 2).take(8).enumerate() {
        let code = code(place);
        let idp = if number == 7 { 3 } else { 800 - 90 * number as i64 };
        for area in ["XS", &code[..4], &code] {
            for (measure, value) in [idp, (idp as f64 / 4.6).ceil() as i64, 1].into_iter().enumerate() {
                add(&mut areas, &[area], 3, measure, value, false);
            }
            for reason in ["natural_disaster", TOTAL] {
                for origin in [&code[..4], TOTAL] {
                    add(&mut displacement, &[area, reason, origin], 1, 0, idp, false);
                }
            }
        }
    }
    let mut candidate = candidate(7, 1);
    candidate.id = ReleaseId::new(at, [9; 10]);
    candidate.made_at = at;
    candidate.heading = Heading {
        exercise: "events".into(),
        tool: Tool::Ett,
        assessment: AssessmentType::Ett,
        round: "1".into(),
        starts_on,
        ends_on: starts_on + Days::new(3),
        reported_on: starts_on + Days::new(3),
        n_places_planned: 8,
        n_places_reached: 8,
        n_places_carried: 0,
        ..candidate.heading
    };
    let idp = || measure("idp_ind", "m0310_loc_num_idp_ind", Unit::Persons, None);
    let hh = measure("idp_hh", "m0309_loc_num_idp_hh", Unit::Households, None);
    let places = measure("places", "m0310_loc_num_idp_ind", Unit::Places, None);
    candidate.tables = vec![
        table("areas", &[Dim::Area], vec![idp(), hh, places], areas),
        table("displacement", &[Dim::Area, Dim::Reason, Dim::Origin], vec![idp()], displacement),
    ];
    dtm_protect::release(candidate, &Policy::public()).unwrap()
}

/// The newest version of every round, oldest first.
pub fn releases() -> Vec<Release> {
    (0..ROUNDS.len()).map(|round| release(round, if round == 7 { 2 } else { 1 })).collect()
}
