//! What the checks noticed in a round, and how each was resolved.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::corrections::must_be_open;
use super::records::title;
use super::submissions::{moment, posted, value, values};
use super::{App, Desk, Pages, RoundHead, Said, local, said, said_with};
use crate::journey::decide::{self, Signed};
use crate::journey::naming::Naming;
use crate::journey::{RoundOf, settle};
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use dtm_model::{Change, Finding, FindingId, Instant, OperationId, RecordId, Round};
use dtm_process::checks::{Proposal, proposal};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use dtm_store::{FindingCount, FindingKind, FindingsTogether, StoredFinding, WantedFindings};
use serde::Deserialize;

/// Findings on one page.
const LINES: usize = 50;

/// A finding as a person reads it.
pub(super) struct FindingLine {
    /// Empty where nobody can resolve it.
    pub(super) id: String,
    pub(super) severity: &'static str,
    pub(super) message: String,
    pub(super) advice: String,
    pub(super) record: String,
    pub(super) place: String,
    /// The path of the question that it is about, and its last part.
    pub(super) question: Option<(String, String)>,
    /// Another record that it names.
    pub(super) other: String,
    pub(super) resolution: Option<String>,
    /// What taking its proposal would do; empty where it proposes no change, or nobody can take it.
    pub(super) proposal: String,
}

/// The names of what these findings speak of.
pub(super) async fn naming<'a>(
    app: &App,
    desk: &Desk,
    operation: &OperationId,
    findings: impl Iterator<Item = &'a Finding> + Clone,
) -> Result<Naming, Problem> {
    let w = desk.words();
    let naming = Naming::of(&app.store, operation, findings.clone()).await?;
    Ok(naming.with_records(&app.store, findings, |record| title(record, w)).await?)
}

/// What a finding proposes, in words; empty where it only asks.
fn proposed(finding: &Finding, naming: &Naming, desk: &Desk) -> String {
    let w = desk.words();
    let Some(Proposal::Correct { change, question, old, new }) = proposal(finding) else { return String::new() };
    match (change, question) {
        (Change::RemoveSurvey, _) => w.t("findings-take-out"),
        (_, Some(question)) => {
            let answer = |answer: Option<String>| match answer.filter(|answer| !answer.is_empty()) {
                Some(answer) => naming.answer(finding, &question, &answer, desk.lang),
                None => w.t("office-blank"),
            };
            format!("{}: {} → {}", naming.question(finding, &question, desk.lang), answer(old), answer(new))
        }
        (_, None) => String::new(),
    }
}

pub(super) fn finding_line(stored: &StoredFinding, naming: &Naming, desk: &Desk) -> FindingLine {
    FindingLine {
        id: stored.id.to_string(),
        resolution: stored.resolved_at.map(|_| stored.resolution.clone().unwrap_or_default()),
        proposal: proposed(&stored.finding, naming, desk),
        ..said_of(&stored.finding, naming, desk)
    }
}

/// What stands by itself begins with a capital.
fn as_sentence(said: &str) -> String {
    let mut letters = said.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A finding that is only said: it has no id under which it could be resolved.
pub(super) fn said_of(finding: &Finding, naming: &Naming, desk: &Desk) -> FindingLine {
    let w = desk.words();
    let record = finding.record.as_ref().map(ToString::to_string).unwrap_or_default();
    let place = match &finding.place {
        Some(place) => naming.place(place),
        None if record.is_empty() => String::new(),
        None => w.t("office-record"),
    };
    let name = |path: &String| path.rsplit('/').next().unwrap_or(path).to_owned();
    let other = ["other", "kept"].iter().find_map(|fact| finding.facts.get(*fact));
    FindingLine {
        id: String::new(),
        severity: settle::severity_code(finding.severity),
        message: w.typeset(&as_sentence(&naming.message(finding, desk.lang))),
        advice: w.typeset(settle::advice(finding, desk.lang)),
        record,
        place,
        question: finding.question.as_ref().map(|path| (path.clone(), name(path))),
        other: other.filter(|id| id.parse::<RecordId>().is_ok()).cloned().unwrap_or_default(),
        resolution: None,
        proposal: String::new(),
    }
}

/// The findings of one check.
#[derive(Clone)]
struct KindLine {
    id: String,
    title: String,
    why: &'static str,
    severity: &'static str,
    n_open: i64,
    n_all: u64,
    open: String,
    resolved: String,
    href: String,
}

#[derive(Template)]
#[template(path = "office/findings.html")]
struct FindingsView {
    w: &'static Words,
    said: String,
    /// The moment at which findings were resolved that can be opened again.
    undo: String,
    place: RoundHead,
    /// Code, name and open findings of each weight; the first is all.
    tabs: Vec<(&'static str, String, String)>,
    findings: Vec<FindingLine>,
    settled: bool,
    /// Whether something on the page can be taken with a tick.
    has_proposals: bool,
    may_review: bool,
    /// Whether all proposals of the page come ticked, and where they do.
    ticked: bool,
    tick_all: String,
    wanted: &'static str,
    kinds: Vec<KindLine>,
    /// The check whose findings are listed.
    kind: Option<KindLine>,
    back_here: String,
    pages: Pages,
}

#[derive(Deserialize, Default)]
pub(super) struct Wanted {
    #[serde(default)]
    severity: String,
    /// The id of a check.
    #[serde(default)]
    check: String,
    #[serde(default)]
    page: String,
    #[serde(default)]
    tick: String,
}

/// Takes what the ticked findings propose, as one batch that can be taken back.
pub(super) async fn take(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let (operation, exercise, round) =
        desk.round(&app, Verb::SubmissionReview, (&operation, &exercise, &round)).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    must_be_open(&round)?;
    let fields = posted(&body);
    let back = local(value(&fields, "back")).to_owned();
    match value(&fields, "act") {
        "resolve" => return resolve_kind(&app, &desk, &round, &fields, &back).await,
        "undo" => {
            let at =
                moment(value(&fields, "at")).ok_or_else(|| Problem::unexpected_value("at", value(&fields, "at")))?;
            let stamp = desk.viewer()?.stamp();
            let n = app.store.reopen_findings(&round.id, FindingsTogether::ResolvedAt(at), &stamp).await?;
            return Ok(said(&back, "reopened", &[n as i64]).into_response());
        }
        _ => {}
    }
    let mut findings = Vec::new();
    for id in values(&fields, "finding").take(MOST_TAKEN) {
        let id: FindingId = id.parse().map_err(|_| Problem::unexpected_value("finding", id))?;
        let is_here = app.store.round_of_finding(&id).await?.as_ref() == Some(&round.id);
        findings.extend(app.store.finding(&id).await?.filter(|_| is_here));
    }
    if findings.is_empty() {
        return Ok(said(&back, "none-ticked", &[]).into_response());
    }
    let (w, viewer) = (desk.words(), desk.viewer()?);
    let stamp = viewer.stamp();
    let reason = w.t("findings-taken-reason");
    let name = w.t("log-kind-proposals");
    let signed = Signed { by: &viewer.user.email, stamp: &stamp, reason: &reason };
    let done = decide::take_proposals(&app.store, of, &findings, (&name, desk.lang), &signed).await?;
    for record in &done.records {
        app.logics.examine_again(&app.store, &app.blobs, record);
    }
    let n_left = findings.len().saturating_sub(done.n_entries);
    Ok(said(&back, "taken", &[done.n_entries as i64, n_left as i64]).into_response())
}

/// Resolves what is open of one check, with one note.
async fn resolve_kind(
    app: &App,
    desk: &Desk,
    round: &Round,
    fields: &[(String, String)],
    back: &str,
) -> Result<Response, Problem> {
    let (check, note) = (value(fields, "check"), noted(value(fields, "note"))?);
    let stamp = desk.viewer()?.stamp();
    let n = app.store.resolve_findings(&round.id, FindingsTogether::Check(check), note, &stamp).await?;
    Ok(resolved(back, n, stamp.at))
}

/// Back to the page, which says how many were resolved and offers to take that back.
fn resolved(back: &str, n: u64, at: Instant) -> Response {
    said_with(back, "resolved", &[("n", n as i64), ("undo", at.as_millis())]).into_response()
}

/// A note of how something was resolved.
fn noted(note: &str) -> Result<&str, Problem> {
    let note = note.trim();
    if note.is_empty() {
        return Err(Problem::bad_request(
            "no_note",
            "Say in a few words how the finding was resolved.",
            "Dites en quelques mots comment le constat a été réglé.",
        ));
    }
    Ok(note)
}

/// Findings whose proposals are taken at once.
const MOST_TAKEN: usize = 500;

pub(super) async fn findings(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<(String, String, String)>,
    Query(wanted): Query<Wanted>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    // A finding tells answers, so it is for those who see all of them.
    let (operation, exercise, round) = desk.round(&app, Verb::SubmissionRead, (&operation, &exercise, &round)).await?;
    let w = desk.words();
    let counts = app.store.count_findings(&round.id).await?;
    let chosen = counts.iter().find(|count| settle::severity_code(count.severity) == wanted.severity);
    let code = chosen.map_or("", |count| settle::severity_code(count.severity));
    let open = |counts: &[FindingCount]| w.number(counts.iter().map(|count| count.open as i64).sum());
    let mut tabs = vec![("", w.t("office-all"), open(&counts))];
    tabs.extend(counts.iter().map(|count| {
        let code = settle::severity_code(count.severity);
        (code, w.label("office-severity", code), open(std::slice::from_ref(count)))
    }));
    let place = RoundHead::new(w, &operation, &exercise, &round);
    let here = format!("{}/findings", place.here);
    let kinds: Vec<KindLine> =
        app.store.finding_kinds(&round.id).await?.iter().map(|kind| kind_line(w, &here, kind)).collect();
    let kind = kinds.iter().find(|kind| kind.id == wanted.check).cloned();
    let n_all: u64 = match (&kind, chosen) {
        (Some(kind), _) => kind.n_all,
        (None, Some(count)) => count.open + count.resolved,
        (None, None) => counts.iter().map(|count| count.open + count.resolved).sum(),
    };
    let address = match (&kind, code) {
        (Some(kind), _) => kind.href.clone(),
        (None, "") => here,
        (None, code) => format!("{here}?severity={code}"),
    };
    let (pages, lines) = Pages::cut(w, &address, &wanted.page, n_all as usize, LINES);
    let which = WantedFindings {
        severity: chosen.filter(|_| kind.is_none()).map(|count| count.severity),
        check: kind.as_ref().map(|kind| kind.id.as_str()),
        resolved: None,
    };
    let findings = app.store.findings_page(&round.id, which, lines.start as u32, LINES as u32).await?;
    let naming = naming(&app, &desk, &operation.id, findings.iter().map(|stored| &stored.finding)).await?;
    let lines: Vec<FindingLine> = findings.iter().map(|stored| finding_line(stored, &naming, &desk)).collect();
    let view = FindingsView {
        w,
        said: told.sentence(w),
        undo: told.undo("resolved").to_owned(),
        may_review: desk.can(Verb::SubmissionReview, On::Project(&operation.id)),
        ticked: wanted.tick == "all",
        tick_all: format!("{address}{}page={}&tick=all", if address.contains('?') { '&' } else { '?' }, wanted.page),
        settled: settle::tables_of_round(&app.store, &app.blobs, &round).await?.is_some(),
        tabs,
        has_proposals: lines.iter().any(|line| line.resolution.is_none() && !line.proposal.is_empty()),
        findings: lines,
        wanted: code,
        kinds,
        kind,
        back_here: desk.here.clone(),
        pages,
        place,
    };
    desk.page(&w.t("office-findings"), view.render())
}

#[derive(Deserialize)]
pub(super) struct Resolution {
    /// `reopen`, or nothing.
    #[serde(default)]
    act: String,
    #[serde(default)]
    note: String,
    #[serde(default)]
    back: String,
}

pub(super) async fn resolve(
    State(app): State<App>,
    desk: Desk,
    Path(finding): Path<String>,
    Form(given): Form<Resolution>,
) -> Result<Response, Problem> {
    let viewer = desk.viewer()?;
    let id: FindingId = finding.parse().map_err(|_| viewer.absent(Verb::SubmissionReview, On::Site))?;
    let operation = app.store.operation_of_finding(&id).await?;
    desk.must(Verb::SubmissionReview, operation.as_ref().map_or(On::Site, On::Project))?;
    let round = app.store.round_of_finding(&id).await?.ok_or_else(Problem::not_found)?;
    let (stamp, which) = (viewer.stamp(), FindingsTogether::Named(std::slice::from_ref(&id)));
    let back = local(&given.back);
    if given.act == "reopen" {
        let n = app.store.reopen_findings(&round, which, &stamp).await?;
        return Ok(said(back, "reopened", &[n as i64]).into_response());
    }
    let n = app.store.resolve_findings(&round, which, noted(&given.note)?, &stamp).await?;
    Ok(resolved(back, n, stamp.at))
}

fn kind_line(w: &Words, here: &str, kind: &FindingKind) -> KindLine {
    let (title, why) = settle::kind_of(&kind.check, w.lang());
    KindLine {
        title: w.typeset(&title),
        why,
        severity: settle::severity_code(kind.count.severity),
        n_open: kind.count.open as i64,
        n_all: kind.count.open + kind.count.resolved,
        open: w.number(kind.count.open as i64),
        resolved: w.number(kind.count.resolved as i64),
        href: format!("{here}?check={}", links::encode(&kind.check)),
        id: kind.check.clone(),
    }
}
