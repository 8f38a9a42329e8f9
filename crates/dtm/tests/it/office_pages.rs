//! The pages of the back office: who reads which answer, reviewing many at once and taking it back, what changed between
//! versions, planning, the audit log; and in Chromium, that every page can be used by everybody on any screen.

use crate::office::{Answer, Office, XFORM, answers};
use crate::program::variable;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Somebody at the pages.
pub(crate) struct Person<'a> {
    office: &'a Office,
    cookie: String,
}

pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

impl<'a> Person<'a> {
    pub(crate) fn new(office: &'a Office, role: &str) -> Self {
        Self { office, cookie: format!("dtm={}; dtm-lang=en", office.sign_in(&format!("{role}@example.org"))) }
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.office.get(path, &[("Cookie", &self.cookie)])
    }

    pub(crate) fn page(&self, path: &str) -> String {
        let answer = self.get(path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.text()
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> Answer {
        self.post_as(path, FORM, body)
    }

    pub(crate) fn post_as(&self, path: &str, kind: &str, body: &str) -> Answer {
        let ours = format!("http://{}", self.office.address);
        let headers = [("Cookie", self.cookie.as_str()), ("Origin", &ours), ("Content-Type", kind)];
        self.office.ask("POST", path, &headers, body.as_bytes())
    }

    /// The page in another language.
    pub(crate) fn get_in(&self, path: &str, lang: &str) -> String {
        let cookie = self.cookie.replace("dtm-lang=en", &format!("dtm-lang={lang}"));
        self.office.get(path, &[("Cookie", &cookie)]).text()
    }

    /// Posts a body of this type.
    pub(crate) fn send(&self, path: &str, kind: &str, body: &[u8]) -> Answer {
        let ours = format!("http://{}", self.office.address);
        self.office.ask("POST", path, &[("Cookie", &self.cookie), ("Origin", &ours), ("Content-Type", kind)], body)
    }

    /// Posts a form that is taken, and returns the page it leads to.
    pub(crate) fn does(&self, path: &str, body: &str) -> String {
        let answer = self.post(path, body);
        assert_eq!(answer.status, 303, "{path} {body}: {}", answer.text());
        self.page(answer.header("location").unwrap())
    }
}

/// The records that a page leads to, in its order.
fn records(page: &str) -> Vec<String> {
    page.split("/office/records/").skip(1).map(|rest| rest[..36].to_owned()).collect()
}

/// The value of a hidden field.
pub(crate) fn hidden(page: &str, name: &str) -> String {
    let field = format!("name=\"{name}\" value=\"");
    page.split(&field).nth(1).unwrap_or_else(|| panic!("no {name}: {page}")).split('"').next().unwrap().to_owned()
}

const SITE: &str = "/office/o/xso/forms/site";

#[test]
fn an_operation_reads_and_writes_moments_in_its_own_time_zone() {
    let office = Office::open();
    assert_eq!(office.submit(&answers("uuid:one", 7), &[]).status, 201);
    let officer = Person::new(&office, "officer");
    let list = format!("{SITE}/submissions");
    assert!(officer.page(&list).contains(" UTC</time>"), "nobody said otherwise");
    let refused = officer.post("/office/o/xso", "act=zone&zone=Port-au-Prince");
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("there is no time zone of this name"), "{}", refused.text());
    let set = officer.does("/office/o/xso", "act=zone&zone=America%2FPort-au-Prince");
    assert!(set.contains("The time zone is set.") && set.contains("value=\"America/Port-au-Prince\""));

    let page = officer.page(&list);
    let shown = page.split("<time datetime=\"").nth(1).unwrap();
    assert!(shown.split_once('Z').is_some() && shown.contains("(Port-au-Prince)</time>"), "{shown}");
    let form = officer.does(SITE, "act=state&state=open&opens_at=2026-07-01T08:00&closes_at=");
    assert!(form.contains("Offered from (Port-au-Prince)") && form.contains("value=\"2026-07-01T08:00\""));
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let kept = office.get("/v1/projects/1/forms/site", &[("Authorization", &bearer)]).json();
    assert_eq!(kept["opensAt"], "2026-07-01T12:00:00.000Z", "programs read UTC");
    assert!(!form.contains("Figures are estimates"), "what figures are stands under pages with figures");
}

#[test]
fn an_officer_says_who_reads_a_question_and_the_partner_reads_that_and_no_more() {
    let office = Office::open();
    assert_eq!(office.submit(&answers("uuid:one", 4321), &[]).status, 201);
    office.run(&["user", "add", "partner@example.org", "--role", "viewer", "-o", "xso", "--sees", "public"]);
    let (officer, partner) = (Person::new(&office, "officer"), Person::new(&office, "partner"));
    let record = format!("/office/records/{}", records(&officer.page(&format!("{SITE}/submissions")))[0]);
    assert!(!partner.page(&record).contains("4321"), "nobody classified the question: it is secret");
    let before = officer.page(&format!("{SITE}/classes"));
    assert!(before.contains("2 questions are secret only because nobody classified them"), "{before}");
    assert!(before.contains("up to public answers") || before.contains("public answers"), "{before}");
    let set = officer.does(&format!("{SITE}/classes"), "c.idp_ind=public&c.photo=&c.unknown=public");
    assert!(set.contains("Saved: one class is changed"), "{set}");
    assert!(partner.page(&record).contains("4321") && !partner.page(&record).contains(".xml"));
    assert_eq!(officer.post(&format!("{SITE}/classes"), "c.idp_ind=everybody").status, 400);
    let back = officer.does(&format!("{SITE}/classes"), "c.idp_ind=");
    assert!(back.contains("Saved: one class") && !partner.page(&record).contains("4321"));
    for other in ["reviewer", "partner"] {
        assert_eq!(Person::new(&office, other).get(&format!("{SITE}/classes")).status, 403, "{other}");
    }
}

#[test]
fn a_review_of_many_is_taken_back_but_for_what_was_done_since() {
    let office = Office::open();
    for (at, people) in [(1, 10), (2, 20), (3, 30)] {
        assert_eq!(office.submit(&answers(&format!("uuid:{at}"), people), &[]).status, 201);
    }
    let reviewer = Person::new(&office, "reviewer");
    let (list, data) = (format!("{SITE}/submissions"), format!("{SITE}/data"));
    let ids = records(&reviewer.page(&list));
    let ticked = ids.iter().map(|id| format!("&record={id}")).collect::<String>();
    let back = |at: &str| at.replace('/', "%2F").replace('?', "%3F");
    assert!(reviewer.page(&format!("{list}?tick=all")).matches(" checked").count() >= 3, "a page is ticked at once");
    let nothing = reviewer.does(&list, &format!("state=approved&back={}", back(&list)));
    assert!(nothing.contains("Tick at least one submission first"), "{nothing}");
    // From the page of the data, which keeps what is chosen.
    let chosen = format!("{data}?q=idp_ind&how=gt&v=5");
    let done = reviewer.does(&list, &format!("state=approved{ticked}&back={}", chosen.replace('&', "%26")));
    assert!(done.contains("3 submissions were reviewed") && done.contains("value=\"5\""), "{done}");
    let at = hidden(&done, "at");
    // One of them is looked at again before the others are taken back.
    reviewer.does(&format!("/office/records/{}/review", ids[0]), "act=review&state=rejected");
    let other = Person::new(&office, "officer");
    let not_theirs = other.does(&list, &format!("act=undo&at={at}&back={}", back(&list)));
    assert!(not_theirs.contains("Nothing could be undone"), "{not_theirs}");
    let undone = reviewer.does(&list, &format!("act=undo&at={at}&back={}", back(&list)));
    assert!(undone.contains("2 submissions are as they were before"), "{undone}");
    assert_eq!(records(&reviewer.page(&format!("{list}?state=received"))).len(), 2);
    assert_eq!(records(&reviewer.page(&format!("{list}?state=rejected"))), [ids[0].clone()]);
    assert_eq!(Person::new(&office, "viewer").post(&list, &format!("act=undo&at={at}")).status, 403);
}

#[test]
fn data_is_chosen_by_answers_review_and_day_and_the_choice_stands_in_the_address() {
    let office = Office::open();
    for (at, people) in [(1, 10), (2, 200), (3, 3000)] {
        assert_eq!(office.submit(&answers(&format!("uuid:{at}"), people), &[]).status, 201);
    }
    let reviewer = Person::new(&office, "reviewer");
    let data = format!("{SITE}/data");
    let shown = |query: &str| records(&reviewer.page(&format!("{data}?{query}"))).len();
    assert_eq!(shown("q=idp_ind&how=gt&v=50"), 2);
    assert_eq!(shown("q=idp_ind&how=gt&v=50&q2=idp_ind&how2=lt&v2=1000"), 1, "two conditions hold together");
    assert_eq!(shown("state=received"), 3);
    let one = records(&reviewer.page(&format!("{data}?q=idp_ind&how=eq&v=200")))[0].clone();
    reviewer.does(&format!("{SITE}/submissions"), &format!("state=hasIssues&record={one}&back=%2Foffice"));
    assert_eq!((shown("state=hasIssues"), shown("state=received")), (1, 2));
    assert_eq!((shown("from=2020-01-01"), shown("to=2020-01-01")), (3, 0));
    let sorted = reviewer.page(&format!("{data}?sort=idp_ind&down=1"));
    let at = |number: &str| sorted.find(&format!(">{number}<")).unwrap_or_else(|| panic!("{number}: {sorted}"));
    assert!(at("3000") < at("200") && at("200") < at("10"));
    assert!(reviewer.page(&format!("{data}?q=idp_ind&how=gt&v=many")).contains("does not fit the question"));
}

#[test]
fn a_form_says_what_changed_since_the_version_before_and_what_breaks_the_series() {
    let office = Office::open();
    let officer = Person::new(&office, "officer");
    let changed = XFORM
        .replace("version=\"1\"", "version=\"2\"")
        .replace("type=\"int\"", "type=\"string\"")
        .replace("<label>Photo</label>", "<label>Photo of the site</label>");
    let body = format!(
        "--part\r\nContent-Disposition: form-data; name=\"exercise\"\r\n\r\nmobility\r\n\
         --part\r\nContent-Disposition: form-data; name=\"file\"; filename=\"site.xml\"\r\n\r\n{changed}\r\n--part--\r\n"
    );
    let ours = format!("http://{}", office.address);
    let headers = [
        ("Cookie", officer.cookie.as_str()),
        ("Origin", ours.as_str()),
        ("Content-Type", "multipart/form-data; boundary=part"),
    ];
    let uploaded = office.ask("POST", "/office/o/xso/forms", &headers, body.as_bytes()).text();
    let pages = [uploaded, officer.page(SITE), officer.page(&format!("{SITE}/changes"))];
    for page in &pages {
        for word in ["breaks the series", "whole number", "Photo of the site", "One change parts the answers"] {
            assert!(page.contains(word), "{word}: {page}");
        }
    }
    let french = Person { office: &office, cookie: officer.cookie.replace("dtm-lang=en", "dtm-lang=fr") };
    let page = french.page(&format!("{SITE}/changes"));
    assert!(page.contains("rompt la série") && page.contains("nombre entier"), "{page}");
    // The page of one form knows nothing of versions of others.
    let same = officer.page(&format!("{SITE}/changes?from=nothing&to=nothing"));
    assert!(same.contains("whole number"), "{same}");
}

#[test]
fn a_submission_without_a_round_shows_what_its_forms_rules_say_and_leads_to_its_answers() {
    let office = Office::open();
    office.run(&["operation", "exercise", "other", "-o", "xso", "--name", "Other", "--tool", "survey"]);
    let form =
        XFORM.replace("id=\"site\"", "id=\"visit\"").replace("type=\"int\"", "type=\"int\" constraint=\". &lt; 100\"");
    let file = office.data().join("visit.xml");
    std::fs::write(&file, form).unwrap();
    office.run(&["form", "upload", "-o", "xso", "-e", "other", "--publish", file.to_str().unwrap()]);
    let sent = answers("uuid:alone", 120).replace("id=\"site\"", "id=\"visit\"");
    assert_eq!(office.submit(&sent, &[]).status, 201);
    let officer = Person::new(&office, "officer");
    let record = format!("/office/records/{}", records(&officer.page("/office/o/xso/forms/visit/submissions"))[0]);
    let mut page = String::new();
    // The examination follows the acknowledgement; nobody waits for it.
    for _ in 0..300 {
        page = officer.page(&record);
        if page.contains("breaks the form") {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert!(page.contains("breaks the form") && page.contains("What the form’s own rules say"), "{page}");
    assert!(!page.contains("/office/findings/"), "there is no round to resolve it for");
    let edit = "/office/o/xso/forms/visit/edit/uuid%3Aalone";
    assert!(page.contains(&format!("href=\"{edit}\"")), "{page}");
    assert!(officer.page(edit).contains(&format!("href=\"{record}\"")), "and back to the record");
    let reviewer = Person::new(&office, "reviewer").page(&record);
    assert!(reviewer.contains("breaks the form") && !reviewer.contains(edit), "who may not edit is not led there");
}

#[test]
fn an_administrator_plans_an_operation_from_nothing_and_reads_in_the_log_who_did_it() {
    let office = Office::open();
    let admin = Person::new(&office, "admin");
    let good = "slug=haiti&name_en=Haiti+crisis&name_fr=&country_en=Haiti&country_fr=Ha%C3%AFti&iso3=hti&admin0=HT";
    let bad = admin.post("/office", &good.replace("slug=haiti", "slug=Ha%C3%AFti").replace("iso3=hti", "iso3=h"));
    assert_eq!(bad.status, 400);
    assert!(
        bad.text().contains("cannot be the short name") && bad.text().contains("ISO alpha-3"),
        "every mistake at once"
    );
    assert!(bad.text().contains("value=\"Haiti crisis\""), "what was typed stays");
    assert!(admin.does("/office", good).contains("The operation is added"));
    assert_eq!(admin.post("/office", good).status, 400, "there is one of this name");
    let here = "/office/o/haiti";
    let added = admin.does(here, "act=exercise&tool=b2&slug=mobility&name_en=Mobility+tracking&name_fr=Suivi");
    assert!(added.contains("The exercise is added"), "{added}");
    let round = |dates: &str| format!("act=round&exercise=mobility&label=5.1&{dates}&scope=");
    let backwards = admin.post(here, &round("starts=2026-02-01&ends=2026-01-01"));
    assert!(backwards.status == 400 && backwards.text().contains("ends before it starts"), "{}", backwards.text());
    assert_eq!(admin.post(here, &round("starts=&ends=")).status, 400);
    let planned = admin.does(here, &round("starts=2026-01-01&ends=2026-02-01"));
    assert!(planned.contains("The round is planned") && planned.contains("5.1"), "{planned}");
    assert_eq!(Person::new(&office, "officer").post("/office", good).status, 403);

    let log = admin.page("/office/audit?kind=rounds");
    for act in ["Operation added", "Exercise added", "Round planned", "admin@example.org"] {
        assert!(log.contains(act), "{act}: {log}");
    }
    assert!(!log.contains("Signed in"), "{log}");
    assert!(admin.page("/office/audit").contains("Signed in"));
    assert!(admin.page("/office/audit?from=2099-01-01").contains("Nothing was done that fits"));
    assert_eq!(Person::new(&office, "officer").get("/office/audit").status, 403);
}

/// The pages of an office, with what stands in them.
fn pages(office: &Office) -> Vec<String> {
    let person = Person::new(office, "admin");
    let record = records(&person.page(&format!("{SITE}/submissions")))[0].clone();
    let people = person.page("/office/people");
    let user = people.split("/office/people/").nth(1).map(|rest| rest[..36].to_owned()).unwrap();
    let mut pages: Vec<String> = [
        "/office",
        "/office/account",
        "/office/people",
        "/office/audit",
        "/office/o/xso",
        "/office/o/xso/forms",
        "/office/o/xso/forms/new",
        "/office/o/xso/phones",
        "/office/o/xso/lists",
        "/office/o/xso/teams",
        "/office/o/xso/places",
        "/office/o/xso/places/new",
        "/office/o/xso/areas",
        "/office/o/xso/encryption",
        "/office/o/xso/publisher",
        "/office/o/xso/feedback",
        "/office/o/xso/mobility/1",
        "/office/o/xso/mobility/1/places",
        "/office/o/xso/mobility/1/analysis",
        "/office/o/xso/mobility/1/records",
        "/office/o/xso/mobility/1/supervision",
        "/office/o/xso/mobility/1/supervision/sheet",
        "/office/o/xso/mobility/1/findings",
        "/office/nowhere",
    ]
    .map(str::to_owned)
    .into();
    pages
        .extend(["", "/submissions", "/data", "/classes", "/changes", "/opened"].map(|below| format!("{SITE}{below}")));
    pages.extend([format!("/office/people/{user}"), format!("/office/records/{record}")]);
    pages
}

#[test]
fn every_office_page_can_be_used_by_everybody_and_fits_a_small_screen() {
    let office = Office::open();
    assert_eq!(office.submit(&answers("uuid:one", 120), &[]).status, 201);
    let token = office.sign_in("admin@example.org");
    everybody_can_use(&format!("http://{}", office.address), &token, &pages(&office));
}

/// Opens pages in Chromium, on a small and a large screen: none breaks a rule of WCAG 2.2 AA or is wider than its screen.
pub(crate) fn everybody_can_use(base: &str, token: &str, pages: &[String]) {
    let Some(browser) = crate::browser::chromium() else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (node, web) = (root.join("tests/node"), root.join("../../web"));
    if !node.join("node_modules/axe-core").is_dir() || !web.join("node_modules/playwright-core").is_dir() {
        assert!(variable("DTM_NO_SKIP").is_none(), "run `npm ci` in web/ and crates/dtm/tests/node");
        println!("skipped: `npm ci` was not run in web/ and crates/dtm/tests/node");
        return;
    }
    let list = serde_json::json!({ "base": base, "token": token, "pages": pages, "web": web, "browser": browser });
    let run = Command::new("node").arg("axe.mjs").arg(list.to_string()).current_dir(&node).output().unwrap();
    let said = [run.stdout, run.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(run.status.success() && said.trim().is_empty(), "{said}");
}
