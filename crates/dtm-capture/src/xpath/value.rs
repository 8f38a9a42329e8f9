//! Values of expressions and how one kind becomes another, by JavaRosa's rules.
//!
//! An empty answer is an empty text, and an empty text is not a number. Dates become whole days since 1970 where a number
//! is asked for. Numbers are written as Java writes them, since forms put them into texts.

use super::time::LocalTime;
use super::{NodeAt, XPathError};
use std::sync::Arc;

/// What an expression gives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Truth(bool),
    Number(f64),
    Text(Arc<str>),
    Time(LocalTime),
    /// Nodes of the document of this number.
    Nodes(u32, Vec<NodeAt>),
}

/// Numbers nearer to each other than this are the same.
const NEAR: f64 = 1e-12;

impl Value {
    /// The empty answer.
    pub(crate) fn empty() -> Value {
        Value::Text("".into())
    }

    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Value::Text(text) => text.is_empty(),
            Value::Number(number) => number.is_nan(),
            Value::Nodes(_, nodes) => nodes.is_empty(),
            Value::Truth(_) | Value::Time(_) => false,
        }
    }

    /// As true or false; nodes must have been taken for their value before.
    pub(crate) fn truth(&self) -> bool {
        match self {
            Value::Truth(truth) => *truth,
            Value::Number(number) => number.abs() > NEAR && !number.is_nan(),
            Value::Text(text) => !text.is_empty(),
            Value::Time(_) => true,
            Value::Nodes(_, nodes) => !nodes.is_empty(),
        }
    }

    /// As a number; a date is its day.
    pub(crate) fn number(&self) -> f64 {
        match self {
            Value::Truth(truth) => f64::from(u8::from(*truth)),
            Value::Number(number) => *number,
            Value::Text(text) => read_number(text),
            Value::Time(time) => time.day() as f64,
            Value::Nodes(..) => f64::NAN,
        }
    }

    /// As a number; a date keeps its time of day.
    pub(crate) fn fraction(&self) -> f64 {
        match self {
            Value::Time(time) => time.days(),
            other => other.number(),
        }
    }

    /// As a text.
    pub(crate) fn text(&self) -> Arc<str> {
        match self {
            Value::Truth(true) => "true".into(),
            Value::Truth(false) => "false".into(),
            Value::Number(number) => write_number(*number).into(),
            Value::Text(text) => text.clone(),
            Value::Time(time) => time.date_text().into(),
            Value::Nodes(..) => "".into(),
        }
    }

    /// Whether two values are equal: as truths if one is a truth, else as numbers if one is a number, else as texts.
    pub(crate) fn equals(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Truth(_), _) | (_, Value::Truth(_)) => self.truth() == other.truth(),
            (Value::Number(_), _) | (_, Value::Number(_)) => (self.number() - other.number()).abs() < NEAR,
            _ => self.text() == other.text(),
        }
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Value {
        Value::Truth(truth)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Value {
        Value::Number(number)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text.into())
    }
}

/// Reads digits, a minus sign and a point or comma, and nothing else.
pub(crate) fn read_number(text: &str) -> f64 {
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b',')) {
        return f64::NAN;
    }
    if text.contains(',') {
        return text.replace(',', ".").parse().unwrap_or(f64::NAN);
    }
    text.parse().unwrap_or(f64::NAN)
}

/// A number as a text: whole where it is whole and not large, else as Java writes it.
fn write_number(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number < 0.0 { "-Infinity".to_owned() } else { "Infinity".to_owned() }
    } else if number.abs() < NEAR {
        "0".to_owned()
    } else if (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(&number) && (number - number.trunc()).abs() < NEAR {
        format!("{}", number.trunc() as i64)
    } else {
        java_number(number)
    }
}

/// A number as Java's `Double.toString` writes it.
pub(crate) fn java_number(number: f64) -> String {
    let size = number.abs();
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{number:?}");
    }
    if !number.is_finite() {
        return write_number(number);
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    if digits.contains('.') { format!("{digits}E{exponent}") } else { format!("{digits}.0E{exponent}") }
}

/// A text no longer than allowed.
pub(crate) fn bounded(text: String) -> Result<Value, XPathError> {
    if text.len() > super::MAX_TEXT_BYTES { Err(XPathError::TextTooLong) } else { Ok(text.into()) }
}
