//! Lists of submissions with their answers, page by page, and what happened to one.
//!
//! The store narrows a list by what it keeps in columns (form, round, state, reviewer, area). A filter by an answer asks
//! the columns of the sealed records which ones may have it, and looks at those alone; where no column says it, it looks at
//! one record after the other and stops when the page is full or enough was looked at.

use super::opening::{self, Keyring};
use super::{choose, records};
use crate::http::{App, Problem, Scope};
use dtm_capture::submission::is_encrypted;
use dtm_model::{Answer, Answers, FormSchema, FormVersionId, On, Record, RecordId, SubmissionId, Verb};
use dtm_store::{AuditEntry, Submission, User, Wanted};
use std::collections::{HashMap, HashSet};

/// Rows looked at for one page before the client is asked to go on; a filter that fits hardly anything must not hold
/// a connection for minutes.
const MOST_LOOKED_AT: usize = 100_000;
/// Rows read at once.
const AT_ONCE: usize = 500;
/// Rows read at once of those that may well fit.
const CANDIDATES: usize = 100;

/// So many that the store wants are held against those that may fit.
const FEW: u32 = 20_000;

/// What a list shall hold.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) wanted: Wanted,
    /// A question's path or name, and the answer wanted.
    pub(crate) answer: Option<(String, String)>,
    /// Whether each row comes with its answers.
    pub(crate) with_answers: bool,
    /// The keys that the reader holds: what they open is looked at in clear.
    pub(crate) keys: Keyring,
}

/// A submission in a list, with its answers where the filter had to read them.
pub(crate) struct Row {
    pub(crate) whole: Submission,
    pub(crate) record: Option<Record>,
    /// Whether all its answers may be seen.
    pub(crate) is_whole: bool,
}

/// A page of a list.
pub(crate) struct Page {
    pub(crate) rows: Vec<Row>,
    /// Before which record the list goes on; none at its end.
    pub(crate) next: Option<RecordId>,
    /// How many rows are still to be skipped on the way.
    pub(crate) still_to_skip: usize,
}

/// Who may review what was sent there, some of it at least: whom it can be given to.
pub(crate) async fn reviewers(app: &App, on: On<'_>) -> Result<Vec<User>, Problem> {
    let grants = app.store.grants().await?;
    let reviews = grants.iter().filter(|grant| grant.sight(Verb::SubmissionReview, on).is_some());
    let held: HashSet<&str> = reviews.map(|grant| grant.actor.as_str()).collect();
    let mut people = app.store.users().await?;
    people.retain(|person| held.contains(person.id.to_string().as_str()));
    Ok(people)
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

/// The rows of a list before `before` that lie in this scope, the newest first, `skip` of them left out, `limit` at most.
/// Their answers are read, and reduced to the scope, where the scope or the filter must look at them.
pub(crate) async fn page(
    app: &App,
    scope: &Scope,
    asked: &Asked,
    before: Option<&RecordId>,
    mut skip: usize,
    limit: usize,
) -> Result<Page, Problem> {
    let (mut before, mut rows, mut n_seen) = (before.cloned(), Vec::new(), 0);
    let wanted = Wanted { near: scope.near(&app.store, &asked.wanted.form).await?, ..asked.wanted.clone() };
    let reads_answers = asked.with_answers || asked.answer.is_some() || !scope.is_whole();
    let looks_at_each = asked.answer.is_some() || !scope.is_whole();
    // What the store can skip by itself it skips.
    let mut by_store = 0;
    if !looks_at_each {
        by_store = u32::try_from(std::mem::take(&mut skip)).unwrap_or(u32::MAX);
    }
    let mut candidates = match &asked.answer {
        // Columns hold what everybody may read; who holds keys reads more.
        Some((question, answer)) if !wanted.draft && !wanted.deleted && asked.keys.is_empty() => {
            choose::may_answer(app, &wanted.form, question, answer).await?
        }
        _ => None,
    };
    // Where many may have the answer, and the store wants few, it says which.
    if let Some(candidates) = candidates.as_mut().filter(|candidates| candidates.len() > CANDIDATES && wanted.narrows())
        && let Some(few) = app.store.wanted_few(&wanted, FEW).await?
    {
        candidates.retain(|id| few.contains(id));
    }
    if let (Some(candidates), Some(before)) = (&mut candidates, &before) {
        candidates.drain(..candidates.partition_point(|id| id >= before));
    }
    loop {
        let (found, is_last) = match &mut candidates {
            Some(candidates) => {
                let some: Vec<RecordId> = candidates.drain(..CANDIDATES.min(candidates.len())).collect();
                (app.store.submissions_among(&wanted, &some).await?, candidates.is_empty())
            }
            None => {
                // One row more than fits tells whether the list goes on.
                let n = match looks_at_each {
                    true if wanted.near.is_some() => CANDIDATES,
                    true => AT_ONCE,
                    false => (limit + 1 - rows.len()).min(AT_ONCE + 1),
                };
                let skipped = std::mem::take(&mut by_store);
                let found = app.store.list_submissions(&wanted, before.as_ref(), skipped, n as u32).await?;
                let is_last = found.len() < n;
                (found, is_last)
            }
        };
        n_seen += found.len();
        let mut answers: HashMap<RecordId, Record> = HashMap::new();
        if reads_answers {
            let ids: Vec<RecordId> = found.iter().map(|whole| whole.record.clone()).collect();
            let read = records::several(&app.store, &ids).await?;
            answers = read.into_iter().map(|record| (record.id.clone(), record)).collect();
            if !asked.keys.is_empty() {
                open(app, &asked.keys, &found, &mut answers).await?;
            }
        }
        for whole in found {
            let here = whole.record.clone();
            let record = answers.remove(&here);
            if let Some(row) = seen(scope, asked, whole, record) {
                if skip > 0 {
                    skip -= 1;
                } else if rows.len() == limit {
                    return Ok(Page { rows, next: before, still_to_skip: 0 });
                } else {
                    rows.push(row);
                }
            }
            before = Some(here);
        }
        if is_last {
            return Ok(Page { rows, next: None, still_to_skip: skip });
        }
        if n_seen >= MOST_LOOKED_AT {
            return Ok(Page { rows, next: before, still_to_skip: skip });
        }
    }
}

/// Puts the answers of encrypted submissions in clear in the place of those that stay readable.
async fn open(
    app: &App,
    keys: &Keyring,
    found: &[Submission],
    answers: &mut HashMap<RecordId, Record>,
) -> Result<(), Problem> {
    let versions: Vec<SubmissionId> = found.iter().map(|whole| whole.current.clone()).collect();
    let mut xml = app.store.xml_of(&versions).await?;
    xml.retain(|_, xml| is_encrypted(xml));
    let encrypted: Vec<SubmissionId> = xml.keys().cloned().collect();
    let mut files = app.store.files_of(&encrypted).await?;
    let closed = xml.into_iter().map(|(version, envelope)| {
        let files = files.remove(&version).unwrap_or_default();
        opening::Closed { version, envelope, files }
    });
    let opened = opening::answers(&app.blobs, keys, closed.collect()).await?;
    let mut schemas: HashMap<FormVersionId, Option<FormSchema>> = HashMap::new();
    for whole in found {
        let Some(clear) = opened.get(&whole.current) else { continue };
        if !schemas.contains_key(&whole.form_version) {
            let version = app.store.form_version_by_id(&whole.form_version).await?;
            schemas.insert(whole.form_version.clone(), version.map(|version| version.schema));
        }
        let schema = schemas.get(&whole.form_version).and_then(Option::as_ref);
        let reading = schema.and_then(|schema| dtm_capture::submission::answers(clear, schema).ok());
        if let (Some(reading), Some(record)) = (reading, answers.get_mut(&whole.record)) {
            record.answers = reading.answers;
        }
    }
    Ok(())
}

/// A row as it is shown, if it lies in the scope and has the answer that is sought.
fn seen(scope: &Scope, asked: &Asked, whole: Submission, mut record: Option<Record>) -> Option<Row> {
    let share = scope.share(&whole.submitter, record.as_ref().map(|record| &record.answers))?;
    let is_whole = share.is_whole();
    if let Some(record) = &mut record {
        share.keep(&mut record.answers);
    }
    if let Some((question, wanted)) = &asked.answer {
        let answers = &record.as_ref()?.answers;
        if !answers_with(answers, question, wanted) {
            return None;
        }
    }
    Some(Row { whole, record, is_whole })
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
