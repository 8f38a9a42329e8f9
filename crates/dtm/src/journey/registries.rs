//! What the registries of flow monitoring hold, read once: a round of a hundred thousand entries is not read for each view.
//!
//! In: a round. Out: its passages, shifts and faults, as of now. What was read is kept until the audit log tells that
//! something happened to the round, as the jobs do that follow it ([`super::feed`]); so no view is ever of before a change.

use super::{records, settle};
use anyhow::Result;
use dtm_model::{RecordId, Round, RoundId, Text};
use dtm_process::flows::{By, Passage, PassageFault, PassageQuestions, Shift, passages, shifts};
use dtm_store::{Blobs, Store};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use tokio::sync::Mutex;

/// More groups are not kept: they take memory that phones may need.
const MOST_KEPT: usize = 400_000;

/// What a round of a registry holds.
#[derive(Default)]
pub(super) struct Registry {
    pub(super) passages: Vec<Passage>,
    pub(super) faults: Vec<(RecordId, PassageFault)>,
    /// When somebody watched, as far as forms say so.
    pub(super) shifts: Vec<Shift>,
    /// The words of the forms for codes.
    pub(super) words: BTreeMap<(By, String), Text>,
}

/// The rounds that were read.
#[derive(Default)]
pub(crate) struct Registries(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    /// How far the audit log was followed.
    seen: Option<i64>,
    /// Each with whether only approved records count in it.
    rounds: HashMap<RoundId, (bool, Arc<Registry>)>,
}

impl Kept {
    /// Forgets the rounds to which something happened since.
    async fn follow(&mut self, store: &Store) -> Result<()> {
        let Some(mut after) = self.seen else {
            self.seen = Some(store.audit_end().await?);
            return Ok(());
        };
        loop {
            let (end, touched) = store.rounds_touched(after).await?;
            self.rounds.retain(|round, _| !touched.contains(round));
            if end == after {
                break;
            }
            after = end;
        }
        self.seen = Some(after);
        Ok(())
    }
}

impl Registries {
    /// What a round holds now.
    pub(super) async fn of(
        &self,
        store: &Store,
        blobs: &Blobs,
        round: &Round,
        only_approved: bool,
    ) -> Result<Arc<Registry>> {
        {
            let mut kept = self.0.lock().await;
            kept.follow(store).await?;
            if let Some((_, known)) = kept.rounds.get(&round.id).filter(|(approved, _)| *approved == only_approved) {
                return Ok(known.clone());
            }
        }
        // Whatever happens while it is read is told by the log afterwards.
        let read = Arc::new(read(store, blobs, round, only_approved).await?);
        let mut kept = self.0.lock().await;
        let n_kept: usize = kept.rounds.values().map(|(_, one)| one.passages.len()).sum();
        if n_kept + read.passages.len() > MOST_KEPT {
            kept.rounds.clear();
        }
        if read.passages.len() <= MOST_KEPT {
            kept.rounds.insert(round.id.clone(), (only_approved, read.clone()));
        }
        Ok(read)
    }
}

async fn read(store: &Store, blobs: &Blobs, round: &Round, only_approved: bool) -> Result<Registry> {
    let counts = |record: &records::RoundRecord| settle::counts(record, only_approved);
    let counted = records::clean(store, blobs, &round.id, counts).await?;
    let look = move || {
        let questions = PassageQuestions::default();
        let mut registry = Registry::default();
        let mut last = None;
        let mut all = Vec::with_capacity(counted.len());
        for record in counted {
            // Records of one form follow each other; its words are read once.
            let schema = record.schema.filter(|schema| last.as_ref().is_none_or(|last| !Arc::ptr_eq(last, schema)));
            if let Some(schema) = schema {
                read_words(&schema, &questions, &mut registry.words);
                last = Some(schema);
            }
            all.push(record.record);
        }
        let read = passages(&all, &questions);
        (registry.passages, registry.faults) = (read.passages, read.faults);
        registry.shifts = shifts(&all, &questions);
        registry
    };
    Ok(tokio::task::spawn_blocking(look).await?)
}

fn read_words(schema: &dtm_model::FormSchema, questions: &PassageQuestions, words: &mut BTreeMap<(By, String), Text>) {
    for field in &schema.fields {
        let asks = |names: &[String]| names.iter().any(|name| name == field.name());
        let by = match field.name() {
            _ if asks(&questions.direction) => By::Direction,
            _ if asks(&questions.origin) => By::Origin,
            _ if asks(&questions.destination) => By::Destination,
            _ if asks(&questions.reason) => By::Reason,
            name if name == questions.mode => By::Mode,
            name if name == questions.nationality || name == questions.nationalities => By::Nationality,
            _ => continue,
        };
        for choice in &field.choices {
            words.entry((by, choice.name.clone())).or_insert_with(|| choice.label.clone());
        }
    }
}
