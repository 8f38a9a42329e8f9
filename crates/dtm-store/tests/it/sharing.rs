//! Requests for what is not public: who moves them, what an agreement counts, what is forgotten.

use dtm_model::{BlobHash, DataRequestId, Instant, Lang};
use dtm_store::{Agreement, DataRequest, RequestState, Requester, Stamp, Store, StoreError, Wish};
use dtm_testkit::{Office, draw, now, office, on_both_databases, stamp};
use serde_json::json;

fn request(office: &Office, token: &str) -> DataRequest {
    DataRequest {
        id: DataRequestId::new(now(), draw()),
        operation: office.operation.id.clone(),
        round: office.round.id.clone(),
        number: 0,
        token_hash: token.to_owned(),
        lang: Lang::Fr,
        state: RequestState::Asked,
        person: Some(Requester {
            name: "Ines Duval".to_owned(),
            organisation: "Relief".to_owned(),
            email: "ines@relief.example".to_owned(),
        }),
        wish: Wish { purpose: "water".to_owned(), fields: vec!["sex".to_owned()], ..Wish::default() },
        words: String::new(),
        asked_at: now(),
        changed_at: now(),
    }
}

async fn asked(store: &Store, office: &Office, token: &str) -> DataRequest {
    store.ask_for_data(&request(office, token), &[], &stamp()).await.unwrap();
    store.data_request_by_token(token).await.unwrap().unwrap()
}

fn agreement(request: &DataRequest, ends_at: Instant) -> Agreement {
    Agreement {
        request: request.id.clone(),
        policy: json!({ "name": "agreement" }),
        risk: json!(null),
        blob: BlobHash::of(b"sealed"),
        granted_at: now(),
        granted_by: "user:officer".to_owned(),
        ends_at,
        most_downloads: 2,
        n_downloads: 0,
        reminded_at: None,
        closed_at: None,
    }
}

fn later(days: i64) -> Instant {
    Instant::from_millis(now().as_millis() + days * 86_400_000)
}

fn is_conflict<T: std::fmt::Debug>(result: Result<T, StoreError>) -> bool {
    matches!(result, Err(StoreError::Conflict { what: "data_request_state" }))
}

#[test]
fn requests_are_counted_in_their_operation_and_move_from_the_state_they_were_seen_in() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let one = asked(&store, &office, "one").await;
        let two = asked(&store, &office, "two").await;
        assert_eq!((one.number, two.number), (1, 2));
        assert_eq!(one.wish.fields, ["sex"]);
        store.move_data_request(&one, RequestState::MoreAsked, "For what?", &[], &stamp()).await.unwrap();
        assert!(is_conflict(store.move_data_request(&one, RequestState::Refused, "", &[], &stamp()).await));
        let seen = store.data_request(&office.operation.id, 1).await.unwrap().unwrap();
        assert_eq!((seen.state, seen.words.as_str()), (RequestState::MoreAsked, "For what?"));
        store.say_more(&seen, "For wells", &stamp()).await.unwrap();
        let seen = store.data_request_by_id(&one.id).await.unwrap().unwrap();
        assert_eq!((seen.state, seen.wish.more.as_str()), (RequestState::UnderReview, "For wells"));
        assert_eq!(store.data_requests(&office.operation.id).await.unwrap().len(), 2);
        assert!(store.data_request_by_token("three").await.unwrap().is_none());
    });
}

#[test]
fn an_agreement_gives_so_many_files_until_its_end() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let one = asked(&store, &office, "one").await;
        store.grant_data(&one, &agreement(&one, later(30)), "yes", &[], &stamp()).await.unwrap();
        assert!(is_conflict(store.grant_data(&one, &agreement(&one, later(30)), "yes", &[], &stamp()).await));
        assert!(store.files_of_evidence().await.unwrap().contains(&BlobHash::of(b"sealed")));
        let at = |at: Instant| Stamp::new(at, "partner");
        let take = async |stamp: &Stamp| store.take_shared_file(&one.id, "records.csv", stamp).await.unwrap();
        assert!(!take(&at(later(31))).await, "it has ended by then");
        assert!(take(&at(later(1))).await && take(&at(later(2))).await);
        assert!(!take(&at(later(3))).await, "two were promised");
        let kept = store.agreement(&one.id).await.unwrap().unwrap();
        assert_eq!(kept.n_downloads, 2);
        assert!(!kept.is_good(now()) && kept.closed_at.is_none());

        let two = asked(&store, &office, "two").await;
        store.grant_data(&two, &agreement(&two, later(30)), "yes", &[], &stamp()).await.unwrap();
        let two = store.data_request_by_id(&two.id).await.unwrap().unwrap();
        store.move_data_request(&two, RequestState::Withdrawn, "passed on", &[], &stamp()).await.unwrap();
        assert!(!store.take_shared_file(&two.id, "records.csv", &at(later(1))).await.unwrap(), "it was ended");
        assert_eq!(store.agreements().await.unwrap().len(), 2);
    });
}

#[test]
fn partners_are_reminded_once_agreements_end_and_requesters_are_forgotten() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let one = asked(&store, &office, "one").await;
        store.grant_data(&one, &agreement(&one, later(10)), "yes", &[], &stamp()).await.unwrap();
        assert!(store.agreements_to_remind(later(5)).await.unwrap().is_empty());
        assert_eq!(store.agreements_to_remind(later(14)).await.unwrap().len(), 1);
        assert!(store.remind_of_end(&one.id, &[], &stamp()).await.unwrap());
        assert!(!store.remind_of_end(&one.id, &[], &stamp()).await.unwrap(), "once is enough");
        assert!(store.agreements_to_remind(later(14)).await.unwrap().is_empty());
        assert!(store.ended_agreements(later(9)).await.unwrap().is_empty());
        let ended = store.ended_agreements(later(11)).await.unwrap();
        assert_eq!(ended.len(), 1);
        store.move_data_request(&ended[0], RequestState::Expired, "", &[], &stamp()).await.unwrap();
        let open = asked(&store, &office, "two").await;
        assert_eq!(store.forget_requesters(later(400), &stamp()).await.unwrap(), 1);
        assert_eq!(store.forget_requesters(later(400), &stamp()).await.unwrap(), 0);
        assert!(store.data_request_by_id(&one.id).await.unwrap().unwrap().person.is_none());
        assert!(store.data_request_by_id(&open.id).await.unwrap().unwrap().person.is_some(), "it is not decided");
        let log = format!("{:?}", store.audit(0, 1000).await.unwrap());
        assert!(!log.contains("Duval"), "{log}");
    });
}
