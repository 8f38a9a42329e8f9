//! Other catalogues, readers of news and HDX learn of what is published, each by its own client.

use crate::program::{Program, python, shared_data};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

/// A program with the rounds that were recorded of Haiti, and the folder of recordings.
fn haiti() -> Option<(Program, PathBuf)> {
    let recordings = shared_data()?.join("dtm-api");
    let dtm = Program::new();
    let answers: Vec<String> = (0..3)
        .map(|level| recordings.join(format!("displacement-admin{level}-admin0pcode-hti.json")))
        .map(|path| format!("\"{}\"", path.display()))
        .collect();
    dtm.tell(&format!("import past-rounds {}", answers.join(" ")));
    Some((dtm, recordings))
}

fn run(python: &str, script: &str, arguments: &[&str]) -> String {
    let output = Command::new(python).args(["-c", script]).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Compares what HDX made of the public API's answers with what we say to HDX of the same answers.
const AS_ON_HDX: &str = r#"
import collections, csv, io, sys, urllib.request
base, recordings, *operations = sys.argv[1:]
fetch = lambda path: urllib.request.urlopen(base + path).read().decode()
ours = [list(csv.reader(io.StringIO(fetch(f"/en/{slug}/hdx.csv")))) for slug in operations]
with open(f"{recordings}/global-iom-dtm-from-api-admin-0-to-2.csv", encoding="utf-8") as file:
    names, tags, *rows = list(csv.reader(file))
assert all(one[0] == names and one[1] == tags for one in ours), ours[0][:2]
at = names.index("admin0Pcode")
whole = lambda row: tuple(cell.removesuffix(".0") for cell in row)
theirs = collections.Counter(whole(row) for row in rows if row[at] == "HTI")
found = collections.Counter(whole(row) for one in ours for row in one[2:])
# Whether an operation goes on is nothing that the recorded rows tell.
status = names.index("operationStatus")
without = lambda counter: collections.Counter(row[:status] + row[status + 1:] for row in counter.elements())
print("HDX:", sum(found.values()), "rows,", "equal" if without(found) == without(theirs) else "DIFFERENT")
kept = ["location_code", "admin_level", "operation", "assessment_type", "population", "reporting_round",
    "reference_period_start", "reference_period_end", "provider_admin1_name", "provider_admin2_name", "admin1_code", "admin2_code"]
key = lambda row: tuple(row[name] for name in kept)
mine = [list(csv.DictReader(io.StringIO(fetch(f"/en/{slug}/hapi.csv")))) for slug in operations]
with open(f"{recordings}/hdx_hapi_idps_global.csv", encoding="utf-8-sig") as file:
    reader = csv.DictReader(file)
    hapi = [row for row in reader if row["location_code"] == "HTI"]
    assert list(mine[0][0]) == reader.fieldnames, list(mine[0][0])
# HDX moves the code of a row to the area it found by name, and says so in a warning.
of_warned = {key(row) for row in hapi if row["warning"]}
theirs, found = collections.Counter(map(key, hapi)), collections.Counter(key(row) for one in mine for row in one)
missing = [row for row in (theirs - found) if row not in of_warned]
print("HAPI:", sum(found.values()), "rows, of HDX's", len(hapi), "missing", missing)
"#;

#[test]
fn hdx_and_hapi_get_the_rows_that_they_made_of_the_public_api() {
    let Some((dtm, recordings)) = haiti() else { return };
    let Some(python) = python("csv") else { return };
    let server = dtm.serve();
    let (_, published) = server.get("/v1/published", &[]);
    let published: serde_json::Value = serde_json::from_str(&published).unwrap();
    let slugs: Vec<&str> = published.as_array().unwrap().iter().map(|one| one["operation"].as_str().unwrap()).collect();
    let url = server.url();
    let arguments: Vec<&str> = [url.as_str(), recordings.to_str().unwrap()].into_iter().chain(slugs).collect();
    expect_test::expect![[r#"
        HDX: 1733 rows, equal
        HAPI: 1411 rows, of HDX's 1411 missing []
    "#]]
    .assert_eq(&run(&python, AS_ON_HDX, &arguments));
}

/// Reads the catalogue in both forms, the feeds and the package as their clients do.
const READERS: &str = r#"
import json, sys, urllib.request, urllib.error
import feedparser, frictionless, rdflib
from rdflib.compare import isomorphic
base, operation, folder = sys.argv[1:4]
def fetch(path, **headers):
    return urllib.request.urlopen(urllib.request.Request(base + path, headers=headers))
def accepted(kind):
    answer = fetch("/catalogue", Accept=kind)
    return answer.headers.get_content_type(), answer.read().decode()
(turtle_type, turtle), (json_type, json_ld) = accepted("text/turtle, */*;q=0.1"), accepted("application/ld+json")
print(turtle_type, json_type)
graphs = [rdflib.Graph().parse(data=turtle, format="turtle"), rdflib.Graph().parse(data=json_ld, format="json-ld")]
print("the same statements:", isomorphic(*graphs))
dcat, dct = rdflib.Namespace("http://www.w3.org/ns/dcat#"), rdflib.DCTERMS
datasets = list(graphs[0].subjects(rdflib.RDF.type, dcat.Dataset))
titled = [sorted(title.language for title in graphs[0].objects(one, dct.title)) for one in datasets]
print(len(datasets) > 3, "datasets have titles in", {tuple(one) for one in titled})
one = next(file for file in graphs[0].objects(None, dcat.downloadURL) if "/fr/" in file and file.endswith(".csv"))
print("a file is where it says:", urllib.request.urlopen(one).status)
for lang in ["en", "fr"]:
    answer = fetch(f"/{lang}/feed.atom")
    feed = feedparser.parse(answer.read())
    assert not feed.bozo and feed.feed.language == lang if "language" in feed.feed else not feed.bozo, feed
    try:
        again = fetch(f"/{lang}/feed.atom", **{"If-None-Match": answer.headers["ETag"]}).status
    except urllib.error.HTTPError as error:
        again = error.code
    ids = [entry.id for entry in feed.entries]
    print(lang, len(ids) == len(set(ids)) > 0, feed.entries[0].link.startswith(f"{base}/{lang}/"), again)
    package = frictionless.Package(json.load(fetch(f"/{lang}/{operation}/datapackage.json")))
    print(lang, "package on the server:", package.validate().valid)
package = frictionless.Package(f"{folder}/datapackage.json")
report = package.validate()
print("package in the folder:", report.valid, report.flatten(["type", "note"])[:3])
"#;

#[test]
fn catalogues_feeds_and_packages_are_read_by_their_clients() {
    let Some((dtm, _)) = haiti() else { return };
    let Some(python) = python("feedparser, frictionless, rdflib") else { return };
    let server = dtm.serve();
    let (_, published) = server.get("/v1/published", &[]);
    let published: serde_json::Value = serde_json::from_str(&published).unwrap();
    let slug = published[0]["operation"].as_str().unwrap();
    let folder = dtm.folder().join("out");
    dtm.tell(&format!("export csv xlsx -o {slug} --to \"{}\"", folder.display()));
    let summed = Command::new("sha256sum").args(["-c", "--quiet", "SHA256SUMS"]).current_dir(&folder).output().unwrap();
    assert!(summed.status.success(), "{}", String::from_utf8_lossy(&summed.stdout));
    expect_test::expect![[r#"
        text/turtle application/ld+json
        the same statements: True
        True datasets have titles in {('en', 'fr')}
        a file is where it says: 200
        en True True 304
        en package on the server: True
        fr True True 304
        fr package on the server: True
        package in the folder: True []
    "#]]
    .assert_eq(&run(&python, READERS, &[&server.url(), slug, folder.to_str().unwrap()]));
}

#[test]
fn only_what_is_released_is_exported() {
    let dtm = Program::new();
    dtm.tell("operation add nowhere --name Nowhere --country Sorelia --iso3 XSO --admin0 XS");
    let (exit, why) = dtm.refuse("export csv -o nowhere --dataset areas");
    assert_eq!(exit, 3);
    assert_eq!(why, ["nothing of nowhere is released, and only releases are exported: see `dtm release make`"]);
}

/// A stand-in for CKAN: keeps one entry and notes what it was asked for.
struct Ckan {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
    entry: Arc<Mutex<serde_json::Value>>,
}

impl Ckan {
    fn start() -> Ckan {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let entry = Arc::new(Mutex::new(serde_json::Value::Null));
        let (noted, kept) = (asked.clone(), entry.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut reader = BufReader::new(stream.unwrap());
                let (mut line, mut length, mut token) = (String::new(), 0, String::new());
                reader.read_line(&mut line).unwrap();
                let action = line.split_whitespace().nth(1).unwrap().rsplit('/').next().unwrap().to_owned();
                loop {
                    let mut header = String::new();
                    reader.read_line(&mut header).unwrap();
                    let Some((name, value)) = header.trim().split_once(": ") else { break };
                    match name.to_lowercase().as_str() {
                        "content-length" => length = value.parse().unwrap(),
                        "authorization" => token = value.to_owned(),
                        _ => {}
                    }
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                let mut said: serde_json::Value = serde_json::from_slice(&body).unwrap();
                noted.lock().unwrap().push(action.clone());
                let mut entry = kept.lock().unwrap();
                let (status, answer) = match action.as_str() {
                    _ if token != "a token of the test" => {
                        ("403 Forbidden", serde_json::json!({ "success": false, "error": { "message": "no" } }))
                    }
                    "package_show" if entry.is_null() => (
                        "404 Not Found",
                        serde_json::json!({ "success": false, "error": { "__type": "Not Found Error" } }),
                    ),
                    "package_show" => ("200 OK", serde_json::json!({ "success": true, "result": *entry })),
                    _ => {
                        if said["id"].is_null() {
                            said["id"] = "entry-1".into();
                        }
                        for (n, resource) in said["resources"].as_array_mut().unwrap().iter_mut().enumerate() {
                            if resource["id"].is_null() {
                                resource["id"] = format!("resource-{n}").into();
                            }
                        }
                        *entry = said;
                        ("200 OK", serde_json::json!({ "success": true, "result": *entry }))
                    }
                };
                let answer = answer.to_string();
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    answer.len()
                );
                reader.get_mut().write_all((head + &answer).as_bytes()).unwrap();
            }
        });
        Ckan { address, asked, entry }
    }
}

/// HDX's own library checks the entry.
const HDX: &str = r#"
import json, sys
from hdx.api.configuration import Configuration
from hdx.data.dataset import Dataset
Configuration.create(hdx_site="prod", user_agent="test", hdx_read_only=True)
data = json.load(open(sys.argv[1]))
dataset = Dataset(data)
dataset.check_required_fields(ignore_fields=["owner_org", "maintainer"])
for resource in dataset.get_resources():
    resource.check_required_fields(ignore_fields=["package_id"])
    assert resource["url"].startswith("https://dtm.example/en/")
print(dataset.get_expected_update_frequency(), dataset.get_time_period()["startdate_str"][:10], dataset["groups"])
"#;

#[test]
fn an_entry_goes_to_a_ckan_server_and_keeps_its_ids_when_it_goes_again() {
    let Some((dtm, _)) = haiti() else { return };
    let operations = dtm.tell("operation list");
    let slug = operations[0]["operation"]["slug"].as_str().unwrap().to_owned();
    let shown = dtm.tell(&format!("hdx show -o {slug} --public-url https://dtm.example"));
    if let Some(python) = python("hdx.data.dataset") {
        let file = dtm.folder().join("hdx.json");
        std::fs::write(&file, shown.to_string()).unwrap();
        let said = run(&python, HDX, &[file.to_str().unwrap()]);
        assert!(said.contains("hti"), "{said}");
    }
    let ckan = Ckan::start();
    let push = |token: &str| {
        let line = format!(
            "DTM_HDX_TOKEN='{token}' dtm hdx push {} -o {slug} --public-url https://dtm.example --local-network --json",
            ckan.address
        );
        dtm.shell(&line, &[])
    };
    let refused = push("another token");
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stdout).contains("403"));
    assert!(!String::from_utf8_lossy(&refused.stdout).contains("another token"));
    for done in ["created", "updated"] {
        let output = push("a token of the test");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        let told: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((told["done"].as_str(), told["id"].as_str()), (Some(done), Some("entry-1")));
    }
    let asked = ckan.asked.lock().unwrap().clone();
    assert_eq!(asked, ["package_show", "package_show", "package_create", "package_show", "package_update"]);
    let entry = ckan.entry.lock().unwrap();
    assert_eq!(entry["resources"].as_array().unwrap().len(), shown["resources"].as_array().unwrap().len());
    assert_eq!(entry["resources"][1]["id"], "resource-1");
}
