//! Lays a submission over its form's instance.
//!
//! Phones leave out what is not relevant. For rules to be evaluated there must be a node for every question, so each one
//! that was not sent is put in empty; turns of repeats are those that were sent. What the form does not know is left out.

use super::form::Rules;
use crate::xml::{Node, Tree};
use crate::xpath::{Builder, Document, NodeAt};
use std::collections::HashMap;

/// Nodes that a laid-out submission may have; past these, questions that were not sent are not put in.
const MAX_NODES: usize = 400_000;

/// A submission with a node for every question.
pub(super) struct Laid {
    pub(super) document: Document,
    /// The field of each node; none for attributes.
    pub(super) field_of: Vec<Option<usize>>,
    /// The nodes of each field, in document order.
    pub(super) nodes_of: Vec<Vec<NodeAt>>,
    /// Whether there are too many nodes to put all in.
    pub(super) was_cut_short: bool,
}

/// Lays a submission out.
pub(super) fn lay(tree: &Tree, rules: &Rules) -> Laid {
    let mut builder = Builder::default();
    let mut field_of = Vec::new();
    let mut was_cut_short = false;
    // (node around it, field, what was sent), taken in document order
    let mut queue: Vec<(Option<NodeAt>, usize, Option<&Node>)> = vec![(None, 0, Some(tree.root()))];
    while let Some((parent, at, sent)) = queue.pop() {
        let field = &rules.fields[at];
        let text = sent.filter(|_| field.children.is_empty()).map_or("", |node| node.text.as_str());
        let node = builder.add(parent, field.name, text);
        field_of.push(Some(at));
        for (name, written) in &field.attributes {
            let own = rules.names.name(*name).trim_start_matches('@');
            let value = sent.and_then(|sent| sent.attribute(own)).unwrap_or(written);
            builder.add(Some(node), *name, value);
            field_of.push(None);
        }
        let mut by_name: HashMap<&str, Vec<&Node>> = HashMap::new();
        for child in sent.into_iter().flat_map(|sent| tree.children(sent)) {
            // A repeat's template is the form's, not an answer.
            if !child.attributes.iter().any(|(name, _)| name.ends_with(":template")) {
                by_name.entry(&child.name).or_default().push(child);
            }
        }
        for child in field.children.iter().rev() {
            let known = &rules.fields[*child];
            let sent = by_name.get(rules.names.name(known.name)).map_or(&[][..], Vec::as_slice);
            if known.is_repeat {
                queue.extend(sent.iter().rev().map(|sent| (Some(node), *child, Some(*sent))));
            } else if let Some(first) = sent.first() {
                queue.push((Some(node), *child, Some(first)));
            } else if builder.len() + queue.len() < MAX_NODES {
                queue.push((Some(node), *child, None));
            } else {
                was_cut_short = true;
            }
        }
    }
    let mut nodes_of = vec![Vec::new(); rules.fields.len()];
    for (node, field) in (0..).zip(&field_of) {
        if let Some(field) = field {
            nodes_of[*field].push(node);
        }
    }
    Laid { document: builder.finish(), field_of, nodes_of, was_cut_short }
}
