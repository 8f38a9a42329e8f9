//! The checks going over a round: how far they are, what they changed, and that they can be stopped.

use dtm_model::CheckRunId;
use dtm_store::{Replaced, Store};
use dtm_testkit::{draw, now, office, on_both_databases, stamp};
use std::collections::BTreeMap;

async fn entries(store: &Store) -> Vec<String> {
    let entries = store.audit(0, 10_000).await.unwrap();
    entries.into_iter().map(|entry| entry.action).filter(|action| action.starts_with("checks.")).collect()
}

#[test]
fn a_run_tells_how_far_it_is_until_it_ends_with_what_it_changed() {
    on_both_databases(async |store| {
        let round = office(&store).await.round.id;
        let id = CheckRunId::new(now(), draw());
        store.begin_check_run(&round, &id, 1_200, &stamp()).await.unwrap();
        assert!(store.advance_check_run(&id, &round, 500).await.unwrap(), "nobody stopped it");
        let run = store.check_runs(&round).await.unwrap().remove(0);
        assert_eq!((run.n_done, run.n_all, run.ended_at, run.began_at), (500, 1_200, None, now()));
        let changes = BTreeMap::from([("outlier".to_owned(), Replaced { new: 3, gone: 41 })]);
        store.end_check_run(&id, &changes, &stamp()).await.unwrap();
        let run = store.check_runs(&round).await.unwrap().remove(0);
        assert_eq!((run.n_done, run.ended_at, run.changes), (1_200, Some(now()), changes));
        for _ in 0..30 {
            store.begin_check_run(&round, &CheckRunId::new(now(), draw()), 1, &stamp()).await.unwrap();
        }
        assert_eq!(store.check_runs(&round).await.unwrap().len(), 20, "the last ones are enough");
        assert!(entries(&store).await.is_empty(), "how far a run is changes nothing");
    });
}

#[test]
fn checks_are_stopped_once_and_the_round_is_touched_when_they_go_on() {
    on_both_databases(async |store| {
        let round = office(&store).await.round.id;
        let id = CheckRunId::new(now(), draw());
        store.begin_check_run(&round, &id, 10, &stamp()).await.unwrap();
        assert_eq!(store.checks_stopped(&round).await.unwrap(), None);
        store.stop_checks(&round, false, &stamp()).await.unwrap();
        for _ in 0..2 {
            store.stop_checks(&round, true, &stamp()).await.unwrap();
        }
        assert!(!store.advance_check_run(&id, &round, 5).await.unwrap(), "a run hears of it");
        assert_eq!(store.checks_stopped(&round).await.unwrap(), Some((stamp().by, stamp().at)));
        let before = store.audit_end().await.unwrap();
        store.stop_checks(&round, false, &stamp()).await.unwrap();
        assert_eq!(store.checks_stopped(&round).await.unwrap(), None);
        assert_eq!(entries(&store).await, ["checks.stopped", "checks.resumed"]);
        let (_, touched) = store.rounds_touched(before).await.unwrap();
        assert!(touched.contains(&round), "the job that settles rounds hears of it");
    });
}
