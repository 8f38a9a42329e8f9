//! One record: what came, what the checks noticed in it, and the cleaning log.

use super::super::problem::Problem;
use super::super::viewer::{Verb, Viewer};
use super::findings::{FindingLine, finding_line};
use super::records::{label, scope_of, source, title};
use super::{App, Desk, RoundHead, Said, moment, said};
use crate::journey::{records as kept, settle};
use crate::world;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use dtm_model::{
    Answer, Answers, Change, Correction, CorrectionId, FieldKind, FormSchema, Instant, Record, RecordId, Round, Source,
};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use dtm_store::{FormVersion, StoredSubmission};
use serde::Deserialize;
use std::collections::BTreeSet;

/// One answer, with what stands now if it was corrected.
struct AnswerLine {
    question: String,
    label: String,
    answer: String,
    /// The choices' wording, where the answer is a code.
    meaning: String,
    corrected: Option<String>,
}

/// One entry of the cleaning log.
struct CorrectionLine {
    /// Empty when the record was taken out.
    question: String,
    label: String,
    old: String,
    new: String,
    reason: String,
    by: String,
    at: String,
    /// Whether it is the last word on its question.
    undoable: bool,
}

#[derive(Template)]
#[template(path = "office/record.html")]
struct RecordView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    id: String,
    title: String,
    place: RoundHead,
    source: String,
    received: String,
    phone: String,
    form: String,
    submission: Option<String>,
    files: Vec<(String, String)>,
    answers: Vec<AnswerLine>,
    repeats: Vec<(String, Vec<Vec<AnswerLine>>)>,
    findings: Vec<FindingLine>,
    corrections: Vec<CorrectionLine>,
    questions: Vec<(String, String)>,
    removed: String,
    may_correct: bool,
    encrypted: bool,
    here: String,
}

/// A record and where it belongs.
struct Found {
    record: Record,
    round: Round,
    place: RoundHead,
    log: Vec<Correction>,
    submission: Option<StoredSubmission>,
    /// The form it was filled on.
    version: Option<FormVersion>,
    /// Whether nothing of it is kept from the reader.
    whole: bool,
    may_correct: bool,
}

/// A record, for those who may do this with it, with the answers that are theirs to see.
async fn find(app: &App, desk: &Desk, verb: Verb, id: &str) -> Result<Found, Problem> {
    let viewer = desk.viewer()?;
    let id: RecordId = id.parse().map_err(|_| viewer.absent(verb))?;
    let mut record = kept::one(&app.store, &app.blobs, &id).await?.ok_or_else(|| viewer.absent(verb))?;
    let round = app.store.round_of_record(&id).await?.ok_or_else(Problem::not_found)?;
    let round = app.store.round(&round).await?.ok_or_else(Problem::not_found)?;
    let exercise = app.store.exercise(&round.exercise).await?.ok_or_else(Problem::not_found)?;
    let operation = app.store.operation(&exercise.operation).await?.ok_or_else(Problem::not_found)?;
    let place = RoundHead::new(desk.words(), &operation, &exercise, &round);
    let mut log = app.store.corrections_of(&id).await?;
    let submission = match &record.source {
        Source::Submission { id } => app.store.submission(id).await?,
        Source::Row { .. } => None,
    };
    let version = match &submission {
        Some(submission) => app.store.form_version_by_id(&submission.head.form_version).await?,
        None => None,
    };
    let form_key = version.as_ref().map_or(settle::TABLE_FORM, |version| &version.schema.xml_form_id);
    let scope = scope_of(app, viewer, verb, &operation, &exercise, form_key).await?;
    let by = submission.as_ref().map_or("", |submission| &submission.head.received_by);
    let share = scope.share(by, Some(&record.answers)).ok_or_else(Problem::forbidden)?;
    let may_correct = verb == Verb::SubmissionReview
        || match scope_of(app, viewer, Verb::SubmissionReview, &operation, &exercise, form_key).await {
            Ok(scope) => scope.share(by, Some(&record.answers)).is_some(),
            Err(_) => false,
        };
    share.keep(&mut record.answers);
    log.retain(|entry| entry.question.as_deref().is_none_or(|question| share.shows(question)));
    let whole = share.is_whole();
    let hidden = |path: &str| !share.shows(path);
    let version = version.map(|mut version| {
        version.schema.fields.retain(|field| !hidden(&field.path));
        version
    });
    Ok(Found { record, round, place, log, submission, version, whole, may_correct })
}

/// The wording of the choices an answer names, or the moment it is.
fn meaning(schema: Option<&FormSchema>, path: &str, answer: &Answer, w: &Words) -> String {
    if let Answer::DateTime(text) = answer {
        let at = chrono::DateTime::parse_from_rfc3339(text);
        return at.map(|at| moment(w, Instant::from_millis(at.timestamp_millis()))).unwrap_or_default();
    }
    let Some(field) = schema.and_then(|schema| schema.fields.iter().find(|field| field.path == path)) else {
        return String::new();
    };
    let text = answer.to_text();
    let named = text.split_whitespace().filter_map(|name| field.choices.iter().find(|choice| choice.name == name));
    named.map(|choice| w.text(&choice.label)).filter(|label| !label.is_empty()).collect::<Vec<_>>().join(", ")
}

/// The answers in the order of the form; questions it does not know come last.
fn in_order(answers: &Answers, schema: Option<&FormSchema>) -> Vec<(String, Answer)> {
    let place = |path: &str| {
        schema.and_then(|schema| schema.fields.iter().position(|field| field.path == path)).unwrap_or(usize::MAX)
    };
    let mut lines: Vec<_> = answers.values.iter().map(|(path, answer)| (path.clone(), answer.clone())).collect();
    lines.sort_by_key(|(path, _)| place(path));
    lines
}

async fn show(
    app: &App,
    desk: &Desk,
    found: Found,
    told: String,
    mistake: Option<String>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let Found { record, round, place, log, submission, version, whole, may_correct } = found;
    let schema = version.as_ref().map(|version| &version.schema);
    let mut files = Vec::new();
    let mut phone = String::new();
    // Files and the XML tell every answer.
    if let Some(submission) = submission.as_ref().filter(|_| whole) {
        for file in app.store.submission_files(&submission.head.id).await? {
            let href = format!("/office/submissions/{}/files/{}", submission.head.id, links::encode(&file.name));
            files.push((file.name, href));
        }
        let phones = app.store.app_users(&place.operation_id).await?;
        let sender = phones.into_iter().find(|phone| Some(&phone.id) == submission.head.app_user.as_ref());
        phone = sender.map(|phone| phone.name).unwrap_or_default();
    }
    let clean = dtm_process::corrections::apply(&record, &log);
    let line = |path: &str, answer: &Answer, corrected: Option<String>| AnswerLine {
        question: path.to_owned(),
        label: label(schema, path, w),
        answer: answer.to_text(),
        meaning: meaning(schema, path, answer, w),
        corrected,
    };
    let none = || w.t("office-blank");
    let now = |path: &str| clean.as_ref().unwrap_or(&record).answers.values.get(path);
    let mut answers = Vec::new();
    for (path, answer) in in_order(&record.answers, schema) {
        let corrected = (now(&path) != Some(&answer)).then(|| now(&path).map_or_else(none, Answer::to_text));
        answers.push(line(&path, &answer, corrected));
    }
    for (path, answer) in clean.iter().flat_map(|clean| &clean.answers.values) {
        if !record.answers.values.contains_key(path) {
            answers.push(line(path, &Answer::Text(none()), Some(answer.to_text())));
        }
    }
    let repeats = record
        .answers
        .repeats
        .iter()
        .map(|(path, turns)| {
            let whole =
                |name: &str| if name.starts_with(path.as_str()) { name.to_owned() } else { format!("{path}/{name}") };
            let turn = |turn: &Answers| {
                in_order(turn, schema).iter().map(|(name, answer)| line(&whole(name), answer, None)).collect()
            };
            (label(schema, path, w), turns.iter().map(turn).collect())
        })
        .collect();
    let mut questions: Vec<(String, String)> = Vec::new();
    let mut offered = BTreeSet::new();
    let fields = || schema.iter().flat_map(|schema| &schema.fields);
    let turns: Vec<String> =
        fields().filter(|field| field.kind == FieldKind::Repeat).map(|field| format!("{}/", field.path)).collect();
    let in_repeat = |path: &str| turns.iter().any(|repeat| path.starts_with(repeat.as_str()));
    let asked =
        fields().filter(|field| !matches!(field.kind, FieldKind::Group | FieldKind::Repeat)).map(|field| &field.path);
    for path in asked.chain(record.answers.values.keys()) {
        if !in_repeat(path) && !path.starts_with("meta/") && offered.insert(path) {
            let label = label(schema, path, w);
            questions.push((path.clone(), if label == *path { label } else { format!("{label} ({path})") }));
        }
    }
    let findings = app.store.findings(&round.id).await?;
    let removal = log.iter().rev().find(|entry| entry.change == Change::RemoveSurvey);
    let view = RecordView {
        w,
        said: told,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        title: title(&record, w),
        source: source(&record.source, w),
        received: submission.as_ref().map(|s| moment(w, s.head.received_at)).unwrap_or_default(),
        phone,
        form: version.as_ref().map(|v| format!("{} ({})", v.schema.title, v.version)).unwrap_or_default(),
        encrypted: submission
            .as_ref()
            .is_some_and(|s| dtm_capture::submission::open(s.xml.as_bytes()).is_ok_and(|envelope| envelope.encrypted)),
        submission: submission.filter(|_| whole).map(|s| format!("/office/submissions/{}.xml", s.head.id)),
        files,
        answers,
        repeats,
        findings: findings
            .iter()
            .filter(|stored| whole && stored.finding.record.as_ref() == Some(&record.id))
            .map(|stored| finding_line(stored, desk))
            .collect(),
        corrections: log
            .iter()
            .enumerate()
            .map(|(at, entry)| CorrectionLine {
                label: entry.question.as_deref().map(|question| label(schema, question, w)).unwrap_or_default(),
                old: entry.old.clone().unwrap_or_else(none),
                new: entry.new.clone().unwrap_or_else(none),
                reason: entry.reason.clone(),
                by: entry.by.clone(),
                at: moment(w, entry.at),
                undoable: entry.question.is_some()
                    && !log[at + 1..].iter().any(|later| later.question == entry.question),
                question: entry.question.clone().unwrap_or_default(),
            })
            .collect(),
        questions,
        may_correct: may_correct && removal.is_none(),
        removed: removal
            .map(|entry| format!("{} ({}, {})", entry.reason, entry.by, moment(w, entry.at)))
            .unwrap_or_default(),
        here: format!("/office/records/{}", record.id),
        id: record.id.to_string(),
        place,
    };
    let heading = view.title.clone();
    desk.page(&heading, view.render())
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<String>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let found = find(&app, &desk, Verb::SubmissionRead, &id).await?;
    desk.viewer()?.saw(&app, &id).await;
    show(&app, &desk, found, told.sentence(desk.words()), None).await
}

#[derive(Deserialize)]
pub(super) struct NewCorrection {
    act: String,
    #[serde(default)]
    question: String,
    #[serde(default)]
    new: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    sure: String,
}

/// The entry of the cleaning log that is asked for, or the key of what is missing.
fn entry(found: &Found, given: &NewCorrection, viewer: &Viewer, w: &Words) -> Result<Correction, &'static str> {
    let Some(clean) = dtm_process::corrections::apply(&found.record, &found.log) else { return Err("office-removed") };
    // The value before is what stood after the corrections so far, so that undoing goes back one step.
    let old = clean.answers.values.get(&given.question).map(Answer::to_text);
    let reason = given.reason.trim().to_owned();
    let made = |change, question: Option<String>, old, new, reason| Correction {
        id: world::fresh(CorrectionId::new),
        record: found.record.id.clone(),
        question,
        old,
        new,
        change,
        reason,
        check: None,
        by: viewer.user.email.clone(),
        at: world::now(),
    };
    let put = |new: Option<String>, reason| {
        let change = if new.is_some() { Change::ChangeResponse } else { Change::BlankResponse };
        made(change, Some(given.question.clone()), old.clone(), new, reason)
    };
    match given.act.as_str() {
        "undo" => {
            let last = found.log.iter().rev().find(|entry| entry.question.as_deref() == Some(given.question.as_str()));
            Ok(put(last.ok_or("office-no-question")?.old.clone(), w.t("office-undo-reason")))
        }
        "remove" if given.sure != "yes" => Err("office-remove-sure"),
        _ if reason.is_empty() => Err("office-no-reason"),
        "remove" => Ok(made(Change::RemoveSurvey, None, None, None, reason)),
        "correct" => {
            let new = Some(given.new.trim().to_owned()).filter(|new| !new.is_empty());
            let fields = found.version.iter().flat_map(|version| &version.schema.fields);
            let is_asked = fields.into_iter().any(|field| field.path == given.question);
            if old.is_none() && (new.is_none() || !is_asked) {
                return Err("office-no-question");
            }
            Ok(put(new, reason))
        }
        _ => Err("office-no-question"),
    }
}

pub(super) async fn correct(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<String>,
    Form(given): Form<NewCorrection>,
) -> Result<Response, Problem> {
    let (w, viewer) = (desk.words(), desk.viewer()?);
    let found = find(&app, &desk, Verb::SubmissionReview, &id).await?;
    let correction = match entry(&found, &given, viewer, w) {
        Ok(correction) => correction,
        Err(missing) => {
            let mut response = show(&app, &desk, found, String::new(), Some(w.t(missing))).await?;
            *response.status_mut() = StatusCode::BAD_REQUEST;
            return Ok(response);
        }
    };
    app.store.add_corrections(&found.round.id, vec![correction], &viewer.stamp()).await?;
    let what = if given.act == "undo" { "undone" } else { "corrected" };
    Ok(said(&format!("/office/records/{}", found.record.id), what, &[]).into_response())
}
