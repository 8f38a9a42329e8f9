//! What supervision looks at, brought together from the store: bounded, and before anything is counted.

use super::{Asked, Book, look};
use crate::journey::quality::FormChecks;
use crate::journey::records::{self, RoundRecord};
use crate::journey::{RoundOf, plan, settle, traces};
use anyhow::Result;
use chrono::NaiveDate;
use chrono_tz::Tz;
use dtm_model::{Finding, Place, RecordId, Severity, Ssid, Team, TeamId};
use dtm_store::{Blobs, Sender, Store, Trace};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Of a round with more records the newest ones are looked at: more would take memory that a phone may need.
pub(crate) const MOST_RECORDS: usize = 50_000;
/// So many logs are read while somebody waits; settling a round reads the others.
const MOST_TRACED: usize = 2_000;

/// The records of a round with all that supervision asks about them.
pub(crate) struct Gathered {
    pub(super) records: Vec<RoundRecord>,
    pub(super) senders: HashMap<RecordId, Sender>,
    /// What people call the phones and the users who sent them.
    pub(super) names: HashMap<String, String>,
    /// How many records the round has in all.
    pub(super) n_all: u64,
    /// The place that each record speaks of, as the round was last settled.
    pub(super) stands: HashMap<RecordId, Ssid>,
    pub(super) places: HashMap<Ssid, Place>,
    pub(super) teams: Vec<Team>,
    /// Who was to visit each place.
    pub(super) planned: HashMap<Ssid, TeamId>,
    /// What the phones noted beside the answers.
    pub(super) traces: HashMap<RecordId, Trace>,
    /// The open findings that want an answer, by record.
    pub(super) asked: HashMap<RecordId, Vec<Finding>>,
    pub(super) checks: BTreeMap<String, FormChecks>,
    pub(super) zone: Tz,
    pub(super) today: NaiveDate,
}

/// Brings together what there is of a round.
pub(crate) async fn gather(store: &Store, blobs: &Blobs, of: RoundOf<'_>, today: NaiveDate) -> Result<Gathered> {
    let RoundOf { operation, round, .. } = of;
    let n_all = store.count_records(&round.id).await?;
    let senders = store.senders(&round.id, MOST_RECORDS as u32).await?;
    let wanted: HashSet<RecordId> = senders.iter().map(|sender| sender.record.clone()).collect();
    let records = records::some_of_round(store, blobs, &round.id, &wanted).await?;
    traces::make(store, blobs, &round.id, MOST_TRACED).await?;
    let mut asked: HashMap<RecordId, Vec<Finding>> = HashMap::new();
    for stored in store.findings(&round.id).await? {
        let is_open = stored.resolved_at.is_none() && stored.finding.severity >= Severity::Confirm;
        if let Some(record) = stored.finding.record.clone().filter(|_| is_open) {
            asked.entry(record).or_default().push(stored.finding);
        }
    }
    let observations = settle::observations_of_round(store, blobs, round).await?;
    let stands = observations.into_iter().map(|seen| (seen.record, seen.place)).collect();
    let places = store.places(&operation.id).await?.into_iter().map(|place| (place.ssid.clone(), place)).collect();
    let visits = store.visits(&round.id).await?.into_iter().filter_map(|visit| Some((visit.place, visit.team?)));
    let mut checks = BTreeMap::new();
    for key in records.iter().filter(|one| one.schema.is_some()).map(|one| &one.form_key) {
        if !checks.contains_key(key) {
            let form = store.form_by_xml_id(&operation.id, key).await?;
            let of_form = FormChecks::of(store, &operation.id, form.as_ref().map(|form| &form.id)).await?;
            checks.insert(key.clone(), of_form);
        }
    }
    Ok(Gathered {
        names: names(store, of, &senders).await?,
        senders: senders.into_iter().map(|sender| (sender.record.clone(), sender)).collect(),
        records,
        n_all,
        stands,
        places,
        teams: store.teams(&operation.id).await?,
        planned: visits.collect(),
        traces: store.traces(&round.id).await?,
        asked,
        checks,
        zone: operation.time_zone.as_deref().and_then(plan::zone).unwrap_or(Tz::UTC),
        today,
    })
}

/// What people call those who sent records.
async fn names(store: &Store, of: RoundOf<'_>, senders: &[Sender]) -> Result<HashMap<String, String>> {
    let phones = store.app_users(&of.operation.id).await?;
    let mut names: HashMap<String, String> =
        phones.into_iter().map(|phone| (format!("app-user:{}", phone.id), phone.name)).collect();
    for by in senders.iter().map(|sender| &sender.by) {
        let Some(id) = by.strip_prefix("user:").filter(|_| !names.contains_key(by)) else { continue };
        let user = match id.parse() {
            Ok(id) => store.user(&id).await?,
            Err(_) => None,
        };
        let name = user.map(|user| if user.name.is_empty() { user.email } else { user.name });
        names.insert(by.clone(), name.unwrap_or_else(|| by.clone()));
    }
    Ok(names)
}

impl Gathered {
    /// The forms that records came of; the word for imported tables among them.
    pub(crate) fn form_keys(&self) -> HashSet<String> {
        self.records.iter().map(|record| record.form_key.clone()).collect()
    }

    /// Keeps those records that a reader may see, told by the record and who sent it.
    pub(crate) fn retain(&mut self, is_seen: impl Fn(&RoundRecord, &str) -> bool) {
        let senders = &self.senders;
        let n_before = self.records.len();
        self.records.retain(|record| {
            let by = senders.get(&record.record.id).map_or("", |sender| sender.by.as_str());
            is_seen(record, by)
        });
        // Who sees a part is not told how many there are in all.
        if self.records.len() < n_before {
            self.n_all = self.records.len() as u64;
        }
    }

    /// Looks at all of it. That takes long where there is much, so it is done aside.
    pub(crate) async fn book(self, asked: Asked) -> Result<Book> {
        Ok(tokio::task::spawn_blocking(move || look::look(self, &asked)).await?)
    }
}
