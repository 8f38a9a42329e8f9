//! A released number as a page shows it: zero, nothing, hidden and carried look different.

use crate::drawing::Svg;
use crate::words::Words;
use askama::filters::HtmlSafe;
use dtm_protect::{ReleasedCell, Value};
use std::fmt;

/// The text with the characters that mean something in HTML escaped.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Markup of ours, already escaped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Markup(pub(super) String);

impl fmt::Display for Markup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Markup {}
impl HtmlSafe for Svg {}

/// Stands where saying how much is carried would tell of a hidden number.
pub(super) fn withheld(words: &Words) -> Markup {
    let (what, why) = (words.t("value-withheld"), words.t("carried-withheld"));
    Markup(format!("<span class=\"st hid\" title=\"{}\"><b>{}</b></span>", escape(&why), escape(&what)))
}

/// The cell as markup; `href` leads to where the number comes from, for those who may see that.
pub(super) fn shown(words: &Words, cell: ReleasedCell, href: Option<String>) -> Markup {
    let inner = match cell.value {
        Value::Number(number) if cell.carried != Some(0) => {
            let said = match cell.carried {
                Some(carried) => words.t_n("drawing-carried", carried),
                None => words.t("carried-withheld"),
            };
            format!("<span class=car title=\"{}\">{}</span>", escape(&said), words.number(number))
        }
        Value::Number(number) => words.number(number),
        Value::Nothing => format!("<span class=\"st no\"><b>{}</b></span>", escape(&words.t("value-nothing"))),
        Value::Hidden(_) => format!(
            "<span class=\"st hid\" title=\"{}\"><b>{}</b></span>",
            escape(&words.t("value-hidden-why")),
            escape(&words.t("value-hidden"))
        ),
    };
    let number = match href {
        Some(href) => format!("<a href=\"{}\">{inner}</a>", escape(&href)),
        None => inner,
    };
    Markup(match cell.range {
        Some(range) => {
            let what = escape(&words.t("state-range"));
            format!("{number} <span class=rng title=\"{what}\">{}</span>", words.range(range))
        }
        None => number,
    })
}

/// A bar of a table as long as the share, 0 to 100.
pub(super) fn bar(part: Option<i64>, most: i64) -> Markup {
    let Some(part) = part else { return Markup::default() };
    let length = if most > 0 { (100.0 * part as f64 / most as f64).clamp(0.0, 100.0) } else { 0.0 };
    Markup(format!(
        "<svg viewBox=\"0 0 100 6\" preserveAspectRatio=none aria-hidden=true><rect width={} height=6 /></svg>",
        (length * 10.0).round() / 10.0
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::Lang;
    use dtm_protect::Why;

    #[test]
    fn the_four_states_and_a_range_look_different_in_a_table() {
        let cell = |value, carried| ReleasedCell { value, carried: Some(carried), range: None };
        let states = [
            ReleasedCell { range: Some((9, 16)), ..cell(Value::Number(12), 0) },
            cell(Value::Number(0), 0),
            cell(Value::Nothing, 0),
            cell(Value::Hidden(Why::Complementary), 0),
            cell(Value::Number(12), 12),
            cell(Value::Number(12), 0),
        ];
        let seen: std::collections::BTreeSet<String> =
            states.iter().map(|cell| shown(Words::of(Lang::En), *cell, None).0).collect();
        assert_eq!(seen.len(), states.len());
    }
}
