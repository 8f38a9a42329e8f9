//! Instances as evaluation wants them: flat, with the children of a node sorted by name.
//!
//! The n-th `person` of a node is found by one binary search, whatever stands beside it, so that a form of thousands of
//! questions and hundreds of turns costs no more than its size. Attributes are children whose name starts with `@`.
//! Names are numbers, given by one [`Names`] for all instances of a form.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// A node, by its position in its document.
pub(crate) type NodeAt = u32;
/// No node.
const NONE: u32 = u32::MAX;

/// The names of all nodes of a form, numbered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    by_name: HashMap<Arc<str>, u32>,
    names: Vec<Arc<str>>,
}

impl Names {
    /// The number of this name, a new one where it has none.
    pub(crate) fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.by_name.get(name) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(NONE);
        let name: Arc<str> = name.into();
        self.names.push(name.clone());
        self.by_name.insert(name, number);
        number
    }

    /// The number of this name; none where no node bears it.
    pub(crate) fn known(&self, name: &str) -> Option<u32> {
        self.by_name.get(name).copied()
    }

    /// The name of this number.
    pub(crate) fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or("", |name| name)
    }
}

#[derive(Clone, Debug)]
struct Record {
    name: u32,
    parent: NodeAt,
    /// Position among siblings of the same name, from nought.
    turn: u32,
    kids: Range<u32>,
    text: Range<u32>,
}

/// An instance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    nodes: Vec<Record>,
    /// The children of each node, beside each other, by name and then in document order.
    kids: Vec<NodeAt>,
    text: String,
}

impl Document {
    /// The number of nodes, attributes included.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// About how many bytes it takes.
    pub(crate) fn size(&self) -> usize {
        self.nodes.len() * size_of::<Record>() + self.kids.len() * size_of::<NodeAt>() + self.text.len()
    }

    pub(crate) fn name(&self, node: NodeAt) -> u32 {
        self.nodes[node as usize].name
    }

    /// The node around it; none around the root.
    pub(crate) fn parent(&self, node: NodeAt) -> Option<NodeAt> {
        let parent = self.nodes[node as usize].parent;
        (parent != NONE).then_some(parent)
    }

    /// Its position among siblings of the same name, from nought.
    pub(crate) fn turn(&self, node: NodeAt) -> u32 {
        self.nodes[node as usize].turn
    }

    pub(crate) fn text(&self, node: NodeAt) -> &str {
        let Range { start, end } = self.nodes[node as usize].text;
        &self.text[start as usize..end as usize]
    }

    /// Its children by name, attributes included.
    pub(crate) fn kids(&self, node: NodeAt) -> &[NodeAt] {
        let Range { start, end } = self.nodes[node as usize].kids;
        &self.kids[start as usize..end as usize]
    }

    /// Its children of this name, in document order.
    pub(crate) fn kids_named(&self, node: NodeAt, name: u32) -> &[NodeAt] {
        let kids = self.kids(node);
        let first = kids.partition_point(|kid| self.name(*kid) < name);
        let past = first + kids[first..].partition_point(|kid| self.name(*kid) == name);
        &kids[first..past]
    }

    /// The nodes from the root down to this one.
    pub(crate) fn line(&self, node: NodeAt) -> Vec<NodeAt> {
        let mut line = vec![node];
        let mut at = node;
        while let Some(parent) = self.parent(at) {
            line.push(parent);
            at = parent;
        }
        line.reverse();
        line
    }
}

/// Puts a document together, each node after the one around it.
#[derive(Debug, Default)]
pub(crate) struct Builder {
    document: Document,
}

impl Builder {
    /// Adds a node; the first one, added without a parent, is the root.
    pub(crate) fn add(&mut self, parent: Option<NodeAt>, name: u32, text: &str) -> NodeAt {
        let document = &mut self.document;
        let start = document.text.len() as u32;
        document.text.push_str(text);
        let text = start..document.text.len() as u32;
        let at = document.nodes.len() as u32;
        document.nodes.push(Record { name, parent: parent.unwrap_or(NONE), turn: 0, kids: 0..0, text });
        at
    }

    /// How many nodes there are.
    pub(crate) fn len(&self) -> usize {
        self.document.nodes.len()
    }

    /// The finished document.
    pub(crate) fn finish(self) -> Document {
        let mut document = self.document;
        let mut kids: Vec<NodeAt> = (1..document.nodes.len() as u32).collect();
        kids.sort_by_key(|kid| {
            let record = &document.nodes[*kid as usize];
            (record.parent, record.name, *kid)
        });
        let mut last = (NONE, NONE, 0);
        for (at, kid) in (0_u32..).zip(&kids) {
            let (parent, name) = (document.nodes[*kid as usize].parent, document.nodes[*kid as usize].name);
            let turn = if (last.0, last.1) == (parent, name) { last.2 + 1 } else { 0 };
            if last.0 != parent {
                document.nodes[parent as usize].kids = at..at;
            }
            document.nodes[parent as usize].kids.end = at + 1;
            document.nodes[*kid as usize].turn = turn;
            last = (parent, name, turn);
        }
        document.kids = kids;
        document
    }
}
