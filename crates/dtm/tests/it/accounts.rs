//! Accounts of the built server: passwords, second factor, Basic, tokens of programs, narrowed roles, the audit.

use crate::office::{Answer, OPENROSA, Office, PASSWORD, answers};
use base64::Engine;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};

const JSON: (&str, &str) = ("Content-Type", "application/json");
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

fn bearer(office: &Office, email: &str) -> String {
    format!("Bearer {}", office.sign_in(email))
}

fn call(office: &Office, bearer: &str, method: &str, path: &str, body: &Value) -> Answer {
    office.ask(method, path, &[("Authorization", bearer), JSON], body.to_string().as_bytes())
}

fn post(office: &Office, bearer: &str, path: &str, body: &str) -> Answer {
    office.ask("POST", path, &[("Authorization", bearer), FORM], body.as_bytes())
}

fn try_sign_in(office: &Office, email: &str, password: &str, totp: Option<&str>) -> Answer {
    let mut body = json!({ "email": email, "password": password });
    if let Some(code) = totp {
        body["totp"] = code.into();
    }
    office.ask("POST", "/v1/sessions", &[JSON], body.to_string().as_bytes())
}

fn basic(email: &str, password: &str) -> String {
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{email}:{password}")))
}

/// The code an authenticator app shows `steps` from now (RFC 6238).
#[allow(clippy::disallowed_methods)]
fn code(secret: &str, steps: i64) -> String {
    let mut bits = Vec::new();
    for letter in secret.bytes() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter).unwrap();
        bits.extend((0..5).rev().map(|bit| (value >> bit) & 1));
    }
    let bytes: Vec<u8> =
        bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum * 2 + *bit as u8)).collect();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&bytes).unwrap();
    mac.update(&(now / 30 + steps).to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 15);
    let number = u32::from_be_bytes([digest[at] & 127, digest[at + 1], digest[at + 2], digest[at + 3]]);
    format!("{:06}", number % 1_000_000)
}

/// What stands between the tags of the first element of this class.
fn shown<'a>(page: &'a str, class: &str) -> &'a str {
    page.split(&format!("class=\"{class}\">")).nth(1).and_then(|rest| rest.split('<').next()).unwrap_or("")
}

#[test]
fn a_second_factor_is_asked_at_every_way_in_and_a_lost_device_is_no_end() {
    let office = Office::open();
    let reviewer = bearer(&office, "reviewer@example.org");
    let begun = post(&office, &reviewer, "/office/account", "act=factor-begin").text();
    let secret = shown(&begun, "code break").to_owned();
    assert_eq!(secret.len(), 32, "{begun}");
    assert!(begun.contains("<svg"), "a code to scan");
    assert_eq!(try_sign_in(&office, "reviewer@example.org", PASSWORD, None).status, 200, "not before it is confirmed");
    assert_eq!(post(&office, &reviewer, "/office/account", "act=factor-confirm&code=000000").status, 400);
    let confirmed =
        post(&office, &reviewer, "/office/account", &format!("act=factor-confirm&code={}", code(&secret, -1)));
    let page = confirmed.text();
    let codes: Vec<&str> =
        page.split("<li>").skip(1).filter_map(|part| part.split('<').next()).filter(|code| code.len() == 24).collect();
    assert_eq!(codes.len(), 8, "{page}");

    let without = try_sign_in(&office, "reviewer@example.org", PASSWORD, None);
    assert_eq!(
        (without.status, without.json()["type"].as_str()),
        (401, Some("urn:dtm:problem:second_factor_required"))
    );
    let used = try_sign_in(&office, "reviewer@example.org", PASSWORD, Some(&code(&secret, -1)));
    assert_eq!(used.status, 401, "a code is good once");
    assert_eq!(try_sign_in(&office, "reviewer@example.org", PASSWORD, Some(&code(&secret, 0))).status, 200);
    assert_eq!(try_sign_in(&office, "reviewer@example.org", "wrong", Some(&code(&secret, 1))).status, 401);
    let by_basic = office.get("/v1/projects", &[("Authorization", &basic("reviewer@example.org", PASSWORD))]);
    assert_eq!(by_basic.status, 401, "Basic would go round it");
    assert!(by_basic.text().contains("API token"));

    let form = format!("email=reviewer%40example.org&password={}&next=%2Foffice%2Fo%2Fxso", PASSWORD.replace(' ', "+"));
    let step = office.ask("POST", "/office/sign-in", &[FORM], form.as_bytes());
    assert_eq!((step.status, step.header("set-cookie")), (200, None), "no session before the second step");
    let page = step.text();
    let ticket = page.split("name=\"ticket\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let second = |code: &str| {
        let body =
            format!("ticket={}&code={code}&next=%2Foffice%2Fo%2Fxso", ticket.replace('$', "%24").replace('!', "%21"));
        office.ask("POST", "/office/sign-in", &[FORM], body.as_bytes())
    };
    assert_eq!(second("000000").status, 401);
    let lost = second(codes[0]);
    assert_eq!((lost.status, lost.header("location")), (303, Some("/office/o/xso")), "{}", lost.text());
    assert_eq!(second(codes[1]).status, 401, "a ticket is good once");
    assert_eq!(
        try_sign_in(&office, "reviewer@example.org", PASSWORD, Some(codes[0])).status,
        401,
        "and so is each code"
    );

    for _ in 0..10 {
        try_sign_in(&office, "reviewer@example.org", PASSWORD, Some("123456"));
    }
    let slowed = try_sign_in(&office, "reviewer@example.org", PASSWORD, Some(codes[2]));
    assert_eq!(slowed.status, 429, "codes are not guessed");
    let admin = bearer(&office, "admin@example.org");
    let id = call(&office, &admin, "GET", "/v1/users?q=reviewer", &json!({})).json()[0]["id"].clone();
    assert!(id.is_number());
    let people = office.get("/office/people", &[("Authorization", &admin)]).text();
    let href = people.split("/office/people/").skip(1).map(|rest| &rest[..36]).find(|user| {
        office
            .get(&format!("/office/people/{user}"), &[("Authorization", &admin)])
            .text()
            .contains("reviewer@example.org")
    });
    let off = post(&office, &admin, &format!("/office/people/{}", href.unwrap()), "act=factor-off");
    assert_eq!(off.status, 303);
    assert_eq!(try_sign_in(&office, "reviewer@example.org", PASSWORD, None).status, 200);
}

#[test]
fn a_policy_asks_managers_for_a_second_factor_before_anything_else() {
    let office = Office::open();
    let admin = bearer(&office, "admin@example.org");
    let (officer, reviewer) = (bearer(&office, "officer@example.org"), bearer(&office, "reviewer@example.org"));
    let get = |bearer: &str, path: &str| office.get(path, &[("Authorization", bearer)]);
    assert_eq!(get(&officer, "/office/o/xso").status, 200);
    assert_eq!(post(&office, &admin, "/office/people", "act=policy&policy=managers").status, 303);
    assert_eq!(get(&officer, "/office/o/xso").header("location"), Some("/office/account"));
    assert!(get(&officer, "/office/account").text().contains("asks for a second factor"));
    let refused = get(&officer, "/v1/projects/1");
    assert_eq!((refused.status, refused.json()["type"].as_str()), (403, Some("urn:dtm:problem:second_factor_due")));
    assert_eq!(get(&reviewer, "/office/o/xso").status, 200, "reviewers go on as before");
    let begun = post(&office, &officer, "/office/account", "act=factor-begin").text();
    let code = code(shown(&begun, "code break"), 0);
    assert_eq!(post(&office, &officer, "/office/account", &format!("act=factor-confirm&code={code}")).status, 200);
    assert_eq!(get(&officer, "/office/o/xso").status, 200);
}

#[test]
fn a_one_time_password_opens_one_page_until_it_is_replaced() {
    let office = Office::open();
    let admin = bearer(&office, "admin@example.org");
    let made = call(&office, &admin, "POST", "/v1/users", &json!({ "email": "Awa@Example.org", "displayName": "Awa" }));
    let (id, password) = (made.json()["id"].clone(), made.json()["oneTimePassword"].as_str().unwrap().to_owned());
    assert_eq!(call(&office, &admin, "POST", &format!("/v1/assignments/viewer/{id}"), &json!({})).status, 200);
    let awa = format!(
        "Bearer {}",
        try_sign_in(&office, "awa@example.org", &password, None).json()["token"].as_str().unwrap()
    );
    let other = format!(
        "Bearer {}",
        try_sign_in(&office, "awa@example.org", &password, None).json()["token"].as_str().unwrap()
    );
    assert_eq!(call(&office, &awa, "GET", "/v1/projects/1", &json!({})).status, 403);
    assert_eq!(office.get("/office", &[("Authorization", &awa)]).header("location"), Some("/office/account"));
    let change = |old: &str, new: &str| {
        call(&office, &awa, "PUT", &format!("/v1/users/{id}/password"), &json!({ "old": old, "new": new }))
    };
    for (new, problem) in
        [("short", 400.21), ("awa@example.org", 400.44), ("password1234", 400.44), (&*"x1".repeat(300), 400.38)]
    {
        let refused = change(&password, new);
        assert_eq!((refused.status, refused.json()["code"].as_f64()), (400, Some(problem)), "{new}");
    }
    assert_eq!(change("not the old one", "goats upon a hill").status, 401);
    assert_eq!(change(&password, &password).status, 400);
    assert_eq!(change(&password, "goats upon a hill").status, 200);
    assert_eq!(call(&office, &awa, "GET", "/v1/projects/1", &json!({})).status, 200, "this session goes on");
    assert_eq!(call(&office, &other, "GET", "/v1/users/current", &json!({})).status, 401, "every other is over");
    assert_eq!(try_sign_in(&office, "awa@example.org", &password, None).status, 401);

    let nobody = office.ask("POST", "/v1/users/reset/initiate", &[JSON], br#"{"email":"awa@example.org"}"#);
    assert_eq!(nobody.status, 400);
    assert!(nobody.text().contains("sends no mail"));
    let reset = call(&office, &admin, "POST", "/v1/users/reset/initiate", &json!({ "email": "awa@example.org" }));
    let link = format!("Bearer {}", reset.json()["token"].as_str().unwrap());
    assert_eq!(call(&office, &link, "GET", "/v1/users/current", &json!({})).status, 401, "it opens nothing else");
    let verify = |new: &str| call(&office, &link, "POST", "/v1/users/reset/verify", &json!({ "new": new }));
    assert_eq!(verify("short").status, 400);
    assert_eq!(verify("a boat on a lake").status, 200);
    assert_eq!(verify("a boat on a lake again").status, 401, "a link is good once");
    assert_eq!(call(&office, &awa, "GET", "/v1/users/current", &json!({})).status, 401);
    assert_eq!(try_sign_in(&office, "awa@example.org", "a boat on a lake", None).status, 200);

    assert_eq!(call(&office, &admin, "DELETE", &format!("/v1/users/{id}"), &json!({})).status, 200);
    assert_eq!(try_sign_in(&office, "awa@example.org", "a boat on a lake", None).status, 401);
    office.run(&["user", "restore", "awa@example.org"]);
    assert_eq!(try_sign_in(&office, "awa@example.org", "a boat on a lake", None).status, 200);
}

#[test]
fn the_last_administrator_cannot_be_lost() {
    let office = Office::open();
    let admin = bearer(&office, "admin@example.org");
    let me = call(&office, &admin, "GET", "/v1/users/current", &json!({})).json()["id"].clone();
    let gone = call(&office, &admin, "DELETE", &format!("/v1/users/{me}"), &json!({}));
    assert_eq!((gone.status, gone.json()["type"].as_str()), (409, Some("urn:dtm:problem:last_administrator")));
    assert_eq!(call(&office, &admin, "DELETE", &format!("/v1/assignments/admin/{me}"), &json!({})).status, 409);
    assert_eq!(call(&office, &admin, "GET", "/v1/users", &json!({})).status, 200);
    let officer = bearer(&office, "officer@example.org");
    assert_eq!(
        call(&office, &officer, "POST", &format!("/v1/assignments/admin/{me}"), &json!({})).status,
        403,
        "no manager makes an administrator"
    );
    assert_eq!(
        call(&office, &officer, "POST", &format!("/v1/projects/1/assignments/admin/{me}"), &json!({})).status,
        400
    );
}

#[test]
fn basic_is_for_programs_and_where_the_server_is_known_by_https_only_over_it() {
    let mut office = Office::open();
    let right = basic("reviewer@example.org", PASSWORD);
    let get = |office: &Office, path: &str, headers: &[(&str, &str)]| office.get(path, headers).status;
    assert_eq!(get(&office, "/v1/projects", &[("Authorization", &right)]), 200);
    assert_eq!(get(&office, "/v1/projects", &[("Authorization", &right)]), 200, "again, from memory");
    assert_eq!(get(&office, "/v1/projects", &[("Authorization", &basic("reviewer@example.org", "wrong"))]), 401);
    assert_eq!(get(&office, "/v1/projects", &[("Authorization", "Basic ?")]), 401);
    assert_eq!(get(&office, "/office", &[("Authorization", &right)]), 303, "pages are for people");
    let act = office.ask("PUT", "/v1/users/current/tokens", &[("Authorization", &right)], b"");
    assert_eq!(act.status, 405);
    let token = office.ask("POST", "/v1/users/current/tokens", &[("Authorization", &right), JSON], br#"{"name":"x"}"#);
    assert_eq!(token.status, 403, "a program makes no tokens");
    office.run(&["user", "password", "reviewer@example.org"]);
    assert_eq!(get(&office, "/v1/projects", &[("Authorization", &right)]), 200, "the password is the same one again");
    office.run(&["user", "remove", "reviewer@example.org"]);
    assert_eq!(get(&office, "/v1/projects", &[("Authorization", &right)]), 401, "not from memory");
    office.start(&[("DTM_PUBLIC_URL", "https://dtm.example.org")]);
    let right = basic("officer@example.org", PASSWORD);
    let plain = office.get("/v1/projects", &[("Authorization", &right)]);
    assert_eq!((plain.status, plain.json()["code"].as_f64()), (401, Some(401.3)));
    assert_eq!(get(&office, "/v1/projects", &[("Authorization", &right), ("X-Forwarded-Proto", "https")]), 200);
}

#[test]
fn a_token_of_a_program_does_what_its_scope_says_and_never_more_than_its_owner() {
    let office = Office::open();
    let officer = bearer(&office, "officer@example.org");
    let make = |body: Value| call(&office, &officer, "POST", "/v1/users/current/tokens", &body);
    for bad in [
        json!({ "name": "" }),
        json!({ "name": "x", "verbs": ["everything"] }),
        json!({ "name": "x", "days": 0 }),
        json!({ "name": "x", "days": 1000 }),
    ] {
        assert_eq!(make(bad.clone()).status, 400, "{bad}");
    }
    let made = |body: Value| format!("Bearer {}", make(body).json()["token"].as_str().unwrap());
    let reading = made(json!({ "name": "R", "verbs": ["read"] }));
    let all = made(json!({ "name": "All", "verbs": ["all"], "projects": [1], "days": 1 }));
    let phones = made(json!({ "name": "Phones", "verbs": ["project.read", "field_key.create"] }));
    let ask = |bearer: &str, method: &str, path: &str| {
        call(&office, bearer, method, path, &json!({ "displayName": "Phone" })).status
    };
    assert!(reading.starts_with("Bearer dtm_"));
    assert_eq!(ask(&reading, "GET", "/v1/projects/1/forms/site/submissions"), 200);
    assert_eq!(ask(&reading, "POST", "/v1/projects/1/app-users"), 403);
    assert_eq!(ask(&all, "POST", "/v1/projects/1/app-users"), 200);
    assert_eq!(ask(&all, "GET", "/v1/assignments"), 403, "what is not in its operation");
    assert_eq!(ask(&all, "GET", "/v1/users"), 403, "what its owner may not");
    assert_eq!(ask(&phones, "POST", "/v1/projects/1/app-users"), 200);
    assert_eq!(ask(&phones, "GET", "/v1/projects/1/app-users"), 403);
    for token in [&reading, &all, &phones] {
        assert_eq!(ask(token, "GET", "/v1/users/current/tokens"), 403);
        assert_eq!(post(&office, token, "/office/account", "act=factor-begin").status, 403);
    }
    let list = call(&office, &officer, "GET", "/v1/users/current/tokens", &json!({})).json();
    assert_eq!(list.as_array().unwrap().len(), 3);
    assert!(list[0]["usedAt"].is_string() && list[0].get("token").is_none(), "{list}");
    let stranger = bearer(&office, "admin@example.org");
    let path = format!("/v1/users/current/tokens/{}", list[0]["id"].as_str().unwrap());
    assert_eq!(ask(&stranger, "DELETE", &path), 404);
    assert_eq!(ask(&officer, "DELETE", &path), 200);
    assert_eq!(ask(&reading, "GET", "/v1/projects"), 401);
    office.run(&["user", "remove", "officer@example.org"]);
    assert_eq!(ask(&phones, "GET", "/v1/projects"), 401, "a token goes with its owner");
}

#[test]
fn an_app_user_fills_the_forms_assigned_to_it() {
    let office = Office::open();
    let officer = bearer(&office, "officer@example.org");
    let made = call(&office, &officer, "POST", "/v1/projects/1/app-users", &json!({ "displayName": "Phone 2" })).json();
    let key = format!("/v1/key/{}/projects/1", made["token"].as_str().unwrap());
    let forms = || office.get(&format!("{key}/formList"), &[OPENROSA]).text().matches("<xform>").count();
    assert_eq!(forms(), 0);
    let path = format!("/v1/projects/1/forms/site/assignments/2/{}", made["id"]);
    assert_eq!(call(&office, &officer, "POST", &path, &json!({})).status, 200);
    assert_eq!(call(&office, &officer, "POST", &path, &json!({})).status, 200, "twice is no mistake");
    assert_eq!(forms(), 1);
    let of_form = call(&office, &officer, "GET", "/v1/projects/1/forms/site/assignments/app-user", &json!({})).json();
    assert_eq!(of_form[0]["displayName"], "Phone 2");
    let all = call(&office, &officer, "GET", "/v1/projects/1/assignments/forms/app-user", &json!({})).json();
    assert_eq!((&all[0]["xmlFormId"], &all[0]["actorId"]), (&json!("site"), &made["id"]));
    assert_eq!(call(&office, &officer, "DELETE", &path, &json!({})).status, 200);
    assert_eq!(forms(), 0);
    assert_eq!(call(&office, &officer, "DELETE", &path, &json!({})).status, 404);
    assert_eq!(
        office.get(&format!("{}/formList", office.phone), &[OPENROSA]).text().matches("<xform>").count(),
        1,
        "a phone of the office fills all forms"
    );
}

#[test]
fn a_role_narrowed_to_answers_or_to_what_was_sent_shows_no_more() {
    let office = Office::open();
    assert_eq!(office.submit(&answers("uuid:phone", 7), &[]).status, 201);
    office.run(&["user", "add", "partner@example.org", "--role", "viewer", "-o", "xso", "--sees", "public"]);
    office.run(&["user", "add", "north@example.org", "--role", "reviewer", "-o", "xso", "--areas", "XS01"]);
    let records =
        |email: &str| office.get("/office/o/xso/mobility/1/records", &[("Authorization", &bearer(&office, email))]);
    let all = records("reviewer@example.org").text();
    let record = format!("/office/records/{}", &all.split("/office/records/").nth(1).unwrap()[..36]);
    assert!(all.contains("Displaced people"));
    let partner = records("partner@example.org");
    assert_eq!(partner.status, 200);
    assert!(
        partner.text().contains("/office/records/") && !partner.text().contains("Displaced people"),
        "no mapping says that it is public"
    );
    let seen = office.get(&record, &[("Authorization", &bearer(&office, "partner@example.org"))]);
    assert!(seen.status == 200 && !seen.text().contains("idp_ind") && !seen.text().contains(".xml"), "{}", seen.text());
    let north = records("north@example.org");
    assert!(north.status == 200 && !north.text().contains("/office/records/"), "it lies in none of their areas");
    assert_eq!(office.get(&record, &[("Authorization", &bearer(&office, "north@example.org"))]).status, 403);
    assert_eq!(records("viewer@example.org").status, 403, "who sees no answers has no records");
    let admin = bearer(&office, "admin@example.org");
    let partner = call(&office, &admin, "GET", "/v1/users?q=partner", &json!({})).json()[0]["id"].clone();
    let path = format!("/v1/projects/1/assignments/viewer/{partner}");
    let listed = || call(&office, &admin, "GET", "/v1/projects/1/assignments", &json!({})).json();
    assert!(listed().as_array().unwrap().iter().any(|one| one["restrictions"]["sees"] == "public"));
    assert_eq!(call(&office, &admin, "POST", &path, &json!({ "areas": ["XS01"], "sees": "restricted" })).status, 200);
    assert!(
        listed()
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one["restrictions"]["areas"] == json!(["XS01"]) && one["actorId"] == partner)
    );
    assert_eq!(call(&office, &admin, "POST", &path, &json!({ "sees": "everything" })).status, 400);
}

#[test]
fn the_audit_tells_who_did_what_in_centrals_words_and_ours() {
    let office = Office::open();
    let admin = bearer(&office, "admin@example.org");
    let audits = |query: &str| {
        office.get(&format!("/v1/audits?{query}"), &[("Authorization", &admin), ("X-Extended-Metadata", "true")]).json()
    };
    let sessions = audits("action=user.session.create&limit=1");
    assert_eq!(sessions[0]["actor"]["email"], "admin@example.org");
    assert_eq!(
        (&sessions[0]["action"], &sessions[0]["act"]),
        (&json!("user.session.create"), &json!("session.opened"))
    );
    assert_eq!(sessions[0]["hash"].as_str().unwrap().len(), 64);
    let (all, second) = (audits(""), audits("offset=1&limit=1"));
    assert_eq!(all[1], second[0]);
    assert_eq!(all[0]["prevHash"], all[1]["hash"], "each stands on the one before");
    assert!(audits("action=user.create").as_array().unwrap().len() >= 4);
    assert!(audits("action=nothing").as_array().unwrap().is_empty());
    assert!(audits("end=2020-01-01").as_array().unwrap().is_empty());
    assert_eq!(office.get("/v1/audits?start=yesterday", &[("Authorization", &admin)]).status, 400);
    assert!(!all.to_string().contains(PASSWORD));
}

#[test]
fn the_pages_of_people_and_of_an_account_do_what_they_say() {
    let office = Office::open();
    let admin = bearer(&office, "admin@example.org");
    let page = |path: &str| office.get(path, &[("Authorization", &admin)]).text();
    let people = page("/office/people");
    assert!(people.contains("reviewer@example.org") && people.contains("Reviewer · everything"), "{people}");
    let project = people.split("value=\"p:").nth(1).unwrap()[..36].to_owned();
    let add = |body: &str| post(&office, &admin, "/office/people", &format!("act=add&{body}"));
    let bad = add("email=nobody&name=&role=viewer&place=site&sees=secret&areas=");
    assert!(bad.status == 400 && bad.text().contains("not an e-mail address"), "{}", bad.text());
    assert_eq!(add("email=a%40b.org&name=&role=admin&place=site&sees=public&areas=").status, 400);
    let added = add(&format!(
        "email=zeinab%40example.org&name=Zeinab+%3Cb%3E&role=reviewer&place=p:{project}&sees=restricted&areas=XS01%2C+XS02"
    ));
    let shown_page = added.text();
    assert_eq!(added.status, 200, "{shown_page}");
    let password = shown(&shown_page, "code break").to_owned();
    assert_eq!(password.len(), 24);
    assert!(!shown_page.contains("<b>"), "what people write is text");
    assert!(shown_page.contains("only XS01, XS02 · up to restricted answers"), "{shown_page}");
    assert_eq!(add("email=zeinab%40example.org&name=&role=viewer&place=site&sees=secret&areas=").status, 400);
    assert!(!page("/office/people").contains(&password), "it is shown once");
    assert_eq!(try_sign_in(&office, "zeinab@example.org", &password, None).status, 200);
    let people = page("/office/people");
    let before = people.split("Zeinab").next().unwrap();
    let person = format!("/office/people/{}", &before.rsplit("/office/people/").next().unwrap()[..36]);
    let act = |body: &str| post(&office, &admin, &person, body);
    assert_eq!(act("act=give&role=viewer&place=site&sees=public&areas=").status, 303);
    assert_eq!(act("act=give&role=viewer&place=site&sees=public&areas=").status, 400, "once at a place");
    let roles = page(&person);
    let grant = roles.split("name=\"id\" value=\"").nth(1).unwrap()[..36].to_owned();
    assert_eq!(act(&format!("act=take&id={grant}")).status, 303);
    assert_eq!(act("act=reset").status, 200);
    assert_eq!(try_sign_in(&office, "zeinab@example.org", &password, None).status, 401);
    let removed = act("act=remove");
    assert_eq!(removed.header("location"), Some("/office/people?said=people-removed"));
    let list = page("/office/people?said=people-removed");
    assert!(list.contains("You can take them back below.") && list.contains("Take back: zeinab@example.org"), "{list}");
    let id = person.rsplit('/').next().unwrap();
    assert_eq!(post(&office, &admin, "/office/people", &format!("act=restore&id={id}")).status, 303);

    let viewer = bearer(&office, "viewer@example.org");
    let own = |body: &str| post(&office, &viewer, "/office/account", body);
    assert_eq!(office.get("/office/people", &[("Authorization", &viewer)]).status, 403);
    let saved = own("act=profile&name=Awa+Diop&language=fr");
    assert!(saved.header("set-cookie").unwrap().starts_with("dtm-lang=fr"));
    assert_eq!(own("act=password&old=x&new=a+boat+on+a+lake&again=another").status, 400);
    let other = bearer(&office, "viewer@example.org");
    assert_eq!(own("act=sessions-end").status, 303);
    assert_eq!(office.get("/office", &[("Authorization", &other)]).status, 303, "signed out everywhere else");
    let token = own("act=token-new&name=QGIS&scope=read&days=30").text();
    assert!(shown(&token, "code break").starts_with("dtm_"), "{token}");
    let french = office.get("/office/account", &[("Authorization", &viewer), ("Accept-Language", "fr")]).text();
    assert!(french.contains("Awa Diop") && french.contains("QGIS") && french.contains("Second facteur"));
}

/// A campaign, as it is about time: set DTM_CAMPAIGN to run it.
#[test]
#[allow(clippy::disallowed_methods)]
fn an_unknown_address_takes_as_long_as_a_wrong_password() {
    let n = crate::load::repetitions(0).min(200);
    if n == 0 {
        println!("skipped: about time; set DTM_CAMPAIGN to run it");
        return;
    }
    let mut office = Office::new();
    let mut times: [Vec<u128>; 2] = Default::default();
    for turn in 0..n {
        // The tenth guess would be slowed.
        if turn % 8 == 0 {
            office.start(&[]);
        }
        for (which, email) in ["reviewer@example.org", "nobody@example.org"].into_iter().enumerate() {
            let began = std::time::Instant::now();
            assert_eq!(try_sign_in(&office, email, "a wrong password", None).status, 401);
            times[which].push(began.elapsed().as_micros());
        }
    }
    let [known, unknown] = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2] as f64
    });
    let ratio = (known / unknown).max(unknown / known);
    crate::load::seen(format!(
        "sign-in: {known} µs for a known address, {unknown} µs for an unknown one, ratio {ratio:.2}"
    ));
    assert!(ratio < 1.6, "{known} µs for a known address, {unknown} µs for an unknown one");
}
