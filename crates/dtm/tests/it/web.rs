//! Who may ask what of the built server: roles and routes, sessions, origins, headers, logs, and what problems look like.

use crate::office::{Answer, OPENROSA, Office, PASSWORD, XFORM, answers};
use std::collections::BTreeSet;
use std::path::Path;

/// Every route: method, address, who is let in, and what is sent. `{…}` stands for something that is not there, so that
/// those let in are told 404 or 400 and change nothing that matters. Who: anybody, nobody (it always fails without what
/// came before), a phone, a program with a key, anyone signed in, a giver of roles somewhere, a filler of forms (who may send submissions), or people from a role up
/// (viewer, reviewer, officer, admin). Where the address names an operation, roles in that operation count.
const ROUTES: &[&str] = &[
    include_str!("routes/accounts.txt"),
    include_str!("routes/bring.txt"),
    include_str!("routes/builder.txt"),
    include_str!("routes/checking.txt"),
    include_str!("routes/cleaning.txt"),
    include_str!("routes/supervision.txt"),
    include_str!("routes/dataout.txt"),
    include_str!("routes/entities.txt"),
    include_str!("routes/events.txt"),
    include_str!("routes/first.txt"),
    include_str!("routes/flows.txt"),
    include_str!("routes/forms.txt"),
    include_str!("routes/keys.txt"),
    include_str!("routes/mapping.txt"),
    include_str!("routes/maps.txt"),
    include_str!("routes/pages.txt"),
    include_str!("routes/places.txt"),
    include_str!("routes/released.txt"),
    include_str!("routes/catalogue.txt"),
    include_str!("routes/rounds.txt"),
    include_str!("routes/sharing.txt"),
    include_str!("routes/openapi.txt"),
    include_str!("routes/outbox.txt"),
    include_str!("routes/submissions.txt"),
    include_str!("routes/verification.txt"),
    include_str!("routes/web.txt"),
];

/// One line of the table.
#[derive(Clone, Copy)]
struct Route {
    method: &'static str,
    template: &'static str,
    who: &'static str,
    kind: &'static str,
    body: &'static str,
}

fn routes() -> Vec<Route> {
    let line = |line: &'static str| {
        let mut words = line.split_whitespace();
        let mut word = || words.next().unwrap_or("");
        Route { method: word(), template: word(), who: word(), kind: word(), body: word() }
    };
    ROUTES.iter().flat_map(|table| table.trim().lines()).map(line).collect()
}

impl Route {
    /// The address with what exists filled in.
    fn address(&self, office: &Office) -> String {
        let key = &office.phone[8..72];
        let id = "01a00000-0000-7000-8000-000000000000";
        let known = [
            ("{token}", key),
            ("{project}", "1"),
            ("{operation}", "xso"),
            ("{exercise}", "mobility"),
            ("{round}", "1"),
            ("{lang}", "en"),
            ("{form}", "site"),
            ("{id}", "site"),
            ("{record}", id),
            ("{finding}", id),
            ("{phone}", id),
            ("{run}", id),
            ("{batch}", id),
            ("{dispute}", id),
            ("{submission}", id),
            ("{user}", id),
            ("{session}", id),
            ("{role}", "viewer"),
            ("{actor}", id),
        ];
        // The operation and its form are still needed by the rows that follow.
        match (self.method, self.template.rsplit_once('/')) {
            ("DELETE", Some((above, "{form}"))) => {
                return format!("{}/nothing-here", above.replace("{project}", "1"));
            }
            ("DELETE", Some(("/v1/projects", _))) => return "/v1/projects/99".to_owned(),
            _ => {}
        }
        let endpoint = if self.template.starts_with("/v2") { "idpadmin0data" } else { "admin0" };
        let template = self.template.replace("{endpoint}", endpoint);
        let mut address = known.iter().fold(template, |address, (name, value)| address.replace(name, value));
        if self.kind.starts_with('?') {
            address.push_str(self.kind);
        }
        address.replace(['{', '}'], "")
    }

    fn ask(&self, office: &Office, headers: &[(&str, &str)]) -> Answer {
        let kind = match self.kind {
            "xml" => "application/xml",
            "json" => "application/json",
            "form" => "application/x-www-form-urlencoded",
            _ => "text/plain",
        };
        let mut all = vec![("Content-Type", kind), OPENROSA];
        all.extend(headers);
        office.ask(self.method, &self.address(office), &all, self.body.as_bytes())
    }
}

/// Every route as the routers write it: `GET /v1/projects`.
pub(crate) fn written_routes() -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/http");
    let mut waiting = vec![folder];
    let mut written = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let source: String = std::fs::read_to_string(&path).unwrap().split_whitespace().collect();
        for route in source.split(".route(").skip(1) {
            let mut parts = route.split('"');
            let is_below_key = parts.next().unwrap() == "&at(";
            let address = parts.next().unwrap();
            let address = if is_below_key {
                format!("/v1/key/{{token}}/projects/{{project}}{address}")
            } else {
                address.to_owned()
            };
            // Up to the parenthesis that ends the call.
            let rest = parts.collect::<Vec<_>>().join("\"");
            let mut depth = if is_below_key { 2 } else { 1 };
            let end = rest
                .find(|c| {
                    depth += match c {
                        '(' => 1,
                        ')' => -1,
                        _ => 0,
                    };
                    depth == 0
                })
                .unwrap_or(rest.len());
            for method in ["get", "head", "post", "put", "patch", "delete"] {
                if [",", ".", ")"].iter().any(|before| rest[..end].contains(&format!("{before}{method}("))) {
                    written.insert(format!("{} {address}", method.to_uppercase()));
                }
            }
        }
    }
    written
}

#[test]
fn every_route_stands_in_the_table_of_who_may() {
    let written = written_routes();
    let known: BTreeSet<String> = routes().iter().map(|route| format!("{} {}", route.method, route.template)).collect();
    assert!(written.len() > 40, "the routers are written otherwise than this test reads them: {written:?}");
    let missing: Vec<_> = written.difference(&known).collect();
    assert!(missing.is_empty(), "say in the table above who may ask {missing:?}");
    let gone: Vec<_> = known.difference(&written).collect();
    assert!(gone.is_empty(), "no router has {gone:?}");
}

/// Whether it could be the short name of an exercise.
fn is_word(segment: &&str) -> bool {
    segment.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[test]
fn no_exercise_can_bear_the_name_of_a_page_below_its_operation() {
    let written = written_routes();
    let below = written.iter().filter_map(|route| route.split_once("/office/o/{operation}/"));
    let words: BTreeSet<&str> = below.flat_map(|(_, address)| address.split('/')).filter(is_word).collect();
    let reserved: BTreeSet<&str> = dtm_model::Exercise::reserved().iter().copied().collect();
    assert_eq!(words, reserved, "the list beside `Exercise::is_reserved` is that of the pages");
    let office = Office::open();
    for (lang, told) in [("en", "is the name of a page of every operation"), ("fr", "est le nom d’une page")] {
        let args = ["operation", "exercise", "places", "-o", "xso", "--name", "A", "--tool", "b2", "--lang", lang];
        let refused = office.refuse_with(&args, &[]);
        assert!(refused.contains(told), "{refused}");
    }
    let refused = crate::office_pages::Person::new(&office, "admin")
        .post("/office/o/xso", "act=exercise&tool=b2&name_en=Events&slug=events");
    assert!(refused.status == 400 && refused.text().contains("`events` is the name of a page"), "{}", refused.text());
    let body = r#"{"slug":"review","name":{"en":"Review","fr":"Revue"},"tool":"msla"}"#;
    let bearer = format!("Bearer {}", office.sign_in("admin@example.org"));
    let headers = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let refused = office.ask("POST", "/v1/projects/1/exercises", &headers, body.as_bytes());
    assert!(refused.status == 409 && refused.text().contains("is the name of a page"), "{}", refused.text());
}

/// What becomes of a row for somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Let {
    In,
    Out,
    /// Neither: the row is not about roles, or what they see of it is another test's matter.
    Either,
}

/// Who is tried on every row, and what the row's word means for them. `elsewhere` is whether the address names the
/// second operation.
fn lets(who: &str, route: &Route, elsewhere: bool) -> Let {
    const ROLES: [&str; 4] = ["viewer", "reviewer", "officer", "admin"];
    let least = ROLES.iter().position(|role| *role == route.who);
    // An export may be asked for by POST, for passphrases do not belong into addresses.
    let reads = ["GET", "HEAD"].contains(&route.method) || route.template.contains("/submissions.csv");
    let in_operation = ["{project}", "{operation}"].iter().any(|name| route.template.contains(name))
        || route.kind.contains("operation=");
    let in_form = route.template.contains("{form}");
    let Some(least) = least else {
        return match (route.who, who) {
            ("giver", "officer" | "admin" | "manager here" | "manager elsewhere") => Let::In,
            ("giver", "viewer" | "reader" | "reviewer" | "collector" | "of one form") => Let::Out,
            ("filler", "officer" | "admin") => Let::In,
            ("filler", "manager here" | "collector") if !elsewhere => Let::In,
            ("filler", "manager elsewhere") if elsewhere => Let::In,
            ("filler", "token") => Let::Either,
            ("filler", _) => Let::Out,
            _ => Let::Either,
        };
    };
    let from = |role: &str| if ROLES.iter().position(|one| *one == role) >= Some(least) { Let::In } else { Let::Out };
    match who {
        "viewer" | "reviewer" | "officer" | "admin" => from(who),
        // Reads every answer, and changes nothing.
        "reader" if least >= 2 || !reads => Let::Out,
        "reader" if least == 0 => Let::In,
        "manager here" if in_operation && !elsewhere => from("officer"),
        "manager elsewhere" if in_operation && elsewhere => from("officer"),
        "manager here" | "manager elsewhere" => Let::Out,
        "of one form" if elsewhere || least >= 2 || !reads => Let::Out,
        "of one form" if in_operation && in_form => Let::Either,
        // The operation itself, and in the list of its forms the one.
        "of one form" if route.template.ends_with("{project}") || route.template.ends_with("/forms") => Let::In,
        "collector" if elsewhere || least >= 2 => Let::Out,
        "collector" if route.template.starts_with("/office/o/") && !in_form => Let::Out,
        // There the person is looked for first, which a token may, and nobody is found.
        "token" if route.template == "/office/people/{user}" => Let::Either,
        "token" if !reads => Let::Out,
        _ => Let::Either,
    }
}

#[test]
fn each_role_reaches_what_the_table_gives_it_here_and_elsewhere_and_nothing_else() {
    let mut office = Office::new();
    let form = office.data().join("second.xml");
    std::fs::write(&form, XFORM).unwrap();
    let second =
        ["--name", "Second", "--name-fr", "Seconde", "--country", "Sorelia", "--iso3", "XSO", "--admin0", "XS"];
    office.run(&[&["operation", "add", "second"], &second[..]].concat());
    office.run(&["operation", "exercise", "mobility", "-o", "second", "--name", "Mobility tracking", "--tool", "b2"]);
    office.run(&["round", "add", "-o", "second", "-r", "1", "--starts", "2026-01-05", "--ends", "2026-01-20"]);
    office.run(&["form", "upload", "-o", "second", "-e", "mobility", "--publish", form.to_str().unwrap()]);
    let people: [(&str, &str, &[&str]); 9] = [
        ("viewer", "", &[]),
        ("reviewer", "", &[]),
        ("officer", "", &[]),
        ("admin", "", &[]),
        ("reader", "viewer", &[]),
        ("manager here", "manager", &["-o", "xso"]),
        ("manager elsewhere", "manager", &["-o", "second"]),
        ("of one form", "viewer", &["-o", "xso", "--form", "site"]),
        ("collector", "collector", &["-o", "xso"]),
    ];
    let address = |name: &str| format!("{}@example.org", name.replace(' ', "-"));
    for (name, role, place) in people.iter().filter(|(_, role, _)| !role.is_empty()) {
        office.run(&[&["user", "add", &address(name), "--role", role], *place].concat());
    }
    office.start(&[]);
    let mut bearers: Vec<(&str, String)> =
        people.iter().map(|(name, ..)| (*name, format!("Bearer {}", office.sign_in(&address(name))))).collect();
    let admin = ("Authorization", bearers[3].1.clone());
    let made = office.ask(
        "POST",
        "/v1/users/current/tokens",
        &[("Authorization", &admin.1), ("Content-Type", "application/json")],
        br#"{"name":"A program","verbs":["read"]}"#,
    );
    bearers.push(("token", format!("Bearer {}", made.json()["token"].as_str().unwrap())));
    let key = format!("Bearer {}", &office.phone[8..72]);
    let mut n_asked = 0;
    for route in routes()
        .into_iter()
        .filter(|route| !route.template.contains("/sessions") && !route.template.ends_with("/sign-out"))
    {
        let name = format!("{} {}", route.method, route.template);
        for headers in [&[][..], &[("Authorization", key.as_str())]] {
            let nobody = route.ask(&office, headers);
            let asks_to_sign_in = nobody.header("location").is_some_and(|to| to.starts_with("/office/sign-in?next="));
            match route.who {
                "anybody" if name == "POST /office/sign-in" => assert!([401, 429].contains(&nobody.status), "{name}"),
                "anybody" | "phone" => {
                    assert!(![401, 403].contains(&nobody.status) && !asks_to_sign_in, "{name}: {}", nobody.status)
                }
                "key" => assert_eq!(nobody.status, 401, "{name}"),
                "nobody" => assert!(nobody.status >= 400, "{name}: {}", nobody.status),
                _ => assert!(nobody.status == 401 || asks_to_sign_in, "{name}: {} for nobody", nobody.status),
            }
            assert!(nobody.status < 500, "{name}: {}", nobody.text());
        }
        let here = route.address(&office);
        let elsewhere = Route { template: second_operation(route.template), ..route };
        let elsewhere = (elsewhere.template != route.template).then_some(elsewhere);
        for (who, bearer) in &bearers {
            for (asked, is_elsewhere) in [Some(&route), elsewhere.as_ref()].into_iter().flatten().zip([false, true]) {
                let answer = asked.ask(&office, &[("Authorization", bearer)]);
                keeps_browsers_in_bounds(&answer, &name);
                n_asked += 1;
                let about = format!("{name} for {who} (second operation: {is_elsewhere})");
                assert!(answer.status < 500, "{about}: {}", answer.text());
                match lets(who, &route, is_elsewhere) {
                    Let::In => assert!(![401, 403].contains(&answer.status), "{about}: {} at {here}", answer.status),
                    Let::Out => assert_eq!(answer.status, 403, "{about}: {}", answer.text()),
                    Let::Either => {}
                }
            }
        }
    }
    assert!(n_asked > 800, "{n_asked}");
    // What may be listed holds what is theirs.
    let list = |who: &str, path: &str| {
        let bearer = &bearers.iter().find(|(name, _)| *name == who).unwrap().1;
        office.get(path, &[("Authorization", bearer)]).json().as_array().unwrap().len()
    };
    assert_eq!(list("manager elsewhere", "/v1/projects"), 1);
    assert_eq!(list("of one form", "/v1/projects"), 1);
    assert_eq!(list("collector", "/v1/projects"), 1);
    assert_eq!(list("viewer", "/v1/projects"), 2);
    assert_eq!(list("of one form", "/v1/projects/1/forms"), 1);
    assert_eq!(list("manager here", "/v1/users"), 0, "who gives roles finds people by their whole address");
    assert_eq!(list("manager here", "/v1/users?q=reader@example.org"), 1);
    assert_eq!(list("admin", "/v1/users?q=manager"), 2);
}

/// Whatever is answered, a browser that gets it runs nothing, asks nobody else and shows it in no frame.
fn keeps_browsers_in_bounds(answer: &Answer, about: &str) {
    let policy = answer.header("content-security-policy").unwrap_or_else(|| panic!("{about} has no policy"));
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
        assert!(policy.contains(part), "{about}: {policy}");
    }
    assert!(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"), "{about}: {policy}");
    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{about}");
    assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{about}");
    if !answer.header("content-type").is_some_and(|kind| kind.starts_with("text/html")) {
        return;
    }
    let page = answer.text();
    for part in [" style=\"", " onclick=", " onload=", "javascript:", "<script>"] {
        assert!(!page.contains(part), "{about} holds {part}");
    }
    for part in ["src=\"http", "href=\"//", "src=\"//"] {
        assert!(!page.contains(part), "{about} asks somebody else: {part}");
    }
}

/// The same address in the second operation.
fn second_operation(template: &'static str) -> &'static str {
    let other = template.replace("{project}", "2").replace("{operation}", "second");
    if other == template { template } else { Box::leak(other.into_boxed_str()) }
}

#[test]
fn another_site_cannot_act_with_our_cookie() {
    let office = Office::open();
    let cookie = format!("dtm={}", office.sign_in("admin@example.org"));
    let ours = format!("http://{}", office.address);
    for route in routes().into_iter().filter(|route| !["GET", "HEAD"].contains(&route.method)) {
        let name = format!("{} {}", route.method, route.template);
        let foreign: [&[(&str, &str)]; 5] = [
            &[("Cookie", &cookie)],
            &[("Cookie", &cookie), ("Origin", "https://evil.org")],
            &[("Cookie", &cookie), ("Origin", "null")],
            &[("Cookie", &cookie), ("Origin", &ours), ("Sec-Fetch-Site", "cross-site")],
            &[("Origin", "https://evil.org")],
        ];
        for headers in foreign {
            assert_eq!(route.ask(&office, headers).status, 403, "{name} with {headers:?}");
        }
        if !route.template.contains("sign-out") && !route.template.contains("/sessions/") {
            assert_ne!(
                route.ask(&office, &[("Cookie", &cookie), ("Origin", &ours)]).status,
                403,
                "{name} from our own page"
            );
        }
    }
    let bearer = format!("Bearer {}", office.sign_in("admin@example.org"));
    let program = office.ask("DELETE", "/v1/sessions/current", &[("Cookie", &cookie), ("Authorization", &bearer)], b"");
    assert_eq!(program.status, 200, "a program that keeps our cookie beside its token is no browser");
    assert_eq!(office.get("/office", &[("Cookie", &cookie)]).status, 200, "nothing above ended the session");
}

#[test]
fn guessing_a_password_is_slowed_for_the_guesser_alone() {
    let office = Office::open();
    let guess = |email: &str, password: &str| {
        let body = format!("email={}&password={password}&next=%2F%2Fevil.org", email.replace('@', "%40"));
        office.ask("POST", "/office/sign-in", &[("Content-Type", "application/x-www-form-urlencoded")], body.as_bytes())
    };
    let wrong = guess("viewer@example.org", "wrong");
    assert_eq!(wrong.status, 401);
    assert!(wrong.text().contains("do not go together") && wrong.text().contains("role=\"alert\""));
    assert_eq!(guess("nobody@example.org", "wrong").status, 401, "an unknown account answers alike");
    for _ in 0..9 {
        assert_eq!(guess("viewer@example.org", "wrong").status, 401);
    }
    let slowed = guess("viewer@example.org", "wrong");
    assert_eq!((slowed.status, slowed.header("retry-after").is_some()), (429, true));
    assert_eq!(guess("VIEWER@example.org ", "wrong").status, 429, "another spelling is the same account");
    let other = guess("officer@example.org", &PASSWORD.replace(' ', "+"));
    assert_eq!(
        (other.status, other.header("location")),
        (303, Some("/office")),
        "another account does not wait, and is led nowhere else"
    );
    assert!(other.header("set-cookie").unwrap().contains("HttpOnly; SameSite=Lax"));
    assert_eq!(
        office
            .ask(
                "POST",
                "/office/sign-in",
                &[("Content-Type", "application/x-www-form-urlencoded")],
                &vec![b'a'; 300_000]
            )
            .status,
        413
    );
}

#[test]
fn an_account_that_is_guessed_at_from_many_addresses_takes_few_tries_from_each_and_lets_its_owner_in() {
    let mut office = Office::new();
    office.start(&[("DTM_PUBLIC_URL", "http://dtm.example.org")]);
    let guess = |from: usize, email: &str, password: &str| {
        let body = serde_json::json!({ "email": email, "password": password }).to_string();
        let from = format!("198.51.100.{from}");
        let headers = [("Content-Type", "application/json"), ("X-Forwarded-For", from.as_str())];
        office.ask("POST", "/v1/sessions", &headers, body.as_bytes()).status
    };
    for from in 0..10 {
        assert_eq!(guess(from, "viewer@example.org", "a wrong password"), 401);
    }
    let tries: Vec<u16> = (0..4).map(|_| guess(100, "viewer@example.org", "a wrong password")).collect();
    assert_eq!(tries, [401, 401, 429, 429]);
    assert_eq!(guess(200, "viewer@example.org", PASSWORD), 200, "the owner, from anywhere else");
    assert_eq!(guess(100, "officer@example.org", PASSWORD), 200, "other accounts do not wait");
}

#[test]
fn a_session_ends_with_the_sign_out_and_with_a_new_password() {
    let office = Office::open();
    let here = |token: &str| office.get("/v1/users/current", &[("Authorization", &format!("Bearer {token}"))]).status;
    let (one, two) = (office.sign_in("officer@example.org"), office.sign_in("officer@example.org"));
    assert_eq!((here(&one), here(&two)), (200, 200));
    let ours = format!("http://{}", office.address);
    let out = office.ask("POST", "/office/sign-out", &[("Cookie", &format!("dtm={one}")), ("Origin", &ours)], b"");
    assert_eq!(out.status, 303);
    assert!(out.header("set-cookie").unwrap().contains("Max-Age=0"));
    assert_eq!((here(&one), here(&two)), (401, 200));
    office.run(&["user", "password", "officer@example.org"]);
    assert_eq!(here(&two), 401);
    assert_eq!(here("x"), 401);
    assert_eq!(office.get("/office/o/xso", &[]).header("location"), Some("/office/sign-in?next=%2Foffice%2Fo%2Fxso"));
}

#[test]
fn every_answer_carries_the_headers_that_keep_a_browser_in_bounds() {
    let mut office = Office::open();
    for path in ["/en", "/office/sign-in", "/nothing/here/at/all", "/v1/projects", "/health", "/v3/displacement/admin0"]
    {
        let answer = office.get(path, &[]);
        let policy = answer.header("content-security-policy").unwrap_or_else(|| panic!("{path} has no policy"));
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"), "{path}");
        assert!(answer.header("strict-transport-security").is_none());
        for part in ["<script", "style=", "onclick", "http://cdn", "https://cdn"] {
            assert!(!answer.text().contains(part), "{path} holds {part}");
        }
    }
    office.start(&[("DTM_PUBLIC_URL", "https://dtm.example.org/")]);
    let body = format!("{{\"email\":\"viewer@example.org\",\"password\":\"{PASSWORD}\"}}");
    let secure = office.ask(
        "POST",
        "/v1/sessions",
        &[("Content-Type", "application/json"), ("Origin", "https://dtm.example.org")],
        body.as_bytes(),
    );
    assert_eq!(secure.status, 200, "the address people reach us by is ours");
    let cookie = secure.header("set-cookie").unwrap();
    assert!(
        cookie.starts_with("__Host-dtm=") && cookie.contains("; Secure;") && cookie.contains("Path=/;"),
        "{cookie}"
    );
    assert!(secure.header("strict-transport-security").is_some());
    let token = secure.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(office.get("/v1/users/current", &[("Cookie", &format!("__Host-dtm={token}"))]).status, 200);
    assert_eq!(
        office.get("/v1/users/current", &[("Cookie", &format!("dtm={token}"))]).status,
        401,
        "a neighbour could set that one"
    );
    let list = office.get(&format!("{}/formList", office.phone), &[OPENROSA, ("Host", "evil.org")]);
    assert!(list.text().contains("https://dtm.example.org/v1/key/") && !list.text().contains("evil.org"));
}

#[test]
fn problems_speak_the_language_and_the_protocol_of_who_asks() {
    let office = Office::open();
    let french = ("Accept-Language", "fr");
    let page = office.get("/fr/nothing", &[]);
    assert_eq!((page.status, page.header("content-type")), (404, Some("text/html; charset=utf-8")));
    assert!(page.text().contains("<html lang=\"fr\">"));
    assert!(office.get("/nowhere", &[french]).text().contains("<html lang=\"fr\">"));
    assert!(office.get("/office/nowhere", &[("Cookie", "dtm-lang=fr")]).text().contains("<html lang=\"fr\">"));
    let json = office.get("/v1/nothing", &[french]);
    assert_eq!((json.status, json.header("content-type")), (404, Some("application/problem+json")));
    assert!(json.json()["message"].as_str().unwrap().starts_with("Rien à cette adresse"));
    let weighed = ("Accept-Language", "de, en;q=0.3, fr-CD;q=0.9");
    let phone = office.get(&format!("{}/forms/none.xml", office.phone), &[("X-OpenRosa-Version", "1.0"), weighed]);
    assert_eq!((phone.status, phone.header("content-language")), (404, Some("fr")), "{}", phone.text());
    let wrong = office.ask("DELETE", "/v1/projects", &[], b"");
    assert_eq!(
        (wrong.status, wrong.json()["code"].clone(), wrong.header("allow").is_some()),
        (405, 405.1.into(), true)
    );
    assert_eq!(office.ask("POST", "/en", &[], b"").status, 405);
    assert_eq!(office.ask("OPTIONS", "/en", &[], b"").status, 405);
    let head = office.ask("HEAD", "/en", &[], b"");
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(office.get("/v3/displacement/nothing?subscription-key=x", &[]).json()["isSuccess"], false);
    let session = office.ask("POST", "/v1/sessions", &[("Content-Type", "application/json")], b"{\"email\":1}");
    assert_eq!((session.status, session.json()["code"].is_number()), (400, true), "{}", session.text());
    for odd in [
        "/%FF",
        "/en/%00",
        "/office/o/%FF",
        "/office/records/%2E%2E%2F",
        "/assets/..%2f..%2fetc%2fpasswd",
        "/office/language?to=%FF",
    ] {
        let answer = office.get(odd, &[]);
        assert!([400, 404].contains(&answer.status) || answer.status == 303, "{odd}: {}", answer.status);
    }
}

#[test]
fn no_password_token_or_answer_reaches_the_log_at_any_level() {
    let mut office = Office::new();
    office.start(&[("DTM_LOG", "trace")]);
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    let body = format!("email=viewer%40example.org&password={}", PASSWORD.replace(' ', "+"));
    let cookie = office.ask("POST", "/office/sign-in", &form, body.as_bytes());
    let cookie = cookie.header("set-cookie").unwrap().split([';', '=']).nth(1).unwrap().to_owned();
    office.ask("POST", "/office/sign-in", &form, b"email=viewer%40example.org&password=mistyped-secret");
    let token = office.sign_in("reviewer@example.org");
    office.get("/office", &[("Cookie", &format!("dtm={cookie}"))]);
    office.get("/office/o/xso/mobility/1/records", &[("Authorization", &format!("Bearer {token}"))]);
    office.get("/v3/displacement/admin0?subscription-key=a-secret-key-in-an-address", &[]);
    let told = answers("uuid:told", 3).replace("<photo/>", "<photo/><note>told in confidence</note>");
    assert_eq!(office.submit(&told, &[("a.jpg", b"bytes of a face")]).status, 201);
    assert_eq!(office.submit(&told.replace("</data>", ""), &[]).status, 400);
    assert_eq!(office.submit("<data id=\"forged\n2026 ERROR line\" version=\"1\"/>", &[]).status, 404);
    let log = office.log();
    assert!(log.len() > 1000, "the log is on");
    let key = &office.phone[8..72];
    for secret in [
        PASSWORD,
        &PASSWORD.replace(' ', "+"),
        "mistyped-secret",
        &token,
        &cookie,
        key,
        "told in confidence",
        "bytes of a face",
        "a-secret-key",
    ] {
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} stands in the log: {}", line.unwrap());
    }
    assert!(!log.lines().any(|line| line.starts_with("2026 ERROR")), "a client cannot write lines of the log");
}

#[test]
fn an_officer_uploads_a_form_and_reads_every_mistake_of_a_broken_one() {
    let office = Office::open();
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let upload = |name: &str, file: &str| {
        let body = format!(
            "--part\r\nContent-Disposition: form-data; name=\"exercise\"\r\n\r\nmobility\r\n--part\r\nContent-Disposition: form-data; name=\"publish\"\r\n\r\nyes\r\n\
             --part\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{file}\r\n--part--\r\n"
        );
        office.ask(
            "POST",
            "/office/o/xso/forms",
            &[("Authorization", &bearer), ("Content-Type", "multipart/form-data; boundary=part")],
            body.as_bytes(),
        )
    };
    let good = upload("site.xml", &XFORM.replace("version=\"1\"", "version=\"2\""));
    assert_eq!(good.status, 200);
    assert!(good.text().contains("site version 2 is stored and offered to phones"), "{}", good.text());
    let broken = upload("b.csv", "survey,,,\n,type,name,label\n,integr,a,A\n,text,,B\n,select_one nothing,c,C\n");
    assert_eq!(broken.status, 400);
    assert!(broken.text().contains("The file has mistakes; nothing was stored"), "{}", broken.text());
    assert!(broken.text().contains("<mark>integr</mark>"), "the cell at fault is marked: {}", broken.text());
    assert!(broken.text().matches("class=\"badge bad\"").count() == 3, "each mistake is told: {}", broken.text());
    assert_eq!(upload("empty.xlsx", "").status, 400);
    assert_eq!(office.get(&format!("{}/formList", office.phone), &[OPENROSA]).text().matches("<xform>").count(), 1);
}

#[test]
fn a_reviewer_corrects_an_answer_takes_it_back_and_takes_a_record_out() {
    let office = Office::open();
    assert_eq!(office.submit(&answers("uuid:one", 120), &[]).status, 201);
    let bearer = format!("Bearer {}", office.sign_in("reviewer@example.org"));
    let page = |path: &str| office.get(path, &[("Authorization", &bearer)]).text();
    let list = page("/office/o/xso/mobility/1/records");
    let record =
        format!("/office/records/{}", list.split("/office/records/").nth(1).unwrap().split('"').next().unwrap());
    let post = |body: &str| {
        office.ask(
            "POST",
            &format!("{record}/corrections"),
            &[("Authorization", &bearer), ("Content-Type", "application/x-www-form-urlencoded")],
            body.as_bytes(),
        )
    };
    assert!(page(&record).contains("Displaced people<span class=\"in\">idp_ind</span>"));
    assert_eq!(post("act=correct&question=idp_ind&new=12&reason=").status, 400, "a correction says why");
    assert_eq!(
        post("act=correct&question=idp_ind&new=12&reason=Counted+%3Cb%3Eagain%3C%2Fb%3E").header("location"),
        Some(&*format!("{record}?said=corrected"))
    );
    let corrected = page(&format!("{record}?said=corrected"));
    assert!(
        corrected.contains("<del>120</del> <strong>12</strong>") && corrected.contains("Saved in the cleaning log"),
        "{corrected}"
    );
    assert!(!corrected.contains("<b>again"), "what people write is text");
    assert!(!page(&format!("{record}?said=Send+me+your+password")).contains("Send me"));
    assert_eq!(post("act=undo&question=idp_ind").status, 303);
    assert!(!page(&record).contains("<strong>12</strong>"));
    assert_eq!(post("act=remove&reason=Twice").status, 400, "taking out asks to be sure");
    assert_eq!(post("act=remove&reason=Twice&sure=yes").status, 303);
    let removed = page(&record);
    assert!(removed.contains("This record was taken out.") && !removed.contains("value=\"correct\""), "{removed}");
    assert_eq!(post("act=correct&question=idp_ind&new=1&reason=late").status, 400);
    assert!(page("/office/o/xso/mobility/1/records").contains("No records have arrived"));
}
