//! The public pages of the demo world as a browser shows them: on a small screen, in both languages, without scripts.
//!
//! One server with a fresh demo world serves all tests of this file. What can be read off the HTML is checked there; that
//! nothing sticks out of a screen of 360 px is measured in Chromium. Where there is no Chromium the measuring says that
//! it was skipped, unless `DTM_NO_SKIP` is set.

use crate::program::{python, variable};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

/// Every kind of public page, without its language, and the status it is answered with. Round 5 reached only part of the
/// country; 6 is the newest.
const PAGES: [(&str, u16); 31] = [
    ("", 200),
    ("/api", 200),
    ("/method", 200),
    ("/glossary", 200),
    ("/search?q=calaune", 200),
    ("/search?q=zzz", 200),
    ("/xso", 200),
    ("/xso/1", 200),
    ("/xso/5", 200),
    ("/xso/5.1", 200),
    ("/xso/5/about", 200),
    ("/xso/6/about", 200),
    ("/xso/6/report", 200),
    ("/xso/1/report", 200),
    ("/xso/places", 200),
    ("/xso/places?q=calaune&page=2", 200),
    ("/xso/places/XSO-L00001", 200),
    ("/xso/flows", 200),
    ("/xso/events/1", 200),
    ("/xso/needs", 200),
    ("/xso/flows/1/about", 200),
    ("/xso/data", 200),
    ("/xso/data/areas", 200),
    ("/xso/data/idps", 200),
    ("/xso/query?dataset=areas&show=sums&measure=idp_ind&per=area", 200),
    ("/xso/request", 200),
    ("/xso/feedback?on=/6/report&kind=correction", 200),
    ("/xso/explore", 200),
    ("/xso/explore?dataset=displacement&rows=reason&columns=round&measure=idp_ind", 200),
    ("/xso/explore?dataset=areas&rows=area&columns=exercise&measure=idp_ind&round=", 200),
    ("/nowhere", 404),
];

/// Compressed, a page and its style sheet come to no more than this.
const MOST_BYTES: usize = 30_000;

/// A demo world and its server.
pub(crate) struct World {
    address: String,
    /// The shell that ends the server when its standard input is closed, which is when these tests end.
    _keeper: Child,
}

/// An answer of the server.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let named = |line: &&str| line.split_once(':').is_some_and(|(found, _)| found.eq_ignore_ascii_case(name));
        self.head.lines().find(named).map(|line| line[name.len() + 1..].trim())
    }
}

impl World {
    pub(crate) fn get() -> &'static World {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(|| {
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("demo-pages");
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let mut shell = Command::new("sh");
            shell.args(["-c", "\"$0\" \"$@\" & cat >/dev/null; kill $!", env!("CARGO_BIN_EXE_dtm"), "demo", "--fresh"]);
            shell.arg("--port").arg(port.to_string()).env("DTM_DATA", folder);
            for name in ["DTM_DATABASE", "DTM_BLOBS", "DTM_PUBLIC_URL", "DTM_LOG"] {
                shell.env_remove(name);
            }
            let keeper = shell.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            let world = World { address: format!("127.0.0.1:{port}"), _keeper: keeper };
            // The demo listens before its world stands, so the first answer is the sign that it does.
            for _ in 0..100 {
                if TcpStream::connect(&world.address).is_ok() {
                    break;
                }
                std::thread::sleep(Duration::from_millis(50));
            }
            assert_eq!(world.ask("GET", "/health", &[], "").status, 200);
            world
        })
    }

    /// What a command of ours prints, done beside the running server.
    pub(crate) fn run(&self, args: &[&str]) -> serde_json::Value {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("demo-pages");
        let output = Command::new(env!("CARGO_BIN_EXE_dtm")).args(args).arg("--json").env("DTM_DATA", folder).output();
        let output = output.unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(120))).unwrap();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        // In HTTP 1.0 the body ends where the connection does.
        let (host, length) = (&self.address, body.len());
        let request =
            format!("{method} {path} HTTP/1.0\r\nHost: {host}\r\nContent-Length: {length}\r\n{headers}\r\n{body}");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end =
            answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or_else(|| panic!("{path} is not answered"));
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        let status = head.split_whitespace().nth(1).unwrap().parse().unwrap();
        Answer { status, head, body: answer[end + 4..].to_vec() }
    }

    /// The address of the server, without a slash at its end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn open(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers, "")
    }

    /// The HTML of every page, by its address.
    fn pages(&self) -> BTreeMap<String, String> {
        let mut pages = BTreeMap::new();
        for (path, status) in PAGES {
            for lang in ["en", "fr"] {
                let path = format!("/{lang}{path}");
                let answer = self.open(&path, &[("Accept-Language", lang), ("Accept", "text/html")]);
                assert_eq!(answer.status, status, "{path}");
                pages.insert(path, answer.text());
            }
        }
        pages
    }

    /// The address of the style sheet and the sheet.
    fn style(&self) -> (String, String) {
        let home = self.open("/en", &[]).text();
        let path = home.split("rel=\"stylesheet\" href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let sheet = self.open(&path, &[]).text();
        (path, sheet)
    }
}

/// The tags of a page, in order, without their brackets.
fn tags(html: &str) -> impl Iterator<Item = &str> {
    html.split('<').skip(1).filter_map(|after| after.split_once('>')).map(|(tag, _)| tag)
}

/// The value of an attribute of a tag.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split(&format!(" {name}=\"")).nth(1)?.split('"').next()
}

/// Every address a page leads to or loads, as a browser asks for it.
fn addresses(html: &str) -> BTreeSet<String> {
    let values = tags(html).flat_map(|tag| [attribute(tag, "href"), attribute(tag, "src")]).flatten();
    values.map(|value| value.replace("&amp;", "&")).collect()
}

fn name_of(tag: &str) -> &str {
    tag.split([' ', '/', '\n']).next().unwrap_or_default()
}

#[test]
fn every_page_says_its_language_and_has_one_title_with_headings_in_order() {
    for (path, html) in World::get().pages() {
        let lang = &path[1..3];
        assert!(html.starts_with("<!doctype html>") && html.contains(&format!("<html lang=\"{lang}\"")), "{path}");
        let levels: Vec<u8> = tags(&html).filter_map(|tag| name_of(tag).strip_prefix('h')?.parse().ok()).collect();
        assert_eq!(levels.first(), Some(&1), "{path}: {levels:?}");
        assert_eq!(levels.iter().filter(|level| **level == 1).count(), 1, "{path}: {levels:?}");
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{path}: {levels:?}");
        let title = html.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap_or_default();
        assert!(title.len() > 2, "{path} has no title");
    }
}

#[test]
fn every_picture_and_every_field_has_a_name() {
    for (path, html) in World::get().pages() {
        for drawing in html.split("<svg").skip(1) {
            let (tag, inside) = drawing.split_once('>').unwrap();
            let named = (tag.contains("role=\"img\"") || tag.contains("role=\"group\""))
                && (tag.contains("aria-label") || inside.trim_start().starts_with("<title"));
            assert!(named || tag.contains("aria-hidden"), "{path}: <svg{tag}>");
        }
        for tag in tags(&html) {
            match name_of(tag) {
                "img" => assert!(attribute(tag, "alt").is_some(), "{path}: <{tag}>"),
                "input" | "select" | "textarea" if attribute(tag, "type") != Some("hidden") => {
                    let id = attribute(tag, "id").unwrap_or_default();
                    let before = &html[..tag.as_ptr() as usize - html.as_ptr() as usize];
                    let within = before.rfind("<label").is_some_and(|at| !before[at..].contains("</label>"));
                    let labelled =
                        within || html.contains(&format!("for=\"{id}\"")) || attribute(tag, "aria-label").is_some();
                    assert!(labelled, "{path}: <{tag}>");
                }
                "table" => assert!(html.matches("<table").count() == html.matches("<caption").count(), "{path}"),
                "th" => assert!(attribute(tag, "scope").is_some(), "{path}: <{tag}>"),
                _ => {}
            }
        }
    }
}

#[test]
fn no_page_holds_a_script_or_an_inline_style_or_loads_from_elsewhere() {
    for (path, html) in World::get().pages() {
        for tag in tags(&html) {
            // What a page says of its dataset to search engines is no program.
            let is_data = attribute(tag, "type") == Some("application/ld+json");
            assert!(!["script", "style", "iframe"].contains(&name_of(tag)) || is_data, "{path}: <{tag}>");
            assert!(attribute(tag, "style").is_none(), "{path}: <{tag}>");
            let handler =
                tag.split(" on").skip(1).any(|rest| rest.trim_start_matches(char::is_alphabetic).starts_with('='));
            assert!(!handler, "{path}: <{tag}>");
        }
        let outside: Vec<_> = addresses(&html).into_iter().filter(|to| !to.starts_with(['/', '#'])).collect();
        assert!(outside.is_empty(), "{path}: {outside:?}");
    }
}

#[test]
fn every_page_with_its_style_stays_under_thirty_kilobytes() {
    let world = World::get();
    let size = |path: &str| world.open(path, &[("Accept-Encoding", "br")]);
    let (style, _) = world.style();
    let sheet = size(&style);
    assert_eq!(sheet.header("content-encoding"), Some("br"));
    for path in world.pages().keys() {
        let page = size(path);
        assert_eq!(page.header("content-encoding"), Some("br"), "{path}");
        let bytes = page.body.len() + sheet.body.len();
        println!("{path}: {} and {} of style", page.body.len(), sheet.body.len());
        assert!(bytes < MOST_BYTES, "{path} takes {bytes} bytes");
    }
}

#[test]
fn every_public_page_can_be_used_by_everybody() {
    let world = World::get();
    let pages: Vec<String> = world.pages().into_keys().collect();
    crate::office_pages::everybody_can_use(&world.url(), "none", &pages);
}

#[test]
fn every_link_leads_somewhere() {
    let world = World::get();
    let mut known: BTreeMap<String, u16> = BTreeMap::new();
    for (path, html) in world.pages() {
        for to in addresses(&html) {
            if let Some(id) = to.strip_prefix('#') {
                assert!(html.contains(&format!(" id=\"{id}\"")), "{path} has no #{id}");
                continue;
            }
            let status = *known.entry(to.clone()).or_insert_with(|| {
                let answer = world.open(&to, &[("Accept", "text/html")]);
                assert!(answer.status != 200 || !answer.body.is_empty(), "{to} is empty");
                answer.status
            });
            // Behind the office stands the sign-in; the other language of a page that is not there is not there.
            let expected = if to.starts_with("/office") { 303 } else { 200 };
            assert_eq!(status, expected, "{path} leads to {to}");
        }
    }
    let files = known.keys().filter(|to| to.rsplit('/').next().is_some_and(|name| name.contains('.'))).count();
    assert!(files > 100, "only {files} files: are the downloads of the figures still linked?");
    for file in
        ["/6/flows.csv", "/6/flows.svg", "/6/emergency.csv", "/6/factsheet.pdf", "/6/data.xlsx", "/6/areas.geojson"]
    {
        assert!(known.contains_key(&format!("/fr/xso{file}")), "{file} is linked from nowhere");
    }
}

#[test]
fn the_newest_round_shows_movements_and_the_emergency_and_earlier_rounds_do_not() {
    let pages = World::get().pages();
    for (lang, never) in [("en", "Never a total of all movements"), ("fr", "Jamais un total de tous les mouvements")] {
        let page = &pages[&format!("/{lang}/xso")];
        assert!(page.contains("id=\"flows\"") && page.contains(never), "{lang}");
        assert!(page.contains("id=\"emergency\""), "{lang}");
        let earlier = &pages[&format!("/{lang}/xso/5")];
        assert!(!earlier.contains("id=\"flows\"") && !earlier.contains("id=\"emergency\""), "{lang}");
    }
}

#[test]
fn a_number_leads_to_its_records_in_the_language_of_the_page() {
    let world = World::get();
    let origin = format!("http://{}", world.address);
    let form = [("Origin", origin.as_str()), ("Content-Type", "application/x-www-form-urlencoded")];
    let signed = world.ask("POST", "/office/sign-in", &form, "email=admin%40example.org&password=sorelia-demo");
    assert_eq!(signed.status, 303, "{}", signed.head);
    let session = signed.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
    for lang in ["en", "fr"] {
        let page = world.open(&format!("/{lang}/xso"), &[("Cookie", &session)]).text();
        let numbers: Vec<String> = addresses(&page).into_iter().filter(|to| to.contains("explain")).collect();
        assert!(numbers.len() > 300, "{lang}: {}", numbers.len());
        for of in ["exercise%3Dmobility", "exercise%3Dett"] {
            let number = numbers.iter().find(|to| to.contains(of)).unwrap_or_else(|| panic!("{lang}: no number {of}"));
            let choice = world.open(number, &[("Cookie", &session)]);
            let chosen = choice.header("set-cookie").unwrap().split(';').next().unwrap();
            let cookies = format!("{session}; {chosen}");
            let follow = |to: &str| {
                let answer = world.open(to, &[("Cookie", &cookies), ("Accept", "text/html")]);
                assert_eq!(answer.status, 200, "{to}");
                let html = answer.text();
                assert!(html.contains(&format!("<html lang=\"{lang}\"")), "{to} is not in {lang}");
                html
            };
            let explained = follow(choice.header("location").unwrap());
            let record = addresses(&explained).into_iter().find(|to| to.starts_with("/office/records/"));
            follow(&record.unwrap_or_else(|| panic!("{number} leads to no record")));
        }
    }
}

/// The browser that `DTM_CHROMIUM` names, else the one in the path.
pub(crate) fn chromium() -> Option<PathBuf> {
    let folders = variable("PATH").unwrap_or_default();
    let programs = folders.split(':').map(|folder| Path::new(folder).join("chromium"));
    let mut programs = variable("DTM_CHROMIUM").map(PathBuf::from).into_iter().chain(programs);
    let found = programs.find(|program| program.is_file());
    if found.is_none() {
        assert!(variable("DTM_NO_SKIP").is_none(), "there is no Chromium to look at the pages with");
        println!("skipped: no Chromium found");
    }
    found
}

/// Says of each frame how wide its page is and which elements stick out, once with and once without what is folded away.
const MEASURE: &str = r#"addEventListener("load", () => {
  const said = [];
  for (const frame of document.querySelectorAll("iframe")) {
    const page = frame.contentDocument;
    for (const open of [false, true]) {
      page.querySelectorAll("details").forEach(d => d.open = open);
      // A table of many columns may be moved sideways where the keyboard moves it too.
      const inner = e => e.closest("pre, svg, .vh, .skip") || e.parentElement.closest(".scroll[tabindex]");
      const out = [...page.body.querySelectorAll("*")].filter(e => !inner(e) && e.getBoundingClientRect().right > 360.5);
      const scrolled = [...page.querySelectorAll(".scroll:not([tabindex])")].filter(e => e.scrollWidth > e.clientWidth + 1);
      const wide = page.documentElement.scrollWidth;
      const names = [...out, ...scrolled].slice(0, 6).map(e => e.tagName + "." + e.className + " " + e.textContent.trim().slice(0, 30));
      if (wide > 360 || names.length) said.push(frame.title + " is " + wide + " px wide: " + names.join("; "));
    }
  }
  document.body.textContent = "[measured " + said.join(" | ") + "]";
});"#;

#[test]
fn nothing_sticks_out_of_a_small_screen() {
    let Some(chromium) = chromium() else { return };
    let world = World::get();
    let (path, sheet) = world.style();
    let escape = |text: &str| text.replace('&', "&amp;").replace('"', "&quot;");
    let mut frames = String::new();
    let pages = world.pages();
    for (address, html) in &pages {
        // Frames of this one file have no server to ask, so each page carries its sheet with it.
        let html =
            html.replace(&format!("<link rel=\"stylesheet\" href=\"{path}\">"), &format!("<style>{sheet}</style>"));
        assert!(html.contains("<style>"), "{address} has no style sheet");
        frames.push_str(&format!(
            "<iframe title=\"{address}\" width=360 height=30000 frameborder=0 srcdoc=\"{}\"></iframe>\n",
            escape(&html)
        ));
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("pages.html");
    std::fs::write(&file, format!("<!doctype html><meta charset=utf-8><body>{frames}<script>{MEASURE}</script>"))
        .unwrap();
    let output = Command::new(chromium)
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--no-first-run",
            "--virtual-time-budget=20000",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("file://{}", file.display()))
        .stderr(Stdio::null())
        .output()
        .unwrap();
    let seen = String::from_utf8_lossy(&output.stdout);
    let said = seen.split("[measured ").nth(1).and_then(|rest| rest.split(']').next());
    let said = said.unwrap_or_else(|| panic!("Chromium measured nothing: {}", &seen[..seen.len().min(500)]));
    assert!(said.is_empty(), "{}", said.replace(" | ", "\n"));
}

/// Opens the downloads of a round as their readers do, and says what they find.
const READERS: &str = r##"
import sys, hxl, openpyxl
folder = sys.argv[1]
people = {}
for lang in ["en", "fr"]:
    book = openpyxl.load_workbook(f"{folder}/{lang}.xlsx")
    data = book.worksheets[1]
    formulas = sum(cell.data_type == "f" for sheet in book.worksheets for row in sheet.iter_rows() for cell in row)
    tags = [cell.value for cell in data[2]]
    at, level = tags.index("#affected+idps"), tags.index("#adm+level")
    people[lang] = sum(row[at] or 0 for row in data.iter_rows(min_row=3, values_only=True) if row[level] == 0)
    print(lang, len(book.worksheets), "sheets,", formulas, "formulas, all columns tagged:", all(tags))
source = hxl.data(f"{folder}/hxl.csv", hxl.InputOptions(allow_local=True))
total = sum(int(float(row.get("#affected+idps"))) for row in source.with_rows("#adm+level=0"))
print("the same people in all:", people["en"] == people["fr"] == total, "more than 100,000:", total > 100_000)
"##;

#[test]
fn spreadsheets_and_hxl_readers_find_the_same_people_in_every_download() {
    let Some(python) = python("openpyxl, hxl") else { return };
    let (world, folder) = (World::get(), tempfile::tempdir().unwrap());
    for (path, name) in
        [("/en/xso/6/data.xlsx", "en.xlsx"), ("/fr/xso/6/data.xlsx", "fr.xlsx"), ("/en/xso/6/data.csv", "hxl.csv")]
    {
        let answer = world.open(path, &[]);
        assert_eq!(answer.status, 200, "{path}");
        std::fs::write(folder.path().join(name), answer.body).unwrap();
    }
    let read = Command::new(python).args(["-c", READERS]).arg(folder.path()).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    expect_test::expect![[r#"
        en 7 sheets, 0 formulas, all columns tagged: True
        fr 7 sheets, 0 formulas, all columns tagged: True
        the same people in all: True more than 100,000: True
    "#]]
    .assert_eq(&String::from_utf8_lossy(&read.stdout));
}
