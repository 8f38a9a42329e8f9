//! A stand-in for a KoboToolbox server, and projects that come over from it.
//!
//! It answers what `kpi` answers (API v2): the project, its deployed versions with their content, the newest form, the data
//! in pages shorter than asked for, each submission's XML, attachments, form media. It can stumble, ask to wait, and end.

use crate::bring::empty;
use crate::office::Office;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

const TOKEN: &str = "0123456789abcdef";
/// The most rows of a page that the stand-in gives, whatever is asked for.
const PAGE: usize = 2;

/// A submission as the server has it.
#[derive(Clone)]
struct Row {
    id: i64,
    xml: String,
    json: Value,
}

#[derive(Default)]
struct Project {
    rows: Vec<Row>,
    files: HashMap<String, Vec<u8>>,
    /// Statuses that the next questions for a path get, whatever they ask.
    stumbles: HashMap<String, Vec<&'static str>>,
    asked: Vec<String>,
}

struct Kobo {
    address: String,
    project: Arc<Mutex<Project>>,
}

const VERSIONS: [(&str, &str); 3] = [
    ("vOne", "2026-01-10T08:00:00.000000Z"),
    ("vTwo", "2026-02-10T08:00:00.000000Z"),
    ("vThree", "2026-03-10T08:00:00.000000Z"),
];

fn label(version: usize) -> &'static str {
    ["1 (2026-01-10 07:59:59)", "2 (2026-02-10 08:00:01)", "3 (2026-03-10 08:00:00)"][version - 1]
}

/// What the server keeps of a version.
fn content(version: usize) -> Value {
    let mut survey = vec![
        json!({ "type": "start", "name": "start", "$kuid": "k1" }),
        json!({ "type": "text", "name": "site", "label": ["Site", "Site"], "required": true, "$kuid": "k2" }),
        json!({ "type": "integer", "$autoname": "idp_ind", "label": ["Displaced people", "Personnes déplacées"] }),
    ];
    if version > 1 {
        survey.push(json!({ "type": "image", "name": "photo", "label": ["Photo", "Photo"] }));
        survey.push(json!({ "type": "select_one", "name": "why", "select_from_list_name": "whys", "label": ["Why", "Pourquoi"] }));
    }
    json!({
        "schema": "1", "survey": survey, "translated": ["label"], "translations": ["English (en)", "French (fr)"],
        "choices": [{ "list_name": "whys", "name": "flood", "label": ["Flood", "Inondation"] }],
        "settings": { "style": "theme-grid" }
    })
}

fn submission(id: i64, version: usize, uuid: &str, answers: &str, meta: &str) -> Row {
    let xml = format!(
        "<aSites xmlns:jr=\"http://openrosa.org/javarosa\" xmlns:orx=\"http://openrosa.org/xforms\" id=\"aSites\" version=\"{}\">\
         <formhub><uuid>f00d</uuid></formhub>{answers}<__version__>{}</__version__>\
         <meta><instanceID>uuid:{uuid}</instanceID>{meta}</meta></aSites>",
        label(version),
        VERSIONS[version - 1].0
    );
    let json = json!({
        "_id": id, "formhub/uuid": "f00d", "__version__": VERSIONS[version - 1].0, "meta/instanceID": format!("uuid:{uuid}"),
        "_xform_id_string": "aSites", "_uuid": uuid, "_attachments": [], "_status": "submitted_via_web",
        "_geolocation": [null, null], "_submission_time": format!("2026-03-{:02}T10:20:30", 10 + id), "_tags": [],
        "_notes": [], "_validation_status": {}, "_submitted_by": "awa", "deviceid": "collect:abc"
    });
    Row { id, xml, json }
}

impl Kobo {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let project = Arc::new(Mutex::new(Project::default()));
        let (here, shared) = (address.clone(), project.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (here, shared) = (here.clone(), shared.clone());
                std::thread::spawn(move || answer(stream, &here, &shared));
            }
        });
        Self { address, project }
    }

    fn with<T>(&self, change: impl FnOnce(&mut Project) -> T) -> T {
        change(&mut self.project.lock().unwrap())
    }

    /// The project of these tests: three versions, an edit, a file, reviews.
    fn filled() -> Self {
        let kobo = Self::start();
        let mut first = submission(1, 1, "one", "<start/><site>Alpha</site><idp_ind>12</idp_ind>", "");
        first.json["_validation_status"] = json!({ "uid": "validation_status_approved", "timestamp": 1_773_200_000, "by_whom": "reine", "label": "Approved" });
        first.json["_notes"] =
            json!([{ "id": 1, "instance": 1, "note": "counted twice", "date_created": "2026-03-12T08:00:00" }]);
        first.json["_tags"] = json!(["hard to reach"]);
        let edit = "<deprecatedID>uuid:gone</deprecatedID><rootUuid>uuid:root-of-two</rootUuid>";
        let mut second = submission(
            2,
            2,
            "two",
            "<site>Bravo</site><idp_ind>34</idp_ind><photo>camp.jpg</photo><why>flood</why>",
            edit,
        );
        second.json["meta/deprecatedID"] = "uuid:gone".into();
        second.json["meta/rootUuid"] = "root-of-two".into();
        second.json["_attachments"] = json!([
            { "download_url": format!("{}/api/v2/assets/aSites/data/2/attachments/att1/", kobo.address),
              "mimetype": "image/jpeg", "filename": "awa/attachments/f00d/two/camp_Xy12.jpg",
              "media_file_basename": "camp.jpg", "uid": "att1", "question_xpath": "photo", "is_deleted": false },
            { "download_url": format!("{}/api/v2/assets/aSites/data/2/attachments/att2/", kobo.address),
              "mimetype": "image/jpeg", "filename": "awa/attachments/f00d/two/old.jpg",
              "media_file_basename": "old.jpg", "uid": "att2", "question_xpath": "photo", "is_deleted": true },
        ]);
        let mut third = submission(3, 3, "three", "<site>Charlie</site><idp_ind>5</idp_ind>", "");
        third.json["_validation_status"] = json!({ "uid": "validation_status_on_hold", "timestamp": 1_773_300_000, "by_whom": "reine", "label": "On Hold" });
        let twin = submission(4, 3, "three", "<site>Charlie</site><idp_ind>6</idp_ind>", "");
        let fifth = submission(5, 2, "five", "<site>Echo</site><idp_ind>7</idp_ind>", "");
        kobo.with(|project| {
            project.rows = vec![first, second, third, twin, fifth];
            project.files.insert("/api/v2/assets/aSites/data/2/attachments/att1/".into(), b"a photo".to_vec());
            project.files.insert("/api/v2/assets/aSites/files/af1/content/".into(), b"name,label\na,A\n".to_vec());
        });
        kobo
    }

    fn bring(&self, to: &Office) -> (i32, Value) {
        to.run_with(
            &["import", "kobo", &self.address, "--project", "aSites", "--operation", "els", "--local-network"],
            &[("DTM_IMPORT_TOKEN", TOKEN)],
        )
    }
}

fn answer(mut stream: TcpStream, here: &str, project: &Mutex<Project>) {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    while !bytes.windows(4).any(|four| four == b"\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(n) if n > 0 => bytes.extend(&piece[..n]),
            _ => return,
        }
    }
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let target = text.split_whitespace().nth(1).unwrap_or("").to_owned();
    let knows = text.to_lowercase().contains(&format!("authorization: token {TOKEN}"));
    let (status, kind, body) = {
        let mut project = project.lock().unwrap();
        project.asked.push(target.clone());
        let stumble = project.stumbles.iter_mut().find(|(part, _)| target.contains(part.as_str()));
        match stumble.and_then(|(_, statuses)| if statuses.is_empty() { None } else { Some(statuses.remove(0)) }) {
            Some(status) => (status, "text/plain", b"later".to_vec()),
            None if !knows => ("401 Unauthorized", "application/json", b"{\"detail\":\"Invalid token.\"}".to_vec()),
            None => found(&target, here, &project),
        }
    };
    let wait = if status.starts_with("429") { "Retry-After: 0\r\n" } else { "" };
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n{wait}Connection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all(&[head.as_bytes(), &body].concat());
}

fn found(target: &str, here: &str, project: &Project) -> (&'static str, &'static str, Vec<u8>) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let asked = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}=")));
    let json = |value: Value| ("200 OK", "application/json", value.to_string().into_bytes());
    let nothing = ("404 Not Found", "application/json", b"{\"detail\":\"Not found.\"}".to_vec());
    let asset = format!("{here}/api/v2/assets/aSites");
    let version = |at: usize| {
        let (id, at) = VERSIONS[at];
        json!({ "uid": id, "url": format!("{asset}/versions/{id}/"), "content_hash": "", "date_deployed": at, "date_modified": at })
    };
    match path {
        "/api/v2/assets/" => json(json!({ "count": 1, "next": null, "previous": null, "results": [
            { "uid": "aSites", "name": "Sites of the north", "asset_type": "survey", "has_deployment": true } ] })),
        "/api/v2/assets/aSites/" => json(json!({
            "uid": "aSites", "name": "Sites of the north", "asset_type": "survey", "version_id": "vThree", "content": content(3),
            "deployment__active": true, "deployed_versions": { "count": 3, "next": null, "results": [version(2), version(1), version(0)] },
            "permissions": [{ "user": "/api/v2/users/awa/" }, { "user": "/api/v2/users/reine/" }]
        })),
        // Newest first, two a page.
        "/api/v2/assets/aSites/versions/" if asked("offset").is_none() => json(json!({
            "count": 3, "next": format!("{asset}/versions/?deployed=true&format=json&limit=2&offset=2"), "results": [version(2), version(1)] })),
        "/api/v2/assets/aSites/versions/" => json(json!({ "count": 3, "next": null, "results": [version(0)] })),
        "/api/v2/assets/aSites/versions/vOne/" => json(json!({ "uid": "vOne", "content": content(1) })),
        "/api/v2/assets/aSites/versions/vTwo/" => json(json!({ "uid": "vTwo", "content": content(2) })),
        // The content of the third is gone: the newest form stands for it. Kobo gives it without a version.
        "/api/v2/assets/aSites.xml" => {
            let form = crate::office::XFORM.replace("id=\"site\" version=\"1\"", "id=\"aSites\"");
            ("200 OK", "application/xml", form.into_bytes())
        }
        "/api/v2/assets/aSites/files/" => json(json!({ "count": 1, "next": null, "results": [
            { "uid": "af1", "file_type": "form_media", "metadata": { "filename": "places.csv", "mimetype": "text/csv" },
              "content": format!("{asset}/files/af1/content/") } ] })),
        "/api/v2/assets/aSites/data/" => {
            let start: usize = asked("start").and_then(|start| start.parse().ok()).unwrap_or(0);
            let rows: Vec<&Value> = project.rows.iter().skip(start).take(PAGE).map(|row| &row.json).collect();
            let end = start + rows.len();
            let next =
                (end < project.rows.len()).then(|| format!("{asset}/data/?format=json&limit={PAGE}&start={end}"));
            json(json!({ "count": project.rows.len(), "next": next, "previous": null, "results": rows }))
        }
        path => {
            let of = |row: &&Row| path == format!("/api/v2/assets/aSites/data/{}.xml", row.id);
            match (project.rows.iter().find(of), project.files.get(path)) {
                (Some(row), _) => ("200 OK", "text/xml", row.xml.clone().into_bytes()),
                (_, Some(file)) => ("200 OK", "application/octet-stream", file.clone()),
                _ => nothing,
            }
        }
    }
}

fn counts(brought: &Value) -> String {
    let names = ["forms", "versions", "formFiles", "submissions", "edits", "known", "files", "reviews", "comments"];
    let told = names.iter().filter(|name| brought[**name] != 0).map(|name| format!("{name} {}", brought[*name]));
    told.collect::<Vec<_>>().join(", ")
}

#[test]
fn a_project_of_kobo_comes_over_with_its_versions_answers_files_and_reviews() {
    let kobo = Kobo::filled();
    // Throttled at the second page, and a stumble of the server at an attachment.
    kobo.with(|project| {
        project.stumbles.insert("start=2".into(), vec!["429 Too Many Requests", "429 Too Many Requests"]);
        project.stumbles.insert("att1".into(), vec!["502 Bad Gateway"]);
    });
    let mut here = empty();
    let (exit, brought) = kobo.bring(&here);
    assert_eq!(
        counts(&brought),
        "forms 1, versions 3, formFiles 3, submissions 4, files 1, reviews 2, comments 2",
        "{brought:#}"
    );
    let problems = brought["problems"].to_string();
    assert!(exit == 5 && problems.contains("three") && problems.contains("other answers"), "{brought:#}");
    assert_eq!(brought["problems"].as_array().unwrap().len(), 1, "{brought:#}");
    let notes = brought["notes"].to_string();
    assert!(notes.contains("version 3 (2026-03-10 08:00:00) is kept with the questions of the newest form"), "{notes}");
    let left = brought["leftBehind"].to_string();
    assert!(left.contains("shared with 1 people") && left.contains("still takes submissions"), "{left}");

    here.start(&[]);
    let bearer = format!("Bearer {}", here.sign_in("admin@example.org"));
    let get = |path: &str| here.get(&format!("/v1/projects/2/forms/aSites/{path}"), &[("Authorization", &bearer)]);
    let versions: Vec<String> = get("versions")
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|version| format!("{} {}", version["version"].as_str().unwrap(), version["publishedAt"].as_str().unwrap()))
        .collect();
    assert_eq!(
        versions,
        [
            "3 (2026-03-10 08:00:00) 2026-03-10T08:00:00.000Z",
            "2 (2026-02-10 08:00:01) 2026-02-10T08:00:00.000Z",
            "1 (2026-01-10 07:59:59) 2026-01-10T08:00:00.000Z"
        ]
    );
    for row in kobo.with(|project| project.rows.clone()) {
        if row.id != 4 {
            let uuid = row.json["_uuid"].as_str().unwrap();
            assert_eq!(get(&format!("submissions/uuid:{uuid}.xml")).text(), row.xml, "byte for byte");
        }
    }
    let one = get("submissions/uuid:one").json();
    assert_eq!(
        (one["reviewState"].as_str(), one["createdAt"].as_str()),
        (Some("approved"), Some("2026-03-11T10:20:30.000Z"))
    );
    assert_eq!(one["deviceId"], "collect:abc");
    let said: Vec<String> = get("submissions/uuid:one/comments")
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|comment| comment["body"].as_str().unwrap().to_owned())
        .collect();
    assert!(said.contains(&"counted twice".to_owned()) && said.contains(&"Tags: hard to reach".to_owned()), "{said:?}");
    assert_eq!(get("submissions/uuid:two/attachments/camp.jpg").body, b"a photo");
    assert_eq!(get("submissions/uuid:three").json()["reviewState"], "hasIssues");
    let audit = here.run(&["audit"]).to_string();
    assert!(audit.contains("(reine)"), "who judged there is on record");
    assert!(!audit.contains(TOKEN) && !here.log().contains(TOKEN));

    // Once more: nothing is doubled. An edit made there meanwhile, of a version that nobody kept, is an edit here too.
    let mut edited = submission(1, 2, "one-again", "<site>Alpha</site><idp_ind>13</idp_ind>", "");
    edited.json["meta/rootUuid"] = "one".into();
    edited.json["meta/deprecatedID"] = "uuid:lost-between".into();
    kobo.with(|project| project.rows[0] = edited);
    let (_, again) = kobo.bring(&here);
    assert_eq!(counts(&again), "edits 1, known 3", "{again:#}");
    let whole = get("submissions/uuid:one").json();
    assert_eq!(whole["currentVersion"]["instanceId"], "uuid:one-again", "{whole:#}");
}

#[test]
fn a_run_that_is_cut_off_says_so_and_the_next_goes_on() {
    let kobo = Kobo::filled();
    kobo.with(|project| project.stumbles.insert("start=2".into(), vec!["500 Internal Server Error"; 4]));
    let here = empty();
    let (exit, first) = kobo.bring(&here);
    assert_eq!((exit, first["end"].as_str(), first["submissions"].as_u64()), (5, Some("cutOff"), Some(2)), "{first:#}");
    kobo.with(|project| project.asked.clear());
    let (_, second) = kobo.bring(&here);
    assert_eq!(
        (second["end"].as_str(), counts(&second).as_str()),
        (Some("whole"), "versions 1, formFiles 1, submissions 2, known 2, reviews 1"),
        "{second:#}"
    );
    let asked = kobo.with(|project| project.asked.join("\n"));
    assert!(!asked.contains("data/1.xml"), "what is here is not fetched again:\n{asked}");
}

#[test]
fn a_file_that_could_not_be_had_comes_with_the_next_run() {
    let kobo = Kobo::filled();
    let file = kobo.with(|project| project.files.remove("/api/v2/assets/aSites/data/2/attachments/att1/"));
    let here = empty();
    let (_, first) = kobo.bring(&here);
    assert!(first["problems"].to_string().contains("camp.jpg is gone"), "{first:#}");
    kobo.with(|project| project.files.insert("/api/v2/assets/aSites/data/2/attachments/att1/".into(), file.unwrap()));
    let (_, second) = kobo.bring(&here);
    assert_eq!(second["files"], 1, "{second:#}");
}

#[test]
fn a_wrong_token_is_told_and_never_shown() {
    let kobo = Kobo::filled();
    let here = empty();
    let asked = ["import", "kobo", &kobo.address, "--project", "aSites", "--operation", "els", "--local-network"];
    let refused = here.refuse_with(&asked, &[("DTM_IMPORT_TOKEN", "not-the-token")]);
    assert!(refused.contains("401") && !refused.contains("not-the-token"), "{refused}");
}
