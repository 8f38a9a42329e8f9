//! Every hostile text at every door: a program of shapes, written as data. Nobody else waits, nothing fails on our side,
//! the server lives on, and gives the memory back.
//!
//! In the suite each text is tried at some doors and each door with some texts; with `DTM_CAMPAIGN` set, all at all.

use crate::load::{Load, repetitions, seen};
use crate::office::{OPENROSA, Office, answers, ask, connect, multipart};
use std::io::{Read, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// The lines of a file of data, without its comments.
fn lines(data: &'static str) -> impl Iterator<Item = &'static str> {
    data.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty())
}

/// The hostile texts, by label.
fn texts() -> Vec<(&'static str, Vec<u8>)> {
    let piece = |piece: &str| -> Vec<u8> {
        let piece = piece.trim();
        if let Some(hex) = piece.strip_prefix("hex:") {
            return hex::decode(hex).unwrap();
        }
        let end = piece.rfind('"').unwrap() + 1;
        let text: String = serde_json::from_str(&piece[..end]).unwrap();
        let n: usize = piece[end..].strip_prefix('*').map_or(1, |n| n.parse().unwrap());
        text.repeat(n).into_bytes()
    };
    let line = |line: &'static str| {
        let (label, rest) = line.split_once(' ').unwrap();
        (label, rest.split(" + ").flat_map(piece).collect())
    };
    lines(include_str!("texts.txt")).map(line).collect()
}

/// How a hostile text is written at some place.
fn written(text: &[u8], how: &str) -> Vec<u8> {
    match how {
        "url" => text
            .iter()
            .flat_map(|byte| match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' => vec![*byte],
                other => format!("%{other:02X}").into_bytes(),
            })
            .collect(),
        // What is no text stays as it is, which is no JSON.
        "json" => match std::str::from_utf8(text) {
            Ok(text) => serde_json::to_vec(text).unwrap(),
            Err(_) => [b"\"", text, b"\""].concat(),
        },
        _ => text.to_vec(),
    }
}

/// A template with the text in its places; `[n]` is a number of its own.
fn filled(template: &str, text: &[u8], n: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find('[') {
        out.extend(rest[..at].bytes());
        rest = &rest[at..];
        let place = ["[url]", "[json]", "[xml]", "[raw]", "[n]"].into_iter().find(|place| rest.starts_with(place));
        match place {
            Some("[n]") => out.extend(n.to_string().bytes()),
            Some(place) => out.extend(written(text, &place[1..place.len() - 1])),
            None => out.push(b'['),
        }
        rest = &rest[place.map_or(1, str::len)..];
    }
    out.extend(rest.bytes());
    out
}

/// A request at a door.
struct Shape {
    about: String,
    bytes: Vec<u8>,
}

fn request(method: &str, target: &[u8], headers: &[(&str, &[u8])], body: &[u8]) -> Vec<u8> {
    let mut bytes = [method.as_bytes(), b" ", target, b" HTTP/1.0\r\nHost: x\r\nX-OpenRosa-Version: 1.0\r\n"].concat();
    for (name, value) in headers {
        bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).bytes());
    bytes.extend(body);
    bytes
}

/// A door with a text at it.
fn shape(door: &str, label: &str, text: &[u8], n: usize, phone: &str, bearer: &str) -> Shape {
    let mut words = door.splitn(3, char::is_whitespace);
    let who = words.next().unwrap();
    let rest = words.by_ref().collect::<Vec<_>>().join(" ");
    let (method, rest) = rest.trim().split_once(' ').unwrap();
    let rest =
        rest.trim().replace("{phone}", phone).replace("{key}", &phone[8..72]).replace("\\r", "\r").replace("\\n", "\n");
    let mut headers: Vec<(&str, &[u8])> = Vec::new();
    if who == "admin" {
        headers.push(("Authorization", bearer.as_bytes()));
    }
    let submission = format!("{phone}/submission?deviceID=x").into_bytes();
    let bytes = match method {
        "SEND" => {
            let (kind, body) = multipart(&filled(&rest, text, n), &[]);
            request("POST", &submission, &[("Content-Type", kind.as_bytes())], &body)
        }
        // A file of this name.
        "FILE" => {
            let xml = answers(&format!("uuid:f{n}"), 1);
            let body = [
                b"--part\r\nContent-Disposition: form-data; name=\"xml_submission_file\"; filename=\"a.xml\"\r\n\r\n",
                xml.as_bytes(),
                b"\r\n--part\r\nContent-Disposition: form-data; name=\"",
                text,
                b"\"; filename=\"",
                text,
                b"\"\r\nContent-Type: ",
                text,
                b"\r\n\r\nx\r\n--part--\r\n",
            ];
            request("POST", &submission, &[("Content-Type", b"multipart/form-data; boundary=part")], &body.concat())
        }
        // A body that this text parts.
        "PART" => {
            let kind = [b"multipart/form-data; boundary=", text].concat();
            let body = [b"--", text, b"\r\n\r\nx\r\n--", text, b"--\r\n"].concat();
            request("POST", &submission, &[("Content-Type", &kind)], &body)
        }
        "HEAD" => {
            let (target, header) = rest.split_once("  ").unwrap();
            let (name, value) = header.trim().split_once(": ").unwrap();
            let value = filled(value, text, n);
            headers.push((name, &value));
            request("GET", target.as_bytes(), &headers, b"")
        }
        method => {
            let mut parts = rest.splitn(3, "  ");
            let target = filled(parts.next().unwrap(), text, n);
            let kind = parts.next().unwrap_or("text/plain").trim().to_owned();
            let body = filled(parts.next().unwrap_or("").trim_start(), text, n);
            headers.push(("Content-Type", kind.as_bytes()));
            request(method, &target, &headers, &body)
        }
    };
    Shape { about: format!("{label} at {}", &door[..door.len().min(110)]), bytes }
}

/// Workbooks that were cut off and changed, of every kind that is read.
fn workbooks(bearer: &str) -> Vec<Shape> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in [
        ("[Content_Types].xml", "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>"),
        ("xl/workbook.xml", "<workbook><sheets><sheet name=\"survey\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"),
        (
            "xl/worksheets/sheet1.xml",
            "<worksheet><sheetData><row><c r=\"ZZZ99999999\" t=\"s\"><v>99999999</v></c></row></sheetData></worksheet>",
        ),
        (
            "content.xml",
            "<office:document-content><table:table table:name=\"survey\"><table:table-row table:number-rows-repeated=\"999999999\"><table:table-cell table:number-columns-repeated=\"999999999\"/></table:table-row></table:table></office:document-content>",
        ),
        ("../../evil", "x"),
        ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
    ] {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(content.as_bytes()).unwrap();
    }
    let whole = archive.finish().unwrap().into_inner();
    let kinds = [
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.ms-excel",
        "application/vnd.oasis.opendocument.spreadsheet",
    ];
    let mut shapes = Vec::new();
    for n in 0..24 {
        let mut bytes = whole.clone();
        if n % 2 == 0 {
            bytes.truncate(whole.len() * (n + 1) / 25);
        } else {
            let at = (n * 7919) % whole.len();
            bytes[at] ^= 0xff;
        }
        let kind = kinds[n % 3];
        let headers = [("Authorization", bearer.as_bytes()), ("Content-Type", kind.as_bytes())];
        let bytes = request("POST", b"/v1/projects/1/forms", &headers, &bytes);
        shapes.push(Shape { about: format!("workbook {n} as {kind}"), bytes });
    }
    shapes
}

/// Kilobytes of memory that the process holds.
fn memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// What came back: the status, or what came in place of one. Central's refusals of OData it does not know (501.4 to 501.11)
/// are refusals like any other; what is no request at all may be closed without a word.
fn status(address: &str, bytes: &[u8]) -> Result<u16, String> {
    let mut stream = connect(address).map_err(|error| error.to_string())?;
    // A server that has answered already may not take the rest.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer);
    match text.split_whitespace().nth(1).and_then(|code| code.parse().ok()) {
        Some(501) if text.contains("\"code\":501.") => Ok(400),
        Some(code) => Ok(code),
        None if read.is_ok() && !bytes.starts_with(b"GET ") && !bytes.starts_with(b"POST ") => Ok(400),
        None => Err(format!("no answer but `{text}` ({read:?})")),
    }
}

fn check(mut office: Office) {
    office.start(&[]);
    Load::prepare(&office);
    assert_eq!(office.submit(&answers("uuid:good", 1), &[("a.jpg", b"x")]).status, 201);
    let bearer = format!("Bearer {}", office.sign_in("admin@example.org"));
    let doors: Vec<&str> = lines(include_str!("doors.txt")).collect();
    let texts = texts();
    // One in so many pairs, all of them in a campaign.
    let every = if repetitions(0) > 0 { 1 } else { 16 };
    let mut shapes = workbooks(&bearer);
    for (d, door) in doors.iter().enumerate() {
        for (t, (label, text)) in texts.iter().enumerate() {
            if (d * 7 + t) % every == 0 {
                let n = d * 1000 + t;
                shapes.push(shape(door, label, text, n, &office.phone, &bearer));
            }
        }
    }
    for line in lines(include_str!("wire.txt")) {
        let text: String = serde_json::from_str(line).unwrap();
        shapes.push(Shape { about: format!("on the line: {line}"), bytes: text.into_bytes() });
    }
    assert!(shapes.len() >= 460, "{} shapes", shapes.len());
    let process = office.server().id();
    let before = memory(process);
    let (next, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (most, slowest) = (AtomicU64::new(before), AtomicU64::new(0));
    let failures: Mutex<Vec<String>> = Mutex::default();
    std::thread::scope(|scope| {
        // Somebody who means no harm goes on sending, and must be answered; the client gives up on what hangs.
        let others = scope.spawn(|| {
            for n in 0.. {
                let began = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
                let (kind, body) = multipart(answers(&format!("uuid:other-{n}"), n).as_bytes(), &[]);
                let path = format!("{}/submission", office.phone);
                let answer = ask(&office.address, "POST", &path, &[OPENROSA, ("Content-Type", &kind)], &body);
                assert_eq!(answer.unwrap().status, 201, "somebody else");
                let ended = std::fs::read_to_string("/proc/uptime").unwrap_or_default();
                let seconds = |text: &str| text.split(' ').next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0);
                slowest.fetch_max(((seconds(&ended) - seconds(&began)) * 1000.0) as u64, Ordering::Relaxed);
                most.fetch_max(memory(process), Ordering::Relaxed);
                if over.load(Ordering::Relaxed) {
                    return;
                }
                std::thread::sleep(std::time::Duration::from_millis(50));
            }
        });
        let workers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    while let Some(shape) = shapes.get(next.fetch_add(1, Ordering::Relaxed)) {
                        let got = status(&office.address, &shape.bytes);
                        if !got.as_ref().is_ok_and(|status| (200..500).contains(status)) {
                            failures.lock().unwrap().push(format!("{got:?} for {}", shape.about));
                        }
                    }
                })
            })
            .collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        over.store(true, Ordering::Relaxed);
        others.join().unwrap();
    });
    assert!(office.is_alive(), "{}", office.log());
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{} of {} shapes:\n{}", failures.len(), shapes.len(), failures.join("\n"));
    assert!(!office.log().contains("panicked"), "{}", office.log());
    let (most, kept) = (most.load(Ordering::Relaxed) - before, memory(process).saturating_sub(before));
    seen(format!(
        "{} shapes, 0 of them 5xx or without an answer; others waited {} ms at most; {} MiB more, {} MiB kept",
        shapes.len(),
        slowest.load(Ordering::Relaxed),
        most >> 10,
        kept >> 10
    ));
    assert!(most >> 10 < 300, "{} MiB more", most >> 10);
    assert!(kept >> 10 < 200, "{} MiB kept", kept >> 10);
    assert_eq!(office.run(&["check"])["sound"], true);
}

#[test]
fn every_hostile_text_at_every_door_is_answered_with_a_clear_no_on_sqlite() {
    check(Office::new());
}

#[test]
fn every_hostile_text_at_every_door_is_answered_with_a_clear_no_on_postgresql() {
    if let Some(database) = dtm_testkit::postgres_database() {
        check(Office::on(database));
    }
}
