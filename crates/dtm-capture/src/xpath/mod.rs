//! XPath 1.0 with the functions of XForms and OpenRosa, as JavaRosa evaluates them.
//!
//! In: an expression, the instances it speaks of, and the moment. Out: a value, or why there is none. JavaRosa's way is
//! the rule where ways differ, since phones with ODK Collect and KoboCollect think like it: an absolute path inside a
//! repeat means this turn of it, an empty answer is not a number, a date is a number of days, numbers between brackets
//! choose nothing, a pattern must match the whole answer. Where JavaRosa only fails we may answer. All that differs on
//! purpose is listed in `docs/decisions/0005-form-logic.md`. Every evaluation spends steps of a budget, and what it makes
//! is bounded, so that neither a form nor a submission can hold the program up.

mod document;
mod eval;
mod functions;
mod lexer;
mod parser;
mod paths;
mod pattern;
mod table;
mod time;
mod value;

pub(crate) use document::{Builder, Document, Names, NodeAt};
pub(crate) use eval::{Budget, Context, Ground, Instances, NodeRef};
pub(crate) use functions::Function;
pub(crate) use lexer::word_at;
pub(crate) use parser::{Axis, Expr, Path, Start, Step, parse};
pub(crate) use table::{MAX_FILE_BYTES, Sources, Table, csv_rows};
pub(crate) use time::{LocalTime, read_clock, read_time};
pub(crate) use value::{Value, java_number, read_number};

use dtm_model::Lang;

/// The longest expression read.
pub(crate) const MAX_EXPRESSION_BYTES: usize = 200_000;
/// How deep brackets, arguments and predicates may nest.
pub(crate) const MAX_NESTING: usize = 200;
/// The longest text an expression may make.
pub(crate) const MAX_TEXT_BYTES: usize = 1 << 20;

/// Why an expression cannot be read or has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum XPathError {
    /// It does not follow the grammar.
    #[error("the expression cannot be read at {at}")]
    Syntax {
        /// Where, in bytes or parts.
        at: usize,
    },
    /// It is longer than anybody writes.
    #[error("the expression is longer than {MAX_EXPRESSION_BYTES} bytes")]
    TooLong,
    /// Its brackets nest too deeply.
    #[error("the expression nests deeper than {MAX_NESTING}")]
    TooDeep,
    /// It calls a function that nobody knows.
    #[error("the function `{0}` is not known")]
    UnknownFunction(String),
    /// It calls a function with the wrong arguments.
    #[error("the function `{0}` does not take these arguments")]
    Arguments(String),
    /// It uses a part of XPath that forms do not have.
    #[error("`{0}` is not supported")]
    Unsupported(String),
    /// It means several nodes where one value is needed.
    #[error("`{0}` stands more than once, and one value is needed")]
    Repeated(String),
    /// A text is no date.
    #[error("a value is not a date")]
    NotADate,
    /// A text is no position.
    #[error("a value is not a position")]
    NotAPosition,
    /// An instance or list is not there.
    #[error("the list `{0}` is not there")]
    NoList(String),
    /// A regular expression cannot be read.
    #[error("a regular expression cannot be read")]
    BadPattern,
    /// A regular expression tried too much.
    #[error("a regular expression took too long")]
    PatternTooSlow,
    /// Only the phone knows it.
    #[error("only the phone knows `{0}`")]
    OnPhoneOnly(String),
    /// A text grew too long.
    #[error("a text grew longer than {MAX_TEXT_BYTES} bytes")]
    TextTooLong,
    /// The steps that an evaluation may take are used up.
    #[error("the evaluation took too many steps")]
    OutOfSteps,
}

impl XPathError {
    /// The error in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            XPathError::Syntax { at } => format!("l’expression ne peut être lue à {at}"),
            XPathError::TooLong => format!("l’expression dépasse {MAX_EXPRESSION_BYTES} octets"),
            XPathError::TooDeep => format!("l’expression imbrique plus de {MAX_NESTING} niveaux"),
            XPathError::UnknownFunction(name) => format!("la fonction `{name}` n’est pas connue"),
            XPathError::Arguments(name) => format!("la fonction `{name}` ne prend pas ces arguments"),
            XPathError::Unsupported(what) => format!("`{what}` n’est pas pris en charge"),
            XPathError::Repeated(path) => format!("`{path}` figure plusieurs fois, et il faut une seule valeur"),
            XPathError::NotADate => "une valeur n’est pas une date".to_owned(),
            XPathError::NotAPosition => "une valeur n’est pas une position".to_owned(),
            XPathError::NoList(name) => format!("la liste `{name}` est absente"),
            XPathError::BadPattern => "une expression rationnelle ne peut être lue".to_owned(),
            XPathError::PatternTooSlow => "une expression rationnelle a pris trop de temps".to_owned(),
            XPathError::OnPhoneOnly(what) => format!("seul le téléphone connaît `{what}`"),
            XPathError::TextTooLong => format!("un texte a dépassé {MAX_TEXT_BYTES} octets"),
            XPathError::OutOfSteps => "l’évaluation a pris trop d’étapes".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
