//! Shows the last version of each record over segments of different age.
//!
//! Takes the tables of each segment, oldest first, and returns one table a name in which a row stands only if no later
//! segment holds its record. Segments may come from different versions of a form: columns are matched by name, absent
//! ones are empty, and where types differ the wider one holds. The newest rows are few and the oldest segment is large,
//! so each segment is held against the ids of the later ones, which keeps filters at the files.

use crate::EngineError;
use crate::batch::{ID, ROOT, ROOT_ID};
use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use bytes::Bytes;
use datafusion::common::{Column, JoinType, ScalarValue};
use datafusion::logical_expr::{Expr, cast, lit};
use datafusion::prelude::DataFrame;
use std::collections::HashMap;

/// Records sealed or gathered at one time: the tables that [`crate::batch::records`] makes, by name.
#[derive(Clone, Debug)]
pub enum Segment {
    /// Parquet bytes of each table.
    Sealed(Vec<(String, Bytes)>),
    /// The newest rows, not yet sealed.
    Hot(Vec<(String, RecordBatch)>),
}

const LATER: &str = "__later";

/// The tables of all segments together, only the last version of each record in them.
pub(crate) fn latest(
    name: &str,
    segments: Vec<Vec<(String, DataFrame)>>,
) -> Result<Vec<(String, DataFrame)>, EngineError> {
    let mut names: Vec<String> = Vec::new();
    for (table, _) in segments.iter().flatten() {
        if !names.contains(table) {
            names.push(table.clone());
        }
    }
    if !names.iter().any(|table| table == ROOT) {
        return Err(EngineError::NoFiles(name.to_owned()));
    }
    let mut tables = Vec::new();
    for table in names {
        let parts =
            segments.iter().map(|segment| segment.iter().find(|(name, _)| *name == table).map(|(_, frame)| frame));
        let parts: Vec<Option<&DataFrame>> = parts.collect();
        let columns = shared_columns(parts.iter().flatten().copied());
        let mut whole: Option<DataFrame> = None;
        for (at, part) in parts.iter().enumerate() {
            let Some(part) = part else { continue };
            let frame = superseded(part, &segments[at + 1..], if table == ROOT { ID } else { ROOT_ID })?;
            let frame = select(frame, &columns)?;
            whole = Some(match whole {
                Some(older) => older.union(frame)?,
                None => frame,
            });
        }
        if let Some(whole) = whole {
            let shown = if table == ROOT { name.to_owned() } else { format!("{name}/{table}") };
            tables.push((shown, whole));
        }
    }
    Ok(tables)
}

/// The rows whose record stands in no later segment.
fn superseded(part: &DataFrame, later: &[Vec<(String, DataFrame)>], key: &str) -> Result<DataFrame, EngineError> {
    let mut ids: Option<DataFrame> = None;
    for (_, root) in later.iter().flatten().filter(|(table, _)| table == ROOT) {
        let these = root.clone().select(vec![column(ID).alias(LATER)])?;
        ids = Some(match ids {
            Some(ids) => ids.union(these)?,
            None => these,
        });
    }
    match ids {
        Some(ids) => Ok(part.clone().join(ids, JoinType::LeftAnti, &[key], &[LATER], None)?),
        None => Ok(part.clone()),
    }
}

/// The columns of all parts, in the order met, each with the type that holds all its values.
fn shared_columns<'a>(parts: impl Iterator<Item = &'a DataFrame>) -> Vec<(String, DataType)> {
    let mut columns: Vec<(String, DataType)> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for field in parts.flat_map(|part| part.schema().fields().iter()) {
        match places.get(field.name()) {
            Some(at) => columns[*at].1 = wider(&columns[*at].1, field.data_type()),
            None => {
                places.insert(field.name().clone(), columns.len());
                columns.push((field.name().clone(), field.data_type().clone()));
            }
        }
    }
    columns
}

fn wider(one: &DataType, other: &DataType) -> DataType {
    match (one, other) {
        (one, other) if one == other => one.clone(),
        (DataType::Int64, DataType::Float64) | (DataType::Float64, DataType::Int64) => DataType::Float64,
        _ => DataType::Utf8,
    }
}

fn select(frame: DataFrame, columns: &[(String, DataType)]) -> Result<DataFrame, EngineError> {
    let schema = frame.schema().clone();
    let mut shown: Vec<Expr> = Vec::new();
    for (name, kind) in columns {
        let expression = match schema.fields().iter().find(|field| field.name() == name) {
            Some(field) if field.data_type() == kind => column(name),
            Some(_) => cast(column(name), kind.clone()),
            None => lit(ScalarValue::try_from(kind)?),
        };
        shown.push(expression.alias(name));
    }
    Ok(frame.select(shown)?)
}

/// The column of this very name: dots and capitals in it are part of it.
fn column(name: &str) -> Expr {
    Expr::Column(Column::from_name(name))
}
