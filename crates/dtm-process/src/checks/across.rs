//! What the checks of many records at once know, and what they propose.

use super::{CHECKS, LooksAt, Roles, Thresholds};
use crate::answers::{AnswerTable, Column};
use crate::corrections::OtherQuestion;
use crate::patterns::durations::{DurationFlag, DurationOptions, Interview, duration_flags};
use dtm_model::{Change, Finding, FormSchema, Point, RecordId, Ssid};
use std::cell::OnceCell;

/// What the checks of many records at once know; what is not as wished is changed before the first of them runs.
#[derive(Clone, Debug)]
pub struct AnswersContext<'a> {
    /// The form.
    pub form: &'a FormSchema,
    /// The answers, corrections applied.
    pub table: &'a AnswerTable,
    /// The record of each row.
    pub records: &'a [RecordId],
    /// The place of each row, where it is known; may be empty.
    pub places: &'a [Option<Ssid>],
    /// Where the site of each row is, where it is known; may be empty.
    pub sites: &'a [Option<Point>],
    /// The group of each row within which numbers are compared, such as its area; none where all are compared.
    pub groups: Option<&'a [u32]>,
    /// Thresholds.
    pub thresholds: Thresholds,
    /// The least minutes that the form takes, where somebody has said so.
    pub least_minutes: Option<f64>,
    /// The most minutes that the form takes, where somebody has said so.
    pub most_minutes: Option<f64>,
    /// When and how long, by row.
    pub interviews: Vec<Interview>,
    /// Who asked, by a number for each row; empty where the form does not say.
    pub enumerators: Vec<u32>,
    /// What the numbers stand for.
    pub enumerator_names: Vec<String>,
    /// «Other, please specify».
    pub others: Vec<OtherQuestion>,
    /// Names of choices that say that somebody does not know.
    pub dont_know: Vec<String>,
    /// The question that asks for consent.
    pub consent: Option<String>,
    /// The question with the code that two records may not share.
    pub id: Option<String>,
    flags: OnceCell<Vec<(usize, DurationFlag)>>,
}

impl<'a> AnswersContext<'a> {
    /// Reads off the table who asked, when and where. Minutes spent on questions, known from audit logs, may be put into
    /// `interviews` afterwards.
    pub fn new(form: &'a FormSchema, table: &'a AnswerTable, records: &'a [RecordId], roles: &Roles) -> Self {
        let column = |question: &Option<String>| question.as_deref().and_then(|question| table.column(question));
        let (start, end, position) = (column(&roles.start), column(&roles.end), column(&roles.position));
        let (enumerators, enumerator_names) = column(&roles.enumerator).map(who_asked).unwrap_or_default();
        let interviews = (0..table.n_rows())
            .map(|row| Interview {
                enumerator: enumerators.get(row).copied().filter(|number| *number > 0),
                started: start.and_then(|start| start.moment(row)),
                ended: end.and_then(|end| end.moment(row)),
                answering_minutes: None,
                position: position.and_then(|position| position.point(row)),
            })
            .collect();
        Self {
            form,
            table,
            records,
            places: &[],
            sites: &[],
            groups: None,
            thresholds: Thresholds::default(),
            least_minutes: roles.least_minutes,
            most_minutes: roles.most_minutes,
            interviews,
            enumerators,
            enumerator_names,
            others: roles.others.clone(),
            dont_know: roles.dont_know.clone(),
            consent: roles.consent.clone(),
            id: roles.id.clone(),
            flags: OnceCell::new(),
        }
    }

    /// A finding of a check about one row, with its facts.
    pub(super) fn find<const N: usize>(
        &self,
        check: &super::Check,
        row: usize,
        question: Option<&str>,
        facts: [(&str, String); N],
    ) -> Finding {
        let place = self.places.get(row).and_then(Option::as_ref);
        let finding = check.finding(self.records.get(row), place, facts);
        Finding { question: question.map(str::to_owned), ..finding }
    }

    /// What is odd about when and how long, looked for once for all the checks that ask.
    pub(super) fn duration_flags(&self) -> &[(usize, DurationFlag)] {
        let look = || {
            let of_form = DurationOptions {
                least_minutes: self.least_minutes.or(self.thresholds.durations.least_minutes),
                most_minutes: self.most_minutes.or(self.thresholds.durations.most_minutes),
                ..self.thresholds.durations
            };
            duration_flags(&self.interviews, &of_form)
        };
        self.flags.get_or_init(look)
    }

    /// The record of a row as facts name it.
    pub(super) fn record(&self, row: usize) -> String {
        self.records.get(row).map_or_else(|| (row + 1).to_string(), ToString::to_string)
    }

    /// What the enumerator of a row is called.
    pub(super) fn enumerator_of(&self, row: usize) -> String {
        self.enumerators.get(row).map(|number| self.enumerator(*number)).unwrap_or_default()
    }

    /// What an enumerator is called.
    pub(super) fn enumerator(&self, number: u32) -> String {
        self.enumerator_names.get(number as usize).cloned().unwrap_or_default()
    }
}

/// Who asked, by a number for each row, and what the numbers stand for. Rows without an answer share a number.
fn who_asked(column: &Column) -> (Vec<u32>, Vec<String>) {
    let names = (0..column.n_codes() as u32).map(|code| column.word(code).to_owned()).collect();
    (column.codes().to_vec(), names)
}

/// Runs the checks of many records at once.
pub fn run_answers(context: &AnswersContext) -> Vec<Finding> {
    let mut findings = Vec::new();
    for check in CHECKS {
        if let LooksAt::Answers(look) = check.looks_at {
            look(context, &mut findings);
        }
    }
    super::sort(&mut findings);
    findings
}

/// What a finding proposes to do. A person decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proposal {
    /// Ask the enumerator or the key informant.
    Ask,
    /// An entry of the cleaning log, ready to be signed.
    Correct {
        /// What it does.
        change: Change,
        /// The question; none where it concerns the whole record.
        question: Option<String>,
        /// The answer now.
        old: Option<String>,
        /// The answer proposed.
        new: Option<String>,
    },
}

/// The action that a finding proposes, if it does: facts `proposed` (`ask`, `change_response`, `blank_response`,
/// `remove_survey`), `proposed_question`, `proposed_old` and `proposed_new`.
pub fn proposal(finding: &Finding) -> Option<Proposal> {
    let fact = |name: &str| finding.facts.get(name).cloned();
    let change = match fact("proposed")?.as_str() {
        "ask" => return Some(Proposal::Ask),
        "change_response" => Change::ChangeResponse,
        "blank_response" => Change::BlankResponse,
        "remove_survey" => Change::RemoveSurvey,
        _ => return None,
    };
    let question = fact("proposed_question").or_else(|| finding.question.clone());
    let question = question.filter(|_| change != Change::RemoveSurvey);
    Some(Proposal::Correct { change, question, old: fact("proposed_old"), new: fact("proposed_new") })
}
