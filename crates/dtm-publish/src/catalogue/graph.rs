//! Statements about things, written as Turtle or as JSON-LD.

use serde_json::{Map, Value, json};
use std::fmt::Write;

/// Prefixes of the vocabularies used.
const PREFIXES: [(&str, &str); 7] = [
    ("dcat", "http://www.w3.org/ns/dcat#"),
    ("dct", "http://purl.org/dc/terms/"),
    ("foaf", "http://xmlns.com/foaf/0.1/"),
    ("spdx", "http://spdx.org/rdf/terms#"),
    ("xsd", "http://www.w3.org/2001/XMLSchema#"),
    ("adms", "http://www.w3.org/ns/adms#"),
    ("vcard", "http://www.w3.org/2006/vcard/ns#"),
];

/// A thing and what is said of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// Its address; none where it has no name of its own.
    pub id: Option<String>,
    /// Its classes, with prefixes.
    pub types: Vec<&'static str>,
    /// What is said of it, with prefixes.
    pub said: Vec<(&'static str, Object)>,
}

/// What a statement says.
#[derive(Clone, Debug, PartialEq)]
pub enum Object {
    /// A thing named elsewhere, by address.
    Address(String),
    /// A thing with its own statements.
    Thing(Node),
    /// Words in a language.
    Words(String, &'static str),
    /// A value of a type, with prefix.
    Value(String, &'static str),
}

impl Node {
    /// A thing of these classes.
    pub fn new(id: Option<String>, types: &[&'static str]) -> Node {
        Node { id, types: types.to_vec(), said: Vec::new() }
    }

    /// Says one thing more.
    #[must_use]
    pub fn say(mut self, of: &'static str, object: Object) -> Node {
        self.said.push((of, object));
        self
    }

    /// Says it where there is something to say.
    #[must_use]
    pub fn say_all(mut self, of: &'static str, objects: impl IntoIterator<Item = Object>) -> Node {
        self.said.extend(objects.into_iter().map(|object| (of, object)));
        self
    }
}

/// The things as Turtle.
pub fn turtle(nodes: &[Node]) -> String {
    let mut out = String::new();
    for (prefix, address) in PREFIXES {
        _ = writeln!(out, "@prefix {prefix}: <{address}> .");
    }
    for node in nodes {
        out.push('\n');
        match &node.id {
            Some(id) => out += &iri(id),
            None => out += "[]",
        }
        body(&mut out, node, 1);
        out += " .\n";
    }
    out
}

fn body(out: &mut String, node: &Node, depth: usize) {
    let pad = "    ".repeat(depth);
    _ = write!(out, " a {}", node.types.join(", "));
    for (of, object) in &node.said {
        _ = write!(out, " ;\n{pad}{of} ");
        match object {
            Object::Address(address) => *out += &iri(address),
            Object::Words(words, lang) => _ = write!(out, "{}@{lang}", quoted(words)),
            Object::Value(value, kind) => _ = write!(out, "{}^^{kind}", quoted(value)),
            Object::Thing(Node { id: Some(id), .. }) => *out += &iri(id),
            Object::Thing(node) => {
                // Things without a name are never deeper than a level or two.
                out.push('[');
                body(out, node, depth + 1);
                _ = write!(out, "\n{pad}]");
            }
        }
    }
}

/// An address in angle brackets, with what may not stand there written as a percent sign and its number.
fn iri(address: &str) -> String {
    let mut out = String::from("<");
    for c in address.chars() {
        match c {
            '<' | '>' | '"' | '{' | '}' | '|' | '^' | '`' | '\\' | '\0'..=' ' => {
                let mut bytes = [0; 4];
                c.encode_utf8(&mut bytes).bytes().for_each(|byte| _ = write!(out, "%{byte:02X}"));
            }
            c => out.push(c),
        }
    }
    out + ">"
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            '\n' => out += "\\n",
            '\r' => out += "\\r",
            '\t' => out += "\\t",
            c if c.is_control() => _ = write!(out, "\\u{:04X}", u32::from(c)),
            c => out.push(c),
        }
    }
    out + "\""
}

/// The things as JSON-LD.
pub fn json_ld(nodes: &[Node]) -> Value {
    let context: Map<String, Value> =
        PREFIXES.iter().map(|(prefix, address)| ((*prefix).to_owned(), json!(address))).collect();
    json!({ "@context": context, "@graph": nodes.iter().map(thing).collect::<Vec<_>>() })
}

fn thing(node: &Node) -> Value {
    let mut out = Map::new();
    if let Some(id) = &node.id {
        out.insert("@id".to_owned(), json!(id));
    }
    out.insert("@type".to_owned(), json!(node.types));
    for (of, object) in &node.said {
        let value = match object {
            Object::Address(address) => json!({ "@id": address }),
            Object::Words(words, lang) => json!({ "@value": words, "@language": lang }),
            Object::Value(value, kind) => json!({ "@value": value, "@type": kind }),
            Object::Thing(Node { id: Some(id), .. }) => json!({ "@id": id }),
            Object::Thing(node) => thing(node),
        };
        match out.entry((*of).to_owned()).or_insert_with(|| json!([])) {
            Value::Array(values) => values.push(value),
            other => *other = value,
        }
    }
    Value::Object(out)
}
