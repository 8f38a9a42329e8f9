//! Input that means harm: each piece gets a clear no, nobody else waits, and the server lives on. The client of these
//! tests gives up after a while, so that what hangs fails.

mod corpus;

use crate::office::{Answer, OPENROSA, Office, XFORM, answers, connect, multipart};
use std::io::{Read, Write};
use std::time::Duration;

/// Sends bytes as a submission's XML.
fn send(office: &Office, xml: &[u8]) -> Answer {
    let (kind, body) = multipart(xml, &[]);
    office.ask("POST", &format!("{}/submission", office.phone), &[OPENROSA, ("Content-Type", &kind)], &body)
}

/// A submission with this in it.
fn with(inner: &str) -> Vec<u8> {
    answers("uuid:hostile", 1).replace("<photo/>", inner).into_bytes()
}

#[test]
fn hostile_submissions_are_refused_as_a_phone_expects_and_the_server_lives_on() {
    let mut office = Office::open();
    let bomb = "<!DOCTYPE data [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]>";
    let outside = "<!DOCTYPE data [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>";
    let text = |xml: &[u8]| String::from_utf8(xml.to_vec()).unwrap();
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("entities that multiply", format!("{bomb}{}", text(&with("<x>&c;</x>"))).into_bytes()),
        ("a file of the server's", format!("{outside}{}", text(&with("<x>&x;</x>"))).into_bytes()),
        ("deep nesting", with(&"<a>".repeat(1_000_000))),
        ("deep nesting that closes", with(&format!("{}{}", "<a>".repeat(200_000), "</a>".repeat(200_000)))),
        ("cut off", answers("uuid:cut", 1).into_bytes()[..80].to_vec()),
        ("cut off after the instance", answers("uuid:cut", 1).replace("</data>", "").into_bytes()),
        ("two documents", format!("{0}{0}", answers("uuid:two", 1)).into_bytes()),
        ("NUL", with("<x>\0</x>")),
        ("a reference to NUL", with("<x>&#0;</x>")),
        ("not UTF-8", [&with("<x>")[..20], b"\xff\xfe", &with("")[20..]].concat()),
        ("a lone surrogate", [&with("<x>")[..60], b"\xed\xa0\x80", &with("")[60..]].concat()),
        ("nothing", Vec::new()),
        ("not XML", b"PK\x03\x04".to_vec()),
        ("a name longer than names are", answers(&format!("uuid:{}", "x".repeat(5000)), 1).into_bytes()),
        ("many attributes alike", with("<x a=\"1\" a=\"2\"/>")),
    ];
    for (what, xml) in cases {
        let answer = send(&office, &xml);
        assert_eq!(answer.status, 400, "{what}: {}", answer.text());
        assert!(answer.text().contains("<OpenRosaResponse"), "{what}: {}", answer.text());
        assert!(office.is_alive(), "{what} ended the server:\n{}", office.log());
    }
    for odd in [
        with("<x>1e999999999</x>"),
        with(&"<idp_ind>7</idp_ind>".repeat(5000)),
        with(&format!("<x>{}</x>", "9".repeat(1_000_000))),
    ] {
        assert!(send(&office, &odd).status < 500);
    }
    assert_eq!(office.submit(&answers("uuid:good", 1), &[]).status, 201);
}

#[test]
fn names_of_files_that_lead_elsewhere_are_refused() {
    let office = Office::open();
    for name in ["../../etc/cron.d/x", "a/b.jpg", "..", "/etc/passwd", "C:\\x.jpg", "..%2fx", "a\u{202e}gpj.exe"] {
        let answer = office.submit(&answers("uuid:path", 1), &[(name, b"x")]);
        // What is refused is refused whole; a name that is harmless as it is may stay.
        assert!([201, 400].contains(&answer.status), "{name}: {}", answer.text());
        let leads = name.contains('/') || name.contains('\\') || name == "..";
        assert!(!leads || answer.status == 400, "{name} was taken");
    }
    let long = "x".repeat(5000);
    assert_eq!(office.submit(&answers("uuid:path", 1), &[(&long, b"x")]).status, 400);
    let mut folders = vec![office.data()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap()) {
            assert!(!entry.file_name().to_string_lossy().contains("cron"));
            if entry.path().is_dir() {
                folders.push(entry.path());
            }
        }
    }
}

#[test]
fn malformed_multipart_is_refused() {
    let office = Office::open();
    let path = format!("{}/submission", office.phone);
    let (kind, whole) = multipart(answers("uuid:m", 1).as_bytes(), &[("a.jpg", b"x")]);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        (&kind, Vec::new()),
        (&kind, whole[..whole.len() - 12].to_vec()),
        (&kind, whole[..90].to_vec()),
        (&kind, b"--part\r\n\r\n--part--".to_vec()),
        (
            &kind,
            [
                b"--part\r\nContent-Disposition: form-data; name=\"".as_slice(),
                &vec![b'x'; 200_000],
                b"\"\r\n\r\nx\r\n--part--\r\n",
            ]
            .concat(),
        ),
        (&kind, b"--part\r\n".repeat(50_000)),
        ("multipart/form-data", whole.clone()),
        ("multipart/form-data; boundary=", whole.clone()),
        ("multipart/form-data; boundary=other", whole.clone()),
        ("multipart/mixed; boundary=part", whole.clone()),
    ];
    for (at, (kind, body)) in cases.iter().enumerate() {
        let answer = office.ask("POST", &path, &[OPENROSA, ("Content-Type", kind)], body);
        assert_eq!(answer.status, 400, "case {at}: {}", answer.text());
        assert!(answer.text().contains("<OpenRosaResponse"), "case {at}");
    }
    let many: Vec<(String, &[u8])> = (0..600).map(|n| (format!("{n}.jpg"), b"x".as_slice())).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|(name, bytes)| (name.as_str(), *bytes)).collect();
    assert_eq!(office.submit(&answers("uuid:many", 1), &many).status, 400);
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_comes() {
    let office = Office::open();
    let head = format!(
        "POST {}/submission HTTP/1.0\r\nHost: x\r\nX-OpenRosa-Version: 1.0\r\nContent-Type: multipart/form-data; boundary=part\r\nContent-Length: 100000001\r\n\r\n",
        office.phone
    );
    let answer = office.raw(head.as_bytes());
    assert_eq!(answer.status, 413);
    assert!(answer.text().contains("<OpenRosaResponse") && answer.text().contains("100 MB"), "{}", answer.text());
    for odd in [
        "Content-Length: -1",
        "Content-Length: 18446744073709551616",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Transfer-Encoding: gzip",
    ] {
        let answer = office.raw(
            format!(
                "POST {}/submission HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{odd}\r\n\r\n0\r\n\r\n",
                office.phone
            )
            .as_bytes(),
        );
        assert!((400..500).contains(&answer.status), "{odd}: {}", answer.status);
    }
    let answer = office.raw(format!("GET /en HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "x".repeat(200_000)).as_bytes());
    assert!([400, 431].contains(&answer.status), "{}", answer.status);
    assert_eq!(office.raw(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n").status, 400);
    assert_eq!(office.get(&format!("/en/{}", "x".repeat(10_000)), &[]).status, 404);
}

#[test]
fn those_who_stall_and_drip_keep_nobody_waiting() {
    let office = Office::open();
    let mut stalled = Vec::new();
    for n in 0..40 {
        let mut stream = connect(&office.address).unwrap();
        let head = match n % 3 {
            0 => "GET /en HTTP/1.1\r\nHost: x\r\nX-Slow".to_owned(),
            1 => "POST /v1/sessions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n\r\n{".to_owned(),
            _ => format!(
                "POST {}/submission HTTP/1.1\r\nHost: x\r\nX-OpenRosa-Version: 1.0\r\nContent-Type: multipart/form-data; boundary=part\r\nContent-Length: 99999999\r\n\r\n--part\r\n",
                office.phone
            ),
        };
        stream.write_all(head.as_bytes()).unwrap();
        stalled.push(stream);
    }
    office.sign_in("viewer@example.org");
    assert_eq!(office.submit(&answers("uuid:meanwhile", 1), &[("a.jpg", &vec![7; 2_000_000])]).status, 201);
    assert_eq!(office.get("/en", &[]).status, 200);
}

/// Waits for the limits themselves, which are half a minute: set DTM_SLOW to run it.
#[test]
fn those_who_stall_are_sent_away() {
    if crate::program::variable("DTM_SLOW").is_none() {
        println!("skipped: takes half a minute; set DTM_SLOW to run it");
        return;
    }
    let office = Office::open();
    let head = format!(
        "POST {}/submission HTTP/1.1\r\nHost: x\r\nX-OpenRosa-Version: 1.0\r\nContent-Type: multipart/form-data; boundary=part\r\nContent-Length: 999\r\n\r\n--part\r\n",
        office.phone
    );
    for (what, bytes, says) in [("a head", "GET /en HTTP/1.1\r\nHost: x\r\nX-Slow", ""), ("a body", &head, "408")] {
        let mut stream = connect(&office.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(90))).unwrap();
        stream.write_all(bytes.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap_or_else(|error| panic!("{what} was let stall: {error}"));
        assert!(answer.contains(says), "{what}: {answer}");
    }
}

#[test]
fn hostile_forms_and_mappings_are_refused_with_reasons() {
    let office = Office::open();
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let form = |kind: &str, bytes: &[u8]| {
        office.ask("POST", "/v1/projects/1/forms", &[("Authorization", &bearer), ("Content-Type", kind)], bytes)
    };
    const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let deep = XFORM.replace("<idp_ind/>", &format!("{}{}", "<g>".repeat(100_000), "</g>".repeat(100_000)));
    let bomb = zip_bomb();
    let cases: Vec<(&str, &str, Vec<u8>)> = vec![
        ("not a workbook", XLSX, b"hello".to_vec()),
        ("nothing", XLSX, Vec::new()),
        ("an empty archive", XLSX, b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec()),
        ("a workbook that blows up", XLSX, bomb),
        ("an old workbook cut off", "application/vnd.ms-excel", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec()),
        ("a broken archive", "application/vnd.oasis.opendocument.spreadsheet", b"PK\x03\x04zzzz".to_vec()),
        ("a form nested without end", "application/xml", deep.into_bytes()),
        (
            "a form of entities",
            "application/xml",
            XFORM.replace("<h:html", "<!DOCTYPE a [<!ENTITY b \"c\">]><h:html").into_bytes(),
        ),
        ("a form that is not UTF-8", "application/xml", b"<h:html>\xff</h:html>".to_vec()),
        ("a form with a NUL in its id", "application/xml", XFORM.replace("id=\"site\"", "id=\"a\0b\"").into_bytes()),
        ("a page", "application/xml", b"<html></html>".to_vec()),
    ];
    for (what, kind, bytes) in cases {
        let answer = form(kind, &bytes);
        assert_eq!(answer.status, 400, "{what}: {}", answer.text());
        assert!(answer.json()["message"].is_string(), "{what}");
    }
    let deep = format!("a = {}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let wide = "x = 1\n".repeat(20_000);
    for text in [
        "not toml [[[",
        "= = =",
        &deep,
        &wide,
        "\0",
        "[[question]]\nindicator = \"none\"\n",
        "version = 99999999999999999999",
    ] {
        let answer =
            office.ask("PUT", "/v1/projects/1/forms/site/mapping", &[("Authorization", &bearer)], text.as_bytes());
        assert_eq!(answer.status, 400, "{}: {}", &text[..text.len().min(30)], answer.text());
    }
    assert_eq!(office.get("/en", &[]).status, 200);
}

/// A workbook of a few hundred kilobytes that unpacks to hundreds of megabytes.
fn zip_bomb() -> Vec<u8> {
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let mut put = |name: &str, parts: &[&str], blanks: usize| {
        let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Deflated);
        archive.start_file(name, options.compression_level(Some(1))).unwrap();
        archive.write_all(parts.concat().as_bytes()).unwrap();
        let megabyte = vec![b' '; 1 << 20];
        for _ in 0..blanks {
            archive.write_all(&megabyte).unwrap();
        }
    };
    put("[Content_Types].xml", &["<Types xmlns=\"", PACKAGE, "/content-types\"/>"], 0);
    put(
        "xl/workbook.xml",
        &[
            "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"",
            OFFICE,
            "\"><sheets><sheet name=\"survey\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>",
        ],
        0,
    );
    put(
        "xl/_rels/workbook.xml.rels",
        &[
            "<Relationships xmlns=\"",
            PACKAGE,
            "/relationships\"><Relationship Id=\"r1\" Type=\"",
            OFFICE,
            "/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>",
        ],
        0,
    );
    put("xl/worksheets/sheet1.xml", &["<worksheet><sheetData><row><c><v>"], 300);
    archive.finish().unwrap().into_inner()
}

#[test]
fn good_requests_go_on_among_fifty_bad_ones_at_once() {
    let mut office = Office::open();
    std::thread::scope(|scope| {
        for n in 0..50 {
            let office = &office;
            scope.spawn(move || {
                for turn in 0..4 {
                    let answer = match (n + turn) % 5 {
                        0 => send(office, &with(&"<a>".repeat(20_000))),
                        1 => office.raw(b"NOT HTTP AT ALL\r\n\r\n"),
                        2 => office.get("/v3/displacement/admin0?Operation=%00", &[]),
                        3 => office.ask(
                            "POST",
                            "/v1/sessions",
                            &[("Content-Type", "application/json")],
                            &b"[".repeat(10_000),
                        ),
                        _ => office.submit("<data/>", &[("../x", b"x")]),
                    };
                    assert!((400..500).contains(&answer.status), "{}: {}", answer.status, answer.text());
                }
            });
        }
        for n in 0..20 {
            assert_eq!(office.submit(&answers(&format!("uuid:among-{n}"), n), &[]).status, 201);
            assert_eq!(office.get("/health", &[]).status, 200);
        }
    });
    assert!(office.is_alive());
    assert!(!office.log().contains("panicked"), "{}", office.log());
}
