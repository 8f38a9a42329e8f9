//! A database of an earlier version is opened: everything in it is there, can be found, and goes on.
//!
//! `old_office` puts in what the first schema and a later one kept, as they kept it.

use crate::conflict;
use dtm_model::{BlobHash, EntityId, Exercise, FormId, Operation, OperationId, RecordId, Round, RoundId, Source};
use dtm_store::{Access, EntityFilter, EntityOrder, NewSubmission, Receipt, ReviewState, Store, Submission, Wanted};
use dtm_testkit::{Office, exercise, now, on_old_office, operation, round, stamp, submission};
use std::fmt::Debug;
use std::str::FromStr;

/// The id of a row of the old office.
fn id<T: FromStr<Err: Debug>>(n: u32) -> T {
    format!("019bc0ab-2018-7000-8000-{n:012x}").parse().unwrap()
}

/// The hash of a token.
fn hash(token: &str) -> String {
    BlobHash::of(token.as_bytes()).as_str().to_owned()
}

/// The hash of the token of 64 such letters.
fn token(letter: &str) -> String {
    hash(&letter.repeat(64))
}

/// The old office, as far as what is sent to it needs.
fn old() -> Office {
    let operation = Operation { id: id(0x21), ..operation("xso") };
    let exercise = Exercise { id: id(0x22), ..exercise(&operation, "mobility") };
    let round = Round { id: id(0x23), ..round(&exercise, "1") };
    Office { operation, exercise, round, form: id(0x24), version: id(0x25) }
}

/// What an old hash of a password begins with.
const ARGON: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

/// The submissions of a list, newest first: instance, state, edits.
async fn listed(store: &Store, wanted: &Wanted) -> String {
    let found = store.list_submissions(wanted, None, 0, 50).await.unwrap();
    assert_eq!(store.count_wanted(wanted).await.unwrap(), found.len() as u64);
    let line = |one: &Submission| {
        let state = one.review_state.map_or("received", ReviewState::code);
        format!("{} {state} {}", one.instance_id.trim_start_matches("uuid:"), one.edits)
    };
    found.iter().map(line).collect::<Vec<_>>().join(", ")
}

#[test]
fn people_phones_and_links_keep_their_way_in_and_what_they_may() {
    on_old_office(async |store| {
        for (email, may) in [
            ("admin@example.org", "Admin Secret"),
            ("officer@example.org", "Manager Secret"),
            ("reviewer@example.org", "Reviewer Secret"),
            ("viewer@example.org", "Viewer Nothing"),
        ] {
            let user = store.user_by_email(email).await.unwrap().unwrap();
            assert!(user.password_hash.starts_with(ARGON), "{email}");
            assert!(!user.one_time && user.totp_since.is_none() && user.removed_at.is_none(), "{email}");
            let grants = store.grants_of(&user.id).await.unwrap();
            let grants: Vec<String> = grants.iter().map(|grant| format!("{:?} {:?}", grant.role, grant.sees)).collect();
            assert_eq!(grants.join(", "), may, "{email}");
        }
        let signed_in = store.session(&token("S"), now()).await.unwrap().unwrap();
        assert_eq!(signed_in.email, "officer@example.org");
        let program = hash(&format!("dtm_{}", "T".repeat(60)));
        assert_eq!(store.api_token(&program, now()).await.unwrap().unwrap().user, signed_in.id);
        let form = store.form_by_xml_id(&id(0x21), "site").await.unwrap().unwrap();
        let awa = store.app_user_by_token(&token("A")).await.unwrap().unwrap();
        assert!(store.may_fill(&awa.id, &form).await.unwrap());
        assert_eq!((awa.revoked_at, awa.binds, awa.expires_at), (None, false, None));
        assert!(store.app_user_by_token(&token("M")).await.unwrap().unwrap().revoked_at.is_some());
        let link = store.public_link_by_token(&token("L")).await.unwrap().unwrap();
        assert!(store.may_fill(&link.id, &form).await.unwrap());
    });
}

#[test]
fn submissions_are_listed_with_their_versions_files_findings_and_corrections() {
    on_old_office(async |store| {
        let form: FormId = id(0x24);
        let live = Wanted::of(&form);
        assert_eq!(listed(&store, &live).await, "third received 0, second edited 1, first received 0");
        let only = |state| Wanted { states: vec![state], ..live.clone() };
        assert_eq!(listed(&store, &only(Some(ReviewState::Edited))).await, "second edited 1");
        assert_eq!(listed(&store, &Wanted { round: Some(id(0x23)), ..live.clone() }).await.matches(',').count(), 2);
        assert_eq!(listed(&store, &Wanted { deleted: true, ..live.clone() }).await, "fourth received 0");
        assert_eq!(listed(&store, &Wanted { draft: true, ..live.clone() }).await, "fifth received 0");
        assert_eq!(store.submitters(&form, false).await.unwrap(), [format!("app-user:{}", id::<RecordId>(0x26))]);

        let first = store.whole_submission(&form, false, "uuid:first").await.unwrap().unwrap();
        let files = store.submission_files(&first.current).await.unwrap();
        assert_eq!(files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["a.jpg"]);
        assert!(store.expected_files(&first.current).await.unwrap().iter().all(|file| file.file.is_some()));
        assert_eq!(store.comments(&first.record).await.unwrap().len(), 1);
        let second = store.whole_submission(&form, false, "uuid:second").await.unwrap().unwrap();
        let versions = store.submissions_of(&second.record).await.unwrap();
        let replaced = versions.iter().map(|version| version.superseded_by.is_some()).collect::<Vec<_>>();
        assert_eq!((versions.len(), replaced.iter().filter(|it| **it).count()), (2, 1));

        let third: RecordId = id(0x43);
        assert_eq!(store.findings_about(std::slice::from_ref(&third)).await.unwrap().len(), 1);
        let round: RoundId = id(0x23);
        let weighed = store.count_findings(&round).await.unwrap().map(|count| count.open);
        assert_eq!(weighed, [0, 1, 0], "one to be confirmed");
        assert_eq!(store.corrections_of(&third).await.unwrap()[0].reason, "entered twice");
        assert_eq!(store.count_records(&round).await.unwrap(), 2, "one was taken out, one lies in the trash");
        let record = store.record(&second.record).await.unwrap().unwrap();
        assert_eq!(record.record.source, Source::Submission { id: id(0x34) });
        assert_eq!(record.record.answers.get("idp_ind").unwrap().number(), Some(22.0));
        let version = store.form_version(&id(0x21), "site", "1").await.unwrap().unwrap();
        assert_eq!(version.version.schema.fields.len(), 4);
    });
}

#[test]
fn entities_are_found_by_their_values_and_words_and_keep_their_versions() {
    on_old_office(async |store| {
        let operation: OperationId = id(0x21);
        let list = store.entity_list(&operation, "sites").await.unwrap().unwrap();
        let labels = async |filter: &EntityFilter, order: &EntityOrder| {
            let rows = store.entity_rows_by(&list, filter, order, None, 50).await.unwrap();
            rows.iter().map(|(_, row)| row.label.clone()).collect::<Vec<_>>().join(", ")
        };
        let in_zone = EntityFilter {
            access: Access { values: vec![("area".to_owned(), "XS01".to_owned())], ..Access::default() },
            ..EntityFilter::default()
        };
        let by = |property: &str| EntityOrder::By { property: property.to_owned(), descending: false };
        assert_eq!(labels(&in_zone, &EntityOrder::Newest).await, "", "the values of then are kept in another way now");
        for _ in 0..2 {
            store.fill_entity_values(&stamp()).await.unwrap();
        }
        assert_eq!(labels(&in_zone, &EntityOrder::Newest).await, "Camp of the hill");
        let all = EntityFilter::default();
        assert_eq!(labels(&all, &EntityOrder::Newest).await, "School of Sundra, Camp of the hill");
        assert_eq!(labels(&all, &by("area")).await, "Camp of the hill, School of Sundra");
        assert_eq!(labels(&all, &by("label")).await, "Camp of the hill, School of Sundra");
        let search = EntityFilter { search: Some("sun sch".to_owned()), ..EntityFilter::default() };
        let found = store.entities(&list, &search, None, 50, 0).await.unwrap();
        assert_eq!(found.iter().map(|one| one.version.label.as_str()).collect::<Vec<_>>(), ["School of Sundra"]);
        let gone = EntityFilter { deleted: true, ..EntityFilter::default() };
        assert_eq!(labels(&gone, &EntityOrder::Newest).await, "Old market");
        let camp: EntityId = "00000000-0000-4000-8000-000000000071".parse().unwrap();
        let versions = store.entity_versions(&list, &camp).await.unwrap();
        let households: Vec<&str> = versions.iter().map(|version| version.data["hh"].as_str()).collect();
        assert_eq!(households, ["12", "15"]);
        assert_eq!(store.actor_property_values(&id::<RecordId>(0x26).to_string()).await.unwrap()["zone"], "XS01");
    });
}

#[test]
fn an_old_office_goes_on_collecting_and_its_log_stays_whole() {
    on_old_office(async |store| {
        assert_eq!(store.verify_audit().await.unwrap().broken_at, None);
        let evidence = store.verify_submissions().await.unwrap();
        assert_eq!((evidence.n_rows, evidence.submissions.len(), evidence.database.len()), (6, 0, 0));
        let office = old();
        let sent = |instance: &str, idp_ind: i64| {
            let xml = format!(
                "<data id=\"site\" version=\"1\"><idp_ind>{idp_ind}</idp_ind><photo/>\
                 <meta><instanceID>{instance}</instanceID></meta></data>"
            );
            NewSubmission { xml, ..submission(&office, instance, idp_ind) }
        };
        assert_eq!(store.submit(sent("uuid:third", 900)).await.unwrap(), Receipt::Again(id(0x35)));
        assert!(matches!(store.submit(sent("uuid:third", 901)).await.unwrap(), Receipt::Differs(_)));
        assert_eq!(conflict(store.submit(sent("uuid:fourth", 4)).await), "submission_deleted");
        assert!(matches!(store.submit(sent("uuid:sixth", 6)).await.unwrap(), Receipt::New(_)));
        let edit = |instance: &str, of: &str| NewSubmission {
            deprecated_id: Some(of.to_owned()),
            ..submission(&office, instance, 23)
        };
        assert_eq!(conflict(store.submit(edit("uuid:edit", "uuid:second")).await), "edit_outdated");
        assert!(matches!(store.submit(edit("uuid:edit", "uuid:second-again")).await.unwrap(), Receipt::New(_)));
        store.review(&[id(0x41)], Some(ReviewState::Approved), &stamp()).await.unwrap();
        store.restore_submission(&id(0x44), &stamp()).await.unwrap();
        let live = listed(&store, &Wanted::of(&id(0x24))).await;
        assert_eq!(live, "sixth received 0, fourth received 0, third received 0, second edited 2, first approved 0");
        store.trash_submission(&id(0x44), &stamp()).await.unwrap();
        store.purge(&[id(0x44)], &stamp()).await.unwrap();
        assert_eq!(conflict(store.submit(sent("uuid:fourth", 4)).await), "submission_deleted");
        assert_eq!(store.verify_audit().await.unwrap().broken_at, None);
        assert!(store.verify_submissions().await.unwrap().submissions.is_empty());
    });
}
