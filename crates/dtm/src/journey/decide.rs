//! Decisions about many records at once become entries of the cleaning log: what checks proposed, and words under «other»
//! given their place.
//!
//! In: records, and what somebody decided about each as it stands now. Out: one batch, which can be taken back. What
//! another corrected in the moment between is looked at again, so that no decision rests on an answer that is no more.

use super::naming::Naming;
use super::records::{self, RoundRecord};
use super::{RoundOf, cleaning};
use crate::world;
use anyhow::Result;
use dtm_model::{Answer, Change, Correction, CorrectionId, Finding, FindingId, Lang, Record, RecordId};
use dtm_process::answers::TableBuilder;
use dtm_process::checks::{Proposal, proposal};
use dtm_process::corrections::{self, OtherQuestion, Recode, RecodeError, answer_to, apply, recode};
use dtm_process::patterns::other_answers::other_answers;
use dtm_store::{Batch, BatchKind, Blobs, Entering, FindingsTogether, Stamp, Store, StoreError, StoredFinding};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Records looked at together.
const AT_ONCE: usize = 500;
/// How often a portion is looked at anew because somebody changed its records.
const TRIES: usize = 5;

/// One change that somebody decided.
pub(crate) struct Decision {
    pub(crate) question: Option<String>,
    pub(crate) old: Option<String>,
    pub(crate) new: Option<String>,
    pub(crate) change: Change,
    pub(crate) issue: String,
    pub(crate) check: Option<String>,
}

/// What became of decisions.
pub(crate) struct Decided {
    /// Records with an entry now.
    pub(crate) records: BTreeSet<RecordId>,
    pub(crate) n_entries: usize,
}

/// Who decides, when, and why.
pub(crate) struct Signed<'a> {
    pub(crate) by: &'a str,
    pub(crate) stamp: &'a Stamp,
    pub(crate) reason: &'a str,
}

/// Enters what is decided of each record; `decide` sees a record as it arrived and as it is now.
async fn enter(
    store: &Store,
    batch: &Batch,
    ids: &[RecordId],
    signed: &Signed<'_>,
    decide: impl Fn(&RoundRecord, &Record) -> Vec<Decision>,
) -> Result<Decided> {
    let mut decided = Decided { records: BTreeSet::new(), n_entries: 0 };
    for ids in ids.chunks(AT_ONCE) {
        for attempt in 0.. {
            let entering = portion(store, ids, signed, &decide).await?;
            let entered = entering.entries.iter().map(|entry| entry.record.clone()).collect::<Vec<_>>();
            match store.enter_batch(batch, &entering, signed.stamp).await {
                Ok(()) => {
                    decided.n_entries += entered.len();
                    decided.records.extend(entered);
                    break;
                }
                Err(StoreError::Conflict { what: "corrections" }) if attempt < TRIES => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    store.end_batch(&batch.id, signed.stamp).await?;
    Ok(decided)
}

async fn portion(
    store: &Store,
    ids: &[RecordId],
    signed: &Signed<'_>,
    decide: impl Fn(&RoundRecord, &Record) -> Vec<Decision>,
) -> Result<Entering> {
    let log = corrections::by_record(store.corrections_of_records(ids).await?);
    let mut entering = Entering::default();
    for record in records::these(store, ids).await? {
        let id = record.record.id.clone();
        let entries = log.get(&id).map_or(&[][..], Vec::as_slice);
        entering.seen.insert(id.clone(), entries.len() as u64);
        let Some(clean) = apply(&record.record, entries) else { continue };
        for decision in decide(&record, &clean) {
            let is_open = decision.question.as_deref().is_none_or(|question| cleaning::may_correct(&record, question));
            if !is_open {
                continue;
            }
            entering.entries.push(Correction {
                id: world::fresh(CorrectionId::new),
                record: id.clone(),
                question: decision.question,
                old: decision.old,
                new: decision.new,
                change: decision.change,
                issue: decision.issue,
                reason: signed.reason.to_owned(),
                check: decision.check,
                by: signed.by.to_owned(),
                at: signed.stamp.at,
                source: None,
            });
        }
    }
    Ok(entering)
}

/// Takes what checks proposed, where the answer still is what they saw. Findings whose proposal was taken are resolved.
pub(crate) async fn take_proposals(
    store: &Store,
    of: RoundOf<'_>,
    findings: &[StoredFinding],
    (name, lang): (&str, Lang),
    signed: &Signed<'_>,
) -> Result<Decided> {
    let mut by_record: BTreeMap<RecordId, Vec<&Finding>> = BTreeMap::new();
    for stored in findings.iter().filter(|stored| stored.resolved_at.is_none()) {
        if let (Some(record), Some(Proposal::Correct { .. })) = (&stored.finding.record, proposal(&stored.finding)) {
            by_record.entry(record.clone()).or_default().push(&stored.finding);
        }
    }
    let ids: Vec<RecordId> = by_record.keys().cloned().collect();
    let batch = cleaning::new_batch(of, BatchKind::Proposals, name, signed.stamp);
    store.add_batch(&batch, signed.stamp).await?;
    let naming = Naming::of(store, &of.operation.id, findings.iter().map(|stored| &stored.finding)).await?;
    let decided = enter(store, &batch, &ids, signed, |record, clean| {
        let about = by_record.get(&record.record.id).map_or(&[][..], Vec::as_slice);
        about.iter().filter_map(|finding| taken(finding, clean, (&naming, lang))).collect()
    })
    .await?;
    let is_taken = |stored: &&StoredFinding| {
        stored.finding.record.as_ref().is_some_and(|record| decided.records.contains(record))
            && matches!(proposal(&stored.finding), Some(Proposal::Correct { .. }))
    };
    let taken: Vec<FindingId> = findings.iter().filter(is_taken).map(|stored| stored.id.clone()).collect();
    store.resolve_findings(&of.round.id, FindingsTogether::Named(&taken), signed.reason, signed.stamp).await?;
    Ok(decided)
}

/// The entry that a finding proposes, if the answer still is what it saw.
fn taken(finding: &Finding, clean: &Record, (naming, lang): (&Naming, Lang)) -> Option<Decision> {
    let Proposal::Correct { change, question, old, new } = proposal(finding)? else { return None };
    let now = question.as_deref().and_then(|question| answer_to(clean, question)).map(Answer::to_text);
    let is_same = question.is_none() || old.as_deref().unwrap_or_default() == now.as_deref().unwrap_or_default();
    is_same.then(|| Decision {
        question,
        old: now,
        new,
        change,
        issue: naming.message(finding, lang),
        check: Some(finding.check.clone()),
    })
}

/// Words under «other» that several records may share.
pub(crate) struct OtherWords {
    pub(crate) about: OtherQuestion,
    pub(crate) words: String,
    pub(crate) records: Vec<RecordId>,
}

/// What stands under «other» in the records of a form, corrections applied: the commonest words first.
pub(crate) async fn other_words(
    store: &Store,
    blobs: &Blobs,
    of: RoundOf<'_>,
    form: &dtm_store::Form,
) -> Result<Vec<OtherWords>> {
    let checks = super::quality::FormChecks::of(store, &of.operation.id, Some(&form.id)).await?;
    let log = corrections::by_record(store.corrections(&of.round.id).await?);
    let all = records::of_round(store, blobs, &of.round.id).await?;
    let of_form: Vec<RoundRecord> = all.into_iter().filter(|record| record.form_key == form.xml_form_id).collect();
    let Some(schema) = of_form.iter().rev().find_map(|record| record.schema.clone()) else { return Ok(Vec::new()) };
    let look = move || {
        let others = checks.roles(&schema).others;
        let mut builder = TableBuilder::new(&schema);
        let mut ids = Vec::with_capacity(of_form.len());
        for record in of_form {
            let entries = log.get(&record.record.id).map_or(&[][..], Vec::as_slice);
            if let Some(clean) = apply(&record.record, entries) {
                builder.push(&clean.answers);
                ids.push(clean.id);
            }
        }
        let table = builder.finish();
        let mut found: Vec<OtherWords> = other_answers(&table, &others)
            .into_iter()
            .map(|said| OtherWords {
                about: others[said.about].clone(),
                words: said.text,
                records: said.rows.into_iter().map(|row| ids[row].clone()).collect(),
            })
            .collect();
        found.sort_by(|a, b| (b.records.len(), &a.words).cmp(&(a.records.len(), &b.words)));
        found
    };
    Ok(tokio::task::spawn_blocking(look).await?)
}

/// What somebody decided about the same words in several records.
pub(crate) struct Recoding {
    pub(crate) about: OtherQuestion,
    pub(crate) records: Vec<RecordId>,
    pub(crate) decided: Recode,
}

/// Gives words their place.
pub(crate) async fn recode_words(
    store: &Store,
    of: RoundOf<'_>,
    recodings: &[Recoding],
    name: &str,
    signed: &Signed<'_>,
) -> Result<Decided> {
    let mut by_record: HashMap<&RecordId, Vec<&Recoding>> = HashMap::new();
    for recoding in recodings {
        for record in &recoding.records {
            by_record.entry(record).or_default().push(recoding);
        }
    }
    let mut ids: Vec<RecordId> = by_record.keys().map(|id| (*id).clone()).collect();
    ids.sort();
    let batch = cleaning::new_batch(of, BatchKind::Recoding, name, signed.stamp);
    store.add_batch(&batch, signed.stamp).await?;
    enter(store, &batch, &ids, signed, |record, clean| {
        let Some(schema) = &record.schema else { return Vec::new() };
        let about = by_record.get(&record.record.id).map_or(&[][..], Vec::as_slice);
        let changes = about.iter().flat_map(|one| recode(clean, schema, &one.about, &one.decided).unwrap_or_default());
        changes
            .map(|change| Decision {
                question: change.question,
                old: change.old,
                new: change.new,
                change: change.change,
                issue: "recode other".to_owned(),
                check: Some("other_to_recode".to_owned()),
            })
            .collect()
    })
    .await
}

/// Why a decision cannot be carried out for a form, if it cannot.
pub(crate) fn refused(schema: &dtm_model::FormSchema, about: &OtherQuestion, decided: &Recode) -> Option<RecodeError> {
    let nobody = Record {
        id: world::fresh(RecordId::new),
        source: dtm_model::Source::Submission { id: world::fresh(dtm_model::SubmissionId::new) },
        answers: dtm_model::Answers::default(),
    };
    recode(&nobody, schema, about, decided).err()
}
