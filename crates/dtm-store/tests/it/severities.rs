//! Rules of needs: every upload is a version, and none is lost.

use dtm_model::OperationId;
use dtm_store::StoredSheet;
use dtm_testkit::{draw, now, office, on_both_databases, stamp};

#[test]
fn each_sheet_of_rules_is_the_next_version_and_earlier_ones_stay() {
    on_both_databases(async |store| {
        let operation = office(&store).await.operation.id;
        assert!(store.severity_sheets(&operation).await.unwrap().is_empty());
        for (n, body) in (1..).zip(["water,>50", "water,>60", "water,>50"]) {
            let version = store.put_severity_sheet(&operation, "needs.csv", body, &stamp()).await.unwrap();
            assert_eq!(version, n, "the same rules again are a version, too: somebody returned to them");
        }
        let sheets = store.severity_sheets(&operation).await.unwrap();
        let said: Vec<(u32, &str)> = sheets.iter().map(|sheet| (sheet.version, sheet.body.as_str())).collect();
        assert_eq!(said, [(3, "water,>50"), (2, "water,>60"), (1, "water,>50")]);
        let StoredSheet { file_name, by, at, .. } = &sheets[0];
        assert_eq!((file_name.as_str(), by, *at), ("needs.csv", &stamp().by, stamp().at));
        let entries = store.audit(0, 10_000).await.unwrap();
        assert_eq!(entries.iter().filter(|entry| entry.action == "severity.sheet_put").count(), 3);
        assert!(store.severity_sheets(&OperationId::new(now(), draw())).await.unwrap().is_empty());
    });
}
