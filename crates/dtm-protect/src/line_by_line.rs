//! Complementary suppression line by line, for figures that are few all over: there every sum has several hidden members
//! anyway, and what is hidden for one serves the next. In: numbers with what is hidden at first. Out: the same, so that
//! the [audit](crate::audit) finds nothing. The choice is greedy: the smallest number that opens the fewest further
//! sums, parts before wholes, zeros only where there is nothing else.

use crate::audit;
use crate::numbers::Numbers;
use crate::suppress::Exposed;
use crate::{Policy, Why};
use std::collections::{BTreeSet, VecDeque};

/// Hides what the policy calls for beyond the numbers hidden already.
pub(crate) fn suppress(numbers: &mut Numbers, policy: &Policy) -> Result<(), Exposed> {
    let mut suppression = Suppression::new(numbers, policy);
    for at in 0..suppression.numbers.numbers.len() {
        let number = &suppression.numbers.numbers[at];
        if number.hidden.is_none() && 0 < number.value && number.value < number.minimum {
            suppression.hide(at, Why::FewerThanMinimum);
        }
    }
    loop {
        suppression.close();
        let narrow = audit::narrow(suppression.numbers, policy);
        if !narrow.is_empty() {
            suppression.make_room(&narrow)?;
            continue;
        }
        let determined = audit::determined(suppression.numbers);
        if determined.is_empty() {
            return Ok(());
        }
        suppression.cover(&determined)?;
    }
}

struct Suppression<'a> {
    numbers: &'a mut Numbers,
    policy: &'a Policy,
    /// How many members of each line are hidden.
    n_hidden: Vec<usize>,
    /// Lines to look at again.
    open: VecDeque<usize>,
    waiting: Vec<bool>,
    /// How far above its minimum a number should be to hide another: a reader knows that it is not below.
    room: i64,
}

impl<'a> Suppression<'a> {
    fn new(numbers: &'a mut Numbers, policy: &'a Policy) -> Self {
        let n_hidden: Vec<usize> = numbers
            .lines
            .iter()
            .map(|line| line.members().filter(|&at| numbers.numbers[at].hidden.is_some()).count())
            .collect();
        let open: VecDeque<usize> = (0..n_hidden.len()).filter(|&line| n_hidden[line] > 0).collect();
        let mut waiting = vec![false; n_hidden.len()];
        open.iter().for_each(|&line| waiting[line] = true);
        Self { numbers, policy, n_hidden, open, waiting, room: i64::from(policy.min_possible) - 1 }
    }

    fn hide(&mut self, at: usize, why: Why) {
        let number = &mut self.numbers.numbers[at];
        if number.hidden.is_some() {
            return;
        }
        number.hidden = Some(why);
        for line in number.lines.clone() {
            self.n_hidden[line] += 1;
            self.look_again(line);
        }
    }

    /// Hides further members of every line that gives a hidden one away, be it the only one or in a tight place.
    fn close(&mut self) {
        while let Some(line) = self.open.pop_front() {
            self.waiting[line] = false;
            let alone = self.n_hidden[line] == 1;
            if !alone && !audit::gives_away(self.numbers, line, self.policy) {
                continue;
            }
            match self.cheapest(line) {
                // A zero helps against subtraction, not against bounds.
                Some(more) if alone || self.numbers.numbers[more].value != 0 => {
                    self.hide(more, Why::Complementary);
                    self.look_again(line);
                }
                _ => _ = self.keep_reasons_back(line),
            }
        }
    }

    fn look_again(&mut self, line: usize) {
        if !std::mem::replace(&mut self.waiting[line], true) {
            self.open.push_back(line);
        }
    }

    /// The shown member of a line that is the least loss: anything before zero, parts before the whole, numbers that are
    /// large enough to leave room for guesses, then the smallest number times the sums it would open.
    fn cheapest(&self, line: usize) -> Option<usize> {
        let whole = self.numbers.lines[line].whole;
        let shown = self.numbers.lines[line].members().filter(|&at| self.numbers.numbers[at].hidden.is_none());
        shown.min_by_key(|&at| {
            let number = &self.numbers.numbers[at];
            let opens = number.lines.iter().filter(|&&other| other != line && self.n_hidden[other] == 0).count();
            let thin = number.value < number.minimum + self.room;
            (number.value == 0, at == whole, thin, i128::from(number.value) * (1 + opens as i128), at)
        })
    }

    /// Gives each number that is pinned down by a line one more hidden number beside it in that line, or stops giving
    /// the reasons that pin it down.
    fn make_room(&mut self, narrow: &[(usize, usize)]) -> Result<(), Exposed> {
        let mut covered: BTreeSet<usize> = BTreeSet::new();
        for &(at, line) in narrow {
            if !covered.insert(line) {
                continue;
            }
            match self.cheapest(line) {
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
