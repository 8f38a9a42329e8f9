//! Reports become events: as they arrive, are corrected, reviewed, or somebody decides about them.
//!
//! A report that a reviewer rejected says nothing; one that nobody looked at yet counts, and is shown as unchecked: an alert
//! cannot wait for a review.

use super::{Board, KeptEvent, KeptReport, alert, rules};
use crate::http::App;
use crate::journey::feed::{Feed, Job, News};
use crate::journey::records;
use crate::world;
use anyhow::Result;
use dtm_model::{Exercise, FormSchema, Operation, OperationId, Record, RecordId, Source, Text, Tool};
use dtm_process::checks::questions_of;
use dtm_process::events::{Earlier, Event, EventQuestions, EventReport, ReportFault, event_reports, group_events};
use dtm_process::mapping::Mapping;
use dtm_store::{Blobs, ReviewState, Stamp, Store, StoredEvent};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

/// What came of putting reports together.
pub(crate) struct Gathered {
    pub(crate) n_reports: usize,
    pub(crate) n_events: usize,
    /// Records that are no reports, and why.
    pub(crate) faults: Vec<(RecordId, ReportFault)>,
}

/// Puts together what was touched and raises what alerts that gives rise to; at first, everything. An alert is raised by
/// the server that keeps it first.
#[derive(Default)]
pub(crate) struct Gathering {
    feed: Feed,
    waiting: BTreeSet<OperationId>,
}

impl Job for Gathering {
    const EVERY: Duration = Duration::from_secs(5);
    const REST: u32 = 5;
    const UNDONE: &'static str = "reports could not be put together; it is tried again when something comes";

    async fn turn(&mut self, app: &App) -> Result<()> {
        match self.feed.news(&app.store).await? {
            News::Nothing => return Ok(()),
            News::Everything => {
                self.waiting.extend(app.store.operations().await?.into_iter().map(|operation| operation.id));
            }
            News::Rounds(touched) => {
                for round in touched {
                    let Some(round) = app.store.round(&round).await? else { continue };
                    let exercise = app.store.exercise(&round.exercise).await?;
                    self.waiting.extend(exercise.filter(tracks_events).map(|exercise| exercise.operation));
                }
            }
        }
        let stamp = Stamp::new(world::now(), "job:events");
        for operation in app.store.operations().await? {
            if app.store.exercises(&operation.id).await?.iter().any(tracks_events) {
                if self.waiting.contains(&operation.id) {
                    gather(&app.store, &app.blobs, &operation, &stamp).await?;
                }
                alert(app, &operation, &stamp).await?;
            }
            self.waiting.remove(&operation.id);
        }
        self.waiting.clear();
        Ok(())
    }
}

fn tracks_events(exercise: &Exercise) -> bool {
    exercise.tool == Tool::Ett
}

/// What the reports of an operation say, with the words of their forms.
#[derive(Default)]
struct Heard {
    reports: Vec<EventReport>,
    faults: Vec<(RecordId, ReportFault)>,
    /// Causes and sources by code.
    words: HashMap<String, Text>,
}

/// Puts the reports of an operation together and keeps the events.
pub(crate) async fn gather(store: &Store, blobs: &Blobs, operation: &Operation, stamp: &Stamp) -> Result<Gathered> {
    let atlas = store.atlas(&operation.admin0).await?;
    let rules = rules(store, &operation.id).await?;
    let before = Board::of(store, &operation.id).await?;
    let heard = hear(store, blobs, operation, &atlas).await?;
    let known = before.events.iter().flat_map(|kept| {
        kept.event.reports().map(|report| (report.clone(), kept.event.key.clone())).collect::<Vec<_>>()
    });
    let earlier = Earlier { known: known.collect(), pinned: before.decided.pinned.clone() };
    let mut events = group_events(&heard.reports, &atlas, &rules.grouping, &earlier);
    keep_absorbed(&mut events, &before);
    let kept = with_words(&events, &heard);
    let mut stored = Vec::with_capacity(kept.len());
    for event in &kept {
        stored.push(StoredEvent { key: event.event.key.clone(), body: serde_json::to_string(event)? });
    }
    store.replace_events(&operation.id, &stored, stamp).await?;
    Ok(Gathered { n_reports: heard.reports.len(), n_events: kept.len(), faults: heard.faults })
}

/// Reads the reports of every event tracking exercise.
async fn hear(store: &Store, blobs: &Blobs, operation: &Operation, atlas: &dtm_model::Atlas) -> Result<Heard> {
    let mut heard = Heard::default();
    let places = store.places(&operation.id).await?;
    for exercise in store.exercises(&operation.id).await?.iter().filter(|exercise| tracks_events(exercise)) {
        let mut checked = BTreeSet::new();
        let mut by_form: BTreeMap<String, (Option<Arc<FormSchema>>, Vec<Record>)> = BTreeMap::new();
        for round in store.rounds(&exercise.id).await? {
            let is_heard = |record: &records::RoundRecord| record.review_state != Some(ReviewState::Rejected);
            for record in records::clean(store, blobs, &round.id, is_heard).await? {
                let is_row = matches!(record.record.source, Source::Row { .. });
                if is_row || record.review_state == Some(ReviewState::Approved) {
                    checked.insert(record.record.id.clone());
                }
                let of_form = by_form.entry(record.form_key).or_insert_with(|| (record.schema, Vec::new()));
                of_form.1.push(record.record);
            }
        }
        for (key, (schema, records)) in by_form {
            let mapping = store.mapping(&exercise.id, &key).await?;
            let mapping = mapping.and_then(|(_, text)| Mapping::from_toml(&text).ok()).unwrap_or_default();
            let questions = EventQuestions::default().fed_by(&questions_of(&mapping));
            let read = event_reports(&records, &questions, &places, atlas);
            heard.faults.extend(read.faults);
            heard.reports.extend(
                read.reports
                    .into_iter()
                    .map(|report| EventReport { checked: checked.contains(&report.record), ..report }),
            );
            if let Some(schema) = schema {
                let asked: Vec<&str> = questions.cause.iter().chain([&questions.source]).map(String::as_str).collect();
                let offered = schema.fields.iter();
                let offered =
                    offered.filter(|field| asked.iter().any(|name| *name == field.name() || *name == field.path));
                let choices = offered.flat_map(|field| &field.choices);
                heard.words.extend(choices.map(|choice| (choice.name.clone(), choice.label.clone())));
            }
        }
    }
    Ok(heard)
}

/// What an event took in stays known, so that its old addresses and alerts lead to it.
fn keep_absorbed(events: &mut [Event], before: &Board) {
    let keys: BTreeSet<RecordId> = events.iter().map(|event| event.key.clone()).collect();
    for event in events {
        let known = before.events.iter().find(|kept| kept.event.key == event.key);
        let mut absorbed: BTreeSet<RecordId> = event.absorbed.drain(..).collect();
        absorbed.extend(known.into_iter().flat_map(|kept| kept.event.absorbed.iter().cloned()));
        event.absorbed = absorbed.into_iter().filter(|key| !keys.contains(key)).collect();
    }
}

fn with_words(events: &[Event], heard: &Heard) -> Vec<KeptEvent> {
    let reports: HashMap<&RecordId, &EventReport> =
        heard.reports.iter().map(|report| (&report.record, report)).collect();
    let words = |code: &str| match (heard.words.get(code), code) {
        (Some(words), _) => words.clone(),
        (None, "") => Text::new(),
        (None, code) => Text::both(code, code),
    };
    events
        .iter()
        .map(|event| KeptEvent {
            event: event.clone(),
            cause: words(&event.cause),
            reports: event
                .reports()
                .filter_map(|record| reports.get(record))
                .map(|report| KeptReport {
                    report: (*report).clone(),
                    source: words(report.source.as_deref().unwrap_or_default()),
                })
                .collect(),
        })
        .collect()
}
