//! Readers say whether what is published serves them; the officer sees who is served, and answers what is held for wrong.

use crate::office_pages::Person;
use crate::sharing::{page, post, released};

#[test]
fn a_reader_says_in_one_click_and_why_later_and_nobody_asks_who() {
    let office = released();
    let country = page(&office, "/en/xso/1");
    assert!(country.contains("Was this page useful to you?") && country.contains("value=\"/1\""), "{country}");
    let given = post(&office, "/en/xso/feedback", "on=%2F1&kind=partly");
    assert_eq!(given.status, 303, "{}", given.text());
    let thanks = given.header("location").unwrap().to_owned();
    assert!(thanks.starts_with("/en/xso/feedback?on=%2F1&said=thanks&id="), "{thanks}");
    let form = page(&office, &thanks);
    assert!(form.contains("Thank you") && form.contains("href=\"/en/xso/1\""), "{form}");
    let id = thanks.split("&id=").nth(1).unwrap().split('&').next().unwrap();
    let why = format!("on=%2F1&kind=partly&id={id}&words=No+shelter+%3Cb%3E&reader=ngo");
    assert!(post(&office, "/en/xso/feedback", &why).header("location").unwrap().ends_with("said=why"));
    // What was said stays.
    assert!(post(&office, "/en/xso/feedback", &why).header("location").unwrap().ends_with("said=late"));
    let officer = Person::new(&office, "officer");
    let seen = officer.page("/office/o/xso/feedback");
    assert!(seen.contains("No shelter &#60;b&#62;") && seen.contains("Non-governmental organisation"), "{seen}");
    for role in ["viewer", "reviewer"] {
        assert_eq!(Person::new(&office, role).get("/office/o/xso/feedback").status, 403, "{role}");
    }
}

#[test]
fn a_report_of_an_error_is_answered_and_the_address_forgotten() {
    let office = released();
    let opened = post(&office, "/fr/xso/feedback", "on=%2F1%2Freport&kind=correction");
    let form = page(&office, opened.header("location").unwrap());
    assert!(form.contains("Qu’est-ce qui est faux"), "{form}");
    let body = "on=%2F1%2Freport&kind=correction&words=%3DAlpha+has+two+sites&contact=reader%40ngo.example";
    assert_eq!(post(&office, "/fr/xso/feedback", body).status, 303);
    let wrong = post(&office, "/fr/xso/feedback", "on=%2F1&kind=correction&words=x&contact=nobody");
    assert_eq!(wrong.status, 400);
    assert!(wrong.text().contains("x</textarea>"), "what was written stays");
    // An address that is not ours is no page of ours.
    let elsewhere = page(&office, "/en/xso/feedback?on=%2F%2Fevil.example");
    assert!(!elsewhere.contains("evil.example"), "{elsewhere}");

    let officer = Person::new(&office, "officer");
    let seen = officer.page("/office/o/xso/feedback");
    assert!(seen.contains("=Alpha has two sites") && seen.contains("wants an answer by mail"), "{seen}");
    assert!(!seen.contains("reader@ngo.example"), "the address is nobody's to see");
    let id = seen.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert_eq!(officer.post("/office/o/xso/feedback", &format!("id={id}&answer=")).status, 400);
    let done = officer.does("/office/o/xso/feedback", &format!("id={id}&answer=Mended+in+version+2"));
    assert!(done.contains("Mended in version 2") && done.contains("address forgotten"), "{done}");
    assert_eq!(officer.post("/office/o/xso/feedback", &format!("id={id}&answer=Again")).status, 400, "once");
    let file = officer.page("/office/o/xso/feedback.csv");
    assert!(file.contains("/1/report,correction,,'=Alpha has two sites,fr,"), "{file}");
    assert!(page(&office, "/en/xso/feedback").contains("answered within a day"), "the time is told to everybody");
    assert!(!office.log().contains("reader@ngo.example") && !office.log().contains("Alpha has two"), "nor in the log");
}
