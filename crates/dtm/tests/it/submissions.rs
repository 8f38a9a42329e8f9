//! Submissions over the API of ODK Central: pyodk through a whole story, edits that race, files, review, the trash.

use crate::office::{Answer, OPENROSA, Office, XFORM, answers, multipart};
use crate::program::python;
use serde_json::{Value, json};

const AT: &str = "/v1/projects/1/forms/site/submissions";

/// Somebody who signed in, and sends and reads submissions.
struct Person<'a> {
    office: &'a Office,
    bearer: String,
}

impl<'a> Person<'a> {
    fn new(office: &'a Office, role: &str) -> Self {
        Self { office, bearer: format!("Bearer {}", office.sign_in(&format!("{role}@example.org"))) }
    }

    fn ask(&self, method: &str, path: &str, kind: &str, body: &str) -> Answer {
        let headers = [("Authorization", self.bearer.as_str()), ("Content-Type", kind)];
        self.office.ask(method, &format!("{AT}{path}"), &headers, body.as_bytes())
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "text/plain", "")
    }

    /// The list below the form's submissions, which must be there.
    fn list(&self, path: &str) -> Vec<Value> {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json().as_array().unwrap().clone()
    }

    fn xml(&self, method: &str, path: &str, xml: &str) -> Answer {
        self.ask(method, path, "application/xml", xml)
    }

    fn json(&self, method: &str, path: &str, body: Value) -> Answer {
        self.ask(method, path, "application/json", &body.to_string())
    }
}

/// The same site told anew: an edit of one version.
fn edit(from: &str, to: &str, idp_ind: u32) -> String {
    answers(to, idp_ind).replace("<meta>", &format!("<meta><deprecatedID>{from}</deprecatedID>"))
}

/// Status and code of a refusal.
fn refusal(answer: &Answer) -> (u16, f64) {
    (answer.status, answer.json()["code"].as_f64().unwrap_or_default())
}

#[test]
fn pyodk_sends_edits_reviews_and_comments_a_submission() {
    let Some(python) = python("pyodk") else { return };
    let office = Office::open();
    let script = r#"
import sys, json
from pyodk.client import Client
from pathlib import Path
folder, address, password = sys.argv[1:4]
config = Path(folder) / "pyodk.toml"
config.write_text(f'[central]\nbase_url = "http://{address}"\nusername = "officer@example.org"\npassword = "{password}"\ndefault_project_id = 1\n')
client = Client(config_path=config, cache_path=Path(folder) / "cache.toml").open()
s = client.submissions
xml = '<data id="site" version="1"><idp_ind>12</idp_ind><photo>a b.jpg</photo><meta><instanceID>uuid:py</instanceID></meta></data>'
photo = Path(folder) / "a b.jpg"
photo.write_bytes(b"\xff\xd8jpeg")
made = s.create(xml, form_id="site", device_id="collect:py", attachments=[photo])
assert made.instanceId == "uuid:py" and made.deviceId == "collect:py" and made.reviewState is None, made
assert [(a.name, a.exists) for a in made.attachments] == [("a b.jpg", True)], made
assert made.submitterId > 0
edited = xml.replace("uuid:py<", "uuid:py2<").replace("<meta>", "<meta><deprecatedID>uuid:py</deprecatedID>").replace(">12<", ">13<")
s.edit("uuid:py", edited, form_id="site", comment="thirteen it was")
assert s.get("uuid:py", form_id="site").reviewState == "edited"
s.review("uuid:py", "approved", form_id="site", comment="good")
whole = s.get("uuid:py", form_id="site")
assert whole.reviewState == "approved" and whole.updatedAt is not None, whole
assert [c.body for c in s.list_comments("uuid:py", form_id="site")] == ["good", "thirteen it was"]
assert [row.instanceId for row in s.list(form_id="site")] == ["uuid:py"]
from pyodk.errors import PyODKError
try:
    s.create(xml, form_id="site")
except PyODKError as error:
    assert error.args[1].json()["code"] == 409.3, error
else:
    raise AssertionError("a second time is a conflict")
print("ok")
"#;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("story.py");
    std::fs::write(&file, script).unwrap();
    let output = std::process::Command::new(python)
        .arg(&file)
        .arg(folder.path())
        .arg(&office.address)
        .arg(crate::office::PASSWORD)
        .output()
        .unwrap();
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.success() && out.contains("ok"), "{out}\n{err}");
}

#[test]
fn an_edit_keeps_every_version_and_says_what_changed() {
    let office = Office::open();
    let officer = Person::new(&office, "officer");
    let made = officer.xml("POST", "?deviceID=web%3A1", &answers("uuid:1", 120));
    assert_eq!(made.status, 200, "{}", made.text());
    let made = made.json();
    assert_eq!((&made["instanceId"], &made["deviceId"]), (&json!("uuid:1"), &json!("web:1")));
    assert_eq!((&made["reviewState"], &made["currentVersion"]["current"]), (&Value::Null, &json!(true)));
    assert_eq!(refusal(&officer.xml("POST", "", &answers("uuid:1", 120))), (409, 409.3));
    assert_eq!(refusal(&officer.xml("POST", "", &answers("uuid:1", 121))), (409, 409.3));

    assert_eq!(refusal(&officer.xml("PUT", "/uuid%3A1", &answers("uuid:2", 130))), (400, 400.19));
    assert_eq!(refusal(&officer.xml("PUT", "/uuid%3A1", &edit("uuid:0", "uuid:2", 130))), (404, 404.5));
    assert_eq!(refusal(&officer.xml("PUT", "/uuid%3A1", &edit("uuid:1", "uuid:1", 130))), (409, 409.8));
    let second = officer.xml("PUT", "/uuid%3A1", &edit("uuid:1", "uuid:2", 130));
    assert_eq!(second.status, 200, "{}", second.text());
    assert_eq!((&second.json()["instanceId"], &second.json()["reviewState"]), (&json!("uuid:1"), &json!("edited")));
    assert_eq!(second.json()["currentVersion"]["instanceId"], "uuid:2");
    assert_eq!(officer.xml("PUT", "/uuid%3A1", &edit("uuid:1", "uuid:2", 130)).status, 200, "a resend is no conflict");
    assert_eq!(refusal(&officer.xml("PUT", "/uuid%3A1", &edit("uuid:1", "uuid:3", 140))), (409, 409.9));
    assert_eq!(officer.xml("PUT", "/uuid%3A1", &edit("uuid:2", "uuid:3", 140)).status, 200);
    officer.xml("POST", "", &answers("uuid:other", 7));
    assert_eq!(refusal(&officer.xml("PUT", "/uuid%3Aother", &edit("uuid:3", "uuid:4", 150))), (409, 409.9));

    let versions = officer.list("/uuid%3A1/versions");
    let names: Vec<&str> = versions.iter().map(|version| version["instanceId"].as_str().unwrap()).collect();
    assert_eq!(names, ["uuid:3", "uuid:2", "uuid:1"]);
    assert_eq!((&versions[0]["current"], &versions[2]["current"]), (&json!(true), &json!(false)));
    assert_eq!(officer.get("/uuid%3A1/versions/uuid%3A1.xml").text(), answers("uuid:1", 120), "byte for byte");
    assert_eq!(officer.get("/uuid%3A1.xml").text(), edit("uuid:2", "uuid:3", 140));
    assert_eq!(officer.get("/uuid%3A2").status, 404, "a submission goes by its first version");
    let diffs = officer.get("/uuid%3A1/diffs").json();
    assert_eq!(diffs.as_object().unwrap().len(), 2);
    assert_eq!(diffs["uuid:3"][0], json!({ "path": ["idp_ind"], "old": "130", "new": "140" }));

    let reviewer = Person::new(&office, "reviewer");
    let approved = reviewer.json("PATCH", "/uuid%3A1", json!({ "reviewState": "approved" }));
    assert_eq!(approved.json()["reviewState"], "approved");
    assert_eq!(refusal(&reviewer.json("PATCH", "/uuid%3A1", json!({ "reviewState": "fine" }))), (400, 400.8));
    let log = reviewer.list("/uuid%3A1/audits");
    let actions: Vec<&str> =
        log.iter().map(|entry| entry["action"].as_str().unwrap()).filter(|a| *a != "seen").collect();
    assert_eq!(
        actions,
        ["submission.update", "submission.update.version", "submission.update.version", "submission.create"]
    );
    assert_eq!(log.iter().find(|e| e["action"] == "submission.update").unwrap()["details"]["reviewState"], "approved");
}

#[test]
fn of_two_edits_of_one_version_one_wins_and_the_other_is_told_so() {
    let office = Office::open();
    let officer = Person::new(&office, "officer");
    assert_eq!(officer.xml("POST", "", &answers("uuid:1", 1)).status, 200);
    let statuses = std::thread::scope(|scope| {
        let race = |n: u32| {
            let officer = &officer;
            scope.spawn(move || {
                let answer = officer.xml("PUT", "/uuid%3A1", &edit("uuid:1", &format!("uuid:e{n}"), n));
                if answer.status == 200 { (200, 0.0) } else { refusal(&answer) }
            })
        };
        let all: Vec<_> = (0..8).map(race).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(statuses.iter().filter(|status| status.0 == 200).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| *status == (200, 0.0) || *status == (409, 409.9)), "{statuses:?}");
    assert_eq!(officer.list("/uuid%3A1/versions").len(), 2);
}

#[test]
fn a_phone_may_not_replace_what_was_sent_and_a_colleague_with_the_right_may() {
    let office = Office::open();
    assert_eq!(office.submit(&answers("uuid:1", 12), &[]).status, 201);
    let french = |xml: &str| {
        let (kind, body) = multipart(xml.as_bytes(), &[]);
        let headers = [OPENROSA, ("Content-Type", kind.as_str()), ("Accept-Language", "fr")];
        office.ask("POST", &format!("{}/submission", office.phone), &headers, &body)
    };
    let refused = french(&edit("uuid:1", "uuid:2", 13));
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("Vos réponses restent sur le téléphone"), "{}", refused.text());
    let officer = Person::new(&office, "officer");
    let send = |person: &Person<'_>, xml: &str, files: &[(&str, &[u8])]| {
        let (kind, body) = multipart(xml.as_bytes(), files);
        let headers = [OPENROSA, ("Content-Type", kind.as_str()), ("Authorization", person.bearer.as_str())];
        office.ask("POST", "/v1/projects/1/submission", &headers, &body).status
    };
    assert_eq!(send(&officer, &edit("uuid:nowhere", "uuid:2", 13), &[]), 404);
    assert_eq!(send(&officer, &edit("uuid:1", "uuid:2", 13), &[]), 201);
    assert_eq!(send(&officer, &edit("uuid:1", "uuid:3", 14), &[]), 409);
    assert_eq!(send(&officer, &edit("uuid:1", "uuid:2", 13), &[("later.jpg", b"x")]), 201, "files are added");
    assert_eq!(officer.get("/uuid%3A1").json()["reviewState"], "edited");
    let files = officer.list("/uuid%3A1/attachments");
    assert_eq!(files, [json!({ "name": "later.jpg", "exists": true, "extra": true })], "kept although not named");
    // An edit is taken whatever the state of the round: corrections come after the collection.
    office.run(&["round", "move", "-o", "xso", "-r", "1", "verifying"]);
    assert_eq!(send(&officer, &edit("uuid:2", "uuid:5", 15), &[]), 201);
}

#[test]
fn where_the_form_lets_it_a_phone_changes_what_it_sent_itself_and_nothing_else() {
    let office = Office::open();
    let officer = Person::new(&office, "officer");
    assert_eq!(office.submit(&answers("uuid:before", 1), &[]).status, 201);
    let editable = "<submission xmlns:odk=\"http://www.opendatakit.org/xforms\" odk:client-editable=\"true\"/>";
    let form = XFORM
        .replace("version=\"1\"><idp", "version=\"2\"><idp")
        .replace("</instance>", &format!("</instance>{editable}"));
    let at = "/v1/projects/1/forms/site/draft";
    let headers = [("Authorization", officer.bearer.as_str()), ("Content-Type", "application/xml")];
    assert_eq!(office.ask("POST", at, &headers, form.as_bytes()).status, 200);
    assert_eq!(office.ask("POST", &format!("{at}/publish"), &headers, b"").status, 200);
    let newer = |xml: String| xml.replace("version=\"1\"", "version=\"2\"");
    let other = office.run(&["phone", "add", "-o", "xso", "--server", "http://here", "Jean"]);
    let other = other["serverUrl"].as_str().unwrap().trim_start_matches("http://here").to_owned();
    let send = |phone: &str, device: &str, xml: String| {
        let (kind, body) = multipart(newer(xml).as_bytes(), &[]);
        let headers = [OPENROSA, ("Content-Type", kind.as_str())];
        office.ask("POST", &format!("{phone}/submission?deviceID={device}"), &headers, &body).status
    };
    let (awa, jean) = (office.phone.as_str(), other.as_str());
    assert_eq!(send(awa, "collect%3Aawa", answers("uuid:1", 12)), 201);
    assert_eq!(send(jean, "collect%3Ajean", edit("uuid:1", "uuid:2", 13)), 403, "another's access");
    assert_eq!(send(awa, "collect%3Astolen", edit("uuid:1", "uuid:2", 13)), 403, "another phone with the same code");
    assert_eq!(send(awa, "collect%3Aawa", edit("uuid:nowhere", "uuid:2", 13)), 403);
    assert_eq!(send(awa, "collect%3Aawa", edit("uuid:1", "uuid:2", 13)), 201);
    assert_eq!(send(awa, "collect%3Aawa", edit("uuid:1", "uuid:2", 13)), 201, "sent once more");
    assert_eq!(send(awa, "collect%3Aawa", edit("uuid:2", "uuid:3", 14)), 201, "changed once more");
    assert_eq!(send(awa, "collect%3Aawa", edit("uuid:1", "uuid:4", 15)), 409, "of an outdated version");
    assert_eq!(officer.list("/uuid%3A1/versions").len(), 3);
    assert_eq!(officer.get("/uuid%3A1").json()["reviewState"], "edited");
}

#[test]
fn a_file_that_is_missing_is_known_to_be_missing_and_comes_later() {
    let office = Office::open();
    let officer = Person::new(&office, "officer");
    let xml = answers("uuid:1", 3).replace("<photo/>", "<photo>camp nord.jpg</photo>");
    assert_eq!(officer.xml("POST", "", &xml).status, 200);
    let listed = || officer.list("/uuid%3A1/attachments");
    assert_eq!(listed(), [json!({ "name": "camp nord.jpg", "exists": false })]);
    assert_eq!(officer.get("/uuid%3A1/attachments/camp%20nord.jpg").status, 404);
    assert_eq!(officer.ask("POST", "/uuid%3A1/attachments/other.jpg", "image/jpeg", "x").status, 404);
    assert_eq!(officer.ask("POST", "/uuid%3A1/attachments/camp%20nord.jpg", "image/jpeg", "photo").status, 200);
    let file = officer.get("/uuid%3A1/attachments/camp%20nord.jpg");
    assert_eq!((file.text().as_str(), file.header("content-type")), ("photo", Some("image/jpeg")));
    assert!(file.header("content-disposition").unwrap().starts_with("attachment"));
    // An edit that names the same file does not send it again.
    let edited = xml.replace("uuid:1<", "uuid:2<").replace("<meta>", "<meta><deprecatedID>uuid:1</deprecatedID>");
    assert_eq!(officer.xml("PUT", "/uuid%3A1", &edited).status, 200);
    assert_eq!(officer.get("/uuid%3A1/attachments/camp%20nord.jpg").text(), "photo");
    assert_eq!(officer.ask("DELETE", "/uuid%3A1/attachments/camp%20nord.jpg", "text/plain", "").status, 200);
    assert_eq!(listed(), [json!({ "name": "camp nord.jpg", "exists": false })]);
    let old = officer.get("/uuid%3A1/versions/uuid%3A1/attachments/camp%20nord.jpg");
    assert_eq!(old.text(), "photo", "the older version keeps its file");
}

#[test]
fn a_submission_in_the_trash_counts_nowhere_and_comes_back() {
    let office = Office::open();
    let officer = Person::new(&office, "officer");
    office.submit(&answers("uuid:1", 1), &[]);
    office.submit(&answers("uuid:2", 2), &[]);
    assert_eq!(officer.ask("DELETE", "/uuid%3A1", "text/plain", "").status, 200);
    assert_eq!(officer.get("/uuid%3A1").status, 404);
    let names =
        |list: Vec<Value>| list.iter().map(|row| row["instanceId"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(names(officer.list("")), ["uuid:2"]);
    assert_eq!(names(officer.list("?deleted=true")), ["uuid:1"]);
    let again = office.submit(&answers("uuid:1", 1), &[]);
    assert_eq!(again.status, 409);
    assert_eq!(refusal(&officer.xml("POST", "", &edit("uuid:1", "uuid:3", 9))), (409, 409.18));
    assert_eq!(officer.ask("POST", "/uuid%3A1/restore", "text/plain", "").status, 200);
    assert_eq!(officer.ask("POST", "/uuid%3A1/restore", "text/plain", "").status, 404);
    assert_eq!(names(officer.list("")), ["uuid:2", "uuid:1"], "the newest first");
    assert_eq!(office.submit(&answers("uuid:1", 1), &[]).status, 201);
}

#[test]
fn a_list_is_paged_filtered_and_reviewed_in_bulk() {
    let office = Office::open();
    let reviewer = Person::new(&office, "reviewer");
    for n in 1..=5 {
        assert_eq!(office.submit(&answers(&format!("uuid:{n}"), 10 * n), &[]).status, 201);
    }
    let names = |path: &str| {
        let list = reviewer.list(path);
        list.iter().map(|row| row["instanceId"].as_str().unwrap()[5..].to_owned()).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(""), "5 4 3 2 1");
    assert_eq!(names("?limit=2&offset=1"), "4 3");
    assert_eq!(names("?field=idp_ind&value=30"), "3");
    assert_eq!(names("?field=idp_ind&value=31"), "");
    let done = reviewer.json(
        "POST",
        "/review",
        json!({ "instanceIds": ["uuid:1", "uuid:2", "uuid:3"], "reviewState": "approved" }),
    );
    assert_eq!(done.json()["count"], 3, "{}", done.text());
    let none =
        reviewer.json("POST", "/review", json!({ "instanceIds": ["uuid:4", "uuid:9"], "reviewState": "rejected" }));
    assert_eq!((none.status, &none.json()["details"][0]), (404, &json!("uuid:9")));
    assert_eq!(names("?reviewState=approved"), "3 2 1");
    assert_eq!(names("?reviewState=null,rejected"), "5 4");
    assert_eq!(names("?reviewState=approved&field=idp_ind&value=20"), "2");
    assert_eq!(refusal(&reviewer.get("?reviewState=fine")), (400, 400.8));
    let me = office.get("/v1/users/current", &[("Authorization", &reviewer.bearer)]).json()["id"].clone();
    let assigned = reviewer.json("POST", "/uuid%3A4/reviewer", json!({ "reviewerId": me }));
    assert_eq!(assigned.json()["reviewerId"], me);
    assert_eq!(names(&format!("?reviewerId={me}")), "4");
    let viewer = Person::new(&office, "viewer");
    let other = office.get("/v1/users/current", &[("Authorization", &viewer.bearer)]).json()["id"].clone();
    let refused = reviewer.json("POST", "/uuid%3A4/reviewer", json!({ "reviewerId": other }));
    assert_eq!(refusal(&refused), (400, 400.8), "somebody who may not review it");
    let headers = [("Authorization", reviewer.bearer.as_str()), ("X-Extended-Metadata", "true")];
    let extended = office.get(&format!("{AT}?limit=1"), &headers).json();
    assert_eq!(extended[0]["submitter"]["displayName"], "Awa");
    assert_eq!(extended[0]["submitter"]["id"], extended[0]["submitterId"]);
    assert_eq!(extended[0]["currentVersion"]["formVersion"], "1");
    assert_eq!(reviewer.list("/submitters")[0]["displayName"], "Awa");
    assert_eq!(reviewer.list("/keys").len(), 0);
}

#[test]
fn a_purge_removes_what_was_sent_even_from_sealed_segments() {
    let mut office = Office::new();
    office.start(&[]);
    let officer = Person::new(&office, "officer");
    let xml = answers("uuid:secret", 4711).replace("<photo/>", "<photo>face.jpg</photo>");
    assert_eq!(office.submit(&xml, &[("face.jpg", b"a face")]).status, 201);
    assert_eq!(office.submit(&answers("uuid:other", 8), &[]).status, 201);
    assert_eq!(officer.ask("DELETE", "/uuid%3Asecret", "text/plain", "").status, 200);
    assert_eq!(office.run(&["purge"])["purged"], 0, "30 days to take it back");
    assert_eq!(office.run(&["purge", "--days", "0"])["purged"], 1);
    assert_eq!(officer.list("?deleted=true").len(), 0);
    let again = office.submit(&xml, &[("face.jpg", b"a face")]);
    assert_eq!(again.status, 409, "{}", again.text());
    assert_eq!(officer.get("/uuid%3Asecret.xml").status, 404);
    assert_eq!(officer.get("/uuid%3Aother.xml").status, 200);
    let sound = office.run(&["check"]);
    assert_eq!((&sound["sound"], &sound["audit"]), (&true.into(), &true.into()), "{sound}");
}

#[test]
fn the_office_reviews_many_at_once_and_shows_versions_comments_and_missing_files() {
    let office = Office::open();
    let cookie = format!("dtm={}", office.sign_in("officer@example.org"));
    let ours = format!("http://{}", office.address);
    let officer = Person::new(&office, "officer");
    let xml = answers("uuid:1", 120).replace("<photo/>", "<photo>camp.jpg</photo>");
    office.submit(&xml, &[("unasked.jpg", b"x")]);
    office.submit(&answers("uuid:2", 7), &[]);
    let edited = xml.replace("uuid:1<", "uuid:1b<").replace(">120<", ">125<");
    let edited = edited.replace("<meta>", "<meta><deprecatedID>uuid:1</deprecatedID>");
    assert_eq!(officer.xml("PUT", "/uuid%3A1", &edited).status, 200);
    let at = "/office/o/xso/forms/site/submissions";
    let page = |path: &str| office.get(path, &[("Cookie", &cookie)]).text();
    let post = |path: &str, body: &str| {
        let headers = [
            ("Cookie", cookie.as_str()),
            ("Origin", ours.as_str()),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let answer = office.ask("POST", path, &headers, body.as_bytes());
        assert_eq!(answer.status, 303, "{path}: {}", answer.text());
        page(answer.header("location").unwrap())
    };
    let list = page(at);
    let ids: Vec<&str> = list.split("/office/records/").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(ids.len(), 2, "{list}");
    assert!(list.contains("1 file missing") && list.contains("edited"), "{list}");
    let done = post(at, &format!("state=approved&record={}&record={}&back={}", ids[0], ids[1], at.replace('/', "%2F")));
    assert!(done.contains("2 submissions were reviewed") && done.contains("approved"), "{done}");
    assert!(page(&format!("{at}?state=received")).contains("No submission fits"));
    assert_eq!(page(&format!("{at}?field=idp_ind&value=125")).matches("/office/records/").count(), 1);

    let record = format!("/office/records/{}", ids[1]);
    let one = page(&record);
    for word in ["1 change", "<del>120</del>", "<ins>125</ins>", "camp.jpg", "not here yet"] {
        assert!(one.contains(word), "{word} is missing: {one}");
    }
    let wrote = post(&format!("{record}/review"), "act=comment&comment=Called+%3Cb%3Eback");
    assert!(wrote.contains("Called &#60;b&#62;back") || wrote.contains("Called &lt;b&gt;back"), "{wrote}");
    assert!(post(&format!("{record}/review"), "act=trash").contains("It lies in the trash"));
    assert!(post(&format!("{record}/review"), "act=restore").contains("It is back"));
    let out = post(&format!("{record}/corrections"), "act=remove&sure=yes&reason=twice");
    assert!(out.contains("This record was taken out"), "{out}");
    let back = post(&format!("{record}/corrections"), "act=back&reason=not+twice");
    assert!(
        back.contains("The record was taken back in")
            && !back.contains("<p class=\"alert note\"><strong>This record was taken out."),
        "{back}"
    );
    let rule = post(at, &format!("act=rule&only=yes&back={}", at.replace('/', "%2F")));
    assert!(rule.contains("Only approved submissions count"), "{rule}");
}
