//! Two servers on one database, and a database that goes away below: nobody who asks another server is refused, one
//! submission sent to both at once is one, and what was acknowledged stays.

use crate::load::{Load, post, repetitions, seen};
use crate::office::{Office, answers};
use std::sync::Barrier;
use std::sync::atomic::Ordering;

#[test]
fn a_server_killed_beside_another_is_not_missed() {
    let Some(database) = dtm_testkit::postgres_database() else { return };
    let mut stays = Office::on(database);
    stays.start(&[]);
    Load::prepare(&stays);
    let mut dies = stays.beside();
    let (load, aside) = (Load::default(), Load::default());
    let turns = repetitions(3);
    for turn in 0..turns {
        dies.start(&[]);
        let both = [dies.address.clone(), stays.address.clone()];
        let one = [stays.address.clone()];
        // Some phones know both, some only the one that stays.
        load.run(&format!("both{turn}"), &both, &stays.phone, || {
            aside.run(&format!("one{turn}"), &one, &stays.phone, || {
                aside.wait_for(15);
                dies.kill();
                aside.wait_for(15);
            });
        });
    }
    assert_eq!(aside.n_cut.load(Ordering::Relaxed), 0, "the other server never fails anybody");
    assert_eq!(aside.n_later.load(Ordering::Relaxed), 0, "nor asks anybody to come back later");
    seen(format!("{turns} kills beside another server, {} taken by the other, 0 refused", aside.n_acknowledged()));
    load.take_in(aside);
    load.check(&stays);
}

/// Sends one submission to these addresses at once, so many times; every answer is yes, and one is stored.
fn race(office: &Office, addresses: &[&str], name: &str) {
    let n_races = repetitions(10).min(200);
    for n in 0..n_races {
        let xml = answers(&format!("uuid:{name}-{n}"), 1).replace("<photo/>", "<photo>photo.jpg</photo>");
        let start = Barrier::new(8);
        std::thread::scope(|scope| {
            for at in 0..8 {
                let (xml, start) = (&xml, &start);
                scope.spawn(move || {
                    start.wait();
                    let answer = post(addresses[at % addresses.len()], &office.phone, xml, Some(b"a photo")).unwrap();
                    assert_eq!(answer.status, 201, "{}", answer.text());
                });
            }
        });
    }
    let bearer = format!("Bearer {}", office.sign_in("admin@example.org"));
    let rows = office.get("/v1/projects/1/forms/site/submissions", &[("Authorization", &bearer)]).json();
    assert_eq!(rows.as_array().unwrap().len(), n_races);
    assert_eq!(office.run(&["check"])["sound"], true);
    seen(format!("{n_races} races of 8: all 201, one row each"));
}

#[test]
fn one_submission_raced_to_two_servers_is_taken_eight_times_and_stored_once() {
    let Some(database) = dtm_testkit::postgres_database() else { return };
    let mut office = Office::on(database);
    office.start(&[]);
    let mut other = office.beside();
    other.start(&[]);
    race(&office, &[&office.address, &other.address], "two");
}

#[test]
fn one_submission_raced_to_one_server_on_sqlite_is_stored_once() {
    let office = Office::open();
    race(&office, &[&office.address], "one");
}

#[test]
fn a_database_that_is_restarted_below_fails_nobody_for_good() {
    let Some(postgres) = dtm_testkit::PostgresServer::start_new() else { return };
    let mut office = Office::on(postgres.url());
    office.start(&[]);
    Load::prepare(&office);
    let load = Load::default();
    let address = [office.address.clone()];
    let turns = repetitions(2);
    for turn in 0..turns {
        // Once as an administrator does it, once as a crash does.
        let how = ["fast", "immediate"][turn % 2];
        load.run(&format!("{how}{turn}"), &address, &office.phone, || {
            load.wait_for(15);
            postgres.stop(how);
            postgres.start();
            load.wait_for(15);
        });
        assert!(office.is_alive());
    }
    seen(format!("{turns} restarts of PostgreSQL"));
    load.check(&office);
}
