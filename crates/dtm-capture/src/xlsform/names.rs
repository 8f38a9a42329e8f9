//! Turns references `${name}` into paths.
//!
//! A reference is absolute, `/data/a/b`, unless question and target stand in the same repeat: then it is relative,
//! `../b`, so that it means the occurrence at hand. Inside the predicate of a list it starts at `current()/`.
//! In `indexed-repeat(…)` the first, second, fourth and sixth argument name nodes as such and stay absolute. Where an
//! expression nests these, the reading is that of pyxform 4.5, so that a form means the same whoever converts it.

use super::cells::Cell;
use super::expression::{Reference, scan_expression, scan_text};
use super::model::{Kind, Tree};
use super::problem::Problems;
use std::collections::HashMap;
use std::ops::Range;

/// Longest text with its references replaced.
const MAX_TEXT: usize = 4 * 1024 * 1024;

/// Where a reference stands, which decides how its path is written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Context {
    /// The node that the expression belongs to; choices have none.
    pub(super) node: Option<usize>,
    /// Whether the expression is a predicate as a whole.
    pub(super) is_predicate: bool,
    /// Whether a reference to a repeat means all of its occurrences.
    pub(super) all_occurrences: bool,
}

impl Context {
    /// An ordinary expression of a node.
    pub(super) fn of(node: usize) -> Context {
        Context { node: Some(node), ..Context::default() }
    }
}

/// The names and paths of a form.
pub(super) struct Names<'a> {
    tree: &'a Tree,
    pub(super) paths: Vec<String>,
    by_name: HashMap<&'a str, Vec<usize>>,
    /// Whether an expression asked for the last saved record.
    pub(super) last_saved: bool,
    /// Whether a name was not found since this was last set to false.
    pub(super) missed: bool,
    /// Whether a text grew beyond all measure and was cut.
    pub(super) overflowed: bool,
}

impl<'a> Names<'a> {
    /// Gathers the names of a tree.
    pub(super) fn of(tree: &'a Tree) -> Names<'a> {
        let mut paths: Vec<String> = Vec::with_capacity(tree.nodes.len());
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
        for (index, node) in tree.nodes.iter().enumerate() {
            let above = if index == 0 { "" } else { paths[node.parent].as_str() };
            paths.push(if node.flat { above.to_owned() } else { format!("{above}/{}", node.name) });
            let in_entity = index > 0 && tree.nodes[node.parent].kind == Kind::Entity;
            if !matches!(node.kind, Kind::ExternalFile(_) | Kind::Attribute) && !in_entity {
                by_name.entry(&node.name).or_default().push(index);
            }
        }
        Names { tree, paths, by_name, last_saved: false, missed: false, overflowed: false }
    }

    /// The node of this name; the lack or the doubt of one is noted at the cell.
    pub(super) fn find(&self, name: &str, cell: &Cell, problems: &mut Problems) -> Option<usize> {
        match self.by_name.get(name).map(Vec::as_slice) {
            Some([one]) => Some(*one),
            Some(several) => {
                let rows: Vec<String> =
                    several.iter().take(5).map(|node| self.tree.nodes[*node].at.row.to_string()).collect();
                problems.note_other("reference_ambiguous", cell.at, name, &rows.join(", "));
                several.first().copied()
            }
            None => {
                let suggestion = problems.suggest(name, self.by_name.keys().copied());
                problems.note_with("reference_unknown", cell.at, name, "", suggestion);
                None
            }
        }
    }

    /// An expression with its references replaced.
    pub(super) fn expression(&mut self, cell: &Cell, context: Context, problems: &mut Problems) -> String {
        let references = scan_expression(cell, problems);
        self.replace(cell, &references, context, problems)
    }

    /// Any other text with its references replaced.
    pub(super) fn text(&mut self, cell: &Cell, context: Context, problems: &mut Problems) -> String {
        let references = scan_text(cell, problems);
        self.replace(cell, &references, context, problems)
    }

    fn replace(
        &mut self,
        cell: &Cell,
        references: &[Reference<'_>],
        context: Context,
        problems: &mut Problems,
    ) -> String {
        if references.is_empty() {
            return cell.text.clone();
        }
        let reading = Reading::of(&cell.text);
        let (mut out, mut from) = (String::with_capacity(cell.text.len() * 2), 0);
        for reference in references {
            if out.len() > MAX_TEXT {
                self.overflowed = true;
                break;
            }
            out.push_str(&cell.text[from..reference.range.start]);
            out.push_str(&self.path(reference, cell, &reading, context, problems));
            from = reference.range.end;
        }
        out.push_str(&cell.text[from..]);
        out
    }

    /// The path that a reference becomes, with blanks around it.
    pub(super) fn path(
        &mut self,
        reference: &Reference<'_>,
        cell: &Cell,
        reading: &Reading,
        context: Context,
        problems: &mut Problems,
    ) -> String {
        let Some(target) = self.find(reference.name, cell, problems) else {
            // A question that is not there has no answer.
            self.missed = true;
            return "''".to_owned();
        };
        if reference.last_saved {
            self.last_saved = true;
            return format!(" instance('__last-saved'){} ", self.paths[target]);
        }
        let names_the_node = reading.names_the_node(reference, &cell.text);
        match context.node.filter(|_| !names_the_node).and_then(|node| self.relative(node, target, context)) {
            Some((steps, below)) => {
                let in_predicate = context.is_predicate || reading.is_in_list_predicate(reference);
                let start = if in_predicate { "current()/" } else { "" };
                format!(" {start}{}{below} ", vec![".."; steps].join("/"))
            }
            None => format!(" {} ", self.paths[target]),
        }
    }

    /// Steps up and the path down from one node to another, if both are in one repeat.
    fn relative(&self, from: usize, to: usize, context: Context) -> Option<(usize, &str)> {
        let tree = self.tree;
        let repeat = tree.common_section(from, to, true)?;
        if context.all_occurrences {
            let repeat_is_outermost = tree.repeat_of(repeat).is_none();
            if tree.repeat_of(to) == Some(repeat) && (repeat_is_outermost || tree.repeat_of(from) != Some(repeat)) {
                let above = tree.parent(repeat)?;
                let steps = tree.nodes[from].depth - tree.nodes[above].depth;
                return Some((steps, &self.paths[to][self.paths[above].len()..]));
            }
        }
        let section = tree.common_section(from, to, false)?;
        let steps = tree.nodes[from].depth - tree.nodes[section].depth;
        Some((steps, &self.paths[to][self.paths[section].len()..]))
    }
}

/// What surrounds the references of an expression.
pub(super) struct Reading {
    /// Predicates, where the expression looks into a list.
    predicates: Vec<Range<usize>>,
    /// Calls of `indexed-repeat`, up to their first closing parenthesis; none if there is not even the word.
    indexed: Option<Vec<Range<usize>>>,
}

impl Reading {
    /// Reads an expression.
    pub(super) fn of(text: &str) -> Reading {
        let looks_into_a_list = text.match_indices("instance(").any(|(at, word)| {
            let mut rest = text[at + word.len()..].chars();
            rest.next().is_some_and(|c| c != ')') && rest.next().is_some()
        });
        Reading {
            predicates: if looks_into_a_list { predicates(text) } else { Vec::new() },
            indexed: text.contains(INDEXED).then(|| indexed_calls(text)),
        }
    }

    fn is_in_list_predicate(&self, reference: &Reference<'_>) -> bool {
        self.predicates.iter().any(|p| p.start <= reference.range.start && reference.range.end <= p.end)
    }

    /// Whether the reference is an argument of `indexed-repeat` that names a node.
    fn names_the_node(&self, reference: &Reference<'_>, text: &str) -> bool {
        let Some(calls) = &self.indexed else { return false };
        let mut calls = calls.iter();
        while let Some(call) = calls.next() {
            if reference.range.end > call.end {
                if calls.next().is_none() {
                    return false;
                }
                continue;
            }
            if reference.range.end < call.start {
                return false;
            }
            let wanted = format!("${{{}}}", reference.name);
            let arguments = &text[call.start + INDEXED.len()..call.end - 1];
            let position = arguments.split(',').enumerate().filter(|(_, a)| a.contains(&wanted)).last();
            return position.is_none_or(|(index, _)| matches!(index, 0 | 1 | 3 | 5));
        }
        true
    }
}

const INDEXED: &str = "indexed-repeat(";

/// Stretches from `[` to the next `]`.
fn predicates(text: &str) -> Vec<Range<usize>> {
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(start) = text[from..].find('[').map(|at| from + at) {
        let Some(length) = text[start..].find(']') else { break };
        // An empty pair is none, so that the search goes on within.
        if length > 1 {
            found.push(start..start + length + 1);
        }
        from = start + if length > 1 { length + 1 } else { 1 };
    }
    found
}

fn indexed_calls(text: &str) -> Vec<Range<usize>> {
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(start) = text[from..].find(INDEXED).map(|at| from + at) {
        let inside = start + INDEXED.len();
        match text[inside..].find(')') {
            Some(length) if length > 0 => {
                found.push(start..inside + length + 1);
                from = inside + length + 1;
            }
            _ => from = inside,
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::expression::scan_text;
    use super::super::problem::{At, SheetId};
    use super::*;

    #[test]
    fn a_reference_knows_where_it_stands() {
        let check = |text: &str, expected: &[(&str, bool, bool)]| {
            let cell = Cell { text: text.to_owned(), at: At::row(SheetId::Survey, 2) };
            let reading = Reading::of(text);
            let seen: Vec<_> = scan_text(&cell, &mut Problems::default())
                .iter()
                .map(|r| (r.name.to_owned(), reading.names_the_node(r, text), reading.is_in_list_predicate(r)))
                .collect();
            let seen: Vec<_> = seen.iter().map(|(name, node, list)| (name.as_str(), *node, *list)).collect();
            assert_eq!(seen, expected, "{text}");
        };
        check(
            "indexed-repeat(${a}, ${r}, ${p}) + ${q}",
            &[("a", true, false), ("r", true, false), ("p", false, false), ("q", false, false)],
        );
        check("instance('x')/root/item[n = ${b}]/v + ${c}", &[("b", false, true), ("c", false, false)]);
        check("${r}[${a} > 1]", &[("r", false, false), ("a", false, false)]);
    }
}
