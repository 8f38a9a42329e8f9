//! Submissions are held against the rules of their own form, and what the rules would not have let pass becomes findings.
//!
//! A submission that arrives or is edited is examined soon after it is acknowledged, beside the work of the server; when a
//! round is settled, all that changed since is examined, corrections applied. Nothing is ever refused for it. What was
//! looked at is remembered by a fingerprint, so that nothing is looked at twice.

use crate::world;
use anyhow::Result;
use dtm_capture::logic::{Logic, LogicFinding, LogicKind, Moment};
use dtm_model::{
    BlobHash, Change, Correction, Finding, FindingId, FormVersionId, Lang, RecordId, RoundId, Severity, SubmissionId,
    Text,
};
use dtm_process::checks::Check;
use dtm_store::{Blobs, Examination, Receipt, Stamp, Store, SubmissionFilter, SubmissionHead};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use tokio::sync::mpsc;

/// Changes when the same submission may now give other findings.
const EDITION: &str = "1";
/// Forms whose rules are kept read.
const LOGICS_KEPT: usize = 100;
/// Submissions that may wait for their examination; more are examined when their round is settled.
const MAX_WAITING: usize = 10_000;
/// Submissions examined at once.
const AT_ONCE: usize = 50;

/// The rules of a form version with the files it had: a fingerprint of them, and the rules; none if they cannot be read.
type Known = (String, Option<Arc<Logic>>);

/// What waits to be examined.
enum Waiting {
    Submission(SubmissionId),
    /// The submission that a record stands on now.
    Record(RecordId),
}

/// Rules of form versions, read once.
#[derive(Default)]
pub(crate) struct Logics {
    known: Mutex<HashMap<FormVersionId, Known>>,
    waiting: OnceLock<mpsc::Sender<Waiting>>,
}

impl Logics {
    /// The rules of a form version with the files it has now.
    async fn of(&self, store: &Store, blobs: &Blobs, version: &FormVersionId) -> Result<Known> {
        let media = store.form_media(version).await?;
        let files = media.iter().map(|media| format!("{} {}\n", media.name, media.hash)).collect::<String>();
        let print = BlobHash::of(format!("{EDITION} {version}\n{files}").as_bytes()).to_string();
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(version).cloned();
        if let Some(known) = known.filter(|known| known.0 == print) {
            return Ok(known);
        }
        let mut contents: HashMap<String, Vec<u8>> = HashMap::new();
        for media in media {
            let name = media.name.to_ascii_lowercase();
            if [".csv", ".geojson", ".json", ".xml"].iter().any(|ending| name.ends_with(ending)) {
                contents.insert(media.name, blobs.get(&media.hash).await?.to_vec());
            }
        }
        let form = store.form_version_by_id(version).await?;
        let read = move || {
            let form = form?;
            Logic::compile(&form.xform, &|name| contents.get(name).cloned()).ok().map(Arc::new)
        };
        let known = (print, tokio::task::spawn_blocking(read).await?);
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= LOGICS_KEPT {
            all.clear();
        }
        all.insert(version.clone(), known.clone());
        Ok(known)
    }

    /// Has a submission that was stored just now examined soon, beside everything else.
    pub(crate) fn examine_soon(self: &Arc<Self>, store: &Store, blobs: &Blobs, receipt: &Receipt) {
        if let Receipt::New(submission) = receipt {
            self.wait(store, blobs, Waiting::Submission(submission.clone()));
        }
    }

    /// Has a record that was corrected just now examined again soon.
    pub(crate) fn examine_again(self: &Arc<Self>, store: &Store, blobs: &Blobs, record: &RecordId) {
        self.wait(store, blobs, Waiting::Record(record.clone()));
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
        .filter_map(|what| if let Waiting::Submission(id) = what { Some(id.clone()) } else { None })
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
    let mut examinations = Vec::new();
    for head in heads.into_values() {
        let log = store.corrections_of(&head.record).await?;
        let print = logics.of(store, blobs, &head.form_version).await?.0;
        examinations.extend(look(logics, store, blobs, &head, &log, print).await?);
    }
    keep(store, examinations, &Stamp::new(world::now(), "dtm")).await
}

async fn keep(store: &Store, examinations: Vec<Examination>, stamp: &Stamp) -> Result<()> {
    if examinations.is_empty() {
        return Ok(());
    }
    Ok(store.put_examinations(&examinations, || world::fresh(FindingId::new), stamp).await?)
}

/// What the forms say about all submissions of a round, those examined anew that changed since.
pub(crate) async fn of_round(
    store: &Store,
    blobs: &Blobs,
    round: &RoundId,
    log: &BTreeMap<RecordId, Vec<Correction>>,
    stamp: &Stamp,
) -> Result<Vec<Finding>> {
    let logics = Logics::default();
    let mut known = store.examinations(round).await?;
    let mut prints: HashMap<FormVersionId, String> = HashMap::new();
    let filter = SubmissionFilter { round: Some(round.clone()), current_only: true, ..Default::default() };
    let (mut findings, mut fresh) = (Vec::new(), Vec::new());
    let mut after = None;
    loop {
        let heads = store.submissions(&filter, after.as_ref(), 500).await?;
        let Some(last) = heads.last() else { break };
        after = Some(last.id.clone());
        for head in heads {
            let corrections = log.get(&head.record).map_or(&[][..], Vec::as_slice);
            if is_removed(corrections) {
                continue;
            }
            if !prints.contains_key(&head.form_version) {
                prints.insert(head.form_version.clone(), logics.of(store, blobs, &head.form_version).await?.0);
            }
            let print = prints[&head.form_version].clone();
            if let Some(known) =
                known.remove(&head.record).filter(|known| known.looked_at == looked_at(&head, corrections, &print))
            {
                findings.extend(known.findings);
                continue;
            }
            let Some(examination) = look(&logics, store, blobs, &head, corrections, print).await? else { continue };
            findings.extend(examination.findings.iter().cloned());
            fresh.push(examination);
            if fresh.len() >= AT_ONCE {
                keep(store, std::mem::take(&mut fresh), stamp).await?;
            }
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

/// Examines a submission with its corrections; none if it is gone or its form has no readable rules.
async fn look(
    logics: &Logics,
    store: &Store,
    blobs: &Blobs,
    head: &SubmissionHead,
    corrections: &[Correction],
    print: String,
) -> Result<Option<Examination>> {
    let Some(logic) = logics.of(store, blobs, &head.form_version).await?.1 else { return Ok(None) };
    let Some(submission) = store.submission(&head.id).await? else { return Ok(None) };
    let changes = changes(corrections);
    let at = Moment::from(head.received_at);
    let found =
        tokio::task::spawn_blocking(move || logic.examine_corrected(&submission.xml, &changes, at).findings).await?;
    Ok(Some(Examination {
        record: head.record.clone(),
        round: head.round.clone(),
        looked_at: looked_at(head, corrections, &print),
        findings: found.iter().filter_map(|found| finding(&head.record, found)).collect(),
    }))
}

/// Whether the record was taken out, and not put back since.
fn is_removed(corrections: &[Correction]) -> bool {
    let moves = corrections.iter().filter(|one| matches!(one.change, Change::RemoveSurvey | Change::RestoreSurvey));
    moves.max_by_key(|one| (one.at, &one.id)).is_some_and(|last| last.change == Change::RemoveSurvey)
}

/// The answers that corrections put in place of those sent.
fn changes(corrections: &[Correction]) -> Vec<(String, String)> {
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
