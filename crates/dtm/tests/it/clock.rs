//! The clock jumps, by hours, days and more than a year, forward and back: phones go on, sessions end when they must,
//! keys work, and the audit log stays in the order of what happened. Needs libfaketime (Debian: faketime).

use crate::load::seen;
use crate::office::{Office, answers};
use crate::program::variable;
use std::path::Path;

const LIBRARY: &str = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";

fn check(mut office: Office) {
    if !Path::new(LIBRARY).is_file() {
        assert!(variable("DTM_NO_SKIP").is_none(), "DTM_NO_SKIP is set, and libfaketime is not installed");
        println!("skipped: no libfaketime");
        return;
    }
    let hand = office.data().with_extension("clock");
    let set = |offset: &str| std::fs::write(&hand, format!("{offset}\n")).unwrap();
    set("+0");
    let variables = [
        ("LD_PRELOAD", LIBRARY),
        ("FAKETIME_TIMESTAMP_FILE", hand.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
    ];
    office.start(&variables);
    // Keys that last, and a session of today.
    let session = format!("Bearer {}", office.sign_in("reviewer@example.org"));
    let here = |office: &Office, bearer: &str| {
        office.get("/v1/projects/1/forms/site/submissions", &[("Authorization", bearer)]).status
    };
    assert_eq!(here(&office, &session), 200);
    let mut n = 0;
    for (offset, session_lives) in
        [("+3h", true), ("-2h", true), ("+23h", true), ("+25h", false), ("-30d", true), ("+400d", false), ("+0", true)]
    {
        set(offset);
        for _ in 0..5 {
            n += 1;
            let answer = office.submit(&answers(&format!("uuid:clock-{n}"), n), &[]);
            assert_eq!(answer.status, 201, "{offset}: {}", answer.text());
        }
        let status = here(&office, &session);
        // A session that has ended is forgotten at some later sign-in; until then it lives again when the clock goes back.
        assert!(
            status == if session_lives { 200 } else { 401 } || (session_lives && status == 401),
            "{offset}: {status}"
        );
        let fresh = format!("Bearer {}", office.sign_in("reviewer@example.org"));
        assert_eq!(here(&office, &fresh), 200, "a sign-in works at {offset}");
    }
    set("+0");
    let entries = office.run(&["audit", "--limit", "10000"]);
    let numbers: Vec<i64> = entries.as_array().unwrap().iter().map(|entry| entry["seq"].as_i64().unwrap()).collect();
    assert_eq!(
        numbers,
        (1..=numbers.len() as i64).collect::<Vec<_>>(),
        "the order is by number, whatever the clock says"
    );
    let received: Vec<&serde_json::Value> =
        entries.as_array().unwrap().iter().filter(|entry| entry["action"] == "submission.received").collect();
    assert_eq!(received.len(), n as usize);
    let fresh = format!("Bearer {}", office.sign_in("reviewer@example.org"));
    let list = office.get("/v1/projects/1/forms/site/submissions", &[("Authorization", &fresh)]).json();
    assert_eq!(list.as_array().unwrap().len(), n as usize);
    assert_eq!(office.run(&["check"])["sound"], true);
    seen(format!("seven jumps of the clock, {n} of {n} taken"));
}

#[test]
fn the_clock_may_jump_on_sqlite() {
    check(Office::new());
}

#[test]
fn the_clock_may_jump_on_postgresql() {
    if let Some(database) = dtm_testkit::postgres_database() {
        check(Office::on(database));
    }
}
