//! Finds what matters in an XPath expression without understanding all of it.
//!
//! Takes the text of a cell; returns the references `${name}` with what surrounds them, and notes unbalanced
//! brackets, open quotes, malformed references and functions that nobody has. Phones evaluate the rest.

use super::cells::{Cell, is_name_char, is_name_start};
use super::problem::Problems;

/// `${name}` or `${last-saved#name}` in a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reference<'a> {
    /// Byte range of the whole reference.
    pub(super) range: std::ops::Range<usize>,
    pub(super) name: &'a str,
    pub(super) last_saved: bool,
}

/// Whether a text may hold a reference.
pub(super) fn mentions(text: &str) -> bool {
    text.contains("${")
}

/// The name of a text that is one reference and nothing else.
pub(super) fn sole_reference(text: &str) -> Option<&str> {
    match parse_reference(text, 0) {
        Some(Ok((reference, end))) if end == text.len() => Some(reference.name),
        _ => None,
    }
}

/// Reads a reference that begins at `start`; an error is the end of what looked like one. Empty braces are plain text.
fn parse_reference(text: &str, start: usize) -> Option<Result<(Reference<'_>, usize), usize>> {
    let rest = text.get(start..)?.strip_prefix("${")?;
    let Some(length) = rest.find('}') else { return Some(Err(text.len())) };
    if length == 0 {
        return None;
    }
    let (inner, end) = (&rest[..length], start + 2 + length + 1);
    let (name, last_saved) = match inner.strip_prefix("last-saved#") {
        Some(name) => (name, true),
        None => (inner, false),
    };
    let mut chars = name.chars();
    if !(chars.next().is_some_and(is_name_start) && chars.all(is_name_char)) {
        return Some(Err(end));
    }
    let reference = Reference { range: start..end, name, last_saved };
    Some(Ok((reference, end)))
}

/// The references of any text, in which quotes and brackets mean nothing.
pub(super) fn scan_text<'a>(cell: &'a Cell, problems: &mut Problems) -> Vec<Reference<'a>> {
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(at) = cell.text[from..].find("${") {
        let start = from + at;
        from = match parse_reference(&cell.text, start) {
            Some(Ok((reference, end))) => {
                found.push(reference);
                end
            }
            Some(Err(end)) => {
                problems.note("reference_malformed", cell.at, &cell.text[start..end]);
                end
            }
            None => start + 2,
        };
    }
    found
}

/// What a bracket of an expression belongs to.
struct Open {
    closes_with: char,
    at: usize,
}

/// The references of an expression, and its faults.
pub(super) fn scan_expression<'a>(cell: &'a Cell, problems: &mut Problems) -> Vec<Reference<'a>> {
    let text = cell.text.as_str();
    let (mut found, mut open, mut at) = (Vec::new(), Vec::<Open>::new(), 0);
    let mut quote: Option<(char, usize)> = None;
    let mut name_start: Option<usize> = None;
    while let Some(c) = text[at..].chars().next() {
        let next = at + c.len_utf8();
        // References count inside of quotes as well: XLSForm replaces them wherever they stand.
        if c == '$'
            && let Some(parsed) = parse_reference(text, at)
        {
            match parsed {
                Ok((reference, end)) => {
                    found.push(reference);
                    at = end;
                }
                Err(end) => {
                    problems.note("reference_malformed", cell.at, &text[at..end]);
                    at = end;
                }
            }
            name_start = None;
            continue;
        }
        if let Some((mark, _)) = quote {
            if c == mark {
                quote = None;
            }
            at = next;
            continue;
        }
        let continues_name = if name_start.is_some() { is_name_char(c) || c == ':' } else { is_name_start(c) };
        if continues_name {
            name_start.get_or_insert(at);
            at = next;
            continue;
        }
        let name = name_start.take().map_or("", |start| &text[start..at]);
        match c {
            '\'' | '"' => quote = Some((c, at)),
            '(' => {
                check_function(name, cell, problems);
                open.push(Open { closes_with: ')', at });
            }
            '[' => open.push(Open { closes_with: ']', at }),
            ')' | ']' if open.pop().is_none_or(|opened| opened.closes_with != c) => {
                problems.note("parenthesis_unbalanced", cell.at, &around(text, at));
            }
            // A blank may stand between a function and its parenthesis.
            ' ' if !name.is_empty() && text[next..].starts_with('(') && is_function(name) => {
                open.push(Open { closes_with: ')', at: next });
                at = next + 1;
                continue;
            }
            _ => {}
        }
        at = next;
    }
    if let Some((_, start)) = quote {
        problems.note("quote_unclosed", cell.at, &text[start..].chars().take(20).collect::<String>());
    } else if let Some(left) = open.last() {
        problems.note("parenthesis_unbalanced", cell.at, &around(text, left.at));
    }
    found
}

/// A bracket and a few characters behind it, so that a person can find it.
fn around(text: &str, at: usize) -> String {
    text[at..].chars().take(20).collect()
}

/// The stretches of a label that are paths into a secondary instance, `instance('x')/root/item[name = ${y}]/label`.
pub(super) fn instance_paths(text: &str) -> Vec<std::ops::Range<usize>> {
    let (mut found, mut from) = (Vec::new(), 0);
    while let Some(offset) = text[from..].find("instance(") {
        let start = from + offset;
        let end = end_of_path(text, start);
        if text[start..end].contains('/') {
            found.push(start..end);
        }
        from = end;
    }
    found
}

fn end_of_path(text: &str, start: usize) -> usize {
    let (mut depth, mut quote) = (0_usize, None);
    for (offset, c) in text[start..].char_indices() {
        match (quote, c) {
            (Some(mark), _) if c == mark => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') if depth > 0 => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ')' | ']') if depth > 0 => depth -= 1,
            (None, _) if depth > 0 => {}
            (None, _) if c == '/' || c == ':' || is_name_char(c) => {}
            _ => return start + offset,
        }
    }
    text.len()
}

fn check_function(name: &str, cell: &Cell, problems: &mut Problems) {
    let not_a_function = matches!(name, "" | "and" | "or" | "div" | "mod") || name.contains(':');
    if not_a_function || is_function(name) {
        return;
    }
    let suggestion = problems.suggest(name, FUNCTIONS.iter().copied());
    problems.note_with("function_unknown", cell.at, name, "", suggestion);
}

fn is_function(name: &str) -> bool {
    FUNCTIONS.contains(&name)
}

/// The functions of ODK XForms, and those that Kobo's and older clients know besides.
const FUNCTIONS: &[&str] = &[
    "abs",
    "acos",
    "area",
    "asin",
    "atan",
    "atan2",
    "base64-decode",
    "boolean",
    "boolean-from-string",
    "ceiling",
    "checklist",
    "coalesce",
    "comment",
    "concat",
    "contains",
    "cos",
    "count",
    "count-non-empty",
    "count-selected",
    "current",
    "date",
    "date-time",
    "decimal-date",
    "decimal-date-time",
    "decimal-time",
    "digest",
    "distance",
    "ends-with",
    "enclosed-area",
    "exp",
    "exp10",
    "extract-signed",
    "false",
    "floor",
    "format-date",
    "format-date-time",
    "geofence",
    "hash",
    "id",
    "if",
    "indexed-repeat",
    "instance",
    "int",
    "intersects",
    "is-null",
    "join",
    "jr:choice-name",
    "jr:itext",
    "lang",
    "last",
    "local-name",
    "log",
    "log10",
    "lookup",
    "lower-case",
    "max",
    "min",
    "name",
    "namespace-uri",
    "node",
    "normalize-space",
    "not",
    "now",
    "number",
    "once",
    "pi",
    "position",
    "pow",
    "power",
    "processing-instruction",
    "property",
    "pulldata",
    "random",
    "randomize",
    "regex",
    "replace",
    "reverse",
    "round",
    "search",
    "selected",
    "selected-at",
    "sin",
    "sort",
    "sort-by",
    "sqrt",
    "starts-with",
    "string",
    "string-length",
    "substr",
    "substring",
    "substring-after",
    "substring-before",
    "sum",
    "tan",
    "text",
    "thousands-sep",
    "time",
    "today",
    "translate",
    "true",
    "unix-time",
    "upper-case",
    "uuid",
    "version",
    "weighted-checklist",
];

/// Whether a default is computed when a form opens, rather than written into it: it holds a reference, a function
/// or arithmetic. In a date or a position a hyphen is no arithmetic.
pub(super) fn is_dynamic_default(text: &str, hyphen_is_plain: bool) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &text[at..];
        if let Some(length) = date_or_time(&bytes[at..]).or_else(|| number(&bytes[at..])) {
            at += length;
            continue;
        }
        let c = rest.chars().next().expect("the position is before the end");
        match c {
            '-' if hyphen_is_plain => return false,
            '*' | '+' | '-' | '|' => return true,
            ' ' if rest.starts_with(" mod ") || rest.starts_with(" div ") => return true,
            '\'' | '"' => at += rest[1..].find(c).map_or(1, |length| length + 2),
            '$' if matches!(parse_reference(text, at), Some(Ok(_))) => return true,
            _ if is_name_start(c) => {
                at += rest.find(|c: char| !(is_name_char(c) || c == ':')).unwrap_or(rest.len());
                if bytes.get(at) == Some(&b'(') {
                    return true;
                }
            }
            _ => at += c.len_utf8(),
        }
    }
    false
}

fn digits(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn date_or_time(bytes: &[u8]) -> Option<usize> {
    let shape = |pattern: &[u8], bytes: &[u8]| {
        bytes.len() >= pattern.len()
            && pattern.iter().zip(bytes).all(|(p, b)| if *p == b'0' { b.is_ascii_digit() } else { p == b })
    };
    let sign = usize::from(bytes.first() == Some(&b'-'));
    if shape(b"0000-00-00", &bytes[sign..]) {
        let date = sign + 10;
        return Some(match bytes.get(date) {
            Some(b'T') => date_or_time(&bytes[date + 1..]).map_or(date, |time| date + 1 + time),
            _ => date,
        });
    }
    if !shape(b"00:00:00", bytes) {
        return None;
    }
    // A fraction of a second is a number of its own, as XLSForm tools read it.
    let mut end = 8;
    match bytes.get(end) {
        Some(b'Z') => end += 1,
        Some(b'+' | b'-') if shape(b"00:00", &bytes[end + 1..]) => end += 6,
        _ => {}
    }
    Some(end)
}

fn number(bytes: &[u8]) -> Option<usize> {
    let sign = usize::from(bytes.first() == Some(&b'-'));
    let whole = digits(&bytes[sign..]);
    let mut end = sign + whole;
    if bytes.get(end) == Some(&b'.') {
        let fraction = digits(&bytes[end + 1..]);
        if whole + fraction == 0 {
            return None;
        }
        end += 1 + fraction;
    }
    (whole > 0 || end > sign).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::super::problem::{At, SheetId};
    use super::*;

    fn cell(text: &str) -> Cell {
        Cell { text: text.to_owned(), at: At::row(SheetId::Survey, 2).column(0) }
    }

    fn faults(text: &str) -> Vec<String> {
        let mut problems = Problems::default();
        scan_expression(&cell(text), &mut problems);
        problems.into_sorted().iter().map(|problem| problem.message(dtm_model::Lang::En)).collect()
    }

    #[test]
    fn faults_of_an_expression_are_named() {
        assert!(faults("if(selected(${a}, 'x (y'), 1, 2) and . >= 0").is_empty());
        assert!(faults("not (${a} = 1) and count ( ${b} ) > 2").is_empty());
        assert_eq!(faults("if(${a} = 1, 2"), ["“(${a} = 1, 2” has no partner in this expression."]);
        assert_eq!(faults("${a} = 1)"), ["“)” has no partner in this expression."]);
        assert_eq!(faults("${a} = 'x"), ["A quoted text that begins with 'x does not end."]);
        assert_eq!(faults("selcted(${a}, 'x')"), ["There is no function “selcted”. Did you mean “selected”?"]);
        assert!(faults("${} = 1").is_empty());
        assert!(faults("${ a } = 1")[0].starts_with("“${ a }” is no reference"));
        assert!(faults("${a = 1")[0].starts_with("“${a = 1” is no reference"));
    }

    #[test]
    fn defaults_are_told_apart() {
        for dynamic in ["${a}", "now()", "1 + 1", "2 * 3", "a | b", "once(uuid())"] {
            assert!(is_dynamic_default(dynamic, false), "{dynamic}");
        }
        for fixed in
            ["yes", "-5", "1.5", "2023-02-20", "10:00:00", "a-b", "'1 + 1'", "non, merci", "éclair", "item[1]", "1-2"]
        {
            assert!(!is_dynamic_default(fixed, false), "{fixed}");
        }
        assert!(!is_dynamic_default("1 - 2", true));
    }

    #[test]
    fn paths_into_instances_are_found_in_labels() {
        let label = "You said instance('l')/root/item[name = '/ (']/label, right?";
        let found: Vec<&str> = instance_paths(label).into_iter().map(|range| &label[range]).collect();
        assert_eq!(found, ["instance('l')/root/item[name = '/ (']/label"]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_scanned_without_panic(text in "[${}a-z()\\[\\]'\"|, é:/.#0-9-]{0,40}") {
            let source = cell(&text);
            scan_expression(&source, &mut Problems::default());
            scan_text(&source, &mut Problems::default());
            instance_paths(&text);
            is_dynamic_default(&text, false);
            sole_reference(&text);
        }
    }
}
