//! Projects: descriptions, counts and the trash.

use crate::{conflict, is_missing};
use dtm_model::{BlobHash, Instant, ReleaseId, Text};
use dtm_store::{ProjectCounts, ReleaseRow};
use dtm_testkit::{draw, now, office, on_both_databases, stamp, submission};
use serde_json::json;

#[test]
fn a_project_in_the_trash_is_reached_by_no_name_and_can_be_taken_back() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let id = &office.operation.id;
        let name = Text::both("Flood response", "Réponse aux inondations");
        store.update_project(id, &name, Some("For **partners**"), false, &stamp()).await.unwrap();
        let project = store.project(1).await.unwrap().unwrap();
        assert_eq!((&project.operation.name, project.description.as_deref()), (&name, Some("For **partners**")));
        assert!(!project.operation.active && project.updated_at == Some(now()));
        assert_eq!(store.projects(false).await.unwrap(), std::slice::from_ref(&project));
        store.trash_project(id, &stamp()).await.unwrap();
        assert!(is_missing(store.trash_project(id, &stamp()).await));
        assert!(store.operation_by_project(1).await.unwrap().is_none());
        assert!(store.operation_by_slug("xso").await.unwrap().is_none());
        assert!(store.operations().await.unwrap().is_empty() && store.projects(false).await.unwrap().is_empty());
        assert_eq!(store.projects(true).await.unwrap()[0].deleted_at, Some(now()));
        store.restore_project(id, &stamp()).await.unwrap();
        assert_eq!(store.project(1).await.unwrap(), Some(project));
    });
}

#[test]
fn a_project_counts_its_forms_its_phones_and_its_newest_submission() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let counts = async || store.project_counts(&office.operation.id, now()).await.unwrap();
        assert_eq!(counts().await, ProjectCounts { forms: 1, app_users: 0, last_submission: None });
        store.submit(submission(&office, "uuid:one", 1)).await.unwrap();
        let mut late = submission(&office, "uuid:two", 1);
        late.stamp.at = Instant::from_millis(now().as_millis() + 5);
        store.submit(late).await.unwrap();
        let newest = Some(Instant::from_millis(now().as_millis() + 5));
        assert_eq!(counts().await, ProjectCounts { forms: 1, app_users: 0, last_submission: newest });
        let release = ReleaseRow {
            id: ReleaseId::new(now(), draw()),
            operation: office.operation.id.clone(),
            exercise: office.exercise.id.clone(),
            round: office.round.id.clone(),
            version: 1,
            audience: "public".to_owned(),
            policy: json!({}),
            blob: BlobHash::of(b"release"),
            reason: json!({}),
            made_at: now(),
            withdrawn_at: None,
            withdrawn_why: None,
        };
        store.put_release(&release, false, &[], &stamp()).await.unwrap();
        let kept = store.trash_project(&office.operation.id, &stamp()).await;
        assert_eq!(conflict(kept), "project_released", "what is public must stay traceable");
        store.trash_form(&office.form, &stamp()).await.unwrap();
        assert_eq!(counts().await, ProjectCounts::default());
    });
}
