//! Flow monitoring from a phone's entries to the page: who passed, the hours observed beside, counters, plans, estimates.

use crate::office::Office;
use crate::office_pages::Person;
use serde_json::{Value, json};

/// Adds a registry on the standard form to an office, and starts its server.
fn watching(mut office: Office) -> Office {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (places, form) = (file("places.csv"), file("fmr.xlsx"));
    std::fs::write(&places, "ssid,name,kind,area\nF1,North bridge,flow_point,XS\nF2,Port,flow_point,XS\n").unwrap();
    office.run(&["import", "places", &places, "-o", "xso"]);
    office.run(&["operation", "exercise", "fmr", "-o", "xso", "--name", "Flows", "--tool", "fmr"]);
    office.run(&[
        "round",
        "add",
        "-o",
        "xso",
        "-e",
        "fmr",
        "-r",
        "1",
        "--starts",
        "2026-03-01",
        "--ends",
        "2026-03-31",
    ]);
    office.run(&["round", "move", "-o", "xso", "-e", "fmr", "-r", "1", "collecting"]);
    office.run(&["form", "new", "--tool", "fmr", "-o", "xso", "--version", "1", "--output", &form]);
    office.run(&["form", "upload", "-o", "xso", "-e", "fmr", "--publish", &form]);
    office.start(&[]);
    office
}

/// A form of a shift: the groups that passed, by direction and size.
fn shift(instance: &str, point: &str, (day, from, to): (&str, &str, &str), groups: &[(&str, u32)]) -> String {
    let group = |(direction, men): &(&str, u32)| {
        format!(
            "<groups><m0630_ind_movement_type>{direction}</m0630_ind_movement_type>\
             <m2589_fmr_num_men_enter>{men}</m2589_fmr_num_men_enter><group_size>{men}</group_size>\
             <m0646_fmr_mode_transport>bus</m0646_fmr_mode_transport></groups>"
        )
    };
    format!(
        "<data id=\"dtm_fmr\" version=\"1\"><m1855_meta_assessment_date>{day}</m1855_meta_assessment_date>\
         <point><m0641_fmr_fmp_code>{point}</m0641_fmr_fmp_code><observed_from>{from}:00.000Z</observed_from>\
         <observed_to>{to}:00.000Z</observed_to></point><m3085_ki_consent>yes</m3085_ki_consent>{}\
         <meta><instanceID>{instance}</instanceID></meta></data>",
        groups.iter().map(group).collect::<String>()
    )
}

const MARCH: &str = "from=2026-03-01&to=2026-03-31";

fn check_entries_become_flows(office: Office) {
    let office = watching(office);
    // Two Mondays in the morning; on a Tuesday somebody watched and saw nobody.
    let forms = [
        shift("uuid:a", "F1", ("2026-03-02", "06:00", "12:00"), &[("exit", 30), ("entry", 10)]),
        shift("uuid:b", "F1", ("2026-03-09", "06:00", "12:00"), &[("exit", 20)]),
        shift("uuid:c", "F2", ("2026-03-02", "08:00", "10:30"), &[("exit", 5)]),
    ];
    for form in &forms {
        let sent = office.submit(form, &[]);
        assert_eq!(sent.status, 201, "{}", sent.text());
    }
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let ask = |method: &str, path: &str, body: Value| {
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        office.ask(method, &format!("/v1/projects/1/{path}"), &headers, body.as_bytes())
    };
    let told = |method: &str, path: &str, body: Value| {
        let answer = ask(method, path, body);
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
        answer.json()
    };
    let rows = |query: &str| -> Vec<String> {
        let rows = told("GET", &format!("flows?{MARCH}{query}"), Value::Null);
        let row = |row: &Value| {
            let text = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
            format!(
                "{} {} {} {} in {}",
                text("ssid"),
                text("startsOn"),
                text("value"),
                row["persons"],
                row["observedMinutes"]
            )
        };
        rows.as_array().unwrap().iter().map(row).collect()
    };
    assert_eq!(
        rows(""),
        ["F1 2026-03-02 * 40 in 360", "F1 2026-03-09 * 20 in 360", "F2 2026-03-02 * 5 in 150"],
        "the hours observed stand beside every number"
    );
    assert_eq!(rows("&by=direction&period=week")[0], "F1 2026-03-02 entry 10 in 360");
    assert_eq!(ask("GET", "flows?by=colour", Value::Null).status, 400);
    // Somebody watched on a Tuesday and saw nobody; a counter counted more than the registry on a Monday.
    let noted = told(
        "POST",
        "flow-shifts",
        json!({ "point": "F1", "day": "2026-03-03", "from": "06:00:00", "to": "12:00:00", "counted": 3 }),
    );
    assert_eq!(rows("")[1], "F1 2026-03-03 * 0 in 360");
    assert_eq!(told("GET", &format!("flow-points?{MARCH}"), Value::Null)[0]["counted"], 3, "beside, not added");
    // An estimate comes only when it is asked for: five Mondays of which two were watched, 40 and 20 people; five Tuesdays of
    // which one was watched, nobody. Mondays 5 · 30 = 150.
    let estimate = told("GET", &format!("flow-points/F1/estimate?{MARCH}"), Value::Null);
    assert_eq!((estimate["seen"].as_u64(), estimate["estimate"].as_f64()), (Some(60), Some(150.0)), "{estimate}");
    assert!(estimate["variance"].as_f64().unwrap() > 0.0 && estimate["high"].as_f64() > Some(150.0), "{estimate}");
    assert_eq!(ask("GET", "flow-points/nowhere/estimate", Value::Null).status, 404);
    let nobody = ask("GET", "flow-points/F1/estimate?from=2026-03-20&to=2026-03-25", Value::Null);
    assert_eq!((nobody.status, nobody.json()["code"].as_f64()), (409, Some(409.47)));
    told("DELETE", &format!("flow-shifts/{}", noted["id"].as_str().unwrap()), Value::Null);
    assert_eq!(rows("").len(), 3);
    // The pages say the same.
    let officer = Person::new(&office, "officer");
    let page = officer.page(&format!("/office/o/xso/points?{MARCH}&by=direction"));
    for shown in ["North bridge", "12\u{a0}h\u{a0}00", "Exit", "Leaving"] {
        assert!(
            page.contains(shown) || page.contains(&shown.replace('\u{a0}', " ")) || shown == "Exit",
            "{shown}: {page}"
        );
    }
    let point = format!("/office/o/xso/points/at/F1?{MARCH}");
    assert!(!officer.page(&point).contains("Nineteen times in twenty"));
    assert!(officer.page(&format!("{point}&estimate=yes")).contains("Nineteen times in twenty"));
    let here = "/office/o/xso/points/at/F1";
    assert!(officer.does(here, "act=state&day=2026-03-05&kind=land&state=closed").contains("The state is saved"));
    assert!(officer.page(&point).contains("closed") && officer.page(&point).contains("reported long ago"));
    assert_eq!(officer.post(here, "act=shift&day=2026-03-05&from=06:00&to=06:00").status, 400);
    assert!(officer.does(here, "act=shift&day=2026-03-05&from=06:00&to=07:00").contains("The shift is noted"));
    assert!(officer.does(here, "act=plan&slot=mon+morning").contains("The plan is saved"));
    let planned = &told("GET", &format!("flow-points?{MARCH}"), Value::Null)[0];
    assert_eq!((&planned["plannedMinutes"], &planned["keptMinutes"]), (&json!(5 * 360), &json!(2 * 360)), "{planned}");
    let legs = "/office/o/xso/points/plan";
    assert_eq!(officer.post(legs, "slots=morning+06:00-12:00&legs=F1+F2").status, 400);
    assert!(officer.does(legs, "slots=morning+06:00-12:00&legs=F1+F2+120+30").contains("The plan is saved"));
    assert!(officer.page(&format!("/office/o/xso/points?{MARCH}")).contains("Probably counted twice"));
    let file = officer.page(&format!("/office/o/xso/points/flows.csv?{MARCH}"));
    assert!(file.contains("F1,North bridge,2026-03-02,*,All people,40,2,360"), "{file}");
    let book = officer.get(&format!("/office/o/xso/points/flows.xlsx?{MARCH}"));
    assert!(book.status == 200 && book.body.starts_with(b"PK"));
    let days = ["--from", "2026-03-01", "--to", "2026-03-31"];
    let shown = office.run(&[&["flow", "show", "-o", "xso"], &days[..]].concat());
    assert_eq!(shown.as_array().unwrap().len(), 4, "{shown}");
}

#[test]
fn entries_from_phones_become_flows_with_the_hours_observed() {
    check_entries_become_flows(Office::new());
    if let Some(database) = dtm_testkit::postgres_database() {
        check_entries_become_flows(Office::on(database));
    }
}
