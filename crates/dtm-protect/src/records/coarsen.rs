//! Areas, days, ages and positions of records, as coarse as an agreement says. Every row is treated alike.

use super::{DatePrecision, Meaning, RecordArea, RecordChoice, RecordColumn, RecordField, RecordPolicy};
use crate::places::{Ladder, round};
use crate::{Policy, Position};
use dtm_model::{Point, Text};
use std::collections::BTreeMap;

/// The age from which nobody is told apart.
const OLD: i64 = 80;
/// Nobody is older; what is more is a mistake and is told as the oldest.
const OLDEST: i64 = 130;

/// Makes one column as coarse as the policy says.
pub(super) fn coarsen(
    field: &RecordField,
    column: &mut RecordColumn,
    policy: &Policy,
    rules: &RecordPolicy,
    (ladder, areas): (&Ladder, &[RecordArea]),
) {
    match (field.meaning, &*column) {
        (Meaning::Area, _) => {
            let above = |code: &str| ladder.up_to(code, policy.smallest_level).map(str::to_owned);
            let names: BTreeMap<&str, &Text> = areas.iter().map(|area| (area.code.as_str(), &area.name)).collect();
            let said = (0..column.n_records()).map(|at| above(&column.plain(at))).collect();
            *column = chosen(said, |code| names.get(code).map_or_else(Text::new, |name| (*name).clone()));
        }
        (Meaning::Age, _) => {
            let band = |at: usize| {
                let age: i64 = column.plain(at).parse::<f64>().ok().filter(|age| *age >= 0.0).map(|age| age as i64)?;
                Some(age_band(age.min(OLDEST), i64::from(rules.age_years.max(1))))
            };
            let said: Vec<Option<(i64, String)>> = (0..column.n_records()).map(band).collect();
            // Bands stand by age, not by their letters.
            let bands: BTreeMap<i64, String> = said.iter().flatten().cloned().collect();
            let at: BTreeMap<i64, u32> = bands.keys().enumerate().map(|(at, from)| (*from, at as u32)).collect();
            let choices = bands.into_values().map(|code| RecordChoice { label: same(&code), code }).collect();
            let values = said.into_iter().map(|band| band.map(|(from, _)| at[&from])).collect();
            *column = RecordColumn::Choice { choices, values };
        }
        (_, RecordColumn::Date { values }) if rules.dates != DatePrecision::Day => {
            let pattern = if rules.dates == DatePrecision::Month { "%Y-%m" } else { "%Y" };
            let said = values.iter().map(|day| day.map(|day| day.format(pattern).to_string())).collect();
            *column = chosen(said, same);
        }
        (_, RecordColumn::Point { values }) => {
            let told = |point: Point| match policy.places.position {
                Position::Withheld => None,
                Position::Coarsened { decimals } => Some(round(point, decimals)),
                Position::Exact => Some(point),
            };
            *column = RecordColumn::Point { values: values.iter().map(|point| point.and_then(told)).collect() };
        }
        _ => {}
    }
}

fn same(code: &str) -> Text {
    Text::both(code, code)
}

fn age_band(age: i64, years: i64) -> (i64, String) {
    let oldest = OLD / years * years;
    let from = (age / years * years).min(oldest);
    let code = match years {
        _ if from == oldest => format!("{oldest}+"),
        1 => from.to_string(),
        _ => format!("{from}-{}", from + years - 1),
    };
    (from, code)
}

/// A list of what was said, in the order of its codes, and who said which.
fn chosen(said: Vec<Option<String>>, label: impl Fn(&str) -> Text) -> RecordColumn {
    let mut at: BTreeMap<String, u32> = said.iter().flatten().map(|code| (code.clone(), 0)).collect();
    for (n, position) in at.values_mut().enumerate() {
        *position = n as u32;
    }
    let choices = at.keys().map(|code| RecordChoice { code: code.clone(), label: label(code) }).collect();
    let values = said.iter().map(|code| code.as_ref().map(|code| at[code])).collect();
    RecordColumn::Choice { choices, values }
}
