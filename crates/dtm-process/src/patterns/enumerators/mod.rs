//! How one enumerator's work looks beside that of the others.
//!
//! In go the answers, who asked, and what is known of durations and positions; out comes, for each enumerator, a list of
//! measures ([`Measure`]), each with its value, of how many it was taken, what is usual in the round, and whether it stands
//! apart from that ([`Beside`]). There is no score: measures are not added up, as what is odd in one may explain another.
//! The same is computed of teams, with a team's number for each row.

mod beside;
mod measure;

pub use beside::{Beside, LEAST_ENUMERATORS, LEAST_INTERVIEWS, NOBODY, put_beside};
pub use measure::{Measure, Of, Unit};

use super::distances::metres_between;
use super::durations::Interview;
use super::heaping::{last_digits, round_ages, round_counts};
use super::near_duplicates::OwnAlike;
use super::positions::Positions;
use super::{Share, dont_know};
use crate::answers::{AnswerTable, Moment};
use crate::corrections::OtherQuestion;
use crate::folding::plain;
use crate::spread::median;
use crate::statistics::{divergence, entropy};
use chrono::NaiveDate;
use dtm_model::{FieldKind, Point, Timing};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One measure of one enumerator.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// What is measured.
    pub measure: Measure,
    /// The value; a share from 0 to 1 where it is one.
    pub value: f64,
    /// How many, where it is a share.
    pub n: Option<u64>,
    /// Of how many answers, interviews or days it was taken.
    pub of: u64,
    /// What is usual in the round: the median of the enumerators who asked enough; none where nobody did.
    pub usual: Option<f64>,
    /// How it stands beside that.
    pub beside: Beside,
    /// How many spreads from the usual value.
    pub z: Option<f64>,
}

/// One enumerator's work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The enumerator.
    pub enumerator: u32,
    /// How many interviews.
    pub n_interviews: u64,
    /// On how many days, as far as days are known.
    pub n_days: u64,
    /// What was measured.
    pub parts: Vec<Part>,
}

impl Profile {
    /// One of the measures, where it could be taken.
    pub fn part(&self, measure: Measure) -> Option<&Part> {
        self.parts.iter().find(|part| part.measure == measure)
    }

    fn part_mut(&mut self, measure: Measure) -> Option<&mut Part> {
        self.parts.iter_mut().find(|part| part.measure == measure)
    }
}

/// What a profile is made of. What is not known is left empty.
#[derive(Clone, Debug, Default)]
pub struct Work<'a> {
    /// Who asked, by a number for each row.
    pub enumerators: &'a [u32],
    /// When and how long, by row.
    pub interviews: &'a [Interview],
    /// On which day, by row.
    pub days: &'a [Option<NaiveDate>],
    /// About which a check wants an answer, by row.
    pub flagged: &'a [bool],
    /// What the phones logged of the time, by row.
    pub timings: &'a [Option<Timing>],
    /// Where, by enumerator.
    pub positions: BTreeMap<u32, Positions>,
    /// How like each interview is to others of the same enumerator, by row.
    pub own: &'a [Option<OwnAlike>],
    /// Questions that offer «don't know», with the codes that say so.
    pub no_answer: Vec<(usize, Vec<bool>)>,
    /// Questions on which «no» skips others: the column and the name of the choice.
    pub gates: Vec<(usize, String)>,
    /// Questions with a choice «other»: the column and the name of the choice.
    pub others: Vec<(usize, String)>,
    /// Columns of ages.
    pub ages: Vec<usize>,
}

impl<'a> Work<'a> {
    /// What the answers themselves tell: which questions «no» skips, which have «other», which ask for an age.
    pub fn of(
        table: &AnswerTable,
        enumerators: &'a [u32],
        interviews: &'a [Interview],
        others: &[OtherQuestion],
    ) -> Self {
        let is_age = |name: &str| plain(name).split(' ').any(|word| word == "age");
        let other = |question: &OtherQuestion| Some((table.position(&question.select)?, question.other.clone()));
        Self {
            enumerators,
            interviews,
            no_answer: dont_know::columns_with_no_answer(table, dont_know::is_no_answer, |_| false),
            gates: gates(table),
            others: others.iter().filter_map(other).collect(),
            ages: table.positions(|column| column.kind == Some(FieldKind::Integer) && is_age(column.name())),
            ..Self::default()
        }
    }
}

/// Names of the choice that skips questions.
const NO: [&str; 4] = ["no", "non", "n", "0"];

/// Questions after whose «no» the next one is never answered, and after another answer it is.
pub fn gates(table: &AnswerTable) -> Vec<(usize, String)> {
    let questions = table.positions(|column| column.is_substance());
    let gate = |pair: &[usize]| {
        let (column, next) = (&table.columns()[pair[0]], &table.columns()[pair[1]]);
        let is_no = |code: &u32| NO.contains(&plain(column.word(*code)).as_str());
        let no = (1..column.n_codes() as u32).find(is_no).filter(|_| column.kind == Some(FieldKind::SelectOne))?;
        let (mut after_no, mut after_another) = (0u64, 0u64);
        for (code, _) in column.codes().iter().zip(next.codes()).filter(|(code, next)| **code > 0 && **next > 0) {
            *(if *code == no { &mut after_no } else { &mut after_another }) += 1;
        }
        (after_no == 0 && after_another > 0).then(|| (pair[0], column.word(no).to_owned()))
    };
    questions.windows(2).filter_map(gate).collect()
}

/// The share of interviews of different enumerators that are more alike than what counts as alike.
pub const ALIKE: f64 = 0.01;

/// The measures of all enumerators, by number, each beside what is usual among them.
pub fn profiles(table: &AnswerTable, work: &Work) -> Vec<Profile> {
    let mut profiles = measure(table, work);
    let round = profiles.clone();
    put_beside(&mut profiles, &round);
    profiles
}

/// The measures of all enumerators, by number, not compared.
pub fn measure(table: &AnswerTable, work: &Work) -> Vec<Profile> {
    let mut rows: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (row, enumerator) in work.enumerators.iter().enumerate().take(table.n_rows()) {
        rows.entry(*enumerator).or_default().push(row);
    }
    let variety = variety(table, work.enumerators);
    let no_answer: BTreeMap<u32, Share> = dont_know::no_answer_shares(table, &work.no_answer, work.enumerators)
        .into_iter()
        .map(|share| (share.enumerator, share.own))
        .collect();
    let substance = table.positions(|column| column.is_substance());
    let is_count = |at: &usize| !work.ages.contains(at);
    let counts = table.positions(|column| column.kind == Some(FieldKind::Integer) && column.is_asked);
    let counts: Vec<usize> = counts.into_iter().filter(is_count).collect();
    let profile = |(&enumerator, rows): (&u32, &Vec<usize>)| {
        let mut taken = Taken::default();
        taken.share(Measure::DontKnow, no_answer.get(&enumerator).copied().unwrap_or_default());
        if let Some((entropy, divergence, of)) = variety.get(&enumerator) {
            taken.number(Measure::Entropy, Some(*entropy), *of);
            taken.number(Measure::Divergence, Some(*divergence), *of);
        }
        taken.share(Measure::NoOnGates, chosen(table, &work.gates, rows));
        taken.share(Measure::Other, chosen(table, &work.others, rows));
        let cells = rows.iter().flat_map(|row| substance.iter().map(|at| table.columns()[*at].is_answered(*row)));
        taken.share(Measure::Missing, share_of(cells.map(|answered| !answered)));
        let numbers = |columns: &[usize]| -> Vec<f64> {
            rows.iter().flat_map(|row| columns.iter().filter_map(|at| table.columns()[*at].number(*row))).collect()
        };
        taken.share(Measure::RoundAges, round_ages(numbers(&work.ages)));
        taken.share(Measure::RoundCounts, round_counts(numbers(&counts)));
        if let Some(digits) = last_digits(numbers(&counts), 10) {
            taken.number(Measure::LastDigits, Some(digits.chi_squared), digits.counts.iter().sum());
        }
        let alike = rows.iter().filter_map(|row| work.own.get(*row).copied().flatten());
        taken.share(Measure::LikeOwn, share_of(alike.map(|own| own.percentile < ALIKE)));
        taken.share(Measure::Flagged, share_of(rows.iter().filter_map(|row| work.flagged.get(*row).copied())));
        if let Some(own) = work.positions.get(&enumerator) {
            taken.positions(own);
        }
        let held: Vec<&Interview> = rows.iter().filter_map(|row| work.interviews.get(*row)).collect();
        let minutes: Vec<f64> = held.iter().filter_map(|held| held.minutes()).filter(|taken| *taken >= 0.0).collect();
        taken.number(Measure::Minutes, median(&minutes), minutes.len() as u64);
        let logged = rows.iter().filter_map(|row| work.timings.get(*row).copied().flatten());
        taken.timings(&logged.collect::<Vec<Timing>>());
        let ways = ways(&held);
        taken.number(Measure::MetresBetween, median(&ways), ways.len() as u64);
        let days: Vec<NaiveDate> = rows.iter().filter_map(|row| work.days.get(*row).copied().flatten()).collect();
        let n_days = days.iter().collect::<BTreeSet<_>>().len() as u64;
        taken.number(Measure::PerDay, Some(days.len() as f64 / n_days as f64), n_days);
        taken.0.sort_by_key(|part| part.measure);
        Profile { enumerator, n_interviews: rows.len() as u64, n_days, parts: taken.0 }
    };
    rows.iter().map(profile).collect()
}

/// What was measured so far.
#[derive(Default)]
struct Taken(Vec<Part>);

impl Taken {
    fn put(&mut self, measure: Measure, value: Option<f64>, n: Option<u64>, of: u64) {
        if let Some(value) = value.filter(|value| of > 0 && value.is_finite()) {
            self.0.push(Part { measure, value, n, of, usual: None, beside: Beside::default(), z: None });
        }
    }

    fn number(&mut self, measure: Measure, value: Option<f64>, of: u64) {
        self.put(measure, value, None, of);
    }

    fn share(&mut self, measure: Measure, share: Share) {
        self.put(measure, share.value(), Some(share.n), share.of);
    }

    fn timings(&mut self, logged: &[Timing]) {
        let sum = |of: fn(&Timing) -> u32| logged.iter().map(|one| u64::from(of(one))).sum();
        self.share(Measure::QuickQuestions, Share { n: sum(|one| one.n_quick), of: sum(|one| one.n_questions) });
        let between = |one: &Timing| (one.open_ms - one.answering_ms).max(0) as f64 / 60_000.0;
        let between: Vec<f64> = logged.iter().map(between).collect();
        self.number(Measure::MinutesBetween, median(&between), logged.len() as u64);
        let told = logged.iter().filter_map(|one| one.n_changed_later);
        self.share(Measure::ChangedLater, share_of(told.map(|n| n > 0)));
    }

    fn positions(&mut self, own: &Positions) {
        // A single one is always alone on its spot.
        if own.on_one_spot.of > 1 {
            self.share(Measure::OneSpot, own.on_one_spot);
        }
        self.share(Measure::FarFromSite, own.far_from_site);
        self.share(Measure::Inaccurate, own.inaccurate);
        self.number(Measure::MetresToSite, own.metres_to_site, own.far_from_site.of);
        self.number(Measure::Spread, own.spread_m, own.with_position.n);
    }
}

/// Metres from each interview to the next one that the same enumerator held on the same day.
fn ways(held: &[&Interview]) -> Vec<f64> {
    let placed = held.iter().filter_map(|held| Some((held.enumerator, held.started?, held.position?)));
    let mut placed: Vec<(Option<u32>, Moment, Point)> = placed.collect();
    placed.sort_by_key(|(who, started, _)| (*who, *started));
    let one_day = placed.windows(2).filter(|pair| pair[0].0 == pair[1].0 && pair[0].1.day() == pair[1].1.day());
    one_day.map(|pair| metres_between(pair[0].2, pair[1].2)).collect()
}

/// How often a choice was made among the answers to its question.
fn chosen(table: &AnswerTable, choices: &[(usize, String)], rows: &[usize]) -> Share {
    let mut share = Share::default();
    for (at, choice) in choices {
        let column = &table.columns()[*at];
        for text in rows.iter().filter_map(|row| column.text(*row)) {
            share.of += 1;
            share.n += u64::from(text.split_whitespace().any(|name| name == choice));
        }
    }
    share
}

fn share_of(all: impl Iterator<Item = bool>) -> Share {
    all.fold(Share::default(), |share, is| Share { n: share.n + u64::from(is), of: share.of + 1 })
}

/// The mean entropy of the answers to questions with one choice, their mean divergence from those that others get, and
/// how many answers that is, by enumerator.
fn variety(table: &AnswerTable, enumerators: &[u32]) -> BTreeMap<u32, (f64, f64, u64)> {
    let mut sums: BTreeMap<u32, (f64, f64, u64, u64)> = BTreeMap::new();
    for column in table.columns().iter().filter(|column| column.kind == Some(FieldKind::SelectOne)) {
        let (mut own, mut all): (BTreeMap<u32, Vec<u64>>, Vec<u64>) = (BTreeMap::new(), vec![0; column.n_codes()]);
        for (code, enumerator) in column.codes().iter().zip(enumerators).filter(|(code, _)| **code > 0) {
            own.entry(*enumerator).or_insert_with(|| vec![0; column.n_codes()])[*code as usize] += 1;
            all[*code as usize] += 1;
        }
        for (enumerator, counts) in own {
            let others: Vec<u64> = all.iter().zip(&counts).map(|(all, own)| all - own).collect();
            let Some(apart) = divergence(&counts, &others) else { continue };
            let sum = sums.entry(enumerator).or_default();
            *sum = (sum.0 + entropy(&counts), sum.1 + apart, sum.2 + 1, sum.3 + counts.iter().sum::<u64>());
        }
    }
    let mean = |(bits, apart, n, of): (f64, f64, u64, u64)| (bits / n as f64, apart / n as f64, of);
    sums.into_iter().map(|(enumerator, sums)| (enumerator, mean(sums))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::{AnswerTable, form_of};

    /// Seven enumerators with twelve interviews each; the last one always gets the same answers.
    fn table() -> (AnswerTable, Vec<u32>) {
        let form = form_of(&[("shelter", FieldKind::SelectOne), ("works", FieldKind::SelectOne)]);
        let (mut rows, mut enumerators) = (Vec::new(), Vec::new());
        for enumerator in 0..7u32 {
            for n in 0..12u32 {
                let shelter = ["tent", "house", "school"][(n + enumerator) as usize % 3];
                let works = if (n * 7 + enumerator) % 4 == 0 { "no" } else { "yes" };
                let row = if enumerator == 6 { ["tent", "no"] } else { [shelter, works] };
                rows.push(row.map(str::to_owned).to_vec());
                enumerators.push(enumerator);
            }
        }
        (AnswerTable::of_sheet(&form, &["shelter".to_owned(), "works".to_owned()], rows), enumerators)
    }

    #[test]
    fn who_always_gets_the_same_answers_stands_out_with_the_parts_that_say_why() {
        let (table, enumerators) = table();
        let gates = vec![(1, "no".to_owned())];
        let work = Work { enumerators: &enumerators, gates, ..Work::default() };
        let profiles = profiles(&table, &work);
        let unusual = |profile: &Profile| profile.parts.iter().any(|part| part.beside.is_unusual());
        assert!(profiles[6..].iter().all(unusual) && !profiles[..6].iter().any(unusual), "{profiles:?}");
        let part = |measure| *profiles[6].part(measure).unwrap();
        let entropy = part(Measure::Entropy);
        assert_eq!((entropy.value, entropy.of, entropy.beside), (0.0, 24, Beside::MuchLess));
        let no = part(Measure::NoOnGates);
        assert_eq!((no.value, no.n, no.of, no.usual, no.beside), (1.0, Some(12), 12, Some(0.25), Beside::MuchMore));
    }

    /// So many interviews of so many minutes by each enumerator, and what is said of each.
    fn said_of_minutes(lines: &[(u32, f64)]) -> Vec<(Beside, u64)> {
        let (mut enumerators, mut interviews) = (Vec::new(), Vec::new());
        for (enumerator, (n, minutes)) in (1..).zip(lines) {
            for _ in 0..*n {
                enumerators.push(enumerator);
                interviews.push(Interview { answering_minutes: Some(*minutes), ..Interview::default() });
            }
        }
        let form = form_of(&[("shelter", FieldKind::SelectOne)]);
        let rows = vec![vec!["tent".to_owned()]; enumerators.len()];
        let table = AnswerTable::of_sheet(&form, &["shelter".to_owned()], rows);
        let work = Work { enumerators: &enumerators, interviews: &interviews, ..Work::default() };
        let said = |profile: &Profile| profile.part(Measure::Minutes).map(|part| (part.beside, part.of)).unwrap();
        profiles(&table, &work).iter().map(said).collect()
    }

    #[test]
    fn who_is_twice_as_fast_is_told_and_who_asked_twice_is_not_judged() {
        use Beside::{MuchLess, TooFew, Usual};
        let lines = [(12, 40.0), (15, 42.0), (11, 38.0), (20, 41.0), (10, 39.0), (14, 20.0), (2, 5.0)];
        let said: Vec<Beside> = said_of_minutes(&lines).into_iter().map(|(beside, _)| beside).collect();
        assert_eq!(said, [Usual, Usual, Usual, Usual, Usual, MuchLess, TooFew]);
        let close = [(12, 40.0), (12, 40.0), (12, 40.0), (12, 40.0), (12, 44.0)];
        assert!(said_of_minutes(&close).iter().all(|(beside, _)| *beside == Usual), "a tenth apart is nothing");
        assert!(said_of_minutes(&lines[..4]).iter().all(|(beside, _)| *beside == Beside::FewOthers));
    }

    #[test]
    fn a_single_one_of_ten_is_within_chance_where_nobody_else_has_any() {
        let form = form_of(&[("shelter", FieldKind::SelectOne)]);
        let enumerators: Vec<u32> = (0..60).map(|row| row / 10 + 1).collect();
        let said = |n_flagged: usize| {
            let flagged: Vec<bool> = (0..60).map(|row| row < n_flagged).collect();
            let table = AnswerTable::of_sheet(&form, &["shelter".to_owned()], vec![vec!["tent".to_owned()]; 60]);
            let work = Work { enumerators: &enumerators, flagged: &flagged, ..Work::default() };
            profiles(&table, &work)[0].part(Measure::Flagged).unwrap().beside
        };
        assert_eq!((said(1), said(6)), (Beside::Usual, Beside::MuchMore));
    }

    #[test]
    fn some_days_are_held_against_the_whole_round() {
        let (table, enumerators) = table();
        let work = Work { enumerators: &enumerators, ..Work::default() };
        let round = measure(&table, &work);
        let rows: Vec<usize> = (0..table.n_rows()).filter(|row| row % 12 < 3).collect();
        let some = table.of_rows(&rows);
        let numbers: Vec<u32> = rows.iter().map(|row| enumerators[*row]).collect();
        let mut days = measure(&some, &Work { enumerators: &numbers, ..Work::default() });
        put_beside(&mut days, &round);
        assert!(days.iter().all(|profile| profile.n_interviews == 3));
        let parts = || days.iter().flat_map(|profile| &profile.parts);
        assert!(parts().all(|part| part.beside == Beside::TooFew && part.usual.is_some()), "{days:?}");
    }

    #[test]
    fn the_phones_own_log_tells_who_does_not_read_questions_out_and_who_changes_answers_later() {
        let (table, enumerators) = table();
        let timing = |enumerator: u32| Timing {
            answering_ms: 20 * 60_000,
            open_ms: 25 * 60_000,
            n_questions: 40,
            n_quick: if enumerator == 2 { 20 } else { 2 },
            n_changed_later: (enumerator < 6).then_some(u32::from(enumerator == 3)),
        };
        let timings: Vec<Option<Timing>> = enumerators.iter().map(|who| Some(timing(*who))).collect();
        let work = Work { enumerators: &enumerators, timings: &timings, ..Work::default() };
        let profiles = profiles(&table, &work);
        let said = |who: usize, measure| profiles[who].part(measure).map(|part| (part.value, part.of, part.beside));
        assert_eq!(said(2, Measure::QuickQuestions), Some((0.5, 480, Beside::MuchMore)));
        assert_eq!(said(1, Measure::QuickQuestions), Some((0.05, 480, Beside::Usual)));
        assert_eq!(said(3, Measure::ChangedLater), Some((1.0, 12, Beside::MuchMore)));
        assert_eq!(said(6, Measure::ChangedLater), None, "a log without answers says nothing of them");
        assert_eq!(said(1, Measure::MinutesBetween), Some((5.0, 12, Beside::Usual)));
    }

    #[test]
    fn a_gate_is_a_question_whose_no_is_followed_by_nothing() {
        let form =
            form_of(&[("owns", FieldKind::SelectOne), ("animals", FieldKind::Integer), ("well", FieldKind::SelectOne)]);
        let header = ["owns", "animals", "well"].map(str::to_owned);
        let rows =
            [["yes", "3", "no"], ["no", "", "yes"], ["yes", "1", "no"]].map(|row| row.map(str::to_owned).to_vec());
        assert_eq!(gates(&AnswerTable::of_sheet(&form, &header, rows)), [(0, "no".to_owned())]);
    }

    #[test]
    fn two_enumerators_are_measured_and_not_compared() {
        let (table, mut enumerators) = table();
        enumerators.iter_mut().for_each(|enumerator| *enumerator %= 2);
        let profiles = profiles(&table, &Work { enumerators: &enumerators, ..Work::default() });
        let parts: Vec<&Part> = profiles.iter().flat_map(|profile| &profile.parts).collect();
        assert!(!parts.is_empty() && parts.iter().all(|part| !part.beside.is_unusual()));
    }
}
