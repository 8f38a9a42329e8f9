//! Submissions on their way out: OData, CSV and GeoJSON of the built server, asked as programs ask and by real clients.

use crate::office::{Answer, Office, PASSWORD};
use crate::program::python;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read;
use std::process::Command;

const FORM: &str = r#"<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:orx="http://openrosa.org/xforms" xmlns:jr="http://openrosa.org/javarosa">
<h:head><h:title>Households</h:title><model><instance><data id="households" version="7"><seen_on/><site><name/><where/></site><needs/><idp_ind/>
<household jr:template=""><head/><age/></household><photo/><meta><instanceID/></meta></data></instance>
<bind nodeset="/data/seen_on" type="date"/><bind nodeset="/data/site/where" type="geopoint"/><bind nodeset="/data/idp_ind" type="int"/>
<bind nodeset="/data/household/age" type="int"/><bind nodeset="/data/photo" type="binary"/><bind nodeset="/data/meta/instanceID" type="string"/></model></h:head>
<h:body><input ref="/data/seen_on"><label>Seen on</label></input><group ref="/data/site"><input ref="/data/site/name"><label>Site</label></input><input ref="/data/site/where"><label>Where</label></input></group>
<select ref="/data/needs"><label>Needs</label><item><label>Water</label><value>water</value></item><item><label>Food</label><value>food</value></item></select>
<input ref="/data/idp_ind"><label>Displaced people</label></input>
<group ref="/data/household"><repeat nodeset="/data/household"><input ref="/data/household/head"><label>Head</label></input><input ref="/data/household/age"><label>Age</label></input></repeat></group>
<upload ref="/data/photo" mediatype="image/*"><label>Photo</label></upload></h:body></h:html>"#;

/// Three sites of this form: the office, and a bearer of the reviewer.
fn furnished() -> (Office, String) {
    let mut office = Office::new();
    let form = office.data().with_file_name("households.xml");
    std::fs::write(&form, FORM).unwrap();
    office.run(&["form", "upload", "-o", "xso", "-e", "mobility", "--publish", form.to_str().unwrap()]);
    office.start(&[]);
    for (id, inner) in [
        (
            "a",
            "<seen_on>2026-01-05</seen_on><site><name>Camp Nord</name><where>18.50 -72.25 30 4.5</where></site><needs>water food</needs><idp_ind>120</idp_ind><household><head>Ana</head><age>40</age></household><household><head>Ben</head><age>7</age></household><photo/>",
        ),
        (
            "b",
            "<seen_on>2026-01-06</seen_on><site><name>=2+3</name><where/></site><needs>food</needs><idp_ind>80</idp_ind><photo>b.jpg</photo>",
        ),
        (
            "c",
            "<seen_on>soon</seen_on><site><name>École \"Sud\", 2</name><where>18.6 -72.3</where></site><needs/><idp_ind>many</idp_ind><household><head>Chloé</head><age/></household><photo/>",
        ),
    ] {
        let xml = format!(
            "<data id=\"households\" version=\"7\">{inner}<meta><instanceID>uuid:{id}</instanceID></meta></data>"
        );
        let files: &[(&str, &[u8])] = if id == "b" { &[("b.jpg", b"JPEG")] } else { &[] };
        assert_eq!(office.submit(&xml, files).status, 201);
    }
    let bearer = format!("Bearer {}", office.sign_in("reviewer@example.org"));
    (office, bearer)
}

const BASE: &str = "/v1/projects/1/forms/households";

impl Office {
    fn read(&self, bearer: &str, path: &str) -> Answer {
        let path = format!("{BASE}{}", path.replace(' ', "%20").replace('"', "%22"));
        self.get(&path, &[("Authorization", bearer)])
    }
}

/// The names of the sites in an answer, or the code of the problem.
fn sites(answer: &Answer) -> String {
    if answer.status != 200 {
        return answer.json()["code"].to_string();
    }
    let rows = answer.json();
    let names: Vec<String> = rows["value"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["__id"].as_str().unwrap().replace("uuid:", ""))
        .collect();
    names.join(" ")
}

#[test]
fn a_form_is_an_odata_service_with_a_table_for_each_repeat() {
    let (office, bearer) = furnished();
    let service = office.read(&bearer, ".svc");
    assert_eq!(service.header("odata-version"), Some("4.0"));
    let root = format!("http://{}{BASE}.svc", office.address);
    assert_eq!(
        service.json(),
        json!({ "@odata.context": format!("{root}/$metadata"), "value": [
            { "name": "Submissions", "kind": "EntitySet", "url": "Submissions" },
            { "name": "Submissions.household", "kind": "EntitySet", "url": "Submissions.household" },
        ] })
    );
    let metadata = office.read(&bearer, ".svc/$metadata");
    assert!(metadata.header("content-type").unwrap().starts_with("application/xml"));
    for line in [
        "<EntityType Name=\"Submissions.household\">",
        "<Property Name=\"__Submissions-id\" Type=\"Edm.String\"/>",
        "<NavigationProperty Name=\"household\" Type=\"Collection(org.opendatakit.user.households.Submissions.household)\"/>",
        "<Property Name=\"site\" Type=\"org.opendatakit.user.households.site\"/>",
        "<Property Name=\"where\" Type=\"Edm.GeographyPoint\"/>",
    ] {
        assert!(metadata.text().contains(line), "{line}\n{}", metadata.text());
    }
    let rows = office.read(&bearer, ".svc/Submissions").json();
    assert_eq!(rows["@odata.context"], format!("{root}/$metadata#Submissions"));
    let mut first = rows["value"][2].clone();
    assert!(first["__system"]["submissionDate"].take().is_string());
    assert!(first["__system"]["submitterId"].take().is_string());
    assert_eq!(
        first,
        json!({
            "seen_on": "2026-01-05",
            "site": { "name": "Camp Nord", "where": { "type": "Point", "coordinates": [-72.25, 18.5, 30], "properties": { "accuracy": 4.5 } } },
            "needs": "water food", "idp_ind": 120, "photo": null, "meta": { "instanceID": "uuid:a" }, "__id": "uuid:a",
            "__system": { "submissionDate": null, "updatedAt": null, "submitterId": null, "submitterName": "Awa", "attachmentsPresent": 0,
                "attachmentsExpected": 0, "status": null, "reviewState": null, "deviceId": "collect:test", "edits": 0, "formVersion": "7", "deletedAt": null },
            "household@odata.navigationLink": "Submissions('uuid%3Aa')/household",
        })
    );
    let odd = &rows["value"][0];
    assert_eq!((&odd["seen_on"], &odd["idp_ind"]), (&Value::Null, &Value::Null), "what is no date or number is null");
    let turns = office.read(&bearer, ".svc/Submissions.household").json();
    let heads: Vec<&str> =
        turns["value"].as_array().unwrap().iter().map(|turn| turn["head"].as_str().unwrap()).collect();
    assert_eq!(heads, ["Chloé", "Ana", "Ben"]);
    assert_eq!(turns["value"][1]["__Submissions-id"], "uuid:a");
    let one = office.read(&bearer, ".svc/Submissions('uuid%3Aa')/household").json();
    assert_eq!(one["value"][1]["__id"], turns["value"][2]["__id"]);
    let expanded = office.read(&bearer, ".svc/Submissions('uuid:a')?$expand=*&$select=__id,household").json();
    assert_eq!(expanded["value"][0]["household"][1]["head"], "Ben");
    assert_eq!(office.read(&bearer, ".svc/Submissions('uuid:x')").status, 404);
    assert_eq!(office.read(&bearer, ".svc/Submissions.site").status, 404);
    assert_eq!(office.read(&bearer, ".svc/Nothing").status, 404);
    assert_eq!(office.read(&bearer, "/draft.svc").status, 404, "there is no draft");
}

#[test]
fn rows_are_filtered_sorted_and_counted_by_any_answer() {
    let (office, bearer) = furnished();
    for (query, expected) in [
        ("", "c b a"),
        ("$filter=idp_ind gt 100", "a"),
        ("$filter=needs has 'food'", "b a"),
        ("$filter=site/name eq 'Camp Nord' or seen_on eq 2026-01-06", "b a"),
        ("$filter=contains(tolower(site/name),'école')", "c"),
        ("$filter=site/where ne null and not (idp_ind gt 0)", ""),
        ("$filter=site/where ne null", "c a"),
        ("$filter=idp_ind eq null", "c"),
        ("$filter=__system/submissionDate gt 2020-01-01", "c b a"),
        ("$filter=year(__system/submissionDate) lt 2020", ""),
        ("$filter=__system/attachmentsPresent eq 1", "b"),
        ("$filter=__system/deletedAt ne null", ""),
        ("$filter=not __system/deletedAt eq null", ""),
        ("$filter=__id eq 'uuid:b'", "b"),
        ("$orderby=idp_ind", "c b a"),
        ("$orderby=idp_ind desc", "a b c"),
        ("$orderby=site/name asc,__id", "b a c"),
        ("$orderby=seen_on desc&$top=1", "b"),
        ("$orderby=seen_on desc&$top=1&$skip=2", "c"),
        ("$top=1&$skip=1", "b"),
        ("$filter=household/age gt 5", "501.5"),
        ("$filter=nothing eq 1", "501.5"),
        ("$filter=idp_ind gt", "400.18"),
        ("$filter=geo.distance(site/where,1) lt 2", "501.4"),
        ("$apply=aggregate(idp_ind)", "501.1"),
        ("$select=nothing", "400.23"),
        ("$expand=household", "501.6"),
        ("$skiptoken=02x", "400.35"),
        ("$skiptoken=01eyJpbnN0YW5jZUlkIjoiZm9vIn0%3D", ""),
        ("$format=atom", "406.1"),
    ] {
        assert_eq!(sites(&office.read(&bearer, &format!(".svc/Submissions?{query}"))), expected, "{query}");
    }
    let counted = office.read(&bearer, ".svc/Submissions?$top=1&$count=true&$filter=needs has 'food'").json();
    assert_eq!((&counted["@odata.count"], counted["value"].as_array().unwrap().len()), (&json!(2), 1));
    let none = office.read(&bearer, ".svc/Submissions?$top=0&$count=true").json();
    assert_eq!(
        (&none["@odata.count"], &none["value"], &none["@odata.nextLink"]),
        (&json!(3), &json!([]), &Value::Null)
    );
    let of_turns = office
        .read(
            &bearer,
            ".svc/Submissions.household?$filter=age gt 10 or $root/Submissions/idp_ind eq null&$orderby=head",
        )
        .json();
    let heads: Vec<&str> =
        of_turns["value"].as_array().unwrap().iter().map(|turn| turn["head"].as_str().unwrap()).collect();
    assert_eq!(heads, ["Ana", "Chloé"]);
    let refused = office
        .get(&format!("{BASE}.svc/Submissions"), &[("Authorization", &bearer), ("Accept", "application/atom+xml")]);
    assert_eq!(refused.status, 406);
}

#[test]
fn pages_follow_each_other_in_any_order_and_repeat_nothing() {
    let (office, bearer) = furnished();
    for (first, expected) in [
        (".svc/Submissions?$top=1", vec!["uuid:c", "uuid:b", "uuid:a"]),
        (".svc/Submissions?$top=2&$count=true", vec!["uuid:c", "uuid:b", "uuid:a"]),
        (".svc/Submissions?$top=1&$orderby=idp_ind desc", vec!["uuid:a", "uuid:b", "uuid:c"]),
        (".svc/Submissions?$top=1&$filter=needs ne null", vec!["uuid:b", "uuid:a"]),
        (".svc/Submissions.household?$top=1", vec!["Chloé", "Ana", "Ben"]),
        (".svc/Submissions.household?$top=2&$count=true", vec!["Chloé", "Ana", "Ben"]),
        (".svc/Submissions.household?$top=1&$orderby=age", vec!["Chloé", "Ben", "Ana"]),
        (".svc/Submissions('uuid:a')/household?$top=1", vec!["Ana", "Ben"]),
    ] {
        let mut met = Vec::new();
        let mut page = office.read(&bearer, first).json();
        loop {
            for row in page["value"].as_array().unwrap_or_else(|| panic!("{first}: {page}")) {
                let name = row["head"].as_str().or(row["__id"].as_str()).unwrap();
                met.push(name.to_owned());
            }
            let Some(next) = page["@odata.nextLink"].as_str() else { break };
            let path = next.split_once(&office.address).unwrap().1;
            page = office.get(path, &[("Authorization", &bearer)]).json();
        }
        assert_eq!(met, expected, "{first}");
    }
    let gone =
        office.read(&bearer, ".svc/Submissions.household?$top=1&$skiptoken=01eyJyZXBlYXRJZCI6Im5vbnNlbnNlIn0%3D");
    assert_eq!((gone.status, &gone.json()["code"]), (400, &json!(400.34)));
}

#[test]
fn an_answer_that_has_not_changed_is_not_sent_again() {
    let (office, bearer) = furnished();
    let first = office.read(&bearer, ".svc/Submissions?$top=2");
    let tag = first.header("etag").unwrap().to_owned();
    assert!(tag.starts_with("W/"));
    let headers = [("Authorization", bearer.as_str()), ("If-None-Match", &tag)];
    let again = office.get(&format!("{BASE}.svc/Submissions?$top=2"), &headers);
    assert_eq!((again.status, again.body.len()), (304, 0));
}

/// The files of a zip.
fn unzipped(bytes: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    let mut files = BTreeMap::new();
    for name in names {
        let mut content = Vec::new();
        zip.by_name(&name).unwrap().read_to_end(&mut content).unwrap();
        files.insert(name, content);
    }
    files
}

/// The lines of a table with the moment of arrival and the number of the sender left out.
fn lines(table: &[u8]) -> Vec<String> {
    let text = String::from_utf8(table.to_vec()).unwrap();
    let known = |line: &str| line.split_once(',').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
    text.lines().map(|line| if line.starts_with("20") { known(line) } else { line.to_owned() }).collect()
}

#[test]
fn tables_are_those_that_scripts_for_central_read() {
    let (office, bearer) = furnished();
    let table = office.read(&bearer, "/submissions.csv");
    assert_eq!(
        table.header("content-disposition"),
        Some("attachment; filename=\"households.csv\"; filename*=UTF-8''households.csv")
    );
    let header = "SubmissionDate,seen_on,site-name,site-where-Latitude,site-where-Longitude,site-where-Altitude,site-where-Accuracy,needs,idp_ind,photo,meta-instanceID,KEY,SubmitterID,SubmitterName,AttachmentsPresent,AttachmentsExpected,Status,ReviewState,DeviceID,Edits,FormVersion";
    let table = lines(&table.body);
    assert_eq!(table[0], header);
    assert!(
        table[3].starts_with("2026-01-05,Camp Nord,18.50,-72.25,30,4.5,water food,120,,uuid:a,uuid:a,"),
        "{}",
        table[3]
    );
    assert!(table[3].ends_with(",Awa,0,0,,,collect:test,0,7"), "{}", table[3]);
    assert!(table[1].starts_with("soon,\"École \"\"Sud\"\", 2\",18.6,-72.3,,,,many,"), "{}", table[1]);
    let zip = office.read(&bearer, "/submissions.csv.zip");
    assert_eq!(
        zip.header("content-disposition"),
        Some("attachment; filename=\"households.zip\"; filename*=UTF-8''households.zip")
    );
    let files = unzipped(&zip.body);
    assert_eq!(files.keys().collect::<Vec<_>>(), ["households-household.csv", "households.csv", "media/b.jpg"]);
    assert_eq!(files["media/b.jpg"], b"JPEG");
    assert_eq!(
        lines(&files["households-household.csv"]),
        [
            "head,age,PARENT_KEY,KEY",
            "Chloé,,uuid:c,uuid:c/household[1]",
            "Ana,40,uuid:a,uuid:a/household[1]",
            "Ben,7,uuid:a,uuid:a/household[2]"
        ]
    );
    let plain = office.read(
        &bearer,
        "/submissions.csv.zip?attachments=false&splitSelectMultiples=true&groupPaths=false&$filter=idp_ind lt 100",
    );
    assert_eq!(
        plain.header("content-disposition"),
        Some("attachment; filename=\"households.csv.zip\"; filename*=UTF-8''households.csv.zip")
    );
    let files = unzipped(&plain.body);
    assert_eq!(files.keys().collect::<Vec<_>>(), ["households-household.csv", "households.csv"]);
    let split = lines(&files["households.csv"]);
    assert!(split[0].starts_with("SubmissionDate,seen_on,name,where-Latitude,where-Longitude,where-Altitude,where-Accuracy,needs,needs/food,idp_ind,"), "{}", split[0]);
    assert_eq!(split.len(), 2);
    assert!(split[1].starts_with("2026-01-06,=2+3,,,,,food,1,80,b.jpg,"), "{}", split[1]);
    let people = office.read(&bearer, "/submissions.csv?labels=en&spreadsheet=true&$filter=__id eq 'uuid:b'").text();
    assert!(people.starts_with("\u{FEFF}SubmissionDate,Seen on,Site,Where-Latitude,"), "{people}");
    assert!(people.contains(",'=2+3,") && people.contains(",Food,"), "{people}");
    let posted = office.ask(
        "POST",
        &format!("{BASE}/submissions.csv.zip?attachments=false"),
        &[("Authorization", &bearer), ("Content-Type", "application/x-www-form-urlencoded")],
        b"1=a+passphrase",
    );
    assert_eq!(unzipped(&posted.body).len(), 2);
    assert_eq!(office.read(&bearer, "/submissions.csv?$filter=nothing eq 1").status, 501);
}

#[test]
fn submissions_are_points_lines_and_areas_on_a_map() {
    let (office, bearer) = furnished();
    let map = office.read(&bearer, "/submissions.geojson");
    assert_eq!(
        map.json(),
        json!({ "type": "FeatureCollection", "features": [
            { "type": "Feature", "id": "uuid:c", "geometry": { "type": "Point", "coordinates": [-72.3, 18.6] }, "properties": { "fieldpath": "/site/where" } },
            { "type": "Feature", "id": "uuid:a", "geometry": { "type": "Point", "coordinates": [-72.25, 18.5, 30] }, "properties": { "fieldpath": "/site/where" } },
        ] })
    );
    for (query, expected) in [
        ("fieldpath=/site/where&limit=1", 1),
        ("submissionID=uuid:a&submissionID=uuid:b", 1),
        ("reviewState=approved", 0),
        ("start__gt=2100-01-01T00:00:00Z", 0),
        ("end__lte=2100-01-01T00:00:00+02:00", 2),
        ("deleted=true", 0),
        ("$filter=idp_ind gt 1", 1),
    ] {
        let map = office.read(&bearer, &format!("/submissions.geojson?{query}")).json();
        assert_eq!(map["features"].as_array().unwrap().len(), expected, "{query}");
    }
    assert_eq!(office.read(&bearer, "/submissions.geojson?fieldpath=/nowhere").status, 400);
    let gdal = Command::new("ogrinfo").arg("--version").output();
    if !gdal.is_ok_and(|output| output.status.success()) {
        println!("skipped: no GDAL");
        return;
    }
    let file = office.data().with_file_name("map.geojson");
    std::fs::write(&file, &map.body).unwrap();
    let read = Command::new("ogrinfo").args(["-ro", "-al", "-so"]).arg(&file).output().unwrap();
    let read = String::from_utf8_lossy(&read.stdout).into_owned();
    assert!(read.contains("Feature Count: 2") && read.contains("Extent: (-72.3"), "{read}");
}

#[test]
fn pyodk_reads_the_tables() {
    let Some(python) = python("pyodk") else { return };
    let (office, _) = furnished();
    let config = office.data().with_file_name("pyodk.toml");
    let text = format!(
        "[central]\nbase_url = \"http://{}\"\nusername = \"admin@example.org\"\npassword = \"{PASSWORD}\"\ndefault_project_id = 1\n",
        office.address
    );
    std::fs::write(&config, text).unwrap();
    let script = r#"
import json, sys
from pyodk.client import Client
with Client(config_path=sys.argv[1], cache_path=sys.argv[1] + ".cache") as client:
    whole = client.submissions.get_table(form_id="households")
    page = client.submissions.get_table(form_id="households", top=1, skip=1, count=True, wkt=True, filter="idp_ind gt 50", expand="*", select="__id,idp_ind,site,household")
    turns = client.submissions.get_table(form_id="households", table_name="Submissions.household")
    print(json.dumps([len(whole["value"]), page["@odata.count"], page["value"], len(turns["value"])]))
"#;
    let output = Command::new(python).args(["-c", script, config.to_str().unwrap()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told[0], 3);
    assert_eq!(told[1], 2);
    assert_eq!(told[2][0]["site"]["where"], "POINT (-72.25 18.5 30)");
    assert_eq!(told[2][0]["household"][0]["head"], "Ana");
    assert_eq!(told[3], 3);
}

#[test]
fn a_client_of_odata_finds_the_tables_by_their_description_and_reads_them() {
    let Some(python) = python("odata") else { return };
    let (office, _) = furnished();
    let script = r#"
import json, sys
import requests
from odata import ODataService
session = requests.Session()
session.auth = (sys.argv[2], sys.argv[3])
service = ODataService(sys.argv[1] + ".svc/", session=session, reflect_entities=True, quiet_progress=True)
rows, turns = service.entities["Submissions"], service.entities["Submissions.household"]
many = [row.idp_ind for row in service.query(rows).filter(rows.idp_ind > 100)]
heads = sorted(row.head for row in service.query(turns))
sorted_by = [row.idp_ind for row in service.query(rows).filter(rows.idp_ind > 0).order_by(rows.idp_ind.asc())]
print(json.dumps([sorted(service.entities), many, heads, sorted_by]))
"#;
    let address = format!("http://{}{BASE}", office.address);
    let output = Command::new(python).args(["-c", script, &address, "admin@example.org", PASSWORD]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8_lossy(&output.stdout);
    let told: Value = serde_json::from_str(said.trim().lines().last().unwrap()).unwrap();
    let tables = json!(["Submissions", "Submissions.household"]);
    assert_eq!(told, json!([tables, [120], ["Ana", "Ben", "Chloé"], [80, 120]]));
}
