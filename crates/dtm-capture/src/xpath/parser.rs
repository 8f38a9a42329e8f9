//! Reads an expression into a tree.
//!
//! In: the text. Out: an [`Expr`], or why there is none. A run of operators of the same strength becomes one node, however
//! long, so that only brackets, arguments and predicates nest, and those at most [`MAX_NESTING`] deep: nothing that a form
//! holds can exhaust the stack, neither here nor in evaluation. Grammar: XPath 1.0 §3; prefixes of names are left out, as
//! forms use them for one node at most.

use super::functions::Function;
use super::lexer::{Token, tokens};
use super::{MAX_NESTING, XPathError};
use std::sync::Arc;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    Number(f64),
    Text(Arc<str>),
    /// `- x`
    Minus(Box<Expr>),
    /// Parts joined by `or`.
    Or(Vec<Expr>),
    /// Parts joined by `and`.
    And(Vec<Expr>),
    /// Operators of one strength, taken from the left.
    Chain(Box<Expr>, Vec<(Operator, Expr)>),
    /// Parts joined by `|`.
    Union(Vec<Expr>),
    Call(Function, Vec<Expr>),
    /// A function that nobody knows.
    Unknown(Arc<str>),
    Path(Path),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Plus,
    Minus,
    Times,
    Div,
    Mod,
}

/// A way through the instance.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    pub(crate) start: Start,
    pub(crate) steps: Vec<Step>,
}

/// Where a path starts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Start {
    /// `/` of the form's own instance.
    Root,
    /// The node the expression stands on.
    Here,
    /// `current()`
    Current,
    /// `instance('…')`
    Instance(Arc<str>),
    /// An expression in brackets or a call.
    Of(Box<Expr>),
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) axis: Axis,
    /// The number of the name without prefix, with `@` before that of an attribute; none for any name.
    pub(crate) name: Option<u32>,
    pub(crate) predicates: Vec<Expr>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    Child,
    Attribute,
    Itself,
    Parent,
    /// The node and everything inside it.
    Inside,
    Ancestor,
    /// Siblings before it.
    Before,
    /// Siblings after it.
    After,
}

/// Reads an expression; `number` numbers the names of nodes.
pub(crate) fn parse(text: &str, number: &mut dyn FnMut(&str) -> u32) -> Result<Expr, XPathError> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens, at: 0, depth: 0, number };
    let expr = parser.binary(0)?;
    if parser.at < parser.tokens.len() { Err(parser.wrong()) } else { Ok(expr) }
}

/// Operators from the weakest to the strongest.
const STRENGTHS: [&[&str]; 7] =
    [&["or"], &["and"], &["=", "!="], &["<", "<=", ">", ">="], &["+", "-"], &["*", "div", "mod"], &["|"]];
/// Where the minus sign of a number stands among them.
const UNION: usize = 6;

struct Parser<'a> {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    number: &'a mut dyn FnMut(&str) -> u32,
}

impl Parser<'_> {
    fn wrong(&self) -> XPathError {
        XPathError::Syntax { at: self.at }
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, mark: &str) -> bool {
        matches!(self.peek(), Some(Token::Mark(here)) if *here == mark)
    }

    fn take(&mut self, mark: &str) -> bool {
        let found = self.is(mark);
        self.at += usize::from(found);
        found
    }

    fn must(&mut self, mark: &str) -> Result<(), XPathError> {
        if self.take(mark) { Ok(()) } else { Err(self.wrong()) }
    }

    fn take_of(&mut self, marks: &[&str]) -> Option<&'static str> {
        let Some(Token::Mark(mark)) = self.peek() else { return None };
        let mark = *mark;
        marks.contains(&mark).then(|| {
            self.at += 1;
            mark
        })
    }

    /// Reads operators of this strength and stronger ones. Recursion is bounded by the number of strengths.
    fn binary(&mut self, strength: usize) -> Result<Expr, XPathError> {
        if strength == UNION {
            return self.signed();
        }
        let first = self.binary(strength + 1)?;
        let mut rest = Vec::new();
        while let Some(mark) = self.take_of(STRENGTHS[strength]) {
            rest.push((mark, self.binary(strength + 1)?));
        }
        if rest.is_empty() {
            return Ok(first);
        }
        let all = |rest: Vec<(&'static str, Expr)>, first| {
            std::iter::once(first).chain(rest.into_iter().map(|part| part.1)).collect()
        };
        Ok(match strength {
            0 => Expr::Or(all(rest, first)),
            1 => Expr::And(all(rest, first)),
            _ => Expr::Chain(Box::new(first), rest.into_iter().map(|(mark, part)| (operator(mark), part)).collect()),
        })
    }

    fn signed(&mut self) -> Result<Expr, XPathError> {
        let mut negative = false;
        let mut signed = false;
        while self.take("-") {
            (negative, signed) = (!negative, true);
        }
        let first = self.operand()?;
        let mut parts = vec![first];
        while self.take("|") {
            parts.push(self.operand()?);
        }
        let expr = if parts.len() > 1 { Expr::Union(parts) } else { parts.remove(0) };
        if !signed {
            return Ok(expr);
        }
        let minus = Expr::Minus(Box::new(expr));
        Ok(if negative { minus } else { Expr::Minus(Box::new(minus)) })
    }

    fn operand(&mut self) -> Result<Expr, XPathError> {
        match self.peek().cloned() {
            Some(Token::Number(number)) => {
                self.at += 1;
                Ok(Expr::Number(number))
            }
            Some(Token::Text(text)) => {
                self.at += 1;
                Ok(Expr::Text(text.into()))
            }
            Some(Token::Mark("(")) => {
                self.at += 1;
                let inner = self.nested()?;
                self.must(")")?;
                if self.is("[") || self.is("/") || self.is("//") { self.path_of(inner) } else { Ok(inner) }
            }
            Some(Token::Name(name))
                if self.tokens.get(self.at + 1) == Some(&Token::Mark("(")) && !is_node_test(&name) =>
            {
                self.call(&name)
            }
            Some(Token::Name(_) | Token::Any | Token::Mark("/" | "//" | "." | ".." | "@")) => self.location(),
            _ => Err(self.wrong()),
        }
    }

    /// An expression inside brackets, one level deeper.
    fn nested(&mut self) -> Result<Expr, XPathError> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err(XPathError::TooDeep);
        }
        let expr = self.binary(0);
        self.depth -= 1;
        expr
    }

    fn call(&mut self, name: &str) -> Result<Expr, XPathError> {
        self.at += 2;
        let mut arguments = Vec::new();
        if !self.take(")") {
            loop {
                arguments.push(self.nested()?);
                if self.take(")") {
                    break;
                }
                self.must(",")?;
            }
        }
        let start = match (name, arguments.as_slice()) {
            ("current", []) => Some(Start::Current),
            ("instance", [Expr::Text(id)]) => Some(Start::Instance(id.clone())),
            _ => None,
        };
        if let Some(start) = start {
            let mut path = Path { start, steps: Vec::new() };
            self.more_steps(&mut path)?;
            return Ok(Expr::Path(path));
        }
        let call = match Function::named(name) {
            Some(function) => Expr::Call(function, arguments),
            None => Expr::Unknown(name.into()),
        };
        if self.is("[") || self.is("/") || self.is("//") { self.path_of(call) } else { Ok(call) }
    }

    /// Steps that go on from an expression.
    fn path_of(&mut self, expr: Expr) -> Result<Expr, XPathError> {
        let mut path = Path { start: Start::Of(Box::new(expr)), steps: Vec::new() };
        let predicates = self.predicates()?;
        if !predicates.is_empty() {
            path.steps.push(Step { axis: Axis::Itself, name: None, predicates });
        }
        self.more_steps(&mut path)?;
        Ok(Expr::Path(path))
    }

    fn location(&mut self) -> Result<Expr, XPathError> {
        let mut path = Path { start: Start::Here, steps: Vec::new() };
        if self.is("/") || self.is("//") {
            path.start = Start::Root;
            if self.is("/") && !self.step_follows(self.at + 1) {
                self.at += 1;
                return Ok(Expr::Path(path));
            }
        } else {
            let step = self.step()?;
            path.steps.push(step);
        }
        self.more_steps(&mut path)?;
        Ok(Expr::Path(path))
    }

    fn step_follows(&self, at: usize) -> bool {
        matches!(self.tokens.get(at), Some(Token::Name(_) | Token::Any | Token::Mark("." | ".." | "@")))
    }

    fn more_steps(&mut self, path: &mut Path) -> Result<(), XPathError> {
        loop {
            if self.take("//") {
                path.steps.push(Step { axis: Axis::Inside, name: None, predicates: Vec::new() });
            } else if !self.take("/") {
                return Ok(());
            }
            let step = self.step()?;
            path.steps.push(step);
        }
    }

    fn step(&mut self) -> Result<Step, XPathError> {
        let mut axis = Axis::Child;
        if self.take("..") {
            return Ok(Step { axis: Axis::Parent, name: None, predicates: self.predicates()? });
        }
        if self.take(".") {
            return Ok(Step { axis: Axis::Itself, name: None, predicates: self.predicates()? });
        }
        let mut named_axis = false;
        if self.take("@") {
            axis = Axis::Attribute;
        } else if let Some(Token::Name(name)) = self.peek()
            && self.tokens.get(self.at + 1) == Some(&Token::Mark("::"))
        {
            axis = axis_named(name).ok_or_else(|| XPathError::Unsupported(name.clone()))?;
            named_axis = true;
            self.at += 2;
        }
        let name = match self.peek().cloned() {
            Some(Token::Any) => {
                self.at += 1;
                None
            }
            Some(Token::Name(name))
                if is_node_test(&name) && self.tokens.get(self.at + 1) == Some(&Token::Mark("(")) =>
            {
                if name != "node" || !(named_axis || axis == Axis::Child) {
                    return Err(XPathError::Unsupported(format!("{name}()")));
                }
                self.at += 2;
                self.must(")")?;
                None
            }
            Some(Token::Name(name)) => {
                self.at += 1;
                Some(local(&name))
            }
            _ => return Err(self.wrong()),
        };
        let name = name.map(|name| (self.number)(&if axis == Axis::Attribute { format!("@{name}") } else { name }));
        Ok(Step { axis, name, predicates: self.predicates()? })
    }

    fn predicates(&mut self) -> Result<Vec<Expr>, XPathError> {
        let mut predicates = Vec::new();
        while self.take("[") {
            predicates.push(self.nested()?);
            self.must("]")?;
        }
        Ok(predicates)
    }
}

fn operator(mark: &str) -> Operator {
    match mark {
        "=" => Operator::Equal,
        "!=" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessOrEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterOrEqual,
        "+" => Operator::Plus,
        "-" => Operator::Minus,
        "*" => Operator::Times,
        "div" => Operator::Div,
        _ => Operator::Mod,
    }
}

fn axis_named(name: &str) -> Option<Axis> {
    Some(match name {
        "child" => Axis::Child,
        "attribute" => Axis::Attribute,
        "self" => Axis::Itself,
        "parent" => Axis::Parent,
        "descendant-or-self" => Axis::Inside,
        "ancestor" => Axis::Ancestor,
        "preceding-sibling" => Axis::Before,
        "following-sibling" => Axis::After,
        _ => return None,
    })
}

fn is_node_test(name: &str) -> bool {
    matches!(name, "node" | "text" | "comment" | "processing-instruction")
}

/// A name without its prefix.
fn local(name: &str) -> String {
    name.rsplit(':').next().unwrap_or(name).to_owned()
}
