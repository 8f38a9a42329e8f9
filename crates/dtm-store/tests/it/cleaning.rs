//! What officers chose about checks, and the cleaning log.

use crate::{conflict, is_missing};
use dtm_model::{BatchId, Change, Correction, CorrectionId, DisputeId, FormId, RecordId};
use dtm_store::{Batch, BatchKind, CheckSetting, Entering};
use dtm_testkit::{draw, now, office, on_both_databases, stamp, submission};

#[test]
fn a_choice_about_checks_is_never_overwritten_and_nobody_undoes_anothers_unseen() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let form = FormId::new(now(), draw());
        let (roles, thresholds) = (CheckSetting::Roles(&form), CheckSetting::Thresholds(&office.operation.id));
        assert_eq!(store.setting(roles).await.unwrap(), None);
        assert_eq!(store.choose_setting(roles, 0, "{\"id\":\"a\"}", "first", &stamp()).await.unwrap(), 1);
        assert_eq!(store.choose_setting(roles, 1, "{\"id\":\"b\"}", "second", &stamp()).await.unwrap(), 2);
        // Somebody who still looks at the first version is told.
        assert_eq!(conflict(store.choose_setting(roles, 1, "{}", "late", &stamp()).await), "check_setting");
        assert_eq!(conflict(store.choose_setting(thresholds, 3, "{}", "early", &stamp()).await), "check_setting");
        store.choose_setting(thresholds, 0, "{\"nightFrom\":20}", "curfew", &stamp()).await.unwrap();
        let said: Vec<(i64, String)> = store
            .setting_versions(roles, 10)
            .await
            .unwrap()
            .into_iter()
            .map(|chosen| (chosen.version, chosen.reason))
            .collect();
        assert_eq!(said, [(2, "second".to_owned()), (1, "first".to_owned())]);
        assert_eq!(store.setting_version(roles, 1).await.unwrap().unwrap().body, "{\"id\":\"a\"}");
        // The choice of thresholds touches the rounds of the operation.
        let (_, touched) = store.rounds_touched(0).await.unwrap();
        assert!(touched.contains(&office.round.id), "{touched:?}");
    });
}

/// A correction of one answer.
fn entry(record: &RecordId, question: &str, new: &str) -> Correction {
    Correction {
        id: CorrectionId::new(now(), draw()),
        record: record.clone(),
        question: Some(question.to_owned()),
        old: None,
        new: Some(new.to_owned()),
        change: Change::ChangeResponse,
        issue: String::new(),
        reason: "called back".to_owned(),
        check: None,
        by: "reviewer@example.org".to_owned(),
        at: now(),
        source: None,
    }
}

#[test]
fn entries_made_together_are_taken_back_together_and_a_record_corrected_meanwhile_is_looked_at_again() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let round = &office.round.id;
        store.submit(submission(&office, "uuid:one", 10)).await.unwrap();
        let record = store.records(round).await.unwrap().remove(0).record.id;
        let names = ["uuid:one".to_owned(), "uuid:two".to_owned()];
        let found = store.records_named(round, &office.form, &names).await.unwrap();
        assert_eq!(found, [("uuid:one".to_owned(), record.clone())].into());

        let batch = Batch {
            id: BatchId::new(now(), draw()),
            round: round.clone(),
            kind: BatchKind::Log,
            name: "log.xlsx".to_owned(),
            sheet: Some("[[\"uuid\"]]".to_owned()),
            n_entries: 0,
            made_by: stamp().by,
            made_at: stamp().at,
            applied_at: None,
            undone_at: None,
        };
        store.add_batch(&batch, &stamp()).await.unwrap();
        assert_eq!(store.batch(&batch.id).await.unwrap().unwrap(), batch);
        let disputed = (DisputeId::new(now(), draw()), entry(&record, "b", "3"));
        let entering = Entering {
            entries: vec![entry(&record, "a", "1")],
            disputes: vec![disputed.clone()],
            seen: [(record.clone(), 0)].into(),
        };
        // Somebody corrects the record while the log is looked at.
        store.add_corrections(round, vec![entry(&record, "b", "2")], &stamp()).await.unwrap();
        assert_eq!(conflict(store.enter_batch(&batch, &entering, &stamp()).await), "corrections");
        let entering = Entering { seen: [(record.clone(), 1)].into(), ..entering };
        store.enter_batch(&batch, &entering, &stamp()).await.unwrap();
        store.end_batch(&batch.id, &stamp()).await.unwrap();
        let applied = store.batches(round, 10).await.unwrap().remove(0);
        assert_eq!((applied.sheet.clone(), applied.n_entries, applied.applied_at.is_some()), (None, 1, true));
        assert_eq!(store.corrections_of_batch(&batch.id).await.unwrap(), entering.entries);
        assert_eq!(store.count_corrections(round).await.unwrap(), 2);
        assert_eq!(store.corrections_page(round, 0, 1).await.unwrap().len(), 1);

        let open = store.disputes(round, 10).await.unwrap();
        assert_eq!((open.len(), &open[0].wanted, open[0].settled_at), (1, &disputed.1, None));
        store.settle_dispute(round, &disputed.0, None, &stamp()).await.unwrap();
        assert!(is_missing(store.settle_dispute(round, &disputed.0, None, &stamp()).await), "one chooses once");
        assert!(!store.dispute(&disputed.0).await.unwrap().unwrap().1.taken);
        store.undo_batch(&applied, &[entry(&record, "a", "0")], &stamp()).await.unwrap();
        assert!(is_missing(store.undo_batch(&applied, &[], &stamp()).await), "it is taken back once");
        assert!(is_missing(store.drop_batch(&batch.id, &stamp()).await), "what was applied is not dropped");
    });
}
