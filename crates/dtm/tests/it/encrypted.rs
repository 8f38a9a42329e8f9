//! Encrypted forms: switched on, filled by a phone, kept unread, opened for a session with the passphrase.

use crate::office::{OPENROSA, Office, PASSWORD, answers};
use dtm_capture::encrypted::{Clear, PublicKey, seal};

const PASSPHRASE: &str = "river stone lantern";

/// Chance that is the same in every run.
fn chance() -> impl FnMut(&mut [u8]) {
    let mut at = 7_u8;
    move |bytes| {
        for byte in bytes {
            at = at.wrapping_mul(13).wrapping_add(101);
            *byte = at | 1;
        }
    }
}

/// Encrypts the operation's forms, and sends one submission as a phone would.
fn sealed(office: &Office, officer: &str) {
    let json = [("Authorization", officer), ("Content-Type", "application/json")];
    let body = format!("{{\"passphrase\":\"{PASSPHRASE}\",\"hint\":\"what lights the way\"}}");
    let made = office.ask("POST", "/v1/projects/1/key", &json, body.as_bytes());
    assert_eq!(made.status, 200, "{}", made.text());
    assert_eq!(office.ask("POST", "/v1/projects/1/key", &json, body.as_bytes()).status, 409);
    let list = office.get(&format!("{}/formList", office.phone), &[OPENROSA]).text();
    let version = list.split("<version>").nth(1).unwrap().split('<').next().unwrap();
    assert!(version.starts_with("1[encrypted:"), "{list}");
    let form = office.get(&format!("{}/forms/site.xml", office.phone), &[OPENROSA]).text();
    let key = PublicKey::read(form.split("base64RsaPublicKey=\"").nth(1).unwrap().split('"').next().unwrap()).unwrap();
    let xml = answers("uuid:secret-site", 4321).replace("version=\"1\"", &format!("version=\"{version}\""));
    let clear = Clear {
        form_id: "site",
        version,
        instance_id: "uuid:secret-site",
        deprecated_id: None,
        instance_name: None,
        readable: None,
        xml: xml.as_bytes(),
        files: &[("camp.jpg".to_owned(), b"a photo".to_vec())],
    };
    let parts = seal(clear, &key, chance()).unwrap();
    let files: Vec<(&str, &[u8])> = parts.files.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
    let sent = office.submit(&parts.xml, &files);
    assert_eq!(sent.status, 201, "{}", sent.text());
    assert_eq!(office.submit(&parts.xml, &files).status, 201, "a resend is recognised");
}

#[test]
fn encrypted_answers_open_with_the_passphrase_for_one_session_and_the_use_is_on_record() {
    let office = Office::open();
    let officer = format!("Bearer {}", office.sign_in("officer@example.org"));
    sealed(&office, &officer);
    let keys = office.get("/v1/projects/1/forms/site/submissions/keys", &[("Authorization", &officer)]).json();
    assert_eq!((keys[0]["managed"].as_bool(), keys[0]["hint"].as_str()), (Some(true), Some("what lights the way")));

    let sessions = [office.sign_in("officer@example.org"), office.sign_in("officer@example.org")];
    let [mine, other] = sessions.map(|token| format!("dtm={token}"));
    let list = office.get("/office/o/xso/mobility/1/records", &[("Cookie", &mine)]).text();
    let record =
        format!("/office/records/{}", list.split("/office/records/").nth(1).unwrap().split('"').next().unwrap());
    let shown = |cookie: &str| office.get(&record, &[("Cookie", cookie)]).text();
    assert!(shown(&mine).contains("The answers are encrypted") && !shown(&mine).contains("4321"));

    let origin = format!("http://{}", office.address);
    let act = |cookie: &str, body: &str| {
        let headers = [
            ("Cookie", cookie),
            ("Origin", origin.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Accept-Language", "fr"),
        ];
        office.ask("POST", "/office/o/xso/encryption", &headers, body.as_bytes())
    };
    let wrong = act(&mine, "act=unlock&passphrase=river+stone+lanterns");
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("pas la phrase secrète"), "{}", wrong.text());
    let right = act(&mine, &format!("act=unlock&passphrase={}", PASSPHRASE.replace(' ', "+")));
    assert_eq!(right.status, 303, "{}", right.text());
    let page = shown(&mine);
    assert!(page.contains("4321") && page.contains("you read them with the key"), "{page}");
    assert!(!shown(&other).contains("4321"), "another session of the same person has not opened them");
    let listed = |cookie: &str| office.get("/office/o/xso/mobility/1/records", &[("Cookie", cookie)]).text();
    assert!(listed(&mine).contains("4,321") && !listed(&other).contains("4,321"), "{}", listed(&mine));
    assert_eq!(act(&mine, "act=lock").status, 303);
    assert!(!shown(&mine).contains("4321") && !listed(&mine).contains("4,321"));

    let audit = office.run(&["audit"]).to_string();
    for act in ["form_key.refused", "form_key.unlocked", "form_key.used", "form_key.locked"] {
        assert!(audit.contains(act), "{act} is not in {audit}");
    }
    assert!(!audit.contains(PASSPHRASE) && !office.log().contains(PASSPHRASE) && !office.log().contains("4321"));
}

#[test]
fn encryption_is_for_those_who_manage_and_needs_a_passphrase_worth_the_name() {
    let office = Office::open();
    let reviewer = format!("Bearer {}", office.sign_in("reviewer@example.org"));
    let ask = |who: &str, body: &str| {
        let headers = [("Authorization", who), ("Content-Type", "application/json")];
        office.ask("POST", "/v1/projects/1/key", &headers, body.as_bytes()).status
    };
    assert_eq!(ask(&reviewer, &format!("{{\"passphrase\":\"{PASSPHRASE}\"}}")), 403);
    let officer = format!("Bearer {}", office.sign_in("officer@example.org"));
    assert_eq!(ask(&officer, "{\"passphrase\":\"short\"}"), 400);
    assert_ne!(PASSWORD, PASSPHRASE);
}
