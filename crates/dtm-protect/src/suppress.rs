//! Decides which numbers are hidden.
//!
//! In: the numbers and sums of a release. Out: the same, with [`Number::hidden`](crate::numbers::Number) set so that
//! the [audit](crate::audit) finds no hidden number a reader could work out. Three steps: *primary* suppression of
//! numbers below the policy's minimum; *complementary* suppression by [patterns](crate::pattern) of numbers that hide
//! each other at the least [loss](crate::loss); and an audit of the whole, after which a reason is kept back or one more
//! number hidden until there is nothing left to find. Several ways are tried and the one of least loss is taken; where
//! figures are few all over, sums are closed line by line instead. Method: cell suppression as in
//! Hundepool et al., *Statistical Disclosure Control* (2012), chapter 4; the choice is heuristic, not optimal.
//!
//! Zero stays zero: that nobody was found somewhere is what responders need to know, and it describes no person. For
//! the same reason a category that holds everybody of an area is not hidden for that alone: reasons and origins
//! describe the displacement of a group, not a trait of somebody who could be picked out.

use crate::audit;
use crate::loss::BELOW_GREAT_TOTALS;
use crate::numbers::Numbers;
use crate::pattern::{self, Effort};
use crate::{Policy, Why};
use std::collections::{BTreeSet, VecDeque};

/// A number that stays recoverable although all numbers around it are hidden.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Exposed(pub(crate) usize);

/// How hard patterns are looked for, one after the other until there is one. The totals of the country and of
/// first-level areas are not touched as long as there is another way. Where few people are all that there is, there are
/// not always as many steps as the policy asks in one direction, though in several together: the audit tells.
const EFFORTS: [Effort; 6] = [
    Effort { width: 8, branches: 4, greatest_loss: BELOW_GREAT_TOTALS, most_steps: i64::MAX, patience: 150_000 },
    Effort { width: 8, branches: 4, greatest_loss: u64::MAX, most_steps: i64::MAX, patience: 150_000 },
    Effort { width: 8, branches: 4, greatest_loss: BELOW_GREAT_TOTALS, most_steps: 2, patience: 150_000 },
    Effort { width: 8, branches: 4, greatest_loss: BELOW_GREAT_TOTALS, most_steps: 1, patience: 150_000 },
    Effort { width: 40, branches: 8, greatest_loss: BELOW_GREAT_TOTALS, most_steps: 1, patience: 300_000 },
    Effort { width: 40, branches: 8, greatest_loss: u64::MAX, most_steps: 1, patience: 300_000 },
];

/// How many members of half-grown patterns are looked at in all. What a country needs is far below; figures that are
/// few all over are hidden line by line from there on.
const PATIENCE: usize = 12_000_000;

/// How often a pattern is looked for around a number that has none.
const MAX_TRIES: u8 = 3;

/// A way to go about it.
#[derive(Clone, Copy, Debug)]
struct Way {
    /// Whether patterns are found for the greatest losses first: a total needs so many others that they serve the small
    /// ones too.
    greatest_first: bool,
    /// A half-grown pattern is taken to need this fraction of what its unbalanced sums would need one by one.
    hope: u64,
    /// Whether reasons say less before another number is hidden that no pattern asks for.
    reasons_first: bool,
    /// How many members of half-grown patterns are looked at in all.
    patience: usize,
}

/// None of them is the best for all figures, so all are tried, each only until it costs more than the best so far.
const WAYS: [Way; 5] = [
    Way { greatest_first: true, hope: 2, reasons_first: true, patience: PATIENCE },
    Way { greatest_first: false, hope: 2, reasons_first: true, patience: PATIENCE },
    Way { greatest_first: true, hope: 3, reasons_first: true, patience: PATIENCE },
    Way { greatest_first: false, hope: 3, reasons_first: true, patience: PATIENCE },
    LINE_BY_LINE,
];

/// No patterns at all: sums are closed one by one, and a number is hidden before a reason is kept back.
const LINE_BY_LINE: Way = Way { greatest_first: true, hope: 2, reasons_first: false, patience: 0 };

/// Where figures are few all over, every sum has several hidden members anyway: one way, line by line, does.
const FEW_ALL_OVER: usize = 500;

/// Hides what the policy calls for beyond the numbers hidden already.
pub(crate) fn suppress(numbers: &mut Numbers, policy: &Policy) -> Result<(), Exposed> {
    for number in &mut numbers.numbers {
        if number.hidden.is_none() && 0 < number.value && number.value < number.minimum {
            number.hidden = Some(Why::FewerThanMinimum);
        }
    }
    let n_few = numbers.numbers.iter().filter(|number| number.hidden.is_some()).count();
    if n_few > FEW_ALL_OVER {
        return suppress_one_way(numbers, policy, LINE_BY_LINE, u128::MAX).map(|_| ());
    }
    let mut best: Option<(u128, Vec<Option<Why>>)> = None;
    let mut failed = None;
    let at_first: Vec<Option<Why>> = numbers.numbers.iter().map(|number| number.hidden).collect();
    for way in WAYS {
        for (number, hidden) in numbers.numbers.iter_mut().zip(&at_first) {
            number.hidden = *hidden;
        }
        let limit = best.as_ref().map_or(u128::MAX, |(least, _)| *least);
        match suppress_one_way(numbers, policy, way, limit) {
            Ok(Some(loss)) => best = Some((loss, numbers.numbers.iter().map(|number| number.hidden).collect())),
            Ok(None) => {}
            Err(exposed) => failed = Some(exposed),
        }
    }
    match (best, failed) {
        (Some((_, hidden)), _) => {
            numbers.numbers.iter_mut().zip(hidden).for_each(|(number, hidden)| number.hidden = hidden);
            Ok(())
        }
        (None, Some(exposed)) => Err(exposed),
        (None, None) => Ok(()),
    }
}

/// Hides one way; returns the loss, or none as soon as that is no less than the limit.
fn suppress_one_way(numbers: &mut Numbers, policy: &Policy, way: Way, limit: u128) -> Result<Option<u128>, Exposed> {
    let mut suppression = Suppression::new(numbers, policy, way);
    loop {
        suppression.find_patterns();
        if suppression.loss >= limit {
            return Ok(None);
        }
        if suppression.close() {
            continue;
        }
        let narrow = audit::narrow(suppression.numbers, policy);
        if !narrow.is_empty() {
            suppression.make_room(&narrow)?;
            continue;
        }
        let determined = audit::determined(suppression.numbers);
        if determined.is_empty() {
            return Ok(Some(suppression.loss));
        }
        suppression.cover(&determined)?;
    }
}

struct Suppression<'a> {
    numbers: &'a mut Numbers,
    policy: &'a Policy,
    way: Way,
    /// The loss of all that is hidden.
    loss: u128,
    /// What is left of the way's.
    patience: usize,
    /// How many members of each line are hidden.
    n_hidden: Vec<usize>,
    /// Lines to look at again.
    open: VecDeque<usize>,
    waiting: Vec<bool>,
    /// Numbers of a pattern, which algebra does not get at.
    safe: Vec<bool>,
    /// How often a pattern was looked for in vain.
    tries: Vec<u8>,
    /// How far above its minimum a number should be to hide another: a reader knows that it is not below.
    room: i64,
}

impl<'a> Suppression<'a> {
    fn new(numbers: &'a mut Numbers, policy: &'a Policy, way: Way) -> Self {
        let hidden = numbers.numbers.iter().filter(|number| number.hidden.is_some());
        let loss = hidden.map(|number| u128::from(number.loss)).sum();
        let n_hidden: Vec<usize> = numbers
            .lines
            .iter()
            .map(|line| line.members().filter(|&at| numbers.numbers[at].hidden.is_some()).count())
            .collect();
        let open: VecDeque<usize> = (0..n_hidden.len()).filter(|&line| n_hidden[line] > 0).collect();
        let mut waiting = vec![false; n_hidden.len()];
        open.iter().for_each(|&line| waiting[line] = true);
        let (safe, tries) = (vec![false; numbers.numbers.len()], vec![0; numbers.numbers.len()]);
        let (room, patience) = (i64::from(policy.min_possible) - 1, way.patience);
        Self { numbers, policy, way, loss, patience, n_hidden, open, waiting, safe, tries, room }
    }

    fn hide(&mut self, at: usize, why: Why) {
        let number = &mut self.numbers.numbers[at];
        if number.hidden.is_some() {
            return;
        }
        number.hidden = Some(why);
        self.loss += u128::from(number.loss);
        for line in number.lines.clone() {
            self.n_hidden[line] += 1;
            self.look_again(line);
        }
    }

    /// Hides patterns around all hidden numbers that are in none.
    fn find_patterns(&mut self) {
        let way = self.way;
        if self.patience == 0 {
            return;
        }
        let numbers = &self.numbers.numbers;
        let bare = |at: &usize| numbers[*at].hidden.is_some() && !self.safe[*at] && self.tries[*at] < MAX_TRIES;
        let mut bare: Vec<usize> = (0..numbers.len()).filter(bare).collect();
        bare.sort_by_key(|&at| if way.greatest_first { u64::MAX - numbers[at].loss } else { numbers[at].loss });
        for at in bare {
            if self.safe[at] {
                continue;
            }
            let mut patience = self.patience;
            let search =
                |effort: &Effort| pattern::find(self.numbers, at, self.policy, (*effort, way.hope), &mut patience);
            let found = EFFORTS.iter().find_map(search);
            self.patience = patience;
            let Some(found) = found else {
                self.tries[at] += 1;
                continue;
            };
            for member in found {
                self.hide(member, Why::Complementary);
                self.safe[member] = true;
            }
        }
    }

    /// Hides a further member of the next line that gives a hidden one away, be it the only one or in a tight place;
    /// tells whether there was such a line.
    fn close(&mut self) -> bool {
        while let Some(line) = self.open.pop_front() {
            self.waiting[line] = false;
            let alone = self.n_hidden[line] == 1;
            if !alone && !audit::gives_away(self.numbers, line, self.policy) {
                continue;
            }
            let more = self.cheapest(line);
            if !alone && self.way.reasons_first && self.keep_reasons_back(line) {
                return true;
            }
            // A zero helps against subtraction, not against bounds.
            if let Some(more) = more.filter(|&more| alone || self.numbers.numbers[more].value != 0) {
                self.hide(more, Why::Complementary);
                self.look_again(line);
                return true;
            }
            if self.keep_reasons_back(line) {
                return true;
            }
        }
        false
    }

    fn look_again(&mut self, line: usize) {
        if !std::mem::replace(&mut self.waiting[line], true) {
            self.open.push_back(line);
        }
    }

    /// The shown member of a line that is the least loss: anything before zero, numbers that are large enough to leave
    /// room for guesses, then the least loss times the sums it would open. Line by line alone, parts go before wholes and
    /// the size is the loss: where nothing but losses counted, hiding would take long to come to an end.
    fn cheapest(&self, line: usize) -> Option<usize> {
        let whole = self.numbers.lines[line].whole;
        let shown = self.numbers.lines[line].members().filter(|&at| self.numbers.numbers[at].hidden.is_none());
        shown.min_by_key(|&at| {
            let number = &self.numbers.numbers[at];
            let opens = self.opens(at, line);
            let thin = number.value < number.minimum + self.room;
            if self.way.patience == 0 {
                let by_size = u128::from(number.value.unsigned_abs()) * (1 + opens as u128);
                return (number.value == 0, at == whole, thin, by_size, at);
            }
            let great = number.loss > BELOW_GREAT_TOTALS;
            (number.value == 0, great, thin, u128::from(number.loss) * (1 + opens as u128), at)
        })
    }

    /// How many further sums would have a hidden member, a reason to hide still more.
    fn opens(&self, at: usize, line: usize) -> usize {
        let lines = self.numbers.numbers[at].lines.iter();
        lines.filter(|&&other| other != line && self.n_hidden[other] == 0).count()
    }

    /// Gives each number that is pinned down by a line one more hidden number beside it in that line, or stops giving
    /// the reasons that pin it down.
    fn make_room(&mut self, narrow: &[(usize, usize)]) -> Result<(), Exposed> {
        let mut covered: BTreeSet<usize> = BTreeSet::new();
        for &(at, line) in narrow {
            if !covered.insert(line) {
                continue;
            }
            let more = self.cheapest(line);
            if self.way.reasons_first && self.keep_reasons_back(line) {
                continue;
            }
            match more {
                Some(more) if self.numbers.numbers[more].value != 0 => self.hide(more, Why::Complementary),
                _ if self.keep_reasons_back(line) => {}
                _ => self.cover(&[at])?,
            }
        }
        Ok(())
    }

    /// Hides one more number beside each exposed one; beside several exposed numbers of one line, one.
    fn cover(&mut self, exposed: &[usize]) -> Result<(), Exposed> {
        let mut covered: BTreeSet<usize> = BTreeSet::new();
        for &at in exposed {
            let lines = self.numbers.numbers[at].lines.clone();
            if lines.iter().any(|line| covered.contains(line)) {
                continue;
            }
            if let Some((line, more)) = self.around(at) {
                self.hide(more, Why::Complementary);
                covered.insert(line);
            } else if lines.iter().filter(|line| self.keep_reasons_back(**line)).count() > 0 {
                covered.extend(lines);
            } else {
                return Err(Exposed(at));
            }
        }
        Ok(())
    }

    /// The nearest shown number other than zero, going from line to line, and the line it was found in.
    fn around(&self, at: usize) -> Option<(usize, usize)> {
        let mut seen_lines = BTreeSet::new();
        let mut seen = BTreeSet::from([at]);
        let mut ring = vec![at];
        while !ring.is_empty() {
            let lines: BTreeSet<usize> = ring.iter().flat_map(|&at| &self.numbers.numbers[at].lines).copied().collect();
            let found = lines.iter().filter(|line| !seen_lines.contains(*line)).filter_map(|&line| {
                let more = self.cheapest(line)?;
                (self.numbers.numbers[more].value != 0).then_some((line, more))
            });
            let best = found.min_by_key(|&(_, more)| (self.numbers.numbers[more].value, more));
            if best.is_some() {
                return best;
            }
            let next = lines.iter().filter(|line| !seen_lines.contains(*line)).flat_map(|&line| {
                self.numbers.lines[line].members().filter(|&at| self.numbers.numbers[at].hidden.is_some())
            });
            ring = next.filter(|at| seen.insert(*at)).collect();
            seen_lines.extend(lines);
        }
        None
    }

    /// Stops saying that members of this line are below the minimum, where there is nothing left to hide: four hidden
    /// parts of a hidden whole are known to be 1 each once all five are known to lie between 1 and 4.
    fn keep_reasons_back(&mut self, line: usize) -> bool {
        let few = |at: &usize| self.numbers.numbers[*at].hidden == Some(Why::FewerThanMinimum);
        let members: Vec<usize> = self.numbers.lines[line].members().filter(few).collect();
        for &member in &members {
            self.numbers.numbers[member].hidden = Some(Why::Complementary);
            for line in self.numbers.numbers[member].lines.clone() {
                self.look_again(line);
            }
        }
        !members.is_empty()
    }
}
