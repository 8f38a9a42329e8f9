//! Functions on nodes, and those that ask the form's lists and wording.

use super::{Call, Function};
use crate::xpath::eval::{MAIN, NodeRef};
use crate::xpath::parser::{Axis, Expr, Path, Start};
use crate::xpath::{Value, XPathError};

pub(super) fn call(call: &Call<'_, '_>) -> Result<Value, XPathError> {
    use Function as F;
    let ground = call.ground;
    match call.function {
        F::Count => Ok(Value::Number(call.nodes(0)?.1.len() as f64)),
        F::CountNonEmpty => {
            let (document, nodes) = call.nodes(0)?;
            let filled = |node: &&u32| {
                let node = NodeRef { document, node: **node };
                !ground.document(document).kids(node.node).is_empty() || !ground.value_of(node).is_empty()
            };
            Ok(Value::Number(nodes.iter().filter(filled).count() as f64))
        }
        F::Position => position(call),
        F::Last => Err(XPathError::Unsupported("last()".to_owned())),
        F::Name | F::LocalName => {
            let (document, nodes) = match call.arguments.is_empty() {
                true => (call.context.here.document, vec![call.context.here.node]),
                false => call.nodes(0)?,
            };
            let tree = ground.document(document);
            Ok(nodes.first().map_or("", |node| ground.names.name(tree.name(*node))).into())
        }
        F::IndexedRepeat => indexed_repeat(call),
        F::Once => {
            let own = call.own_value();
            if own.text().is_empty() { ground.eval(&call.arguments[0], call.context) } else { Ok(own) }
        }
        F::Randomize => randomize(call),
        F::Instance => {
            let id = call.text(0)?;
            let number = ground.instances.number(&id)?;
            Ok(Value::Nodes(number, vec![0]))
        }
        F::ChoiceName => {
            let (value, path) = (call.text(0)?, call.text(1)?);
            let labels = ground.sources.labels.get(&*path).ok_or_else(|| XPathError::NoList(path.to_string()))?;
            Ok(labels.get(&*value).map_or("", String::as_str).into())
        }
        F::Itext => {
            let id = call.text(0)?;
            Ok(ground.sources.texts.get(&*id).cloned().unwrap_or_else(|| format!("[itext:{id}]")).into())
        }
        F::PullData => {
            let (table, column, key_column, key) = (call.text(0)?, call.text(1)?, call.text(2)?, call.text(3)?);
            ground.budget.spend(4)?;
            let found = ground.sources.tables.get(&*table).and_then(|table| table.lookup(&column, &key_column, &key));
            found.map(Value::from).ok_or_else(|| XPathError::NoList(table.to_string()))
        }
        _ => Err(call.refuse()),
    }
}

/// The position of a node among its like, from one; nought where there is no node.
fn position(call: &Call<'_, '_>) -> Result<Value, XPathError> {
    let ground = call.ground;
    let at = if call.arguments.is_empty() {
        let here = call.context.here;
        Some(call.context.position.unwrap_or_else(|| ground.document(here.document).turn(here.node)))
    } else {
        let (document, nodes) = call.nodes(0)?;
        nodes.first().map(|node| ground.document(document).turn(*node))
    };
    Ok(Value::Number(at.map_or(0.0, |at| f64::from(at) + 1.0)))
}

/// A level on the way to a node: its name, and which of its like, if one is meant.
type Level = (u32, Option<u32>);

/// The answer to a question in given turns of the repeats around it.
fn indexed_repeat(call: &Call<'_, '_>) -> Result<Value, XPathError> {
    let ground = call.ground;
    if call.arguments.len().is_multiple_of(2) {
        return Err(call.refuse());
    }
    let mut target = levels(call, &call.arguments[0])?;
    for pair in call.arguments[1..].chunks(2) {
        let group = levels(call, &pair[0])?;
        let within = group.len() < target.len() && group.iter().zip(&target).all(|(a, b)| a.0 == b.0);
        if !within {
            return Err(call.refuse());
        }
        // A turn that is not there yet is read as the first, as on the phone.
        let turn = ground.value(&pair[1], call.context)?.number() as i32;
        target[group.len() - 1].1 = Some(turn.max(1) as u32 - 1);
    }
    let tree = ground.main;
    let mut nodes =
        if tree.len() > 0 && target.first().map(|level| level.0) == Some(tree.name(0)) { vec![0] } else { vec![] };
    for (name, turn) in &target[1..] {
        let mut found = Vec::new();
        for node in &nodes {
            let kids = tree.kids_named(*node, *name);
            match turn {
                Some(turn) => found.extend(kids.get(*turn as usize)),
                None => found.extend(kids),
            }
        }
        ground.budget.spend(1 + found.len())?;
        nodes = found;
    }
    nodes.retain(|node| ground.relevant.get(*node as usize).copied().unwrap_or(true));
    Ok(Value::Nodes(MAIN, nodes))
}

/// The way that a plain path of names means from the root, with the turns that the context lies in.
fn levels(call: &Call<'_, '_>, argument: &Expr) -> Result<Vec<Level>, XPathError> {
    let Expr::Path(Path { start, steps }) = argument else { return Err(call.refuse()) };
    let tree = call.ground.main;
    let from = match start {
        Start::Here | Start::Root => call.context.here,
        Start::Current => call.context.current,
        _ => return Err(call.refuse()),
    };
    let line: Vec<Level> = match from.document {
        MAIN => tree.line(from.node).into_iter().map(|node| (tree.name(node), Some(tree.turn(node)))).collect(),
        _ => Vec::new(),
    };
    let absolute = *start == Start::Root;
    let mut levels = if absolute { Vec::new() } else { line.clone() };
    for step in steps {
        if !step.predicates.is_empty() {
            return Err(call.refuse());
        }
        match (step.axis, &step.name) {
            (Axis::Itself, None) => {}
            (Axis::Parent, None) => {
                levels.pop().ok_or_else(|| call.refuse())?;
            }
            (Axis::Child, Some(name)) => levels.push((*name, None)),
            _ => return Err(call.refuse()),
        }
    }
    if absolute {
        for (level, here) in levels.iter_mut().zip(&line) {
            if level.0 != here.0 {
                break;
            }
            level.1 = here.1;
        }
    }
    if levels.is_empty() { Err(call.refuse()) } else { Ok(levels) }
}

/// Nodes in an order that a seed decides: Fisher and Yates from the inside out, with Park and Miller’s generator.
fn randomize(call: &Call<'_, '_>) -> Result<Value, XPathError> {
    const MODULUS: f64 = 2_147_483_647.0;
    let (document, nodes) = call.nodes(0)?;
    if call.arguments.len() < 2 {
        return Err(XPathError::OnPhoneOnly("randomize".to_owned()));
    }
    let seed = call.value(1)?.number();
    if seed.is_nan() {
        return Err(XPathError::OnPhoneOnly("randomize".to_owned()));
    }
    call.ground.budget.spend(nodes.len())?;
    let mut state = (seed.trunc() % MODULUS).trunc();
    if state <= 0.0 {
        state += MODULUS - 1.0;
    }
    let mut shuffled: Vec<u32> = Vec::with_capacity(nodes.len());
    for (at, node) in nodes.into_iter().enumerate() {
        state = state * 16_807.0 % MODULUS;
        let share = (state - 1.0) / (MODULUS - 1.0);
        let other = ((share * (at + 1) as f64) as usize).min(at);
        shuffled.push(node);
        shuffled.swap(other, at);
    }
    Ok(Value::Nodes(document, shuffled))
}
