//! A server that is killed while phones send: what was acknowledged is there.

use dtm_model::{FormVersionId, RoundId};
use dtm_store::{NewSubmission, Store};
use dtm_testkit::{Office, office, on_both_databases, submission};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Where the server to be killed finds its store, the form version and the round.
const CHILD: &str = "DTM_TEST_CRASH";

#[test]
fn what_was_acknowledged_survives_a_kill() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        for turn in 0..3 {
            let acknowledged = run_and_kill(&format!("{} {} {} {turn}", store.url, office.version, office.round.id));
            assert!(acknowledged.len() >= 100);
            let again = Store::open(&store.url).await.unwrap();
            for instance in &acknowledged {
                let stored = again.submission_by_instance(&office.form, false, instance).await.unwrap();
                let stored = stored.unwrap_or_else(|| panic!("{instance} was acknowledged and is lost"));
                assert!(again.record(&stored.record).await.unwrap().is_some());
            }
            assert_eq!(again.verify_audit().await.unwrap().broken_at, None);
            let n_submissions = again.count_submissions(&office.round.id).await.unwrap();
            assert_eq!(again.count_records(&office.round.id).await.unwrap(), n_submissions);
            again.close().await;
        }
    });
}

/// Runs the server below, waits for a hundred acknowledgements and kills it; returns all that were given.
fn run_and_kill(task: &str) -> BTreeSet<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::the_server_that_is_killed", "--nocapture"])
        .env(CHILD, task)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut acknowledged = BTreeSet::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        // A line cut short by the kill lacks its end.
        if let Some(instance) = line.unwrap().strip_prefix("ack ").and_then(|rest| rest.strip_suffix(" .")) {
            acknowledged.insert(instance.to_owned());
        }
        if acknowledged.len() == 100 {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    acknowledged
}

/// Not a test by itself: twenty phones send without end.
#[test]
fn the_server_that_is_killed() {
    let Some(task) = std::env::var_os(CHILD) else { return };
    let task = task.into_string().unwrap();
    let [url, version, round, turn] = task.split(' ').collect::<Vec<_>>().try_into().unwrap();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let store = Store::open(url).await.unwrap();
        let phones: Vec<_> = (0..20)
            .map(|phone| {
                tokio::spawn(send(
                    store.clone(),
                    format!("{turn}-{phone}"),
                    version.parse().unwrap(),
                    round.parse().unwrap(),
                ))
            })
            .collect();
        for phone in phones {
            phone.await.unwrap();
        }
    });
}

#[allow(clippy::print_stdout)]
async fn send(store: Store, phone: String, version: FormVersionId, round: RoundId) {
    // Only the form version and the round of this office count; both are the parent's.
    let operation = dtm_testkit::operation("xso");
    let exercise = dtm_testkit::exercise(&operation, "mobility");
    let round = dtm_model::Round { id: round, ..dtm_testkit::round(&exercise, "1") };
    let office =
        Office { form: dtm_model::FormId::new(dtm_testkit::now(), [0; 10]), operation, exercise, round, version };
    for n in 0.. {
        let instance = format!("uuid:{phone}-{n}");
        let new: NewSubmission = submission(&office, &instance, n);
        // Ids are drawn from a counter, which starts anew in every process.
        let random =
            <[u8; 10]>::try_from(&dtm_model::BlobHash::of(instance.as_bytes()).as_str().as_bytes()[..10]).unwrap();
        let id = dtm_model::SubmissionId::new(new.stamp.at, random);
        let record = dtm_model::Record { id: dtm_model::RecordId::new(new.stamp.at, random), ..new.record };
        store.submit(NewSubmission { id, record, ..new }).await.unwrap();
        println!("ack {instance} .");
    }
}
