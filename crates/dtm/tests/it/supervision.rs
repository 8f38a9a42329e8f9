//! Supervision of a round, over the pages, the API and the command line: how the work of each enumerator looks beside that of
//! the others, which places were visited, the daily sheet, and what is written to teams.

use crate::office::Office;
use crate::office_pages::Person;
use crate::survey;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A form that says who asked, when and where, with enough questions to tell people apart.
fn form() -> String {
    let selects: String = ["shelter", "water", "food", "q1", "q2", "q3", "q4", "q5", "q6", "q7"]
        .iter()
        .map(|name| {
            let items: String = ["a", "b", "c", "d", "dont_know"]
                .iter()
                .map(|item| format!("<item><label>{item}</label><value>{item}</value></item>"))
                .collect();
            format!("<select1 ref=\"/data/{name}\"><label>{name}</label>{items}</select1>")
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?>\
<h:html xmlns=\"http://www.w3.org/2002/xforms\" xmlns:h=\"http://www.w3.org/1999/xhtml\">\
<h:head><h:title>Household</h:title><model><instance><data id=\"household\" version=\"1\"><start/><end/><enumerator/><adm1/><kind/><day/><ssid/><gps/>\
<shelter/><water/><food/><q1/><q2/><q3/><q4/><q5/><q6/><q7/><people/><phone/><meta><instanceID/></meta></data></instance>\
<bind nodeset=\"/data/start\" type=\"dateTime\"/><bind nodeset=\"/data/end\" type=\"dateTime\"/><bind nodeset=\"/data/day\" type=\"date\"/>\
<bind nodeset=\"/data/gps\" type=\"geopoint\"/><bind nodeset=\"/data/people\" type=\"int\"/></model></h:head>\
<h:body><input ref=\"/data/enumerator\"><label>Enumerator</label></input><input ref=\"/data/adm1\"><label>Area</label></input>\
<input ref=\"/data/kind\"><label>Kind</label></input><input ref=\"/data/day\"><label>Day</label></input><input ref=\"/data/ssid\"><label>Place</label></input>\
<input ref=\"/data/gps\"><label>Position</label></input>{selects}<input ref=\"/data/people\"><label>People</label></input>\
<input ref=\"/data/phone\"><label>Telephone</label></input></h:body></h:html>"
    )
}

const MAPPING: &str = r#"[place]
ssid = "ssid"
area = ["adm1"]
[place.kind]
question = "kind"
otherwise = "host_community"
blank = "host_community"
[date]
question = "day"
[group.idp]
measures = [{ indicator = "m0310_loc_num_idp_ind", question = "people" }]
"#;

const QUESTIONS: [&str; 10] = ["shelter", "water", "food", "q1", "q2", "q3", "q4", "q5", "q6", "q7"];

/// How the interviews of one enumerator look: the name, the area, how many, how many minutes each, and whether all are held
/// at one spot with the same answers and «don't know».
struct Enumerator(&'static str, &'static str, usize, i64, bool);

/// Six who hold twelve interviews on two days, one of them in half the time, and one who holds two.
const ENUMERATORS: [Enumerator; 7] = [
    Enumerator("Awa", "XS01", 12, 40, false),
    Enumerator("Binta", "XS01", 12, 41, false),
    Enumerator("Carl", "XS01", 12, 39, false),
    Enumerator("Dina", "XS02", 12, 42, false),
    Enumerator("Elie", "XS02", 12, 38, false),
    Enumerator("Quick", "XS02", 12, 20, true),
    Enumerator("Gina", "XS02", 2, 5, false),
];

/// The place of an interview. The last one of each is in the place that plans speak of.
fn place(who: usize, at: usize) -> String {
    let Enumerator(_, area, n, ..) = ENUMERATORS[who];
    if at + 1 == n { format!("{area}-P{who}") } else { format!("{area}-P{who}-{at}") }
}

/// The interviews as a table that another server exported.
fn interviews() -> String {
    let mut table = "instanceID,start,end,enumerator,adm1,kind,day,ssid,gps,".to_owned();
    table += &format!("{},people,phone\n", QUESTIONS.join(","));
    for (who, Enumerator(name, area, n, minutes, same)) in ENUMERATORS.iter().enumerate() {
        for at in 0..*n {
            let (day, hour) = (5 + at / 6, 8 + at % 6);
            // Binta's last interview lies a degree away from the one before.
            let away = if *name == "Binta" && at == 11 { 1.0 } else { 0.0 };
            let north = if *same { 0.0 } else { at as f64 * 0.002 };
            let lat = 18.0 + who as f64 * 0.1 + north + away;
            let end = 60 * hour as i64 + minutes;
            write!(
                table,
                "uuid:{name}-{at},2026-01-0{day}T{hour:02}:00:00.000Z,2026-01-0{day}T{:02}:{:02}:00.000Z,{name},{area},site,2026-01-0{day},{},{lat:.4} -72.5 0 5",
                end / 60,
                end % 60,
                place(who, at)
            )
            .unwrap();
            for (question, _) in QUESTIONS.iter().enumerate() {
                // Answers that look like chance and are the same on every machine.
                let drawn = (who * 31 + at * 17 + question * 7 + at * question * 5 + who * question * 3) % 4;
                let answer = match (same, question) {
                    (true, 1) if at < 10 => "dont_know",
                    (true, _) => "a",
                    _ => ["a", "b", "c", "d"][drawn],
                };
                write!(table, ",{answer}").unwrap();
            }
            writeln!(table, ",{},+509 3412 34{at:02}", 11 + (who * 7 + at * 3) % 40).unwrap();
        }
    }
    table
}

/// An office with these interviews, settled.
fn supervised() -> Office {
    let mut office = Office::new();
    let file = |name: &str, text: &str| {
        let path = office.data().with_file_name(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let areas =
        file("areas.csv", "ADM0_PCODE,ADM0_EN,ADM1_PCODE,ADM1_EN\nXS,Sorelia,XS01,North\nXS,Sorelia,XS02,South\n");
    let mut places = "ssid,name,kind,area\nXS01-P9,Far hamlet,host_community,XS01\n".to_owned();
    for (who, Enumerator(name, area, n, ..)) in ENUMERATORS.iter().enumerate() {
        for at in 0..*n {
            writeln!(places, "{},Camp {} of {name},site,{area}", place(who, at), at + 1).unwrap();
        }
    }
    let (form, places, table) =
        (file("household.xml", &form()), file("places.csv", &places), file("interviews.csv", &interviews()));
    let mapping = file("mapping.toml", MAPPING);
    office.run(&["import", "areas", "-o", "xso", "--level", "1", &areas]);
    office.run(&["import", "places", &places, "-o", "xso"]);
    office.run(&["form", "upload", "-o", "xso", "-e", "mobility", "--publish", &form]);
    office.run(&["mapping", "store", "-o", "xso", "-e", "mobility", "--form", "household", &mapping]);
    let brought = office.run(&["import", "submissions", &table, "-o", "xso", "--form", "household", "--round", "1"]);
    assert_eq!(brought["submissions"], 74, "{brought}");
    // So few questions are often answered alike.
    let set = ["quality", "thresholds", "-o", "xso", "nearDuplicateAtMost=0", "--reason", "a short form"];
    office.run(&set);
    office.run(&["round", "settle", "-o", "xso", "-r", "1"]);
    office.start(&[]);
    office
}

const HERE: &str = "/office/o/xso/mobility/1/supervision";

/// Text without markup and runs of blanks, so that a test reads as a person does.
fn read(page: &str) -> String {
    let main = page.split("<main").nth(1).unwrap_or(page);
    let mut text = String::new();
    for part in main.split('<').skip(1) {
        text.push(' ');
        text.push_str(part.split_once('>').map_or("", |(_, text)| text));
    }
    let text = text.replace("&#39;", "'").replace(['\u{a0}', '\u{202f}'], " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The row of somebody in the table.
fn row<'a>(text: &'a str, name: &str, next: &str) -> &'a str {
    let table = text.split("Worth a look").next().unwrap_or(text);
    let from = table.find(&format!(" {name} ")).unwrap_or_else(|| panic!("no {name}: {text}"));
    let rest = &table[from..];
    &rest[..rest.find(&format!(" {next} ")).unwrap_or(rest.len())]
}

#[test]
fn who_is_twice_as_fast_is_told_with_denominators_and_the_usual_and_who_asked_twice_is_not_judged() {
    let office = supervised();
    let officer = Person::new(&office, "officer");
    let page = read(&officer.page(HERE));
    assert!(page.contains("Whole round: 74 of 74 records counted"), "{page}");
    let quick = row(&page, "Quick", "XLSX");
    assert!(quick.contains("20 min of 12 interviews usually 39.5 min much less than usual here"), "{quick}");
    assert!(quick.contains("8% 10 of 120 answers usually 0% much more than usual here"), "{quick}");
    assert!(quick.contains("100% 12 of 12 interviews usually 8% much more than usual here"), "one spot: {quick}");
    let gina = row(&page, "Gina", "Quick");
    assert!(gina.contains("2 on one day too few to compare") && !gina.contains("than usual"), "{gina}");
    let awa = row(&page, "Awa", "Binta");
    assert!(awa.contains("40 min of 12 interviews usually 39.5 min") && !awa.contains("than usual"), "{awa}");
    let look = page.split("Worth a look").nth(1).unwrap();
    assert!(look.contains("Quick · Minutes per interview (median): 20 min (of 12 interviews), much less"), "{look}");
    assert!(look.contains("Sit in on one interview"), "what to ask: {look}");
    assert!(!page.contains("score") && !page.contains("fraud"), "{page}");

    let french = read(&officer.get_in(HERE, "fr"));
    assert!(
        french.contains("20 min sur 12 entretiens d’habitude 39,5 min beaucoup moins que d’habitude ici"),
        "{french}"
    );
    // Sorted by minutes, who is quickest comes first; and back.
    let order = |query: &str| {
        let page = officer.page(&format!("{HERE}{query}"));
        let names = ENUMERATORS.map(|one| (page.find(&format!(">{}</a>", one.0)).unwrap(), one.0));
        BTreeMap::from(names).into_values().collect::<Vec<_>>()
    };
    assert_eq!(order("")[..2], ["Awa", "Binta"]);
    assert_eq!(order("?sort=minutes&order=up")[..2], ["Gina", "Quick"]);
    assert_eq!(order("?sort=minutes&order=down")[..2], ["Dina", "Binta"]);
    // A day has too few for anything to be said, and says what is usual in the round.
    let day = read(&officer.page(&format!("{HERE}?days=2026-01-06")));
    assert!(day.contains("6 January 2026: 36 of 74 records counted"), "{day}");
    assert!(row(&day, "Quick", "XLSX").contains("20 min of 6 interviews usually 39.5 min"), "{day}");
    assert!(!day.contains("much less than usual"), "{day}");
    assert!(read(&officer.page(&format!("{HERE}?days=week"))).contains("6 January 2026: 74 of 74 records"));
    // The page of one of them leads to the interviews that make it up, and to those that are alike.
    let page = officer.page(HERE);
    let link = page.split(">Quick</a>").next().unwrap().rsplit("href=\"").next().unwrap();
    let one = officer.page(link.trim_end_matches("\">").trim_end_matches('"'));
    assert!(!link.contains("Quick"), "no name stands in an address: {link}");
    assert_eq!(one.matches("<svg").count(), 3, "days, durations, positions");
    let text = read(&one);
    assert!(text.contains("12 of 12 interviews have a position") && text.contains("of 16 answers differ"), "{text}");
    assert!(one.matches("/office/records/").count() >= 12, "{one}");
    assert_eq!(officer.get(&format!("{HERE}/people/nobody")).status, 404);
    let file = officer.get(&format!("{HERE}/supervision.csv"));
    assert!(file.text().contains("Minutes per interview (median) – Usual here"), "{}", file.text());
    assert_eq!(officer.get(&format!("{HERE}/supervision.xlsx")).body[..2], *b"PK");
    // That somebody looked is in the audit log.
    let audit = Person::new(&office, "admin").page("/office/audit?kind=seen");
    assert!(audit.contains("Looked at") && audit.contains("/supervision"), "{audit}");

    // Programs and the command line are told the same.
    let told = office.run(&["round", "supervise", "-o", "xso", "-r", "1"]);
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let over = |path: &str| {
        office.get(&format!("/v1/projects/1/exercises/mobility/rounds/1/{path}"), &[("Authorization", &bearer)])
    };
    assert_eq!(over("supervision").json(), told);
    let line = told["lines"].as_array().unwrap().iter().find(|line| line["name"] == "Quick").unwrap();
    let minutes = line["measures"].as_array().unwrap().iter().find(|part| part["measure"] == "minutes").unwrap();
    assert_eq!(
        *minutes,
        json!({ "measure": "minutes", "value": 20.0, "n": null, "of": 12, "usual": 39.5, "beside": "much_less" })
    );
    assert_eq!(over("supervision?days=soon").status, 400);
    assert_eq!(over("supervision?group=village").status, 400);
    assert_eq!(over("supervision?days=day").json()["counted"], 36);
}

#[test]
fn who_sees_one_area_is_shown_its_enumerators_only_and_who_does_not_review_is_told_no_names() {
    let office = supervised();
    let add = |name: &str, role: &[&str]| {
        office.run(&[&["user", "add", &format!("{name}@example.org")], role].concat());
    };
    add("north", &["--role", "reviewer", "-o", "xso", "--areas", "XS01"]);
    add("reader", &["--role", "viewer", "-o", "xso", "--areas", "XS01", "--sees", "secret"]);
    add("public", &["--role", "viewer", "-o", "xso", "--sees", "public"]);
    let page = read(&Person::new(&office, "north").page(HERE));
    assert!(page.contains("36 of 36 records counted") && page.contains("Binta") && !page.contains("Quick"), "{page}");
    assert!(page.contains("North") && !page.contains("South"), "places of the other area: {page}");
    let reader = Person::new(&office, "reader");
    let page = read(&reader.page(HERE));
    assert!(page.contains("36 of 36") && page.contains("Enumerator 1") && !page.contains("Binta"), "{page}");
    let sheet = read(&reader.page(&format!("{HERE}/sheet")));
    assert!(!sheet.contains("Binta"), "{sheet}");
    let page = read(&Person::new(&office, "public").page(HERE));
    assert!(page.contains("0 of 0 records counted") && !page.contains("Awa"), "{page}");
    assert_eq!(Person::new(&office, "viewer").get(HERE).status, 403);
}

#[test]
fn where_no_question_names_the_enumerator_each_phone_stands_for_its_own() {
    let office = Office::open();
    assert_eq!(office.submit(&crate::office::answers("uuid:one", 7), &[]).status, 201);
    let officer = Person::new(&office, "officer");
    let page = read(&officer.page(HERE));
    assert!(page.contains("The form does not say who asked") && page.contains("Awa"), "{page}");
    let team = officer.does("/office/o/xso/teams", "name=North+2");
    let phone = team.split("name=\"phone\" value=\"").nth(1).unwrap()[..36].to_owned();
    let id = team.split("name=\"team\" value=\"").nth(1).unwrap()[..36].to_owned();
    officer.does("/office/o/xso/teams", &format!("team={id}&name=North+2&phone={phone}"));
    let page = read(&officer.page(&format!("{HERE}?by=team")));
    assert!(page.contains("North 2 1 on one day"), "{page}");
    let own = read(&officer.page(&format!("{HERE}/teams/{id}")));
    assert!(own.contains("North 2") && own.contains("Enumerators Awa 1"), "{own}");
}

#[test]
fn planned_places_are_covered_with_reasons_and_the_sheet_of_a_team_says_where_to_go_and_what_to_ask() {
    let office = supervised();
    let officer = Person::new(&office, "officer");
    let teams = officer.does("/office/o/xso/teams", "name=North+2");
    let team = teams.split("name=\"team\" value=\"").nth(1).unwrap()[..36].to_owned();
    let list = "/office/o/xso/mobility/1/places";
    let plan = |place: &str, due: &str| officer.does(list, &format!("act=plan&team={team}&due={due}&place={place}"));
    plan("XS01-P0", "2026-01-05");
    plan("XS01-P1", "2026-01-05");
    plan("XS01-P2", "2026-01-07");
    plan("XS01-P9", "2026-01-08");
    plan("XS01-P10", "2026-01-07");
    officer.does(list, "act=unreached&why=no_road&place=XS01-P10");
    let page = read(&officer.page(HERE));
    let covered = page.split("Planned places").nth(2).unwrap_or_else(|| panic!("{page}"));
    assert!(
        covered.contains("North 2 Road cut or weather: 1 5 3 1 1"),
        "planned, visited, not visited, open: {covered}"
    );
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let over = office.get("/v1/projects/1/exercises/mobility/rounds/1/coverage", &[("Authorization", &bearer)]).json();
    assert_eq!(over["teams"][0]["reasons"], json!({ "no_road": 1 }), "{over}");
    assert_eq!(office.run(&["round", "coverage", "-o", "xso", "-r", "1"]), over);
    // Interviews at the places of a team are its work, where no phone says otherwise.
    let by_team = read(&officer.page(&format!("{HERE}?by=team")));
    assert!(by_team.contains("North 2 3 on one day"), "{by_team}");

    officer.does(&format!("{HERE}/messages"), &format!("act=write&team={team}&text=The+bridge+is+open+again"));
    let address = format!("{HERE}/sheet?team={team}&on=2026-01-07");
    let sheet = read(&officer.page(&address));
    for said in [
        "North 2 7 January 2026",
        "The bridge is open again",
        "4 of 5 places done or explained",
        "Next Far hamlet (8 January 2026)",
        "What came on 6 January 2026",
        "Awa 1 40 min 0 of 1 Binta 1 41 min 1 of 1",
        "Camp 12 of Binta Binta",
        "km/h",
    ] {
        assert!(sheet.contains(said), "{said}: {sheet}");
    }
    assert!(!sheet.contains("3412"), "no telephone number unless it is asked for: {sheet}");
    assert!(read(&officer.page(&format!("{address}&phones=yes"))).contains("+509 3412"));
    let french = read(&officer.get_in(&address, "fr"));
    assert!(french.contains("7 janvier 2026") && french.contains("Ce qui est arrivé le 6 janvier 2026"), "{french}");
}

#[test]
fn what_is_written_to_teams_goes_by_mail_stands_on_the_sheet_and_can_be_withdrawn() {
    let mut office = Office::new();
    // Nobody listens there: the mails wait, which is what is asked here.
    office.start(&[
        ("DTM_SMTP_URL", "smtp://127.0.0.1:9?tls=none"),
        ("DTM_MAIL_FROM", "DTM <dtm@example.org>"),
        ("DTM_PUBLIC_URL", "http://dtm.example.org"),
    ]);
    let officer = Person::new(&office, "officer");
    assert_eq!(officer.post("/office/o/xso/teams", "name=North&addresses=nobody").status, 400);
    let teams = officer.does("/office/o/xso/teams", "name=North&addresses=awa@example.org+ines@example.org");
    assert!(teams.contains("value=\"awa@example.org ines@example.org\""), "{teams}");
    let north = teams.split("name=\"team\" value=\"").nth(1).unwrap()[..36].to_owned();
    officer.does("/office/o/xso/teams", "name=South&addresses=awa@example.org");
    let messages = format!("{HERE}/messages");
    assert_eq!(officer.post(&messages, "act=write&text=++").status, 400);
    assert_eq!(officer.post(&messages, &format!("act=write&text={}", "x".repeat(601))).status, 400);
    let told = read(&officer.does(&messages, &format!("act=write&team={north}&text=Count+tents,+not+poles")));
    assert!(told.contains("2 mails carry it") && told.contains("Count tents, not poles"), "{told}");
    let told = read(&officer.does(&messages, "act=write&text=Sunday+is+free"));
    assert!(told.contains("2 mails carry it"), "who is of two teams is told once: {told}");
    let waiting = Person::new(&office, "admin").page("/office/outbox");
    assert!(waiting.contains("ines@example.org") && waiting.contains("To team North"), "{waiting}");
    let sheets = || read(&officer.page(&format!("{HERE}/sheet")));
    assert_eq!((sheets().matches("Count tents").count(), sheets().matches("Sunday is free").count()), (1, 2));
    assert!(read(&officer.page(&format!("{HERE}/teams/{north}"))).contains("Count tents, not poles"));
    assert_eq!(Person::new(&office, "reviewer").post(&messages, "act=write&text=x").status, 403);

    let page = officer.page(HERE);
    let id = page.split("name=\"message\" value=\"").nth(1).unwrap()[..36].to_owned();
    let told = read(&officer.does(&messages, &format!("act=withdraw&message={id}")));
    assert!(told.contains("The message is withdrawn") && told.contains("withdrawn by officer@example.org"), "{told}");
    assert_eq!(sheets().matches("Sunday is free").count(), 0);
    assert_eq!(officer.post(&messages, &format!("act=withdraw&message={id}")).status, 404);
    officer.does(&messages, &format!("act=restore&message={id}"));
    assert_eq!(sheets().matches("Sunday is free").count(), 2);

    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let ask = |method: &str, path: &str, body: Value| {
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        office.ask(
            method,
            &format!("/v1/projects/1/exercises/mobility/rounds/1/messages{path}"),
            &headers,
            body.as_bytes(),
        )
    };
    let written = ask("POST", "", json!({ "text": "Bring chargers", "teamId": north })).json();
    assert_eq!((&written["mails"], &written["withdrawn"]), (&json!(2), &Value::Null), "{written}");
    assert_eq!(ask("POST", "", json!({ "text": " " })).json()["code"].as_f64(), Some(400.47));
    assert_eq!(ask("POST", "", json!({ "text": "x", "teamId": "0195f2f0-0000-7000-8000-000000000000" })).status, 400);
    let one = format!("/{}", written["id"].as_str().unwrap());
    assert_eq!(ask("DELETE", &one, Value::Null).status, 200);
    assert_eq!(ask("DELETE", &one, Value::Null).status, 404);
    let stands = |told: &Value| told.as_array().unwrap().iter().filter(|one| one["withdrawn"].is_null()).count();
    assert_eq!(stands(&ask("GET", "", Value::Null).json()), 2);
    assert_eq!(ask("POST", &format!("{one}/restore"), Value::Null).status, 200);
    assert_eq!(stands(&office.run(&["round", "messages", "-o", "xso", "-r", "1"])), 3);
}

#[test]
fn the_sixteen_enumerators_of_a_real_survey_are_shown_as_the_reference_counts_them() {
    let Some(folder) = survey::reference() else { return };
    let dtm = survey::survey(&folder);
    dtm.tell("round settle -o irq -r 1");
    let told = dtm.tell("round supervise -o irq -r 1");
    // The durations of the reference, and who asked, from its raw data.
    let who: BTreeMap<String, String> = survey::rows(&folder, "raw_data.csv")
        .into_iter()
        .map(|row| (row["X_uuid"].clone(), row["enumerator_num"].clone()))
        .collect();
    let mut expected: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let durations = survey::rows(&folder, "expected_duration.csv");
    for row in &durations {
        expected.entry(&who[&row["uuid"]]).or_default().push(row["duration_minutes"].parse().unwrap());
    }
    let lines = told["lines"].as_array().unwrap();
    assert_eq!((lines.len(), told["counted"].as_u64()), (16, Some(632)));
    let part = |line: &Value, measure: &str| {
        line["measures"].as_array().unwrap().iter().find(|part| part["measure"] == measure).cloned().unwrap()
    };
    for line in lines {
        let minutes = expected.get_mut(line["name"].as_str().unwrap()).unwrap();
        minutes.sort_by(f64::total_cmp);
        let n = minutes.len();
        let part = part(line, "minutes");
        assert_eq!((line["interviews"].as_u64(), part["of"].as_u64()), (Some(n as u64), Some(n as u64)));
        let median = (minutes[(n - 1) / 2] + minutes[n / 2]) / 2.0;
        // The reference rounds to hundredths.
        assert!((part["value"].as_f64().unwrap() - median).abs() <= 0.011, "{part} {median}");
    }
    // Whoever stands apart by «don't know» is told of by the check, too.
    let findings = dtm.tell("round findings -o irq -r 1");
    let checked: BTreeSet<&str> = findings
        .as_array()
        .unwrap()
        .iter()
        .filter(|told| told["finding"]["check"] == "dont_know_often")
        .map(|told| told["finding"]["facts"]["enumerator"].as_str().unwrap())
        .collect();
    let apart: BTreeSet<&str> = lines
        .iter()
        .filter(|line| part(line, "dont_know")["beside"].as_str().unwrap().ends_with("more"))
        .map(|line| line["name"].as_str().unwrap())
        .collect();
    assert!(!apart.is_empty() && apart.is_subset(&checked), "{apart:?} {checked:?}");
}
