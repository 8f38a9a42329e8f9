//! A question of a form with its rules, as the other files of this room share it.

use super::Offered;
use super::kind::Kind;
use crate::xpath::Expr;
use dtm_model::Text;
use std::collections::BTreeSet;

/// A rule of a form.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) expr: Expr,
    /// As the form writes it.
    pub(super) text: String,
    /// What it depends on.
    pub(super) traits: Traits,
}

/// A question, group or repeat.
#[derive(Debug)]
pub(super) struct Field {
    /// The number of its name.
    pub(super) name: u32,
    /// Its path below the root, empty for the root itself.
    pub(super) path: String,
    pub(super) parent: Option<usize>,
    /// Fields inside it.
    pub(super) children: Vec<usize>,
    /// The numbers of its attributes, with what the form writes into them.
    pub(super) attributes: Vec<(u32, String)>,
    pub(super) is_repeat: bool,
    /// Whether a person answers it.
    pub(super) is_asked: bool,
    pub(super) is_read_only: bool,
    pub(super) kind: Kind,
    /// `start` or `end` where the phone writes when it was filled.
    pub(super) timestamp: Option<String>,
    pub(super) relevant: Option<Rule>,
    pub(super) calculate: Option<Rule>,
    pub(super) constraint: Option<Rule>,
    pub(super) required: Option<Rule>,
    pub(super) constraint_words: Text,
    pub(super) required_words: Text,
    pub(super) offered: Offered,
    /// Whether its calculated value cannot be known here: chance, time or the phone decide, for it or what it is made from.
    pub(super) is_unpredictable: bool,
}

/// What decides a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Traits {
    /// Fields it reads.
    pub(super) reads: BTreeSet<usize>,
    /// Whether it cannot be repeated: the clock, chance or the phone decide.
    pub(super) is_unpredictable: bool,
}

impl Field {
    pub(super) fn new(name: u32, path: String, parent: Option<usize>, is_repeat: bool) -> Field {
        Field {
            name,
            path,
            parent,
            children: Vec::new(),
            attributes: Vec::new(),
            is_repeat,
            is_asked: false,
            is_read_only: false,
            kind: Kind::Text,
            timestamp: None,
            relevant: None,
            calculate: None,
            constraint: None,
            required: None,
            constraint_words: Text::new(),
            required_words: Text::new(),
            offered: Offered::Anything,
            is_unpredictable: false,
        }
    }

    /// All its rules.
    pub(super) fn rules_mut(&mut self) -> impl Iterator<Item = &mut Rule> {
        [&mut self.relevant, &mut self.calculate, &mut self.constraint, &mut self.required].into_iter().flatten()
    }
}
