//! A disk that fails and one that forgets: every write, sync, open and rename of a submission fails once, and the power
//! goes at any moment with all that was not synced. What was acknowledged is there; what was not is not there in half.
//!
//! `disk.c` stands between the program and its files; the tests say that they were skipped where it cannot be built.

mod power;
mod published;

use crate::load::{Load, repetitions, seen};
use crate::office::{Office, answers};
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Builds the library that stands between the program and its files.
fn disk() -> Option<PathBuf> {
    static BUILT: std::sync::OnceLock<Option<PathBuf>> = std::sync::OnceLock::new();
    let build = || {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults/disk.c");
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("disk.so");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(&library)
            .arg(source)
            .args(["-ldl", "-lpthread"])
            .output();
        match built {
            Ok(output) if output.status.success() => Some(library),
            _ => {
                println!("skipped: no C compiler for the disk that fails");
                None
            }
        }
    };
    BUILT.get_or_init(|| cfg!(target_os = "linux").then(build).flatten()).clone()
}

const EIO: i64 = 5;
const ENOSPC: i64 = 28;

/// What the disk is told while the program runs.
struct Hand(fs::File);

impl Hand {
    fn new(path: &Path) -> Self {
        let file = fs::OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path).unwrap();
        file.set_len(4096).unwrap();
        Self(file)
    }

    /// The n-th operation from now on fails, and if it lasts all that follow.
    fn fail(&self, n: i64, error: i64, lasts: bool) {
        for (at, number) in [(3, 0), (2, i64::from(lasts)), (1, error), (0, n)] {
            self.0.write_all_at(&number.to_ne_bytes(), at * 8).unwrap();
        }
    }

    /// Nothing fails any more; returns how many operations did.
    fn rest(&self) -> i64 {
        self.0.write_all_at(&0_i64.to_ne_bytes(), 0).unwrap();
        let mut number = [0; 8];
        self.0.read_exact_at(&mut number, 24).unwrap();
        i64::from_ne_bytes(number)
    }
}

/// Every operation of a submission fails once, with this error, alone or with all that follow.
fn check(mut office: Office, error: i64, lasts: bool, at_least: usize) {
    let Some(library) = disk() else { return };
    let path = office.data().with_extension("hand");
    let hand = Hand::new(&path);
    let data = office.data();
    let variables = [
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("DTM_DISK_UNDER", data.to_str().unwrap()),
        ("DTM_DISK_HAND", path.to_str().unwrap()),
    ];
    office.start(&variables);
    assert_eq!(office.submit(&answers("uuid:first", 1), &[("a.jpg", b"the first photo")]).status, 201);
    let (mut n_failed, mut taken) = (0, vec!["uuid:first".to_owned()]);
    for n in 1..400 {
        let instance = format!("uuid:fault-{n}");
        let photo = format!("the photo of {instance}");
        hand.fail(n, error, lasts);
        let answer = office.submit(&answers(&instance, 7), &[("a.jpg", photo.as_bytes())]);
        let n_now = hand.rest();
        if answer.status != 201 {
            assert!((500..600).contains(&answer.status), "{}", answer.text());
            assert!(error != ENOSPC || [503, 507].contains(&answer.status), "{n}: {} {}", answer.status, answer.text());
        }
        assert!(office.is_alive(), "operation {n}:\n{}", office.log());
        n_failed += usize::from(n_now > 0);
        if n_now == 0 {
            taken.push(instance);
            break;
        }
        // What was not acknowledged is sent again, and taken; what was is recognised.
        let again = office.submit(&answers(&instance, 7), &[("a.jpg", photo.as_bytes())]);
        assert_eq!(again.status, 201, "operation {n}: {}\n{}", again.text(), office.log());
        taken.push(instance);
    }
    assert!(n_failed >= at_least, "{n_failed}");
    for start_again in [false, true] {
        if start_again {
            office.start(&[]);
        }
        let bearer = format!("Bearer {}", office.sign_in("reviewer@example.org"));
        let get = |path: &str| {
            office.get(&format!("/v1/projects/1/forms/site/submissions{path}"), &[("Authorization", &bearer)])
        };
        assert_eq!(get("").json().as_array().unwrap().len(), taken.len(), "each once");
        for instance in &taken[1..] {
            let one = format!("/{}", instance.replace(':', "%3A"));
            assert_eq!(get(&format!("{one}.xml")).text(), answers(instance, 7));
            assert_eq!(get(&format!("{one}/attachments/a.jpg")).text(), format!("the photo of {instance}"));
        }
        assert_eq!(office.run(&["check"])["sound"], true);
    }
    seen(format!("{n_failed} operations of a submission failed with {error} (lasting: {lasts}), 0 lies"));
}

#[test]
fn every_operation_of_a_submission_may_fail_once() {
    check(Office::new(), EIO, false, 12);
}

#[test]
fn every_operation_of_a_submission_may_be_the_first_without_room() {
    check(Office::new(), ENOSPC, true, 12);
}

#[test]
fn every_operation_on_files_may_fail_once_beside_postgresql() {
    if let Some(database) = dtm_testkit::postgres_database() {
        check(Office::on(database), EIO, false, 5);
    }
}

#[test]
fn the_power_may_go_at_any_moment() {
    let Some(library) = disk() else { return };
    let mut office = Office::new();
    office.start(&[]);
    Load::prepare(&office);
    office.kill();
    let before = office.data().with_extension("before");
    crate::office::copy(&office.data(), &before);
    let journal = office.data().with_extension("journal");
    let data = office.data();
    office.start(&[
        ("LD_PRELOAD", library.to_str().unwrap()),
        ("DTM_DISK_UNDER", data.to_str().unwrap()),
        ("DTM_DISK_JOURNAL", journal.to_str().unwrap()),
    ]);
    let load = Load::watching(&journal);
    load.run("power", &[office.address.clone()], &office.phone, || load.wait_for(60));
    office.kill();
    let records = fs::read(&journal).unwrap();
    let cuts = repetitions(4);
    let mut n_kept = 0;
    for cut in 0..cuts {
        let folder = office.data().with_extension("after");
        let _ = fs::remove_dir_all(&folder);
        let mut chance = power::Chance(cut as u64 + 1);
        // From the middle of things on; the last cut is at the very end.
        let at = if cut + 1 == cuts { records.len() } else { chance.below(records.len()) };
        power::cut(&records[..at], &data, &before, &folder, &mut chance);
        let mut after = office.moved(&folder, None);
        after.start(&[]);
        let stored = load.whole(&after);
        let due = load.acknowledged_by(at as u64);
        let lost: Vec<&String> = due.iter().filter(|instance| !stored.contains(*instance)).collect();
        assert!(lost.is_empty(), "cut {cut} at {at} of {}: acknowledged and lost: {lost:?}", records.len());
        n_kept += due.len();
    }
    seen(format!("{cuts} power cuts: {n_kept} acknowledged, 0 lost, none in half"));
}
