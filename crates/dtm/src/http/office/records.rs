//! Records, what the checks noticed in them, and their corrections.

use super::super::problem::Problem;
use dtm_store::Role;
use super::{App, Desk, Said, find_round, round_address, said};
use crate::journey::{explain, records as kept, settle};
use crate::world;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use dtm_model::{Change, Correction, CorrectionId, FindingId, Record, RecordId, RoundId, Severity, Source, SubmissionId};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use dtm_store::StoredFinding;
use serde::Deserialize;

/// Findings on one page.
const PAGE: usize = 200;

/// A finding as a person reads it.
struct FindingLine {
    id: String,
    severity: &'static str,
    message: String,
    advice: &'static str,
    record: String,
    resolution: Option<String>,
}

fn finding_line(stored: &StoredFinding, desk: &Desk) -> FindingLine {
    FindingLine {
        id: stored.id.to_string(),
        severity: settle::severity_code(stored.finding.severity),
        message: settle::message(&stored.finding, desk.lang),
        advice: settle::advice(&stored.finding, desk.lang),
        record: stored.finding.record.as_ref().map(ToString::to_string).unwrap_or_default(),
        resolution: stored.resolved_at.map(|_| stored.resolution.clone().unwrap_or_default()),
    }
}

#[derive(Template)]
#[template(path = "office/findings.html")]
struct FindingsView {
    w: &'static Words,
    said: String,
    label: String,
    here: String,
    findings: Vec<FindingLine>,
    too_many: String,
    wanted: String,
    back_here: String,
}

#[derive(Deserialize, Default)]
pub(super) struct Wanted {
    #[serde(default)]
    severity: String,
    #[serde(default)]
    said: String,
}

pub(super) async fn findings(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    desk.must_be(Role::Reviewer)?;
    let (operation, exercise, round) = find_round(&app, &operation, &exercise, &round).await?;
    let mut findings = app.store.findings(&round.id).await?;
    findings.retain(|stored| wanted.severity.is_empty() || settle::severity_code(stored.finding.severity) == wanted.severity);
    findings.sort_by_key(|stored| (stored.resolved_at.is_some(), std::cmp::Reverse(stored.finding.severity)));
    let n_all = findings.len();
    let view = FindingsView {
        w: desk.words(),
        said: wanted.said,
        label: round.label.to_string(),
        back_here: format!("{}/findings?severity={}", round_address(&operation, &exercise, &round), links::encode(&wanted.severity)),
        here: round_address(&operation, &exercise, &round),
        findings: findings.iter().take(PAGE).map(|stored| finding_line(stored, &desk)).collect(),
        too_many: if n_all > PAGE { desk.words().t_n("office-too-many", PAGE as i64) } else { String::new() },
        wanted: wanted.severity,
    };
    desk.page(&desk.words().t("office-findings"), view.render())
}

#[derive(Deserialize)]
pub(super) struct Resolution {
    #[serde(default)]
    note: String,
    back: String,
}

/// Only addresses of the office are followed.
fn local(back: &str) -> &str {
    if back.starts_with("/office/") && !back.contains(['\\', '\r', '\n']) { back } else { "/office" }
}

pub(super) async fn resolve(
    State(app): State<App>,
    desk: Desk,
    Path(finding): Path<String>,
    Form(given): Form<Resolution>,
) -> Result<Response, Problem> {
    let viewer = desk.must_be(Role::Reviewer)?;
    let id: FindingId = finding.parse().map_err(|_| Problem::not_found())?;
    app.store.resolve_finding(&id, given.note.trim(), &viewer.stamp()).await?;
    Ok(said(local(&given.back), &desk.words().t("office-resolve")).into_response())
}

/// A record in a list.
struct RecordLine {
    id: String,
    source: String,
    answers: String,
    n_findings: usize,
    weight: &'static str,
}

#[derive(Template)]
#[template(path = "office/records.html")]
struct RecordsView {
    w: &'static Words,
    label: String,
    here: String,
    records: Vec<RecordLine>,
    n_all: String,
    next: Option<String>,
    is_first: bool,
}

#[derive(Deserialize, Default)]
pub(super) struct After {
    after: Option<String>,
}

/// The first few answers, so that a person recognises the record.
fn glance(record: &Record) -> String {
    let telling = |name: &&String| ["ssid", "name", "nom", "idp", "pdi", "adm2"].iter().any(|part| name.to_lowercase().contains(part));
    let mut names: Vec<&String> = record.answers.values.keys().filter(telling).take(4).collect();
    if names.is_empty() {
        names = record.answers.values.keys().take(4).collect();
    }
    names.iter().map(|name| record.answers.values[*name].to_text()).collect::<Vec<_>>().join(" · ")
}

pub(super) async fn list(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    Query(after): Query<After>,
) -> Result<Response, Problem> {
    desk.must_be(Role::Reviewer)?;
    const LINES: usize = 100;
    let (operation, exercise, round) = find_round(&app, &operation, &exercise, &round).await?;
    let after = after.after.map(|text| text.parse::<RecordId>()).transpose().map_err(|_| Problem::not_found())?;
    let all = kept::of_round(&app.store, &app.blobs, &round.id).await?;
    let page: Vec<_> =
        all.iter().filter(|record| after.as_ref().is_none_or(|after| record.record.id > *after)).take(LINES + 1).collect();
    let findings = app.store.findings(&round.id).await?;
    let mut worst: std::collections::HashMap<&RecordId, (usize, Severity)> = std::collections::HashMap::new();
    for stored in findings.iter().filter(|stored| stored.resolved_at.is_none()) {
        if let Some(record) = &stored.finding.record {
            let entry = worst.entry(record).or_insert((0, Severity::Note));
            *entry = (entry.0 + 1, entry.1.max(stored.finding.severity));
        }
    }
    let here = round_address(&operation, &exercise, &round);
    let next = (page.len() > LINES).then(|| format!("{here}/records?after={}", page[LINES - 1].record.id));
    let view = RecordsView {
        w: desk.words(),
        label: round.label.to_string(),
        records: page
            .iter()
            .take(LINES)
            .map(|record| {
                let (n, severity) = worst.get(&record.record.id).copied().unwrap_or((0, Severity::Note));
                RecordLine {
                    id: record.record.id.to_string(),
                    source: explain::source(&record.record.source, desk.lang),
                    answers: glance(&record.record),
                    n_findings: n,
                    weight: settle::severity_code(severity),
                }
            })
            .collect(),
        here,
        n_all: desk.words().t_n("office-records-n", all.len() as i64),
        next,
        is_first: after.is_none(),
    };
    desk.page(&desk.words().t("office-records"), view.render())
}

/// One answer, with what stands now if it was corrected.
struct AnswerLine {
    question: String,
    answer: String,
    corrected: Option<String>,
}

/// One entry of the cleaning log.
struct CorrectionLine {
    question: String,
    old: String,
    new: String,
    reason: String,
    by: String,
    at: String,
}

#[derive(Template)]
#[template(path = "office/record.html")]
struct RecordView {
    w: &'static Words,
    said: String,
    id: String,
    source: String,
    received: String,
    submission: Option<String>,
    files: Vec<(String, String)>,
    answers: Vec<AnswerLine>,
    repeats: Vec<(String, Vec<Vec<AnswerLine>>)>,
    findings: Vec<FindingLine>,
    corrections: Vec<CorrectionLine>,
    questions: Vec<String>,
    may_correct: bool,
    here: String,
}

/// The round a record belongs to.
async fn round_of(app: &App, record: &RecordId) -> Result<RoundId, Problem> {
    app.store.round_of_record(record).await?.ok_or_else(Problem::not_found)
}

pub(super) async fn record(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<String>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    desk.must_be(Role::Reviewer)?;
    let w = desk.words();
    let id: RecordId = id.parse().map_err(|_| Problem::not_found())?;
    let record = kept::one(&app.store, &app.blobs, &id).await?.ok_or_else(Problem::not_found)?;
    let round = round_of(&app, &id).await?;
    let log = app.store.corrections_of(&id).await?;
    let clean = dtm_process::corrections::apply(&record, &log);
    let answers = record
        .answers
        .values
        .iter()
        .map(|(question, answer)| {
            let now = clean.as_ref().and_then(|clean| clean.answers.values.get(question));
            AnswerLine {
                question: question.clone(),
                answer: answer.to_text(),
                corrected: (now != Some(answer)).then(|| now.map_or_else(|| "–".to_owned(), |now| now.to_text())),
            }
        })
        .collect();
    let line = |(question, answer): (&String, &dtm_model::Answer)| AnswerLine {
        question: question.clone(),
        answer: answer.to_text(),
        corrected: None,
    };
    let repeats = record
        .answers
        .repeats
        .iter()
        .map(|(path, turns)| (path.clone(), turns.iter().map(|turn| turn.values.iter().map(line).collect()).collect()))
        .collect();
    let submission = match &record.source {
        Source::Submission { id } => app.store.submission(id).await?,
        Source::Row { .. } => None,
    };
    let mut files = Vec::new();
    if let Some(submission) = &submission {
        for file in app.store.submission_files(&submission.head.id).await? {
            let href = format!("/office/submissions/{}/files/{}", submission.head.id, links::encode(&file.name));
            files.push((file.name, href));
        }
    }
    let findings = app.store.findings(&round).await?;
    let view = RecordView {
        w,
        said: told.said,
        source: explain::source(&record.source, desk.lang),
        received: submission.as_ref().map(|s| s.head.received_at.to_string()).unwrap_or_default(),
        submission: submission.map(|s| format!("/office/submissions/{}.xml", s.head.id)),
        files,
        questions: record.answers.values.keys().cloned().collect(),
        answers,
        repeats,
        findings: findings
            .iter()
            .filter(|stored| stored.finding.record.as_ref() == Some(&id))
            .map(|stored| finding_line(stored, &desk))
            .collect(),
        corrections: log
            .iter()
            .map(|entry| CorrectionLine {
                question: entry.question.clone().unwrap_or_else(|| w.t("office-remove")),
                old: entry.old.clone().unwrap_or_default(),
                new: entry.new.clone().unwrap_or_default(),
                reason: entry.reason.clone(),
                by: entry.by.clone(),
                at: w.date(entry.at.date()),
            })
            .collect(),
        may_correct: desk.may(Role::Reviewer),
        here: format!("/office/records/{id}"),
        id: id.to_string(),
    };
    desk.page(&w.t("office-record"), view.render())
}

#[derive(Deserialize)]
pub(super) struct NewCorrection {
    question: String,
    #[serde(default)]
    new: String,
    reason: String,
}

pub(super) async fn correct(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<String>,
    Form(given): Form<NewCorrection>,
) -> Result<Response, Problem> {
    let viewer = desk.must_be(Role::Reviewer)?;
    let id: RecordId = id.parse().map_err(|_| Problem::not_found())?;
    let record = kept::one(&app.store, &app.blobs, &id).await?.ok_or_else(Problem::not_found)?;
    let round = round_of(&app, &id).await?;
    if given.reason.trim().is_empty() {
        return Err(Problem::bad_request("no_reason", "Say why the answer is corrected.", "Dites pourquoi la réponse est corrigée."));
    }
    // The value before is what stood after the corrections so far, so that undoing goes back one step.
    let log = app.store.corrections_of(&id).await?;
    let clean = dtm_process::corrections::apply(&record, &log).unwrap_or(record);
    let whole = given.question.is_empty();
    let old = clean.answers.values.get(&given.question).map(|answer| answer.to_text());
    if !whole && old.is_none() {
        return Err(Problem::bad_request("no_question", "The record has no such question.", "L’enregistrement n’a pas cette question."));
    }
    let new = Some(given.new.trim().to_owned()).filter(|new| !new.is_empty());
    let change = match (whole, &new) {
        (true, _) => Change::RemoveSurvey,
        (false, None) => Change::BlankResponse,
        (false, Some(_)) => Change::ChangeResponse,
    };
    let stamp = viewer.stamp();
    let correction = Correction {
        id: world::fresh(CorrectionId::new),
        record: id.clone(),
        question: (!whole).then_some(given.question),
        old,
        new: if whole { None } else { new },
        change,
        reason: given.reason.trim().to_owned(),
        check: None,
        by: viewer.user.email.clone(),
        at: stamp.at,
    };
    app.store.add_corrections(&round, vec![correction], &stamp).await?;
    Ok(said(&format!("/office/records/{id}"), &desk.words().t("office-correct-saved")).into_response())
}

pub(super) async fn submission(State(app): State<App>, desk: Desk, Path(file): Path<String>) -> Result<Response, Problem> {
    desk.must_be(Role::Reviewer)?;
    let id: SubmissionId = file.strip_suffix(".xml").unwrap_or(&file).parse().map_err(|_| Problem::not_found())?;
    let submission = app.store.submission(&id).await?.ok_or_else(Problem::not_found)?;
    let headers = [
        (header::CONTENT_TYPE, "application/xml".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.xml\"")),
    ];
    Ok((headers, submission.xml).into_response())
}

pub(super) async fn file(
    State(app): State<App>,
    desk: Desk,
    Path((submission, name)): Path<(String, String)>,
) -> Result<Response, Problem> {
    desk.must_be(Role::Reviewer)?;
    let id: SubmissionId = submission.parse().map_err(|_| Problem::not_found())?;
    let files = app.store.submission_files(&id).await?;
    let file = files.into_iter().find(|file| file.name == name).ok_or_else(Problem::not_found)?;
    let bytes = app.blobs.get(&file.hash).await?;
    // Whatever a phone called its type: a browser shall keep the file and not run it.
    Ok(([(header::CONTENT_TYPE, "application/octet-stream"), (header::CONTENT_DISPOSITION, "attachment")], bytes).into_response())
}
