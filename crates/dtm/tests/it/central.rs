//! The built server held against what ODK Central answers: numbers of problems, deep changes of a project, preferences of
//! clients, what a form does to entity lists; and the calls that ruODK makes.

use crate::office::{Answer, Office, PASSWORD, answers};
use base64::Engine as _;
use serde_json::{Value, json};

/// A form that registers camps and reads the list of them.
const CAMPS: &str = r#"<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:entities="http://www.opendatakit.org/xforms/entities">
<h:head><h:title>Camps</h:title><model entities:entities-version="2024.1.0"><instance><data id="camps" version="1"><camp/><area/><photo/>
<meta><entity dataset="camps" id="" create="1"><label/></entity><instanceID/></meta></data></instance><instance id="camps" src="jr://file-csv/camps.csv"/><instance id="logo" src="jr://images/logo.png"/>
<bind nodeset="/data/camp" type="string"/><bind nodeset="/data/area" type="string" entities:saveto="area"/></model></h:head>
<h:body><input ref="/data/area"><label>Area</label></input></h:body></h:html>"#;

/// Somebody who asks with a password each time, as scripts do.
struct Script<'a> {
    office: &'a Office,
    basic: String,
}

impl<'a> Script<'a> {
    fn of(office: &'a Office, email: &str) -> Self {
        let pair = format!("{email}:{PASSWORD}");
        Self { office, basic: format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)) }
    }

    fn ask(&self, method: &str, path: &str, kind: &str, body: &str) -> Answer {
        let headers = [("Authorization", self.basic.as_str()), ("Content-Type", kind)];
        self.office.ask(method, path, &headers, body.as_bytes())
    }

    fn get(&self, path: &str) -> Value {
        let answer = self.ask("GET", path, "text/plain", "");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    /// Sends JSON that is taken, and returns what comes back.
    fn send(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.ask(method, path, "application/json", &body.to_string());
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
        answer.json()
    }
}

#[test]
fn what_clients_get_wrong_has_the_number_that_central_gives_it() {
    let office = Office::open();
    let admin = Script::of(&office, "admin@example.org");
    admin.send("POST", "/v1/projects/1/datasets", &json!({ "name": "camps" }));
    for line in "
POST   /v1/sessions                             {                                400.1
POST   /v1/sessions                             {}                               400.3
POST   /v1/sessions                             {\"email\":\"a@b.org\"}          400.3
POST   /v1/sessions                             {\"email\":1,\"password\":\"x\"} 400.11
POST   /v1/sessions                             {\"email\":\"a@b.org\",\"password\":\"x\"} 401.2
DELETE /v1/sessions/nobody's                    -                                403.1
POST   /v1/users                                {}                               400.2
POST   /v1/users                                {\"email\":\"c@d.org\",\"password\":\"short\"} 400.21
POST   /v1/users                                {\"email\":\"viewer@example.org\",\"password\":\"long-enough-words\"} 409.3
GET    /v1/users/7                              -                                404.1
POST   /v1/projects                             {\"description\":\"x\"}          400.2
PATCH  /v1/projects/1                           {\"archived\":\"yes\"}           400.11
PUT    /v1/projects/1                           {\"name\":\"x\",\"forms\":[]}    501.2
PUT    /v1/projects/1                           {\"name\":\"x\",\"forms\":[{\"xmlFormId\":\"other\",\"state\":\"open\"}]} 501.2
PUT    /v1/projects/1                           {\"name\":\"x\",\"forms\":[{\"xmlFormId\":\"site\",\"state\":\"ajar\"}]} 400.8
POST   /v1/projects/1/key                       {\"passphrase\":\"short\"}       400.21
GET    /v1/projects/99                          -                                404.1
GET    /v1/projects/1/forms/nothing             -                                404.1
PATCH  /v1/projects/1/forms/site                {\"state\":\"ajar\"}             400.8
GET    /v1/projects/1/forms/site/draft          -                                404.1
GET    /v1/projects/1/forms/site/versions/9     -                                404.1
PATCH  /v1/projects/1/forms/site/submissions/x  {\"reviewState\":\"fine\"}       404.1
POST   /v1/projects/1/app-users                 {}                               400.2
POST   /v1/projects/1/forms/site/public-links   {}                               400.2
POST   /v1/assignments/nothing/1                -                                404.1
POST   /v1/projects/1/datasets                  {\"name\":\".odd\"}              400.8
POST   /v1/projects/1/datasets                  {\"name\":\"camps\"}             409.3
POST   /v1/projects/1/datasets/camps/entities   {\"uuid\":\"x\",\"label\":\"a\"} 400.11
POST   /v1/projects/1/datasets/camps/entities   {\"label\":\"a\",\"more\":1}     400.31
POST   /v1/projects/1/datasets/camps/entities   {\"data\":{}}                    400.2
GET    /v1/projects/1/datasets/camps/integrity  -                                400.2
GET    /v1/projects/1/datasets/camps/entities.geojson?creatorId=x -              400.8
GET    /v1/projects/1/forms/site.svc/Submissions?$filter=idp_ind%20eq -               400.18
GET    /v1/projects/1/forms/site.svc/Nothing    -                                404.1
GET    /v1/audits?start=soon                    -                                400.8
PUT    /v1/user-preferences/site/columns        {}                               400.23
DELETE /v1/user-preferences/site/columns        -                                404.1
"
    .trim()
    .lines()
    {
        let mut words = line.split_whitespace();
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let (body, code) = (words.next().unwrap().to_owned(), words.next().unwrap());
        let body = if body == "-" { "" } else { &body };
        let answer = admin.ask(method, path, "application/json", body);
        let told = answer.json();
        assert_eq!((told["code"].to_string().as_str(), told["status"].as_u64()), (code, Some(answer.status.into())), "{line}: {told}");
        assert_eq!(answer.status.to_string(), code.split('.').next().unwrap(), "{line}");
    }
    let form = CAMPS.replace("id=\"camps\"", "id=\"camps.xml\"");
    let odd = admin.ask("POST", "/v1/projects/1/forms?ignoreWarnings=true", "application/xml", &form);
    assert_eq!(
        (odd.status, odd.json()["details"]["field"].clone()),
        (400, json!("formId")),
        "it could not be asked for"
    );
    // What is missing and what is expected is told to programs.
    let told = admin.ask("POST", "/v1/projects/1/app-users", "application/json", "{}").json();
    assert_eq!(told["details"], json!({ "field": "displayName" }));
    // The type of a body of JSON need not be said.
    assert_eq!(admin.ask("POST", "/v1/projects", "text/plain", "{\"name\":\"Second\"}").status, 200);
}

#[test]
fn a_project_is_said_anew_with_its_forms_and_who_fills_them() {
    let office = Office::open();
    let admin = Script::of(&office, "admin@example.org");
    let phone =
        admin.send("POST", "/v1/projects/1/app-users", &json!({ "displayName": "Phone of Binta" }))["id"].clone();
    let role = admin.get("/v1/roles/app-user")["id"].clone();
    let say = |state: &str, actors: Value| {
        admin.send(
            "PUT",
            "/v1/projects/1",
            &json!({ "name": "Sorelia", "description": "Floods", "archived": false, "forms": [
                { "xmlFormId": "site", "state": state, "assignments": [{ "roleId": role, "actorIds": actors }] }
            ] }),
        )
    };
    let project = say("closing", json!([phone]));
    assert_eq!((&project["name"], &project["description"]), (&json!("Sorelia"), &json!("Floods")));
    assert_eq!(admin.get("/v1/projects/1/forms/site")["state"], "closing");
    let listed = admin.get("/v1/projects/1/assignments/forms/app-user");
    assert_eq!((&listed[0]["actorId"], listed.as_array().unwrap().len()), (&phone, 1));
    let extended = [("Authorization", admin.basic.as_str()), ("X-Extended-Metadata", "true")];
    let actors = office.get("/v1/projects/1/forms/site/assignments", &extended).json();
    assert_eq!(actors[0]["actor"]["displayName"], "Phone of Binta");
    say("open", json!([]));
    assert_eq!(admin.get("/v1/projects/1/assignments/forms/app-user"), json!([]));
    assert_eq!(admin.get("/v1/projects/1/forms/site")["state"], "open");
    // Nobody but who gives roles says this.
    let reviewer = Script::of(&office, "reviewer@example.org");
    assert_eq!(reviewer.ask("PUT", "/v1/projects/1", "application/json", "{\"name\":\"x\",\"forms\":[]}").status, 403);
    let lists = admin.get("/v1/projects?datasets=true&forms=true");
    assert_eq!((&lists[0]["datasetList"], &lists[0]["formList"][0]["xmlFormId"]), (&json!([]), &json!("site")));
}

#[test]
fn what_a_client_remembers_comes_back_with_who_asks() {
    let office = Office::open();
    let (viewer, admin) = (Script::of(&office, "viewer@example.org"), Script::of(&office, "admin@example.org"));
    let preferences = |who: &Script<'_>| {
        let headers = [("Authorization", who.basic.as_str()), ("X-Extended-Metadata", "true")];
        office.get("/v1/users/current", &headers).json()["preferences"].clone()
    };
    viewer.send("PUT", "/v1/user-preferences/site/projectSortMode", &json!({ "propertyValue": "latest" }));
    viewer.send("PUT", "/v1/user-preferences/project/1/columns", &json!({ "propertyValue": { "shown": [1, 2] } }));
    let kept =
        json!({ "site": { "projectSortMode": "latest" }, "projects": { "1": { "columns": { "shown": [1, 2] } } } });
    assert_eq!(preferences(&viewer), kept);
    assert_eq!(preferences(&admin), json!({ "site": {}, "projects": {} }));
    assert_eq!(viewer.ask("DELETE", "/v1/user-preferences/project/1/columns", "text/plain", "").status, 200);
    assert_eq!(preferences(&viewer)["projects"], json!({}));
    assert_eq!(
        viewer.ask("PUT", "/v1/user-preferences/project/9/x", "text/plain", "{\"propertyValue\":1}").status,
        404
    );
    assert_eq!(office.get("/v1/config/public", &[]).json(), json!({}));
}

#[test]
fn a_form_tells_what_it_makes_of_entity_lists_and_gives_the_list_it_reads_as_a_file() {
    let office = Office::open();
    let admin = Script::of(&office, "admin@example.org");
    assert_eq!(admin.ask("POST", "/v1/projects/1/forms?ignoreWarnings=true", "application/xml", CAMPS).status, 200);
    let effect = |is_new: bool| json!([{ "name": "camps", "isNew": is_new, "properties": [{ "name": "area", "isNew": is_new, "inForm": true }] }]);
    assert_eq!(admin.get("/v1/projects/1/forms/camps/draft/dataset-diff"), effect(true));
    assert_eq!(admin.ask("POST", "/v1/projects/1/forms/camps/draft/publish", "text/plain", "").status, 200);
    assert_eq!(admin.get("/v1/projects/1/forms/camps/dataset-diff"), effect(false));
    let entity = |label: &str, area: &str| {
        admin.send(
            "POST",
            "/v1/projects/1/datasets/camps/entities",
            &json!({ "label": label, "data": { "area": area } }),
        )
    };
    let made = entity("Camp North", "18.5 -72.3 0 0");
    let file = admin.ask("GET", "/v1/projects/1/forms/camps/attachments/camps.csv", "text/plain", "");
    assert_eq!((file.status, file.header("content-type")), (200, Some("text/csv; charset=utf-8")));
    assert!(file.text().contains("Camp North"), "{}", file.text());
    // A map of the list, narrowed as Central narrows it.
    let map = |query: &str| {
        let map = admin.get(&format!("/v1/projects/1/datasets/camps/entities.geojson?fieldpath=area{query}"));
        map["features"].as_array().unwrap().len()
    };
    let creator = &made["creatorId"];
    assert_eq!([map(""), map("&limit=0"), map(&format!("&creatorId={creator}")), map("&creatorId=1")], [1, 0, 1, 0]);
    assert_eq!(
        [
            map("&conflict=null"),
            map("&conflict=hard"),
            map("&deleted=true"),
            map("&start__gt=2020-01-01"),
            map("&end__lt=2020-01-01")
        ],
        [1, 0, 0, 1, 0]
    );
    assert_eq!(admin.ask("POST", "/v1/projects/1/forms/camps/draft", "text/plain", "").status, 200);
    let link = |name: &str| {
        admin.ask(
            "PATCH",
            &format!("/v1/projects/1/forms/camps/draft/attachments/{name}"),
            "application/json",
            "{\"dataset\":true}",
        )
    };
    assert_eq!((link("camps.csv").status, link("logo.png").json()["code"].to_string()), (200, "400.26".to_owned()));
}

/// What ruODK calls, in the order of its help pages, each with a field that it reads of the answer.
#[test]
fn the_calls_of_ruodk_are_answered() {
    let office = Office::open();
    assert_eq!(
        office
            .submit(&answers("uuid:one", 7).replace("<photo/>", "<photo>a.jpg</photo>"), &[("a.jpg", b"JPEG")])
            .status,
        201
    );
    let admin = Script::of(&office, "admin@example.org");
    admin.send("POST", "/v1/projects/1/datasets", &json!({ "name": "camps" }));
    admin.send("POST", "/v1/projects/1/datasets/camps/properties", &json!({ "name": "area" }));
    let made = admin.send(
        "POST",
        "/v1/projects/1/datasets/camps/entities",
        &json!({ "label": "North", "data": { "area": "XS01" } }),
    );
    let entity = format!("/v1/projects/1/datasets/camps/entities/{}", made["uuid"].as_str().unwrap());
    admin.send("PATCH", &format!("{entity}?force=true"), &json!({ "label": "North camp" }));
    admin.send("PATCH", &format!("{entity}?baseVersion=2"), &json!({ "data": { "area": "XS02" } }));
    let form = "/v1/projects/1/forms/site";
    for (path, pointer) in [
        ("/v1/projects", "/0/name"),
        ("/v1/projects/1", "/id"),
        ("/v1/projects/1/forms", "/0/xmlFormId"),
        (form, "/hash"),
        (&format!("{form}/fields?odata=false"), "/0/path"),
        (&format!("{form}/fields?odata=true"), "/0/type"),
        (&format!("{form}.svc"), "/value/0/url"),
        (&format!("{form}.svc/Submissions?%24skip=0&%24top=10&%24count=true&%24wkt=false"), "/@odata.count"),
        (
            &format!("{form}.svc/Submissions?%24expand=*&%24filter=year(__system/submissionDate)%20gt%202000"),
            "/value/0/__system/submissionDate",
        ),
        (&format!("{form}/submissions"), "/0/instanceId"),
        (&format!("{form}/submissions/uuid%3Aone"), "/currentVersion/instanceId"),
        (&format!("{form}/submissions/uuid%3Aone/attachments"), "/0/exists"),
        ("/v1/audits?action=submission&limit=5&offset=0", "/0/action"),
        ("/v1/users", "/0/email"),
        ("/v1/projects/1/datasets", "/0/name"),
        ("/v1/projects/1/datasets/camps", "/properties/0/odataName"),
        ("/v1/projects/1/datasets/camps/entities", "/0/currentVersion/label"),
        (&entity, "/currentVersion/data/area"),
        (&format!("{entity}/versions"), "/2/version"),
        (&format!("{entity}/diffs"), "/0/0/propertyName"),
        (&format!("{entity}/audits"), "/0/loggedAt"),
        ("/v1/projects/1/datasets/camps.svc", "/value/0/name"),
        ("/v1/projects/1/datasets/camps.svc/Entities?%24count=true", "/value/0/__id"),
    ] {
        let told = admin.get(path);
        assert!(told.pointer(pointer).is_some_and(|field| !field.is_null()), "{path} has no {pointer}: {told}");
    }
    assert_eq!(admin.get(&format!("{form}/submissions/keys")), json!([]));
    for (method, path, kind) in [
        ("GET", format!("{form}.xml"), "application/xml"),
        ("GET", format!("{form}.svc/$metadata"), "application/xml"),
        ("GET", format!("{form}/submissions/uuid%3Aone.xml"), "application/xml"),
        ("GET", format!("{form}/submissions/uuid%3Aone/attachments/a.jpg"), "image/jpeg"),
        (
            "GET",
            format!(
                "{form}/submissions.csv.zip?attachments=false&groupPaths=true&deletedFields=false&splitSelectMultiples=false"
            ),
            "application/zip",
        ),
        ("POST", format!("{form}/submissions.csv.zip?attachments=true"), "application/zip"),
        ("GET", "/v1/projects/1/datasets/camps.svc/$metadata".to_owned(), "application/xml"),
        ("DELETE", entity.clone(), "application/json"),
    ] {
        let answer = admin.ask(method, &path, "application/json", "");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert!(
            answer.header("content-type").unwrap().starts_with(kind),
            "{path}: {:?}",
            answer.header("content-type")
        );
    }
    let photo = admin.ask("GET", &format!("{form}/submissions/uuid%3Aone/attachments/a.jpg"), "", "");
    assert_eq!(photo.header("content-disposition"), Some("attachment; filename=\"a.jpg\"; filename*=UTF-8''a%2Ejpg"));
    assert!(photo.header("etag").is_some_and(|tag| tag.starts_with('"')));
}
