//! Runs a test on SQLite and on PostgreSQL.

use crate::old::old_office;
use crate::postgres::postgres_database;
use dtm_store::Store;
use std::ops::Deref;
use tempfile::TempDir;

/// Which database a test is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file in a temporary folder.
    Sqlite,
    /// A database of the test process's own server.
    Postgres,
}

/// An empty store for one test.
pub struct TestStore {
    /// The store.
    pub store: Store,
    /// Its address, for opening it once more.
    pub url: String,
    /// Which database it is.
    pub database: Database,
    _folder: Option<TempDir>,
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

/// Runs a test on SQLite, then on PostgreSQL where it is installed, each time with an empty store.
pub fn on_both_databases(test: impl AsyncFn(TestStore)) {
    both(|_| {}, &test);
}

/// Runs a test on both with a store that earlier versions of the program made: see [`old_office`].
pub fn on_old_office(test: impl AsyncFn(TestStore)) {
    both(old_office, &test);
}

/// Runs a test on SQLite only: for what lies above the store.
pub fn on_sqlite(test: impl AsyncFn(TestStore)) {
    sqlite(|_| {}, &test);
}

fn both(prepare: impl Fn(&str), test: &impl AsyncFn(TestStore)) {
    sqlite(&prepare, test);
    if let Some(url) = postgres_database() {
        prepare(&url);
        run(Database::Postgres, url, None, test);
    }
}

fn sqlite(prepare: impl Fn(&str), test: &impl AsyncFn(TestStore)) {
    let folder = tempfile::tempdir().expect("the temporary folder is writable");
    let url = format!("sqlite://{}/dtm.db", folder.path().display());
    prepare(&url);
    run(Database::Sqlite, url, Some(folder), test);
}

/// Changes rows behind the store's back, as damage or somebody with the keys of the house does.
pub fn meddle(url: &str, sql: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    runtime.block_on(async {
        use sqlx::Connection;
        sqlx::any::install_default_drivers();
        let mut conn = sqlx::AnyConnection::connect(url).await.expect("the database is there");
        let done = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut conn).await;
        assert!(done.expect("tests write SQL correctly").rows_affected() > 0, "{sql} touched nothing");
        conn.close().await.expect("a connection can be closed");
    });
}

fn run(database: Database, url: String, folder: Option<TempDir>, test: &impl AsyncFn(TestStore)) {
    // Shown with the output of a test that fails, to tell which half of it did.
    eprintln!("on {database:?}");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime can be made").block_on(async {
        let store = Store::open(&url).await.expect("an empty or an old database can be opened");
        test(TestStore { store: store.clone(), url, database, _folder: folder }).await;
        store.close().await;
    });
}
