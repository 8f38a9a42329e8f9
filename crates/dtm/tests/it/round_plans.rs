//! A round while it is collected, over its pages: who goes where, what is late, what was not reached and why, what came when
//! no round took it, and the checklist that leads from planning to clearing.

use crate::office::{Office, answers};
use crate::office_pages::Person;
use serde_json::{Value, json};

const ROUND: &str = "/office/o/xso/mobility/1";

#[test]
fn what_comes_when_no_round_collects_is_taken_and_counts_once_it_is_approved() {
    let office = Office::open();
    assert_eq!(office.submit(&answers("uuid:in-time", 10), &[]).status, 201);
    let officer = Person::new(&office, "officer");
    officer.does(ROUND, "act=move&to=verifying");
    let sent = office.submit(&answers("uuid:late", 20), &[]);
    assert_eq!(sent.status, 201, "a phone is never sent away with its answers: {}", sent.text());
    let round = officer.page(ROUND);
    assert!(round.contains("One submission came while the round was not collecting"), "{round}");
    let held_back = |n: i64| assert_eq!(office.run(&["round", "settle", "-o", "xso", "-r", "1"])["heldBack"], n);
    held_back(1);
    let late = officer.page(&format!("{ROUND}/records?late=yes"));
    let record = &late.split("/office/records/").nth(1).unwrap()[..36];
    assert_eq!(late.matches("/office/records/").count(), 1, "{late}");
    officer.does(&format!("/office/records/{record}/review"), "act=review&state=approved");
    held_back(0);
    assert!(!officer.page(ROUND).contains("came while the round was not collecting"));
    // A resend is the same submission, late or not.
    assert_eq!(office.submit(&answers("uuid:late", 20), &[]).status, 201);
    held_back(0);
}

#[test]
fn places_are_planned_for_teams_and_explained_where_nobody_got_through() {
    let office = Office::open();
    let places =
        "ssid,name,kind,area\nXS-1,North camp,site,XS\nXS-2,South camp,site,XS\nXS-3,River side,host_community,XS\n";
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("places.csv");
    std::fs::write(&file, places).unwrap();
    office.run(&["import", "places", file.to_str().unwrap(), "-o", "xso"]);
    let officer = Person::new(&office, "officer");
    let teams = officer.does("/office/o/xso/teams", "name=North+2");
    assert!(teams.contains("The team is saved") && teams.contains("North 2"), "{teams}");
    assert_eq!(officer.post("/office/o/xso/teams", "name=North+2").status, 400);
    assert_eq!(officer.post("/office/o/xso/teams", "name=+").status, 400);
    let team = &teams.split("name=\"team\" value=\"").nth(1).unwrap()[..36];
    let list = format!("{ROUND}/places");
    let before = officer.page(&list);
    assert!(before.contains("North camp") && before.contains("River side"), "every place is expected: {before}");
    let planned = officer.does(&list, &format!("act=plan&team={team}&due=2026-01-06&place=XS-1&place=XS-2"));
    assert!(planned.contains("2 places are planned"), "{planned}");
    assert!(!planned.contains("River side"), "once a plan is made, only what stands on it is expected");
    let late = officer.page(&format!("{list}?standing=late&team={team}"));
    assert!(late.contains("North camp") && late.contains("South camp"), "both are overdue: {late}");
    let back = format!("&back={}%3Fstanding%3Dlate", list.replace('/', "%2F"));
    let told = officer.does(&list, &format!("act=unreached&why=insecurity&note=%3Cb%3Ebarricades&place=XS-1{back}"));
    assert!(told.contains("One place is marked as not reached") && !told.contains("North camp"), "{told}");
    let unreached = officer.page(&format!("{list}?standing=unreached"));
    assert!(unreached.contains("Insecurity") && unreached.contains("&#60;b&#62;barricades"), "{unreached}");
    let told = office.run(&["round", "progress", "-o", "xso", "-r", "1"]);
    assert_eq!((told["counts"]["unreached"].as_u64(), told["counts"]["late"].as_u64()), (Some(1), Some(1)), "{told}");
    officer.does(&list, "act=reachable&place=XS-1");
    assert!(!officer.page(&list).contains("barricades"), "a reason can be taken back");
    let nothing = officer.does(&list, "act=plan");
    assert!(nothing.contains("Tick at least one"), "{nothing}");
    let dropped = officer.does(&list, "act=drop&place=XS-1&place=XS-2");
    assert!(dropped.contains("2 places are off the plan") && dropped.contains("River side"), "{dropped}");
    assert!(officer.does(&list, "act=plan-all").contains("3 places are planned"));
    assert_eq!(Person::new(&office, "viewer").post(&list, "act=plan&place=XS-1").status, 403);
    assert_eq!(officer.post(&list, "act=plan&team=0195f2f0-0000-7000-8000-000000000000&place=XS-1").status, 404);
}

#[test]
fn the_checklist_knows_what_it_can_see_and_remembers_who_ticked_the_rest() {
    let office = Office::open();
    let officer = Person::new(&office, "officer");
    let ticked = officer.does(ROUND, "act=tick&step=agreed&note=letter+of+3+March");
    assert!(ticked.contains("The step is ticked") && ticked.contains("letter of 3 March"), "{ticked}");
    assert_eq!(officer.post(ROUND, "act=tick&step=findings").status, 404, "what the program sees is not for ticking");
    let undone = officer.does(ROUND, "act=untick&step=agreed");
    assert!(!undone.contains("letter of 3 March"), "{undone}");
    officer.does(ROUND, "act=move&to=verifying");
    let refused = officer.post(ROUND, "act=move&to=collecting");
    assert_eq!(refused.status, 409);
    assert!(refused.text().contains("say why the round goes back"), "{}", refused.text());
    let back = officer.does(ROUND, "act=move&to=collecting&reason=Centre+was+reached+after+all");
    assert!(back.contains("Centre was reached after all"), "the reason stays in the history: {back}");
}

#[test]
fn a_program_plans_a_round_and_follows_it_over_the_api() {
    let office = Office::open();
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let ask = |method: &str, path: &str, body: Value| {
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let body = if body.is_null() { String::new() } else { body.to_string() };
        office.ask(method, &format!("/v1/projects/1{path}"), &headers, body.as_bytes())
    };
    let told = |method: &str, path: &str, body: Value| {
        let answer = ask(method, path, body);
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
        answer.json()
    };
    assert_eq!(told("GET", "/exercises", Value::Null)[0]["tool"], "b2");
    let rounds = "/exercises/mobility/rounds";
    let new = json!({ "label": "1.1", "startsOn": "2026-02-01", "endsOn": "2026-02-20", "scope": ["XS"] });
    assert_eq!(told("POST", rounds, new.clone())["state"], "planned");
    let again = ask("POST", rounds, new);
    assert_eq!((again.status, again.json()["code"].as_f64()), (409, Some(409.41)));
    let phone = told("GET", "/app-users", Value::Null)[0]["id"].as_i64().unwrap();
    let team = told("POST", "/teams", json!({ "name": "North 2", "appUserIds": [phone] }));
    assert_eq!(ask("POST", "/teams", json!({ "name": "North 2" })).status, 409);
    assert_eq!(ask("POST", "/teams", json!({ "name": "South", "appUserIds": [1] })).status, 400);
    let place = format!("{rounds}/1/places/XS-1");
    told("PUT", &place, json!({ "teamId": team["id"], "dueOn": "2026-01-06" }));
    let listed = told("GET", &format!("{rounds}/1/places?standing=late"), Value::Null);
    assert_eq!((&listed[0]["ssid"], &listed[0]["teamId"]), (&json!("XS-1"), &team["id"]), "{listed}");
    told("PUT", &place, json!({ "unreached": { "why": "no_road", "note": "bridge down" } }));
    let now = told("GET", &format!("{rounds}/1"), Value::Null);
    assert_eq!((&now["places"]["unreached"], &now["late"]), (&json!(1), &json!(0)), "{now}");
    assert_eq!(ask("PUT", &place, json!({ "unreached": { "why": "tired" } })).status, 400);
    assert_eq!(ask("GET", &format!("{rounds}/1/places?standing=soon"), Value::Null).status, 400);
    told("DELETE", &place, Value::Null);
    assert_eq!(ask("DELETE", &place, Value::Null).status, 404);
    let team = format!("/teams/{}", team["id"].as_str().unwrap());
    assert_eq!(told("PUT", &team, json!({ "name": "North" }))["appUserIds"], json!([]));
    told("DELETE", &team, Value::Null);
    let moved = told("PATCH", &format!("{rounds}/1"), json!({ "state": "verifying" }));
    assert_eq!(moved["state"], "verifying");
    assert_eq!(
        ask("PATCH", &format!("{rounds}/1"), json!({ "state": "collecting" })).status,
        409,
        "a reason is missing"
    );
    assert_eq!(ask("PATCH", &format!("{rounds}/1"), json!({ "state": "published" })).status, 400);
    told("PATCH", &format!("{rounds}/1"), json!({ "state": "collecting", "reason": "the Centre opened again" }));
}

#[test]
fn a_settled_round_computed_anew_is_what_was_kept_until_something_comes() {
    let office = Office::open();
    assert_eq!(office.submit(&answers("uuid:one", 10), &[]).status, 201);
    let verify = || office.run_with(&["round", "verify", "-o", "xso", "-r", "1"], &[]);
    office.run(&["round", "settle", "-o", "xso", "-r", "1"]);
    let (exit, told) = verify();
    assert_eq!((exit, &told["different"], &told["sameTables"]), (0, &json!(0), &json!(true)), "{told}");
}
