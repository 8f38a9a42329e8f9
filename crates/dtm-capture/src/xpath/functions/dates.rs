//! Functions on dates and times.

use super::{Call, Function};
use crate::xpath::{LocalTime, Value, XPathError, read_time};

/// Days beyond these are not dates.
const MAX_DAYS: f64 = i32::MAX as f64;

pub(super) fn call(call: &Call<'_, '_>) -> Result<Value, XPathError> {
    use Function as F;
    let ground = call.ground;
    match call.function {
        F::Now => Ok(Value::Time(ground.now)),
        F::Today => Ok(Value::Time(ground.now.midnight())),
        F::Date => date(call, false),
        F::DateTime => date(call, true),
        F::FormatDate | F::FormatDateTime => match date(call, true)? {
            Value::Time(time) => Ok(time.write(&call.text(1)?)?.into()),
            _ => Ok(Value::empty()),
        },
        F::DecimalDateTime | F::DecimalTime => decimal(call),
        _ => Err(call.refuse()),
    }
}

/// A value as a date; what is empty stays as it is.
fn date(call: &Call<'_, '_>, keep_time: bool) -> Result<Value, XPathError> {
    let value = call.value(0)?;
    let time = match &value {
        Value::Number(number) if number.is_nan() => return Ok(value),
        Value::Number(number) if number.abs() <= MAX_DAYS => {
            if keep_time {
                LocalTime::from_millis((number * 86_400_000.0) as i64)
            } else {
                LocalTime::from_day(number.trunc() as i64)
            }
        }
        Value::Text(text) if text.is_empty() => return Ok(value),
        Value::Text(text) => read_time(text, call.ground.offset_minutes),
        Value::Time(time) => Some(if keep_time { *time } else { time.midnight() }),
        _ => None,
    };
    time.map(Value::Time).ok_or(XPathError::NotADate)
}

/// Days since 1970 in UTC with a fraction, or the fraction of the local day alone.
fn decimal(call: &Call<'_, '_>) -> Result<Value, XPathError> {
    let whole = call.function == Function::DecimalDateTime;
    let value = call.value(0)?;
    let time = match &value {
        Value::Number(number) if number.is_nan() => return Ok(value),
        Value::Number(number) if number.abs() <= MAX_DAYS => {
            return Ok(Value::Number(if whole { *number } else { number - number.floor() }));
        }
        Value::Text(text) if text.is_empty() => return Ok(value),
        Value::Text(text) => read_time(text, call.ground.offset_minutes).ok_or(XPathError::NotADate)?,
        Value::Time(time) => *time,
        _ => return Err(XPathError::NotADate),
    };
    let utc = (time.millis() - i64::from(call.ground.offset_minutes) * 60_000) as f64 / 86_400_000.0;
    Ok(Value::Number(if whole { utc } else { time.day_fraction() }))
}
