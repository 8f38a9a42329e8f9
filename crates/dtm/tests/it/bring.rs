//! A project comes over from another server that speaks the Central API: here, another office of our own.

use crate::office::{Office, answers};
use serde_json::Value;

/// An operation without anything, to bring a project into.
pub(crate) fn empty() -> Office {
    let office = Office::new();
    let names = ["--name", "Elsewhere", "--country", "Elsewhere", "--iso3", "XEL", "--admin0", "XE"];
    office.run(&[&["operation", "add", "els"], &names[..]].concat());
    office.run(&["operation", "exercise", "survey", "-o", "els", "--name", "Survey", "--tool", "b2"]);
    office
}

fn bring(to: &Office, from: &Office, token: &str) -> (i32, Value) {
    let server = format!("http://{}", from.address);
    to.run_with(
        &["import", "central", &server, "--project", "1", "--operation", "els", "--local-network"],
        &[("DTM_IMPORT_TOKEN", token)],
    )
}

#[test]
fn forms_submissions_files_reviews_and_comments_come_over_once() {
    let there = Office::open();
    assert_eq!(there.submit(&answers("uuid:one", 12), &[("photo.jpg", b"a photo")]).status, 201);
    assert_eq!(there.submit(&answers("uuid:two", 34), &[]).status, 201);
    let token = there.sign_in("admin@example.org");
    let bearer = format!("Bearer {token}");
    let json = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let at = "/v1/projects/1/forms/site/submissions/uuid:one";
    assert_eq!(there.ask("PATCH", at, &json, b"{\"reviewState\":\"approved\"}").status, 200);
    assert_eq!(there.ask("POST", &format!("{at}/comments"), &json, b"{\"body\":\"counted twice\"}").status, 200);

    let mut here = empty();
    let (exit, brought) = bring(&here, &there, &token);
    assert_eq!((exit, brought["submissions"].as_u64(), brought["forms"].as_u64()), (0, Some(2), Some(1)), "{brought}");
    assert_eq!((brought["reviews"].as_u64(), brought["comments"].as_u64()), (Some(1), Some(1)), "{brought}");
    assert_eq!(brought["files"].as_u64(), Some(1), "{brought}");

    let (exit, again) = bring(&here, &there, &token);
    assert_eq!((exit, again["submissions"].as_u64(), again["known"].as_u64()), (0, Some(0), Some(2)), "{again}");

    here.start(&[]);
    let bearer = format!("Bearer {}", here.sign_in("admin@example.org"));
    let get = |path: &str| here.get(&format!("/v1/projects/2/forms/site/{path}"), &[("Authorization", &bearer)]);
    assert_eq!(get("submissions/uuid:one.xml").text(), answers("uuid:one", 12), "byte for byte");
    let one = get("submissions/uuid:one").json();
    assert_eq!(one["reviewState"], "approved", "{one}");
    let then = there.get(at, &[("Authorization", &format!("Bearer {token}"))]).json();
    assert_eq!(one["createdAt"], then["createdAt"], "it keeps the moment it arrived");
    assert_eq!(get("submissions/uuid:one/comments").json()[0]["body"], "counted twice");
    assert_eq!(get("submissions/uuid:one/attachments/photo.jpg").body, b"a photo");
}

#[test]
fn an_operation_with_a_key_takes_old_versions_as_they_are_and_drafts_as_drafts() {
    let there = Office::open();
    assert_eq!(there.submit(&answers("uuid:one", 12), &[]).status, 201);
    let token = there.sign_in("admin@example.org");
    let bearer = format!("Bearer {token}");
    let xml = [("Authorization", bearer.as_str()), ("Content-Type", "application/xml")];
    let second = crate::office::XFORM.replace("version=\"1\"", "version=\"2\"");
    let draft = there.ask("POST", "/v1/projects/1/forms/site/draft", &xml, second.as_bytes());
    assert_eq!(draft.status, 200, "{}", draft.text());
    let never = crate::office::XFORM.replace("id=\"site\"", "id=\"never\"");
    let never = there.ask("POST", "/v1/projects/1/forms", &xml, never.as_bytes());
    assert_eq!(never.status, 200, "{}", never.text());

    let mut here = empty();
    here.start(&[]);
    let mine = format!("Bearer {}", here.sign_in("admin@example.org"));
    let json = [("Authorization", mine.as_str()), ("Content-Type", "application/json")];
    let made = here.ask("POST", "/v1/projects/2/key", &json, b"{\"passphrase\":\"river stone lantern\"}");
    assert_eq!(made.status, 200, "{}", made.text());
    let (exit, brought) = bring(&here, &there, &token);
    let counted = ["forms", "versions", "drafts", "submissions"].map(|name| brought[name].as_u64());
    assert_eq!((exit, counted), (0, [Some(2), Some(1), Some(2), Some(1)]), "{brought:#}");
    assert!(brought["notes"].to_string().contains("published once more with the operation's key"), "{brought:#}");

    let get = |path: &str| here.get(&format!("/v1/projects/2/forms/{path}"), &json[..1]);
    let versions = |form: &str| -> Vec<String> {
        let listed = get(&format!("{form}/versions")).json();
        listed.as_array().unwrap().iter().map(|version| version["version"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(get("site/submissions/uuid:one.xml").text(), answers("uuid:one", 12), "it found its version");
    assert_eq!(get("site/versions/1.xml").text(), crate::office::XFORM, "byte for byte");
    assert!(get("site.xml").text().contains("base64RsaPublicKey"), "what phones fetch is encrypted");
    assert_eq!((get("site/draft.xml").text(), get("never/draft.xml").status), (second, 200));
    let told = versions("site");
    assert!(told.len() == 2 && told[0].starts_with("1[encrypted:") && told[1] == "1", "{told:?}");
    let (_, again) = bring(&here, &there, &token);
    let counted = ["versions", "drafts", "submissions"].map(|name| again[name].as_u64());
    assert_eq!((counted, again["notes"].as_array().unwrap().len()), ([Some(0); 3], 0), "{again:#}");

    // The draft is published there: it is no draft here either. A draft that is ours stays.
    assert_eq!(there.ask("POST", "/v1/projects/1/forms/site/draft/publish", &xml[..1], b"").status, 200);
    let ours = crate::office::XFORM.replace("id=\"site\"", "id=\"never\"").replace("Photo", "Picture");
    assert_eq!(here.ask("POST", "/v1/projects/2/forms/never/draft", &[json[0], xml[1]], ours.as_bytes()).status, 200);
    let (_, later) = bring(&here, &there, &token);
    assert_eq!((later["versions"].as_u64(), later["drafts"].as_u64()), (Some(1), Some(0)), "{later:#}");
    assert!(later["leftBehind"].to_string().contains("never: there is a draft here already"), "{later:#}");
    assert_eq!((get("site/draft.xml").status, get("never/draft.xml").text()), (404, ours));
    let told = versions("site");
    assert!(told[0].starts_with("2[encrypted:") && told.contains(&"2".to_owned()), "{told:?}");
}

#[test]
fn a_server_that_cannot_be_asked_is_told_without_its_secrets() {
    let here = empty();
    let nobody = ["import", "central", "http://127.0.0.1:9", "--project", "1", "--operation", "els"];
    let refused = here.refuse_with(&nobody, &[("DTM_IMPORT_TOKEN", "top-secret")]);
    assert!(refused.contains("not encrypted") && !refused.contains("top-secret"), "{refused}");
    let refused = here.refuse_with(&nobody, &[]);
    assert!(refused.contains("DTM_IMPORT_TOKEN"), "{refused}");
}

#[test]
fn entities_come_over_with_their_versions_and_the_deleted_ones_too() {
    let there = Office::open();
    let token = there.sign_in("admin@example.org");
    let bearer = format!("Bearer {token}");
    let json = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let ask = |method: &str, path: &str, body: &str| {
        let answer = there.ask(method, &format!("/v1/projects/1/datasets{path}"), &json, body.as_bytes());
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    };
    let [kept, gone] = ["11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"];
    ask("POST", "", r#"{"name":"families"}"#);
    ask("POST", "/families/properties", r#"{"name":"size"}"#);
    for (id, label) in [(kept, "Alpha"), (gone, "Bravo")] {
        ask("POST", "/families/entities", &format!(r#"{{"uuid":"{id}","label":"{label}","data":{{"size":"4"}}}}"#));
    }
    ask("PATCH", &format!("/families/entities/{kept}?baseVersion=1"), r#"{"data":{"size":"5"}}"#);
    ask("DELETE", &format!("/families/entities/{gone}"), "");

    let mut here = empty();
    let (exit, brought) = bring(&here, &there, &token);
    let counted = ["entityLists", "entities", "entityEdits", "entitiesDeleted"].map(|name| brought[name].as_u64());
    assert_eq!((exit, counted), (0, [Some(1), Some(2), Some(1), Some(1)]), "{brought:#}");
    let (_, again) = bring(&here, &there, &token);
    assert_eq!((again["entities"].as_u64(), again["entityEdits"].as_u64()), (Some(0), Some(0)), "{again:#}");
    ask("PATCH", &format!("/families/entities/{kept}?baseVersion=2"), r#"{"label":"Alpha camp"}"#);
    let (_, later) = bring(&here, &there, &token);
    assert_eq!((later["entities"].as_u64(), later["entityEdits"].as_u64()), (Some(0), Some(1)), "{later:#}");

    here.start(&[]);
    let mine = format!("Bearer {}", here.sign_in("admin@example.org"));
    let get = |path: &str| {
        here.get(&format!("/v1/projects/2/datasets/families/entities{path}"), &[("Authorization", &mine)]).json()
    };
    let versions = get(&format!("/{kept}/versions"));
    let told: Vec<String> = versions
        .as_array()
        .unwrap()
        .iter()
        .map(|version| format!("{} {} {}", version["version"], version["label"], version["data"]["size"]))
        .collect();
    assert_eq!(told, ["1 \"Alpha\" \"4\"", "2 \"Alpha\" \"5\"", "3 \"Alpha camp\" \"5\""]);
    let then = there.get(&format!("/v1/projects/1/datasets/families/entities/{kept}/versions"), &json[..1]).json();
    assert_eq!(versions[0]["createdAt"], then[0]["createdAt"], "it keeps the moment it was made");
    assert_eq!(get("?deleted=true")[0]["uuid"], gone);
    let audit = here.run(&["audit"]).to_string();
    assert!(audit.contains("entity.brought"), "{audit}");
}

#[test]
fn an_export_of_a_server_gives_its_submissions_back_once() {
    let there = Office::open();
    assert_eq!(there.submit(&answers("uuid:one", 12), &[("photo.jpg", b"unnamed")]).status, 201);
    let named = answers("uuid:two", 34).replace("<photo/>", "<photo>camp.jpg</photo>");
    assert_eq!(there.submit(&named, &[("camp.jpg", b"a photo")]).status, 201);
    let bearer = format!("Bearer {}", there.sign_in("admin@example.org"));
    let export = there.get("/v1/projects/1/forms/site/submissions.csv.zip", &[("Authorization", &bearer)]);
    assert_eq!(export.status, 200);

    let mut here = empty();
    let folder = tempfile::tempdir().unwrap();
    let [zip, form] = ["export.zip", "site.xml"].map(|name| folder.path().join(name));
    std::fs::write(&zip, &export.body).unwrap();
    std::fs::write(&form, crate::office::XFORM).unwrap();
    let bring = |path: &std::path::Path| {
        here.run_with(&["import", "submissions", path.to_str().unwrap(), "--operation", "els"], &[])
    };
    let (exit, without) = bring(&zip);
    assert!(exit == 5 && without["problems"].to_string().contains("bring the form first"), "{without:#}");
    let (exit, only) = bring(&form);
    assert_eq!((exit, only["versions"].as_u64()), (0, Some(1)), "{only:#}");
    let (exit, brought) = bring(&zip);
    assert_eq!(
        (exit, brought["submissions"].as_u64(), brought["files"].as_u64()),
        (0, Some(2), Some(1)),
        "{brought:#}"
    );
    assert!(brought["notes"].to_string().contains("made from the table"), "{brought:#}");
    let (_, again) = bring(&zip);
    assert_eq!((again["submissions"].as_u64(), again["known"].as_u64()), (Some(0), Some(2)), "{again:#}");

    here.start(&[]);
    let bearer = format!("Bearer {}", here.sign_in("admin@example.org"));
    let get =
        |path: &str| here.get(&format!("/v1/projects/2/forms/site/submissions/{path}"), &[("Authorization", &bearer)]);
    let xml = get("uuid:two.xml").text();
    assert!(xml.contains("made from a table") && xml.contains("<idp_ind>34</idp_ind><photo>camp.jpg</photo>"), "{xml}");
    assert_eq!(get("uuid:two/attachments/camp.jpg").body, b"a photo");
    let then = there.get(
        "/v1/projects/1/forms/site/submissions/uuid:two",
        &[("Authorization", &format!("Bearer {}", there.sign_in("admin@example.org")))],
    );
    assert_eq!(get("uuid:two").json()["createdAt"], then.json()["createdAt"]);
}

#[test]
fn a_folder_of_filled_forms_brings_its_forms_with_it() {
    let mut here = empty();
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    };
    put("forms/Site/Site.xml", crate::office::XFORM.as_bytes());
    let one =
        answers("uuid:one", 12).replace("version=\"1\"", "version=\"1\" submissionDate=\"2026-01-07T08:09:10.000Z\"");
    put("forms/Site/instances/one/submission.xml", one.as_bytes());
    put("forms/Site/instances/one/photo.jpg", b"a photo");
    put("forms/Site/instances/one/audit.csv", b"event,node\n");
    // An edit whose first version is nowhere.
    let edit = answers("uuid:two", 7).replace("</meta>", "<deprecatedID>uuid:gone</deprecatedID></meta>");
    put("forms/Site/instances/two/submission.xml", edit.as_bytes());
    put("forms/Site/instances/cut/submission.xml", b"<data id=\"site\" version=\"1\"><idp_ind>1</idp_");
    let bring = |here: &Office| {
        here.run_with(&["import", "submissions", folder.path().to_str().unwrap(), "--operation", "els"], &[])
    };
    let (exit, brought) = bring(&here);
    let counted = ["forms", "submissions", "files", "known"].map(|name| brought[name].as_u64());
    assert_eq!((exit, counted), (5, [Some(1), Some(2), Some(2), Some(0)]), "{brought:#}");
    assert_eq!(brought["problems"].as_array().unwrap().len(), 1, "{brought:#}");
    let (_, again) = bring(&here);
    assert_eq!((again["submissions"].as_u64(), again["known"].as_u64()), (Some(0), Some(2)), "{again:#}");
    here.start(&[]);
    let bearer = format!("Bearer {}", here.sign_in("admin@example.org"));
    let one = here.get("/v1/projects/2/forms/site/submissions/uuid:one", &[("Authorization", &bearer)]).json();
    assert_eq!(one["createdAt"], "2026-01-07T08:09:10.000Z");
}

/// Posts a form of an office page as somebody signed in.
fn post(office: &Office, cookie: &str, path: &str, body: &str) -> crate::office::Answer {
    let origin = format!("http://{}", office.address);
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    office.ask("POST", path, &[("Cookie", cookie), ("Origin", &origin), kind], body.as_bytes())
}

#[test]
fn a_page_brings_a_project_over_and_forgets_the_token() {
    let there = Office::open();
    assert_eq!(there.submit(&answers("uuid:one", 12), &[]).status, 201);
    let token = there.sign_in("admin@example.org");
    let mut here = empty();
    here.start(&[("DTM_IMPORT_LOCAL_NETWORK", "true")]);
    let cookie = format!("dtm={}", here.sign_in("admin@example.org"));
    let address = format!("http%3A%2F%2F{}", there.address.replace(':', "%3A"));
    let wrong = post(
        &here,
        &cookie,
        "/office/o/els/bring",
        &format!("kind=central&address={address}&email=&secret=not-a-token"),
    );
    assert_eq!(wrong.status, 400);
    assert!(!wrong.text().contains("not-a-token"), "{}", wrong.text());
    let asked =
        post(&here, &cookie, "/office/o/els/bring", &format!("kind=central&address={address}&email=&secret={token}"));
    assert_eq!(asked.status, 303, "{}", asked.text());
    let run = asked.header("location").unwrap().to_owned();
    let page = here.get(&run, &[("Cookie", &cookie)]).text();
    assert!(page.contains("1|Sorelia crisis") && page.contains("Survey"), "{page}");
    let place =
        page.split("name=\"place\"").nth(1).unwrap().split("value=\"").nth(1).unwrap().split('"').next().unwrap();
    let begun = post(
        &here,
        &cookie,
        &run,
        &format!("act=start&project=1%7CSorelia+crisis&place={}", place.replace('/', "%2F")),
    );
    assert_eq!(begun.status, 303, "{}", begun.text());
    let mut page = String::new();
    for _ in 0..300 {
        let answer = here.get(&run, &[("Cookie", &cookie)]);
        page = answer.text();
        if answer.header("refresh").is_none() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert!(page.contains("<h2>Done</h2>") && page.contains("submissions</dt><dd>1"), "{page}");
    let bearer = format!("Bearer {}", here.sign_in("admin@example.org"));
    let one = here.get("/v1/projects/2/forms/site/submissions/uuid:one", &[("Authorization", &bearer)]);
    assert_eq!(one.status, 200, "{}", one.text());
    // To go on, the token is asked for again.
    assert!(page.contains("name=\"secret\""), "{page}");
    let without = post(&here, &cookie, &run, &format!("act=start&place={}", place.replace('/', "%2F")));
    assert_eq!(without.status, 400);
    assert!(!here.log().contains(&token) && !here.run(&["audit"]).to_string().contains(&token));
}

#[test]
fn a_page_asks_no_address_of_our_own_network_unless_the_settings_allow_it() {
    let mut here = empty();
    here.start(&[]);
    let cookie = format!("dtm={}", here.sign_in("admin@example.org"));
    for address in [
        "http%3A%2F%2F127.0.0.1%3A9",
        "https%3A%2F%2F127.0.0.1%3A9",
        "https%3A%2F%2F169.254.169.254",
        "https%3A%2F%2Flocalhost",
    ] {
        let refused = post(&here, &cookie, "/office/o/els/bring", &format!("kind=kobo&address={address}&secret=x"));
        assert_eq!(refused.status, 400, "{address}");
        let text = refused.text();
        assert!(text.contains("public address") || text.contains("not encrypted"), "{address}: {text}");
    }
}
