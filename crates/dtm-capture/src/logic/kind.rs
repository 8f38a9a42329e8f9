//! Types of answers: reading them as values, and holding a calculated value against what was sent.

use crate::xpath::{LocalTime, Value, java_number, read_clock, read_number, read_time};

/// What a question holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Whole,
    Decimal,
    Date,
    DateTime,
    Time,
    Truth,
    Places,
}

impl Kind {
    /// The kind that a bind's type means.
    pub(super) fn of(bind_type: &str) -> Kind {
        match bind_type.rsplit(':').next().unwrap_or("").trim() {
            "int" | "integer" | "long" | "short" | "nonNegativeInteger" | "positiveInteger" => Kind::Whole,
            "decimal" | "double" | "float" => Kind::Decimal,
            "date" => Kind::Date,
            "dateTime" => Kind::DateTime,
            "time" => Kind::Time,
            "boolean" => Kind::Truth,
            "geopoint" | "geotrace" | "geoshape" => Kind::Places,
            _ => Kind::Text,
        }
    }

    /// The type as forms write it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Text => "string",
            Kind::Whole => "int",
            Kind::Decimal => "decimal",
            Kind::Date => "date",
            Kind::DateTime => "dateTime",
            Kind::Time => "time",
            Kind::Truth => "boolean",
            Kind::Places => "geopoint",
        }
    }

    /// An answer as a value; none if it is not of this kind.
    pub(super) fn read(self, text: &str, offset_minutes: i32, today: LocalTime) -> Option<Value> {
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Some(Value::empty());
        }
        match self {
            Kind::Text => Some(text.into()),
            Kind::Whole => Some(read_number(trimmed)).filter(|number| number.fract() == 0.0).map(Value::Number),
            // Some phones write large numbers with an exponent.
            Kind::Decimal => trimmed.parse().ok().filter(|number: &f64| number.is_finite()).map(Value::Number),
            Kind::Date => read_time(trimmed, offset_minutes).map(|time| Value::Time(time.midnight())),
            Kind::DateTime => read_time(trimmed, offset_minutes).filter(|_| trimmed.contains('T')).map(Value::Time),
            Kind::Time => {
                let (millis, offset) = read_clock(trimmed)?;
                let shift = offset.map_or(0, |offset| i64::from(offset_minutes - offset) * 60_000);
                let in_day = (millis + shift).rem_euclid(86_400_000);
                LocalTime::from_millis(today.midnight().millis() + in_day).map(Value::Time)
            }
            Kind::Truth => match trimmed {
                "true" | "1" => Some(true.into()),
                "false" | "0" => Some(false.into()),
                _ => None,
            },
            Kind::Places => places(trimmed).map(Value::from),
        }
    }

    /// What a calculated value becomes when it is put into a question of this kind.
    pub(super) fn keep(self, value: Value) -> Value {
        match (self, value) {
            (Kind::Whole, Value::Number(number)) if number.is_finite() => Value::Number(number.trunc()),
            (Kind::DateTime | Kind::Time, Value::Time(time)) => Value::Time(time),
            (_, Value::Time(time)) => Value::Time(time.midnight()),
            (Kind::Truth, value) if !value.is_empty() => Value::Truth(value.truth()),
            (_, value) => value,
        }
    }

    /// A sent text as the sort of value that the calculation gives, so that «0» where a truth is calculated is no text.
    pub(super) fn read_like(self, text: &str, calculated: &Value, read: Value) -> Value {
        match (calculated, text.trim()) {
            (Value::Truth(_), "true" | "1") => Value::Truth(true),
            (Value::Truth(_), "false" | "0") => Value::Truth(false),
            (Value::Number(_), text) if !read_number(text).is_nan() => Value::Number(read_number(text)),
            _ => read,
        }
    }
}

/// Positions as phones show them to expressions: every number with its fraction.
fn places(text: &str) -> Option<String> {
    let mut parts = Vec::new();
    for part in text.split(';').map(str::trim).filter(|part| !part.is_empty()) {
        let numbers: Option<Vec<f64>> = part.split_whitespace().map(|number| number.parse().ok()).collect();
        let numbers = numbers.filter(|numbers| (2..=4).contains(&numbers.len()))?;
        let valid =
            numbers.iter().all(|number| number.is_finite()) && numbers[0].abs() <= 90.0 && numbers[1].abs() <= 180.0;
        if !valid {
            return None;
        }
        parts.push(numbers.into_iter().map(java_number).collect::<Vec<_>>().join(" "));
    }
    Some(parts.join("; "))
}

/// Whether what was sent is what was calculated, however it is written.
pub(super) fn agree(calculated: &Value, sent: &str, offset_minutes: i32) -> bool {
    let sent = sent.trim();
    if calculated.is_empty() || sent.is_empty() {
        return calculated.is_empty() == sent.is_empty() || calculated.text().trim() == sent;
    }
    match calculated {
        Value::Truth(truth) => matches!((truth, sent), (true, "true" | "1") | (false, "false" | "0")),
        Value::Number(number) => same_number(*number, sent),
        Value::Time(time) => {
            time.date_text() == sent
                || read_time(sent, offset_minutes).is_some_and(|other| other == *time || other.midnight() == *time)
                || read_clock(sent).is_some_and(|(millis, _)| millis == time.millis().rem_euclid(86_400_000))
        }
        Value::Text(text) => same_words(text, sent),
        Value::Nodes(..) => true,
    }
}

fn same_number(number: f64, sent: &str) -> bool {
    let other: f64 = sent.parse().unwrap_or(f64::NAN);
    other == number || (number - other).abs() <= 1e-9 * number.abs().max(other.abs()).max(1.0)
}

/// Texts are the same if their words are, numbers among them compared as numbers.
fn same_words(text: &str, sent: &str) -> bool {
    if text == sent {
        return true;
    }
    let separated = |char: char| char.is_whitespace() || char == ';';
    let words =
        |text: &'_ str| text.split(separated).filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>();
    let (ours, theirs) = (words(text), words(sent));
    let same = |(a, b): (&String, &String)| a == b || a.parse::<f64>().is_ok_and(|number| same_number(number, b));
    ours.len() == theirs.len() && ours.iter().zip(&theirs).all(same)
}
