//! Cuts an expression into words.

use super::problem::FilterError;
use super::value::{Value, read_date, read_instant};

/// The longest expression read, in bytes.
const LONGEST: usize = 32 << 10;
/// The most words in one.
const MOST_WORDS: usize = 4000;

/// One word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    /// A literal.
    Literal(Value<'static>),
    /// A name or a path of names, or an operator written as a name.
    Name(String),
    Open,
    Close,
    Comma,
}

/// A word and where it begins.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) word: Word,
    pub(super) at: usize,
}

/// The words of an expression.
pub(super) fn words(text: &str) -> Result<Vec<Placed>, FilterError> {
    if text.len() > LONGEST {
        return Err(FilterError::TooLong);
    }
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(char) = text[at..].chars().next() {
        if char.is_whitespace() {
            at += char.len_utf8();
            continue;
        }
        let (word, length) = match char {
            '(' => (Word::Open, 1),
            ')' => (Word::Close, 1),
            ',' => (Word::Comma, 1),
            '\'' => quoted(&text[at..], at)?,
            '-' | '0'..='9' => number_or_date(&text[at..], at)?,
            char if char.is_alphabetic() || matches!(char, '_' | '$') => name(&text[at..]),
            char => return Err(FilterError::Unreadable { at, reason: format!("unexpected `{char}`") }),
        };
        if words.len() >= MOST_WORDS {
            return Err(FilterError::TooLong);
        }
        words.push(Placed { word, at });
        at += length;
    }
    Ok(words)
}

/// A text between single quotes, in which two of them stand for one.
fn quoted(text: &str, at: usize) -> Result<(Word, usize), FilterError> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((here, char)) = chars.next() {
        if char != '\'' {
            value.push(char);
            continue;
        }
        match chars.peek() {
            Some((_, '\'')) => {
                value.push('\'');
                chars.next();
            }
            _ => return Ok((Word::Literal(Value::text(value)), here + 1)),
        }
    }
    Err(FilterError::Unreadable { at, reason: "a text is not closed by `'`".to_owned() })
}

fn number_or_date(text: &str, at: usize) -> Result<(Word, usize), FilterError> {
    let is_part = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | '+' | '.' | ':');
    let mut length = text.find(|char| !is_part(char)).unwrap_or(text.len());
    let mut word = &text[..length];
    // An address turns the plus sign of a zone into a blank.
    if word.contains('T') && !word.contains(['Z', '+']) {
        let zone = &text.as_bytes()[length..];
        let digits =
            |range: std::ops::Range<usize>| zone.get(range).is_some_and(|part| part.iter().all(u8::is_ascii_digit));
        let is_zone = zone.first() == Some(&b' ') && digits(1..3) && zone.get(3) == Some(&b':') && digits(4..6);
        let ends = zone.get(6).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        if is_zone && ends {
            length += 6;
            word = &text[..length];
        }
    }
    let value = if let Ok(n) = word.parse::<i64>() {
        Value::Int(n)
    } else if let Some(day) = read_date(word).filter(|_| word.len() == 10) {
        Value::Date(day)
    } else if let Some(instant) = word.contains('T').then(|| read_instant(word)).flatten() {
        Value::Instant(instant)
    } else if let Some(n) = word.parse().ok().filter(|n: &f64| n.is_finite()) {
        Value::Number(n)
    } else if looks_like_uuid(word) {
        Value::text(word.to_owned())
    } else {
        let shown: String = word.chars().take(60).collect();
        return Err(FilterError::Unreadable { at, reason: format!("`{shown}` is no number, date or instant") });
    };
    Ok((Word::Literal(value), length))
}

fn looks_like_uuid(word: &str) -> bool {
    word.len() == 36 && word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// A name, or several joined by `/`. The parent's id (`__Submissions-a-id`) has hyphens in it.
fn name(text: &str) -> (Word, usize) {
    let hyphens = text.starts_with("__Submissions-");
    let is_part =
        |char: char| char.is_alphanumeric() || matches!(char, '_' | '$' | '/' | '.') || (hyphens && char == '-');
    let length = text.find(|char| !is_part(char)).unwrap_or(text.len());
    let word = &text[..length];
    let literal = match word {
        "null" => Some(Value::Null),
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        _ => None,
    };
    // A UUID may begin with a letter.
    if let Some(uuid) = text.get(..36).filter(|uuid| word.len() == 8 && looks_like_uuid(uuid)) {
        return (Word::Literal(Value::text(uuid.to_owned())), 36);
    }
    (literal.map_or_else(|| Word::Name(word.to_owned()), Word::Literal), length)
}
