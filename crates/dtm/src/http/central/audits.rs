//! The audit log, in Central's shape: newest first, with the hash chain beside, so that a copy can be checked.
//!
//! `action` takes Central's names (`user.create`, `submission`, `nonverbose`) as well as our own (`grant.given`). An
//! entry tells both: `action` is Central's where it has one, `act` always ours.

use super::{Extended, Paging, number};
use crate::http::viewer::{On, Verb, Viewer};
use crate::http::{App, Problem};
use axum::extract::{Query, State};
use axum::routing::get;
use axum::{Json, Router};
use dtm_model::Instant;
use dtm_store::{AuditEntry, AuditFilter};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/v1/audits", get(audits))
}

/// Our acts that can be asked for, and what Central calls them; those it has no name for keep ours.
const ACTS: &[(&str, &str)] = &[
    ("user.created", "user.create"),
    ("user.updated", "user.update"),
    ("user.removed", "user.delete"),
    ("user.restored", "user.restore"),
    ("user.password_changed", "user.update"),
    ("user.second_factor_begun", "user.update"),
    ("user.second_factor_on", "user.update"),
    ("user.second_factor_off", "user.update"),
    ("user.recovery_code_used", "user.update"),
    ("user.identity_linked", "user.update"),
    ("user.preference_set", "user.preference.set"),
    ("user.preference_forgotten", "user.preference.delete"),
    ("session.opened", "user.session.create"),
    ("session.closed", "user.session.end"),
    ("session.all_closed", "user.session.end"),
    ("grant.given", "user.assignment.create"),
    ("grant.changed", "user.assignment.create"),
    ("grant.taken", "user.assignment.delete"),
    ("api_token.created", "user.token.create"),
    ("api_token.revoked", "user.token.delete"),
    ("policy.set", "config.set"),
    ("config.set", "config.set"),
    ("config.unset", "config.set"),
    ("operation.created", "project.create"),
    ("operation.changed", "project.update"),
    ("operation.trashed", "project.delete"),
    ("operation.restored", "project.restore"),
    ("app_user.created", "field_key.create"),
    ("app_user.limited", "field_key.update"),
    ("app_user.bound", "field_key.update"),
    ("app_user.revoked", "field_key.session.end"),
    ("public_link.created", "public_link.create"),
    ("public_link.revoked", "public_link.session.end"),
    ("actor_property.create", "actor_property.create"),
    ("actor_property.set", "actor_property.set"),
    ("form.created", "form.create"),
    ("form.state_changed", "form.update"),
    ("form.classes_set", "form.update"),
    ("form.renamed", "form.update"),
    ("form.scheduled", "form.update"),
    ("form.keyed", "form.update"),
    ("form.trashed", "form.delete"),
    ("form.restored", "form.restore"),
    ("form.purged", "form.purge"),
    ("form_version.added", "form.update.draft.set"),
    ("form_version.published", "form.update.publish"),
    ("form_version.discarded", "form.update.draft.delete"),
    ("form_media.put", "form.attachment.update"),
    ("form_media.removed", "form.attachment.update"),
    ("form_list.linked", "form.attachment.update"),
    ("form_key.created", "project.key.create"),
    ("dataset.create", "dataset.create"),
    ("dataset.update", "dataset.update"),
    ("dataset.converted", "dataset.update"),
    ("dataset.delete", "dataset.delete"),
    ("entity.create", "entity.create"),
    ("entity.bulk.create", "entity.bulk.create"),
    ("entity.update", "entity.update.version"),
    ("entity.update.version", "entity.update.version"),
    ("entity.update.resolve", "entity.update.resolve"),
    ("entity.delete", "entity.delete"),
    ("entity.bulk.delete", "entity.bulk.delete"),
    ("entity.bulk.restore", "entity.bulk.restore"),
    ("entity.error", "entity.error"),
    ("entity.restore", "entity.restore"),
    ("entity.purge", "entity.purge"),
    ("submission.received", "submission.create"),
    ("submission.edited", "submission.update.version"),
    ("submission.reviewed", "submission.update"),
    ("submission.files_added", "submission.attachment.update"),
    ("submission.file_put", "submission.attachment.update"),
    ("submission.file_cleared", "submission.attachment.update"),
    ("submission.commented", "submission.update"),
    ("submission.assigned", "submission.update"),
    ("submission.deleted", "submission.delete"),
    ("submission.restored", "submission.restore"),
    ("submission.purged", "submission.purge"),
    ("seen", "seen"),
    ("correction.added", "correction.added"),
    ("findings.reopened", "findings.reopened"),
    ("findings.resolved", "findings.resolved"),
    ("round.created", "round.created"),
    ("round.moved", "round.moved"),
    ("release.made", "release.made"),
    ("release.withdrawn", "release.withdrawn"),
    ("mapping.put", "mapping.put"),
    ("table.imported", "table.imported"),
    ("api_key.created", "api_key.created"),
    ("api_key.revoked", "api_key.revoked"),
    ("exercise.created", "exercise.created"),
    ("message.posted", "message.posted"),
    ("message.given_up", "message.given_up"),
    ("message.retried", "message.retried"),
    ("message.dropped", "message.dropped"),
    ("hook.added", "hook.added"),
    ("hook.removed", "hook.removed"),
    ("instance.made", "instance.made"),
];

/// Central's name for an act of ours, else our own.
pub(super) fn central_action(act: &str) -> &str {
    ACTS.iter().find(|(ours, _)| *ours == act).map_or(act, |(_, central)| central)
}

/// Our acts that a filter means: a whole name, or a family (`user`, `form`, `submission`).
fn acts(wanted: &str) -> Vec<&'static str> {
    let family = format!("{wanted}.");
    let is_meant = |(ours, central): &&(&'static str, &'static str)| {
        *central == wanted || *ours == wanted || central.starts_with(&family) || ours.starts_with(&family)
    };
    match wanted {
        // Everything but what phones and people fill in day by day.
        "nonverbose" => {
            let verbose = |act: &&str| act.starts_with("submission.") || act.starts_with("entity.");
            ACTS.iter().map(|(ours, _)| *ours).filter(|act| !verbose(act)).collect()
        }
        _ => ACTS.iter().filter(is_meant).map(|(ours, _)| *ours).collect(),
    }
}

#[derive(Deserialize)]
struct Wanted {
    action: Option<String>,
    start: Option<String>,
    end: Option<String>,
}

/// A moment or a day, ISO 8601; a day's end where `at_end`.
fn moment(text: &str, at_end: bool) -> Option<Instant> {
    if let Ok(at) = chrono::DateTime::parse_from_rfc3339(text.trim()) {
        return Some(Instant::from_millis(at.timestamp_millis()));
    }
    const DAY_MS: i64 = 24 * 3_600_000;
    let day = chrono::NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?;
    let at = day.and_utc().timestamp_millis();
    Some(Instant::from_millis(if at_end { at + DAY_MS - 1 } else { at }))
}

/// The most entries one answer holds.
const MOST: u32 = 10_000;

async fn audits(
    State(app): State<App>,
    viewer: Viewer,
    Extended(extended): Extended,
    paging: Paging,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Problem> {
    viewer.may(Verb::AuditRead, On::Site)?;
    let at = |text: &Option<String>, at_end| match text.as_deref().filter(|text| !text.is_empty()) {
        None => Ok(None),
        Some(text) => moment(text, at_end).map(Some).ok_or_else(|| {
            Problem::bad_request(
                "bad_moment",
                "`start` and `end` are moments or days, ISO 8601.",
                "`start` et `end` sont des instants ou des jours, ISO 8601.",
            )
        }),
    };
    let action = wanted.action.as_deref().map(str::trim).filter(|action| !action.is_empty());
    let filter = AuditFilter {
        actions: action.map(acts),
        actor: None,
        start: at(&wanted.start, false)?,
        end: at(&wanted.end, true)?,
    };
    let limit = paging.limit.unwrap_or(MOST).min(MOST);
    let mut list = Vec::new();
    for entry in app.store.audit_page(&filter, paging.offset, limit).await? {
        list.push(entry_json(&app, &entry, extended).await?);
    }
    Ok(Json(list.into()))
}

async fn entry_json(app: &App, entry: &AuditEntry, extended: bool) -> Result<Value, Problem> {
    let actor = entry.actor.split_once(':').map(|(_, id)| id).filter(|id| id.len() == 36);
    let actee = Some(entry.subject.as_str()).filter(|id| id.len() == 36);
    let (details, notes) = entry.facts();
    let mut body = json!({
        "actorId": actor.map(|id| number(&id)), "action": central_action(&entry.action), "act": entry.action,
        "acteeId": actee, "details": details,
        "loggedAt": entry.at.to_string(), "notes": notes, "processed": null, "lastFailure": null, "failures": 0,
        "seq": entry.seq, "prevHash": entry.prev_hash, "hash": entry.hash, "by": entry.actor,
        "subject": entry.subject,
    });
    if extended {
        let user = match actor.and_then(|id| id.parse().ok()).filter(|_| entry.actor.starts_with("user:")) {
            Some(id) => app.store.user(&id).await?,
            None => None,
        };
        body["actor"] = user.as_ref().map_or(Value::Null, super::users::actor_json);
        let person = match entry.subject.parse().ok().filter(|_| entry.action.starts_with("user.")) {
            Some(id) => app.store.user(&id).await?,
            None => None,
        };
        body["actee"] = person.as_ref().map_or(Value::Null, super::users::actor_json);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_means_an_act_by_either_name_or_a_family_of_them() {
        assert_eq!(acts("user.create"), ["user.created"]);
        assert_eq!(acts("grant.given"), ["grant.given"]);
        assert_eq!(acts("user.assignment.create"), ["grant.given", "grant.changed"]);
        assert!(acts("user").contains(&"grant.taken") && !acts("user").contains(&"form.created"));
        assert!(acts("form").contains(&"form_version.published"));
        assert!(acts("nonverbose").iter().all(|act| !act.starts_with("submission.")));
        assert!(acts("nothing").is_empty() && acts("us").is_empty());
    }

    #[test]
    fn a_day_lasts_until_its_last_millisecond() {
        assert_eq!(moment("2026-01-15", false), Some(Instant::from_millis(1_768_435_200_000)));
        assert_eq!(moment("2026-01-15", true), Some(Instant::from_millis(1_768_521_599_999)));
        assert_eq!(moment("2026-01-15T00:00:00.000Z", true), Some(Instant::from_millis(1_768_435_200_000)));
        assert_eq!(moment("yesterday", false), None);
    }
}
