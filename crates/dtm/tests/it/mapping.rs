//! A mapping from draft to figures: looked at beside real records, changed, tried, kept in versions; two people who change
//! it at once; imported tables.

use crate::office::Office;
use crate::office_pages::{FORM as POSTED, Person, hidden};
use crate::program::shared_data;
use serde_json::{Value, json};

/// A baseline form of a country of its own: reasons in words, families under no name of the dictionary, a telephone.
const BASELINE: &str = r#"<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
<h:head><h:title>Baseline</h:title><model><instance><data id="baseline" version="1"><m0445_loc_site_id_ssid/><m0304_meta_adm2_pcode/><m1855_meta_assessment_date/><m0310_loc_num_idp_ind/><m0329_loc_reason_disp_idp/><families/><phone/><meta><instanceID/></meta></data></instance>
<bind nodeset="/data/m0445_loc_site_id_ssid" type="string"/><bind nodeset="/data/m0304_meta_adm2_pcode" type="string"/><bind nodeset="/data/m1855_meta_assessment_date" type="date"/><bind nodeset="/data/m0310_loc_num_idp_ind" type="int"/><bind nodeset="/data/families" type="int"/><bind nodeset="/data/phone" type="string"/></model></h:head>
<h:body><input ref="/data/m0445_loc_site_id_ssid"><label>Locality</label></input><input ref="/data/m0304_meta_adm2_pcode"><label>Area</label></input><input ref="/data/m1855_meta_assessment_date"><label>Day</label></input><input ref="/data/m0310_loc_num_idp_ind"><label>Displaced people</label></input>
<select1 ref="/data/m0329_loc_reason_disp_idp"><label>Why did they leave?</label><item><label>Conflict</label><value>conflict</value></item><item><label>Armed gangs</label><value>gangs</value></item><item><label>Flood</label><value>climate_floods</value></item></select1>
<input ref="/data/families"><label>Families</label></input><input ref="/data/phone"><label>Telephone of the informant</label></input></h:body></h:html>"#;

/// The column of the reasons in the table of Haiti.
const REASONS: &str = "Raison de déplacement de la majorité";

const EDITOR: &str = "/office/o/xso/forms/baseline/mapping";

fn send(office: &Office, place: &str, people: u32, reason: &str, families: u32) {
    let xml = format!(
        "<data id=\"baseline\" version=\"1\"><m0445_loc_site_id_ssid>{place}</m0445_loc_site_id_ssid><m0304_meta_adm2_pcode>XS0101</m0304_meta_adm2_pcode>\
         <m1855_meta_assessment_date>2026-01-06</m1855_meta_assessment_date><m0310_loc_num_idp_ind>{people}</m0310_loc_num_idp_ind>\
         <m0329_loc_reason_disp_idp>{reason}</m0329_loc_reason_disp_idp><families>{families}</families><phone>+509 3412 0001</phone>\
         <meta><instanceID>uuid:{place}</instanceID></meta></data>"
    );
    let sent = office.submit(&xml, &[]);
    assert_eq!(sent.status, 201, "{}", sent.text());
}

/// An office with that form, four localities that reported, and a settled round.
fn furnish(mut office: Office) -> Office {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let regions = "ADM0_PCODE,ADM0_EN,ADM1_PCODE,ADM1_EN\nXS,Sorelia,XS01,North\n";
    let communes = "ADM0_PCODE,ADM0_EN,ADM1_PCODE,ADM1_EN,ADM2_PCODE,ADM2_EN\nXS,Sorelia,XS01,North,XS0101,Baie\n";
    office.run(&["import", "areas", "-o", "xso", "--level", "1", &file("r.csv", regions)]);
    office.run(&["import", "areas", "-o", "xso", "--level", "2", &file("c.csv", communes)]);
    let form = file("baseline.xml", BASELINE);
    office.run(&["form", "upload", "-o", "xso", "-e", "mobility", "--publish", &form]);
    office.start(&[]);
    for (place, people, reason, families) in
        [("L1", 100, "conflict", 20), ("L2", 40, "gangs", 8), ("L3", 10, "gangs", 2), ("L4", 5, "", 1)]
    {
        send(&office, place, people, reason, families);
    }
    settle(&office);
    office
}

fn settle(office: &Office) {
    office.run(&["round", "settle", "-o", "xso", "-r", "1"]);
}

/// What the round's figures sum up to, by reason.
fn by_reason(office: &Office, indicator: &str) -> Value {
    let sql = format!(
        "SELECT reason, sum(value) AS n FROM figures WHERE indicator = '{indicator}' AND sex IS NULL AND age IS NULL \
         GROUP BY reason ORDER BY reason"
    );
    let rows = office.run(&["query", "-o", "xso", "-r", "1", &sql]);
    let rows =
        rows.as_array().unwrap().iter().map(|row| (row["reason"].as_str().unwrap_or("–").to_owned(), row["n"].clone()));
    Value::Object(rows.collect())
}

fn field(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// The text of the mapping that a page works on.
fn text_of(page: &str) -> String {
    let text = page.split("<textarea").nth(1).unwrap().split_once('>').unwrap().1.split("</textarea>").next().unwrap();
    let text = text.trim_start_matches('\n');
    let entities = [("&#34;", "\""), ("&quot;", "\""), ("&#39;", "'"), ("&#60;", "<"), ("&#62;", ">"), ("&#38;", "&")];
    entities.iter().fold(text.to_owned(), |text, (entity, letter)| text.replace(entity, letter))
}

/// What a browser sends back of a page, with what was filled in.
fn filled(page: &str, fields: &[(&str, &str)]) -> String {
    let mut body = format!(
        "text={}&print={}&after={}&open={}",
        field(&text_of(page)),
        hidden(page, "print"),
        hidden(page, "after"),
        field(&hidden(page, "open"))
    );
    for (name, value) in fields {
        body += &format!("&{name}={}", field(value));
    }
    body
}

/// The page after a button that keeps nothing.
fn press(person: &Person<'_>, page: &str, fields: &[(&str, &str)]) -> String {
    let answer = person.post_as(EDITOR, POSTED, &filled(page, fields));
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.text()
}

const GANGS: [(&str, &str); 3] = [("part", "group.idp.reason"), ("answer", "gangs"), ("word", "insecurity")];

fn check_story(office: Office) {
    let office = furnish(office);
    let officer = Person::new(&office, "officer");
    officer.does("/office/o/xso/forms/baseline/classes", "c.phone=secret");

    // The draft is shown with how far it goes, and why each question was taken for what it is.
    let overview = officer.page("/office/o/xso/mappings");
    assert!(
        overview.contains("Baseline</a>") && overview.contains("Answers not translated</dt><dd><strong>2"),
        "{overview}"
    );
    let page = officer.page(EDITOR);
    assert!(page.contains("drafted by its name") && page.contains("Version 1"), "{page}");
    assert!(page.contains("one answer not translated (× 2)"), "gangs, in two records: {page}");
    assert!(page.contains("Armed gangs<span class=\"in code break\">gangs</span>"), "{page}");
    let unused = officer.page(&format!("{EDITOR}?list=unused"));
    assert!(unused.contains("<strong>Families</strong>") && !unused.contains("<strong>Displaced people</strong>"));
    assert!(unused.contains("about persons: no answers are shown") && !page.contains("3412"), "{unused}");
    assert!(page.contains("m0309_loc_num_idp_hh"), "households are Core and nothing feeds them: {page}");
    let french = officer.get_in(EDITOR, "fr");
    assert!(
        french.contains("une réponse non traduite (× 2)") && french.contains("ébauché d’après son nom"),
        "{french}"
    );

    // The word is translated and the families feed households; both are tried on the records before anything is kept.
    let open = press(&officer, &page, &[("do", "open:families")]);
    assert!(open.contains("Core of B2") && open.contains("value=\"count:m0309_loc_num_idp_hh\""), "{open}");
    let given = press(&officer, &open, &[("give", "count:m0309_loc_num_idp_hh"), ("do", "apply")]);
    assert!(given.contains("chosen by hand") && given.contains("«families» is now read as"), "{given}");
    let tried = press(&officer, &given, &[&GANGS[..], &[("do", "try")]].concat());
    assert!(tried.contains("Tried on all 4 records of round 1; nothing is kept."), "{tried}");
    assert!(tried.contains("4 records say something else"), "{tried}");
    let row = |page: &str, name: &str| page.split(name).nth(1).unwrap().split("</tr>").next().unwrap().to_owned();
    let trial = tried.split("id=\"trial\"").nth(1).unwrap();
    // The last one is of people, the one before of households.
    let gangs = trial.rsplit(">Insecurity</span>").next().unwrap().split("</tr>").next().unwrap();
    assert!(gangs.contains("<td class=\"n\">–</td><td class=\"n\">50</td>"), "{gangs}");
    assert!(trial.contains("<td class=\"n\">155</td><td class=\"n\">155</td>"), "the total stays: {trial}");
    assert!(trial.contains("<td class=\"n\">–</td><td class=\"n\">31</td>"), "households are counted: {trial}");
    let untranslated = row(trial, "is not translated by the mapping");
    assert!(untranslated.contains("<td class=\"n\">1</td><td class=\"n\">0</td>"), "{untranslated}");
    assert_eq!(by_reason(&office, "m0310_loc_num_idp_ind")["other"], 50.0, "nothing was kept");
    assert!(officer.page(EDITOR).contains("one answer not translated"));

    // It is kept with a reason, and the round's figures follow.
    let unreasoned = officer.post(EDITOR, &filled(&tried, &[("do", "keep"), ("reason", " ")]));
    assert_eq!(unreasoned.status, 400, "a version has a reason");
    let kept = officer.does(EDITOR, &filled(&tried, &[("do", "keep"), ("reason", "Gangs are insecurity here")]));
    assert!(kept.contains("Version 2 is kept") && kept.contains("Gangs are insecurity here"), "{kept}");
    settle(&office);
    let reasons = by_reason(&office, "m0310_loc_num_idp_ind");
    assert_eq!(reasons, json!({ "conflict": 100.0, "insecurity": 50.0, "not_reported": 5.0 }));
    let log = officer.page("/office/o/xso/forms/baseline/mapping/versions");
    assert!(log.contains("«gangs» now becomes insecurity") && log.contains("«families» is now read as"), "{log}");

    two_at_once(&office, &tried);
    wrong_text_is_refused_with_its_line(&office);

    // Back to the first version, as a new one that equals it.
    let versions = format!("{EDITOR}/versions");
    assert_eq!(officer.post(&versions, "version=1&after=3&reason=").status, 400);
    let back = officer.does(&versions, "version=1&after=3&reason=As+it+was");
    assert!(back.contains("Version 4 is kept") && back.contains("one answer not translated"), "{back}");
    let between = officer.page(&format!("{versions}?from=2&to=4"));
    assert!(between.contains("«gangs» is no longer translated (was insecurity)"), "{between}");
    assert!(officer.page(&format!("{EDITOR}/2.toml")).contains("\"gangs\" = \"insecurity\""));

    // Who reads answers reads mappings, and changes none.
    let reviewer = Person::new(&office, "reviewer");
    let read = reviewer.page(EDITOR);
    assert!(read.contains("drafted by its name") && !read.contains("name=\"do\""), "{read}");
    assert_eq!(reviewer.post(EDITOR, &filled(&page, &[("do", "keep"), ("reason", "x")])).status, 403);
    assert_eq!(Person::new(&office, "viewer").get(EDITOR).status, 403);
}

/// Somebody began with version 1 while version 2 was kept: they are told, and what they typed is still there.
fn two_at_once(office: &Office, begun: &str) {
    let admin = Person::new(office, "admin");
    let typed = text_of(begun).replace("\"insecurity\"", "\"conflict\"");
    let body = format!("text={}&print=typed&after=1&open=&do=keep&reason=Gangs+fight", field(&typed));
    let refused = admin.post(EDITOR, &body);
    assert_eq!(refused.status, 400, "{}", refused.text());
    let told = refused.text();
    assert!(
        told.contains("Somebody else kept another version meanwhile") && told.contains("Gangs are insecurity here")
    );
    assert!(told.contains("«gangs» now becomes insecurity"), "what the other changed: {told}");
    assert!(text_of(&told).contains("\"gangs\" = \"conflict\"") && told.contains("value=\"Gangs fight\""), "{told}");
    assert_eq!(hidden(&told, "after"), "2");
    let kept = admin.does(EDITOR, &filled(&told, &[("do", "keep"), ("reason", "Gangs fight")]));
    assert!(kept.contains("Version 3 is kept"), "{kept}");
}

fn wrong_text_is_refused_with_its_line(office: &Office) {
    let officer = Person::new(office, "officer");
    let page = officer.page(EDITOR);
    let typed = text_of(&page).replace("[date]", "[date]\notherwhise = \"2026-01-06\"");
    let body = |what: &str| format!("text={}&print=typed&after=3&open=&do={what}&reason=x", field(&typed));
    let shown = officer.post(EDITOR, &body("look"));
    let line = typed.lines().position(|line| line.starts_with("otherwhise")).unwrap() + 1;
    let told = format!("line {line}: `date` has no key `otherwhise`; did you mean `otherwise`?");
    assert!(shown.text().contains(&told), "{}", shown.text());
    let refused = officer.post(EDITOR, &body("keep"));
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains(&told) && text_of(&refused.text()).contains("otherwhise"), "{}", refused.text());
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json"), ("Accept-Language", "fr")];
    let asked = json!({ "text": typed }).to_string();
    let path = "/v1/projects/1/exercises/mobility/mappings/baseline/try";
    let refused = office.ask("POST", path, &headers, asked.as_bytes());
    assert_eq!((refused.status, refused.json()["details"]["problems"][0]["line"].as_u64()), (400, Some(line as u64)));
    assert!(refused.text().contains(&format!("ligne {line}")), "{}", refused.text());
}

#[test]
fn a_word_that_nobody_translated_is_counted_translated_tried_kept_and_the_figures_follow() {
    check_story(Office::new());
    if let Some(database) = dtm_testkit::postgres_database() {
        check_story(Office::on(database));
    }
}

#[test]
fn programs_look_at_a_mapping_try_it_and_keep_it_unless_another_did() {
    let office = furnish(Office::new());
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let at = |rest: &str| format!("/v1/projects/1/exercises/mobility/mappings{rest}");
    let ask = |method: &str, path: &str, body: Value| {
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        office.ask(method, path, &headers, body.as_bytes())
    };
    let all = ask("GET", &at(""), Value::Null).json();
    let baseline = all.as_array().unwrap().iter().find(|mapping| mapping["form"] == "baseline").unwrap();
    assert_eq!((&baseline["version"], &baseline["unmapped"]), (&json!(1), &json!(2)), "{all}");
    let shown = ask("GET", &at("/baseline"), Value::Null).json();
    let reasons = shown["values"].as_array().unwrap().iter().find(|table| table["part"] == "group.idp.reason").unwrap();
    assert_eq!(reasons["answers"][0], json!({ "answer": "gangs", "n": 2, "becomes": "other", "open": true }));
    assert_eq!(reasons["blank"], 1);
    assert!(shown["coverage"]["unused"].as_array().unwrap().contains(&json!("families")), "{shown}");

    let text = shown["text"]
        .as_str()
        .unwrap()
        .replace("\"conflict\" = \"conflict\"", "\"conflict\" = \"conflict\"\n\"gangs\" = \"insecurity\"");
    let tried = ask("POST", &at("/baseline/try"), json!({ "text": text })).json();
    let trial = &tried["tried"];
    assert_eq!(
        (&trial["records"], &trial["changedRecords"], &trial["settled"]),
        (&json!(4), &json!(2), &json!(true)),
        "{tried}"
    );
    let figure = |value: &str| {
        let found = trial["figures"].as_array().unwrap().iter().find(|figure| figure["value"] == value);
        found.map(|figure| (figure["before"].clone(), figure["after"].clone()))
    };
    assert_eq!(figure("insecurity"), Some((Value::Null, json!(50.0))));
    assert_eq!(figure("other"), Some((json!(50.0), Value::Null)));
    assert!(trial["rows"][0]["changed"].as_bool().unwrap() && !trial["rows"].to_string().contains("3412"), "{trial}");

    let put = |version: u32, body: Value| {
        let mut body = body;
        body["version"] = version.into();
        ask("PUT", &at("/baseline"), body)
    };
    let kept = put(1, json!({ "reason": "gangs", "text": text }));
    assert_eq!((kept.status, kept.json()["version"].as_u64()), (200, Some(2)), "{}", kept.text());
    let late = put(1, json!({ "reason": "late", "text": shown["text"] }));
    assert_eq!((late.status, late.json()["code"].as_f64()), (409, Some(409.95)), "{}", late.text());
    let versions = ask("GET", &at("/baseline/versions"), Value::Null).json();
    assert_eq!((versions.as_array().unwrap().len(), &versions[0]["reason"]), (2, &json!("gangs")));
    let second = ask("GET", &at("/baseline/versions/2"), Value::Null).json();
    assert_eq!(second["changes"][0]["code"], "word_translated", "{second}");
    assert_eq!(put(2, json!({ "reason": "back", "returnTo": 1 })).json()["text"], shown["text"]);

    // On the command line, too.
    let listed = office.run(&["mapping", "versions", "-o", "xso", "--form", "baseline"]);
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["reason"]), (3, &json!("back")));
    let back = ["mapping", "return", "2", "-o", "xso", "--form", "baseline", "--reason", "gangs after all"];
    assert_eq!(office.run(&back)["version"], 4);
    let shown = office.run(&["mapping", "show", "-o", "xso", "--form", "baseline"]);
    assert_eq!((&shown["reason"], &shown["text"]), (&json!("gangs after all"), &json!(text)));
    let file = office.data().join("tried.toml");
    std::fs::write(&file, text.replace("\"insecurity\"", "\"conflict\"")).unwrap();
    let tried = office.run(&["mapping", "try", file.to_str().unwrap(), "-o", "xso", "--form", "baseline"]);
    assert_eq!(tried["changedRecords"], 2, "{tried}");
}

#[test]
fn the_columns_of_haitis_round_3_are_mapped_on_the_page_and_their_reasons_counted() {
    let Some(shared) = shared_data() else { return };
    let mut office = Office::new();
    let file = |name: &str| shared.join(name).to_str().unwrap().to_owned();
    let names = ["--name", "Countrywide monitoring", "--country", "Haiti", "--iso3", "HTI", "--admin0", "HT"];
    office.run(&[&["operation", "add", "hti"], &names[..]].concat());
    office.run(&["operation", "exercise", "zmpp", "-o", "hti", "--tool", "b2", "--name", "Metropolitan area"]);
    for (level, name) in [("1", "hti_adm1.topojson"), ("2", "hti_adm2.topojson"), ("3", "hti_adm3.topojson")] {
        office.run(&["import", "areas", "-o", "hti", "--level", level, &file(&format!("boundaries/{name}"))]);
    }
    office.run(&["round", "add", "-o", "hti", "-r", "3", "--starts", "2023-02-14", "--ends", "2023-03-16"]);
    let sheet = file("haiti-zmpp-r3/round-3-zmpp-dataset_public-hdx2.xlsx");
    office.run(&["import", "table", "-o", "hti", "-r", "3", &sheet]);
    office.start(&[]);
    let officer = Person::new(&office, "officer");
    let editor = "/office/o/hti/tables/zmpp/mapping";
    let page = officer.page(editor);
    assert!(page.contains("No version is kept yet") && page.contains("all 459 records of round 3"), "{page}");
    assert!(
        officer.page(&format!("{editor}?list=used")).contains("drafted by its HXL tag"),
        "the tags of the file are known"
    );
    let press = |page: &str, fields: &[(&str, &str)]| {
        let answer = officer.post_as(editor, POSTED, &filled(page, fields));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.text()
    };
    // The column of the reasons bears no name and no tag that tells it: an officer says what it is.
    let open = press(&page, &[("search", REASONS), ("do", &format!("open:{REASONS}"))]);
    let mapped = press(&open, &[("search", REASONS), ("give", "group.idp.reason"), ("do", "apply")]);
    let words = mapped.split("id=\"words\"").nth(1).unwrap();
    assert!(words.contains("reason of displacement (idp)") && words.contains("answers not translated (×"), "{words}");
    let tried = press(&mapped, &[("do", "try")]);
    assert!(tried.contains("127,977") && tried.contains("28,415"), "{tried}");
    assert!(tried.contains("of round 3; nothing is kept"), "{tried}");
    let body = filled(&mapped, &[("do", "keep"), ("reason", "Reasons are read")]);
    let kept = officer.post(editor, &body);
    assert_eq!(kept.status, 303, "{}", kept.text());
    let kept = officer.page(kept.header("location").unwrap());
    assert!(kept.contains("Version 1 is kept"), "{kept}");
}
