//! What comes over from another server: runs that are held, stopped and gone on with; entities with their versions.

use dtm_model::{BlobHash, BringRunId, EntityConflict, EntityId, EntityListId, FieldKind, Instant, Lang};
use dtm_store::{BringRun, BringState, BroughtVersion};
use dtm_testkit::{Office, draw, now, office, on_both_databases, stamp};

fn at(seconds: i64) -> Instant {
    Instant::from_millis(now().as_millis() + seconds * 1000)
}

fn run(office: &Office) -> BringRun {
    BringRun {
        id: BringRunId::new(now(), draw()),
        operation: office.operation.id.clone(),
        kind: "kobo".to_owned(),
        address: "https://kf.example.org".to_owned(),
        project: None,
        project_name: String::new(),
        forms: Vec::new(),
        exercise: None,
        round: None,
        lang: Lang::Fr,
        state: BringState::Choosing,
        said: String::new(),
        report: None,
        secret_sealed: Some("sealed".to_owned()),
        created_at: stamp().at,
        created_by: stamp().by,
        updated_at: stamp().at,
    }
}

#[test]
fn a_run_is_held_by_one_goes_on_when_its_lease_ends_and_gives_its_secret_up_at_the_end() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let mut run = run(&office);
        let pieces = [BlobHash::of(b"the end comes second"), BlobHash::of(b"the beginning")];
        store.add_bring_run(&run, &pieces, &stamp()).await.unwrap();
        assert_eq!(store.bring_runs(&run.operation).await.unwrap(), [run.clone()]);
        assert_eq!(store.bring_pieces(&run.id).await.unwrap(), pieces);
        store.forget_bring_pieces(&run.id).await.unwrap();
        assert_eq!(store.bring_pieces(&run.id).await.unwrap(), []);
        assert_eq!(store.take_bring_run(at(1), at(60)).await.unwrap(), None, "nothing is chosen yet");
        run.project = Some("aSites".to_owned());
        run.forms = vec!["site".to_owned()];
        run.exercise = Some(office.exercise.id.clone());
        store.start_bring_run(&run, &stamp()).await.unwrap();
        let taken = store.take_bring_run(at(1), at(60)).await.unwrap().unwrap();
        assert_eq!(
            (taken.project.as_deref(), taken.forms.len(), taken.secret_sealed.as_deref()),
            (Some("aSites"), 1, Some("sealed"))
        );
        assert_eq!(store.take_bring_run(at(59), at(120)).await.unwrap(), None);
        assert!(store.tell_bring_run(&run.id, "site: 3/9", at(50), at(110)).await.unwrap());
        assert_eq!(store.take_bring_run(at(100), at(160)).await.unwrap(), None);
        // Whoever held it is gone.
        assert_eq!(store.take_bring_run(at(110), at(170)).await.unwrap().unwrap().said, "site: 3/9");
        let mut asked = stamp();
        asked.at = at(120);
        store.stop_bring_run(&run.id, &asked).await.unwrap();
        assert!(!store.tell_bring_run(&run.id, "site: 4/9", at(121), at(180)).await.unwrap(), "it is asked to stop");
        store.end_bring_run(&run.id, BringState::Stopped, "{}", &stamp()).await.unwrap();
        let ended = store.bring_run(&run.operation, &run.id).await.unwrap().unwrap();
        assert_eq!(
            (ended.state, ended.secret_sealed, ended.report.as_deref()),
            (BringState::Stopped, None, Some("{}"))
        );
        assert_eq!(store.take_bring_run(at(900), at(960)).await.unwrap(), None);
        store.start_bring_run(&run, &stamp()).await.unwrap();
        assert!(store.take_bring_run(at(900), at(960)).await.unwrap().is_some());
    });
}

fn version(label: &str, size: &str, at_second: i64) -> BroughtVersion {
    BroughtVersion {
        label: label.to_owned(),
        data: [("size".to_owned(), size.to_owned())].into(),
        at: at(at_second),
        by: "import (awa)".to_owned(),
        ..BroughtVersion::default()
    }
}

#[test]
fn an_entity_comes_with_its_versions_once_and_later_ones_follow() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let operation = &office.operation.id;
        let list = EntityListId::new(now(), draw());
        store.create_entity_list(&list, operation, "families", [false, false], &stamp()).await.unwrap();
        let list = store.entity_list(operation, "families").await.unwrap().unwrap();
        store.add_entity_property(&list, "size", FieldKind::Text, &stamp()).await.unwrap();
        let list = store.entity_list(operation, "families").await.unwrap().unwrap();
        let id = EntityId::new([7; 16]);
        let clash = BroughtVersion { conflict: Some(EntityConflict::Soft), ..version("Alpha", "6", -80) };
        let versions = [version("Alpha", "5", -90), clash, version("Alpha camp", "6", -70)];
        let bring = async |versions: &[BroughtVersion], clashes| {
            store.bring_entity(&list, &id, versions, clashes, &stamp()).await.unwrap()
        };
        assert_eq!(bring(&versions[..2], true).await, (2, true));
        assert_eq!(bring(&versions[..2], true).await, (0, false));
        let now = store.entity(&list, &id, false).await.unwrap().unwrap();
        assert_eq!(
            (now.conflict, now.created_at, now.created_by.as_str()),
            (Some(EntityConflict::Soft), at(-90), "import (awa)")
        );
        assert_eq!(bring(&versions, false).await, (1, false));
        let now = store.entity(&list, &id, false).await.unwrap().unwrap();
        assert_eq!((now.conflict, now.version.number, now.version.label.as_str()), (None, 3, "Alpha camp"));
        let list = store.entity_list(operation, "families").await.unwrap().unwrap();
        assert_eq!((list.n_entities, list.n_conflicts), (1, 0));
        store.delete_entities(&list, std::slice::from_ref(&id), &stamp()).await.unwrap();
        let more = [&versions[..], &[version("Alpha", "9", -60)]].concat();
        assert_eq!(bring(&more, false).await, (0, false), "what was deleted here stays so");
        let told = store.verify_audit().await.unwrap();
        assert_eq!(told.broken_at, None);
    });
}
