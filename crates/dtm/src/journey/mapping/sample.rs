//! The newest records that a mapping is looked at and tried on.

use super::Mapped;
use crate::journey::records::{self, RoundRecord};
use crate::journey::settle;
use anyhow::Result;
use dtm_model::{Answers, Record, RecordId, Round};
use dtm_process::corrections;
use dtm_store::{PageFrom, Store};
use std::collections::BTreeMap;

/// How many records a mapping is looked at with, the newest of the last round that has any.
pub(crate) const MOST_RECORDS: usize = 5_000;
/// Records read at once.
const AT_ONCE: u32 = 500;
/// Records of other forms that are passed over before an earlier round is looked at.
const MOST_PASSED: usize = 4 * MOST_RECORDS;

/// Records that examples of answers are looked for in.
pub(crate) const LOOKED_AT: usize = 300;

/// The answers to each question, each with how often it was given.
pub(crate) type Answered = BTreeMap<String, BTreeMap<String, usize>>;

/// Records of one round.
#[derive(Default)]
pub(crate) struct Sample {
    /// None where nothing came yet.
    pub(crate) round: Option<Round>,
    /// The newest first, corrections applied; only those that count.
    pub(crate) records: Vec<Record>,
    /// Whether these are all the round has.
    pub(crate) is_all: bool,
}

/// The newest records of a form, or of imported rows, at most so many.
pub(super) async fn newest(store: &Store, mapped: &Mapped, at_most: usize) -> Result<Sample> {
    for round in store.rounds(&mapped.exercise.id).await?.into_iter().rev() {
        let sample = of_round(store, mapped, &round, at_most).await?;
        if !sample.records.is_empty() {
            return Ok(Sample { round: Some(round), ..sample });
        }
    }
    Ok(Sample::default())
}

async fn of_round(store: &Store, mapped: &Mapped, round: &Round, at_most: usize) -> Result<Sample> {
    let only_approved = store.counts_only_approved(&mapped.exercise.id).await?;
    let mut sample = Sample::default();
    if store.count_records(&round.id).await? == 0 {
        return Ok(sample);
    }
    let log = corrections::by_record(store.corrections(&round.id).await?);
    let (mut edge, mut n_passed) = (RecordId::of_number(u128::MAX), 0);
    while sample.records.len() < at_most && n_passed < MOST_PASSED {
        let mut ids = store.record_ids_page(&round.id, &PageFrom::Before(edge), (None, None), AT_ONCE).await?;
        let Some(first) = ids.first().cloned() else {
            sample.is_all = true;
            break;
        };
        edge = first;
        ids.reverse();
        let is_of_it = |record: &RoundRecord| record.form_key == mapped.key && settle::counts(record, only_approved);
        let (of_it, passed): (Vec<RoundRecord>, Vec<RoundRecord>) =
            records::these(store, &ids).await?.into_iter().partition(is_of_it);
        n_passed += passed.len();
        sample.records.extend(records::corrected(of_it, &log).into_iter().map(|one| one.record));
    }
    if sample.records.len() > at_most {
        sample.records.truncate(at_most);
        sample.is_all = false;
    }
    Ok(sample)
}

impl Sample {
    /// The answers to each question in these records, in repeats too, each with how often it was given.
    pub(crate) fn answers(&self, most_records: usize) -> Answered {
        let mut met = Answered::new();
        for record in self.records.iter().take(most_records) {
            count(&record.answers, 0, &mut met);
        }
        met
    }
}

fn count(answers: &Answers, depth: usize, met: &mut Answered) {
    const DEEPEST: usize = 8;
    for (question, answer) in &answers.values {
        let text = answer.to_text();
        if !text.trim().is_empty() {
            *met.entry(question.clone()).or_default().entry(text).or_default() += 1;
        }
    }
    if depth < DEEPEST {
        answers.repeats.values().flatten().for_each(|turn| count(turn, depth + 1, met));
    }
}
