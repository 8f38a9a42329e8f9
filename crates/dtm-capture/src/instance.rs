//! The tree of a form's instance, and submissions read onto it.
//!
//! Takes a form's schema and returns its [`Shape`]: every question, group and repeat with its place. With it a submission's
//! XML becomes an [`Instance`]: one [`Item`] for each element the form knows, in document order, the text of each answer
//! as it was sent. What writes OData, CSV and GeoJSON reads this and not the typed answers, because those files show what
//! was sent to the last digit. Elements the form does not know are passed over, and so are templates of repeats.

use crate::xml::{MAX_ELEMENTS, XmlError};
use dtm_model::{Field, FieldKind, FormSchema};
use quick_xml::Reader;
use quick_xml::events::Event;
use std::collections::HashMap;

/// One node of a form.
#[derive(Clone, Debug)]
pub struct Node {
    /// Names from below the root down, joined by `/`.
    pub path: String,
    /// The last of them.
    pub name: String,
    /// Type.
    pub kind: FieldKind,
    /// The group or repeat it stands in; none at the top.
    pub parent: Option<usize>,
    /// The innermost repeat it stands in, itself not counted.
    pub repeat: Option<usize>,
    /// What stands directly in it, in the order of the form.
    pub children: Vec<usize>,
}

impl Node {
    /// Whether it is a group or a repeat.
    pub fn is_structure(&self) -> bool {
        matches!(self.kind, FieldKind::Group | FieldKind::Repeat)
    }
}

/// A form as a tree, its nodes in document order.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    nodes: Vec<Node>,
    top: Vec<usize>,
    by_path: HashMap<String, usize>,
}

impl Shape {
    /// The tree of these fields. A field whose group is missing is left out.
    pub fn of(schema: &FormSchema) -> Shape {
        Self::of_fields(schema.fields.iter())
    }

    /// The tree of those fields that somebody may see.
    pub fn of_fields<'a>(fields: impl IntoIterator<Item = &'a Field>) -> Shape {
        let mut shape = Shape::default();
        for field in fields {
            if shape.by_path.contains_key(&field.path) {
                continue;
            }
            let (above, name) = match field.path.rsplit_once('/') {
                Some((above, name)) => (Some(above), name),
                None => (None, field.path.as_str()),
            };
            let parent = match above.map(|path| shape.by_path.get(path).copied()) {
                Some(Some(parent)) if shape.nodes[parent].is_structure() => Some(parent),
                Some(_) => continue,
                None => None,
            };
            let repeat = parent.and_then(|parent| match shape.nodes[parent].kind {
                FieldKind::Repeat => Some(parent),
                _ => shape.nodes[parent].repeat,
            });
            let at = shape.nodes.len();
            match parent {
                Some(parent) => shape.nodes[parent].children.push(at),
                None => shape.top.push(at),
            }
            shape.by_path.insert(field.path.clone(), at);
            let (path, name, kind) = (field.path.clone(), name.to_owned(), field.kind);
            shape.nodes.push(Node { path, name, kind, parent, repeat, children: Vec::new() });
        }
        shape
    }

    /// All nodes, each before what stands in it.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node at this position.
    pub fn node(&self, at: usize) -> &Node {
        &self.nodes[at]
    }

    /// The nodes directly below this one, or at the top.
    pub fn children(&self, of: Option<usize>) -> &[usize] {
        match of {
            Some(at) => &self.nodes[at].children,
            None => &self.top,
        }
    }

    /// The position of the node with this path.
    pub fn at(&self, path: &str) -> Option<usize> {
        self.by_path.get(path).copied()
    }

    /// The repeats, in document order.
    pub fn repeats(&self) -> impl Iterator<Item = usize> {
        (0..self.nodes.len()).filter(|at| self.nodes[*at].kind == FieldKind::Repeat)
    }

    /// The nodes from the top down to this one, itself included.
    pub fn line(&self, at: usize) -> Vec<usize> {
        let mut line: Vec<usize> = std::iter::successors(Some(at), |at| self.nodes[*at].parent).collect();
        line.reverse();
        line
    }
}

/// An element of a submission that the form knows.
#[derive(Clone, Debug)]
pub struct Item {
    /// Which node of the form.
    pub node: usize,
    /// The item it stands in; none at the top.
    pub parent: Option<usize>,
    /// Which of the elements of this node in its parent, from 0.
    pub turn: u32,
    /// The position after the last item inside it.
    pub end: usize,
    from: usize,
    to: usize,
}

/// A submission read onto its form. Reading another one uses the room of the last.
#[derive(Clone, Debug, Default)]
pub struct Instance {
    items: Vec<Item>,
    text: String,
    open: Vec<Open>,
}

/// An element being read.
#[derive(Clone, Debug)]
struct Open {
    item: Option<usize>,
    /// Where the next child is expected among those of the node.
    hint: usize,
    /// How often each node was met directly inside.
    met: Vec<(usize, u32)>,
    /// Whether what is inside belongs to the form.
    known: bool,
}

impl Instance {
    /// Reads a submission; what was read before is gone.
    pub fn read(&mut self, xml: &str, shape: &Shape) -> Result<(), XmlError> {
        self.items.clear();
        self.text.clear();
        self.open.clear();
        let mut reader = Reader::from_str(xml.strip_prefix('\u{FEFF}').unwrap_or(xml));
        let mut n_elements = 0_usize;
        loop {
            let at = reader.buffer_position();
            let event = reader.read_event();
            let event = event.map_err(|error| XmlError::Malformed { at, detail: error.to_string() })?;
            match event {
                Event::Start(start) => {
                    n_elements += 1;
                    if n_elements > MAX_ELEMENTS {
                        return Err(XmlError::TooMany(MAX_ELEMENTS));
                    }
                    self.opens(&start, shape);
                }
                Event::Empty(start) => {
                    self.opens(&start, shape);
                    self.closes();
                }
                Event::End(_) => self.closes(),
                Event::Text(text) if self.listening(shape) => self.text.push_str(&text.xml10_content()),
                Event::CData(text) if self.listening(shape) => self.text.push_str(&text.xml10_content()),
                Event::GeneralRef(reference) if self.listening(shape) => match reference.resolve_char_ref() {
                    Ok(Some(char)) => self.text.push(char),
                    _ => {
                        self.text.push_str(quick_xml::escape::resolve_predefined_entity(&reference).unwrap_or_default())
                    }
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    fn opens(&mut self, start: &quick_xml::events::BytesStart<'_>, shape: &Shape) {
        let Some(above) = self.open.last_mut() else {
            self.open.push(Open { item: None, hint: 0, met: Vec::new(), known: true });
            return;
        };
        let unknown = Open { item: None, hint: 0, met: Vec::new(), known: false };
        if !above.known {
            self.open.push(unknown);
            return;
        }
        let parent = above.item;
        let children = shape.children(parent.map(|item| self.items[item].node));
        let local = start.local_name();
        let name: &str = local.as_ref();
        // Phones write elements in the order of the form, so the next one is nearly always where the last one was or after it.
        let n = children.len();
        let found = (0..n).map(|step| (above.hint + step) % n).find(|at| shape.node(children[*at]).name == name);
        let Some(found) = found else {
            self.open.push(unknown);
            return;
        };
        let node = children[found];
        above.hint = found;
        if shape.node(node).kind == FieldKind::Repeat && is_template(start) {
            self.open.push(unknown);
            return;
        }
        let turn = match above.met.iter_mut().rev().find(|(met, _)| *met == node) {
            Some((_, n)) => {
                *n += 1;
                *n
            }
            None => {
                above.met.push((node, 0));
                0
            }
        };
        let at = self.items.len();
        self.items.push(Item { node, parent, turn, end: at + 1, from: self.text.len(), to: self.text.len() });
        self.open.push(Open { item: Some(at), hint: 0, met: Vec::new(), known: true });
    }

    fn closes(&mut self) {
        let Some(open) = self.open.pop() else { return };
        if let Some(item) = open.item {
            let end = self.items.len();
            self.items[item].end = end;
            // Text stands in what has nothing inside.
            if end == item + 1 {
                self.items[item].to = self.text.len();
            }
        }
    }

    /// Whether text belongs to an answer here.
    fn listening(&self, shape: &Shape) -> bool {
        let item = self.open.last().and_then(|open| open.item);
        item.is_some_and(|item| !shape.node(self.items[item].node).is_structure())
    }

    /// Takes the text out of the answers to these questions, as if they had not been answered.
    pub fn hide(&mut self, hides: impl Fn(usize) -> bool) {
        for item in self.items.iter_mut().filter(|item| item.from < item.to) {
            if hides(item.node) {
                item.to = item.from;
            }
        }
    }

    /// Takes out these nodes with all that stands in them, as if they had not been sent.
    pub fn leave_out(&mut self, leaves: impl Fn(usize) -> bool) {
        let mut kept: Vec<Item> = Vec::with_capacity(self.items.len());
        // Where each item comes to stand, or what follows it if it goes.
        let mut moved = vec![0; self.items.len() + 1];
        let mut at = 0;
        while at < self.items.len() {
            let item = &self.items[at];
            let goes = leaves(item.node);
            let end = if goes { item.end.max(at + 1) } else { at + 1 };
            moved[at..end].fill(kept.len());
            if !goes {
                kept.push(item.clone());
            }
            at = end;
        }
        moved[at] = kept.len();
        for item in &mut kept {
            item.end = moved[item.end];
            item.parent = item.parent.map(|parent| moved[parent]);
        }
        self.items = kept;
    }

    /// All items, in document order.
    pub fn items(&self) -> &[Item] {
        &self.items
    }

    /// The text of an answer, as sent.
    pub fn text(&self, item: usize) -> &str {
        let Item { from, to, .. } = self.items[item];
        &self.text[from..to]
    }

    /// The items directly inside this one, or at the top.
    pub fn inside(&self, of: Option<usize>) -> Inside<'_> {
        match of {
            Some(at) => Inside { items: &self.items, at: at + 1, end: self.items[at].end },
            None => Inside { items: &self.items, at: 0, end: self.items.len() },
        }
    }

    /// The first answer to this question that is not empty, below this turn of a repeat or in the whole submission.
    pub fn answer(&self, node: usize, below: Option<usize>) -> Option<&str> {
        let range = match below {
            Some(at) => at..self.items[at].end,
            None => 0..self.items.len(),
        };
        range.filter(|at| self.items[*at].node == node).map(|at| self.text(at)).find(|text| !text.is_empty())
    }
}

/// Walks over the items directly inside another.
pub struct Inside<'a> {
    items: &'a [Item],
    at: usize,
    end: usize,
}

impl Iterator for Inside<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let at = self.at;
        (at < self.end).then(|| {
            self.at = self.items[at].end;
            at
        })
    }
}

fn is_template(start: &quick_xml::events::BytesStart<'_>) -> bool {
    start.attributes().flatten().any(|attribute| attribute.key.0.ends_with(":template"))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use expect_test::expect;

    /// A form written as lines of `path kind`.
    pub(crate) fn schema(lines: &str) -> FormSchema {
        let field = |line: &str| {
            let (path, kind) = line.trim().split_once(' ').unwrap_or((line.trim(), "text"));
            let kind = serde_json::from_value(serde_json::Value::String(kind.trim().to_owned())).unwrap();
            Field { path: path.to_owned(), kind, label: Default::default(), hxl: None, choices: Vec::new() }
        };
        FormSchema {
            xml_form_id: "site".to_owned(),
            version: "1".to_owned(),
            title: "Site".to_owned(),
            root: "data".to_owned(),
            fields: lines.trim().lines().map(field).collect(),
            media: Vec::new(),
            encrypted: false,
            client_editable: false,
            entities: None,
            on_arrival: None,
        }
    }

    #[test]
    fn what_is_left_out_leaves_the_rest_in_its_place() {
        let shape = Shape::of(&schema(
            "site\nhousehold repeat\nhousehold/head\nhousehold/member repeat\nhousehold/member/age integer\nend",
        ));
        let xml = "<data><site>x</site><household><head>Ana</head><member><age>3</age></member></household>\
            <household><member><age>9</age></member><head>Ben</head></household><end>e</end></data>";
        let left = |path: &str| {
            let mut instance = Instance::default();
            instance.read(xml, &shape).unwrap();
            let gone = shape.at(path).unwrap();
            instance.leave_out(|node| node == gone);
            let items = instance.items();
            let line = |at: usize| {
                let above = items[at].parent.map_or(String::new(), |above| shape.node(items[above].node).name.clone());
                format!("{above}/{}={}..{}", shape.node(items[at].node).name, instance.text(at), items[at].end)
            };
            (0..items.len()).map(line).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(left("household"), "/site=x..1 /end=e..2");
        assert_eq!(
            left("household/member"),
            "/site=x..1 /household=..3 household/head=Ana..3 /household=..5 household/head=Ben..5 /end=e..6"
        );
    }

    #[test]
    fn a_submission_is_read_onto_its_form_in_document_order() {
        let shape = Shape::of(&schema(
            "site group\nsite/name\nhousehold repeat\nhousehold/head\nhousehold/member repeat\nhousehold/member/age integer\nend",
        ));
        let mut instance = Instance::default();
        let xml = "<?xml version='1.0'?><data id='site' xmlns:jr='j'><orx:site><name>Camp &lt;1&gt; &amp; <![CDATA[<2>]]></name><odd><name>x</name></odd></orx:site>
            <household jr:template=''><head>no</head></household>
            <household><head>Ana</head><member><age>3</age></member><member><age> 40</age></member></household>
            <household><head/></household><end>e&#233;</end></data>";
        instance.read(xml, &shape).unwrap();
        let mut lines = String::new();
        for (at, item) in instance.items().iter().enumerate() {
            let depth = std::iter::successors(item.parent, |at| instance.items()[*at].parent).count();
            let node = shape.node(item.node);
            lines += &format!("{}{}[{}] {:?}\n", "  ".repeat(depth), node.name, item.turn, instance.text(at));
        }
        expect![[r#"
            site[0] ""
              name[0] "Camp <1> & <2>"
            household[0] ""
              head[0] "Ana"
              member[0] ""
                age[0] "3"
              member[1] ""
                age[0] " 40"
            household[1] ""
              head[0] ""
            end[0] "eé"
        "#]]
        .assert_eq(&lines);
        assert_eq!(instance.inside(None).count(), 4);
        let age = shape.at("household/member/age").unwrap();
        assert_eq!((instance.answer(age, None), instance.answer(age, Some(6))), (Some("3"), Some(" 40")));
        assert_eq!(shape.node(age).repeat, shape.at("household/member"));
    }
}
