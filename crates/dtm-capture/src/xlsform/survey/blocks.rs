//! Rows that open and close groups, repeats and loops.

use super::super::cells::Cell;
use super::super::expression::sole_reference;
use super::super::model::{Kind, Node};
use super::super::question_type::{Block, CALCULATE, NOTE};
use super::{MAX_DEPTH, MAX_PATH, MAX_REPEAT_DEPTH, Open, Reader, apply_type};
use std::collections::HashMap;

impl Reader<'_> {
    pub(super) fn close(&mut self, block: Block, kind: &Cell) {
        self.table_list = None;
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        match self.open.iter().rposition(|open| open.block == Some(block)) {
            // A block left open inside closes with the one around it, so that one slip is one problem.
            Some(position) => {
                for left in self.open.drain(position + 1..) {
                    self.problems.note("begin_unclosed", left.at, &left.word);
                }
                let closed = self.open.pop().expect("the block just found is the last");
                if let Some(list) = &closed.list {
                    self.unroll(closed.node, list);
                }
            }
            None => {
                let here = self.open.last().and_then(|open| open.block).map_or("–", Block::word);
                self.problems.note_other("end_unmatched", kind.at, &kind.text, here);
            }
        }
    }

    pub(super) fn begin(&mut self, row: usize, block: Block, kind: &Cell, list: Option<Cell>, name: Option<Cell>) {
        let repeats_around = self.open.iter().filter(|open| open.block == Some(Block::Repeat)).count();
        let path = self.here().path + 1 + name.as_ref().map_or(0, |name| name.text.len());
        let limit = match block {
            _ if self.open.len() > MAX_DEPTH => Some(MAX_DEPTH),
            Block::Repeat if repeats_around >= MAX_REPEAT_DEPTH => Some(MAX_REPEAT_DEPTH),
            _ if path > MAX_PATH => Some(self.open.len()),
            _ => None,
        };
        if self.skipped > 0 || limit.is_some() {
            self.problems.note_other("too_deep", kind.at, "", &limit.unwrap_or(MAX_DEPTH).to_string());
            self.skipped += 1;
            return;
        }
        self.parameters(row);
        self.trigger(row);
        let list = self.loop_list(block, kind, list);
        let given = name.clone();
        let name = match name {
            Some(name) => self.claim(name),
            None => {
                self.problems.note("name_missing", self.grid.at(row), "");
                format!("unnamed_{}", row + 1)
            }
        };
        let is_repeat = block == Block::Repeat;
        let mut node = Node::new(name.clone(), if is_repeat { Kind::Repeat } else { Kind::Group }, self.grid.at(row));
        self.fill(&mut node, row);
        // Groups show no guidance.
        node.guidance = None;
        node.control.extend(self.grid.get(row, self.columns.intent).map(|cell| ("intent".to_owned(), cell)));
        let parent = self.here().node;
        if is_repeat {
            if let Some(first) = self.repeats.insert(name.clone(), row as u32 + 1) {
                self.problems.note_other("repeat_name_duplicate", node.at, &name, &first.to_string());
            } else if name == self.settings.root {
                self.problems.note("name_reserved", node.at, &name);
            }
            if node.label.is_none() && node.media.is_empty() {
                self.problems.note("repeat_label_missing", node.at, &name);
            }
        }
        if let Some((_, count)) = node.control.iter_mut().find(|(key, _)| key == "jr:count")
            && sole_reference(&count.text).is_none()
        {
            let counter = format!("{name}_count");
            let mut calculated = Node::new(counter.clone(), Kind::Question(&CALCULATE), self.grid.at(row));
            calculated.set_bind("type", Cell { text: "string".to_owned(), at: count.at });
            calculated.set_bind("readonly", Cell { text: "true()".to_owned(), at: count.at });
            calculated.set_bind("calculate", count.clone());
            count.text = format!("${{{counter}}}");
            self.tree.add(parent, calculated);
        }
        let note = self.table_list(&mut node, row);
        let node = self.tree.add(parent, node);
        note.into_iter().for_each(|note| {
            self.tree.add(node, note);
        });
        self.remember(row, given.as_ref(), Some(node), true);
        self.open.push(Open {
            node,
            block: Some(block),
            at: kind.at,
            word: kind.text.clone(),
            path,
            names: HashMap::new(),
            names_lower: HashMap::new(),
            list,
        });
    }

    /// The list that a loop runs over.
    fn loop_list(&mut self, block: Block, kind: &Cell, list: Option<Cell>) -> Option<Cell> {
        if block != Block::Loop {
            return None;
        }
        let Some(list) = list else {
            self.problems.note("list_missing", kind.at, &kind.text);
            return None;
        };
        if self.others.choices.get(&list.text).is_none() {
            let suggestion = self.problems.suggest(&list.text, self.others.choices.names());
            self.problems.note_with("list_unknown", kind.at, &list.text, "", suggestion);
            return None;
        }
        Some(list)
    }

    /// Turns the appearance `table-list` into a field list; its label moves into a note so that it shows.
    fn table_list(&mut self, node: &mut Node, row: usize) -> Option<Node> {
        if !node.appearance().split_whitespace().any(|word| word == "table-list") {
            return None;
        }
        self.table_list = Some(None);
        let kept = node.appearance().split_whitespace().filter(|word| *word != "table-list");
        let text = std::iter::once("field-list").chain(kept).collect::<Vec<_>>().join(" ");
        let at = node.at;
        node.set_control("appearance", Cell { text, at });
        if node.label.is_none() && node.hint.is_none() {
            return None;
        }
        let name = format!("generated_table_list_label_{}", self.grid.ordinal(row));
        let mut note = Node::new(name, Kind::Question(&NOTE), at);
        apply_type(&mut note, &NOTE);
        note.label = node.label.take();
        note.hint = node.hint.take();
        Some(note)
    }
}
