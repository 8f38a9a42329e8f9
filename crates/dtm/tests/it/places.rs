//! The places of an operation over its pages: brought from a list, corrected, merged, told apart; and what new boundaries do
//! to the areas they lie in.

use crate::office::{Answer, Office};
use crate::office_pages::Person;
use std::path::PathBuf;

const PLACES: &str = "/office/o/xso/places";
const AREAS: &str = "/office/o/xso/areas";

/// An operation whose country has two departments, the first with two communes that are drawn.
struct Country {
    office: Office,
    folder: tempfile::TempDir,
}

/// A feature of boundaries: code, name, parent, and the west and east ends of its box.
fn feature(pcode: &str, name: &str, parent: &str, west: f64, east: f64) -> String {
    format!(
        "{{\"type\":\"Feature\",\"properties\":{{\"ADM2_PCODE\":\"{pcode}\",\"ADM2_EN\":\"{name}\",\"ADM1_PCODE\":\"{parent}\"}},\
         \"geometry\":{{\"type\":\"Polygon\",\"coordinates\":[[[{west},0],[{east},0],[{east},1],[{west},1],[{west},0]]]}}}}"
    )
}

fn collection(features: &[String]) -> String {
    format!("{{\"type\":\"FeatureCollection\",\"features\":[{}]}}", features.join(","))
}

impl Country {
    fn new() -> Self {
        let country = Self { office: Office::open(), folder: tempfile::tempdir().unwrap() };
        let first = "ADM0_PCODE,ADM0_EN,ADM1_PCODE,ADM1_EN\nXS,Sorelia,XS01,North\nXS,Sorelia,XS02,South\n";
        let communes = [feature("XS0101", "Port", "XS01", 0.0, 1.0), feature("XS0102", "Plain", "XS01", 1.0, 2.0)];
        country.office.run(&["import", "areas", "-o", "xso", "--level", "1", &country.file("adm1.csv", first)]);
        let drawn = country.file("adm2.geojson", &collection(&communes));
        country.office.run(&["import", "areas", "-o", "xso", "--level", "2", &drawn]);
        country
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }

    fn person(&self, role: &str) -> Person<'_> {
        Person::new(&self.office, role)
    }
}

impl Person<'_> {
    /// Uploads a file, and returns the address of its preview.
    fn brings(&self, address: &str, name: &str, content: &str) -> Answer {
        let body = format!(
            "--part\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n--part--\r\n"
        );
        self.post_as(&format!("{address}/upload"), "multipart/form-data; boundary=part", &body)
    }

    fn preview(&self, address: &str, name: &str, content: &str) -> String {
        let answer = self.brings(address, name, content);
        assert_eq!(answer.status, 303, "{}", answer.text());
        answer.header("location").unwrap().to_owned()
    }
}

const LIST: &str = "ssid,name,kind,area,lon,lat,opened_on\n\
    XS-1,Camp Lespwa,site,XS0101,0.5,0.5,2025-01-10\n\
    XS-2,Lespwa camp,site,XS0101,0.501,0.5,\n\
    XS-3,River side,host_community,XS102,1.5,0.5,\n\
    XS-4,=cmd,site,XS0102,,,\n";

#[test]
fn a_list_says_what_it_would_change_and_can_be_taken_back() {
    let country = Country::new();
    let officer = country.person("officer");
    let empty = officer.page(PLACES);
    assert!(empty.contains("No place is known yet"), "{empty}");
    let preview = officer.preview(PLACES, "sites.csv", LIST);
    let page = officer.page(&preview);
    for said in ["What this list would change", "Camp Lespwa", "«XS102» was read as XS0102"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    assert!(!officer.page(PLACES).contains("Camp Lespwa"), "a preview changes nothing");
    let taken = officer.does(&preview, "reason=list+of+the+cluster");
    assert!(taken.contains("4 places were saved") && taken.contains("One pair of places may be"), "{taken}");
    // A second list with other names: only what it says changes.
    let second = "ssid,name,kind,area\nXS-1,Kan Lespwa,site,XS0101\nXS-3,River side,host_community,XS0102\n";
    let preview = officer.preview(PLACES, "names.csv", second);
    let page = officer.page(&preview);
    assert!(page.contains("Name: Camp Lespwa → Kan Lespwa"), "{page}");
    let taken = officer.does(&preview, "reason=");
    assert!(taken.contains("One place was saved"), "{taken}");
    let undo = taken.split("name=\"undo\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let place = officer.page("/office/o/xso/place/XS-1");
    for said in ["Kan Lespwa", "Camp Lespwa", "10\u{a0}January\u{a0}2025", "names.csv", "list of the cluster"] {
        assert!(place.contains(said), "{said}: {place}");
    }
    let undone = officer.does(PLACES, &format!("undo={undo}"));
    assert!(undone.contains("One place is as it was before") && !undone.contains("Kan Lespwa"), "{undone}");
    // What leaves can be brought back, and no spreadsheet runs it.
    let csv = officer.get(&format!("{PLACES}/list.csv")).text();
    assert!(csv.contains("XS-3,River side,host_community,XS0102,1.5,0.5,") && csv.contains(",'=cmd,"), "{csv}");
    // What is no list is told, and nothing changes.
    for (name, content, said) in [
        ("sites.csv", "name,area\nCamp,XS01\n", "the list has no column `ssid`"),
        ("photo.xlsx", "not a workbook", "photo.xlsx"),
        ("empty.csv", "", "Choose a file that is not empty"),
    ] {
        let answer = officer.brings(PLACES, name, content);
        let page = match answer.status {
            303 => officer.get(answer.header("location").unwrap()),
            _ => answer,
        };
        assert_eq!(page.status, 400, "{name}");
        assert!(page.text().contains(said), "{name}: {}", page.text());
    }
    assert_eq!(country.person("viewer").brings(PLACES, "sites.csv", LIST).status, 403);
}

#[test]
fn a_place_is_corrected_with_a_reason_and_what_is_wrong_is_said_at_once() {
    let country = Country::new();
    let officer = country.person("officer");
    let added = officer.does(
        &format!("{PLACES}/new"),
        "ssid=&name=Camp+Lespwa&kind=site&area=XS0101&lat=0%2C5&lon=0.5&reason=found+on+foot",
    );
    assert!(added.contains("One place was saved") && added.contains("XS0101-S001"), "{added}");
    let place = "/office/o/xso/place/XS0101-S001";
    let wrong = officer.post(place, "act=save&name=&kind=camp&area=XS99&lat=95&lon=x&opened_on=soon&closed_on=");
    assert_eq!(wrong.status, 400);
    for said in ["A place needs a name", "what kind of place", "XS99", "latitude from -90", "This is not a day"] {
        assert!(wrong.text().contains(said), "{said}: {}", wrong.text());
    }
    let moved = officer.does(place, "act=save&name=Camp+Lespwa&kind=site&area=XS0102&lat=0.5&lon=0.5&reason=");
    assert!(moved.contains("Its position lies outside its area"), "{moved}");
    assert!(moved.contains("Area: XS0101 → XS0102"), "the history tells it: {moved}");
    let same = officer.does(place, "act=save&name=Camp+Lespwa&kind=site&area=XS0102&lat=0.5&lon=0.5&reason=");
    assert!(same.contains("Nothing changed"), "{same}");
    assert_eq!(officer.post(&format!("{PLACES}/new"), "ssid=XS0101-S001&name=A&kind=site&area=XS0101").status, 400);
    assert_eq!(country.person("viewer").post(place, "act=save&name=A&kind=site&area=XS0101").status, 403);
    assert_eq!(officer.get("/office/o/xso/place/nowhere").status, 404);
}

/// The mapping of a list of sites with their people.
const MAPPING: &str = r#"[place]
ssid = "ssid"
name = "name"
area = ["area"]
[place.kind]
question = "kind"
otherwise = "site"
blank = "site"
[date]
question = "day"
[group.idp]
measures = [{ indicator = "m0310_loc_num_idp_ind", question = "idps" }]
"#;

#[test]
fn two_names_of_one_site_are_found_merged_and_counted_once_from_then_on() {
    let country = Country::new();
    let officer = country.person("officer");
    let preview = officer.preview(PLACES, "sites.csv", LIST);
    officer.does(&preview, "reason=");
    let pairs = officer.page(&format!("{PLACES}/duplicates"));
    assert!(pairs.contains("Camp Lespwa") && pairs.contains("111 m apart"), "{pairs}");
    let rows = "ssid,name,kind,area,day,idps\nXS-1,Camp Lespwa,site,XS0101,2026-01-06,100\nXS-2,Lespwa camp,site,XS0101,2026-01-08,120\n";
    let (rows, mapping) = (country.file("rows.csv", rows), country.file("mapping.toml", MAPPING));
    country.office.run(&["import", "table", "-o", "xso", "-r", "1", "--mapping", &mapping, &rows]);
    let idps = || country.office.run(&["round", "settle", "-o", "xso", "-r", "1"])["idps"].as_i64();
    assert_eq!(idps(), Some(220));
    let merged = officer.does(&format!("{PLACES}/duplicates"), "one=XS-1&other=XS-2&act=keep-one&day=2026-01-07");
    assert!(merged.contains("2 places were saved") && merged.contains("No two places look like one"), "{merged}");
    // What was said of the other from that day on is said of this one: the newest word counts, and not both.
    assert_eq!(idps(), Some(120));
    let gone = officer.page("/office/o/xso/place/XS-2");
    assert!(gone.contains("Merged into Camp Lespwa"), "{gone}");
    assert!(officer.page("/office/o/xso/place/XS-1").contains("Lespwa camp"), "the other name stays");
    let undo = merged.split("name=\"undo\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    officer.does(PLACES, &format!("undo={undo}"));
    assert_eq!(idps(), Some(220));
    let told = officer.does(&format!("{PLACES}/duplicates"), "one=XS-1&other=XS-2&act=distinct");
    assert!(told.contains("they are two places") && !told.contains("111 m apart"), "{told}");
}

#[test]
fn a_commune_is_split_and_its_places_go_where_they_lie() {
    let country = Country::new();
    let officer = country.person("officer");
    let preview = officer.preview(PLACES, "sites.csv", LIST);
    officer.does(&preview, "reason=");
    let new = collection(&[
        feature("XS0101", "Port", "XS01", 0.0, 1.0),
        feature("XS0103", "Plain East", "XS01", 1.0, 1.75),
        feature("XS0104", "Plain West", "XS01", 1.75, 2.0),
    ]);
    let preview = officer.preview(AREAS, "adm2.geojson", &new);
    let page = officer.page(&preview);
    for said in ["Split", "Plain East (XS0103) 75", "2 places lie in it", "XS-4", "2 new areas"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let no_day = officer.post(&preview, "ends=XS0102&from=");
    assert_eq!(no_day.status, 400, "{}", no_day.text());
    let taken = officer.does(&preview, "ends=XS0102&from=2026-02-01");
    assert!(taken.contains("one place moved") && taken.contains("One place lies in an area that ended"), "{taken}");
    assert!(officer.page("/office/o/xso/place/XS-3").contains("Plain East, North (XS0103)"));
    let adrift = officer.page("/office/o/xso/place/XS-4");
    assert!(adrift.contains("It became: XS0103, XS0104"), "{adrift}");
    let areas = officer.page(&format!("{AREAS}?level=2"));
    assert!(areas.contains("until 31\u{a0}January\u{a0}2026") && areas.contains("became XS0103, XS0104"), "{areas}");
    let again = officer.does(AREAS, "act=stands&area=XS0102");
    assert!(again.contains("The area stands again"), "{again}");
    let spelled = officer.does(AREAS, "act=alias&area=XS0101&spelling=Le+Port");
    assert!(spelled.contains("also: Le Port"), "{spelled}");
    assert_eq!(officer.post(AREAS, "act=alias&area=XS9&spelling=x").status, 400);
    assert_eq!(country.person("reviewer").post(AREAS, "act=stands&area=XS0102").status, 403);
    // The command line tells the same before it does anything.
    let file = country.file("adm2.new.geojson", &new);
    let told = country.office.run(&["import", "areas", "-o", "xso", "--level", "2", "--preview", &file]);
    assert_eq!(told["changes"][0]["becomes"], "ended → XS0103 (75 %) XS0104 (25 %)", "{told}");
}

#[test]
fn who_sees_one_department_sees_its_places_only() {
    let country = Country::new();
    let officer = country.person("officer");
    let preview = officer.preview(PLACES, "sites.csv", &format!("{LIST}XS-9,Far camp,site,XS02,,,\n"));
    officer.does(&preview, "reason=");
    let north = ["user", "add", "north@example.org", "--role", "reviewer", "-o", "xso", "--areas", "XS02"];
    country.office.run(&north);
    let narrowed = country.person("north");
    let page = narrowed.page(PLACES);
    assert!(page.contains("Far camp") && !page.contains("Lespwa"), "{page}");
    assert!(!narrowed.get(&format!("{PLACES}/list.csv")).text().contains("Lespwa"));
    assert_eq!(narrowed.get("/office/o/xso/place/XS-1").status, 404);
    assert!(narrowed.page(AREAS).contains("North"), "areas are public");
}

#[test]
fn phones_have_the_places_and_every_change_of_them() {
    let country = Country::new();
    let officer = country.person("officer");
    let preview = officer.preview(PLACES, "sites.csv", LIST);
    officer.does(&preview, "reason=");
    assert!(officer.does(PLACES, "act=phones").contains("follows every change within seconds"));
    let list = "/office/o/xso/lists/places/download";
    let csv = officer.get(list).text();
    assert!(
        csv.contains("Camp Lespwa (XS-1),") && csv.contains("0.5 0.5 0 0") && csv.matches("XS-").count() == 8,
        "{csv}"
    );
    let change = "ssid,name,kind,area,closed_on\nXS-1,Kan Lespwa,site,XS0101,\nXS-3,River side,host_community,XS0102,2026-01-31\n";
    officer.does(&officer.preview(PLACES, "names.csv", change), "reason=");
    let follows = |csv: &str| csv.contains("Kan Lespwa (XS-1)") && !csv.contains("River side");
    let caught_up = (0..300).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        follows(&officer.get(list).text())
    });
    assert!(caught_up, "{}", officer.get(list).text());
    assert!(officer.does(PLACES, "act=phones").contains("follows every change"), "asked twice, it is made once");
    assert!(officer.does(PLACES, "act=no-phones").contains("follows the places no longer"));
    // A list of that name that people fill is theirs.
    assert_eq!(officer.post(PLACES, "act=phones").status, 400);
    assert_eq!(country.person("viewer").post(PLACES, "act=phones").status, 403);
}
