//! Questions of the type range: a scale with steps, ticks and labels.

use super::super::cells::Cell;
use super::super::model::{Items, Node};
use super::super::parameters::Parameters;
use super::super::problem::At;
use super::super::question_type::SelectKind;
use super::Reader;
use super::select::plain_select;

/// A decimal number, exact to twelve places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Decimal(i128);

const PLACES: usize = 12;
const ONE: i128 = 10_i128.pow(PLACES as u32);

impl Decimal {
    /// Reads `5`, `-2.5`, `1e3`.
    fn read(text: &str) -> Option<Decimal> {
        let (sign, bare) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text.strip_prefix('+').unwrap_or(text)),
        };
        let (base, exponent) = bare.split_once(['e', 'E']).unwrap_or((bare, "0"));
        let exponent: i32 = exponent.parse().ok().filter(|exponent| (-(PLACES as i32)..=15).contains(exponent))?;
        let (left, right) = base.split_once('.').unwrap_or((base, ""));
        let digits: String = left.chars().chain(right.chars()).filter(|c| *c != '_').collect();
        if digits.is_empty() || digits.len() > 15 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let shift = PLACES as i32 - right.len() as i32 + exponent;
        let number: i128 = digits.parse().ok()?;
        let scaled = match u32::try_from(shift) {
            Ok(shift) => number.checked_mul(10_i128.checked_pow(shift)?)?,
            Err(_) => return None,
        };
        Some(Decimal(sign * scaled))
    }

    fn is_multiple_of(self, other: Decimal) -> bool {
        other.0 == 0 || self.0 % other.0 == 0
    }

    fn minus(self, other: Decimal) -> Decimal {
        Decimal(self.0 - other.0)
    }
}

impl Reader<'_> {
    /// Checks the parameters of a range and puts them into its element.
    pub(super) fn range(&mut self, node: &mut Node, parameters: &Parameters) {
        let ticks = ["tick_interval", "placeholder", "tick_labelset"];
        let names = ["start", "end", "step", ticks[0], ticks[1], ticks[2]];
        parameters.allow(&names, self.problems);
        let appearance = node.appearance().to_owned();
        let takes_ticks = appearance.is_empty() || appearance.contains("vertical") || appearance.contains("no-ticks");
        if let Some(first) = ticks.iter().find_map(|key| parameters.get(key))
            && !takes_ticks
        {
            self.problems.note_other("range_appearance", first.at, &appearance, &ticks.join(", "));
        }
        let row = node.at;
        let at = |key: &str| parameters.get(key).map_or(row, |cell| cell.at);
        let mut read = |key: &str| {
            let cell = parameters.number(key, "1, 2.5, -3 …", |text| Decimal::read(text).is_some(), self.problems)?;
            Decimal::read(&cell.text)
        };
        let start = read("start").unwrap_or(Decimal(ONE));
        let end = read("end").unwrap_or(Decimal(10 * ONE));
        let step = read("step").unwrap_or(Decimal(ONE));
        let (interval, placeholder) = (read("tick_interval"), read("placeholder"));
        let (low, high) = (start.min(end), start.max(end));
        let width = high.minus(low);
        let mut wrong = |key: &str, expected: &str| {
            let word = format!("{key}={}", parameters.get(key).map_or("1", |cell| &cell.text));
            self.problems.note_other("parameter_value", at(key), &word, expected);
        };
        for (key, number) in [("step", Some(step)), ("tick_interval", interval)] {
            if number.is_some_and(|number| number.0 == 0 || number > width) {
                wrong(key, "0 < … <= end - start");
            }
        }
        if interval.is_some_and(|interval| !interval.is_multiple_of(step)) {
            wrong("tick_interval", "n × step");
        }
        if placeholder.is_some_and(|p| !(low..=high).contains(&p) || !p.minus(start).is_multiple_of(step)) {
            wrong("placeholder", "start + n × step <= end");
        }
        for (key, default) in [("start", "1"), ("end", "10"), ("step", "1")] {
            let text = parameters.get(key).map_or(default, |cell| &cell.text).to_owned();
            let at = at(key);
            node.set_control(key, Cell { text, at });
        }
        for (key, parameter) in [("odk:tick-interval", "tick_interval"), ("odk:placeholder", "placeholder")] {
            if let Some(cell) = parameters.get(parameter) {
                node.set_control(key, cell.clone());
            }
        }
        let all = [Some(start), Some(end), Some(step), interval, placeholder];
        if all.into_iter().flatten().any(|number| number.0 % ONE != 0) {
            node.set_bind("type", Cell { text: "decimal".to_owned(), at: node.at });
        }
        if let Some(list) = parameters.get("tick_labelset") {
            let fits = |value: Decimal| {
                (low..=high).contains(&value)
                    && value.minus(start).is_multiple_of(interval.unwrap_or(step))
                    && value.minus(start).is_multiple_of(step)
            };
            let ends = appearance.contains("no-ticks").then_some([start, end]);
            self.labels(list, list.at, fits, ends);
            node.select = Some(plain_select(SelectKind::One, Items::List(list.text.clone())));
        }
    }

    /// Labels stand at ticks; without ticks, at both ends.
    fn labels(&mut self, list: &Cell, at: At, fits: impl Fn(Decimal) -> bool, ends: Option<[Decimal; 2]>) {
        let Some(choices) = self.others.choices.get(&list.text) else {
            let suggestion = self.problems.suggest(&list.text, self.others.choices.names());
            self.problems.note_with("list_unknown", at, &list.text, "", suggestion);
            return;
        };
        let mut values = Vec::new();
        for choice in &choices.choices {
            match Decimal::read(&choice.name).filter(|value| fits(*value)) {
                Some(value) => values.push(value),
                None => self.problems.note_other("range_label", choice.at, &choice.name, &list.text),
            }
        }
        if let Some(mut ends) = ends {
            values.sort_unstable();
            values.dedup();
            ends.sort_unstable();
            if values != ends {
                self.problems.note("range_ends", at, &list.text);
            }
        }
    }
}
