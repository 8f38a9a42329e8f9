//! What changed from one version of a submission to the next.
//!
//! Takes the XML of both and the form's schema, and returns one [`Difference`] for each question whose text differs, in
//! the order of the newer version, with the path that ODK Central's clients read: names from below the root down, a turn
//! of a repeat as its name and its index from 0. A turn that only one version has is one difference, with all that stood
//! in it. Blank and missing are the same, as they are for JavaRosa.

use crate::submission::SubmissionError;
use crate::xml::{MAX_ELEMENTS, Tree, XmlError};
use dtm_model::{FieldKind, FormSchema};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The most differences that are told of one pair of versions.
pub const MOST_DIFFERENCES: usize = 5000;

/// The most parts of ways that are held for one version; the largest real forms have a tenth of it.
const MOST_PARTS: usize = 2_000_000;

/// One part of the way to a question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// An element that occurs once.
    Name(String),
    /// A turn of a repeat, from 0.
    Turn(String, usize),
}

impl Part {
    /// The part as clients read it: a name, or a name and an index.
    pub fn to_json(&self) -> Value {
        match self {
            Part::Name(name) => name.clone().into(),
            Part::Turn(name, at) => json!([name, at]),
        }
    }

    /// The name of the element.
    pub fn name(&self) -> &str {
        match self {
            Part::Name(name) | Part::Turn(name, _) => name,
        }
    }
}

/// A question, or a whole turn of a repeat, that differs.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The way to it from below the root.
    pub path: Vec<Part>,
    /// What stood there: a text, or the answers of a turn; none where there was nothing.
    pub old: Option<Value>,
    /// What stands there now.
    pub new: Option<Value>,
}

impl Difference {
    /// The difference as ODK Central's clients read it.
    pub fn to_json(&self) -> Value {
        let path: Vec<Value> = self.path.iter().map(Part::to_json).collect();
        json!({ "path": path, "old": self.old, "new": self.new })
    }

    /// The question as the cleaning log names it: `household[2]/member[1]/age`, turns from 1.
    pub fn question(&self) -> String {
        let part = |part: &Part| match part {
            Part::Name(name) => name.clone(),
            Part::Turn(name, at) => format!("{name}[{}]", at + 1),
        };
        self.path.iter().map(part).collect::<Vec<_>>().join("/")
    }

    /// The question's path in the form, turns left out.
    pub fn field(&self) -> String {
        self.path.iter().map(Part::name).collect::<Vec<_>>().join("/")
    }
}

/// Returns what changed from the old to the new version, in document order; what is gone comes last.
pub fn differences(old: &str, new: &str, schema: &FormSchema) -> Result<Vec<Difference>, SubmissionError> {
    let repeats: HashSet<&str> =
        schema.fields.iter().filter(|field| field.kind == FieldKind::Repeat).map(|field| field.path.as_str()).collect();
    let (old, new) = (Flat::read(old, &repeats)?, Flat::read(new, &repeats)?);
    let mut told: BTreeSet<Vec<Part>> = BTreeSet::new();
    let mut found = Vec::new();
    for path in new.order.iter().chain(&old.order) {
        if found.len() >= MOST_DIFFERENCES {
            break;
        }
        let (before, after) = (old.answers.get(path), new.answers.get(path));
        if before == after {
            continue;
        }
        // The outermost turn that only one of the two has speaks for all that stands in it.
        let alone = (1..=path.len()).map(|end| &path[..end]).find(|part| {
            matches!(part.last(), Some(Part::Turn(..))) && old.turns.contains(*part) != new.turns.contains(*part)
        });
        let path = alone.unwrap_or(path).to_vec();
        if told.insert(path.clone()) {
            let value = |flat: &Flat, text: Option<&String>| match alone {
                Some(turn) => flat.turns.contains(turn).then(|| flat.below(turn)),
                None => text.map(|text| text.clone().into()),
            };
            found.push(Difference { old: value(&old, before), new: value(&new, after), path });
        }
    }
    Ok(found)
}

/// The answers of a submission by the way to them.
#[derive(Default)]
struct Flat {
    order: Vec<Vec<Part>>,
    answers: BTreeMap<Vec<Part>, String>,
    turns: HashSet<Vec<Part>>,
}

impl Flat {
    fn read(xml: &str, repeats: &HashSet<&str>) -> Result<Self, SubmissionError> {
        let tree = Tree::read(xml.as_bytes(), MAX_ELEMENTS)?;
        let mut flat = Flat::default();
        // Each waiting element with the way to it and its path in the form; the last in comes out first.
        let mut waiting = vec![(tree.root(), Vec::<Part>::new(), String::new())];
        let mut n_parts = 0;
        while let Some((node, way, path)) = waiting.pop() {
            n_parts += way.len() * (1 + node.children.len());
            if n_parts > MOST_PARTS {
                return Err(XmlError::TooMany(MOST_PARTS).into());
            }
            if node.children.is_empty() && !way.is_empty() {
                if !node.text.trim().is_empty() && flat.answers.insert(way.clone(), node.text.clone()).is_none() {
                    flat.order.push(way);
                }
                continue;
            }
            let mut turns: HashMap<String, usize> = HashMap::new();
            let mut below = Vec::with_capacity(node.children.len());
            for child in node.children.iter().map(|at| tree.node(*at)) {
                if child.attributes.iter().any(|(name, _)| name.ends_with(":template")) {
                    continue;
                }
                let inner = if path.is_empty() { child.name.clone() } else { format!("{path}/{}", child.name) };
                let mut way = way.clone();
                if repeats.contains(inner.as_str()) {
                    let turn = turns.entry(child.name.clone()).or_default();
                    way.push(Part::Turn(child.name.clone(), *turn));
                    *turn += 1;
                    flat.turns.insert(way.clone());
                } else {
                    way.push(Part::Name(child.name.clone()));
                }
                below.push((child, way, inner));
            }
            waiting.extend(below.into_iter().rev());
        }
        Ok(flat)
    }

    /// All that stands in a turn, nested as in the form; turns inside it are lists.
    fn below(&self, turn: &[Part]) -> Value {
        let mut whole = Value::Object(Map::new());
        for (path, text) in self.answers.range(turn.to_vec()..).take_while(|(path, _)| path.starts_with(turn)) {
            put(&mut whole, &path[turn.len()..], text);
        }
        whole
    }
}

/// Puts an answer where its way leads, below a turn.
fn put(whole: &mut Value, way: &[Part], text: &str) {
    let mut at = whole;
    for part in way {
        let Some(map) = at.as_object_mut() else { return };
        at = match part {
            Part::Name(name) => map.entry(name.clone()).or_insert_with(|| Value::Object(Map::new())),
            Part::Turn(name, index) => {
                let list = map.entry(name.clone()).or_insert_with(|| Value::Array(Vec::new()));
                let Some(list) = list.as_array_mut() else { return };
                while list.len() <= *index {
                    list.push(Value::Object(Map::new()));
                }
                &mut list[*index]
            }
        };
    }
    *at = text.into();
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::{Field, Text};
    use expect_test::{Expect, expect};

    fn schema() -> FormSchema {
        let field = |(path, kind): (&str, FieldKind)| Field {
            path: path.to_owned(),
            kind,
            label: Text::new(),
            hxl: None,
            choices: Vec::new(),
        };
        let fields =
            [("site", FieldKind::Group), ("household", FieldKind::Repeat), ("household/member", FieldKind::Repeat)];
        let mut schema = FormSchema { fields: fields.into_iter().map(field).collect(), ..EMPTY.clone() };
        schema.root = "data".to_owned();
        schema
    }

    static EMPTY: std::sync::LazyLock<FormSchema> = std::sync::LazyLock::new(|| {
        serde_json::from_value(
            json!({ "xml_form_id": "b2", "version": "1", "title": "B2", "root": "data", "fields": [] }),
        )
        .unwrap()
    });

    fn check(old: &str, new: &str, expected: Expect) {
        let whole = |inner: &str| format!("<data id='b2' version='1'>{inner}</data>");
        let found = differences(&whole(old), &whole(new), &schema()).unwrap();
        let text = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
        let lines = found.iter().map(|one| format!("{}: {} -> {}\n", one.question(), text(&one.old), text(&one.new)));
        expected.assert_eq(&lines.collect::<String>());
    }

    #[test]
    fn an_edit_is_told_question_by_question() {
        check(
            "<site><name>Nord</name><idp_hh>120</idp_hh><note> </note></site><closed/><meta><instanceID>a</instanceID></meta>",
            "<site><name>Nord</name><idp_hh>130</idp_hh></site><open>yes</open><meta><instanceID>b</instanceID>
             <deprecatedID>a</deprecatedID></meta>",
            expect![[r#"
                site/idp_hh: "120" -> "130"
                open: - -> "yes"
                meta/instanceID: "a" -> "b"
                meta/deprecatedID: - -> "a"
            "#]],
        );
    }

    #[test]
    fn a_turn_that_came_or_went_is_told_whole() {
        check(
            "<household><head>Ana</head><member><age>3</age></member></household>
             <household><head>Ben</head></household>",
            "<household><head>Ana</head><member><age>4</age></member><member><age>9</age><name>Cy</name></member></household>",
            expect![[r#"
                household[1]/member[1]/age: "3" -> "4"
                household[1]/member[2]: - -> {"age":"9","name":"Cy"}
                household[2]: {"head":"Ben"} -> -
            "#]],
        );
    }

    #[test]
    fn clients_of_central_read_the_path() {
        let whole = |age: u8| format!("<data id='b2'><household><member><age>{age}</age></member></household></data>");
        let found = differences(&whole(1), &whole(2), &schema()).unwrap();
        assert_eq!(
            found[0].to_json(),
            json!({ "path": [["household", 0], ["member", 0], "age"], "old": "1", "new": "2" })
        );
        assert_eq!(found[0].field(), "household/member/age");
    }
}
