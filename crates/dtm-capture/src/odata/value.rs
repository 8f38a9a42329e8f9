//! Values that expressions compute with.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime};
use std::borrow::Cow;
use std::cmp::Ordering;

/// A value of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    /// Nothing is known.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Number(f64),
    /// Text, and whatever is written as text.
    Text(Cow<'a, str>),
    /// A calendar day.
    Date(NaiveDate),
    /// An instant, milliseconds UTC.
    Instant(i64),
}

impl<'a> Value<'a> {
    /// Text as a value.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Value::Text(text.into())
    }

    /// Text, or null where there is none.
    pub fn maybe_text(text: Option<&'a str>) -> Self {
        text.map_or(Value::Null, |text| Value::Text(text.into()))
    }

    /// The number it is, or that its text says.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Value::Int(n) => Some(*n as f64),
            Value::Number(n) => Some(*n),
            Value::Text(text) => text.trim().parse().ok().filter(|n: &f64| n.is_finite()),
            _ => None,
        }
    }

    /// The instant it is; a day begins at midnight UTC.
    pub(crate) fn instant(&self) -> Option<i64> {
        match self {
            Value::Instant(at) => Some(*at),
            Value::Date(day) => Some(day.and_time(NaiveTime::MIN).and_utc().timestamp_millis()),
            Value::Text(text) => read_instant(text),
            _ => None,
        }
    }

    /// The day it is, or lies in.
    pub(crate) fn date(&self) -> Option<NaiveDate> {
        match self {
            Value::Date(day) => Some(*day),
            Value::Instant(at) => DateTime::from_timestamp_millis(*at).map(|at| at.date_naive()),
            Value::Text(text) => read_date(text),
            _ => None,
        }
    }

    /// The text it is; numbers and dates as they are written.
    pub(crate) fn words(&self) -> Option<Cow<'_, str>> {
        match self {
            Value::Text(text) => Some(Cow::Borrowed(text)),
            Value::Int(n) => Some(n.to_string().into()),
            Value::Number(n) => Some(number(*n).into()),
            Value::Date(day) => Some(day.to_string().into()),
            Value::Instant(at) => Some(dtm_model::Instant::from_millis(*at).to_string().into()),
            Value::Bool(truth) => Some(truth.to_string().into()),
            Value::Null => None,
        }
    }

    /// How the two stand to each other; nothing where one is null or they cannot be compared.
    pub fn compare(&self, other: &Value<'_>) -> Option<Ordering> {
        use Value::*;
        match (self, other) {
            (Null, _) | (_, Null) => None,
            (Text(a), Text(b)) => Some(a.as_ref().cmp(b.as_ref())),
            (Int(a), Int(b)) => Some(a.cmp(b)),
            (Bool(a), Bool(b)) => Some(a.cmp(b)),
            (Bool(_), _) | (_, Bool(_)) => None,
            (Date(a), Date(b)) => Some(a.cmp(b)),
            (Date(_) | Instant(_), _) | (_, Date(_) | Instant(_)) => Some(self.instant()?.cmp(&other.instant()?)),
            (Int(_) | Number(_), _) | (_, Int(_) | Number(_)) => self.number()?.partial_cmp(&other.number()?),
        }
    }

    /// Sorts: nothing first, what cannot be compared by its text.
    pub fn sort(&self, other: &Value<'_>) -> Ordering {
        match (self == &Value::Null, other == &Value::Null) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.compare(other).unwrap_or_else(|| self.words().cmp(&other.words())),
        }
    }

    /// The same value, holding on to nothing.
    pub fn into_owned(self) -> Value<'static> {
        match self {
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::Null => Value::Null,
            Value::Bool(truth) => Value::Bool(truth),
            Value::Int(n) => Value::Int(n),
            Value::Number(n) => Value::Number(n),
            Value::Date(day) => Value::Date(day),
            Value::Instant(at) => Value::Instant(at),
        }
    }
}

/// A number as JSON and ECMAScript write it: whole ones without fraction, very large and small ones with an exponent.
pub(crate) fn number(n: f64) -> String {
    let size = n.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let text = format!("{n:e}");
        return if size >= 1e21 { text.replace('e', "e+") } else { text };
    }
    if n == 0.0 { "0".to_owned() } else { n.to_string() }
}

/// Reads a whole number; an empty fraction does not matter.
pub(super) fn read_int(text: &str) -> Option<i64> {
    let text = text.trim();
    let whole = match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|digit| digit == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    whole.parse().ok()
}

/// Reads a number.
pub(super) fn read_number(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|n: &f64| n.is_finite())
}

/// Reads a day, which may be followed by a time.
pub(super) fn read_date(text: &str) -> Option<NaiveDate> {
    let (day, rest) = text.trim().split_at_checked(10)?;
    let date = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    (rest.is_empty() || rest.starts_with('T')).then_some(date)
}

/// Reads an instant in any of the spellings that phones and clients use: without zone it is UTC, a zone may be hours
/// only, and the plus sign that an address turned into a blank is understood.
pub(super) fn read_instant(text: &str) -> Option<i64> {
    let text = text.trim();
    let (day, time) = match text.split_once('T') {
        Some(parts) => parts,
        None => return read_date(text).map(|day| day.and_time(NaiveTime::MIN).and_utc().timestamp_millis()),
    };
    let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    let zone_at = time.find(['Z', 'z', '+', '-', ' ']).unwrap_or(time.len());
    let (clock, zone) = time.split_at(zone_at);
    let clock = NaiveTime::parse_from_str(clock, "%H:%M:%S%.f").or_else(|_| NaiveTime::parse_from_str(clock, "%H:%M"));
    let offset = match zone.as_bytes() {
        [] | [b'Z' | b'z'] => 0,
        [sign, digits @ ..] => {
            let digits: Vec<i64> =
                digits.iter().filter(|byte| **byte != b':').map(|byte| i64::from(*byte) - 48).collect();
            if !digits.iter().all(|digit| (0..=9).contains(digit)) {
                return None;
            }
            let minutes = match digits[..] {
                [a, b] => (a * 10 + b) * 60,
                [a, b, c, d] => (a * 10 + b) * 60 + c * 10 + d,
                _ => return None,
            };
            if *sign == b'-' { -minutes } else { minutes }
        }
    };
    let at = NaiveDateTime::new(day, clock.ok()?).and_utc().timestamp_millis();
    at.checked_sub(offset * 60_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_in_the_spellings_that_clients_use() {
        let noon = read_instant("2026-01-15T12:00:00.000Z");
        assert_eq!(noon, Some(1_768_478_400_000));
        for same in [
            "2026-01-15T12:00:00Z",
            "2026-01-15T12:00",
            "2026-01-15T12:00:00",
            "2026-01-15T14:00:00+02",
            "2026-01-15T14:00:00+02:00",
            "2026-01-15T14:00:00 02:00",
            "2026-01-15T07:30:00.000-0430",
        ] {
            assert_eq!(read_instant(same), noon, "{same}");
        }
        for odd in
            ["2026-01-15T25:00", "2026-13-15T12:00Z", "yesterday", "", "2026-01-15T12:00+2", "T", "2026-01-15T12:00+aa"]
        {
            assert_eq!(read_instant(odd), None, "{odd}");
        }
    }

    #[test]
    fn values_of_different_types_are_compared_where_that_means_something() {
        let text = Value::text;
        assert_eq!(Value::Int(5).compare(&text("5")), Some(Ordering::Equal));
        assert_eq!(Value::Int(5).compare(&Value::Number(5.5)), Some(Ordering::Less));
        assert_eq!(text("a").compare(&Value::Int(1)), None);
        assert_eq!(text("10").compare(&text("9")), Some(Ordering::Less), "two texts are compared as texts");
        assert_eq!(Value::Instant(0).compare(&Value::Date(NaiveDate::default())), Some(Ordering::Equal));
        assert_eq!(Value::Date(NaiveDate::default()).compare(&text("1970-01-02")), Some(Ordering::Less));
        assert_eq!(Value::Null.compare(&Value::Null), None);
        assert_eq!(Value::Null.sort(&Value::Int(-1)), Ordering::Less);
    }

    #[test]
    fn numbers_are_written_as_json_readers_know_them() {
        for (n, expected) in [
            (5.0, "5"),
            (-0.0, "0"),
            (0.1, "0.1"),
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (1.5e-7, "1.5e-7"),
            (-72.338_19, "-72.33819"),
        ] {
            assert_eq!(number(n), expected);
        }
    }
}
