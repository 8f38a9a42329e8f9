//! Functions that clients of PostgreSQL call.

use super::{Numbers, PG_CLASS, VERSION};
use crate::shelf::DATABASE;
use arrow::array::{Array, AsArray, Int32Array, StringBuilder};
use arrow::datatypes::{DataType, Int32Type};
use datafusion::common::ScalarValue;
use datafusion::error::Result as PlanResult;
use datafusion::logical_expr::{
    ColumnarValue, ScalarUDF, Signature, SimpleScalarUDF, TypeSignature, Volatility, create_udf,
};
use datafusion::prelude::SessionContext;
use std::collections::HashMap;
use std::sync::Arc;

/// Functions that clients call and that neither the engine nor the catalogue has.
pub(super) fn install(context: &SessionContext, words: Arc<HashMap<(i32, i32), String>>, numbers: Arc<Numbers>) {
    let of_tables = words.clone();
    let about_table = move |args: &[ColumnarValue]| looked_up(args, |number, _| of_tables.get(&(number, 0)).cloned());
    let of_columns = words;
    let about_column =
        move |args: &[ColumnarValue]| looked_up(args, |number, column| of_columns.get(&(number, column?)).cloned());
    let (text, int) = (DataType::Utf8, DataType::Int32);
    // `obj_description(oid)` is the older form, which QGIS still asks.
    let either = [vec![int.clone()], vec![int.clone(), text.clone()]].map(TypeSignature::Exact).to_vec();
    let signature = Signature::one_of(either, Volatility::Stable);
    let described =
        SimpleScalarUDF::new_with_signature("obj_description", signature, text.clone(), Arc::new(about_table));
    context.register_udf(ScalarUDF::from(described));
    context.register_udf(function("col_description", vec![int.clone(), int.clone()], about_column));
    let nothing = |args: &[ColumnarValue]| looked_up(args, |_, _| None);
    context.register_udf(function("shobj_description", vec![int, text], nothing));
    let version = format!("PostgreSQL {VERSION} (dtm {}), read only", env!("CARGO_PKG_VERSION"));
    context.register_udf(constant("version", version));
    context.register_udf(constant("current_catalog", DATABASE.to_owned()));
    let number = move |args: &[ColumnarValue]| numbers_of(&numbers, args);
    let stable = Volatility::Stable;
    context.register_udf(create_udf("regclass", vec![DataType::Utf8], DataType::Int32, stable, Arc::new(number)));
    let yes = |_: &[ColumnarValue]| Ok(ColumnarValue::Scalar(ScalarValue::Boolean(Some(true))));
    context.register_udf(create_udf("pg_is_in_recovery", Vec::new(), DataType::Boolean, stable, Arc::new(yes)));
    let unknown = |_: &[ColumnarValue]| Ok(ColumnarValue::Scalar(ScalarValue::Int64(None)));
    for name in ["pg_table_size", "pg_total_relation_size", "pg_relation_size"] {
        context.register_udf(create_udf(name, vec![DataType::Int32], DataType::Int64, stable, Arc::new(unknown)));
    }
    let unsaid = |_: &[ColumnarValue]| Ok(ColumnarValue::Scalar(ScalarValue::Utf8(None)));
    context.register_udf(create_udf("pg_size_pretty", vec![DataType::Int64], DataType::Utf8, stable, Arc::new(unsaid)));
}

/// The number of a table that is named as PostgreSQL names one: `xso.areas`, `"xso"."areas"`, `pg_class`.
fn numbers_of(numbers: &Numbers, args: &[ColumnarValue]) -> PlanResult<ColumnarValue> {
    let arrays = ColumnarValue::values_to_arrays(args)?;
    let names = arrays[0].as_string::<i32>();
    let number = |name: &str| {
        let (schema, table) = name.rsplit_once('.').unwrap_or(("pg_catalog", name));
        let [schema, table] = [schema, table].map(|part| part.trim_matches('"').to_owned());
        if table == "pg_class" { Some(PG_CLASS) } else { numbers.get(&(schema, table)).copied() }
    };
    let found: Int32Array = names.iter().map(|name| name.and_then(number)).collect();
    Ok(ColumnarValue::Array(Arc::new(found)))
}

fn function(
    name: &str,
    takes: Vec<DataType>,
    does: impl Fn(&[ColumnarValue]) -> PlanResult<ColumnarValue> + Send + Sync + 'static,
) -> ScalarUDF {
    create_udf(name, takes, DataType::Utf8, Volatility::Stable, Arc::new(does))
}

fn constant(name: &str, words: String) -> ScalarUDF {
    let does = move |_: &[ColumnarValue]| Ok(ColumnarValue::Scalar(words.as_str().into()));
    create_udf(name, Vec::new(), DataType::Utf8, Volatility::Stable, Arc::new(does))
}

/// Looks words up by the first argument, and by the second where it is a number.
fn looked_up(args: &[ColumnarValue], words: impl Fn(i32, Option<i32>) -> Option<String>) -> PlanResult<ColumnarValue> {
    let arrays = ColumnarValue::values_to_arrays(args)?;
    let numbers = arrays[0].as_primitive::<Int32Type>();
    let columns = arrays.get(1).and_then(|column| column.as_primitive_opt::<Int32Type>());
    let mut found = StringBuilder::new();
    for row in 0..numbers.len() {
        let column = columns.filter(|columns| columns.is_valid(row)).map(|columns| columns.value(row));
        found.append_option(numbers.is_valid(row).then(|| words(numbers.value(row), column)).flatten());
    }
    Ok(ColumnarValue::Array(Arc::new(found.finish())))
}
