//! A database as earlier versions of the program left it: schemas of then with rows of then, as plain SQL.

use sqlx::AssertSqlSafe;
use sqlx::any::AnyPoolOptions;
use sqlx::migrate::Migrator;
use std::path::Path;

/// The schemas it went through, and what was put in at each.
const STEPS: [(i64, &str); 2] = [(1, include_str!("old/0001.sql")), (12, include_str!("old/0012.sql"))];

/// Makes the office of `old/` in an empty database; it is left at schema 12. Opening it brings it up to date.
pub fn old_office(url: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be made");
    runtime.block_on(async {
        sqlx::any::install_default_drivers();
        let url = match url.starts_with("sqlite:") {
            true => format!("{url}?mode=rwc"),
            false => url.to_owned(),
        };
        let pool = AnyPoolOptions::new().max_connections(1).connect(&url).await.expect("the database can be made");
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dtm-store/migrations");
        let migrations = Migrator::new(folder).await.expect("the migrations of the store can be read");
        for (schema, rows) in STEPS {
            migrations.run_to(schema, &pool).await.expect("an empty database can be brought to an early schema");
            let put = sqlx::raw_sql(AssertSqlSafe(rows)).execute(&pool).await;
            put.unwrap_or_else(|error| panic!("the rows of schema {schema}: {error}"));
        }
        pool.close().await;
    });
}
