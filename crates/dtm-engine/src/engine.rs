//! A session over tables that the caller hands in, answering read-only SQL.
//!
//! Takes Parquet bytes or record batches under a name, and returns the rows of queries over them, never more than
//! asked for. Memory and threads are given, nothing is written to disk, and no address but that of the bytes handed in
//! can be read. Engine: Apache DataFusion.

use crate::versions::{self, Segment};
use crate::{deep, statement};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use datafusion::datasource::MemTable;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::error::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use dtm_model::Lang;
use futures::StreamExt;
use object_store::memory::InMemory;
use object_store::{ObjectStoreExt, path::Path};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where the bytes handed in lie, as the session sees it.
const STORE: &str = "mem://dtm";
/// More rows than this are never asked of the engine, which counts in 64 bits with a sign.
const MOST_ROWS: usize = u32::MAX as usize;

/// Why a table cannot be registered or a query not be answered.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Not one query that only reads.
    #[error("only one SELECT is taken, and nothing that writes")]
    NotAQuery,
    /// The text is too long.
    #[error("the query is longer than {limit} bytes")]
    TooLong {
        /// Bytes allowed.
        limit: usize,
    },
    /// Too many operators, which would nest too deeply.
    #[error("the query holds more than {limit} operators")]
    TooDeep {
        /// Operators allowed.
        limit: usize,
    },
    /// The query is wrong: a word, a table, a column, a type.
    #[error("the query cannot be answered: {detail}")]
    Query {
        /// What is wrong, in the engine's words.
        detail: String,
    },
    /// The query needs more memory than it may have.
    #[error("the query needs more memory than it may have")]
    Memory,
    /// A table was registered without any rows or columns to know its shape by.
    #[error("table `{0}` was given no files")]
    NoFiles(String),
    /// The engine failed.
    #[error("the engine failed")]
    Engine(#[source] DataFusionError),
}

impl EngineError {
    /// A stable word for this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            EngineError::NotAQuery => "query_not_read_only",
            EngineError::TooLong { .. } => "query_too_long",
            EngineError::TooDeep { .. } => "query_too_deep",
            EngineError::Query { .. } => "query_wrong",
            EngineError::Memory => "query_out_of_memory",
            EngineError::NoFiles(_) => "query_no_files",
            EngineError::Engine(_) => "query_failed",
        }
    }

    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            EngineError::NotAQuery => "une seule requête SELECT est acceptée, et rien qui écrive".to_owned(),
            EngineError::TooLong { limit } => format!("la requête dépasse {limit} octets"),
            EngineError::TooDeep { limit } => format!("la requête contient plus de {limit} opérateurs"),
            EngineError::Query { detail } => format!("la requête ne peut pas recevoir de réponse : {detail}"),
            EngineError::Memory => "la requête demande plus de mémoire que permis".to_owned(),
            EngineError::NoFiles(table) => format!("la table `{table}` n’a reçu aucun fichier"),
            EngineError::Engine(_) => "le moteur a échoué".to_owned(),
        }
    }
}

impl From<DataFusionError> for EngineError {
    fn from(error: DataFusionError) -> Self {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => EngineError::Memory,
            DataFusionError::Plan(_)
            | DataFusionError::SQL(..)
            | DataFusionError::SchemaError(..)
            | DataFusionError::NotImplemented(_)
            | DataFusionError::Execution(_)
            | DataFusionError::ArrowError(..) => EngineError::Query { detail: first_line(&error) },
            DataFusionError::Diagnostic(..) => EngineError::Query { detail: first_line(&error) },
            _ => EngineError::Engine(error),
        }
    }
}

fn first_line(error: &DataFusionError) -> String {
    let text = error.find_root().strip_backtrace();
    text.lines().next().unwrap_or_default().chars().take(300).collect()
}

/// The answer to a query.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The columns.
    pub schema: SchemaRef,
    /// The rows, in batches.
    pub batches: Vec<RecordBatch>,
    /// Whether there are more rows than were asked for.
    pub truncated: bool,
}

impl Rows {
    /// How many rows there are.
    pub fn n_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

/// Takes at most so many rows of a stream, and says whether there are more.
pub(crate) async fn take(
    mut stream: SendableRecordBatchStream,
    schema: SchemaRef,
    max_rows: usize,
) -> Result<Rows, EngineError> {
    let (mut batches, mut room, mut truncated) = (Vec::new(), max_rows, false);
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        truncated |= batch.num_rows() > room;
        let batch = batch.slice(0, batch.num_rows().min(room));
        room -= batch.num_rows();
        if batch.num_rows() > 0 {
            batches.push(batch);
        }
    }
    Ok(Rows { schema, batches, truncated })
}

/// A session over the tables registered in it. It is made for a question and its tables, and dropped with them: bytes of a
/// table that was replaced are freed only then.
pub struct Engine {
    context: SessionContext,
    store: Arc<InMemory>,
    next_folder: AtomicU64,
}

impl Engine {
    /// Makes a session that uses at most this much memory for its queries, in bytes, and this many threads.
    pub fn new(memory_limit: usize, threads: usize) -> Result<Engine, EngineError> {
        let disk = DiskManagerBuilder::default().with_mode(DiskManagerMode::Disabled);
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_limit(memory_limit, 1.0)
            .with_disk_manager_builder(disk)
            .build_arc()?;
        let store = Arc::new(InMemory::new());
        let url = ObjectStoreUrl::parse(STORE)?;
        runtime.register_object_store(url.as_ref(), Arc::<InMemory>::clone(&store));
        // The session comes with the machine's own files; nothing here may read them.
        let _ = runtime.deregister_object_store(ObjectStoreUrl::local_filesystem().as_ref());
        let mut config = SessionConfig::new().with_target_partitions(threads.max(1)).with_information_schema(false);
        // Hot rows are plain strings; sealed ones come back as the same type.
        config.options_mut().execution.parquet.schema_force_view_types = false;
        let context = SessionContext::new_with_config_rt(config, runtime);
        Ok(Engine { context, store, next_folder: AtomicU64::new(0) })
    }

    /// Registers Parquet files of one kind as a table, in place of any of that name.
    pub async fn register_parquet(&self, name: &str, files: Vec<Bytes>) -> Result<(), EngineError> {
        let table = self.parquet_table(name, files).await?;
        self.register(name, table)
    }

    /// Registers batches of one schema as a table, in place of any of that name.
    pub fn register_batches(&self, name: &str, batches: Vec<RecordBatch>) -> Result<(), EngineError> {
        let table = memory_table(name, batches)?;
        self.register(name, table)
    }

    /// Registers segments of records, oldest first, so that queries see the last version of each record: the root
    /// table under `name`, each repeat under `name/path`.
    pub async fn register_records(&self, name: &str, segments: Vec<Segment>) -> Result<(), EngineError> {
        let mut tables = Vec::new();
        for segment in segments {
            tables.push(match segment {
                Segment::Sealed(files) => {
                    let mut tables = Vec::new();
                    for (table, bytes) in files {
                        let provider = self.parquet_table(&table, vec![bytes]).await?;
                        tables.push((table, self.context.read_table(provider)?));
                    }
                    tables
                }
                Segment::Hot(batches) => {
                    let frame = |(table, batch): (String, RecordBatch)| {
                        let provider = memory_table(&table, vec![batch])?;
                        Ok::<_, EngineError>((table, self.context.read_table(provider)?))
                    };
                    batches.into_iter().map(frame).collect::<Result<Vec<_>, _>>()?
                }
            });
        }
        for (table, frame) in versions::latest(name, tables)? {
            self.register(&table, frame.into_view())?;
        }
        Ok(())
    }

    /// Answers one SELECT with at most `max_rows` rows.
    pub async fn query(&self, sql: &str, max_rows: usize) -> Result<Rows, EngineError> {
        let (schema, plan) = self.plan(sql.to_owned(), max_rows.min(MOST_ROWS) + 1).await?;
        take(execute_stream(plan, self.context.task_ctx())?, schema, max_rows).await
    }

    /// Plans a query where the stack is deep: planning recurses into expressions.
    async fn plan(&self, sql: String, fetch: usize) -> Result<(SchemaRef, Arc<dyn ExecutionPlan>), EngineError> {
        let state = self.context.state();
        deep::down(async move {
            let plan = state.statement_to_plan(statement::read(&sql)?).await?;
            statement::only_reads(&plan)?;
            let frame = DataFrame::new(state, plan).limit(0, Some(fetch))?;
            Ok((Arc::clone(frame.schema().inner()), frame.create_physical_plan().await?))
        })
        .await?
    }

    /// Adds up `value` of a table of figures by these columns: one row a group with `value` and the count `n`, sorted.
    pub async fn aggregate(&self, table: &str, by: &[&str]) -> Result<Rows, EngineError> {
        let by: Vec<String> = by.iter().map(|column| quoted(column)).collect();
        let (columns, table) = (by.join(", "), quoted(table));
        let sql = match by.is_empty() {
            true => format!("SELECT sum(value) AS value, count(*) AS n FROM {table}"),
            false => format!(
                "SELECT {columns}, sum(value) AS value, count(*) AS n FROM {table} GROUP BY {columns} ORDER BY {columns}"
            ),
        };
        self.query(&sql, MOST_ROWS).await
    }

    fn register(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<(), EngineError> {
        let name = TableReference::bare(name);
        self.context.deregister_table(name.clone())?;
        self.context.register_table(name, table)?;
        Ok(())
    }

    async fn parquet_table(&self, name: &str, files: Vec<Bytes>) -> Result<Arc<dyn TableProvider>, EngineError> {
        if files.is_empty() {
            return Err(EngineError::NoFiles(name.to_owned()));
        }
        // A folder of its own each time, so that nothing remembered about older files is met again.
        let folder = self.next_folder.fetch_add(1, Ordering::Relaxed);
        for (at, bytes) in files.into_iter().enumerate() {
            let path = Path::from(format!("{folder}/{at}.parquet"));
            let put = self.store.put(&path, bytes.into()).await;
            put.map_err(|error| EngineError::Engine(DataFusionError::ObjectStore(Box::new(error))))?;
        }
        let url = ListingTableUrl::parse(format!("{STORE}/{folder}/"))?;
        let options = ListingOptions::new(Arc::new(ParquetFormat::default())).with_file_extension(".parquet");
        let config = ListingTableConfig::new(url).with_listing_options(options);
        let config = config.infer_schema(&self.context.state()).await?;
        Ok(Arc::new(ListingTable::try_new(config)?))
    }
}

/// A name as SQL takes it, whatever it holds.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn memory_table(name: &str, batches: Vec<RecordBatch>) -> Result<Arc<dyn TableProvider>, EngineError> {
    let first = batches.first().ok_or_else(|| EngineError::NoFiles(name.to_owned()))?;
    Ok(Arc::new(MemTable::try_new(first.schema(), vec![batches])?))
}
