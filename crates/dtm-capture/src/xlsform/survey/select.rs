//! Questions that offer choices: from a list, a file, earlier answers or the external choices.

use super::super::cells::{Cell, is_xml_name};
use super::super::expression::{mentions, sole_reference};
use super::super::model::{Choice, Items, Kind, Node, Select, Text};
use super::super::parameters::{Parameters, is_number};
use super::super::problem::{At, SheetId, near_tab};
use super::super::question_type::{SelectKind, SelectType, TEXT};
use super::{Reader, apply_type, stem};
use std::collections::HashSet;

impl Reader<'_> {
    /// Reads a select and adds it, with what comes before and after it.
    pub(super) fn select(
        &mut self,
        row: usize,
        mut node: Node,
        select: &SelectType<'_>,
        kind: &Cell,
        parameters: &Parameters,
        parent: usize,
    ) -> usize {
        let filter = self.grid.get(row, self.columns.choice_filter);
        if select.kind == SelectKind::External && filter.is_none() {
            self.problems.note("external_unfiltered", node.at, &node.name);
            let randomized = parameters.get("randomize").is_some_and(|cell| cell.text == "true");
            if !randomized && self.others.choices.get(select.list).is_none() {
                self.problems.note("external_filter_missing", kind.at, select.list);
            }
        }
        if node.bind("type").is_some_and(|kind| !matches!(kind.text.as_str(), "string" | "odk:rank")) {
            self.problems.note("select_type", node.at, &node.name);
        }
        let items = self.items(select, kind);
        if select.takes_columns() {
            parameters.allow(&["label", "randomize", "seed", "value"], self.problems);
        } else {
            parameters.allow(&["randomize", "seed"], self.problems);
        }
        let randomize = parameters.word("randomize", &["true", "false"], self.problems);
        let randomize = randomize.is_some_and(|cell| cell.text == "true");
        let seed = parameters.get("seed").filter(|seed| {
            let valid = sole_reference(&seed.text).is_some() || is_number(&seed.text);
            if !valid || parameters.get("randomize").is_none() {
                self.problems.note_other("parameter_value", seed.at, &seed.text, "randomize=true seed=1.5");
            }
            valid
        });
        for key in ["value", "label"] {
            if let Some(cell) = parameters.get(key)
                && select.takes_columns()
                && !is_xml_name(&cell.text)
            {
                self.problems.note_other("parameter_value", cell.at, &cell.text, "column_name");
            }
        }
        if select.kind == SelectKind::Multiple
            && let Items::List(list) = &items
            && let Some(list) = self.others.choices.get(list)
            && self.without_blanks.insert(list.name.clone())
        {
            for choice in list.choices.iter().filter(|choice| choice.name.contains(' ')) {
                self.problems.note("choice_name_blank", choice.at, &choice.name);
            }
        }
        if select.or_other {
            match &filter {
                Some(filter) => self.problems.note("or_other_filter", filter.at, ""),
                None => self.offer_other(&items, node.at),
            }
        }
        let search = node.appearance().find("search(").is_some_and(|at| node.appearance()[at..].contains(')'));
        if search && matches!(items, Items::File(_)) {
            self.problems.note("search_file", node.at, &node.name);
        }
        self.table_list_question(&mut node, select, &items, filter.as_ref(), row, parent);
        let search = search && node.appearance().contains("search(");
        if self.settings.add_none_option && select.kind == SelectKind::Multiple {
            self.refuse_none(&mut node, &items, filter.is_some(), randomize, kind.at);
        }
        let text = |key: &str| parameters.get(key).map(|cell| cell.text.clone());
        let shared_list = match &items {
            Items::List(list) if filter.is_some() || !randomize => Some(list.clone()),
            _ => None,
        };
        node.select = Some(Select {
            kind: select.kind,
            items,
            filter,
            randomize,
            seed: seed.cloned(),
            value_column: text("value"),
            label_column: text("label"),
            search,
            shared_list,
        });
        let (name, at) = (node.name.clone(), node.at);
        let index = self.tree.add(parent, node);
        if select.or_other {
            let mut other = Node::new(format!("{name}_other"), Kind::Question(&TEXT), at);
            apply_type(&mut other, &TEXT);
            other.label = Some(Text::Plain(Cell { text: "Specify other.".to_owned(), at }));
            other.set_bind("relevant", Cell { text: format!("selected(../{name}, 'other')"), at });
            self.tree.add(parent, other);
        }
        index
    }

    /// Sees to it that «none» is chosen alone, the first time that a list is offered.
    fn refuse_none(&mut self, node: &mut Node, items: &Items, filtered: bool, randomize: bool, at: At) {
        let list = match items {
            Items::List(list) if filtered || !randomize => list,
            _ => {
                self.problems.note("none_list", at, &node.name);
                return;
            }
        };
        if !self.with_none.insert(list.clone()) {
            return;
        }
        let alone = "(.='none' or not(selected(., 'none')))";
        let text = match node.bind("constraint") {
            Some(own) => format!("{} and {alone}", own.text),
            None => alone.to_owned(),
        };
        node.set_bind("constraint", Cell { text, at });
    }

    /// Where the choices of a select come from.
    fn items(&mut self, select: &SelectType<'_>, kind: &Cell) -> Items {
        let list = select.list;
        let from = |text: &str| Cell { text: text.to_owned(), at: kind.at };
        let ending = &list[stem(list).len()..];
        let is_file = matches!(ending, ".csv" | ".xml" | ".geojson");
        if select.kind == SelectKind::External {
            if self.others.external.lists.is_empty() {
                let suggestion = near_tab(SheetId::ExternalChoices, self.others.tabs);
                self.problems.note_with("external_choices_missing", kind.at, "", "", suggestion);
            } else if self.others.external.get(list).is_none() {
                let suggestion = self.problems.suggest(list, self.others.external.names());
                self.problems.note_with("list_unknown", kind.at, list, "", suggestion);
            }
            return Items::External(list.to_owned());
        }
        self.instances.insert(stem(list).to_owned());
        // One full stop at most: clients take what follows the first for the ending.
        if select.is_from_file() && (!is_file || stem(list).trim_start_matches('.').contains('.')) {
            self.problems.note("file_kind", kind.at, list);
        }
        if is_file {
            return Items::File(list.to_owned());
        }
        if mentions(list) {
            return Items::Answers(from(list));
        }
        if list.contains(['\'', '"']) {
            self.problems.note("list_name_invalid", kind.at, list);
        }
        if self.others.choices.get(list).is_none() {
            if let (Some(at), true) = (self.others.choices.no_list_column, self.others.choices.present) {
                self.problems.note("header_missing", at, "list_name");
            } else if self.others.choices.lists.is_empty() {
                let suggestion = near_tab(SheetId::Choices, self.others.tabs);
                self.problems.note_with("choices_missing", At::sheet(SheetId::Choices), "", "", suggestion);
            } else {
                let suggestion = self.problems.suggest(list, self.others.choices.names());
                self.problems.note_with("list_unknown", kind.at, list, "", suggestion);
            }
        }
        Items::List(list.to_owned())
    }

    /// Adds the choice «other» to a list that has none.
    fn offer_other(&mut self, items: &Items, at: At) {
        let Items::List(name) = items else {
            self.problems.note("or_other_list", at, "");
            return;
        };
        let Some(list) = self.others.choices.get_mut(name) else { return };
        if !self.with_other.insert(name.clone()) {
            return;
        }
        if list.choices.iter().any(|choice| choice.name == "other") {
            return;
        }
        let other = || Cell { text: "Other".to_owned(), at };
        let (mut languages, mut known): (Vec<&String>, HashSet<&String>) = (Vec::new(), HashSet::new());
        for choice in &list.choices {
            if let Some(Text::PerLanguage(texts)) = &choice.label {
                for (language, _) in texts {
                    if known.insert(language) {
                        languages.push(language);
                    }
                }
            }
        }
        let label = match languages.is_empty() {
            true => Text::Plain(other()),
            false => Text::PerLanguage(languages.into_iter().map(|language| (language.clone(), other())).collect()),
        };
        let choice = Choice { name: "other".to_owned(), at, label: Some(label), media: Vec::new(), extra: Vec::new() };
        list.choices.push(choice);
    }

    /// In a table-list all questions share a list; the first is preceded by a row of labels.
    fn table_list_question(
        &mut self,
        node: &mut Node,
        select: &SelectType<'_>,
        items: &Items,
        filter: Option<&Cell>,
        row: usize,
        parent: usize,
    ) {
        let Some(table) = self.table_list.clone() else { return };
        let (list, at) = (select.list.to_owned(), node.at);
        match table {
            Some(first) if first != list => {
                self.problems.note_other("table_list_mixed", at, &list, &first);
            }
            Some(_) => {}
            None => {
                self.table_list = Some(Some(list.clone()));
                if let Some(filter) = filter {
                    self.problems.note("table_list_filter", filter.at, &filter.text);
                }
                let known = select.kind.question_type();
                let name = format!("reserved_name_for_field_list_labels_{}", self.grid.ordinal(row));
                let mut header = Node::new(name, Kind::Question(known), at);
                apply_type(&mut header, known);
                header.set_control("appearance", Cell { text: "label".to_owned(), at });
                header.select = Some(plain_select(select.kind, items.clone()));
                self.tree.add(parent, header);
            }
        }
        node.set_control("appearance", Cell { text: "list-nolabel".to_owned(), at });
    }
}

/// A select without anything special.
pub(super) fn plain_select(kind: SelectKind, items: Items) -> Select {
    Select {
        kind,
        items,
        filter: None,
        randomize: false,
        seed: None,
        value_column: None,
        label_column: None,
        search: false,
        shared_list: None,
    }
}
