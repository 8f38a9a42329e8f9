//! What a log comes to: one line for each answer that is another now, as teams exchange it.
//!
//! The log itself keeps every step, those that were undone included. In goes a record as it arrived with its entries; out
//! come the lines that lead from raw to clean, each with the reason of the entry that spoke last, and those that somebody
//! looked at and left as they are.

use super::{LogLine, apply, diff, removal};
use dtm_model::{Change, Correction, Record};

/// The lines of one record; `log` is its entries in order of time, `uuid` the name its phone or file gave it.
pub fn net_lines(raw: &Record, log: &[Correction], uuid: &str) -> Vec<LogLine> {
    let clean = apply(raw, log);
    let spoke_last = |question: Option<&String>| match question {
        Some(question) => log.iter().rev().find(|entry| {
            entry.change != Change::NoAction
                && entry.question.as_ref().is_some_and(|named| same_question(named, question))
        }),
        None => removal(log),
    };
    let changed = diff(raw, clean.as_ref()).into_iter().map(|difference| {
        let said = spoke_last(difference.question.as_ref());
        let mut line = said
            .map_or_else(|| LogLine::new(uuid, None, None, None, difference.change), |entry| LogLine::of(entry, uuid));
        line.question = difference.question;
        line.old = difference.old;
        line.new = difference.new;
        line.change = difference.change;
        line
    });
    let looked_at = log.iter().filter(|entry| entry.change == Change::NoAction).map(|entry| LogLine::of(entry, uuid));
    changed.chain(looked_at).collect()
}

/// Whether two names of questions mean the same: one may be the last part of the other's path.
fn same_question(a: &str, b: &str) -> bool {
    let (long, short) = if a.len() >= b.len() { (a, b) } else { (b, a) };
    long.strip_suffix(short).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::super::apply;
    use super::*;
    use dtm_model::{Answer, Answers, CorrectionId, Instant, RecordId, Source, SubmissionId};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn record() -> Record {
        let values = ["site/people", "site/water"].map(|path| (path.to_owned(), Answer::Integer(10)));
        Record {
            id: RecordId::new(Instant::from_millis(1), [1; 10]),
            source: Source::Submission { id: SubmissionId::new(Instant::from_millis(1), [1; 10]) },
            answers: Answers { values: values.into(), repeats: BTreeMap::new() },
        }
    }

    fn entry(n: i64, question: Option<&str>, new: Option<&str>, change: Change, reason: &str) -> Correction {
        let at = Instant::from_millis(n);
        Correction {
            id: CorrectionId::new(at, [0; 10]),
            record: record().id,
            question: question.map(str::to_owned),
            old: None,
            new: new.map(str::to_owned),
            change,
            issue: String::new(),
            reason: reason.to_owned(),
            check: None,
            by: "ana".to_owned(),
            at,
            source: None,
        }
    }

    #[test]
    fn a_change_made_in_two_steps_is_one_line_and_one_that_was_undone_is_none() {
        let put = |n, question, new, why| entry(n, Some(question), Some(new), Change::ChangeResponse, why);
        let log = [
            put(1, "people", "11", "first call"),
            put(2, "site/people", "12", "second call"),
            put(3, "site/water", "5", "mistaken"),
            put(4, "site/water", "10", "undone"),
            entry(5, Some("duration"), None, Change::NoAction, "asked"),
        ];
        let lines = net_lines(&record(), &log, "u1");
        let said: Vec<String> = lines
            .iter()
            .map(|line| {
                let text = |text: &Option<String>| text.clone().unwrap_or_default();
                format!("{} {}→{} {}", text(&line.question), text(&line.old), text(&line.new), line.reason)
            })
            .collect();
        assert_eq!(said, ["site/people 10→12 second call", "duration → asked"]);
        let out = [put(1, "people", "11", "x"), entry(2, None, None, Change::RemoveSurvey, "twice")];
        let gone = net_lines(&record(), &out, "u1");
        assert_eq!((gone.len(), gone[0].change, gone[0].reason.as_str()), (1, Change::RemoveSurvey, "twice"));
    }

    proptest! {
        #[test]
        fn what_a_log_comes_to_gives_the_same_clean_record(
            steps in prop::collection::vec((0usize..2, prop::option::of(0i64..30), 0usize..8), 0..12)
        ) {
            let log: Vec<Correction> = (1..).zip(&steps).map(|(n, (which, value, what))| {
                let question = ["site/people", "site/water"][*which];
                let new = value.map(|value| value.to_string());
                match (*what, &new) {
                    (0, _) => entry(n, None, None, Change::RemoveSurvey, "r"),
                    (1, _) => entry(n, None, None, Change::RestoreSurvey, "r"),
                    (_, None) => entry(n, Some(question), None, Change::BlankResponse, "r"),
                    (_, Some(new)) => entry(n, Some(question), Some(new), Change::ChangeResponse, "r"),
                }
            }).collect();
            let lines = net_lines(&record(), &log, "u1");
            let net: Vec<Correction> = (1..).zip(&lines).map(|(n, line)| {
                entry(n, line.question.as_deref(), line.new.as_deref(), line.change, "n")
            }).collect();
            prop_assert_eq!(apply(&record(), &net), apply(&record(), &log));
        }
    }
}
