//! A partner asks for records that are not public, an officer decides, and the partner has marked copies for a while: over
//! the public pages, the office and the command line.

use crate::office::{Answer, Office};
use crate::office_pages::{FORM, Person};
use serde_json::Value;

const XFORM: &str = r#"<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:orx="http://openrosa.org/xforms">
<h:head><h:title>Visits</h:title><model><instance><data id="visits" version="1"><day/><adm2/><ssid/><kind/><ind/><sex/><needs/><telephone/><meta><instanceID/></meta></data></instance>
<bind nodeset="/data/day" type="date"/><bind nodeset="/data/ind" type="int"/><bind nodeset="/data/meta/instanceID" type="string"/></model></h:head>
<h:body><input ref="/data/day"><label>Day</label></input><input ref="/data/adm2"><label>Commune</label></input><input ref="/data/ssid"><label>Place</label></input><input ref="/data/kind"><label>Kind</label></input>
<input ref="/data/ind"><label>Displaced people</label></input>
<select1 ref="/data/sex"><label>Sex of the informant</label><item><label>Woman</label><value>f</value></item><item><label>Man</label><value>m</value></item></select1>
<select ref="/data/needs"><label>Needs</label><item><label>Water</label><value>water</value></item><item><label>Food</label><value>food</value></item></select>
<input ref="/data/telephone"><label>Telephone</label></input></h:body></h:html>"#;

const MAPPING: &str = r#"[place]
ssid = "ssid"
area = ["adm2"]
[place.kind]
otherwise = "site"
question = "kind"
blank = "site"
[date]
question = "day"
[group.idp]
measures = [{ indicator = "m0310_loc_num_idp_ind", question = "ind" }]
"#;

/// The classes that an officer gave the questions.
const CLASSES: &str = "c.sex=public&c.needs=confidential&c.ind=public&c.telephone=public";

/// Twelve sites in two communes, released.
pub(crate) fn released() -> Office {
    let mut office = Office::new();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let regions = file("regions.csv", "pcode,name_en,parent\nXS01,North,XS\n");
    let communes = file("communes.csv", "pcode,name_en,parent\nXS0101,Alpha,XS01\nXS0102,Bravo,XS01\n");
    office.run(&["import", "areas", "-o", "xso", "--level", "1", &regions]);
    office.run(&["import", "areas", "-o", "xso", "--level", "2", &communes]);
    let form = file("visits.xml", XFORM);
    office.run(&["form", "upload", "-o", "xso", "-e", "mobility", "--publish", &form]);
    office.run(&["mapping", "store", "-o", "xso", "--form", "visits", &file("mapping.toml", MAPPING)]);
    office.start(&[]);
    for at in 0..12 {
        let area = if at < 6 { "XS0101" } else { "XS0102" };
        let sex = if at == 0 || at == 7 { "m" } else { "f" };
        let needs = ["water", "food", "water food"][at % 3];
        let xml = format!(
            "<data id=\"visits\" version=\"1\"><day>2026-01-{:02}</day><adm2>{area}</adm2><ssid>S{at}</ssid><kind>site</kind><ind>{}</ind><sex>{sex}</sex><needs>{needs}</needs><telephone>09500{at:02}</telephone><meta><instanceID>uuid:v{at}</instanceID></meta></data>",
            5 + at,
            100 + 7 * at
        );
        assert_eq!(office.submit(&xml, &[]).status, 201);
    }
    let name = ["-o", "xso", "-r", "1"];
    office.run(&[&["round", "settle"], &name[..]].concat());
    for state in ["verifying", "cleared"] {
        let (exit, told) = office.run_with(&[&["round", "move"], &name[..], &[state]].concat(), &[]);
        assert_eq!(exit, 0, "{state}: {told}");
    }
    office.run(&[&["release", "make"], &name[..]].concat());
    office
}

/// What somebody without an account posts.
pub(crate) fn post(office: &Office, path: &str, body: &str) -> Answer {
    office.ask("POST", path, &[("Content-Type", FORM)], body.as_bytes())
}

const WHO: &str =
    "name=Ines+Duval&organisation=Relief+%26+Care&email=ines%40relief.example&legal_basis=Agreement+of+2025";

/// Asks, and returns the secret address.
fn asked(office: &Office, fields: &str) -> String {
    let body = format!("source=mobility%2F1%2Fvisits&{WHO}&purpose=Water+points&{fields}");
    let sent = post(office, "/en/xso/request", &body);
    assert_eq!(sent.status, 303, "{}", sent.text());
    sent.header("location").unwrap().split('?').next().unwrap().to_owned()
}

pub(crate) fn page(office: &Office, path: &str) -> String {
    let answer = office.get(path, &[]);
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.text()
}

const TERMS: &str = "clearance=confidential&k=3&level=2&dates=month&age_years=5&days=30&downloads=3";

#[test]
fn a_partner_asks_an_officer_grants_and_the_copy_says_whose_it_is() {
    let office = released();
    let officer = Person::new(&office, "officer");
    officer.does("/office/o/xso/forms/visits/classes", CLASSES);
    // Nothing of it is public, and the page of the operation leads there.
    assert!(page(&office, "/en/xso").contains("/en/xso/request"));
    let form = page(&office, "/en/xso/request?source=mobility%2F1%2Fvisits");
    assert!(form.contains("Sex of the informant") && form.contains("Telephone") && !form.contains("<script"), "{form}");

    let own = asked(&office, "field=area&field=sex&field=needs&field=ind");
    let state = page(&office, &own);
    assert!(state.contains("XSO-1") && state.contains("Nobody has looked at it yet"), "{state}");
    assert!(page(&office, &own.replace("/en/", "/fr/")).contains("Personne ne l’a encore examinée"));
    assert_eq!(office.get(&format!("{own}/records.csv"), &[]).status, 404, "there is nothing to be had yet");

    // Only who releases decides, and sees who asks.
    for role in ["viewer", "reviewer"] {
        assert_eq!(Person::new(&office, role).get("/office/o/xso/sharing").status, 403, "{role}");
    }
    assert!(officer.page("/office/o/xso/sharing").contains("Relief &#38; Care"));
    let one = "/office/o/xso/sharing/1";
    let terms = format!("{TERMS}&field=area&field=sex&field=needs&field=ind&key=sex");
    let preview = officer.post(one, &format!("act=preview&{terms}")).text();
    assert!(preview.contains("Alone with their keys") && preview.contains("Answers taken out"), "{preview}");
    assert_eq!(officer.post(one, &format!("act=grant&{terms}")).status, 400, "a decision has a reason");
    let granted = officer.does(one, &format!("act=grant&words=For+water+points&{terms}"));
    assert!(granted.contains("The agreement was made"), "{granted}");
    assert_eq!(officer.post(one, &format!("act=grant&words=Again&{terms}")).status, 400, "once is enough");

    let state = page(&office, &own);
    assert!(state.contains("There is an agreement") && state.contains("records.xlsx"), "{state}");
    let taken = office.get(&format!("{own}/records.csv"), &[]);
    assert_eq!(taken.status, 200, "{}", taken.text());
    let kept_as = taken.header("content-disposition").unwrap();
    assert!(kept_as.contains("xso-1-relief---care-records-en.csv"), "{kept_as}");
    let csv = taken.text();
    assert_eq!(csv.lines().count(), 13, "{csv}");
    assert!(csv.contains("XSO-1") && csv.contains("XS0101"), "{csv}");
    for never in ["0950", "uuid:", "2026-01-05", "S11"] {
        assert!(!csv.contains(never), "{never} left: {csv}");
    }
    // A man alone in his commune would stand out.
    let header: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
    let sex = header.iter().position(|name| *name == "sex").unwrap();
    assert!(csv.lines().skip(1).all(|row| row.split(',').nth(sex) != Some("m")), "{csv}");
    let workbook = office.get(&format!("{own}/records.xlsx"), &[]);
    assert_eq!(workbook.status, 200);

    // Whose copy it is, from the whole or two rows of it.
    let copies = tempfile::tempdir().unwrap();
    let part: Vec<&str> = csv.lines().take(3).collect();
    for (name, bytes) in
        [("all.csv", csv.as_bytes()), ("part.csv", part.join("\n").as_bytes()), ("book.xlsx", workbook.body.as_slice())]
    {
        let path = copies.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let traced = office.run(&["sharing", "trace", path.to_str().unwrap()]);
        assert_eq!((&traced["agreement"], &traced["by"]), (&Value::from("XSO-1"), &Value::from("names")), "{name}");
        assert!(traced["recipient"].as_str().unwrap().contains("Ines Duval"), "{traced}");
    }
    let other = copies.path().join("other.csv");
    std::fs::write(&other, "record,sex\nr0000000000000000,f\n").unwrap();
    office.refuse_with(&["sharing", "trace", other.to_str().unwrap()], &[]);

    // Three files were promised.
    assert_eq!(office.get(&format!("{own}/records.dta"), &[]).status, 200);
    assert_eq!(office.get(&format!("{own}/records.csv"), &[]).status, 410, "three were promised");
    let log = office.run(&["audit", "--limit", "10000"]).to_string();
    assert_eq!(log.matches("agreement.file_taken").count(), 3, "{log}");
    assert!(!log.contains("Duval") && !log.contains("relief.example"), "who asks stands in no log: {log}");
    assert!(!office.log().contains(own.rsplit('/').next().unwrap()), "the address is a secret");
}

#[test]
fn nothing_above_the_clearance_is_granted_and_what_identifies_only_by_name() {
    let office = released();
    let officer = Person::new(&office, "officer");
    officer.does("/office/o/xso/forms/visits/classes", CLASSES);
    asked(&office, "field=area&field=telephone&field=needs");
    let one = "/office/o/xso/sharing/1";
    let grant = |terms: &str| officer.post(one, &format!("act=grant&words=Because&{terms}"));
    for (terms, said) in [
        (TERMS.to_owned() + "&field=area&field=telephone", "The field telephone is secret"),
        (TERMS.to_owned() + "&field=area&field=telephone&named=telephone", "The field telephone is secret"),
        (TERMS.replace("=confidential", "=public") + "&field=needs", "The field needs is confidential"),
        (TERMS.replace("=confidential", "=secret") + "&field=telephone", "telephone tells who or where"),
        (TERMS.replace("k=3", "k=50") + "&field=needs", "fewer than the 50"),
        (TERMS.replace("days=30", "days=9999") + "&field=needs", "730 days"),
        (TERMS.to_owned() + "&field=meta", "no longer on the form"),
        (TERMS.to_owned(), "No field is ticked"),
    ] {
        let answer = grant(&terms);
        assert_eq!(answer.status, 400, "{terms}");
        assert!(answer.text().contains(said), "{said}: {}", answer.text());
    }
    assert!(!officer.page(one).contains("Made on"), "nothing was granted");
}

#[test]
fn more_is_asked_answered_refused_and_an_agreement_ends() {
    let office = released();
    let officer = Person::new(&office, "officer");
    officer.does("/office/o/xso/forms/visits/classes", CLASSES);
    let own = asked(&office, "field=sex");
    let one = "/office/o/xso/sharing/1";
    officer.does(one, "act=review");
    officer.does(one, "act=more&words=For+which+%3Ctowns%3E%3F");
    let state = page(&office, &own);
    assert!(state.contains("For which &#60;towns&#62;?"), "{state}");
    assert_eq!(post(&office, &own, "act=answer&more=").status, 400);
    assert_eq!(post(&office, &own, "act=answer&more=For+Alpha").status, 303);
    assert!(officer.page(one).contains("For Alpha"));
    officer.does(one, "act=refuse&words=The+figures+say+it");
    assert!(page(&office, &own).contains("The figures say it"));
    assert_eq!(post(&office, &own, "act=withdraw").status, 400, "it is decided");

    let own = asked(&office, "field=sex");
    officer.does("/office/o/xso/sharing/2", &format!("act=grant&words=Yes&{TERMS}&field=sex&key=sex"));
    office.run(&["sharing", "end", "-o", "xso", "2", "--reason", "It was passed on"]);
    assert!(page(&office, &own).contains("It was passed on"));
    assert_eq!(office.get(&format!("{own}/records.csv"), &[]).status, 410);
    let listed = office.run(&["sharing", "list", "-o", "xso"]);
    let states: Vec<&str> = listed.as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["withdrawn", "refused"]);

    let own = asked(&office, "field=sex");
    assert_eq!(post(&office, &own, "act=withdraw").status, 303);
    assert!(page(&office, &own).contains("taken back"));
}

#[test]
fn what_was_typed_stays_where_something_is_missing() {
    let office = released();
    for (lang, missing, email) in
        [("en", "Purpose is missing", "not complete"), ("fr", "Il manque", "n’est pas complète")]
    {
        let body = "source=mobility%2F1%2Fvisits&name=Ines&organisation=%3Cb%3ERelief&email=nowhere&legal_basis=x&purpose=&field=sex";
        let answer = post(&office, &format!("/{lang}/xso/request"), body);
        let text = answer.text();
        assert_eq!(answer.status, 400);
        assert!(text.contains(missing) && text.contains(email), "{text}");
        assert!(text.contains("value=\"Ines\"") && text.contains("&#60;b&#62;Relief"), "{text}");
        assert!(text.contains("value=\"sex\" checked"), "{text}");
    }
    for wrong in ["source=nothing", "source=mobility%2F1%2Fvisits&field=nothing", ""] {
        assert_eq!(post(&office, "/en/xso/request", wrong).status, 400, "{wrong}");
    }
    assert_eq!(office.get("/en/nowhere/request", &[]).status, 404);
    assert_eq!(office.get(&format!("/en/request/{}", "a".repeat(64)), &[]).status, 404);
    let from_elsewhere = [("Content-Type", FORM), ("Origin", "https://elsewhere.example")];
    assert_eq!(office.ask("POST", "/en/xso/request", &from_elsewhere, b"").status, 403);
    // Ten in a quarter of an hour, then one waits.
    let waits = (0..12).any(|_| {
        let body = format!("source=mobility%2F1%2Fvisits&{WHO}&purpose=x&field=sex");
        post(&office, "/en/xso/request", &body).status == 429
    });
    assert!(waits);
}
