//! Submissions: repeated, racing, many at once.

use crate::is_missing;
use dtm_model::{BlobHash, FormVersionId, RoundId};
use dtm_store::{NewSubmission, Receipt, ReviewState, Store, StoreError, SubmissionFile, SubmissionFilter, Wanted};
use dtm_testkit::{Office, draw, now, office, on_both_databases, stamp, submission};
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
fn a_sealed_submission_is_recognised_by_its_mark_however_it_was_sealed() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let sealed = |instance: &str, envelope: &str, mark: &str| NewSubmission {
            xml: format!("<data>{envelope}</data>"),
            mark: Some(mark.to_owned()),
            ..submission(&office, instance, 0)
        };
        let first = sealed("uuid:1", "once", "ours:aa");
        assert_eq!(store.submit(first.clone()).await.unwrap(), Receipt::New(first.id.clone()));
        for (envelope, mark, is_same) in [
            ("sealed anew", "ours:aa", true),
            ("other answers", "ours:bb", false),
            ("from a server with another key", "theirs:cc", true),
            ("from a server without a key", "", true),
        ] {
            let receipt = store.submit(with_photos(sealed("uuid:1", envelope, mark), &["late.jpg"])).await.unwrap();
            let id = first.id.clone();
            assert_eq!(receipt, if is_same { Receipt::Again(id) } else { Receipt::Differs(id) }, "{envelope}");
        }
        assert_eq!(store.submission(&first.id).await.unwrap().unwrap().xml, first.xml, "what came first stays");
        assert_eq!(store.files_of(std::slice::from_ref(&first.id)).await.unwrap()[&first.id][0].name, "late.jpg");
        let in_clear = store.submit(submission(&office, "uuid:1", 5)).await.unwrap();
        assert_eq!(in_clear, Receipt::Differs(first.id), "in clear it cannot be said to be the same");
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

#[test]
fn a_test_submission_may_carry_the_instance_id_of_a_real_one_and_counts_nowhere() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let real = submission(&office, "uuid:1", 12);
        let test = NewSubmission { draft: true, round: None, ..submission(&office, "uuid:1", 13) };
        assert_eq!(store.submit(test.clone()).await.unwrap(), Receipt::New(test.id.clone()));
        assert_eq!(store.submit(real.clone()).await.unwrap(), Receipt::New(real.id.clone()));
        assert_eq!(store.submit(test.clone()).await.unwrap(), Receipt::Again(test.id));
        assert_eq!(store.count_form_submissions(&office.form).await.unwrap(), 1);
        assert_eq!(store.hot_records(&office.version, None, 10).await.unwrap().len(), 1, "a test is never sealed");
        let whole = store.whole_submission(&office.form, true, "uuid:1").await.unwrap().unwrap();
        assert_eq!((whole.draft, whole.round), (true, None));
    });
}

#[test]
fn files_that_are_missing_come_later_and_an_edit_keeps_those_it_still_names() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let expected = || vec!["a.jpg".to_owned(), "b.jpg".to_owned()];
        let first = NewSubmission { expected: expected(), ..submission(&office, "uuid:1", 1) };
        let first = with_photos(first, &["a.jpg", "unasked.jpg"]);
        store.submit(first.clone()).await.unwrap();
        let listed = async |id: &dtm_model::SubmissionId| {
            let files = store.expected_files(id).await.unwrap();
            let word = |file: &dtm_store::ExpectedFile| match (file.expected, file.file.is_some()) {
                (true, true) => file.name.clone(),
                (true, false) => format!("({})", file.name),
                (false, _) => format!("+{}", file.name),
            };
            files.iter().map(word).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(listed(&first.id).await, "a.jpg (b.jpg) +unasked.jpg");
        let counts = store.file_counts(std::slice::from_ref(&first.id)).await.unwrap()[&first.id];
        assert_eq!((counts.expected, counts.present), (2, 1));
        // The same submission twice in one commit, the second with the photo that was missing.
        let later = with_photos(NewSubmission { files: Vec::new(), ..first.clone() }, &["b.jpg"]);
        let receipts = store.submit_many(vec![later.clone(), later]).await.unwrap();
        assert!(receipts.iter().all(|receipt| matches!(receipt, Ok(Receipt::Again(_)))), "{receipts:?}");
        assert_eq!(listed(&first.id).await, "a.jpg b.jpg +unasked.jpg");
        let added = store.audit_of(&first.id.to_string()).await.unwrap();
        assert_eq!(added.iter().filter(|entry| entry.action == "submission.files_added").count(), 1);
        let edit = NewSubmission {
            deprecated_id: Some("uuid:1".to_owned()),
            expected: vec!["b.jpg".to_owned(), "c.jpg".to_owned()],
            ..submission(&office, "uuid:2", 2)
        };
        store.submit(edit.clone()).await.unwrap();
        assert_eq!(listed(&edit.id).await, "b.jpg (c.jpg)");
        assert_eq!(listed(&first.id).await, "a.jpg b.jpg +unasked.jpg", "the older version keeps its own");
        store.clear_submission_file(&edit.id, "b.jpg", &stamp()).await.unwrap();
        assert_eq!(listed(&edit.id).await, "(b.jpg) (c.jpg)");
    });
}

#[test]
fn submissions_are_listed_the_newest_first_by_state_reviewer_and_key() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let all: Vec<_> = (0..7).map(|n| submission(&office, &format!("uuid:{n}"), n)).collect();
        store.submit_many(all.clone()).await.unwrap();
        let listed = async |wanted: &Wanted, before: Option<&dtm_model::RecordId>, skip: u32, limit: u32| {
            let rows = store.list_submissions(wanted, before, skip, limit).await.unwrap();
            rows.iter().map(|row| row.instance_id[5..].to_owned()).collect::<Vec<_>>().join(" ")
        };
        let wanted = Wanted::of(&office.form);
        assert_eq!(listed(&wanted, None, 0, 3).await, "6 5 4");
        assert_eq!(listed(&wanted, Some(&all[4].record.id), 0, 3).await, "3 2 1");
        assert_eq!(listed(&wanted, None, 5, 10).await, "1 0");
        let some = |ns: &[usize]| ns.iter().map(|n| all[*n].record.id.clone()).collect::<Vec<_>>();
        assert_eq!(store.review(&some(&[1, 2, 3]), Some(ReviewState::Approved), &stamp()).await.unwrap(), 3);
        store.review(&some(&[3]), Some(ReviewState::Rejected), &stamp()).await.unwrap();
        store.trash_submission(&all[2].record.id, &stamp()).await.unwrap();
        assert_eq!(store.review(&some(&[2]), None, &stamp()).await.unwrap(), 0, "what lies in the trash is left alone");
        let in_states = |states: &[Option<ReviewState>]| Wanted { states: states.to_vec(), ..wanted.clone() };
        assert_eq!(listed(&in_states(&[Some(ReviewState::Approved)]), None, 0, 9).await, "1");
        assert_eq!(listed(&in_states(&[None, Some(ReviewState::Rejected)]), None, 0, 9).await, "6 5 4 3 0");
        assert_eq!(listed(&Wanted { deleted: true, ..wanted.clone() }, None, 0, 9).await, "2");
        assert_eq!(store.count_wanted(&wanted).await.unwrap(), 6);
        assert_eq!(store.count_records(&office.round.id).await.unwrap(), 6);
        store.restore_submission(&all[2].record.id, &stamp()).await.unwrap();
        assert_eq!(listed(&wanted, None, 0, 9).await, "6 5 4 3 2 1 0");
        store.add_comment("c1", &all[1].record.id, "called back", &stamp()).await.unwrap();
        assert_eq!(store.comments(&all[1].record.id).await.unwrap()[0].body, "called back");
        assert_eq!(store.verify_audit().await.unwrap().broken_at, None);
    });
}

#[test]
fn a_purged_submission_leaves_a_trace_and_nothing_else() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let gone = with_photos(submission(&office, "uuid:gone", 4711), &["face.jpg"]);
        let stays = with_photos(submission(&office, "uuid:stays", 7), &["face.jpg"]);
        store.submit_many(vec![gone.clone(), stays.clone()]).await.unwrap();
        store.add_comment("c1", &gone.record.id, "call 4711", &stamp()).await.unwrap();
        let later = dtm_model::Instant::from_millis(now().as_millis() + 1);
        assert!(store.due_for_purge(later, 9).await.unwrap().is_empty(), "only what lies in the trash");
        store.trash_submission(&gone.record.id, &stamp()).await.unwrap();
        assert!(store.due_for_purge(now(), 9).await.unwrap().is_empty(), "not before its time");
        assert_eq!(store.due_for_purge(later, 9).await.unwrap(), std::slice::from_ref(&gone.record.id));
        let contents = store.purge(std::slice::from_ref(&gone.record.id), &stamp()).await.unwrap();
        assert_eq!(contents, [gone.files[0].hash.clone()]);
        // Whoever guesses the answers finds nothing here to try the guess against.
        let guess = dtm_model::BlobHash::of(gone.xml.as_bytes());
        let log = format!("{:?}", store.audit(0, 1000).await.unwrap());
        assert!(log.contains("submission.received") && !log.contains(guess.as_str()), "{log}");
        assert!(store.was_submitted(&office.form, false, "uuid:gone").await.unwrap());
        let left = &store.submission_heads(std::slice::from_ref(&gone.id)).await.unwrap()[&gone.id];
        assert_eq!(left.xml_hash, dtm_model::BlobHash::of(b""));
        assert_eq!(store.verify_submissions().await.unwrap().submissions, []);
        assert!(!store.may_remove_blob(&contents[0], &stamp()).await.unwrap(), "another submission has the same photo");
        assert!(store.submission(&gone.id).await.unwrap().is_none());
        assert!(store.submission_of_record(&gone.record.id).await.unwrap().is_none());
        assert!(store.record(&gone.record.id).await.unwrap().is_none());
        let again = store.submit(NewSubmission { id: submission(&office, "x", 1).id, ..gone }).await.unwrap_err();
        assert!(matches!(again, StoreError::Conflict { what: "submission_deleted" }), "{again}");
        assert!(store.submission(&stays.id).await.unwrap().is_some());
        // Content that was removed a moment ago must be brought again.
        let lonely = with_photos(submission(&office, "uuid:lonely", 1), &["once.jpg"]);
        assert!(store.may_remove_blob(&lonely.files[0].hash, &stamp()).await.unwrap());
        let refused = store.submit(lonely.clone()).await.unwrap_err();
        assert!(matches!(refused, StoreError::Unavailable(_)), "{refused}");
        let hour = dtm_model::Instant::from_millis(now().as_millis() + 3_600_000);
        let afresh = NewSubmission { stamp: dtm_store::Stamp::new(hour, "phone"), ..lonely };
        assert!(matches!(store.submit(afresh).await, Ok(Receipt::New(_))));
        assert_eq!(store.verify_audit().await.unwrap().broken_at, None);
    });
}
