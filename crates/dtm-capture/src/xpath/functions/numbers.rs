//! Functions that give numbers, and those that count what is true.

use super::{Call, Function};
use crate::xpath::{Value, XPathError};

/// A function of one or two numbers.
pub(super) fn calculate(call: &Call<'_, '_>) -> Result<Value, XPathError> {
    use Function as F;
    if call.function == F::Pi {
        return Ok(std::f64::consts::PI.into());
    }
    let first = call.value(0)?;
    let (number, fraction) = (first.number(), first.fraction());
    Ok(Value::Number(match call.function {
        F::Number => number,
        F::Int => number.trunc(),
        F::Round => {
            let places = if call.arguments.len() > 1 { call.whole(1)? } else { 0 };
            round(number, places)
        }
        F::Floor => number.floor(),
        F::Ceiling => number.ceil(),
        F::Atan2 => fraction.atan2(call.value(1)?.fraction()),
        F::Pow => fraction.powf(call.value(1)?.fraction()),
        F::Abs => fraction.abs(),
        F::Acos => fraction.acos(),
        F::Asin => fraction.asin(),
        F::Atan => fraction.atan(),
        F::Cos => fraction.cos(),
        F::Exp => fraction.exp(),
        F::Exp10 => 10_f64.powf(fraction),
        F::Log => fraction.ln(),
        F::Log10 => fraction.log10(),
        F::Sin => fraction.sin(),
        F::Sqrt => fraction.sqrt(),
        F::Tan => fraction.tan(),
        _ => return Err(call.refuse()),
    }))
}

/// Rounds to decimal places as written, halves upwards; below nought places to tens, hundreds and so on.
fn round(number: f64, places: i32) -> f64 {
    if !number.is_finite() {
        return number;
    }
    if !(-30..=30).contains(&places) {
        return f64::NAN;
    }
    if places < 0 {
        let scale = 10_f64.powi(-places);
        return (number / scale + 0.5).trunc() * scale;
    }
    // The decimal digits decide, not the binary fraction behind them: 1.005 is rounded to 1.01.
    let written = number.abs().to_string();
    let (whole, fraction) = written.split_once('.').unwrap_or((&written, ""));
    let places = places as usize;
    let kept: String = whole.chars().chain(fraction.chars().chain(std::iter::repeat('0')).take(places)).collect();
    let (Ok(kept), rest) = (kept.parse::<u128>(), fraction.get(places..).unwrap_or("")) else { return number };
    let half = rest.starts_with(|digit: char| digit >= '5');
    let just_half = rest.trim_end_matches('0') == "5";
    let up = half && !(just_half && number < 0.0);
    let digits = format!("{:0>width$}", kept + u128::from(up), width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    let rounded: f64 = format!("{whole}.{fraction}0").parse().unwrap_or(number);
    if number < 0.0 && rounded != 0.0 { -rounded } else { rounded }
}

/// The sum, the largest or the smallest; what is not a number is left out.
pub(super) fn of_many(call: &Call<'_, '_>) -> Result<Value, XPathError> {
    if call.function == Function::Sum {
        let (document, nodes) = call.nodes(0)?;
        let values = call.all(document, &nodes)?;
        // From nought, since adding up nothing must not give the −0 that Rust starts from.
        let sum =
            values.iter().map(Value::number).filter(|number| !number.is_nan()).fold(0.0, |sum, number| sum + number);
        return Ok(sum.into());
    }
    let numbers = call.values(0)?.into_iter().map(|value| value.number()).filter(|number| !number.is_nan());
    let found = if call.function == Function::Max { numbers.reduce(f64::max) } else { numbers.reduce(f64::min) };
    Ok(found.unwrap_or(f64::NAN).into())
}

/// Whether enough, and not too many, of the arguments are true; weighted, whether the weights of the true ones are.
pub(super) fn checklist(call: &Call<'_, '_>) -> Result<Value, XPathError> {
    let (least, most) = (call.value(0)?.number(), call.value(1)?.number());
    if call.function == Function::Checklist {
        let n_true = call.values(2)?.iter().filter(|value| value.truth()).count() as f64;
        let (least, most) = (least.trunc(), most.trunc());
        return Ok(Value::Truth((least < 0.0 || n_true >= least) && (most < 0.0 || n_true <= most)));
    }
    if !call.arguments.len().is_multiple_of(2) {
        return Err(call.refuse());
    }
    let mut sum = 0.0;
    if call.arguments.len() == 4 {
        let of = |at: usize| match call.ground.eval(&call.arguments[at], call.context)? {
            Value::Nodes(document, nodes) => call.all(document, &nodes),
            value => Ok(vec![value]),
        };
        let (flags, weights) = (of(2)?, of(3)?);
        if flags.len() != weights.len() {
            return Err(call.refuse());
        }
        let of_true = flags.iter().zip(&weights).filter(|(flag, _)| flag.truth());
        sum += of_true.map(|(_, weight)| weight.number()).fold(0.0, |sum, weight| sum + weight);
    } else {
        for at in (2..call.arguments.len()).step_by(2) {
            let (flag, weight) = (call.value(at)?.truth(), call.value(at + 1)?.number());
            sum += if flag { weight } else { 0.0 };
        }
    }
    Ok(Value::Truth(sum >= least && sum <= most))
}
