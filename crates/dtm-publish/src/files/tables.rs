//! Every table of a release as CSV and JSON, for the downloads beside each figure.
//!
//! Each dimension gives two columns, code and name; each measure three: the number, how it stands (`shown`, `hidden`,
//! `nothing`), and how much of it is carried from an earlier round; where the release has them, low and high. Column names are the same in every language.

use super::{Flavour, names};
use dtm_model::{Atlas, Dim, Lang, Measure, Text};
use dtm_protect::{Release, ReleasedCell, ReleasedTable, Value};
use serde_json::json;
use std::collections::HashMap;

/// A column: its stable name, what it says, its HXL tag, and the unit of its numbers.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) label: Text,
    pub(super) tag: String,
    pub(super) unit: Option<Text>,
}

/// A cell of a table.
pub(super) enum Entry {
    Word(String),
    Count(i64),
    Nothing,
}

/// The columns of this table.
pub(super) fn columns(table: &ReleasedTable) -> Vec<Column> {
    let mut columns = Vec::new();
    for &dim in &table.dims {
        let (label, name) = (names::dim(dim), names::column(dim));
        let code = Text::both(format!("{}: code", label.get(Lang::En)), format!("{} : code", label.get(Lang::Fr)));
        let named = Text::both(format!("{}: name", label.get(Lang::En)), format!("{} : nom", label.get(Lang::Fr)));
        columns.push(Column { name: name.to_owned(), label: code, tag: names::dim_tag(dim).to_owned(), unit: None });
        columns.push(Column {
            name: format!("{name}_name"),
            label: named,
            tag: names::dim_name_tag(dim).to_owned(),
            unit: None,
        });
    }
    for (at, measure) in table.measures.iter().enumerate() {
        let (label, tag) = (names::measure(measure), names::measure_tag(measure));
        let unit = names::unit(measure.unit);
        let state = Text::both(
            format!("{}: shown, hidden for protection, or nothing collected", label.get(Lang::En)),
            format!(
                "{} : affiché (shown), masqué par protection (hidden) ou non collecté (nothing)",
                label.get(Lang::Fr)
            ),
        );
        let carried = Text::both(
            format!("{}: of these, carried from an earlier round", label.get(Lang::En)),
            format!("{} : dont reportés d’un cycle antérieur", label.get(Lang::Fr)),
        );
        columns.push(Column {
            name: measure.name.clone(),
            label: label.clone(),
            tag: tag.clone(),
            unit: Some(unit.clone()),
        });
        columns.push(Column {
            name: format!("{}_state", measure.name),
            label: state,
            tag: "#status".to_owned() + &suffix(&tag),
            unit: None,
        });
        columns.push(Column {
            name: format!("{}_carried", measure.name),
            label: carried,
            tag: format!("{tag}+carried"),
            unit: Some(unit.clone()),
        });
        if table.has_ranges(at) {
            for (end, en, fr) in [("low", "low", "bas"), ("high", "high", "haut")] {
                let label = Text::both(
                    format!("{}: {en}; between low and high four times in five", label.get(Lang::En)),
                    format!("{} : {fr} ; entre le bas et le haut quatre fois sur cinq", label.get(Lang::Fr)),
                );
                columns.push(Column {
                    name: format!("{}_{end}", measure.name),
                    label,
                    tag: format!("{tag}+{}", if end == "low" { "min" } else { "max" }),
                    unit: Some(unit.clone()),
                });
            }
        }
    }
    columns
}

/// `#affected+idps+ind` → `+idps+ind`.
fn suffix(tag: &str) -> String {
    tag.find('+').map_or_else(String::new, |at| tag[at..].to_owned())
}

/// The rows of this table, in the order of its columns.
pub(super) fn entries<'a>(
    release: &'a Release,
    table: &'a ReleasedTable,
    atlas: &'a Atlas,
    lang: Lang,
) -> impl Iterator<Item = Vec<Entry>> + 'a {
    let places: HashMap<&str, &str> =
        release.places().iter().map(|place| (place.ssid.as_str(), place.name.as_str())).collect();
    table.rows.iter().map(move |row| {
        let mut entries = Vec::with_capacity(2 * row.key.len() + 3 * row.cells.len());
        for (&dim, code) in table.dims.iter().zip(&row.key) {
            let name = match places.get(code.as_str()).filter(|name| dim == Dim::Place && !name.is_empty()) {
                Some(name) => (*name).to_owned(),
                None => names::value(dim, code, atlas, lang),
            };
            entries.push(Entry::Word(code.clone()));
            entries.push(Entry::Word(name));
        }
        for (at, cell) in row.cells.iter().enumerate() {
            let (value, carried) = match cell.value {
                Value::Number(number) => (Entry::Count(number), Entry::Count(cell.carried)),
                Value::Nothing | Value::Hidden(_) => (Entry::Nothing, Entry::Nothing),
            };
            entries.extend([value, Entry::Word(state(cell).to_owned()), carried]);
            if table.has_ranges(at) {
                let end = |end: Option<i64>| end.map_or(Entry::Nothing, Entry::Count);
                entries.extend([end(cell.range.map(|range| range.0)), end(cell.range.map(|range| range.1))]);
            }
        }
        entries
    })
}

/// How a cell stands, in one word.
fn state(cell: &ReleasedCell) -> &'static str {
    match cell.value {
        Value::Number(_) => "shown",
        Value::Nothing => "nothing",
        Value::Hidden(_) => "hidden",
    }
}

/// The table of this name as CSV, with a row of HXL tags under the names; none if the release has no such table.
pub fn csv(release: &Release, table: &str, atlas: &Atlas, lang: Lang, flavour: Flavour) -> Option<String> {
    let table = release.table(table)?;
    let mut out = flavour.start().to_owned();
    let columns = columns(table);
    write_row(&mut out, columns.iter().map(|column| column.name.clone()));
    write_row(&mut out, columns.into_iter().map(|column| column.tag));
    for row in entries(release, table, atlas, lang) {
        let cells = row.into_iter().map(|entry| match entry {
            Entry::Word(word) => flavour.text(&word),
            Entry::Count(count) => count.to_string(),
            Entry::Nothing => String::new(),
        });
        write_row(&mut out, cells);
    }
    Some(out)
}

/// The table of this name as JSON: what it is about, its columns, its rows as objects.
pub fn json(release: &Release, table: &str, atlas: &Atlas, lang: Lang) -> Option<serde_json::Value> {
    let table = release.table(table)?;
    let columns = columns(table);
    let heading = release.heading();
    let rows: Vec<serde_json::Value> = entries(release, table, atlas, lang)
        .map(|row| {
            let members = columns.iter().zip(row).map(|(column, entry)| {
                let value = match entry {
                    Entry::Word(word) => json!(word),
                    Entry::Count(count) => json!(count),
                    Entry::Nothing => serde_json::Value::Null,
                };
                (column.name.clone(), value)
            });
            serde_json::Value::Object(members.collect())
        })
        .collect();
    let described: Vec<serde_json::Value> = columns
        .iter()
        .map(|column| {
            let unit = column.unit.as_ref().map(|unit| unit.get(lang));
            json!({ "name": column.name, "label": column.label.get(lang), "hxl": column.tag, "unit": unit })
        })
        .collect();
    Some(json!({
        "release": release.id().to_string(),
        "version": release.version(),
        "operation": heading.operation_name.get(lang),
        "country": heading.country.get(lang),
        "round": heading.round.as_str(),
        "reported_on": heading.reported_on.to_string(),
        "policy": release.policy().name,
        "language": lang.code(),
        "table": table.name,
        "columns": described,
        "rows": rows,
    }))
}

/// The measure's wording, for captions beside a download.
pub fn label(measure: &Measure, lang: Lang) -> String {
    names::measure(measure).get(lang).to_owned()
}

/// Adds one line of CSV as RFC 4180 writes it, as HDX's files are.
pub(super) fn write_row(out: &mut String, cells: impl Iterator<Item = String>) {
    for (i, cell) in cells.enumerate() {
        if i > 0 {
            out.push(',');
        }
        if cell.contains([',', '"', '\n', '\r']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&cell);
        }
    }
    out.push_str("\r\n");
}
