//! A project comes over from another server that speaks the Central API: here, another office of our own.

use crate::office::{Office, answers};
use serde_json::Value;

/// An operation without anything, to bring a project into.
fn empty() -> Office {
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
fn a_server_that_cannot_be_asked_is_told_without_its_secrets() {
    let here = empty();
    let nobody = ["import", "central", "http://127.0.0.1:9", "--project", "1", "--operation", "els"];
    let refused = here.refuse_with(&nobody, &[("DTM_IMPORT_TOKEN", "top-secret")]);
    assert!(refused.contains("not encrypted") && !refused.contains("top-secret"), "{refused}");
    let refused = here.refuse_with(&nobody, &[]);
    assert!(refused.contains("DTM_IMPORT_TOKEN"), "{refused}");
}
