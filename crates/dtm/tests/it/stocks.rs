//! Stock and flow: a round beside the one before and what people know of movements in between, over pages, the REST API and
//! the command line.

use crate::office::{Answer, Office};
use crate::office_pages::Person;
use serde_json::{Value, json};

const PAGE: &str = "/office/o/xso/mobility/2/stocks";
const ROUND: [&str; 4] = ["-o", "xso", "-r", "2"];

const MAPPING: &str = r#"[place]
ssid = "ssid"
name = "name"
area = ["area"]
[place.kind]
otherwise = "site"
question = "kind"
blank = "site"
[date]
question = "day"
[group.idp]
measures = [{ indicator = "m0310_loc_num_idp_ind", question = "idps" }]
"#;

/// Two regions. In the second round the North has 1,250 in place of 1,000 people, 90 of them in a site that the first round did
/// not know; the South has lost 50 of 400.
fn two_rounds() -> Office {
    let mut office = Office::new();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let areas = file("areas.csv", "pcode,name_en,parent\nXS01,North,XS\nXS02,South,XS\n");
    let mapping = file("mapping.toml", MAPPING);
    let first = file(
        "one.csv",
        "ssid,name,kind,area,day,idps\nA,Camp,site,XS01,2026-01-06,1000\nB,School,site,XS02,2026-01-07,400\n",
    );
    let second = file(
        "two.csv",
        "ssid,name,kind,area,day,idps\nA,Camp,site,XS01,2026-04-06,1160\nB,School,site,XS02,2026-04-07,350\nC,Yard,site,XS01,2026-04-08,90\n",
    );
    office.run(&["import", "areas", "-o", "xso", "--level", "1", &areas]);
    office.run(&[&["round", "add"], &ROUND[..], &["--starts", "2026-04-05", "--ends", "2026-04-20"]].concat());
    for (round, rows) in [("1", &first), ("2", &second)] {
        office.run(&["import", "table", "-o", "xso", "-r", round, "--mapping", &mapping, rows]);
        office.run(&["round", "settle", "-o", "xso", "-r", round]);
    }
    office.start(&[]);
    office
}

/// An officer's program.
fn caller(office: &Office) -> impl Fn(&str, &str, &str) -> Answer {
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    move |method, path, body| {
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        office.ask(method, &format!("/v1/projects/1/exercises/mobility/rounds/{path}"), &headers, body.as_bytes())
    }
}

/// What the account of an area says: before, expected, after, not explained, by coverage.
fn account(seen: &Value, area: &str) -> String {
    let accounts = seen["accounts"].as_array().unwrap().iter().chain([&seen["whole"]]);
    let account = accounts.into_iter().find(|account| account["area"].as_str().unwrap_or("all") == area).unwrap();
    let number = |key: &str| account[key].as_f64().unwrap();
    let numbers = ["before", "expected", "after", "residual", "coverage"].map(number);
    numbers.map(|number| number.to_string()).join(" ")
}

#[test]
fn what_people_know_of_movements_explains_a_change_until_they_withdraw_it() {
    let office = two_rounds();
    let (officer, viewer) = (Person::new(&office, "officer"), Person::new(&office, "viewer"));
    let rest = caller(&office);
    let seen = || rest("GET", "2/stocks", "").json();
    assert_eq!(account(&seen(), "XS01"), "1000 1000 1250 250 90");
    assert_eq!(account(&seen(), "all"), "1400 1400 1600 200 90");

    let page = officer.page(PAGE);
    assert!(page.contains("Since round 1") && page.contains("No movement was written down"), "{page}");
    let added = officer.does(PAGE, "area=XS01&kind=arrivals&persons=200&margin=30&source=Register+of+%3Cthe+mayor%3E");
    assert!(
        added.contains("The movement was written down") && added.contains("Register of &#60;the mayor&#62;"),
        "{added}"
    );
    assert!(added.contains("more than uncertain") && added.contains("The nearest numbers that fit"), "{added}");
    let south = json!({ "area": "XS02", "kind": "returns", "persons": 45, "source": "Transport of an agency" });
    let written = rest("POST", "2/movements", &south.to_string()).json();
    assert_eq!((&written["area"], &written["margin"]), (&json!("XS02"), &json!(0)));
    assert_eq!(account(&seen(), "XS01"), "1000 1200 1250 50 90");
    assert_eq!(account(&seen(), "XS02"), "400 355 350 -5 0");
    assert_eq!(account(&seen(), "all"), "1400 1555 1600 45 90");
    // The figures of the round are what they were.
    assert_eq!(office.run(&[&["round", "settle"], &ROUND[..]].concat())["idps"], 1600);

    let of = format!("2/movements/{}", written["id"].as_str().unwrap());
    assert_eq!(rest("DELETE", &of, "").status, 200);
    assert_eq!(rest("DELETE", &of, "").status, 404, "once is enough");
    assert_eq!(account(&seen(), "XS02"), "400 400 350 -50 0");
    assert!(officer.page(PAGE).contains("withdrawn by"));
    let id = written["id"].as_str().unwrap();
    let told = office.run(&[&["round", "stocks", "restore"], &ROUND[..], &[id]].concat());
    assert_eq!(account(&told, "XS02"), "400 355 350 -5 0");
    let movement = ["--area", "XS02", "--kind", "reclassified", "--persons", "-5", "--source", "Counted as hosts"];
    let told = office.run(&[&["round", "stocks", "add"], &ROUND[..], &movement].concat());
    assert_eq!(account(&told, "XS02"), "400 350 350 0 0");

    let wrong = officer.post(PAGE, "area=XS&kind=arrivals&persons=many&margin=-1&source=");
    assert_eq!(wrong.status, 400);
    for said in ["«XS» is no area", "whole number above zero", "zero or more", "Say who or what", "value=\"many\""] {
        assert!(wrong.text().contains(said), "{said}: {}", wrong.text());
    }
    assert_eq!(viewer.get(PAGE).status, 403, "figures before anything is hidden");
    assert_eq!(viewer.post(PAGE, "area=XS01&kind=births&persons=1&source=Clinic").status, 403);
}

#[test]
fn a_round_without_one_before_it_says_that_there_is_nothing_to_compare() {
    let office = two_rounds();
    let officer = Person::new(&office, "officer");
    let rest = caller(&office);
    let page = officer.page("/office/o/xso/mobility/1/stocks");
    assert!(page.contains("There is nothing to compare yet"), "{page}");
    assert_eq!(rest("GET", "1/stocks", "").status, 404);
    let origins = rest("GET", "2/origins", "").json();
    assert_eq!(origins["series"], json!([{ "round": "1", "persons": 1400 }, { "round": "2", "persons": 1600 }]));
    let csv = officer.get("/office/o/xso/mobility/2/origins/origins.csv");
    let rows: Vec<String> = csv.text().lines().skip(1).map(str::to_owned).collect();
    assert_eq!(rows, [",Not said,XS01,North,1250", ",Not said,XS02,South,350"], "nobody asked where they came from");
}
