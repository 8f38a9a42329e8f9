//! Loops: a block of questions that is written out once for each choice of a list.
//!
//! Every choice but `none` becomes a group of its name and label, with a copy of the questions in it. In the words of the
//! block's own rows `%(name)s` and `%(label)s` (or the name of a column of one's own) stand for the choice's.

use super::super::cells::Cell;
use super::super::cells::is_xml_name;
use super::super::model::{Choice, Items, Kind, Node, Text};
use super::{MAX_NODES, Reader};

impl Reader<'_> {
    /// Writes a loop out.
    pub(super) fn unroll(&mut self, home: usize, list: &Cell) {
        let template = self.tree.nodes.split_off(home + 1);
        let tops = std::mem::take(&mut self.tree.nodes[home].children);
        for row in self.rows.iter_mut().rev().take_while(|row| row.section >= home || row.node > Some(home)) {
            row.section = row.section.min(home);
            row.node = row.node.filter(|node| *node <= home);
        }
        let Some(choices) = self.others.choices.get(&list.text) else { return };
        let choices: Vec<Choice> = choices.choices.iter().filter(|choice| choice.name != "none").cloned().collect();
        if self.tree.nodes.len() + choices.len().saturating_mul(template.len() + 1) > MAX_NODES {
            self.problems.note_other("rows_many", list.at, "", &MAX_NODES.to_string());
            return;
        }
        for choice in choices {
            let mut group = Node::new(choice.name.clone(), Kind::Group, choice.at);
            if !is_xml_name(&choice.name) {
                self.problems.note("name_invalid", choice.at, &choice.name);
                group.name = format!("invalid_{}", choice.at.row);
            }
            group.label = choice.label.clone();
            group.media = choice.media.clone();
            let group = self.tree.add(home, group);
            // A node of the block, and where its copy goes.
            let mut ahead: Vec<(usize, usize)> = tops.iter().rev().map(|top| (*top, group)).collect();
            while let Some((index, parent)) = ahead.pop() {
                let mut node = template[index - home - 1].clone();
                let children = std::mem::take(&mut node.children);
                if parent == group {
                    self.put_choice(&mut node, &choice);
                    if !is_xml_name(&node.name) {
                        self.problems.note("name_invalid", node.at, &node.name);
                        node.name = format!("invalid_{}", node.at.row);
                    }
                }
                let copy = self.tree.add(parent, node);
                ahead.extend(children.iter().rev().map(|child| (*child, copy)));
            }
        }
    }

    /// Puts the words of a choice into a row.
    fn put_choice(&self, node: &mut Node, choice: &Choice) {
        let put = |text: &mut String, language: Option<&str>| {
            if !text.contains("%(") {
                return;
            }
            let label = match &choice.label {
                Some(Text::Plain(cell)) => cell.text.as_str(),
                Some(Text::PerLanguage(cells)) => {
                    let own = cells.iter().find(|(known, _)| Some(known.as_str()) == language);
                    own.or(cells.first()).map_or("", |(_, cell)| cell.text.as_str())
                }
                None => "",
            };
            *text = text.replace("%(name)s", &choice.name).replace("%(label)s", label);
            for (column, value) in &choice.extra {
                *text = text.replace(&format!("%({})s", self.others.choices.extra[*column]), value);
            }
        };
        put(&mut node.name, None);
        let messages = node.messages.iter_mut().map(|(_, text)| text);
        let media = node.media.iter_mut().map(|(_, text)| text);
        let texts = [&mut node.label, &mut node.hint, &mut node.guidance].into_iter().flatten();
        for text in texts.chain(messages).chain(media) {
            match text {
                Text::Plain(cell) => put(&mut cell.text, None),
                Text::PerLanguage(cells) => {
                    cells.iter_mut().for_each(|(language, cell)| put(&mut cell.text, Some(language)));
                }
            }
        }
        let attributes = node.bind.iter_mut().chain(&mut node.control).chain(&mut node.instance);
        attributes.for_each(|(_, cell)| put(&mut cell.text, None));
        node.default.iter_mut().for_each(|cell| put(&mut cell.text, None));
        if let Some(select) = &mut node.select {
            let items = match &mut select.items {
                Items::Answers(cell) | Items::Geometry(cell) => Some(cell),
                Items::List(_) | Items::File(_) | Items::External(_) => None,
            };
            items.into_iter().chain(&mut select.filter).for_each(|cell| put(&mut cell.text, None));
        }
    }
}
