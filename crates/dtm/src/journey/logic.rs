//! Submissions are held against the rules of their own form, and what the rules would not have let pass becomes findings;
//! so does what is odd in one submission alone, as [`FormChecks`] tell.
//!
//! A submission that arrives or is edited is examined soon after it is acknowledged, beside the work of the server; when a
//! round is settled, all that changed since is examined, corrections applied. Nothing is ever refused for it. What was
//! looked at is remembered by a fingerprint, so that nothing is looked at twice.
//!
//! Entity lists and files that a form reads are given to its rules. A submission is held against the list as it stands when
//! it is examined: where that gives a finding, and the list has changed since it was read, it is read again first, so that
//! a site that was registered a moment ago is known. That a list changes later examines nothing again. A list of more than
//! [`MOST_OF_LIST`] bytes is known by name only, and what depends on it stays undecided.
//!
//! What is sealed on arrival is examined while it is in memory. Where it is not any more, or came sealed from elsewhere, the
//! answers that stay readable are held against the rules that read no others.

use super::check_runs::Run;
use super::entities;
use super::own_rules::Running;
use super::quality::FormChecks;
use crate::world;
use anyhow::{Context, Result};
use bytes::Bytes;
use dtm_capture::encrypted::readable_part;
use dtm_capture::logic::{Logic, LogicFinding, LogicKind, Moment};
use dtm_capture::submission::{self, is_encrypted};
use dtm_model::{
    BlobHash, Change, Correction, Finding, FindingId, FormId, FormSchema, FormVersionId, Lang, OnArrival, OperationId,
    Record, RecordId, RoundId, Severity, Source, SubmissionId, Text,
};
use dtm_process::checks::Check;
use dtm_process::corrections::{self, path_of};
use dtm_store::{Blobs, Examination, Receipt, Stamp, Store, SubmissionFilter, SubmissionHead};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::mpsc;

/// Changes when the same submission may now give other findings.
const EDITION: &str = "2";
/// Forms whose rules are kept read.
const LOGICS_KEPT: usize = 100;
/// Submissions that may wait for their examination; more are examined when their round is settled.
const MAX_WAITING: usize = 10_000;
/// Bytes of a sealed submission that may wait in clear.
pub(crate) const MAX_IN_CLEAR: usize = 256 << 10;
/// Submissions examined at once.
const AT_ONCE: usize = 50;

/// The largest entity list that rules are given, as CSV.
const MOST_OF_LIST: usize = 32 << 20;
/// Bytes of lists and files that are kept read, of all forms together.
const KEPT_BYTES: usize = 192 << 20;

/// The rules of a form version with the files it has.
#[derive(Clone)]
struct Known {
    /// A fingerprint of the version and its files; entity lists count by their names.
    print: String,
    /// None if the rules cannot be read.
    logic: Option<Arc<Logic>>,
    /// What the version reads.
    reads: Arc<Reads>,
    /// The lists it was read with, each at its last change.
    lists: Vec<(String, i64)>,
    /// What the version asks.
    schema: Option<Arc<FormSchema>>,
    /// What officers chose about checks.
    checks: Arc<FormChecks>,
    /// Their own rules, read for this version.
    own: Option<Arc<Running>>,
}

/// What a form version reads beside itself.
struct Reads {
    operation: OperationId,
    form: FormId,
    media: Vec<String>,
}

/// What waits to be examined.
enum Waiting {
    /// With what was sent, where it is stored in no other way than sealed.
    Submission(SubmissionId, Option<Bytes>),
    /// The submission that a record stands on now.
    Record(RecordId),
}

/// Rules of form versions, read once.
#[derive(Default)]
pub(crate) struct Logics {
    known: Mutex<HashMap<FormVersionId, Known>>,
    waiting: OnceLock<mpsc::Sender<Waiting>>,
}

/// How an entity list is to be known.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lists {
    /// As it was when it was read.
    Kept,
    /// As it is now.
    Fresh,
}

impl Logics {
    /// The rules of a form version with the files it has now.
    async fn of(&self, store: &Store, blobs: &Blobs, version: &FormVersionId, wanted: Lists) -> Result<Known> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(version).cloned();
        let (mut form, reads) = match &known {
            Some(known) => (None, known.reads.clone()),
            None => {
                let form = store.form_version_by_id(version).await?;
                let of = match &form {
                    Some(form) => store.form(&form.form).await?,
                    None => None,
                };
                let of = of.context("a form version without its form")?;
                let media = form.as_ref().map(|form| form.schema.media.clone()).unwrap_or_default();
                (form, Arc::new(Reads { operation: of.operation, form: of.id, media }))
            }
        };
        let media = store.form_media(version).await?;
        let lists = entities::lists_read(store, &reads.operation, version, &reads.media).await?;
        let mut files: String = media.iter().map(|media| format!("{} {}\n", media.name, media.hash)).collect();
        files.extend(lists.iter().map(|(name, list)| format!("{name} {}\n", list.id)));
        let checks = FormChecks::of(store, &reads.operation, Some(&reads.form)).await?;
        let print = BlobHash::of(format!("{EDITION} {version}\n{}\n{files}", checks.print).as_bytes()).to_string();
        let now: Vec<(String, i64)> = lists.iter().map(|(name, list)| (name.clone(), list.changes)).collect();
        if let Some(known) = known.filter(|known| known.print == print && (wanted == Lists::Kept || known.lists == now))
        {
            return Ok(known);
        }
        let mut contents: HashMap<String, Vec<u8>> = HashMap::new();
        for (name, list) in &lists {
            let whole = entities::whole_csv(store, list, MOST_OF_LIST).await?;
            contents.extend(whole.map(|whole| (name.clone(), whole)));
        }
        for media in media.into_iter().filter(|media| !now.iter().any(|(name, _)| *name == media.name)) {
            let name = media.name.to_ascii_lowercase();
            if [".csv", ".geojson", ".json", ".xml"].iter().any(|ending| name.ends_with(ending)) {
                contents.insert(media.name, blobs.get(&media.hash).await?.to_vec());
            }
        }
        if form.is_none() {
            form = store.form_version_by_id(version).await?;
        }
        let schema = form.as_ref().map(|form| Arc::new(form.schema.clone()));
        let rules = checks.rules.clone();
        let read = move || {
            let form = form?;
            let logic = Logic::compile(&form.xform, &|name| contents.get(name).cloned()).ok().map(Arc::new)?;
            let own = rules.map(|sheet| Arc::new(Running::of(&sheet, &logic)));
            Some((logic, own))
        };
        let (logic, own) = tokio::task::spawn_blocking(read).await?.unzip();
        let known = Known { print, logic, reads, lists: now, schema, checks: Arc::new(checks), own: own.flatten() };
        self.keep(version, known.clone());
        Ok(known)
    }

    /// Keeps rules for the next submission, as far as there is room.
    fn keep(&self, version: &FormVersionId, known: Known) {
        let size = |known: &Known| known.logic.as_ref().map_or(0, |logic| logic.size());
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.remove(version);
        if all.len() >= LOGICS_KEPT || all.values().map(size).sum::<usize>() + size(&known) > KEPT_BYTES {
            all.clear();
        }
        all.insert(version.clone(), known);
    }

    /// Has a submission that was stored just now examined soon, beside everything else.
    /// What is sealed in the store is examined as it was sent, `in_clear`, or else its readable answers alone.
    pub(crate) fn examine_soon(
        self: &Arc<Self>,
        store: &Store,
        blobs: &Blobs,
        receipt: &Receipt,
        in_clear: Option<Bytes>,
    ) {
        if let Receipt::New(submission) = receipt {
            let in_clear = in_clear.filter(|xml| xml.len() <= MAX_IN_CLEAR);
            self.wait(store, blobs, Waiting::Submission(submission.clone(), in_clear));
        }
    }

    /// What the form says about a submission that somebody opened. It is shown to them, and stored nowhere.
    pub(crate) async fn of_opened(
        &self,
        store: &Store,
        blobs: &Blobs,
        head: &SubmissionHead,
        xml: String,
    ) -> Result<Vec<Finding>> {
        let known = self.of(store, blobs, &head.form_version, Lists::Kept).await?;
        match known.logic {
            Some(logic) => noticed(logic, head, xml, None, &[]).await,
            None => Ok(Vec::new()),
        }
    }

    /// What the forms say about submissions that somebody opened, for their eyes. Kept is what would have been kept on
    /// arrival: of forms that the server seals, which rule was broken at which question, and no sealed answer.
    pub(crate) async fn examine_opened(
        &self,
        store: &Store,
        blobs: &Blobs,
        opened: Vec<(SubmissionHead, String)>,
        stamp: &Stamp,
    ) -> Result<Vec<Finding>> {
        let mut rules: HashMap<FormVersionId, (Known, Option<BTreeSet<String>>)> = HashMap::new();
        let (mut told, mut examinations) = (Vec::new(), Vec::new());
        for (head, xml) in opened {
            if !rules.contains_key(&head.form_version) {
                let known = self.of(store, blobs, &head.form_version, Lists::Fresh).await?;
                let form = store.form_version_by_id(&head.form_version).await?;
                let readable = form.and_then(|form| form.schema.sealing().map(|(_, readable)| readable.clone()));
                rules.insert(head.form_version.clone(), (known, readable));
            }
            let (known, readable) = &rules[&head.form_version];
            let corrections = store.corrections_of(&head.record).await?;
            let Some(logic) = known.logic.clone().filter(|_| !is_removed(&corrections)) else { continue };
            let mut findings = noticed(logic, &head, xml, None, &corrections).await?;
            told.extend(findings.iter().cloned());
            if let Some(readable) = readable {
                findings.iter_mut().for_each(|finding| keep_quiet(finding, readable));
                examinations.push(examination(&head, &corrections, known, findings));
            }
        }
        keep(store, examinations, stamp).await?;
        Ok(told)
    }

    /// Has a record that was corrected just now examined again soon.
    pub(crate) fn examine_again(self: &Arc<Self>, store: &Store, blobs: &Blobs, record: &RecordId) {
        self.wait(store, blobs, Waiting::Record(record.clone()));
    }

    /// Examines submissions that were stored before, those that are sealed as they were sent.
    pub(crate) async fn examine_now(
        &self,
        store: &Store,
        blobs: &Blobs,
        stored: Vec<(SubmissionId, Option<Bytes>)>,
    ) -> Result<()> {
        let stored: Vec<Waiting> = stored.into_iter().map(|(id, xml)| Waiting::Submission(id, xml)).collect();
        for stored in stored.chunks(AT_ONCE) {
            examine(self, store, blobs, stored).await?;
        }
        Ok(())
    }

    fn wait(self: &Arc<Self>, store: &Store, blobs: &Blobs, what: Waiting) {
        let waiting = self.waiting.get_or_init(|| {
            let (sender, receiver) = mpsc::channel(MAX_WAITING);
            // The worker must not keep alive what holds its sender.
            tokio::spawn(work(Arc::downgrade(self), store.clone(), blobs.clone(), receiver));
            sender
        });
        // What finds no place is examined when its round is settled.
        let _ = waiting.try_send(what);
    }
}

/// Examines what arrives, as long as the server lives.
async fn work(logics: std::sync::Weak<Logics>, store: Store, blobs: Blobs, mut waiting: mpsc::Receiver<Waiting>) {
    let mut arrived = Vec::new();
    while waiting.recv_many(&mut arrived, AT_ONCE).await > 0 {
        let Some(logics) = logics.upgrade() else { return };
        if let Err(error) = examine(&logics, &store, &blobs, &arrived).await {
            tracing::warn!(%error, "submissions could not be examined; they will be when their round is settled");
        }
        arrived.clear();
    }
}

async fn examine(logics: &Logics, store: &Store, blobs: &Blobs, arrived: &[Waiting]) -> Result<()> {
    let ids: Vec<SubmissionId> = arrived
        .iter()
        .filter_map(|what| if let Waiting::Submission(id, _) = what { Some(id.clone()) } else { None })
        .collect();
    let mut newest: Vec<SubmissionHead> = store.submission_heads(&ids).await?.into_values().collect();
    for what in arrived {
        if let Waiting::Record(record) = what {
            newest.extend(store.submissions_of(record).await?);
        }
    }
    newest.retain(|head| head.superseded_by.is_none() && !head.draft);
    let heads: BTreeMap<RecordId, SubmissionHead> =
        newest.into_iter().map(|head| (head.record.clone(), head)).collect();
    let sent: HashMap<&SubmissionId, Option<&Bytes>> = arrived
        .iter()
        .filter_map(|what| if let Waiting::Submission(id, xml) = what { Some((id, xml.as_ref())) } else { None })
        .collect();
    let mut examinations = Vec::new();
    for head in heads.into_values() {
        let log = store.corrections_of(&head.record).await?;
        let read = match sent.get(&head.id) {
            Some(Some(xml)) => Read::Sent(String::from_utf8_lossy(xml).into_owned()),
            Some(None) => Read::Stored,
            // What was noticed on arrival, when all answers were there, stands.
            None => Read::Whole,
        };
        let kept = logics.of(store, blobs, &head.form_version, Lists::Kept).await?;
        let mut looked = look(store, &kept, &head, read.clone(), &log).await?;
        if looked.as_ref().is_some_and(|looked| !looked.findings.is_empty()) && !kept.lists.is_empty() {
            let fresh = logics.of(store, blobs, &head.form_version, Lists::Fresh).await?;
            if fresh.lists != kept.lists {
                looked = look(store, &fresh, &head, read, &log).await?;
            }
        }
        examinations.extend(looked);
    }
    keep(store, examinations, &Stamp::new(world::now(), "dtm")).await
}

async fn keep(store: &Store, examinations: Vec<Examination>, stamp: &Stamp) -> Result<()> {
    if examinations.is_empty() {
        return Ok(());
    }
    Ok(store.put_examinations(&examinations, || world::fresh(FindingId::new), stamp).await?)
}

/// What the forms say about all submissions of a round, those examined anew that changed since. A run is told how far it
/// is, and ends early where somebody stopped the checks; what was examined by then stays so.
pub(crate) async fn of_round(
    store: &Store,
    blobs: &Blobs,
    round: &RoundId,
    log: &BTreeMap<RecordId, Vec<Correction>>,
    run: Option<&Run>,
    stamp: &Stamp,
) -> Result<Vec<Finding>> {
    let logics = Logics::default();
    let mut known = store.examinations(round).await?;
    let mut rules: HashMap<FormVersionId, Known> = HashMap::new();
    let filter = SubmissionFilter { round: Some(round.clone()), current_only: true, ..Default::default() };
    let (mut findings, mut fresh) = (Vec::new(), Vec::new());
    let (mut after, mut n_done) = (None, 0);
    loop {
        let heads = store.submissions(&filter, after.as_ref(), 500).await?;
        let Some(last) = heads.last() else { break };
        after = Some(last.id.clone());
        n_done += heads.len() as u64;
        for head in heads {
            let corrections = log.get(&head.record).map_or(&[][..], Vec::as_slice);
            if is_removed(corrections) {
                continue;
            }
            let logic = match rules.get(&head.form_version) {
                Some(known) => known.clone(),
                None => {
                    let known = logics.of(store, blobs, &head.form_version, Lists::Fresh).await?;
                    rules.insert(head.form_version.clone(), known.clone());
                    known
                }
            };
            let known = known.remove(&head.record);
            if let Some(known) =
                known.as_ref().filter(|known| known.looked_at == looked_at(&head, corrections, &logic.print))
            {
                findings.extend(known.findings.iter().cloned());
                continue;
            }
            let read = if known.is_some() { Read::Whole } else { Read::Stored };
            let Some(examination) = look(store, &logic, &head, read, corrections).await? else {
                // What was sealed on arrival was examined then, and cannot be again as it was.
                findings.extend(known.into_iter().flat_map(|known| known.findings));
                continue;
            };
            findings.extend(examination.findings.iter().cloned());
            fresh.push(examination);
            if fresh.len() >= AT_ONCE {
                keep(store, std::mem::take(&mut fresh), stamp).await?;
                if let Some(run) = run {
                    run.go_on(store, n_done.saturating_sub(AT_ONCE as u64)).await?;
                }
            }
        }
        if let Some(run) = run {
            keep(store, std::mem::take(&mut fresh), stamp).await?;
            run.go_on(store, n_done).await?;
        }
    }
    keep(store, fresh, stamp).await?;
    Ok(findings)
}

/// A fingerprint of all that an examination depends on.
fn looked_at(head: &SubmissionHead, corrections: &[Correction], print: &str) -> String {
    let ids: String = corrections.iter().map(|correction| format!("\n{}", correction.id)).collect();
    BlobHash::of(format!("{print} {}{ids}", head.id).as_bytes()).to_string()
}

/// What of a submission is read to examine it.
#[derive(Clone)]
enum Read {
    /// What was sent, which the store has in no other way than sealed.
    Sent(String),
    /// What is stored; of what is sealed the answers that stay readable.
    Stored,
    /// What is stored, unless it is sealed.
    Whole,
}

/// Examines a submission with its corrections; none if it is gone, its form has no readable rules, or nothing of it is to
/// be read.
async fn look(
    store: &Store,
    known: &Known,
    head: &SubmissionHead,
    read: Read,
    corrections: &[Correction],
) -> Result<Option<Examination>> {
    let Some(logic) = known.logic.clone() else { return Ok(None) };
    let Some(submission) = store.submission(&head.id).await? else { return Ok(None) };
    let is_sealed = is_encrypted(&submission.xml);
    let readable = match is_sealed || matches!(read, Read::Sent(_)) {
        true => store.form_version_by_id(&head.form_version).await?.and_then(|form| form.schema.on_arrival),
        false => None,
    };
    let (xml, of_readable) = match (read, &readable) {
        (Read::Sent(xml), _) => (xml, None),
        (Read::Stored, Some(on_arrival)) if is_sealed => match readable_part(&submission.xml) {
            Some(part) => (part.to_owned(), Some(on_arrival.readable.clone())),
            None => return Ok(None),
        },
        _ if is_sealed => return Ok(None),
        _ => (submission.xml, None),
    };
    let odd = match &readable {
        None => {
            [odd(known, head, &xml, corrections).await?, of_own_rules(known, head, xml.clone(), corrections).await?]
                .concat()
        }
        // What is sealed is not told by what is odd about it.
        Some(_) => Vec::new(),
    };
    let mut findings = noticed(logic, head, xml, of_readable, corrections).await?;
    findings.extend(odd);
    if let Some(OnArrival { readable, .. }) = readable {
        findings.iter_mut().for_each(|finding| keep_quiet(finding, &readable));
    }
    Ok(Some(examination(head, corrections, known, findings)))
}

/// What the officers' own rules say, corrections applied.
async fn of_own_rules(
    known: &Known,
    head: &SubmissionHead,
    xml: String,
    corrections: &[Correction],
) -> Result<Vec<Finding>> {
    let Some((logic, own)) = known.logic.clone().zip(known.own.clone()) else { return Ok(Vec::new()) };
    let (changes, at, record) = (changes(corrections), Moment::from(head.received_at), head.record.clone());
    let hold = move || own.hold(&logic, &record, (&xml, &changes), at);
    Ok(tokio::task::spawn_blocking(hold).await?)
}

/// What is odd in the answers by themselves, corrections applied.
async fn odd(known: &Known, head: &SubmissionHead, xml: &str, corrections: &[Correction]) -> Result<Vec<Finding>> {
    let Some(schema) = known.schema.clone() else { return Ok(Vec::new()) };
    let Ok(reading) = submission::answers(xml, &schema) else { return Ok(Vec::new()) };
    let source = Source::Submission { id: head.id.clone() };
    let raw = Record { id: head.record.clone(), source, answers: reading.answers };
    let Some(clean) = corrections::apply(&raw, corrections) else { return Ok(Vec::new()) };
    let checks = known.checks.clone();
    let look = move || checks.of_one(&schema, &clean.id, &clean.answers);
    Ok(tokio::task::spawn_blocking(look).await?)
}

/// Holds answers against the rules, corrections applied; with `readable`, the answers to these questions alone are there.
async fn noticed(
    logic: Arc<Logic>,
    head: &SubmissionHead,
    xml: String,
    readable: Option<BTreeSet<String>>,
    corrections: &[Correction],
) -> Result<Vec<Finding>> {
    let changes = changes(corrections);
    let at = Moment::from(head.received_at);
    let work = move || match readable {
        Some(readable) => logic.examine_readable(&xml, &changes, &readable, at).findings,
        None => logic.examine_corrected(&xml, &changes, at).findings,
    };
    let found = tokio::task::spawn_blocking(work).await?;
    Ok(found.iter().filter_map(|found| finding(&head.record, found)).collect())
}

fn examination(
    head: &SubmissionHead,
    corrections: &[Correction],
    known: &Known,
    findings: Vec<Finding>,
) -> Examination {
    Examination {
        record: head.record.clone(),
        round: head.round.clone(),
        looked_at: looked_at(head, corrections, &known.print),
        findings,
    }
}

/// Takes out of a finding what would tell a sealed answer. That something was noticed about the question stays.
fn keep_quiet(finding: &mut Finding, readable: &BTreeSet<String>) {
    let path = finding.question.as_deref().map(path_of).unwrap_or_default();
    if readable.contains(path.as_str()) {
        return;
    }
    for told in ["value", "expected"] {
        finding.facts.entry(told.to_owned()).and_modify(|value| "•••".clone_into(value));
    }
}

/// Whether the record was taken out, and not put back since.
fn is_removed(corrections: &[Correction]) -> bool {
    let moves = corrections.iter().filter(|one| matches!(one.change, Change::RemoveSurvey | Change::RestoreSurvey));
    moves.max_by_key(|one| (one.at, &one.id)).is_some_and(|last| last.change == Change::RemoveSurvey)
}

/// The answers that corrections put in place of those sent.
pub(super) fn changes(corrections: &[Correction]) -> Vec<(String, String)> {
    let mut in_time: Vec<&Correction> = corrections.iter().collect();
    in_time.sort_by_key(|correction| (correction.at, &correction.id));
    let mut changes = Vec::new();
    for correction in in_time {
        let Some(question) = &correction.question else { continue };
        match correction.change {
            Change::ChangeResponse => changes.push((question.clone(), correction.new.clone().unwrap_or_default())),
            Change::BlankResponse => changes.push((question.clone(), String::new())),
            Change::RemoveSurvey | Change::RestoreSurvey | Change::NoAction => {}
        }
    }
    changes
}

/// What the form says as a finding of the record; none for what another check says already.
fn finding(record: &RecordId, found: &LogicFinding) -> Option<Finding> {
    let mut facts = BTreeMap::new();
    let mut fact = |name: &str, value: &str| {
        if !value.is_empty() {
            facts.insert(name.to_owned(), value.to_owned());
        }
    };
    let own = |words: &Text, fact: &mut dyn FnMut(&str, &str)| {
        fact("words_en", words.get(Lang::En));
        fact("words_fr", words.get(Lang::Fr));
    };
    match &found.kind {
        LogicKind::AnsweredButNotRelevant { answer } => fact("value", answer),
        LogicKind::ConstraintBroken { answer, constraint, words } => {
            fact("value", answer);
            fact("rule", constraint);
            own(words, &mut fact);
        }
        LogicKind::RequiredMissing { words } => own(words, &mut fact),
        LogicKind::CalculationDiffers { expected, actual } => {
            // Empty is an answer here, too.
            fact("value", if actual.is_empty() { "–" } else { actual });
            fact("expected", if expected.is_empty() { "–" } else { expected });
        }
        LogicKind::ChoiceNotOffered { choice } => fact("value", choice),
        // `unreadable_answer` says it of the typed record.
        LogicKind::NotOfType { .. } => return None,
    }
    let check = found.code().to_owned();
    let severity = Check::by_id(&check).map_or(Severity::Note, |check| check.severity);
    let question = Some(found.path.clone());
    Some(Finding { check, severity, record: Some(record.clone()), place: None, question, facts })
}
