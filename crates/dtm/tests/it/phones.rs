//! ODK Collect and KoboCollect against the built server, request by request as they send them.

use crate::office::{OPENROSA, Office, PASSWORD, XFORM, answers, multipart};
use md5::{Digest, Md5};

fn md5(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}

/// The text of the first element of this name.
fn element<'a>(xml: &'a str, name: &str) -> &'a str {
    let after = xml.split(&format!("<{name}>")).nth(1).unwrap_or_else(|| panic!("no {name} in {xml}"));
    after.split('<').next().unwrap()
}

#[test]
fn collect_lists_fetches_and_sends_a_form() {
    let office = Office::open();
    let phone = &office.phone;

    let list = office.get(&format!("{phone}/formList?deviceID=collect%3A1"), &[OPENROSA]);
    assert_eq!((list.status, list.header("content-type")), (200, Some("text/xml; charset=utf-8")));
    assert_eq!(list.header("x-openrosa-version"), Some("1.0"));
    let list = list.text();
    assert!(list.contains("http://openrosa.org/xforms/xformsList"), "{list}");
    assert_eq!(
        (element(&list, "formID"), element(&list, "version"), element(&list, "name")),
        ("site", "1", "Site assessment")
    );
    assert!(!list.contains("manifestUrl"), "a form without media has no manifest: {list}");

    let address = element(&list, "downloadUrl").to_owned();
    assert!(address.starts_with(&format!("http://{}/v1/key/", office.address)), "{address}");
    let form = office.get(&address[address.find("/v1/").unwrap()..], &[]);
    assert_eq!((form.status, form.header("content-type")), (200, Some("application/xml")));
    assert_eq!(element(&list, "hash"), format!("md5:{}", md5(&form.body)));
    assert_eq!(form.text(), XFORM);

    assert!(office.get(&format!("{phone}/formList?formID=other"), &[OPENROSA]).text().find("<xform>").is_none());
    let manifest = office.get(&format!("{phone}/forms/site/manifest"), &[OPENROSA]);
    assert_eq!(manifest.status, 200);
    assert!(manifest.text().contains("xformsManifest") && !manifest.text().contains("mediaFile"));

    for method in ["HEAD", "GET"] {
        let before = office.ask(method, &format!("{phone}/submission?deviceID=collect%3A1"), &[OPENROSA], b"");
        assert_eq!(before.status, 204, "{method}");
        assert_eq!(before.header("x-openrosa-version"), Some("1.0"));
        assert_eq!(before.header("x-openrosa-accept-content-length"), Some("100000000"));
        assert!(before.header("date").is_some() && before.header("content-language").is_some());
        assert!(before.header("location").is_none());
    }

    let xml = answers("uuid:one", 120);
    let sent = office.submit(&xml, &[]);
    assert_eq!(sent.status, 201, "{}", sent.text());
    assert!(sent.text().contains("<OpenRosaResponse xmlns=\"http://openrosa.org/http/response\""), "{}", sent.text());
    assert!(sent.text().contains("<message nature="), "{}", sent.text());
    assert_eq!(office.submit(&xml, &[]).status, 201, "a resend is recognised");
    let other = office.submit(&answers("uuid:one", 121), &[]);
    assert_eq!(other.status, 409, "the same instance with other answers is not the same");

    let token = office.sign_in("reviewer@example.org");
    let bearer = format!("Bearer {token}");
    let all = office.get("/v1/projects/1/forms/site/submissions", &[("Authorization", &bearer)]).json();
    assert_eq!(all.as_array().unwrap().len(), 1);
    assert_eq!(all[0]["deviceId"], "collect:test");
    let kept = office.get("/v1/projects/1/forms/site/submissions/uuid%3Aone.xml", &[("Authorization", &bearer)]);
    assert_eq!(kept.text(), xml, "kept byte for byte");
    let log = office.run(&["audit", "--limit", "1000"]);
    let seen = log.as_array().unwrap().iter().filter(|entry| entry["action"] == "seen").count();
    assert_eq!(seen, 1, "that a reviewer read it stands in the audit log: {log}");
}

#[test]
fn what_a_phone_gets_wrong_is_answered_as_collect_expects() {
    let office = Office::open();
    let phone = &office.phone;
    let token: String = phone.split('/').nth(3).unwrap().to_owned();
    let elsewhere = |key: &str| phone.replace(&token, key);

    let cases: [(u16, String, bool); 7] = [
        (400, format!("{phone}/formList"), false),
        (400, format!("{phone}/submission"), false),
        (403, format!("{}/formList", elsewhere(&"A".repeat(64))), true),
        (401, format!("{}/formList", elsewhere("short")), true),
        (404, format!("{}/formList", phone.replace("projects/1", "projects/77")), true),
        (404, format!("{phone}/forms/nothing.xml"), true),
        (404, format!("{phone}/nothing"), true),
    ];
    for (status, path, says_version) in cases {
        let headers: &[_] = if says_version { &[OPENROSA] } else { &[] };
        let answer = office.get(&path, headers);
        assert_eq!(answer.status, status, "{path}\n{}", answer.text());
        assert!(answer.text().contains("<OpenRosaResponse"), "{path}\n{}", answer.text());
    }

    let refused = |status: u16, xml: &str| {
        let answer = office.submit(xml, &[]);
        assert_eq!(answer.status, status, "{xml}\n{}", answer.text());
        assert!(answer.text().contains("<OpenRosaResponse"), "{}", answer.text());
    };
    refused(404, &answers("uuid:a", 1).replace("id=\"site\"", "id=\"other\""));
    refused(404, &answers("uuid:a", 1).replace("version=\"1\"", "version=\"2\""));
    refused(400, &answers("uuid:a", 1).replace(" id=\"site\"", ""));
    refused(403, &answers("uuid:a", 1).replace("<meta>", "<meta><deprecatedID>uuid:z</deprecatedID>"));

    let post = |kind: &str, body: &[u8]| {
        office.ask("POST", &format!("{phone}/submission"), &[OPENROSA, ("Content-Type", kind)], body)
    };
    let nothing = post(
        "multipart/form-data; boundary=part",
        b"--part\r\nContent-Disposition: form-data; name=\"other\"\r\n\r\nx\r\n--part--\r\n",
    );
    assert_eq!(nothing.status, 400);
    assert!(nothing.text().contains("xml_submission_file"), "{}", nothing.text());
    assert_eq!(post("application/xml", answers("uuid:a", 1).as_bytes()).status, 400);
    let delete = office.ask("DELETE", &format!("{phone}/submission"), &[OPENROSA], b"");
    assert_eq!((delete.status, delete.header("allow").is_some()), (405, true), "{}", delete.text());
}

#[test]
fn a_closed_form_and_a_withdrawn_phone_are_told_so_in_the_enumerators_language() {
    let office = Office::open();
    let officer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let (kind, body) = multipart(answers("uuid:late", 1).as_bytes(), &[]);
    let send = |lang: &str| {
        office.ask(
            "POST",
            &format!("{}/submission", office.phone),
            &[OPENROSA, ("Content-Type", &kind), ("Accept-Language", lang)],
            &body,
        )
    };
    assert_eq!(office.submit(&answers("uuid:early", 1), &[]).status, 201);
    let close = [("Authorization", officer.as_str()), ("Content-Type", "application/json")];
    let closed = office.ask("PATCH", "/v1/projects/1/forms/site", &close, br#"{"state":"closed"}"#);
    assert_eq!(closed.status, 200, "{}", closed.text());
    let late = send("fr-HT,fr;q=0.9");
    assert_eq!((late.status, late.header("content-language")), (409, Some("fr")));
    assert!(late.text().contains("est fermé et n’accepte plus d’envois"), "{}", late.text());
    assert!(send("sw").text().contains("is closed and takes no submissions"));
    assert_eq!(office.submit(&answers("uuid:early", 1), &[]).status, 201, "what was acknowledged stays acknowledged");

    let phones = office.get("/v1/projects/1/app-users", &[("Authorization", &officer)]).json();
    let id = phones[0]["id"].as_i64().unwrap();
    assert_eq!(phones[0]["token"], office.phone[8..72], "its QR code can be shown again");
    let gone = office.ask("DELETE", &format!("/v1/projects/1/app-users/{id}"), &[("Authorization", &officer)], b"");
    assert_eq!(gone.status, 200);
    let phones = office.get("/v1/projects/1/app-users", &[("Authorization", &officer)]).json();
    assert_eq!(phones[0]["token"], serde_json::Value::Null, "clients tell by the token who is active");
    assert_eq!(
        office.get(&format!("{}/formList", office.phone), &[OPENROSA]).status,
        403,
        "never 401: a phone would ask for a password"
    );
}

#[test]
fn photos_come_in_several_posts_and_are_kept_byte_for_byte() {
    let office = Office::open();
    let xml = answers("uuid:photos", 7);
    let first: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let second = b"\r\n--par\0\xff".repeat(300_000);
    assert_eq!(office.submit(&xml, &[("one.jpg", &first)]).status, 201);
    assert_eq!(office.submit(&xml, &[("été à Jérémie.jpg", &second)]).status, 201);
    assert_eq!(office.submit(&xml, &[("one.jpg", &first)]).status, 201);

    let cookie = format!("dtm={}", office.sign_in("reviewer@example.org"));
    let page = office.get("/office/o/xso/mobility/1/records", &[("Cookie", &cookie)]).text();
    let record = page.split("/office/records/").nth(1).unwrap().split('"').next().unwrap();
    let page = office.get(&format!("/office/records/{record}"), &[("Cookie", &cookie)]).text();
    let files: Vec<&str> = page
        .split("href=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .filter(|href| href.contains("/files/"))
        .collect();
    assert_eq!(files.len(), 2, "{page}");
    for (href, bytes) in files.iter().zip([&first, &second]) {
        let file = office.get(href, &[("Cookie", &cookie)]);
        assert_eq!((file.status, &file.body == bytes), (200, true), "{href}");
        assert!(file.header("content-disposition").unwrap().starts_with("attachment"));
        assert_eq!(file.header("content-type"), Some("application/octet-stream"));
        assert_eq!(file.header("x-content-type-options"), Some("nosniff"));
    }
}

#[test]
fn a_submission_without_an_instance_id_is_recognised_when_it_comes_again() {
    let office = Office::open();
    let xml = "<data id=\"site\" version=\"1\"><idp_ind>5</idp_ind></data>";
    assert_eq!(office.submit(xml, &[]).status, 201);
    assert_eq!(office.submit(xml, &[]).status, 201);
    assert_eq!(office.submit(&xml.replace('5', "6"), &[]).status, 201);
    let bearer = format!("Bearer {}", office.sign_in("reviewer@example.org"));
    let all = office.get("/v1/projects/1/forms/site/submissions", &[("Authorization", &bearer)]).json();
    assert_eq!(all.as_array().unwrap().len(), 2);
}

#[test]
fn an_encrypted_envelope_is_kept_with_its_files_and_without_answers() {
    let office = Office::open();
    let xml = "<data id=\"site\" version=\"1\" encrypted=\"yes\" xmlns=\"http://opendatakit.org/submissions\"><base64EncryptedKey>a2V5</base64EncryptedKey>\
        <meta xmlns=\"http://openrosa.org/xforms\"><instanceID>uuid:sealed</instanceID></meta><encryptedXmlFile>submission.xml.enc</encryptedXmlFile>\
        <base64EncryptedElementSignature>c2ln</base64EncryptedElementSignature></data>";
    let sent = office.submit(xml, &[("submission.xml.enc", b"\x01\x02\x03")]);
    assert_eq!(sent.status, 201, "{}", sent.text());
    let cookie = format!("dtm={}", office.sign_in("reviewer@example.org"));
    let page = office.get("/office/o/xso/mobility/1/records", &[("Cookie", &cookie)]).text();
    let record = page.split("/office/records/").nth(1).unwrap().split('"').next().unwrap();
    let page = office.get(&format!("/office/records/{record}"), &[("Cookie", &cookie)]).text();
    assert!(page.contains("The answers are encrypted") && page.contains("submission.xml.enc"), "{page}");
}

#[test]
fn one_submission_raced_by_many_connections_is_stored_once() {
    let office = Office::open();
    let xml = answers("uuid:raced", 3);
    std::thread::scope(|scope| {
        let all: Vec<_> = (0..12).map(|_| scope.spawn(|| office.submit(&xml, &[("a.jpg", b"same")]).status)).collect();
        for one in all {
            assert_eq!(one.join().unwrap(), 201);
        }
    });
    let bearer = format!("Bearer {}", office.sign_in("reviewer@example.org"));
    let all = office.get("/v1/projects/1/forms/site/submissions", &[("Authorization", &bearer)]).json();
    assert_eq!(all.as_array().unwrap().len(), 1);
}

#[test]
fn a_form_comes_in_as_central_clients_send_it() {
    let office = Office::open();
    let body = format!("{{\"email\":\"officer@example.org\",\"password\":\"{PASSWORD}\"}}");
    let session = office.ask("POST", "/v1/sessions", &[("Content-Type", "application/json")], body.as_bytes()).json();
    let bearer = format!("Bearer {}", session["token"].as_str().unwrap());
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/xml")];
    let draft = XFORM.replace("id=\"site\" version=\"1\"", "id=\"site two\" version=\"a\"");
    let made = office.ask("POST", "/v1/projects/1/forms?ignoreWarnings=true&publish=False", &headers, draft.as_bytes());
    assert_eq!((made.status, &made.json()["xmlFormId"]), (200, &"site two".into()));
    assert_eq!(made.json()["publishedAt"], serde_json::Value::Null);
    let offered = office.get(&format!("{}/formList", office.phone), &[OPENROSA]).text();
    assert_eq!(offered.matches("<xform>").count(), 1, "a draft is not offered");
    assert_eq!(office.ask("POST", "/v1/projects/1/forms/site%20two/draft/publish", &headers, b"").status, 200);
    let listed = office.get(&format!("{}/formList?formID=site%20two", office.phone), &[OPENROSA]).text();
    assert!(listed.contains("/forms/site%20two.xml"), "{listed}");
    let broken = office.ask("POST", "/v1/projects/1/forms", &headers, b"<h:html>");
    assert_eq!((broken.status, &broken.json()["code"]), (400, &400.15.into()), "{}", broken.text());
    let clash = office.ask("POST", "/v1/projects/1/forms", &headers, XFORM.replace("Photo", "Foto").as_bytes());
    assert_eq!((clash.status, &clash.json()["code"]), (409, &409.3.into()), "a form of this id is there");
}

#[test]
fn a_list_that_a_form_needs_reaches_the_phone_by_its_manifest() {
    let office = Office::open();
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let bearer = ("Authorization", bearer.as_str());
    let form = XFORM
        .replace("id=\"site\" version=\"1\"", "id=\"site\" version=\"2\"")
        .replace("</instance>", "</instance><instance id=\"camps\" src=\"jr://file-csv/camps.csv\"/>");
    let xml = ("Content-Type", "application/xml");
    let made = office.ask("POST", "/v1/projects/1/forms/site/draft", &[bearer, xml], form.as_bytes());
    assert_eq!(made.status, 200, "{}", made.text());
    let list = "name,label\ns1,Camp North\n";
    let at = "/v1/projects/1/forms/site/draft/attachments";
    let csv = ("Content-Type", "text/csv");
    assert_eq!(office.ask("POST", &format!("{at}/other.csv"), &[bearer, csv], list.as_bytes()).status, 404);
    assert_eq!(office.ask("POST", &format!("{at}/camps.csv"), &[bearer, csv], list.as_bytes()).status, 200);
    assert_eq!(office.ask("POST", "/v1/projects/1/forms/site/draft/publish", &[bearer], b"").status, 200);
    let known = office.get("/v1/projects/1/forms/site/attachments", &[bearer]).json();
    assert_eq!((&known[0]["name"], &known[0]["exists"]), (&"camps.csv".into(), &true.into()));

    let forms = office.get(&format!("{}/formList", office.phone), &[OPENROSA]).text();
    let address = element(&forms, "manifestUrl").to_owned();
    let manifest = office.get(&address[address.find("/v1/").unwrap()..], &[OPENROSA]).text();
    assert_eq!(element(&manifest, "filename"), "camps.csv");
    assert_eq!(element(&manifest, "hash"), format!("md5:{}", md5(list.as_bytes())));
    let file = element(&manifest, "downloadUrl");
    assert_eq!(office.get(&file[file.find("/v1/").unwrap()..], &[]).text(), list);
}

#[test]
fn a_colleague_who_signed_in_fetches_and_sends_as_a_phone_does() {
    let office = Office::open();
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let signed = ("Authorization", bearer.as_str());
    let list = office.get("/v1/projects/1/formList?deviceID=collect%3A9", &[OPENROSA, signed]);
    assert_eq!((list.status, list.header("x-openrosa-version")), (200, Some("1.0")));
    let address = element(&list.text(), "downloadUrl").to_owned();
    assert!(address.ends_with("/v1/projects/1/forms/site.xml"), "{address}");
    assert_eq!(office.get("/v1/projects/1/forms/site.xml", &[signed]).text(), XFORM);
    assert_eq!(office.ask("HEAD", "/v1/projects/1/submission", &[OPENROSA, signed], b"").status, 204);
    let (kind, body) = multipart(answers("uuid:web", 4).as_bytes(), &[]);
    let send = |headers: &[(&str, &str)]| {
        let mut all = vec![OPENROSA, ("Content-Type", kind.as_str())];
        all.extend(headers);
        office.ask("POST", "/v1/projects/1/submission", &all, &body)
    };
    assert_eq!(send(&[]).status, 401);
    assert_eq!(send(&[signed]).status, 201);
    let viewer = format!("Bearer {}", office.sign_in("viewer@example.org"));
    assert_eq!(send(&[("Authorization", &viewer)]).status, 403, "who looks does not fill");
    let none = office.get("/v1/projects/1/formList", &[OPENROSA, ("Authorization", &viewer)]);
    assert_eq!((none.status, none.text().contains("<xform>")), (200, false));
}

#[test]
fn what_a_client_has_already_is_not_sent_again() {
    let office = Office::open();
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let signed = ("Authorization", bearer.as_str());
    let phone = format!("{}/formList", office.phone);
    for (path, headers) in
        [("/v1/projects/1/forms", signed), ("/v1/projects/1/forms/site.xml", signed), (&phone, OPENROSA)]
    {
        let first = office.get(path, &[headers]);
        let tag = first.header("etag").unwrap_or_else(|| panic!("{path} has no tag")).to_owned();
        assert!(tag.starts_with("W/\""), "{tag}");
        let again = office.get(path, &[headers, ("If-None-Match", &tag)]);
        assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, Some(&*tag)), "{path}");
        assert_eq!(office.get(path, &[headers, ("If-None-Match", "W/\"other\"")]).status, 200);
    }
    assert_eq!(office.get("/v1/projects/1/forms?limit=x", &[signed]).json()["code"], 400.8);
    assert_eq!(office.get("/v1/projects/1/forms?offset=1", &[signed]).text(), "[]");
    assert!(
        office.get("/v1/projects/1/forms", &[signed, ("X-Extended-Metadata", "true")]).json()[0]["submissions"] == 0
    );
}
