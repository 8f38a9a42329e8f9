//! Answers of households: who may see them, and which of them few gave.
//!
//! A table of needs has a row an answer, with how many households were asked, gave the answer and did not, and the weighted
//! share. Rules:
//!
//! - An answer is as public as its indicator; rows of others are left out, and of none without a class is anything said.
//! - Where fewer households answered a question than the policy asks of a sample, nothing is said of their answers.
//! - One or two households that gave an answer, or did not, are as few as any households: the number is hidden, and with it
//!   those that would give it away. As many households as answered are one number in all rows of an area and group, and the
//!   answers to a question with one choice add up to them.
//! - A share is shown where every count of its row is: it tells them nearly.

use crate::numbers::Numbers;
use crate::release::{Hiding, Why};
use crate::{Policy, ProtectError};
use dtm_model::{Dim, Dissemination, FigureTable};
use std::collections::{BTreeMap, BTreeSet};

/// The measure of how many households answered.
pub(crate) const ASKED: &str = "asked_hh";
/// The measure of how many of them gave the answer.
pub(crate) const WITH: &str = "with_hh";

/// Leaves out the answers to what the audience may not see.
pub(crate) fn leave_out_classes(
    table: &mut FigureTable,
    classes: &BTreeMap<String, Dissemination>,
    policy: &Policy,
    hidden: &mut Vec<Hiding>,
) -> Result<(), ProtectError> {
    let Some(at) = table.dims.iter().position(|dim| *dim == Dim::Need) else { return Ok(()) };
    if let Some(row) = table.rows.iter().find(|row| !table.needs.contains_key(&row.key[at])) {
        let what = "the answer is to no question";
        return Err(ProtectError::Malformed { table: table.name.clone(), key: row.key.clone(), what });
    }
    let mut out: BTreeSet<String> = BTreeSet::new();
    for (key, need) in &table.needs {
        match classes.get(&need.indicator) {
            Some(class) if *class > policy.highest_class => _ = out.insert(need.indicator.clone()),
            Some(_) => {}
            None => {
                let (table, measure, indicator) = (table.name.clone(), key.clone(), need.indicator.clone());
                return Err(ProtectError::Unclassified { table, measure, indicator });
            }
        }
    }
    table.rows.retain(|row| table.needs.get(&row.key[at]).is_some_and(|need| !out.contains(&need.indicator)));
    table.needs.retain(|_, need| !out.contains(&need.indicator));
    let name = table.name.clone();
    hidden.extend(out.into_iter().map(|measure| Hiding { table: name.clone(), key: vec![], measure, why: Why::Class }));
    Ok(())
}

/// Hides all counts of the rows in which too few households answered.
pub(crate) fn hide_answers_of_few(tables: &[FigureTable], numbers: &mut Numbers) {
    for (i, table) in tables.iter().enumerate().filter(|(_, table)| table.dims.contains(&Dim::Need)) {
        let Some(asked) = table.measure(ASKED) else { continue };
        for row in 0..table.rows.len() {
            let Some(at) = numbers.at[i][row][asked] else { continue };
            let number = &numbers.numbers[at];
            if number.value == 0 || number.value >= number.minimum {
                continue;
            }
            for at in numbers.at[i][row].clone().into_iter().flatten() {
                let number = &mut numbers.numbers[at];
                let is_few = number.value > 0 && number.value < number.minimum;
                number.hidden = Some(if is_few { Why::FewerThanMinimum } else { Why::Complementary });
            }
        }
    }
}

/// Why the share of a row with these cells is not shown; none where it is.
pub(crate) fn why_no_share(cells: &[Option<usize>], numbers: &Numbers) -> Option<Why> {
    cells.iter().flatten().filter_map(|at| numbers.numbers[*at].hidden).min()
}
