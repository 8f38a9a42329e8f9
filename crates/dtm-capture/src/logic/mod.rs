//! A form's own rules, run on the server.
//!
//! In: an XForm and the files it names, read once into a [`Logic`]; then the XML of submissions. Out: for each, what the
//! form's rules would not have let pass ([`LogicFinding`]): answers to questions that were not asked, broken constraints,
//! required questions without an answer, calculations that differ, choices that were not offered. It never refuses a
//! submission: a phone may have had another version of the form, and its data are wanted all the same. What cannot be
//! decided here, since the phone, the clock or chance decide it, gives no finding. Evaluation is that of [`crate::xpath`];
//! what it may take is bounded, and an [`Examination`] says when it was cut short.

mod examine;
mod field;
mod finding;
mod form;
mod instance;
mod kind;
mod lists;
mod order;
mod own;

pub use finding::{LogicFinding, LogicKind};
pub use own::{Held, OwnError, OwnFinding, OwnPart, OwnProblem, OwnRule, OwnRules};

use crate::xform::{Form, XFormError};
use crate::xml::{MAX_ELEMENTS, Tree};
use crate::xpath::{Path, XPathError, parse};
use dtm_model::{Instant, Lang};
use std::collections::{BTreeSet, HashSet};
use std::fmt;

/// Why a form has no logic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogicError {
    /// It cannot be read as a form.
    #[error(transparent)]
    Form(#[from] XFormError),
}

impl LogicError {
    /// A stable word for this kind of error.
    pub fn code(&self) -> &'static str {
        match self {
            LogicError::Form(error) => error.code(),
        }
    }

    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match self {
            LogicError::Form(error) => error.message(lang),
        }
    }
}

/// A rule that cannot be read, and so decides nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogicProblem {
    /// The question.
    pub path: String,
    /// `relevant`, `calculate`, `constraint`, `required` or `itemset`.
    pub rule: &'static str,
    /// Why.
    pub error: XPathError,
}

/// A moment, and the offset from UTC to take where the submission itself tells none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Instant,
    /// Minutes east of UTC.
    pub offset_minutes: i32,
}

impl From<Instant> for Moment {
    fn from(at: Instant) -> Moment {
        Moment { at, offset_minutes: 0 }
    }
}

/// What the rules of a form say about one submission.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Examination {
    /// What they would not have let pass, in the order of the form.
    pub findings: Vec<LogicFinding>,
    /// Whether there was too much to look at, so that there may be more.
    pub was_cut_short: bool,
}

/// What an expression gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// True or false.
    Truth(bool),
    /// A number.
    Number(f64),
    /// A text, empty where there is nothing.
    Text(String),
    /// A date and time on the phone's clock.
    Time(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Truth(truth) => write!(f, "{truth}"),
            Outcome::Number(number) => write!(f, "{number}"),
            Outcome::Text(text) | Outcome::Time(text) => f.write_str(text),
        }
    }
}

/// The choices a question offers.
#[derive(Debug)]
enum Offered {
    /// Not a choice, or one whose list is not known here.
    Anything,
    /// The same in every case.
    These { choices: HashSet<String>, one: bool },
    /// Items of a list, and the path from each to its value.
    Listed { nodes: Path, value: Path, one: bool },
}

/// A form's rules, read once for all its submissions.
#[derive(Debug)]
pub struct Logic {
    rules: form::Rules,
}

impl Logic {
    /// Reads the rules of a form; `files` gives the files it names, where they are there. A file is asked for when it is
    /// needed and not kept as it was given.
    pub fn compile(xform: &str, files: &dyn Fn(&str) -> Option<Vec<u8>>) -> Result<Logic, LogicError> {
        let tree = Tree::read(xform.as_bytes(), MAX_ELEMENTS).map_err(XFormError::from)?;
        let form = Form::of(&tree)?;
        Ok(Logic { rules: form::read(&tree, &form, files) })
    }

    /// About how many bytes the lists beside the form take.
    pub fn size(&self) -> usize {
        let lists = self.rules.instances.lists.iter().filter_map(|(_, list)| list.as_ref()).map(|list| list.size());
        lists.chain(self.rules.sources.tables.values().map(|table| table.size())).sum()
    }

    /// Rules that cannot be read.
    pub fn problems(&self) -> &[LogicProblem] {
        &self.rules.problems
    }

    /// Holds a submission against the form's rules. `at` is when it arrived; where it says itself when it was filled, that
    /// moment counts.
    pub fn examine(&self, xml: &str, at: Moment) -> Examination {
        self.examine_corrected(xml, &[], at)
    }

    /// The same, with other answers in place of those sent: each the path of a question (`household[2]/age`) and its
    /// answer, empty for none. Later ones win; questions that are not there are left out.
    pub fn examine_corrected(&self, xml: &str, changes: &[(String, String)], at: Moment) -> Examination {
        examine::examine(&self.rules, xml, changes, None, at)
    }

    /// The same for a submission of which the answers to these questions alone are here, by their paths: a rule that
    /// reads another answer decides nothing.
    pub fn examine_readable(
        &self,
        xml: &str,
        changes: &[(String, String)],
        readable: &BTreeSet<String>,
        at: Moment,
    ) -> Examination {
        examine::examine(&self.rules, xml, changes, Some(readable), at)
    }

    /// Evaluates an expression on a submission, at the question with this path (`household[2]/age`; empty for the root).
    pub fn evaluate(&self, expression: &str, path: &str, xml: &str, at: Moment) -> Result<Outcome, XPathError> {
        let expr = parse(expression, &mut |name| self.rules.names.known(name).unwrap_or(u32::MAX))?;
        examine::evaluate(&self.rules, &expr, path, xml, at)
    }
}

#[cfg(test)]
mod tests;
