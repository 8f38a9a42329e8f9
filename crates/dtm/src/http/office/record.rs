//! One record: what came, what the checks noticed in it, and the cleaning log.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb, Viewer};
use super::clock::{Clock, Moment};
use super::findings::{self, FindingLine, finding_line, said_of};
use super::records::{label, scope_of, source, title};
use super::review::{Entry, Overtaken, Review, way_back};
use super::submissions::moment;
use super::{App, Desk, RoundHead, Said, said};
use crate::http::islands::Island;
use crate::journey::opening::{self, Keyring};
use crate::journey::{records as kept, settle};
use crate::world;
use askama::Template;
use axum::Form;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use dtm_capture::submission::{answers, is_encrypted};
use dtm_model::{
    Answer, Answers, Change, Correction, CorrectionId, FieldKind, Finding, FormSchema, Instant, Record, RecordId,
    Round, Source,
};
use dtm_process::corrections;
use dtm_publish::words::Words;
use dtm_store::{Form as StoredForm, FormVersion, StoredSubmission, Submission};
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
    at: Moment,
    /// Whether it is the last word on its question.
    undoable: bool,
}

#[derive(Template)]
#[template(path = "office/record.html")]
struct RecordView {
    w: &'static Words,
    said: String,
    /// The moment of a review that can be taken back.
    undo: String,
    mistakes: Option<(String, Vec<String>)>,
    id: String,
    title: String,
    place: RoundHead,
    source: String,
    received: Moment,
    phone: String,
    form: String,
    submission: Option<String>,
    answers: Vec<AnswerLine>,
    /// Each turn of each repeat: what it is called, and its answers.
    turns: Vec<(String, Vec<AnswerLine>)>,
    has_round: bool,
    review: Option<Review>,
    findings: Vec<FindingLine>,
    corrections: Vec<CorrectionLine>,
    questions: Vec<(String, String)>,
    removed: String,
    may_correct: bool,
    /// Whether the reader may take the record back in.
    may_take_back: bool,
    /// Whether the answers are encrypted and closed to this session.
    encrypted: bool,
    /// Whether they were encrypted, and this session has them open.
    opened: bool,
    /// What the phone signed is not what is here.
    unsigned: bool,
    /// What the form says about opened answers, to this reader alone.
    noticed: Vec<String>,
    unlock: String,
    here: String,
    /// When it was read.
    seen: i64,
    /// Whether it stands beside the records of its round, and not on a page of its own.
    is_beside: bool,
    /// The page its forms lead back to, and where a decision leads on to.
    way_back: String,
    next: String,
    overtaken: Option<Overtaken>,
    /// Who reads, and the scripts of the page.
    owner: String,
    scripts: Vec<(&'static str, &'static str)>,
}

/// How a record is shown.
#[derive(Default)]
pub(super) struct Showing {
    pub(super) told: Said,
    pub(super) mistake: Option<String>,
    pub(super) overtaken: Option<Overtaken>,
}

/// Where a record stands that is shown beside others.
pub(super) struct Beside {
    /// The page, with this record.
    pub(super) here: String,
    /// The page with the record that comes next; empty for the last.
    pub(super) next: String,
}

/// A record and where it belongs.
pub(super) struct Found {
    pub(super) record: Record,
    /// When it was read.
    looked_at: Instant,
    /// None for a submission that came while its exercise planned no rounds, or that tries a draft out.
    pub(super) round: Option<Round>,
    place: RoundHead,
    pub(super) clock: Clock,
    /// The submission as a whole; none for a row of a table.
    whole_submission: Option<Submission>,
    log: Vec<Correction>,
    submission: Option<StoredSubmission>,
    /// The form it was filled on.
    version: Option<FormVersion>,
    /// Whether nothing of it is kept from the reader.
    whole: bool,
    /// The cleaning log is a round's: what has no round has none.
    may_correct: bool,
    may_review: bool,
    /// The questions that corrections may speak of; none where they may speak of all.
    correctable: Option<BTreeSet<String>>,
    secrecy: Secrecy,
    /// Where the key is opened.
    unlock: String,
}

/// Whether answers are encrypted, and open to whoever reads.
enum Secrecy {
    Plain,
    Closed,
    /// With what the form itself says about the answers; that is for this reader alone.
    Open {
        signed: bool,
        findings: Vec<Finding>,
    },
}

/// The answers of an encrypted submission, while the reader's session has its key open. The use is noted.
async fn reveal(
    app: &App,
    viewer: &Viewer,
    form: &StoredForm,
    submission: &StoredSubmission,
    version: &FormVersion,
    record: &mut Record,
) -> Result<Secrecy, Problem> {
    let head = &submission.head;
    if !is_encrypted(&submission.xml) {
        return Ok(Secrecy::Plain);
    }
    if !viewer.can(Verb::SubmissionUnlock, On::Form(&form.operation, &form.id)) {
        return Ok(Secrecy::Closed);
    }
    let ring = Keyring::of_session(app, &form.id, &viewer.token_hash).await?;
    if ring.is_empty() {
        return Ok(Secrecy::Closed);
    }
    let Ok(opened) = opening::one(&app.store, &app.blobs, &ring, &head.id, &submission.xml).await? else {
        return Ok(Secrecy::Closed);
    };
    let Ok(reading) = answers(&opened.xml, &version.schema) else { return Ok(Secrecy::Closed) };
    ring.note(&app.store, &head.id.to_string(), &viewer.stamp()).await?;
    record.answers = reading.answers;
    let findings = app.logics.of_opened(&app.store, &app.blobs, head, opened.xml).await?;
    Ok(Secrecy::Open { signed: opened.signed != Some(false), findings })
}

/// A record, for those who may do this with it, with the answers that are theirs to see.
pub(super) async fn find(app: &App, desk: &Desk, verb: Verb, id: &str) -> Result<Found, Problem> {
    let (viewer, looked_at) = (desk.viewer()?, world::now());
    let id: RecordId = id.parse().map_err(|_| viewer.absent(verb, On::Site))?;
    let mut record = kept::one(&app.store, &id).await?.ok_or_else(|| viewer.absent(verb, On::Site))?;
    let whole_submission = app.store.submission_of_record(&id).await?;
    let round = match app.store.round_of_record(&id).await? {
        Some(round) => app.store.round(&round).await?,
        None => None,
    };
    let exercise = match (&round, &whole_submission) {
        (Some(round), _) => round.exercise.clone(),
        (None, Some(whole)) => app.store.form(&whole.form).await?.ok_or_else(Problem::not_found)?.exercise,
        (None, None) => return Err(Problem::not_found()),
    };
    let exercise = app.store.exercise(&exercise).await?.ok_or_else(Problem::not_found)?;
    let operation = app.store.operation(&exercise.operation).await?.ok_or_else(Problem::not_found)?;
    let place = match &round {
        Some(round) => RoundHead::new(desk.words(), &operation, &exercise, round),
        None => RoundHead::without_round(desk.words(), &operation, &exercise),
    };
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
    log.retain(|entry| entry.question.as_deref().is_none_or(|question| share.shows(&corrections::path_of(question))));
    let whole = share.is_whole();
    let hidden = |path: &str| !share.shows(path);
    let version = version.map(|mut version| {
        version.schema.fields.retain(|field| !hidden(&field.path));
        version
    });
    let secrecy = match (&submission, &version) {
        (Some(submission), Some(version)) if whole => {
            let form = app.store.form(&submission.head.form).await?.ok_or_else(Problem::not_found)?;
            reveal(app, viewer, &form, submission, version, &mut record).await?
        }
        _ => Secrecy::Plain,
    };
    let may_review = may_correct;
    // A correction is written in clear: what is encrypted takes corrections of what stays readable alone.
    let correctable = match &secrecy {
        Secrecy::Plain => None,
        _ => Some(version.as_ref().and_then(|version| version.schema.on_arrival.clone()).unwrap_or_default().readable),
    };
    let is_closed_to_corrections =
        correctable.as_ref().is_some_and(|paths| paths.iter().all(|path| path.starts_with("meta/")));
    let may_correct = may_review && round.is_some() && !is_closed_to_corrections;
    let unlock = format!("{}/encryption", super::operation_address(&operation));
    Ok(Found {
        record,
        looked_at,
        round,
        place,
        clock: Clock::of(desk.words(), &operation),
        whole_submission,
        log,
        submission,
        version,
        whole,
        may_correct,
        may_review,
        correctable,
        secrecy,
        unlock,
    })
}

/// The wording of the choices an answer names, or the moment it is.
fn meaning(schema: Option<&FormSchema>, path: &str, answer: &Answer, clock: Clock) -> String {
    let w = clock.words();
    if let Answer::DateTime(text) = answer {
        let at = chrono::DateTime::parse_from_rfc3339(text);
        return at.map(|at| clock.text(Instant::from_millis(at.timestamp_millis()))).unwrap_or_default();
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

/// A turn of a repeat with what it holds, its place among the turns around it, and its repeat's path.
struct TurnOf {
    path: String,
    numbers: Vec<usize>,
    lines: Vec<AnswerLine>,
}

/// Every turn of every repeat, those inside after those around. `line` makes the line of an answer from its path in the
/// form, its name in the cleaning log, what came, and what stands now where that differs.
fn turns_of(
    raw: &Record,
    clean: Option<&Record>,
    line: impl Fn(&str, &str, Option<&Answer>, Option<Option<&Answer>>) -> AnswerLine,
) -> Vec<TurnOf> {
    let mut found = Vec::new();
    let mut waiting = vec![(String::new(), String::new(), Vec::new(), &raw.answers, clean.map(|clean| &clean.answers))];
    while let Some((prefix, above, numbers, answers, now)) = waiting.pop() {
        let below = |key: &str| key.strip_prefix(above.as_str()).unwrap_or(key).to_owned();
        if !numbers.is_empty() {
            let keys: BTreeSet<&String> =
                answers.values.keys().chain(now.iter().flat_map(|now| now.values.keys())).collect();
            let lines = keys.into_iter().map(|key| {
                let (was, is) = (answers.values.get(key), now.map(|now| now.values.get(key)));
                line(
                    &format!("{above}{}", below(key)),
                    &format!("{prefix}{}", below(key)),
                    was,
                    is.filter(|is| *is != was),
                )
            });
            found.push(TurnOf {
                path: above.trim_end_matches('/').to_owned(),
                numbers: numbers.clone(),
                lines: lines.collect(),
            });
        }
        let mut inner = Vec::new();
        for (key, turns) in &answers.repeats {
            for (at, turn) in turns.iter().enumerate() {
                let rest = below(key);
                let now = now.and_then(|now| now.repeats.get(key)).and_then(|turns| turns.get(at));
                let numbers: Vec<usize> = numbers.iter().copied().chain([at + 1]).collect();
                inner.push((format!("{prefix}{rest}[{}]/", at + 1), format!("{above}{rest}/"), numbers, turn, now));
            }
        }
        waiting.extend(inner.into_iter().rev());
    }
    found
}

/// What an entry of the log is about.
fn about(entry: &Correction, schema: Option<&FormSchema>, w: &Words) -> String {
    match (&entry.question, entry.change) {
        (Some(question), _) => label(schema, &corrections::path_of(question), w),
        (None, Change::RestoreSurvey) => w.t("office-sub-was-back-in"),
        (None, _) => w.t("office-removed"),
    }
}

/// An entry of the log in a line.
fn entry_words(entry: &Correction, schema: Option<&FormSchema>, w: &Words) -> String {
    let about = about(entry, schema, w);
    if entry.question.is_none() {
        return about;
    }
    let value = |value: &Option<String>| value.clone().unwrap_or_else(|| w.t("office-blank"));
    w.pair(&about, &format!("{} → {}", value(&entry.old), value(&entry.new)))
}

/// What a turn is called: its repeat's wording and its number, or numbers where repeats lie in each other.
fn turn_name(schema: Option<&FormSchema>, path: &str, numbers: &[usize], w: &Words) -> String {
    let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
    format!("{} {}", label(schema, path, w), numbers.join("."))
}

/// A record on a page of its own.
pub(super) async fn show(app: &App, desk: &Desk, found: Found, showing: Showing) -> Result<Response, Problem> {
    let is_overtaken = showing.overtaken.is_some();
    let view = view(app, desk, found, showing, None).await?;
    let mut page = desk.answer(&view.title, view.render(), view.mistakes.is_some())?;
    if is_overtaken {
        *page.status_mut() = StatusCode::CONFLICT;
    }
    if !view.opened {
        may_keep(&mut page);
    }
    Ok(page)
}

/// Says that the browser may keep this page for when there is no line: the worker of the review asks for it.
pub(super) fn may_keep(page: &mut Response) {
    page.headers_mut().insert("dtm-keep", HeaderValue::from_static("yes"));
}

/// A record beside others, as a part of a page.
pub(super) async fn part(app: &App, desk: &Desk, found: Found, beside: Beside) -> Result<String, Problem> {
    view(app, desk, found, Showing::default(), Some(beside)).await?.render().map_err(Problem::internal)
}

async fn view(
    app: &App,
    desk: &Desk,
    found: Found,
    showing: Showing,
    beside: Option<Beside>,
) -> Result<RecordView, Problem> {
    let w = desk.words();
    let Showing { told, mistake, overtaken } = showing;
    let Found {
        record,
        looked_at,
        round,
        place,
        clock,
        whole_submission,
        log,
        submission,
        version,
        whole,
        may_correct,
        may_review,
        correctable,
        secrecy,
        unlock,
    } = found;
    let may_speak_of = |path: &str| correctable.as_ref().is_none_or(|paths| paths.contains(path));

    let schema = version.as_ref().map(|version| &version.schema);
    let mut phone = String::new();
    // Files and the XML tell every answer.
    if let Some(submission) = submission.as_ref().filter(|_| whole) {
        let phones = app.store.app_users(&place.operation_id).await?;
        let sender = phones.into_iter().find(|phone| Some(&phone.id) == submission.head.app_user.as_ref());
        phone = sender.map(|phone| phone.name).unwrap_or_default();
    }
    let clean = corrections::apply(&record, &log);
    let line = |path: &str, answer: &Answer, corrected: Option<String>| AnswerLine {
        question: path.to_owned(),
        label: label(schema, path, w),
        answer: answer.to_text(),
        meaning: meaning(schema, path, answer, clock),
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
    let turns = turns_of(&record, clean.as_ref(), |path, question, answer, corrected| AnswerLine {
        question: question.to_owned(),
        label: label(schema, path, w),
        answer: answer.map_or_else(none, Answer::to_text),
        meaning: answer.map(|answer| meaning(schema, path, answer, clock)).unwrap_or_default(),
        corrected: corrected.map(|now| now.map_or_else(none, Answer::to_text)),
    });
    let turns: Vec<(String, Vec<AnswerLine>)> =
        turns.into_iter().map(|turn| (turn_name(schema, &turn.path, &turn.numbers, w), turn.lines)).collect();
    let mut questions: Vec<(String, String)> = Vec::new();
    let mut offered = BTreeSet::new();
    let fields = || schema.iter().flat_map(|schema| &schema.fields);
    let repeats: Vec<String> =
        fields().filter(|field| field.kind == FieldKind::Repeat).map(|field| format!("{}/", field.path)).collect();
    let in_repeat = |path: &str| repeats.iter().any(|repeat| path.starts_with(repeat.as_str()));
    let asked =
        fields().filter(|field| !matches!(field.kind, FieldKind::Group | FieldKind::Repeat)).map(|field| &field.path);
    for path in asked.chain(record.answers.values.keys()) {
        if !in_repeat(path) && !path.starts_with("meta/") && may_speak_of(path) && offered.insert(path) {
            let label = label(schema, path, w);
            questions.push((path.clone(), if label == *path { label } else { format!("{label} ({path})") }));
        }
    }
    // What stands in a turn is named with the turn; those that are there can be corrected.
    for (name, lines) in &turns {
        for line in lines.iter().filter(|line| may_speak_of(&corrections::path_of(&line.question))) {
            questions.push((line.question.clone(), format!("{} – {name}", line.label)));
        }
    }
    let (is_closed, is_opened) = (matches!(secrecy, Secrecy::Closed), matches!(secrecy, Secrecy::Open { .. }));
    let (is_unsigned, of_opened) = match secrecy {
        Secrecy::Open { signed, findings } => (!signed, findings),
        _ => (false, Vec::new()),
    };
    let (mut of_round, mut of_form) = (Vec::new(), Vec::new());
    match &round {
        _ if !whole => {}
        Some(_) => of_round = app.store.findings_about(std::slice::from_ref(&record.id)).await?,
        // What belongs to no round is held against its form's rules only; there is nobody to resolve it for.
        None => of_form = app.store.examination(&record.id).await?.map(|one| one.findings).unwrap_or_default(),
    }
    let all = of_round.iter().map(|stored| &stored.finding).chain(&of_form).chain(&of_opened);
    let naming = findings::naming(app, desk, &place.operation_id, all).await?;
    let findings = of_round.iter().map(|stored| finding_line(stored, &naming, desk));
    let findings = findings.chain(of_form.iter().map(|one| said_of(one, &naming, desk))).collect();
    let removal = corrections::removal(&log);
    let mut review = match &whole_submission {
        Some(submission) => Some(Review::of(app, desk, submission, schema, whole, may_review, is_opened).await?),
        None => None,
    };
    if let Some(review) = review.as_mut().filter(|_| is_closed) {
        // What is encrypted can be changed by a session that can read it.
        review.edit.clear();
    }
    let view = RecordView {
        w,
        said: told.sentence(w),
        undo: told.undo("reviewed").to_owned(),
        mistakes: mistake.map(|mistake| (mistake, Vec::new())),
        title: title(&record, w),
        source: source(&record.source, w),
        received: submission.as_ref().map(|s| clock.moment(s.head.received_at)).unwrap_or_default(),
        phone,
        form: version.as_ref().map(|v| format!("{} ({})", v.schema.title, v.version)).unwrap_or_default(),
        encrypted: is_closed,
        opened: is_opened,
        unsigned: is_unsigned,
        noticed: of_opened.iter().map(|found| w.typeset(&naming.message(found, desk.lang))).collect(),
        unlock,
        submission: submission.filter(|_| whole).map(|s| format!("/office/submissions/{}.xml", s.head.id)),
        answers,
        turns,
        has_round: round.is_some(),
        review,
        findings,
        corrections: log
            .iter()
            .enumerate()
            .map(|(at, entry)| CorrectionLine {
                label: about(entry, schema, w),
                old: entry.old.clone().unwrap_or_else(none),
                new: entry.new.clone().unwrap_or_else(none),
                reason: entry.reason.clone(),
                by: entry.by.clone(),
                at: clock.moment(entry.at),
                undoable: entry.question.is_some()
                    && !log[at + 1..].iter().any(|later| later.question == entry.question),
                question: entry.question.clone().unwrap_or_default(),
            })
            .collect(),
        questions,
        may_correct: may_correct && removal.is_none(),
        may_take_back: may_correct && removal.is_some(),
        removed: removal
            .map(|entry| format!("{} ({}, {})", entry.reason, entry.by, clock.text(entry.at)))
            .unwrap_or_default(),
        here: format!("/office/records/{}", record.id),
        id: record.id.to_string(),
        seen: looked_at.as_millis(),
        is_beside: beside.is_some(),
        next: beside.as_ref().map(|beside| beside.next.clone()).unwrap_or_default(),
        way_back: way_back(&record.id, beside.as_ref().map_or("", |beside| beside.here.as_str())),
        overtaken,
        owner: desk.viewer()?.actor(),
        scripts: Island::named("review").scripts,
        place,
    };
    Ok(view)
}

pub(super) async fn page(
    State(app): State<App>,
    desk: Desk,
    Path(id): Path<String>,
    Query(told): Query<Said>,
) -> Result<Response, Problem> {
    let found = find(&app, &desk, Verb::SubmissionRead, &id).await?;
    desk.viewer()?.saw(&app, &id).await;
    show(&app, &desk, found, Showing { told, ..Showing::default() }).await
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
    /// When the page was read, and the page it was posted from where that is not the record's own.
    #[serde(default)]
    seen: String,
    #[serde(default)]
    back: String,
}

/// What others entered about the same question, or the record as a whole, since it was looked at, unless it comes to what
/// is wanted now.
fn since<'a>(found: &'a Found, given: &NewCorrection) -> Vec<&'a Correction> {
    let Some(looked_at) = moment(&given.seen) else { return Vec::new() };
    let new = Some(given.new.trim()).filter(|new| !new.is_empty());
    let is_about = |entry: &&Correction| match &entry.question {
        Some(question) => *question == given.question && (given.act == "undo" || entry.new.as_deref() != new),
        None => true,
    };
    found.log.iter().filter(|entry| entry.at >= looked_at).filter(is_about).collect()
}

/// A record with what was entered since it was looked at, and the correction that was not made.
async fn overtaken(
    app: &App,
    desk: &Desk,
    found: Found,
    entries: Vec<Entry>,
    given: NewCorrection,
) -> Result<Response, Problem> {
    let w = desk.words();
    let schema = found.version.as_ref().map(|version| &version.schema);
    let wanted = match given.act.as_str() {
        "correct" => w.pair(&label(schema, &corrections::path_of(&given.question), w), given.new.trim()),
        "undo" => w.t("office-undo"),
        "back" => w.t("office-sub-back-in"),
        _ => w.t("office-remove"),
    };
    let overtaken = Overtaken {
        lines: entries,
        wanted,
        address: format!("/office/records/{}/corrections", found.record.id),
        fields: vec![
            ("act", given.act),
            ("question", given.question),
            ("new", given.new),
            ("reason", given.reason),
            ("sure", given.sure),
            ("back", given.back),
        ],
    };
    show(app, desk, found, Showing { overtaken: Some(overtaken), ..Showing::default() }).await
}

/// The entry of the cleaning log that is asked for, or the key of what is missing.
fn entry(found: &Found, given: &NewCorrection, viewer: &Viewer, w: &Words) -> Result<Correction, &'static str> {
    let clean = corrections::apply(&found.record, &found.log);
    if (clean.is_none()) != (given.act == "back") {
        return Err("office-removed");
    }
    // The value before is what stood after the corrections so far, so that undoing goes back one step.
    let clean = clean.as_ref().unwrap_or(&found.record);
    let old = corrections::answer_to(clean, &given.question).map(Answer::to_text);
    let reason = given.reason.trim().to_owned();
    let made = |change, question: Option<String>, old, new, reason| Correction {
        id: world::fresh(CorrectionId::new),
        record: found.record.id.clone(),
        question,
        old,
        new,
        change,
        issue: String::new(),
        reason,
        check: None,
        by: viewer.user.email.clone(),
        at: world::now(),
        source: None,
    };
    let put = |new: Option<String>, reason| {
        let change = if new.is_some() { Change::ChangeResponse } else { Change::BlankResponse };
        made(change, Some(given.question.clone()), old.clone(), new, reason)
    };
    match given.act.as_str() {
        _ if !found.may_correct => Err("office-no-question"),
        "undo" => {
            let last = found.log.iter().rev().find(|entry| entry.question.as_deref() == Some(given.question.as_str()));
            Ok(put(last.ok_or("office-no-question")?.old.clone(), w.t("office-undo-reason")))
        }
        "remove" if given.sure != "yes" => Err("office-remove-sure"),
        _ if reason.is_empty() => Err("office-no-reason"),
        "remove" => Ok(made(Change::RemoveSurvey, None, None, None, reason)),
        "back" => Ok(made(Change::RestoreSurvey, None, None, None, reason)),
        "correct" => {
            let new = Some(given.new.trim().to_owned()).filter(|new| !new.is_empty());
            let fields = found.version.iter().flat_map(|version| &version.schema.fields);
            let path = corrections::path_of(&given.question);
            if found.correctable.as_ref().is_some_and(|paths| !paths.contains(&path)) {
                return Err("office-no-question");
            }
            let is_asked =
                fields.into_iter().any(|field| field.path == path) && corrections::has_turns_of(clean, &given.question);
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
    let schema = found.version.as_ref().map(|version| &version.schema);
    let said_of = |entry: &&Correction| Entry {
        text: entry_words(entry, schema, w),
        by: entry.by.clone(),
        at: found.clock.moment(entry.at),
    };
    let entries: Vec<Entry> = since(&found, &given).iter().map(said_of).collect();
    if !entries.is_empty() {
        return overtaken(&app, &desk, found, entries, given).await;
    }
    let correction = match entry(&found, &given, viewer, w) {
        Ok(correction) => correction,
        Err(missing) => {
            let mistake = Some(w.t(missing));
            return show(&app, &desk, found, Showing { mistake, ..Showing::default() }).await;
        }
    };
    let round = found.round.as_ref().ok_or_else(Problem::not_found)?;
    app.store.add_corrections(&round.id, vec![correction], &viewer.stamp()).await?;
    app.logics.examine_again(&app.store, &app.blobs, &found.record.id);
    let what = if given.act == "undo" { "undone" } else { "corrected" };
    Ok(said(&way_back(&found.record.id, &given.back), what, &[]).into_response())
}
