//! What can be said of a survey only once all of its rows are read.

use super::super::cells::Cell;
use super::super::expression::{mentions, sole_reference};
use super::super::model::{Kind, Node, Select, Tree};
use super::super::problem::{At, SheetId};
use super::super::question_type::CALCULATE;
use super::{Reader, apply_type};
use std::collections::{HashMap, HashSet};

impl Reader<'_> {
    /// Closes what is open, adds the meta group and checks what the rows say of each other.
    pub(super) fn finish(&mut self) {
        while self.open.len() > 1 {
            let left = self.open.pop().expect("more than the root is open");
            self.problems.note("begin_unclosed", left.at, &left.word);
            if let Some(list) = &left.list {
                self.unroll(left.node, list);
            }
        }
        self.check_triggers();
        self.check_geometries();
        if self.settings.flat {
            flatten(&mut self.tree);
        }
        self.check_names();
        self.add_meta();
        self.check_shared_lists();
        if !self.settings.omit_instance_id {
            self.given.add("instanceID", 0);
        }
    }

    fn add_meta(&mut self) {
        let at = At::sheet(SheetId::Settings);
        let mut meta = std::mem::take(&mut self.meta);
        for second in meta.iter().skip(1) {
            self.problems.note_other("name_duplicate", second.at, &second.name, &meta[0].at.row.to_string());
        }
        meta.truncate(1);
        let cell = |text: &str| Cell { text: text.to_owned(), at };
        if !self.settings.omit_instance_id {
            let mut node = Node::new("instanceID", Kind::Question(&CALCULATE), at);
            apply_type(&mut node, &CALCULATE);
            node.set_bind("readonly", cell("true()"));
            node.set_bind("jr:preload", cell(&self.settings.instance_id));
            meta.push(node);
        }
        if let Some(formula) = &self.settings.instance_name {
            let mut node = Node::new("instanceName", Kind::Question(&CALCULATE), at);
            apply_type(&mut node, &CALCULATE);
            node.set_bind("calculate", formula.clone());
            meta.push(node);
        }
        if !meta.is_empty() {
            let group = self.tree.add(0, Node::new("meta", Kind::Meta, at));
            for node in meta {
                self.tree.add(group, node);
            }
        }
    }

    /// Triggers name questions, not groups.
    fn check_triggers(&mut self) {
        let questions: HashSet<&str> =
            self.rows.iter().filter(|row| !row.is_block).filter_map(|row| row.name.as_deref()).collect();
        for trigger in self.triggers.iter().filter(|trigger| !questions.contains(trigger.text.as_str())) {
            let all: Vec<&str> = questions.iter().copied().collect();
            let suggestion = self.problems.suggest(&trigger.text, all.into_iter());
            self.problems.note_with("reference_unknown", trigger.at, &trigger.text, "", suggestion);
        }
    }

    /// What is offered on a map is a list, a file that is looked into, an entity list, or a repeat.
    fn check_geometries(&mut self) {
        for cell in &self.geometries {
            let word = cell.text.as_str();
            let known = self.instances.contains(word)
                || self.others.choices.get(word).is_some()
                || self.others.entities.has(word)
                || mentions(word) && sole_reference(word).is_some_and(|name| self.repeats.contains_key(name));
            if !known {
                let names: Vec<&str> =
                    self.others.choices.names().chain(self.instances.iter().map(String::as_str)).collect();
                let suggestion = self.problems.suggest(word, names.into_iter());
                self.problems.note_with("geometry_unknown", cell.at, word, "", suggestion);
            }
        }
    }

    /// Rows may meet the names of what is generated from other rows.
    fn check_names(&mut self) {
        for section in &self.tree.nodes {
            let mut seen: HashMap<&str, u32> = HashMap::with_capacity(section.children.len());
            for child in section.children.iter().map(|child| &self.tree.nodes[*child]) {
                if let Some(first) = seen.insert(&child.name, child.at.row) {
                    self.problems.note_other("name_duplicate", child.at, &child.name, &first.to_string());
                }
            }
        }
        let mut repeats: HashMap<&str, u32> = HashMap::new();
        for repeat in self.tree.nodes.iter().filter(|node| node.kind == Kind::Repeat) {
            if let Some(first) = repeats.insert(&repeat.name, repeat.at.row) {
                self.problems.note_other("repeat_name_duplicate", repeat.at, &repeat.name, &first.to_string());
            }
        }
    }

    /// Items of a search stand in the body, so a list cannot serve a search and an itemset.
    fn check_shared_lists(&mut self) {
        let lists = |search: bool| {
            self.tree.nodes.iter().filter_map(move |node| match &node.select {
                Some(select) if select.search == search && is_choice(node, select) => {
                    Some((select.shared_list.as_deref(), node.at))
                }
                _ => None,
            })
        };
        let plain: HashSet<Option<&str>> = lists(false).map(|(list, _)| list).collect();
        let clashes: Vec<_> = lists(true).filter(|(list, _)| plain.contains(list)).collect();
        for (list, at) in clashes {
            self.problems.note("search_shared_list", at, list.unwrap_or(""));
        }
    }
}

/// Whether a node is a select in earnest, not a range or a place on a map with a list.
fn is_choice(node: &Node, select: &Select) -> bool {
    use super::super::question_type::{Control, SelectKind};
    matches!(node.kind, Kind::Question(known)
        if matches!(known.control, Control::SelectOne | Control::SelectMultiple | Control::Rank))
        && select.kind != SelectKind::External
}

/// Makes groups leave no trace in the record: their condition is that of their questions.
fn flatten(tree: &mut Tree) {
    let mut ahead: Vec<(usize, Option<Cell>)> = tree.nodes[0].children.iter().map(|child| (*child, None)).collect();
    while let Some((index, above)) = ahead.pop() {
        let node = &mut tree.nodes[index];
        let own = node.bind("relevant").cloned();
        let both = match (above, own) {
            (Some(above), Some(own)) => Some(Cell { text: format!("{} and ({})", above.text, own.text), at: own.at }),
            (above, own) => above.or(own),
        };
        if node.is_section() && !node.children.is_empty() {
            node.flat = true;
            ahead.extend(node.children.iter().map(|child| (*child, both.clone())));
        } else if let Some(both) = both {
            node.set_bind("relevant", both);
        }
    }
}
