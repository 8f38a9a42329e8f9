//! The places of an operation over its pages: brought from a list, corrected, merged, told apart; and what new boundaries do
//! to the areas they lie in.

use crate::office::{Answer, Office};
use crate::office_pages::{Person, hidden};
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

/// What stands in a field that people write in.
fn typed(page: &str, name: &str) -> String {
    let field = page.split(&format!("name=\"{name}\"")).nth(1).unwrap_or_else(|| panic!("no {name}: {page}"));
    field.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
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
    for said in ["What this list would change", "Camp Lespwa", "XS102</th><td>Plain (XS0102)", "a zero more or less"] {
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
    assert!(moved.contains("Area: Port (XS0101) → Plain (XS0102)"), "the history tells it: {moved}");
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
    // All of it is taken back at once, with the places that went along.
    let undone = officer.does(AREAS, &format!("undo={}", hidden(&taken, "undo")));
    assert!(undone.contains("3 areas are as they were before; one place is back where it lay"), "{undone}");
    assert!(officer.page("/office/o/xso/place/XS-3").contains("Plain, North (XS0102)"));
    assert_eq!(officer.get("/office/o/xso/area/XS0103").status, 404);
    // The command line tells the same before it does anything.
    let file = country.file("adm2.new.geojson", &new);
    let told = country.office.run(&["import", "areas", "-o", "xso", "--level", "2", "--preview", &file]);
    assert_eq!(told["changes"][0]["becomes"], "ended → XS0103 (75 %) XS0104 (25 %)", "{told}");
}

#[test]
fn an_area_is_corrected_recoded_and_says_who_did_so_and_why() {
    let country = Country::new();
    let officer = country.person("officer");
    officer.does(&officer.preview(PLACES, "sites.csv", LIST), "reason=");
    let area = "/office/o/xso/area/XS0101";
    let written = "act=save&name_en=Port&name_fr=Le+Port&aliases=Opo;Port-Nord&parent=XS01&valid_from=&valid_to=&became=&reason=decree";
    let saved = officer.does(area, written);
    for said in ["The area was saved", "Names: Port → Port / Le Port", "Other spellings: — → Opo; Port-Nord", "decree"]
    {
        assert!(saved.contains(said), "{said}: {saved}");
    }
    assert!(officer.does(area, written).contains("Nothing changed"));
    let undone = officer.does(area, &format!("act=undo&undo={}", hidden(&saved, "undo")));
    assert!(
        undone.contains("One area is as it was before") && undone.contains("Names: Port / Le Port → Port"),
        "{undone}"
    );
    let wrong = officer.post(
        area,
        "act=save&name_en=&name_fr=&parent=XS0102&valid_from=2026-02-01&valid_to=2026-01-01&became=nowhere",
    );
    assert_eq!(wrong.status, 400);
    for said in ["An area needs a name", "one level above", "cannot end before it began", "«nowhere» is not the p-code"]
    {
        assert!(wrong.text().contains(said), "{said}: {}", wrong.text());
    }
    let recoded = officer.does(area, "act=recode&code=XS0191&from=2026-03-01&reason=law+7");
    assert!(recoded.contains("XS0191") && recoded.contains("law 7"), "{recoded}");
    let old = officer.page(area);
    assert!(old.contains("It ended on 28\u{a0}February\u{a0}2026 and became Port (XS0191)"), "{old}");
    assert!(officer.page("/office/o/xso/place/XS-1").contains("Port, North (XS0191)"));
    for (body, said) in [
        ("act=recode&code=XS0102&from=2026-03-01", "has the p-code XS0102 already"),
        ("act=recode&code=X!&from=2026-03-01", "cannot be a p-code"),
    ] {
        assert!(officer.post("/office/o/xso/area/XS0102", body).text().contains(said), "{said}");
    }
    let parts = officer.post("/office/o/xso/area/XS01", "act=recode&code=XS09&from=2026-03-01");
    assert!(parts.text().contains("Bring the new boundaries as a file"), "{}", parts.text());
    let stands = officer.does(area, "act=stands&reason=the+law+fell");
    assert!(stands.contains("the law fell") && !stands.contains("It ended on"), "{stands}");
    assert_eq!(country.person("reviewer").post(area, "act=stands").status, 403);
    assert!(country.person("viewer").page(area).contains("law 7"));
}

#[test]
fn a_name_is_no_code_but_offers_the_areas_and_places_that_are_called_so() {
    let country = Country::new();
    let officer = country.person("officer");
    officer.does(&officer.preview(PLACES, "sites.csv", LIST), "reason=");
    let new = format!("{PLACES}/new");
    let asked = officer.post(&new, "act=save&name=Camp&kind=site&area=pla");
    assert_eq!(asked.status, 400);
    assert!(asked.text().contains("Choose the area that is meant") && asked.text().contains("Plain, North (XS0102)"));
    let added = officer.does(&new, "act=save&name=Camp&kind=site&site_type=camp&area=pla&area_code=XS0102");
    assert!(added.contains("XS0102-S001") && added.contains("Planned camp"), "its type in words: {added}");
    let place = "/office/o/xso/place/XS-1";
    let asked = officer.post(place, "act=merge&into=lespwa&day=2026-01-07");
    assert!(asked.status == 400 && asked.text().contains("value=\"XS-2\""), "{}", asked.text());
    let merged = officer.does(place, "act=merge&into=lespwa&into_id=XS-2&day=2026-01-07");
    assert!(merged.contains("Merged into Lespwa camp"), "{merged}");
    let reopened = officer.does(place, "act=reopen&reason=they+are+two");
    assert!(!reopened.contains("Merged into Lespwa camp</a>") && reopened.contains("they are two"), "{reopened}");
    assert!(officer.does(place, "act=close&closed_on=2026-02-01&reason=flood").contains("flood"));
    let early = officer.post(place, "act=close&closed_on=2024-02-01");
    assert!(early.status == 400 && early.text().contains("cannot close before it opened"));
    // A list is narrowed level by level, and by the name of an area.
    let narrowed = officer.page(&format!("{PLACES}?area=XS01"));
    assert!(narrowed.contains(">› Plain</option>"), "{narrowed}");
    assert!(officer.page(&format!("{PLACES}?q=plain")).contains("River side"));
}

#[test]
fn a_position_is_shown_on_a_map_by_clicks_and_what_can_hardly_be_meant_is_asked_about() {
    let country = Country::new();
    let officer = country.person("officer");
    let new = format!("{PLACES}/new");
    let page = officer.page(&new);
    assert!(page.contains("type=\"image\"") && page.contains("src=\"data:image/svg+xml;base64,"), "{page}");
    // In the middle of what is drawn: the country is two squares from 0, 0 to 2, 1. Nothing is saved by it.
    let mut page = page;
    for _ in 0..5 {
        let window = hidden(&page, "window").replace(' ', "+");
        let body = format!("name=Camp&kind=site&area=&lat=&lon=&window={window}&large.x=300&large.y=200");
        page = officer.post(&new, &body).text();
    }
    let (lat, lon): (f64, f64) = (typed(&page, "lat").parse().unwrap(), typed(&page, "lon").parse().unwrap());
    assert!((0.4..0.9).contains(&lat) && (1.0..1.5).contains(&lon), "{lat} {lon}");
    assert!(page.contains("value=\"XS0102\"") && page.contains("value=\"Camp\""), "the area that was clicked: {page}");
    assert!(!officer.page(PLACES).contains("Camp"));
    let told = |body: &str| {
        let answer = officer.post(&new, &format!("act=save&name=Camp&kind=site&area=XS0102&{body}"));
        (answer.status, answer.text())
    };
    let (status, zero) = told("lat=0&lon=0");
    assert!(status == 400 && zero.contains("Latitude 0, longitude 0 lies in the Atlantic"), "{zero}");
    let (status, sign) = told("lat=0.5&lon=-1.5");
    assert!(status == 400 && sign.contains("Latitude 0.5, longitude 1.5 does"), "{sign}");
    let body = "act=meant&name=Camp&kind=site&area=XS0102&lat=0.5&lon=-1.5";
    assert_eq!(typed(&officer.post(&new, body).text(), "lon"), "1.5");
    let (status, far) = told("lat=48.8&lon=2.3");
    assert!(status == 400 && far.contains("lies outside the country") && far.contains("save it as it is"), "{far}");
    let sure = officer.does(&new, "act=sure&name=Border+post&kind=flow_point&area=XS0102&lat=48.8&lon=2.3");
    assert!(sure.contains("Border post") && sure.contains("48.8"), "{sure}");
}

#[test]
fn programs_and_the_command_line_look_places_up_and_change_them_as_the_pages_do() {
    let country = Country::new();
    let office = &country.office;
    let officer = country.person("officer");
    officer.does(&officer.preview(PLACES, "sites.csv", LIST), "reason=");
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let call = |method: &str, path: &str, body: &str| {
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        office.ask(method, &format!("/v1/projects/1/{path}"), &headers, body.as_bytes())
    };
    let ssids = |path: &str| -> Vec<String> {
        let listed = call("GET", path, "").json();
        listed.as_array().unwrap().iter().map(|place| place["ssid"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ssids("places?limit=2"), ["XS-1", "XS-2"]);
    assert_eq!(ssids("places?limit=2&after=XS-2"), ["XS-3", "XS-4"]);
    assert_eq!(ssids("places?q=plain&kind=site"), ["XS-4"]);
    assert_eq!(call("GET", "places?kind=camp", "").status, 400);
    let tag = call("GET", "places", "").header("etag").unwrap().to_owned();
    let headers = [("Authorization", bearer.as_str()), ("If-None-Match", tag.as_str())];
    assert_eq!(office.get("/v1/projects/1/places", &headers).status, 304);

    let added =
        call("POST", "places", r#"{"name":"Camp","kind":"site","area":"XS0102","position":{"lat":0.5,"lon":1.5}}"#);
    assert_eq!((added.status, added.json()["ssid"].as_str()), (200, Some("XS0102-S001")), "{}", added.text());
    let wrong =
        call("POST", "places", r#"{"name":"Camp","kind":"site","area":"plai","position":{"lat":0.5,"lon":-1.5}}"#);
    assert!(wrong.status == 409 && wrong.text().contains("Latitude 0.5, longitude 1.5 does"), "{}", wrong.text());
    let closed = call("PATCH", "places/XS-1", r#"{"closedOn":"2026-02-01","reason":"flood"}"#).json();
    assert_eq!((&closed["closedOn"], &closed["history"][0]["reason"]), (&"2026-02-01".into(), &"flood".into()));
    assert_eq!(closed["history"][0]["by"]["displayName"], "officer@example.org");
    let change = closed["history"][0]["change"].as_i64().unwrap();
    assert_eq!(call("POST", &format!("place-changes/{change}/undo"), "").json()["undone"], 1);
    assert!(call("GET", "places/XS-1", "").json()["closedOn"].is_null());
    let merged = call("POST", "places/XS-1/merge", r#"{"into":"XS-2","on":"2026-02-01"}"#).json();
    assert_eq!(merged["mergedInto"], "XS-2");
    assert_eq!(call("POST", "places/XS-3/merge", r#"{"into":"XS-1","on":"2026-02-01"}"#).status, 409);
    assert_eq!(call("POST", "places/XS-1/merge", r#"{"into":"XS-9","on":"2026-02-01"}"#).status, 400);

    let areas = call("GET", "areas?level=2&within=XS01", "").json();
    assert_eq!((areas[0]["pcode"].as_str(), areas[1]["places"].as_i64()), (Some("XS0101"), Some(3)), "{areas}");
    let named = call("PATCH", "areas/XS0101", r#"{"name":{"fr":"Le Port"},"reason":"decree"}"#).json();
    assert_eq!((&named["name"]["fr"], &named["history"][0]["what"]), (&"Le Port".into(), &"changed".into()), "{named}");
    let change = named["history"][0]["change"].as_i64().unwrap();
    assert_eq!(call("POST", &format!("area-changes/{change}/undo"), "").json()["undone"], 1);
    let recoded = call("POST", "areas/XS0102/recode", r#"{"code":"XS0192","from":"2026-03-01"}"#).json();
    assert_eq!((&recoded["pcode"], &recoded["places"]), (&"XS0192".into(), &3.into()), "{recoded}");

    let listed = office.run(&["place", "list", "-o", "xso", "--kind", "host_community"]);
    assert_eq!((listed[0]["ssid"].as_str(), listed[0]["area"].as_str()), (Some("XS-3"), Some("XS0192")), "{listed}");
    let closed = office.run(&["place", "close", "-o", "xso", "XS-3", "--on", "2026-03-05", "--reason", "moved on"]);
    assert_eq!((&closed["closedOn"], &closed["history"][0]["reason"]), (&"2026-03-05".into(), &"moved on".into()));
    let shown = office.run(&["place", "show", "-o", "xso", "XS-3"]);
    assert_eq!(shown["history"].as_array().unwrap().len(), 3, "{shown}");
    assert!(office.refuse_with(&["place", "show", "-o", "xso", "nowhere"], &[]).contains("no place nowhere"));
    assert!(office.run(&["place", "reopen", "-o", "xso", "XS-3"])["closedOn"].is_null());
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
        csv.contains("Camp Lespwa (XS-1),") && csv.contains("0.5 0.5 0 0") && csv.matches("(XS-").count() == 4,
        "{csv}"
    );
    // A form narrows them by the codes of the areas around them, and has words for what has a code.
    let header = csv.lines().next().unwrap();
    assert!(["adm1", "adm2", "kind_fr", "site_type_en"].iter().all(|name| header.split(',').any(|one| one == *name)));
    assert!(csv.contains("Host community,Communauté hôte,XS0102,XS01,XS0102,"), "{csv}");
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
