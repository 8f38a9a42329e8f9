//! Emergency events from a phone's report to the page: put together, alerted, checked, merged, set apart, taken back. The form
//! is the standard one.

use crate::office::{Answer, Office};
use crate::office_pages::Person;
use serde_json::{Value, json};
use std::time::Duration;

/// Adds the areas and an event tracking exercise with the standard form to an office, and starts its server.
fn tracking(mut office: Office, variables: &[(&str, &str)]) -> Office {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (regions, communes, form) = (file("regions.csv"), file("communes.csv"), file("ett.xlsx"));
    std::fs::write(&regions, "ADM0_PCODE,ADM0_EN,ADM1_PCODE,ADM1_EN\nXS,Sorelia,XS01,North\n").unwrap();
    let lines = "ADM0_PCODE,ADM0_EN,ADM1_PCODE,ADM1_EN,ADM2_PCODE,ADM2_EN\n\
                 XS,Sorelia,XS01,North,XS0101,Baie\nXS,Sorelia,XS01,North,XS0102,Colline\n";
    std::fs::write(&communes, lines).unwrap();
    office.run(&["import", "areas", "-o", "xso", "--level", "1", &regions]);
    office.run(&["import", "areas", "-o", "xso", "--level", "2", &communes]);
    office.run(&["operation", "exercise", "ett", "-o", "xso", "--name", "Emergencies", "--tool", "ett"]);
    office.run(&[
        "round",
        "add",
        "-o",
        "xso",
        "-e",
        "ett",
        "-r",
        "1",
        "--starts",
        "2026-01-05",
        "--ends",
        "2026-12-31",
    ]);
    office.run(&["round", "move", "-o", "xso", "-e", "ett", "-r", "1", "collecting"]);
    office.run(&["form", "new", "--tool", "ett", "-o", "xso", "--version", "1", "--output", &form]);
    office.run(&["form", "upload", "-o", "xso", "-e", "ett", "--publish", &form]);
    office.start(variables);
    office
}

/// A report on the standard form: what people left, where they came to, how many.
fn report(instance: &str, (day, left): (&str, &str), (area, place): (&str, &str), persons: u32) -> String {
    let households = persons / 5;
    format!(
        "<data id=\"dtm_ett\" version=\"1\"><m1855_meta_assessment_date>{day}</m1855_meta_assessment_date>\
         <m3085_ki_consent>yes</m3085_ki_consent><event_source>authorities</event_source>\
         <event><m3202_event_date>{day}</m3202_event_date><m3214_ttt_event_location_admin2>{left}</m3214_ttt_event_location_admin2>\
         <m0329_loc_reason_disp_idp>conflict_displacement</m0329_loc_reason_disp_idp></event>\
         <place><m0304_meta_adm2_pcode>{area}</m0304_meta_adm2_pcode><m0445_loc_site_id_ssid>{place}</m0445_loc_site_id_ssid></place>\
         <movement><m0309_loc_num_idp_hh>{households}</m0309_loc_num_idp_hh><m0310_loc_num_idp_ind>{persons}</m0310_loc_num_idp_ind></movement>\
         <meta><instanceID>{instance}</instanceID></meta></data>"
    )
}

/// A program that reads the events.
struct Program<'a> {
    office: &'a Office,
    bearer: String,
}

impl<'a> Program<'a> {
    fn new(office: &'a Office, who: &str) -> Self {
        Self { office, bearer: format!("Bearer {}", office.sign_in(&format!("{who}@example.org"))) }
    }

    fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        let headers = [("Authorization", self.bearer.as_str()), ("Content-Type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.office.ask(method, &format!("/v1/projects/1/{path}"), &headers, body.as_bytes())
    }

    fn told(&self, method: &str, path: &str, body: Value) -> Value {
        let answer = self.ask(method, path, body);
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
        answer.json()
    }

    /// Waits until what is read there is as wanted, and returns it.
    fn until(&self, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..240 {
            last = self.told("GET", path, Value::Null);
            if is_so(&last) {
                return last;
            }
            std::thread::sleep(Duration::from_millis(250));
        }
        panic!("{path} stays {last}\n{}", self.office.log());
    }

    /// The figures of the events: low, best, high and how many reports are not checked.
    fn figures(&self) -> Vec<[u64; 4]> {
        let events = self.told("GET", "events", Value::Null);
        let n = |value: &Value| value.as_u64().unwrap();
        let of = |event: &Value| {
            let persons = &event["persons"];
            [n(&persons["low"]), n(&persons["best"]), n(&persons["high"]), n(&event["unchecked"])]
        };
        events.as_array().unwrap().iter().map(of).collect()
    }
}

fn check_reports_become_events(office: Office) {
    let office = tracking(office, &[]);
    let (officer, program) = (Person::new(&office, "officer"), Program::new(&office, "officer"));
    let send = |id: &str, event: (&str, &str), place: (&str, &str), persons: u32| {
        assert_eq!(office.submit(&report(id, event, place, persons), &[]).status, 201);
    };
    send("uuid:a", ("2026-03-01", "XS0101"), ("XS0102", "Stade"), 120);
    program.until("events", |events| events[0]["persons"]["best"] == 120);
    assert_eq!(
        program.figures(),
        [[0, 120, 120, 1]],
        "a report counts before anybody checked it, and is said not to be"
    );
    assert_eq!(program.told("GET", "event-alerts", Value::Null), json!([]));
    // People of the same place are counted again: they do not add up. A second place does.
    send("uuid:b", ("2026-03-02", "XS0101"), ("XS0102", "Stade"), 200);
    send("uuid:c", ("2026-03-03", "XS0101"), ("XS0102", "École"), 100);
    let alerts = program.until("event-alerts", |alerts| alerts[0]["step"] == 250);
    assert_eq!(alerts[0]["message"], "300 persons displaced (250 reached)");
    assert_eq!(program.figures(), [[0, 300, 300, 3]]);
    assert!(officer.page("/office/o/xso").contains("One alert that nobody has seen to"));
    let event = program.told("GET", "events", Value::Null)[0].clone();
    let (path, api) = (
        format!("/office/o/xso/events/{}", event["id"].as_str().unwrap()),
        format!("events/{}", event["id"].as_str().unwrap()),
    );
    let page = officer.page(&path);
    for shown in ["Baie", "Stade", "3 reports are not checked", "Authorities", "300 persons displaced"] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
    // A reviewer approves the report of the school, and rejects the last of the stadium: the one before it stands again.
    let records: Vec<String> = page.split("/office/records/").skip(1).map(|rest| rest[..36].to_owned()).collect();
    officer.does(&format!("/office/records/{}/review", records[0]), "act=review&state=approved");
    officer.does(&format!("/office/records/{}/review", records[1]), "act=review&state=rejected");
    program.until(&api, |event| event["persons"]["low"] == 100);
    assert_eq!(program.figures(), [[100, 220, 220, 1]]);
    // An alert stays raised though the number fell, until somebody says that it was seen to.
    let key = alerts[0]["key"].as_str().unwrap();
    let seen = officer.does("/office/o/xso/events", &format!("act=see&alert={key}"));
    assert!(seen.contains("marked as seen to") && !seen.contains("I have seen to it"), "{seen}");
    assert!(!officer.page("/office/o/xso").contains("nobody has seen to"));
}

#[test]
fn reports_from_phones_become_an_event_and_raise_an_alert_by_themselves() {
    check_reports_become_events(Office::new());
    if let Some(database) = dtm_testkit::postgres_database() {
        check_reports_become_events(Office::on(database));
    }
}

#[test]
fn an_officer_decides_what_is_one_event_and_may_take_it_back() {
    let office = tracking(Office::new(), &[]);
    let (officer, program) = (Person::new(&office, "officer"), Program::new(&office, "officer"));
    for (id, day, left, persons) in [
        ("uuid:a", "2026-03-01", "XS0101", 40),
        ("uuid:b", "2026-03-02", "XS0101", 50),
        ("uuid:c", "2026-03-20", "XS0102", 60),
    ] {
        assert_eq!(office.submit(&report(id, (day, left), (left, id), persons), &[]).status, 201);
    }
    let events = program.until("events", |events| events.as_array().is_some_and(|events| events.len() == 2));
    let id = |event: &Value| event["id"].as_str().unwrap().to_owned();
    let (later, first) = (id(&events[0]), id(&events[1]));
    let page_of = |event: &str| format!("/office/o/xso/events/{event}");
    let one = officer.does(&page_of(&first), &format!("act=merge&other={later}"));
    assert!(one.contains("The two events are one now") && one.contains("3 reports together"), "{one}");
    assert_eq!(program.figures(), [[0, 150, 150, 3]]);
    assert!(officer.page(&page_of(&later)).contains("3 reports together"), "the old address leads to the event");
    // What comes later stays with what was decided.
    assert_eq!(office.submit(&report("uuid:d", ("2026-03-21", "XS0102"), ("XS0102", "d"), 5), &[]).status, 201);
    program.until("events", |events| events[0]["persons"]["best"] == 155);
    let decision = one.split("name=\"decision\" value=\"").nth(1).unwrap()[..36].to_owned();
    officer.does(&page_of(&first), &format!("act=undo&decision={decision}"));
    assert_eq!(program.figures(), [[0, 65, 65, 2], [0, 90, 90, 2]]);
    assert_eq!(officer.post(&page_of(&first), &format!("act=undo&decision={decision}")).status, 404);
    // One report is about something else.
    let whole = program.told("GET", &format!("events/{first}"), Value::Null);
    let report = whole["what"][0]["recordId"].as_str().unwrap();
    let all: Vec<&Value> = whole["what"].as_array().unwrap().iter().map(|report| &report["recordId"]).collect();
    let refused = program.ask("POST", &format!("events/{first}/split"), json!({ "recordIds": all }));
    assert_eq!((refused.status, refused.json()["code"].as_f64()), (409, Some(409.42)), "{}", refused.text());
    assert_eq!(officer.post(&page_of(&first), "act=split").status, 400);
    let apart = officer.does(&page_of(&first), &format!("act=split&report={report}"));
    assert!(apart.contains("are an event of their own") && apart.contains("One report set apart"), "{apart}");
    assert_eq!(program.figures(), [[0, 65, 65, 2], [0, 50, 50, 1], [0, 40, 40, 1]]);
    // Names and ends.
    officer.does(&page_of(&first), "act=name&name=Clashes+%3Cof+Baie%3E");
    assert!(officer.page("/office/o/xso/events").contains("Clashes &#60;of Baie&#62;"));
    officer.does(&page_of(&first), "act=close&reason=people+went+home");
    let open = officer.page("/office/o/xso/events");
    assert!(!open.contains("Clashes"), "{open}");
    assert!(officer.page("/office/o/xso/events?state=closed").contains("Clashes"));
    let event = format!("events/{first}");
    assert_eq!(
        program.told("PATCH", &event, json!({ "open": true, "name": "" }))["title"],
        "Conflict, violence or persecution – Baie"
    );
    assert_eq!(program.ask("POST", &format!("{event}/merge"), json!({ "eventId": first })).status, 409);
    let reader = Program::new(&office, "reviewer");
    assert_eq!(reader.ask("PATCH", &event, json!({ "name": "mine" })).status, 403);
    assert_eq!(Program::new(&office, "viewer").ask("GET", "events", Value::Null).status, 403);
    // The same from the command line.
    let listed = office.run(&["event", "list", "-o", "xso"]);
    assert_eq!(listed.as_array().unwrap().len(), 3, "{listed}");
    let shown = office.run(&["event", "name", "-o", "xso", &first, "Storm"]);
    assert_eq!(
        (&shown["title"], shown["decisions"].as_array().unwrap().len() >= 5),
        (&json!("Storm"), true),
        "{shown}"
    );
    assert_eq!(office.run(&["event", "gather", "-o", "xso"])["reports"], 4);
}

#[test]
fn an_officer_sets_the_thresholds_and_who_is_told() {
    let mail = [
        ("DTM_SMTP_URL", "smtp://127.0.0.1:9"),
        ("DTM_MAIL_FROM", "dtm@example.org"),
        ("DTM_PUBLIC_URL", "http://dtm.example.org"),
    ];
    let office = tracking(Office::new(), &mail);
    let (officer, program) = (Person::new(&office, "officer"), Program::new(&office, "officer"));
    let rules = "/office/o/xso/events/rules";
    for wrong in [
        "act=save&measure=persons&steps=many",
        "act=save&measure=persons&steps=0",
        "act=save&measure=persons&steps=5&area=XX",
        "act=mail&address=nobody",
    ] {
        let refused = officer.post(rules, wrong);
        assert_eq!(refused.status, 400, "{wrong}: {}", refused.text());
    }
    let set = officer.does(rules, "act=save&measure=households&steps=10+4&area=XS0101");
    assert!(set.contains("The rules are saved") && set.contains("value=\"10 4\""), "{set}");
    officer.does(rules, "act=drop&rule=persons");
    officer.does(rules, "act=mail&address=alerts%40example.org&lang=fr");
    let kept = program.told("GET", "event-rules", Value::Null);
    assert_eq!(kept["alerts"].as_array().unwrap().len(), 2, "{kept}");
    assert_eq!(kept["mails"], json!([{ "address": "alerts@example.org", "lang": "fr" }]));
    let twice = json!({ "alerts": [kept["alerts"][0], kept["alerts"][0]] });
    assert_eq!(program.ask("PUT", "event-rules", twice).status, 409);
    assert_eq!(office.submit(&report("uuid:a", ("2026-03-01", "XS0101"), ("XS0101", "Stade"), 25), &[]).status, 201);
    let alerts = program.until("event-alerts", |alerts| alerts[0]["step"] == 4);
    assert_eq!(alerts[0]["message"], "5 households displaced (4 reached)");
    let log = office.run(&["audit"]).to_string();
    assert!(log.contains("message.posted"), "the alert waits to be mailed: {log}");
}
