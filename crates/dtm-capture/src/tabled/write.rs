//! The XML of a line.

use super::columns::{Known, Target};
use super::value::{self, is_yes, position};
use super::{Links, MAX_ODD, REMARK, Row, Table, is_meta};
use crate::instance::Shape;
use dtm_model::{Field, FieldKind, FormSchema};
use quick_xml::escape::escape;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write;

/// Stands for the instanceID until that is known. No XML can hold it otherwise.
const UNNAMED: &str = "<?instanceID?>";

/// What all lines share.
pub(super) struct Body<'a> {
    pub(super) shape: &'a Shape,
    pub(super) schema: &'a FormSchema,
    pub(super) version: &'a str,
    pub(super) tables: &'a [Table<'a>],
    pub(super) links: &'a Links,
}

/// Puts the name of a submission into its XML.
pub(super) fn named(xml: &str, instance_id: &str) -> String {
    xml.replacen(UNNAMED, &escape(instance_id), 1)
}

/// One line being written.
struct Line<'a, 'o> {
    body: &'a Body<'a>,
    fields: HashMap<&'a str, &'a Field>,
    xml: String,
    files: Vec<String>,
    odd: &'o mut BTreeMap<String, Vec<String>>,
}

impl Body<'_> {
    pub(super) fn row(&self, row: usize, odd: &mut BTreeMap<String, Vec<String>>) -> Row {
        let root = &self.tables[0];
        let fields = self.schema.fields.iter().map(|field| (field.path.as_str(), field)).collect();
        let mut line = Line { body: self, fields, xml: String::new(), files: Vec::new(), odd };
        let name = &self.schema.root;
        let head = [&self.schema.xml_form_id, self.version].map(escape);
        let _ = write!(line.xml, "<?xml version=\"1.0\"?>{REMARK}<{name} id=\"{}\" version=\"{}\">", head[0], head[1]);
        for child in self.shape.children(None) {
            line.node(*child, (0, row));
        }
        if !line.xml.contains(UNNAMED) {
            let _ = write!(line.xml, "<meta><instanceID>{UNNAMED}</instanceID></meta>");
        }
        let _ = write!(line.xml, "</{name}>");
        let key = root.known(row, Known::Key);
        let is_bare = key.len() == 36 && key.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        Row {
            line: row + 1,
            instance_id: if is_bare { format!("uuid:{key}") } else { key.to_owned() },
            xml: line.xml,
            files: line.files,
            submitted: root.known(row, Known::Submitted).to_owned(),
            sender: root.known(row, Known::Sender).to_owned(),
            device: root.known(row, Known::Device).to_owned(),
            review: root.known(row, Known::Review).to_owned(),
            notes: root.known(row, Known::Notes).to_owned(),
        }
    }
}

impl Line<'_, '_> {
    /// Writes a node as a line of a table fills it. A form is no deeper than its XML may be.
    fn node(&mut self, at: usize, (table, row): (usize, usize)) {
        let node = self.body.shape.node(at);
        let name = &node.name;
        match node.kind {
            FieldKind::Group => {
                let _ = write!(self.xml, "<{name}>");
                self.children(at, (table, row));
                let _ = write!(self.xml, "</{name}>");
            }
            FieldKind::Repeat => {
                let tables = self.body.tables.iter().enumerate().filter(|(_, table)| table.repeat == Some(at));
                let turns: Vec<(usize, usize)> = tables
                    .flat_map(|(child, _)| {
                        self.body.links.rows((table, row), child).iter().map(move |row| (child, *row))
                    })
                    .collect();
                for turn in turns {
                    let _ = write!(self.xml, "<{name}>");
                    self.children(at, turn);
                    let _ = write!(self.xml, "</{name}>");
                }
            }
            _ if is_meta(&node.path) && name == "instanceID" => {
                let _ = write!(self.xml, "<{name}>{UNNAMED}</{name}>");
            }
            _ => {
                let text = self.answer(at, (table, row));
                let _ = match text.is_empty() {
                    true => write!(self.xml, "<{name}/>"),
                    false => write!(self.xml, "<{name}>{}</{name}>", escape(&text)),
                };
            }
        }
    }

    fn children(&mut self, of: usize, place: (usize, usize)) {
        let body = self.body;
        for child in body.shape.children(Some(of)) {
            self.node(*child, place);
        }
    }

    fn answer(&mut self, at: usize, (table, row): (usize, usize)) -> String {
        let table = &self.body.tables[table];
        let path = self.body.shape.node(at).path.as_str();
        let (Some(columns), Some(field)) = (table.columns.of.get(&at), self.fields.get(path).copied()) else {
            return String::new();
        };
        let (mut whole, mut parts, mut taken, mut split) = (None, [""; 4], Vec::new(), false);
        for column in columns {
            let cell = table.sheet.cell(row, *column);
            match table.columns.targets[*column] {
                Target::Whole(_) => whole = Some(value::answer(field, cell)),
                Target::Part(_, part) => parts[part] = cell,
                Target::Choice(_, choice) => {
                    split = true;
                    if field.choices.get(choice).is_some_and(|choice| is_yes(cell, choice)) {
                        taken.push(choice);
                    }
                }
                Target::Known(_) | Target::Nothing => {}
            }
        }
        let whole = match whole {
            // One column a choice is surer than words in one cell that fit none.
            Some(whole) if !whole.fits && !taken.is_empty() => None,
            whole => whole.filter(|whole| !whole.text.is_empty()),
        };
        match whole {
            Some(whole) => {
                if !whole.fits {
                    let told = self.odd.entry(path.to_owned()).or_default();
                    if told.len() < MAX_ODD && !told.contains(&whole.text) {
                        told.push(whole.text.clone());
                    }
                }
                if field.kind == FieldKind::File {
                    self.files.push(whole.text.clone());
                }
                whole.text
            }
            None if split => {
                taken.sort_unstable();
                taken.iter().map(|choice| field.choices[*choice].name.as_str()).collect::<Vec<_>>().join(" ")
            }
            None => position(parts),
        }
    }
}
