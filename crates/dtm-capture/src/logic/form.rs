//! Takes the rules out of an XForm.
//!
//! In: the form, and the files it names. Out: its questions in document order with their rules read into expressions, the
//! lists beside them, and the order in which the rules must be evaluated. An expression that cannot be read is a
//! [`LogicProblem`] and decides nothing.

use super::field::{Field, Rule, Traits};
use super::kind::Kind;
use super::lists::Reader;
use super::order;
use super::{LogicProblem, Offered};
use crate::language;
use crate::xform::{Control, Form, itext_id};
use crate::xml::{Node, Tree};
use crate::xpath::{Expr, Function, Instances, Names, Sources, Table, XPathError, parse};
use dtm_model::Text;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A form's rules.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) names: Names,
    pub(super) fields: Vec<Field>,
    /// Fields in the order in which their rules are evaluated.
    pub(super) order: Vec<usize>,
    pub(super) instances: Instances,
    pub(super) sources: Sources,
    pub(super) problems: Vec<LogicProblem>,
}

/// Reads the rules of a form.
pub(super) fn read(tree: &Tree, form: &Form<'_>, files: &dyn Fn(&str) -> Option<Vec<u8>>) -> Rules {
    let mut names = Names::default();
    let mut problems = Vec::new();
    let mut fields = fields(tree, form, &mut names);
    let by_path: HashMap<String, usize> =
        fields.iter().enumerate().map(|(at, field)| (field.path.clone(), at)).collect();
    let mut lists = Reader { names: &mut names, n_nodes: 0 };
    let instances = instances(tree, form, files, &mut lists);
    let mut first_language = String::new();
    let several_languages = languages(tree, form, &mut first_language) > 1;
    for (path, bind) in &form.binds {
        if let Some(at) = by_path.get(path) {
            add_bind(&mut fields[*at], bind, form, &mut names, &mut problems);
        }
    }
    for control in &form.controls {
        if let Some(at) = by_path.get(&control.path) {
            add_control(&mut fields[*at], control, tree, &mut names, &mut problems);
        }
    }
    order::understand(&mut fields, several_languages);
    let order = order::of(&mut fields);
    let texts =
        form.texts.iter().map(|(id, text)| ((*id).to_owned(), in_language(text, &first_language).to_owned())).collect();
    let version = form.root.attribute("version").unwrap_or_default().to_owned();
    let mut rules =
        Rules { names, fields, order, instances, sources: Sources { version, texts, ..Sources::default() }, problems };
    rules.add_tables(form, files);
    rules.add_labels(form, &first_language);
    rules
}

fn fields(tree: &Tree, form: &Form<'_>, names: &mut Names) -> Vec<Field> {
    let repeats: HashSet<&str> = form
        .controls
        .iter()
        .filter(|control| control.element == "repeat")
        .map(|control| control.path.as_str())
        .collect();
    let mut fields: Vec<Field> = Vec::new();
    let mut by_path: HashMap<String, usize> = HashMap::new();
    let mut queue: Vec<(Option<usize>, &Node)> = vec![(None, form.root)];
    while let Some((parent, node)) = queue.pop() {
        let path = match parent.map(|parent| fields[parent].path.as_str()) {
            None => String::new(),
            Some("") => node.name.clone(),
            Some(parent) => format!("{parent}/{}", node.name),
        };
        let at = *by_path.entry(path.clone()).or_insert_with(|| {
            let at = fields.len();
            let is_repeat = repeats.contains(path.as_str());
            fields.push(Field::new(names.number(&node.name), path, parent, is_repeat));
            if let Some(parent) = parent {
                fields[parent].children.push(at);
            }
            at
        });
        for (name, value) in &node.attributes {
            let name = names.number(&format!("@{}", name.rsplit(':').next().unwrap_or(name)));
            if fields[at].attributes.iter().all(|known| known.0 != name) {
                fields[at].attributes.push((name, value.clone()));
            }
        }
        queue.extend(node.children.iter().rev().map(|child| (Some(at), tree.node(*child))));
    }
    fields
}

fn add_bind(field: &mut Field, bind: &Node, form: &Form<'_>, names: &mut Names, problems: &mut Vec<LogicProblem>) {
    field.kind = Kind::of(bind.attribute("type").unwrap_or(""));
    let mut rule = |name: &'static str| {
        let text = bind.attribute(name).map(str::trim).filter(|text| !text.is_empty())?;
        read_rule(text, &field.path, name, names, problems)
    };
    let rules = (rule("relevant"), rule("calculate"), rule("constraint"), rule("required"));
    (field.relevant, field.calculate, field.constraint, field.required) = rules;
    field.is_read_only = bind.attribute("readonly").is_some_and(|text| text.trim() == "true()");
    let words = |name: &str| {
        let words = bind.attribute(name).unwrap_or("");
        match itext_id(words) {
            Some(id) => form.texts.get(id).cloned().unwrap_or_default(),
            None if words.trim().is_empty() => Text::new(),
            None => Text::new().with(language::UNNAMED, words.trim()),
        }
    };
    (field.constraint_words, field.required_words) = (words("constraintMsg"), words("requiredMsg"));
    if bind.attribute("preload") == Some("timestamp") {
        field.timestamp = bind.attribute("preloadParams").map(str::to_owned);
    }
    // What the phone writes itself cannot be calculated here.
    field.is_unpredictable |= bind.attribute("preload").is_some();
}

fn read_rule(
    text: &str,
    path: &str,
    rule: &'static str,
    names: &mut Names,
    problems: &mut Vec<LogicProblem>,
) -> Option<Rule> {
    match parse(text, &mut |name| names.number(name)) {
        Ok(expr) => Some(Rule { expr, text: text.to_owned(), traits: Traits::default() }),
        Err(error) => {
            problems.push(LogicProblem { path: path.to_owned(), rule, error });
            None
        }
    }
}

fn add_control(
    field: &mut Field,
    control: &Control<'_>,
    tree: &Tree,
    names: &mut Names,
    problems: &mut Vec<LogicProblem>,
) {
    if matches!(control.element, "group" | "repeat") {
        return;
    }
    field.is_asked = true;
    if !matches!(control.element, "select" | "select1" | "rank") {
        return;
    }
    let searched = control.node.attribute("appearance").is_some_and(|text| text.contains("search("));
    if searched || control.node.attribute("query").is_some() {
        return;
    }
    let one = control.element == "select1";
    let items = tree.children(control.node).filter(|child| child.name == "item");
    let mut choices: HashSet<String> =
        items.filter_map(|item| Some(tree.child(item, "value")?.text.trim().to_owned())).collect();
    if let Some(itemset) = control.itemset {
        let value = tree.child(itemset, "value").and_then(|value| value.attribute("ref")).unwrap_or("name");
        let nodeset = itemset.attribute("nodeset").unwrap_or("");
        let mut read = |text: &str| parse(text, &mut |name| names.number(name)).map(in_order);
        match (read(nodeset), read(value)) {
            (Ok(Expr::Path(nodes)), Ok(Expr::Path(value))) => {
                choices.shrink_to_fit();
                field.offered = Offered::Listed { nodes, value, one };
            }
            (Err(error), _) | (_, Err(error)) => {
                problems.push(LogicProblem { path: field.path.clone(), rule: "itemset", error });
            }
            _ => problems.push(LogicProblem {
                path: field.path.clone(),
                rule: "itemset",
                error: XPathError::Unsupported(nodeset.to_owned()),
            }),
        }
    } else if !choices.is_empty() {
        field.offered = Offered::These { choices, one };
    }
}

/// The nodes of an itemset without the shuffling around them.
fn in_order(expr: Expr) -> Expr {
    match expr {
        Expr::Call(Function::Randomize, arguments) => arguments.into_iter().next().unwrap_or(Expr::Number(f64::NAN)),
        other => other,
    }
}

fn instances(
    tree: &Tree,
    form: &Form<'_>,
    files: &dyn Fn(&str) -> Option<Vec<u8>>,
    reader: &mut Reader<'_>,
) -> Instances {
    let mut instances = Instances::default();
    for instance in tree.children(form.model).filter(|child| child.name == "instance").skip(1) {
        let Some(id) = instance.attribute("id") else { continue };
        let document = match instance.attribute("src") {
            Some(address) => crate::xform::media_name(address).and_then(|name| reader.file(&name, &files(&name)?)),
            None => tree.children(instance).next().and_then(|root| reader.inline(tree, root)),
        };
        instances.lists.push((Arc::from(id), document));
    }
    instances
}

/// How many languages the form has; names the first one.
fn languages(tree: &Tree, form: &Form<'_>, first: &mut String) -> usize {
    let Some(itext) = tree.child(form.model, "itext") else { return 0 };
    let translations: Vec<&Node> = tree.children(itext).filter(|child| child.name == "translation").collect();
    let chosen = translations.iter().find(|node| node.attribute("default").is_some()).or(translations.first());
    *first = language::code(chosen.and_then(|node| node.attribute("lang")).unwrap_or_default());
    translations.len()
}

fn in_language<'t>(text: &'t Text, code: &str) -> &'t str {
    text.iter().find(|(known, _)| *known == code).or_else(|| text.iter().next()).map_or("", |(_, words)| words)
}

impl Rules {
    fn calls(&self) -> Vec<(Function, Vec<Arc<str>>)> {
        let mut calls = Vec::new();
        for field in &self.fields {
            for rule in [&field.relevant, &field.calculate, &field.constraint, &field.required].into_iter().flatten() {
                order::literal_calls(&rule.expr, &mut calls);
            }
        }
        calls
    }

    /// Reads the tables that rules look answers up in.
    fn add_tables(&mut self, form: &Form<'_>, files: &dyn Fn(&str) -> Option<Vec<u8>>) {
        for (function, literals) in self.calls() {
            let (Function::PullData, Some(name)) = (function, literals.first()) else { continue };
            if self.sources.tables.contains_key(&**name) {
                continue;
            }
            // The list may be one of the form's instances, whose file bears another name.
            let source =
                form.instances.get(&**name).and_then(|node| node.attribute("src")).and_then(crate::xform::media_name);
            let own_name = if name.ends_with(".csv") { name.to_string() } else { format!("{name}.csv") };
            let table = files(&own_name).or_else(|| files(&source?)).and_then(|bytes| Table::read(&bytes));
            self.sources.tables.extend(table.map(|table| (name.to_string(), table)));
        }
    }

    /// Collects the labels that rules ask for by the path of a question.
    fn add_labels(&mut self, form: &Form<'_>, first_language: &str) {
        let asked: Vec<Arc<str>> = self
            .calls()
            .into_iter()
            .filter(|(function, _)| *function == Function::ChoiceName)
            .filter_map(|(_, literals)| literals.last().cloned())
            .collect();
        if asked.is_empty() {
            return;
        }
        let schema = form.schema();
        for path in asked {
            let plain = form.path(&path, "");
            let field = schema.fields.iter().find(|field| field.path == plain);
            let mut labels: HashMap<String, String> = HashMap::new();
            for choice in field.map(|field| field.choices.as_slice()).unwrap_or_default() {
                labels
                    .entry(choice.name.clone())
                    .or_insert_with(|| in_language(&choice.label, first_language).to_owned());
            }
            let control = form.controls.iter().find(|control| control.path == plain && control.itemset.is_some());
            if let Some(itemset) = control.and_then(|control| control.itemset).filter(|_| labels.is_empty()) {
                self.labels_of_list(form, itemset, &mut labels);
            }
            self.sources.labels.insert(path.to_string(), labels);
        }
    }

    /// Labels of a list that was brought as a file.
    fn labels_of_list(&self, form: &Form<'_>, itemset: &Node, labels: &mut HashMap<String, String>) {
        let list =
            itemset.attribute("nodeset").and_then(crate::xform::list_id).and_then(|id| self.instances.number(id).ok());
        let Some(document) = list.and_then(|number| self.instances.lists[number as usize - 1].1.as_ref()) else {
            return;
        };
        let named = |element: &str| {
            let reference = form.tree.child(itemset, element).and_then(|node| node.attribute("ref"))?;
            self.names.known(reference.trim().rsplit('/').next()?)
        };
        let (Some(value), Some(label)) = (named("value"), named("label")) else { return };
        let first =
            |item: u32, name: u32| document.kids_named(item, name).first().map(|node| document.text(*node).to_owned());
        for item in if document.len() > 0 { document.kids(0) } else { &[] } {
            if let (Some(value), Some(label)) = (first(*item, value), first(*item, label)) {
                labels.entry(value).or_insert(label);
            }
        }
    }
}
