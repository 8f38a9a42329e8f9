//! Emergency events: gathered anew without losing what people decided, alerts raised once, rules of an operation.

use crate::is_missing;
use dtm_model::{EventDecisionId, Lang, MessageId, OperationId, RecordId};
use dtm_store::{MessageKind, NewAlert, NewMessage, Store, StoredEvent};
use dtm_testkit::{draw, now, office, on_both_databases, operation, stamp};

fn event(body: &str) -> StoredEvent {
    StoredEvent { key: RecordId::new(now(), draw()), body: body.to_owned() }
}

async fn n_entries(store: &Store, action: &str) -> usize {
    let entries = store.audit(0, 10_000).await.unwrap();
    entries.iter().filter(|entry| entry.action == action).count()
}

/// Another operation, whose events are its own.
async fn elsewhere(store: &Store) -> OperationId {
    let operation = operation("elsewhere");
    store.create_operation(&operation, &stamp()).await.unwrap();
    operation.id
}

#[test]
fn events_are_gathered_anew_and_nothing_is_written_where_nothing_changed() {
    on_both_databases(async |store| {
        let operation = office(&store).await.operation.id;
        let (flood, fire) = (event("flood"), event("fire"));
        let mut gathered = vec![flood.clone(), fire.clone()];
        gathered.sort_by(|a, b| a.key.cmp(&b.key));
        store.replace_events(&operation, &gathered, &stamp()).await.unwrap();
        assert_eq!(store.events(&operation).await.unwrap(), gathered);
        store.replace_events(&operation, &gathered, &stamp()).await.unwrap();
        assert_eq!(n_entries(&store, "events.gathered").await, 1, "the same again is no change");

        let grown = StoredEvent { body: "flood, 40 households".to_owned(), ..flood };
        store.replace_events(&operation, std::slice::from_ref(&grown), &stamp()).await.unwrap();
        assert_eq!(store.events(&operation).await.unwrap(), [grown], "one grew, one was no event after all");
        assert_eq!(n_entries(&store, "events.gathered").await, 2);
        assert!(store.events(&elsewhere(&store).await).await.unwrap().is_empty());
    });
}

#[test]
fn a_decision_outlives_the_events_it_is_about_and_is_taken_back_once() {
    on_both_databases(async |store| {
        let operation = office(&store).await.operation.id;
        let flood = event("flood");
        store.replace_events(&operation, std::slice::from_ref(&flood), &stamp()).await.unwrap();
        let ids = [EventDecisionId::new(now(), draw()), EventDecisionId::new(now(), draw())];
        for (id, body) in ids.iter().zip(["close", "rename"]) {
            store.decide_event(&operation, (id, &flood.key), (body, body), &stamp()).await.unwrap();
        }
        store.replace_events(&operation, &[], &stamp()).await.unwrap();
        let standing = async || {
            let all = store.event_decisions(&operation).await.unwrap();
            let mut bodies: Vec<String> =
                all.into_iter().filter(|one| one.undone.is_none()).map(|one| one.body).collect();
            bodies.sort();
            bodies
        };
        assert_eq!(standing().await, ["close", "rename"]);

        let other = elsewhere(&store).await;
        assert!(is_missing(store.undo_event_decision(&other, &ids[0], &stamp()).await), "not theirs to take back");
        store.undo_event_decision(&operation, &ids[0], &stamp()).await.unwrap();
        assert!(is_missing(store.undo_event_decision(&operation, &ids[0], &stamp()).await), "once is enough");
        assert_eq!(standing().await, ["rename"]);
        let all = store.event_decisions(&operation).await.unwrap();
        let undone = all.iter().find(|one| one.id == ids[0]).unwrap();
        assert_eq!(undone.undone, Some((stamp().by, stamp().at)), "what was taken back stays to be read");
    });
}

#[test]
fn an_alert_goes_out_once_with_its_messages_and_is_open_until_somebody_sees_to_it() {
    on_both_databases(async |store| {
        let operation = office(&store).await.operation.id;
        let flood = event("flood");
        let alert = |key: &str| NewAlert {
            key: key.to_owned(),
            event: flood.key.clone(),
            body: format!("{{\"at\":\"{key}\"}}"),
        };
        let mail = || NewMessage {
            id: MessageId::new(now(), draw()),
            kind: MessageKind::Mail,
            operation: Some(operation.clone()),
            recipient: "desk@example.org".to_owned(),
            lang: Lang::En,
            subject: "Flood".to_owned(),
            body: "40 households".to_owned(),
        };
        store.raise_alerts(&operation, Vec::new(), &stamp()).await.unwrap();
        for _ in 0..2 {
            // The second time another server found the same.
            store.raise_alerts(&operation, vec![(alert("flood 100"), vec![mail()])], &stamp()).await.unwrap();
        }
        assert_eq!(store.count_messages().await.unwrap().n_waiting, 1, "nobody is woken twice");
        assert_eq!(n_entries(&store, "event.alerted").await, 1);
        let both = vec![(alert("flood 100"), vec![mail()]), (alert("flood 1000"), vec![mail()])];
        store.raise_alerts(&operation, both, &stamp()).await.unwrap();
        assert_eq!(store.count_messages().await.unwrap().n_waiting, 2, "the next step is an alert of its own");
        assert_eq!(store.count_open_alerts(&operation).await.unwrap(), 2);

        store.see_alert(&operation, "flood 100", true, &stamp()).await.unwrap();
        assert_eq!(store.count_open_alerts(&operation).await.unwrap(), 1);
        let alerts = store.event_alerts(&operation).await.unwrap();
        let seen: Vec<(&str, bool)> =
            alerts.iter().map(|stored| (stored.alert.key.as_str(), stored.seen.is_some())).collect();
        assert_eq!(seen, [("flood 100", true), ("flood 1000", false)]);
        assert_eq!(alerts[0].alert, alert("flood 100"));
        store.see_alert(&operation, "flood 100", false, &stamp()).await.unwrap();
        assert_eq!(store.count_open_alerts(&operation).await.unwrap(), 2, "open again");
        assert!(is_missing(store.see_alert(&operation, "drought", true, &stamp()).await));
        assert!(is_missing(store.see_alert(&elsewhere(&store).await, "flood 100", true, &stamp()).await));
    });
}

#[test]
fn an_operation_has_rules_of_its_own_once_it_set_them() {
    on_both_databases(async |store| {
        let operation = office(&store).await.operation.id;
        assert_eq!(store.event_rules(&operation).await.unwrap(), None);
        for rules in ["{}", "{\"days\":3}"] {
            store.put_event_rules(&operation, rules, &stamp()).await.unwrap();
            assert_eq!(store.event_rules(&operation).await.unwrap().as_deref(), Some(rules));
        }
        assert_eq!(n_entries(&store, "event.rules_set").await, 2, "each setting is in the log");
        assert_eq!(store.event_rules(&elsewhere(&store).await).await.unwrap(), None);
    });
}
