//! Evaluates an expression at a node.
//!
//! In: an [`Expr`], the node it stands on, and the [`Ground`]: the form's instance with the value of each node, the lists
//! beside it, the moment, and how many steps are left. Out: a [`Value`] or why there is none. Nodes that are not relevant
//! are not seen.

use super::functions;
use super::parser::{Expr, Operator};
use super::time::LocalTime;
use super::{Document, Names, NodeAt, Sources, Value, XPathError, pattern};
use fancy_regex::Regex;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};

/// Patterns kept compiled during one evaluation of a form.
const PATTERNS_KEPT: usize = 500;

/// The form's own instance among the documents.
pub(crate) const MAIN: u32 = 0;

/// A node of one of the documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NodeRef {
    pub(crate) document: u32,
    pub(crate) node: NodeAt,
}

/// Where an expression stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    pub(crate) here: NodeRef,
    /// What `current()` means.
    pub(crate) current: NodeRef,
    /// The position among what a predicate chooses from, from nought.
    pub(crate) position: Option<u32>,
}

impl Context {
    /// At a node of the form's instance.
    pub(crate) fn at(node: NodeAt) -> Context {
        let here = NodeRef { document: MAIN, node };
        Context { here, current: here, position: None }
    }
}

/// The steps that are left.
#[derive(Debug)]
pub(crate) struct Budget(Cell<u64>);

impl Budget {
    pub(crate) fn new(steps: u64) -> Budget {
        Budget(Cell::new(steps))
    }

    /// Takes steps away; fails once there are none left.
    pub(crate) fn spend(&self, steps: usize) -> Result<(), XPathError> {
        match self.0.get().checked_sub(steps as u64) {
            Some(left) => {
                self.0.set(left);
                Ok(())
            }
            None => {
                self.0.set(0);
                Err(XPathError::OutOfSteps)
            }
        }
    }

    pub(crate) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }
}

/// What an index of a list is of: document, parent, name of the items, name of the key inside each.
type IndexOf = (u32, NodeAt, u32, u32);

/// Items of a list by the text, and by the number, of one of their children.
#[derive(Debug, Default)]
pub(crate) struct Index {
    by_text: HashMap<u64, Vec<NodeAt>>,
    by_number: HashMap<u64, Vec<NodeAt>>,
}

/// The lists beside a form's own instance; the first has number 1. Those that are not there are known by name only.
#[derive(Debug, Default)]
pub(crate) struct Instances {
    pub(crate) lists: Vec<(Arc<str>, Option<Document>)>,
    indexes: RwLock<HashMap<IndexOf, Arc<Index>>>,
}

impl Instances {
    /// The number of the list with this id.
    pub(crate) fn number(&self, id: &str) -> Result<u32, XPathError> {
        let found = self.lists.iter().position(|(known, document)| &**known == id && document.is_some());
        found.map(|at| at as u32 + 1).ok_or_else(|| XPathError::NoList(id.to_owned()))
    }

    fn document(&self, number: u32) -> Option<&Document> {
        self.lists.get(number as usize - 1)?.1.as_ref()
    }

    /// The index for this choice of items, made at its first use.
    pub(super) fn index(&self, of: IndexOf, document: &Document, budget: &Budget) -> Result<Arc<Index>, XPathError> {
        if let Some(index) = self.indexes.read().unwrap_or_else(PoisonError::into_inner).get(&of) {
            return Ok(index.clone());
        }
        let (_, parent, item, key) = of;
        let items = document.kids_named(parent, item);
        budget.spend(items.len())?;
        let mut index = Index::default();
        for item in items {
            let key = document.kids_named(*item, key).first().map_or("", |key| document.text(*key));
            index.by_text.entry(hash(key)).or_default().push(*item);
            let number = super::read_number(key);
            if !number.is_nan() {
                index.by_number.entry(number_bits(number)).or_default().push(*item);
            }
        }
        let index = Arc::new(index);
        self.indexes.write().unwrap_or_else(PoisonError::into_inner).insert(of, index.clone());
        Ok(index)
    }
}

impl Index {
    /// Items whose key may equal the value; none if the index cannot tell.
    pub(super) fn candidates(&self, value: &Value) -> Option<&[NodeAt]> {
        match value {
            Value::Text(text) => Some(self.by_text.get(&hash(text)).map_or(&[], Vec::as_slice)),
            Value::Number(number) if number.is_nan() => Some(&[]),
            Value::Number(number) => Some(self.by_number.get(&number_bits(*number)).map_or(&[], Vec::as_slice)),
            _ => None,
        }
    }
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn number_bits(number: f64) -> u64 {
    (number + 0.0).to_bits()
}

/// All that expressions are evaluated on.
pub(crate) struct Ground<'a> {
    pub(crate) names: &'a Names,
    pub(crate) main: &'a Document,
    /// The value of each node of the main instance.
    pub(crate) values: &'a [Value],
    /// Whether each node and all around it are relevant.
    pub(crate) relevant: &'a [bool],
    pub(crate) instances: &'a Instances,
    pub(crate) sources: &'a Sources,
    /// Now, on the phone.
    pub(crate) now: LocalTime,
    /// The phone's offset from UTC in minutes.
    pub(crate) offset_minutes: i32,
    pub(crate) patterns: &'a RefCell<HashMap<Arc<str>, Option<Regex>>>,
    pub(crate) budget: &'a Budget,
}

impl Ground<'_> {
    /// The value of an expression as one value: nodes are taken for theirs.
    pub(crate) fn value(&self, expr: &Expr, context: Context) -> Result<Value, XPathError> {
        let value = self.eval(expr, context)?;
        self.single(value)
    }

    /// Whether an expression is true.
    pub(crate) fn truth(&self, expr: &Expr, context: Context) -> Result<bool, XPathError> {
        Ok(self.value(expr, context)?.truth())
    }

    /// The value of an expression, nodes as nodes.
    pub(crate) fn eval(&self, mut expr: &Expr, context: Context) -> Result<Value, XPathError> {
        loop {
            self.budget.spend(1)?;
            return match expr {
                Expr::Number(number) => Ok(Value::Number(*number)),
                Expr::Text(text) => Ok(Value::Text(text.clone())),
                Expr::Minus(inner) => Ok(Value::Number(-self.value(inner, context)?.number())),
                Expr::Or(parts) => self.any(parts, context, true),
                Expr::And(parts) => self.any(parts, context, false),
                Expr::Chain(first, rest) => self.chain(first, rest, context),
                Expr::Union(parts) => self.union(parts, context),
                Expr::Path(path) => self.nodes(path, context).map(|(document, nodes)| Value::Nodes(document, nodes)),
                Expr::Unknown(name) => Err(XPathError::UnknownFunction(name.to_string())),
                // However long a ladder of conditions is, it is walked without going deeper.
                Expr::Call(super::Function::If, arguments) if arguments.len() == 3 => {
                    let branch = if self.truth(&arguments[0], context)? { 1 } else { 2 };
                    expr = &arguments[branch];
                    continue;
                }
                Expr::Call(function, arguments) => functions::call(self, *function, arguments, context),
            };
        }
    }

    /// Whether one part, or every part, is true; stops at the first that decides.
    fn any(&self, parts: &[Expr], context: Context, one_is_enough: bool) -> Result<Value, XPathError> {
        for part in parts {
            if self.truth(part, context)? == one_is_enough {
                return Ok(Value::Truth(one_is_enough));
            }
        }
        Ok(Value::Truth(!one_is_enough))
    }

    fn chain(&self, first: &Expr, rest: &[(Operator, Expr)], context: Context) -> Result<Value, XPathError> {
        let mut left = self.value(first, context)?;
        for (operator, right) in rest {
            let right = self.value(right, context)?;
            self.budget.spend(1)?;
            left = apply(*operator, &left, &right);
        }
        Ok(left)
    }

    fn union(&self, parts: &[Expr], context: Context) -> Result<Value, XPathError> {
        let mut all: Option<(u32, Vec<NodeAt>)> = None;
        for part in parts {
            let Value::Nodes(document, nodes) = self.eval(part, context)? else {
                return Err(XPathError::Unsupported("|".to_owned()));
            };
            match &mut all {
                None => all = Some((document, nodes)),
                Some((known, all)) if *known == document || nodes.is_empty() => all.extend(nodes),
                Some((_, earlier)) if earlier.is_empty() => all = Some((document, nodes)),
                Some(_) => return Err(XPathError::Unsupported("|".to_owned())),
            }
        }
        let (document, mut nodes) = all.unwrap_or((MAIN, Vec::new()));
        nodes.sort_unstable();
        nodes.dedup();
        Ok(Value::Nodes(document, nodes))
    }

    /// The document of this number; every number given out has one.
    pub(super) fn document(&self, number: u32) -> &Document {
        if number == MAIN { self.main } else { self.instances.document(number).unwrap_or(self.main) }
    }

    /// A value that is not nodes: the value of the only node, or nothing where there is none.
    pub(super) fn single(&self, value: Value) -> Result<Value, XPathError> {
        match value {
            Value::Nodes(document, nodes) => match nodes.as_slice() {
                [] => Ok(Value::empty()),
                [node] => Ok(self.value_of(NodeRef { document, node: *node })),
                [node, ..] => {
                    let name = self.names.name(self.document(document).name(*node));
                    Err(XPathError::Repeated(name.to_owned()))
                }
            },
            value => Ok(value),
        }
    }

    /// The value of a node.
    pub(super) fn value_of(&self, node: NodeRef) -> Value {
        if node.document == MAIN {
            let seen = self.relevant.get(node.node as usize).copied().unwrap_or(true);
            return self.values.get(node.node as usize).filter(|_| seen).cloned().unwrap_or_else(Value::empty);
        }
        self.document(node.document).text(node.node).into()
    }

    /// Shows the text of a node as it stands in its document.
    pub(crate) fn with_text(&self, node: NodeRef, then: impl FnOnce(&str)) {
        then(self.document(node.document).text(node.node));
    }

    /// Whether the whole text matches a Java pattern.
    pub(super) fn matches(&self, text: &str, java: &Arc<str>) -> Result<bool, XPathError> {
        self.budget.spend(1 + text.len() / 8)?;
        let mut patterns = self.patterns.borrow_mut();
        if !patterns.contains_key(java) {
            self.budget.spend(200 + java.len())?;
            if patterns.len() >= PATTERNS_KEPT {
                patterns.clear();
            }
            patterns.insert(java.clone(), pattern::compile(java).ok());
        }
        match patterns.get(java) {
            Some(Some(regex)) => pattern::matches(regex, text),
            _ => Err(XPathError::BadPattern),
        }
    }
}

fn apply(operator: Operator, left: &Value, right: &Value) -> Value {
    let (a, b) = match operator {
        Operator::Equal => return Value::Truth(left.equals(right)),
        Operator::NotEqual => return Value::Truth(!left.equals(right)),
        _ => (left.number(), right.number()),
    };
    match operator {
        Operator::Less => Value::Truth(a < b),
        Operator::LessOrEqual => Value::Truth(a <= b),
        Operator::Greater => Value::Truth(a > b),
        Operator::GreaterOrEqual => Value::Truth(a >= b),
        Operator::Plus => Value::Number(a + b),
        Operator::Minus => Value::Number(a - b),
        Operator::Times => Value::Number(a * b),
        Operator::Div => Value::Number(a / b),
        _ => Value::Number(a % b),
    }
}
