//! What phones noted about interviews: read once, and again when a version or its log changes.

use dtm_model::{BlobHash, Timing};
use dtm_store::{SubmissionFile, Trace};
use dtm_testkit::{office, on_both_databases, stamp, submission};
use std::collections::BTreeMap;

fn log(content: &str) -> SubmissionFile {
    let hash = BlobHash::of(content.as_bytes());
    SubmissionFile { name: "audit.csv".to_owned(), hash, size: 9, content_type: "text/csv".to_owned() }
}

#[test]
fn a_trace_is_made_once_and_anew_when_a_log_or_another_version_comes() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let round = &office.round.id;
        let first = submission(&office, "uuid:1", 10);
        let id = first.id.clone();
        store.submit(first).await.unwrap();
        let with_log = dtm_store::NewSubmission { files: vec![log("one")], ..submission(&office, "uuid:2", 10) };
        store.submit(with_log).await.unwrap();
        let waiting = store.untraced(round, 10).await.unwrap();
        let logs: Vec<bool> = waiting.iter().map(|one| one.log.is_some()).collect();
        assert_eq!(logs, [true, false], "the newest first");
        assert_eq!(store.untraced(round, 1).await.unwrap().len(), 1);

        let timing =
            Timing { answering_ms: 60_000, open_ms: 90_000, n_questions: 12, n_quick: 1, n_changed_later: None };
        let trace = Trace { accuracies: BTreeMap::from([("gps".to_owned(), 4.5)]), timing: Some(timing) };
        let traced: Vec<_> = waiting.iter().cloned().map(|one| (one, trace.clone())).collect();
        store.put_traces(round, &traced, &stamp()).await.unwrap();
        assert!(store.untraced(round, 10).await.unwrap().is_empty());
        assert_eq!(store.traces(round).await.unwrap()[&waiting[0].record], trace);

        // The log of the first one comes later, as phones send files one by one.
        let again = dtm_store::NewSubmission { files: vec![log("two")], ..submission(&office, "uuid:1", 10) };
        store.submit(again).await.unwrap();
        let waiting = store.untraced(round, 10).await.unwrap();
        assert_eq!(waiting.iter().map(|one| one.submission.clone()).collect::<Vec<_>>(), std::slice::from_ref(&id));
        store.put_traces(round, &[(waiting[0].clone(), Trace::default())], &stamp()).await.unwrap();
        let mut edited = submission(&office, "uuid:3", 12);
        edited.deprecated_id = Some("uuid:1".to_owned());
        store.submit(edited).await.unwrap();
        let waiting = store.untraced(round, 10).await.unwrap();
        assert!(waiting.len() == 1 && waiting[0].submission != id, "{waiting:?}");
    });
}
