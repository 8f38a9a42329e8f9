//! Who publishes an operation's figures.

use dtm_model::Publisher;
use dtm_testkit::{office, on_both_databases, operation, stamp};

#[test]
fn an_operation_names_its_publisher_and_each_setting_is_in_the_log() {
    on_both_databases(async |store| {
        let here = office(&store).await.operation.id;
        let there = operation("elsewhere");
        store.create_operation(&there, &stamp()).await.unwrap();
        assert_eq!(store.publisher(&here).await.unwrap(), None);
        let ministry = Publisher {
            name: "Ministry of Solidarity".to_owned(),
            contact: Some("data@solidarity.example".to_owned()),
            ..Publisher::default()
        };
        for publisher in [Publisher::default(), ministry.clone()] {
            store.set_publisher(&here, Some(&publisher), &stamp()).await.unwrap();
            assert_eq!(store.publisher(&here).await.unwrap(), Some(publisher));
        }
        assert_eq!(store.publisher(&there.id).await.unwrap(), None, "each operation has its own");
        for _ in 0..2 {
            store.set_publisher(&here, None, &stamp()).await.unwrap();
            assert_eq!(store.publisher(&here).await.unwrap(), None);
        }
        let entries = store.audit(0, 10_000).await.unwrap();
        let about: Vec<_> = entries.iter().filter(|entry| entry.action.starts_with("publisher.")).collect();
        let actions: Vec<&str> = about.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["publisher.set", "publisher.set", "publisher.unset"], "what changes nothing is not noted");
        assert!(about[1].detail.contains(&ministry.name), "{:?}", about[1]);
    });
}
