//! Phones that send without end, and what must hold afterwards whatever happened to the server meanwhile.
//!
//! Every phone goes on with the same submission until it hears that it was taken, as Collect does. What was acknowledged
//! is stored once and byte for byte; what was not may be there or not, but never in half; the list, OData, the CSV, the
//! audit log and the entities tell the same.

use crate::entities::{SITES, register};
use crate::office::{Answer, OPENROSA, Office, answers, ask, multipart};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

/// How often a story is repeated: as often as `DTM_CAMPAIGN` says, or so often in the suite.
pub(crate) fn repetitions(in_the_suite: usize) -> usize {
    let told = crate::program::variable("DTM_CAMPAIGN");
    told.map_or(in_the_suite, |n| n.parse().expect("DTM_CAMPAIGN is a number"))
}

/// Says what a campaign saw, for the table in `docs/trust.md`.
pub(crate) fn seen(what: impl std::fmt::Display) {
    if crate::program::variable("DTM_CAMPAIGN").is_some() {
        println!("campaign: {what}");
    }
}

/// What a phone sent.
struct Sent {
    xml: String,
    photo: Option<Vec<u8>>,
    /// The entity that it makes.
    entity: Option<String>,
}

/// All that was sent, and what the phones heard.
#[derive(Default)]
pub(crate) struct Load {
    sent: Mutex<BTreeMap<String, Sent>>,
    /// Those that were taken, and how long the journal of the disk was when the phone heard it.
    acknowledged: Mutex<BTreeMap<String, u64>>,
    /// The journal of the disk, where there is one.
    journal: Option<PathBuf>,
    /// Answers that asked to come back later.
    pub(crate) n_later: AtomicUsize,
    /// Requests that got no answer.
    pub(crate) n_cut: AtomicUsize,
}

/// A photo of its own for each submission.
fn photo(instance: &str) -> Vec<u8> {
    let seed = instance.bytes().fold(7_u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    (0..3000_u32).map(|n| (n.wrapping_mul(seed) >> 9) as u8).collect()
}

/// The id of the entity that the n-th submission of this name makes.
fn entity(instance: &str) -> String {
    let number = instance.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(1_099_511_628_211) ^ u64::from(byte));
    format!("{:08x}-0000-4000-8000-{:012x}", number >> 32, number & 0xffff_ffff_ffff)
}

impl Load {
    /// Looks at this journal whenever something was taken.
    pub(crate) fn watching(journal: &Path) -> Self {
        Self { journal: Some(journal.to_owned()), ..Self::default() }
    }

    /// What had been taken when the journal had this length.
    pub(crate) fn acknowledged_by(&self, length: u64) -> Vec<String> {
        let acknowledged = self.acknowledged.lock().unwrap();
        acknowledged.iter().filter(|(_, at)| **at <= length).map(|(instance, _)| instance.clone()).collect()
    }

    pub(crate) fn n_acknowledged(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// Publishes the form whose submissions make entities.
    pub(crate) fn prepare(office: &Office) {
        let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/xml")];
        let made = office.ask("POST", "/v1/projects/1/forms?publish=true", &headers, SITES.as_bytes());
        assert_eq!(made.status, 200, "{}", made.text());
    }

    /// Makes the n-th submission of a phone: every third makes an entity, the others bring a photo.
    fn make(&self, name: &str, n: u32) -> (String, String, Option<Vec<u8>>) {
        let instance = format!("uuid:{name}-{n}");
        let (xml, photo, made) = if n % 3 == 2 {
            let id = entity(&instance);
            let xml = register(&instance, &format!("id=\"{id}\" create=\"1\""), &instance, "<area>A</area><hh>3</hh>");
            (xml, None, Some(id))
        } else {
            let xml = answers(&instance, n).replace("<photo/>", "<photo>photo.jpg</photo>");
            (xml, Some(photo(&instance)), None)
        };
        let sent = Sent { xml: xml.clone(), photo: photo.clone(), entity: made };
        self.sent.lock().unwrap().insert(instance.clone(), sent);
        (instance, xml, photo)
    }

    /// Lets six phones send to these servers, each going on to the next when one does not answer, while `meanwhile` runs.
    pub(crate) fn run(&self, name: &str, addresses: &[String], phone: &str, meanwhile: impl FnOnce()) {
        let over = AtomicBool::new(false);
        /// Ends the phones however the story ends.
        struct End<'a>(&'a AtomicBool);
        impl Drop for End<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        std::thread::scope(|scope| {
            for line in 0..6 {
                let (over, name) = (&over, format!("{name}-{line}"));
                scope.spawn(move || self.phone(&name, line, addresses, phone, over));
            }
            let _end = End(&over);
            meanwhile();
        });
    }

    fn phone(&self, name: &str, line: usize, addresses: &[String], phone: &str, over: &AtomicBool) {
        for n in 0.. {
            let (instance, xml, photo) = self.make(name, n);
            for turn in line.. {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let address = &addresses[turn % addresses.len()];
                match post(address, phone, &xml, photo.as_deref()) {
                    Ok(answer) if answer.status == 201 => {
                        let length = self.journal.as_ref().map_or(0, |path| path.metadata().unwrap().len());
                        self.acknowledged.lock().unwrap().insert(instance, length);
                        break;
                    }
                    Ok(answer) if [503, 507].contains(&answer.status) => {
                        assert!(answer.header("retry-after").is_some(), "{}", answer.text());
                        self.n_later.fetch_add(1, Ordering::Relaxed);
                    }
                    Ok(answer) => panic!("{}: {}", answer.status, answer.text()),
                    Err(_) => {
                        self.n_cut.fetch_add(1, Ordering::Relaxed);
                    }
                }
                std::thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// Takes over what other phones sent.
    pub(crate) fn take_in(&self, other: Load) {
        self.sent.lock().unwrap().extend(other.sent.into_inner().unwrap());
        self.acknowledged.lock().unwrap().extend(other.acknowledged.into_inner().unwrap());
    }

    /// Waits until so many more were acknowledged.
    pub(crate) fn wait_for(&self, more: usize) {
        let before = self.n_acknowledged();
        for _ in 0..12_000 {
            if self.n_acknowledged() >= before + more {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("{} of {more} were taken within a minute", self.n_acknowledged() - before);
    }

    /// Everything that was acknowledged is there once and whole, wherever one looks; a phone that did not hear may send
    /// again, in any order.
    pub(crate) fn check(&self, office: &Office) {
        let stored = self.whole(office);
        let acknowledged = self.acknowledged.lock().unwrap();
        let lost: Vec<&String> = acknowledged.keys().filter(|instance| !stored.contains(*instance)).collect();
        assert!(lost.is_empty(), "acknowledged and lost: {lost:?}");
        // In another order than they were sent in, and those that nobody answered among them.
        for (n, (instance, Sent { xml, photo, .. })) in self.sent.lock().unwrap().iter().rev().enumerate() {
            if n % 4 == 0 || !acknowledged.contains_key(instance) {
                let again = post(&office.address, &office.phone, xml, photo.as_deref()).unwrap();
                assert_eq!(again.status, 201, "{instance} sent again: {}", again.text());
            }
        }
        let (n_later, n_cut) = (self.n_later.load(Ordering::Relaxed), self.n_cut.load(Ordering::Relaxed));
        seen(format!(
            "{} acknowledged, 0 lost, {} stored, {n_cut} without an answer, {n_later} told to come later",
            acknowledged.len(),
            stored.len()
        ));
    }

    /// What is here, each of it whole: the list, OData, the CSV, the audit log and the entities tell the same.
    pub(crate) fn whole(&self, office: &Office) -> BTreeSet<String> {
        let bearer = format!("Bearer {}", office.sign_in("admin@example.org"));
        let get = |path: &str| {
            let answer = office.get(path, &[("Authorization", &bearer)]);
            assert_eq!(answer.status, 200, "{path}: {}\n{}", answer.text(), office.log());
            answer
        };
        let sent = self.sent.lock().unwrap();
        let mut all = BTreeSet::new();
        for form in ["site", "register"] {
            let base = format!("/v1/projects/1/forms/{form}");
            let list = get(&format!("{base}/submissions")).json();
            let ids: Vec<String> =
                list.as_array().unwrap().iter().map(|row| row["instanceId"].as_str().unwrap().to_owned()).collect();
            let stored: BTreeSet<String> = ids.iter().cloned().collect();
            assert_eq!(ids.len(), stored.len(), "one stands twice in the list of {form}");
            let rows = get(&format!("{base}.svc/Submissions?$count=true")).json();
            assert_eq!(rows["@odata.count"], stored.len());
            let named = |row: &serde_json::Value| row["__id"].as_str().unwrap().to_owned();
            let in_odata: BTreeSet<String> = rows["value"].as_array().unwrap().iter().map(named).collect();
            assert_eq!(in_odata, stored, "OData of {form}");
            let csv = get(&format!("{base}/submissions.csv")).text();
            assert_eq!(csv.lines().count(), stored.len() + 1, "the CSV of {form}");
            assert!(stored.iter().all(|id| csv.contains(&format!("{id},")) || csv.contains(&format!(",{id}"))));
            for instance in &stored {
                let Sent { xml, photo, .. } = sent.get(instance).unwrap_or_else(|| panic!("{instance} was never sent"));
                let one = format!("{base}/submissions/{}", instance.replace(':', "%3A"));
                assert_eq!(&get(&format!("{one}.xml")).text(), xml);
                if let Some(photo) = photo {
                    assert!(get(&format!("{one}/attachments/photo.jpg")).body == *photo, "the photo of {instance}");
                }
            }
            if form == "register" {
                let entities = get("/v1/projects/1/datasets/sites/entities").json();
                let made: BTreeSet<String> =
                    entities.as_array().unwrap().iter().map(|row| row["uuid"].as_str().unwrap().to_owned()).collect();
                let expected: BTreeSet<String> =
                    stored.iter().map(|instance| sent[instance].entity.clone().unwrap()).collect();
                assert_eq!(made, expected, "entities and the submissions that made them");
            }
            all.extend(stored);
        }
        let mut received = Vec::new();
        let mut after = 0;
        loop {
            let entries = office.run(&["audit", "--after", &after.to_string(), "--limit", "10000"]);
            let entries = entries.as_array().unwrap();
            let Some(last) = entries.last() else { break };
            after = last["seq"].as_i64().unwrap();
            let arrivals = entries.iter().filter(|entry| entry["action"] == "submission.received");
            received.extend(arrivals.map(|entry| entry["subject"].as_str().unwrap().to_owned()));
        }
        assert_eq!(received.len(), all.len(), "the audit log and the lists");
        let sound = office.run(&["check"]);
        assert_eq!((&sound["sound"], &sound["audit"]), (&true.into(), &true.into()), "{sound}");
        all
    }
}

/// Sends a submission as Collect does.
pub(crate) fn post(address: &str, phone: &str, xml: &str, photo: Option<&[u8]>) -> std::io::Result<Answer> {
    let files: Vec<(&str, &[u8])> = photo.map(|photo| ("photo.jpg", photo)).into_iter().collect();
    let (kind, body) = multipart(xml.as_bytes(), &files);
    let path = format!("{phone}/submission?deviceID=collect%3Atest");
    ask(address, "POST", &path, &[OPENROSA, ("Content-Type", &kind)], &body)
}
