//! Phones, two servers and bad luck, drawn from a seed: whatever happens, each submission is kept once and as it was sent.
//!
//! `DTM_SEEDS` says how many seeds are drawn; a failure names its seed, and the same seed tells the same story again.

use dtm_store::{NewSubmission, Receipt, Store, StoreError};
use dtm_testkit::{Office, office, on_both_databases, submission};
use std::collections::BTreeMap;

/// Chance that is the same for the same seed (splitmix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % n.max(1) as u64) as usize
    }
}

/// What the phones know of one version that they sent.
struct Sent {
    people: i64,
    replaces: Option<String>,
    acknowledged: bool,
    is_replaced: bool,
}

struct Story<'a> {
    office: &'a Office,
    servers: Vec<Store>,
    sent: BTreeMap<String, Sent>,
    chance: Chance,
    seed: u64,
    url: String,
    n_begun: usize,
}

impl Story<'_> {
    fn make(&self, instance: &str) -> NewSubmission {
        let sent = &self.sent[instance];
        let made = submission(self.office, instance, sent.people);
        NewSubmission { deprecated_id: sent.replaces.clone(), ..made }
    }

    fn server(&mut self) -> usize {
        self.chance.below(self.servers.len())
    }

    /// One of those sent before.
    fn some(&mut self) -> Option<String> {
        let n = self.chance.below(self.sent.len());
        self.sent.keys().nth(n).cloned()
    }

    fn begin(&mut self, replaces: Option<String>) -> String {
        self.n_begun += 1;
        let instance = format!("uuid:{}-{}", self.seed, self.n_begun);
        let people = self.chance.below(1000) as i64;
        self.sent.insert(instance.clone(), Sent { people, replaces, acknowledged: false, is_replaced: false });
        instance
    }

    fn heard(&mut self, instance: &str, answer: Result<Receipt, StoreError>) {
        match answer {
            Ok(Receipt::New(_) | Receipt::Again(_)) => self.sent.get_mut(instance).unwrap().acknowledged = true,
            other => panic!("seed {}: {instance}: {other:?}", self.seed),
        }
    }

    async fn step(&mut self) {
        let (at, other) = (self.server(), self.server());
        match self.chance.below(8) {
            // A phone sends; perhaps it hangs up before it hears.
            0 | 1 => {
                let instance = self.begin(None);
                let answer = self.servers[at].submit(self.make(&instance)).await;
                self.heard(&instance, answer);
            }
            2 => {
                let instance = self.begin(None);
                let (server, new, patience) =
                    (self.servers[at].clone(), self.make(&instance), self.chance.below(4) as u64);
                let sending = tokio::spawn(async move { server.submit(new).await });
                tokio::time::sleep(std::time::Duration::from_millis(patience)).await;
                sending.abort();
            }
            // What was sent is sent again, to any server.
            3 => {
                if let Some(instance) = self.some() {
                    let answer = self.servers[at].submit(self.make(&instance)).await;
                    match (answer, &self.sent[&instance].replaces) {
                        // An edit that nobody heard of may have lost against another.
                        (Err(StoreError::Conflict { what: "edit_outdated" }), Some(_)) => {}
                        (answer, _) => self.heard(&instance, answer),
                    }
                }
            }
            // The same to both at once, several times.
            4 => {
                let instance = self.begin(None);
                let [one, two, three] = [(); 3].map(|()| self.make(&instance));
                let (one, two, three) = tokio::join!(
                    self.servers[at].submit(one),
                    self.servers[other].submit(two),
                    self.servers[at].submit(three)
                );
                let answers = [one, two, three];
                let n_new = answers.iter().filter(|answer| matches!(answer, Ok(Receipt::New(_)))).count();
                assert_eq!(n_new, 1, "seed {}: {answers:?}", self.seed);
                answers.into_iter().for_each(|answer| self.heard(&instance, answer));
            }
            // Other answers under a name that is taken stay outside.
            5 => {
                if let Some(instance) = self.some().filter(|instance| self.sent[instance].acknowledged) {
                    let false_one = submission(self.office, &instance, self.sent[&instance].people + 1);
                    let answer = self.servers[at].submit(false_one).await;
                    assert!(matches!(answer, Ok(Receipt::Differs(_))), "seed {}: {answer:?}", self.seed);
                }
            }
            // Two edit the same version at once: one wins.
            6 => {
                let free = |sent: &Sent| sent.acknowledged && !sent.is_replaced;
                let Some(old) = self.some().filter(|instance| free(&self.sent[instance])) else { return };
                let edits = [self.begin(Some(old.clone())), self.begin(Some(old.clone()))];
                let (one, two) = (self.make(&edits[0]), self.make(&edits[1]));
                let (one, two) = tokio::join!(self.servers[at].submit(one), self.servers[other].submit(two));
                self.sent.get_mut(&old).unwrap().is_replaced = true;
                let mut n_won = 0;
                for (edit, answer) in edits.iter().zip([one, two]) {
                    match answer {
                        Err(StoreError::Conflict { what: "edit_outdated" }) => drop(self.sent.remove(edit)),
                        answer => {
                            n_won += 1;
                            self.heard(edit, answer);
                        }
                    }
                }
                assert_eq!(n_won, 1, "seed {}", self.seed);
            }
            // A server ends, well or not, and begins again.
            _ => {
                let url = self.url.clone();
                if self.chance.below(2) == 0 {
                    self.servers[at].close().await;
                }
                self.servers[at] = Store::open(&url).await.unwrap();
            }
        }
    }

    async fn check(&self) {
        let store = &self.servers[0];
        for (instance, sent) in &self.sent {
            let head = store.submission_by_instance(&self.office.form, false, instance).await.unwrap();
            assert!(head.is_some() || !sent.acknowledged, "seed {}: {instance} is lost", self.seed);
            let Some(head) = head else { continue };
            let whole = store.submission(&head.id).await.unwrap().unwrap();
            assert_eq!(whole.xml, self.make(instance).xml, "seed {}", self.seed);
            let record = store.record(&head.record).await.unwrap();
            assert!(record.is_some(), "seed {}: {instance} has no record", self.seed);
        }
    }
}

fn seeds() -> u64 {
    #[allow(clippy::disallowed_methods)]
    std::env::var("DTM_SEEDS").ok().and_then(|n| n.parse().ok()).unwrap_or(3)
}

#[test]
fn whatever_phones_and_servers_do_each_submission_is_kept_once_and_as_it_was_sent() {
    on_both_databases(async |store| {
        let office = office(&store).await;
        let mut n_kept = 0;
        for seed in 0..seeds() {
            let servers = vec![Store::open(&store.url).await.unwrap(), Store::open(&store.url).await.unwrap()];
            let (sent, url) = (BTreeMap::new(), store.url.clone());
            let mut story = Story { office: &office, servers, sent, chance: Chance(seed), seed, url, n_begun: 0 };
            for _ in 0..40 {
                story.step().await;
            }
            story.check().await;
            n_kept += story.sent.len();
            for server in story.servers {
                server.close().await;
            }
        }
        let evidence = store.verify_submissions().await.unwrap();
        assert_eq!((evidence.submissions, evidence.database), (Vec::new(), Vec::new()));
        assert!(evidence.n_rows <= n_kept as u64, "{} rows of {n_kept} sent", evidence.n_rows);
        assert_eq!(store.verify_audit().await.unwrap().broken_at, None);
    });
}
