//! `information_schema`: tables, columns and keys in the words of the SQL standard, types in those of PostgreSQL.
//!
//! The engine's own speaks of types as Arrow does (`Utf8`, `Int64`), which no client of PostgreSQL understands.

use crate::shelf::{DATABASE, is_key};
use arrow::array::{ArrayRef, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::catalog::memory::MemorySchemaProvider;
use datafusion::catalog::{MemTable, SchemaProvider};
use datafusion::error::Result as PlanResult;
use std::sync::Arc;

/// A table that is told of.
pub(crate) struct Told {
    /// Its schema.
    pub(crate) schema: String,
    /// Its name.
    pub(crate) table: String,
    /// Its columns, with what its files say of them.
    pub(crate) columns: SchemaRef,
}

impl Told {
    /// The columns that tell its rows apart, from 1; none where its files do not say.
    pub(crate) fn key(&self) -> Vec<usize> {
        (1..).zip(self.columns.fields()).filter(|(_, field)| is_key(field)).map(|(at, _)| at).collect()
    }

    /// What its key is called.
    pub(crate) fn key_name(&self) -> String {
        format!("{}_pkey", self.table)
    }
}

/// What PostgreSQL calls a type: as the standard does, and in its catalogue.
fn words_of(kind: &DataType) -> (&'static str, &'static str) {
    match kind {
        DataType::Boolean => ("boolean", "bool"),
        DataType::Int8 | DataType::Int16 => ("smallint", "int2"),
        DataType::Int32 => ("integer", "int4"),
        DataType::Int64 => ("bigint", "int8"),
        DataType::Float32 => ("real", "float4"),
        DataType::Float64 => ("double precision", "float8"),
        DataType::Date32 => ("date", "date"),
        DataType::Timestamp(_, Some(_)) => ("timestamp with time zone", "timestamptz"),
        DataType::Timestamp(_, None) => ("timestamp without time zone", "timestamp"),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => ("bytea", "bytea"),
        DataType::Dictionary(_, values) => words_of(values),
        _ => ("text", "text"),
    }
}

/// A column of the catalogue, filled.
enum Filled<'a> {
    Words(&'a str, Vec<Option<String>>),
    Numbers(&'a str, Vec<Option<i32>>),
}

fn same<'a>(name: &'a str, word: &str, n_rows: usize) -> Filled<'a> {
    Filled::Words(name, vec![Some(word.to_owned()); n_rows])
}

fn nothing(name: &str, n_rows: usize) -> Filled<'_> {
    Filled::Words(name, vec![None; n_rows])
}

fn table(columns: Vec<Filled<'_>>) -> PlanResult<Arc<MemTable>> {
    let columns: Vec<(&str, ArrayRef, bool)> = columns
        .into_iter()
        .map(|column| match column {
            Filled::Words(name, words) => (name, Arc::new(StringArray::from(words)) as ArrayRef, true),
            Filled::Numbers(name, numbers) => (name, Arc::new(Int32Array::from(numbers)) as ArrayRef, true),
        })
        .collect();
    let rows = RecordBatch::try_from_iter_with_nullable(columns)?;
    Ok(Arc::new(MemTable::try_new(rows.schema(), vec![vec![rows]])?))
}

/// The schema with all its tables.
pub(crate) fn information(tables: &[Told]) -> PlanResult<Arc<dyn SchemaProvider>> {
    let schema = MemorySchemaProvider::new();
    let put = |name: &str, columns| schema.register_table(name.to_owned(), table(columns)?).map(drop);
    put("schemata", schemata(tables))?;
    put("tables", of_tables(tables))?;
    put("columns", of_columns(tables))?;
    put("table_constraints", constraints(tables))?;
    put("key_column_usage", keys(tables))?;
    put("referential_constraints", referential())?;
    put("views", no_views())?;
    put("character_sets", vec![same("character_set_name", "UTF8", 1), same("default_collate_name", "C", 1)])?;
    Ok(Arc::new(schema))
}

fn schemata<'a>(tables: &[Told]) -> Vec<Filled<'a>> {
    let mut names: Vec<Option<String>> = tables.iter().map(|told| Some(told.schema.clone())).collect();
    names.extend(["information_schema", "pg_catalog", "public"].map(|name| Some(name.to_owned())));
    names.sort();
    names.dedup();
    let n = names.len();
    vec![
        same("catalog_name", DATABASE, n),
        Filled::Words("schema_name", names),
        same("schema_owner", "postgres", n),
        nothing("default_character_set_name", n),
    ]
}

fn of_tables<'a>(tables: &[Told]) -> Vec<Filled<'a>> {
    let n = tables.len();
    vec![
        same("table_catalog", DATABASE, n),
        Filled::Words("table_schema", tables.iter().map(|told| Some(told.schema.clone())).collect()),
        Filled::Words("table_name", tables.iter().map(|told| Some(told.table.clone())).collect()),
        same("table_type", "BASE TABLE", n),
        same("is_insertable_into", "NO", n),
    ]
}

fn of_columns<'a>(tables: &[Told]) -> Vec<Filled<'a>> {
    let all: Vec<_> = tables
        .iter()
        .flat_map(|told| told.columns.fields().iter().zip(1..).map(move |(field, at)| (told, field, at)))
        .collect();
    let n = all.len();
    let words = |of: &dyn Fn(&Told, &Field) -> String| {
        all.iter().map(|(told, field, _)| Some(of(told, field))).collect::<Vec<_>>()
    };
    let bits = |of: fn(&DataType) -> Option<i32>| all.iter().map(|(_, field, _)| of(field.data_type())).collect();
    vec![
        same("table_catalog", DATABASE, n),
        Filled::Words("table_schema", words(&|told, _| told.schema.clone())),
        Filled::Words("table_name", words(&|told, _| told.table.clone())),
        Filled::Words("column_name", words(&|_, field| field.name().clone())),
        Filled::Numbers("ordinal_position", all.iter().map(|(_, _, at)| Some(*at)).collect()),
        nothing("column_default", n),
        Filled::Words("is_nullable", words(&|_, field| if field.is_nullable() { "YES" } else { "NO" }.to_owned())),
        Filled::Words("data_type", words(&|_, field| words_of(field.data_type()).0.to_owned())),
        Filled::Numbers("character_maximum_length", vec![None; n]),
        Filled::Numbers(
            "numeric_precision",
            bits(|kind| match kind {
                DataType::Int64 => Some(64),
                DataType::Float64 => Some(53),
                _ => None,
            }),
        ),
        Filled::Numbers("numeric_scale", bits(|kind| matches!(kind, DataType::Int64).then_some(0))),
        Filled::Numbers("datetime_precision", bits(|kind| matches!(kind, DataType::Date32).then_some(0))),
        nothing("character_set_name", n),
        nothing("collation_name", n),
        same("udt_catalog", DATABASE, n),
        same("udt_schema", "pg_catalog", n),
        Filled::Words("udt_name", words(&|_, field| words_of(field.data_type()).1.to_owned())),
        same("is_identity", "NO", n),
        same("is_generated", "NEVER", n),
        same("is_updatable", "NO", n),
    ]
}

fn constraints<'a>(tables: &[Told]) -> Vec<Filled<'a>> {
    let keyed: Vec<&Told> = tables.iter().filter(|told| !told.key().is_empty()).collect();
    let n = keyed.len();
    let schemas = || keyed.iter().map(|told| Some(told.schema.clone())).collect();
    vec![
        same("constraint_catalog", DATABASE, n),
        Filled::Words("constraint_schema", schemas()),
        Filled::Words("constraint_name", keyed.iter().map(|told| Some(told.key_name())).collect()),
        same("table_catalog", DATABASE, n),
        Filled::Words("table_schema", schemas()),
        Filled::Words("table_name", keyed.iter().map(|told| Some(told.table.clone())).collect()),
        same("constraint_type", "PRIMARY KEY", n),
    ]
}

fn keys<'a>(tables: &[Told]) -> Vec<Filled<'a>> {
    let all: Vec<_> = tables
        .iter()
        .flat_map(|told| told.key().into_iter().zip(1..).map(move |(at, place)| (told, at, place)))
        .collect();
    let n = all.len();
    let words =
        |of: &dyn Fn(&Told, usize) -> String| all.iter().map(|(told, at, _)| Some(of(told, *at))).collect::<Vec<_>>();
    vec![
        same("constraint_catalog", DATABASE, n),
        Filled::Words("constraint_schema", words(&|told, _| told.schema.clone())),
        Filled::Words("constraint_name", words(&|told, _| told.key_name())),
        same("table_catalog", DATABASE, n),
        Filled::Words("table_schema", words(&|told, _| told.schema.clone())),
        Filled::Words("table_name", words(&|told, _| told.table.clone())),
        Filled::Words("column_name", words(&|told, at| told.columns.field(at - 1).name().clone())),
        Filled::Numbers("ordinal_position", all.iter().map(|(_, _, place)| Some(*place)).collect()),
        Filled::Numbers("position_in_unique_constraint", vec![None; n]),
    ]
}

/// No table refers to another.
fn referential<'a>() -> Vec<Filled<'a>> {
    let names = [
        "constraint_catalog",
        "constraint_schema",
        "constraint_name",
        "unique_constraint_catalog",
        "unique_constraint_schema",
        "unique_constraint_name",
        "match_option",
        "update_rule",
        "delete_rule",
    ];
    names.map(|name| nothing(name, 0)).into()
}

fn no_views<'a>() -> Vec<Filled<'a>> {
    ["table_catalog", "table_schema", "table_name", "view_definition"].map(|name| nothing(name, 0)).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::Schema;
    use std::collections::HashMap;

    #[test]
    fn the_key_of_a_table_is_what_its_file_marks() {
        let marked = Field::new("area", DataType::Utf8, true)
            .with_metadata(HashMap::from([("key".to_owned(), "true".to_owned())]));
        let columns = Arc::new(Schema::new(vec![Field::new("idp_ind", DataType::Int64, true), marked]));
        let told = Told { schema: "xso".to_owned(), table: "areas".to_owned(), columns };
        assert_eq!(told.key(), [2]);
        assert_eq!(words_of(&DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))).0, "text");
    }
}
