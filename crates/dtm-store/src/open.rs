//! Opens the store, brings its schema up to date, and gives every writer its turn.

use crate::audit::Chain;
use crate::dialect::Dialect;
use crate::intake::{Intake, Message};
use crate::sql::{self, Columns, Val, vals};
use crate::{Result, StoreError};
use dtm_model::{Instant, RoundId};
use serde_json::Value;
use sqlx::any::AnyPoolOptions;
use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Connection, Transaction};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard, mpsc, oneshot};

/// Who changes something, and when. Goes into the audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// When.
    pub at: Instant,
    /// Who: a user's id or e-mail address, `app-user:…`, `job:…`.
    pub by: String,
    /// What they say about it, if anything.
    pub notes: Option<Arc<str>>,
}

impl Stamp {
    /// A change by this actor at this moment.
    pub fn new(at: Instant, by: impl Into<String>) -> Self {
        Self { at, by: by.into(), notes: None }
    }

    /// The same, with what they say about it.
    #[must_use]
    pub fn with_notes(self, notes: Option<Arc<str>>) -> Self {
        Self { notes, ..self }
    }
}

/// The store. Cloning it is cheap, and all clones share one pool and one queue of submissions.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) core: Arc<Core>,
    pub(crate) intake: mpsc::Sender<Message>,
}

/// The pool and the turn-taking, without the queue.
#[derive(Debug)]
pub(crate) struct Core {
    pub(crate) pool: AnyPool,
    pub(crate) dialect: Dialect,
    /// SQLite has one writer; waiting here is fair and quick, waiting in its busy handler is neither.
    turn: Arc<Mutex<()>>,
    /// How many new connections were of no use.
    refused: Arc<AtomicU64>,
}

/// A transaction that changes state and says so in the audit.
pub(crate) struct Write {
    transaction: Transaction<'static, Any>,
    chain: Chain,
    stamp: Stamp,
    _turn: Option<OwnedMutexGuard<()>>,
}

/// A transaction outside the audit, for jobs and counters.
pub(crate) struct Aside {
    transaction: Transaction<'static, Any>,
    _turn: Option<OwnedMutexGuard<()>>,
}

impl Store {
    /// Opens `sqlite:///abs/path/dtm.db` (made when it does not exist) or `postgres://…` and brings the schema up to
    /// date. Must be called within a tokio runtime, which then also carries the task that commits submissions.
    pub async fn open(url: &str) -> Result<Store> {
        let core = Arc::new(Core::open(url).await?);
        let intake = Intake::start(core.clone());
        Ok(Store { core, intake })
    }

    /// Commits what is queued and closes every connection.
    pub async fn close(&self) {
        let (reply, done) = oneshot::channel();
        if self.intake.send(Message::Close(reply)).await.is_ok() {
            // An error means that the task is gone already.
            let _ = done.await;
        }
        self.core.pool.close().await;
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<()> {
        sql::one(&mut *self.read().await?, "SELECT one FROM audit_head", vals![]).await?;
        Ok(())
    }

    /// Gives this instance its id unless it has one, and returns the one it has.
    pub async fn ensure_instance(&self, id: &str, stamp: &Stamp) -> Result<String> {
        if let Some(known) = self.instance_id().await? {
            return Ok(known);
        }
        let mut write = self.write(stamp).await?;
        let known = sql::one(write.conn(), "SELECT id FROM instance WHERE one = 1", vals![]).await?;
        if let Some(row) = known {
            return row.text(0);
        }
        write.run("INSERT INTO instance (one, id) VALUES (1, $1)", vals![id]).await?;
        write.note("instance.made", id, Value::Null);
        write.commit().await?;
        Ok(id.to_owned())
    }

    /// The id of this instance, once it was given one.
    pub async fn instance_id(&self) -> Result<Option<String>> {
        let row = sql::one(&mut *self.read().await?, "SELECT id FROM instance WHERE one = 1", vals![]).await?;
        row.map(|row| row.text(0)).transpose()
    }

    pub(crate) async fn read(&self) -> Result<PoolConnection<Any>> {
        self.core.unless_refused(self.core.pool.acquire()).await
    }

    pub(crate) async fn write(&self, stamp: &Stamp) -> Result<Write> {
        self.core.write(stamp).await
    }

    pub(crate) async fn aside(&self) -> Result<Aside> {
        let (transaction, _turn) = self.core.begin().await?;
        Ok(Aside { transaction, _turn })
    }
}

/// Prepares a new connection, and refuses one that cannot write.
async fn prepare(conn: &mut AnyConnection, dialect: Dialect) -> sqlx::Result<()> {
    for statement in dialect.session() {
        sqlx::query(*statement).execute(&mut *conn).await?;
    }
    let Some(trial) = dialect.tries_to_write() else { return Ok(()) };
    sqlx::query(trial.before).execute(&mut *conn).await?;
    match sqlx::query(trial.begin).execute(&mut *conn).await {
        Ok(_) => {
            sqlx::query(trial.write).execute(&mut *conn).await?;
            sqlx::query(trial.end).execute(&mut *conn).await?;
        }
        Err(sqlx::Error::Database(error)) if is_anothers_turn(&*error) => {}
        Err(error) => return Err(error),
    }
    sqlx::query(trial.after).execute(&mut *conn).await?;
    Ok(())
}

/// Whether SQLite only says that somebody else is writing. The other ways of being busy (`SQLITE_BUSY_RECOVERY`) come
/// before it looks at what it may do.
fn is_anothers_turn(error: &dyn sqlx::error::DatabaseError) -> bool {
    const BUSY: &str = "5";
    error.code().is_some_and(|code| code == BUSY)
}

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("./migrations");

fn migration_error(error: sqlx::migrate::MigrateError) -> StoreError {
    use sqlx::migrate::MigrateError;
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
        error => StoreError::Settings { why: error.to_string() },
    }
}

/// After how long it counts that new connections are refused, and from how many on.
const REFUSED_FOR: Duration = Duration::from_secs(1);
const REFUSALS: u64 = 3;

/// How often a process that starts beside another tries to bring the schema up to date.
const MIGRATION_TRIES: u32 = 100;

impl Core {
    async fn open(url: &str) -> Result<Core> {
        let core = Core::connect(url).await?;
        // On SQLite nothing keeps two processes from migrating at once: the one that lost a step finds it done and goes
        // on with the next, which it may lose again.
        let mut tries = 0;
        while let Err(error) = core.migrate().await {
            tries += 1;
            let is_final = matches!(error, StoreError::Settings { .. } | StoreError::Full(_));
            if core.dialect == Dialect::Postgres || is_final || tries == MIGRATION_TRIES {
                return Err(error);
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        Ok(core)
    }

    /// Opens a database as it is, whatever its schema.
    pub(crate) async fn connect(url: &str) -> Result<Core> {
        sqlx::any::install_default_drivers();
        let Some(dialect) = Dialect::of(url) else {
            return Err(StoreError::Settings { why: "the address starts with neither sqlite: nor postgres:".into() });
        };
        let creates = dialect == Dialect::Sqlite && !url.contains("mode=");
        let separator = if url.contains('?') { '&' } else { '?' };
        let url = if creates { format!("{url}{separator}mode=rwc") } else { url.to_owned() };
        let refused = Arc::<AtomicU64>::default();
        let count = refused.clone();
        let pool = AnyPoolOptions::new()
            .max_connections(8)
            .idle_timeout(Duration::from_secs(300))
            .acquire_timeout(Duration::from_secs(30))
            // A commit that failed half-way leaves a connection that believes itself within it, and begins nothing new.
            .before_acquire(|conn, _| Box::pin(async move { Ok(!conn.is_in_transaction()) }))
            .after_connect(move |conn, _| {
                let refused = count.clone();
                Box::pin(async move {
                    let prepared = prepare(conn, dialect).await;
                    refused.fetch_add(prepared.is_err().into(), Ordering::Relaxed);
                    prepared
                })
            })
            .connect(&url)
            .await
            .map_err(|error| match error {
                // The message may hold the whole address, and with it a password.
                sqlx::Error::Configuration(_) => StoreError::Settings { why: "its address is malformed".into() },
                error => error.into(),
            })?;
        let core = Core { pool, dialect, turn: Arc::default(), refused };
        let encoding = sql::one(&mut *core.pool.acquire().await?, dialect.encoding(), vals![]).await?;
        let encoding = encoding.map(|row| row.text(0)).transpose()?.unwrap_or_default();
        if encoding != "UTF8" {
            return Err(StoreError::Settings { why: format!("the database keeps text as {encoding}, not as UTF8") });
        }
        Ok(core)
    }

    /// Brings the schema up to date.
    pub(crate) async fn migrate(&self) -> Result<()> {
        MIGRATIONS.run(&self.pool).await.map_err(migration_error)
    }

    /// Brings the schema up to this number.
    pub(crate) async fn migrate_to(&self, schema: i64) -> Result<()> {
        MIGRATIONS.run_to(schema, &self.pool).await.map_err(migration_error)
    }

    /// The numbers of the schemas we know.
    pub(crate) fn migrations(&self) -> impl Iterator<Item = i64> {
        MIGRATIONS.iter().map(|migration| migration.version)
    }

    async fn begin(&self) -> Result<(Transaction<'static, Any>, Option<OwnedMutexGuard<()>>)> {
        let turn = match self.dialect {
            Dialect::Sqlite => Some(self.turn.clone().lock_owned().await),
            Dialect::Postgres => None,
        };
        Ok((self.unless_refused(self.pool.begin_with(self.dialect.begin())).await?, turn))
    }

    /// Waits for a connection. The pool tries for half a minute where a new one is of no use; who waits is told sooner when
    /// the disk lets none be opened.
    async fn unless_refused<T>(&self, connection: impl Future<Output = sqlx::Result<T>>) -> Result<T> {
        let before = self.refused.load(Ordering::Relaxed);
        let mut connection = pin!(connection);
        loop {
            tokio::select! {
                biased;
                connection = &mut connection => return Ok(connection?),
                () = tokio::time::sleep(REFUSED_FOR) => {}
            }
            if self.refused.load(Ordering::Relaxed) >= before + REFUSALS {
                let told = std::io::Error::other("no connection to the database can be opened");
                return Err(StoreError::Unavailable(Arc::new(told)));
            }
        }
    }

    /// Opens a transaction that changes state. It holds the end of the audit chain until it ends, so writers follow
    /// one another and cannot wait for each other in a circle.
    pub(crate) async fn write(&self, stamp: &Stamp) -> Result<Write> {
        let (mut transaction, _turn) = self.begin().await?;
        let head = sql::one(&mut transaction, self.dialect.take_audit_head(), vals![]).await?;
        let head = head.ok_or_else(|| StoreError::corrupt("the end of the audit chain is missing"))?;
        let chain = Chain::new(head.int(0)?, head.text(1)?);
        Ok(Write { transaction, chain, stamp: stamp.clone(), _turn })
    }
}

impl Write {
    pub(crate) fn conn(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    /// When it is done.
    pub(crate) fn at(&self) -> Instant {
        self.stamp.at
    }

    /// Who does it.
    pub(crate) fn by(&self) -> &str {
        &self.stamp.by
    }

    pub(crate) async fn run(&mut self, sql: &'static str, vals: Vec<Val>) -> Result<u64> {
        sql::run(&mut self.transaction, sql, vals).await
    }

    /// Runs a statement that must touch a row.
    pub(crate) async fn must(
        &mut self,
        sql: &'static str,
        vals: Vec<Val>,
        what: &'static str,
        id: impl ToString,
    ) -> Result<()> {
        match self.run(sql, vals).await? {
            0 => Err(StoreError::not_found(what, id)),
            _ => Ok(()),
        }
    }

    /// Withdraws a row of a round, or lets it stand again. One that does so already is not to be found.
    pub(crate) async fn withdraw(
        &mut self,
        (table, what): (&'static str, &'static str),
        round: &RoundId,
        id: impl ToString,
        is_withdrawn: bool,
        stamp: &Stamp,
    ) -> Result<()> {
        let (by, at) = (is_withdrawn.then(|| stamp.by.clone()), is_withdrawn.then_some(stamp.at));
        let sql = format!(
            "UPDATE {table} SET withdrawn_by = $1, withdrawn_at = $2 WHERE id = $3 AND round_id = $4 \
             AND CASE WHEN withdrawn_at IS NULL THEN 1 ELSE 0 END = $5"
        );
        match sql::run(self.conn(), sql, vals![by, at, id.to_string(), round, is_withdrawn]).await? {
            0 => Err(StoreError::not_found(what, id)),
            _ => Ok(()),
        }
    }

    /// Says in the audit what this transaction does.
    pub(crate) fn note(&mut self, action: &'static str, subject: impl ToString, detail: Value) {
        let stamp = self.stamp.clone();
        self.note_as(&stamp, action, subject, detail);
    }

    /// The same, on behalf of another actor.
    pub(crate) fn note_as(&mut self, stamp: &Stamp, action: &'static str, subject: impl ToString, detail: Value) {
        self.chain.push(stamp, action, subject.to_string(), detail);
    }

    /// Writes the audit entries and commits.
    pub(crate) async fn commit(mut self) -> Result<()> {
        self.chain.save(&mut self.transaction).await?;
        Ok(self.transaction.commit().await?)
    }
}

impl Aside {
    pub(crate) fn conn(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }

    pub(crate) async fn commit(self) -> Result<()> {
        Ok(self.transaction.commit().await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn opened(path: &std::path::Path, mode: &str) -> (AnyConnection, sqlx::Result<()>) {
        let url = format!("sqlite://{}?mode={mode}", path.display());
        let mut conn = AnyConnection::connect(&url).await.unwrap();
        let prepared = prepare(&mut conn, Dialect::Sqlite).await;
        (conn, prepared)
    }

    #[tokio::test]
    async fn a_connection_that_cannot_write_is_refused_whoever_else_writes() {
        sqlx::any::install_default_drivers();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dtm.db");
        let (mut writer, prepared) = opened(&path, "rwc").await;
        prepared.unwrap();
        for somebody_writes in [false, true] {
            if somebody_writes {
                sqlx::query("BEGIN IMMEDIATE").execute(&mut writer).await.unwrap();
            }
            assert!(opened(&path, "rw").await.1.is_ok(), "{somebody_writes}");
            let error = StoreError::from(opened(&path, "ro").await.1.unwrap_err());
            assert!(matches!(error, StoreError::Unavailable(_)), "{somebody_writes}: {error:?}");
        }
    }

    #[tokio::test]
    async fn a_connection_that_was_tried_writes_and_is_in_no_transaction() {
        sqlx::any::install_default_drivers();
        let folder = tempfile::tempdir().unwrap();
        let (mut conn, prepared) = opened(&folder.path().join("dtm.db"), "rwc").await;
        prepared.unwrap();
        let mut transaction = conn.begin_with("BEGIN IMMEDIATE").await.unwrap();
        sqlx::query("CREATE TABLE kept (one BIGINT)").execute(&mut *transaction).await.unwrap();
        transaction.commit().await.unwrap();
    }
}
