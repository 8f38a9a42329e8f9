//! Entity lists for people who were given some areas, on the pages of the office, in the rules of forms, and as the file of
//! choices that a workbook brings.

use crate::entities::{A, B, LISTS, Person, register, send};
use crate::office::{Answer, OPENROSA, Office};
use serde_json::{Value, json};
use std::time::Duration;

/// The country, two regions and a district.
const AREAS: &str =
    "Admin Level,P-Code,Name,Parent P-Code\n0,XS,Sorelia,\n1,XS01,North,XS\n1,XS02,South,XS\n2,XS0101,Hill,XS01\n";

/// An office with sites in two regions: Camp A in a district of the first, Camp B in the second.
fn with_sites(office: &Office) -> Person<'_> {
    let file = office.data().join("areas.csv");
    std::fs::write(&file, AREAS).unwrap();
    office.run(&["import", "areas", file.to_str().unwrap(), "-o", "xso"]);
    let officer = Person::new(office, "officer");
    officer.publish();
    officer.done("PATCH", &format!("{LISTS}/sites"), json!({ "areaProperty": "area" }));
    let add = |id: &str, label: &str, area: &str| json!({ "uuid": id, "label": label, "data": { "area": area, "hh": "12", "place": "18.5 -72.3 0 0" } });
    for new in [add(A, "Camp A", "XS0101"), add(B, "Camp B", "XS02")] {
        officer.done("POST", &format!("{LISTS}/sites/entities"), new);
    }
    officer
}

fn given(office: &Office, email: &str, role: &str, more: &[&str]) {
    office.run(&[&["user", "add", email, "--role", role, "-o", "xso"], more].concat());
}

fn page(person: &Person<'_>, path: &str) -> Answer {
    person.ask("GET", path, "text/plain", "")
}

#[test]
fn people_who_were_given_some_areas_see_the_entities_that_lie_there_and_no_others() {
    let office = Office::open();
    with_sites(&office);
    given(&office, "north@example.org", "viewer", &["--areas", "XS01"]);
    given(&office, "public@example.org", "viewer", &["--areas", "XS01", "--sees", "public"]);
    given(&office, "collector@example.org", "formfill", &["--areas", "XS02"]);
    let north = Person::new(&office, "north");
    let at = format!("{LISTS}/sites");
    let labels = |rows: &Value| -> Vec<String> {
        rows.as_array().unwrap().iter().map(|row| row["currentVersion"]["label"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(labels(&north.get(&format!("{at}/entities"))), ["Camp A"]);
    assert_eq!(north.get(&format!("{at}/entities/{A}"))["currentVersion"]["data"]["area"], "XS0101");
    for below in ["", "/versions", "/diffs", "/audits"] {
        assert_eq!(page(&north, &format!("{at}/entities/{A}{below}")).status, 200, "{below}");
        assert_eq!(page(&north, &format!("{at}/entities/{B}{below}")).status, 404, "{below}");
    }
    let table = north.get(&format!("{at}.svc/Entities?%24count=true"));
    assert_eq!((&table["@odata.count"], &table["value"][0]["label"]), (&json!(1), &json!("Camp A")));
    assert_eq!(table["value"].as_array().unwrap().len(), 1);
    let filtered = north.get(&format!("{at}.svc/Entities?%24filter=area%20eq%20'XS02'&%24count=true"));
    assert_eq!(filtered["@odata.count"], 0);
    for download in ["entities.csv", "entities.geojson", "changes"] {
        let text = page(&north, &format!("{at}/{download}")).text();
        assert!(text.contains("Camp A") && !text.contains("Camp B"), "{download}: {text}");
    }
    let office_list = "/office/o/xso/lists/sites";
    for path in [office_list.to_owned(), format!("{office_list}/download"), format!("{office_list}?q=camp")] {
        let text = page(&north, &path).text();
        assert!(text.contains("Camp A") && !text.contains("Camp B"), "{path}: {text}");
    }
    assert!(page(&north, "/office/o/xso/lists").text().contains("1 entit"));
    assert_eq!(page(&north, &format!("{office_list}/{A}")).status, 200);
    assert_eq!(page(&north, &format!("{office_list}/{B}")).status, 404);
    // What is written is for those who have the whole list.
    let refused = north.json("PATCH", &format!("{at}/entities/{A}?force=true"), json!({ "label": "Mine" }));
    assert_eq!(refused.status, 403);
    assert_eq!(north.json("DELETE", &format!("{at}/entities/{A}"), json!({})).status, 403);
    // Entities hold answers that nobody classified.
    let public = Person::new(&office, "public");
    assert_eq!(page(&public, &format!("{at}/entities")).status, 403);
    assert!(!page(&public, office_list).text().contains("Camp"));
    // A data collector fills in forms with what lies in their areas.
    let collector = Person::new(&office, "collector");
    let csv = page(&collector, "/v1/projects/1/forms/register/attachments/sites.csv").text();
    assert!(csv.contains("Camp B") && !csv.contains("Camp A"), "{csv}");
    assert_eq!(page(&collector, &format!("{at}/entities")).status, 403);
    // The phone, which has no areas, gets both.
    let csv = office.get(&format!("{}/forms/register/attachments/sites.csv", office.phone), &[]).text();
    assert!(csv.contains("Camp B") && csv.contains("Camp A"), "{csv}");
}

#[test]
fn a_table_of_entities_is_filtered_sorted_and_paged() {
    let office = Office::open();
    let officer = Person::new(&office, "officer");
    officer.publish();
    let one = |n: u32| json!({ "label": format!("Site {n:02}"), "data": { "area": format!("XS0{}", n % 3), "hh": n.to_string() } });
    let all: Vec<Value> = (0..30).map(one).collect();
    let at = format!("{LISTS}/sites");
    officer.done("POST", &format!("{at}/entities"), json!({ "entities": all, "source": { "name": "sites.csv" } }));
    let table =
        |options: &str| officer.get(&format!("{at}.svc/Entities?{}", options.replace(' ', "%20").replace('$', "%24")));
    let labels = |table: &Value| -> String {
        let rows = table["value"].as_array().unwrap().iter();
        rows.map(|row| row["label"].as_str().unwrap().trim_start_matches("Site ").to_owned())
            .collect::<Vec<_>>()
            .join(" ")
    };
    // With and without an index: the same rows.
    for indexed in [false, true] {
        for property in ["area", "hh"] {
            officer.done("PATCH", &format!("{at}/properties/{property}"), json!({ "indexed": indexed }));
        }
        for (options, expected) in [
            ("$top=3", "29 28 27"),
            ("$top=3&$skip=27", "02 01 00"),
            ("$skip=29", "00"),
            ("$skip=30", ""),
            ("$orderby=hh&$top=4", "00 01 02 03"),
            ("$orderby=hh desc&$top=3&$skip=1", "28 27 26"),
            ("$orderby=label desc&$top=2", "29 28"),
            ("$orderby=__system/createdAt asc&$top=2", "00 01"),
            ("$orderby=area desc,hh&$top=3", "02 05 08"),
            ("$filter=area eq 'XS01'&$top=2", "28 25"),
            ("$filter=area eq 'XS01'&$orderby=hh&$top=2", "01 04"),
            ("$filter=hh gt 3 and hh le 6", "06 05 04"),
            ("$filter=hh lt 2 or label eq 'Site 29'", "29 01 00"),
            ("$filter=hh in (4, 9)", "09 04"),
            ("$filter=not (hh lt 28)", "29 28"),
            ("$filter=area eq ' XS01'", ""),
            ("$filter=place ne null", ""),
            ("$filter=hh eq 7 and place eq null", "07"),
            ("$filter=__system/version gt 1", ""),
            ("$filter=__system/updatedAt eq null and hh eq 8", "08"),
        ] {
            let found = table(options);
            assert_eq!(labels(&found), expected, "{options}, indexed: {indexed}");
            if options.starts_with("$filter") {
                let counted = table(&format!("{options}&$top=0&$count=true"));
                let whole = table(options.split("&$top").next().unwrap());
                assert_eq!(counted["@odata.count"], whole["value"].as_array().unwrap().len(), "{options}");
            }
        }
    }
    // Pages follow one another by what the server says.
    let (mut seen, mut next) = (Vec::new(), Some(format!("{at}.svc/Entities?%24orderby=area&%24top=7")));
    while let Some(address) = next {
        let page = officer.get(&address);
        seen.extend(labels(&page).split(' ').map(str::to_owned).collect::<Vec<_>>());
        let link = page["@odata.nextLink"].as_str().map(str::to_owned);
        next = link.map(|link| link[link.find("/v1/").unwrap()..].to_owned());
    }
    let (n, mut once) = (seen.len(), seen);
    once.sort();
    once.dedup();
    assert_eq!((n, once.len()), (30, 30));
}

#[test]
fn who_gets_which_entities_is_set_on_the_pages_of_the_office() {
    let office = Office::open();
    let officer = with_sites(&office);
    let post = |path: &str, body: &str| officer.ask("POST", path, "application/x-www-form-urlencoded", body);
    let phones = "/office/o/xso/phones";
    let text = page(&officer, "/office/o/xso/lists/sites").text();
    assert!(text.contains("receives all of it") && text.contains(&format!("href=\"{phones}\"")), "{text}");
    assert_eq!(post(&format!("{phones}/properties"), "name=9").status, 400);
    assert_eq!(post(&format!("{phones}/properties"), "name=pcode").status, 303);
    assert_eq!(post(&format!("{phones}/properties"), "name=pcode").status, 400);
    let text = page(&officer, phones).text();
    let id = text.split(&format!("action=\"{phones}/")).nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(text.contains("name=\"p.pcode\""), "{text}");
    assert_eq!(post(&format!("{phones}/{id}"), "act=properties&p.pcode=XS02&p.other=1").status, 303);
    assert!(page(&officer, phones).text().contains("pcode XS02"));
    let list = "/office/o/xso/lists/sites";
    assert_eq!(post(list, "act=access&property=area&own=nothing").status, 404);
    assert_eq!(post(list, "act=access&property=area&own=pcode").status, 303);
    let csv = || office.get(&format!("{}/forms/register/attachments/sites.csv", office.phone), &[]).text();
    assert!(csv().contains("Camp B") && !csv().contains("Camp A"), "{}", csv());
    let text = page(&officer, list).text();
    assert!(text.contains("<option selected>area</option>"), "{text}");
    assert_eq!(post(list, "act=access&property=&own=pcode").status, 303);
    assert!(csv().contains("Camp A"));
    assert_eq!(post(list, "act=area&property=").status, 303);
    assert_eq!(officer.get(&format!("{LISTS}/sites"))["areaProperty"], Value::Null);
    assert_eq!(post(list, "act=area&property=area").status, 303);
    assert_eq!(officer.get(&format!("{LISTS}/sites"))["areaProperty"], "area");
    // A file of entities: every problem, or all of it.
    let upload = |csv: &str, more: &str| {
        let body = format!(
            "--part\r\nContent-Disposition: form-data; name=\"file\"; filename=\"sites.csv\"\r\n\r\n{csv}\r\n{more}--part--\r\n"
        );
        officer.ask("POST", &format!("{list}/upload"), "multipart/form-data; boundary=part", &body)
    };
    let check = "--part\r\nContent-Disposition: form-data; name=\"check\"\r\n\r\n1\r\n";
    assert!(upload("label,area\nCamp C,XS01\n", check).text().contains("Camp A"));
    assert_eq!(upload("label,area\nCamp C,XS01\n,XS01\n", "").status, 400);
    assert!(!page(&officer, list).text().contains("Camp C"));
    assert_eq!(upload("label,area\nCamp C,XS01\nCamp D,XS01\n", "").status, 303);
    assert!(page(&officer, list).text().contains("Camp D"));
}

/// A form that chooses a site and copies what the list says of it.
const VISIT: &str = r#"<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
<h:head><h:title>Visit</h:title><model><instance><data id="visit" version="1"><site/><hh/><area/><meta><instanceID/></meta></data></instance>
<instance id="sites" src="jr://file-csv/sites.csv"/>
<bind nodeset="/data/site" type="string"/>
<bind nodeset="/data/hh" type="int" calculate="instance('sites')/root/item[name = /data/site]/hh"/>
<bind nodeset="/data/area" type="string" calculate="pulldata('sites', 'area', 'name', /data/site)"/></model></h:head>
<h:body><select1 ref="/data/site"><label>Site</label><itemset nodeset="instance('sites')/root/item"><value ref="name"/><label ref="label"/></itemset></select1></h:body></h:html>"#;

#[test]
fn answers_are_held_against_the_entity_list_that_their_form_reads() {
    let office = Office::open();
    let officer = with_sites(&office);
    let made = officer.ask("POST", "/v1/projects/1/forms?publish=true", "application/xml", VISIT);
    assert_eq!(made.status, 200, "{}", made.text());
    let visit = |instance: &str, site: &str, hh: &str, area: &str| {
        let xml = format!(
            "<data id=\"visit\" version=\"1\"><site>{site}</site><hh>{hh}</hh><area>{area}</area>\
             <meta><instanceID>uuid:{instance}</instanceID></meta></data>"
        );
        send(&office, &xml);
    };
    let findings = || -> Vec<String> {
        let told = office.run(&["round", "findings", "-o", "xso", "-r", "1"]);
        let mut said: Vec<String> = told
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["message"].as_str().unwrap().replace(['\u{2068}', '\u{2069}'], ""))
            .filter(|message| ["Site", "hh holds", "area holds"].iter().any(|name| message.contains(name)))
            .collect();
        said.sort();
        said
    };
    let nobody = "cccccccc-0000-4000-8000-00000000000c";
    visit("1", A, "12", "XS0101");
    visit("2", A, "13", "XS02");
    visit("3", nobody, "", "");
    for _ in 0..300 {
        if findings().len() >= 3 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let found = findings();
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.iter().any(|said| said.contains(nobody)), "{found:?}");
    assert!(found.iter().any(|said| said.contains("«13»") && said.contains("«12»")), "{found:?}");
    assert!(found.iter().any(|said| said.contains("«XS02»") && said.contains("«XS0101»")), "{found:?}");
    // A site that was registered a moment ago is known.
    let new = format!("id=\"{nobody}\" create=\"1\"");
    send(&office, &register("uuid:new", &new, "Camp C", "<area>XS01</area><hh>3</hh>"));
    visit("4", nobody, "3", "XS01");
    visit("5", nobody, "4", "XS01");
    for _ in 0..300 {
        if findings().len() > 3 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let found = findings();
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found.iter().any(|said| said.contains("«4»") && said.contains("«3»")), "{found:?}");
}

/// A workbook whose form looks cities up in a file.
const CITIES: &str = "
| survey |
| | type | name | label | choice_filter |
| | text | state | State | |
| | select_one_external cities | city | City | state=${state} |
| | select_one yn | ok | OK | |
| choices |
| | list_name | name | label |
| | yn | y | Yes |
| settings |
| | form_id | version |
| | cities | 1 |
| external_choices |
| | list_name | name | label | state |
| | cities | a1 | Alpha | xs01 |
| | cities | b1 | Bravo | |
";

#[test]
fn a_workbook_with_external_choices_brings_the_file_that_phones_look_them_up_in() {
    let office = Office::open();
    let book = office.data().join("cities.md");
    std::fs::write(&book, CITIES).unwrap();
    let expected = "\"list_name\",\"name\",\"label\",\"state\"\r\n\"cities\",\"a1\",\"Alpha\",\"xs01\"\r\n\
                    \"cities\",\"b1\",\"Bravo\",\"\"\r\n";
    let file = office.data().join("out.csv");
    office.run(&["form", "convert", book.to_str().unwrap(), "--itemsets", file.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), expected);
    office.run(&["form", "upload", "-o", "xso", "-e", "mobility", "--publish", book.to_str().unwrap()]);
    let manifest = office.get(&format!("{}/forms/cities/manifest", office.phone), &[OPENROSA]).text();
    assert!(manifest.contains("<filename>itemsets.csv</filename>"), "{manifest}");
    let got = office.get(&format!("{}/forms/cities/attachments/itemsets.csv", office.phone), &[]);
    assert_eq!((got.status, got.text().as_str()), (200, expected));
    // A new version brings its own.
    let officer = Person::new(&office, "officer");
    std::fs::write(&book, CITIES.replace("| cities | 1 |", "| cities | 2 |").replace("Bravo", "Bravo City")).unwrap();
    office.run(&["form", "upload", "-o", "xso", "-e", "mobility", book.to_str().unwrap()]);
    let files = officer.get("/v1/projects/1/forms/cities/draft/attachments");
    assert_eq!((&files[0]["name"], &files[0]["exists"]), (&json!("itemsets.csv"), &json!(true)), "{files}");
    let got = page(&officer, "/v1/projects/1/forms/cities/draft/attachments/itemsets.csv").text();
    assert!(got.contains("Bravo City"), "{got}");
    let published = office.get(&format!("{}/forms/cities/attachments/itemsets.csv", office.phone), &[]).text();
    assert_eq!(published, expected);
    // What is published keeps its choices: others need another version.
    std::fs::write(&book, CITIES.replace("Bravo", "Bravo City")).unwrap();
    let again = ["form", "upload", "-o", "xso", "-e", "mobility", "--publish", book.to_str().unwrap()];
    assert!(office.refuse_with(&again, &[]).contains("other contents"));
}
