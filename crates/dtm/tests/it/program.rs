//! The built program, run as a person runs it: commands on a data folder of its own, and a server on a free port.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

/// The folder of real data, where there is one; a test that needs it says that it was skipped.
pub(crate) fn shared_data() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let folder = PathBuf::from(variable("DTM_SHARED").unwrap_or(beside.to_owned())).join("data");
    let found = folder.is_dir().then_some(folder);
    if found.is_none() {
        println!("skipped: shared data not found");
    }
    found
}

/// A variable of the environment that tests may look at.
#[allow(clippy::disallowed_methods)]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether a program is here and does what is tried; where nothing may be skipped, it must.
pub(crate) fn has(program: &str, tried: &[&str]) -> bool {
    let found = Command::new(program).args(tried).output().is_ok_and(|output| output.status.success());
    if !found {
        println!("skipped: no {program} here that takes {tried:?}");
        assert!(variable("DTM_NO_SKIP").is_none(), "DTM_NO_SKIP is set, and {program} {tried:?} does not work");
    }
    found
}

/// A Python that has this module, or none; `DTM_PYTHON` names one.
pub(crate) fn python(module: &str) -> Option<String> {
    let python = variable("DTM_PYTHON").unwrap_or("python3".to_owned());
    let imported = Command::new(&python).args(["-c", &format!("import {module}")]).output();
    let found = imported.is_ok_and(|output| output.status.success()).then_some(python);
    if found.is_none() {
        println!("skipped: no Python with the module {module} (name one in DTM_PYTHON)");
        assert!(variable("DTM_NO_SKIP").is_none(), "DTM_NO_SKIP is set, and DTM_PYTHON names no Python with {module}");
    }
    found
}

/// The root of this project.
pub(crate) fn checkout() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The program and its data folder, which is gone when the test ends.
pub(crate) struct Program {
    folder: tempfile::TempDir,
}

impl Program {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// A folder beside the data, for what a story writes.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A command that sees this program as `dtm`, its data folder, and no setting of the machine's own.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        for name in ["DTM_DATABASE", "DTM_BLOBS", "DTM_LISTEN", "DTM_PUBLIC_URL", "DTM_PASSWORD", "DTM_LOG"] {
            command.env_remove(name);
        }
        let programs = Path::new(env!("CARGO_BIN_EXE_dtm")).parent().unwrap();
        let path = format!("{}:{}", programs.display(), variable("PATH").unwrap_or_default());
        command.env("PATH", path).env("DTM_DATA", self.folder().join("data"));
        command.env("LC_ALL", "C.UTF-8").env("NO_COLOR", "1").current_dir(checkout());
        command
    }

    /// Runs a line of shell, as pasted from a page.
    pub(crate) fn shell(&self, line: &str, variables: &[(&str, &Path)]) -> Output {
        self.command("sh").args(["-c", line]).envs(variables.iter().copied()).output().unwrap()
    }

    /// Runs a command that ends well and returns what it tells programs. Arguments with blanks stand in double quotes.
    pub(crate) fn tell(&self, line: &str) -> Value {
        let output = self.command(env!("CARGO_BIN_EXE_dtm")).args(words(line)).arg("--json").output().unwrap();
        let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        assert!(output.status.success(), "dtm {line}\n{out}\n{err}");
        serde_json::from_str(&out).unwrap_or_else(|error| panic!("dtm {line} --json: {error}\n{out}"))
    }

    /// Runs a command that the program refuses, and returns its exit code and the reasons.
    pub(crate) fn refuse(&self, line: &str) -> (i32, Vec<String>) {
        let output = self.command(env!("CARGO_BIN_EXE_dtm")).args(words(line)).arg("--json").output().unwrap();
        assert!(!output.status.success(), "dtm {line} was to be refused");
        let told: Value = serde_json::from_slice(&output.stdout).unwrap();
        let reasons = told["errors"].as_array().unwrap();
        (output.status.code().unwrap(), reasons.iter().map(|reason| reason.as_str().unwrap().to_owned()).collect())
    }

    /// Starts the server on a free port. It ends when the value is dropped.
    pub(crate) fn serve(&self) -> Server {
        let mut child = self
            .command(env!("CARGO_BIN_EXE_dtm"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("DTM_ADMIN_PASSWORD", "an administrator of a test")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut said = String::new();
        let address = loop {
            let from = said.len();
            if log.read_line(&mut said).unwrap() == 0 {
                let _ = child.wait();
                panic!("the server did not start:\n{said}");
            }
            if let Some((_, rest)) = said[from..].split_once("serves on http://") {
                break rest.split_whitespace().next().unwrap().to_owned();
            }
        };
        // What the server goes on to say is read, or it would wait for a reader.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Server { child, address }
    }
}

/// A running server.
pub(crate) struct Server {
    child: Child,
    address: String,
}

impl Server {
    /// The address to call, without a slash at its end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The status and the body of an answer.
    pub(crate) fn get(&self, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        // In HTTP 1.0 the body ends where the connection does.
        let request = format!("GET {path} HTTP/1.0\r\nHost: {}\r\n{headers}\r\n", self.address);
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split_whitespace().nth(1).unwrap().parse().unwrap(), body.to_owned())
    }

    /// The rows of one level of the DTM API, version 3.
    pub(crate) fn api_rows(&self, key: &str, level: u8, query: &str) -> Vec<Value> {
        let path = format!("/v3/displacement/admin{level}?{query}");
        let (status, body) = self.get(&path, &[("Ocp-Apim-Subscription-Key", key)]);
        assert_eq!(status, 200, "{path}\n{body}");
        let mut answer: Value = serde_json::from_str(&body).unwrap();
        let Value::Array(rows) = answer["result"].take() else { panic!("{path} gives no rows: {body}") };
        assert_eq!(answer["isSuccess"], true);
        assert_eq!(answer["totalRecordsCount"], rows.len());
        rows
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The words of a command line; a part in double quotes is one word with its blanks.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for letter in line.chars() {
        match letter {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            blank if blank.is_whitespace() && !quoted => words.extend(word.take()),
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}
