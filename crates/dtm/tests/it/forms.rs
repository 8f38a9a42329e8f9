//! Forms, projects and links as ODK Central's clients know them: drafts, versions, files, the trash, schedules.

use crate::office::{Answer, OPENROSA, Office, PASSWORD, XFORM, answers, multipart};
use crate::program::python;
use serde_json::{Value, json};

const FORMS: &str = "/v1/projects/1/forms";
const SITE: &str = "/v1/projects/1/forms/site";

/// An officer at the API of an office.
struct Officer {
    office: Office,
    bearer: String,
}

impl Officer {
    fn new() -> Self {
        let office = Office::open();
        let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
        Self { office, bearer }
    }

    fn ask(&self, method: &str, path: &str, kind: &str, body: &str) -> Answer {
        let headers = [("Authorization", self.bearer.as_str()), ("Content-Type", kind)];
        self.office.ask(method, path, &headers, body.as_bytes())
    }

    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", "")
    }

    fn json(&self, method: &str, path: &str, body: Value) -> Answer {
        self.ask(method, path, "application/json", &body.to_string())
    }

    fn xml(&self, path: &str, form: &str) -> Answer {
        self.ask("POST", path, "application/xml", form)
    }

    /// What the phone of the office is offered: form ids and versions.
    fn offered(&self) -> Vec<String> {
        offered(&self.office, &self.office.phone)
    }
}

fn offered(office: &Office, base: &str) -> Vec<String> {
    let list = office.get(&format!("{base}/formList?deviceID=collect%3Atest"), &[OPENROSA]);
    assert_eq!(list.status, 200, "{}", list.text());
    let text = list.text();
    let of = |xform: &str, name: &str| {
        xform.split(&format!("<{name}>")).nth(1).unwrap().split('<').next().unwrap().to_owned()
    };
    text.split("<xform>").skip(1).map(|xform| format!("{} {}", of(xform, "formID"), of(xform, "version"))).collect()
}

fn version(number: &str) -> String {
    XFORM.replace("version=\"1\"", &format!("version=\"{number}\""))
}

fn code(answer: &Answer) -> (u16, f64) {
    (answer.status, answer.json()["code"].as_f64().unwrap_or_else(|| panic!("{}", answer.text())))
}

#[test]
fn a_draft_is_tried_out_by_its_token_and_its_tests_never_count() {
    let officer = Officer::new();
    let office = &officer.office;
    assert_eq!(officer.get(&format!("{SITE}/draft")).status, 404);
    assert_eq!(officer.xml(&format!("{SITE}/draft"), &version("2")).status, 200);
    let draft = officer.get(&format!("{SITE}/draft")).json();
    assert_eq!((&draft["version"], &draft["publishedAt"]), (&json!("2"), &Value::Null));
    let token = draft["draftToken"].as_str().unwrap().to_owned();
    assert_eq!(officer.offered(), ["site 1"], "phones are offered what is published");

    let base = format!("/v1/test/{token}/projects/1/forms/site/draft");
    assert_eq!(offered(office, &base), ["site 2"]);
    let form = office.get(&format!("/v1/test/{token}/projects/1/forms/site/draft.xml"), &[]);
    assert_eq!(form.text(), version("2"));
    assert_eq!(office.get(&format!("{base}/manifest"), &[OPENROSA]).status, 200);
    let send = |xml: &str| {
        let (kind, body) = multipart(xml.as_bytes(), &[("a.jpg", b"face")]);
        office.ask("POST", &format!("{base}/submission"), &[OPENROSA, ("Content-Type", &kind)], &body).status
    };
    let test = answers("uuid:test", 5).replace("version=\"1\"", "version=\"2\"");
    assert_eq!((send(&test), send(&test)), (201, 201));
    assert_eq!(send(&answers("uuid:test", 5)), 404, "filled on another version");
    assert_eq!(office.submit(&test, &[]).status, 404, "a phone cannot send on a draft");
    let extended = [("Authorization", officer.bearer.as_str()), ("X-Extended-Metadata", "true")];
    assert_eq!(office.get(&format!("{SITE}/draft"), &extended).json()["submissions"], 1);
    assert_eq!(office.get(SITE, &extended).json()["submissions"], 0);
    assert_eq!(officer.get(&format!("{SITE}/submissions")).json(), json!([]));

    assert_eq!(officer.xml(&format!("{SITE}/draft"), &version("3")).status, 200);
    assert_eq!(offered(office, &base), ["site 3"], "testers go on with the token they have");
    assert_eq!(office.get(&format!("{SITE}/draft"), &extended).json()["submissions"], 0);
    assert_eq!(officer.ask("POST", &format!("{SITE}/draft/publish"), "", "").status, 200);
    assert_eq!(officer.offered(), ["site 3"]);
    assert_eq!(office.get(&format!("{base}/formList"), &[OPENROSA]).status, 404, "nothing is left to try out");
    assert_eq!(office.submit(&answers("uuid:old", 1), &[]).status, 201, "phones that have version 1 still send");
}

#[test]
fn a_program_tries_a_draft_out_by_its_token_without_the_envelope_of_phones() {
    let officer = Officer::new();
    assert_eq!(officer.xml(&format!("{SITE}/draft"), &version("2")).status, 200);
    let token = officer.get(&format!("{SITE}/draft")).json()["draftToken"].as_str().unwrap().to_owned();
    let send = |token: &str, xml: &str| {
        let address = format!("/v1/test/{token}/projects/1/forms/site/draft/submissions?deviceID=script");
        officer.office.ask("POST", &address, &[("Content-Type", "application/xml")], xml.as_bytes())
    };
    let test = answers("uuid:script", 5).replace("version=\"1\"", "version=\"2\"");
    let taken = send(&token, &test);
    assert_eq!(taken.status, 200, "{}", taken.text());
    let taken = taken.json();
    assert_eq!((&taken["instanceId"], &taken["deviceId"]), (&json!("uuid:script"), &json!("script")));
    assert_eq!(code(&send(&token, &test)), (409, 409.3), "a second time it is a conflict, as over REST everywhere");
    assert_eq!(send(&token, &answers("uuid:other", 5)).status, 404, "filled on the published version");
    assert_eq!(send(&"x".repeat(64), &test).status, 404);
    assert_eq!(officer.get(&format!("{SITE}/submissions")).json(), json!([]));
}

#[test]
fn what_a_request_says_about_itself_stands_in_the_log_and_beside_the_version() {
    let officer = Officer::new();
    let noted = |method: &str, path: &str, notes: &str, body: &str| {
        let headers = [
            ("Authorization", officer.bearer.as_str()),
            ("Content-Type", "application/xml"),
            ("X-Action-Notes", notes),
        ];
        let answer = officer.office.ask(method, path, &headers, body.as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
    };
    noted("POST", &format!("{SITE}/draft"), "", &version("2"));
    noted(
        "POST",
        &format!("{SITE}/draft/publish"),
        "Asks%20for%20the%20chef%20de%20camp%20%E2%80%94%20r%C3%A9vis%C3%A9",
        "",
    );
    noted(
        "POST",
        &format!("{SITE}/submissions"),
        "by hand",
        &answers("uuid:noted", 3).replace("version=\"1\"", "version=\"2\""),
    );

    let extended = [("Authorization", officer.bearer.as_str()), ("X-Extended-Metadata", "true")];
    let versions = officer.office.get(&format!("{SITE}/versions"), &extended).json();
    assert_eq!(versions[0]["publishNotes"], "Asks for the chef de camp — révisé");
    assert_eq!(versions[1]["publishNotes"], Value::Null);
    assert_eq!(officer.office.get(SITE, &extended).json()["publishNotes"], versions[0]["publishNotes"]);
    let audits = officer.get(&format!("{SITE}/submissions/uuid:noted/audits")).json();
    assert_eq!((&audits[0]["notes"], &audits[0]["details"]["notes"]), (&json!("by hand"), &Value::Null));

    let admin = [("Authorization", format!("Bearer {}", officer.office.sign_in("admin@example.org")))];
    let admin = [(admin[0].0, admin[0].1.as_str())];
    let published = officer.office.get("/v1/audits?action=form.update.publish&limit=1", &admin).json();
    assert_eq!(published[0]["notes"], "Asks for the chef de camp — révisé");
    let drafted = officer.office.get("/v1/audits?action=form.update.draft.set&limit=1", &admin).json();
    assert_eq!(drafted[0]["notes"], Value::Null, "an empty header says nothing");
}

#[test]
fn a_script_learns_whose_api_this_is() {
    let officer = Officer::new();
    let told = officer.office.get("/version.txt", &[]);
    assert_eq!(told.status, 200);
    let central: Vec<String> = told.text().lines().filter(|line| line.contains("(v20")).map(str::to_owned).collect();
    assert_eq!(central, [" client (v2026.2.0)", " server (v2026.2.0)"]);
}

#[test]
fn a_draft_without_a_body_copies_what_is_published_and_needs_another_version() {
    let officer = Officer::new();
    assert_eq!(officer.ask("POST", &format!("{SITE}/draft"), "", "").status, 200);
    assert_eq!(officer.get(&format!("{SITE}/draft.xml")).text(), XFORM);
    let taken = officer.ask("POST", &format!("{SITE}/draft/publish"), "", "");
    assert_eq!(code(&taken), (409, 409.6), "{}", taken.text());
    assert_eq!(officer.ask("POST", &format!("{SITE}/draft/publish?version=1%2B"), "", "").status, 200);
    assert_eq!(officer.offered(), ["site 1+"]);
    assert_eq!(officer.get(&format!("{SITE}.xml")).text(), version("1+"), "the version stands in the form");

    let versions = officer.get(&format!("{SITE}/versions")).json();
    let names: Vec<&str> = versions.as_array().unwrap().iter().map(|one| one["version"].as_str().unwrap()).collect();
    assert_eq!(names, ["1+", "1"]);
    assert_eq!(officer.get(&format!("{SITE}/versions/1.xml")).text(), XFORM);
    assert_eq!(officer.get(&format!("{SITE}/versions/1")).json()["hash"], versions[1]["hash"]);
    assert_eq!(officer.get(&format!("{SITE}/versions/9")).status, 404);

    assert_eq!(officer.ask("POST", &format!("{SITE}/draft"), "", "").status, 200);
    assert_eq!(officer.ask("DELETE", &format!("{SITE}/draft"), "", "").status, 200);
    assert_eq!(officer.ask("DELETE", &format!("{SITE}/draft"), "", "").status, 404);
    assert_eq!(officer.ask("POST", "/v1/projects/1/forms/none/draft", "", "").status, 404);
}

#[test]
fn a_form_says_its_fields_as_central_names_their_types() {
    let officer = Officer::new();
    let fields = officer.get(&format!("{SITE}/fields?odata=true")).json();
    assert_eq!(
        fields,
        json!([
            { "path": "/idp_ind", "name": "idp_ind", "type": "int", "binary": null, "selectMultiple": null },
            { "path": "/photo", "name": "photo", "type": "binary", "binary": true, "selectMultiple": null },
            { "path": "/meta", "name": "meta", "type": "structure", "binary": null, "selectMultiple": null },
            { "path": "/meta/instanceID", "name": "instanceID", "type": "string", "binary": null, "selectMultiple": null },
        ])
    );
    let other = version("2").replace("type=\"int\"", "type=\"decimal\"");
    let refused = officer.xml(&format!("{SITE}/draft?ignoreWarnings=true"), &other);
    assert_eq!(code(&refused), (400, 400.17));
    assert_eq!(refused.json()["details"], json!({ "path": "/idp_ind", "type": "int", "newType": "decimal" }));
}

#[test]
fn a_question_that_goes_is_a_warning_that_somebody_must_have_read() {
    let officer = Officer::new();
    let without = version("2").replace("<photo/>", "").replace("<bind nodeset=\"/data/photo\" type=\"binary\"/>", "");
    let warned = officer.xml(&format!("{SITE}/draft"), &without);
    assert_eq!(code(&warned), (400, 400.16), "{}", warned.text());
    let details = warned.json()["details"].clone();
    assert_eq!(details["warnings"]["workflowWarnings"], json!([{ "type": "structureChanged", "details": ["photo"] }]));
    assert_eq!(officer.get(&format!("{SITE}/draft")).status, 404, "nothing was stored");
    assert_eq!(officer.xml(&format!("{SITE}/draft?ignoreWarnings=True"), &without).status, 200);

    let sheet = "survey,,,\n,type,name,label::Somali\n,integer,n,Tiro\n";
    let sheet = officer.ask("POST", &format!("{FORMS}?publish=false"), "text/csv", sheet);
    assert_eq!(code(&sheet), (400, 400.16), "{}", sheet.text());
    assert!(sheet.json()["details"]["warnings"]["xlsFormWarnings"].is_array());
    let broken = officer.ask("POST", FORMS, "text/csv", "survey,,,\n,type,name,label\n,integr,n,N\n");
    assert_eq!(code(&broken), (400, 400.15));
    assert!(broken.json()["details"]["error"].as_str().unwrap().contains("integr"), "{}", broken.text());
}

#[test]
fn a_deleted_form_lies_in_the_trash_and_its_id_is_free_until_it_is_taken_back() {
    let officer = Officer::new();
    let id = officer.get(SITE).json()["id"].as_i64().unwrap();
    assert_eq!(officer.ask("DELETE", SITE, "", "").status, 200);
    assert_eq!(officer.get(SITE).status, 404);
    assert!(officer.offered().is_empty());
    assert_eq!(officer.office.submit(&answers("uuid:a", 1), &[]).status, 404);
    let trash = officer.get(&format!("{FORMS}?deleted=true")).json();
    assert_eq!((&trash[0]["xmlFormId"], &trash[0]["id"]), (&json!("site"), &json!(id)));
    assert!(trash[0]["deletedAt"].is_string());

    let again = officer.xml(&format!("{FORMS}?publish=true"), &version("2"));
    assert_eq!(again.json()["details"]["warnings"]["workflowWarnings"][0]["type"], "deletedFormExists");
    assert_eq!(officer.xml(&format!("{FORMS}?publish=true&ignoreWarnings=true"), &version("2")).status, 200);
    assert_eq!(code(&officer.ask("POST", &format!("{FORMS}/{id}/restore"), "", "")), (409, 409.3));
    assert_eq!(officer.ask("DELETE", SITE, "", "").status, 200);
    assert_eq!(officer.ask("POST", &format!("{FORMS}/{id}/restore"), "", "").status, 200);
    assert_eq!(officer.offered(), ["site 1"]);
    assert_eq!(officer.office.submit(&answers("uuid:a", 1), &[]).status, 201);
}

#[test]
fn a_form_closes_by_hand_or_by_its_schedule() {
    let officer = Officer::new();
    let send = |instance: &str| officer.office.submit(&answers(instance, 1), &[]).status;
    let set = |change: Value| officer.json("PATCH", SITE, change);
    assert_eq!(set(json!({ "state": "closing" })).json()["state"], "closing");
    assert!(officer.offered().is_empty());
    assert_eq!(send("uuid:closing"), 201, "phones that have the form still send");
    assert_eq!(set(json!({ "state": "closed" })).json()["state"], "closed");
    assert_eq!(send("uuid:closed"), 409);
    assert_eq!(set(json!({ "state": "ajar" })).status, 400);
    assert_eq!(set(json!({ "state": "open", "opensAt": "2999-01-01T08:00:00Z" })).json()["state"], "closed");
    assert_eq!(send("uuid:early"), 409);
    let past = set(json!({ "opensAt": null, "closesAt": "2020-01-01" })).json();
    assert_eq!((&past["state"], &past["closesAt"]), (&json!("closing"), &json!("2020-01-01T00:00:00.000Z")));
    assert_eq!(set(json!({ "opensAt": "2021-01-01" })).status, 400, "it would close before it opens");
    assert_eq!(set(json!({ "state": "open" })).json()["state"], "open", "what somebody decides now stands");
    assert_eq!(send("uuid:again"), 201);
}

#[test]
fn the_files_of_a_form_go_with_its_versions() {
    let officer = Officer::new();
    let needs = |number: &str| {
        let instance = "</instance><instance id=\"camps\" src=\"jr://file-csv/camps.csv\"/>";
        version(number).replace("</instance>", instance)
    };
    assert_eq!(officer.xml(&format!("{SITE}/draft"), &needs("2")).status, 200);
    let at = format!("{SITE}/draft/attachments");
    let missing = officer.get(&at).json();
    assert_eq!((&missing[0]["exists"], &missing[0]["type"]), (&json!(false), &json!("file")));
    let put = officer.ask("POST", &format!("{at}/camps.csv"), "text/csv", "name,label\ns1,North\n");
    assert_eq!((put.status, &put.json()["blobExists"]), (200, &json!(true)));
    let file = officer.get(&format!("{at}/camps.csv"));
    assert_eq!((file.text().as_str(), file.header("content-type")), ("name,label\ns1,North\n", Some("text/csv")));
    assert!(file.header("content-disposition").unwrap().starts_with("attachment"));
    let tag = file.header("etag").unwrap().to_owned();
    let again =
        officer.office.get(&format!("{at}/camps.csv"), &[("Authorization", &officer.bearer), ("If-None-Match", &tag)]);
    assert_eq!(again.status, 304);
    assert_eq!(officer.ask("POST", &format!("{SITE}/draft/publish"), "", "").status, 200);

    assert_eq!(officer.xml(&format!("{SITE}/draft"), &needs("3")).status, 200);
    assert_eq!(officer.get(&at).json()[0]["exists"], true, "what version 2 had goes on");
    assert_eq!(officer.ask("DELETE", &format!("{at}/camps.csv"), "", "").status, 200);
    assert_eq!(officer.get(&at).json()[0]["exists"], false);
    assert_eq!(officer.get(&format!("{SITE}/attachments/camps.csv")).status, 200, "version 2 keeps its own");
    assert_eq!(officer.get(&format!("{SITE}/versions/2/attachments/camps.csv")).status, 200);
    assert_eq!(
        officer.json("PATCH", &format!("{at}/camps.csv"), json!({ "dataset": true })).status,
        404,
        "no such list"
    );
}

#[test]
fn a_public_link_leads_to_one_form_until_it_ends_or_is_withdrawn() {
    let officer = Officer::new();
    let office = &officer.office;
    let second = version("1").replace("id=\"site\"", "id=\"other\"");
    assert_eq!(officer.xml(&format!("{FORMS}?publish=true"), &second).status, 200);
    let at = format!("{SITE}/public-links");
    let link = officer.json("POST", &at, json!({ "displayName": "Partners", "once": true })).json();
    let token = link["token"].as_str().unwrap();
    assert_eq!(link["once"], true);
    let base = format!("/v1/key/{token}/projects/1");
    assert_eq!(offered(office, &base), ["site 1"]);
    assert_eq!(office.get(&format!("{base}/forms/other.xml"), &[]).status, 404);
    assert_eq!(office.get(&format!("/v1/projects/1/forms/site.xml?st={token}"), &[]).text(), XFORM);
    assert_eq!(office.get(&format!("/v1/projects/1/forms/other.xml?st={token}"), &[]).status, 404);
    let (kind, body) = multipart(answers("uuid:link", 3).as_bytes(), &[]);
    let send = |path: &str| office.ask("POST", path, &[OPENROSA, ("Content-Type", &kind)], &body).status;
    assert_eq!(
        (send(&format!("{base}/submission")), send(&format!("/v1/projects/1/submission?st={token}"))),
        (201, 201)
    );

    let listed = officer.get(&at).json();
    assert_eq!((&listed[0]["token"], &listed[0]["displayName"]), (&json!(token), &json!("Partners")));
    let id = link["id"].as_i64().unwrap();
    assert_eq!(officer.ask("DELETE", &format!("{at}/{id}"), "", "").status, 200);
    assert_eq!(officer.get(&at).json()[0]["token"], Value::Null);
    assert_eq!(send(&format!("{base}/submission")), 403);
    let over = json!({ "displayName": "Over", "expiresAt": "2020-01-01T00:00:00Z" });
    let over = officer.json("POST", &at, over).json()["token"].as_str().unwrap().to_owned();
    let ended = office.get(&format!("/v1/key/{over}/projects/1/formList"), &[OPENROSA, ("Accept-Language", "fr")]);
    assert_eq!(ended.status, 403);
    assert!(ended.text().contains("Cet accès a pris fin"), "{}", ended.text());
}

#[test]
fn an_access_can_be_kept_to_one_phone_and_can_end_by_itself() {
    let officer = Officer::new();
    let office = &officer.office;
    let at = "/v1/projects/1/app-users";
    let new = officer.json("POST", at, json!({ "displayName": "Awa", "keptToDevice": true })).json();
    let (id, token) = (new["id"].as_i64().unwrap(), new["token"].as_str().unwrap());
    let list = |device: &str| office.get(&format!("/v1/key/{token}/projects/1/formList{device}"), &[OPENROSA]).status;
    assert_eq!(list(""), 403, "a phone that does not say which it is");
    assert_eq!(list("?deviceID=collect%3Aone"), 200);
    assert_eq!(list("?deviceID=collect%3Atwo"), 403);
    assert_eq!(list("?deviceID=collect%3Aone"), 200);
    let known = officer.get(at).json();
    let known = known.as_array().unwrap().iter().find(|user| user["id"] == id).unwrap().clone();
    assert_eq!((&known["deviceId"], &known["token"]), (&json!("collect:one"), &json!(token)));
    assert_eq!(officer.json("PATCH", &format!("{at}/{id}"), json!({ "keptToDevice": false })).status, 200);
    assert_eq!(list("?deviceID=collect%3Atwo"), 200, "the phone was let go");
    let ended = officer.json("PATCH", &format!("{at}/{id}"), json!({ "expiresAt": "2020-01-01" })).json();
    assert_eq!(ended["token"], Value::Null);
    assert_eq!(list("?deviceID=collect%3Atwo"), 403);
}

#[test]
fn a_project_made_by_a_client_takes_forms_and_submissions_at_once() {
    let officer = Officer::new();
    let office = &officer.office;
    let admin = format!("Bearer {}", office.sign_in("admin@example.org"));
    let ask = |method: &str, path: &str, kind: &str, body: &str| {
        office.ask(
            method,
            path,
            &[("Authorization", &admin), ("Content-Type", kind), ("X-Extended-Metadata", "true")],
            body.as_bytes(),
        )
    };
    let json = "application/json";
    assert_eq!(officer.json("POST", "/v1/projects", json!({ "name": "Mine" })).status, 403);
    let made = ask("POST", "/v1/projects", json, r#"{"name":"Flood response","description":"For **all**"}"#).json();
    assert_eq!((&made["id"], &made["description"]), (&json!(2), &json!("For **all**")));
    assert_eq!(
        ask("POST", "/v1/projects", json, r#"{"name":"Flood response"}"#).json()["id"],
        3,
        "names may be the same"
    );
    let form = ask("POST", "/v1/projects/2/forms?publish=true", "application/xml", XFORM);
    assert_eq!(form.status, 200, "{}", form.text());
    let phone = ask("POST", "/v1/projects/2/app-users", json, r#"{"displayName":"Awa"}"#).json();
    let assign = format!("/v1/projects/2/forms/site/assignments/2/{}", phone["id"]);
    assert_eq!(ask("POST", &assign, "", "").status, 200);
    let (kind, body) = multipart(answers("uuid:flood", 3).as_bytes(), &[]);
    let path = format!("/v1/key/{}/projects/2/submission", phone["token"].as_str().unwrap());
    let sent = office.ask("POST", &path, &[OPENROSA, ("Content-Type", &kind)], &body);
    assert_eq!(sent.status, 201, "no round is planned, so none is asked for: {}", sent.text());

    let shown = ask("GET", "/v1/projects/2", "", "").json();
    assert_eq!((&shown["forms"], &shown["appUsers"], &shown["datasets"]), (&json!(1), &json!(1), &json!(0)));
    assert!(shown["lastSubmission"].is_string() && shown["verbs"].as_array().unwrap().contains(&json!("form.create")));
    let all = ask("GET", "/v1/projects?forms=true", "", "").json();
    let two = all.as_array().unwrap().iter().find(|project| project["id"] == 2).unwrap().clone();
    assert_eq!(two["formList"][0]["xmlFormId"], "site");
    let archived = ask("PATCH", "/v1/projects/2", json, r#"{"archived":true}"#).json();
    assert_eq!((&archived["archived"], &archived["description"]), (&json!(true), &json!("For **all**")));
    let whole = ask("PUT", "/v1/projects/2", json, r#"{"name":"Renamed"}"#).json();
    assert_eq!(
        (&whole["name"], &whole["archived"], &whole["description"]),
        (&json!("Renamed"), &Value::Null, &Value::Null)
    );
    assert_eq!(ask("DELETE", "/v1/projects/2", "", "").status, 200);
    assert_eq!(ask("GET", "/v1/projects/2", "", "").status, 404);
    assert_eq!(ask("GET", "/v1/projects?deleted=true", "", "").json()[0]["id"], 2);
    assert_eq!(ask("POST", "/v1/projects/2/restore", "", "").status, 200);
    assert_eq!(ask("GET", "/v1/projects/2", "", "").json()["name"], "Renamed");
}

/// A workbook of the smallest form that needs a file, as bytes.
fn workbook() -> Vec<u8> {
    let sheet = |rows: &[&[&str]]| {
        let cell = |text: &&str| format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>");
        let row = |cells: &&[&str]| format!("<row>{}</row>", cells.iter().map(cell).collect::<String>());
        format!(
            "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{}</sheetData></worksheet>",
            rows.iter().map(row).collect::<String>()
        )
    };
    let parts = [
        ("[Content_Types].xml", "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"xml\" ContentType=\"application/xml\"/><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/><Override PartName=\"/xl/worksheets/sheet1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/><Override PartName=\"/xl/worksheets/sheet2.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/></Types>".to_owned()),
        ("_rels/.rels", "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>".to_owned()),
        ("xl/workbook.xml", "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"survey\" sheetId=\"1\" r:id=\"rId1\"/><sheet name=\"settings\" sheetId=\"2\" r:id=\"rId2\"/></sheets></workbook>".to_owned()),
        ("xl/_rels/workbook.xml.rels", "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet2.xml\"/></Relationships>".to_owned()),
        ("xl/worksheets/sheet1.xml", sheet(&[&["type", "name", "label"], &["integer", "n_hh", "Households"], &["select_one_from_file sites.csv", "site", "Site"]])),
        ("xl/worksheets/sheet2.xml", sheet(&[&["form_title", "version"], &["Camps", "7"]])),
    ];
    let mut file = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in parts {
        file.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
    }
    file.finish().unwrap().into_inner()
}

#[test]
fn pyodk_creates_updates_and_lists_forms_and_lets_phones_in() {
    let Some(python) = python("pyodk") else { return };
    let office = Office::open();
    let folder = tempfile::tempdir().unwrap();
    let (script, sheet, form) =
        (folder.path().join("forms.py"), folder.path().join("camps.xlsx"), folder.path().join("site.xml"));
    std::fs::write(&script, include_str!("pyodk_forms.py")).unwrap();
    std::fs::write(&sheet, workbook()).unwrap();
    std::fs::write(&form, version("2")).unwrap();
    let url = format!("http://{}", office.address);
    let output = std::process::Command::new(python)
        .arg(&script)
        .args([&url, "officer@example.org", PASSWORD])
        .args([&sheet, &form])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    let seen: Value = serde_json::from_str(said.lines().last().unwrap()).unwrap();
    assert_eq!(seen["projects"], json!(["Sorelia crisis"]));
    assert_eq!(seen["created"], json!(["camps", "7", "open"]));
    assert_eq!(seen["updated"], "7-b");
    assert_eq!(seen["forms"], json!([["camps", "7-b"], ["site", "2"]]));
    assert!(seen["again"].as_str().unwrap().contains("version"), "{seen}");
    assert_eq!(seen["users"], json!([["Fatou", 64], ["Binta", 64]]));
    assert_eq!(seen["twice"], json!([]), "who is active is not made again");
    let base = format!("/v1/key/{}/projects/1", seen["token"].as_str().unwrap());
    assert_eq!(offered(&office, &base), ["camps 7-b", "site 2"]);
    let manifest = office.get(&format!("{base}/forms/camps/manifest"), &[OPENROSA]).text();
    assert!(manifest.contains("<filename>sites.csv</filename>"), "{manifest}");
}
