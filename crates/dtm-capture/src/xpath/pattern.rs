//! Regular expressions written for Java, turned into ours.
//!
//! In: a Java pattern. Out: a compiled one that matches whole answers only. In Java `\d`, `\w` and `\s` mean ASCII, a code
//! point is `\u0041`, and `\Q…\E` quotes; classes and look-around are alike. Backtracking is bounded.

use super::XPathError;
use fancy_regex::{Regex, RegexBuilder};

/// The longest pattern read.
const MAX_PATTERN_BYTES: usize = 10_000;
/// Steps back that one match may take.
const BACKTRACK_LIMIT: usize = 100_000;
/// Bytes that a compiled pattern may take.
const MAX_COMPILED_BYTES: usize = 2 << 20;

/// Compiles a Java pattern.
pub(super) fn compile(java: &str) -> Result<Regex, XPathError> {
    if java.len() > MAX_PATTERN_BYTES {
        return Err(XPathError::BadPattern);
    }
    let pattern = format!("\\A(?:{})\\z", translate(java));
    RegexBuilder::new(&pattern)
        .backtrack_limit(BACKTRACK_LIMIT)
        .delegate_size_limit(MAX_COMPILED_BYTES)
        .delegate_dfa_size_limit(MAX_COMPILED_BYTES)
        .build()
        .map_err(|_| XPathError::BadPattern)
}

/// Whether the whole text matches.
pub(super) fn matches(regex: &Regex, text: &str) -> Result<bool, XPathError> {
    regex.is_match(text).map_err(|_| XPathError::PatternTooSlow)
}

fn translate(java: &str) -> String {
    let mut out = String::with_capacity(java.len() + 16);
    let mut rest = java;
    let mut in_class = 0_u32;
    let mut last_in_class = '\0';
    while let Some(char) = rest.chars().next() {
        let after = &rest[char.len_utf8()..];
        if char == '\\' {
            rest = escape(after, in_class > 0, &mut out);
            last_in_class = '\0';
            continue;
        }
        match char {
            '[' => in_class += 1,
            ']' => in_class = in_class.saturating_sub(1),
            // Doubled, these mean something inside a class to us and nothing to Java.
            '-' | '~' if in_class > 0 && last_in_class == char => out.push('\\'),
            _ => {}
        }
        last_in_class = char;
        out.push(char);
        rest = after;
    }
    out
}

/// Translates what stands after a backslash; returns what follows it.
fn escape<'a>(after: &'a str, in_class: bool, out: &mut String) -> &'a str {
    let Some(letter) = after.chars().next() else {
        out.push('\\');
        return after;
    };
    let rest = &after[letter.len_utf8()..];
    let ascii = |inside: &str, out: &mut String| {
        if in_class { out.push_str(inside) } else { out.push_str(&format!("[{inside}]")) }
    };
    match letter {
        'd' => ascii("0-9", out),
        'w' => ascii("A-Za-z0-9_", out),
        's' => ascii(r" \t\n\x0B\f\r", out),
        'D' => out.push_str("[^0-9]"),
        'W' => out.push_str("[^A-Za-z0-9_]"),
        'S' => out.push_str(r"[^ \t\n\x0B\f\r]"),
        'h' => ascii(r" \t\xA0", out),
        'e' => out.push_str(r"\x1B"),
        'u' => {
            let digits = rest.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
            if let Some(digits) = digits {
                out.push_str(&format!("\\x{{{digits}}}"));
                return &rest[4..];
            }
            out.push('u');
        }
        'Q' => {
            let (quoted, rest) = rest.split_once("\\E").unwrap_or((rest, ""));
            out.push_str(&fancy_regex::escape(quoted));
            return rest;
        }
        'p' | 'P' => return property(letter, rest, out),
        'Z' => out.push_str(r"\n?\z"),
        // Ours knows no other letters than Java does; anything else stands for itself.
        letter if letter.is_ascii_alphanumeric() => {
            out.push('\\');
            out.push(letter);
        }
        letter if letter.is_ascii_punctuation() && !matches!(letter, '<' | '>') => {
            out.push('\\');
            out.push(letter);
        }
        letter => out.push(letter),
    }
    rest
}

/// A class of characters by name: Java's own names are ASCII.
fn property<'a>(letter: char, rest: &'a str, out: &mut String) -> &'a str {
    let Some((name, after)) = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) else {
        out.push('\\');
        out.push(letter);
        return rest;
    };
    let ascii = match name {
        "Alpha" => "alpha",
        "Digit" => "digit",
        "Alnum" => "alnum",
        "Upper" => "upper",
        "Lower" => "lower",
        "Punct" => "punct",
        "Space" => "space",
        "Blank" => "blank",
        "XDigit" => "xdigit",
        "Graph" => "graph",
        "Print" => "print",
        "Cntrl" => "cntrl",
        "ASCII" => "ascii",
        _ => "",
    };
    if !ascii.is_empty() {
        let not = if letter == 'P' { "^" } else { "" };
        out.push_str(&format!("[[:{not}{ascii}:]]"));
        return after;
    }
    let name = name.strip_prefix("Is").or(name.strip_prefix("In")).unwrap_or(name);
    out.push_str(&format!("\\{letter}{{{name}}}"));
    after
}
