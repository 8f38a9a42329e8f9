//! The OpenAPI description holds: every address under `/v1` stands in it and nothing else does, and whatever these tests
//! ask of a server, the answer has a status, a problem and fields that it names. [`check`] looks at every answer that
//! [`Office::ask`] gets.

use crate::office::{Answer, Office, ask};
use crate::program::python;
use crate::web::written_routes;
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The description, asked of a server once: it is the same on all.
fn description(address: &str) -> &'static Value {
    static DESCRIPTION: OnceLock<Value> = OnceLock::new();
    DESCRIPTION.get_or_init(|| ask(address, "GET", "/v1/openapi.json", &[], b"").unwrap().json())
}

/// How well an address of the description fits one that was asked: none if it does not, else how much of it is literal.
fn fit(template: &str, path: &str) -> Option<usize> {
    let (mut parts, mut asked) = (template.split('/').peekable(), path.split('/'));
    let mut literal = 0;
    while let Some(part) = parts.next() {
        let asked_part = asked.next()?;
        match part.split_once('{') {
            None if part == asked_part => literal += 100,
            None => return None,
            // What stands inside of a row goes on to the end.
            Some(_) if part == "{inside}" && parts.peek().is_none() => return Some(literal + 1),
            Some((before, rest)) => {
                let ending = rest.split_once('}')?.1;
                if !asked_part.starts_with(before) || !asked_part.ends_with(ending) || asked_part.len() <= ending.len()
                {
                    return None;
                }
                literal += 1 + ending.len();
            }
        }
    }
    asked.next().is_none().then_some(literal)
}

/// Fails where an answer is not as the description says.
pub(crate) fn check(address: &str, method: &str, path: &str, answer: &Answer) {
    let bare = path.split('?').next().unwrap();
    if !bare.starts_with("/v1/") {
        return;
    }
    let about = format!("{method} {path}: {}\n{}", answer.status, answer.text().chars().take(600).collect::<String>());
    let document = description(address);
    let paths = document["paths"].as_object().unwrap();
    let decoded = bare.replace("%24", "$");
    let mut fitting: Vec<(usize, &Value)> =
        paths.iter().filter_map(|(template, methods)| Some((fit(template, &decoded)?, methods))).collect();
    fitting.sort_by_key(|(literal, _)| std::cmp::Reverse(*literal));
    let method = method.to_ascii_lowercase();
    let Some((_, methods)) = fitting.iter().find(|(_, methods)| methods.get(&method).is_some()) else {
        // Nothing is described there, and nothing is there.
        assert!(answer.status >= 400, "an answer that the description does not know: {about}");
        return;
    };
    let operation = &methods[&method];
    let response = &operation["responses"][answer.status.to_string()];
    assert!(response.is_object(), "a status that the description does not name: {about}");
    let kind = answer.header("content-type").unwrap_or("").split(';').next().unwrap().trim();
    if answer.status == 304 || method == "head" || response["content"].is_null() {
        return;
    }
    let content = response["content"].as_object().unwrap();
    let Some(described) = content.get(kind).or(content.get("*/*")) else {
        panic!("a type that the description does not name, {kind:?}: {about}");
    };
    if !["application/json", "application/problem+json", "application/geo+json"].contains(&kind) {
        return;
    }
    // What was cut off is another test's matter.
    let Ok(json) = serde_json::from_slice::<Value>(&answer.body) else { return };
    if let Err(error) = Shapes(document).fits(&described["schema"], &json, "") {
        panic!("{error} {about}");
    }
    if kind == "application/problem+json" {
        let code = json["code"].to_string();
        let codes = response["x-codes"].as_array().unwrap();
        assert!(codes.iter().any(|known| *known == code.as_str()), "a problem the description does not name: {about}");
    }
}

/// The shapes of a description.
struct Shapes<'a>(&'a Value);

impl Shapes<'_> {
    /// Whether a value is of this shape: as JSON Schema has it, and without a field that the shape does not name.
    fn fits(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        if let Some(name) = schema["$ref"].as_str() {
            return self.fits(&self.0["components"]["schemas"][name.rsplit('/').next().unwrap()], value, at);
        }
        if let Some(choices) = schema["anyOf"].as_array() {
            let tried: Vec<String> = choices.iter().filter_map(|choice| self.fits(choice, value, at).err()).collect();
            return if tried.len() < choices.len() { Ok(()) } else { Err(tried.join("; ")) };
        }
        if schema["type"].is_null() {
            return Ok(());
        }
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "boolean",
            Value::Number(number) if number.is_i64() || number.is_u64() => "integer",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let is = |known: &Value| known == kind || (known == "number" && kind == "integer");
        if !schema["type"].as_array().map_or_else(|| is(&schema["type"]), |kinds| kinds.iter().any(is)) {
            return Err(format!("{at} is {kind}, not {}", schema["type"]));
        }
        if schema["enum"].as_array().is_some_and(|words| !words.contains(value)) {
            return Err(format!("{at} is {value}, not one of {}", schema["enum"]));
        }
        for (n, item) in value.as_array().into_iter().flatten().enumerate() {
            self.fits(&schema["items"], item, &format!("{at}[{n}]"))?;
        }
        let Some(fields) = value.as_object() else { return Ok(()) };
        for name in schema["required"].as_array().into_iter().flatten() {
            if !fields.contains_key(name.as_str().unwrap()) {
                return Err(format!("{at} lacks {name}"));
            }
        }
        for (name, value) in fields {
            let at = format!("{at}.{name}");
            match (schema["properties"].get(name), schema.get("additionalProperties")) {
                (Some(known), _) | (None, Some(known)) => self.fits(known, value, &at)?,
                (None, None) => return Err(format!("{at} is not described")),
            }
        }
        Ok(())
    }
}

#[test]
fn every_address_under_v1_is_described_and_nothing_else_is() {
    let office = Office::open();
    let document = description(&office.address);
    let mut described = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let route = operation["x-route"].as_str().unwrap_or(path);
            described.insert(format!("{} {route}", method.to_uppercase()));
        }
    }
    let written: BTreeSet<String> =
        written_routes().into_iter().filter(|route| route.split(' ').nth(1).unwrap().starts_with("/v1/")).collect();
    let missing: Vec<_> = written.difference(&described).collect();
    assert!(missing.is_empty(), "describe in crates/dtm/src/http/openapi/table: {missing:#?}");
    let gone: Vec<_> = described.difference(&written).collect();
    assert!(gone.is_empty(), "no router has {gone:#?}");
}

#[test]
fn the_description_is_sound_openapi_in_both_languages() {
    let office = Office::open();
    let english = office.get("/v1/openapi.json", &[]);
    let french = office.get("/v1/openapi.json", &[("Accept-Language", "fr")]);
    assert_eq!(french.json()["info"]["title"], "API REST");
    assert_eq!(office.get("/v1/openapi.json?lang=fr", &[]).body, french.body);
    assert_eq!(english.json()["paths"].as_object().unwrap().len(), french.json()["paths"].as_object().unwrap().len());
    let Some(python) = python("openapi_spec_validator") else { return };
    for answer in [english, french] {
        let script = "import json, sys; from openapi_spec_validator import validate; validate(json.load(sys.stdin))";
        let mut validator =
            Command::new(&python).args(["-c", script]).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        validator.stdin.take().unwrap().write_all(&answer.body).unwrap();
        let output = validator.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn the_page_of_the_api_names_every_operation_and_needs_no_script() {
    let office = Office::open();
    assert_eq!(office.get("/api", &[("Accept-Language", "fr")]).header("location"), Some("/fr/api/rest"));
    for lang in ["en", "fr"] {
        let page = office.get(&format!("/{lang}/api/rest"), &[]).text();
        assert!(!page.contains("<script") && !page.contains("rest-"), "{lang}");
        for (path, methods) in description(&office.address)["paths"].as_object().unwrap() {
            for method in methods.as_object().unwrap().keys() {
                let line = format!("<code>{} {path}</code>", method.to_uppercase());
                assert!(page.contains(&line), "{line}");
            }
        }
    }
    assert!(office.get("/en/api", &[]).text().contains("href=\"/en/api/rest\""));
}

#[test]
fn an_address_is_told_from_a_longer_one() {
    assert!(fit("/v1/a/{b}.xml", "/v1/a/x.xml") > fit("/v1/a/{b}", "/v1/a/x.xml"));
    assert!(fit("/v1/a/{b}.svc/{inside}", "/v1/a/x.svc/y/z").is_some());
    assert_eq!(fit("/v1/a/{b}.xml", "/v1/a/.xml"), None);
    assert_eq!(fit("/v1/a/{b}", "/v1/a/x/y"), None);
}
