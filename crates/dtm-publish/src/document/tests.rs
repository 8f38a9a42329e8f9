//! Documents about a small invented country.

use super::*;
use chrono::NaiveDate;
use dtm_model::{
    Area, AssessmentType, Boundary, Cell, Dim, Dissemination, FigureTable, Instant, Measure, Pcode, ReleaseId,
    RoundLabel, TOTAL, TableRow, Text, Tool, Unit,
};
use dtm_protect::{Candidate, Heading, Policy, release};
use std::collections::BTreeMap;

const IDP: &str = "m0310_loc_num_idp_ind";

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// Three regions of three square communes each, named as given.
fn atlas(name: &str) -> Atlas {
    let square =
        |x: f64, y: f64, w: f64, h: f64| geo::MultiPolygon(vec![geo::Rect::new((x, y), (x + w, y + h)).to_polygon()]);
    let mut areas = Vec::new();
    let mut boundaries = Vec::new();
    let mut add = |code: String, level: u8, parent: Option<&str>, shape| {
        areas.push(Area {
            pcode: Pcode(code.clone()),
            level,
            parent: parent.map(Pcode::from),
            name: Text::both(format!("{name} {code}"), format!("{name} «{code}»")),
            aliases: BTreeMap::new(),
            valid_from: None,
            valid_to: None,
            became: Vec::new(),
        });
        boundaries.push(Boundary { pcode: Pcode(code), shape });
    };
    add("XS".into(), 0, None, square(0.0, 0.0, 3.0, 3.0));
    for x in 0..3 {
        let region = format!("XS0{}", x + 1);
        add(region.clone(), 1, Some("XS"), square(f64::from(x), 0.0, 1.0, 3.0));
        for y in 0..3 {
            add(format!("{region}0{}", y + 1), 2, Some(&region), square(f64::from(x), f64::from(y), 1.0, 1.0));
        }
    }
    Atlas::new(areas, boundaries)
}

fn cell(value: i64, carried: i64) -> Cell {
    Cell { value: Some(value), carried, n_places: 4, largest: value / 3, range: None }
}

fn measure(name: &str, unit: Unit, part_of: Option<&str>) -> Measure {
    Measure { name: name.into(), indicator: IDP.into(), unit, part_of: part_of.map(str::to_owned) }
}

fn parents() -> BTreeMap<String, String> {
    let mut parents = BTreeMap::new();
    for region in ["XS01", "XS02", "XS03"] {
        parents.insert(region.to_owned(), "XS".to_owned());
        for commune in 1..=3 {
            parents.insert(format!("{region}0{commune}"), region.to_owned());
        }
    }
    parents
}

/// Communes hold `scale` times 10, 20, 30 … people, the first of each region nobody; the last was not looked at.
fn figures(scale: i64) -> Vec<FigureTable> {
    let mut areas = BTreeMap::<String, Cell>::new();
    let mut sex_age = BTreeMap::<(String, &str, &str), i64>::new();
    let mut displacement = BTreeMap::<(String, &str, &str), i64>::new();
    for (code, region) in parents().iter().filter(|(code, _)| code.len() == 6) {
        let rank: i64 = code[2..].parse::<i64>().unwrap() % 100 - 1 + 3 * (code[3..4].parse::<i64>().unwrap() - 1);
        if code == "XS0303" {
            areas.insert(code.clone(), Cell::default());
            continue;
        }
        let people = if code.ends_with('1') { 0 } else { rank * 10 * scale };
        for area in [code.as_str(), region, "XS"] {
            let sum = areas.entry(area.to_owned()).or_insert(cell(0, 0));
            let carried = sum.carried + if code == "XS0202" { people } else { 0 };
            *sum = cell(sum.value.unwrap_or(0) + people, carried);
            for (sex, share) in [("female", 6), ("male", 4)] {
                for (age, part) in [("0-17", 5), ("18-59", 4), ("60+", 1)] {
                    let n = people * share * part / 100;
                    for sex in [sex, TOTAL] {
                        for age in [age, TOTAL] {
                            *sex_age.entry((area.to_owned(), sex, age)).or_default() += n;
                        }
                    }
                }
            }
            for (reason, origin, share) in [("conflict", "XS01", 7), ("insecurity", "XS02", 3)] {
                for reason in [reason, TOTAL] {
                    for origin in [origin, TOTAL] {
                        *displacement.entry((area.to_owned(), reason, origin)).or_default() += people * share / 10;
                    }
                }
            }
        }
    }
    let table = |name: &str, dims: &[Dim], rows: Vec<TableRow>| {
        let mut rows = rows;
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        let measures = vec![measure("idp_ind", Unit::Persons, None)];
        FigureTable {
            name: name.into(),
            dims: dims.to_vec(),
            measures,
            parents: parents(),
            rows,
            needs: BTreeMap::new(),
        }
    };
    let split = |rows: BTreeMap<(String, &str, &str), i64>| {
        let row = |((area, b, c), n): ((String, &str, &str), i64)| TableRow {
            key: vec![area, b.to_owned(), c.to_owned()],
            cells: vec![cell(n, 0)],
        };
        rows.into_iter().map(row).collect()
    };
    vec![
        table(
            "areas",
            &[Dim::Area],
            areas.into_iter().map(|(area, cell)| TableRow { key: vec![area], cells: vec![cell] }).collect(),
        ),
        table("sex_age", &[Dim::Area, Dim::Sex, Dim::Age], split(sex_age)),
        table("displacement", &[Dim::Area, Dim::Reason, Dim::Origin], split(displacement)),
    ]
}

fn round(label: &str, month: u32, name: &str, tables: Vec<FigureTable>) -> Release {
    let made_at = Instant::from_millis(1_790_000_000_000);
    let candidate = Candidate {
        records: None,
        id: ReleaseId::new(made_at, [month as u8; 10]),
        heading: Heading {
            operation: "xso".into(),
            operation_name: Text::both(format!("{name} monitoring"), format!("Suivi {name}")),
            country: Text::both("Sorelia", "Sorélie"),
            iso3: "XSO".into(),
            admin0: Pcode::from("XS"),
            exercise: "mobility".into(),
            tool: Tool::B2,
            assessment: AssessmentType::Ba,
            round: RoundLabel::from(label),
            starts_on: day(2026, month, 2),
            ends_on: day(2026, month, 24),
            reported_on: day(2026, month, 24),
            n_places_planned: 450,
            n_places_reached: 431,
            n_places_carried: 19,
        },
        version: 1,
        reason: Text::new(),
        made_at,
        tables,
        api_ids: BTreeMap::new(),
        places: Vec::new(),
        classes: BTreeMap::from([(IDP.to_owned(), Dissemination::Public)]),
    };
    release(candidate, &Policy::public()).unwrap()
}

fn contains(pdf: &[u8], text: &str) -> bool {
    pdf.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_round_becomes_an_accessible_pdf_in_both_languages() {
    let (earlier, current) = (round("5.1", 3, "Area", figures(8)), round("6", 7, "Area", figures(10)));
    let atlas = atlas("Area");
    for lang in Lang::ALL {
        let of = Sources { current: &current, earlier: &[&earlier], atlas: &atlas, lang };
        let bytes = factsheet(&of).unwrap();
        assert!(bytes.starts_with(b"%PDF-1."));
        // Typst refuses to write a PDF/UA-1 that breaks a rule it can check; these marks say that it was asked to.
        for mark in ["/MarkInfo", "/StructTreeRoot", "pdfuaid", &format!("/Lang({})", lang.code())] {
            assert!(contains(&bytes, mark) || contains(&bytes, &mark.replace('(', " (")), "{mark}");
        }
        assert!(bytes.len() < 500_000, "{} bytes", bytes.len());
        assert_eq!(bytes, factsheet(&of).unwrap(), "the same release gives the same bytes");
    }
}

#[test]
fn both_languages_show_the_same_numbers() {
    let (earlier, current) = (round("5.1", 3, "Area", figures(8)), round("6", 7, "Area", figures(10)));
    let atlas = atlas("Area");
    let digits = |lang: Lang| -> Vec<String> {
        let of = Sources { current: &current, earlier: &[&earlier], atlas: &atlas, lang };
        let sheet = content::sheet(&of, Words::of(lang));
        let value = serde_json::to_value(&sheet).unwrap();
        let mut numbers = Vec::new();
        for (part, key) in [("keys", "cell"), ("rows", "cell")] {
            let list = if part == "rows" { &value["ranking"]["rows"] } else { &value["keys"] };
            for one in list.as_array().unwrap() {
                numbers.push(one[key]["text"].as_str().unwrap().chars().filter(char::is_ascii_digit).collect());
            }
        }
        numbers
    };
    assert_eq!(digits(Lang::En), digits(Lang::Fr));
    assert!(digits(Lang::En).len() > 5);
}

#[test]
fn names_that_look_like_markup_are_set_as_they_are() {
    let name = "#panic(\"x\") $a_b$ *bold* <b>&amp;</b> \\ ] } // `code` @ref";
    let current = round("1", 5, name, figures(10));
    let atlas = atlas(name);
    assert!(factsheet(&Sources { current: &current, earlier: &[], atlas: &atlas, lang: Lang::Fr }).is_ok());
}

#[test]
fn a_release_without_figures_or_outlines_still_makes_a_sheet() {
    let current = round("0", 5, "Area", Vec::new());
    for lang in Lang::ALL {
        let bytes = factsheet(&Sources { current: &current, earlier: &[], atlas: &Atlas::default(), lang }).unwrap();
        assert!(bytes.starts_with(b"%PDF"));
    }
    let current = round("1", 5, "Area", figures(3));
    assert!(factsheet(&Sources { current: &current, earlier: &[], atlas: &Atlas::default(), lang: Lang::En }).is_ok());
}
