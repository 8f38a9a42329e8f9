//! Answers that lie in segments: whatever a page asks of them, it is told what reading every submission tells.

use crate::office::{Office, PASSWORD};
use serde_json::Value;
use std::path::{Path, PathBuf};

const FORM: &str = "/v1/projects/1/forms/site_assessment";

/// What is asked: a filter and an order.
const ASKED: [(&str, &str); 16] = [
    ("people/idp_hh gt 350", ""),
    ("people/idp_hh gt 350", "people/idp_hh desc"),
    ("", "people/idp_hh"),
    ("", "people/idp_hh desc"),
    ("", "place/site_name,people/idp_hh desc"),
    ("", "__system/submissionDate asc"),
    ("move/reason eq 'flood'", "place/opened_on desc,__system/submissionDate asc"),
    ("move/reason eq 'flood' and __system/reviewState eq 'approved'", "people/idp_ind"),
    ("__system/reviewState eq 'approved'", "people/idp_ind desc"),
    ("contains(tolower(place/site_name),'river') or people/idp_hh lt 5", ""),
    ("not (people/idp_hh gt people/returnee_hh) and place/opened_on ne null", "start desc"),
    ("needs/first_needs has 'water'", "needs/first_needs"),
    ("place/ssid lt 'S000500' or place/ssid in ('S000017','S019999')", "place/ssid"),
    ("contains(comment,'river') or photo ne null", ""),
    ("month(place/opened_on) le 3 and people/idp_hh ge 10.5", "people/idp_hh desc,start"),
    ("people/idp_hh eq 999999", "people/idp_hh"),
];

struct Grown {
    office: Office,
    bearer: String,
}

impl Grown {
    /// Starts the server, whose memory is empty then.
    fn start(&mut self) {
        self.office.start(&[("DTM_ADMIN_EMAIL", "boss@example.org"), ("DTM_ADMIN_PASSWORD", PASSWORD)]);
        self.bearer = format!("Bearer {}", self.office.sign_in("boss@example.org"));
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> crate::office::Answer {
        let kind = if body.starts_with('<') { "text/xml" } else { "application/json" };
        self.office.ask(method, path, &[("Authorization", &self.bearer), ("Content-Type", kind)], body.as_bytes())
    }

    /// How many there are, and the ids of the first pages, each begun after the last row of the one before.
    fn told(&self, filter: &str, order: &str) -> (Value, Vec<String>) {
        let mut path = format!("{FORM}.svc/Submissions?$top=7&$count=true&$select=__id");
        for (name, value) in [("$filter", filter), ("$orderby", order)] {
            if !value.is_empty() {
                path += &format!("&{name}={}", value.replace(' ', "%20"));
            }
        }
        let (mut n, mut ids) = (Value::Null, Vec::new());
        for _ in 0..4 {
            let page = self.ask("GET", &path, "").json();
            n = page["@odata.count"].clone();
            let rows = page["value"].as_array().unwrap_or_else(|| panic!("{path}: {page}"));
            ids.extend(rows.iter().map(|row| row["__id"].as_str().unwrap().to_owned()));
            let Some(next) = page["@odata.nextLink"].as_str() else { break };
            path = next.split_once(&self.office.address).unwrap().1.to_owned();
        }
        (n, ids)
    }

    /// Asks everything twice: in columns, and together with something that no column says, so that every submission is
    /// read.
    fn check(&self, when: &str) {
        for (filter, order) in ASKED {
            let read = match filter {
                "" => "__system/attachmentsPresent ge 0".to_owned(),
                filter => format!("({filter}) and __system/attachmentsPresent ge 0"),
            };
            let (by_columns, by_reading) = (self.told(filter, order), self.told(&read, order));
            assert_eq!(by_columns, by_reading, "{when}: {filter} by {order}");
            let is_empty = by_columns.1.is_empty();
            assert_eq!(is_empty, filter.contains("999999"), "{when}: {filter} by {order} finds {by_columns:?}");
        }
        let listed =
            self.ask("GET", &format!("{FORM}/submissions?field=accessible&value=yes&reviewState=hasIssues"), "").json();
        let filter = "place/accessible eq 'yes' and __system/reviewState eq 'hasIssues'";
        let mut read = self.told(filter, "").1;
        read.truncate(28);
        let mut ids: Vec<String> =
            listed.as_array().unwrap().iter().map(|one| one["instanceId"].as_str().unwrap().to_owned()).collect();
        ids.truncate(28);
        assert_eq!(ids, read, "{when}: a common answer in one state");
        let one = self.ask("GET", &format!("{FORM}.svc/Submissions?$top=1&$skip=300"), "").json();
        let ssid = one["value"][0]["place"]["ssid"].as_str().unwrap();
        for (field, value, path) in [
            ("reason", "flood", "move/reason eq 'flood'"),
            ("ssid", ssid, &format!("place/ssid eq '{ssid}'")),
            ("idp_hh", "120", "people/idp_hh eq 120"),
            ("first_needs", "water", "needs/first_needs has 'water'"),
            ("comment", "", "comment eq null"),
        ] {
            let listed =
                self.ask("GET", &format!("{FORM}/submissions?limit=2000&field={field}&value={value}"), "").json();
            let ids: Vec<&str> =
                listed.as_array().unwrap().iter().map(|one| one["instanceId"].as_str().unwrap()).collect();
            let query = format!("{path} and __system/attachmentsPresent ge 0").replace(' ', "%20");
            let rows = self.ask("GET", &format!("{FORM}.svc/Submissions?$select=__id&$filter={query}"), "").json();
            let read: Vec<&str> =
                rows["value"].as_array().unwrap().iter().map(|row| row["__id"].as_str().unwrap()).collect();
            assert_eq!(ids, read, "{when}: {field} is {value}");
        }
    }
}

/// The files with columns in order.
fn ordered(data: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in std::fs::read_dir(data.join("blobs")).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if std::fs::read(&path).unwrap().starts_with(b"dtm-ord1") {
                found.push(path);
            }
        }
    }
    found
}

#[test]
fn what_is_sealed_is_chosen_and_sorted_as_if_every_submission_were_read() {
    let empty = Office::new().moved(Path::new("/nowhere"), None);
    let mut grown = Grown { office: empty, bearer: String::new() };
    assert_eq!(grown.office.run(&["bench", "load", "--submissions", "700"])["submissions"], 700);
    grown.start();
    grown.check("sealed");

    // Edited, in the trash, reviewed, and new since.
    let (_, some) = grown.told("people/idp_hh gt 300", "people/idp_hh desc");
    let xml = grown.ask("GET", &format!("{FORM}/submissions/{}.xml", some[0]), "").text();
    let edited = xml.replace(&format!("<instanceID>{}<", some[0]), "<instanceID>uuid:edited<");
    let edited = edited.replace("<meta>", &format!("<meta><deprecatedID>{}</deprecatedID>", some[0]));
    let (before, rest) = edited.split_once("<idp_hh>").unwrap();
    let edited = format!("{before}<idp_hh>1{rest}");
    assert_eq!(grown.ask("PUT", &format!("{FORM}/submissions/{}", some[0]), &edited).status, 200);
    assert_eq!(grown.ask("DELETE", &format!("{FORM}/submissions/{}", some[1]), "").status, 200);
    let approve = format!("{FORM}/submissions/{}", some[2]);
    assert_eq!(grown.ask("PATCH", &approve, "{\"reviewState\":\"approved\"}").status, 200);
    for n in 0..3 {
        let new = xml.replace(&format!("<instanceID>{}<", some[0]), &format!("<instanceID>uuid:new{n}<"));
        let new = new.replace("<photo>", "<photo>x");
        assert_eq!(grown.ask("POST", &format!("{FORM}/submissions"), &new).status, 200);
    }
    grown.check("changed since");

    // Segments of an earlier version have no columns in order until the job has made them.
    let files = ordered(&grown.office.data());
    assert!(!files.is_empty());
    grown.office.kill();
    let database = format!("sqlite://{}", grown.office.data().join("dtm.db").display());
    dtm_testkit::meddle(&database, "DELETE FROM segments WHERE table_name = '#ordered'");
    files.iter().for_each(|file| std::fs::remove_file(file).unwrap());
    grown.start();
    grown.check("of an earlier version");
    for _ in 0..600 {
        if ordered(&grown.office.data()).len() == files.len() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    let mut made = ordered(&grown.office.data());
    made.sort();
    let mut expected = files.clone();
    expected.sort();
    assert_eq!(made, expected, "the same content has the same name");

    // Damaged, they are named and not believed.
    grown.office.kill();
    for file in &files {
        let mut content = std::fs::read(file).unwrap();
        content.iter_mut().skip(100).step_by(4096).for_each(|byte| *byte ^= 1);
        std::fs::write(file, content).unwrap();
    }
    grown.start();
    grown.check("damaged");
    assert!(grown.office.log().contains("columns in order are damaged"));
    let (exit, check) = grown.office.run_with(&["check"], &[]);
    assert_eq!((exit, check["damaged"].as_array().map(Vec::len)), (5, Some(files.len())), "{check}");
}
