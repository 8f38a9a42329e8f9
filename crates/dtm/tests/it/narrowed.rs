//! People whose role is narrowed to areas, to classes of answers or to one form see nothing else of the submissions, and
//! cannot find out by filter, order or count what an answer is that they do not see.

use crate::office::{Answer, Office};
use serde_json::{Value, json};

/// A form of a camp. What the mapping says is public or not; what it does not speak of is secret.
const FORM: &str = r#"<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:orx="http://openrosa.org/xforms" xmlns:jr="http://openrosa.org/javarosa">
<h:head><h:title>Camp</h:title><model><instance><data id="camp" version="1"><adm1/><kind/><day/><ssid/><camp_name/><where/><idps/><focal/><cases/><empty/><none/><needs/>
<household jr:template=""><head/><age/></household><photo/><meta><instanceID/><instanceName/></meta></data></instance>
<bind nodeset="/data/day" type="date"/><bind nodeset="/data/where" type="geopoint"/><bind nodeset="/data/idps" type="int"/><bind nodeset="/data/cases" type="int"/><bind nodeset="/data/none" type="int"/>
<bind nodeset="/data/household/age" type="int"/><bind nodeset="/data/photo" type="binary"/><bind nodeset="/data/meta/instanceID" type="string"/></model></h:head>
<h:body><input ref="/data/adm1"><label>Area</label></input><input ref="/data/kind"><label>Kind</label></input><input ref="/data/day"><label>Day</label></input>
<input ref="/data/ssid"><label>Id</label></input><input ref="/data/camp_name"><label>Name</label></input><input ref="/data/where"><label>Where</label></input>
<input ref="/data/idps"><label>Displaced people</label></input><input ref="/data/focal"><label>Focal point</label></input><input ref="/data/cases"><label>Cases</label></input><input ref="/data/empty"><label>Nobody answers</label></input><input ref="/data/none"><label>Nobody counts</label></input>
<select ref="/data/needs"><label>Needs</label><item><label>Water</label><value>water</value></item><item><label>Shelter</label><value>shelter</value></item></select>
<group ref="/data/household"><repeat nodeset="/data/household"><input ref="/data/household/head"><label>Head</label></input><input ref="/data/household/age"><label>Age</label></input></repeat></group>
<upload ref="/data/photo" mediatype="image/*"><label>Photo</label></upload></h:body></h:html>"#;

const MAPPING: &str = r#"[place]
ssid = "ssid"
name = "camp_name"
area = ["adm1"]
position = { question = "where" }
[place.kind]
question = "kind"
otherwise = "host_community"
blank = "host_community"
[date]
question = "day"
[group.idp]
measures = [{ indicator = "m0310_loc_num_idp_ind", question = "idps" }]
"#;

const CAMP: &str = "/v1/projects/1/forms/camp";

/// Answers of a camp; each word in it stands nowhere else.
fn camp(id: &str, area: &str, words: [&str; 4], cases: u32, photo: &str) -> String {
    let [name, focal, head, needs] = words;
    format!(
        "<data id=\"camp\" version=\"1\"><adm1>{area}</adm1><kind>site</kind><day>2026-01-06</day><ssid>S-{id}</ssid>\
         <camp_name>{name}</camp_name><where>18.5{cases}1 -72.4{cases}7 0 0</where><idps>120</idps><focal>{focal}</focal><cases>{cases}</cases><empty/><none/>\
         <needs>{needs}</needs><household><head>{head}</head><age>41</age></household><household><head/><age>7</age></household>\
         <photo>{photo}</photo><meta><instanceID>uuid:{id}</instanceID><instanceName>About {focal}</instanceName></meta></data>"
    )
}

/// Everybody's words that only some may read: of the north, of the south.
const NORTH: [&str; 5] = ["Kampoto", "Zulmira", "Tijo", "18.531", "About Zulmira"];
const SOUTH: [&str; 5] = ["Vilaba", "Abdou", "Nanaise", "18.521", "About Abdou"];

struct Field {
    office: Office,
    bearers: Vec<(&'static str, String)>,
}

impl Field {
    fn new() -> Self {
        let mut office = Office::new();
        let file = |name: &str, text: &str| {
            let path = office.data().with_file_name(name);
            std::fs::write(&path, text).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let form = file("camp.xml", FORM);
        let areas =
            file("areas.csv", "ADM0_PCODE,ADM0_EN,ADM1_PCODE,ADM1_EN\nXS,Sorelia,XS01,North\nXS,Sorelia,XS02,South\n");
        office.run(&["form", "upload", "-o", "xso", "-e", "mobility", "--publish", &form]);
        office.run(&["import", "areas", "-o", "xso", "--level", "1", &areas]);
        let people: [(&'static str, &[&str]); 5] = [
            ("all", &["--role", "reviewer", "-o", "xso"]),
            ("north", &["--role", "reviewer", "-o", "xso", "--areas", "XS01"]),
            ("public", &["--role", "viewer", "-o", "xso", "--sees", "public"]),
            ("public north", &["--role", "viewer", "-o", "xso", "--areas", "XS01", "--sees", "public"]),
            ("other form", &["--role", "reviewer", "-o", "xso", "--form", "site"]),
        ];
        let address = |name: &str| format!("{}@example.org", name.replace(' ', "-"));
        for (name, role) in people {
            office.run(&[&["user", "add", &address(name)], role].concat());
        }
        office.start(&[]);
        let bearers =
            people.iter().map(|(name, _)| (*name, format!("Bearer {}", office.sign_in(&address(name))))).collect();
        let field = Self { office, bearers };
        let admin = format!("Bearer {}", field.office.sign_in("admin@example.org"));
        let asks = |method: &str, path: &str, kind: &str, body: &str| {
            let headers = [("Authorization", admin.as_str()), ("Content-Type", kind)];
            let answer = field.office.ask(method, &format!("{CAMP}{path}"), &headers, body.as_bytes());
            assert_eq!(answer.status, 200, "{method} {path}: {}", answer.text());
        };
        asks("PUT", "/mapping", "text/plain", MAPPING);
        let north = camp("north", "XS01", ["Kampoto", "Zulmira", "Tijo", "water"], 3, "north.jpg");
        let south = camp("south", "XS02", ["Vilaba", "Abdou", "Nanaise", "shelter"], 2, "south.jpg");
        assert_eq!(field.office.submit(&north, &[("north.jpg", b"Zulmira's face")]).status, 201);
        assert_eq!(field.office.submit(&south, &[("south.jpg", b"Abdou's face")]).status, 201);
        for (id, was) in [("north", &north), ("south", &south)] {
            let edit = was.replace(
                &format!("<instanceID>uuid:{id}</instanceID>"),
                &format!("<instanceID>uuid:{id}2</instanceID><deprecatedID>uuid:{id}</deprecatedID>"),
            );
            let edit = edit.replace("<age>7</age>", "<age>8</age>");
            asks("PUT", &format!("/submissions/uuid:{id}"), "application/xml", &edit);
            let focal = if id == "north" { "Zulmira" } else { "Abdou" };
            asks(
                "POST",
                &format!("/submissions/uuid:{id}/comments"),
                "application/json",
                &json!({ "body": format!("{focal} was called") }).to_string(),
            );
        }
        field
    }

    fn ask(&self, who: &str, path: &str) -> Answer {
        let bearer = &self.bearers.iter().find(|(name, _)| *name == who).unwrap().1;
        let path = format!("{CAMP}{}", path.replace(' ', "%20").replace('\'', "%27"));
        self.office.get(&path, &[("Authorization", bearer), ("X-Extended-Metadata", "true")])
    }
}

/// Every way out of a form and of its two submissions.
fn ways() -> Vec<String> {
    let mut ways: Vec<String> = [
        "/submissions",
        "/submissions?field=focal&value=Zulmira",
        "/submissions/submitters",
        "/submissions.csv",
        "/submissions.csv?groupPaths=false&splitSelectMultiples=true&deletedFields=true",
        "/submissions.csv?spreadsheet=true&labels=en",
        "/submissions.csv.zip",
        "/submissions.csv.zip?attachments=false",
        "/submissions.geojson",
        "/submissions.geojson?fieldpath=/where",
        ".svc/Submissions",
        ".svc/Submissions?$expand=*&$count=true",
        ".svc/Submissions?$wkt=true&$top=5",
        ".svc/Submissions?$select=focal,cases,where,meta",
        ".svc/Submissions?$orderby=focal desc",
        ".svc/Submissions.household",
        ".svc/Submissions.household?$orderby=head",
    ]
    .map(str::to_owned)
    .to_vec();
    for id in ["north", "south"] {
        ways.push(format!(".svc/Submissions('uuid:{id}')"));
        ways.push(format!(".svc/Submissions('uuid:{id}')/household"));
        for rest in [
            "",
            ".xml",
            "/versions",
            "/versions/uuid:{id}",
            "/versions/uuid:{id}2.xml",
            "/diffs",
            "/comments",
            "/audits",
            "/attachments",
            "/attachments/{id}.jpg",
            "/versions/uuid:{id}2/attachments/{id}.jpg",
        ] {
            ways.push(format!("/submissions/uuid:{id}{}", rest.replace("{id}", id)));
        }
    }
    ways
}

/// The text of an answer, with what is packed into a zip.
fn text_of(answer: &Answer) -> String {
    if !answer.body.starts_with(b"PK") {
        return answer.text();
    }
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(&answer.body)).unwrap();
    let mut all = String::new();
    for at in 0..zip.len() {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut zip.by_index(at).unwrap(), &mut bytes).unwrap();
        all.push_str(&String::from_utf8_lossy(&bytes));
    }
    all
}

#[test]
fn nobody_reads_a_word_that_is_not_theirs_on_any_way_out() {
    let field = Field::new();
    let hidden = |who: &str| match who {
        "north" => SOUTH.to_vec(),
        "all" => Vec::new(),
        _ => [NORTH, SOUTH].concat(),
    };
    let mut shown = String::new();
    for (who, _) in &field.bearers {
        for way in ways() {
            let answer = field.ask(who, &way);
            assert!(answer.status < 500, "{who} {way}: {}", answer.text());
            let text = text_of(&answer);
            for word in hidden(who) {
                // What was asked for comes back in addresses.
                let asked = format!("value={word}");
                assert!(!text.replace(&asked, "").contains(word), "{who} reads «{word}» at {way}: {text}");
            }
            if *who == "other form" {
                assert_eq!(answer.status, 403, "{way}");
            }
            if who.starts_with("public") && answer.status == 200 {
                let answers = text.replace(&field.office.address, "");
                assert!(
                    !answers.contains("41") || !answers.contains("household"),
                    "{who} reads an age at {way}: {text}"
                );
            }
            if *who == "all" && answer.status == 200 {
                shown.push_str(&text);
            }
        }
    }
    for word in [NORTH, SOUTH].concat() {
        assert!(shown.contains(word), "«{word}» is read by those who may, or this test finds nothing");
    }
    // What carries every answer is refused to those who see some; what is not in their areas is not there for them.
    let statuses = |who: &str, id: &str| {
        let rests = ["", ".xml", "/versions", "/diffs", "/comments", "/attachments"];
        rests.map(|rest| field.ask(who, &format!("/submissions/uuid:{id}{rest}")).status)
    };
    assert_eq!(statuses("north", "north"), [200; 6]);
    assert_eq!(statuses("north", "south"), [404; 6]);
    assert_eq!(statuses("public", "north"), [200, 403, 403, 403, 403, 403]);
    assert_eq!(statuses("public north", "south"), [404; 6]);
    for way in [".svc/Submissions('uuid:south')", ".svc/Submissions('uuid:south')/household"] {
        assert_eq!(field.ask("north", way).status, 404, "{way}");
    }
}

/// The rows of an answer by their ids, in order, with the count that it tells.
fn rows(answer: &Answer) -> String {
    let text = text_of(answer);
    let Ok(json) = serde_json::from_str::<Value>(&text) else {
        return text
            .lines()
            .skip(1)
            .map(|line| line.rsplit("uuid:").next().unwrap_or("").to_owned())
            .collect::<Vec<_>>()
            .join(" ");
    };
    let list = ["value", "features"].into_iter().find_map(|name| json[name].as_array()).or(json.as_array());
    let Some(list) = list else { return format!("{} {}", answer.status, json["code"]) };
    let id = |row: &Value| {
        let id = ["__id", "instanceId", "id"].into_iter().find_map(|name| row[name].as_str());
        id.unwrap_or("?").to_owned()
    };
    format!("{} of {}", list.iter().map(id).collect::<Vec<_>>().join(" "), json["@odata.count"])
}

#[test]
fn a_hidden_answer_cannot_be_told_from_one_that_was_never_given() {
    let field = Field::new();
    // `{}` is a hidden question, or one that nobody answers: both must give the same.
    let of_text = [
        "{} eq 'Zulmira'",
        "{} ne 'Zulmira'",
        "{} eq null",
        "{} ne null",
        "{} gt 'M'",
        "not ({} lt 'M')",
        "contains({}, 'ulm')",
        "startswith({}, 'Z')",
        "length({}) gt 5",
        "{} in ('Zulmira', 'x')",
        "tolower({}) eq 'zulmira'",
        "{} eq 'Zulmira' or adm1 eq 'XS02'",
        "not ({} eq 'Zulmira') and adm1 eq 'XS01'",
    ];
    let of_numbers = ["{} eq 3", "{} gt 2", "{} ne null", "{} add 1 eq 4", "{} mod 2 eq 1", "not ({} le 2)"];
    let mut asked: Vec<(String, String)> = Vec::new();
    let mut both =
        |way: String, hidden: &str, empty: &str| asked.push((way.replace("{}", hidden), way.replace("{}", empty)));
    for (filters, hidden, empty) in [(&of_text[..], "focal", "empty"), (&of_numbers[..], "cases", "none")] {
        for filter in filters {
            for way in [
                ".svc/Submissions?$count=true&$filter=",
                ".svc/Submissions?$top=1&$count=true&$filter=",
                "/submissions.csv?$filter=",
                "/submissions.geojson?fieldpath=/where&$filter=",
            ] {
                both(format!("{way}{filter}"), hidden, empty);
            }
        }
        for order in ["{}", "{} desc", "adm1,{}", "{},adm1 desc"] {
            both(format!(".svc/Submissions?$orderby={order}"), hidden, empty);
            both(format!(".svc/Submissions?$top=1&$orderby={order}"), hidden, empty);
        }
    }
    for value in ["Zulmira", "Abdou", ""] {
        both(format!("/submissions?field={{}}&value={value}"), "focal", "empty");
    }
    for who in ["public", "public north"] {
        let mut n_rows = 0;
        for (hidden, empty) in &asked {
            let (told, untold) = (field.ask(who, hidden), field.ask(who, empty));
            assert!(told.status < 500, "{hidden}: {}", told.text());
            assert_eq!(rows(&told), rows(&untold), "{who}: {hidden}");
            n_rows += usize::from(rows(&told).contains("north"));
        }
        assert!(n_rows > 5, "nothing was asked that has rows");
        for way in ["/submissions?field=camp_name&value=Kampoto", ".svc/Submissions?$filter=camp_name eq 'Kampoto'"] {
            assert!(!rows(&field.ask(who, way)).contains("north"), "{who}: {way}");
        }
        let files = field.ask(who, ".svc/Submissions").json()["value"][0]["__system"].clone();
        assert_eq!(files["attachmentsPresent"], 0, "whether there is a photo is an answer too");
        assert!(!rows(&field.ask(who, ".svc/Submissions?$filter=__system/attachmentsPresent gt 0")).contains("north"));
        assert_eq!(field.ask(who, ".svc/Submissions.household").json()["value"], json!([]), "how many households, too");
    }
    // Who reads it all finds it; who sees the north finds nothing of the south, whatever they ask.
    assert!(rows(&field.ask("all", ".svc/Submissions?$filter=focal eq 'Zulmira'")).contains("north"));
    for way in [
        ".svc/Submissions?$count=true&$filter=focal eq 'Abdou'",
        ".svc/Submissions?$count=true&$filter=__id eq 'uuid:south'",
        "/submissions?field=focal&value=Abdou",
        "/submissions.geojson?submissionID=uuid:south",
    ] {
        let told = rows(&field.ask("north", way));
        assert!(!told.contains("south") && !told.contains("of 1"), "{way}: {told}");
    }
    assert!(rows(&field.ask("north", ".svc/Submissions?$count=true&$orderby=focal")).ends_with("of 1"));
}
