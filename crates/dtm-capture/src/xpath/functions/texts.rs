//! Functions on texts. Positions and lengths count UTF-16 units, as Java does.

use super::{Call, Function};
use crate::xpath::value::bounded;
use crate::xpath::{MAX_TEXT_BYTES, Value, XPathError};
use std::sync::Arc;

pub(super) fn call(call: &Call<'_, '_>) -> Result<Value, XPathError> {
    use Function as F;
    Ok(match call.function {
        F::String => Value::Text(call.text(0)?),
        F::Concat => return join("", &call.values(0)?, call),
        F::Join => return join(&call.text(0)?, &call.values(1)?, call),
        F::Substr => substr(call)?.into(),
        F::SubstringBefore => {
            let (text, part) = (call.text(0)?, call.text(1)?);
            text.split_once(&*part).map_or("", |(before, _)| before).into()
        }
        F::SubstringAfter => {
            let (text, part) = (call.text(0)?, call.text(1)?);
            text.split_once(&*part).map_or("", |(_, after)| after).into()
        }
        F::Contains => Value::Truth(call.text(0)?.contains(&*call.text(1)?)),
        F::StartsWith => Value::Truth(call.text(0)?.starts_with(&*call.text(1)?)),
        F::EndsWith => Value::Truth(call.text(0)?.ends_with(&*call.text(1)?)),
        F::StringLength => Value::Number(own_or_first(call)?.encode_utf16().count() as f64),
        F::NormalizeSpace => {
            let blank = |char: char| matches!(char, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}');
            let text = own_or_first(call)?;
            text.split(blank).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").into()
        }
        F::Translate => translate(&call.text(0)?, &call.text(1)?, &call.text(2)?, call)?.into(),
        F::UpperCase => return bounded(call.text(0)?.to_uppercase()),
        F::LowerCase => return bounded(call.text(0)?.to_lowercase()),
        F::BooleanFromString => {
            let text = call.text(0)?;
            Value::Truth(text.eq_ignore_ascii_case("true") || &*text == "1")
        }
        F::Regex => Value::Truth(call.ground.matches(&call.text(0)?, &call.text(1)?)?),
        F::Selected => {
            let (answer, choice) = (call.text(0)?, call.text(1)?);
            Value::Truth(format!(" {answer} ").contains(&format!(" {} ", choice.trim())))
        }
        F::SelectedAt => {
            let at = call.whole(1)?;
            let choices = call.text(0)?;
            let choice =
                usize::try_from(at).ok().and_then(|at| choices.split(' ').filter(|part| !part.is_empty()).nth(at));
            choice.unwrap_or("").into()
        }
        F::CountSelected => Value::Number(call.text(0)?.split(' ').filter(|part| !part.is_empty()).count() as f64),
        _ => return Err(call.refuse()),
    })
}

/// The first argument, or the value of the node the expression stands on.
fn own_or_first(call: &Call<'_, '_>) -> Result<Arc<str>, XPathError> {
    if call.arguments.is_empty() { Ok(call.own_value().text()) } else { call.text(0) }
}

fn join(between: &str, values: &[Value], call: &Call<'_, '_>) -> Result<Value, XPathError> {
    let mut text = String::new();
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            text.push_str(between);
        }
        text.push_str(&value.text());
        if text.len() > MAX_TEXT_BYTES {
            return Err(XPathError::TextTooLong);
        }
    }
    call.ground.budget.spend(text.len() / 16)?;
    Ok(text.into())
}

/// The part from one position to before another; positions below nought count from the end.
fn substr(call: &Call<'_, '_>) -> Result<String, XPathError> {
    let units: Vec<u16> = call.text(0)?.encode_utf16().collect();
    let length = units.len() as i64;
    let place = |at: i32| {
        let at = i64::from(at);
        (if at < 0 { length + at } else { at }).clamp(0, length) as usize
    };
    let start = place(call.whole(1)?);
    let end = if call.arguments.len() > 2 { place(call.whole(2)?) } else { units.len() };
    Ok(if start <= end { String::from_utf16_lossy(&units[start..end]) } else { String::new() })
}

fn translate(text: &str, from: &str, to: &str, call: &Call<'_, '_>) -> Result<String, XPathError> {
    call.ground.budget.spend(text.len() * from.len().min(64) / 8)?;
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().take(1000).collect(), to.chars().collect());
    let put = |char: char| match from.iter().position(|other| *other == char) {
        None => Some(char),
        Some(at) => to.get(at).copied(),
    };
    Ok(text.chars().filter_map(put).collect())
}
