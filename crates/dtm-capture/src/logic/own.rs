//! Rules beside the form's own: what officers write in a sheet, in the form's language.
//!
//! In: expressions as XLSForm writes them (`${idp_ind} < ${idp_hh}`), each with the question it speaks of, read once into
//! [`OwnRules`]; then the XML of submissions. Out: where an expression is true ([`OwnFinding`]). A rule about a question in a
//! repeat is asked in every turn. What an expression may take is bounded, rule by rule, so that none starves another; one
//! that cannot be decided finds nothing and is told.

use super::examine::Run;
use super::finding::shortened;
use super::{Logic, Moment};
use crate::xpath::{Budget, Context, Expr, Start, XPathError, parse, word_at};
use dtm_model::Lang;

/// Steps that one rule may take on one submission.
const STEPS_EACH: u64 = 200_000;
/// Turns of a repeat in which one rule finds something.
const MOST_TURNS: usize = 20;
/// The longest expression.
const LONGEST: usize = 10_000;

/// A rule as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnRule {
    /// What is true where something is wrong.
    pub expression: String,
    /// The question it speaks of, by path or name; none where it speaks of the whole record.
    pub question: Option<String>,
    /// What the answer probably should be.
    pub proposed: Option<String>,
}

/// Which part of a rule is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnPart {
    /// What is true where something is wrong.
    Expression,
    /// The question it speaks of.
    Question,
    /// What the answer probably should be.
    Proposed,
}

/// Why a part of a rule cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OwnError {
    /// The form has no question of this name, or several.
    #[error("the form has no question `{0}`, or several of that name")]
    NoQuestion(String),
    /// The expression makes no sense at this word; at its end, where there is none.
    #[error("the expression makes no sense at `{}`", word.as_deref().unwrap_or("…"))]
    Senseless {
        /// The word.
        word: Option<String>,
    },
    /// The expression cannot be read.
    #[error(transparent)]
    Unreadable(#[from] XPathError),
}

impl OwnError {
    /// Says it in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match (self, lang) {
            (OwnError::NoQuestion(name), Lang::En) => {
                format!("the form has no question «{name}», or several of that name")
            }
            (OwnError::NoQuestion(name), Lang::Fr) => {
                format!("le formulaire n’a pas de question « {name} », ou plusieurs de ce nom")
            }
            (OwnError::Senseless { word: Some(word) }, Lang::En) => {
                format!("the expression makes no sense at «{word}»")
            }
            (OwnError::Senseless { word: Some(word) }, Lang::Fr) => {
                format!("l’expression n’a pas de sens à « {word} »")
            }
            (OwnError::Senseless { word: None }, Lang::En) => "the expression ends too early".to_owned(),
            (OwnError::Senseless { word: None }, Lang::Fr) => "l’expression s’arrête trop tôt".to_owned(),
            (OwnError::Unreadable(error), lang) => error.message(lang),
        }
    }

    /// The word that is at fault, where one is.
    pub fn word(&self) -> Option<&str> {
        match self {
            OwnError::NoQuestion(word) | OwnError::Unreadable(XPathError::UnknownFunction(word)) => Some(word),
            OwnError::Senseless { word } => word.as_deref(),
            OwnError::Unreadable(_) => None,
        }
    }
}

/// A part of a rule that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnProblem {
    /// The rule, counted from 0.
    pub rule: usize,
    /// Its part.
    pub part: OwnPart,
    /// Why.
    pub error: OwnError,
}

/// Rules read for one form.
#[derive(Debug, Default)]
pub struct OwnRules {
    rules: Vec<Read>,
}

#[derive(Debug)]
struct Read {
    /// Its place among those written.
    rule: usize,
    expression: Expr,
    /// The field it speaks of.
    field: Option<usize>,
    proposed: Option<Expr>,
}

/// Where a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnFinding {
    /// The rule, counted from 0.
    pub rule: usize,
    /// The question with the turns it stands in; empty where the rule speaks of the whole record.
    pub path: String,
    /// The answer; empty where there is none.
    pub answer: String,
    /// What the answer probably should be.
    pub proposed: Option<String>,
}

/// A submission held against rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Where they are broken.
    pub findings: Vec<OwnFinding>,
    /// Rules that could not be decided here, and why.
    pub undecided: Vec<(usize, XPathError)>,
}

impl Logic {
    /// Reads rules for this form; those with a problem are left out.
    pub fn own_rules(&self, written: &[OwnRule]) -> (OwnRules, Vec<OwnProblem>) {
        let (mut read, mut problems) = (OwnRules::default(), Vec::new());
        for (rule, own) in written.iter().enumerate() {
            let mut refuse = |part, error| problems.push(OwnProblem { rule, part, error });
            let expression =
                self.own_expression(&own.expression).map_err(|error| refuse(OwnPart::Expression, error)).ok();
            let field = own.question.as_deref().map(|name| {
                let missing = || OwnError::NoQuestion(name.to_owned());
                self.own_field(name).ok_or_else(missing).map_err(|error| refuse(OwnPart::Question, error)).ok()
            });
            let proposed = own
                .proposed
                .as_deref()
                .map(|text| self.own_expression(text).map_err(|error| refuse(OwnPart::Proposed, error)).ok());
            // One bad part spoils the rule: a rule that asks less than was written would be another.
            if let (Some(expression), None | Some(Some(_)), None | Some(Some(_))) = (expression, field, &proposed) {
                read.rules.push(Read { rule, expression, field: field.flatten(), proposed: proposed.flatten() });
            }
        }
        (read, problems)
    }

    /// The field that a path or a name means, if it is one question alone.
    fn own_field(&self, name: &str) -> Option<usize> {
        let fields = &self.rules.fields;
        let is_question = |at: &usize| fields[*at].children.is_empty();
        let by_path = (0..fields.len()).find(|at| fields[*at].path == name && is_question(at));
        by_path.or_else(|| {
            let of_name = |at: &usize| fields[*at].path.rsplit('/').next() == Some(name) && is_question(at);
            let mut found = (0..fields.len()).filter(of_name);
            found.next().filter(|_| found.next().is_none())
        })
    }

    fn own_expression(&self, text: &str) -> Result<Expr, OwnError> {
        if text.len() > LONGEST {
            return Err(XPathError::TooLong.into());
        }
        let text = self.with_paths(text)?;
        let mut unknown = None;
        let read = parse(&text, &mut |name| {
            self.rules.names.known(name).unwrap_or_else(|| {
                unknown.get_or_insert_with(|| name.to_owned());
                u32::MAX
            })
        });
        let expr = read.map_err(|error| match error {
            XPathError::Syntax { at } => OwnError::Senseless { word: word_at(&text, at) },
            error => error.into(),
        })?;
        if let Some(function) = unknown_function(&expr) {
            return Err(XPathError::UnknownFunction(function).into());
        }
        unknown.map_or(Ok(expr), |name| Err(OwnError::NoQuestion(name)))
    }

    /// The expression with a path in place of each `${name}`.
    fn with_paths(&self, text: &str) -> Result<String, OwnError> {
        let root = self.rules.names.name(self.rules.fields[0].name);
        let (mut written, mut rest) = (String::with_capacity(text.len() + 64), text);
        while let Some((before, after)) = rest.split_once("${") {
            let Some((name, tail)) = after.split_once('}') else { break };
            let name = name.trim();
            let field = self.own_field(name).ok_or_else(|| OwnError::NoQuestion(name.to_owned()))?;
            written.push_str(before);
            // A blank keeps the path apart from a word that stands close to it.
            written.push_str(&format!(" /{root}/{} ", self.rules.fields[field].path));
            rest = tail;
        }
        written.push_str(rest);
        Ok(written)
    }

    /// Holds a submission, with other answers in place of those sent, against rules. One that is encrypted, or cannot be
    /// read, breaks none.
    pub fn hold(&self, own: &OwnRules, xml: &str, changes: &[(String, String)], at: Moment) -> Held {
        let mut held = Held::default();
        if own.rules.is_empty() {
            return held;
        }
        let Some(mut run) = Run::new(&self.rules, xml, changes, at) else { return held };
        run.settle();
        for rule in &own.rules {
            run.allow(Budget::new(STEPS_EACH));
            let nodes = rule.field.map_or_else(|| vec![0], |field| run.nodes_of(field));
            let mut n_found = 0;
            for node in nodes {
                match run.says(&rule.expression, node) {
                    Ok(false) => {}
                    Ok(true) => {
                        let proposed = rule.proposed.as_ref().and_then(|expr| run.text_of(expr, node).ok());
                        held.findings.push(OwnFinding {
                            rule: rule.rule,
                            path: if rule.field.is_some() { run.path_of(node) } else { String::new() },
                            answer: if rule.field.is_some() { shortened(run.text(node).trim()) } else { String::new() },
                            proposed: proposed.filter(|text| !text.is_empty()),
                        });
                        n_found += 1;
                    }
                    Err(error) => {
                        held.undecided.push((rule.rule, error));
                        break;
                    }
                }
                if n_found >= MOST_TURNS {
                    break;
                }
            }
        }
        held
    }
}

/// The first function in an expression that nobody knows. A form with one is taken all the same; a rule is not, as it would
/// never find anything.
fn unknown_function(expr: &Expr) -> Option<String> {
    let mut waiting = vec![expr];
    while let Some(expr) = waiting.pop() {
        match expr {
            Expr::Unknown(name) => return Some(name.to_string()),
            Expr::Number(_) | Expr::Text(_) => {}
            Expr::Minus(inner) => waiting.push(inner),
            Expr::Or(parts) | Expr::And(parts) | Expr::Union(parts) | Expr::Call(_, parts) => waiting.extend(parts),
            Expr::Chain(first, rest) => {
                waiting.push(first);
                waiting.extend(rest.iter().map(|(_, part)| part));
            }
            Expr::Path(path) => {
                if let Start::Of(inner) = &path.start {
                    waiting.push(inner);
                }
                waiting.extend(path.steps.iter().flat_map(|step| &step.predicates));
            }
        }
    }
    None
}

impl Run<'_> {
    /// What an expression says at a node.
    fn says(&self, expr: &Expr, node: u32) -> Result<bool, XPathError> {
        self.ground().truth(expr, Context::at(node))
    }

    /// What an expression gives at a node, as it would be answered.
    fn text_of(&self, expr: &Expr, node: u32) -> Result<String, XPathError> {
        Ok(self.ground().value(expr, Context::at(node))?.text().trim().to_owned())
    }
}
