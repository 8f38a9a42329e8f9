//! Clients that ask anything. Schemathesis makes requests of the descriptions that the server gives of itself; words that mean
//! nothing, or harm, are put to the protocols that describe themselves in other ways. Whatever is asked of what is public, the
//! server does not fail, and says no in the shape that the protocol has for it.

mod words;

use crate::office::{Answer, Office};
use crate::program::python;
use crate::verification;
use serde_json::{Value, json};
use std::process::Command;
use std::sync::OnceLock;

/// A server of its own with a published round: each address may only ask so often in a minute.
fn server() -> Office {
    static PUBLISHED: OnceLock<Office> = OnceLock::new();
    let published = PUBLISHED.get_or_init(|| {
        let mut office = verification::published();
        office.kill();
        office
    });
    let mut office = published.moved(&published.data(), None);
    office.start(&[]);
    office
}

/// The description with nothing but these addresses, and with what stands in them: words that are there and one that is not.
fn narrowed(mut document: Value, below: &str, known: &[(&str, &[&str])]) -> Value {
    let paths = document["paths"].as_object_mut().unwrap();
    paths.retain(|path, _| path.starts_with(below));
    assert!(!paths.is_empty(), "nothing is described below {below}");
    let name_them = |parameter: &mut Value| {
        if parameter["in"] != "path" {
            return;
        }
        let (_, words) = known.iter().find(|(name, _)| parameter["name"] == *name).unwrap_or_else(|| {
            panic!("{parameter} is not known here");
        });
        parameter["schema"] = json!({ "type": "string", "enum": words });
    };
    for operation in paths.values_mut().flat_map(|methods| methods.as_object_mut().unwrap().values_mut()) {
        operation["parameters"].as_array_mut().into_iter().flatten().for_each(name_them);
    }
    let shared = document["components"]["parameters"].as_object_mut();
    shared.into_iter().flat_map(|all| all.values_mut()).for_each(name_them);
    document
}

/// Has schemathesis ask what it makes of a description, and fails with what it says where an answer is not as described.
fn ask_everything(python: &str, office: &Office, document: &Value, base: &str, key: Option<String>) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("described.json"), document.to_string()).unwrap();
    let checks = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
    let mut command = Command::new(python);
    command.current_dir(folder.path()).env("NO_COLOR", "1").env("LC_ALL", "C.UTF-8");
    command.args(["-c", "from schemathesis.cli import schemathesis; schemathesis()", "run", "described.json"]);
    command.args(["--url", &format!("http://{}{base}", office.address), "--checks", checks]);
    command.args(["--phases", "examples,coverage,fuzzing", "--max-examples", "50", "--no-shrink"]);
    command.args(["--generation-deterministic", "--warnings", "off"]);
    if let Some(key) = key {
        command.args(["--header", &format!("Ocp-Apim-Subscription-Key: {key}")]);
    }
    let output = command.output().unwrap();
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.success(), "{out}\n{err}\n{}", office.log());
    let asked = out.lines().rev().find(|line| line.contains("generated")).unwrap_or_default().to_owned();
    println!("{base}: {asked}");
    assert!(!office.log().contains("panicked"), "{}", office.log());
    // Most of it was answered, not put off.
    let after = office.get("/v1/published", &[]);
    assert_eq!(after.status, 200, "the last requests were put off: ask less");
}

/// What is under test, whatever asks: how many datasets, layers and releases there are.
const DATASETS: [&str; 4] = ["areas", "displacement", "idps", "nothing"];

#[test]
fn whatever_is_made_of_the_description_of_published_data_is_answered_as_it_says() {
    let Some(python) = python("schemathesis") else { return };
    for with_key in [false, true] {
        let office = server();
        let document = office.get("/v1/openapi.json", &[]).json();
        let known = [("operation", &["xso", "nowhere"][..]), ("dataset", &DATASETS[..])];
        let document = narrowed(document, "/v1/published", &known);
        let key = office.run(&["key", "add", "analyst"])["key"].as_str().unwrap().to_owned();
        ask_everything(&python, &office, &document, "", Some(key).filter(|_| with_key));
    }
}

#[test]
fn whatever_is_made_of_the_description_of_features_is_answered_as_it_says() {
    let Some(python) = python("schemathesis") else { return };
    let office = server();
    let items = office.get("/ogc/collections/xso.areas_1/items", &[]).json();
    let feature = items["features"][0]["id"].as_str().unwrap().to_owned();
    let document = office.get("/ogc/api", &[]).json();
    let known = [
        ("collectionId", &["xso.areas_0", "xso.areas_1", "xso.places", "nowhere.places"][..]),
        ("featureId", &[feature.as_str(), "nothing"][..]),
    ];
    ask_everything(&python, &office, &narrowed(document, "/", &known), "/ogc", None);
}

/// What an answer that says no looks like in a protocol.
type Shape = fn(&Answer) -> bool;

fn kind(answer: &Answer) -> &str {
    answer.header("content-type").unwrap_or_default()
}

fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

fn is_said(value: &Value) -> bool {
    value.as_str().is_some_and(|words| !words.is_empty())
}

fn as_odata(answer: &Answer) -> bool {
    let error = &json_of(answer)["error"];
    is_said(&error["code"]) && is_said(&error["message"]) && answer.header("odata-version") == Some("4.0")
}

fn as_dtm_api(answer: &Answer) -> bool {
    let told = json_of(answer);
    told["isSuccess"] == false
        && is_said(&told["errorMessages"][0])
        && told["statusCode"] == answer.status
        && told["totalRecordsCount"] == 0
        && told.as_object().is_some_and(|told| told.contains_key("result"))
}

fn as_problem(answer: &Answer) -> bool {
    let told = json_of(answer);
    kind(answer).starts_with("application/problem+json") && told["status"] == answer.status && is_said(&told["title"])
}

fn as_page(answer: &Answer) -> bool {
    kind(answer).starts_with("text/html") && answer.text().contains("<h1")
}

/// Puts every word into every address, and every odd header beside the first of them.
fn put_words_to(addresses: &[&str], key: Option<&str>, shape: Shape) {
    let office = server();
    let key = key.map(|name| office.run(&["key", "add", name])["key"].as_str().unwrap().to_owned());
    let own: Vec<(&str, &str)> = key.iter().map(|key| ("Ocp-Apim-Subscription-Key", key.as_str())).collect();
    let check = |path: &str, headers: &[(&str, &str)]| {
        let answer = office.get(path, &[&own, headers].concat());
        let (status, short) = (answer.status, path.chars().take(300).collect::<String>());
        let said = answer.text().chars().take(600).collect::<String>();
        assert!((200..500).contains(&status), "{status} {short} {headers:?}: {said}\n{}", office.log());
        assert_ne!(status, 429, "{short} was put off: ask less");
        assert!(status < 400 || shape(&answer), "{status} {short} {headers:?}: {} {said}", kind(&answer));
    };
    for address in addresses {
        for word in words::all() {
            check(&address.replace("{}", &word), &[]);
        }
    }
    let plain = addresses[0].replace("{}", "0");
    for name in
        ["Accept", "Accept-Language", "Accept-Encoding", "If-None-Match", "If-Modified-Since", "Range", "Cookie"]
    {
        for word in words::of_headers() {
            check(&plain, &[(name, word)]);
        }
    }
    assert!(!office.log().contains("panicked"), "{}", office.log());
}

#[test]
fn odata_says_no_as_odata() {
    let addresses = [
        "/odata/xso/areas?$filter={}",
        "/odata/xso/areas?$filter=idp_ind%20eq%20{}",
        "/odata/xso/areas?$filter=contains(area,{})",
        "/odata/xso/areas?$filter=reported_on%20gt%20{}",
        "/odata/xso/areas?$filter=area%20eq%20'{}'",
        "/odata/xso/areas?$orderby={}",
        "/odata/xso/areas?$select={}",
        "/odata/xso/areas?$top={}",
        "/odata/xso/areas?$skip={}",
        "/odata/xso/areas?$skiptoken={}",
        "/odata/xso/areas?$count={}",
        "/odata/xso/areas?{}=1",
        "/odata/xso/{}",
        "/odata/xso/areas/{}",
        "/odata/{}",
    ];
    put_words_to(&addresses, None, as_odata);
}

#[test]
fn expressions_without_end_are_refused_by_odata() {
    let office = server();
    let deep = [
        format!("{}idp_ind%20eq%201{}", "(".repeat(1_500), ")".repeat(1_500)),
        format!("{}idp_ind%20eq%201", "not%20".repeat(1_000)),
        format!("idp_ind%20eq%201{}", "%20or%20idp_ind%20eq%201".repeat(250)),
        format!("area%20eq%20'{}'", "x".repeat(6_000)),
        format!("contains({}area{},'x')", "tolower(".repeat(500), ")".repeat(500)),
        "(".repeat(6_000),
        "'".repeat(6_001),
    ];
    for filter in deep {
        let answer = office.get(&format!("/odata/xso/areas?$filter={filter}"), &[]);
        assert!(answer.status == 200 || as_odata(&answer), "{}: {}", answer.status, answer.text());
        assert!(answer.status < 500 && answer.status != 429, "{}", answer.text());
    }
    assert_eq!(office.get("/odata/xso/areas?$top=1", &[]).status, 200);
}

#[test]
fn the_dtm_api_says_no_in_its_envelope() {
    let addresses = [
        "/v3/displacement/admin2?Operation={}",
        "/v3/displacement/admin2?Admin0Pcode={}",
        "/v3/displacement/admin1?Admin0Pcode=XSO&FromRoundNumber={}&ToRoundNumber={}",
        "/v3/displacement/admin1?Admin0Pcode=XSO&FromReportingDate={}",
        "/v3/displacement/admin0?CountryName={}&Admin1Name={}",
        "/v2/idpadmin1data?Admin0Pcode={}",
        "/v3/displacement/{}",
        "/v2/{}",
        "/api/idpadmin0data/{}",
    ];
    put_words_to(&addresses, Some("analyst"), as_dtm_api);
}

#[test]
fn features_and_tiles_say_no_as_problems() {
    let addresses = [
        "/ogc/collections/xso.areas_1/items?limit={}",
        "/ogc/collections/xso.areas_1/items?bbox={}",
        "/ogc/collections/xso.areas_1/items?datetime={}",
        "/ogc/collections/xso.areas_1/items?area={}",
        "/ogc/collections/xso.areas_1/items/{}",
        "/ogc/collections/{}",
        "/tiles/xso/all/0/0/{}.mvt",
        "/tiles/xso/all/0/{}/0.mvt",
        "/tiles/xso/all/{}/0/0.mvt",
        "/tiles/xso/{}/0/0/0.mvt",
        "/tiles/xso/all/0/0/0.mvt?round={}",
        "/tiles/xso/all/0/0/0.mvt?v={}",
        "/tiles/xso.json?layer={}",
        "/tiles/xso/style.json?lang={}",
        "/tiles/{}",
    ];
    put_words_to(&addresses, None, as_problem);
}

#[test]
fn files_catalogues_and_feeds_say_no_as_pages() {
    let addresses = [
        "/en/xso/1/data/areas.csv?area={}",
        "/en/xso/1/data/areas.csv?version={}",
        "/en/xso/1/data/areas.{}",
        "/en/xso/data/{}.csv",
        "/en/xso/data/areas.json?names={}",
        "/en/xso/{}/data/areas.csv",
        "/en/xso/data/areas.csv?{}=1",
        "/en/{}/hdx.csv",
        "/en/{}/datapackage.json",
        "/en/{}/feed.atom",
        "/{}/feed.atom",
        "/{}/xso/hdx.json",
        "/catalogue?{}",
        "/en/xso/query?dataset={}",
        "/en/xso/styles/{}.qml",
        "/en/{}/qgis.qgs",
    ];
    put_words_to(&addresses, None, as_page);
}
