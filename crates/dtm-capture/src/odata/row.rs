//! Writes submissions and the turns of their repeats as OData rows in JSON.
//!
//! A row has every question of its table in the order of the form, null where nothing was answered, then `__id` and what
//! the server knows, then a link to each repeat that has turns, and with `$expand=*` the turns themselves. A turn's id
//! is the SHA-1 of the way to it, so that it stays the same as long as the submission does.

use super::expression::{Field, System};
use super::query::Selection;
use super::value::{Value, number, read_date, read_instant, read_int, read_number};
use super::{SUBMISSIONS, geometry, identifier, parent_property};
use crate::instance::{Instance, Shape};
use dtm_model::{FieldKind, Instant};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha1::{Digest, Sha1};
use std::borrow::Cow;

/// What an address may keep of a name.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// What the server knows of a submission beside its answers.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SystemValues {
    /// The instanceID of its first version.
    pub instance_id: String,
    /// When its first version arrived.
    pub submission_date: Instant,
    /// When it was changed last.
    pub updated_at: Option<Instant>,
    /// The number of who sent it.
    pub submitter_id: Option<i64>,
    /// The name of who sent it.
    pub submitter_name: Option<String>,
    /// Files that are here.
    pub attachments_present: u64,
    /// Files that the answers name.
    pub attachments_expected: u64,
    /// Why its answers cannot be read: `notDecrypted` or `missingEncryptedFormData`.
    pub status: Option<&'static str>,
    /// What the review came to.
    pub review_state: Option<String>,
    /// The phone.
    pub device_id: Option<String>,
    /// How often it was edited.
    pub edits: u64,
    /// The form's version.
    pub form_version: String,
    /// When it was deleted.
    pub deleted_at: Option<Instant>,
}

impl SystemValues {
    /// One of these values.
    pub fn value(&self, system: System) -> Value<'_> {
        let instant = |at: Option<Instant>| at.map_or(Value::Null, |at| Value::Instant(at.as_millis()));
        let count = |n: u64| Value::Int(i64::try_from(n).unwrap_or(i64::MAX));
        match system {
            System::SubmissionDate | System::CreatedAt => instant(Some(self.submission_date)),
            System::UpdatedAt => instant(self.updated_at),
            System::SubmitterId | System::CreatorId => {
                self.submitter_id.map_or(Value::Null, |id| Value::text(id.to_string()))
            }
            System::SubmitterName | System::CreatorName => Value::maybe_text(self.submitter_name.as_deref()),
            System::AttachmentsPresent => count(self.attachments_present),
            System::AttachmentsExpected => count(self.attachments_expected),
            System::Status => Value::maybe_text(self.status),
            System::ReviewState => Value::maybe_text(self.review_state.as_deref()),
            System::DeviceId => Value::maybe_text(self.device_id.as_deref()),
            System::Edits | System::Updates => count(self.edits),
            System::FormVersion => Value::text(self.form_version.as_str()),
            System::DeletedAt => instant(self.deleted_at),
            System::Version | System::Conflict => Value::Null,
        }
    }
}

/// Writes the rows of one table.
#[derive(Clone, Debug)]
pub struct RowWriter<'a> {
    /// The form.
    pub shape: &'a Shape,
    /// The repeat whose turns are the rows; none for the submissions.
    pub repeat: Option<usize>,
    /// Positions as well-known text.
    pub wkt: bool,
    /// Whether repeats are written out.
    pub expand: bool,
    /// What was asked for.
    pub selection: &'a Selection,
}

impl RowWriter<'_> {
    /// The rows that a submission has in this table: itself, or the turns of the repeat.
    pub fn turns(&self, instance: &Instance) -> Vec<Option<usize>> {
        match self.repeat {
            None => vec![None],
            Some(repeat) => {
                let items = instance.items();
                (0..items.len()).filter(|at| items[*at].node == repeat).map(Some).collect()
            }
        }
    }

    /// The id of a row.
    pub fn id(&self, instance: &Instance, instance_id: &str, turn: Option<usize>) -> String {
        match turn {
            Some(item) => turn_id(self.shape, instance, instance_id, item),
            None => instance_id.to_owned(),
        }
    }

    /// The value of a field in a row.
    pub fn value<'r>(
        &self,
        field: Field,
        instance: &'r Instance,
        system: &'r SystemValues,
        turn: Option<usize>,
    ) -> Value<'r> {
        let answer = |node: usize, below: Option<usize>| match instance.answer(node, below) {
            Some(text) => typed(self.shape.node(node).kind, text),
            None => Value::Null,
        };
        match field {
            Field::Answer(node) => answer(node, turn),
            Field::RootAnswer(node) => answer(node, None),
            Field::System(known) => system.value(known),
            Field::Id => Value::text(self.id(instance, &system.instance_id, turn)),
            Field::Parent => Value::text(self.parent_id(instance, &system.instance_id, turn)),
        }
    }

    fn parent_id(&self, instance: &Instance, instance_id: &str, turn: Option<usize>) -> String {
        let mut above = turn.and_then(|item| instance.items()[item].parent);
        while let Some(item) = above {
            if self.shape.node(instance.items()[item].node).kind == FieldKind::Repeat {
                break;
            }
            above = instance.items()[item].parent;
        }
        self.id(instance, instance_id, above)
    }

    /// Writes one row.
    pub fn write(&self, out: &mut Vec<u8>, instance: &Instance, system: &SystemValues, turn: Option<usize>) {
        let mut object = Object::open(out);
        let context = self.repeat.filter(|_| turn.is_some());
        // Of what is encrypted some answers may be readable all the same.
        let is_readable = system.status.is_none() || !instance.items().is_empty();
        if is_readable {
            self.write_answers(&mut object, instance, system, context, turn, false);
        }
        if self.selection.id {
            object.text("__id", &self.id(instance, &system.instance_id, turn));
        }
        match context {
            Some(repeat) if self.selection.parent => {
                object.text(&parent_property(self.shape, repeat), &self.parent_id(instance, &system.instance_id, turn));
            }
            Some(_) => {}
            None => self.write_system(&mut object, system),
        }
        if is_readable {
            self.write_repeats(&mut object, instance, system, context, turn, false);
        }
        object.close();
    }

    fn write_system(&self, object: &mut Object<'_>, system: &SystemValues) {
        if self.selection.system.is_empty() {
            return;
        }
        object.key("__system");
        let mut inner = Object::open(object.out);
        for (known, name) in System::OF_SUBMISSION {
            if !self.selection.system.contains(&known) {
                continue;
            }
            match system.value(known) {
                Value::Instant(at) => inner.text(name, &Instant::from_millis(at).to_string()),
                Value::Int(n) => inner.raw(name, &n.to_string()),
                Value::Text(text) => inner.text(name, &text),
                _ => inner.raw(name, "null"),
            }
        }
        inner.close();
    }

    /// Writes the questions and groups of an object. `whole` writes all of them, whatever was selected.
    fn write_answers(
        &self,
        object: &mut Object<'_>,
        instance: &Instance,
        system: &SystemValues,
        node: Option<usize>,
        item: Option<usize>,
        whole: bool,
    ) {
        // At the top there is no item; below it, a group that was not sent has none either.
        let sent = item.is_some() || node.is_none();
        let node_of = |item: &usize| instance.items()[*item].node;
        let mut found: Vec<usize> = if sent { instance.inside(item).collect() } else { Vec::new() };
        // Elements nearly always come in the order of the form.
        found.sort_by_key(node_of);
        let mut found = found.into_iter().peekable();
        for child in self.shape.children(node) {
            let here = self.shape.node(*child);
            if here.kind == FieldKind::Repeat || !(whole || self.selection.holds(*child)) {
                continue;
            }
            while found.next_if(|item| node_of(item) < *child).is_some() {}
            let mut given = std::iter::from_fn(|| found.next_if(|item| node_of(item) == *child));
            if here.kind == FieldKind::Group {
                let group = given.last();
                object.key(&identifier(&here.name));
                let mut inner = Object::open(object.out);
                self.write_answers(&mut inner, instance, system, Some(*child), group, whole);
                if group.is_some() {
                    self.write_repeats(&mut inner, instance, system, Some(*child), group, whole);
                }
                inner.close();
                continue;
            }
            let mut texts = given.by_ref().map(|item| instance.text(item)).filter(|text| !text.is_empty());
            let text = texts.next().map(|first| match texts.next() {
                None => Cow::Borrowed(first),
                Some(second) => Cow::Owned([first, second].into_iter().chain(texts).collect::<String>()),
            });
            object.key(&identifier(&here.name));
            self.write_answer(object.out, here.kind, text.as_deref());
        }
    }

    /// Writes the links to the repeats that stand directly in an object, and the turns where they are wanted.
    fn write_repeats(
        &self,
        object: &mut Object<'_>,
        instance: &Instance,
        system: &SystemValues,
        node: Option<usize>,
        item: Option<usize>,
        whole: bool,
    ) {
        for child in self.shape.children(node) {
            let here = self.shape.node(*child);
            if here.kind != FieldKind::Repeat || !(whole || self.selection.holds(*child)) {
                continue;
            }
            let turns: Vec<usize> =
                instance.inside(item).filter(|item| instance.items()[*item].node == *child).collect();
            let Some(first) = turns.first() else { continue };
            let name = identifier(&here.name);
            object.text(&format!("{name}@odata.navigationLink"), &self.link(instance, &system.instance_id, *first));
            if !self.expand {
                continue;
            }
            // Where single questions of the repeat were asked for, only these are shown.
            let whole = whole || !self.selection.below(self.shape, *child);
            object.key(&name);
            object.out.push(b'[');
            for (at, turn) in turns.iter().enumerate() {
                if at > 0 {
                    object.out.push(b',');
                }
                let mut inner = Object::open(object.out);
                self.write_answers(&mut inner, instance, system, Some(*child), Some(*turn), whole);
                inner.text("__id", &turn_id(self.shape, instance, &system.instance_id, *turn));
                self.write_repeats(&mut inner, instance, system, Some(*child), Some(*turn), whole);
                inner.close();
            }
            object.out.push(b']');
        }
    }

    /// The address of the turns of the repeat that this item is one of.
    fn link(&self, instance: &Instance, instance_id: &str, item: usize) -> String {
        let mut line: Vec<usize> = std::iter::successors(Some(item), |item| instance.items()[*item].parent).collect();
        line.reverse();
        let mut link = format!("{SUBMISSIONS}('{}')", utf8_percent_encode(instance_id, PLAIN));
        for (at, step) in line.iter().enumerate() {
            let node = self.shape.node(instance.items()[*step].node);
            link.push('/');
            link.push_str(&identifier(&node.name));
            if node.kind == FieldKind::Repeat && at + 1 < line.len() {
                link.push_str(&format!("('{}')", turn_id(self.shape, instance, instance_id, *step)));
            }
        }
        link
    }

    fn write_answer(&self, out: &mut Vec<u8>, kind: FieldKind, text: Option<&str>) {
        let Some(text) = text else {
            out.extend(b"null");
            return;
        };
        let raw = match kind {
            FieldKind::Integer => read_int(text).map(|n| n.to_string()),
            FieldKind::Decimal => read_number(text).map(number),
            FieldKind::Date => read_date(text).map(|day| format!("\"{day}\"")),
            FieldKind::DateTime => read_instant(text).map(|_| format!("\"{}\"", zoned(text.trim()))),
            FieldKind::Geopoint | FieldKind::Geotrace | FieldKind::Geoshape if self.wkt => {
                geometry::wkt(kind, text).map(|text| format!("\"{text}\""))
            }
            FieldKind::Geopoint | FieldKind::Geotrace | FieldKind::Geoshape => geometry::geojson(kind, text),
            _ => return write_text(out, text),
        };
        out.extend(raw.as_deref().unwrap_or("null").bytes());
    }
}

/// Some phones write a zone as hours only; most readers want minutes, too.
fn zoned(text: &str) -> Cow<'_, str> {
    let end = text.len().checked_sub(3).and_then(|at| text.get(at..));
    match end {
        Some(zone) if zone.starts_with(['+', '-']) && text.contains('T') => Cow::Owned(format!("{text}:00")),
        _ => Cow::Borrowed(text),
    }
}

/// An answer as its type, for comparing.
pub(super) fn typed(kind: FieldKind, text: &str) -> Value<'_> {
    match kind {
        FieldKind::Integer => read_int(text).map_or(Value::Null, Value::Int),
        FieldKind::Decimal => read_number(text).map_or(Value::Null, Value::Number),
        FieldKind::Date => read_date(text).map_or(Value::Null, Value::Date),
        FieldKind::DateTime => read_instant(text).map_or(Value::Null, Value::Instant),
        _ => Value::text(text),
    }
}

/// The id of a turn of a repeat.
fn turn_id(shape: &Shape, instance: &Instance, instance_id: &str, item: usize) -> String {
    let mut line: Vec<usize> = std::iter::successors(Some(item), |item| instance.items()[*item].parent).collect();
    line.reverse();
    let mut hash = Sha1::new();
    hash.update(SUBMISSIONS);
    hash.update("#");
    hash.update(instance_id);
    for step in line {
        let item = &instance.items()[step];
        let node = shape.node(item.node);
        hash.update("%%");
        hash.update(&node.name);
        hash.update("#");
        if node.kind == FieldKind::Repeat {
            hash.update(item.turn.to_string());
        }
    }
    hex::encode(hash.finalize())
}

/// A JSON object being written.
struct Object<'o> {
    out: &'o mut Vec<u8>,
    empty: bool,
}

impl<'o> Object<'o> {
    fn open(out: &'o mut Vec<u8>) -> Self {
        out.push(b'{');
        Self { out, empty: true }
    }

    fn key(&mut self, name: &str) {
        if !self.empty {
            self.out.push(b',');
        }
        self.empty = false;
        write_text(self.out, name);
        self.out.push(b':');
    }

    fn text(&mut self, name: &str, text: &str) {
        self.key(name);
        write_text(self.out, text);
    }

    fn raw(&mut self, name: &str, json: &str) {
        self.key(name);
        self.out.extend(json.bytes());
    }

    fn close(self) {
        self.out.push(b'}');
    }
}

/// Writes text as a JSON string.
fn write_text(out: &mut Vec<u8>, text: &str) {
    // Writing to memory does not fail, and every text can be written.
    let _ = serde_json::to_writer(out, text);
}

#[cfg(test)]
mod tests {
    use super::super::{Options, Table, table};
    use super::*;
    use crate::instance::tests::schema;
    use expect_test::{Expect, expect};

    const FORM: &str = "name\nshare decimal\nsite group\nsite/seen_on date\nsite/where geopoint\nstart date_time\nchildren group\nchildren/child repeat\nchildren/child/name\nchildren/child/age integer\nchildren/child/toys group\nchildren/child/toys/toy repeat\nchildren/child/toys/toy/name\nmeta group\nmeta/instanceID";
    const XML: &str = "<data id='f'><name>V &amp; \"k\"</name><share>0.50</share><site><where>1 2 3 4</where><seen_on>soon</seen_on></site>
        <start>2026-01-15T08:00:00.000+01</start><children>
        <child><name>Alice</name></child><child><name>Bob</name><age>7</age><toys><toy><name>Twilight</name></toy><toy><name>Pie</name></toy></toys></child>
        <child><name>Chelsea</name></child></children><meta><instanceID>double</instanceID></meta></data>";

    fn check(table_name: &str, options: &[(&str, &str)], expected: Expect) {
        let shape = Shape::of(&schema(FORM));
        let repeat = table(&shape, table_name).unwrap();
        let options: Vec<(String, String)> =
            options.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let read = Options::read(&options, &Table { shape: &shape, repeat });
        let options = match read {
            Ok(options) => options,
            Err(error) => return expected.assert_eq(&format!("{}: {error}\n", error.central())),
        };
        let writer = RowWriter {
            shape: &shape,
            repeat,
            wkt: options.wkt,
            expand: options.expand,
            selection: &options.selection,
        };
        let mut instance = Instance::default();
        instance.read(XML, &shape).unwrap();
        let system = SystemValues {
            instance_id: "double".to_owned(),
            submission_date: Instant::from_millis(1_768_464_000_000),
            submitter_id: Some(5),
            submitter_name: Some("Awa".to_owned()),
            attachments_expected: 1,
            form_version: "1.0".to_owned(),
            ..SystemValues::default()
        };
        let mut out = Vec::new();
        for turn in writer.turns(&instance) {
            writer.write(&mut out, &instance, &system, turn);
            out.push(b'\n');
        }
        expected.assert_eq(&String::from_utf8(out).unwrap());
    }

    #[test]
    fn a_submission_is_a_row_with_every_question_of_its_table() {
        check(
            "Submissions",
            &[],
            expect![[r#"
                {"name":"V & \"k\"","share":0.5,"site":{"seen_on":null,"where":{"type":"Point","coordinates":[2,1,3],"properties":{"accuracy":4}}},"start":"2026-01-15T08:00:00.000+01:00","children":{"child@odata.navigationLink":"Submissions('double')/children/child"},"meta":{"instanceID":"double"},"__id":"double","__system":{"submissionDate":"2026-01-15T08:00:00.000Z","updatedAt":null,"submitterId":"5","submitterName":"Awa","attachmentsPresent":0,"attachmentsExpected":1,"status":null,"reviewState":null,"deviceId":null,"edits":0,"formVersion":"1.0","deletedAt":null}}
            "#]],
        );
    }

    #[test]
    fn turns_of_a_repeat_are_rows_with_ids_that_stay() {
        check(
            "Submissions.children.child",
            &[],
            expect![[r#"
                {"name":"Alice","age":null,"toys":{},"__id":"46ebf42ee83ddec5028c42b2c054402d1e700208","__Submissions-id":"double"}
                {"name":"Bob","age":7,"toys":{"toy@odata.navigationLink":"Submissions('double')/children/child('b6e93a81a53eed0566e65e472d4a4b9ae383ee6d')/toys/toy"},"__id":"b6e93a81a53eed0566e65e472d4a4b9ae383ee6d","__Submissions-id":"double"}
                {"name":"Chelsea","age":null,"toys":{},"__id":"8954b393f82c1833abb19be08a3d6cb382171f54","__Submissions-id":"double"}
            "#]],
        );
        check(
            "Submissions.children.child.toys.toy",
            &[("$select", "name,__Submissions-children-child-id")],
            expect![[r#"
                {"name":"Twilight","__Submissions-children-child-id":"b6e93a81a53eed0566e65e472d4a4b9ae383ee6d"}
                {"name":"Pie","__Submissions-children-child-id":"b6e93a81a53eed0566e65e472d4a4b9ae383ee6d"}
            "#]],
        );
    }

    #[test]
    fn repeats_are_written_out_when_asked_for_and_together_with_a_selection() {
        check(
            "Submissions",
            &[("$expand", "*"), ("$select", "__id,name,children/child/name,__system/edits"), ("$wkt", "true")],
            expect![[r#"
                {"name":"V & \"k\"","children":{"child@odata.navigationLink":"Submissions('double')/children/child","child":[{"name":"Alice","__id":"46ebf42ee83ddec5028c42b2c054402d1e700208"},{"name":"Bob","__id":"b6e93a81a53eed0566e65e472d4a4b9ae383ee6d"},{"name":"Chelsea","__id":"8954b393f82c1833abb19be08a3d6cb382171f54"}]},"__id":"double","__system":{"edits":0}}
            "#]],
        );
        check(
            "Submissions",
            &[("$expand", "*"), ("$select", "children/child")],
            expect![[r#"
                {"children":{"child@odata.navigationLink":"Submissions('double')/children/child","child":[{"name":"Alice","age":null,"toys":{},"__id":"46ebf42ee83ddec5028c42b2c054402d1e700208"},{"name":"Bob","age":7,"toys":{"toy@odata.navigationLink":"Submissions('double')/children/child('b6e93a81a53eed0566e65e472d4a4b9ae383ee6d')/toys/toy","toy":[{"name":"Twilight","__id":"a9058d7b2ed9557205ae53f5b1dc4224043eca2a"},{"name":"Pie","__id":"8d2dc7bd3e97a690c0813e646658e51038eb4144"}]},"__id":"b6e93a81a53eed0566e65e472d4a4b9ae383ee6d"},{"name":"Chelsea","age":null,"toys":{},"__id":"8954b393f82c1833abb19be08a3d6cb382171f54"}]}}
            "#]],
        );
    }

    #[test]
    fn a_selection_shows_what_it_names_and_refuses_what_is_not_there() {
        check(
            "Submissions",
            &[("$select", "site")],
            expect![[r#"
            {"site":{"seen_on":null,"where":{"type":"Point","coordinates":[2,1,3],"properties":{"accuracy":4}}}}
        "#]],
        );
        check(
            "Submissions",
            &[("$select", "site/where,children/child"), ("$wkt", "true")],
            expect![[r#"
            {"site":{"where":"POINT (2 1 3)"},"children":{"child@odata.navigationLink":"Submissions('double')/children/child"}}
        "#]],
        );
        check(
            "Submissions",
            &[("$select", "nothing")],
            expect![[r#"
            400.23: could not find a property named 'nothing'
        "#]],
        );
        check(
            "Submissions",
            &[("$select", "children/child/name")],
            expect![[r#"
            400.24: 'children/child/name' stands in a repeat: add $expand=*, or ask the repeat's own table
        "#]],
        );
        check(
            "Submissions",
            &[("$apply", "x")],
            expect![[r#"
            501.1: the requested feature $apply is not supported by this server
        "#]],
        );
        check(
            "Submissions",
            &[("$expand", "children")],
            expect![[r#"
            501.6: the given OData expand expression is not supported by this server: "children"; only "$expand=*" is
        "#]],
        );
        check(
            "Submissions",
            &[("$orderby", "name down")],
            expect![[r#"
            501.5: `$orderby` cannot be read: `name down` (a field, then `asc` or `desc`)
        "#]],
        );
        check(
            "Submissions.children.child",
            &[("$filter", "__system/reviewState eq 'rejected'")],
            expect![[r#"
            501.5: the table has no field `__system/reviewState` (at 0)
        "#]],
        );
    }

    #[test]
    fn skip_tokens_are_those_of_central_and_others_are_refused() {
        use super::super::SkipToken;
        let token = SkipToken::After { instance_id: "rtwo".to_owned() };
        assert_eq!(token.write(), "01eyJpbnN0YW5jZUlkIjoicnR3byJ9");
        assert_eq!(SkipToken::read(&token.write()), Ok(token));
        for odd in ["", "01", "02eyJpbnN0YW5jZUlkIjoicnR3byJ9", "01!!", "01e30=", "01MQ==", "01bnVsbA=="] {
            assert!(SkipToken::read(odd).is_err(), "{odd}");
        }
    }
}
