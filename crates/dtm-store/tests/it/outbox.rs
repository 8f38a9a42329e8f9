//! Messages to the outside: written with their cause, held by one sender, tried again, given up, forgotten.

use crate::{conflict, is_missing};
use dtm_model::{HookId, Instant, Lang, MessageId, UserId};
use dtm_store::{Hook, MessageKind, NewMessage, OutboxCounts, Posted, User};
use dtm_testkit::{draw, now, office, on_both_databases, stamp};

fn at(seconds: i64) -> Instant {
    Instant::from_millis(now().as_millis() + seconds * 1000)
}

fn letter(to: &str) -> NewMessage {
    NewMessage {
        id: MessageId::new(now(), draw()),
        kind: MessageKind::Mail,
        operation: None,
        recipient: to.to_owned(),
        lang: Lang::Fr,
        subject: "A round is due".to_owned(),
        body: "Round 5 ends tomorrow.".to_owned(),
    }
}

#[test]
fn a_message_is_held_by_one_sender_and_keeps_no_text_once_it_went_out() {
    on_both_databases(async |store| {
        let letter = letter("awa@example.org");
        store.post(std::slice::from_ref(&letter), &stamp()).await.unwrap();
        let taken = store.take_messages(at(1), at(60), 10).await.unwrap();
        assert_eq!((&taken[0].message, taken[0].tries), (&letter, 1));
        assert_eq!(store.take_messages(at(59), at(120), 10).await.unwrap(), [], "somebody holds it");
        let again = store.take_messages(at(60), at(120), 10).await.unwrap();
        assert_eq!(again[0].tries, 2, "who held it is gone");
        store.sent_message(&letter.id, at(61)).await.unwrap();
        let sent = store.messages(Posted::Sent, 10).await.unwrap();
        assert_eq!((sent[0].message.body.as_str(), sent[0].sent_at), ("", Some(at(61))));
        assert_eq!(store.take_messages(at(900), at(960), 10).await.unwrap(), []);
        assert!(is_missing(store.drop_message(&letter.id, &stamp()).await), "what went out cannot be called back");
        assert_eq!(store.sweep_outbox(at(61)).await.unwrap(), 0);
        assert_eq!(store.sweep_outbox(at(62)).await.unwrap(), 1);
    });
}

#[test]
fn a_message_that_is_hindered_is_tried_again_then_given_up_and_taken_up_by_hand() {
    on_both_databases(async |store| {
        let (one, other) = (letter("awa@example.org"), letter("moussa@example.org"));
        store.post(&[one.clone(), other.clone()], &stamp()).await.unwrap();
        assert_eq!(store.take_messages(at(1), at(60), 10).await.unwrap().len(), 2);
        store.hindered_message(&one.id, "later", Some(451), Some(at(300)), &stamp()).await.unwrap();
        store.hindered_message(&other.id, "never", Some(550), None, &stamp()).await.unwrap();
        let counts = OutboxCounts { n_waiting: 1, n_sent: 0, n_given_up: 1 };
        assert_eq!(store.count_messages().await.unwrap(), counts);
        let given_up = store.messages(Posted::GivenUp, 10).await.unwrap();
        assert_eq!((given_up[0].problem.as_deref(), given_up[0].answer), (Some("never"), Some(550)));
        assert_eq!(store.take_messages(at(299), at(360), 10).await.unwrap(), []);
        assert_eq!(store.retry_messages(Some(&one.id), &stamp()).await.unwrap(), 0, "it waits by itself");
        assert_eq!(store.retry_messages(None, &stamp()).await.unwrap(), 1);
        let taken = store.take_messages(at(1), at(60), 10).await.unwrap();
        assert_eq!((&taken[0].message, taken[0].tries), (&other, 1));
        store.drop_message(&one.id, &stamp()).await.unwrap();
        store.forget_message(&other.id).await.unwrap();
        assert_eq!(store.count_messages().await.unwrap(), OutboxCounts::default());
    });
}

#[test]
fn a_person_who_is_not_added_is_not_invited() {
    on_both_databases(async |store| {
        let user = || User::new(UserId::new(now(), draw()), "awa@example.org", "Awa", String::new(), now());
        let invitation = || NewMessage { kind: MessageKind::Invitation, ..letter("awa@example.org") };
        store.create_user(&user(), &[], &[invitation()], &stamp()).await.unwrap();
        let twice = store.create_user(&user(), &[], &[invitation()], &stamp()).await;
        assert_eq!(conflict(twice), "user_email");
        assert_eq!(store.messages(Posted::Waiting, 10).await.unwrap().len(), 1);
    });
}

#[test]
fn a_system_hears_of_what_it_wants_to_hear_until_it_is_removed() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let hook = |name: &str, events: &[&str]| Hook {
            id: HookId::new(now(), draw()),
            operation: office.operation.id.clone(),
            name: name.to_owned(),
            address: "https://alerts.example.org/in?token=x".to_owned(),
            events: events.iter().map(|event| (*event).to_owned()).collect(),
            secret_sealed: "sealed".to_owned(),
            created_at: stamp().at,
        };
        let (all, some) = (hook("Dashboard", &[]), hook("Alerts", &["alert.raised"]));
        for hook in [&all, &some] {
            store.add_hook(hook, &stamp()).await.unwrap();
        }
        assert_eq!(store.hooks(&office.operation.id).await.unwrap(), [some.clone(), all.clone()]);
        assert!(all.hears("round.moved") && !some.hears("round.moved") && some.hears("alert.raised"));
        store.remove_hook(&all.id, &stamp()).await.unwrap();
        assert_eq!(store.hook(&all.id).await.unwrap(), None);
        assert_eq!(store.hooks(&office.operation.id).await.unwrap(), [some]);
        assert!(is_missing(store.remove_hook(&all.id, &stamp()).await));
        let told = format!("{:?}", store.audit(0, 100).await.unwrap());
        assert!(!told.contains("token=x"), "an address may let in whoever knows it");
    });
}

#[test]
fn what_waited_when_a_backup_was_made_is_sent_only_by_hand_where_it_lives_again() {
    on_both_databases(async |store| {
        let letter = letter("awa@example.org");
        store.post(std::slice::from_ref(&letter), &stamp()).await.unwrap();
        store.note_backup(false, serde_json::json!({}), &stamp()).await.unwrap();
        assert_eq!(store.count_messages().await.unwrap().n_waiting, 1);
        store.note_backup(true, serde_json::json!({}), &stamp()).await.unwrap();
        assert_eq!(store.take_messages(at(900), at(960), 10).await.unwrap(), []);
        assert_eq!(store.messages(Posted::GivenUp, 10).await.unwrap()[0].problem.as_deref(), Some("restored"));
        assert_eq!(store.retry_messages(Some(&letter.id), &stamp()).await.unwrap(), 1);
    });
}
