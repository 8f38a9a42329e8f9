//! The worst moments: the power goes while phones send, the disk is full. What was acknowledged is there, once and whole.

use crate::office::{OPENROSA, Office, answers, ask, connect, multipart};
use std::io::{Read, Write};
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often the server is killed in each story.
const KILLS: usize = 5;

/// Sends submissions over several connections, kills the server in the middle, starts it again, and looks.
fn check(mut office: Office) {
    let acknowledged: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());
    for turn in 0..KILLS {
        office.start(&[]);
        let (address, phone) = (office.address.clone(), office.phone.clone());
        let over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for line in 0..6 {
                let (address, phone, over, acknowledged) = (&address, &phone, &over, &acknowledged);
                scope.spawn(move || {
                    for n in 0.. {
                        if over.load(Ordering::Relaxed) {
                            return;
                        }
                        let instance = format!("uuid:{turn}-{line}-{n}");
                        let xml = answers(&instance, n);
                        let photo = vec![n as u8; 3000];
                        let (kind, body) = multipart(xml.as_bytes(), &[("photo.jpg", &photo)]);
                        let path = format!("{phone}/submission?deviceID=collect%3Atest");
                        match ask(address, "POST", &path, &[OPENROSA, ("Content-Type", &kind)], &body) {
                            Ok(answer) if answer.status == 201 => acknowledged.lock().unwrap().push((instance, xml)),
                            Ok(answer) => panic!("{}: {}", answer.status, answer.text()),
                            Err(_) => return,
                        }
                    }
                });
            }
            let before = acknowledged.lock().unwrap().len();
            while acknowledged.lock().unwrap().len() < before + 20 + 7 * turn {
                std::thread::sleep(Duration::from_millis(5));
            }
            office.kill();
            over.store(true, Ordering::Relaxed);
        });
    }
    office.start(&[]);
    let bearer = format!("Bearer {}", office.sign_in("reviewer@example.org"));
    let mut stored = Vec::new();
    loop {
        let after = stored.last().map(|(id, _): &(String, String)| format!("&after={id}")).unwrap_or_default();
        let page = office
            .get(&format!("/v1/projects/1/forms/site/submissions?limit=500{after}"), &[("Authorization", &bearer)])
            .json();
        let page = page.as_array().unwrap().clone();
        if page.is_empty() {
            break;
        }
        let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap().to_owned();
        stored.extend(page.iter().map(|row| (text(row, "id"), text(row, "instanceId"))));
    }
    let acknowledged = acknowledged.into_inner().unwrap();
    for (instance, xml) in &acknowledged {
        assert_eq!(
            stored.iter().filter(|(_, known)| known == instance).count(),
            1,
            "{instance} of {} stored",
            stored.len()
        );
        let kept = office.get(
            &format!("/v1/projects/1/forms/site/submissions/{}.xml", instance.replace(':', "%3A")),
            &[("Authorization", &bearer)],
        );
        assert_eq!(&kept.text(), xml);
        assert_eq!(office.submit(xml, &[]).status, 201, "a phone that never heard us may send again");
    }
    let sound = office.run(&["check"]);
    assert_eq!((&sound["sound"], &sound["audit"]), (&true.into(), &true.into()), "{sound}");
    assert!(acknowledged.len() >= KILLS * 20);
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

/// A folder on a file system of four megabytes or so, gone with the value.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    fn mount(at: std::path::PathBuf) -> Option<Self> {
        std::fs::create_dir_all(&at).unwrap();
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=6m", "tmpfs"]).arg(&at).output();
        mounted.is_ok_and(|output| output.status.success()).then_some(Self(at))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_is_said_reading_goes_on_and_room_is_enough_to_go_on() {
    let mut office = Office::new();
    let furnished = office.data().with_extension("furnished");
    std::fs::rename(office.data(), &furnished).unwrap();
    let Some(_disk) = SmallDisk::mount(office.data()) else {
        println!("skipped: a small disk cannot be mounted here");
        return;
    };
    assert!(Command::new("cp").arg("-r").arg(furnished.join(".")).arg(office.data()).status().unwrap().success());
    office.start(&[]);
    assert_eq!(office.submit(&answers("uuid:before", 1), &[]).status, 201);
    let ballast = office.data().join("ballast");
    let _ = std::fs::write(&ballast, vec![1; 8 << 20]);
    let photo: Vec<u8> = (0..200_000_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    for n in 0..3 {
        let full = office.submit(&answers(&format!("uuid:full-{n}"), 1), &[("a.jpg", &photo)]);
        assert_eq!((full.status, full.header("retry-after").is_some()), (507, true), "{}", full.text());
        assert!(full.text().contains("<OpenRosaResponse"), "{}", full.text());
    }
    assert_eq!(office.get("/en", &[]).status, 200, "reading goes on");
    assert_eq!(office.get(&format!("{}/formList", office.phone), &[OPENROSA]).status, 200);
    std::fs::remove_file(&ballast).unwrap();
    let again = office.submit(&answers("uuid:full-0", 1), &[("a.jpg", &photo)]);
    assert_eq!(again.status, 201, "{}\n{}", again.text(), office.log());
    assert!(office.is_alive());
    let bearer = format!("Bearer {}", office.sign_in("reviewer@example.org"));
    let all = office.get("/v1/projects/1/forms/site/submissions", &[("Authorization", &bearer)]).json();
    assert_eq!(all.as_array().unwrap().len(), 2, "what was refused is not there");
    assert_eq!(office.run(&["check"])["sound"], true);
}
