//! Tables of Parquet files that lie in an object store, as one database for SQL.
//!
//! In: an object store to read from, and which files of it make which table of which schema. Out: a [`Shelf`], which
//! plans and answers read-only SQL over them, with the catalogue that clients of PostgreSQL look into. Files of one table
//! may differ in their columns: a column that a file lacks is null there. Column and table comments are what the
//! files' metadata hold under `comment`. Nothing is copied, and nothing but the named files can be reached. Engine: Apache DataFusion.

use crate::engine::{Rows, take};
use crate::pool::CappedPool;
use crate::{EngineError, catalog, deep, statement};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use chrono::DateTime;
use datafusion::catalog::{MemorySchemaProvider, SchemaProvider, Session, TableProvider};
use datafusion::datasource::TableType;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result as PlanResult};
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryPool};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::execution::session_state::SessionState;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

/// The name of the database, as SQL clients see it.
pub const DATABASE: &str = "dtm";
/// Where the object store stands, as the session sees it.
const STORE: &str = "blobs://released";
/// Footers of files that are read at once.
const FOOTERS: usize = 16;

/// A Parquet file of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SheetFile {
    /// Where it lies in the object store.
    pub path: String,
    /// How long it is.
    pub n_bytes: u64,
}

/// A table: its files, the newest first, whose columns come first and whose comments count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    /// The schema it stands in.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its files; none of them empty.
    pub files: Vec<SheetFile>,
}

/// How much queries may take.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Memory of all queries together, in bytes.
    pub memory_all: usize,
    /// Memory of one query, in bytes.
    pub memory_each: usize,
    /// Threads of one query.
    pub threads: usize,
}

/// Columns of files that were read before, which never change under their name.
#[derive(Default)]
pub struct Footers(Mutex<HashMap<String, SchemaRef>>);

/// A database that answers.
pub struct Shelf {
    context: SessionContext,
    memory_each: usize,
}

impl Shelf {
    /// Puts the tables up.
    ///
    /// # Errors
    /// Where a file cannot be read as Parquet.
    pub async fn open(
        store: Arc<dyn ObjectStore>,
        sheets: &[Sheet],
        footers: &Footers,
        room: Room,
    ) -> Result<Shelf, EngineError> {
        let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(GreedyMemoryPool::new(room.memory_all)))
            .with_disk_manager_builder(disk)
            .build_arc()?;
        let url = ObjectStoreUrl::parse(STORE)?;
        runtime.register_object_store(url.as_ref(), store.clone());
        // The session comes with the machine's own files; nothing here may read them.
        let _ = runtime.deregister_object_store(ObjectStoreUrl::local_filesystem().as_ref());
        let mut config = SessionConfig::new()
            .with_target_partitions(room.threads.max(1))
            .with_default_catalog_and_schema(DATABASE, "public")
            .with_information_schema(false);
        config.options_mut().execution.parquet.schema_force_view_types = false;
        let context = SessionContext::new_with_config_rt(config, runtime);
        let mut schemas: BTreeMap<&str, Arc<MemorySchemaProvider>> = BTreeMap::new();
        let (mut comments, mut told) = (Vec::new(), Vec::new());
        for sheet in sheets {
            let schema = Arc::new(columns(&context, &store, sheet, footers).await?);
            comments.extend(catalog::Comment::all(sheet, &schema));
            let (schema_name, table) = (sheet.schema.clone(), sheet.name.clone());
            told.push(catalog::Told { schema: schema_name, table, columns: schema.clone() });
            let tables = schemas.entry(&sheet.schema).or_default();
            let files = sheet.files.clone();
            tables.register_table(sheet.name.clone(), Arc::new(FileTable { schema: plain(&schema), files }))?;
        }
        let database = context.catalog(DATABASE).ok_or_else(|| missing("database"))?;
        for (name, tables) in schemas {
            database.register_schema(name, tables)?;
        }
        catalog::install(&context, comments, &told).await?;
        Ok(Shelf { context, memory_each: room.memory_each })
    }

    /// What planning needs; names without a schema are looked for in this one.
    pub(crate) fn state(&self, schema: &str) -> SessionState {
        let mut state = self.context.state();
        state.config_mut().options_mut().catalog.default_schema = schema.to_owned();
        state
    }

    /// Whether there is such a schema.
    pub(crate) fn has_schema(&self, name: &str) -> bool {
        self.context.catalog(DATABASE).is_some_and(|database| database.schema(name).is_some())
    }

    /// The schemas that hold tables of ours.
    pub fn tables(&self) -> Vec<(String, String)> {
        let Some(database) = self.context.catalog(DATABASE) else { return Vec::new() };
        let mut tables = Vec::new();
        for schema in database.schema_names().into_iter().filter(|name| !catalog::is_system(name)) {
            let names = database.schema(&schema).map(|tables| tables.table_names()).unwrap_or_default();
            tables.extend(names.into_iter().map(|name| (schema.clone(), name)));
        }
        tables.sort();
        tables
    }

    /// Answers one SELECT with at most `max_rows` rows.
    ///
    /// # Errors
    /// See [`EngineError`].
    pub async fn query(self: &Arc<Self>, sql: &str, max_rows: usize) -> Result<Rows, EngineError> {
        let (shelf, sql) = (self.clone(), sql.to_owned());
        let stream = deep::down(async move {
            let state = shelf.state("public");
            let plan = state.statement_to_plan(statement::read(&sql)?).await?;
            statement::only_reads(&plan)?;
            shelf.run(&state, &plan).await
        })
        .await??;
        let schema = stream.schema();
        take(stream, schema, max_rows).await
    }

    /// Begins to answer a planned query, with a share of the memory of its own.
    pub(crate) async fn run(
        &self,
        state: &SessionState,
        plan: &LogicalPlan,
    ) -> Result<SendableRecordBatchStream, EngineError> {
        let plan = state.create_physical_plan(plan).await?;
        Ok(self.stream(state, plan)?)
    }

    fn stream(&self, state: &SessionState, plan: Arc<dyn ExecutionPlan>) -> PlanResult<SendableRecordBatchStream> {
        let shared = state.runtime_env();
        let pool: Arc<dyn MemoryPool> = Arc::new(CappedPool::new(shared.memory_pool.clone(), self.memory_each));
        let runtime = RuntimeEnv { memory_pool: pool, ..(**shared).clone() };
        let task = TaskContext::from(state).with_runtime(Arc::new(runtime));
        execute_stream(plan, Arc::new(task))
    }
}

fn missing(what: &str) -> EngineError {
    EngineError::Engine(DataFusionError::Internal(format!("the session has no {what}")))
}

/// The columns of all files together.
async fn columns(
    context: &SessionContext,
    store: &Arc<dyn ObjectStore>,
    sheet: &Sheet,
    footers: &Footers,
) -> Result<Schema, EngineError> {
    let state = context.state();
    let format = ParquetFormat::default().with_skip_metadata(false);
    let one = |file: &SheetFile| {
        let (state, store, format, meta) = (&state, store, &format, object(file));
        let known = footers.0.lock().unwrap_or_else(PoisonError::into_inner).get(&file.path).cloned();
        let path = file.path.clone();
        async move {
            if let Some(schema) = known {
                return Ok::<_, DataFusionError>(schema);
            }
            let schema = format.infer_schema(state, store, &[meta]).await?;
            footers.0.lock().unwrap_or_else(PoisonError::into_inner).insert(path, schema.clone());
            Ok(schema)
        }
    };
    let reads: Vec<_> = sheet.files.iter().map(one).collect();
    let schemas: Vec<SchemaRef> = futures::stream::iter(reads).buffered(FOOTERS).try_collect().await?;
    let mut fields: Vec<Field> = Vec::new();
    for field in schemas.iter().flat_map(|schema| schema.fields()) {
        match fields.iter_mut().find(|known| known.name() == field.name()) {
            Some(known) => known.set_data_type(common(known.data_type(), field.data_type())),
            None => fields.push(field.as_ref().clone().with_nullable(!is_key(field))),
        }
    }
    let about = schemas.first().map(|schema| schema.metadata().clone()).unwrap_or_default();
    Ok(Schema::new_with_metadata(fields, about))
}

/// Whether the files say that this column is never absent and tells rows apart.
pub(crate) fn is_key(field: &Field) -> bool {
    field.metadata().contains_key("key")
}

/// The type that holds the values of both; words where nothing narrower does.
fn common(one: &DataType, other: &DataType) -> DataType {
    let (one, other) = (undictionaried(one), undictionaried(other));
    match (&one, &other) {
        _ if one == other => one,
        (DataType::Int64, DataType::Float64) | (DataType::Float64, DataType::Int64) => DataType::Float64,
        _ => DataType::Utf8,
    }
}

fn undictionaried(kind: &DataType) -> DataType {
    match kind {
        DataType::Dictionary(_, values) => (**values).clone(),
        kind => kind.clone(),
    }
}

/// The columns as SQL sees them: words are words, and what a file says of itself stays in the file.
fn plain(schema: &Schema) -> SchemaRef {
    let field = |field: &Arc<Field>| Field::new(field.name(), undictionaried(field.data_type()), field.is_nullable());
    Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
}

fn object(file: &SheetFile) -> ObjectMeta {
    // Files are named by their content, so when they were written says nothing.
    let last_modified = DateTime::UNIX_EPOCH;
    ObjectMeta {
        location: Path::from(file.path.as_str()),
        last_modified,
        size: file.n_bytes,
        e_tag: None,
        version: None,
    }
}

/// A table of Parquet files whose columns are known.
#[derive(Debug)]
struct FileTable {
    schema: SchemaRef,
    files: Vec<SheetFile>,
}

#[async_trait]
impl TableProvider for FileTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> PlanResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let format = ParquetFormat::default().with_options(state.table_options().parquet.clone());
        let source = format.file_source(TableSchema::from(self.schema.clone()));
        let files: Vec<PartitionedFile> =
            self.files.iter().map(|file| PartitionedFile::new_from_meta(object(file))).collect();
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::parse(STORE)?, source)
            .with_file_group(FileGroup::new(files))
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        format.create_physical_plan(state, config).await
    }
}
