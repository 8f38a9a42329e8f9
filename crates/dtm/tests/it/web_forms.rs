//! A form filled in in Chromium, with a line and without: `web/tests/fill.mjs` does what a person does, and what the
//! server has afterwards is looked at here.

use crate::office::{Office, PASSWORD};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A form in two languages, with a limit and a photo.
const FORM: &str = r#"<?xml version="1.0"?>
<h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml" xmlns:jr="http://openrosa.org/javarosa" xmlns:orx="http://openrosa.org/xforms">
<h:head><h:title>Visit</h:title><model>
<itext>
<translation lang="English (en)" default="true()"><text id="people"><value>Displaced people</value></text><text id="few"><value>Fewer than a thousand, please</value></text><text id="photo"><value>Photo of the site</value></text></translation>
<translation lang="French (fr)"><text id="people"><value>Personnes déplacées</value></text><text id="few"><value>Moins de mille, s’il vous plaît</value></text><text id="photo"><value>Photo du site</value></text></translation>
</itext>
<instance><data id="visit" version="1"><idp_ind/><photo/><orx:meta><orx:instanceID/></orx:meta></data></instance>
<bind nodeset="/data/idp_ind" type="int" required="true()" constraint=". &lt; 1000" jr:constraintMsg="jr:itext('few')"/>
<bind nodeset="/data/photo" type="binary"/>
<bind nodeset="/data/orx:meta/orx:instanceID" type="string" readonly="true()" jr:preload="uid"/></model></h:head>
<h:body><input ref="/data/idp_ind"><label ref="jr:itext('people')"/></input>
<upload ref="/data/photo" mediatype="image/*"><label ref="jr:itext('photo')"/></upload></h:body></h:html>"#;

/// The browser, and the folder of the island with its packages; or why the tests are skipped.
fn tools() -> Option<(PathBuf, PathBuf)> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web");
    let browser = crate::browser::chromium()?;
    if !web.join("node_modules/playwright-core").is_dir() {
        assert!(crate::program::variable("DTM_NO_SKIP").is_none(), "run `npm ci` in web/ to drive the browser");
        println!("skipped: `npm ci` was not run in web/");
        return None;
    }
    Some((browser, web))
}

/// A photo as a phone takes it is bytes; these begin like a PNG, which a browser shows.
fn photo() -> Vec<u8> {
    let png = "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cf\
               c0000003010100c9fe92ef0000000049454e44ae426082";
    let digits: Vec<u8> = png.bytes().filter(u8::is_ascii_hexdigit).collect();
    let digit = |byte: u8| (byte as char).to_digit(16).unwrap() as u8;
    let mut bytes: Vec<u8> = digits.chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect();
    bytes.extend((0..20_000u32).map(|n| (n * 7 % 251) as u8));
    bytes
}

fn office_with_the_form() -> Office {
    let office = Office::open();
    let file = office.data().join("visit.xml");
    std::fs::write(&file, FORM).unwrap();
    office.run(&["form", "upload", "-o", "xso", "-e", "mobility", "--publish", file.to_str().unwrap()]);
    office
}

/// Has a script of `web/tests` do everything in the browser, signed in as an officer; nothing where there is none.
pub(crate) fn drive(script: &str, told: &[(&str, &str)]) -> Option<()> {
    let (browser, web) = tools()?;
    let mut node = Command::new("node");
    node.arg(format!("tests/{script}")).current_dir(web).env("DTM_CHROMIUM", browser).envs(told.iter().copied());
    let output = node.env("DTM_EMAIL", "officer@example.org").env("DTM_PASSWORD", PASSWORD).output().unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    assert!(output.status.success(), "{said}");
    Some(())
}

#[test]
fn a_form_filled_in_in_a_browser_is_stored_once_whatever_the_line_does() {
    let office = office_with_the_form();
    let key = &office.phone[8..72];
    let page = format!("http://{}/f/{key}/visit", office.address);
    let signed = format!("http://{}/office/o/xso/forms/visit/fill", office.address);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("site.png");
    std::fs::write(&file, photo()).unwrap();
    let told = [("DTM_PAGE", &*page), ("DTM_OFFICE", &signed), ("DTM_PHOTO", file.to_str().unwrap())];
    if drive("fill.mjs", &told).is_none() {
        return;
    }
    let bearer = format!("Bearer {}", office.sign_in("admin@example.org"));
    let ask = |address: &str| office.get(address, &[("Authorization", &bearer)]);
    let list: serde_json::Value = serde_json::from_str(&ask("/v1/projects/1/forms/visit/submissions").text()).unwrap();
    let ids: Vec<&str> = list.as_array().unwrap().iter().map(|one| one["instanceId"].as_str().unwrap()).collect();
    let mut counted = Vec::new();
    let mut photos = Vec::new();
    for id in &ids {
        let xml = ask(&format!("/v1/projects/1/forms/visit/submissions/{id}.xml")).text();
        let between = |tag: &str| {
            let (_, rest) = xml.split_once(&format!("<{tag}>"))?;
            Some(rest.split_once("</")?.0.to_owned())
        };
        counted.push(between("idp_ind").unwrap());
        photos.extend(between("photo").map(|name| (id.to_string(), name)));
    }
    counted.sort();
    assert_eq!(counted, ["41", "42", "43", "44", "45", "48"], "each once, and the last one changed");
    let [(id, name)] = &photos[..] else { panic!("one photo was sent: {photos:?}") };
    let arrived = ask(&format!("/v1/projects/1/forms/visit/submissions/{id}/attachments/{name}"));
    assert_eq!(arrived.status, 200);
    assert!(arrived.body == photo(), "the photo arrived byte for byte");
}

#[test]
fn an_encrypted_submission_changed_in_a_browser_is_encrypted_again() {
    const PASSPHRASE: &str = "river stone lantern";
    let office = office_with_the_form();
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let auth = ("Authorization", bearer.as_str());
    let made = format!("{{\"passphrase\":\"{PASSPHRASE}\"}}");
    let json = ("Content-Type", "application/json");
    assert_eq!(office.ask("POST", "/v1/projects/1/key", &[auth, json], made.as_bytes()).status, 200);
    let form = "/v1/projects/1/forms/visit";
    let version = office.get(form, &[auth]).json()["version"].as_str().unwrap().to_owned();
    assert!(version.starts_with("1[encrypted:"), "{version}");
    let xml = format!(
        "<data xmlns:orx=\"http://openrosa.org/xforms\" id=\"visit\" version=\"{version}\"><idp_ind>47</idp_ind><photo/>\
         <orx:meta><orx:instanceID>uuid:closed</orx:instanceID></orx:meta></data>"
    );
    assert_eq!(office.submit(&xml, &[]).status, 201);
    let page = format!("http://{}/office/o/xso/forms/visit/edit/uuid%3Aclosed", office.address);
    let unlock = format!("http://{}/office/o/xso/encryption", office.address);
    if drive("edit.mjs", &[("DTM_PAGE", &page), ("DTM_UNLOCK", &unlock), ("DTM_PASSPHRASE", PASSPHRASE)]).is_none() {
        return;
    }
    let versions = office.get(&format!("{form}/submissions/uuid:closed/versions"), &[auth]).json();
    assert_eq!(versions.as_array().unwrap().len(), 2, "{versions:#}");
    for version in versions.as_array().unwrap() {
        let id = version["instanceId"].as_str().unwrap();
        let xml = office.get(&format!("{form}/submissions/uuid:closed/versions/{id}.xml"), &[auth]).text();
        assert!(xml.contains("encrypted=\"yes\"") && !xml.contains("idp_ind"), "{xml}");
    }
    let key = office.get(&format!("{form}/submissions/keys"), &[auth]).json()[0]["id"].to_string();
    let secret = format!("{{\"{key}\":\"{PASSPHRASE}\"}}");
    let csv = office.ask("POST", &format!("{form}/submissions.csv"), &[auth, json], secret.as_bytes()).text();
    assert!(csv.contains(",48,") && !csv.contains(",47,"), "{csv}");
}

#[test]
fn a_submission_whose_meta_bears_another_prefix_than_the_form_gets_a_version_and_no_twin() {
    let office = office_with_the_form();
    let xml = "<data id=\"visit\" version=\"1\"><idp_ind>47</idp_ind><photo/>\
               <meta xmlns=\"http://openrosa.org/xforms\"><instanceID>uuid:elsewhere</instanceID></meta></data>";
    assert_eq!(office.submit(xml, &[]).status, 201);
    let page = format!("http://{}/office/o/xso/forms/visit/edit/uuid%3Aelsewhere", office.address);
    if drive("prefix.mjs", &[("DTM_PAGE", &page)]).is_none() {
        return;
    }
    let bearer = format!("Bearer {}", office.sign_in("officer@example.org"));
    let ask = |address: &str| office.get(address, &[("Authorization", &bearer)]).json();
    let submissions = "/v1/projects/1/forms/visit/submissions";
    let all = ask(submissions);
    assert_eq!(all.as_array().unwrap().len(), 1, "{all:#}");
    let versions = ask(&format!("{submissions}/uuid:elsewhere/versions"));
    assert_eq!(
        versions.as_array().unwrap().len(),
        3,
        "as it came, changed, and changed again from a draft: {versions:#}"
    );
    let newest = office.get(&format!("{submissions}/uuid:elsewhere.xml"), &[("Authorization", &bearer)]).text();
    assert!(newest.contains(">49</"), "{newest}");
}

/// Every file that a page loads before its form is shown.
fn loads(html: &str) -> Vec<String> {
    let addresses = html.split(['"', ' ']).filter(|part| part.starts_with("/assets/"));
    addresses.map(str::to_owned).collect()
}

#[test]
fn the_page_of_a_form_is_small_enough_and_has_no_script_or_style_of_its_own() {
    let office = office_with_the_form();
    let key = &office.phone[8..72];
    let page = office.get(&format!("/f/{key}/visit"), &[]);
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").unwrap().to_owned();
    assert!(!policy.contains("'unsafe-inline'") && !policy.contains("'unsafe-eval'"), "{policy}");
    assert!(
        policy.contains("style-src 'self';") && policy.contains("script-src 'self' 'wasm-unsafe-eval';"),
        "{policy}"
    );
    assert!(!policy.contains("http"), "nothing comes from elsewhere: {policy}");
    let html = page.text();
    assert!(!html.contains("<style") && !html.contains("style=\""), "{html}");
    for script in html.split("<script").skip(1) {
        assert!(
            script.starts_with(" type=\"module\" src=\"/assets/") || script.starts_with(" type=\"application/json\"")
        );
    }
    assert!(html.contains("This page needs scripts"), "those without scripts are told what to do");
    let files = loads(&html);
    assert!(files.len() >= 3, "{files:?}");
    let mut bytes = html.len();
    for file in &files {
        let answer = office.get(file, &[("Accept-Encoding", "br")]);
        assert_eq!((answer.status, answer.header("content-encoding")), (200, Some("br")), "{file}");
        assert_eq!(answer.header("cache-control"), Some("public, max-age=31536000, immutable"), "{file}");
        bytes += answer.body.len();
    }
    assert!(bytes < 340_000, "what the first visit loads has grown to {bytes} bytes");
    let plain = office.get(&files[0], &[]);
    assert_eq!((plain.status, plain.header("content-encoding")), (200, None), "those without brotli get it whole");
}

#[test]
fn a_link_that_leads_to_no_form_says_why_in_both_languages() {
    let office = office_with_the_form();
    let key = &office.phone[8..72];
    let unknown = "x".repeat(64);
    for (address, status, en, fr) in [
        (format!("/f/{unknown}"), 404, "This link leads nowhere", "Ce lien ne mène nulle part"),
        ("/f/cut-off".to_owned(), 404, "This link leads nowhere", "Ce lien ne mène nulle part"),
        (format!("/f/{key}/nothing"), 404, "This link leads nowhere", "Ce lien ne mène nulle part"),
        (format!("/f/{key}"), 200, "Forms to fill in", "Formulaires à remplir"),
    ] {
        for (lang, words) in [("en", en), ("fr", fr)] {
            let page = office.get(&format!("{address}?lang={lang}"), &[]);
            let html = page.text();
            assert_eq!(page.status, status, "{address}");
            assert!(html.contains(words) && html.contains(&format!("<html lang=\"{lang}\"")), "{address}: {html}");
        }
    }
}

#[test]
fn somebody_signed_in_fills_in_a_form_and_a_stranger_is_asked_to_sign_in() {
    let office = office_with_the_form();
    let fill = "/office/o/xso/forms/visit/fill";
    let stranger = office.get(fill, &[]);
    assert!(
        stranger.header("location").is_some_and(|to| to.starts_with("/office/sign-in?next=")),
        "{}",
        stranger.status
    );
    let bearer = |who: &str| format!("Bearer {}", office.sign_in(who));
    let (officer, viewer) = (bearer("officer@example.org"), bearer("viewer@example.org"));
    let page = office.get(fill, &[("Authorization", &officer)]);
    assert_eq!(page.status, 200);
    assert!(page.text().contains("\"submission\":\"/v1/projects/1/submission\""), "{}", page.text());
    assert_eq!(office.get(fill, &[("Authorization", &viewer)]).status, 403);
    let edit = "/office/o/xso/forms/visit/edit/uuid%3A1";
    assert!(office.get(edit, &[("Authorization", &officer)]).text().contains("/forms/visit/submissions/uuid"));
}

#[test]
fn a_public_link_leads_to_its_form_until_it_is_withdrawn_and_a_draft_is_tried_out() {
    let office = office_with_the_form();
    let bearer = format!("Bearer {}", office.sign_in("admin@example.org"));
    let signed = [("Authorization", bearer.as_str()), ("Content-Type", "application/json")];
    let new = br#"{"displayName":"the camp","once":true}"#;
    let link = office.ask("POST", "/v1/projects/1/forms/visit/public-links", &signed, new).json();
    let token = link["token"].as_str().unwrap();
    let page = office.get(&format!("/f/{token}"), &[]);
    let html = page.text();
    assert_eq!(page.status, 200);
    assert!(html.contains("\"once\":true") && html.contains("\"trial\":false"), "{html}");
    let form = format!("/v1/key/{token}/projects/1/forms/visit.xml");
    assert!(html.contains(&form), "{html}");
    assert_eq!(office.get(&form, &[]).status, 200, "the form is where the page says");
    let other = office.get(&format!("/f/{token}/site"), &[]);
    assert_eq!(other.status, 404, "a link leads to one form");
    let withdrawn = format!("/v1/projects/1/forms/visit/public-links/{}", link["id"]);
    assert_eq!(office.ask("DELETE", &withdrawn, &signed, b"").status, 200);
    let gone = office.get(&format!("/f/{token}?lang=en"), &[]);
    assert_eq!(gone.status, 410);
    assert!(gone.text().contains("This link leads nowhere"), "{}", gone.text());

    assert_eq!(office.ask("POST", "/v1/projects/1/forms/visit/draft", &signed, b"").status, 200);
    let draft = office.get("/v1/projects/1/forms/visit/draft", &signed).json();
    let token = draft["draftToken"].as_str().unwrap_or_else(|| panic!("{draft}"));
    let html = office.get(&format!("/f/{token}"), &[]).text();
    assert!(html.contains("\"trial\":true"), "{html}");
    let form = format!("/v1/test/{token}/projects/1/forms/visit/draft.xml");
    assert!(html.contains(&form), "{html}");
    assert_eq!(office.get(&form, &[]).status, 200, "the draft is where the page says");
}
