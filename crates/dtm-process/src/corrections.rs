//! The cleaning log applied: clean data are raw data and corrections.
//!
//! [`apply`] takes a record as it arrived and its corrections, and returns the clean record, or none where the record
//! was removed; what arrived stays untouched. [`diff`] goes the other way, from raw and clean to the log. The two cancel
//! out: applying the difference of two records gives the second.
//!
//! A corrected value is read as the type of the answer that arrived, so that `12` typed into a log replaces a number
//! with a number. [`read_log`] and [`write_log`] bring and take the log as a sheet, [`fit_log`] holds one against the
//! records before it is applied, [`recode`] gives «other» its place, and [`apply_to_sheet`] and [`diff_sheets`] do with
//! whole sheets what `apply` and `diff` do with records. In repeats a question is named with the turn it stands in, from 1: `household[2]/member[1]/age`.

mod clean_data;
mod fit;
mod log;
mod net;
mod problem;
mod recode;
mod sheets;

pub use fit::{FittedEntry, FittedLog, Known, fit_log};
pub use log::{COLUMNS, CleaningLog, LogError, LogLine, read_log, word, write_log};
pub use net::net_lines;
pub use problem::LogProblem;
pub use recode::{OtherQuestion, Recode, RecodeError, new_choice, other_choice, other_questions, recode};
pub use sheets::{ChoicesDisagree, Sheet, SheetDiff, apply_to_sheet, choices_that_disagree, diff_sheets};

use dtm_model::{Answer, Answers, Change, Correction, Point, Record, RecordId};
use std::collections::{BTreeMap, BTreeSet};

/// Applies the corrections of this record in order of time; none when the record was removed.
///
/// Corrections of other records and of questions whose repeat has no such turn change nothing.
pub fn apply(record: &Record, corrections: &[Correction]) -> Option<Record> {
    let mut of_record: Vec<&Correction> =
        corrections.iter().filter(|correction| correction.record == record.id).collect();
    of_record.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    let (mut clean, mut is_out) = (record.clone(), false);
    for correction in of_record {
        match (correction.change, &correction.question) {
            (Change::RemoveSurvey, _) => is_out = true,
            (Change::RestoreSurvey, _) => is_out = false,
            (Change::ChangeResponse, Some(question)) => put(record, &mut clean, question, correction.new.as_deref()),
            (Change::BlankResponse, Some(question)) => put(record, &mut clean, question, None),
            (Change::NoAction, _) | (_, None) => {}
        }
    }
    (!is_out).then_some(clean)
}

/// The entry that took the record out, unless a later one took it back in. The log is in order of time.
pub fn removal(log: &[Correction]) -> Option<&Correction> {
    let last = log.iter().rev().find(|entry| matches!(entry.change, Change::RemoveSurvey | Change::RestoreSurvey))?;
    (last.change == Change::RemoveSurvey).then_some(last)
}

/// The answer that a question of the log names, turns of repeats by their position; none where it is blank.
pub fn answer_to<'a>(record: &'a Record, question: &str) -> Option<&'a Answer> {
    let address = Address::find(&record.answers, question)?;
    address.turn(&record.answers)?.values.get(&address.key)
}

/// Whether the record has the turns of repeats that a question of the log names.
pub fn has_turns_of(record: &Record, question: &str) -> bool {
    Address::find(&record.answers, question).is_some_and(|address| address.turn(&record.answers).is_some())
}

/// The path in the form of a question as the log names it: `household[2]/member[1]/age` is `household/member/age`.
pub fn path_of(question: &str) -> String {
    let (mut path, mut rest) = (String::with_capacity(question.len()), question);
    while let Some((repeat, _, below)) = next_turn(rest) {
        path.push_str(repeat);
        path.push('/');
        rest = below;
    }
    path + rest
}

/// One difference between a raw and a clean record: what a cleaning log would have to say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Difference {
    /// The record.
    pub record: RecordId,
    /// The question; none when the whole record is gone.
    pub question: Option<String>,
    /// The value in the raw record.
    pub old: Option<String>,
    /// The value in the clean record.
    pub new: Option<String>,
    /// What was done.
    pub change: Change,
}

/// Returns what changed from the raw to the clean record, by question. Turns of repeats that one of the two lacks are
/// not corrections of answers and are left out.
pub fn diff(raw: &Record, clean: Option<&Record>) -> Vec<Difference> {
    let difference = |question, old, new, change| Difference { record: raw.id.clone(), question, old, new, change };
    let Some(clean) = clean else {
        return vec![difference(None, None, None, Change::RemoveSurvey)];
    };
    let mut differences = Vec::new();
    let mut waiting = vec![(String::new(), String::new(), &raw.answers, &clean.answers)];
    while let Some((turn, whole, raw, clean)) = waiting.pop() {
        // Below a turn, keys may be whole paths; the turn says the first part already.
        let below = |key: &str| key.strip_prefix(whole.as_str()).unwrap_or(key).to_owned();
        let questions: BTreeSet<&String> = raw.values.keys().chain(clean.values.keys()).collect();
        for question in questions {
            let (old, new) = (raw.values.get(question), clean.values.get(question));
            if old == new {
                continue;
            }
            let change = if new.is_some() { Change::ChangeResponse } else { Change::BlankResponse };
            let text = |answer: Option<&Answer>| answer.map(Answer::to_text);
            let question = Some(format!("{turn}{}", below(question)));
            differences.push(difference(question, text(old), text(new), change));
        }
        for (repeat, raw_turns) in &raw.repeats {
            let clean_turns = clean.repeats.get(repeat).map_or(&[][..], Vec::as_slice);
            for (at, (raw, clean)) in raw_turns.iter().zip(clean_turns).enumerate() {
                let repeat = below(repeat);
                waiting.push((format!("{turn}{repeat}[{}]/", at + 1), format!("{whole}{repeat}/"), raw, clean));
            }
        }
    }
    differences.sort();
    differences
}

/// Puts a value in place of the answer, or takes the answer away.
fn put(raw: &Record, clean: &mut Record, question: &str, new: Option<&str>) {
    let Some(address) = Address::find(&raw.answers, question) else { return };
    let old = address.turn(&raw.answers).and_then(|answers| answers.values.get(&address.key)).cloned();
    let Some(answers) = address.turn_mut(&mut clean.answers) else { return };
    match new.map(str::trim).filter(|new| !new.is_empty()) {
        Some(new) => answers.values.insert(address.key, typed_like(old.as_ref(), new)),
        None => answers.values.remove(&address.key),
    };
}

/// Where an answer stands: through which turns of which repeats, and under which key.
struct Address {
    turns: Vec<(String, usize)>,
    key: String,
}

impl Address {
    /// Finds the answer a log names. Keys are the whole path or only the part below the repeat, as the record has them.
    fn find(answers: &Answers, question: &str) -> Option<Self> {
        let mut turns = Vec::new();
        let (mut answers, mut rest, mut whole) = (answers, question, String::new());
        while let Some((repeat, turn, below)) = next_turn(rest) {
            let path = format!("{whole}{repeat}");
            let key = [path.as_str(), repeat, rest_of_path(repeat)]
                .into_iter()
                .find(|key| answers.repeats.contains_key(*key))?
                .to_owned();
            answers = answers.repeats.get(&key)?.get(turn)?;
            turns.push((key, turn));
            (whole, rest) = (format!("{path}/"), below);
        }
        let path = format!("{whole}{rest}");
        let known = [path.as_str(), rest].into_iter().find(|key| answers.values.contains_key(*key));
        let key = known.map(str::to_owned).or_else(|| only_of_name(answers, rest)).unwrap_or_else(|| {
            // A new answer is written the way its neighbours are.
            let whole_paths = answers.values.keys().any(|key| !whole.is_empty() && key.starts_with(&whole));
            if whole_paths { path.clone() } else { rest.to_owned() }
        });
        Some(Self { turns, key })
    }

    fn turn<'a>(&self, answers: &'a Answers) -> Option<&'a Answers> {
        self.turns.iter().try_fold(answers, |answers, (repeat, turn)| answers.repeats.get(repeat)?.get(*turn))
    }

    fn turn_mut<'a>(&self, answers: &'a mut Answers) -> Option<&'a mut Answers> {
        self.turns.iter().try_fold(answers, |answers, (repeat, turn)| answers.repeats.get_mut(repeat)?.get_mut(*turn))
    }
}

/// Splits `household[2]/member[1]/age` into `household`, the index 1 and `member[1]/age`.
fn next_turn(question: &str) -> Option<(&str, usize, &str)> {
    let (head, below) = question.split_once("]/")?;
    let (repeat, turn) = head.rsplit_once('[')?;
    let turn: usize = turn.parse().ok()?;
    Some((repeat, turn.checked_sub(1)?, below))
}

fn rest_of_path(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The key of the only answer with this last name.
fn only_of_name(answers: &Answers, name: &str) -> Option<String> {
    let mut named = answers.values.keys().filter(|key| rest_of_path(key) == name);
    named.next().filter(|_| named.next().is_none()).cloned()
}

/// Reads a corrected value as the type of the answer it replaces.
fn typed_like(old: Option<&Answer>, new: &str) -> Answer {
    let unreadable = || Answer::Unreadable(new.to_owned());
    match old {
        None | Some(Answer::Text(_)) => Answer::Text(new.to_owned()),
        Some(Answer::DateTime(_)) => Answer::DateTime(new.to_owned()),
        Some(Answer::Integer(_)) => whole_number(new).or_else(|| decimal(new)).unwrap_or_else(unreadable),
        Some(Answer::Decimal(_)) => decimal(new).unwrap_or_else(unreadable),
        Some(Answer::Date(_)) => day(new).unwrap_or_else(unreadable),
        Some(Answer::Point(_)) => point(new).unwrap_or_else(unreadable),
        Some(Answer::Choices(_)) => Answer::Choices(new.split_whitespace().map(str::to_owned).collect()),
        // The type asked for is not known here; the value tells it.
        Some(Answer::Unreadable(_)) => whole_number(new)
            .or_else(|| decimal(new))
            .or_else(|| day(new))
            .or_else(|| point(new))
            .unwrap_or_else(|| Answer::Text(new.to_owned())),
    }
}

fn whole_number(text: &str) -> Option<Answer> {
    let as_written = text.parse().ok();
    let without_fraction = || match decimal(text) {
        Some(Answer::Decimal(number)) if number.fract() == 0.0 && number.abs() < 9e15 => Some(number as i64),
        _ => None,
    };
    as_written.or_else(without_fraction).map(Answer::Integer)
}

fn decimal(text: &str) -> Option<Answer> {
    text.parse().ok().filter(|number: &f64| number.is_finite()).map(Answer::Decimal)
}

fn day(text: &str) -> Option<Answer> {
    text.parse().ok().map(Answer::Date)
}

fn point(text: &str) -> Option<Answer> {
    let mut degrees = text.split_whitespace().map(|part| part.parse::<f64>().ok().filter(|n| n.is_finite()));
    let (lat, lon) = (degrees.next()??, degrees.next()??);
    Some(Answer::Point(Point { lon, lat }))
}

/// The corrections of each record, for a round's worth of records at once.
pub fn by_record(corrections: impl IntoIterator<Item = Correction>) -> BTreeMap<RecordId, Vec<Correction>> {
    let mut of_records: BTreeMap<RecordId, Vec<Correction>> = BTreeMap::new();
    for correction in corrections {
        of_records.entry(correction.record.clone()).or_default().push(correction);
    }
    of_records
}

#[cfg(test)]
mod log_tests;
#[cfg(test)]
mod tests;
