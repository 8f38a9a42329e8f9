//! Computes `$filter` expressions.
//!
//! Takes an [`Expression`] and what is known of a row, and says whether the row is wanted. As in Central, nothing is
//! equal to nothing and to nothing else, and any other comparison with nothing is neither true nor false, so that its
//! `not` does not choose the row either.

use super::expression::{Arithmetic, Comparison, Expression, Field, Function, Part};
use super::value::Value;
use chrono::{DateTime, Datelike, Timelike, Utc};
use std::cmp::Ordering;

/// The moment of the request, milliseconds UTC, for `now()`.
#[derive(Clone, Copy, Debug)]
pub struct Moment(pub i64);

/// Looks up the fields of a row.
pub struct Facts<'r, 'f> {
    /// The value of a field in this row.
    pub value: &'f dyn Fn(Field) -> Value<'r>,
    /// When the request was made.
    pub now: Moment,
}

/// Whether a row is wanted: yes, no, or nothing is known.
pub type Verdict = Option<bool>;

impl Expression {
    /// Whether a row with these facts is wanted.
    pub fn wants(&self, facts: &Facts<'_, '_>) -> bool {
        truth(&self.0, facts) == Some(true)
    }
}

fn truth(part: &Part, facts: &Facts<'_, '_>) -> Verdict {
    match part {
        Part::Not(inner) => truth(inner, facts).map(|truth| !truth),
        Part::And(parts) => {
            let mut verdict = Some(true);
            for part in parts {
                match truth(part, facts) {
                    Some(false) => return Some(false),
                    None => verdict = None,
                    Some(true) => {}
                }
            }
            verdict
        }
        Part::Or(parts) => {
            let mut verdict = Some(false);
            for part in parts {
                match truth(part, facts) {
                    Some(true) => return Some(true),
                    None => verdict = None,
                    Some(false) => {}
                }
            }
            verdict
        }
        Part::Compare(how, left, right) => compared(*how, &value(left, facts), &value(right, facts)),
        Part::In(left, items) => {
            let left = value(left, facts);
            let mut verdict = Some(false);
            for item in items {
                match compared(Comparison::Eq, &left, &value(item, facts)) {
                    Some(true) => return Some(true),
                    None => verdict = None,
                    Some(false) => {}
                }
            }
            verdict
        }
        Part::Has(left, right) => {
            let (made, choice) = (value(left, facts), value(right, facts));
            let (made, choice) = (made.words()?, choice.words()?);
            Some(made.split_whitespace().any(|name| name == choice))
        }
        other => match value(other, facts) {
            Value::Bool(truth) => Some(truth),
            _ => None,
        },
    }
}

fn compared(how: Comparison, left: &Value<'_>, right: &Value<'_>) -> Verdict {
    use Comparison::*;
    let nothing = (left == &Value::Null, right == &Value::Null);
    match (how, nothing) {
        (Eq, (true, true)) => return Some(true),
        (Ne, (true, true)) => return Some(false),
        (Eq, (true, false) | (false, true)) => return Some(false),
        (Ne, (true, false) | (false, true)) => return Some(true),
        (_, (true, _) | (_, true)) => return None,
        _ => {}
    }
    let order = left.compare(right);
    match how {
        Eq => Some(order == Some(Ordering::Equal)),
        Ne => Some(order != Some(Ordering::Equal)),
        Lt => order.map(Ordering::is_lt),
        Le => order.map(Ordering::is_le),
        Gt => order.map(Ordering::is_gt),
        Ge => order.map(Ordering::is_ge),
    }
}

fn value<'r>(part: &Part, facts: &Facts<'r, '_>) -> Value<'r> {
    match part {
        Part::Literal(literal) => literal.clone(),
        Part::Field(field) => (facts.value)(*field),
        Part::Arithmetic(how, left, right) => arithmetic(*how, &value(left, facts), &value(right, facts)),
        Part::Call(function, arguments) => {
            let arguments: Vec<Value<'r>> = arguments.iter().map(|part| value(part, facts)).collect();
            call(*function, &arguments, facts.now).unwrap_or(Value::Null)
        }
        other => truth(other, facts).map_or(Value::Null, Value::Bool),
    }
}

fn arithmetic(how: Arithmetic, left: &Value<'_>, right: &Value<'_>) -> Value<'static> {
    if let (Value::Int(a), Value::Int(b)) = (left, right) {
        let whole = match how {
            Arithmetic::Add => a.checked_add(*b),
            Arithmetic::Sub => a.checked_sub(*b),
            Arithmetic::Mul => a.checked_mul(*b),
            Arithmetic::Div => a.checked_div(*b),
            Arithmetic::Mod => a.checked_rem(*b),
        };
        return whole.map_or(Value::Null, Value::Int);
    }
    let (Some(a), Some(b)) = (left.number(), right.number()) else { return Value::Null };
    let number = match how {
        Arithmetic::Add => a + b,
        Arithmetic::Sub => a - b,
        Arithmetic::Mul => a * b,
        Arithmetic::Div => a / b,
        Arithmetic::Mod => a % b,
    };
    if number.is_finite() { Value::Number(number) } else { Value::Null }
}

fn call(function: Function, arguments: &[Value<'_>], now: Moment) -> Option<Value<'static>> {
    let first = arguments.first();
    let texts = || Some((arguments.first()?.words()?, arguments.get(1)?.words()?));
    let clock = || -> Option<DateTime<Utc>> { DateTime::from_timestamp_millis(first?.instant()?) };
    let whole = |n: u32| Some(Value::Int(i64::from(n)));
    match function {
        Function::Now => Some(Value::Instant(now.0)),
        Function::Year => Some(Value::Int(i64::from(first?.date()?.year()))),
        Function::Month => whole(first?.date()?.month()),
        Function::Day => whole(first?.date()?.day()),
        Function::Hour => whole(clock()?.hour()),
        Function::Minute => whole(clock()?.minute()),
        Function::Second => whole(clock()?.second()),
        Function::Date => Some(Value::Date(first?.date()?)),
        Function::Contains => texts().map(|(text, part)| Value::Bool(text.contains(part.as_ref()))),
        Function::StartsWith => texts().map(|(text, part)| Value::Bool(text.starts_with(part.as_ref()))),
        Function::EndsWith => texts().map(|(text, part)| Value::Bool(text.ends_with(part.as_ref()))),
        Function::ToLower => Some(Value::text(first?.words()?.to_lowercase())),
        Function::ToUpper => Some(Value::text(first?.words()?.to_uppercase())),
        Function::Trim => Some(Value::text(first?.words()?.trim().to_owned())),
        Function::Length => Some(Value::Int(first?.words()?.chars().count() as i64)),
        Function::IndexOf => {
            let (text, part) = texts()?;
            let found = text.find(part.as_ref()).map(|at| text[..at].chars().count() as i64);
            Some(Value::Int(found.unwrap_or(-1)))
        }
        Function::Substring => {
            let text = first?.words()?;
            let from = usize::try_from(whole_number(arguments.get(1)?)?).unwrap_or(0);
            let length = match arguments.get(2) {
                Some(length) => usize::try_from(whole_number(length)?).unwrap_or(0),
                None => usize::MAX,
            };
            Some(Value::text(text.chars().skip(from).take(length).collect::<String>()))
        }
        Function::Concat => {
            let (a, b) = texts()?;
            (a.len() + b.len() < 1 << 16).then(|| Value::text(format!("{a}{b}")))
        }
        Function::Round => Some(Value::Number(first?.number()?.round())),
        Function::Floor => Some(Value::Number(first?.number()?.floor())),
        Function::Ceiling => Some(Value::Number(first?.number()?.ceil())),
    }
}

fn whole_number(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Int(n) => Some(*n),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Table, parse};
    use super::*;
    use crate::instance::{Shape, tests::schema};
    use proptest::prelude::*;

    /// Whether the filter wants a row with these answers, or what is wrong with it.
    fn check(filter: &str, row: &[(&str, Value<'static>)], expected: &str) {
        let shape = Shape::of(&schema(
            "name\nidp_hh integer\nshare decimal\nseen_on date\nneeds select_multiple\nsite group\nsite/p-code\nhousehold repeat\nhousehold/age integer",
        ));
        let table = Table { shape: &shape, repeat: None };
        let find = |path: &str| table.field(path);
        let said = match parse(filter, &find) {
            Err(error) => error.to_string(),
            Ok(expression) => {
                let value = |field: Field| {
                    row.iter()
                        .find(|(path, _)| table.field(path) == Some(field))
                        .map_or(Value::Null, |(_, v)| v.clone())
                };
                expression.wants(&Facts { value: &value, now: Moment(1_768_464_000_000) }).to_string()
            }
        };
        assert_eq!(said, expected, "{filter}");
    }

    #[test]
    fn answers_and_what_the_server_knows_choose_rows() {
        let row = [
            ("name", Value::text("Camp d'Espoir")),
            ("idp_hh", Value::Int(120)),
            ("share", Value::Number(0.5)),
            ("seen_on", Value::Date("2026-01-10".parse().unwrap())),
            ("needs", Value::text("water food")),
            ("site/p_code", Value::text("XS01")),
            ("__system/submissionDate", Value::Instant(1_768_464_000_000)),
            ("__system/submitterId", Value::text("5")),
        ];
        for (filter, expected) in [
            ("idp_hh gt 100 and share le 0.5", "true"),
            ("idp_hh gt 100 and not (share le 0.5)", "false"),
            ("name eq 'Camp d''Espoir'", "true"),
            ("startswith(name,'Camp') and contains(tolower(name), 'espoir')", "true"),
            ("endswith(name,'Espoir') or idp_hh eq 1", "true"),
            ("seen_on ge 2026-01-10 and seen_on lt 2026-01-11", "true"),
            ("seen_on eq '2026-01-10'", "true"),
            ("month(seen_on) eq 1 and year(now()) eq 2026", "true"),
            ("needs has 'food' and not (needs has 'foo')", "true"),
            ("site/p_code in ('XS01','XS02')", "true"),
            ("site/p-code eq 'XS01'", "`-code` is no number, date or instant at 6"),
            ("idp_hh in (1, 2)", "false"),
            ("idp_hh add 5 mul 2 eq 130", "true"),
            ("idp_hh div 0 eq 1", "false"),
            ("__system/submissionDate ge 2026-01-15T08:00:00.000Z", "true"),
            ("__system/submissionDate ge 2026-01-15T09:00:00 01:00", "true"),
            ("__system/submissionDate lt 2026-01-15T09:00:00+01:00", "false"),
            ("__system/submissionDate gt 2015-01-01", "true"),
            ("hour(__system/submissionDate) eq 8", "true"),
            ("__system/submitterId eq 5", "true"),
            ("$root/Submissions/__system/reviewState eq null", "true"),
            ("__system/deletedAt eq null", "true"),
            ("not __system/deletedAt eq null", "false"),
            ("substring(name, 5) eq 'd''Espoir' and length(name) eq 13", "true"),
            ("true", "true"),
        ] {
            check(filter, &row, expected);
        }
    }

    #[test]
    fn a_comparison_with_nothing_chooses_no_row_nor_does_its_opposite() {
        check("idp_hh gt 5", &[], "false");
        check("not (idp_hh gt 5)", &[], "false");
        check("idp_hh eq null", &[], "true");
        check("idp_hh ne 5", &[], "true");
        check("null eq null", &[], "true");
        check("contains(name,'x') or idp_hh eq null", &[], "true");
    }

    #[test]
    fn what_cannot_be_read_says_where_it_goes_wrong() {
        for (filter, expected) in [
            ("", "the expression ends too early at 0"),
            ("idp_hh gt", "the expression ends too early at 9"),
            ("idp_hh gt 5 6", "the expression is over, but more follows at 12"),
            ("(idp_hh gt 5", "`)` is expected at 12"),
            ("name eq 'x", "a text is not closed by `'` at 8"),
            ("age gt 5", "the table has no field `age` (at 0)"),
            ("household/age gt 5", "the table has no field `household/age` (at 0)"),
            ("geo.distance(name, 5) lt 1", "`geo.distance` at 0 is not supported"),
            ("contains(name)", "`contains` takes 2 to 2 arguments at 0"),
            ("idp_hh eq 12x", "`12x` is no number, date or instant at 10"),
            ("name eq \u{1F600}", "unexpected `\u{1F600}` at 8"),
        ] {
            check(filter, &[], expected);
        }
        check(
            &format!("{}true{}", "(".repeat(100), ")".repeat(100)),
            &[],
            "the expression is too long or nests too deeply",
        );
        check(&format!("{}true", "not ".repeat(500)), &[], "the expression is too long or nests too deeply");
        check(&format!("1{} eq 1", " add 1".repeat(5000)), &[], "the expression is too long or nests too deeply");
        check(&"x".repeat(40_000), &[], "the expression is too long or nests too deeply");
        check(&vec!["idp_hh eq 1"; 100].join(" or "), &[], "false");
    }

    proptest! {
        #[test]
        fn no_text_brings_the_reader_down(text in "\\PC{0,60}") {
            let _ = parse(&text, &|_| Some(Field::Id));
        }

        #[test]
        fn no_words_bring_the_reader_down(words in proptest::collection::vec(prop_oneof![
            Just("("), Just(")"), Just(","), Just("not"), Just("and"), Just("or"), Just("eq"), Just("lt"), Just("in"), Just("has"),
            Just("add"), Just("mod"), Just("name"), Just("'a'"), Just("5"), Just("-0.5"), Just("null"), Just("now()"), Just("year("),
            Just("substring("), Just("2026-01-01"), Just("2026-01-01T00:00:00+25"), Just("é")], 0..40)) {
            if let Ok(expression) = parse(&words.join(" "), &|_| Some(Field::Id)) {
                let value = |_: Field| Value::text("2026-01-01");
                let _ = expression.wants(&Facts { value: &value, now: Moment(0) });
            }
        }
    }
}
