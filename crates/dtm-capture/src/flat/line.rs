//! Writes submissions as lines of CSV.

use super::{Layout, Look, choice_labels, layouts, status};
use crate::instance::{Instance, Shape};
use crate::odata::SystemValues;
use dtm_model::{FieldKind, FormSchema};
use std::collections::HashMap;

/// Writes the lines that submissions have in the tables of a form.
#[derive(Debug)]
pub struct LineWriter {
    tables: Vec<Layout>,
    labels: HashMap<usize, HashMap<String, String>>,
    for_people: bool,
}

/// The mark by which spreadsheets know that a file is UTF-8.
const MARK: &[u8] = "\u{FEFF}".as_bytes();

impl LineWriter {
    /// A writer for the tables of this form; with `root_only` for the submissions alone.
    pub fn new(shape: &Shape, schema: &FormSchema, look: &Look, root_only: bool) -> Self {
        let mut tables = layouts(shape, schema, look);
        if root_only {
            tables.truncate(1);
        }
        let labels = look.labels.as_ref().map(|lang| choice_labels(shape, schema, lang)).unwrap_or_default();
        Self { tables, labels, for_people: look.for_people }
    }

    /// The tables, the submissions first.
    pub fn tables(&self) -> &[Layout] {
        &self.tables
    }

    /// The first line of a table.
    pub fn header(&self, table: usize) -> Vec<u8> {
        let mut out = if self.for_people { MARK.to_vec() } else { Vec::new() };
        let cells = self.tables[table].header.iter();
        self.write_line(&mut out, cells.map(String::as_str));
        out
    }

    /// Writes a submission: what belongs to each table goes to its own buffer. `instance` is none where the answers cannot
    /// be read.
    pub fn write(&self, outs: &mut [Vec<u8>], shape: &Shape, instance: Option<&Instance>, system: &SystemValues) {
        let mut cells: Vec<String> = Vec::new();
        for (table, out) in self.tables.iter().zip(outs) {
            let Some(repeat) = table.repeat else {
                cells.clear();
                cells.resize(table.header.len(), String::new());
                cells[0] = system.submission_date.to_string();
                if let Some(instance) = instance {
                    self.fill(&mut cells, table, shape, instance, None);
                }
                let count = |n: u64| n.to_string();
                let known = [
                    system.instance_id.clone(),
                    system.submitter_id.map(|id| id.to_string()).unwrap_or_default(),
                    system.submitter_name.clone().unwrap_or_default(),
                    count(system.attachments_present),
                    count(system.attachments_expected),
                    status(system).to_owned(),
                    system.review_state.clone().unwrap_or_default(),
                    system.device_id.clone().unwrap_or_default(),
                    count(system.edits),
                    system.form_version.clone(),
                ];
                cells[table.keys..].clone_from_slice(&known);
                self.write_line(out, cells.iter().map(String::as_str));
                continue;
            };
            let Some(instance) = instance else { continue };
            for at in (0..instance.items().len()).filter(|at| instance.items()[*at].node == repeat) {
                cells.clear();
                cells.resize(table.header.len(), String::new());
                self.fill(&mut cells, table, shape, instance, Some(at));
                let above = std::iter::successors(instance.items()[at].parent, |at| instance.items()[*at].parent)
                    .find(|at| shape.node(instance.items()[*at].node).kind == FieldKind::Repeat);
                cells[table.keys] = key(shape, instance, &system.instance_id, above);
                cells[table.keys + 1] = key(shape, instance, &system.instance_id, Some(at));
                self.write_line(out, cells.iter().map(String::as_str));
            }
        }
    }

    /// Fills the columns of a line with the answers of the submission or of one turn.
    fn fill(&self, cells: &mut [String], table: &Layout, shape: &Shape, instance: &Instance, turn: Option<usize>) {
        table.flags.iter().for_each(|flag| "0".clone_into(&mut cells[*flag]));
        let (mut at, end) = turn.map_or((0, instance.items().len()), |turn| (turn + 1, instance.items()[turn].end));
        while at < end {
            let item = &instance.items()[at];
            let node = shape.node(item.node);
            let here = at;
            // The turns of a repeat further in have a table of their own.
            at = if node.kind == FieldKind::Repeat { item.end } else { at + 1 };
            let Some(place) = table.places.get(&item.node).copied() else { continue };
            let text = instance.text(here);
            if text.is_empty() {
                continue;
            }
            match node.kind {
                FieldKind::Geopoint => {
                    for (part, cell) in text.split_whitespace().zip(&mut cells[place..place + 4]) {
                        part.clone_into(cell);
                    }
                }
                FieldKind::SelectMultiple => {
                    for name in text.split_whitespace() {
                        if let Some(column) = table.choices.get(&item.node).and_then(|columns| columns.get(name)) {
                            "1".clone_into(&mut cells[*column]);
                        }
                    }
                    cells[place].push_str(&self.labelled(item.node, text, "; "));
                }
                FieldKind::SelectOne => cells[place].push_str(&self.labelled(item.node, text, " ")),
                _ => cells[place].push_str(text),
            }
        }
    }

    /// The labels of the choices made, where labels are wanted and there are some.
    fn labelled(&self, node: usize, text: &str, between: &str) -> String {
        let Some(labels) = self.labels.get(&node) else { return text.to_owned() };
        let name = |name: &str| labels.get(name).cloned().unwrap_or_else(|| name.to_owned());
        if let Some(label) = labels.get(text.trim()) {
            return label.clone();
        }
        text.split_whitespace().map(name).collect::<Vec<_>>().join(between)
    }

    fn write_line<'a>(&self, out: &mut Vec<u8>, cells: impl Iterator<Item = &'a str>) {
        for (at, cell) in cells.enumerate() {
            if at > 0 {
                out.push(b',');
            }
            if self.for_people {
                write_cell(out, &neutral(cell));
            } else {
                write_cell(out, cell);
            }
        }
        out.push(b'\n');
    }
}

/// Names a turn of a repeat by the way to it, counted from 1; or the submission itself.
fn key(shape: &Shape, instance: &Instance, instance_id: &str, item: Option<usize>) -> String {
    let mut line: Vec<usize> = std::iter::successors(item, |at| instance.items()[*at].parent).collect();
    line.reverse();
    let mut key = instance_id.to_owned();
    for at in line {
        let item = &instance.items()[at];
        let node = shape.node(item.node);
        key.push('/');
        key.push_str(&node.name);
        if node.kind == FieldKind::Repeat {
            key.push_str(&format!("[{}]", item.turn + 1));
        }
    }
    key
}

/// Writes a cell, in quotes where it must be.
pub fn write_cell(out: &mut Vec<u8>, cell: &str) {
    if !cell.bytes().any(|byte| matches!(byte, b',' | b'"' | b'\n' | b'\r')) {
        out.extend(cell.bytes());
        return;
    }
    out.push(b'"');
    for byte in cell.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

/// The text in a form that no spreadsheet runs: what would begin a formula gets an apostrophe before it. A lone
/// sign, numbers and telephone numbers stay as they are.
pub fn neutral(cell: &str) -> std::borrow::Cow<'_, str> {
    let trimmed = cell.trim_start();
    let Some(first) = trimmed.chars().next() else { return cell.into() };
    let begins = matches!(first, '=' | '+' | '-' | '@' | '\u{FF1D}' | '\u{FF0B}' | '\u{FF0D}' | '\u{FF20}')
        || cell.starts_with(['\t', '\r', '\n']);
    let is_number = trimmed.parse::<f64>().is_ok_and(f64::is_finite);
    let is_telephone = first == '+' && trimmed[1..].chars().all(|char| char.is_ascii_digit() || char == ' ');
    let is_sign = trimmed.len() == first.len_utf8();
    if begins && !is_sign && !is_number && !is_telephone { format!("'{cell}").into() } else { cell.into() }
}

#[cfg(test)]
mod tests {
    use super::super::Choices;
    use super::*;
    use crate::instance::tests::schema;
    use dtm_model::{Choice, Instant, Text};
    use expect_test::{Expect, expect};

    const FORM: &str = "name\nsite group\nsite/where geopoint\nsite/needs select_multiple\nreason select_one\nchildren group\nchildren/child repeat\nchildren/child/name\nchildren/child/toy repeat\nchildren/child/toy/name\nend integer";
    const XML: &str = "<data id='f'><name>Camp, \"A\"\nB</name><site><where>18.50 -72 0 4.2</where><needs>water food</needs></site>
        <reason>flood</reason><children><child><name>=1+1</name><toy><name>t</name></toy></child><child><name>+33 6 12</name></child></children><end> 07</end></data>";

    fn check(look: Look, expected: Expect) {
        let mut schema = schema(FORM);
        let labelled = |label: &str| Text::both(label, format!("{label} (fr)"));
        for field in &mut schema.fields {
            if field.path == "reason" {
                field.label = labelled("Why?");
                field.choices = vec![Choice { name: "flood".to_owned(), label: labelled("Flood") }];
            }
            if field.path == "site/needs" {
                field.choices = vec![Choice { name: "food".to_owned(), label: labelled("Food") }];
            }
        }
        let shape = Shape::of(&schema);
        let mut instance = Instance::default();
        instance.read(XML, &shape).unwrap();
        let look = match look.split {
            Some(mut choices) => {
                choices.note(&shape, &instance);
                Look { split: Some(choices), ..look }
            }
            None => look,
        };
        let writer = LineWriter::new(&shape, &schema, &look, false);
        let system = SystemValues {
            instance_id: "uuid:1".to_owned(),
            submission_date: Instant::from_millis(1_768_464_000_000),
            submitter_id: Some(5),
            submitter_name: Some("Awa".to_owned()),
            review_state: Some("approved".to_owned()),
            form_version: "1".to_owned(),
            ..SystemValues::default()
        };
        let mut outs: Vec<Vec<u8>> = (0..writer.tables().len()).map(|table| writer.header(table)).collect();
        writer.write(&mut outs, &shape, Some(&instance), &system);
        let unread = SystemValues { instance_id: "uuid:2".to_owned(), status: Some("notDecrypted"), ..system };
        writer.write(&mut outs, &shape, None, &unread);
        let mut said = String::new();
        for (table, out) in writer.tables().iter().zip(outs) {
            said += &format!("site{}.csv\n{}", table.suffix, String::from_utf8(out).unwrap());
        }
        expected.assert_eq(&said);
    }

    #[test]
    fn the_plain_tables_are_those_of_central() {
        check(
            Look::default(),
            expect![[r#"
                site.csv
                SubmissionDate,name,site-where-Latitude,site-where-Longitude,site-where-Altitude,site-where-Accuracy,site-needs,reason,end,KEY,SubmitterID,SubmitterName,AttachmentsPresent,AttachmentsExpected,Status,ReviewState,DeviceID,Edits,FormVersion
                2026-01-15T08:00:00.000Z,"Camp, ""A""
                B",18.50,-72,0,4.2,water food,flood, 07,uuid:1,5,Awa,0,0,,approved,,0,1
                2026-01-15T08:00:00.000Z,,,,,,,,,uuid:2,5,Awa,0,0,not decrypted,approved,,0,1
                site-child.csv
                name,PARENT_KEY,KEY
                =1+1,uuid:1,uuid:1/children/child[1]
                +33 6 12,uuid:1,uuid:1/children/child[2]
                site-toy.csv
                name,PARENT_KEY,KEY
                t,uuid:1/children/child[1],uuid:1/children/child[1]/toy[1]
            "#]],
        );
    }

    #[test]
    fn choices_get_columns_and_groups_leave_the_names_when_asked() {
        check(
            Look { group_paths: false, split: Some(Choices::default()), ..Look::default() },
            expect![[r#"
                site.csv
                SubmissionDate,name,where-Latitude,where-Longitude,where-Altitude,where-Accuracy,needs,needs/food,needs/water,reason,end,KEY,SubmitterID,SubmitterName,AttachmentsPresent,AttachmentsExpected,Status,ReviewState,DeviceID,Edits,FormVersion
                2026-01-15T08:00:00.000Z,"Camp, ""A""
                B",18.50,-72,0,4.2,water food,1,1,flood, 07,uuid:1,5,Awa,0,0,,approved,,0,1
                2026-01-15T08:00:00.000Z,,,,,,,,,,,uuid:2,5,Awa,0,0,not decrypted,approved,,0,1
                site-child.csv
                name,PARENT_KEY,KEY
                =1+1,uuid:1,uuid:1/children/child[1]
                +33 6 12,uuid:1,uuid:1/children/child[2]
                site-toy.csv
                name,PARENT_KEY,KEY
                t,uuid:1/children/child[1],uuid:1/children/child[1]/toy[1]
            "#]],
        );
    }

    #[test]
    fn people_get_labels_and_nothing_that_a_spreadsheet_runs() {
        check(
            Look { labels: Some("fr".to_owned()), for_people: true, ..Look::default() },
            expect![[r#"
                site.csv
                ﻿SubmissionDate,name,site-where-Latitude,site-where-Longitude,site-where-Altitude,site-where-Accuracy,site-needs,Why? (fr),end,KEY,SubmitterID,SubmitterName,AttachmentsPresent,AttachmentsExpected,Status,ReviewState,DeviceID,Edits,FormVersion
                2026-01-15T08:00:00.000Z,"Camp, ""A""
                B",18.50,-72,0,4.2,water; Food (fr),Flood (fr), 07,uuid:1,5,Awa,0,0,,approved,,0,1
                2026-01-15T08:00:00.000Z,,,,,,,,,uuid:2,5,Awa,0,0,not decrypted,approved,,0,1
                site-child.csv
                ﻿name,PARENT_KEY,KEY
                '=1+1,uuid:1,uuid:1/children/child[1]
                +33 6 12,uuid:1,uuid:1/children/child[2]
                site-toy.csv
                ﻿name,PARENT_KEY,KEY
                t,uuid:1/children/child[1],uuid:1/children/child[1]/toy[1]
            "#]],
        );
    }

    #[test]
    fn only_what_a_spreadsheet_would_run_is_changed() {
        for (cell, changed) in [
            ("=cmd|' /C calc'!A0", true),
            ("@SUM(1)", true),
            ("+1+1", true),
            ("-2+3", true),
            (" =1", true),
            ("\t=1", true),
            ("\u{FF1D}1", true),
            ("-5", false),
            ("-72.33", false),
            ("+33612345678", false),
            ("+509 34 56", false),
            ("a=b", false),
            ("", false),
            ("-", false),
            ("=", false),
        ] {
            assert_eq!(neutral(cell) != cell, changed, "{cell:?}");
        }
    }
}
