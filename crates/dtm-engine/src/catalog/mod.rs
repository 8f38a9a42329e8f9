//! The catalogue that clients of PostgreSQL look into: `pg_catalog` with comments, and the functions that clients call before anything else.
//!
//! `pg_catalog` is that of `datafusion-pg-catalog`; comments and keys, which it does not know, are put beside it, and an
//! `information_schema` with the types of PostgreSQL. Functions that make much out of little are taken away.

mod functions;
mod index;
mod schema;

pub(crate) use schema::Told;

use crate::EngineError;
use crate::shelf::{DATABASE, Sheet};
use arrow::array::{AsArray, Int32Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use async_trait::async_trait;
use datafusion::catalog::{MemTable, SchemaProvider, TableProvider};
use datafusion::error::{DataFusionError, Result as PlanResult};
use datafusion::prelude::SessionContext;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::context::EmptyContextProvider;
use datafusion_postgres::datafusion_pg_catalog::pg_catalog::setup_pg_catalog;
use std::collections::HashMap;
use std::sync::Arc;

/// What `version()` says, and the server to its clients: the dialect and the catalogue that they may expect.
pub(crate) const VERSION: &str = "16.6";
/// The number of the table of tables, which comments refer to.
const PG_CLASS: i32 = 1259;
/// Functions that make much memory out of a short query, or tell of the machine.
const TAKEN_AWAY: [&str; 12] = [
    "repeat",
    "lpad",
    "rpad",
    "array_repeat",
    "list_repeat",
    "array_resize",
    "list_resize",
    "range",
    "generate_series",
    "gen_series",
    "array_pad",
    "arrow_metadata",
];

/// The numbers of tables by schema and name.
type Numbers = HashMap<(String, String), i32>;

/// Whether this schema is part of the catalogue.
pub(crate) fn is_system(schema: &str) -> bool {
    matches!(schema, "pg_catalog" | "information_schema" | "public")
}

/// What is said of a table, or of a column of it.
pub(crate) struct Comment {
    schema: String,
    table: String,
    /// From 1; 0 for the table itself.
    column: i32,
    words: String,
}

impl Comment {
    /// Everything that the metadata of a table's files say.
    pub(crate) fn all(sheet: &Sheet, schema: &Schema) -> Vec<Comment> {
        let of = |column: i32, about: &HashMap<String, String>| {
            about.get("comment").map(|words| Comment {
                schema: sheet.schema.clone(),
                table: sheet.name.clone(),
                column,
                words: words.clone(),
            })
        };
        let columns = schema.fields().iter().zip(1..).filter_map(|(field, at)| of(at, field.metadata()));
        of(0, schema.metadata()).into_iter().chain(columns).collect()
    }
}

/// Adds the catalogue to a session whose tables are all there.
pub(crate) async fn install(
    context: &SessionContext,
    comments: Vec<Comment>,
    tables: &[Told],
) -> Result<(), EngineError> {
    for name in TAKEN_AWAY {
        context.deregister_udf(name);
    }
    setup_pg_catalog(context, DATABASE, EmptyContextProvider).map_err(|error| *error)?;
    let numbers = numbers(context).await?;
    let known: Vec<(i32, Comment)> = comments
        .into_iter()
        .filter_map(|comment| {
            let number = numbers.get(&(comment.schema.clone(), comment.table.clone()))?;
            Some((*number, comment))
        })
        .collect();
    let database = context.catalog(DATABASE).ok_or_else(no_catalogue)?;
    let theirs = database.schema("pg_catalog").ok_or_else(no_catalogue)?;
    let indexes = theirs.table("pg_index").await?.ok_or_else(no_catalogue)?.schema();
    let ours = HashMap::from([
        ("pg_description", descriptions(&known)?),
        ("pg_index", index::table(&indexes, tables, &numbers)?),
    ]);
    database.register_schema("pg_catalog", Arc::new(Completed { theirs, ours }))?;
    database.register_schema("information_schema", schema::information(tables)?)?;
    let words = known.into_iter().map(|(number, comment)| ((number, comment.column), comment.words)).collect();
    functions::install(context, Arc::new(words), Arc::new(numbers));
    Ok(())
}

fn no_catalogue() -> DataFusionError {
    DataFusionError::Internal("the session has no catalogue".to_owned())
}

/// The numbers that the catalogue has given to tables.
async fn numbers(context: &SessionContext) -> Result<Numbers, EngineError> {
    let sql = "SELECT n.nspname, c.relname, c.oid FROM pg_catalog.pg_class c \
               JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace";
    Ok(read_numbers(&context.sql(sql).await?.collect().await?)?)
}

fn read_numbers(batches: &[RecordBatch]) -> PlanResult<Numbers> {
    let mut numbers = HashMap::new();
    for batch in batches {
        let text = |at: usize| cast(batch.column(at), &DataType::Utf8);
        let (schemas, tables) = (text(0)?, text(1)?);
        let ids = cast(batch.column(2), &DataType::Int32)?;
        let (schemas, tables, ids) =
            (schemas.as_string::<i32>(), tables.as_string::<i32>(), ids.as_primitive::<Int32Type>());
        for row in 0..batch.num_rows() {
            numbers.insert((schemas.value(row).to_owned(), tables.value(row).to_owned()), ids.value(row));
        }
    }
    Ok(numbers)
}

/// `pg_description`, with our comments.
fn descriptions(known: &[(i32, Comment)]) -> PlanResult<Arc<dyn TableProvider>> {
    let fields = [
        Field::new("objoid", DataType::Int32, false),
        Field::new("classoid", DataType::Int32, false),
        Field::new("objsubid", DataType::Int32, false),
        Field::new("description", DataType::Utf8, false),
    ];
    let schema = Arc::new(Schema::new(fields.to_vec()));
    let rows = RecordBatch::try_new(
        schema.clone(),
        vec![
            Arc::new(known.iter().map(|(number, _)| Some(*number)).collect::<Int32Array>()),
            Arc::new(Int32Array::from(vec![PG_CLASS; known.len()])),
            Arc::new(known.iter().map(|(_, comment)| Some(comment.column)).collect::<Int32Array>()),
            Arc::new(known.iter().map(|(_, comment)| Some(comment.words.as_str())).collect::<StringArray>()),
        ],
    )?;
    Ok(Arc::new(MemTable::try_new(schema, vec![vec![rows]])?))
}

/// The catalogue with tables of ours in the place of theirs.
#[derive(Debug)]
struct Completed {
    theirs: Arc<dyn SchemaProvider>,
    ours: HashMap<&'static str, Arc<dyn TableProvider>>,
}

#[async_trait]
impl SchemaProvider for Completed {
    fn table_names(&self) -> Vec<String> {
        self.theirs.table_names()
    }

    async fn table(&self, name: &str) -> PlanResult<Option<Arc<dyn TableProvider>>> {
        match self.ours.get(name) {
            Some(ours) => Ok(Some(ours.clone())),
            None => self.theirs.table(name).await,
        }
    }

    fn table_exist(&self, name: &str) -> bool {
        self.theirs.table_exist(name)
    }
}
