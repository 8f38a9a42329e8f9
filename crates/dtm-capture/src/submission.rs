//! Opens what a phone sent.
//!
//! Takes the bytes of a submission and returns its [`Envelope`]: which form and version it answers, its instanceID, and
//! what it replaces. With the form's schema, [`answers`] returns the typed answers. Bytes that are not whole,
//! well-formed XML are refused here, before anything is stored; odd answers never are: they are kept as sent, with a
//! note beside them. The bytes themselves are never changed. Protocol: OpenRosa metadata, `CAPTURE.md` §3.1.

use crate::xml::{self, MAX_ELEMENTS, Node, Step, Tree, XmlError};
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use dtm_model::{Answer, Answers, Field, FieldKind, Finding, FormSchema, Lang, Point, Severity};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The longest instanceID, form id or version taken, in bytes.
const MAX_ID_BYTES: usize = 255;

/// Notes on one submission; further ones are only counted.
const MAX_NOTES: usize = 500;
/// Answers kept that the form does not ask for, or not again; further ones stand in the XML only.
const MAX_UNASKED: u32 = 1000;

/// Why a submission is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubmissionError {
    /// It is not whole, well-formed XML.
    #[error("the submission is not whole, well-formed XML: {0}")]
    Xml(#[from] XmlError),
    /// Its root says no form id.
    #[error("the submission does not say which form it answers (no `id` on `{root}`)")]
    NoFormId {
        /// The root element.
        root: String,
    },
    /// An id that must be one is given twice and differs.
    #[error("the submission gives two different values of `{what}`")]
    Contradiction {
        /// `instanceID` or `deprecatedID`.
        what: &'static str,
    },
    /// An id is too long to be one.
    #[error("`{what}` is longer than {MAX_ID_BYTES} bytes")]
    TooLong {
        /// `id`, `version`, `instanceID` or `deprecatedID`.
        what: &'static str,
    },
}

impl SubmissionError {
    /// A stable word for this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            SubmissionError::Xml(error) => error.code(),
            SubmissionError::NoFormId { .. } => "submission_no_form_id",
            SubmissionError::Contradiction { .. } => "submission_contradiction",
            SubmissionError::TooLong { .. } => "submission_id_too_long",
        }
    }

    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            SubmissionError::Xml(error) => {
                format!("l’envoi n’est pas un XML entier et bien formé : {}", error.message(lang))
            }
            SubmissionError::NoFormId { root } => {
                format!("l’envoi ne dit pas à quel formulaire il répond (pas de `id` sur `{root}`)")
            }
            SubmissionError::Contradiction { what } => format!("l’envoi donne deux valeurs différentes de `{what}`"),
            SubmissionError::TooLong { what } => format!("`{what}` dépasse {MAX_ID_BYTES} octets"),
        }
    }
}

/// What a submission says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Name of the root element.
    pub root: String,
    /// The form it answers.
    pub form_id: String,
    /// The form's version, empty if none is given.
    pub version: String,
    /// The phone's name for it; see [`stand_in_instance_id`] where there is none.
    pub instance_id: Option<String>,
    /// The instanceID of the version it replaces.
    pub deprecated_id: Option<String>,
    /// A name for people.
    pub instance_name: Option<String>,
    /// Whether it is an envelope around encrypted files.
    pub encrypted: bool,
    /// Files an encrypted envelope names; those of a readable one come from [`answers`].
    pub files: Vec<String>,
}

/// Reads the envelope in one pass over the whole submission, so that one cut off anywhere is refused.
pub fn open(bytes: &[u8]) -> Result<Envelope, SubmissionError> {
    let mut envelope = Envelope {
        root: String::new(),
        form_id: String::new(),
        version: String::new(),
        instance_id: None,
        deprecated_id: None,
        instance_name: None,
        encrypted: false,
        files: Vec::new(),
    };
    // The ids stand at most two levels below the root; deeper names are not kept.
    let (mut path, mut depth): (Vec<String>, usize) = (Vec::new(), 0);
    let mut text = String::new();
    xml::walk(bytes, MAX_ELEMENTS, |step| {
        match step {
            Step::Open(start) => {
                if depth == 0 {
                    envelope.root = start.local_name().as_ref().to_owned();
                    envelope.form_id = xml::attribute(start, "id").unwrap_or_default().trim().to_owned();
                    envelope.version = xml::attribute(start, "version").unwrap_or_default();
                    envelope.encrypted = xml::attribute(start, "encrypted").is_some_and(|word| word == "yes");
                    envelope.instance_id = xml::attribute(start, "instanceID").and_then(filled);
                }
                if depth < 3 {
                    path.push(start.local_name().as_ref().to_owned());
                    text.clear();
                }
                depth += 1;
            }
            Step::Text(more) if depth <= 3 => text.push_str(more),
            Step::Text(_) => {}
            Step::Close => {
                depth -= 1;
                if depth < 3 {
                    envelope.meet(&path, &text)?;
                    path.pop();
                    text.clear();
                }
            }
        }
        Ok::<(), SubmissionError>(())
    })?;
    if envelope.form_id.is_empty() {
        return Err(SubmissionError::NoFormId { root: envelope.root });
    }
    let ids = [
        ("id", Some(&envelope.form_id)),
        ("version", Some(&envelope.version)),
        ("instanceID", envelope.instance_id.as_ref()),
        ("deprecatedID", envelope.deprecated_id.as_ref()),
    ];
    for (what, id) in ids {
        if id.is_some_and(|id| id.len() > MAX_ID_BYTES) {
            return Err(SubmissionError::TooLong { what });
        }
    }
    Ok(envelope)
}

/// Whether a submission is an envelope around encrypted files. Costs nothing for nearly all that are not.
pub fn is_encrypted(xml: &str) -> bool {
    xml.contains("encrypted") && open(xml.as_bytes()).is_ok_and(|envelope| envelope.encrypted)
}

impl Envelope {
    /// Takes what an element near the root says; `path` starts with the root.
    fn meet(&mut self, path: &[String], text: &str) -> Result<(), SubmissionError> {
        let mut names = ["", ""];
        if !(2..=3).contains(&path.len()) {
            return Ok(());
        }
        path[1..].iter().zip(&mut names).for_each(|(name, slot)| *slot = name);
        match names {
            ["meta", "instanceID"] => settle(&mut self.instance_id, text, "instanceID"),
            ["meta", "deprecatedID"] => settle(&mut self.deprecated_id, text, "deprecatedID"),
            ["meta", "instanceName"] => {
                self.instance_name = self.instance_name.take().or_else(|| filled(text.to_owned()));
                Ok(())
            }
            ["media", "file"] | ["encryptedXmlFile", ""] if self.encrypted => {
                self.files.extend(filled(text.to_owned()));
                Ok(())
            }
            _ => Ok(()),
        }
    }
}

fn settle(slot: &mut Option<String>, text: &str, what: &'static str) -> Result<(), SubmissionError> {
    match (slot.as_deref(), filled(text.to_owned())) {
        (Some(known), Some(new)) if known != new => Err(SubmissionError::Contradiction { what }),
        (None, new) => {
            *slot = new;
            Ok(())
        }
        _ => Ok(()),
    }
}

fn filled(text: String) -> Option<String> {
    let trimmed = text.trim();
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

/// Names a submission that has no instanceID by its content, so that the same bytes sent again are recognised.
pub fn stand_in_instance_id(bytes: &[u8]) -> String {
    use sha2::Digest;
    // The form id stands in the bytes, so their hash already tells forms apart.
    let digest = hex::encode(sha2::Sha256::digest(bytes));
    format!("sha256:{}", &digest[..40])
}

/// The typed answers of a submission, with what was odd about them.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Reading {
    /// Answers by field path; turns of repeats by the repeat's path.
    pub answers: Answers,
    /// Notes: `unknown_element`, `unreadable_value`, `choice_not_listed`, `repeated_element`, and `more_notes` with the
    /// `count` of those left out.
    pub notes: Vec<Finding>,
    /// Names of the files the answers speak of, in document order.
    pub files: Vec<String>,
}

/// Reads the answers of a submission by its form's schema. Empty questions are absent; what cannot be read as its
/// type is kept as sent; what the form does not ask is kept as text under its path.
pub fn answers(xml: &str, schema: &FormSchema) -> Result<Reading, SubmissionError> {
    let tree = Tree::read(xml.as_bytes(), MAX_ELEMENTS)?;
    let fields = schema.fields.iter().map(|field| (field.path.as_str(), field)).collect();
    let mut reader = AnswerReader { fields, reading: Reading::default(), n_unasked: 0, n_again: 0, n_more_notes: 0 };
    let mut turns = vec![Turn { path: String::new(), parent: None, answers: Answers::default() }];
    let mut path = String::new();
    let mut open = vec![OpenNode { node: tree.root(), next: 0, parent_path_len: 0, turn: 0 }];
    while let Some(here) = open.last_mut() {
        let Some(child) = here.node.children.get(here.next).map(|at| tree.node(*at)) else {
            path.truncate(here.parent_path_len);
            open.pop();
            continue;
        };
        here.next += 1;
        let mut turn = here.turn;
        // A repeat's template is the form's, not an answer.
        if child.attributes.iter().any(|(name, _)| name.ends_with(":template")) {
            continue;
        }
        let parent_path_len = path.len();
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(&child.name);
        match reader.fields.get(path.as_str()).map(|field| field.kind) {
            Some(FieldKind::Repeat) => {
                turns.push(Turn { path: path.clone(), parent: Some(turn), answers: Answers::default() });
                turn = turns.len() - 1;
            }
            Some(FieldKind::Group) => {}
            _ => reader.take(child, &path, &mut turns[turn].answers),
        }
        open.push(OpenNode { node: child, next: 0, parent_path_len, turn });
    }
    // Later turns lie inside earlier ones: fold them in from the end, then put each list in document order.
    while turns.len() > 1 {
        let Some(Turn { path, parent: Some(parent), mut answers }) = turns.pop() else { break };
        answers.repeats.values_mut().for_each(|turns| turns.reverse());
        turns[parent].answers.repeats.entry(path).or_default().push(answers);
    }
    if let Some(root) = turns.pop() {
        reader.reading.answers = root.answers;
    }
    reader.reading.answers.repeats.values_mut().for_each(|turns| turns.reverse());
    Ok(reader.finish())
}

/// How many metres each position may be off, as the phone said, by the question's path; the first turn of a repeat. A
/// phone writes nought where it does not know.
pub fn accuracies(xml: &str, schema: &FormSchema) -> Result<BTreeMap<String, f64>, SubmissionError> {
    let is_position = |field: &&Field| field.kind == FieldKind::Geopoint;
    let asked: HashSet<&str> = schema.fields.iter().filter(is_position).map(|field| field.path.as_str()).collect();
    let mut found = BTreeMap::new();
    if asked.is_empty() {
        return Ok(found);
    }
    let (mut path, mut ends, mut text, mut depth) = (String::new(), Vec::new(), String::new(), 0usize);
    xml::walk(xml.as_bytes(), MAX_ELEMENTS, |step| {
        match step {
            Step::Open(start) => {
                depth += 1;
                text.clear();
                if depth > 1 {
                    ends.push(path.len());
                    if !path.is_empty() {
                        path.push('/');
                    }
                    path.push_str(start.local_name().as_ref());
                }
            }
            Step::Text(more) => text.push_str(more),
            Step::Close => {
                depth -= 1;
                let accuracy = text.split_whitespace().nth(3).and_then(|part| part.parse::<f64>().ok());
                let accuracy = accuracy.filter(|metres| metres.is_finite() && *metres > 0.0);
                if let Some(metres) = accuracy.filter(|_| asked.contains(path.as_str())) {
                    found.entry(path.clone()).or_insert(metres);
                }
                text.clear();
                path.truncate(ends.pop().unwrap_or_default());
            }
        }
        Ok::<(), SubmissionError>(())
    })?;
    Ok(found)
}

struct Turn {
    path: String,
    parent: Option<usize>,
    answers: Answers,
}

/// An element being read, and how far.
struct OpenNode<'a> {
    node: &'a Node,
    next: usize,
    parent_path_len: usize,
    turn: usize,
}

struct AnswerReader<'a> {
    fields: HashMap<&'a str, &'a Field>,
    reading: Reading,
    n_unasked: u32,
    n_again: u32,
    n_more_notes: u32,
}

impl AnswerReader<'_> {
    fn take(&mut self, node: &Node, path: &str, answers: &mut Answers) {
        let text = node.text.as_str();
        if text.trim().is_empty() {
            return;
        }
        let field = self.fields.get(path).copied();
        let again = answers.values.contains_key(path);
        if field.is_none() || again {
            self.note(if again { "repeated_element" } else { "unknown_element" }, path, text);
            self.n_unasked += 1;
            if self.n_unasked > MAX_UNASKED {
                return;
            }
        }
        let answer = match field {
            Some(field) => self.typed(field, text),
            None => Answer::Text(text.to_owned()),
        };
        let mut key = path.to_owned();
        if again {
            // Numbered through the whole submission: unique, and found at once.
            self.n_again += 1;
            key = format!("{path}#{}", self.n_again + 1);
        }
        answers.values.insert(key, answer);
    }

    fn typed(&mut self, field: &Field, text: &str) -> Answer {
        let answer = read_value(field.kind, text);
        match &answer {
            None => self.note("unreadable_value", &field.path, text),
            Some(Answer::Text(name)) if field.kind == FieldKind::File => self.reading.files.push(name.clone()),
            Some(Answer::Text(name)) if field.kind == FieldKind::SelectOne => self.note_unlisted(field, name),
            Some(Answer::Choices(names)) => names.iter().for_each(|name| self.note_unlisted(field, name)),
            Some(_) => {}
        }
        answer.unwrap_or_else(|| Answer::Unreadable(text.to_owned()))
    }

    fn note_unlisted(&mut self, field: &Field, name: &str) {
        if !field.choices.is_empty() && !field.choices.iter().any(|choice| choice.name == name) {
            self.note("choice_not_listed", &field.path, name);
        }
    }

    fn finish(mut self) -> Reading {
        if self.n_more_notes > 0 {
            let facts = BTreeMap::from([("count".to_owned(), self.n_more_notes.to_string())]);
            let check = "more_notes".to_owned();
            let severity = Severity::Note;
            self.reading.notes.push(Finding { check, severity, record: None, place: None, question: None, facts });
        }
        self.reading
    }

    fn note(&mut self, check: &str, path: &str, value: &str) {
        if self.reading.notes.len() >= MAX_NOTES {
            self.n_more_notes += 1;
            return;
        }
        let value = value.trim().chars().take(200).collect();
        self.reading.notes.push(Finding {
            check: check.to_owned(),
            severity: Severity::Note,
            record: None,
            place: None,
            question: Some(path.to_owned()),
            facts: BTreeMap::from([("value".to_owned(), value)]),
        });
    }
}

/// The value of an answer as its type; none if it cannot be read so.
fn read_value(kind: FieldKind, text: &str) -> Option<Answer> {
    let value = text.trim();
    match kind {
        FieldKind::Integer => integer(value).map(Answer::Integer),
        FieldKind::Decimal => value.parse().ok().filter(|n: &f64| n.is_finite()).map(Answer::Decimal),
        FieldKind::Date => date(value).map(Answer::Date),
        FieldKind::DateTime => is_date_time(value).then(|| Answer::DateTime(value.to_owned())),
        FieldKind::Time => is_time(value).then(|| Answer::Text(value.to_owned())),
        FieldKind::Geopoint => point(value).map(Answer::Point),
        FieldKind::Geotrace | FieldKind::Geoshape => {
            let points = value.split(';').map(str::trim).filter(|part| !part.is_empty());
            points.map(point).collect::<Option<Vec<_>>>().map(|_| Answer::Text(value.to_owned()))
        }
        FieldKind::SelectOne | FieldKind::File => Some(Answer::Text(value.to_owned())),
        FieldKind::SelectMultiple => Some(Answer::Choices(value.split_whitespace().map(str::to_owned).collect())),
        FieldKind::Text | FieldKind::Group | FieldKind::Repeat => Some(Answer::Text(text.to_owned())),
    }
}

fn integer(value: &str) -> Option<i64> {
    // Some clients write whole numbers with an empty fraction.
    let whole = match value.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole,
        Some(_) => return None,
        None => value,
    };
    whole.parse().ok()
}

fn date(value: &str) -> Option<NaiveDate> {
    let (day, rest) = value.split_at_checked(10)?;
    let date = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    (rest.is_empty() || rest.starts_with('T')).then_some(date)
}

fn is_date_time(value: &str) -> bool {
    let Some((day, time)) = value.split_once('T') else { return false };
    let Some(date) = date(day) else { return false };
    match time_of_day(time) {
        Some(time) => NaiveDateTime::new(date, time).and_utc().timestamp_millis() != i64::MIN,
        None => false,
    }
}

fn is_time(value: &str) -> bool {
    time_of_day(value).is_some()
}

/// Reads `hh:mm[:ss[.fff]]` with an optional zone, in any of the spellings that clients use (`Z`, `+01`, `+01:00`).
fn time_of_day(value: &str) -> Option<NaiveTime> {
    let zone_at = value.find(['Z', '+', '-']).unwrap_or(value.len());
    let (time, zone) = value.split_at(zone_at);
    let digits = zone.get(1..).unwrap_or("").replace(':', "");
    let zone_ok = matches!(digits.len(), 0 | 2 | 4) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let read = NaiveTime::parse_from_str(time, "%H:%M:%S%.f").or_else(|_| NaiveTime::parse_from_str(time, "%H:%M"));
    read.ok().filter(|_| zone_ok)
}

fn point(value: &str) -> Option<Point> {
    let numbers = value.split_whitespace().map(|part| part.parse::<f64>().ok()).collect::<Option<Vec<f64>>>()?;
    let (lat, lon) = (*numbers.first()?, *numbers.get(1)?);
    let on_earth = (-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon);
    (on_earth && numbers.len() <= 4).then_some(Point { lon, lat })
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::Choice;
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    #[test]
    fn a_position_says_how_far_off_it_may_be_where_the_phone_knew() {
        let said = |position: &str| {
            let xml =
                format!("<data id=\"x\"><seen_on/><site><name>9 9 9 9</name><where>{position}</where></site></data>");
            accuracies(&xml, &schema()).unwrap().get("site/where").copied()
        };
        assert_eq!(said("18.5 -72.3 30.1 4.5"), Some(4.5));
        assert_eq!(said("18.5 -72.3 0 0"), None, "nought is what a phone writes that does not know");
        assert_eq!(said("18.5 -72.3"), None);
        assert_eq!(said("18.5 -72.3 0 NaN"), None);
        assert!(accuracies("<data><site>", &schema()).is_err());
    }

    fn schema() -> FormSchema {
        use FieldKind::*;
        let fields = [
            ("seen_on", Date),
            ("site", Group),
            ("site/name", Text),
            ("site/where", Geopoint),
            ("site/idp_hh", Integer),
            ("share", Decimal),
            ("start", DateTime),
            ("reason", SelectOne),
            ("needs", SelectMultiple),
            ("photo", File),
            ("household", Repeat),
            ("household/head", Text),
            ("household/member", Repeat),
            ("household/member/age", Integer),
            ("meta", Group),
            ("meta/instanceID", Text),
        ];
        let field = |(path, kind): (&str, FieldKind)| Field {
            path: path.to_owned(),
            kind,
            label: dtm_model::Text::new(),
            hxl: None,
            choices: match path {
                "reason" => {
                    vec![Choice { name: "conflict".into(), label: dtm_model::Text::both("Conflict", "Conflit") }]
                }
                _ => Vec::new(),
            },
        };
        FormSchema {
            xml_form_id: "b2".into(),
            version: "1".into(),
            title: "B2".into(),
            root: "data".into(),
            fields: fields.into_iter().map(field).collect(),
            media: Vec::new(),
            encrypted: false,
            client_editable: false,
            entities: None,
            on_arrival: None,
        }
    }

    fn check(inner: &str, expected: Expect) {
        let xml = format!("<data id='b2' version='1'>{inner}</data>");
        let reading = answers(&xml, &schema()).unwrap();
        let mut lines = Vec::new();
        print_answers(&reading.answers, "", &mut lines);
        for note in &reading.notes {
            lines.push(format!("{}: {} {}", note.check, note.question.as_deref().unwrap_or(""), note.facts["value"]));
        }
        lines.extend(reading.files.iter().map(|name| format!("file: {name}")));
        expected.assert_eq(&(lines.join("\n") + "\n"));
    }

    fn print_answers(answers: &Answers, indent: &str, lines: &mut Vec<String>) {
        lines.extend(answers.values.iter().map(|(path, answer)| format!("{indent}{path} = {answer:?}")));
        for (path, turns) in &answers.repeats {
            for (at, turn) in turns.iter().enumerate() {
                lines.push(format!("{indent}{path}[{}]", at + 1));
                print_answers(turn, &format!("{indent}  "), lines);
            }
        }
    }

    #[test]
    fn answers_have_the_types_the_form_asks_for() {
        check(
            "<seen_on>2024-05-02</seen_on><site><name>Camp « Espoir » &amp; fils</name><where>18.54 -72.33 30 5</where>
             <idp_hh>120</idp_hh></site><share>0.5</share><start>2024-05-02T08:30:00.000+01</start>
             <reason>conflict</reason><needs>water food</needs><photo>a.jpg</photo><meta><instanceID>uuid:1</instanceID></meta>",
            expect![[r#"
                meta/instanceID = Text("uuid:1")
                needs = Choices(["water", "food"])
                photo = Text("a.jpg")
                reason = Text("conflict")
                seen_on = Date(2024-05-02)
                share = Decimal(0.5)
                site/idp_hh = Integer(120)
                site/name = Text("Camp « Espoir » & fils")
                site/where = Point(Point { lon: -72.33, lat: 18.54 })
                start = DateTime("2024-05-02T08:30:00.000+01")
                file: a.jpg
            "#]],
        );
    }

    #[test]
    fn turns_of_repeats_keep_their_order_and_their_place() {
        check(
            "<household><head>Ana</head><member><age>3</age></member><member><age>40</age></member></household>
             <household><head>Ben</head></household>",
            expect![[r#"
                household[1]
                  household/head = Text("Ana")
                  household/member[1]
                    household/member/age = Integer(3)
                  household/member[2]
                    household/member/age = Integer(40)
                household[2]
                  household/head = Text("Ben")
            "#]],
        );
    }

    #[test]
    fn odd_answers_are_kept_with_a_note() {
        check(
            "<seen_on>yesterday</seen_on><site><idp_hh>about 20</idp_hh><where>95 200</where><name/></site>
             <reason>war</reason><extra><deep>7</deep></extra><share>1</share><share>2</share>",
            expect![[r##"
                extra/deep = Text("7")
                reason = Text("war")
                seen_on = Unreadable("yesterday")
                share = Decimal(1.0)
                share#2 = Decimal(2.0)
                site/idp_hh = Unreadable("about 20")
                site/where = Unreadable("95 200")
                unreadable_value: seen_on yesterday
                unreadable_value: site/idp_hh about 20
                unreadable_value: site/where 95 200
                choice_not_listed: reason war
                unknown_element: extra/deep 7
                repeated_element: share 2
            "##]],
        );
    }

    #[test]
    fn a_flood_of_elements_nobody_asked_for_stays_small() {
        let flood = "<x>1</x>".repeat(150_000);
        let reading = answers(&format!("<data id='b2'><share>1</share>{flood}</data>"), &schema()).unwrap();
        assert_eq!(reading.answers.values.len(), 1 + MAX_UNASKED as usize);
        assert_eq!(reading.notes.len(), MAX_NOTES + 1);
        assert_eq!(reading.notes.last().map(|note| note.facts["count"].as_str()), Some("149500"));
    }

    #[test]
    fn the_envelope_says_form_version_and_ids() {
        let xml = "\u{FEFF}<?xml version='1.0'?><data xmlns:orx='http://openrosa.org/xforms' id='b2' orx:version='7'>
            <a>1</a><orx:meta><orx:instanceID>uuid:new</orx:instanceID><orx:deprecatedID>uuid:old</orx:deprecatedID>
            <orx:instanceName>Site 4</orx:instanceName></orx:meta></data>";
        let envelope = open(xml.as_bytes()).unwrap();
        assert_eq!((envelope.form_id.as_str(), envelope.version.as_str()), ("b2", "7"));
        assert_eq!(envelope.instance_id.as_deref(), Some("uuid:new"));
        assert_eq!(envelope.deprecated_id.as_deref(), Some("uuid:old"));
        assert_eq!(envelope.instance_name.as_deref(), Some("Site 4"));
        assert!(!envelope.encrypted);
    }

    #[test]
    fn an_encrypted_envelope_names_its_files() {
        let xml =
            "<data encrypted='yes' id='b2' xmlns='http://opendatakit.org/submissions'><media><file>a.jpg.enc</file>
            </media><encryptedXmlFile>submission.xml.enc</encryptedXmlFile></data>";
        let envelope = open(xml.as_bytes()).unwrap();
        assert!(envelope.encrypted);
        assert_eq!(envelope.files, ["a.jpg.enc", "submission.xml.enc"]);
    }

    #[test]
    fn a_submission_that_is_not_whole_is_refused_wherever_it_is_cut() {
        let xml = "<data id='b2'><site><name>é</name></site><meta><instanceID>uuid:1</instanceID></meta></data>";
        for end in 0..xml.len() {
            assert!(open(&xml.as_bytes()[..end]).is_err(), "cut at {end}");
        }
        assert!(open(xml.as_bytes()).is_ok());
    }

    #[test]
    fn a_submission_that_contradicts_itself_or_names_no_form_is_refused() {
        let code = |xml: &str| open(xml.as_bytes()).err().map(|error| error.code());
        assert_eq!(code("<data><meta/></data>"), Some("submission_no_form_id"));
        let twice = "<data id='b2'><meta><instanceID>a</instanceID><instanceID>b</instanceID></meta></data>";
        assert_eq!(code(twice), Some("submission_contradiction"));
        assert_eq!(code("<data id='a' id='b'/>"), Some("xml_malformed"));
        assert_eq!(code(&format!("<data id='{}'/>", "x".repeat(300))), Some("submission_id_too_long"));
    }

    #[test]
    fn a_submission_without_an_id_is_the_same_when_sent_again() {
        let (first, again) = (stand_in_instance_id(b"<data id='b2'/>"), stand_in_instance_id(b"<data id='b2'/>"));
        assert_eq!(first, again);
        assert_ne!(first, stand_in_instance_id(b"<data id='b3'/>"));
    }

    proptest! {
        #[test]
        fn no_bytes_bring_the_reader_down(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = open(&bytes);
        }

        #[test]
        fn no_xml_brings_the_answers_down(parts in proptest::collection::vec(
            prop_oneof![Just("<data id='b2'>"), Just("</data>"), Just("<household>"), Just("</household>"), Just("<member>"),
                Just("</member>"), Just("<age>"), Just("</age>"), Just("12"), Just("&#x"), Just("&amp;"), Just("<![CDATA["),
                Just("]]>"), Just("é"), Just("<site/>"), Just("<seen_on>2024-02-30</seen_on>"), Just("<where>1 2</where>")], 0..40))
        {
            let xml = parts.concat();
            let _ = open(xml.as_bytes());
            let _ = answers(&xml, &schema());
        }
    }
}
