//! What readers say of published figures.

use dtm_model::{FeedbackId, Instant, Lang};
use dtm_store::{Feedback, FeedbackKind, StoreError};
use dtm_testkit::{office, on_both_databases, stamp};

#[test]
fn a_correction_is_answered_once_and_the_address_is_forgotten_with_the_answer() {
    on_both_databases(async |store| {
        let operation = office(&store).await.operation.id;
        let given = Feedback {
            id: FeedbackId::new(Instant::from_millis(1_790_000_000_000), [7; 10]),
            operation: operation.clone(),
            product: "/6/report".to_owned(),
            kind: FeedbackKind::Correction,
            reader: String::new(),
            words: String::new(),
            contact: None,
            lang: Lang::Fr,
            given_at: Instant::from_millis(1_790_000_000_000),
            answer: None,
        };
        store.give_feedback(&given, &stamp()).await.unwrap();
        store.say_why(&given.id, "ngo", "Le total de Delmas", Some("reader@ngo.example"), &stamp()).await.unwrap();
        let twice = store.say_why(&given.id, "ngo", "autre chose", None, &stamp()).await;
        assert!(matches!(twice, Err(StoreError::Conflict { what: "feedback_state" })), "what was said stays");
        let told = store.feedback(&operation).await.unwrap();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].contact.as_deref(), Some("reader@ngo.example"));
        store.answer_feedback(&given.id, "Corrigé dans la version 2", &[], &stamp()).await.unwrap();
        let told = store.feedback_by_id(&given.id).await.unwrap().unwrap();
        assert_eq!(told.contact, None);
        assert_eq!(told.answer.unwrap().words, "Corrigé dans la version 2");
        let again = store.answer_feedback(&given.id, "encore", &[], &stamp()).await;
        assert!(matches!(again, Err(StoreError::Conflict { .. })));
        let log = store.audit(0, 10_000).await.unwrap();
        let about: Vec<&str> = log
            .iter()
            .filter(|entry| entry.action.starts_with("feedback."))
            .map(|entry| entry.action.as_str())
            .collect();
        assert_eq!(about, ["feedback.given", "feedback.explained", "feedback.answered"]);
        assert!(log.iter().all(|entry| !entry.detail.contains("reader@ngo.example")), "no address in the log");
    });
}
