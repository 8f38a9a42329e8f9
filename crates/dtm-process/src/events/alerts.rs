//! Thresholds that raise alerts.
//!
//! Rules are data: what is measured, of which cause, in which area, and the steps at which somebody must hear of it.
//! [`raise_alerts`] returns one alert for each event and rule that reached a step it had not reached before; the caller
//! remembers the keys of alerts that were sent, so that nothing is sent twice and nothing is lost when a report comes
//! late. Steps that were passed on the way are taken in by the highest. O(events·rules).

use super::Event;
use crate::wording::whole;
use chrono::{Days, NaiveDate};
use dtm_model::{Atlas, Lang, Pcode, RecordId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What of an event is held against the steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "of")]
pub enum AlertMeasure {
    /// Persons displaced.
    Persons,
    /// Households displaced.
    Households,
    /// Places they came to.
    Places,
    /// Reports received.
    Reports,
    /// Persons more than some days before today.
    NewPersons {
        /// How many days.
        days: u32,
    },
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertRule {
    /// Its id, which is part of every alert's key.
    pub id: String,
    /// Only events of this cause; any without it.
    #[serde(default)]
    pub cause: Option<String>,
    /// Only events that happened in this area or brought people there; anywhere without it.
    #[serde(default)]
    pub area: Option<Pcode>,
    /// What is measured.
    pub measure: AlertMeasure,
    /// The steps, in any order.
    pub steps: Vec<u64>,
}

/// The rules of an operation that set none of its own.
pub fn standard_rules() -> Vec<AlertRule> {
    let rule = |id: &str, measure, steps: &[u64]| AlertRule {
        id: id.to_owned(),
        cause: None,
        area: None,
        measure,
        steps: steps.to_vec(),
    };
    vec![
        rule("persons", AlertMeasure::Persons, &[250, 1000, 5000, 20_000]),
        rule("rise", AlertMeasure::NewPersons { days: 2 }, &[500, 2500]),
    ]
}

/// What is wrong with rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum AlertRuleProblem {
    /// Two rules have one id.
    SameId {
        /// The id.
        id: String,
    },
    /// A rule has no step above zero.
    NoStep {
        /// The rule.
        id: String,
    },
    /// A rule is about an area that is not known.
    UnknownArea {
        /// The rule.
        id: String,
        /// The area.
        area: Pcode,
    },
}

impl AlertRuleProblem {
    /// Says what is wrong, in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        match (self, lang) {
            (Self::SameId { id }, Lang::En) => format!("Two rules are called “{id}”"),
            (Self::SameId { id }, Lang::Fr) => format!("Deux règles s’appellent « {id} »"),
            (Self::NoStep { id }, Lang::En) => format!("Rule “{id}” has no step above zero, so it never alerts"),
            (Self::NoStep { id }, Lang::Fr) => {
                format!("La règle « {id} » n’a pas de seuil au-dessus de zéro : elle n’alerte jamais")
            }
            (Self::UnknownArea { id, area }, Lang::En) => {
                format!("Rule “{id}” is about area {area}, which is not known")
            }
            (Self::UnknownArea { id, area }, Lang::Fr) => {
                format!("La règle « {id} » porte sur la zone {area}, qui n’est pas connue")
            }
        }
    }
}

/// Says what is wrong with rules; nothing where they can be used.
pub fn alert_rule_problems(rules: &[AlertRule], atlas: &Atlas) -> Vec<AlertRuleProblem> {
    let mut problems = Vec::new();
    let mut ids = BTreeSet::new();
    for rule in rules {
        let id = rule.id.clone();
        if !ids.insert(&rule.id) {
            problems.push(AlertRuleProblem::SameId { id: id.clone() });
        }
        if rule.steps.iter().all(|step| *step == 0) {
            problems.push(AlertRuleProblem::NoStep { id: id.clone() });
        }
        if let Some(area) = rule.area.as_ref().filter(|area| atlas.area(area).is_none()) {
            problems.push(AlertRuleProblem::UnknownArea { id, area: area.clone() });
        }
    }
    problems
}

/// An event that reached a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// The rule.
    pub rule: String,
    /// The event.
    pub event: RecordId,
    /// What was measured.
    pub measure: AlertMeasure,
    /// The highest step reached.
    pub step: u64,
    /// The number.
    pub value: u64,
}

impl Alert {
    /// What the caller remembers once the alert is sent.
    pub fn key(&self) -> String {
        format!("{}:{}:{}", self.rule, self.event, self.step)
    }

    /// Says what happened in one sentence, in the reader's language.
    pub fn message(&self, lang: Lang) -> String {
        let (value, step) = (whole(self.value as i64, lang), whole(self.step as i64, lang));
        match (self.measure, lang) {
            (AlertMeasure::Persons, Lang::En) => format!("{value} persons displaced ({step} reached)"),
            (AlertMeasure::Persons, Lang::Fr) => format!("{value} personnes déplacées (seuil {step} atteint)"),
            (AlertMeasure::Households, Lang::En) => format!("{value} households displaced ({step} reached)"),
            (AlertMeasure::Households, Lang::Fr) => format!("{value} ménages déplacés (seuil {step} atteint)"),
            (AlertMeasure::Places, Lang::En) => format!("People came to {value} places ({step} reached)"),
            (AlertMeasure::Places, Lang::Fr) => format!("Arrivées dans {value} lieux (seuil {step} atteint)"),
            (AlertMeasure::Reports, Lang::En) => format!("{value} reports received ({step} reached)"),
            (AlertMeasure::Reports, Lang::Fr) => format!("{value} rapports reçus (seuil {step} atteint)"),
            (AlertMeasure::NewPersons { days }, Lang::En) => {
                format!("{value} persons more in {days} days ({step} reached)")
            }
            (AlertMeasure::NewPersons { days }, Lang::Fr) => {
                format!("{value} personnes de plus en {days} jours (seuil {step} atteint)")
            }
        }
    }
}

/// Holds events against rules. `sent` says which keys of alerts were sent before. Alerts come by rule in the order given,
/// then by event.
pub fn raise_alerts(
    events: &[Event],
    rules: &[AlertRule],
    atlas: &Atlas,
    today: NaiveDate,
    sent: impl Fn(&str) -> bool,
) -> Vec<Alert> {
    let mut alerts = Vec::new();
    for rule in rules {
        for event in events.iter().filter(|event| concerns(rule, event, atlas)) {
            let value = measure(rule.measure, event, today);
            let alert = |step: u64| Alert {
                rule: rule.id.clone(),
                event: event.key.clone(),
                measure: rule.measure,
                step,
                value,
            };
            let reached = rule.steps.iter().copied().filter(|step| *step > 0 && *step <= value).max();
            // An event whose number fell and rises again is not new: a higher step that was sent covers this one.
            let covered = |step: u64| rule.steps.iter().any(|other| *other >= step && sent(&alert(*other).key()));
            alerts.extend(reached.filter(|step| !covered(*step)).map(alert));
        }
    }
    alerts
}

fn concerns(rule: &AlertRule, event: &Event, atlas: &Atlas) -> bool {
    let lies_in = |area: &Pcode, wanted: &Pcode| {
        area == wanted || (0..=4).any(|level| atlas.ancestor(area, level).is_some_and(|area| area.pcode == *wanted))
    };
    let touches = |wanted: &Pcode| {
        event.areas.iter().chain(event.places.iter().map(|place| &place.area)).any(|area| lies_in(area, wanted))
    };
    rule.cause.as_ref().is_none_or(|cause| *cause == event.cause) && rule.area.as_ref().is_none_or(touches)
}

fn measure(measure: AlertMeasure, event: &Event, today: NaiveDate) -> u64 {
    match measure {
        AlertMeasure::Persons => event.persons(),
        AlertMeasure::Households => event.households(),
        AlertMeasure::Places => event.places.iter().filter(|place| place.persons > 0).count() as u64,
        AlertMeasure::Reports => event.timeline.iter().map(|day| day.reports.len() as u64).sum(),
        AlertMeasure::NewPersons { days } => {
            let before = today.checked_sub_days(Days::new(u64::from(days)));
            event.persons_by(today).saturating_sub(before.map_or(0, |before| event.persons_by(before)))
        }
    }
}
