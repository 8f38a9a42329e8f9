//! Cleaning, over the pages and the API: what is odd beside other records, what officers choose about checks.

use crate::office::{Office, XFORM};
use crate::office_pages::Person;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// The form of these interviews.
const HOUSEHOLD: &str = r#"<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">
<h:head><h:title>Household</h:title><model><instance><data id="household" version="1"><start/><end/><who/><consent/><code/><shelter/><shelter_other/><litres/><water/><food/><phone/><meta><instanceID/></meta></data></instance>
<bind nodeset="/data/start" type="dateTime"/><bind nodeset="/data/end" type="dateTime"/><bind nodeset="/data/who" type="string"/><bind nodeset="/data/code" type="string"/><bind nodeset="/data/litres" type="int"/><bind nodeset="/data/phone" type="string"/></model></h:head>
<h:body><input ref="/data/who"><label>Enumerator</label></input>
<select1 ref="/data/consent"><label>Do you agree?</label><item><label>Yes</label><value>yes</value></item><item><label>No</label><value>no</value></item></select1>
<input ref="/data/code"><label>Household code</label></input>
<select1 ref="/data/shelter"><label>Shelter</label><item><label>Tent</label><value>tent</value></item><item><label>School</label><value>school</value></item><item><label>Other</label><value>other</value></item></select1>
<input ref="/data/shelter_other"><label>Which other shelter</label></input>
<input ref="/data/litres"><label>Litres a day</label></input>
<select1 ref="/data/water"><label>Water</label><item><label>Enough</label><value>enough</value></item><item><label>Too little</label><value>little</value></item></select1>
<select1 ref="/data/food"><label>Food</label><item><label>Enough</label><value>enough</value></item><item><label>Too little</label><value>little</value></item></select1>
<input ref="/data/phone"><label>Telephone</label></input></h:body></h:html>"#;

/// An office with that form, a phone of which sends what `lines` say: name, start, end, code, shelter, other, litres.
pub(crate) fn office_of(lines: &str) -> Office {
    let office = Office::open();
    assert!(!XFORM.contains("household"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("household.xml");
    std::fs::write(&file, HOUSEHOLD).unwrap();
    office.run(&["form", "upload", "-o", "xso", "-e", "mobility", "--publish", file.to_str().unwrap()]);
    for line in lines.trim().lines() {
        send(&office, line);
    }
    office
}

/// Sends one interview.
pub(crate) fn send(office: &Office, line: &str) {
    let cells: Vec<&str> = line.split('|').map(str::trim).collect();
    let [name, start, end, code, shelter, other, litres] = cells[..] else { panic!("{line}") };
    let moment = |time: &str| format!("2026-01-06T{time}:00.000Z");
    let xml = format!(
        "<data id=\"household\" version=\"1\"><start>{}</start><end>{}</end><who>Awa</who><consent>yes</consent>\
         <code>{code}</code><shelter>{shelter}</shelter><shelter_other>{other}</shelter_other><litres>{litres}</litres>\
         <water>enough</water><food>little</food><phone>+509 3412 3456</phone><meta><instanceID>uuid:{name}</instanceID></meta></data>",
        moment(start),
        moment(end)
    );
    let sent = office.submit(&xml, &[]);
    assert_eq!(sent.status, 201, "{}", sent.text());
}

const SETTLE: [&str; 5] = ["round", "settle", "-o", "xso", "-r"];

fn settle(office: &Office) {
    office.run(&[&SETTLE[..], &["1"]].concat());
}

/// How many findings there are of each check.
pub(crate) fn found(office: &Office) -> BTreeMap<String, usize> {
    let told = office.run(&["round", "findings", "-o", "xso", "-r", "1"]);
    let mut counts = BTreeMap::new();
    for finding in told.as_array().unwrap() {
        *counts.entry(finding["finding"]["check"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

/// Looks again until a finding of this check is there: what arrives is examined beside the work of the server.
fn until_found(office: &Office, check: &str) {
    for _ in 0..200 {
        if found(office).contains_key(check) {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("no {check} among {:?}", found(office));
}

#[test]
fn an_interview_that_ends_before_it_begins_is_told_when_it_arrives_and_its_like_when_the_round_is_settled() {
    let office = office_of("one | 09:00 | 08:30 | H-1 | other | schools | 40");
    until_found(&office, "interview_ends_before_start");
    assert_eq!(found(&office)["other_to_recode"], 1);
    send(&office, "two | 10:00 | 10:30 | H-1 | tent | | 50");
    settle(&office);
    let told = found(&office);
    assert_eq!(
        (told["interview_ends_before_start"], told["other_to_recode"]),
        (1, 1),
        "nothing is told twice: {told:?}"
    );
    assert!(!told.contains_key("id_used_twice"), "nobody said what the code is: {told:?}");

    let officer = Person::new(&office, "officer");
    let page = "/office/o/xso/forms/household/checks";
    let guessed = officer.page(page);
    assert!(guessed.contains("So far their names and types tell"), "{guessed}");
    assert!(
        guessed.contains("value=\"start\" selected") && guessed.contains("value=\"consent\" selected"),
        "{guessed}"
    );
    let roles = "after=0&act=choose&start=start&end=end&enumerator=who&consent=consent&id=code&least=45";
    assert_eq!(officer.post(page, &format!("{roles}&reason=")).status, 400, "a choice has a reason");
    let chosen = officer.does(page, &format!("{roles}&reason=Code+is+painted+on+the+door"));
    assert!(chosen.contains("Saved") && chosen.contains("Code is painted on the door"), "{chosen}");
    settle(&office);
    let told = found(&office);
    assert_eq!((told["id_used_twice"], told["interview_short"]), (1, 1), "{told:?}");
    assert!(!told.contains_key("other_to_recode"), "the officer said that no question asks for other words: {told:?}");

    let stale = officer.post(page, &format!("{roles}&reason=again"));
    assert_eq!(stale.status, 400);
    assert!(stale.text().contains("Somebody else chose meanwhile"), "{}", stale.text());
    officer.does(page, "after=1&act=guess&reason=Painted+anew");
    settle(&office);
    assert!(found(&office).contains_key("other_to_recode"));
    let back = officer.does(page, "after=2&act=return&version=1&reason=Returned");
    assert!(back.contains("Version 3") && back.contains("value=\"code\" selected"), "{back}");
}

#[test]
fn an_operation_sets_thresholds_with_a_reason_and_programs_do_likewise() {
    let lines: Vec<String> = (0..24)
        .map(|n| format!("h{n} | {:02}:{:02} | 23:59 | H-{n} | tent | | {}", n / 4 + 1, n % 4 * 10, 40 + n * 7 % 24))
        .collect();
    let office = office_of(&lines.join("\n"));
    send(&office, "much | 08:00 | 23:59 | H-99 | tent | | 4000");
    settle(&office);
    assert_eq!(found(&office)["outlier"], 1);
    let officer = Person::new(&office, "officer");
    let page = officer.page("/office/o/xso/checks");
    assert!(page.contains("Robust z above which a number is an outlier"), "{page}");
    let refused = officer.post("/office/o/xso/checks", "after=0&nightFrom=25&reason=x");
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("out of its bounds"), "{}", refused.text());
    let set = officer.does("/office/o/xso/checks", "after=0&outlierRobustZ=0&reason=Tankers+count+in+thousands");
    assert!(set.contains("Tankers count in thousands") && set.contains("Usually 3.5"), "{set}");
    settle(&office);
    assert!(!found(&office).contains_key("outlier"));

    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let ask = |method: &str, path: &str, body: Value| {
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        office.ask(method, &format!("/v1/projects/1{path}"), &headers, body.as_bytes())
    };
    let now = ask("GET", "/checks/thresholds", Value::Null).json();
    assert_eq!((&now["version"], &now["thresholds"]["outlierRobustZ"]), (&json!(1), &json!(0.0)), "{now}");
    let new = json!({ "version": 1, "reason": "as before", "thresholds": {} });
    assert_eq!(ask("PUT", "/checks/thresholds", new.clone()).json()["thresholds"]["outlierRobustZ"], 3.5);
    let late = ask("PUT", "/checks/thresholds", new);
    assert_eq!((late.status, late.json()["code"].as_f64()), (409, Some(409.43)));
    let wrong = json!({ "version": 2, "reason": "x", "thresholds": { "nightfall": 20 } });
    assert_eq!(ask("PUT", "/checks/thresholds", wrong).status, 400);
    let roles = ask("GET", "/forms/household/checks/roles", Value::Null).json();
    assert_eq!((&roles["guessed"], &roles["roles"]["consent"]), (&json!(true), &json!("consent")), "{roles}");
    let none = json!({ "reason": "x", "roles": { "start": "nowhere" } });
    assert_eq!(ask("PUT", "/forms/household/checks/roles", none).status, 400);
    let new = json!({ "reason": "x", "roles": { "start": "start", "leastMinutes": 10 } });
    let kept = ask("PUT", "/forms/household/checks/roles", new).json();
    assert_eq!((&kept["version"], &kept["roles"]["leastMinutes"]), (&json!(1), &json!(10.0)), "{kept}");
}

/// Somebody who brings a filled log, and looks at the page it leads to.
fn bring(who: &Person, log: &str) -> (String, String) {
    let (kind, body) = crate::office::multipart(b"", &[("log.csv", log.as_bytes())]);
    // The first part is a submission's; only the file counts.
    let body = String::from_utf8(body).unwrap().replacen("name=\"log.csv\"", "name=\"file\"", 1);
    let answer = who.send("/office/o/xso/mobility/1/corrections", &kind, body.as_bytes());
    assert_eq!(answer.status, 303, "{}", answer.text());
    let page = answer.header("location").unwrap().to_owned();
    (page.clone(), who.page(&page))
}

const LOG: &str = "/office/o/xso/mobility/1/corrections";

#[test]
fn a_filled_log_is_looked_at_first_then_applied_and_can_be_taken_back() {
    let office = office_of("one | 09:00 | 09:30 | H-1 | tent | | 40\ntwo | 10:00 | 10:30 | H-2 | other | schools | 50");
    let reviewer = Person::new(&office, "reviewer");
    let log = "uuid,question,old_value,new_value,change_type,issue,reason\n\
        one,litres,40,400,change_response,outlier,called back\n\
        uuid:two,shelter,other,school,change_response,recode other,=cmd|' /C calc'!A0\n\
        two,litres,55,60,change_response,,\n\
        nobody,litres,1,2,change_response,,\n\
        one,food,little,,,,\n";
    let (batch, page) = bring(&reviewer, log);
    assert!(page.contains("cell C4: the log says that litres is «55», but it is «50»"), "{page}");
    assert!(page.contains("cell A5: no record is named nobody"), "{page}");
    let french = reviewer.get_in(&batch, "fr");
    assert!(french.contains("cellule C4") && french.contains("mais c’est"), "{french}");
    settle(&office);
    let applied = reviewer.does(&batch, "act=apply");
    assert!(applied.contains("2 entries are in the log; 0 wait"), "{applied}");
    let csv = reviewer.page(&format!("{LOG}/cleaning-log.csv"));
    assert!(csv.contains("one,litres,40,400,change_response,outlier"), "{csv}");
    assert!(csv.contains(",'=cmd|"), "no spreadsheet runs what a log says: {csv}");
    assert_eq!(reviewer.get(&format!("{LOG}/cleaning-log.xlsx")).body[..2], *b"PK");
    let clean = reviewer.page("/office/o/xso/mobility/1/answers/household.csv");
    assert!(clean.contains(",400,") && clean.contains(",school,"), "{clean}");
    assert!(reviewer.page("/office/o/xso/mobility/1/answers/household.csv?raw=yes").contains(",other,schools,"));
    // The same log again changes nothing.
    let (again, page) = bring(&reviewer, log);
    assert!(page.contains("Say what is so already</dt><dd>2"), "{page}");
    reviewer.does(&again, "act=drop");
    let back = reviewer.does(&batch, "act=undo");
    assert!(back.contains("2 entries were taken back; 0 stay"), "{back}");
    assert!(!reviewer.page("/office/o/xso/mobility/1/answers/household.csv").contains(",400,"));
}

#[test]
fn what_two_people_changed_offline_is_lost_to_neither_and_an_officer_chooses() {
    let office = office_of("one | 09:00 | 09:30 | H-1 | tent | | 40");
    let (reviewer, officer) = (Person::new(&office, "reviewer"), Person::new(&office, "officer"));
    let log = |new: &str, who: &str| {
        format!(
            "uuid,question,old_value,new_value,change_type,reason,by\none,litres,40,{new},change_response,called,{who}\n"
        )
    };
    let (first, _) = bring(&reviewer, &log("45", "Ana"));
    reviewer.does(&first, "act=apply");
    let (second, page) = bring(&officer, &log("54", "Ben"));
    assert!(page.contains("Changed by somebody else meanwhile</dt><dd>1"), "{page}");
    let applied = officer.does(&second, "act=apply");
    assert!(applied.contains("0 entries are in the log; 1 wait"), "{applied}");
    assert!(
        applied.contains("Changed by two people") && applied.contains("<dd>45") && applied.contains("<dd>54"),
        "{applied}"
    );
    let dispute = applied.split("corrections/disputes/").nth(1).unwrap()[..36].to_owned();
    let clean = "/office/o/xso/mobility/1/answers/household.csv";
    assert!(officer.page(clean).contains(",45,"), "what stands stays until somebody chooses");
    let chosen = officer.does(&format!("{LOG}/disputes/{dispute}"), "act=take");
    assert!(chosen.contains("The other was taken") && chosen.contains("<dd>45"), "both stay in the history: {chosen}");
    assert!(officer.page(clean).contains(",54,"));
    assert_eq!(officer.post(&format!("{LOG}/disputes/{dispute}"), "act=keep").status, 404, "one chooses once");
}

/// A file as a browser posts it, with the fields beside it.
fn form_of(file: (&str, &str), fields: &[(&str, &str)]) -> (String, Vec<u8>) {
    let mut body = String::new();
    for (name, value) in fields {
        body += &format!("--part\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
    }
    let (name, text) = file;
    body += &format!(
        "--part\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{text}\r\n--part--\r\n"
    );
    ("multipart/form-data; boundary=part".to_owned(), body.into_bytes())
}

#[test]
fn an_officers_own_rules_are_held_against_what_came_and_what_comes() {
    let office = office_of("one | 09:00 | 09:30 | H-1 | tent | | 4");
    settle(&office);
    let officer = Person::new(&office, "officer");
    let page = "/office/o/xso/forms/household/rules";
    assert!(officer.page(page).contains("No rule yet"));
    let bring = |sheet: &str, after: &str| {
        let (kind, body) = form_of(("rules.csv", sheet), &[("after", after), ("reason", "WHO minimum")]);
        officer.send(page, &kind, &body)
    };
    let wrong = "id,severity,flag_when,question,label::English (en),label::Français (fr)\n\
        dry,block,${litres} < 15,litres,Too little water,Trop peu d’eau\n\
        odd,heavy,1,,x,x\nlost,note,${litre} < 15,,x,x\n";
    let refused = bring(wrong, "0");
    assert_eq!(refused.status, 400);
    let told = refused.text();
    assert!(told.contains("<mark>heavy</mark>") && told.contains("<mark>${litre} &#60; 15</mark>"), "{told}");
    assert!(told.contains("C4 — the form has no question «litre»"), "{told}");
    let sheet = "id,severity,flag_when,question,label::English (en),label::Français (fr),why::English (en),action,new_value\n\
        dry,block,${litres} < 15,litres,Too little water,Trop peu d’eau,Fifteen litres are the minimum,change_response,${litres} * 10\n";
    let (kind, body) = form_of(("rules.csv", sheet), &[("after", "0"), ("act", "try")]);
    let tried = officer.send(page, &kind, &body).text();
    assert!(tried.contains("Tried on one record.") && tried.contains("finds one"), "{tried}");
    assert!(tried.contains("Too little water: «4»") && tried.contains("No rule yet"), "nothing was kept: {tried}");
    let put = bring(sheet, "0");
    assert_eq!(put.status, 303, "{}", put.text());
    let listed = officer.page(page);
    assert!(listed.contains("Too little water") && listed.contains("WHO minimum"), "{listed}");
    assert!(officer.get_in(page, "fr").contains("Trop peu d’eau"));
    // What came before is looked at again, what comes when it arrives.
    settle(&office);
    assert_eq!(found(&office)["own_rule"], 1);
    send(&office, "two | 10:00 | 10:30 | H-2 | tent | | 9");
    for _ in 0..200 {
        if found(&office)["own_rule"] == 2 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let findings = officer.page("/office/o/xso/mobility/1/findings");
    assert!(findings.contains("Too little water: «9». Fifteen litres are the minimum"), "{findings}");
    assert!(findings.contains("Litres a day: 9 → 90"), "the rule says what the answer probably is: {findings}");
    assert_eq!(officer.get(&format!("{page}/rules.xlsx")).body[..2], *b"PK");
    assert!(officer.page(&format!("{page}/template.csv")).contains("flag_when"));

    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let ask = |method: &str, body: Value| {
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        office.ask(method, "/v1/projects/1/forms/household/checks/rules", &headers, body.as_bytes())
    };
    assert_eq!(ask("GET", Value::Null).json()["version"], 1);
    let bad =
        json!({ "version": 1, "reason": "x", "rows": [["id", "flag_when", "label"], ["a", "${litres} >> 1", "x"]] });
    let bad = ask("PUT", bad);
    assert_eq!((bad.status, bad.json()["code"].as_f64()), (400, Some(400.43)));
    assert_eq!(bad.json()["details"]["problems"][0]["word"], ">", "{}", bad.text());
    let none = json!({ "version": 1, "reason": "the emergency is over", "rows": [] });
    assert_eq!(ask("PUT", none).json()["version"], 2);
    settle(&office);
    assert!(!found(&office).contains_key("own_rule"), "rules that were taken away find nothing");
}

#[test]
fn proposals_are_taken_with_one_click_and_other_words_get_their_place() {
    let office = office_of(
        "one | 09:00 | 09:30 | H-1 | other | schools | 40\ntwo | 10:00 | 10:30 | H-2 | other | schools | 41\n\
         three | 11:00 | 11:30 | H-3 | other | under a bridge | 42",
    );
    settle(&office);
    let reviewer = Person::new(&office, "reviewer");
    let list = "/office/o/xso/mobility/1/findings";
    let page = reviewer.page(list);
    assert!(page.contains("Shelter: Other → School"), "{page}");
    let finding = page.split("name=\"finding\" value=\"").nth(1).unwrap()[..36].to_owned();
    let taken = reviewer.does(list, &format!("back={list}&finding={finding}"));
    assert!(taken.contains("1 proposals are in the cleaning log; 0 were not taken"), "{taken}");
    assert!(reviewer.does(list, &format!("back={list}")).contains("Tick at least one"));

    let others = "/office/o/xso/mobility/1/others";
    let page = reviewer.page(&format!("{others}?form=household"));
    assert!(page.contains("«schools»") && page.contains("«under a bridge»"), "{page}");
    let nothing = reviewer.post(others, "form=household&select=shelter&act=choice&choice=tent");
    assert_eq!(nothing.status, 400);
    let wrong = reviewer.post(others, "form=household&select=shelter&act=new&name=tent&words=schools");
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("cannot name a new choice"), "{}", wrong.text());
    let done = reviewer.does(others, "form=household&select=shelter&act=choice&choice=school&words=schools");
    assert!(done.contains("records were recoded") && !done.contains("«schools»"), "{done}");
    let bridge = reviewer.does(others, "form=household&select=shelter&act=new&name=bridge&words=under+a+bridge");
    assert!(bridge.contains("One record was recoded") && bridge.contains("Nothing stands under"), "{bridge}");
    let clean = reviewer.page("/office/o/xso/mobility/1/answers/household.csv");
    assert_eq!((clean.matches(",school,").count(), clean.matches(",bridge,").count()), (2, 1), "{clean}");
    let log = reviewer.page(LOG);
    let batch = log.split("corrections/batches/").nth(1).unwrap()[..36].to_owned();
    let back = reviewer.does(&format!("{LOG}/batches/{batch}"), "act=undo");
    assert!(back.contains("2 entries were taken back"), "{back}");
    assert!(reviewer.page(&format!("{others}?form=household")).contains("«under a bridge»"));
}

#[test]
fn who_calls_back_sees_a_number_only_where_their_role_reaches_it() {
    let office = office_of("one | 09:00 | 08:30 | H-1 | tent | | 40");
    settle(&office);
    let narrowed = ["user", "add", "narrow@example.org", "--role", "reviewer", "--sees", "confidential"];
    office.run(&narrowed);
    let calls = "/office/o/xso/mobility/1/calls";
    let page = Person::new(&office, "reviewer").page(calls);
    assert!(page.contains("+509 3412 3456") && page.contains("ends 30 minutes before it begins"), "{page}");
    let narrow = Person::new(&office, "narrow").page(calls);
    assert!(!narrow.contains("3412") && !narrow.contains("30 minutes"), "{narrow}");
    assert!(narrow.contains("Interview ends before it begins"), "which check asks is no answer: {narrow}");
    assert!(!Person::new(&office, "viewer").page(calls).contains("Interview ends"));
    assert_eq!(Person::new(&office, "reviewer").get(&format!("{calls}/call-back.xlsx")).body[..2], *b"PK");
    let audit = office.run(&["audit"]);
    let seen = audit.to_string();
    assert!(seen.contains("/calls"), "that numbers were seen stays in the audit log");
}
