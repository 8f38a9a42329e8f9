//! Submissions: repeated, racing, many at once.

use crate::is_missing;
use dtm_model::{BlobHash, FormVersionId, RoundId};
use dtm_store::{NewSubmission, Receipt, ReviewState, Store, StoreError, SubmissionFile, SubmissionFilter};
use dtm_testkit::{Office, draw, now, office, on_both_databases, submission};
use std::collections::BTreeSet;

fn photo(name: &str) -> SubmissionFile {
    let hash = BlobHash::of(name.as_bytes());
    SubmissionFile { name: name.to_owned(), hash, size: 3, content_type: "image/jpeg".to_owned() }
}

fn with_photos(new: NewSubmission, names: &[&str]) -> NewSubmission {
    NewSubmission { files: names.iter().map(|name| photo(name)).collect(), ..new }
}

#[test]
fn a_submission_comes_back_byte_for_byte_with_its_record() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let mut new = submission(&office, "uuid:1", 12);
        new.xml = "\u{feff}<data>\r\n  <nom>Bérane  😀</nom>\r\n</data>\n\n".to_owned();
        assert_eq!(store.submit(new.clone()).await.unwrap(), Receipt::New(new.id.clone()));
        let stored = store.submission(&new.id).await.unwrap().unwrap();
        assert_eq!(stored.xml, new.xml);
        assert_eq!(stored.head.instance_id, "uuid:1");
        assert_eq!(stored.head.record, new.record.id);
        assert_eq!(store.submission_by_instance(&office.form, false, "uuid:1").await.unwrap(), Some(stored.head));
        let records = store.records(&office.round.id).await.unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].record, new.record);
        assert_eq!(records[0].form_version.as_ref(), Some(&office.version));
    });
}

#[test]
fn any_text_comes_back_byte_for_byte_unless_it_holds_nul() {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let texts: Vec<String> =
        (0..300).map(|_| any::<String>().new_tree(&mut runner).unwrap().current()).chain(["a\0b".to_owned()]).collect();
    on_both_databases(async |store| {
        let office = office(&store).await;
        let new = |(n, text): (usize, &String)| NewSubmission {
            xml: text.clone(),
            device_id: Some(text.clone()),
            ..submission(&office, &format!("uuid:{n}"), 1)
        };
        let group: Vec<_> = texts.iter().enumerate().map(new).collect();
        let receipts = store.submit_many(group.clone()).await.unwrap();
        for (new, receipt) in group.iter().zip(receipts) {
            if new.xml.contains('\0') {
                assert!(matches!(receipt, Err(StoreError::NulInText)), "{receipt:?}");
            } else {
                let stored = store.submission(receipt.unwrap().id()).await.unwrap().unwrap();
                assert_eq!((&stored.xml, &stored.head.device_id), (&new.xml, &new.device_id));
            }
        }
    });
}

#[test]
fn a_repeated_submission_is_recognised_and_adds_its_files() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let first = with_photos(submission(&office, "uuid:1", 12), &["a.jpg"]);
        let second = with_photos(submission(&office, "uuid:1", 12), &["a.jpg", "b.jpg"]);
        store.submit(first.clone()).await.unwrap();
        assert_eq!(store.submit(second).await.unwrap(), Receipt::Again(first.id.clone()));
        assert_eq!(store.submission_files(&first.id).await.unwrap(), [photo("a.jpg"), photo("b.jpg")]);
        assert_eq!(store.count_submissions(&office.round.id).await.unwrap(), 1);
    });
}

#[test]
fn the_same_instance_with_other_content_does_not_replace_the_first() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let first = submission(&office, "uuid:1", 12);
        store.submit(first.clone()).await.unwrap();
        let other = with_photos(submission(&office, "uuid:1", 13), &["b.jpg"]);
        assert_eq!(store.submit(other).await.unwrap(), Receipt::Differs(first.id.clone()));
        assert_eq!(store.submission(&first.id).await.unwrap().unwrap().xml, first.xml);
        assert_eq!(store.submission_files(&first.id).await.unwrap(), []);
    });
}

#[test]
fn two_servers_that_get_the_same_instance_at_once_store_it_once() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let other = Store::open(&store.url).await.unwrap();
        for n in 0..10 {
            let new = || submission(&office, &format!("uuid:{n}"), 12);
            let (a, b) = tokio::join!(store.submit(new()), other.submit(new()));
            let receipts = [a.unwrap(), b.unwrap()];
            let n_new = receipts.iter().filter(|receipt| matches!(receipt, Receipt::New(_))).count();
            assert_eq!(n_new, 1, "{receipts:?}");
            assert_eq!(receipts[0].id(), receipts[1].id());
        }
        assert_eq!(store.count_submissions(&office.round.id).await.unwrap(), 10);
        assert_eq!(store.verify_audit().await.unwrap().broken_at, None);
        other.close().await;
    });
}

#[test]
fn two_hundred_phones_at_once_are_all_acknowledged_and_all_there() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let phones = (0..200).map(|n| {
            let (store, new) = (store.store.clone(), submission(&office, &format!("uuid:{n}"), n));
            tokio::spawn(async move { store.submit(new).await })
        });
        let mut acknowledged = BTreeSet::new();
        for phone in phones.collect::<Vec<_>>() {
            acknowledged.insert(phone.await.unwrap().unwrap().id().clone());
        }
        assert_eq!(acknowledged.len(), 200);
        let filter = SubmissionFilter { round: Some(office.round.id.clone()), ..Default::default() };
        let mut listed = BTreeSet::new();
        let mut last = None;
        loop {
            let page = store.submissions(&filter, last.as_ref(), 64).await.unwrap();
            let Some(end) = page.last() else { break };
            last = Some(end.id.clone());
            listed.extend(page.into_iter().map(|head| head.id));
        }
        assert_eq!(listed, acknowledged);
        assert_eq!(store.records(&office.round.id).await.unwrap().len(), 200);
        assert_eq!(store.verify_audit().await.unwrap().broken_at, None);
    });
}

#[test]
fn a_bad_submission_does_not_take_its_neighbours_with_it() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let good = |n: i64| submission(&office, &format!("uuid:{n}"), n);
        let nul = NewSubmission { xml: "<data>\0</data>".to_owned(), ..good(2) };
        let unknown_version = NewSubmission { form_version: FormVersionId::new(now(), draw()), ..good(3) };
        let unknown_round = NewSubmission { round: Some(RoundId::new(now(), draw())), ..good(4) };
        // Passes the checks, and is refused by the database alone.
        let clash = NewSubmission { record: good(1).record, ..good(5) };
        let twin = NewSubmission { record: clash.record.clone(), ..good(6) };
        let group = vec![good(1), nul, unknown_version, unknown_round, clash, twin, good(7), good(7)];
        let receipts = store.submit_many(group).await.unwrap();
        let words: Vec<&str> = receipts
            .iter()
            .map(|receipt| match receipt {
                Ok(Receipt::New(_)) => "new",
                Ok(Receipt::Again(_)) => "again",
                Ok(Receipt::Differs(_)) => "differs",
                Err(StoreError::NulInText) => "nul",
                Err(StoreError::NotFound { what, .. }) => what,
                Err(StoreError::Conflict { .. }) => "conflict",
                Err(_) => "other",
            })
            .collect();
        assert_eq!(words, ["new", "nul", "form version", "round", "new", "conflict", "new", "again"]);
        assert_eq!(store.count_form_submissions(&office.form).await.unwrap(), 3);
    });
}

#[test]
fn an_edit_goes_on_with_the_record_of_what_it_replaces() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let first = submission(&office, "uuid:1", 12);
        let edit = |from: &str, to: &str, n: i64| NewSubmission {
            deprecated_id: Some(from.to_owned()),
            ..submission(&office, to, n)
        };
        let (second, third) = (edit("uuid:1", "uuid:2", 13), edit("uuid:2", "uuid:3", 14));
        store.submit(first.clone()).await.unwrap();
        store.submit_many(vec![second.clone(), third.clone()]).await.unwrap();
        let versions = store.submissions_of(&first.record.id).await.unwrap();
        let superseded: Vec<_> = versions.iter().map(|head| head.superseded_by.clone()).collect();
        assert_eq!(superseded, [Some(third.id.clone()), Some(third.id.clone()), None]);
        let records = store.records(&office.round.id).await.unwrap();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].record.id, first.record.id);
        assert_eq!(records[0].record.answers, third.record.answers);
        assert_eq!(records[0].edition, 3);
        let current = SubmissionFilter { form: Some(office.form.clone()), current_only: true, ..Default::default() };
        assert_eq!(store.submissions(&current, None, 10).await.unwrap().len(), 1);
        // What names an instance we never saw stays with who sent it, and so does what others replaced meanwhile.
        let refused = async |new: NewSubmission| match store.submit(new).await {
            Err(StoreError::Conflict { what }) => what,
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(edit("uuid:unknown", "uuid:9", 15)).await, "edit_of_unknown");
        assert_eq!(refused(edit("uuid:1", "uuid:10", 16)).await, "edit_outdated");
        assert_eq!(store.submit(third.clone()).await.unwrap(), Receipt::Again(third.id), "a resend is no new edit");
        assert_eq!(store.records(&office.round.id).await.unwrap().len(), 1);
        let whole = store.submission_of_record(&first.record.id).await.unwrap().unwrap();
        assert_eq!((whole.instance_id.as_str(), whole.edits), ("uuid:1", 2));
        assert_eq!(whole.review_state, Some(ReviewState::Edited));
    });
}

#[test]
fn a_changed_submission_is_never_served_as_whole() {
    on_both_databases(async |store| {
        use sqlx::Connection;
        let office = office(&store).await;
        let new = submission(&office, "uuid:1", 12);
        store.submit(new.clone()).await.unwrap();
        let mut conn = sqlx::AnyConnection::connect(&store.url).await.unwrap();
        let sql = "UPDATE submissions SET xml = replace(xml, '12', '13')";
        sqlx::query(sql).execute(&mut conn).await.unwrap();
        conn.close().await.unwrap();
        let error = store.submission(&new.id).await.unwrap_err();
        assert!(matches!(&error, StoreError::Corrupt { what } if what.contains(&new.id.to_string())), "{error}");
    });
}

#[test]
fn five_thousand_submissions_fit_one_commit() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let many: Vec<_> = (0..5000).map(|n| submission(&office, &format!("uuid:{n}"), n)).collect();
        let receipts = store.submit_many(many).await.unwrap();
        assert!(receipts.iter().all(|receipt| matches!(receipt, Ok(Receipt::New(_)))));
        assert_eq!(store.count_submissions(&office.round.id).await.unwrap(), 5000);
    });
}

#[test]
fn what_is_queued_when_the_store_closes_is_stored_or_refused() {
    on_both_databases(async |store| {
        let office: Office = office(&store).await;
        let other = Store::open(&store.url).await.unwrap();
        let phones: Vec<_> = (0..50)
            .map(|n| {
                let (store, new) = (other.clone(), submission(&office, &format!("uuid:{n}"), n));
                tokio::spawn(async move { store.submit(new).await })
            })
            .collect();
        tokio::task::yield_now().await;
        other.close().await;
        let mut n_stored = 0;
        for phone in phones {
            match phone.await.unwrap() {
                Ok(_) => n_stored += 1,
                Err(error) => assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}"),
            }
        }
        assert_eq!(store.count_submissions(&office.round.id).await.unwrap(), n_stored);
        assert!(!is_missing(other.submit(submission(&office, "uuid:late", 1)).await));
    });
}
