//! How long an interview took, as the phone logged it question by question (ODK's `audit.csv`).
//!
//! In goes the file as the phone sent it, with or without the columns of positions and of changed values; out come its
//! events and, of these, measures: the sum of the time spent on questions, which leaves out breaks between them, the time
//! from the start of one question to the end of another, and what [`Timing`] says: how long the form was open, how many
//! questions were on the screen for less than it takes to read one out, and how many answers were changed when the form
//! was opened again later. Format: the ODK XForms specification, «audit logging».

use dtm_model::{Lang, Timing};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The most events a log may have; an interview has some hundreds.
const MAX_EVENTS: usize = 200_000;
/// A question that was on the screen for less was not read out.
const QUICK_MS: i64 = 2_000;
/// Who opens a form again after this long was somewhere else meanwhile.
const LATER_MS: i64 = 10 * 60_000;
/// Nothing lasts longer: the clock was set meanwhile.
const LONGEST_MS: i64 = 24 * 3_600_000;

/// What a phone logged of one interview.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditLog {
    /// The events, in the order logged.
    pub events: Vec<AuditEvent>,
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEvent {
    /// What happened, such as `question` or `form save`.
    pub event: String,
    /// The question or group, as a path from the root; empty for what concerns the whole form.
    pub node: String,
    /// When it began, in milliseconds UTC since 1970.
    pub start_ms: i64,
    /// When it ended, where it lasted.
    pub end_ms: Option<i64>,
    /// Whether it changed an answer that was there before; none where the log tells no answers.
    #[serde(default)]
    pub changed: Option<bool>,
}

impl AuditEvent {
    /// How long it lasted.
    pub fn duration_ms(&self) -> Option<i64> {
        self.end_ms.map(|end| end - self.start_ms)
    }
}

/// Why a file is no log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// Not readable as CSV, or without the columns `event`, `node`, `start` and `end`.
    #[error("the audit log has no columns event, node, start and end")]
    NotALog,
    /// More lines than any interview makes.
    #[error("the audit log has more than {MAX_EVENTS} lines")]
    TooLong,
}

impl AuditError {
    /// Says it in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match (self, lang) {
            (AuditError::NotALog, Lang::En) => {
                "the file is no audit log of ODK: the columns event, node, start and end are missing".into()
            }
            (AuditError::NotALog, Lang::Fr) => {
                "le fichier n’est pas un journal d’audit ODK : les colonnes event, node, start et end manquent".into()
            }
            (AuditError::TooLong, Lang::En) => format!("the audit log has more than {MAX_EVENTS} lines"),
            (AuditError::TooLong, Lang::Fr) => format!("le journal d’audit a plus de {MAX_EVENTS} lignes"),
        }
    }
}

impl AuditLog {
    /// Reads the file. Lines without a start are passed over.
    pub fn read(bytes: &[u8]) -> Result<Self, AuditError> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
        let header = reader.headers().map_err(|_| AuditError::NotALog)?.clone();
        let column = |name: &str| header.iter().position(|column| crate::answers::clean_header(column) == name);
        let places = [column("event"), column("node"), column("start"), column("end")];
        let [Some(event), Some(node), Some(start), Some(end)] = places else { return Err(AuditError::NotALog) };
        let values = column("old-value").zip(column("new-value"));
        let mut events = Vec::new();
        for line in reader.records() {
            let line = line.map_err(|_| AuditError::NotALog)?;
            let cell = |at: usize| line.get(at).unwrap_or_default().trim();
            let Ok(start_ms) = cell(start).parse() else { continue };
            let end_ms = cell(end).parse().ok();
            let changed = values.map(|(old, new)| !cell(old).is_empty() && cell(old) != cell(new));
            let (event, node) = (cell(event).to_owned(), cell(node).to_owned());
            events.push(AuditEvent { event, node, start_ms, end_ms, changed });
            if events.len() > MAX_EVENTS {
                return Err(AuditError::TooLong);
            }
        }
        Ok(Self { events })
    }

    /// The time spent on questions and groups, in milliseconds: every visit counts.
    pub fn answering_ms(&self) -> i64 {
        self.events.iter().filter(|event| !event.node.is_empty()).filter_map(AuditEvent::duration_ms).sum()
    }

    /// What the log says of the time of the interview. Steps of the clock, backwards or over more than a day, count as no
    /// time.
    pub fn timing(&self) -> Timing {
        let sound = |ms: i64| if (0..=LONGEST_MS).contains(&ms) { ms } else { 0 };
        let mut on_screen: BTreeMap<&str, i64> = BTreeMap::new();
        let questions = self.events.iter().filter(|event| event.event == "question" && !event.node.is_empty());
        for event in questions {
            *on_screen.entry(&event.node).or_default() += event.duration_ms().map_or(0, sound);
        }
        let tracks = self.events.iter().any(|event| event.changed.is_some());
        let (mut open_ms, mut is_later, mut changed) = (0, false, BTreeSet::new());
        // From one event to the next the form was open, but for the time between leaving it and opening it again.
        let mut last: Option<i64> = None;
        for event in &self.events {
            let is_opened = matches!(event.event.as_str(), "form start" | "form resume");
            if let Some(before) = last {
                let between = event.start_ms - before;
                is_later |= event.event == "form resume" && between >= LATER_MS;
                open_ms += if is_opened { 0 } else { sound(between) };
            }
            open_ms += event.duration_ms().map_or(0, sound);
            if is_later && event.changed == Some(true) {
                changed.insert(event.node.as_str());
            }
            last = Some(event.end_ms.unwrap_or(event.start_ms));
        }
        Timing {
            answering_ms: self
                .events
                .iter()
                .filter(|event| !event.node.is_empty())
                .filter_map(AuditEvent::duration_ms)
                .map(sound)
                .sum(),
            open_ms,
            n_questions: on_screen.len() as u32,
            n_quick: on_screen.values().filter(|ms| **ms < QUICK_MS).count() as u32,
            n_changed_later: tracks.then_some(changed.len() as u32),
        }
    }

    /// The time from the first start of one question to the last end of another, both by the last part of their path.
    pub fn between_ms(&self, first: &str, last: &str) -> Option<i64> {
        let of = |name: &str| {
            let name = name.to_owned();
            self.events.iter().filter(move |event| event.node.rsplit('/').next() == Some(name.as_str()))
        };
        let start = of(first).map(|event| event.start_ms).min()?;
        Some(of(last).filter_map(|event| event.end_ms).max()? - start)
    }
}

/// Milliseconds as minutes.
pub fn minutes(ms: i64) -> f64 {
    ms as f64 / 60_000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOG: &str = "event,node,start,end
form start,,1000,
question,/data/site/name,1000,4000
question,/data/site/people,5000,65000
end screen,,65000,70000
question,/data/site/name,70000,71000
form exit,,80000,
";

    #[test]
    fn breaks_and_the_last_page_are_no_time_spent_on_questions() {
        let log = AuditLog::read(LOG.as_bytes()).unwrap();
        assert_eq!(log.answering_ms(), 3_000 + 60_000 + 1_000);
        assert_eq!(log.between_ms("name", "people"), Some(64_000));
        assert_eq!(log.between_ms("people", "name"), Some(66_000), "the name was looked at again");
        assert_eq!(log.between_ms("name", "nothing"), None);
    }

    #[test]
    fn quick_questions_breaks_and_answers_changed_another_day_are_told() {
        let log = "event,node,start,end,old-value,new-value
form start,,0,,,
question,/data/name,1000,9000,,North
question,/data/people,9000,10000,,400
end screen,,10000,12000,,
question,/data/people,12000,12500,400,420
form exit,,13000,,,
form resume,,90000000,,,
question,/data/people,90001000,90004000,420,640
question,/data/name,90004000,90004100,North,North
form finalize,,90005000,,,
";
        let timing = AuditLog::read(log.as_bytes()).unwrap().timing();
        assert_eq!(timing.answering_ms, 8_000 + 1_000 + 500 + 3_000 + 100);
        assert_eq!(timing.open_ms, 13_000 + 5_000, "the night between is no time on the form");
        assert_eq!((timing.n_questions, timing.n_quick), (2, 0), "all visits to a question together");
        assert_eq!(timing.n_changed_later, Some(1), "what was mended on the spot is no change after the fact");

        let timing = AuditLog::read(LOG.as_bytes()).unwrap().timing();
        assert_eq!(timing.n_changed_later, None, "this log tells no answers");
        let set_back = "event,node,start,end\nquestion,/data/a,90000000,5000\nquestion,/data/b,5000,6000\n";
        let timing = AuditLog::read(set_back.as_bytes()).unwrap().timing();
        assert_eq!((timing.answering_ms, timing.n_quick), (1_000, 2), "a clock that was set back adds nothing");
    }

    #[test]
    fn another_file_is_told_apart() {
        assert_eq!(AuditLog::read(b"a,b\n1,2\n"), Err(AuditError::NotALog));
        assert!(AuditLog::read(b"").is_err());
    }
}
