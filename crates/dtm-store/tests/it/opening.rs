//! Opening, the schema, the instance.

use dtm_store::{Store, StoreError};
use dtm_testkit::{Database, on_both_databases, postgres_database, stamp};

#[test]
fn a_store_opened_twice_is_the_same_store() {
    on_both_databases(async |store| {
        assert_eq!(store.instance_id().await.unwrap(), None);
        assert_eq!(store.ensure_instance("one", &stamp()).await.unwrap(), "one");
        let again = Store::open(&store.url).await.unwrap();
        assert_eq!(again.ensure_instance("two", &stamp()).await.unwrap(), "one");
        again.ping().await.unwrap();
        again.close().await;
        assert!(matches!(again.ping().await, Err(StoreError::Unavailable(_))));
    });
}

#[test]
fn two_servers_that_start_at_once_on_an_empty_database_both_start() {
    on_both_databases(async |store| {
        // The store at hand has its schema already, so this needs a database of its own.
        let folder = tempfile::tempdir().unwrap();
        let url = match store.database {
            Database::Sqlite => format!("sqlite://{}/new.db", folder.path().display()),
            Database::Postgres => postgres_database().unwrap(),
        };
        let (one, two) = tokio::join!(Store::open(&url), Store::open(&url));
        let (one, two) = (one.unwrap(), two.unwrap());
        one.ensure_instance("one", &stamp()).await.unwrap();
        assert_eq!(two.instance_id().await.unwrap().as_deref(), Some("one"));
        one.close().await;
        two.close().await;
    });
}

#[test]
fn an_address_that_is_not_understood_is_refused_without_repeating_its_password() {
    on_both_databases(async |_| {
        for url in ["mysql://dtm:s3cret@host/db", "postgres://dtm:s3cret@:x:/", "s3cret"] {
            let error = Store::open(url).await.err().unwrap();
            assert!(matches!(error, StoreError::Settings { .. }), "{url}: {error:?}");
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        }
    });
}

#[test]
fn a_database_without_room_is_full() {
    dtm_testkit::on_sqlite(async |store| {
        use sqlx::Connection;
        let mut conn = sqlx::AnyConnection::connect(&store.url).await.unwrap();
        sqlx::query("PRAGMA max_page_count = 1").execute(&mut conn).await.unwrap();
        let text = "x".repeat(100_000);
        let insert = sqlx::query("INSERT INTO indicators (code, body) VALUES ('a', $1)").bind(text);
        let error = StoreError::from(insert.execute(&mut conn).await.unwrap_err());
        assert!(matches!(error, StoreError::Full(_)), "{error:?}");
    });
}

#[test]
fn sqlite_is_as_durable_as_we_promise() {
    dtm_testkit::on_sqlite(async |store| {
        let file = store.url.trim_start_matches("sqlite://").to_owned();
        let header = std::fs::read(file).unwrap();
        // Bytes 18 and 19 of the file say that the journal is a write-ahead log.
        assert_eq!(header[18..20], [2, 2]);
    });
}
