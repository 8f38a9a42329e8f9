//! Forms that keep some questions readable: sealed on arrival, used every day, opened with the key; and forms with a key of
//! their own, against an implementation of ODK's envelopes that is not ours.

use crate::office::{Answer, Office};
use crate::program::python;
use std::io::Read;
use std::path::Path;
use std::process::Command;

const PASSPHRASE: &str = "river stone lantern";

/// A household form: place and size stay readable, people do not.
const FORM: &str = r#"<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:dtm="urn:dtm:xforms">
<h:head><h:title>Households</h:title><model><instance><data id="households" version="1"><site/><size/><head/><phone/><photo/><member><name/><age/></member><meta><instanceID/><instanceName/></meta></data></instance>
<bind nodeset="/data/site" type="string" dtm:readable="yes"/><bind nodeset="/data/size" type="int" dtm:readable="yes" constraint=". &lt; 50"/>
<bind nodeset="/data/head" type="string"/><bind nodeset="/data/phone" type="string" constraint="string-length(.) = 4"/><bind nodeset="/data/photo" type="binary"/>
<bind nodeset="/data/member/name" type="string"/><bind nodeset="/data/member/age" type="int" dtm:readable="yes"/>
<bind nodeset="/data/meta/instanceID" type="string" calculate="uuid()"/><bind nodeset="/data/meta/instanceName" type="string" calculate="concat(/data/site, ' ', /data/head)"/></model></h:head>
<h:body><input ref="/data/site"><label>Site</label></input><input ref="/data/size"><label>People</label></input><input ref="/data/head"><label>Head of household</label></input><input ref="/data/phone"><label>Telephone</label></input>
<upload ref="/data/photo" mediatype="image/*"><label>Photo</label></upload><group ref="/data/member"><label>Members</label><repeat nodeset="/data/member"><input ref="/data/member/name"><label>Name</label></input><input ref="/data/member/age"><label>Age</label></input></repeat></group></h:body></h:html>"#;

/// What a phone sends of a household. `Zenaida` and the telephone are nobody's to read.
fn household(instance: &str, version: &str, size: u32) -> String {
    format!(
        "<data id=\"households\" version=\"{version}\"><site>Camp Nord</site><size>{size}</size><head>Zenaida</head><phone>0712</phone><photo>door.jpg</photo>\
         <member><name>Zenaida jr</name><age>7</age></member><member><name>Zenaida sr</name><age>71</age></member>\
         <meta><instanceID>{instance}</instanceID><instanceName>Camp Nord Zenaida</instanceName></meta></data>"
    )
}

/// An office whose households are encrypted on arrival, and the version that phones fill.
fn sealed_office() -> (Office, String, String) {
    let office = Office::open();
    let officer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let form = office.data().join("households.xml");
    std::fs::write(&form, FORM).unwrap();
    office.run(&["form", "upload", "-o", "xso", "-e", "mobility", "--publish", form.to_str().unwrap()]);
    let json = [("Authorization", officer.as_str()), ("Content-Type", "application/json")];
    let body = format!("{{\"passphrase\":\"{PASSPHRASE}\"}}");
    let made = office.ask("POST", "/v1/projects/1/key", &json, body.as_bytes());
    assert_eq!(made.status, 200, "{}", made.text());
    let xform = office.get(&format!("{}/forms/households.xml", office.phone), &[]).text();
    assert!(!xform.contains("base64RsaPublicKey") && xform.contains("dtm:arrival-key"), "{xform}");
    let version = xform.split("version=\"").nth(2).unwrap().split('"').next().unwrap().to_owned();
    assert!(version.starts_with("1[encrypted:"), "{version}");
    (office, officer, version)
}

/// Every file below a folder, as one text.
fn everything_in(folder: &Path) -> String {
    let (mut waiting, mut text) = (vec![folder.to_owned()], String::new());
    while let Some(path) = waiting.pop() {
        match std::fs::read_dir(&path) {
            Ok(entries) => waiting.extend(entries.map(|entry| entry.unwrap().path())),
            Err(_) => text += &String::from_utf8_lossy(&std::fs::read(&path).unwrap_or_default()),
        }
    }
    text
}

fn files_of(zip: &Answer) -> Vec<(String, String)> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(zip.body.clone())).unwrap();
    (0..zip.len())
        .map(|at| {
            let mut file = zip.by_index(at).unwrap();
            let mut text = Vec::new();
            file.read_to_end(&mut text).unwrap();
            (file.name().unwrap().into_owned(), String::from_utf8_lossy(&text).into_owned())
        })
        .collect()
}

#[test]
fn what_is_not_declared_readable_is_nowhere_in_clear_and_the_rest_is_worked_with() {
    let (office, officer, version) = sealed_office();
    let xml = household("uuid:h1", &version, 60);
    let sent = office.submit(&xml, &[("door.jpg", b"a photo of Zenaida")]);
    assert_eq!(sent.status, 201, "{}", sent.text());
    let again = office.submit(&xml, &[("voice.m4a", b"the voice of Zenaida")]);
    assert_eq!(again.status, 201, "the same again, with a file more: {}", again.text());
    let other = office.submit(&household("uuid:h1", &version, 61), &[]);
    assert_eq!(other.status, 409, "other answers under the same name: {}", other.text());
    let auth = [("Authorization", officer.as_str())];
    let of_form = "/v1/projects/1/forms/households";

    let csv = office.get(&format!("{of_form}/submissions.csv"), &auth).text();
    assert!(csv.contains("Camp Nord,60,,,,") && csv.contains("not decrypted") && !csv.contains("Zenaida"), "{csv}");
    let rows = office.get(&format!("{of_form}.svc/Submissions?$filter=size%20gt%2050"), &auth).json();
    let row = &rows["value"][0];
    assert_eq!((row["site"].as_str(), row["size"].as_i64(), row["head"].as_str()), (Some("Camp Nord"), Some(60), None));
    assert_eq!(row["__system"]["status"].as_str(), Some("notDecrypted"));
    let members = office.get(&format!("{of_form}.svc/Submissions.member"), &auth).json();
    assert_eq!((members["value"][1]["age"].as_i64(), members["value"][1]["name"].as_str()), (Some(71), None));
    let files = office.get(&format!("{of_form}/submissions/uuid:h1/attachments"), &auth).text();
    assert!(files.contains("door.jpg.enc") && files.contains("voice.m4a.enc"), "{files}");
    let one = office.get(&format!("{of_form}/submissions/uuid:h1"), &auth).json();
    assert_eq!(one["currentVersion"]["instanceName"].as_str(), None, "the name is made of the head's name");

    let found = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        let list = office.get("/office/o/xso/forms/households/submissions", &[("Cookie", &cookie(&officer))]).text();
        let record = list.split("/office/records/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let page = office.get(&format!("/office/records/{record}"), &[("Cookie", &cookie(&officer))]).text();
        assert!(page.contains("Camp Nord") && !page.contains("Zenaida"), "{page}");
        page.contains("breaks the form’s rule") || page.contains("60")
    });
    assert!(found);
    let kept = everything_in(&office.data());
    assert!(!kept.contains("Zenaida") && !kept.contains("0712"), "something of it was written down");
    assert!(!office.log().contains("Zenaida"));
}

fn cookie(bearer: &str) -> String {
    format!("dtm={}", bearer.trim_start_matches("Bearer "))
}

#[test]
fn an_export_opens_with_the_passphrase_and_only_for_who_gives_it() {
    let (office, officer, version) = sealed_office();
    office.submit(&household("uuid:h1", &version, 6), &[("door.jpg", b"a photo of Zenaida")]);
    office.submit(&household("uuid:h2", "1", 7), &[("door.jpg", b"a photo of Zenaida too")]);
    let auth = [("Authorization", officer.as_str())];
    let of_form = "/v1/projects/1/forms/households";
    let keys = office.get(&format!("{of_form}/submissions/keys"), &auth).json();
    let key = keys[0]["id"].as_i64().unwrap();
    let form = [auth[0], ("Content-Type", "application/x-www-form-urlencoded")];
    let json = [auth[0], ("Content-Type", "application/json")];
    let csv = format!("{of_form}/submissions.csv");
    let secret = PASSPHRASE.replace(' ', "+");

    let wrong = office.ask("POST", &csv, &form, format!("{key}=wrong+words").as_bytes());
    assert_eq!((wrong.status, wrong.json()["code"].as_f64()), (400, Some(400.12)));
    for answer in [
        office.ask("POST", &csv, &form, format!("{key}={secret}&__csrf=x").as_bytes()),
        office.ask("POST", &csv, &json, format!("{{\"{key}\":\"{PASSPHRASE}\"}}").as_bytes()),
        office.get(&format!("{csv}?{key}={secret}"), &auth),
    ] {
        let text = answer.text();
        assert_eq!(answer.status, 200, "{text}");
        assert!(text.contains("Camp Nord,6,Zenaida,0712,door.jpg,") && text.contains("Camp Nord,7,Zenaida"), "{text}");
        assert!(!text.contains("not decrypted"), "{text}");
    }
    let reviewer = format!("Bearer {}", office.sign_in("reviewer@example.org"));
    let theirs = [("Authorization", reviewer.as_str()), form[1]];
    let refused = office.ask("POST", &csv, &theirs, format!("{key}={secret}").as_bytes());
    assert_eq!(refused.status, 403, "{}", refused.text());

    let zip = format!("{csv}.zip");
    let closed = files_of(&office.get(&zip, &auth));
    let opened = files_of(&office.ask("POST", &zip, &form, format!("{key}={secret}").as_bytes()));
    let named = |files: &[(String, String)], name: &str| {
        files.iter().find(|(known, _)| known == name).map(|(_, text)| text.clone())
    };
    assert_eq!(named(&closed, "media/door.jpg").as_deref(), Some("a photo of Zenaida too"), "it was not encrypted");
    assert!(named(&closed, "media/door.jpg.enc").is_some_and(|text| !text.contains("Zenaida")));
    let photos: Vec<&str> =
        opened.iter().filter(|(name, _)| name.contains("door")).map(|(_, text)| text.as_str()).collect();
    assert_eq!(photos.len(), 2, "{opened:?}");
    assert!(photos.contains(&"a photo of Zenaida") && opened.iter().all(|(name, _)| !name.ends_with(".enc")));
    assert!(named(&opened, "households-member.csv").unwrap().contains("Zenaida jr,7"));

    let audit = office.run(&["audit"]).to_string();
    assert!(audit.contains("form_key.refused") && audit.contains("/export") && !audit.contains(PASSPHRASE));
    assert!(!office.log().contains("lantern"));
    for _ in 0..10 {
        office.ask("POST", &csv, &form, format!("{key}=wrong").as_bytes());
    }
    let slow = office.ask("POST", &csv, &form, format!("{key}={secret}").as_bytes());
    assert_eq!(slow.status, 429, "after ten wrong tries even the right one waits");
}

#[test]
fn a_session_that_opened_the_key_sees_the_answers_everywhere_and_no_other_does() {
    let (office, officer, version) = sealed_office();
    office.submit(&household("uuid:h1", &version, 6), &[("door.jpg", b"a photo of Zenaida")]);
    let [mine, other] = [0, 1].map(|_| office.sign_in("officer@example.org"));
    let [mine, other] = [mine, other].map(|token| format!("dtm={token}"));
    let origin = format!("http://{}", office.address);
    let act = |body: &str| {
        let headers = [
            ("Cookie", mine.as_str()),
            ("Origin", origin.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        office.ask("POST", "/office/o/xso/encryption", &headers, body.as_bytes()).status
    };
    assert_eq!(act(&format!("act=unlock&passphrase={}", PASSPHRASE.replace(' ', "+"))), 303);
    let list = office.get("/office/o/xso/forms/households/submissions", &[("Cookie", &mine)]).text();
    let record = list.split("/office/records/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let page = office.get(&format!("/office/records/{record}"), &[("Cookie", &mine)]).text();
    let photo = page
        .split("href=\"")
        .find(|rest| rest.contains("files/door.jpg\""))
        .unwrap()
        .split('"')
        .next()
        .unwrap()
        .to_owned();
    let places = [
        format!("/office/records/{record}"),
        "/office/o/xso/forms/households/data".to_owned(),
        "/office/o/xso/forms/households/data?q=head&how=eq&v=Zenaida".to_owned(),
        "/v1/projects/1/forms/households/submissions.csv".to_owned(),
        "/v1/projects/1/forms/households.svc/Submissions?$filter=head%20eq%20'Zenaida'".to_owned(),
        photo,
    ];
    for place in &places {
        let [shown, hidden] = [&mine, &other].map(|who| office.get(place, &[("Cookie", who)]));
        assert!(shown.status == 200 && shown.text().contains("Zenaida"), "{place}: {}", shown.text());
        assert!(
            !hidden.text().replace("v=Zenaida", "").replace("value=\"Zenaida\"", "").contains("a photo of Zenaida")
        );
        if !place.contains("v=Zenaida") && !place.contains("filter") {
            assert!(!hidden.text().contains("Zenaida"), "{place}: {}", hidden.text());
        }
    }
    let picture = office.get(&places[5], &[("Cookie", &mine)]);
    assert_eq!(
        (picture.header("content-type"), picture.header("cache-control")),
        (Some("image/jpeg"), Some("no-store"))
    );
    let narrow = office.get(&places[4], &[("Cookie", &other)]).json();
    assert_eq!(narrow["value"].as_array().unwrap().len(), 0, "a filter tells nothing to those without the key");
    assert_eq!(act("act=lock"), 303);
    for place in &places {
        let text = office.get(place, &[("Cookie", &mine)]).text();
        assert!(!text.contains("Zenaida jr") && !text.contains("a photo"), "{place}");
    }
    let uses = office.run(&["audit", "--limit", "1000"]).to_string().matches("form_key.used").count();
    assert_eq!(uses, 9, "the list, the record twice, the data twice, CSV, OData, the photo twice: once each");
    assert!(!everything_in(&office.data()).contains("Zenaida"));
    drop(officer);
}

#[test]
fn an_edit_of_a_sealed_submission_is_sealed_and_a_purge_leaves_nothing_of_it() {
    let (office, officer, version) = sealed_office();
    office.submit(&household("uuid:h1", &version, 6), &[("door.jpg", b"a photo of Zenaida")]);
    let auth = [("Authorization", officer.as_str())];
    let edit =
        household("uuid:h1b", &version, 9).replace("<instanceID>", "<deprecatedID>uuid:h1</deprecatedID><instanceID>");
    let put = office.ask(
        "PUT",
        "/v1/projects/1/forms/households/submissions/uuid:h1",
        &[auth[0], ("Content-Type", "application/xml")],
        edit.as_bytes(),
    );
    assert_eq!(put.status, 200, "{}", put.text());
    let csv = office.get("/v1/projects/1/forms/households/submissions.csv", &auth).text();
    assert!(csv.contains("Camp Nord,9,,") && !csv.contains("Camp Nord,6"), "{csv}");
    let late = office.ask(
        "POST",
        "/v1/projects/1/forms/households/submissions/uuid:h1/attachments/door.jpg",
        &[auth[0], ("Content-Type", "image/jpeg")],
        b"another photo of Zenaida",
    );
    assert_eq!(late.status, 200, "{}", late.text());
    let diffs = office.get("/v1/projects/1/forms/households/submissions/uuid:h1/diffs", &auth).text();
    assert!(diffs.contains("\"size\"") && !diffs.contains("base64"), "{diffs}");
    let blobs = || everything_in(&office.data().join("blobs")).matches("DTM-SEALED-FILE").count();
    assert!(blobs() >= 2, "{}", blobs());
    assert!(!everything_in(&office.data()).contains("Zenaida"));
    let gone = office.ask("DELETE", "/v1/projects/1/forms/households/submissions/uuid:h1", &auth, b"");
    assert_eq!(gone.status, 200, "{}", gone.text());
    office.run(&["purge", "--days", "0"]);
    assert_eq!(blobs(), 0, "its files are gone");
    assert_eq!(office.submit(&household("uuid:h1", &version, 6), &[]).status, 409, "the phone is told");
}

/// The page of the only record of the households.
fn record_page(office: &Office, operation: &str, cookie: &str) -> String {
    let list = format!("/office/o/{operation}/forms/households/submissions");
    let list = office.get(&list, &[("Cookie", cookie)]).text();
    let record = list.split("/office/records/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    office.get(&format!("/office/records/{record}"), &[("Cookie", cookie)]).text()
}

#[test]
fn what_is_brought_is_held_against_the_rules_as_far_as_it_can_be_read() {
    // Filled forms of a folder are sealed as they come, and examined before.
    let (there, officer, version) = sealed_office();
    let folder = tempfile::tempdir().unwrap();
    let bad = household("uuid:h1", &version, 60).replace("0712", "07123");
    std::fs::write(folder.path().join("one.xml"), &bad).unwrap();
    let bring = || {
        let path = folder.path().to_str().unwrap();
        there.run_with(&["import", "submissions", path, "--operation", "xso", "--exercise", "mobility"], &[])
    };
    let (exit, brought) = bring();
    assert_eq!((exit, brought["submissions"].as_u64()), (0, Some(1)), "{brought:#}");
    let (exit, again) = bring();
    assert_eq!((exit, again["known"].as_u64()), (0, Some(1)), "what was sealed is recognised: {again:#}");
    let page = record_page(&there, "xso", &cookie(&officer));
    assert!(page.contains("“60” in") || page.contains("«60» in"), "{page}");
    assert!(page.contains("«•••» in") && !page.contains("07123"), "{page}");
    assert!(!everything_in(&there.data()).contains("Zenaida"));

    // What was sealed elsewhere is read as far as it stays readable.
    let mut here = crate::bring::empty();
    let token = officer.trim_start_matches("Bearer ");
    let server = format!("http://{}", there.address);
    let (exit, brought) = here.run_with(
        &["import", "central", &server, "--project", "1", "--operation", "els", "--local-network"],
        &[("DTM_IMPORT_TOKEN", token)],
    );
    assert_eq!((exit, brought["submissions"].as_u64()), (0, Some(1)), "{brought:#}");
    here.start(&[]);
    let page = record_page(&here, "els", &format!("dtm={}", here.sign_in("admin@example.org")));
    assert!(page.contains("«60» in") && !page.contains("•••"), "{page}");
}

#[test]
fn all_records_are_checked_with_the_key_and_what_is_kept_tells_no_answer() {
    let (office, officer, version) = sealed_office();
    for (at, phone) in ["0712", "07123", "071234"].into_iter().enumerate() {
        let xml = household(&format!("uuid:h{at}"), &version, 6).replace("0712", phone);
        assert_eq!(office.submit(&xml, &[]).status, 201);
    }
    let mine = cookie(&officer);
    let origin = format!("http://{}", office.address);
    let post = |cookie: &str, path: &str, body: &str| {
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        office.ask("POST", path, &[("Cookie", cookie), ("Origin", &origin), kind], body.as_bytes())
    };
    let place = "/office/o/xso/forms/households/opened";
    let closed = post(&mine, place, "").text();
    assert!(closed.contains("closed to this session") && !closed.contains("07123"), "{closed}");
    let secret = PASSPHRASE.replace(' ', "+");
    assert_eq!(post(&mine, "/office/o/xso/encryption", &format!("act=unlock&passphrase={secret}")).status, 303);
    let told = post(&mine, place, "").text();
    assert!(told.contains("3 records were opened and checked") && told.contains("«07123»"), "{told}");
    assert!(told.contains("<td class=\"break\">phone</td><td class=\"n\">2</td>"), "{told}");
    let french = office.ask(
        "POST",
        place,
        &[
            ("Cookie", &mine),
            ("Origin", &origin),
            ("Accept-Language", "fr"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ],
        b"",
    );
    assert!(french.text().contains("3 enregistrements ont été ouverts et contrôlés"), "{}", french.text());
    let other = format!("dtm={}", office.sign_in("officer@example.org"));
    assert!(!post(&other, place, "").text().contains("07123"));
    let reviewer = format!("dtm={}", office.sign_in("reviewer@example.org"));
    assert_eq!(post(&reviewer, place, "").status, 403);
    let audit = office.run(&["audit", "--limit", "1000"]).to_string();
    assert!(audit.contains("form_key.used") && audit.contains("/opened") && !audit.contains("07123"), "{audit}");
    assert!(!everything_in(&office.data()).contains("07123") && !office.log().contains("07123"));
}

/// Runs the implementation that is not ours.
fn odk(python: &str, args: &[&str]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/odk_envelopes.py");
    let output = Command::new(python).arg(script).args(args).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_form_s_own_key_opens_what_others_sealed_and_others_open_what_is_sealed_here() {
    let Some(python) = python("cryptography") else { return };
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let here = folder.path().to_str().unwrap();
    odk(&python, &["keys", here]);
    let (public, pem) =
        (std::fs::read_to_string(at("public.txt")).unwrap(), std::fs::read_to_string(at("private.pem")).unwrap());
    let office = Office::open();
    let officer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let auth = [("Authorization", officer.as_str())];
    let keyed = FORM.replace("</model>", &format!("<submission base64RsaPublicKey=\"{public}\"/></model>"));
    for (id, form) in [("phone", keyed.replace(" dtm:readable=\"yes\"", "")), ("arrival", keyed)] {
        let form = form.replace("id=\"households\"", &format!("id=\"{id}\""));
        std::fs::write(at("form.xml"), form).unwrap();
        let path = at("form.xml");
        office.run(&["form", "upload", "-o", "xso", "-e", "mobility", "--publish", path.to_str().unwrap()]);
    }
    // Sealed by a phone that is not ours.
    let xml = household("uuid:p1", "1", 5).replace("households", "phone");
    std::fs::write(at("submission.xml"), &xml).unwrap();
    std::fs::write(at("door.jpg"), "a photo").unwrap();
    odk(&python, &["seal", here, "phone", "1", "uuid:p1", "door.jpg"]);
    let read = |name: &str| std::fs::read(at(name)).unwrap();
    let (answers, photo) = (read("submission.xml.enc"), read("door.jpg.enc"));
    let envelope = std::fs::read_to_string(at("envelope.xml")).unwrap();
    let sent = office.submit(&envelope, &[("submission.xml.enc", &answers), ("door.jpg.enc", &photo)]);
    assert_eq!(sent.status, 201, "{}", sent.text());
    let keys = office.get("/v1/projects/1/forms/phone/submissions/keys", &auth).json();
    assert_eq!((keys[0]["managed"].as_bool(), keys[0]["public"].as_str()), (Some(false), Some(public.as_str())));
    let key = keys[0]["id"].as_i64().unwrap();
    let export = |form: &str, secret: &str| {
        let body = serde_json::json!({ key.to_string(): secret }).to_string();
        let headers = [auth[0], ("Content-Type", "application/json")];
        office.ask("POST", &format!("/v1/projects/1/forms/{form}/submissions.csv.zip"), &headers, body.as_bytes())
    };
    assert_eq!(export("phone", "a passphrase").status, 400, "nobody has a passphrase for it");
    let opened = files_of(&export("phone", &pem));
    let text: String = opened.iter().map(|(name, text)| format!("{name}\n{text}\n")).collect();
    assert!(text.contains("Camp Nord,5,Zenaida,0712") && text.contains("media/door.jpg\na photo\n"), "{text}");

    // Sealed here, opened by others.
    let xml = household("uuid:a1", "1", 5).replace("households", "arrival");
    assert_eq!(office.submit(&xml, &[]).status, 201);
    let stored = office.get("/v1/projects/1/forms/arrival/submissions/uuid:a1.xml", &auth);
    let sealed = office.get("/v1/projects/1/forms/arrival/submissions/uuid:a1/attachments/submission.xml.enc", &auth);
    std::fs::write(at("envelope.xml"), &stored.body).unwrap();
    std::fs::write(at("submission.xml.enc"), &sealed.body).unwrap();
    odk(&python, &["open", here]);
    assert_eq!(std::fs::read_to_string(at("clear/submission.xml")).unwrap(), xml, "byte for byte");
    let text: String = files_of(&export("arrival", &pem)).into_iter().map(|(_, text)| text).collect();
    assert!(text.contains("Camp Nord,5,Zenaida,0712"), "{text}");

    // On the page, for a session.
    let cookie = cookie(&officer);
    let page = office.get("/office/o/xso/encryption", &[("Cookie", &cookie)]).text();
    let id = page.split("name=\"key\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let origin = format!("http://{}", office.address);
    let headers = [
        ("Cookie", cookie.as_str()),
        ("Origin", origin.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let encoded: String = pem.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let body = format!("act=unlock&key={id}&passphrase={encoded}");
    let unlocked = office.ask("POST", "/office/o/xso/encryption", &headers, body.as_bytes());
    assert_eq!(unlocked.status, 303, "{}", unlocked.text());
    let data = office.get("/office/o/xso/forms/phone/data", &[("Cookie", &cookie)]).text();
    assert!(data.contains("Zenaida"), "{data}");
    assert!(!everything_in(&office.data()).contains("PRIVATE KEY"));
}

#[test]
fn readable_questions_are_chosen_on_a_page_and_a_workbook_declares_them_too() {
    let office = Office::open();
    let officer = office.sign_in("officer@example.org");
    let cookie = format!("dtm={officer}");
    let origin = format!("http://{}", office.address);
    let headers = [
        ("Cookie", cookie.as_str()),
        ("Origin", origin.as_str()),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    let page = "/office/o/xso/forms/site/readable";
    let made = office.ask("POST", page, &headers, b"readable=idp_ind&readable=nothing");
    assert_eq!(made.status, 303, "{}", made.text());
    let shown = office.get(page, &[("Cookie", &cookie)]).text();
    assert!(shown.contains("value=\"idp_ind\" checked") && !shown.contains("value=\"photo\" checked"), "{shown}");
    let workbook = "| survey |\n| | type | name | label | readable |\n| | begin group | place | Place | yes |\n| | text | site | Site | |\n\
                    | | text | guard | Guard | no |\n| | end group | | | |\n| | text | head | Head | |\n";
    let workbook = dtm_capture::workbook::Workbook::read(workbook.as_bytes(), "sheet.md").unwrap();
    let output = dtm_capture::xlsform::convert(&workbook, "sheet").xform.unwrap();
    assert!(output.contains("xmlns:dtm=\"urn:dtm:xforms\""), "{output}");
    let schema = dtm_capture::xform::read(&output).unwrap();
    let readable: Vec<String> = schema.on_arrival.unwrap().readable.into_iter().collect();
    assert_eq!(readable, ["meta/deprecatedID", "meta/instanceID", "place/site"]);
}
