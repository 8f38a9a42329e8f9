//! The worst moments: the power goes while phones send, the disk is full. What was acknowledged is there, once and whole.

use crate::load::{Load, repetitions, seen};
use crate::office::{OPENROSA, Office, answers, connect, multipart};
use std::io::{Read, Write};
use std::process::Command;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Phones send, the server is killed in the middle and started again, and again; then everything is looked at.
#[allow(clippy::disallowed_methods)]
fn check(mut office: Office) {
    let load = Load::default();
    office.start(&[]);
    Load::prepare(&office);
    let turns = repetitions(5);
    let mut slowest = Duration::ZERO;
    for turn in 0..turns {
        let (address, phone) = (office.address.clone(), office.phone.clone());
        load.run(&turn.to_string(), &[address], &phone, || {
            load.wait_for(20 + (7 * turn) % 40);
            office.kill();
        });
        let began = std::time::Instant::now();
        office.start(&[]);
        slowest = slowest.max(began.elapsed());
    }
    seen(format!("{turns} kills, ready again in {slowest:?} at most"));
    load.check(&office);
    assert!(load.n_acknowledged() >= turns * 20);
}

#[test]
fn what_was_acknowledged_outlives_a_kill_on_sqlite() {
    check(Office::new());
}

#[test]
fn what_was_acknowledged_outlives_a_kill_on_postgresql() {
    if let Some(database) = dtm_testkit::postgres_database() {
        check(Office::on(database));
    }
}

#[cfg(unix)]
#[test]
fn a_server_told_to_stop_lets_requests_in_flight_finish_and_takes_no_more() {
    let mut office = Office::open();
    let (kind, body) = multipart(answers("uuid:last", 1).as_bytes(), &[("a.jpg", &vec![1; 500_000])]);
    let head = format!(
        "POST {}/submission HTTP/1.0\r\nHost: x\r\nX-OpenRosa-Version: 1.0\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        office.phone,
        body.len()
    );
    let (half, rest) = body.split_at(body.len() / 2);
    let mut sending = connect(&office.address).unwrap();
    sending.write_all(&[head.as_bytes(), half].concat()).unwrap();
    let mut idle = connect(&office.address).unwrap();
    idle.write_all(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(idle.read(&mut [0; 500]).unwrap() > 0, "a connection that is kept for later");
    assert_eq!(office.get("/health", &[]).status, 200);
    let process = office.server().id().to_string();
    assert!(Command::new("kill").args(["-TERM", &process]).status().unwrap().success());
    while connect(&office.address).is_ok() {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(office.is_alive(), "somebody is still sending");
    sending.write_all(rest).unwrap();
    let mut told = String::new();
    sending.read_to_string(&mut told).unwrap();
    assert!(told.starts_with("HTTP/1.0 201"), "{told}");
    let ended = office.server().wait().unwrap();
    assert!(ended.success(), "{ended}: {}", office.log());
    office.start(&[]);
    let bearer = format!("Bearer {}", office.sign_in("reviewer@example.org"));
    assert_eq!(
        office.get("/v1/projects/1/forms/site/submissions/uuid%3Alast.xml", &[("Authorization", &bearer)]).status,
        200
    );
}

/// Sends this signal to the server.
#[cfg(unix)]
fn signal(office: &mut Office, name: &str) {
    let process = office.server().id().to_string();
    assert!(Command::new("kill").args([name, &process]).status().unwrap().success());
}

/// Told to stop under load, the server ends well and cuts nobody off; stopped for a moment and let go on, it fails nobody.
#[cfg(unix)]
fn check_signals(mut office: Office) {
    let load = Load::default();
    let trace = [("DTM_LOG", "trace")];
    office.start(&trace);
    Load::prepare(&office);
    for turn in 0..repetitions(2) {
        let (address, phone) = (office.address.clone(), office.phone.clone());
        load.run(&format!("stop{turn}"), &[address], &phone, || {
            load.wait_for(20);
            signal(&mut office, "-STOP");
            std::thread::sleep(Duration::from_millis(300));
            signal(&mut office, "-CONT");
            load.wait_for(20);
            assert_eq!(load.n_cut.load(Ordering::Relaxed), 0, "nobody is failed by a pause");
            signal(&mut office, "-TERM");
            let ended = office.server().wait().unwrap();
            assert!(ended.success(), "{ended}: {}", office.log());
        });
        let log = office.log();
        assert!(log.len() > 10_000, "the log is on");
        for secret in [&office.phone[8..72], crate::office::PASSWORD, "<idp_ind>", "Bearer "] {
            assert!(!log.contains(secret), "`{secret}` stands in the log");
        }
        // Who comes after the end is turned away by the system; whoever was in is answered, which the check below shows.
        load.n_cut.store(0, Ordering::Relaxed);
        office.start(&trace);
    }
    load.check(&office);
}

#[cfg(unix)]
#[test]
fn a_pause_and_an_end_under_load_fail_nobody_on_sqlite() {
    check_signals(Office::new());
}

#[cfg(unix)]
#[test]
fn a_pause_and_an_end_under_load_fail_nobody_on_postgresql() {
    if let Some(database) = dtm_testkit::postgres_database() {
        check_signals(Office::on(database));
    }
}

/// A folder on a file system of some megabytes, gone with the value.
#[cfg(unix)]
struct SmallDisk(std::path::PathBuf);

#[cfg(unix)]
impl SmallDisk {
    fn mount(at: std::path::PathBuf, megabytes: u32) -> Option<Self> {
        use std::os::unix::fs::MetadataExt;
        std::fs::create_dir_all(&at).unwrap();
        let above = std::fs::metadata(at.parent().unwrap()).unwrap();
        let options = format!("size={megabytes}m,mode=700,uid={},gid={}", above.uid(), above.gid());
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&at).output();
        let is_mounted = mounted.is_ok_and(|output| output.status.success());
        if !is_mounted {
            println!("skipped: a small disk cannot be mounted here");
        }
        is_mounted.then_some(Self(at))
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let mut ballast = std::fs::File::create(self.0.join("ballast")).unwrap();
        for size in [1 << 20, 4096, 1] {
            while ballast.write_all(&vec![1; size]).is_ok() {}
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

#[cfg(unix)]
impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_said_reading_goes_on_and_room_is_enough_to_go_on() {
    let mut office = Office::new();
    let furnished = office.data().with_extension("furnished");
    std::fs::rename(office.data(), &furnished).unwrap();
    let Some(disk) = SmallDisk::mount(office.data(), 6) else { return };
    assert!(Command::new("cp").arg("-r").arg(furnished.join(".")).arg(office.data()).status().unwrap().success());
    office.start(&[]);
    assert_eq!(office.submit(&answers("uuid:before", 1), &[]).status, 201);
    disk.fill();
    let photo: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    for n in 0..3 {
        let full = office.submit(&answers(&format!("uuid:full-{n}"), 1), &[("a.jpg", &photo)]);
        assert_eq!((full.status, full.header("retry-after").is_some()), (507, true), "{}", full.text());
        assert!(full.text().contains("<OpenRosaResponse"), "{}", full.text());
    }
    assert_eq!(office.get("/en", &[]).status, 200, "reading goes on");
    assert_eq!(office.get(&format!("{}/formList", office.phone), &[OPENROSA]).status, 200);
    disk.make_room();
    let again = office.submit(&answers("uuid:full-0", 1), &[("a.jpg", &photo)]);
    assert_eq!(again.status, 201, "{}\n{}", again.text(), office.log());
    assert!(office.is_alive());
    let bearer = format!("Bearer {}", office.sign_in("reviewer@example.org"));
    let all = office.get("/v1/projects/1/forms/site/submissions", &[("Authorization", &bearer)]).json();
    assert_eq!(all.as_array().unwrap().len(), 2, "what was refused is not there");
    assert_eq!(office.run(&["check"])["sound"], true);
}

#[cfg(unix)]
#[test]
#[allow(clippy::disallowed_methods)]
fn a_full_disk_below_postgresql_is_said_and_room_is_enough_to_go_on() {
    let mut disk = None;
    let postgres = dtm_testkit::PostgresServer::start_new_in(|data| {
        disk = SmallDisk::mount(data.to_owned(), 160);
        disk.is_some()
    });
    let (Some(postgres), Some(disk)) = (postgres, disk) else { return };
    let folder = postgres.data().parent().unwrap().to_owned();
    let mut office = Office::on(postgres.url());
    office.start(&[]);
    let send = |office: &Office, n: u64| {
        // Digits that no database makes smaller than half.
        let digits: String = (0..200_000_u64).map(|at| (at.wrapping_mul(n + 7).wrapping_mul(at) >> 9) % 10).fold(
            String::new(),
            |mut digits, digit| {
                digits.push((b'0' + digit as u8) as char);
                digits
            },
        );
        let xml = answers(&format!("uuid:{n}"), 1).replace("<photo/>", &format!("<photo/><note>{digits}</note>"));
        office.submit(&xml, &[])
    };
    assert_eq!(send(&office, 0).status, 201);
    disk.fill();
    let mut refused = Vec::new();
    for n in 1..400 {
        let answer = send(&office, n);
        match answer.status {
            201 => assert!(refused.is_empty() || n < 399, "there is room without end"),
            503 | 507 => {
                assert!(answer.header("retry-after").is_some(), "{}", answer.text());
                assert!(answer.text().contains("<OpenRosaResponse"), "{}", answer.text());
                refused.push(n);
            }
            other => panic!("{n}: {other} {}\n{}", answer.text(), office.log()),
        }
        if refused.len() == 5 {
            break;
        }
    }
    assert_eq!(refused.len(), 5, "the disk became full");
    // What reads goes on while the database does; it may have stopped itself.
    let read = office.get(&format!("{}/formList", office.phone), &[OPENROSA]);
    assert!(read.status == 200 || (read.status == 503 && read.header("retry-after").is_some()), "{}", read.text());
    disk.make_room();
    std::thread::sleep(Duration::from_secs(1));
    if !postgres.is_up() {
        // As whoever looks after the database does.
        postgres.start();
    }
    let begun = std::time::Instant::now();
    while send(&office, refused[0]).status != 201 {
        assert!(begun.elapsed() < Duration::from_secs(60), "{}", office.log());
        std::thread::sleep(Duration::from_millis(200));
    }
    seen(format!("PostgreSQL without room: taken again {:.1} s after there was room", begun.elapsed().as_secs_f64()));
    for n in &refused {
        assert_eq!(send(&office, *n).status, 201);
    }
    assert!(office.is_alive());
    let last = refused[4];
    let bearer = format!("Bearer {}", office.sign_in("reviewer@example.org"));
    let all = office.get("/v1/projects/1/forms/site/submissions", &[("Authorization", &bearer)]).json();
    assert_eq!(all.as_array().unwrap().len() as u64, last + 1, "each once, those refused in between sent again");
    assert_eq!(office.run(&["check"])["sound"], true);
    office.kill();
    drop((postgres, disk));
    let _ = std::fs::remove_dir_all(folder);
}
