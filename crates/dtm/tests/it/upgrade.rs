//! A data folder of an earlier version under today's program: people sign in as before, phones go on sending, what was
//! collected is given out, and everything is sound.

use crate::office::{OPENROSA, Office, answers};
use serde_json::Value;

fn check(mut office: Office) {
    office.start(&[]);
    for role in ["admin", "officer", "reviewer", "viewer"] {
        office.sign_in(&format!("{role}@example.org"));
    }
    let as_officer = ["S".repeat(64), format!("dtm_{}", "T".repeat(60))].map(|token| format!("Bearer {token}"));
    let get = |path: &str| {
        let answer = office.get(&format!("/v1/projects/1{path}"), &[("Authorization", &as_officer[0])]);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer
    };
    for bearer in &as_officer {
        assert_eq!(office.get("/v1/users/current", &[("Authorization", bearer)]).json()["displayName"], "Odile");
    }
    let instances = |list: Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|one| one["instanceId"].as_str().unwrap().to_owned()).collect()
    };
    let list = instances(get("/forms/site/submissions").json());
    assert_eq!(list, ["uuid:third", "uuid:second", "uuid:first"]);
    assert_eq!(instances(get("/forms/site/submissions?deleted=true").json()), ["uuid:fourth"]);
    assert_eq!(instances(get("/forms/site/submissions/uuid%3Asecond/versions").json()).len(), 2);
    assert_eq!(get("/forms/site/submissions/uuid%3Afirst/attachments/a.jpg").text(), "the first photo");
    assert!(get("/forms/site/submissions/uuid%3Athird.xml").text() == answers("uuid:third", 900));
    assert_eq!(get("/forms/site.svc/Submissions").json()["value"].as_array().unwrap().len(), 3);
    assert_eq!(get("/forms/site/submissions.csv").text().lines().count(), 4);
    assert_eq!(get("/datasets/sites/entities?$orderby=area").json().as_array().unwrap().len(), 2);
    assert_eq!(get("/datasets/sites/entities.csv").text().lines().count(), 3);

    let forms = office.get(&format!("{}/formList", office.phone), &[OPENROSA]);
    assert!(forms.text().contains("<formID>site</formID>"), "{}", forms.text());
    let revoked = office.phone.replace('A', "M");
    assert_eq!(office.get(&format!("{revoked}/formList"), &[OPENROSA]).status, 403);
    assert_eq!(office.submit(&answers("uuid:third", 900), &[]).status, 201, "sent again");
    assert_eq!(office.submit(&answers("uuid:fourth", 4), &[]).status, 409, "it lies in the trash");
    assert_eq!(office.submit(&answers("uuid:sixth", 6), &[("b.jpg", b"another")]).status, 201);
    assert_eq!(instances(get("/forms/site/submissions").json())[0], "uuid:sixth");
    office.kill();
    assert_eq!(office.run(&["check"])["sound"], true);
    assert_eq!(office.run(&["purge", "--days", "0"])["purged"], 1);
    assert_eq!(office.run(&["check"])["sound"], true);
}

#[test]
fn an_office_of_the_first_version_goes_on_under_todays_program_on_sqlite() {
    check(Office::old(None));
}

#[test]
fn an_office_of_the_first_version_goes_on_under_todays_program_on_postgresql() {
    if let Some(database) = dtm_testkit::postgres_database() {
        check(Office::old(Some(database)));
    }
}
