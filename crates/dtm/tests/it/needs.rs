//! Needs from a phone's assessment to the page: rules that the sector experts own, places beside sectors, shares of places and
//! of people.

use crate::office::Office;
use crate::office_pages::Person;
use serde_json::json;

const FORM: &str = r#"<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
<h:head><h:title>Sites</h:title><model><instance><data id="msla" version="1"><m0445_loc_site_id_ssid/><m0304_meta_adm2_pcode/><m1855_meta_assessment_date/><m0310_loc_num_idp_ind/><m0442_loc_water_need/><s0094_loc_health_dist_mins/><meta><instanceID/></meta></data></instance>
<bind nodeset="/data/m0445_loc_site_id_ssid" type="string"/><bind nodeset="/data/m0304_meta_adm2_pcode" type="string"/><bind nodeset="/data/m1855_meta_assessment_date" type="date"/><bind nodeset="/data/m0310_loc_num_idp_ind" type="int"/><bind nodeset="/data/m0442_loc_water_need" type="string"/><bind nodeset="/data/s0094_loc_health_dist_mins" type="int"/></model></h:head>
<h:body><input ref="/data/m0445_loc_site_id_ssid"><label>Site</label></input><input ref="/data/m0304_meta_adm2_pcode"><label>Area</label></input><input ref="/data/m1855_meta_assessment_date"><label>Day</label></input><input ref="/data/m0310_loc_num_idp_ind"><label>Displaced people</label></input><input ref="/data/m0442_loc_water_need"><label>Need of water</label></input><input ref="/data/s0094_loc_health_dist_mins"><label>Minutes to health care</label></input></h:body></h:html>"#;

fn site(place: &str, people: u32, water: &str, minutes: &str) -> String {
    format!(
        "<data id=\"msla\" version=\"1\"><m0445_loc_site_id_ssid>{place}</m0445_loc_site_id_ssid><m0304_meta_adm2_pcode>XS0101</m0304_meta_adm2_pcode>\
         <m1855_meta_assessment_date>2026-03-02</m1855_meta_assessment_date><m0310_loc_num_idp_ind>{people}</m0310_loc_num_idp_ind>\
         <m0442_loc_water_need>{water}</m0442_loc_water_need><s0094_loc_health_dist_mins>{minutes}</s0094_loc_health_dist_mins>\
         <meta><instanceID>uuid:{place}</instanceID></meta></data>"
    )
}

fn check_needs(mut office: Office) {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let areas = "ADM0_PCODE,ADM0_EN,ADM1_PCODE,ADM1_EN,ADM2_PCODE,ADM2_EN\nXS,Sorelia,XS01,North,XS0101,Baie\n";
    office.run(&[
        "import",
        "areas",
        "-o",
        "xso",
        "--level",
        "1",
        &file("r.csv", &areas.replace(",ADM2_PCODE,ADM2_EN", "").replace(",XS0101,Baie", "")),
    ]);
    office.run(&["import", "areas", "-o", "xso", "--level", "2", &file("c.csv", areas)]);
    office.run(&["operation", "exercise", "sites", "-o", "xso", "--name", "Sites", "--tool", "msla"]);
    office.run(&[
        "round",
        "add",
        "-o",
        "xso",
        "-e",
        "sites",
        "-r",
        "1",
        "--starts",
        "2026-03-01",
        "--ends",
        "2026-03-31",
    ]);
    office.run(&["round", "move", "-o", "xso", "-e", "sites", "-r", "1", "collecting"]);
    office.run(&["form", "upload", "-o", "xso", "-e", "sites", "--publish", &file("msla.xml", FORM)]);
    office.start(&[]);
    for (place, people, water, minutes) in
        [("S1", 900, "very_high", "150"), ("S2", 60, "low", "10"), ("S3", 40, "medium", ""), ("S4", 0, "", "30")]
    {
        let sent = office.submit(&site(place, people, water, minutes), &[]);
        assert_eq!(sent.status, 201, "{}", sent.text());
    }
    office.run(&["round", "settle", "-o", "xso", "-e", "sites", "-r", "1"]);
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "text/csv")];
    let needs = |query: &str| {
        let path = format!("/v1/projects/1/exercises/sites/rounds/1/needs{query}");
        let answer = office.get(&path, &headers);
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    let cells = |needs: &serde_json::Value, sector: &str| -> Vec<String> {
        let at = needs["sectors"].as_array().unwrap().iter().position(|known| known == sector).unwrap();
        needs["places"].as_array().unwrap().iter().map(|place| place["severities"][at].to_string()).collect()
    };
    // The standard rules: water by what informants say, health by the minutes to care; no answer is no low severity.
    let standard = needs("");
    assert_eq!(cells(&standard, "Water"), ["5", "2", "3", "null"]);
    assert_eq!(cells(&standard, "Health"), ["4", "1", "null", "1"]);
    let share = |needs: &serde_json::Value| {
        let shares = needs["shares"].as_array().unwrap();
        shares.iter().find(|share| share["area"] == "XS01" && share["sector"] == "Water").unwrap().clone()
    };
    let water = share(&standard);
    assert_eq!(
        (water["severePlaces"].as_f64(), water["severePeople"].as_f64()),
        (Some(1.0 / 3.0), Some(0.9)),
        "{water}"
    );
    // The sector experts change the rules: a faulty sheet is refused with its cells, a sound one is a version.
    let bring = |sheet: &str| office.ask("POST", "/v1/projects/1/severity-sheets", &headers, sheet.as_bytes());
    let refused = bring("sector,indicator,test,value,severity\nWater,m0442_loc_water_need,=,low,9\n");
    assert_eq!((refused.status, refused.json()["code"].as_f64()), (400, Some(400.46)), "{}", refused.text());
    assert!(refused.text().contains("E2"), "{}", refused.text());
    let rules = "sector,indicator,test,value,severity,note\nWater,m0442_loc_water_need,=,low|medium,4,=1+1\n";
    assert_eq!(bring(rules).json(), json!({ "version": 1 }));
    assert_eq!(cells(&needs(""), "Water"), ["1", "4", "4", "null"]);
    assert_eq!(share(&needs(""))["severePeople"].as_f64(), Some(0.1));
    let officer = Person::new(&office, "officer");
    let page = officer.page("/office/o/xso/sites/1/needs");
    assert!(page.contains("10\u{a0}%") || page.contains("10%") || page.contains("10\u{202f}%"), "{page}");
    assert!(page.contains("Version 1: severity.csv") && page.contains("class=\"n sev4\""), "{page}");
    assert!(officer.page("/office/o/xso/needs/1.csv").contains("'=1+1"), "no cell is taken for a formula");
    assert!(officer.page("/office/o/xso/needs").contains("m0442_loc_water_need"));
    let csv = officer.page("/office/o/xso/sites/1/needs/needs.csv");
    assert!(csv.contains("S1,S1,XS0101,900,1") || csv.contains(",900,1"), "{csv}");
    assert!(officer.get("/office/o/xso/sites/1/needs/needs.xlsx").body.starts_with(b"PK"));
    let shown = office.run(&["needs", "show", "-o", "xso", "-e", "sites", "-r", "1", "--method", "worst"]);
    assert_eq!(shown["version"], 1);
}

#[test]
fn places_are_judged_by_the_rules_of_the_sector_experts() {
    check_needs(Office::new());
    if let Some(database) = dtm_testkit::postgres_database() {
        check_needs(Office::on(database));
    }
}
