//! How much of a number is carried from an earlier round, beside the numbers that are shown.
//!
//! In: the tables, their numbers and sums with what is hidden of them. Out: the shown numbers whose carried part is withheld.
//!
//! Carried parts add up as their numbers do, and a place is carried or it is not. Who knows from elsewhere which of two
//! hidden places was not reached takes the carried of the shown places out of that of their area, and what is left is the
//! number of the one. Rules:
//!
//! - The carried part of a whole is shown only where what is left over its known parts is none or all of the rest. Then
//!   it tells who was reached, and of the numbers no more than the sums of the numbers themselves do.
//! - What is withheld counts as not known in what it is a part of, so areas above follow, unless the other is true of them.
//! - Nothing withheld, and no hidden number, is determined by the sums of the numbers and of the carried parts taken
//!   together ([`crate::audit`]), for a reader who knows of every hidden number whether none, some or all of it is carried;
//!   where it is, sums that give it away are withheld too.

use crate::audit;
use crate::numbers::{Line, Numbers};
use dtm_model::FigureTable;
use std::collections::BTreeSet;

/// The shown numbers whose carried part would tell of a hidden number.
pub(crate) fn withheld(tables: &[FigureTable], numbers: &Numbers) -> BTreeSet<usize> {
    let carried = carried(tables, numbers);
    let is_any = carried.iter().any(|carried| *carried > 0) && numbers.numbers.iter().any(|n| n.hidden.is_some());
    if !is_any {
        return BTreeSet::new();
    }
    let adds_up = |line: &&Line| line.parts.iter().map(|at| carried[*at]).sum::<i64>() == carried[line.whole];
    let mut known = Known { carried: &carried, numbers, lines: numbers.lines.iter().filter(adds_up).collect() };
    known.lines.sort_by_key(|line| line.whole);
    let mut withheld = BTreeSet::new();
    loop {
        known.withhold_what_is_left_over(&mut withheld);
        if !known.withhold_what_is_determined(&mut withheld) {
            return withheld;
        }
    }
}

/// The carried part of every number.
fn carried(tables: &[FigureTable], numbers: &Numbers) -> Vec<i64> {
    let mut carried = vec![0; numbers.numbers.len()];
    for (table, rows) in tables.iter().zip(&numbers.at) {
        for (cell, at) in table.rows.iter().zip(rows).flat_map(|(row, at)| row.cells.iter().zip(at)) {
            if let Some(at) = at {
                carried[*at] = cell.carried.max(carried[*at]);
            }
        }
    }
    carried
}

struct Known<'a> {
    carried: &'a [i64],
    numbers: &'a Numbers,
    /// The sums in which carried parts add up too.
    lines: Vec<&'a Line>,
}

impl Known<'_> {
    fn is_known(&self, at: usize, withheld: &BTreeSet<usize>) -> bool {
        self.numbers.numbers[at].hidden.is_none() && !withheld.contains(&at)
    }

    /// Withholds wholes of which neither none nor all is left over their known parts, until there is none.
    fn withhold_what_is_left_over(&self, withheld: &mut BTreeSet<usize>) {
        loop {
            let before = withheld.len();
            for line in &self.lines {
                if !self.is_known(line.whole, withheld) {
                    continue;
                }
                let (mut left, mut all) = (0, 0);
                for &part in line.parts.iter().filter(|part| !self.is_known(**part, withheld)) {
                    left += self.carried[part];
                    all += self.numbers.numbers[part].value;
                }
                if left != 0 && left != all {
                    withheld.insert(line.whole);
                }
            }
            if withheld.len() == before {
                return;
            }
        }
    }

    /// Withholds one more round of sums where something is determined; says whether there was any.
    fn withhold_what_is_determined(&self, withheld: &mut BTreeSet<usize>) -> bool {
        let n = self.numbers.numbers.len();
        // A hidden number of which all is carried is the same unknown in both kinds of sums.
        let unknown = |at: usize| {
            let number = &self.numbers.numbers[at];
            match number.hidden {
                None => withheld.contains(&at).then_some(n + at),
                Some(_) if self.carried[at] == 0 => None,
                Some(_) if self.carried[at] == number.value => Some(at),
                Some(_) => Some(n + at),
            }
        };
        let values = self.numbers.unknown_sums();
        let carried = self
            .lines
            .iter()
            .map(|line| (unknown(line.whole), line.parts.iter().filter_map(|at| unknown(*at)).collect()));
        let found: BTreeSet<usize> = audit::determined_by(values.chain(carried)).into_iter().map(|at| at % n).collect();
        let mut more = BTreeSet::new();
        for line in &self.lines {
            let (is_whole_found, is_part_found) =
                (found.contains(&line.whole), line.parts.iter().any(|part| found.contains(part)));
            if is_part_found && self.is_known(line.whole, withheld) {
                more.insert(line.whole);
            } else if is_whole_found || is_part_found {
                more.extend(line.parts.iter().copied().filter(|part| self.is_known(*part, withheld)));
            }
        }
        let is_more = !more.is_empty();
        withheld.extend(more);
        is_more
    }
}
