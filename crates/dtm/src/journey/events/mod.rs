//! Emergency events of an operation: put together from the reports of its event tracking forms as they arrive, with what
//! people decided about them and the alerts they raised.
//!
//! [`gather`] makes them anew from records and decisions; [`alert`] tells whoever has to hear of them; [`Board`] reads what was made; [`decide`] keeps what a person
//! decides, and what is wrong with it; [`beside`] sets them beside a round. An event is never added to a figure.

mod alert;
mod beside;
mod decide;
mod gather;
mod told;

pub(crate) use alert::alert;
pub(crate) use beside::beside;
pub(crate) use decide::{Wish, decide, undo};
pub(crate) use gather::{Gathering, gather};

use crate::journey::outbox::Mailbox;
use anyhow::{Context, Result};
use dtm_model::{Atlas, Lang, OperationId, Pcode, RecordId, Text};
use dtm_process::events::{
    Alert, AlertRule, Decided, Decisions, Event, EventReport, GroupingRules, alert_rule_problems, standard_rules,
};
use dtm_store::{EventDecision, Store, StoredAlert};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How the reports of an operation are put together, and what raises an alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct EventRules {
    pub(crate) grouping: GroupingRules,
    pub(crate) alerts: Vec<AlertRule>,
    /// Who gets alerts by mail.
    pub(crate) mails: Vec<AlertMail>,
}

/// Somebody who gets alerts by mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertMail {
    pub(crate) address: String,
    #[serde(default)]
    pub(crate) lang: Lang,
}

/// More people do not get alerts by mail.
const MOST_MAILS: usize = 100;

impl Default for EventRules {
    fn default() -> Self {
        Self { grouping: GroupingRules::default(), alerts: standard_rules(), mails: Vec::new() }
    }
}

impl EventRules {
    /// What is wrong with them, in the reader's language; nothing where they can be used.
    pub(crate) fn problems(&self, atlas: &Atlas, lang: Lang) -> Vec<String> {
        let say = |en: String, fr: String| if lang == Lang::En { en } else { fr };
        let mut lines: Vec<String> =
            alert_rule_problems(&self.alerts, atlas).iter().map(|problem| problem.message(lang)).collect();
        for AlertMail { address, .. } in &self.mails {
            if Mailbox::read(address).is_none_or(|read| read.address != *address) {
                lines.push(say(
                    format!("“{address}” is not a mail address"),
                    format!("« {address} » n’est pas une adresse électronique"),
                ));
            }
        }
        if self.alerts.len() > MOST_RULES || self.mails.len() > MOST_MAILS {
            lines.push(say(
                format!("there can be no more than {MOST_RULES} thresholds and {MOST_MAILS} addresses"),
                format!("il ne peut y avoir plus de {MOST_RULES} seuils et {MOST_MAILS} adresses"),
            ));
        }
        lines
    }
}

/// More thresholds are not kept.
const MOST_RULES: usize = 50;

/// The rules of an operation, or those for operations that set none.
pub(crate) async fn rules(store: &Store, operation: &OperationId) -> Result<EventRules> {
    match store.event_rules(operation).await? {
        Some(body) => serde_json::from_str(&body).context("the rules of events"),
        None => Ok(EventRules::default()),
    }
}

/// A report of an event, with the words of its form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptReport {
    pub(crate) report: EventReport,
    /// How it is known; empty where the form does not ask.
    pub(crate) source: Text,
}

/// An event as it was last put together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct KeptEvent {
    pub(crate) event: Event,
    /// The cause in the words of the form.
    pub(crate) cause: Text,
    /// In the order of the timeline.
    pub(crate) reports: Vec<KeptReport>,
}

impl KeptEvent {
    /// How many of its reports nobody has checked.
    pub(crate) fn n_unchecked(&self) -> usize {
        self.reports.iter().filter(|kept| !kept.report.checked).count()
    }
}

/// More areas of an event are not named in its title.
const AREAS_NAMED: usize = 3;

/// Everything known of the events of an operation.
pub(crate) struct Board {
    /// The events, the last to happen first.
    pub(crate) events: Vec<KeptEvent>,
    /// What was decided, the earliest first.
    pub(crate) decisions: Vec<(EventDecision, Decided)>,
    /// Where the decisions lead that stand.
    pub(crate) decided: Decisions,
    /// The newest first.
    pub(crate) alerts: Vec<(StoredAlert, Alert)>,
}

impl Board {
    /// Reads it.
    pub(crate) async fn of(store: &Store, operation: &OperationId) -> Result<Self> {
        let mut events: Vec<KeptEvent> = Vec::new();
        for stored in store.events(operation).await? {
            events.push(serde_json::from_str(&stored.body).context("a kept event")?);
        }
        events.sort_by(|a, b| (b.event.last_on, &b.event.key).cmp(&(a.event.last_on, &a.event.key)));
        let mut alerts = Vec::new();
        for stored in store.event_alerts(operation).await? {
            let alert = serde_json::from_str(&stored.alert.body).context("a kept alert")?;
            alerts.push((stored, alert));
        }
        let decisions = decisions(store, operation).await?;
        let decided = standing(&decisions);
        Ok(Self { events, decisions, decided, alerts })
    }

    /// The key of the event that a key leads to, which may have become part of another.
    pub(crate) fn current<'a>(&'a self, key: &'a RecordId) -> &'a RecordId {
        if self.events.iter().any(|kept| kept.event.key == *key) {
            return key;
        }
        let absorbing = self.events.iter().find(|kept| kept.event.absorbed.contains(key));
        absorbing.map(|kept| &kept.event.key).or_else(|| self.decided.merged.get(key)).unwrap_or(key)
    }

    /// The event of a key, or the one that it became part of.
    pub(crate) fn find(&self, key: &RecordId) -> Option<&KeptEvent> {
        let key = self.current(key);
        self.events.iter().find(|kept| kept.event.key == *key)
    }

    /// What an event is called: as somebody named it, else by its cause and where it happened.
    pub(crate) fn title(&self, kept: &KeptEvent, atlas: &Atlas, lang: Lang) -> String {
        if let Some(name) = self.decided.names.get(&kept.event.key) {
            return name.clone();
        }
        let cause = match (kept.cause.get(lang), lang) {
            ("", Lang::En) => "Event",
            ("", Lang::Fr) => "Événement",
            (cause, _) => cause,
        };
        let areas = kept.event.areas.iter().take(AREAS_NAMED).map(|area| area_name(atlas, area, lang));
        let more = kept.event.areas.len().saturating_sub(AREAS_NAMED);
        let more = if more > 0 { format!(" + {more}") } else { String::new() };
        format!("{cause} – {}{more}", areas.collect::<Vec<_>>().join(", "))
    }

    /// Whether nothing more is expected of an event.
    pub(crate) fn is_closed(&self, kept: &KeptEvent) -> bool {
        self.decided.closed.contains_key(&kept.event.key)
    }

    /// The alerts of an event, those of events it took in too.
    pub(crate) fn alerts_of<'a>(&'a self, kept: &'a KeptEvent) -> impl Iterator<Item = &'a (StoredAlert, Alert)> {
        self.alerts.iter().filter(|(stored, _)| *self.current(&stored.alert.event) == kept.event.key)
    }
}

/// The name of an area, or its code where it is not known.
pub(crate) fn area_name(atlas: &Atlas, area: &Pcode, lang: Lang) -> String {
    atlas.area(area).map_or_else(|| area.to_string(), |known| known.name.get(lang).to_owned())
}

async fn decisions(store: &Store, operation: &OperationId) -> Result<Vec<(EventDecision, Decided)>> {
    let mut read = Vec::new();
    for decision in store.event_decisions(operation).await? {
        let decided = serde_json::from_str(&decision.body).context("a decision about an event")?;
        read.push((decision, decided));
    }
    Ok(read)
}

/// Where the decisions lead that nobody took back.
fn standing(decisions: &[(EventDecision, Decided)]) -> Decisions {
    Decisions::replay(decisions.iter().filter(|(kept, _)| kept.undone.is_none()).map(|(_, decided)| decided))
}

/// The keys of alerts as if they had been raised by the events that exist now.
fn raised(board: &Board) -> BTreeSet<String> {
    let now = |alert: &Alert| Alert { event: board.current(&alert.event).clone(), ..alert.clone() };
    board.alerts.iter().map(|(_, alert)| now(alert).key()).collect()
}
