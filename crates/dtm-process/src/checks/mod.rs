//! Quality checks: what is odd in a record, seen with its place, its round and the round before.
//!
//! In go the records of a round with their corrections applied, what the mapping read from them, the places, the atlas
//! and the figures of the round before; out come findings, sorted. A check never changes anything. Every check is one
//! small file: its id, severity, reason, example and advice stand above its function in English and in French, and
//! [`CHECKS`] lists them all, those included that reading submissions and settling rounds make and that are only worded
//! here. Checks that see a record only beside the others ([`run_answers`]) take the answers as a table and make findings of
//! what [`crate::patterns`] finds; each proposes one action ([`proposal`]). What the mapping notices is worded beside it, in [`crate::mapping::NOTICES`]; [`message`] says either.

mod across;
mod answered_without_consent;
mod area_not_known;
mod arrival_after_assessment;
mod assessed_outside_round;
mod big_change;
mod captured;
mod closed_site_reports_people;
mod coordinates_swapped;
mod date_in_future;
mod dont_know_often;
mod duplicate_record;
mod far_from_site;
mod form_rules;
mod household_size;
mod households_exceed_individuals;
mod id_used_twice;
mod interview_at_night;
mod interview_ends_before_start;
mod interview_long;
mod interview_short;
mod interviews_overlap;
mod lasting;
mod more_found;
mod much_missing;
mod near_duplicate;
mod negative_number;
mod origin_missing;
mod other_to_recode;
mod outlier;
mod outline;
mod own_rule;
mod personal_question;
mod place_appeared;
mod place_emptied;
mod place_not_known;
mod place_reports_twice;
mod position_outside_area;
mod reason_missing;
mod roles;
mod settled;
mod sex_age_differs;
mod sexes_differ;
mod thresholds;
mod travelled_too_fast;
mod unreadable_answer;
mod words;

pub use across::{AnswersContext, Proposal, proposal, run_answers};
pub use lasting::lasting;
pub use more_found::capped;
pub use roles::{ROLES, Role, Roles};
pub use thresholds::{THRESHOLDS, Threshold, Thresholds};
pub use words::{Words, message};

pub(crate) use duplicate_record::several_records;
pub(crate) use settled::{place_carried, place_left_the_total};
pub(crate) use words::number;

use crate::codes;
use crate::counts;
use crate::mapping::{Mapping, PositionMapping};
use chrono::NaiveDate;
use dtm_model::{Answer, Atlas, Figure, Finding, Observation, Place, Record, RecordId, Round, Severity, Ssid};
use std::collections::{BTreeMap, HashMap};

/// Every check, by id.
pub const CHECKS: &[Check] = &[
    captured::AMBIGUOUS_DATE,
    captured::AMBIGUOUS_NUMBER,
    form_rules::ANSWERED_NOT_RELEVANT,
    answered_without_consent::CHECK,
    area_not_known::CHECK,
    arrival_after_assessment::CHECK,
    assessed_outside_round::CHECK,
    big_change::CHECK,
    form_rules::CALCULATION_DIFFERS,
    captured::CHOICE_NOT_LISTED,
    form_rules::CHOICE_NOT_OFFERED,
    closed_site_reports_people::CHECK,
    form_rules::CONSTRAINT_BROKEN,
    coordinates_swapped::CHECK,
    date_in_future::CHECK,
    dont_know_often::CHECK,
    duplicate_record::CHECK,
    captured::ERROR_VALUE,
    far_from_site::CHECK,
    household_size::CHECK,
    households_exceed_individuals::CHECK,
    id_used_twice::CHECK,
    interview_at_night::CHECK,
    interview_ends_before_start::CHECK,
    interview_long::CHECK,
    interview_short::CHECK,
    interviews_overlap::CHECK,
    captured::MISSING_VALUE_WORD,
    more_found::CHECK,
    much_missing::CHECK,
    near_duplicate::CHECK,
    negative_number::CHECK,
    origin_missing::CHECK,
    other_to_recode::CHECK,
    outlier::CHECK,
    own_rule::CHECK,
    personal_question::CHECK,
    place_appeared::CHECK,
    settled::PLACE_CARRIED,
    place_emptied::CHECK,
    settled::PLACE_LEFT_THE_TOTAL,
    place_not_known::CHECK,
    place_reports_twice::CHECK,
    position_outside_area::CHECK,
    reason_missing::CHECK,
    captured::REPEATED_ELEMENT,
    form_rules::REQUIRED_MISSING,
    sex_age_differs::CHECK,
    sexes_differ::CHECK,
    travelled_too_fast::CHECK,
    captured::UNKNOWN_ELEMENT,
    unreadable_answer::CHECK,
    captured::UNREADABLE_VALUE,
];

/// One check and its page in the manual.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Stable id.
    pub id: &'static str,
    /// What its findings weigh.
    pub severity: Severity,
    /// Its name.
    pub title: Words,
    /// Why it matters.
    pub why: Words,
    /// An example.
    pub example: Words,
    /// What to do about it.
    pub advice: Words,
    /// The sentence of one finding, with the facts in braces: `{value}` as it is, `{value:n}` a number, `{value:d}` a day.
    pub message: Words,
    /// The function.
    pub looks_at: LooksAt,
}

/// What a check looks at.
#[derive(Clone, Copy, Debug)]
pub enum LooksAt {
    /// One record of one place.
    Record(fn(&Context, &mut Vec<Finding>)),
    /// The answers of many records side by side.
    Answers(fn(&AnswersContext, &mut Vec<Finding>)),
    /// Nothing: the findings are made while submissions and tables are read and rounds are settled, and only worded here.
    Elsewhere,
}

impl Check {
    /// The id under which findings of officers' own rules go.
    pub const OWN_RULE: &'static str = "own_rule";

    /// The check of this id.
    pub fn by_id(id: &str) -> Option<&'static Check> {
        CHECKS.iter().find(|check| check.id == id)
    }

    /// A finding of this check about a record and a place, with its facts.
    pub(crate) fn finding<const N: usize>(
        &self,
        record: Option<&RecordId>,
        place: Option<&Ssid>,
        facts: [(&str, String); N],
    ) -> Finding {
        Finding {
            check: self.id.to_owned(),
            severity: self.severity,
            record: record.cloned(),
            place: place.cloned(),
            question: None,
            facts: facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        }
    }
}

/// What a check of one record knows.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The round, for its dates.
    pub round: &'a Round,
    /// Today's date.
    pub today: NaiveDate,
    /// The record, corrections applied.
    pub record: &'a Record,
    /// What the record says of one place; empty where the mapping found no count in it.
    pub observations: &'a [&'a Observation],
    /// The place as registered; none where it is not known.
    pub place: Option<&'a Place>,
    /// The areas and their outlines.
    pub atlas: &'a Atlas,
    /// The place's figures in the round before; none where there is no round before.
    pub previous: Option<&'a [&'a Figure]>,
    /// Which question feeds which indicator; empty where questions bear the dictionary's own names.
    pub questions: &'a BTreeMap<String, String>,
}

impl<'a> Context<'a> {
    /// The place the record speaks of, registered or not.
    pub fn ssid(&self) -> Option<&'a Ssid> {
        self.observations.first().map(|observation| &observation.place).or(self.place.map(|place| &place.ssid))
    }

    /// The total of an indicator in this record.
    pub fn total(&self, indicator: &str) -> Option<i64> {
        counts::total(self.observations, indicator)
    }

    /// The day the place was assessed.
    pub fn assessed_on(&self) -> Option<NaiveDate> {
        self.observations.first().map(|observation| observation.observed_on).or_else(|| self.day(codes::ASSESSED_ON))
    }

    /// The question that feeds this indicator.
    pub fn question(&self, indicator: &'a str) -> &'a str {
        self.questions.get(indicator).map_or(indicator, String::as_str)
    }

    /// Whether the form asks for this indicator, as far as the mapping says.
    pub fn asks(&self, indicator: &str) -> bool {
        self.questions.is_empty() || self.questions.contains_key(indicator)
    }

    /// The answer that feeds this indicator.
    pub fn answer(&self, indicator: &str) -> Option<&'a Answer> {
        let question = self.questions.get(indicator).map_or(indicator, String::as_str);
        self.record.answers.get(question)
    }

    /// The answer as a day; «2021-6» is read as the first day of that month.
    pub fn day(&self, indicator: &str) -> Option<NaiveDate> {
        match self.answer(indicator)? {
            Answer::Date(day) => Some(*day),
            Answer::DateTime(text) | Answer::Text(text) => read_day(text),
            _ => None,
        }
    }

    /// The area the place lies in: as registered, else as the record says.
    pub(crate) fn area(&self) -> Option<&'a dtm_model::Pcode> {
        self.place.map(|place| &place.area).or(self.observations.first().map(|observation| &observation.area))
    }

    /// Whether this is a flow monitoring point, where people pass and none are counted as present.
    pub(crate) fn is_flow(&self) -> bool {
        self.observations.first().is_some_and(|observation| observation.setting.is_none())
    }

    fn find<const N: usize>(&self, check: &Check, facts: [(&str, String); N]) -> Finding {
        check.finding(Some(&self.record.id), self.ssid(), facts)
    }

    fn find_at<const N: usize>(&self, check: &Check, indicator: &str, facts: [(&str, String); N]) -> Finding {
        let question = self.questions.get(indicator).map_or(indicator, String::as_str);
        Finding { question: Some(question.to_owned()), ..self.find(check, facts) }
    }
}

fn read_day(text: &str) -> Option<NaiveDate> {
    let mut parts = text.get(..10).unwrap_or(text).trim().splitn(3, '-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next().unwrap_or("1"));
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// What the checks of a round know.
#[derive(Clone, Copy, Debug)]
pub struct RoundContext<'a> {
    /// The round.
    pub round: &'a Round,
    /// Today's date.
    pub today: NaiveDate,
    /// The records, corrections applied.
    pub records: &'a [Record],
    /// What the mapping read from them.
    pub observations: &'a [Observation],
    /// The places known.
    pub places: &'a [Place],
    /// The areas and their outlines.
    pub atlas: &'a Atlas,
    /// The figures of the round before; none where there is no round before.
    pub previous: Option<&'a [Figure]>,
    /// Which question feeds which indicator; empty where questions bear the dictionary's own names.
    pub questions: &'a BTreeMap<String, String>,
}

/// Which question feeds which indicator, as the mapping says; the first where there are several.
pub fn questions_of(mapping: &Mapping) -> BTreeMap<String, String> {
    let mut questions = BTreeMap::new();
    let mut feed = |indicator: &str, question: Option<&String>| {
        if let Some(question) = question {
            questions.entry(indicator.to_owned()).or_insert_with(|| question.clone());
        }
    };
    feed(codes::ASSESSED_ON, mapping.date.questions.first());
    match &mapping.place.position {
        Some(PositionMapping::One { question }) => feed(codes::POSITION, Some(question)),
        Some(PositionMapping::Two { lat, .. }) => feed(codes::POSITION, Some(lat)),
        None => {}
    }
    for group in mapping.groups.values() {
        for measure in &group.measures {
            feed(&measure.indicator, Some(&measure.question).filter(|_| measure.is_everyone()));
        }
        if group.measures.iter().any(|measure| measure.indicator == codes::IDP_IND) {
            feed(codes::REASON, group.reason.as_ref().and_then(|reason| reason.questions.first()));
            feed(codes::ORIGIN, group.origin.as_ref().and_then(|origin| origin.questions.first()));
        }
    }
    questions
}

/// Runs the checks of one record.
pub fn run(context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    for check in CHECKS {
        if let LooksAt::Record(look) = check.looks_at {
            look(context, &mut findings);
        }
    }
    sort(&mut findings);
    findings
}

/// Runs the checks over the records of a round. What concerns several records of one place is found when the round is
/// settled, since only then is it known which of them count ([`crate::rounds::consolidate`]).
pub fn run_round(context: &RoundContext) -> Vec<Finding> {
    let places: HashMap<&Ssid, &Place> = context.places.iter().map(|place| (&place.ssid, place)).collect();
    let mut previous: HashMap<&Ssid, Vec<&Figure>> = HashMap::new();
    for figure in context.previous.unwrap_or_default() {
        previous.entry(&figure.place).or_default().push(figure);
    }
    let mut said: HashMap<&RecordId, BTreeMap<&Ssid, Vec<&Observation>>> = HashMap::new();
    for observation in context.observations {
        said.entry(&observation.record).or_default().entry(&observation.place).or_default().push(observation);
    }
    let mut findings = Vec::new();
    for record in context.records {
        let nothing = BTreeMap::from([(None, Vec::new())]);
        let of_record = match said.remove(&record.id) {
            Some(places) => places.into_iter().map(|(place, said)| (Some(place), said)).collect(),
            None => nothing,
        };
        for (place, observations) in &of_record {
            let known: &[&Figure] = place.and_then(|place| previous.get(place)).map_or(&[], Vec::as_slice);
            findings.extend(run(&Context {
                round: context.round,
                today: context.today,
                record,
                observations,
                place: place.and_then(|place| places.get(place).copied()),
                atlas: context.atlas,
                previous: context.previous.map(|_| known),
                questions: context.questions,
            }));
        }
    }
    sort(&mut findings);
    // A record that speaks of several places says what concerns the whole record once for each.
    findings.dedup();
    findings
}

/// Sorts findings by record, place, check, question and facts.
pub(crate) fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| {
        (&a.record, &a.place, &a.check, &a.question, &a.facts).cmp(&(
            &b.record,
            &b.place,
            &b.check,
            &b.question,
            &b.facts,
        ))
    });
}

/// People present at the place: the total of internally displaced persons.
fn people(context: &Context) -> Option<i64> {
    context.total(codes::IDP_IND)
}

/// People present in the round before: none where there is no round before, zero where it knew nobody there.
fn people_before(context: &Context) -> Option<i64> {
    context.previous.map(|figures| counts::total(figures, codes::IDP_IND).unwrap_or(0))
}

#[cfg(test)]
mod across_tests;
#[cfg(test)]
mod tests;
