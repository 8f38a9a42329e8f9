//! A field office on the built program: an operation with a collecting round, a published form, a phone and people of
//! every role, served on a free port; and a small client that can also misbehave.

use crate::described;
use crate::program::Program;
use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// A password of the people of this office.
pub(crate) const PASSWORD: &str = "a password of a test";

/// The form of this office.
pub(crate) const XFORM: &str = r#"<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:orx="http://openrosa.org/xforms">
<h:head><h:title>Site assessment</h:title><model><instance><data id="site" version="1"><idp_ind/><photo/><meta><instanceID/></meta></data></instance>
<bind nodeset="/data/idp_ind" type="int"/><bind nodeset="/data/photo" type="binary"/><bind nodeset="/data/meta/instanceID" type="string" readonly="true()" calculate="concat('uuid:', uuid())"/></model></h:head>
<h:body><input ref="/data/idp_ind"><label>Displaced people</label></input><upload ref="/data/photo" mediatype="image/*"><label>Photo</label></upload></h:body></h:html>"#;

/// What a phone sends of one site.
pub(crate) fn answers(instance: &str, idp_ind: u32) -> String {
    format!(
        "<data id=\"site\" version=\"1\"><idp_ind>{idp_ind}</idp_ind><photo/><meta><instanceID>{instance}</instanceID></meta></data>"
    )
}

/// A server of such an office.
pub(crate) struct Office {
    folder: Arc<tempfile::TempDir>,
    /// The name of the server's log in that folder.
    log: String,
    database: Option<String>,
    server: Option<Child>,
    pub(crate) address: String,
    /// The phone's part of addresses: `/v1/key/…/projects/1`.
    pub(crate) phone: String,
}

/// Makes an office in this data folder or database; returns the phone's part of addresses.
fn furnish(run: impl Fn(&[&str]) -> Value, form: &Path) -> String {
    let operation = [
        "--name",
        "Sorelia crisis",
        "--name-fr",
        "Crise en Sorélie",
        "--country",
        "Sorelia",
        "--iso3",
        "XSO",
        "--admin0",
        "XS",
    ];
    run(&[&["operation", "add", "xso"], &operation[..]].concat());
    run(&["operation", "exercise", "mobility", "-o", "xso", "--name", "Mobility tracking", "--tool", "b2"]);
    run(&["round", "add", "-o", "xso", "-r", "1", "--starts", "2026-01-05", "--ends", "2026-01-20"]);
    run(&["round", "move", "-o", "xso", "-r", "1", "collecting"]);
    run(&["form", "upload", "-o", "xso", "-e", "mobility", "--publish", form.to_str().unwrap()]);
    for role in ["viewer", "reviewer", "officer", "admin"] {
        // The viewer of these tests sees no records; others are made where a test needs them.
        let sees = if role == "viewer" { "nothing" } else { "secret" };
        run(&["user", "add", &format!("{role}@example.org"), "--role", role, "--sees", sees]);
    }
    let phone = run(&["phone", "add", "-o", "xso", "--server", "http://here", "Awa"]);
    let url = phone["serverUrl"].as_str().unwrap_or_else(|| panic!("no address in {phone}"));
    url.trim_start_matches("http://here").to_owned()
}

/// A command on a data folder, with no setting of the machine's own.
fn dtm(data: &Path, database: Option<&str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dtm"));
    for name in ["DTM_BLOBS", "DTM_LISTEN", "DTM_PUBLIC_URL", "DTM_LOG", "DTM_DATABASE"] {
        command.env_remove(name);
    }
    if let Some(url) = database {
        command.env("DTM_DATABASE", url);
    }
    command.env("DTM_DATA", data).env("DTM_PASSWORD", PASSWORD).env("LC_ALL", "C.UTF-8");
    command
}

/// Runs a command that ends well, and returns what it tells programs.
fn run(data: &Path, database: Option<&str>, args: &[&str]) -> Value {
    let output = dtm(data, database).args(args).arg("--json").output().unwrap();
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    assert!(output.status.success(), "dtm {args:?}\n{out}\n{err}");
    serde_json::from_str(&out).unwrap_or(Value::Null)
}

impl Office {
    /// An office on SQLite. The first one is furnished, the others are copies of it.
    pub(crate) fn new() -> Self {
        static FIRST: OnceLock<(PathBuf, String)> = OnceLock::new();
        let (first, phone) = FIRST.get_or_init(|| {
            let program = Program::new();
            // Lies in the target folder, as nobody lives to take it away; each run of the tests begins anew.
            let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("office");
            let _ = std::fs::remove_dir_all(&folder);
            std::fs::create_dir_all(&folder).unwrap();
            let form = program.folder().join("site.xml");
            std::fs::write(&form, XFORM).unwrap();
            let phone = furnish(|args| run(&folder, None, args), &form);
            (folder, phone)
        });
        let folder = Arc::new(tempfile::tempdir().unwrap());
        copy(first, &folder.path().join("data"));
        Self {
            folder,
            log: "log".to_owned(),
            database: None,
            server: None,
            address: String::new(),
            phone: phone.clone(),
        }
    }

    /// An office on this PostgreSQL database.
    pub(crate) fn on(database: String) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let form = folder.path().join("site.xml");
        std::fs::write(&form, XFORM).unwrap();
        let phone = furnish(|args| run(&folder.path().join("data"), Some(&database), args), &form);
        let log = "log".to_owned();
        Self { folder, log, database: Some(database), server: None, address: String::new(), phone }
    }

    /// The office that earlier versions of the program left (`dtm_testkit::old_office`), on SQLite unless a database is
    /// named.
    pub(crate) fn old(database: Option<String>) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let data = folder.path().join("data");
        let photo = b"the first photo";
        let hash = dtm_model::BlobHash::of(photo).as_str().to_owned();
        let blobs = data.join("blobs").join(&hash[..2]);
        std::fs::create_dir_all(&blobs).unwrap();
        std::fs::write(blobs.join(&hash[2..]), photo).unwrap();
        let own = format!("sqlite://{}", data.join("dtm.db").display());
        dtm_testkit::old_office(database.as_deref().unwrap_or(&own));
        let phone = format!("/v1/key/{}/projects/1", "A".repeat(64));
        Self { folder, log: "log".to_owned(), database, server: None, address: String::new(), phone }
    }

    /// Another server on the same data, not started yet.
    pub(crate) fn beside(&self) -> Self {
        let (folder, database, phone) = (self.folder.clone(), self.database.clone(), self.phone.clone());
        Self { folder, log: "log of the other".to_owned(), database, server: None, address: String::new(), phone }
    }

    /// The same office on other data: restored, or damaged.
    pub(crate) fn moved(&self, data: &Path, database: Option<String>) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        if data.is_dir() {
            copy(data, &folder.path().join("data"));
        }
        let (log, phone) = (self.log.clone(), self.phone.clone());
        Self { folder, log, database, server: None, address: String::new(), phone }
    }

    /// Such an office whose server runs.
    pub(crate) fn open() -> Self {
        let mut office = Self::new();
        office.start(&[]);
        office
    }

    /// The folder of its data.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Everything the server wrote to its log.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join(&self.log)).unwrap()
    }

    /// Runs a command on the same data.
    pub(crate) fn run(&self, args: &[&str]) -> Value {
        run(&self.data(), self.database.as_deref(), args)
    }

    /// Runs a command with further variables, and returns its exit code and what it tells programs.
    pub(crate) fn run_with(&self, args: &[&str], variables: &[(&str, &str)]) -> (i32, Value) {
        let mut command = dtm(&self.data(), self.database.as_deref());
        let output = command.args(args).arg("--json").envs(variables.iter().copied()).output().unwrap();
        let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        let told = serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}\n{out}\n{err}"));
        (output.status.code().unwrap_or(-1), told)
    }

    /// Runs a command that is refused, and returns what it says.
    pub(crate) fn refuse_with(&self, args: &[&str], variables: &[(&str, &str)]) -> String {
        let mut command = dtm(&self.data(), self.database.as_deref());
        let output = command.args(args).envs(variables.iter().copied()).output().unwrap();
        assert!(!output.status.success(), "dtm {args:?} was not refused");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Starts the server on a free port.
    pub(crate) fn start(&mut self, variables: &[(&str, &str)]) {
        self.kill();
        let path = self.folder.path().join(&self.log);
        let log = std::fs::File::create(&path).unwrap();
        let mut command = dtm(&self.data(), self.database.as_deref());
        command.args(["serve", "--listen", "127.0.0.1:0"]).env("NO_COLOR", "1").envs(variables.iter().copied());
        self.server = Some(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
        for _ in 0..600 {
            let said = std::fs::read_to_string(&path).unwrap();
            if let Some(address) = said.split("serves on http://").nth(1).filter(|rest| rest.contains('\n')) {
                self.address = address
                    .split_whitespace()
                    .next()
                    .unwrap()
                    .trim_end_matches(|c: char| !c.is_ascii_digit())
                    .to_owned();
                return;
            }
            let child = self.server.as_mut().unwrap();
            assert!(child.try_wait().unwrap().is_none(), "the server did not start:\n{said}");
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the server did not start in time:\n{}", self.log());
    }

    /// Ends the server as a power cut would.
    pub(crate) fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Whether the server still runs.
    pub(crate) fn is_alive(&mut self) -> bool {
        self.server.as_mut().is_some_and(|server| server.try_wait().unwrap().is_none())
    }

    /// The process of the server.
    pub(crate) fn server(&mut self) -> &mut Child {
        self.server.as_mut().unwrap()
    }

    /// Sends a request and returns the answer.
    pub(crate) fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Answer {
        let answer = ask(&self.address, method, path, headers, body);
        let answer = answer.unwrap_or_else(|error| panic!("{method} {path}: {error}\n{}", self.log()));
        described::check(&self.address, method, path, &answer);
        answer
    }

    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.ask("GET", path, headers, b"")
    }

    /// Sends bytes as they are, and returns what comes back.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = connect(&self.address).unwrap();
        let _ = stream.write_all(bytes);
        answer(&mut stream).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Signs in and returns the token.
    pub(crate) fn sign_in(&self, email: &str) -> String {
        let body = format!("{{\"email\":\"{email}\",\"password\":\"{PASSWORD}\"}}");
        let answer = self.ask("POST", "/v1/sessions", &[("Content-Type", "application/json")], body.as_bytes());
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    /// Sends a submission as ODK Collect does.
    pub(crate) fn submit(&self, xml: &str, files: &[(&str, &[u8])]) -> Answer {
        let (kind, body) = multipart(xml.as_bytes(), files);
        self.ask(
            "POST",
            &format!("{}/submission?deviceID=collect%3Atest", self.phone),
            &[OPENROSA, ("Content-Type", &kind)],
            &body,
        )
    }
}

impl Drop for Office {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What Collect says of itself.
pub(crate) const OPENROSA: (&str, &str) = ("X-OpenRosa-Version", "1.0");

/// A submission and its files as multipart/form-data: the content type and the body.
pub(crate) fn multipart(xml: &[u8], files: &[(&str, &[u8])]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    let mut part = |field: &str, name: &str, kind: &str, bytes: &[u8]| {
        body.extend(format!("--part\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: {kind}\r\n\r\n").bytes());
        body.extend(bytes);
        body.extend(b"\r\n");
    };
    part("xml_submission_file", "submission.xml", "text/xml", xml);
    for (name, bytes) in files {
        part(name, name, "image/jpeg", bytes);
    }
    body.extend(b"--part--\r\n");
    ("multipart/form-data; boundary=part".to_owned(), body)
}

/// An answer of the server.
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

pub(crate) fn connect(address: &str) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    // Less than the server's own limits on slow clients: who waits for another client's end waits too long.
    stream.set_read_timeout(Some(Duration::from_secs(25)))?;
    stream.set_write_timeout(Some(Duration::from_secs(25)))?;
    Ok(stream)
}

/// Sends a request on a connection of its own.
pub(crate) fn ask(
    address: &str,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<Answer> {
    let mut stream = connect(address)?;
    // In HTTP 1.0 the body ends where the connection does.
    let mut head = format!("{method} {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes())?;
    // A server that has answered already may not take the rest.
    let _ = stream.write_all(body);
    answer(&mut stream)
}

fn answer(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut bytes = Vec::new();
    let read = stream.read_to_end(&mut bytes);
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        read?;
        return Err(io::Error::other("the connection ended before an answer"));
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split_whitespace().nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    Ok(Answer { status, head, body: bytes[end + 4..].to_vec() })
}

/// Copies a folder.
pub(crate) fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
