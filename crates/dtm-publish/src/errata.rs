//! What differs between two releases of a round: the errata that a new version owes its readers.
//!
//! In: two releases. Out: every cell that is not the same in both, in the order of tables, rows and measures, with what it was
//! and what it is; and the same as a file.

use crate::dataset::names;
use crate::files::WriteError;
use dtm_model::{TOTAL, Unit};
use dtm_protect::{Release, ReleasedCell, ReleasedTable, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// A cell that is not the same in both.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The table.
    pub table: String,
    /// The row's key.
    pub key: Vec<String>,
    /// The measure.
    pub measure: String,
    /// What it was.
    pub before: ReleasedCell,
    /// What it is.
    pub after: ReleasedCell,
}

impl Change {
    /// By how much the number changed, where both are shown.
    pub fn difference(&self) -> Option<i64> {
        self.before.value.number().zip(self.after.value.number()).map(|(before, after)| after - before)
    }
}

/// Every cell that changed.
pub fn changes(before: &Release, after: &Release) -> Vec<Change> {
    let mut names: Vec<&str> = Vec::new();
    for table in after.tables().iter().chain(before.tables()) {
        if !names.contains(&table.name.as_str()) {
            names.push(&table.name);
        }
    }
    names.into_iter().flat_map(|name| changed(name, before.table(name), after.table(name))).collect()
}

/// The cells of one table that changed.
pub fn changed(name: &str, before: Option<&ReleasedTable>, after: Option<&ReleasedTable>) -> Vec<Change> {
    let mut measures: Vec<&str> = Vec::new();
    for measure in [after, before].into_iter().flatten().flat_map(|table| &table.measures) {
        if !measures.contains(&measure.name.as_str()) {
            measures.push(&measure.name);
        }
    }
    let rows = |table: Option<&ReleasedTable>| -> BTreeMap<Vec<String>, Vec<ReleasedCell>> {
        table.into_iter().flat_map(|table| &table.rows).map(|row| (row.key.clone(), row.cells.clone())).collect()
    };
    let (old, new) = (rows(before), rows(after));
    let keys: BTreeSet<&Vec<String>> = old.keys().chain(new.keys()).collect();
    let nothing = ReleasedCell::from(Value::Nothing);
    let cell = |rows: &BTreeMap<Vec<String>, Vec<ReleasedCell>>, table: Option<&ReleasedTable>, key, measure: &str| {
        let at = table.and_then(|table| table.measure(measure));
        at.and_then(|at| rows.get(key).map(|cells: &Vec<ReleasedCell>| cells[at])).unwrap_or(nothing)
    };
    let mut changes = Vec::new();
    for key in keys {
        for measure in &measures {
            let (was, is) = (cell(&old, before, key, measure), cell(&new, after, key, measure));
            if was != is {
                changes.push(Change {
                    table: name.to_owned(),
                    key: key.clone(),
                    measure: (*measure).to_owned(),
                    before: was,
                    after: is,
                });
            }
        }
    }
    changes
}

/// The errata as CSV: a row of names, one of HXL tags, one a cell that changed.
///
/// # Errors
/// What `out` fails with.
pub fn csv(before: &Release, after: &Release, out: &mut dyn Write) -> Result<(), WriteError> {
    let mut file = csv::Writer::from_writer(out);
    let names = [
        "operation",
        "exercise",
        "round",
        "version_before",
        "version",
        "table",
        "row",
        "measure",
        "before",
        "before_state",
        "before_carried",
        "after",
        "after_state",
        "after_carried",
        "difference",
    ];
    let tags = [
        "#operation+code",
        "#activity+code",
        "#round+code",
        "#meta+version+before",
        "#meta+version",
        "#meta+table",
        "#meta+row",
        "#indicator+code",
        "#indicator+value+num+before",
        "#status+before",
        "#indicator+value+num+carried+before",
        "#indicator+value+num+after",
        "#status+after",
        "#indicator+value+num+carried+after",
        "#indicator+value+num+change",
    ];
    file.write_record(names)?;
    file.write_record(tags)?;
    let heading = after.heading();
    let (old, new) = (before.version().to_string(), after.version().to_string());
    for change in changes(before, after) {
        let table = after.table(&change.table).or_else(|| before.table(&change.table));
        let dims = table.map_or(&[][..], |table| &table.dims);
        // Margins are named by what is left: `area=HT01` is all reasons together.
        let key = dims.iter().zip(&change.key).filter(|(_, value)| *value != TOTAL);
        let row: Vec<String> = key.map(|(dim, value)| format!("{}={value}", names::column(*dim))).collect();
        let unit = table.and_then(|table| Some(table.measures[table.measure(&change.measure)?].unit));
        let read = |number: i64| match unit {
            Some(Unit::Share) => (number as f64 / Unit::Share.parts()).to_string(),
            _ => number.to_string(),
        };
        let cells = |cell: &ReleasedCell| {
            let (number, state) = match cell.value {
                Value::Number(number) => (Some(number), "shown"),
                Value::Nothing => (None, "nothing"),
                Value::Hidden(_) => (None, "hidden"),
            };
            let text = |number: Option<i64>| number.map(read).unwrap_or_default();
            [text(number), state.to_owned(), text(number.and(cell.carried))]
        };
        let [was, was_state, was_carried] = cells(&change.before);
        let [is, is_state, is_carried] = cells(&change.after);
        let difference = change.difference().map(read).unwrap_or_default();
        file.write_record([
            heading.operation.as_str(),
            &heading.exercise,
            heading.round.as_str(),
            &old,
            &new,
            &change.table,
            &row.join("; "),
            &change.measure,
            &was,
            &was_state,
            &was_carried,
            &is,
            &is_state,
            &is_carried,
            &difference,
        ])?;
    }
    file.flush()?;
    Ok(())
}
