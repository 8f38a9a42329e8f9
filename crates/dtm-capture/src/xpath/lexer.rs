//! Cuts an expression into tokens.
//!
//! In: the text of an expression. Out: its tokens, or where it stops making sense. Whether `*`, `-` and words such as
//! `and` are operators follows from what stands before them, as XPath 1.0 §3.7 says. Only the lower-case operators exist.

use super::{MAX_EXPRESSION_BYTES, XPathError};

/// The smallest parts of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name, perhaps with a prefix.
    Name(String),
    Number(f64),
    Text(String),
    /// An operator or mark, spelt as it is written; `*` is multiplication here.
    Mark(&'static str),
    /// `*` where a name could stand.
    Any,
}

const MARKS: [&str; 22] = [
    "!=", "<=", ">=", "//", "..", "::", "=", "<", ">", "+", "-", "|", "/", "[", "]", "(", ")", ".", "@", ",", "*", "$",
];
const WORDS: [&str; 4] = ["and", "or", "div", "mod"];

/// The tokens of an expression.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, XPathError> {
    if text.len() > MAX_EXPRESSION_BYTES {
        return Err(XPathError::TooLong);
    }
    let mut tokens: Vec<Token> = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches([' ', '\n', '\t', '\r', '\u{c}']);
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        let (token, length) = next(rest, first, after_operand(tokens.last()))
            .ok_or_else(|| XPathError::Syntax { at: text.len() - rest.len() })?;
        tokens.push(token);
        rest = &rest[length..];
    }
}

/// The word at which an expression stops making sense, as [`XPathError::Syntax`] says where; none at its end.
pub(crate) fn word_at(text: &str, at: usize) -> Option<String> {
    match tokens(text) {
        Err(XPathError::Syntax { at }) => text.get(at..)?.split_whitespace().next().map(str::to_owned),
        Err(_) => None,
        Ok(tokens) => tokens.get(at).map(|token| match token {
            Token::Name(name) => name.clone(),
            Token::Number(number) => number.to_string(),
            Token::Text(text) => format!("'{text}'"),
            Token::Mark(mark) => (*mark).to_owned(),
            Token::Any => "*".to_owned(),
        }),
    }
}

/// Whether what comes next must be an operator.
fn after_operand(last: Option<&Token>) -> bool {
    match last {
        None => false,
        Some(Token::Mark(mark)) => matches!(*mark, "]" | ")" | "." | ".."),
        Some(_) => true,
    }
}

fn next(rest: &str, first: char, after_operand: bool) -> Option<(Token, usize)> {
    if first.is_ascii_digit() || (first == '.' && rest[1..].starts_with(|char: char| char.is_ascii_digit())) {
        return number(rest);
    }
    if matches!(first, '\'' | '"') {
        let inside = rest[1..].find(first)?;
        return Some((Token::Text(rest[1..=inside].to_owned()), inside + 2));
    }
    if after_operand && let Some(word) = WORDS.iter().find(|word| rest.starts_with(**word)) {
        return Some((Token::Mark(word), word.len()));
    }
    if let Some(mark) = MARKS.iter().find(|mark| rest.starts_with(**mark)) {
        let token = if *mark == "*" && !after_operand { Token::Any } else { Token::Mark(mark) };
        return Some((token, mark.len()));
    }
    let length = name_length(rest);
    (length > 0 && !after_operand).then(|| (Token::Name(rest[..length].to_owned()), length))
}

fn number(rest: &str) -> Option<(Token, usize)> {
    let mut seen_point = false;
    let end =
        rest.find(|char: char| !(char.is_ascii_digit() || (char == '.' && !std::mem::replace(&mut seen_point, true))));
    let digits = &rest[..end.unwrap_or(rest.len())];
    Some((Token::Number(digits.parse().ok()?), digits.len()))
}

/// The length of `name` or `prefix:name` at the start.
fn name_length(text: &str) -> usize {
    let first = plain_name_length(text);
    if first > 0 && text[first..].starts_with(':') {
        let second = plain_name_length(&text[first + 1..]);
        if second > 0 {
            return first + 1 + second;
        }
    }
    first
}

fn plain_name_length(text: &str) -> usize {
    let starts = |char: char| char.is_alphabetic() || char == '_';
    if !text.starts_with(starts) {
        return 0;
    }
    let inside =
        |char: char| starts(char) || char.is_numeric() || matches!(char, '-' | '.' | '\u{B7}' | '\u{300}'..='\u{36F}');
    text.find(|char: char| !inside(char)).unwrap_or(text.len())
}
