//! The table behind every figure, for its `.csv` and `.json` downloads.
//!
//! Columns as in the files of a round: a code and a name for each dimension, and for each measure the number, how it stands
//! (`shown`, `hidden`, `nothing`) and how much of it is carried, so that zero, nothing, hidden and carried stay four
//! different things in a file too; where the release has them, low and high.

use super::country::rounds_of;
use super::facts::areas_of_level;
use super::figures::{area_name, map_level};
use crate::dataset::names;
use crate::words::Words;
use dtm_model::{Atlas, Dim, Lang, TOTAL, Tool};
use dtm_protect::{Release, ReleasedCell, ReleasedRow, ReleasedTable, Value};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;

/// One value of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Datum {
    /// Words or a code.
    Text(String),
    /// A number.
    Number(i64),
    /// Nothing to say.
    Empty,
}

/// The rows behind a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataTable {
    /// The figure's name.
    pub name: String,
    /// Column names, stable in all languages.
    pub columns: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<Datum>>,
}

/// The table behind the figure of this name, or nothing where the release has no such figure. `releases` are the newest
/// versions of all rounds, oldest first; those of other exercises are left aside. For `flows` and `emergency`, `current`
/// is the release they are read from.
pub fn figure_table(
    name: &str,
    current: &Release,
    releases: &[&Release],
    atlas: &Atlas,
    lang: Lang,
) -> Option<DataTable> {
    let words = Words::of(lang);
    match name {
        "areas" | "places" | "sex_age" | "displacement" | "flows" | "needs" => {
            Some(rows_of(name, current, current.table(name)?, atlas, words, |_| true))
        }
        "map" => {
            let table = current.table("areas")?;
            let drawn = areas_of_level(table, map_level(current, atlas)?);
            Some(rows_of(name, current, table, atlas, words, |row| drawn.contains(&row.key[0].as_str())))
        }
        "reasons" | "origins" => {
            let margin = if name == "reasons" { 2 } else { 1 };
            let in_margin = |row: &ReleasedRow| row.key.get(margin).is_some_and(|part| part == TOTAL);
            Some(rows_of(name, current, current.table("displacement")?, atlas, words, in_margin))
        }
        "points" => {
            let at_point = |row: &ReleasedRow| row.key[1] == TOTAL;
            Some(rows_of(name, current, current.table("flows")?, atlas, words, at_point))
        }
        "emergency" if current.heading().tool == Tool::Ett => {
            Some(rows_of(name, current, current.table("displacement")?, atlas, words, |_| true))
        }
        "trend" => Some(trend(&rounds_of(current, releases))),
        _ => None,
    }
}

fn rows_of(
    name: &str,
    release: &Release,
    table: &ReleasedTable,
    atlas: &Atlas,
    words: &Words,
    keep: impl Fn(&ReleasedRow) -> bool,
) -> DataTable {
    let places: BTreeMap<&str, &str> =
        release.places().iter().map(|place| (place.ssid.as_str(), place.name.as_str())).collect();
    let mut columns: Vec<String> = Vec::new();
    for dim in &table.dims {
        let name = match dim {
            Dim::Area => "area",
            Dim::Origin => "origin",
            Dim::Sex => "sex",
            Dim::Age => "age",
            Dim::Reason => "reason",
            Dim::Place => "place",
            Dim::Day => "day",
            Dim::Direction => "direction",
            Dim::Group => "group",
            Dim::Need => "need",
        };
        columns.extend([name.to_owned(), format!("{name}_name")]);
    }
    for (at, measure) in table.measures.iter().enumerate() {
        columns.extend(measure_columns(&measure.name));
        if table.has_ranges(at) {
            columns.extend([format!("{}_low", measure.name), format!("{}_high", measure.name)]);
        }
    }
    let mut rows = Vec::new();
    // A wrong number of key parts cannot come from the gate; such a row is not shown rather than shown wrong.
    for row in table.rows.iter().filter(|row| row.key.len() == table.dims.len() && keep(row)) {
        let mut values = Vec::with_capacity(columns.len());
        for (dim, part) in table.dims.iter().zip(&row.key) {
            let named = match dim {
                _ if part == TOTAL => "Total".to_owned(),
                Dim::Area | Dim::Origin => area_name(atlas, words, part),
                Dim::Sex => words.sex(part),
                Dim::Age => words.age(part),
                Dim::Reason => words.reason(part),
                Dim::Place => places.get(part.as_str()).map_or_else(|| part.clone(), |name| (*name).to_owned()),
                Dim::Day => part.parse().map_or_else(|_| part.clone(), |day| words.date(day)),
                Dim::Direction => words.direction(part),
                Dim::Group => names::value(*dim, part, atlas, words.lang()),
                Dim::Need => {
                    table.needs.get(part).map_or_else(|| part.clone(), |need| need.answer.get(words.lang()).to_owned())
                }
            };
            values.extend([Datum::Text(part.clone()), Datum::Text(named)]);
        }
        for (at, cell) in row.cells.iter().enumerate() {
            values.extend(cell_values(*cell));
            if table.has_ranges(at) {
                let end = |end: Option<i64>| end.map_or(Datum::Empty, Datum::Number);
                values.extend([end(cell.range.map(|range| range.0)), end(cell.range.map(|range| range.1))]);
            }
        }
        rows.push(values);
    }
    DataTable { name: name.to_owned(), columns, rows }
}

fn trend(releases: &[&Release]) -> DataTable {
    let measures = ["idp_ind", "idp_hh", "returnee_ind"];
    let mut columns: Vec<String> =
        ["round", "reported_on", "version", "places_planned", "places_reached", "places_carried"]
            .map(str::to_owned)
            .into();
    columns.extend(measures.iter().flat_map(|measure| measure_columns(measure)));
    let rows = releases
        .iter()
        .map(|release| {
            let heading = release.heading();
            let mut values = vec![
                Datum::Text(heading.round.to_string()),
                Datum::Text(heading.reported_on.to_string()),
                Datum::Number(i64::from(release.version())),
                Datum::Number(i64::from(heading.n_places_planned)),
                Datum::Number(i64::from(heading.n_places_reached)),
                Datum::Number(i64::from(heading.n_places_carried)),
            ];
            for measure in measures {
                let cell = super::facts::cell(release.table("areas"), &[heading.admin0.as_str()], measure);
                values.extend(cell_values(cell));
            }
            values
        })
        .collect();
    DataTable { name: "trend".to_owned(), columns, rows }
}

fn measure_columns(name: &str) -> [String; 3] {
    [name.to_owned(), format!("{name}_state"), format!("{name}_carried")]
}

fn cell_values(cell: ReleasedCell) -> [Datum; 3] {
    match cell.value {
        Value::Number(number) => {
            [Datum::Number(number), Datum::Text("shown".to_owned()), cell.carried.map_or(Datum::Empty, Datum::Number)]
        }
        Value::Nothing => [Datum::Empty, Datum::Text("nothing".to_owned()), Datum::Empty],
        Value::Hidden(_) => [Datum::Empty, Datum::Text("hidden".to_owned()), Datum::Empty],
    }
}

impl DataTable {
    /// The table as CSV with a header row, safe to open in a spreadsheet: no text begins like a formula.
    pub fn csv(&self) -> String {
        let mut writer = csv::Writer::from_writer(Vec::new());
        // Writing to memory fails only on rows of unequal length, and these are not.
        let _ = writer.write_record(&self.columns);
        for row in &self.rows {
            let _ = writer.write_record(row.iter().map(|datum| match datum {
                Datum::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) => format!("'{text}"),
                Datum::Text(text) => text.clone(),
                Datum::Number(number) => number.to_string(),
                Datum::Empty => String::new(),
            }));
        }
        String::from_utf8(writer.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// The table as JSON: what it is about, and one object a row.
    pub fn json(&self, release: &Release) -> String {
        let heading = release.heading();
        let rows: Vec<Json> = self
            .rows
            .iter()
            .map(|row| {
                let mut object = Map::new();
                for (column, datum) in self.columns.iter().zip(row) {
                    let value = match datum {
                        Datum::Text(text) => Json::from(text.as_str()),
                        Datum::Number(number) => Json::from(*number),
                        Datum::Empty => Json::Null,
                    };
                    object.insert(column.clone(), value);
                }
                Json::Object(object)
            })
            .collect();
        json!({
            "figure": self.name,
            "operation": heading.operation,
            "country": heading.iso3,
            "round": heading.round.as_str(),
            "reported_on": heading.reported_on.to_string(),
            "version": release.version(),
            "release": release.id().to_string(),
            "rows": rows,
        })
        .to_string()
    }
}
