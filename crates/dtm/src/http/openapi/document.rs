//! The table as an OpenAPI 3.1 document, in either language.

use super::shape::Record;
use super::table::{Content, Operation, Parameter, TABLE};
use axum::body::Bytes;
use dtm_model::Lang;
use dtm_publish::words::Words;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The document in both languages, made once. Addresses in it are relative, so that it is true wherever it is served.
static DOCUMENTS: LazyLock<[Bytes; 2]> =
    LazyLock::new(|| [Lang::En, Lang::Fr].map(|lang| Bytes::from(document(Words::of(lang)).to_string())));

/// The document in this language.
pub(super) fn in_language(lang: Lang) -> Bytes {
    let [english, french] = &*DOCUMENTS;
    match lang {
        Lang::En => english.clone(),
        Lang::Fr => french.clone(),
    }
}

/// What an operation does, in words.
pub(super) fn summary(w: &Words, operation: &Operation) -> String {
    let what = w.t(&operation.words());
    match operation.place() {
        Some(place) => format!("{what} ({})", w.t(place)),
        None => what,
    }
}

/// The meaning of a parameter, where its name does not say it.
pub(super) fn meaning(w: &Words, name: &str) -> Option<String> {
    let plain: String = name.to_ascii_lowercase().chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    let key = format!("rest-param-{}", plain.replace('_', "-"));
    w.has(&key).then(|| w.t(&key))
}

/// What a problem means.
pub(super) fn problem_meaning(w: &Words, code: &str) -> String {
    w.t(&format!("rest-problem-{}", code.replace('.', "-")))
}

fn document(w: &Words) -> Value {
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for operation in &TABLE.operations {
        let methods = paths.entry(operation.path).or_default();
        methods.insert(operation.method.to_ascii_lowercase(), operation_json(w, operation));
    }
    let mut tags: Vec<&str> = Vec::new();
    for operation in &TABLE.operations {
        if !tags.contains(&operation.tag) {
            tags.push(operation.tag);
        }
    }
    let tags: Vec<Value> =
        tags.iter().map(|tag| json!({ "name": tag, "description": w.t(&format!("rest-tag-{tag}")) })).collect();
    let schemas: Map<String, Value> =
        TABLE.records.iter().map(|record: &Record| (record.name.to_owned(), record.schema())).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": w.t("rest-title"), "version": env!("CARGO_PKG_VERSION"), "description": w.t("rest-lead"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags,
        "security": [{ "session": [] }, { "password": [] }, { "cookie": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "session": { "type": "http", "scheme": "bearer", "description": w.t("rest-auth-bearer") },
                "password": { "type": "http", "scheme": "basic", "description": w.t("rest-auth-basic") },
                "cookie": { "type": "apiKey", "in": "cookie", "name": "__Host-dtm", "description": w.t("rest-auth-cookie") },
            },
        },
    })
}

fn operation_json(w: &Words, operation: &Operation) -> Value {
    let mut json = json!({
        "operationId": operation.name, "tags": [operation.tag], "summary": summary(w, operation),
        "responses": responses(w, operation),
    });
    let parameters = parameters(w, operation);
    if !parameters.is_empty() {
        json["parameters"] = parameters.into();
    }
    if !operation.bodies.is_empty() {
        let content: Map<String, Value> = operation.bodies.iter().map(media_json).collect();
        json["requestBody"] = json!({ "required": !operation.body_optional, "content": content });
    }
    if operation.route != operation.path {
        json["x-route"] = operation.route.into();
    }
    if operation.open || operation.by_token() {
        json["security"] = json!([]);
    }
    json
}

fn media_json(content: &Content) -> (String, Value) {
    let schema = match (&content.shape, content.media) {
        (Some(shape), _) => shape.schema(),
        (None, "multipart/form-data") => json!({
            "type": "object", "required": ["xml_submission_file"],
            "properties": { "xml_submission_file": { "type": "string", "contentMediaType": "text/xml" } },
            "additionalProperties": { "type": "string", "contentMediaType": "application/octet-stream" },
        }),
        (None, "application/x-www-form-urlencoded") => {
            json!({ "type": "object", "additionalProperties": { "type": "string" } })
        }
        // Not JSON: bytes of that type.
        (None, _) => json!({}),
    };
    (content.media.to_owned(), json!({ "schema": schema }))
}

fn parameters(w: &Words, operation: &Operation) -> Vec<Value> {
    let mut all = Vec::new();
    let mut add = |name: &str, place: &str, schema: Value| {
        let mut json = json!({ "name": name, "in": place, "schema": schema });
        if place == "path" {
            json["required"] = true.into();
        }
        if let Some(meaning) = meaning(w, name) {
            json["description"] = meaning.into();
        }
        all.push(json);
    };
    for name in operation.path_parameters() {
        let kind = if name == "project" { json!({ "type": "integer" }) } else { json!({ "type": "string" }) };
        add(name, "path", kind);
    }
    for Parameter { name, shape } in &operation.query {
        add(name, "query", shape.schema());
    }
    if operation.paging {
        add("limit", "query", json!({ "type": "integer", "minimum": 0 }));
        add("offset", "query", json!({ "type": "integer", "minimum": 0 }));
    }
    for Parameter { name, shape } in &operation.headers {
        add(name, "header", shape.schema());
    }
    if operation.extended {
        add("X-Extended-Metadata", "header", json!({ "type": "string", "enum": ["true", "false"] }));
    }
    if !["GET", "HEAD"].contains(&operation.method) && !operation.open && !operation.by_token() {
        add("X-Action-Notes", "header", json!({ "type": "string" }));
    }
    if operation.openrosa {
        add("X-OpenRosa-Version", "header", json!({ "type": "string", "enum": ["1.0"] }));
    }
    all
}

fn responses(w: &Words, operation: &Operation) -> Value {
    let mut all = Map::new();
    let mut good =
        json!({ "description": w.t(if operation.status < 300 { "rest-answer" } else { "rest-answer-leads" }) });
    if let Some(content) = &operation.gives {
        good["content"] = Value::Object([media_json(content)].into_iter().collect());
    }
    all.insert(operation.status.to_string(), good);
    let is_text = |content: &Content| ["application/json", "application/xml", "text/xml"].contains(&content.media);
    let may_be_held = operation
        .gives
        .as_ref()
        .is_some_and(|content| is_text(content) || content.media == "*/*" || content.media == "text/csv");
    if operation.method == "GET" && may_be_held {
        all.insert("304".to_owned(), json!({ "description": w.t("rest-answer-unchanged") }));
    }
    let mut problems: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for code in operation.problems() {
        problems.entry(code.split('.').next().unwrap_or(code)).or_default().push(code);
    }
    let xml = ("text/xml", json!({ "schema": { "type": "string" } }));
    let problem = ("application/problem+json", json!({ "schema": { "$ref": "#/components/schemas/Problem" } }));
    let media = match operation {
        one if one.method == "HEAD" => Vec::new(),
        one if one.openrosa => vec![xml],
        one if one.problem_xml => vec![xml, problem],
        _ => vec![problem],
    };
    let media: Map<String, Value> = media.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    for (status, codes) in problems {
        let lines: Vec<String> = codes.iter().map(|code| format!("{code}: {}", problem_meaning(w, code))).collect();
        let mut json = json!({ "description": lines.join(" "), "x-codes": codes });
        if !media.is_empty() {
            json["content"] = media.clone().into();
        }
        all.insert(status.to_owned(), json);
    }
    Value::Object(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_has_words_in_both_languages() {
        for lang in [Lang::En, Lang::Fr] {
            let w = Words::of(lang);
            let text = String::from_utf8(in_language(lang).to_vec()).unwrap();
            let gap = text.split('"').find(|word| word.starts_with("rest-") || word.contains(": rest-problem"));
            assert_eq!(gap, None, "no words for it");
            for operation in &TABLE.operations {
                assert!(w.has(&operation.words()), "{}", operation.words());
            }
        }
    }

    #[test]
    fn an_operation_says_what_it_takes_gives_and_refuses() {
        let text = in_language(Lang::En);
        let document: Value = serde_json::from_slice(&text).unwrap();
        let bring = &document["paths"]["/v1/projects/{project}/forms"]["post"];
        assert_eq!(bring["operationId"], "bring-form");
        assert_eq!(bring["parameters"][0]["name"], "project");
        assert_eq!(
            bring["responses"]["200"]["content"]["application/json"]["schema"]["$ref"],
            "#/components/schemas/Form"
        );
        assert_eq!(bring["responses"]["409"]["x-codes"], json!(["409.16", "409.17", "409.3"]));
        assert_eq!(document["paths"]["/v1/sessions"]["post"]["security"], json!([]));
    }
}
