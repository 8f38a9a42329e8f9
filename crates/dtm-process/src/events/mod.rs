//! Emergency events: reports that come in between rounds.
//!
//! [`event_reports`] reads them from the records of an event tracking form; [`group_events`] puts those of one place,
//! time and cause together into an event with a timeline, by what people decided ([`Decisions`]); [`raise_alerts`] holds events against thresholds that are data;
//! [`reconcile_events`] sets events beside the next round. An event is never added to a stock: the round counts who is
//! there, and the event explains a part of the change, or does not.

mod alerts;
mod decisions;
mod group;
mod reconcile;
mod reports;

pub use alerts::{Alert, AlertMeasure, AlertRule, AlertRuleProblem, alert_rule_problems, raise_alerts, standard_rules};
pub use decisions::{Decided, Decision, Decisions};
pub use group::{Earlier, Event, EventDay, EventPlace, GroupingRules, group_events};
pub use reconcile::{AreaReconciliation, EventPart, PlaceReconciliation, reconcile_events};
pub use reports::{EventQuestions, EventReport, EventReports, ReportFault, event_reports};

#[cfg(test)]
mod tests;
