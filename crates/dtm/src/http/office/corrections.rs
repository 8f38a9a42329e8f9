//! The cleaning log of a round: its entries, out as a sheet, in as a filled one, and what several people wanted of one
//! answer.

use super::super::central::log_file;
use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::clock::{Clock, Moment};
use super::records::label;
use super::submissions::{Names, posted, value};
use super::upload::{File, Parts, Upload};
use super::{App, Desk, MAX_FORM, Pages, RoundHead, Said, said};
use crate::journey::{RoundOf, cleaning};
use crate::spreadsheet::{self, Kind};
use crate::world;
use askama::Template;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use dtm_model::{BatchId, Change, Correction, CorrectionId, DisputeId, Exercise, Operation, Round, RoundState};
use dtm_process::corrections::{self, CleaningLog, LogProblem, answer_to, read_log};
use dtm_publish::page::links;
use dtm_publish::words::Words;
use dtm_store::{Batch, BatchKind, Dispute};
use serde::Deserialize;

/// Entries on one page.
const LINES: usize = 50;
/// Batches, disputes and problems shown.
const BATCHES: u32 = 20;
const DISPUTES: u32 = 200;
const PROBLEMS: usize = 500;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(
            "/office/o/{operation}/{exercise}/{round}/corrections",
            get(page).post(bring).layer(DefaultBodyLimit::max(MAX_FORM)),
        )
        .route("/office/o/{operation}/{exercise}/{round}/corrections/{file}", get(file))
        .route(
            "/office/o/{operation}/{exercise}/{round}/corrections/batches/{batch}",
            get(batch_page).post(act_on_batch),
        )
        .route("/office/o/{operation}/{exercise}/{round}/corrections/disputes/{dispute}", post(settle_dispute))
        .route("/office/o/{operation}/{exercise}/{round}/answers/{file}", get(answers))
}

/// An entry as a line of the page.
struct EntryLine {
    id: String,
    record: String,
    question: String,
    old: String,
    new: String,
    change: String,
    reason: String,
    by: String,
    at: Moment,
    source: String,
}

/// A batch as a line of the page.
struct BatchLine {
    href: String,
    name: String,
    kind: &'static str,
    n: String,
    by: String,
    at: Moment,
    state: &'static str,
    may_undo: bool,
}

/// What two people wanted of one answer.
struct DisputeLine {
    href: String,
    record: String,
    question: String,
    /// What who brought it had seen, what stands now, and what they wanted.
    seen: String,
    now: String,
    now_by: String,
    wanted: String,
    wanted_by: String,
    reason: String,
    is_open: bool,
    taken: bool,
}

#[derive(Template)]
#[template(path = "office/corrections.html")]
struct LogView {
    w: &'static Words,
    said: String,
    mistakes: Option<(String, Vec<String>)>,
    place: RoundHead,
    here: String,
    n_all: i64,
    may_review: bool,
    entries: Vec<EntryLine>,
    pages: Pages,
    batches: Vec<BatchLine>,
    disputes: Vec<DisputeLine>,
    /// Ids and names of the forms whose answers can be had.
    forms: Vec<(String, String)>,
}

/// What a change is called.
fn change_name(w: &Words, change: Change) -> String {
    w.label("log-change", &corrections::word(change).replace('_', "-"))
}

fn batch_state(batch: &Batch) -> &'static str {
    match (batch.applied_at, batch.undone_at) {
        (None, _) => "open",
        (_, None) => "applied",
        (_, Some(_)) => "undone",
    }
}

fn batch_kind(kind: BatchKind) -> &'static str {
    match kind {
        BatchKind::Log => "log",
        BatchKind::Proposals => "proposals",
        BatchKind::Recoding => "recoding",
    }
}

async fn dispute_line(
    app: &App,
    desk: &Desk,
    here: &str,
    dispute: &Dispute,
    name: Option<&String>,
) -> Result<DisputeLine, Problem> {
    let w = desk.words();
    let wanted = &dispute.wanted;
    let question = wanted.question.clone().unwrap_or_default();
    let none = || w.t("office-blank");
    let log = app.store.corrections_of(&wanted.record).await?;
    let record = crate::journey::records::one(&app.store, &wanted.record).await?;
    let clean = record.as_ref().and_then(|record| corrections::apply(record, &log));
    let now = clean.as_ref().and_then(|clean| answer_to(clean, &question)).map(dtm_model::Answer::to_text);
    let before_settling = |entry: &&Correction| dispute.settled_at.is_none_or(|at| entry.at < at);
    let rival = log.iter().filter(before_settling).rfind(|entry| entry.question == wanted.question);
    Ok(DisputeLine {
        href: format!("{here}/disputes/{}", dispute.id),
        record: name.cloned().unwrap_or_default(),
        seen: wanted.old.clone().unwrap_or_else(none),
        now: match (&rival, dispute.settled_at) {
            (Some(rival), Some(_)) => rival.new.clone().unwrap_or_else(none),
            _ => now.unwrap_or_else(none),
        },
        now_by: rival.map(|entry| entry.by.clone()).unwrap_or_default(),
        wanted: wanted.new.clone().unwrap_or_else(none),
        wanted_by: wanted.by.clone(),
        reason: wanted.reason.clone(),
        is_open: dispute.settled_at.is_none(),
        taken: dispute.taken,
        question,
    })
}

async fn show(
    app: &App,
    desk: &Desk,
    (operation, exercise, round): (&Operation, &Exercise, &Round),
    wanted: &str,
    told: String,
    mistake: Option<String>,
) -> Result<Response, Problem> {
    let w = desk.words();
    let of = RoundOf { operation, exercise, round };
    let place = RoundHead::new(w, operation, exercise, round);
    let here = format!("{}/corrections", place.here);
    let n_all = app.store.count_corrections(&round.id).await?;
    let (pages, lines) = Pages::cut(w, &here, wanted, n_all as usize, LINES);
    let log = app.store.corrections_page(&round.id, lines.start as u32, LINES as u32).await?;
    let disputed = app.store.disputes(&round.id, DISPUTES).await?;
    let ids: Vec<_> = log.iter().map(|entry| entry.record.clone()).collect();
    let ids: Vec<_> = ids.into_iter().chain(disputed.iter().map(|dispute| dispute.wanted.record.clone())).collect();
    let names = cleaning::names_of(&app.store, of, &ids).await?;
    let clock = Clock::of(w, operation);
    let entries = log.into_iter().map(|entry| EntryLine {
        question: entry.question.as_deref().map(|path| label(None, path, w)).unwrap_or_default(),
        old: entry.old.clone().unwrap_or_default(),
        new: entry.new.clone().unwrap_or_default(),
        change: change_name(w, entry.change),
        by: entry.by.clone(),
        at: clock.moment(entry.at),
        source: entry.source.clone().unwrap_or_default(),
        id: entry.record.to_string(),
        record: names.get(&entry.record).cloned().unwrap_or_default(),
        reason: [entry.issue, entry.reason].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · "),
    });
    let entries: Vec<EntryLine> = entries.collect();
    let may_review = desk.can(Verb::SubmissionReview, On::Project(&operation.id));
    let mut people = Names::new(app);
    let mut batches = Vec::new();
    for batch in app.store.batches(&round.id, BATCHES).await? {
        batches.push(BatchLine {
            href: format!("{here}/batches/{}", batch.id),
            kind: batch_kind(batch.kind),
            n: w.number(batch.n_entries as i64),
            by: people.of(&batch.made_by).await?,
            at: clock.moment(batch.made_at),
            state: batch_state(&batch),
            may_undo: may_review && batch_state(&batch) == "applied",
            name: batch.name,
        });
    }
    let mut disputes = Vec::with_capacity(disputed.len());
    for dispute in &disputed {
        disputes.push(dispute_line(app, desk, &here, dispute, names.get(&dispute.wanted.record)).await?);
    }
    let forms = app.store.forms(&exercise.id).await?;
    let view = LogView {
        w,
        said: told,
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        here,
        n_all: n_all as i64,
        may_review,
        entries,
        pages,
        batches,
        disputes,
        forms: forms.into_iter().map(|form| (links::encode(&form.xml_form_id), form.name)).collect(),
        place,
    };
    desk.answer(&w.t("log-title"), view.render(), view.mistakes.is_some())
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Wanted {
    page: String,
    raw: String,
}

type Address = (String, String, String);

async fn page(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<Address>,
    Query(wanted): Query<Wanted>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::SubmissionRead, (&operation, &exercise, &round)).await?;
    let told = told.sentence(desk.words());
    show(&app, &desk, (&operation, &exercise, &round), &wanted.page, told, None).await
}

/// The log as a file: `cleaning-log` is what it comes to, `all-entries` every entry.
async fn file(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round, file)): Path<(String, String, String, String)>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::SubmissionRead, (&operation, &exercise, &round)).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let (stem, _) = file.split_once('.').ok_or_else(Problem::not_found)?;
    let every_entry = match stem {
        "cleaning-log" => false,
        "all-entries" => true,
        _ => return Err(Problem::not_found()),
    };
    let kind = Kind::asked(&file, stem).ok_or_else(Problem::not_found)?;
    desk.viewer()?.saw(&app, format!("{}/corrections", round.id)).await;
    let lines = cleaning::lines(&app.store, of, every_entry).await?;
    log_file(of, kind, corrections::write_log(&lines, &[]), stem)
}

/// The answers of a form's records, as they arrived or with the log applied.
async fn answers(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round, file)): Path<(String, String, String, String)>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::SubmissionRead, (&operation, &exercise, &round)).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let (form, _) = file.rsplit_once('.').ok_or_else(Problem::not_found)?;
    let kind = Kind::of(&file).ok_or_else(Problem::not_found)?;
    let is_clean = wanted.raw != "yes";
    let sheet = cleaning::answers(&app.store, &app.blobs, of, form, is_clean).await?.ok_or_else(Problem::not_found)?;
    desk.viewer()?.saw(&app, format!("{}/answers", round.id)).await;
    let lines: Vec<Vec<String>> = std::iter::once(sheet.header).chain(sheet.rows).collect();
    log_file(of, kind, lines, &format!("{form}-{}", if is_clean { "clean" } else { "raw" }))
}

/// Takes a filled log and shows what it would do.
async fn bring(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round)): Path<Address>,
    parts: Parts,
) -> Result<Response, Problem> {
    let (operation, exercise, round) =
        desk.round(&app, Verb::SubmissionReview, (&operation, &exercise, &round)).await?;
    let place = (&operation, &exercise, &round);
    let w = desk.words();
    let Some(File { name, bytes, .. }) = Upload::read(parts).await?.file else {
        return show(&app, &desk, place, "", String::new(), Some(w.t("log-no-file"))).await;
    };
    let stamp = desk.viewer()?.stamp();
    let lines = match spreadsheet::read(&bytes, &name) {
        Ok(lines) => lines,
        Err(error) => {
            return show(&app, &desk, place, "", String::new(), Some(w.typeset(&error.message(desk.lang)))).await;
        }
    };
    if let Err(error) = read_log(&lines) {
        return show(&app, &desk, place, "", String::new(), Some(w.typeset(&error.message(desk.lang)))).await;
    }
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let sheet = serde_json::to_string(&lines).map_err(Problem::internal)?;
    let batch = Batch { sheet: Some(sheet), ..cleaning::new_batch(of, BatchKind::Log, &name, &stamp) };
    app.store.add_batch(&batch, &stamp).await?;
    let here = format!("{}/corrections/batches/{}", super::round_address(&operation, &exercise, &round), batch.id);
    Ok(axum::response::Redirect::to(&here).into_response())
}

/// What a batch does, line by line.
struct FitLine {
    row: usize,
    record: String,
    question: String,
    old: String,
    new: String,
    change: String,
}

#[derive(Template)]
#[template(path = "office/correction_batch.html")]
struct BatchView {
    w: &'static Words,
    said: String,
    place: RoundHead,
    list: String,
    here: String,
    name: String,
    by: String,
    at: Moment,
    state: &'static str,
    n_entries: i64,
    may_review: bool,
    /// Whether the sheet went before it was applied.
    is_gone: bool,
    counts: Vec<(String, String)>,
    fits: Vec<FitLine>,
    overtaken: Vec<FitLine>,
    problems: Vec<String>,
    n_problems: i64,
    n_already_so: i64,
    n_undecided: i64,
}

/// A batch of this round.
async fn find_batch(app: &App, round: &Round, id: &str) -> Result<Batch, Problem> {
    let id: BatchId = id.parse().map_err(|_| Problem::not_found())?;
    app.store.batch(&id).await?.filter(|batch| batch.round == round.id).ok_or_else(Problem::not_found)
}

/// The log that a batch was read from, while it is looked at.
fn log_of(batch: &Batch) -> Option<CleaningLog> {
    let lines: Vec<Vec<String>> = serde_json::from_str(batch.sheet.as_deref()?).ok()?;
    read_log(&lines).ok()
}

async fn batch_page(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round, id)): Path<(String, String, String, String)>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let (operation, exercise, round) = desk.round(&app, Verb::SubmissionRead, (&operation, &exercise, &round)).await?;
    let batch = find_batch(&app, &round, &id).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let w = desk.words();
    let log = log_of(&batch);
    let is_gone = batch.applied_at.is_none() && log.is_none();
    let fitted = match &log {
        Some(log) => cleaning::fit(&app.store, of, log).await?,
        None => cleaning::Fitted::default(),
    };
    let line = |entry: &corrections::FittedEntry| FitLine {
        row: entry.line.row,
        record: entry.line.uuid.clone(),
        question: entry.question.clone().unwrap_or_default(),
        old: entry.old.clone().unwrap_or_default(),
        new: entry.new.clone().unwrap_or_default(),
        change: change_name(w, entry.change),
    };
    let place = RoundHead::new(w, &operation, &exercise, &round);
    let list = format!("{}/corrections", place.here);
    let view = BatchView {
        w,
        said: told.sentence(w),
        here: format!("{list}/batches/{}", batch.id),
        list,
        by: Names::new(&app).of(&batch.made_by).await?,
        at: Clock::of(w, &operation).moment(batch.made_at),
        state: batch_state(&batch),
        n_entries: batch.n_entries as i64,
        may_review: desk.can(Verb::SubmissionReview, On::Project(&operation.id)),
        is_gone,
        counts: fitted.by_change().iter().map(|(change, n)| (change_name(w, *change), w.number(*n as i64))).collect(),
        fits: fitted.entries.iter().take(PROBLEMS).map(line).collect(),
        overtaken: fitted.overtaken.iter().take(PROBLEMS).map(line).collect(),
        problems: told_of(&fitted.problems, &desk),
        n_problems: fitted.problems.len() as i64,
        n_already_so: fitted.n_already_so as i64,
        n_undecided: fitted.n_undecided as i64,
        name: batch.name,
        place,
    };
    desk.page(&view.name.clone(), view.render())
}

fn told_of(problems: &[LogProblem], desk: &Desk) -> Vec<String> {
    problems.iter().take(PROBLEMS).map(|problem| desk.words().typeset(&problem.message(desk.lang))).collect()
}

/// Applies a log that was looked at, drops it, or takes a batch back.
async fn act_on_batch(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round, id)): Path<(String, String, String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let (operation, exercise, round) =
        desk.round(&app, Verb::SubmissionReview, (&operation, &exercise, &round)).await?;
    let batch = find_batch(&app, &round, &id).await?;
    let of = RoundOf { operation: &operation, exercise: &exercise, round: &round };
    let viewer = desk.viewer()?;
    let (by, stamp) = (viewer.user.email.as_str(), viewer.stamp());
    let list = format!("{}/corrections", super::round_address(&operation, &exercise, &round));
    let fields = posted(&body);
    match (value(&fields, "act"), batch_state(&batch)) {
        ("drop", "open") => {
            app.store.drop_batch(&batch.id, &stamp).await?;
            Ok(said(&list, "log-dropped", &[]).into_response())
        }
        ("apply", "open") => {
            must_be_open(&round)?;
            let log = log_of(&batch).ok_or_else(Problem::not_found)?;
            let applied = cleaning::apply_log(&app.store, of, &batch, &log, (by, &stamp)).await?;
            examine(&app, applied.fitted.entries.iter().map(|entry| &entry.record));
            let numbers = [applied.fitted.entries.len() as i64, applied.fitted.overtaken.len() as i64];
            Ok(said(&list, "log-applied", &numbers).into_response())
        }
        ("undo", "applied") => {
            must_be_open(&round)?;
            let own = app.store.corrections_of_batch(&batch.id).await?;
            let (n_undone, n_stay) = cleaning::undo(&app.store, &batch, (by, &stamp), desk.lang).await?;
            examine(&app, own.iter().map(|entry| &entry.record));
            Ok(said(&list, "log-undone", &[n_undone as i64, n_stay as i64]).into_response())
        }
        (act, _) => Err(Problem::unexpected_value("act", act)),
    }
}

/// Records most of which are examined again at once; more are when their round is settled.
const EXAMINED: usize = 1_000;

fn examine<'a>(app: &App, records: impl Iterator<Item = &'a dtm_model::RecordId>) {
    for record in records.take(EXAMINED) {
        app.logics.examine_again(&app.store, &app.blobs, record);
    }
}

/// A round that is cleared is cleaned no more.
pub(in crate::http) fn must_be_open(round: &Round) -> Result<(), Problem> {
    if round.state >= RoundState::Cleared {
        return Err(Problem::conflict(
            "round_cleared",
            409.45,
            "The round is cleared; move it back first, with a reason.",
            "Le cycle est validé ; faites-le d’abord revenir en arrière, avec un motif.",
        ));
    }
    Ok(())
}

/// Chooses between what stands and what somebody wanted who had not seen it.
async fn settle_dispute(
    State(app): State<App>,
    desk: Desk,
    Path((operation, exercise, round, id)): Path<(String, String, String, String)>,
    body: String,
) -> Result<Response, Problem> {
    let (operation, exercise, round) =
        desk.round(&app, Verb::SubmissionReview, (&operation, &exercise, &round)).await?;
    let id: DisputeId = id.parse().map_err(|_| Problem::not_found())?;
    let found = app.store.dispute(&id).await?.filter(|(of, _)| *of == round.id);
    let (_, dispute) = found.ok_or_else(Problem::not_found)?;
    let viewer = desk.viewer()?;
    let stamp = viewer.stamp();
    let list = format!("{}/corrections", super::round_address(&operation, &exercise, &round));
    let fields = posted(&body);
    let taken = match value(&fields, "act") {
        "keep" => None,
        "take" => {
            must_be_open(&round)?;
            Some(entry_of(&app, &dispute, &viewer.user.email, stamp.at).await?)
        }
        other => return Err(Problem::unexpected_value("act", other)),
    };
    app.store.settle_dispute(&round.id, &id, taken.as_ref(), &stamp).await?;
    app.logics.examine_again(&app.store, &app.blobs, &dispute.wanted.record);
    Ok(said(&list, "log-settled", &[]).into_response())
}

/// The entry that puts what was wanted in place of what stands.
async fn entry_of(app: &App, dispute: &Dispute, by: &str, at: dtm_model::Instant) -> Result<Correction, Problem> {
    let wanted = &dispute.wanted;
    let log = app.store.corrections_of(&wanted.record).await?;
    let record = crate::journey::records::one(&app.store, &wanted.record).await?.ok_or_else(Problem::not_found)?;
    let clean = corrections::apply(&record, &log);
    let question = wanted.question.as_deref().unwrap_or_default();
    let now = clean.as_ref().and_then(|clean| answer_to(clean, question)).map(dtm_model::Answer::to_text);
    let reason = [wanted.reason.as_str(), wanted.by.as_str()].into_iter().filter(|part| !part.is_empty());
    Ok(Correction {
        id: world::fresh(CorrectionId::new),
        old: now,
        reason: reason.collect::<Vec<_>>().join(" — "),
        by: by.to_owned(),
        at,
        ..wanted.clone()
    })
}
