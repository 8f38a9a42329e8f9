//! A cleaning log held against the records it speaks of, before any of it is applied.
//!
//! In go the log as read, the form, and the records as they are now, with earlier corrections applied. Out come the
//! entries that fit, ready to be signed, and the lines that do not, each with its cell and why. Lines about single
//! choices of a question with several (`needs.water` TRUE) become one entry of the question, so that records, which keep
//! the choices together, and sheets, which keep them apart, cannot drift apart. A line that would change nothing makes no
//! entry.

use super::log::{CleaningLog, LogLine};
use super::problem::{LogProblem, Part};
use super::sheets::{same_value, truth};
use super::{answer_to, has_turns_of, path_of, typed_like};
use crate::folding::nearest;
use crate::wording::facts;
use chrono::NaiveDate;
use dtm_model::{Answer, Change, Correction, CorrectionId, Field, FieldKind, FormSchema, Instant, Record, RecordId};
use std::collections::BTreeMap;

/// An entry that fits, without the stamp of who applies it and when.
#[derive(Clone, Debug, PartialEq)]
pub struct FittedEntry {
    /// The line it comes from; of several lines about single choices, the first.
    pub line: LogLine,
    /// The record.
    pub record: RecordId,
    /// The question by its path, turns of repeats with their position; none where the whole record is meant.
    pub question: Option<String>,
    /// The answer now.
    pub old: Option<String>,
    /// The answer after.
    pub new: Option<String>,
    /// What is done.
    pub change: Change,
}

impl FittedEntry {
    /// The entry of the log, signed by who applies it.
    pub fn signed(&self, id: CorrectionId, by: &str, at: Instant, source: &str) -> Correction {
        // Who decided elsewhere stays known.
        let reason = match &self.line.by {
            Some(elsewhere) if elsewhere != by => [self.line.reason.as_str(), elsewhere].join(" — "),
            _ => self.line.reason.clone(),
        };
        Correction {
            id,
            record: self.record.clone(),
            question: self.question.clone(),
            old: self.old.clone(),
            new: self.new.clone(),
            change: self.change,
            issue: self.line.issue.clone(),
            reason: reason.trim_start_matches(" — ").to_owned(),
            check: self.line.check.clone(),
            by: by.to_owned(),
            at,
            source: Some(self.line.source.clone().unwrap_or_else(|| source.to_owned())),
        }
    }
}

/// A log held against its records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FittedLog {
    /// What can be applied, in the order of the log.
    pub entries: Vec<FittedEntry>,
    /// How many lines say what is so already.
    pub n_already_so: usize,
    /// What could be applied, were the answer still what the log says it was; each is among the problems, too. Where
    /// somebody changed the answer meanwhile, a person has to choose.
    pub overtaken: Vec<FittedEntry>,
    /// What does not fit, those of reading the log included, by row.
    pub problems: Vec<LogProblem>,
}

/// A record that a log may speak of.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The record as it is now, corrections applied.
    pub record: &'a Record,
    /// Whether it has been taken out.
    pub is_out: bool,
}

/// Holds a log against the records. `find` knows a record by the name that its phone or file gave it.
pub fn fit_log<'a>(log: &CleaningLog, form: &FormSchema, find: impl Fn(&str) -> Option<Known<'a>>) -> FittedLog {
    let mut fitting = Fitting { log, form, fitted: FittedLog::default(), choices: BTreeMap::new() };
    fitting.fitted.problems.clone_from(&log.problems);
    for line in &log.lines {
        match find(&line.uuid) {
            None => fitting.problem(line, Part::Uuid, "unknown_uuid", &[("value", &line.uuid)]),
            Some(known) => fitting.line(line, known),
        }
    }
    fitting.finish()
}

struct Fitting<'a> {
    log: &'a CleaningLog,
    form: &'a FormSchema,
    fitted: FittedLog,
    /// By record and question.
    choices: BTreeMap<(RecordId, String), Choosing<'a>>,
}

/// The choices of one question that a log changes one by one.
struct Choosing<'a> {
    /// The first line about one of them.
    line: &'a LogLine,
    before: Vec<String>,
    after: Vec<String>,
}

impl<'a> Fitting<'a> {
    fn problem(&mut self, line: &LogLine, part: Part, code: &'static str, known: &[(&str, &str)]) {
        let facts = known.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.fitted.problems.push(LogProblem { row: line.row, column: self.log.place(part), code, facts });
    }

    fn line(&mut self, line: &'a LogLine, known: Known) {
        let whole = |change| FittedEntry {
            line: line.clone(),
            record: known.record.id.clone(),
            question: None,
            old: None,
            new: None,
            change,
        };
        match line.change {
            Change::RemoveSurvey | Change::RestoreSurvey => {
                if known.is_out == (line.change == Change::RemoveSurvey) {
                    self.fitted.n_already_so += 1;
                } else {
                    self.fitted.entries.push(whole(line.change));
                }
            }
            Change::NoAction => {
                // A line that was looked at stays in the log, whatever its question; `duration` is no question.
                let question = line.question.clone();
                self.fitted.entries.push(FittedEntry { question, old: line.old.clone(), ..whole(Change::NoAction) });
            }
            Change::ChangeResponse | Change::BlankResponse if known.is_out => {
                self.problem(line, Part::Uuid, "removed", &[("value", &line.uuid)]);
            }
            Change::ChangeResponse | Change::BlankResponse => self.answer(line, known.record),
        }
    }

    fn answer(&mut self, line: &'a LogLine, record: &Record) {
        let named = line.question.as_deref().unwrap_or_default();
        let Some((question, field)) = self.question(record, named) else {
            match self.single_choice(named) {
                Some((field, choice)) => self.choose(line, record, field, choice),
                None => self.problem(line, Part::Question, "unknown_question", &[("value", named)]),
            }
            return;
        };
        let old = answer_to(record, &question).map(Answer::to_text);
        let new = line.new.clone().filter(|_| line.change == Change::ChangeResponse);
        let (found, wanted) = (old.clone().unwrap_or_default(), new.clone().unwrap_or_default());
        if same_answer(field.kind, &found, &wanted) {
            self.fitted.n_already_so += 1;
            return;
        }
        if let Some((code, facts)) = new.as_deref().and_then(|new| refused(field, new)) {
            self.fitted.problems.push(LogProblem { row: line.row, column: self.log.place(Part::New), code, facts });
            return;
        }
        let entry = FittedEntry {
            line: line.clone(),
            record: record.id.clone(),
            question: Some(question),
            old,
            new,
            change: line.change,
        };
        if let Some(said) = line.old.as_deref().filter(|said| !same_answer(field.kind, said, &found)) {
            let known = [("question", field.name()), ("old", said), ("found", found.as_str())];
            self.problem(line, Part::Old, "old_differs", &known);
            self.fitted.overtaken.push(entry);
            return;
        }
        self.put(entry);
    }

    /// Adds an entry, unless another line changes the same answer to something else.
    fn put(&mut self, entry: FittedEntry) {
        let same = |known: &&FittedEntry| {
            known.record == entry.record && known.question == entry.question && known.change != Change::NoAction
        };
        let new = |entry: &FittedEntry| entry.new.clone().unwrap_or_default();
        match self.fitted.entries.iter().rev().find(same) {
            None => self.fitted.entries.push(entry),
            Some(known) if known.new == entry.new => self.fitted.n_already_so += 1,
            Some(known) => {
                let (question, value) = (entry.question.clone().unwrap_or_default(), new(known));
                self.problem(&entry.line, Part::New, "changed_twice", &[("question", &question), ("value", &value)]);
            }
        }
    }

    /// The question by its path, and what the form says of it.
    fn question(&self, record: &Record, named: &str) -> Option<(String, &'a Field)> {
        let is_question = |kind| !matches!(kind, FieldKind::Group | FieldKind::Repeat);
        let path = path_of(named);
        let form: &'a FormSchema = self.form;
        let by_path = form.fields.iter().find(|field| field.path == path && is_question(field.kind));
        let field = by_path.or_else(|| {
            let mut of_name = form.fields.iter().filter(|field| field.name() == named && is_question(field.kind));
            of_name.next().filter(|_| of_name.next().is_none())
        })?;
        let full = if by_path.is_some() { named.to_owned() } else { field.path.clone() };
        has_turns_of(record, &full).then_some((full, field))
    }

    /// The question with several choices and the choice that `question.choice` or `question/choice` names.
    fn single_choice(&self, named: &str) -> Option<(&'a Field, String)> {
        let form: &'a FormSchema = self.form;
        let several = form.fields.iter().filter(|field| field.kind == FieldKind::SelectMultiple);
        several
            .filter_map(|field| {
                let below = |name: &str| named.strip_prefix(name)?.strip_prefix(['/', '.']).map(str::to_owned);
                let choice = below(&field.path).or_else(|| below(field.name()))?;
                let offers = field.choices.is_empty() || field.choices.iter().any(|offered| offered.name == choice);
                offers.then_some((field, choice))
            })
            .max_by_key(|(field, _)| field.path.len())
    }

    fn choose(&mut self, line: &'a LogLine, record: &Record, field: &'a Field, choice: String) {
        let named = line.question.as_deref().unwrap_or_default();
        let new = line.new.as_deref().filter(|_| line.change == Change::ChangeResponse);
        let Some(is_chosen) = new.map_or(Some(false), truth) else {
            let value = new.unwrap_or_default();
            self.problem(line, Part::New, "not_yes_or_no", &[("question", named), ("value", value)]);
            return;
        };
        let now = || {
            let said = answer_to(record, &field.path).map(Answer::to_text).unwrap_or_default();
            said.split_whitespace().map(str::to_owned).collect::<Vec<String>>()
        };
        let was = now().contains(&choice);
        if line.old.as_deref().and_then(truth).is_some_and(|old| old != was) {
            let (old, found) = (line.old.as_deref().unwrap_or_default(), if was { "TRUE" } else { "FALSE" });
            self.problem(line, Part::Old, "old_differs", &[("question", named), ("old", old), ("found", found)]);
            return;
        }
        let key = (record.id.clone(), field.path.clone());
        let choosing = self.choices.entry(key).or_insert_with(|| Choosing { line, before: now(), after: now() });
        let after = &mut choosing.after;
        after.retain(|name| is_chosen || *name != choice);
        if is_chosen && !after.contains(&choice) {
            after.push(choice);
        }
    }

    fn finish(mut self) -> FittedLog {
        for ((record, question), choosing) in std::mem::take(&mut self.choices) {
            let Choosing { line, before, after } = choosing;
            if before == after {
                self.fitted.n_already_so += 1;
                continue;
            }
            let (old, new) = (before.join(" "), after.join(" "));
            let same = |entry: &&FittedEntry| entry.record == record && entry.question.as_deref() == Some(&question);
            if let Some(whole) = self.fitted.entries.iter().find(same) {
                let value = whole.new.clone().unwrap_or_default();
                if !same_answer(FieldKind::SelectMultiple, &value, &new) {
                    let known = [("question", question.as_str()), ("found", &new), ("value", &value)];
                    self.problem(line, Part::New, "choices_disagree", &known);
                }
                continue;
            }
            let some = |text: String| Some(text).filter(|text| !text.is_empty());
            let change = if new.is_empty() { Change::BlankResponse } else { Change::ChangeResponse };
            let (old, new) = (some(old), some(new));
            let entry = FittedEntry { line: line.clone(), record, question: Some(question), old, new, change };
            self.fitted.entries.push(entry);
        }
        self.fitted.entries.sort_by_key(|entry| entry.line.row);
        self.fitted.problems.sort_by_key(|problem| problem.row);
        self.fitted
    }
}

/// Whether two texts are the same answer: as numbers, or as the same choices in any order.
fn same_answer(kind: FieldKind, a: &str, b: &str) -> bool {
    let choices = |text: &str| {
        let mut names: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        names.sort_unstable();
        names
    };
    same_value(a, b) || kind == FieldKind::SelectMultiple && choices(a) == choices(b)
}

/// Why a question cannot have this answer, if it cannot.
fn refused(field: &Field, new: &str) -> Option<(&'static str, crate::wording::Facts)> {
    let not = |en: &str, fr: &str| {
        let known = [("question", field.name()), ("value", new), ("wanted_en", en), ("wanted_fr", fr)];
        Some(("not_of_its_type", known.map(|(name, fact)| (name.to_owned(), fact.to_owned())).into()))
    };
    let read_like = |kind: Answer| typed_like(Some(&kind), new);
    match field.kind {
        FieldKind::Integer if !matches!(read_like(Answer::Integer(0)), Answer::Integer(_)) => {
            not("a whole number", "un nombre entier")
        }
        FieldKind::Decimal if !matches!(read_like(Answer::Decimal(0.0)), Answer::Decimal(_)) => {
            not("a number", "un nombre")
        }
        FieldKind::Date if !matches!(read_like(Answer::Date(NaiveDate::default())), Answer::Date(_)) => {
            not("a date like 2024-05-31", "une date comme 2024-05-31")
        }
        FieldKind::SelectOne => unknown_choice(field, &[new]),
        FieldKind::SelectMultiple => unknown_choice(field, &new.split_whitespace().collect::<Vec<_>>()),
        _ => None,
    }
}

fn unknown_choice(field: &Field, names: &[&str]) -> Option<(&'static str, crate::wording::Facts)> {
    let offered = || field.choices.iter().map(|choice| choice.name.as_str());
    // A list that comes from elsewhere is not known here.
    let unknown = names.iter().find(|name| !field.choices.is_empty() && !offered().any(|known| known == **name))?;
    Some(match nearest(unknown, offered()) {
        Some(like) => {
            ("unknown_choice_like", facts([("question", &field.name()), ("value", unknown), ("like", &like)]))
        }
        None => ("unknown_choice", facts([("question", &field.name()), ("value", unknown)])),
    })
}
