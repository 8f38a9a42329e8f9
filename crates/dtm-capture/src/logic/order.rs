//! Finds what each rule depends on, and the order in which to evaluate them.
//!
//! In: the fields with their rules read. Out: for each rule, which fields it reads and whether chance, time, the phone or
//! its language decide; and the fields in an order in which each comes after what it reads. Fields that depend on each
//! other in a ring come in document order, and their calculations are left alone, as phones refuse such forms.

use super::field::{Field, Rule, Traits};
use crate::xpath::{Axis, Expr, Function, Path, Start};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};
use std::sync::Arc;

/// Notes at every rule what decides it.
pub(super) fn understand(fields: &mut [Field], several_languages: bool) {
    let mut found = Vec::new();
    for at in 0..fields.len() {
        let reader = Reader { fields, several_languages };
        let field = &fields[at];
        for rule in [&field.relevant, &field.calculate, &field.constraint, &field.required].into_iter().flatten() {
            let mut traits = Traits::default();
            reader.read(&rule.expr, &[at], at, &mut traits);
            found.push(traits);
        }
    }
    let rules = fields.iter_mut().flat_map(Field::rules_mut);
    rules.zip(found).for_each(|(rule, traits): (&mut Rule, Traits)| rule.traits = traits);
}

/// The fields that the items of a list depend on, where a question at `at` offers it.
pub(super) fn of_list(fields: &[Field], at: usize, nodes: &Path) -> BTreeSet<usize> {
    let mut traits = Traits::default();
    Reader { fields, several_languages: false }.follow(nodes, &[at], at, &mut traits);
    traits.reads
}

struct Reader<'a> {
    fields: &'a [Field],
    several_languages: bool,
}

impl Reader<'_> {
    /// Reads an expression that stands on any of the fields `here`; none where it stands on an item of a list.
    fn read(&self, expr: &Expr, here: &[usize], current: usize, traits: &mut Traits) {
        match expr {
            Expr::Number(_) | Expr::Text(_) | Expr::Unknown(_) => {}
            Expr::Minus(inner) => self.read(inner, here, current, traits),
            Expr::Or(parts) | Expr::And(parts) | Expr::Union(parts) => {
                parts.iter().for_each(|part| self.read(part, here, current, traits));
            }
            Expr::Chain(first, rest) => {
                self.read(first, here, current, traits);
                rest.iter().for_each(|(_, part)| self.read(part, here, current, traits));
            }
            Expr::Call(function, arguments) => {
                traits.is_unpredictable |= self.is_unpredictable(*function, arguments);
                arguments.iter().for_each(|argument| self.read(argument, here, current, traits));
            }
            Expr::Path(path) => {
                self.follow(path, here, current, traits);
            }
        }
    }

    fn is_unpredictable(&self, function: Function, arguments: &[Expr]) -> bool {
        use Function as F;
        match function {
            F::Now | F::Today | F::Random | F::Uuid | F::Once | F::Property => true,
            F::Randomize => arguments.len() < 2,
            F::ChoiceName | F::Itext => self.several_languages,
            // Names of months and days are written in the phone's language.
            F::FormatDate | F::FormatDateTime => match arguments.get(1) {
                Some(Expr::Text(pattern)) => ["%a", "%b", "%W"].iter().any(|letter| pattern.contains(letter)),
                _ => true,
            },
            _ => false,
        }
    }

    fn follow(&self, path: &Path, here: &[usize], current: usize, traits: &mut Traits) {
        // None once the path runs through a list beside the form's own instance.
        let mut at: Option<Vec<usize>> = match &path.start {
            Start::Here => Some(here.to_vec()),
            Start::Current => Some(vec![current]),
            Start::Root => None,
            Start::Instance(_) => None,
            Start::Of(expr) => {
                self.read(expr, here, current, traits);
                None
            }
        };
        let mut steps = path.steps.as_slice();
        if path.start == Start::Root {
            at = Some(vec![0]);
            let own_root = steps.first().is_some_and(|step| step.axis == Axis::Child);
            if own_root {
                self.predicates(&steps[0].predicates, Some(&[0]), current, traits);
                steps = &steps[1..];
            }
        }
        for step in steps {
            let mut next = BTreeSet::new();
            for field in at.iter().flatten() {
                match step.axis {
                    Axis::Itself => next.extend([*field]),
                    Axis::Parent => next.extend(self.fields[*field].parent),
                    Axis::Child => next.extend(self.children(*field, step.name)),
                    Axis::Attribute => next.extend([*field]),
                    Axis::Inside => self.inside(*field, &mut next),
                    Axis::Ancestor => {
                        let mut above = self.fields[*field].parent;
                        while let Some(field) = above {
                            next.insert(field);
                            above = self.fields[field].parent;
                        }
                    }
                    Axis::Before | Axis::After => next.extend(
                        self.fields[*field].parent.into_iter().flat_map(|parent| self.children(parent, step.name)),
                    ),
                }
            }
            at = at.map(|_| next.into_iter().collect());
            self.predicates(&step.predicates, at.as_deref(), current, traits);
        }
        traits.reads.extend(at.into_iter().flatten());
    }

    fn predicates(&self, predicates: &[Expr], here: Option<&[usize]>, current: usize, traits: &mut Traits) {
        predicates.iter().for_each(|predicate| self.read(predicate, here.unwrap_or(&[]), current, traits));
    }

    fn children(&self, field: usize, name: Option<u32>) -> Vec<usize> {
        let children = self.fields[field].children.iter().copied();
        children.filter(|child| name.is_none_or(|name| self.fields[*child].name == name)).collect()
    }

    fn inside(&self, field: usize, found: &mut BTreeSet<usize>) {
        let mut queue = vec![field];
        while let Some(field) = queue.pop() {
            if found.insert(field) {
                queue.extend(&self.fields[field].children);
            }
        }
    }
}

/// The functions a rule calls, with the texts among their arguments.
pub(super) fn literal_calls(expr: &Expr, calls: &mut Vec<(Function, Vec<Arc<str>>)>) {
    match expr {
        Expr::Number(_) | Expr::Text(_) | Expr::Unknown(_) => {}
        Expr::Minus(inner) => literal_calls(inner, calls),
        Expr::Or(parts) | Expr::And(parts) | Expr::Union(parts) => {
            parts.iter().for_each(|part| literal_calls(part, calls))
        }
        Expr::Chain(first, rest) => {
            literal_calls(first, calls);
            rest.iter().for_each(|(_, part)| literal_calls(part, calls));
        }
        Expr::Call(function, arguments) => {
            let text = |argument: &Expr| if let Expr::Text(text) = argument { Some(text.clone()) } else { None };
            calls.push((*function, arguments.iter().filter_map(text).collect()));
            arguments.iter().for_each(|argument| literal_calls(argument, calls));
        }
        Expr::Path(path) => {
            if let Start::Of(expr) = &path.start {
                literal_calls(expr, calls);
            }
            path.steps.iter().flat_map(|step| &step.predicates).for_each(|predicate| literal_calls(predicate, calls));
        }
    }
}

/// The order in which to evaluate the fields: each after its parent and after what its relevance and calculation read.
pub(super) fn of(fields: &mut [Field]) -> Vec<usize> {
    let needs: Vec<BTreeSet<usize>> = (0..fields.len())
        .map(|at| {
            let field = &fields[at];
            let rules = [&field.relevant, &field.calculate].into_iter().flatten();
            let reads = rules.flat_map(|rule| rule.traits.reads.iter().copied());
            reads.chain(field.parent).filter(|other| *other != at).collect()
        })
        .collect();
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); fields.len()];
    let mut n_open: Vec<usize> = vec![0; fields.len()];
    for (at, needs) in needs.iter().enumerate() {
        n_open[at] = needs.len();
        needs.iter().for_each(|other| needed_by[*other].push(at));
    }
    let mut ready: BinaryHeap<Reverse<usize>> = (0..fields.len()).filter(|at| n_open[*at] == 0).map(Reverse).collect();
    let mut done = vec![false; fields.len()];
    let mut order = Vec::with_capacity(fields.len());
    let mut next_stuck = 0;
    while order.len() < fields.len() {
        let at = match ready.pop() {
            Some(Reverse(at)) => at,
            None => {
                // A ring: go on with the first field in it, without trusting its calculation.
                while done[next_stuck] {
                    next_stuck += 1;
                }
                fields[next_stuck].is_unpredictable = true;
                next_stuck
            }
        };
        if std::mem::replace(&mut done[at], true) {
            continue;
        }
        order.push(at);
        let inherited = |rule: &Rule| {
            rule.traits.is_unpredictable
                || rule.traits.reads.iter().any(|other| *other != at && fields[*other].is_unpredictable)
        };
        if fields[at].calculate.as_ref().is_some_and(inherited) {
            fields[at].is_unpredictable = true;
        }
        for other in &needed_by[at] {
            n_open[*other] = n_open[*other].saturating_sub(1);
            if n_open[*other] == 0 && !done[*other] {
                ready.push(Reverse(*other));
            }
        }
    }
    order
}
