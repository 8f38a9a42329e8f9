//! Findings of one kind at once: listed by check, resolved with one note, taken back; on pages, over REST, on the command line.

use crate::cleaning::office_of;
use crate::office_pages::Person;
use serde_json::{Value, json};

const PAGE: &str = "/office/o/xso/mobility/1/findings";
const CHECK: &str = "interview_ends_before_start";
const ROUND: [&str; 4] = ["-o", "xso", "-r", "1"];

#[test]
fn what_one_check_noticed_is_resolved_with_one_note_and_taken_back() {
    let interviews = "one | 09:00 | 08:30 | H-1 | tent | | 40\ntwo | 10:00 | 09:30 | H-2 | tent | | 41\n\
                      three | 10:00 | 10:30 | H-3 | tent | | 900";
    let office = office_of(interviews);
    office.run(&[&["round", "settle"], &ROUND[..]].concat());
    let (reviewer, viewer) = (Person::new(&office, "reviewer"), Person::new(&office, "viewer"));
    let bearer = format!("Bearer {}", office.sign_in("reviewer@example.org"));
    let rest = |method: &str, path: &str, body: &Value| {
        let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
        let path = format!("/v1/projects/1/exercises/mobility/rounds/1/findings{path}");
        office.ask(method, &path, &headers, body.to_string().as_bytes())
    };
    let counts = || {
        let kinds = rest("GET", "/kinds", &json!({})).json();
        let kind = kinds.as_array().unwrap().iter().find(|kind| kind["check"] == CHECK).unwrap().clone();
        (kind["open"].as_i64().unwrap(), kind["resolved"].as_i64().unwrap())
    };
    assert_eq!(counts(), (2, 0));
    let of_check = format!("{PAGE}?check={CHECK}");
    let page = reviewer.page(&of_check);
    assert!(page.contains("Resolve all 2 open ones") && page.contains("All checks"), "{page}");
    let back = of_check.replace('?', "%3F").replace('=', "%3D");
    let without = reviewer.post(PAGE, &format!("act=resolve&check={CHECK}&note=+&back={back}"));
    assert_eq!(without.status, 400, "how it was resolved has to be said");
    let done = reviewer.does(PAGE, &format!("act=resolve&check={CHECK}&note=Clock+of+the+tablet&back={back}"));
    assert!(done.contains("2 findings are marked as resolved") && done.contains("Clock of the tablet"), "{done}");
    assert_eq!(counts(), (0, 2));
    let at = done.split("name=\"at\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let undone = reviewer.does(PAGE, &format!("act=undo&at={at}&back={back}"));
    assert!(undone.contains("2 findings are open again") && !undone.contains("Clock of the tablet"), "{undone}");

    let list = rest("GET", &format!("?check={CHECK}&state=open&limit=1"), &json!({})).json();
    let id = list[0]["id"].as_str().unwrap().to_owned();
    assert!(list[0]["message"].as_str().unwrap().contains("30 minutes before it begins"), "{list}");
    assert_eq!(rest("POST", "/resolve", &json!({ "ids": [id], "note": "asked" })).json()["count"], 1);
    assert_eq!(counts(), (1, 1));
    assert_eq!(rest("POST", "/resolve", &json!({ "ids": [id], "check": CHECK, "note": "both" })).status, 400);
    assert_eq!(rest("POST", "/resolve", &json!({ "check": CHECK, "note": " " })).status, 400);
    assert_eq!(rest("GET", "?state=half", &json!({})).status, 400);
    let reopened = reviewer.does(&format!("/office/findings/{id}"), &format!("act=reopen&back={back}"));
    assert!(reopened.contains("One finding is open again"), "{reopened}");
    assert_eq!(counts(), (2, 0));

    let told = office.run(&[&["round", "resolve"], &ROUND[..], &["--check", CHECK, "--note", "clock"]].concat());
    assert_eq!((told["count"].as_i64(), counts()), (Some(2), (0, 2)));
    let told = office.run(&[&["round", "reopen"], &ROUND[..], &["--finding", &id]].concat());
    assert_eq!((told["count"].as_i64(), counts()), (Some(1), (1, 1)));
    assert_eq!(viewer.post(PAGE, &format!("act=resolve&check={CHECK}&note=x&back={back}")).status, 403);
}
