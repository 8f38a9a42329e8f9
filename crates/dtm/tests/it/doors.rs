//! Doors that ODK Central has besides: settings of the server, its own counts, links by a form's id, chosen rows of an entity
//! list as CSV, what happened to a draft's submission; and the time zone of an operation, an archive that is uploaded.

use crate::office::{Answer, Office, XFORM, answers};
use serde_json::{Value, json};
use std::io::Write as _;
use std::time::Duration;

/// Somebody who asks.
struct Asker<'a> {
    office: &'a Office,
    bearer: String,
}

impl<'a> Asker<'a> {
    fn of(office: &'a Office, email: &str) -> Self {
        Self { office, bearer: format!("Bearer {}", office.sign_in(email)) }
    }

    fn ask(&self, method: &str, path: &str, kind: &str, body: &[u8]) -> Answer {
        self.office.ask(method, path, &[("Authorization", &self.bearer), ("Content-Type", kind)], body)
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "text/plain", b"")
    }

    fn send(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.ask(method, path, "application/json", body.to_string().as_bytes())
    }
}

#[test]
fn what_people_see_before_they_sign_in_is_set_by_an_administrator() {
    let office = Office::open();
    let (admin, officer) = (Asker::of(&office, "admin@example.org"), Asker::of(&office, "officer@example.org"));
    let texts = json!({ "title": "DTM Sorelia", "description": "For <field> teams.", "more": 1 });
    assert_eq!(officer.send("POST", "/v1/config/login-appearance", &texts).status, 403);
    let set = admin.send("POST", "/v1/config/login-appearance", &texts).json();
    assert_eq!(set["value"], json!({ "title": "DTM Sorelia", "description": "For <field> teams." }));
    let png = b"\x89PNG\r\n\x1a\n and more";
    assert_eq!(admin.ask("POST", "/v1/config/logo", "image/png", png).json()["blobExists"], true);
    let script = admin.ask("POST", "/v1/config/logo", "image/png", b"<svg onload='x'/>");
    assert_eq!((script.status, script.json()["code"].as_f64()), (400, Some(400.8)));
    for nothing in ["analytics", "backups.main", "colour"] {
        let refused = admin.send("POST", &format!("/v1/config/{nothing}"), &json!({ "enabled": true }));
        assert_eq!((refused.status, refused.json()["code"].as_f64()), (400, Some(400.8)), "{nothing}");
    }
    // Everybody sees it, and nothing else.
    let public = office.get("/v1/config/public", &[]).json();
    assert_eq!(
        (&public["logo"]["blobExists"], &public["login-appearance"]["key"]),
        (&json!(true), &json!("login-appearance"))
    );
    let logo = office.get("/v1/config/public/logo", &[]);
    assert_eq!((logo.header("content-type"), logo.body.as_slice()), (Some("image/png"), &png[..]));
    assert_eq!(office.get("/v1/config/public/analytics", &[]).status, 403);
    assert_eq!(office.get("/v1/config/public/hero-image", &[]).status, 404);
    let page = office.get("/office/sign-in", &[]).text();
    assert!(
        page.contains("DTM Sorelia")
            && page.contains("For &#60;field&#62; teams.")
            && page.contains("/v1/config/public/logo"),
        "{page}"
    );
    assert_eq!(admin.send("DELETE", "/v1/config/logo", &json!({})).status, 200);
    assert_eq!(admin.send("DELETE", "/v1/config/logo", &json!({})).status, 200, "once more is no error");
    assert!(!office.get("/office/sign-in", &[]).text().contains("/v1/config/public/logo"));
    let log = admin.get("/v1/audits?action=config.set").json();
    assert_eq!(log.as_array().unwrap().len(), 3, "{log}");
}

#[test]
fn a_server_counts_for_itself_and_links_lead_to_where_forms_are_filled_in() {
    let office = Office::open();
    assert_eq!(office.submit(&answers("uuid:one", 12), &[]).status, 201);
    let (admin, viewer) = (Asker::of(&office, "admin@example.org"), Asker::of(&office, "viewer@example.org"));
    assert_eq!(viewer.get("/v1/analytics/preview").status, 403);
    let told = admin.get("/v1/analytics/preview").json();
    assert_eq!(told["projects"][0]["submissions"]["num_submissions_received"]["total"], 1);
    assert_eq!((&told["system"]["num_admins"]["total"], &told["config"]["sent"]), (&json!(1), &json!(false)));

    let id = viewer.get("/v1/projects/1/forms/site").json()["enketoId"].as_str().unwrap().to_owned();
    assert_eq!(viewer.get(&format!("/v1/form-links/{id}/form")).json()["xmlFormId"], "site");
    assert_eq!(office.get(&format!("/v1/form-links/{id}/form"), &[]).status, 404, "nothing is there for nobody");
    assert_eq!(viewer.get("/v1/form-links/0198aabbccdd7eeff00112233445566a/form").status, 404);
    let officer = Asker::of(&office, "officer@example.org");
    let link = officer.send("POST", "/v1/projects/1/forms/site/public-links", &json!({ "displayName": "Door" })).json();
    let token = link["token"].as_str().unwrap();
    let by_link = office.get(&format!("/v1/form-links/{id}/form?st={}", token.replace('$', "%24")), &[]);
    assert_eq!(by_link.json()["projectId"], 1);
    let leads = |path: &str| office.get(path, &[]).header("location").map(str::to_owned);
    for old in [format!("/-/single/{id}?st={token}"), format!("/f/{id}?st={token}")] {
        assert_eq!(leads(&old), Some(format!("/f/{token}")), "{old}");
    }
    let here = format!("/office/form-links/{id}");
    assert_eq!(leads(&format!("/-/{id}")), Some(here.clone()));
    assert!(leads(&here).unwrap().starts_with("/office/sign-in?next="), "nobody learns what is there");
    assert_eq!(officer.get(&here).header("location"), Some("/office/o/xso/forms/site/fill"));
    let edit = officer.get(&format!("{here}?instance=uuid:one"));
    assert!(
        edit.header("location").unwrap().starts_with("/office/o/xso/forms/site/edit/uuid"),
        "{:?}",
        edit.header("location")
    );
    assert_eq!(viewer.get(&here).status, 403, "who only reads fills in nothing");
}

#[test]
fn chosen_entities_come_as_csv() {
    let office = Office::open();
    let officer = Asker::of(&office, "officer@example.org");
    let at = "/v1/projects/1/datasets";
    assert_eq!(officer.send("POST", at, &json!({ "name": "camps" })).status, 200);
    assert_eq!(officer.send("POST", &format!("{at}/camps/properties"), &json!({ "name": "area" })).status, 200);
    for (label, area) in [("Alpha", "north"), ("Bravo", "south"), ("Charlie", "north")] {
        let entity = json!({ "label": label, "data": { "area": area } });
        assert_eq!(officer.send("POST", &format!("{at}/camps/entities"), &entity).status, 200);
    }
    let labels = |query: &str| {
        let answer = officer.get(&format!("{at}/camps/entities.csv{query}"));
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        let text = answer.text();
        let lines = text.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().to_owned());
        assert!(text.starts_with("__id,label,area,"), "{text}");
        lines.collect::<Vec<_>>()
    };
    assert_eq!(labels(""), ["Charlie", "Bravo", "Alpha"]);
    assert_eq!(labels("?%24filter=area%20eq%20%27north%27"), ["Charlie", "Alpha"]);
    assert_eq!(labels("?%24filter=__system%2FcreatedAt%20lt%202020-01-01"), Vec::<String>::new());
    assert_eq!(labels("?%24top=1&%24skip=1"), ["Bravo"]);
    assert_eq!(labels("?%24orderby=label%20asc&%24top=2"), ["Alpha", "Bravo"]);
    let wrong = officer.get(&format!("{at}/camps/entities.csv?%24filter=colour%20eq%201"));
    assert_eq!((wrong.status, wrong.json()["code"].as_f64()), (501, Some(501.5)));
}

#[test]
fn what_happened_to_a_submission_of_a_draft_is_told() {
    let office = Office::open();
    let officer = Asker::of(&office, "officer@example.org");
    assert_eq!(officer.ask("POST", "/v1/projects/1/forms/site/draft", "application/xml", b"").status, 200);
    let xml = answers("uuid:try", 12);
    let draft = "/v1/projects/1/forms/site/draft/submissions";
    let sent = officer.ask("POST", draft, "application/xml", xml.as_bytes());
    assert_eq!(sent.status, 200, "{}", sent.text());
    let told = officer.get(&format!("{draft}/uuid:try/audits")).json();
    assert_eq!(told[0]["action"], "submission.create", "{told}");
    assert_eq!(officer.get("/v1/projects/1/forms/site/submissions/uuid:try/audits").status, 404);
}

#[test]
fn the_time_zone_of_an_operation_is_set_by_programs_and_decides_where_days_begin() {
    let office = Office::open();
    assert_eq!(office.submit(&answers("uuid:one", 12), &[]).status, 201);
    let officer = Asker::of(&office, "officer@example.org");
    let zone = |name: Value| officer.send("PATCH", "/v1/projects/1", &json!({ "timeZone": name }));
    assert_eq!(zone(json!("Pacific/Kiritimati")).json()["timeZone"], "Pacific/Kiritimati");
    let refused = zone(json!("Sorelia"));
    assert_eq!((refused.status, refused.json()["code"].as_f64()), (400, Some(400.8)));
    assert_eq!(officer.get("/v1/projects/1").json()["name"], "Sorelia crisis", "its name stays");
    // A submission of now lies in the day that it is there, and not in the one before.
    let at =
        officer.get("/v1/projects/1/forms/site/submissions/uuid:one").json()["createdAt"].as_str().unwrap().to_owned();
    let moment = chrono::DateTime::parse_from_rfc3339(&at).unwrap();
    let there = (moment.to_utc() + chrono::TimeDelta::hours(14)).date_naive();
    let shows = |day: chrono::NaiveDate| {
        let page = officer.get(&format!("/office/o/xso/forms/site/data?from={day}&to={day}")).text();
        page.contains("uuid:one") || page.contains("/office/records/")
    };
    assert!(shows(there));
    assert!(!shows(there.pred_opt().unwrap()) && !shows(there.succ_opt().unwrap()));
    let told = office.run(&["operation", "zone", "-o", "xso", "America/Port-au-Prince"]);
    assert_eq!(told["time_zone"], "America/Port-au-Prince");
    assert!(office.refuse_with(&["operation", "zone", "-o", "xso", "Port"], &[]).contains("no time zone"));
    assert_eq!(zone(Value::Null).json()["timeZone"], Value::Null);
}

#[test]
fn an_archive_is_uploaded_brought_over_and_removed() {
    let office = Office::open();
    let officer = Asker::of(&office, "officer@example.org");
    let second = XFORM.replace("id=\"site\"", "id=\"camps\"");
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    let mut put = |name: &str, content: &str| {
        zip.start_file(name, options).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    };
    put("forms/camps.xml", &second);
    for name in ["one", "two"] {
        put(&format!("{name}/{name}.xml"), &answers(&format!("uuid:{name}"), 7).replace("id=\"site\"", "id=\"camps\""));
    }
    let archive = zip.finish().unwrap().into_inner();
    let upload = |name: &str, bytes: &[u8]| {
        let head = format!("--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n");
        let body = [head.as_bytes(), bytes, b"\r\n--x--\r\n"].concat();
        officer.ask("POST", "/office/o/xso/bring/archive", "multipart/form-data; boundary=x", &body)
    };
    for (name, bytes) in [("page.zip", &b"<html>"[..]), ("cut.zip", &archive[..archive.len() / 2])] {
        let refused = upload(name, bytes);
        assert!(refused.status == 400 && refused.text().contains("This is no archive"), "{name}: {}", refused.status);
    }
    let begun = upload("C:\\export\\camps.zip", &archive);
    let run = begun.header("location").unwrap_or_else(|| panic!("{}", begun.text())).to_owned();
    let page = officer.get(&run).text();
    assert!(page.contains("camps.zip") && !page.contains("C:"), "{page}");
    let place = page.split("<option value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let started =
        officer.ask("POST", &run, "application/x-www-form-urlencoded", format!("act=start&place={place}").as_bytes());
    assert_eq!(started.status, 303, "{}", started.text());
    let mut told = String::new();
    for _ in 0..600 {
        told = officer.get(&run).text();
        if told.contains("not kept any more") {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(told.contains("not kept any more"), "{told}");
    let listed = officer.get("/v1/projects/1/forms/camps/submissions").json();
    assert_eq!(listed.as_array().unwrap().len(), 2, "{listed}");
    assert_eq!(
        officer
            .ask("POST", &run, "application/x-www-form-urlencoded", format!("act=start&place={place}").as_bytes())
            .status,
        400
    );
}
