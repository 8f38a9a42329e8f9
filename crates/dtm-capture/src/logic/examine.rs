//! Runs a form's rules on one submission.
//!
//! First what is relevant and what is calculated, field by field in the order of what they depend on; then every answer is
//! held against its question's type, relevance, constraint, requirement and choices. A rule reads the answers as they were
//! sent, so that one wrong value gives one finding, not one for each rule behind it. A rule that cannot be decided here
//! gives none; so does one that reads answers which are not here, because they are encrypted.

use super::field::{Field, Rule};
use super::finding::{LogicFinding, LogicKind, shortened};
use super::form::Rules;
use super::instance::{Laid, lay};
use super::kind::{Kind, agree};
use super::order;
use super::{Examination, Moment, Offered, Outcome};
use crate::xml::{MAX_ELEMENTS, Tree};
use crate::xpath::{
    Axis, Budget, Context, Expr, Ground, LocalTime, NodeAt, NodeRef, Path, Start, Step, Value, XPathError, read_clock,
    read_time,
};
use fancy_regex::Regex;
use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// Steps that the evaluation of one submission may take.
const MAX_STEPS: u64 = 6_000_000;
/// Findings on one submission.
const MAX_FINDINGS: usize = 300;

/// A submission being examined.
pub(super) struct Run<'a> {
    rules: &'a Rules,
    laid: Laid,
    /// Answers put in place of those sent.
    changed: HashMap<NodeAt, String>,
    values: Vec<Value>,
    relevant: Vec<bool>,
    now: LocalTime,
    offset_minutes: i32,
    patterns: RefCell<HashMap<Arc<str>, Option<Regex>>>,
    budget: Budget,
    found: Vec<(NodeAt, LogicFinding)>,
    was_cut_short: bool,
    /// The fields whose answers are not here; none where all are.
    closed: BTreeSet<usize>,
}

/// Examines a submission, or of it the answers to these questions alone. One that is encrypted, or cannot be read, has
/// nothing to examine.
pub(super) fn examine(
    rules: &Rules,
    xml: &str,
    changes: &[(String, String)],
    readable: Option<&BTreeSet<String>>,
    at: Moment,
) -> Examination {
    let Some(mut run) = Run::new(rules, xml, changes, at) else { return Examination::default() };
    run.closed = readable.map(|readable| closed(&rules.fields, readable)).unwrap_or_default();
    run.settle();
    run.hold_against_rules();
    run.finish()
}

/// The fields that are not readable, with those that hold such a field.
fn closed(fields: &[Field], readable: &BTreeSet<String>) -> BTreeSet<usize> {
    let is_closed = |field: &Field| field.children.is_empty() && !readable.contains(&field.path);
    let mut closed: BTreeSet<usize> = (0..fields.len()).filter(|at| is_closed(&fields[*at])).collect();
    for at in closed.clone() {
        let mut above = fields[at].parent;
        while let Some(field) = above.filter(|field| closed.insert(*field)) {
            above = fields[field].parent;
        }
    }
    closed
}

/// Evaluates an expression on a submission, at the node with this path.
pub(super) fn evaluate(rules: &Rules, expr: &Expr, path: &str, xml: &str, at: Moment) -> Result<Outcome, XPathError> {
    let nothing = || XPathError::NoList(path.to_owned());
    let mut run = Run::new(rules, xml, &[], at).ok_or_else(nothing)?;
    run.settle();
    let node = run.node_at(path).ok_or_else(nothing)?;
    let value = run.ground().value(expr, Context::at(node))?;
    Ok(match value {
        Value::Truth(truth) => Outcome::Truth(truth),
        Value::Number(number) => Outcome::Number(number),
        Value::Time(time) => Outcome::Time(time.write("%Y-%m-%dT%H:%M:%S.%3")?),
        other => Outcome::Text(other.text().to_string()),
    })
}

impl<'a> Run<'a> {
    pub(super) fn new(rules: &'a Rules, xml: &str, changes: &[(String, String)], at: Moment) -> Option<Run<'a>> {
        let tree = Tree::read(xml.as_bytes(), MAX_ELEMENTS).ok()?;
        if tree.root().attribute("encrypted") == Some("yes") {
            return None;
        }
        let laid = lay(&tree, rules);
        let n_nodes = laid.document.len();
        let was_cut_short = laid.was_cut_short;
        let mut run = Run {
            rules,
            laid,
            changed: HashMap::new(),
            values: Vec::new(),
            relevant: vec![true; n_nodes],
            now: LocalTime::from_millis(0)?,
            offset_minutes: at.offset_minutes,
            patterns: RefCell::default(),
            budget: Budget::new(MAX_STEPS),
            found: Vec::new(),
            was_cut_short,
            closed: BTreeSet::new(),
        };
        for (path, answer) in changes {
            let node = run.node_at(path);
            run.changed.extend(node.map(|node| (node, answer.clone())));
        }
        run.set_clock(at);
        run.values =
            (0..n_nodes as NodeAt).map(|node| run.read(node).unwrap_or_else(|| run.text(node).into())).collect();
        Some(run)
    }

    /// The phone's clock when the form was filled: its end, else its start, else the given moment.
    fn set_clock(&mut self, at: Moment) {
        let stamp = |which: &str| {
            let field = self.rules.fields.iter().position(|field| field.timestamp.as_deref() == Some(which))?;
            let text = self.text(*self.laid.nodes_of[field].first()?).trim();
            let (_, clock) = text.split_once('T')?;
            let offset = read_clock(clock)?.1?;
            Some((read_time(text, offset)?, offset))
        };
        let given = || LocalTime::from_millis(at.at.as_millis() + i64::from(at.offset_minutes) * 60_000);
        if let Some((now, offset)) = stamp("end").or_else(|| stamp("start")) {
            (self.now, self.offset_minutes) = (now, offset);
        } else if let Some(now) = given() {
            self.now = now;
        }
    }

    fn field(&self, node: NodeAt) -> Option<&'a Field> {
        self.laid.field_of[node as usize].map(|field| &self.rules.fields[field])
    }

    pub(super) fn text(&self, node: NodeAt) -> &str {
        self.changed.get(&node).map_or_else(|| self.laid.document.text(node), String::as_str)
    }

    fn is_answered(&self, node: NodeAt) -> bool {
        !self.text(node).trim().is_empty()
    }

    /// What was sent in a node, as its type says; none if it is not of its type.
    fn read(&self, node: NodeAt) -> Option<Value> {
        let kind = self.field(node).map_or(Kind::Text, |field| field.kind);
        kind.read(self.text(node), self.offset_minutes, self.now)
    }

    fn with_ground<T>(&self, then: impl FnOnce(&Ground<'_>) -> T) -> T {
        then(&self.ground())
    }

    pub(super) fn ground(&self) -> Ground<'_> {
        Ground {
            names: &self.rules.names,
            main: &self.laid.document,
            values: &self.values,
            relevant: &self.relevant,
            instances: &self.rules.instances,
            sources: &self.rules.sources,
            now: self.now,
            offset_minutes: self.offset_minutes,
            patterns: &self.patterns,
            budget: &self.budget,
        }
    }

    /// Allows so many steps from here on.
    pub(super) fn allow(&mut self, budget: Budget) {
        self.budget = budget;
    }

    /// Where a field stands in the submission, once for each turn.
    pub(super) fn nodes_of(&self, field: usize) -> Vec<NodeAt> {
        self.laid.nodes_of[field].clone()
    }

    /// Finds out what is relevant and what the calculations give.
    pub(super) fn settle(&mut self) {
        let rules = self.rules;
        for at in &rules.order {
            let field = &rules.fields[*at];
            for n in 0..self.laid.nodes_of[*at].len() {
                let node = self.laid.nodes_of[*at][n];
                let around = self.laid.document.parent(node).is_none_or(|parent| self.relevant[parent as usize]);
                let own = around
                    && field.relevant.as_ref().is_none_or(|rule| {
                        let truth = self.truth(rule, node);
                        // Undecided, what was answered was asked and what was not was not.
                        truth.unwrap_or_else(|| self.holds_answers(node))
                    });
                self.relevant[node as usize] = own;
                let is_known = |rule: &&Rule| own && !self.closed.contains(at) && self.is_decided(rule);
                if let Some(rule) = field.calculate.as_ref().filter(is_known) {
                    self.calculate(field, node, &rule.expr);
                }
            }
        }
    }

    /// Whether all that a rule reads is here.
    fn is_decided(&self, rule: &Rule) -> bool {
        self.closed.is_empty() || rule.traits.reads.is_disjoint(&self.closed)
    }

    /// What a rule says at a node; none where it cannot be decided.
    fn truth(&self, rule: &Rule, node: NodeAt) -> Option<bool> {
        let said = || self.with_ground(|ground| ground.truth(&rule.expr, Context::at(node)));
        self.is_decided(rule).then(said)?.ok()
    }

    /// Whether a node or anything inside it is answered.
    fn holds_answers(&self, node: NodeAt) -> bool {
        let mut queue = vec![node];
        while let Some(node) = queue.pop() {
            if self.laid.field_of[node as usize].is_some() && self.is_answered(node) {
                return true;
            }
            queue.extend(self.laid.document.kids(node));
        }
        false
    }

    fn calculate(&mut self, field: &Field, node: NodeAt, expr: &Expr) {
        let Ok(value) = self.with_ground(|ground| ground.value(expr, Context::at(node))) else { return };
        let value = field.kind.keep(value);
        let sent = self.text(node);
        if agree(&value, sent, self.offset_minutes) {
            self.values[node as usize] = value;
            return;
        }
        let (expected, actual) = (shortened(&value.text()), shortened(sent));
        let read = std::mem::replace(&mut self.values[node as usize], Value::empty());
        self.values[node as usize] = field.kind.read_like(self.text(node), &value, read);
        if !field.is_unpredictable {
            self.find(node, LogicKind::CalculationDiffers { expected, actual });
        }
    }

    /// Holds every answer against its question.
    fn hold_against_rules(&mut self) {
        let rules = self.rules;
        for node in 0..self.laid.document.len() as NodeAt {
            if self.found.len() >= MAX_FINDINGS || self.budget.is_spent() {
                self.was_cut_short = true;
                return;
            }
            let at = self.laid.field_of[node as usize].filter(|at| !self.closed.contains(at));
            let field = at.map(|at| &rules.fields[at]);
            let Some(field) = field.filter(|field| field.children.is_empty() && !field.is_repeat) else { continue };
            let (answered, relevant) = (self.is_answered(node), self.relevant[node as usize]);
            let answer = || shortened(self.text(node));
            match (answered, relevant) {
                (true, false) => self.find(node, LogicKind::AnsweredButNotRelevant { answer: answer() }),
                (true, true) => {
                    if self.read(node).is_none() {
                        let wanted = field.kind.name().to_owned();
                        self.find(node, LogicKind::NotOfType { answer: answer(), wanted });
                        continue;
                    }
                    self.hold_against_constraint(field, node);
                    self.hold_against_choices(field, node);
                }
                (false, true) if field.is_asked && !field.is_read_only => self.hold_against_requirement(field, node),
                (false, _) => {}
            }
        }
    }

    fn hold_against_constraint(&mut self, field: &Field, node: NodeAt) {
        let Some(rule) = &field.constraint else { return };
        if self.truth(rule, node) == Some(false) {
            let (answer, constraint) = (shortened(self.text(node)), shortened(&rule.text));
            let words = field.constraint_words.clone();
            self.find(node, LogicKind::ConstraintBroken { answer, constraint, words });
        }
    }

    fn hold_against_requirement(&mut self, field: &Field, node: NodeAt) {
        let Some(rule) = &field.required else { return };
        if self.truth(rule, node) == Some(true) {
            self.find(node, LogicKind::RequiredMissing { words: field.required_words.clone() });
        }
    }

    fn hold_against_choices(&mut self, field: &Field, node: NodeAt) {
        let answer = self.text(node).trim().to_owned();
        let chosen = |one: bool| -> Vec<String> {
            if one { vec![answer.clone()] } else { answer.split_whitespace().map(str::to_owned).collect() }
        };
        let missing: Vec<String> = match &field.offered {
            Offered::Anything => return,
            Offered::These { choices, one } => {
                chosen(*one).into_iter().filter(|choice| !choices.contains(choice)).collect()
            }
            Offered::Listed { nodes, .. } if !self.is_list_known(node, nodes) => return,
            Offered::Listed { nodes, value, one } => {
                let mut open = chosen(*one);
                if self.with_ground(|ground| offered(ground, nodes, value, node, &mut open)).is_err() {
                    return;
                }
                open
            }
        };
        for choice in missing {
            self.find(node, LogicKind::ChoiceNotOffered { choice: shortened(&choice) });
        }
    }

    /// Whether all that decides what a list offers is here.
    fn is_list_known(&self, node: NodeAt, nodes: &Path) -> bool {
        let Some(at) = self.laid.field_of[node as usize].filter(|_| !self.closed.is_empty()) else { return true };
        order::of_list(&self.rules.fields, at, nodes).is_disjoint(&self.closed)
    }

    fn find(&mut self, node: NodeAt, kind: LogicKind) {
        if self.found.len() >= MAX_FINDINGS {
            self.was_cut_short = true;
            return;
        }
        let path = self.path_of(node);
        self.found.push((node, LogicFinding { path, kind }));
    }

    /// The path of a node below the root, with the turn of each repeat.
    pub(super) fn path_of(&self, node: NodeAt) -> String {
        let document = &self.laid.document;
        let steps = document.line(node).into_iter().skip(1).map(|node| {
            let name = self.rules.names.name(document.name(node));
            match self.field(node) {
                Some(field) if field.is_repeat => format!("{name}[{}]", document.turn(node) + 1),
                _ => name.to_owned(),
            }
        });
        steps.collect::<Vec<_>>().join("/")
    }

    /// The node with this path; turns count from one, and the first is meant where none is given.
    fn node_at(&self, path: &str) -> Option<NodeAt> {
        let mut node = 0;
        for step in path.split('/').filter(|step| !step.is_empty()) {
            let (name, turn) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
                Some((name, turn)) => (name, turn.parse::<usize>().ok()?.checked_sub(1)?),
                None => (step, 0),
            };
            node = *self.laid.document.kids_named(node, self.rules.names.known(name)?).get(turn)?;
        }
        Some(node)
    }

    fn finish(mut self) -> Examination {
        self.found.sort_by_key(|(node, _)| *node);
        let findings = self.found.into_iter().map(|(_, finding)| finding).collect();
        Examination { findings, was_cut_short: self.was_cut_short || self.budget.is_spent() }
    }
}

/// Takes away what the list offers from the choices that are still open.
fn offered(
    ground: &Ground<'_>,
    nodes: &Path,
    value: &Path,
    node: NodeAt,
    open: &mut Vec<String>,
) -> Result<(), XPathError> {
    let context = Context::at(node);
    if let Some(list) = whole_list(ground, nodes, value) {
        // A list of many thousand items is not walked for each answer.
        let mut missing = Vec::new();
        for choice in std::mem::take(open) {
            if !ground.has_item(list, &choice)? {
                missing.push(choice);
            }
        }
        *open = missing;
        return Ok(());
    }
    let (document, items) = ground.nodes(nodes, context)?;
    for item in items {
        if open.is_empty() {
            break;
        }
        let inner = Context { here: NodeRef { document, node: item }, ..context };
        let (document, values) = ground.nodes(value, inner)?;
        for value in values {
            ground.with_text(NodeRef { document, node: value }, |text| open.retain(|choice| choice != text.trim()));
        }
    }
    Ok(())
}

/// The items of a list of which none is left out, where their values stand in a child: the list, the items' name, the
/// child's name.
fn whole_list(ground: &Ground<'_>, nodes: &Path, value: &Path) -> Option<(u32, u32, u32)> {
    let Start::Instance(id) = &nodes.start else { return None };
    let plain = |step: &Step| (step.axis == Axis::Child && step.predicates.is_empty()).then_some(step.name)?;
    let ([root, item], Start::Here, [child]) = (nodes.steps.as_slice(), &value.start, value.steps.as_slice()) else {
        return None;
    };
    plain(root)?;
    Some((ground.instances.number(id).ok()?, plain(item)?, plain(child)?))
}
