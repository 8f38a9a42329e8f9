//! Reads `$filter` expressions.
//!
//! Takes the text and a way to find fields, and returns an [`Expression`] that [`super::evaluate`] computes. Depth and
//! size are bounded: nothing here or there recurses deeper than a request may ask for.

use super::lexer::{Placed, Word, words};
use super::problem::FilterError;
use super::value::Value;
use super::{SUBMISSIONS, line};
use crate::instance::Shape;

/// How deep parentheses, `not` and calls may nest.
const DEEPEST: usize = 40;
/// The most operators in one expression, items of `in` lists left aside.
const MOST_OPERATORS: usize = 300;

/// What the server knows of a submission beside its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum System {
    /// When the first version arrived.
    SubmissionDate,
    /// When it was changed last.
    UpdatedAt,
    /// The number of who sent it.
    SubmitterId,
    /// The name of who sent it.
    SubmitterName,
    /// Files that are here.
    AttachmentsPresent,
    /// Files that the answers name.
    AttachmentsExpected,
    /// Whether its answers can be read.
    Status,
    /// What the review came to.
    ReviewState,
    /// The phone.
    DeviceId,
    /// How often it was edited.
    Edits,
    /// The form's version.
    FormVersion,
    /// When it was deleted.
    DeletedAt,
    /// When an entity was made.
    CreatedAt,
    /// The number of who made an entity.
    CreatorId,
    /// The name of who made an entity.
    CreatorName,
    /// How often an entity was changed.
    Updates,
    /// The version of an entity.
    Version,
    /// What stands in conflict in an entity.
    Conflict,
}

impl System {
    /// Those of a submission, in the order they are written.
    pub const OF_SUBMISSION: [(System, &'static str); 12] = [
        (System::SubmissionDate, "submissionDate"),
        (System::UpdatedAt, "updatedAt"),
        (System::SubmitterId, "submitterId"),
        (System::SubmitterName, "submitterName"),
        (System::AttachmentsPresent, "attachmentsPresent"),
        (System::AttachmentsExpected, "attachmentsExpected"),
        (System::Status, "status"),
        (System::ReviewState, "reviewState"),
        (System::DeviceId, "deviceId"),
        (System::Edits, "edits"),
        (System::FormVersion, "formVersion"),
        (System::DeletedAt, "deletedAt"),
    ];

    /// Those of an entity, in the order they are written.
    pub const OF_ENTITY: [(System, &'static str); 8] = [
        (System::CreatedAt, "createdAt"),
        (System::CreatorId, "creatorId"),
        (System::CreatorName, "creatorName"),
        (System::Updates, "updates"),
        (System::UpdatedAt, "updatedAt"),
        (System::Version, "version"),
        (System::Conflict, "conflict"),
        (System::DeletedAt, "deletedAt"),
    ];
}

/// A field that an expression speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Field {
    /// The question at this node, in the table's own rows; or a property of an entity.
    Answer(usize),
    /// The question at this node, in the submission that a turn of a repeat belongs to.
    RootAnswer(usize),
    /// What the server knows.
    System(System),
    /// The row's id.
    Id,
    /// The id of what a turn of a repeat stands in.
    Parent,
}

/// A table of a form, in which names are looked up.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    /// The form.
    pub shape: &'a Shape,
    /// The repeat whose turns are the rows; none for the submissions.
    pub repeat: Option<usize>,
}

impl Table<'_> {
    /// The field of this name: a path relative to the table's rows, or from `$root/Submissions/` on.
    pub fn field(&self, path: &str) -> Option<Field> {
        if let Some(of_root) = path.strip_prefix("$root/").and_then(|rest| rest.strip_prefix(SUBMISSIONS)) {
            let field = Table { shape: self.shape, repeat: None }.field(of_root.strip_prefix('/')?)?;
            return match (field, self.repeat) {
                (Field::Answer(node), Some(_)) => Some(Field::RootAnswer(node)),
                (Field::Id, Some(_)) => None,
                (field, _) => Some(field),
            };
        }
        match (path, self.repeat) {
            ("__id", _) => return Some(Field::Id),
            (path, Some(repeat)) if path == super::parent_property(self.shape, repeat) => return Some(Field::Parent),
            (path, None) => {
                if let Some(name) = path.strip_prefix("__system/") {
                    let known = System::OF_SUBMISSION.iter().find(|(_, known)| *known == name);
                    return known.map(|(system, _)| Field::System(*system));
                }
            }
            _ => {}
        }
        self.question(path).map(Field::Answer)
    }

    /// The question at this path, relative to the table's rows, in identifiers.
    fn question(&self, path: &str) -> Option<usize> {
        let skip = self.repeat.map_or(0, |repeat| self.shape.line(repeat).len());
        let nodes = self.shape.nodes();
        let found = (0..nodes.len()).find(|at| {
            nodes[*at].repeat == self.repeat && !nodes[*at].is_structure() && {
                let names = line(self.shape, *at);
                names[skip..].join("/") == path
            }
        });
        // The name as the form has it is understood, too.
        found.or_else(|| {
            let below = self.repeat.map_or(String::new(), |repeat| format!("{}/", self.shape.node(repeat).path));
            let at = self.shape.at(&format!("{below}{path}"))?;
            (nodes[at].repeat == self.repeat && !nodes[at].is_structure()).then_some(at)
        })
    }
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Le,
    /// Greater.
    Gt,
    /// Greater or equal.
    Ge,
}

/// How two numbers make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
}

/// What can be called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Now,
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Date,
    Contains,
    StartsWith,
    EndsWith,
    ToLower,
    ToUpper,
    Trim,
    Length,
    IndexOf,
    Substring,
    Concat,
    Round,
    Floor,
    Ceiling,
}

/// The functions by name, with the fewest and the most arguments they take.
const FUNCTIONS: [(&str, Function, usize, usize); 21] = [
    ("now", Function::Now, 0, 0),
    ("year", Function::Year, 1, 1),
    ("month", Function::Month, 1, 1),
    ("day", Function::Day, 1, 1),
    ("hour", Function::Hour, 1, 1),
    ("minute", Function::Minute, 1, 1),
    ("second", Function::Second, 1, 1),
    ("date", Function::Date, 1, 1),
    ("contains", Function::Contains, 2, 2),
    ("startswith", Function::StartsWith, 2, 2),
    ("endswith", Function::EndsWith, 2, 2),
    ("tolower", Function::ToLower, 1, 1),
    ("toupper", Function::ToUpper, 1, 1),
    ("trim", Function::Trim, 1, 1),
    ("length", Function::Length, 1, 1),
    ("indexof", Function::IndexOf, 2, 2),
    ("substring", Function::Substring, 2, 3),
    ("concat", Function::Concat, 2, 2),
    ("round", Function::Round, 1, 1),
    ("floor", Function::Floor, 1, 1),
    ("ceiling", Function::Ceiling, 1, 1),
];

/// A part of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Literal(Value<'static>),
    Field(Field),
    Not(Box<Part>),
    And(Vec<Part>),
    Or(Vec<Part>),
    Compare(Comparison, Box<Part>, Box<Part>),
    In(Box<Part>, Vec<Part>),
    /// Whether a choice is among those made.
    Has(Box<Part>, Box<Part>),
    Arithmetic(Arithmetic, Box<Part>, Box<Part>),
    Call(Function, Vec<Part>),
}

/// An expression whose names are found.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression(pub(super) Part);

/// Reads an expression; `find` knows the fields.
pub fn parse(text: &str, find: &dyn Fn(&str) -> Option<Field>) -> Result<Expression, FilterError> {
    let words = words(text)?;
    let mut parser = Parser { words: &words, at: 0, end: text.len(), depth: 0, n_operators: 0, find };
    let part = parser.either()?;
    match parser.words.get(parser.at) {
        None => Ok(Expression(part)),
        Some(extra) => {
            Err(FilterError::Unreadable { at: extra.at, reason: "the expression is over, but more follows".to_owned() })
        }
    }
}

impl Expression {
    /// The fields it speaks of, each once.
    pub fn fields(&self) -> Vec<Field> {
        let (mut fields, mut waiting) = (Vec::new(), vec![&self.0]);
        while let Some(part) = waiting.pop() {
            match part {
                Part::Literal(_) => {}
                Part::Field(field) => {
                    if !fields.contains(field) {
                        fields.push(*field);
                    }
                }
                Part::Not(inner) => waiting.push(inner),
                Part::And(parts) | Part::Or(parts) | Part::Call(_, parts) => waiting.extend(parts),
                Part::In(left, parts) => {
                    waiting.push(left);
                    waiting.extend(parts);
                }
                Part::Compare(_, left, right) | Part::Has(left, right) | Part::Arithmetic(_, left, right) => {
                    waiting.extend([left.as_ref(), right.as_ref()]);
                }
            }
        }
        fields
    }

    /// What must all hold, one by one.
    pub fn conditions(self) -> Vec<Expression> {
        match self.0 {
            Part::And(parts) => parts.into_iter().flat_map(|part| Expression(part).conditions()).collect(),
            part => vec![Expression(part)],
        }
    }

    /// What one of which must hold, where this says so: the sides of an `or`, the items of an `in`.
    pub fn alternatives(&self) -> Option<Vec<Expression>> {
        match &self.0 {
            Part::Or(parts) => Some(parts.iter().map(|part| Expression(part.clone())).collect()),
            Part::In(left, items) => {
                let equal = |item: &Part| Part::Compare(Comparison::Eq, left.clone(), Box::new(item.clone()));
                Some(items.iter().map(|item| Expression(equal(item))).collect())
            }
            _ => None,
        }
    }

    /// The comparison of a field with a literal that this is, if it is one; the field stands left.
    pub fn comparison(&self) -> Option<(Field, Comparison, &Value<'static>)> {
        use Comparison::*;
        let (how, left, right) = match &self.0 {
            Part::Compare(how, left, right) => (*how, left, right),
            // Whether there is something is never unknown, so its opposite can be said as well.
            Part::Not(inner) => match inner.as_ref() {
                Part::Compare(how @ (Eq | Ne), left, right) if right.as_ref() == &Part::Literal(Value::Null) => {
                    (if *how == Eq { Ne } else { Eq }, left, right)
                }
                _ => return None,
            },
            _ => return None,
        };
        match (left.as_ref(), right.as_ref()) {
            (Part::Field(field), Part::Literal(value)) => Some((*field, how, value)),
            (Part::Literal(value), Part::Field(field)) => {
                let turned = match how {
                    Lt => Gt,
                    Le => Ge,
                    Gt => Lt,
                    Ge => Le,
                    same => same,
                };
                Some((*field, turned, value))
            }
            _ => None,
        }
    }
}

struct Parser<'a> {
    words: &'a [Placed],
    at: usize,
    end: usize,
    depth: usize,
    n_operators: usize,
    find: &'a dyn Fn(&str) -> Option<Field>,
}

impl Parser<'_> {
    fn here(&self) -> usize {
        self.words.get(self.at).map_or(self.end, |word| word.at)
    }

    fn unreadable<T>(&self, reason: &str) -> Result<T, FilterError> {
        Err(FilterError::Unreadable { at: self.here(), reason: reason.to_owned() })
    }

    /// Takes the next word if it is this operator.
    fn takes(&mut self, operator: &str) -> Result<bool, FilterError> {
        let found = matches!(self.words.get(self.at), Some(Placed { word: Word::Name(name), .. }) if name == operator);
        if found {
            self.at += 1;
            self.counts()?;
        }
        Ok(found)
    }

    fn counts(&mut self) -> Result<(), FilterError> {
        self.n_operators += 1;
        if self.n_operators > MOST_OPERATORS { Err(FilterError::TooLong) } else { Ok(()) }
    }

    fn takes_word(&mut self, word: &Word) -> bool {
        let found = self.words.get(self.at).is_some_and(|placed| placed.word == *word);
        self.at += usize::from(found);
        found
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, FilterError>) -> Result<T, FilterError> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(FilterError::TooLong);
        }
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn either(&mut self) -> Result<Part, FilterError> {
        let mut parts = vec![self.both()?];
        while self.takes("or")? {
            parts.push(self.both()?);
        }
        Ok(one_or(parts, Part::Or))
    }

    fn both(&mut self) -> Result<Part, FilterError> {
        let mut parts = vec![self.negated()?];
        while self.takes("and")? {
            parts.push(self.negated()?);
        }
        Ok(one_or(parts, Part::And))
    }

    fn negated(&mut self) -> Result<Part, FilterError> {
        // A call or a parenthesis may follow, as well as a comparison: `not (a)`, `not contains(a,'b')`, `not a eq b`.
        if self.takes("not")? {
            return Ok(Part::Not(Box::new(self.deeper(Self::negated)?)));
        }
        self.compared()
    }

    fn compared(&mut self) -> Result<Part, FilterError> {
        use Comparison::*;
        let left = self.sum()?;
        for (operator, how) in [("eq", Eq), ("ne", Ne), ("lt", Lt), ("le", Le), ("gt", Gt), ("ge", Ge)] {
            if self.takes(operator)? {
                let right = self.sum()?;
                return Ok(Part::Compare(how, Box::new(left), Box::new(right)));
            }
        }
        if self.takes("has")? {
            let right = self.sum()?;
            return Ok(Part::Has(Box::new(left), Box::new(right)));
        }
        if self.takes("in")? {
            if !self.takes_word(&Word::Open) {
                return self.unreadable("a list in parentheses is expected after `in`");
            }
            let items = self.deeper(|parser| parser.list(false))?;
            return Ok(Part::In(Box::new(left), items));
        }
        Ok(left)
    }

    fn sum(&mut self) -> Result<Part, FilterError> {
        let mut left = self.product()?;
        loop {
            let how = if self.takes("add")? {
                Arithmetic::Add
            } else if self.takes("sub")? {
                Arithmetic::Sub
            } else {
                return Ok(left);
            };
            let right = self.product()?;
            left = Part::Arithmetic(how, Box::new(left), Box::new(right));
        }
    }

    fn product(&mut self) -> Result<Part, FilterError> {
        let mut left = self.single()?;
        loop {
            let how = if self.takes("mul")? {
                Arithmetic::Mul
            } else if self.takes("div")? {
                Arithmetic::Div
            } else if self.takes("mod")? {
                Arithmetic::Mod
            } else {
                return Ok(left);
            };
            let right = self.single()?;
            left = Part::Arithmetic(how, Box::new(left), Box::new(right));
        }
    }

    fn single(&mut self) -> Result<Part, FilterError> {
        let Some(placed) = self.words.get(self.at) else { return self.unreadable("the expression ends too early") };
        self.at += 1;
        match &placed.word {
            Word::Literal(value) => Ok(Part::Literal(value.clone())),
            Word::Open => {
                let inner = self.deeper(Self::either)?;
                if !self.takes_word(&Word::Close) {
                    return self.unreadable("`)` is expected");
                }
                Ok(inner)
            }
            Word::Name(name) if self.takes_word(&Word::Open) => {
                self.counts()?;
                let arguments = self.deeper(|parser| parser.list(true))?;
                let function = FUNCTIONS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
                let Some((_, function, least, most)) = function else {
                    return Err(FilterError::Unsupported { at: placed.at, text: name.clone() });
                };
                if !(*least..=*most).contains(&arguments.len()) {
                    let reason = format!("`{name}` takes {least} to {most} arguments");
                    return Err(FilterError::Unreadable { at: placed.at, reason });
                }
                Ok(Part::Call(*function, arguments))
            }
            Word::Name(name) => match (self.find)(name) {
                Some(field) => Ok(Part::Field(field)),
                None => Err(FilterError::UnknownField { at: placed.at, text: name.chars().take(200).collect() }),
            },
            Word::Close | Word::Comma => {
                self.at -= 1;
                self.unreadable("a value is expected")
            }
        }
    }

    /// The items of a list up to its closing parenthesis.
    fn list(&mut self, may_be_empty: bool) -> Result<Vec<Part>, FilterError> {
        let mut items = Vec::new();
        if may_be_empty && self.takes_word(&Word::Close) {
            return Ok(items);
        }
        loop {
            items.push(self.either()?);
            if self.takes_word(&Word::Close) {
                return Ok(items);
            }
            if !self.takes_word(&Word::Comma) {
                return self.unreadable("`,` or `)` is expected");
            }
        }
    }
}

fn one_or(mut parts: Vec<Part>, many: impl FnOnce(Vec<Part>) -> Part) -> Part {
    match parts.len() {
        1 => parts.remove(0),
        _ => many(parts),
    }
}
