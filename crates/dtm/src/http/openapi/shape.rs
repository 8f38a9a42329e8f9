//! What a body or an answer holds, read from the short notation of the tables and written as JSON Schema.

use serde_json::{Map, Value, json};

/// The shape of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Any,
    Text,
    Int,
    Number,
    Bool,
    Time,
    /// One of these words.
    Words(Vec<&'static str>),
    Named(&'static str),
    List(Box<Shape>),
    /// Values of this shape under names that the table does not know.
    Map(Box<Shape>),
    Either(Vec<Shape>),
    OrNull(Box<Shape>),
}

impl Shape {
    /// Reads the notation: `text?`, `[Form]`, `{[Difference]}`, `"open|closed"`, `Entity or Success`.
    pub(super) fn read(text: &'static str) -> Shape {
        let text = text.trim();
        let inside = |text: &'static str, open: char, close: char| text.strip_prefix(open)?.strip_suffix(close);
        if let Some(shape) = text.strip_suffix('?') {
            return Shape::OrNull(Box::new(Shape::read(shape)));
        }
        if let Some(item) = inside(text, '[', ']') {
            return Shape::List(Box::new(Shape::read(item)));
        }
        if let Some(item) = inside(text, '{', '}') {
            return Shape::Map(Box::new(Shape::read(item)));
        }
        if text.contains(" or ") {
            return Shape::Either(text.split(" or ").map(Shape::read).collect());
        }
        if text.contains('|') || text.starts_with('"') {
            return Shape::Words(text.trim_matches('"').split('|').collect());
        }
        match text {
            "any" => Shape::Any,
            "text" => Shape::Text,
            "int" => Shape::Int,
            "number" => Shape::Number,
            "bool" => Shape::Bool,
            "time" => Shape::Time,
            name => Shape::Named(name),
        }
    }

    /// The shape as JSON Schema 2020-12.
    pub(super) fn schema(&self) -> Value {
        match self {
            Shape::Any => json!({}),
            Shape::Text => json!({ "type": "string" }),
            Shape::Int => json!({ "type": "integer", "format": "int64" }),
            Shape::Number => json!({ "type": "number" }),
            Shape::Bool => json!({ "type": "boolean" }),
            Shape::Time => json!({ "type": "string", "format": "date-time" }),
            Shape::Words(words) => json!({ "type": "string", "enum": words }),
            Shape::Named(name) => json!({ "$ref": format!("#/components/schemas/{name}") }),
            Shape::List(item) => json!({ "type": "array", "items": item.schema() }),
            Shape::Map(item) => json!({ "type": "object", "additionalProperties": item.schema() }),
            Shape::Either(shapes) => json!({ "anyOf": shapes.iter().map(Shape::schema).collect::<Vec<_>>() }),
            Shape::OrNull(shape) => or_null(shape),
        }
    }

    /// The shape in a few words, as the page shows it.
    pub(super) fn notation(&self) -> String {
        let all = |shapes: &[Shape]| shapes.iter().map(Shape::notation).collect::<Vec<_>>().join(" | ");
        match self {
            Shape::Any => "any".to_owned(),
            Shape::Text => "string".to_owned(),
            Shape::Int => "integer".to_owned(),
            Shape::Number => "number".to_owned(),
            Shape::Bool => "boolean".to_owned(),
            Shape::Time => "date-time".to_owned(),
            Shape::Words(words) => words.join(" | "),
            Shape::Named(name) => (*name).to_owned(),
            Shape::List(item) => format!("[{}]", item.notation()),
            Shape::Map(item) => format!("{{…: {}}}", item.notation()),
            Shape::Either(shapes) => all(shapes),
            Shape::OrNull(shape) => format!("{} | null", shape.notation()),
        }
    }

    /// The names of the shapes that stand in this one.
    pub(super) fn names(&self) -> Vec<&'static str> {
        match self {
            Shape::Named(name) => vec![name],
            Shape::List(item) | Shape::Map(item) | Shape::OrNull(item) => item.names(),
            Shape::Either(shapes) => shapes.iter().flat_map(Shape::names).collect(),
            _ => Vec::new(),
        }
    }
}

fn or_null(shape: &Shape) -> Value {
    let mut schema = shape.schema();
    match &mut schema["type"] {
        Value::String(kind) => {
            schema["type"] = json!([kind, "null"]);
            if let Some(words) = schema.get_mut("enum").and_then(Value::as_array_mut) {
                words.push(Value::Null);
            }
            schema
        }
        _ => {
            if let Some(schema) = schema.as_object_mut() {
                schema.remove("type");
            }
            json!({ "anyOf": [schema, { "type": "null" }] })
        }
    }
}

/// A shape with a name and fields.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) name: &'static str,
    pub(super) fields: Vec<RecordField>,
}

#[derive(Debug)]
pub(super) struct RecordField {
    pub(super) name: &'static str,
    /// Whether it may be missing.
    pub(super) optional: bool,
    pub(super) shape: Shape,
}

impl Record {
    /// Reads a table of records: a name at the beginning of a line, its fields on the lines below, set in.
    pub(super) fn read_all(text: &'static str) -> Vec<Record> {
        let mut all: Vec<Record> = Vec::new();
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            match (line.strip_prefix("  ").and_then(|field| field.split_once(' ')), all.last_mut()) {
                (Some((name, shape)), Some(record)) => {
                    let (name, optional) = name.strip_suffix('?').map_or((name, false), |name| (name, true));
                    record.fields.push(RecordField { name, optional, shape: Shape::read(shape) });
                }
                _ => all.push(Record { name: line.trim(), fields: Vec::new() }),
            }
        }
        all
    }

    pub(super) fn schema(&self) -> Value {
        let properties: Map<String, Value> =
            self.fields.iter().map(|field| (field.name.to_owned(), field.shape.schema())).collect();
        let required: Vec<&str> = self.fields.iter().filter(|field| !field.optional).map(|field| field.name).collect();
        let mut schema = json!({ "type": "object", "properties": properties });
        if !required.is_empty() {
            schema["required"] = json!(required);
        }
        schema
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notation_becomes_json_schema() {
        let check = |text, expected: Value| assert_eq!(Shape::read(text).schema(), expected, "{text}");
        check("text?", json!({ "type": ["string", "null"] }));
        check("[Form]", json!({ "type": "array", "items": { "$ref": "#/components/schemas/Form" } }));
        check("Form?", json!({ "anyOf": [{ "$ref": "#/components/schemas/Form" }, { "type": "null" }] }));
        check("\"open|closed\"?", json!({ "type": ["string", "null"], "enum": ["open", "closed", null] }));
        let numbers = json!({ "type": "array", "items": { "type": "integer", "format": "int64" } });
        check("{[int]}", json!({ "type": "object", "additionalProperties": numbers }));
        assert_eq!(Shape::read("[A or B]").names(), ["A", "B"]);
    }

    #[test]
    fn a_record_says_what_may_be_missing() {
        let all = Record::read_all("# words\n\nOne\n  a int\n  b? text?\n\nTwo\n  c [One]\n");
        assert_eq!(all.iter().map(|record| record.name).collect::<Vec<_>>(), ["One", "Two"]);
        assert_eq!(all[0].schema()["required"], json!(["a"]));
        assert_eq!(all[0].schema()["properties"]["b"]["type"], json!(["string", "null"]));
    }
}
