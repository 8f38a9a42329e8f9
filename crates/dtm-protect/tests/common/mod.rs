//! Tables as text: the first column is the key, parts joined by `/`, `*` for a margin; the others are measures.
//! `in_sites<idp_ind` is a part of `idp_ind`; `-` is nothing collected; `7c3` is 7, of which 3 are carried.
//! Codes of areas tell which area lies in which: `XS0101` in `XS01` in `XS`.
#![allow(dead_code, unreachable_pub)]

use chrono::NaiveDate;
use dtm_model::{
    AssessmentType, Cell, Dim, Dissemination, FigureTable, Instant, Measure, Pcode, ReleaseId, RoundLabel, TOTAL,
    TableRow, Text, Tool, Unit,
};
use dtm_protect::{Candidate, Heading, ReleasedTable, Value, Why};
use std::collections::BTreeMap;

pub fn table(name: &str, text: &str) -> FigureTable {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut header = lines.next().unwrap().split_whitespace();
    let dims: Vec<Dim> = header.next().unwrap().split('/').map(dim).collect();
    let measures: Vec<Measure> = header.map(measure).collect();
    let mut parents = BTreeMap::new();
    let mut rows = Vec::new();
    for line in lines {
        let mut words = line.split_whitespace();
        let key: Vec<String> = words.next().unwrap().split('/').map(str::to_owned).collect();
        for (dim, part) in dims.iter().zip(&key).filter(|(dim, part)| is_where(**dim) && *part != TOTAL) {
            let mut value = part.clone();
            while let Some(above) = above(*dim, &value) {
                parents.insert(value.clone(), above.clone());
                value = above;
            }
        }
        rows.push(TableRow { key, cells: words.map(cell).collect() });
    }
    FigureTable { name: name.to_owned(), dims, measures, parents, rows, needs: BTreeMap::new() }
}

fn is_where(dim: Dim) -> bool {
    matches!(dim, Dim::Area | Dim::Place)
}

/// `XS0101-s1` → `XS0101` → `XS01` → `XS`.
fn above(_: Dim, code: &str) -> Option<String> {
    match code.split_once('-') {
        Some((area, _)) => Some(area.to_owned()),
        None if code.len() > 2 && code.starts_with("XS") => Some(code[..code.len() - 2].to_owned()),
        None => None,
    }
}

fn dim(name: &str) -> Dim {
    serde_json::from_value(serde_json::Value::String(name.to_owned())).unwrap()
}

fn measure(text: &str) -> Measure {
    let (name, part_of) = text.split_once('<').map_or((text, None), |(name, whole)| (name, Some(whole.to_owned())));
    let unit = match name {
        "places" => Unit::Places,
        "share" => Unit::Share,
        _ if name.ends_with("_hh") => Unit::Households,
        _ => Unit::Persons,
    };
    Measure { name: name.to_owned(), indicator: format!("i_{name}"), unit, part_of }
}

fn cell(text: &str) -> Cell {
    if text == "-" {
        return Cell::default();
    }
    let (value, carried) = text.split_once('c').unwrap_or((text, "0"));
    let value: i64 = value.parse().unwrap();
    Cell { value: Some(value), carried: carried.parse().unwrap(), n_places: 2, largest: value / 2, range: None }
}

pub fn candidate(tables: Vec<FigureTable>) -> Candidate {
    let day = |day| NaiveDate::from_ymd_opt(2024, 5, day).unwrap();
    let indicators = tables.iter().flat_map(|table| table.measures.iter().map(|measure| measure.indicator.clone()));
    let classes = indicators.map(|indicator| (indicator, Dissemination::Public)).collect();
    Candidate {
        id: ReleaseId::new(Instant::from_millis(1_700_000_000_000), [7; 10]),
        heading: Heading {
            operation: "xso".to_owned(),
            operation_name: Text::both("Countrywide monitoring", "Suivi national"),
            country: Text::both("Sorelia", "Sorélie"),
            iso3: "XSO".to_owned(),
            admin0: Pcode::from("XS"),
            exercise: "mobility".to_owned(),
            tool: Tool::B2,
            assessment: AssessmentType::Ba,
            round: RoundLabel::from("5.1"),
            starts_on: day(1),
            ends_on: day(20),
            reported_on: day(31),
            n_places_planned: 450,
            n_places_reached: 440,
            n_places_carried: 10,
        },
        version: 1,
        reason: Text::new(),
        made_at: Instant::from_millis(1_700_000_000_000),
        tables,
        api_ids: BTreeMap::new(),
        places: Vec::new(),
        classes,
        records: None,
    }
}

/// `*` is hidden for being few, `x` for another's sake, `-` nothing collected.
pub fn text(table: &ReleasedTable) -> String {
    let dims: Vec<String> =
        table.dims.iter().map(|dim| serde_json::to_value(dim).unwrap().as_str().unwrap().to_owned()).collect();
    let mut lines = vec![(dims.join("/"), table.measures.iter().map(|m| m.name.clone()).collect::<Vec<_>>())];
    for row in &table.rows {
        let cells = row.cells.iter().map(|cell| match cell.value {
            Value::Number(number) if cell.carried.is_none() => format!("{number}c?"),
            Value::Number(number) if cell.known_carried() > 0 => format!("{number}c{}", cell.known_carried()),
            Value::Number(number) => number.to_string(),
            Value::Nothing => "-".to_owned(),
            Value::Hidden(Why::FewerThanMinimum) => "*".to_owned(),
            Value::Hidden(Why::Dominated) => "d".to_owned(),
            Value::Hidden(_) => "x".to_owned(),
        });
        lines.push((row.key.join("/"), cells.collect()));
    }
    let first = lines.iter().map(|(key, _)| key.len()).max().unwrap_or(0);
    let mut out = String::new();
    for (key, cells) in lines {
        out.push_str(&format!("{key:first$}"));
        for cell in cells {
            out.push_str(&format!(" {cell:>9}"));
        }
        out.push('\n');
    }
    out
}
