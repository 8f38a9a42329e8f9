//! The entities sheet: which answers make or change the things that other forms look up.
//!
//! Each row declares a list. Its element stands in the meta group of the record, or, where the answers saved come
//! from a repeat or the form feeds several lists, in a meta group of the section that holds those answers. Rules: the
//! ODK Entities specification, 2024.1.0 for one list per record and 2025.1.0 otherwise.

use super::cells::{Cell, Grid, Vocabulary, is_xml_name};
use super::expression::scan_text;
use super::model::{Kind, Node, Tree};
use super::problem::{Problems, SheetId};
use super::question_type::CALCULATE;
use crate::workbook::Sheet;
use std::collections::{HashMap, HashSet};

const VOCABULARY: Vocabulary = Vocabulary {
    columns: &["dataset", "label", "entity_id", "create_if", "update_if", "repeat"],
    aliases: &[("list_name", &["dataset"])],
};

/// One row of the sheet.
struct Declaration {
    list: Cell,
    label: Option<Cell>,
    id: Option<Cell>,
    create_if: Option<Cell>,
    update_if: Option<Cell>,
    repeat: Option<Cell>,
}

/// The lists that a form feeds.
#[derive(Default)]
pub(super) struct Entities {
    declarations: Vec<Declaration>,
}

impl Entities {
    /// Reads the sheet, if there is one.
    pub(super) fn read(sheet: Option<&Sheet>, problems: &mut Problems) -> Entities {
        let Some(sheet) = sheet else { return Entities::default() };
        let grid = Grid::read(sheet, SheetId::Entities, &VOCABULARY, false, problems);
        let mut entities = Entities::default();
        let names = ["dataset", "label", "entity_id", "create_if", "update_if", "repeat"];
        let columns: HashMap<&str, Option<usize>> = names.map(|name| (name, grid.column(name))).into();
        let mut seen = HashSet::new();
        for row in grid.row_indexes().filter(|row| !grid.is_blank(*row)) {
            let cell = |name: &str| grid.get(row, columns[name]);
            let Some(list) = cell("dataset") else {
                problems.note("entity_list_missing", grid.at(row), "");
                continue;
            };
            if !is_xml_name(&list.text) || list.text.contains([':', '.']) || list.text.starts_with("__") {
                problems.note("entity_list_invalid", list.at, &list.text);
            }
            let declaration = Declaration {
                label: cell("label"),
                id: cell("entity_id"),
                create_if: cell("create_if"),
                update_if: cell("update_if"),
                repeat: cell("repeat"),
                list,
            };
            declaration.check(problems);
            if !seen.insert(declaration.list.text.clone()) {
                problems.note("entity_list_twice", declaration.list.at, &declaration.list.text);
                continue;
            }
            entities.declarations.push(declaration);
        }
        entities
    }

    /// Puts the entities into the tree, before the other nodes of the meta groups; returns the version of the
    /// specification that the form follows, none if it feeds no list.
    pub(super) fn place(&self, tree: &mut Tree, problems: &mut Problems) -> Option<&'static str> {
        let saved = self.saved(tree, problems);
        if self.declarations.is_empty() {
            return None;
        }
        let in_repeat = saved.values().flatten().any(|node| tree.repeat_of(*node).is_some());
        let simple = self.declarations.len() == 1 && !in_repeat && self.declarations[0].repeat.is_none();
        let mut questions: HashMap<String, usize> = HashMap::new();
        for (index, node) in tree.nodes.iter().enumerate().rev().filter(|(_, node)| !node.is_section()) {
            questions.insert(node.name.clone(), index);
        }
        let mut taken = HashSet::new();
        let mut places: Vec<(usize, &Declaration)> = Vec::new();
        for (index, declaration) in self.declarations.iter().enumerate() {
            let home = match simple {
                true => 0,
                false => {
                    self.home(declaration, saved.get(&index).map_or(&[][..], Vec::as_slice), &questions, tree, problems)
                }
            };
            places.push((home, declaration));
        }
        // Deep sections first: only a section above can give way.
        places.sort_by_key(|(home, _)| std::cmp::Reverse(tree.nodes[*home].depth));
        for (home, declaration) in places {
            let free = std::iter::successors(Some(home), |section| {
                if tree.nodes[*section].kind == Kind::Repeat { None } else { tree.parent(*section) }
            });
            match free.into_iter().find(|section| !taken.contains(section)) {
                Some(section) => {
                    taken.insert(section);
                    declaration.add(section, tree);
                }
                None => problems.note("entity_no_place", declaration.list.at, &declaration.list.text),
            }
        }
        Some(if simple { "2024.1.0" } else { "2025.1.0" })
    }

    /// The questions saved, by number of their declaration; the attribute is checked and left with the property's name.
    fn saved(&self, tree: &mut Tree, problems: &mut Problems) -> HashMap<usize, Vec<usize>> {
        let mut saved: HashMap<usize, Vec<usize>> = HashMap::new();
        let by_name: HashMap<&str, usize> =
            self.declarations.iter().enumerate().map(|(index, known)| (known.list.text.as_str(), index)).collect();
        for (index, node) in tree.nodes.iter_mut().enumerate() {
            let is_section = node.is_section();
            let Some((_, cell)) = node.bind.iter_mut().find(|(key, _)| key == SAVE_TO) else { continue };
            if self.declarations.is_empty() {
                problems.note("entities_missing", cell.at, &cell.text);
                continue;
            }
            if is_section {
                problems.note("save_to_section", cell.at, &cell.text);
                continue;
            }
            let (list, property) = match cell.text.split_once('#') {
                Some((list, property)) => (Some(list.trim()), property.trim()),
                None => (None, cell.text.as_str()),
            };
            let declaration = match (list, self.declarations.len()) {
                (None, 1) => Some(0),
                (None, _) => None,
                (Some(list), _) => by_name.get(list).copied(),
            };
            let reserved = matches!(property.to_lowercase().as_str(), "name" | "label") || property.starts_with("__");
            if !is_xml_name(property) || property.contains(':') || reserved {
                problems.note("save_to_invalid", cell.at, property);
            }
            match declaration {
                Some(declaration) => saved.entry(declaration).or_default().push(index),
                None => {
                    let known = || self.declarations.iter().map(|known| known.list.text.as_str());
                    let suggestion = list.and_then(|list| problems.suggest(list, known()));
                    let all = known().take(10).collect::<Vec<_>>().join(", ");
                    problems.note_with("save_to_list", cell.at, &cell.text, &all, suggestion);
                }
            }
            cell.text = property.to_owned();
        }
        saved
    }

    /// The section that holds what a declaration speaks of.
    fn home(
        &self,
        declaration: &Declaration,
        saved: &[usize],
        questions: &HashMap<String, usize>,
        tree: &Tree,
        problems: &mut Problems,
    ) -> usize {
        if let Some(repeat) = &declaration.repeat {
            let names = scan_text(repeat, problems);
            let name = names.first().map_or(repeat.text.as_str(), |reference| reference.name);
            let found = tree.nodes.iter().position(|node| node.kind == Kind::Repeat && node.name == name);
            let Some(found) = found else {
                problems.note("entity_repeat", repeat.at, name);
                return 0;
            };
            if let Some(outside) = saved.iter().find(|node| tree.repeat_of(**node) != Some(found)) {
                problems.note("entity_outside", tree.nodes[*outside].at, &tree.nodes[*outside].name);
            }
            return found;
        }
        let mut nodes = saved.to_vec();
        for cell in [&declaration.label, &declaration.id, &declaration.create_if, &declaration.update_if] {
            let Some(cell) = cell else { continue };
            let references = scan_text(cell, problems);
            nodes.extend(references.iter().filter_map(|reference| questions.get(reference.name).copied()));
        }
        let Some(first) = nodes.first() else { return 0 };
        nodes.iter().fold(tree.nodes[*first].parent, |home, node| {
            tree.ancestors(*node).find(|above| *above == home || tree.ancestors(home).any(|h| h == *above)).unwrap_or(0)
        })
    }
}

/// The attribute of a bind that saves an answer.
pub(super) const SAVE_TO: &str = "entities:saveto";

impl Declaration {
    fn check(&self, problems: &mut Problems) {
        let list = &self.list;
        match (&self.id, &self.create_if, &self.update_if) {
            (None, _, Some(update)) => problems.note("entity_id_missing", update.at, &list.text),
            (Some(_), Some(create), None) => problems.note("entity_update_missing", create.at, &list.text),
            _ => {}
        }
        if self.creates() && self.label.is_none() {
            problems.note("entity_label_missing", list.at, &list.text);
        }
    }

    fn creates(&self) -> bool {
        self.id.is_none() || self.create_if.is_some()
    }

    /// Adds the element with its attributes to the meta group of a section.
    fn add(&self, section: usize, tree: &mut Tree) {
        let at = self.list.at;
        let meta = tree.nodes[section].children.iter().copied().find(|child| tree.nodes[*child].kind == Kind::Meta);
        let meta = meta.unwrap_or_else(|| tree.add(section, Node::new("meta", Kind::Meta, at)));
        let cell = |text: &str| Cell { text: text.to_owned(), at };
        let mut entity = Node::new("entity", Kind::Entity, at);
        entity.instance.push(("dataset".to_owned(), self.list.clone()));
        let flag = |name: &str, value: &str| (name.to_owned(), cell(value));
        if self.creates() {
            entity.instance.push(flag("create", "1"));
        }
        if self.id.is_some() {
            entity.instance.push(flag("update", "1"));
            entity.instance.extend(["baseVersion", "trunkVersion", "branchId"].map(|name| flag(name, "")));
        }
        entity.instance.push(flag("id", ""));
        let entity = tree.add_first(meta, entity);
        let mut attribute = |name: &str, formula: Option<Cell>, new_id: bool| {
            let mut node = Node::new(name, Kind::Attribute, at);
            node.bind.extend(formula.map(|formula| ("calculate".to_owned(), formula)));
            node.set_bind("readonly", cell("true()"));
            node.set_bind("type", cell("string"));
            if new_id {
                node.default = Some(cell("uuid()"));
                node.dynamic_default = true;
            }
            tree.add(entity, node);
        };
        for (name, formula) in [("@create", &self.create_if), ("@update", &self.update_if)] {
            if let Some(formula) = formula {
                attribute(name, Some(formula.clone()), false);
            }
        }
        if let Some(id) = &self.id {
            for (name, field) in
                [("@baseVersion", "__version"), ("@trunkVersion", "__trunkVersion"), ("@branchId", "__branchId")]
            {
                let text = format!("instance('{}')/root/item[name={}]/{field}", self.list.text, id.text);
                attribute(name, Some(Cell { text, at: id.at }), false);
            }
        }
        attribute("@id", self.id.clone(), self.id.is_none());
        if let Some(label) = &self.label {
            let mut node = Node::new("label", Kind::Question(&CALCULATE), at);
            node.set_bind("calculate", label.clone());
            node.set_bind("readonly", cell("true()"));
            node.set_bind("type", cell("string"));
            tree.add(entity, node);
        }
    }
}
