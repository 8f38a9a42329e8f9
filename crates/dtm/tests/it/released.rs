//! What is published, as programs read it: every version at its address, rows and sums by REST, OData by its client, files by
//! their parts; what was withdrawn leaves when and why.

use crate::office::Office;
use crate::office_pages::Person;
use crate::program::{Program, Server, python, shared_data};
use crate::verification::{NAME, Round};
use serde_json::{Value, json};
use std::process::Command;

/// A round of one exercise, released once.
fn released() -> Round {
    let round = Round::with_reports(Office::new());
    for state in ["verifying", "cleared"] {
        round.office.run(&[&["round", "move"], &NAME[..], &[state]].concat());
    }
    round
}

/// Corrects what was counted at a place, so that the figures change, and releases a second version.
fn corrected(round: &Round) {
    let officer = Person::new(&round.office, "officer");
    let list = officer.page("/office/o/xso/sites/1/records");
    let records = list.split("/office/records/").skip(1).map(|rest| rest.split(['"', '?']).next().unwrap());
    let of_s2 = records.map(|id| format!("/office/records/{id}")).find(|record| officer.page(record).contains("S2"));
    let record = of_s2.expect("a record of S2");
    officer.does(&format!("{record}/corrections"), "act=correct&question=ind&new=340&reason=Counted+again");
    round.office.run(&[&["round", "settle"], &NAME[..]].concat());
    let why = ["--reason", "S2 was counted again", "--reason-fr", "S2 a été recompté"];
    round.office.run(&[&["release", "make"], &NAME[..], &why].concat());
}

#[test]
fn every_version_stays_at_its_address_until_it_is_withdrawn_and_then_the_address_says_why() {
    let mut round = released();
    // A system of the local network that does not answer: what it is to be told waits.
    round.office.kill();
    round.office.start(&[("DTM_HOOKS_LOCAL_NETWORK", "true")]);
    let office = &round.office;
    let hook = json!({ "name": "Dashboard", "address": "http://127.0.0.1:9/in", "events": [] });
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let hooked = office.ask("POST", "/v1/projects/1/hooks", &headers, hook.to_string().as_bytes());
    assert_eq!(hooked.status, 200, "{}", hooked.text());
    office.run(&[&["release", "make"], &NAME[..]].concat());
    let first = office.get("/v1/published/xso", &[]).json()["releases"][0].clone();
    corrected(&round);

    // The newest is at the plain address; the first at its own, which says that there is a newer one.
    let get = |path: &str| office.get(path, &[]);
    let newest = get("/en/xso/1").text();
    assert!(newest.contains("S2 was counted again") && !newest.contains("older version"), "{newest}");
    let old = get("/fr/xso/1?version=1").text();
    assert!(old.contains("La plus récente est la version 2") && old.contains("/fr/xso/1/areas.csv?version=1"), "{old}");
    assert_eq!(get("/en/xso/1?version=3").status, 404);
    assert_eq!(get("/en/xso/1?version=two").status, 400);
    let of_version = |version: u32| get(&format!("/en/xso/1/data/areas.csv?version={version}&area_level=0")).text();
    let people = |csv: &str| {
        let (head, row) = (csv.lines().next().unwrap(), csv.lines().nth(1).unwrap());
        let at = head.split(',').position(|name| name == "idp_ind").unwrap();
        row.split(',').nth(at).unwrap().parse::<i64>().unwrap()
    };
    let (before, after) = (people(&of_version(1)), people(&of_version(2)));
    assert_ne!(before, after);

    // What changed is a file, and the difference is the difference.
    let changes = get("/en/xso/1/changes.csv?version=2").text();
    let country = changes.lines().find(|line| line.contains(",areas,area=XS,idp_ind,")).unwrap();
    assert!(country.ends_with(&format!(",{}", after - before)), "{country}");
    assert_eq!(get("/en/xso/1/changes.csv?version=1").status, 404, "nothing was before the first");
    let about = get("/en/xso/1/about").text();
    assert!(about.contains("/en/xso/1?version=1") && about.contains("changes.csv?version=2"), "{about}");

    // Programs find every release, and the rows of an older one by its id.
    let all = get("/v1/published/xso/releases").json();
    let told: Vec<(u64, bool)> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["version"].as_u64().unwrap(), one["newest"].as_bool().unwrap()))
        .collect();
    assert_eq!(told, [(2, true), (1, false)]);
    let id = first["release"].as_str().unwrap();
    let rows = get(&format!("/v1/published/xso/datasets/areas/rows?release={id}&area_level=0")).json();
    assert_eq!(rows["rows"][0]["idp_ind"], before);

    // A page of the newest that was begun goes on; once its release is withdrawn, the reader is told to begin again.
    let begun = office.get("/odata/xso/areas", &[("Prefer", "odata.maxpagesize=2")]).json();
    let next = begun["@odata.nextLink"].as_str().unwrap();
    let next = &next[next.find("/odata").unwrap()..];
    assert_eq!(get(next).status, 200);
    let page = "/office/o/xso/sites/1";
    let officer = Person::new(office, "officer");
    let second = all[0]["release"].as_str().unwrap();
    let refused = officer.post(page, &format!("act=withdraw&release={second}&reason=&sure=yes"));
    assert_eq!(refused.status, 409, "no reason, no withdrawal");
    let said = officer.does(page, &format!("act=withdraw&release={second}&reason=S1+was+counted+twice&sure=yes"));
    assert!(said.contains("Version 2 is withdrawn") && said.contains("S1 was counted twice"), "{said}");
    for path in ["/en/xso/1?version=2", "/en/xso/1/data/areas.csv?version=2", "/en/xso/1/areas.csv?version=2"] {
        let gone = get(path);
        assert_eq!(gone.status, 410, "{path}");
        assert!(gone.text().contains("S1 was counted twice"), "{path}: {}", gone.text());
    }
    assert_eq!(get(next).status, 410);
    assert_eq!(get(&format!("/v1/published/xso/datasets/areas/rows?release={second}")).status, 410);
    assert_eq!(people(&get("/en/xso/1/data/areas.csv?area_level=0").text()), before, "the version before counts again");
    assert!(get("/en/xso/1/about").text().contains("S1 was counted twice"));
    let tombstone = get("/v1/published/xso/releases").json()[0].clone();
    assert_eq!(tombstone["withdrawnWhy"], "S1 was counted twice");
    assert!(tombstone.get("placesReached").is_none(), "nothing of its content is left: {tombstone}");

    // Other systems were told of each step.
    let admin = format!("Bearer {}", office.sign_in("admin@example.org"));
    let waiting = office.get("/v1/outbox?state=waiting", &[("Authorization", &admin)]).json();
    let mut events: Vec<&str> = waiting.as_array().unwrap().iter().filter_map(|one| one["subject"].as_str()).collect();
    events.sort_unstable();
    assert_eq!(events, ["release.corrected", "release.published", "release.withdrawn"]);
}

/// The recorded rounds of Haiti on a server.
fn haiti(dtm: &Program) -> Option<Server> {
    let shared = shared_data()?;
    let answers: Vec<String> = (0..3)
        .map(|level| {
            let name = format!("displacement-admin{level}-admin0pcode-hti.json");
            format!("\"{}\"", shared.join("dtm-api").join(name).display())
        })
        .collect();
    dtm.tell(&format!("import past-rounds {}", answers.join(" ")));
    Some(dtm.serve())
}

const OPERATION: &str = "hti-countrywide-monitoring";

/// What an OData client finds by the description alone, and what raw requests of Excel and Power BI get.
const ODATA: &str = r##"
import json, sys
import requests
from odata import ODataService
root = sys.argv[1]
service = ODataService(root + "/", reflect_entities=True, quiet_progress=True)
idps = service.entities["idps"]
third = [row for row in service.query(idps).filter(idps.roundNumber == 3).filter(idps.adminLevel == 2)]
print("sets:", ", ".join(sorted(service.entities)))
print("round 3, level 2:", len(third), "rows,", sum(row.numPresentIdpInd for row in third), "people")
areas = service.entities["areas"]
most = [row.area for row in service.query(areas).filter(areas.area_level == 1).order_by(areas.idp_ind.desc()).limit(1)]
print("most:", most)
url, ids, pages = root + "/displacement?$select=_id", [], 0
while url:
    answer = requests.get(url, headers={"Prefer": "odata.maxpagesize=1000", "OData-MaxVersion": "4.0"})
    answer.raise_for_status()
    assert answer.headers["OData-Version"] == "4.0"
    body = answer.json()
    ids += [row["_id"] for row in body["value"]]
    url, pages = body.get("@odata.nextLink"), pages + 1
count = int(requests.get(root + "/displacement/$count").text)
print("pages:", pages > 3, "rows:", len(ids) == count == len(set(ids)))
one = requests.get(root + f"/displacement('{ids[17]}')").json()
print("by key:", one["_id"] == ids[17], one["@odata.context"].endswith("#displacement/$entity"))
for odd in ["areas?$filter=nothing eq 1", "areas?$expand=x", "areas?$top=-1", "areas?$skiptoken=x", "areas?$orderby=area down",
            "areas?$select=x", "areas?$filter=area eq", "areas?$count=perhaps", "nothing", "areas('x')"]:
    answer = requests.get(root + "/" + odd)
    error = answer.json()["error"]
    print(answer.status_code, bool(error["code"] and error["message"]), odd)
power_bi = requests.get(root + "/powerbi.pbids").json()
print(power_bi["connections"][0]["details"]["address"]["url"] == root)
"##;

#[test]
fn a_client_of_odata_reads_what_is_published_page_by_page() {
    let Some(python) = python("odata") else { return };
    let dtm = Program::new();
    let Some(server) = haiti(&dtm) else { return };
    let root = format!("{}/odata/{OPERATION}", server.url());
    let read = Command::new(python).args(["-c", ODATA, &root]).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    expect_test::expect![[r#"
        sets: areas, displacement, idps
        round 3, level 2: 16 rows, 127977 people
        most: ['HT01']
        pages: True rows: True
        by key: True True
        400 True areas?$filter=nothing eq 1
        400 True areas?$expand=x
        400 True areas?$top=-1
        400 True areas?$skiptoken=x
        400 True areas?$orderby=area down
        400 True areas?$select=x
        400 True areas?$filter=area eq
        400 True areas?$count=perhaps
        404 True nothing
        404 True areas('x')
        True
    "#]]
    .assert_eq(&String::from_utf8_lossy(&read.stdout));
}

#[test]
fn rows_are_paged_by_key_and_sums_are_those_that_were_published() {
    let dtm = Program::new();
    let Some(server) = haiti(&dtm) else { return };
    let base = format!("/v1/published/{OPERATION}");
    let get = |path: &str| -> Value {
        let (status, text) = server.get(&format!("{base}{path}"), &[]);
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    };
    // Round 3 as it was published: 127,977 people, in the Ouest department.
    let sums = get("/datasets/displacement/sums?round=3&measure=idp_ind");
    assert_eq!(sums["rows"][0]["value"], 127_977);
    let by_area = get("/datasets/displacement/sums?round=3&per=area&measure=idp_ind");
    let level2: i64 = by_area["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["area"].as_str().unwrap().len() == 6)
        .map(|row| row["value"].as_i64().unwrap())
        .sum();
    assert_eq!(level2, 127_977);
    // Rounds are never added up: each stands by itself.
    let rounds = get("/datasets/areas/sums?measure=idp_ind");
    assert_eq!(rounds["rows"].as_array().unwrap().len(), 11);
    // Paging by key comes by every row once.
    let (mut after, mut ids) = (String::new(), Vec::new());
    loop {
        let page = get(&format!("/datasets/areas/rows?limit=97{after}"));
        ids.extend(page["rows"].as_array().unwrap().iter().map(|row| row["_id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let n = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!((ids.len(), n), (n, 802));
    for (path, status) in [
        ("/datasets/areas/rows?arrea=HT", 400),
        ("/datasets/areas/rows?idp_ind_state=seen", 400),
        ("/datasets/areas/rows?limit=0", 400),
        ("/datasets/areas/rows?after=x", 400),
        ("/datasets/areas/rows?after=x.1", 410),
        ("/datasets/areas/rows?names=all", 400),
        ("/datasets/areas/rows?release=x", 404),
        ("/datasets/areas/sums?per=area_name", 400),
        ("/datasets/areas/sums?measure=area", 400),
        ("/datasets/nothing", 404),
    ] {
        let (got, text) = server.get(&format!("{base}{path}"), &[("Accept-Language", "fr")]);
        assert_eq!(got, status, "{path}: {text}");
        let told: Value = serde_json::from_str(&text).unwrap();
        assert!(!told["message"].as_str().unwrap().is_empty(), "{told}");
    }
}

#[test]
fn a_download_that_broke_off_is_resumed_and_its_checksum_tells_that_it_is_whole() {
    use sha2::{Digest, Sha256};
    let round = released();
    let office = &round.office;
    office.run(&[&["release", "make"], &NAME[..]].concat());
    let path = "/en/xso/data/areas.csv";
    let whole = office.get(path, &[]);
    assert_eq!((whole.status, whole.header("accept-ranges")), (200, Some("bytes")));
    let tag = whole.header("etag").unwrap().to_owned();
    let bytes = whole.text();
    let half = bytes.len() / 2;
    let rest = office.get(path, &[("Range", &format!("bytes={half}-")), ("If-Range", &tag)]);
    assert_eq!((rest.status, rest.text()), (206, bytes[half..].to_owned()));
    assert_eq!(
        rest.header("content-range"),
        Some(format!("bytes {half}-{}/{}", bytes.len() - 1, bytes.len()).as_str())
    );
    assert_eq!(office.get(path, &[("Range", "bytes=1000000-")]).status, 416);
    assert_eq!(office.get(path, &[("If-None-Match", &tag)]).status, 304);
    let checksum = office.get(&format!("{path}.sha256"), &[]).text();
    assert_eq!(checksum.split(' ').next().unwrap(), hex::encode(Sha256::digest(bytes.as_bytes())));
    // A new version is another file: who holds a part of the old one gets the new one whole.
    corrected(&round);
    let stale = office.get(path, &[("Range", "bytes=10-"), ("If-Range", &tag)]);
    assert_eq!(stale.status, 200);
    assert_ne!(stale.header("etag"), Some(tag.as_str()));
    for odd in ["/en/xso/data/areas.exe", "/en/xso/data/nothing.csv", "/de/xso/data/areas.csv", "/en/nobody/data"] {
        assert_eq!(office.get(odd, &[]).status, 404, "{odd}");
    }
    assert_eq!(office.get("/en/xso/data/areas.csv?color=red", &[]).status, 400);
}

#[test]
fn older_clients_read_without_a_key_and_a_key_has_its_allowance() {
    let dtm = Program::new();
    let Some(server) = haiti(&dtm) else { return };
    let rows = |path: &str, key: &str| -> (u16, Value) {
        let (status, text) = server.get(path, &[("Ocp-Apim-Subscription-Key", key)]);
        (status, serde_json::from_str(&text).unwrap())
    };
    let call = "FromRoundNumber=3&ToRoundNumber=3&Operation=Countrywide+monitoring";
    let (status, told) = rows(&format!("/api/IdpAdmin2Data/GetAdmin2Datav2?{call}"), "");
    assert_eq!((status, told["totalRecordsCount"].as_u64()), (200, Some(16)));
    let (status, told) = rows("/api/Common/GetAllCountryList", "");
    assert_eq!((status, told["result"][0]["admin0Pcode"].as_str()), (200, Some("HTI")));
    let (status, told) = rows("/API/idpadmin2data/getadmin2datav2", "");
    assert_eq!((status, told["isSuccess"].as_bool()), (400, Some(false)), "{told}");
    assert!(!told["errorMessages"][0].as_str().unwrap().is_empty());
    assert_eq!(rows("/api/nothing/at-all", "").0, 404);

    let key = dtm.tell("key add \"small allowance\" --per-day 2")["key"].as_str().unwrap().to_owned();
    let path = "/v3/displacement/country-list";
    assert_eq!((rows(path, &key).0, rows(path, &key).0), (200, 200));
    let (status, told) = rows(path, &key);
    assert_eq!(status, 429, "{told}");
    let quick = dtm.tell("key add \"slow\" --per-minute 1")["key"].as_str().unwrap().to_owned();
    assert_eq!((rows(path, &quick).0, rows(path, &quick).0), (200, 429));
    let listed = dtm.tell("key list");
    let uses: Vec<u64> = listed.as_array().unwrap().iter().map(|key| key["uses"].as_u64().unwrap()).collect();
    assert_eq!(uses, [3, 1]);
}
