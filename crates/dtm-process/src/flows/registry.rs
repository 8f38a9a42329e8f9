//! Groups that passed, read from the records of a flow monitoring registry.
//!
//! Takes records and the names of the questions; returns one passage for each record that names its point, its day and a
//! number of people, and what was wrong with the others. A form that repeats its questions for every group gives one
//! passage for each turn. The time of day is that of the phone's clock when the form was opened, in its own time zone, if
//! it was opened on the day observed; of groups that share a form it is only known that they passed in its shift. A form
//! that says from when to when somebody observed gives a [`Shift`]. The number of people is the total where the form
//! has one, else the sum of men, women, boys and girls, else that of the nationalities. O(records).

use super::Shift;
use crate::asked::{count, day, word};
use crate::codes::{FLOW_PARTS, FLOW_PERSONS};
use chrono::{NaiveDate, NaiveTime};
use dtm_model::{Answers, Lang, Record, RecordId, Sex, Ssid};
use serde::{Deserialize, Serialize};

/// Names of the questions of a registry. Those of the dictionary by default; an empty name is not asked. Where several names
/// are given, the first that was answered counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PassageQuestions {
    /// The point.
    pub point: String,
    /// The day observed.
    pub day: String,
    /// When the form was opened.
    pub opened_at: String,
    /// Direction: `in`, `out`, `within`.
    pub direction: Vec<String>,
    /// Where the group comes from.
    pub origin: Vec<String>,
    /// Where it goes.
    pub destination: Vec<String>,
    /// Means of transport.
    pub mode: String,
    /// Main reason.
    pub reason: Vec<String>,
    /// All people of the group.
    pub persons: Vec<String>,
    /// People by sex and age group.
    pub parts: Vec<(String, Sex, String)>,
    /// The repeat that asks these questions of every group; a form without it asks of one.
    pub group_repeat: String,
    /// When observation began, and when it ended.
    pub observed: (String, String),
    /// The nationalities in the group, where they are chosen from a list.
    pub nationalities: String,
    /// The repeat of nationalities.
    pub nationality_repeat: String,
    /// In it, the nationality.
    pub nationality: String,
    /// In it, how many.
    pub nationality_persons: String,
}

impl Default for PassageQuestions {
    fn default() -> Self {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let parts = FLOW_PARTS.map(|(code, sex, age)| (code.to_owned(), sex, age.to_owned()));
        Self {
            point: "m0641_fmr_fmp_code".into(),
            day: "m1855_meta_assessment_date".into(),
            opened_at: "m2682_meta_date_auto".into(),
            direction: list(&["fmr_direction", "m0630_ind_movement_type"]),
            origin: list(&["fmr_origin_adm1", "departure_country"]),
            destination: list(&["fmr_destination_adm1", "destination_country"]),
            mode: "m0646_fmr_mode_transport".into(),
            reason: list(&["fmr_reason", "group_reason"]),
            persons: list(&["fmr_total", "group_size"]),
            parts: parts.into(),
            group_repeat: "groups".into(),
            observed: ("observed_from".into(), "observed_to".into()),
            nationalities: "m2551_fmr_nationalities_group".into(),
            nationality_repeat: "nationality_count".into(),
            nationality: "nationality".into(),
            nationality_persons: FLOW_PERSONS.into(),
        }
    }
}

/// A group that passed a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// The record that says so.
    pub record: RecordId,
    /// The point.
    pub point: Ssid,
    /// The day.
    pub day: NaiveDate,
    /// The time of day, where it is known.
    pub time: Option<NaiveTime>,
    /// Whether it passed some time after that, in the shift that began then.
    #[serde(default)]
    pub some_time_after: bool,
    /// `in`, `out`, `within`.
    pub direction: Option<String>,
    /// Where it comes from.
    pub origin: Option<String>,
    /// Where it goes.
    pub destination: Option<String>,
    /// Means of transport.
    pub mode: Option<String>,
    /// Main reason.
    pub reason: Option<String>,
    /// People.
    pub persons: u32,
    /// People by sex and age group; together at most all of them.
    pub parts: Vec<(Sex, String, u32)>,
    /// People by nationality; together at most all of them.
    pub nationalities: Vec<(String, u32)>,
}

/// What is wrong with a record of a registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PassageFault {
    /// It names no point; it is left out.
    NoPoint,
    /// It has no readable day; it is left out.
    NoDay,
    /// It counts nobody; it is left out.
    NoPersons,
    /// More people by sex and age, or by nationality, than in all: these parts are left out.
    PartsExceedTotal,
}

impl PassageFault {
    /// Says what is wrong, in the reader's language.
    pub fn message(self, lang: Lang) -> &'static str {
        match (self, lang) {
            (Self::NoPoint, Lang::En) => "No flow monitoring point: the entry does not count",
            (Self::NoPoint, Lang::Fr) => "Pas de point de suivi des flux : l’entrée ne compte pas",
            (Self::NoDay, Lang::En) => "No readable day: the entry does not count",
            (Self::NoDay, Lang::Fr) => "Pas de jour lisible : l’entrée ne compte pas",
            (Self::NoPersons, Lang::En) => "No people: the entry does not count",
            (Self::NoPersons, Lang::Fr) => "Personne : l’entrée ne compte pas",
            (Self::PartsExceedTotal, Lang::En) => "More people in its parts than in all: the parts do not count",
            (Self::PartsExceedTotal, Lang::Fr) => {
                "Plus de personnes dans ses parties qu’en tout : les parties ne comptent pas"
            }
        }
    }
}

/// What a registry holds.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Passages {
    /// The groups, by point, day, time and record.
    pub passages: Vec<Passage>,
    /// What was wrong, in the order of the records.
    pub faults: Vec<(RecordId, PassageFault)>,
}

/// More people than these do not pass as one group.
const LARGEST_GROUP: u32 = 100_000;

/// Reads the groups that passed.
pub fn passages(records: &[Record], questions: &PassageQuestions) -> Passages {
    let mut read = Passages::default();
    for record in records {
        for group in groups(&record.answers, &questions.group_repeat) {
            match passage(record, group, questions) {
                Ok((passage, fault)) => {
                    read.faults.extend(fault.map(|fault| (record.id.clone(), fault)));
                    read.passages.push(passage);
                }
                Err(fault) => read.faults.push((record.id.clone(), fault)),
            }
        }
    }
    read.passages.sort_by(|a, b| (&a.point, a.day, a.time, &a.record).cmp(&(&b.point, b.day, b.time, &b.record)));
    read
}

/// The turns of the repeat that asks of every group; the answers themselves where there is none.
fn groups<'r>(answers: &'r Answers, repeat: &str) -> Vec<&'r Answers> {
    let mut repeats = answers.repeats.iter().filter(|(path, _)| path.rsplit('/').next() == Some(repeat)).peekable();
    match repeats.peek() {
        Some(_) => repeats.flat_map(|(_, turns)| turns).collect(),
        None => vec![answers],
    }
}

/// Reads from when to when somebody observed, as far as forms say so; each form is a shift.
pub fn shifts(records: &[Record], questions: &PassageQuestions) -> Vec<Shift> {
    let shift = |record: &Record| {
        let answers = &record.answers;
        let (from, to) = (&questions.observed.0, &questions.observed.1);
        Some(Shift {
            point: Ssid(word(answers, &questions.point)?),
            day: day(answers, &questions.day)?,
            from: time_of(answers, from)?,
            to: time_of(answers, to)?,
        })
    };
    records.iter().filter_map(shift).filter(|shift| shift.from != shift.to).collect()
}

/// A time of day as forms write it, `08:30:00.000-05:00`: what the clock on the wall said.
fn time_of(answers: &Answers, question: &str) -> Option<NaiveTime> {
    let text = word(answers, question)?;
    NaiveTime::parse_from_str(text.get(..5)?, "%H:%M").ok()
}

fn passage(
    record: &Record,
    answers: &Answers,
    questions: &PassageQuestions,
) -> Result<(Passage, Option<PassageFault>), PassageFault> {
    let shared = &record.answers;
    let is_turn = !std::ptr::eq(answers, shared);
    let point = word(shared, &questions.point).ok_or(PassageFault::NoPoint)?;
    let day = day(shared, &questions.day).ok_or(PassageFault::NoDay)?;
    let first = |names: &[String]| names.iter().find_map(|name| word(answers, name));
    let mut parts: Vec<(Sex, String, u32)> = questions
        .parts
        .iter()
        .filter_map(|(name, sex, age)| {
            Some((*sex, age.clone(), count(answers, name, LARGEST_GROUP).filter(|n| *n > 0)?))
        })
        .collect();
    let mut nationalities = nationalities(answers, questions);
    let of_parts: u32 = parts.iter().map(|(.., n)| n).sum();
    let of_nationalities: u32 = nationalities.iter().map(|(_, n)| n).sum();
    let stated = questions.persons.iter().find_map(|name| count(answers, name, LARGEST_GROUP));
    let persons = [stated, Some(of_parts), Some(of_nationalities)].into_iter().flatten().find(|n| *n > 0);
    let persons = persons.ok_or(PassageFault::NoPersons)?;
    // Of a group of one nationality it is known how many have it.
    if nationalities.is_empty()
        && let Some(only) = word(answers, &questions.nationalities).filter(|chosen| !chosen.contains(' '))
    {
        nationalities.push((only, persons));
    }
    let mut fault = None;
    if of_parts > persons {
        (parts, fault) = (Vec::new(), Some(PassageFault::PartsExceedTotal));
    }
    if of_nationalities > persons {
        (nationalities, fault) = (Vec::new(), Some(PassageFault::PartsExceedTotal));
    }
    let passage = Passage {
        record: record.id.clone(),
        point: Ssid(point),
        day,
        time: match is_turn {
            true => time_of(shared, &questions.observed.0),
            false => time_on(day, shared, &questions.opened_at),
        },
        some_time_after: is_turn,
        direction: first(&questions.direction),
        origin: first(&questions.origin),
        destination: first(&questions.destination),
        mode: word(answers, &questions.mode),
        reason: first(&questions.reason),
        persons,
        parts,
        nationalities,
    };
    Ok((passage, fault))
}

fn nationalities(answers: &Answers, questions: &PassageQuestions) -> Vec<(String, u32)> {
    let named = |path: &str| path.rsplit('/').next() == Some(questions.nationality_repeat.as_str());
    let turns = answers.repeats.iter().filter(|(path, _)| named(path)).flat_map(|(_, turns)| turns);
    turns
        .filter_map(|turn| {
            let persons = count(turn, &questions.nationality_persons, LARGEST_GROUP).filter(|n| *n > 0)?;
            Some((word(turn, &questions.nationality)?, persons))
        })
        .collect()
}

/// The wall-clock time of an instant as the phone wrote it, if it is of this day.
fn time_on(day: NaiveDate, answers: &Answers, question: &str) -> Option<NaiveTime> {
    let text = answers.get(question)?.to_text();
    let (date, time) = text.trim().split_once(['T', ' '])?;
    let on: NaiveDate = date.parse().ok()?;
    let time = NaiveTime::parse_from_str(time.get(..5)?, "%H:%M").ok()?;
    (on == day).then_some(time)
}
