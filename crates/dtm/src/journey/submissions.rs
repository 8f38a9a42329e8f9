//! Lists of submissions with their answers, page by page, and what happened to one.
//!
//! The store narrows a list by what it keeps in columns (form, round, state, reviewer). A filter by an answer reads the
//! records of one page after the other, hot and sealed, and stops when the page is full or enough was looked at.

use super::records;
use crate::http::{App, Problem};
use dtm_model::{Answer, Answers, Record, RecordId};
use dtm_store::{AuditEntry, Submission, Wanted};
use std::collections::HashMap;

/// Rows looked at for one page before the client is asked to go on; a filter that fits hardly anything must not hold
/// a connection for minutes.
const MOST_LOOKED_AT: usize = 100_000;
/// Rows read at once.
const AT_ONCE: usize = 500;

/// What a list shall hold.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) wanted: Wanted,
    /// A question's path or name, and the answer wanted.
    pub(crate) answer: Option<(String, String)>,
}

/// A submission in a list, with its answers where the filter had to read them.
pub(crate) struct Row {
    pub(crate) whole: Submission,
    pub(crate) record: Option<Record>,
}

/// A page of a list.
pub(crate) struct Page {
    pub(crate) rows: Vec<Row>,
    /// Before which record the list goes on; none at its end.
    pub(crate) next: Option<RecordId>,
    /// How many rows are still to be skipped on the way.
    pub(crate) still_to_skip: usize,
}

/// Whether some answer to this question reads like that, in any turn of a repeat; numbers are compared as numbers.
pub(crate) fn answers_with(answers: &Answers, question: &str, wanted: &str) -> bool {
    let wanted = wanted.trim();
    let number: Option<f64> = wanted.parse().ok().filter(|n: &f64| n.is_finite());
    let fits = |answer: &Answer| match answer {
        Answer::Choices(names) => names.iter().any(|name| name == wanted) || names.join(" ") == wanted,
        Answer::Integer(_) | Answer::Decimal(_) if number.is_some() => answer.number() == number,
        other => other.to_text().trim().eq_ignore_ascii_case(wanted),
    };
    let is_asked = |path: &str| path == question || path.rsplit('/').next() == Some(question);
    let mut waiting = vec![answers];
    let mut is_answered = false;
    while let Some(turn) = waiting.pop() {
        for (_, answer) in turn.values.iter().filter(|(path, _)| is_asked(path)) {
            is_answered = true;
            if fits(answer) {
                return true;
            }
        }
        waiting.extend(turn.repeats.values().flatten());
    }
    // An empty answer is asked for by an empty text.
    wanted.is_empty() && !is_answered
}

/// The rows of a list before `before`, the newest first, `skip` of them left out, `limit` at most. `keep` decides on each
/// row that the filter let through.
pub(crate) async fn page(
    app: &App,
    asked: &Asked,
    before: Option<&RecordId>,
    skip: usize,
    limit: usize,
    keep: impl Fn(&Row) -> bool,
) -> Result<Page, Problem> {
    page_with(app, asked, before, skip, limit, false, keep).await
}

/// The same, with the answers of every row.
pub(crate) async fn page_with(
    app: &App,
    asked: &Asked,
    before: Option<&RecordId>,
    mut skip: usize,
    limit: usize,
    with_answers: bool,
    keep: impl Fn(&Row) -> bool,
) -> Result<Page, Problem> {
    let (mut before, mut rows, mut n_seen) = (before.cloned(), Vec::new(), 0);
    let reads_answers = with_answers || asked.answer.is_some();
    // What the store can skip by itself it skips.
    let by_store = if asked.answer.is_none() { std::mem::take(&mut skip) } else { 0 };
    let mut by_store = u32::try_from(by_store).unwrap_or(u32::MAX);
    loop {
        // One row more than fits tells whether the list goes on.
        let n = if asked.answer.is_none() { (limit + 1 - rows.len()).min(AT_ONCE + 1) } else { AT_ONCE };
        let found = app
            .store
            .list_submissions(&asked.wanted, before.as_ref(), std::mem::take(&mut by_store), n as u32)
            .await?;
        let is_last = found.len() < n;
        n_seen += found.len();
        let mut answers: HashMap<RecordId, Record> = HashMap::new();
        if reads_answers {
            let ids: Vec<RecordId> = found.iter().map(|whole| whole.record.clone()).collect();
            let read = records::several(&app.store, &app.blobs, &ids).await?;
            answers = read.into_iter().map(|record| (record.id.clone(), record)).collect();
        }
        for whole in found {
            let row = Row { record: answers.remove(&whole.record), whole };
            let fits = match (&asked.answer, &row.record) {
                (None, _) => true,
                (Some((question, wanted)), Some(record)) => answers_with(&record.answers, question, wanted),
                (Some(_), None) => false,
            };
            if !fits || !keep(&row) {
                before = Some(row.whole.record);
                continue;
            }
            if skip > 0 {
                skip -= 1;
                before = Some(row.whole.record);
                continue;
            }
            if rows.len() == limit {
                return Ok(Page { rows, next: before, still_to_skip: 0 });
            }
            before = Some(row.whole.record.clone());
            rows.push(row);
        }
        if is_last {
            return Ok(Page { rows, next: None, still_to_skip: skip });
        }
        if n_seen >= MOST_LOOKED_AT {
            return Ok(Page { rows, next: before, still_to_skip: skip });
        }
    }
}

/// What the audit log says about a submission and its versions, the oldest first.
pub(crate) async fn history(app: &App, whole: &Submission) -> Result<Vec<AuditEntry>, Problem> {
    let mut subjects = vec![whole.record.to_string()];
    subjects.extend(app.store.submissions_of(&whole.record).await?.iter().map(|head| head.id.to_string()));
    let mut entries = Vec::new();
    for subject in subjects {
        entries.extend(app.store.audit_of(&subject).await?);
    }
    entries.sort_by_key(|entry| entry.seq);
    Ok(entries)
}
