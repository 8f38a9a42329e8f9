//! The audit log as a person reads it: who did what when, the newest first, chosen by kind of act, person and days.

use super::super::problem::Problem;
use super::super::viewer::{On, Verb};
use super::clock::{Clock, Moment};
use super::submissions::Names;
use super::{App, Desk, Pages};
use askama::Template;
use axum::extract::{Query, State};
use axum::response::Response;
use dtm_model::Instant;
use dtm_publish::page::links;
use dtm_publish::words::Words;
use dtm_store::{AuditEntry, AuditFilter};
use serde::Deserialize;

/// Entries on one page.
const LINES: u32 = 100;

/// The kinds of acts, each with the acts in it. What is in none is the server's own work, told where all is asked for.
const KINDS: [(&str, &[&str]); 8] = [
    (
        "people",
        &[
            "user.created",
            "user.updated",
            "user.removed",
            "user.restored",
            "user.password_changed",
            "user.second_factor_begun",
            "user.second_factor_on",
            "user.second_factor_off",
            "user.recovery_code_used",
            "user.identity_linked",
            "grant.given",
            "grant.changed",
            "grant.taken",
            "policy.set",
            "config.set",
            "config.unset",
        ],
    ),
    (
        "sessions",
        &[
            "session.opened",
            "session.closed",
            "session.all_closed",
            "api_token.created",
            "api_token.revoked",
            "api_key.created",
            "api_key.revoked",
        ],
    ),
    (
        "forms",
        &[
            "form.created",
            "form.renamed",
            "form.state_changed",
            "form.scheduled",
            "form.classes_set",
            "form.keyed",
            "form.trashed",
            "form.restored",
            "form.purged",
            "form_version.added",
            "form_version.published",
            "form_version.discarded",
            "form_media.put",
            "form_media.removed",
            "form_list.linked",
            "form_key.created",
            "mapping.put",
        ],
    ),
    (
        "submissions",
        &[
            "submission.received",
            "submission.edited",
            "submission.reviewed",
            "submission.assigned",
            "submission.commented",
            "submission.files_added",
            "submission.file_put",
            "submission.file_cleared",
            "submission.deleted",
            "submission.restored",
            "submission.purged",
            "correction.added",
            "findings.resolved",
            "findings.reopened",
        ],
    ),
    ("seen", &["seen", "form_key.unlocked", "form_key.used", "form_key.locked"]),
    (
        "phones",
        &[
            "app_user.created",
            "app_user.limited",
            "app_user.bound",
            "app_user.revoked",
            "public_link.created",
            "public_link.revoked",
        ],
    ),
    (
        "outbox",
        &["message.posted", "message.given_up", "message.retried", "message.dropped", "hook.added", "hook.removed"],
    ),
    (
        "rounds",
        &[
            "operation.created",
            "operation.changed",
            "operation.trashed",
            "operation.restored",
            "publisher.set",
            "publisher.unset",
            "exercise.created",
            "exercise.review_rule_set",
            "round.created",
            "round.moved",
            "round.ticked",
            "corrections.read",
            "corrections.applied",
            "corrections.dropped",
            "corrections.undone",
            "correction.disputed",
            "correction.dispute_settled",
            "checks.roles_chosen",
            "checks.thresholds_chosen",
            "checks.rules_put",
            "checks.stopped",
            "checks.resumed",
            "anomalies.explained",
            "anomalies.unexplained",
            "checks.verification_chosen",
            "verification.source_added",
            "verification.decided",
            "verification.undone",
            "area.signed",
            "area.unsigned",
            "places.put",
            "places.changed",
            "places.distinct",
            "areas.put",
            "areas.aliases_put",
            "visits.planned",
            "visits.dropped",
            "visit.unreached",
            "team.put",
            "team.removed",
            "team_message.written",
            "team_message.withdrawn",
            "team_message.restored",
            "movement.added",
            "movement.withdrawn",
            "movement.restored",
            "findings.replaced",
            "interviews.traced",
            "events.gathered",
            "event.decided",
            "event.undone",
            "event.alerted",
            "event.alert_seen",
            "event.rules_set",
            "flows.planned",
            "point.noted",
            "point.note_removed",
            "severity.sheet_put",
            "release.made",
            "release.withdrawn",
            "feedback.given",
            "feedback.explained",
            "feedback.answered",
            "data_request.asked",
            "data_request.moved",
            "data_request.forgotten",
            "agreement.made",
            "agreement.file_taken",
            "agreement.reminded",
            "table.imported",
        ],
    ),
];

struct Line {
    at: Moment,
    by: String,
    act: String,
    /// The act as programs name it.
    code: String,
    subject: String,
    /// The page of what it was done to, where there is one.
    href: String,
    detail: String,
}

#[derive(Template)]
#[template(path = "office/audit.html")]
struct AuditView {
    w: &'static Words,
    lines: Vec<Line>,
    kinds: Vec<(&'static str, String)>,
    people: Vec<(String, String)>,
    asked: Asked,
    is_chosen: bool,
    pages: Pages,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Asked {
    kind: String,
    who: String,
    from: String,
    to: String,
    page: String,
}

/// A day as its first or last moment.
fn day(text: &str, at_end: bool) -> Option<Instant> {
    const DAY_MS: i64 = 24 * 3_600_000;
    let day = chrono::NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0)?;
    let begins = day.and_utc().timestamp_millis();
    Some(Instant::from_millis(if at_end { begins + DAY_MS - 1 } else { begins }))
}

/// The page of what an entry is about.
fn page_of(entry: &AuditEntry) -> String {
    match entry.action.as_str() {
        // What arrives is noted under the id of its version; what is done to it later under the record's.
        "submission.reviewed"
        | "submission.assigned"
        | "submission.commented"
        | "submission.deleted"
        | "submission.restored" => format!("/office/records/{}", links::encode(&entry.subject)),
        action if action.starts_with("user.") && action != "user.removed" => {
            format!("/office/people/{}", links::encode(&entry.subject))
        }
        _ => String::new(),
    }
}

pub(super) async fn page(State(app): State<App>, desk: Desk, Query(asked): Query<Asked>) -> Result<Response, Problem> {
    desk.must(Verb::AuditRead, On::Site)?;
    let w = desk.words();
    let filter = AuditFilter {
        actions: match asked.kind.as_str() {
            "all" => None,
            "" => Some(KINDS.iter().flat_map(|(_, acts)| *acts).copied().collect()),
            wanted => {
                Some(KINDS.iter().filter(|(kind, _)| *kind == wanted).flat_map(|(_, acts)| *acts).copied().collect())
            }
        },
        actor: Some(asked.who.clone()).filter(|who| !who.is_empty()),
        start: day(&asked.from, false),
        end: day(&asked.to, true),
    };
    let number = asked.page.parse::<u32>().unwrap_or(1).clamp(1, 100_000);
    let mut entries = app.store.audit_page(&filter, (number - 1) * LINES, LINES + 1).await?;
    let more = entries.len() > LINES as usize;
    entries.truncate(LINES as usize);
    let mut names = Names::new(&app);
    let mut lines = Vec::with_capacity(entries.len());
    for entry in entries {
        let detail = if entry.detail == "{}" { String::new() } else { entry.detail.chars().take(400).collect() };
        let href = page_of(&entry);
        lines.push(Line {
            at: Clock::utc(w).moment(entry.at),
            by: names.of(&entry.actor).await?,
            act: w.label("audit", &entry.action.replace('.', "-")),
            href,
            detail,
            subject: entry.subject,
            code: entry.action,
        });
    }
    let mut people = Vec::new();
    for user in app.store.users().await? {
        let name = if user.name.is_empty() { user.email } else { user.name };
        people.push((format!("user:{}", user.id), name));
    }
    let address = |page: u32| {
        let kept = [("kind", &asked.kind), ("who", &asked.who), ("from", &asked.from), ("to", &asked.to)];
        let kept = kept.iter().filter(|(_, value)| !value.is_empty());
        let kept: String = kept.map(|(name, value)| format!("{name}={}&", links::encode(value))).collect();
        format!("/office/audit?{kept}page={page}")
    };
    let view = AuditView {
        w,
        lines,
        kinds: KINDS.iter().map(|(kind, _)| (*kind, w.label("audit-kind", kind))).collect(),
        people,
        is_chosen: [&asked.kind, &asked.who, &asked.from, &asked.to].iter().any(|value| !value.is_empty()),
        pages: Pages {
            previous: (number > 1).then(|| address(number - 1)),
            next: more.then(|| address(number + 1)),
            shown: w.number(i64::from(number)),
        },
        asked,
    };
    desk.page(&w.t("audit"), view.render())
}

#[cfg(test)]
mod tests {
    use super::*;
    use dtm_model::Lang;

    #[test]
    fn every_act_of_the_log_is_called_something_in_both_languages() {
        for lang in Lang::ALL {
            let w = Words::of(lang);
            let missing: Vec<_> = KINDS
                .iter()
                .flat_map(|(_, acts)| *acts)
                .map(|act| format!("audit-{}", act.replace(['.', '_'], "-")))
                .filter(|key| !w.has(key))
                .collect();
            assert!(missing.is_empty(), "{missing:?}");
            assert!(KINDS.iter().all(|(kind, _)| w.has(&format!("audit-kind-{kind}"))));
        }
    }

    #[test]
    fn a_day_is_meant_from_its_first_moment_to_its_last() {
        let millis = |at_end| day("2026-01-05", at_end).map(Instant::as_millis);
        assert_eq!(millis(true).unwrap() - millis(false).unwrap(), 24 * 3_600_000 - 1);
        assert_eq!(day("5 January", false), None);
    }
}
