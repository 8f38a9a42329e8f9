//! The entities sheet: which answers make or change the things that other forms look up.
//!
//! Each row declares a list. Its element stands in a meta group: of the record if the form feeds one list from outside
//! of repeats, else of the section that holds the answers saved, or of one above it in the same repeat. Which section
//! gives way to which is as pyxform 4.5 decides. Rules: the ODK Entities specification, 2024.1.0 for one list per
//! record and 2025.1.0 otherwise.

use super::cells::{Cell, Grid, Page, Vocabulary, is_xml_name};
use super::expression::scan_text;
use super::model::{Kind, Node, Tree};
use super::problem::{At, Problems, SheetId};
use super::question_type::CALCULATE;
use super::survey::Row;
use std::collections::{HashMap, HashSet};

pub(super) const VOCABULARY: Vocabulary = Vocabulary {
    columns: &["dataset", "label", "entity_id", "create_if", "update_if", "repeat"],
    others: &[],
    aliases: &[("list_name", &["dataset"])],
};

/// One row of the sheet.
struct Declaration {
    at: At,
    list: Cell,
    label: Option<Cell>,
    id: Option<Cell>,
    create_if: Option<Cell>,
    update_if: Option<Cell>,
}

/// The lists that a form feeds.
#[derive(Default)]
pub(super) struct Entities {
    declarations: Vec<Declaration>,
    by_list: HashMap<String, usize>,
}

impl Entities {
    /// Reads the sheet, if there is one.
    pub(super) fn read(page: Option<Page<'_>>, problems: &mut Problems) -> Entities {
        let Some(page) = page else { return Entities::default() };
        let grid = Grid::read(page, SheetId::Entities, &VOCABULARY, false, problems);
        let mut entities = Entities::default();
        let names = VOCABULARY.columns;
        let columns: HashMap<&str, Option<usize>> = names.iter().map(|name| (*name, grid.column(name))).collect();
        let strangers: Vec<_> = grid.columns.iter().filter(|c| !names.contains(&c.path[0].as_str())).collect();
        let Some(last) = grid.row_indexes().rev().find(|row| !grid.is_blank(*row)) else { return entities };
        let rows = grid.row_indexes().take_while(|row| *row <= last);
        for row in rows.filter(|row| !(page.apart && grid.is_blank(*row))) {
            let cell = |name: &str| grid.get(row, columns[name]);
            for stranger in strangers.iter().filter(|stranger| grid.cell(row, stranger.index).is_some()) {
                problems.note("entity_column_unknown", grid.header_at().column(stranger.index), &stranger.path[0]);
            }
            let Some(list) = cell("dataset") else {
                problems.note("entity_list_missing", grid.at(row), "");
                continue;
            };
            if !is_xml_name(&list.text) || list.text.contains([':', '.']) || list.text.starts_with("__") {
                problems.note("entity_list_invalid", list.at, &list.text);
            }
            let declaration = Declaration {
                at: grid.at(row),
                label: cell("label"),
                id: cell("entity_id"),
                create_if: cell("create_if"),
                update_if: cell("update_if"),
                list,
            };
            declaration.check(problems);
            let (name, index) = (declaration.list.text.clone(), entities.declarations.len());
            if entities.by_list.contains_key(&name) {
                problems.note("entity_list_twice", declaration.list.at, &name);
                continue;
            }
            entities.by_list.insert(name, index);
            entities.declarations.push(declaration);
        }
        entities
    }

    /// Whether a list of this name is declared.
    pub(super) fn has(&self, list: &str) -> bool {
        self.by_list.contains_key(list)
    }

    /// Puts the entities into the tree, before the other nodes of the meta groups; returns the version of the
    /// specification that the form follows, none if it feeds no list.
    pub(super) fn place(&self, rows: &[Row], tree: &mut Tree, problems: &mut Problems) -> Option<&'static str> {
        let uses = self.uses(rows, tree, problems);
        if self.declarations.is_empty() {
            return None;
        }
        let homes = self.homes(uses, tree, problems);
        let in_repeat =
            homes.iter().any(|(home, _)| tree.nodes[*home].kind == Kind::Repeat || tree.repeat_of(*home).is_some());
        for (home, declaration) in homes {
            self.declarations[declaration].add(home, tree);
        }
        Some(if self.declarations.len() == 1 && !in_repeat { "2024.1.0" } else { "2025.1.0" })
    }

    /// Where each declaration is spoken of, in the order in which the survey first speaks of it. What is saved is
    /// checked, and its attribute left with the property's name.
    fn uses(&self, rows: &[Row], tree: &mut Tree, problems: &mut Problems) -> Vec<(usize, Vec<Use>)> {
        let mut mentioned: HashMap<String, Vec<usize>> = HashMap::new();
        for (index, declaration) in self.declarations.iter().enumerate() {
            let mut names: HashSet<String> = HashSet::new();
            for cell in declaration.formulas() {
                names.extend(scan_text(cell, problems).iter().map(|reference| reference.name.to_owned()));
            }
            names.into_iter().for_each(|name| mentioned.entry(name).or_default().push(index));
        }
        let mut uses: Vec<(usize, Vec<Use>)> = Vec::new();
        let mut place: HashMap<usize, usize> = HashMap::new();
        let mut add = |declaration: usize, found: Use| {
            let at = *place.entry(declaration).or_insert_with(|| {
                uses.push((declaration, Vec::new()));
                uses.len() - 1
            });
            uses[at].1.push(found);
        };
        let mut properties: HashSet<(usize, String)> = HashSet::new();
        for row in rows {
            if let Some(cell) = &row.save_to
                && let Some((declaration, property)) = self.saved(row, cell, &mut properties, problems)
            {
                if let Some((_, saved)) =
                    row.node.and_then(|node| tree.nodes[node].bind.iter_mut().find(|(key, _)| key == SAVE_TO))
                {
                    saved.text = property;
                }
                add(declaration, Use { path: path(tree, row.section), at: cell.at, question: None });
            }
            let Some(name) = &row.name else { continue };
            for declaration in mentioned.get(name).into_iter().flatten() {
                let found = Use { path: path(tree, row.section), at: row.at, question: Some(name.clone()) };
                add(*declaration, found);
            }
        }
        uses
    }

    /// The declaration and the property that a row saves to.
    fn saved(
        &self,
        row: &Row,
        cell: &Cell,
        properties: &mut HashSet<(usize, String)>,
        problems: &mut Problems,
    ) -> Option<(usize, String)> {
        if self.declarations.is_empty() {
            problems.note("entities_missing", cell.at, &cell.text);
            return None;
        }
        let known = || self.declarations.iter().map(|known| known.list.text.as_str());
        let all = || known().take(10).collect::<Vec<_>>().join(", ");
        let (declaration, property) = match cell.text.split_once('#') {
            Some((list, property)) if !property.contains('#') => (self.by_list.get(list).copied(), property),
            None if self.declarations.len() == 1 => (Some(0), cell.text.as_str()),
            _ => (None, ""),
        };
        let Some(declaration) = declaration else {
            let suggestion = cell.text.split_once('#').and_then(|(list, _)| problems.suggest(list, known()));
            problems.note_with("save_to_list", cell.at, &cell.text, &all(), suggestion);
            return None;
        };
        if row.is_block {
            problems.note("save_to_section", cell.at, &cell.text);
            return None;
        }
        let reserved = matches!(property.to_lowercase().as_str(), "name" | "label") || property.starts_with("__");
        if !is_xml_name(property) || reserved {
            problems.note("save_to_invalid", cell.at, property);
        } else if !properties.insert((declaration, property.to_owned())) {
            problems.note("save_to_twice", cell.at, property);
        }
        Some((declaration, property.to_owned()))
    }

    /// The section that each declaration is given.
    fn homes(&self, uses: Vec<(usize, Vec<Use>)>, tree: &Tree, problems: &mut Problems) -> Vec<(usize, usize)> {
        let mut scopes: Vec<(Path, Vec<Request>)> = Vec::new();
        let mut add = |scope: Path, request: Request| match scopes.iter_mut().find(|(known, _)| *known == scope) {
            Some((_, requests)) => requests.push(request),
            None => scopes.push((scope, vec![request])),
        };
        let mut used: HashSet<usize> = HashSet::new();
        for (declaration, uses) in uses {
            used.insert(declaration);
            let (scope, request) = self.request(declaration, &uses, tree, problems);
            add(scope, request);
        }
        for declaration in (0..self.declarations.len()).filter(|declaration| !used.contains(declaration)) {
            add(vec![0], Request { declaration, wanted: vec![0], lineages: Vec::new() });
        }
        if let [(scope, requests)] = scopes.as_slice()
            && let ([0], [only]) = (scope.as_slice(), requests.as_slice())
        {
            return vec![(0, only.declaration)];
        }
        // Who has a section, and who holds one between its answers and its own section.
        let (mut homes, mut held): (Vec<(usize, usize)>, HashMap<Path, usize>) = Default::default();
        for (scope, mut requests) in scopes {
            requests.sort_by_key(|request| request.declaration);
            for request in requests {
                let mut conflict = None;
                for depth in (scope.len()..=request.wanted.len()).rev() {
                    let section = &request.wanted[..depth];
                    conflict = held.get(section).copied();
                    if conflict.is_none() {
                        for lineage in &request.lineages {
                            for length in depth..=lineage.len() {
                                held.insert(lineage[..length].to_vec(), request.declaration);
                            }
                        }
                        held.insert(section.to_vec(), request.declaration);
                        homes.push((section[depth - 1], request.declaration));
                        break;
                    }
                    if let Some(holder) = request.lineages.first().and_then(|first| held.get(first)) {
                        conflict = Some(*holder);
                        break;
                    }
                }
                if conflict.is_some() {
                    let list = &self.declarations[request.declaration].list;
                    problems.note("entity_no_place", list.at, &list.text);
                }
            }
        }
        homes
    }

    /// The innermost scope (a repeat, or the record) of all uses, and the section wanted in it.
    fn request(&self, declaration: usize, uses: &[Use], tree: &Tree, problems: &mut Problems) -> (Path, Request) {
        let repeats = |path: &[usize]| path[1..].iter().filter(|n| tree.nodes[**n].kind == Kind::Repeat).count();
        let boundary = |path: &[usize]| -> Path {
            let last = path.iter().rposition(|n| *n == 0 || tree.nodes[*n].kind == Kind::Repeat).unwrap_or(0);
            path[..=last].to_vec()
        };
        let below = |path: &[usize]| path.len() - boundary(path).len();
        let mut scope: Option<(Path, usize)> = None;
        let (mut deepest, mut deepest_saved): (Option<&Use>, Option<&Use>) = (None, None);
        let mut lineages: Vec<Path> = Vec::new();
        for found in uses {
            let (own, saved) = (boundary(&found.path), found.question.is_none());
            if scope.as_ref().is_none_or(|(_, depth)| repeats(&own) > *depth) {
                deepest = Some(found);
                deepest_saved = if saved { Some(found) } else { deepest_saved };
                scope = Some((own.clone(), repeats(&own)));
            }
            let deeper = |other: Option<&Use>| {
                let inside = scope.as_ref().is_some_and(|(scope, _)| *scope == own);
                other.is_none_or(|other| inside && below(&found.path) > below(&other.path))
            };
            if deeper(deepest) {
                deepest = Some(found);
            }
            if saved {
                if !lineages.contains(&found.path) {
                    lineages.push(found.path.clone());
                }
                if deeper(deepest_saved) {
                    deepest_saved = Some(found);
                }
            }
        }
        let mut wanted = deepest_saved.or(deepest).map_or_else(|| vec![0], |found| found.path.clone());
        if let Some(first) = lineages.first() {
            let shortest = lineages.iter().map(Vec::len).min().unwrap_or(1);
            let mut common = first[..shortest].to_vec();
            for length in 1..shortest {
                if lineages.iter().any(|lineage| lineage[length] != first[length]) {
                    common = first[..length].to_vec();
                }
            }
            if lineages.len() > 1 {
                let own = boundary(&wanted);
                let weight = |path: &Path| (repeats(path), below(path));
                wanted = if weight(&common) > weight(&own) { common } else { own };
            } else {
                wanted = common;
            }
        }
        let (scope, _) = scope.unwrap_or_else(|| (vec![0], 0));
        let home = boundary(&wanted);
        for found in uses {
            let (own, list) = (boundary(&found.path), &self.declarations[declaration].list);
            let outside = !scope.starts_with(&own);
            match &found.question {
                None if outside || own != home => problems.note("entity_outside", found.at, &list.text),
                Some(question) if outside => {
                    problems.note_other(
                        "entity_reference_outside",
                        self.declarations[declaration].at,
                        question,
                        &list.text,
                    );
                }
                _ => {}
            }
        }
        (scope, Request { declaration, wanted, lineages })
    }
}

/// The sections from the record down to one.
type Path = Vec<usize>;

/// A place in the survey that speaks of an entity: it saves a property, or a formula of the entity names it.
struct Use {
    path: Path,
    at: At,
    /// The question that a formula names.
    question: Option<String>,
}

struct Request {
    declaration: usize,
    wanted: Path,
    /// The sections of the answers saved.
    lineages: Vec<Path>,
}

fn path(tree: &Tree, section: usize) -> Path {
    let mut path: Path = tree.ancestors(section).collect();
    path.reverse();
    path.push(section);
    path
}

/// The attribute of a bind that saves an answer.
pub(super) const SAVE_TO: &str = "entities:saveto";

impl Declaration {
    fn formulas(&self) -> impl Iterator<Item = &Cell> {
        [&self.id, &self.create_if, &self.update_if, &self.label].into_iter().flatten()
    }

    fn check(&self, problems: &mut Problems) {
        let list = &self.list;
        match (&self.id, &self.create_if, &self.update_if) {
            (None, _, Some(update)) => problems.note("entity_id_missing", update.at, &list.text),
            (Some(_), Some(create), None) => problems.note("entity_update_missing", create.at, &list.text),
            _ => {}
        }
        if self.id.is_none() && self.label.is_none() {
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
