//! Forms, versions and media.

use crate::{conflict, is_missing};
use dtm_model::{BlobHash, FormId, FormVersionId, Instant};
use dtm_store::{FormMedia, FormState, FormVersion};
use dtm_testkit::{draw, now, office, on_both_databases, stamp};

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
        let again = FormVersion { id: FormVersionId::new(now(), draw()), ..draft.clone() };
        assert_eq!(conflict(store.add_form_version(&again, &stamp()).await), "form_version");
        let draft = FormVersion { published_at: Some(later.at), ..draft };
        assert_eq!(store.form_versions(&office.form).await.unwrap(), [first, draft.clone()]);
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
