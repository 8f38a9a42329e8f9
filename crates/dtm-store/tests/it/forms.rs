//! Forms, versions and media.

use crate::{conflict, is_missing};
use dtm_model::{BlobHash, FormId, FormVersionId, Instant, PublicLinkId, ReleaseId};
use dtm_store::{FormMedia, FormState, FormVersion, NewSubmission, PublicLink, ReleaseRow, Schedule, SubmissionFile};
use dtm_testkit::{draw, now, office, on_both_databases, stamp, submission};

#[test]
fn the_version_published_last_is_the_current_one() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let first = store.form_version_by_id(&office.version).await.unwrap().unwrap();
        let draft = FormVersion {
            id: FormVersionId::new(now(), draw()),
            version: "2026011502".to_owned(),
            source: Some(BlobHash::of(b"workbook")),
            source_name: Some("assessment.xlsx".to_owned()),
            published_at: None,
            ..first.clone()
        };
        store.add_form_version(&draft, &stamp()).await.unwrap();
        let current = async || {
            let published = store.published_forms(&office.operation.id).await.unwrap();
            assert_eq!(published.len(), 1);
            assert_eq!(published[0].form.exercise, office.exercise.id);
            published[0].version.version.clone()
        };
        assert_eq!(current().await, "2026011501");
        let mut later = stamp();
        later.at = Instant::from_millis(now().as_millis() + 1);
        store.publish_form_version(&draft.id, &later).await.unwrap();
        assert_eq!(current().await, "2026011502");
        assert_eq!(conflict(store.publish_form_version(&draft.id, &later).await), "form_version_published");
        let draft = FormVersion { published_at: Some(later.at), published_by: Some(later.by.clone()), ..draft };
        assert_eq!(store.form_versions(&office.form).await.unwrap(), [first, draft.clone()]);
        assert_eq!(store.current_version(&office.form).await.unwrap(), Some(draft.clone()));
        let again = FormVersion { id: FormVersionId::new(now(), draw()), published_at: None, ..draft.clone() };
        store.add_form_version(&again, &stamp()).await.unwrap();
        assert_eq!(conflict(store.publish_form_version(&again.id, &later).await), "form_version");
        let named = store.form_version(&office.operation.id, "site_assessment", "2026011502").await.unwrap();
        assert_eq!(named.unwrap().version, draft);
        assert!(store.form_version(&office.operation.id, "site_assessment", "1").await.unwrap().is_none());
        assert!(store.form_version(&office.operation.id, "other", "1").await.unwrap().is_none());
    });
}

#[test]
fn a_form_id_is_unique_in_its_operation_and_a_form_can_be_closed() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let id = FormId::new(now(), draw());
        let again = store.create_form(&id, &office.exercise.id, "site_assessment", "Again", &stamp()).await;
        assert_eq!(conflict(again), "form_id");
        let form = store.form(&office.form).await.unwrap().unwrap();
        assert_eq!(form.state, FormState::Open);
        store.set_form_state(&form.id, FormState::Closed, &stamp()).await.unwrap();
        assert_eq!(store.forms(&office.exercise.id).await.unwrap()[0].state, FormState::Closed);
        assert!(is_missing(store.set_form_state(&id, FormState::Closed, &stamp()).await));
    });
}

#[test]
fn a_form_lists_the_files_it_needs() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let file = |name: &str, content: &[u8]| FormMedia {
            name: name.to_owned(),
            hash: BlobHash::of(content),
            md5: Some("0".repeat(32)),
            size: content.len() as u64,
            content_type: "text/csv".to_owned(),
        };
        for media in [file("sites.csv", b"a"), file("areas.csv", b"b"), file("sites.csv", b"new")] {
            store.put_form_media(&office.version, &media, &stamp()).await.unwrap();
        }
        let media = store.form_media(&office.version).await.unwrap();
        assert_eq!(media, [file("areas.csv", b"b"), file("sites.csv", b"new")]);
    });
}

/// A draft of the office's form that needs these files.
async fn draft_of(store: &dtm_store::Store, form: &FormId, version: &str, files: &[&str]) -> FormVersion {
    let mut draft = store.form_versions(form).await.unwrap().remove(0);
    draft.id = FormVersionId::new(now(), draw());
    draft.version = version.to_owned();
    draft.schema.media = files.iter().map(|name| (*name).to_owned()).collect();
    (draft.published_at, draft.published_by) = (None, None);
    draft
}

#[test]
fn a_form_has_one_draft_which_its_testers_find_by_their_token_until_it_is_published() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let first = draft_of(&store, &office.form, "2", &[]).await;
        store.add_draft(&first, "first", Some("sealed"), &stamp()).await.unwrap();
        // The same version as what is published: it may stay so until it is published itself.
        let second = draft_of(&store, &office.form, "2026011501", &[]).await;
        store.add_draft(&second, "second", None, &stamp()).await.unwrap();
        assert_eq!(store.draft_by_token("first").await.unwrap(), None, "the draft before is gone");
        assert_eq!(store.form_version_by_id(&first.id).await.unwrap(), None);
        let draft = store.draft(&office.form).await.unwrap().unwrap();
        assert_eq!((&draft.version, draft.token_hash.as_deref(), draft.token_sealed), (&second, Some("second"), None));
        assert_eq!(store.draft_by_token("second").await.unwrap().as_ref(), Some(&second));
        let heads = store.form_heads(&office.operation.id).await.unwrap();
        let named = |head: &Option<dtm_store::VersionHead>| head.as_ref().map(|head| head.version.clone());
        assert_eq!(
            (named(&heads[0].published), named(&heads[0].draft)),
            (Some("2026011501".into()), Some("2026011501".into()))
        );
        assert_eq!(heads[0], store.form_head(heads[0].form.clone()).await.unwrap());

        let test = |version: &FormVersion| NewSubmission {
            form_version: version.id.clone(),
            round: None,
            draft: true,
            files: vec![SubmissionFile {
                name: "a.jpg".to_owned(),
                hash: BlobHash::of(b"a"),
                size: 1,
                content_type: "image/jpeg".to_owned(),
            }],
            ..submission(&office, "uuid:test", 1)
        };
        store.submit(test(&second)).await.unwrap();
        store.submit(submission(&office, "uuid:test", 1)).await.unwrap();
        let tried = async || store.submission_by_instance(&office.form, true, "uuid:test").await.unwrap().is_some();
        assert!(tried().await);
        let second = draft_of(&store, &office.form, "2026011501", &[]).await;
        store.add_draft(&second, "second", None, &stamp()).await.unwrap();
        assert!(!tried().await, "another draft begins without tests");
        store.submit(test(&second)).await.unwrap();

        assert_eq!(conflict(store.publish_draft(&second, &stamp()).await), "form_version");
        let mut renamed = FormVersion {
            version: "3".to_owned(),
            xform: "<h:html version='3'/>".to_owned(),
            xform_hash: "ec0bd12ce6aa8bd12f22362e2baa884c".to_owned(),
            ..second
        };
        renamed.schema.title = "Another name".to_owned();
        store.publish_draft(&renamed, &stamp()).await.unwrap();
        assert_eq!(store.draft_by_token("second").await.unwrap(), None);
        assert!(store.draft(&office.form).await.unwrap().is_none());
        assert!(!tried().await && store.count_form_submissions(&office.form).await.unwrap() == 1);
        let now_called = store.form(&office.form).await.unwrap().unwrap();
        assert_eq!((now_called.name.as_str(), now_called.updated_at), ("Another name", Some(now())));
        assert!(store.form_version(&office.operation.id, "site_assessment", "3").await.unwrap().is_some());
        assert!(is_missing(store.discard_draft(&office.form, &stamp()).await));
    });
}

#[test]
fn files_and_lists_go_on_with_the_next_version_that_names_them() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let file = |name: &str, content: &[u8]| FormMedia {
            name: name.to_owned(),
            hash: BlobHash::of(content),
            md5: None,
            size: 1,
            content_type: "text/csv".to_owned(),
        };
        store.put_form_media(&office.version, &file("sites.csv", b"old"), &stamp()).await.unwrap();
        store.put_form_media(&office.version, &file("gone.csv", b"gone"), &stamp()).await.unwrap();
        store.put_form_media(&office.version, &file("people.csv", b"file"), &stamp()).await.unwrap();
        store.link_form_list(&office.version, "people.csv", "people", &stamp()).await.unwrap();
        let names = ["sites.csv", "people.csv", "new.csv"];
        let first = draft_of(&store, &office.form, "2", &names).await;
        store.add_form_version(&first, &stamp()).await.unwrap();
        let kept = async |version: &FormVersion| {
            let files = store.form_files(&version.id).await.unwrap();
            let told = |file: dtm_store::FormFile| {
                format!(
                    "{} {}",
                    file.name,
                    file.list.unwrap_or_else(|| file.media.unwrap().hash.as_str()[..6].to_owned())
                )
            };
            files.into_iter().map(told).collect::<Vec<_>>()
        };
        let short = |content: &[u8]| BlobHash::of(content).as_str()[..6].to_owned();
        assert_eq!(kept(&first).await, ["people.csv people".to_owned(), format!("sites.csv {}", short(b"old"))]);
        store.put_form_media(&first.id, &file("sites.csv", b"newer"), &stamp()).await.unwrap();
        store.put_form_media(&first.id, &file("people.csv", b"again"), &stamp()).await.unwrap();
        let second = draft_of(&store, &office.form, "3", &names).await;
        store.add_form_version(&second, &stamp()).await.unwrap();
        let expected = [format!("people.csv {}", short(b"again")), format!("sites.csv {}", short(b"newer"))];
        assert_eq!(kept(&second).await, expected, "what the draft had counts before what is published");
        store.remove_form_file(&second.id, "sites.csv", &stamp()).await.unwrap();
        assert!(is_missing(store.remove_form_file(&second.id, "sites.csv", &stamp()).await));
        assert_eq!(kept(&second).await, [expected[0].clone()]);
        let elsewhere = draft_of(&store, &office.form, "4", &names).await;
        let elsewhere = FormVersion { published_at: Some(now()), ..elsewhere };
        store.add_form_version(&elsewhere, &stamp()).await.unwrap();
        let draft = store.draft(&office.form).await.unwrap().unwrap().version;
        assert_eq!(draft.id, second.id, "what was published elsewhere leaves the draft alone");
    });
}

#[test]
fn a_form_in_the_trash_gives_its_form_id_free_and_can_be_taken_back_while_it_is() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let (operation, exercise) = (&office.operation.id, &office.exercise.id);
        store.trash_form(&office.form, &stamp()).await.unwrap();
        assert!(is_missing(store.trash_form(&office.form, &stamp()).await), "twice is once");
        assert!(store.form_by_xml_id(operation, "site_assessment").await.unwrap().is_none());
        assert!(store.published_forms(operation).await.unwrap().is_empty());
        assert!(
            store.forms(exercise).await.unwrap().is_empty() && store.form_heads(operation).await.unwrap().is_empty()
        );
        assert!(store.form_version(operation, "site_assessment", "2026011501").await.unwrap().is_none());
        let trashed = store.trashed_forms(operation).await.unwrap();
        assert_eq!((trashed[0].xml_form_id.as_str(), trashed[0].deleted_at), ("site_assessment", Some(now())));
        let later = Instant::from_millis(now().as_millis() + 1);
        assert_eq!(store.forms_trashed_before(later).await.unwrap(), trashed);
        assert!(store.forms_trashed_before(now()).await.unwrap().is_empty());

        let other = FormId::new(now(), draw());
        store.create_form(&other, exercise, "site_assessment", "Another", &stamp()).await.unwrap();
        assert_eq!(conflict(store.restore_form(&office.form, &stamp()).await), "form_id");
        store.trash_form(&other, &stamp()).await.unwrap();
        store.restore_form(&office.form, &stamp()).await.unwrap();
        assert_eq!(store.form_by_xml_id(operation, "site_assessment").await.unwrap().unwrap().id, office.form);
        assert!(is_missing(store.restore_form(&office.form, &stamp()).await));
    });
}

#[test]
fn a_form_opens_and_closes_by_its_schedule_until_somebody_decides() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let at = |minutes: i64| Instant::from_millis(now().as_millis() + minutes * 60_000);
        let states = async || {
            let form = store.form(&office.form).await.unwrap().unwrap();
            [5, 10, 20, 25].map(|minutes| form.state_at(at(minutes)).code()).join(" ")
        };
        assert_eq!(states().await, "open open open open");
        let schedule = Schedule { opens_at: Some(at(10)), closes_at: Some(at(20)) };
        store.schedule_form(&office.form, schedule, &stamp()).await.unwrap();
        assert_eq!(states().await, "closed open closing closing");
        store.set_form_state(&office.form, FormState::Closed, &stamp()).await.unwrap();
        assert_eq!(states().await, "closed closed closed closed");
        let mut late = stamp();
        late.at = at(22);
        store.set_form_state(&office.form, FormState::Open, &late).await.unwrap();
        assert_eq!(states().await, "closed open open open", "the closing has passed; the decision stands");
        store.set_form_state(&office.form, FormState::Open, &stamp()).await.unwrap();
        assert_eq!(states().await, "open open open open", "opened now, whatever the schedule said");
    });
}

#[test]
fn a_public_link_is_good_until_it_ends_or_is_withdrawn() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let end = Instant::from_millis(now().as_millis() + 1000);
        let link = PublicLink {
            id: PublicLinkId::new(now(), draw()),
            form: office.form.clone(),
            name: "Partners".to_owned(),
            once: true,
            token_hash: "hash".to_owned(),
            token_sealed: None,
            created_at: now(),
            created_by: stamp().by,
            expires_at: Some(end),
            revoked_at: None,
        };
        store.create_public_link(&link, &stamp()).await.unwrap();
        assert_eq!(store.public_link_by_token("hash").await.unwrap(), Some(link.clone()));
        assert_eq!(store.public_links(&office.form).await.unwrap(), std::slice::from_ref(&link));
        assert!(link.is_good(now()) && !link.is_good(end));
        let twin = PublicLink { id: PublicLinkId::new(now(), draw()), ..link.clone() };
        assert_eq!(conflict(store.create_public_link(&twin, &stamp()).await), "public_link_token");
        store.revoke_public_link(&link.id, &stamp()).await.unwrap();
        assert!(!store.public_link(&link.id).await.unwrap().unwrap().is_good(now()));
        assert_eq!(conflict(store.revoke_public_link(&link.id, &stamp()).await), "public_link_revoked");
        assert!(is_missing(store.revoke_public_link(&twin.id, &stamp()).await));
    });
}

#[test]
fn a_form_that_lay_in_the_trash_long_enough_is_emptied_unless_public_figures_rest_on_it() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        store.submit(submission(&office, "uuid:one", 1)).await.unwrap();
        assert!(is_missing(store.purge_form(&office.form, &stamp()).await), "not in the trash");
        store.trash_form(&office.form, &stamp()).await.unwrap();
        let release = ReleaseRow {
            id: ReleaseId::new(now(), draw()),
            operation: office.operation.id.clone(),
            exercise: office.exercise.id.clone(),
            round: office.round.id.clone(),
            version: 1,
            audience: "public".to_owned(),
            policy: serde_json::json!({}),
            blob: BlobHash::of(b"release"),
            reason: serde_json::json!({}),
            made_at: now(),
            withdrawn_at: None,
            withdrawn_why: None,
        };
        store.put_release(&release, false, &[], &stamp()).await.unwrap();
        assert!(!store.purge_form(&office.form, &stamp()).await.unwrap(), "its answers stand behind what is public");
        assert_eq!(store.form_activity(&office.form).await.unwrap().submissions, 1);
        store.withdraw_release(&release.id, "mistake", &[], &stamp()).await.unwrap();
        assert!(store.purge_form(&office.form, &stamp()).await.unwrap());
        assert_eq!(store.form_activity(&office.form).await.unwrap().submissions, 0);
        assert!(store.trashed_forms(&office.operation.id).await.unwrap().is_empty());
        assert!(is_missing(store.restore_form(&office.form, &stamp()).await), "nothing takes it back");
        assert!(is_missing(store.purge_form(&office.form, &stamp()).await));
    });
}
