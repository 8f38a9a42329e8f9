//! A cell of an export, as the answer that a phone would have written.

use dtm_model::{Choice, Field, FieldKind};
use std::collections::HashSet;

/// What a cell says, and whether it fits the question.
pub(super) struct Value {
    pub(super) text: String,
    pub(super) fits: bool,
}

impl Value {
    fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), fits: true }
    }
}

/// The answer that a cell gives to a question.
pub(super) fn answer(field: &Field, cell: &str) -> Value {
    let cell = cell.trim();
    // What statistics programs write for no answer; a choice of that name is one.
    if cell == "NA" && !field.choices.iter().any(|choice| choice.name == cell) && field.kind != FieldKind::Text {
        return Value::plain("");
    }
    match field.kind {
        FieldKind::Integer => Value::plain(&in_digits(cell.strip_suffix(".0").unwrap_or(cell))),
        FieldKind::Decimal => Value::plain(&in_digits(cell)),
        FieldKind::Date => match cell.split_once([' ', 'T']) {
            Some((day, _)) if is_day(day) => Value::plain(day),
            _ => Value::plain(cell),
        },
        FieldKind::DateTime => match cell.split_once(' ') {
            Some((day, time)) if is_day(day) => Value::plain(&format!("{day}T{time}")),
            _ => Value::plain(cell),
        },
        FieldKind::SelectOne if !field.choices.is_empty() => match chosen(&field.choices, cell) {
            Some(name) => Value::plain(name),
            None => Value { text: cell.to_owned(), fits: false },
        },
        FieldKind::SelectMultiple if !field.choices.is_empty() => several(&field.choices, cell),
        FieldKind::File => Value::plain(cell.rsplit(['/', '\\']).next().unwrap_or(cell)),
        _ => Value::plain(cell),
    }
}

/// A number with all its digits: spreadsheets and R write 300000 as `3e+05`.
fn in_digits(cell: &str) -> String {
    let number = cell.parse::<f64>().ok().filter(|number| cell.contains(['e', 'E']) && number.abs() < 9e15);
    number.map_or_else(|| cell.to_owned(), |number| number.to_string())
}

fn is_day(text: &str) -> bool {
    chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The choice of this name, else of this label.
fn chosen<'a>(choices: &'a [Choice], text: &str) -> Option<&'a str> {
    let bare = text.strip_suffix(".0").unwrap_or(text);
    let by_name = choices.iter().find(|choice| choice.name == text || choice.name == bare);
    let wanted = folded(text);
    let by_label = || choices.iter().find(|choice| choice.label.iter().any(|(_, label)| folded(label) == wanted));
    by_name.or_else(by_label).map(|choice| choice.name.as_str())
}

/// Several choices in one cell: names with blanks between them, or labels with commas, semicolons, lines or blanks.
fn several(choices: &[Choice], cell: &str) -> Value {
    if cell.is_empty() {
        return Value::plain("");
    }
    let names: HashSet<&str> = choices.iter().map(|choice| choice.name.as_str()).collect();
    if cell.split_whitespace().all(|word| names.contains(word)) {
        return Value::plain(&folded(cell));
    }
    for joint in [",", ";", "|", "\n"] {
        let found: Option<Vec<&str>> = cell.split(joint).map(|part| chosen(choices, part.trim())).collect();
        if let Some(found) = found {
            return Value::plain(&found.join(" "));
        }
    }
    match greedy(choices, &folded(cell)) {
        Some(found) => Value::plain(&found.join(" ")),
        None => Value { text: folded(cell), fits: false },
    }
}

/// Labels one after the other, the longest that fits each time.
fn greedy<'a>(choices: &'a [Choice], mut rest: &str) -> Option<Vec<&'a str>> {
    let labels: Vec<(String, &str)> = choices
        .iter()
        .flat_map(|choice| choice.label.iter().map(move |(_, label)| (folded(label), choice.name.as_str())))
        .filter(|(label, _)| !label.is_empty())
        .collect();
    let mut found = Vec::new();
    while !rest.is_empty() {
        let fits = labels.iter().filter(|(label, _)| {
            rest.strip_prefix(label.as_str())
                .is_some_and(|after| after.is_empty() || after.starts_with([' ', ',', ';']))
        });
        let (label, name) = fits.max_by_key(|(label, _)| label.len())?;
        found.push(*name);
        rest = rest[label.len()..].trim_start_matches([' ', ',', ';']);
    }
    Some(found)
}

/// Whether a cell says that a choice was taken.
pub(super) fn is_yes(cell: &str, choice: &Choice) -> bool {
    let cell = cell.trim();
    let no = ["", "0", "0.0", "n/a", "no", "non", "false"];
    let yes = ["1", "1.0", "true", "yes", "oui", "x"];
    let lower = cell.to_lowercase();
    if no.contains(&lower.as_str()) {
        return false;
    }
    yes.contains(&lower.as_str()) || chosen(std::slice::from_ref(choice), cell).is_some()
}

/// A position from its parts; empty without latitude and longitude.
pub(super) fn position(parts: [&str; 4]) -> String {
    let [latitude, longitude, altitude, accuracy] = parts.map(str::trim);
    if latitude.is_empty() || longitude.is_empty() {
        return String::new();
    }
    let or_zero = |text: &str| if text.is_empty() { "0".to_owned() } else { text.to_owned() };
    format!("{latitude} {longitude} {} {}", or_zero(altitude), or_zero(accuracy))
}
