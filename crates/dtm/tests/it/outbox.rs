//! Messages to the outside on the built server, held against a mail server and a system that is called: both are plain
//! listeners that take part in the conversation and remember what was said.

use crate::office::{Answer, Office, PASSWORD};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac_of_sha2::{Hmac, Mac};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const JSON: (&str, &str) = ("Content-Type", "application/json");
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

/// A letter as the mail server got it.
#[derive(Clone, Debug)]
struct Letter {
    to: String,
    head: String,
    body: String,
}

/// What listens, what it got, and what it answers next.
struct Listener<T> {
    port: u16,
    got: Arc<Mutex<Vec<T>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl<T: Clone + Send + 'static> Listener<T> {
    fn start(talk: fn(TcpStream, &Mutex<Vec<u16>>) -> Option<T>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (got, answers) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new())));
        let (kept, said) = (got.clone(), answers.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if let Some(one) = talk(stream, &said) {
                    kept.lock().unwrap().push(one);
                }
            }
        });
        Self { port, got, answers }
    }

    /// Everything that came, once it is this much.
    fn wait_for(&self, n: usize) -> Vec<T> {
        for _ in 0..600 {
            let got = self.got.lock().unwrap().clone();
            if got.len() >= n {
                return got;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("only {} of {n} came", self.got.lock().unwrap().len());
    }
}

/// Speaks SMTP, and refuses recipients with the number that is to be answered next.
fn smtp(mut stream: TcpStream, answers: &Mutex<Vec<u16>>) -> Option<Letter> {
    let mut lines = BufReader::new(stream.try_clone().ok()?);
    stream.write_all(b"220 mail.example.org\r\n").ok()?;
    let mut letter = Letter { to: String::new(), head: String::new(), body: String::new() };
    let mut whole = None;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line).ok()? == 0 {
            return whole;
        }
        let answer = match line.split([' ', ':', '\r']).next().unwrap() {
            "EHLO" => "250-mail.example.org\r\n250 8BITMIME".to_owned(),
            "RCPT" => match answers.lock().unwrap().pop() {
                Some(number) => format!("{number} not now, not ever"),
                None => {
                    letter.to = line.split(['<', '>']).nth(1)?.to_owned();
                    "250 ok".to_owned()
                }
            },
            "DATA" => {
                stream.write_all(b"354 go on\r\n").ok()?;
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") {
                    lines.read_line(&mut text).ok()?;
                }
                let (head, body) = text.trim_end_matches(".\r\n").split_once("\r\n\r\n")?;
                letter.head = head.to_owned();
                letter.body = String::from_utf8(STANDARD.decode(body.replace("\r\n", "")).ok()?).ok()?;
                whole = Some(letter.clone());
                "250 taken".to_owned()
            }
            "QUIT" => {
                let _ = stream.write_all(b"221 bye\r\n");
                return whole;
            }
            _ => "250 ok".to_owned(),
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
    }
}

/// A call as the system got it.
#[derive(Clone, Debug)]
struct Call {
    head: String,
    body: String,
}

impl Call {
    fn header(&self, name: &str) -> &str {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).unwrap_or("")
    }
}

/// Speaks HTTP, and answers 204 unless another number is to be answered next.
fn http(mut stream: TcpStream, answers: &Mutex<Vec<u16>>) -> Option<Call> {
    let (mut bytes, mut piece) = (Vec::new(), [0; 4096]);
    let text = loop {
        let n = stream.read(&mut piece).ok()?;
        bytes.extend(&piece[..n]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        let body = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
        if n == 0 || body.is_some_and(|body| body >= length.unwrap_or(0)) {
            break text;
        }
    };
    let status = answers.lock().unwrap().pop().unwrap_or(204);
    write!(stream, "HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some(Call { head: head.to_owned(), body: body.to_owned() })
}

fn call(office: &Office, bearer: &str, method: &str, path: &str, body: &Value) -> Answer {
    office.ask(method, path, &[("Authorization", bearer), JSON], body.to_string().as_bytes())
}

fn post(office: &Office, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    office.ask("POST", path, &[headers, &[FORM]].concat(), body.as_bytes())
}

fn sign_in(office: &Office, email: &str, password: &str) -> Answer {
    let body = json!({ "email": email, "password": password }).to_string();
    office.ask("POST", "/v1/sessions", &[JSON], body.as_bytes())
}

/// An office that sends mail.
fn mailing() -> (Office, Listener<Letter>) {
    let mail = Listener::start(smtp);
    let mut office = Office::new();
    office.start(&[
        ("DTM_SMTP_URL", &format!("smtp://127.0.0.1:{}?tls=none", mail.port)),
        ("DTM_MAIL_FROM", "DTM Sorélie <dtm@example.org>"),
        ("DTM_PUBLIC_URL", "https://dtm.example.org"),
        ("DTM_HOOKS_LOCAL_NETWORK", "true"),
    ]);
    (office, mail)
}

/// The path of the link in a letter.
fn link(letter: &Letter) -> String {
    let rest =
        letter.body.split("https://dtm.example.org/office/password/").nth(1).unwrap_or_else(|| panic!("{letter:?}"));
    format!("/office/password/{}", rest.split_whitespace().next().unwrap())
}

#[test]
fn a_forgotten_password_is_replaced_by_mail_and_nobody_learns_who_is_known() {
    let (office, mail) = mailing();
    let page = office.get("/office/sign-in", &[]);
    assert!(page.text().contains("/office/forgotten"));
    let before = format!("Bearer {}", office.sign_in("viewer@example.org"));
    // Known and unknown are answered alike, by the API and on the page.
    let ask = |email: &str| {
        let body = json!({ "email": email }).to_string();
        let answer =
            office.ask("POST", "/v1/users/reset/initiate", &[JSON, ("Host", "evil.example.org")], body.as_bytes());
        (answer.status, answer.text())
    };
    assert_eq!(ask("nobody@example.org"), ask("Viewer@Example.org"));
    assert_eq!(ask("viewer@example.org").1, "{\"success\":true}");
    let page = |email: &str| {
        let answer = post(&office, "/office/forgotten", &[], &format!("email={email}"));
        (answer.status, answer.header("location").map(str::to_owned))
    };
    assert_eq!(page("nobody@example.org"), page("reviewer@example.org"));
    let letters = mail.wait_for(3);
    let to: Vec<&str> = letters.iter().map(|letter| letter.to.as_str()).collect();
    assert!(to.iter().all(|to| ["viewer@example.org", "reviewer@example.org"].contains(to)), "{to:?}");
    let letter = letters.iter().find(|letter| letter.to == "viewer@example.org").unwrap();
    assert!(letter.head.contains("From: =?utf-8?B?") && letter.head.contains("Auto-Submitted"), "{}", letter.head);
    assert!(!letter.body.contains("evil"), "{}", letter.body);
    // Looking at the link does not use it up; a weak password is refused there, and a good one set once.
    let link = link(letter);
    let shown = office.get(&link, &[]);
    assert_eq!((shown.status, shown.header("referrer-policy")), (200, Some("no-referrer")));
    assert!(shown.text().contains("viewer@example.org"));
    assert_eq!(post(&office, &link, &[], "new=short&again=short").status, 400);
    assert_eq!(post(&office, &link, &[], "new=a+boat+on+a+lake&again=a+boat+on+a+lane").status, 400);
    let set = post(&office, &link, &[], "new=a+boat+on+a+lake&again=a+boat+on+a+lake");
    assert_eq!((set.status, set.header("location")), (303, Some("/office/sign-in?said=password-set")));
    assert_eq!(post(&office, &link, &[], "new=a+boat+on+a+lake&again=a+boat+on+a+lake").status, 401);
    assert_eq!(office.get("/v1/users/current", &[("Authorization", &before)]).status, 401, "sessions are over");
    assert_eq!(sign_in(&office, "viewer@example.org", PASSWORD).status, 401);
    assert_eq!(sign_in(&office, "viewer@example.org", "a boat on a lake").status, 200);
    // The other links of that person went with the old password.
    for letter in mail.got.lock().unwrap().iter().filter(|letter| letter.to == "viewer@example.org") {
        let again =
            letter.body.split("/office/password/").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();
        assert_eq!(office.get(&format!("/office/password/{again}"), &[]).status, 401);
    }
    let log = office.log();
    assert!(!log.contains("viewer@example.org") && !log.contains(link.rsplit('/').next().unwrap()), "{log}");
}

#[test]
fn somebody_who_is_added_is_invited_and_an_administrator_takes_a_password_away() {
    let (office, mail) = mailing();
    let admin = format!("Bearer {}", office.sign_in("admin@example.org"));
    let made = call(&office, &admin, "POST", "/v1/users", &json!({ "email": "awa@example.org", "displayName": "Awa" }));
    assert_eq!((made.status, made.json().get("oneTimePassword")), (200, None), "nothing is to be passed on");
    let letter = mail.wait_for(1)[0].clone();
    assert_eq!(letter.to, "awa@example.org");
    let link_of_awa = link(&letter);
    let token = link_of_awa.rsplit('/').next().unwrap();
    let verify = |new: &str| {
        let bearer = format!("Bearer {token}");
        call(&office, &bearer, "POST", "/v1/users/reset/verify", &json!({ "new": new })).status
    };
    assert_eq!([verify("a boat on a lake"), verify("a boat on a lake")], [200, 401]);
    assert_eq!(sign_in(&office, "awa@example.org", "a boat on a lake").status, 200);
    // Only those who manage people take passwords away.
    let take = |bearer: &str, email: &str| {
        call(&office, bearer, "POST", "/v1/users/reset/initiate?invalidate=true", &json!({ "email": email })).status
    };
    let officer = format!("Bearer {}", office.sign_in("officer@example.org"));
    assert_eq!(take(&officer, "awa@example.org"), 403);
    assert_eq!(take(&admin, "awa@example.org"), 200);
    assert_eq!(sign_in(&office, "awa@example.org", "a boat on a lake").status, 401);
    let letters = mail.wait_for(2);
    assert_eq!(office.get(&link(&letters[1]), &[]).status, 200);
    // In French to a person who reads French.
    let bearer = [("Authorization", admin.as_str()), ("Cookie", "dtm-lang=fr")];
    let role = "act=add&email=moussa@example.org&name=Moussa&role=viewer&place=site&sees=secret&areas=";
    let added = post(&office, "/office/people", &bearer, role);
    assert!(added.header("location").unwrap_or_default().ends_with("said=people-invited"), "{}", added.text());
    let letters = mail.wait_for(3);
    assert!(letters[2].body.contains("Bonjour Moussa"), "{}", letters[2].body);
}

#[test]
fn a_letter_that_is_refused_is_told_and_sent_again_by_hand() {
    let (office, mail) = mailing();
    let admin = format!("Bearer {}", office.sign_in("admin@example.org"));
    let bearer = [("Authorization", admin.as_str())];
    *mail.answers.lock().unwrap() = vec![550];
    assert_eq!(post(&office, "/office/outbox", &bearer, "act=test").status, 303);
    let list = |state: &str| office.get(&format!("/v1/outbox?state={state}"), &bearer).json();
    let mut given_up = Value::Null;
    for _ in 0..600 {
        given_up = list("givenUp");
        if given_up[0].is_object() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!((&given_up[0]["problem"], &given_up[0]["answer"]), (&json!("never"), &json!(550)));
    let page = office.get("/office/outbox", &bearer).text();
    assert!(page.contains("the mail server will not take it (550)") && page.contains("dtm@example.org"), "{page}");
    let id = given_up[0]["id"].as_str().unwrap();
    assert_eq!(call(&office, &admin, "POST", &format!("/v1/outbox/{id}/retry"), &json!({})).status, 200);
    let letter = mail.wait_for(1)[0].clone();
    assert!(letter.head.contains(&format!("Message-ID: <{id}@example.org>")), "{}", letter.head);
    assert_eq!(list("givenUp"), json!([]));
    let acts: Vec<Value> = office.get("/v1/audits?action=message.given_up", &bearer).json().as_array().unwrap().clone();
    assert_eq!(acts.len(), 1);
    assert_eq!(call(&office, &admin, "GET", "/v1/outbox?state=odd", &json!({})).status, 400);
}

#[test]
fn a_system_is_told_with_a_signature_it_can_check_and_one_that_is_gone_is_given_up() {
    let (office, _mail) = mailing();
    let system = Listener::start(http);
    let officer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let address = format!("http://127.0.0.1:{}/in?token=x", system.port);
    let new = json!({ "name": "Dashboard", "address": address, "events": ["alert.raised"] });
    let made = call(&office, &officer, "POST", "/v1/projects/1/hooks", &new).json();
    let (id, secret) = (made["id"].as_str().unwrap(), made["secret"].as_str().unwrap().to_owned());
    let known = call(&office, &officer, "GET", "/v1/projects/1/hooks", &json!({})).json();
    assert_eq!((known[0]["name"].as_str(), known[0].get("secret")), (Some("Dashboard"), None), "it is shown once");
    for odd in [
        json!({ "name": "", "address": address }),
        json!({ "name": "x", "address": "ftp://example.org" }),
        json!({ "name": "x", "address": "nowhere" }),
        json!({ "name": "x", "address": address, "events": ["nothing.such"] }),
    ] {
        assert_eq!(call(&office, &officer, "POST", "/v1/projects/1/hooks", &odd).status, 400, "{odd}");
    }
    let test = format!("/v1/projects/1/hooks/{id}/test");
    *system.answers.lock().unwrap() = vec![410];
    assert_eq!(call(&office, &officer, "POST", &test, &json!({})).status, 200);
    let first = system.wait_for(1)[0].clone();
    let admin = format!("Bearer {}", office.sign_in("admin@example.org"));
    let retry = format!("/v1/outbox/{}/retry", first.header("webhook-id"));
    let mut again = 0;
    for _ in 0..600 {
        again = call(&office, &admin, "POST", &retry, &json!({})).status;
        if again == 200 {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(again, 200);
    let second = system.wait_for(2)[1].clone();
    assert_eq!(first.header("webhook-id"), second.header("webhook-id"), "it is known again by its id");
    let told: Value = serde_json::from_str(&second.body).unwrap();
    assert_eq!((told["type"].as_str(), told["operation"].as_str()), (Some("test"), Some("xso")));
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
    let (id, at) = (second.header("webhook-id"), second.header("webhook-timestamp"));
    mac.update(format!("{id}.{at}.{}", second.body).as_bytes());
    assert_eq!(second.header("webhook-signature"), format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())));
}

#[test]
fn our_own_network_is_told_nothing_unless_allowed_and_mail_wants_an_address_to_lead_to() {
    let office = Office::open();
    let officer = format!("Bearer {}", office.sign_in("officer@example.org"));
    for address in ["https://127.0.0.1/in", "https://10.0.0.1/in", "http://example.org/in", "https://[::1]/in"] {
        let refused =
            call(&office, &officer, "POST", "/v1/projects/1/hooks", &json!({ "name": "x", "address": address }));
        assert_eq!(
            (refused.status, refused.json()["type"].as_str()),
            (400, Some("urn:dtm:problem:bad_hook")),
            "{address}"
        );
    }
    let told = office.refuse_with(
        &["serve", "--listen", "127.0.0.1:0"],
        &[("DTM_SMTP_URL", "smtps://awa:secret@mail.example.org"), ("DTM_MAIL_FROM", "dtm@example.org")],
    );
    assert!(told.contains("--public-url") && !told.contains("secret"), "{told}");
}
