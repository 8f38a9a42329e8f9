//! The table behind every figure, for its `.csv` and `.json` downloads.
//!
//! Each measure has three columns: the number, its state (`number`, `no_data`, `hidden`) and how much of it is carried,
//! so that zero, nothing, hidden and carried stay four different things in a file too.

use super::facts::{areas_of_level, level};
use super::figures::{area_name, map_level};
use crate::words::Words;
use dtm_model::{Atlas, Dim, Lang, TOTAL};
use dtm_protect::{Release, ReleasedCell, ReleasedRow, ReleasedTable, Value};
use serde_json::{Map, Value as Json, json};

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

/// The table behind the figure of this name, or nothing where the release has no such figure.
pub fn figure_table(
    name: &str,
    current: &Release,
    releases: &[&Release],
    atlas: &Atlas,
    lang: Lang,
) -> Option<DataTable> {
    let words = Words::of(lang);
    let all = |_: &ReleasedTable, _: &ReleasedRow| true;
    match name {
        "areas" | "places" | "sex_age" | "displacement" | "flows" => {
            Some(rows_of(name, current.table(name)?, atlas, words, all))
        }
        "map" => {
            let table = current.table("areas")?;
            let level = map_level(current, atlas)?;
            let drawn = areas_of_level(table, level);
            Some(rows_of(name, table, atlas, words, |_, row| drawn.contains(&row.key[0].as_str())))
        }
        "reasons" => Some(rows_of(name, current.table("displacement")?, atlas, words, |_, row| {
            row.key.get(2).is_some_and(|part| part == TOTAL)
        })),
        "origins" => Some(rows_of(name, current.table("displacement")?, atlas, words, |_, row| {
            row.key.get(1).is_some_and(|part| part == TOTAL)
        })),
        "trend" => Some(trend(releases)),
        _ => None,
    }
}

fn rows_of(
    name: &str,
    table: &ReleasedTable,
    atlas: &Atlas,
    words: &Words,
    keep: impl Fn(&ReleasedTable, &ReleasedRow) -> bool,
) -> DataTable {
    let mut columns = Vec::new();
    for dim in &table.dims {
        match dim {
            Dim::Area => columns.extend(["area_pcode", "area_name", "area_level"]),
            Dim::Origin => columns.extend(["origin_pcode", "origin_name"]),
            Dim::Sex => columns.push("sex"),
            Dim::Age => columns.push("age"),
            Dim::Reason => columns.extend(["reason", "reason_label"]),
            Dim::Place => columns.push("place"),
            Dim::Day => columns.push("day"),
            Dim::Direction => columns.push("direction"),
        }
    }
    let mut columns: Vec<String> = columns.into_iter().map(str::to_owned).collect();
    for measure in &table.measures {
        columns.extend(measure_columns(&measure.name));
    }
    let mut rows = Vec::new();
    // A wrong number of key parts cannot come from the gate; such a row is not shown rather than shown wrong.
    for row in table.rows.iter().filter(|row| row.key.len() == table.dims.len() && keep(table, row)) {
        let mut values = Vec::with_capacity(columns.len());
        for (dim, part) in table.dims.iter().zip(&row.key) {
            let code = Datum::Text(if part == TOTAL { "all".to_owned() } else { part.clone() });
            values.push(code);
            match dim {
                Dim::Area => {
                    values.push(Datum::Text(area_name(atlas, words, part)));
                    values.push(Datum::Number(i64::from(level(table, part))));
                }
                Dim::Origin if part == TOTAL => values.push(Datum::Empty),
                Dim::Origin => values.push(Datum::Text(area_name(atlas, words, part))),
                Dim::Reason if part == TOTAL => values.push(Datum::Empty),
                Dim::Reason => values.push(Datum::Text(words.reason(part))),
                _ => {}
            }
        }
        for cell in &row.cells {
            values.extend(cell_values(*cell));
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
        Value::Number(number) => [Datum::Number(number), Datum::Text("number".to_owned()), Datum::Number(cell.carried)],
        Value::Nothing => [Datum::Empty, Datum::Text("no_data".to_owned()), Datum::Empty],
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
