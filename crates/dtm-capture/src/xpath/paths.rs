//! Walks paths.
//!
//! As in JavaRosa an absolute path that runs along the line of the node it is read from takes, of everything repeated on
//! that line, the turn that this node lies in; relative paths mean all turns, as XPath says. A predicate that compares a
//! child of a list's items with something that does not depend on the item is looked up in an index.

use super::eval::{Context, Ground, MAIN, NodeRef};
use super::parser::{Axis, Expr, Operator, Path, Start, Step};
use super::{Document, Function, NodeAt, Value, XPathError};

/// Lists shorter than this are searched item by item.
const WORTH_AN_INDEX: usize = 16;

impl Ground<'_> {
    /// The nodes a path leads to, in document order, with the number of their document.
    pub(crate) fn nodes(&self, path: &Path, context: Context) -> Result<(u32, Vec<NodeAt>), XPathError> {
        let (document, start) = match &path.start {
            Start::Here => (context.here.document, Some(vec![context.here.node])),
            Start::Current => (context.current.document, Some(vec![context.current.node])),
            Start::Root => (MAIN, None),
            Start::Instance(id) => (self.instances.number(id)?, None),
            Start::Of(expr) => match self.eval(expr, context)? {
                Value::Nodes(document, nodes) => (document, Some(nodes)),
                _ => return Err(XPathError::Unsupported("filter".to_owned())),
            },
        };
        let nodes = match start {
            Some(nodes) => self.walk(document, nodes, &path.steps, context)?,
            None => self.down_from_root(document, &path.steps, context)?,
        };
        let mut nodes = nodes;
        if document == MAIN {
            nodes.retain(|node| self.relevant.get(*node as usize).copied().unwrap_or(true));
        }
        Ok((document, nodes))
    }

    /// Whether a list has an item with this value: the list, the name of its items, the name of the child that holds it.
    pub(crate) fn has_item(&self, (document, item, key): (u32, u32, u32), value: &str) -> Result<bool, XPathError> {
        let tree = self.document(document);
        if tree.len() == 0 {
            return Ok(false);
        }
        let index = self.instances.index((document, 0, item, key), tree, self.budget)?;
        let candidates = index.candidates(&Value::from(value.to_owned())).unwrap_or_default();
        let holds = |item: &NodeAt| tree.kids_named(*item, key).iter().any(|key| tree.text(*key).trim() == value);
        Ok(candidates.iter().any(holds))
    }

    fn walk(
        &self,
        document: u32,
        mut nodes: Vec<NodeAt>,
        steps: &[Step],
        context: Context,
    ) -> Result<Vec<NodeAt>, XPathError> {
        for step in steps {
            nodes = self.step(document, &nodes, step, None, context)?;
        }
        Ok(nodes)
    }

    /// Walks from the top of a document, keeping to the turns of the line the context lies on.
    fn down_from_root(&self, document: u32, steps: &[Step], context: Context) -> Result<Vec<NodeAt>, XPathError> {
        let Some((first, rest)) = steps.split_first() else { return Ok(Vec::new()) };
        let tree = self.document(document);
        if tree.len() == 0 {
            return Ok(Vec::new());
        }
        let mut nodes: Vec<NodeAt> = match (first.axis, first.name) {
            (Axis::Child, Some(name)) if name != tree.name(0) => Vec::new(),
            (Axis::Child | Axis::Inside, _) => vec![0],
            _ => Vec::new(),
        };
        if first.axis == Axis::Inside {
            nodes = self.inside(tree, &nodes)?;
            if let Some((second, rest)) = rest.split_first() {
                let own = second.axis == Axis::Child && named(tree, 0, second);
                let mut found = self.step(document, &nodes, second, None, context)?;
                if own && second.predicates.is_empty() {
                    found.insert(0, 0);
                }
                return self.walk(document, found, rest, context);
            }
        }
        nodes = self.choose(document, nodes, &first.predicates, context)?;
        let line = if context.here.document == document { tree.line(context.here.node) } else { Vec::new() };
        let mut along = line.len() > 1;
        for (depth, step) in (1..).zip(rest) {
            let same = line.get(depth).filter(|node| along && step.axis == Axis::Child && named(tree, **node, step));
            along = same.is_some();
            let turn = same.filter(|_| step.predicates.is_empty()).map(|node| tree.turn(*node));
            nodes = self.step(document, &nodes, step, turn, context)?;
        }
        Ok(nodes)
    }

    /// One step from each node; with `turn`, only the child at that position among its like.
    fn step(
        &self,
        document: u32,
        nodes: &[NodeAt],
        step: &Step,
        turn: Option<u32>,
        context: Context,
    ) -> Result<Vec<NodeAt>, XPathError> {
        let tree = self.document(document);
        let name = step.name;
        let mut found = Vec::new();
        for node in nodes {
            self.budget.spend(1)?;
            let before = found.len();
            match (step.axis, name) {
                (Axis::Itself, _) => {
                    found.extend(Some(*node).filter(|node| name.is_none_or(|name| name == tree.name(*node))))
                }
                (Axis::Parent, _) => found.extend(tree.parent(*node)),
                (Axis::Child | Axis::Attribute, Some(name)) => {
                    let kids = tree.kids_named(*node, name);
                    match turn {
                        Some(turn) => found.extend(kids.get(turn as usize)),
                        None => self.chosen(document, *node, kids, name, &step.predicates, context, &mut found)?,
                    }
                    self.budget.spend(found.len() - before)?;
                    continue;
                }
                (Axis::Child, None) => found.extend(self.elements(tree, *node)),
                (Axis::Attribute, None) => {
                    found.extend(tree.kids(*node).iter().filter(|kid| !self.is_element(tree, **kid)))
                }
                (Axis::Inside, _) => found.extend(self.inside(tree, &[*node])?),
                (Axis::Ancestor, _) => found.extend(tree.line(*node).into_iter().filter(|other| other != node)),
                (Axis::Before | Axis::After, _) => {
                    let Some(parent) = tree.parent(*node) else { continue };
                    let siblings = self.elements(tree, parent);
                    found.extend(
                        siblings
                            .into_iter()
                            .filter(|other| if step.axis == Axis::Before { other < node } else { other > node }),
                    );
                }
            }
            if !matches!(step.axis, Axis::Child | Axis::Attribute)
                && let Some(name) = name
            {
                let rest = found.split_off(before);
                found.extend(rest.into_iter().filter(|node| tree.name(*node) == name));
            }
            self.budget.spend(found.len() - before)?;
            let rest = found.split_off(before);
            found.extend(self.choose(document, rest, &step.predicates, context)?);
        }
        if nodes.len() > 1 {
            found.sort_unstable();
            found.dedup();
        }
        Ok(found)
    }

    fn is_element(&self, tree: &Document, node: NodeAt) -> bool {
        !self.names.name(tree.name(node)).starts_with('@')
    }

    /// The elements inside a node, in document order.
    fn elements(&self, tree: &Document, node: NodeAt) -> Vec<NodeAt> {
        let mut kids: Vec<NodeAt> = tree.kids(node).iter().copied().filter(|kid| self.is_element(tree, *kid)).collect();
        kids.sort_unstable();
        kids
    }

    /// The nodes and all elements inside them, in document order.
    fn inside(&self, tree: &Document, nodes: &[NodeAt]) -> Result<Vec<NodeAt>, XPathError> {
        let mut found = nodes.to_vec();
        let mut at = 0;
        while at < found.len() {
            self.budget.spend(1)?;
            let kids = tree.kids(found[at]).iter().copied().filter(|kid| self.is_element(tree, *kid));
            found.extend(kids);
            at += 1;
        }
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// The children of this name that all predicates choose.
    #[expect(clippy::too_many_arguments, reason = "the children of a node, and where they are chosen from")]
    fn chosen(
        &self,
        document: u32,
        parent: NodeAt,
        kids: &[NodeAt],
        name: u32,
        predicates: &[Expr],
        context: Context,
        found: &mut Vec<NodeAt>,
    ) -> Result<(), XPathError> {
        let Some(first) = predicates.first() else {
            found.extend(kids);
            return Ok(());
        };
        let mut few = None;
        if document != MAIN
            && kids.len() >= WORTH_AN_INDEX
            && let Some((key, other)) = key_and_value(first)
        {
            let index = self.instances.index((document, parent, name, key), self.document(document), self.budget)?;
            let inner = Context { here: NodeRef { document, node: parent }, position: None, ..context };
            let value = self.value(other, inner)?;
            few = index.candidates(&value).map(<[NodeAt]>::to_vec);
        }
        let tree = self.document(document);
        let mut kept = Vec::new();
        for node in few.as_deref().unwrap_or(kids).iter().copied() {
            if self.holds(first, document, node, tree.turn(node), context)? {
                kept.push(node);
            }
        }
        found.extend(self.choose(document, kept, &predicates[1..], context)?);
        Ok(())
    }

    /// The nodes that all predicates choose, one predicate after the other.
    fn choose(
        &self,
        document: u32,
        mut nodes: Vec<NodeAt>,
        predicates: &[Expr],
        context: Context,
    ) -> Result<Vec<NodeAt>, XPathError> {
        for predicate in predicates {
            let mut kept = Vec::new();
            for (position, node) in (0..).zip(nodes) {
                if self.holds(predicate, document, node, position, context)? {
                    kept.push(node);
                }
            }
            nodes = kept;
        }
        Ok(nodes)
    }

    /// Whether a predicate chooses a node: only what is true does, a number or text never.
    fn holds(
        &self,
        predicate: &Expr,
        document: u32,
        node: NodeAt,
        position: u32,
        context: Context,
    ) -> Result<bool, XPathError> {
        let inner = Context { here: NodeRef { document, node }, current: context.current, position: Some(position) };
        Ok(matches!(self.eval(predicate, inner)?, Value::Truth(true)))
    }
}

fn named(tree: &Document, node: NodeAt, step: &Step) -> bool {
    step.name.is_none_or(|name| name == tree.name(node))
}

/// The child of an item that a predicate compares, and what with, if that is the same for all items.
fn key_and_value(predicate: &Expr) -> Option<(u32, &Expr)> {
    match predicate {
        Expr::And(parts) => parts.iter().find_map(key_and_value),
        Expr::Chain(left, rest) => match rest.as_slice() {
            [(Operator::Equal, right)] => {
                let sides = [(&**left, right), (right, &**left)];
                sides.into_iter().find_map(|(key, value)| Some((child_name(key)?, value)).filter(|_| is_fixed(value)))
            }
            _ => None,
        },
        _ => None,
    }
}

fn child_name(expr: &Expr) -> Option<u32> {
    let Expr::Path(Path { start: Start::Here, steps }) = expr else { return None };
    match steps.as_slice() {
        [Step { axis: Axis::Child, name: Some(name), predicates }] if predicates.is_empty() => Some(*name),
        _ => None,
    }
}

/// Whether an expression means the same for every item of a list beside the form's own instance.
fn is_fixed(expr: &Expr) -> bool {
    match expr {
        Expr::Number(_) | Expr::Text(_) => true,
        Expr::Path(path) => matches!(path.start, Start::Root | Start::Current),
        Expr::Minus(inner) => is_fixed(inner),
        Expr::Chain(first, rest) => is_fixed(first) && rest.iter().all(|(_, part)| is_fixed(part)),
        Expr::Call(function, arguments) => {
            let own_place = matches!(
                function,
                Function::Position
                    | Function::Once
                    | Function::IndexedRepeat
                    | Function::NormalizeSpace
                    | Function::StringLength
            );
            !own_place && arguments.iter().all(is_fixed)
        }
        _ => false,
    }
}
