//! What is kept stays what it was: a flipped bit is never served and always named, a backup made under load lives again
//! on an empty machine, on either database.

use crate::load::{Load, repetitions, seen};
use crate::office::{Office, answers, copy};
use std::path::{Path, PathBuf};

const WORDS: (&str, &str) = ("DTM_BACKUP_PASSPHRASE", "four goats on a hill");

/// Makes a backup while phones send, restores it elsewhere, and looks at both.
fn check_backup(mut office: Office, elsewhere: impl Fn() -> Option<String>) {
    office.start(&[]);
    Load::prepare(&office);
    let load = Load::default();
    let file = office.data().with_extension("backup");
    for turn in 0..repetitions(1) {
        let _ = std::fs::remove_file(&file);
        let mut before = 0;
        load.run(&turn.to_string(), &[office.address.clone()], &office.phone, || {
            load.wait_for(30);
            before = load.n_acknowledged();
            let (exit, told) = office.run_with(&["backup", file.to_str().unwrap()], &[WORDS]);
            assert_eq!(exit, 0, "{told}");
        });
        let mut restored = office.moved(Path::new("/nothing"), elsewhere());
        let wrong = ("DTM_BACKUP_PASSPHRASE", "five goats on a hill");
        assert!(restored.refuse_with(&["restore", file.to_str().unwrap()], &[wrong]).contains("passphrase"));
        let (exit, told) = restored.run_with(&["restore", file.to_str().unwrap()], &[WORDS]);
        assert_eq!(exit, 0, "{told}");
        let again = restored.refuse_with(&["restore", file.to_str().unwrap()], &[WORDS]);
        assert!(again.contains("there are data here already"), "{again}");
        restored.start(&[]);
        let n_there = load.whole(&restored).len();
        assert!(n_there >= before, "{before} were acknowledged before the backup began, {n_there} are in it");
        let qr = |office: &Office| {
            let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
            office.get("/v1/projects/1/app-users", &[("Authorization", &bearer)]).json()[0]["token"].clone()
        };
        assert_eq!(qr(&restored), qr(&office), "the server's key went along, or no phone's code could be shown again");
        seen(format!("backup under load: {before} acknowledged before it, {n_there} restored, all whole"));
    }
    // What is cut off or changed is known for it, and leaves the place empty.
    let whole = std::fs::read(&file).unwrap();
    let bad = office.data().with_extension("bad");
    for bytes in [
        &whole[..whole.len() / 2],
        &whole[..whole.len() - 1],
        &[&whole[..500], &[whole[500] ^ 1], &whole[501..]].concat(),
    ] {
        std::fs::write(&bad, bytes).unwrap();
        let mut place = office.moved(Path::new("/nothing"), elsewhere());
        let why = place.refuse_with(&["restore", bad.to_str().unwrap()], &[WORDS]);
        assert!(why.contains("damaged") || why.contains("cut off") || why.contains("passphrase"), "{why}");
        place.start(&[("DTM_ADMIN_PASSWORD", crate::office::PASSWORD), ("DTM_ADMIN_EMAIL", "admin@example.org")]);
        let bearer = format!("Bearer {}", place.sign_in("admin@example.org"));
        assert_eq!(place.get("/v1/projects", &[("Authorization", &bearer)]).json(), serde_json::json!([]));
    }
    let over = office.refuse_with(&["backup", file.to_str().unwrap()], &[WORDS]);
    assert!(over.contains("is there already"), "{over}");
    let open = office.refuse_with(&["backup", bad.with_extension("new").to_str().unwrap()], &[]);
    assert!(open.contains("DTM_BACKUP_PASSPHRASE"), "{open}");
    load.check(&office);
}

#[test]
fn a_backup_under_load_lives_again_on_sqlite() {
    check_backup(Office::new(), || None);
}

#[test]
fn a_backup_of_postgresql_lives_again_on_postgresql() {
    if let Some(database) = dtm_testkit::postgres_database() {
        check_backup(Office::on(database), dtm_testkit::postgres_database);
    }
}

#[test]
fn a_backup_of_sqlite_lives_again_on_postgresql_and_the_other_way_round() {
    let Some(database) = dtm_testkit::postgres_database() else { return };
    let mut first = Office::new();
    let mut database = Some(database);
    for n in 0..2 {
        first.start(&[]);
        assert_eq!(first.submit(&answers(&format!("uuid:{n}"), 7), &[("photo.jpg", b"a photo")]).status, 201);
        let file = first.data().with_extension("backup");
        assert_eq!(first.run_with(&["backup", file.to_str().unwrap()], &[WORDS]).0, 0);
        let mut second = first.moved(Path::new("/nothing"), database.take());
        assert_eq!(second.run_with(&["restore", file.to_str().unwrap()], &[WORDS]).0, 0);
        second.start(&[]);
        let bearer = format!("Bearer {}", second.sign_in("reviewer@example.org"));
        let list = second.get("/v1/projects/1/forms/site/submissions", &[("Authorization", &bearer)]).json();
        assert_eq!(list.as_array().unwrap().len(), n + 1);
        assert_eq!(second.run(&["check"])["sound"], true);
        first = second;
    }
}

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[test]
fn a_flipped_bit_in_a_file_is_never_served_and_always_named() {
    let mut office = Office::open();
    for n in 0..3 {
        let photo = vec![n as u8; 5000];
        assert_eq!(office.submit(&answers(&format!("uuid:{n}"), n), &[("photo.jpg", &photo)]).status, 201);
    }
    office.kill();
    let whole = office.data().with_extension("whole");
    copy(&office.data(), &whole);
    let mut blobs = files(&office.data().join("blobs"));
    blobs.retain(|path| path.metadata().unwrap().len() == 5000);
    assert_eq!(blobs.len(), 3);
    for n in 0..repetitions(4) {
        let at = &blobs[n % blobs.len()];
        let mut bytes = std::fs::read(at).unwrap();
        let bit = (n * 7919) % (bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(at, bytes).unwrap();
        office.start(&[]);
        let bearer = format!("Bearer {}", office.sign_in("reviewer@example.org"));
        let answers: Vec<u16> = (0..3)
            .map(|n| {
                let path = format!("/v1/projects/1/forms/site/submissions/uuid%3A{n}/attachments/photo.jpg");
                let answer = office.get(&path, &[("Authorization", &bearer)]);
                assert!(answer.status != 200 || answer.body == vec![n as u8; 5000], "served although it is damaged");
                answer.status
            })
            .collect();
        assert_eq!(answers.iter().filter(|status| **status != 200).count(), 1, "{answers:?}");
        let (exit, told) = office.run_with(&["check"], &[]);
        assert_eq!((exit, told["damaged"].as_array().unwrap().len()), (5, 1), "{told}");
        let name: String =
            at.iter().rev().take(2).map(|part| part.to_string_lossy()).collect::<Vec<_>>().into_iter().rev().collect();
        assert_eq!(told["damaged"][0], name.as_str());
        office.kill();
        std::fs::remove_file(at).unwrap();
        let (exit, told) = office.run_with(&["check"], &[]);
        assert_eq!((exit, &told["missing"][0]), (5, &name.as_str().into()), "{told}");
        std::fs::copy(whole.join(at.strip_prefix(office.data()).unwrap()), at).unwrap();
        assert_eq!(office.run(&["check"])["sound"], true, "mended from the copy");
    }
    seen("flipped bits in files: never served, always named");
}

/// Rows that hold evidence are changed one after the other; each is refused where it is read, and named.
fn check_rows(office: &mut Office, url: &str) {
    office.start(&[]);
    assert_eq!(office.submit(&answers("uuid:one", 7), &[]).status, 201);
    let bearer = format!("Bearer {}", office.sign_in("reviewer@example.org"));
    let xml = "/v1/projects/1/forms/site/submissions/uuid%3Aone.xml";
    let phone = format!("{}/forms/site.xml", office.phone);
    let other = dtm_model::BlobHash::of(answers("uuid:one", 9).as_bytes());
    let together = format!("UPDATE submissions SET xml = replace(xml, '>7<', '>9<'), xml_hash = '{other}'");
    let cases = [
        ("UPDATE submissions SET xml = replace(xml, '>7<', '>9<')", xml, "submissions"),
        ("UPDATE submissions SET xml = replace(xml, '>9<', '>7<')", "", ""),
        ("UPDATE form_versions SET xform = replace(xform, 'Displaced', 'displaced')", &phone, "forms"),
        ("UPDATE form_versions SET xform = replace(xform, 'displaced', 'Displaced')", "", ""),
        // Row and hash are changed together: the audit log knows what arrived.
        (&together, "", "submissions"),
    ];
    for (sql, read, named) in cases {
        dtm_testkit::meddle(url, sql);
        office.start(&[]);
        if !read.is_empty() {
            let answer = office.get(read, &[("Authorization", &bearer)]);
            assert!(answer.status >= 500, "{sql}: {} {}", answer.status, answer.text());
        }
        let (exit, told) = office.run_with(&["check"], &[]);
        let names = !named.is_empty();
        assert_eq!((exit == 5, told["sound"] == false), (names, names), "{sql}: {told}");
        assert!(!names || told[named].as_array().unwrap().len() == 1, "{sql}: {told}");
    }
    dtm_testkit::meddle(url, "UPDATE audit SET actor = 'nobody' WHERE seq = 5");
    assert_eq!(office.run_with(&["check"], &[]).1["audit"], false);
}

#[test]
fn a_changed_row_of_evidence_is_never_served_and_always_named_on_sqlite() {
    let mut office = Office::new();
    let url = format!("sqlite://{}", office.data().join("dtm.db").display());
    check_rows(&mut office, &url);
}

#[test]
fn a_changed_row_of_evidence_is_never_served_and_always_named_on_postgresql() {
    if let Some(database) = dtm_testkit::postgres_database() {
        check_rows(&mut Office::on(database.clone()), &database);
    }
}
