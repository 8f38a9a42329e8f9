//! Supervision of a round: how the work of each enumerator and team looks beside that of the others, which of the planned
//! places were visited, and what officers write to their teams.
//!
//! In: the records of a round as they arrived, who sent them, the roles of the questions, the open findings. Out: a
//! [`Book`] of profiles ([`dtm_process::patterns::enumerators`]) and of the interviews that make them up. Answers are taken as
//! they came, for a correction is not the enumerator's answer; what lies in the trash or was taken out is nobody's work.
//! Nothing of it is kept: a profile of a person is made when somebody asks, and that they asked is in the audit log.

mod coverage;
mod gather;
mod look;
mod messages;
mod told;

pub(crate) use coverage::{Covered, coverage_by_area, coverage_by_team, coverage_json, coverage_report, grouped};
pub(crate) use gather::{MOST_RECORDS, gather};
pub(crate) use messages::{LONGEST_MESSAGE, addresses, message_json, messages_report, write_message};
pub(crate) use told::{about_json, report, table, value_words};

use chrono::NaiveDate;
use dtm_model::{Finding, Point, RecordId, Ssid, Team, Text};
use dtm_process::answers::Moment;
use dtm_process::patterns::enumerators::Profile;
use dtm_publish::words::{Arg, Words};

/// Of which days the interviews are looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Within {
    /// The whole round.
    #[default]
    Round,
    /// The seven days up to the last one on which there was an interview.
    Week,
    /// One day.
    Day(NaiveDate),
    /// The last day on which there was an interview.
    LastDay,
}

impl Within {
    /// What an address or a command asks for: `week`, `day`, a date; all else is the whole round.
    pub(crate) fn of(word: &str) -> Option<Self> {
        match word {
            "" | "round" => Some(Within::Round),
            "week" => Some(Within::Week),
            "day" => Some(Within::LastDay),
            day => day.parse().ok().map(Within::Day),
        }
    }
}

/// Whose work is looked at together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Group {
    #[default]
    Enumerator,
    Team,
}

impl Group {
    pub(crate) fn of(word: &str) -> Option<Self> {
        match word {
            "" | "enumerator" => Some(Group::Enumerator),
            "team" => Some(Group::Team),
            _ => None,
        }
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Group::Enumerator => "enumerator",
            Group::Team => "team",
        }
    }
}

/// What is asked of a round.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// The form; the one of which most came, where none is named.
    pub(crate) form: Option<String>,
    pub(crate) within: Within,
    pub(crate) by: Group,
}

/// Somebody who asked.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// Names them in addresses without their name.
    pub(crate) key: String,
    /// Their number in this form, by who came first; 0 where it is not known who asked.
    number: usize,
    /// What the form or the phone calls them; empty where nobody says, or where the reader is not to know.
    code: String,
    label: Text,
    is_hidden: bool,
}

impl Person {
    /// What a page calls them.
    pub(crate) fn name(&self, w: &Words) -> String {
        let label = w.text(&self.label).trim();
        match (label, self.code.as_str()) {
            _ if self.number == 0 => w.t("supervise-nobody"),
            _ if self.is_hidden => w.t_args("supervise-person", &[("n", Arg::from(self.number as i64))]),
            ("", code) => code.to_owned(),
            (label, "") => label.to_owned(),
            (label, code) if label == code => label.to_owned(),
            (label, code) => format!("{label} ({code})"),
        }
    }
}

/// One interview.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) record: RecordId,
    /// Who asked, as a place in [`Book::people`].
    pub(crate) who: usize,
    /// Whose team, as a place in [`Book::teams`].
    pub(crate) team: Option<usize>,
    pub(crate) day: Option<NaiveDate>,
    pub(crate) started: Option<Moment>,
    pub(crate) minutes: Option<f64>,
    pub(crate) at: Option<Point>,
    pub(crate) place: Option<Ssid>,
    /// What the checks want to know about it.
    pub(crate) asked: Vec<Finding>,
    pub(crate) alike: Option<Alike>,
}

/// The most alike of the same enumerator's other interviews, where it is more alike than hardly any of others'.
#[derive(Clone, Debug)]
pub(crate) struct Alike {
    pub(crate) record: RecordId,
    pub(crate) n_different: u32,
    pub(crate) n_questions: usize,
}

/// A form of which something came.
#[derive(Clone, Debug)]
pub(crate) struct FormCount {
    pub(crate) key: String,
    pub(crate) title: String,
    pub(crate) n_records: usize,
}

/// The work of one enumerator or team.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// Names it in addresses.
    pub(crate) key: String,
    /// Its place in [`Book::people`] or [`Book::teams`]; none for interviews of no team.
    pub(crate) at: Option<usize>,
    pub(crate) profile: Profile,
}

/// The work of a round, as one reader may see it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book {
    pub(crate) by: Group,
    /// Every form of which something came, those of which most came first.
    pub(crate) forms: Vec<FormCount>,
    /// The form that is looked at; empty where nothing came.
    pub(crate) form: String,
    /// Whether the form says who asked; else the phones stand for their people.
    pub(crate) says_who: bool,
    /// How many records the round has in all.
    pub(crate) n_all: u64,
    /// Whether only the newest of them were looked at.
    pub(crate) is_cut: bool,
    /// The days looked at; none for the whole round.
    pub(crate) days: Option<(NaiveDate, NaiveDate)>,
    /// The last day on which there was an interview.
    pub(crate) last_day: Option<NaiveDate>,
    pub(crate) people: Vec<Person>,
    pub(crate) teams: Vec<Team>,
    pub(crate) lines: Vec<Line>,
    /// The interviews of these days.
    pub(crate) held: Vec<Held>,
}

/// The key of what belongs to no team.
pub(crate) const NO_TEAM: &str = "none";

impl Book {
    /// Takes the names away, for those who are to see the work and not whose it is.
    pub(crate) fn hide_names(&mut self) {
        for person in &mut self.people {
            person.is_hidden = true;
        }
    }

    /// What a line is called.
    pub(crate) fn name(&self, line: &Line, w: &Words) -> String {
        match (self.by, line.at) {
            (Group::Enumerator, Some(at)) => self.people[at].name(w),
            (Group::Team, Some(at)) => self.teams[at].name.clone(),
            (_, None) => w.t("visits-no-team"),
        }
    }

    /// The interviews of a line.
    pub(crate) fn held_by<'a>(&'a self, line: &'a Line) -> impl Iterator<Item = &'a Held> {
        self.held.iter().filter(move |held| match self.by {
            Group::Enumerator => Some(held.who) == line.at,
            Group::Team => held.team == line.at,
        })
    }

    /// The teams that a line's interviews are of.
    pub(crate) fn teams_of(&self, line: &Line) -> Vec<&Team> {
        let mut teams: Vec<usize> = self.held_by(line).filter_map(|held| held.team).collect();
        teams.sort_unstable();
        teams.dedup();
        teams.into_iter().map(|at| &self.teams[at]).collect()
    }
}
