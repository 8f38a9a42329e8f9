//! The audit chain.

use dtm_store::ChainCheck;
use dtm_testkit::{TestStore, office, on_both_databases, operation, stamp, submission};
use sqlx::{AssertSqlSafe, Connection};

async fn tamper(store: &TestStore, sql: &str) {
    let mut conn = sqlx::AnyConnection::connect(&store.url).await.unwrap();
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut conn).await.unwrap();
    conn.close().await.unwrap();
}

async fn check(store: &TestStore) -> ChainCheck {
    store.verify_audit().await.unwrap()
}

#[test]
fn every_change_is_in_the_audit_and_the_chain_holds() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        store.submit(submission(&office, "uuid:1", 12)).await.unwrap();
        let entries = store.audit(0, 100).await.unwrap();
        let actions: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
        let expected = [
            "operation.created",
            "exercise.created",
            "round.created",
            "form.created",
            "form_version.added",
            "submission.received",
        ];
        assert_eq!(actions, expected);
        assert_eq!(check(&store).await, ChainCheck { n_entries: 6, broken_at: None });
        assert_eq!(store.audit_of(&office.form.to_string()).await.unwrap().len(), 1);
        assert_eq!(store.audit(4, 1).await.unwrap()[0].seq, 5);
    });
}

#[test]
fn a_refused_change_leaves_no_entry() {
    on_both_databases(async |store| {
        let first = operation("xso");
        store.create_operation(&first, &stamp()).await.unwrap();
        store.create_operation(&operation("xso"), &stamp()).await.unwrap_err();
        assert_eq!(check(&store).await, ChainCheck { n_entries: 1, broken_at: None });
    });
}

#[test]
fn a_changed_removed_or_cut_entry_is_found() {
    for (sql, broken_at) in [
        ("UPDATE audit SET actor = 'nobody' WHERE seq = 3", 3),
        ("UPDATE audit SET at = at + 1 WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq >= 4", 4),
        ("DELETE FROM audit", 1),
        ("UPDATE audit_head SET hash = 'x'", 5),
    ] {
        on_both_databases(async |store| {
            office(&store).await;
            assert_eq!(check(&store).await.broken_at, None);
            tamper(&store, sql).await;
            assert_eq!(check(&store).await.broken_at, Some(broken_at), "{sql}");
        });
    }
}
