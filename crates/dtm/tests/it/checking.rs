//! The checks going over a round again after a rule changed: how far they are, what changed, stopping them; and what findings
//! call the questions and places they speak of.

use crate::cleaning::{found, office_of, send};
use crate::office_pages::Person;
use serde_json::Value;

const ROUND: &str = "/office/o/xso/mobility/1";

fn lines() -> String {
    let line =
        |n: usize| format!("h{n} | {:02}:{:02} | 23:59 | H-{n} | tent | | {}", n / 4 + 1, n % 4 * 10, 40 + n * 7 % 24);
    (0..24).map(line).collect::<Vec<_>>().join("\n")
}

fn settle(office: &crate::office::Office) {
    office.run(&["round", "settle", "-o", "xso", "-r", "1"]);
}

#[test]
fn what_a_changed_threshold_changed_is_told_by_check_and_stopped_checks_go_on_later() {
    let office = office_of(&lines());
    send(&office, "much | 08:00 | 23:59 | H-99 | tent | | 4000");
    settle(&office);
    assert_eq!(found(&office)["outlier"], 1);
    let officer = Person::new(&office, "officer");
    let page = format!("{ROUND}/checking");
    assert!(officer.page(&page).contains("25 of 25 records"), "{}", officer.page(&page));

    let stopped = officer.does(&page, "act=stop");
    assert!(stopped.contains("Nothing of this round is checked until somebody lets the checks go on"), "{stopped}");
    officer.does("/office/o/xso/checks", "after=0&outlierRobustZ=0&reason=Tankers+count+in+thousands");
    let told = office.refuse_with(&["round", "settle", "-o", "xso", "-r", "1"], &[]);
    assert!(told.contains("the checks of this round are stopped"), "{told}");
    assert_eq!(found(&office)["outlier"], 1, "nothing was checked meanwhile");
    let changed = officer.page(&page);
    assert!(changed.contains("Tankers count in thousands"), "{changed}");

    let bearer = ("Authorization", format!("Bearer {}", office.sign_in("officer@example.org")));
    let door = "/v1/projects/1/exercises/mobility/rounds/1/checking";
    let ask = |method: &str, path: &str| office.ask(method, path, &[(bearer.0, &bearer.1)], b"").json();
    assert!(ask("GET", door)["stopped"]["by"].is_string());
    assert!(ask("POST", &format!("{door}/resume"))["stopped"].is_null());
    settle(&office);
    assert!(!found(&office).contains_key("outlier"));
    let runs = ask("GET", door)["runs"].clone();
    let changes: Vec<&Value> = runs.as_array().unwrap().iter().map(|run| &run["changes"]["outlier"]).collect();
    let gone = changes.iter().filter(|change| change["gone"] == 1).count();
    assert_eq!(gone, 1, "one run took it away: {runs}");
    assert!(officer.page(&page).contains("Number far from the others"), "told by check");
    let told = office.run(&["round", "checking", "-o", "xso", "-r", "1", "--stop"]);
    assert!(told["stopped"]["by"].is_string() && !told["runs"].as_array().unwrap().is_empty(), "{told}");
}

#[test]
fn a_finding_calls_a_question_by_its_label_on_pages_in_the_log_and_on_the_command_line() {
    let office = office_of(&lines());
    send(&office, "much | 08:00 | 23:59 | H-99 | tent | | 4000");
    settle(&office);
    let told = office.run(&["round", "findings", "-o", "xso", "-r", "1"]);
    let outlier = told.as_array().unwrap().iter().find(|one| one["finding"]["check"] == "outlier").unwrap();
    assert!(outlier["message"].as_str().unwrap().starts_with("Litres a day: 4,000;"), "{outlier}");
    assert_eq!(outlier["finding"]["question"], "litres", "programs have the path");
    let officer = Person::new(&office, "officer");
    let page = officer.page(&format!("{ROUND}/findings?severity=confirm"));
    assert!(page.contains("Litres a day: 4,000;") && page.contains("title=\"litres\""), "{page}");
    assert!(page.contains("Litres a day: 4000 → 40"), "the proposal, too: {page}");
}

#[test]
fn every_check_is_listed_with_why_an_example_and_what_to_do() {
    let office = office_of("one | 09:00 | 09:30 | H-1 | tent | | 40");
    let officer = Person::new(&office, "officer");
    let page = officer.page("/office/o/xso/checks");
    assert!(page.contains("id=\"outlier\"") && page.contains("id=\"sexes_differ\""));
    let n_checks = page.matches("<section class=\"card\" id=").count();
    assert!(n_checks > 40, "{n_checks}");
    assert_eq!(page.matches("Example").count(), n_checks, "each has an example");
}
