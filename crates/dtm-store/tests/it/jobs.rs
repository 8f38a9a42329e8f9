//! Jobs: folded, leased, retried.

use crate::is_missing;
use dtm_model::Instant;
use dtm_store::JobState;
use dtm_testkit::{now, on_both_databases};

fn at(seconds: i64) -> Instant {
    Instant::from_millis(now().as_millis() + seconds * 1000)
}

#[test]
fn the_same_job_waits_only_once_and_at_the_earlier_hour() {
    on_both_databases(async |store| {
        let first = store.enqueue("seal", r#"{"form":1}"#, at(60)).await.unwrap();
        assert_eq!(store.enqueue("seal", r#"{"form":1}"#, at(10)).await.unwrap(), first);
        assert_eq!(store.enqueue("seal", r#"{"form":1}"#, at(90)).await.unwrap(), first);
        assert_ne!(store.enqueue("seal", r#"{"form":2}"#, at(60)).await.unwrap(), first);
        assert_ne!(store.enqueue("check", r#"{"form":1}"#, at(60)).await.unwrap(), first);
        let jobs = store.jobs().await.unwrap();
        assert_eq!(jobs.len(), 3);
        assert_eq!((jobs[0].job.id, jobs[0].run_at), (first, at(10)));
    });
}

#[test]
fn a_job_is_held_by_one_until_its_lease_ends() {
    on_both_databases(async |store| {
        let id = store.enqueue("seal", "{}", at(10)).await.unwrap();
        assert_eq!(store.take_job(at(9), at(99)).await.unwrap(), None);
        let job = store.take_job(at(10), at(40)).await.unwrap().unwrap();
        assert_eq!((job.id, job.kind.as_str(), job.payload.as_str(), job.attempts), (id, "seal", "{}", 1));
        assert_eq!(store.take_job(at(39), at(99)).await.unwrap(), None);
        // Asked for anew while it runs, it is to run again afterwards.
        let next = store.enqueue("seal", "{}", at(20)).await.unwrap();
        assert_ne!(next, id);
        assert_eq!(store.take_job(at(20), at(99)).await.unwrap().unwrap().id, next);
        store.finish_job(next).await.unwrap();
        assert_eq!(store.take_job(at(40), at(99)).await.unwrap().unwrap().attempts, 2);
        store.finish_job(id).await.unwrap();
        store.finish_job(id).await.unwrap();
        assert_eq!(store.jobs().await.unwrap(), []);
    });
}

#[test]
fn a_job_that_fails_is_tried_again_or_given_up() {
    on_both_databases(async |store| {
        let id = store.enqueue("seal", "{}", now()).await.unwrap();
        store.take_job(now(), at(60)).await.unwrap();
        store.fail_job(id, "bucket \0 away", Some(at(30))).await.unwrap();
        let job = &store.jobs().await.unwrap()[0];
        assert_eq!((job.state, job.run_at, job.lease_until), (JobState::Waiting, at(30), None));
        assert_eq!(job.error.as_deref(), Some("bucket \u{fffd} away"));
        store.take_job(at(30), at(60)).await.unwrap().unwrap();
        store.fail_job(id, "still away", None).await.unwrap();
        assert_eq!(store.jobs().await.unwrap()[0].state, JobState::Failed);
        assert_eq!(store.take_job(at(900), at(960)).await.unwrap(), None);
        assert!(is_missing(store.fail_job(99, "", None).await));
    });
}

#[test]
fn a_job_that_fails_while_its_like_waits_makes_way() {
    on_both_databases(async |store| {
        let id = store.enqueue("seal", "{}", now()).await.unwrap();
        store.take_job(now(), at(60)).await.unwrap();
        let next = store.enqueue("seal", "{}", now()).await.unwrap();
        store.fail_job(id, "away", Some(at(30))).await.unwrap();
        let jobs: Vec<_> = store.jobs().await.unwrap().into_iter().map(|job| job.job.id).collect();
        assert_eq!(jobs, [next]);
    });
}

#[test]
fn eight_workers_never_hold_the_same_job() {
    on_both_databases(async |store| {
        for n in 0..40 {
            store.enqueue("seal", &n.to_string(), now()).await.unwrap();
        }
        let workers = (0..8).map(|_| {
            let store = store.store.clone();
            tokio::spawn(async move {
                let mut taken = Vec::new();
                while let Some(job) = store.take_job(now(), at(60)).await.unwrap() {
                    taken.push(job.id);
                }
                taken
            })
        });
        let mut taken = Vec::new();
        for worker in workers.collect::<Vec<_>>() {
            taken.extend(worker.await.unwrap());
        }
        taken.sort();
        let n_taken = taken.len();
        taken.dedup();
        assert_eq!((n_taken, taken.len()), (40, 40));
    });
}
