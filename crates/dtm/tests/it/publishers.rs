//! What catalogues say beside the data: who publishes and under which licence, and the checksums of files that are ready.

use crate::office::Office;
use crate::office_pages::Person;
use crate::verification::{self, NAME};
use sha2::{Digest, Sha256};

fn published() -> Office {
    let mut office = verification::published();
    office.start(&[]);
    office
}

fn text(office: &Office, path: &str) -> String {
    let answer = office.get(path, &[]);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

const SETTINGS: &str = "/office/o/xso/publisher";

/// Everything that names the publisher of what is released.
const DOCUMENTS: [&str; 9] = [
    "/catalogue.ttl",
    "/catalogue.jsonld",
    "/en/feed.atom",
    "/fr/xso/feed.atom",
    "/en/xso/datapackage.json",
    "/en/xso/hdx.json",
    "/en/xso",
    "/fr/xso/1/about",
    "/en/xso/data/areas",
];

#[test]
fn an_operation_says_who_publishes_and_everything_that_leaves_repeats_it() {
    let office = published();
    let usual = "International Organization for Migration";
    for path in DOCUMENTS {
        assert!(text(&office, path).contains(usual), "{path}");
    }
    let officer = Person::new(&office, "officer");
    assert!(officer.page(SETTINGS).contains("The usual publisher and licence of the DTM are named"));
    let given = "act=set&name=Ministry+of+Solidarity+%26+Relief&homepage=https%3A%2F%2Fsolidarity.example%2Fdata\
        &contact=data%40solidarity.example&licence_en=Creative+Commons+BY&licence_fr=Creative+Commons+BY+en+fran%C3%A7ais\
        &licence_address=https%3A%2F%2Fcreativecommons.org%2Flicenses%2Fby%2F4.0%2F";
    let said = officer.does(SETTINGS, given);
    assert!(said.contains("Pages and catalogues say so from now on"), "{said}");
    for path in DOCUMENTS {
        let told = text(&office, path);
        assert!(told.contains("Ministry of Solidarity") && !told.contains(usual), "{path}: {told}");
        assert!(!told.contains("Solidarity & Relief<"), "{path} is escaped");
    }
    let turtle = text(&office, "/catalogue.ttl");
    for part in ["<mailto:data@solidarity.example>", "<https://creativecommons.org/licenses/by/4.0/>"] {
        assert!(turtle.contains(part), "{part}: {turtle}");
    }
    let package = office.get("/fr/xso/datapackage.json", &[]).json();
    assert_eq!(package["licenses"][0]["title"], "Creative Commons BY en français");
    assert_eq!(package["licenses"][0]["path"], "https://creativecommons.org/licenses/by/4.0/");
    assert_eq!(package["contributors"][0]["email"], "data@solidarity.example");
    assert_eq!(office.get("/en/xso/hdx.json", &[]).json()["license_other"], "Creative Commons BY");
    assert!(text(&office, "/fr/xso/1/about").contains("Creative Commons BY en français"));

    // What catalogues could not repeat is refused, and what was written stays on the page.
    let wrong = officer.post(SETTINGS, &given.replace("https%3A%2F%2Fsolidarity.example%2Fdata", "javascript%3Ax"));
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("The home page is an address that begins with https://"), "{}", wrong.text());
    assert!(wrong.text().contains("value=\"javascript:x\""), "{}", wrong.text());
    let french = officer.get_in(SETTINGS, "fr");
    assert!(french.contains("Éditeur et licence") && french.contains("Cette opération a fixé les siens"), "{french}");
    assert_eq!(Person::new(&office, "viewer").get(SETTINGS).status, 403);

    let said = officer.does(SETTINGS, "act=usual");
    assert!(said.contains("The usual publisher and licence are named again"), "{said}");
    assert!(text(&office, "/catalogue.ttl").contains(usual));
    let log = Person::new(&office, "admin").page("/office/audit?kind=rounds");
    assert!(log.contains("Publisher and licence set<") || log.contains("Publisher and licence set"), "{log}");
    assert!(log.contains("Publisher and licence set back to the usual ones"), "{log}");
}

#[test]
fn checksums_stand_beside_files_that_are_ready_and_beside_no_others() {
    let office = published();
    let base = format!("http://{}", office.address);
    let n_sums = |turtle: &str| turtle.matches("spdx:checksumValue").count();
    assert_eq!(n_sums(&text(&office, "/catalogue.ttl")), 0, "nothing was made yet");
    let resource = |lang: &str| {
        let package = office.get(&format!("/{lang}/xso/datapackage.json"), &[]).json();
        let all = package["resources"].as_array().unwrap().clone();
        for one in &all {
            assert!(one["hash"].is_null() || one["hash"].as_str().is_some_and(|hash| hash.len() == 71), "{one}");
        }
        all.into_iter().find(|one| one["name"] == "areas").unwrap()
    };
    assert!(resource("en").get("hash").is_none() && resource("en").get("bytes").is_none());

    let file = office.get("/en/xso/data/areas.csv", &[]);
    let sum = hex::encode(Sha256::digest(&file.body));
    assert_eq!(text(&office, "/en/xso/data/areas.csv.sha256").split(' ').next(), Some(sum.as_str()));
    let turtle = text(&office, "/catalogue.ttl");
    assert_eq!(n_sums(&turtle), 1, "{turtle}");
    let about =
        turtle.split(&format!("<{base}/en/xso/data/areas.csv> a ")).nth(1).unwrap_or_else(|| panic!("{turtle}"));
    let about = about.split("\n\n").next().unwrap();
    assert!(about.contains(&format!("\"{sum}\"^^xsd:hexBinary")), "{about}");
    assert!(about.contains(&format!("\"{}\"^^xsd:nonNegativeInteger", file.body.len())), "{about}");
    assert_eq!(resource("en")["hash"], format!("sha256:{sum}"));
    assert_eq!(resource("en")["bytes"], file.body.len());
    assert!(resource("fr").get("hash").is_none(), "the French file is another");
    let page = text(&office, "/en/xso/data/areas");
    assert!(page.contains(&sum), "search engines are told, too");

    // A new version makes other files, of which nothing is known yet.
    let reason = ["--reason", "A site was doubled", "--reason-fr", "Un site était compté deux fois"];
    office.run(&[&["release", "make"], &NAME[..], &reason].concat());
    assert!(resource("en").get("hash").is_none());
    assert_eq!(n_sums(&text(&office, "/catalogue.ttl")), 0);
}
