//! How long an interview took, as the phone logged it question by question (ODK's `audit.csv`).
//!
//! In goes the file as the phone sent it, with or without the columns of positions and of changed values; out come its
//! events and, of these, two measures: the sum of the time spent on questions, which leaves out breaks between them, and
//! the time from the start of one question to the end of another. Format: the ODK XForms specification, «audit logging».

use dtm_model::Lang;
use serde::{Deserialize, Serialize};

/// The most events a log may have; an interview has some hundreds.
const MAX_EVENTS: usize = 200_000;

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
        let mut events = Vec::new();
        for line in reader.records() {
            let line = line.map_err(|_| AuditError::NotALog)?;
            let cell = |at: usize| line.get(at).unwrap_or_default().trim();
            let Ok(start_ms) = cell(start).parse() else { continue };
            let end_ms = cell(end).parse().ok();
            events.push(AuditEvent { event: cell(event).to_owned(), node: cell(node).to_owned(), start_ms, end_ms });
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
    fn another_file_is_told_apart() {
        assert_eq!(AuditLog::read(b"a,b\n1,2\n"), Err(AuditError::NotALog));
        assert!(AuditLog::read(b"").is_err());
    }
}
