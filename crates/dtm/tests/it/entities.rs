//! Entity lists and entities over the API of ODK Central and on phones: pyodk through a whole story, a form that makes
//! entities and one that looks them up, offline work, approval, conflicts, access.

use crate::office::{Answer, OPENROSA, Office, PASSWORD};
use crate::program::python;
use serde_json::{Value, json};

/// A form that registers sites, and updates them when it is given their id.
pub(crate) const SITES: &str = r#"<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:entities="http://www.opendatakit.org/xforms/entities">
<h:head><h:title>Site register</h:title><model entities:entities-version="2024.1.0"><instance><data id="register" version="1">
<site/><area/><hh/><place/><meta><entity dataset="sites" id="" create="" update="" baseVersion="" trunkVersion="" branchId=""><label/></entity><instanceID/></meta></data></instance>
<instance id="sites" src="jr://file-csv/sites.csv"/>
<bind nodeset="/data/site" type="string"/><bind nodeset="/data/area" type="string" entities:saveto="area"/>
<bind nodeset="/data/hh" type="int" entities:saveto="hh"/><bind nodeset="/data/place" type="geopoint" entities:saveto="place"/></model></h:head>
<h:body><input ref="/data/area"><label>Area</label></input><input ref="/data/hh"><label>Households</label></input></h:body></h:html>"#;

pub(crate) const A: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub(crate) const B: &str = "bbbbbbbb-0000-4000-8000-000000000002";
const BRANCH: &str = "cccccccc-0000-4000-8000-000000000003";
pub(crate) const LISTS: &str = "/v1/projects/1/datasets";

/// What a phone sends: attributes of the entity, its label and its answers.
pub(crate) fn register(instance: &str, entity: &str, label: &str, answers: &str) -> String {
    format!(
        "<data id=\"register\" version=\"1\">{answers}<meta><instanceID>{instance}</instanceID>\
         <entity dataset=\"sites\" {entity}><label>{label}</label></entity></meta></data>"
    )
}

/// Somebody who signed in.
pub(crate) struct Person<'a> {
    pub(crate) office: &'a Office,
    pub(crate) bearer: String,
}

impl<'a> Person<'a> {
    pub(crate) fn new(office: &'a Office, role: &str) -> Self {
        Self { office, bearer: format!("Bearer {}", office.sign_in(&format!("{role}@example.org"))) }
    }

    pub(crate) fn ask(&self, method: &str, path: &str, kind: &str, body: &str) -> Answer {
        let headers = [("Authorization", self.bearer.as_str()), ("Content-Type", kind)];
        self.office.ask(method, path, &headers, body.as_bytes())
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        let answer = self.ask("GET", path, "text/plain", "");
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    pub(crate) fn json(&self, method: &str, path: &str, body: Value) -> Answer {
        self.ask(method, path, "application/json", &body.to_string())
    }

    /// The same, which must be taken.
    pub(crate) fn done(&self, method: &str, path: &str, body: Value) -> Value {
        let answer = self.json(method, path, body);
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
        answer.json()
    }

    /// Publishes the form that registers sites.
    pub(crate) fn publish(&self) {
        let made = self.ask("POST", "/v1/projects/1/forms?publish=true", "application/xml", SITES);
        assert_eq!(made.status, 200, "{}", made.text());
    }
}

/// Status and code of a refusal.
pub(crate) fn refusal(answer: &Answer) -> (u16, f64) {
    (answer.status, answer.json()["code"].as_f64().unwrap_or_default())
}

pub(crate) fn send(office: &Office, xml: &str) {
    let answer = office.submit(xml, &[]);
    assert_eq!(answer.status, 201, "{}", answer.text());
}

#[test]
fn pyodk_makes_lists_and_entities_updates_merges_and_deletes_them() {
    let Some(python) = python("pyodk") else { return };
    let office = Office::open();
    Person::new(&office, "officer").publish();
    let script = r#"
import sys
from pathlib import Path
from pyodk.client import Client
from pyodk.errors import PyODKError
folder, address, password = sys.argv[1:4]
config = Path(folder) / "pyodk.toml"
config.write_text(f'[central]\nbase_url = "http://{address}"\nusername = "officer@example.org"\npassword = "{password}"\ndefault_project_id = 1\n')
client = Client(config_path=config, cache_path=Path(folder) / "cache.toml").open()
lists = client.entity_lists
made = lists.create(entity_list_name="camps")
assert made.name == "camps" and made.approvalRequired is False, made
assert sorted(one.name for one in lists.list()) == ["camps", "sites"]
# The list `sites` is fed by a form: pyodk 1.3 reads the forms of a property as names.
assert [(p.name, p.forms) for p in lists.get("sites").properties] == [("area", ["register"]), ("hh", ["register"]), ("place", ["register"])]
lists.default_entity_list_name = "camps"
client.entities.default_entity_list_name = "camps"
assert lists.add_property(name="area") is True
e = client.entities
one = e.create(label="Camp A", data={"area": "XS01"})
assert one.currentVersion.version == 1 and one.currentVersion.data == {"area": "XS01"}, one
assert e.create_many([{"label": "Camp B", "area": "XS02"}, {"label": "Camp C", "area": "XS03"}]) is True
assert sorted(x.currentVersion.label for x in e.list()) == ["Camp A", "Camp B", "Camp C"]
two = e.update(uuid=one.uuid, data={"area": "XS09"}, base_version=1)
assert two.currentVersion.version == 2 and two.updatedAt is not None and two.currentVersion.baseVersion == 1, two
try:
    e.update(uuid=one.uuid, data={"area": "XS10"}, base_version=1)
except PyODKError as error:
    assert error.args[1].json()["code"] == 409.15, error.args[1].text
else:
    raise AssertionError("an outdated version is refused")
assert e.update(uuid=one.uuid, label="Camp Alpha", force=True).currentVersion.label == "Camp Alpha"
table = e.get_table(count=True, top=2)
assert table["@odata.count"] == 3 and len(table["value"]) == 2 and "@odata.nextLink" in table, table
assert [r["label"] for r in e.get_table(filter="area eq 'XS02'")["value"]] == ["Camp B"]
e.merge([{"label": "Camp B", "area": "XS22", "head": "Awa"}, {"label": "Camp D", "area": "XS04", "head": ""}], delete_not_matched=True)
rows = {r["label"]: (r["area"], r["head"], r["__system"]["version"]) for r in e.get_table()["value"]}
assert rows == {"Camp B": ("XS22", "Awa", 2), "Camp D": ("XS04", "", 1)}, rows
# pyodk has no word for the order of entities: its session asks.
rows_by = lambda **asked: client.get("projects/1/datasets/camps.svc/Entities", params={f"${key}": value for key, value in asked.items()}).json()["value"]
assert [r["label"] for r in rows_by(orderby="label asc")] == ["Camp B", "Camp D"]
assert [r["label"] for r in rows_by(orderby="area desc", filter="area gt 'XS01'")] == ["Camp B", "Camp D"]
assert e.get_table(filter="head eq 'Awa' or startswith(label, 'Camp D')", count=True)["@odata.count"] == 2
assert e.delete(uuid=e.list()[0].uuid) is True and len(e.list()) == 1
many = [{"label": f"Site {n}", "area": f"XS{n % 7:02}"} for n in range(9001)]
assert e.create_many(many) is True
assert e.get_table(count=True, top=1, filter="area eq 'XS03'")["@odata.count"] == len([m for m in many if m["area"] == "XS03"])
assert len(e.list()) == 9002 and len(e.get_table(skip=9000)["value"]) == 2
try:
    e.create_many([{"label": "Good", "area": "XS01"}, {"label": " ", "area": "XS01"}])
except PyODKError as error:
    assert error.args[1].json()["code"] == 400.8, error.args[1].text
else:
    raise AssertionError("a label that is blank is refused")
assert len(e.list()) == 9002, "all of an upload, or none"
print("ok")
"#;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("story.py");
    std::fs::write(&file, script).unwrap();
    let mut story = std::process::Command::new(python);
    let output = story.arg(&file).arg(folder.path()).arg(&office.address).arg(PASSWORD).output().unwrap();
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.success() && out.contains("ok"), "{out}\n{err}");
}

#[test]
fn a_form_makes_a_list_whose_sites_phones_then_look_up() {
    let office = Office::open();
    let officer = Person::new(&office, "officer");
    officer.publish();
    let list = officer.get(&format!("{LISTS}/sites"));
    assert_eq!(list["properties"][1]["odataName"], "hh");
    assert_eq!(list["properties"][1]["forms"], json!([{ "xmlFormId": "register", "name": "Site register" }]));
    assert_eq!(
        (&list["properties"][1]["type"], &list["properties"][2]["type"]),
        (&json!("integer"), &json!("geopoint"))
    );
    assert_eq!(list["linkedForms"], json!([{ "xmlFormId": "register", "name": "Site register" }]));

    let made = format!("id=\"uuid:{A}\" create=\"1\"");
    send(&office, &register("uuid:1", &made, "Camp A", "<area>XS01</area><hh>12</hh><place>18.5 -72.3 0 0</place>"));
    let manifest = |phone: &str| office.get(&format!("{phone}/forms/register/manifest"), &[OPENROSA]).text();
    let first = manifest(&office.phone);
    assert!(first.contains("type=\"entityList\"") && first.contains("<filename>sites.csv</filename>"), "{first}");
    assert!(first.contains("/datasets/sites/integrity</integrityUrl>"), "{first}");
    let at = format!("{}/forms/register/attachments/sites.csv", office.phone);
    let csv = office.get(&at, &[]);
    assert_eq!(csv.text(), format!("name,label,__version,area,hh,place\n{A},Camp A,1,XS01,12,18.5 -72.3 0 0\n"));
    let tag = csv.header("etag").unwrap().to_owned();
    assert_eq!(office.get(&at, &[("If-None-Match", &tag)]).status, 304);
    assert_eq!(manifest(&office.phone), first, "nothing changed");

    let update = format!("id=\"{A}\" update=\"1\" baseVersion=\"1\"");
    send(&office, &register("uuid:2", &update, "", "<hh>13</hh>"));
    assert_ne!(manifest(&office.phone), first);
    assert_eq!(office.get(&at, &[("If-None-Match", &tag)]).status, 200);
    let changes = office.get(&format!("{}/datasets/sites/changes", office.phone), &[]).json();
    assert_eq!(changes["changes"][0]["data"], json!({ "area": "XS01", "hh": "13", "place": "18.5 -72.3 0 0" }));
    let since = changes["next"].as_str().unwrap().to_owned();
    officer.done("DELETE", &format!("{LISTS}/sites/entities/{A}"), json!({}));
    let changes = office.get(&format!("{}/datasets/sites/changes?since={since}", office.phone), &[]).json();
    assert_eq!((&changes["gone"], &changes["reset"]), (&json!([A]), &json!(false)));
    let state = office.get(&format!("{}/datasets/sites/integrity?id={A},{B}", office.phone), &[OPENROSA]).text();
    assert!(state.contains(&format!("<entity id=\"{A}\">")) && state.contains("<deleted>true</deleted>"), "{state}");
    assert!(!state.contains(B), "{state}");
}

#[test]
fn two_updates_clash_and_the_officer_settles_it() {
    let office = Office::open();
    let officer = Person::new(&office, "officer");
    officer.publish();
    send(&office, &register("uuid:1", &format!("id=\"{A}\" create=\"1\""), "Camp A", "<area>XS01</area><hh>1</hh>"));
    for (instance, hh) in [("uuid:2", 2), ("uuid:3", 3)] {
        let update = format!("id=\"{A}\" update=\"1\" baseVersion=\"1\"");
        send(&office, &register(instance, &update, "", &format!("<hh>{hh}</hh>")));
    }
    let at = format!("{LISTS}/sites/entities/{A}");
    let entity = officer.get(&at);
    assert_eq!((&entity["conflict"], &entity["currentVersion"]["version"]), (&json!("hard"), &json!(3)));
    assert_eq!(entity["currentVersion"]["conflictingProperties"], json!(["hh"]));
    let versions = officer.get(&format!("{at}/versions"));
    let flags: Vec<_> =
        versions.as_array().unwrap().iter().map(|v| (v["lastGoodVersion"].clone(), v["conflict"].clone())).collect();
    assert_eq!(flags, [(json!(false), json!(null)), (json!(true), json!(null)), (json!(false), json!("hard"))]);
    assert_eq!(versions[0]["source"]["submission"]["instanceId"], "uuid:1");
    assert_eq!(officer.get(&format!("{at}/diffs"))[1], json!([{ "new": "3", "propertyName": "hh", "old": "2" }]));
    let patch = |query: &str, body: Value| officer.json("PATCH", &format!("{at}?{query}"), body);
    assert_eq!(refusal(&patch("baseVersion=1", json!({ "data": { "hh": "4" } }))), (409, 409.15));
    assert_eq!(refusal(&patch("", json!({ "data": { "hh": "4" } }))), (409, 409.15));
    assert_eq!(refusal(&patch("force=true", json!({ "data": { "hh": 4 } }))), (400, 400.11));
    assert_eq!(refusal(&patch("force=true", json!({ "data": { "nothing": "4" } }))), (400, 400.28));
    assert_eq!(refusal(&patch("force=true", json!({ "label": " " }))), (400, 400.8));
    assert_eq!(refusal(&patch("force=true", json!({ "colour": "red" }))), (400, 400.31));
    let settled = patch("resolve=true&baseVersion=3", json!({}));
    assert_eq!((settled.status, &settled.json()["conflict"]), (200, &Value::Null));
    assert_eq!(refusal(&patch("resolve=true&force=true", json!({}))), (400, 400.32));
    let actions: Vec<_> =
        officer.get(&format!("{at}/audits")).as_array().unwrap().iter().map(|line| line["action"].clone()).collect();
    assert_eq!(actions, ["entity.update.resolve", "entity.update.version", "entity.update.version", "entity.create"]);
}

#[test]
fn offline_updates_that_come_out_of_order_are_put_in_order() {
    let office = Office::open();
    let officer = Person::new(&office, "officer");
    officer.publish();
    let offline =
        |base: u32| format!("id=\"{A}\" update=\"1\" baseVersion=\"{base}\" trunkVersion=\"\" branchId=\"{BRANCH}\"");
    send(&office, &register("uuid:3", &offline(2), "", "<hh>3</hh>"));
    send(&office, &register("uuid:2", &offline(1), "", "<hh>2</hh>"));
    assert_eq!(officer.json("GET", &format!("{LISTS}/sites/entities/{A}"), json!({})).status, 404);
    send(&office, &register("uuid:1", &format!("id=\"{A}\" create=\"1\""), "Camp A", "<hh>1</hh>"));
    let entity = officer.get(&format!("{LISTS}/sites/entities/{A}"));
    assert_eq!((&entity["conflict"], &entity["currentVersion"]["data"]["hh"]), (&Value::Null, &json!("3")));
    assert_eq!(entity["currentVersion"]["branchBaseVersion"], 2);
}

#[test]
fn a_list_that_asks_for_approval_waits_for_it() {
    let office = Office::open();
    let officer = Person::new(&office, "officer");
    officer.publish();
    officer.done("PATCH", &format!("{LISTS}/sites"), json!({ "approvalRequired": true }));
    for (n, id) in [("1", A), ("2", B)] {
        let made = format!("id=\"{id}\" create=\"1\"");
        send(&office, &register(&format!("uuid:{n}"), &made, &format!("Camp {n}"), ""));
    }
    let entities = format!("{LISTS}/sites/entities");
    assert_eq!(officer.get(&entities), json!([]));
    officer.done("PATCH", "/v1/projects/1/forms/register/submissions/uuid%3A1", json!({ "reviewState": "approved" }));
    assert_eq!(officer.get(&entities)[0]["uuid"], A);
    let open = json!({ "approvalRequired": false });
    assert_eq!(refusal(&officer.json("PATCH", &format!("{LISTS}/sites"), open.clone())), (400, 400.29));
    officer.done("PATCH", &format!("{LISTS}/sites?convert=true"), open);
    assert_eq!(officer.get(&entities).as_array().unwrap().len(), 2);
}

#[test]
fn a_phone_gets_the_sites_of_its_area_or_its_own() {
    let office = Office::open();
    let officer = Person::new(&office, "officer");
    officer.publish();
    let add = |label: &str, area: &str| json!({ "label": label, "data": { "area": area } });
    officer.done(
        "POST",
        &format!("{LISTS}/sites/entities"),
        json!({
            "entities": [add("Camp A", "XS01"), add("Camp B", "XS02")], "source": { "name": "sites.csv", "size": 100 },
        }),
    );
    let phones = officer.get("/v1/projects/1/app-users");
    let phone = format!("/v1/projects/1/app-users/{}/properties", phones[0]["id"]);
    let csv = || office.get(&format!("{}/forms/register/attachments/sites.csv", office.phone), &[]).text();
    let labels = || csv().lines().skip(1).map(|line| line.split(',').nth(1).unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(labels(), ["Camp B", "Camp A"]);
    let rule = json!({ "datasetProperty": "area", "actorProperty": "pcode" });
    assert_eq!(officer.json("PUT", &format!("{LISTS}/sites/access-filter"), rule.clone()).status, 404);
    officer.done("POST", "/v1/projects/1/actor-properties", json!({ "name": "pcode" }));
    officer.done("PUT", &format!("{LISTS}/sites/access-filter"), rule.clone());
    assert_eq!(officer.get(&format!("{LISTS}/sites/access-filter")), rule);
    assert!(labels().is_empty(), "a phone without the property gets nothing");
    officer.done("PUT", &phone, json!({ "pcode": "XS02" }));
    assert_eq!(labels(), ["Camp B"]);
    officer.done("DELETE", &format!("{LISTS}/sites/access-filter"), json!({}));
    officer.done("PATCH", &format!("{LISTS}/sites"), json!({ "ownerOnly": true }));
    assert!(labels().is_empty());
    send(&office, &register("uuid:1", &format!("id=\"{A}\" create=\"1\""), "Camp C", "<area>XS03</area>"));
    assert_eq!(labels(), ["Camp C"]);
    assert_eq!(officer.get(&format!("{LISTS}/sites/entities")).as_array().unwrap().len(), 3);
}

#[test]
fn what_a_client_gets_wrong_is_told_as_central_tells_it() {
    let office = Office::open();
    let officer = Person::new(&office, "officer");
    officer.publish();
    let broken = SITES.replace("create=\"\" update=\"\"", "").replace("id=\"register\"", "id=\"other\"");
    let refused = officer.ask("POST", "/v1/projects/1/forms", "application/xml", &broken);
    assert_eq!(refusal(&refused), (400, 400.25), "{}", refused.text());
    let renamed = SITES.replace("dataset=\"sites\"", "dataset=\"Sites\"").replace("id=\"register\"", "id=\"other\"");
    let refused = officer.ask("POST", "/v1/projects/1/forms?publish=true", "application/xml", &renamed);
    assert_eq!(refusal(&refused), (409, 409.16), "{}", refused.text());
    let post = |path: &str, body: Value| refusal(&officer.json("POST", &format!("{LISTS}{path}"), body));
    assert_eq!(post("", json!({ "name": "a.b" })), (400, 400.8));
    assert_eq!(post("", json!({ "name": "sites" })), (409, 409.3));
    assert_eq!(post("", json!({ "name": "SITES" })), (409, 409.16));
    assert_eq!(post("/sites/properties", json!({ "name": "label" })), (400, 400.8));
    assert_eq!(post("/sites/properties", json!({ "name": "hh" })), (409, 409.3));
    assert_eq!(post("/sites/entities", json!({ "data": {} })), (400, 400.2));
    assert_eq!(post("/sites/entities", json!({})), (400, 400.28));
    assert_eq!(post("/sites/entities", json!({ "label": "A", "uuid": "1" })), (400, 400.11));
    assert_eq!(post("/sites/entities", json!({ "entities": [] })), (400, 400.31));
    assert_eq!(post("/sites/entities", json!({ "entities": [{ "label": "A" }] })), (400, 400.2));
    officer.done("POST", &format!("{LISTS}/sites/entities"), json!({ "label": "A", "uuid": A }));
    assert_eq!(post("/sites/entities", json!({ "label": "A", "uuid": A })), (409, 409.3));
    officer.done("DELETE", &format!("{LISTS}/sites/entities/{A}"), json!({}));
    assert_eq!(post("/sites/entities", json!({ "label": "A", "uuid": A })), (409, 409.19));
    officer.done("POST", &format!("{LISTS}/sites/entities/{A}/restore"), json!({}));
    assert_eq!(refusal(&officer.json("DELETE", &format!("{LISTS}/sites"), json!({}))), (409, 409.21));
    // A block that cannot be followed does not cost the submission.
    send(&office, &register("uuid:1", "id=\"no-uuid\" create=\"1\"", "A", ""));
    send(&office, &register("uuid:2", &format!("id=\"{B}\" update=\"1\" baseVersion=\"1\""), "A", ""));
    let submissions = officer.get("/v1/projects/1/forms/register/submissions");
    assert_eq!(submissions.as_array().unwrap().len(), 2);
    assert_eq!(officer.get(&format!("{LISTS}/sites/entities")).as_array().unwrap().len(), 1);
}

#[test]
fn a_list_in_the_trash_is_still_read_by_its_number() {
    let office = Office::open();
    let officer = Person::new(&office, "officer");
    officer.done("POST", LISTS, json!({ "name": "wells" }));
    officer.done("POST", &format!("{LISTS}/wells/entities"), json!({ "uuid": A, "label": "Puits du marché" }));
    officer.done("DELETE", &format!("{LISTS}/wells"), Value::Null);
    officer.done("POST", LISTS, json!({ "name": "wells" }));
    let trash = officer.get(&format!("{LISTS}?deleted=true"));
    let trashed = |number: &Value| {
        officer.ask("GET", &format!("/v1/projects/1/trash/datasets/{number}/entities.csv"), "text/plain", "")
    };
    let csv = trashed(&trash[0]["id"]);
    assert_eq!(csv.status, 200, "{}", csv.text());
    assert!(csv.header("content-disposition").unwrap().contains("wells-deleted.csv"));
    assert!(csv.text().lines().nth(1).unwrap().starts_with(&format!("{A},Puits du marché,")), "{}", csv.text());
    assert_eq!(trashed(&json!(999)).status, 404, "what is not in the trash");
}
