//! How one enumerator's work looks beside that of the others.
//!
//! In go the answers, who asked, and what is known of durations and positions; out comes, for each enumerator, a list of
//! measures, each with its value, of how many it was taken, and its robust z among all enumerators who asked enough. The
//! score is the sum of those z that lie on the side of concern, each counted up to five so that none decides alone; it
//! orders a supervisor's visits and is never shown without its parts. A hard district, a new enumerator and an invented
//! interview can look the same from here.

use super::durations::Interview;
use super::heaping::{last_digits, round_ages};
use super::near_duplicates::OwnAlike;
use super::positions::Positions;
use super::{Share, dont_know};
use crate::answers::AnswerTable;
use crate::checks::Words;
use crate::corrections::OtherQuestion;
use crate::folding::plain;
use crate::spread::{Spread, median};
use crate::statistics::{divergence, entropy};
use dtm_model::FieldKind;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Minutes of the interview in the middle.
    Minutes,
    /// Interviews on a day on which there was one.
    PerDay,
    /// «Don't know» and refusals among the answers that could be.
    DontKnow,
    /// «No» where «yes» would have brought more questions.
    NoOnGates,
    /// «Other» among the answers that could be.
    Other,
    /// Questions without an answer.
    Missing,
    /// How varied the answers are, in bits a question.
    Entropy,
    /// How far the answers lie from those that others get, from 0 to 1.
    Divergence,
    /// The chi-squared of the last digits of large counts.
    LastDigits,
    /// Ages from 23 to 62 that end in 0 or 5.
    RoundAges,
    /// Interviews on one spot.
    OneSpot,
    /// Interviews far from their site.
    FarFromSite,
    /// Positions that may be far off.
    Inaccurate,
    /// Interviews more like another of their own than hardly any two of different enumerators are.
    LikeOwn,
}

impl Measure {
    /// What it is called.
    pub fn words(self) -> Words {
        let (en, fr) = match self {
            Measure::Minutes => ("Minutes per interview (median)", "Minutes par entretien (médiane)"),
            Measure::PerDay => ("Interviews per working day", "Entretiens par jour de travail"),
            Measure::DontKnow => ("«Don’t know» and refusals", "« Ne sait pas » et refus"),
            Measure::NoOnGates => ("«No» that skips questions", "« Non » qui saute des questions"),
            Measure::Other => ("«Other»", "« Autre »"),
            Measure::Missing => ("Questions without an answer", "Questions sans réponse"),
            Measure::Entropy => ("Variety of answers (bits)", "Variété des réponses (bits)"),
            Measure::Divergence => ("Distance from others’ answers", "Écart aux réponses des autres"),
            Measure::LastDigits => ("Last digits (chi-squared)", "Derniers chiffres (khi-deux)"),
            Measure::RoundAges => ("Ages ending in 0 or 5", "Âges terminés par 0 ou 5"),
            Measure::OneSpot => ("Interviews on one spot", "Entretiens au même endroit"),
            Measure::FarFromSite => ("Interviews far from the site", "Entretiens loin du site"),
            Measure::Inaccurate => ("Inaccurate positions", "Positions imprécises"),
            Measure::LikeOwn => ("Interviews alike", "Entretiens semblables"),
        };
        Words { en, fr }
    }

    /// Whether little of it is what asks for a look.
    fn concerns_low(self) -> bool {
        matches!(self, Measure::Minutes | Measure::Entropy)
    }
}

/// One measure of one enumerator.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// What is measured.
    pub measure: Measure,
    /// The value; a share from 0 to 1 where it is one.
    pub value: f64,
    /// Of how many answers, interviews or days it was taken.
    pub of: u64,
    /// How far from the other enumerators, on the side of concern where positive; none where too few can be compared.
    pub z: Option<f64>,
}

/// One enumerator's work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The enumerator.
    pub enumerator: u32,
    /// How many interviews.
    pub n_interviews: u64,
    /// What was measured.
    pub parts: Vec<Part>,
    /// The sum of the parts on the side of concern; none where too few enumerators can be compared.
    pub score: Option<f64>,
}

/// What a profile is made of. What is not known is left empty.
#[derive(Clone, Debug, Default)]
pub struct Work<'a> {
    /// Who asked, by a number for each row.
    pub enumerators: &'a [u32],
    /// When and how long, by row.
    pub interviews: &'a [Interview],
    /// Where, by enumerator.
    pub positions: BTreeMap<u32, Positions>,
    /// How like each interview is to others of the same enumerator, by row.
    pub own: &'a [Option<OwnAlike>],
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

/// Whoever asked fewer is profiled, but not compared.
pub const LEAST_INTERVIEWS: u64 = 10;

/// Fewer enumerators to compare with say nothing.
const LEAST_ENUMERATORS: usize = 5;

/// A part counts in the score up to this.
const MOST_Z: f64 = 5.0;

/// The share of interviews of different enumerators that are more alike than what counts as alike.
const ALIKE: f64 = 0.01;

/// The profiles of all enumerators, by number.
pub fn profiles(table: &AnswerTable, work: &Work) -> Vec<Profile> {
    let mut rows: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (row, enumerator) in work.enumerators.iter().enumerate().take(table.n_rows()) {
        rows.entry(*enumerator).or_default().push(row);
    }
    let mut parts: BTreeMap<u32, Vec<Part>> = rows.keys().map(|enumerator| (*enumerator, Vec::new())).collect();
    let mut add = |enumerator: u32, measure, value: Option<f64>, of: u64| {
        if let Some(value) = value.filter(|value| of > 0 && value.is_finite()) {
            parts.entry(enumerator).or_default().push(Part { measure, value, of, z: None });
        }
    };
    let no_answer = dont_know::columns_with_no_answer(table, dont_know::is_no_answer, |_| false);
    for share in dont_know::no_answer_shares(table, &no_answer, work.enumerators) {
        add(share.enumerator, Measure::DontKnow, share.own.value(), share.own.of);
    }
    for (enumerator, (entropy, divergence, of)) in variety(table, work.enumerators) {
        add(enumerator, Measure::Entropy, Some(entropy), of);
        add(enumerator, Measure::Divergence, Some(divergence), of);
    }
    let substance = table.positions(|column| column.is_substance());
    let counts = table.positions(|column| column.kind == Some(FieldKind::Integer) && column.is_asked);
    for (&enumerator, rows) in &rows {
        let mut share = |measure, share: Share| add(enumerator, measure, share.value(), share.of);
        share(Measure::NoOnGates, chosen(table, &work.gates, rows));
        share(Measure::Other, chosen(table, &work.others, rows));
        let cells = rows.iter().flat_map(|row| substance.iter().map(|at| table.columns()[*at].is_answered(*row)));
        share(Measure::Missing, share_of(cells.map(|answered| !answered)));
        let numbers = |columns: &[usize]| -> Vec<f64> {
            rows.iter().flat_map(|row| columns.iter().filter_map(|at| table.columns()[*at].number(*row))).collect()
        };
        share(Measure::RoundAges, round_ages(numbers(&work.ages)));
        let alike = rows.iter().filter_map(|row| work.own.get(*row).copied().flatten());
        share(Measure::LikeOwn, share_of(alike.map(|own| own.percentile < ALIKE)));
        if let Some(own) = work.positions.get(&enumerator) {
            share(Measure::OneSpot, own.on_one_spot);
            share(Measure::FarFromSite, own.far_from_site);
            share(Measure::Inaccurate, own.inaccurate);
        }
        let ages: BTreeSet<usize> = work.ages.iter().copied().collect();
        let counts: Vec<usize> = counts.iter().copied().filter(|at| !ages.contains(at)).collect();
        if let Some(digits) = last_digits(numbers(&counts), 10) {
            add(enumerator, Measure::LastDigits, Some(digits.chi_squared), digits.counts.iter().sum());
        }
        let held: Vec<&Interview> = rows.iter().filter_map(|row| work.interviews.get(*row)).collect();
        let minutes: Vec<f64> = held.iter().filter_map(|held| held.minutes()).collect();
        add(enumerator, Measure::Minutes, median(&minutes), minutes.len() as u64);
        let days: Vec<_> = held.iter().filter_map(|held| held.started).map(|at| at.day()).collect();
        let n_days = days.iter().collect::<BTreeSet<_>>().len();
        add(enumerator, Measure::PerDay, Some(days.len() as f64 / n_days as f64), n_days as u64);
    }
    let n_interviews = rows.iter().map(|(enumerator, rows)| (*enumerator, rows.len() as u64)).collect();
    compared(parts, &n_interviews)
}

/// Puts each part beside those of the others.
fn compared(mut parts: BTreeMap<u32, Vec<Part>>, n_interviews: &BTreeMap<u32, u64>) -> Vec<Profile> {
    let enough = |enumerator: &u32| n_interviews.get(enumerator).is_some_and(|n| *n >= LEAST_INTERVIEWS);
    let mut values: BTreeMap<Measure, Vec<f64>> = BTreeMap::new();
    for (_, parts) in parts.iter().filter(|(enumerator, _)| enough(enumerator)) {
        parts.iter().for_each(|part| values.entry(part.measure).or_default().push(part.value));
    }
    values.retain(|_, values| values.len() >= LEAST_ENUMERATORS);
    for (_, parts) in parts.iter_mut().filter(|(enumerator, _)| enough(enumerator)) {
        for part in parts {
            let spread = values.get(&part.measure).and_then(|values| Spread::of(values));
            let side = if part.measure.concerns_low() { -1.0 } else { 1.0 };
            part.z = spread.and_then(|spread| spread.z(part.value)).map(|z| side * z);
        }
    }
    let profile = |(enumerator, mut parts): (u32, Vec<Part>)| {
        parts.sort_by_key(|part| part.measure);
        let concerns: Vec<f64> = parts.iter().filter_map(|part| part.z).map(|z| z.clamp(0.0, MOST_Z)).collect();
        let score = (!concerns.is_empty()).then(|| concerns.iter().sum());
        let n_interviews = n_interviews.get(&enumerator).copied().unwrap_or_default();
        Profile { enumerator, n_interviews, parts, score }
    };
    parts.into_iter().map(profile).collect()
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
        let score = |at: usize| profiles[at].score.unwrap();
        assert!((0..6).all(|at| score(at) < score(6)), "{profiles:?}");
        let part = |measure| profiles[6].parts.iter().find(|part| part.measure == measure).unwrap();
        assert_eq!((part(Measure::Entropy).value, part(Measure::Entropy).of), (0.0, 24));
        assert_eq!((part(Measure::NoOnGates).value, part(Measure::NoOnGates).of), (1.0, 12));
        assert!(part(Measure::NoOnGates).z.unwrap() > 3.5);
        let sum: f64 = profiles[6].parts.iter().filter_map(|part| part.z).map(|z| z.clamp(0.0, 5.0)).sum();
        assert_eq!(profiles[6].score, Some(sum), "the score is its parts");
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
        assert!(profiles.iter().all(|profile| profile.score.is_none() && !profile.parts.is_empty()));
    }
}
