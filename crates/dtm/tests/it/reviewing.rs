//! Reviewers at work: from record to record, and two of them at once.

use crate::cleaning::{office_of, send};
use crate::office::Office;
use crate::office_pages::Person;
use crate::web_forms::drive;

const PAGE: &str = "/office/o/xso/mobility/1/review";

/// Two interviews, the first of which ends before it begins.
fn two_interviews() -> Office {
    let office = office_of("one | 09:00 | 08:30 | H-1 | tent | | 40\ntwo | 10:00 | 10:30 | H-2 | tent | | 41");
    office.run(&["round", "settle", "-o", "xso", "-r", "1"]);
    office
}

/// What follows `before` on a page, up to a quotation mark.
fn after<'a>(page: &'a str, before: &str) -> &'a str {
    let rest = page.split_once(before).unwrap_or_else(|| panic!("no {before} in {page}")).1;
    rest.split('"').next().unwrap()
}

/// A field of a form as it is posted.
fn encoded(text: &str) -> String {
    text.replace("&#38;", "&").replace('?', "%3F").replace('=', "%3D").replace('&', "%26")
}

/// The record that a page looks at.
fn record_of(page: &str) -> &str {
    after(page, "id=\"detail\"><h2><a href=\"/office/records/")
}

/// The same record as somebody has it open: its page, and when they opened it.
fn opened(person: &Person, record: &str) -> (String, String) {
    let page = person.page(&format!("/office/records/{record}"));
    let seen = after(&page, "name=\"seen\" value=\"").to_owned();
    (page, seen)
}

#[test]
fn a_reviewer_goes_from_record_to_record_and_takes_a_decision_back() {
    let office = two_interviews();
    let reviewer = Person::new(&office, "reviewer");
    let first = reviewer.page(PAGE);
    assert!(first.contains("ends 30 minutes before it begins"), "{first}");
    let (record, next) = (record_of(&first), encoded(after(&first, "name=\"next\" value=\"")));
    assert!(first.contains("accesskey=\"j\"") && !first.contains("accesskey=\"k\""), "{first}");
    let act = format!("/office/records/{record}/review");
    let second = reviewer.does(&act, &format!("act=review&state=hasIssues&next={next}"));
    assert!(second.contains("accesskey=\"k\"") && record_of(&second) != record, "{second}");
    let narrowed = reviewer.page(&format!("{PAGE}?state=hasIssues"));
    assert!(record_of(&narrowed) == record && !narrowed.contains(record_of(&second)), "{narrowed}");
    let at = after(&second, "name=\"at\" value=\"");
    assert!(reviewer.does(PAGE, &format!("act=undo&at={at}")).contains("as it was before"));
    assert!(reviewer.does(PAGE, "state=approved").contains("Tick at least one"));
    let elsewhere = reviewer.post(PAGE, &format!("record={record}&state=approved&back=https%3A%2F%2Fevil.org"));
    assert!(elsewhere.header("location").unwrap().starts_with(PAGE));
    let comment = format!("act=comment&comment=Call+them&back={}", encoded(&format!("{PAGE}?at={record}")));
    assert!(record_of(&reviewer.does(&act, &comment)) == record);
    let viewer = Person::new(&office, "viewer");
    assert_eq!((viewer.get(PAGE).status, viewer.post(PAGE, "state=approved").status), (403, 403));
}

#[test]
fn of_two_reviewers_the_second_is_told_and_decides_anew() {
    let office = two_interviews();
    let (reviewer, officer) = (Person::new(&office, "reviewer"), Person::new(&office, "officer"));
    let page = reviewer.page(PAGE);
    let record = record_of(&page);
    let (act, list_seen) = (format!("/office/records/{record}/review"), after(&page, "name=\"seen\" value=\""));
    let (_, seen) = opened(&reviewer, record);
    officer.does(&act, &format!("act=review&state=approved&seen={}", opened(&officer, record).1));

    let refused = reviewer.post(&act, &format!("act=review&state=rejected&seen={seen}"));
    let told = refused.text();
    assert_eq!(refused.status, 409, "{told}");
    assert!(told.contains("officer@example.org") && told.contains("Do it all the same"), "{told}");
    let bulk = format!("record={record}&state=rejected&seen={list_seen}");
    assert!(reviewer.does(PAGE, &bulk).contains("One was changed by somebody else meanwhile"));
    assert!(opened(&reviewer, record).0.contains("badge good"), "it stays approved");
    // Who wants what the other did needs not be told.
    assert!(reviewer.post(&act, &format!("act=review&state=approved&seen={seen}")).status < 400);
    let seen = opened(&reviewer, record).1;
    assert!(reviewer.does(&act, &format!("act=review&state=rejected&seen={seen}")).contains("badge bad"));
    assert!(reviewer.get_in(&format!("{PAGE}?at={record}"), "fr").contains("Touches"));
}

#[test]
fn two_who_correct_one_question_see_each_other_and_nothing_typed_is_lost() {
    let office = two_interviews();
    let (reviewer, officer) = (Person::new(&office, "reviewer"), Person::new(&office, "officer"));
    let record = record_of(&reviewer.page(PAGE)).to_owned();
    let post = format!("/office/records/{record}/corrections");
    let (_, seen) = opened(&reviewer, &record);
    let correct = |question: &str, new: &str, seen: &str| {
        format!("act=correct&question={question}&new={new}&reason=They+said+so&seen={seen}")
    };
    officer.does(&post, &correct("litres", "44", &opened(&officer, &record).1));

    let refused = reviewer.post(&post, &correct("litres", "45", &seen));
    let told = refused.text();
    assert_eq!(refused.status, 409, "{told}");
    assert!(told.contains("40 → 44") && told.contains("name=\"new\" value=\"45\""), "{told}");
    // Another question is no concern of the other; nor is the same answer.
    assert!(reviewer.post(&post, &correct("code", "H-9", &seen)).status < 400);
    assert!(reviewer.post(&post, &correct("litres", "44", &seen)).status < 400);
    let page = reviewer.does(&post, &correct("litres", "45", &opened(&reviewer, &record).1));
    assert!(page.contains("44") && page.contains("<ins>45</ins>"), "{page}");
}

#[test]
fn a_reviewer_goes_on_without_a_line_and_is_told_what_a_colleague_did_meanwhile() {
    let office = two_interviews();
    send(&office, "three | 11:00 | 11:30 | H-3 | tent | | 42");
    let page = format!("http://{}{PAGE}", office.address);
    if drive("review.mjs", &[("DTM_PAGE", &page), ("DTM_COLLEAGUE", "admin@example.org")]).is_none() {
        return;
    }
    let reviewed = |state: &str| Person::new(&office, "reviewer").page(&format!("{PAGE}?state={state}"));
    let n = |page: String| page.matches("data-record").count();
    assert_eq!((n(reviewed("rejected")), n(reviewed("approved")), n(reviewed("received"))), (1, 1, 1));
}
