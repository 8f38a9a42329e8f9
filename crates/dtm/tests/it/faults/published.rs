//! What the public and phones are given: a form's version and a round's release are there whole once they were
//! acknowledged, and not there where they were not.

use super::{EIO, ENOSPC, Hand, disk};
use crate::load::seen;
use crate::office::{Answer, Office, XFORM};

/// An office whose disk fails, with the tokens of those who publish.
struct Publisher {
    office: Office,
    bearer: String,
    cookie: String,
    hand: Hand,
}

impl Publisher {
    /// Starts the office on the disk, where one can be built; its round is cleared.
    fn new(mut office: Office) -> Option<Self> {
        let library = disk()?;
        for step in [["move", "verifying"], ["settle", ""], ["move", "cleared"]] {
            let mut command = vec!["round", step[0], "-o", "xso", "-r", "1"];
            command.extend(Some(step[1]).filter(|word| !word.is_empty()));
            office.run(&command);
        }
        let path = office.data().with_extension("hand");
        let hand = Hand::new(&path);
        let data = office.data();
        office.start(&[
            ("LD_PRELOAD", library.to_str().unwrap()),
            ("DTM_DISK_UNDER", data.to_str().unwrap()),
            ("DTM_DISK_HAND", path.to_str().unwrap()),
        ]);
        let bearer = format!("Bearer {}", office.sign_in("admin@example.org"));
        let cookie = format!("dtm={}", office.sign_in("admin@example.org"));
        Some(Self { office, bearer, cookie, hand })
    }

    fn rest(&self, method: &str, path: &str, body: &str) -> Answer {
        let headers = [("Authorization", self.bearer.as_str()), ("Content-Type", "application/xml")];
        self.office.ask(method, &format!("/v1/projects/1/forms/site{path}"), &headers, body.as_bytes())
    }

    /// The newest published version, and how many there are.
    fn versions(&self) -> (String, usize) {
        let all = self.rest("GET", "/versions", "").json();
        let newest = self.rest("GET", "", "").json()["version"].as_str().unwrap().to_owned();
        (newest, all.as_array().unwrap().len())
    }

    fn upload(&self, version: i64) -> Answer {
        let form = XFORM.replace("version=\"1\"", &format!("version=\"{version}\""));
        self.rest("POST", "/draft?ignoreWarnings=true", &form)
    }

    fn release(&self) -> bool {
        let ours = format!("http://{}", self.office.address);
        let headers = [
            ("Cookie", self.cookie.as_str()),
            ("Origin", &ours),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let body = b"act=release&sure=yes&reason_en=again&reason_fr=encore";
        let answer = self.office.ask("POST", "/office/o/xso/mobility/1", &headers, body);
        let is_done = answer.status == 303 && answer.header("location").is_some_and(|at| at.contains("released"));
        assert!(is_done || answer.status >= 500, "{} {}", answer.status, answer.text());
        is_done
    }

    fn n_releases(&self) -> usize {
        self.office.run(&["release", "list", "-o", "xso"]).as_array().unwrap().len()
    }

    /// Does something again and again while its first operation fails, its second, and so on until none is left; `done`
    /// tells whether it was. Returns how many failed.
    fn each_fails<D: PartialEq + std::fmt::Debug>(
        &self,
        (error, lasts): (i64, bool),
        prepare: impl Fn(i64),
        act: impl Fn(i64) -> bool,
        done: impl Fn() -> D,
    ) -> i64 {
        for n in 1..200 {
            prepare(n);
            let before = done();
            self.hand.fail(n, error, lasts);
            let is_taken = act(n);
            let n_failed = self.hand.rest();
            assert_eq!(is_taken, done() != before, "operation {n}: what was said is what is\n{}", self.office.log());
            if n_failed == 0 {
                assert!(is_taken);
                return n - 1;
            }
            assert!(is_taken || act(n), "operation {n} is done when it is asked for again\n{}", self.office.log());
        }
        panic!("there is no end of operations");
    }
}

fn check(office: Office, fault: (i64, bool), at_least: [i64; 3]) {
    let Some(mut it) = Publisher::new(office) else { return };
    let ok = |answer: &Answer| {
        assert!(answer.status == 200 || answer.status >= 500, "{} {}", answer.status, answer.text());
        answer.status == 200
    };
    let of_draft = || it.rest("GET", "/draft", "").json()["version"].clone();
    let uploads = it.each_fails(fault, |_| (), |n| ok(&it.upload(100 + n)), of_draft);
    assert_eq!(it.rest("POST", "/draft/publish", "").status, 200);
    let drafted = |n: i64| assert_eq!(it.upload(1000 + n).status, 200);
    let publish = |_: i64| ok(&it.rest("POST", "/draft/publish", ""));
    let publishings = it.each_fails(fault, drafted, publish, || it.versions());
    let releases = it.each_fails(fault, |_| (), |_| it.release(), || it.n_releases());
    let said = [uploads, publishings, releases];
    assert!(said.iter().zip(at_least).all(|(n, least)| *n >= least), "{said:?}");
    let before = (it.versions(), it.n_releases());
    it.office.start(&[]);
    it.bearer = format!("Bearer {}", it.office.sign_in("admin@example.org"));
    assert_eq!((it.versions(), it.n_releases()), before, "after a start");
    assert_eq!(it.office.run(&["check"])["sound"], true);
    let [uploads, publishings, releases] = said;
    seen(format!(
        "operations failed with {} (lasting: {}): {uploads} of an upload, {publishings} of a publishing, {releases} of a release; 0 lies",
        fault.0, fault.1
    ));
}

#[test]
fn every_operation_of_a_form_s_publishing_and_of_a_release_may_fail_once() {
    check(Office::new(), (EIO, false), [5, 3, 8]);
}

#[test]
fn every_operation_of_a_form_s_publishing_and_of_a_release_may_be_the_first_without_room() {
    check(Office::new(), (ENOSPC, true), [5, 3, 8]);
}

#[test]
fn files_of_a_form_and_of_a_release_may_fail_beside_postgresql() {
    if let Some(database) = dtm_testkit::postgres_database() {
        check(Office::on(database), (EIO, false), [0, 0, 4]);
    }
}
