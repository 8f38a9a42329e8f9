//! `pg_index`: which columns tell the rows of a table apart, as QGIS and GDAL ask it.

use super::{Numbers, Told};
use arrow::array::{ArrayRef, BooleanArray, Int16Array, Int32Array, ListArray, RecordBatch, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{Field, Int16Type, Schema, SchemaRef};
use datafusion::catalog::{MemTable, TableProvider};
use datafusion::error::Result as PlanResult;
use std::sync::Arc;

/// What is added to the number of a table for that of its key.
const KEYS_FROM: i32 = 1_000_000;

/// The table, with the columns that the catalogue has, of which `indkey` is a list here.
pub(super) fn table(theirs: &SchemaRef, tables: &[Told], numbers: &Numbers) -> PlanResult<Arc<dyn TableProvider>> {
    let keyed: Vec<(i32, Vec<usize>)> = tables
        .iter()
        .filter_map(|told| Some((*numbers.get(&(told.schema.clone(), told.table.clone()))?, told.key())))
        .filter(|(_, key)| !key.is_empty())
        .collect();
    let n = keyed.len();
    let all = |word: bool| Arc::new(BooleanArray::from(vec![word; n])) as ArrayRef;
    let mut fields = Vec::new();
    let mut columns: Vec<ArrayRef> = Vec::new();
    for field in theirs.fields() {
        let column: ArrayRef = match field.name().as_str() {
            "indexrelid" => Arc::new(keyed.iter().map(|(number, _)| Some(number + KEYS_FROM)).collect::<Int32Array>()),
            "indrelid" => Arc::new(keyed.iter().map(|(number, _)| Some(*number)).collect::<Int32Array>()),
            "indnatts" | "indnkeyatts" => {
                Arc::new(keyed.iter().map(|(_, key)| i16::try_from(key.len()).ok()).collect::<Int16Array>())
            }
            "indisunique" | "indisprimary" | "indimmediate" | "indisvalid" | "indisready" | "indislive" => all(true),
            "indisexclusion" | "indisclustered" | "indcheckxmin" | "indisreplident" | "indnullsnotdistinct" => {
                all(false)
            }
            "indkey" => Arc::new(ListArray::from_iter_primitive::<Int16Type, _, _>(
                keyed.iter().map(|(_, key)| Some(key.iter().map(|at| i16::try_from(*at).ok()).collect::<Vec<_>>())),
            )),
            _ => new_null_array(field.data_type(), n),
        };
        let column = match field.name().as_str() {
            "indkey" => column,
            _ => cast(&column, field.data_type())?,
        };
        fields.push(Field::new(field.name(), column.data_type().clone(), true));
        columns.push(column);
    }
    let schema = Arc::new(Schema::new(fields));
    let rows = RecordBatch::try_new(schema.clone(), columns)?;
    Ok(Arc::new(MemTable::try_new(schema, vec![vec![rows]])?))
}
